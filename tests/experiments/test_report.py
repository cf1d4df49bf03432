"""The report is one file that needs nobody, says what the comparison says, and cannot be hijacked by a title."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from worthsharing.experiments.compare import Comparison, compare
from worthsharing.experiments.execute import Results, run_scenarios
from worthsharing.experiments.figures import CONFIG
from worthsharing.experiments.ledger import assumptions, values_at
from worthsharing.experiments.report import render_report, write_report
from worthsharing.experiments.tables import daily_table, outcomes_table, results_of_tables
from worthsharing.sim.scenario import Scenario, load_scenario

COMMAND = "worthsharing compare a b --seed 1"
SETTINGS = ("world.people=150", "clock.days=10")
NAMES = ("customers_as_marketing_department", "be_worth_sharing", "silence")
HOSTILE = "</script><script>alert('title')</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def results() -> Results:
    scenarios = {name: load_scenario(name, settings=SETTINGS).scenario for name in NAMES}
    return run_scenarios(scenarios, replicates=3, workers=1)


@pytest.fixture(scope="module")
def pair(results: Results) -> Results:
    return only(results, NAMES[:2])


def only(results: Results, names: tuple[str, ...]) -> Results:
    return dataclasses.replace(results, scenarios={name: results.scenarios[name] for name in names})


@pytest.fixture(scope="session")
def page_of(read_page: Callable[[str], Any]) -> Callable[[Results, Comparison | None], Any]:
    return lambda results, comparison: read_page(render_report(results, comparison, COMMAND, {}))


def test_it_is_one_file_that_asks_nobody_for_anything(
    pair: Results, tmp_path: Path, read_page: Callable[[str], Any]
) -> None:
    path = write_report(tmp_path / "report.html", pair, compare(pair), COMMAND, {})
    assert 1e6 < path.stat().st_size < 2e6
    page = read_page(path.read_text(encoding="utf-8"))
    for tag, attributes in page.elements:
        assert tag not in {"link", "iframe", "img", "object", "embed", "base", "form"}
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
    assert len(page.scripts) == 3
    style = path.read_text(encoding="utf-8").split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert next(attributes for tag, attributes in page.elements if tag == "html") == {"lang": "en"}


def test_the_same_results_give_the_same_bytes(pair: Results) -> None:
    assert render_report(pair, compare(pair), COMMAND, {}) == render_report(pair, compare(pair), COMMAND, {})


def test_it_says_what_the_comparison_says(pair: Results, page_of: Callable[..., Any]) -> None:
    comparison = compare(pair)
    text = page_of(pair, comparison).text
    for difference in comparison.differences:
        assert difference.label in text
        assert difference.verdict.replace("be_worth_sharing", "Be worth sharing") in text
    for expected in (
        "Verdict",
        "How to read this",
        "not examined",
        COMMAND,
        "Staff hours",
        "rules",
        "numba",
    ):
        assert expected.lower() in text.lower()


def test_charts_carry_the_one_config_and_both_themes(pair: Results, page_of: Callable[..., Any]) -> None:
    figures = json.loads(page_of(pair, compare(pair)).scripts[0])
    assert figures["config"] == CONFIG
    assert set(figures["charts"]) == {"reach", "backlash", "parts", "sources", "costs"}
    assert all(set(themes) == {"light", "dark"} for themes in figures["charts"].values())


def turned(comparison: Comparison) -> Comparison:
    """The same comparison with every verdict the other way round."""
    other = {"better": "worse", "worse": "better"}
    differences = tuple(
        dataclasses.replace(one, side=other.get(one.side, one.side)) for one in comparison.differences
    )
    return dataclasses.replace(
        comparison,
        differences=differences,
        sentences=("It is all the other way round, be_worth_sharing says.",),
    )


def pills(page: Any) -> list[str]:
    return [
        str(attributes["class"])
        for tag, attributes in page.elements
        if "pill" in str(attributes.get("class"))
    ]


def test_no_verdict_is_written_into_the_report(pair: Results, page_of: Callable[..., Any]) -> None:
    sides = ["better", "worse", "cannot tell", "same", "higher", "lower", "not available"]
    comparison = compare(pair)
    made_up = dataclasses.replace(
        comparison,
        differences=tuple(
            dataclasses.replace(comparison.differences[place], side=side, more_replicates=41)
            for place, side in enumerate(sides)
        ),
        sentences=("It is so.",),
        equal_effort=True,
    )
    page, back = page_of(pair, made_up), page_of(pair, turned(made_up))
    assert "It is so." in page.text
    assert "It is all the other way round, Be worth sharing says." in " ".join(back.text.split()).replace(
        " ,", ","
    )
    assert pills(page) == ["pill s1", "pill s0", "pill open", *["pill neutral"] * 4]
    assert pills(back) == ["pill s0", "pill s1", "pill open", *["pill neutral"] * 4]
    assert "Be worth sharing is better" in page.text
    assert "about 41 more replicates would" in page.text
    assert "At unequal effort" not in page.text
    unequal = page_of(pair, dataclasses.replace(made_up, equal_effort=False))
    assert "At unequal effort" in unequal.text
    assert "Equal effort" not in unequal.text


def test_hostile_titles_names_notes_and_commands_are_shown_as_text(
    pair: Results, read_page: Callable[[str], Any]
) -> None:
    scenarios = {
        HOSTILE: pair.scenarios[NAMES[0]].model_copy(update={"title": HOSTILE, "claim": HOSTILE}),
        NAMES[1]: pair.scenarios[NAMES[1]],
    }
    outcomes, daily = outcomes_table(pair), daily_table(pair)
    renamed = results_of_tables(
        scenarios,
        pair.seed,
        outcomes.assign(scenario=outcomes["scenario"].replace(NAMES[0], HOSTILE)),
        daily.assign(scenario=daily["scenario"].replace(NAMES[0], HOSTILE)),
        notes=(HOSTILE,),
    )
    page = read_page(render_report(renamed, compare(renamed), HOSTILE, {"provenance": {HOSTILE: HOSTILE}}))
    assert len(page.scripts) == 3
    assert not any(
        tag == "img" or any(name.startswith("on") for name in attributes) for tag, attributes in page.elements
    )
    assert HOSTILE in page.text
    json.loads(page.scripts[0])


def test_three_scenarios_are_compared_with_the_first(results: Results, page_of: Callable[..., Any]) -> None:
    page = page_of(results, compare(results))
    headings = [attributes["id"] for tag, attributes in page.elements if tag == "h2" and "id" in attributes]
    assert [name for name in headings if str(name).startswith("outcomes")] == ["outcomes-1", "outcomes-2"]
    assert "Effort of all sides" in page.text


def test_one_scenario_has_a_report_too(results: Results, page_of: Callable[..., Any]) -> None:
    one = only(results, NAMES[:1])
    page = page_of(one, None)
    assert "There is nothing to compare it with" in page.text
    assert "Every measure" in page.text
    assert not pills(page)


def test_tables_can_be_read_aloud(pair: Results, page_of: Callable[..., Any]) -> None:
    page = page_of(pair, compare(pair))
    headers = [attributes for tag, attributes in page.elements if tag == "th"]
    assert headers
    assert all(attributes.get("scope") in {"col", "row"} for attributes in headers)
    assert sum(tag == "main" for tag, _ in page.elements) == sum(tag == "h1" for tag, _ in page.elements) == 1


def test_assumptions_are_of_mechanisms_that_are_on() -> None:
    def paths(scenario: Scenario) -> set[str]:
        return {one.path for _, group in assumptions({"it": scenario}) for one in group}

    everything = paths(Scenario())
    calm = paths(Scenario.model_validate({"mechanisms": {"fatigue": False, "rewards": False}}))
    assert {"fatigue.half_life", "sharing.reward_multiplier"} <= everything - calm
    assert not any(path.startswith("contagion") for path in everything)
    grades = {one.grade for _, group in assumptions({"it": Scenario()}) for one in group}
    assert grades <= {"X", "D"}


def test_what_a_scenario_changed_is_marked_with_its_values() -> None:
    low = load_scenario("customers_as_marketing_department").scenario
    found = {one.path: one for _, group in assumptions({"low": low, "usual": Scenario()}) for one in group}
    value = found["brand.series.value"]
    assert value.changed
    assert value.used == "low: 0.2; usual: 0.5"
    assert not found["fatigue.half_life"].changed


def test_values_of_a_series_are_those_of_each() -> None:
    two = Scenario.model_validate(
        {"brand": {"series": [{"name": "a", "value": 0.1}, {"name": "b", "value": 0.9}]}}
    )
    assert values_at(two, "brand.series.0.value") == [0.1, 0.9]
    assert values_at(two, "fatigue.half_life") == [two.fatigue.half_life]


def test_a_silent_brand_has_no_values_of_posts() -> None:
    silent = load_scenario("silence").scenario
    found = {
        one.path: one for _, group in assumptions({"silence": silent, "usual": Scenario()}) for one in group
    }
    assert found["brand.series.value"].used == "0.5"
    assert "brand.series.value" not in {
        one.path for _, group in assumptions({"silence": silent}) for one in group
    }
