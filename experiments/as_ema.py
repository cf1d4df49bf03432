"""A sweep's design as a model of the EMA workbench: what a brand can do are levers, what nobody knows are uncertainties."""

from typing import Any

import numpy as np
from ema_workbench import (
    BooleanParameter,
    CategoricalParameter,
    IntegerParameter,
    Model,
    RealParameter,
    ScalarOutcome,
)
from scipy import stats

from worthsharing.experiments.design import moved
from worthsharing.experiments.execute import Workers, run_points
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep_design import Plan, SweptParameter
from worthsharing.sim.errors import InputError
from worthsharing.sim.scenario import ParameterInfo

LEVERS = ("brand.",)  # what a brand decides; everything else is how people and the world are


def ema_model(
    plan: Plan, *, name: str = "worthsharing", workers: Workers = None, store: RunStore | None = None
) -> Model:
    """A model for `perform_experiments` and `optimize`: the parameters of a design, and the mean of each measure.

    Outcomes are called `scenario measure`, as in `be_worth_sharing reach`. The points of the design are not used: the
    workbench samples its own, uniformly on a parameter's scale, and from listed values.

    workers: threads, or where else worlds are run; store: where runs are looked up and kept
    """

    def run(**values: Any) -> dict[str, float]:
        point = {
            path: value.item() if isinstance(value, np.generic) else value for path, value in values.items()
        }
        scenarios = {one: moved(scenario, point) for one, scenario in plan.scenarios.items()}
        (results,) = run_points(
            [scenarios],
            replicates=plan.design.replicates,
            seed=plan.seed,
            workers=workers,
            measures=plan.measures,
            daily=False,
            store=store,
        )
        return {
            f"{one} {measure}": _mean(results.values(one, measure))
            for one in scenarios
            for measure in plan.measures
        }

    if not plan.design.parameters:
        raise InputError("design", "lists its points", "give `[[parameters]]`, with values or ranges")
    model = Model(name, function=run)
    made = {one.path: _parameter(one, plan.infos[one.path]) for one in plan.design.parameters}
    model.levers = [one for path, one in made.items() if path.startswith(LEVERS)]
    model.uncertainties = [one for path, one in made.items() if not path.startswith(LEVERS)]
    model.outcomes = [
        ScalarOutcome(f"{one} {measure}") for one in plan.scenarios for measure in plan.measures
    ]
    return model


def _parameter(swept: SweptParameter, info: ParameterInfo) -> Any:
    if swept.values is not None:
        if set(swept.values) == {True, False}:
            return BooleanParameter(swept.path)
        return CategoricalParameter(swept.path, list(swept.values))
    assert info.plausible is not None
    low, high = info.plausible
    if info.type == "int":
        return IntegerParameter(swept.path, int(low), int(high))
    if swept.normal is not None:
        mean, sd = swept.normal.mean, swept.normal.sd
        cut = stats.truncnorm((low - mean) / sd, (high - mean) / sd, loc=mean, scale=sd)
        return RealParameter.from_dist(swept.path, cut)
    if info.scale == "log":
        return RealParameter.from_dist(swept.path, stats.loguniform(low, high))
    return RealParameter(swept.path, low, high)


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
