"""Results on disk: complete, the same bytes for the same results, and honest about what is damaged."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from worthsharing.experiments.compare import compare
from worthsharing.experiments.execute import Results, run_scenarios
from worthsharing.experiments.results import MANIFEST, REPORT, check_folder, read_results, write_results
from worthsharing.experiments.summary import summarise, to_json
from worthsharing.experiments.tables import daily_table, outcomes_table, results_of_tables
from worthsharing.sim.errors import InputError
from worthsharing.sim.run import provenance
from worthsharing.sim.scenario import Scenario, load_scenario

SMALL = ("world.people=200", "clock.days=10")
COMMAND = "worthsharing compare a b"


@pytest.fixture(scope="module")
def results() -> Results:
    names = ("customers_as_marketing_department", "be_worth_sharing")
    return run_scenarios(
        {name: load_scenario(name, settings=SMALL).scenario for name in names}, replicates=3, workers=1
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_everything_is_written_and_read_back(results: Results, tmp_path: Path) -> None:
    comparison = compare(results)
    files = write_results(tmp_path / "new" / "folder", results, comparison, COMMAND)
    folder = tmp_path / "new" / "folder"
    assert {file.name for file in files} == set(contents(folder))
    assert set(contents(folder)) == {
        "outcomes.parquet",
        "daily.parquet",
        "differences.parquet",
        MANIFEST,
        REPORT,
    }
    stored = read_results(folder)
    pd.testing.assert_frame_equal(outcomes_table(stored.results), outcomes_table(results), check_dtype=False)
    pd.testing.assert_frame_equal(daily_table(stored.results), daily_table(results), check_dtype=False)
    assert dict(stored.results.scenarios) == dict(results.scenarios)
    assert (stored.results.seed, stored.results.replicates) == (results.seed, 3)
    assert str(compare(stored.results)) == str(
        comparison
    )  # as text: not-available numbers differ from themselves
    differences = pd.read_parquet(folder / "differences.parquet")
    assert list(differences["verdict"]) == [difference.verdict for difference in comparison.differences]


def test_manifest_holds_what_the_numbers_depend_on(results: Results, tmp_path: Path) -> None:
    write_results(tmp_path, results, None, COMMAND)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    assert manifest["provenance"] == provenance()
    assert manifest["provenance"]["rules"]
    assert manifest["command"] == COMMAND
    assert (manifest["seed"], manifest["replicates"]) == (1, 3)
    for name, scenario in results.scenarios.items():
        entry = manifest["scenarios"][name]
        assert entry["key"] == scenario.key
        assert entry["network_sha256"] is None
        assert entry["parameters"]["attention"]["attention_days"] == scenario.attention.attention_days


def test_network_file_is_named_by_its_content(tmp_path: Path) -> None:
    network = tmp_path / "net.csv"
    network.write_text("".join(f"{person},{person + 1}\n" for person in range(50)))
    scenario = load_scenario("silence", settings=(f"world.network={network}", "clock.days=2")).scenario
    write_results(tmp_path / "out", run_scenarios({"silence": scenario}, replicates=1), None, COMMAND)
    entry = json.loads((tmp_path / "out" / MANIFEST).read_text())["scenarios"]["silence"]
    assert len(entry["network_sha256"]) == 64


def test_same_results_give_the_same_bytes(results: Results, tmp_path: Path) -> None:
    comparison = compare(results)
    for name in ("one", "two"):
        write_results(tmp_path / name, results, comparison, COMMAND, csv=True)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_csv_on_request(results: Results, tmp_path: Path) -> None:
    write_results(tmp_path, results, None, COMMAND, csv=True)
    table = pd.read_csv(tmp_path / "outcomes.csv")
    assert np.allclose(table["value"], outcomes_table(results)["value"], rtol=1e-15, equal_nan=True)
    assert (tmp_path / "daily.csv").exists()


def test_tables_of_an_earlier_run_do_not_stay_and_nothing_else_goes(results: Results, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("mine")
    write_results(tmp_path, results, compare(results), COMMAND, csv=True)
    write_results(tmp_path, results, None, COMMAND)
    assert set(contents(tmp_path)) == {"mine.csv", "outcomes.parquet", "daily.parquet", MANIFEST, REPORT}


def test_files_that_only_have_our_names_stay(results: Results, tmp_path: Path) -> None:
    (tmp_path / "differences.csv").write_text("mine")
    write_results(tmp_path, results, None, COMMAND)
    assert (tmp_path / "differences.csv").read_text() == "mine"


def test_places_that_cannot_be_written_to_are_refused(results: Results, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for place in (
        file,
        file / "below",
        Path("/proc/worthsharing"),
        tmp_path / "a\0b",
        tmp_path / ("x" * 300),
    ):
        with pytest.raises(InputError, match="--out"):
            check_folder(place)
        with pytest.raises(InputError, match="--out"):
            write_results(place, results, None, COMMAND)


def test_a_folder_in_the_place_of_a_file_is_refused_and_nothing_is_left_aside(
    results: Results, tmp_path: Path
) -> None:
    (tmp_path / "outcomes.parquet").mkdir()
    with pytest.raises(InputError, match=r"outcomes\.parquet"):
        write_results(tmp_path, results, None, COMMAND)
    assert {entry.name for entry in tmp_path.iterdir()} == {"outcomes.parquet"}


@pytest.mark.parametrize(
    "damage", ["no folder", "not JSON", "no manifest", "part of it", "table gone", "table changed"]
)
def test_damaged_results_are_refused(results: Results, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "results"
    if damage != "no folder":
        write_results(folder, results, None, COMMAND)
    manifest = folder / MANIFEST
    if damage == "not JSON":
        manifest.write_text("{")
    elif damage == "no manifest":
        manifest.write_text("[1]")
    elif damage == "part of it":
        manifest.write_text(json.dumps({"format": 1, "scenarios": {}}))
    elif damage == "table gone":
        (folder / "daily.parquet").unlink()
    elif damage == "table changed":
        (folder / "daily.parquet").write_bytes((folder / "outcomes.parquet").read_bytes())
    with pytest.raises(InputError) as caught:
        read_results(folder)
    assert str(folder) in caught.value.where
    assert caught.value.right


def test_summary_of_known_numbers() -> None:
    table = pd.DataFrame(
        {"scenario": "x", "replicate": range(4), "measure": "reach", "value": [1.0, 2.0, 3.0, np.nan]}
    )
    (summary,) = summarise(results_of_tables({"x": Scenario()}, 1, table, pd.DataFrame()))
    assert (summary.mean, summary.replicates) == (2.0, 3)
    # quantile 4.302653 of Student's t with 2 degrees of freedom, times 1 / sqrt(3)
    assert summary.high - summary.mean == pytest.approx(4.302653 / 3**0.5, rel=1e-6)
    assert summary.mean - summary.low == pytest.approx(summary.high - summary.mean)


def test_json_has_no_numbers_that_json_does_not_know() -> None:
    text = to_json({"a": float("nan"), "b": [float("inf"), {"c": -float("inf")}], "d": (1.5, None, True)})
    assert json.loads(text) == {"a": None, "b": [None, {"c": None}], "d": [1.5, None, True]}
