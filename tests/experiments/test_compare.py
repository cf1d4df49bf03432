"""Comparisons: exact where nothing differs, honest where chance does, right where the difference is large."""

import doctest
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from worthsharing.experiments import compare as compare_module
from worthsharing.experiments import summary
from worthsharing.experiments.compare import (
    OUTCOMES,
    Difference,
    Effort,
    compare,
    difference_of,
    is_equal_effort,
    notes_on,
    share_interval,
    verdict_sentence,
)
from worthsharing.experiments.execute import Results, run_scenarios
from worthsharing.experiments.tables import daily_table, outcomes_table, results_of_tables
from worthsharing.sim.scenario import Scenario, load_scenario

PAIR = ("customers_as_marketing_department", "be_worth_sharing")
SMALL = ("world.people=200", "clock.days=15")


def small(*settings: str) -> dict[str, Scenario]:
    return {name: load_scenario(name, settings=(*SMALL, *settings)).scenario for name in PAIR}


def table_of(values: dict[str, dict[str, Sequence[float]]]) -> Results:
    """Results that say what a test wants: scenario → measure → values."""
    rows = [
        (scenario, replicate, measure, float(value))
        for scenario, measures in values.items()
        for measure, listed in measures.items()
        for replicate, value in enumerate(listed)
    ]
    outcomes = pd.DataFrame(rows, columns=["scenario", "replicate", "measure", "value"])
    return results_of_tables({name: Scenario() for name in values}, 1, outcomes, pd.DataFrame())


# --- nothing differs ---


def test_a_against_itself_differs_by_exactly_nothing() -> None:
    scenario = load_scenario(PAIR[0], settings=SMALL).scenario
    comparison = compare(run_scenarios({"a": scenario, "again": scenario}, replicates=4))
    assert comparison.equal_effort
    for difference in comparison.differences:
        assert difference.side == "same", difference
        assert difference.verdict == "exactly the same"
        assert (difference.difference, difference.low, difference.high, difference.p_better) == (
            0.0,
            0.0,
            0.0,
            0.5,
        )
    assert "in every world" in comparison.sentences[0]


def falsely_told(results: Results) -> bool:
    """Whether any of the outcomes shown gets a verdict: intervals promise to be right all at once."""
    return any(difference.side not in ("cannot tell", "same") for difference in compare(results).differences)


def test_equal_distributions_are_not_told_apart() -> None:
    random = np.random.default_rng(20)
    told = 0
    for _ in range(200):
        # outcomes that depend on each other, as those of a campaign do
        shared = random.normal(size=(2, 12, 1))
        values = 100.0 + shared + random.normal(size=(2, 12, len(OUTCOMES)))
        found = [
            difference_of(measure, "a", "b", *values[:, :, column], family=len(OUTCOMES))
            for column, measure in enumerate(OUTCOMES)
        ]
        told += any(difference.side != "cannot tell" for difference in found)
    assert told <= 18


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIR)
def test_a_scenario_on_independent_worlds_is_not_told_from_itself(name: str) -> None:
    scenario = load_scenario(name, settings=SMALL).scenario
    told = 0
    for trial in range(200):
        told += falsely_told(
            run_scenarios(
                {"a": scenario, "again": scenario}, replicates=12, seed=1000 + trial, independent=True
            )
        )
    assert told <= 18


def test_independent_worlds_are_different_worlds() -> None:
    scenario = load_scenario(PAIR[1], settings=SMALL).scenario
    results = run_scenarios({"a": scenario, "again": scenario}, replicates=4, independent=True)
    assert results.independent
    assert not np.array_equal(results.values("a", "impressions"), results.values("again", "impressions"))


# --- something differs ---


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("measure", ["reach", "backlash", "impressions"])
def test_difference_of_four_standard_errors_gets_the_right_verdict(measure: str, sign: float) -> None:
    random = np.random.default_rng(4)
    replicates = 20
    right = 0
    expected = {
        ("reach", 1.0): "better", ("reach", -1.0): "worse", ("backlash", 1.0): "worse", ("backlash", -1.0): "better",
        ("impressions", 1.0): "higher", ("impressions", -1.0): "lower",
    }[measure, sign]  # fmt: skip
    for _ in range(100):
        world = random.normal(500.0, 80.0, replicates)
        change = sign * 4.0 * 3.0 / math.sqrt(replicates) + random.normal(0.0, 3.0, replicates)
        results = table_of({"a": {measure: world}, "b": {measure: world + change}})
        (difference,) = compare(results, outcomes=(measure,)).differences
        right += difference.side == expected
    assert right >= 90


def test_interval_is_student_s_widened_for_the_family() -> None:
    random = np.random.default_rng(5)
    one = random.normal(size=12)
    two = one + random.normal(0.3, 1.0, size=12)
    delta = two - one
    alone = difference_of("reach", "a", "b", one, two)
    family = difference_of("reach", "a", "b", one, two, family=10)
    error = delta.std(ddof=1) / math.sqrt(12)
    # Student's t with 11 degrees of freedom: quantiles at 0.975 and 0.9975
    assert alone.high - alone.difference == pytest.approx(2.200985 * error, rel=1e-6)
    assert family.high - family.difference == pytest.approx(3.496614 * error, rel=1e-6)


def test_intervals_hold_together() -> None:
    """In at most 5 % of trials is any of ten true differences outside its interval."""
    random = np.random.default_rng(6)
    missed = 0
    for _ in range(150):
        delta = random.normal(0.5, 1.0, size=(10, 15))
        found = [difference_of("reach", "a", "b", np.zeros(15), row, family=10) for row in delta]
        missed += any(not one.low <= 0.5 <= one.high for one in found)
    assert missed <= 150 * 0.05 + 2.33 * math.sqrt(150 * 0.05 * 0.95)


def test_share_of_worlds_counts_ties_half() -> None:
    more = difference_of("reach", "a", "b", np.zeros(4), np.array([1.0, 0.0, 0.0, -1.0]))
    assert more.p_better == 0.5
    less = difference_of("backlash", "a", "b", np.zeros(4), np.array([1.0, 1.0, 1.0, 0.0]))
    assert less.p_better == 0.125
    assert 0.0 <= less.p_low <= less.p_better <= less.p_high <= 1.0


@pytest.mark.parametrize("count", [1, 2, 7, 20, 1000])
def test_interval_of_a_share_is_that_of_scipy(count: int) -> None:
    for wins in range(0, count + 1, max(1, count // 20)):
        expected = stats.binomtest(wins, count).proportion_ci(0.95, method="wilson")
        assert share_interval(wins, count) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert share_interval(0.5, 2) == (share_interval(0, 2)[0], share_interval(1, 2)[1])


def test_module_examples_give_what_they_show() -> None:
    for module in (compare_module, summary):
        assert doctest.testmod(module).failed == 0


def test_pairing_gains_what_the_worlds_share() -> None:
    """With a part s of the variance shared, independent worlds need 1 / (1 − s) times as many."""
    random = np.random.default_rng(7)
    world = random.normal(0.0, math.sqrt(0.75), 20_000)
    own = random.normal(0.0, 0.5, (2, 20_000))
    found = difference_of("reach", "a", "b", world + own[0], world + own[1])
    assert found.variance_ratio == pytest.approx(4.0, rel=0.05)


# --- how many more ---


def test_so_many_more_replicates_settle_it() -> None:
    """When the difference is what it seemed to be, as many more as named settle it in most cases, far fewer do not."""
    random = np.random.default_rng(8)
    named = settled = settled_by_few = 0
    for _ in range(200):
        first = random.normal(0.4, 1.0, 15)
        found = difference_of("reach", "a", "b", np.zeros(15), first, family=10)
        if found.side != "cannot tell" or found.more_replicates is None:
            continue
        more = found.more_replicates
        named += 1
        # the rest of the worlds are such as the first ones made believe
        rest = random.normal(found.difference, first.std(ddof=1), more)
        settled += told(np.concatenate([first, rest]))
        settled_by_few += told(np.concatenate([first, rest[: more // 4]]))
    assert named > 100
    assert settled >= 0.7 * named
    assert settled_by_few <= 0.5 * named


def told(delta: np.ndarray) -> bool:
    return difference_of("reach", "a", "b", np.zeros(delta.size), delta, family=10).side != "cannot tell"


def test_the_closer_the_more() -> None:
    delta = np.array([-1.0, 1.0] * 8)
    named = [
        difference_of("reach", "a", "b", np.zeros(16), delta + shift).more_replicates
        for shift in (0.4, 0.2, 0.1, 0.05)
    ]
    assert named == sorted(named, key=lambda more: more or 0)
    assert all(named)
    hopeless = difference_of("reach", "a", "b", np.zeros(16), delta + 1e-4)
    assert hopeless.more_replicates is None
    assert "more than 10,000" in hopeless.verdict
    settled = difference_of("reach", "a", "b", np.zeros(16), delta + 5.0)
    assert settled.more_replicates == 0


# --- what is not there ---


def test_worlds_without_a_value_are_left_out() -> None:
    nothing = float("nan")
    found = difference_of(
        "reach", "a", "b", np.array([1.0, nothing, 3.0, 4.0, 7.0]), np.array([2.0, 5.0, nothing, 6.0, 8.0])
    )
    assert found.replicates == 3
    assert found.difference == pytest.approx(4.0 / 3.0)


def test_no_value_at_all_is_not_available() -> None:
    found = difference_of("cost_per_reached", "a", "b", np.full(5, np.nan), np.arange(5.0))
    assert (found.side, found.verdict, found.replicates) == ("not available", "not available", 0)
    comparison = compare(
        table_of({"a": {"reach": [np.nan] * 3}, "b": {"reach": [1.0, 2.0, 3.0]}}), outcomes=("reach",)
    )
    assert comparison.sentences[0]


@pytest.mark.parametrize("value", [0.0, 5.0])
def test_one_world_tells_nothing_or_that_it_is_the_same(value: float) -> None:
    found = difference_of("reach", "a", "b", np.array([1.0]), np.array([1.0 + value]))
    assert found.side == ("same" if value == 0.0 else "cannot tell")
    assert found.more_replicates == (0 if value == 0.0 else 19)


# --- symmetry, and what the tables do not depend on ---


def mirrored(difference: Difference) -> Difference:
    opposite = {"better": "worse", "worse": "better", "higher": "lower", "lower": "higher"}
    return replace(
        difference, a=difference.b, b=difference.a, mean_a=difference.mean_b, mean_b=difference.mean_a,
        difference=-difference.difference, low=-difference.high, high=-difference.low,
        p_better=1.0 - difference.p_better, p_low=1.0 - difference.p_high, p_high=1.0 - difference.p_low,
        side=opposite.get(difference.side, difference.side),
    )  # fmt: skip


def test_swapping_a_and_b_mirrors_exactly() -> None:
    scenarios = small()
    forth = compare(run_scenarios(scenarios, replicates=6)).differences
    back = compare(run_scenarios(dict(reversed(scenarios.items())), replicates=6)).differences
    for one, other in zip(forth, back, strict=True):
        mirror = mirrored(other)
        for name in Difference.__dataclass_fields__:
            mine, theirs = getattr(one, name), getattr(mirror, name)
            if isinstance(mine, float) and math.isnan(mine):
                assert math.isnan(theirs)
            elif name in ("p_better", "p_low", "p_high"):
                assert mine == pytest.approx(theirs, abs=1e-12)
            else:
                assert mine == theirs, (one.measure, name)


def test_tables_do_not_depend_on_workers_or_the_order_of_scenarios() -> None:
    scenarios = small()
    alone, together = (run_scenarios(scenarios, replicates=5, workers=workers) for workers in (1, 3))
    pd.testing.assert_frame_equal(outcomes_table(alone), outcomes_table(together), check_exact=True)
    pd.testing.assert_frame_equal(daily_table(alone), daily_table(together), check_exact=True)
    turned = run_scenarios(dict(reversed(scenarios.items())), replicates=5)
    for name in PAIR:
        for measure in OUTCOMES:
            np.testing.assert_array_equal(turned.values(name, measure), alone.values(name, measure))


def test_more_worlds_leave_those_that_were_there() -> None:
    scenarios = small()
    few, many = run_scenarios(scenarios, replicates=2), run_scenarios(scenarios, replicates=4)
    later = run_scenarios(scenarios, replicates=2, first=2)
    for name in PAIR:
        for measure in OUTCOMES:
            parts = np.concatenate([few.values(name, measure), later.values(name, measure)])
            np.testing.assert_array_equal(parts, many.values(name, measure))


def test_engines_give_the_same_tables() -> None:
    scenarios = small("world.people=80", "clock.days=5")
    bulk, agents = (run_scenarios(scenarios, replicates=2, engine=engine) for engine in ("bulk", "agents"))
    pd.testing.assert_frame_equal(outcomes_table(bulk), outcomes_table(agents), check_exact=True)
    pd.testing.assert_frame_equal(daily_table(bulk), daily_table(agents), check_exact=True)


# --- effort and notes ---


@pytest.mark.parametrize(
    ("totals", "equal"),
    [((100.0, 101.0), True), ((100.0, 101.1), False), ((0.0, 0.0), True), ((0.0, 1.0), False)],
)
def test_equal_effort_is_within_one_per_cent(totals: tuple[float, float], equal: bool) -> None:
    assert is_equal_effort(totals) is equal
    assert is_equal_effort(totals[::-1]) is equal


def test_clear_interval_does_not_seem_to_touch_zero() -> None:
    """Fewer people in backlash, by 0.1 and surely by more than none: said with as many digits as that takes."""
    chance = np.random.default_rng(3).normal(0.0, 1.0, 400)
    less = 0.097 + (chance - chance.mean()) * 0.65
    values = {
        "a": {"reach": [50.0] * 400, "backlash": list(5.0 + less)},
        "b": {"reach": [50.0] * 400, "backlash": [5.0] * 400},
    }
    found = compare(table_of(values), outcomes=("reach", "backlash"))
    backlash = found.differences[1]
    assert backlash.side == "better"
    assert -0.05 < backlash.high < 0.0
    near, far = (f"{abs(end):,.{digits}f}" for end, digits in ((backlash.high, 2), (backlash.low, 2)))
    assert f"draws 0.10 fewer people into backlash ({near} to {far})" in found.sentences[0]
    assert float(near) > 0.0


def test_unequal_effort_is_in_the_sentence() -> None:
    comparison = compare(run_scenarios(small("costs.staff_hour=10.0"), replicates=2))
    assert not comparison.equal_effort
    assert "at unequal effort" in comparison.sentences[0]


def test_scenarios_that_differ_in_more_than_strategy_get_a_note() -> None:
    plain = Scenario()
    other = plain.model_copy(update={"fatigue": plain.fatigue.model_copy(update={"half_life": 20.0})})
    poorer = plain.model_copy(
        update={"brand": plain.brand.model_copy(update={"quality": 0.5, "first_customers": 0.2})}
    )
    assert notes_on({"a": plain, "b": plain}) == ()
    assert "the rules" in notes_on({"a": plain, "b": other})[0]
    assert len(notes_on({"a": plain, "b": poorer})) == 2


def test_the_sentence_has_the_digits_of_the_table_and_says_once_what_is_the_same() -> None:
    numbers = (3.25, 0.0, -3.25, -4.77, -1.73, 1.0, 0.8, 1.0)
    difference = Difference(
        "backlash", "Backlash", "people", "less", "a", "b", 20, *numbers, "better", None, 1.0
    )
    efforts = [Effort(name, 0.0, 1.0, 0.0, 0.0, 1.0) for name in "ab"]
    assert "draws 3.25 fewer people into backlash (1.73 to 4.77)" in verdict_sentence(
        [difference], "a", "b", efforts
    )
    same = [replace(difference, measure=measure, side="same") for measure in ("reach", "backlash")]
    said = verdict_sentence(same, "a", "b", efforts)
    assert "b reaches as many people and draws as many into backlash, in every world, at equal" in said
