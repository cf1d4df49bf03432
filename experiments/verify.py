"""Verify what is kept: rerun a sample of the runs of a store or a sweep, and say which give other numbers."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet

from worthsharing.experiments.design import Placing, placed
from worthsharing.experiments.execute import run_points
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep_files import FORMAT, MANIFEST, RUNS
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.scenario import Scenario, validate


@dataclass(frozen=True)
class Mismatch:
    """One number that is not what it was. run: which run; what: a measure, `key` or `error`."""

    run: str
    what: str
    kept: str
    now: str


@dataclass(frozen=True)
class Verified:
    """What a sample said. unknown: runs of which nobody wrote down what was run; notes: what its reader must know."""

    runs: int
    sampled: int
    unknown: int
    mismatches: tuple[Mismatch, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Kept:
    """A run as it was kept, and what is needed to make it again."""

    label: str
    scenario: Scenario | None
    seed: int
    replicate: int
    measures: Sequence[str]
    said: Mapping[str, Any]  # measure, `key` or `error` → what was kept
    problem: str | None = None  # why the scenario cannot be made


def verify(
    folder: str | Path,
    *,
    sample: int = 20,
    progress: Callable[[int, int], None] | None = None,
) -> Verified:
    """Rerun some runs of a store or a sweep folder, bit by bit.

    sample: how many; the same ones each time, and a larger sample has those of a smaller one

    Raises `InputError` if there is nothing that can be verified.
    """
    path = Path(folder)
    runs, kept, notes = _of_sweep(path, sample) if (path / MANIFEST).is_file() else _of_store(path, sample)
    sampled, unknown, found = 0, 0, list[Mismatch]()
    for done, one in enumerate(kept, start=1):
        if one.scenario is None and one.problem is None:
            unknown += 1
        else:
            sampled += 1
            found += _mismatches(one)
        if progress is not None:
            progress(done, min(sample, runs))
    return Verified(runs, sampled, unknown, tuple(found), notes)


def _of_store(path: Path, sample: int) -> tuple[int, Iterator[_Kept], tuple[str, ...]]:
    if not any(path.glob(f"{RULES_DIGEST}-*/*.parquet")):
        others = any(path.glob("*-*/*.parquet"))
        wrong = "holds runs of other rules only" if others else "is neither a store nor the folder of a sweep"
        raise InputError(str(path), wrong, "name one that this version wrote")
    store = RunStore(path)
    keys = store.runs()

    def kept() -> Iterator[_Kept]:
        for place in _chosen(len(keys), sample):
            key = keys[place]
            values, scenario = store.stored(key)
            measures = [name for name in values if name in MEASURES]
            said = {**{name: values[name] for name in measures}, "key": key.scenario}
            label = f"scenario {key.scenario}, seed {key.seed}, replicate {key.replicate}"
            yield _Kept(label, scenario, key.seed, key.replicate, measures, said)

    return len(keys), kept(), ()


def _of_sweep(path: Path, sample: int) -> tuple[int, Iterator[_Kept], tuple[str, ...]]:
    where = str(path / MANIFEST)
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise InputError(where, "is no manifest that this version reads", "run the sweep again")
        scenarios = {name: validate(one["parameters"], where) for name, one in manifest["scenarios"].items()}
        table = pyarrow.parquet.read_table(path / RUNS)
        rows = table.take(pyarrow.array(_chosen(table.num_rows, sample), pyarrow.int64())).to_pylist()
        parameters, measures = manifest["parameters"], manifest["measures"]
        rules = manifest["provenance"]["rules"]
        placing = Placing(**manifest.get("placing", {}))
        kept = [_kept_row(row, scenarios, parameters, measures, placing) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pyarrow.ArrowException) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(where, f"is not whole ({error!r})", "run the sweep again with --out") from None
    notes = ("These runs were made with other rules than this version has.",) if rules != RULES_DIGEST else ()
    return table.num_rows, iter(kept), notes


def _kept_row(
    row: Mapping[str, Any],
    scenarios: Mapping[str, Scenario],
    parameters: Sequence[str],
    measures: Sequence[str],
    placing: Placing,
) -> _Kept:
    label = f"point {row['point']}, {row['scenario']}, replicate {row['replicate']}"
    said = {measure: row[measure] for measure in measures} if row["error"] is None else {}
    said |= {"key": row["key"], "error": row["error"]}
    scenario, problem = None, None
    try:
        name = row["scenario"]
        scenario = placed(name, scenarios[name], {path: row[path] for path in parameters}, placing)
    except InputError as error:
        problem = f"InputError: {error}"
    return _Kept(label, scenario, row["seed"], row["replicate"], measures, said, problem)


def _mismatches(kept: _Kept) -> list[Mismatch]:
    if kept.scenario is None:
        now: dict[str, Any] = {"error": kept.problem}
    else:
        (results,) = run_points(
            [{"it": kept.scenario}],
            replicates=1,
            first=kept.replicate,
            seed=kept.seed,
            workers=1,
            measures=kept.measures,
            daily=False,
            keep_errors=True,
        )
        (world,) = results.worlds
        now = {**world.measures["it"], "key": kept.scenario.key, "error": world.errors.get("it")}
    return [
        Mismatch(kept.label, what, _shown(value), _shown(now.get(what)))
        for what, value in kept.said.items()
        if _shown(value) != _shown(now.get(what))
    ]


def _shown(value: Any) -> str:
    """A value to its last bit."""
    return "none" if value is None else repr(float(value)) if isinstance(value, float) else str(value)


def _chosen(count: int, sample: int) -> list[int]:
    """Places of a sample, spread at random but the same each time."""
    return [int(place) for place in np.random.default_rng(count).permutation(count)[:sample]]
