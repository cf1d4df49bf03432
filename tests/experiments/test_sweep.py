"""Sweeps: the same table however it came about, nothing run twice, nothing lost, and every failure a row."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from worthsharing.experiments import execute
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep import FailedRun, Sweep, forecast, run_sweep
from worthsharing.experiments.sweep_design import Plan, plan_of
from worthsharing.experiments.sweep_files import failures, overview, runs_table, write_sweep
from worthsharing.sim.jit import RULES_DIGEST
from worthsharing.sim.run import RunId, RunResult, simulate
from worthsharing.sim.scenario import Scenario

TINY: dict[str, Any] = {
    "scenarios": ["be_worth_sharing", "customers_as_marketing_department"],
    "settings": ["world.people=40", "clock.days=2"],
    "measures": ["reach", "backlash"],
    "replicates": 2,
}
QUALITY = {"path": "brand.quality", "values": [0.2, 0.8]}
HALF_LIFE = {"path": "fatigue.half_life", "values": [4.0, 28.0]}


def plan(*, seed: int = 1, **content: Any) -> Plan:
    content = {**TINY, "parameters": [QUALITY, HALF_LIFE], **content}
    return plan_of(content, b"# as it was written\n", "tiny.toml", Path(), seed=seed)


def swept(made: Plan, folder: Path, **options: Any) -> Sweep:
    with RunStore(folder) as store:
        return run_sweep(made, store, **{"workers": 1, **options})


def written(sweep: Sweep, folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in write_sweep(folder, sweep, "a command")}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every run that is made, silences left out: scenario and replicate."""
    made: list[tuple[str, int]] = []

    def counted(scenario: Scenario, replicate: int, **options: Any) -> RunResult:
        if not scenario.brand.silent:
            made.append((scenario.key, replicate))
        return simulate(scenario, replicate, **options)

    monkeypatch.setattr(execute, "simulate", counted)
    return made


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replicate 1 fails wherever the product is good."""

    def failing(scenario: Scenario, replicate: int, **options: Any) -> RunResult:
        if scenario.brand.quality == 0.8 and replicate == 1:
            raise RuntimeError("out of luck\nat length")
        return simulate(scenario, replicate, **options)

    monkeypatch.setattr(execute, "simulate", failing)


def test_row_is_the_run_that_it_says_it_is(tmp_path: Path) -> None:
    made = plan(seed=5)
    rows = runs_table(swept(made, tmp_path)).to_pylist()
    assert len(rows) == made.rows == 2 * 2 * 2 * 2
    for row in rows[::3]:
        scenario = made.scenarios[row["scenario"]]
        brand = scenario.brand.model_copy(update={"quality": row["brand.quality"]})
        fatigue = scenario.fatigue.model_copy(update={"half_life": row["fatigue.half_life"]})
        scenario = scenario.model_copy(update={"brand": brand, "fatigue": fatigue})
        assert row["key"] == scenario.key
        run, silence = (
            simulate(one, row["replicate"], seed=row["seed"]) for one in (scenario, scenario.silenced)
        )
        assert {"reach": row["reach"], "backlash": row["backlash"]} == run.measures(silence, TINY["measures"])
        assert row["error"] is None


def test_files_are_the_same_for_any_workers_and_after_any_interruption(tmp_path: Path) -> None:
    made = plan()
    expected = written(swept(made, tmp_path / "1"), tmp_path / "out 1")
    for workers in (2, 8):
        assert written(swept(made, tmp_path / f"{workers}", workers=workers), tmp_path / "out") == expected
    for worlds in (1, 3, 6):
        folder = tmp_path / f"after {worlds}"
        asked = iter(range(1, 100))
        with pytest.raises(execute.Cancelled):
            swept(made, folder, should_stop=lambda asked=asked, last=worlds: next(asked) == last)
        assert written(swept(made, folder, workers=2), tmp_path / "out") == expected
        assert written(swept(made, folder), tmp_path / "out") == expected
    assert expected["design.toml"] == made.text


def test_second_sweep_runs_only_what_is_new_and_changes_no_old_row(
    tmp_path: Path, ran: list[tuple[str, int]]
) -> None:
    def rows(sweep: Sweep) -> set[str]:
        # the number of a point is its place in its own design
        return {repr({**row, "point": None}) for row in runs_table(sweep).to_pylist()}

    kept = swept(plan(), tmp_path)
    files = {file: file.read_bytes() for file in tmp_path.rglob("*.parquet")}
    before = len(ran)
    swept(plan(), tmp_path)
    assert len(ran) == before == 16
    grown = plan(parameters=[{**QUALITY, "values": [0.5, 0.2, 0.8]}, HALF_LIFE], replicates=3)
    larger = swept(grown, tmp_path)
    assert len(ran) == len(set(ran)) == grown.rows == 36
    assert rows(kept) < rows(larger)
    assert all(file.read_bytes() == content for file, content in files.items())
    alone = swept(grown, tmp_path / "another store")
    assert runs_table(alone).equals(runs_table(larger))


def test_scenarios_and_measures_that_are_new_are_run_too(tmp_path: Path) -> None:
    swept(plan(scenarios=["be_worth_sharing"], measures=["reach"]), tmp_path)
    together = swept(plan(), tmp_path)
    assert runs_table(together).equals(runs_table(swept(plan(), tmp_path / "another store")))


def test_another_seed_finds_nothing_of_the_first(tmp_path: Path, ran: list[tuple[str, int]]) -> None:
    swept(plan(), tmp_path)
    swept(plan(seed=2), tmp_path)
    assert len(ran) == 2 * plan().rows
    again = swept(plan(seed=2), tmp_path)
    assert runs_table(again).equals(runs_table(swept(plan(seed=2), tmp_path / "another store")))


def test_failing_runs_are_rows_and_the_rest_is_as_if_they_were_not(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    whole = runs_table(swept(plan(), tmp_path / "whole")).to_pylist()
    request.getfixturevalue("broken")
    first = swept(plan(), tmp_path / "store", workers=2)
    again = swept(plan(), tmp_path / "store")
    assert written(first, tmp_path / "one") == written(again, tmp_path / "two")
    for row, expected in zip(runs_table(first).to_pylist(), whole, strict=True):
        fails = expected["brand.quality"] == 0.8 and expected["replicate"] == 1
        lost = {"reach": None, "backlash": None, "error": "RuntimeError: out of luck"}
        assert row == {**expected, **(lost if fails else {})}
    assert len(failures(first)) == 4
    assert failures(first)[0] == {
        "point": 2,
        "scenario": "be_worth_sharing",
        "replicate": 1,
        "seed": 1,
        "parameters": {"brand.quality": 0.8, "fatigue.half_life": 4.0},
        "error": "RuntimeError: out of luck",
    }


def test_point_that_cannot_be_is_a_failing_row(tmp_path: Path) -> None:
    silent, hide = ({"path": f"leaving.{one}", "values": [0.1, 0.5]} for one in ("silent", "hide"))
    sweep = swept(plan(parameters=[silent, hide]), tmp_path)
    rows = runs_table(sweep).to_pylist()
    failed = [row for row in rows if row["error"]]
    assert {row["point"] for row in failed} == {3}
    assert len(failed) == 4
    assert "it must be at most 1" in failed[0]["error"]
    assert (failed[0]["key"], failed[0]["reach"]) == (None, None)
    assert all(row["reach"] is not None for row in rows if row["point"] != 3)


@pytest.mark.usefixtures("broken")
def test_design_can_say_to_stop_at_the_first_error(tmp_path: Path) -> None:
    with pytest.raises(FailedRun, match=r"point 2, replicate 1: RuntimeError: out of luck"):
        swept(plan(on_error="stop"), tmp_path)
    assert len(RunStore(tmp_path)) >= 8  # what was run before is kept


def test_measure_that_is_not_available_is_no_failure(tmp_path: Path) -> None:
    sweep = swept(plan(scenarios=["silence"], measures=["cost_per_reached"]), tmp_path)
    column = runs_table(sweep).column("cost_per_reached")
    assert column.null_count == 0
    assert np.isnan(column.to_numpy()).any()


def test_columns_have_the_types_of_their_parameters(tmp_path: Path) -> None:
    parameters = [
        {"path": "mechanisms.fatigue", "values": [True]},
        {"path": "attention.ranking", "values": ["engagement"]},
        {"path": "world.people", "values": [40]},
        {"path": "fatigue.half_life", "values": [7]},
    ]
    schema = runs_table(swept(plan(parameters=parameters), tmp_path)).schema
    assert [schema.field(one["path"]).type for one in parameters] == [
        pyarrow.bool_(),
        pyarrow.string(),
        pyarrow.int64(),
        pyarrow.float64(),
    ]


def test_manifest_says_what_the_table_depends_on(tmp_path: Path) -> None:
    made = plan()
    files = written(swept(made, tmp_path / "store"), tmp_path / "out")
    manifest = json.loads(files["sweep.json"])
    assert manifest["provenance"]["rules"] == RULES_DIGEST
    assert manifest["runs"] == made.rows
    assert list(manifest["scenarios"]) == list(made.scenarios)
    assert set(manifest["files"]) == {"runs.parquet", "design.toml"}


def test_overview_is_of_the_table(tmp_path: Path) -> None:
    sweep = swept(plan(), tmp_path)
    rows = runs_table(sweep).to_pylist()
    for one in overview(sweep):
        values = [row[one["measure"]] for row in rows if row["scenario"] == one["scenario"]]
        assert (one["runs"], one["mean"]) == (8, pytest.approx(np.mean(values)))
        assert one["low"] <= one["mean"] <= one["high"]


def test_forecast_loses_no_run_and_knows_what_is_found(tmp_path: Path, ran: list[tuple[str, int]]) -> None:
    made = plan()
    with RunStore(tmp_path) as store:
        before = forecast(made, store, workers=1)
        run_sweep(made, store, workers=1)
        after = forecast(made, store, workers=1)
    assert (before.runs, before.found) == (16, 0)
    assert before.size > 16 * 90  # bytes: a key and more for each run
    assert (after.runs, after.found, after.seconds) == (16, 16, 0.0)
    assert len(ran) == len(set(ran)) == 16


@pytest.mark.parametrize(
    ("path", "measures", "silences"),
    [
        ("brand.series.0.value", ["reach", "backlash"], 1),  # a silent brand posts nothing
        ("brand.quality", ["reach", "backlash"], 100),  # its customers tell of it all the same
        ("brand.quality", ["reach"], 0),
    ],
)
def test_forecast_counts_each_silence_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, measures: list[str], silences: int
) -> None:
    values = [round(0.001 + 0.99 * place / 100, 6) for place in range(100)]
    one = {"scenarios": ["customers_as_marketing_department"], "measures": measures, "replicates": 5}
    made = plan(**one, parameters=[{"path": path, "values": values}])
    runs = 0

    def a_second_each(*given: Any, **options: Any) -> RunResult:
        nonlocal runs
        runs += 1
        return simulate(*given, **options)

    monkeypatch.setattr(execute, "simulate", a_second_each)
    monkeypatch.setattr("worthsharing.experiments.sweep.time.perf_counter", lambda: float(runs))
    with RunStore(tmp_path) as store:
        expected = forecast(made, store, workers=1).seconds
        tried = runs
        run_sweep(made, store, workers=1)
    assert expected == pytest.approx(5 * (100 + silences) - tried)
    assert tried < 10
    assert runs == 5 * (100 + silences)  # nothing that was made is made again


def test_forecast_of_a_longer_sweep_finds_what_there_is(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        run_sweep(plan(replicates=2), store, workers=1)
        more = forecast(plan(replicates=3), store, workers=1)
        assert (more.runs, more.found) == (24, 16)
        run_sweep(plan(replicates=3), store, workers=1)
        wider = {"path": "brand.quality", "values": [0.2, 0.5, 0.8]}
        both = forecast(plan(replicates=4, parameters=[wider, HALF_LIFE]), store, workers=1)
    assert (both.runs, both.found) == (48, 24)


def kept(made: Plan, folder: Path) -> None:
    """Fill a store as a sweep would, without running anything."""
    with RunStore(folder) as store:
        keys = {}

        def counterfeit(entry: Any, replicate: int, runs: Any, order: Any) -> Any:
            values = dict.fromkeys(made.measures, 1.0)
            store.put(RunId(entry.key, RULES_DIGEST, 1, replicate), values, entry.scenario)
            keys[entry.key] = True
            return values, {}

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(execute, "_taken", counterfeit)
            run_sweep(made, store, workers=1)
        assert len(keys) == len(made.points)


@pytest.mark.parametrize(
    ("points", "replicates"), [(500, 20), pytest.param(10_000, 1, marks=pytest.mark.slow)]
)
def test_finished_sweep_of_ten_thousand_runs_is_resumed_without_making_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, points: int, replicates: int
) -> None:
    content: dict[str, Any] = {
        "scenarios": ["silence"],
        "method": "latin",
        "points": points,
        "replicates": replicates,
        "measures": ["reach", "backlash", "noise", "shares", "adoptions"],
        "parameters": [{"path": "fatigue.half_life"}, {"path": "adoption.p_buy"}],
    }
    kept(plan(**content), tmp_path)
    # what would make it slow: `tests/benchmarks/bench_sweep.py` measures it
    monkeypatch.setattr(
        "worthsharing.experiments.sweep.placed", lambda *_: pytest.fail("a scenario was made")
    )
    monkeypatch.setattr(execute, "run_world", lambda *_: pytest.fail("a world was run"))
    made = plan(**content)
    with RunStore(tmp_path) as store:
        assert forecast(made, store).found == 10_000
        write_sweep(tmp_path / "out", run_sweep(made, store), "a command")
