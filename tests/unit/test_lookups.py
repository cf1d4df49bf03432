"""What is worked out once for all runs of a world is what every run would have worked out for itself, to the bit."""

import os
import subprocess
import sys

import numpy as np
import pytest

from worthsharing.sim import kernel, lookups, rules
from worthsharing.sim.draws import NOBODY, Purpose, uniform, world_seed
from worthsharing.sim.lookups import write_diary
from worthsharing.sim.scenario import Scenario, validate
from worthsharing.sim.state import NEVER, NO_VISIT_YET, VISITS, World, no_lookups, table
from worthsharing.sim.world import Network, build_world, new_campaign

SEED = world_seed(31, 0)  # chosen before any result was looked at


def made(**changes: object) -> Scenario:
    content = {
        "world": {"people": 150, "mean_degree": 12.0},
        "clock": {"days": 16},
        "moderation": {"p_read_comments": 1.0},
        "experience": {"per_month": 20.0, "p_tell_bad": 1.0, "p_complain": 0.8},
        "brand": {
            "quality": 0.4,
            "first_customers": 0.4,
            "series": [
                {"name": "tips", "kind": "useful", "per_week": 14.0, "value": 0.6},
                {"name": "offers", "kind": "offer", "per_week": 7.0, "reward": 5.0, "rewards_per_post": 30},
            ],
        },
        **changes,
    }
    return validate(content, "test")


def visits_of(world: World, days: int, step_hours: float) -> list[tuple[int, float, float, int, int]]:
    """Every visit as the kernel goes from one to the next: step, hours, draw of its depth, person and name; in order."""
    found = []
    horizon = days * 24.0 + step_hours
    for person in range(world.people):
        due, visits = np.full(1, -1.0), table(1, VISITS, NO_VISIT_YET)
        key, per_hour = world.traits["key"][person], world.traits["visits_per_hour"][person]
        while True:
            kernel.go_to_visit(world.seed, key, per_hour, due, visits, 0, 0.0, horizon)
            if due[0] == NEVER or due[0] >= days * 24.0:
                break
            step = next(n for n in range(10**6) if due[0] < (n + 1) * step_hours)
            found.append(
                (step, float(due[0]), float(visits["depth"][0]), person, int(kernel.name_of_visit(visits, 0)))
            )
    return sorted(found, key=lambda visit: (visit[0], visit[3], visit[1]))


@pytest.mark.parametrize("step_hours", [1.5, 6.0, 7.0, 24.0])
def test_a_diary_holds_every_visit_that_would_be_found(step_hours: float) -> None:
    # days that end with a step: what comes in the rest of a last step that is cut off is nobody's business
    days = 7 if step_hours == 7.0 else 16
    scenario = made(clock={"days": days, "step_hours": step_hours}, attention={"visits_per_day": 6.0})
    world, _ = build_world(scenario, SEED)
    diary, sizes = world.lookups.diary, world.lookups.diary_sizes
    expected = visits_of(world, days, step_hours)
    assert sizes.sum() == len(expected) > 1000
    held = [
        (step, float(visit["time"]), float(visit["reach"]), int(visit["person"]), step, place)
        for step in range(sizes.size)
        for place, visit in enumerate(diary[step, : sizes[step]])
    ]
    for (step, time, depth, person, name), (in_step, at, reach, who, row, place) in zip(
        expected, held, strict=True
    ):
        assert (in_step, at, who) == (step, time, person)
        assert reach == rules.reach(depth)
        assert kernel.name_in_diary(diary, row, place) == name


def test_a_step_with_more_visits_than_expected_finds_room(monkeypatch: pytest.MonkeyPatch) -> None:
    keys, per_hour = np.arange(80), np.full(80, 0.4)
    diary = write_diary(SEED, keys, per_hour, 10, 6.0)
    most = int(np.count_nonzero(diary["reach"], axis=1).max())
    monkeypatch.setattr(lookups, "DEVIATIONS", -10.0)
    again = write_diary(SEED, keys, per_hour, 10, 6.0)
    assert again.shape[1] == most < diary.shape[1]  # so it was written twice
    for field in again.dtype.names:
        assert np.array_equal(diary[field][:, :most], again[field])
        assert not diary[field][:, most:].any()


def test_who_is_close_and_what_people_like_is_what_they_would_draw() -> None:
    share = 0.4
    world, _ = build_world(made(world={"people": 150, "mean_degree": 12.0, "strong_ties": share}), SEED)
    assert 0.3 < world.lookups.close.mean() < 0.5
    keys, followers = world.traits["key"], world.followers
    for person in range(0, world.people, 7):
        for tie in range(world.indptr[person], world.indptr[person + 1]):
            close = kernel.is_strong(SEED, world.traits, share, int(followers[tie]), int(keys[person]))
            assert world.lookups.close[tie] == close
        for topic, exponent in enumerate(world.topic_exponents):
            draw = uniform(SEED, int(Purpose.INTEREST), int(keys[person]), NOBODY, 0, topic)
            assert world.lookups.interests[person, topic] == rules.interest(draw, exponent)


def outcome(scenario: Scenario, built: tuple[World, Network]) -> tuple[bytes, ...]:
    campaign = new_campaign(scenario, SEED, built)
    campaign.advance(campaign.steps)
    state = campaign.state
    assert state.tally.sum() > 10_000
    tables = (state.tally, state.attitude, state.seen, state.follows, state.feed_size)
    return tuple(table.tobytes() for table in tables)


def test_many_topics_are_looked_at_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = made(worth={"topics": 20})
    whole = build_world(scenario, SEED)
    assert whole[0].lookups.interests.shape == (150, 20)
    monkeypatch.setattr(lookups, "MAX_INTERESTS", 150 * 20 - 1)
    few = build_world(scenario, SEED)
    assert few[0].lookups.interests.size == 0 < few[0].lookups.diary.size
    assert outcome(scenario, whole) == outcome(scenario, few)


@pytest.mark.parametrize("ranking", ["chronological", "engagement"])
def test_a_world_without_them_gives_the_same_runs(ranking: str) -> None:
    scenario = made(attention={"ranking": ranking, "visits_per_day": 4.0})
    world, network = build_world(scenario, SEED)
    assert world.lookups.diary.size > 0
    bare = world._replace(lookups=no_lookups())
    assert outcome(scenario, (world, network)) == outcome(scenario, (bare, network))


@pytest.mark.parametrize(
    "changes",
    [
        {"clock": {"days": 20}},
        {"clock": {"days": 12}},
        {"clock": {"days": 16, "step_hours": 3.0}},
        {"mechanisms": {"visibility": False}},
        {"world": {"people": 150, "mean_degree": 12.0, "strong_ties": 0.9}},
    ],
    ids=["longer", "shorter", "other steps", "visibility off", "other ties"],
)
def test_a_world_made_for_another_clock_or_other_ties_is_no_trap(changes: dict[str, object]) -> None:
    scenario, (world, network) = made(**changes), build_world(made(), SEED)
    assert world.lookups.diary.size > 0
    bare = world._replace(lookups=no_lookups())
    assert outcome(scenario, (world, network)) == outcome(scenario, (bare, network))


def test_nothing_is_worked_out_where_it_would_not_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    assert build_world(made(attention={"background": "rate"}), SEED)[0].lookups.diary.size == 0
    assert build_world(made(mechanisms={"visibility": False}), SEED)[0].lookups.diary.size == 0
    assert build_world(made(), SEED)[0].lookups.diary.size > 0
    monkeypatch.setattr(lookups, "MAX_VISITS", 1000)  # 150 people look into their feeds more often
    assert build_world(made(), SEED)[0].lookups.diary.size == 0


def test_efforts_that_need_no_exponential_to_tell_what_is_lost() -> None:
    assert not rules.is_lost(rules.p_seen(kernel.MAYBE_LOST))
    assert rules.is_lost(rules.p_seen(kernel.LOST))


ASKED = """
import hashlib, math, sys
from worthsharing.sim import kernel
if sys.argv[1] == "asked":  # every item asks the draw itself, and every item that is not seen the exponential
    kernel.CLOSE_CALL, kernel.MAYBE_LOST, kernel.LOST = math.inf, -1.0, math.inf
from worthsharing.sim.scenario import validate
from worthsharing.sim.world import new_campaign
scenario = validate({"world": {"people": 100, "mean_degree": 10.0}, "clock": {"days": 8},
    "brand": {"series": [{"name": "tips", "kind": "useful", "per_week": 60.0}]}}, "test")
campaign = new_campaign(scenario, 5)
assert (campaign.world.lookups.diary.size > 0) == (sys.argv[2] == "diary")
campaign.advance(campaign.steps)
assert campaign.state.tally.sum() > 1000
print(hashlib.sha256(campaign.state.tally.tobytes() + campaign.state.feed_size.tobytes()).hexdigest())
"""


@pytest.mark.parametrize("diary", ["diary", "none"])
def test_logarithms_decide_what_the_draw_itself_decides(diary: str) -> None:
    program = ASKED
    if diary == "none":
        program = "from worthsharing.sim import lookups\nlookups.MAX_VISITS = 0\n" + ASKED
    said = {
        subprocess.run(
            [sys.executable, "-c", program, how, diary],
            env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for how in ("asked", "by logarithm")
    }
    assert len(said) == 1
