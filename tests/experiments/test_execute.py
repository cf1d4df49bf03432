"""The runner: many points, each on the same worlds, and nothing is run twice, lost or changed by how it is run."""

import gc
import threading
import time
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from worthsharing.experiments import execute
from worthsharing.experiments.design import moved
from worthsharing.experiments.execute import Results, run_points, run_scenarios
from worthsharing.experiments.store import RunStore
from worthsharing.sim.lookups import write_diary
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.run import Engine, RunResult, simulate
from worthsharing.sim.scenario import Scenario, load_scenario
from worthsharing.sim.world import build_world

PAIR = ("customers_as_marketing_department", "be_worth_sharing")
ASKED = ("reach", "backlash", "noise")


def small(**values: float) -> dict[str, Scenario]:
    plain = {"world.people": 150, "clock.days": 8}
    there = {path.replace("__", "."): value for path, value in values.items()}
    return {name: moved(load_scenario(name).scenario, {**plain, **there}) for name in PAIR}


def rows(results: Results) -> list[Any]:
    return [(world.number, world.measures) for world in results.worlds]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every run that is made: scenario and replicate."""
    made: list[tuple[str, int]] = []

    def counted(scenario: Scenario, replicate: int, **options: Any) -> RunResult:
        made.append((scenario.key, replicate))
        return simulate(scenario, replicate, **options)

    monkeypatch.setattr(execute, "simulate", counted)
    return made


def test_points_are_what_each_alone_would_be() -> None:
    points = [small(), small(adoption__p_buy=0.3), small(fatigue__half_life=4.0)]
    together = list(run_points(points, replicates=3, workers=2))
    assert len(together) == 3
    for point, results in zip(points, together, strict=True):
        alone = run_scenarios(point, replicates=3, workers=1)
        assert repr(rows(results)) == repr(rows(alone))
        assert results.scenarios == point


def test_points_are_read_when_they_are_needed() -> None:
    read = 0

    def points() -> Any:
        nonlocal read
        for _ in range(50):
            read += 1
            yield small()

    stream = run_points(points(), replicates=1, workers=1, measures=ASKED, daily=False)
    next(stream)
    assert read == 1


def test_a_network_file_is_read_once_for_all_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ties.csv"
    file.write_text("".join(f"{person},{(person + 1) % 30}\n" for person in range(30)))
    read: list[str] = []

    def counted(scenario: Scenario, seed: int) -> Any:
        read.append(scenario.world.network)
        return real(scenario, seed)

    real = execute.build_network
    monkeypatch.setattr(execute, "build_network", counted)
    points = [
        {"a": load_scenario("silence", settings=(f"world.network={file}", f"clock.days={days}")).scenario}
        for days in (2, 3, 4)
    ]
    assert len(list(run_points(points, replicates=1))) == 3
    assert read == [str(file)]


def test_equal_scenarios_run_once_in_each_world(ran: list[tuple[str, int]]) -> None:
    scenario = small()[PAIR[0]]
    arms = {"one": scenario, "another title": scenario.model_copy(update={"title": "another"}), **small()}
    results = run_scenarios({**arms, "silence": scenario.silenced}, replicates=2, workers=1)
    assert len(ran) == len(set(ran)) == 2 * 3  # two strategies and their silence
    np.testing.assert_array_equal(results.values("one", "reach"), results.values("another title", "reach"))


def test_points_have_in_common_what_a_silent_brand_does_not_do(ran: list[tuple[str, int]]) -> None:
    options: dict[str, Any] = {
        "replicates": 2,
        "workers": 1,
        "measures": ("reach", "backlash"),
        "daily": False,
    }
    scenario = small()[PAIR[0]]
    points = [{"a": moved(scenario, {"brand.series.0.value": value})} for value in (0.1, 0.5, 0.9)]
    together = [rows(one) for one in run_points(points, **options)]
    assert len(ran) == len(set(ran)) == 2 * (3 + 1)
    list(run_points([{"a": moved(scenario, {"brand.quality": 0.9})}], **options))  # which customers tell of
    assert len(ran) == 2 * (3 + 1) + 2 * 2
    execute.forget_worlds()
    for point, found in zip(points, together, strict=True):  # each in worlds of its own
        (alone,) = run_points([point], **options)
        assert repr(rows(alone)) == repr(found)
        execute.forget_worlds()


def test_points_that_differ_in_rules_share_worlds_and_else_who_visits_when(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[int] = []
    written: list[weakref.ref[Any]] = []

    def build(scenario: Scenario, seed: int, *asked: Any, **options: Any) -> Any:
        built.append(seed)
        return build_world(scenario, seed, *asked, **options)

    def write(*asked: Any) -> Any:
        diary = write_diary(*asked)
        written.append(weakref.ref(diary))
        return diary

    monkeypatch.setattr(execute, "build_world", build)
    monkeypatch.setattr(execute, "write_diary", write)
    # a seed that no other test has: what they have kept is not to be found here
    options: dict[str, Any] = {"replicates": 2, "seed": 60451, "workers": 1, "measures": ("reach", "noise")}
    options["daily"] = False
    scenario = small()[PAIR[0]]
    values = {
        "fatigue.half_life": (4.0, 10.0, 28.0),
        "attention.items_per_visit": (5.0, 30.0),
        "attention.visits_per_day": (3.0,),
    }
    points = [{"a": moved(scenario, {path: value})} for path in values for value in values[path]]
    found = []
    for count, (worlds, diaries) in enumerate([(2, 2), (2, 2), (2, 2), (4, 2), (6, 2), (8, 4)]):
        found += [rows(one) for one in run_points([points[count]], **options)]
        assert (len(built), len(written)) == (worlds, diaries)
    assert all(diary() is not None for diary in written)
    execute.forget_worlds()
    gc.collect()
    assert not any(diary() is not None for diary in written)  # nothing but the worlds kept them
    for point, together in zip(points, found, strict=True):
        (alone,) = run_points([point], **options)
        assert repr(rows(alone)) == repr(together)
        execute.forget_worlds()


def test_no_silence_is_run_for_what_subtracts_none(ran: list[tuple[str, int]]) -> None:
    scenario = small()[PAIR[0]]
    options: dict[str, Any] = {"replicates": 2, "workers": 1, "daily": False}
    (found,) = run_points([{"a": scenario}], measures=("reach", "adoptions"), **options)
    assert {key for key, _ in ran} == {scenario.key}
    (whole,) = run_points([{"a": scenario}], **options)
    assert scenario.silenced.key in {key for key, _ in ran}
    for measure in ("reach", "adoptions"):
        np.testing.assert_array_equal(found.values("a", measure), whole.values("a", measure))


@pytest.mark.parametrize(
    ("settings", "engine", "threads"),
    [
        ({"world__people": 100}, "bulk", "mmmmm"),
        ({"world__people": 101}, "bulk", "mpppp"),
        ({"world__people": 101, "mechanisms__everyday_talk": False}, "bulk", "mmmmm"),
        ({"world__people": 200, "mechanisms__everyday_talk": False}, "bulk", "mpppp"),
        ({"world__people": 200}, "agents", "mmmmm"),
    ],
)
def test_small_worlds_are_run_one_by_one_until_a_large_one_comes(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, int], engine: Engine, threads: str
) -> None:
    seen: list[str] = []
    real = execute.run_world

    def noted(*asked: Any) -> Any:
        seen.append("m" if threading.current_thread() is threading.main_thread() else "p")
        return real(*asked)

    monkeypatch.setattr(execute, "run_world", noted)
    monkeypatch.setattr(execute, "SMALL_WITH_POSTS", 100 * 2)
    monkeypatch.setattr(execute, "SMALL", 199 * 2)
    scenario = moved(load_scenario(PAIR[0]).scenario, {"clock.days": 2, "world.people": 40})
    scenario = moved(scenario, {path.replace("__", "."): value for path, value in settings.items()})
    options: dict[str, Any] = {"measures": ASKED, "daily": False, "engine": engine}
    (found,) = run_points([{"a": scenario}], replicates=5, workers=2, **options)
    assert "".join(seen) == threads
    (alone,) = run_points([{"a": scenario}], replicates=5, workers=1, **options)
    assert repr(rows(found)) == repr(rows(alone))
    seen.clear()
    few = moved(scenario, {"world.people": 40})
    list(run_points([{"a": few}, {"a": scenario}, {"a": few}], replicates=2, workers=2, **options))
    assert "".join(seen) == ("mmmmmm" if "p" not in threads else "mmpppp")


def test_people_of_a_network_file_count_and_those_of_the_scenario_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "SMALL_WITH_POSTS", 30 * 2)
    file = tmp_path / "ring.txt"
    file.write_text("".join(f"{one} {(one + 1) % 31}\n" for one in range(31)))
    scenario = moved(load_scenario(PAIR[0]).scenario, {"clock.days": 2, "world.people": 10})
    scenario = moved(scenario, {"world.network": str(file)})
    ((scenarios, networks, entries),) = execute._prepared([{"a": scenario}])
    task = execute.Task(scenarios, entries, networks, 0, {})
    order = execute.Order(1, "bulk", False, ASKED, False, False)
    assert execute._is_large(task, order)
    assert not execute._is_large(replace(task, known={"a": ({}, {})}), order)
    monkeypatch.setattr(execute, "SMALL_WITH_POSTS", 31 * 2)
    assert not execute._is_large(task, order)


def test_threads_that_need_the_same_silence_wait_for_one(
    ran: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = execute.simulate

    def slow(scenario: Scenario, replicate: int, **options: Any) -> RunResult:
        time.sleep(0.2 if scenario.brand.silent else 0.0)
        return counted(scenario, replicate, **options)

    monkeypatch.setattr(execute, "simulate", slow)
    scenario = small()[PAIR[0]]
    points = [{"a": moved(scenario, {"brand.series.0.value": 0.1 * value})} for value in range(1, 6)]
    list(run_points(points, replicates=1, workers=4, measures=("backlash",), daily=False))
    assert len(ran) == 5 + 1


def test_worlds_that_are_too_large_to_keep_are_run_all_the_same(
    ran: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for made in (execute._world, execute._silence):
        monkeypatch.setattr(made.cache, "_Cache__maxsize", 1000)
    (found,) = run_points([small()], replicates=2, workers=1)
    assert len(ran) == len(set(ran)) == 2 * 3  # nor is anything run twice in one world
    assert len(execute._world.cache) == len(execute._silence.cache) == 0
    monkeypatch.undo()
    assert repr(rows(found)) == repr(rows(run_scenarios(small(), replicates=2)))


@pytest.mark.parametrize("measure", MEASURES)
def test_measures_asked_for_are_those_of_the_run(measure: str) -> None:
    scenario = small(brand__quality=0.3)[PAIR[0]]
    result, silence = simulate(scenario, 1), simulate(scenario.silenced, 1)
    assert repr(result.measures(silence, [measure])[measure]) == repr(result.measures(silence)[measure])


def test_stored_runs_are_not_made_again(ran: list[tuple[str, int]], tmp_path: Path) -> None:
    options: dict[str, Any] = {"workers": 1, "measures": ASKED, "daily": False}
    with RunStore(tmp_path) as store:
        first = [rows(one) for one in run_points([small()], replicates=2, store=store, **options)]
    made = len(ran)
    store = RunStore(tmp_path)
    again = [rows(one) for one in run_points([small()], replicates=2, store=store, **options)]
    assert len(ran) == made
    assert repr(again) == repr(first)
    # more worlds: only those are run
    list(run_points([small()], replicates=3, store=store, **options))
    assert {replicate for _, replicate in ran[made:]} == {2}
    # another seed: all are run
    list(run_points([small()], replicates=1, seed=2, store=store, **options))
    assert len(ran) == made + 6


def test_failing_run_is_an_error_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    scenarios = small()
    broken = scenarios[PAIR[0]].key

    def failing(scenario: Scenario, replicate: int, **options: Any) -> RunResult:
        if scenario.key == broken and replicate == 1:
            raise RuntimeError("out of luck\nat length")
        return simulate(scenario, replicate, **options)

    whole = run_scenarios(scenarios, replicates=3, workers=1)
    monkeypatch.setattr(execute, "simulate", failing)
    (results,) = run_points([scenarios], replicates=3, workers=2, keep_errors=True)
    assert results.errors == ((PAIR[0], 1, "RuntimeError: out of luck"),)
    expected = whole.values(PAIR[0], "reach")
    expected[1] = np.nan
    np.testing.assert_array_equal(results.values(PAIR[0], "reach"), expected)
    np.testing.assert_array_equal(results.values(PAIR[1], "reach"), whole.values(PAIR[1], "reach"))
    with pytest.raises(RuntimeError):
        run_scenarios(scenarios, replicates=3, workers=1)


@pytest.mark.filterwarnings("error")
def test_stopping_early_is_no_reason_to_warn() -> None:
    stream = run_points([small()] * 6, replicates=3, workers=2, measures=ASKED, daily=False)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    asked = iter([False, False, False, True])
    with pytest.raises(execute.Cancelled):
        list(run_points([small()] * 6, workers=2, should_stop=lambda: next(asked)))
