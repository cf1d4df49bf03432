"""Stories of one person: chosen, worded and set side by side."""

import dataclasses
import itertools
import json
import math

import pytest
from typer.testing import CliRunner

from worthsharing.dashboard.cli import app
from worthsharing.experiments.story import (
    WORDS,
    chosen,
    decision_rows,
    first_who,
    parting,
    person_who,
    sentence,
    traits_words,
    worth_words,
    worths_of_deeds,
)
from worthsharing.sim.errors import InputError
from worthsharing.sim.scenario import Scenario, load_scenario
from worthsharing.sim.state import Act, Progress
from worthsharing.sim.trace import trace, traced_campaign

SMALL = ("world.people=300", "clock.days=14", "brand.first_customers=0.3")


def small(name: str = "customers_as_marketing_department", *settings: str) -> Scenario:
    return load_scenario(name, settings=(*SMALL, *settings)).scenario


def test_the_person_picked_did_it() -> None:
    scenario = small(
        "customers_as_marketing_department", "leaving.p_per_promotion=0.1", "attitude.p_mute_sharer=0.2"
    )
    for pick, act in (("left", Act.UNFOLLOWED), ("muted", Act.MUTED_SHARER)):
        row = person_who(scenario, pick)  # type: ignore[arg-type]  # one of the choices
        model = traced_campaign(scenario, row)[1]
        assert model.campaign.state.pairs["acts"][row, 0] & act
    row = person_who(scenario, "shared")
    assert any(one.done for one in trace(scenario, row).decisions if one.what in ("share", "bought_forward"))
    row = person_who(scenario, "ignored")
    model = traced_campaign(scenario, row)[1]
    assert model.campaign.state.seen[row, 0] > 0
    sends = model.campaign.sends[: model.campaign.state.progress[Progress.SENDS]]
    about = model.campaign.messages["brand"][sends["message"]] == 0
    assert not (about & (sends["sender"] == row) & (sends["parent"] >= 0)).any()


def test_nobody_to_be_picked_is_said() -> None:
    with pytest.raises(InputError, match="nobody muted"):
        person_who(small("silence", "experience.per_month=0"), "muted")


def test_every_decision_has_words_and_its_numbers() -> None:
    for decision in trace(small(), person_who(small(), "shared")).decisions:
        assert decision.what in WORDS
        assert "chance" in sentence(decision)
        assert "draw" in sentence(decision)
        if decision.item is not None and decision.item.worth is not None:
            assert worth_words(decision.item).startswith("worth ")


def test_what_is_shown_is_about_brands_unless_everything_is_asked_for() -> None:
    notes = trace(small(), person_who(small(), "shared"))
    shown = chosen(notes)
    assert 0 < len(shown) < len(chosen(notes, everything=True)) == len(notes.decisions)
    assert all(one.brand for one in shown)
    assert all(int(one.day) == 3 for one in chosen(notes, day=4, everything=True))
    assert len(decision_rows(shown)) == len(shown)


def test_nobody_parts_from_themselves() -> None:
    notes = trace(small(), 5)
    assert parting(notes, notes) is None


def test_two_worlds_part_where_the_first_decision_differs() -> None:
    a, b = small(), small("customers_as_marketing_department", "sharing.p_share_brand=0.9")
    row = person_who(b, "shared")
    one, other = trace(a, row), trace(b, row)
    found = parting(one, other)
    assert found is not None
    for earlier in range(found.position):
        first, second = one.decisions[earlier], other.decisions[earlier]
        assert (first.what, first.done, first.day) == (second.what, second.done, second.day)
    assert "Day" in found.sentence or "day" in found.sentence


def test_what_is_done_in_one_world_only_is_told() -> None:
    a, b = small(), small("customers_as_marketing_department", "sharing.p_share_brand=0.9")
    row = person_who(b, "shared")
    one, other = trace(a, row), trace(b, row)
    found = parting(one, other)
    assert found is not None
    deeds = [[deed for deed in chosen(told) if deed.done and deed.what != "see"] for told in (one, other)]
    first = next(
        (left, right)
        for left, right in itertools.zip_longest(*deeds)
        if left is None or right is None or sentence(left) != sentence(right)
    )
    for side, deed in zip(("A", "B"), first, strict=True):
        words = f"in {side} nothing more" if deed is None else f"day {int(deed.day) + 1}, {sentence(deed)}"
        assert words in found.deeds
    again = parting(one, dataclasses.replace(one, decisions=one.decisions[:-1]))
    assert again is not None
    last_is_deed = one.decisions[-1].done and one.decisions[-1].brand and one.decisions[-1].what != "see"
    assert ("the same in both worlds" in again.deeds) != bool(last_is_deed)


def test_decisions_are_told_in_order_of_time_and_worths_once() -> None:
    notes = trace(small(), person_who(small(), "shared"))
    days = [decision.day for decision in chosen(notes, everything=True)]
    assert days == sorted(days)
    worths = worths_of_deeds(chosen(notes))
    assert len(set(worths)) == len(worths) > 0
    assert all("worth" in words for words in worths)
    assert f"follows {notes.traits['followees']:,.0f} people" in traits_words(notes)


def test_the_first_world_in_which_somebody_did_it_is_found() -> None:
    scenario = small("customers_as_marketing_department", "leaving.p_per_promotion=0.02")
    world, row = first_who(scenario, "left")
    assert person_who(scenario, "left", replicate=world) == row
    for earlier in range(world):
        with pytest.raises(InputError):
            person_who(scenario, "left", replicate=earlier)
    with pytest.raises(InputError, match="in worlds 0 to 1"):
        first_who(small("silence", "experience.per_month=0"), "muted", worlds=range(2))


def test_the_command_tells_the_story() -> None:
    options = [word for setting in SMALL for word in ("--set", setting)]
    names = ["customers_as_marketing_department", "be_worth_sharing"]
    result = CliRunner().invoke(app, ["trace", *names, "--pick", "shared", *options, "--json"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert list(document["scenarios"]) == names
    first = document["scenarios"][names[0]]
    assert any(
        decision["done"] and decision["what"] in ("share", "bought_forward")
        for decision in first["decisions"]
    )
    assert all(math.isfinite(decision["chance"]) for decision in first["decisions"])
    table = CliRunner().invoke(app, ["trace", names[0], "--person", first["person"], *options])
    assert table.exit_code == 0
    assert f"Person {first['person']}" in table.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["be_worth_sharing"],
        ["be_worth_sharing", "--person", "1", "--pick", "left"],
        ["be_worth_sharing", "--person", "nobody"],
    ],
)
def test_wrong_use_is_said(words: list[str]) -> None:
    result = CliRunner().invoke(app, ["trace", *words, "--set", "world.people=50", "--set", "clock.days=2"])
    assert result.exit_code == 2
