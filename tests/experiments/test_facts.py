"""The facts: what measures them on tables with known answers, their bands, and that a fact can fail."""

import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from worthsharing.dashboard import cli
from worthsharing.experiments import fact_measures as fm
from worthsharing.experiments.fact_measures import STUDIES, Estimate
from worthsharing.experiments.facts import (
    ALSO,
    ENOUGH_PAIRS,
    FACTS,
    LISTS,
    Fact,
    FactResult,
    Part,
    Reading,
    Validation,
    choose_facts,
    facts_document,
    facts_table,
    judge,
    judged,
    lists_of,
    measure_facts,
    seconds_needed,
)
from worthsharing.experiments.facts_report import fact_figure, render_facts
from worthsharing.experiments.results import write_facts
from worthsharing.experiments.summary import to_json
from worthsharing.sim.errors import InputError
from worthsharing.sim.scenario import GRADES, Scenario
from worthsharing.sim.state import CLOSINGS, MESSAGES, NEVER, PAIRS, SENDS, Act, Kind, Tally

# the bands and lists as they were written down before anything was measured
EVIDENCE: Mapping[str, tuple[str, dict[str, tuple[float, float] | int]]] = {
    "F1": ("cal", {"depth": (0.95, 1.0)}),
    "F2": ("cal", {"people": (2e-5, 2e-3), "brands": (0.0, 2e-2)}),
    "F3": ("cal", {"size": (1.15, 2.0)}),
    "F4": ("cal", {"top": (0.30, 0.65), "gini": (0.80, 1.0), "exponent": (1.8, 2.6)}),
    "F5": ("val", {"short": -1, "long": -1}),
    "F6": ("cal", {"worth": (0.28, 0.44), "middling": (0.31, 0.47), "noise": (0.17, 0.33)}),
    "F7": ("input", {"seen": (0.02, 0.16), "larger": -1}),
    "F8": ("input", {"rate": (0.001, 0.008)}),
    "F9": ("input", {"offer": (0.2, 0.6), "product": (0.6, 1.1)}),
    "F10": ("input", {"2": (0.82, 0.96), "4": (0.68, 0.82), "9": (0.46, 0.60)}),
    "F11": ("input", {"fatigue": (0.0, 0.35), "memory": 1}),
    "F12": ("cal", {"exits": (0.007, 0.074), "silent": (0.5, 0.75)}),
    "F13": ("input", {"conversion": (0.004, 0.016), "worn": (0.35, 0.65)}),
    "F14": ("val", {"viral": (0.01, 0.06)}),
    "F15": ("input", {"fast": -1, "late": -1, "ratio": (0.05, 0.35)}),
    "F16": (
        "val",
        {
            "spread_ignore": 1,
            "spread_answer": 1,
            "trust_ignore": -1,
            "trust_answer": -1,
            "complaints": 1,
            "attitude": 1,
        },
    ),
    "F17": ("val", {"gained": 1}),
    "F18": ("input", {"both": 1}),
}


def table(dtype: Any, rows: list[dict[str, Any]]) -> Any:
    """Records of which only what matters is stated."""
    made = np.zeros(len(rows), dtype)
    for place, row in enumerate(rows):
        for name, value in row.items():
            made[name][place] = value
    return made


# ---- the table of facts ----


def test_lists_and_bands_are_those_that_were_written_down_first() -> None:
    assert tuple(FACTS) == tuple(EVIDENCE)
    for fact in FACTS.values():
        name, parts = EVIDENCE[fact.id]
        assert fact.list == name
        assert {part.id: part.sign or (part.low, part.high) for part in fact.parts} == parts


def test_lists_are_those_of_the_evidence(shared_data: Path) -> None:
    evidence = shared_data.parent / "EVIDENCE.md"
    if not evidence.is_file():
        pytest.skip("no EVIDENCE.md beside the shared data")
    rows = re.findall(r"^\| (F\d+) \| (input|cal|val) \|", evidence.read_text(encoding="utf-8"), re.MULTILINE)
    assert {fact.id: fact.list for fact in FACTS.values()} == dict(rows)


def test_every_fact_says_where_it_comes_from_and_how_it_is_measured() -> None:
    for fact in FACTS.values():
        assert fact.source and fact.how and fact.study in STUDIES  # noqa: PT018
        assert fact.grade in GRADES
        assert all((part.sign != 0) == (part.low is None) for part in fact.parts)
        assert all(part.published is None or part.low <= part.published <= part.high for part in fact.parts)  # type: ignore[operator]


def test_signs_are_measured_in_enough_pairs_of_enough_people() -> None:
    for fact in FACTS.values():
        if any(part.sign for part in fact.parts):
            assert STUDIES[fact.study].worlds >= ENOUGH_PAIRS
            assert STUDIES[fact.study].people >= 10_000
    assert STUDIES["everyday"].people >= 20_000


def test_facts_are_chosen_by_their_ids() -> None:
    assert [fact.id for fact in choose_facts(["f5", "F1"])] == ["F1", "F5"]
    assert len(choose_facts([])) == 18
    with pytest.raises(InputError, match=r"did you mean .F1"):
        choose_facts(["F1x"])
    with pytest.raises(InputError, match="F1 to F18"):
        choose_facts(["zzz"])


# ---- estimates ----


def test_a_pooled_estimate_of_a_mean_has_the_interval_of_a_mean() -> None:
    values = np.array([1.0, 2.0, 4.0, 5.0])
    found = fm.pooled([{"x": one} for one in values], lambda some: float(np.mean(fm.gathered(some, "x"))))
    error = values.std(ddof=1) / math.sqrt(4)
    assert found.value == 3.0
    assert found.high - found.value == pytest.approx(3.182446 * error)


def test_a_sign_counts_ties_and_missing_worlds_against_it() -> None:
    found = fm.signed(np.array([1.0, 2.0, 0.0, math.nan]), 1)
    assert found.share == 0.5
    assert found.worlds == 3


def test_a_sign_needs_its_share_its_interval_and_enough_pairs() -> None:
    part = Part("more", "More", "", sign=1)
    assert judge(part, Estimate(1.0, 0.5, 1.5, 60, 0.95)).passed
    assert not judge(part, Estimate(1.0, 0.5, 1.5, 60, 0.94)).passed
    assert not judge(part, Estimate(1.0, -0.1, 2.1, 60, 1.0)).passed
    assert not judge(part, Estimate(-1.0, -1.5, -0.5, 60, 1.0)).passed
    assert not judge(part, Estimate(1.0, 0.5, 1.5, 59, 1.0)).passed
    assert judge(part, Estimate(1.0, 0.5, 1.5, 6, 1.0), quick=True).passed


def test_what_is_not_available_does_not_pass() -> None:
    nothing = Estimate(math.nan, math.nan, math.nan, 0, math.nan)
    assert not judge(Part("a", "A", "", 0.0, 1.0), nothing).passed
    assert not judge(Part("b", "B", "", sign=1), nothing, quick=True).passed


# ---- measuring functions on hand-made tables ----


def test_own_posts_are_public_early_and_of_people() -> None:
    rows = [
        {"kind": Kind.EVERYDAY, "author": 3, "time": 1.0},
        {"kind": Kind.EXPERIENCE, "author": 4, "time": 2.0},
        {"kind": Kind.EXPERIENCE, "author": 4, "time": 2.0, "close_only": 1},
        {"kind": Kind.EVERYDAY, "author": 3, "time": 99.0},
        {"kind": Kind.COMPLAINT, "author": 3, "time": 1.0},
        {"kind": Kind.USEFUL, "author": -1, "time": 1.0},
    ]
    assert fm.own_posts(table(MESSAGES, rows), 10.0).tolist() == [0, 1]


def test_an_exponent_is_recovered() -> None:
    draws = np.random.default_rng(1).random(40_000)
    sizes = np.floor((20.0 - 0.5) * (1.0 - draws) ** (-1.0 / 1.2) + 0.5)  # exponent 2.2, rounded
    assert fm.tail_exponent(sizes, 20) == pytest.approx(2.2, abs=0.03)
    assert math.isnan(fm.tail_exponent(np.array([30, 40]), 20))


def test_a_lifetime_ends_with_the_last_share() -> None:
    messages = table(MESSAGES, [{"time": 24.0}, {"time": 48.0}])
    sends = table(
        SENDS, [{"message": 0, "time": 24.0}, {"message": 1, "time": 48.0}, {"message": 0, "time": 96.0}]
    )
    assert fm.lifetimes(messages, sends, np.array([0, 1])).tolist() == [3.0, 0.0]


def test_verdicts_on_items_add_up_to_what_was_seen() -> None:
    tally = np.zeros((2, 2, len(Tally)), np.int64)
    tally[0, 0, [Tally.IMPRESSIONS_OWNED, Tally.WORTH_READING, Tally.NOISE]] = 10, 4, 3
    tally[1, 1, [Tally.IMPRESSIONS_EARNED, Tally.WORTH_READING, Tally.NOISE]] = 10, 3, 2
    assert fm.verdicts_on_items(tally) == (7, 8, 5)


def test_organic_reach_is_of_the_followers_of_the_day() -> None:
    closings = np.zeros((2, 1), CLOSINGS)
    closings["followers"][:, 0] = 100, 50
    tally = np.zeros((2, 2, len(Tally)), np.int64)
    tally[:, 0, Tally.IMPRESSIONS_OWNED] = 6, 3
    posts = table(MESSAGES, [{"time": 1.0}, {"time": 30.0}, {"time": 2.0, "brand": -1, "series": -1}])
    run: Any = SimpleNamespace(messages=posts, closings=closings, tally=tally)
    assert fm.organic_reach(run) == (9.0, 150.0)


def test_shares_are_of_those_who_saw_the_post() -> None:
    posts = [
        {"impressions": 200, "shares": 1},
        {"impressions": 0},
        {"impressions": 50, "shares": 50, "series": -1},
    ]
    run: Any = SimpleNamespace(messages=table(MESSAGES, posts))
    rates = fm.shares_per_reached(run, 10.0)
    assert rates[0] == 0.005
    assert math.isnan(rates[1])


def test_who_left_in_silence_neither_hid_nor_spoke() -> None:
    pairs = np.zeros((6, 1), PAIRS)
    pairs["acts"][:, 0] = (
        Act.UNFOLLOWED,
        Act.UNFOLLOWED | Act.COMPLAINED,
        Act.HID,
        0,
        Act.UNFOLLOWED,
        Act.UNFOLLOWED,
    )
    first = np.array([[1], [1], [1], [1], [1], [0]], np.uint8)
    told = table(MESSAGES, [{"author": 4, "close_only": 1}])
    run: Any = SimpleNamespace(first_follows=first, pairs=pairs, messages=told, people=6)
    assert fm.leavers(run) == (5, 4, 1)


def test_a_negative_post_is_viral_at_ten_times_the_median_and_fifty() -> None:
    seen = [4, 4, 4, 39, 400]
    rows = [{"impressions": one, "valence": -1.0} for one in seen] + [{"impressions": 9999, "valence": 1.0}]
    run: Any = SimpleNamespace(messages=table(MESSAGES, rows))
    assert fm.negative_posts(run)[1] == 1


def test_gains_are_averaged_by_delay() -> None:
    delay, gain = np.array([1.0, 5.0, 20.0, 61.0]), np.array([3.0, 1.0, 0.5, 0.1])
    assert fm.gains_by_delay(delay, gain) == (2.0, 0.5, 0.1)


def test_success_of_worn_pairs_is_against_the_first_three() -> None:
    seen, won = np.zeros(61), np.zeros(61)
    seen[1:4], won[1:4] = 100, 10
    seen[11:21], won[11:21] = 10, 0.5
    assert fm.worn_success([{"seen": seen, "won": won}]) == pytest.approx(0.5)


def test_answers_are_noted_when_they_are_read() -> None:
    """Person 1 asks at hour 0, is answered after half an hour, and reads it in the second step."""
    question = {"kind": Kind.QUESTION, "author": 1, "time": 0.0}
    answer = {"kind": Kind.ANSWER, "author": -1, "time": 0.5, "answer_to": 0}
    pairs = np.zeros((2, 1), PAIRS)
    pairs["patience_due"] = NEVER
    progress = np.array([0, 0, 0, 2])
    watcher = fm.AnswersRead(tolerated_hours=3.0)
    for attitude, read in ((0.0, 0), (0.0, 0), (0.25, 1)):
        state = SimpleNamespace(attitude=np.array([[0.0], [attitude]]), pairs=pairs, progress=progress)
        messages = table(MESSAGES, [question, {**answer, "impressions": read}])
        watcher.look(SimpleNamespace(state=state, messages=messages))  # type: ignore[arg-type]
    assert (watcher.delays, watcher.gains) == ([30.0], [0.25])


def test_forwards_are_counted_by_their_number_and_credited_with_the_purchase() -> None:
    """Over one tie: the first forward starts a decision, which ends in a purchase; then nobody is left to be won."""
    watcher = fm.ForwardsReceived(until_hour=1000.0)
    story = ((0, NEVER, 0), (1, 50.0, 0), (2, 50.0, 0), (2, NEVER, 1), (3, NEVER, 1))
    for step, (rewarded, due, bought) in enumerate(story):
        pairs = np.zeros((1, 1), PAIRS)
        pairs["decision_due"], pairs["has_bought"] = due, bought
        state = SimpleNamespace(ties=np.array([(rewarded,)], [("rewarded", "u1")]), pairs=pairs)
        world = SimpleNamespace(followers=np.array([0]))
        clock = SimpleNamespace(clock=SimpleNamespace(step_hours=6.0))
        watcher.look(SimpleNamespace(state=state, world=world, step=step, scenario=clock))  # type: ignore[arg-type]
    assert watcher.seen.sum() == 1
    assert (watcher.seen[1], watcher.won[1]) == (1, 1)


# ---- at the shipped defaults, and away from them ----


def test_campaigns_are_at_the_shipped_defaults_but_for_what_a_study_changes() -> None:
    assert fm.campaign_of({}, {}) == Scenario()
    changed = fm.campaign_of({"brand.series.0.kind": "offer"}, {"sharing.steepness": 3.0})
    assert changed.brand.series[0].kind == "offer"
    assert changed.sharing.steepness == 3.0


def test_a_fact_fails_in_a_world_that_violates_it() -> None:
    settings = {"sharing.p_share_people": 0.3}
    sample = STUDIES["everyday"].sample(1, 0, 800, settings)
    result = judged(FACTS["F3"], {"everyday": [sample]}, quick=True)
    assert not result.passed
    assert result.readings[0].estimate.value > 2.0


def test_no_penalty_no_fact() -> None:
    """Where a reward for the sender alone costs no credibility, rewarding both sides gains nothing."""
    settings = {"sincerity.penalty_weak_tie": 0.0, "sincerity.penalty_strong_tie": 0.0}
    samples = [STUDIES["rewards"].sample(1, number, 500, settings) for number in range(2)]
    assert not judged(FACTS["F18"], {"rewards": samples}, quick=True).passed


# ---- files, page and command ----


def synthetic(statement: str = "Some fact", *, passed: bool = True) -> FactResult:
    parts = (Part("a", statement, statement, 0.0, 1.0, published=0.5), Part("b", "Sign", "people", sign=1))
    fact = Fact("F99", "val", statement, "nothing", parts, statement, statement, "X", lambda samples: {})
    picture = pd.DataFrame(
        [
            ("simulated", statement, 1.0, statement, 0.4, 0.3, 0.5),
            ("accepted", "Accepted", 1.0, statement, 0.5, 0.0, 1.0),
        ],
        columns=["role", "series", "x", "label", "y", "low", "high"],
    )
    readings = (
        Reading(parts[0], Estimate(0.4, 0.3, 0.5, 8), passed, False),
        Reading(parts[1], Estimate(2.0, 1.0, 3.0, 60, 0.97), True, False),
    )
    return FactResult(fact, readings, 1000, 8, picture)


def test_the_page_needs_no_network_and_escapes_what_it_is_told() -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    page = render_facts(
        Validation((synthetic(evil, passed=False),), 1, True), f"worthsharing {evil}", {"rules": evil}
    )
    outside = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert evil not in page
    assert "alert(1)" in outside  # escaped, not dropped
    assert "<img src=x" not in page
    assert not re.search(r'(src|href)="(https?:)?//', outside)
    assert "not the verdict" in page
    assert "failed" in page


def test_a_failed_fact_says_how_many_of_its_parts_pass_and_where_reasons_stand() -> None:
    def page(result: FactResult) -> str:
        return render_facts(Validation((result,), 1, False), "worthsharing validate", {})

    failed, passed = page(synthetic(passed=False)), page(synthetic())
    assert "1 of 2 parts pass" in failed
    assert "Why it fails" in failed
    assert "parts pass" not in passed
    assert "Why it fails" not in passed
    assert "above 0, in 95 % of pairs" in passed
    only_signs = synthetic()
    without = FactResult(only_signs.fact, only_signs.readings[1:], 10, 2, only_signs.picture)
    assert passed.count(">Published<") == 1
    assert ">Published<" not in page(without)


def test_every_fact_that_is_known_to_fail_is_explained() -> None:
    """MODEL.md has a row for each, and none for a calibrated fact that passes."""
    text = (Path(__file__).parents[2] / "MODEL.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (F\d+), (\w+) \|", text.split("### Facts that fail")[1], re.MULTILINE)
    assert rows
    for name, list_ in rows:
        assert {"input": "input", "validation": "val", "calibrated": "cal"}[list_] == FACTS[name].list


def test_every_picture_is_drawn_in_both_themes() -> None:
    result = synthetic()
    for fact in FACTS.values():
        other = FactResult(fact, (), 10, 2, result.picture)
        for theme in ("light", "dark"):
            assert fact_figure(other, theme=theme).data  # type: ignore[arg-type]


def test_lists_are_not_added_up() -> None:
    validation = Validation((synthetic(), synthetic(passed=False)), 1, False)
    assert lists_of(validation) == [("input", 0, 0), ("cal", 0, 0), ("val", 1, 2)]
    document = json.loads(to_json(facts_document(validation, "worthsharing validate")))
    assert set(document["lists"]) == set(LISTS)
    assert "passed" not in document


def test_files_are_tidy_and_whole(tmp_path: Path) -> None:
    files = write_facts(tmp_path, Validation((synthetic(),), 1, False), "worthsharing validate")
    assert {file.name for file in files} == {
        "facts.parquet",
        "facts_pictures.parquet",
        "facts.html",
        "facts.json",
    }
    read = pd.read_parquet(tmp_path / "facts.parquet")
    assert read[["fact", "part", "value"]].values.tolist() == [["F99", "a", 0.4], ["F99", "b", 2.0]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[Any, str, str]]:
    def _command(*words: object) -> tuple[Any, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(word) for word in words])
        return (ended.value.code or 0, *capsys.readouterr())

    return _command


def test_exit_codes(command: Callable[..., tuple[Any, str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    from worthsharing.experiments import facts

    for passed, code in ((True, 0), (False, 1)):
        found = Validation((synthetic(passed=passed),), 1, False)
        monkeypatch.setattr(facts, "measure_facts", lambda *chosen, found=found, **options: found)
        assert command("validate", "F1")[0] == code
    said = command("validate", "F1x")
    assert said[0] == 2
    assert "did you mean" in said[2]


def test_a_quick_look_says_so_and_writes_its_page(
    command: Callable[..., tuple[Any, str, str]], tmp_path: Path
) -> None:
    code, out, err = command("validate", "F10", "F11", "--quick", "--workers", "1", "--out", tmp_path)
    assert code in (0, 1), err
    assert "not the verdict" in out
    assert "Input:" in out
    assert "Validation" not in out
    assert (tmp_path / "facts.html").stat().st_size > 100_000


def test_the_same_seed_gives_the_same_numbers_whatever_the_workers() -> None:
    chosen = choose_facts(["F10"])
    one, two = (facts_table(measure_facts(chosen, quick=True, workers=workers)) for workers in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_time_needed_is_that_of_the_studies_needed() -> None:
    assert seconds_needed(choose_facts(["F1"]), workers=1) == seconds_needed(
        choose_facts(["F1", "F3"]), workers=1
    )
    assert seconds_needed(choose_facts([]), workers=2) < 15 * 60
    assert set(ALSO) <= set(FACTS)


@pytest.mark.slow
def test_all_facts_are_measured() -> None:
    found = measure_facts(choose_facts([]))
    assert all(
        math.isfinite(reading.estimate.value) for result in found.results for reading in result.readings
    )
