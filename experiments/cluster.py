"""Worlds on a cluster: batches of them on the workers of a Dask scheduler, which also retries what dies with a worker.

Workers share nothing with this process but the scheduler: scenarios and networks are sent to them, results come back, and
the store is read and written here.
"""

import asyncio
import concurrent.futures
import contextlib
import itertools
import logging
import math
import os
import pickle
import time
import warnings
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import dask
from distributed import Client, Future, KilledWorker, LocalCluster
from distributed.comm.addressing import parse_host_port
from distributed.comm.registry import backends

from worthsharing.experiments.execute import Order, Replicate, Task, run_world
from worthsharing.sim.errors import InputError
from worthsharing.sim.run import provenance, simulate
from worthsharing.sim.scenario import Scenario

LOCAL = "local"
BATCH_SECONDS = 0.5  # of work in a batch: sending one takes some milliseconds
MOST_IN_A_BATCH = 200
BATCHES_AHEAD = 2  # for each thread of a worker, one running and one waiting
CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 2.0
COUNT_SECONDS = 2.0
WORKERS_SECONDS = 600.0  # as long as a queue may let the first worker wait
# the same bits are promised for one version of these
MUST_AGREE = ("rules", "worthsharing", "numba", "numpy", "machine")
# what a future says whose scheduler is gone
LOST = (asyncio.CancelledError, concurrent.futures.CancelledError)
SAFE_THREADS = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Cluster:
    """An `Executor` on the workers of a Dask scheduler. Use it as a context: it lets go of the scheduler at the end.

    A worker that dies is no failure: the scheduler gives its batch to another one. A batch that takes several workers
    with it, workers of another version, and a scheduler that goes away are `InputError`s.
    """

    def __init__(self, client: Client, where: str, *, wait: float = WORKERS_SECONDS) -> None:
        self._client, self._where, self._wait = client, where, wait
        self._size, self._counted = 1, -math.inf
        self._networks: dict[str, Future] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        cluster = self._client.cluster
        self._client.close()
        if cluster is not None:
            cluster.close()

    @property
    def address(self) -> str:
        """Address of the scheduler, for others that want to connect to it."""
        return str(self._client.scheduler_info()["address"])

    @property
    def size(self) -> int:
        """Threads that the workers have, 1 or more, counted every few seconds: workers come and go."""
        if time.monotonic() - self._counted > COUNT_SECONDS:
            try:
                self._size = max(1, sum(self._client.ncores().values()))
            except (OSError, RuntimeError, *LOST) as error:
                raise self._gone() from error
            self._counted = time.monotonic()
        return self._size

    def check(self) -> None:
        """Wait until there is a worker, and raise `InputError` unless all that there are compute the same numbers."""
        try:
            # a task, because some clusters start no worker as long as there is nothing to do
            self._client.submit(os.getpid, pure=False).result(timeout=self._wait)
        except TimeoutError:
            waited = f"the scheduler has no worker after {self._wait:g} seconds"
            raise InputError(self._where, waited, "start workers that connect to it") from None
        except LOST:
            raise self._gone() from None
        found = self._client.run(_get_ready, on_error="return")
        for worker, theirs in sorted(found.items()):
            difference = _difference(theirs)
            if difference:
                raise InputError(
                    f"{self._where}: worker {worker}",
                    difference,
                    "install the same worthsharing on every worker",
                )

    def run(self, tasks: Iterator[Task], order: Order) -> Generator[tuple[Task, Replicate]]:
        """Run tasks; see `Executor`."""
        waiting: deque[tuple[Sequence[Task], Future]] = deque()
        size, left = 1, True
        try:
            while left or waiting:
                while left and len(waiting) < BATCHES_AHEAD * self.size:
                    batch = list(itertools.islice(tasks, size))
                    left = bool(batch)
                    if batch:
                        waiting.append((batch, self._submit(batch, order)))
                if waiting:
                    sent, future = waiting.popleft()
                    seconds, replicates = self._result_of(future)
                    size = min(
                        MOST_IN_A_BATCH,
                        2 * size,
                        max(1, int(BATCH_SECONDS * len(sent) / max(seconds, 1e-6))),
                    )
                    yield from zip(sent, replicates, strict=True)
        finally:
            if waiting:
                with contextlib.suppress(OSError, RuntimeError, *LOST):  # who has gone away runs nothing
                    self._client.cancel([future for _, future in waiting], force=True)

    def _submit(self, batch: Sequence[Task], order: Order) -> Future:
        networks = {
            name: self._sent(name, network) for task in batch for name, network in task.networks.items()
        }
        # as bytes: a worker of another version says so instead of failing to read them
        content = pickle.dumps(
            ([replace(task, networks={}) for task in batch], order), pickle.HIGHEST_PROTOCOL
        )
        return self._client.submit(_run_batch, content, networks, provenance(), pure=False)

    def _sent(self, name: str, network: Any) -> Future:
        """A network that workers have; the scheduler keeps it, and gives it to another one when a worker dies."""
        if name not in self._networks:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that it is large
                self._networks[name] = self._client.submit(pickle.loads, pickle.dumps(network), pure=False)
        return self._networks[name]

    def _result_of(self, future: Future) -> tuple[float, list[Replicate]]:
        try:
            found: tuple[float, list[Replicate]] = future.result()
        except KilledWorker:
            right = "give workers more memory, or use fewer people"
            raise InputError(self._where, "several workers died running the same worlds", right) from None
        except LOST:
            raise self._gone() from None
        return found

    def _gone(self) -> InputError:
        right = "start it, and this command, again; a sweep goes on where it was"
        return InputError(self._where, "the scheduler has gone away", right)


class _Whole(Client):
    """A client that closes what it has begun when it cannot begin.

    Dask leaves that to the garbage, which waits for 20 seconds and then prints a traceback that nobody can catch.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        try:
            super().__init__(*arguments, **options)
        except BaseException:
            with contextlib.suppress(Exception):  # it never was open
                self.close(timeout=CLOSE_SECONDS)
            raise


def connect(address: str, *, workers: int | None = None, wait: float = WORKERS_SECONDS) -> Cluster:
    """Connect to a Dask scheduler, or start one with workers of its own on this machine.

    address: as the scheduler says it, e.g. tcp://10.0.0.5:8786, or `local`
    workers: processes of a local one, all processors by default; another cluster has the workers it has
    wait: seconds until there must be a worker

    Raises `InputError` if the scheduler cannot be reached, has no workers, or has workers of another version.
    """
    where = f"--cluster {address}"
    logging.getLogger("distributed").setLevel(logging.ERROR)  # who comes and goes there is no news here
    if address == LOCAL:
        _get_ready()  # workers find what was compiled
        with dask.config.set({"distributed.nanny.pre-spawn-environ": SAFE_THREADS}):
            here = LocalCluster(
                n_workers=workers or os.cpu_count() or 1,
                threads_per_worker=1,
                dashboard_address="127.0.0.1:0",
                host="127.0.0.1",
            )
        client = Client(here, set_as_default=False)
    else:
        _check_form(address, where)
        try:
            client = _Whole(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, TimeoutError, TypeError, ValueError) as error:  # a type: tls:// without certificates
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            right = "start one with `dask scheduler`, and give the address that it prints, or `local`"
            raise InputError(where, f"there is no scheduler to be reached ({reason})", right) from None
    cluster = Cluster(client, where, wait=wait)
    try:
        cluster.check()
    except BaseException:
        cluster.__exit__()
        raise
    return cluster


def _check_form(address: str, where: str) -> None:
    """Raise `InputError` unless an address has a form that Dask connects to: host:port, with or without tcp:// before it."""
    right = "give it as the scheduler prints it, e.g. tcp://10.0.0.5:8786, or `local`"
    protocol, given, place = address.rpartition("://")
    known = sorted(backends.keys() - {"inproc"})  # that one does not leave its process
    if given and protocol not in known:
        wrong = f"'{protocol}' is no protocol that Dask has ({', '.join(known)})"
        raise InputError(where, wrong, right)
    try:
        host, port = parse_host_port(place)
    except ValueError:
        host, port = "", 0
    if not host or any(character.isspace() or character == "/" for character in host) or not 0 < port < 65536:
        raise InputError(where, "is no address: a host, a colon and a port", right)


def _get_ready() -> dict[str, str]:
    """Compile what has to be compiled before a clock runs, and say what numbers depend on here."""
    simulate(Scenario.model_validate({"world": {"people": 50}, "clock": {"days": 1}}))
    return provenance()


def _run_batch(
    content: bytes, networks: Mapping[str, Any], theirs: Mapping[str, str]
) -> tuple[float, list[Replicate]]:
    """Run a batch on a worker; returns the seconds that it took, and what came of it."""
    difference = _difference(theirs)
    if difference:  # a worker that came later
        raise InputError("a worker", difference, "install the same worthsharing on every worker")
    tasks, order = pickle.loads(content)
    started = time.perf_counter()
    found = [run_world(replace(task, networks=networks), order) for task in tasks]
    return time.perf_counter() - started, found


def _difference(theirs: Any) -> str:
    """What keeps somebody's numbers from being ours; nothing if they are."""
    if not isinstance(theirs, Mapping):
        return f"has no worthsharing that works ({type(theirs).__name__}: {theirs})"
    ours = provenance()
    differing = [
        f"{name} {theirs.get(name, 'unknown')} instead of {ours[name]}"
        for name in MUST_AGREE
        if theirs.get(name) != ours[name]
    ]
    return f"computes other numbers: it has {', '.join(differing)}" if differing else ""
