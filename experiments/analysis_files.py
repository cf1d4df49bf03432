"""Analyses on disk: the answer as a document, its page, and the runs behind it as the folder of a sweep each."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from worthsharing.experiments.analyses import DISCOVERY, FORMAT, SENSITIVITY, Discovery, Sensitivity
from worthsharing.experiments.analysis_report import (
    discovery_sentences,
    render_discovery,
    render_sensitivity,
    sensitivity_sentences,
)
from worthsharing.experiments.files import check_folder, write_aside
from worthsharing.experiments.summary import to_json
from worthsharing.experiments.sweep import Sweep
from worthsharing.experiments.sweep_files import write_sweep
from worthsharing.sim.run import provenance

SENSITIVITY_PAGE, DISCOVERY_PAGE = "sensitivity.html", "discover.html"


def sensitivity_document(found: Sensitivity, command: str) -> dict[str, Any]:
    """Everything that a sensitivity analysis has to say, as plain values."""
    return _document(found, sensitivity_sentences(found), command)


def discovery_document(found: Discovery, command: str) -> dict[str, Any]:
    """Everything that a discovery has to say, as plain values."""
    return _document(found, discovery_sentences(found), command)


def write_sensitivity(
    folder: str | Path, found: Sensitivity, samples: Mapping[str, Sweep | None], command: str
) -> list[Path]:
    """Write the answer, its page and the runs behind it, and return the files.

    samples: sweeps by the name of the folder that each is to have; command: what reproduces the answer

    Raises `InputError` when the folder cannot be written to.
    """
    page = render_sensitivity(found, command, provenance())
    contents = {SENSITIVITY_PAGE: page, SENSITIVITY: to_json(sensitivity_document(found, command))}
    return _write(folder, contents, samples, command)


def write_discovery(
    folder: str | Path, found: Discovery, samples: Mapping[str, Sweep | None], command: str
) -> list[Path]:
    """Write the answer, its page and the runs behind it, and return the files; as `write_sensitivity` does."""
    page = render_discovery(found, command, provenance())
    contents = {DISCOVERY_PAGE: page, DISCOVERY: to_json(discovery_document(found, command))}
    return _write(folder, contents, samples, command)


def _document(found: Sensitivity | Discovery, sentences: list[str], command: str) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "command": command,
        "sentences": sentences,
        **asdict(found),
        "provenance": provenance(),
    }


def _write(
    folder: str | Path, contents: Mapping[str, str], samples: Mapping[str, Sweep | None], command: str
) -> list[Path]:
    path = check_folder(folder)
    files = [
        file
        for name, sweep in samples.items()
        if sweep is not None
        for file in write_sweep(path / name, sweep, command)
    ]
    # the document comes last: a folder that has one is complete
    for name, text in contents.items():
        write_aside(path / name, partial(Path.write_bytes, data=text.encode()))
        files.append(path / name)
    return files
