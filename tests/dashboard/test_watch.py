"""The Watch page: its choices, what it sends to the browser, and what it says of one person, as plain functions."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import diskcache
import numpy as np
import pytest
from dash import no_update
from plotly.utils import PlotlyJSONEncoder

from worthsharing.dashboard.pages import watch as page
from worthsharing.experiments.story import chosen as chosen_of
from worthsharing.experiments.watch import CONDITIONS, counts_table, examples, first_apart, portrait
from worthsharing.sim.trace import trace

SMALL: dict[str, object] = {"people": "150", "days": "14"}


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[diskcache.Cache]:
    with diskcache.Cache(str(tmp_path)) as opened:
        yield opened


def text_of(component: object) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def test_the_browser_is_sent_what_was_watched(cache: diskcache.Cache) -> None:
    chosen, values, _, errors = page.choices_from(SMALL)
    assert not errors
    watched = page.watch_choices(cache, chosen, values)
    data = json.loads(json.dumps(page.player_data(cache, watched, None)))
    assert (data["people"], data["days"]) == (150, 14)
    for packed, conditions in zip(data["conditions"], watched.conditions.values(), strict=True):
        sent = np.frombuffer(base64.b64decode(packed), np.uint8).reshape(15, 150)
        assert np.array_equal(sent, conditions)
    assert 0 <= min(data["x"] + data["y"]) <= max(data["x"] + data["y"]) <= page.GRID
    assert max(data["ties"]) < 150
    assert page.player_data(cache, watched, None) == page.player_data(cache, watched, None)


def test_the_same_choices_are_looked_up(cache: diskcache.Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    view, status, search = page.run_answer(cache, SMALL)
    assert status.startswith("Done")
    assert search == "?people=150&days=14"
    monkeypatch.setattr(page, "watch", lambda *_, **__: pytest.fail("was run again"))
    again, *_ = page.run_answer(cache, SMALL)
    assert text_of(again) == text_of(view)
    shown = text_of(page.layout(cache, people="150", days="14", person="3"))
    assert "Person 3" in shown
    assert "watch-canvas-1" in shown


def test_every_count_stands_in_a_table(cache: diskcache.Cache) -> None:
    view, *_ = page.run_answer(cache, SMALL)
    shown = text_of(view)
    chosen, values, _, _ = page.choices_from(SMALL)
    table = counts_table(page.watch_choices(cache, chosen, values))
    last = table[table["day"] == 14].iloc[0]
    assert json.dumps([condition.label for condition in CONDITIONS])[1:-1].split(", ")[2] in shown
    for condition in CONDITIONS:
        assert f'"{last[condition.id]:,}"' in shown
    assert "Arrow keys" in shown


def test_a_person_is_told_as_the_trace_tells_it(cache: diskcache.Cache) -> None:
    choices = {**SMALL, "seed": "4"}
    chosen, values, _, _ = page.choices_from(choices)
    watched = page.watch_choices(cache, chosen, values)
    who = examples(watched)["ignored"]
    view, line, search = page.ask_answer(cache, who, choices)
    assert search.endswith(f"person={who}")
    shown = text_of(view)
    name, scenario = next(iter(watched.scenarios.items()))
    notes = trace(scenario, who, seed=4)
    assert portrait(watched, who).traces[name] == notes
    noticed = [
        one for one in notes.decisions if one.item is not None and one.item.worth is not None and one.brand
    ]
    assert noticed
    assert f"{noticed[0].item.worth.value:.2f} value × " in shown  # type: ignore[union-attr]
    assert len(page.feed_rows(notes)) == sum(one.what == "see" for one in notes.decisions)
    for sentence in page.parting_words(watched, portrait(watched, who)):
        assert json.dumps(sentence, ensure_ascii=False)[1:-1] in shown
    assert f"Person {who}" in text_of(line)


def test_decisions_about_one_thing_stand_together(cache: diskcache.Cache) -> None:
    chosen, values, _, _ = page.choices_from(SMALL)
    watched = page.watch_choices(cache, chosen, values)
    decisions = next(iter(portrait(watched, examples(watched)["ignored"]).traces.values())).decisions
    groups = page.grouped(decisions)
    assert [one for group in groups for one in group] == list(decisions)
    assert all(len({(one.day, one.brand) for one in group}) == 1 for group in groups)
    assert len(groups) < len(decisions)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"people": "2001"}, "2,001 is out of bounds"),
        ({"people": "1e3"}, "'1e3' is not a whole number"),
        ({"days": "9999"}, "9,999 is out of bounds"),
        ({"world": "-1"}, "-1 is out of bounds"),
        ({"a": "../../etc/passwd"}, "'../../etc/passwd' is not a scenario that comes with the project"),
        ({"person": "<script>"}, "there is no person '<script>'"),
        ({"person": "150", "people": "150"}, "there is no person '150'"),
        ({"person": "٣"}, "there is no person"),
        ({"b": "x" * 9999}, "is not a scenario"),
    ],
)
def test_wrong_choices_are_refused_in_words(cache: diskcache.Cache, query: dict[str, str], said: str) -> None:
    shown = text_of(page.layout(cache, **query))
    assert said in shown
    assert "x" * 99 not in shown
    if "person" not in query:
        view, status, search = page.run_answer(cache, query)
        assert said in text_of(view)
        assert status == "Nothing was run."
        assert search is no_update


def test_whoever_is_not_there_cannot_be_asked(cache: diskcache.Cache) -> None:
    assert page.ask_answer(cache, "", SMALL)[0] is None
    assert page.ask_answer(cache, 5, None)[0] is None
    view, _, search = page.ask_answer(cache, 150, SMALL)
    assert "there is no person '150'" in text_of(view)
    assert search == "?people=150&days=14"


def test_whoever_was_asked_before_is_gone_with_an_error(cache: diskcache.Cache) -> None:
    for nobody in (150, "-1", "x", ""):
        _, line, _ = page.ask_answer(cache, nobody, SMALL)
        assert text_of(line) == text_of(page.asked_words(None, None))
        assert "Why?" not in text_of(line)


def test_the_line_about_a_person_says_which_day_it_is_about(cache: diskcache.Cache) -> None:
    chosen, values, _, _ = page.choices_from(SMALL)
    watched = page.watch_choices(cache, chosen, values)
    apart = next(one for one in range(150) if first_apart(watched, one))
    for day in (0, 14):
        now = CONDITIONS[int(next(iter(watched.conditions.values()))[day, apart])].label.lower()
        assert f"day {day}: A {now}, B " in text_of(page.asked_words(watched, apart, day))
    assert text_of(page.asked_words(watched, apart)) == text_of(page.asked_words(watched, apart, 14))


def test_two_worlds_part_on_one_day_only(cache: diskcache.Cache) -> None:
    chosen, values, _, _ = page.choices_from(SMALL)
    watched = page.watch_choices(cache, chosen, values)
    told = 0
    for who in [one for one in range(150) if first_apart(watched, one)][:3]:
        seen = portrait(watched, who)
        said = page.parting_words(watched, seen)
        assert said[0].startswith(f"From day {first_apart(watched, who)} on they differ in what they are: ")
        assert not any("worlds part" in sentence for sentence in said)
        assert seen.parting is not None
        sides = zip("AB", (seen.parting.a, seen.parting.b), seen.traces.values(), strict=True)
        missing = [letter for letter, one, notes in sides if one and one not in chosen_of(notes)]
        told += bool(missing)
        words = f" In {' and '.join(missing)} it is not among the moments below"
        assert (words in said[-1]) == bool(missing)
    assert told


def test_a_run_that_breaks_off_says_so_in_one_line(
    cache: diskcache.Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the moon")

    monkeypatch.setattr(page, "watch", broken)
    view, status, _ = page.run_answer(cache, SMALL)
    assert status == "The run broke off."
    assert "RuntimeError: the moon" in text_of(view)


def test_a_spoilt_cache_is_run_anew(cache: diskcache.Cache) -> None:
    chosen, values, _, _ = page.choices_from(SMALL)
    cache.set(page.kept_key(chosen, values), b"not a pickle")
    assert page.load_kept(cache, chosen, values) is None
    assert page.watch_choices(cache, chosen, values).people == 150


def test_a_strategy_beside_itself_never_parts(cache: diskcache.Cache) -> None:
    chosen, values, _, _ = page.choices_from({**SMALL, "a": "silence", "b": "silence"})
    watched = page.watch_choices(cache, chosen, values)
    assert len(watched.scenarios) == 2
    said = " ".join(page.parting_words(watched, portrait(watched, 1)))
    assert "In both worlds" in said
    assert "Every decision was the same" in said


def test_a_world_is_run_as_the_page_opens_unless_rules_must_be_compiled(
    cache: diskcache.Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"people": "120", "days": "7", "person": "3"}
    monkeypatch.setattr(page, "is_compiled", lambda: False)
    assert "Nobody has been watched yet" in text_of(page.layout(cache, **asked))
    monkeypatch.setattr(page, "is_compiled", lambda: True)
    shown = page.layout(cache, **asked)
    assert "watch-begin" in text_of(shown)
    begun = next(one.data for one in shown._traverse() if getattr(one, "id", None) == "watch-begin")
    view, status, search = page.run_answer(cache, begun)
    assert status == "Done. Press Play."
    assert search == "?people=120&days=7"
    assert '"person": 3' in text_of(view)
    assert "watch-begin" not in text_of(page.layout(cache, **asked))  # it is there now, and shown at once
