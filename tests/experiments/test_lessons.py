"""Lessons are data about bundled scenarios; forecasts are scored by a rule that rewards honest doubt."""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from worthsharing.experiments.claims import CLAIMS, ESSAYS
from worthsharing.experiments.execute import run_scenarios
from worthsharing.experiments.forecasts import (
    SURE,
    Forecast,
    class_figure,
    forecasts_table,
    histogram_of,
    score,
    score_words,
    standing_words,
    worlds_figure,
)
from worthsharing.experiments.lessons import Lesson, load_lessons, scenarios_of, truth_of
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.scenario import bundled_names, load_scenario

LESSONS = load_lessons()


def test_there_is_a_lesson_for_each_essay() -> None:
    assert [lesson.essay for lesson in LESSONS.values()] == list(ESSAYS)
    for lesson in LESSONS.values():
        assert {lesson.a, lesson.b} <= set(bundled_names())
        assert lesson.measure in MEASURES
        assert lesson.low < 0.0 < lesson.high  # a claim may fail
        assert any(lesson.claim == claim.text for claim in CLAIMS.values() if claim.essay == lesson.essay)
        people = {scenario.world for scenario in scenarios_of(lesson).values()}
        assert len(people) == 1


def test_nothing_unknown_stands_in_a_lesson() -> None:
    content = next(iter(LESSONS.values())).model_dump()
    with pytest.raises(ValidationError, match="extra"):
        Lesson.model_validate({**content, "truth": 4.0})


def test_the_truth_is_the_mean_difference_of_the_worlds() -> None:
    lesson = LESSONS["liking"]
    settings = ("world.people=150", "clock.days=10")
    small = {name: load_scenario(name, settings=settings).scenario for name in (lesson.a, lesson.b)}
    results = run_scenarios(small, replicates=6, workers=1)
    truth = truth_of(lesson, results)
    expected = 100.0 * (results.values(lesson.b, lesson.measure) - results.values(lesson.a, lesson.measure))
    np.testing.assert_allclose(truth.worlds, expected, rtol=1e-12)
    assert truth.value == pytest.approx(expected.mean())
    assert truth.mean_b - truth.mean_a == pytest.approx(truth.value)
    assert truth.low <= truth.value <= truth.high


def test_the_honest_range_has_the_best_expected_score() -> None:
    """Proper: of all ranges, none scores better on average than from the 10th to the 90th percentile."""
    draws = np.random.default_rng(1).normal(10.0, 5.0, 20_000)
    edge = (1.0 - SURE) / 2.0
    honest = Forecast(*np.quantile(draws, [edge, 1.0 - edge]))

    def expected(forecast: Forecast) -> float:
        return float(np.mean([score(forecast, draw) for draw in draws[:4000]]))

    best = expected(honest)
    for low, high in ((1.0, -1.0), (-2.0, 2.0), (3.0, 3.0), (0.0, -3.0), (-6.0, -6.0)):
        assert expected(Forecast(honest.low + low, honest.high + high)) > best


def test_scores_are_said_with_their_terms() -> None:
    assert score_words(Forecast(20.0, 120.0), 4.0, "people") == (
        "Score 260: the width of 100 plus 10 times the 16 people by which the range missed."
    )
    assert "holds the truth" in score_words(Forecast(0.0, 5.0), 4.0, "people")


def test_a_class_is_compared_by_scores() -> None:
    everybody = [Forecast(0.0, 10.0), Forecast(0.0, 100.0), Forecast(50.0, 60.0)]
    said = standing_words(everybody[0], everybody, 4.0)
    assert said.startswith("Better than 2 of the 2 others; the median of the class is 100")
    assert "2 of 3 ranges hold the truth" in said
    assert standing_words(everybody[0], everybody[:1], 4.0) == ""


def test_the_table_of_a_class_marks_one_forecast_and_hides_scores_without_a_truth() -> None:
    mine = Forecast(1.0, 3.0)
    table = forecasts_table([Forecast(5.0, 9.0), mine, mine], mine, None)
    assert list(table.columns) == ["low", "high", "middle", "mine"]
    assert table["mine"].tolist() == [True, False, False]
    assert forecasts_table([mine], mine, 4.0)["score"].tolist() == [score(mine, 4.0)]


@pytest.mark.parametrize("values", [[0.0], [3.0, 3.0, 3.0], [-1e-9, 1e-9], list(range(-50, 50)), [1e6, -1e6]])
def test_every_value_is_in_one_bar(values: list[float]) -> None:
    bars = histogram_of(values, min(values), max(values))
    assert bars["count"].sum() == len(values)
    assert len(bars) <= 13


def test_pictures_show_every_forecast_and_the_truth_only_when_it_is_known() -> None:
    forecasts = [Forecast(0.0, 10.0), Forecast(-20.0, 100.0)]
    for truth in (None, (4.0, 3.0, 5.0), (4.0, math.nan, math.nan)):
        table = forecasts_table(forecasts, forecasts[0], None if truth is None else truth[0])
        figure = class_figure(table, unit="people", truth=truth)
        lines = [trace for trace in figure.data if trace.type == "scatter"]
        assert sorted(tuple(line.x) for line in lines) == sorted(forecasts)
        assert ("the truth" in figure.to_json()) == (truth is not None)
    worlds = np.array([1.0, 2.0, 9.0])
    drawn = worlds_figure(worlds, unit="people", truth=(4.0, 3.0, 5.0), mine=2.5, theme="dark")
    assert sum(drawn.data[0].y) == 3
    assert "your world" in drawn.to_json()


@pytest.mark.parametrize(("truth", "anchor"), [(0.2, "left"), (5.0, "center"), (9.8, "right")])
def test_the_truth_is_named_within_the_picture(truth: float, anchor: str) -> None:
    table = forecasts_table([Forecast(0.0, 10.0), Forecast(4.0, 6.0)], None, truth)
    interval = (truth, truth - 0.1, truth + 0.1)
    for drawn in (
        class_figure(table, unit="people", truth=interval),
        worlds_figure(np.array([0.0, 5.0, 10.0]), unit="people", truth=interval, mine=5.0),
    ):
        (note,) = [one for one in drawn.layout.annotations if "the truth" in one.text]
        assert note.xanchor == anchor


@pytest.mark.parametrize(
    ("mine", "anchor", "place"),
    [
        (Forecast(2.0, 4.0), "left", 4.0),
        (Forecast(6.0, 10.0), "right", 6.0),
        (Forecast(1.0, 10.0), "center", 5.5),
    ],
)
def test_ones_own_range_is_named_within_the_picture(mine: Forecast, anchor: str, place: float) -> None:
    table = forecasts_table([Forecast(0.0, 10.0), mine], mine, None)
    notes = class_figure(table, unit="people", truth=None).layout.annotations
    (note,) = [one for one in notes if "yours" in one.text]
    assert (note.xanchor, note.x) == (anchor, place)


def test_one_range_holds_and_two_hold() -> None:
    wide, narrow = Forecast(0.0, 10.0), Forecast(0.0, 1.0)
    assert "of the 1 other; " in standing_words(wide, [wide, narrow], 5.0)
    assert "1 of 2 ranges holds the truth" in standing_words(wide, [wide, narrow], 5.0)
    assert "2 of 2 ranges hold the truth" in standing_words(wide, [wide, narrow], 0.5)
