"""A watched world is the world of any run: read at the end of each day, never altered, and the same for the same seed."""

import numpy as np
import pytest

from worthsharing.experiments.story import passed_on
from worthsharing.experiments.watch import (
    CONDITIONS,
    PLACE,
    changes_of,
    counts_table,
    examples,
    first_apart,
    places_of,
    portrait,
    ties_of,
    watch,
)
from worthsharing.sim.draws import world_seed
from worthsharing.sim.errors import InputError
from worthsharing.sim.run import simulate
from worthsharing.sim.scenario import Scenario, load_scenario
from worthsharing.sim.state import Act, Tally
from worthsharing.sim.world import new_campaign

NAMES = ("customers_as_marketing_department", "be_worth_sharing")
SMALL = ("world.people=200", "clock.days=21", "brand.first_customers=0.3", "leaving.unfollow_per_month=0.2",
         "attitude.p_mute_sharer=0.3", "leaving.p_per_promotion=0.05", "sharing.p_share_brand=0.1")  # fmt: skip


def small(*settings: str) -> dict[str, Scenario]:
    return {name: load_scenario(name, settings=(*SMALL, *settings)).scenario for name in NAMES}


def test_the_last_day_is_what_a_run_in_one_piece_ends_with() -> None:
    scenarios = small()
    watched = watch(scenarios, replicate=2, seed=5)
    for name, scenario in scenarios.items():
        campaign = new_campaign(scenario, world_seed(5, 2))
        owned = campaign.state.pairs["has_bought"][:, 0].copy()
        campaign.advance(campaign.steps)
        state, acts = campaign.state, campaign.state.pairs["acts"][:, 0]
        for person in range(watched.people):
            is_now = {
                "bought": state.pairs["has_bought"][person, 0] and not owned[person],
                "gone": acts[person] & Act.UNFOLLOWED,
                "muted": acts[person] & Act.MUTED_SHARER,
                "fed_up": acts[person] & (Act.HID | Act.COMPLAINED),
                "shared": passed_on(campaign)[person],
                "saw": state.seen[person, 0],
            }
            expected = next((id_ for id_, true in is_now.items() if true), "unaware")
            assert CONDITIONS[watched.conditions[name][-1, person]].id == expected


def test_each_day_has_the_counts_of_that_day() -> None:
    scenarios = small()
    watched, table = watch(scenarios), counts_table(watch(scenarios))
    assert (table[list(PLACE)].sum(axis=1) == watched.people).all()
    for name, scenario in scenarios.items():
        rows = table[table["scenario"] == name].set_index("day")
        assert rows.loc[0, "unaware"] == watched.people
        result = simulate(scenario)
        adopted = result.tally[:, 0, Tally.ADOPTIONS].cumsum()
        assert rows["bought"].to_numpy()[1:].tolist() == adopted.tolist()
        reached = result.tally[:, 0, [Tally.REACHED_PAID, Tally.REACHED_OWNED, Tally.REACHED_EARNED]].sum(
            axis=1
        )
        saw_nothing = (watched.conditions[name][1:] == PLACE["unaware"]).sum(axis=1)
        # who was never reached may still have acted (complained, bought), but nobody reached is shown as not reached
        assert (saw_nothing <= watched.people - reached.cumsum()).all()
        shares = result.tally[:, 0, Tally.SHARES]
        assert [len(rows) > 0 for rows in watched.sharers[name]] == (shares > 0).tolist()
        assert (np.array([len(rows) for rows in watched.sharers[name]]) <= shares).all()


def test_everything_that_can_happen_does_in_a_busy_world() -> None:
    watched = watch(small("world.people=400"))
    seen = {CONDITIONS[place].id for days in watched.conditions.values() for place in np.unique(days)}
    assert seen == set(PLACE)


def test_people_are_drawn_in_the_same_places_within_the_picture() -> None:
    network = watch(small()).network
    places = places_of(network)
    assert places.shape == (200, 2)
    assert (places >= 0.0).all()
    assert (places <= 1.0).all()
    assert np.array_equal(places, places_of(network))
    ties = ties_of(network)
    near = np.hypot(*(places[ties[:, 0]] - places[ties[:, 1]]).T).mean()
    others = np.hypot(*(places[ties[:, 0]] - places[np.roll(ties[:, 1], 7)]).T).mean()
    assert near < others  # friends are nearer to each other than to strangers
    assert len(np.unique(ties, axis=0)) == len(ties)
    assert (ties[:, 0] < ties[:, 1]).all()


def test_a_person_parts_on_the_first_day_that_differs() -> None:
    watched = watch(small())
    for person in examples(watched).values():
        lines = [conditions[:, person] for conditions in watched.conditions.values()]
        day = first_apart(watched, person)
        if day is None:
            assert np.array_equal(*lines)
        else:
            assert np.array_equal(lines[0][:day], lines[1][:day])
            assert lines[0][day] != lines[1][day]


def test_what_a_person_became_has_a_decision_or_a_cause() -> None:
    watched = watch(small("world.people=400"))
    causes = {"decided": 0, "undecided": 0}
    for place in (PLACE["gone"], PLACE["fed_up"], PLACE["bought"]):
        for person in np.flatnonzero(watched.conditions[NAMES[0]][-1] == place)[:3].tolist():
            notes = portrait(watched, person).traces[NAMES[0]]
            last = changes_of(watched, NAMES[0], notes)[-1]
            assert last.condition.id == CONDITIONS[place].id
            that_day = {one.what for one in notes.decisions if one.done and int(one.day) + 1 == last.day}
            causes["undecided" if last.cause else "decided"] += 1
            if not last.cause:
                assert that_day & {"leave", "leave_ignored", "tell", "decide"}
    assert all(causes.values())


def test_what_cannot_be_watched_is_said() -> None:
    with pytest.raises(InputError, match="too many to watch"):
        watch(small("world.people=2001"))
    one, other = small(), small("clock.days=5")
    with pytest.raises(InputError, match="same people and days"):
        watch({NAMES[0]: one[NAMES[0]], NAMES[1]: other[NAMES[1]]})
    with pytest.raises(InputError, match="numbered 0 to 199"):
        portrait(watch(small()), 200)
