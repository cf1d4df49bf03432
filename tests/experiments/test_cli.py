"""The command line: one answer on stdout, everything else on stderr, and an exit code that can be relied on."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from worthsharing.dashboard import cli
from worthsharing.experiments import execute
from worthsharing.experiments.compare import OUTCOMES
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.scenario import bundled_names

PAIR = ("customers_as_marketing_department", "be_worth_sharing")
SMALL = ("--people", "200", "--days", "10", "--replicates", "3", "--workers", "1")


class Said(NamedTuple):
    """What a command said and how it ended."""

    code: object
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command line in this process."""

    def _command(*words: object) -> Said:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(word) for word in words])
        return Said(ended.value.code or 0, *capsys.readouterr())

    return _command


def document(said: Said) -> dict[str, Any]:
    assert said.code == 0, said
    read: dict[str, Any] = json.loads(said.out)  # one document and nothing else
    return read


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


# --- compare ---


def test_a_comparison_can_be_examined(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORTHSHARING_CACHE", str(tmp_path / "cache"))
    small = ("--people", "120", "--days", "7", "--replicates", "2", "--workers", "1")
    words = (*PAIR, *small, "--ledger", "24")
    found = document(command("compare", *words, "--audit", "--json", "--out", tmp_path / "out"))
    assert found["command"].endswith("--ledger 24 --audit")
    assert found["ledger"]["points"] == 24
    assert found["audits"][0]["b"] == PAIR[1]
    assert {one["footing"] for one in found["outcomes"]} <= set(found["ledger"]["footings"])
    assert {"ledger.parquet", "audit.parquet"} <= contents(tmp_path / "out").keys()
    said = command("compare", *words)
    assert "24 other settings of" in said.out
    assert "Not examined: whether anything does that must not matter (--audit)." in said.out
    assert command("compare", *PAIR, *small, "--ledger", "3").code == 2


@pytest.mark.parametrize("width", [60, 80, 100, 120])
@pytest.mark.parametrize("pair", [PAIR, ["silence", "silence"]])
def test_no_verdict_is_cut(
    command: Command, monkeypatch: pytest.MonkeyPatch, width: int, pair: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    said = command("compare", *pair, *SMALL, "--days", "7")
    table = said.out.partition("Verdict")[2].partition("Effort")[0]
    words = " ".join(table.split())
    wanted = document(command("compare", *pair, *SMALL, "--days", "7", "--json"))
    for outcome in wanted["outcomes"]:
        verdict = outcome["verdict"]["sentence"].replace(f"{outcome['b']} is", "B is")
        missing = [word for word in verdict.split() if word not in words]
        assert not missing, (verdict, table)
    assert pair[0] != "silence" or words.count("exactly the same") == len(wanted["outcomes"])
    assert max(len(line.rstrip()) for line in said.out.splitlines()) <= width


@pytest.mark.parametrize("width", [80, 120])
def test_comparison_fits_the_terminal_and_says_everything(
    command: Command, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    said = command("compare", *PAIR, *SMALL, "--days", "14")
    assert said.code == 0
    assert max(len(line.rstrip()) for line in said.out.splitlines()) <= width
    assert said.out.startswith(f"Against {PAIR[0]}, {PAIR[1]} ")
    words = " ".join(said.out.split())
    for expected in (
        "95 % interval",
        "B better",
        "Verdict",
        "Pairing:",
        "hold together",
        "At equal effort",
        "Staff hours",
    ):
        assert expected in words
    for title in ("Pay customers a voucher", "Publish what is worth sharing"):
        assert title in words


def test_unequal_effort_is_said(command: Command) -> None:
    said = command("compare", *PAIR, *SMALL, "--set", "costs.staff_hour=10")
    assert "At unequal effort" in said.out
    assert not document(command("compare", *PAIR, *SMALL, "--set", "costs.staff_hour=10", "--json"))[
        "equal_effort"
    ]


def test_comparison_as_json(command: Command, tmp_path: Path) -> None:
    said = document(command("compare", *PAIR, *SMALL, "--json", "--out", tmp_path / "out"))
    assert [outcome["measure"] for outcome in said["outcomes"]] == list(OUTCOMES)
    for outcome in said["outcomes"]:
        assert outcome["a"], outcome["b"] == PAIR
        assert outcome["verdict"]["id"] in {
            "better", "worse", "higher", "lower", "same", "cannot tell", "not available",
        }  # fmt: skip
        assert outcome["verdict"]["sentence"]
    assert len(said["sentences"]) == 1
    assert said["provenance"]["rules"]
    assert set(said["efforts"]) == set(said["scenarios"]) == set(PAIR)
    assert sorted(map(Path, said["files"])) == sorted((tmp_path / "out").iterdir())


def test_numbers_that_are_not_available_are_null(command: Command) -> None:
    """Nobody is reached, so there is no cost per person reached; one world has no interval."""
    settings = ("--set", "brand.first_customers=0.0", "--set", "adoption.external_per_year=0.0")
    said = document(command("compare", *PAIR, *SMALL, *settings, "--replicates", "1", "--json"))
    outcomes = {outcome["measure"]: outcome for outcome in said["outcomes"]}
    assert outcomes["cost_per_reached"]["mean_a"] is None
    assert outcomes["cost_per_reached"]["verdict"]["id"] == "not available"
    assert outcomes["reach"]["verdict"]["id"] == "same"


def test_a_scenario_against_itself_is_exactly_the_same(command: Command) -> None:
    said = document(command("compare", PAIR[1], PAIR[1], *SMALL, "--json"))
    assert list(said["scenarios"]) == [PAIR[1], f"{PAIR[1]} (2)"]
    for outcome in said["outcomes"]:
        assert outcome["verdict"]["id"] == "same", outcome
        assert outcome["difference"] == 0.0


def test_three_scenarios_are_each_compared_with_the_first(command: Command) -> None:
    said = document(command("compare", *PAIR, "silence", *SMALL, "--json"))
    assert [(outcome["a"], outcome["b"]) for outcome in said["outcomes"]][:: len(OUTCOMES)] == [
        (PAIR[0], PAIR[1]),
        (PAIR[0], "silence"),
    ]
    assert "C  silence" in command("compare", *PAIR, "silence", *SMALL).out


def test_second_run_gives_the_same_files_whatever_the_workers(command: Command, tmp_path: Path) -> None:
    for folder, more in (("one", ()), ("two", ()), ("three", ("--workers", "2"))):
        assert command("compare", *PAIR, *SMALL, *more, "--csv", "--out", tmp_path / folder).code == 0
    assert len(contents(tmp_path / "one")) == 8
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(tmp_path / "three")


def test_engines_give_the_same_files(command: Command, tmp_path: Path) -> None:
    small = ("--people", "60", "--days", "5", "--replicates", "2")
    for engine in ("bulk", "agents"):
        assert command("compare", *PAIR, *small, "--engine", engine, "--out", tmp_path / engine).code == 0
    assert contents(tmp_path / "bulk") == contents(tmp_path / "agents")


def test_command_in_the_manifest_gives_the_same_files(command: Command, tmp_path: Path) -> None:
    changed = ("--seed", "5", "--set", "brand.quality=0.7", "--set", "title=two words")
    command("compare", *PAIR, *SMALL, *changed, "--out", tmp_path / "one")
    again = json.loads((tmp_path / "one" / "manifest.json").read_text())["command"]
    words = shlex.split(again)
    assert words[0] == "worthsharing"
    command(*words[1:], "--out", tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_one_scenario_cannot_be_compared(command: Command) -> None:
    said = command("compare", PAIR[0])
    assert said.code == 2
    assert "give two or more" in said.err


# --- trial ---

SMALL_TRIAL = ("--replicates", "3", "--points", "4", "--people", "80", "--workers", "1")


@pytest.fixture
def own_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("WORTHSHARING_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "runs"


@pytest.mark.parametrize("width", [80, 120])
def test_trial_fits_the_terminal_and_says_everything(
    command: Command, monkeypatch: pytest.MonkeyPatch, own_store: Path, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    said = command("trial", "E1.1", "e1.3", *SMALL_TRIAL)
    assert said.code == 0
    assert max(len(line.rstrip()) for line in said.out.splitlines()) <= width
    words = " ".join(said.out.split())
    for expected in (
        "E1.1",
        "E1.3",
        "At the defaults",
        "Clear for",
        "3 worlds of 80 people",
        "4 settings",
    ):
        assert expected in words
    assert "at most 152 runs, about" in said.err
    assert any(own_store.rglob("*.parquet"))


def test_many_verdicts_are_said_in_sentences_only_when_asked_for(command: Command, own_store: Path) -> None:
    words = ("trial", "E1.1", "E1.2", "E1.3", "E1.4", "--replicates", "2", "--points", "0", "--people", "60")
    short, long = command(*words), command(*words, "--verbose")
    for id_ in ("E1.1", "E1.2", "E1.3", "E1.4"):
        assert short.out.count(f"{id_}  ") == 1
        assert long.out.count(f"{id_}  ") == 2
    assert "--verbose" in short.out
    assert "--verbose" not in long.out


def test_trial_as_json_and_again_from_its_command(command: Command, own_store: Path, tmp_path: Path) -> None:
    said = document(
        command("trial", "E1.4", *SMALL_TRIAL, "--seed", "5", "--json", "--out", tmp_path / "one")
    )
    (verdict,) = said["verdicts"]
    assert verdict["claim"]["id"] == "E1.4"
    assert verdict["word"] in ("confirmed", "depends", "refuted", "cannot tell")
    assert len(verdict["margins"]) == said["points"] == 4
    assert sorted(map(Path, said["files"])) == sorted((tmp_path / "one").iterdir())
    words = shlex.split(said["command"])
    assert words[:2] == ["worthsharing", "trial"]
    command(*words[1:], "--out", tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_trial_of_an_unknown_claim_ends_with_2(command: Command) -> None:
    said = command("trial", "E31")
    assert (said.code, said.out) == (2, "")
    assert said.err == "worthsharing: trial E31: there is no such claim; did you mean 'E3.1'?\n"


# --- run ---


def test_run_shows_every_measure(command: Command, tmp_path: Path) -> None:
    said = command("run", "be_worth_sharing", *SMALL, "--out", tmp_path)
    assert said.code == 0
    for measure in MEASURES.values():
        assert measure.label in said.out
    assert str(tmp_path / "report.html") in said.out
    measures = document(command("run", "be_worth_sharing", *SMALL, "--json"))["measures"]
    assert list(measures) == list(MEASURES)
    assert measures["reach"]["low"] < measures["reach"]["mean"] < measures["reach"]["high"]


def test_network_file_says_who_there_is(command: Command, tmp_path: Path) -> None:
    network = tmp_path / "net.csv"
    network.write_text("".join(f"{person},{(person + 1) % 40}\n" for person in range(40)))
    options = ("--days", "3", "--replicates", "1", "--json", "--network", network)
    measures = document(command("run", "be_worth_sharing", *options))["measures"]
    assert measures["reach"]["mean"] <= 40
    assert document(command("run", "be_worth_sharing", *options, "--ties", "follows"))["replicates"] == 1


# --- places, faults and interruptions ---


def test_place_for_results_is_checked_before_the_work(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the work began")

    monkeypatch.setattr(execute, "run_scenarios", never)
    monkeypatch.setattr(execute, "run_points", never)
    file = tmp_path / "file"
    file.write_text("")
    for place in (file, file / "below", "/proc/worthsharing"):
        for words in (("run", PAIR[0], *SMALL), ("compare", *PAIR, *SMALL), ("trial", *SMALL_TRIAL)):
            said = command(*words, "--out", place)
            assert said.code == 2, said
            assert said.err.startswith(f"worthsharing: --out {place}: ")
            assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    "words", [["run"], ["run", "silence", "--replicates", "0"], ["nothing"], ["run", "silence", "--x"]]
)
def test_wrong_usage_ends_with_2(command: Command, words: list[str]) -> None:
    said = command(*words)
    assert said.code == 2
    assert said.out == ""
    assert "Traceback" not in said.err


def test_a_fault_is_one_sentence_unless_it_is_hunted(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(execute, "run_scenarios", fault)
    said = command("run", "silence")
    assert said.code == 1
    assert len(said.err.splitlines()) == 1
    assert "RuntimeError: first line" in said.err
    monkeypatch.setenv("WORTHSHARING_DEBUG", "1")
    with pytest.raises(RuntimeError):
        cli.main(["run", "silence"])


def test_interruption_ends_with_130_and_a_word() -> None:
    words = [sys.executable, "-c", "from worthsharing.dashboard.cli import main; main()", "compare", *PAIR]
    with subprocess.Popen(
        [*words, "--people", "20000", "--replicates", "5000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        time.sleep(4.0)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == "worthsharing: stopped"
    assert "Traceback" not in err


def test_reader_that_stops_reading_is_no_fault() -> None:
    program = (
        f"{shlex.quote(sys.executable)} -c 'from worthsharing.dashboard.cli import main; main()' run silence"
    )
    line = f"set -o pipefail; {program} {shlex.join(SMALL)} | head -c 1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Broken" not in done.stderr


# --- the other commands ---


def test_scenarios_are_listed_and_copied(command: Command, tmp_path: Path) -> None:
    said = document(command("scenarios", "--json"))
    assert sorted(said["scenarios"]) == bundled_names()
    listing = command("scenarios").out
    for name in bundled_names():
        assert name in listing
    folder = tmp_path / "mine"
    assert command("scenarios", "--out", folder).code == 0
    assert document(command("run", folder / "silence.toml", *SMALL, "--json"))["scenarios"].keys() == {
        "silence"
    }
    again = command("scenarios", "--out", folder)
    assert again.code == 2
    assert "may have been changed" in again.err


def test_reference_is_written_and_checked(command: Command, tmp_path: Path) -> None:
    assert command("reference", "--check", "--out", tmp_path).code == 1
    assert command("reference", "--out", tmp_path).code == 0
    assert command("reference", "--check", "--out", tmp_path).code == 0
    assert {file.name for file in tmp_path.iterdir()} == {"README.md", "scenario.schema.json"}


def test_no_bar_and_no_colours_when_nobody_looks(command: Command) -> None:
    said = command("compare", *PAIR, *SMALL)
    assert "\x1b" not in said.out + said.err
    assert "worlds" not in said.err


def test_dashboard_says_what_is_wrong_with_an_address(command: Command) -> None:
    said = command("dashboard", "--host", "256.0.0.1", "--no-browser")
    assert said.code == 2
    assert "--host 256.0.0.1" in said.err


def test_first_run_says_that_it_compiles(tmp_path: Path) -> None:
    environment = {**os.environ, "WORTHSHARING_CACHE": str(tmp_path), "NUMBA_DISABLE_JIT": "0"}
    words = [sys.executable, "-c", "from worthsharing.dashboard.cli import main; main()", "run", "silence"]
    # the place is refused before anything is run, so that this test does not compile
    refused = [*words, "--out", "/proc/worthsharing"]
    done = subprocess.run(refused, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "compiles the model" in done.stderr.splitlines()[0]
