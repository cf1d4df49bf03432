"""Results in few words: means with their intervals, numbers as people read them, and one JSON document."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special  # not scipy.stats, which takes a second to import

from worthsharing.experiments.compare import FAMILY_ERROR, Comparison, Difference
from worthsharing.experiments.compare import decimals_for as decimals_for
from worthsharing.experiments.execute import Results
from worthsharing.experiments.verdicts import Trial
from worthsharing.sim.measures import MEASURES, Better
from worthsharing.sim.run import provenance

if TYPE_CHECKING:
    from worthsharing.experiments.audit import Audit
    from worthsharing.experiments.ledger import Ledger

NOT_AVAILABLE = "–"


@dataclass(frozen=True)
class Summary:
    """One measure of one scenario: its mean over the worlds in which it is available, and the 95 % interval of that mean.

    low and high are infinite when a single world says it
    """

    scenario: str
    measure: str
    label: str
    unit: str
    better: Better
    replicates: int
    mean: float
    low: float
    high: float


def summarise(results: Results, only: Collection[str] = MEASURES) -> tuple[Summary, ...]:
    """Mean and interval of measures of every scenario, in the order of the measures."""
    present = set(results.measures) & set(only)
    return tuple(
        _summary(name, measure, results.values(name, measure))
        for name in results.scenarios
        for measure in MEASURES
        if measure in present
    )


def _summary(scenario: str, measure: str, values: np.ndarray) -> Summary:
    known = values[np.isfinite(values)]
    count = int(known.size)
    mean = float(known.mean()) if count else math.nan
    reach = math.inf if count == 1 else math.nan
    if count > 1:
        reach = float(special.stdtrit(count - 1, 0.975)) * float(known.std(ddof=1)) / math.sqrt(count)
    info = MEASURES[measure]
    return Summary(
        scenario, measure, info.label, info.unit, info.better, count, mean, mean - reach, mean + reach
    )


# ---- numbers as people read them ----------------------------------------------------------------------------------


def shown(value: float, decimals: int) -> str:
    """Show a number with a real minus sign and marks between thousands.

    >>> shown(-1234.56, 0), shown(0.1234, 3), shown(float("nan"), 2), shown(-0.001, 1)
    ('−1,235', '0.123', '–', '0.0')
    """
    if math.isnan(value):
        return NOT_AVAILABLE
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    text = f"{value:,.{decimals}f}".replace("-", "−")
    return text.removeprefix("−") if not any(digit in text for digit in "123456789") else text


def signed(value: float, digits: int) -> str:
    """Show a difference with its sign.

    >>> signed(12.34, 1), signed(-0.5, 1), signed(0.001, 1), signed(float("nan"), 1)
    ('+12.3', '−0.5', '0.0', '–')
    """
    text = shown(value, digits)
    return f"+{text}" if value > 0.0 and text != shown(0.0, digits) else text


def in_unit(text: str, unit: str) -> str:
    """Number in words with its unit, which may be a scale.

    >>> in_unit("+3", "people"), in_unit("+0.5", "−1 to 1"), in_unit("+2", "")
    ('+3 people', '+0.5 on a scale of −1 to 1', '+2')
    """
    scale = "on a scale of " if " to " in unit else ""
    return f"{text} {scale}{unit}" if unit else text


def shown_interval(low: float, high: float, decimals: int) -> str:
    """Show an interval; a dash where there is none.

    >>> shown_interval(-645.2, -535.4, 0), shown_interval(-float("inf"), float("inf"), 1)
    ('−645 to −535', '–')
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return NOT_AVAILABLE
    return f"{shown(low, decimals)} to {shown(high, decimals)}"


def counted(number: int, noun: str) -> str:
    """Say how many there are of something.

    >>> counted(1, "parameter"), counted(2048, "run"), counted(0, "note")
    ('1 parameter', '2,048 runs', '0 notes')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def guessed(number: int) -> str:
    """Say how many of some parameters are guesses.

    >>> guessed(1), guessed(12)
    ('1 of them a guess', '12 of them guesses')
    """
    return f"{number:,} of them {'a guess' if number == 1 else 'guesses'}"


def duration(seconds: float) -> str:
    """Say a duration as people do.

    >>> duration(0.4), duration(42), duration(100), duration(8000)
    ('1 second', '42 seconds', '2 minutes', '2.2 hours')
    """
    whole = max(1, round(seconds))
    if whole < 90:
        return counted(whole, "second")
    return f"{round(seconds / 60)} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def megabytes(size: float) -> str:
    """Say a bound on bytes as people do, rounded up.

    >>> megabytes(3_400), megabytes(2_710_000)
    ('0.1 MB', '2.8 MB')
    """
    return f"{math.ceil(size / 1e5) / 10.0:,.1f} MB"


def pairing_gain(differences: tuple[Difference, ...]) -> str:
    """One sentence on what running both on the same worlds gained, as measured in this run."""
    known = [difference for difference in differences if math.isfinite(difference.variance_ratio)]
    if not known:
        return "What pairing gained cannot be measured here."
    ratios = [difference.variance_ratio for difference in known]
    least, most = (
        min(known, key=lambda one: one.variance_ratio),
        max(known, key=lambda one: one.variance_ratio),
    )
    return (
        f"Pairing: on different worlds, {np.median(ratios):.1f} times as many replicates would have been as exact "
        f"(median; {least.variance_ratio:.1f} for {least.label}, {most.variance_ratio:.1f} for {most.label})."
    )


def family_sentence(differences: tuple[Difference, ...], looks: tuple[int, ...] = ()) -> str:
    """What the intervals of a comparison promise.

    looks: worlds there were at each look, if it was looked for until it was clear
    """
    count = len(differences)
    if looks:
        which = (
            "The interval holds" if count == 1 else f"All {count} intervals of the differences hold together"
        )
        return f"{which} with {100 * (1 - FAMILY_ERROR):.0f} % confidence, however often one looks. {looks_sentence(looks)}"
    if count == 1:
        return f"The interval is a {100 * (1 - FAMILY_ERROR):.0f} % interval."
    return f"All {count} intervals of the differences hold together with {100 * (1 - FAMILY_ERROR):.0f} % confidence."


def looks_sentence(looks: tuple[int, ...]) -> str:
    """How often a verdict was looked for, and what is done about it.

    >>> looks_sentence((20, 25, 32)).partition(";")[0]
    'The verdict was looked for 3 times, after 20, 25 and 32 worlds'
    """
    *before, last = (f"{look:,}" for look in looks)
    when = f"{', '.join(before)} and {last}" if before else last
    times = "once" if len(looks) == 1 else f"{len(looks)} times"
    return f"The verdict was looked for {times}, after {when} worlds; that is paid for with wider intervals ({CORRECTION})."


CORRECTION = "anytime-valid t confidence sequence, Wang & Ramdas 2025"


# ---- one JSON document --------------------------------------------------------------------------------------------


def run_document(results: Results, command: str) -> dict[str, Any]:
    """Everything that `run` has to say, as plain values."""
    summaries = {summary.measure: _without_names(asdict(summary)) for summary in summarise(results)}
    return {**_head(results, command), "measures": summaries}


def comparison_document(
    results: Results,
    comparison: Comparison,
    command: str,
    *,
    ledger: "Ledger | None" = None,
    audits: "Sequence[Audit]" = (),
) -> dict[str, Any]:
    """Everything that `compare` has to say, as plain values; `ledger` and `audits` are null where nothing was examined."""
    entries = {(one.b, one.measure): one for one in (ledger.entries if ledger is not None else ())}
    return {
        **_head(results, command),
        "sentences": list(comparison.sentences),
        "equal_effort": comparison.equal_effort,
        "efforts": {effort.scenario: _without_names(asdict(effort)) for effort in comparison.efforts},
        "outcomes": [
            {
                **asdict(difference),
                "verdict": {"id": difference.side, "sentence": difference.verdict},
                "footing": entries[difference.b, difference.measure].footing if entries else "not examined",
            }
            for difference in comparison.differences
        ],
        "family_error": FAMILY_ERROR,
        "looks": {
            "times": len(comparison.looks),
            "after_worlds": list(comparison.looks),
            "correction": CORRECTION if comparison.looks else None,
        },
        "notes": list(comparison.notes),
        "ledger": None if ledger is None else ledger.document,
        "audits": [audit.document for audit in audits] or None,
    }


def trial_document(trial: Trial, command: str) -> dict[str, Any]:
    """Everything that `trial` has to say, as plain values."""
    return {"command": command, **asdict(trial), "provenance": provenance()}


def to_json(document: Any) -> str:
    """JSON text of plain values; numbers that JSON does not know (not available, infinite) become null."""
    return json.dumps(_finite(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _head(results: Results, command: str) -> dict[str, Any]:
    return {
        "command": command,
        "seed": results.seed,
        "replicates": results.replicates,
        "scenarios": {
            name: {"title": scenario.title, "claim": scenario.claim, "key": scenario.key}
            for name, scenario in results.scenarios.items()
        },
        "provenance": provenance(),
    }


def _without_names(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in ("scenario", "measure")}


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
