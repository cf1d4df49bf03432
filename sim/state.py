"""The world that stands still and the arrays that change during a run; every shape and unit is declared here, once.

Tables of records and a few plain columns, so that a Mesa agent and the compiled kernel look at the same memory.
"""

import functools
from collections import namedtuple
from enum import IntEnum
from typing import Any, Literal, NamedTuple, TypeAlias, get_args, get_origin

import numpy as np
from numpy.typing import NDArray

from worthsharing.sim.scenario import PostKind, Scenario

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Records: TypeAlias = Any  # a NumPy table of records; the dtype is named where it is declared

NEVER = float("inf")
MEMORIES = 8  # messages that a person remembers having seen, at most
QUEUE_PER_STEP = (
    256  # questions and complaints that a brand can take up in one step, and one for fifty people
)
PASSED_AT_ONCE = 4096  # items that ties let through before they are put into feeds
MAX_POSTS_PER_STEP = 32  # everyday posts that one person can write in one step
MAX_EXPERIENCES_PER_STEP = 8  # of one person with one brand
ROOM_PER_PERSON = 200  # drafts that one person can send in one step, at most
OWNED, PAID = -1, -2  # senders that are not people: the brand's own page, and paid reach
TO_FOLLOWERS, TO_BRAND = -1, -2  # targets that are not one person
LEAVE, ANSWER, DELETE, CLOSE = (
    0,
    1,
    2,
    3,
)  # policies towards complaints, in the order of `Brand.complaint_policy`


class Kind(IntEnum):
    """What a message is."""

    OFFER = 0
    PRODUCT = 1
    USEFUL = 2
    ENTERTAINING = 3
    EVERYDAY = 4
    EXPERIENCE = 5
    QUESTION = 6
    ANSWER = 7
    COMPLAINT = 8


POST_KINDS: dict[str, Kind] = {name: Kind[name.upper()] for name in get_args(PostKind)}


class Contact(IntEnum):
    """How a person first came upon the brand."""

    NONE = 0
    PAID = 1
    OWNED = 2
    EARNED = 3


class Act(IntEnum):
    """What a person did against the brand or its messengers; bits of one byte."""

    HID = 1
    MUTED_SHARER = 2
    UNFOLLOWED = 4
    COMPLAINED = 8


class Touch(IntEnum):
    """Kinds of touch on the way to a purchase; bit 2^touch in the history of any touch."""

    NONE = 0
    PAID = 1
    OWNED = 2
    FORWARD = 3
    EXPERIENCE = 4
    ANSWER = 5
    OUTSIDE = 6


class Tally(IntEnum):
    """What is counted each day for each brand and for everyday talk: whole numbers, so that no order can matter."""

    IMPRESSIONS_PAID = 0
    IMPRESSIONS_OWNED = 1
    IMPRESSIONS_EARNED = 2
    REACHED_PAID = 3
    REACHED_OWNED = 4
    REACHED_EARNED = 5
    NOISE = 6
    SHARES = 7
    REWARDED_FORWARDS = 8
    LIKES = 9
    COMMENTS = 10
    HIDES = 11
    MUTES = 12
    UNFOLLOWS = 13
    COMPLAINTS = 14
    COMPLAINT_EXPOSURES = 15
    PEOPLE_IN_BACKLASH = 16
    POSTS = 17
    EXPERIENCES_TOLD = 18
    QUESTIONS = 19
    ANSWERS = 20
    CONSIDERATIONS = 21
    ADOPTIONS = 22
    ADOPTIONS_PAID = 23
    ADOPTIONS_OWNED = 24
    ADOPTIONS_FORWARD = 25
    ADOPTIONS_EXPERIENCE = 26
    ADOPTIONS_ANSWER = 27
    ADOPTIONS_OUTSIDE = 28
    FOLLOWERS_GAINED = 29
    FORWARDS_SEEN = 30
    WORTH_READING = 31
    EXPERIENCES_SEEN = 32
    GOOD_TOLD = 33
    POSTS_SEEN = 34
    RELEVANCE = 35  # of these posts to their readers, in millionths
    ASKS_SEEN = 36  # posts that ask for something: offers and product posts
    ASKS_HEEDED = 37  # shares and considerations upon them
    QUESTIONS_TO_BRAND = 38
    ANSWERS_BY_BRAND = 39
    ANSWER_MINUTES = 40  # whole minutes from question or complaint to answer
    IGNORED = 41  # times that patience ended without an answer
    FEIGNED_NOTICED = 42
    DELETIONS = 43
    DELETIONS_NOTICED = 44


def _record(*fields: tuple[str, str]) -> np.dtype[Any]:
    return np.dtype(list(fields), align=True)


TRAITS = _record(  # one row per person; does not change during a run
    ("key", "i8"),  # lasting identity
    ("visits_per_hour", "f8"),
    ("sensitivity", "f8"),  # worth taken by one unit of promotional pressure
    ("reward_appeal", "f8"),  # mean 1
    ("talkative", "f8"),  # factor on the odds of sharing, mean 1
    ("inflow", "f8"),  # items per hour that compete with a friend's share
    ("crowding", "f8"),  # how much more a brand's post has to compete with, 1 or more
    ("threshold", "f8"),  # share of people followed, sharing off
    ("followees", "i4"),  # how many people this one follows
)


DIARY = _record(  # a visit of somebody's
    ("time", "f8"),  # hours
    ("reach", "f8"),  # how far down it goes
    ("person", "i4"),  # row
    ("number", "i4"),  # in its week
)


class LookUps(NamedTuple):
    """What people would work out again in every run, worked out once; empty where that would not pay."""

    step_hours: float  # of the diary
    strong_ties: float  # share of ties that are close
    diary: Records  # (steps, most visits in a step) of DIARY: every visit of everybody, in a step in order of people
    diary_sizes: Longs  # (steps,) how many visits each step has
    close: Bytes  # (ties,) whether the two are close, in the order of World.followers
    interests: Floats  # (people, topics) 0 to 1


class World(NamedTuple):
    """What stands still during a run: the network and the traits of people."""

    seed: int  # of this replicate's world, 63 bits
    indptr: Longs  # (people + 1,) followers of i are followers[indptr[i]:indptr[i + 1]]
    followers: Ints  # (ties,) rows
    weights: Floats  # (ties,) or (0,) when the network has none
    traits: Records  # (people,) of TRAITS
    topic_exponents: Floats  # (topics,) above 1: fewer people care for it
    connected: int  # people with at least one tie
    numbered: bool  # whether each person's lasting identity is their row
    lookups: LookUps

    @property
    def people(self) -> int:
        """Number of people."""
        return int(self.traits.size)


BRANDS = _record(
    ("key", "i8"),
    ("quality", "f8"),  # chance that an experience is good
    ("experience_ease", "f8"),
    ("known_outside", "f8"),  # factor on the hazard of buying for reasons outside the platform
    ("answer_from", "f8"),  # hours; so the next one
    ("answer_until", "f8"),
    ("hours_per_answer", "f8"),  # of the clock, while somebody is answering; never, if nobody is
    ("policy", "u1"),  # towards complaints: LEAVE, ANSWER, DELETE or CLOSE
    ("likes_customers", "u1"),
    ("listens", "u1"),
)

SERIES = _record(
    ("value", "f8"),
    ("pressure", "f8"),
    ("arousal", "f8"),
    ("ease", "f8"),
    ("reward", "f8"),  # expected value, currency
    ("p_paid", "f8"),  # chance that one person is shown a post by paid reach
    ("rewards_per_post", "i8"),
    ("brand", "i2"),
    ("kind", "u1"),
    ("reward_visible", "u1"),
    ("reward_both", "u1"),
    ("asks", "u1"),  # whether its posts ask for something, or give
    ("any_topic", "u1"),  # whether a brand that listens may choose their topics
)

POSTS = _record(
    ("time", "f8"),  # hours
    ("key", "i8"),  # lasting identity
    ("series", "i4"),
    ("topic", "i2"),
)


EVENTS = _record(  # what happens to the focal brand
    ("time", "f8"),  # hours
    ("key", "i8"),
    ("share", "f8"),  # of the people concerned
    ("told", "f8"),  # factor on the chance of telling it
    ("everybody", "u1"),  # or customers only
    ("good", "u1"),
)


class Plan(NamedTuple):
    """What the brands are going to do: the terms of each series, and the calendar of posts, sorted by time."""

    brands: Records  # (brands,) of BRANDS
    series: Records  # (series,) of SERIES
    posts: Records  # (posts,) of POSTS
    events: Records  # (events,) of EVENTS
    first_sharers: Ints  # (first sharers,) rows of people who are handed the focal brand's first post
    first_post: int  # row of that post, −1 for none


MESSAGES = _record(  # what has been said; rows are never reused
    ("key", "i8"),  # lasting identity
    ("time", "f8"),  # hours
    ("value", "f8"),
    ("pressure", "f8"),
    ("valence", "f8"),  # −1 to 1
    ("arousal", "f8"),
    ("author", "i4"),  # row of a person, −1 for a brand
    ("impressions", "i4"),
    ("engagements", "i4"),  # likes, comments and shares
    ("likes", "i4"),
    ("shares", "i4"),
    (
        "impressions_seen",
        "i4",
    ),  # as they stood when the step began: what everybody in the step reads; so the next two
    ("engagements_seen", "i4"),
    ("likes_seen", "i4"),
    ("brand", "i2"),  # −1 for everyday talk
    ("series", "i2"),  # −1 for what people write
    ("topic", "i2"),  # −1: of interest to everybody who gets it
    ("kind", "u1"),
    ("moral_words", "u1"),
    ("close_only", "u1"),  # 1: told to close friends only
    ("answer_to", "i4"),  # row of the message that this one answers, −1 for none
    ("anger", "f8"),  # factor on spread and weight, 1 but for a complaint whose deletion was noticed
    ("answered", "f8"),  # hours; when the brand answers it, or never
)

SENDS = (
    _record(  # acts of putting a message before one's followers: the author's own posting, then every share
        ("time", "f8"),  # hours
        ("message", "i4"),
        ("sender", "i4"),  # row of a person, or OWNED, or PAID
        ("parent", "i4"),  # the send through which the sender saw it, −1 at the root
        ("rewarded", "u1"),
    )
)

DRAFTS = _record(  # what people send in this step, to be delivered at its end
    ("time", "f8"),
    ("valence", "f8"),  # of a new message
    ("ordinal", "i8"),  # of a new message: with author, kind and step its lasting identity
    ("sender", "i4"),
    ("message", "i4"),  # row of a message that is shared, −1 for a new one
    ("parent", "i4"),  # send through which it was seen, −1 for a new message
    ("target", "i4"),  # row of the one receiver, or TO_FOLLOWERS, or TO_BRAND
    ("answer_to", "i4"),  # of a new message: row of what it answers, −1 for nothing
    ("brand", "i2"),
    ("topic", "i2"),  # of a new message: 0 or more is drawn, −1 is none
    ("kind", "u1"),
    ("rewarded", "u1"),
    ("close_only", "u1"),
)

FEEDS = _record(
    ("arrival", "f8"),  # hours
    ("send", "i4"),
    ("tie", "i4"),  # index of the tie it came through, −1 for none
)

VISITS = _record(  # a person's next look into the feed; when it comes stands in a column of its own
    ("depth", "f8"),  # how far down it goes: a draw
    ("later_wait", "f8"),  # of the visit after it, drawn with it: when it comes; so the next one
    ("later_depth", "f8"),
    ("week", "i4"),  # of the run
    ("number", "i4"),  # in its week
)

NO_VISIT_YET = (0.0, 0.0, 0.0, -1, -1)  # of VISITS

MEMORY = _record(
    ("message", "i4"),  # row, −1 empty
    ("times", "i4"),  # times seen
    ("shared", "u1"),
)

PAIRS = _record(  # a person and a brand
    ("external_due", "f8"),  # hours; so the next three
    ("leave_due", "f8"),
    ("decision_due", "f8"),
    ("experience_due", "f8"),
    ("fatigue", "f8"),  # as of `touched`; so the next two
    ("exposures", "f8"),  # exposures that still count for wear-out
    ("memory", "f8"),  # brand memory
    ("given", "f8"),  # what the brand gave that still counts; as of `touched` too
    ("touched", "f8"),  # hours
    ("patience_due", "f8"),  # hours; when waiting for an answer ends
    ("event_due", "f8"),  # hours; when an event is felt or heard of
    ("event", "i2"),  # row of that event
    ("has_bought", "u1"),
    ("hidden", "u1"),  # hides the brand's posts
    ("first_contact", "u1"),  # Contact
    ("acts", "u1"),  # bits of Act
    ("last_touch", "u1"),  # Touch
    ("touches", "u1"),  # bits 2^Touch
    ("bought_after", "u1"),  # the touches at purchase
    ("acknowledged", "u1"),  # was answered by the brand
    ("redressed", "u1"),  # was answered upon a complaint
    ("helped", "u1"),  # was answered while deciding
)

TIES = _record(
    ("muted", "u1"),
    ("unwanted", "u1"),  # noise received, at most 255
    ("rewarded", "u1"),  # rewarded forwards received, at most 255
)


MARKET = _record(  # a brand among all people
    ("adopters", "i8"),
    ("hazard", "f8"),  # cumulative Bass hazard, adoption off
    ("free_from", "f8"),  # hours; when whoever answers has worked off the queue
    ("page_until", "f8"),  # hours; how long the complaint on the brand's page stands there
    ("page_send", "i8"),  # that complaint, −1 for none
)

CLOSINGS = _record(  # a brand at the end of a day: sums over people
    ("attitude_followers", "f8"),
    ("attitude_reached", "f8"),
    ("attitude_all", "f8"),
    ("fatigue", "f8"),  # over those reached; so the next one
    ("memory", "f8"),
    ("followers", "i8"),
    ("reached", "i8"),
    ("people", "i8"),
)


class State(NamedTuple):
    """Everything that changes during a run. What is read for everybody at once stands in columns of its own."""

    next_due: Floats  # (people,) hours at which a person next does something of their own accord
    post_due: Floats  # (people,) hours of the next everyday post
    # where a world has a diary, only people who act as Mesa agents look at these two
    visit_due: Floats  # (people,) hours of a visit that nobody has made yet, or of one too long ago to matter
    visits: Records  # (people,) of VISITS: what is known of that visit
    feed_size: Bytes  # (people,)
    feeds: Records  # (people, slots) of FEEDS, oldest first: what comes is newer than most that is there
    feed_copies: (
        Ints  # (people, slots) ties that let an item through at once; visibility off, else (people, 0)
    )
    memories: Records  # (people, messages remembered) of MEMORY, latest first
    pairs: Records  # (people, brands) of PAIRS
    follows: Bytes  # (people, brands)
    attitude: Floats  # (people, brands) −1 to 1
    seen: Ints  # (people, brands) items by or about the brand
    ties: Records  # (ties,) of TIES, in the order of World.followers
    rewards_left: (
        Longs  # (series,) bought and not yet promised; below 0 when the last ones were promised at once
    )
    market: Records  # (brands,) of MARKET
    learned: Longs  # (brands, topics) questions and reactions that a listening brand has counted
    queue: Longs  # (some,) messages that wait for their answer while a step ends
    tally: Longs  # (days, brands + 1, Tally): the last row, brand −1, is of everyday talk
    closings: Records  # (days, brands) of CLOSINGS
    busy: Ints  # (people + 1,) rows of those who act in this step, as many as `progress` says; the last is never used
    visit_at: Ints  # (people + 1,) first visit of each of them in the world's diary of this step, −1 for none
    due: Ints  # (people + 1,) rows of those who have something due in this step, in a world with a diary
    passed: Longs  # (some, 2) tie and send of what ties have let through; visibility off, else (0, 2)
    progress: Longs  # (Progress,)


class Progress(IntEnum):
    """Where a run stands."""

    STEP = 0
    PHASE = 1
    BUSY_DONE = 2  # how many of those who are busy in this step have acted
    MESSAGES = 3
    SENDS = 4
    DRAFTS = 5
    NEXT_POST = 6
    LIVE_FROM = 7  # first message that is still young enough to be liked
    EVICTED = 8  # items pushed out of a full feed
    BUSY = 10  # how many are
    APART = 9  # one more than the row of a person who acts apart from the others, 0 for none


class _Flat(NamedTuple):
    """Where one parameter of the rules stands in a scenario."""

    name: str
    section: str
    field: str
    is_float: bool
    choices: tuple[str, ...]  # if it is one of some words


def _flat_fields() -> tuple[_Flat, ...]:
    fields = []
    for section, section_field in Scenario.model_fields.items():
        inner = getattr(section_field.annotation, "model_fields", None)
        if inner is None or section in ("world", "brand"):
            continue
        fields += [
            _Flat(
                f"{section}_{name}",
                section,
                name,
                field.annotation is float,
                get_args(field.annotation) if get_origin(field.annotation) is Literal else (),
            )
            for name, field in inner.items()
            if field.annotation not in (str, tuple)
        ]
    return tuple(fields)


_FLAT = _flat_fields()

_NAMES = [*(flat.name for flat in _FLAT), "messages_background", "strong_ties"]

# every parameter of the rules as one flat tuple, named section_parameter; generated, so that none is written twice
Constants = namedtuple("Constants", _NAMES)  # type: ignore[misc]


def constants_of(scenario: Scenario, people: int) -> Any:
    """Flatten the parameters of a scenario; a choice becomes its position in the list of choices."""
    values: list[Any] = []
    for flat in _FLAT:
        value = getattr(getattr(scenario, flat.section), flat.field)
        if flat.choices:
            value = flat.choices.index(value)
        values.append(float(value) if flat.is_float else value)
    values += [has_everyday_posts(scenario, people), scenario.world.strong_ties]
    return Constants(*values)


def has_everyday_posts(scenario: Scenario, people: int) -> bool:
    """Whether everyday posts are messages like any other, and not a rate at which other things compete."""
    background = scenario.attention.background
    chosen = background == "messages" or (background == "auto" and people <= 20_000)
    return chosen and scenario.mechanisms.everyday_talk


def choice(section: type, name: str, chosen: str) -> int:
    """Position of a choice, as `Constants` hold it."""
    return get_args(section.model_fields[name].annotation).index(chosen)  # type: ignore[attr-defined]


def as_record(constants: Any) -> Any:
    """The same constants as one record, which the kernel takes by reference."""
    made = table(1, _dtype_of(tuple(map(type, constants))))
    made[0] = tuple(constants)
    return made[0]


@functools.cache
def _dtype_of(kinds: tuple[type, ...]) -> np.dtype[Any]:
    types: dict[type, str] = {bool: "?", int: "i8", float: "f8"}
    return np.dtype([(name, types[kind]) for name, kind in zip(_NAMES, kinds, strict=True)], align=True)


def table(shape: int | tuple[int, ...], dtype: np.dtype[Any], fill: tuple[Any, ...] | None = None) -> Records:
    """A table of records, zero or filled with one row; a row's fields are read and set as `row.field`."""
    made = np.zeros(shape, dtype)
    if fill is not None:
        for name, value in zip(dtype.names or (), fill, strict=True):
            made[name] = value  # a whole row at once would leave anything in the gaps between fields
    return made.view(np.recarray)


def grown(old: Records, capacity: int) -> Records:
    """The same table with more room."""
    larger = np.zeros(capacity, old.dtype).view(np.recarray)
    larger[: old.size] = old
    return larger


def no_lookups() -> LookUps:
    """Nothing worked out: every run does it for itself, as it needs it."""
    return LookUps(
        0.0, 0.0, table((0, 0), DIARY), np.zeros(0, np.int64), np.zeros(0, np.uint8), np.zeros((0, 0))
    )


def empty_state(
    people: int,
    brands: int,
    ties: int,
    series: int,
    days: int,
    *,
    topics: int,
    slots: int,
    memories: int,
    merge_copies: bool,
) -> State:
    """State before anything has happened: nobody follows, knows or expects anything.

    slots, memories: items in a feed, and messages that a person remembers
    merge_copies: whether copies of a message become one item, as visibility off has it
    """
    pairs = table((people, brands), PAIRS)
    for name in PAIRS.names or ():
        if name.endswith("_due"):
            pairs[name] = NEVER
    market = table(brands, MARKET)
    market["page_send"] = -1
    return State(
        next_due=np.full(people, NEVER),
        post_due=np.full(people, NEVER),
        visit_due=np.full(people, -1.0),
        visits=table(people, VISITS, NO_VISIT_YET),
        feed_size=np.zeros(people, np.uint8),
        feeds=table((people, slots), FEEDS),
        feed_copies=np.zeros((people, slots if merge_copies else 0), np.int32),
        memories=table((people, memories), MEMORY, (-1, 0, 0)),
        pairs=pairs,
        follows=np.zeros((people, brands), np.uint8),
        attitude=np.zeros((people, brands)),
        seen=np.zeros((people, brands), np.int32),
        ties=table(ties, TIES),
        rewards_left=np.zeros(series, np.int64),
        market=market,
        learned=np.zeros((brands, topics), np.int64),
        queue=np.zeros(QUEUE_PER_STEP + people // 50, np.int64),
        tally=np.zeros((days, brands + 1, len(Tally)), np.int64),
        closings=table((days, brands), CLOSINGS),
        busy=np.zeros(people + 1, np.int32),
        visit_at=np.full(people + 1, -1, np.int32),
        due=np.zeros(people + 1, np.int32),
        passed=np.zeros((PASSED_AT_ONCE if merge_copies else 0, 2), np.int64),
        progress=np.zeros(len(Progress), np.int64),
    )
