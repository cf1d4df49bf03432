"""The guides to sweeps, clusters and the frontier: examples run, designs are designs, and commands are understood."""

import doctest
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from worthsharing.dashboard import cli
from worthsharing.experiments.sweep_design import plan_of

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "sweeps.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


CLUSTER = ROOT / "docs" / "cluster.md"


def test_examples_give_what_they_show() -> None:
    outcome = doctest.testfile(str(DOCUMENT), module_relative=False, encoding="utf-8")
    assert outcome.attempted > 5
    assert outcome.failed == 0


@pytest.mark.slow  # starts a scheduler and a worker; the same is tested in test_cluster.py
def test_examples_of_clusters_give_what_they_show() -> None:
    pytest.importorskip("distributed", reason="needs the extra `cluster`")
    outcome = doctest.testfile(str(CLUSTER), module_relative=False, encoding="utf-8")
    assert outcome.attempted > 5
    assert outcome.failed == 0


def test_design_shown_is_the_one_that_comes_with_the_project() -> None:
    whole, listed = (tomllib.loads(one) for one in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL))
    file = ROOT / "experiments" / "designs" / "example_sweep.toml"
    ours = tomllib.loads(file.read_text(encoding="utf-8"))
    assert whole == {**ours, "on_error": "keep"}
    shown = plan_of({"scenarios": whole["scenarios"], **listed}, b"", "shown", ROOT)
    assert shown.points[1] == {"brand.quality": 0.9, "fatigue.half_life": 28}


@pytest.mark.parametrize(
    "line",
    [
        line
        for file in ("sweeps", "cluster", "frontier")
        for line in re.findall(
            r"^worthsharing .*", (ROOT / "docs" / f"{file}.md").read_text(encoding="utf-8"), re.MULTILINE
        )
    ],
)
def test_commands_are_understood(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(line)
    with pytest.raises(SystemExit) as ended:
        cli.main([*words[1:], "--help"])
    assert ended.value.code == 0
    known = capsys.readouterr().out
    assert all(word in known for word in words if word.startswith("--"))
