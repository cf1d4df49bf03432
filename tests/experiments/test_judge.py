"""Verdicts come from numbers alone: they turn when the numbers turn, and mirror when the labels are swapped."""

import doctest
import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from worthsharing.experiments import deciders as deciders_module
from worthsharing.experiments import judge as judge_module
from worthsharing.experiments import trial_figures as figures_module
from worthsharing.experiments.claims import CLAIMS, Arm, Claim, Expected, Part
from worthsharing.experiments.judge import Observed, Space, Values, judge, tally_of, word_of
from worthsharing.experiments.verdicts import ClaimVerdict, SampledParameter, Side, Tally
from worthsharing.sim.measures import MEASURES

POINTS, WORLDS = 120, 12
OPPOSITE: Mapping[str, str] = {"holds": "fails", "fails": "holds", "more": "less", "less": "more"}
ONE = Claim(
    "E1.9",
    "one part",
    "B reaches more than A.",
    (Arm("a", "silence"), Arm("b", "silence")),
    (Part("reach", "reach", "a", "b", "more"),),
    "",
)
TWO = replace(ONE, parts=(*ONE.parts, Part("noise", "noise", "a", "b", "less")))


def space(points: int = POINTS) -> Space:
    random = np.random.default_rng(1)
    parameters = tuple(
        SampledParameter(f"p{number}", "", "", 1.0, 9.0, "uniform", "X") for number in range(10)
    )
    return Space(parameters, (5.0,) * 10, 1.0 + 8.0 * random.random((points, 10)))


def values_of(claim: Claim, seed: int, shape: tuple[int, ...]) -> Values:
    """Random values of everything that a claim measures."""
    random = np.random.default_rng(seed)
    measures = sorted({one for part in claim.parts for one in (part.measure, part.measure_a) if one})
    return {(arm.name, one): random.normal(0.0, 1.0, shape) for arm in claim.arms for one in measures}


def observed(claim: Claim, seed: int = 1) -> Observed:
    efforts = {arm.name: 400.0 for arm in claim.arms}
    return Observed(values_of(claim, seed, (WORLDS,)), values_of(claim, seed + 1, (POINTS, 2)), efforts)


def shifted(difference: float, at_points: np.ndarray | float, claim: Claim = ONE) -> Observed:
    """What is seen where B reaches so much more than A: at the defaults, and at the sampled settings."""
    noise = np.random.default_rng(3).normal(0.0, 1.0, (2, POINTS, WORLDS))
    defaults = {("a", "reach"): 100.0 + noise[0, 0], ("b", "reach"): 100.0 + difference + noise[1, 0]}
    moved = np.broadcast_to(np.asarray(at_points, float), (POINTS,))[:, None]
    sampled = {("a", "reach"): 100.0 + noise[0], ("b", "reach"): 100.0 + moved + noise[1]}
    defaults |= {("a", "noise"): np.ones(WORLDS), ("b", "noise"): np.zeros(WORLDS) + noise[0, 0] / 50.0}
    sampled |= {("a", "noise"): np.ones((POINTS, WORLDS)), ("b", "noise"): noise[0] / 50.0}
    return Observed(defaults, sampled, {arm.name: 400.0 for arm in claim.arms})


# --- the word turns with the numbers ---


@pytest.mark.parametrize(
    ("difference", "at_points", "word", "side"),
    [
        (9.0, 9.0, "confirmed", "holds"),
        (-9.0, -9.0, "refuted", "fails"),
        (9.0, -9.0, "depends", "holds"),
        (-9.0, 9.0, "depends", "fails"),
        (0.0, 0.0, "cannot tell", "cannot tell"),
        (0.0, 9.0, "depends", "cannot tell"),
        (9.0, 0.0, "cannot tell", "holds"),
        (-9.0, 0.0, "cannot tell", "fails"),
    ],
)
def test_word_follows_from_the_numbers(difference: float, at_points: float, word: str, side: str) -> None:
    verdict = judge(ONE, shifted(difference, at_points), space())
    assert (verdict.word, verdict.side) == (word, side)
    opening = "It depends" if word == "depends" else word.capitalize()
    assert verdict.sentence.startswith(f"{opening}: ")


def test_claim_holds_only_with_all_its_parts() -> None:
    assert judge(TWO, shifted(9.0, 9.0), space()).word == "confirmed"
    verdict = judge(TWO, shifted(-9.0, 9.0), space())
    assert verdict.side == "fails"
    assert [part.side for part in verdict.parts] == ["fails", "holds"]
    assert "1 holds, 1 fails" in verdict.sentence


def test_numbers_are_in_the_sentence() -> None:
    one, other = (judge(ONE, shifted(difference, 9.0), space()) for difference in (9.0, 40.0))
    assert one.sentence != other.sentence
    for verdict in (one, other):
        clear = verdict.settings.share(verdict.settings.clearly_holds)
        assert f"In {POINTS} other settings it clearly holds in {100 * clear:.0f} %" in verdict.sentence
        assert f"{verdict.parts[0].difference:.0f}" in verdict.sentence


def test_unequal_effort_is_in_the_sentence() -> None:
    fair = shifted(9.0, 9.0)
    unfair = replace(fair, efforts={"a": 400.0, "b": 500.0})
    assert "unequal effort" not in judge(ONE, fair, space()).sentence
    verdict = judge(ONE, unfair, space())
    assert not verdict.equal_effort
    assert "unequal effort" in verdict.sentence
    free = replace(ONE, arms=(ONE.arms[0], replace(ONE.arms[1], free=True)))
    assert judge(free, unfair, space()).equal_effort


def test_what_decides_and_where_it_fails() -> None:
    settings = space()
    verdict = judge(ONE, shifted(9.0, 30.0 * (settings.places[:, 6] - 0.5)), settings)
    assert verdict.word == "depends"
    assert verdict.deciders[0].path == "p6"
    assert verdict.deciders[0].holds_when == "high"
    assert "p6 is below" in verdict.region
    assert verdict.worst is not None
    assert verdict.worst.margin == min(verdict.margins) < 0.0
    assert verdict.worst.values["p6"] < 2.0
    assert verdict.nearest is None


def test_claim_that_never_fails_names_the_edge_nearest_to_failing() -> None:
    settings = space()
    verdict = judge(ONE, shifted(9.0, 10.0 + 20.0 * settings.places[:, 6]), settings)
    assert verdict.settings.holds == POINTS
    assert verdict.nearest == "p6"
    assert verdict.worst is not None
    assert verdict.worst.margin == min(verdict.margins) > 0.0
    assert verdict.region == f"does not fail in any of the {POINTS} settings searched"


def test_margins_are_in_spreads_of_the_part_nearest_to_failing() -> None:
    seen = observed(TWO)
    verdict = judge(TWO, seen, space())
    signed = [
        sign * (seen.sampled["b", measure] - seen.sampled["a", measure]).mean(axis=1)
        for measure, sign in (("reach", 1.0), ("noise", -1.0))
    ]
    expected = np.min([row / row.std(ddof=1) for row in signed], axis=0)
    assert verdict.margins == pytest.approx(expected)
    assert verdict.settings.holds == np.count_nonzero(expected > 0.0)


# --- what is not there, and what is the same ---


def test_what_was_not_measured_is_not_judged() -> None:
    verdict = judge(ONE, Observed({}, {}, {}), space())
    assert (verdict.word, verdict.side) == ("cannot tell", "not available")
    assert verdict.worst is None
    assert verdict.settings == Tally(unmeasured=POINTS)
    assert "not all of it was measured (reach)" in verdict.sentence


def test_without_a_sample_nothing_is_confirmed() -> None:
    seen = shifted(9.0, 9.0)
    verdict = judge(ONE, replace(seen, sampled={key: one[:0] for key, one in seen.sampled.items()}), space(0))
    assert (verdict.word, verdict.side) == ("cannot tell", "holds")
    assert verdict.settings == Tally()
    assert math.isnan(verdict.settings.share(0))


def test_settings_without_a_value_are_left_out() -> None:
    seen = shifted(9.0, 9.0)
    seen.sampled["b", "reach"][:30] = math.nan
    verdict = judge(ONE, seen, space())
    assert verdict.settings == Tally(POINTS - 30, 0, 0, POINTS - 30, 0, unmeasured=30)
    assert "30 more settings could not be measured" in verdict.sentence
    assert np.isnan(verdict.margins[:30]).all()


def test_what_is_always_the_same_neither_holds_nor_fails() -> None:
    same = {key: np.zeros_like(one) for values in [shifted(0.0, 0.0).defaults] for key, one in values.items()}
    sampled = {key: np.zeros((POINTS, 2)) for key in same}
    verdict = judge(ONE, Observed(same, sampled, {}), space())
    assert (verdict.side, verdict.settings, verdict.word) == (
        "cannot tell",
        Tally(ties=POINTS),
        "cannot tell",
    )
    assert "exactly the same in every world" in verdict.sentence
    assert "not clear in 100 %" in verdict.sentence
    assert verdict.more_replicates == 0  # no number of worlds would change it


# --- what is clear, and what is luck ---


def test_luck_alone_is_clear_in_one_setting_of_twenty() -> None:
    """Four worlds without any difference: half of the signs are as claimed, and 1 of 40 settings is clear either way."""
    points = 4000
    random = np.random.default_rng(7)
    tally = tally_of(*_at_points_of(random.normal(0.0, 1.0, (points, 4))))
    assert tally.settings == points
    for count, chance in ((tally.holds, 0.5), (tally.clearly_holds, 0.025), (tally.clearly_fails, 0.025)):
        assert abs(count - points * chance) < 3.3 * math.sqrt(points * chance * (1.0 - chance))


def _at_points_of(differences: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    sampled = {("a", "reach"): np.zeros_like(differences), ("b", "reach"): differences}
    mean, reach = judge_module.at_points(ONE.parts[0], sampled, len(differences))
    return mean[None], reach[None]


def test_setting_is_clear_where_the_interval_of_its_worlds_leaves_out_zero() -> None:
    rows = [[1.0, 2.0, 3.0, 4.0], [-1.0, -2.0, -3.0, -4.0], [-1.0, 2.0, 3.0, 4.0], [2.0, 2.0, 2.0, 2.0],
            [0.0, 0.0, 0.0, 0.0], [5.0, math.nan, math.nan, math.nan], [math.nan] * 4]  # fmt: skip
    mean, reach = _at_points_of(np.array(rows))
    for row in range(3):
        low, high = stats.t.interval(0.95, 3, np.mean(rows[row]), stats.sem(rows[row]))
        assert mean[0, row] - reach[0, row] == pytest.approx(low)
        assert mean[0, row] + reach[0, row] == pytest.approx(high)
    # one world tells nothing, what is not there is not counted, and what is always the same is clear
    assert tally_of(mean, reach) == Tally(4, 1, 1, clearly_holds=2, clearly_fails=1, unmeasured=1)


def test_claim_is_clear_with_all_its_parts_and_clearly_fails_with_any() -> None:
    means = np.array([[9.0, 9.0, 9.0, -9.0, 0.0], [9.0, 0.1, -9.0, -9.0, 9.0]])
    tally = tally_of(means, np.ones_like(means))
    assert tally == Tally(holds=2, fails=2, ties=1, clearly_holds=1, clearly_fails=2)
    assert tally.not_clear == 2


@pytest.mark.parametrize(
    ("side", "clearly_holds", "clearly_fails", "word"),
    [
        ("holds", 25, 5, "confirmed"), ("holds", 25, 6, "depends"), ("holds", 24, 5, "cannot tell"),
        ("fails", 5, 25, "refuted"), ("fails", 6, 25, "depends"), ("fails", 5, 24, "cannot tell"),
        ("holds", 0, 6, "depends"), ("fails", 6, 0, "depends"), ("holds", 6, 0, "cannot tell"),
        ("cannot tell", 6, 0, "depends"), ("cannot tell", 0, 6, "depends"), ("cannot tell", 5, 5, "cannot tell"),
        ("not available", 50, 0, "cannot tell"),
    ],
)  # fmt: skip
def test_word_counts_what_is_clear(side: Side, clearly_holds: int, clearly_fails: int, word: str) -> None:
    settings = Tally(50, 50, 0, clearly_holds, clearly_fails)
    assert word_of(side, settings, ()) == word


def test_more_worlds_are_asked_for_only_where_they_would_settle_something() -> None:
    assert judge(ONE, shifted(9.0, 9.0), space()).more_replicates == 0  # settled
    unsettled = judge(ONE, shifted(0.4, 9.0), space())
    assert unsettled.side == "cannot tell"
    assert unsettled.more_replicates is not None
    assert unsettled.more_replicates > 0
    seen = shifted(0.0, 9.0)
    hopeless = {key: values.copy() for key, values in seen.defaults.items()}
    hopeless["b", "reach"] += hopeless["a", "reach"].mean() - hopeless["b", "reach"].mean() + 1e-9
    assert judge(ONE, replace(seen, defaults=hopeless), space()).more_replicates is None


# --- the guard against propaganda: labels decide nothing ---


def swapped(part: Part, *, expectation: bool) -> Part:
    expected: Expected = part.expected
    if expectation:
        expected = "less" if expected == "more" else "more"
    if part.against is not None:  # b − a − (d − c) becomes a − b − (c − d)
        return replace(part, a=part.b, b=part.a, against=part.against[::-1], expected=expected)
    return replace(
        part,
        a=part.b,
        b=part.a,
        measure=part.measure_a or part.measure,
        measure_a=part.measure if part.measure_a else None,
        expected=expected,
    )


def turned(claim: Claim, *, expectation: bool) -> Claim:
    return replace(claim, parts=tuple(swapped(part, expectation=expectation) for part in claim.parts))


def measured(claim: Claim) -> Claim:
    """The same with measures that are there, so that each form of a claim can be judged."""
    stand_ins = {"measure": "reach", "measure_a": "shares"}
    parts = []
    for part in claim.parts:
        known = {
            field: stand_in
            for field, stand_in in stand_ins.items()
            if getattr(part, field) is not None and getattr(part, field) not in MEASURES
        }
        parts.append(replace(part, **known))  # type: ignore[arg-type]
    return replace(claim, parts=tuple(parts))


def mirrored(tally: Tally) -> Tally:
    """What holds fails, and the other way round."""
    return replace(
        tally,
        holds=tally.fails,
        fails=tally.holds,
        clearly_holds=tally.clearly_fails,
        clearly_fails=tally.clearly_holds,
    )


def equal(one: object, other: object) -> bool:
    return repr(one) == repr(other)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("id_", CLAIMS)
def test_swapping_labels_and_expectation_changes_no_verdict(id_: str, seed: int) -> None:
    claim = measured(CLAIMS[id_])
    seen = observed(claim, seed)
    one, other = (judge(each, seen, space()) for each in (claim, turned(claim, expectation=True)))
    for name in (
        "word", "side", "settings", "deciders", "worst", "nearest", "region", "margins", "equal_effort",
        "efforts", "more_replicates",
    ):  # fmt: skip
        assert equal(getattr(one, name), getattr(other, name)), name
    for mine, theirs in zip(one.parts, other.parts, strict=True):
        assert (mine.side, mine.settings, mine.replicates) == (
            theirs.side,
            theirs.settings,
            theirs.replicates,
        )
        assert (mine.difference, mine.low, mine.high) == (-theirs.difference, -theirs.high, -theirs.low)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("id_", CLAIMS)
def test_swapping_labels_alone_mirrors_every_part(id_: str, seed: int) -> None:
    claim = measured(CLAIMS[id_])
    seen = observed(claim, seed)
    one, other = (judge(each, seen, space()) for each in (claim, turned(claim, expectation=False)))
    for mine, theirs in zip(one.parts, other.parts, strict=True):
        assert mine.side == OPPOSITE.get(theirs.side, theirs.side)
        assert mine.settings == mirrored(theirs.settings)
        assert (mine.difference, mine.low, mine.high) == (-theirs.difference, -theirs.high, -theirs.low)


MIRRORED_WORDS = {"confirmed": "refuted", "refuted": "confirmed"}


@pytest.mark.parametrize("difference", [-9.0, 0.0, 0.5, 9.0])
@pytest.mark.parametrize("at_points", [-9.0, -0.3, 0.0, 0.5, 9.0])
def test_swapping_labels_of_a_single_part_mirrors_the_verdict(difference: float, at_points: float) -> None:
    seen = shifted(difference, at_points)
    one: ClaimVerdict = judge(ONE, seen, space())
    other: ClaimVerdict = judge(turned(ONE, expectation=False), seen, space())
    assert one.word == MIRRORED_WORDS.get(other.word, other.word)
    assert one.side == OPPOSITE.get(other.side, other.side)
    assert one.settings == mirrored(other.settings)
    np.testing.assert_array_equal(one.margins, -np.array(other.margins))


def test_interaction_is_a_difference_of_differences() -> None:
    arms = tuple(Arm(name, "silence") for name in "abcd")
    claim = replace(ONE, arms=arms, parts=(replace(ONE.parts[0], against=("c", "d")),))
    defaults = {
        (name, "reach"): np.array([level, level + 1.0])
        for name, level in zip("abcd", (1.0, 9.0, 2.0, 5.0), strict=True)
    }
    part = judge(claim, Observed(defaults, {}, {}), space(0)).parts[0]
    assert (part.mean_a, part.mean_b, part.difference) == (3.0, 8.0, 5.0)


def test_module_examples_give_what_they_show() -> None:
    for module in (judge_module, deciders_module, figures_module):
        assert doctest.testmod(module).failed == 0
