"""Sweeps: every point of a design, run once, kept, and found again; as a table with one row a run."""

import contextlib
import hashlib
import json
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from worthsharing.experiments.design import AS_WRITTEN, placed, values_for
from worthsharing.experiments.execute import (
    Cancelled,
    Results,
    Workers,
    executor_of,
    run_points,
    runs_in_a_world,
)
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep_design import Plan
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.run import RunId
from worthsharing.sim.scenario import Scenario

MEASURED_SECONDS = 3.0  # how long runs are measured for a forecast, unless single runs take longer
WARM_UP_SECONDS = 1.0
SAMPLED_POINTS = 32  # that say how many silent runs there are
# from one point or many: between two times all processors wait for the last world, and begin again
WORLDS_AT_A_TIME = 512
NETWORK = "world.network"
BYTES_A_NUMBER = 8.0  # before it is compressed
BYTES_A_RUN = 90.0  # of the store: its key and what differs from the defaults


class FailedRun(Exception):
    """A run failed in a design that says `on_error = "stop"`."""


@dataclass(frozen=True)
class Forecast:
    """What is before us.

    runs: rows of the table; found: those that are kept already
    seconds: for those that are still to be made; size: bytes that they take on disk at most, table and store
    sweep: what is kept, if that is everything
    """

    runs: int
    found: int
    seconds: float
    size: float
    sweep: "Sweep | None" = None


@dataclass(frozen=True, eq=False)
class Sweep:
    """What came of a sweep.

    values: shape (points, scenarios, replicates, measures), not a number where not available
    keys: fingerprint of each scenario at each point, empty where it could not be made
    errors: what went wrong, by (point, scenario, replicate), in order
    """

    plan: Plan
    values: np.ndarray
    keys: Sequence[Sequence[str]]
    errors: Mapping[tuple[int, int, int], str]


def forecast(plan: Plan, store: RunStore, *, workers: Workers = None) -> Forecast:
    """Say how much there is to do, from a few runs that are made first and are not lost."""
    there = _look_up(plan, store)
    found = int(there.rows.sum())
    numbers = len(plan.measures) * 2 + len(plan.infos)
    size = (plan.rows - found) * BYTES_A_RUN + plan.rows * numbers * BYTES_A_NUMBER
    if not there.missing:
        return Forecast(plan.rows, found, 0.0, size, Sweep(plan, there.values, there.keys, {}))
    return Forecast(plan.rows, found, _seconds_left(plan, store, there, workers), size)


def _seconds_left(plan: Plan, store: RunStore, there: "_There", workers: Workers) -> float:
    """Measure some of the worlds that are missing, and say how long the others take.

    A silent run may be that of many points, so runs and silences are counted apart; so is making the scenarios of a point,
    which all of its replicates have in common. The last replicates are tried, at points all over the design: what a smaller
    sweep has left in the store are the first.
    """
    order = np.random.default_rng(0).permutation(len(there.missing))
    points = [there.missing[place] for place in order]
    at_once = executor_of(workers).size
    making = (
        _seconds_to_make(plan, points[:SAMPLED_POINTS]) / at_once
    )  # it takes time from runs, on any processor
    watch = _Stopwatch(plan, there.rows, at_least=at_once)
    upper = plan.design.replicates
    while upper > 0 and not watch.is_enough:
        count = min(upper, max(1, math.ceil(WORLDS_AT_A_TIME / len(points))))
        upper -= count
        watch.run(store, points, upper, count, workers)
    runs = there.rows.size - int(there.rows.sum())
    silences = max(0.0, _silences_in_all(plan, there, points[:SAMPLED_POINTS]) - len(watch.silences))
    each = max(0.0, watch.seconds - watch.points * making) / max(1, watch.counted)
    return len(there.missing) * making + each * (runs + silences)


def _seconds_to_make(plan: Plan, points: Sequence[int]) -> float:
    """Seconds that the scenarios of a point take, and the keys by which their runs are known."""
    began = time.perf_counter()
    for point in points:
        runs_in_a_world(_at_point(plan, point)[0])
    return (time.perf_counter() - began) / len(points)


class _Stopwatch:
    """Makes runs and counts them: those that were missing, and silences that nobody had made before.

    rows: what is there, shape (points, scenarios, replicates); runs that are made are noted in it
    at_least: worlds, however long they take
    counted, seconds: runs and silences that were measured, and how long they took
    points: how many were made meanwhile
    silences: fingerprint and replicate of each that was made
    """

    def __init__(self, plan: Plan, rows: np.ndarray, *, at_least: int) -> None:
        self._plan, self._rows, self._at_least = plan, rows, at_least
        self.counted, self.points, self.seconds, self._worlds = 0, 0, 0.0, 0
        self._since: float | None = None  # when the first world was done
        self.silences: set[tuple[str, int]] = set()

    @property
    def is_enough(self) -> bool:
        """Whether it is known how long a run takes."""
        return self._worlds >= self._at_least and self.seconds >= MEASURED_SECONDS

    def run(self, store: RunStore, points: Sequence[int], first: int, count: int, workers: Workers) -> None:
        """Run some replicates of some points, until it is enough.

        The first world is not measured: it is run alone, and whatever has to be compiled is compiled for it. Nor is the
        second after it, which is slower than those that follow.
        """
        asked: list[int] = []
        # point, replicate, how many runs, and whether they were measured
        made: list[tuple[int, int, int, bool]] = []
        before, began = self.seconds, 0.0

        def scenarios() -> Iterator[Mapping[str, Scenario]]:
            for point in points:
                found, _ = _at_point(self._plan, point)
                if found:
                    asked.append(point)
                    yield found

        def progress(done: int) -> None:
            nonlocal began
            point, replicate = asked[(done - 1) // count], first + (done - 1) % count
            missing = int((~self._rows[point, :, replicate]).sum())
            self._rows[point, :, replicate] = True
            now = time.perf_counter()
            self._since = now if self._since is None else self._since
            measured = began > 0.0 and now - self._since >= WARM_UP_SECONDS
            if missing:
                made.append((point, replicate, missing, measured))
            if not measured:
                began = now
            elif missing:
                self._worlds += 1
                self.seconds = before + now - began

        with contextlib.suppress(Cancelled):  # enough was measured
            for _ in run_points(
                scenarios(),
                replicates=count,
                first=first,
                seed=self._plan.seed,
                workers=workers,
                measures=self._plan.measures,
                daily=False,
                store=store,
                keep_errors=True,
                progress=progress,
                should_stop=lambda: self.is_enough,
            ):
                pass
        self.points += len({point for point, *_, measured in made if measured})
        keys = {point: _silences_at(self._plan, point) for point in {point for point, *_ in made}}
        for point, replicate, missing, measured in made:
            new = {(key, replicate) for key in keys[point]} - self.silences
            self.silences |= new
            self.counted += (missing + len(new)) * measured


def _silences_in_all(plan: Plan, there: "_There", sampled: Sequence[int]) -> float:
    """How many silent runs everything that is missing takes, as far as some of its points tell."""
    each = [_silences_at(plan, point) for point in sampled]
    distinct = set().union(*each)
    if len(sampled) > 1 and len(distinct) == max(map(len, each)):  # the same at all of them
        return float(len(distinct) * int(there.wanted.any(axis=0).sum()))
    return len(distinct) / len(sampled) * int(there.wanted.sum())


def _silences_at(plan: Plan, point: int) -> set[str]:
    """Keys of the silent runs that a point takes in each world; points that differ in what a brand does share one."""
    if not any(MEASURES[one].paired for one in plan.measures):
        return set()
    return {one.silenced.key for one in _at_point(plan, point)[0].values()}


def run_sweep(
    plan: Plan,
    store: RunStore,
    *,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Sweep:
    """Run what is not kept yet, and gather everything; the answer does not depend on what was kept, nor on the workers.

    progress: called with worlds done and worlds to be done

    Raises `FailedRun` if the design says to stop at errors, `Cancelled` when asked to stop, `InputError` if runs cannot
    be kept. Whatever was run before is kept.
    """
    there = _look_up(plan, store)
    values, keys, missing = there.values, there.keys, there.missing
    replicates = plan.design.replicates
    worlds = len(missing) * replicates
    names = list(plan.scenarios)
    errors: dict[tuple[int, int, int], str] = {}
    running: deque[int] = deque()  # points whose results are still to come, in order

    def points() -> Iterator[Mapping[str, Scenario]]:
        for point in missing:
            scenarios, broken = _at_point(plan, point)
            for name, error in broken.items():
                place = names.index(name)
                errors.update({(point, place, replicate): error for replicate in range(replicates)})
            if scenarios:
                running.append(point)
                yield scenarios

    for results in run_points(
        points(),
        replicates=replicates,
        seed=plan.seed,
        workers=workers,
        measures=plan.measures,
        daily=False,
        store=store,
        keep_errors=True,
        progress=None if progress is None else lambda done: progress(done, worlds),
        should_stop=should_stop,
    ):
        point = running.popleft()
        for name, scenario in results.scenarios.items():
            place = names.index(name)
            keys[point][place] = scenario.key
            store.put_key(_name_of(plan, name, point), scenario.key)
            values[point, place] = _values_of(results, name, plan.measures)
        errors.update({(point, names.index(name), world): error for name, world, error in results.errors})
        if errors and plan.design.on_error == "stop":
            break
    store.flush()
    if errors and plan.design.on_error == "stop":
        point, place, world = min(errors)
        raise FailedRun(
            f"{names[place]} at point {point}, replicate {world}: {errors[point, place, world]} "
            '(on_error = "stop"; what was run is kept)'
        )
    return Sweep(plan, values, keys, dict(sorted(errors.items())))


@dataclass(frozen=True, eq=False)
class _There:
    """What is kept of a sweep.

    values: shape (points, scenarios, replicates, measures); keys: of each scenario at each point; both empty at points where
    anything is missing
    rows: shape (points, scenarios, replicates), whether it is there
    missing: points at which anything is missing; wanted: their worlds where something is, shape (missing, replicates)
    """

    values: np.ndarray
    keys: list[list[str]]
    rows: np.ndarray
    missing: list[int]
    wanted: np.ndarray


def _look_up(plan: Plan, store: RunStore) -> _There:
    """Look up what is kept."""
    replicates, names = plan.design.replicates, list(plan.scenarios)
    # a network file among the values may have another content today
    known = NETWORK not in plan.infos
    keys = [
        [store.key_of(_name_of(plan, name, point)) or "" if known else "" for name in names]
        for point in range(len(plan.points))
    ]
    made = [(point, place) for point, row in enumerate(keys) for place, key in enumerate(row) if key]
    wanted = [
        RunId(keys[point][place], RULES_DIGEST, plan.seed, replicate)
        for point, place in made
        for replicate in range(replicates)
    ]
    found, there = store.find(wanted, plan.measures)
    values = np.full((len(plan.points), len(names), replicates, len(plan.measures)), math.nan, np.float64)
    rows = np.zeros((len(plan.points), len(names), replicates), bool)
    if made:
        at = tuple(np.array(made).T)
        values[at] = found.reshape(len(made), replicates, len(plan.measures))
        rows[at] = there.reshape(len(made), replicates)
    missing = np.flatnonzero(~rows.all(axis=(1, 2))).tolist()
    for point in missing:
        values[point], keys[point] = math.nan, [""] * len(names)
    return _There(values, keys, rows, missing, np.logical_not(rows[missing].all(axis=1)))


def _name_of(plan: Plan, scenario: str, point: int) -> str:
    """Name of a scenario at a point that says how it is made; with its fingerprint it need not be made to be found."""
    made_of: list[Any] = [
        plan.scenario_keys[scenario],
        list(values_for(scenario, plan.points[point]).items()),
    ]
    if plan.placing != AS_WRITTEN:
        made_of.append([plan.placing.all_entries, plan.placing.weekly_hours])
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:24]


def _at_point(plan: Plan, point: int) -> tuple[dict[str, Scenario], dict[str, str]]:
    """Scenarios at a point, and what is wrong with those that cannot be."""
    scenarios, broken = {}, {}
    for name, scenario in plan.scenarios.items():
        try:
            scenarios[name] = placed(name, scenario, plan.points[point], plan.placing)
        except InputError as error:
            broken[name] = f"InputError: {error}"
    return scenarios, broken


def _values_of(results: Results, name: str, measures: Sequence[str]) -> np.ndarray:
    return np.column_stack([results.values(name, measure) for measure in measures])
