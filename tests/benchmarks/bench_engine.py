"""Time and peak memory of whole runs: `python tests/benchmarks/bench_engine.py [--people 1000000] [--small-only]`.

One large campaign with every mechanism on and everyday talk as a rate, in a process of its own, so that the peak is
its own (`--people 10000000` needs about 6 GiB); then how many small ones a second one process makes.
"""

import argparse
import os
import resource
import subprocess
import sys
import time

from worthsharing.sim.draws import world_seed
from worthsharing.sim.scenario import Scenario, validate
from worthsharing.sim.world import build_network, build_world, new_campaign

DAYS = 60
SMALL = 2000
SMALL_RUNS = 20


def made(people: int, background: str, days: int = DAYS) -> Scenario:
    """A default campaign of this size, with a rewarded series beside the useful one so that every rule is used."""
    rewarded = {"name": "rewarded", "kind": "offer", "pressure": 0.18, "reward": 5.0, "rewards_per_post": int(people / 100),
                "per_week": 1.0, "paid_impressions": people / 100}  # fmt: skip
    return validate(
        {
            "world": {"people": people, "mean_degree": 20.0}, "clock": {"days": days},
            "attention": {"background": background}, "brand": {"series": [{}, rewarded]},
        },
        "benchmark",
    )  # fmt: skip


class Stopwatch:
    """Seconds on the wall and of the processor since it was made: the latter are the same on a busy machine."""

    def __init__(self) -> None:
        self.wall, self.processor = time.perf_counter(), time.process_time()

    def line(self, part: str) -> str:
        """A row of the table: the part, both times, and the peak memory of this process so far."""
        wall, processor = time.perf_counter() - self.wall, time.process_time() - self.processor
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return f"| {part} | {wall:.2f} s | {processor:.2f} s | {peak:,.0f} MiB |"


def warm_up() -> None:
    """Compile, or load what is compiled."""
    for background in ("rate", "messages"):
        campaign = new_campaign(made(200, background, days=8), world_seed(1, 0))
        campaign.advance(campaign.steps)


def measure_large(people: int) -> None:
    """Build and run one large campaign and print a row for each part."""
    watch = Stopwatch()
    warm_up()
    print(watch.line("warm-up, 200 people"), flush=True)
    scenario, seed = made(people, "rate"), world_seed(1, 0)
    watch = Stopwatch()
    network = build_network(scenario, seed)
    print(watch.line(f"make the network, {network.ties:,} ties"), flush=True)
    watch = Stopwatch()
    campaign = new_campaign(scenario, seed, build_world(scenario, seed, network))
    print(watch.line("people and tables"), flush=True)
    watch = Stopwatch()
    campaign.advance(campaign.steps)
    print(watch.line(f"run, {DAYS} days, {campaign.steps} steps"))
    seconds = time.process_time() - watch.processor
    print(
        f"\n{int((campaign.state.seen[:, 0] > 0).sum()):,} people reached; "
        f"{people * campaign.steps / seconds / 1e6:,.0f} million person-steps a second of processor time"
    )


def measure_small() -> None:
    """Print how many runs of 2,000 people a second one process makes, world building included."""
    warm_up()
    for background in ("messages", "rate"):
        scenario = made(SMALL, background)
        watch = Stopwatch()
        for replicate in range(SMALL_RUNS):
            campaign = new_campaign(scenario, world_seed(1, replicate))
            campaign.advance(campaign.steps)
        wall, processor = time.perf_counter() - watch.wall, time.process_time() - watch.processor
        print(
            f"{SMALL:,} people × {DAYS} days, background {background}: {SMALL_RUNS / wall:.1f} runs/s,"
            f" {SMALL_RUNS / processor:.1f} per second of processor time", flush=True,
        )  # fmt: skip


def main() -> None:
    """Measure the large run in a process of its own, then the small ones."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=1_000_000, help="people of the large run")
    parser.add_argument("--small-only", action="store_true", help="leave the large run out")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.in_this_process:
        measure_large(chosen.people)
        return
    if not chosen.small_only:
        print(
            f"{chosen.people:,} people, mean degree 20, every mechanism, background rate, {os.cpu_count()} cores\n"
        )
        print("| part | time | processor | peak memory so far |\n|---|---|---|---|", flush=True)
        subprocess.run(
            [sys.executable, __file__, "--in-this-process", "--people", str(chosen.people)], check=True
        )
        print(flush=True)
    measure_small()


if __name__ == "__main__":
    main()
