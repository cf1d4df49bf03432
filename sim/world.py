"""One campaign in one world: builds the tables, and runs the phases of a step for either engine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from worthsharing.sim import compiling, kernel
from worthsharing.sim.draws import Purpose, key_of_text
from worthsharing.sim.errors import InputError
from worthsharing.sim.lookups import Written, fitting, look_up, steps_of, write_diary
from worthsharing.sim.messages import make_plan
from worthsharing.sim.network import Network, erdos_renyi, generate
from worthsharing.sim.population import choose_people, draw_traits, normal_draws, topic_exponents
from worthsharing.sim.scenario import GENERATED_NETWORKS, Brand, Scenario
from worthsharing.sim.scenario import World as WorldSection
from worthsharing.sim.state import (
    DRAFTS,
    MEMORIES,
    MESSAGES,
    ROOM_PER_PERSON,
    SENDS,
    Ints,
    Plan,
    Progress,
    Records,
    State,
    World,
    as_record,
    constants_of,
    empty_state,
    grown,
    table,
)

SLOTS_MESSAGES, SLOTS_RATE = (
    16,
    8,
)  # items that a feed can hold, below 63; without everyday posts it needs fewer
MAX_MESSAGES = 200_000_000
# what `build_world` looks at: scenarios in which all of this is the same have the same worlds
STANDS_STILL: dict[str, set[str]] = {
    "world": set(WorldSection.model_fields),
    "clock": {"days", "step_hours"},
    "mechanisms": {"everyday_talk", "visibility"},
    "attention": {
        "background",
        "items_per_followed_per_day",
        "items_per_visit",
        "real_degree",
        "visits_per_day",
        "visits_spread",
    },
    "worth": {"pressure_sensitivity", "sensitivity_spread", "topic_spread", "topics"},
    "sharing": {"talkative_spread"},
    "experience": {"everyday_per_day"},
    "contagion": {"threshold", "threshold_by"},
}


def world_key(scenario: Scenario) -> str:
    """Fingerprint of all that a world is built from: who there is, who follows whom, and when they look."""
    return scenario.key_of(STANDS_STILL)


def build_network(scenario: Scenario, seed: int) -> Network:
    """Make or load the network of a scenario; a generated one differs from replicate to replicate."""
    compiling.call_for_help()
    world = scenario.world
    if world.network in ("friends", "follows"):
        return generate(
            world.network,  # type: ignore[arg-type]  # one of the two
            world.people,
            seed,
            mean_degree=world.mean_degree,
            clustering=world.clustering,
            reciprocity=world.reciprocity,
            exponent=world.follower_exponent,
        )
    if world.network == "erdos_renyi":
        return erdos_renyi(world.people, world.mean_degree, seed)
    if not Path(world.network).exists() and not Path(world.network).suffix:
        raise InputError(
            "world.network",
            f"there is no network '{world.network}'",
            f"one of {', '.join(GENERATED_NETWORKS)}, or the path of a network file",
        )
    from worthsharing.sim.network_files import (
        load_network,
    )  # pandas: half a second that most runs need not pay

    direction: Literal["heard_by", "follows"] = "follows" if world.ties == "follows" else "heard_by"
    return load_network(world.network, directed=world.ties != "mutual", direction=direction)


def build_world(
    scenario: Scenario, seed: int, network: Network | None = None, *, written: Written = write_diary
) -> tuple[World, Network]:
    """Build what stands still: who there is and who follows whom.

    Strategies do not enter, so the worlds of two strategies are the same people with the same luck.

    network: of this world, if it was made before; written: what gives the diary of its visits, see `lookups.look_up`
    """
    network = network if network is not None else build_network(scenario, seed)
    constants = constants_of(scenario, network.people)
    traits = draw_traits(
        scenario, seed, network.keys, network.followees, messages_background=constants.messages_background
    )
    followers_of = np.diff(network.indptr)
    connected = int(np.count_nonzero((followers_of > 0) | (network.followees > 0)))
    weights = network.weights if network.weights is not None else np.empty(0)
    numbered = bool(np.array_equal(network.keys, np.arange(network.people)))
    exponents = topic_exponents(scenario.worth.topics, scenario.worth.topic_spread, seed)
    lookups = look_up(scenario, seed, network, traits, exponents, written=written)
    return World(
        seed, network.indptr, network.followers, weights, traits, exponents, connected, numbered, lookups
    ), network


@dataclass
class Campaign:
    """One campaign while it runs: a world that stands still, a plan, and tables that change."""

    scenario: Scenario
    world: World
    network: Network
    plan: Plan
    constants: Any  # for Mesa agents: a named tuple
    record: Any  # for the kernel: the same as one record
    state: State
    messages: Records
    sends: Records
    drafts: Records

    @property
    def steps(self) -> int:
        """Number of steps in the run."""
        return steps_of(self.scenario)

    @property
    def step(self) -> int:
        """Number of the step that comes next."""
        return int(self.state.progress[Progress.STEP])

    def advance(self, until_step: int) -> None:
        """Run up to a step in the bulk engine."""
        while True:
            need = self._do(kernel.RUN, until_step)
            if need == kernel.DONE:
                return
            if need == kernel.NEEDS_DRAFTS:
                self.drafts = grown(self.drafts, 2 * self.drafts.size)
            self._make_room()

    def publish(self) -> None:
        """Phase 0 of a step: brands publish."""
        while self._do(kernel.MAKE_ROOM) != kernel.DONE:
            self._grow_tables(int(self.plan.posts.size))
        self._do(kernel.PUBLISH)
        self.state.progress[Progress.PHASE] = 1

    def let_others_act(self, apart: int) -> None:
        """Phase 1 of a step for everybody but one person, who acts apart: `apart` is their row."""
        self.state.progress[[Progress.BUSY_DONE, Progress.APART]] = 0, apart + 1
        while self._do(kernel.ACT) != kernel.DONE:
            self.drafts = grown(self.drafts, 2 * self.drafts.size)
        self.state.progress[Progress.APART] = 0

    def finish_step(self, first_of_people: int) -> None:
        """Phases 2 and 3 of a step, after people have acted in any order: deliver and take measures.

        first_of_people: number of drafts that stood there before people acted
        """
        count = int(self.state.progress[Progress.DRAFTS])
        order = first_of_people + np.argsort(self.drafts["sender"][first_of_people:count], kind="stable")
        self.drafts[first_of_people:count] = self.drafts[order]
        self._make_room()
        self._do(kernel.DELIVER)

    def _do(self, task: int, until_step: int = 0) -> int:
        return int(
            kernel.advance(
                self.world,
                self.plan,
                self.record,
                self.state,
                self.messages,
                self.sends,
                self.drafts,
                task,
                until_step,
            )
        )

    def _make_room(self) -> None:
        self._grow_tables(2 * int(self.state.progress[Progress.DRAFTS]) + 2 * int(self.plan.posts.size))

    def _grow_tables(self, more: int) -> None:
        needed = int(self.state.progress[Progress.MESSAGES]) + more
        if needed > MAX_MESSAGES:
            raise InputError(
                "scenario",
                f"more than {MAX_MESSAGES:,} messages",
                "use fewer people or days, or a lower rate",
            )
        if needed > self.messages.size:
            self.messages = grown(self.messages, max(needed, 2 * self.messages.size))
        needed = int(self.state.progress[Progress.SENDS]) + more
        if needed > self.sends.size:
            self.sends = grown(self.sends, max(needed, 2 * self.sends.size))


def new_campaign(scenario: Scenario, seed: int, built: tuple[World, Network] | None = None) -> Campaign:
    """Make a campaign ready for its first step.

    seed: of this replicate's world, see `draws.world_seed`
    built: a world made before for a scenario that differs in the strategies only
    """
    world, network = built if built is not None else build_world(scenario, seed)
    world = world._replace(lookups=fitting(world.lookups, scenario))
    constants = constants_of(scenario, world.people)
    record = as_record(constants)
    focal = scenario.brand
    first_sharers = _chosen(scenario, focal, world, network, sharers=True)
    plan = make_plan(scenario, seed, first_sharers, world.connected)
    slots = SLOTS_MESSAGES if constants.messages_background else SLOTS_RATE
    writes = constants.messages_background or not kernel.is_plain(record)
    memories = MEMORIES
    if (
        not writes
    ):  # then there is nothing but the posts: no memory holds more, and where copies merge no feed
        posts = max(1, int(plan.posts.size))
        memories = min(memories, posts)
        slots = slots if constants.mechanisms_visibility else min(slots, posts)
    brands = len(scenario.brands)
    state = empty_state(
        world.people,
        brands,
        int(world.followers.size),
        int(plan.series.size),
        scenario.clock.days,
        topics=scenario.worth.topics,
        slots=slots,
        memories=memories,
        merge_copies=not constants.mechanisms_visibility,
    )
    for row, brand in enumerate(scenario.brands):
        spread = scenario.attitude.spread * normal_draws(
            seed, Purpose.TRAIT_ATTITUDE, network.keys, key_of_text(brand.name)
        )
        customers = _chosen(scenario, brand, world, network, sharers=False)
        state.attitude[:, row] = scenario.attitude.at_start + spread
        state.attitude[customers, row] = scenario.attitude.of_customers + spread[customers]
        np.clip(state.attitude[:, row], -1.0, 1.0, out=state.attitude[:, row])
        state.follows[customers, row] = 1
        state.pairs["has_bought"][customers, row] = 1
        state.market["adopters"][row] = customers.size
    posts = int(plan.posts.size)
    talk = (
        int(scenario.experience.everyday_per_day * scenario.clock.days * world.people)
        if constants.messages_background
        else 0
    )
    room = posts + 1000 + int(1.1 * talk) + world.people // 20
    campaign = Campaign(
        scenario,
        world,
        network,
        plan,
        constants,
        record,
        state,
        table(room, MESSAGES),
        table(2 * posts + int(1.3 * room), SENDS),
        table(1000 + 2 * ROOM_PER_PERSON + int(first_sharers.size) + world.people // 20, DRAFTS),
    )
    compiling.take_over()
    return campaign


def _chosen(scenario: Scenario, brand: Brand, world: World, network: Network, *, sharers: bool) -> Ints:
    if sharers and brand.first_sharers == 0 and brand.first_sharers_by != "listed":
        return np.empty(0, np.int32)
    followers_of = np.diff(network.indptr)
    where = "brand.first_sharers_listed" if sharers else "brand.first_customers_listed"
    return choose_people(
        brand.first_sharers_by if sharers else brand.first_customers_by,
        0.0 if sharers else brand.first_customers,
        brand.first_sharers if sharers else 0,
        brand.first_sharers_listed if sharers else brand.first_customers_listed,
        seed=world.seed,
        purpose=Purpose.FIRST_SHARER if sharers else Purpose.FIRST_CUSTOMER,
        item=key_of_text(brand.name),
        keys=network.keys,
        followers_of=followers_of,
        labels=network.labels,
        where=where,
    )
