"""One small world watched day by day: what each person is to the brand, where they are drawn, and what they decided.

The days are those of the one model: a campaign is run to the end of each day and its tables are read there. Nothing here
decides, and watching changes nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import rustworkx

from worthsharing.experiments.story import Parting, parting, passed_on
from worthsharing.experiments.summary import shown
from worthsharing.sim.draws import world_seed
from worthsharing.sim.errors import InputError
from worthsharing.sim.network import Network
from worthsharing.sim.scenario import Scenario
from worthsharing.sim.state import Act, Bytes, Floats, Ints, Progress
from worthsharing.sim.world import Campaign, build_world, new_campaign

if TYPE_CHECKING:
    from worthsharing.sim.trace import Trace  # which loads Mesa: a second

MOST_PEOPLE = 2000  # more dots than that nobody tells apart, and a layout takes long


class Condition(NamedTuple):
    """What a person can be to the focal brand: a name for code, one for people, and what it means."""

    id: str
    label: str
    meaning: str


# a person is drawn as the last of these that is true: 0 is what everybody is at first
CONDITIONS: tuple[Condition, ...] = (
    Condition("unaware", "Not reached", "has seen nothing by or about the brand since the run began"),
    Condition("saw", "Saw", "has seen something by or about the brand, and done nothing of what follows"),
    Condition("shared", "Shared", "has passed on something by or about the brand"),
    Condition("fed_up", "Fed up", "has hidden the brand’s posts or complained in public"),
    Condition("muted", "Muted", "has muted a friend over something by or about the brand"),
    Condition("gone", "Gone", "has unfollowed the brand"),
    Condition("bought", "Bought", "has bought for the first time since the run began"),
)
PLACE: Mapping[str, int] = {condition.id: place for place, condition in enumerate(CONDITIONS)}
READING = (
    "Each mark is a person, each line a tie. Both pictures show the same people in the same places, met by the same luck; "
    "what differs is what the brand does. A mark shows the last in the legend that is true of a person, so somebody who "
    "shared and then bought is drawn as having bought. A ring round a mark: became it today. Thin coloured lines: who can "
    "see what was passed on today. Some people would unfollow a silent brand too; the What-if page subtracts them."
)


@dataclass(frozen=True, eq=False)
class Watched:
    """Some scenarios in one and the same world, day by day.

    conditions: by scenario, places in `CONDITIONS`, shape (days + 1, people); row d is the end of day d
    sharers: by scenario and day (from 1), rows of those who passed something on that day
    customers: whether a person was a customer when the run began, shape (people,)
    network: who follows whom; labels of people, or none where they are numbers
    """

    scenarios: Mapping[str, Scenario]
    seed: int
    replicate: int
    network: Network
    customers: np.ndarray
    conditions: Mapping[str, Bytes]
    sharers: Mapping[str, tuple[tuple[int, ...], ...]]

    @property
    def people(self) -> int:
        """Number of people."""
        return self.network.people

    @property
    def days(self) -> int:
        """Days of the run."""
        return len(next(iter(self.conditions.values()))) - 1


class Change(NamedTuple):
    """A day on which a person became something else; `cause` is empty where a decision of that day is the cause."""

    day: int
    condition: Condition
    cause: str


@dataclass(frozen=True, eq=False)
class Portrait:
    """One person in the same world under each scenario, and where the two part; `parting` is None if they never do."""

    person: int
    traces: "Mapping[str, Trace]"
    parting: Parting | None


def watch(scenarios: Mapping[str, Scenario], *, replicate: int = 0, seed: int = 1) -> Watched:
    """Run scenarios in the same world, and read at the end of each day what everybody is.

    Raises `InputError` for more than `MOST_PEOPLE`, or if the scenarios are not about the same people and days.

    >>> from worthsharing.sim.scenario import validate
    >>> small = validate({"world": {"people": 60}, "clock": {"days": 3}}, "example")
    >>> found = watch({"one": small})
    >>> found.conditions["one"].shape, int(found.conditions["one"][0].max())
    ((4, 60), 0)
    """
    first = next(iter(scenarios.values()))
    for scenario in scenarios.values():
        if scenario.world != first.world or scenario.clock != first.clock:
            raise InputError(
                "scenarios", "are not about the same people and days", "the same world and clock"
            )
    world, network = build_world(first, world_seed(seed, replicate))
    if network.people > MOST_PEOPLE:
        raise InputError(
            "world.people", f"{network.people:,} are too many to watch", f"{MOST_PEOPLE:,} at most"
        )
    conditions, sharers, customers = {}, {}, np.zeros(network.people, bool)
    for name, scenario in scenarios.items():
        campaign = new_campaign(scenario, world.seed, (world, network))
        customers |= campaign.state.pairs["has_bought"][:, 0] != 0
        conditions[name], sharers[name] = _days_of(campaign)
    return Watched(dict(scenarios), seed, replicate, network, customers, conditions, sharers)


def _days_of(campaign: Campaign) -> tuple[Bytes, tuple[tuple[int, ...], ...]]:
    """Run a campaign to its end; what everybody is, shape (days + 1, people), and who passed something on each day."""
    days, hours = campaign.scenario.clock.days, campaign.scenario.clock.step_hours
    owned_before = campaign.state.pairs["has_bought"][:, 0] != 0
    shared = np.zeros(campaign.world.people, bool)
    found, sharers, sends = [_condition(campaign, owned_before, shared)], [], 0
    for day in range(1, days + 1):
        campaign.advance(min(campaign.steps, math.ceil(day * 24.0 / hours - 1e-9)))
        now = passed_on(campaign, first_send=sends)
        sends = int(campaign.state.progress[Progress.SENDS])
        shared |= now
        found.append(_condition(campaign, owned_before, shared))
        sharers.append(tuple(np.flatnonzero(now).tolist()))
    return np.array(found, np.uint8), tuple(sharers)


def _condition(campaign: Campaign, owned_before: np.ndarray, shared: np.ndarray) -> Bytes:
    """What everybody is to the focal brand now, shape (people,)."""
    state = campaign.state
    acts = state.pairs["acts"][:, 0]
    is_now = {
        "saw": state.seen[:, 0] > 0,
        "shared": shared,
        "fed_up": (acts & (Act.HID | Act.COMPLAINED)) != 0,
        "muted": (acts & Act.MUTED_SHARER) != 0,
        "gone": (acts & Act.UNFOLLOWED) != 0,
        "bought": (state.pairs["has_bought"][:, 0] != 0) & ~owned_before,
    }
    condition = np.zeros(campaign.world.people, np.uint8)
    for id_ in list(PLACE)[1:]:
        condition[is_now[id_]] = PLACE[id_]
    return condition


def counts_table(watched: Watched) -> pd.DataFrame:
    """How many people are what at the end of each day: columns scenario, day, and one for each condition, by its id."""
    frames = []
    for name, conditions in watched.conditions.items():
        counts = np.array([np.bincount(row, minlength=len(CONDITIONS)) for row in conditions])
        frame = pd.DataFrame(counts, columns=list(PLACE))
        frame.insert(0, "day", np.arange(len(counts)))
        frame.insert(0, "scenario", name)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def ties_of(network: Network) -> Ints:
    """Ties to be drawn, each once whichever way it goes, shape (ties, 2)."""
    sources = np.repeat(np.arange(network.people), np.diff(network.indptr))
    pairs = np.sort(np.stack([sources, network.followers], axis=1), axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0).astype(np.int32)


def places_of(network: Network) -> Floats:
    """Where people are drawn, shape (people, 2), 0 to 1: friends near each other, and evenly over a disc.

    Springs decide who is near whom; how far out each is follows from their order alone, so that nobody is crowded out by
    the few without ties, whom springs send far away.
    """
    graph = rustworkx.PyGraph()
    graph.add_nodes_from(range(network.people))
    graph.add_edges_from_no_data([(int(a), int(b)) for a, b in ties_of(network)])
    found = rustworkx.spring_layout(graph, seed=1, num_iter=100)
    places = np.array([found[row] for row in range(network.people)])
    places -= np.median(places, axis=0)
    angle, order = np.arctan2(places[:, 1], places[:, 0]), np.hypot(places[:, 0], places[:, 1]).argsort()
    radius = np.empty(network.people)
    radius[order] = np.sqrt((np.arange(network.people) + 0.5) / network.people)
    return 0.5 + 0.5 * radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def portrait(watched: Watched, person: int) -> Portrait:
    """Every decision of one person under each scenario; raises `InputError` for a person who is not there."""
    if not 0 <= person < watched.people:
        right = f"people are numbered 0 to {watched.people - 1:,}"
        raise InputError("person", f"there is no person {person:,}", right)
    # Mesa takes a second or two to import, and only who asks a person needs its agents
    from worthsharing.sim.trace import trace

    traces = {
        name: trace(scenario, person, replicate=watched.replicate, seed=watched.seed)
        for name, scenario in watched.scenarios.items()
    }
    part = parting(*traces.values()) if len(traces) == 2 else None
    return Portrait(person, traces, part)


def changes_of(watched: Watched, name: str, notes: "Trace") -> list[Change]:
    """Days on which the person of some notes became something else under a scenario, and why if nothing was decided then."""
    line = watched.conditions[name][:, _row_of(watched, notes)]
    decided = {(int(one.day) + 1, one.what) for one in notes.decisions if one.done and one.brand}
    monthly = watched.scenarios[name].leaving.unfollow_per_month
    own_reasons = (
        f"for reasons of their own: whatever the brand does, {shown(100 * monthly, 1)} % of its followers leave in a month, "
        "and some of them hide it or complain instead"
    )
    undecided = {
        "bought": ({"decide"}, "for reasons outside the platform: what people hear and see elsewhere"),
        "fed_up": ({"leave", "leave_ignored", "tell"}, own_reasons),
        "gone": ({"leave", "leave_ignored"}, own_reasons),
    }
    found = []
    for day in range(1, len(line)):
        if line[day] == line[day - 1]:
            continue
        condition = CONDITIONS[int(line[day])]
        purposes, cause = undecided.get(condition.id, (set(), ""))
        has_decided = any((day, purpose) in decided for purpose in purposes)
        found.append(Change(day, condition, "" if has_decided else cause))
    return found


def _row_of(watched: Watched, notes: "Trace") -> int:
    labels = watched.network.labels
    return labels.index(notes.person) if labels is not None else int(notes.person)


def first_apart(watched: Watched, person: int) -> int | None:
    """First day at whose end a person is something else under one scenario than under another; None if there is none."""
    lines = np.array([conditions[:, person] for conditions in watched.conditions.values()])
    apart = np.flatnonzero((lines != lines[0]).any(axis=0))
    return int(apart[0]) if apart.size else None


def examples(watched: Watched) -> dict[str, int]:
    """People worth a look, by what they did: rather those who did it under one scenario only, then in order of rows.

    Keys: `shared`, `ignored` (saw something, and nothing more), `turned away` (fed up, muted or gone), `bought`;
    what nobody did is left out.
    """
    wanted = {
        "shared": (PLACE["shared"],),
        "ignored": (PLACE["saw"],),
        "turned away": (PLACE["fed_up"], PLACE["muted"], PLACE["gone"]),
        "bought": (PLACE["bought"],),
    }
    found = {}
    for name, places in wanted.items():
        did = np.array([np.isin(conditions[-1], places) for conditions in watched.conditions.values()])
        for rows in (np.flatnonzero(did.any(axis=0) & ~did.all(axis=0)), np.flatnonzero(did.any(axis=0))):
            if rows.size:
                found[name] = int(rows[0])
                break
    return found
