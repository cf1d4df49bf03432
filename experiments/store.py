"""The run store: measures of runs that were made, found again by everything that they depend on."""

import hashlib
import logging
import os
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Self

import numpy as np
import platformdirs
import pyarrow
import pyarrow.parquet

from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST
from worthsharing.sim.run import RunId

FORMAT = 1  # of the files; raised when an older reader would misread them
RUNS_PER_FILE = 500
KEY_COLUMNS = ("scenario", "seed", "replicate")

log = logging.getLogger("worthsharing")


class RunStore:
    """Measures of runs in a folder, one Parquet file per batch; the silence subtracted follows from the scenario.

    A file is written aside, then renamed, and never changed: several writers cannot disturb each other, and a run that
    two of them made is the same run. Results of other rules lie in folders of their own and are never found. A file that
    cannot be read counts as not there: its runs are made anew.

    Use it as a context: what is left of a batch is written at the end.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        root = Path(folder) if folder is not None else default_folder()
        self.folder = root / f"{RULES_DIGEST}-{FORMAT}"
        self._lock = threading.Lock()
        self._fresh: dict[RunId, dict[str, float]] = {}
        self._files: list[dict[str, tuple[np.ndarray, np.ndarray]]] = []
        self._places: dict[RunId, list[tuple[int, int]]] = {}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            files = sorted(self.folder.glob("*.parquet"))
        except OSError as error:
            raise InputError(
                str(root), f"cannot keep runs: {error.strerror}", "choose another folder"
            ) from None
        for file in files:
            self._read(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def __len__(self) -> int:
        return len(self._places.keys() | self._fresh.keys())

    def get(self, key: RunId, measures: Collection[str]) -> dict[str, float] | None:
        """Return some measures of a run, or None unless all of them are stored."""
        with self._lock:
            fresh = self._fresh.get(key)
            if fresh is not None and all(measure in fresh for measure in measures):
                return {measure: fresh[measure] for measure in measures}
            for number, row in self._places.get(key, ()):
                columns = self._files[number]
                if all(measure in columns and columns[measure][1][row] for measure in measures):
                    return {measure: float(columns[measure][0][row]) for measure in measures}
        return None

    def put(self, key: RunId, measures: Mapping[str, float]) -> None:
        """Keep the measures of a run; they are on disk once the batch is full or flushed."""
        with self._lock:
            self._fresh.setdefault(key, {}).update(measures)
            full = len(self._fresh) >= RUNS_PER_FILE
        if full:
            self.flush()

    def flush(self) -> None:
        """Write what was put since the last batch."""
        with self._lock:
            rows, self._fresh = self._fresh, {}
            if not rows:
                return
            table = _table_of(rows)
            names = "\n".join(f"{key} {sorted(values)}" for key, values in rows.items())
            file = self.folder / f"{hashlib.sha256(names.encode()).hexdigest()[:24]}.parquet"
            aside = file.with_name(f".{os.getpid()}-{threading.get_ident()}-{file.name}")
            try:
                pyarrow.parquet.write_table(table, aside, compression="zstd")
                os.replace(aside, file)
            except OSError as error:
                log.warning("runs cannot be kept (%s): they will be made again", error)
            finally:
                aside.unlink(missing_ok=True)
            self._add(table)

    def _read(self, file: Path) -> None:
        try:
            self._add(pyarrow.parquet.read_table(file))
        except (OSError, KeyError, pyarrow.ArrowException) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            log.warning("%s cannot be read (%s): its runs are made anew", file, reason)

    def _add(self, table: pyarrow.Table) -> None:
        keys = [table.column(name).to_pylist() for name in KEY_COLUMNS]
        columns = {
            name: (
                table.column(name).to_numpy(),
                table.column(name).is_valid().to_numpy(),
            )
            for name in table.column_names
            if name not in KEY_COLUMNS
        }
        number = len(self._files)
        self._files.append(columns)
        for row, (scenario, seed, replicate) in enumerate(zip(*keys, strict=True)):
            self._places.setdefault(RunId(scenario, RULES_DIGEST, seed, replicate), []).append((number, row))


def default_folder() -> Path:
    """Folder of runs of the person who is logged in."""
    root = os.environ.get("WORTHSHARING_CACHE") or platformdirs.user_cache_dir("worthsharing")
    return Path(root) / "runs"


def _table_of(rows: Mapping[RunId, Mapping[str, float]]) -> pyarrow.Table:
    """One row a run; a measure that was not taken is null, one that is not available is not a number."""
    names = sorted({name for values in rows.values() for name in values})
    return pyarrow.table(
        {
            "scenario": pyarrow.array([key.scenario for key in rows], pyarrow.string()),
            "seed": pyarrow.array([key.seed for key in rows], pyarrow.int64()),
            "replicate": pyarrow.array([key.replicate for key in rows], pyarrow.int64()),
            **{
                name: pyarrow.array([values.get(name) for values in rows.values()], pyarrow.float64())
                for name in names
            },
        }
    )
