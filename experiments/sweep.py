"""Sweeps: every point of a design, run once, kept, and found again; as a table with one row a run."""

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
from worthsharing.experiments.execute import Results, Workers, executor_of, run_points
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep_design import Plan
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.run import RunId
from worthsharing.sim.scenario import Scenario

MEASURED_SECONDS = 2.0  # how long runs are measured for a forecast, unless single runs take longer
MEASURED_POINTS = 64  # how many points they are at, at most
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
    values, keys, missing = _look_up(plan, store)
    found = plan.rows - len(missing) * len(plan.scenarios) * plan.design.replicates
    numbers = len(plan.measures) * 2 + len(plan.infos)
    size = (plan.rows - found) * BYTES_A_RUN + plan.rows * numbers * BYTES_A_NUMBER
    if not missing:
        return Forecast(plan.rows, found, 0.0, size, Sweep(plan, values, keys, {}))
    at_once = executor_of(workers).size
    # whatever has to be compiled is compiled before the clock runs
    _measured(plan, store, missing[:1], 0, workers)
    # in one order that has nothing to do with the design's, so that the first few stand for all
    order = np.random.default_rng(0).permutation(len(missing))[:MEASURED_POINTS]
    seconds, batch = 0.0, 2 * at_once
    last = plan.design.replicates - 1  # the first replicate is what a smaller sweep has left in the store
    tried: list[int] = []
    while len(tried) < len(order) and seconds < MEASURED_SECONDS:
        points = [missing[place] for place in order[len(tried) : len(tried) + batch]]
        seconds += _measured(plan, store, points, last, workers)
        tried += points
        batch *= 2  # where worlds are sent away in batches, few at a time would take longer than many
    # a silent run may be that of many points: counted where runs were made, and as many again elsewhere
    made = _silences(plan, tried)
    sampled = [missing[place] for place in order]
    distinct = _silences(plan, sampled)
    shared = distinct <= _silences(plan, sampled[:1]) and len(sampled) > 1
    silences = distinct if shared else distinct / len(sampled) * len(missing)
    each = seconds / (len(tried) * len(plan.scenarios) + made)
    whole = plan.design.replicates * (len(missing) * len(plan.scenarios) + silences) * each
    return Forecast(plan.rows, found, max(0.0, whole - seconds), size)


def _silences(plan: Plan, points: Sequence[int]) -> int:
    """How many silent runs some points take in a world: those that differ only in what a brand does share one."""
    if not any(MEASURES[one].paired for one in plan.measures):
        return 0
    return len({one.silenced.key for point in points for one in _at_point(plan, point)[0].values()})


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
    values, keys, missing = _look_up(plan, store)
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


def _look_up(plan: Plan, store: RunStore) -> tuple[np.ndarray, list[list[str]], list[int]]:
    """Values and keys of what is kept, and the points at which anything is not."""
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
    complete = np.zeros((len(plan.points), len(names)), bool)
    if made:
        at = tuple(np.array(made).T)
        values[at] = found.reshape(len(made), replicates, len(plan.measures))
        complete[at] = there.reshape(len(made), replicates).all(axis=1)
    missing = np.flatnonzero(~complete.all(axis=1)).tolist()
    for point in missing:
        values[point], keys[point] = math.nan, [""] * len(names)
    return values, keys, missing


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


def _measured(plan: Plan, store: RunStore, points: Sequence[int], replicate: int, workers: Workers) -> float:
    """Seconds that one world at each of some points takes."""
    started = time.perf_counter()
    scenarios = (_at_point(plan, point)[0] for point in points)
    for _ in run_points(
        (one for one in scenarios if one),
        replicates=1,
        first=replicate,
        seed=plan.seed,
        workers=workers,
        measures=plan.measures,
        daily=False,
        store=store,
        keep_errors=True,
    ):
        pass
    return time.perf_counter() - started
