"""What is on trial: the claims of the four essays as arms to be run and things to be measured; data, no verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Expected = Literal["more", "less"]

ESSAYS: Mapping[str, str] = {
    "E1": "Your customers are not your marketing department",
    "E2": "Do you like your customers?",
    "E3": "There are no audiences in social media",
    "E4": "It is about them talking with one another",
}


@dataclass(frozen=True)
class Arm:
    """One side of a contrast: a bundled scenario, with settings on top by key path.

    free: whether this side may spend something else than the others of its claim (silence, say)
    """

    name: str
    scenario: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    free: bool = False


@dataclass(frozen=True)
class Part:
    """One thing that a claim says: some measure of arm `b` is more, or less, than that of arm `a`.

    against: for an interaction, the arms (c, d) whose difference d − c is subtracted from b − a
    measure_a: the measure of arm `a`, where it is another one than that of `b` (two ways of talking in one world, say)
    """

    label: str  # what is compared, in a few words for a table
    measure: str
    a: str
    b: str
    expected: Expected
    against: tuple[str, str] | None = None
    measure_a: str | None = None


@dataclass(frozen=True)
class Claim:
    """One claim: who says what, what is run, and what must come out for it to hold (every part of it)."""

    id: str
    title: str  # a few words
    text: str  # what the essay says, in one sentence
    arms: tuple[Arm, ...]
    parts: tuple[Part, ...]
    reading: str  # how to read the chart of the first part
    limits: str = ""  # what of the claim this model cannot measure, if anything

    @property
    def essay(self) -> str:
        """Essay that makes the claim, as a key of `ESSAYS`."""
        return self.id.split(".", maxsplit=1)[0]


# ---- the eighteen claims ------------------------------------------------------------------------------------------

# what brands do, in the order of the essays: the table of all pairs sets each against each
STRATEGIES: tuple[str, ...] = (
    "customers_as_marketing_department",
    "be_worth_sharing",
    "one_way_push",
    "two_way_engagement",
    "feigned_engagement",
    "audience_broadcast",
    "listen_and_answer",
    "self_promotion",
    "give_first",
    "help_a_friend",
)
PAIR_MEASURES: tuple[str, ...] = ("reach", "backlash", "attitude_reached", "adoptions")


def _arm(scenario: str, name: str = "", *, free: bool = False, **settings: Any) -> Arm:
    """Arm of a bundled scenario; in the names of settings, two underscores stand for a dot."""
    return Arm(
        name or scenario, scenario, {key.replace("__", "."): value for key, value in settings.items()}, free
    )


def _dose(name: str, value: float, *, reward: bool) -> Arm:
    """Useful posts of some value, with four vouchers each or with none."""
    paid: dict[str, Any] = {"brand__series__0__reward": 5.0, "brand__series__0__rewards_per_post": 4}
    return _arm("be_worth_sharing", name, brand__series__0__value=value, **(paid if reward else {}))


_SILENCE = _arm("silence", free=True)
_HALF = 28.0  # day on which the order changes, where order is the contrast: half of the run, twice the rates
_TWICE: dict[str, Any] = {"brand__answer_hours_per_week": 12.0, "brand__series__0__per_week": 4.0}
_GIFTS_AND_ASKS: dict[str, Any] = {"brand__series__0__per_week": 8.0, "brand__series__1__per_week": 2.0}

CLAIMS: Mapping[str, Claim] = {
    claim.id: claim
    for claim in (
        Claim(
            "E1.1",
            "Incentives buy noise",
            "The incentive buys forwards, but most of what arrives is of little or no value to who receives it.",
            (
                _arm(
                    "customers_as_marketing_department",
                    "offers, no reward",
                    free=True,
                    brand__series__0__reward=0.0,
                    brand__series__0__rewards_per_post=0,
                ),
                _arm("customers_as_marketing_department", "offers, rewarded"),
            ),
            (
                Part("shares of the same offers, with a reward against without", "shares", "offers, no reward", "offers, rewarded", "more"),
                Part("worth less than nothing against worth reading", "noise", "offers, rewarded", "offers, rewarded", "more", measure_a="worth_reading"),
            ),
            "How often the same offers are passed on, with and without a reward: to the right, the reward buys shares.",
            "The side without a reward spends less, since nothing but the reward is left out.",
        ),
        Claim(
            "E1.2",
            "Distributed spam hits back",
            "Paying customers to forward advertising provokes a backlash that being worth sharing does not.",
            (_arm("be_worth_sharing"), _arm("customers_as_marketing_department")),
            (
                Part("backlash per 1,000 reached", "backlash_per_1000", "be_worth_sharing", "customers_as_marketing_department", "more"),
                Part("attitude lost per 1,000 reached", "attitude_lost_per_1000", "be_worth_sharing", "customers_as_marketing_department", "more"),
            ),
            "People who hid, muted, unfollowed or complained, for each 1,000 reached: to the right, paying for forwards draws more.",
        ),
        Claim(
            "E1.3",
            "Earned reach follows value",
            "You are promoted as long as you are worth it: earned reach follows value, not asking.",
            (
                _dose("value 0.2", 0.2, reward=False),
                _dose("value 0.5", 0.5, reward=False),
                _dose("value 0.8", 0.8, reward=False),
                _dose("value 0.2, rewarded", 0.2, reward=True),
                _dose("value 0.8, rewarded", 0.8, reward=True),
            ),
            (
                Part("value without a reward against a reward without value", "reach_earned", "value 0.2, rewarded", "value 0.8", "more"),
                Part("value 0.5 against 0.2", "reach_earned", "value 0.2", "value 0.5", "more"),
                Part("value 0.8 against 0.5", "reach_earned", "value 0.5", "value 0.8", "more"),
                Part("value 0.8 against 0.2, both rewarded", "reach_earned", "value 0.2, rewarded", "value 0.8, rewarded", "more"),
            ),
            "People reached first through a friend. Better posts take more hours, so fewer of them are written: to the right, "
            "few good ones that nobody is paid for go further than many poor ones with vouchers.",
        ),
        Claim(
            "E1.4",
            "Ease beats payment",
            "Making it easy to share an experience is worth more than paying for a forward.",
            (
                _arm("be_worth_sharing", "a reward of 5", brand__series__0__reward=5.0, brand__series__0__rewards_per_post=4),
                _arm("be_worth_sharing", "easy to tell", brand__experience_ease=3.0, brand__care_hours_per_week=2.0),
            ),
            (
                Part("earned reach", "reach_earned", "a reward of 5", "easy to tell", "more"),
                Part("attitude of those reached", "attitude_reached", "a reward of 5", "easy to tell", "more"),
                Part("cost per person reached", "cost_per_reached", "a reward of 5", "easy to tell", "less"),
            ),
            "People reached first through a friend, when a fifth of the budget goes into ease or into vouchers: to the right, "
            "ease earns more.",
            "That two hours a week make telling three times as easy is an assumption of the contrast.",
        ),
        Claim(
            "E1.5",
            "Experiences carry further",
            "Customers' own experiences carry further than forwarded advertising.",
            (_arm("customers_as_marketing_department"),),
            (
                Part("cascade of an experience against that of a forward", "experience_cascade", "customers_as_marketing_department", "customers_as_marketing_department", "more", measure_a="forward_cascade"),
                Part("conversion per experience against per forward", "conversion_experience", "customers_as_marketing_department", "customers_as_marketing_department", "more", measure_a="conversion_forward"),
            ),
            "How many times one message is sent, the first time included, in one and the same world: to the right, "
            "experiences go further than forwards of the brand's offers.",
        ),
        Claim(
            "E2.1",
            "Liking builds loyalty",
            "Liking your customers makes engagement believable and builds a loyal community.",
            (_arm("one_way_push"), _arm("two_way_engagement")),
            (
                Part("attitude of followers", "attitude_followers", "one_way_push", "two_way_engagement", "more"),
                Part("first followers who stay", "retention", "one_way_push", "two_way_engagement", "more"),
                Part("recommendations", "recommendations", "one_way_push", "two_way_engagement", "more"),
            ),
            "Attitude of those who follow at the end: to the right, talking with customers makes followers like the brand more.",
        ),
        Claim(
            "E2.2",
            "Feigned engagement is doomed",
            "It is the liking that makes engagement work; pretending is worse than honest pushing.",
            (
                _arm("one_way_push", "push, likes them", brand__likes_customers=True),
                _arm("two_way_engagement", "two-way, likes them", brand__likes_customers=True),
                _arm("one_way_push", "push, does not like them", brand__likes_customers=False),
                _arm("feigned_engagement", "two-way, does not like them", brand__likes_customers=False),
            ),
            (
                Part("attitude that two-way gains, meant against feigned", "attitude_reached", "push, likes them", "two-way, likes them", "more", against=("push, does not like them", "two-way, does not like them")),
                Part("net followers that two-way gains, meant against feigned", "followers_net", "push, likes them", "two-way, likes them", "more", against=("push, does not like them", "two-way, does not like them")),
                Part("attitude, feigned against honest push", "attitude_reached", "push, does not like them", "two-way, does not like them", "less"),
            ),
            "What engagement adds to attitude when it is meant, minus what it adds when it is not: to the right, it is the "
            "liking that works.",
        ),
        Claim(
            "E2.3",
            "Honest push is not wrong",
            "Pushing messages one way, honestly, is a legitimate style: better than silence, and than pretending.",
            (_SILENCE, _arm("feigned_engagement"), _arm("one_way_push")),
            (
                Part("adoptions, against silence", "adoptions", "silence", "one_way_push", "more"),
                Part("reach, against feigned engagement", "reach", "feigned_engagement", "one_way_push", "more"),
                Part("backlash per 1,000 reached, against feigned engagement", "backlash_per_1000", "feigned_engagement", "one_way_push", "less"),
            ),
            "People who bought for the first time: to the right, one-way push sells more than silence.",
            "Silence spends nothing.",
        ),
        Claim(
            "E2.4",
            "Deleting has consequences",
            "After a scandal, deleting negative comments, or closing them, costs more than it saves; answering does not.",
            (
                _arm("scandal_ignore"),
                _arm("scandal_delete"),
                _arm("comments_closed"),
                _arm("scandal_answer"),
            ),
            (
                Part("attitude at the end, deleted against left alone", "attitude_reached", "scandal_ignore", "scandal_delete", "less"),
                Part("complaints seen, deleted against left alone", "complaint_exposures", "scandal_ignore", "scandal_delete", "more"),
                Part("peak of complaints, deleted against left alone", "complaint_peak", "scandal_ignore", "scandal_delete", "more"),
                Part("attitude at the end, closed against left alone", "attitude_reached", "scandal_ignore", "comments_closed", "less"),
                Part("attitude at the end, answered against deleted", "attitude_reached", "scandal_delete", "scandal_answer", "more"),
            ),
            "Attitude of those reached, after the scandal: to the left, deleting leaves a worse one than doing nothing.",
        ),
        Claim(
            "E3.1",
            "Listening beats publishing",
            "Listening and responding beats publishing to an audience at the same effort.",
            (_arm("audience_broadcast"), _arm("listen_and_answer")),
            (
                Part("adoptions", "adoptions", "audience_broadcast", "listen_and_answer", "more"),
                Part("attitude of those reached", "attitude_reached", "audience_broadcast", "listen_and_answer", "more"),
                Part("reach at the same staff hours", "reach", "audience_broadcast", "listen_and_answer", "more"),
            ),
            "People who bought for the first time: to the right, listening and answering sells more than broadcasting.",
            "Whether it beats almost every other strategy too is in the table of all pairs.",
        ),
        Claim(
            "E3.2",
            "They like the brand, not the page",
            "Answering makes people like the brand, and not just its page.",
            (_arm("audience_broadcast"), _arm("listen_and_answer")),
            (
                Part("attitude of those reached", "attitude_reached", "audience_broadcast", "listen_and_answer", "more"),
                Part("attitude of followers", "attitude_followers", "audience_broadcast", "listen_and_answer", "more"),
                Part("net followers", "followers_net", "audience_broadcast", "listen_and_answer", "less"),
            ),
            "Attitude of those reached: to the right, answering makes people like the brand more.",
            "Liking the brand and liking its page come apart where attitude rises and followers do not; where both rise, "
            "the last part fails, and that they come together is the finding.",
        ),
        Claim(
            "E3.3",
            "Questions say what to publish",
            "Questions tell the brand what to publish.",
            (
                _arm("listen_and_answer", "does not listen", brand__listens=False),
                _arm("listen_and_answer", "listens", brand__listens=True),
            ),
            (
                Part("relevance of posts to their readers, in the second half", "relevance_late", "does not listen", "listens", "more"),
                Part("items worth reading", "worth_reading", "does not listen", "listens", "more"),
            ),
            "How much readers care for what the posts are about: to the right, listening finds better topics.",
        ),
        Claim(
            "E3.4",
            "Answer before you chase likes",
            "Order matters: answer first and publish then, not the other way round.",
            (
                _arm("listen_and_answer", "publish, then answer", **_TWICE, brand__series__0__until_day=_HALF, brand__answer_from_day=_HALF),
                _arm("listen_and_answer", "answer, then publish", **_TWICE, brand__series__0__from_day=_HALF, brand__answer_until_day=_HALF),
            ),
            (
                Part("attitude of those reached", "attitude_reached", "publish, then answer", "answer, then publish", "more"),
                Part("adoptions", "adoptions", "publish, then answer", "answer, then publish", "more"),
            ),
            "Attitude of those reached, when the same work is done in two orders: to the right, answering first is better.",
        ),
        Claim(
            "E4.1",
            "Self-promotion gets punished",
            "A feed that only talks about itself gets shut off and punished, and the more so the more it posts.",
            (
                _arm("give_first"),
                _arm("self_promotion"),
                _arm("give_first", "give first, 2 a week", free=True, brand__series__0__per_week=2.0),
                _arm("give_first", "give first, 14 a week", free=True, brand__series__0__per_week=14.0),
                _arm("self_promotion", "self-promotion, 2 a week", free=True, brand__series__0__per_week=2.0),
                _arm("self_promotion", "self-promotion, 14 a week", free=True, brand__series__0__per_week=14.0),
            ),
            (
                Part("backlash per 1,000 reached", "backlash_per_1000", "give_first", "self_promotion", "more"),
                Part("people who unfollowed", "backlash_unfollowed", "give_first", "self_promotion", "more"),
                Part("backlash, 14 posts a week against 2", "backlash", "self-promotion, 2 a week", "self-promotion, 14 a week", "more"),
                Part("what more posts add to backlash, against giving", "backlash", "self-promotion, 2 a week", "self-promotion, 14 a week", "more", against=("give first, 2 a week", "give first, 14 a week")),
            ),
            "People who hid, muted, unfollowed or complained, for each 1,000 reached, at equal effort: to the right, "
            "self-promotion draws more.",
            "Where the posting rate is the contrast, effort differs with it.",
        ),
        Claim(
            "E4.2",
            "Peers decide purchases",
            "Conversation among peers decides purchases more than what the brand says.",
            (
                _arm("give_first"),
                _SILENCE,
                _arm("give_first", "nobody tells or asks", free=True, experience__p_tell_good=0.0, experience__p_tell_bad=0.0, experience__p_ask=0.0),
            ),
            (
                Part("adoptions by last touch, peers' words against the brand's", "adoptions_experience", "give_first", "give_first", "more", measure_a="adoptions_brand"),
                Part("adoptions left without the brand's messages, against without peers' talk", "adoptions", "nobody tells or asks", "silence", "more"),
            ),
            "Adoptions after a friend's word and after a message of the brand, in the same worlds: to the right, friends "
            "decide more.",
            "Silence spends nothing. Where nobody tells or asks, people still pass on the brand's posts.",
        ),
        Claim(
            "E4.3",
            "Listening is a window on the market",
            "Listening shows in real time what people like.",
            (
                _arm("listen_and_answer", "does not listen", brand__listens=False),
                _arm("listen_and_answer", "listens", brand__listens=True),
            ),
            (Part("error of the brand's picture of interests", "interest_error", "does not listen", "listens", "less"),),
            "How far the brand's picture of what people care for is from the truth: to the left, listening brings it nearer.",
            "Whom people trust is not estimated by the brand in this model.",
        ),
        Claim(
            "E4.4",
            "Give, then ask",
            "Those who give first get more when they ask.",
            (
                _arm("give_first", "ask, then give", **_GIFTS_AND_ASKS, brand__series__0__from_day=_HALF, brand__series__1__from_day=0.0, brand__series__1__until_day=_HALF),
                _arm("give_first", "give, then ask", **_GIFTS_AND_ASKS, brand__series__0__until_day=_HALF, brand__series__1__from_day=_HALF),
            ),
            (
                Part("response to the same ask", "ask_response", "ask, then give", "give, then ask", "more"),
                Part("adoptions", "adoptions", "ask, then give", "give, then ask", "more"),
            ),
            "Shares and considerations for each time that an asking post is seen: to the right, giving first pays.",
        ),
        Claim(
            "E4.5",
            "Help, do not hand out brochures",
            "Helping a friend to decide works; a brochure does not.",
            (_arm("self_promotion"), _arm("help_a_friend")),
            (
                Part("adoptions per message of the brand seen", "conversion_owned", "self_promotion", "help_a_friend", "more"),
                Part("adoptions", "adoptions", "self_promotion", "help_a_friend", "more"),
                Part("attitude of those reached", "attitude_reached", "self_promotion", "help_a_friend", "more"),
            ),
            "Purchases after a message of the brand, for each time that one is seen: to the right, helping converts better.",
            "Credibility follows attitude in this model, so attitude stands for it.",
        ),
    )
}  # fmt: skip
