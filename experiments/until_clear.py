"""Run until the verdict is clear: look again and again, and pay for it with intervals that hold at every look."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from worthsharing.experiments.compare import Comparison, compare
from worthsharing.experiments.execute import Progress, Results, Workers, joined, run_scenarios
from worthsharing.sim.errors import InputError
from worthsharing.sim.run import Engine
from worthsharing.sim.scenario import Scenario

ASKED = ("reach", "backlash")  # what the verdict in one sentence is about
GROWTH = 1.25  # worlds at a look over those at the look before: more looks cost nothing, more tables do


def run_until_clear(
    scenarios: Mapping[str, Scenario],
    *,
    replicates: int = 20,
    most: int = 1000,
    seed: int = 1,
    engine: Engine = "bulk",
    workers: Workers = None,
    independent: bool = False,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Results:
    """Run worlds until reach and backlash of every pair are clear, or there are as many worlds as there may be.

    replicates: worlds before the first look, 2 or more; most: worlds at which it ends, clear or not
    The rest is as in `run_scenarios`. When it looks depends on nothing but these two numbers, so the answer is the same
    for any number of workers, and a longer search begins with the shorter one.

    `compare` of what is returned has intervals that hold at all looks together (`compare.anytime_quantile`).
    """
    if not 2 <= replicates <= most:
        right = "the first look is after 2 worlds or more, and after no more than --max-replicates"
        raise InputError("--until-clear", f"{replicates} worlds, and at most {most}", right)
    parts: list[Results] = []
    looks: tuple[int, ...] = ()
    while True:
        before = looks[-1] if looks else 0
        goal = min(most, math.ceil(before * GROWTH)) if looks else replicates
        parts.append(
            run_scenarios(
                scenarios,
                replicates=goal - before,
                first=before,
                seed=seed,
                engine=engine,
                workers=workers,
                independent=independent,
                progress=None if progress is None else _shifted(progress, before, goal),
                should_stop=should_stop,
            )
        )
        looks = (*looks, goal)
        results = replace(joined(parts), looks=looks)
        if goal == most or is_clear(compare(results)):
            return results


def is_clear(comparison: Comparison) -> bool:
    """Whether reach and backlash of every pair are told apart, or have been exactly the same in every world."""
    return all(one.side != "cannot tell" for one in comparison.differences if one.measure in ASKED)


def _shifted(progress: Progress, before: int, goal: int) -> Progress:
    return lambda done, _: progress(before + done, goal)
