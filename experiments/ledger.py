"""The ledger of assumptions: which guesses stand behind a comparison, and which of its verdicts hang on them.

A verdict at the values used says nothing of other values that would be as plausible. Here the same comparison is made
where all guesses have other plausible values at once, and a verdict that turns there is no firm one.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from worthsharing.experiments.claims import Part
from worthsharing.experiments.compare import Comparison, Difference, is_equal_effort
from worthsharing.experiments.deciders import FEWEST_POINTS, deciders_of, named_in_words, region_of
from worthsharing.experiments.design import (
    LEFT_OUT,
    LEVERS,
    as_matrix,
    at_budget,
    for_all_entries,
    moved,
    sample,
)
from worthsharing.experiments.execute import Results, Workers, run_points, runs_in_a_world
from worthsharing.experiments.judge import Space, at_points, in_spreads, tally_of
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.verdicts import ALMOST_NONE, ENOUGH, Decider, SampledParameter, Tally
from worthsharing.sim.errors import InputError
from worthsharing.sim.messages import effort_of
from worthsharing.sim.scenario import GENERATED_NETWORKS, GRADES, ParameterInfo, Scenario, parameters

GUESSED = ("X", "D")  # grades of parameters whose size nobody has measured, or nobody has looked up
POINTS = 128  # two Latin hypercubes
WORLDS = 4  # at each setting, as in a trial
# which switch turns a section's parameters on; a section that is not here is always in use
SWITCH_OF: Mapping[str, str] = {
    "attention": "visibility",
    "worth": "worth",
    "fatigue": "fatigue",
    "sharing": "sharing",
    "sincerity": "sincerity",
    "attitude": "attitude",
    "leaving": "leaving",
    "experience": "experience",
    "listening": "listening",
    "moderation": "moderation",
    "reciprocity": "reciprocity",
    "adoption": "adoption",
    "events": "shocks",
}
SWITCH_OF_ONE: Mapping[str, str] = {
    "sharing.reward_multiplier": "rewards",
    "sharing.p_forward_for_reward": "rewards",
    "sharing.usual_reward": "rewards",
}
SECTIONS: Mapping[str, str] = {
    "world": "Who there is",
    "brand": "The brand",
    "brand.series.0": "What it posts",
    "attention": "Attention",
    "worth": "What an item is worth",
    "fatigue": "Fatigue",
    "sharing": "Sharing",
    "sincerity": "Sincerity",
    "attitude": "Attitude",
    "leaving": "Leaving and protest",
    "experience": "Experience and recommendation",
    "listening": "Listening and answering",
    "moderation": "Complaints on the brand’s page",
    "reciprocity": "Giving before asking",
    "adoption": "Adoption",
    "events": "Events",
    "costs": "Costs",
}

Footing = Literal["firm", "hangs on guesses", "seldom clear", "no verdict"]
FOOTINGS: Mapping[Footing, str] = {
    "firm": f"clearly the same in at least {100 * ENOUGH:.0f} % of the other settings, and clearly the opposite in at "
    f"most {100 * ALMOST_NONE:.0f} %",
    "hangs on guesses": f"clearly the opposite in more than {100 * ALMOST_NONE:.0f} % of them: guesses decide it",
    "seldom clear": f"clearly the same in less than {100 * ENOUGH:.0f} % of them, and hardly ever the opposite",
    "no verdict": "there is none at the values used here",
}
UP = ("better", "higher")
OPPOSITES: Mapping[str, str] = {"better": "worse", "worse": "better", "higher": "lower", "lower": "higher"}


class Assumption(NamedTuple):
    """One parameter that is a guess: what it is, what was used, and what else would have been plausible."""

    path: str
    meaning: str
    unit: str
    used: str
    plausible: str
    grade: str
    source: str
    changed: bool  # from its default, by a scenario


@dataclass(frozen=True)
class Entry:
    """What other plausible values of the guesses do to one verdict: that on one outcome of `b` against `a`.

    side: of `b` at the values used, as in `compare.Difference`
    settings: `holds` counts the settings that say the same as that; without a verdict, those in which `b` has more
    deciders: guesses that move the difference most, strongest first; none if chance would name as much
    region: where the verdict fails, in words
    """

    measure: str
    label: str
    a: str
    b: str
    side: str
    footing: Footing
    settings: Tally
    deciders: tuple[Decider, ...]
    region: str

    @property
    def sentence(self) -> str:
        """What the settings say of this verdict."""
        settings = self.settings
        if not settings.settings:
            return f"{self.label}: in no other setting could it be measured."
        same, opposite, rest = (
            f"{100 * settings.share(count):.0f} %"
            for count in (settings.clearly_holds, settings.clearly_fails, settings.not_clear)
        )
        where = f"{settings.settings:,} other plausible settings of the guesses"
        if self.side not in OPPOSITES:
            return (
                f"{self.label}: there is no verdict at the values used here; in {where} {self.b} clearly has more in "
                f"{same}, clearly has less in {opposite}, and in {rest} it is not clear."
            )
        told = (
            f"in {where} {self.b} is clearly {self.side} in {same}, clearly {OPPOSITES[self.side]} in {opposite}, "
            f"and in {rest} it is not clear"
        )
        about = self.label[:1].lower() + self.label[1:]
        heads: Mapping[Footing, str] = {
            "firm": f"Firm on {about}: {told}.",
            "hangs on guesses": f"No firm verdict on {about}, which hangs on guesses: {told}.",
            "seldom clear": f"No firm verdict on {about}: {told}.",
        }
        return heads[self.footing] + (f" It {self.region}." if self.footing == "hangs on guesses" else "")


@dataclass(frozen=True)
class Ledger:
    """What the verdicts of a comparison hang on.

    sample: guesses that were given other values; held: those that a scenario states itself, which were left as they are
    equalised: scenarios that spend what the first one does at the values used, and did so at each setting
    """

    entries: tuple[Entry, ...]
    sample: tuple[SampledParameter, ...]
    held: tuple[str, ...]
    points: int
    replicates_per_point: int
    equalised: tuple[str, ...]
    runs: int
    notes: tuple[str, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Everything that the ledger has to say, as plain values."""
        return {
            "points": self.points,
            "replicates_per_point": self.replicates_per_point,
            "equalised": list(self.equalised),
            "runs": self.runs,
            "footings": dict(FOOTINGS),
            "verdicts": [{**asdict(one), "sentence": one.sentence} for one in self.entries],
            "hangs_on": hinges(self),
            "varied": [asdict(one) for one in self.sample],
            "held": list(self.held),
            "notes": list(self.notes),
        }

    @property
    def firm(self) -> bool:
        """Whether there are verdicts, and none of them turns or fades where the guesses have other values."""
        decided = [one.footing for one in self.entries if one.footing != "no verdict"]
        return bool(decided) and all(footing == "firm" for footing in decided)

    def of(self, b: str, measure: str) -> Entry | None:
        """Entry of one verdict, if it was examined."""
        return next((one for one in self.entries if (one.b, one.measure) == (b, measure)), None)

    def verdict_words(self, difference: Difference) -> str:
        """Verdict on one outcome, with what the ledger takes from it."""
        entry = self.of(difference.b, difference.measure)
        if entry is None or entry.footing in ("firm", "no verdict"):
            return difference.verdict
        return f"{difference.verdict} here; {entry.footing}"

    def sentences(self, b: str) -> tuple[str, ...]:
        """Sentences for the reader who reads nothing else: on reach and backlash, then on all verdicts together."""
        mine = [one for one in self.entries if one.b == b]
        told = [one.sentence for one in mine if one.measure in ("reach", "backlash")]
        decided = [one for one in mine if one.footing != "no verdict"]
        counts = {
            name: sum(one.footing == name for one in decided) for name in FOOTINGS if name != "no verdict"
        }
        words = ", ".join(
            f"{count} {COUNTED[name][count != 1]}{_which(decided, name)}"
            for name, count in counts.items()
            if count
        )
        if decided:
            told.append(f"Of {len(decided)} verdicts on {b}: {words}.")
        return tuple(told)


def _which(entries: Sequence[Entry], footing: str) -> str:
    """Outcomes whose verdicts are not firm, in brackets."""
    named = [one.label[:1].lower() + one.label[1:] for one in entries if one.footing == footing]
    return "" if footing == "firm" else f" ({', '.join(named)})"


COUNTED: Mapping[str, tuple[str, str]] = {  # one, several
    "firm": ("is firm", "are firm"),
    "hangs on guesses": ("hangs on guesses", "hang on guesses"),
    "seldom clear": ("is seldom clear elsewhere", "are seldom clear elsewhere"),
}


# ---- which guesses there are --------------------------------------------------------------------------------------


def assumptions(
    scenarios: Mapping[str, Scenario], *, named: Callable[[str], str] = str
) -> list[tuple[str, list[Assumption]]]:
    """Parameters of mechanisms that are on whose size is assumed (X) or not checked (D), by section.

    named: how the name of a scenario is written where values differ between scenarios
    """
    default = Scenario()
    grouped: dict[str, list[Assumption]] = {}
    for info in parameters():
        users = {name: scenario for name, scenario in scenarios.items() if is_used(info.path, scenario)}
        if info.grade not in GUESSED or not users:
            continue
        values = {name: values_at(scenario, info.path) for name, scenario in users.items()}
        usual = values_at(default, info.path)
        told = {
            name: ", ".join(_plainly(value) for value in found) or "none" for name, found in values.items()
        }
        same = len(set(told.values())) == 1
        used = (
            next(iter(told.values()))
            if same
            else "; ".join(f"{named(name)}: {text}" for name, text in told.items())
        )
        low_high = info.plausible
        grouped.setdefault(section_title(info), []).append(
            Assumption(
                info.path.replace(".0.", "."),
                info.meaning,
                info.unit,
                used,
                f"{_plainly(low_high[0])} to {_plainly(low_high[1])}" if low_high else "–",
                str(info.grade),
                info.source,
                any(found != usual for found in values.values()),
            )
        )
    return list(grouped.items())


def section_title(info: ParameterInfo) -> str:
    """Title of the section that a parameter stands in."""
    return SECTIONS.get(info.section, SECTIONS.get(info.section.split(".")[0], info.section))


def guesses_of(scenarios: Mapping[str, Scenario]) -> tuple[tuple[ParameterInfo, ...], tuple[str, ...]]:
    """Guesses that a comparison rests on and that have a plausible range, and paths of those that it states itself.

    What a brand publishes is its strategy, and what a scenario sets to another value than the default is what its author
    says of this case: neither is varied.
    """
    default, varied, held = Scenario(), [], []
    for info in parameters():
        used = [one for one in scenarios.values() if is_used(info.path, one)]
        if (
            info.grade not in GUESSED
            or info.plausible is None
            or info.type not in ("int", "float")
            or info.path.startswith(LEVERS)
            or info.path in LEFT_OUT
            or not used
        ):
            continue
        usual = values_at(default, info.path)
        if usual and any(values_at(one, info.path) != usual for one in scenarios.values()):
            held.append(info.path)
        else:
            varied.append(info)
    return tuple(varied), tuple(held)


def values_at(scenario: Scenario, path: str) -> list[Any]:
    """Values of a parameter in a scenario: one, or for a parameter of series one for each series."""
    places: list[Any] = [scenario]
    for key in path.split("."):
        if key.isdigit():
            places = [inner for place in places for inner in place]
        else:
            places = [getattr(place, key) for place in places]
    return places


def is_used(path: str, scenario: Scenario) -> bool:
    """Whether a parameter can matter in a scenario: its mechanism is on, and there is something that it is about."""
    section = path.split(".")[0]
    if section == "world" and scenario.world.network not in GENERATED_NETWORKS:
        return path == "world.strong_ties"
    if path.startswith("brand.series.") and scenario.brand.silent:
        return False
    switch = SWITCH_OF_ONE.get(path) or SWITCH_OF.get(section)
    return bool(values_at(scenario, path)) and (switch is None or bool(getattr(scenario.mechanisms, switch)))


def _plainly(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


# ---- what hangs on them -------------------------------------------------------------------------------------------


def run_ledger(
    results: Results,
    comparison: Comparison,
    *,
    points: int = POINTS,
    workers: Workers = None,
    store: RunStore | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Ledger:
    """Make a comparison again where all of its guesses have other plausible values, and judge every verdict by that.

    The settings are a Latin hypercube over the plausible ranges; each is run in a few paired worlds, with everyday posts as
    an inflow where the scenario leaves that open, which is cheaper. Sides that spend what the first one does do so at every
    setting, as in a trial: what it costs there is their budget.

    points: settings, 24 or more
    store: where runs are looked up and kept
    progress: called with worlds done and worlds in all

    Raises `InputError` for wrong input, `Cancelled` when asked to stop.
    """
    if points < FEWEST_POINTS:
        raise InputError(
            "--ledger", f"{points} settings say too little", f"give {FEWEST_POINTS} or more, e.g. {POINTS}"
        )
    infos, held = guesses_of(results.scenarios)
    spent = {one.scenario: one.effort for one in comparison.efforts}
    first, *others = comparison.names
    equalised = tuple(one for one in others if is_equal_effort((spent[first], spent[one])))
    chosen = sample(points, seed=results.seed, space=infos)
    space = Space(
        tuple(SampledParameter.of(info) for info in infos),
        tuple(float(info.default) for info in infos),
        as_matrix(chosen, [info.path for info in infos]),
    )
    measures = tuple(dict.fromkeys(one.measure for one in comparison.differences))
    found = {
        (name, measure): np.full((points, WORLDS), math.nan)
        for name in comparison.names
        for measure in measures
    }
    errors: list[str] = []
    runs, worlds = 0, points * WORLDS
    settings = (setting_of(results.scenarios, point.values, equalised=equalised) for point in chosen)
    for row, here in enumerate(
        run_points(
            settings,
            replicates=WORLDS,
            seed=results.seed,
            workers=workers,
            measures=measures,
            daily=False,
            store=store,
            keep_errors=True,
            progress=None if progress is None else lambda done: progress(done, worlds),
            should_stop=should_stop,
        )
    ):
        for name, measure in found:
            found[name, measure][row] = here.values(name, measure)
        errors.extend(f"{name}: {error}" for name, _, error in here.errors)
        runs += WORLDS * runs_in_a_world(here.scenarios)
    entries = entries_of(comparison.differences, found, space)
    notes = []
    if errors:
        notes.append(f"{len(errors):,} runs failed and are left out; the first: {errors[0]}")
    return Ledger(entries, space.parameters, held, points, WORLDS, equalised, runs, tuple(notes))


def setting_of(
    scenarios: Mapping[str, Scenario], values: Mapping[str, float], *, equalised: Sequence[str] = ()
) -> dict[str, Scenario]:
    """All sides of a comparison at one setting of the guesses.

    equalised: those that are given what the first one costs there
    """
    there = {
        name: moved(
            scenario,
            for_all_entries(
                scenario,
                {
                    **({"attention.background": "rate"} if scenario.attention.background == "auto" else {}),
                    **values,
                },
            ),
        )
        for name, scenario in scenarios.items()
    }
    first = next(iter(there.values()))
    budget = effort_of(first, first.brand)["effort"]
    return {name: at_budget(one, budget) if name in equalised else one for name, one in there.items()}


def entries_of(
    differences: Sequence[Difference], found: Mapping[tuple[str, str], np.ndarray], space: Space
) -> tuple[Entry, ...]:
    """Judge verdicts by what was found at the settings.

    found: (scenario, measure) → values, shape (points, worlds)
    """
    return tuple(_entry(one, found, space, len(differences)) for one in differences)


def _entry(
    difference: Difference, found: Mapping[tuple[str, str], np.ndarray], space: Space, family: int
) -> Entry:
    better = -1.0 if difference.better == "less" else 1.0
    up = difference.side not in OPPOSITES or (difference.side in UP) == (better > 0.0)
    part = Part(difference.label, difference.measure, difference.a, difference.b, "more" if up else "less")
    means, reaches = at_points(part, found, len(space.values))
    known = np.isfinite(means)
    settings = tally_of(means[None], reaches[None])
    places, margins = space.places[known], in_spreads(means, known)[known]
    scores = np.where(means > 0.0, 1.0, np.where(means < 0.0, 0.0, 0.5))[known]
    deciders = deciders_of(space.parameters, space.defaults, places, margins, scores, family=family)
    region = region_of(space.parameters, deciders, places, scores)
    return Entry(
        difference.measure,
        difference.label,
        difference.a,
        difference.b,
        difference.side,
        footing_of(difference.side, settings),
        settings,
        deciders,
        region,
    )


def footing_of(side: str, settings: Tally) -> Footing:
    """How firm a verdict is, from the settings that clearly say the same, and those that clearly say the opposite.

    >>> footing_of("better", Tally(60, 4, clearly_holds=50, clearly_fails=1))
    'firm'
    >>> footing_of("better", Tally(44, 20, clearly_holds=30, clearly_fails=12))
    'hangs on guesses'
    >>> footing_of("worse", Tally(40, 24, clearly_holds=8, clearly_fails=2))
    'seldom clear'
    >>> footing_of("cannot tell", Tally(60, 4, clearly_holds=50, clearly_fails=1))
    'no verdict'
    """
    if side not in OPPOSITES:
        return "no verdict"
    if settings.settings and settings.share(settings.clearly_fails) > ALMOST_NONE:
        return "hangs on guesses"
    enough = settings.settings > 0 and settings.share(settings.clearly_holds) >= ENOUGH
    return "firm" if enough else "seldom clear"


def hinges(ledger: Ledger) -> list[dict[str, Any]]:
    """Guesses that decide, strongest first: what each is, and what it decides, as plain values."""
    named: dict[str, dict[str, Any]] = {}
    meanings = {one.path: one for one in ledger.sample}
    for entry in ledger.entries:
        for decider in entry.deciders:
            parameter = meanings[decider.path]
            told = named.setdefault(
                decider.path,
                {
                    "path": decider.path,
                    "meaning": parameter.meaning,
                    "name": named_in_words(parameter),
                    "unit": decider.unit,
                    "grade": decider.grade,
                    "grade_means": GRADES.get(decider.grade, ""),  # type: ignore[call-overload]  # a grade, as text
                    "used": decider.default,
                    "low": decider.low,
                    "high": decider.high,
                    "decides": [],
                },
            )
            told["decides"].append(
                {
                    "measure": entry.measure,
                    "label": entry.label,
                    "b": entry.b,
                    "footing": entry.footing,
                    "strength": decider.strength,
                    "share_low": decider.share_low,
                    "share_high": decider.share_high,
                }
            )
    return sorted(
        named.values(),
        key=lambda one: (
            not any(verdict["footing"] == "hangs on guesses" for verdict in one["decides"]),
            -max(verdict["strength"] for verdict in one["decides"]),
        ),
    )
