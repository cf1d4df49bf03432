"""How fast the agents engine is beside a plain Mesa model of the same rules.

    python tests/benchmarks/bench_agents.py [people] [days]

The plain version is what one writes without further thought: attributes and dictionaries on agents, everybody
activated in each step by `shuffle_do`, Mesa's random numbers, the same compiled rules, the same mechanisms, the same
network, traits and calendar. It has no tables, no keys and so no second engine to agree with. Its luck is another, so
the counts printed agree within noise, not to the bit; they are there to show that both do the same work.

Its brands do what those of the scenario below do: they leave complaints on their pages, are asked, and answer nobody.
Left out is what these brands never do: answer, delete, close, listen and feign; and events, of which there are none.
"""

import sys
import time
from bisect import insort
from typing import Any

from mesa import Agent, Model

from worthsharing.sim import rules
from worthsharing.sim.kernel import LIKED_FOR_HOURS, PER_MONTH, PER_YEAR
from worthsharing.sim.model import CampaignModel
from worthsharing.sim.scenario import Scenario, validate
from worthsharing.sim.state import MEMORIES, NEVER, Kind, Tally
from worthsharing.sim.world import SLOTS_MESSAGES, Campaign

OWNED, PAID = "owned", "paid"


class Message:
    """What has been said."""

    def __init__(
        self, author: Any, kind: Kind, brand: Any, series: Any, topic: int | None, **content: float
    ) -> None:
        self.author, self.kind, self.brand, self.series, self.topic = author, kind, brand, series, topic
        self.value, self.pressure, self.valence = content["value"], content["pressure"], content["valence"]
        self.arousal, self.moral_words, self.time = (
            content["arousal"],
            content["moral_words"],
            content["time"],
        )
        self.close_only = False
        self.asks = kind in (Kind.OFFER, Kind.PRODUCT)
        self.likes = self.engagements = self.impressions = self.shares = self.likes_seen = 0


class BrandSeen:
    """What one person has to do with one brand."""

    def __init__(self, follows: bool, has_bought: bool, attitude: float) -> None:
        self.follows, self.has_bought, self.attitude = follows, has_bought, attitude
        self.hidden = self.in_backlash = False
        self.fatigue = self.exposures = self.memory = self.touched = 0.0
        self.seen = 0
        self.external_due = self.leave_due = self.decision_due = self.experience_due = self.patience_due = (
            NEVER
        )
        self.given = 0.0
        self.helped = False
        self.last_touch, self.touches = "", set[str]()


class PlainPerson(Agent):
    """A person as one writes it first."""

    model: "PlainModel"

    def __init__(self, model: "PlainModel", trait: Any) -> None:
        super().__init__(model)
        self.visits_per_hour, self.inflow, self.crowding = (
            float(trait[name]) for name in ("visits_per_hour", "inflow", "crowding")
        )
        self.sensitivity, self.reward_appeal, self.talkative = (
            float(trait[name]) for name in ("sensitivity", "reward_appeal", "talkative")
        )
        self.followers: list[PlainPerson] = []
        self.close: set[PlainPerson] = set()
        self.feed: list[
            tuple[float, int, Message, Any, bool]
        ] = []  # −arrival, number, message, sender, rewarded
        self.remembered: dict[Message, list[int]] = {}  # times seen, shared; oldest first
        self.interests: dict[int, float] = {}
        self.muted: set[PlainPerson] = set()
        self.unwanted: dict[PlainPerson, int] = {}
        self.rewarded_by: dict[PlainPerson, int] = {}
        self.brands: dict[Any, BrandSeen] = {}
        self.post_due = NEVER

    def begin(self) -> None:
        model, c = self.model, self.model.c
        self.post_due = model.wait(c.experience_everyday_per_day * self.talkative / 24.0)
        for brand, mine in self.brands.items():
            if not mine.has_bought:
                mine.external_due = model.wait(c.adoption_external_per_year * brand.known_outside * PER_YEAR)
            else:
                mine.experience_due = model.wait(c.experience_per_month * PER_MONTH)
            if mine.follows:
                mine.leave_due = model.wait(c.leaving_unfollow_per_month * PER_MONTH)

    def step(self) -> None:
        model = self.model
        time = model.start
        while True:
            time += model.wait(self.visits_per_hour)
            if time >= model.end:
                break
            self.visit(time)
        self.act_of_own_accord()

    def visit(self, time: float) -> None:
        c, random = self.model.c, self.model.random
        kept, above = [], 0
        for entry in self.feed:
            hours = time + entry[0]
            if hours < 0.0:
                kept.append(entry)
                continue
            rank = above + self.inflow * hours
            if entry[3] is OWNED or entry[3] is PAID:
                rank *= self.crowding
            effort = rules.effort(
                rank, hours, 1.0 / c.attention_items_per_visit, 1.0 / (24.0 * c.attention_attention_days)
            )
            chance = rules.p_seen(effort)
            if entry[2].kind is Kind.ANSWER:
                chance = 1.0
            above += 1
            if random.random() < chance:
                self.react(entry[2], entry[3], entry[4], time)
                if entry[3] is OWNED:
                    self.read_comments(entry[2], time)
            elif not rules.is_lost(chance):
                kept.append(entry)
        self.feed = kept

    def read_comments(self, post: Message, time: float) -> None:
        complaint = self.model.pages.get(post.brand)
        days = self.model.c.moderation_page_days
        if complaint is None or complaint.author is self or time >= complaint.time + 24.0 * days:
            return
        if self.model.random.random() < self.model.c.moderation_p_read_comments:
            self.react(complaint, complaint.author, False, time, a_stranger=True)

    def remember(self, message: Message) -> list[int]:
        entry = self.remembered.pop(message, None)
        if entry is None:
            entry = [0, 0]
            if len(self.remembered) == MEMORIES:
                del self.remembered[next(iter(self.remembered))]
        self.remembered[message] = entry
        return entry

    def react(
        self, message: Message, sender: Any, rewarded: bool, time: float, *, a_stranger: bool = False
    ) -> None:
        model, c, random = self.model, self.model.c, self.model.random
        brand, series, friend = message.brand, message.series, sender is not OWNED and sender is not PAID
        entry = self.remember(message)
        earlier = float(entry[0])
        entry[0] += 1
        message.impressions += 1
        strong = friend and not a_stranger and sender in self.close
        worn, tired, attitude, grateful, mine = 1.0, 0.0, 0.0, 1.0, None
        if brand is not None:
            mine = self.brands[brand]
            days = max(0.0, time - mine.touched) / 24.0
            mine.fatigue = rules.decay(mine.fatigue, days, c.fatigue_half_life)
            mine.exposures = rules.fading(mine.exposures, days, c.fatigue_wear_window)
            mine.memory = rules.decay(mine.memory, days, c.fatigue_memory_half_life)
            mine.given = rules.decay(mine.given, days, c.reciprocity_half_life)
            if message.asks:
                grateful = rules.gratitude(mine.given, c.reciprocity_small_gift, c.reciprocity_large_gift)
            mine.touched, attitude, tired = time, mine.attitude, mine.fatigue
            worn = rules.wear(mine.exposures, c.fatigue_wear_exponent)
        if not friend:
            credibility = rules.brand_credibility(c.worth_brand_credibility, attitude)
        else:
            credibility = c.worth_strong_tie_credibility if strong else c.worth_weak_tie_credibility
        if rewarded:
            before = self.rewarded_by.get(sender, 0)
            credibility *= rules.pair_effect(
                float(before), c.sharing_pair_full_effect, c.sharing_pair_worn_out, c.sharing_pair_floor
            )
            if series.reward_visible:
                credibility *= rules.sincerity_left(
                    strong,
                    False,
                    bool(series.reward_both),
                    c.sincerity_penalty_weak_tie,
                    c.sincerity_penalty_strong_tie,
                    c.sincerity_penalty_both_rewarded,
                )
            self.rewarded_by[sender] = before + 1
        relevance = 1.0
        if message.topic is not None:
            if message.topic not in self.interests:
                exponent = model.exponents[message.topic]
                self.interests[message.topic] = rules.interest(1.0 - random.random(), exponent)
            relevance = self.interests[message.topic]
        worth = rules.worth(
            message.value,
            relevance,
            credibility,
            rules.novelty(earlier, c.worth_irritation_exposures),
            message.pressure,
            self.sensitivity,
            c.fatigue_worth_lost * tired,
            c.worth_reading_cost,
        )
        lift = rules.rise(worth, c.sharing_typical_worth, c.sharing_steepness)
        if mine is not None:
            model.count("impressions")
            if mine.seen == 0:
                model.count("reach")
            mine.seen += 1
            if worth < 0.0:
                model.count("noise")
            if message.kind is Kind.COMPLAINT:
                model.count("complaint exposures")
            if rewarded:
                model.count("forwards seen")
        else:
            model.count("everyday items")
            if worth > c.worth_worth_reading:
                model.count("worth reading")
            if worth < 0.0:
                model.count("everyday noise")

        proof = c.sharing_social_proof if message.likes_seen > 0 else 1.0
        if random.random() < rules.p_reaction(c.sharing_p_like, lift, proof, worn):
            message.likes += 1
            message.engagements += 1
            model.count("likes")
        if random.random() < rules.p_reaction(c.sharing_p_comment, lift, 1.0, worn):
            message.engagements += 1
            model.count("comments")
        if not entry[1] and message.kind is not Kind.ANSWER and not message.close_only:
            factor, pull, ease, base, promised = 1.0, 0.0, 1.0, c.sharing_p_share_people, False
            if series is not None:
                ease, base = series.ease, c.sharing_p_share_brand
                promised = series.reward > 0.0 and model.rewards_left[series] > 0
                if promised:
                    pull = rules.reward_pull(series.reward, c.sharing_usual_reward, self.reward_appeal)
                    factor = 1.0 + (c.sharing_reward_multiplier - 1.0) * pull
            stirred = rules.stirring(
                message.arousal, c.sharing_arousal_boost, message.moral_words, c.sharing_moral_word_boost
            )
            shares = random.random() < rules.p_share(
                base, lift, ease, self.talkative, stirred, factor, worn, grateful
            )
            if promised and not shares and mine is not None and mine.has_bought:
                shares = random.random() < rules.p_bought_forward(c.sharing_p_forward_for_reward, pull, worn)
            if shares:
                entry[1] = 1
                message.shares += 1
                message.engagements += 1
                model.count("shares" if mine is not None else "everyday shares")
                model.outbox.append((time, self, message, promised, None))

        if mine is not None and friend and not a_stranger and worth < 0.0 and message.kind is not Kind.ANSWER:
            self.unwanted[sender] = self.unwanted.get(sender, 0) + 1
            chance = rules.p_mute_sharer(c.attitude_p_mute_sharer, float(self.unwanted[sender]), strong)
            if sender not in self.muted and random.random() < chance:
                self.muted.add(sender)
                self.protest(mine, "mutes")
        if mine is None:
            return

        if message.kind in (Kind.EXPERIENCE, Kind.ANSWER, Kind.COMPLAINT):
            share = c.attitude_per_heard * credibility
            if message.valence < 0.0:
                share *= c.attitude_heard_negative
            mine.attitude = rules.attitude_after(attitude, message.valence, share)
        elif series is not None:
            impression = rules.impression_of(worth, c.sharing_typical_worth)
            mine.attitude = rules.attitude_after(attitude, impression, c.attitude_per_item)
        if series is not None:
            mine.fatigue = rules.fatigue_after(
                tired, worth, earlier, c.fatigue_per_unwanted, c.fatigue_per_repeat
            )
            mine.exposures += 1.0
        mine.memory += 1.0
        if message.asks:
            mine.given = max(0.0, mine.given - 1.0)
        elif series is not None and worth > 0.0:
            mine.given += 1.0
        if message.kind is Kind.ANSWER and mine.decision_due != NEVER:
            mine.helped = True
        if series is not None:
            annoyed = rules.annoyance(
                message.pressure,
                self.sensitivity,
                relevance,
                worth,
                tired,
                c.leaving_cause_promotion,
                c.leaving_cause_irrelevance,
                c.leaving_cause_frequency,
            )
            if annoyed > 0.0 and random.random() < rules.p_leave(c.leaving_p_per_promotion, annoyed):
                self.leave(brand, mine, time)
        if message.kind is Kind.QUESTION and mine.has_bought and random.random() < c.experience_p_help:
            model.count("answers")
            self.write(Kind.ANSWER, brand, time, 1.0 if mine.attitude >= 0.0 else -1.0, target=message.author)
        if message.kind is Kind.QUESTION:
            return
        welcome = worth > 0.0 and message.valence >= 0.0 and not mine.follows and not mine.hidden
        if welcome and random.random() < rules.p_reaction(c.adoption_p_follow, lift, 1.0, worn):
            self.follow(mine, time)
        if not mine.has_bought:
            if message.kind is Kind.ANSWER:
                touch, base = "answer", c.adoption_p_consider_experience
            elif message.kind in (Kind.EXPERIENCE, Kind.COMPLAINT):
                touch, base = "experience", c.adoption_p_consider_experience
            elif friend:
                touch, base = "forward", c.adoption_p_consider_forward
            else:
                touch, base = sender, c.adoption_p_consider_brand
            mine.touches.add(touch)
            mine.last_touch = touch
            if message.valence < 0.0 or mine.decision_due != NEVER:
                return
            if random.random() < rules.p_consider(base, credibility, worn, grateful):
                model.count("considerations")
                mine.decision_due = time + model.wait(1.0 / (24.0 * c.adoption_decision_days))
                if random.random() < c.experience_p_ask:
                    model.count("questions")
                    self.write(Kind.QUESTION, brand, time, 0.0)
                if random.random() < c.listening_p_ask_brand:
                    self.ask_brand(mine, brand, time)

    def ask_brand(self, mine: BrandSeen, brand: Any, time: float) -> None:
        """Ask a brand that answers nobody, and wait."""
        self.model.count("questions to brands")
        mine.patience_due = time + self.model.c.listening_tolerated_hours
        self.write(Kind.QUESTION, brand, time, 0.0, target=brand)

    def lose_patience(self, mine: BrandSeen) -> None:
        mine.patience_due = NEVER
        self.model.count("ignored")
        mine.attitude = rules.shifted(mine.attitude, -self.model.c.listening_per_unanswered)
        if mine.follows and self.model.random.random() < self.model.c.listening_p_leave_ignored:
            self.unfollow(mine)

    def act_of_own_accord(self) -> None:
        model, c, random = self.model, self.model.c, self.model.random
        while self.post_due < model.end:
            self.write(Kind.EVERYDAY, None, self.post_due, 0.0)
            self.post_due += model.wait(c.experience_everyday_per_day * self.talkative / 24.0)
        for brand, mine in self.brands.items():
            if mine.patience_due < model.start:
                self.lose_patience(mine)
            if mine.external_due < model.end:
                time, mine.external_due = mine.external_due, NEVER
                if not mine.has_bought:
                    mine.last_touch = "outside"
                    self.adopt(mine, time)
            if mine.leave_due < model.end:
                mine.leave_due = NEVER
                if mine.follows:
                    self.unfollow(mine)
            if mine.decision_due < model.end:
                time, mine.decision_due = mine.decision_due, NEVER
                factor = c.listening_decision_help if mine.helped else 1.0
                chance = rules.p_buy(c.adoption_p_buy, mine.attitude, c.adoption_attitude_pull, factor)
                if not mine.has_bought and random.random() < chance:
                    self.adopt(mine, time)
            while mine.experience_due < model.end:
                self.have_experience(brand, mine, mine.experience_due)
                mine.experience_due += model.wait(c.experience_per_month * PER_MONTH)

    def have_experience(self, brand: Any, mine: BrandSeen, time: float) -> None:
        model, c, random = self.model, self.model.c, self.model.random
        good = random.random() < brand.quality
        share = c.attitude_per_experience if good else c.attitude_per_experience * c.attitude_own_negative
        mine.attitude = rules.attitude_after(mine.attitude, 1.0 if good else -1.0, share)
        if random.random() < c.listening_p_question:
            self.ask_brand(mine, brand, time)
        extra = c.adoption_referred_telling if mine.last_touch in ("forward", "experience", "answer") else 0.0
        base = c.experience_p_tell_good if good else c.experience_p_tell_bad
        mood = rules.mood(mine.attitude, c.attitude_of_customers, c.experience_attitude_pull, good)
        if random.random() >= rules.p_tell(base, brand.experience_ease, extra, mood):
            return
        if not good and random.random() < c.experience_p_complain:
            self.protest(mine, "complaints")
            self.write(Kind.COMPLAINT, brand, time, -1.0)
        else:
            model.count("experiences told")
            self.write(Kind.EXPERIENCE, brand, time, 1.0 if good else -1.0)

    def adopt(self, mine: BrandSeen, time: float) -> None:
        model, c = self.model, self.model.c
        mine.has_bought, mine.external_due, mine.decision_due = True, NEVER, NEVER
        model.count("adoptions")
        mine.experience_due = time + model.wait(c.experience_per_month * PER_MONTH)
        if not mine.follows and not mine.hidden and model.random.random() < c.adoption_p_follow_at_purchase:
            self.follow(mine, time)

    def follow(self, mine: BrandSeen, time: float) -> None:
        mine.follows = True
        self.model.count("followers gained")
        mine.leave_due = time + self.model.wait(self.model.c.leaving_unfollow_per_month * PER_MONTH)

    def unfollow(self, mine: BrandSeen) -> None:
        mine.follows, mine.leave_due = False, NEVER
        self.protest(mine, "unfollows")

    def leave(self, brand: Any, mine: BrandSeen, time: float) -> None:
        c, style, follows = self.model.c, self.model.random.random(), mine.follows
        silent, hides = c.leaving_silent, c.leaving_silent + c.leaving_hide
        tells = hides + c.leaving_tell_friends
        if (silent <= style < hides) or (style < tells and not follows):
            mine.hidden = True
            self.protest(mine, "hides")
        elif follows:
            self.unfollow(mine)
        if hides <= style < tells:
            self.write(Kind.EXPERIENCE, brand, time, -1.0, close_only=True)
        elif style >= tells:
            self.protest(mine, "complaints")
            self.write(Kind.COMPLAINT, brand, time, -1.0)

    def protest(self, mine: BrandSeen, how: str) -> None:
        if not mine.in_backlash:
            mine.in_backlash = True
            self.model.count("backlash")
        self.model.count(how)

    def write(
        self,
        kind: Kind,
        brand: Any,
        time: float,
        valence: float,
        *,
        close_only: bool = False,
        target: Any = None,
    ) -> None:
        c, random = self.model.c, self.model.random
        angry = kind is Kind.COMPLAINT
        message = Message(
            self,
            kind,
            brand,
            None,
            None if kind is Kind.ANSWER else int(random.random() * c.worth_topics),
            value=rules.appeal(random.random()) if kind is Kind.EVERYDAY else c.experience_value,
            pressure=0.0,
            valence=valence,
            arousal=c.leaving_complaint_arousal if angry else 0.0,
            moral_words=float(c.leaving_complaint_moral_words) if angry else 0.0,
            time=time,
        )
        message.close_only = close_only
        self.remember(message)[:] = [1, 1]
        self.model.messages.append(message)
        self.model.outbox.append((time, self, message, False, target))

    def receive(self, arrival: float, message: Message, sender: Any, rewarded: bool) -> None:
        self.model.numbers += 1
        insort(self.feed, (-arrival, self.model.numbers, message, sender, rewarded))
        if len(self.feed) > SLOTS_MESSAGES:
            self.feed.pop()


class PlainModel(Model):
    """The same campaign, written without tables and keys."""

    def __init__(self, campaign: Campaign) -> None:
        super().__init__(rng=1)
        self.c, self.campaign = campaign.constants, campaign
        world, plan, state = campaign.world, campaign.plan, campaign.state
        self.people = [PlainPerson(self, trait) for trait in world.traits]
        terms = [
            type("Terms", (), dict(zip(plan.series.dtype.names, row.item(), strict=True)))
            for row in plan.series
        ]
        brands = [
            type("Brand", (), dict(zip(plan.brands.dtype.names, row.item(), strict=True)))
            for row in plan.brands
        ]
        self.rewards_left: dict[Any, int] = {}
        self.terms = terms
        self.calendar = [(row["time"].item(), terms[row["series"]], int(row["topic"])) for row in plan.posts]
        self.posts_of = [brands[series.brand] for _, series, _ in self.calendar]
        for row, person in enumerate(self.people):
            for tie in range(world.indptr[row], world.indptr[row + 1]):
                friend = self.people[world.followers[tie]]
                person.followers.append(friend)
                if friend not in person.close and self.random.random() < self.c.strong_ties:
                    person.close.add(friend)
                    friend.close.add(person)
            for at, brand in enumerate(brands):
                person.brands[brand] = BrandSeen(
                    bool(state.follows[row, at]),
                    bool(state.pairs["has_bought"][row, at]),
                    float(state.attitude[row, at]),
                )
        self.messages: list[Message] = []
        self.pages: dict[Any, Message] = {}  # the latest complaint about each brand
        self.exponents = world.topic_exponents.tolist()
        self.live_from = self.next_post = self.numbers = self.number = 0
        self.outbox: list[tuple[float, PlainPerson, Message, bool, Any]] = []
        self.counts: dict[str, int] = {}
        self.daily: list[float] = []
        self.start, self.end = 0.0, self.c.clock_step_hours
        for person in self.people:
            person.begin()

    def wait(self, rate: float) -> float:
        return rules.waiting_time(1.0 - self.random.random(), rate)

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def step(self) -> None:
        self.start, self.end = (
            self.number * self.c.clock_step_hours,
            (self.number + 1) * self.c.clock_step_hours,
        )
        self.publish()
        self.agents.shuffle_do("step")
        self.deliver()
        self.measure()
        self.number += 1

    def publish(self) -> None:
        while self.next_post < len(self.calendar) and self.calendar[self.next_post][0] < self.end:
            time, series, topic = self.calendar[self.next_post]
            brand = self.posts_of[self.next_post]
            self.rewards_left[series] = self.rewards_left.get(series, 0) + series.rewards_per_post
            self.next_post += 1
            message = Message(
                None,
                Kind(series.kind),
                brand,
                series,
                topic if topic >= 0 else None,
                value=series.value,
                pressure=series.pressure,
                valence=0.0,
                arousal=series.arousal,
                moral_words=0.0,
                time=time,
            )
            self.messages.append(message)
            for person in self.people:
                mine = person.brands[brand]
                if mine.follows and not mine.hidden:
                    person.receive(time, message, OWNED, False)
                if series.p_paid > 0.0 and not mine.hidden and self.random.random() < series.p_paid:
                    person.receive(time, message, PAID, False)

    def deliver(self) -> None:
        for sent, sender, message, rewarded, target in self.outbox:
            arrival = sent + self.c.clock_step_hours
            if rewarded:
                self.rewards_left[message.series] -= 1
            if message.kind is Kind.COMPLAINT and sender is message.author:
                shown = self.pages.get(message.brand)
                if shown is None or shown.time < message.time:
                    self.pages[message.brand] = message
            if target is not None and not isinstance(target, PlainPerson):
                continue  # asked of a brand
            if target is not None:
                target.receive(arrival, message, sender, False)
                continue
            for follower in sender.followers:
                if sender in follower.muted or (message.close_only and follower not in sender.close):
                    continue
                follower.receive(arrival, message, sender, rewarded)
        self.outbox.clear()

    def measure(self) -> None:
        while (
            self.live_from < len(self.messages)
            and self.messages[self.live_from].time < self.start - LIKED_FOR_HOURS
        ):
            self.live_from += 1
        for message in self.messages[self.live_from :]:
            message.likes_seen = message.likes
        if int(self.end / 24.0) > int(self.start / 24.0):
            for person in self.people:
                for mine in person.brands.values():
                    self.daily.append(mine.attitude)
                    if mine.fatigue > 0.0:
                        days = max(0.0, self.end - mine.touched) / 24.0
                        self.daily.append(rules.decay(mine.fatigue, days, self.c.fatigue_half_life))


def scenario_of(people: int, days: int) -> Scenario:
    return validate(
        {
            "world": {"people": people},
            "clock": {"days": days},
            "brand": {
                "series": [
                    {"name": "useful"},
                    {"name": "offers", "kind": "offer", "per_week": 2.0, "value": 0.3, "pressure": 0.2, "reward": 5.0,
                     "rewards_per_post": 50, "paid_impressions": people / 10},
                ],
            },
            "rivals": [{"name": "rival"}],
        },
        "benchmark",
    )  # fmt: skip


def main(people: int = 1000, days: int = 30) -> None:
    scenario = scenario_of(people, days)
    for engine in ("agents", "bulk"):
        CampaignModel(scenario_of(50, 2), engine=engine).run()  # type: ignore[arg-type]  # compile
    plain_times, our_times, plain_counts, our_counts = [], [], {}, {}
    for _ in range(3):
        begin = time.process_time()
        plain = PlainModel(CampaignModel(scenario, engine="bulk").campaign)
        for _ in range(plain.campaign.steps):
            plain.step()
        plain_times.append(time.process_time() - begin)
        plain_counts = plain.counts
        begin = time.process_time()
        ours = CampaignModel(scenario)
        ours.run()
        our_times.append(time.process_time() - begin)
        items = int(ours.campaign.state.tally[:, -1, Tally.IMPRESSIONS_EARNED].sum())
        seen = int(ours.campaign.state.seen.sum())
        our_counts = {
            "everyday items": items,
            "impressions": seen,
            "messages": int(ours.campaign.state.progress[3]),
            "questions to brands": int(ours.campaign.state.tally[:, :, Tally.QUESTIONS_TO_BRAND].sum()),
            "ignored": int(ours.campaign.state.tally[:, :, Tally.IGNORED].sum()),
            "complaint exposures": int(ours.campaign.state.tally[:, :, Tally.COMPLAINT_EXPOSURES].sum()),
        }
    plain_counts["messages"] = len(plain.messages)
    begin = time.process_time()
    CampaignModel(scenario, engine="bulk").run()
    bulk = time.process_time() - begin
    print(f"{people:,} people, {days} days, best of 3, CPU seconds")
    print(
        f"plain Mesa {min(plain_times):6.2f}   "
        + str({name: plain_counts.get(name, 0) for name in our_counts})
    )
    print(f"agents     {min(our_times):6.2f}   {our_counts}")
    print(f"bulk       {bulk:6.2f}")
    print(f"agents engine against plain Mesa: {min(plain_times) / min(our_times):.2f} times as fast")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
