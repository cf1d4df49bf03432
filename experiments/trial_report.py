"""One self-contained HTML report of a trial: every claim with its verdict, and where, and on what, it depends."""

import itertools
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from worthsharing.experiments.claims import ESSAYS
from worthsharing.experiments.compare import MOST_REPLICATES, is_equal_effort
from worthsharing.experiments.figures import percent, plain, split_by_names
from worthsharing.experiments.ledger import GUESSED
from worthsharing.experiments.page import (
    Table,
    in_both_themes,
    nested_style,
    plain_style,
    render_page,
    render_piece,
)
from worthsharing.experiments.summary import (
    NOT_AVAILABLE,
    counted,
    decimals_for,
    guessed,
    in_unit,
    shown,
    shown_interval,
    signed,
)
from worthsharing.experiments.trial_figures import (
    EFFECTS_HELP,
    MARGINS_HELP,
    SIDE_WORDS,
    Margins,
    effects_figure,
    effects_height,
    effects_said,
    effects_sentence,
    effects_table,
    margins_figure,
    margins_table,
    meetings,
    settings_sentence,
    side_of,
    standings,
    with_interval,
)
from worthsharing.experiments.verdicts import (
    MEANINGS,
    ClaimVerdict,
    Decider,
    PairOutcome,
    PartVerdict,
    SampledParameter,
    Tally,
    Trial,
    Word,
)
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.scenario import GRADES

COUNTED: Mapping[Word, tuple[str, str]] = {  # one, several
    "confirmed": ("confirmed", "confirmed"),
    "depends": ("depends", "depend"),
    "refuted": ("refuted", "refuted"),
    "cannot tell": ("cannot tell", "cannot tell"),
}
PAIR_MARKS: Mapping[str, tuple[str, str, str]] = {  # mark, word for those who do not see it, tone
    "better": ("▲", "beats", "holds"),
    "higher": ("▲", "above", "holds"),
    "worse": ("▼", "loses to", "fails"),
    "lower": ("▼", "below", "fails"),
    "same": ("=", "same as", "open"),
    "cannot tell": ("·", "cannot tell from", "open"),
}
STYLES, ICONS = ("report.css", "trial.css"), ("icons.css",)
NO_MARK = (NOT_AVAILABLE, "not available against", "open")


class Share(NamedTuple):
    """A share of settings, as a number for a bar (in percent) and as words."""

    text: str
    value: float | None


class Split(NamedTuple):
    """Settings that are clearly as claimed, not clear, and clearly against, as a bar (in percent) and as words."""

    known: bool
    holds: float
    fails: float
    rest: float
    for_it: str
    against_it: str
    not_clear: str


class Row(NamedTuple):
    """One decider of a card."""

    meaning: str
    path: str
    unit: str
    plausible: str
    default: str
    grade: str
    guess: bool
    strength: str
    mixed: bool
    lowest: Share
    highest: Share


def write_trial_report(path: str | Path, trial: Trial, command: str, provenance: Mapping[str, str]) -> Path:
    """Write the report of a trial as one HTML file that needs no network.

    command: what reproduces it
    provenance: versions and fingerprints to show
    """
    path = Path(path)
    path.write_text(render_trial(trial, command, provenance), encoding="utf-8", newline="\n")
    return path


def render_trial(trial: Trial, command: str, provenance: Mapping[str, str]) -> str:
    """Render the report of a trial as HTML; the same trial gives the same bytes."""
    values, drawn = _values(trial, command, provenance)
    return render_page("trial.html", drawn, styles=(*STYLES, *ICONS), **values)


class Piece(NamedTuple):
    """The verdicts and the cards of a trial, to be put into another page.

    content: HTML; style: of it, for an element of the class `report`
    drawn: charts in both themes by the id of their place, which is `plot-` and that id
    """

    title: str
    sentence: str
    content: str
    style: str
    drawn: Mapping[str, Any]


def piece_of_trial(trial: Trial, command: str, provenance: Mapping[str, str]) -> Piece:
    """Render what the report says, without its frame."""
    values, drawn = _values(trial, command, provenance)
    content = str(render_piece("trial_body.html", **values))
    style = nested_style("report", STYLES) + plain_style(ICONS)
    return Piece(values["title"], values["sentence"], content, style, drawn)


def _values(
    trial: Trial, command: str, provenance: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands in the templates, and the charts."""
    parameters = {one.path: one for one in trial.sample}
    drawn: dict[str, Any] = {}
    anchors = _anchors([verdict.claim.id for verdict in trial.verdicts])
    cards = [
        _card(verdict, anchor, parameters, drawn)
        for verdict, anchor in zip(trial.verdicts, anchors, strict=True)
    ]
    essays = [
        {
            "id": essay,
            "title": ESSAYS.get(essay, essay),
            "cards": [card for card in cards if card["essay"] == essay],
        }
        for essay in dict.fromkeys(verdict.claim.essay for verdict in trial.verdicts)
    ]
    counts = Counter(verdict.word for verdict in trial.verdicts)
    values = {
        "title": f"{counted(len(cards), 'claim')} on trial",
        "sentence": _what_this_is(trial),
        "counted": counts_sentence(trial),
        "words": [
            (word, counts[word], COUNTED[word][counts[word] != 1], MEANINGS[word]) for word in MEANINGS
        ],
        "essays": essays,
        "facts": _facts(trial),
        "notes": list(dict.fromkeys(trial.notes)),
        "effects_help": EFFECTS_HELP,
        "margins_help": MARGINS_HELP,
        "searched": searched_sentence(trial),
        "noise": noise_sentence(trial),
        "pairs": _pairs(trial),
        "sample": [_sampled(one) for one in trial.sample],
        "grades": [
            (grade, GRADES[grade]) for grade in sorted({one.grade for one in trial.sample} & set(GRADES))
        ],
        "command": command,
        "versions": sorted((str(key), str(value)) for key, value in provenance.items()),
    }
    return values, drawn


# ---- sentences --------------------------------------------------------------------------------------------------------


def counts_sentence(trial: Trial) -> str:
    """How many claims got which verdict: "7 confirmed, 8 depend, 2 refuted, 1 cannot tell"."""
    counts = Counter(verdict.word for verdict in trial.verdicts)
    said = [f"{counts[word]} {COUNTED[word][counts[word] != 1]}" for word in COUNTED if counts[word]]
    return ", ".join(said) or "no claim was tried"


def searched_sentence(trial: Trial) -> str:
    """Which settings were searched, with their weighting."""
    if not trial.points:
        return "No other settings were sampled: the verdicts are about the defaults alone."
    weightings = Counter(one.weighting for one in trial.sample)
    guesses = sum(one.grade in GUESSED for one in trial.sample)
    return (
        f"{counted(trial.points, 'setting')} of {counted(len(trial.sample), 'parameter')} "
        f"({weightings['uniform']:,} drawn uniformly, {weightings['log-uniform']:,} log-uniformly; "
        f"{guessed(guesses)}), each in {counted(trial.replicates_per_point, 'world')} of "
        f"{trial.people_per_point:,} people."
    )


def noise_sentence(trial: Trial) -> str:
    """How much of what the settings say is luck."""
    if not trial.points:
        return ""
    measured = [verdict.settings for verdict in trial.verdicts if verdict.settings.settings]
    settings, rest = sum(one.settings for one in measured), sum(one.not_clear for one in measured)
    found = f" In this trial {percent(rest / settings)} of what was tried is not clear." if settings else ""
    return (
        f"A setting is tried in {counted(trial.replicates_per_point, 'world')} only, so its sign may be luck: what makes "
        "no difference has the claimed sign in half of the settings. A setting is clear if the 95 % interval from its own "
        "worlds (Student’s) leaves out zero; by luck alone, a part clearly holds in 1 of 40 settings and clearly fails in "
        f"1 of 40.{found} With more worlds, or more people, more settings would be clear."
    )


def where_it_fails(verdict: ClaimVerdict, parameters: Mapping[str, SampledParameter]) -> list[str]:
    """Where a claim fails, or where it comes nearest to failing, in sentences."""
    said = [_sentence(verdict.region)] if verdict.region else []
    holds, fails, ties = verdict.settings.holds, verdict.settings.fails, verdict.settings.ties
    if not verdict.region:
        if not holds + fails + ties:
            said.append("Nothing is known about other settings.")
        elif not fails:
            said.append(f"In none of {holds + ties:,} settings.")
        else:
            said.append(f"In {fails:,} of {holds + fails + ties:,} settings; they share no simple region.")
    worst = verdict.worst
    if worst is not None:
        name = "It fails most" if worst.margin < 0.0 else "It comes nearest to failing"
        digits = decimals_for(worst.margin)
        told = [
            f"{_meaning(one.path, parameters)} is {_number(worst.values[one.path])}"
            for one in verdict.deciders
            if one.path in worst.values
        ]
        where = f" where {_listed(told)}" if told else " at the setting in the table below"
        about = f", in “{worst.part}”" if worst.part else ""
        said.append(f"{name}{where}: margin {signed(worst.margin, digits)}{about}.")
    if verdict.nearest is not None:
        said.append(
            f"The nearest edge is that of {_meaning(verdict.nearest, parameters)} ({verdict.nearest})."
        )
    return said


def what_would_change_it(verdict: ClaimVerdict, parameters: Mapping[str, SampledParameter]) -> list[str]:
    """What would change a verdict, in sentences."""
    said = []
    if verdict.more_replicates is None:
        said.append(f"More than {MOST_REPLICATES:,} more worlds, to settle what the defaults say.")
    elif verdict.more_replicates:
        said.append(
            f"About {verdict.more_replicates:,} more worlds would probably settle what the defaults say."
        )
    elif verdict.side == "cannot tell":
        said.append("No number of further worlds: at the defaults nothing differs in any world.")
    if verdict.deciders:
        first = max(verdict.deciders, key=lambda one: -math.inf if math.isnan(one.strength) else one.strength)
        meaning = _meaning(first.path, parameters)
        if first.grade in GUESSED:
            said.append(
                f"A measurement of {meaning}, first of all: its size is a guess (grade {first.grade}), "
                f"and it alone explains {percent(first.strength)} of how clearly the claim holds or fails."
            )
        else:
            said.append(
                f"Another value of {meaning} (grade {first.grade}): it alone explains "
                f"{percent(first.strength)} of how clearly the claim holds or fails."
            )
    elif verdict.settings.settings:
        said.append("No single one of the parameters searched.")
    if verdict.nearest is not None:
        said.append(f"A world beyond the range that was searched of {_meaning(verdict.nearest, parameters)}.")
    missing = [part.part.label for part in verdict.parts if part.side == "not available"]
    if missing:
        said.append(f"A measure of {_listed(missing)}: the model has none here.")
    elif not verdict.settings.settings:
        said.append("A search of other settings: this verdict is about the defaults alone.")
    if not verdict.equal_effort:
        said.append("A contest at equal effort.")
    return said


def _what_this_is(trial: Trial) -> str:
    count = len({verdict.claim.essay for verdict in trial.verdicts})
    words = {1: "an essay", 2: "two essays", 3: "three essays", 4: "four essays"}
    essays = words.get(count, counted(count, "essay"))
    elsewhere = (
        f", then in {counted(trial.points, 'other setting')} that would be as plausible"
        if trial.points
        else ""
    )
    return (
        f"What {essays} on social media strategy would have brands do, tried on simulated people "
        f"who know nothing of the claims: first with our best guess of how people behave{elsewhere}."
    )


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", "…")) else ".")


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _meaning(path: str, parameters: Mapping[str, SampledParameter]) -> str:
    """What a parameter is, in a few words; its path where those are not known."""
    return parameters[path].short if path in parameters else path


def _number(value: float) -> str:
    """Value of a parameter, as a person would type it."""
    if not math.isfinite(value):
        return NOT_AVAILABLE
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.3g}".replace("-", "−")


def _range(low: float, high: float) -> str:
    return f"{_number(low)} to {_number(high)}"


# ---- one card ---------------------------------------------------------------------------------------------------------


def _card(
    verdict: ClaimVerdict,
    anchor: str,
    parameters: Mapping[str, SampledParameter],
    drawn: dict[str, Any],
) -> dict[str, Any]:
    claim = verdict.claim
    # a plain "on" or "asked" is left as it stands in the sentence
    names = tuple({name for arm in claim.arms for name in (arm.name, arm.scenario) if "_" in name})
    effects, margins = effects_table(verdict), margins_table(verdict)
    height = effects_height(effects)
    drawn[f"{anchor}-1"] = in_both_themes(effects_figure(effects), effects_figure(effects, theme="dark"))
    worst = verdict.worst.margin if verdict.worst is not None else None
    if margins:
        drawn[f"{anchor}-2"] = in_both_themes(
            margins_figure(margins, worst=worst, height=height),
            margins_figure(margins, worst=worst, height=height, theme="dark"),
        )
    return {
        "id": claim.id,
        "anchor": anchor,
        "essay": claim.essay,
        "title": claim.title,
        "text": claim.text,
        "word": verdict.word,
        "side": SIDE_WORDS[verdict.side],
        "sentence": split_by_names(verdict.sentence, names),
        "settings": _split(verdict.settings),
        "height": height,
        "effects": effects_sentence(effects),
        "effects_said": effects_said(effects),
        "margins": settings_sentence(verdict.settings),
        "margins_table": _margins_cells(claim.id, margins) if margins else None,
        "reading": claim.reading,
        "parts": [_part(part) for part in verdict.parts],
        "deciders": [_decider(one, parameters) for one in verdict.deciders],
        "fails": where_it_fails(verdict, parameters),
        "worst": _worst(verdict, parameters),
        "changes": what_would_change_it(verdict, parameters),
        "efforts": _efforts(verdict),
        "equal_effort": verdict.equal_effort,
        "effort": _effort_words(verdict),
        "limits": claim.limits,
        "points": verdict.settings.settings,
    }


def _anchors(names: Sequence[str]) -> list[str]:
    """Ids that can stand in a link, of letters, digits and hyphens, one for each name and no two alike."""
    found: list[str] = []
    for name in names:
        plainest = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "unnamed"
        anchor, others = plainest, itertools.count(2)
        while anchor in found:
            anchor = f"{plainest}-{next(others)}"
        found.append(anchor)
    return found


def _share(value: float) -> Share:
    if math.isnan(value):
        return Share(NOT_AVAILABLE, None)
    return Share(percent(value), round(100 * value, 1))


def _split(settings: Tally) -> Split:
    counts = (settings.clearly_holds, settings.clearly_fails, settings.not_clear)
    if not settings.settings:
        return Split(False, 0.0, 0.0, 0.0, NOT_AVAILABLE, NOT_AVAILABLE, NOT_AVAILABLE)
    holds, fails, rest = (round(100 * settings.share(count), 1) for count in counts)
    for_it, against_it, not_clear = (percent(settings.share(count)) for count in counts)
    return Split(True, holds, fails, rest, for_it, against_it, not_clear)


def _part(part: PartVerdict) -> dict[str, Any]:
    digits = decimals_for(part.mean_a, part.mean_b)
    measure = _measure(part.part.measure)
    if part.part.measure_a is not None:
        measure += f" against {_measure(part.part.measure_a).lower()}"
    claimed = f"claimed: {part.part.expected}"
    if part.part.against is not None:
        less, base = (plain(name) for name in reversed(part.part.against))
        claimed += f", after subtracting {less} against {base}"
    return {
        "label": part.part.label,
        "measure": in_unit(f"{measure},", part.unit).rstrip(","),
        "claimed": claimed,
        "a": plain(part.part.a),
        "b": plain(part.part.b),
        "mean_a": shown(part.mean_a, digits),
        "mean_b": shown(part.mean_b, digits),
        "difference": signed(part.difference, decimals_for(part.difference, part.low, part.high)),
        "interval": shown_interval(part.low, part.high, decimals_for(part.difference, part.low, part.high)),
        "replicates": f"{part.replicates:,}",
        "side": SIDE_WORDS[part.side],
        "tone": {"holds": "holds", "fails": "fails"}.get(part.side, "open"),
        "settings": _split(part.settings),
        "counted": settings_sentence(part.settings),
    }


def _measure(measure: str) -> str:
    return MEASURES[measure].label if measure in MEASURES else measure


def _decider(decider: Decider, parameters: Mapping[str, SampledParameter]) -> Row:
    meaning = _meaning(decider.path, parameters)
    return Row(
        meaning=meaning[:1].upper() + meaning[1:] if decider.path in parameters else meaning,
        path=decider.path,
        unit=decider.unit,
        plausible=_range(decider.low, decider.high),
        default=_number(decider.default),
        grade=decider.grade,
        guess=decider.grade in GUESSED,
        strength=percent(decider.strength),
        mixed=decider.holds_when not in ("low", "high"),
        lowest=_share(decider.share_low),
        highest=_share(decider.share_high),
    )


def _margins_cells(claim: str, table: tuple[Margins, ...]) -> Table:
    rows = [
        (
            f"{shown(bar.low, 2)} to {shown(bar.high, 2)}",
            f"{bar.settings:,}",
            side_of(bar),
        )
        for bar in table
        if bar.settings
    ]
    return Table(
        f"{claim}: sampled settings by their margin", ("Margin", "Settings", "The claim"), tuple(rows)
    )


def _worst(verdict: ClaimVerdict, parameters: Mapping[str, SampledParameter]) -> Table | None:
    if verdict.worst is None or not verdict.worst.values:
        return None
    first = [one.path for one in verdict.deciders if one.path in verdict.worst.values]
    rows = []
    for path in dict.fromkeys([*first, *verdict.worst.values]):
        one = parameters.get(path)
        value = _number(verdict.worst.values[path])
        about = (
            (one.meaning, f"{value} {one.unit}".rstrip(), _range(one.low, one.high))
            if one
            else ("", value, "")
        )
        rows.append((path, *about))
    kind = "it fails most" if verdict.worst.margin < 0.0 else "it comes nearest to failing"
    return Table(
        f"{verdict.claim.id}: the setting at which {kind}",
        ("Parameter", "What it is", "Value there", "Range searched"),
        tuple(rows),
    )


def _efforts(verdict: ClaimVerdict) -> str:
    free = {arm.name for arm in verdict.claim.arms if arm.free}
    return "; ".join(
        f"{plain(name)} {shown(effort, 0)}{' (by design)' if name in free else ''}"
        for name, effort in verdict.efforts.items()
    )


def _effort_words(verdict: ClaimVerdict) -> str:
    """What to say of the totals that are shown: sides that differ by design do not count for the verdict, but do differ."""
    if not verdict.equal_effort:
        return "at unequal effort"
    return "equal effort" if is_equal_effort(list(verdict.efforts.values())) else "unequal by design"


# ---- all pairs, and what was searched -----------------------------------------------------------------------------------


def _pairs(trial: Trial) -> list[dict[str, Any]]:
    found = []
    measures = list(dict.fromkeys(pair.measure for pair in trial.pairs))
    for measure, anchor in zip(measures, _anchors(measures), strict=True):
        pairs = [pair for pair in trial.pairs if pair.measure == measure]
        order = standings(pairs, measure)
        met = meetings(pairs, measure)
        rows = []
        for row in order:
            cells: list[tuple[str, str, str, str]] = []
            for column in order:
                meeting = met.get((row.name, column.name))
                if meeting is None:
                    cells.append(("", "", "self" if row == column else "open", ""))
                    continue
                mark, word, tone = PAIR_MARKS.get(meeting.side, NO_MARK)
                digits = decimals_for(meeting.difference, meeting.low, meeting.high)
                interval = shown_interval(meeting.low, meeting.high, digits)
                said = f"{in_unit(signed(meeting.difference, digits), meeting.unit)} ({interval})"
                cells.append((mark, f"{plain(row.name)} {word} {plain(column.name)}: {said}", tone, word))
            rows.append(
                {
                    "name": plain(row.name),
                    "beats": row.beats,
                    "loses": row.loses,
                    "rest": row.rest,
                    "cells": cells,
                }
            )
        found.append(
            {
                "id": f"pairs-{anchor}",
                "label": pairs[0].label,
                "unit": pairs[0].unit,
                "sentence": pairs_sentence(pairs),
                "rows": rows,
                "table": _pairs_cells(pairs),
            }
        )
    return found


def pairs_sentence(pairs: list[PairOutcome]) -> str:
    """Who beats the most others in the one measure of these pairs."""
    order = standings(pairs, pairs[0].measure) if pairs else ()
    if not order or not max(row.beats for row in order):
        return "No strategy can be told from another."
    most = max(row.beats for row in order)
    best = [plain(row.name) for row in order if row.beats == most]
    verb = "beats" if len(best) == 1 else "beat"
    return f"{_listed(best)} {verb} the most others: {most} of {len(order) - 1}."


def _pairs_cells(pairs: list[PairOutcome]) -> Table:
    rows = [
        (
            f"{plain(pair.b)} against {plain(pair.a)}",
            with_interval(pair),
            f"{plain(pair.b)} is {pair.side}"
            if pair.side in ("better", "worse", "higher", "lower")
            else pair.side,
        )
        for pair in pairs
    ]
    caption = f"{pairs[0].label} in {pairs[0].unit}: the first strategy minus the second, with the interval"
    return Table(caption, ("Pair", "Difference (interval)", "Verdict"), tuple(rows))


def _sampled(one: SampledParameter) -> dict[str, Any]:
    return {
        "path": one.path,
        "meaning": one.meaning,
        "unit": one.unit,
        "plausible": _range(one.low, one.high),
        "weighting": one.weighting,
        "grade": one.grade,
        "guess": one.grade in GUESSED,
    }


def _facts(trial: Trial) -> list[tuple[str, str]]:
    return [
        ("At the defaults", f"{counted(trial.replicates, 'world')} of {trial.people:,} people"),
        (
            "Other settings",
            f"{trial.points:,}, in {counted(trial.replicates_per_point, 'world')} of {trial.people_per_point:,} people each"
            if trial.points
            else "none",
        ),
        ("Days", f"{trial.days:,}"),
        ("Runs", f"{trial.runs:,}"),
        ("Seed", str(trial.seed)),
    ]
