"""Run scenarios on the same worlds: replicate after replicate, in parallel, with silence beside them."""

import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import joblib
import numpy as np
import pandas as pd

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
    """Tables of many runs.

    outcomes: one row per scenario, replicate and measure: columns scenario, replicate, measure, value
    daily: one row per scenario, replicate, day and measure: columns scenario, replicate, day, measure, value
    """

    scenarios: Mapping[str, Scenario]
    seed: int
    replicates: int
    outcomes: pd.DataFrame
    daily: pd.DataFrame
    independent: bool = False
    notes: tuple[str, ...] = field(default_factory=tuple)

    def values(self, scenario: str, measure: str) -> np.ndarray:
        """Values of one measure of one scenario, shape (replicates,), in order of the worlds."""
        wide = self.outcomes[(self.outcomes["scenario"] == scenario) & (self.outcomes["measure"] == measure)]
        return wide.sort_values("replicate")["value"].to_numpy()

    def curve(self, scenario: str, measure: str) -> np.ndarray:
        """One daily measure of one scenario, shape (replicates, days)."""
        chosen = self.daily[(self.daily["scenario"] == scenario) & (self.daily["measure"] == measure)]
        days = int(chosen["day"].max()) + 1 if len(chosen) else 0
        return (
            chosen.sort_values(["replicate", "day"])["value"].to_numpy().reshape(-1, days)
            if days
            else np.empty((0, 0))
        )


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
    workers: threads; all processors by default. The tables do not depend on it
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
    scenarios: Mapping[str, Scenario], done: Sequence[Replicate], *, seed: int, independent: bool = False
) -> Results:
    """Make tidy tables of what the worlds said, in order of scenario, world and measure."""
    done = sorted(done, key=lambda replicate: replicate.number)
    outcomes = [
        (name, replicate.number, measure, value)
        for name in scenarios
        for replicate in done
        for measure, value in replicate.measures[name].items()
    ]
    frames = []
    for name in scenarios:
        for replicate in done:
            for measure, values in replicate.daily[name].items():
                days = np.arange(values.size)
                frames.append((name, replicate.number, measure, days, values))
    daily = pd.DataFrame(
        {
            "scenario": np.repeat([frame[0] for frame in frames], [frame[3].size for frame in frames]),
            "replicate": np.repeat([frame[1] for frame in frames], [frame[3].size for frame in frames]),
            "day": np.concatenate([frame[3] for frame in frames]) if frames else np.empty(0, int),
            "measure": np.repeat([frame[2] for frame in frames], [frame[3].size for frame in frames]),
            "value": np.concatenate([frame[4] for frame in frames]) if frames else np.empty(0),
        }
    )
    table = pd.DataFrame(outcomes, columns=["scenario", "replicate", "measure", "value"])
    return Results(dict(scenarios), seed, len(done), table, daily, independent)


def joined(parts: Sequence[Results]) -> Results:
    """Put results of the same scenarios and seed together, each part of other worlds: what a longer run would have given."""
    first = parts[0]
    tables = {
        "outcomes": pd.concat([part.outcomes for part in parts], ignore_index=True),
        "daily": pd.concat([part.daily for part in parts], ignore_index=True),
    }
    order = {name: place for place, name in enumerate(first.scenarios)}
    for name, table in tables.items():
        places = table["scenario"].map(order)
        # stable: measures and days keep their order within a world
        tables[name] = (
            table.assign(place=places)
            .sort_values(["place", "replicate"], kind="stable")
            .drop(columns="place")
        ).reset_index(drop=True)
    replicates = sum(part.replicates for part in parts)
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    return Results(
        first.scenarios, first.seed, replicates, tables["outcomes"], tables["daily"], first.independent, notes
    )


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
