"""Run scenarios on the same worlds: replicate after replicate, here or elsewhere, with silence beside them."""

import functools
import itertools
import math
import os
import threading
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol
from weakref import WeakValueDictionary

import joblib
import numpy as np
from cachetools import LRUCache, cached

from worthsharing.sim.draws import world_seed
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST
from worthsharing.sim.lookups import write_diary
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.network import Network
from worthsharing.sim.run import Engine, RunId, RunResult, check_seed, simulate
from worthsharing.sim.scenario import GENERATED_NETWORKS, Scenario
from worthsharing.sim.state import Floats, Longs, Records, World, has_everyday_posts
from worthsharing.sim.world import build_network, build_world, world_key

if TYPE_CHECKING:
    from worthsharing.experiments.store import RunStore  # pyarrow, which most runs need not load

Progress = Callable[[int, int], None]  # worlds done, worlds in all
SILENCE = "silence"
WORLDS_BYTES, SILENCES_BYTES = 256_000_000, 96_000_000  # kept for points to come: some dozens of 2,000 people

# person-days, with everyday posts and without: up to there one thread made more runs a second than two
SMALL_WITH_POSTS, SMALL = 3_000, 20_000


class Cancelled(Exception):
    """The person who started this asked to stop."""


@dataclass(frozen=True, eq=False)
class Replicate:
    """What one world says about each scenario: measures by id, and daily measures by id, shape (days,)."""

    number: int
    measures: Mapping[str, Mapping[str, float]]  # scenario → measure → value
    daily: Mapping[str, Mapping[str, np.ndarray]]  # scenario → measure → (days,)
    errors: Mapping[str, str] = field(default_factory=dict)  # scenario that failed here → what went wrong


@dataclass(frozen=True, eq=False)
class Results:
    """What many worlds said about the same scenarios; `tables` makes tidy tables of it.

    worlds: in order of their numbers
    runs: that these worlds take, each scenario once and each silence once; 0 if not counted
    looks: worlds that there were each time a verdict was looked for, if there were as many as it took; else nothing
    """

    scenarios: Mapping[str, Scenario]
    seed: int
    worlds: tuple[Replicate, ...]
    independent: bool = False
    notes: tuple[str, ...] = ()
    runs: int = 0
    looks: tuple[int, ...] = ()

    @property
    def replicates(self) -> int:
        """Number of worlds."""
        return len(self.worlds)

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of the measures that were taken, in order."""
        return tuple(
            dict.fromkeys(one for world in self.worlds for of in world.measures.values() for one in of)
        )

    def values(self, scenario: str, measure: str) -> np.ndarray:
        """Values of one measure of one scenario, shape (replicates,), in order of the worlds."""
        return np.array(
            [
                world.measures[scenario].get(measure, math.nan)
                if scenario in world.errors
                else world.measures[scenario][measure]
                for world in self.worlds
            ],
            np.float64,
        )

    @property
    def errors(self) -> tuple[tuple[str, int, str], ...]:
        """Runs that failed: scenario, number of the world, and what went wrong."""
        return tuple(
            (scenario, world.number, error)
            for world in self.worlds
            for scenario, error in world.errors.items()
        )

    def curve(self, scenario: str, measure: str) -> np.ndarray:
        """One daily measure of one scenario, shape (replicates, days); (0, 0) if it was not taken."""
        rows = [world.daily[scenario][measure] for world in self.worlds if measure in world.daily[scenario]]
        return np.array(rows, np.float64) if rows else np.empty((0, 0))


Taken = tuple[Mapping[str, float], Mapping[str, np.ndarray]]  # measures of one run, and its daily measures


@dataclass(frozen=True)
class Order:
    """What is the same in all worlds of an order: how they are run, and what is taken of them."""

    seed: int
    engine: Engine
    independent: bool
    measures: Sequence[str] | None
    daily: bool
    keep_errors: bool

    @property
    def needs_silence(self) -> bool:
        """Whether anything that is taken subtracts what happens in a silent world."""
        return self.daily or self.measures is None or any(MEASURES[one].paired for one in self.measures)


@dataclass(frozen=True, eq=False)
class Task:
    """One world that is to be run.

    networks: those read from files, by `network_key`
    known: what was found, by scenario; it is not taken again
    """

    scenarios: Mapping[str, Scenario]
    entries: Sequence["_Entry"]
    networks: Mapping[str, Network]
    number: int
    known: Mapping[str, Taken]


class Executor(Protocol):
    """Where worlds are run. The answer does not depend on it."""

    @property
    def size(self) -> int:
        """How many worlds are run at once."""

    def run(self, tasks: Iterator[Task], order: Order) -> Generator[tuple[Task, Replicate]]:
        """Run tasks, read as they are needed, and yield each with its result, in their order."""


def _is_large(task: Task, order: Order) -> bool:
    """Whether a thread more gains time: the kernel takes longer than what holds Python's one lock."""
    if order.engine == "agents":
        return False
    for entry in task.entries:
        if entry.name not in task.known:
            network = task.networks.get(network_key(entry.scenario))
            people = entry.scenario.world.people if network is None else network.people
            small = SMALL_WITH_POSTS if has_everyday_posts(entry.scenario, people) else SMALL
            if people * entry.scenario.clock.days > small:
                return True
    return False


Workers = int | Executor | None  # threads, all processors by default; or where else


@dataclass(frozen=True)
class Threads:
    """Worlds in this process, so many at once: the kernel holds no lock, and nothing is copied.

    Small worlds are run one by one, until a large one comes.
    """

    size: int

    def run(self, tasks: Iterator[Task], order: Order) -> Generator[tuple[Task, Replicate]]:
        """Run tasks; see `Executor`."""

        def one(task: Task) -> tuple[Task, Replicate]:
            return task, run_world(task, order)

        # the first world alone: if anything is to be compiled, one thread does it for all
        for count, task in enumerate(tasks):
            if self.size > 1 and count > 0 and _is_large(task, order):
                tasks = itertools.chain([task], tasks)
                break
            yield one(task)
        else:
            return
        pending = joblib.Parallel(
            n_jobs=self.size, backend="threading", return_as="generator", pre_dispatch="2*n_jobs"
        )(joblib.delayed(one)(task) for task in tasks)
        try:
            for found in pending:  # noqa: UP028  # `yield from` would close it, warning and all
                yield found
        finally:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that worlds are thrown away, when we are stopped
                pending.close()


def executor_of(workers: Workers) -> Executor:
    """Where worlds are run, for what a person said."""
    if workers is None or isinstance(workers, int):
        return Threads(max(1, workers or os.cpu_count() or 1))
    return workers


def run_scenarios(
    scenarios: Mapping[str, Scenario],
    *,
    replicates: int = 20,
    seed: int = 1,
    engine: Engine = "bulk",
    workers: Workers = None,
    first: int = 0,
    independent: bool = False,
    store: "RunStore | None" = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Results:
    """Run every scenario in the same worlds, and in each the silence that backlash is measured against.

    scenarios: by the name they are to be shown under
    replicates: worlds, 1 or more; first: number of the first one, so that more can be added later
    workers: threads, or where else worlds are run; all processors by default. The results do not depend on it
    independent: give each scenario worlds of its own instead (to see what pairing gains)
    store: where runs are looked up and kept, with their daily measures
    progress: called with worlds done and worlds in all; should_stop: asked between worlds

    Raises `InputError` for wrong input, `Cancelled` when asked to stop.
    """
    (results,) = run_points(
        [scenarios],
        replicates=replicates,
        seed=seed,
        engine=engine,
        workers=workers,
        first=first,
        independent=independent,
        store=store,
        progress=None if progress is None else lambda done: progress(done, replicates),
        should_stop=should_stop,
    )
    return results


def run_points(
    points: Iterable[Mapping[str, Scenario]],
    *,
    replicates: int = 20,
    seed: int = 1,
    engine: Engine = "bulk",
    workers: Workers = None,
    first: int = 0,
    independent: bool = False,
    measures: Sequence[str] | None = None,
    daily: bool = True,
    store: "RunStore | None" = None,
    keep_errors: bool = False,
    progress: Callable[[int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Iterator[Results]:
    """Run many points, each a set of scenarios in the same worlds, and yield the results of each in order.

    Replicate r is the same world for all scenarios of a point, and has the same luck at all points.

    points: read as they are needed, so that a long design is never in memory as a whole
    measures: ids of those to be taken; all by default. daily: whether to keep daily measures too
    store: where runs are looked up and kept
    keep_errors: a scenario that fails in a world is an entry of `Results.errors` instead of the end of everything
    progress: called with worlds done so far, over all points; the rest is as in `run_scenarios`
    """
    check_seed(seed)
    order = Order(seed, engine, independent, measures, daily, keep_errors)
    tasks = (
        Task(scenarios, entries, networks, number, _known(entries, number, order, store))
        for scenarios, networks, entries in _prepared(points)
        for number in range(first, first + replicates)
    )
    done: list[Replicate] = []
    stream = executor_of(workers).run(tasks, order)
    try:
        for count, (task, replicate) in enumerate(stream, start=1):
            done.append(replicate)
            if store is not None:
                _keep(task, replicate, order, store)
                store.flush_if_due()  # here and not by a worker: a full disk is no failing run
            if progress is not None:
                progress(count)
            if should_stop is not None and should_stop():
                raise Cancelled
            if len(done) == replicates:
                runs = replicates * _runs_in(task.entries)
                yield replace(gather(task.scenarios, done, seed=seed, independent=independent), runs=runs)
                done = []
    finally:
        stream.close()


def gather(
    scenarios: Mapping[str, Scenario], done: Iterable[Replicate], *, seed: int, independent: bool = False
) -> Results:
    """Put what the worlds said in order."""
    worlds = tuple(sorted(done, key=lambda replicate: replicate.number))
    return Results(dict(scenarios), seed, worlds, independent)


def joined(parts: Sequence[Results]) -> Results:
    """Put results of the same scenarios and seed together, each part of other worlds: what a longer run would have given."""
    first = parts[0]
    together = gather(
        first.scenarios,
        itertools.chain.from_iterable(part.worlds for part in parts),
        seed=first.seed,
        independent=first.independent,
    )
    return replace(together, notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)))


@dataclass(frozen=True)
class _Entry:
    """A scenario with its silence and their fingerprints, which take longer to make than some measures."""

    name: str
    scenario: Scenario
    silenced: Scenario
    key: str
    silenced_key: str

    @functools.cached_property
    def world_key(self) -> str:
        """Fingerprint of its worlds, made once one of them has to be built."""
        return world_key(self.scenario)


def _entries(scenarios: Mapping[str, Scenario]) -> tuple[_Entry, ...]:
    made = []
    for name, scenario in scenarios.items():
        silenced = scenario.silenced
        made.append(_Entry(name, scenario, silenced, scenario.key, silenced.key))
    return tuple(made)


def _runs_in(entries: Sequence[_Entry]) -> int:
    """Runs that a world takes."""
    return len({entry.key for entry in entries} | {entry.silenced_key for entry in entries})


def runs_in_a_world(scenarios: Mapping[str, Scenario]) -> int:
    """Runs that a world takes: each scenario once, and each silence once."""
    return _runs_in(_entries(scenarios))


def _known(
    entries: Sequence[_Entry], number: int, order: Order, store: "RunStore | None"
) -> dict[str, Taken]:
    """What is stored of a world: all measures that are asked for of a scenario, or nothing of it."""
    if store is None:
        return {}
    asked = _asked(order)
    known: dict[str, Taken] = {}
    for position, entry in enumerate(entries):
        key = _run_id(entry, number, position, order)
        measures = store.get(key, asked)
        daily = store.get_daily(key) if order.daily and measures is not None else {}
        if measures is not None and daily is not None:
            known[entry.name] = measures, daily
    return known


def _keep(task: Task, replicate: Replicate, order: Order, store: "RunStore") -> None:
    """Keep what was run of a world."""
    for position, entry in enumerate(task.entries):
        if entry.name not in task.known and entry.name not in replicate.errors:
            key = _run_id(entry, task.number, position, order)
            store.put(key, replicate.measures[entry.name], entry.scenario, replicate.daily[entry.name])


def _asked(order: Order) -> tuple[str, ...]:
    """Measures that are to be taken, in one order, whether stored or not."""
    return tuple(one for one in MEASURES if order.measures is None or one in order.measures)


def _run_id(entry: _Entry, number: int, position: int, order: Order) -> RunId:
    """What the store knows a run by; engines give the same bits, so it need not know which one it was."""
    return RunId(entry.key, RULES_DIGEST, order.seed, _replicate_of(number, position, order))


def _replicate_of(number: int, position: int, order: Order) -> int:
    """World of a scenario: worlds far apart if each has its own, so that number × 1,000 + position never meets another's."""
    return 1_000_000 + number * 1000 + position if order.independent else number


def run_world(task: Task, order: Order) -> Replicate:
    """Run all scenarios in one world; what stands still is built once for all that share it, and none is run twice."""
    runs = _Runs(task.networks, order)
    taken: dict[tuple[str, int], Taken] = {}
    measures, daily, errors = {}, {}, {}
    for position, entry in enumerate(task.entries):
        if entry.name in task.known:
            measures[entry.name], daily[entry.name] = task.known[entry.name]
            continue
        replicate = _replicate_of(task.number, position, order)
        try:
            if (entry.key, replicate) not in taken:
                taken[entry.key, replicate] = _taken(entry, replicate, runs, order)
            measures[entry.name], daily[entry.name] = taken[entry.key, replicate]
        except Exception as error:  # whatever it was: one run that fails must not lose the others
            if not order.keep_errors:
                raise
            detail = str(error).splitlines()
            errors[entry.name] = type(error).__name__ + (f": {detail[0]}" if detail else "")
            measures[entry.name], daily[entry.name] = {}, {}
    return Replicate(task.number, measures, daily, errors)


class _Runs:
    """Runs of one world; what several of them need is made once, when it is asked for first.

    A world, and its silence, may stand already from another point of the same design, or from a question before.
    """

    def __init__(self, networks: Mapping[str, Network], order: Order) -> None:
        self._networks, self._order = networks, order
        self._worlds: dict[str, tuple[World, Network]] = {}
        self._silences: dict[str, RunResult] = {}

    def of(self, entry: _Entry, replicate: int) -> RunResult:
        """Run of a scenario."""
        return self._run(entry, entry.scenario, replicate)

    def silence_of(self, entry: _Entry, replicate: int) -> RunResult:
        """Run of its silence, which other scenarios may share."""
        key = f"{entry.silenced_key}/{self._order.engine}/{self._order.seed}/{replicate}"
        if key not in self._silences:  # however little may be kept, not twice in one world
            self._silences[key] = _silence(key, lambda: self._run(entry, entry.silenced, replicate))
        return self._silences[key]

    def _run(self, entry: _Entry, scenario: Scenario, replicate: int) -> RunResult:
        key = f"{entry.world_key}/{self._order.seed}/{replicate}"
        if key not in self._worlds:
            network = self._networks.get(network_key(entry.scenario))
            seed = world_seed(self._order.seed, replicate)
            self._worlds[key] = _world(
                key, lambda: build_world(entry.scenario, seed, network, written=_diary)
            )
        return simulate(
            scenario, replicate, seed=self._order.seed, engine=self._order.engine, built=self._worlds[key]
        )


def _bytes_of(tables: Iterable[object]) -> int:
    """Memory that tables keep from being freed: a part of one keeps the whole."""
    owners = {
        id(owner): owner.nbytes
        for one in tables
        if isinstance(one, np.ndarray)
        for owner in (one.base if isinstance(one.base, np.ndarray) else one,)
    }
    return sum(owners.values())


def _key_only(key: str, _: Callable[[], object]) -> str:
    return key


@cached(
    LRUCache(WORLDS_BYTES, lambda made: _bytes_of((*made[0], *made[0].lookups, *vars(made[1]).values()))),
    key=_key_only,
    condition=threading.Condition(),
)
def _world(_: str, make: Callable[[], tuple[World, Network]]) -> tuple[World, Network]:
    """Make a world, unless it is kept; nothing writes into one, so any number of runs may share it."""
    return make()


@cached(WeakValueDictionary(), key=lambda *asked: joblib.hash(asked), condition=threading.Condition())
def _diary(seed: int, keys: Longs, per_hour: Floats, days: int, step_hours: float) -> Records:
    """Write a diary, unless a world that is kept has the same: worlds that differ in rules alone share one."""
    return write_diary(seed, keys, per_hour, days, step_hours)


@cached(
    LRUCache(SILENCES_BYTES, lambda made: _bytes_of(vars(made).values())),
    key=_key_only,
    condition=threading.Condition(),
)
def _silence(_: str, make: Callable[[], RunResult]) -> RunResult:
    """Run a silent world, unless it is kept."""
    return make()


def forget_worlds() -> None:
    """Let go of the worlds and silent runs that are kept for questions to come."""
    _world.cache_clear()
    _silence.cache_clear()


def _taken(entry: _Entry, replicate: int, runs: _Runs, order: Order) -> Taken:
    """Measures of one run."""
    asked = _asked(order)
    silent = entry.key == entry.silenced_key
    silence = runs.silence_of(entry, replicate) if silent or order.needs_silence else None
    result = silence if silent and silence is not None else runs.of(entry, replicate)
    measured = result.measures(silence, asked)
    return {measure: measured[measure] for measure in asked}, result.daily(silence) if order.daily else {}


def network_key(scenario: Scenario) -> str:
    """Name of the network file and how it is read."""
    return f"{scenario.world.network}\n{scenario.world.ties}"


def _prepared(
    points: Iterable[Mapping[str, Scenario]],
) -> Iterator[tuple[Mapping[str, Scenario], dict[str, Network], tuple[_Entry, ...]]]:
    """Each point with its networks; those first, so that what is no network is refused before it is fingerprinted."""
    networks: dict[str, Network] = {}
    for scenarios in points:
        networks = _loaded_networks(scenarios, networks)
        yield scenarios, networks, _entries(scenarios)


def _loaded_networks(scenarios: Mapping[str, Scenario], before: Mapping[str, Network]) -> dict[str, Network]:
    """Read each network file once, or take it as the point before had it; others are generated in each world."""
    loaded: dict[str, Network] = {}
    for name, scenario in scenarios.items():
        key = network_key(scenario)
        if scenario.world.network not in GENERATED_NETWORKS and key not in loaded:
            try:
                loaded[key] = before.get(key) or build_network(scenario, 0)
            except InputError as error:
                where = error.where.removeprefix("world.network").removeprefix(": ")
                place = f"{name}: world.network" + (f": {where}" if where else "")
                raise InputError(place, error.wrong, error.right) from None
    return loaded
