"""With adoption by touches off, everyone meets everyone and adoption is Bass's diffusion (1969)."""

import math

import numpy as np
import pytest

from worthsharing.sim.draws import world_seed
from worthsharing.sim.network import from_edges
from worthsharing.sim.scenario import Mechanisms, validate
from worthsharing.sim.state import Tally
from worthsharing.sim.world import build_world, new_campaign

SEED = 1969  # chosen before any result was looked at
P, Q = 0.03, 0.38
DAYS_PER_YEAR = 365.25


def share_adopted(years: float) -> float:
    """Bass's F(t)."""
    fallen = math.exp(-(P + Q) * years)
    return (1.0 - fallen) / (1.0 + Q / P * fallen)


def curves(people: int, replicates: int, step_hours: float) -> np.ndarray:
    """Share adopted by the end of each day of 3,653, one row per replicate."""
    off = dict.fromkeys(Mechanisms.model_fields, False)
    scenario = validate(
        {
            "clock": {"days": 3653, "step_hours": step_hours},
            "mechanisms": off,
            "brand": {"first_customers": 0.0, "series": []},
            "contagion": {"innovation_per_year": P, "imitation_per_year": Q},
        },
        "test",
    )
    network = from_edges([], [], people, directed=False)
    rows = []
    for replicate in range(replicates):
        seed = world_seed(SEED, replicate)
        campaign = new_campaign(scenario, seed, build_world(scenario, seed, network))
        campaign.advance(campaign.steps)
        rows.append(campaign.state.tally[:, 0, Tally.ADOPTIONS].cumsum() / people)
    return np.array(rows)


def test_closed_form_has_the_published_values():
    peak = math.log(Q / P) / (P + Q)
    assert peak == pytest.approx(6.193, abs=5e-4)
    assert share_adopted(peak) == pytest.approx(0.4605, abs=5e-5)
    assert share_adopted(10.0) == pytest.approx(0.8128, abs=5e-5)


def check_curve(adopted: np.ndarray, people: int, step_hours: float) -> None:
    """Hold the mean curve to Bass's within 3 standard errors + 1/n, at every half year and at the peak."""
    replicates = adopted.shape[0]
    for years in (*np.arange(0.5, 10.01, 0.5), math.log(Q / P) / (P + Q)):
        day = round(years * DAYS_PER_YEAR)
        mean, spread = adopted[:, day - 1].mean(), adopted[:, day - 1].std(ddof=1)
        margin = 3.0 * spread / math.sqrt(replicates) + 1.0 / people
        assert abs(mean - share_adopted(day / DAYS_PER_YEAR)) < margin, f"{years} years, step {step_hours}"


def test_few_runs_follow_bass():
    people, step_hours = 4000, 24.0
    check_curve(curves(people, 12, step_hours), people, step_hours)


@pytest.mark.slow
def test_mean_of_200_runs_follows_bass():
    people, step_hours = 10_000, 24.0
    adopted = curves(people, 200, step_hours)
    check_curve(adopted, people, step_hours)
    # the peak of adoption: the mean number per 30 days, smooth enough with 200 runs to be fitted around the top
    monthly = np.diff(adopted.mean(axis=0)[29::30])
    middle = (np.arange(monthly.size) + 1.5) * 30.0 / DAYS_PER_YEAR
    near = np.abs(middle - 6.2) < 2.0
    curve = np.polynomial.Polynomial.fit(middle[near], monthly[near], 2).convert().coef
    assert -curve[1] / (2.0 * curve[2]) == pytest.approx(6.193, abs=0.15)
