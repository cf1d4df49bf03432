"""A what-if stands in an address whole, and an address is read without trust."""

from pathlib import Path

import pytest

from worthsharing.dashboard.question import (
    DEFAULTS,
    FIRST,
    VERSION,
    File,
    Question,
    Strategy,
    Uploaded,
    changeable,
    command_of,
    file_names,
    keep_network,
    network_file,
    query_of,
    question_from,
    scenarios_of,
    search_of,
    toml_of,
    unpacked,
)
from worthsharing.sim.errors import InputError
from worthsharing.sim.scenario import load_scenario

MINE = File("mine", 'title = "Mine"\n[[brand.series]]\nname = "news"\nper_week = 3.0\n')
RICH = Question(
    {
        "a": Strategy("give_first", {"brand.series.1.pressure": 0.2, "brand.complaint_policy": "delete"}),
        "b": Strategy(MINE),
        "c": Strategy("give_first"),
        "d": Strategy("silence", {"brand.likes_customers": False}),
    },
    people=300,
    days=12,
    replicates=7,
    seed=2**53 - 1,
    network="follows",
    shared={"attention.visits_per_day": 3.5},
    version=VERSION,
)


@pytest.mark.parametrize("question", [FIRST, RICH], ids=["first", "rich"])
def test_an_address_opens_the_same_question(question: Question, tmp_path: Path) -> None:
    again, errors = question_from(query_of(search_of(question, version=question.version)))
    assert errors == []
    assert again == question
    there, here = scenarios_of(again, tmp_path), scenarios_of(question, tmp_path)
    assert [one.key for one in there.values()] == [one.key for one in here.values()]


def test_the_address_holds_what_differs_and_only_that() -> None:
    assert search_of(FIRST, version="") == ""
    question, _ = question_from({"b": "silence", "people": "300", "a_set": "brand.quality:0.7"})
    assert search_of(question, version="") == "?b=silence&people=300&a_set=brand.quality:0.7"


def test_changes_do_what_they_say(tmp_path: Path) -> None:
    first, second, third, fourth = scenarios_of(RICH, tmp_path).values()
    assert first.brand.series[1].pressure == 0.2
    assert (first.brand.complaint_policy, third.brand.complaint_policy) == ("delete", "leave")
    assert second.brand.series[0].per_week == 3.0
    assert fourth.brand.likes_customers is False
    assert {one.attention.visits_per_day for one in (first, second, third, fourth)} == {3.5}
    assert {one.world.network for one in (first, second, third, fourth)} == {"follows"}


def test_the_same_strategy_twice_has_two_names() -> None:
    question = Question({slot: Strategy("silence") for slot in "abc"})
    assert list(question.names.values()) == ["silence", "silence (2)", "silence (3)"]
    assert RICH.names["d"] == "silence (likes customers off)"
    assert RICH.names["a"] == "give_first (2 changes)"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"people": "1"}, "People: 1 is out of bounds"),
        ({"people": "many"}, "'many' is not a whole number"),
        ({"replicates": "9" * 5000}, "is not a whole number"),
        ({"a": "../../etc/passwd"}, "'../../etc/passwd' is not a scenario that comes with the project"),
        ({"a": "be_worth_shareing"}, "did you mean be_worth_sharing"),
        ({"b": "x" * 9999}, "is not a scenario"),
        ({"b": "~"}, "cannot be read"),
        ({"b": "~AAAA"}, "cannot be read"),
        ({"b": "~" + "A" * 20_000}, "is too long"),
        ({"a_set": "brand.qualty:0.5"}, "did you mean 'brand.quality'"),
        ({"a_set": "attention.visits_per_day:2"}, "is nothing that can be changed here"),
        ({"all_set": "brand.quality:0.5"}, "is nothing that can be changed here"),
        ({"all_set": 'world.network:"/etc/passwd"'}, "is nothing that can be changed here"),
        ({"a_set": "brand.quality:__import__('os')"}, "is not a value"),
        ({"a_set": "brand.quality:[[[[1]]]]"}, "takes a single value"),
        ({"network": "/etc/passwd"}, "is no network"),
        ({"ties": "<script>"}, "is no way to read a line"),
    ],
)
def test_a_hostile_address_is_refused_in_words(query: dict[str, object], said: str) -> None:
    question, errors = question_from(query)
    assert len(errors) == 1
    assert said in str(errors[0])
    assert len(str(errors[0])) < 400
    assert question.strategies.keys() >= DEFAULTS.keys()  # there is something to go on with


def test_looks_travel_with_the_address_and_stand_in_the_command() -> None:
    question, errors = question_from({"replicates": "60", "looked": "20,35"})
    assert (question.looked, errors) == ((20, 35), [])
    assert question_from(query_of(search_of(question)))[0].looked == (20, 35)
    assert command_of(question).endswith("--looked 20 --looked 35")


@pytest.mark.parametrize("looked", ["60", "30,20", "1", "x", "5,", "-5", "20,60"])
def test_looks_that_cannot_be_are_refused(looked: str) -> None:
    question, errors = question_from({"replicates": "60", "looked": looked})
    assert question.looked == ()
    assert "earlier looks" in str(errors[0])


def test_a_packed_file_cannot_blow_up() -> None:
    bomb = File("bomb", "#" * 3_000_000)
    assert len(bomb.packed) < 12_000
    with pytest.raises(InputError, match="larger than"):
        unpacked(bomb.packed)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            {"a_set": "brand.quality:7"},
            "First strategy (Customers as marketing department): Quality (brand.quality): 7",
        ),
        ({"a_set": "brand.series.5.reward:1"}, "entries 0 to 0"),
        ({"network": "0123456789abcdef.csv"}, "not on this computer"),
    ],
)
def test_the_schema_has_the_last_word(query: dict[str, object], said: str, tmp_path: Path) -> None:
    question, errors = question_from(query)
    assert errors == []
    with pytest.raises(InputError) as error:
        scenarios_of(question, tmp_path)
    assert said in str(error.value)
    assert str(tmp_path) not in str(error.value)


def test_a_dropped_file_names_no_file_of_this_computer(tmp_path: Path) -> None:
    thief = File("thief", '[world]\nnetwork = "/etc/passwd"\n')
    question = Question({"a": Strategy(thief), "b": Strategy("silence")})
    assert scenarios_of(question, tmp_path)["thief"].world.network == "friends"


def test_an_uploaded_network_is_found_by_its_content(tmp_path: Path) -> None:
    one = keep_network("My net.CSV.GZ", b"a,b", tmp_path)
    assert one == keep_network("other.csv.gz", b"a,b", tmp_path) == Uploaded(one.key, ".csv.gz")
    assert network_file(one, tmp_path).read_bytes() == b"a,b"
    question = Question(FIRST.strategies, network=one, ties="follows")
    again, errors = question_from(query_of(search_of(question, version="")))
    assert (again, errors) == (question, [])


def test_files_taken_away_are_the_same_scenarios(tmp_path: Path) -> None:
    names = file_names(RICH)
    for name, scenario in scenarios_of(RICH, tmp_path).items():
        file = tmp_path / names[name]
        file.write_text(toml_of(scenario), encoding="utf-8")
        assert load_scenario(file).scenario == scenario
    assert len(set(names.values())) == 4
    assert command_of(RICH) == (
        "worthsharing compare give_first_2_changes.toml mine.toml give_first.toml "
        "silence_likes_customers_off.toml --replicates 7 --seed 9007199254740991"
    )


def test_the_command_names_every_choice() -> None:
    question, _ = question_from({"people": "150", "all_set": "attention.visits_per_day:3.0"})
    assert command_of(question) == (
        "worthsharing compare customers_as_marketing_department be_worth_sharing --replicates 20 --seed 1"
        " --people 150 --days 56 --set attention.visits_per_day=3.0"
    )


def test_every_parameter_is_a_strategys_or_common_to_all() -> None:
    own, common = changeable("a"), changeable("all")
    assert not own & common
    assert all(path.startswith("brand.") for path in own)
    assert {"brand.quality", "brand.series.0.reward"} <= own
    assert "world.network" not in common  # has a control of its own
