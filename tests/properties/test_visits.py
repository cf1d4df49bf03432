"""When people look into their feeds: a Poisson process that is the same from wherever one begins to look for it."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from worthsharing.sim import kernel
from worthsharing.sim.draws import NOBODY, Purpose, uniform4
from worthsharing.sim.state import NEVER, VISITS, table

SEED, DAYS = 2718, 56  # the seed was chosen before any result was looked at
HORIZON = 24.0 * DAYS
Visit = tuple[float, float, int]  # hours, draw of its depth, and what tells it from all others


def all_visits(key: int, per_hour: float) -> list[Visit]:
    """Every visit until the horizon, drawn week by week with nothing of the kernel but its draws."""
    found = []
    for week in range(DAYS // 7):
        time, number = 168.0 * week, 0
        while True:
            words = uniform4(SEED, int(Purpose.VISIT), key, NOBODY, week, number // 2)
            wait, depth = words[2:] if number % 2 else words[:2]
            time += -math.log(wait) / per_hour
            if time >= 168.0 * (week + 1):
                break
            found.append((time, depth, week * kernel.VISITS_A_WEEK + number))
            number += 1
    return found


class Person:
    """A row of the tables of visits, and what is known of its next visit."""

    def __init__(self, key: int, per_hour: float) -> None:
        self.key, self.per_hour = key, per_hour
        self.due, self.visits = np.full(1, -1.0), table(1, VISITS, (0.0, 0.0, 0.0, -1, -1))

    def go(self, not_before: float) -> Visit | None:
        """Go on to the next visit."""
        kernel.go_to_visit(SEED, self.key, self.per_hour, self.due, self.visits, 0, not_before, HORIZON)
        if self.due[0] == NEVER:
            return None
        return float(self.due[0]), float(self.visits["depth"][0]), int(kernel.name_of_visit(self.visits, 0))


@given(
    st.integers(0, 2**62),
    st.floats(0.001, 2.0),
    st.lists(st.floats(0.0, HORIZON, exclude_max=True), max_size=8).map(sorted),
    st.integers(0, 5),
)
def test_visits_are_the_same_from_wherever_they_are_looked_for(
    key: int, per_hour: float, moments: list[float], more: int
) -> None:
    visits, person = all_visits(key, per_hour), Person(key, per_hour)
    for moment in moments:
        if person.due[0] < moment:  # else what is known still holds
            expected = next((visit for visit in visits if visit[0] >= moment), None)
            assert person.go(moment) == expected
        for _ in range(more):  # a few visits are made, one after the other
            if person.due[0] < NEVER:
                expected = next((visit for visit in visits if visit[0] > person.due[0]), None)
                assert person.go(moment) == expected


def test_no_visit_is_counted_as_another() -> None:
    names = [name for _, _, name in all_visits(1, 3.0)]
    assert len(set(names)) == len(names) > 1000


def test_visits_are_a_poisson_process() -> None:
    per_hour, people = 2.0 / 24.0, 4000
    times = [np.array([time for time, _, _ in all_visits(key, per_hour)]) for key in range(people)]
    counts = np.array([own.size for own in times])
    expected = per_hour * HORIZON
    assert abs(counts.mean() - expected) < 4.0 * math.sqrt(expected / people)
    assert abs(counts.var() / expected - 1.0) < 4.0 * math.sqrt(2.0 / people)
    for hours in (6.0, 24.0, 168.0):  # where weeks meet as anywhere else
        slots = np.concatenate(
            [np.bincount((own / hours).astype(int), minlength=int(HORIZON / hours)) for own in times]
        )
        mean = per_hour * hours
        assert abs(slots.mean() - mean) < 4.0 * math.sqrt(mean / slots.size)
        assert abs(slots.var() - mean) < 4.0 * math.sqrt((mean + 2.0 * mean**2) / slots.size)
    # the hour of the week does not matter
    of_week = np.bincount((np.concatenate(times) % 168.0 / 6.0).astype(int), minlength=28)
    assert np.all(np.abs(of_week - of_week.mean()) < 4.5 * math.sqrt(of_week.mean()))


def test_who_hardly_ever_looks_is_found_out_at_once() -> None:
    person = Person(7, 1e-12)
    assert person.go(5.0) is None
