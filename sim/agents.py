"""Brand, Customer and Friend: Mesa agents as views on rows of a campaign's tables.

Everything that changes stands in the tables of `Campaign`: an agent holds its row and what never changes, so
the two engines share one truth. What a person decides is a method that asks a rule and returns a probability
or an amount; whether it happens is a keyed draw, the same one that the kernel makes; what follows is written
by the kernel's own small functions. To change what people decide, subclass `Customer` or `Friend`
(docs/extending.md).
"""

from collections import namedtuple
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from mesa import Agent

from worthsharing.sim import kernel, rules
from worthsharing.sim.draws import NOBODY, Purpose, uniform, uniform4
from worthsharing.sim.jit import JIT
from worthsharing.sim.messages import effort_of
from worthsharing.sim.scenario import Attention
from worthsharing.sim.scenario import Brand as Strategy
from worthsharing.sim.state import (
    BRANDS,
    DRAFTS,
    EVENTS,
    FEEDS,
    MAX_EXPERIENCES_PER_STEP,
    MAX_POSTS_PER_STEP,
    MEMORY,
    MESSAGES,
    NEVER,
    OWNED,
    PAID,
    PAIRS,
    SERIES,
    TO_FOLLOWERS,
    TRAITS,
    VISITS,
    Act,
    Floats,
    Kind,
    Records,
    Tally,
    Touch,
    choice,
)
from worthsharing.sim.world import Campaign

if TYPE_CHECKING:
    from worthsharing.sim.model import CampaignModel

_BrandTerms = namedtuple("_BrandTerms", BRANDS.names)  # type: ignore[misc]  # fields of a table
_SeriesTerms = namedtuple("_SeriesTerms", SERIES.names)  # type: ignore[misc]  # fields of a table
_EventTerms = namedtuple("_EventTerms", EVENTS.names)  # type: ignore[misc]  # fields of a table

NO_MESSAGE, NO_SEND, NO_BRAND, NO_TOPIC, NO_TIE = -1, -1, -1, -1, -1
BY_ENGAGEMENT = choice(Attention, "ranking", "engagement")

# plain numbers: a member of an enumeration costs more to hand to a compiled function than the draw itself
_SEE, _LIKE, _COMMENT = map(int, (Purpose.SEE, Purpose.LIKE, Purpose.COMMENT))
_SHARE, _BOUGHT_FORWARD, _MUTE = map(int, (Purpose.SHARE, Purpose.BOUGHT_FORWARD, Purpose.MUTE))
_LEAVE, _LEAVE_STYLE, _FOLLOW = map(int, (Purpose.LEAVE, Purpose.LEAVE_STYLE, Purpose.FOLLOW))
_CONSIDER, _DECIDE_WHEN, _DECIDE = map(int, (Purpose.CONSIDER, Purpose.DECIDE_WHEN, Purpose.DECIDE))
_ASK, _HELP, _BASELINE_LEAVE = map(int, (Purpose.ASK, Purpose.HELP, Purpose.BASELINE_LEAVE))
_EVERYDAY_WHEN, _EXPERIENCE_WHEN = map(int, (Purpose.EVERYDAY_WHEN, Purpose.EXPERIENCE_WHEN))
_EXPERIENCE, _TELL, _INTEREST = map(int, (Purpose.EXPERIENCE, Purpose.TELL, Purpose.INTEREST))
_QUESTION, _ASK_BRAND, _LEAVE_IGNORED = map(int, (Purpose.QUESTION, Purpose.ASK_BRAND, Purpose.LEAVE_IGNORED))
_REACTION = int(Purpose.REACTION)
_REACTIONS = {_LIKE: 0, _COMMENT: 1, _SHARE: 2, _BOUGHT_FORWARD: 3}  # place among its draws
_HID, _MUTED_SHARER, _COMPLAINED = map(int, (Act.HID, Act.MUTED_SHARER, Act.COMPLAINED))


class Message(NamedTuple):
    """What has been said: the part of a row of `MESSAGES` that never changes."""

    row: int
    key: int
    value: float
    pressure: float
    valence: float
    arousal: float
    author: int
    brand: int
    series: int
    topic: int
    kind: int
    moral_words: int
    close_only: int
    answer_to: int
    anger: float


class Item(NamedTuple):
    """What stands in a feed: a message, and who put it there."""

    send: int
    sender: int  # row of a person, or OWNED, or PAID
    sender_key: int
    rewarded: bool
    message: Message


class Appraisal(NamedTuple):
    """What an item just seen is worth to one reader, with the terms of that worth."""

    item: Item
    tie: int  # through which it came, −1 for none
    time: float  # hours
    day: int
    strong: bool  # whether the sender is a close friend
    earlier: float  # times that the message was seen before
    attitude: float  # to the brand, before this item
    tired: float  # fatigue with the brand, before this item
    worn: float  # response left after earlier exposures to the brand, 0 to 1
    grateful: float  # factor on the response to an ask, 1 or more
    relevance: float  # 0 to 1
    credibility: float  # 0 to 1
    worth: float  # below 0 it is noise
    lift: float  # factor on reactions from worth


class Columns:
    """The tables of a campaign field by field, as an agent reads and writes them one number at a time.

    Field views cost a tenth of the attributes of a record. Tables handed to compiled functions are plain
    arrays, which numba recognizes ten times as fast as `recarray`s. The same memory in every case.
    """

    def __init__(self, campaign: Campaign) -> None:
        state, plan, world = campaign.state, campaign.plan, campaign.world
        self.campaign = campaign
        self.constants = campaign.constants
        self.seed = world.seed
        self.horizon = self.constants.clock_days * 24.0 + self.constants.clock_step_hours
        self.effort_per_item = 1.0 / self.constants.attention_items_per_visit
        self.effort_per_hour = 1.0 / (24.0 * self.constants.attention_attention_days)
        self.brands = [_BrandTerms(*row.item()) for row in plan.brands]
        self.series = [_SeriesTerms(*row.item()) for row in plan.series]
        self.events = [_EventTerms(*row.item()) for row in plan.events]
        self.brand_terms = _for_kernel(plan.brands, BRANDS)
        self.topic_exponents = world.topic_exponents
        self.market, self.learned = state.market, state.learned
        self.traits = _for_kernel(world.traits, TRAITS)
        self.keys = np.ascontiguousarray(world.traits["key"])
        self.next_due, self.post_due = state.next_due, state.post_due
        self.feed_size, self.feed_copies = state.feed_size, state.feed_copies
        self.merges_copies = state.feed_copies.shape[1] > 0
        self.visit_due = state.visit_due
        self.visits = _for_kernel(state.visits, VISITS)
        self.visit_depth, self.visit_week, self.visit_number = (
            _field(state.visits, n) for n in ("depth", "week", "number")
        )
        self.feeds = state.feeds.view(np.ndarray).view(FEEDS)
        self.feeds_compete = campaign.constants.mechanisms_visibility
        self.memories = _for_kernel(state.memories, MEMORY)
        self.memory_times, self.memory_shared = (_field(state.memories, n) for n in ("times", "shared"))
        self.pairs = _for_kernel(state.pairs, PAIRS)
        self.fatigue, self.exposures, self.memory, self.given, self.touched = (
            _field(state.pairs, n) for n in ("fatigue", "exposures", "memory", "given", "touched")
        )
        self.patience_due, self.event_due, self.event, self.helped, self.redressed = (
            _field(state.pairs, n) for n in ("patience_due", "event_due", "event", "helped", "redressed")
        )
        self.external_due, self.leave_due, self.decision_due, self.experience_due = (
            _field(state.pairs, n) for n in ("external_due", "leave_due", "decision_due", "experience_due")
        )
        self.has_bought, self.hidden, self.last_touch, self.touches, self.bought_after = (
            _field(state.pairs, n) for n in ("has_bought", "hidden", "last_touch", "touches", "bought_after")
        )
        self.follows, self.attitude, self.seen = state.follows, state.attitude, state.seen
        self.tie_muted, self.tie_unwanted, self.tie_rewarded = (
            _field(state.ties, n) for n in ("muted", "unwanted", "rewarded")
        )
        self.rewards_left, self.adopters = state.rewards_left, _field(state.market, "adopters")
        self.tally, self.progress = state.tally, state.progress
        self._messages_said: dict[int, Message] = {}
        self.items: dict[int, Item] = {}
        self.begin_step()

    def begin_step(self) -> None:
        """Look at the clock, and at the tables, which may have grown."""
        campaign = self.campaign
        self.step = campaign.step
        self.start = self.step * self.constants.clock_step_hours
        self.end = (self.step + 1) * self.constants.clock_step_hours
        self.last_day = self.tally.shape[0] - 1
        self.messages, self.drafts = (
            _for_kernel(campaign.messages, MESSAGES),
            _for_kernel(campaign.drafts, DRAFTS),
        )
        self.impressions, self.engagements, self.likes = (
            _field(campaign.messages, n) for n in ("impressions", "engagements", "likes")
        )
        self.impressions_seen, self.engagements_seen, self.likes_seen = (
            _field(campaign.messages, n) for n in ("impressions_seen", "engagements_seen", "likes_seen")
        )
        self.sends = campaign.sends
        self.answered = _field(campaign.messages, "answered")

    def is_customer(self, row: int) -> bool:
        """Whether a person follows the focal brand or has bought from it."""
        return bool(self.follows.item(row, 0) or self.has_bought.item(row, 0))

    def are_customers(self) -> Any:
        """For everybody, whether they follow the focal brand or have bought from it; shape (people,)."""
        return (self.follows[:, 0] | self.has_bought[:, 0]) != 0

    def who_may_act(self, visits_per_hour: Floats) -> Any:
        """Rows of people with something due, or something to read and a visit in this step.

        visits_per_hour: (people,)
        """
        readers = self.feed_size > 0
        if self.feeds_compete:
            rows = np.flatnonzero(readers)
            kernel.go_to_visits(
                self.seed,
                self.keys,
                visits_per_hour,
                self.visit_due,
                self.visits,
                rows,
                self.start,
                self.horizon,
            )
            readers &= self.visit_due < self.end
        return np.flatnonzero(readers | (self.next_due < self.end))

    def item(self, send: int) -> Item:
        """Look up what one send put into feeds."""
        found = self.items.get(send)
        if found is None:
            row = self.campaign.sends[send]
            sender = int(row["sender"])
            found = self.items[send] = Item(
                send,
                sender,
                int(kernel.key_of_sender(self.traits, sender)),
                bool(row["rewarded"]),
                self.message(int(row["message"])),
            )
        return found

    def message(self, row: int) -> Message:
        """Look up what one message says."""
        found = self._messages_said.get(row)
        if found is None:
            content = dict(zip(MESSAGES.names or (), self.campaign.messages[row].item(), strict=True))
            found = Message(row, *(content[name] for name in Message._fields[1:]))
            self._messages_said[row] = found
        return found


class Brand(Agent):
    """A brand, as a view on its strategy and on what has come of it.

    A brand's step is the phase of publishing, in which `Campaign.publish` lets all brands act at once: they
    decide nothing on the way, their strategy is their calendar.
    """

    model: "CampaignModel"

    def __init__(self, model: "CampaignModel", row: int) -> None:
        super().__init__(model)
        self.row = row

    @property
    def strategy(self) -> Strategy:
        """What the brand does: its product, its series of posts, its rewards and paid reach."""
        return self.model.campaign.scenario.brands[self.row]

    @property
    def name(self) -> str:
        """The brand's name, its lasting identity."""
        return self.strategy.name

    @property
    def followers(self) -> int:
        """People who follow the brand now."""
        return int(self.model.campaign.state.follows[:, self.row].sum())

    @property
    def buyers(self) -> int:
        """People who have bought, those before the run included."""
        return int(self.model.campaign.state.market["adopters"][self.row])

    @property
    def posts_so_far(self) -> int:
        """Posts published since the run began."""
        return int(self.model.campaign.state.tally[:, self.row, Tally.POSTS].sum())

    @property
    def effort(self) -> dict[str, float]:
        """Staff hours and money that the strategy takes over the whole run."""
        return effort_of(self.model.campaign.scenario, self.strategy)


class Person(Agent):
    """One person: abstract, a `Customer` or a `Friend` of the focal brand.

    Read `step` and `react` for what a person does, and the methods after them for what a person decides.
    """

    model: "CampaignModel"

    def __init__(self, model: "CampaignModel", row: int) -> None:
        super().__init__(model)
        self.row = row
        self.columns = columns = model.columns
        self.constants, self.constants_record = columns.constants, columns.campaign.record
        trait = columns.traits[row]
        self.key, self.followees = int(trait["key"]), float(trait["followees"])
        self.visits_per_hour, self.inflow, self.crowding = (
            float(trait[name]) for name in ("visits_per_hour", "inflow", "crowding")
        )
        self.sensitivity, self.reward_appeal, self.talkative, self.threshold = (
            float(trait[name]) for name in ("sensitivity", "reward_appeal", "talkative", "threshold")
        )
        self._interests: dict[int, float] = {}
        self._close: dict[int, bool] = {}

    # ---- to look at ----

    @property
    def label(self) -> str:
        """Name in the network file, or number in a generated world."""
        labels = self.model.campaign.network.labels
        return labels[self.row] if labels is not None else str(self.row)

    @property
    def follows(self) -> bool:
        """Whether this person follows the focal brand."""
        return self.columns.follows.item(self.row, 0) != 0

    @property
    def has_bought(self) -> bool:
        """Whether this person has bought from the focal brand."""
        return self.columns.has_bought.item(self.row, 0) != 0

    @property
    def reached(self) -> bool:
        """Whether this person has seen anything by or about the focal brand."""
        return self.columns.seen.item(self.row, 0) > 0

    @property
    def attitude(self) -> float:
        """Attitude to the focal brand, −1 to 1."""
        return self.columns.attitude.item(self.row, 0)

    @property
    def fatigue(self) -> float:
        """Fatigue with the focal brand when something of it was last seen."""
        return self.columns.fatigue.item(self.row, 0)

    # ---- what a person does ----

    def step(self) -> None:
        """Visit the feed if there is anything in it, then do what is due."""
        columns = self.columns
        if columns.feed_size.item(self.row) > 0:
            self.visit_feed()
        if columns.next_due.item(self.row) < columns.end:
            self.act_of_own_accord()

    def visit_feed(self) -> None:
        """Visit as often as this step has it, and read at each visit until nothing is left to read."""
        columns, row = self.columns, self.row
        if not columns.feeds_compete:
            self.read_feed(columns.start, columns.step, 0.0)
            return
        if columns.visit_due.item(row) < columns.start:
            self._go_to_visit()
        while (time := columns.visit_due.item(row)) < columns.end:
            visit = columns.visit_week.item(row) * kernel.VISITS_A_WEEK + columns.visit_number.item(row)
            self.read_feed(time, visit, columns.visit_depth.item(row))
            if columns.feed_size.item(row) == 0:
                return
            self._go_to_visit()

    def _go_to_visit(self) -> None:
        """Go on to the next visit, which does not come before this step."""
        columns = self.columns
        kernel.go_to_visit(
            columns.seed,
            self.key,
            self.visits_per_hour,
            columns.visit_due,
            columns.visits,
            self.row,
            columns.start,
            columns.horizon,
        )

    def read_feed(self, time: float, visit: int, depth: float) -> None:
        """Read from the newest item down: react to what is seen, lose what is too far down, keep the rest.

        visit: what tells it from all other visits of this person
        depth: how far down it goes: a draw in (0, 1), which sees the items with a higher chance of being seen
        """
        columns, row = self.columns, self.row
        size = columns.feed_size.item(row)
        feed = columns.feeds[row, :size].tolist()
        copies = columns.feed_copies[row, :size].tolist() if columns.merges_copies else None
        kept, above = [], 0
        for slot in range(size - 1, -1, -1):  # the newest stand last
            arrival, send, tie = feed[slot]
            hours = time - arrival
            if hours < 0.0:  # on its way
                kept.append(slot)
                continue
            item = columns.items.get(send) or columns.item(send)
            chance = self.p_see(item, above, hours)
            above += 1
            if chance >= 1.0 or self._compare(_SEE, item, time, chance, depth):
                self.react(item, tie, 1 if copies is None else copies[slot], time)
                if self.constants.mechanisms_moderation and item.sender == OWNED:
                    self._perhaps_read_comments(item, visit, time)
            elif not rules.is_lost(chance):
                kept.append(slot)
        if len(kept) < size:
            columns.feed_size[row] = len(kept)
            for place, slot in enumerate(reversed(kept)):
                if place != slot:
                    columns.feeds[row, place] = feed[slot]
                    if copies is not None:
                        columns.feed_copies[row, place] = copies[slot]

    def react(self, item: Item, tie: int, copies: int, time: float) -> None:
        """Do everything that is to be done about one item just seen."""
        seen = self.appraise(item, tie, copies, time)
        self._note(seen)
        if self.constants.mechanisms_sharing:
            self._perhaps_like(seen)
            self._perhaps_comment(seen)
            self._perhaps_share(seen)
        else:
            self._perhaps_join(seen)
        self._perhaps_mute_sharer(seen)
        if item.message.brand < 0:
            return
        self._change_attitude(seen)
        self._tire(seen)
        self._remember_gifts(seen)
        self._perhaps_leave(seen)
        self._perhaps_help(seen)
        self._perhaps_follow(seen)
        self._perhaps_consider(seen)

    def act_of_own_accord(self) -> None:
        """Write everyday posts; for each brand lose patience, hear of it elsewhere, leave, decide, have experiences."""
        columns, row = self.columns, self.row
        self._write_everyday_posts()
        for brand in range(len(columns.brands)):
            self._perhaps_lose_patience(brand)
            self._feel_event(brand)
            self._hear_outside(brand)
            self._leave_for_own_reasons(brand)
            self._decide(brand)
            self._have_experiences(brand)
        columns.next_due[row] = kernel.earliest_due(columns.post_due, columns.pairs, row)

    # ---- what a person decides: override one of these ----

    def p_see(self, item: Item, above: int, hours: float) -> float:
        """Chance of noticing an item that has `above` others above it and came `hours` ago."""
        constants, columns = self.constants, self.columns
        if not constants.mechanisms_visibility or item.message.kind == Kind.ANSWER:
            return 1.0  # who asked is told that there is an answer
        rank = above + self.inflow * hours
        if item.sender < 0:
            rank *= self.crowding
        if constants.attention_ranking == BY_ENGAGEMENT:
            message = item.message.row
            rank = rules.rank_by_engagement(
                rank,
                float(columns.engagements_seen.item(message)),
                float(columns.impressions_seen.item(message)),
                constants.attention_engagement_lift,
            )
        effort = rules.effort(rank, hours, columns.effort_per_item, columns.effort_per_hour)
        return rules.p_seen(effort)

    def interest(self, topic: int) -> float:
        """Return how much this person cares for a topic, 0 to 1; for the whole run."""
        found = self._interests.get(topic)
        if found is None:
            draw = uniform(self.columns.seed, _INTEREST, self.key, NOBODY, 0, topic)
            found = rules.interest(draw, self.columns.topic_exponents.item(topic))
            self._interests[topic] = found
        return found

    def credibility_of(self, item: Item, tie: int, strong: bool, attitude: float) -> float:
        """Return how far this person believes who says it, 0 to 1."""
        constants, columns = self.constants, self.columns
        if item.sender < 0:
            credibility = rules.brand_credibility(constants.worth_brand_credibility, attitude)
        elif strong:
            credibility = constants.worth_strong_tie_credibility
        else:
            credibility = constants.worth_weak_tie_credibility
        if item.rewarded:
            if constants.mechanisms_rewards and tie >= 0:
                credibility *= rules.pair_effect(
                    float(columns.tie_rewarded.item(tie)),
                    constants.sharing_pair_full_effect,
                    constants.sharing_pair_worn_out,
                    constants.sharing_pair_floor,
                )
            terms = columns.series[item.message.series]
            if constants.mechanisms_sincerity and terms.reward_visible:
                credibility *= rules.sincerity_left(
                    strong,
                    False,
                    bool(terms.reward_both),
                    constants.sincerity_penalty_weak_tie,
                    constants.sincerity_penalty_strong_tie,
                    constants.sincerity_penalty_both_rewarded,
                )
        return credibility

    def worth_of(
        self, item: Item, relevance: float, credibility: float, earlier: float, tired: float
    ) -> float:
        """Worth of an item to this person; below 0 it is noise."""
        constants, message = self.constants, item.message
        if not constants.mechanisms_worth:
            return constants.sharing_typical_worth
        return rules.worth(
            message.value,
            relevance,
            credibility,
            rules.novelty(earlier, constants.worth_irritation_exposures),
            message.pressure,
            self.sensitivity,
            constants.fatigue_worth_lost * tired,
            constants.worth_reading_cost,
        )

    def p_like(self, seen: Appraisal) -> float:
        """Chance of a like."""
        constants = self.constants
        proof = (
            constants.sharing_social_proof if self.columns.likes_seen.item(seen.item.message.row) > 0 else 1.0
        )
        return rules.p_reaction(constants.sharing_p_like, seen.lift, proof, seen.worn)

    def p_comment(self, seen: Appraisal) -> float:
        """Chance of a comment."""
        return rules.p_reaction(self.constants.sharing_p_comment, seen.lift, 1.0, seen.worn)

    def reward_pull(self, seen: Appraisal) -> float:
        """How strongly the reward that is promised for a forward pulls this person."""
        terms = self.columns.series[seen.item.message.series]
        return rules.reward_pull(terms.reward, self.constants.sharing_usual_reward, self.reward_appeal)

    def p_share(self, seen: Appraisal, pull: float) -> float:
        """Chance of passing an item on for its worth; `pull` is that of a reward, 0 without one."""
        constants, message = self.constants, seen.item.message
        ease, base = 1.0, constants.sharing_p_share_people
        if message.series >= 0:
            ease, base = self.columns.series[message.series].ease, constants.sharing_p_share_brand
        factor = 1.0 + (constants.sharing_reward_multiplier - 1.0) * pull
        stirred = rules.stirring(
            message.arousal,
            constants.sharing_arousal_boost,
            float(message.moral_words),
            constants.sharing_moral_word_boost,
        )
        stirred *= self.columns.messages["anger"].item(message.row)
        return rules.p_share(base, seen.lift, ease, self.talkative, stirred, factor, seen.worn, seen.grateful)

    def p_forward_for_reward(self, seen: Appraisal, pull: float) -> float:
        """Chance that a buyer forwards for the reward alone."""
        return rules.p_bought_forward(self.constants.sharing_p_forward_for_reward, pull, seen.worn)

    def has_seen_enough(self, seen: Appraisal) -> bool:
        """Whether enough of those followed have shared for this person to share too; sharing off."""
        times = self.columns.memory_times.item(self.row, 0)
        return rules.meets_threshold(float(times), self.followees, self.threshold)

    def p_mute_sharer(self, seen: Appraisal, unwanted: float) -> float:
        """Chance of muting a friend who has sent so many unwanted items, this one included."""
        return rules.p_mute_sharer(self.constants.attitude_p_mute_sharer, unwanted, seen.strong)

    def attitude_after_item(self, seen: Appraisal) -> float:
        """Attitude to the brand after an item by or about it."""
        constants, message = self.constants, seen.item.message
        if message.kind in (Kind.EXPERIENCE, Kind.ANSWER, Kind.COMPLAINT):
            share = constants.attitude_per_heard * seen.credibility
            if message.valence < 0.0:
                share *= constants.attitude_heard_negative
            if message.kind == Kind.COMPLAINT:
                answered = self.columns.answered.item(message.row) <= seen.time
                share *= rules.complaint_weight(
                    self.columns.messages["anger"].item(message.row),
                    answered,
                    constants.moderation_heard_answered,
                )
            return rules.attitude_after(seen.attitude, message.valence, share)
        if message.series >= 0:
            impression = rules.impression_of(seen.worth, constants.sharing_typical_worth)
            return rules.attitude_after(seen.attitude, impression, constants.attitude_per_item)
        return seen.attitude

    def fatigue_after(self, seen: Appraisal) -> float:
        """Fatigue with the brand after one of its posts."""
        constants = self.constants
        return rules.fatigue_after(
            seen.tired, seen.worth, seen.earlier, constants.fatigue_per_unwanted, constants.fatigue_per_repeat
        )

    def p_leave(self, seen: Appraisal) -> float:
        """Chance of leaving the brand upon one of its posts."""
        constants, message = self.constants, seen.item.message
        annoyed = rules.annoyance(
            message.pressure,
            self.sensitivity,
            seen.relevance,
            seen.worth,
            seen.tired,
            constants.leaving_cause_promotion,
            constants.leaving_cause_irrelevance,
            constants.leaving_cause_frequency,
        )
        return rules.p_leave(constants.leaving_p_per_promotion, annoyed) if annoyed > 0.0 else 0.0

    def p_help(self, seen: Appraisal) -> float:
        """Chance that this buyer answers a friend's question."""
        return self.constants.experience_p_help

    def p_follow(self, seen: Appraisal) -> float:
        """Chance of following the brand after a welcome item."""
        return rules.p_reaction(self.constants.adoption_p_follow, seen.lift, 1.0, seen.worn)

    def p_consider(self, seen: Appraisal, touch: Touch) -> float:
        """Chance that a touch makes this person think of buying."""
        constants = self.constants
        if touch in (Touch.ANSWER, Touch.EXPERIENCE):
            base = constants.adoption_p_consider_experience
        elif touch == Touch.FORWARD:
            base = constants.adoption_p_consider_forward
        else:
            base = constants.adoption_p_consider_brand
        return rules.p_consider(base, seen.credibility, seen.worn, seen.grateful)

    def p_ask(self, brand: int) -> float:
        """Chance of asking friends when thinking of buying."""
        return self.constants.experience_p_ask

    def p_buy(self, brand: int) -> float:
        """Chance that thinking of it ends in a purchase."""
        constants = self.constants
        attitude = self.columns.attitude.item(self.row, brand)
        factor = constants.listening_decision_help if self.columns.helped.item(self.row, brand) else 1.0
        return rules.p_buy(constants.adoption_p_buy, attitude, constants.adoption_attitude_pull, factor)

    def p_ask_brand(self, brand: int) -> float:
        """Chance of asking the brand when thinking of buying."""
        return self.constants.listening_p_ask_brand

    def p_question(self, brand: int) -> float:
        """Chance that an experience with the product raises a question to the brand."""
        return self.constants.listening_p_question

    def p_leave_ignored(self, brand: int) -> float:
        """Chance of unfollowing a brand that has not answered in time."""
        return self.constants.listening_p_leave_ignored

    def p_follow_at_purchase(self, brand: int) -> float:
        """Chance of following a brand when buying from it."""
        return self.constants.adoption_p_follow_at_purchase

    def attitude_after_experience(self, brand: int, good: bool) -> float:
        """Attitude to a brand after an experience with its product."""
        constants = self.constants
        share = constants.attitude_per_experience
        if not good:
            share *= constants.attitude_own_negative
        attitude = self.columns.attitude.item(self.row, brand)
        return rules.attitude_after(attitude, 1.0 if good else -1.0, share)

    def p_tell(self, brand: int, good: bool, told: float) -> float:
        """Chance of telling an experience; `told` is how much more often this one is told than an ordinary one."""
        base = self.constants.experience_p_tell_good if good else self.constants.experience_p_tell_bad
        referred = kernel.came_by_friend(self.columns.last_touch.item(self.row, brand))
        extra = self.constants.adoption_referred_telling if referred else 0.0
        constants, attitude = self.constants, self.columns.attitude.item(self.row, brand)
        mood = rules.mood(attitude, constants.attitude_of_customers, constants.experience_attitude_pull, good)
        return rules.p_tell(base, self.columns.brands[brand].experience_ease * told, extra, mood)

    def p_complain(self, brand: int) -> float:
        """Chance that a bad experience, if told, is told as a public complaint."""
        constants = self.constants
        return rules.p_complain(
            constants.experience_p_complain,
            self.columns.redressed.item(self.row, brand) != 0,
            constants.moderation_extra_complaining,
        )

    # ---- what follows, in the order of `react` ----

    def appraise(self, item: Item, tie: int, copies: int, time: float) -> Appraisal:
        """Remember an item, and judge what it is worth."""
        columns, constants, row, message = self.columns, self.constants, self.row, item.message
        earlier = float(kernel.remember(columns.memories, row, message.row))
        columns.memory_times[row, 0] += copies
        columns.impressions[message.row] += 1
        # a complaint below a post is a stranger's; an answer comes without a tie, but from a friend
        known = item.sender >= 0 and (tie >= 0 or message.kind == Kind.ANSWER)
        strong = known and self.is_close_to(item.sender)
        worn, tired, attitude, grateful = 1.0, 0.0, 0.0, 1.0
        if message.brand >= 0:
            attitude = columns.attitude.item(row, message.brand)
            if constants.mechanisms_fatigue or constants.mechanisms_reciprocity:
                self._rest(message.brand, time)
            if constants.mechanisms_reciprocity and self._asks(message):
                grateful = rules.gratitude(
                    columns.given.item(row, message.brand),
                    constants.reciprocity_small_gift,
                    constants.reciprocity_large_gift,
                )
            if constants.mechanisms_fatigue:
                worn = rules.wear(columns.exposures.item(row, message.brand), constants.fatigue_wear_exponent)
                tired = columns.fatigue.item(row, message.brand)
        credibility = self.credibility_of(item, tie, strong, attitude)
        if item.rewarded and tie >= 0 and columns.tie_rewarded.item(tie) < 255:
            columns.tie_rewarded[tie] += 1
        relevance = 1.0
        if message.topic >= 0 and (constants.mechanisms_worth or constants.mechanisms_leaving):
            relevance = self.interest(message.topic)
        worth = self.worth_of(item, relevance, credibility, earlier, tired)
        lift = rules.rise(worth, constants.sharing_typical_worth, constants.sharing_steepness)
        return Appraisal(
            item,
            tie,
            time,
            self._day(time),
            strong,
            earlier,
            attitude,
            tired,
            worn,
            grateful,
            relevance,
            credibility,
            worth,
            lift,
        )

    def is_close_to(self, other: int) -> bool:
        """Whether this person and another one are close friends."""
        found = self._close.get(other)
        if found is None:
            columns = self.columns
            found = kernel.is_strong(
                columns.seed, columns.traits, self.constants.strong_ties, self.row, int(columns.keys[other])
            )
            self._close[other] = bool(found)
        return bool(found)

    def _rest(self, brand: int, time: float) -> None:
        """Let fatigue, exposures, memory and gifts fade since something of the brand was last seen."""
        columns, constants, row = self.columns, self.constants, self.row
        days = max(0.0, time - columns.touched.item(row, brand)) / 24.0
        columns.fatigue[row, brand] = rules.decay(
            columns.fatigue.item(row, brand), days, constants.fatigue_half_life
        )
        columns.exposures[row, brand] = rules.fading(
            columns.exposures.item(row, brand), days, constants.fatigue_wear_window
        )
        columns.memory[row, brand] = rules.decay(
            columns.memory.item(row, brand), days, constants.fatigue_memory_half_life
        )
        if constants.mechanisms_reciprocity:
            columns.given[row, brand] = rules.decay(
                columns.given.item(row, brand), days, constants.reciprocity_half_life
            )
        columns.touched[row, brand] = time

    def _asks(self, message: Message) -> bool:
        """Whether a message is a post that asks for something."""
        return message.series >= 0 and bool(self.columns.series[message.series].asks)

    def _perhaps_read_comments(self, item: Item, visit: int, time: float) -> None:
        """Read the complaint below a brand's own post, if there is one."""
        columns = self.columns
        below = kernel.complaint_below(
            columns.seed,
            columns.traits,
            self.constants_record,
            columns.market,
            columns.messages,
            columns.sends,
            self.row,
            item.message.row,
            visit,
            time,
        )
        if below >= 0:
            self.react(columns.item(int(below)), NO_TIE, 1, time)

    def _note(self, seen: Appraisal) -> None:
        """Count what was seen."""
        columns, item, brand, day = self.columns, seen.item, seen.item.message.brand, seen.day
        if brand >= 0:
            kernel.count_exposure(
                columns.pairs, columns.seen, columns.tally, self.row, brand, item.sender, day
            )
            if item.message.kind == Kind.COMPLAINT:
                self._count(Tally.COMPLAINT_EXPOSURES, brand, day)
            if item.message.kind == Kind.EXPERIENCE:
                self._count(Tally.EXPERIENCES_SEEN, brand, day)
            if item.rewarded:
                self._count(Tally.FORWARDS_SEEN, brand, day)
            if item.message.series >= 0:
                self._count(Tally.POSTS_SEEN, brand, day)
                columns.tally[day, brand, Tally.RELEVANCE] += int(seen.relevance * kernel.MILLION)
            if self._asks(item.message):
                self._count(Tally.ASKS_SEEN, brand, day)
        else:
            self._count(Tally.IMPRESSIONS_EARNED, brand, day)
        if seen.worth > self.constants.worth_worth_reading:
            self._count(Tally.WORTH_READING, brand, day)
        if seen.worth < 0.0:
            self._count(Tally.NOISE, brand, day)

    def _perhaps_like(self, seen: Appraisal) -> None:
        if self._happens(_LIKE, seen.item, self.p_like(seen)):
            columns, message = self.columns, seen.item.message
            columns.likes[message.row] += 1
            columns.engagements[message.row] += 1
            self._count(Tally.LIKES, message.brand, seen.day)
            self._teach(message)

    def _perhaps_comment(self, seen: Appraisal) -> None:
        if self._happens(_COMMENT, seen.item, self.p_comment(seen)):
            message = seen.item.message
            self.columns.engagements[message.row] += 1
            self._count(Tally.COMMENTS, message.brand, seen.day)
            self._teach(message)

    def _perhaps_share(self, seen: Appraisal) -> None:
        """Share for the item's worth, or as a buyer for the reward."""
        columns, item, message = self.columns, seen.item, seen.item.message
        if not self._may_share(message):
            return
        promised = self._is_reward_promised(message)
        pull = self.reward_pull(seen) if promised else 0.0
        if self._happens(_SHARE, item, self.p_share(seen, pull)) or (
            promised
            and columns.has_bought.item(self.row, message.brand)
            and self._happens(_BOUGHT_FORWARD, item, self.p_forward_for_reward(seen, pull))
        ):
            self._share(seen, rewarded=promised)
            if self._asks(message):
                self._count(Tally.ASKS_HEEDED, message.brand, seen.day)
            self._teach(message)

    def _teach(self, message: Message) -> None:
        """Let a listening brand count a reaction to one of its posts."""
        columns = self.columns
        counts = self.constants.mechanisms_listening and message.series >= 0 and message.topic >= 0
        if counts and columns.brands[message.brand].listens:
            columns.learned[message.brand, message.topic] += 1

    def _is_reward_promised(self, message: Message) -> bool:
        if message.series < 0 or not self.constants.mechanisms_rewards:
            return False
        columns = self.columns
        return columns.series[message.series].reward > 0.0 and columns.rewards_left.item(message.series) > 0

    def _perhaps_join(self, seen: Appraisal) -> None:
        if self._may_share(seen.item.message) and self.has_seen_enough(seen):
            self._share(seen, rewarded=False)

    def _may_share(self, message: Message) -> bool:
        """Whether the message just seen can be shared: once, an answer and what is told to close friends never."""
        shared = self.columns.memory_shared.item(self.row, 0)
        return not (shared or message.kind == Kind.ANSWER or message.close_only)

    def _share(self, seen: Appraisal, *, rewarded: bool) -> None:
        columns, item, message = self.columns, seen.item, seen.item.message
        columns.memory_shared[self.row, 0] = 1
        kernel.count_share(
            columns.tally,
            columns.messages,
            message.row,
            message.brand,
            int(rewarded),
            seen.day,
        )
        kernel.draft_share(
            columns.progress, columns.drafts, self.row, message.row, item.send, seen.time, int(rewarded)
        )

    def _perhaps_mute_sharer(self, seen: Appraisal) -> None:
        """Hold noise against the friend who sent it."""
        columns, tie, brand = self.columns, seen.tie, seen.item.message.brand
        if not self.constants.mechanisms_leaving or brand < 0 or tie < 0 or seen.worth >= 0.0:
            return
        if columns.tie_unwanted.item(tie) < 255:
            columns.tie_unwanted[tie] += 1
        if columns.tie_muted.item(tie):
            return
        if self._happens(_MUTE, seen.item, self.p_mute_sharer(seen, float(columns.tie_unwanted.item(tie)))):
            columns.tie_muted[tie] = 1
            self._protest(brand, _MUTED_SHARER, Tally.MUTES, seen.day)

    def _change_attitude(self, seen: Appraisal) -> None:
        message = seen.item.message
        if message.kind == Kind.ANSWER and message.author < 0:
            self._take_answer(seen)
        elif self.constants.mechanisms_attitude:
            self.columns.attitude[self.row, message.brand] = self.attitude_after_item(seen)

    def _take_answer(self, seen: Appraisal) -> None:
        """What the brand's answer does to the one who asked or complained."""
        columns, message = self.columns, seen.item.message
        kernel.take_answer(
            self.constants_record,
            columns.brand_terms,
            columns.pairs,
            columns.attitude,
            columns.tally,
            columns.messages,
            columns.seed,
            self.key,
            self.row,
            message.brand,
            message.row,
            seen.time,
        )

    def _tire(self, seen: Appraisal) -> None:
        columns, row, message = self.columns, self.row, seen.item.message
        if not self.constants.mechanisms_fatigue:
            return
        if message.series >= 0:
            columns.fatigue[row, message.brand] = self.fatigue_after(seen)
            columns.exposures[row, message.brand] += 1.0
        columns.memory[row, message.brand] += 1.0

    def _remember_gifts(self, seen: Appraisal) -> None:
        """Give and take: a post worth reading counts as a gift, an ask uses one up; help is kept in mind."""
        columns, row, message = self.columns, self.row, seen.item.message
        brand, constants = message.brand, self.constants
        if constants.mechanisms_reciprocity and self._asks(message):
            columns.given[row, brand] = max(0.0, columns.given.item(row, brand) - 1.0)
        elif constants.mechanisms_reciprocity and message.series >= 0 and seen.worth > 0.0:
            columns.given[row, brand] += 1.0
        deciding = columns.decision_due.item(row, brand) != NEVER
        if constants.mechanisms_listening and message.kind == Kind.ANSWER and deciding:
            columns.helped[row, brand] = 1

    def _perhaps_leave(self, seen: Appraisal) -> None:
        if not self.constants.mechanisms_leaving or seen.item.message.series < 0:
            return
        if self._happens(_LEAVE, seen.item, self.p_leave(seen)):
            ordinal = seen.item.message.key ^ seen.item.sender_key
            self._leave(seen.item.message.brand, seen.time, self._draw(_LEAVE_STYLE, seen.item), ordinal)

    def _leave(self, brand: int, time: float, style: float, ordinal: int) -> None:
        """Leave a brand: in silence, by hiding it, telling close friends, or complaining in public."""
        columns, constants, row = self.columns, self.constants, self.row
        day = self._day(time)
        silent, hides = constants.leaving_silent, constants.leaving_silent + constants.leaving_hide
        tells = hides + constants.leaving_tell_friends
        follows = columns.follows.item(row, brand) != 0
        if (silent <= style < hides) or (style < tells and not follows):
            columns.hidden[row, brand] = 1
            self._protest(brand, _HID, Tally.HIDES, day)
        elif follows:
            kernel.unfollow(columns.pairs, columns.follows, columns.tally, row, brand, day)
        if hides <= style < tells:
            self._write(Kind.EXPERIENCE, brand, time, ordinal=ordinal, valence=-1.0, close_only=True)
            self._count(Tally.EXPERIENCES_TOLD, brand, day)
        elif style >= tells:
            self._complain(brand, time, ordinal)

    def _perhaps_help(self, seen: Appraisal) -> None:
        columns, row, message = self.columns, self.row, seen.item.message
        if message.kind != Kind.QUESTION or not self.constants.mechanisms_experience:
            return
        if columns.has_bought.item(row, message.brand) and self._happens(_HELP, seen.item, self.p_help(seen)):
            valence = 1.0 if columns.attitude.item(row, message.brand) >= 0.0 else -1.0
            self._count(Tally.ANSWERS, message.brand, seen.day)
            self._write(
                Kind.ANSWER,
                message.brand,
                seen.time,
                ordinal=message.key,
                valence=valence,
                topic=NO_TOPIC,
                target=message.author,
                answer_to=message.row,
            )

    def _perhaps_follow(self, seen: Appraisal) -> None:
        columns, row, message = self.columns, self.row, seen.item.message
        brand, welcome = message.brand, seen.worth > 0.0 and message.valence >= 0.0
        if not self.constants.mechanisms_adoption or message.kind == Kind.QUESTION or not welcome:
            return
        if columns.follows.item(row, brand) or columns.hidden.item(row, brand):
            return
        if self._happens(_FOLLOW, seen.item, self.p_follow(seen)):
            self._follow(brand, seen.time)

    def _follow(self, brand: int, time: float) -> None:
        columns, row = self.columns, self.row
        columns.follows[row, brand] = 1
        self._count(Tally.FOLLOWERS_GAINED, brand, self._day(time))
        if self.constants.mechanisms_leaving:
            draw = self._draw_of_brand(_BASELINE_LEAVE, brand, columns.step + 1, 0)
            rate = self.constants.leaving_unfollow_per_month * kernel.PER_MONTH
            stays = rules.waiting_time(draw, rate)
            if columns.pairs["acknowledged"].item(row, brand):  # before following
                stays = rules.time_left(stays, self.constants.listening_acknowledged)
            columns.leave_due[row, brand] = time + stays
            columns.next_due[row] = min(columns.next_due.item(row), columns.leave_due.item(row, brand))

    def _perhaps_consider(self, seen: Appraisal) -> None:
        columns, row, message = self.columns, self.row, seen.item.message
        brand = message.brand
        if not self.constants.mechanisms_adoption or message.kind == Kind.QUESTION:
            return
        if columns.has_bought.item(row, brand):
            return
        touch = self._touch_of(seen.item)
        columns.touches[row, brand] |= 1 << touch
        columns.last_touch[row, brand] = touch
        if message.valence < 0.0 or columns.decision_due.item(row, brand) != NEVER:
            return
        if self._happens(_CONSIDER, seen.item, self.p_consider(seen, touch)):
            if self._asks(message):
                self._count(Tally.ASKS_HEEDED, brand, seen.day)
            self._consider(brand, seen.time)

    @staticmethod
    def _touch_of(item: Item) -> Touch:
        if item.message.kind == Kind.ANSWER and item.message.author >= 0:
            return Touch.ANSWER
        if item.message.kind in (Kind.EXPERIENCE, Kind.COMPLAINT):
            return Touch.EXPERIENCE
        if item.sender >= 0:
            return Touch.FORWARD
        return Touch.PAID if item.sender == PAID else Touch.OWNED

    def _consider(self, brand: int, time: float) -> None:
        """Begin to decide whether to buy, and perhaps ask friends."""
        columns, constants, row = self.columns, self.constants, self.row
        self._count(Tally.CONSIDERATIONS, brand, self._day(time))
        draw = self._draw_of_brand(_DECIDE_WHEN, brand, columns.step, 0)
        due = time + rules.waiting_time(draw, 1.0 / (24.0 * constants.adoption_decision_days))
        columns.decision_due[row, brand] = due
        columns.next_due[row] = min(columns.next_due.item(row), due)
        if constants.mechanisms_experience and self._decides(_ASK, brand, 0, time, self.p_ask(brand)):
            self._count(Tally.QUESTIONS, brand, self._day(time))
            self._write(Kind.QUESTION, brand, time, ordinal=columns.brands[brand].key)
        if constants.mechanisms_listening and self._decides(
            _ASK_BRAND, brand, 0, time, self.p_ask_brand(brand)
        ):
            self._ask_brand(brand, time, 0)

    def _ask_brand(self, brand: int, time: float, number: int) -> None:
        """Ask the brand something; `number` is 0 upon deciding, else one more than the experience that raised it."""
        columns = self.columns
        kernel.ask_brand(
            self.constants_record,
            columns.brand_terms,
            columns.topic_exponents,
            columns.pairs,
            columns.learned,
            columns.tally,
            columns.next_due,
            columns.progress,
            columns.drafts,
            columns.seed,
            self.key,
            self.row,
            brand,
            time,
            number,
        )

    # ---- of one's own accord ----

    def _write_everyday_posts(self) -> None:
        columns, row, number = self.columns, self.row, 0
        time = columns.post_due.item(row)
        while time < columns.end and number < MAX_POSTS_PER_STEP:
            self._write(Kind.EVERYDAY, NO_BRAND, time, ordinal=number)
            number += 1
            draw = uniform(columns.seed, _EVERYDAY_WHEN, self.key, NOBODY, columns.step + 1, number)
            time += rules.waiting_time(
                draw, self.constants.experience_everyday_per_day * self.talkative / 24.0
            )
        columns.post_due[row] = time

    def _perhaps_lose_patience(self, brand: int) -> None:
        """Take it ill that the brand has not answered in time; a step late, since its answers go out as a step ends."""
        columns, constants, row = self.columns, self.constants, self.row
        due = columns.patience_due.item(row, brand)
        if due >= columns.start:
            return
        columns.patience_due[row, brand] = NEVER
        self._count(Tally.IGNORED, brand, self._day(due))
        if constants.mechanisms_attitude:
            columns.attitude[row, brand] = rules.shifted(
                columns.attitude.item(row, brand), -constants.listening_per_unanswered
            )
        may_leave = constants.mechanisms_leaving and columns.follows.item(row, brand)
        if may_leave and self._decides(_LEAVE_IGNORED, brand, 0, due, self.p_leave_ignored(brand)):
            style = self._draw_of_brand(_LEAVE_STYLE, brand, columns.step, 1)
            self._leave(
                brand, max(due, columns.start), style, columns.brands[brand].key ^ kernel.BEING_IGNORED
            )

    def _feel_event(self, brand: int) -> None:
        """Experience an event as a customer; hear of it as anybody else."""
        columns, constants, row = self.columns, self.constants, self.row
        time = columns.event_due.item(row, brand)
        if time >= columns.end:
            return
        columns.event_due[row, brand] = NEVER
        event = columns.events[columns.event.item(row, brand)]
        if columns.follows.item(row, brand) or columns.has_bought.item(row, brand):
            self._have_experience(brand, time, kernel.EVENT_NUMBER, good=bool(event.good), told=event.told)
            return
        if constants.mechanisms_attitude:
            share = constants.attitude_per_heard
            if not event.good:
                share *= constants.attitude_heard_negative
            columns.attitude[row, brand] = rules.attitude_after(
                columns.attitude.item(row, brand), 1.0 if event.good else -1.0, share
            )
        if event.good and constants.mechanisms_adoption and columns.decision_due.item(row, brand) == NEVER:
            columns.touches[row, brand] |= 1 << Touch.OUTSIDE
            columns.last_touch[row, brand] = Touch.OUTSIDE
            chance = rules.p_consider(
                constants.adoption_p_consider_experience, constants.worth_weak_tie_credibility, 1.0, 1.0
            )
            draw = uniform(columns.seed, _CONSIDER, self.key, columns.brands[brand].key, 0, event.key)
            if draw < chance:
                self._consider(brand, time)

    def _hear_outside(self, brand: int) -> None:
        """Buy for reasons outside the platform."""
        columns, row = self.columns, self.row
        time = columns.external_due.item(row, brand)
        if time >= columns.end:
            return
        columns.external_due[row, brand] = NEVER
        if not columns.has_bought.item(row, brand):
            columns.last_touch[row, brand] = Touch.OUTSIDE
            columns.touches[row, brand] |= 1 << Touch.OUTSIDE
            self._adopt(brand, time)

    def _leave_for_own_reasons(self, brand: int) -> None:
        columns, row = self.columns, self.row
        time = columns.leave_due.item(row, brand)
        if time >= columns.end:
            return
        columns.leave_due[row, brand] = NEVER
        if columns.follows.item(row, brand):
            style = self._draw_of_brand(_LEAVE_STYLE, brand, columns.step, 0)
            self._leave(brand, time, style, columns.brands[brand].key ^ kernel.OWN_REASONS)

    def _decide(self, brand: int) -> None:
        """Buy or not, when the time of thinking is over."""
        columns, row = self.columns, self.row
        time = columns.decision_due.item(row, brand)
        if time >= columns.end:
            return
        columns.decision_due[row, brand] = NEVER
        if columns.has_bought.item(row, brand):
            return
        if self._decides(_DECIDE, brand, 0, time, self.p_buy(brand)):
            self._adopt(brand, time)

    def _adopt(self, brand: int, time: float) -> None:
        """Buy; the history of touches is kept as it stands."""
        columns, constants, row, day = self.columns, self.constants, self.row, self._day(time)
        columns.has_bought[row, brand] = 1
        columns.bought_after[row, brand] = columns.touches.item(row, brand)
        columns.adopters[brand] += 1
        self._count(Tally.ADOPTIONS, brand, day)
        columns.tally[day, brand, Tally.ADOPTIONS + columns.last_touch.item(row, brand)] += 1
        columns.external_due[row, brand] = NEVER
        columns.decision_due[row, brand] = NEVER
        if constants.mechanisms_experience:
            draw = self._draw_of_brand(_EXPERIENCE_WHEN, brand, columns.step + 1, 0)
            columns.experience_due[row, brand] = time + self._until_experience(draw)
        if columns.follows.item(row, brand) or columns.hidden.item(row, brand):
            return
        if self._decides(_FOLLOW, brand, 0, time, self.p_follow_at_purchase(brand)):
            self._follow(brand, time)

    def _have_experiences(self, brand: int) -> None:
        columns, row, number = self.columns, self.row, 0
        time = columns.experience_due.item(row, brand)
        while time < columns.end and number < MAX_EXPERIENCES_PER_STEP:
            luck = self._draw_of_brand(_EXPERIENCE, brand, columns.step, number)
            self._have_experience(brand, time, number, good=luck < columns.brands[brand].quality)
            number += 1
            draw = self._draw_of_brand(_EXPERIENCE_WHEN, brand, columns.step + 1, number)
            time += self._until_experience(draw)
        columns.experience_due[row, brand] = time

    def _until_experience(self, draw: float) -> float:
        return rules.waiting_time(draw, self.constants.experience_per_month * kernel.PER_MONTH)

    def _have_experience(
        self, brand: int, time: float, number: int, *, good: bool, told: float = 1.0
    ) -> None:
        """Have an experience with the product, perhaps tell it, and perhaps ask the brand about it."""
        columns, constants, day = self.columns, self.constants, self._day(time)
        ordinal = columns.brands[brand].key ^ (2 + number)
        if constants.mechanisms_attitude:
            columns.attitude[self.row, brand] = self.attitude_after_experience(brand, good)
        if not constants.mechanisms_experience:
            return  # an event is felt, and nobody speaks of it
        if constants.mechanisms_listening and self._decides(
            _QUESTION, brand, number, time, self.p_question(brand)
        ):
            self._ask_brand(brand, time, 1 + number)
        if not self._decides(_TELL, brand, 2 * number, time, self.p_tell(brand, good, told)):
            return
        complains = (
            not good
            and constants.mechanisms_leaving
            and self._decides(_TELL, brand, 2 * number + 1, time, self.p_complain(brand))
        )
        if complains:
            self._complain(brand, time, ordinal)
            return
        self._count(Tally.EXPERIENCES_TOLD, brand, day)
        if good:
            self._count(Tally.GOOD_TOLD, brand, day)
        self._write(Kind.EXPERIENCE, brand, time, ordinal=ordinal, valence=1.0 if good else -1.0)

    # ---- small things ----

    def _draw(self, purpose: int, item: Item) -> float:
        columns = self.columns
        place = _REACTIONS.get(purpose)
        if place is not None:
            key = (columns.seed, _REACTION, self.key, item.sender_key, columns.step, item.message.key)
            return uniform4(*key)[place]
        return uniform(columns.seed, purpose, self.key, item.sender_key, columns.step, item.message.key)

    def _happens(self, purpose: int, item: Item, chance: float) -> bool:
        """Whether something is done about an item that was seen."""
        return chance > 0.0 and self._compare(purpose, item, None, chance, self._draw(purpose, item))

    def _decides(self, purpose: int, brand: int, number: int, time: float, chance: float) -> bool:
        """Whether something is done about a brand, of one's own accord."""
        draw = self._draw_of_brand(purpose, brand, self.columns.step, number)
        return self._compare(purpose, brand, time, chance, draw)

    def _compare(
        self, purpose: int, about: Item | int, time: float | None, chance: float, draw: float
    ) -> bool:
        """Every decision comes by here: it is done if the draw is below the chance.

        about: an item, or the row of a brand; time: hours, None for an item that was just appraised
        """
        return draw < chance

    def _draw_of_brand(self, purpose: int, brand: int, step: int, number: int) -> float:
        columns = self.columns
        return uniform(columns.seed, purpose, self.key, columns.brands[brand].key, step, number)

    def _day(self, time: float) -> int:
        return min(int(time / 24.0), self.columns.last_day)

    def _count(self, what: Tally, brand: int, day: int) -> None:
        self.columns.tally[day, brand, what] += 1

    def _protest(self, brand: int, act: int, what: Tally, day: int) -> None:
        kernel.protest(self.columns.pairs, self.columns.tally, self.row, brand, act, int(what), day)

    def _complain(self, brand: int, time: float, ordinal: int) -> None:
        self._protest(brand, _COMPLAINED, Tally.COMPLAINTS, self._day(time))
        self._write(Kind.COMPLAINT, brand, time, ordinal=ordinal, valence=-1.0)

    def _write(
        self,
        kind: Kind,
        brand: int,
        time: float,
        *,
        ordinal: int,
        valence: float = 0.0,
        topic: int = 0,
        close_only: bool = False,
        target: int = TO_FOLLOWERS,
        answer_to: int = NO_MESSAGE,
    ) -> None:
        """Write a message of one's own. A topic of 0 is drawn at delivery, −1 is none."""
        kernel.draft_message(
            self.columns.progress,
            self.columns.drafts,
            self.row,
            time,
            int(kind),
            brand,
            topic,
            valence,
            ordinal,
            int(close_only),
            target,
            answer_to,
        )


class Customer(Person):
    """A person who follows the focal brand or has bought from it: its posts may be in the feed."""


class Friend(Person):
    """A person who neither follows the focal brand nor has bought; hears of it when somebody shares."""


def _field(table: Records, name: str) -> Any:
    """One field of a table; a view, without the detour of records."""
    return table[name].view(np.ndarray)


def _for_kernel(table: Records, dtype: np.dtype[Any]) -> Any:
    """View the same memory as numba recognizes it fastest; without numba, as records with attributes."""
    return table.view(np.ndarray).view(dtype) if JIT else table
