"""Until it is clear: looking often is paid for, a difference that is there is found, and everybody is told how often."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from worthsharing.dashboard import cli
from worthsharing.experiments import until_clear
from worthsharing.experiments.compare import (
    OUTCOMES,
    anytime_quantile,
    compare,
    difference_of,
    looking_again,
    with_looks,
)
from worthsharing.experiments.execute import Replicate, Results, run_scenarios
from worthsharing.experiments.results import read_results
from worthsharing.experiments.until_clear import is_clear, run_until_clear
from worthsharing.sim.errors import InputError
from worthsharing.sim.scenario import Scenario, load_scenario

PAIR = ("customers_as_marketing_department", "be_worth_sharing")
SMALL = ("world.people=60", "clock.days=7")


@pytest.mark.parametrize("level", [0.95, 0.995])
@pytest.mark.parametrize("count", [14, 40, 300])
def test_quantile_is_where_the_bayes_factor_reaches_its_limit(count: int, level: float) -> None:
    """With normal effects of standard deviation 0.5, t over the square root of 1 + n/4 has Student's distribution."""
    t, wider = anytime_quantile(count, level), np.sqrt(1.0 + 0.25 * count)
    mixed = stats.t.pdf(t / wider, count - 1) / wider
    assert mixed / stats.t.pdf(t, count - 1) == pytest.approx(1.0 / (1.0 - level))


def test_quantile_is_wider_than_a_single_look_and_no_worlds_say_nothing() -> None:
    for count in (5, 20, 100, 1000):
        assert anytime_quantile(count, 0.95) > stats.t.ppf(0.975, count - 1)
    assert anytime_quantile(2, 0.99) == np.inf
    few = difference_of("reach", "a", "b", np.zeros(3), np.arange(3.0), family=10, looked_often=True)
    assert (few.side, few.low) == ("cannot tell", -np.inf)


def as_results(values: np.ndarray, looks: tuple[int, ...] = (), first: int = 0) -> Results:
    """Results with every outcome given, shape (scenarios, worlds, outcomes)."""
    names = ["a", "b"]
    worlds = tuple(
        Replicate(
            first + number,
            {
                name: dict(zip(OUTCOMES, map(float, values[place, number]), strict=True))
                for place, name in enumerate(names)
            },
            {name: {} for name in names},
        )
        for number in range(values.shape[1])
    )
    return Results({name: Scenario() for name in names}, 1, worlds, looks=looks)


@pytest.fixture(scope="module")
def bank() -> np.ndarray:
    """Outcomes of one strategy in 300 worlds, shape (worlds, outcomes)."""
    scenario = load_scenario(PAIR[0], settings=SMALL).scenario
    results = run_scenarios({"a": scenario}, replicates=300)
    return np.column_stack([results.values("a", measure) for measure in OUTCOMES])


def ended(values: np.ndarray, monkeypatch: pytest.MonkeyPatch, most: int) -> Results:
    """What the search makes of worlds that are there already, shape (scenarios, worlds, outcomes)."""

    def slice_of(_: Any, *, first: int, replicates: int, **__: Any) -> Results:
        return as_results(values[:, first : first + replicates], first=first)

    monkeypatch.setattr(until_clear, "run_scenarios", slice_of)
    return run_until_clear({}, replicates=10, most=most)


@pytest.mark.parametrize("trials", [40, pytest.param(2000, marks=pytest.mark.slow)])
def test_a_against_a_is_clear_in_at_most_five_percent_though_it_looks_often(
    trials: int, bank: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = np.random.default_rng(trials)
    told, looks, naive = 0, 0, 0
    for _ in range(trials):
        order = chance.permutation(len(bank))
        results = ended(np.stack([bank[order[:150]], bank[order[150:]]]), monkeypatch, 150)
        told += any(one.side not in ("cannot tell", "same") for one in compare(results).differences)
        looks += len(results.looks)
        # at one outcome, the usual interval is not enough when it is looked at again and again
        reach = bank[order[:150], 0] - bank[order[150:], 0]
        naive += any(
            abs(stats.ttest_1samp(reach[:look], 0.0).statistic) > stats.t.ppf(0.975, look - 1)
            for look in range(10, 151, 5)
        )
    assert looks / trials > 5  # it did look often
    assert told <= 0.05 * trials
    assert naive > 0.08 * trials


def test_known_difference_is_found_with_the_right_sign(
    bank: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = np.random.default_rng(3)
    shift = 0.8 * np.nanstd(bank, axis=0)  # 150 worlds show it to ten out of ten with a chance of 97 %
    worlds, covered = [], 0
    for _ in range(10):
        order = chance.permutation(len(bank))
        results = ended(np.stack([bank[order[:150]], bank[order[150:]] + shift]), monkeypatch, 150)
        comparison = compare(results)
        found = {one.measure: one for one in comparison.differences}
        assert is_clear(comparison)
        assert found["reach"].side == "better"
        assert found["backlash"].side == "worse"
        covered += found["reach"].low <= shift[0] <= found["reach"].high
        worlds.append(results.replicates)
    assert covered >= 9
    assert np.mean(worlds) < 130


def test_worlds_are_those_of_one_run_and_the_search_is_the_same_for_any_workers() -> None:
    scenarios = {name: load_scenario(name, settings=SMALL).scenario for name in PAIR}
    found = run_until_clear(scenarios, replicates=5, most=20, workers=1)
    assert found.looks[0] == 5
    assert found.replicates == found.looks[-1] <= 20
    again = run_until_clear(scenarios, replicates=5, most=20, workers=3)
    at_once = run_scenarios(scenarios, replicates=found.replicates)
    for other in (again, at_once):
        assert [repr(world.measures) for world in other.worlds] == [
            repr(world.measures) for world in found.worlds
        ]
    assert again.looks == found.looks
    # a single look at as many worlds has narrower intervals
    for often, once in zip(compare(found).differences, compare(at_once).differences, strict=True):
        assert (often.low, often.high) == (
            once.low,
            once.high,
        ) or often.high - often.low > once.high - once.low


def test_search_without_a_difference_ends_and_says_what_it_does_not_know() -> None:
    scenario = load_scenario(PAIR[0], settings=SMALL).scenario
    arms = {"a": scenario, "b": scenario}
    results = run_until_clear(arms, replicates=5, most=12, independent=True)
    assert results.looks == (5, 7, 9, 12)
    assert not is_clear(compare(results))
    assert run_until_clear(arms, replicates=5, most=12).looks == (5,)  # the same in every world
    with pytest.raises(InputError, match="at most 3"):
        run_until_clear(arms, replicates=5, most=3)


def test_command_page_and_document_say_how_often_it_looked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    words = ["compare", *PAIR, "--people", "60", "--days", "7", "--replicates", "5", "--until-clear"]
    words += ["--max-replicates", "12"]
    said = []
    for more in ([], ["--json", "--out", str(tmp_path)]):
        with pytest.raises(SystemExit) as code:
            cli.main([*words, *more])
        assert not code.value.code
        said.append(capsys.readouterr().out)
    document = json.loads(said[1])
    looks = document["looks"]
    assert looks["times"] == len(looks["after_worlds"])
    assert looks["after_worlds"][-1] == document["replicates"]
    assert "Wang & Ramdas" in looks["correction"]
    assert "--until-clear --max-replicates 12" in document["command"]
    sentence = "however often one looks. The verdict was looked for"
    assert sentence in said[0]
    assert sentence in (tmp_path / "report.html").read_text()
    stored = read_results(tmp_path).results
    assert list(stored.looks) == looks["after_worlds"]
    low = compare(stored).differences[0].low
    assert low == document["outcomes"][0]["low"]


def test_looks_that_were_taken_before_are_paid_for(capsys: pytest.CaptureFixture[str]) -> None:
    scenarios = {name: load_scenario(name, settings=SMALL).scenario for name in PAIR}
    results = run_scenarios(scenarios, replicates=16, workers=1)
    once, twice = compare(results), compare(with_looks(results, [5]))
    assert twice.looks == (5, 16)
    for one, other in zip(once.differences, twice.differences, strict=True):
        assert one.difference == other.difference
        assert other.low <= one.low <= one.high <= other.high
        assert one.low == one.high or other.low < one.low
    # what is still open is counted with the width that the next look costs; nothing else differs
    again = looking_again(results)
    for one, other in zip(once.differences, again.differences, strict=True):
        assert str(replace(one, more_replicates=None)) == str(replace(other, more_replicates=None))
        if (
            one.side == "cannot tell"
            and one.more_replicates is not None
            and other.more_replicates is not None
        ):
            assert other.more_replicates > one.more_replicates
        if other.measure in ("reach", "backlash") and other.side == "cannot tell" and other.more_replicates:
            assert f"about {other.more_replicates:,} more worlds would" in again.sentences[0]
    assert with_looks(results, []) is results
    words = ["compare", *PAIR, "--people", "60", "--days", "7", "--replicates", "16", "--looked"]
    with pytest.raises(SystemExit) as code:
        cli.main([*words, "5", "--json"])
    assert not code.value.code
    document = json.loads(capsys.readouterr().out)
    assert document["looks"]["after_worlds"] == [5, 16]
    assert document["outcomes"][0]["low"] == twice.differences[0].low
    assert document["command"].endswith("--looked 5")
    with pytest.raises(SystemExit) as code:
        cli.main([*words, "16"])
    assert code.value.code == 2
    assert "each less than there are now" in capsys.readouterr().err
