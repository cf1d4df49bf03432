"""Results and designs as other tools take them: pandas, NetLogo's BehaviorSpace, SALib.

`as_xarray.py` and `as_ema.py` stand apart, because they need libraries that not everybody installs.
"""

import csv
import difflib
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import tomli_w
from numpy.typing import ArrayLike

from worthsharing.experiments.execute import Results
from worthsharing.experiments.sweep import Sweep
from worthsharing.experiments.sweep_design import Plan, SweptParameter
from worthsharing.experiments.sweep_files import runs_table
from worthsharing.sim.errors import InputError
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.run import provenance
from worthsharing.sim.scenario import ParameterInfo


def to_pandas(found: Sweep | Results) -> pd.DataFrame:
    """One row a run, a column for each parameter that varies and each measure; `attrs["units"]` has their units.

    found: a sweep, or what `run_scenarios` gave
    """
    if isinstance(found, Sweep):
        table = runs_table(found).to_pandas()
        units = {path: info.unit for path, info in found.plan.infos.items()}
        measures: Sequence[str] = found.plan.measures
    else:
        measures, units = found.measures, {}
        table = pd.DataFrame(
            [
                {
                    "scenario": name,
                    "replicate": world.number,
                    "seed": found.seed,
                    **{measure: world.measures[name].get(measure, math.nan) for measure in measures},
                }
                for name in found.scenarios
                for world in found.worlds
            ]
        )
    table.attrs["units"] = {**units, **{measure: MEASURES[measure].unit for measure in measures}}
    return table


def csv_files(sweep: Sweep) -> dict[str, bytes]:
    """The table of a sweep as CSV, by the name of the file: plain, and as BehaviorSpace writes it."""
    plain = to_pandas(sweep).to_csv(index=False, lineterminator="\n")
    return {"runs.csv": plain.encode(), "behaviorspace.csv": behaviorspace_table(sweep).encode()}


# ---- NetLogo ------------------------------------------------------------------------------------------------------


def behaviorspace_table(sweep: Sweep) -> str:
    """The table of a sweep in the layout of NetLogo's BehaviorSpace: six lines, a header, one row a run at its last step.

    What reads NetLogo's tables skips six lines and finds its columns by name: `[run number]`, parameters, `[step]`,
    reporters. There are no patches, so their bounds are 0; the fourth line has the seed instead of a date, for the
    same sweep gives the same bytes. The cells of a measure that is not available, and of a run that failed, are empty.
    """
    plan = sweep.plan
    table = to_pandas(sweep)
    steps = [_steps(plan, point, name) for point, name in zip(table["point"], table["scenario"], strict=True)]
    settings = [*plan.infos, "scenario", "replicate", "seed"]
    text = io.StringIO()
    write = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow
    write([f"BehaviorSpace results (worthsharing {provenance()['worthsharing']})", "Table version 2.0"])
    write([" ".join(plan.scenarios)])
    write([plan.design.title or "sweep"])
    write([f"seed {plan.seed}"])
    write(["min-pxcor", "max-pxcor", "min-pycor", "max-pycor"])
    write(["0"] * 4)
    write(["[run number]", *settings, "[step]", *plan.measures])
    columns = [table[name].tolist() for name in (*settings, *plan.measures)]
    for number, (step, *row) in enumerate(zip(steps, *columns, strict=True), start=1):
        cells = [_cell(value) for value in row]
        write([number, *cells[: len(settings)], step, *cells[len(settings) :]])
    return text.getvalue()


def _steps(plan: Plan, point: int, scenario: str) -> int:
    clock, values = plan.scenarios[scenario].clock, plan.points[point]
    days, hours = (float(values.get(f"clock.{one}", getattr(clock, one))) for one in ("days", "step_hours"))
    return math.ceil(days * 24.0 / hours - 1e-9)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, float) else str(value)


# ---- SALib --------------------------------------------------------------------------------------------------------


def salib_problem(plan: Plan) -> dict[str, Any]:
    """What SALib's samplers and estimators ask for: names, bounds and distributions of the parameters of a design.

    Raises `InputError` for a parameter with listed values, which SALib does not sample.
    """
    names, bounds, dists = [], [], []
    for path, info, parameter in _continuous(plan):
        low, high = info.plausible or (-math.inf, math.inf)
        names.append(path)
        if parameter.normal is not None:
            bounds.append([low, high, parameter.normal.mean, parameter.normal.sd])
            dists.append("truncnorm")
        else:
            # each whole number has the same part of the range
            bounds.append([low - 0.5, high + 0.5] if info.type == "int" else [low, high])
            dists.append("logunif" if info.scale == "log" and info.type != "int" else "unif")
    return {"num_vars": len(names), "names": names, "bounds": bounds, "dists": dists}


def plan_at(plan: Plan, samples: ArrayLike) -> Plan:
    """The same sweep at points that another tool has chosen.

    samples: shape (points, parameters), in the order of the plan's parameters; whole numbers are rounded
    """
    rows = np.asarray(samples, np.float64)
    if rows.ndim != 2 or rows.shape[1] != len(plan.infos) or not np.isfinite(rows).all():
        right = f"one finite number for each of {', '.join(plan.infos)}"
        raise InputError("samples", f"have the shape {rows.shape}", right)
    kinds = [(path, info) for path, info, _ in _continuous(plan)]
    points = tuple(
        {path: _whole(info, value) if info.type == "int" else float(value)
         for (path, info), value in zip(kinds, row, strict=True)}
        for row in rows
    )  # fmt: skip
    changed = {"method": "listed", "points": None, "parameters": (), "listed": points}
    design = plan.design.model_copy(update=changed)
    text = tomli_w.dumps(design.model_dump(mode="json", exclude_none=True, exclude_defaults=True))
    return replace(plan, design=design, points=points, text=text.encode())


def outcome_at_points(sweep: Sweep, scenario: str, measure: str) -> np.ndarray:
    """Mean over the replicates at each point, shape (points,): what SALib's estimators take.

    Worlds in which a measure is not available are left out; where it is in none, the mean is not a number. Raises
    `InputError` for a scenario or a measure that the sweep does not have.
    """
    place = _place_of(scenario, list(sweep.plan.scenarios), "scenario")
    values = sweep.values[:, place, :, _place_of(measure, sweep.plan.measures, "measure")]
    counts = np.isfinite(values).sum(axis=1)
    return np.where(counts > 0, np.nansum(values, axis=1) / np.maximum(counts, 1), np.nan)


def _place_of(name: str, known: Sequence[str], what: str) -> int:
    """Place of a name among those that a sweep has."""
    if name not in known:
        near = difflib.get_close_matches(name, known, 1, cutoff=0.5)
        right = f"did you mean '{near[0]}'?" if near else f"one of: {', '.join(known)}"
        raise InputError(what, f"there is no {what} '{name}' in this sweep", right)
    return known.index(name)


def _whole(info: ParameterInfo, value: float) -> int:
    low, high = info.plausible or (-math.inf, math.inf)
    return int(min(max(round(value), low), high))


def _continuous(plan: Plan) -> list[tuple[str, ParameterInfo, SweptParameter]]:
    swept: Mapping[str, SweptParameter] = {one.path: one for one in plan.design.parameters}
    for path, info in plan.infos.items():
        one = swept.get(path)
        if one is None or one.values is not None or info.type not in ("int", "float"):
            raise InputError(path, "has listed values, which SALib does not sample", "give it a `range`")
    return [(path, info, swept[path]) for path, info in plan.infos.items()]
