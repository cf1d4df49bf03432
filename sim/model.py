"""CampaignModel: one campaign as a Mesa model, in either engine."""

from pathlib import Path
from typing import Literal, get_args

import numpy as np
from mesa import DataCollector, Model

from worthsharing.sim.agents import Brand, Columns, Customer, Friend, Person
from worthsharing.sim.draws import world_seed
from worthsharing.sim.errors import InputError
from worthsharing.sim.network import Network
from worthsharing.sim.scenario import Scenario, load_scenario
from worthsharing.sim.state import ROOM_PER_PERSON, Progress, Tally, World, grown
from worthsharing.sim.world import new_campaign

Engine = Literal["agents", "bulk"]
Order = Literal["rows", "reversed", "shuffled"]
COLLECTED = ("reach", "backlash_gross", "shares", "followers", "adopters")


class CampaignModel(Model):
    """One campaign in one world.

    scenario: a scenario, the path of a file, the name of a bundled one, or None for the defaults
    replicate, seed: which world; repeat runs by `replicate`, for no rule uses Mesa's own random numbers
    engine: `agents` lets Mesa agents act one by one; `bulk` does the same for everybody at once, bit by bit
    order: in which people act; it cannot matter, which is what it is for
    customer, friend: classes of the two roles, to change what people decide; in the agents engine only
    built: a world made before, by `build_world`
    rng: seed of Mesa's own random numbers, used to shuffle

    >>> model = CampaignModel(Scenario.model_validate({"world": {"people": 50}, "clock": {"days": 2}}))
    >>> model.run()
    >>> model.reach == sum(person.reached for person in model.people)
    True
    """

    def __init__(
        self,
        scenario: Scenario | str | Path | None = None,
        replicate: int = 0,
        seed: int | None = 1,
        *,
        engine: Engine = "agents",
        order: Order = "rows",
        customer: type[Person] = Customer,
        friend: type[Person] = Friend,
        built: tuple[World, Network] | None = None,
        rng: int | None = None,
    ) -> None:
        _check(engine, order, customer, friend)
        chosen_seed = 1 if seed is None else seed  # Mesa's batch_run hands None on
        super().__init__(rng=chosen_seed if rng is None else rng)
        if scenario is None:
            scenario = Scenario()
        elif not isinstance(scenario, Scenario):
            scenario = load_scenario(scenario).scenario
        self.engine, self.order, self.customer, self.friend = engine, order, customer, friend
        self.campaign = new_campaign(scenario, world_seed(chosen_seed, replicate), built)
        self.columns = Columns(self.campaign)
        self._were_customers = self.columns.are_customers()
        self._people: dict[int, Person] = {}
        self._brands: dict[int, Brand] = {}
        if engine == "agents":
            self._brands = {row: Brand(self, row) for row in range(len(scenario.brands))}
            self._people = {row: self._role(row)(self, row) for row in range(self.campaign.world.people)}
            self._visits_per_hour = np.array([person.visits_per_hour for person in self._people.values()])
        self.datacollector = DataCollector(model_reporters={name: name for name in COLLECTED})

    # ---- running ----

    def step(self) -> None:
        """Run one step; after the last one, nothing happens and `running` is false."""
        campaign = self.campaign
        if campaign.step < campaign.steps:
            if self.engine == "bulk":
                campaign.advance(campaign.step + 1)
            else:
                campaign.publish()
                self._keep_roles()  # Bass's adopters have just bought
                first_of_people = int(campaign.state.progress[Progress.DRAFTS])
                self._let_people_act()
                campaign.finish_step(first_of_people)
        self.datacollector.collect(self)
        self.running = campaign.step < campaign.steps

    def run(self) -> None:
        """Run all steps that are left."""
        while self.campaign.step < self.campaign.steps:
            self.step()

    def _let_people_act(self) -> None:
        """Everybody with something to do acts, one by one; then classes follow roles."""
        campaign, columns = self.campaign, self.columns
        columns.begin_step()
        busy = columns.who_may_act(self._visits_per_hour)
        if self.order == "reversed":
            busy = busy[::-1]
        elif self.order == "shuffled":
            self.rng.shuffle(busy)
        drafts, room = int(Progress.DRAFTS), int(campaign.drafts.size) - ROOM_PER_PERSON
        for row in busy.tolist():
            if columns.progress.item(drafts) > room:
                campaign.drafts = grown(campaign.drafts, 2 * campaign.drafts.size)
                room = int(campaign.drafts.size) - ROOM_PER_PERSON
                columns.begin_step()
            self._people[row].step()
        self._keep_roles()

    # ---- looking ----

    @property
    def people(self) -> list[Person]:
        """Everybody, in order of rows; the bulk engine makes them now."""
        return [self.person(row) for row in range(self.campaign.world.people)]

    def person(self, who: int | str) -> Person:
        """Look up a person by label or row; the bulk engine makes the agent that is looked at."""
        row = self.row_of(who)
        if self.engine == "bulk":
            self._keep_roles()
        if row not in self._people:
            self._people[row] = self._role(row)(self, row)
        return self._people[row]

    def brand(self, name: str | None = None) -> Brand:
        """Look up the brand of that name, or the focal one."""
        names = [brand.name for brand in self.campaign.scenario.brands]
        if name is not None and name not in names:
            raise InputError("brand", f"there is no brand '{name}'", f"one of {', '.join(names)}")
        row = 0 if name is None else names.index(name)
        if row not in self._brands:
            self._brands[row] = Brand(self, row)
        return self._brands[row]

    @property
    def reach(self) -> int:
        """Distinct people who saw at least one item by or about the focal brand."""
        return (
            self._total(Tally.REACHED_PAID)
            + self._total(Tally.REACHED_OWNED)
            + self._total(Tally.REACHED_EARNED)
        )

    @property
    def backlash_gross(self) -> int:
        """Distinct people who hid, muted, unfollowed or complained; a silent world's are not subtracted."""
        return self._total(Tally.PEOPLE_IN_BACKLASH)

    @property
    def shares(self) -> int:
        """Shares of items by or about the focal brand."""
        return self._total(Tally.SHARES)

    @property
    def followers(self) -> int:
        """People who follow the focal brand now."""
        return int(self.campaign.state.follows[:, 0].sum())

    @property
    def adopters(self) -> int:
        """People who have bought from the focal brand, those before the run included."""
        return int(self.campaign.state.market["adopters"][0])

    def _total(self, what: Tally) -> int:
        return int(self.campaign.state.tally[:, 0, what].sum())

    # ---- roles ----

    def _role(self, row: int) -> type[Person]:
        """Class of a person by the tables: a customer follows the focal brand or has bought from it."""
        return self.customer if self.columns.is_customer(row) else self.friend

    def _keep_roles(self) -> None:
        """Let everybody's class follow a change of role: another agent takes over the same row."""
        are_customers = self.columns.are_customers()
        for row in np.flatnonzero(are_customers != self._were_customers).tolist():
            if row in self._people:
                self._people[row].remove()
                self._people[row] = self._role(row)(self, row)
                if self.engine == "agents":
                    self._visits_per_hour[row] = self._people[row].visits_per_hour
        self._were_customers = are_customers

    def row_of(self, who: int | str) -> int:
        """Row of a person, by label or number; raises `InputError` for one who is not there."""
        labels, people = self.campaign.network.labels, self.campaign.world.people
        if isinstance(who, str) and labels is not None:
            if who in labels:
                return labels.index(who)
            raise InputError(
                "person", f"there is no person '{who}'", "give a label as it stands in the network file"
            )
        row = int(who) if not isinstance(who, str) or who.isdigit() else -1
        if not 0 <= row < people:
            raise InputError(
                "person", f"there is no person '{who}'", f"people are numbered 0 to {people - 1}"
            )
        return row


def _check(engine: str, order: str, customer: type[Person], friend: type[Person]) -> None:
    for name, value, choices in (("engine", engine, get_args(Engine)), ("order", order, get_args(Order))):
        if value not in choices:
            raise InputError(name, f"'{value}' is no choice here", f"one of {', '.join(choices)}")
    changed = [role.__name__ for role, known in ((customer, Customer), (friend, Friend)) if role is not known]
    if engine == "bulk" and changed:
        raise InputError(
            "engine",
            f"the bulk engine knows nothing of {' and '.join(changed)}",
            "use engine='agents', or write the change into sim/rules.py, which both engines follow",
        )
