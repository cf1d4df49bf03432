"""What the first page answers, as functions: runs, looks, pictures, files, refusals."""

import base64
import io
import json
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dash import no_update
from plotly.utils import PlotlyJSONEncoder

from worthsharing.dashboard import levers
from worthsharing.dashboard.controls import parameter, parameter_setting
from worthsharing.dashboard.jobs import Job
from worthsharing.dashboard.keep import Keep
from worthsharing.dashboard.pages import whatif
from worthsharing.dashboard.pages.whatif_result import outcomes_sentence, result_view
from worthsharing.dashboard.question import (
    DAYS,
    DEFAULTS,
    FIRST,
    PEOPLE,
    VERSION,
    query_of,
    question_from,
    scenarios_of,
)
from worthsharing.experiments.compare import compare, looking_again
from worthsharing.experiments.execute import Results, run_scenarios
from worthsharing.experiments.figures import outcome_rows
from worthsharing.sim.errors import InputError
from worthsharing.sim.measures import DAILY
from worthsharing.sim.scenario import bundled_names, load_scenario

SMALL: dict[str, Any] = {**DEFAULTS, "people": 150, "days": 10, "replicates": 5}


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Keep]:
    kept = Keep(tmp_path / "cache")
    yield kept
    kept.jobs.close()


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    question, _ = question_from(SMALL)
    return run_scenarios(scenarios_of(question, tmp_path_factory.mktemp("x")), replicates=5, workers=1)


def text_of(component: Any) -> str:
    """All words of a component, as a reader meets them."""
    if component is None:
        return ""
    if isinstance(component, str | int | float):
        return str(component)
    if isinstance(component, list | tuple):
        return " ".join(text_of(part) for part in component)
    return " ".join(text_of(getattr(component, name, None)) for name in ("title", "label", "children"))


def squeezed(component: Any) -> str:
    return " ".join(text_of(component).split())


def run(
    cache: Keep, query: dict[str, Any], tab: str = "tab"
) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    """Press Run and look until it is over: the answer, and what each look said; the last with the newest of the news."""
    answer = whatif.start(cache, query, tab)
    looks: list[tuple[Any, ...]] = []
    news = None
    while answer[0] is not no_update and (not looks or not looks[-1][5]):
        looks.append(whatif.look_at(cache, answer[0], news))
        news = looks[-1][6] if looks[-1][6] is not no_update else news
    if looks:
        looks[-1] = (*looks[-1][:6], news, *looks[-1][7:])
    return answer, looks


def test_controls_come_from_the_schema() -> None:
    for setting, path in ((PEOPLE, "world.people"), (DAYS, "clock.days")):
        info = parameter(path)
        assert (setting.low, setting.high, setting.default) == (info.low, info.high, info.default)
    with pytest.raises(ValueError, match="whole number"):
        parameter_setting("fatigue.half_life", key="x", label="x")
    scenario = load_scenario("give_first").scenario
    shown = squeezed(levers.drawer_view("a", scenario, {}, "store"))
    for series in ("gifts", "asks"):
        assert f"Posts: {series}" in shown
    for path in ("brand.quality", "brand.series.0.pressure"):
        info = parameter(path)
        for part in (info.meaning, info.unit, info.bounds, info.source, f"{info.plausible[0]:g}"):  # type: ignore[index]
            assert part in shown
    assert "X, assumption: the sign has evidence" in shown


def test_words_proposed_for_a_search_are_found_there() -> None:
    scenario = load_scenario("customers_as_marketing_department").scenario
    for owner in ("a", "all"):
        said = str(levers.drawer_view(owner, scenario, {}, "store"))
        for word in levers.SEARCHED[owner == "all"]:
            assert word in said.partition("placeholder=")[2].partition("…")[0]
            found = levers.levers_of(owner, scenario).values()
            assert any(word in f"{one.path} {one.meaning}".lower() for one in found)


def test_simple_shows_eight_and_advanced_all() -> None:
    scenario = load_scenario("be_worth_sharing").scenario
    for owner in ("a", "all"):
        shown = levers.levers_of(owner, scenario)
        assert len(shown.keys() & levers.SIMPLE) == 8
        assert len(shown) == len(whatif.levers.changeable(owner))
    assert levers.value_in(scenario, "brand.series.0.value") == 0.5


def test_a_run_tells_its_progress_and_shows_what_compare_shows(cache: Keep, results: Results) -> None:
    (job, _, status, rests, search, written), looks = run(cache, SMALL)
    assert (status, rests, search) == ("Starting …", False, f"?people=150&days=10&replicates=5&v={VERSION}")
    assert written == f"/{search}"
    *_, last = looks
    assert last[0].startswith("Done: 5 worlds")
    assert (last[1], last[2], last[3], last[4], last[5]) == (100, "Run", False, True, True)
    shown = squeezed(whatif.picture(cache, last[6]))
    for row in outcome_rows(compare(results), "be_worth_sharing"):
        for cell in (row.label, row.mean_a, row.mean_b, row.difference, row.interval, row.share, row.gain):
            assert cell in shown
    assert "5 worlds" in shown
    assert "worlds so far" not in shown
    assert whatif.look_at(cache, job, last[6])[6] is no_update  # nothing new, nothing drawn again


def test_what_was_asked_before_needs_no_run(cache: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    _, looks = run(cache, SMALL)
    again = Keep(cache.directory)  # the app was started anew
    real = whatif.run_scenarios
    monkeypatch.setattr(whatif, "is_compiled", lambda: False)
    monkeypatch.setattr(
        "worthsharing.experiments.execute.simulate", lambda *_, **__: pytest.fail("was run again")
    )
    page = squeezed(whatif.layout(again, **{key: str(value) for key, value in SMALL.items()}))
    assert "Found among the runs kept on this computer" in page
    assert "Verdict" in page
    _, looks = run(again, SMALL)
    assert looks[-1][0].startswith("Done: 5 worlds")
    assert whatif.run_scenarios is real
    again.jobs.close()


def test_a_link_of_other_rules_says_so(cache: Keep, results: Results) -> None:
    question, _ = question_from({**SMALL, "v": "0badc0de"})
    shown = squeezed(result_view(results, question))
    assert f"made with version 0badc0de of the rules, and here are the rules {VERSION}" in shown
    same, _ = question_from({**SMALL, "v": VERSION})
    assert "This link was made" not in squeezed(result_view(results, same))


def test_a_page_that_is_opened_again_joins_the_run_that_waits(cache: Keep) -> None:
    gate = threading.Event()

    def in_the_way(_: Job) -> Iterator[None]:
        gate.wait(20)
        yield

    cache.jobs.submit("in the way", in_the_way)
    job, *_ = whatif.start(cache, {**SMALL, "seed": 6}, "one tab")
    assert whatif.look_at(cache, job, None)[0] == "Waiting: 1 run before yours"
    question, _ = question_from({**SMALL, "seed": 6})
    scenarios = scenarios_of(question, Path(cache.directory))
    _, joined, status = whatif._opening(cache, question, asked=True)
    assert joined is not None
    assert joined["key"] == job["key"] == whatif.key_of(question, scenarios)
    assert status == "Joined a run that is at work."
    whatif.look_at(cache, joined, None, "another tab")
    cache.jobs.cancel(job["key"], "one tab")  # the other one still waits
    gone = whatif.look_at(cache, job, None, "one tab")
    assert gone[0] == "Cancelled here; it goes on for somebody else."
    assert gone[3:6] == (False, True, True)
    gate.set()
    looks: list[tuple[Any, ...]] = []
    while not looks or not looks[-1][5]:
        looks.append(whatif.look_at(cache, joined, None))
    assert looks[-1][0].startswith("Done: 5 worlds")


def test_a_run_that_ends_while_it_is_looked_at_is_told_to_have_ended(
    cache: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job, *_), looks = run(cache, SMALL)
    told = {**looks[-1][6], "version": 0}  # all that the page knows
    states = iter(["running"])
    monkeypatch.setattr(Job, "state", property(lambda _: next(states, "done")), raising=False)
    while not (look := whatif.look_at(cache, job, told))[5]:
        pass
    assert look[6] == {**told, "version": 1}
    assert look[0].startswith("Done")


def test_worlds_that_are_drawn_are_not_drawn_again_when_their_job_ends(cache: Keep) -> None:
    (job, *_), looks = run(cache, {**SMALL, "seed": 7})
    at_the_end = looks[-1][6]
    ended = cache.jobs.get(job["key"])
    assert ended is not None
    ended.state = "running"  # as it was between its last worlds and its end
    assert whatif.look_at(cache, job, at_the_end)[6] is no_update
    ended.state, ended.reason = "failed", "the moon"  # what broke off says so whatever was drawn
    assert "the moon" in squeezed(whatif.picture(cache, whatif.look_at(cache, job, at_the_end)[6]))


def test_a_first_opening_is_never_empty_and_says_where_its_numbers_come_from(
    cache: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whatif, "_warm_up_soon", lambda _: None)
    shown = squeezed(whatif.layout(cache))
    assert "Computed in advance and shipped with the program: press Run to make it anew" in shown
    assert "20 worlds" in shown
    shipped = whatif.first_result()
    assert shipped is not None
    rules = shipped.manifest["provenance"]["rules"]
    assert f"rules {rules[:8]}" in shown
    monkeypatch.setattr(
        whatif, "RULES_DIGEST", "0badc0de"
    )  # results of other rules are not taken away as ours
    with pytest.raises(InputError, match="has not been run"):
        whatif.exported(cache, "brief", "")


def test_what_the_page_opens_with_is_drawn_before_anybody_asks(
    cache: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whatif, "WARM_UP_AFTER", 0.0)
    whatif.first_view.cache_clear()
    whatif.get_ready().join()
    assert whatif.first_view.cache_info().currsize == 1
    cache.jobs.close()  # a page that is asked for as the app closes leaves no trace of a thread that broke
    with monkeypatch.context() as patch:
        broken: list[object] = []
        patch.setattr(threading, "excepthook", broken.append)
        assert "Computed in advance" in squeezed(whatif.layout(cache))
        for thread in threading.enumerate():
            if isinstance(thread, threading.Timer):
                thread.join()
    assert broken == []
    assert whatif.first_view.cache_info().misses == 1


def test_the_result_that_is_shipped_is_what_a_run_gives(tmp_path: Path) -> None:
    """If this fails because numbers changed on purpose, CONTRIBUTING says how to make it anew."""
    shipped = whatif.first_result()
    assert shipped is not None
    scenarios = scenarios_of(FIRST, tmp_path)
    assert dict(shipped.results.scenarios) == scenarios
    assert (shipped.results.replicates, shipped.results.seed) == (FIRST.replicates, FIRST.seed)
    fresh = run_scenarios(scenarios, replicates=2, seed=FIRST.seed, workers=1)
    for name in scenarios:
        for measure in fresh.measures:
            kept = shipped.results.values(name, measure)[:2]
            np.testing.assert_allclose(kept, fresh.values(name, measure), rtol=1e-9, atol=1e-12)
        for measure in DAILY:
            np.testing.assert_allclose(
                shipped.results.curve(name, measure)[:2], fresh.curve(name, measure), rtol=1e-9
            )


def test_cancelled_and_gone_runs_leave_the_page_ready(cache: Keep, results: Results) -> None:
    job, *_ = whatif.start(cache, {**SMALL, "replicates": 400, "seed": 9}, "tab")
    cache.jobs.cancel(job["key"], "tab")
    looks: list[tuple[Any, ...]] = []
    while not looks or not looks[-1][5]:
        looks.append(whatif.look_at(cache, job, None))
    assert looks[-1][0].startswith("Cancelled")
    assert looks[-1][2:5] == ("Run", False, True)
    ended = cache.jobs.get(job["key"])
    assert ended is not None
    ended.value = results  # as if it was cancelled after some worlds
    told = whatif.look_at(cache, job, looks[-1][6])[6]
    shown = squeezed(whatif.picture(cache, told))
    assert "Cancelled after 5 of 400 worlds" in shown
    assert "Take away" in shown
    assert whatif.exported(cache, "data", job["search"])[0] == "worthsharing-data.zip"  # of these worlds
    gone = whatif.look_at(cache, {**job, "key": "of another process"}, None)
    assert gone[0] == "That run is gone; press Run again."
    assert gone[3] is False


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"people": ""}, "People: is empty"),
        ({"people": None}, "People: is empty"),
        ({"days": "1e9"}, "'1e9' is not a whole number"),
        ({"days": "1_000"}, "'1_000' is not a whole number"),
        ({"days": "٣"}, "is not a whole number"),
        ({"seed": str(2**53)}, "out of bounds"),
        (
            {"a_set": "brand.quality:7"},
            "Quality (brand.quality): 7 is out of bounds. It takes a number from 0 to 1.",
        ),
        ({"people": "20000000", "replicates": "1000"}, "the page takes runs of up to 30 minutes"),
    ],
)
def test_wrong_choices_are_refused_in_place(cache: Keep, query: dict[str, Any], said: str) -> None:
    job, view, status, rests, search, _ = whatif.start(cache, {**SMALL, **query}, "tab")
    assert (job, status, rests, search) == (no_update, "Nothing was run.", True, no_update)
    shown = squeezed(view)
    assert said in shown
    assert len(shown) < 600


def test_a_run_that_breaks_off_says_so_in_one_line(cache: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the moon")

    monkeypatch.setattr(whatif, "run_scenarios", broken)
    _, looks = run(cache, SMALL)
    assert looks[-1][0] == "The run broke off."
    shown = squeezed(whatif.picture(cache, looks[-1][6]))
    assert "RuntimeError: the moon" in shown
    assert "Traceback" not in shown


def test_three_strategies_have_two_tables_and_their_colours(cache: Keep) -> None:
    _, looks = run(cache, {**SMALL, "c": "silence", "replicates": 3})
    view = whatif.picture(cache, looks[-1][6])
    shown = squeezed(view)
    assert "Be worth sharing against Customers as marketing department" in shown
    assert "Silence against Customers as marketing department" in shown
    assert "className='s2'" in str(view)


def test_what_cannot_be_told_yet_can_be_settled_by_a_press(results: Results) -> None:
    question, _ = question_from(SMALL)
    view = str(result_view(results, question))
    open_ = [
        one for one in looking_again(results).differences if one.side == "cannot tell" and one.more_replicates
    ]
    runnable = [one for one in open_ if 5 + (one.more_replicates or 0) <= 1000]
    assert runnable
    for one in runnable:
        assert f"'worlds': {5 + (one.more_replicates or 0)}, 'looked': '5'" in view
    again = squeezed(result_view(results, replace(question, looked=(2, 3))))
    assert "The verdict was looked for 3 times, after 2, 3 and 5 worlds" in again
    assert "whatif-more" not in str(result_view(results, question, planned=20))  # not while it runs
    assert "cannot tell yet" in outcomes_sentence(compare(results).differences, "be_worth_sharing").lower()


# ---- files ----------------------------------------------------------------------------------------------------------


def sent(content: bytes) -> str:
    return "data:application/octet-stream;base64," + base64.b64encode(content).decode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[brand\n", "mine.toml: not valid TOML"),
        (b"[brand]\nqualty = 1\n", "mine.toml: brand.qualty: there is no such parameter"),
        (b"[brand]\nquality = 'x'\n", "mine.toml: brand.quality"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"", "is empty"),
        (b"#" * 1_000_001, "at most 1,000,000 are taken"),
    ],
)
def test_a_broken_scenario_file_is_refused_in_words(content: bytes, said: str) -> None:
    with pytest.raises(InputError) as error:
        whatif.take_scenario("C:\\files\\mine.toml", sent(content), "First strategy")
    assert said in str(error.value)


def test_bundled_scenarios_can_be_dropped() -> None:
    for name in bundled_names():
        file = whatif.take_scenario(
            f"{name}.toml", sent((Path("scenarios") / f"{name}.toml").read_bytes()), "First"
        )
        assert file.name == name


def test_a_network_is_read_counted_and_run(cache: Keep) -> None:
    ties = "\n".join(f"{one},{(one * 7 + 3) % 90}" for one in range(90))
    uploaded, words = whatif.take_network(cache, "net.csv", sent(f"a,b\n{ties}".encode()), "mutual")
    assert words.startswith("net.csv, 90 people")
    _, looks = run(cache, {**SMALL, "network": f"{uploaded.key}.csv", "replicates": 2})
    assert looks[-1][0].startswith("Done: 2 worlds")
    with pytest.raises(InputError, match=r"bad\.csv: line 2"):
        whatif.take_network(cache, "bad.csv", sent(b"a,b\nc\n"), "mutual")


def test_a_network_that_is_too_large_for_the_plan_is_refused(cache: Keep) -> None:
    uploaded, _ = whatif.take_network(cache, "net.csv", sent(b"a,b\nb,c\n"), "mutual")
    cache.set(
        f"whatif/network/{uploaded.key}", {"people": 2_000_000, "ties": 90_000_000, "words": "", "name": ""}
    )
    _, view, status, *_ = whatif.start(cache, {**SMALL, "network": f"{uploaded.key}.csv", "days": 56}, "tab")
    assert status == "Nothing was run."
    assert "Size: this would take about" in squeezed(view)


def test_everything_can_be_taken_away(cache: Keep) -> None:
    query = {**SMALL, "a_set": "brand.series.0.reward:0", "replicates": 3}
    (_, _, _, _, search, _), _ = run(cache, query)
    name, content = whatif.exported(cache, "scenarios", search)
    assert name.endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        files = {one: packed.read(one).decode() for one in packed.namelist()}
    changed = tomllib.loads(files["customers_as_marketing_department_reward_0.toml"])
    assert "reward" not in changed["brand"]["series"][0]  # zero is the default
    assert files["README.txt"].startswith(
        "worthsharing compare customers_as_marketing_department_reward_0.toml"
    )
    name, content = whatif.exported(cache, "brief", search)
    assert name.endswith(".html")
    assert b"Customers as marketing department (reward 0)" in content
    _, content = whatif.exported(cache, "data", search)
    assert whatif.exported(cache, "data", search)[1] == content  # byte by byte
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert {"outcomes.csv", "daily.parquet", "manifest.json", "be_worth_sharing.toml"} <= set(
            packed.namelist()
        )
        outcomes = pd.read_csv(packed.open("outcomes.csv"))
    assert set(outcomes["replicate"]) == {0, 1, 2}
    with pytest.raises(InputError, match="has not been run"):
        whatif.exported(cache, "brief", "?seed=123456")


def test_everything_shown_can_be_sent_to_a_browser(results: Results) -> None:
    question, _ = question_from(SMALL)
    sent = json.dumps(result_view(results, question), cls=PlotlyJSONEncoder)
    assert len(sent) < 1_000_000


def test_controls_and_addresses_agree() -> None:
    changes = {"a": {"brand.quality": 0.5}, "c": {"brand.quality": 0.1}, "all": {"fatigue.half_life": 4.0}}
    query = whatif.query_from(
        "silence", "~", None, "", changes, {"b": "packed"}, "friends", None, "follows", 10, 20, 30, 40
    )
    assert query == {
        "a": "silence", "a_set": "brand.quality:0.5", "b": "~packed", "b_set": "", "all_set": "fatigue.half_life:4.0",
        "network": "friends", "ties": "mutual", "people": 10, "days": 20, "replicates": 30, "seed": 40,
    }  # fmt: skip
    assert query_of("?people=5&people=6") == {"people": "6"}
