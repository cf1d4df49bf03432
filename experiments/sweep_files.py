"""Sweeps on disk: one table with one row a run, the design as it was, and a manifest that says what both depend on.

The same sweep gives the same bytes, however often it was interrupted and whatever the number of workers. The table is
wide, a column for each parameter and each measure: a failed run is one row with its error, parameters are not repeated
for every measure, and each column keeps its type.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet

from worthsharing.experiments.arrow import column_of, texts_of
from worthsharing.experiments.design import AS_WRITTEN
from worthsharing.experiments.files import check_folder, write_aside
from worthsharing.experiments.summary import to_json
from worthsharing.experiments.sweep import Sweep
from worthsharing.sim.run import provenance

FORMAT = 1  # of the manifest; raised when an older reader would misread it
RUNS, DESIGN, MANIFEST = "runs.parquet", "design.toml", "sweep.json"
TYPES = {"int": np.int64, "float": np.float64, "bool": np.bool_}  # everything else is text


def runs_table(sweep: Sweep) -> pyarrow.Table:
    """One row a run: point, scenario, replicate, seed, a column per parameter, one per measure, key, error.

    The row of a failed run has its error, and null for every measure; not a number is a measure that is not available.
    """
    plan = sweep.plan
    points, scenarios, replicates, _ = sweep.values.shape
    each = scenarios * replicates
    failed = np.zeros((points, scenarios, replicates), bool)
    errors: list[str | None] = [None] * failed.size
    for (point, place, replicate), error in sweep.errors.items():
        failed[point, place, replicate] = True
        errors[(point * scenarios + place) * replicates + replicate] = error
    names = list(plan.scenarios)
    columns: dict[str, pyarrow.Array] = {
        "point": column_of(np.repeat(np.arange(points), each)),
        "scenario": _repeated(names, np.tile(np.repeat(np.arange(scenarios), replicates), points)),
        "replicate": column_of(np.tile(np.arange(replicates), points * scenarios)),
        "seed": column_of(np.full(points * each, plan.seed, np.int64)),
    }
    rows = np.repeat(np.arange(points), each)
    for path, info in plan.infos.items():
        values = [point[path] for point in plan.points]
        if info.type in TYPES:
            columns[path] = column_of(np.array(values, TYPES[info.type])[rows])
        else:
            columns[path] = _repeated([str(value) for value in values], rows)
    for number, measure in enumerate(plan.measures):
        found = np.ascontiguousarray(sweep.values[..., number]).reshape(-1)
        columns[measure] = column_of(found, ~failed.reshape(-1))
    keys = [key or None for row in sweep.keys for key in row]
    columns["key"] = _repeated(keys, np.repeat(np.arange(points * scenarios), replicates))
    columns["error"] = texts_of(errors)
    return pyarrow.table(columns)


def _repeated(texts: Sequence[str | None], rows: np.ndarray) -> pyarrow.Array:
    return texts_of(texts).take(column_of(rows))


def write_sweep(
    folder: str | Path, sweep: Sweep, command: str, *, more: Mapping[str, bytes] | None = None
) -> list[Path]:
    """Write table, design and manifest into a folder, and return the files.

    command: what reproduces the sweep, for its reader
    more: other files of the same sweep, by name

    Raises `InputError` when the folder cannot be written to.
    """
    path = check_folder(folder)
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(runs_table(sweep), buffer, compression="zstd")
    contents: dict[str, Any] = {RUNS: buffer.getvalue(), **(more or {})}
    if sweep.plan.text:  # the points of an analysis are in no file but the table
        contents[DESIGN] = sweep.plan.text
    # the manifest comes last: a folder with a manifest is complete
    contents[MANIFEST] = to_json(_manifest_of(sweep, command, contents)).encode()
    for name, content in contents.items():
        write_aside(path / name, partial(Path.write_bytes, data=content))
    return [path / name for name in contents]


def _manifest_of(sweep: Sweep, command: str, contents: dict[str, bytes]) -> dict[str, Any]:
    plan = sweep.plan
    return {
        "format": FORMAT,
        "command": command,
        "title": plan.design.title,
        "seed": plan.seed,
        "method": plan.design.method,
        "points": len(plan.points),
        "replicates": plan.design.replicates,
        "runs": plan.rows,
        "failed": len(sweep.errors),
        "parameters": [*plan.infos],
        "measures": [*plan.measures],
        **({"placing": asdict(plan.placing)} if plan.placing != AS_WRITTEN else {}),
        "provenance": provenance(),
        "scenarios": {
            name: {"key": scenario.key, "parameters": scenario.model_dump(mode="json")}
            for name, scenario in plan.scenarios.items()
        },
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    }


def failures(sweep: Sweep) -> Sequence[dict[str, Any]]:
    """Runs that failed, each with all that is needed to see it fail again."""
    names = list(sweep.plan.scenarios)
    return [
        {
            "point": point,
            "scenario": names[place],
            "replicate": replicate,
            "seed": sweep.plan.seed,
            "parameters": dict(sweep.plan.points[point]),
            "error": error,
        }
        for (point, place, replicate), error in sweep.errors.items()
    ]


def overview(sweep: Sweep) -> Sequence[dict[str, Any]]:
    """One row per scenario and measure: mean over all runs, and where 90 % of the points lie."""
    found = []
    for place, name in enumerate(sweep.plan.scenarios):
        for number, measure in enumerate(sweep.plan.measures):
            values = sweep.values[:, place, :, number]
            known = np.isfinite(values)
            counts = known.sum(axis=1)
            means = np.where(known, values, 0.0).sum(axis=1)[counts > 0] / counts[counts > 0]
            low, high = np.quantile(means, [0.05, 0.95]) if means.size else (np.nan, np.nan)
            mean = values[known].mean() if means.size else np.nan
            found.append(
                {
                    "scenario": name,
                    "measure": measure,
                    "runs": int(known.sum()),
                    "mean": float(mean),
                    "low": float(low),
                    "high": float(high),
                }
            )
    return found
