"""The run store: measures of runs that were made, found again by everything that they depend on."""

import hashlib
import json
import logging
import math
import os
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import platformdirs
import pyarrow
import pyarrow.parquet

from worthsharing.experiments.arrow import column_of, numbers_in, texts_of
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST
from worthsharing.sim.measures import DAILY
from worthsharing.sim.run import RunId
from worthsharing.sim.scenario import Scenario, validate

FORMAT = 2  # of the files; raised when an older reader would misread them
RUNS_PER_FILE = 500
SECONDS_PER_FILE = 20.0  # what is lost at most when a process is killed
KEY_COLUMNS = ("scenario", "seed", "replicate")
CONTENT = "content"  # the scenario as JSON, without what is at its default; read only by who asks for it
DAILY_PREFIX = "daily."  # of columns of daily measures, a list a run; read only by who asks for them
FILES_OF_DAYS = 64  # of which daily measures are held in memory
HALF_WRITTEN_SECONDS = 3600.0  # after which a file that nobody finished is taken away

log = logging.getLogger("worthsharing")


class RunStore:
    """Measures of runs in a folder, with daily ones where they were taken, one Parquet file per batch.

    The silence subtracted follows from the scenario.

    A file is written aside, then renamed, and never changed: several writers cannot disturb each other, and a run that
    two of them made is the same run. Results of other rules lie in folders of their own and are never found. A file that
    cannot be read counts as not there: its runs are made anew. A folder that cannot be written to is an `InputError`, when
    the store is opened or flushed; what was not written stays in memory.

    Use it as a context: what is left of a batch is written at the end.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.root = Path(folder) if folder is not None else default_folder()
        self.folder = self.root / f"{RULES_DIGEST}-{FORMAT}"
        self._lock = threading.Lock()
        self._fresh: dict[RunId, dict[str, float]] = {}
        self._scenarios: dict[str, Scenario] = {}  # of fresh runs, by key
        self._files: list[dict[str, tuple[np.ndarray, np.ndarray]]] = []
        self._paths: list[Path] = []
        self._fresh_daily: dict[RunId, dict[str, np.ndarray]] = {}
        self._daily: dict[int, dict[str, dict[int, np.ndarray]]] = {}  # of some files, the oldest first
        self._places: dict[RunId, list[tuple[int, int]]] = {}
        self._names: dict[str, str] = {}
        self._fresh_names: dict[str, str] = {}
        self._flushed = time.monotonic()
        try:
            self._names_folder.mkdir(parents=True, exist_ok=True)
            files, names = sorted(self.folder.glob("*.parquet")), sorted(self._names_folder.glob("*.parquet"))
            _remove_half_written(self.folder)
        except OSError as error:
            raise self._refused(error) from None
        for file in files:
            self._read(file)
        for file in names:
            self._read_names(file)

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

    def get_daily(self, key: RunId) -> dict[str, np.ndarray] | None:
        """Return all daily measures of a run, each of shape (days,), or None unless all of them are stored."""
        with self._lock:
            found = self._fresh_daily.get(key)
            if found is not None and all(measure in found for measure in DAILY):
                return dict(found)
            for number, row in self._places.get(key, ()):
                columns = self._days_of(number)
                found = {name: days for name in DAILY if (days := columns.get(name, {}).get(row)) is not None}
                if len(found) == len(DAILY):
                    return found
        return None

    def find(self, keys: Sequence[RunId], measures: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Some measures of many runs, shape (runs, measures), and for which runs all of them are stored, shape (runs,)."""
        values = np.full((len(keys), len(measures)), math.nan)
        found = np.zeros(len(keys), bool)
        at: dict[int, list[tuple[int, int]]] = {}  # file → places in keys and rows
        for place, key in enumerate(keys):
            where = self._places.get(key, ())
            if len(where) == 1 and key not in self._fresh:
                at.setdefault(where[0][0], []).append((place, where[0][1]))
            else:  # to be put together, or not yet in a file
                one = self.get(key, measures)
                if one is not None:
                    values[place], found[place] = [one[measure] for measure in measures], True
        for number, pairs in at.items():
            columns = self._files[number]
            if all(measure in columns for measure in measures):
                places, rows = np.array(pairs).T
                known = np.ones(len(rows), bool)
                for place, measure in enumerate(measures):
                    values[places, place] = columns[measure][0][rows]
                    known &= columns[measure][1][rows]
                found[places] = known
        values[~found] = math.nan
        return values, found

    def put(
        self,
        key: RunId,
        measures: Mapping[str, float],
        scenario: Scenario | None = None,
        daily: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        """Keep the measures of a run; they are on disk once they are flushed.

        scenario: what was run, so that it can be run again by whoever verifies the store
        daily: its daily measures, each of shape (days,)
        """
        with self._lock:
            self._fresh.setdefault(key, {}).update(measures)
            if daily:
                self._fresh_daily[key] = {name: np.array(days, np.float64) for name, days in daily.items()}
            if scenario is not None:
                self._scenarios.setdefault(key.scenario, scenario)

    def key_of(self, name: str) -> str | None:
        """Fingerprint of a scenario that was made before, by a name that says how it was made."""
        return self._names.get(name)

    def put_key(self, name: str, key: str) -> None:
        """Keep the fingerprint of a scenario, which takes longer to make than to look up."""
        with self._lock:
            if name not in self._names:
                self._names[name] = self._fresh_names[name] = key

    def runs(self) -> list[RunId]:
        """Every run that is on disk, in one order whatever the files are."""
        return sorted(self._places)

    def stored(self, key: RunId) -> tuple[dict[str, float], Scenario | None]:
        """Everything that is on disk of a run: its measures, and what was run if that is known."""
        values: dict[str, float] = {}
        content = None
        for number, row in self._places[key]:
            for name, (column, known) in self._files[number].items():
                if known[row]:
                    values[name] = float(column[row])
            content = content or _content_at(self._paths[number], row)
        return values, validate(json.loads(content), str(self.folder)) if content else None

    def flush_if_due(self) -> None:
        """Write what was put, if that is enough for a file or was put long ago."""
        waited = time.monotonic() - self._flushed
        if len(self._fresh) >= RUNS_PER_FILE or (self._fresh and waited >= SECONDS_PER_FILE):
            self.flush()

    def flush(self) -> None:
        """Write what was put since the last batch; raises `InputError` if that cannot be done, and loses nothing."""
        with self._lock:
            self._flushed = time.monotonic()
            if self._fresh:
                table = _table_of(self._fresh, self._scenarios, self._fresh_daily)
                names = "\n".join(f"{key} {sorted(values)}" for key, values in self._fresh.items())
                names += "".join(f"\n{key} daily" for key in self._fresh_daily)
                path = self._write(table, self.folder, names)
                self._fresh, self._scenarios, self._fresh_daily = {}, {}, {}
                self._add(table.select([name for name in table.column_names if not _is_large(name)]), path)
            if self._fresh_names:
                columns = {
                    "name": texts_of(list(self._fresh_names)),
                    "scenario": texts_of(list(self._fresh_names.values())),
                }
                self._write(pyarrow.table(columns), self._names_folder, "\n".join(self._fresh_names))
                self._fresh_names = {}

    @property
    def _names_folder(self) -> Path:
        return self.folder / "names"

    def _write(self, table: pyarrow.Table, folder: Path, content: str) -> Path:
        file = folder / f"{hashlib.sha256(content.encode()).hexdigest()[:24]}.parquet"
        aside = self.folder / f"{os.getpid()}-{threading.get_ident()}-{file.stem}.aside"
        try:
            pyarrow.parquet.write_table(table, aside, compression="zstd")
            os.replace(aside, file)
        except OSError as error:
            raise self._refused(error) from None
        finally:
            aside.unlink(missing_ok=True)
        return file

    def _refused(self, error: OSError) -> InputError:
        reason = error.strerror or str(error).splitlines()[0]
        right = "choose another folder, or make room and start again: what was kept is found"
        return InputError(str(self.root), f"cannot keep runs: {reason}", right)

    def _read(self, file: Path) -> None:
        try:
            with pyarrow.parquet.ParquetFile(file) as opened:
                names = [name for name in opened.schema_arrow.names if not _is_large(name)]
                table = opened.read(columns=names)
            self._add(table, file)
        except (OSError, KeyError, pyarrow.ArrowException) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            log.warning("%s cannot be read (%s): its runs are made anew", file, reason)

    def _read_names(self, file: Path) -> None:
        try:
            with pyarrow.parquet.ParquetFile(file) as opened:  # `read_table` loads pandas
                table = opened.read()
            names, keys = table.column("name").to_pylist(), table.column("scenario").to_pylist()
        except (OSError, KeyError, pyarrow.ArrowException) as error:
            log.info("%s cannot be read (%s): its names are made anew", file, error)
            return
        self._names.update(zip(names, keys, strict=True))

    def _add(self, table: pyarrow.Table, file: Path) -> None:
        keys = [table.column(name).to_pylist() for name in KEY_COLUMNS]
        columns = {
            name: numbers_in(table.column(name)) for name in table.column_names if name not in KEY_COLUMNS
        }
        number = len(self._files)
        self._files.append(columns)
        self._paths.append(file)
        for row, (scenario, seed, replicate) in enumerate(zip(*keys, strict=True)):
            self._places.setdefault(RunId(scenario, RULES_DIGEST, seed, replicate), []).append((number, row))

    def _days_of(self, number: int) -> dict[str, dict[int, np.ndarray]]:
        """Daily measures of one file: by measure and row; empty if it has none or cannot be read."""
        if number not in self._daily:
            if len(self._daily) >= FILES_OF_DAYS:
                del self._daily[next(iter(self._daily))]
            self._daily[number] = _read_days(self._paths[number])
        return self._daily[number]


def default_folder() -> Path:
    """Folder of runs of the person who is logged in."""
    root = os.environ.get("WORTHSHARING_CACHE") or platformdirs.user_cache_dir("worthsharing")
    return Path(root) / "runs"


def _table_of(
    rows: Mapping[RunId, Mapping[str, float]],
    scenarios: Mapping[str, Scenario],
    daily: Mapping[RunId, Mapping[str, np.ndarray]],
) -> pyarrow.Table:
    """One row a run; a measure that was not taken is null, one that is not available is not a number."""
    daily_names = sorted({name for curves in daily.values() for name in curves})
    names = sorted({name for values in rows.values() for name in values})
    contents = {
        key: scenario.model_dump_json(exclude_defaults=True, exclude={"title", "claim"})
        for key, scenario in scenarios.items()
    }
    measures = {
        name: (
            np.array([values.get(name, math.nan) for values in rows.values()], np.float64),
            np.array([name in values for values in rows.values()], bool),
        )
        for name in names
    }
    return pyarrow.table(
        {
            "scenario": texts_of([key.scenario for key in rows]),
            "seed": column_of(np.array([key.seed for key in rows], np.int64)),
            "replicate": column_of(np.array([key.replicate for key in rows], np.int64)),
            CONTENT: texts_of([contents.get(key.scenario) for key in rows]),
            **{name: column_of(*columns) for name, columns in measures.items()},
            **{
                f"{DAILY_PREFIX}{name}": pyarrow.array(
                    [daily.get(key, {}).get(name) for key in rows], pyarrow.list_(pyarrow.float64())
                )
                for name in daily_names
            },
        }
    )


def _is_large(column: str) -> bool:
    """Whether a column is read only by who asks for it."""
    return column == CONTENT or column.startswith(DAILY_PREFIX)


def _read_days(file: Path) -> dict[str, dict[int, np.ndarray]]:
    try:
        with pyarrow.parquet.ParquetFile(file) as opened:
            names = [name for name in opened.schema_arrow.names if name.startswith(DAILY_PREFIX)]
            table = opened.read(columns=names) if names else None
    except (OSError, pyarrow.ArrowException) as error:
        log.warning("%s cannot be read (%s): its runs are made anew", file, error)
        return {}
    if table is None:
        return {}
    return {
        name.removeprefix(DAILY_PREFIX): {
            row: value.values.to_numpy(zero_copy_only=False)
            for row, value in enumerate(table.column(name))
            if value.is_valid
        }
        for name in names
    }


def _content_at(file: Path, row: int) -> str | None:
    """Read one cell that is not kept in memory."""
    content: str | None = pyarrow.parquet.read_table(file, columns=[CONTENT]).column(CONTENT)[row].as_py()
    return content


def _remove_half_written(folder: Path) -> None:
    """Take away what writers that were killed have left; one that is at work has a younger file."""
    for file in folder.glob("*.aside"):
        try:
            if time.time() - file.stat().st_mtime > HALF_WRITTEN_SECONDS:
                file.unlink()
        except FileNotFoundError:  # its writer has finished it just now
            continue
