"""What decides a claim over a sample of settings: how strong each parameter is, and where the claim fails."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special  # not scipy.stats, which takes a second to import

from worthsharing.experiments.claims import CLAIMS
from worthsharing.experiments.summary import decimals_for, shown
from worthsharing.experiments.verdicts import Decider, SampledParameter

BINS = 4
FEWEST_POINTS = 24  # with fewer settings nothing is said about what decides
CHANCE_ERROR = 0.05  # of naming any parameter at all, in a trial of all claims, when none decides
MOST_DECIDERS = 3
CLEARLY_MORE = 0.1  # difference of two shares that gives a direction
GAIN_OF_SECOND = 0.05  # by how much a second threshold must improve a box
CUTS = tuple(step / 8.0 for step in range(1, 8))


def strengths(places: np.ndarray, margins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First-order strength of each parameter, and the chance of one as large when it decides nothing.

    places: where each parameter stands in its range, 0 to 1, shape (points, parameters)
    margins: shape (points,); only their order counts, so that no outlier decides

    The strength is the share of the variance of the margins' ranks that lies between four equal parts of the
    parameter's range, corrected for what chance puts there (epsilon squared of Kelley 1935); 0 to 1.
    """
    points = margins.size
    ranks = np.argsort(np.argsort(margins, kind="stable")).astype(float)
    # equal margins share their mean rank
    _, group = np.unique(margins, return_inverse=True)
    ranks = (np.bincount(group, ranks) / np.bincount(group))[group]
    total = float(((ranks - ranks.mean()) ** 2).sum())
    if total == 0.0:
        return np.zeros(places.shape[1]), np.ones(places.shape[1])
    found, chances = np.zeros(places.shape[1]), np.ones(places.shape[1])
    for column in range(places.shape[1]):
        part = np.minimum((places[:, column] * BINS).astype(int), BINS - 1)
        sizes = np.bincount(part, minlength=BINS)
        filled = int(np.count_nonzero(sizes))
        if filled < 2 or points <= filled:
            continue
        means = np.bincount(part, ranks, minlength=BINS) / np.maximum(sizes, 1)
        within = float(((ranks - means[part]) ** 2).sum())
        freedom = points - filled
        found[column] = max(0.0, 1.0 - (points - 1) / freedom * within / total)
        ratio = (total - within) / (filled - 1) / (within / freedom) if within > 0.0 else math.inf
        chances[column] = float(special.fdtrc(filled - 1, freedom, ratio)) if math.isfinite(ratio) else 0.0
    return found, chances


def deciders_of(
    space: Sequence[SampledParameter],
    defaults: Sequence[float],
    places: np.ndarray,
    margins: np.ndarray,
    scores: np.ndarray,
    *,
    family: int = len(CLAIMS),
) -> tuple[Decider, ...]:
    """Parameters that decide, strongest first, at most three; none if chance would do as well.

    Allowed for are all parameters and all claims, whether they are on trial or not (Bonferroni): chance alone would name
    any parameter of any claim in at most one trial of twenty.

    family: what is judged together: all claims, or all verdicts of a comparison
    defaults: of the parameters, in the order of `space`
    scores: 1 where the claim holds, 0 where it fails, a half for a tie; shape (points,)
    """
    if margins.size < FEWEST_POINTS or not space:
        return ()
    found, chances = strengths(places, margins)
    named = [
        column
        for column in np.argsort(-found, kind="stable")
        if chances[column] * len(space) * family < CHANCE_ERROR and found[column] > 0.0
    ][:MOST_DECIDERS]
    return tuple(
        _decider(space[column], defaults[column], places[:, column], float(found[column]), scores)
        for column in named
    )


def _decider(
    parameter: SampledParameter, default: float, places: np.ndarray, strength: float, scores: np.ndarray
) -> Decider:
    lowest, highest = scores[places < 1.0 / 3.0], scores[places >= 2.0 / 3.0]
    when: Literal["low", "high", "middle or mixed"] = "middle or mixed"
    rise = _share(highest) - _share(lowest)
    if abs(rise) >= CLEARLY_MORE:
        when = "high" if rise > 0.0 else "low"
    return Decider(
        parameter.path,
        parameter.unit,
        parameter.grade,
        default,
        parameter.low,
        parameter.high,
        strength,
        when,
        _share(lowest == 1.0),
        _share(highest == 1.0),
    )


def _share(scores: np.ndarray) -> float:
    return float(scores.mean()) if scores.size else math.nan


def nearest_edge(space: Sequence[SampledParameter], places: np.ndarray, margins: np.ndarray) -> str | None:
    """Parameter at one of whose edges, its lowest or highest third, the mean margin is smallest."""
    found: tuple[float, str] | None = None
    for column, parameter in enumerate(space):
        for edge in (places[:, column] < 1.0 / 3.0, places[:, column] >= 2.0 / 3.0):
            if edge.any():
                here = (float(margins[edge].mean()), parameter.path)
                found = here if found is None or here < found else found
    return found[1] if found is not None else None


# ---- where it fails -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Side:
    """One side of a threshold on one parameter."""

    column: int
    cut: float  # place in the range
    above: bool

    def contains(self, places: np.ndarray) -> np.ndarray:
        values = places[:, self.column]
        return values > self.cut if self.above else values < self.cut


def region_of(
    space: Sequence[SampledParameter],
    deciders: Sequence[Decider],
    places: np.ndarray,
    scores: np.ndarray,
) -> str:
    """Say in words where a claim fails: the box of one or two thresholds that parts failing from holding best.

    The box is chosen among the deciders and seven thresholds each, by the share of failures that it holds minus the share
    of the rest that it holds (Youden 1950).
    """
    fails = scores < 0.5
    if scores.size == 0:
        return "where it fails was not searched"
    if not fails.any():
        return f"does not fail in any of the {scores.size:,} settings searched"
    if fails.all():
        return f"fails in all of the {scores.size:,} settings searched"
    paths = [parameter.path for parameter in space]
    columns = [paths.index(decider.path) for decider in deciders]
    if not columns:
        return f"fails in {100 * fails.mean():.0f} % of the settings by its sign, and no parameter alone says where"
    sides = [_Side(column, cut, above) for column in columns for cut in CUTS for above in (False, True)]
    inside = {side: side.contains(places) for side in sides}

    def quality(within: np.ndarray) -> float:
        return float(within[fails].mean()) - float(within[~fails].mean())

    best = max(sides, key=lambda side: quality(inside[side]))
    box: tuple[_Side, ...] = (best,)
    pairs = [pair for pair in itertools.combinations(sides, 2) if pair[0].column != pair[1].column]
    if pairs:
        both = max(pairs, key=lambda pair: quality(inside[pair[0]] & inside[pair[1]]))
        if quality(inside[both[0]] & inside[both[1]]) >= quality(inside[best]) + GAIN_OF_SECOND:
            box = both
    within = np.logical_and.reduce([inside[side] for side in box])
    words = " and ".join(_threshold(space[side.column], side) for side in box)
    covered, right = float(within[fails].mean()), float(fails[within].mean())
    return (
        f"fails mostly where {words}: {100 * covered:.0f} % of its failures are there, "
        f"and {100 * right:.0f} % of the settings there fail"
    )


def named_in_words(parameter: SampledParameter) -> str:
    """What a parameter is, with its path.

    >>> named_in_words(SampledParameter("brand.quality", "Chance of a good experience, at first", "", 0, 1, "uniform", "X"))
    'chance of a good experience (brand.quality)'
    """
    return f"{parameter.short} ({parameter.path})" if parameter.meaning else parameter.path


def _threshold(parameter: SampledParameter, side: _Side) -> str:
    low, high = parameter.low, parameter.high
    value = (
        low * (high / low) ** side.cut
        if parameter.weighting == "log-uniform"
        else low + side.cut * (high - low)
    )
    return f"{named_in_words(parameter)} is {'above' if side.above else 'below'} {shown(value, decimals_for(value))}"
