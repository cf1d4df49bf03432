"""Shapley values: laws that define them, and games whose values are known."""

import itertools
import math

import numpy as np
import pytest

from worthsharing.experiments import shapley
from worthsharing.experiments.shapley import (
    coalitions_needed,
    everyone,
    exact_interactions,
    fitted_interactions,
    jackknifed,
    orders_of,
    pairs_of,
    parts_of,
)

Game = dict[int, float]


def values(game: Game) -> dict[int, np.ndarray]:
    return {coalition: np.array([value]) for coalition, value in game.items()}


def random_game(players: int, seed: int) -> Game:
    drawn = np.random.default_rng(seed).normal(size=1 << players)
    return dict(enumerate(drawn.tolist()))


def by_definition(game: Game, players: int) -> list[float]:
    """Mean over every order of joining of what each player adds."""
    parts = [0.0] * players
    for order in itertools.permutations(range(players)):
        joined = 0
        for player in order:
            parts[player] += game[joined | 1 << player] - game[joined]
            joined |= 1 << player
    return [part / math.factorial(players) for part in parts]


def pairwise(players: int, seed: int) -> tuple[np.ndarray, np.ndarray, Game]:
    """A game of single players and pairs: what each adds alone, what pairs add, and its values."""
    chance = np.random.default_rng(seed)
    alone, pairs = chance.normal(size=players), np.triu(chance.normal(size=(players, players)), 1)
    game = {}
    for coalition in range(1 << players):
        inside = np.array([coalition >> player & 1 for player in range(players)])
        game[coalition] = 5.0 + float(inside @ alone + inside @ pairs @ inside)
    return alone, pairs, game


@pytest.mark.parametrize("players", [1, 2, 5, 6])
def test_exact_parts_are_means_over_all_orders(players: int) -> None:
    game = random_game(players, seed=players)
    parts = parts_of(values(game), players, seed=1, world=0)[:, 0]
    assert parts == pytest.approx(by_definition(game, players), abs=1e-9)


@pytest.mark.parametrize("players", [3, 6, 7, 12])
def test_parts_sum_to_the_whole_in_every_world(players: int) -> None:
    game = random_game(players, seed=1)
    for world in range(5):
        needed = {coalition: game[coalition] for coalition in coalitions_needed(players, 3, world)}
        parts = parts_of(values(needed), players, seed=3, world=world)
        assert abs(parts.sum() - (game[everyone(players)] - game[0])) < 1e-9


@pytest.mark.parametrize("players", [4, 8])
def test_who_adds_nothing_gets_nothing_and_equals_get_the_same(players: int) -> None:
    dummy, twin, other = 0, 1, 2
    rest = random_game(players, seed=4)

    def worth(coalition: int) -> float:
        twins = (coalition >> twin & 1) + (coalition >> other & 1)
        return twins**2 + rest[coalition >> 3 << 3] * (1 + twins)

    game = {coalition: worth(coalition) for coalition in range(1 << players)}
    found = np.mean(
        [
            parts_of(
                values({one: game[one] for one in coalitions_needed(players, 1, world)}), players, 1, world
            )[:, 0]
            for world in range(200)
        ],
        axis=0,
    )
    assert found[dummy] == pytest.approx(0.0, abs=1e-12)
    # exactly the same where all coalitions are run, and in the mean over orders where they are not
    assert found[twin] == pytest.approx(found[other], abs=1e-9 if players <= shapley.EXACT_UP_TO else 0.15)


def test_an_order_and_its_reverse_are_right_where_only_pairs_interact() -> None:
    alone, pairs, game = pairwise(9, seed=2)
    known = alone + (pairs + pairs.T).sum(axis=1) / 2.0
    for world in range(3):
        needed = {coalition: game[coalition] for coalition in coalitions_needed(9, 1, world)}
        assert len(needed) == 2 * 9
        assert parts_of(values(needed), 9, 1, world)[:, 0] == pytest.approx(known, abs=1e-9)


def test_orders_come_near_the_exact_values_of_any_game() -> None:
    players, game = 7, random_game(7, seed=5)
    known = np.array(by_definition(game, players))
    found = np.array(
        [
            parts_of(
                values({one: game[one] for one in coalitions_needed(players, 9, world)}), players, 9, world
            )[:, 0]
            for world in range(800)
        ]
    )
    error = found.std(axis=0, ddof=1) / math.sqrt(len(found))
    assert np.abs(found.mean(axis=0) - known).max() < 4.0 * error.max()
    assert (error < 0.06).all()


def test_each_world_has_another_order_and_always_the_same_one() -> None:
    assert orders_of(9, 1, 0) == orders_of(9, 1, 0)
    assert orders_of(9, 1, 0)[0] == orders_of(9, 1, 0)[1][::-1]
    assert len({orders_of(9, 1, world)[0] for world in range(20)}) == 20


@pytest.mark.parametrize("players", [2, 4, 7])
def test_interactions_are_what_pairs_add(players: int) -> None:
    _, pairs, game = pairwise(players, seed=6)
    known = [pairs[one, other] for one, other in pairs_of(players)]
    if players <= shapley.EXACT_UP_TO:
        assert exact_interactions(values(game), players)[:, 0] == pytest.approx(known, abs=1e-9)
    worlds = [
        # each world at its own level
        values({one: game[one] + world for one in coalitions_needed(players, 1, world)})
        for world in range(20)
    ]
    found = jackknifed(worlds, lambda some: fitted_interactions(some, players))
    assert found is not None
    assert found[0][:, 0] == pytest.approx(known, abs=1e-9)
    assert found[1][:, 0] == pytest.approx(0.0, abs=1e-9)


def test_leaving_out_one_world_at_a_time_gives_the_error_of_a_mean() -> None:
    drawn = np.random.default_rng(8).normal(size=12)
    found = jackknifed(
        [{0: np.array([value])} for value in drawn], lambda some: np.mean([one[0] for one in some], axis=0)
    )
    assert found is not None
    assert found[0] == pytest.approx([drawn.mean()])
    assert found[1] == pytest.approx([drawn.std(ddof=1) / math.sqrt(12)])


def test_an_interaction_of_three_is_shared_among_its_pairs() -> None:
    game = {coalition: float(coalition == 7) for coalition in range(8)}
    # 1/2 of the coalitions that a pair can join hold the third
    assert exact_interactions(values(game), 3)[:, 0] == pytest.approx([0.5, 0.5, 0.5])


def test_too_few_worlds_tell_nothing_of_pairs() -> None:
    _, _, game = pairwise(9, seed=7)
    few = [values({one: game[one] for one in coalitions_needed(9, 1, world)}) for world in range(2)]
    assert fitted_interactions(few, 9) is None
    assert jackknifed(few, lambda some: fitted_interactions(some, 9)) is None
