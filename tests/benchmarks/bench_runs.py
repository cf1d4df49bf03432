"""Where the time of small runs goes: `python tests/benchmarks/bench_runs.py [--people 2000] [--days 60] [--runs 60]`.

Each part of a run by itself, in processor seconds; then the same runs through the runner, through the runner with a
store, and on all processors, end to end. A world takes two runs: the strategy, and the silence that is subtracted.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

from worthsharing.experiments.design import moved
from worthsharing.experiments.execute import run_points
from worthsharing.experiments.store import RunStore
from worthsharing.sim.draws import world_seed
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.run import result_of, simulate
from worthsharing.sim.scenario import Scenario, load_scenario
from worthsharing.sim.world import build_network, build_world, new_campaign

STRATEGY = "customers_as_marketing_department"


def main() -> None:
    """Print a row for each part and each way."""
    options = argparse.ArgumentParser()
    for name, value in (("people", 2000), ("days", 60), ("runs", 60)):
        options.add_argument(f"--{name}", type=int, default=value)
    asked = options.parse_args()
    settings = (f"world.people={asked.people}", f"clock.days={asked.days}")
    scenario = load_scenario(STRATEGY, settings=settings).scenario
    simulate(scenario)  # compile, or load what is compiled
    print("| part of a run | ms of processor, median |\n|---|---|")
    for part, milliseconds in parts_of(scenario, asked.runs // 2).items():
        print(f"| {part} | {milliseconds:.2f} |")
    points = [
        moved(scenario, {"brand.quality": 0.2 + 0.6 * place / asked.runs}) for place in range(asked.runs // 2)
    ]
    print("\n| way | ms of processor a run | runs a second on the clock |\n|---|---|---|")
    for way, (processor, clock) in ways_of(points).items():
        print(f"| {way} | {1000 * processor / asked.runs:.2f} | {asked.runs / clock:.0f} |")


def parts_of(scenario: Scenario, times: int) -> dict[str, float]:
    """Median milliseconds of each part of a run."""
    spent: dict[str, list[float]] = {}

    def timed(part: str, work: Callable[..., Any], *arguments: Any) -> Any:
        started = time.process_time()
        found = work(*arguments)
        spent.setdefault(part, []).append(1000.0 * (time.process_time() - started))
        return found

    for replicate in range(times):
        seed = world_seed(1, replicate)
        network = timed("network", build_network, scenario, seed)
        built = timed("people", build_world, scenario, seed, network)
        results = []
        for name, one in (("strategy", scenario), ("silence", scenario.silenced)):
            campaign = timed(f"tables, {name}", new_campaign, one, seed, built)
            follows = campaign.state.follows.copy()
            timed(f"kernel, {name}", campaign.advance, campaign.steps)
            results.append(timed(f"result, {name}", result_of, campaign, 1, replicate, follows))
        result, silence = results
        timed("every measure", result.measures, silence, tuple(MEASURES))
        timed("reach and backlash", result.measures, silence, ("reach", "backlash"))
        timed("daily measures", result.daily, silence)
    return {part: statistics.median(found) for part, found in spent.items()}


def ways_of(points: list[Scenario]) -> dict[str, tuple[float, float]]:
    """Seconds of the processor and on the clock for all points, run in several ways."""
    options: dict[str, Any] = {"replicates": 1, "measures": ("reach", "backlash"), "daily": False}

    def alone() -> None:
        for scenario in points:
            built = build_world(scenario, world_seed(1, 0))
            run, silence = (simulate(one, built=built) for one in (scenario, scenario.silenced))
            run.measures(silence, options["measures"])

    def through(workers: int, store: RunStore | None = None) -> None:
        for _ in run_points(({"a": one} for one in points), workers=workers, store=store, **options):
            pass
        if store is not None:
            store.flush()

    found = {}
    processors = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as another:
        stores = [RunStore(folder), RunStore(another)]
        ways: dict[str, Callable[[], None]] = {
            "one after the other, without the runner": alone,
            "through the runner, one thread": lambda: through(1),
            "with a store": lambda: through(1, stores[0]),
            f"with a store, {processors} threads": lambda: through(processors, stores[1]),
            "again, from the store": lambda: through(1, stores[0]),
        }
        for way, work in ways.items():
            processor, clock = time.process_time(), time.perf_counter()
            work()
            found[way] = time.process_time() - processor, time.perf_counter() - clock
    return found


if __name__ == "__main__":
    main()
