"""Sweeps that are killed, that find no room, or are given a wrong place: a clear word, and nothing lost."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep import run_sweep
from worthsharing.experiments.sweep_design import load_plan
from worthsharing.experiments.sweep_files import write_sweep

DESIGN = """
scenarios = ["be_worth_sharing"]
settings = ["world.people=40", "clock.days=2"]
measures = ["reach", "backlash"]
method = "latin"
points = {points}
replicates = 2
[[parameters]]
path = "brand.quality"
range = [0.1, 0.9]
"""
# files of three runs, so that many are written; everything is imported and compiled before the word is said
PROGRAM = """
import resource, sys
from worthsharing.dashboard.cli import main
from worthsharing.experiments import execute, store, sweep, sweep_files
from worthsharing.experiments.execute import run_scenarios
from worthsharing.experiments.sweep_design import load_plan
store.RUNS_PER_FILE = 3
execute.SMALL_WITH_POSTS = 0  # small worlds in threads, as large ones are
run_scenarios(load_plan(sys.argv[2]).scenarios, replicates=1, workers=1)
if {limit}:
    resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
print("begun", flush=True)
main(sys.argv[1:])
"""


def design_file(folder: Path, points: int) -> Path:
    file = folder / "design.toml"
    file.write_text(DESIGN.format(points=points))
    return file


def finished(design: Path, store: Path, out: Path) -> dict[str, bytes]:
    """Files of a sweep that is not disturbed (any more)."""
    with RunStore(store) as runs:
        sweep = run_sweep(load_plan(design), runs, workers=1)
    return {file.name: file.read_bytes() for file in write_sweep(out, sweep, "a command")}


def begin(words: Sequence[object], *, limit: int = 0) -> subprocess.Popen[str]:
    """Start the command and come back when it is about to sweep."""
    program = [sys.executable, "-c", PROGRAM.format(limit=limit), *map(str, words)]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


@pytest.mark.parametrize("moments", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_sweep_goes_on_and_ends_as_if_nothing_had_been(tmp_path: Path, moments: int) -> None:
    design = design_file(tmp_path, 150)
    expected = finished(design, tmp_path / "undisturbed", tmp_path / "out")
    chance = random.Random(moments)
    left = []
    for moment in range(moments):
        store = tmp_path / f"store {moment}"
        with begin(["sweep", design, "--workers", 2, "--store", store]) as process:
            # a moment counted in files of three runs, a hundred in all: the same on a fast and on a busy machine
            wanted = chance.randrange(1, 70)
            while len(list(store.rglob("*.parquet"))) < wanted and process.poll() is None:
                time.sleep(0.001)
            time.sleep(chance.uniform(0.0, 0.005))  # anywhere in the writing of the next one
            process.kill()
        left.append(len(RunStore(store)))
        assert finished(design, store, tmp_path / "again") == expected
    assert all(0 < runs < 300 for runs in left), left  # each was killed while there was work


def test_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    fewer, design = design_file(tmp_path, 20), tmp_path / "larger.toml"
    design.write_text(DESIGN.format(points=60))
    store = tmp_path / "store"
    finished(fewer, store, tmp_path / "fewer")
    before = {file: file.read_bytes() for file in store.rglob("*") if file.is_file()}
    out = tmp_path / "out"
    with begin(["sweep", design, "--store", store, "--out", out], limit=1000) as process:
        said, error = process.communicate(timeout=120)
    assert (process.returncode, said) == (2, "")
    last = error.splitlines()[-1]
    assert last.startswith(f"worthsharing: {store}: cannot keep runs: ")
    assert "make room" in last
    assert "Traceback" not in error
    assert {file: file.read_bytes() for file in store.rglob("*") if file.is_file()} == before
    expected = finished(design, tmp_path / "undisturbed", tmp_path / "one")
    assert finished(design, store, tmp_path / "two") == expected


def test_no_room_for_the_table_loses_no_run(tmp_path: Path) -> None:
    design, store, out = design_file(tmp_path, 40), tmp_path / "store", tmp_path / "out"
    finished(design, store, tmp_path / "elsewhere")
    with begin(["sweep", design, "--store", store, "--out", out], limit=500) as process:
        _, error = process.communicate(timeout=120)
    assert process.returncode == 2
    assert error.splitlines()[-1].startswith(f"worthsharing: {out / 'runs.parquet'}: cannot be written: ")
    assert list(out.iterdir()) == []
    assert len(RunStore(store)) == 80


def test_half_written_files_are_not_read_and_do_not_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    design = design_file(tmp_path, 3)
    halves: dict[Path, bytes] = {}

    def watched(aside: Path, file: Path, replace: Callable[[Path, Path], None] = os.replace) -> None:
        halves[aside] = aside.read_bytes()[:200]
        replace(aside, file)

    monkeypatch.setattr(os, "replace", watched)
    expected = finished(design, tmp_path / "store", tmp_path / "out")
    kept = [file for file in halves if file.is_relative_to(tmp_path / "store")]
    assert len(kept) == 2  # runs, and names
    for file in kept:
        file.write_bytes(halves[file])  # as a killed writer leaves it
    long_ago = time.time() - 100_000.0
    os.utime(kept[0], (long_ago, long_ago))
    assert finished(design, tmp_path / "store", tmp_path / "out") == expected
    assert caplog.text == ""
    assert [file.exists() for file in kept] == [False, True]  # the newer one may be somebody's at work


def test_manifest_is_whole_or_not_there(tmp_path: Path) -> None:
    design = design_file(tmp_path, 2)
    files = finished(design, tmp_path / "store", tmp_path / "out")
    assert json.loads(files["sweep.json"])["runs"] == 4
    assert not [file for file in (tmp_path / "out").iterdir() if file.name.startswith(".")]
