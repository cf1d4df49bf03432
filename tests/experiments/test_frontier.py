"""The frontier: who dominates whom, judged in the same worlds, said with its uncertainty, within a budget."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from worthsharing.dashboard import cli
from worthsharing.experiments.execute import run_scenarios
from worthsharing.experiments.frontier import (
    Candidate,
    candidates_of,
    dominance,
    expected,
    placed_on,
    run_frontier,
    setting_names,
    strategies_of,
    tail_of,
    told_apart,
)
from worthsharing.experiments.frontier_report import (
    frontier_figure,
    frontier_table,
    numbered,
    render_frontier,
    sentences_of,
)
from worthsharing.experiments.store import RunStore
from worthsharing.sim.errors import InputError
from worthsharing.sim.scenario import Scenario, load_scenario

PAIR = ("customers_as_marketing_department", "be_worth_sharing")
SMALL = ("world.people=60", "clock.days=7")
TITLE = "Customers as marketing department"
REWARD = "brand.series.0.reward"


def worlds(*means: tuple[float, float], own: float = 0.0, shared: float = 3.0, count: int = 60) -> np.ndarray:
    """Outcomes of candidates with these means: luck that all share, and luck of their own."""
    chance = np.random.default_rng(1)
    common = chance.normal(size=(1, count, 2)) * shared
    alone = chance.normal(size=(len(means), count, 2)) * own
    alone -= alone.mean(axis=1, keepdims=True)
    return np.array(means, float)[:, None, :] + common + alone


def candidates(count: int, effort: float = 100.0) -> list[Candidate]:
    return [Candidate(f"s{number}", {}, Scenario(), effort * (1 + number % 2)) for number in range(count)]


def test_dominance_is_judged_in_the_same_worlds() -> None:
    # luck that they share is a hundred times the difference, and cancels out
    values = worlds((10.0, 5.0), (9.9, 5.1), (9.0, 4.0), shared=30.0)
    on, by, p_by = dominance(values, seed=1)
    assert list(on) == [1.0, 0.0, 1.0]
    assert (by[1], p_by[1]) == (0, 1.0)
    assert list(p_by[[0, 2]]) == [0.0, 0.0]


def test_what_luck_may_decide_is_not_told() -> None:
    values = worlds((10.0, 5.0), (9.9, 5.1), (2.0, 9.0), own=2.0)
    status = {
        one.candidate.label: one.status
        for one in placed_on(candidates(3), values, replicates=60, seed=1).placed
    }
    assert status == {"S0": "cannot tell", "S1": "cannot tell", "S2": "dominated"} or status == {
        "S0": "on the frontier", "S1": "cannot tell", "S2": "dominated"
    }  # fmt: skip
    on, _, _ = dominance(values, seed=1)
    assert 0.05 < on[1] < 0.95


def test_equals_do_not_dominate_each_other() -> None:
    on, _, p_by = dominance(worlds((10.0, 5.0), (10.0, 5.0), (10.0, 5.5)), seed=1)
    assert list(on) == [1.0, 1.0, 0.0]
    assert list(p_by) == [0.0, 0.0, 1.0]


def test_settings_that_change_nothing_are_left_out_and_counted() -> None:
    values = worlds((10.0, 5.0), (10.0, 5.0))
    same = [Candidate("one", {REWARD: reward}, Scenario(), 10.0) for reward in (0.0, 5.0)]
    found = placed_on(same, values, replicates=60, seed=1)
    assert [one.candidate.values for one in found.placed] == [{REWARD: 0.0}]
    assert any("1 setting gave what another" in note for note in found.notes)
    again = [*same, Candidate("one", {REWARD: 7.5}, Scenario(), 10.0)]
    found = placed_on(again, worlds(*[(10.0, 5.0)] * 3), replicates=60, seed=1)
    assert any("2 settings gave what another" in note for note in found.notes)


def test_tail_is_that_of_the_worlds_with_intervals_where_there_are_enough() -> None:
    values = np.arange(100.0)
    tail = tail_of(values, worst=0.05)
    assert (tail.mean, tail.median, tail.worst) == (49.5, 49.5, 4.95)
    assert tail.median_low < 49.5 < tail.median_high
    assert 0.0 <= tail.worst_low < 4.95 < tail.worst_high < 15.0
    assert math.isnan(tail_of(values[:10], worst=0.05).worst_low)


def test_settings_are_read_and_given_to_those_who_have_them() -> None:
    told = ["events.0.told=1,2", f"{REWARD}=0,2.5"]
    read = strategies_of(["scandal_answer", PAIR[0]], told, settings=SMALL)
    labels = [one.label for one in candidates_of(read)]
    assert labels[:2] == ["Scandal answer", TITLE]
    assert "Scandal answer, scandal told 2, posts reward 2.5" in labels
    assert f"{TITLE}, offers reward 2.5" in labels  # nothing happens there that could be told
    for text, wrong in (
        ("nothing", "is no parameter with values"),
        (f"{REWARD}=1:5", "is a range without steps"),
        (f"{REWARD}=a:b:3", "is no range"),
        ("brand.series.9.reward=1,2", "no strategy here has such a parameter"),
        (f"{REWARD}=-1,2", "is out of bounds"),
        ("brand.qualty=1", "no strategy here has such a parameter"),
    ):
        with pytest.raises(InputError) as error:
            strategies_of([PAIR[0]], [text], settings=SMALL)
        assert "--vary" in str(error.value)
        assert wrong in str(error.value)


def test_settings_are_named_in_plain_words_and_never_two_alike() -> None:
    told = ["brand.series.0.per_week=1,2", "brand.series.1.per_week=1,2"]
    labels = [one.label for one in candidates_of(strategies_of(["give_first"], told, settings=SMALL))]
    assert "Give first, gifts per week 2, asks per week 1" in labels
    assert len(set(labels)) == len(labels)
    scenario = load_scenario("give_first").scenario
    values = {
        "brand.series.0.reward_visible": True,
        "brand.complaint_policy": "leave",
        "brand.quality": 0.75,
        "brand.experience_ease": 12345.6,
    }
    assert Candidate("give_first", values, scenario, 1.0).settings == (
        "gifts reward visible yes",
        "complaints on its page leave",
        "chance that an experience with the product is good 0.75",
        "how easy the brand makes it to tell an experience 12,346",
    )
    shop = scenario.brand.model_copy(update={"name": "the other shop"})
    rivals = scenario.model_copy(update={"rivals": (shop,)})
    assert setting_names(rivals, ["rivals.0.series.1.value", "rivals.0.quality"]) == {
        "rivals.0.series.1.value": "the other shop asks value",
        "rivals.0.quality": "the other shop chance that an experience with the product is good",
    }
    # where nothing else tells two of them apart, the path does
    twins = scenario.model_copy(update={"rivals": (shop, shop)})
    paths = ["rivals.0.quality", "rivals.1.quality"]
    assert all(path in name for path, name in setting_names(twins, paths).items())


def test_values_that_read_alike_show_more_digits() -> None:
    numbers = (2.0001, 2.0002, 0.3, 0.1 + 0.2, 5.0)
    made = [
        Candidate("one", {REWARD: number}, load_scenario("give_first").scenario, 1.0) for number in numbers
    ]
    labels = [one.label for one in told_apart(made)]
    assert labels == [
        "One, gifts reward 2.0001",
        "One, gifts reward 2.0002",
        "One, gifts reward 0.3",
        "One, gifts reward 0.30000000000000004",
        "One, gifts reward 5",
    ]
    found = placed_on(made, worlds(*[(float(n), 5.0) for n in range(5)]), replicates=60, seed=1)
    assert frontier_table(found)["candidate"].is_unique


def test_strategies_whose_names_read_alike_are_refused(tmp_path: Path) -> None:
    for name in ("two_ways", "two ways"):
        (tmp_path / f"{name}.toml").write_text("[world]\npeople = 60\n")
    with pytest.raises(InputError, match="both read 'Two ways'"):
        strategies_of([str(tmp_path / "two_ways.toml"), str(tmp_path / "two ways.toml")], [])


def test_runs_to_come_are_counted_and_what_is_tried_is_kept(tmp_path: Path) -> None:
    made = candidates_of(strategies_of(PAIR, [f"{REWARD}=0,5"], settings=SMALL))
    dear = max(one.effort for one in made)
    cheap = [one for one in made if one.effort < dear]
    assert 0 < len(cheap) < len(made)
    with RunStore(tmp_path) as store:
        first = expected(made, store, replicates=4, budget=0.99 * dear, workers=1)
        assert (first.runs, first.found) == (4 * len(cheap), 0)
        assert first.size > 0.0
        assert expected(made, store, replicates=4, budget=0.99 * dear, workers=1).found > 0
        run_frontier(made, replicates=4, budget=0.99 * dear, workers=1, store=store)
        again = expected(made, store, replicates=4, budget=0.99 * dear, workers=1)
        assert (again.runs, again.found, again.seconds, again.size) == (4 * len(cheap),) * 2 + (0.0, 0.0)
        # a search has more before it, which is tried where the store does not answer
        searched = expected(cheap, store, replicates=4, searched=10, workers=1)
        assert (searched.runs, searched.found) == (4 * (len(cheap) + 10), 4 * len(cheap))
        assert searched.seconds > 0.0
        assert searched.size > 0.0
        nobody = expected(made, store, replicates=4, budget=0.0, workers=1)
        assert (nobody.runs, nobody.seconds) == (0, 0.0)


def test_page_has_the_standing_second_and_titles_for_file_names() -> None:
    values = worlds((10.0, 5.0), (9.0, 6.0))
    made = [Candidate("ask_nicely", {}, Scenario(), 10.0), Candidate("be_loud", {}, Scenario(), 10.0)]
    page = render_frontier(placed_on(made, values, replicates=60, seed=1), "x", {})
    table = page.partition('<table class="placed">')[2].partition("</table>")[0]
    heads = re.findall(r'<th scope="col">(.*?)</th>', table)
    assert heads[:2] == ["Strategy and settings", "Standing"]
    assert (
        '<th scope="row">Be loud</th><td><b>dominated</b> <span class="soft">mostly by Ask nicely</span></td>'
        in table
    )
    assert not re.search("ask_nicely|be_loud", table)
    # each cell says itself what it is, for screens that show no heads
    assert re.findall('data-label="(.*?)"', table)[: len(heads) - 2] == heads[2:]


def test_values_are_those_of_the_runs_and_the_budget_is_kept(tmp_path: Path) -> None:
    read = strategies_of(PAIR, [f"{REWARD}=0,5"], settings=SMALL)
    made = candidates_of(read)
    efforts = {one.label: one.effort for one in made}
    budget = 0.9 * max(efforts.values())
    with RunStore(tmp_path) as store:
        found = run_frontier(made, replicates=6, budget=budget, workers=1, store=store)
        again = run_frontier(made, replicates=6, budget=budget, workers=2, store=store)
    over = [one for one in found.placed if one.status == "over budget"]
    assert {one.candidate.label for one in over} == {
        name for name, effort in efforts.items() if effort > budget
    }
    assert 0 < len(over) < len(made)
    assert repr(frontier_table(found).to_dict()) == repr(frontier_table(again).to_dict())
    one = next(one for one in found.placed if one.status != "over budget")
    results = run_scenarios({"a": one.candidate.scenario}, replicates=6, workers=1)
    assert one.reach.mean == results.values("a", "reach").mean()
    assert one.backlash.worst == np.quantile(results.values("a", "backlash"), 0.95)


def test_search_keeps_to_the_budget_and_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    pytest.importorskip("optuna", reason="needs the extra `optimise`")
    from worthsharing.experiments.frontier_search import search_frontier

    varied = [f"{REWARD}=0:10", "brand.series.0.per_week=1:7", "brand.series.0.kind=useful,entertaining"]
    read = strategies_of(PAIR, varied, settings=SMALL, searched=True)
    budget = 0.5 * candidates_of(read)[0].effort
    with RunStore(tmp_path) as store:
        options: dict[str, Any] = {"settings": 10, "replicates": 3, "budget": budget, "store": store}
        found = search_frontier(read, workers=1, **options)
        again = search_frontier(read, workers=2, **options)
    assert found.proposed > 10  # some were over the budget, and were not run
    ran = [one for one in found.placed if one.status != "over budget"]
    assert len(ran) >= 5  # in a world this small, some give exactly the same
    assert all(one.candidate.effort <= budget * (1 + 1e-9) for one in ran)
    assert frontier_table(found).equals(frontier_table(again))
    other = search_frontier(read, workers=1, seed=2, **options)
    assert list(frontier_table(other)["candidate"]) != list(frontier_table(found)["candidate"])
    nothing = strategies_of(PAIR, [], settings=SMALL, searched=True)
    with pytest.raises(InputError, match="nothing to vary"):
        search_frontier(nothing, settings=3)


def test_figure_draws_every_number_of_the_table_and_greys_what_is_dominated() -> None:
    values = worlds((10.0, 5.0), (12.0, 6.0), (9.9, 5.5), (3.0, 8.0))
    found = placed_on(candidates(4), values, replicates=60, seed=1)
    table = frontier_table(found)
    figure = frontier_figure(table)
    drawn = {
        (x, y)
        for trace in figure.data
        if trace.mode == "markers"
        for x, y in zip(trace.x, trace.y, strict=True)
    }
    assert {(row.backlash_mean, row.reach_mean) for row in table.itertuples()} <= drawn
    grey = {trace.marker.color for trace in figure.data if trace.mode == "markers" and trace.name == "s3"}
    assert all(colour.startswith("rgba") for colour in grey)
    assert numbered(table) == ["S1", "S0"]
    assert sentences_of(found)[0].startswith("Most people are reached by S1: 12 people")
    assert sentences_of(found)[-1] == "2 are surely on the frontier and 2 surely dominated."
    page = render_frontier(found, "worthsharing frontier <b>", {})
    assert page == render_frontier(found, "worthsharing frontier <b>", {})
    assert "frontier <b>" not in page
    assert page.count('class="soft"><th scope="row">') == 2


def test_nothing_within_the_budget_is_said() -> None:
    found = placed_on(candidates(2), np.empty((0, 5, 2)), replicates=5, seed=1, budget=1.0)
    assert sentences_of(found) == ("Nothing was run: everything costs more than the budget.",)
    assert frontier_figure(frontier_table(found)).data


def test_command_answers_in_a_table_files_and_a_document(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("WORTHSHARING_CACHE", str(tmp_path / "cache"))
    words = [
        "frontier",
        *PAIR,
        "--vary",
        f"{REWARD}=0,5",
        "--people",
        "60",
        "--days",
        "7",
        "--replicates",
        "3",
    ]
    with pytest.raises(SystemExit) as ended:
        cli.main([*words, "--out", str(tmp_path / "out"), "--csv"])
    said, aside = capsys.readouterr()
    assert not ended.value.code
    assert re.search(r"12 runs; the rest takes about \d+ second", aside)
    assert "3 worlds, seed 1" in said
    assert max(len(line.rstrip()) for line in said.splitlines()[:-3]) <= 80
    with pytest.raises(SystemExit):
        cli.main([*words, "--json"])
    document = json.loads(capsys.readouterr().out)
    table = pd.read_parquet(tmp_path / "out" / "frontier.parquet")
    assert [one["label"] for one in document["candidates"]] == list(table["candidate"])
    assert [one["reach"]["worst"] for one in document["candidates"]] == list(table["reach_worst"])
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "frontier.parquet", "frontier.csv", "frontier.json", "frontier.html",
    }  # fmt: skip
    assert f"--vary {REWARD}=0,5" in document["command"]
    for more in (["--vary", "nonsense=1,2"], ["--vary", f"{REWARD}=1:5"]):
        with pytest.raises(SystemExit) as ended:
            cli.main([*words, *more])
        assert ended.value.code == 2
        assert "--vary" in capsys.readouterr().err


def test_efforts_that_differ_are_pointed_out() -> None:
    found = placed_on(candidates(2), worlds((10.0, 5.0), (9.0, 6.0)), replicates=60, seed=1)
    assert any("unequal amounts" in note for note in found.notes)
    assert load_scenario(PAIR[0]).scenario.brand.series
