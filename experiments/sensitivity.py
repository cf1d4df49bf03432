"""Which parameters move an outcome, and how much of it is luck: Morris's screening and Sobol's indices, through SALib."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from SALib.analyze import morris as morris_analysis
from SALib.analyze import sobol as sobol_analysis
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample
from scipy import special, stats

from worthsharing.experiments.analyses import (
    Convergence,
    Decomposition,
    Effect,
    Luck,
    Screening,
    Sensitivity,
    Share,
    Varied,
)
from worthsharing.experiments.execute import Workers
from worthsharing.experiments.question import Question
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep import Forecast, Sweep, forecast, run_sweep
from worthsharing.experiments.sweep_design import Plan
from worthsharing.sim.errors import InputError

LEVELS = 4  # of Morris's grid
STEP = LEVELS / (2.0 * (LEVELS - 1.0))  # of an elementary effect, as a share of the range
RESAMPLES = 1000  # of SALib's bootstrap
STRONGEST = 8  # parameters that are taken from the screening into Sobol's design, unless one says so
LEADERS = 3  # parameters whose place must not change with half of the sample
AGREEMENT = 0.8  # of the two rankings, at least (weighted tau of Vigna 2015)
WIDE_EFFECT = 0.25  # half-width of a leader's interval, as a share of the largest effect, at most
WIDE_SHARE = 0.1  # half-width of a leader's total share, at most
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Samples:
    """Sweeps that were made, to be kept beside the answer."""

    morris: Sweep | None
    sobol: Sweep | None


@dataclass(frozen=True)
class Method:
    """What is to be done.

    trajectories: of Morris's design, 0 for none; base: settings of Sobol's base sample, a power of two, 0 for none
    strongest: how many of the screened parameters Sobol's design takes; without a screening it takes them all
    """

    trajectories: int = 10
    base: int = 128
    strongest: int = STRONGEST

    def checked(self) -> "Method":
        """The same; raises `InputError` for numbers that give no indices."""
        if self.trajectories and self.trajectories < 4:
            raise InputError(
                "--trajectories", f"{self.trajectories} say nothing of their spread", "4 or more"
            )
        if self.base and (self.base < 8 or self.base & (self.base - 1)):
            raise InputError("--base", f"{self.base} is no power of two from 8", "64, 128, 256, …")
        return self

    def sobol_parameters(self, question: Question) -> int:
        """How many parameters Sobol's design has."""
        count = len(question.varied)
        return min(self.strongest, count) if self.trajectories else count


def expected(question: Question, method: Method, store: RunStore, *, workers: Workers = None) -> Forecast:
    """Say how much there is to do; the time of both designs from a few settings of the first."""
    rows, found, seconds, size = 0, 0, 0.0, 0.0
    if method.trajectories:
        plan = morris_plan(question, method.trajectories)
        rows, found, seconds, size = _numbers(forecast(plan, store, workers=workers))
    if method.base:
        chosen = question.about([one.path for one in question.varied[: method.sobol_parameters(question)]])
        plan = sobol_plan(chosen, method.base)
        if method.trajectories:  # which parameters these will be is not known yet
            each = seconds / (rows - found) if rows > found else 0.0
            rows, seconds, size = (
                rows + plan.rows,
                seconds + each * plan.rows,
                size * (1.0 + plan.rows / rows),
            )
        else:
            rows, found, seconds, size = _numbers(forecast(plan, store, workers=workers))
    return Forecast(rows, found, seconds, size)


def _numbers(one: Forecast) -> tuple[int, int, float, float]:
    return one.runs, one.found, one.seconds, one.size


def analyse(
    question: Question,
    method: Method,
    store: RunStore,
    *,
    workers: Workers = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[Sensitivity, Samples]:
    """Run the designs and compute the indices; the numbers do not depend on the workers.

    progress: called with worlds done and worlds in all, of the design that runs

    Raises `InputError` where the outcome is not available often enough to say anything.
    """
    runs = failed = 0
    screening, decomposition, morris, sobol = None, None, None, None

    def made(plan: Plan) -> Sweep:
        nonlocal runs, failed
        sweep = run_sweep(plan, store, workers=workers, progress=progress, should_stop=should_stop)
        runs, failed = runs + plan.rows, failed + len(sweep.errors)
        return sweep

    if method.trajectories:
        morris = made(morris_plan(question, method.trajectories))
        screening = screened(question, question.outcome(morris), method.trajectories)
    if method.base:
        chosen = question
        if screening is not None:
            count = method.sobol_parameters(question)
            chosen = question.about([effect.parameter.path for effect in screening.effects[:count]])
        sobol = made(sobol_plan(chosen, method.base))
        decomposition = decomposed(chosen, chosen.outcome(sobol), method.base)
    notes = list(question.notes)
    if failed:
        notes.append(f"{failed:,} of {runs:,} runs failed; settings with any of them are left out.")
    answer = Sensitivity(
        question.names,
        question.measure,
        question.label,
        question.unit,
        question.plan.design.replicates,
        question.plan.seed,
        question.equal_effort,
        question.varied,
        screening,
        decomposition,
        runs,
        failed,
        tuple(notes),
    )
    return answer, Samples(morris, sobol)


# ---- designs ------------------------------------------------------------------------------------------------------


def _problem(count: int) -> dict[str, Any]:
    # indices are computed in the unit cube: ranges and scales are ours, and SALib's normal ones would leave the bounds
    return {
        "num_vars": count,
        "names": [str(place) for place in range(count)],
        "bounds": [[0.0, 1.0]] * count,
    }


def morris_places(count: int, trajectories: int, seed: int) -> np.ndarray:
    """Trajectories through the unit cube, shape (trajectories × (count + 1), count)."""
    places: np.ndarray = morris_sample.sample(_problem(count), trajectories, num_levels=LEVELS, seed=seed)
    return places


def sobol_places(count: int, base: int, seed: int) -> np.ndarray:
    """Saltelli's design in the unit cube, shape (base × (count + 2), count)."""
    places: np.ndarray = sobol_sample.sample(_problem(count), base, calc_second_order=False, seed=seed)
    return places


def morris_plan(question: Question, trajectories: int) -> Plan:
    """Settings of Morris's design for a question."""
    return question.at_places(morris_places(len(question.varied), trajectories, question.plan.seed))


def sobol_plan(question: Question, base: int) -> Plan:
    """Settings of Sobol's design for a question."""
    return question.at_places(sobol_places(len(question.varied), base, question.plan.seed))


# ---- indices ------------------------------------------------------------------------------------------------------


def screened(question: Question, outcome: np.ndarray, trajectories: int) -> Screening:
    """Elementary effects of an outcome at the settings of `morris_plan`, shape (settings, replicates)."""
    count, seed = len(question.varied), question.plan.seed
    places = morris_places(count, trajectories, seed)
    known = _whole(outcome, count + 1, "trajectories")
    kept = np.repeat(known, count + 1)
    outcome, places = outcome[kept], places[kept]
    means = outcome.mean(axis=1)
    used = int(known.sum())
    whole = _effects(places, means, seed)
    half = _effects(places[: used // 2 * (count + 1)], means[: used // 2 * (count + 1)], seed)
    reach = float(special.stdtrit(used - 1, 0.975)) / math.sqrt(used)
    order = np.argsort(-whole["mu_star"], kind="stable")
    effects = tuple(
        Effect(
            question.varied[place],
            float(whole["mu_star"][place]),
            max(0.0, float(whole["mu_star"][place] - whole["mu_star_conf"][place])),
            float(whole["mu_star"][place] + whole["mu_star_conf"][place]),
            float(half["mu_star"][place]),
            float(whole["mu"][place]),
            float(whole["mu"][place] - reach * whole["sigma"][place]),
            float(whole["mu"][place] + reach * whole["sigma"][place]),
            float(whole["sigma"][place]),
        )
        for place in order
    )
    largest = max(effects[0].size, 1e-300)
    luck, residual = luck_of(outcome)
    # the mean absolute value of a normal variable that is the difference of two means over the same worlds
    floor = math.sqrt(2.0 / math.pi) * math.sqrt(2.0 * residual / outcome.shape[1]) / STEP
    widths = [(one.size_high - one.size) / largest for one in effects[:LEADERS]]
    sizes = [one.size for one in effects], [one.size_at_half for one in effects]
    convergence = _converged([one.parameter for one in effects], *sizes, widths, WIDE_EFFECT)
    left_out = int(known.size - used)
    return Screening(effects, luck, convergence, floor, float(means.mean()), used, left_out, int(means.size))


def _effects(places: np.ndarray, means: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    found = morris_analysis.analyze(
        _problem(places.shape[1]),
        places.astype(float),
        means.astype(float),
        num_levels=LEVELS,
        num_resamples=RESAMPLES,
        seed=seed + 1,
    )
    return {name: np.asarray(found[name], float) for name in ("mu", "mu_star", "mu_star_conf", "sigma")}


def decomposed(question: Question, outcome: np.ndarray, base: int) -> Decomposition:
    """Sobol's indices of an outcome at the settings of `sobol_plan`, shape (settings, replicates)."""
    count, seed = len(question.varied), question.plan.seed
    block = count + 2
    known = _whole(outcome, block, "settings of the base sample")
    outcome = outcome[np.repeat(known, block)]
    used = int(known.sum())
    means = outcome.mean(axis=1)
    whole, half = _shares(means, count, seed), _shares(means[: used // 2 * block], count, seed)
    order = np.argsort(-whole["ST"], kind="stable")
    shares = tuple(
        Share(
            question.varied[place],
            float(whole["S1"][place]),
            float(whole["S1"][place] - whole["S1_conf"][place]),
            float(whole["S1"][place] + whole["S1_conf"][place]),
            float(whole["ST"][place]),
            float(whole["ST"][place] - whole["ST_conf"][place]),
            float(whole["ST"][place] + whole["ST_conf"][place]),
            float(half["ST"][place]),
        )
        for place in order
    )
    # the first and the last setting of each block are drawn independently of each other
    independent = outcome.reshape(used, block, -1)[:, [0, -1]].reshape(2 * used, -1)
    luck, _ = luck_of(independent)
    widths = [one.total_high - one.total for one in shares[:LEADERS]]
    totals = [one.total for one in shares], [one.total_at_half for one in shares]
    convergence = _converged([one.parameter for one in shares], *totals, widths, WIDE_SHARE)
    deviation = float(independent.mean(axis=1).std(ddof=1))
    return Decomposition(
        shares,
        luck,
        convergence,
        float(means.mean()),
        deviation,
        used,
        int(known.size - used),
        int(means.size),
    )


def _shares(means: np.ndarray, count: int, seed: int) -> dict[str, np.ndarray]:
    names = ("S1", "S1_conf", "ST", "ST_conf")
    if np.ptp(means) == 0.0:  # SALib would divide by the variance
        return {name: np.zeros(count) for name in names}
    # SALib takes a seed of 0 for none at all
    found = sobol_analysis.analyze(
        _problem(count), means.astype(float), calc_second_order=False, num_resamples=RESAMPLES, seed=seed + 1
    )
    return {name: np.asarray(found[name], float) for name in names}


def _whole(outcome: np.ndarray, block: int, what: str) -> np.ndarray:
    """Which blocks of settings have an outcome in every world of every setting; at least four must."""
    known = np.isfinite(outcome).all(axis=1).reshape(-1, block).all(axis=1)
    if known.sum() < 4:
        wrong = f"is not available at all settings of {known.sum()} of {known.size} {what}"
        wrong = wrong.replace("is not available at all", "is available at all")
        raise InputError("the outcome", wrong, "take another measure, more people, or a larger sample")
    return known


def luck_of(outcome: np.ndarray) -> tuple[Luck, float]:
    """Split the variance of an outcome, shape (settings, replicates), into what settings and what worlds make of it.

    Returns too the variance that is left when the mean over settings is taken off each world: what luck leaves between two
    settings in the same world. Two-way layout without repetition (Searle, Casella & McCulloch 1992).
    """
    settings, worlds = outcome.shape
    if worlds < 2 or settings < 2:
        nothing = math.nan
        return Luck(nothing, nothing, nothing), 0.0
    within = float(outcome.var(axis=1, ddof=1).mean())
    rest = (
        outcome - outcome.mean(axis=1, keepdims=True) - outcome.mean(axis=0, keepdims=True) + outcome.mean()
    )
    residual = float((rest**2).sum()) / ((settings - 1) * (worlds - 1))
    of_means = float(outcome.mean(axis=1).var(ddof=1))
    between = max(0.0, of_means - residual / worlds)
    total = between + within
    return Luck(
        within / total if total > 0.0 else 0.0,
        min(1.0, residual / worlds / of_means) if of_means > 0.0 else 0.0,
        math.sqrt(within),
    ), residual


def _converged(
    parameters: Sequence[Varied],
    whole: Sequence[float],
    half: Sequence[float],
    widths: Sequence[float],
    narrow: float,
) -> Convergence:
    """Compare the ranking with that of half of the sample; `parameters` stand in the order of `whole`.

    Three questions after Sarrazin, Pianosi & Wagener 2016: do the strongest stay the strongest, does the ranking stay,
    are the intervals narrow.
    """
    at_half = np.argsort(-np.asarray(half), kind="stable")
    leaders = tuple(one.path for one in parameters[:LEADERS])
    leaders_at_half = tuple(parameters[place].path for place in at_half[:LEADERS])
    agreement = 1.0
    if len(parameters) > 1 and np.ptp(whole) > 0.0 and np.ptp(half) > 0.0:
        agreement = float(stats.weightedtau(whole, half).statistic)
    widest = max(widths, default=0.0)
    stable = set(leaders) == set(leaders_at_half) and agreement >= AGREEMENT
    return Convergence(stable, widest <= narrow, leaders, leaders_at_half, agreement, widest)
