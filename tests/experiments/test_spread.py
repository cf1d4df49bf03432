"""How messages spread: trees that add up, groups that hold everybody, and files that other programs read."""

import io
import json
from pathlib import Path

import networkx
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from worthsharing.dashboard.cli import app
from worthsharing.experiments.spread import (
    Spread,
    cascade_sentence,
    communities,
    graphml,
    people_graph,
    sharers_sentence,
    spread_of,
    tree_graph,
    where_sentence,
    where_table,
)
from worthsharing.experiments.spread_figures import (
    network_figure,
    network_places,
    tree_figure,
    tree_places,
    where_figure,
)
from worthsharing.sim.errors import InputError
from worthsharing.sim.network import Network
from worthsharing.sim.run import simulate
from worthsharing.sim.scenario import Scenario, load_scenario

NAME = "customers_as_marketing_department"
SMALL = ("world.people=300", "clock.days=28", "brand.first_customers=0.3")


def small(*settings: str) -> Scenario:
    return load_scenario(NAME, settings=(*SMALL, *settings)).scenario


@pytest.fixture(scope="module")
def spread() -> Spread:
    return spread_of(NAME, small(), pick="deepest")


def two_groups() -> Network:
    """Two groups of five in which everybody is tied to everybody, one tie between them, and one person alone."""
    ties = {(a, b) for group in (range(5), range(5, 10)) for a in group for b in group if a != b}
    ties |= {(0, 5), (5, 0)}
    ordered = sorted(ties)
    counts = np.bincount([a for a, _ in ordered], minlength=11)
    return Network(
        np.concatenate([[0], np.cumsum(counts)]),
        np.array([b for _, b in ordered], np.int32),
        counts.astype(np.int32),
        np.arange(11),
    )


def test_a_tree_has_the_size_depth_and_virality_of_its_cascade(spread: Spread) -> None:
    chosen, tree = spread.chosen, spread.tree
    assert chosen["size"] == len(tree) == chosen["shares"] + 1 > 3
    assert chosen["depth"] == tree["generation"].max() == spread.cascades["depth"].max()
    graph = tree_graph(tree).to_undirected()
    assert networkx.is_tree(graph)
    assert networkx.average_shortest_path_length(graph) == pytest.approx(chosen["virality"])
    root = tree[tree["parent"] < 0]
    assert root["below"].sum() == len(tree) - len(root)
    assert tree["caused"].sum() == len(tree) - len(root)
    for row in tree[tree["parent"] >= 0].itertuples():
        parent = tree.loc[row.parent]
        assert parent["day"] <= row.day
        assert parent["generation"] + 1 == row.generation


def test_people_are_counted_as_the_measures_count_them(spread: Spread) -> None:
    scenario = small()
    run, silence = simulate(scenario), simulate(scenario.silenced)
    measures = run.measures(silence)
    assert spread.people["reached"].sum() == measures["reach"]
    assert spread.people["shares"].sum() == measures["shares"]
    assert spread.people["backlash"].sum() == measures["backlash"]
    for _, rows in spread.where.groupby("grouping"):
        assert rows["people"].sum() == len(spread.people)
        assert rows["reached"].sum() == measures["reach"]
        assert rows["backlash"].sum() == measures["backlash"]
        assert rows["shares"].sum() == measures["shares"]
    sharers = spread.top_sharers
    assert sharers["brought"].is_monotonic_decreasing
    assert sharers["brought"].iloc[0] == spread.people["brought"].max()


def test_any_message_can_be_chosen(spread: Spread) -> None:
    keys = simulate(small()).messages["key"]
    everyday = spread_of(NAME, small(), message=int(keys[simulate(small()).messages["brand"] < 0][0]))
    assert everyday.chosen["kind"] == "everyday"
    assert len(everyday.tree) >= 1
    with pytest.raises(InputError, match="no message 5"):
        spread_of(NAME, small(), message=5)
    silent = load_scenario(
        "silence", settings=("world.people=50", "clock.days=2", "experience.per_month=0")
    ).scenario
    with pytest.raises(InputError, match="nobody said anything"):
        spread_of("silence", silent)


def test_communities_are_the_groups_that_there_are() -> None:
    found = communities(two_groups())
    assert found.tolist() == [1] * 5 + [2] * 5 + [0]


def test_groups_by_followers_are_quarters(spread: Spread) -> None:
    rows = spread.where[spread.where["grouping"] == "followers"]
    assert rows["people"].tolist() == [75, 75, 75, 75]
    assert (where_table(spread.people)["people"] == spread.where["people"]).all()


def test_graphs_are_read_by_others(spread: Spread) -> None:
    tree = networkx.read_graphml(io.BytesIO(graphml(tree_graph(spread.tree))))
    assert len(tree) == len(spread.tree)
    assert {data["person"] for _, data in tree.nodes(data=True)} == set(spread.tree["person"])
    people = networkx.read_graphml(io.BytesIO(graphml(people_graph(spread.people, spread.network))))
    assert people.number_of_edges() == spread.network.ties
    assert sum(data["reached"] for _, data in people.nodes(data=True)) == spread.people["reached"].sum()


def test_no_two_ends_of_a_tree_are_drawn_in_one_place(spread: Spread) -> None:
    places = tree_places(spread.tree)
    ends = places[(spread.tree["caused"] == 0).to_numpy()]
    assert sorted(ends.tolist()) == list(range(len(ends)))
    drawn = [len(trace.x) for trace in tree_figure(spread.tree).data if trace.mode == "markers"]
    assert sum(drawn) == len(spread.tree)


def test_figures_show_everybody(spread: Spread) -> None:
    places = network_places(spread.network)
    assert places.shape == (300, 2)
    groups = network_figure(spread, places, theme="dark").data[:3]
    assert sum(len(trace.x) for trace in groups) == len(spread.people)
    assert sum(len(trace.x) for trace in groups[1:]) == spread.people["reached"].sum()
    bars = where_figure(spread.where, "role").data[0]
    assert len(bars.x) == (spread.where["grouping"] == "role").sum()


def test_sentences_follow_from_their_tables() -> None:
    cascade = pd.Series(
        {
            "kind": "offer",
            "series": "sale",
            "day": 3.7,
            "impressions": 1200,
            "shares": 1,
            "depth": 1,
            "virality": 1.0,
        }
    )
    assert cascade_sentence(cascade) == (
        "The offer post 'sale' of day 3 was seen 1,200 times and passed on 1 time, at most 1 person away from where it "
        "began; two of its sends are 1.00 steps apart on average (structural virality)."
    )
    assert cascade_sentence(cascade.replace({1: 0})).endswith("and nobody passed it on.")
    assert sharers_sentence(pd.DataFrame({"shares": [6, 3, 3, 0]})) == (
        "3 of 4 people passed something on, 12 times in all; half of that came from 1 of them."
    )
    assert sharers_sentence(pd.DataFrame({"shares": [0, 0]})).startswith("Nobody")
    rows = [("role", "bought", 10, 5, 3, 1), ("role", "nobody yet", 10, 2, 1, 0)]
    rows += [("followers", "0 to 3", 10, 2, 0, 0), ("followers", "3 to 9", 10, 5, 0, 0)]
    where = pd.DataFrame(rows, columns=["grouping", "group", "people", "reached", "backlash", "shares"])
    assert where_sentence(where) == (
        "7 people were reached: 50 % of the quarter with most followers, 20 % of the quarter with fewest. 4 more people are "
        "in backlash than with a silent brand, 3 of them among those who bought."
    )
    assert where_sentence(where.assign(backlash=0)).endswith(
        "No more people are in backlash than with a silent brand."
    )


def test_the_command_writes_tables_graphs_and_a_page(tmp_path: Path) -> None:
    options = [word for setting in SMALL for word in ("--set", setting)]
    said = CliRunner().invoke(app, ["spread", NAME, *options, "--out", str(tmp_path), "--json"])
    assert said.exit_code == 0, said.output
    document = json.loads(said.stdout)
    assert document["message"] in [row["message"] for row in document["cascades"]]
    assert {"cascade.csv", "cascade.graphml", "people.csv", "people.graphml", "where.csv", "spread.html"} <= {
        file.name for file in tmp_path.iterdir()
    }
    assert len(pd.read_csv(tmp_path / "cascade.csv")) == len(document["cascade"])
    table = CliRunner().invoke(
        app, ["spread", NAME, *options, "--message", str(document["message"])], env={"COLUMNS": "80"}
    )
    assert table.exit_code == 0
    assert document["sentences"][0] in " ".join(table.stdout.split())
    assert max(len(line.rstrip()) for line in table.stdout.splitlines()) <= 80
    assert CliRunner().invoke(app, ["spread", NAME, *options, "--message", "7"]).exit_code == 2
