"""Strategies and their settings on reach against backlash: which are dominated, in the same worlds, and how sure that is."""

import collections
import contextlib
import functools
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import scipy  # scipy.stats takes a second to import: SciPy does it when it is used

from worthsharing.experiments.design import moved
from worthsharing.experiments.execute import Cancelled, Workers, executor_of, run_points
from worthsharing.experiments.figures import plain
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep import (
    BYTES_A_NUMBER,
    BYTES_A_RUN,
    MEASURED_SECONDS,
    WORLDS_AT_A_TIME,
    Forecast,
)
from worthsharing.experiments.sweep_design import Plan, Value, plan_of
from worthsharing.experiments.verdicts import SampledParameter
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST
from worthsharing.sim.messages import effort_of
from worthsharing.sim.run import RunId
from worthsharing.sim.scenario import ParameterInfo, Scenario, load_scenario, parameters

OUTCOMES = ("reach", "backlash")
RESAMPLES = 2000
SURE = 0.95  # share of resamples in which somebody is on the frontier, or is not, for a verdict
WORST = 0.05  # the worst world of twenty
MOST_CANDIDATES = 1000
DIGITS = (3, 5, 9, 17)  # of a value in a label; more of them where labels would be alike
WHOLE = 17  # digits that tell any two numbers apart

Status = Literal["on the frontier", "dominated", "cannot tell", "over budget"]


@dataclass(frozen=True, eq=False)
class Strategy:
    """What a brand may do; plan: the design of its settings that are to be tried, None if none is."""

    name: str
    scenario: Scenario
    plan: Plan | None


@dataclass(frozen=True, eq=False)
class Candidate:
    """A strategy at some setting, and what it costs over the run, in currency."""

    strategy: str
    values: Mapping[str, Value]  # by path; none for the strategy as it stands
    scenario: Scenario
    effort: float
    digits: int = DIGITS[0]  # of each value in the label

    @property
    def settings(self) -> tuple[str, ...]:
        """Its settings in words, no two of them alike."""
        names = setting_names(self.scenario, tuple(self.values))
        return tuple(
            f"{names[path]} {_shown(value, path, self.digits)}" for path, value in self.values.items()
        )

    @property
    def label(self) -> str:
        """Title of the strategy with its settings, as reports and pages name it."""
        return ", ".join([plain(self.strategy), *self.settings])


@dataclass(frozen=True)
class Tail:
    """One outcome over the worlds: mean, median and the worst world of twenty, each with its 95 % interval.

    An end of an interval is not a number where there are too few worlds to say it.
    """

    mean: float
    mean_low: float
    mean_high: float
    median: float
    median_low: float
    median_high: float
    worst: float
    worst_low: float
    worst_high: float


@dataclass(frozen=True, eq=False)
class Placed:
    """A candidate and where it stands.

    p_frontier: share of resampled sets of worlds in which nobody else is at least as good in both means and better in one
    dominated_by, p_dominated: who dominates it in most of them, and in what share; nobody, and 0, if nobody ever does
    """

    candidate: Candidate
    reach: Tail
    backlash: Tail
    p_frontier: float
    status: Status
    dominated_by: str | None
    p_dominated: float


@dataclass(frozen=True, eq=False)
class Frontier:
    """Everything that `frontier` has to say.

    placed: those with more reach first; budget: in currency, None if there is none
    proposed: settings that a search has tried, those over the budget included, which are not run; 0 without a search
    """

    placed: tuple[Placed, ...]
    replicates: int
    seed: int
    budget: float | None
    proposed: int
    notes: tuple[str, ...]

    @property
    def best(self) -> tuple[Placed, ...]:
        """Those that nobody surely dominates and the budget allows."""
        return tuple(one for one in self.placed if one.status in ("on the frontier", "cannot tell"))


# ---- candidates ---------------------------------------------------------------------------------------------------


def strategies_of(
    sources: Sequence[str],
    varied: Sequence[str],
    *,
    settings: Sequence[str] = (),
    seed: int = 1,
    searched: bool = False,
) -> tuple[Strategy, ...]:
    """Read strategies, and which of the varied parameters each has.

    sources: scenario files, or names of bundled ones; settings: as in `--set`, for all of them
    varied: `path=1,2,3` for values, `path=low:high:steps` for a grid, and for a search also `path=low:high`

    Raises `InputError` for what cannot be read, and for a path that no strategy has.
    """
    wanted = [_parameter(text, searched) for text in varied]
    found: list[Strategy] = []
    for source in sources:
        loaded = load_scenario(source, settings=tuple(settings))
        if any(one.name == loaded.name for one in found):
            raise InputError("frontier", f"'{loaded.name}' is given twice", "give each file another name")
        alike = next((one.name for one in found if plain(one.name) == plain(loaded.name)), None)
        if alike is not None:
            wrong = f"'{alike}' and '{loaded.name}' both read '{plain(alike)}'"
            raise InputError("frontier", wrong, "give one of the files another name")
        own = [one for one in wanted if _has(loaded.scenario, one["path"])]
        plan = None
        if own:
            how: dict[str, Any] = {"method": "latin", "points": 1} if searched else {"method": "grid"}
            content = {"scenarios": [source], "settings": list(settings), "parameters": own, **how}
            plan = plan_of(content, b"", "--vary", Path(), seed=seed)
        found.append(Strategy(loaded.name, loaded.scenario, plan))
    for one in wanted:
        if not any(_has(strategy.scenario, one["path"]) for strategy in found):
            wrong = "no strategy here has such a parameter"
            raise InputError(f"--vary {one['path']}", wrong, "scenarios/README.md lists them")
    return tuple(found)


def candidates_of(strategies: Sequence[Strategy]) -> list[Candidate]:
    """Every strategy as it stands, then at all points of its design."""
    found = [candidate(one, {}) for one in strategies]
    for one in strategies:
        found += [candidate(one, values) for values in (one.plan.points if one.plan is not None else ())]
    if len(found) > MOST_CANDIDATES:
        right = f"at most {MOST_CANDIDATES:,}; vary fewer parameters, or --search them"
        raise InputError("--vary", f"gives {len(found):,} settings", right)
    unique = {one.scenario.key: one for one in reversed(found)}
    return [one for one in found if unique[one.scenario.key] is one]


def candidate(strategy: Strategy, values: Mapping[str, Value]) -> Candidate:
    """A strategy at some setting; raises `InputError` if it cannot be."""
    there = moved(strategy.scenario, values) if values else strategy.scenario
    return Candidate(strategy.name, dict(values), there, effort_of(there, there.brand)["effort"])


def _parameter(text: str, searched: bool) -> dict[str, Any]:
    path, equals, said = (part.strip() for part in text.partition("="))
    where = f"--vary {text}"
    right = "e.g. brand.series.0.reward=0,2.5,5 or brand.series.0.per_week=1:5" + ("" if searched else ":3")
    if not (path and equals and said):
        raise InputError(where, "is no parameter with values", right)
    if ":" not in said:
        return {"path": path, "values": [_value(one.strip()) for one in said.split(",")]}
    ends = [_value(one.strip()) for one in said.split(":")]
    if len(ends) not in (2, 3) or not all(isinstance(one, int | float) for one in ends):
        raise InputError(where, "is no range", right)
    if len(ends) == 2 and not searched:
        raise InputError(where, "is a range without steps", f"{right}, or add --search")
    made: dict[str, Any] = {"path": path, "range": [float(ends[0]), float(ends[1])]}
    return made if searched else {**made, "steps": ends[2]}


def _value(text: str) -> Value:
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _has(scenario: Scenario, path: str) -> bool:
    try:
        moved(scenario, {path: None})
    except InputError as error:
        return error.where != path
    return True


# ---- names --------------------------------------------------------------------------------------------------------


def told_apart(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The same candidates; those whose labels would be alike show more digits of their values."""
    made = list(candidates)
    for digits in DIGITS[1:]:
        times = collections.Counter(one.label for one in made)
        if len(times) == len(made):
            break
        made = [replace(one, digits=digits) if times[one.label] > 1 else one for one in made]
    return made


def setting_names(scenario: Scenario, paths: Sequence[str]) -> dict[str, str]:
    """What parameters are called in a label: by their series, event or rival where they are of one; no two alike.

    >>> from worthsharing.sim.scenario import load_scenario
    >>> setting_names(load_scenario("give_first").scenario, ["brand.series.1.per_week", "brand.quality"])
    {'brand.series.1.per_week': 'asks per week', 'brand.quality': 'chance that an experience with the product is good'}
    """
    names = {path: _setting_name(scenario, path) for path in paths}
    times = collections.Counter(names.values())
    return {path: name if times[name] == 1 else f"{name} ({path})" for path, name in names.items()}


def _setting_name(scenario: Scenario, path: str) -> str:
    rival = re.fullmatch(r"rivals\.(\d+)\.(.+)", path)
    if rival is not None:
        whose = scenario.rivals[int(rival[1])]
        own = scenario.model_copy(update={"brand": whose})
        return f"{whose.name} {_setting_name(own, f'brand.{rival[2]}')}"
    entry = re.fullmatch(r"(.+)\.(\d+)\.(\w+)", path)
    if entry is not None:  # of a list, whose entries have names
        entries: Any = functools.reduce(getattr, entry[1].split("."), scenario)
        return f"{entries[int(entry[2])].name} {entry[3].replace('_', ' ')}"
    info = _infos()[path]
    # the first words of its meaning, as all reports name a parameter
    return SampledParameter(path, info.meaning, info.unit, math.nan, math.nan, "uniform", "").short


@functools.cache
def _infos() -> Mapping[str, ParameterInfo]:
    return {info.path: info for info in parameters()}


def _shown(value: Value, path: str, digits: int) -> str:
    """Value as people write it.

    >>> _shown(0.33333, "", 3), _shown(12345.678, "", 3), _shown(-2.0, "", 3), _shown(True, "", 3)
    ('0.333', '12,346', '−2', 'yes')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        info = _infos().get(re.sub(r"\.\d+\.", ".0.", re.sub(r"^rivals\.\d+\.", "brand.", path)))
        return value.replace("_", " ") if info is not None and info.type == "choice" else value
    if digits >= WHOLE or 0.0 < abs(value) < 1e-4:
        text = f"{value:,}" if digits >= WHOLE else f"{value:.{digits}g}"
    else:
        size = math.floor(math.log10(abs(value))) if value else 0
        text = f"{value:,.{max(0, digits - 1 - size)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


# ---- placing ------------------------------------------------------------------------------------------------------


def run_frontier(
    candidates: Sequence[Candidate],
    *,
    replicates: int = 40,
    seed: int = 1,
    budget: float | None = None,
    workers: Workers = None,
    store: RunStore | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Frontier:
    """Run candidates in the same worlds and say who is on the frontier; those over the budget are not run.

    progress: called with worlds done and worlds in all
    """
    told = None if progress is None else lambda done: progress(done, replicates)
    values = outcomes_of(
        [one for one in candidates if affordable(one, budget)],
        replicates=replicates, seed=seed, workers=workers, store=store, progress=told,
    )  # fmt: skip
    return placed_on(candidates, values, replicates=replicates, seed=seed, budget=budget)


def expected(
    candidates: Sequence[Candidate],
    store: RunStore,
    *,
    replicates: int = 40,
    seed: int = 1,
    budget: float | None = None,
    searched: int = 0,
    workers: Workers = None,
) -> Forecast:
    """Say how much there is to do, from a few runs that are made first and are not lost.

    searched: settings that a search will choose beside the candidates, each taken to last as long as one of those
    """
    running = [one for one in candidates if affordable(one, budget)]
    wanted = [
        RunId(one.scenario.key, RULES_DIGEST, seed, world) for one in running for world in range(replicates)
    ]
    there = store.find(wanted, OUTCOMES)[1].reshape(len(running), replicates)
    runs, found = (len(running) + searched) * replicates, int(there.sum())
    size = (runs - found) * (BYTES_A_RUN + len(OUTCOMES) * BYTES_A_NUMBER)
    if not there.all():
        seconds = _seconds_of(running, there, runs - found, seed=seed, workers=workers, store=store)
    elif searched:  # how long a search takes is seen only where the store has no answer
        nothing = np.zeros((len(candidates), replicates), bool)
        seconds = _seconds_of(candidates, nothing, runs - found, seed=seed, workers=workers, store=None)
    else:
        seconds = 0.0
    return Forecast(runs, found, seconds, size)


def _seconds_of(
    candidates: Sequence[Candidate],
    there: np.ndarray,
    runs: int,
    *,
    seed: int,
    workers: Workers,
    store: RunStore | None,
) -> float:
    """Seconds that so many runs take; some of those that are not there are made to know it.

    there: shape (candidates, worlds). The last worlds are tried first: what was asked before has left the first ones.
    Silent runs take time too, and one may be that of many candidates: they are counted apart.
    """
    there = there.copy()
    before, worlds, at_once = int(there.sum()), there.shape[1], executor_of(workers).size
    silent = [one.scenario.silenced.key for one in candidates]
    silences: set[tuple[str, int]] = set()
    counted, seconds = 0, 0.0

    def measure(rows: Sequence[int], at: range, enough: Callable[[], bool]) -> None:
        nonlocal seconds
        earlier, began = seconds, time.perf_counter()

        def progress(done: int) -> None:
            nonlocal counted, seconds
            row, world = rows[(done - 1) // len(at)], at[(done - 1) % len(at)]
            if not there[row, world]:
                there[row, world] = True
                counted += 1 + ((silent[row], world) not in silences)
                silences.add((silent[row], world))
            seconds = earlier + time.perf_counter() - began

        points = ({"": candidates[row].scenario} for row in rows)
        with contextlib.suppress(Cancelled):  # enough was measured
            for _ in run_points(
                points,
                replicates=len(at),
                first=at[0],
                seed=seed,
                workers=workers,
                measures=OUTCOMES,
                daily=False,
                store=store,
                progress=progress,
                should_stop=enough,
            ):
                pass

    # in an order that has nothing to do with that of the settings, so that the first few stand for all
    order = (
        np.random.default_rng(0).permutation(np.flatnonzero(~there.all(axis=1)))[:WORLDS_AT_A_TIME].tolist()
    )
    upper = worlds - 1
    measure(order[:1], range(upper, worlds), lambda: True)  # whatever has to be compiled is compiled here
    if upper > 0:
        counted, seconds = 0, 0.0
    while upper > 0 and not (counted >= at_once and seconds >= MEASURED_SECONDS):
        count = min(upper, math.ceil(WORLDS_AT_A_TIME / len(order)))
        measure(
            order,
            range(upper - count, upper),
            lambda: counted >= at_once and seconds >= MEASURED_SECONDS,
        )
        upper -= count
    kept = int(there.sum()) - before if store is not None else 0
    left = runs - kept + len(set(silent)) * worlds - len(silences)
    # a world is run as a whole: where there are fewer worlds than processors, some of these have nothing to do
    rounds = math.ceil(worlds / at_once) * at_once / worlds
    return max(0.0, seconds / max(1, counted) * left * rounds)


def affordable(one: Candidate, budget: float | None) -> bool:
    """Whether a candidate costs no more than the budget."""
    return budget is None or one.effort <= budget * (1.0 + 1e-9)


def outcomes_of(
    candidates: Sequence[Candidate],
    *,
    replicates: int,
    seed: int,
    workers: Workers = None,
    store: RunStore | None = None,
    progress: Callable[[int], None] | None = None,
) -> np.ndarray:
    """Reach and backlash of candidates in the same worlds, shape (candidates, replicates, 2)."""
    if not candidates:
        return np.empty((0, replicates, 2))
    # all in one point: a world is built once for them, and its silence run once
    (results,) = run_points(
        [{str(number): one.scenario for number, one in enumerate(candidates)}],
        replicates=replicates,
        seed=seed,
        workers=workers,
        measures=OUTCOMES,
        daily=False,
        store=store,
        progress=progress,
    )
    return np.stack(
        [
            np.column_stack([results.values(str(number), measure) for measure in OUTCOMES])
            for number in range(len(candidates))
        ]
    )


def placed_on(
    candidates: Sequence[Candidate],
    values: np.ndarray,
    *,
    replicates: int,
    seed: int,
    budget: float | None = None,
    proposed: int = 0,
) -> Frontier:
    """Say who dominates whom.

    values: of those that the budget allows, in their order, shape (candidates, replicates, 2): reach, backlash
    """
    candidates = told_apart(candidates)
    running, values, same = _apart([one for one in candidates if affordable(one, budget)], values)
    share, by, p_by = dominance(values, seed=seed)
    placed = [
        Placed(
            one,
            tail_of(values[row, :, 0], worst=WORST),
            tail_of(values[row, :, 1], worst=1.0 - WORST),
            float(share[row]),
            "on the frontier"
            if share[row] >= SURE
            else "dominated"
            if share[row] <= 1.0 - SURE
            else "cannot tell",
            running[by[row]].label if p_by[row] > 0.0 else None,
            float(p_by[row]),
        )
        for row, one in enumerate(running)
    ]
    placed.sort(key=lambda one: (-one.reach.mean, one.backlash.mean, one.candidate.label))
    nothing = Tail(*[math.nan] * 9)
    over = sorted(
        (one for one in candidates if not affordable(one, budget)), key=lambda one: (one.effort, one.label)
    )
    placed += [Placed(one, nothing, nothing, 0.0, "over budget", None, 0.0) for one in over]
    notes = []
    if same:
        notes.append(
            "1 setting gave what another of the same strategy gave in every world; it is left out."
            if same == 1
            else f"{same:,} settings gave what another of the same strategy gave in every world; they are left out."
        )
    if over:
        cost = "1 setting costs" if len(over) == 1 else f"{len(over):,} settings cost"
        notes.append(f"{cost} more than the budget and {'was' if len(over) == 1 else 'were'} not run.")
    if (
        budget is None
        and running
        and max(one.effort for one in running) > 1.01 * min(one.effort for one in running)
    ):
        notes.append(
            "They spend unequal amounts: more reach may just be more money. Give --budget to set a limit."
        )
    return Frontier(tuple(placed), replicates, seed, budget, proposed, tuple(notes))


def _apart(candidates: Sequence[Candidate], values: np.ndarray) -> tuple[list[Candidate], np.ndarray, int]:
    """Without settings that change nothing, neither an outcome in any world nor what is spent; and how many they were."""
    first: dict[tuple[str, float, bytes], int] = {}
    for row, one in enumerate(candidates):
        first.setdefault((one.strategy, round(one.effort, 6), values[row].tobytes()), row)
    kept = list(first.values())
    return [candidates[row] for row in kept], values[kept], len(candidates) - len(kept)


def dominance(values: np.ndarray, *, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who is on the frontier in what share of resampled worlds, who dominates each most often, and how often.

    values: shape (candidates, replicates, 2): more of the first is better, less of the second
    Returns three arrays of shape (candidates,): shares, rows, shares.

    Worlds are drawn with replacement, the same ones for all candidates, so that what worlds do to all alike cancels out.

    Source: the bootstrap of Efron 1979, over worlds.
    """
    count, replicates, _ = values.shape
    on, beats = np.zeros(count), np.zeros((count, count))
    if count == 0:
        return on, np.zeros(0, np.int64), on
    weights = np.random.default_rng(seed).multinomial(
        replicates, np.full(replicates, 1.0 / replicates), size=RESAMPLES
    )
    for drawn in weights:
        # rounded, so that two that are the same stay the same
        means = np.round(np.einsum("crm,r->cm", values, drawn) / replicates, 9)
        reach, backlash = means.T
        at_least = (reach[:, None] >= reach[None, :]) & (backlash[:, None] <= backlash[None, :])
        dominates = at_least & ~at_least.T
        beats += dominates
        on += ~dominates.any(axis=0)
    by = beats.argmax(axis=0)
    return on / RESAMPLES, by, beats[by, np.arange(count)] / RESAMPLES


def tail_of(values: np.ndarray, *, worst: float) -> Tail:
    """Summarise one outcome over its worlds; intervals of quantiles are those of order statistics.

    worst: which quantile is the bad end: 0.05 where more is better, 0.95 where less is
    """
    count = values.size
    mean = float(values.mean())
    reach = math.nan
    if count > 1:
        reach = float(scipy.stats.t.ppf(0.975, count - 1) * values.std(ddof=1) / math.sqrt(count))
    ends = []
    for quantile in (0.5, worst):
        interval: Any = scipy.stats.quantile_test(values, p=quantile).confidence_interval(0.95)
        ends += [float(np.quantile(values, quantile)), float(interval.low), float(interval.high)]
    return Tail(mean, mean - reach, mean + reach, *ends)
