"""What decides: a known decider is found, noise has none, and the region is where the failures are."""

import numpy as np
import pytest

from worthsharing.experiments.claims import CLAIMS
from worthsharing.experiments.deciders import deciders_of, nearest_edge, region_of, strengths
from worthsharing.experiments.verdicts import SampledParameter

MANY = 86


def space(parameters: int = MANY) -> list[SampledParameter]:
    return [
        SampledParameter(f"p{number}", "", "unit", 0.0, 10.0, "uniform", "X") for number in range(parameters)
    ]


def found(places: np.ndarray, margins: np.ndarray) -> list[str]:
    scores = (margins > 0.0).astype(float)
    return [one.path for one in deciders_of(space(), [5.0] * MANY, places, margins, scores)]


@pytest.mark.parametrize("points", [64, 128])
def test_known_decider_is_found(points: int) -> None:
    random = np.random.default_rng(points)
    right = 0
    for _ in range(20):
        places = random.random((points, MANY))
        right += found(places, places[:, 7] - 0.5 + random.normal(0.0, 0.2, points))[:1] == ["p7"]
    assert right == 20


def test_decider_in_the_middle_is_found() -> None:
    random = np.random.default_rng(1)
    places = random.random((256, MANY))
    margins = 0.1 - np.abs(places[:, 3] - 0.5) + random.normal(0.0, 0.05, 256)
    (decider, *_) = deciders_of(space(), [5.0] * MANY, places, margins, (margins > 0.0).astype(float))
    assert (decider.path, decider.holds_when) == ("p3", "middle or mixed")


def test_noise_has_no_decider() -> None:
    """At most one trial of twenty may name anything at all, over all its claims."""
    random = np.random.default_rng(2)
    named = sum(bool(found(random.random((64, MANY)), random.normal(size=64))) for _ in range(200))
    chance = 0.05 / len(CLAIMS)
    assert named <= 200 * chance + 2.33 * (200 * chance * (1.0 - chance)) ** 0.5


def test_few_points_decide_nothing() -> None:
    places = np.random.default_rng(3).random((12, MANY))
    assert found(places, places[:, 0]) == []


def test_strength_is_the_share_of_variance() -> None:
    """Of a sum of independent parts, each has its share; a tenth is lost within four parts of a range."""
    random = np.random.default_rng(4)
    places = random.random((20_000, 3))
    strength, chance = strengths(places, places[:, 0] + 2.0 * places[:, 1])
    assert strength == pytest.approx([0.2, 0.8, 0.0], abs=0.06)
    assert chance[1] == 0.0
    assert chance[2] > 0.001


def test_only_the_order_of_margins_counts() -> None:
    places = np.random.default_rng(5).random((100, 4))
    margins = places[:, 0] - 0.5
    np.testing.assert_array_equal(strengths(places, margins)[0], strengths(places, np.exp(9.0 * margins))[0])


@pytest.mark.parametrize(("turn", "when"), [(1.0, "high"), (-1.0, "low")])
def test_direction_is_that_of_the_shares(turn: float, when: str) -> None:
    places = np.random.default_rng(6).random((128, MANY))
    margins = turn * (places[:, 2] - 0.5)
    (decider, *_) = deciders_of(space(), [5.0] * MANY, places, margins, (margins > 0.0).astype(float))
    assert decider.holds_when == when
    assert sorted((decider.share_low, decider.share_high)) == [0.0, 1.0]


def test_region_is_where_it_fails() -> None:
    places = np.random.default_rng(7).random((256, MANY))
    margins = 0.5 - places[:, 4]
    scores = (margins > 0.0).astype(float)
    deciders = deciders_of(space(), [5.0] * MANY, places, margins, scores)
    words = region_of(space(), deciders, places, scores)
    assert words == (
        "fails mostly where p4 is above 5.00: 100 % of its failures are there, and 100 % of the settings there fail"
    )


def test_region_says_what_a_parameter_is() -> None:
    named = SampledParameter(
        "brand.quality", "Chance of a good experience, at first", "", 0.0, 10.0, "uniform", "X"
    )
    places = np.random.default_rng(7).random((64, 1))
    margins = 0.5 - places[:, 0]
    scores = (margins > 0.0).astype(float)
    words = region_of([named], deciders_of([named], [5.0], places, margins, scores), places, scores)
    assert "where chance of a good experience (brand.quality) is above 5.00" in words


def test_region_of_two_thresholds() -> None:
    random = np.random.default_rng(8)
    places = random.random((512, MANY))
    fails = (places[:, 4] > 0.5) & (places[:, 9] < 0.5)
    scores = (~fails).astype(float)
    margins = np.where(fails, -1.0, 1.0) + random.normal(0.0, 0.1, 512)
    deciders = deciders_of(space(), [5.0] * MANY, places, margins, scores)
    words = region_of(space(), deciders, places, scores)
    assert "p4 is above 5.00" in words
    assert "p9 is below 5.00" in words


def test_region_says_when_there_is_none() -> None:
    places = np.random.default_rng(9).random((40, MANY))
    assert region_of(space(), (), places, np.ones(40)) == "does not fail in any of the 40 settings searched"
    assert region_of(space(), (), places, np.zeros(40)) == "fails in all of the 40 settings searched"
    half = np.arange(40) % 2.0
    assert (
        region_of(space(), (), places, half)
        == "fails in 50 % of the settings by its sign, and no parameter alone says where"
    )
    assert "not searched" in region_of(space(), (), places[:0], half[:0])


def test_nearest_edge_is_where_the_margin_is_least() -> None:
    places = np.random.default_rng(10).random((256, 5))
    assert nearest_edge(space(5), places, 2.0 - places[:, 3]) == "p3"
