"""Both engines leave the same bits: on random scenarios, in any order of people, with the compiler on and off."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worthsharing.sim.measures import generations
from worthsharing.sim.model import CampaignModel
from worthsharing.sim.scenario import Scenario, validate
from worthsharing.sim.state import Act, Contact, Kind, Progress, Tally, Touch
from worthsharing.sim.world import Campaign

Differing = Callable[[Campaign, Campaign], list[str]]
Digest = Callable[[Campaign], str]

CHANCES = st.sampled_from([0.0, 0.05, 0.5, 1.0])
SWITCHES = (
    "everyday_talk", "visibility", "worth", "fatigue", "sharing", "rewards", "sincerity", "attitude", "leaving",
    "experience", "listening", "moderation", "reciprocity", "shocks", "adoption",
)  # fmt: skip


@st.composite
def series(draw: Any, number: int) -> dict[str, Any]:
    return {
        "name": f"series {number}",
        "kind": draw(st.sampled_from(["offer", "product", "useful", "entertaining"])),
        "per_week": draw(st.sampled_from([0.0, 3.0, 20.0, 60.0])),
        "from_day": draw(st.sampled_from([0.0, 1.3])),
        "value": draw(st.sampled_from([0.0, 0.4, 0.9])),
        "pressure": draw(st.sampled_from([0.0, 0.2, 1.0])),
        "topic": draw(st.sampled_from([-1, 0])),
        "ease": draw(st.sampled_from([0.5, 10.0])),
        "reward": draw(st.sampled_from([0.0, 5.0, 50.0])),
        "reward_visible": draw(st.booleans()),
        "reward_both": draw(st.booleans()),
        "rewards_per_post": draw(st.sampled_from([0, 3, 500])),
        "paid_impressions": draw(st.sampled_from([0.0, 5.0, 500.0])),
    }


@st.composite
def events(draw: Any) -> dict[str, Any]:
    return {
        "name": draw(st.sampled_from(["scandal", "press", "praise"])),
        "day": draw(st.sampled_from([0.0, 0.6, 3.0])),
        "share": draw(CHANCES),
        "among": draw(st.sampled_from(["customers", "everybody"])),
        "good": draw(st.booleans()),
        "told": draw(st.sampled_from([1.0, 20.0])),
    }


@st.composite
def brands(draw: Any, name: str) -> dict[str, Any]:
    count = draw(st.integers(1, 2))
    return {
        "name": name,
        "quality": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "first_customers": draw(st.sampled_from([0.0, 0.2, 0.7])),
        "first_customers_by": draw(st.sampled_from(["random", "degree"])),
        "known_outside": draw(st.sampled_from([0.0, 1.0, 100.0])),
        "first_sharers": draw(st.sampled_from([0, 0, 3])),
        "silent": draw(st.sampled_from([False, False, False, True])),
        "answer_hours_per_week": draw(st.sampled_from([0.0, 5.0, 500.0])),
        "answer_from_day": draw(st.sampled_from([0.0, 2.0])),
        "answer_until_day": draw(st.sampled_from([5.0, 100.0])),
        "likes_customers": draw(st.booleans()),
        "listens": draw(st.booleans()),
        "complaint_policy": draw(st.sampled_from(["leave", "answer", "delete", "close"])),
        "series": [draw(series(number)) for number in range(count)],
    }


@st.composite
def scenarios(draw: Any) -> Scenario:
    """Small scenarios with chances so large that rare things happen."""
    people = draw(st.integers(2, 80))
    silent, hide = draw(st.sampled_from([(0.6, 0.2), (0.0, 0.3), (0.0, 0.0)]))
    rivals = draw(st.integers(0, 2))
    mostly_on = st.sampled_from([True, True, True, False])
    return validate(
        {
            "world": {
                "people": people,
                "network": draw(st.sampled_from(["friends", "follows", "erdos_renyi"])) if people >= 20 else "erdos_renyi",
                "mean_degree": draw(st.sampled_from([2.0, 6.0, 15.0])) if people >= 20 else min(2.0, (people - 1) / 2),
                "strong_ties": draw(CHANCES),
            },
            "clock": {"days": draw(st.integers(1, 12)), "step_hours": draw(st.sampled_from([1.5, 3.0, 6.0, 7.0, 24.0]))},
            "mechanisms": {name: draw(mostly_on) for name in SWITCHES},
            "brand": draw(brands("ours")),
            "rivals": [draw(brands(f"rival {number}")) for number in range(rivals)],
            "events": draw(st.lists(events(), max_size=3, unique_by=lambda event: event["name"])),
            "listening": {
                "p_question": draw(CHANCES), "p_ask_brand": draw(CHANCES), "reply_share": draw(st.sampled_from([0.5, 1.0])),
                "reaction_minutes": draw(st.sampled_from([1.0, 600.0])), "p_leave_ignored": draw(CHANCES),
                "focus": draw(st.sampled_from([0.0, 2.0])),
            },
            "sincerity": {"p_feigned_noticed": draw(CHANCES)},
            "moderation": {"p_read_comments": draw(CHANCES), "p_deletion_noticed": draw(CHANCES)},
            "attention": {
                "background": draw(st.sampled_from(["messages", "rate"])),
                "ranking": draw(st.sampled_from(["chronological", "engagement"])),
                "visits_per_day": draw(st.sampled_from([0.5, 8.0, 24.0])),
                "items_per_visit": draw(st.sampled_from([2.0, 100.0])),
                "items_per_followed_per_day": draw(st.sampled_from([0.0, 0.5])),
                "real_degree": draw(st.sampled_from([1.0, 20.0])),
            },
            "worth": {"topics": draw(st.sampled_from([1, 8])), "reading_cost": draw(st.sampled_from([0.0, 0.2]))},
            "sharing": {
                "p_share_brand": draw(CHANCES), "p_share_people": draw(st.sampled_from([0.0, 0.05, 1.0])),
                "p_like": draw(CHANCES), "p_comment": draw(CHANCES), "p_forward_for_reward": draw(CHANCES),
            },
            "attitude": {"p_mute_sharer": draw(CHANCES), "of_customers": draw(st.sampled_from([-1.0, 0.3, 1.0]))},
            "leaving": {
                "p_per_promotion": draw(CHANCES), "unfollow_per_month": draw(CHANCES), "silent": silent, "hide": hide,
                "tell_friends": draw(st.sampled_from([0.1, 0.2])),
            },
            "experience": {
                "per_month": draw(st.sampled_from([0.0, 1.0, 100.0])), "p_tell_good": draw(CHANCES),
                "p_tell_bad": draw(CHANCES), "p_complain": draw(CHANCES), "p_ask": draw(CHANCES), "p_help": draw(CHANCES),
                "everyday_per_day": draw(st.sampled_from([0.1, 1.0, 20.0])),
            },
            "adoption": {
                "external_per_year": draw(st.sampled_from([0.0, 10.0])), "p_consider_brand": draw(CHANCES),
                "p_consider_forward": draw(CHANCES), "p_consider_experience": draw(CHANCES), "p_buy": draw(CHANCES),
                "decision_days": draw(st.sampled_from([0.1, 2.0])), "p_follow": draw(CHANCES),
                "p_follow_at_purchase": draw(CHANCES),
            },
            "contagion": {
                "p_tie": draw(st.sampled_from([0.3, 1.0])),
                "p_tie_by": draw(st.sampled_from(["constant", "one_over_followed"])),
                "threshold": draw(st.sampled_from([0.0, 0.2])), "threshold_by": draw(st.sampled_from(["fixed", "uniform"])),
                "innovation_per_year": draw(st.sampled_from([0.0, 10.0])),
                "imitation_per_year": draw(st.sampled_from([0.0, 20.0])),
            },
        },
        "random scenario",
    )  # fmt: skip


# ---- a fixed set in which everything happens -----------------------------------------------------------------------

LIVELY: dict[str, Any] = {
    "world": {"people": 60, "mean_degree": 8.0, "strong_ties": 0.5},
    "clock": {"days": 8},
    "brand": {
        "name": "ours", "quality": 0.5, "first_customers": 0.3, "first_sharers": 3, "known_outside": 100.0,
        "answer_hours_per_week": 40.0, "likes_customers": False, "listens": True, "complaint_policy": "answer",
        "series": [
            {"name": "offers", "kind": "offer", "per_week": 28.0, "value": 0.3, "pressure": 0.5, "reward": 5.0,
             "rewards_per_post": 500, "paid_impressions": 20.0},
            {"name": "useful", "per_week": 14.0, "value": 0.9},
        ],
    },
    "rivals": [{"name": "theirs", "first_customers": 0.2, "complaint_policy": "delete", "answer_hours_per_week": 1.0}],
    "events": [
        {"name": "scandal", "day": 2.0, "share": 0.5},
        {"name": "praise", "day": 4.0, "among": "everybody", "good": True},
    ],
    "listening": {"p_question": 0.6, "p_ask_brand": 0.6, "p_leave_ignored": 0.2},
    "moderation": {"p_read_comments": 0.5},
    "attention": {"visits_per_day": 8.0, "items_per_visit": 60.0, "items_per_followed_per_day": 0.2, "real_degree": 8.0},
    "sharing": {"p_share_brand": 0.2, "p_like": 0.2, "p_comment": 0.1},
    "attitude": {"p_mute_sharer": 0.1},
    "leaving": {"p_per_promotion": 0.1, "silent": 0.3, "hide": 0.2, "tell_friends": 0.2, "unfollow_per_month": 1.0},
    "experience": {"per_month": 20.0, "p_tell_good": 0.5, "p_tell_bad": 0.5, "p_ask": 0.8, "p_help": 0.8,
                   "everyday_per_day": 2.0},
    "adoption": {"external_per_year": 0.5, "p_consider_brand": 0.2, "p_consider_forward": 0.3,
                 "p_consider_experience": 0.5, "decision_days": 0.5, "p_buy": 0.5, "p_follow": 0.2},
}  # fmt: skip
SMALL = {"world": {**LIVELY["world"], "people": 24, "mean_degree": 5.0}, "clock": {"days": 2}}
LIMITS: dict[str, dict[str, Any]] = {
    "cascade": {
        "mechanisms": {"visibility": False, "sharing": False, "leaving": False},
        "contagion": {"p_tie": 0.4},
    },
    "nothing but spread": {
        "mechanisms": {**dict.fromkeys(SWITCHES, False), "everyday_talk": True},
        "contagion": {"p_tie": 0.4},
    },
    "nothing but events": {
        "mechanisms": {
            **dict.fromkeys(SWITCHES, False),
            "shocks": True,
            "listening": True,
            "moderation": True,
        },
        "contagion": {"p_tie": 0.4},
    },
    "threshold": {"mechanisms": {"visibility": False, "sharing": False}, "contagion": {"threshold": 0.2}},
    "all that is seen is shared": {"mechanisms": {"sharing": False}},
    "bass": {
        "mechanisms": {"adoption": False},
        "contagion": {"innovation_per_year": 5.0, "imitation_per_year": 9.0},
    },
    "engagement": {"attention": {**LIVELY["attention"], "ranking": "engagement"}},
    "long steps": {"clock": {"days": 8, "step_hours": 24.0}},
}


def lively(**changes: Any) -> Scenario:
    return validate({**LIVELY, **changes}, "lively")


def run(scenario: Scenario, **options: Any) -> Campaign:
    model = CampaignModel(scenario, **options)
    model.run()
    return model.campaign


# ---- tests ---------------------------------------------------------------------------------------------------------


ORDERS = ["rows", "reversed", "shuffled"]
ANY_RUN = given(scenario=scenarios(), order=st.sampled_from(ORDERS), replicate=st.integers(0, 3))


def differences(differing: Differing, scenario: Scenario, order: Any, replicate: int) -> list[str]:
    agents = run(scenario, replicate=replicate, engine="agents", order=order)
    return differing(agents, run(scenario, replicate=replicate, engine="bulk"))


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@ANY_RUN
def test_engines_agree_on_random_scenarios(
    differing: Differing, scenario: Scenario, order: Any, replicate: int
) -> None:
    assert differences(differing, scenario, order, replicate) == []


@pytest.mark.slow
@settings(max_examples=3000, suppress_health_check=list(HealthCheck))
@ANY_RUN
def test_engines_agree_on_many_random_scenarios(
    differing: Differing, scenario: Scenario, order: Any, replicate: int
) -> None:
    assert differences(differing, scenario, order, replicate) == []


@pytest.mark.parametrize("name", ["lively", *LIMITS])
@pytest.mark.parametrize("order", ORDERS)
def test_engines_agree_where_everything_happens(differing: Differing, name: str, order: Any) -> None:
    scenario = lively(**LIMITS.get(name, {}))
    assert differing(run(scenario, order=order), run(scenario, engine="bulk")) == []


def test_everything_happens() -> None:
    """The scenarios above are worth comparing: each branch of the model is taken in one of them."""
    happened: dict[str, int] = {}
    for changes in ({}, *LIMITS.values()):
        campaign = run(lively(**changes), engine="bulk")
        for name, count in events_of(campaign).items():
            happened[name] = happened.get(name, 0) + count
    assert [name for name, count in happened.items() if count == 0] == []


def events_of(campaign: Campaign) -> dict[str, int]:
    state, progress = campaign.state, campaign.state.progress
    messages = campaign.messages[: progress[Progress.MESSAGES]]
    sends = campaign.sends[: progress[Progress.SENDS]]
    events = {f"message: {kind.name.lower()}": int((messages["kind"] == kind).sum()) for kind in HAPPENING}
    events |= {f"tally: {what.name.lower()}": int(state.tally[:, :, what].sum()) for what in Tally}
    events |= {f"act: {act.name.lower()}": int((state.pairs["acts"] & act > 0).sum()) for act in Act}
    events |= {f"contact: {c.name.lower()}": int((state.pairs["first_contact"] == c).sum()) for c in Contact}
    bought = state.pairs["bought_after"]
    events |= {f"bought after: {t.name.lower()}": int((bought & (1 << t) > 0).sum()) for t in list(Touch)[1:]}
    events["told close friends"] = int(messages["close_only"].sum())
    events["rewarded forward delivered"] = int(sends["rewarded"].sum())
    events["forward of a forward"] = int((generations(sends) > 1).sum())
    events["everyday post shared"] = int(((messages["brand"] < 0) & (messages["shares"] > 0)).sum())
    events["evicted from a full feed"] = int(progress[Progress.EVICTED])
    events["copies merged"] = int((state.feed_copies > 1).sum() + (state.memories["times"] > 1).sum())
    events["rival reached somebody"] = int((state.seen[:, 1:] > 0).sum())
    return events


HAPPENING = [
    Kind.OFFER,
    Kind.USEFUL,
    Kind.EVERYDAY,
    Kind.EXPERIENCE,
    Kind.QUESTION,
    Kind.ANSWER,
    Kind.COMPLAINT,
]

IN_A_FRESH_PROCESS = """
import sys, importlib.util
def load(name, file):
    spec = importlib.util.spec_from_file_location(name, file)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
shared, engines = load("shared", sys.argv[1]), load("engines", sys.argv[2])
print(engines.digests_of_small_runs(shared.digest))
"""


def digests_of_small_runs(digest_of: Digest) -> str:
    names: list[dict[str, Any]] = [
        {},
        LIMITS["cascade"],
        LIMITS["threshold"],
        LIMITS["bass"],
        LIMITS["engagement"],
    ]
    small = [lively(**{**changes, **SMALL}) for changes in names]
    return " ".join(
        digest_of(run(scenario, engine=engine)) for scenario in small for engine in ("agents", "bulk")
    )


def fresh_process(**environment: str) -> str:
    program = [
        sys.executable,
        "-c",
        IN_A_FRESH_PROCESS,
        str(Path(__file__).with_name("conftest.py")),
        __file__,
    ]
    done = subprocess.run(
        program, env={**os.environ, **environment}, text=True, capture_output=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_neither_the_compiler_nor_the_hash_seed_changes_a_bit(digest_of: Digest) -> None:
    """Two fresh processes, so that each is compared with a process that differs in either."""
    here = digests_of_small_runs(digest_of)
    assert fresh_process(PYTHONHASHSEED="2") == here
    assert fresh_process(NUMBA_DISABLE_JIT="1", PYTHONHASHSEED="1") == here
