"""Independent cascades against cynetdiff: `python tests/benchmarks/bench_cascade.py [--people 1000000]`.

Mean degree 10, p = 0.2, 1 % first sharers, every mechanism off. Both get the same arrays in the same process, warm;
for the model the cascade is timed with and without making the tables of a fresh campaign. Processor seconds, so that
a busy machine does not enter.
"""

import argparse
import array
import statistics
import time

import numpy as np
from cynetdiff.models import IndependentCascadeModel

from worthsharing.sim.draws import world_seed
from worthsharing.sim.network import Network, erdos_renyi
from worthsharing.sim.scenario import Mechanisms, Scenario, validate
from worthsharing.sim.world import build_world, new_campaign

MEAN_DEGREE, P_TIE, FIRST = 10.0, 0.2, 0.01


def made(people: int) -> Scenario:
    """The limit in which everybody reached shares, over ties that let through with chance `P_TIE`."""
    series = {"per_week": 7.0, "until_day": 1.0}
    return validate(
        {
            "clock": {"days": 30, "step_hours": 24.0}, "mechanisms": dict.fromkeys(Mechanisms.model_fields, False),
            "contagion": {"p_tie": P_TIE},
            "brand": {"first_customers": 0.0, "first_sharers": int(FIRST * people), "series": [series]},
        },
        "benchmark",
    )  # fmt: skip


def ours(people: int, network: Network, replicate: int) -> tuple[int, float, float]:
    """People reached, seconds of the cascade, and seconds of making the tables for it."""
    scenario, seed = made(people), world_seed(1, replicate)
    world = build_world(scenario, seed, network)
    start = time.process_time()
    campaign = new_campaign(scenario, seed, world)
    tables = time.process_time()
    while campaign.step == 0 or campaign.state.feed_size.any():
        campaign.advance(campaign.step + 1)
    return int((campaign.state.seen[:, 0] > 0).sum()), time.process_time() - tables, tables - start


def theirs(model: IndependentCascadeModel, people: int, replicate: int) -> tuple[int, float]:
    """People activated, and seconds of the cascade."""
    first = np.random.default_rng(replicate).choice(people, int(FIRST * people), replace=False).tolist()
    model.set_seeds(first)
    start = time.process_time()
    model.reset_model()
    model.advance_until_completion()
    return model.get_num_activated_nodes(), time.process_time() - start


def main() -> None:
    """Print medians of some cascades, and the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--cascades", type=int, default=5)
    chosen = parser.parse_args()
    people = chosen.people

    ours(1000, erdos_renyi(1000, MEAN_DEGREE, 1), 0)  # compile, or load what is compiled
    network = erdos_renyi(people, MEAN_DEGREE, 1)
    starts = array.array("I", network.indptr[:-1].astype(np.uint32).tobytes())
    edges = array.array("I", network.followers.astype(np.uint32).tobytes())
    model = IndependentCascadeModel(starts, edges, activation_prob=P_TIE, rng=1)

    mine = [ours(people, network, replicate) for replicate in range(chosen.cascades)]
    others = [theirs(model, people, replicate) for replicate in range(chosen.cascades)]
    reached, cascade, tables = (statistics.median(column) for column in zip(*mine, strict=True))
    activated, seconds = (statistics.median(column) for column in zip(*others, strict=True))
    print(
        f"{people:,} people, {network.ties:,} ties, p = {P_TIE}, {FIRST:.0%} first sharers; medians of {chosen.cascades}\n"
    )
    print("| | reached | seconds a cascade | ÷ cynetdiff |\n|---|---|---|---|")
    print(f"| worthsharing, the cascade | {reached:,.0f} | {cascade:.3f} | {cascade / seconds:.2f} |")
    print(
        f"| worthsharing, with fresh tables | {reached:,.0f} | {cascade + tables:.3f} | {(cascade + tables) / seconds:.2f} |"
    )
    print(f"| cynetdiff | {activated:,.0f} | {seconds:.3f} | 1 |")


if __name__ == "__main__":
    main()
