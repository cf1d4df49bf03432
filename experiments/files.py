"""Files that people keep: written aside, then renamed, and refused in words when that cannot be done."""

import os
from collections.abc import Callable
from pathlib import Path

from worthsharing.sim.errors import InputError


def check_folder(folder: str | Path) -> Path:
    """Make a folder for results if it is not there, and raise `InputError` unless files can be written to it."""
    path = Path(folder)
    right = "choose another place with --out"
    try:
        if path.exists() and not path.is_dir():
            raise InputError(f"--out {folder}", "there is a file of that name, not a folder", right)
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".probe-{os.getpid()}"
        probe.write_bytes(b"1")
        probe.unlink()
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"--out {folder}", f"cannot be written to: {reason}", right) from None
    return path


def write_aside(file: Path, write: Callable[[Path], object]) -> None:
    """Write a file under another name, then give it its own: whoever reads it sees all of it or the one before."""
    aside = file.with_name(f".{os.getpid()}-{file.name}")
    try:
        write(aside)
        os.replace(aside, file)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            str(file), f"cannot be written: {reason}", "choose another place with --out"
        ) from None
    finally:
        aside.unlink(missing_ok=True)
