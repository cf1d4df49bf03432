"""Who follows whom: the network as compressed rows, and the two default networks made from a seed.

A tie `source → target` means that the target sees what the source shares: the target follows the source.

Both default networks are made of *circles*: small, dense groups of people who want similar numbers of ties,
joined by ties picked at random in proportion to what is still wanted. This is the block two-level Erdős–Rényi
graph (BTER; Seshadhri, Kolda & Pinar 2012, *Community structure and scale-free collections of Erdős–Rényi
graphs*, Physical Review E 85, 056109), whose clustering has a closed form: a person who wants d ties sits in
a circle of d + 1 and is tied to each of the others with chance ρ; two of her neighbours are both from the
circle and tied with chance ρ² · ρ. So ρ, here called `cohesion`, is the cube root of the clustering wanted,
and nothing is tuned on a seed.

Circles take consecutive rows, in random order: most deliveries of a run then stay within a few cache lines.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worthsharing.sim.draws import NOBODY, Purpose, generator, uniform
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import kernel, kernel_part

IntArray = NDArray[np.int64]
RowArray = NDArray[np.int32]
FloatArray = NDArray[np.float64]

MOST_PEOPLE = 200_000_000  # rows are 32-bit numbers and a network this large already needs 20 GB
LARGEST_SEED = 2**63 - 1
# Variance over squared mean of the numbers of friends: Caltech, one whole university in 2005 (Traud, Mucha &
# Porter 2012, our `caltech36`); Facebook as a whole is more skewed (Ugander et al. 2011), ego networks 1.4
FRIENDS_SKEW = 0.73
LARGEST_CIRCLE = (
    3.0  # in mean degrees; judgement, tried 2 to 6: without it the best connected form one huge club
)
# Chances of a tie within a circle to choose from; above .97 circles are cliques and few ties leave them
COHESIONS = np.linspace(0.0, 0.97, 971)
# Share of all people who follow the best followed one at most; judgement, tried .1 to .3: 7 % on Twitter in
# 2009 (Kwak et al. 2010), but a lower cap bends the tail of a small network
LARGEST_AUDIENCE = 0.2
# In a network of more people than this, a pick is not compared with earlier ones: the few picked twice, about
# 1 in 1,000, are merged at the end, and 1 in 1,000 one-way ties is returned by chance
CAREFUL_UP_TO = 100_000

_NETWORK = int(Purpose.NETWORK)
# what a keyed draw is for, in the key's place for an item
_NEAR, _FAR, _FAR_COUNT, _STUBS, _ONE_WAY, _MENU, _MENU_PICK, _ONE_WAY_COUNT, _RANDOM_PAIR = range(1, 10)
# streams of the generators: above all purposes, so that no generator shares a key with a keyed draw
_STREAM_DEGREES, _STREAM_CIRCLES, _STREAM_RANDOM = (
    (_NETWORK << 8) + 1,
    (_NETWORK << 8) + 2,
    (_NETWORK << 8) + 3,
)


@dataclass(frozen=True, eq=False)
class Network:
    """Who follows whom, as compressed rows: person i is heard by `followers[indptr[i]:indptr[i + 1]]`."""

    indptr: (
        IntArray  # (people + 1,) where each person's followers begin; the last entry is the number of ties
    )
    followers: RowArray  # (ties,) rows of followers, ascending within a person, no duplicates, never oneself
    followees: RowArray  # (people,) how many people each one follows
    keys: IntArray  # (people,) lasting identity, 0 to 2^63 − 1, unique
    labels: tuple[str, ...] | None = None  # (people,) as in the file, for a loaded network
    weights: FloatArray | None = None  # (ties,) aligned with followers, 0 or more, when the file had them
    name: str = ""
    self_loops_dropped: int = 0  # lines of a file in which somebody was tied to herself
    duplicates_dropped: int = 0  # lines of a file that repeated an earlier tie

    @property
    def people(self) -> int:
        """Number of people."""
        return int(self.indptr.size - 1)

    @property
    def ties(self) -> int:
        """Number of ties source → target; a mutual tie counts twice."""
        return int(self.followers.size)

    @property
    def mean_degree(self) -> float:
        """Mean number of followers, which is also the mean number of people followed."""
        return self.ties / self.people

    @property
    def audience(self) -> IntArray:
        """Number of followers of each person, shape (people,)."""
        return np.diff(self.indptr)


def generate(
    kind: Literal["friends", "follows"],
    people: int,
    seed: int,
    *,
    mean_degree: float = 20.0,
    clustering: float = 0.2,
    reciprocity: float = 0.4,
    exponent: float = 2.28,
) -> Network:
    """Make one of the two default networks; the same arguments give the same bits.

    kind: `friends`, mutual ties with right-skewed degrees, or `follows`, directed with a heavy tail of
        followers
    people: 2 to 200 million
    seed: of the world, 0 to 2^63 − 1
    mean_degree: mean number of followers, above 0 and below people − 1
    clustering: mean local clustering, 0 to 0.6. For `follows`, ties count in either direction, and values are
        met less exactly (within 0.05 from 0.1 to 0.4 at the default reciprocity; few mutual ties bound it
        from above). Among some hundred people, chance alone may close more triangles than wanted
    reciprocity: share of ties that are returned, 0 to 0.9; used by `follows`, `friends` always has 1
    exponent: of the numbers of followers, 1.8 to 4; used by `follows`

    Raises `InputError` for values outside these bounds.
    """
    _check(people, seed, mean_degree)
    _check_range("clustering", clustering, 0.0, 0.6)
    _check_range("reciprocity", reciprocity, 0.0, 0.9)
    _check_range("exponent", exponent, 1.8, 4.0)
    if kind == "friends":
        return _friends(int(people), int(seed), float(mean_degree), float(clustering))
    if kind == "follows":
        return _follows(
            int(people), int(seed), float(mean_degree), float(clustering), float(reciprocity), float(exponent)
        )
    raise InputError("network.kind", f"unknown kind {kind!r}", "use 'friends' or 'follows'")


def erdos_renyi(people: int, mean_degree: float, seed: int) -> Network:
    """Tie each pair of people both ways with chance mean_degree / people: the graph of the exact formulas.

    people: 2 to 200 million
    mean_degree: 0 or more, below people − 1
    seed: of the world, 0 to 2^63 − 1

    Raises `InputError` for values outside these bounds.
    """
    if mean_degree != 0.0:
        _check(people, seed, mean_degree)
    later = np.arange(people - 1, -1, -1, dtype=np.int64)
    counts = generator(seed, _STREAM_RANDOM).binomial(later, mean_degree / people)
    starts = _starts(counts)
    ties = _random_pairs(int(seed), starts, np.empty(int(starts[-1]), np.int32))
    indptr, followers = _both_ways(starts, ties)
    return _network(indptr, followers, np.diff(indptr), f"erdos-renyi-{people}")


def from_edges(
    source: ArrayLike,
    target: ArrayLike,
    people: int,
    *,
    directed: bool,
    keys: IntArray | None = None,
    labels: tuple[str, ...] | None = None,
    weights: ArrayLike | None = None,
    name: str = "",
) -> Network:
    """Make a network from a list of ties: the target hears the source; undirected ties go both ways.

    source, target: rows of people, each 0 to people − 1, shape (lines,)
    people: number of people, 1 or more
    keys: lasting identities, unique, shape (people,); row numbers when left out
    labels: names, shape (people,)
    weights: of the ties, finite and 0 or more, shape (lines,)

    Ties to oneself are dropped and repeated ties merged (the first one's weight stays); both are counted.
    Raises `InputError` for rows outside the people, keys that coincide, or weights that are no weights.
    """
    where = name or "network"
    rows_a, rows_b = np.asarray(source, np.int64).ravel(), np.asarray(target, np.int64).ravel()
    if rows_a.size != rows_b.size:
        raise InputError(where, f"{rows_a.size} sources but {rows_b.size} targets", "give as many of each")
    if people < 1 or people > MOST_PEOPLE:
        raise InputError(where, f"{people} people", f"give 1 to {MOST_PEOPLE:,}")
    for rows in (rows_a, rows_b):
        if rows.size and (rows.min() < 0 or rows.max() >= people):
            raise InputError(where, "a tie names a row that is nobody's", f"rows run from 0 to {people - 1}")
    identities = np.arange(people, dtype=np.int64) if keys is None else np.asarray(keys, np.int64)
    if identities.size != people or np.unique(identities).size != people or identities.min() < 0:
        raise InputError(where, "keys of people coincide or are negative", "give each person one of her own")
    values = None if weights is None else np.asarray(weights, np.float64).ravel()
    if values is not None and (
        values.size != rows_a.size or not np.isfinite(values).all() or (values < 0).any()
    ):
        raise InputError(
            where, "weights of ties are wrong", "give one finite number of 0 or more for each tie"
        )
    loops = rows_a == rows_b
    dropped = int(loops.sum())
    if dropped:
        rows_a, rows_b = rows_a[~loops], rows_b[~loops]
        values = None if values is None else values[~loops]
    lines = rows_a.size
    if not directed:
        # interleaved, so that of repeated ties the first in the list comes first in either direction
        rows_a, rows_b = np.stack((rows_a, rows_b), 1).ravel(), np.stack((rows_b, rows_a), 1).ravel()
        values = None if values is None else np.repeat(values, 2)
    indptr, followers, kept = _compressed(rows_a, rows_b, int(people))
    return Network(
        indptr=indptr,
        followers=followers,
        followees=np.bincount(followers, minlength=people).astype(np.int32),
        keys=identities,
        labels=labels,
        weights=None if values is None else values[kept],
        name=name,
        self_loops_dropped=dropped,
        duplicates_dropped=lines - (followers.size if directed else followers.size // 2),
    )


def local_clustering(network: Network, sample: int | None = None) -> float:
    """Mean share of pairs of neighbours that are tied, ties taken in either direction; 0 to 1.

    sample: number of people to look at, evenly spread over the rows; everybody when left out

    People with fewer than two neighbours count as 0 (the convention of networkx).
    Source: Watts & Strogatz 1998.
    """
    people = network.people
    indptr, neighbours = _either_way(network.indptr, network.followers)
    asked = people if sample is None else min(int(sample), people)
    rows = (np.arange(asked, dtype=np.int64) * people) // max(asked, 1)
    return float(_mean_clustering(indptr, neighbours, rows, np.full(people, -1, np.int64)))


def reciprocity(network: Network) -> float:
    """Share of ties that are returned, 0 to 1; 0 for a network without ties."""
    return _returned(network.indptr, network.followers) / network.ties if network.ties else 0.0


def audience_exponent(network: Network, smallest: int = 20) -> float:
    """Exponent of the power law that numbers of followers from `smallest` on obey best.

    smallest: the least number of followers taken into account, 6 or more (below that the formula is biased)

    Not a number when nobody has that many followers. Source: the discrete maximum likelihood estimate in its
    closed approximation, equation 3.7 of Clauset, Shalizi & Newman 2009.
    """
    audience = network.audience
    tail = audience[audience >= smallest]
    if tail.size == 0:
        return math.nan
    return float(1.0 + tail.size / np.log(tail / (smallest - 0.5)).sum())


def _check(people: int, seed: int, mean_degree: float) -> None:
    if not 2 <= people <= MOST_PEOPLE:
        raise InputError("network.people", f"{people} people", f"give 2 to {MOST_PEOPLE:,}")
    if not 0 <= seed <= LARGEST_SEED:
        raise InputError("network.seed", f"{seed} is out of range", "give a whole number from 0 to 2^63 − 1")
    if not 0.0 < mean_degree < people - 1:
        raise InputError(
            "network.mean_degree",
            f"{mean_degree} ties each cannot be placed among {people} people",
            f"give a number above 0 and below {people - 1}, e.g. {min(20.0, (people - 1) / 4):g}",
        )


def _check_range(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise InputError(f"network.{name}", f"{value} is out of range", f"give {least:g} to {most:g}")


# --- friends ---


def _friends(people: int, seed: int, mean_degree: float, clustering: float) -> Network:
    wanted = _log_normal_degrees(people, seed, mean_degree)
    largest = 1.0 + LARGEST_CIRCLE * mean_degree
    # a person whose circle is smaller than d + 1 has a smaller share of her ties there; who happens to have
    # fewer than two neighbours counts as 0
    share = np.minimum(wanted, largest - 1.0) / wanted
    two_or_more = 1.0 - (1.0 + wanted) * np.exp(-wanted)
    per_cohesion_cubed = float(np.mean(np.square(share) * two_or_more))
    by_chance = mean_degree * (float(np.mean(np.square(wanted))) / mean_degree**2) ** 1.5 / people
    beyond = (1.0 - np.square(COHESIONS)) * (
        1.0 - COHESIONS
    )  # pairs not of one circle, ties that leave circles
    cohesion = _cohesion(clustering, per_cohesion_cubed * COHESIONS**3 + by_chance * beyond)
    starts, order = _circles(wanted, largest, seed)
    indptr, followers = _mutual_ties(seed, wanted[order], starts, cohesion)
    return _network(indptr, followers, np.diff(indptr), f"friends-{people}")


def _log_normal_degrees(people: int, seed: int, mean_degree: float) -> FloatArray:
    """Draw numbers of ties, ascending, shape (people,): log-normal of exactly this mean, below people."""
    variance = math.log1p(FRIENDS_SKEW)
    wanted = np.exp(math.sqrt(variance) * generator(seed, _STREAM_DEGREES).standard_normal(people))
    wanted.sort()
    wanted *= mean_degree / wanted.mean()
    for _ in range(60):  # a cap cuts the mean: lift the others until it is back; one turn without a cap
        np.clip(wanted, 0.5, people - 1.0, out=wanted)
        lift = mean_degree / wanted.mean()
        if abs(lift - 1.0) < 1e-4:
            break
        wanted *= lift
    return np.clip(wanted, 0.5, people - 1.0)


def _cohesion(clustering: float, expected: FloatArray) -> float:
    """Chance of a tie within a circle that comes closest to the clustering wanted, one of `COHESIONS`.

    expected: clustering expected at each of `COHESIONS`
    """
    return float(COHESIONS[np.argmin(np.abs(expected - clustering))])


def _circles(wanted: FloatArray, largest: float, seed: int) -> tuple[IntArray, IntArray]:
    """Group people who want similar numbers of ties, and put the groups in random order.

    wanted: numbers of ties wanted, ascending, shape (people,)
    largest: number of people in the largest circle

    Returns where each circle starts, shape (circles + 1,), and each row's place in `wanted`, shape (people,).
    """
    sizes = _circle_sizes(wanted, largest)
    shuffled = generator(seed, _STREAM_CIRCLES).permutation(sizes.size)
    return _starts(sizes[shuffled]), _places(_starts(sizes), shuffled, wanted.size)


@kernel
def _circle_sizes(wanted: FloatArray, largest: float) -> IntArray:
    people = wanted.size
    sizes = np.empty(people, np.int64)
    circles = 0
    first = 0
    while first < people:
        size = int(min(wanted[first] + 1.0, largest) + 0.5)
        size = min(max(size, 1), people - first)
        sizes[circles] = size
        circles += 1
        first += size
    return sizes[:circles].copy()


@kernel
def _places(starts: IntArray, shuffled: IntArray, people: int) -> IntArray:
    places = np.empty(people, np.int64)
    row = 0
    for circle in shuffled:
        for place in range(starts[circle], starts[circle + 1]):
            places[row] = place
            row += 1
    return places


def _mutual_ties(
    seed: int, wanted: FloatArray, starts: IntArray, cohesion: float
) -> tuple[IntArray, RowArray]:
    """Ties within circles with chance `cohesion`, the others at random, as sorted compressed rows."""
    sizes = np.diff(starts)
    within = np.repeat(cohesion * (sizes - 1.0), sizes)
    beyond = np.maximum(wanted - within, 0.0)  # ties still wanted, shape (people,)
    counts, stubs = _counts_and_stubs(seed, 0.5 * beyond, beyond, _FAR_COUNT, _STUBS)
    # the most there can be; memory that is never touched is never taken
    ties = np.empty(int((sizes * (sizes - 1) // 2).sum() + counts.sum()), np.int32)
    half_starts = np.zeros(wanted.size + 1, np.int64)
    _place_mutual_ties(seed, starts, cohesion, counts, stubs, half_starts, ties)
    return _both_ways(half_starts, ties[: half_starts[-1]])


def _counts_and_stubs(
    seed: int, picks: FloatArray, weights: FloatArray, item_picks: int, item_stubs: int
) -> tuple[RowArray, RowArray]:
    """Whole numbers of picks, and an array in which each person stands as often as she is to be picked.

    Both are rounded up or down at random, so that the means stay. Shapes (people,) and (stubs,).
    """
    counts = _rounded(seed, picks, item_picks)
    repeats = _rounded(seed, weights, item_stubs)
    return counts, np.repeat(np.arange(picks.size, dtype=np.int32), repeats)


@kernel
def _rounded(seed: int, amounts: FloatArray, item: int) -> RowArray:
    whole = np.empty(amounts.size, np.int32)
    for row in range(amounts.size):
        whole[row] = int(amounts[row] + uniform(seed, _NETWORK, row, NOBODY, 0, item))
    return whole


@kernel
def _place_mutual_ties(
    seed: int,
    starts: IntArray,
    cohesion: float,
    counts: RowArray,
    stubs: RowArray,
    half_starts: IntArray,
    ties: RowArray,
) -> None:
    """Fill `ties` with each tie once, listed under one of its two people; lists start at `half_starts`."""
    people = counts.size
    careful = people <= CAREFUL_UP_TO
    seen = np.full(people if careful else 0, -1, np.int32)
    latest = seen.copy()
    owner = np.empty(ties.size if careful else 0, np.int32)
    link = np.empty_like(owner)
    end = 0
    for circle in range(starts.size - 1):
        first, last = starts[circle], starts[circle + 1]
        for row in range(first, last):
            for other in range(first, row):
                ties[end] = other  # overwritten by the next unless it counts: cheaper than a guessed branch
                end += uniform(seed, _NETWORK, row, other, 0, _NEAR) < cohesion
            if careful:
                seen[first:last] = row
                _see_those_who_picked(row, seen, latest, owner, link)
            wanted_end = end + counts[row]
            tries = 0
            while end < wanted_end:
                other = _pick(seed, _FAR, row, tries, counts[row], stubs, seen)
                tries += 1
                if other < 0:
                    break
                if (other < first or other >= last) and not (careful and seen[other] == row):
                    ties[end] = other
                    if careful:
                        _remember(row, other, end, seen, latest, owner, link)
                    end += 1
            half_starts[row + 1] = end


@kernel_part
def _pick(seed: int, item: int, row: int, tries: int, count: int, stubs: RowArray, seen: RowArray) -> int:
    """Pick somebody in proportion to what is wanted of her, after many tries anybody unseen; −1 for nobody.

    seen: (people,) for whom each one was last seen, or empty where nobody keeps count
    """
    draw = uniform(seed, _NETWORK, row, NOBODY, tries, item)
    if stubs.size > 0 and tries < 16 * count + 64:
        return int(stubs[int(draw * stubs.size)])
    offset = int(draw * seen.size)
    for step in range(seen.size):
        other = (offset + step) % seen.size
        if seen[other] != row:
            return other
    return -1


@kernel_part
def _remember(
    row: int, other: int, index: int, seen: RowArray, latest: RowArray, owner: RowArray, link: RowArray
) -> None:
    """Note that `row` has picked `other`, as pick number `index`."""
    seen[other] = row
    owner[index] = row
    link[index] = latest[other]
    latest[other] = index


@kernel_part
def _see_those_who_picked(
    row: int, seen: RowArray, latest: RowArray, owner: RowArray, link: RowArray
) -> None:
    index = latest[row]
    while index >= 0:
        seen[owner[index]] = row
        index = link[index]


def _both_ways(half_starts: IntArray, ties: RowArray) -> tuple[IntArray, RowArray]:
    """Turn ties listed once into compressed rows of both directions, ascending within a person.

    Arrays are made here because those made by NumPy get huge pages, which matters for scattered writes.
    """
    people = half_starts.size - 1
    listed_by = _starts(_occurrences(ties, people))
    indptr = half_starts + listed_by
    listing, followers = np.empty(ties.size, np.int32), np.empty(2 * ties.size, np.int32)
    _transpose(half_starts, ties, listed_by[:-1].copy(), listing)
    _merge(half_starts, ties, listed_by, listing, indptr[:-1].copy(), followers)
    return indptr, followers[: _drop_repeats(indptr, followers)]


@kernel
def _occurrences(lists: RowArray, people: int) -> RowArray:
    occurrences = np.zeros(people, np.int32)
    for other in lists:
        occurrences[other] += 1
    return occurrences


@kernel
def _drop_repeats(indptr: IntArray, lists: RowArray) -> int:
    """Merge equal neighbours in sorted lists, in place; returns how many entries are left."""
    end = 0
    begin = 0
    for row in range(indptr.size - 1):
        start = end
        for index in range(begin, indptr[row + 1]):
            if end == start or lists[end - 1] != lists[index]:
                lists[end] = lists[index]
                end += 1
        begin = indptr[row + 1]
        indptr[row + 1] = end
    return end


@kernel
def _transpose(starts: IntArray, lists: RowArray, fill: IntArray, listing: RowArray) -> None:
    """Write each row into `listing` at the places of those in its list; `fill` says where theirs start."""
    for row in range(starts.size - 1):
        for index in range(starts[row], starts[row + 1]):
            other = lists[index]
            listing[fill[other]] = row
            fill[other] += 1


@kernel
def _merge(
    starts_a: IntArray,
    lists_a: RowArray,
    starts_b: IntArray,
    lists_b: RowArray,
    fill: IntArray,
    merged: RowArray,
) -> None:
    """Write each row into `merged` at the places of those in either of its two lists.

    Rows are visited in ascending order, so everything comes out sorted: a counting pass, no comparisons.
    """
    for row in range(starts_a.size - 1):
        for index in range(starts_a[row], starts_a[row + 1]):
            other = lists_a[index]
            merged[fill[other]] = row
            fill[other] += 1
        for index in range(starts_b[row], starts_b[row + 1]):
            other = lists_b[index]
            merged[fill[other]] = row
            fill[other] += 1


# --- follows ---


def _follows(
    people: int, seed: int, mean_degree: float, clustering: float, reciprocity: float, exponent: float
) -> Network:
    """Directed ties: mutual ones as among friends, and one-way ones towards those who draw followers.

    A circle shares a *menu* of people to follow, as long as the number of one-way ties that a member wants;
    each member follows each of them with chance `cohesion`, and makes up the rest at random. Of the pairs
    among a person's neighbours (m mutual, q followed, n following one-way) these are then tied, each
    cohesion³ times: two mutual ones (m²), a mutual one and one from the menu (2 m q), two members of one
    circle that follow her (n times the mutual ties m̄ of a follower). So clustering / cohesion³ is the
    mean of (m² + 2mq + n m̄) / (m + q + n)².
    """
    audience = _audiences(people, seed, mean_degree, exponent)
    activity = _activity(audience, mean_degree, reciprocity)
    mutual, one_way = reciprocity * mean_degree * activity, (1.0 - reciprocity) * mean_degree * activity
    drawn = np.maximum(audience - mutual, 0.0)  # one-way followers wanted, shape (people,)
    members = float(np.sum(mutual * one_way) / np.sum(one_way))
    neighbours = mutual + one_way + drawn
    pairs = np.square(mutual) + 2.0 * mutual * one_way + drawn * members
    per_cohesion_cubed = float(np.mean(pairs / np.square(neighbours)))
    # by chance: neighbours are people picked in proportion to `drawn`, or just anybody, and pick so
    share = float(np.sum(one_way) / np.sum(neighbours))
    picks = share * float(np.mean(one_way * drawn) / np.mean(drawn)) + (1.0 - share) * float(np.mean(one_way))
    picked = share * float(np.mean(np.square(drawn)) / np.mean(drawn)) + (1.0 - share) * float(np.mean(drawn))
    by_chance = min(2.0 * picks * picked / float(np.sum(drawn)), 1.0)
    expected = per_cohesion_cubed * COHESIONS**3 + by_chance * (1.0 - np.square(COHESIONS))
    cohesion = _cohesion(clustering, expected)
    starts, order = _circles(mutual, 1.0 + people, seed)
    indptr, mutual_ties = _mutual_ties(seed, mutual[order], starts, cohesion)
    counts, stubs = _counts_and_stubs(seed, one_way[order], drawn[order], _ONE_WAY_COUNT, _ONE_WAY)
    picked_starts, ties = np.zeros(people + 1, np.int64), np.empty(int(counts.sum()), np.int32)
    _place_one_way_ties(seed, starts, cohesion, counts, stubs, indptr, mutual_ties, picked_starts, ties)
    ties = ties[: picked_starts[-1]]
    followed_by = indptr + _starts(_occurrences(ties, people))
    followers = np.empty(mutual_ties.size + ties.size, np.int32)
    _merge(indptr, mutual_ties, picked_starts, ties, followed_by[:-1].copy(), followers)
    followers = followers[: _drop_repeats(followed_by, followers)]
    return _network(followed_by, followers, _occurrences(followers, people), f"follows-{people}")


def _audiences(people: int, seed: int, mean_degree: float, exponent: float) -> FloatArray:
    """Numbers of followers wanted, ascending, shape (people,): a truncated power law with exactly this mean.

    Drawn from equally likely slices, one person each: the tail has no second moment, and independent draws
    would give every seed another mean.
    """
    most = min(people - 1.0, max(LARGEST_AUDIENCE * people, 10.0 * mean_degree))
    tail = exponent - 1.0
    low, high = 1e-9, most
    for _ in range(60):
        least = math.sqrt(low * high)
        low, high = (least, high) if _mean_of_power_law(least, most, tail) < mean_degree else (low, least)
    slices = (np.arange(people) + generator(seed, _STREAM_DEGREES).random(people)) / people
    audience: FloatArray = low * (1.0 - slices * (1.0 - (low / most) ** tail)) ** (-1.0 / tail)
    audience *= mean_degree / audience.mean()
    return np.minimum(audience, people - 1.0)


def _mean_of_power_law(least: float, most: float, tail: float) -> float:
    """Mean of a Pareto variable with P(X > x) ∝ x^−tail, cut off below `least` and above `most`."""
    span = math.log(most / least)
    if span < 1e-12:
        return least
    stretched = span if tail == 1.0 else math.expm1((1.0 - tail) * span) / (1.0 - tail)
    return tail * least * stretched / -math.expm1(-tail * span)


def _activity(audience: FloatArray, mean_degree: float, reciprocity: float) -> FloatArray:
    """How much each person follows, mean 1, ascending: grows with her audience, but levels off.

    The level is where nobody needs more than a share (1 + reciprocity) / 2 of her audience for mutual ties,
    and at reciprocity below 1/3 where the mean of the levelled audience is half the plain mean (judgement).
    """
    wanted = mean_degree * max(2.0 * reciprocity / (1.0 + reciprocity), 0.5)
    some = audience[:: max(audience.size // 512, 1)]
    low, high = 1e-3 * mean_degree, 1e4 * audience[-1]
    for _ in range(30):
        level = math.sqrt(low * high)
        low, high = (level, high) if float(np.mean(some / (1.0 + some / level))) < wanted else (low, level)
    levelled: FloatArray = audience / (1.0 + audience / level)
    levelled /= levelled.mean()
    return levelled


@kernel
def _place_one_way_ties(
    seed: int,
    starts: IntArray,
    cohesion: float,
    counts: RowArray,
    stubs: RowArray,
    indptr: IntArray,
    mutual: RowArray,
    picked_starts: IntArray,
    picked: RowArray,
) -> None:
    """Fill `picked` with the people whom each one follows one-way, and `picked_starts` with the starts."""
    people = counts.size
    careful = people <= CAREFUL_UP_TO
    seen = np.full(people if careful else 0, -1, np.int32)
    latest = seen.copy()
    owner = np.empty(picked.size if careful else 0, np.int32)
    link = np.empty_like(owner)
    menu = np.empty(max(counts.max(), 1), np.int32)
    end = 0
    for circle in range(starts.size - 1):
        first, last = starts[circle], starts[circle + 1]
        total = 0
        for row in range(first, last):
            total += counts[row]
        entries = int(total / (last - first) + 0.5) if stubs.size > 0 else 0
        for entry in range(entries):
            menu[entry] = stubs[int(uniform(seed, _NETWORK, first, NOBODY, entry, _MENU) * stubs.size)]
        for row in range(first, last):
            if careful:
                seen[row] = row
                _see_those_who_picked(row, seen, latest, owner, link)
                for index in range(indptr[row], indptr[row + 1]):
                    seen[mutual[index]] = row
            wanted_end = end + counts[row]
            entry, tries = 0, 0
            while end < wanted_end:
                if entry < entries:
                    other = menu[entry]
                    skip = uniform(seed, _NETWORK, row, entry, 0, _MENU_PICK) >= cohesion
                    entry += 1
                else:
                    other = _pick(seed, _ONE_WAY, row, tries, counts[row], stubs, seen)
                    skip = False
                    tries += 1
                    if other < 0:
                        break
                if not skip and other != row and not (careful and seen[other] == row):
                    picked[end] = other
                    if careful:
                        _remember(row, other, end, seen, latest, owner, link)
                    end += 1
            picked_starts[row + 1] = end


# --- shared ---


def _starts(counts: NDArray[np.integer]) -> IntArray:
    """Where consecutive lists of these lengths start, and where the last one ends, shape (lists + 1,)."""
    starts = np.zeros(counts.size + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def _network(indptr: IntArray, followers: RowArray, followees: NDArray[np.integer], name: str) -> Network:
    keys = np.arange(indptr.size - 1, dtype=np.int64)
    return Network(indptr, followers, followees.astype(np.int32), keys, name=name)


@kernel
def _random_pairs(seed: int, starts: IntArray, ties: RowArray) -> RowArray:
    """Give each person as many different later people as her list is long."""
    people = starts.size - 1
    for row in range(people):
        tries = 0
        for index in range(starts[row], starts[row + 1]):
            fresh = False
            while not fresh:
                draw = uniform(seed, _NETWORK, row, NOBODY, tries, _RANDOM_PAIR)
                ties[index] = row + 1 + int(draw * (people - 1 - row))
                tries += 1
                fresh = True
                for earlier in range(starts[row], index):
                    if ties[earlier] == ties[index]:
                        fresh = False
    return ties


@kernel
def _compressed(source: IntArray, target: IntArray, people: int) -> tuple[IntArray, RowArray, IntArray]:
    """Sort ties by source and target with two counting passes and leave out repeated ones.

    Returns where each source's targets start, the targets, and for each its (first) place in the list given.
    """
    begin = np.zeros(people + 1, np.int64)
    for index in range(target.size):
        begin[target[index] + 1] += 1
    for row in range(people):
        begin[row + 1] += begin[row]
    by_target = np.empty(target.size, np.int64)
    for index in range(target.size):
        by_target[begin[target[index]]] = index
        begin[target[index]] += 1
    begin[:] = 0
    for index in range(source.size):
        begin[source[index] + 1] += 1
    for row in range(people):
        begin[row + 1] += begin[row]
    order = np.empty(source.size, np.int64)
    fill = begin[:-1].copy()
    for place in range(by_target.size):
        index = by_target[place]
        order[fill[source[index]]] = index
        fill[source[index]] += 1
    indptr = np.zeros(people + 1, np.int64)
    followers = np.empty(source.size, np.int32)
    end = 0
    for row in range(people):
        for place in range(begin[row], begin[row + 1]):
            index = order[place]
            if end == indptr[row] or followers[end - 1] != target[index]:
                followers[end] = target[index]
                order[end] = index  # never ahead of `place`, so nothing unread is overwritten
                end += 1
        indptr[row + 1] = end
    return indptr, followers[:end].copy(), order[:end].copy()


@kernel
def _either_way(indptr: IntArray, followers: RowArray) -> tuple[IntArray, RowArray]:
    """Neighbours of each person, ties taken in either direction, as sorted compressed rows."""
    people = indptr.size - 1
    begin = np.zeros(people + 1, np.int64)
    for index in range(followers.size):
        begin[followers[index] + 1] += 1
    for row in range(people):
        begin[row + 1] += begin[row]
    followed = np.empty(followers.size, np.int32)
    fill = begin[:-1].copy()
    for row in range(people):
        for index in range(indptr[row], indptr[row + 1]):
            followed[fill[followers[index]]] = row
            fill[followers[index]] += 1
    union_starts = np.zeros(people + 1, np.int64)
    union = np.empty(2 * followers.size, np.int32)
    end = 0
    for row in range(people):
        left, right = indptr[row], begin[row]
        while left < indptr[row + 1] or right < begin[row + 1]:
            if right == begin[row + 1] or (left < indptr[row + 1] and followers[left] < followed[right]):
                union[end] = followers[left]
                left += 1
            elif left == indptr[row + 1] or followed[right] < followers[left]:
                union[end] = followed[right]
                right += 1
            else:
                union[end] = followers[left]
                left += 1
                right += 1
            end += 1
        union_starts[row + 1] = end
    return union_starts, union[:end]


@kernel
def _mean_clustering(indptr: IntArray, neighbours: RowArray, rows: IntArray, seen_by: IntArray) -> float:
    total = 0.0
    for row in rows:
        degree = indptr[row + 1] - indptr[row]
        if degree < 2:
            continue
        for index in range(indptr[row], indptr[row + 1]):
            seen_by[neighbours[index]] = row
        closed = 0
        for index in range(indptr[row], indptr[row + 1]):
            other = neighbours[index]
            if indptr[other + 1] - indptr[other] <= 16 * degree:
                for place in range(indptr[other], indptr[other + 1]):
                    if seen_by[neighbours[place]] == row:
                        closed += 1
            else:  # a much larger list: look for each of the few in it
                for place in range(indptr[row], indptr[row + 1]):
                    if _contains(indptr, neighbours, other, neighbours[place]):
                        closed += 1
        total += closed / (degree * (degree - 1))
    return total / max(rows.size, 1)


@kernel
def _contains(indptr: IntArray, lists: RowArray, row: int, wanted: int) -> bool:
    """Whether `wanted` is in the sorted list of `row`."""
    low, high = indptr[row], indptr[row + 1]
    while low < high:
        middle = (low + high) // 2
        if lists[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return bool(low < indptr[row + 1] and lists[low] == wanted)


@kernel
def _returned(indptr: IntArray, followers: RowArray) -> int:
    """Count the ties for which there is one the other way."""
    returned = 0
    for row in range(indptr.size - 1):
        for index in range(indptr[row], indptr[row + 1]):
            if _contains(indptr, followers, followers[index], row):
                returned += 1
    return returned
