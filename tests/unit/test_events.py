"""Mechanism 13: events befall the focal brand on their day, whatever it does."""

from typing import Any

import numpy as np
import pytest

from worthsharing.sim.run import RunResult, simulate
from worthsharing.sim.scenario import Scenario, validate
from worthsharing.sim.state import Tally
from worthsharing.sim.world import new_campaign

QUIET: dict[str, Any] = {
    "world": {"people": 300, "mean_degree": 8.0},
    "clock": {"days": 14},
    "brand": {"first_customers": 0.4, "quality": 1.0},
    "experience": {"everyday_per_day": 0.0, "p_tell_bad": 0.3, "p_complain": 0.5},
    "attitude": {"of_customers": 0.0, "spread": 0.0, "per_item": 0.0},
}
NO_TIES = {"network": "erdos_renyi", "people": 300, "mean_degree": 0.0}
# nothing but events moves attitude, and nobody becomes a customer
STILL = {
    "world": NO_TIES,
    "experience": {"per_month": 0.0, "everyday_per_day": 0.0},
    "mechanisms": {"adoption": False, "listening": False, "moderation": False},
}
SCANDAL = {"name": "scandal", "day": 7.0, "share": 0.5}
LONG_AFTER = {"name": "another", "day": 99.0}


def scenario(*events: dict[str, Any], **changes: Any) -> Scenario:
    return validate({**QUIET, **changes, "events": list(events)}, "events")


def lives(run: RunResult) -> list[bytes]:
    """Everything that becomes of people, and everything that is said."""
    pairs = [run.pairs[name].tobytes() for name in run.pairs.dtype.names]
    said = [run.messages[name].tobytes() for name in run.messages.dtype.names]
    sent = [run.sends[name].tobytes() for name in run.sends.dtype.names]
    return [*pairs, *said, *sent, run.attitude.tobytes(), run.follows.tobytes(), run.tally.tobytes()]


# ---- off is neutral ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [{**SCANDAL, "share": 0.0}, LONG_AFTER, {**SCANDAL, "day": 14.0}])
def test_an_event_that_befalls_nobody_is_none(event: dict[str, Any]) -> None:
    for among in ("customers", "everybody"):
        assert lives(simulate(scenario({**event, "among": among}))) == lives(simulate(scenario()))


def test_off_no_event_happens() -> None:
    off = {"shocks": False}
    assert lives(simulate(scenario(SCANDAL, mechanisms=off))) == lives(simulate(scenario()))


def test_a_second_event_leaves_the_people_of_the_first() -> None:
    one, two = simulate(scenario(SCANDAL, **STILL)), simulate(scenario(LONG_AFTER, SCANDAL, **STILL))
    assert one.attitude.tobytes() == two.attitude.tobytes()


# ---- whom and when -------------------------------------------------------------------------------------------------


def test_it_happens_on_its_day_and_is_felt_within_another() -> None:
    """Before it nothing differs, and from a day after it nothing moves any more."""
    with_it = new_campaign(scenario(SCANDAL, **STILL), 5)
    attitudes = {}
    for day in (0, 7, 8, 14):
        with_it.advance(day * 4)
        attitudes[day] = with_it.state.attitude.copy()
    assert (attitudes[0] == attitudes[7]).all()
    assert (attitudes[7] != attitudes[8]).any()
    assert (attitudes[8] == attitudes[14]).all()


def test_until_its_day_the_world_is_as_without_it() -> None:
    with_it, without = simulate(scenario(SCANDAL)), simulate(scenario())
    assert with_it.tally[:7].tobytes() == without.tally[:7].tobytes()
    assert with_it.tally[7:].tobytes() != without.tally[7:].tobytes()


@pytest.mark.parametrize("among", ["customers", "everybody"])
@pytest.mark.parametrize("good", [False, True])
def test_it_concerns_those_whom_it_says(among: str, good: bool) -> None:
    run = simulate(scenario({**SCANDAL, "share": 1.0, "among": among, "good": good}, **STILL))
    customers, moved = run.pairs["has_bought"][:, 0] != 0, run.attitude[:, 0]
    sign = 1.0 if good else -1.0
    assert (sign * moved[customers] > 0.0).all()
    if among == "customers":
        assert (moved[~customers] == 0.0).all()
    else:
        assert (sign * moved[~customers] > 0.0).all()
        assert np.abs(moved[customers]).min() > np.abs(moved[~customers]).max()  # hearsay is less


def test_it_concerns_the_share_that_it_says() -> None:
    """And who feels a small event feels a larger one of that name."""
    moved = {}
    for share in (0.2, 0.5, 1.0):
        run = simulate(
            scenario(
                {**SCANDAL, "share": share, "among": "everybody"},
                **{**STILL, "world": {**NO_TIES, "people": 4000}},
            )
        )
        moved[share] = run.attitude[:, 0] != 0.0
        assert moved[share].mean() == pytest.approx(share, abs=4.0 * (share * (1.0 - share) / 4000.0) ** 0.5)
    assert not (moved[0.2] & ~moved[0.5]).any()
    assert moved[1.0].all()


def test_rivals_are_spared() -> None:
    rivals = [{"name": "rival", "first_customers": 0.4}]
    run = simulate(scenario({**SCANDAL, "among": "everybody"}, rivals=rivals, **STILL))
    assert run.attitude[:, 0].any()
    assert not run.attitude[:, 1].any()


def test_silence_does_not_spare_the_brand() -> None:
    silent = simulate(scenario(SCANDAL).silenced)
    assert silent.tally[7:, 0, Tally.COMPLAINTS].sum() > 0 == silent.tally[:7, 0, Tally.COMPLAINTS].sum()


# ---- what comes of it ----------------------------------------------------------------------------------------------


def test_a_scandal_raises_complaints() -> None:
    worlds, louder = 20, 0
    for replicate in range(worlds):
        with_it, without = (
            simulate(scenario(*events, brand={**QUIET["brand"], "quality": 0.8}), replicate)
            for events in ((SCANDAL,), ())
        )
        louder += with_it.tally[:, 0, Tally.COMPLAINTS].sum() > without.tally[:, 0, Tally.COMPLAINTS].sum()
    assert louder >= 18


def test_good_news_make_people_consider() -> None:
    news = {"name": "press", "day": 3.0, "share": 1.0, "among": "everybody", "good": True}
    with_it, without = (simulate(scenario(*events, world=NO_TIES)) for events in ((news,), ()))
    considered = [int(run.tally[:, 0, Tally.CONSIDERATIONS].sum()) for run in (with_it, without)]
    assert considered[0] > considered[1] + 10


def test_what_cannot_be_told_is_felt_all_the_same() -> None:
    """Without experiences nobody speaks of a scandal, complains of it or asks about it."""
    run = simulate(scenario({**SCANDAL, "share": 1.0}, mechanisms={"experience": False}))
    assert (run.attitude[run.pairs["has_bought"] != 0] < 0.0).any()
    for what in (Tally.COMPLAINTS, Tally.EXPERIENCES_TOLD):
        assert run.tally[:, 0, what].sum() == 0, what
