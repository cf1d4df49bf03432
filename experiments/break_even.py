"""What would change the verdict: for the parameters that move it most, the value at which neither side is ahead.

Each parameter is moved alone, in both scenarios at once, from end to end of its plausible range, on the same paired
worlds. First all of them to their two ends (one at a time, as in a tornado diagram), then the few that bring the
difference nearest to zero in small steps; between the steps the mean and its interval are interpolated.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import scipy  # scipy.interpolate takes half a second to import: SciPy does it when it is used

from worthsharing.experiments.compare import OUTCOMES
from worthsharing.experiments.deciders import named_in_words
from worthsharing.experiments.design import (
    LEVERS,
    PARTS_OF_A_WHOLE,
    for_all_entries,
    moved,
    sampled_parameters,
    value_at,
)
from worthsharing.experiments.differing import SERIES_LABELS
from worthsharing.experiments.execute import run_points
from worthsharing.experiments.explain import EXPLAINED, Amount, amount_of, check_outcomes
from worthsharing.experiments.ledger import values_at
from worthsharing.experiments.summary import decimals_for, in_unit, shown, shown_interval, signed
from worthsharing.experiments.verdicts import SampledParameter
from worthsharing.sim.errors import InputError
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.run import provenance
from worthsharing.sim.scenario import GENERATED_NETWORKS, ParameterInfo, Scenario, parameters

if TYPE_CHECKING:
    from worthsharing.experiments.store import RunStore

STEPS = 7  # values of a parameter over its plausible range, both ends among them
SCREENING_WORLDS = 2  # for each end of each parameter
MOST = 4  # parameters looked at more closely, for each outcome
MOST_LEVERS = 2  # levers of one of the scenarios, beside them
GUESSES = ("X", "D")  # grades of what nobody has measured, or nobody has looked up
GENERATED = ("world.clustering", "world.mean_degree")  # of networks that are made, not read

Word = Literal["changes it", "cannot tell", "never changes it"]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Ends:
    """The difference B − A with one parameter at the low and at the high end of its plausible range: means of few worlds."""

    parameter: SampledParameter
    at_low: float
    at_high: float


@dataclass(frozen=True)
class BreakEven:
    """How one parameter moves the difference in one outcome, and where it is zero.

    here: value in A and B; steps: values that were run, with the difference B − A there
    word: whether the difference has the other sign anywhere in the plausible range; `cannot tell` if only its interval
        reaches zero somewhere
    value: nearest to `here` of those at which it is zero, with its interval; not a number unless it changes.
        An interval that ends at an end of the range goes on beyond it
    crossings: how many such values there are
    other: share of the plausible range, by the parameter's weighting, in which the difference has the other sign
    """

    parameter: SampledParameter
    here: float
    steps: tuple[tuple[float, Amount], ...]
    word: Word
    value: float
    low: float
    high: float
    crossings: int
    other: float
    sentence: str

    @property
    def least(self) -> float:
        """The difference where it is smallest, of the values that were run."""
        known = [amount.mean for _, amount in self.steps if math.isfinite(amount.mean)]
        return min(known, key=abs, default=math.nan)

    @property
    def is_guess(self) -> bool:
        """Whether nobody has measured its size, or nobody has looked it up."""
        return self.parameter.grade in GUESSES


@dataclass(frozen=True)
class Changes:
    """What would change the verdict on one outcome.

    at: the difference as it is; ends: of all parameters, those first that bring it nearest to the other sign
    """

    measure: str
    label: str
    unit: str
    at: Amount
    ends: tuple[Ends, ...]
    found: tuple[BreakEven, ...]
    sentence: str


@dataclass(frozen=True)
class BreakEvens:
    """Everything that `explain --break-even` has to say about B against A."""

    a: str
    b: str
    seed: int
    worlds: int
    parameters: int
    changes: tuple[Changes, ...]
    notes: tuple[str, ...]


def break_evens(
    scenarios: Mapping[str, Scenario],
    *,
    outcomes: Sequence[str] = EXPLAINED,
    replicates: int = 12,
    seed: int = 1,
    most: int = MOST,
    space: Sequence[ParameterInfo] | None = None,
    workers: int | None = None,
    store: "RunStore | None" = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> BreakEvens:
    """Find what would change the verdict of B against A.

    scenarios: A and B, by the names they are shown under
    replicates: worlds at each value of a parameter, 2 or more
    most: parameters that are looked at closely for each outcome
    space: parameters that may be moved; by default every claim about people that has a plausible range
    progress: called with worlds done and worlds in all, which grow once it is known what is looked at closely

    Besides, each scenario's own levers (what it publishes, and the other does not) are moved in that scenario alone.
    """
    if len(scenarios) != 2:
        raise InputError("explain", f"{len(scenarios)} scenarios given", "give two: A and B")
    check_outcomes(outcomes)
    if replicates < 2:
        raise InputError("--replicates", "one world has no interval", "give 2 or more")
    name_a, name_b = scenarios
    moves = moves_of(scenarios, sampled_parameters() if space is None else space)
    wanted = tuple(one for one in MEASURES if one in outcomes or one in OUTCOMES)
    ends = [(move, value_at(move.info, place)) for move in moves for place in (0.0, 1.0)]
    total, done = len(ends) * SCREENING_WORLDS + replicates, 0

    def differences(settings: Sequence[tuple[Move, float] | None], worlds: int) -> list[np.ndarray]:
        """B − A at some settings, each of shape (measures, worlds)."""
        nonlocal done
        before = done

        def tick(count: int) -> None:
            nonlocal done
            done = before + count
            if progress is not None:
                progress(done, total)

        found = run_points(
            (scenarios if setting is None else at_value(scenarios, *setting) for setting in settings),
            replicates=worlds, seed=seed, workers=workers, measures=wanted, daily=False, store=store,
            progress=tick, should_stop=should_stop,
        )  # fmt: skip
        return [
            np.array([one.values(name_b, measure) - one.values(name_a, measure) for measure in wanted])
            for one in found
        ]

    (base,) = differences([None], replicates)
    screened = [mean_of(values) for values in differences(ends, SCREENING_WORLDS)]
    close: dict[str, list[int]] = {}  # measure → moves that are looked at closely
    tried: dict[str, tuple[Ends, ...]] = {}
    for measure in outcomes:
        column = wanted.index(measure)
        sides = [
            Ends(move.parameter, float(screened[2 * row][column]), float(screened[2 * row + 1][column]))
            for row, move in enumerate(moves)
        ]
        order = nearest_first(sides, float(mean_of(base)[column]))
        tried[measure] = tuple(sides[row] for row in order)
        levers = [row for row in order if moves[row].only is not None][:MOST_LEVERS]
        chosen = [row for row in order if moves[row].only is None][:most]
        close[measure] = sorted([*chosen, *levers], key=order.index)
    steps = {row: _steps(moves[row]) for row in dict.fromkeys(itertools.chain(*close.values()))}
    total += sum(map(len, steps.values())) * replicates
    curves = {
        row: differences([(moves[row], value) for value in values], replicates)
        for row, values in steps.items()
    }
    changes = []
    for measure in outcomes:
        column = wanted.index(measure)
        at = amount_of(_finite(base[column]))
        found = [
            found_on(
                moves[row].parameter,
                moves[row].here,
                [
                    (value, amount_of(_finite(values[column])))
                    for value, values in zip(steps[row], curves[row], strict=True)
                ],
                at,
                measure,
            )
            for row in close[measure]
        ]
        info = MEASURES[measure]
        one = Changes(measure, info.label, info.unit, at, tried[measure], tuple(found), "")
        sentence = changes_sentence(one, (name_a, name_b), len(moves))
        changes.append(Changes(**{**one.__dict__, "sentence": sentence}))
    tried_words = (
        f"All {len(moves)} parameters were moved to both ends of their plausible ranges in {SCREENING_WORLDS} worlds; those "
        f"shown took {STEPS} values and the one used, in {replicates} worlds each."
    )
    alone = (
        "Each parameter is moved alone, in both scenarios at once; two that move together may change more."
    )
    notes = [alone, tried_words]
    if any(move.only is not None for move in moves):
        notes.append(
            "A lever of one scenario is moved in that scenario alone, and changes what it spends: effort is not equal then."
        )
    return BreakEvens(name_a, name_b, seed, replicates, len(moves), tuple(changes), tuple(notes))


@dataclass(frozen=True)
class Move:
    """A parameter that can be moved: in both scenarios, or a lever in `only` one of them; `here` is its value."""

    info: ParameterInfo
    parameter: SampledParameter
    here: float
    only: str | None = None


def moves_of(scenarios: Mapping[str, Scenario], space: Sequence[ParameterInfo]) -> list[Move]:
    """Everything that can be moved.

    In both scenarios: parameters that are the same in A and B, of mechanisms that are on, and of networks that are made.
    In one of them: what it publishes and the other does not, where that has a plausible range.
    """
    (name_a, a), (name_b, b) = scenarios.items()
    made = all(one.world.network in GENERATED_NETWORKS for one in (a, b))
    found = []
    for info in space:
        section = info.path.partition(".")[0]
        on = [getattr(one.mechanisms, section, True) for one in (a, b)]
        values = [values_at(one, info.path) for one in (a, b)]
        if not any(on) or (info.path in GENERATED and not made) or values[0] != values[1]:
            continue
        if len(set(values[0])) == 1:
            found.append(Move(info, SampledParameter.of(info), float(values[0][0])))
    for info in parameters():
        if not info.path.startswith(LEVERS) or info.plausible is None:
            continue
        values = [[] if one.brand.silent else values_at(one, info.path) for one in (a, b)]
        if values[0] == values[1]:
            continue
        for name, known in zip((name_a, name_b), values, strict=True):
            if len(set(known)) == 1:
                general = SampledParameter.of(info)
                what = SERIES_LABELS.get(info.path.removeprefix(LEVERS + "0."), general.short)
                lever = replace(general, path=f"{info.path} of {name}", meaning=f"{what} in {name}")
                found.append(Move(info, lever, float(known[0]), name))
    return found


def at_value(scenarios: Mapping[str, Scenario], move: Move, value: float) -> dict[str, Scenario]:
    """Make the scenarios with one parameter moved to a value."""
    return {
        name: moved(one, for_all_entries(one, making_room(one, {move.info.path: value})))
        if move.only in (None, name)
        else one
        for name, one in scenarios.items()
    }


def making_room(scenario: Scenario, values: Mapping[str, float]) -> dict[str, float]:
    """Values with those of the same whole beside them, which shrink by one factor where there would be more than the whole.

    >>> made = making_room(Scenario(), {"leaving.silent": 0.85, "brand.quality": 0.9})
    >>> {path: round(value, 3) for path, value in made.items()}
    {'leaving.silent': 0.85, 'brand.quality': 0.9, 'leaving.hide': 0.1, 'leaving.tell_friends': 0.05}
    """
    made = dict(values)
    for parts in PARTS_OF_A_WHOLE:
        moving = [part for part in parts if part in values]
        others = {part: _here(scenario, part) for part in parts if part not in values}
        room, taken = 1.0 - sum(values[part] for part in moving), sum(others.values())
        if moving and taken > room:
            made.update({part: value * room / taken for part, value in others.items()})
    return made


def nearest_first(ends: Sequence[Ends], at: float) -> list[int]:
    """Places of parameters, first the one an end of which brings the difference furthest towards the other sign."""
    sign = -1.0 if at < 0.0 else 1.0

    def margin(one: Ends) -> float:
        known = [sign * value for value in (one.at_low, one.at_high) if math.isfinite(value)]
        return min(known, default=math.inf)

    return sorted(range(len(ends)), key=lambda place: margin(ends[place]))


def mean_of(values: np.ndarray) -> np.ndarray:
    """Mean over worlds of those that are available, shape (measures,)."""
    known = np.isfinite(values)
    sums, counts = np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1)
    return np.divide(sums, counts, out=np.full(len(values), math.nan), where=counts > 0)


def _finite(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]


def _here(scenario: Scenario, path: str) -> float:
    return float(values_at(scenario, path)[0])


def _steps(move: Move) -> list[float]:
    """Values over the plausible range, evenly spread by the scale of the parameter, and the one that is used."""
    low, high = move.parameter.low, move.parameter.high
    values = {value_at(move.info, place / (STEPS - 1)) for place in range(STEPS)}
    return sorted(values | ({move.here} if low <= move.here <= high else set()))


# ---- where it is zero ---------------------------------------------------------------------------------------------


def found_on(
    parameter: SampledParameter,
    here: float,
    steps: Sequence[tuple[float, Amount]],
    at: Amount,
    measure: str,
) -> BreakEven:
    """Where the difference is zero along one parameter, from the difference at some values of it.

    at: the difference as it is
    """
    known = [(value, amount) for value, amount in steps if math.isfinite(amount.mean)]
    places = np.array([place_of(parameter, value) for value, _ in known])
    if len(known) < 2:
        empty = BreakEven(
            parameter, here, tuple(steps), "cannot tell", math.nan, math.nan, math.nan, 0, math.nan, ""
        )
        return _with_sentence(empty, at, measure)
    mean, lower, upper = (
        scipy.interpolate.PchipInterpolator(places, [getattr(amount, end) for _, amount in known])
        for end in ("mean", "low", "high")
    )
    sign = -1.0 if at.mean < 0.0 else 1.0
    roots = _roots(mean, places)
    grid = np.linspace(places[0], places[-1], 2001)
    other = float(np.mean(sign * mean(grid) < 0.0))
    value = low = high = math.nan
    word: Word = "never changes it"
    if roots and other > 0.0:
        word = "changes it"
        start = place_of(parameter, here)
        root = min(roots, key=lambda one: abs(one - start))
        bounds = [*_roots(lower, places), *_roots(upper, places)]
        left = max((one for one in bounds if one <= root), default=places[0])
        right = min((one for one in bounds if one >= root), default=places[-1])
        value, low, high = (value_of(parameter, place) for place in (root, left, right))
    elif ((lower(grid) <= 0.0) & (upper(grid) >= 0.0)).any():
        word = "cannot tell"
    found = BreakEven(
        parameter,
        here,
        tuple(steps),
        word,
        value,
        low,
        high,
        len(roots) if word == "changes it" else 0,
        other,
        "",
    )
    return _with_sentence(found, at, measure)


def place_of(parameter: SampledParameter, value: float) -> float:
    """Where a value stands in the plausible range by the parameter's weighting, 0 to 1.

    >>> place_of(SampledParameter("x", "", "", 1.0, 100.0, "log-uniform", "X"), 10.0)
    0.5
    """
    low, high = parameter.low, parameter.high
    if parameter.weighting == "log-uniform":
        low, high, value = math.log(low), math.log(high), math.log(max(value, 1e-300))
    return (value - low) / (high - low)


def value_of(parameter: SampledParameter, place: float) -> float:
    """Value at a place of the plausible range, the other way round."""
    low, high = parameter.low, parameter.high
    if parameter.weighting == "log-uniform":
        return low * (high / low) ** place
    return low + place * (high - low)


def _roots(curve: "scipy.interpolate.PchipInterpolator", places: np.ndarray) -> list[float]:
    """Places within the range at which a curve is zero, each once; a stretch of zeros counts where it begins."""
    found = sorted(
        float(root)
        for root in np.atleast_1d(curve.roots(extrapolate=False))
        if math.isfinite(root) and places[0] - 1e-12 <= root <= places[-1] + 1e-12
    )
    return [root for number, root in enumerate(found) if number == 0 or root - found[number - 1] > 1e-9]


# ---- words --------------------------------------------------------------------------------------------------------


def _with_sentence(found: BreakEven, at: Amount, measure: str) -> BreakEven:
    return BreakEven(**{**found.__dict__, "sentence": sentence_of(found, at, measure)})


def sentence_of(found: BreakEven, at: Amount, measure: str) -> str:
    """What one parameter could do to the verdict, from its numbers alone."""
    parameter, info = found.parameter, MEASURES[measure]
    digits = decimals_for(parameter.low, parameter.high)
    turned, turns = (
        ("the verdict is the other one", "changes the verdict")
        if at.is_clear
        else ("the difference has the other sign", "turns the difference round")
    )
    name = named_in_words(parameter)
    name = name[:1].upper() + name[1:]
    guess = f"a guess (grade {parameter.grade})" if found.is_guess else f"grade {parameter.grade}"
    within = f"plausible are {_value(parameter.low, digits)} to {_value(parameter.high, digits)}, {guess}"
    if found.word == "changes it":
        above = place_of(parameter, found.value) >= place_of(parameter, found.here)
        where = _value(found.value, digits)
        at_low = math.isclose(found.low, parameter.low, rel_tol=1e-6)
        at_high = math.isclose(found.high, parameter.high, rel_tol=1e-6)
        ends = (
            f"{'below ' if at_low else ''}{_value(found.low, digits)} to "
            f"{'above ' if at_high else ''}{_value(found.high, digits)}"
        )
        more = (
            f"; it crosses zero at {found.crossings} values, this is the nearest"
            if found.crossings > 1
            else ""
        )
        return (
            f"{name}: {'above' if above else 'below'} {where} ({ends}) {turned}; used is "
            f"{_value(found.here, digits)}, {within}; {_percent(found.other)} of that range is on the other side{more}."
        )
    least = found.least
    if math.isnan(least):
        return f"{name}: the outcome was not available at enough values to tell."
    left = in_unit(signed(least, decimals_for(least, at.mean)), info.unit)
    if found.word == "cannot tell":
        return (
            f"{name}: by the mean no plausible value {turns}, but it shrinks to {left}, where it cannot "
            f"be told; {within}."
        )
    return f"{name}: no plausible value {turns}: where the difference is least it is {left}; {within}."


def changes_sentence(changes: Changes, names: tuple[str, str], parameters: int) -> str:
    """What would change the verdict on one outcome, in one sentence."""
    a, b = names
    label = changes.label.lower()
    if not changes.at.is_clear:
        return f"There is no verdict of {b} against {a} in {label} yet that anything could change."
    found = [one for one in changes.found if one.word == "changes it"]
    open_ = [one for one in changes.found if one.word == "cannot tell"]
    if not found:
        unsure = (
            f", though with {_listed([one.parameter.short for one in open_])} it cannot be told"
            if open_
            else ""
        )
        return (
            f"No parameter alone changes the verdict in {label} anywhere in its plausible range, of {parameters} that were "
            f"tried{unsure}."
        )
    words = []
    for one in found:
        digits = decimals_for(one.parameter.low, one.parameter.high)
        above = place_of(one.parameter, one.value) >= place_of(one.parameter, one.here)
        guess = f", a guess (grade {one.parameter.grade})" if one.is_guess else ""
        words.append(
            f"{one.parameter.short} {'above' if above else 'below'} {_value(one.value, digits)} (used: "
            f"{_value(one.here, digits)}; {_percent(one.other)} of its plausible range{guess})"
        )
    return f"The verdict in {label} would be the other one with {_listed(words, 'or')}."


def _value(value: float, digits: int) -> str:
    text = shown(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percent(share: float) -> str:
    text = shown(100.0 * share, 0)
    return "less than 1 %" if text == "0" and share > 0.0 else f"{text} %"


def _listed(words: Sequence[str], joined: str = "and") -> str:
    return f" {joined} ".join(["; ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def break_even_words(found: BreakEven) -> str:
    """Break-even value with its interval, as a cell; a dash where there is none."""
    if not math.isfinite(found.value):
        return "none"
    digits = decimals_for(found.parameter.low, found.parameter.high)
    return f"{_value(found.value, digits)} ({shown_interval(found.low, found.high, digits)})"


def break_even_document(found: BreakEvens) -> dict[str, Any]:
    """Everything that was found, as plain values."""
    return {**asdict(found), "provenance": provenance()}
