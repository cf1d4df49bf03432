"""With visibility and sharing off and a threshold set, the model is Watts's (2002), and complex contagion."""

import math
from pathlib import Path

import numpy as np
import pandas
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import binomtest

from worthsharing.sim.draws import world_seed
from worthsharing.sim.network import Network, erdos_renyi, from_edges

SEED = 18051967  # chosen before any result was looked at


def active_in_the_end(
    source: np.ndarray, target: np.ndarray, people: int, first: list[int], need: np.ndarray
) -> np.ndarray:
    """Whether each person becomes active: an independent model in a few lines, ties listed one way.

    need: share of neighbours, one for all or one per person
    """
    one, other = np.concatenate((source, target)), np.concatenate((target, source))
    degree = np.maximum(np.bincount(one, minlength=people), 1)
    active = np.zeros(people, bool)
    active[first] = True
    while True:
        more = active | (np.bincount(other[active[one]], minlength=people) / degree >= need)
        if (more == active).all():
            return active
        active = more


def ties_of(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Mutual ties of a network, each once."""
    source = np.repeat(np.arange(network.people), network.audience)
    once = source < network.followers
    return source[once], network.followers[once].astype(np.int64)


# ---- Watts's window -----------------------------------------------------------------------------------------------

PUBLISHED = [
    (0.8, 0.0),
    (1.5, 0.56),
    (3.0, 0.85),
    (4.5, 0.83),
    (5.5, 0.43),
    (6.5, 0.0),
]  # at 10,000 people, φ = 0.18


def test_thresholds_are_met_as_in_an_independent_model(spread):
    """The same networks and first sharers: person by person the same, at any mean degree and threshold."""
    for replicate, (degree, threshold) in enumerate(
        [(1.5, 0.18), (3.0, 0.18), (4.5, 0.18), (5.5, 0.18), (4.0, 0.25), (6.0, 0.1)]
    ):
        network = erdos_renyi(4000, degree, world_seed(SEED, replicate))
        source, target = ties_of(network)
        for first in ([5], [17, 18, 19], list(range(100))):
            went = spread(network, first, seed=SEED, replicate=replicate, threshold=threshold)
            expected = active_in_the_end(source, target, network.people, first, np.float64(threshold))
            np.testing.assert_array_equal(went.shared, expected)


def test_each_person_draws_a_threshold(spread):
    """Uniform thresholds are one per person: given the draws, the outcome is the independent model's."""
    network = erdos_renyi(3000, 8.0, world_seed(SEED, 0))
    source, target = ties_of(network)
    own = np.random.default_rng(SEED).random(network.people)
    went = spread(network, list(range(60)), seed=SEED, replicate=0, threshold=0.5, thresholds=own)
    np.testing.assert_array_equal(
        went.shared, active_in_the_end(source, target, network.people, list(range(60)), own)
    )
    drawn = [
        spread(network, list(range(60)), seed=SEED, replicate=replicate, threshold_by="uniform").shared.sum()
        for replicate in range(100)
    ]
    rng = np.random.default_rng(SEED + 1)
    independent = [
        active_in_the_end(source, target, network.people, list(range(60)), rng.random(network.people)).sum()
        for _ in range(100)
    ]
    error = math.hypot(np.std(drawn, ddof=1), np.std(independent, ddof=1)) / 10.0
    assert abs(np.mean(drawn) - np.mean(independent)) < 4.0 * error


def global_cascades(spread, degree: float, threshold: float, replicates: int) -> int:
    """How many of so many single random first sharers set off more than a tenth of 10,000 people."""
    count = 0
    for replicate in range(replicates):
        network = erdos_renyi(10_000, degree, world_seed(SEED, replicate))
        went = spread(network, 1, seed=SEED, replicate=replicate, threshold=threshold)
        count += went.shared.mean() > 0.1
    return count


@pytest.mark.parametrize(("degree", "chance"), PUBLISHED)
def test_global_cascades_inside_the_window_only(spread, degree, chance):
    replicates = 60
    count = global_cascades(spread, degree, 0.18, replicates)
    if chance == 0.0:
        assert count == 0
    else:
        assert binomtest(count, replicates, chance).pvalue > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize(("degree", "chance"), PUBLISHED)
def test_chance_of_a_global_cascade(spread, degree, chance):
    replicates = 1500
    margin = 0.005 if chance == 0.0 else 0.04
    assert abs(global_cascades(spread, degree, 0.18, replicates) / replicates - chance) <= margin


@pytest.mark.slow
@pytest.mark.parametrize(("degree", "chance"), PUBLISHED)
def test_an_independent_model_gives_the_same_chances(degree, chance):
    """The published values themselves: NumPy's random graphs and the few lines above, nothing of the model."""
    rng, replicates, people, count = np.random.default_rng(SEED), 1500, 10_000, 0
    for _ in range(replicates):
        pairs = rng.integers(0, people, (rng.poisson(people * degree / 2), 2))
        pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
        first = [int(rng.integers(people))]
        count += active_in_the_end(pairs[:, 0], pairs[:, 1], people, first, np.float64(0.18)).mean() > 0.1
    margin = 0.005 if chance == 0.0 else 0.04
    assert abs(count / replicates - chance) <= margin


def edges_of_window(threshold: float) -> tuple[float, float] | None:
    """Mean degrees between which vulnerable people percolate: Σ k(k−1) p_k over degrees up to 1/φ equals z (Watts 2002)."""
    largest = math.floor(1.0 / threshold + 1e-9)

    def excess(degree: float) -> float:
        return (
            degree * sum(math.exp(-degree) * degree**k / math.factorial(k) for k in range(largest - 1)) - 1.0
        )

    peak = float(minimize_scalar(lambda degree: -excess(degree), bounds=(0.1, 30.0), method="bounded").x)
    if excess(peak) < 0.0:
        return None
    return float(brentq(excess, 0.1, peak)), float(brentq(excess, peak, 60.0))


def test_edges_of_the_window_are_as_tabulated(shared_data: Path):
    table = pandas.read_csv(shared_data / "reference" / "watts_window.csv")
    for row in table.itertuples(index=False):
        edges = edges_of_window(row.threshold)
        if math.isnan(row.lower_mean_degree):
            assert edges is None
        else:
            assert edges == pytest.approx((row.lower_mean_degree, row.upper_mean_degree), abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("threshold", [0.1, 0.14, 0.18, 0.22, 0.25])
def test_cascades_die_out_beyond_both_edges(spread, threshold):
    """Well inside the tabulated window global cascades are common; outside, next to none.

    At the upper edge a finite network blurs: so 20 % beyond it, where only a lucky cascade is left.
    """
    lower, upper = edges_of_window(threshold) or (math.nan, math.nan)
    assert global_cascades(spread, 0.7 * lower, threshold, 150) == 0
    assert global_cascades(spread, (lower + upper) / 2.0, threshold, 150) > 15
    assert global_cascades(spread, 1.2 * upper, threshold, 150) <= 2


def test_no_global_cascade_above_a_quarter(spread):
    for degree in (1.5, 2.5, 4.0):
        assert global_cascades(spread, degree, 0.3, 25) == 0


# ---- complex contagion: clustered or rewired ----------------------------------------------------------------------


def ring(people: int, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Everybody tied to the nearest on a ring, each tie once."""
    source = np.repeat(np.arange(people), degree // 2)
    return source, (source + np.tile(np.arange(1, degree // 2 + 1), people)) % people


def rewired(
    source: np.ndarray, target: np.ndarray, share: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The same degrees with about this share of the ties swapped for random ones."""
    source, target = source.copy(), target.copy()
    present = {frozenset(tie) for tie in zip(source.tolist(), target.tolist(), strict=True)}
    for index in np.flatnonzero(rng.random(source.size) < share / 2.0):
        while True:
            other = int(rng.integers(source.size))
            a, b, c, d = source[index], target[index], source[other], target[other]
            if rng.random() < 0.5:
                c, d = d, c
            if len({a, b, c, d}) == 4 and not {frozenset((a, d)), frozenset((c, b))} & present:
                break
        present -= {frozenset((a, b)), frozenset((c, d))}
        present |= {frozenset((a, d)), frozenset((c, b))}
        source[index], target[index], source[other], target[other] = a, d, c, b
    return source, target


def hours_to_most(spread, network: Network, noise: float, replicate: int) -> float:
    """Hours until 60 % have shared, when two neighbours are needed but this share of people needs one; or infinite.

    The first sharers are one person and all her neighbours (Centola & Macy 2007).
    """
    first = [0, *network.followers[network.indptr[0] : network.indptr[1]].tolist()]
    luck = np.random.default_rng((SEED, replicate)).random(network.people)
    need = np.where(luck < noise, 1.0, 2.0) / network.followees
    went = spread(network, first, seed=SEED, replicate=replicate, threshold=0.5, thresholds=need)
    return float(np.sort(went.shared_at)[int(0.6 * network.people)])


def test_rewiring_slows_complex_contagion_without_noise_and_speeds_it_with_a_little(spread):
    """Both signs on the same networks: Centola & Macy 2007, and Eckles, Mossel, Rahimian & Sen 2024."""
    people, degree, replicates = 1000, 6, 40
    clustered = from_edges(*ring(people, degree), people, directed=False)
    hours: dict[tuple[str, float], list[float]] = {}
    for replicate in range(replicates):
        rng = np.random.default_rng((SEED, replicate, 1))
        random = from_edges(*rewired(*ring(people, degree), 0.3, rng), people, directed=False)
        assert (random.followees == degree).all()
        for name, network in (("clustered", clustered), ("rewired", random)):
            for noise in (0.0, 0.08):
                hours.setdefault((name, noise), []).append(hours_to_most(spread, network, noise, replicate))
    medians = {key: float(np.median(values)) for key, values in hours.items()}
    assert medians["clustered", 0.0] < medians["rewired", 0.0]
    assert medians["rewired", 0.08] < 0.5 * medians["clustered", 0.08]
    slower = sum(a < b for a, b in zip(hours["clustered", 0.0], hours["rewired", 0.0], strict=True))
    faster = sum(a > b for a, b in zip(hours["clustered", 0.08], hours["rewired", 0.08], strict=True))
    assert binomtest(slower, replicates).pvalue < 0.01
    assert binomtest(faster, replicates).pvalue < 0.01
    assert min(slower, faster) > replicates / 2
