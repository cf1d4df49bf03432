"""What the pages of one app share: small things kept on disk, the store of runs, and the jobs that are at work."""

import threading
from pathlib import Path

import diskcache

from worthsharing.dashboard.classroom import Classroom
from worthsharing.dashboard.jobs import Jobs
from worthsharing.experiments.store import RunStore
from worthsharing.sim.errors import InputError


class Keep(diskcache.Cache):  # type: ignore[misc]  # it brings no types
    """A cache in a folder, with the store of runs and the jobs beside it.

    folder: made if it is not there; raises `InputError` when it cannot be used
    runs: folder of the store of runs; in `folder` by default
    opens_folders: whether pages may open folders that a visitor names; only where all visitors are the machine's user
    classroom: the class that is being taught; nobody's by default
    """

    def __init__(
        self,
        folder: str | Path,
        runs: str | Path | None = None,
        *,
        opens_folders: bool = False,
        classroom: Classroom | None = None,
    ) -> None:
        self.opens_folders, self.classroom = opens_folders, classroom or Classroom()
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            super().__init__(str(folder))
        except Exception as error:  # sqlite, the disk and the system each have their own
            raise InputError(
                str(folder), f"cannot be used to keep results: {error}", "choose another folder"
            ) from None
        self.jobs = Jobs()
        self._runs: RunStore | None = None
        self._runs_folder = Path(runs) if runs is not None else Path(folder) / "runs"
        self._opening = threading.Lock()

    @property
    def runs(self) -> RunStore:
        """Runs that were made before, by this app or by a sweep; read when they are asked for first."""
        with self._opening:
            if self._runs is None:
                self._runs = RunStore(self._runs_folder)
            return self._runs
