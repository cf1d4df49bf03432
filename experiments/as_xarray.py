"""Results as an xarray dataset: one variable a measure, with its unit, over points, scenarios, replicates and days."""

import numpy as np
import xarray as xr

from worthsharing.experiments.execute import Results
from worthsharing.experiments.sweep import Sweep
from worthsharing.sim.measures import DAILY, MEASURES
from worthsharing.sim.run import provenance


def to_xarray(found: Sweep | Results) -> xr.Dataset:
    """Measures by their id, with `units`, `long_name` and what they mean.

    A sweep has the dimensions point, scenario and replicate; the values of its parameters are coordinates of the points,
    and `error` is the text of runs that failed. What `run_scenarios` gave has scenario and replicate; its daily measures are
    called `daily_…` and have the dimension day as well, 1 for the first.
    """
    return _of_sweep(found) if isinstance(found, Sweep) else _of_results(found)


def _of_sweep(sweep: Sweep) -> xr.Dataset:
    plan = sweep.plan
    dims = ("point", "scenario", "replicate")
    errors = np.full(sweep.values.shape[:3], "", dtype=f"<U{max(map(len, sweep.errors.values()), default=1)}")
    for place, error in sweep.errors.items():
        errors[place] = error
    data = {
        measure: xr.Variable(dims, sweep.values[..., number], _described(measure))
        for number, measure in enumerate(plan.measures)
    }
    coordinates = {
        path: xr.Variable(
            ("point",),
            [point[path] for point in plan.points],
            {"units": info.unit, "long_name": info.meaning},
        )
        for path, info in plan.infos.items()
    }
    return xr.Dataset(
        {**data, "error": xr.Variable(dims, errors)},
        {
            "point": np.arange(len(plan.points)),
            "scenario": list(plan.scenarios),
            "replicate": np.arange(plan.design.replicates),
            **coordinates,
        },
        {"title": plan.design.title, "seed": plan.seed, **provenance()},
    )


def _of_results(results: Results) -> xr.Dataset:
    names = list(results.scenarios)
    data = {
        measure: xr.Variable(
            ("scenario", "replicate"),
            [results.values(name, measure) for name in names],
            _described(measure),
        )
        for measure in results.measures
    }
    days = 0
    for id_, measure in DAILY.items():
        curves = [results.curve(name, id_) for name in names]
        longest = max(curve.shape[1] for curve in curves)
        if longest == 0:
            continue
        days = max(days, longest)
        values = np.full((len(names), results.replicates, longest), np.nan)
        for place, curve in enumerate(curves):  # a shorter campaign has nothing on its last days
            values[place, : len(curve), : curve.shape[1]] = curve
        data[f"daily_{id_}"] = xr.Variable(
            ("scenario", "replicate", "day"),
            values,
            {"units": measure.unit, "long_name": measure.label, "description": measure.meaning},
        )
    coordinates = {"scenario": names, "replicate": [world.number for world in results.worlds]}
    if days:
        coordinates["day"] = list(range(1, days + 1))
    return xr.Dataset(data, coordinates, {"seed": results.seed, **provenance()})


def _described(measure: str) -> dict[str, str]:
    info = MEASURES[measure]
    return {"units": info.unit, "long_name": info.label, "description": info.meaning}
