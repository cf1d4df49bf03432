"""Mechanism 10: what was given raises the response to an ask, and asking uses it up."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worthsharing.sim import rules
from worthsharing.sim.run import RunResult, simulate
from worthsharing.sim.scenario import Scenario, validate

GIFTS = {"name": "gifts", "kind": "useful", "per_week": 14.0, "value": 0.9}
ASKS = {"name": "asks", "kind": "offer", "per_week": 7.0, "value": 0.5, "pressure": 0.05, "from_day": 6.0}
GIVE_THEN_ASK: dict[str, Any] = {
    "world": {"people": 300, "mean_degree": 8.0},
    "clock": {"days": 14},
    "brand": {"first_customers": 0.5, "series": [GIFTS, ASKS]},
    "attention": {"visits_per_day": 8.0, "items_per_visit": 60.0, "real_degree": 8.0},
    "sharing": {"p_share_brand": 0.05},
    "experience": {"everyday_per_day": 0.0},
}
BOUNDS = st.floats(1.0, 10.0)


def scenario(**changes: Any) -> Scenario:
    return validate({**GIVE_THEN_ASK, **changes}, "give then ask")


def series(*chosen: dict[str, Any]) -> dict[str, Any]:
    return {**GIVE_THEN_ASK["brand"], "series": list(chosen)}


def lives(run: RunResult) -> list[bytes]:
    """Everything that becomes of people but what they were given, and everything that is said."""
    pairs = [run.pairs[name].tobytes() for name in run.pairs.dtype.names if name != "given"]
    said = [run.messages[name].tobytes() for name in run.messages.dtype.names]
    sent = [run.sends[name].tobytes() for name in run.sends.dtype.names]
    return [*pairs, *said, *sent, run.attitude.tobytes(), run.follows.tobytes(), run.tally.tobytes()]


def response(run: RunResult) -> float:
    return run.measures()["ask_response"]


# ---- off is neutral ------------------------------------------------------------------------------------------------


def test_off_nothing_about_it_can_matter() -> None:
    off = {"reciprocity": False}
    run = simulate(scenario(mechanisms=off))
    assert not run.pairs["given"].any()
    changed = scenario(mechanisms=off, reciprocity={"small_gift": 5.0, "large_gift": 9.0, "half_life": 1.0})
    assert lives(simulate(changed)) == lives(run)


def test_without_gratitude_gifts_change_nothing() -> None:
    neutral = simulate(scenario(reciprocity={"small_gift": 1.0, "large_gift": 1.0}))
    assert neutral.pairs["given"].any()
    assert lives(neutral) == lives(simulate(scenario(mechanisms={"reciprocity": False})))


def test_who_never_asks_gains_nothing_by_having_given() -> None:
    given_only, off = (
        simulate(scenario(brand=series(GIFTS), mechanisms={"reciprocity": on})) for on in (True, False)
    )
    assert given_only.pairs["given"].sum() > 0
    assert lives(given_only) == lives(off)


def test_who_never_gives_is_owed_nothing() -> None:
    asked_only, off = (
        simulate(scenario(brand=series(ASKS), mechanisms={"reciprocity": on})) for on in (True, False)
    )
    assert not asked_only.pairs["given"].any()
    assert lives(asked_only) == lives(off)


# ---- gratitude -----------------------------------------------------------------------------------------------------


@given(st.floats(0.0, 1000.0), BOUNDS, BOUNDS)
def test_gratitude_lies_between_nothing_and_the_largest(gifts: float, small: float, large: float) -> None:
    assert 1.0 <= rules.gratitude(gifts, small, large) <= large


@given(st.floats(0.0, 100.0), st.floats(0.0, 10.0), BOUNDS, BOUNDS)
def test_more_gifts_never_lower_it(gifts: float, more: float, small: float, large: float) -> None:
    assert rules.gratitude(gifts, small, large) <= rules.gratitude(gifts + more, small, large)


def test_one_gift_and_many_are_as_measured() -> None:
    assert rules.gratitude(1.0, 1.17, 1.75) == pytest.approx(1.17)
    assert rules.gratitude(1000.0, 1.17, 1.75) == pytest.approx(1.75)


def test_giving_first_raises_the_response_to_asking() -> None:
    """Among the same people with the same luck, and the more so, the more gratitude there is."""
    responses = []
    for small, large in ((1.0, 1.0), (1.17, 1.75), (5.0, 10.0)):
        how = scenario(reciprocity={"small_gift": small, "large_gift": large})
        responses.append(np.mean([response(simulate(how, replicate)) for replicate in range(4)]))
    assert responses[0] < responses[1] < responses[2]


def test_asking_uses_up_what_was_given() -> None:
    few, many = (simulate(scenario(brand=series(GIFTS, {**ASKS, "per_week": rate}))) for rate in (7.0, 70.0))
    indebted = few.pairs["given"][:, 0] > 0.0
    assert many.pairs["given"][indebted, 0].mean() < 0.5 * few.pairs["given"][indebted, 0].mean()
    assert many.pairs["given"].min() >= 0.0


def test_gifts_are_forgotten() -> None:
    kept = [
        float(simulate(scenario(brand=series(GIFTS), reciprocity={"half_life": days})).pairs["given"].sum())
        for days in (1.0, 10.0, 1000.0)
    ]
    assert kept == sorted(kept)
    assert kept[0] < 0.5 * kept[-1]
