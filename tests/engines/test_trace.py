"""Notes of one person are what the run did: taking them changes nothing, and nothing is missing from them."""

from collections.abc import Callable

import numpy as np
import pytest

from worthsharing.sim.draws import world_seed
from worthsharing.sim.errors import InputError
from worthsharing.sim.scenario import Scenario, validate
from worthsharing.sim.state import Act, Progress
from worthsharing.sim.trace import Trace, trace, traced_campaign
from worthsharing.sim.world import Campaign, new_campaign

PEOPLE = 30


def busy(**changes: object) -> Scenario:
    """A small world in which much happens."""
    offer = {
        "name": "offers", "kind": "offer", "per_week": 28.0, "value": 0.4, "pressure": 0.3, "reward": 5.0,
        "rewards_per_post": 50, "paid_impressions": 20.0,
    }  # fmt: skip
    content = {
        "world": {"people": PEOPLE, "mean_degree": 6.0},
        "clock": {"days": 6},
        "brand": {
            "quality": 0.5, "first_customers": 0.3, "answer_hours_per_week": 20.0, "complaint_policy": "answer",
            "series": [offer, {"name": "useful", "per_week": 14.0, "value": 0.9}],
        },
        "rivals": [{"name": "theirs", "first_customers": 0.2}],
        "attention": {"visits_per_day": 8.0, "items_per_visit": 60.0, "items_per_followed_per_day": 0.2, "real_degree": 8.0},
        "sharing": {"p_share_brand": 0.2, "p_like": 0.2},
        "attitude": {"p_mute_sharer": 0.2},
        "leaving": {"p_per_promotion": 0.1},
        "experience": {"per_month": 20.0, "p_tell_good": 0.5, "p_tell_bad": 0.5, "p_ask": 0.8, "everyday_per_day": 2.0},
        "adoption": {"p_consider_experience": 0.5, "decision_days": 0.5, "p_buy": 0.5},
        **changes,
    }  # fmt: skip
    return validate(content, "test")


@pytest.mark.parametrize(
    "changes", [{}, {"mechanisms": {"visibility": False, "sharing": False}}], ids=["all", "spread"]
)
def test_taking_notes_of_anybody_changes_nothing(
    differing: Callable[[Campaign, Campaign], list[str]], changes: dict[str, object]
) -> None:
    scenario = busy(**changes)
    plain = new_campaign(scenario, world_seed(1, 0))
    plain.advance(plain.steps)
    for person in range(PEOPLE):
        assert differing(plain, traced_campaign(scenario, person)[1].campaign) == []


def decided(notes: Trace, what: str) -> int:
    return sum(decision.done for decision in notes.decisions if decision.what == what)


def test_the_notes_hold_everything_that_a_person_did() -> None:
    scenario = busy()
    kinds = set()
    for person in range(PEOPLE):
        notes, model = traced_campaign(scenario, person)
        sends = model.campaign.sends[: model.campaign.state.progress[Progress.SENDS]]
        passed_on = int(((sends["sender"] == person) & (sends["parent"] >= 0)).sum())
        assert decided(notes, "share") + decided(notes, "bought_forward") == passed_on
        muted = np.bitwise_or.reduce(model.campaign.state.pairs["acts"][person]) & Act.MUTED_SHARER
        assert (decided(notes, "mute") > 0) == bool(muted)
        kinds |= {decision.what for decision in notes.decisions if decision.done}
        days = [decision.day for decision in notes.decisions]
        assert 0.0 <= min(days, default=0.0) <= max(days, default=0.0) <= 6.0
        for decision in notes.decisions:
            assert decision.done == (decision.draw < decision.chance)
    assert kinds >= {
        "see",
        "like",
        "share",
        "mute",
        "leave",
        "consider",
        "decide",
        "tell",
        "ask",
        "question",
        "help",
    }


def test_the_terms_of_worth_add_up() -> None:
    worths = [
        decision.item.worth
        for person in range(PEOPLE)
        for decision in trace(busy(), person).decisions
        if decision.item is not None and decision.item.worth is not None
    ]
    assert len(worths) > 100
    for one in worths:
        gained = one.value * one.relevance * one.credibility * one.novelty
        assert one.worth == pytest.approx(gained - one.pressure - one.fatigue - one.reading, abs=1e-12)


def test_who_is_not_there_cannot_be_traced() -> None:
    with pytest.raises(InputError, match="numbered 0 to 29"):
        trace(busy(), PEOPLE)
