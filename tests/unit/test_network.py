"""The two default networks: what holds for any network, what each is made to match, and the measures."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worthsharing.sim import network as module
from worthsharing.sim.errors import InputError
from worthsharing.sim.network import (
    Network,
    audience_exponent,
    erdos_renyi,
    from_edges,
    generate,
    local_clustering,
    reciprocity,
)

KINDS = st.sampled_from(["friends", "follows"])


def sources(network: Network) -> np.ndarray:
    return np.repeat(np.arange(network.people), network.audience)


def graph_of(network: Network) -> networkx.DiGraph:
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(network.people))
    graph.add_edges_from(zip(sources(network).tolist(), network.followers.tolist(), strict=True))
    return graph


def digest(network: Network) -> str:
    arrays = (network.indptr, network.followers, network.followees, network.keys)
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()


def check_form(network: Network) -> None:
    """What holds for every network, whatever it was made from."""
    assert network.indptr.dtype == network.keys.dtype == np.int64
    assert network.followers.dtype == network.followees.dtype == np.int32
    assert network.indptr[0] == 0
    assert network.indptr[-1] == network.ties
    assert (network.audience >= 0).all()
    source, target = sources(network), network.followers
    assert not (source == target).any()
    inside = source[1:] == source[:-1]
    assert (np.diff(target.astype(np.int64))[inside] > 0).all()  # ascending, so no tie twice
    assert np.array_equal(network.followees, np.bincount(target, minlength=network.people))
    assert np.unique(network.keys).size == network.people


# --- what holds for every network ---


@settings(max_examples=60)
@given(
    kind=KINDS,
    people=st.integers(2, 300),
    seed=st.integers(0, 2**63 - 1),
    density=st.floats(0.01, 0.99),
    clustering=st.floats(0.0, 0.6),
    returned=st.floats(0.0, 0.9),
    exponent=st.floats(1.8, 4.0),
)
def test_any_generated_network_has_the_form(
    kind: str, people: int, seed: int, density: float, clustering: float, returned: float, exponent: float
) -> None:
    network = generate(
        kind,  # type: ignore[arg-type]
        people,
        seed,
        mean_degree=density * min(people - 1, 60),
        clustering=clustering,
        reciprocity=returned,
        exponent=exponent,
    )
    check_form(network)
    assert network.people == people
    assert network.keys.tolist() == list(range(people))
    if kind == "friends":
        assert reciprocity(network) in (0.0, 1.0)  # 0 when nobody is tied
        assert np.array_equal(network.followees, network.audience)


@pytest.mark.parametrize("kind", ["friends", "follows"])
def test_a_large_network_has_the_form(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above `CAREFUL_UP_TO`, repeated picks are merged afterwards: nothing may be left of them."""
    people = module.CAREFUL_UP_TO + 1
    network = generate(kind, people, 5)  # type: ignore[arg-type]
    check_form(network)
    assert network.mean_degree == pytest.approx(20.0, rel=0.03)
    assert reciprocity(network) == pytest.approx(1.0 if kind == "friends" else 0.4, abs=0.01)


@pytest.mark.parametrize("kind", ["friends", "follows"])
def test_same_seed_same_bits_other_seed_other_ties(kind: str) -> None:
    one, again, other = (generate(kind, 500, seed) for seed in (7, 7, 8))  # type: ignore[arg-type]
    assert digest(one) == digest(again) != digest(other)


PRINT_DIGESTS = f"""
import importlib.util
spec = importlib.util.spec_from_file_location("test_network", {str(Path(__file__))!r})
tests = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tests)
print(tests.digest(tests.generate("friends", 60, 3)))
print(tests.digest(tests.generate("follows", 60, 3)))
print(tests.digest(tests.erdos_renyi(60, 6.0, 3)))
print(tests.digest(tests.from_edges([0, 2, 1, 0], [1, 1, 0, 1], 3, directed=False)))
"""


def test_same_bits_with_and_without_the_compiler() -> None:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", PRINT_DIGESTS]
    plain = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd="/")
    assert plain.stdout.split() == [
        digest(generate("friends", 60, 3)),
        digest(generate("follows", 60, 3)),
        digest(erdos_renyi(60, 6.0, 3)),
        digest(from_edges([0, 2, 1, 0], [1, 1, 0, 1], 3, directed=False)),
    ]


def test_people_of_a_circle_sit_together_but_rows_say_nothing_about_degrees() -> None:
    networks = [generate("friends", 2_000, seed) for seed in range(20)]
    near = [np.mean(np.abs(sources(network) - network.followers) < 61) for network in networks]
    assert min(near) > 0.4  # about the cohesion: most deliveries of a run stay near in memory
    trend = [np.corrcoef(np.arange(network.people), network.audience)[0, 1] for network in networks]
    assert abs(np.mean(trend)) < 0.1


# --- what each default network is made to match ---


def check_friends(network: Network, clustering: float, sample: int | None = None) -> None:
    assert network.mean_degree == pytest.approx(20.0, rel=0.03)
    assert local_clustering(network, sample) == pytest.approx(clustering, abs=0.03)
    assert reciprocity(network) == 1.0
    # right-skewed, like Caltech's: median 36 at mean 43.3, variance 0.73 of the squared mean
    assert 0.65 < np.median(network.audience) / network.mean_degree < 0.9
    assert np.var(network.audience) / network.mean_degree**2 == pytest.approx(0.73, abs=0.15)


def check_follows(network: Network, sample: int | None = None) -> None:
    assert network.mean_degree == pytest.approx(20.0, rel=0.03)
    assert reciprocity(network) == pytest.approx(0.4, abs=0.03)
    assert audience_exponent(network, 20) == pytest.approx(2.28, abs=0.15)
    assert 0.1 < local_clustering(network, sample) < 0.4
    assert network.followees.max() < 0.2 * network.audience.max()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("clustering", [0.1, 0.2, 0.3, 0.4])
def test_friends_among_ten_thousand(clustering: float, seed: int) -> None:
    check_friends(generate("friends", 10_000, seed, clustering=clustering), clustering)


@pytest.mark.parametrize("seed", range(5))
def test_follows_among_ten_thousand(seed: int) -> None:
    check_follows(generate("follows", 10_000, seed))


@pytest.mark.slow
@pytest.mark.parametrize("clustering", [0.1, 0.2, 0.4])
def test_friends_among_a_million(clustering: float) -> None:
    network = generate("friends", 1_000_000, 1, clustering=clustering)
    check_form(network)
    check_friends(network, clustering, sample=50_000)


@pytest.mark.slow
def test_follows_among_a_million() -> None:
    network = generate("follows", 1_000_000, 1)
    check_form(network)
    check_follows(network, sample=50_000)


@pytest.mark.parametrize("mean_degree", [4.0, 10.0, 60.0, 150.0])
def test_friends_at_other_degrees(mean_degree: float) -> None:
    network = generate("friends", 10_000, 1, mean_degree=mean_degree)
    assert network.mean_degree == pytest.approx(mean_degree, rel=0.03)
    assert local_clustering(network) == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize("returned", [0.0, 0.22, 0.62, 0.9])
def test_follows_at_other_reciprocity(returned: float) -> None:
    network = generate("follows", 10_000, 1, reciprocity=returned)
    assert network.mean_degree == pytest.approx(20.0, rel=0.03)
    assert reciprocity(network) == pytest.approx(returned, abs=0.03)


@pytest.mark.parametrize("exponent", [2.0, 2.28, 2.6])
def test_follows_at_other_exponents(exponent: float) -> None:
    assert audience_exponent(generate("follows", 20_000, 1, exponent=exponent)) == pytest.approx(
        exponent, abs=0.15
    )


def test_more_clustering_wanted_more_clustering_got() -> None:
    got = [
        local_clustering(generate("follows", 5_000, 1, clustering=wanted)) for wanted in (0.1, 0.2, 0.3, 0.4)
    ]
    assert got == sorted(got)
    assert got[-1] > got[0] + 0.2


@pytest.mark.parametrize("kind", ["friends", "follows"])
@pytest.mark.parametrize("people", [100, 500, 2_000])
def test_small_networks_are_sensible(kind: str, people: int) -> None:
    for seed in range(5):
        network = generate(kind, people, seed)  # type: ignore[arg-type]
        assert network.mean_degree == pytest.approx(20.0, rel=0.06)
        assert reciprocity(network) == pytest.approx(1.0 if kind == "friends" else 0.4, abs=0.05)
        # almost everybody can reach almost everybody
        largest = max(networkx.weakly_connected_components(graph_of(network)), key=len)
        assert len(largest) > 0.97 * people


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"people": 1}, "people"),
        ({"people": 10**10}, "people"),
        ({"people": 20}, "mean_degree"),
        ({"people": 21}, "mean_degree"),
        ({"mean_degree": 0.0}, "mean_degree"),
        ({"mean_degree": -1.0}, "mean_degree"),
        ({"mean_degree": float("nan")}, "mean_degree"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"clustering": 0.9}, "clustering"),
        ({"clustering": float("nan")}, "clustering"),
        ({"reciprocity": 1.0}, "reciprocity"),
        ({"exponent": 1.0}, "exponent"),
        ({"kind": "enemies"}, "kind"),
    ],
)
def test_absurd_input_is_refused(arguments: dict[str, object], named: str) -> None:
    with pytest.raises(InputError, match=rf"network\.{named}"):
        generate(**{"kind": "friends", "people": 100, "seed": 1, **arguments})  # type: ignore[arg-type]


# --- random graphs, edge lists ---


def test_random_graph_has_poisson_degrees_and_no_clustering() -> None:
    network = erdos_renyi(20_000, 8.0, 1)
    check_form(network)
    assert reciprocity(network) == 1.0
    assert network.mean_degree == pytest.approx(8.0, abs=4 * np.sqrt(2 * 8.0 / 20_000))
    assert np.var(network.audience) == pytest.approx(8.0, rel=0.05)
    assert local_clustering(network) < 0.002


def test_every_pair_of_a_random_graph_is_as_likely() -> None:
    """6 people, chance 1/3: each of the 15 pairs is tied in a third of 3,000 graphs."""
    counts = np.zeros((6, 6))
    for seed in range(3_000):
        network = erdos_renyi(6, 2.0, seed)
        counts[sources(network), network.followers] += 1
    pairs = counts[np.triu_indices(6, 1)] / 3_000
    assert np.array_equal(counts, counts.T)
    assert np.abs(pairs - 1 / 3).max() < 4 * np.sqrt(2 / 9 / 3_000)


def test_random_graph_without_ties() -> None:
    assert erdos_renyi(10, 0.0, 1).ties == 0


@settings(max_examples=100)
@given(
    lines=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=40),
    directed=st.booleans(),
)
def test_edge_list_keeps_each_tie_once(lines: list[tuple[int, int]], directed: bool) -> None:
    source, target = [a for a, _ in lines], [b for _, b in lines]
    weights = np.arange(len(lines), dtype=np.float64)
    network = from_edges(source, target, 8, directed=directed, weights=weights)
    check_form(network)
    first: dict[tuple[int, int], float] = {}
    for (a, b), weight in zip(lines, weights.tolist(), strict=True):
        if a != b:
            for pair in [(a, b)] if directed else [(a, b), (b, a)]:
                first.setdefault(pair, weight)
    assert network.weights is not None
    pairs = zip(sources(network).tolist(), network.followers.tolist(), strict=True)
    assert dict(zip(pairs, network.weights.tolist(), strict=True)) == first
    assert network.self_loops_dropped == sum(a == b for a, b in lines)
    kept = len(first) if directed else len(first) // 2
    assert kept + network.duplicates_dropped + network.self_loops_dropped == len(lines)


@pytest.mark.parametrize(
    "arguments",
    [
        {"source": [0, 1]},
        {"source": [3]},
        {"target": [-1]},
        {"people": 0},
        {"keys": np.array([4, 4, 5])},
        {"keys": np.array([-4, 4, 5])},
        {"weights": [-1.0]},
        {"weights": [float("nan")]},
        {"weights": [1.0, 2.0]},
    ],
)
def test_wrong_edges_are_refused(arguments: dict[str, object]) -> None:
    usual = {"source": [0], "target": [1], "people": 3, "directed": True}
    with pytest.raises(InputError):
        from_edges(**{**usual, **arguments})  # type: ignore[arg-type]


# --- the measures ---


@pytest.mark.parametrize("kind", ["friends", "follows"])
def test_measures_agree_with_networkx(kind: str) -> None:
    network = generate(kind, 400, 2)  # type: ignore[arg-type]
    graph = graph_of(network)
    assert local_clustering(network) == pytest.approx(networkx.average_clustering(graph.to_undirected()))
    assert local_clustering(network, 10**9) == local_clustering(network)
    assert reciprocity(network) == pytest.approx(networkx.overall_reciprocity(graph))


def test_a_sample_estimates_the_clustering() -> None:
    network = generate("follows", 10_000, 2)
    assert local_clustering(network, 2_000) == pytest.approx(local_clustering(network), abs=0.015)


def test_exponent_is_found_again() -> None:
    """Stars with power-law many leaves: P(X ≥ x) = ((x − ½) / (xmin − ½))^−1.5, the formula's own law."""
    chances = (np.arange(4_000) + 0.5) / 4_000
    audiences = np.floor(19.5 * chances ** (-1 / 1.5) + 0.5).astype(np.int64)
    indptr = np.concatenate(([0], np.cumsum(audiences)))
    nobody = np.zeros(0, np.int32)
    network = Network(indptr, nobody, nobody, nobody.astype(np.int64))
    assert audience_exponent(network, 20) == pytest.approx(2.5, abs=0.02)
    assert np.isnan(audience_exponent(network, 10**9))
