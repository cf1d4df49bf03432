"""The commands `sensitivity` and `discover`: one answer on stdout, everything else on stderr, nothing run twice."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("SALib", reason="needs the extra `sensitivity`")
pytest.importorskip("ema_workbench", reason="needs the extra `discover`")

from worthsharing.dashboard import cli
from worthsharing.experiments.analyses import read_discovery, read_sensitivity
from worthsharing.experiments.frontier import Tail
from worthsharing.experiments.frontier_report import cells_of
from worthsharing.sim.errors import InputError

TINY = ["--people", 40, "--days", 3, "--replicates", 2, "--workers", 1]
PAIR = ["customers_as_marketing_department", "be_worth_sharing"]
PARAMETERS = [
    "--parameters",
    "brand.quality,world.clustering",
    "--parameters",
    "a:brand.series.0.reward=1..9",
]
DESIGN = """
scenarios = ["customers_as_marketing_department", "be_worth_sharing"]
settings = ["world.people=40", "clock.days=3"]
replicates = 2
[[parameters]]
path = "brand.quality"
range = [0.2, 0.8]
steps = 2
[[parameters]]
path = "fatigue.half_life"
steps = 2
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
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("WORTHSHARING_CACHE", str(tmp_path / "cache"))
    (tmp_path / "design.toml").write_text(DESIGN)

    def _command(*words: object) -> Said:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(word) for word in words])
        return Said(ended.value.code or 0, *capsys.readouterr())

    return _command


def test_sensitivity_says_the_same_in_document_page_and_terminal(command: Command, tmp_path: Path) -> None:
    words = ["sensitivity", *PAIR, *PARAMETERS, *TINY, "--trajectories", 4, "--base", 8]
    said = command(*words, "--json", "--out", "first")
    assert said.code == 0
    document: dict[str, Any] = json.loads(said.out)
    assert document["runs"] == (4 * 4 + 8 * 5) * 2 * 2
    found = read_sensitivity("first")
    assert [one.size for one in found.screening.effects] == [
        one["size"] for one in document["screening"]["effects"]
    ]
    page = Path("first/sensitivity.html").read_text()
    assert "://" not in page.split("<script>")[0]
    again = command(*words, "--out", "second")
    assert f"{document['runs']:,} runs" in again.err
    assert "of them found" in again.err
    assert " ".join(document["sentences"][0].split()) in " ".join(again.out.split())
    for name in ("sensitivity.json", "sensitivity.html", "morris/runs.parquet", "sobol/sweep.json"):
        assert Path("first", name).read_bytes() == Path("second", name).read_bytes(), name
    verified = command("verify", "first/sobol", "--sample", 3)
    assert (verified.code, "same numbers to the last bit" in verified.out) == (0, True)


def test_discover_runs_nothing_twice_and_its_document_can_be_read(command: Command) -> None:
    words = ["discover", *PAIR, *PARAMETERS, *TINY, "--points", 32, "--map-points", 16]
    words += ["--map", "brand.quality", "a:brand.series.0.reward=1..9"]
    said = command(*words, "--json", "--out", "found")
    document = json.loads(said.out)
    assert document["runs"] == (32 + 16) * 2 * 2
    found = read_discovery("found")
    assert found.tipping.x.path == "brand.quality"
    assert found.settings == 32
    again = command(*words)
    assert f"{document['runs']} runs, {document['runs']} of them found" in again.err
    assert "Break-even" in again.out
    assert command("verify", "found/plane", "--sample", 2).code == 0


def test_one_parameter_has_no_map_and_that_is_said_and_not_forecast(command: Command) -> None:
    words = ["discover", *PAIR, "--parameters", "brand.quality", *TINY, "--points", 32]
    said = command(*words, "--out", "found")
    assert f"{32 * 2 * 2} runs" in said.err
    assert "No map is drawn: it takes two parameters, and one varies." in said.out
    assert f"1 parameter, 2 worlds at each setting, seed 1, {32 * 2 * 2} runs." in said.out
    page = Path("found/discover.html").read_text()
    assert "1 parameter over their" not in page
    assert "1 of them a guess" in page
    # both sides are written as people write them
    assert "B  Be worth sharing" in said.out
    assert not any(name in said.out for name in PAIR)
    mapped = command(*words, "--map", "brand.quality", "fatigue.half_life", "--map-points", 16)
    assert f"{(32 + 16) * 2 * 2} runs" in mapped.err
    assert f"{(32 + 16) * 2 * 2} runs." in mapped.out
    assert "Break-even" in mapped.out


def test_design_with_one_scenario_is_no_pair(command: Command) -> None:
    Path("alone.toml").write_text(DESIGN.replace('"customers_as_marketing_department", ', ""))
    said = command("discover", "alone.toml")
    assert (said.code, "has 1 scenario; give it the two to contrast" in said.err) == (2, True)
    assert "trying" not in said.err


def test_design_is_analysed_with_its_own_parameters(command: Command) -> None:
    said = command("sensitivity", "design.toml", "--method", "morris", "--trajectories", 4, "--json")
    document = json.loads(said.out)
    assert [one["path"] for one in document["varied"]] == ["brand.quality", "fatigue.half_life"]
    assert document["decomposition"] is None
    assert [document["varied"][0][end] for end in ("low", "high")] == [0.2, 0.8]
    refused = command("sensitivity", "design.toml", "--people", 50)
    assert (refused.code, "--people: goes with scenarios" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["sensitivity", *PAIR, "--measure", "reech"], "there is no measure 'reech'"),
        (["sensitivity", *PAIR, "silence"], "3 scenarios given"),
        (["sensitivity", *PAIR, "--base", 100], "is no power of two"),
        (
            ["sensitivity", "silence", "--method", "foo"],
            "'--method': 'foo' is not one of 'both', 'morris', 'sobol'",
        ),
        (["sensitivity", "silence", "--base", "many"], "'--base': 'many' will not do; a whole number"),
        (["discover", *PAIR, "--points", 31], "'--points': 31 is too little; 32 or more"),
        (["discover", *PAIR, "--map-points", 1_000_000], "1000000 is too much; 100,000 or less"),
        (["discover", "silence"], "1 scenario given; give the two to contrast"),
        (["discover", *PAIR, "silence"], "3 scenarios given; give the two to contrast"),
        (["discover", "design.toml", "--set", "brand.quality=1"], "--set: goes with scenarios"),
        (["discover", *PAIR, "--map", "brand.quality", "brand.quality"], "brand.quality alone; give two"),
        (
            ["discover", *PAIR, "--map", "brand.quality", "--points", 32],
            "'--points' is no parameter; --map takes two",
        ),
        (["discover", "--map", "brand.quality", *PAIR], f"'{PAIR[0]}' is no parameter; --map takes two"),
        (
            ["discover", *PAIR, "--map-points", 15],
            "15 are too few to fit a surface through; 16 or more, or 0",
        ),
        (["discover", *PAIR, "--seed", -1], "seed"),
    ],
)
def test_wrong_use_is_one_sentence(command: Command, words: list[object], wrong: str) -> None:
    said = command(*words)
    assert said.code == 2
    # options are refused in a frame
    assert wrong in " ".join(said.err.replace("│", " ").split())
    assert not said.out
    assert "Traceback" not in said.err
    assert "trying some settings" not in said.err  # nothing was run
    assert "nput should" not in said.err
    assert "Value error" not in said.err


def test_missing_library_is_named_with_how_to_get_it(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "pip install 'worthsharing[sensitivity]'" in command("sensitivity", *PAIR).err
    assert "pip install 'worthsharing[discover]'" in command("discover", *PAIR).err


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("{", "is not what an analysis writes"),
        ('{"format": 99}', "version"),
        ('{"format": 1}', "is not whole"),
    ],
)
def test_document_that_is_none_is_refused_in_words(tmp_path: Path, content: str, wrong: str) -> None:
    (tmp_path / "discover.json").write_text(content)
    with pytest.raises(InputError, match=wrong):
        read_discovery(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read_sensitivity(tmp_path)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_frontier_fits_the_terminal_and_says_everything(
    command: Command, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    words = ["frontier", *PAIR, "--people", 200, "--days", 10, "--replicates", 6, "--workers", 1]
    document = json.loads(command(*words, "--json").out)
    monkeypatch.setenv("COLUMNS", str(width))
    said = command(*words)
    assert said.code == 0
    assert max(len(line.rstrip()) for line in said.out.splitlines()) <= width
    table = said.out.partition("B  ")[2].partition("6 worlds")[0].split()  # what comes after its legend
    assert [word.lower() for word in table].count("worst") >= 2
    for candidate in document["candidates"]:
        expected = candidate["status"].removeprefix("on the ").split()
        for outcome in ("reach", "backlash"):
            mean, _, worst = cells_of(Tail(**candidate[outcome]))
            expected += [*mean.split(), worst]
        assert [word for word in expected if word not in table] == []
