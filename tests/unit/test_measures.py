"""Measures obey laws: parts add up, trees have known shapes, and no reach means not available."""

import dataclasses
import math

import numpy as np
import pytest

from worthsharing.sim.measures import (
    BACKLASH_PARTS,
    DAILY,
    MEASURES,
    cascade_shapes,
    firestorm_days,
    generations,
)
from worthsharing.sim.messages import effort_of
from worthsharing.sim.run import simulate
from worthsharing.sim.scenario import load_scenario, validate
from worthsharing.sim.state import MESSAGES, SENDS, Act, Contact, Tally, table


@pytest.fixture(scope="module")
def pair():
    """A loud campaign on a small world, and its silence."""
    scenario = validate(
        {
            "world": {"people": 400},
            "clock": {"days": 30},
            "leaving": {"p_per_promotion": 0.2},
            "brand": {
                "series": [
                    {"kind": "offer", "value": 0.2, "pressure": 0.3, "per_week": 14.0, "reward": 5.0,
                     "rewards_per_post": 50, "paid_impressions": 40.0}
                ]
            },
        },
        "test",
    )  # fmt: skip
    return simulate(scenario, 0, seed=11), simulate(scenario.silenced, 0, seed=11)


def tree(parents):
    """Messages and sends of one cascade, from the parent of each node."""
    messages, sends = table(1, MESSAGES), table(len(parents), SENDS)
    for row, parent in enumerate(parents):
        sends[row] = (0.0, 0, row, parent, 0)
    return cascade_shapes(messages, sends, np.array([0]))


@pytest.mark.parametrize("nodes", [2, 3, 10, 57])
def test_a_star_has_structural_virality_two_times_n_minus_one_over_n(nodes):
    size, depth, virality = tree([-1] + [0] * (nodes - 1))
    assert (size[0], depth[0]) == (nodes, 1)
    assert virality[0] == pytest.approx(2.0 * (nodes - 1) / nodes, rel=1e-12)


@pytest.mark.parametrize("nodes", [2, 3, 10, 57])
def test_a_chain_has_structural_virality_a_third_of_n_plus_one(nodes):
    size, depth, virality = tree([-1, *range(nodes - 1)])
    assert (size[0], depth[0]) == (nodes, nodes - 1)
    assert virality[0] == pytest.approx((nodes + 1) / 3.0, rel=1e-12)


def test_a_single_post_has_no_structural_virality():
    size, depth, virality = tree([-1])
    assert (size[0], depth[0]) == (1, 0)
    assert math.isnan(virality[0])


def test_reach_is_the_number_of_people_who_saw_something_and_its_parts_add_up(pair):
    run, _ = pair
    values = run.measures()
    contact = run.pairs["first_contact"][:, 0]
    assert values["reach"] == np.count_nonzero(contact) > 0
    for part, kind in (
        ("reach_paid", Contact.PAID),
        ("reach_owned", Contact.OWNED),
        ("reach_earned", Contact.EARNED),
    ):
        assert values[part] == np.count_nonzero(contact == kind)
    assert values["reach"] == values["reach_paid"] + values["reach_owned"] + values["reach_earned"]
    assert values["frequency"] * values["reach"] == pytest.approx(values["impressions"])


def test_backlash_counts_each_person_once_and_subtracts_silence(pair):
    run, silence = pair
    acted = np.count_nonzero(run.pairs["acts"][:, 0])
    acted_in_silence = np.count_nonzero(silence.pairs["acts"][:, 0])
    values = run.measures(silence)
    assert values["backlash_gross"] == acted > acted_in_silence
    assert values["backlash"] == acted - acted_in_silence
    assert values["backlash_per_1000"] == pytest.approx(1000.0 * (acted - acted_in_silence) / values["reach"])
    assert "backlash" not in run.measures(), "without silence there is nothing to subtract"
    assert simulate(run.scenario.silenced, 0, seed=11).measures(silence)["backlash"] == 0.0


def test_parts_of_backlash_are_people_minus_those_in_the_silent_world(pair):
    run, silence = pair
    values = run.measures(silence)
    for part, act in zip(
        BACKLASH_PARTS, (Act.HID, Act.MUTED_SHARER, Act.UNFOLLOWED, Act.COMPLAINED), strict=True
    ):
        people = [np.count_nonzero(world.pairs["acts"][:, 0] & int(act)) for world in (run, silence)]
        assert values[part] == people[0] - people[1]


def test_each_kind_of_act_is_counted_where_it_was_done(pair):
    run, _ = pair
    acts = run.pairs["acts"][:, 0]
    for act, tally in (
        (Act.HID, Tally.HIDES), (Act.UNFOLLOWED, Tally.UNFOLLOWS), (Act.COMPLAINED, Tally.COMPLAINTS),
        (Act.MUTED_SHARER, Tally.MUTES),
    ):  # fmt: skip
        people, times = np.count_nonzero(acts & act), int(run.tally[:, 0, tally].sum())
        assert people <= times
        assert (people == 0) == (times == 0)


def test_shares_in_the_table_of_sends_are_the_shares_counted(pair):
    run, _ = pair
    about = run.messages["brand"][run.sends["message"]] == 0
    passed_on = about & (run.sends["parent"] >= 0)
    assert np.count_nonzero(passed_on) == run.measures()["shares"] > 0
    assert np.count_nonzero(run.sends["rewarded"][passed_on]) == run.measures()["rewarded_forwards"] > 0


def test_a_share_comes_after_what_it_shares_and_one_deeper(pair):
    run, _ = pair
    children = np.flatnonzero(run.sends["parent"] >= 0)
    parents = run.sends["parent"][children]
    assert np.all(parents < children)
    depth = generations(run.sends)
    assert depth.max() > 1
    assert np.all(depth[children] == depth[parents] + 1)
    assert np.all(run.sends["message"][children] == run.sends["message"][parents])


def test_nobody_shares_one_message_twice_within_memory(pair):
    run, _ = pair
    passed_on = run.sends[(run.sends["parent"] >= 0) & (run.messages["series"][run.sends["message"]] >= 0)]
    both = np.stack([passed_on["message"], passed_on["sender"]])
    repeated = both.shape[1] - np.unique(both, axis=1).shape[1]
    # people remember eight messages: only what was forgotten can be shared anew
    assert repeated <= 0.02 * both.shape[1]


def test_adoptions_by_last_touch_add_up(pair):
    run, _ = pair
    tally = run.tally[:, 0].sum(axis=0)
    by_touch = tally[Tally.ADOPTIONS_PAID : Tally.ADOPTIONS_OUTSIDE + 1].sum()
    assert tally[Tally.ADOPTIONS] == by_touch > 0
    bought_later = np.count_nonzero(run.pairs["has_bought"][:, 0]) - np.count_nonzero(run.first_follows[:, 0])
    assert tally[Tally.ADOPTIONS] == bought_later


def test_daily_measures_end_where_the_totals_are(pair):
    run, silence = pair
    total, daily = run.measures(silence), run.daily(silence)
    assert set(daily) == set(DAILY)
    for id_ in (
        "reach",
        "reach_earned",
        "backlash",
        "hides",
        "mutes",
        "unfollows",
        "complaints",
        "adoptions",
    ):
        assert daily[id_][-1] == total[id_]
        assert id_ == "backlash" or np.all(np.diff(daily[id_]) >= 0.0)
    for id_ in ("impressions", "shares", "complaint_exposures"):
        assert daily[id_].sum() == total[id_]
    assert daily["followers"][-1] - np.count_nonzero(run.first_follows[:, 0]) == total["followers_net"]


def test_without_reach_ratios_are_not_available():
    nobody = {
        "world": {"people": 50},
        "clock": {"days": 3},
        "mechanisms": {"experience": False, "adoption": False},
    }
    run = simulate(validate({**nobody, "brand": {"silent": True}}, "test"), 0)
    values = run.measures(run)
    assert values["reach"] == 0.0
    for id_ in ("frequency", "noise", "backlash_per_1000", "cost_per_reached", "attitude_reached"):
        assert math.isnan(values[id_]), id_


def test_a_firestorm_needs_loud_unusual_complaints(pair):
    run, _ = pair
    quiet = np.zeros_like(run.tally)

    def storms(exposures):
        quiet[:, 0, Tally.COMPLAINT_EXPOSURES] = exposures
        return np.flatnonzero(firestorm_days(_replaced(run, quiet)))

    days = run.tally.shape[0]
    assert storms(np.zeros(days)).size == 0
    assert storms(np.full(days, 1000)).size == 0, "always loud is not unusual"
    burst = np.full(days, 10)
    burst[20] = 51
    assert storms(burst).tolist() == [20]
    burst[20] = 49
    assert storms(burst).size == 0, "five times the usual, but fewer than 50 exposures"


def _replaced(run, tally):
    return dataclasses.replace(run, tally=tally)


def test_every_measure_says_what_it_is():
    for id_, measure in MEASURES.items():
        assert measure.id == id_
        assert measure.label, id_
        assert measure.unit, id_
        assert len(measure.meaning) > 10, id_


@pytest.mark.parametrize("days", [1, 7, 10, 33, 60, 365])
def test_the_bundled_contrast_is_at_equal_effort_whatever_the_length(days):
    efforts = []
    for name in ("customers_as_marketing_department", "be_worth_sharing"):
        scenario = load_scenario(name, settings=(f"clock.days={days}",)).scenario
        efforts.append(effort_of(scenario, scenario.brand)["effort"])
    assert efforts[0] == pytest.approx(efforts[1], rel=1e-12)
    assert efforts[0] > 0.0
