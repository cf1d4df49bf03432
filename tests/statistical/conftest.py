"""What the statistical tests share: the model with every mechanism off, run until nobody has anything left to read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from worthsharing.sim.draws import world_seed
from worthsharing.sim.network import Network
from worthsharing.sim.scenario import Mechanisms, validate
from worthsharing.sim.state import Progress
from worthsharing.sim.world import Campaign, build_world, new_campaign

ALL_OFF = dict.fromkeys(Mechanisms.model_fields, False)
ONE_MESSAGE = {"per_week": 7.0, "until_day": 1.0}


@dataclass(frozen=True)
class Spread:
    """How far one message went."""

    reached: np.ndarray  # (people,) whether somebody has seen it, first sharers included
    shared_at: np.ndarray  # (people,) hours at which somebody passed it on, infinite for never

    @property
    def shared(self) -> np.ndarray:
        """Whether each person has passed it on, shape (people,): who is active in the words of the literature."""
        return np.isfinite(self.shared_at)


Spreader = Callable[..., Spread]


@pytest.fixture(scope="session")
def spread() -> Spreader:
    """Let one message of the first sharers spread on a network; everything else in the model is off."""

    def run(
        network: Network,
        first_sharers: list[int] | int,
        *,
        seed: int,
        replicate: int,
        step_hours: float = 6.0,
        thresholds: np.ndarray | None = None,
        **contagion: Any,
    ) -> Spread:
        """Spread once.

        first_sharers: rows, or how many people at random
        thresholds: (people,) for a test that gives each person one, in place of `contagion.threshold`
        """
        brand: dict[str, Any] = {"first_customers": 0.0, "series": [ONE_MESSAGE]}
        if isinstance(first_sharers, int):
            brand["first_sharers"] = first_sharers
        else:
            labels = [network.labels[row] if network.labels else str(row) for row in first_sharers]
            brand |= {"first_sharers_by": "listed", "first_sharers_listed": labels}
        scenario = validate(
            {
                "clock": {"days": 400, "step_hours": step_hours},
                "mechanisms": ALL_OFF,
                "brand": brand,
                "contagion": contagion,
            },
            "test",
        )
        built = build_world(scenario, world_seed(seed, replicate), network)
        if thresholds is not None:
            built[0].traits["threshold"] = thresholds
        campaign = new_campaign(scenario, built[0].seed, built)
        return to_the_end(campaign)

    return run


def to_the_end(campaign: Campaign) -> Spread:
    """Advance until no feed holds anything: nothing more can happen."""
    state = campaign.state
    while campaign.step == 0 or state.feed_size.any():
        assert campaign.step < campaign.steps, "the run ended before the cascade did"
        campaign.advance(min(campaign.step + 16, campaign.steps))
    shared_at = np.full(campaign.world.people, np.inf)
    sends = campaign.sends[: state.progress[Progress.SENDS]]
    by_people = sends[sends["sender"] >= 0]
    shared_at[by_people["sender"]] = by_people["time"]
    return Spread(state.seen[:, 0] > 0, shared_at)
