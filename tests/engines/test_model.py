"""CampaignModel: roles follow the state, changed people change what they should, and Mesa's tools work."""

import doctest
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from mesa import batch_run

from worthsharing.sim import model as module
from worthsharing.sim.agents import Appraisal, Customer, Friend, Item, Person
from worthsharing.sim.errors import InputError
from worthsharing.sim.model import CampaignModel
from worthsharing.sim.scenario import Scenario, validate
from worthsharing.sim.state import Progress, Tally

DOCUMENT = Path(__file__).parents[2] / "docs" / "extending.md"
PLAIN: dict[str, Any] = {
    "world": {"people": 120, "mean_degree": 6.0},
    "clock": {"days": 10},
    "brand": {
        "first_customers": 0.3,
        "known_outside": 50.0,
        "series": [{"name": "offers", "kind": "offer", "per_week": 21.0, "pressure": 0.3, "value": 0.6}],
    },
    "attention": {"visits_per_day": 8.0, "items_per_visit": 60.0, "real_degree": 10.0},
    "adoption": {"p_consider_brand": 0.3, "p_buy": 0.5, "p_follow": 0.2, "decision_days": 1.0},
    "leaving": {"p_per_promotion": 0.1, "unfollow_per_month": 0.5},
}


def plain(**changes: Any) -> Scenario:
    return validate({**PLAIN, **changes}, "plain")


def contents(table: np.ndarray) -> list[bytes]:
    """Bytes of a table, field by field: the gaps between the fields of a record hold anything."""
    return [table[name].tobytes() for name in table.dtype.names] if table.dtype.names else [table.tobytes()]


def finished(scenario: Scenario, **options: Any) -> CampaignModel:
    model = CampaignModel(scenario, **options)
    model.run()
    return model


BASS = {
    "mechanisms": {"adoption": False},
    "contagion": {"innovation_per_year": 8.0, "imitation_per_year": 8.0},
    "brand": {**PLAIN["brand"], "first_customers": 0.0},
}


@pytest.mark.parametrize("changes", [{}, BASS])
def test_roles_follow_the_state_after_every_step(changes: dict[str, Any]) -> None:
    model = CampaignModel(plain(**changes))
    roles = {type(person) for person in model.people}
    before = [type(person) for person in model.people]
    while model.campaign.step < model.campaign.steps:
        model.step()
        state = model.campaign.state
        for row, person in enumerate(model.people):
            is_customer = state.follows[row, 0] != 0 or state.pairs["has_bought"][row, 0] != 0
            assert person.row == row
            assert type(person) is (Customer if is_customer else Friend)
        assert len(model.agents) == len(model.people) + 1  # nobody is left over from a role that was given up
    assert roles <= {Customer, Friend}
    assert before != [type(person) for person in model.people]


def test_customers_become_friends_again() -> None:
    model = CampaignModel(
        plain(adoption={"external_per_year": 0.0}, brand={**PLAIN["brand"], "first_customers": 0.0})
    )
    model.campaign.state.follows[3, 0] = 1
    model._keep_roles()
    assert type(model.person(3)) is Customer
    model.campaign.state.follows[3, 0] = 0
    model._keep_roles()
    assert type(model.person(3)) is Friend


class Sceptic(Customer):
    def p_like(self, seen: Appraisal) -> float:
        return 0.0


class Asker(Friend):
    """Writes down what it was asked and what it decided; changes nothing."""

    heard: ClassVar[list[tuple[Any, ...]]] = []

    def p_like(self, seen: Appraisal) -> float:
        chance = super().p_like(seen)
        Asker.heard.append((self.key, seen.item.message.key, seen.item.sender_key, seen.worth, chance))
        return chance


def test_a_changed_customer_changes_only_what_it_decides() -> None:
    """Sceptics like nothing, and likes do nothing here: everything else is the same, to the last bit."""
    scenario = plain(sharing={"social_proof": 1.0, "p_like": 0.5})
    as_it_is, changed = finished(scenario), finished(scenario, customer=Sceptic)
    likes = (
        as_it_is.campaign.state.tally[:, :, Tally.LIKES].sum(),
        changed.campaign.state.tally[:, :, Tally.LIKES].sum(),
    )
    assert likes[0] > likes[1]
    for name, table in as_it_is.campaign.state._asdict().items():
        other = getattr(changed.campaign.state, name)
        if name == "tally":
            kept = [what for what in Tally if what is not Tally.LIKES]
            table, other = table[:, :, kept], other[:, :, kept]
        assert contents(table) == contents(other), name


def test_people_who_decide_as_before_keep_their_luck() -> None:
    """Likes that count change what friends are asked; where the question is the same, so is all that they did."""
    scenario = plain(sharing={"p_like": 0.5, "p_share_brand": 0.1, "social_proof": 5.0})
    asked, asked_in_both = 0, 0
    for replicate in range(4):
        questions = []
        for customer in (Customer, Sceptic):
            Asker.heard.clear()
            finished(scenario, customer=customer, friend=Asker, replicate=replicate)
            questions.append(set(Asker.heard))
        asked += min(map(len, questions))
        asked_in_both += len(questions[0] & questions[1])
    assert 0.85 * asked < asked_in_both < asked


OVERRIDES: dict[str, Any] = {
    "p_see": lambda self, item, above, hours: 1.0,
    "interest": lambda self, topic: 1.0,
    "credibility_of": lambda self, item, tie, strong, attitude: 0.0,
    "worth_of": lambda self, item, relevance, credibility, earlier, tired: -1.0,
    "p_like": lambda self, seen: 1.0,
    "p_comment": lambda self, seen: 1.0,
    "reward_pull": lambda self, seen: 9.0,
    "p_share": lambda self, seen, pull: 1.0,
    "p_forward_for_reward": lambda self, seen, pull: 1.0,
    "p_mute_sharer": lambda self, seen, unwanted: 1.0,
    "attitude_after_item": lambda self, seen: 0.5,
    "fatigue_after": lambda self, seen: 3.0,
    "p_leave": lambda self, seen: 1.0,
    "p_help": lambda self, seen: 1.0,
    "p_follow": lambda self, seen: 1.0,
    "p_consider": lambda self, seen, touch: 1.0,
    "p_ask": lambda self, brand: 1.0,
    "p_ask_brand": lambda self, brand: 1.0,
    "p_question": lambda self, brand: 1.0,
    "p_leave_ignored": lambda self, brand: 1.0,
    "p_buy": lambda self, brand: 1.0,
    "p_follow_at_purchase": lambda self, brand: 1.0,
    "attitude_after_experience": lambda self, brand, good: -1.0,
    "p_tell": lambda self, brand, good, told: 1.0,
    "p_complain": lambda self, brand: 1.0,
}


@pytest.mark.parametrize("name", OVERRIDES)
def test_every_decision_can_be_overridden(name: str) -> None:
    """Each of the methods is really asked: a person who answers differently makes a difference."""
    offers = {**PLAIN["brand"]["series"][0], "reward": 5.0, "rewards_per_post": 50, "reward_both": False}
    scenario = plain(
        brand={**PLAIN["brand"], "quality": 0.5, "series": [offers]},
        experience={"per_month": 20.0, "p_ask": 0.4, "p_help": 0.3, "p_tell_good": 0.3, "p_tell_bad": 0.3},
        attitude={"p_mute_sharer": 0.05},
        sharing={"p_share_brand": 0.05, "p_forward_for_reward": 0.1},
        clock={"days": 6},
    )
    changed_customer = type("Changed", (Customer,), {name: OVERRIDES[name]})
    changed_friend = type("ChangedFriend", (Friend,), {name: OVERRIDES[name]})
    as_it_is, changed = (
        finished(scenario),
        finished(scenario, customer=changed_customer, friend=changed_friend),
    )
    states = [model.campaign.state for model in (as_it_is, changed)]
    assert any(contents(one) != contents(other) for one, other in zip(*states, strict=True))


def test_every_decision_is_listed_above() -> None:
    decisions = {name for name in vars(Person) if name.startswith("p_")} | {"worth_of", "interest"}
    assert decisions <= set(OVERRIDES)


def test_thresholds_can_be_overridden() -> None:
    stubborn = type("Stubborn", (Friend,), {"has_seen_enough": lambda self, seen: False})
    scenario = plain(mechanisms={"visibility": False, "sharing": False}, contagion={"p_tie": 0.5})
    assert finished(scenario, friend=stubborn).shares < finished(scenario).shares


def test_bulk_refuses_changed_people_and_says_what_to_do() -> None:
    with pytest.raises(InputError, match=r"knows nothing of Sceptic; use engine='agents'"):
        CampaignModel(plain(), engine="bulk", customer=Sceptic)
    with pytest.raises(InputError, match="one of agents, bulk"):
        CampaignModel(plain(), engine="fast")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="one of rows, reversed, shuffled"):
        CampaignModel(plain(), order="random")  # type: ignore[arg-type]


def test_bulk_makes_only_those_looked_at_and_they_see_the_same() -> None:
    agents, bulk = finished(plain()), finished(plain(), engine="bulk")
    assert len(bulk.agents) == 0
    for row in (0, 7, 119):
        one, other = agents.person(row), bulk.person(row)
        assert type(one) is type(other)
        names = ("label", "follows", "has_bought", "reached", "attitude", "fatigue")
        assert [getattr(one, name) for name in names] == [getattr(other, name) for name in names]
    assert len(bulk.agents) == 3
    assert bulk.person("7") is bulk.person(7)
    for nobody in (-1, 120, "x"):
        with pytest.raises(InputError, match="numbered 0 to 119"):
            bulk.person(nobody)


def test_person_looked_at_early_changes_role_in_bulk() -> None:
    bulk = CampaignModel(plain(adoption={"external_per_year": 10.0}), engine="bulk")
    early = [type(bulk.person(row)) for row in range(120)]
    bulk.run()
    late = [type(person) for person in bulk.people]
    assert early != late
    assert late == [type(person) for person in finished(plain(adoption={"external_per_year": 10.0})).people]
    assert len(bulk.agents) == 120


@pytest.mark.parametrize("engine", ["agents", "bulk"])
def test_measures_and_brands_are_those_of_the_tables(engine: Any) -> None:
    model = finished(plain(), engine=engine)
    state = model.campaign.state
    assert model.reach == np.count_nonzero(state.seen[:, 0]) > 0
    assert model.backlash_gross == np.count_nonzero(state.pairs["acts"][:, 0]) > 0
    assert model.followers == model.brand().followers == state.follows[:, 0].sum()
    assert model.adopters == model.brand().buyers == state.pairs["has_bought"][:, 0].sum()
    brand = model.brand()
    assert brand.posts_so_far == model.campaign.state.progress[Progress.NEXT_POST]
    assert brand.strategy is model.campaign.scenario.brand
    assert brand.effort["staff_hours"] > 0.0
    with pytest.raises(InputError, match="one of brand"):
        model.brand("nobody's")


@pytest.mark.parametrize("engine", ["agents", "bulk"])
def test_steps_stop_at_the_end(engine: Any) -> None:
    model = CampaignModel(plain(clock={"days": 1}), engine=engine)
    model.run()
    assert not model.running
    assert model.steps == 4
    before = model.reach
    model.step()
    assert (model.reach, model.campaign.step, model.running) == (before, 4, False)


def test_mesas_batch_run_repeats_by_replicate() -> None:
    rows = batch_run(
        CampaignModel,
        {"scenario": [plain(clock={"days": 3})], "replicate": [0, 1, 2], "engine": ["agents", "bulk"]},
        display_progress=False,
    )
    reach = {(row["replicate"], row["engine"]): row["reach"] for row in rows}
    assert len(rows) == 6
    assert all(reach[number, "agents"] == reach[number, "bulk"] for number in range(3))
    assert len({reach[number, "bulk"] for number in range(3)}) > 1


def test_scenario_may_be_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[world]\npeople = 30\n[clock]\ndays = 1\n", encoding="utf-8")
    assert CampaignModel(str(path)).campaign.world.people == 30
    with pytest.raises(InputError):
        CampaignModel("no such scenario")


def test_an_item_says_who_sent_what() -> None:
    seen: list[Item] = []

    class Watcher(Customer):
        def p_see(self, item: Item, above: int, hours: float) -> float:
            seen.append(item)
            return super().p_see(item, above, hours)

    finished(plain(clock={"days": 3}), customer=Watcher)
    assert {item.message.brand for item in seen} >= {0}
    assert all(item.sender_key >= 0 for item in seen)


def test_document_of_extending_is_true() -> None:
    outcome = doctest.testfile(
        str(DOCUMENT), module_relative=False, optionflags=doctest.IGNORE_EXCEPTION_DETAIL
    )
    assert outcome.attempted > 5
    assert outcome.failed == 0


def test_examples_in_the_model_hold() -> None:
    assert doctest.testmod(module).failed == 0
