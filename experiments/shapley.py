"""Shapley values: what each player adds to a game, exactly or from orders of joining, and what pairs add together.

A coalition is a whole number: bit i is 1 if player i is in it. The value of a coalition is a vector, shape (outcomes,), so
that one set of runs splits every outcome. Where values are measured in worlds, each world is split by itself: means and
intervals over worlds come after, and the parts of any world sum to what they split.
"""

import functools
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

EXACT_UP_TO = 6  # players; 64 coalitions
Values = Mapping[int, np.ndarray]  # coalition → value, shape (outcomes,)


def everyone(players: int) -> int:
    """Coalition of all players.

    >>> everyone(3)
    7
    """
    return (1 << players) - 1


def orders_of(players: int, seed: int, world: int) -> tuple[tuple[int, ...], ...]:
    """One order in which players join, and its reverse; others in each world.

    Where a player comes early in one, it comes late in the other, so that much of the chance of the order cancels out.

    Source: Mitchell, Cooper, Frank & Holmes 2022, Sampling permutations for Shapley value estimation.
    """
    order = tuple(int(player) for player in np.random.default_rng((seed, world)).permutation(players))
    return order, order[::-1]


def coalitions_along(order: Sequence[int]) -> tuple[int, ...]:
    """Coalitions that an order passes, from nobody to everybody.

    >>> coalitions_along((2, 0, 1))
    (0, 4, 5, 7)
    """
    passed = [0]
    for player in order:
        passed.append(passed[-1] | 1 << player)
    return tuple(passed)


def coalitions_needed(players: int, seed: int, world: int) -> tuple[int, ...]:
    """Coalitions whose value is needed in a world: all of them up to six players, else those of its two orders."""
    if players <= EXACT_UP_TO:
        return tuple(range(1 << players))
    orders = orders_of(players, seed, world)
    return tuple(sorted({coalition for order in orders for coalition in coalitions_along(order)}))


def parts_of(values: Values, players: int, seed: int, world: int) -> np.ndarray:
    """Part of each player in one world, shape (players, outcomes); they sum to value of everybody − value of nobody.

    values: of `coalitions_needed`

    >>> game = {0: [0.0], 1: [10.0], 2: [20.0], 3: [40.0]}
    >>> parts_of({of: np.array(value) for of, value in game.items()}, 2, seed=1, world=0).ravel().tolist()
    [15.0, 25.0]

    Source: Shapley 1953; from orders: Castro, Gómez & Tejada 2009.
    """
    outcomes = values[0].size
    parts = np.zeros((players, outcomes))
    if players <= EXACT_UP_TO:
        for coalition in range(1 << players):
            for player in range(players):
                if not coalition >> player & 1:
                    weight = 1.0 / (players * math.comb(players - 1, coalition.bit_count()))
                    parts[player] += weight * (values[coalition | 1 << player] - values[coalition])
        return parts
    orders = orders_of(players, seed, world)
    for order in orders:
        for before, player in zip(coalitions_along(order), order, strict=False):
            parts[player] += (values[before | 1 << player] - values[before]) / len(orders)
    return parts


def pairs_of(players: int) -> tuple[tuple[int, int], ...]:
    """Every pair of players once."""
    return tuple((one, other) for one in range(players) for other in range(one + 1, players))


def exact_interactions(values: Values, players: int) -> np.ndarray:
    """What each pair adds together beyond what both add apart, in one world, shape (pairs, outcomes).

    values: of all coalitions

    >>> game = {0: [0.0], 1: [10.0], 2: [20.0], 3: [40.0]}
    >>> exact_interactions({of: np.array(value) for of, value in game.items()}, 2).ravel().tolist()
    [10.0]

    Source: Grabisch & Roubens 1999, the Shapley interaction index.
    """
    found = np.zeros((len(pairs_of(players)), values[0].size))
    for row, (one, other) in enumerate(pairs_of(players)):
        both = 1 << one | 1 << other
        for coalition in range(1 << players):
            if coalition & both:
                continue
            weight = 1.0 / ((players - 1) * math.comb(players - 2, coalition.bit_count()))
            together = values[coalition | both] + values[coalition]
            found[row] += weight * (together - values[coalition | 1 << one] - values[coalition | 1 << other])
    return found


def fitted_interactions(worlds: Sequence[Values], players: int) -> np.ndarray | None:
    """The same from the coalitions that were run, shape (pairs, outcomes); None if they are too few to tell.

    The game of single players and pairs that is nearest to all values by least squares, each world at its own level. For
    a game in which no three players interact it is the Shapley interaction index itself.

    Source: Tsai, Yeh & Ravikumar 2023, Faith-Shap (here with the coalitions and weights of the orders).
    """
    fitted = [_centred(values, players) for values in worlds]
    if not fitted:
        return None
    left, right = (np.concatenate(blocks) for blocks in zip(*fitted, strict=True))
    solved, _, rank, _ = np.linalg.lstsq(left, right, rcond=None)
    return solved[players:] if rank == left.shape[1] else None


def _centred(values: Values, players: int) -> tuple[np.ndarray, np.ndarray]:
    """Who was in it, alone and in pairs, and what it was worth, both less their means over the coalitions of one world."""
    left = _members(tuple(values), players)
    right = np.array(list(values.values()))
    return left - left.mean(axis=0), right - right.mean(axis=0)


@functools.lru_cache(maxsize=1024)
def _members(coalitions: tuple[int, ...], players: int) -> np.ndarray:
    inside = np.array([[coalition >> player & 1 for player in range(players)] for coalition in coalitions])
    pairs = [inside[:, one] * inside[:, other] for one, other in pairs_of(players)]
    return np.column_stack([inside, *pairs]).astype(np.float64)


def jackknifed(
    worlds: Sequence[Values], statistic: Callable[[Sequence[Values]], np.ndarray | None]
) -> tuple[np.ndarray, np.ndarray] | None:
    """A statistic of all worlds and its standard error, from leaving out one world at a time; None if it cannot be had.

    Source: Efron & Stein 1981.
    """
    count = len(worlds)
    whole = statistic(worlds)
    if whole is None or count < 2:
        return None
    without = [statistic([*worlds[:place], *worlds[place + 1 :]]) for place in range(count)]
    known = [one for one in without if one is not None]
    if len(known) < count:
        return None
    spread = np.array(known)
    return whole, np.sqrt((count - 1) / count * ((spread - spread.mean(axis=0)) ** 2).sum(axis=0))
