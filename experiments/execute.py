"""Run scenarios on the same worlds: replicate after replicate, in parallel, with silence beside them."""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import joblib
import numpy as np

from worthsharing.sim.draws import world_seed
from worthsharing.sim.errors import InputError
from worthsharing.sim.network import Network
from worthsharing.sim.run import Engine, RunResult, check_seed, simulate
from worthsharing.sim.scenario import GENERATED_NETWORKS, Scenario
from worthsharing.sim.state import World
from worthsharing.sim.world import build_network, build_world

Progress = Callable[[int, int], None]  # worlds done, worlds in all
SILENCE = "silence"


class Cancelled(Exception):
    """The person who started this asked to stop."""


@dataclass(frozen=True, eq=False)
class Replicate:
    """What one world says about each scenario: measures by id, and daily measures by id, shape (days,)."""

    number: int
    measures: Mapping[str, Mapping[str, float]]  # scenario → measure → value
    daily: Mapping[str, Mapping[str, np.ndarray]]  # scenario → measure → (days,)


@dataclass(frozen=True, eq=False)
class Results:
    """What many worlds said about the same scenarios; `tables` makes tidy tables of it.

    worlds: in order of their numbers
    """

    scenarios: Mapping[str, Scenario]
    seed: int
    worlds: tuple[Replicate, ...]
    independent: bool = False
    notes: tuple[str, ...] = ()

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
        return np.array([world.measures[scenario][measure] for world in self.worlds], np.float64)

    def curve(self, scenario: str, measure: str) -> np.ndarray:
        """One daily measure of one scenario, shape (replicates, days); (0, 0) if it was not taken."""
        rows = [world.daily[scenario][measure] for world in self.worlds if measure in world.daily[scenario]]
        return np.array(rows, np.float64) if rows else np.empty((0, 0))


def run_scenarios(
    scenarios: Mapping[str, Scenario],
    *,
    replicates: int = 20,
    seed: int = 1,
    engine: Engine = "bulk",
    workers: int | None = None,
    first: int = 0,
    independent: bool = False,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Results:
    """Run every scenario in the same worlds, and in each the silence that backlash is measured against.

    scenarios: by the name they are to be shown under
    replicates: worlds, 1 or more; first: number of the first one, so that more can be added later
    workers: threads; all processors by default. The results do not depend on it
    independent: give each scenario worlds of its own instead (to see what pairing gains)
    progress: called with worlds done and worlds in all; should_stop: asked between worlds

    Raises `InputError` for wrong input, `Cancelled` when asked to stop.
    """
    check_seed(seed)
    networks = _loaded_networks(scenarios)
    worlds = range(first, first + replicates)
    workers = max(1, min(workers or os.cpu_count() or 1, replicates))
    done: list[Replicate] = []

    def one(number: int) -> Replicate:
        return _one_world(scenarios, seed, number, engine, networks, independent)

    stream: Iterator[Replicate]
    if workers == 1:
        stream = map(one, worlds)
    else:
        # the first world alone: if anything is to be compiled, one thread does it for all
        rest = joblib.Parallel(
            n_jobs=workers, backend="threading", return_as="generator", pre_dispatch="2*n_jobs"
        )
        stream = itertools.chain([one(first)], rest(joblib.delayed(one)(number) for number in worlds[1:]))
    for replicate in stream:
        done.append(replicate)
        if progress is not None:
            progress(len(done), replicates)
        if should_stop is not None and should_stop():
            raise Cancelled
    return gather(scenarios, done, seed=seed, independent=independent)


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


def _one_world(
    scenarios: Mapping[str, Scenario],
    seed: int,
    number: int,
    engine: Engine,
    networks: Mapping[str, Network],
    independent: bool,
) -> Replicate:
    """Run all scenarios in one world; what stands still is built once for all that share it."""
    worlds: dict[str, tuple[World, Network]] = {}
    silences: dict[str, RunResult] = {}
    measures, daily = {}, {}
    for position, (name, scenario) in enumerate(scenarios.items()):
        # worlds far apart: number × 1,000 + position never meets another pair's
        replicate = 1_000_000 + number * 1000 + position if independent else number
        key = f"{world_key(scenario)}/{replicate}"
        if key not in worlds:
            network = networks.get(network_key(scenario))
            world = world_seed(seed, replicate)
            worlds[key] = build_world(scenario, world, network)
        silenced = scenario.silenced
        silence_key = f"{silenced.key}/{replicate}"
        if silence_key not in silences:
            silences[silence_key] = simulate(silenced, replicate, seed=seed, engine=engine, built=worlds[key])
        silence = silences[silence_key]
        same = scenario.key == silenced.key
        result = (
            silence if same else simulate(scenario, replicate, seed=seed, engine=engine, built=worlds[key])
        )
        measures[name], daily[name] = result.measures(silence), result.daily(silence)
    return Replicate(number, measures, daily)


def world_key(scenario: Scenario) -> str:
    """Fingerprint of all that a world is built from: everything but what brands do."""
    plain = scenario.model_copy(update={"brand": type(scenario.brand)(), "rivals": ()})
    return plain.key


def network_key(scenario: Scenario) -> str:
    """Name of the network file and how it is read."""
    return f"{scenario.world.network}\n{scenario.world.ties}"


def _loaded_networks(scenarios: Mapping[str, Scenario]) -> dict[str, Network]:
    """Read each network file once; generated networks are made anew in each world."""
    loaded: dict[str, Network] = {}
    for name, scenario in scenarios.items():
        key = network_key(scenario)
        if scenario.world.network not in GENERATED_NETWORKS and key not in loaded:
            try:
                loaded[key] = build_network(scenario, 0)
            except InputError as error:
                where = error.where.removeprefix("world.network").removeprefix(": ")
                place = f"{name}: world.network" + (f": {where}" if where else "")
                raise InputError(place, error.wrong, error.right) from None
    return loaded
