"""Discovery: boxes that are there are found and those that are not are not; break-even lines lie where they were put."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("ema_workbench", reason="needs the extra `discover`")

from worthsharing.experiments import boxes
from worthsharing.experiments.analysis_figures import box_figure, limit_words, map_figure
from worthsharing.experiments.analysis_report import box_table, discovery_sentences, tipping_sentence
from worthsharing.experiments.design import latin_places
from worthsharing.experiments.discovery import box_plan, check_settings, has_map, map_plan, searched, tipping
from worthsharing.experiments.question import Question, ask
from worthsharing.experiments.sweep import Sweep
from worthsharing.sim.errors import InputError
from worthsharing.sim.scenario import load_scenario

NAMES = ("customers_as_marketing_department", "be_worth_sharing")
PATHS = ("world.clustering", "brand.quality", "fatigue.half_life", "attention.visits_per_day")


def question(measure: str = "reach", paths: tuple[str, ...] = PATHS) -> Question:
    scenarios = {name: load_scenario(name).scenario for name in NAMES}
    return ask(scenarios, measure=measure, parameters=paths, where="test")


def swept(asked: Question, outcome: np.ndarray, plan: object) -> Sweep:
    """A sweep whose outcome is known: shape (settings, worlds)."""
    values = np.zeros((len(outcome), 2, outcome.shape[1], len(asked.plan.measures)))
    values[:, 1, :, asked.plan.measures.index(asked.measure)] = outcome
    return Sweep(plan, values, [], {})  # type: ignore[arg-type]


def settings(asked: Question, outcome_of: object, count: int, *, noise: float = 0.0) -> Sweep:
    places = latin_places(len(asked.varied), count, 1)
    outcome = outcome_of(places)[:, None] + np.random.default_rng(2).normal(0.0, noise, (count, 4))  # type: ignore[operator]
    return swept(asked, outcome, box_plan(asked, count))


def corner(places: np.ndarray) -> np.ndarray:
    """One in the box where the first is below 0.6 and the third above 0.4 of its range, minus one outside."""
    return np.where((places[:, 0] < 0.6) & (places[:, 2] > 0.4), 1.0, -1.0)


def test_box_that_is_there_is_found_and_checked_in_the_other_half() -> None:
    found, order = searched(question(), settings(question(), corner, 256, noise=0.3))
    assert found.reading == "boxes"
    assert set(order[:2]) == {PATHS[0], PATHS[2]}
    box = found.boxes[0]
    sides = {side.parameter.path: side for side in box.sides}
    assert sides[PATHS[0]].low is None
    assert sides[PATHS[0]].high == pytest.approx(0.1 + 0.6 * 0.3, abs=0.02)
    assert sides[PATHS[2]].high is None
    assert sides[PATHS[2]].low == pytest.approx(4.0 * 7.0**0.4, abs=1.0)  # its scale is a factor
    assert box.coverage.share > 0.85
    assert box.density.share > 0.85
    assert box.density.of < 128  # counted in one half only
    assert found.wins.share == pytest.approx(0.36, abs=0.04)


def test_units_that_say_nothing_are_left_out_and_names_are_as_people_write_them() -> None:
    asked = question()
    found, _ = searched(asked, settings(asked, corner, 256, noise=0.3))
    bare = replace(found.boxes[0].sides[0].parameter, unit="value")
    box = replace(found.boxes[0], sides=(replace(found.boxes[0].sides[0], parameter=bare),))
    said = discovery_sentences(replace(found, boxes=(box,)))
    assert " value" not in said[0]
    assert "value" not in box_table(box).rows[0]
    assert said[0].startswith("Be worth sharing wins when")
    assert not any(name in sentence for sentence in said for name in NAMES)


def test_what_cannot_be_answered_is_refused_before_anything_is_run() -> None:
    asked, alone = question(), question(paths=PATHS[:1])
    with pytest.raises(InputError, match=rf"--map: {PATHS[0]} alone; give two parameters that differ"):
        check_settings(asked, 64, alone, 64)
    with pytest.raises(InputError, match="--map-points: 8 are too few"):
        check_settings(asked, 64, None, 8)
    check_settings(asked, 64, None, 0)
    assert [has_map(*one) for one in ((asked, None, 64), (asked, None, 0), (alone, None, 64), (alone, asked, 64))] == [
        True, False, False, True,
    ]  # fmt: skip


def test_what_is_only_luck_is_no_box() -> None:
    rng = np.random.default_rng(5)
    asked = question()
    noise = [swept(asked, rng.normal(0.0, 1.0, (128, 4)), box_plan(asked, 128)) for _ in range(6)]
    found = [searched(asked, one)[0] for one in noise]
    assert sum(one.reading == "boxes" for one in found) <= 1  # one of sixty, on average
    nothing = next(one for one in found if one.reading == "no box")
    assert "did not do better than chance" in discovery_sentences(nothing)[0]


@pytest.mark.parametrize(
    ("sign", "reading", "words"), [(1.0, "always", "in all of"), (-1.0, "never", "in none of")]
)
def test_always_and_never_are_said_with_what_could_still_be(sign: float, reading: str, words: str) -> None:
    asked = question()
    found, _ = searched(asked, settings(asked, lambda places: sign + 0.0 * places[:, 0], 64))
    assert found.reading == reading
    assert not found.boxes
    assert words in discovery_sentences(found)[0]
    bound = found.wins.low if sign > 0.0 else found.wins.high
    assert 0.0 < bound < 1.0


def test_fewer_is_better_where_the_measure_says_so() -> None:
    less, more = question("backlash"), question("reach")
    found, _ = searched(less, settings(less, lambda places: -corner(places), 128))
    same, _ = searched(more, settings(more, corner, 128))
    assert found.wins == same.wins
    assert [side.high for box in found.boxes for side in box.sides] == [
        side.high for box in same.boxes for side in box.sides
    ]


def test_settings_without_an_outcome_are_left_out_and_too_few_are_refused() -> None:
    asked = question()
    sweep = settings(asked, corner, 128)
    sweep.values[3, 1, 0] = np.nan
    assert searched(asked, sweep)[0].left_out == 1
    sweep.values[20:, 1, 0] = np.nan
    with pytest.raises(InputError, match="available at 19 of 128 settings"):
        searched(asked, sweep)
    with pytest.raises(InputError, match="32 or more"):
        box_plan(asked, 16)


def test_box_keeps_only_limits_that_matter() -> None:
    rng = np.random.default_rng(1)
    values = rng.random((400, 12))
    wins = (values[:, 1] < 0.5) ^ (rng.random(400) < 0.05)
    (limit,) = boxes.find_box(values, wins)
    assert limit.column == 1
    assert limit.low == -np.inf
    assert limit.high == pytest.approx(0.5, abs=0.03)


def plane(outcome_of: object, *, measure: str = "reach", noise: float = 0.0, together: float = 0.0) -> object:
    asked = question(measure, PATHS[:2])
    places = latin_places(2, 64, 1)
    rng = np.random.default_rng(4)
    outcome = (
        outcome_of(places)[:, None]
        + rng.normal(0.0, noise, (64, 4))
        + together * rng.normal(0.0, 1.0, (1, 4))
    )  # type: ignore[operator]
    return tipping(asked, swept(asked, outcome, map_plan(asked, 64)))


def test_break_even_line_lies_where_it_was_put() -> None:
    found = plane(lambda places: 10.0 * (places[:, 1] - places[:, 0]), noise=0.5)
    for crossing in found.crossings[1:4]:
        place = (crossing.x - found.x.low) / (found.x.high - found.x.low)
        truth = found.y.low + place * (found.y.high - found.y.low)
        assert crossing.low <= truth <= crossing.high
        assert crossing.high - crossing.low < 0.2 * (found.y.high - found.y.low)
    assert found.b_better + found.a_better + found.cannot_tell == pytest.approx(1.0)
    assert found.b_better == pytest.approx(found.a_better, abs=0.1)
    assert found.left_out > 0.8


def test_luck_that_all_settings_share_widens_the_interval() -> None:
    apart = plane(lambda places: 10.0 * (places[:, 1] - places[:, 0]), noise=0.5)
    shared = plane(lambda places: 10.0 * (places[:, 1] - places[:, 0]), noise=0.5, together=2.0)
    assert shared.cannot_tell > 2.0 * apart.cannot_tell


def test_map_without_a_crossing_says_who_is_ahead() -> None:
    ahead = plane(lambda places: 5.0 + places[:, 0])
    assert ahead.b_better == 1.0
    assert {crossing.throughout for crossing in ahead.crossings} == {"b"}
    assert "do not break even" in tipping_sentence(ahead, NAMES)
    fewer = plane(lambda places: 5.0 + places[:, 0], measure="backlash")
    assert fewer.a_better == 1.0
    assert {crossing.throughout for crossing in fewer.crossings} == {"a"}


def test_figures_name_both_sides_and_every_limit() -> None:
    found, _ = searched(question(), settings(question(), corner, 128))
    found = replace(found, tipping=plane(lambda places: 10.0 * (places[:, 1] - places[:, 0])))
    for theme in ("light", "dark"):
        drawn = box_figure(found.boxes[0], theme=theme)
        words = [one.text for one in drawn.layout.annotations]
        assert all(f"<b>{limit_words(side)}</b>" in words for side in found.boxes[0].sides)
        figure = map_figure(found.tipping, NAMES, "people", "more", theme=theme)
        assert [
            "Customers as" in one.text or "Be worth" in one.text for one in figure.layout.annotations
        ] == [True, True]
    assert found.boxes[0].sides[0].parameter.short in discovery_sentences(found)[0]
