"""The commands `sweep` and `verify`: one answer on stdout, everything else on stderr, and their exit codes."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet
import pytest

from worthsharing.dashboard import cli
from worthsharing.experiments import execute
from worthsharing.sim.run import RunResult, simulate
from worthsharing.sim.scenario import Scenario

ROOT = Path(__file__).parents[2]
DESIGN = """
title = "Two products"
scenarios = ["be_worth_sharing", "customers_as_marketing_department"]
settings = ["world.people=40", "clock.days=2"]
measures = ["reach", "backlash"]
replicates = 3
[[parameters]]
path = "brand.quality"
values = [0.2, 0.8]
"""


class Said(NamedTuple):
    code: object
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command line in this process, in a folder with a design."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORTHSHARING_CACHE", str(tmp_path / "cache"))
    (tmp_path / "design.toml").write_text(DESIGN)

    def _command(*words: object) -> Said:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(word) for word in words])
        return Said(ended.value.code or 0, *capsys.readouterr())

    return _command


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("width", [80, 120])
def test_sweep_says_what_is_before_it_and_what_came_of_it(
    command: Command, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    said = command("sweep", "design.toml", "--out", "out")
    assert said.code == 0
    assert "12 runs, 0 of them found; the rest takes about" in said.err
    assert max(len(line.rstrip()) for line in said.out.splitlines()) <= width
    words = " ".join(said.out.split())
    for expected in ("Two products", "Reach", "12 runs, 0 failed", "written: out/runs.parquet"):
        assert expected in words
    assert pyarrow.parquet.read_table("out/runs.parquet").num_rows == 12
    assert "12 runs, all of them found" in command("sweep", "design.toml").err


def test_sweep_as_json_and_again_from_its_command(command: Command) -> None:
    said = command("sweep", "design.toml", "--seed", 5, "--workers", 2, "--out", "one", "--json")
    document: dict[str, Any] = json.loads(said.out)
    assert (document["points"], document["runs"], document["failed"]) == (2, 12, 0)
    assert [Path(file).name for file in document["files"]] == ["runs.parquet", "design.toml", "sweep.json"]
    words = shlex.split(document["command"])
    command(*words[1:], "--out", "two", "--store", "another")
    assert contents(Path("one")) == contents(Path("two"))


def test_failing_runs_are_named_and_end_with_1(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(scenario: Scenario, replicate: int, **options: Any) -> RunResult:
        if scenario.brand.quality == 0.8 and replicate == 1:
            raise RuntimeError("out of luck")
        return simulate(scenario, replicate, **options)

    monkeypatch.setattr(execute, "simulate", failing)
    said = command("sweep", "design.toml", "--seed", 4, "--out", "out")
    assert said.code == 1
    assert "12 runs, 2 failed" in said.out
    assert "be_worth_sharing at point 1, replicate 1, seed 4: RuntimeError: out of luck" in said.err
    assert said.err.splitlines()[-1] == "worthsharing: 2 of 12 runs failed"
    assert pyarrow.parquet.read_table("out/runs.parquet").column("error").null_count == 10
    assert len(json.loads(command("sweep", "design.toml", "--seed", 4, "--json").out)["failures"]) == 2
    Path("design.toml").write_text('on_error = "stop"\n' + DESIGN)
    said = command("sweep", "design.toml", "--seed", 4)
    assert (said.code, said.out) == (1, "")
    assert "point 1, replicate 1: RuntimeError: out of luck" in said.err.splitlines()[-1]


def test_wrong_designs_and_places_end_with_2_before_the_work(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the work began")

    monkeypatch.setattr(execute, "simulate", never)
    Path("file").write_text("")
    Path("sampled.toml").write_text('method = "latin"\npoints = 3\n' + DESIGN)
    for words, expected in (
        (("sweep", "nothing.toml"), "nothing.toml: cannot be read"),
        (("sweep", "sampled.toml", "--seed", -1), "--seed: -1 is out of bounds"),
        (("sweep", "design.toml", "--out", "file"), "--out file: there is a file of that name"),
        (("sweep", "design.toml", "--store", "file"), "file: cannot keep runs: "),
        (("verify", "file"), "file: is neither a store nor the folder of a sweep"),
        (("verify",), "is neither a store nor the folder of a sweep"),
    ):
        said = command(*words)
        assert (said.code, said.out) == (2, ""), said
        assert expected in said.err.splitlines()[-1]
        assert "Traceback" not in said.err


def test_verify_says_what_differs_and_ends_with_1(command: Command) -> None:
    command("sweep", "design.toml", "--out", "out")
    for words in ((), ("out",), ("out", "--sample", 3)):
        said = command("verify", *words)
        assert said.code == 0
        assert "each gave the same numbers to the last bit" in said.out
    table = pyarrow.parquet.read_table("out/runs.parquet")
    rows = table.to_pylist()
    rows[7]["reach"] += 1.0
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, table.schema), "out/runs.parquet")
    said = command("verify", "out")
    assert said.code == 1
    assert "point 1, be_worth_sharing, replicate 1: reach was" in said.out
    assert "12 of 12 runs were made again, 1 of them gave other numbers" in said.out
    (mismatch,) = json.loads(command("verify", "out", "--json").out)["mismatches"]
    assert float(mismatch["kept"]) == float(mismatch["now"]) + 1.0


def test_designs_that_come_with_the_project_can_be_swept(command: Command) -> None:
    design = (ROOT / "experiments" / "designs" / "example_sweep.toml").read_text()
    Path("small.toml").write_text(design.replace("world.people=500", "world.people=50"))
    assert command("sweep", "small.toml").code == 0
