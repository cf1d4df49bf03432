"""Designs: even over the plausible space, growable, valid everywhere, and at equal effort."""

import doctest

import numpy as np
import pytest

from worthsharing.experiments import design
from worthsharing.experiments.compare import is_equal_effort
from worthsharing.experiments.design import (
    LEFT_OUT,
    as_matrix,
    at_budget,
    budget_of,
    for_all_entries,
    moved,
    repaired,
    sample,
    sampled_parameters,
    value_at,
)
from worthsharing.sim.errors import InputError
from worthsharing.sim.messages import effort_of
from worthsharing.sim.scenario import Scenario, bundled_names, load_scenario, parameters

PATHS = [info.path for info in sampled_parameters()]


def effort(scenario: Scenario) -> float:
    return effort_of(scenario, scenario.brand)["effort"]


# --- the space ---


def test_every_claim_about_people_is_in_the_space_or_left_out_with_a_reason() -> None:
    claims = {info.path for info in parameters() if info.plausible and info.grade}
    assert claims - set(PATHS) - LEFT_OUT.keys() == {one for one in claims if one.startswith("brand.series.")}
    assert LEFT_OUT.keys() <= claims
    assert {"brand.quality", "brand.first_customers", "costs.staff_hour"} <= set(PATHS)


def test_points_lie_in_the_plausible_ranges() -> None:
    values = as_matrix(sample(256), PATHS)
    for column, info in enumerate(sampled_parameters()):
        assert info.plausible is not None
        low, high = info.plausible
        # shares of a whole may have been made smaller
        assert values[:, column].max() <= high
        assert values[:, column].min() >= (0.0 if info.path.startswith("leaving.") else low)
        if info.type == "int":
            assert set(values[:, column]) == set(range(round(low), round(high) + 1))


@pytest.mark.parametrize("path", ["adoption.p_buy", "fatigue.half_life"])
def test_each_half_of_a_range_has_half_of_the_points(path: str) -> None:
    (info,) = (info for info in sampled_parameters() if info.path == path)
    values = as_matrix(sample(128), [path])[:, 0]
    assert np.count_nonzero(values < value_at(info, 0.5)) == 64


def test_no_two_parameters_move_together() -> None:
    places = np.argsort(np.argsort(as_matrix(sample(128), PATHS), axis=0), axis=0)
    together = np.corrcoef(places.T) - np.eye(len(PATHS))
    shares = [PATHS.index(f"leaving.{one}") for one in ("silent", "hide", "tell_friends")]
    together[np.ix_(shares, shares)] = 0.0  # these share one whole
    assert np.abs(together).max() < 0.45


@pytest.mark.parametrize("count", [1, 5, 64, 100])
def test_larger_sample_begins_with_the_smaller_one(count: int) -> None:
    assert sample(count, seed=3) == sample(130, seed=3)[:count]
    assert sample(count, seed=4) != sample(130, seed=3)[:count]


def test_every_point_is_valid_for_every_bundled_scenario() -> None:
    scenarios = [load_scenario(name).scenario for name in bundled_names()]
    for point in sample(512):
        for scenario in scenarios:
            moved(scenario, for_all_entries(scenario, point.values))  # raises if not


def test_only_shares_beyond_the_whole_are_repaired() -> None:
    inside = {"leaving.silent": 0.5, "leaving.hide": 0.3, "leaving.tell_friends": 0.2}
    assert repaired(inside) == inside
    beyond = repaired({**inside, "leaving.silent": 0.75})
    assert sum(beyond.values()) == pytest.approx(1.0)
    assert beyond["leaving.silent"] / beyond["leaving.hide"] == pytest.approx(2.5)


# --- moving a scenario ---


def test_moved_scenario_has_the_values_and_nothing_else_changed() -> None:
    scenario = load_scenario("be_worth_sharing").scenario
    values = {"adoption.p_buy": 0.3, "leaving.complaint_moral_words": 2.0, "brand.series.0.value": 0.8}
    there = moved(scenario, values)
    assert there.adoption.p_buy == 0.3
    assert there.leaving.complaint_moral_words == 2
    assert there.brand.series[0].value == 0.8
    back = {"adoption.p_buy": 0.2, "leaving.complaint_moral_words": 1, "brand.series.0.value": 0.5}
    assert moved(there, back).key == scenario.key


def test_what_is_said_of_one_entry_is_said_of_all() -> None:
    scenario = load_scenario("scandal_ignore").scenario
    twice = scenario.model_copy(
        update={"events": (*scenario.events, scenario.events[0].model_copy(update={"name": "again"}))}
    )
    for one, entries in ((twice, 2), (scenario, 1), (Scenario(), 0)):
        there = moved(one, for_all_entries(one, {"events.0.told": 7.0, "brand.quality": 0.7}))
        assert [event.told for event in there.events] == [7.0] * entries
        assert there.brand.quality == 0.7


@pytest.mark.parametrize(
    "values", [{"adoption.p_bye": 0.1}, {"brand.series.7.value": 0.1}, {"adoption.p_buy": 2.0}]
)
def test_values_that_do_not_fit_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(InputError):
        moved(Scenario(), values)


# --- equal effort ---


def test_strategy_at_its_budget_stays_as_it_is() -> None:
    for name in ("customers_as_marketing_department", "be_worth_sharing", "silence"):
        scenario = load_scenario(name).scenario
        assert at_budget(scenario, budget_of(scenario)) is scenario


@pytest.mark.parametrize("name", ["customers_as_marketing_department", "be_worth_sharing"])
def test_strategies_spend_the_budget_at_every_point(name: str) -> None:
    for point in sample(64):
        plain = load_scenario(name).scenario
        scenario = moved(plain, for_all_entries(plain, point.values))
        there = at_budget(scenario, budget_of(scenario))
        assert is_equal_effort((effort(there), budget_of(scenario)))


def test_what_a_budget_changes_is_how_often_and_nothing_else() -> None:
    scenario = load_scenario(
        "customers_as_marketing_department", settings=("costs.staff_hour=20.0",)
    ).scenario
    there = at_budget(scenario, budget_of(scenario))
    assert there.brand.series[0].per_week < scenario.brand.series[0].per_week
    as_often = there.brand.series[0].model_copy(update={"per_week": scenario.brand.series[0].per_week})
    spending = there.brand.model_copy(update={"series": (as_often,), "care_hours_per_week": 0.0})
    assert there.model_copy(update={"brand": spending}) == scenario


def test_nobody_posts_more_than_is_plausible() -> None:
    cheap = load_scenario("be_worth_sharing", settings=("costs.hours_at_value_half=0.01",)).scenario
    there = at_budget(cheap, budget_of(cheap))
    assert there.brand.series[0].per_week == 42.0
    assert effort(there) == pytest.approx(budget_of(cheap))


def test_budget_that_cannot_be_met_changes_nothing() -> None:
    dear = load_scenario("be_worth_sharing", settings=("brand.care_hours_per_week=40.0",)).scenario
    assert at_budget(dear, budget_of(dear)) is dear


def test_module_examples_give_what_they_show() -> None:
    assert doctest.testmod(design).failed == 0
