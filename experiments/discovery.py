"""Where one strategy beats another: boxes of settings, and the line of break-even over two parameters."""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import special, stats
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.model_selection import KFold

from worthsharing.experiments import boxes
from worthsharing.experiments.analyses import (
    Box,
    Crossing,
    Discovery,
    Proportion,
    Reading,
    Side,
    Tipping,
    Varied,
)
from worthsharing.experiments.compare import share_interval
from worthsharing.experiments.deciders import strengths
from worthsharing.experiments.design import latin_places
from worthsharing.experiments.execute import Workers
from worthsharing.experiments.question import Question
from worthsharing.experiments.sensitivity import luck_of
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep import Forecast, Sweep, forecast, run_sweep
from worthsharing.experiments.sweep_design import Plan
from worthsharing.sim.errors import InputError

FEWEST_SETTINGS = 32  # half of them are set aside to check what the other half says
SEARCHED = 12  # parameters that boxes are searched in: those that matter most in the first half
MOST_BOXES = 3
CHANCE = 0.05  # of calling a box that is none one, over all boxes
GRID = 41  # points along each side of a map
FOLDS = 8
FEWEST_ON_MAP = 2 * FOLDS
NO_MAP = "No map is drawn: it takes two parameters, and one varies. --map X Y draws it over any two."
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Samples:
    """Sweeps that were made, to be kept beside the answer."""

    settings: Sweep
    plane: Sweep | None


def check_settings(question: Question, settings: int, plane: Question | None, plane_settings: int) -> None:
    """Raise `InputError` for what `discover` cannot answer, before anything is run; as `discover` takes them."""
    if len(question.names) != 2:
        raise InputError("discover", f"{len(question.names)} scenario given", "give the two to contrast")
    if settings < FEWEST_SETTINGS:
        raise InputError(
            "--points", f"{settings} are too few to check what is found", f"{FEWEST_SETTINGS} or more"
        )
    if 0 < plane_settings < FEWEST_ON_MAP:
        wrong = f"{plane_settings} are too few to fit a surface through"
        raise InputError("--map-points", wrong, f"{FEWEST_ON_MAP} or more, or 0 for no map")
    if plane_settings and plane is not None and len(plane.varied) != 2:
        named = " and ".join(one.path for one in plane.varied)
        wrong = f"{named} alone" if len(plane.varied) == 1 else f"{len(plane.varied)} parameters given"
        raise InputError("--map", wrong, "give two parameters that differ")


def has_map(question: Question, plane: Question | None, plane_settings: int) -> bool:
    """Whether there are two parameters for a map, and settings to draw it from."""
    return plane_settings > 0 and (plane is not None or len(question.varied) > 1)


def box_plan(question: Question, settings: int) -> Plan:
    """Settings all over the space, the same ones that a trial with the same parameters and seed has."""
    check_settings(question, settings, None, 0)
    return question.at_places(latin_places(len(question.varied), settings, question.plan.seed))


def map_plan(question: Question, settings: int) -> Plan:
    """Settings all over the plane of the two parameters of a question."""
    return question.at_places(latin_places(2, settings, question.plan.seed))


def expected(
    question: Question,
    settings: int,
    plane: Question | None,
    plane_settings: int,
    store: RunStore,
    *,
    workers: Workers = None,
) -> Forecast:
    """Say how much there is to do.

    plane: what the map is about; a map over parameters that are still to be found takes the time of any two
    """
    check_settings(question, settings, plane, plane_settings)
    first = forecast(box_plan(question, settings), store, workers=workers)
    if not has_map(question, plane, plane_settings):
        return first
    mapped = None if plane is None else map_plan(plane, plane_settings)
    if mapped is None:
        rows = plane_settings * 2 * question.plan.design.replicates
        each = first.seconds / max(1, first.runs - first.found)
        return replace(first, runs=first.runs + rows, seconds=first.seconds + each * rows)
    second = forecast(mapped, store, workers=workers)
    return Forecast(
        first.runs + second.runs,
        first.found + second.found,
        first.seconds + second.seconds,
        first.size + second.size,
    )


def discover(
    question: Question,
    settings: int,
    plane: Question | None,
    plane_settings: int,
    store: RunStore,
    *,
    workers: Workers = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[Discovery, Samples]:
    """Run the settings, search for boxes, and draw the map.

    settings: all over the space; plane: two parameters to map, by default those that matter most; plane_settings: on the
    map, 0 for no map

    Raises `InputError` where the outcome is not available often enough.
    """
    check_settings(question, settings, plane, plane_settings)
    sweep = run_sweep(
        box_plan(question, settings), store, workers=workers, progress=progress, should_stop=should_stop
    )
    found, ranked = searched(question, sweep)
    mapped: Sweep | None = None
    if plane_settings and not has_map(question, plane, plane_settings):
        found = replace(found, notes=(*found.notes, NO_MAP))
    if has_map(question, plane, plane_settings):
        plane = question.about(ranked[:2]) if plane is None else plane
        mapped = run_sweep(
            map_plan(plane, plane_settings),
            store,
            workers=workers,
            progress=progress,
            should_stop=should_stop,
        )
        failed = found.failed + len(mapped.errors)
        runs = found.runs + mapped.plan.rows
        found = replace(found, tipping=tipping(plane, mapped), runs=runs, failed=failed)
    if found.failed:
        note = f"{found.failed:,} of {found.runs:,} runs failed; settings with any of them are left out."
        found = replace(found, notes=(*found.notes, note))
    return found, Samples(sweep, mapped)


# ---- boxes --------------------------------------------------------------------------------------------------------


def searched(question: Question, sweep: Sweep) -> tuple[Discovery, list[str]]:
    """Search a sweep of `box_plan` for boxes; returns too the parameters in the order of how much they matter."""
    towards = question.towards(question.outcome(sweep))
    known = np.isfinite(towards).all(axis=1)
    if known.sum() < FEWEST_SETTINGS:
        raise InputError(
            "the outcome",
            f"is available at {known.sum()} of {known.size} settings",
            "take another measure, more people, or more settings",
        )
    towards = towards[known]
    paths = list(question.plan.infos)
    values = np.array([[float(point[path]) for path in paths] for point in sweep.plan.points])[known]
    places = latin_places(len(paths), len(sweep.plan.points), question.plan.seed)[known]
    means = towards.mean(axis=1)
    wins = means > 0.0
    learn = np.arange(wins.size) % 2 == 0  # the other half only checks
    columns = _strongest(places[learn], means[learn])[:SEARCHED]
    clear_wins, clear_losses = _clear(towards)
    reading: Reading = "always" if wins.all() else "never" if not wins.any() else "no box"
    made: list[Box] = []
    if reading == "no box":
        made = _boxes(question, values[:, columns], columns, wins, learn)
        reading = "boxes" if made else "no box"
    discovery = Discovery(
        question.names,
        question.measure,
        question.label,
        question.unit,
        question.better,
        towards.shape[1],
        question.plan.seed,
        question.equal_effort,
        question.varied,
        tuple(paths[column] for column in columns),
        int(wins.size),
        int(known.size - wins.size),
        proportion(int(wins.sum()), wins.size),
        proportion(clear_wins, wins.size),
        proportion(clear_losses, wins.size),
        reading,
        tuple(made),
        None,
        sweep.plan.rows,
        len(sweep.errors),
        question.notes,
    )
    return discovery, [paths[column] for column in _strongest(places, means)]


def _strongest(places: np.ndarray, means: np.ndarray) -> list[int]:
    """Columns in the order of how much each alone explains of the outcome's ranks."""
    found, _ = strengths(places, means)
    return [int(column) for column in np.argsort(-found, kind="stable")]


def _boxes(
    question: Question, values: np.ndarray, columns: Sequence[int], wins: np.ndarray, learn: np.ndarray
) -> list[Box]:
    """Boxes found in one half of the settings that hold in the other; each without what earlier ones have taken."""
    made: list[Box] = []
    free = np.ones(wins.size, bool)
    for _ in range(MOST_BOXES):
        limits = boxes.find_box(values[learn], wins[learn], free[learn])
        if not limits:
            break
        held = boxes.inside(limits, values) & free
        check = ~learn & free
        box = _checked(question, limits, columns, held[check], wins[check], int(wins[~learn].sum()))
        if box is None:
            break
        made.append(box)
        free &= ~held
    return made


def _checked(
    question: Question,
    limits: Sequence[boxes.Limit],
    columns: Sequence[int],
    held: np.ndarray,
    wins: np.ndarray,
    all_wins: int,
) -> Box | None:
    """A box with what the other half of the settings says of it; None unless that is beyond chance."""
    inside = int((held & wins).sum())
    if not held.any() or not all_wins:
        return None
    table = [
        [inside, int((held & ~wins).sum())],
        [int((~held & wins).sum()), int((~held & ~wins).sum())],
    ]
    chance = float(stats.fisher_exact(np.array(table), alternative="greater").pvalue)
    if chance * MOST_BOXES >= CHANCE:
        return None
    sides = tuple(Side(question.varied[columns[one.column]], _end(one.low), _end(one.high)) for one in limits)
    return Box(sides, proportion(inside, all_wins), proportion(inside, int(held.sum())), chance)


def _end(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _clear(towards: np.ndarray) -> tuple[int, int]:
    """Settings whose own worlds leave no doubt: for the second scenario, and for the first."""
    worlds = towards.shape[1]
    if worlds < 2:
        return 0, 0
    reach = float(special.stdtrit(worlds - 1, 0.975)) * towards.std(axis=1, ddof=1) / math.sqrt(worlds)
    means = towards.mean(axis=1)
    return int((means - reach > 0.0).sum()), int((means + reach < 0.0).sum())


def proportion(count: int, of: int) -> Proportion:
    """Share of settings with its interval."""
    low, high = share_interval(float(count), of)
    return Proportion(count / of, low, high, count, of)


# ---- the map ------------------------------------------------------------------------------------------------------


def tipping(question: Question, sweep: Sweep) -> Tipping:
    """Fit a smooth surface through the settings of `map_plan` and say where the sides break even.

    A Gaussian process (Rasmussen & Williams 2006) whose noise is at least what luck leaves in the means. All settings have
    the same worlds, so what moves all of them together is added to the interval.
    """
    outcome = question.outcome(sweep)
    known = np.isfinite(outcome).all(axis=1)
    if known.sum() < FEWEST_ON_MAP:
        raise InputError(
            "--map", f"the outcome is available at {known.sum()} settings", "take another measure"
        )
    outcome = outcome[known]
    places = latin_places(2, len(sweep.plan.points), question.plan.seed)[known]
    x, y = question.varied
    values = np.array([[float(point[x.path]), float(point[y.path])] for point in sweep.plan.points])[known]
    means, worlds = outcome.mean(axis=1), outcome.shape[1]
    scale = float(means.std()) or 1.0
    _, residual = luck_of(outcome)
    least = max(residual / worlds / scale**2, 1e-6)
    surface = _surface(places, means, least, question.plan.seed)
    left_out = _left_out(surface, places, means)
    side = np.linspace(0.0, 1.0, GRID)
    across, up = np.meshgrid(side, side)
    mean, deviation = surface.predict(np.column_stack([across.ravel(), up.ravel()]), return_std=True)
    noise = surface.kernel_.k2.noise_level * scale**2
    latent = np.sqrt(np.maximum(deviation**2 - noise, 0.0))
    together = float(outcome.mean(axis=0).std(ddof=1)) / math.sqrt(worlds) if worlds > 1 else 0.0
    of_worlds = float(special.stdtrit(worlds - 1, 0.975)) * together if worlds > 1 else 0.0
    reach = np.sqrt((float(special.ndtri(0.975)) * latent) ** 2 + of_worlds**2)
    difference = mean.reshape(GRID, GRID)
    low, high = difference - reach.reshape(GRID, GRID), difference + reach.reshape(GRID, GRID)
    above, below = (low > 0.0).mean(), (high < 0.0).mean()
    b_better, a_better = (below, above) if question.better == "less" else (above, below)
    xs, ys = (tuple(value_on(one, float(place)) for place in side) for one in (x, y))
    return Tipping(
        x,
        y,
        xs,
        ys,
        _rows(difference),
        _rows(low),
        _rows(high),
        tuple((float(one), float(two), float(mean)) for (one, two), mean in zip(values, means, strict=True)),
        float(b_better),
        float(a_better),
        float(1.0 - b_better - a_better),
        tuple(
            _crossing(xs[column], ys, difference[:, column], low[:, column], high[:, column], question)
            for column in np.linspace(0, GRID - 1, 5).round().astype(int)
        ),
        left_out,
        worlds,
    )


def value_on(parameter: Varied, place: float) -> float:
    """Value of a parameter at a place in its range, 0 to 1, on its own scale."""
    low, high = parameter.low, parameter.high
    return low * (high / low) ** place if parameter.log else low + place * (high - low)


def _surface(places: np.ndarray, means: np.ndarray, least: float, seed: int) -> GaussianProcessRegressor:
    kernel = ConstantKernel(1.0, (1e-2, 1e3)) * RBF([0.5, 0.5], (0.08, 20.0)) + WhiteKernel(
        least, (least, max(1.0, 10.0 * least))
    )
    process = GaussianProcessRegressor(kernel, normalize_y=True, n_restarts_optimizer=1, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a length at its bound is a flat or a noisy side
        fitted: GaussianProcessRegressor = process.fit(places, means)
    return fitted


def _left_out(surface: GaussianProcessRegressor, places: np.ndarray, means: np.ndarray) -> float:
    """Share of the settings that lie within their 95 % interval when the surface is fitted without them."""
    held = 0
    for learn, check in KFold(FOLDS, shuffle=True, random_state=0).split(places):
        again = GaussianProcessRegressor(surface.kernel_, optimizer=None, normalize_y=True)
        mean, deviation = again.fit(places[learn], means[learn]).predict(places[check], return_std=True)
        held += int((np.abs(means[check] - mean) <= float(special.ndtri(0.975)) * deviation).sum())
    return held / len(means)


def _rows(table: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(value) for value in row) for row in table)


def _crossing(
    x: float,
    ys: Sequence[float],
    difference: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    question: Question,
) -> Crossing:
    """First crossing of zero upwards along y at one x; the interval ends where the bounds of the surface cross."""
    at, first, second = (_zero(ys, table) for table in (difference, low, high))
    ends = sorted(end for end in (first, second) if end is not None)
    throughout: Literal["a", "b", "cannot tell"] = "cannot tell"
    if at is None:
        sign = 1.0 if low.min() > 0.0 else -1.0 if high.max() < 0.0 else 0.0
        sign = -sign if question.better == "less" else sign
        throughout = "b" if sign > 0.0 else "a" if sign < 0.0 else "cannot tell"
    # a bound that crosses nowhere leaves the interval open on its side
    beneath = next((end for end in ends if at is not None and end <= at), None)
    beyond = next((end for end in ends if at is not None and end >= at), None)
    return Crossing(x, at, beneath, beyond, throughout)


def _zero(ys: Sequence[float], values: np.ndarray) -> float | None:
    """Where values cross zero first, between two places by a straight line."""
    for place in range(len(values) - 1):
        one, two = float(values[place]), float(values[place + 1])
        if one == 0.0:
            return float(ys[place])
        if one * two < 0.0:
            return float(ys[place] + (ys[place + 1] - ys[place]) * one / (one - two))
    return None
