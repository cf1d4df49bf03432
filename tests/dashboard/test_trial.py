"""The Trial page: run as a job, cancel, open a folder; the cards are those of the report. As plain functions."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dash import no_update
from plotly.utils import PlotlyJSONEncoder

from worthsharing.dashboard.keep import Keep
from worthsharing.dashboard.pages import trial as page
from worthsharing.experiments.results import write_trial
from worthsharing.experiments.trial import run_trial, space_of
from worthsharing.experiments.trial_report import render_trial
from worthsharing.experiments.verdicts import Trial
from worthsharing.sim.run import provenance

SMALL: dict[str, object] = {
    "claims": "E2.1,e1.1",
    "replicates": "3",
    "points": "3",
    "people": "100",
    "seed": "2",
}


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Keep]:
    with Keep(tmp_path / "cache", opens_folders=True) as opened:
        yield opened
        opened.jobs.close()


@pytest.fixture(scope="module")
def small() -> Trial:
    ids, values, errors = page.choices_from(SMALL)
    assert not errors
    return run_trial(page.plan_from(ids, values), workers=1)


def text_of(component: object) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def wait(cache: Keep, job: dict[str, str]) -> list[tuple[object, ...]]:
    answers = []
    for _ in range(1200):
        answers.append(page.poll_answer(cache, job))
        if answers[-1][3] is True:
            return answers
        time.sleep(0.05)
    raise AssertionError(answers[-1])


def test_a_trial_is_run_as_a_job_and_gives_what_the_command_gives(cache: Keep, small: Trial) -> None:
    answer = page.run_answer(cache, SMALL)
    job, search = answer[6], answer[7]
    assert search == "?claims=E1.1,E2.1&replicates=3&points=3&people=100&seed=2"
    answers = wait(cache, job)
    status, percent, shown, stop, run_off, cancel_off = answers[-1]
    assert str(status).startswith(f"Done: {small.runs:,} runs")
    assert (percent, stop, run_off, cancel_off) == (100, True, False, True)
    percents = [one[1] for one in answers]
    assert percents == sorted(percents)  # type: ignore[type-var]
    kept = page._load(cache, job["key"])
    assert kept is not None
    assert str(kept[0]) == str(small)  # NaN is not equal to itself
    assert kept[1] == "worthsharing trial E1.1 E2.1 --replicates 3 --points 3 --people 100 --seed 2"
    assert text_of(shown) == text_of(page.result_view(small, kept[1]))
    again = page.run_answer(cache, SMALL)
    assert (again[0], again[6]) == ("Shown from an earlier run.", None)
    assert "trial-report" in text_of(page.layout(cache, **{key: str(value) for key, value in SMALL.items()}))


def test_the_cards_are_those_of_the_report(small: Trial) -> None:
    report = render_trial(small, "the command", provenance())
    shown = page.result_view(small, "the command")
    (piece,) = [one.data for one in shown.children if getattr(one, "id", "") == "trial-piece"]
    assert piece["content"].strip() in report
    drawn = json.loads(re.search(r'id="figures">(.*?)</script>', report, re.DOTALL)[1])  # type: ignore[index]
    assert json.loads(json.dumps(piece["charts"])) == drawn["charts"]
    assert piece["style"].count("{") == piece["style"].count("}")
    assert piece["style"].startswith(".report {")


def test_cancelled_is_said_and_what_was_run_is_kept(cache: Keep) -> None:
    answer = page.run_answer(cache, {**SMALL, "points": "300"})
    job = answer[6]
    for _ in range(1200):
        if page.poll_answer(cache, job)[1]:
            break
        time.sleep(0.05)
    cache.jobs.cancel(job["key"], job["holder"])
    last = wait(cache, job)[-1]
    assert str(last[0]).startswith("Cancelled")
    running = cache.jobs.get(job["key"])
    for _ in range(400):
        if running is None or running.is_over:
            break
        time.sleep(0.05)
    assert running is not None
    assert running.state == "cancelled"
    assert len(cache.runs) > 0


def test_who_cancels_does_not_stop_the_others(cache: Keep) -> None:
    mine, other = (page.run_answer(cache, SMALL)[6] for _ in range(2))
    assert mine["key"] == other["key"]
    cache.jobs.cancel(mine["key"], mine["holder"])
    first = page.poll_answer(cache, mine)
    assert first[0] == "Cancelled." or str(first[0]).startswith("Done")  # it may be over by now
    assert str(wait(cache, other)[-1][0]).startswith("Done")


def test_a_folder_of_results_is_opened(cache: Keep, small: Trial, tmp_path: Path) -> None:
    ids, values, _ = page.choices_from(SMALL)
    write_trial(tmp_path / "out", small, space_of(page.plan_from(ids, values)), "worthsharing trial …")
    shown, status, search, *chosen = page.open_answer(cache, f" {tmp_path / 'out'} ")
    assert status == "Opened."
    assert chosen == [["E1.1", "E2.1"], "", 3, 3, 100, 2]  # the choices are those of what is shown
    assert text_of(shown) == text_of(page.result_view(small, "worthsharing trial …"))
    found = page.layout(cache, opened=search.removeprefix("?opened="))
    assert "trial-report" in text_of(found)
    held = {one.id: one.value for one in found._traverse() if getattr(one, "id", None) in page.CHOICES}
    assert list(held.values()) == [["E1.1", "E2.1"], 3, 3, 100, 2]
    assert "no results were opened here" in text_of(page.layout(cache, opened="x" * 999))


def test_only_the_machines_own_user_opens_folders(tmp_path: Path) -> None:
    with Keep(tmp_path / "cache") as cache:
        _, status, *others = page.open_answer(cache, str(tmp_path))
        assert status == "Nothing was opened."
        assert all(one is no_update for one in others)
        assert "trial-folder" not in text_of(page.layout(cache))


@pytest.mark.parametrize("folder", ["", "nowhere", "/dev/null", "\0"])
def test_what_cannot_be_opened_is_refused_in_words(cache: Keep, folder: str) -> None:
    shown, status, *_ = page.open_answer(cache, folder)
    assert status == "Nothing was opened."
    assert "This cannot be opened" in text_of(shown)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"claims": "E9.9"}, "there is no claim 'E9.9'"),
        ({"claims": "<script>" * 500}, "there is no claim '<SCRIPT>"),
        ({"replicates": "1"}, "1 is out of bounds"),
        ({"points": "x"}, "'x' is not a whole number"),
        ({"people": "99999999"}, "is out of bounds"),
    ],
)
def test_wrong_choices_are_refused_in_words(cache: Keep, query: dict[str, str], said: str) -> None:
    answer = page.run_answer(cache, query)
    assert answer[0] == "Nothing was run."
    assert answer[6] is None
    for shown in (text_of(answer[2]), text_of(page.layout(cache, **query))):
        assert said in shown
        assert "<SCRIPT>" * 9 not in shown


def test_a_trial_that_breaks_off_says_so_in_one_line(cache: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the moon")

    monkeypatch.setattr(page, "trial_steps", broken)
    last = wait(cache, page.run_answer(cache, SMALL)[6])[-1]
    assert last[0] == "The trial broke off."
    assert "RuntimeError: the moon" in text_of(last[2])
