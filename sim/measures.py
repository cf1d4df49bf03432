"""Named measures: what each one is, its unit, which direction is better, and how it is computed from a run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from worthsharing.sim.messages import effort_of
from worthsharing.sim.state import Act, Floats, Kind, Longs, Records, Tally

if TYPE_CHECKING:
    from worthsharing.sim.run import RunResult

Better = Literal["more", "less", "neither"]

FIRESTORM_TIMES_USUAL = (
    5.0  # MODEL: complaint exposures a day above five times the mean of the 14 days before
)
FIRESTORM_SHARE_OF_FOLLOWERS = 0.01  # and above one per cent of followers; both are assumptions
FIRESTORM_DAYS_BEFORE = 14
FIRESTORM_EXPOSURES = (
    50  # and at least these: in a small world one complaint would be a storm (as for viral posts)
)
VIRAL_TIMES_MEDIAN = 10.0  # MODEL: ten times the campaign's median for negative posts
VIRAL_PEOPLE = 50


@dataclass(frozen=True)
class Measure:
    """One measure of a run, over its whole length, for the focal brand.

    paired: whether the same world with a silent brand is subtracted
    per_1000_of: id of a measure that it is then divided by, and multiplied by 1,000: the ratio of the difference
    """

    id: str
    label: str
    unit: str
    better: Better
    meaning: str
    compute: "Callable[[RunResult], float]"
    paired: bool = False
    per_1000_of: str | None = None

    def value(self, run: "RunResult", silence: "RunResult | None") -> float:
        """Value in a run; silence: the same world with a silent brand, needed if `paired`."""
        value = self.compute(run)
        if self.paired:
            if silence is None:
                raise ValueError(f"{self.id} is measured against silence")
            value -= self.compute(silence)
        if self.per_1000_of is None:
            return value
        below = MEASURES[self.per_1000_of].value(run, silence)
        return 1000.0 * value / below if below > 0 else float("nan")


@dataclass(frozen=True)
class DailyMeasure:
    """One measure per day, for the focal brand; `compute` gives an array of shape (days,)."""

    id: str
    label: str
    unit: str
    meaning: str
    compute: "Callable[[RunResult], Floats]"
    paired: bool = False


def _total(*tallies: Tally) -> "Callable[[RunResult], float]":
    return lambda run: float(sum(int(run.tally[:, 0, tally].sum()) for tally in tallies))


def _ratio(
    top: "Callable[[RunResult], float]", bottom: "Callable[[RunResult], float]"
) -> "Callable[[RunResult], float]":
    def compute(run: "RunResult") -> float:
        below = bottom(run)
        return top(run) / below if below > 0 else float("nan")

    return compute


def _daily(*tallies: Tally) -> "Callable[[RunResult], Floats]":
    return lambda run: np.sum([run.tally[:, 0, tally] for tally in tallies], axis=0).astype(np.float64)


def _cumulative(*tallies: Tally) -> "Callable[[RunResult], Floats]":
    daily = _daily(*tallies)
    return lambda run: np.cumsum(daily(run))


_REACHED = (Tally.REACHED_PAID, Tally.REACHED_OWNED, Tally.REACHED_EARNED)
_IMPRESSIONS = (Tally.IMPRESSIONS_PAID, Tally.IMPRESSIONS_OWNED, Tally.IMPRESSIONS_EARNED)
_reach, _impressions = _total(*_REACHED), _total(*_IMPRESSIONS)
_backlash = _total(Tally.PEOPLE_IN_BACKLASH)


def _mean_at_end(total: str, count: str) -> "Callable[[RunResult], float]":
    """Mean over people of what the last day closed with."""

    def compute(run: "RunResult") -> float:
        last = run.closings[-1, 0]
        return float(last[total]) / int(last[count]) if last[count] else float("nan")

    return compute


def _people_who(act: Act) -> "Callable[[RunResult], float]":
    return lambda run: float(np.count_nonzero(run.pairs["acts"][:, 0] & int(act)))


def _value_of_adoptions(run: "RunResult") -> float:
    """Adoptions in units of an ordinary customer: those who came by a friend are worth more (Schmitt et al. 2011)."""
    referred = _total(Tally.ADOPTIONS_FORWARD, Tally.ADOPTIONS_EXPERIENCE, Tally.ADOPTIONS_ANSWER)(run)
    return _total(Tally.ADOPTIONS)(run) + run.scenario.adoption.referred_value * referred


def _followers_net(run: "RunResult") -> float:
    return float(np.count_nonzero(run.follows[:, 0])) - float(np.count_nonzero(run.first_follows[:, 0]))


def _effort(item: str) -> "Callable[[RunResult], float]":
    return lambda run: effort_of(run.scenario, run.scenario.brand)[item]


# ---- cascades -----------------------------------------------------------------------------------------------------


def generations(sends: Records) -> Longs:
    """How many shares lie between each send and its root, shape (sends,): 0 for the author's own."""
    found, above = np.zeros(sends.size, np.int64), sends["parent"].astype(np.int64)
    climbing = np.flatnonzero(above >= 0)
    while climbing.size:
        found[climbing] += 1
        above[climbing] = sends["parent"][above[climbing]]
        climbing = climbing[above[climbing] >= 0]
    return found


def cascade_shapes(messages: Records, sends: Records, chosen: Longs) -> tuple[Longs, Longs, Floats]:
    """Size, depth and structural virality of the cascades of some messages.

    chosen: rows of messages. Returns, for each, its size (sends: the author's own and every share), its depth, and the
    mean distance over pairs of different nodes (not a number for a single one).

    Source: Goel, Anderson, Hofman & Watts 2016.
    """
    place = np.full(messages.size, -1, np.int64)
    place[chosen] = np.arange(chosen.size)
    rows = np.flatnonzero(place[sends["message"]] >= 0)
    tree = place[sends["message"][rows]]
    size = np.bincount(tree, minlength=chosen.size)
    depth = np.zeros(chosen.size, np.int64)
    np.maximum.at(depth, tree, generations(sends)[rows])
    # the sum of distances over pairs is the sum over ties of (nodes below) × (nodes not below); a share comes after its
    # parent, so one pass from the last to the first counts the nodes below
    below = np.zeros(sends.size, np.int64)
    below[rows] = 1
    distance = np.zeros(chosen.size)
    parents = sends["parent"]
    for row, root in zip(rows[::-1].tolist(), tree[::-1].tolist(), strict=True):
        parent = int(parents[row])
        if parent >= 0:
            below[parent] += below[row]
            distance[root] += float(below[row]) * float(size[root] - below[row])
    with np.errstate(divide="ignore", invalid="ignore"):
        virality = np.where(size > 1, 2.0 * distance / (size * (size - 1.0)), np.nan)
    return size, depth, virality


def _brand_posts(run: "RunResult") -> Longs:
    return np.flatnonzero((run.messages["brand"] == 0) & (run.messages["series"] >= 0))


def _mean_cascade(run: "RunResult") -> float:
    posts = _brand_posts(run)
    return float(np.mean(1.0 + run.messages["shares"][posts])) if posts.size else float("nan")


def _deepest(run: "RunResult") -> float:
    posts = _brand_posts(run)
    return float(cascade_shapes(run.messages, run.sends, posts)[1].max()) if posts.size else float("nan")


def _structural_virality(run: "RunResult") -> float:
    posts = _brand_posts(run)
    posts = posts[run.messages["shares"][posts] > 0]
    return (
        float(np.nanmean(cascade_shapes(run.messages, run.sends, posts)[2])) if posts.size else float("nan")
    )


def _reproduction(run: "RunResult") -> float:
    """Shares caused per share by a person, over items by or about the brand."""
    about = run.messages["brand"][run.sends["message"]] == 0
    by_people = np.flatnonzero(about & (run.sends["sender"] >= 0))
    parents = run.sends["parent"][by_people]
    caused = np.count_nonzero(run.sends["sender"][parents[parents >= 0]] >= 0)
    return float(caused) / by_people.size if by_people.size else float("nan")


def _forward_cascade(run: "RunResult") -> float:
    """Sends at and below each first forward of a post of the brand, mean."""
    posts = (run.messages["brand"] == 0) & (run.messages["series"] >= 0)
    parents = run.sends["parent"]
    forwards = posts[run.sends["message"]] & (parents >= 0)
    first = forwards & (run.sends["sender"][np.maximum(parents, 0)] < 0)
    count = int(np.count_nonzero(first))
    return float(np.count_nonzero(forwards)) / count if count else float("nan")


def _experience_cascade(run: "RunResult") -> float:
    told = (run.messages["brand"] == 0) & (run.messages["kind"] == Kind.EXPERIENCE)
    told &= run.messages["close_only"] == 0
    return float(np.mean(1.0 + run.messages["shares"][told])) if told.any() else float("nan")


# ---- what the brand gives and learns ------------------------------------------------------------------------------


def _relevance(since: float) -> "Callable[[RunResult], float]":
    """Mean relevance of the brand's posts to their readers, from a share of the run on."""

    def compute(run: "RunResult") -> float:
        days = run.tally[int(since * run.tally.shape[0]) :, 0]
        seen = int(days[:, Tally.POSTS_SEEN].sum())
        return float(days[:, Tally.RELEVANCE].sum()) / 1e6 / seen if seen else float("nan")

    return compute


def _interest_error(run: "RunResult") -> float:
    """Mean absolute error of the brand's picture of interests: the share of each topic in what people care for.

    A brand that has counted nothing takes all topics for equal; one count of each topic is added in any case.
    """
    truth = 1.0 / (1.0 + run.topic_exponents)  # mean of a uniform number to this power
    counted = run.learned[0] + 1.0
    return float(np.mean(np.abs(counted / counted.sum() - truth / truth.sum())) * truth.size)


def _answer_delay(run: "RunResult") -> float:
    answered = int(run.tally[:, 0, Tally.ANSWERS_BY_BRAND].sum())
    minutes = int(run.tally[:, 0, Tally.ANSWER_MINUTES].sum())
    return minutes / 60.0 / answered if answered else float("nan")


def _retention(run: "RunResult") -> float:
    first = run.first_follows[:, 0] != 0
    return float(np.mean(run.follows[first, 0] != 0)) if first.any() else float("nan")


# ---- firestorms ---------------------------------------------------------------------------------------------------


def firestorm_days(run: "RunResult") -> NDArray[np.bool_]:
    """Days on which complaints about the focal brand are a firestorm; shape (days,)."""
    exposures = run.tally[:, 0, Tally.COMPLAINT_EXPOSURES].astype(np.float64)
    followers = run.closings["followers"][:, 0]
    storm = np.zeros(exposures.size, bool)
    for day in range(FIRESTORM_DAYS_BEFORE // 2, exposures.size):  # a week at least, to know what is usual
        usual = exposures[max(0, day - FIRESTORM_DAYS_BEFORE) : day].mean()
        loud = exposures[day] > FIRESTORM_TIMES_USUAL * usual
        loud = loud and exposures[day] >= FIRESTORM_EXPOSURES
        storm[day] = loud and exposures[day] > FIRESTORM_SHARE_OF_FOLLOWERS * max(int(followers[day]), 1)
    return storm


def _viral_share_of_complaints(run: "RunResult") -> float:
    negative = (run.messages["brand"] == 0) & (run.messages["valence"] < 0.0)
    reached = run.messages["impressions"][negative]
    if reached.size == 0:
        return float("nan")
    viral = (reached >= VIRAL_TIMES_MEDIAN * np.median(reached)) & (reached >= VIRAL_PEOPLE)
    return float(np.mean(viral))


def _peak_of_complaints(run: "RunResult") -> float:
    return float(run.tally[:, 0, Tally.COMPLAINT_EXPOSURES].max())


def _conversion(adoptions: Tally, touches: Tally) -> "Callable[[RunResult], float]":
    return _ratio(_total(adoptions), _total(touches))


MEASURES: Mapping[str, Measure] = {
    measure.id: measure
    for measure in (
        Measure(
            "reach",
            "Reach",
            "people",
            "more",
            "distinct people who saw at least one item by or about the brand",
            _reach,
        ),
        Measure(
            "reach_earned",
            "Earned reach",
            "people",
            "more",
            "people whose first contact was another person's share",
            _total(Tally.REACHED_EARNED),
        ),
        Measure(
            "reach_owned",
            "Owned reach",
            "people",
            "more",
            "people whose first contact was the brand's own page",
            _total(Tally.REACHED_OWNED),
        ),
        Measure(
            "reach_paid",
            "Paid reach",
            "people",
            "more",
            "people whose first contact was a paid impression",
            _total(Tally.REACHED_PAID),
        ),
        Measure(
            "impressions",
            "Impressions",
            "items seen",
            "neither",
            "items by or about the brand that were seen",
            _impressions,
        ),
        Measure(
            "impressions_earned",
            "Earned impressions",
            "items seen",
            "neither",
            "of these, through another person",
            _total(Tally.IMPRESSIONS_EARNED),
        ),
        Measure(
            "frequency",
            "Frequency",
            "items/person",
            "neither",
            "impressions per person reached",
            _ratio(_impressions, _reach),
        ),
        Measure(
            "awareness",
            "Awareness",
            "share of people",
            "more",
            "people reached, of all",
            lambda run: _reach(run) / run.people,
        ),
        Measure(
            "shares",
            "Shares",
            "shares",
            "more",
            "times that people passed on an item by or about the brand",
            _total(Tally.SHARES),
        ),
        Measure(
            "rewarded_forwards",
            "Rewarded forwards",
            "forwards",
            "neither",
            "shares for which a reward was promised",
            _total(Tally.REWARDED_FORWARDS),
        ),
        Measure(
            "share_rate",
            "Share rate",
            "shares/impression",
            "more",
            "shares per item seen",
            _ratio(_total(Tally.SHARES), _impressions),
        ),
        Measure(
            "amplification",
            "Amplification",
            "ratio",
            "more",
            "earned impressions per owned or paid one",
            _ratio(_total(Tally.IMPRESSIONS_EARNED), _total(Tally.IMPRESSIONS_OWNED, Tally.IMPRESSIONS_PAID)),
        ),
        Measure(
            "cascade_size",
            "Mean cascade size",
            "sends",
            "more",
            "the brand's own post and its shares, mean over posts",
            _mean_cascade,
        ),
        Measure(
            "cascade_depth",
            "Deepest cascade",
            "generations",
            "neither",
            "longest chain of shares of a post",
            _deepest,
        ),
        Measure(
            "structural_virality",
            "Structural virality",
            "mean distance",
            "neither",
            "mean distance in the cascades of posts that were shared",
            _structural_virality,
        ),
        Measure(
            "reproduction",
            "Reproduction number",
            "shares/share",
            "neither",
            "shares that a person's share causes",
            _reproduction,
        ),
        Measure(
            "likes", "Likes", "likes", "more", "likes of items by or about the brand", _total(Tally.LIKES)
        ),
        Measure(
            "comments",
            "Comments",
            "comments",
            "neither",
            "comments on items by or about the brand",
            _total(Tally.COMMENTS),
        ),
        Measure(
            "noise",
            "Noise",
            "share of items",
            "less",
            "items by or about the brand that were worth less than nothing to their reader",
            _ratio(_total(Tally.NOISE), _impressions),
        ),
        Measure(
            "worth_reading",
            "Worth reading",
            "share of items",
            "more",
            "items by or about the brand that were worth reading to their reader",
            _ratio(_total(Tally.WORTH_READING), _impressions),
        ),
        Measure(
            "fatigue",
            "Fatigue",
            "unwanted exposures",
            "less",
            "mean over people reached, at the end",
            _mean_at_end("fatigue", "reached"),
        ),
        Measure(
            "memory",
            "Brand memory",
            "exposures",
            "more",
            "exposures still remembered, mean over people reached, at the end",
            _mean_at_end("memory", "reached"),
        ),
        Measure(
            "attitude_followers",
            "Attitude of followers",
            "−1 to 1",
            "more",
            "mean over those who follow at the end",
            _mean_at_end("attitude_followers", "followers"),
        ),
        Measure(
            "attitude_reached",
            "Attitude of those reached",
            "−1 to 1",
            "more",
            "mean over people reached, at the end",
            _mean_at_end("attitude_reached", "reached"),
        ),
        Measure(
            "attitude_all",
            "Attitude of everybody",
            "−1 to 1",
            "more",
            "mean over all people, at the end",
            _mean_at_end("attitude_all", "people"),
        ),
        Measure(
            "backlash",
            "Backlash",
            "people",
            "less",
            "people who hid, muted, unfollowed or complained, minus those in the same world with a silent brand",
            _backlash,
            paired=True,
        ),
        Measure(
            "backlash_gross", "Backlash, gross", "people", "less", "the same, nothing subtracted", _backlash
        ),
        Measure(
            "backlash_per_1000",
            "Backlash per 1,000 reached",
            "people",
            "less",
            "backlash against reach; not available when nobody was reached",
            _backlash,
            paired=True,
            per_1000_of="reach",
        ),
        Measure(
            "attitude_lost_per_1000",
            "Attitude lost per 1,000 reached",
            "attitude × people",
            "less",
            "summed over everybody and against the same world with a silent brand; below 0 it was gained",
            lambda run: -float(run.closings[-1, 0]["attitude_all"]),
            paired=True,
            per_1000_of="reach",
        ),
        Measure(
            "backlash_hid",
            "Hid the brand",
            "people",
            "less",
            "people who hid the brand, minus those in the silent world",
            _people_who(Act.HID),
            paired=True,
        ),
        Measure(
            "backlash_muted",
            "Muted a friend",
            "people",
            "less",
            "people who muted a friend over an item of the brand, minus those in the silent world",
            _people_who(Act.MUTED_SHARER),
            paired=True,
        ),
        Measure(
            "backlash_unfollowed",
            "Unfollowed",
            "people",
            "less",
            "people who stopped following, minus those in the silent world",
            _people_who(Act.UNFOLLOWED),
            paired=True,
        ),
        Measure(
            "backlash_complained",
            "Complained",
            "people",
            "less",
            "people who complained in public, minus those in the silent world",
            _people_who(Act.COMPLAINED),
            paired=True,
        ),
        Measure(
            "unfollows",
            "Unfollows",
            "acts",
            "less",
            "times that somebody stopped following",
            _total(Tally.UNFOLLOWS),
        ),
        Measure("hides", "Hides", "acts", "less", "times that somebody hid the brand", _total(Tally.HIDES)),
        Measure(
            "mutes",
            "Mutes",
            "acts",
            "less",
            "times that somebody muted a friend over an item of the brand",
            _total(Tally.MUTES),
        ),
        Measure("complaints", "Complaints", "acts", "less", "public complaints", _total(Tally.COMPLAINTS)),
        Measure(
            "complaint_exposures",
            "Reach of complaints",
            "items seen",
            "less",
            "complaints seen, beside the backlash, not in it",
            _total(Tally.COMPLAINT_EXPOSURES),
        ),
        Measure(
            "complaint_peak",
            "Peak of complaints",
            "items seen/day",
            "less",
            "most complaints seen in one day",
            _peak_of_complaints,
        ),
        Measure(
            "firestorm",
            "Firestorm",
            "yes or no",
            "less",
            "whether complaints were a firestorm on any day",
            lambda run: float(firestorm_days(run).any()),
        ),
        Measure(
            "firestorm_days",
            "Days of firestorm",
            "days",
            "less",
            "days on which they were",
            lambda run: float(firestorm_days(run).sum()),
        ),
        Measure(
            "viral_complaints",
            "Viral negative posts",
            "share",
            "less",
            "negative posts that reached ten times the median and at least 50 people",
            _viral_share_of_complaints,
        ),
        Measure(
            "questions",
            "Questions",
            "questions",
            "neither",
            "questions that people who were deciding asked friends",
            _total(Tally.QUESTIONS),
        ),
        Measure("answers", "Answers by friends", "answers", "more", "answers to them", _total(Tally.ANSWERS)),
        Measure(
            "experiences_told",
            "Experiences told",
            "messages",
            "neither",
            "experiences with the product, good and bad, that people told",
            _total(Tally.EXPERIENCES_TOLD),
        ),
        Measure(
            "recommendations",
            "Recommendations",
            "messages",
            "more",
            "good experiences told, and friends' answers",
            _total(Tally.GOOD_TOLD, Tally.ANSWERS),
        ),
        Measure(
            "experience_cascade",
            "Cascade of an experience",
            "sends",
            "more",
            "an experience that somebody told and its shares, mean",
            _experience_cascade,
        ),
        Measure(
            "forward_cascade",
            "Cascade of a forward",
            "sends",
            "more",
            "a first forward of a post of the brand and what it set off, mean",
            _forward_cascade,
        ),
        Measure(
            "questions_to_brand",
            "Questions to the brand",
            "questions",
            "neither",
            "questions that people asked the brand",
            _total(Tally.QUESTIONS_TO_BRAND),
        ),
        Measure(
            "answers_by_brand",
            "Answers by the brand",
            "answers",
            "more",
            "questions and complaints that the brand answered",
            _total(Tally.ANSWERS_BY_BRAND),
        ),
        Measure(
            "answer_delay",
            "Delay of an answer",
            "hours",
            "less",
            "from question or complaint to the brand's answer, mean",
            _answer_delay,
        ),
        Measure(
            "ignored",
            "Ignored",
            "times",
            "less",
            "times that patience ended before the brand answered",
            _total(Tally.IGNORED),
        ),
        Measure(
            "feigned_noticed",
            "Feigned answers noticed",
            "answers",
            "less",
            "answers that were felt to be feigned",
            _total(Tally.FEIGNED_NOTICED),
        ),
        Measure(
            "deletions_noticed",
            "Deletions noticed",
            "complaints",
            "less",
            "complaints whose deletion was noticed",
            _total(Tally.DELETIONS_NOTICED),
        ),
        Measure(
            "relevance",
            "Relevance",
            "0 to 1",
            "more",
            "of the brand's posts to their readers, mean",
            _relevance(0.0),
        ),
        Measure(
            "relevance_late",
            "Relevance, second half",
            "0 to 1",
            "more",
            "the same in the second half of the run",
            _relevance(0.5),
        ),
        Measure(
            "interest_error",
            "Error about interests",
            "share",
            "less",
            "how far the brand's picture of what people care for is from the truth, relative to a topic's mean share",
            _interest_error,
        ),
        Measure(
            "ask_response",
            "Response to an ask",
            "per post seen",
            "more",
            "shares and considerations per post seen that asks for something",
            _ratio(_total(Tally.ASKS_HEEDED), _total(Tally.ASKS_SEEN)),
        ),
        Measure(
            "retention",
            "Retention",
            "share",
            "more",
            "first followers who still follow at the end",
            _retention,
        ),
        Measure(
            "followers_gained",
            "Followers gained",
            "people",
            "more",
            "times that somebody began to follow",
            _total(Tally.FOLLOWERS_GAINED),
        ),
        Measure(
            "followers_net",
            "Followers, net",
            "people",
            "more",
            "followers at the end minus at the start",
            _followers_net,
        ),
        Measure(
            "considerations",
            "Considerations",
            "times",
            "more",
            "times that somebody began to decide",
            _total(Tally.CONSIDERATIONS),
        ),
        Measure(
            "adoptions",
            "Adoptions",
            "people",
            "more",
            "people who bought for the first time",
            _total(Tally.ADOPTIONS),
        ),
        Measure(
            "adoption_value",
            "Value of adoptions",
            "ordinary customers",
            "more",
            "adoptions, those by a friend worth more",
            _value_of_adoptions,
        ),
        Measure(
            "adoptions_forward",
            "… after a forward",
            "people",
            "more",
            "last touch: a friend's forward of the brand's message",
            _total(Tally.ADOPTIONS_FORWARD),
        ),
        Measure(
            "adoptions_experience",
            "… after an experience",
            "people",
            "more",
            "last touch: a friend's experience or answer",
            _total(Tally.ADOPTIONS_EXPERIENCE, Tally.ADOPTIONS_ANSWER),
        ),
        Measure(
            "adoptions_brand",
            "… after the brand's message",
            "people",
            "more",
            "last touch: the brand's own or paid message",
            _total(Tally.ADOPTIONS_OWNED, Tally.ADOPTIONS_PAID),
        ),
        Measure(
            "conversion_forward",
            "Conversion per forward seen",
            "share",
            "more",
            "adoptions with a forward as last touch, per rewarded forward seen",
            _conversion(Tally.ADOPTIONS_FORWARD, Tally.FORWARDS_SEEN),
        ),
        Measure(
            "conversion_experience",
            "Conversion per experience seen",
            "share",
            "more",
            "adoptions with a friend's experience as last touch, per experience seen",
            _conversion(Tally.ADOPTIONS_EXPERIENCE, Tally.EXPERIENCES_SEEN),
        ),
        Measure(
            "conversion_owned",
            "Conversion per brand message seen",
            "share",
            "more",
            "adoptions with the brand's own message as last touch, per message seen on its page",
            _conversion(Tally.ADOPTIONS_OWNED, Tally.IMPRESSIONS_OWNED),
        ),
        Measure(
            "conversion",
            "Conversion per exposure",
            "share",
            "more",
            "adoptions that were not for outside reasons, per item by or about the brand seen",
            _ratio(
                _total(
                    Tally.ADOPTIONS_PAID,
                    Tally.ADOPTIONS_OWNED,
                    Tally.ADOPTIONS_FORWARD,
                    Tally.ADOPTIONS_EXPERIENCE,
                    Tally.ADOPTIONS_ANSWER,
                ),
                _impressions,
            ),
        ),
        Measure(
            "effort",
            "Effort",
            "currency",
            "neither",
            "staff, rewards and paid reach together",
            _effort("effort"),
        ),
        Measure("staff_hours", "Staff hours", "hours", "neither", "hours of staff", _effort("staff_hours")),
        Measure(
            "cost_rewards", "Cost of rewards", "currency", "neither", "rewards bought", _effort("rewards")
        ),
        Measure(
            "cost_paid",
            "Cost of paid reach",
            "currency",
            "neither",
            "paid impressions bought",
            _effort("paid"),
        ),
        Measure(
            "cost_per_reached",
            "Cost per person reached",
            "currency",
            "less",
            "effort per person reached",
            _ratio(_effort("effort"), _reach),
        ),
    )
}

DAILY: Mapping[str, DailyMeasure] = {
    measure.id: measure
    for measure in (
        DailyMeasure("reach", "Reach", "people", "people reached so far", _cumulative(*_REACHED)),
        DailyMeasure(
            "reach_earned",
            "Earned reach",
            "people",
            "people reached so far, first through another person",
            _cumulative(Tally.REACHED_EARNED),
        ),
        DailyMeasure(
            "reach_owned",
            "Owned reach",
            "people",
            "people reached so far, first on the brand's page",
            _cumulative(Tally.REACHED_OWNED),
        ),
        DailyMeasure(
            "reach_paid",
            "Paid reach",
            "people",
            "people reached so far, first by a paid impression",
            _cumulative(Tally.REACHED_PAID),
        ),
        DailyMeasure(
            "backlash",
            "Backlash",
            "people",
            "people in backlash so far, minus those in the silent world",
            _cumulative(Tally.PEOPLE_IN_BACKLASH),
            paired=True,
        ),
        DailyMeasure(
            "impressions",
            "Impressions",
            "items/day",
            "items by or about the brand seen that day",
            _daily(*_IMPRESSIONS),
        ),
        DailyMeasure("shares", "Shares", "shares/day", "shares that day", _daily(Tally.SHARES)),
        DailyMeasure(
            "noise",
            "Noise",
            "items/day",
            "items seen that day that were worth less than nothing",
            _daily(Tally.NOISE),
        ),
        DailyMeasure("hides", "Hides", "acts", "hides so far", _cumulative(Tally.HIDES)),
        DailyMeasure("mutes", "Mutes", "acts", "mutes so far", _cumulative(Tally.MUTES)),
        DailyMeasure("unfollows", "Unfollows", "acts", "unfollows so far", _cumulative(Tally.UNFOLLOWS)),
        DailyMeasure("complaints", "Complaints", "acts", "complaints so far", _cumulative(Tally.COMPLAINTS)),
        DailyMeasure(
            "complaint_exposures",
            "Reach of complaints",
            "items/day",
            "complaints seen that day",
            _daily(Tally.COMPLAINT_EXPOSURES),
        ),
        DailyMeasure("adoptions", "Adoptions", "people", "adoptions so far", _cumulative(Tally.ADOPTIONS)),
        DailyMeasure(
            "followers",
            "Followers",
            "people",
            "followers at the day's end",
            lambda run: run.closings["followers"][:, 0].astype(np.float64),
        ),
    )
}

BACKLASH_PARTS: tuple[str, ...] = (
    "backlash_hid",
    "backlash_muted",
    "backlash_unfollowed",
    "backlash_complained",
)
