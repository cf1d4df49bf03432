"""Scenario files: what is accepted, and that whatever is wrong is said once, with its place, and no traceback."""

import gzip
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from worthsharing.dashboard.cli import main
from worthsharing.experiments.compare import is_equal_effort
from worthsharing.sim.errors import InputError
from worthsharing.sim.messages import effort_of
from worthsharing.sim.scenario import Loaded, Scenario, bundled_names, load_scenario, parameters


class Said(NamedTuple):
    """What a command said and how it ended."""

    code: object
    out: str
    err: str


Command = Callable[..., Said]
Write = Callable[..., Path]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command line in this process."""

    def _command(*words: object) -> Said:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return Said(ended.value.code, *capsys.readouterr())

    return _command


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write content to a file and return its path."""

    def _write(content: str | bytes, name: str = "mine.toml") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


def refused(said: Said, *words: str) -> None:
    """Check that wrong input was refused: exit code 2, nothing on stdout, one line on stderr that holds some words."""
    lines = [line for line in said.err.splitlines() if "compiles the model" not in line]
    assert said.code == 2, said
    assert said.out == ""
    assert len(lines) == 1, said.err
    assert lines[0].startswith("worthsharing: ")
    assert "Traceback" not in said.err
    for word in words:
        assert word in lines[0], (word, lines[0])


# --- what is wrong in a scenario file ---

WRONG_FILES = {
    "not TOML": ("[world\npeople = 2", ["mine.toml", "not valid TOML", "line 1"]),
    "a key twice": ("clock.days = 1\nclock.days = 2", ["mine.toml", "not valid TOML"]),
    "not UTF-8": (b"title = '\xff'", ["mine.toml", "not UTF-8", "byte 9"]),
    "UTF-16": ("title = 'x'".encode("utf-16"), ["mine.toml", "not UTF-8"]),
    "binary": (bytes(range(256)), ["mine.toml", "not UTF-8"]),
    "a text for a number": (
        "[world]\npeople = 'many'",
        ["mine.toml: world.people", "'many'", "a whole number from 2"],
    ),
    "a number for a text": ("title = 3", ["mine.toml: title", "3", "a text"]),
    "a fraction of a person": ("[world]\npeople = 2.5", ["mine.toml: world.people", "2.5", "a whole number"]),
    "true for a number": ("[brand]\nquality = true", ["mine.toml: brand.quality", "True", "from 0 to 1"]),
    "a number for a switch": ("[brand]\nsilent = 1", ["mine.toml: brand.silent", "true or false"]),
    "a value for a table": ("world = 3", ["mine.toml: world", "3"]),
    "a table for a value": ("[brand.quality]\nx = 1", ["mine.toml: brand.quality", "from 0 to 1"]),
    "a table for a list": ("[brand.series]\nname = 'x'", ["mine.toml: brand.series", "a list"]),
    "a date": ("title = 2026-01-01", ["mine.toml: title", "a text"]),
    "too much": (
        "[brand]\nquality = 1.5",
        ["mine.toml: brand.quality", "1.5 is out of bounds", "from 0 to 1"],
    ),
    "too little": (
        "[world]\npeople = 1",
        ["mine.toml: world.people", "1 is out of bounds", "from 2 to 20,000,000"],
    ),
    "not above zero": ("[clock]\nstep_hours = 0", ["mine.toml: clock.step_hours", "above 0"]),
    "in a list": (
        "[[brand.series]]\nname = 'a'\n[[brand.series]]\nname = 'b'\nvalue = 9",
        ["mine.toml: brand.series.1.value", "9 is out of bounds", "from 0 to 1"],
    ),
    "not a number": ("[brand]\nquality = nan", ["mine.toml: brand.quality", "nan", "a number from 0 to 1"]),
    "infinite": ("[costs]\nstaff_hour = inf", ["mine.toml: costs.staff_hour", "inf", "from 0 to 10,000"]),
    "minus infinite": ("[costs]\nstaff_hour = -inf", ["mine.toml: costs.staff_hour", "-inf", "from 0"]),
    "infinite by size": ("[costs]\nstaff_hour = 1e999", ["mine.toml: costs.staff_hour", "inf"]),
    "a number of 5,000 digits": (f"[world]\npeople = {'9' * 5000}", ["mine.toml"]),
    "a number of 5,000 hexadecimal digits": (
        f"[world]\npeople = 0x{'f' * 5000}",
        ["mine.toml: world.people"],
    ),
    "the same for a fraction": (f"[brand]\nquality = 0x{'f' * 5000}", ["mine.toml: brand.quality"]),
    "a misspelt parameter": ("[brand]\nqualty = 0.9", ["mine.toml: brand.qualty", "did you mean 'quality'?"]),
    "a misspelt section": ("[wrld]\npeople = 2", ["mine.toml: wrld", "did you mean 'world'?"]),
    "a misspelt choice": (
        "[world]\nties = 'mutal'",
        ["mine.toml: world.ties", "'mutal'", "did you mean 'mutual'?"],
    ),
    "an unknown key": ("[clock]\nzzz = 1", ["mine.toml: clock.zzz", "no such parameter", "days, step_hours"]),
    "a key with line breaks": ('"a\\nb\\u001b[31m" = 1', ["mine.toml", "no such parameter"]),
    "nested tables": ("[" + ".".join("abcdefghijklmnopq") + "]", ["mine.toml", "nested too deeply"]),
    "thousands of keys in a row": (".".join(["a"] * 5000) + " = 1", ["mine.toml", "nested too deeply"]),
    "thousands of brackets": ("a = " + "[" * 5000 + "]" * 5000, ["mine.toml", "nested too deeply"]),
    "a hundred thousand brackets": ("a = " + "[" * 100_000, ["mine.toml", "nested too deeply"]),
    "thousands of braces": ("a = " + "{a=" * 5000 + "1" + "}" * 5000, ["mine.toml", "nested too deeply"]),
    "huge": ("# " + "x" * 1_000_001, ["mine.toml", "larger than 1,000,000 bytes"]),
    "two series of one name": (
        "[[brand.series]]\nname = 'a'\n[[brand.series]]\nname = 'a'",
        ["mine.toml: brand", "two series have the same name"],
    ),
    "two brands of one name": ("[[rivals]]\nname = 'brand'", ["mine.toml", "two brands have the same name"]),
    "shares above one": ("[leaving]\nsilent = 0.9", ["mine.toml", "must be at most 1"]),
    "a topic that is not there": (
        "[[brand.series]]\ntopic = 8",
        ["mine.toml", "topic 8", "worth.topics is 8"],
    ),
}


@pytest.mark.parametrize("what", WRONG_FILES)
def test_wrong_file_is_refused_with_its_place(command: Command, write: Write, what: str) -> None:
    content, words = WRONG_FILES[what]
    refused(command("run", write(content)), *words)


def test_missing_file_names_what_there_is(command: Command, tmp_path: Path) -> None:
    refused(command("run", tmp_path / "nowhere.toml"), "nowhere.toml", "no such file", "be_worth_sharing")
    refused(command("run", "be_worth_shering"), "did you mean 'be_worth_sharing'?")


def test_places_that_are_no_file_are_refused(command: Command, write: Write, tmp_path: Path) -> None:
    refused(command("run", tmp_path), "is a folder")
    refused(
        command("run", write("x = 1") / "inside.toml"), "cannot be read", "Not a directory"
    )  # fails for root too
    refused(command("run", "a\0b"), "cannot be read")
    refused(command("run", "x" * 5000), "cannot be read")
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    refused(command("run", loop), "loop.toml")
    refused(command("run", "/dev/zero"), "/dev/zero", "not a regular file")  # it has no end
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    refused(command("run", pipe), "pipe.toml", "not a regular file")  # nobody ever writes to it


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file_is_refused(command: Command, write: Write) -> None:
    file = write("")
    file.chmod(0)
    refused(command("run", file), "mine.toml", "Permission denied")


# --- what is wrong in a network file ---

WRONG_NETWORKS = {
    "empty": ("net.csv", b"", ["the file is empty"]),
    "only a header": ("net.csv", b"source,target\n", ["header but no tie"]),
    "only comments": ("net.csv", b"# nothing\n", ["no ties"]),
    "ragged rows": ("net.csv", b"1,2\n2,3\n3,4,5\n", ["line 3", "3 columns, the first row 2"]),
    "one column": ("net.csv", b"1\n2\n", ["line 1", "only one column"]),
    "missing id": ("net.csv", b"1,2\n,3\n", ["line 2"]),
    "negative id": ("net.csv", b"1,2\n-3,4\n", ["line 2", "-3"]),
    "not UTF-8": ("net.csv", b"a,b\n\xff,c\n", ["line 2", "not UTF-8"]),
    "corrupt archive": ("net.csv.gz", b"\x1f\x8b" + b"x" * 50, ["archive is damaged"]),
    "cut archive": ("net.csv.gz", gzip.compress(b"1,2\n" * 1000)[:-20], ["archive is damaged"]),
    "corrupt Parquet": ("net.parquet", b"PAR1" + b"x" * 50, ["net.parquet"]),
    "corrupt GraphML": ("net.graphml", b"<graphml>", ["net.graphml"]),
}


@pytest.mark.parametrize("what", WRONG_NETWORKS)
def test_wrong_network_file_is_refused_with_its_place(command: Command, write: Write, what: str) -> None:
    name, content, words = WRONG_NETWORKS[what]
    network = write(content, name)
    scenario = write(f"[world]\nnetwork = '{name}'")
    refused(command("run", scenario), f"mine: world.network: {network.resolve()}", *words)
    refused(command("run", "silence", "--network", network), f"silence: world.network: {network}", *words)


def test_missing_network_file_is_refused(command: Command, write: Write, tmp_path: Path) -> None:
    scenario = write("[world]\nnetwork = 'nowhere.csv'")
    refused(
        command("run", scenario), f"mine: world.network: {tmp_path.resolve() / 'nowhere.csv'}", "no such file"
    )
    refused(command("run", "silence", "--network", tmp_path), "world.network", "is a folder")
    refused(
        command("run", "silence", "--network", "frinds"), "world.network", "no network 'frinds'", "friends"
    )


def test_huge_network_file_is_refused(command: Command, tmp_path: Path) -> None:
    network = tmp_path / "huge.csv"
    with network.open("wb") as file:
        file.truncate(5 * 1024**3)  # takes no space on disk
    refused(command("run", "silence", "--network", network), "huge.csv", "more than 4,294,967,296 bytes")


# --- what is wrong in options ---

WRONG_OPTIONS = {
    "a misspelt parameter": (
        ["--set", "brand.qualty=0.9"],
        ["--set brand.qualty=0.9", "did you mean 'quality'?"],
    ),
    "no value": (["--set", "brand.quality"], ["--set brand.quality", "key=value"]),
    "no key": (["--set", "=1"], ["--set =1", "key=value"]),
    "out of bounds": (
        ["--set", "brand.quality=7"],
        ["--set brand.quality=7", "out of bounds", "from 0 to 1"],
    ),
    "a text for a number": (
        ["--set", "clock.days=soon"],
        ["--set clock.days=soon", "'soon'", "a whole number"],
    ),
    "no such series": (["--set", "brand.series.4.reward=5"], ["--set brand.series.4.reward=5", "no entry"]),
    "no such event": (["--set", "events.1.day=5"], ["--set events.1.day=5", "no entry"]),
    "an event out of bounds": (["--set", "events.0.share=2"], ["--set events.0.share=2", "from 0 to 1"]),
    "below a value": (["--set", "clock.days=3", "--set", "clock.days.x=5"], ["--set clock.days.x=5"]),
    "deep": (["--set", "a" + ".a" * 50 + "=1"], ["--set", "key=value"]),
    "5,000 digits": (["--set", "clock.days=" + "9" * 5000], ["--set"]),
    "brackets": (["--set", "clock.days=" + "[" * 5000], ["--set"]),
    "too few people": (["--people", "1"], ["--people", "1 is out of bounds", "from 2 to 20,000,000"]),
    "no days": (["--days", "0"], ["--days", "0 is out of bounds", "from 1 to 36,500"]),
    "a negative seed": (["--seed", "-1"], ["--seed", "-1", "from 0"]),
    "ties of nothing": (["--ties", "follows"], ["--ties", "give --network FILE"]),
    "CSV nowhere": (["--csv"], ["--csv", "--out"]),
}


@pytest.mark.parametrize("what", WRONG_OPTIONS)
def test_wrong_option_is_refused_by_its_name(command: Command, what: str) -> None:
    words, expected = WRONG_OPTIONS[what]
    refused(command("run", "be_worth_sharing", *words), *expected)


def test_number_of_people_of_a_file_cannot_be_chosen(command: Command, write: Write) -> None:
    network = write("1,2\n2,3\n", "net.csv")
    refused(command("run", "silence", "--network", network, "--people", "5"), "--people", "net.csv")


# --- what is right ---


def test_empty_scenario_is_the_defaults_with_a_note(write: Write) -> None:
    loaded = load_scenario(write("# nothing\n"))
    assert loaded.scenario == Scenario()
    assert loaded.name == "mine"
    assert [note for note in loaded.notes if "defaults" in note]
    assert load_scenario("silence").notes == ()


def test_note_on_an_empty_scenario_reaches_the_terminal(
    command: Command, write: Write, tmp_path: Path
) -> None:
    # refused after loading, so that nothing has to run
    said = command("run", write(""), "--out", write("", "file") / "below")
    assert re.search(r"mine\.toml states nothing: these are the defaults", said.err)


def test_settings_change_what_they_name() -> None:
    loaded = load_scenario(
        "customers_as_marketing_department",
        settings=(
            "brand.quality=0.9",
            "brand.series.0.reward = 7",
            "title=Mine: for x",
            "mechanisms.worth=false",
        ),
    )
    assert loaded.scenario.brand.quality == 0.9
    assert loaded.scenario.brand.series[0].reward == 7.0
    assert loaded.scenario.brand.series[0].name == "offers"
    assert loaded.scenario.title == "Mine: for x"
    assert not loaded.scenario.mechanisms.worth


def test_settings_make_what_a_file_does_not_state(write: Write) -> None:
    scenario = load_scenario(write(""), settings=("brand.series.0.value=0.7",)).scenario
    assert [series.value for series in scenario.brand.series] == [0.7]


def test_settings_make_an_event_and_change_one_that_is_there(write: Write) -> None:
    made = load_scenario(write(""), settings=("events.0.day=3", "events.0.share=0.5")).scenario
    assert [(event.day, event.share, event.good) for event in made.events] == [(3.0, 0.5, False)]
    file = write('[[events]]\nname = "press"\ngood = true\n[[events]]\nname = "scandal"\n')
    changed = load_scenario(file, settings=("events.1.day=3",)).scenario
    assert [(event.name, event.day, event.good) for event in changed.events] == [
        ("press", 20.0, True),
        ("scandal", 3.0, False),
    ]


def test_network_path_is_seen_from_the_scenario_file(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = write("1,2\n", "net.csv")
    scenario = write("[world]\nnetwork = 'net.csv'")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert load_scenario(scenario).scenario.world.network == str(network.resolve())
    # what is typed is seen from where it is typed
    assert load_scenario(scenario, settings=("world.network=net.csv",)).scenario.world.network == "net.csv"


def test_byte_order_mark_is_no_mistake(write: Write) -> None:
    assert load_scenario(write(b"\xef\xbb\xbfclock.days = 3")).scenario.clock.days == 3


@pytest.mark.parametrize("name", bundled_names())
def test_bundled_scenario_loads_and_says_what_it_is(name: str) -> None:
    loaded = load_scenario(name)
    assert loaded.name == name
    assert loaded.scenario.title
    assert loaded.scenario.claim
    source = Path(__file__).parents[2] / "scenarios" / f"{name}.toml"
    assert source.read_text().splitlines()[0] == "#:schema ./scenario.schema.json"
    assert load_scenario(source).scenario == loaded.scenario


def test_contrasted_scenarios_spend_the_same() -> None:
    pair = [
        load_scenario(name).scenario for name in ("customers_as_marketing_department", "be_worth_sharing")
    ]
    assert {scenario.clock.days for scenario in pair} == {56}
    assert is_equal_effort([effort_of(scenario, scenario.brand)["effort"] for scenario in pair])
    assert load_scenario("silence").scenario.silenced.key == load_scenario("silence").scenario.key


# --- whatever somebody writes ---

_NAMES = [parameter.path.replace(".0.", ".") for parameter in parameters()]
_KEYS = st.one_of(
    st.sampled_from(_NAMES), st.sampled_from(_NAMES).map(lambda path: path.split(".")[0]), st.text(max_size=8)
)
_VALUES = st.one_of(
    st.sampled_from(
        ["nan", "-inf", "true", "''", "[]", "{}", "[[1]]", "1979-05-27", "0x" + "f" * 999, "'''", "1e999"]
    ),
    st.integers().map(str),
    st.floats().map(repr),
    st.text(max_size=6).map(repr),
    st.lists(st.integers(), max_size=3).map(repr),
)
_LINES = st.one_of(
    st.tuples(_KEYS, _VALUES).map(" = ".join),
    _KEYS.map("[{}]".format),
    _KEYS.map("[[{}]]".format),
    st.text(max_size=12),
)
_TEXTS = st.lists(_LINES, max_size=8).map("\n".join).map(lambda text: text.encode("utf-8", "surrogatepass"))


def loaded_or_refused(source: str | Path, *changes: str) -> Loaded | InputError:
    try:
        return load_scenario(source, settings=changes)
    except InputError as error:
        return error


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(_TEXTS, st.binary(max_size=60)))
@example(b"[[brand.series]]\n[[brand.series]]")
@example(b"[[rivals]]\n[[rivals.series]]\ntopic = 9999999999999999999999")
@example(b"brand.first_customers_listed = [1, nan]")
@example(b"world.network = '\\u0000'")
def test_any_bytes_are_a_scenario_or_an_input_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "any.toml"
    file.write_bytes(content)
    loaded = loaded_or_refused(file)
    if isinstance(loaded, InputError):
        assert loaded.where.startswith(str(file))
        assert loaded.wrong
    else:
        assert len(loaded.scenario.key) == 16


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=30), st.tuples(_KEYS, _VALUES).map("=".join)))
def test_any_setting_is_a_scenario_or_an_input_error(setting: str) -> None:
    loaded = loaded_or_refused("be_worth_sharing", setting)
    assert isinstance(loaded, Loaded) or loaded.wrong
