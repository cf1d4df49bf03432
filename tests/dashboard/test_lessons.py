"""The Lessons page: nothing of the truth before a forecast, forecasts without names, and a page for whoever teaches."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dash import no_update
from plotly.utils import PlotlyJSONEncoder

from worthsharing.dashboard.classroom import Classroom, forecasts_of, give, is_student
from worthsharing.dashboard.keep import Keep
from worthsharing.dashboard.pages import lessons as page
from worthsharing.experiments.forecasts import Forecast
from worthsharing.experiments.lessons import scenarios_of
from worthsharing.sim.errors import InputError
from worthsharing.sim.scenario import Scenario, load_scenario

ANNA, BEN = "a" * 32, "b" * 32
ID = "marketing-department"
LESSON = page.LESSONS[ID]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    def smaller(lesson: page.Lesson) -> dict[str, Scenario]:
        settings = ("world.people=150", "clock.days=10")
        return {name: load_scenario(name, settings=settings).scenario for name in scenarios_of(lesson)}

    monkeypatch.setattr(page, "scenarios_of", smaller)
    monkeypatch.setattr(page, "WORLDS", 6)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Keep]:
    with Keep(tmp_path / "cache", classroom=Classroom("marketing-2", "key")) as opened:
        yield opened
        opened.jobs.close()


def text_of(component: object) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def wait(cache: Keep, student: str) -> str:
    for _ in range(1200):
        shown, stop, now = page.look_answer(cache, student, ID, None)
        if stop:
            assert now == "result", text_of(shown)
            return text_of(shown)
        time.sleep(0.05)
    raise AssertionError("the runs did not end")


def test_nothing_is_run_or_shown_before_a_forecast_was_given(cache: Keep) -> None:
    page.prepare(cache, LESSON)  # even where the truth is known already
    job = cache.jobs.get(page.truth_key(LESSON, cache.classroom))
    assert job is not None
    while not job.is_over:
        time.sleep(0.05)
    truth = page._kept(cache, page.truth_key(LESSON, cache.classroom))
    assert truth is not None
    shown, stop, now = page.look_answer(cache, ANNA, ID, None)
    assert (stop, now) == (True, "form")
    laid_out = text_of(shown) + text_of(page.layout(cache, lesson=ID))
    assert "This is my forecast" in laid_out
    for secret in (page.truth_words(LESSON, truth), " in 6 worlds", LESSON.questions[0], LESSON.notes[0]):
        assert secret not in laid_out
    assert page.look_answer(cache, ANNA, ID, "form")[0] is no_update  # what is being typed stays

    answer = page.give_answer(cache, 2, "30", ANNA, ID)
    assert json.dumps(page.truth_words(LESSON, truth), ensure_ascii=False)[1:-1] in wait(cache, ANNA)
    assert answer[3] is no_update


def test_a_class_shares_one_truth_and_each_has_a_world_of_their_own(cache: Keep) -> None:
    page.give_answer(cache, 2, 30, ANNA, ID)
    page.give_answer(cache, "-5", "1,00", BEN, ID)
    anna, ben = wait(cache, ANNA), wait(cache, BEN)
    truth = page._kept(cache, page.truth_key(LESSON, cache.classroom))
    assert truth is not None
    assert len(truth.worlds) == 6
    for shown in (anna, ben):
        assert json.dumps(page.truth_words(LESSON, truth), ensure_ascii=False)[1:-1] in shown
        assert "What the class expected" in shown
        assert re.search("(0|2) of 2 ranges hold the truth|1 of 2 ranges holds the truth", shown)
        assert [f"Step {number}: " in shown for number in range(1, 6)] == [False, True, True, True, False]
        assert LESSON.questions[2] in shown
        assert ANNA not in shown
        assert BEN not in shown
    room = cache.classroom
    assert page.own_key(LESSON, room, ANNA) != page.own_key(LESSON, room, BEN)
    assert Classroom("marketing-2").seed == room.seed != Classroom("marketing-3").seed


def test_the_first_forecast_counts(cache: Keep) -> None:
    room = cache.classroom
    assert give(cache, room, ID, ANNA, Forecast(1.0, 2.0)) == Forecast(1.0, 2.0)
    assert give(cache, room, ID, ANNA, Forecast(3.0, 4.0)) == Forecast(1.0, 2.0)
    assert forecasts_of(cache, room, ID) == {ANNA: Forecast(1.0, 2.0)}
    assert forecasts_of(cache, Classroom("another"), ID) == {}


def test_alone_everybody_sees_only_their_own(tmp_path: Path) -> None:
    with Keep(tmp_path / "cache") as cache:
        for student in (ANNA, BEN):
            give(cache, cache.classroom, ID, student, Forecast(1.0, 20.0))
        page.prepare(cache, LESSON, ANNA)
        shown = wait(cache, ANNA)
        assert "What you expected" in shown
        assert "Better than" not in shown
        assert "--class CODE" in text_of(page.layout(cache, lecturer=""))
        cache.jobs.close()


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ("", "", "is empty"),
        (None, 5, "is empty"),
        ("x", 5, "'x' is no number within the bounds"),
        ("nan", 5, "is no number"),
        (5, "inf", "is no number"),
        (-1e9, 5, "is no number"),
        (10, 5, "is above To"),
        ("9" * 999, 5, "is no number"),
        ("٣", 5, "is no number"),
    ],
)
def test_what_is_no_range_is_refused_in_words(cache: Keep, low: object, high: object, said: str) -> None:
    *nothing, errors = page.give_answer(cache, low, high, ANNA, ID)
    assert all(one is no_update for one in nothing)
    assert said in text_of(errors)
    assert "9" * 99 not in text_of(errors)
    assert forecasts_of(cache, cache.classroom, ID) == {}


@pytest.mark.parametrize("student", [None, "", "me", "A" * 32, "a" * 33, 5, ["a" * 32]])
def test_only_numbers_that_a_browser_drew_are_students(cache: Keep, student: object) -> None:
    assert not is_student(student)
    assert page.look_answer(cache, student, ID, None) == (no_update,) * 3
    assert page.give_answer(cache, 1, 2, student, ID) == (no_update,) * 4
    assert page.look_answer(cache, ANNA, "../../x", None) == (no_update,) * 3


def test_the_lecturers_page_opens_with_its_key_alone(cache: Keep) -> None:
    give(cache, cache.classroom, ID, ANNA, Forecast(1.0, 20.0))
    shown = text_of(page.layout(cache, lecturer="key"))
    assert "1 forecast is in; not run yet." in shown
    assert all(note in shown.replace('\\"', '"') for lesson in page.LESSONS.values() for note in lesson.notes)
    for wrong in ("", "KEY", "schlüssel", "x" * 9999):
        refused = text_of(page.layout(cache, lecturer=wrong))
        assert "this address does not open it" in refused
        assert LESSON.notes[0] not in refused
    shown = text_of(page.revealed_view(cache, LESSON, truth=False))
    assert "1 forecast, without names." in shown
    assert "<b>the truth" not in shown
    assert "It is being run" in text_of(page.revealed_view(cache, LESSON, truth=True))


def test_only_an_address_that_a_student_can_open_is_handed_out(cache: Keep, tmp_path: Path) -> None:
    shown = text_of(page.layout(cache, lecturer="key"))
    assert "Only this machine is let in" in shown
    assert "--host 0.0.0.0" in shown
    assert "Your students open" not in shown
    room = Classroom("marketing-2", "key", address="http://192.0.2.7:8092/lessons")
    with Keep(tmp_path / "other", classroom=room) as other:
        shown = text_of(page.layout(other, lecturer="key"))
        assert '"http://192.0.2.7:8092/lessons"' in shown
        assert "Only this machine" not in shown
        other.jobs.close()


def test_what_has_been_run_cannot_be_run_again(cache: Keep) -> None:
    assert not page.is_prepared(cache, LESSON)
    page.prepare(cache, LESSON)
    assert page.is_prepared(cache, LESSON)  # it is on its way
    job = cache.jobs.get(page.truth_key(LESSON, cache.classroom))
    assert job is not None
    while not job.is_over:
        time.sleep(0.05)
    assert page.is_prepared(cache, LESSON)
    buttons = [
        one
        for one in page.layout(cache, lecturer="key")._traverse()
        if getattr(one, "id", None) == {"type": "lessons-prepare", "lesson": ID}
    ]
    assert [one.disabled for one in buttons] == [True]


def test_what_breaks_off_is_said_in_one_line(cache: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the moon")

    monkeypatch.setattr(page, "run_points", broken)
    page.give_answer(cache, 1, 2, ANNA, ID)
    for _ in range(400):
        shown, stop, now = page.look_answer(cache, ANNA, ID, None)
        if stop:
            break
        time.sleep(0.05)
    assert now == "broken"
    assert "RuntimeError: the moon" in text_of(shown)


@pytest.mark.parametrize("code", ["-x", "x" * 33, "a b", "../x", "ä"])
def test_a_code_that_is_none_is_refused(code: str) -> None:
    with pytest.raises(InputError, match="cannot be a code"):
        Classroom(code)


def test_an_unknown_lesson_leads_to_those_there_are(cache: Keep) -> None:
    shown = text_of(page.layout(cache, lesson="<script>"))
    assert "there is no lesson '<script>'" in shown
    assert LESSON.title in shown
