"""The notes on one person in words: what was seen, what it was worth and why, and what came of it; and two worlds apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

import numpy as np

from worthsharing.experiments.summary import decimals_for, shown
from worthsharing.sim.draws import world_seed
from worthsharing.sim.errors import InputError
from worthsharing.sim.scenario import Scenario
from worthsharing.sim.state import Act, Progress
from worthsharing.sim.world import Campaign, new_campaign

if TYPE_CHECKING:
    from worthsharing.sim.trace import Decision, Noticed, Trace  # which loads Mesa: a second

Pick = Literal["shared", "ignored", "muted", "left", "bought"]
WORDS = {  # what a person decides: as a question, and done or not done
    "see": ("notice it?", "noticed it", "did not notice it"),
    "like": ("like it?", "liked it", "did not like it"),
    "comment": ("comment?", "commented", "did not comment"),
    "share": ("share it?", "shared it", "did not share it"),
    "bought_forward": ("forward it for the reward?", "forwarded it for the reward", "did not care for the reward"),
    "mute": ("mute the friend?", "muted the friend who sent it", "did not mute the friend"),
    "leave": ("leave the brand?", "had enough of the brand", "stayed"),
    "follow": ("follow the brand?", "began to follow the brand", "did not follow the brand"),
    "help": ("answer the question?", "answered the question", "did not answer"),
    "consider": ("think of buying?", "began to think of buying", "did not think of buying"),
    "ask": ("ask friends?", "asked friends", "did not ask friends"),
    "ask_brand": ("ask the brand?", "asked the brand", "did not ask the brand"),
    "decide": ("buy?", "bought", "did not buy"),
    "question": ("ask the brand about it?", "asked the brand about it", "had no question"),
    "tell": ("tell the experience?", "told the experience", "kept it to oneself"),
    "leave_ignored": ("leave, being ignored?", "unfollowed, being ignored", "stayed, though ignored"),
}  # fmt: skip
ABOUT = {  # what a decision without an item is about, before the name of the brand
    "question": "an experience with",
    "tell": "an experience with",
    "consider": "a product of",
    "decide": "a product of",
    "ask": "a product of",
    "ask_brand": "a product of",
    "leave_ignored": "no answer from",
}


@dataclass(frozen=True)
class Parting:
    """First decision at which the same person parts in two worlds; None on the side whose notes have ended.

    deeds: what this person does in one world and not in the other, first of all
    """

    position: int
    a: "Decision | None"
    b: "Decision | None"
    sentence: str
    deeds: str


def person_who(scenario: Scenario, pick: Pick, *, replicate: int = 0, seed: int = 1) -> int:
    """Row of the first person who did something with items by or about the focal brand; raises `InputError` if none did.

    shared: passed one on; ignored: saw some and passed none on; muted: a friend over one; left: unfollowed;
    bought: for the first time in the run
    """
    campaign = new_campaign(scenario, world_seed(seed, replicate))
    owned_before = campaign.state.pairs["has_bought"][:, 0].copy()
    campaign.advance(campaign.steps)
    rows = np.flatnonzero(_who(campaign, pick, owned_before))
    if not rows.size:
        raise InputError("--pick", f"nobody {pick} in this world", "another --pick, --seed or --world")
    return int(rows[0])


def first_who(
    scenario: Scenario, pick: Pick, *, seed: int = 1, worlds: Sequence[int] = range(20)
) -> tuple[int, int]:
    """First world, of some, in which anybody did something, and the row of that person; see `person_who`.

    Raises `InputError` if nobody did in any of them.
    """
    for world in worlds:
        try:
            return world, person_who(scenario, pick, replicate=world, seed=seed)
        except InputError:
            continue
    which = f"worlds {worlds[0]} to {worlds[-1]}" if len(worlds) > 1 else f"world {worlds[0]}"
    raise InputError("--pick", f"nobody {pick} in {which}", "another --pick, --seed or --world")


def _who(campaign: Campaign, pick: Pick, owned_before: np.ndarray) -> np.ndarray:
    state = campaign.state
    acts = state.pairs["acts"][:, 0]
    shared = passed_on(campaign)
    found = {
        "shared": shared,
        "ignored": (state.seen[:, 0] > 0) & ~shared,
        "muted": (acts & Act.MUTED_SHARER) != 0,
        "left": (acts & Act.UNFOLLOWED) != 0,
        "bought": (state.pairs["has_bought"][:, 0] != 0) & (owned_before == 0),
    }
    return found[pick]


def passed_on(campaign: Campaign, first_send: int = 0) -> np.ndarray:
    """Whether each person has passed on something by or about the focal brand so far, shape (people,).

    first_send: sends before it are left out
    """
    sends = campaign.sends[first_send : int(campaign.state.progress[Progress.SENDS])]
    about = (campaign.messages["brand"][sends["message"]] == 0) & (sends["parent"] >= 0)
    passed = np.zeros(campaign.world.people, bool)
    passed[sends["sender"][about & (sends["sender"] >= 0)]] = True
    return passed


def chosen(trace: "Trace", *, day: int | None = None, everything: bool = False) -> "tuple[Decision, ...]":
    """Decisions to be shown, in order of time: about brands, and about what was seen; all of them with `everything`.

    day: the first is 1; all days by default
    """
    found = [
        decision
        for decision in trace.decisions
        if (day is None or int(decision.day) + 1 == day)
        and (everything or (decision.brand and not (decision.what == "see" and not decision.done)))
    ]
    # within a step people visit their feed first, whatever came up meanwhile
    return tuple(sorted(found, key=lambda decision: decision.day))


def traits_words(trace: "Trace") -> str:
    """What kind of person it is, in words."""
    said = {name: shown(value, decimals_for(value)) for name, value in trace.traits.items()}
    visits = 24.0 * trace.traits["visits_per_hour"]
    follows = f"{trace.traits['followees']:,.0f}"
    return (
        f"Looks into the feed {shown(visits, decimals_for(visits))} times a day and follows {follows} "
        f"people. One unit of promotional pressure takes {said['sensitivity']} worth; rewards appeal "
        f"{said['reward_appeal']} times and talk comes {said['talkative']} times as easily as to the average person."
    )


def item_words(item: "Noticed") -> str:
    """What an item is, in a few words."""
    what = f"{item.kind} post '{item.series}'" if item.series else item.kind
    by = f"by {_named(item.author)}"
    by += f", sent on by {_named(item.sender)}" if item.sender != item.author else ""
    return f"{what} {by}" + (", rewarded" if item.rewarded else "")


def _named(label: str) -> str:
    """Name of a person or a brand; a mere number says what it is the number of."""
    return f"person {label}" if label.isdigit() else label


def about_words(decision: "Decision") -> str:
    """What a decision is about: an item, or what else there is to decide about a brand."""
    if decision.item is not None:
        return item_words(decision.item)
    about = ABOUT.get(decision.what)
    return f"{about} {decision.brand}" if about and decision.brand else decision.brand


def worth_words(item: "Noticed") -> str:
    """What an item was worth, with its terms; empty if it was not seen."""
    worth = item.worth
    if worth is None:
        return ""
    taken = [("pressure", worth.pressure), ("fatigue", worth.fatigue), ("reading", worth.reading)]
    words = f"{shown(worth.value, 2)} value × {shown(worth.relevance, 2)} relevance"
    words += f" × {shown(worth.credibility, 2)} credibility × {shown(worth.novelty, 2)} novelty"
    words += "".join(f" − {shown(amount, 3)} {name}" for name, amount in taken if amount)
    return f"worth {shown(worth.worth, 3)} = {words}"


def worths_of_deeds(decisions: "Sequence[Decision]") -> list[str]:
    """What each item was worth upon which something was done besides noticing it, in order of time, each once."""
    found = dict.fromkeys(
        f"Day {decision.day + 1:.2f}: {worth_words(decision.item)}"
        for decision in decisions
        if decision.done
        and decision.what != "see"
        and decision.item is not None
        and decision.item.worth is not None
    )
    return list(found)


def sentence(decision: "Decision") -> str:
    """One decision in words."""
    _, done, not_done = WORDS.get(decision.what, (decision.what + "?", "did", "did not"))
    about = about_words(decision)
    about += ": " if about else ""
    outcome = done if decision.done else not_done
    return (
        f"{about}{outcome} (chance {shown(100 * decision.chance, 2)} %, draw {shown(100 * decision.draw, 2)})"
    )


def parting(a: "Trace", b: "Trace") -> Parting | None:
    """Where the same person parts in two worlds; None if they never do."""
    for position, (one, other) in enumerate(zip_longest(a.decisions, b.decisions)):
        if _same(one, other):
            continue
        return Parting(position, one, other, _parting_sentence(one, other), _deeds_sentence(a, b))
    return None


def _same(one: "Decision | None", other: "Decision | None") -> bool:
    if one is None or other is None:
        return one is other
    return (one.what, one.brand, one.day, _key(one), one.done) == (
        other.what,
        other.brand,
        other.day,
        _key(other),
        other.done,
    )


def _key(decision: "Decision") -> tuple[int, str] | None:
    return None if decision.item is None else (decision.item.message, decision.item.sender)


def _parting_sentence(one: "Decision | None", other: "Decision | None") -> str:
    if one is None or other is None:
        side, left = ("B", other) if one is None else ("A", one)
        assert left is not None
        day = int(left.day) + 1
        return f"What came before them first differed on day {day}, in {side} alone: {sentence(left)}."
    day = int(min(one.day, other.day)) + 1
    if (one.what, _key(one)) == (other.what, _key(other)) and one.day == other.day:
        question, done, not_done = WORDS.get(one.what, (one.what + "?", "did", "did not"))
        outcomes = [done if decision.done else not_done for decision in (one, other)]
        return (
            f"What they decided first differed on day {day}, {about_words(one)}: the same question ({question}) with the "
            f"same luck (draw {shown(100 * one.draw, 2)}), but a chance of {shown(100 * one.chance, 2)} % in A, where this "
            f"person {outcomes[0]}, and {shown(100 * other.chance, 2)} % in B, where this person {outcomes[1]}."
        )
    return (
        f"What came before them first differed on day {day}: in A, {sentence(one)}; in B, {sentence(other)}."
    )


def _deeds_sentence(a: "Trace", b: "Trace") -> str:
    """The first thing about a brand that this person does in one of the worlds and not, or not then, in the other."""
    for one, other in zip_longest(_deeds(a), _deeds(b)):
        if one is not None and other is not None and _same(one, other):
            continue
        words = [
            f"in {side} the next thing done is on day {int(deed.day) + 1}, {sentence(deed)}"
            if deed is not None
            else f"in {side} nothing more is done about a brand"
            for side, deed in (("A", one), ("B", other))
        ]
        return f"What this person does first differs here: {'; '.join(words)}."
    return "What this person does about brands is the same in both worlds, to the end."


def _deeds(trace: "Trace") -> "list[Decision]":
    return [one for one in chosen(trace) if one.done and one.what != "see"]


def decision_rows(decisions: "Sequence[Decision]") -> list[tuple[str, str, str, str, str, str]]:
    """Cells of a table: day, about, worth, question, chance against draw, outcome."""
    rows = []
    for decision in decisions:
        question, done, not_done = WORDS.get(decision.what, (decision.what + "?", "did", "did not"))
        item = decision.item
        rows.append(
            (
                f"{decision.day + 1:.2f}",
                about_words(decision),
                shown(item.worth.worth, 3) if item is not None and item.worth is not None else "",
                question,
                f"{shown(100 * decision.chance, 2)} % / {shown(100 * decision.draw, 2)}",
                done if decision.done else not_done,
            )
        )
    return rows
