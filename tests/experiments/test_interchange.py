"""Interchange: each tool, the real one, reads what it is given and comes to the numbers of the runs."""

import doctest
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from worthsharing.experiments.execute import run_scenarios
from worthsharing.experiments.interchange import (
    behaviorspace_table,
    csv_files,
    outcome_at_points,
    plan_at,
    salib_problem,
    to_pandas,
)
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep import Sweep, run_sweep
from worthsharing.experiments.sweep_design import Plan, load_plan, plan_of
from worthsharing.experiments.sweep_files import runs_table, write_sweep
from worthsharing.sim.errors import InputError
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.scenario import load_scenario

DOCUMENT = Path(__file__).parents[2] / "docs" / "interchange.md"
TINY: dict[str, Any] = {
    "title": "Two products",
    "scenarios": ["be_worth_sharing", "customers_as_marketing_department"],
    "settings": ["world.people=40", "clock.days=4"],
    "measures": ["reach", "backlash", "cost_per_reached"],
    "replicates": 2,
}


def plan(*parameters: dict[str, Any], **content: Any) -> Plan:
    return plan_of({**TINY, "parameters": list(parameters), **content}, b"", "tiny.toml", Path())


SAMPLED = plan(
    {"path": "brand.quality", "range": [0.2, 0.8]},
    {"path": "fatigue.half_life", "range": [4.0, 28.0], "scale": "log"},
    {"path": "adoption.p_buy", "normal": {"mean": 0.1, "sd": 0.05}},
    method="latin",
    points=3,
)


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    made = plan(
        {"path": "brand.quality", "values": [0.2, 0.8]},
        {"path": "mechanisms.fatigue", "values": [True, False]},
        {"path": "leaving.hide", "values": [0.1, 0.9]},  # the second cannot be: a failing row
    )
    with RunStore(tmp_path_factory.mktemp("store")) as store:
        return run_sweep(made, store, workers=1)


def test_pandas_has_a_row_a_run_and_units(sweep: Sweep) -> None:
    table = to_pandas(sweep)
    assert len(table) == sweep.plan.rows
    assert table.attrs["units"]["reach"] == "people"
    assert list(table["reach"].dropna()) == list(sweep.values[..., 0][np.isfinite(sweep.values[..., 0])])
    results = run_scenarios(dict(sweep.plan.scenarios), replicates=3, workers=1)
    wide = to_pandas(results)
    assert len(wide) == 6
    np.testing.assert_array_equal(
        wide[wide["scenario"] == "be_worth_sharing"]["reach"], results.values("be_worth_sharing", "reach")
    )
    assert set(wide.attrs["units"]) == set(results.measures) <= set(MEASURES)


def test_xarray_has_dimensions_coordinates_and_units(sweep: Sweep, tmp_path: Path) -> None:
    pytest.importorskip("xarray", reason="needs the extra `xarray`")
    from worthsharing.experiments.as_xarray import to_xarray

    data = to_xarray(sweep)
    assert dict(data.sizes) == {"point": 8, "scenario": 2, "replicate": 2}
    assert data["reach"].attrs["units"] == "people"
    assert data["fatigue" if "fatigue" in data else "brand.quality"].attrs["long_name"]
    frame = data["reach"].to_dataframe().reset_index()
    ours = to_pandas(sweep)
    merged = frame.merge(ours, on=["point", "scenario", "replicate"])
    np.testing.assert_array_equal(merged["reach_x"], merged["reach_y"])
    assert (data["error"].sel(point=1) != "").all()
    good = data.where(data["leaving.hide"] < 0.5, drop=True)["reach"].groupby("brand.quality").mean(...)
    assert list(good["brand.quality"]) == [0.2, 0.8]

    short = load_scenario("be_worth_sharing", settings=("world.people=40", "clock.days=3")).scenario
    results = run_scenarios({"long": sweep.plan.scenarios["be_worth_sharing"], "short": short}, replicates=2)
    daily = to_xarray(results)
    assert daily["daily_reach"].dims == ("scenario", "replicate", "day")
    assert list(daily["day"]) == [1, 2, 3, 4]
    np.testing.assert_array_equal(
        daily["daily_reach"].sel(scenario="long", day=4), daily["reach"].sel(scenario="long")
    )
    assert daily["daily_reach"].sel(scenario="short", day=4).isnull().all()


def test_behaviorspace_is_read_as_netlogos_tables_are(sweep: Sweep, tmp_path: Path) -> None:
    text = behaviorspace_table(sweep)
    lines = text.split("\r\n")
    assert lines[0].startswith('"BehaviorSpace results')
    assert all(cell[0] == cell[-1] == '"' for cell in lines[9].split(","))
    table = pd.read_csv(io.StringIO(text), skiprows=6)
    assert list(table.columns) == [
        "[run number]", "brand.quality", "mechanisms.fatigue", "leaving.hide", "scenario", "replicate", "seed",
        "[step]", "reach", "backlash", "cost_per_reached",
    ]  # fmt: skip
    assert list(table["[run number]"]) == list(range(1, sweep.plan.rows + 1))
    assert set(table["[step]"]) == {16}  # four days of six hours a step
    assert "true" in lines[7]
    np.testing.assert_array_equal(table["reach"], to_pandas(sweep)["reach"])
    files = write_sweep(tmp_path, sweep, "a command", more=csv_files(sweep))
    assert {file.name for file in files} > {"runs.csv", "behaviorspace.csv"}
    np.testing.assert_array_equal(pd.read_csv(tmp_path / "runs.csv")["reach"], to_pandas(sweep)["reach"])


def test_salib_samples_the_design_and_analyses_its_runs(tmp_path: Path) -> None:
    pytest.importorskip("SALib", reason="needs the extra `sensitivity`")
    from SALib.analyze import pawn
    from SALib.sample import latin

    problem = salib_problem(SAMPLED)
    samples = latin.sample(problem, 40, seed=1)
    at = plan_at(SAMPLED, samples)
    np.testing.assert_array_equal([list(point.values()) for point in at.points], samples)
    low, high = SAMPLED.infos["fatigue.half_life"].plausible or (0, 0)
    assert low <= samples[:, 1].min() < samples[:, 1].max() <= high
    # log-uniform and cut normal, as in samples of our own
    assert np.median(samples[:, 1]) == pytest.approx(np.sqrt(4.0 * 28.0), rel=0.1)
    assert np.median(samples[:, 2]) == pytest.approx(0.1, abs=0.02)
    with RunStore(tmp_path / "store") as store:
        found = run_sweep(at, store, workers=1)
    outcome = outcome_at_points(found, "be_worth_sharing", "reach")
    assert outcome.shape == (40,)
    assert outcome[7] == found.values[7, 0, :, 0].mean()
    indices = pawn.analyze(problem, samples, outcome, S=4, seed=1)
    assert len(indices["median"]) == 3
    # the design that is written beside the table is the one that was run
    write_sweep(tmp_path / "out", found, "a command")
    again = load_plan(tmp_path / "out" / "design.toml")
    assert [dict(point) for point in again.points] == [dict(point) for point in at.points]


def test_measure_or_scenario_that_a_sweep_does_not_have_is_said() -> None:
    content = {"scenarios": ["silence"], "parameters": [{"path": "brand.quality", "values": [0.5]}]}
    made = plan_of({**content, "measures": ["reach"], "replicates": 2}, b"", "d.toml", Path())
    found = Sweep(made, np.zeros((1, 1, 2, 1)), [], {})
    with pytest.raises(InputError, match=r"there is no measure 'rech' in this sweep; did you mean 'reach'\?"):
        outcome_at_points(found, "silence", "rech")
    with pytest.raises(InputError, match=r"there is no measure 'backlash' in this sweep; one of: reach"):
        outcome_at_points(found, "silence", "backlash")
    with pytest.raises(
        InputError, match=r"there is no scenario 'silense' in this sweep; did you mean 'silence'\?"
    ):
        outcome_at_points(found, "silense", "reach")


def test_what_salib_does_not_sample_is_said() -> None:
    with pytest.raises(InputError, match=r"attention\.ranking: has listed values"):
        salib_problem(plan({"path": "attention.ranking", "values": ["engagement"]}))
    with pytest.raises(InputError, match=r"one finite number for each of brand\.quality"):
        plan_at(SAMPLED, np.zeros((2, 2)))
    whole = plan({"path": "world.people", "range": [30, 40]}, method="latin", points=2)
    assert salib_problem(whole)["bounds"] == [[29.5, 40.5]]
    assert [point["world.people"] for point in plan_at(whole, [[29.5], [33.2], [40.5]]).points] == [
        30,
        33,
        40,
    ]


def test_ema_workbench_performs_experiments(tmp_path: Path) -> None:
    pytest.importorskip("ema_workbench", reason="needs the extra `discover`")
    from ema_workbench import perform_experiments

    from worthsharing.experiments.as_ema import ema_model

    made = plan(
        {"path": "brand.quality", "range": [0.2, 0.8]},
        {"path": "fatigue.half_life", "range": [4.0, 28.0], "scale": "log"},
        {"path": "mechanisms.fatigue", "values": [True, False]},
        {"path": "adoption.p_buy", "normal": {"mean": 0.1, "sd": 0.05}},
        method="latin",
        points=3,
    )
    model = ema_model(made, workers=1)
    assert [one.name for one in model.levers] == ["brand.quality"]
    experiments, outcomes = perform_experiments(model, scenarios=3, policies=2)
    assert len(experiments) == 6
    assert experiments["fatigue.half_life"].between(4.0, 28.0).all()
    row = experiments.iloc[4]
    point = {path: row[path] for path in made.infos}
    point["mechanisms.fatigue"] = bool(point["mechanisms.fatigue"])
    alone = plan(method="listed", listed=[point])
    with RunStore(tmp_path) as store:
        found = run_sweep(alone, store, workers=1)
    for place, name in enumerate(made.scenarios):
        assert outcomes[f"{name} reach"][4] == found.values[0, place, :, 0].mean()


def test_examples_give_what_they_show() -> None:
    for extra in ("xarray", "SALib", "ema_workbench"):
        pytest.importorskip(extra, reason="needs the extra `analysis`")
    outcome = doctest.testfile(str(DOCUMENT), module_relative=False, encoding="utf-8")
    assert outcome.attempted > 10
    assert outcome.failed == 0


def test_table_is_the_one_that_sweeps_write(sweep: Sweep) -> None:
    pd.testing.assert_frame_equal(to_pandas(sweep), runs_table(sweep).to_pandas(), check_flags=False)
