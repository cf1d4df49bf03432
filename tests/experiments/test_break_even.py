"""What would change a verdict: found on curves whose zero is known, said in words that follow from them."""

import json
import math

import pytest
from typer.testing import CliRunner

from worthsharing.dashboard.cli import app
from worthsharing.experiments.break_even import (
    BreakEven,
    Changes,
    Ends,
    at_value,
    break_evens,
    changes_sentence,
    found_on,
    moves_of,
    nearest_first,
)
from worthsharing.experiments.design import sampled_parameters
from worthsharing.experiments.execute import run_scenarios
from worthsharing.experiments.explain import Amount
from worthsharing.experiments.explain_figures import break_even_cells, curve_figure
from worthsharing.experiments.verdicts import SampledParameter
from worthsharing.sim.scenario import Scenario, load_scenario, parameters

NAMES = ("customers_as_marketing_department", "be_worth_sharing")
SMALL = ("world.people=200", "clock.days=10", "brand.first_customers=0.3")
LINEAR = SampledParameter(
    "fatigue.half_life", "Days until half is gone, at rest", "days", 0.0, 10.0, "uniform", "X"
)
LOG = SampledParameter(
    "attention.items_per_visit", "Items looked at", "items", 1.0, 100.0, "log-uniform", "A"
)


def small(name: str, *settings: str) -> Scenario:
    return load_scenario(name, settings=(*SMALL, *settings)).scenario


def line(values: list[float], rise: float, zero: float, reach: float) -> list[tuple[float, Amount]]:
    means = [(value, rise * (value - zero)) for value in values]
    return [(value, Amount(mean, mean - reach, mean + reach)) for value, mean in means]


def found(steps: list[tuple[float, Amount]], here: float, parameter: SampledParameter = LINEAR) -> BreakEven:
    at = next((amount for value, amount in steps if value == here), steps[0][1])
    return found_on(parameter, here, steps, at, "reach")


EVERY = [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]


def test_the_zero_of_a_line_is_found_with_where_its_band_is_zero() -> None:
    one = found(line(EVERY, rise=3.0, zero=7.0, reach=3.0), here=2.0)
    assert one.word == "changes it"
    assert (one.value, one.low, one.high) == pytest.approx((7.0, 6.0, 8.0), abs=0.05)
    assert one.other == pytest.approx(0.3, abs=0.01)
    assert one.crossings == 1
    assert "above 7 (6 to 8) the verdict is the other one" in one.sentence
    assert "30 % of that range" in one.sentence
    assert "a guess (grade X)" in one.sentence


def test_on_a_logarithmic_scale_shares_are_of_the_logarithm() -> None:
    steps = [
        (10.0**power, Amount(1.0 - power, 0.8 - power, 1.2 - power)) for power in (0.0, 0.5, 1.0, 1.5, 2.0)
    ]
    one = found(steps, here=1.0, parameter=LOG)
    assert one.value == pytest.approx(10.0, rel=1e-6)
    assert (one.low, one.high) == pytest.approx((10**0.8, 10**1.2), rel=1e-3)
    assert one.other == pytest.approx(0.5, abs=0.01)
    assert "guess" not in one.sentence


def test_a_line_without_a_zero_changes_nothing() -> None:
    one = found(line(EVERY, rise=3.0, zero=-2.0, reach=3.0), here=2.0)
    assert one.word == "never changes it"
    assert math.isnan(one.value)
    assert one.other == 0.0
    assert "where the difference is least it is +6" in one.sentence


def test_a_band_that_reaches_zero_cannot_be_told() -> None:
    one = found(line(EVERY, rise=3.0, zero=-2.0, reach=7.0), here=4.0)
    assert one.word == "cannot tell"
    assert "cannot be told" in one.sentence


def test_where_there_is_no_verdict_none_is_said_to_change() -> None:
    one = found(line(EVERY, rise=3.0, zero=7.0, reach=30.0), here=2.0)
    assert "the difference has the other sign" in one.sentence
    assert "verdict is" not in one.sentence


def test_an_interval_that_leaves_the_range_says_so() -> None:
    one = found(line(EVERY, rise=3.0, zero=9.5, reach=3.0), here=2.0)
    assert one.high == pytest.approx(10.0)
    assert "to above 10)" in one.sentence


def test_of_several_zeros_the_nearest_is_taken() -> None:
    means = [-3.0, 3.0, 3.0, 3.0, 3.0, -3.0]
    steps = [(value, Amount(mean, mean - 0.1, mean + 0.1)) for value, mean in zip(EVERY, means, strict=True)]
    one = found(steps, here=6.0)
    assert one.crossings == 2
    assert one.value > 8.0
    assert "crosses zero at 2 values" in one.sentence


def test_what_comes_nearest_to_the_other_sign_is_first() -> None:
    ends = [Ends(LINEAR, 5.0, 9.0), Ends(LINEAR, -1.0, 7.0), Ends(LINEAR, math.nan, 2.0)]
    assert nearest_first(ends, at=6.0) == [1, 2, 0]
    assert nearest_first([Ends(LINEAR, -5.0, -9.0), Ends(LINEAR, 1.0, -7.0)], at=-6.0) == [1, 0]


CLEAR = Amount(30.0, 20.0, 40.0)


def changes(*found_: BreakEven, at: Amount = CLEAR) -> Changes:
    return Changes("reach", "Reach", "people", at, (), found_, "")


def test_the_answer_turns_with_what_was_found() -> None:
    yes = found(line(EVERY, rise=3.0, zero=7.0, reach=3.0), here=2.0)
    no = found(line(EVERY, rise=3.0, zero=-2.0, reach=3.0), here=2.0)
    maybe = found(line(EVERY, rise=3.0, zero=-2.0, reach=7.0), here=4.0)
    said = changes_sentence(changes(yes, no), ("A", "B"), 86)
    assert said == (
        "The verdict in reach would be the other one with days until half is gone above 7 (used: 2; 30 % of its plausible "
        "range, a guess (grade X))."
    )
    never = changes_sentence(changes(no), ("A", "B"), 86)
    assert (
        never
        == "No parameter alone changes the verdict in reach anywhere in its plausible range, of 86 that were tried."
    )
    assert "cannot be told" in changes_sentence(changes(no, maybe), ("A", "B"), 86)
    nothing = changes_sentence(changes(yes, at=Amount(1.0, -2.0, 4.0)), ("A", "B"), 86)
    assert nothing.startswith("There is no verdict")


def test_only_what_is_the_same_is_moved_in_both_and_levers_on_their_side() -> None:
    pair = {name: small(name) for name in NAMES}
    moves = moves_of(pair, sampled_parameters())
    both = {move.info.path for move in moves if move.only is None}
    assert "fatigue.half_life" in both
    assert {(move.info.path, move.only) for move in moves if move.only} == {
        (f"brand.series.0.{name}", side) for name in ("value", "pressure") for side in NAMES
    }
    other = {"a": pair[NAMES[0]], "b": small(NAMES[1], "brand.quality=0.7", "mechanisms.fatigue=false")}
    assert "brand.quality" not in {move.info.path for move in moves_of(other, sampled_parameters())}
    lever = next(move for move in moves if move.only == NAMES[1] and move.info.path.endswith("value"))
    made = at_value(pair, lever, 0.9)
    assert made[NAMES[1]].brand.series[0].value == 0.9
    assert made[NAMES[0]] == pair[NAMES[0]]


def test_every_end_of_every_range_is_a_scenario() -> None:
    pair = {name: small(name) for name in NAMES}
    for move in moves_of(pair, sampled_parameters()):
        for value in (move.parameter.low, move.parameter.high):
            made = at_value(pair, move, value)
            assert made[move.only or NAMES[0]] != pair[move.only or NAMES[0]] or value == move.here


def test_what_is_drawn_is_what_was_run() -> None:
    pair = {name: small(name) for name in NAMES}
    space = [info for info in parameters() if info.path in ("brand.first_customers", "sharing.usual_reward")]
    found_ = break_evens(pair, outcomes=("reach",), replicates=3, space=space)
    (one,) = found_.changes
    assert len(one.found) == len(space) + 2
    for found_one in one.found:
        assert (
            dict(found_one.steps).get(found_one.here, one.at) == one.at
        )  # the value used gives what there is
        low, high = found_one.steps[0][0], found_one.steps[-1][0]
        assert (low, high) == pytest.approx((found_one.parameter.low, found_one.parameter.high))
        (line_drawn,) = [
            trace for trace in curve_figure(found_one, "people").data if trace.mode == "lines+markers"
        ]
        assert list(line_drawn.y) == [amount.mean for _, amount in found_one.steps]
    by_path = {found_one.parameter.path: found_one for found_one in one.found}
    results = run_scenarios(
        {
            name: one_of.model_copy(
                update={"sharing": one_of.sharing.model_copy(update={"usual_reward": 50.0})}
            )
            for name, one_of in pair.items()
        },
        replicates=3,
    )
    delta = results.values(NAMES[1], "reach") - results.values(NAMES[0], "reach")
    assert by_path["sharing.usual_reward"].steps[-1][1].mean == pytest.approx(delta.mean())
    assert len(break_even_cells(one).rows) == len(one.found)


def test_the_command_says_what_would_change(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from worthsharing.experiments import break_even

    few = [info for info in sampled_parameters() if info.path in ("brand.quality", "fatigue.half_life")]
    monkeypatch.setattr(break_even, "sampled_parameters", lambda: few)
    options = [
        "--people",
        "200",
        "--days",
        "7",
        "--replicates",
        "2",
        "--store",
        f"{tmp_path}/store",
        "--outcome",
        "reach",
    ]
    said = CliRunner().invoke(
        app, ["explain", *NAMES, "--break-even", *options, "--json", "--out", f"{tmp_path}/out"]
    )
    assert said.exit_code == 0, said.output
    document = json.loads(said.stdout)
    assert "--break-even" in document["command"]
    assert document["parameters"] == 6
    assert len(document["changes"][0]["found"]) == 4
    assert any(file.endswith("break_even.html") for file in document["files"])
    table = CliRunner().invoke(app, ["explain", *NAMES, "--break-even", *options], env={"COLUMNS": "80"})
    assert document["changes"][0]["sentence"] in " ".join(table.stdout.split())
