"""The README: its examples run, its commands are understood, and the answer it shows is the answer."""

import doctest
import os
import re
import shlex
from pathlib import Path

import pytest

from worthsharing.dashboard import cli
from worthsharing.experiments.verdicts import MEANINGS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line
    for block in BLOCKS
    for line in block.splitlines()
    if line.startswith(("worthsharing ", "python3 -m venv"))
]


def test_python_examples_give_what_they_show() -> None:
    outcome = doctest.testfile(str(README), module_relative=False, encoding="utf-8")
    assert outcome.attempted > 5
    assert outcome.failed == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_command_is_understood(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    ours = [part for part in command.split(" && ") if "worthsharing " in part]
    for part in ours:
        words = shlex.split(part)
        assert words[0].removeprefix(".venv/bin/") == "worthsharing"
        with pytest.raises(SystemExit) as ended:
            cli.main([words[1], *words[2:], "--help"])
        assert ended.value.code == 0
        known = capsys.readouterr().out
        for word in words:
            assert not word.startswith("--") or word in known


def test_the_two_commands_are_those_that_are_promised() -> None:
    install = "python3 -m venv .venv && .venv/bin/pip install -c constraints.txt"
    names = "customers_as_marketing_department be_worth_sharing"
    assert [command for command in COMMANDS if command.startswith("python3")] == [
        f"{install} . && .venv/bin/worthsharing compare {names} --out results",
        f"{install} -e '.[test]' && .venv/bin/python -m pytest",
    ]


def test_answer_shown_is_the_answer(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With WORTHSHARING_UPDATE=1 in the environment, the README is brought up to date instead."""
    shown = re.search(r"<!-- output: worthsharing (.*) -->\n```\n(.*?)```\n", TEXT, re.DOTALL)
    assert shown is not None
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        cli.main(shlex.split(shown[1]))
    assert ended.value.code == 0
    answer = "".join(f"{line.rstrip()}\n" for line in capsys.readouterr().out.splitlines())
    if os.environ.get("WORTHSHARING_UPDATE") == "1":
        README.write_text(TEXT[: shown.start(2)] + answer + TEXT[shown.end(2) :], encoding="utf-8")
    else:
        assert shown[2] == answer


@pytest.mark.parametrize("document", [README, ROOT / "docs" / "trial.md"], ids=["README", "trial"])
def test_words_of_a_trial_mean_what_they_mean(document: Path) -> None:
    for word, meaning in MEANINGS.items():
        assert f"| {word} | {meaning} |" in document.read_text(encoding="utf-8")


def test_links_lead_somewhere() -> None:
    for document in (
        README,
        ROOT / "docs" / "trial.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "scenarios" / "README.md",
    ):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
