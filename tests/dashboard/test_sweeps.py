"""The Sweeps page: folders that may be opened and those that may not, pictures of what is in them, what-ifs of points."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from worthsharing.dashboard.pages import sweeps
from worthsharing.dashboard.question import query_of, question_from, scenarios_of, search_of
from worthsharing.experiments.design import moved
from worthsharing.experiments.frontier import Tail
from worthsharing.experiments.results import write_page
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep import run_sweep
from worthsharing.experiments.sweep_design import Plan, plan_of
from worthsharing.experiments.sweep_files import write_sweep
from worthsharing.experiments.sweep_view import (
    DIFFERENCE,
    Kept,
    cells_figure,
    cells_of,
    cells_sentence,
    open_sweep,
    strongest,
)
from worthsharing.sim.scenario import load_scenario

PAIR = ["customers_as_marketing_department", "be_worth_sharing"]


def plan(**content: Any) -> Plan:
    made = {
        "title": "A <b>sweep</b>",
        "scenarios": PAIR,
        "settings": ["world.people=40", "clock.days=3"],
        "measures": ["reach", "backlash"],
        "replicates": 3,
        "parameters": [
            {"path": "brand.quality", "values": [0.2, 0.8]},
            {"path": "fatigue.half_life", "values": [4.0, 12.0, 28.0]},
        ],
    }
    return plan_of({**made, **content}, b"# design\n", "test", Path())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the results of a grid below it."""
    root = tmp_path_factory.mktemp("started")
    with RunStore(root / "store") as store:
        write_sweep(root / "deep" / "grid", run_sweep(plan(), store, workers=1), "a command")
    return root


@pytest.fixture
def here(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The app was started in the folder above the results."""
    monkeypatch.chdir(made)
    return made


def test_results_below_are_offered_and_opened(here: Path) -> None:
    assert sweeps.folders() == ["deep/grid"]
    shown = str(sweeps.result_view("deep/grid"))
    assert "A <b>sweep</b>" in shown
    assert "6 settings of 2 parameters, 3 worlds each" in shown
    assert "Be worth sharing minus Customers as marketing department" in shown


@pytest.mark.parametrize(
    ("wanted", "wrong"),
    [
        ("../elsewhere", "lies outside"),
        ("/etc", "lies outside"),
        ("deep/../../x", "lies outside"),
        ("way/out", "lies outside"),
        ("nothing", "is not there"),
        ("deep/grid/runs.parquet", "is not there, or is no folder"),
        ("a\0b", "is no path"),
        ("x" * 500, "is too long"),
        ("deep", "holds no sweep"),
        ("store", "is a store of 36 runs, which knows no design"),
        ("old", "is a store of another version"),
        ("newer", "is of a version that this one does not read"),
        ("torn", "is not whole"),
        ("half", "runs.parquet beside it cannot"),
    ],
)
def test_what_cannot_be_opened_is_said_in_words_without_paths_of_this_machine(
    here: Path, tmp_path: Path, wanted: str, wrong: str
) -> None:
    manifest = json.loads((here / "deep/grid/sweep.json").read_text())
    for name, content in (("newer", {**manifest, "format": 99}), ("torn", {"format": 1}), ("half", manifest)):
        (here / name).mkdir(exist_ok=True)
        (here / name / "sweep.json").write_text(json.dumps(content))
    (here / "old" / "0123-1").mkdir(parents=True, exist_ok=True)
    (here / "old" / "0123-1" / "x.parquet").write_bytes(b"")
    if not (here / "way").exists():
        (here / "way").mkdir()
        (here / "way" / "out").symlink_to(tmp_path)
    shown = str(sweeps.result_view(wanted))
    assert wrong in shown
    assert "This folder cannot be opened" in shown
    assert str(here) not in shown
    for name in ("newer", "torn", "half"):
        (here / name / "sweep.json").unlink()


def test_sweep_comes_back_as_it_was_written(here: Path) -> None:
    kept = open_sweep("deep/grid")
    assert kept.names == tuple(PAIR)
    assert kept.values.shape == (6, 2, 3, 2)
    assert kept.settings[5] == {"brand.quality": 0.8, "fatigue.half_life": 28.0}
    with RunStore(here / "store") as store:
        again = run_sweep(plan(), store, workers=1)
    np.testing.assert_array_equal(kept.values, again.values)
    np.testing.assert_array_equal(
        kept.outcome("reach", DIFFERENCE), kept.outcome("reach", PAIR[1]) - kept.outcome("reach", PAIR[0])
    )


def test_cells_are_means_over_worlds_and_all_other_parameters(here: Path) -> None:
    kept = open_sweep("deep/grid")
    reach = kept.outcome("reach", PAIR[0])
    low, high = cells_of(kept, "reach", PAIR[0], "brand.quality", None)
    assert (low.x, low.points, high.x) == (0.2, 3, 0.8)
    assert low.mean == pytest.approx(reach[:3].mean())
    worlds = reach[:3].mean(axis=0)
    assert low.high - low.mean == pytest.approx(4.302652729911275 * worlds.std(ddof=1) / np.sqrt(3))
    cells = cells_of(kept, "reach", DIFFERENCE, "fatigue.half_life", "brand.quality")
    assert len(cells) == 6
    figure = cells_figure(kept, cells, "reach", DIFFERENCE, "fatigue.half_life", "brand.quality")
    assert list(figure.layout.xaxis.ticktext) == ["4", "12", "28"]
    assert figure.data[0].zmin == -figure.data[0].zmax
    assert len(figure.layout.annotations) == 6
    doubts = [cell.low <= 0.0 <= cell.high for cell in cells]
    assert sum(one.text.endswith("?") for one in figure.layout.annotations) == sum(doubts)
    assert "of 6 places" in cells_sentence(
        kept, cells, "reach", DIFFERENCE, "fatigue.half_life", "brand.quality"
    )


def sampled(outcome: np.ndarray) -> Kept:
    rng = np.random.default_rng(1)
    settings = tuple(
        {
            "brand.quality": float(row[0]),
            "fatigue.half_life": float(row[1]),
            "world.clustering": float(row[2]),
        }
        for row in rng.random((len(outcome), 3))
    )
    values = np.zeros((len(outcome), 2, 4, 1))
    values[:, 1, :, 0] = (
        np.array([setting["world.clustering"] for setting in settings])[:, None] + outcome[:, None]
    )
    made = plan()
    return Kept(
        "", "", made.scenarios, tuple(settings[0]), ("backlash",), settings, values, made.placing, 1, 0, ()
    )


def test_sample_is_points_over_what_matters_most_and_less_is_better_where_it_is() -> None:
    kept = sampled(np.zeros(60))
    assert strongest(kept, "backlash", DIFFERENCE)[0] == "world.clustering"
    cells = cells_of(kept, "backlash", DIFFERENCE, "world.clustering", "brand.quality")
    assert len(cells) == 60
    figure = cells_figure(
        kept, cells, "backlash", DIFFERENCE, "world.clustering", "brand.quality", theme="dark"
    )
    assert figure.data[0].type == "scatter"
    said = cells_sentence(kept, cells, "backlash", DIFFERENCE, "world.clustering", "brand.quality")
    assert "Be worth sharing is better in 0 of 60 places" in said
    assert "Customers as marketing department in 60" in said
    assert "1 in 20 would seem to by luck" in said
    assert set(figure.data[0].marker.symbol) == {"circle"}
    doubted = [cells[0]._replace(low=-1.0, high=9.0), *cells[1:]]
    figure = cells_figure(kept, doubted, "backlash", DIFFERENCE, "world.clustering", "brand.quality")
    assert list(figure.data[0].marker.symbol) == ["circle-open", *["circle"] * 59]


def test_what_if_of_a_point_is_the_scenario_that_the_sweep_ran(here: Path, tmp_path: Path) -> None:
    kept = open_sweep("deep/grid")
    setting = kept.settings[4]
    question = sweeps.question_at(kept, setting)
    assert (question.people, question.days, question.replicates, question.seed) == (40, 3, 3, 1)
    again, errors = question_from(query_of(search_of(question)))
    assert not errors
    asked = scenarios_of(again, tmp_path)
    ran = [kept.scenario_at(name, setting) for name in kept.names]
    assert [one.key for one in asked.values()] == [one.key for one in ran]


def test_click_on_a_cell_or_a_point_is_its_setting(here: Path) -> None:
    kept = open_sweep("deep/grid")
    chosen = ["reach", DIFFERENCE, "fatigue.half_life", "brand.quality"]
    cell = {"points": [{"x": 2, "y": 1, "z": 0.0}]}
    assert sweeps.setting_clicked(kept, cell, chosen) == {"brand.quality": 0.8, "fatigue.half_life": 28.0}
    point = {"points": [{"customdata": [3, "1", "0 to 2"]}]}
    assert sweeps.setting_clicked(kept, point, chosen) == dict(kept.settings[3])
    for hostile in (
        None,
        {},
        {"points": []},
        {"points": [{"x": 99, "y": 0}]},
        {"points": [{"customdata": [77]}]},
    ):
        assert sweeps.setting_clicked(kept, hostile, chosen) is None
    assert sweeps.setting_clicked(kept, cell, ["reach", "nobody", "x", "y"]) is None
    assert sweeps.place_clicked(kept, {"points": [{"x": 0.31234, "y": 9.0}]}) == {
        "brand.quality": 0.3123,
        "fatigue.half_life": 9.0,
    }
    assert sweeps.place_clicked(kept, {"points": [{"x": "nan", "y": 1.0}]}) is None


def test_frontier_is_drawn_with_what_ifs_of_what_a_link_can_say(here: Path) -> None:
    value = 0.6
    scenario = moved(load_scenario(PAIR[1]).scenario, {"brand.series.0.value": value})
    common = {
        f"{outcome}_{name}": 1.0 for outcome in ("reach", "backlash") for name in asdict(Tail(*[1.0] * 9))
    }
    row = {
        "candidate": "b, value 0.6",
        "strategy": PAIR[1],
        "brand.series.0.value": value,
        "effort": 3200.0,
        **common,
    }
    row |= {
        "p_frontier": 1.0,
        "status": "on the frontier",
        "dominated_by": None,
        "p_dominated": 0.0,
        "key": scenario.key,
    }
    other = {
        **row,
        "candidate": "changed",
        "key": "another",
        "status": "dominated",
        "dominated_by": "b, value 0.6",
    }
    about = {"command": "x", "seed": 3, "replicates": 5, "budget": None, "proposed": 0, "notes": ["a note"]}
    write_page(here / "front", "frontier", {"frontier": pd.DataFrame([row, other])}, "", about)
    shown = str(sweeps.result_view("front"))
    assert "1 of 2 strategies and settings are on the frontier" in shown
    assert "brand.series.0.value:0.6" in shown
    assert "none: is a file, or was changed with --set" in shown
    (here / "front" / "frontier.parquet").write_bytes(b"torn")
    assert "is not whole" in str(sweeps.result_view("front"))
    (here / "front" / "frontier.json").unlink()
