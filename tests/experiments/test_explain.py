"""Explanations: parts that sum, sentences that follow from their table, and changes that make B of A."""

import dataclasses
import doctest
import itertools
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from worthsharing.dashboard.cli import app
from worthsharing.experiments import explain as explaining
from worthsharing.experiments.compare import compare, difference_of
from worthsharing.experiments.differing import changes_between, matched_series, put_together
from worthsharing.experiments.execute import run_scenarios
from worthsharing.experiments.explain import (
    NONE,
    Amount,
    Explanation,
    Part,
    Player,
    Split,
    amount_of,
    difference_game,
    explain,
    idle_mechanisms,
    interaction_sentence,
    mechanism_game,
    sentence_of,
    share_of,
)
from worthsharing.experiments.explain_figures import split_cells, waterfall_figure, waterfall_table
from worthsharing.experiments.report import render_report
from worthsharing.experiments.store import RunStore
from worthsharing.sim.errors import InputError
from worthsharing.sim.run import simulate
from worthsharing.sim.scenario import Scenario, Series, bundled_names, load_scenario

DOCUMENT = Path(__file__).parents[2] / "docs" / "why.md"
SMALL = ("world.people=200", "clock.days=10", "brand.first_customers=0.3")
NAMES = ("customers_as_marketing_department", "be_worth_sharing")


def small(name: str, *settings: str) -> Scenario:
    return load_scenario(name, settings=(*SMALL, *settings)).scenario


@pytest.fixture(scope="module")
def pair() -> dict[str, Scenario]:
    return {name: small(name) for name in NAMES}


@pytest.fixture(scope="module")
def explanation(pair: dict[str, Scenario]) -> Explanation:
    return explain(pair, replicates=4, outcomes=("reach", "backlash", "noise"), workers=2)


# --- the games ---


def test_parts_sum_to_the_difference_that_compare_finds(
    pair: dict[str, Scenario], explanation: Explanation
) -> None:
    results = run_scenarios(pair, replicates=4)
    assert {answer.question for answer in explanation.answers} == {"mechanisms", "differences"}
    for answer in explanation.answers:
        for split in answer.splits:
            a, b = (results.values(name, split.measure) for name in NAMES)
            assert split.whole.mean == pytest.approx(float((b - a).mean()), abs=1e-9)
            assert abs(math.fsum(part.amount.mean for part in split.parts) - split.whole.mean) < 1e-9
            found = difference_of(split.measure, *NAMES, a, b)
            assert (split.whole.low, split.whole.high) == pytest.approx((found.low, found.high))
            for part in split.parts:
                if part.in_a is not None and part.in_b is not None:
                    assert part.in_b.mean - part.in_a.mean == pytest.approx(part.amount.mean, abs=1e-9)


def test_only_what_is_at_work_is_a_player(pair: dict[str, Scenario]) -> None:
    a, b = pair.values()
    players = {player.id for player in mechanism_game(a, b).players}
    assert players.isdisjoint({"visibility", "sharing", "adoption", "shocks"})
    assert "rewards" in players
    assert "rewards" not in {player.id for player in mechanism_game(b, small("give_first")).players}


@pytest.mark.parametrize("name", ["be_worth_sharing", "customers_as_marketing_department"])
def test_what_is_not_at_work_changes_nothing(name: str) -> None:
    scenario = small(name)
    for idle in idle_mechanisms(scenario):
        off = scenario.mechanisms.model_copy(update={idle: False})
        assert np.array_equal(
            simulate(scenario).tally, simulate(scenario.model_copy(update={"mechanisms": off})).tally
        )


def test_nobody_is_a_and_everybody_is_b(pair: dict[str, Scenario]) -> None:
    a, b = pair.values()
    game = difference_game(a, b)
    assert game.at(0)[0].key == a.key
    assert game.at((1 << len(game.players)) - 1)[0].key == b.key


def test_the_same_scenario_needs_no_explanation(pair: dict[str, Scenario]) -> None:
    a = pair[NAMES[0]]
    found = explain({"one": a, "other": a.model_copy(update={"title": "another title"})})
    assert found.answers == ()
    assert "nothing differs" in found.notes[0]


def test_a_mechanism_that_is_on_in_one_scenario_only_is_a_player_and_a_difference() -> None:
    a, b = small("be_worth_sharing"), small("be_worth_sharing", "mechanisms.fatigue=false")
    assert "fatigue" in {player.id for player in mechanism_game(a, b).players}
    assert [change.id for change in changes_between(a, b)] == ["mechanisms.fatigue"]
    found = explain({"a": a, "b": b}, replicates=3, outcomes=("noise",))
    (split,) = found.answers[0].splits
    assert len(split.parts) == 1
    assert split.parts[0].amount == split.whole
    fatigue = next(part for part in found.answers[1].splits[0].parts if part.player.id == "fatigue")
    assert fatigue.in_b is not None
    assert fatigue.in_b.mean == 0.0  # it is off in B, whoever else is on


@pytest.mark.parametrize(
    ("a", "b"),
    [
        *((name, "scandal_delete") for name in bundled_names()),
        (NAMES[0], "silence"),
        ("silence", "give_first"),
    ],
)
def test_every_combination_of_changes_is_a_scenario(a: str, b: str) -> None:
    one, other = load_scenario(a).scenario, load_scenario(b).scenario
    changes = changes_between(one, other)
    assert len({change.id for change in changes}) == len(changes)
    assert len(changes) <= 12
    plain = {"title": "", "claim": ""}
    for coalition in range(1 << len(changes)) if len(changes) <= 6 else (0, 1, 5, (1 << len(changes)) - 2):
        made = [change for place, change in enumerate(changes) if coalition >> place & 1]
        assert put_together(one, other, made, everything=False).model_copy(update=plain) is not None
    if (
        changes
    ):  # all of them together make B, without being told so; in which order its series stand does not matter
        made_b = put_together(one, other, changes, everything=False)
        for field in Scenario.model_fields:
            if field not in ("title", "claim", "brand"):
                assert getattr(made_b, field) == getattr(other, field)
        left, right = made_b.brand.model_dump(), other.brand.model_dump()
        series = [sorted(brand.pop("series"), key=lambda entry: entry["name"]) for brand in (left, right)]
        assert left == right
        assert series[0] == series[1]


def test_what_makes_no_sense_alone_stays_together(pair: dict[str, Scenario]) -> None:
    a, b = pair.values()
    found = {change.label: (change.id, change.said) for change in changes_between(a, b)}
    assert list(found) == ["kind of posts", "value of posts", "promotional pressure", "reward"]
    assert found["reward"] == (
        "brand.series.offers.reward+brand.series.offers.rewards_per_post",
        "reward 5 → 0; rewards per post 12 → 0",
    )
    assert found["value of posts"][1] == "0.2 → 0.5"
    feigned = changes_between(small("two_way_engagement"), small("feigned_engagement"))
    assert [change.label for change in feigned] == ["how the brand answers"]
    more_leave = ("leaving.silent=0.1", "leaving.hide=0.7", "leaving.tell_friends=0.2")
    (leaving,) = changes_between(a, small(NAMES[0], *more_leave))
    assert leaving.label == "ways of leaving"
    silenced = changes_between(a, a.silenced)
    assert [change.said for change in silenced] == ["publishing → silent"]


def test_series_are_matched_by_name_then_kind_then_order() -> None:
    def named(name: str, kind: Any = "useful") -> Series:
        return Series(name=name, kind=kind)

    a = (named("x", "offer"), named("y"), named("z", "product"))
    b = (named("y", "offer"), named("v", "product"))
    matched, dropped, added = matched_series(a, b)
    assert [(one.name, other.name) for one, other in matched] == [("y", "y"), ("z", "v")]
    assert [one.name for one in dropped] == ["x"]
    assert added == []


def test_less_time_gives_wider_intervals_and_at_least_three_worlds(pair: dict[str, Scenario]) -> None:
    asked = {"questions": ("differences",), "outcomes": ("reach", "noise", "shares", "attitude_all")}
    few = explain(pair, replicates=40, seconds=0.01, **asked).answers[0]
    assert 3 <= few.worlds <= 4
    many = explain(pair, replicates=9, **asked).answers[0]
    wider = [
        (one.whole.high - one.whole.low) / (other.whole.high - other.whole.low)
        for one, other in zip(few.splits, many.splits, strict=True)
    ]
    assert sum(wider) > len(
        wider
    )  # three times as wide is expected, and three worlds may be alike in one outcome
    hurried = explain(pair, seconds=0.01, outcomes=("reach",))
    assert [answer.worlds for answer in hurried.answers] == [3, 3]
    assert hurried == explain(pair, replicates=3, outcomes=("reach",))


def test_what_was_run_is_found_and_gives_the_same(pair: dict[str, Scenario], tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        first = explain(pair, replicates=2, store=store, outcomes=("reach",), workers=1)
        kept = len(store)
        again = explain(pair, replicates=2, store=store, outcomes=("reach",), workers=2)
        assert len(store) == kept > 0
    assert again == first == explain(pair, replicates=2, outcomes=("reach",))


def test_intervals_of_shares_hold_what_they_promise() -> None:
    """In 600 samples of 15 worlds the 95 % interval of a share leaves out the truth in about 30."""
    chance = np.random.default_rng(1)
    whole = chance.normal(10.0, 2.0, size=(600, 15))
    part = 0.3 * whole + chance.normal(1.0, 0.1, size=(600, 15))
    missed = 0
    for one, all_of_it in zip(part, whole, strict=True):
        share = share_of(one, all_of_it)
        missed += not share.low <= 0.4 <= share.high
    assert 15 <= missed <= 48


def test_wrong_use_is_said(pair: dict[str, Scenario]) -> None:
    with pytest.raises(InputError, match="no outcome 'fame'"):
        explain(pair, outcomes=("fame",))
    with pytest.raises(InputError, match="give two"):
        explain({"one": pair[NAMES[0]]})
    with pytest.raises(InputError, match="no interval"):
        explain(pair, replicates=1)


# --- sentences follow from their table ---


def split_with(whole: Amount, *parts: tuple[str, float, float]) -> Split:
    """A table of parts: id, share and how far its interval reaches."""
    made = tuple(
        Part(
            Player(id_, f"the {id_}" if id_ != NONE else "with none", ""),
            Amount(share * whole.mean, *sorted(((share - reach) * whole.mean, (share + reach) * whole.mean))),
            Amount(share, share - reach, share + reach) if whole.is_clear else explaining.NO_AMOUNT,
        )
        for id_, share, reach in parts
    )
    return Split("reach", "Reach", "people", "more", whole, made, (), 1, 20, "")


LEAD = Amount(100.0, 90.0, 110.0)


def test_the_sentence_names_what_is_clear_with_its_share() -> None:
    split = split_with(LEAD, ("tiger", 0.62, 0.05), ("lion", 0.30, 0.10), ("mouse", 0.08, 0.20))
    said = sentence_of(split, "mechanisms", ("A", "B"))
    assert said == (
        "Against A, B is higher in reach by 100 people (90 to 110). 62 % (57 to 67) of that is the tiger and "
        "30 % (20 to 40) the lion."
    )


def test_the_sentence_turns_with_the_table() -> None:
    behind = dataclasses.replace(
        split_with(Amount(-100.0, -110.0, -90.0), ("tiger", 1.3, 0.1), ("lion", -0.3, 0.1))
    )
    said = sentence_of(behind, "differences", ("A", "B"))
    assert said == (
        "Against A, B is lower in reach by 100 people (90 to 110). 130 % (120 to 140) of that is the tiger; the lion "
        "(−30 %, −40 to −20) works against it."
    )
    only_against = sentence_of(split_with(LEAD, ("lion", -0.3, 0.1)), "mechanisms", ("A", "B"))
    assert only_against.endswith("The lion (−30 %, −40 to −20) works against it.")
    nobody = sentence_of(split_with(LEAD, (NONE, 0.5, 0.1), ("lion", 0.1, 0.2)), "mechanisms", ("A", "B"))
    assert nobody.endswith("50 % (40 to 60) of that is there with none of them.")
    split = split_with(LEAD, ("lion", 0.4, 0.1))
    (lion,) = split.parts
    wide = dataclasses.replace(
        lion, amount=Amount(40.0, -5.0, 85.0)
    )  # few worlds: the share alone looks sure
    said = sentence_of(dataclasses.replace(split, parts=(wide,)), "mechanisms", ("A", "B"))
    assert said.endswith("No mechanism alone can be told to do any of it yet.")
    unclear = sentence_of(split_with(LEAD, ("lion", 0.1, 0.2)), "mechanisms", ("A", "B"))
    assert unclear.endswith("No mechanism alone can be told to do any of it yet.")


def test_no_share_is_given_of_what_is_not_there() -> None:
    split = split_with(Amount(1.0, -5.0, 7.0), ("tiger", 0.6, 0.1))
    said = sentence_of(split, "mechanisms", ("A", "B"))
    assert "cannot be told yet" in said
    assert "%" not in said
    same = sentence_of(split_with(Amount(0.0, 0.0, 0.0)), "mechanisms", ("A", "B"))
    assert same == "A and B are exactly the same in reach, in every world."
    missing = sentence_of(split_with(explaining.NO_AMOUNT), "mechanisms", ("A", "B"))
    assert "not available" in missing


def test_the_largest_interaction_is_said_with_its_sign() -> None:
    one, other = Player("a", "tigers", ""), Player("b", "lions", "")
    split = dataclasses.replace(
        split_with(LEAD), interactions=(explaining.Interaction(one, other, Amount(-20.0, -25.0, -15.0)),)
    )
    assert interaction_sentence(split) == (
        "Together, tigers and lions move the difference by −20.0 people (−25.0 to −15.0) beyond what they do apart."
    )
    unsure = dataclasses.replace(
        split, interactions=(explaining.Interaction(one, other, Amount(-20.0, -45.0, 15.0)),)
    )
    assert "cannot be told yet" in interaction_sentence(unsure)


def test_every_number_of_a_sentence_stands_in_its_table(explanation: Explanation) -> None:
    for answer in explanation.answers:
        for split in answer.splits:
            cells = split_cells(split, answer.question, ("A", "B"))
            shares = {row[2].partition(" %")[0] for row in cells.rows}
            assert set(re.findall(r"(−?\d+) %", split.sentence)) <= shares
            size = re.search(r" by ([\d.,]+) ", split.sentence)
            if size is not None:
                assert cells.rows[-1][1].lstrip("+−").startswith(size[1])
            for part in split.parts:  # what is named is clear, and what is not clear is not named
                named = part.player.label in split.sentence
                assert not named or (part.share.is_clear and part.amount.is_clear)


# --- figures ---


def test_a_waterfall_leads_to_the_difference(explanation: Explanation) -> None:
    for answer in explanation.answers:
        for split in answer.splits:
            bars = waterfall_table(split)
            assert bars[-1].whole
            assert bars[-2].ends == pytest.approx(bars[-1].ends, abs=1e-9)
            assert all(bar.begins == before.ends for before, bar in itertools.pairwise(bars[:-1]))
            drawn = [trace for trace in waterfall_figure(bars, split.unit).data if trace.type == "bar"]
            assert [trace.x[0] for trace in drawn] == pytest.approx([bar.ends - bar.begins for bar in bars])


def test_bars_wear_the_colour_of_whom_they_favour() -> None:
    split = split_with(Amount(-100.0, -110.0, -90.0), ("tiger", 1.3, 0.1), ("lion", -0.3, 0.1))
    assert [bar.tone for bar in waterfall_table(split)] == ["a", "b", "a"]
    less = dataclasses.replace(split, better="less")
    assert [bar.tone for bar in waterfall_table(less)] == ["b", "a", "b"]


def test_amounts_of_few_worlds_are_honest() -> None:
    assert amount_of(np.array([3.0])) == Amount(3.0, -math.inf, math.inf)
    assert math.isnan(amount_of(np.array([])).mean)
    assert amount_of(np.array([1.0, 3.0])).high > 14.0  # Student's t with one degree of freedom


# --- the document and the command ---


def test_the_document_of_explaining_is_true() -> None:
    outcome = doctest.testfile(str(DOCUMENT), module_relative=False, encoding="utf-8")
    assert outcome.attempted > 15
    assert outcome.failed == 0


def test_a_comparison_can_be_explained(pair: dict[str, Scenario], explanation: Explanation) -> None:
    results = run_scenarios(pair, replicates=4)
    page = render_report(results, compare(results), "compare", {}, explanation=explanation)
    for answer in explanation.answers:
        for split in answer.splits:
            assert f'id="plot-{answer.question}-{split.measure}"' in page
    assert "plot-mechanisms-reach" not in render_report(results, compare(results), "compare", {})


def test_the_command_explains(tmp_path: Path) -> None:
    options = ["--people", "200", "--days", "10", "--replicates", "3", "--store", str(tmp_path / "store")]
    said = CliRunner().invoke(app, ["explain", *NAMES, *options, "--outcome", "reach", "--json"])
    assert said.exit_code == 0, said.output
    document = json.loads(said.stdout)
    assert document["command"].startswith("worthsharing explain")
    assert [answer["question"] for answer in document["answers"]] == ["differences", "mechanisms"]
    (split,) = document["answers"][1]["splits"]
    assert math.fsum(part["amount"]["mean"] for part in split["parts"]) == pytest.approx(
        split["whole"]["mean"]
    )
    out = tmp_path / "out"
    table = CliRunner().invoke(
        app,
        ["explain", *NAMES, *options, "--outcome", "reach", "--out", str(out), "--csv"],
        env={"COLUMNS": "80"},
    )
    assert table.exit_code == 0, table.output
    assert max(len(line.rstrip()) for line in table.stdout.splitlines() if "/" not in line) <= 80
    assert split["sentence"] in " ".join(table.stdout.split())
    assert sorted(file.name for file in out.iterdir()) == [
        "explain.html",
        "explain.json",
        "explain_interactions.csv",
        "explain_interactions.parquet",
        "explain_parts.csv",
        "explain_parts.parquet",
    ]
    page = (out / "explain.html").read_text(encoding="utf-8")
    assert "plot-mechanisms-reach" in page
    assert "http" not in page.split("<body>")[1].split('<script type="application/json"')[0]


@pytest.mark.parametrize(
    "words",
    [
        ["be_worth_sharing"],
        [*NAMES, "--outcome", "fame"],
        [*NAMES, "--break-even", "--seconds", "5"],
    ],
)
def test_wrong_words_end_with_two(words: list[str]) -> None:
    result = CliRunner().invoke(app, ["explain", *words, "--people", "50", "--days", "2"])
    assert result.exit_code == 2
