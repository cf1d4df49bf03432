"""Why did this person do that? Every decision of one person in one world, with its terms, chance, draw and outcome.

The person acts as a Mesa agent that takes notes, everybody else in the compiled kernel: the same rules and the same
keyed draws as in any run. So the notes are what the run did, and a run without notes does nothing more.
"""

from dataclasses import dataclass

from worthsharing.sim import rules
from worthsharing.sim.agents import Appraisal, Item, Person
from worthsharing.sim.draws import Purpose
from worthsharing.sim.model import CampaignModel
from worthsharing.sim.network import Network
from worthsharing.sim.scenario import Scenario
from worthsharing.sim.state import ROOM_PER_PERSON, Kind, Progress, World, grown

NO_PLACE = -1  # of a message that nobody has seen yet


@dataclass(frozen=True)
class Worth:
    """What an item was worth: value × relevance × credibility × novelty − pressure − fatigue − reading.

    pressure: as this person feels it; fatigue: worth that fatigue with the brand takes; reading: cost of the time
    """

    worth: float
    value: float
    relevance: float
    credibility: float
    novelty: float
    pressure: float
    fatigue: float
    reading: float


@dataclass(frozen=True)
class Noticed:
    """An item in the feed; names of people are labels, of brands their names.

    worth: None while it has not been seen
    """

    kind: str
    series: str  # name of the series, empty for what people write
    author: str
    sender: str  # who put it into the feed
    message: int  # lasting identity
    rewarded: bool
    times_seen: int  # before
    worth: Worth | None


@dataclass(frozen=True)
class Decision:
    """One decision: what could be done, about what, how likely it was, and whether it was done.

    day: since the run began; what: a `Purpose` in lower case; brand: its name, empty for everyday talk
    done: whether the draw, uniform in (0, 1), was below the chance
    """

    day: float
    what: str
    brand: str
    item: Noticed | None
    chance: float
    draw: float
    done: bool


@dataclass(frozen=True)
class Trace:
    """Everything that one person decided in one world, in order."""

    person: str
    traits: dict[str, float]
    decisions: tuple[Decision, ...]


def trace(
    scenario: Scenario,
    person: int | str,
    *,
    replicate: int = 0,
    seed: int = 1,
    built: tuple[World, Network] | None = None,
) -> Trace:
    """Run a campaign and note every decision of one person.

    person: label or number; replicate, seed: which world
    built: that world, if it was made before

    Raises `InputError` for a person who is not there.

    >>> from worthsharing.sim.scenario import validate
    >>> small = validate({"world": {"people": 60}, "clock": {"days": 5}}, "example")
    >>> notes = trace(small, 7)
    >>> all(decision.done == (decision.draw < decision.chance) for decision in notes.decisions)
    True
    """
    return traced_campaign(scenario, person, replicate=replicate, seed=seed, built=built)[0]


def traced_campaign(
    scenario: Scenario,
    person: int | str,
    *,
    replicate: int = 0,
    seed: int = 1,
    built: tuple[World, Network] | None = None,
) -> tuple[Trace, CampaignModel]:
    """Do the same, and return the campaign too, run to its end."""
    model = CampaignModel(scenario, replicate, seed, engine="bulk", built=built)
    campaign, row = model.campaign, model.row_of(person)
    watched = Watched(model, row)
    while campaign.step < campaign.steps:
        campaign.publish()
        first_of_people = int(campaign.state.progress[Progress.DRAFTS])
        if first_of_people + ROOM_PER_PERSON > campaign.drafts.size:
            campaign.drafts = grown(campaign.drafts, 2 * campaign.drafts.size)
        model.columns.begin_step()
        watched.step()
        campaign.let_others_act(row)
        campaign.finish_step(first_of_people)
    traits = campaign.world.traits[row]
    known = {name: float(traits[name]) for name in traits.dtype.names or () if name != "key"}
    return Trace(watched.label, known, tuple(watched.decisions)), model


class Watched(Person):
    """A person in either role who takes notes; decides exactly as anybody else."""

    def __init__(self, model: CampaignModel, row: int) -> None:
        super().__init__(model, row)
        self.decisions: list[Decision] = []
        self._appraised: tuple[Noticed, float] | None = None  # the item just seen, and when, hours
        self._worth: Worth | None = None

    def worth_of(
        self, item: Item, relevance: float, credibility: float, earlier: float, tired: float
    ) -> float:
        """Worth of an item to this person, with its terms kept."""
        worth = super().worth_of(item, relevance, credibility, earlier, tired)
        constants, message = self.constants, item.message
        self._worth = Worth(
            worth,
            message.value,
            relevance,
            credibility,
            rules.novelty(earlier, constants.worth_irritation_exposures),
            message.pressure * self.sensitivity,
            constants.fatigue_worth_lost * tired,
            constants.worth_reading_cost,
        )
        return worth

    def appraise(self, item: Item, tie: int, copies: int, time: float) -> Appraisal:
        """Remember an item, judge what it is worth, and note it."""
        seen = super().appraise(item, tie, copies, time)
        self._appraised = self._noticed(item, int(seen.earlier), self._worth), time
        return seen

    def _compare(
        self, purpose: int, about: Item | int, time: float | None, chance: float, draw: float
    ) -> bool:
        done = super()._compare(purpose, about, time, chance, draw)
        brand = about if isinstance(about, int) else about.message.brand
        noticed = None
        if not isinstance(about, int):
            if time is not None:
                noticed = self._noticed(about, self._times_seen(about), None)
            elif self._appraised is not None:
                noticed, time = self._appraised
        day = (time if time is not None else self.columns.start) / 24.0
        self.decisions.append(
            Decision(day, Purpose(purpose).name.lower(), self._brand(brand), noticed, chance, draw, done)
        )
        return done

    def _noticed(self, item: Item, times_seen: int, worth: Worth | None) -> Noticed:
        message = item.message
        brand, series = self._brand(message.brand), ""
        if message.series >= 0:
            series = self._series_names()[message.series]
        return Noticed(
            Kind(message.kind).name.lower(),
            series,
            self._label_of(message.author) if message.author >= 0 else brand,
            self._label_of(item.sender) if item.sender >= 0 else brand,
            message.key,
            item.rewarded,
            times_seen,
            worth,
        )

    def _times_seen(self, item: Item) -> int:
        memory = self.columns.memories[self.row]
        known = [int(entry["times"]) for entry in memory if entry["message"] == item.message.row]
        return known[0] if known else 0

    def _brand(self, row: int) -> str:
        return self.model.campaign.scenario.brands[row].name if row >= 0 else ""

    def _series_names(self) -> list[str]:
        brands = self.model.campaign.scenario.brands
        return [series.name for brand in brands if not brand.silent for series in brand.series]

    def _label_of(self, row: int) -> str:
        labels = self.model.campaign.network.labels
        return labels[row] if labels is not None else str(row)
