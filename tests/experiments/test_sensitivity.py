"""Sensitivity: outcomes with known indices, known luck, and a ranking that is only called stable when it is."""

import re

import numpy as np
import pytest

pytest.importorskip("SALib", reason="needs the extra `sensitivity`")

from worthsharing.experiments.analyses import Box, Proportion, Sensitivity, Side
from worthsharing.experiments.analysis_figures import (
    BOX_HELP,
    SHARES_HELP,
    TORNADO_HELP,
    box_figure,
    percent,
    shares_figure,
    tornado_figure,
)
from worthsharing.experiments.analysis_report import sensitivity_sentences, shares_table
from worthsharing.experiments.question import Question, ask
from worthsharing.experiments.sensitivity import (
    Method,
    decomposed,
    luck_of,
    morris_places,
    screened,
    sobol_places,
)
from worthsharing.sim.errors import InputError
from worthsharing.sim.scenario import load_scenario

PATHS = (
    "world.clustering",
    "brand.quality",
    "fatigue.half_life",
    "attention.visits_per_day",
    "worth.reading_cost",
)
WEIGHTS = np.array([4.0, -2.0, 1.0, 0.0, 0.0])


def question(*, seed: int = 1, paths: tuple[str, ...] = PATHS) -> Question:
    names = ("customers_as_marketing_department", "be_worth_sharing")
    return ask(
        {name: load_scenario(name).scenario for name in names}, parameters=paths, seed=seed, where="test"
    )


def worlds(outcome: np.ndarray, *, spread: float = 0.0, count: int = 4, seed: int = 1) -> np.ndarray:
    return outcome[:, None] + np.random.default_rng(seed).normal(0.0, spread, (outcome.size, count))


def test_effect_of_a_straight_line_is_its_slope() -> None:
    found = screened(question(), worlds(morris_places(5, 6, 1) @ WEIGHTS), 6)
    by_path = {one.parameter.path: one for one in found.effects}
    assert [by_path[path].signed for path in PATHS] == pytest.approx(list(WEIGHTS), abs=1e-9)
    assert [one.parameter.path for one in found.effects[:3]] == list(PATHS[:3])
    assert all(one.spread < 1e-9 for one in found.effects)
    assert found.convergence.stable
    assert found.convergence.narrow
    assert found.floor == pytest.approx(0.0, abs=1e-12)


def test_shares_of_a_sum_are_those_of_its_variances() -> None:
    found = decomposed(question(), worlds(sobol_places(5, 512, 1) @ WEIGHTS), 512)
    by_path = {one.parameter.path: one for one in found.shares}
    for path, share in zip(PATHS, WEIGHTS**2 / (WEIGHTS**2).sum(), strict=True):
        assert by_path[path].total == pytest.approx(share, abs=0.05)
        assert by_path[path].alone_low <= share <= by_path[path].alone_high or share == 0.0
    assert found.deviation == pytest.approx(np.sqrt((WEIGHTS**2).sum() / 12.0), rel=0.05)


def test_what_two_do_only_together_is_in_the_total_share_and_not_alone() -> None:
    places = sobol_places(5, 512, 1)
    found = decomposed(question(), worlds((places[:, 0] - 0.5) * (places[:, 1] - 0.5)), 512)
    strongest = {one.parameter.path: one for one in found.shares[:2]}
    assert set(strongest) == set(PATHS[:2])
    assert all(abs(one.alone) < 0.1 and one.total > 0.8 for one in strongest.values())


def test_luck_is_the_variance_that_was_put_in() -> None:
    rng = np.random.default_rng(3)
    settings, together = rng.normal(0.0, 3.0, (4000, 1)), rng.normal(0.0, 1.0, (1, 8))
    luck, residual = luck_of(settings + together + rng.normal(0.0, 2.0, (4000, 8)))
    assert residual == pytest.approx(4.0, rel=0.05)
    assert luck.of_the_mean == pytest.approx(0.5 / 9.5, rel=0.1)
    assert luck.of_one_world == pytest.approx(
        (4.0 + together.var(ddof=1)) / (13.0 + together.var(ddof=1)), rel=0.05
    )
    assert np.isnan(luck_of(settings)[0].of_one_world)  # one world says nothing of luck


def test_luck_alone_shows_effects_of_the_size_of_the_floor() -> None:
    noise = worlds(np.zeros(60 * 6), spread=1.0, count=4)
    found = screened(question(), noise, 60)
    assert np.mean([one.size for one in found.effects]) == pytest.approx(found.floor, rel=0.15)


def test_ranking_of_noise_is_not_called_stable_nor_that_of_few_settings_narrow() -> None:
    many = tuple(
        one.path for one in ask({"b": load_scenario("be_worth_sharing").scenario}, where="test").varied
    )[:30]
    found = screened(question(paths=many), worlds(np.zeros(8 * 31), spread=1.0), 8)
    assert not (found.convergence.stable and found.convergence.narrow)
    few = decomposed(question(), worlds(sobol_places(5, 8, 1) @ WEIGHTS, spread=2.0), 8)
    assert not few.convergence.narrow


def test_nothing_moves_a_constant() -> None:
    shares = decomposed(question(), worlds(np.full(16 * 7, 5.0)), 16)
    assert all(one.total == 0.0 and one.alone == 0.0 for one in shares.shares)
    effects = screened(question(), worlds(np.full(6 * 6, 5.0)), 6)
    assert all(one.size == 0.0 for one in effects.effects)


def test_same_seed_gives_the_same_numbers_even_zero() -> None:
    # SALib takes a seed of 0 for none
    outcome = worlds(sobol_places(5, 32, 0) @ WEIGHTS, spread=1.0)
    assert decomposed(question(seed=0), outcome, 32) == decomposed(question(seed=0), outcome, 32)
    assert not np.array_equal(morris_places(5, 4, 0), morris_places(5, 4, 1))


def test_whatever_is_not_available_is_left_out_whole() -> None:
    outcome = worlds(morris_places(5, 8, 1) @ WEIGHTS)
    outcome[7, 2] = np.nan  # in the second trajectory
    found = screened(question(), outcome, 8)
    assert (found.trajectories, found.left_out, found.settings) == (7, 1, 42)
    assert found.effects[0].size == pytest.approx(4.0)
    outcome[12:], outcome[7, 2] = np.nan, 0.0
    with pytest.raises(InputError, match="2 of 8 trajectories"):
        screened(question(), outcome, 8)


@pytest.mark.parametrize(("method", "right"), [(Method(3, 0), "4 or more"), (Method(0, 100), "64, 128")])
def test_numbers_that_give_no_indices_are_refused(method: Method, right: str) -> None:
    with pytest.raises(InputError, match=right):
        method.checked()


def test_figures_show_luck_break_even_and_guesses() -> None:
    screening = screened(question(), worlds(morris_places(5, 6, 1) @ WEIGHTS - 1.0, spread=0.1), 6)
    for theme in ("light", "dark"):
        figure = tornado_figure(screening, "people", paired=True, theme=theme)
        assert any(words.text == "break-even" for words in figure.layout.annotations)
        assert [name for name in figure.layout.yaxis.ticktext if "guess" in name]
        (band,) = [shape for shape in figure.layout.shapes if shape.type == "rect"]
        assert band.x1 - band.x0 == pytest.approx(screening.floor)
    shares = shares_figure(decomposed(question(), worlds(sobol_places(5, 32, 1) @ WEIGHTS, spread=1.0), 32))
    assert shares.layout.yaxis.ticktext[-1] == "Luck"
    assert shares.layout.annotations[-1].text == percent(shares.data[-1].x[0])


def test_tornado_draws_the_interval_of_the_effect_and_its_size_as_a_frame() -> None:
    places = morris_places(5, 6, 1)
    bent = places @ WEIGHTS + 6.0 * (places[:, 0] - 0.5) * (places[:, 3] - 0.5)  # pushes either way
    screening = screened(question(), worlds(bent, spread=0.1), 6)
    figure = tornado_figure(screening, "people", paired=True)
    (line,) = [trace for trace in figure.data if trace.name == "95 % interval"]
    (frame,) = [trace for trace in figure.data if trace.name == "whichever way"]
    (high,) = [trace for trace in figure.data if trace.name == "at the high end"]
    mean = screening.mean
    for row, one in enumerate(screening.effects):
        low_end, high_end, gap = line.x[3 * row : 3 * row + 3]
        assert gap is None
        assert [2 * (low_end - mean), 2 * (high_end - mean)] == pytest.approx(
            [one.signed_low, one.signed_high]
        )
        assert low_end <= mean + high.x[row] <= high_end
        assert (frame.base[row], frame.x[row]) == pytest.approx((mean - one.size / 2.0, one.size))
        assert figure.layout.annotations[row].x >= high_end  # a number hides no line
    left, right = figure.layout.xaxis.range
    assert left < min(x for x in line.x if x is not None)
    assert right > max(x for x in line.x if x is not None)
    assert "95 % interval" in TORNADO_HELP
    assert "hollow frame" in TORNADO_HELP


def test_shares_are_cut_at_nothing_and_all_where_people_read_them_and_nowhere_else() -> None:
    found = decomposed(question(), worlds(sobol_places(5, 8, 1) @ WEIGHTS, spread=2.0), 8)
    ends = [(one.alone_low, one.total_high) for one in found.shares]
    assert any(low < 0.0 for low, _ in ends)
    assert any(high > 1.0 for _, high in ends)
    figure = shares_figure(found)
    (line,) = [trace for trace in figure.data if trace.error_x.array is not None]
    for row, (x, above, below) in enumerate(
        zip(line.x, line.error_x.array, line.error_x.arrayminus, strict=True)
    ):
        one = found.shares[row]
        assert (x - below, x + above) == pytest.approx((max(0.0, one.total_low), min(1.0, one.total_high)))
    assert figure.layout.xaxis.range[1] == pytest.approx(1.15)
    words = str([shares_table(found), [trace.customdata for trace in figure.data]])
    shown = [int(number.replace("−", "-")) for number in re.findall(r"(−?\d+) %", words)]
    assert min(shown) == 0
    assert max(shown) == 100
    asked = question()
    whole = Sensitivity(
        asked.names, "reach", "Reach", "people", 4, 1, True, asked.varied, None, found, 1, 0, ()
    )
    said = " ".join(sensitivity_sentences(whole)).split("The ranking")[0]
    assert max(int(number) for number in re.findall(r"(\d+) %", said)) <= 100
    assert not re.search(r"−\d+ %", said)
    assert "it was cut there" in SHARES_HELP


def test_help_of_the_box_names_the_mark_of_the_default() -> None:
    parameter = question().varied[1]
    box = Box(
        (Side(parameter, 0.7, None),),
        Proportion(0.5, 0.4, 0.6, 5, 10),
        Proportion(0.9, 0.8, 1.0, 9, 10),
        0.01,
    )
    (mark,) = [trace for trace in box_figure(box).data if "default" in str(trace.hovertemplate)]
    assert f"The hollow {mark.marker.symbol} is the default" in BOX_HELP


def test_sentences_are_made_from_the_numbers() -> None:
    asked = question()
    screening = screened(asked, worlds(morris_places(5, 6, 1) @ WEIGHTS), 6)
    found = Sensitivity(
        asked.names, "reach", "Reach", "people", 4, 1, True, asked.varied, screening, None, 1, 0, ()
    )
    said = " ".join(sensitivity_sentences(found))
    assert "most is share of a person's ties that are tied to each other (a guess)" in said
    assert "by 4.00 people on average" in said
    assert "rising with it" in said
    assert "The ranking is stable" in said
