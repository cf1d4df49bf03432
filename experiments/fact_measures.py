"""How each stylised fact is measured: campaigns at the shipped defaults, and what their tables say of it.

A study runs some campaigns in one world and returns its sample; the functions from samples to estimates are pure. What
a study changes is what the fact is about (who is shown what, and how often), never how people behave.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy  # scipy.optimize takes a third of a second to import: SciPy does it when it is used
from scipy import special

from worthsharing.sim.draws import world_seed
from worthsharing.sim.measures import VIRAL_PEOPLE, VIRAL_TIMES_MEDIAN, cascade_shapes
from worthsharing.sim.run import RunResult, result_of, simulate
from worthsharing.sim.scenario import Scenario, load_scenario, validate
from worthsharing.sim.state import NEVER, Act, Floats, Kind, Longs, Progress, Records, Tally, Touch
from worthsharing.sim.world import Campaign, build_world, new_campaign

Sample = Mapping[str, Any]  # what one world says, by name
Samples = Sequence[Sample]

DAYS_PER_MONTH = 30.4375
LAST_DAYS = 14  # posts of the last two weeks are left out where a whole cascade is looked at
BIG_CASCADE = 100
TAIL_FROM = 20
LONG_LIVED_DAYS = (
    7.0  # Weng et al. speak of long-lived memes: here, still shared after one default attention window
)
MOST_POPULAR = 0.001  # share of posts that counts as the most popular
FREQUENCIES = (1, 2, 4, 9)
REST_DAYS = 28
BURST_DAYS = 14
FAST_MINUTES, LATE_MINUTES = 5.0, 60.0  # Huang et al. 2018
BRAND_SIZES = (0.03, 0.10, 0.30)  # share of people who follow
FORWARDS_FRESH, FORWARDS_WORN = 3, 10  # of one sender: the first ones, and those beyond


class Estimate(NamedTuple):
    """A measured number with its 95 % interval.

    worlds: how many said it; share: of worlds in which the sign is as published (not a number where no sign is judged)
    """

    value: float
    low: float
    high: float
    worlds: int
    share: float = math.nan


@dataclass(frozen=True)
class Study:
    """Campaigns that are run in each of some worlds for the sake of one or several facts.

    sample: takes seed, number of the world, people, and settings by key path on top of the defaults (none, but to see
    how a fact moves with a parameter)
    seconds: that one world takes on one processor, roughly
    """

    what: str
    people: int
    worlds: int
    quick_people: int
    quick_worlds: int
    seconds: float
    sample: Callable[[int, int, int, Mapping[str, Any]], Sample]


# ---- estimates ----------------------------------------------------------------------------------------------------


def pooled(samples: Samples, statistic: Callable[[Samples], float]) -> Estimate:
    """Estimate a statistic of all worlds together, with a jackknife over worlds for its interval."""
    value, count = statistic(samples), len(samples)
    if count < 2 or not math.isfinite(value):
        return Estimate(value, -math.inf, math.inf, count)
    left_out = np.array([statistic([*samples[:one], *samples[one + 1 :]]) for one in range(count)])
    error = math.sqrt((count - 1) / count * float(((left_out - left_out.mean()) ** 2).sum()))
    reach = float(special.stdtrit(count - 1, 0.975)) * error
    return Estimate(value, value - reach, value + reach, count)


def signed(values: np.ndarray, expected: int) -> Estimate:
    """Estimate a mean difference over paired worlds; a tie is not the right sign.

    expected: 1 or −1, the published sign
    """
    known = values[np.isfinite(values)]
    count = int(known.size)
    if count == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    mean = float(known.mean())
    reach = math.inf
    if count > 1:
        reach = float(special.stdtrit(count - 1, 0.975)) * float(known.std(ddof=1)) / math.sqrt(count)
    share = float(np.count_nonzero(known * expected > 0.0)) / values.size
    return Estimate(mean, mean - reach, mean + reach, count, share)


def gathered(samples: Samples, name: str) -> np.ndarray:
    """One entry of all worlds: arrays end to end, or numbers as one array."""
    values = [sample[name] for sample in samples]
    return np.concatenate(values) if values and np.ndim(values[0]) else np.array(values, np.float64)


def ratio_of_sums(top: str, bottom: str) -> Callable[[Samples], float]:
    """Make a statistic: the sum of one entry over the sum of another."""

    def statistic(samples: Samples) -> float:
        below = float(sum(np.sum(sample[bottom]) for sample in samples))
        return float(sum(np.sum(sample[top]) for sample in samples)) / below if below else math.nan

    return statistic


# ---- what tables of a run say --------------------------------------------------------------------------------------


def own_posts(messages: Records, before: float) -> Longs:
    """Rows of people's own posts, everyday and experience, written before an hour; words to close friends are none."""
    kinds = (messages["kind"] == Kind.EVERYDAY) | (messages["kind"] == Kind.EXPERIENCE)
    chosen = kinds & (messages["author"] >= 0) & (messages["close_only"] == 0) & (messages["time"] < before)
    return np.flatnonzero(chosen)


def top_share(counts: np.ndarray, share: float) -> float:
    """Share of a total that falls to the largest `share` of entries.

    >>> top_share(np.array([8, 1, 1, 0]), 0.25)
    0.8
    """
    ordered = np.sort(counts)[::-1]
    total = float(ordered.sum())
    return float(ordered[: max(1, round(share * ordered.size))].sum()) / total if total else math.nan


def gini(counts: np.ndarray) -> float:
    """Gini coefficient: 0 if all are equal, near 1 if one has everything.

    >>> gini(np.array([1, 1, 1, 1])), gini(np.array([0, 0, 0, 4]))
    (0.0, 0.75)
    """
    ordered = np.sort(counts).astype(np.float64)
    total, count = float(ordered.sum()), ordered.size
    if not total:
        return math.nan
    return float(2.0 * (np.arange(1, count + 1) * ordered).sum() / (count * total) - (count + 1) / count)


def tail_exponent(sizes: np.ndarray, smallest: int) -> float:
    """Maximum-likelihood exponent of a discrete power law from `smallest` on (Clauset, Shalizi & Newman 2009)."""
    tail = sizes[sizes >= smallest]
    if tail.size < 10:
        return math.nan
    logs = float(np.log(tail).mean())

    def loss(exponent: float) -> float:
        return exponent * logs + math.log(float(special.zeta(exponent, smallest)))

    return float(scipy.optimize.minimize_scalar(loss, bounds=(1.05, 8.0), method="bounded").x)


def lifetimes(messages: Records, sends: Records, chosen: Longs) -> Floats:
    """Days from each chosen message to its last share, shape (chosen,); 0 if it was never shared."""
    last = messages["time"].astype(np.float64)
    np.maximum.at(last, sends["message"], sends["time"])
    return (last[chosen] - messages["time"][chosen]) / 24.0


def verdicts_on_items(tally: Longs) -> tuple[int, int, int]:
    """Items that people saw and found worth reading, in between, and worth less than nothing.

    tally: (days, brands + 1, Tally), so brands' items and everyday talk together
    """
    total = tally.sum(axis=(0, 1))
    seen = int(
        total[Tally.IMPRESSIONS_PAID] + total[Tally.IMPRESSIONS_OWNED] + total[Tally.IMPRESSIONS_EARNED]
    )
    worth, noise = int(total[Tally.WORTH_READING]), int(total[Tally.NOISE])
    return worth, seen - worth - noise, noise


def organic_reach(run: RunResult) -> tuple[float, float]:
    """Times that followers saw a post on the brand's own page, and posts × followers who could have.

    A follower sees the page's copy of a post once at most, so that times are followers.
    """
    posts = run.messages["time"][(run.messages["brand"] == 0) & (run.messages["series"] >= 0)]
    days = np.minimum((posts / 24.0).astype(np.int64), run.closings.shape[0] - 1)
    could = float(run.closings["followers"][days, 0].sum())
    return float(run.tally[:, 0, Tally.IMPRESSIONS_OWNED].sum()), could


def shares_per_reached(run: RunResult, before: float) -> Floats:
    """Shares per person who saw it, of each of the brand's posts before an hour, shape (posts,).

    An exposure counts as a person: only a friend's share can show a post to somebody twice.
    """
    posts = (run.messages["brand"] == 0) & (run.messages["series"] >= 0) & (run.messages["time"] < before)
    seen = run.messages["impressions"][posts].astype(np.float64)
    return np.where(seen > 0, run.messages["shares"][posts] / np.maximum(seen, 1.0), np.nan)


def leavers(run: RunResult) -> tuple[int, int, int]:
    """First followers, those of them who left (unfollowed or hid the brand), and those who left in silence.

    Silent is who unfollowed, and neither hid, nor complained in public, nor told close friends.
    """
    first = run.first_follows[:, 0] != 0
    acts = run.pairs["acts"][:, 0]
    left = first & ((acts & (Act.UNFOLLOWED | Act.HID)) != 0)
    told = np.zeros(run.people, bool)
    words = run.messages[(run.messages["brand"] == 0) & (run.messages["close_only"] != 0)]
    told[words["author"][words["author"] >= 0]] = True
    loud = ((acts & (Act.HID | Act.COMPLAINED)) != 0) | told
    return int(first.sum()), int(left.sum()), int((left & ~loud).sum())


def monthly_hazard(at_first: float, left: float, days: float) -> float:
    """Hazard per month of a tie of which a share is gone after some days.

    >>> round(monthly_hazard(100.0, 10.0, DAYS_PER_MONTH), 4)
    0.1054
    """
    if at_first <= 0.0 or left >= at_first:
        return math.nan
    return -math.log(1.0 - left / at_first) * DAYS_PER_MONTH / days


def negative_posts(run: RunResult) -> tuple[Longs, int]:
    """How often each negative post about the brand was seen, and how many of them went viral (see MODEL.md)."""
    seen = run.messages["impressions"][(run.messages["brand"] == 0) & (run.messages["valence"] < 0.0)]
    if seen.size == 0:
        return seen, 0
    viral = (seen >= VIRAL_TIMES_MEDIAN * np.median(seen)) & (seen >= VIRAL_PEOPLE)
    return seen, int(np.count_nonzero(viral))


# ---- looking at a campaign while it runs -------------------------------------------------------------------------------


def watched(campaign: Campaign, seed: int, number: int, look: Callable[[Campaign], Any]) -> RunResult:
    """Run a campaign to its end, step by step.

    look: called before each step and once after the last one
    """
    at_start = campaign.state.follows.copy()
    for step in range(campaign.steps):
        look(campaign)
        campaign.advance(step + 1)
    look(campaign)
    return result_of(campaign, seed, number, at_start)


class AnswersRead:
    """Notes what an answer of the brand does to the attitude of who asked, in the step in which it is read."""

    def __init__(self, tolerated_hours: float) -> None:
        self.tolerated_hours = tolerated_hours
        self.delays: list[float] = []  # minutes
        self.gains: list[float] = []
        self._attitude = np.empty(0)
        self._patience = np.empty(0)
        self._waiting: list[int] = []  # rows of answers that are not read yet
        self._known = 0

    def look(self, campaign: Campaign) -> None:
        """Compare with how things stood a step ago."""
        state, messages = campaign.state, campaign.messages
        attitude = state.attitude[:, 0].copy()
        patience = state.pairs["patience_due"][:, 0].copy()
        still = []
        for row in self._waiting:
            if messages["impressions"][row] == 0:
                still.append(row)
                continue
            asked = int(messages["answer_to"][row])
            person = int(messages["author"][asked])
            delay = 60.0 * float(messages["time"][row] - messages["time"][asked])
            # who lost patience in the same step lost it for want of an answer, not by it
            lost = self._patience[person] != NEVER and patience[person] == NEVER
            if lost and delay > 60.0 * self.tolerated_hours:
                continue
            self.delays.append(delay)
            self.gains.append(float(attitude[person] - self._attitude[person]))
        count = int(state.progress[Progress.MESSAGES])
        new = np.arange(self._known, count)
        answers = (messages["kind"][new] == Kind.ANSWER) & (messages["author"][new] < 0)
        self._waiting = [*still, *new[answers & (messages["answer_to"][new] >= 0)].tolist()]
        self._known, self._attitude, self._patience = count, attitude, patience


class ForwardsReceived:
    """Notes of each rewarded forward how many of the same sender came before it, and whether it won a customer.

    Only forwards to somebody who can be won are counted: no buyer yet, and not deciding.
    """

    def __init__(self, until_hour: float, most: int = 60) -> None:
        self.until_hour = until_hour
        self.seen = np.zeros(
            most + 1, np.int64
        )  # by number of the forward, from 1; the last counts all beyond
        self.won = np.zeros(most + 1, np.int64)
        self._rewarded = np.empty(0, np.int64)
        self._deciding = np.empty(0, bool)
        self._bought = np.empty(0, bool)
        self._open = np.empty(0, np.int64)  # number of the forward that made somebody consider; 0 for none

    def look(self, campaign: Campaign) -> None:
        """Compare with how things stood a step ago."""
        state = campaign.state
        rewarded = state.ties["rewarded"].astype(np.int64)
        deciding = state.pairs["decision_due"][:, 0] != NEVER
        bought = state.pairs["has_bought"][:, 0] != 0
        if self._rewarded.size == 0:
            self._open = np.zeros(bought.size, np.int64)
        else:
            hour = campaign.step * campaign.scenario.clock.step_hours
            ties = np.flatnonzero(rewarded != self._rewarded)
            people = campaign.world.followers[ties].astype(np.int64)
            single = np.bincount(people, minlength=bought.size)[people] == 1
            winnable = single & ~self._bought[people] & ~self._deciding[people] & (hour <= self.until_hour)
            ties, people = ties[winnable], people[winnable]
            numbers = np.minimum(rewarded[ties], self.seen.size - 1)
            np.add.at(self.seen, numbers, 1)
            begun = deciding[people]
            self._open[people[begun]] = numbers[begun]
            outside = state.pairs["last_touch"][:, 0] == Touch.OUTSIDE
            ended = (self._open > 0) & ~deciding
            np.add.at(self.won, self._open[ended & bought & ~outside], 1)
            self._open[ended] = 0
        self._rewarded, self._deciding, self._bought = rewarded, deciding, bought


# ---- campaigns -----------------------------------------------------------------------------------------------------


def campaign_of(
    changes: Mapping[str, Any], settings: Mapping[str, Any], bundled: str | None = None
) -> Scenario:
    """Make a campaign from the defaults, or from a bundled scenario, with changes by key path.

    settings: on top of everything
    """
    content = (Scenario() if bundled is None else load_scenario(bundled).scenario).model_dump(mode="json")
    for path, value in {**changes, **settings}.items():
        place: Any = content
        *way, last = path.split(".")
        for key in way:
            place = place[int(key)] if key.isdigit() else place[key]
        place[int(last) if last.isdigit() else last] = value
    return validate(content, "facts")


def run_arms(arms: Mapping[str, Scenario], seed: int, number: int) -> dict[str, RunResult]:
    """Run several campaigns among the same people with the same luck; what stands still is built once."""
    built = build_world(next(iter(arms.values())), world_seed(seed, number))
    return {name: simulate(arm, number, seed=seed, built=built) for name, arm in arms.items()}


def _everyday(seed: int, number: int, people: int, settings: Mapping[str, Any]) -> Sample:
    run = simulate(
        campaign_of({"world.people": people, "attention.background": "messages"}, settings), number, seed=seed
    )
    before = 24.0 * (run.scenario.clock.days - LAST_DAYS)
    size, depth, _ = cascade_shapes(run.messages, run.sends, own_posts(run.messages, before))
    posts = np.flatnonzero((run.messages["brand"] == 0) & (run.messages["series"] >= 0))
    worth, middling, noise = verdicts_on_items(run.tally)
    first, left, silent = leavers(run)
    return {
        "size": size,
        "depth": depth,
        "brand_size": 1 + run.messages["shares"][posts].astype(np.int64),
        "worth": worth,
        "middling": middling,
        "noise": noise,
        "items": worth + middling + noise,
        "first": first,
        "left": left,
        "silent": silent,
        "days": float(run.scenario.clock.days),
    }


def _attention(seed: int, number: int, people: int, settings: Mapping[str, Any]) -> Sample:
    base = campaign_of({"world.people": people, "attention.background": "messages"}, settings)
    window = base.attention.attention_days
    arms = {
        name: campaign_of(
            {
                "world.people": people,
                "attention.background": "messages",
                "attention.attention_days": window * times,
            },
            {key: value for key, value in settings.items() if key != "attention.attention_days"},
        )
        for name, times in (("base", 1.0), ("short", 0.1), ("long", 5.0))
    }
    found = {}
    for name, run in run_arms(arms, seed, number).items():
        chosen = own_posts(run.messages, 24.0 * (run.scenario.clock.days - LAST_DAYS))
        shares = np.sort(run.messages["shares"][chosen])[::-1]
        found[f"lived_{name}"] = float(np.mean(lifetimes(run.messages, run.sends, chosen) > LONG_LIVED_DAYS))
        found[f"top_{name}"] = float(shares[: max(1, round(MOST_POPULAR * shares.size))].mean())
    return found


def _brand_sizes(seed: int, number: int, people: int, settings: Mapping[str, Any]) -> Sample:
    arms = {
        f"{size:g}": campaign_of(
            {
                "world.people": people,
                "clock.days": 28,
                "brand.series.0.until_day": 21.0,  # a week to be seen for the last post
                "brand.first_customers": size,
            },
            settings,
        )
        for size in BRAND_SIZES
    }
    found: dict[str, float] = {}
    for name, run in run_arms(arms, seed, number).items():
        found[f"seen_{name}"], found[f"could_{name}"] = organic_reach(run)
    return found


def _kinds(seed: int, number: int, people: int, settings: Mapping[str, Any]) -> Sample:
    # the kinds as the schema describes them, at the same intrinsic value
    kinds = {"useful": ("useful", 0.0), "product": ("product", 0.02), "offer": ("offer", 0.18)}
    arms = {
        name: campaign_of(
            {
                "world.people": people,
                "brand.first_customers": 0.3,
                "brand.series.0.kind": kind,
                "brand.series.0.pressure": pressure,
            },
            settings,
        )
        for name, (kind, pressure) in kinds.items()
    }
    found: dict[str, Any] = {}
    for name, run in run_arms(arms, seed, number).items():
        rates = shares_per_reached(run, 24.0 * (run.scenario.clock.days - LAST_DAYS))
        found[name] = rates[np.isfinite(rates)]
    return found


def _repetition(seed: int, number: int, people: int, settings: Mapping[str, Any]) -> Sample:
    # frequency is assigned, as in an experiment on a platform: each follower is shown exactly so many posts, on one
    # topic, evenly over thirty days, and nobody hears of them otherwise
    arms = {
        str(frequency): campaign_of(
            {
                "world.people": people,
                "clock.days": 31,
                "mechanisms.visibility": False,
                "mechanisms.everyday_talk": False,
                "contagion.p_tie": 0.0,
                "brand.first_customers": 1.0,
                "brand.series.0.per_week": 7.0 * frequency / 30.0,
                "brand.series.0.until_day": 30.0,
                "brand.series.0.topic": number % Scenario().worth.topics,
            },
            settings,
        )
        for frequency in FREQUENCIES
    }
    found: dict[str, float] = {}
    for name, run in run_arms(arms, seed, number).items():
        posts = run.messages[run.messages["series"] >= 0]
        found[f"exposures_{name}"] = float(posts["impressions"].sum())
        found[f"responses_{name}"] = float(posts["likes"].sum() + posts["shares"].sum())
    return found


def _burst(seed: int, number: int, people: int, settings: Mapping[str, Any]) -> Sample:
    run = simulate(
        campaign_of(
            {
                "world.people": people,
                "clock.days": BURST_DAYS + REST_DAYS,
                "brand.series.0.per_week": 42.0,  # six a day: what is named a reason to leave
                "brand.series.0.until_day": float(BURST_DAYS),
            },
            settings,
        ),
        number,
        seed=seed,
    )
    fatigue, memory = run.closings["fatigue"][:, 0], run.closings["memory"][:, 0]
    return {
        "fatigue": fatigue / fatigue.max() if fatigue.max() > 0 else np.full(fatigue.size, np.nan),
        "memory": memory / memory.max() if memory.max() > 0 else np.full(memory.size, np.nan),
        "fatigue_left": rest_share(fatigue),
        "memory_left": rest_share(memory),
    }


def rest_share(curve: np.ndarray, *, burst: int = BURST_DAYS, rest: int = REST_DAYS) -> float:
    """What a daily curve has come down to so many days after a burst, as a share of its peak until then.

    >>> rest_share(np.array([2.0, 4.0, 2.0, 1.0, 9.0]), burst=2, rest=2)
    0.25
    """
    until = burst + rest
    if curve.size < until or curve[:until].max() <= 0.0:
        return math.nan
    return float(curve[until - 1] / curve[:until].max())


def _rewards(seed: int, number: int, people: int, settings: Mapping[str, Any]) -> Sample:
    # a reward for everybody who forwards, so that every forward of an offer is a rewarded one
    arms = {
        name: campaign_of(
            {
                "world.people": people,
                "brand.series.0.rewards_per_post": 1_000_000,
                "brand.series.0.reward_both": both,
            },
            settings,
            "customers_as_marketing_department",
        )
        for name, both in (("sender", False), ("both", True))
    }
    found: dict[str, float] = {}
    for name, run in run_arms(arms, seed, number).items():
        total = run.tally[:, 0].sum(axis=0)
        found[f"forwards_{name}"] = float(total[Tally.FORWARDS_SEEN])
        found[f"conversions_{name}"] = float(total[Tally.ADOPTIONS_FORWARD])
        found[f"considerations_{name}"] = float(total[Tally.CONSIDERATIONS])
    return found


def _pairs(seed: int, number: int, people: int, settings: Mapping[str, Any]) -> Sample:
    # half a year of rewarded offers at the default rate; ties let everything through, so that some senders come to
    # have forwarded more than ten; few customers, so that most people have one sender
    days = 182
    scenario = campaign_of(
        {
            "world.people": people,
            "clock.days": days,
            "mechanisms.visibility": False,
            "mechanisms.everyday_talk": False,
            "brand.first_customers": 0.05,
            "brand.series.0.rewards_per_post": 1_000_000,
            "brand.series.0.until_day": float(days - 28),
        },
        settings,
        "customers_as_marketing_department",
    )
    forwards = ForwardsReceived(until_hour=24.0 * (days - 28))
    watched(new_campaign(scenario, world_seed(seed, number)), seed, number, forwards.look)
    return {"seen": forwards.seen, "won": forwards.won}


def worn_success(samples: Samples) -> float:
    """Success of a forward beyond the tenth of one sender against the first three."""
    seen, won = (np.sum([sample[name] for sample in samples], axis=0) for name in ("seen", "won"))
    fresh, worn = slice(1, FORWARDS_FRESH + 1), slice(FORWARDS_WORN + 1, None)
    if not seen[worn].sum() or not won[fresh].sum():
        return math.nan
    return float((won[worn].sum() / seen[worn].sum()) / (won[fresh].sum() / seen[fresh].sum()))


def _complaints(seed: int, number: int, people: int, settings: Mapping[str, Any]) -> Sample:
    run = simulate(campaign_of({"world.people": people}, settings), number, seed=seed)
    seen, viral = negative_posts(run)
    median = float(np.median(seen)) if seen.size else math.nan
    return {"viral": viral, "negative": seen.size, "times_median": seen / max(median, 1.0)}


def _answers(seed: int, number: int, people: int, settings: Mapping[str, Any]) -> Sample:
    listening = load_scenario("listen_and_answer").scenario
    # as many hours a head as the scenario has, or the queue alone would decide how late every answer is
    hours = listening.brand.answer_hours_per_week * people / listening.world.people
    scenario = campaign_of(
        {"world.people": people, "brand.answer_hours_per_week": hours}, settings, "listen_and_answer"
    )
    answers = AnswersRead(scenario.listening.tolerated_hours)
    watched(new_campaign(scenario, world_seed(seed, number)), seed, number, answers.look)
    return {"delay": np.array(answers.delays), "gain": np.array(answers.gains)}


def gains_by_delay(delay: np.ndarray, gain: np.ndarray) -> tuple[float, float, float]:
    """Mean gain of answers within minutes, typical ones, and those after an hour; not a number where there is none."""
    bins = (delay <= FAST_MINUTES, (delay > FAST_MINUTES) & (delay <= LATE_MINUTES), delay > LATE_MINUTES)
    fast, typical, late = (float(gain[one].mean()) if one.any() else math.nan for one in bins)
    return fast, typical, late


def _scandal(seed: int, number: int, people: int, settings: Mapping[str, Any]) -> Sample:
    # the fact is about deletion that is seen
    arms = {
        name: campaign_of(
            {"world.people": people, "moderation.p_deletion_noticed": 1.0}, settings, f"scandal_{name}"
        )
        for name in ("ignore", "answer", "delete")
    }
    found = {}
    for name, run in run_arms(arms, seed, number).items():
        values = run.measures()
        found[f"spread_{name}"] = values["complaint_exposures"]
        found[f"trust_{name}"] = values["attitude_all"]
        found[f"complaints_{name}"] = values["complaints"]
    return found


def _followers(seed: int, number: int, people: int, settings: Mapping[str, Any]) -> Sample:
    arms = {
        name: campaign_of({"world.people": people}, settings, scenario)
        for name, scenario in (("reply", "listen_and_answer"), ("broadcast", "audience_broadcast"))
    }
    found = {}
    for name, run in run_arms(arms, seed, number).items():
        values = run.measures()
        found[f"gained_{name}"], found[f"net_{name}"] = values["followers_gained"], values["followers_net"]
    return found


EVERYDAY_WORLDS = (
    64  # some ninety big cascades (F2), which one post in 30,000 becomes: enough that luck does not decide
)
PAIRED, PAIRED_PEOPLE, QUICK_WORLDS, QUICK_PEOPLE = 60, 10_000, 6, 2_000

STUDIES: Mapping[str, Study] = {
    "everyday": Study(
        "The default campaign with every everyday post followed one by one; posts of the last two weeks are left out.",
        20_000, EVERYDAY_WORLDS, 4_000, 3, 0.5, _everyday,
    ),
    "attention": Study(
        "The default campaign, the same with a tenth of the attention window, and with five times as long a one.",
        PAIRED_PEOPLE, PAIRED, QUICK_PEOPLE, QUICK_WORLDS, 0.5, _attention,
    ),
    "brand_sizes": Study(
        "The default campaign of a brand that 3, 10 and 30 % of people follow, over four weeks.",
        PAIRED_PEOPLE, PAIRED, QUICK_PEOPLE, QUICK_WORLDS, 0.3, _brand_sizes,
    ),
    "kinds": Study(
        "A brand that 30 % of people follow posts useful, product or offer posts of the same value (0.5).",
        100_000, 6, 20_000, 2, 3.0, _kinds,
    ),
    "repetition": Study(
        "Followers are shown exactly 1, 2, 4 or 9 posts of the brand on one topic in thirty days.",
        20_000, 24, 4_000, 8, 0.2, _repetition,
    ),
    "burst": Study(
        "The default campaign at six posts a day for two weeks, then silence.",
        PAIRED_PEOPLE, PAIRED, QUICK_PEOPLE, QUICK_WORLDS, 0.25, _burst,
    ),
    "rewards": Study(
        "Offers with a reward for every forward, for the sender alone and for both sides.",
        PAIRED_PEOPLE, PAIRED, QUICK_PEOPLE, QUICK_WORLDS, 0.6, _rewards,
    ),
    "pairs": Study(
        "Half a year of rewarded offers at the default rate; one in twenty buys first, and ties let all through.",
        PAIRED_PEOPLE, PAIRED, QUICK_PEOPLE, 4, 0.5, _pairs,
    ),
    "complaints": Study(
        "The default campaign among many people, so that there are many negative posts.",
        100_000, 8, 20_000, 3, 0.8, _complaints,
    ),
    "answers": Study(
        "A listening brand, with hours for answering in step with its people; each asker's attitude around the reading.",
        PAIRED_PEOPLE, PAIRED, QUICK_PEOPLE, QUICK_WORLDS, 0.25, _answers,
    ),
    "scandal": Study(
        "A scandal that the brand answers, ignores, or whose complaints it deletes for all to see; at equal effort.",
        PAIRED_PEOPLE, PAIRED, QUICK_PEOPLE, QUICK_WORLDS, 0.55, _scandal,
    ),
    "followers": Study(
        "A brand that listens and answers, and one that publishes to an audience, at the same staff hours.",
        PAIRED_PEOPLE, PAIRED, QUICK_PEOPLE, QUICK_WORLDS, 0.45, _followers,
    ),
}  # fmt: skip
