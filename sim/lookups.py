"""What people of a world would work out again in every run, worked out once: their visits, who is close, what they like.

The entries are what the kernel would find by itself, to the bit; a world without them gives the same runs, more slowly.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from worthsharing.sim import rules
from worthsharing.sim.draws import NOBODY, Purpose, uniform, uniform4
from worthsharing.sim.jit import kernel
from worthsharing.sim.kernel import WEEK, is_strong
from worthsharing.sim.network import Network
from worthsharing.sim.scenario import Scenario
from worthsharing.sim.state import (
    DIARY,
    Floats,
    Longs,
    LookUps,
    Records,
    constants_of,
    no_lookups,
    table,
)

MAX_VISITS = 3_000_000  # 72 MB: 20,000 people look into their feeds 2.4 million times in 60 days
MAX_INTERESTS = 1_000_000  # 8 MB: of 125,000 people in 8 topics
DEVIATIONS = 5.0  # of a Poisson number of visits: should a step have more, the diary is written once more
_INTEREST: Any = np.int64(Purpose.INTEREST)
_VISIT: Any = np.int64(Purpose.VISIT)

Written = Callable[[int, Longs, Floats, int, float], Records]


def look_up(
    scenario: Scenario,
    seed: int,
    network: Network,
    traits: Records,
    exponents: Floats,
    *,
    written: Written,
) -> LookUps:
    """Work out what every run of a world would.

    Nothing, where most people have nothing to read at most visits, or where there are more than 3 million visits: then it
    would take longer, or more memory, than it saves.

    traits: (people,) of TRAITS; exponents: (topics,)
    written: `write_diary`, or what gives a diary that it has written before
    """
    constants = constants_of(scenario, network.people)
    per_hour = traits["visits_per_hour"].copy()
    expected = float(per_hour.sum()) * scenario.clock.days * 24.0
    if not constants.messages_background or not constants.mechanisms_visibility or expected > MAX_VISITS:
        return no_lookups()
    diary = written(seed, network.keys, per_hour, scenario.clock.days, scenario.clock.step_hours)
    sizes = np.count_nonzero(diary["reach"], axis=1)  # every visit reaches a little
    close = np.zeros(network.followers.size, np.uint8)
    topics = exponents.size if network.people * exponents.size <= MAX_INTERESTS else 0
    interests = np.zeros((network.people, topics))
    _look_up_people(
        seed,
        traits,
        network.indptr,
        network.followers,
        scenario.world.strong_ties,
        exponents,
        close,
        interests,
    )
    return LookUps(scenario.clock.step_hours, scenario.world.strong_ties, diary, sizes, close, interests)


def fitting(lookups: LookUps, scenario: Scenario) -> LookUps:
    """The same, or nothing if it was worked out for other steps, or for other ties, than a scenario has."""
    fits = scenario.mechanisms.visibility and lookups.step_hours == scenario.clock.step_hours
    return lookups if fits and lookups.strong_ties == scenario.world.strong_ties else no_lookups()


def steps_of(scenario: Scenario) -> int:
    """Number of steps in a run."""
    return _steps(scenario.clock.days, scenario.clock.step_hours)


def _steps(days: int, step_hours: float) -> int:
    return math.ceil(days * 24.0 / step_hours - 1e-9)


def write_diary(seed: int, keys: Longs, per_hour: Floats, days: int, step_hours: float) -> Records:
    """Write down every visit of everybody, step by step, and in a step person by person.

    keys, per_hour: (people,) lasting identities, and visits per hour
    Returns (steps, room for the visits of any step) of DIARY; what is not used is zero.
    """
    steps = _steps(days, step_hours)
    expected = float(per_hour.sum()) * step_hours
    room = int(expected + DEVIATIONS * math.sqrt(expected)) + 10
    while True:
        diary, sizes = table((steps, room), DIARY), np.zeros(steps, np.int64)
        most = int(_write_diary(seed, keys, per_hour, step_hours, diary, sizes))
        if most <= room:
            return diary
        room = most  # and this is enough


@kernel
def _write_diary(seed: int, keys: Any, per_hour: Any, step_hours: float, diary: Any, sizes: Any) -> int:
    """Draw everybody's visits, as `kernel.go_to_visit` does, and write down those for which there is room.

    Returns how many visits the step with the most has. Changes `diary` and `sizes`.
    """
    steps, room = diary.shape
    weeks = math.ceil(steps * step_hours / WEEK)
    later_wait, later_depth = 0.0, 0.0
    for person in range(keys.size):
        for week in range(weeks):
            time, number = week * WEEK, 0
            while True:
                if number % 2 == 0:
                    wait, depth, later_wait, later_depth = uniform4(
                        seed, _VISIT, keys[person], NOBODY, week, number // 2
                    )
                else:
                    wait, depth = later_wait, later_depth
                time += rules.waiting_time(wait, per_hour[person])
                step = _step_of(time, step_hours)
                if time >= (week + 1) * WEEK or step >= steps:
                    break
                if sizes[step] < room:
                    visit = diary[step, sizes[step]]
                    visit.time, visit.reach = time, rules.reach(depth)
                    visit.person, visit.number = person, number
                sizes[step] += 1
                number += 1
    return sizes.max()


@kernel
def _step_of(time: float, step_hours: float) -> int:
    """Step in which a time falls: a quotient may have been rounded up to the next."""
    step: Any = np.int64(time / step_hours)
    if time < step * step_hours:
        return step - 1
    return step + 1 if time >= (step + 1) * step_hours else step


@kernel
def _look_up_people(
    seed: int,
    traits: Any,
    indptr: Any,
    followers: Any,
    strong_ties: float,
    exponents: Any,
    close: Any,
    interests: Any,
) -> None:
    """Fill in who is close to whom, and who cares for what. Changes `close` and `interests`."""
    for person in range(traits.size):
        key = traits[person].key
        for tie in range(indptr[person], indptr[person + 1]):
            close[tie] = is_strong(seed, traits, strong_ties, np.int64(followers[tie]), key)  # type: ignore[arg-type]
        for topic in range(interests.shape[1]):
            draw = uniform(seed, _INTEREST, key, NOBODY, 0, topic)
            interests[person, topic] = rules.interest(draw, exponents[topic])
