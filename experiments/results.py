"""Results on disk: tables as Parquet (and CSV), a manifest and a report; written aside, then renamed.

The same results give the same bytes: no file holds a time, and nothing depends on where the files lie or on how
many workers made them.
"""

import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pyarrow
import pyarrow.parquet
import pydantic

from worthsharing.experiments.compare import Comparison
from worthsharing.experiments.execute import Results
from worthsharing.experiments.explain import Explanation
from worthsharing.experiments.facts import Validation, facts_table, pictures_table
from worthsharing.experiments.facts_report import render_facts
from worthsharing.experiments.files import check_folder, write_aside
from worthsharing.experiments.frontier import Frontier
from worthsharing.experiments.frontier_report import frontier_table, render_frontier
from worthsharing.experiments.judge import Space
from worthsharing.experiments.ledger import Ledger
from worthsharing.experiments.report import write_report
from worthsharing.experiments.summary import to_json
from worthsharing.experiments.tables import (
    audit_table,
    daily_table,
    differences_table,
    ledger_table,
    outcomes_table,
    results_of_tables,
    trial_parts_table,
    trial_points_table,
)
from worthsharing.experiments.trial_report import render_trial
from worthsharing.experiments.verdicts import Trial
from worthsharing.sim.errors import InputError
from worthsharing.sim.run import provenance
from worthsharing.sim.scenario import GENERATED_NETWORKS, Scenario, validate

if TYPE_CHECKING:
    from worthsharing.experiments.audit import Audit

FORMAT = 1  # of the manifest; raised when an older reader would misread it
MANIFEST, REPORT = "manifest.json", "report.html"
TABLES = ("outcomes", "daily", "differences", "ledger", "audit")
TRIAL_MANIFEST, TRIAL_REPORT, TRIAL_VERDICTS = "trial.json", "trial.html", "trial_verdicts.json"
_TRIAL = pydantic.TypeAdapter(Trial)
FACTS_MANIFEST, FACTS_REPORT = "facts.json", "facts.html"


class Stored(NamedTuple):
    """What a folder of results holds."""

    results: Results
    manifest: Mapping[str, Any]


class StoredTrial(NamedTuple):
    """What a folder of a trial holds."""

    trial: Trial
    manifest: Mapping[str, Any]


def write_results(
    folder: str | Path,
    results: Results,
    comparison: Comparison | None,
    command: str,
    *,
    csv: bool = False,
    ledger: Ledger | None = None,
    audits: "Sequence[Audit]" = (),
    explanation: Explanation | None = None,
) -> list[Path]:
    """Write tables, manifest and report into a folder, and return the files.

    comparison: of these results; None for a single scenario
    command: what reproduces these results, for their reader
    csv: write each table as CSV too
    ledger, audits, explanation: of this comparison, if they were made

    Raises `InputError` when the folder cannot be written to.
    """
    path = check_folder(folder)
    tables = {"outcomes": outcomes_table(results), "daily": daily_table(results)}
    if comparison is not None:
        tables["differences"] = differences_table(comparison)
    if ledger is not None:
        tables["ledger"] = ledger_table(ledger)
    if audits:
        tables["audit"] = audit_table(audits)
    contents: dict[str, bytes] = {}
    for name, table in tables.items():
        contents[f"{name}.parquet"] = _parquet(table)
        if csv:
            contents[f"{name}.csv"] = table.to_csv(index=False, lineterminator="\n").encode()
    manifest = manifest_of(results, command, contents)
    before = _files_of_earlier_results(path)
    for name, content in contents.items():
        write_aside(path / name, partial(Path.write_bytes, data=content))
    write_aside(
        path / REPORT,
        lambda aside: write_report(
            aside,
            results,
            comparison,
            command,
            manifest,
            ledger=ledger,
            audits=audits,
            explanation=explanation,
        ),
    )
    # the manifest comes last: a folder with a manifest is complete
    write_aside(
        path / MANIFEST, lambda aside: aside.write_text(to_json(manifest), encoding="utf-8", newline="\n")
    )
    for name in before - contents.keys():
        (path / name).unlink(missing_ok=True)
    return [path / name for name in (*contents, MANIFEST, REPORT)]


def read_results(folder: str | Path) -> Stored:
    """Read what `write_results` wrote; raises `InputError` if it is not there, not whole, or not what was written."""
    path = Path(folder)
    where = str(path / MANIFEST)
    manifest = _read_manifest(path / MANIFEST, "a command with --out")
    try:
        scenarios = {
            name: validate(entry["parameters"], where) for name, entry in manifest["scenarios"].items()
        }
        tables = {
            name: _read_table(path / f"{name}.parquet", manifest["files"]) for name in ("outcomes", "daily")
        }
        results = results_of_tables(
            scenarios,
            manifest["seed"],
            tables["outcomes"],
            tables["daily"],
            independent=manifest["independent"],
            notes=tuple(manifest["notes"]),
            looks=tuple(manifest.get("looks", ())),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(where, f"is not whole ({error!r})", "run the command again with --out") from None
    return Stored(results, manifest)


def write_trial(
    folder: str | Path, trial: Trial, space: Space, command: str, *, csv: bool = False
) -> list[Path]:
    """Write tables, manifest and report of a trial into a folder, and return the files.

    space: the settings that the trial sampled
    command: what reproduces it, for its reader

    Raises `InputError` when the folder cannot be written to.
    """
    path = check_folder(folder)
    tables = {"trial_parts": trial_parts_table(trial), "trial_points": trial_points_table(trial, space)}
    contents: dict[str, bytes] = {}
    for name, table in tables.items():
        contents[f"{name}.parquet"] = _parquet(table)
        if csv:
            contents[f"{name}.csv"] = table.to_csv(index=False, lineterminator="\n").encode()
    contents[TRIAL_VERDICTS] = to_json(_spelt(asdict(trial))).encode()
    contents[TRIAL_REPORT] = render_trial(trial, command, provenance()).encode()
    manifest = {
        "format": FORMAT,
        "command": command,
        "seed": trial.seed,
        "replicates": trial.replicates,
        "points": trial.points,
        "replicates_per_point": trial.replicates_per_point,
        "people": trial.people,
        "people_per_point": trial.people_per_point,
        "days": trial.days,
        "runs": trial.runs,
        "claims": [verdict.claim.id for verdict in trial.verdicts],
        "provenance": provenance(),
        "notes": list(trial.notes),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    }
    contents[TRIAL_MANIFEST] = to_json(manifest).encode()  # comes last: a folder with a manifest is complete
    for name, content in contents.items():
        write_aside(path / name, partial(Path.write_bytes, data=content))
    return [path / name for name in contents]


def read_trial(folder: str | Path) -> StoredTrial:
    """Read what `write_trial` wrote; raises `InputError` if it is not there, not whole, or not what was written."""
    path = Path(folder)
    manifest = _read_manifest(path / TRIAL_MANIFEST, "worthsharing trial --out DIR")
    again = f"run it again: {manifest.get('command')} --out DIR"
    if TRIAL_VERDICTS not in manifest["files"]:
        raise InputError(
            str(path / TRIAL_MANIFEST), "was written by an earlier version, without the cards", again
        )
    content = _read_file(path / TRIAL_VERDICTS, manifest["files"], again)
    try:
        return StoredTrial(_TRIAL.validate_python(json.loads(content)), manifest)
    except (ValueError, RecursionError) as error:
        if not isinstance(error, pydantic.ValidationError):
            raise InputError(str(path / TRIAL_VERDICTS), "is not JSON", again) from None
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{path / TRIAL_VERDICTS}: {where}", first["msg"], again) from None


def write_facts(folder: str | Path, validation: Validation, command: str, *, csv: bool = False) -> list[Path]:
    """Write tables, manifest and page of measured facts into a folder, and return the files.

    command: what reproduces them, for their reader

    Raises `InputError` when the folder cannot be written to.
    """
    path = check_folder(folder)
    tables = {"facts": facts_table(validation), "facts_pictures": pictures_table(validation)}
    contents: dict[str, bytes] = {}
    for name, table in tables.items():
        contents[f"{name}.parquet"] = _parquet(table)
        if csv:
            contents[f"{name}.csv"] = table.to_csv(index=False, lineterminator="\n").encode()
    contents[FACTS_REPORT] = render_facts(validation, command, provenance()).encode()
    manifest = {
        "format": FORMAT,
        "command": command,
        "seed": validation.seed,
        "quick": validation.quick,
        "facts": [result.fact.id for result in validation.results],
        "provenance": provenance(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    }
    contents[FACTS_MANIFEST] = to_json(manifest).encode()  # comes last: a folder with a manifest is complete
    for name, content in contents.items():
        write_aside(path / name, partial(Path.write_bytes, data=content))
    return [path / name for name in contents]


def write_page(
    folder: str | Path,
    name: str,
    tables: Mapping[str, pd.DataFrame],
    page: str,
    about: Mapping[str, Any],
    *,
    csv: bool = False,
    others: Mapping[str, bytes] | None = None,
) -> list[Path]:
    """Write some tables, a page `name.html`, other files and a manifest `name.json` into a folder; returns the files.

    about: what the manifest says besides format, provenance and fingerprints of the files
    others: contents of more files by their names

    Raises `InputError` when the folder cannot be written to.
    """
    path = check_folder(folder)
    contents: dict[str, bytes] = {}
    for table_name, table in tables.items():
        contents[f"{table_name}.parquet"] = _parquet(table)
        if csv:
            contents[f"{table_name}.csv"] = table.to_csv(index=False, lineterminator="\n").encode()
    contents |= {**(others or {}), f"{name}.html": page.encode()}
    digests = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
    manifest = {"format": FORMAT, **about, "provenance": provenance(), "files": digests}
    contents[f"{name}.json"] = to_json(manifest).encode()  # comes last: a folder with a manifest is complete
    for file, content in contents.items():
        write_aside(path / file, partial(Path.write_bytes, data=content))
    return [path / file for file in contents]


def manifest_of(results: Results, command: str, contents: Mapping[str, bytes]) -> dict[str, Any]:
    """Everything that these numbers depend on, and fingerprints of the files that hold them."""
    return {
        "format": FORMAT,
        "command": command,
        "seed": results.seed,
        "replicates": results.replicates,
        "independent": results.independent,
        "looks": list(results.looks),
        "provenance": provenance(),
        "scenarios": {
            name: {
                "key": scenario.key,
                "network_sha256": network_digest(scenario),
                "parameters": scenario.model_dump(mode="json"),
            }
            for name, scenario in results.scenarios.items()
        },
        "notes": list(results.notes),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    }


def network_digest(scenario: Scenario) -> str | None:
    """SHA-256 of the network file of a scenario; None if its network is generated."""
    if scenario.world.network in GENERATED_NETWORKS:
        return None
    return hashlib.sha256(Path(scenario.world.network).read_bytes()).hexdigest()


def _spelt(value: Any) -> Any:
    """Plain values; numbers that JSON does not know (not a number, infinite) as words, which are read back as numbers."""
    if isinstance(value, Mapping):
        return {str(key): _spelt(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_spelt(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _parquet(table: pd.DataFrame) -> bytes:
    """Parquet file of a table, without metadata of the library that made the table."""
    buffer = io.BytesIO()
    columns = pyarrow.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    pyarrow.parquet.write_table(columns, buffer, compression="zstd")
    return buffer.getvalue()


def _read_manifest(file: Path, writer: str) -> dict[str, Any]:
    """Read a manifest; raises `InputError` unless it is one.

    writer: what writes it, in words
    """
    right = f"name a folder written by {writer}"
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(str(file), f"cannot be read: {reason}", right) from None
    except (ValueError, RecursionError):
        raise InputError(str(file), "is not a manifest", right) from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InputError(
            str(file), "is no manifest that this version reads", "run the command again with --out"
        )
    if not isinstance(manifest.get("files"), dict):
        raise InputError(str(file), "is not whole: it lists no files", "run the command again with --out")
    return manifest


def _read_file(
    file: Path, digests: Mapping[str, str], right: str = "run the command again with --out"
) -> bytes:
    """Read a file that a manifest describes; raises `InputError` unless it is that file."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(str(file), f"cannot be read: {error.strerror}", right) from None
    if hashlib.sha256(content).hexdigest() != digests[file.name]:
        raise InputError(str(file), "is not the file that its manifest describes", right)
    return content


def _read_table(file: Path, digests: Mapping[str, str]) -> pd.DataFrame:
    return pyarrow.parquet.read_table(io.BytesIO(_read_file(file, digests))).to_pandas()


def _files_of_earlier_results(folder: Path) -> set[str]:
    """Names of tables that an earlier run left here; only these may be removed."""
    try:
        listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        ours = {f"{name}.{ending}" for name in TABLES for ending in ("parquet", "csv")}
        return ours & set(listed)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return set()


def write_frontier(folder: str | Path, frontier: Frontier, command: str, *, csv: bool = False) -> list[Path]:
    """Write table, manifest and page of a frontier into a folder, and return the files.

    command: what reproduces it, for its reader

    Raises `InputError` when the folder cannot be used.
    """
    about = {
        "command": command,
        "seed": frontier.seed,
        "replicates": frontier.replicates,
        "budget": frontier.budget,
        "proposed": frontier.proposed,
        "notes": list(frontier.notes),
    }
    page = render_frontier(frontier, command, provenance())
    return write_page(folder, "frontier", {"frontier": frontier_table(frontier)}, page, about, csv=csv)
