"""Which mechanism did it, and which difference between two scenarios: the difference in outcomes, split into parts.

Mechanisms are switched off and on in the same paired worlds; or the settings in which B differs from A are put into A one
after the other. Both are games, and `shapley` splits them: the parts sum to the whole, whatever order things come in.
"""

import difflib
import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy import special  # not scipy.stats, which takes a second to import

from worthsharing.experiments import shapley
from worthsharing.experiments.compare import FAMILY_ERROR, OUTCOMES
from worthsharing.experiments.differing import Change, changes_between, put_together
from worthsharing.experiments.execute import Cancelled, run_points
from worthsharing.experiments.summary import decimals_for, in_unit, shown, shown_interval, signed
from worthsharing.sim.errors import InputError
from worthsharing.sim.measures import MEASURES, Better
from worthsharing.sim.run import provenance
from worthsharing.sim.scenario import Mechanisms, Scenario

if TYPE_CHECKING:
    from worthsharing.experiments.store import RunStore

ALWAYS_ON = ("visibility", "sharing", "adoption")  # switched off, another model of the literature is left
LABELS: Mapping[str, str] = {  # of mechanisms whose switch says too little
    "worth": "judging worth",
    "sincerity": "doubts about the rewarded",
    "attitude": "changing attitudes",
    "leaving": "protest",
    "experience": "product experience",
    "listening": "questions to the brand",
    "moderation": "complaints on the page",
    "reciprocity": "giving before asking",
    "shocks": "events",
}
NONE = "none"  # what the sides differ by with none of the mechanisms
TOP = 3  # interactions shown, and parts that a sentence names
FEWEST_WORLDS = 3  # that are run however little time there is
WORLDS_AT_ONCE = 4  # of a game whose coalitions are the same in all worlds
RUNS_IN_A_TASK = 8  # of scenarios that share their silence; more tasks keep all processors busy
EXPLAINED = ("reach", "backlash")  # unless others are asked for

Question = Literal["mechanisms", "differences"]
Progress = Callable[[int, int], None]
TITLES: Mapping[Question, str] = {
    "mechanisms": "Which mechanism did it",
    "differences": "Which difference between the scenarios did it",
}


@dataclass(frozen=True)
class Amount:
    """A mean over worlds and its interval, in the unit of the outcome, or a share; not a number where there is none."""

    mean: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True)
class Player:
    """What can be switched, or set as in B, by itself; `change` says what it is in A and in B."""

    id: str
    label: str
    meaning: str
    change: str = ""


@dataclass(frozen=True)
class Part:
    """What one player adds to the difference B − A.

    share: of the whole difference; not a number unless the sides clearly differ
    in_a, in_b: what it adds on each side; None where only one side is changed
    """

    player: Player
    amount: Amount
    share: Amount
    in_a: Amount | None = None
    in_b: Amount | None = None


@dataclass(frozen=True)
class Interaction:
    """What two players add together beyond what both add apart."""

    one: Player
    other: Player
    amount: Amount


@dataclass(frozen=True)
class Split:
    """The difference in one outcome, split: the parts sum to the whole, in every world and in the mean.

    parts: largest first, what is there with none of the players among them
    interactions: the three largest, out of `pairs`; empty if worlds are too few to tell
    worlds: in which the outcome was available throughout
    """

    measure: str
    label: str
    unit: str
    better: Better
    whole: Amount
    parts: tuple[Part, ...]
    interactions: tuple[Interaction, ...]
    pairs: int
    worlds: int
    sentence: str

    @property
    def decimals(self) -> int:
        """Decimals with which its amounts are shown, the same in its sentence and in its table."""
        return decimals_for(*(part.amount.mean for part in self.parts), self.whole.mean)


@dataclass(frozen=True)
class Answer:
    """One question answered for every outcome that was asked for.

    exactly: all coalitions were run; otherwise one order and its reverse in each world
    runs: that were needed, whether made or found
    """

    question: Question
    players: tuple[Player, ...]
    exactly: bool
    worlds: int
    runs: int
    splits: tuple[Split, ...]


@dataclass(frozen=True)
class Explanation:
    """Everything that `explain` has to say about B against A."""

    a: str
    b: str
    seed: int
    answers: tuple[Answer, ...]
    notes: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What each table says."""
        return tuple(split.sentence for answer in self.answers for split in answer.splits)


@dataclass(frozen=True, eq=False)
class Game:
    """Players, and the scenarios that a coalition of them makes: A and B, or one of which its own value is taken."""

    question: Question
    players: tuple[Player, ...]
    at: Callable[[int], tuple[Scenario, ...]]


def explain(
    scenarios: Mapping[str, Scenario],
    *,
    outcomes: Sequence[str] = EXPLAINED,
    questions: Sequence[Question] = ("differences", "mechanisms"),
    replicates: int = 24,
    seconds: float | None = None,
    seed: int = 1,
    workers: int | None = None,
    store: "RunStore | None" = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Explanation:
    """Split the difference between two scenarios by mechanisms, and by the settings in which they differ.

    scenarios: A and B, by the names they are shown under
    outcomes: ids of measures that are explained
    replicates: worlds, 2 or more; seconds: stop after so many, at whatever worlds are done then, but not before three
    progress: called with worlds done and worlds in all; the rest is as in `run_points`

    Raises `InputError` for wrong input, `Cancelled` when asked to stop.
    """
    if len(scenarios) != 2:
        raise InputError("explain", f"{len(scenarios)} scenarios given", "give two: A and B")
    check_outcomes(outcomes)
    if replicates < 2:
        raise InputError("--replicates", "one world has no interval", "give 2 or more")
    (name_a, a), (name_b, b) = scenarios.items()
    if a.key == b.key:
        note = f"{name_a} and {name_b} are the same in all that moves a number: nothing differs, nothing is to be explained."
        return Explanation(name_a, name_b, seed, (), (note,))
    games = [GAMES[question](a, b) for question in questions]
    wanted = tuple(one for one in MEASURES if one in outcomes or one in OUTCOMES)
    total, done = replicates * len(games), 0
    began = time.monotonic()
    # time is shared out by what a world of each game takes, so that they come to about as many worlds
    costs = [len(shapley.coalitions_needed(len(game.players), seed, 0)) * len(game.at(0)) for game in games]
    played: list[list[dict[int, np.ndarray]]] = []
    runs_in_worlds: list[list[int]] = []
    for place, game in enumerate(games):
        part_of_time = sum(costs[: place + 1]) / sum(costs)
        until = None if seconds is None else began + seconds * part_of_time
        worlds: list[dict[int, np.ndarray]] = []
        runs: list[int] = []
        for values, count in play(
            game,
            wanted,
            replicates=replicates,
            until=until,
            seed=seed,
            workers=workers,
            store=store,
            should_stop=should_stop,
        ):
            worlds += values
            runs += [count // len(values)] * len(values)
            done += len(values)
            if progress is not None:
                progress(done, total)
        total += len(worlds) - replicates
        played.append(worlds)
        runs_in_worlds.append(runs)
    # the same worlds for all questions: then so many replicates give the same answers, whatever the time was
    count = min(len(worlds) for worlds in played)
    answers = [
        Answer(
            game.question,
            game.players,
            len(game.players) <= shapley.EXACT_UP_TO,
            count,
            sum(runs[:count]),
            tuple(split_of(game, worlds[:count], wanted, one, (name_a, name_b), seed) for one in outcomes),
        )
        for game, worlds, runs in zip(games, played, runs_in_worlds, strict=True)
    ]
    return Explanation(name_a, name_b, seed, tuple(answers), _notes(a, b, games))


def check_outcomes(outcomes: Sequence[str]) -> None:
    """Raise `InputError` unless all of these are measures."""
    for measure in outcomes:
        if measure not in MEASURES:
            near = difflib.get_close_matches(measure, MEASURES, 1)
            right = f"did you mean '{near[0]}'?" if near else f"one of {', '.join(MEASURES)}"
            raise InputError("--outcome", f"there is no outcome '{measure}'", right)


def _notes(a: Scenario, b: Scenario, games: Sequence[Game]) -> tuple[str, ...]:
    notes = []
    for game in games:
        if game.question == "mechanisms":
            idle = idle_mechanisms(a) & idle_mechanisms(b)
            if idle:
                notes.append(f"Not at work in either scenario, so without a part: {_listed(sorted(idle))}.")
        else:
            notes.append(
                "A setting of B that is put into A changes what A spends too, so on the way from A to B effort is not equal."
            )
    return tuple(notes)


# ---- the two games ------------------------------------------------------------------------------------------------


def idle_mechanisms(scenario: Scenario) -> set[str]:
    """Mechanisms that nothing in a scenario sets to work, so that switching them changes no run.

    >>> sorted(idle_mechanisms(Scenario()))
    ['rewards', 'shocks', 'sincerity']
    """
    idle = {name for name in Mechanisms.model_fields if not getattr(scenario.mechanisms, name)}
    if not any(series.reward > 0.0 for brand in scenario.brands for series in brand.series):
        idle |= {"rewards", "sincerity"}
    if not scenario.events:
        idle.add("shocks")
    return idle


def mechanism_game(a: Scenario, b: Scenario) -> Game:
    """Players are the mechanisms that can be switched off and are at work in A or B; the rest is left as it is."""
    idle = idle_mechanisms(a) & idle_mechanisms(b)
    names = [name for name in Mechanisms.model_fields if name not in ALWAYS_ON and name not in idle]
    players = tuple(
        Player(
            name, LABELS.get(name, name.replace("_", " ")), Mechanisms.model_fields[name].description or ""
        )
        for name in names
    )

    def at(coalition: int) -> tuple[Scenario, ...]:
        off = {name: False for place, name in enumerate(names) if not coalition >> place & 1}
        return tuple(
            scenario.model_copy(update={"mechanisms": scenario.mechanisms.model_copy(update=off)})
            for scenario in (a, b)
        )

    return Game("mechanisms", players, at)


def difference_game(a: Scenario, b: Scenario) -> Game:
    """Players are the settings, or groups of them, in which B differs from A; nobody is A, everybody is B."""
    changes = changes_between(a, b)
    players = tuple(Player(one.id, one.label, one.meaning, one.said) for one in changes)

    def at(coalition: int) -> tuple[Scenario, ...]:
        made: tuple[Change, ...] = tuple(one for place, one in enumerate(changes) if coalition >> place & 1)
        return (put_together(a, b, made, everything=len(made) == len(changes)),)

    return Game("differences", players, at)


GAMES: Mapping[Question, Callable[[Scenario, Scenario], Game]] = {
    "mechanisms": mechanism_game,
    "differences": difference_game,
}


# ---- running ------------------------------------------------------------------------------------------------------


def play(
    game: Game,
    measures: Sequence[str],
    *,
    replicates: int,
    until: float | None = None,
    seed: int = 1,
    workers: int | None = None,
    store: "RunStore | None" = None,
    should_stop: Callable[[], bool] | None = None,
) -> Iterator[tuple[list[dict[int, np.ndarray]], int]]:
    """Run the coalitions of a game in world after world; yields values of some worlds, and how many runs they took.

    until: of `time.monotonic`, when no more worlds are begun, once there are three

    Values: coalition → shape (sides, measures), with sides A and B, or the one that is changed.
    """
    players = len(game.players)
    same_in_all = players <= shapley.EXACT_UP_TO
    first = 0
    while first < replicates:
        if until is not None and first >= FEWEST_WORLDS and time.monotonic() >= until:
            return
        if should_stop is not None and should_stop():
            raise Cancelled
        count = min(WORLDS_AT_ONCE, replicates - first) if same_in_all else 1
        coalitions = shapley.coalitions_needed(players, seed, first)
        points = list(_points(game, coalitions))
        worlds: list[dict[int, np.ndarray]] = [{} for _ in range(count)]
        runs = 0
        for results in run_points(
            points,
            replicates=count,
            first=first,
            seed=seed,
            workers=workers,
            measures=measures,
            daily=False,
            store=store,
            should_stop=should_stop,
        ):
            runs += results.runs
            for name in results.scenarios:
                coalition, side = (int(part) for part in name.split("/"))
                found = np.array([results.values(name, measure) for measure in measures])  # (measures, count)
                for world, values in zip(worlds, found.T, strict=True):
                    sides = world.setdefault(coalition, np.empty((len(game.at(0)), len(measures))))
                    sides[side] = values
        # in one order, whatever scenarios shared a task
        yield [{coalition: world[coalition] for coalition in coalitions} for world in worlds], runs
        first += count


def _points(game: Game, coalitions: Sequence[int]) -> Iterator[dict[str, Scenario]]:
    """Scenarios `coalition/side` in tasks; those that share their silence share a task, so that it is run once there."""
    by_silence: dict[str, dict[str, Scenario]] = {}
    for coalition in coalitions:
        for side, scenario in enumerate(game.at(coalition)):
            by_silence.setdefault(scenario.silenced.key, {})[f"{coalition}/{side}"] = scenario
    for together in by_silence.values():
        names = iter(together)
        while chunk := list(itertools.islice(names, RUNS_IN_A_TASK)):
            yield {name: together[name] for name in chunk}


# ---- splitting ----------------------------------------------------------------------------------------------------


def split_of(
    game: Game,
    worlds: Sequence[Mapping[int, np.ndarray]],
    measures: Sequence[str],
    measure: str,
    names: tuple[str, str],
    seed: int,
) -> Split:
    """Split one outcome: part by part in each world, then mean and interval over the worlds.

    worlds: as `play` gives them; those in which the outcome is anywhere not available are left out
    """
    column = list(measures).index(measure)
    sides = [{of: values[:, column] for of, values in world.items()} for world in worlds]
    known = [
        (number, world)
        for number, world in enumerate(sides)
        if all(np.isfinite(value).all() for value in world.values())
    ]
    players = len(game.players)
    everyone = shapley.everyone(players)
    two = bool(known) and known[0][1][0].size == 2
    parts = np.array([shapley.parts_of(world, players, seed, number) for number, world in known])
    parts = parts.reshape(len(known), players, 2 if two else 1)
    if two:  # what is there without any of them is a part too; one side alone begins with what A is
        nobody = np.array([world[0] for _, world in known])[:, None, :]
        parts = np.concatenate([parts, nobody], axis=1)
        whole = np.array([world[everyone][1] - world[everyone][0] for _, world in known])
        moved = parts[:, :, 1] - parts[:, :, 0]
    else:
        whole = np.array([float(world[everyone][0] - world[0][0]) for _, world in known])
        moved = parts[:, :, 0]
    listed = [*game.players, *([NOBODY] if two else [])]
    family = len(listed)
    overall = amount_of(whole)  # by itself, so that it is the same whatever it is split into
    found = [
        Part(
            player,
            amount_of(moved[:, place], family),
            share_of(moved[:, place], whole, family) if overall.is_clear else NO_AMOUNT,
            amount_of(parts[:, place, 0], family) if two else None,
            amount_of(parts[:, place, 1], family) if two else None,
        )
        for place, player in enumerate(listed)
    ]
    found.sort(key=lambda part: -abs(part.amount.mean) if math.isfinite(part.amount.mean) else math.inf)
    info = MEASURES[measure]
    split = Split(
        measure,
        info.label,
        info.unit,
        info.better,
        overall,
        tuple(found),
        interactions_of(game, [_difference(world) for _, world in known]),
        len(shapley.pairs_of(players)),
        len(known),
        "",
    )
    return with_sentence(split, game.question, names)


NO_AMOUNT = Amount(math.nan, math.nan, math.nan)
NOBODY = Player(NONE, "with none of them", "What the sides differ by when all of these mechanisms are off")


def _difference(world: Mapping[int, np.ndarray]) -> dict[int, np.ndarray]:
    return {of: value[-1:] - (value[:1] if value.size == 2 else 0.0) for of, value in world.items()}


def interactions_of(game: Game, worlds: Sequence[Mapping[int, np.ndarray]]) -> tuple[Interaction, ...]:
    """The three largest interactions; their intervals allow for all pairs that they were chosen from."""
    players = len(game.players)
    pairs = shapley.pairs_of(players)
    if not pairs or not worlds:
        return ()
    if players <= shapley.EXACT_UP_TO:
        each = np.array([shapley.exact_interactions(world, players)[:, 0] for world in worlds])
        amounts = [amount_of(each[:, row], len(pairs)) for row in range(len(pairs))]
    else:
        found = shapley.jackknifed(worlds, lambda some: shapley.fitted_interactions(some, players))
        if found is None:
            return ()
        amounts = [
            _interval(float(mean), float(error), len(worlds), len(pairs))
            for mean, error in zip(found[0][:, 0], found[1][:, 0], strict=True)
        ]
    order = sorted(range(len(pairs)), key=lambda row: -abs(amounts[row].mean))[:TOP]
    return tuple(
        Interaction(game.players[pairs[row][0]], game.players[pairs[row][1]], amounts[row]) for row in order
    )


def amount_of(values: np.ndarray, family: int = 1) -> Amount:
    """Mean of one number per world, and its interval by Student's t; `family` intervals hold together with 95 %."""
    if values.size == 0:
        return NO_AMOUNT
    error = float(values.std(ddof=1)) / math.sqrt(values.size) if values.size > 1 else math.inf
    return _interval(float(values.mean()), error, values.size, family)


def share_of(part: np.ndarray, whole: np.ndarray, family: int = 1) -> Amount:
    """Ratio of two means over the same worlds, with the interval of its linear approximation (Cochran 1977).

    >>> share_of(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]))
    Amount(mean=0.5, low=0.5, high=0.5)
    """
    below = float(whole.mean())
    share = float(part.mean()) / below
    around = (part - share * whole) / below
    error = float(around.std(ddof=1)) / math.sqrt(part.size) if part.size > 1 else math.inf
    return _interval(share, error, part.size, family)


def _interval(mean: float, error: float, worlds: int, family: int) -> Amount:
    if worlds < 2 or not math.isfinite(error):
        return Amount(mean, -math.inf, math.inf)
    # a tiny spread between equal numbers is rounding, not a difference
    error = 0.0 if error <= 1e-12 * max(1.0, abs(mean)) else error
    reach = float(special.stdtrit(worlds - 1, 1.0 - FAMILY_ERROR / family / 2.0)) * error
    return Amount(mean, mean - reach, mean + reach)


# ---- words --------------------------------------------------------------------------------------------------------


def with_sentence(split: Split, question: Question, names: tuple[str, str]) -> Split:
    """The same split with the sentence that its table makes."""
    return Split(**{**split.__dict__, "sentence": sentence_of(split, question, names)})


def sentence_of(split: Split, question: Question, names: tuple[str, str]) -> str:
    """What a split says, from its numbers alone: who is ahead, and which parts make it, or work against it."""
    (a, b), whole = names, split.whole
    label = split.label.lower()
    thing = "mechanism" if question == "mechanisms" else "setting"
    if math.isnan(whole.mean):
        return f"{split.label} was not available in any world, so there is nothing to split."
    if whole.mean == 0.0 and whole.low == whole.high:
        words = f"{a} and {b} are exactly the same in {label}, in every world"
        others = [part for part in split.parts if part.amount.is_clear]
        return f"{words}{', because parts cancel out' if others else ''}."
    if not whole.is_clear:
        return (
            f"Whether {b} differs from {a} in {label} cannot be told yet: "
            f"{_said(whole, split.unit, split.decimals)} in {split.worlds} "
            f"{'world' if split.worlds == 1 else 'worlds'}, so no share of it can be given to a {thing}."
        )
    side = "higher" if whole.mean > 0.0 else "lower"
    head = f"Against {a}, {b} is {side} in {label} by {_size(whole, split.unit, split.decimals)}."
    clear = [part for part in split.parts if part.share.is_clear and part.amount.is_clear]
    does = [part for part in clear if part.share.mean > 0.0][:TOP]
    against = [part for part in clear if part.share.mean < 0.0][:TOP]
    if not clear:
        return f"{head} No {thing} alone can be told to do any of it yet."
    parts = []
    if does:
        first, *rest = does
        shares = [f"{_share(first.share)} of that {_is(first.player)}"]
        shares += [f"{_share(part.share)} {_name(part.player)}" for part in rest]
        parts.append(_listed(shares))
    if against:
        parts.append(
            f"{_listed([f'{_name(part.player)} ({_share(part.share, against=True)})' for part in against])} "
            f"{'works' if len(against) == 1 else 'work'} against it"
        )
    return f"{head} {'; '.join(_capital(one) if not place else one for place, one in enumerate(parts))}."


def interaction_sentence(split: Split) -> str:
    """What the largest interaction says."""
    if not split.interactions:
        return "Too few worlds to tell what pairs add together." if split.pairs else "There is only one part."
    first = split.interactions[0]
    both = f"{first.one.label} and {first.other.label}"
    if not first.amount.is_clear:
        return "That any two of them add together more or less than apart cannot be told yet."
    size = _said(first.amount, split.unit, decimals_for(*(one.amount.mean for one in split.interactions)))
    return f"Together, {both} move the difference by {size} beyond what they do apart."


def _is(player: Player) -> str:
    return "is there with none of them" if player.id == NONE else f"is {player.label}"


def _name(player: Player) -> str:
    return "what is there with none of them" if player.id == NONE else player.label


def _share(share: Amount, *, against: bool = False) -> str:
    words = shown_interval(100.0 * share.low, 100.0 * share.high, 0)
    return f"{shown(100.0 * share.mean, 0)} %" + (f", {words}" if against else f" ({words})")


def _size(amount: Amount, unit: str, digits: int) -> str:
    """Size without its sign: `351 people (319 to 382)`."""
    near, far = sorted((abs(amount.low), abs(amount.high)))
    return f"{in_unit(shown(abs(amount.mean), digits), unit)} ({shown_interval(near, far, digits)})"


def _said(amount: Amount, unit: str, digits: int) -> str:
    return f"{in_unit(signed(amount.mean, digits), unit)} ({shown_interval(amount.low, amount.high, digits)})"


def _listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence.

    >>> _listed(["a"]), _listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def promise(answer: Answer, split: Split) -> str:
    """What the intervals of a table promise, and how its parts were found."""
    how = (
        f"all {1 << len(answer.players):,} combinations"
        if answer.exactly
        else "a random order of joining and its reverse"
    )
    return (
        f"Shapley values, from {how} in each of {split.worlds:,} paired worlds ({answer.runs:,} runs). The parts sum to the "
        f"difference; their {len(split.parts)} intervals hold together with {100 * (1 - FAMILY_ERROR):.0f} % confidence."
    )


def explanation_document(explanation: Explanation, command: str) -> dict[str, Any]:
    """Everything that `explain` has to say, as plain values."""
    return {"command": command, **asdict(explanation), "provenance": provenance()}
