"""Keyed draws: the published generator, and what must not change for anybody when something is added elsewhere."""

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worthsharing.sim import draws
from worthsharing.sim.draws import (
    NOBODY,
    Purpose,
    block,
    generator,
    key_of_text,
    uniform,
    uniform4,
    uniforms,
    world_seed,
)
from worthsharing.sim.jit import JIT
from worthsharing.sim.model import CampaignModel
from worthsharing.sim.network import Network, from_edges
from worthsharing.sim.scenario import Scenario, validate
from worthsharing.sim.state import MEMORIES, Progress
from worthsharing.sim.world import Campaign, build_world, new_campaign

MASK = 2**64 - 1
WORDS = st.integers(-(2**63), 2**63 - 1)
SEED = world_seed(1, 0)


# ---- the generator -------------------------------------------------------------------------------------------------


def test_known_answers_of_philox() -> None:
    """The vectors that Random123 publishes for philox4x64-10; −1 is all ones."""
    zeros = (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B)
    ones = (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0)
    assert tuple(map(int, block(0, 0, 0, 0, 0, 0))) == zeros
    assert tuple(map(int, block(-1, -1, -1, -1, -1, -1))) == ones


@given(WORDS, WORDS, WORDS, WORDS, WORDS, WORDS)
def test_same_words_as_numpy(seed: int, purpose: int, person: int, other: int, step: int, item: int) -> None:
    counter = [value & MASK for value in (person, other, step, item)]
    counter_before = (
        sum(word << (64 * place) for place, word in enumerate(counter)) - 1
    ) % 2**256  # NumPy counts first
    limbs = np.array([(counter_before >> (64 * place)) & MASK for place in range(4)], np.uint64)
    numpys = np.random.Philox(counter=limbs, key=np.array([seed & MASK, purpose & MASK], np.uint64))
    words = block(seed, purpose, person, other, step, item)
    assert list(map(int, words)) == numpys.random_raw(4).tolist()


@given(WORDS, WORDS, WORDS, WORDS, WORDS, WORDS)
def test_uniform_lies_inside(seed: int, purpose: int, person: int, other: int, step: int, item: int) -> None:
    words = list(map(int, block(seed, purpose, person, other, step, item)))
    drawn = uniform4(seed, purpose, person, other, step, item)
    assert all(0.0 < number < 1.0 for number in drawn)
    assert list(drawn) == [to_unit(word) for word in words]
    assert uniform(seed, purpose, person, other, step, item) == drawn[0]


def to_unit(word: int) -> float:
    return ((word >> 12) + 0.5) * draws._TO_UNIT


def test_the_smallest_and_the_largest_word_give_neither_0_nor_1() -> None:
    assert to_unit(0) == 2.0**-53 > 0.0
    assert to_unit(MASK) == 1.0 - 2.0**-53 < 1.0


def test_many_at_once_are_those_one_by_one() -> None:
    people = np.array([0, 5, 2**63 - 1], np.int64)
    together = uniforms(SEED, int(Purpose.SHARE), people, NOBODY, 3, 9)
    assert together.tolist() == [uniform(SEED, int(Purpose.SHARE), int(key), NOBODY, 3, 9) for key in people]


def test_purposes_have_numbers_of_their_own() -> None:
    assert len({int(purpose) for purpose in Purpose}) == len(Purpose.__members__)


def test_draws_are_uniform_and_unrelated_to_their_neighbours() -> None:
    people = np.arange(200_000, dtype=np.int64)
    drawn = uniforms(SEED, int(Purpose.SEE), people, NOBODY, 0, 0)
    for other in (uniforms(SEED, int(Purpose.SEE), people, NOBODY, 1, 0), np.roll(drawn, 1)):
        assert abs(np.corrcoef(drawn, other)[0, 1]) < 5.0 / np.sqrt(people.size)
    counts = np.histogram(drawn, 100, (0.0, 1.0))[0]
    assert (
        (counts - 2000.0) ** 2 / 2000.0
    ).sum() < 180.0  # chi square, 99 degrees of freedom, 5 standard deviations


PRINT_DRAWS = """
from worthsharing.sim.draws import block, identity, key_of_text, uniform, world_seed, generator
print([[int(word) for word in block(s, 44, -7, 2**62, 3, 1)] + [uniform(s, 44, 7, 8, 9, 1).hex()] for s in (0, -1, 5)])
print(int(identity(3, 4, 5, 6)), world_seed(1, 2), key_of_text("mine"), generator(1, 2).random(2).tolist())
"""


def fresh_process(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        text=True,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_fresh_processes_draw_the_same_compiled_or_not_whatever_the_hash_seed() -> None:
    compiled = fresh_process(PRINT_DRAWS, PYTHONHASHSEED="1")
    assert compiled == fresh_process(PRINT_DRAWS, PYTHONHASHSEED="2")
    assert compiled == fresh_process(PRINT_DRAWS, NUMBA_DISABLE_JIT="1")
    assert str(key_of_text("mine")) in compiled
    assert str(generator(1, 2).random(2).tolist()) in compiled


# ---- what must not matter to anybody else ----------------------------------------------------------------------------

POSTS = {"name": "ours", "kind": "offer", "per_week": 21.0, "pressure": 0.3, "value": 0.7, "reward": 5.0,
         "rewards_per_post": 500, "paid_impressions": 4.0}  # fmt: skip
ANSWERING = {
    "answer_hours_per_week": 10.0,
    "likes_customers": False,
    "complaint_policy": "answer",
    "listens": True,
}
# whatever is public of a brand, its queue, its page and what it has counted, is shared by all whom it reaches
PRIVATE = {"answer_hours_per_week": 0.0, "complaint_policy": "delete", "listens": False}
LIVELY: dict[str, Any] = {
    "world": {"people": 60, "mean_degree": 6.0},
    "clock": {"days": 8},
    "brand": {"name": "ours", "quality": 0.5, "first_customers": 0.4, "first_sharers": 2, "series": [POSTS],
              **ANSWERING},
    "events": [{"name": "scandal", "day": 3.0, "share": 0.5}],
    "listening": {"p_question": 0.5, "p_ask_brand": 0.5, "p_leave_ignored": 0.2},
    "moderation": {"p_read_comments": 0.5},
    "attention": {"visits_per_day": 8.0, "items_per_visit": 60.0, "real_degree": 6.0, "ranking": "engagement"},
    "sharing": {"p_share_brand": 0.2, "p_like": 0.3},
    "leaving": {"p_per_promotion": 0.1, "silent": 0.3},
    "attitude": {"p_mute_sharer": 0.1},
    "experience": {"per_month": 20.0, "p_tell_good": 0.5, "p_tell_bad": 0.5, "p_ask": 0.5, "everyday_per_day": 1.0},
    "adoption": {"external_per_year": 3.0, "p_consider_brand": 0.3, "p_consider_forward": 0.3, "decision_days": 1.0,
                 "p_buy": 0.5, "p_follow": 0.2},
}  # fmt: skip
NOBODYS = {"name": "nobody's", "first_customers": 0.0, "known_outside": 0.0}
ENGINES = pytest.mark.parametrize("engine", ["agents", "bulk"])


def lively(**changes: Any) -> Scenario:
    return validate({**LIVELY, **changes}, "lively")


def run(scenario: Scenario, engine: Any = "bulk", network: Network | None = None, seed: int = 1) -> Campaign:
    built = None if network is None else build_world(scenario, world_seed(seed, 0), network)
    model = CampaignModel(scenario, seed=seed, engine=engine, built=built)
    model.run()
    return model.campaign


def life_of(campaign: Campaign, row: int, brands: tuple[str, ...] = ("ours",)) -> tuple[Any, ...]:
    """Everything that a campaign holds of one person, in words that outlast rows: keys of people, messages, senders."""
    state, world = campaign.state, campaign.world
    messages, sends, keys = campaign.messages, campaign.sends, world.traits["key"]
    columns = [[brand.name for brand in campaign.scenario.brands].index(name) for name in brands]

    def sender(row: int) -> int:
        return int(keys[row]) if row >= 0 else int(row)

    feed = [
        (
            int(messages["key"][sends["message"][item["send"]]]),
            sender(sends["sender"][item["send"]]),
            float(item["arrival"]),
        )
        for item in state.feeds[row, : state.feed_size[row]]
    ]
    memory = [
        (int(messages["key"][entry["message"]]), int(entry["times"]), int(entry["shared"]))
        for entry in state.memories[row, :MEMORIES]
        if entry["message"] >= 0
    ]
    used = campaign.sends[: state.progress[Progress.SENDS]]
    sent = [
        (
            int(messages["key"][send["message"]]),
            float(send["time"]),
            int(send["parent"] >= 0),
            int(send["rewarded"]),
        )
        for send in used[used["sender"] == row]
    ]
    heard = {
        int(keys[source]): state.ties[tie].item()
        for source in range(world.people)
        for tie in range(world.indptr[source], world.indptr[source + 1])
        if world.followers[tie] == row
    }
    per_brand = [
        (
            [state.pairs[name].item(row, at) for name in state.pairs.dtype.names if name != "event"],  # a row
            int(state.follows[row, at]),
            state.attitude[row, at].hex(),
            int(state.seen[row, at]),
        )
        for at in columns
    ]
    return world.traits[row].item(), state.post_due[row].hex(), feed, memory, sent, heard, per_brand


def lives_of(
    campaign: Campaign, rows: range | list[int], brands: tuple[str, ...] = ("ours",)
) -> list[tuple[Any, ...]]:
    assert campaign.state.seen[:, 0].sum() > 0
    assert campaign.state.progress[Progress.SENDS] > campaign.plan.posts.size
    return [life_of(campaign, row, brands) for row in rows]


@ENGINES
def test_a_brand_that_nobody_follows_changes_nothing_for_anybody(engine: Any) -> None:
    """Nor do its posts, delivered to no one, nor its rewards: rows of messages move, people do not."""
    silent = lively(rivals=[{**NOBODYS, "series": []}])
    posts = {**POSTS, "paid_impressions": 0.0, "per_week": 40.0}
    posting = lively(rivals=[{**NOBODYS, **ANSWERING, "series": [posts]}])
    alone, with_rival, with_posts = (run(scenario, engine) for scenario in (lively(), silent, posting))
    assert with_posts.plan.posts.size > with_rival.plan.posts.size
    expected = lives_of(alone, range(60))
    assert lives_of(with_rival, range(60)) == expected
    assert lives_of(with_posts, range(60)) == expected
    assert with_posts.state.tally[:, 0].tobytes() == alone.state.tally[:, 0].tobytes()
    assert with_posts.state.closings[:, 0].tobytes() == alone.state.closings[:, 0].tobytes()
    assert with_posts.state.tally[:, -1].tobytes() == alone.state.tally[:, -1].tobytes()


@ENGINES
def test_an_event_that_befalls_nobody_changes_nothing_for_anybody(engine: Any) -> None:
    scandal = LIVELY["events"][0]
    nobodys = lively(events=[{"name": "rumour", "day": 2.0, "share": 0.0, "among": "everybody"}, scandal])
    assert lives_of(run(nobodys, engine), range(60)) == lives_of(run(lively(), engine), range(60))
    assert lives_of(run(lively(events=[]), engine), range(60)) != lives_of(run(lively(), engine), range(60))


@ENGINES
def test_a_series_of_no_posts_changes_nothing_for_anybody(engine: Any) -> None:
    more = lively(brand={**LIVELY["brand"], "series": [{**POSTS, "name": "never", "per_week": 0.0}, POSTS]})
    assert lives_of(run(more, engine), range(60)) == lives_of(run(lively(), engine), range(60))


def two_circles(size: int = 20, strangers: int = 0) -> Network:
    """Two components with labels, A and B; strangers stand first, so that every row moves."""
    rng = np.random.default_rng(5)
    pairs = [(a, b) for a in range(size) for b in range(a) if rng.random() < 0.3]
    source, target = np.array(pairs).T + strangers
    labels = [f"stranger {n}" for n in range(strangers)] + [
        f"{side}{n}" for side in "AB" for n in range(size)
    ]
    return from_edges(
        np.concatenate([source, source + size]), np.concatenate([target, target + size]), 2 * size + strangers,
        directed=False, labels=tuple(labels), keys=np.array([key_of_text(label) for label in labels], np.int64),
    )  # fmt: skip


@ENGINES
def test_isolated_people_change_nothing_for_anybody(engine: Any) -> None:
    """All rows move; strangers who never see a post touch nothing that is public either."""
    brand = {**LIVELY["brand"], "series": [{**POSTS, "paid_impressions": 0.0}], "known_outside": 0.0,
             "first_customers_by": "degree"}  # fmt: skip
    scenario = lively(brand=brand)
    without, with_strangers = (run(scenario, engine, two_circles(strangers=count)) for count in (0, 3))
    assert lives_of(with_strangers, range(3, 43)) == lives_of(without, range(40))


@ENGINES
def test_isolated_people_who_follow_change_only_what_is_public(engine: Any) -> None:
    """Strangers who follow and buy change nothing, once nobody reads the public counters, rewards do not run out, and
    the brand has no queue, no page and no ear."""
    series = {**POSTS, "rewards_per_post": 100_000}
    scenario = lively(
        brand={**LIVELY["brand"], **PRIVATE, "series": [series], "first_sharers": 0, "first_customers": 0.6},
        attention={**LIVELY["attention"], "ranking": "chronological"},
        sharing={**LIVELY["sharing"], "social_proof": 1.0},
    )
    without, with_strangers = (run(scenario, engine, two_circles(strangers=count)) for count in (0, 3))
    assert with_strangers.state.seen[:3].sum() > 0
    assert lives_of(with_strangers, range(3, 43)) == lives_of(without, range(40))


@ENGINES
def test_a_post_changes_nothing_for_those_whom_it_cannot_reach(engine: Any) -> None:
    """The rival's followers are all in circle A; circle B does not notice whether the rival speaks.

    Both circles hear of our brand, so what is public of its posts, likes, and of itself must not count here.
    """
    rival = {
        **NOBODYS,
        "name": "theirs",
        "first_customers_by": "listed",
        "first_customers_listed": ["A1", "A2", "A7"],
    }
    posts = {**POSTS, "name": "posts", "paid_impressions": 0.0, "value": 1.0, "pressure": 0.0}
    private = {
        "brand": {**LIVELY["brand"], **PRIVATE},
        "attention": {**LIVELY["attention"], "ranking": "chronological"},
        "sharing": {**LIVELY["sharing"], "social_proof": 1.0},
    }
    quiet, loud = (lively(rivals=[{**rival, "series": series}], **private) for series in ([], [posts]))
    without, spoken = (run(scenario, engine, two_circles()) for scenario in (quiet, loud))
    both = ("ours", "theirs")
    assert lives_of(spoken, range(20, 40), both) == lives_of(without, range(20, 40), both)
    assert lives_of(spoken, range(20), both) != lives_of(without, range(20), both)


@ENGINES
def test_a_post_on_its_own_changes_nothing_elsewhere_with_all_counters_on(engine: Any) -> None:
    """With one brand followed in one circle only, even the public counters stay within the circle."""
    brand = {**LIVELY["brand"], "first_sharers": 0, "known_outside": 0.0, "first_customers_by": "listed",
             "first_customers_listed": ["B1", "B3", "B4", "B9"], "series": [{**POSTS, "paid_impressions": 0.0}]}  # fmt: skip
    rival = {
        **NOBODYS,
        "name": "theirs",
        "first_customers_by": "listed",
        "first_customers_listed": ["A1", "A2", "A7"],
    }
    posts = {**POSTS, "name": "posts", "paid_impressions": 0.0}
    without, spoken = (
        run(lively(brand=brand, rivals=[{**rival, "series": series}]), engine, two_circles())
        for series in ([], [posts])
    )
    assert lives_of(spoken, range(20, 40)) == lives_of(without, range(20, 40))
    assert lives_of(spoken, range(20), ("theirs",)) != lives_of(without, range(20), ("theirs",))


@pytest.mark.parametrize("network", ["friends", "follows", "erdos_renyi"])
def test_a_larger_audience_leaves_the_traits_and_draws_of_those_there(network: str) -> None:
    small, large = (
        new_campaign(lively(world={"people": people, "network": network, "mean_degree": 6.0}), SEED)
        for people in (60, 90)
    )
    for name in ("key", "visits_per_hour", "sensitivity", "reward_appeal", "talkative", "threshold"):
        assert large.world.traits[name][:60].tobytes() == small.world.traits[name].tobytes(), name
    assert large.state.follows[:60].tobytes() == small.state.follows.tobytes()
    assert large.state.attitude[:60].tobytes() == small.state.attitude.tobytes()
    for campaign in (small, large):
        campaign.publish()  # people are given what they will do, too
    assert np.isfinite(small.state.post_due).all()
    for due in ("external_due", "experience_due", "leave_due"):
        assert np.isfinite(small.state.pairs[due]).any()
        assert large.state.pairs[due][:60].tobytes() == small.state.pairs[due].tobytes(), due
    assert large.state.post_due[:60].tobytes() == small.state.post_due.tobytes()
    posts = small.plan.posts
    assert large.plan.posts.tolist() == posts.tolist()


def test_more_days_leave_those_before_as_they_were() -> None:
    short, long = run(lively(clock={"days": 5})), new_campaign(lively(clock={"days": 9}), SEED)
    long.advance(short.steps)
    assert lives_of(long, range(60)) == lives_of(short, range(60))


def test_replicates_and_seeds_are_worlds_of_their_own() -> None:
    seeds = {world_seed(seed, replicate) for seed in range(50) for replicate in range(50)}
    assert len(seeds) == 2500
    assert all(0 <= seed < 2**63 for seed in seeds)


@pytest.mark.skipif(not JIT, reason="the compiler is off already")
def test_keys_are_signed_words() -> None:
    assert uniform(2**63 - 1, 1, 2**63 - 1, NOBODY, 2**63 - 1, 2**63 - 1) < 1.0
