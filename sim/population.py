"""Who there is: traits drawn by key, how much competes in each feed, and who the first customers are."""

import numpy as np
from scipy.special import ndtri

from worthsharing.sim.draws import NOBODY, Purpose, uniforms
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import kernel
from worthsharing.sim.rules import MOST_VISIBLE, p_seen_really, real_inflow, scaled_inflow
from worthsharing.sim.scenario import Scenario
from worthsharing.sim.state import TRAITS, Floats, Ints, Longs, Records, table

RESHARES_PER_POST = 0.36  # Goel et al. 2016: a cascade has 1.36 members on average
_CHUNK = 250_000


def normal_draws(seed: int, purpose: Purpose, keys: Longs, item: int = 0) -> Floats:
    """Draw one standard normal number per person, by key; shape (people,)."""
    drawn = uniforms(seed, int(purpose), keys, NOBODY, 0, item)
    for start in range(0, drawn.size, _CHUNK):  # in pieces: no second array of a million people
        drawn[start : start + _CHUNK] = ndtri(drawn[start : start + _CHUNK])
    return drawn


def lognormal_draws(seed: int, purpose: Purpose, keys: Longs, spread: float) -> Floats:
    """Draw one log-normal number of mean 1 per person, by key; shape (people,)."""
    drawn = normal_draws(seed, purpose, keys)
    drawn *= spread
    drawn -= spread * spread / 2.0
    return np.exp(drawn, out=drawn)


def topic_exponents(topics: int, spread: float, seed: int) -> Floats:
    """Draw how much people care for each topic: interests are uniform numbers to this power; shape (topics,)."""
    z = normal_draws(seed, Purpose.TOPIC_POPULARITY, np.arange(topics, dtype=np.int64))
    return np.exp(spread * z)


def draw_traits(
    scenario: Scenario, seed: int, keys: Longs, followees: Ints, *, messages_background: bool
) -> Records:
    """Draw the traits of everybody: (people,) of TRAITS.

    keys: (people,) lasting identities; followees: (people,) people followed
    messages_background: whether everyday posts are simulated, so that they are not in the inflow too

    A tie of a network smaller than `attention.real_degree` stands for several: this is the one place that says so.
    """
    attention, contagion = scenario.attention, scenario.contagion
    traits = table(keys.size, TRAITS)
    traits["key"], traits["followees"] = keys, followees
    visits = lognormal_draws(seed, Purpose.TRAIT_VISITS, keys, attention.visits_spread)
    visits *= attention.visits_per_day / 24.0
    np.minimum(visits, 40.0 / scenario.clock.step_hours, out=visits)
    traits["visits_per_hour"] = visits
    traits["sensitivity"] = lognormal_draws(
        seed, Purpose.TRAIT_SENSITIVITY, keys, scenario.worth.sensitivity_spread
    )
    traits["sensitivity"] *= scenario.worth.pressure_sensitivity
    traits["reward_appeal"] = uniforms(seed, int(Purpose.TRAIT_REWARD_APPEAL), keys, NOBODY, 0, 0)
    traits["reward_appeal"] *= 2.0
    traits["talkative"] = lognormal_draws(
        seed, Purpose.TRAIT_TALKATIVE, keys, scenario.sharing.talkative_spread
    )
    tied = int(np.count_nonzero(followees))
    mean_degree = followees.sum(dtype=np.int64) / tied if tied else 1.0
    simulated = (
        scenario.experience.everyday_per_day * (1.0 + RESHARES_PER_POST) / 24.0
        if messages_background
        else 0.0
    )
    ties_per_tie = max(1.0, attention.real_degree / mean_degree)
    shown = _shown_per_tie(
        traits, ties_per_tie, attention.items_per_followed_per_day, attention.items_per_visit
    )
    _competition(
        traits,
        ties_per_tie,
        shown,
        attention.items_per_followed_per_day,
        attention.items_per_visit,
        simulated,
    )
    if contagion.threshold_by == "uniform":
        traits["threshold"] = uniforms(seed, int(Purpose.TRAIT_THRESHOLD), keys, NOBODY, 0, 0)
    else:
        traits["threshold"] = contagion.threshold
    return traits


@kernel
def _shown_per_tie(
    traits: Records, ties_per_tie: float, items_per_followed: float, items_per_visit: float
) -> float:
    """How many times as visible as a real tie each tie is made: `ties_per_tie` and a little more.

    A tie cannot show more than `MOST_VISIBLE`; what is lost there, with those who follow few, is made up for
    by all others, so that a share reaches as many friends as at the real number of ties. Rounded, so that the
    order of adding up does not matter.
    """
    wanted, most = 0.0, 0.0
    for row in range(traits.size):
        person = traits[row]
        real = real_inflow(float(person.followees), ties_per_tie, items_per_followed)
        wanted += (
            person.followees * ties_per_tie * p_seen_really(real, person.visits_per_hour, items_per_visit)
        )
        most += person.followees * MOST_VISIBLE
    shown = ties_per_tie
    for _ in range(12):
        total = 0.0
        for row in range(traits.size):
            person = traits[row]
            real = real_inflow(float(person.followees), ties_per_tie, items_per_followed)
            seen = shown * p_seen_really(real, person.visits_per_hour, items_per_visit)
            total += person.followees * min(MOST_VISIBLE, seen)
        if total <= 0.0 or wanted >= most or wanted - total < 1e-7 * wanted:
            break
        shown *= wanted / total
    return round(shown, 5)


@kernel
def _competition(
    traits: Records,
    ties_per_tie: float,
    shown_per_tie: float,
    items_per_followed: float,
    items_per_visit: float,
    simulated_per_followed: float,
) -> None:
    """Items per hour that compete with a friend's share, and how much more compete with a brand's post.

    Changes `inflow` and `crowding` of `traits`.
    """
    for row in range(traits.size):
        person = traits[row]
        real = real_inflow(float(person.followees), ties_per_tie, items_per_followed)
        scaled = scaled_inflow(real, shown_per_tie, person.visits_per_hour, items_per_visit)
        person.crowding = real / scaled if scaled > 0.0 else 1.0
        person.inflow = max(0.0, scaled - simulated_per_followed * person.followees)


def choose_people(
    by: str,
    share: float,
    count: int,
    listed: tuple[str, ...],
    *,
    seed: int,
    purpose: Purpose,
    item: int,
    keys: Longs,
    followers_of: Longs,
    labels: tuple[str, ...] | None,
    where: str,
) -> Ints:
    """Rows of the chosen people, ascending.

    by: `random`, `degree` (most followers first, ties by key) or `listed`
    share: of people, used if `count` is 0; count: of people
    followers_of: (people,) number of followers; only people with a tie count in `share` by degree, so that an
    isolated person changes nothing for anybody else
    where: names the parameter in an error about an unknown label
    """
    if by == "listed":
        return _rows_of(listed, keys, labels, where)
    if by == "random":
        drawn = uniforms(seed, int(purpose), keys, NOBODY, 0, item)
        if count == 0:
            return np.flatnonzero(drawn < share).astype(np.int32)
        order = np.lexsort((keys, drawn))
    else:
        order = np.lexsort((keys, -followers_of))
        if count == 0:
            count = round(share * int(np.count_nonzero(followers_of)))
    return np.sort(order[: min(count, keys.size)]).astype(np.int32)


def _rows_of(listed: tuple[str, ...], keys: Longs, labels: tuple[str, ...] | None, where: str) -> Ints:
    known = {label: row for row, label in enumerate(labels)} if labels is not None else None
    rows = []
    for name in listed:
        row = known.get(name, -1) if known is not None else _row_of_number(name, keys.size)
        if row < 0:
            right = (
                "give labels as they stand in the network file"
                if known
                else f"people are numbered 0 to {keys.size - 1}"
            )
            raise InputError(where, f"there is no person '{name}'", right)
        rows.append(row)
    return np.unique(np.array(rows, np.int32))


def _row_of_number(name: str, people: int) -> int:
    return int(name) if name.isdigit() and int(name) < people else -1
