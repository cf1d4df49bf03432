"""The typed schema: every parameter with unit, bounds, default, source and grade; and `load_scenario`.

A bound, a unit, a default or a source is written here and nowhere else: the parameter table, the JSON Schema, the
controls of the app, the help texts and the ledger of assumptions are generated from these fields.
"""

import difflib
import functools
import hashlib
import json
import tomllib
import types as python_types
import typing
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from worthsharing.sim.errors import InputError

Grade = Literal["A", "B", "C", "D", "X"]
GRADES: Mapping[str, str] = {
    "A": "seen in the paper, its abstract or the authors' release",
    "B": "seen in somebody else's account of the paper",
    "C": "computed from open data or a closed formula",
    "D": "recalled, not checked: a guess until somebody opens the paper",
    "X": "assumption: the sign has evidence, the size has not",
}
MAX_FILE_BYTES = 1_000_000  # a scenario states what differs: a megabyte of TOML is a mistake
MAX_NESTING = 12


def _parameter(
    default: Any,
    meaning: str,
    *,
    unit: str,
    source: str = "a choice of this scenario",
    grade: Grade | None = None,
    plausible: tuple[float, float] | None = None,
    scale: Literal["linear", "log"] = "linear",
    **bounds: Any,
) -> Any:
    """Field with everything that is to be known of a parameter.

    A parameter without a grade is a lever or a computing choice, not a claim about people.
    """
    extra: dict[str, Any] = {"unit": unit, "source": source, "scale": scale}
    if grade is not None:
        extra["grade"] = grade
    if plausible is not None:
        extra["plausible"] = list(plausible)
    return Field(default, description=meaning, json_schema_extra=extra, **bounds)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class World(_Section):
    """Who there is and who follows whom."""

    people: int = _parameter(
        2000, "Number of people; a network file sets it itself", unit="people", ge=2, le=20_000_000
    )
    network: str = _parameter(
        "friends",
        "Who follows whom: `friends` (mutual), `follows` (directed), `erdos_renyi`, or the path of a network file",
        unit="name or path",
        min_length=1,
        max_length=4096,
    )
    ties: Literal["mutual", "heard_by", "follows"] = _parameter(
        "mutual",
        "How to read a line `a,b` of a network file: both hear each other, a is heard by b, or a follows b",
        unit="choice",
    )
    mean_degree: float = _parameter(
        20.0,
        "Mean number of people that one follows in a generated network",
        unit="people",
        ge=0.0,
        le=500.0,
        source="Ugander et al. 2011 count 191 on Facebook; 20 is a computing choice, see attention.real_degree",
        grade="C",
        plausible=(10, 190),
        scale="log",
    )
    clustering: float = _parameter(
        0.20,
        "Share of a person's ties that are tied to each other, in a generated network",
        unit="share",
        ge=0.0,
        le=0.6,
        source="Ugander et al. 2011: 0.14 at degree 100",
        grade="D",
        plausible=(0.10, 0.40),
    )
    follower_exponent: float = _parameter(
        2.28,
        "Exponent of the follower counts of `follows`",
        unit="exponent",
        ge=2.0,
        le=4.0,
        source="Kwak et al. 2010",
        grade="B",
        plausible=(2.0, 2.6),
    )
    reciprocity: float = _parameter(
        0.4,
        "Share of the ties of `follows` that are returned",
        unit="share",
        ge=0.0,
        le=1.0,
        source="Kwak, Chun & Moon 2011: 0.56 to 0.62; Kwak et al. 2010: 0.22; Myers 2014: 0.42",
        grade="A",
        plausible=(0.22, 0.62),
    )
    strong_ties: float = _parameter(
        0.3,
        "Share of ties that are strong",
        unit="share",
        ge=0.0,
        le=1.0,
        source="no measurement on these networks",
        grade="X",
        plausible=(0.1, 0.5),
    )


class Clock(_Section):
    """How long the campaign runs and how finely time is cut."""

    days: int = _parameter(
        56,
        "Length of the run; eight whole weeks, so that strategies with different weekly rates spend the same",
        unit="days",
        ge=1,
        le=36_500,
    )
    step_hours: float = _parameter(
        6.0,
        "Length of a step; results must not depend on it",
        unit="hours",
        gt=0.0,
        le=168.0,
        scale="log",
    )


class Mechanisms(_Section):
    """Which parts of the model are on. Each says what `false` means: its neutral state."""

    everyday_talk: bool = _parameter(
        True, "People write posts that have nothing to do with a brand; off: none", unit="switch"
    )
    visibility: bool = _parameter(
        True,
        "Feeds compete for attention; off: whatever a tie lets through (contagion.p_tie) is seen in the next step",
        unit="switch",
    )
    worth: bool = _parameter(
        True,
        "Each reader appraises each item; off: every item has the typical worth (sharing.typical_worth)",
        unit="switch",
    )
    fatigue: bool = _parameter(
        True,
        "Unwanted and repeated exposure tires, and is remembered; off: nobody tires, and nothing is remembered",
        unit="switch",
    )
    sharing: bool = _parameter(
        True,
        "People share by worth and reward; off: everybody reached shares (or once contagion.threshold is met)",
        unit="switch",
    )
    rewards: bool = _parameter(
        True, "Rewards buy forwards; off: rewards are promised and ignored", unit="switch"
    )
    sincerity: bool = _parameter(True, "A visible reward lowers credibility; off: no penalty", unit="switch")
    attitude: bool = _parameter(
        True, "Attitude to the brand moves; off: it stays where it began", unit="switch"
    )
    leaving: bool = _parameter(
        True, "People mute, hide, unfollow and complain; off: nobody does", unit="switch"
    )
    experience: bool = _parameter(
        True, "Buyers have experiences and tell them, friends ask; off: silence", unit="switch"
    )
    listening: bool = _parameter(
        True,
        "Customers ask the brand, which answers in its hours or not; off: nobody asks a brand",
        unit="switch",
    )
    moderation: bool = _parameter(
        True,
        "Complaints stand below the brand's posts unless it deletes or closes; off: followers only see them",
        unit="switch",
    )
    reciprocity: bool = _parameter(
        True,
        "Who was given something responds more to an ask; off: gifts are forgotten at once",
        unit="switch",
    )
    shocks: bool = _parameter(True, "Scheduled events happen; off: they do not", unit="switch")
    adoption: bool = _parameter(
        True,
        "Touches lead to consideration and purchase; off: Bass hazards of `contagion` alone",
        unit="switch",
    )


class Attention(_Section):
    """Mechanism 1: visibility and limited attention."""

    background: Literal["auto", "messages", "rate"] = _parameter(
        "auto",
        "Everyday posts one by one (`messages`), or as an inflow (`rate`); auto: messages up to 20,000 people",
        unit="choice",
    )
    ranking: Literal["chronological", "engagement"] = _parameter(
        "chronological", "How a feed is ordered", unit="choice"
    )
    engagement_lift: float = _parameter(
        1.0,
        "How much a well-liked item is moved up when the ranking is by engagement",
        unit="factor per 1 % engaged",
        ge=0.0,
        le=20.0,
        source="platforms do not publish it",
        grade="X",
        plausible=(0.2, 5.0),
        scale="log",
    )
    visits_per_day: float = _parameter(
        2.0,
        "Mean visits to the feed",
        unit="visits/day",
        gt=0.0,
        le=24.0,
        source="several visits a day are commonly reported; size assumed",
        grade="X",
        plausible=(1.0, 8.0),
        scale="log",
    )
    visits_spread: float = _parameter(
        0.5,
        "Spread of visits between people (standard deviation of the logarithm)",
        unit="log",
        ge=0.0,
        le=2.0,
        source="sign: activity is heterogeneous on every platform; size assumed",
        grade="X",
        plausible=(0.2, 1.0),
    )
    items_per_visit: float = _parameter(
        15.0,
        "Items looked at in one visit",
        unit="items",
        ge=1.0,
        le=500.0,
        source="SimSoM's default (Truong et al. 2024)",
        grade="A",
        plausible=(1, 128),
        scale="log",
    )
    items_per_followed_per_day: float = _parameter(
        4.4,
        "Items that reach a feed for each person followed",
        unit="items/day",
        ge=0.0,
        le=100.0,
        source="so that 6 % of followers see one brand post: visits × items / (inflow × real_degree); Social@Ogilvy 2014",
        grade="C",
        plausible=(1.6, 14.0),
        scale="log",
    )
    attention_days: float = _parameter(
        7.0,
        "Mean time that a post stays in attention",
        unit="days",
        gt=0.0,
        le=365.0,
        source="Weng et al. 2012",
        grade="A",
        plausible=(0.7, 35.0),
        scale="log",
    )
    real_degree: float = _parameter(
        190.0,
        "People really followed: brand posts compete with this many; a tie of a smaller network stands for several",
        unit="people",
        ge=1.0,
        le=5000.0,
        source="Ugander et al. 2011: 191",
        grade="A",
        plausible=(100, 400),
        scale="log",
    )


class Worth(_Section):
    """Mechanism 2: what an item is worth to one reader."""

    topics: int = _parameter(
        8, "Number of topics that people care about more or less", unit="topics", ge=1, le=1000
    )
    topic_spread: float = _parameter(
        0.25,
        "How much more people care for some topics than for others (standard deviation of the logarithm of an exponent)",
        unit="log",
        ge=0.0,
        le=3.0,
        source="fitted to F1, F2, F3, F4 and F6 (experiments/designs/calibration.toml), which hardly determine it",
        grade="X",
        plausible=(0.0, 0.4),
    )
    reading_cost: float = _parameter(
        0.017,
        "Worth of the time it takes to read an item",
        unit="worth",
        ge=0.0,
        le=1.0,
        source="fitted to F1, F2, F3, F4 and F6 (experiments/designs/calibration.toml); André et al. 2012",
        grade="C",
        plausible=(0.0, 0.06),
    )
    worth_reading: float = _parameter(
        0.05,
        "Worth above which an item counts as worth reading",
        unit="worth",
        ge=0.0,
        le=1.0,
        source="fixed before anything was fitted",
        grade="X",
        plausible=(0.02, 0.1),
    )
    brand_credibility: float = _parameter(
        0.6,
        "Credibility of a brand's own words at a neutral attitude",
        unit="share",
        ge=0.0,
        le=1.0,
        source="sign: peers are trusted more than advertising; size assumed",
        grade="X",
        plausible=(0.3, 0.9),
    )
    strong_tie_credibility: float = _parameter(
        1.0,
        "Credibility of a close friend",
        unit="share",
        ge=0.0,
        le=1.0,
        source="the unit of the scale",
        grade="X",
        plausible=(0.9, 1.0),
    )
    weak_tie_credibility: float = _parameter(
        0.8,
        "Credibility of an acquaintance",
        unit="share",
        ge=0.0,
        le=1.0,
        source="sign: tie strength; size assumed",
        grade="X",
        plausible=(0.5, 1.0),
    )
    pressure_sensitivity: float = _parameter(
        1.0,
        "Mean weight of promotional pressure against value",
        unit="worth per pressure",
        ge=0.0,
        le=10.0,
        source="the unit of pressure",
        grade="X",
        plausible=(0.5, 2.0),
        scale="log",
    )
    sensitivity_spread: float = _parameter(
        0.4,
        "Spread of that weight between people (standard deviation of the logarithm)",
        unit="log",
        ge=0.0,
        le=2.0,
        source="assumed",
        grade="X",
        plausible=(0.1, 0.8),
    )
    irritation_exposures: float = _parameter(
        6.0,
        "Exposures at which one message starts to irritate",
        unit="exposures",
        ge=1.0,
        le=100.0,
        source="Leger et al. 2023",
        grade="A",
        plausible=(3, 10),
    )


class Fatigue(_Section):
    """Mechanism 3: what too much does."""

    half_life: float = _parameter(
        10.0,
        "Days until half of the annoyance is gone",
        unit="days",
        gt=0.0,
        le=3650.0,
        source="Kronrod & Huber 2019: several weeks",
        grade="X",
        plausible=(4, 28),
        scale="log",
    )
    per_unwanted: float = _parameter(
        1.0,
        "Fatigue from one item worth less than nothing",
        unit="fatigue",
        ge=0.0,
        le=100.0,
        source="the unit of fatigue",
        grade="X",
        plausible=(0.5, 2.0),
        scale="log",
    )
    per_repeat: float = _parameter(
        0.3,
        "Fatigue from seeing one message again",
        unit="fatigue",
        ge=0.0,
        le=100.0,
        source="sign: Leger et al. 2023",
        grade="X",
        plausible=(0.1, 1.0),
        scale="log",
    )
    worth_lost: float = _parameter(
        0.02,
        "Worth that one unit of fatigue takes from each item of the brand",
        unit="worth per fatigue",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.005, 0.08),
        scale="log",
    )
    wear_exponent: float = _parameter(
        0.5,
        "b of the wear-out of the response, (N + 1)^−b, N earlier exposures to the brand in 30 days",
        unit="exponent",
        ge=0.0,
        le=2.0,
        source="so that the whole response wears as measured, an input fact (F10); 0.43 in Analytics at Meta 2023",
        grade="C",
        plausible=(0.30, 0.60),
    )
    wear_window: float = _parameter(
        45.0,
        "Mean time that an exposure counts in that N",
        unit="days",
        gt=0.0,
        le=3650.0,
        source="so that nine exposures within a window of 30 days wear as measured; Analytics at Meta 2023",
        grade="C",
        plausible=(30, 90),
    )
    memory_half_life: float = _parameter(
        90.0,
        "Half-life of brand memory",
        unit="days",
        gt=0.0,
        le=3650.0,
        source="Kronrod & Huber 2019: stable",
        grade="X",
        plausible=(30, 180),
        scale="log",
    )


class Sharing(_Section):
    """Mechanism 4: passing on, for worth or for a reward."""

    p_share_brand: float = _parameter(
        0.005,
        "Chance of sharing a brand's item of typical worth, once seen",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="360 unpaid posts of Moro et al. 2016: shares per person reached",
        grade="C",
        plausible=(0.001, 0.008),
        scale="log",
    )
    p_share_people: float = _parameter(
        0.041,
        "Chance of sharing another person's item of typical worth, once seen",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="fitted to F1, F2, F3, F4 and F6 (experiments/designs/calibration.toml); Goel et al. 2016",
        grade="C",
        plausible=(0.02, 0.1),
        scale="log",
    )
    p_like: float = _parameter(
        0.018,
        "Chance of a like, at typical worth",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="Moro et al. 2016 data",
        grade="C",
        plausible=(0.004, 0.04),
        scale="log",
    )
    p_comment: float = _parameter(
        0.0004,
        "Chance of a comment, at typical worth",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="Moro et al. 2016 data",
        grade="C",
        plausible=(0.0, 0.002),
    )
    typical_worth: float = _parameter(
        0.16,
        "Worth at which these chances hold",
        unit="worth",
        ge=-1.0,
        le=1.0,
        source="so that a useful post is shared by 0.5 % of those it reaches: an input fact (F8); data of Moro et al. 2016",
        grade="C",
        plausible=(0.05, 0.25),
    )
    steepness: float = _parameter(
        6.0,
        "How sharply sharing rises with worth (logarithm of the odds per unit of worth)",
        unit="1/worth",
        ge=0.0,
        le=50.0,
        source="so that an offer is shared a third as often as inspiration; data of Moro et al. 2016",
        grade="C",
        plausible=(3.0, 10.0),
    )
    talkative_spread: float = _parameter(
        0.8,
        "Spread between people of the odds of sharing (standard deviation of the logarithm)",
        unit="log",
        ge=0.0,
        le=3.0,
        source="sign: few people do most of the sharing; size assumed",
        grade="X",
        plausible=(0.3, 1.5),
    )
    social_proof: float = _parameter(
        1.32,
        "Factor on a like once somebody else has liked",
        unit="factor",
        ge=0.1,
        le=10.0,
        source="Muchnik et al. 2013",
        grade="B",
        plausible=(1.1, 1.4),
        scale="log",
    )
    reward_multiplier: float = _parameter(
        2.0,
        "Factor on the odds of forwarding for a reward of usual size",
        unit="factor",
        ge=1.0,
        le=100.0,
        source="Ryu & Feick 2007 (sign)",
        grade="X",
        plausible=(1.2, 3.5),
        scale="log",
    )
    p_forward_for_reward: float = _parameter(
        0.33,
        "Share of buyers who forward when a reward of usual size is offered",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="Leskovec, Adamic & Huberman 2007",
        grade="A",
        plausible=(0.2, 0.5),
    )
    usual_reward: float = _parameter(
        5.0,
        "Expected value of a reward of usual size",
        unit="currency",
        gt=0.0,
        le=1000.0,
        source="costs of a voucher in EVIDENCE: 1 to 50",
        grade="X",
        plausible=(1, 50),
        scale="log",
    )
    arousal_boost: float = _parameter(
        0.5,
        "Rise of the odds of sharing with arousal 1",
        unit="factor − 1",
        ge=0.0,
        le=10.0,
        source="sign: high-arousal content spreads more; size assumed",
        grade="X",
        plausible=(0.0, 1.5),
    )
    moral_word_boost: float = _parameter(
        1.2,
        "Factor per moral-emotional word, capped at 2",
        unit="factor",
        ge=1.0,
        le=2.0,
        source="Brady et al. 2017",
        grade="B",
        plausible=(1.1, 1.35),
    )
    pair_full_effect: float = _parameter(
        3.0,
        "Rewarded forwards of one sender that keep their full effect on one receiver",
        unit="forwards",
        ge=0.0,
        le=100.0,
        source="Leskovec et al. 2007",
        grade="A",
        plausible=(2, 5),
    )
    pair_worn_out: float = _parameter(
        15.0,
        "Rewarded forwards after which the floor is reached",
        unit="forwards",
        ge=1.0,
        le=200.0,
        source="Leskovec et al. 2007: 10 to 20",
        grade="A",
        plausible=(10, 20),
    )
    pair_floor: float = _parameter(
        0.9,
        "Effect that is left of a worn pair, beside what offers wear out and tire the receiver anyway",
        unit="share",
        ge=0.0,
        le=1.0,
        source="so that success beyond the tenth forward of one sender is half that of the first, an input fact (F13); "
        "Leskovec et al. 2007",
        grade="C",
        plausible=(0.60, 1.0),
    )


class Sincerity(_Section):
    """Mechanism 5: what a visible reward does to credibility."""

    penalty_weak_tie: float = _parameter(
        0.25,
        "Part of the effect lost on an unsolicited rewarded forward between acquaintances",
        unit="share",
        ge=0.0,
        le=1.0,
        source="Verlegh et al. 2013; Tuk et al. 2009 (sign)",
        grade="X",
        plausible=(0.0, 0.5),
    )
    penalty_strong_tie: float = _parameter(
        0.10,
        "The same between close friends, or when asked for",
        unit="share",
        ge=0.0,
        le=1.0,
        source="Verlegh et al. 2013 (sign)",
        grade="X",
        plausible=(0.0, 0.25),
    )
    penalty_both_rewarded: float = _parameter(
        0.0,
        "The same when both sides are rewarded",
        unit="share",
        ge=0.0,
        le=1.0,
        source="Verlegh et al. 2013: removes the effect",
        grade="X",
        plausible=(0.0, 0.1),
    )

    p_feigned_noticed: float = _parameter(
        0.3,
        "Chance that an answer by a brand that does not like its customers is felt to be feigned",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="sign: John et al. 2017; size assumed",
        grade="X",
        plausible=(0.05, 0.9),
    )
    feigned_cost: float = _parameter(
        0.2,
        "Attitude that is lost when it is",
        unit="attitude",
        ge=0.0,
        le=2.0,
        source="sign: worse than no answer; size assumed",
        grade="X",
        plausible=(0.05, 0.5),
    )
    pretended: float = _parameter(
        0.3,
        "Effect of a feigned answer that is not noticed, against a genuine one",
        unit="share",
        ge=0.0,
        le=1.0,
        source="order: John et al. 2017",
        grade="X",
        plausible=(0.0, 0.8),
    )


class Attitude(_Section):
    """Mechanism 6: attitude to the brand, and goodwill between friends."""

    at_start: float = _parameter(
        0.0,
        "Mean attitude of people who do not know the brand",
        unit="attitude",
        ge=-1.0,
        le=1.0,
        source="neutral",
        grade="X",
        plausible=(-0.2, 0.3),
    )
    of_customers: float = _parameter(
        0.3,
        "Mean attitude of the first customers",
        unit="attitude",
        ge=-1.0,
        le=1.0,
        source="sign: those who follow a brand like it; size assumed",
        grade="X",
        plausible=(0.0, 0.6),
    )
    spread: float = _parameter(
        0.2,
        "Spread of these between people",
        unit="attitude",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.05, 0.4),
    )
    per_item: float = _parameter(
        0.02,
        "How far one item moves attitude towards what it was worth",
        unit="share",
        ge=0.0,
        le=1.0,
        source="attitudes move slowly; size assumed",
        grade="X",
        plausible=(0.005, 0.06),
        scale="log",
    )
    per_heard: float = _parameter(
        0.05,
        "How far one friend's experience moves it",
        unit="share",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.02, 0.15),
        scale="log",
    )
    heard_negative: float = _parameter(
        0.6,
        "Effect of heard negative against heard positive word of mouth",
        unit="factor",
        ge=0.0,
        le=10.0,
        source="East et al. 2008",
        grade="A",
        plausible=(0.4, 1.2),
        scale="log",
    )
    per_experience: float = _parameter(
        0.2,
        "How far one's own experience moves it",
        unit="share",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.05, 0.5),
        scale="log",
    )
    own_negative: float = _parameter(
        2.0,
        "Own bad experience against own good one",
        unit="factor",
        ge=0.0,
        le=10.0,
        source="sign: negativity bias",
        grade="X",
        plausible=(1, 3),
        scale="log",
    )
    p_mute_sharer: float = _parameter(
        0.002,
        "Chance of muting a friend at the first unwanted item, rising with each more",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.0005, 0.01),
        scale="log",
    )


class Leaving(_Section):
    """Mechanism 7: leaving and protest."""

    unfollow_per_month: float = _parameter(
        0.014,
        "Followers who leave for reasons of their own",
        unit="share/month",
        ge=0.0,
        le=1.0,
        source="Kwak, Chun & Moon 2011; BuzzStream 2015",
        grade="C",
        plausible=(0.007, 0.074),
        scale="log",
    )
    p_per_promotion: float = _parameter(
        0.0014,
        "Extra chance of leaving per ordinary promotional message seen",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="e-mail unsubscribes, GDMA 2024",
        grade="A",
        plausible=(0.0005, 0.005),
        scale="log",
    )
    cause_promotion: float = _parameter(
        46.0,
        "Weight of promotion among the causes",
        unit="weight",
        ge=0.0,
        le=1000.0,
        source="Sprout Social 2016",
        grade="A",
        plausible=(30, 60),
    )
    cause_irrelevance: float = _parameter(
        41.0,
        "Weight of irrelevance among the causes",
        unit="weight",
        ge=0.0,
        le=1000.0,
        source="Sprout Social 2016",
        grade="A",
        plausible=(25, 55),
    )
    cause_frequency: float = _parameter(
        35.0,
        "Weight of frequency among the causes",
        unit="weight",
        ge=0.0,
        le=1000.0,
        source="Sprout Social 2016",
        grade="A",
        plausible=(20, 50),
    )
    silent: float = _parameter(
        0.60,
        "Share of those who leave that unfollow in silence",
        unit="share",
        ge=0.0,
        le=1.0,
        source="BuzzStream/Fractl 2015",
        grade="A",
        plausible=(0.50, 0.75),
    )
    hide: float = _parameter(
        0.20,
        "Share that hide the brand",
        unit="share",
        ge=0.0,
        le=1.0,
        source="BuzzStream/Fractl 2015",
        grade="A",
        plausible=(0.1, 0.3),
    )
    tell_friends: float = _parameter(
        0.10,
        "Share that tell close friends; what is left posts a complaint",
        unit="share",
        ge=0.0,
        le=1.0,
        source="BuzzStream/Fractl 2015",
        grade="A",
        plausible=(0.05, 0.2),
    )
    complaint_arousal: float = _parameter(
        0.7,
        "Arousal of a public complaint",
        unit="arousal",
        ge=0.0,
        le=1.0,
        source="sign: anger arouses; size assumed",
        grade="X",
        plausible=(0.4, 1.0),
    )
    complaint_moral_words: int = _parameter(
        1,
        "Moral-emotional words in a complaint",
        unit="words",
        ge=0,
        le=10,
        source="assumed",
        grade="X",
        plausible=(0, 3),
    )


class Experience(_Section):
    """Mechanism 11: product experience, asking and recommending."""

    per_month: float = _parameter(
        1.0,
        "Experiences with the product that a buyer has",
        unit="experiences/month",
        ge=0.0,
        le=100.0,
        source="assumed",
        grade="X",
        plausible=(0.3, 4.0),
        scale="log",
    )
    p_tell_good: float = _parameter(
        0.05,
        "Chance of telling a good experience at ordinary ease",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.02, 0.2),
        scale="log",
    )
    p_tell_bad: float = _parameter(
        0.095,
        "Chance of telling a bad one",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="so that 3 good words stand against 1 bad at quality 0.85; East, Hammond & Wright 2007",
        grade="A",
        plausible=(0.05, 0.3),
        scale="log",
    )
    attitude_pull: float = _parameter(
        0.5,
        "How much attitude moves the telling: good things are told more, bad ones less (logarithm per unit of attitude)",
        unit="log per attitude",
        ge=0.0,
        le=10.0,
        source="sign: who likes a brand recommends it; size assumed",
        grade="X",
        plausible=(0.0, 1.5),
    )
    p_complain: float = _parameter(
        0.2,
        "Share of bad words that are complaints in public",
        unit="share",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.05, 0.5),
    )
    value: float = _parameter(
        0.3,
        "Intrinsic value of a told experience",
        unit="value",
        ge=0.0,
        le=1.0,
        source="assumed: more than five in six everyday posts have (see rules.appeal)",
        grade="X",
        plausible=(0.15, 0.6),
    )
    p_ask: float = _parameter(
        0.1,
        "Chance that somebody who is deciding asks friends",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.02, 0.4),
        scale="log",
    )
    p_help: float = _parameter(
        0.3,
        "Chance that a buyer who sees the question answers",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.1, 0.6),
    )
    everyday_per_day: float = _parameter(
        0.05,
        "Everyday posts that a person writes and the model follows one by one",
        unit="posts/day",
        ge=0.0,
        le=20.0,
        source="a sample of what people post: a computing choice; all else is in the inflow",
    )


class Listening(_Section):
    """Mechanism 8: asking the brand, and being answered."""

    p_question: float = _parameter(
        0.2,
        "Share of experiences with the product that raise a question to the brand",
        unit="share",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.05, 0.5),
    )
    p_ask_brand: float = _parameter(
        0.2,
        "Chance that somebody who is deciding asks the brand",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.05, 0.5),
    )
    minutes_per_answer: float = _parameter(
        15.0,
        "Staff time that an answer takes",
        unit="minutes",
        gt=0.0,
        le=1440.0,
        source="assumed",
        grade="X",
        plausible=(5, 40),
        scale="log",
    )
    reply_share: float = _parameter(
        0.90,
        "Share of questions and complaints that a brand with hours for answering takes up",
        unit="share",
        ge=0.0,
        le=1.0,
        source="Sprout 2015–16: 0.10 of broadcasting brands, 0.90 of listening ones; Einwiller & Steilen 2015",
        grade="A",
        plausible=(0.5, 1.0),
    )
    reaction_minutes: float = _parameter(
        46.0,
        "Median time until somebody at the brand takes a question up, besides waiting in the queue",
        unit="minutes",
        gt=0.0,
        le=100_000.0,
        source="Einwiller & Steilen 2015",
        grade="A",
        plausible=(10, 600),
        scale="log",
    )
    reaction_spread: float = _parameter(
        2.19,
        "Spread of that time (standard deviation of the logarithm)",
        unit="log",
        ge=0.0,
        le=5.0,
        source="Einwiller & Steilen 2015: median 46 minutes, mean 8.4 hours",
        grade="A",
        plausible=(1.0, 2.5),
    )
    give_up_hours: float = _parameter(
        72.0,
        "Delay after which a brand does not answer any more",
        unit="hours",
        gt=0.0,
        le=10_000.0,
        source="Sprout 2015–16 count answers within 72 hours",
    )
    tolerated_hours: float = _parameter(
        3.0,
        "Delay that people tolerate",
        unit="hours",
        gt=0.0,
        le=10_000.0,
        source="Istanbulluoglu 2017",
        grade="A",
        plausible=(1, 6),
        scale="log",
    )
    fast_worth: float = _parameter(
        2.22,
        "Worth of an answer at once, against the typical one",
        unit="ratio",
        ge=0.0,
        le=100.0,
        source="Huang et al. 2018 (sponsored): 20 against 9",
        grade="A",
        plausible=(1.5, 3.0),
    )
    late_worth: float = _parameter(
        0.26,
        "Worth of a late answer, against the typical one",
        unit="ratio",
        ge=0.0,
        le=100.0,
        source="Huang et al. 2018 (sponsored): 2.33 against 9",
        grade="A",
        plausible=(0.1, 0.8),
    )
    worth_half_minutes: float = _parameter(
        15.0,
        "Delay at which half of the difference between them is gone",
        unit="minutes",
        gt=0.0,
        le=10_000.0,
        source="so that the typical answer comes after 21 minutes; Huang et al. 2018",
        grade="C",
        plausible=(8, 30),
        scale="log",
    )
    per_answer: float = _parameter(
        0.1,
        "Attitude gained by the typical answer to a question",
        unit="attitude",
        ge=0.0,
        le=2.0,
        source="sign: Huang et al. 2018; size assumed",
        grade="X",
        plausible=(0.03, 0.3),
        scale="log",
    )
    complainer_shift: float = _parameter(
        0.5,
        "Attitude gained by the typical answer to a complaint",
        unit="attitude",
        ge=0.0,
        le=2.0,
        source="Huang et al. 2018: +1.0 on a scale of five points",
        grade="A",
        plausible=(0.15, 0.6),
    )
    per_unanswered: float = _parameter(
        0.1,
        "Attitude lost when patience ends without an answer",
        unit="attitude",
        ge=0.0,
        le=2.0,
        source="sign: Sprout Social 2016, no reply is a cause of leaving; size assumed",
        grade="X",
        plausible=(0.0, 0.3),
    )
    p_leave_ignored: float = _parameter(
        0.03,
        "Chance that a follower who is ignored leaves",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="Sprout Social 2016: 30 % say that they would go elsewhere; what people do is assumed",
        grade="X",
        plausible=(0.0, 0.3),
    )
    acknowledged: float = _parameter(
        0.7,
        "Factor on the hazard of unfollowing once one was answered",
        unit="factor",
        gt=0.0,
        le=1.0,
        source="Kwak, Moon & Lee 2012 (sign)",
        grade="X",
        plausible=(0.5, 0.95),
    )
    decision_help: float = _parameter(
        1.3,
        "Factor on the chance of buying for somebody who was helped to decide",
        unit="factor",
        ge=0.1,
        le=10.0,
        source="assumed",
        grade="X",
        plausible=(1.0, 2.0),
    )
    focus: float = _parameter(
        2.0,
        "How strongly a brand that listens keeps to the topics asked for: exponent of what it has counted",
        unit="exponent",
        ge=0.0,
        le=10.0,
        source="assumed",
        grade="X",
        plausible=(1.0, 4.0),
    )


class Moderation(_Section):
    """Mechanism 9: what becomes of complaints on the brand's page."""

    p_read_comments: float = _parameter(
        0.1,
        "Chance that a reader of a brand's own post reads the complaint below it",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.02, 0.4),
        scale="log",
    )
    page_days: float = _parameter(
        2.0,
        "Time that a complaint stands there",
        unit="days",
        ge=0.0,
        le=365.0,
        source="assumed",
        grade="X",
        plausible=(0.5, 7.0),
        scale="log",
    )
    p_deletion_noticed: float = _parameter(
        0.3,
        "Chance that a deletion is noticed",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.05, 0.9),
    )
    deletion_anger: float = _parameter(
        1.5,
        "Factor on spread and weight of a complaint whose deletion was noticed",
        unit="factor",
        ge=0.1,
        le=10.0,
        source="Liao et al. 2024, Shin et al. 2020 (sign); 1.1 if it is explained",
        grade="X",
        plausible=(1.1, 3.0),
        scale="log",
    )
    heard_answered: float = _parameter(
        0.5,
        "Weight of a complaint that has been answered, for those who read it",
        unit="factor",
        ge=0.0,
        le=2.0,
        source="sign: Liao et al. 2024; size assumed",
        grade="X",
        plausible=(0.2, 1.0),
    )
    closed_disappoints: float = _parameter(
        0.5,
        "Chance that somebody who wants to ask and finds the comments closed feels ignored",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.0, 1.0),
    )
    extra_complaining: float = _parameter(
        0.20,
        "How much more often somebody complains after having been answered",
        unit="share",
        ge=0.0,
        le=5.0,
        source="Ma, Sun & Kekre 2015 (sign)",
        grade="X",
        plausible=(0.05, 0.50),
    )


class Reciprocity(_Section):
    """Mechanism 10: giving before asking."""

    small_gift: float = _parameter(
        1.17,
        "Factor on the response to an ask after one gift",
        unit="factor",
        ge=1.0,
        le=10.0,
        source="Falk 2007",
        grade="A",
        plausible=(1.05, 1.4),
        scale="log",
    )
    large_gift: float = _parameter(
        1.75,
        "The same after many",
        unit="factor",
        ge=1.0,
        le=10.0,
        source="Falk 2007",
        grade="A",
        plausible=(1.3, 2.2),
        scale="log",
    )
    half_life: float = _parameter(
        30.0,
        "Days until half of what was given is forgotten",
        unit="days",
        gt=0.0,
        le=3650.0,
        source="assumed",
        grade="X",
        plausible=(7, 90),
        scale="log",
    )


class Adoption(_Section):
    """Mechanism 12: awareness, consideration, purchase."""

    external_per_year: float = _parameter(
        0.03,
        "Hazard of buying for reasons outside the platform (Bass's p)",
        unit="1/year",
        ge=0.0,
        le=10.0,
        source="Bass 1969; Sultan et al. 1990",
        grade="B",
        plausible=(0.01, 0.05),
        scale="log",
    )
    p_consider_brand: float = _parameter(
        0.01,
        "Chance that a fully credible message of the brand starts a consideration",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="assumed: a tenth of a friend's forward",
        grade="X",
        plausible=(0.002, 0.05),
        scale="log",
    )
    p_consider_forward: float = _parameter(
        0.10,
        "The same for a forward by a friend",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="so that 1 % of fresh rewarded forwards convert; Leskovec et al. 2007",
        grade="C",
        plausible=(0.05, 0.15),
        scale="log",
    )
    p_consider_experience: float = _parameter(
        0.15,
        "The same for a friend's good experience",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="sign: experience counts more than advertising; size assumed",
        grade="X",
        plausible=(0.05, 0.4),
        scale="log",
    )
    decision_days: float = _parameter(
        7.0,
        "Mean time of deciding",
        unit="days",
        gt=0.0,
        le=365.0,
        source="assumed",
        grade="X",
        plausible=(2, 30),
        scale="log",
    )
    p_buy: float = _parameter(
        0.2,
        "Chance that a consideration ends in a purchase at a neutral attitude",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="so that 1 % of fresh rewarded forwards convert; Leskovec et al. 2007",
        grade="C",
        plausible=(0.1, 0.3),
    )
    attitude_pull: float = _parameter(
        1.5,
        "How much attitude moves that chance (logarithm per unit of attitude)",
        unit="log per attitude",
        ge=0.0,
        le=10.0,
        source="assumed",
        grade="X",
        plausible=(0.5, 3.0),
    )
    referred_value: float = _parameter(
        0.16,
        "Extra value of a customer who came by a referral",
        unit="share",
        ge=0.0,
        le=1.0,
        source="Schmitt et al. 2011",
        grade="A",
        plausible=(0.0, 0.25),
    )
    referred_telling: float = _parameter(
        0.40,
        "How much more often such a customer tells an experience",
        unit="share",
        ge=0.0,
        le=5.0,
        source="Gershon & Jiang, Referral contagion: 20 to 57 % more referrals",
        grade="A",
        plausible=(0.20, 0.57),
    )
    p_follow_at_purchase: float = _parameter(
        0.2,
        "Chance that a new buyer follows the brand",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.05, 0.5),
    )
    p_follow: float = _parameter(
        0.01,
        "Chance that somebody follows the brand after an item of typical worth",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="assumed",
        grade="X",
        plausible=(0.002, 0.03),
        scale="log",
    )


class Contagion(_Section):
    """What is left when mechanisms are off: the known models of the literature."""

    p_tie: float = _parameter(
        1.0,
        "Visibility off: chance that a tie lets a message through, one draw per tie and message",
        unit="probability",
        ge=0.0,
        le=1.0,
    )
    p_tie_by: Literal["constant", "one_over_followed", "weight"] = _parameter(
        "constant",
        "The same chance for every tie, one over the number of people the reader follows, or the file's weight",
        unit="choice",
    )
    threshold: float = _parameter(
        0.0,
        "Sharing off: share of the people followed that must have shared before one shares too",
        unit="share",
        ge=0.0,
        le=1.0,
    )
    threshold_by: Literal["fixed", "uniform"] = _parameter(
        "fixed",
        "The same threshold for everybody, or drawn uniformly for each",
        unit="choice",
    )
    innovation_per_year: float = _parameter(
        0.0,
        "Adoption off: Bass's p",
        unit="1/year",
        ge=0.0,
        le=100.0,
        source="Bass 1969",
    )
    imitation_per_year: float = _parameter(
        0.0,
        "Adoption off: Bass's q, everyone meeting everyone",
        unit="1/year",
        ge=0.0,
        le=100.0,
        source="Bass 1969",
    )


class Costs(_Section):
    """What effort costs: the one visible rule by which value is not free."""

    staff_hour: float = _parameter(
        40.0,
        "A staff hour",
        unit="currency",
        ge=0.0,
        le=10_000.0,
        source="assumed",
        grade="X",
        plausible=(20, 80),
        scale="log",
    )
    thousand_impressions: float = _parameter(
        8.0,
        "1,000 paid impressions",
        unit="currency",
        ge=0.0,
        le=10_000.0,
        source="assumed",
        grade="X",
        plausible=(2, 20),
        scale="log",
    )
    hours_at_value_half: float = _parameter(
        2.0,
        "Staff hours that a post of intrinsic value 0.5 takes",
        unit="hours",
        ge=0.0,
        le=1000.0,
        source="assumed: 0.5, 2 and 8 hours at 0.2, 0.5 and 0.8",
        grade="X",
        plausible=(0.67, 6.0),
        scale="log",
    )
    hours_growth: float = _parameter(
        4.0,
        "Factor on these hours for 0.3 more value",
        unit="factor",
        ge=1.0,
        le=100.0,
        source="as above",
        grade="X",
        plausible=(2.0, 8.0),
        scale="log",
    )


PostKind = Literal["offer", "product", "useful", "entertaining"]


class Series(_Section):
    """A series of posts of one kind: what the brand says, how often, and what it pays for passing it on."""

    name: str = _parameter(
        "posts", "Name of the series, its lasting identity", unit="name", min_length=1, max_length=80
    )
    kind: PostKind = _parameter("useful", "What the posts are", unit="choice")
    per_week: float = _parameter(
        5.0,
        "Posts per week",
        unit="posts/week",
        ge=0.0,
        le=200.0,
        source="Rival IQ 2022",
        grade="B",
        plausible=(1, 42),
        scale="log",
    )
    from_day: float = _parameter(0.0, "First day", unit="days", ge=0.0, le=36_500.0)
    until_day: float = _parameter(36_500.0, "Day on which the series ends", unit="days", ge=0.0, le=36_500.0)
    value: float = _parameter(
        0.5,
        "Intrinsic value to a reader who cares for its topic; hours rise with it",
        unit="value",
        ge=0.0,
        le=1.0,
        source="0.5 is an ordinary useful post",
        grade="X",
        plausible=(0.1, 0.9),
    )
    pressure: float = _parameter(
        0.0,
        "Promotional pressure, in units of worth taken from an average reader",
        unit="pressure",
        ge=0.0,
        le=1.0,
        source="offers about 0.18, product posts about 0.02: they are shared 0.33 and 0.9 times as often (Moro et al. 2016)",
        grade="C",
        plausible=(0.0, 0.4),
    )
    topic: int = _parameter(
        -1, "Number of its topic; −1: each post has one at random", unit="topic", ge=-1, le=999
    )
    arousal: float = _parameter(
        0.2, "How much the posts stir", unit="arousal", ge=0.0, le=1.0, source="assumed", grade="X"
    )
    ease: float = _parameter(
        1.0,
        "How easy sharing is made: a factor on its odds",
        unit="factor",
        ge=0.1,
        le=10.0,
        source="the unit of ease",
        scale="log",
    )
    reward: float = _parameter(
        0.0, "Value of the reward promised for a forward", unit="currency", ge=0.0, le=10_000.0
    )
    reward_chance: float = _parameter(
        1.0,
        "Chance of getting it: 1 is a voucher, less is a lottery",
        unit="probability",
        gt=0.0,
        le=1.0,
    )
    reward_visible: bool = _parameter(
        True, "Whether the receiver can tell that the sender is rewarded", unit="switch"
    )
    reward_both: bool = _parameter(False, "Whether the receiver is rewarded too", unit="switch")
    rewards_per_post: int = _parameter(
        0,
        "Rewards bought in advance with each post; when they are gone, no more are promised until the next",
        unit="rewards/post",
        ge=0,
        le=10_000_000,
    )
    paid_impressions: float = _parameter(
        0.0,
        "Paid impressions bought for each post",
        unit="impressions/post",
        ge=0.0,
        le=1e9,
    )


class Brand(_Section):
    """A brand: its product and its strategy. A strategy is what the brand does."""

    name: str = _parameter(
        "brand", "Name, the brand's lasting identity", unit="name", min_length=1, max_length=80
    )
    quality: float = _parameter(
        0.85,
        "Chance that an experience with the product is good",
        unit="probability",
        ge=0.0,
        le=1.0,
        source="so that 3 good words stand against 1 bad; East, Hammond & Wright 2007",
        grade="X",
        plausible=(0.6, 0.98),
    )
    experience_ease: float = _parameter(
        1.0,
        "How easy the brand makes it to tell an experience",
        unit="factor",
        ge=0.1,
        le=10.0,
        source="the unit of ease",
        scale="log",
    )
    care_hours_per_week: float = _parameter(
        0.0,
        "Staff hours spent on anything else, such as making experiences easy to tell",
        unit="hours/week",
        ge=0.0,
        le=10_000.0,
    )
    answer_hours_per_week: float = _parameter(
        0.0,
        "Staff hours kept free for answering questions (and complaints, if the policy is to answer)",
        unit="hours/week",
        ge=0.0,
        le=100_000.0,
    )
    answer_from_day: float = _parameter(0.0, "First day of answering", unit="days", ge=0.0, le=36_500.0)
    answer_until_day: float = _parameter(
        36_500.0, "Day on which answering ends", unit="days", ge=0.0, le=36_500.0
    )
    likes_customers: bool = _parameter(
        True, "Whether the brand means it when it engages; if not, its answers are feigned", unit="switch"
    )
    listens: bool = _parameter(
        False,
        "Whether it counts what people ask about and react to, and publishes on these topics",
        unit="switch",
    )
    complaint_policy: Literal["leave", "answer", "delete", "close"] = _parameter(
        "leave",
        "Complaints on its page: leave them, answer them, delete them, or close the comments altogether",
        unit="choice",
    )
    first_customers: float = _parameter(
        0.10,
        "Share of people who follow the brand and have bought when the run begins",
        unit="share",
        ge=0.0,
        le=1.0,
        source="no measurement: brands differ",
        grade="X",
        plausible=(0.01, 0.30),
    )
    first_customers_by: Literal["random", "degree", "listed"] = _parameter(
        "random",
        "Who they are: anybody, those with most followers, or the listed labels",
        unit="choice",
    )
    first_customers_listed: tuple[str, ...] = _parameter(
        (),
        "Labels (or numbers) of the first customers, when listed",
        unit="labels",
        strict=False,
        max_length=1_000_000,
    )
    known_outside: float = _parameter(
        1.0,
        "Presence outside the platform: a factor on adoption.external_per_year",
        unit="factor",
        ge=0.0,
        le=100.0,
    )
    first_sharers: int = _parameter(
        0,
        "People who are handed the brand's first message and share it at once",
        unit="people",
        ge=0,
        le=1_000_000,
    )
    first_sharers_by: Literal["random", "degree", "listed"] = _parameter(
        "random", "Who they are", unit="choice"
    )
    first_sharers_listed: tuple[str, ...] = _parameter(
        (),
        "Labels (or numbers) of the first sharers, when listed",
        unit="labels",
        strict=False,
        max_length=1_000_000,
    )
    silent: bool = _parameter(
        False,
        "The brand exists, but publishes, pays and answers nothing, whatever its series say",
        unit="switch",
    )
    series: tuple[Series, ...] = _parameter(
        (Series(),),
        "What the brand publishes",
        unit="list of series",
        strict=False,
        max_length=50,
    )

    @model_validator(mode="after")
    def _names_differ(self) -> "Brand":
        names = [series.name for series in self.series]
        if len(set(names)) < len(names):
            raise ValueError("two series have the same name; give each its own `name`")
        return self


class Event(_Section):
    """Mechanism 13: something that happens to the focal brand on a day, whatever it does."""

    name: str = _parameter("event", "Name, its lasting identity", unit="name", min_length=1, max_length=80)
    day: float = _parameter(20.0, "When it happens", unit="days", ge=0.0, le=36_500.0)
    share: float = _parameter(
        0.3,
        "Share of the people concerned who experience it, or hear of it",
        unit="share",
        ge=0.0,
        le=1.0,
    )
    among: Literal["customers", "everybody"] = _parameter(
        "customers",
        "Customers experience it (a scandal, a product failure); or everybody may hear of it (press, an influencer)",
        unit="choice",
    )
    good: bool = _parameter(False, "Whether it speaks for the brand", unit="switch")
    told: float = _parameter(
        3.0,
        "How much more often it is told than an ordinary experience",
        unit="factor",
        ge=0.0,
        le=100.0,
        source="assumed",
        grade="X",
        plausible=(1.0, 10.0),
        scale="log",
    )


class Scenario(_Section):
    """One campaign in one world: everything that a run depends on, but the seed."""

    title: str = _parameter("", "What the brand does, in a few words", unit="text", max_length=200)
    claim: str = _parameter("", "Which claim of which essay it serves", unit="text", max_length=200)
    world: World = World()
    clock: Clock = Clock()
    mechanisms: Mechanisms = Mechanisms()
    brand: Brand = Brand()
    rivals: tuple[Brand, ...] = _parameter(
        (),
        "Other brands that compete for the same attention",
        unit="list of brands",
        strict=False,
        max_length=7,
    )
    events: tuple[Event, ...] = _parameter(
        (),
        "What happens to the focal brand, whatever it does",
        unit="list of events",
        strict=False,
        max_length=50,
    )
    attention: Attention = Attention()
    worth: Worth = Worth()
    fatigue: Fatigue = Fatigue()
    sharing: Sharing = Sharing()
    sincerity: Sincerity = Sincerity()
    attitude: Attitude = Attitude()
    leaving: Leaving = Leaving()
    experience: Experience = Experience()
    listening: Listening = Listening()
    moderation: Moderation = Moderation()
    reciprocity: Reciprocity = Reciprocity()
    adoption: Adoption = Adoption()
    contagion: Contagion = Contagion()
    costs: Costs = Costs()

    @model_validator(mode="after")
    def _fits_together(self) -> "Scenario":
        names = [brand.name for brand in self.brands]
        if len(set(names)) < len(names):
            raise ValueError("two brands have the same name; give each its own `name`")
        leaving = self.leaving.silent + self.leaving.hide + self.leaving.tell_friends
        if leaving > 1.0 + 1e-12:
            raise ValueError(f"leaving.silent + hide + tell_friends is {leaving:g}; it must be at most 1")
        happenings = [event.name for event in self.events]
        if len(set(happenings)) < len(happenings):
            raise ValueError("two events have the same name; give each its own `name`")
        for brand in self.brands:
            for series in brand.series:
                if series.topic >= self.worth.topics:
                    raise ValueError(
                        f"series '{series.name}' has topic {series.topic}, but worth.topics is {self.worth.topics}"
                    )
        if self.attention.visits_per_day * self.clock.step_hours > 24.0 * 40.0:
            raise ValueError(
                "attention.visits_per_day times clock.step_hours is more than 40 visits in a step; shorten the step"
            )
        return self

    @property
    def brands(self) -> tuple[Brand, ...]:
        """The focal brand, then its rivals."""
        return (self.brand, *self.rivals)

    @property
    def silenced(self) -> "Scenario":
        """The same world in which the focal brand publishes, pays and answers nothing, so that its levers cannot matter."""
        kept = (
            "name",
            "quality",
            "first_customers",
            "first_customers_by",
            "first_customers_listed",
            "known_outside",
        )
        brand = Brand(**{name: getattr(self.brand, name) for name in kept}, silent=True)
        return self.model_copy(update={"brand": brand, "title": "silence", "claim": ""})

    @property
    def key(self) -> str:
        """Fingerprint of everything that moves a number, 16 hexadecimal digits; titles do not."""
        return self._fingerprint(exclude={"title", "claim"})

    def key_of(self, fields: Mapping[str, set[str]]) -> str:
        """Fingerprint of some fields, by section, one of them `world.network`; 16 hexadecimal digits."""
        return self._fingerprint(include=fields)

    def _fingerprint(self, **chosen: Any) -> str:
        content = self.model_dump(mode="json", **chosen)
        network = Path(self.world.network)
        if self.world.network not in GENERATED_NETWORKS and network.is_file():
            stat = network.stat()
            content["world"]["network"] = _digest_of_file(str(network), stat.st_size, stat.st_mtime_ns)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


GENERATED_NETWORKS = ("friends", "follows", "erdos_renyi")


@functools.lru_cache(maxsize=64)
def _digest_of_file(path: str, size: int, changed: int) -> str:
    """Fingerprint of a file's content; read again only when its size or time changed."""
    del size, changed  # they are in the key of the cache
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ---- reading a file -----------------------------------------------------------------------------------------------


class Loaded(NamedTuple):
    """A scenario and what its reader should know of it."""

    scenario: Scenario
    name: str  # the file's stem, or the name of the bundled scenario
    notes: tuple[str, ...]


def bundled_names() -> list[str]:
    """Names of the scenarios that come with the project, in alphabetical order."""
    folder = files("worthsharing.scenarios")
    return sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_scenario(source: str | Path, *, settings: tuple[str, ...] = ()) -> Loaded:
    """Read a scenario file, or a bundled one by its name, and apply `key=value` settings on top.

    source: path of a TOML file, or one of `bundled_names()`
    settings: such as `brand.quality=0.9` or `brand.series.0.reward=5`, values written as in TOML; what the file says
        nothing of begins with the defaults, so `events.0.day=3` alone makes an event

    Raises `InputError`, with file, key path, what is wrong and what would be right.
    """
    text, where, name, folder = _read(source)
    if text.startswith("﻿"):
        text = text[1:]
    try:
        content = tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, and what int() says of thousands of digits
        raise InputError(where, f"not valid TOML: {error}", "compare with a bundled scenario") from None
    except RecursionError:
        raise InputError(where, "nested too deeply", f"at most {MAX_NESTING} levels are used") from None
    _check_depth(content, where)
    for setting in settings:
        _apply(content, setting)
    notes = () if content else (f"{where} states nothing: these are the defaults",)
    network = content.get("world", {}).get("network") if isinstance(content.get("world"), dict) else None
    from_settings = any(setting.split("=")[0].strip() == "world.network" for setting in settings)
    if (
        isinstance(network, str)
        and network not in GENERATED_NETWORKS
        and folder is not None
        and not from_settings
    ):
        content["world"]["network"] = str((folder / network).resolve())
    return Loaded(validate(content, where), name, notes)


def validate(content: Mapping[str, Any], where: str) -> Scenario:
    """Make a scenario of plain values; raises `InputError` that names `where` and the key path."""
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        raise _explain(error, where) from None
    except RecursionError:
        raise InputError(where, "nested too deeply", f"at most {MAX_NESTING} levels are used") from None


def _read(source: str | Path) -> tuple[str, str, str, Path | None]:
    path = Path(source)
    if isinstance(source, str) and source in bundled_names():
        text = files("worthsharing.scenarios").joinpath(f"{source}.toml").read_text(encoding="utf-8")
        return text, f"{source} (bundled)", source, None
    where = str(source)
    try:
        if path.is_dir():
            raise InputError(where, "is a folder, not a scenario file", "name a .toml file in it")
        if path.exists() and not path.is_file():
            raise InputError(where, "is not a regular file", "copy its content to a file first")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InputError(
                where, f"is larger than {MAX_FILE_BYTES:,} bytes", "a scenario states only what differs"
            )
        raw = path.read_bytes()
    except FileNotFoundError:
        near = difflib.get_close_matches(where, bundled_names(), 1)
        right = (
            f"did you mean '{near[0]}'?" if near else f"give a path, or one of: {', '.join(bundled_names())}"
        )
        raise InputError(where, "there is no such file and no bundled scenario of that name", right) from None
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(where, f"cannot be read: {reason}", "check the path and its permissions") from None
    try:
        return raw.decode("utf-8"), where, path.stem, path.parent
    except UnicodeDecodeError as error:
        raise InputError(where, f"is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None


def _check_depth(content: Any, where: str, depth: int = 0) -> None:
    if depth > MAX_NESTING:
        raise InputError(where, "nested too deeply", f"at most {MAX_NESTING} levels are used")
    inner = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    for value in inner:
        _check_depth(value, where, depth + 1)


def _apply(content: dict[str, Any], setting: str) -> None:
    """Write one `key=value` into the plain content of a file, making tables on the way."""
    where = f"--set {setting}"
    path, equals, value = setting.partition("=")
    keys = [key.strip() for key in path.split(".")]
    if not equals or not all(keys) or len(keys) > MAX_NESTING:
        raise InputError(where, "is not of the form key=value", "for example --set brand.quality=0.9")
    try:
        parsed = tomllib.loads(f"value = {value.strip()}")["value"]
    except (ValueError, RecursionError):
        parsed = value.strip()
    target: Any = content
    for depth, key in enumerate(keys):
        last = depth == len(keys) - 1
        if isinstance(target, list):
            if not key.isdigit() or int(key) >= len(target):
                raise InputError(
                    where, f"'{key}' is no entry of that list", f"the list has entries 0 to {len(target) - 1}"
                )
            place: Any = int(key)
        elif isinstance(target, dict):
            place = key
        else:
            raise InputError(
                where, f"'{keys[depth - 1]}' is a single value and has no '{key}'", "shorten the key"
            )
        if last:
            target[place] = parsed
        else:
            if isinstance(target, dict) and place not in target:
                target[place] = [{}] if keys[: depth + 1] in (["brand", "series"], ["events"]) else {}
            target = target[place]


def _explain(error: ValidationError, where: str) -> InputError:
    """First problem of a validation, in words for the person who wrote the file."""
    problem = error.errors(include_url=False)[0]
    path = ".".join(str(part) for part in problem["loc"])
    place = f"{where}: {path}" if path else where
    field, siblings = field_at(tuple(problem["loc"]))
    given = problem.get("input")
    try:
        shown = repr(given) if isinstance(given, str | int | float | bool) else f"a {type(given).__name__}"
    except ValueError:  # Python refuses to write thousands of digits
        shown = "a number of thousands of digits"
    shown = shown if len(shown) <= 60 else shown[:57] + "…"
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(problem["loc"][-1]), siblings, 1, cutoff=0.5)
        right = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(siblings)}"
        return InputError(place, "there is no such parameter", right)
    if kind == "value_error":
        return InputError(place, str(context.get("error", problem["msg"])))
    right = describe_bounds(field) if field is not None else ""
    if kind == "finite_number":
        return InputError(place, f"{given} is not a number that can be used", right)
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        return InputError(place, f"{shown} is out of bounds", right)
    if kind == "literal_error":
        near = difflib.get_close_matches(str(given), [str(choice) for choice in choices_of(field)], 1)
        return InputError(
            place, f"{shown} is no choice here", right + (f"; did you mean '{near[0]}'?" if near else "")
        )
    return InputError(place, f"{shown} will not do: {problem['msg'][0].lower()}{problem['msg'][1:]}", right)


# ---- looking at the schema ----------------------------------------------------------------------------------------


class ParameterInfo(NamedTuple):
    """What is known of one parameter; `path` is how a file, `--set` and a sweep name it."""

    path: str
    section: str
    meaning: str
    unit: str
    default: Any
    bounds: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    plausible: tuple[float, float] | None
    source: str
    grade: Grade | None
    scale: Literal["linear", "log"]
    type: str


def parameters() -> Iterator[ParameterInfo]:
    """Yield every parameter, in the order of the file; those of a series as `brand.series.0.…`, so of `events.0.…`."""
    yield from _walk(Scenario, "")


def _walk(section: type[BaseModel], prefix: str) -> Iterator[ParameterInfo]:
    for name, field in section.model_fields.items():
        path = f"{prefix}{name}"
        annotation = field.annotation
        inner = typing.get_args(annotation)[0] if typing.get_origin(annotation) is tuple else annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            if path == "rivals":
                continue  # the same fields as `brand`
            yield from _walk(inner, f"{path}.0." if inner is not annotation else f"{path}.")
            continue
        extra = typing.cast(dict[str, Any], field.json_schema_extra or {})
        low, high = _limits(field)
        plausible = extra.get("plausible")
        yield ParameterInfo(
            path,
            prefix.rstrip("."),
            field.description or "",
            extra.get("unit", ""),
            field.default,
            describe_bounds(field),
            low,
            high,
            choices_of(field),
            (plausible[0], plausible[1]) if plausible else None,
            extra.get("source", ""),
            extra.get("grade"),
            extra.get("scale", "linear"),
            "choice" if choices_of(field) else getattr(annotation, "__name__", "list"),
        )


def field_at(location: tuple[Any, ...]) -> tuple[Any, list[str]]:
    """Field at a key path (None for an unknown one) and the names that are known beside it."""
    section: Any = Scenario
    field = None
    for part in location:
        if isinstance(part, int) or not (isinstance(section, type) and issubclass(section, BaseModel)):
            continue
        known = section.model_fields
        if part not in known:
            return None, list(known)
        field = known[part]
        annotation = field.annotation
        siblings = list(known)
        section = typing.get_args(annotation)[0] if typing.get_origin(annotation) is tuple else annotation
    return field, siblings if location else []


def choices_of(field: Any) -> tuple[str, ...]:
    """Choices of a field that is a `Literal`; empty for any other."""
    return tuple(typing.get_args(field.annotation)) if typing.get_origin(field.annotation) is Literal else ()


def _limits(field: Any) -> tuple[float | None, float | None]:
    low = high = None
    for constraint in field.metadata:
        low = getattr(constraint, "ge", getattr(constraint, "gt", low))
        high = getattr(constraint, "le", getattr(constraint, "lt", high))
    return low, high


def describe_bounds(field: Any) -> str:
    """What a field takes, in words: `a number from 0 to 1`."""
    choices = choices_of(field)
    if choices:
        return "one of " + ", ".join(f"'{choice}'" for choice in choices)
    annotation = field.annotation
    if annotation is bool:
        return "true or false"
    if annotation is str:
        return "a text"
    if typing.get_origin(annotation) is tuple:
        return "a list"
    if isinstance(annotation, python_types.UnionType) or annotation not in (int, float):
        return "a table"
    low, high = _limits(field)
    above = any(getattr(constraint, "gt", None) is not None for constraint in field.metadata)
    return f"a {'whole ' if annotation is int else ''}number {'above' if above else 'from'} {low:,.10g} to {high:,.10g}"
