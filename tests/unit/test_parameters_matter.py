"""No dead parameters: every parameter of the schema moves at least one measure in some campaign."""

import numpy as np
import pytest

from worthsharing.sim.draws import world_seed
from worthsharing.sim.run import simulate
from worthsharing.sim.scenario import Mechanisms, parameters, validate
from worthsharing.sim.world import build_world, world_key

OFFER = {
    "name": "offers", "kind": "offer", "per_week": 20.0, "value": 0.3, "pressure": 0.15, "reward": 5.0,
    "rewards_per_post": 200, "paid_impressions": 60.0, "arousal": 0.4,
}  # fmt: skip
LOUD = {
    "world": {"people": 300, "mean_degree": 12.0},
    "clock": {"days": 30},
    "brand": {"series": [OFFER], "first_customers": 0.3, "quality": 0.5},
    "sharing": {"p_share_brand": 0.2, "p_comment": 0.05, "p_like": 0.2},
    "leaving": {"p_per_promotion": 0.3, "unfollow_per_month": 0.2},
    "attitude": {"p_mute_sharer": 0.2},
    "experience": {
        "per_month": 8.0,
        "p_tell_good": 0.4,
        "p_tell_bad": 0.6,
        "p_ask": 0.7,
        "everyday_per_day": 0.3,
    },
    "adoption": {"p_consider_brand": 0.2, "p_buy": 0.3, "external_per_year": 0.5, "p_follow": 0.1},
}
LIMIT = {
    "world": {"people": 300, "mean_degree": 6.0},
    "clock": {"days": 20},
    "brand": {"series": [{"per_week": 7.0, "until_day": 1.0}], "first_customers": 0.0, "first_sharers": 5},
    "mechanisms": dict.fromkeys(Mechanisms.model_fields, False),
    "contagion": {"p_tie": 0.3, "innovation_per_year": 1.0, "imitation_per_year": 5.0},
}  # fmt: skip
ENGAGED = {**LOUD, "attention": {"ranking": "engagement", "engagement_lift": 5.0}}
FOLLOWS = {**LOUD, "world": {"people": 300, "network": "follows", "mean_degree": 12.0}}
LISTED = {**LOUD, "brand": {**LOUD["brand"], "first_customers_by": "listed", "first_customers_listed": ["1", "2"],
                            "first_sharers_by": "listed", "first_sharers_listed": ["3"]}}  # fmt: skip
BOTH = {**LOUD, "brand": {**LOUD["brand"], "series": [{**OFFER, "reward_both": True}]}}
THRESHOLD = {**LIMIT, "contagion": {"threshold": 0.2}}
# a brand that gives, asks, listens and answers as if it meant it, with more questions than hours, and a scandal
USEFUL = {**OFFER, "name": "useful", "kind": "useful", "value": 0.9, "pressure": 0.0, "reward": 0.0}
ASKED = {
    **LOUD,
    "brand": {**LOUD["brand"], "series": [USEFUL, OFFER], "answer_hours_per_week": 10.0, "answer_from_day": 2.0,
              "answer_until_day": 25.0, "likes_customers": False, "listens": True, "complaint_policy": "answer"},
    "experience": {**LOUD["experience"], "p_complain": 0.5},
    "moderation": {"p_read_comments": 0.4},
    "events": [{"day": 10.0}],
}  # fmt: skip
HEARD = {**ASKED, "brand": {**ASKED["brand"], "answer_hours_per_week": 100.0, "likes_customers": True}}
CLOSED = {**ASKED, "brand": {**ASKED["brand"], "complaint_policy": "close"}}
# the same few people forward for a reward again and again, and nobody leaves
WORN = {
    **LOUD,
    "mechanisms": {"leaving": False, "fatigue": False},
    "brand": {**LOUD["brand"], "series": [{**OFFER, "per_week": 60.0, "pressure": 0.0}]},
    "sharing": {"p_share_brand": 0.5},
}
DELETED = {**ASKED, "brand": {**ASKED["brand"], "complaint_policy": "delete"}}
BASES = {
    "loud": LOUD,
    "limit": LIMIT,
    "engaged": ENGAGED,
    "follows": FOLLOWS,
    "listed": LISTED,
    "both": BOTH,
    "threshold": THRESHOLD,
    "asked": ASKED,
    "heard": HEARD,
    "deleted": DELETED,
    "closed": CLOSED,
    "worn": WORN,
}

# these say what a scenario is about, and move nothing
LABELS = {"title", "claim"}
# a choice of two readings that is of use only with a network file; tested with the loaders
OF_FILES = {"world.ties"}
CHANGED = {
    "world.network": "erdos_renyi", "brand.name": "another", "brand.series.0.name": "another",
    "brand.first_customers_listed": ["7", "8"], "brand.first_sharers_listed": ["9"], "brand.first_sharers": 9,
    "brand.series.0.topic": 3, "brand.series.0.until_day": 9.0, "brand.series.0.from_day": 5.0,
    "contagion.threshold": 0.35, "attention.background": "rate", "leaving.silent": 0.5,
    "brand.series.0.reward_chance": 0.2, "brand.care_hours_per_week": 3.0,
    "brand.answer_from_day": 5.0, "brand.answer_until_day": 15.0, "events.0.name": "another", "events.0.day": 15.0,
    "listening.focus": 0.5, "moderation.page_days": 0.1,
    "worth.topics": 3, "leaving.complaint_moral_words": 4, "world.people": 310, "clock.days": 25, "clock.step_hours": 3.0,
}  # fmt: skip


def fingerprint(content):
    run = simulate(validate(content, "test"), 0, seed=3)
    silence = simulate(validate(content, "test").silenced, 0, seed=3)
    values = np.array(list(run.measures(silence).values()))
    return values.tobytes()


@pytest.fixture(scope="module")
def before():
    return {name: fingerprint(base) for name, base in BASES.items()}


def other_value(info, current):
    """A value of the parameter that differs from the current one and lies within its bounds."""
    if info.path in CHANGED:
        return CHANGED[info.path]
    if info.choices:
        return next(choice for choice in info.choices if choice != current)
    if isinstance(info.default, bool):
        return not current
    ends = [value for value in (info.plausible or ()) if value != current] + [info.low, info.high]
    farthest = max(
        (end for end in ends if end is not None),
        key=lambda end: abs(end - current) * (end in ends[:2] or 1e-9),
    )
    return type(info.default)(farthest)


def read(content, path, default):
    for key in path.split("."):
        if isinstance(content, list):
            content = content[int(key)] if int(key) < len(content) else {}
        elif isinstance(content, dict) and key in content:
            content = content[key]
        else:
            return default
    return content


def written(content, path, value):
    """Copy of plain content with one value replaced."""
    key, _, rest = path.partition(".")
    if isinstance(content, list):
        copy = list(content) or [{}]
        copy[int(key)] = written(copy[int(key)], rest, value) if rest else value
        return copy
    copy = dict(content)
    copy[key] = (
        written(copy.get(key, [{}] if key in ("series", "events") else {}), rest, value) if rest else value
    )
    return copy


@pytest.mark.parametrize(
    "info", [info for info in parameters() if info.path not in LABELS | OF_FILES], ids=lambda info: info.path
)
def test_moving_a_parameter_moves_a_measure(info, before):
    for name, base in BASES.items():
        current = read(base, info.path, info.default)
        changed = written(base, info.path, other_value(info, current))
        if fingerprint(changed) != before[name]:
            return
    pytest.fail(f"{info.path} moves nothing in any of {', '.join(BASES)}")


def test_a_rival_with_followers_takes_attention(before):
    assert fingerprint({**LOUD, "rivals": [{"name": "rival", "first_customers": 0.5}]}) != before["loud"]


# kinds of worlds: with everyday posts and without, of friends and of followers, and where everybody sees everything
WORLDS = {
    "loud": LOUD,
    "rate": {**LOUD, "attention": {"background": "rate"}},
    "follows": FOLLOWS,
    "blind": {**LOUD, "mechanisms": {"visibility": False}},
    "threshold": THRESHOLD,
}


def world_of(content):
    """Fingerprint of a world, and every bit of it; shapes too, so that nothing moves from one table to the next."""
    scenario = validate(content, "test")
    world, network = build_world(scenario, world_seed(3, 0))
    tables = (*world, *world.lookups, network.keys, network.followees)
    return world_key(scenario), [
        (np.shape(one), np.asarray(one).tobytes()) for one in tables if one is not world.lookups
    ]


@pytest.fixture(scope="module")
def worlds_before():
    return {name: world_of(base) for name, base in WORLDS.items()}


@pytest.mark.parametrize(
    "info", [info for info in parameters() if info.path not in LABELS | OF_FILES], ids=lambda info: info.path
)
def test_worlds_have_one_fingerprint_if_and_only_if_nothing_moves_them(info, worlds_before):
    keys_moved = worlds_moved = False
    for name, base in WORLDS.items():
        value = other_value(info, read(base, info.path, info.default))
        key, tables = world_of(written(base, info.path, value))
        keys_moved |= key != worlds_before[name][0]
        worlds_moved |= tables != worlds_before[name][1]
    assert keys_moved == worlds_moved
