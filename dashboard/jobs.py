"""Work that outlives a tab: jobs take turns, so that nobody waits for everybody else to end."""

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from worthsharing.experiments.execute import Cancelled
from worthsharing.sim.errors import InputError

JobState = Literal["waiting", "running", "done", "refused", "failed", "cancelled"]
GOING: tuple[JobState, ...] = ("waiting", "running")  # more will come
KEPT_SECONDS = 900.0  # that a finished job is remembered
LATELY_SECONDS = 15.0  # after which somebody who does not look any more has closed the tab

log = logging.getLogger("worthsharing")


class Job:
    """One piece of work, as those see it who wait for it.

    state: `waiting` for its first turn, `running` until it has ended
    percent, words: how far it is, set by the work itself; value: what it yielded last; version: how often it has yielded
    """

    def __init__(self, key: str, work: "Callable[[Job], Iterator[Any]]", turn: int) -> None:
        self.key = key
        self.state: JobState = "waiting"
        self.percent, self.words = 0, ""
        self.value: Any = None
        self.version = 0
        self.errors: list[InputError] = []
        self.reason = ""
        self.turn = turn
        self.seconds = 0.0  # of work
        self.ended = 0.0
        self.holders: dict[str, float] = {}  # who waits → when they looked last
        self.left: set[str] = set()  # who has cancelled
        self.stopped = threading.Event()
        self.steps = work(self)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in GOING

    def should_stop(self) -> bool:
        """Whether everybody who waited has cancelled: to be asked by the work, which then raises `Cancelled`."""
        return self.stopped.is_set()


class Jobs:
    """Jobs of one app, in turns on one thread: each step of a job may use all processors.

    Work is a generator: what stands between two `yield`s is a turn, after which others have theirs. What it yields is
    something to look at.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="job")
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._turns = itertools.count()

    def submit(self, key: str, work: Callable[[Job], Iterator[Any]], holder: str = "") -> Job:
        """Start a job, or join the one of that key which is not over.

        key: everything that its outcome depends on
        work: called with its job, gives an iterator; `InputError` raised in it is shown to the person
        holder: who waits for it; it ends early only if all cancel who looked lately
        """
        with self._lock:
            self._forget()
            job = self._jobs.get(key)
            if job is None or job.is_over or job.should_stop():
                job = self._jobs[key] = Job(key, work, next(self._turns))
                self._pool.submit(self._take_turn, job)
            job.holders[holder] = time.monotonic()
            job.left.discard(holder)
            return job

    def get(self, key: str, holder: str = "") -> Job | None:
        """Look up a job; None if there is none, or if it ended long ago.

        holder: who looks, and so waits for it
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and holder and holder not in job.left:
                job.holders[holder] = time.monotonic()
            return job

    def cancel(self, key: str, holder: str = "") -> None:
        """Say that somebody waits no more; without anybody else who looked lately the job ends as soon as it can."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None:
                job.holders.pop(holder, None)
                job.left.add(holder)
                now = time.monotonic()
                if all(now - seen > LATELY_SECONDS for seen in job.holders.values()):
                    job.stopped.set()

    def ahead_of(self, job: Job) -> int:
        """How many jobs have their turn before it."""
        with self._lock:
            return sum(not other.is_over and other.turn < job.turn for other in self._jobs.values())

    def others(self, job: Job) -> int:
        """How many jobs it takes turns with."""
        with self._lock:
            return sum(not other.is_over and other is not job for other in self._jobs.values())

    def close(self) -> None:
        """Stop everything as soon as possible; what was kept stays."""
        with self._lock:
            for job in self._jobs.values():
                job.stopped.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _take_turn(self, job: Job) -> None:
        started = time.monotonic()
        try:
            if job.should_stop():
                raise Cancelled
            job.state = "running"
            job.value = next(job.steps)
            job.version += 1
        except StopIteration:
            job.state = "done"
        except Cancelled:
            job.state = "cancelled"
        except InputError as error:
            job.errors, job.state = [error], "refused"
        except Exception as error:  # whatever it was: the person sees one line, the log keeps the rest
            log.exception("a job broke off")
            job.reason = f"{type(error).__name__}: {error}"[:300]
            job.state = "failed"
        job.seconds += time.monotonic() - started
        if job.is_over:
            job.ended = time.monotonic()
            return
        with self._lock:
            job.turn = next(self._turns)
        try:
            self._pool.submit(self._take_turn, job)
        except RuntimeError:  # the app is closing
            job.state = "cancelled"

    def _forget(self) -> None:
        """Let go of jobs that ended long ago, and of what they hold."""
        now = time.monotonic()
        for key in [key for key, job in self._jobs.items() if job.is_over and now - job.ended > KEPT_SECONDS]:
            del self._jobs[key]
