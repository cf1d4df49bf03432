"""Which settings to run: points of the plausible space, and scenarios moved to them."""

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
import scipy  # scipy.stats takes a second to import: SciPy does it when it is used

from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import CACHE_DIR
from worthsharing.sim.messages import effort_of, post_times
from worthsharing.sim.scenario import Brand, ParameterInfo, Scenario, parameters, validate

# claims about people that are left out of the space, each with its reason
LEFT_OUT: Mapping[str, str] = {
    "world.mean_degree": "a computing choice (scaled by attention.real_degree), and a run at 190 takes ten times as long",
    "world.follower_exponent": "moves nothing in the mutual network that every bundled scenario uses",
    "world.reciprocity": "moves nothing in the mutual network that every bundled scenario uses",
}
LEVERS = "brand.series."  # what a brand publishes defines its strategy, whatever grade its source has
# shares of one whole: where a sampled setting has more than the whole, all of them shrink by the same factor
PARTS_OF_A_WHOLE: tuple[tuple[str, ...], ...] = (("leaving.silent", "leaving.hide", "leaving.tell_friends"),)
POINTS_PER_CUBE = 64
VERSIONS = (scipy.__version__, np.__version__)  # points are those of these versions
WEEKLY_HOURS = 10.0  # what every strategy may spend, in staff hours at their price
EQUAL = 0.01  # CLAIMS: contrasted strategies spend the same within 1 %


@dataclass(frozen=True)
class Point:
    """One setting of the space: values of parameters by path."""

    number: int
    values: Mapping[str, float]


def sampled_parameters() -> tuple[ParameterInfo, ...]:
    """Parameters that span the plausible space: every claim about people, products and costs that has a range."""
    return tuple(
        info
        for info in parameters()
        if info.plausible is not None
        and info.grade is not None
        and info.type in ("int", "float")
        and not info.path.startswith(LEVERS)
        and info.path not in LEFT_OUT
    )


def sample(count: int, *, seed: int = 1, space: Sequence[ParameterInfo] | None = None) -> tuple[Point, ...]:
    """Points spread evenly over the plausible ranges: uniform, or log-uniform where the scale is a factor.

    count: a larger sample begins with the points of a smaller one
    space: parameters with a plausible range; `sampled_parameters()` by default

    Latin hypercubes of 64 points, one after the other. No Sobol sequence: of 86 parameters at 128 points, 26 pairs
    would be in the same half of their ranges at every point, and what decides could not be told from what does not.

    Source: McKay, Beckman & Conover 1979.
    """
    space = sampled_parameters() if space is None else space
    if not space:
        return tuple(Point(number, {}) for number in range(count))
    return tuple(
        Point(
            number,
            repaired({info.path: value_at(info, place) for info, place in zip(space, row, strict=True)}),
        )
        for number, row in enumerate(latin_places(len(space), count, seed))
    )


def latin_places(dimensions: int, count: int, seed: int) -> np.ndarray:
    """Places in the unit cube, shape (count, dimensions), from Latin hypercubes of 64 points, one after the other."""
    return np.asarray(_places("latin", dimensions, count, seed, VERSIONS))


def sobol_places(dimensions: int, count: int, seed: int) -> np.ndarray:
    """Places in the unit cube, shape (count, dimensions), from a scrambled Sobol sequence.

    Source: Owen 1998 (scrambling).
    """
    return np.asarray(_places("sobol", dimensions, count, seed, VERSIONS))


# beside the compiled code: a sweep that is gone on with needs its points, and not the second that scipy.stats takes
@joblib.Memory(CACHE_DIR, verbose=0).cache
def _places(method: str, dimensions: int, count: int, seed: int, versions: Sequence[str]) -> np.ndarray:
    if method == "sobol":
        whole = math.ceil(math.log2(count)) if count > 1 else 0
        sequence = scipy.stats.qmc.Sobol(dimensions, rng=np.random.default_rng(seed))
        return np.asarray(sequence.random_base2(whole)[:count])
    cubes = [
        scipy.stats.qmc.LatinHypercube(dimensions, rng=np.random.default_rng((seed, block))).random(
            POINTS_PER_CUBE
        )
        for block in range(math.ceil(count / POINTS_PER_CUBE))
    ]
    return np.concatenate(cubes)[:count] if cubes else np.empty((0, dimensions))


def value_at(info: ParameterInfo, place: float) -> float:
    """Value of a parameter at a place in its plausible range, 0 at the low end to 1 at the high end."""
    assert info.plausible is not None
    low, high = info.plausible
    if info.type == "int":  # each whole number has the same part of the range
        return float(min(math.floor(low + place * (high - low + 1.0)), high))
    if info.scale == "log":
        return float(min(max(low * (high / low) ** place, low), high))
    return float(low + place * (high - low))


def repaired(values: Mapping[str, float]) -> dict[str, float]:
    """Bring shares of one whole down to the whole, all by the same factor; nothing else is changed.

    >>> repaired({"leaving.silent": 0.75, "leaving.hide": 0.3, "leaving.tell_friends": 0.2, "brand.quality": 0.9})
    {'leaving.silent': 0.6, 'leaving.hide': 0.24, 'leaving.tell_friends': 0.16, 'brand.quality': 0.9}
    """
    values = dict(values)
    for parts in PARTS_OF_A_WHOLE:
        whole = sum(values.get(part, 0.0) for part in parts)
        if whole > 1.0:
            values.update({part: values[part] / whole for part in parts if part in values})
    return values


def moved(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """Put values by path into a scenario; those of a list as `brand.series.0.reward`.

    Raises `InputError` for a path that is not there, and for a value that the schema does not take.
    """
    content = scenario.model_dump()
    for path, value in values.items():
        *sections, name = path.split(".")
        where: Any = content
        try:
            for key in sections:
                where = where[int(key)] if isinstance(where, list | tuple) else where[key]
            whole = isinstance(where[name], int) and isinstance(value, float) and value == round(value)
        except (KeyError, IndexError, TypeError, ValueError):
            raise InputError(path, "there is no such parameter in this scenario") from None
        where[name] = int(value) if whole else value
    return validate(content, "a sampled setting")


def for_all_entries(scenario: Scenario, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for a scenario: what is said of the first entry of a list is said of all that it has, none included."""
    spread: dict[str, Any] = {}
    for path, value in values.items():
        listed, first, name = path.partition(".0.")
        if not first:
            spread[path] = value
            continue
        entries: Any = functools.reduce(getattr, listed.split("."), scenario)
        spread.update({f"{listed}.{number}.{name}": value for number in range(len(entries))})
    return spread


def values_for(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values that one scenario takes: all but those that are said of another one, as `NAME:path`.

    >>> values_for("b", {"brand.quality": 0.9, "a:brand.series.0.reward": 2.0, "b:brand.listens": True})
    {'brand.quality': 0.9, 'brand.listens': True}
    """
    split = [(*path.rpartition(":"), value) for path, value in values.items()]
    return {path: value for owner, _, path, value in split if owner in ("", name)}


@dataclass(frozen=True)
class Placing:
    """How scenarios are moved to the settings of a design.

    all_entries: what is said of the first entry of a list (`brand.series.0`) is said of all that a scenario has
    weekly_hours: what every scenario spends everywhere, in staff hours a week at their price; None: whatever it spends
    """

    all_entries: bool = False
    weekly_hours: float | None = None


AS_WRITTEN = Placing()


def placed(name: str, scenario: Scenario, values: Mapping[str, Any], placing: Placing) -> Scenario:
    """One scenario at one setting; raises `InputError` as `moved` does."""
    own = values_for(name, values)
    there = moved(scenario, for_all_entries(scenario, own) if placing.all_entries else own)
    hours = placing.weekly_hours
    return there if hours is None else at_budget(there, budget_of(there, hours))


# ---- equal effort -------------------------------------------------------------------------------------------------


def budget_of(scenario: Scenario, weekly_hours: float = WEEKLY_HOURS) -> float:
    """What every strategy spends over a run, in currency: so many staff hours a week, whatever an hour costs."""
    return weekly_hours * scenario.costs.staff_hour * scenario.clock.days / 7.0


def at_budget(scenario: Scenario, budget: float) -> Scenario:
    """The same strategy for a budget: all its series post more or less often, by the same factor.

    As many posts as can be paid for, none more often than the plausible range allows; what is left, usually less
    than a post, goes into hours that change nothing (`brand.care_hours_per_week`). A strategy within 1 % of the budget
    stays as it is; so does one that publishes nothing, or costs more than the budget without any post.
    """
    brand = scenario.brand
    if brand.silent or abs(effort_of(scenario, brand)["effort"] - budget) <= EQUAL * budget:
        return scenario
    days = float(scenario.clock.days)
    fixed = effort_of(scenario, brand.model_copy(update={"series": ()}))["effort"]
    costs, spans = [], []  # of one post; weeks that a series lasts
    for series in brand.series:
        posts = len(post_times(series, days=days))
        alone = brand.model_copy(update={"series": (series,)})
        costs.append((effort_of(scenario, alone)["effort"] - fixed) / posts if posts else 0.0)
        spans.append(max(0.0, min(series.until_day, days) - series.from_day) / 7.0)
    rates = [series.per_week for series in brand.series]
    if fixed > budget or not any(
        cost * rate * span > 0.0 for cost, rate, span in zip(costs, rates, spans, strict=True)
    ):
        return scenario
    most = [max(rate, _most_posts_per_week()) for rate in rates]

    def posting(factor: float) -> list[float]:
        return [min(rate * factor, high) for rate, high in zip(rates, most, strict=True)]

    def spent(factor: float) -> float:
        posts = [math.ceil(rate * span - 1e-9) for rate, span in zip(posting(factor), spans, strict=True)]
        return fixed + sum(cost * count for cost, count in zip(costs, posts, strict=True))

    low, high = 0.0, max(high / rate for high, rate in zip(most, rates, strict=True) if rate > 0.0)
    if spent(high) <= budget:
        low = high
    for _ in range(40):
        middle = (low + high) / 2.0
        low, high = (middle, high) if spent(middle) <= budget else (low, middle)
    chosen = tuple(
        one.model_copy(update={"per_week": rate})
        for one, rate in zip(brand.series, posting(low), strict=True)
    )
    left = budget - effort_of(scenario, brand.model_copy(update={"series": chosen}))["effort"]
    hours = left / scenario.costs.staff_hour * 7.0 / days if scenario.costs.staff_hour > 0.0 else 0.0
    spending: Brand = brand.model_copy(
        update={"series": chosen, "care_hours_per_week": brand.care_hours_per_week + hours}
    )
    return scenario.model_copy(update={"brand": spending})


@functools.cache
def _most_posts_per_week() -> float:
    """How often brands post at most: the high end of the plausible range."""
    plausible = next(info.plausible for info in parameters() if info.path == "brand.series.0.per_week")
    return plausible[1] if plausible is not None else math.inf


def as_matrix(points: Sequence[Point], paths: Iterable[str]) -> np.ndarray:
    """Values of some parameters at all points, shape (points, parameters)."""
    paths = tuple(paths)
    return np.array([[point.values[path] for path in paths] for point in points], np.float64).reshape(
        len(points), len(paths)
    )
