"""The guide to analyses: its examples run, and its commands are understood."""

import doctest
import re
import shlex
from pathlib import Path

import pytest

from worthsharing.dashboard import cli

DOCUMENT = Path(__file__).parents[2] / "docs" / "analyses.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def test_examples_give_what_they_show() -> None:
    pytest.importorskip("SALib", reason="needs the extra `sensitivity`")
    outcome = doctest.testfile(str(DOCUMENT), module_relative=False, encoding="utf-8")
    assert outcome.attempted > 5
    assert outcome.failed == 0


@pytest.mark.parametrize("line", re.findall(r"^worthsharing .*", TEXT, re.MULTILINE))
def test_commands_are_understood(
    line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    words = shlex.split(line)
    with pytest.raises(SystemExit) as ended:
        cli.main([*words[1:], "--help"])
    assert ended.value.code == 0
    known = capsys.readouterr().out
    assert all(word in known for word in words if word.startswith("--"))
