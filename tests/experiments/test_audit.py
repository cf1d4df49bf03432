"""The audit: what must not matter is changed, and what that means for a verdict."""

import json
from typing import Any

import pytest

from worthsharing.dashboard import cli
from worthsharing.experiments.audit import (
    AUDITED,
    Audit,
    AuditRow,
    audit,
    half_the_step,
    same_in_any_order,
    twice_the_people,
)
from worthsharing.experiments.audit_report import audit_values, questions_of, trust_box
from worthsharing.sim.scenario import Scenario, load_scenario

SMALL: dict[str, Any] = {"world": {"people": 120}, "clock": {"days": 7}}


def row(word: Any, changed: str = "half the step", side: str = "better") -> AuditRow:
    return AuditRow(changed, "reach", "Reach", "people", 12.0, 10.0, 14.0, side, "B is better", word)


def test_half_the_step_and_twice_the_people_change_nothing_else() -> None:
    scenario = load_scenario("customers_as_marketing_department").scenario
    assert half_the_step(scenario).clock.step_hours == scenario.clock.step_hours / 2
    twice = twice_the_people(scenario)
    assert twice.world.people == 2 * scenario.world.people
    assert twice.brand.series[0].rewards_per_post == 2 * scenario.brand.series[0].rewards_per_post
    assert twice.brand.first_customers == scenario.brand.first_customers


def test_a_scenario_is_audited_against_silence() -> None:
    ticks: list[tuple[int, int]] = []
    found = audit(
        {"mine": Scenario.model_validate(SMALL)},
        replicates=2,
        workers=1,
        progress=lambda done, total: ticks.append((done, total)),
    )
    assert (found.a, found.b) == ("silence", "mine")
    assert ticks[-1] == (10, 10)
    changed = list(dict.fromkeys(one.changed for one in found.rows))
    assert changed == [
        "as it is",
        "half the step",
        "twice the people",
        "another network of ties",
        "another order of acting",
    ]
    assert len(found.rows) == 4 * len(AUDITED) + 1
    assert found.rows[-1].word == "stands"  # the order of acting never matters
    assert all(one.word == "stands" for one in found.rows[: len(AUDITED)])


def test_agents_in_any_order_give_the_same_counts() -> None:
    assert same_in_any_order(Scenario.model_validate(SMALL), seed=3)


def test_a_flip_or_a_fade_is_no_standing_verdict() -> None:
    def of(*words: str) -> Audit:
        return Audit("a", "b", 2, 1, (row("stands", "as it is"), *(row(word) for word in words)), ())

    assert of("stands", "emerges").stands
    assert not of("stands", "flips").stands
    assert not of("fades").stands
    assert "fades with half the step" in of("fades").sentence
    undecided = Audit("a", "b", 2, 1, (row("stands", "as it is", "cannot tell"),), ())
    assert "no verdict" in undecided.sentence


def test_the_box_says_what_the_values_say_and_escapes_names() -> None:
    found = Audit("<b>a</b>", "b", 2, 1, (row("stands", "as it is"), row("flips")), ("<i>note</i>",))
    values = audit_values(found)
    box = str(trust_box(questions_of(None, None, (found,), ""), (found,)))
    assert not values["stands"]
    assert values["rows"][0]["difference"] in box
    assert "<b>a</b>" not in box
    assert "<i>note" not in box
    assert "does not stand" in box


def test_the_command_prints_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    words = (
        "audit",
        "be_worth_sharing",
        "silence",
        "--people",
        "120",
        "--days",
        "7",
        "--replicates",
        "2",
        "--json",
    )
    with pytest.raises(SystemExit) as ended:
        cli.main(list(words))
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert (ended.value.code or 0) == (0 if document["stands"] else 1)
    assert {one["changed"] for one in document["rows"]} >= {"as it is", "half the step"}
    with pytest.raises(SystemExit) as ended:
        cli.main(["audit", "silence", "silence", "silence"])
    assert ended.value.code == 2
