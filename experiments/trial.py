"""A trial: the arms of claims on the same worlds, at the defaults and all over the plausible space, and what came of it."""

import difflib
import itertools
import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from worthsharing.experiments.claims import CLAIMS, PAIR_MEASURES, STRATEGIES, Arm, Claim
from worthsharing.experiments.compare import difference_of
from worthsharing.experiments.design import (
    as_matrix,
    at_budget,
    budget_of,
    for_all_entries,
    moved,
    sample,
    sampled_parameters,
)
from worthsharing.experiments.execute import (
    Results,
    Workers,
    executor_of,
    joined,
    run_points,
    runs_in_a_world,
)
from worthsharing.experiments.judge import Observed, Space, judge
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.verdicts import PairOutcome, SampledParameter, Trial
from worthsharing.sim.errors import InputError
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.messages import effort_of
from worthsharing.sim.scenario import Scenario, load_scenario


@dataclass(frozen=True)
class Plan:
    """What a trial is going to run.

    replicates: worlds at the defaults; replicates_per_point: worlds at each of the sampled `points`
    people, people_per_point: in these worlds; the latter have everyday posts as an inflow, which is cheaper

    With one or two worlds of fewer people most of what a setting says is luck, and a claim of several parts hardly ever
    holds: see `verdicts.Tally`.
    """

    claims: tuple[Claim, ...] = tuple(CLAIMS.values())
    replicates: int = 100
    points: int = 1024
    replicates_per_point: int = 4
    seed: int = 1
    people: int = 2000
    people_per_point: int = 2000
    days: int = 56

    @property
    def words(self) -> list[str]:
        """Words of the command that runs this plan."""
        chosen = [] if len(self.claims) == len(CLAIMS) else [claim.id for claim in self.claims]
        numbers = {
            "--replicates": self.replicates,
            "--points": self.points,
            "--people": self.people,
            "--seed": self.seed,
        }
        return chosen + [word for option, value in numbers.items() for word in (option, str(value))]


MEASURED_POINTS = 32  # for the estimate
WORLDS_A_STEP = 10  # at the defaults
QUICK: Mapping[str, int] = {"replicates": 20, "points": 128}


@dataclass(frozen=True)
class Estimate:
    """How much there is to do: runs, if nothing is stored, and seconds, from a few that were measured."""

    runs: int
    seconds: float


@dataclass(frozen=True, eq=False)
class _Lineup:
    """The arms of a trial, ready to be moved to any setting."""

    plan: Plan
    arms: Mapping[str, tuple[Arm, Scenario]]  # name in the results → arm and its scenario
    notes: tuple[str, ...]

    @property
    def measures(self) -> tuple[str, ...]:
        """Measures that claims and the table of pairs need, in their usual order.

        Those of all claims, so that a trial of one claim and of all find the same runs in the store.
        """
        wanted = {
            measure
            for claim in CLAIMS.values()
            for part in claim.parts
            for measure in (part.measure, part.measure_a)
        }
        wanted |= {
            measure
            for claim in self.plan.claims
            for part in claim.parts
            for measure in (part.measure, part.measure_a)
        }
        return tuple(measure for measure in MEASURES if measure in wanted or measure in PAIR_MEASURES)

    def at_defaults(self) -> dict[str, Scenario]:
        """Every arm at the defaults."""
        return self.at({"world.people": self.plan.people, "clock.days": self.plan.days})

    def at_point(self, values: Mapping[str, float]) -> dict[str, Scenario]:
        """Every arm at a sampled setting."""
        cheaper = {
            "world.people": self.plan.people_per_point,
            "clock.days": self.plan.days,
            "attention.background": "rate",
        }
        return self.at({**cheaper, **values})

    def at(self, values: Mapping[str, Any]) -> dict[str, Scenario]:
        """Every arm at some setting."""
        return {name: _arm_at(arm, scenario, values) for name, (arm, scenario) in self.arms.items()}


def plan_of(
    ids: Sequence[str] = (),
    *,
    quick: bool = False,
    seed: int = 1,
    replicates: int | None = None,
    points: int | None = None,
    people: int | None = None,
) -> Plan:
    """Plan of a trial of some claims, all by default; raises `InputError` for a claim that is not there.

    quick: minutes instead of hours: fewer worlds at the defaults and fewer settings
    people: at the defaults; at the sampled settings at most as many
    """
    unknown = [id_ for id_ in ids if id_.upper() not in CLAIMS]
    if unknown:
        raise InputError(f"trial {unknown[0]}", "there is no such claim", _near(unknown[0]))
    chosen = tuple(CLAIMS[id_.upper()] for id_ in dict.fromkeys(ids)) or tuple(CLAIMS.values())
    standard, fewer = Plan(chosen, seed=seed), QUICK if quick else {}
    size = people if people is not None else standard.people
    return Plan(
        chosen,
        replicates if replicates is not None else fewer.get("replicates", standard.replicates),
        points if points is not None else fewer.get("points", standard.points),
        standard.replicates_per_point,
        seed,
        size,
        min(size, standard.people_per_point),
        standard.days,
    )


def _near(unknown: str) -> str:
    near = difflib.get_close_matches(unknown.upper(), CLAIMS, 1)
    return f"did you mean '{near[0]}'?" if near else f"one of: {', '.join(CLAIMS)}"


def estimate(plan: Plan, *, workers: Workers = None, store: RunStore | None = None) -> Estimate:
    """Say how much there is to do, from a few runs that are made first; with a store they are not lost.

    What is in the store is taken into account as far as the few settings tried are like all others.
    """
    lineup = _lineup(plan)
    if not lineup.arms:
        return Estimate(0, 0.0)
    points = sample(plan.points, seed=plan.seed)
    defaults = lineup.at_defaults()
    runs = plan.replicates * runs_in_a_world(defaults)
    # whatever has to be compiled is compiled before the clock runs
    _measured(lineup, [defaults], 1, workers, store)
    few = min(plan.replicates, 1 + 2 * executor_of(workers).size)
    last = plan.replicates - few  # a smaller trial before this one did not leave these in the store
    world = _measured(lineup, [defaults], few, workers, store, first=last)
    kept = store is not None  # then what was tried need not be run again
    seconds = world * (plan.replicates - few * kept)
    if points:
        # from all over the design, so that as many of them are in the store as of all; others than those that an
        # estimate before this one left there
        apart = max(1, len(points) // MEASURED_POINTS)
        chosen = points[(len(store) if store is not None else 0) % apart :: apart][:MEASURED_POINTS]
        started = time.perf_counter()
        tried = [lineup.at_point(point.values) for point in chosen]
        making = (time.perf_counter() - started) / len(tried)
        world = _measured(lineup, tried, 1, workers, store)
        seconds += making * plan.points
        seconds += world * (plan.points * plan.replicates_per_point - len(tried) * kept)
        runs += plan.points * plan.replicates_per_point * runs_in_a_world(tried[0])
    return Estimate(runs, seconds)


def run_trial(
    plan: Plan,
    *,
    workers: Workers = None,
    store: RunStore | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Trial:
    """Run all arms and judge every claim.

    workers: threads, or where else worlds are run; all processors by default. The results do not depend on it
    store: where runs are looked up and kept
    progress: called with worlds done and worlds in all
    """
    steps = trial_steps(plan, workers=workers, store=store, progress=progress, should_stop=should_stop)
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]  # what `trial_steps` returns


def trial_steps(
    plan: Plan,
    *,
    workers: Workers = None,
    store: RunStore | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Generator[None, None, Trial]:
    """Do the same step by step, for who has other things to do in between: some worlds, or a setting, at a time."""
    lineup = _lineup(plan)
    points = sample(plan.points, seed=plan.seed)
    worlds = plan.replicates + plan.points * plan.replicates_per_point
    keys = [(name, measure) for name in lineup.arms for measure in lineup.measures]
    sampled = {key: np.full((len(points), plan.replicates_per_point), math.nan) for key in keys}
    errors: list[str] = []

    def told(before: int) -> Callable[[int], None]:
        return lambda done: progress(before + done, worlds) if progress is not None else None

    def run(
        settings: Iterator[Mapping[str, Scenario]], replicates: int, before: int, first: int = 0
    ) -> Iterator[Results]:
        for results in run_points(
            settings,
            replicates=replicates,
            seed=plan.seed,
            first=first,
            workers=workers,
            measures=lineup.measures,
            daily=False,
            store=store,
            keep_errors=True,
            progress=told(before),
            should_stop=should_stop,
        ):
            errors.extend(f"{name}: {error}" for name, _, error in results.errors)
            yield results

    parts: list[Results] = []
    for first in range(0, plan.replicates, WORLDS_A_STEP):
        count = min(WORLDS_A_STEP, plan.replicates - first)
        parts += run(iter([lineup.at_defaults()]), count, first, first)
        yield
    at_defaults = joined(parts)
    moved_arms = (lineup.at_point(point.values) for point in points)
    runs = sum(part.runs for part in parts)
    for row, results in enumerate(run(moved_arms, plan.replicates_per_point, plan.replicates)):
        for name, measure in keys:
            sampled[name, measure][row] = results.values(name, measure)
        runs += results.runs
        yield
    defaults = {key: at_defaults.values(*key) for key in keys}
    space = space_of(plan)
    verdicts = tuple(
        judge(claim, _observed(claim, defaults, sampled, at_defaults.scenarios), space)
        for claim in plan.claims
    )
    notes = list(lineup.notes)
    if errors:
        notes.append(f"{len(errors):,} runs failed and are left out; the first: {errors[0]}")
    return Trial(
        verdicts,
        _pairs(lineup, defaults),
        space.parameters,
        len(points),
        plan.replicates,
        plan.replicates_per_point,
        plan.seed,
        plan.people,
        plan.people_per_point,
        plan.days,
        runs,
        tuple(notes),
    )


def space_of(plan: Plan) -> Space:
    """The settings that a plan samples."""
    chosen = sampled_parameters()
    points = sample(plan.points, seed=plan.seed, space=chosen)
    parameters = tuple(SampledParameter.of(info) for info in chosen)
    paths = [info.path for info in chosen]
    return Space(parameters, tuple(float(info.default) for info in chosen), as_matrix(points, paths))


def arms_at(claims: Sequence[Claim], values: Mapping[str, Any]) -> dict[str, Scenario]:
    """Arms of some claims at some setting, as a trial runs them, by claim and name; without those that cannot be loaded."""
    return _lineup(Plan(tuple(claims))).at(values)


def _lineup(plan: Plan) -> _Lineup:
    """Load every arm; those that cannot be loaded are noted, and their claims are not judged."""
    arms: dict[str, tuple[Arm, Scenario]] = {}
    notes: list[str] = []
    for id_, arm in ((claim.id, arm) for claim in plan.claims for arm in claim.arms):
        try:
            # what a free arm changes is changed after it was given its budget
            settings = {} if arm.free else arm.settings
            scenario = moved(load_scenario(arm.scenario).scenario, settings)
            if arm.free:
                moved(scenario, arm.settings)
            arms[f"{id_} {arm.name}"] = arm, scenario
        except InputError as error:
            notes.append(f"{id_}: '{arm.name}' cannot be run: {error}")
    return _Lineup(plan, arms, tuple(notes))


def _arm_at(arm: Arm, scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """One arm at some setting, for the budget that it has there."""
    there = moved(scenario, for_all_entries(scenario, values))
    there = at_budget(there, budget_of(there))
    return moved(there, arm.settings) if arm.free and arm.settings else there


def _measured(
    lineup: _Lineup,
    points: Sequence[Mapping[str, Scenario]],
    replicates: int,
    workers: Workers,
    store: RunStore | None,
    *,
    first: int = 0,
) -> float:
    """Seconds that a world of all arms takes, from some; all but the first, which is run alone, if there are several."""
    began = time.perf_counter()
    times: list[float] = []
    for _ in run_points(
        points,
        replicates=replicates,
        first=first,
        seed=lineup.plan.seed,
        workers=workers,
        measures=lineup.measures,
        daily=False,
        store=store,
        keep_errors=True,
        progress=lambda _: times.append(time.perf_counter()),
    ):
        pass
    return (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else times[0] - began


def _observed(
    claim: Claim,
    defaults: Mapping[tuple[str, str], np.ndarray],
    sampled: Mapping[tuple[str, str], np.ndarray],
    scenarios: Mapping[str, Scenario],
) -> Observed:
    start = f"{claim.id} "
    return Observed(
        {
            (name.removeprefix(start), id_): one
            for (name, id_), one in defaults.items()
            if name.startswith(start)
        },
        {
            (name.removeprefix(start), id_): one
            for (name, id_), one in sampled.items()
            if name.startswith(start)
        },
        {
            name.removeprefix(start): effort_of(scenario, scenario.brand)["effort"]
            for name, scenario in scenarios.items()
            if name.startswith(start)
        },
    )


def _pairs(lineup: _Lineup, defaults: Mapping[tuple[str, str], np.ndarray]) -> tuple[PairOutcome, ...]:
    """Each strategy that was run against each other; the intervals hold together over the whole table."""
    runs = {arm.scenario: name for name, (arm, _) in lineup.arms.items() if not arm.free and not arm.settings}
    pairs = list(itertools.combinations([one for one in STRATEGIES if one in runs], 2))
    family = len(pairs) * len(PAIR_MEASURES)
    found = (
        difference_of(measure, a, b, defaults[runs[a], measure], defaults[runs[b], measure], family=family)
        for a, b in pairs
        for measure in PAIR_MEASURES
    )
    return tuple(
        PairOutcome(
            one.a, one.b, one.measure, one.label, one.unit, one.difference, one.low, one.high, one.side
        )
        for one in found
    )
