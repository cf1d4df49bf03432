"""The artefact audit: change what must not matter, and see whether the verdict stands."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import joblib
import numpy as np

from worthsharing.experiments.compare import Difference, difference_of
from worthsharing.experiments.execute import SILENCE, network_key
from worthsharing.sim.draws import world_seed
from worthsharing.sim.model import CampaignModel, Order
from worthsharing.sim.network import Network
from worthsharing.sim.run import check_seed, provenance, simulate
from worthsharing.sim.scenario import GENERATED_NETWORKS, Scenario
from worthsharing.sim.state import World
from worthsharing.sim.world import build_network, build_world, world_key

AUDITED = ("reach", "backlash", "adoptions")
ORDERS: tuple[Order, ...] = ("rows", "shuffled")
ORDER_PEOPLE, ORDER_DAYS, ORDER_WORLDS = (
    300,
    14,
    2,
)  # Mesa agents are slow, and one bit of difference would show
OTHER_NETWORK = 1_000_003  # added to the seed of the network alone
DECIDED = ("better", "worse", "higher", "lower")

Word = Literal["stands", "flips", "fades", "emerges", "not audited"]
Progress = Callable[[int, int], None]
MEANINGS: Mapping[Word, str] = {
    "stands": "the verdict is the same",
    "flips": "the verdict is the opposite one",
    "fades": "there is a verdict as it was, and none any more",
    "emerges": "there was no verdict as it was, and there is one now",
    "not audited": "this cannot be changed here",
}


@dataclass(frozen=True)
class AuditRow:
    """One outcome under one change: the difference between the two sides, per 1,000 people, and its verdict.

    changed: what was changed, in words; verdict: about the second side; word: what it means for the verdict as it was
    """

    changed: str
    measure: str
    label: str
    unit: str
    per_1000: float
    low: float
    high: float
    side: str
    verdict: str
    word: Word


@dataclass(frozen=True)
class Audit:
    """Everything that an audit has to say; the first rows are of the scenarios as they are."""

    a: str
    b: str
    replicates: int
    seed: int
    rows: tuple[AuditRow, ...]
    notes: tuple[str, ...]

    @property
    def stands(self) -> bool:
        """Whether no change makes a verdict flip or fade."""
        return not any(row.word in ("flips", "fades") for row in self.rows)

    @property
    def document(self) -> dict[str, Any]:
        """Everything that the audit has to say, as plain values."""
        return {
            "a": self.a,
            "b": self.b,
            "seed": self.seed,
            "replicates": self.replicates,
            "stands": self.stands,
            "sentence": self.sentence,
            "rows": [asdict(row) for row in self.rows],
            "notes": list(self.notes),
        }

    @property
    def decided(self) -> bool:
        """Whether there is any verdict, with nothing changed."""
        return any(row.side in DECIDED for row in self.rows if row.changed == AS_IT_IS)

    @property
    def sentence(self) -> str:
        """What came out, in one sentence."""
        bad = [
            f"{row.label.lower()} {row.word} with {row.changed}"
            for row in self.rows
            if row.word in ("flips", "fades")
        ]
        head = f"The verdict of {self.b} against {self.a}"
        if not self.decided:
            return f"There is no verdict of {self.b} against {self.a} yet that could be audited."
        if not bad:
            return f"{head} stands under every change that must not matter."
        return f"{head} does not stand: {'; '.join(bad)}."


AS_IT_IS = "as it is"


def audit(
    scenarios: Mapping[str, Scenario],
    *,
    replicates: int = 40,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Audit the verdict of a scenario against silence, or of the second of two against the first.

    replicates: worlds of each change
    progress: called with worlds done and worlds in all

    Raises `InputError` for wrong input.
    """
    check_seed(seed)
    arms = dict(scenarios)
    if len(arms) == 1:
        (name, scenario), *_ = arms.items()
        arms = {SILENCE if name != SILENCE else "keeping silent": scenario.silenced, name: scenario}
    a, b = arms
    generated = all(arm.world.network in GENERATED_NETWORKS for arm in arms.values())
    changes: dict[str, tuple[dict[str, Scenario], int]] = {AS_IT_IS: (arms, seed)}
    changes["half the step"] = ({name: half_the_step(arm) for name, arm in arms.items()}, seed)
    if generated:
        changes["twice the people"] = ({name: twice_the_people(arm) for name, arm in arms.items()}, seed)
        changes["another network of ties"] = (arms, (seed + OTHER_NETWORK) % 2**63)
    done, total = 0, replicates * len(changes) + ORDER_WORLDS

    def tick() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    rows: list[AuditRow] = []
    before: dict[str, Difference] = {}
    for changed, (sides, network_seed) in changes.items():
        values, people = _values(sides, replicates, seed, network_seed, workers, tick)
        for measure in AUDITED:
            found = difference_of(measure, a, b, values[a][measure], values[b][measure], family=len(AUDITED))
            first = before.setdefault(measure, found)
            rows.append(_row(changed, found, word_of(first.side, found.side), people))
    same = same_in_any_order(arms[b], seed, tick)
    rows.append(
        AuditRow(
            "another order of acting",
            "",
            "Every count",
            "",
            float("nan"),
            float("nan"),
            float("nan"),
            "same" if same else "differs",
            "exactly the same" if same else "differs",
            "stands" if same else "flips",
        )
    )
    note = (
        f"{replicates:,} worlds of each change; the intervals of one change hold together. With twice the people, "
        "rewards, paid impressions and hours for answering are doubled too; with another network of ties, people "
        f"and their luck stay. The order of acting was shuffled among {ORDER_PEOPLE} Mesa agents."
    )
    notes = [note]
    if not generated:
        notes.append(
            "People and ties come from a file, so neither their number nor their network was changed."
        )
    return Audit(a, b, replicates, seed, tuple(rows), tuple(notes))


def word_of(before: str, after: str) -> Word:
    """What a verdict under a change means for the verdict as it was.

    >>> word_of("better", "better"), word_of("better", "worse"), word_of("worse", "cannot tell")
    ('stands', 'flips', 'fades')
    >>> word_of("cannot tell", "same"), word_of("cannot tell", "better")
    ('stands', 'emerges')
    """
    if before in DECIDED and after in DECIDED:
        return "stands" if before == after else "flips"
    if before in DECIDED:
        return "fades"
    return "emerges" if after in DECIDED else "stands"


def half_the_step(scenario: Scenario) -> Scenario:
    """Make the same campaign with half the step."""
    clock = scenario.clock.model_copy(update={"step_hours": scenario.clock.step_hours / 2.0})
    return scenario.model_copy(update={"clock": clock})


def twice_the_people(scenario: Scenario) -> Scenario:
    """Make the same campaign among twice the people, with twice of what is bought or kept free for them."""
    brand = scenario.brand
    series = tuple(
        one.model_copy(
            update={
                "rewards_per_post": 2 * one.rewards_per_post,
                "paid_impressions": 2.0 * one.paid_impressions,
            }
        )
        for one in brand.series
    )
    more = brand.model_copy(
        update={
            "series": series,
            "answer_hours_per_week": 2.0 * brand.answer_hours_per_week,
            "first_sharers": 2 * brand.first_sharers,
        }
    )
    world = scenario.world.model_copy(update={"people": 2 * scenario.world.people})
    return scenario.model_copy(update={"world": world, "brand": more})


def same_in_any_order(scenario: Scenario, seed: int, tick: Callable[[], None] = lambda: None) -> bool:
    """Whether a small campaign comes out the same, count by count, when its agents act in shuffled order."""
    small = scenario.model_copy(
        update={
            "clock": scenario.clock.model_copy(update={"days": min(ORDER_DAYS, scenario.clock.days)}),
            "world": scenario.world.model_copy(update={"people": min(ORDER_PEOPLE, scenario.world.people)}),
        }
    )
    same = True
    for number in range(ORDER_WORLDS):
        tallies = []
        for order in ORDERS:
            model = CampaignModel(small, number, seed, engine="agents", order=order)
            model.run()
            tallies.append(model.campaign.state.tally.copy())
        same = same and bool(np.array_equal(tallies[0], tallies[1]))
        tick()
    return same


def audit_document(found: Audit, command: str) -> dict[str, Any]:
    """Everything that `audit` has to say, as plain values."""
    return {"command": command, **found.document, "provenance": provenance()}


def _row(changed: str, found: Difference, word: Word, people: int) -> AuditRow:
    times = 1000.0 / people
    return AuditRow(
        changed,
        found.measure,
        found.label,
        found.unit,
        found.difference * times,
        found.low * times,
        found.high * times,
        found.side,
        found.verdict,
        word,
    )


def _values(
    arms: Mapping[str, Scenario],
    replicates: int,
    seed: int,
    network_seed: int,
    workers: int | None,
    tick: Callable[[], None],
) -> tuple[dict[str, dict[str, np.ndarray]], int]:
    """Values of the audited measures of each side, shape (replicates,), and the number of people."""
    files = {
        network_key(arm): build_network(arm, 0)
        for arm in arms.values()
        if arm.world.network not in GENERATED_NETWORKS
    }

    def one(number: int) -> tuple[dict[str, dict[str, float]], int]:
        built: dict[str, tuple[World, Network]] = {}
        found: dict[str, dict[str, float]] = {}
        for name, arm in arms.items():
            key = world_key(arm)
            if key not in built:
                network = files.get(network_key(arm)) or build_network(arm, world_seed(network_seed, number))
                built[key] = build_world(arm, world_seed(seed, number), network)
            silence = simulate(arm.silenced, number, seed=seed, built=built[key])
            run = silence if arm.brand.silent else simulate(arm, number, seed=seed, built=built[key])
            found[name] = run.measures(silence, AUDITED)
        return found, run.people

    threads = max(1, min(workers or os.cpu_count() or 1, replicates))
    first = one(0)
    tick()
    rest: Iterable[tuple[dict[str, dict[str, float]], int]] = (one(number) for number in range(1, replicates))
    if threads > 1:
        parallel = joblib.Parallel(n_jobs=threads, backend="threading", return_as="generator")
        rest = parallel(joblib.delayed(one)(number) for number in range(1, replicates))
    worlds = [first]
    for world in rest:
        worlds.append(world)
        tick()
    values = {
        name: {measure: np.array([world[name][measure] for world, _ in worlds]) for measure in AUDITED}
        for name in arms
    }
    return values, first[1]
