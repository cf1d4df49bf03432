"""What the first page answers, as functions: choices, runs, pictures, refusals."""

import json
from pathlib import Path
from typing import Any

import diskcache
import pytest
from dash import no_update
from plotly.utils import PlotlyJSONEncoder

from worthsharing.dashboard.controls import (
    MOST_SEED,
    REPLICATES,
    SEED,
    number_control,
    parameter,
    parameter_setting,
)
from worthsharing.dashboard.pages import whatif
from worthsharing.experiments.compare import compare
from worthsharing.experiments.execute import run_scenarios
from worthsharing.experiments.figures import outcome_rows

SMALL = {"people": 150, "days": 10, "replicates": 5}


@pytest.fixture
def cache(tmp_path: Path) -> diskcache.Cache:
    return diskcache.Cache(str(tmp_path / "cache"))


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


def run(cache: diskcache.Cache, query: dict[str, object]) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    told: list[tuple[Any, ...]] = []
    return whatif.run_answer(cache, {**whatif.DEFAULTS, **query}, told.append), told


def test_controls_come_from_the_schema() -> None:
    for setting, path in ((whatif.PEOPLE, "world.people"), (whatif.DAYS, "clock.days")):
        info = parameter(path)
        assert (setting.low, setting.high, setting.default) == (info.low, info.high, info.default)
        assert (setting.meaning, setting.unit, setting.source) == (info.meaning, info.unit, info.source)
        shown = str(number_control(setting))
        assert info.meaning in shown
        assert info.source in shown
    with pytest.raises(ValueError, match="whole number"):
        parameter_setting("fatigue.half_life", key="x", label="x")


def test_a_graded_parameter_shows_its_grade() -> None:
    graded = whatif.PEOPLE._replace(grade="X", plausible=(1, 9))
    shown = squeezed(number_control(graded))
    assert "assumption: the sign has evidence" in shown
    assert "1 to 9" in shown


def test_a_run_tells_its_progress_and_gives_what_compare_gives(cache: diskcache.Cache) -> None:
    (picture, status), told = run(cache, SMALL)
    assert picture["state"] == "done"
    assert status.startswith("Done: 5 worlds")
    assert picture["search"] == "?people=150&days=10&replicates=5"
    percents = [one[0] for one in told]
    assert percents == sorted(percents)
    assert percents[0] == 0
    assert percents[-1] == 100
    assert any("left" in one[1] for one in told)
    assert next(one[2]["state"] for one in told if one[2]) == "starting"
    assert any(one[2] and one[2]["state"] == "partial" for one in told)

    chosen, values, _ = whatif.choices_from(SMALL)
    results = run_scenarios(whatif.scenarios_of(chosen, values), replicates=5, seed=1, workers=1)
    shown = squeezed(whatif.picture_view(cache, picture))
    for row in outcome_rows(compare(results), "be_worth_sharing"):
        for cell in (row.label, row.mean_a, row.mean_b, row.difference, row.interval, row.share, row.gain):
            assert cell in shown
    assert "5 worlds" in shown
    assert "worlds so far" not in shown


def test_pictures_on_the_way_say_that_they_are_provisional(cache: diskcache.Cache) -> None:
    _, told = run(cache, SMALL)
    partial = next(one[2] for one in told if one[2] and one[2]["state"] == "partial")
    shown = squeezed(whatif.picture_view(cache, partial))
    assert "Provisional verdict" in shown
    assert "of 5 worlds so far" in shown


def test_the_same_choices_are_looked_up(cache: diskcache.Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    run(cache, SMALL)
    monkeypatch.setattr(whatif, "run_scenarios", lambda *_, **__: pytest.fail("was run again"))
    (picture, *_), _ = run(cache, SMALL)
    assert picture["state"] == "done"
    page = squeezed(whatif.layout(cache, **{key: str(value) for key, value in SMALL.items()}))
    assert "Shown from an earlier run" in page
    assert "Verdict" in page


def test_other_rules_are_not_served_old_results(
    cache: diskcache.Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(cache, SMALL)
    chosen, values, _ = whatif.choices_from(SMALL)
    assert whatif.load_kept(cache, chosen, values) is not None
    monkeypatch.setattr(whatif, "RULES_DIGEST", "others")
    assert whatif.load_kept(cache, chosen, values) is None


def test_a_spoilt_cache_is_computed_anew(cache: diskcache.Cache) -> None:
    chosen, values, _ = whatif.choices_from(SMALL)
    cache.set(whatif.kept_key(chosen, values), b"not a pickle")
    assert whatif.load_kept(cache, chosen, values) is None


def test_progress_that_repeats_itself_or_comes_late_draws_nothing(cache: diskcache.Cache) -> None:
    picture = {"run": "1", "state": "starting", "query": {}}
    view, drawn = whatif.show_picture(cache, picture, None)
    assert "first worlds" in squeezed(view)
    assert whatif.show_picture(cache, picture, drawn) == (no_update, no_update)
    assert whatif.show_picture(cache, picture, {**picture, "state": "done"}) == (no_update, no_update)
    assert whatif.show_picture(cache, picture, {**picture, "state": "cancelled"}) == (no_update, no_update)
    assert (
        whatif.show_picture(cache, {**picture, "run": "2"}, {**picture, "state": "done"})[0] is not no_update
    )
    assert whatif.show_picture(cache, None, None) == (no_update, no_update)
    assert whatif.show_picture(cache, {**picture, "state": "partial"}, None) == (
        no_update,
        no_update,
    )  # nothing kept yet


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"people": "1"}, "People: 1 is out of bounds. It takes a whole number from 2 to 20,000,000."),
        ({"people": ""}, "People: is empty"),
        ({"people": None}, "People: is empty"),
        ({"days": "1e9"}, "'1e9' is not a whole number"),
        ({"days": "1_000"}, "'1_000' is not a whole number"),
        ({"days": "٣"}, "is not a whole number"),
        ({"replicates": "1"}, "from 2 to 1,000"),
        ({"replicates": "9" * 5000}, "is not a whole number"),
        ({"seed": str(2**53)}, "out of bounds"),
        ({"seed": "-1"}, "-1 is out of bounds"),
        ({"a": "../../etc/passwd"}, "'../../etc/passwd' is not a scenario that comes with the project"),
        ({"b": "x" * 9999}, "is not a scenario"),
    ],
)
def test_wrong_choices_are_refused_in_words(
    cache: diskcache.Cache, query: dict[str, object], said: str
) -> None:
    (picture, status), _ = run(cache, query)
    assert picture["state"] == "refused"
    assert status == "Nothing was run."
    assert "search" not in picture
    shown = squeezed(whatif.picture_view(cache, picture))
    assert said in shown
    assert len(shown) < 400
    assert said in squeezed(whatif.layout(cache, **{key: str(value or "") for key, value in query.items()}))


def test_a_run_that_breaks_off_says_so_in_one_line(
    cache: diskcache.Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the moon")

    monkeypatch.setattr(whatif, "run_scenarios", broken)
    (picture, status, *_), _ = run(cache, SMALL)
    assert status == "The run broke off."
    shown = squeezed(whatif.picture_view(cache, picture))
    assert "RuntimeError: the moon" in shown
    assert "Traceback" not in shown


def test_the_address_holds_what_differs_and_only_that() -> None:
    chosen, values, errors = whatif.choices_from({})
    assert not errors
    assert whatif.search_of(chosen, values) == ""
    query = {"a": "silence", "seed": str(MOST_SEED)}
    chosen, values, errors = whatif.choices_from(query)
    assert not errors
    assert whatif.search_of(chosen, values) == f"?a=silence&seed={MOST_SEED}"


def test_a_strategy_against_itself_can_be_looked_at(cache: diskcache.Cache) -> None:
    (picture, *_), _ = run(cache, {**SMALL, "a": "silence", "b": "silence"})
    assert "in every world" in squeezed(whatif.picture_view(cache, picture))


def test_the_command_names_every_choice() -> None:
    chosen, values, _ = whatif.choices_from({"people": "150"})
    assert whatif.command_of(chosen, values) == (
        "worthsharing compare customers_as_marketing_department be_worth_sharing"
        f" --people 150 --days {parameter('clock.days').default} --replicates {REPLICATES.default} --seed {SEED.default}"
    )


@pytest.mark.parametrize("planned", [2, 4, 5, 14, 15, 1000])
def test_batches_are_all_worlds_once(planned: int) -> None:
    worlds = [first + number for first, count in whatif.batches(planned) for number in range(count)]
    assert worlds == list(range(planned))


def test_everything_shown_can_be_sent_to_a_browser(cache: diskcache.Cache) -> None:
    (picture, *_), _ = run(cache, SMALL)
    sent = json.dumps(whatif.picture_view(cache, picture), cls=PlotlyJSONEncoder)
    assert len(sent) < 1_000_000
