"""Jobs take turns: the first pictures of all come before the end of one, and nobody ends what others wait for."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from worthsharing.dashboard.jobs import Job, Jobs
from worthsharing.experiments.execute import Cancelled
from worthsharing.sim.errors import InputError


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()


def wait_for(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.002)


class Gate:
    """Work of some turns, each of which waits until it is let through."""

    def __init__(self, turns: int, seen: list[str], name: str) -> None:
        self.turns, self.seen, self.name = turns, seen, name
        self.open = threading.Event()

    def __call__(self, job: Job) -> Iterator[int]:
        for turn in range(self.turns):
            self.open.wait(10)
            if job.should_stop():
                raise Cancelled
            self.seen.append(f"{self.name}{turn}")
            yield turn


def test_jobs_take_turns(jobs: Jobs) -> None:
    seen: list[str] = []
    works = [Gate(3, seen, name) for name in "abc"]
    made = [jobs.submit(work.name, work) for work in works]
    wait_for(lambda: made[0].state == "running")
    assert [jobs.ahead_of(job) for job in made] == [0, 1, 2]
    assert [job.state for job in made] == ["running", "waiting", "waiting"]
    assert jobs.others(made[0]) == 2
    for work in works:
        work.open.set()
    wait_for(lambda: all(job.is_over for job in made))
    assert seen == ["a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "c2"]
    assert [(job.state, job.value, job.version) for job in made] == [("done", 2, 3)] * 3


def test_two_tabs_with_one_question_share_a_job_and_one_may_leave(jobs: Jobs) -> None:
    seen: list[str] = []
    work = Gate(2, seen, "a")
    one, two = jobs.submit("a", work, "tab 1"), jobs.submit("a", work, "tab 2")
    assert one is two
    jobs.cancel("a", "tab 1")
    assert not one.should_stop()
    jobs.get("a", "tab 1")  # who has cancelled and looks again does not wait
    jobs.cancel("a", "tab 2")
    assert one.should_stop()
    work.open.set()
    wait_for(lambda: one.is_over)
    assert (one.state, seen) == ("cancelled", [])
    again = jobs.submit("a", work, "tab 1")
    assert again is not one
    wait_for(lambda: again.is_over)
    assert (again.state, seen) == ("done", ["a0", "a1"])


def test_what_goes_wrong_is_told_and_the_next_job_runs(jobs: Jobs) -> None:
    def refused(_: Job) -> Iterator[int]:
        yield 1
        raise InputError("people", "too many")

    def broken(_: Job) -> Iterator[int]:
        raise RuntimeError("the moon")
        yield 1

    one, two = jobs.submit("refused", refused), jobs.submit("broken", broken)
    three = jobs.submit("good", lambda _: iter(range(2)))
    wait_for(lambda: one.is_over and two.is_over and three.is_over)
    assert (one.state, one.value, str(one.errors[0])) == ("refused", 1, "people: too many")
    assert (two.state, two.reason) == ("failed", "RuntimeError: the moon")
    assert three.state == "done"
