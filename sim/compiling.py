"""The first run's compiling, by two processes at once: numba compiles one thing at a time in each.

While this process makes its first network, a helper compiles parts of the kernel into the shared cache; then this one
compiles the part of people, and puts together what the helper has left in the cache. A helper that cannot start, or that
dies, costs nothing but its help.
"""

import functools
import logging
import os
import subprocess
import sys
from typing import Any

import numba
import numpy as np

from worthsharing.sim import kernel
from worthsharing.sim.jit import CACHE_DIR, JIT, is_compiled
from worthsharing.sim.scenario import Scenario
from worthsharing.sim.state import (
    BRANDS,
    DRAFTS,
    EVENTS,
    MESSAGES,
    POSTS,
    SENDS,
    SERIES,
    TRAITS,
    Plan,
    World,
    as_record,
    constants_of,
    empty_state,
    no_lookups,
    table,
)

PATIENCE_SECONDS = 120.0  # with a helper, before this process compiles everything itself
PROGRAM = "from worthsharing.sim.compiling import compile_parts; compile_parts()"

log = logging.getLogger("worthsharing")
_helpers: list[subprocess.Popen[bytes]] = []  # the one that is at work, if any


@functools.cache
def call_for_help() -> None:
    """Start a helper, if there is anything to compile and a processor that has nothing to do; once in a process.

    Returns at once.
    """
    if not JIT or CACHE_DIR is None or (os.cpu_count() or 1) < 2 or is_compiled():
        return
    quiet = subprocess.DEVNULL
    try:
        # -P: nothing that lies in the folder somebody works in is taken for a module
        _helpers.append(
            subprocess.Popen([sys.executable, "-P", "-c", PROGRAM], stdin=quiet, stdout=quiet, stderr=quiet)
        )
    except OSError as error:
        log.debug("no second process compiles: %s", error)


def take_over() -> None:
    """Compile this process's share, and wait for the helper's; does nothing if there is none."""
    while _helpers:
        helper = _helpers.pop()
        kernel.act.compile(kernel_types())  # type: ignore[attr-defined]  # a dispatcher
        try:
            code = helper.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            helper.kill()
            code = helper.wait()
        if code != 0:
            log.debug("the second process that compiles ended with code %s", code)


def compile_parts() -> None:
    """Compile the helper's share, in the order in which it is asked for, into the cache."""
    types = kernel_types()
    world, plan, constants, state, messages, sends, drafts = types
    del sends
    parts: tuple[tuple[Any, tuple[Any, ...]], ...] = (
        (kernel.own_acts, (world, plan, constants, state, messages, drafts, numba.int64)),
        (kernel.begin, (world, plan, constants, state)),
        (kernel.publish, types),
        (kernel.deliver, types),
        (kernel.close_step, (constants, state, messages)),
    )
    for part, of in parts:
        part.compile(of)


def kernel_types() -> tuple[Any, ...]:
    """What numba calls the tables that the kernel takes: they are the same for all worlds and scenarios."""
    scenario = Scenario()
    world = World(
        seed=1,
        indptr=np.zeros(2, np.int64),
        followers=np.zeros(0, np.int32),
        weights=np.zeros(0),
        traits=table(1, TRAITS),
        topic_exponents=np.zeros(1),
        connected=0,
        numbered=True,
        lookups=no_lookups(),
    )
    plan = Plan(
        brands=table(1, BRANDS),
        series=table(0, SERIES),
        posts=table(0, POSTS),
        events=table(0, EVENTS),
        first_sharers=np.zeros(0, np.int32),
        first_post=-1,
    )
    state = empty_state(1, 1, 0, 0, 1, topics=1, slots=1, memories=1, merge_copies=False)
    record = as_record(constants_of(scenario, 1))
    tables = (world, plan, record, state, table(1, MESSAGES), table(1, SENDS), table(1, DRAFTS))
    return tuple(map(numba.typeof, tables))
