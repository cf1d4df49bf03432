"""Verifying: runs that give the same numbers are said to, and one number that was changed is found."""

import itertools
import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep import run_sweep
from worthsharing.experiments.sweep_design import plan_of
from worthsharing.experiments.sweep_files import write_sweep
from worthsharing.experiments.verify import verify
from worthsharing.sim.errors import InputError

CONTENT: dict[str, Any] = {
    "scenarios": ["be_worth_sharing", "silence"],
    "settings": ["world.people=40", "clock.days=2"],
    "measures": ["reach", "cost_per_reached"],
    "replicates": 2,
    # the last point cannot be: shares of one whole beyond it
    "parameters": [
        {"path": "leaving.silent", "values": [0.1, 1.0]},
        {"path": "brand.quality", "values": [0.5]},
    ],
}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A store and the folder of a sweep."""
    store, out = tmp_path / "store", tmp_path / "out"
    with RunStore(store) as runs:
        sweep = run_sweep(plan_of(CONTENT, b"", "tiny.toml", tmp_path, seed=3), runs, workers=1)
    write_sweep(out, sweep, "a command")
    return store, out


def changed(file: Path, column: str, row: int, value: object) -> None:
    table = pyarrow.parquet.read_table(file)
    values = table.column(column).to_pylist()
    values[row] = value
    place = table.schema.get_field_index(column)
    table = table.set_column(place, column, pyarrow.array(values, table.schema.field(column).type))
    pyarrow.parquet.write_table(table, file)


def test_what_nobody_touched_is_the_same(folders: tuple[Path, Path]) -> None:
    store, out = folders
    assert verify(store) == verify(store, sample=4)
    assert (verify(store).runs, verify(store).sampled, verify(store).mismatches) == (4, 4, ())
    found = verify(out)
    assert (found.runs, found.sampled, found.mismatches, found.notes) == (8, 8, (), ())


def test_one_bit_in_a_store_is_found(folders: tuple[Path, Path]) -> None:
    store, _ = folders
    (file,) = RunStore(store).folder.glob("*.parquet")
    kept = pyarrow.parquet.read_table(file).to_pylist()[2]
    changed(file, "reach", 2, kept["reach"] + 1e-12)
    (found,) = verify(store).mismatches
    assert (found.what, found.now) == ("reach", repr(kept["reach"]))
    assert f"scenario {kept['scenario']}, seed 3, replicate {kept['replicate']}" == found.run


@pytest.mark.parametrize(
    ("column", "row", "value", "what"),
    [
        ("reach", 1, 0.25, {"reach"}),
        ("cost_per_reached", 2, 1.0, {"cost_per_reached"}),
        ("key", 0, "0123456789abcdef", {"key"}),
        ("error", 3, "it failed", {"error"}),
        ("error", 4, "something else", {"error"}),
        ("error", 4, None, {"error", "reach", "cost_per_reached"}),
    ],
)
def test_one_cell_in_a_sweep_is_found(
    folders: tuple[Path, Path], column: str, row: int, value: object, what: set[str]
) -> None:
    _, out = folders
    changed(out / "runs.parquet", column, row, value)
    found = verify(out).mismatches
    assert {one.what for one in found} <= what
    assert column in {one.what for one in found}
    assert len({one.run for one in found}) == 1


def test_larger_sample_has_the_smaller_one(folders: tuple[Path, Path]) -> None:
    _, out = folders
    for row in range(4):
        changed(out / "runs.parquet", "reach", row, -1.0)
    runs = [{one.run for one in verify(out, sample=count).mismatches} for count in range(1, 9)]
    assert all(fewer <= more for fewer, more in itertools.pairwise(runs))
    assert len(runs[-1]) == 4


def test_runs_of_other_rules_are_said_to_be(folders: tuple[Path, Path]) -> None:
    store, out = folders
    manifest = json.loads((out / "sweep.json").read_text())
    manifest["provenance"]["rules"] = "0" * 16
    (out / "sweep.json").write_text(json.dumps(manifest))
    assert "other rules" in verify(out).notes[0]
    folder = RunStore(store).folder
    folder.rename(folder.with_name(f"{'0' * 16}-2"))
    with pytest.raises(InputError, match="runs of other rules only"):
        verify(store)


def test_run_of_which_nobody_knows_what_was_run_is_counted(folders: tuple[Path, Path]) -> None:
    store, _ = folders
    (file,) = RunStore(store).folder.glob("*.parquet")
    changed(file, "content", 0, None)
    found = verify(store)
    assert (found.sampled, found.unknown, found.mismatches) == (3, 1, ())


@pytest.mark.parametrize("damage", ["{}", "not JSON", '{"format": 1}'])
def test_folder_that_is_not_whole_is_an_input_error(folders: tuple[Path, Path], damage: str) -> None:
    _, out = folders
    (out / "sweep.json").write_text(damage)
    with pytest.raises(InputError, match=r"sweep\.json: is not whole"):
        verify(out)


def test_other_folders_cannot_be_verified(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(InputError, match="neither a store nor the folder of a sweep"):
            verify(place)
    assert list(tmp_path.iterdir()) == []  # looking leaves nothing behind
