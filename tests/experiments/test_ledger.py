"""The ledger of assumptions: a verdict turns with what other plausible settings say, and the report says so."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from worthsharing.experiments.audit_report import questions_of
from worthsharing.experiments.compare import Comparison, Difference, compare, difference_of
from worthsharing.experiments.execute import Results, run_scenarios
from worthsharing.experiments.judge import Space
from worthsharing.experiments.ledger import (
    WORLDS,
    Ledger,
    entries_of,
    guesses_of,
    hinges,
    run_ledger,
    setting_of,
)
from worthsharing.experiments.report import render_report
from worthsharing.experiments.summary import comparison_document
from worthsharing.experiments.verdicts import SampledParameter
from worthsharing.sim.errors import InputError
from worthsharing.sim.messages import effort_of
from worthsharing.sim.scenario import Scenario, load_scenario

POINTS = 96
NAMES = ("customers_as_marketing_department", "be_worth_sharing")
A, B = NAMES


def parameter(path: str) -> SampledParameter:
    return SampledParameter(path, f"Meaning of {path}", "unit", 0.0, 1.0, "uniform", "X")


SPACE = Space(
    (parameter("p.first"), parameter("p.second")),
    (0.5, 0.5),
    np.random.default_rng(1).random((POINTS, 2)),
)


def worlds(gain: np.ndarray, noise: float = 0.05) -> dict[tuple[str, str], np.ndarray]:
    """Reach of both sides at every setting, B ahead of A by so much."""
    luck = np.random.default_rng(2).normal(0.0, noise, (POINTS, WORLDS))
    return {(A, "reach"): np.full((POINTS, WORLDS), 100.0), (B, "reach"): 100.0 + gain[:, None] + luck}


def here(gain: float) -> Difference:
    """What many worlds say at the values used."""
    ahead = 100.0 + gain + np.random.default_rng(3).normal(0.0, 0.1, 20)
    return difference_of("reach", A, B, np.full(20, 100.0), ahead)


def ledger(difference: Difference, gain: np.ndarray) -> Ledger:
    entries = entries_of([difference], worlds(gain), SPACE)
    return Ledger(entries, SPACE.parameters, ("brand.quality",), POINTS, WORLDS, (B,), 768, ())


def test_a_verdict_that_holds_everywhere_is_firm() -> None:
    (entry,) = ledger(here(5.0), np.full(POINTS, 3.0)).entries
    assert (entry.side, entry.footing) == ("better", "firm")
    assert entry.settings.clearly_holds == POINTS
    assert entry.sentence.startswith("Firm on reach: in 96 other plausible settings")
    assert f"{B} is clearly better in 100 %, clearly worse in 0 %" in entry.sentence


def test_the_sentence_turns_when_the_runs_turn() -> None:
    turning = ledger(here(5.0), np.where(SPACE.values[:, 0] > 0.6, -3.0, 3.0))
    (entry,) = turning.entries
    assert entry.footing == "hangs on guesses"
    assert entry.sentence.startswith("No firm verdict on reach, which hangs on guesses")
    assert [one.path for one in entry.deciders] == ["p.first"]
    assert "fails mostly where meaning of p.first (p.first) is above" in entry.sentence
    (hinge,) = hinges(turning)
    assert (hinge["path"], hinge["grade"]) == ("p.first", "X")
    assert turning.verdict_words(here(5.0)) == f"{B} is better here; hangs on guesses"
    assert "1 hangs on guesses (reach)" in turning.sentences(B)[-1]
    assert not turning.firm


def test_a_worse_side_is_firm_where_it_is_worse_and_turns_where_it_is_better() -> None:
    assert ledger(here(-5.0), np.full(POINTS, -3.0)).entries[0].footing == "firm"
    back = ledger(here(-5.0), np.full(POINTS, 3.0)).entries[0]
    assert back.footing == "hangs on guesses"
    assert "clearly worse in 0 %, clearly better in 100 %" in back.sentence


def test_luck_alone_is_no_firm_verdict_and_no_verdict_hangs_on_nothing() -> None:
    luck = np.random.default_rng(4).normal(0.0, 0.001, POINTS)
    assert ledger(here(5.0), luck).entries[0].footing != "firm"
    undecided = ledger(here(0.0), np.full(POINTS, 3.0))
    assert undecided.entries[0].footing == "no verdict"
    assert "clearly has more in 100 %" in undecided.entries[0].sentence
    assert not undecided.firm
    assert undecided.verdict_words(here(0.0)) == here(0.0).verdict


def test_an_outcome_of_which_less_is_better_turns_too() -> None:
    values = {
        (A, "backlash"): np.full((POINTS, WORLDS), 9.0),
        (B, "backlash"): np.full((POINTS, WORLDS), 4.0),
    }
    fewer = difference_of("backlash", A, B, np.full(20, 9.0), np.linspace(3.0, 5.0, 20))
    (entry,) = entries_of([fewer], values, SPACE)
    assert (entry.side, entry.footing) == ("better", "firm")


# ---- which guesses, and how they are varied ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def scenarios() -> dict[str, Scenario]:
    return {
        name: load_scenario(name, settings=("world.people=120", "clock.days=7")).scenario for name in NAMES
    }


@pytest.fixture(scope="module")
def results(scenarios: dict[str, Scenario]) -> Results:
    return run_scenarios(scenarios, replicates=3, workers=1)


@pytest.fixture(scope="module")
def comparison(results: Results) -> Comparison:
    return compare(results)


@pytest.fixture(scope="module")
def examined(results: Results, comparison: Comparison) -> Ledger:
    return run_ledger(results, comparison, points=24, workers=1)


def test_only_guesses_that_nobody_has_stated_are_varied(scenarios: dict[str, Scenario]) -> None:
    varied, held = guesses_of(scenarios)
    assert {info.grade for info in varied} == {"X", "D"}
    assert {"fatigue.half_life", "brand.quality"} <= {info.path for info in varied}
    assert not any(info.path.startswith("brand.series") for info in varied)  # these are the strategies
    assert held == ()
    quality = {B: load_scenario(B, settings=("brand.quality=0.6",)).scenario}
    varied, held = guesses_of({**scenarios, **quality})
    assert held == ("brand.quality",)
    assert "brand.quality" not in {info.path for info in varied}
    calm = {"calm": Scenario.model_validate({"mechanisms": {"fatigue": False}})}
    assert not any(info.path.startswith("fatigue") for info in guesses_of(calm)[0])


def test_both_sides_spend_the_same_at_every_setting(scenarios: dict[str, Scenario]) -> None:
    values = {"costs.staff_hour": 80.0}
    there = setting_of(scenarios, values, equalised=(B,))
    spent = [effort_of(one, one.brand)["effort"] for one in there.values()]
    assert spent[0] == pytest.approx(spent[1], rel=0.01)
    apart = setting_of(scenarios, values)
    spent = [effort_of(one, one.brand)["effort"] for one in apart.values()]
    assert spent[0] != pytest.approx(spent[1], rel=0.05)


def test_too_few_settings_are_refused(results: Results, comparison: Comparison) -> None:
    with pytest.raises(InputError, match="24 or more"):
        run_ledger(results, comparison, points=23)


def test_a_ledger_does_not_depend_on_the_workers(
    results: Results, comparison: Comparison, examined: Ledger
) -> None:
    assert run_ledger(results, comparison, points=24, workers=2) == examined
    assert len(examined.entries) == len(comparison.differences)
    assert {one.side for one in examined.entries} == {one.side for one in comparison.differences}


# ---- what a reader sees -------------------------------------------------------------------------------------------


def test_a_report_says_what_was_not_examined_and_which_command_would(
    results: Results, comparison: Comparison, read_page: Callable[[str], Any]
) -> None:
    text = read_page(render_report(results, comparison, "worthsharing compare a b", {})).text
    assert text.count("Not examined") >= 3
    assert "worthsharing compare a b --ledger 128" in text
    assert "worthsharing compare a b --audit" in text
    assert "worthsharing validate" in text
    words = [one.word for one in questions_of(comparison, None, (), "worthsharing compare a b")]
    assert words[1:] == ["not examined"] * 3
    document = comparison_document(results, comparison, "")
    assert document["ledger"] is None
    assert {one["footing"] for one in document["outcomes"]} == {"not examined"}


def test_a_refused_verdict_wears_no_colour(
    results: Results, comparison: Comparison, examined: Ledger, read_page: Callable[[str], Any]
) -> None:
    def pills(footing: Any) -> tuple[str, list[str], str]:
        side = {one.measure: one for one in comparison.differences}
        decided = dataclasses.replace(
            comparison,
            differences=tuple(
                dataclasses.replace(one, side="better" if one.measure == "reach" else "cannot tell")
                for one in side.values()
            ),
        )
        entries = tuple(
            dataclasses.replace(
                one,
                side="better" if one.measure == "reach" else "cannot tell",
                footing=footing if one.measure == "reach" else "no verdict",
            )
            for one in examined.entries
        )
        found = dataclasses.replace(examined, entries=entries)
        page = read_page(render_report(results, decided, "worthsharing compare a b", {}, ledger=found))
        tones = [
            str(attributes["class"])
            for _, attributes in page.elements
            if "pill" in str(attributes.get("class"))
        ]
        word = questions_of(decided, found, (), "")[1].word
        return page.text, tones, word

    text, tones, word = pills("firm")
    assert "pill s1" in tones
    assert word == "firm"
    assert "firm where guesses differ" in text
    text, tones, word = pills("hangs on guesses")
    assert "pill s1" not in tones
    assert word == "they do"
    assert "not all of it is firm" in text
    assert "Be worth sharing is better here; hangs on guesses" in text
