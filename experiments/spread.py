"""How messages spread in one world: who passed them on to whom, who mattered, and where reach and backlash sit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import graspologic_native
import networkx
import numpy as np
import pandas as pd

from worthsharing.experiments.summary import decimals_for, shown
from worthsharing.sim.draws import world_seed
from worthsharing.sim.errors import InputError
from worthsharing.sim.measures import cascade_shapes, generations
from worthsharing.sim.network import Network
from worthsharing.sim.run import RunResult, provenance, simulate
from worthsharing.sim.scenario import Scenario
from worthsharing.sim.state import Contact, Kind
from worthsharing.sim.world import build_world

Pick = Literal["largest", "deepest", "most_viral", "most_seen"]
PICKED_BY: dict[Pick, str] = {
    "largest": "size",
    "deepest": "depth",
    "most_viral": "virality",
    "most_seen": "impressions",
}
LEIDEN_SEED = 1  # of the search for communities, which belongs to the network and not to the luck of a world
MOST_COMMUNITIES = 12  # shown by themselves; smaller ones are taken together
FOLLOWER_PARTS = 4
TOP_SHARERS = 10
GROUPINGS = {"role": "By role", "followers": "By number of followers", "community": "By community"}


@dataclass(frozen=True, eq=False)
class Spread:
    """What one world says about how items by or about the focal brand spread.

    cascades: one row per message about the brand: message, kind, series, author, day, size, depth, virality, impressions,
        likes, shares
    tree: one row per send of the chosen message: send, parent (−1 at a root), person, day, generation, rewarded, caused
        (sends right after it), below (all that came of it)
    people: one row per person: person, community, role, followers, reached, backlash (minus the same world with a silent
        brand: −1, 0 or 1), shares, brought (sends that came of these)
    where: one row per group of people: grouping, group, people, reached, backlash, shares
    """

    scenario: str
    seed: int
    world: int
    message: int
    cascades: pd.DataFrame
    tree: pd.DataFrame
    people: pd.DataFrame
    where: pd.DataFrame
    network: Network

    @property
    def chosen(self) -> pd.Series:
        """Row of `cascades` of the chosen message."""
        return self.cascades[self.cascades["message"] == self.message].iloc[0]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the tables say."""
        return cascade_sentence(self.chosen), sharers_sentence(self.people), where_sentence(self.where)

    @property
    def top_sharers(self) -> pd.DataFrame:
        """People of whose shares most sends came, first; with at least one share."""
        sharing = self.people[self.people["shares"] > 0]
        return sharing.sort_values(["brought", "shares", "followers"], ascending=False, kind="stable").head(
            TOP_SHARERS
        )


def spread_of(
    name: str,
    scenario: Scenario,
    *,
    message: int | None = None,
    pick: Pick = "largest",
    world: int = 0,
    seed: int = 1,
) -> Spread:
    """Run one world, and the same with a silent brand, and look at how messages spread.

    message: lasting identity of a message, everyday posts among them; or `pick` one about the brand

    Raises `InputError` if there is no such message.
    """
    built = build_world(scenario, world_seed(seed, world))
    run = simulate(scenario, world, seed=seed, built=built)
    silence = simulate(scenario.silenced, world, seed=seed, built=built)
    network = built[1]
    labels = network.labels if network.labels is not None else tuple(map(str, range(network.people)))
    about = np.flatnonzero(run.messages["brand"] == 0)
    if message is not None:
        found = np.flatnonzero(run.messages["key"] == message)
        if not found.size:
            raise InputError(
                "--message", f"there is no message {message} in this world", "see the table of cascades"
            )
        about = np.union1d(about, found)
    if not about.size:
        raise InputError(
            "--pick", "nobody said anything by or about the brand in this world", "another --world"
        )
    cascades = cascades_table(run, about, labels)
    chosen = int(message) if message is not None else _picked(cascades, pick)
    row = int(np.flatnonzero(run.messages["key"] == chosen)[0])
    people = people_table(run, silence, network, labels)
    return Spread(
        name,
        seed,
        world,
        chosen,
        cascades,
        tree_table(run, row, labels),
        people,
        where_table(people),
        network,
    )


def _picked(cascades: pd.DataFrame, pick: Pick) -> int:
    column = cascades[PICKED_BY[pick]].fillna(-1.0)
    return int(cascades["message"].iloc[int(column.to_numpy().argmax())])


# ---- tables -------------------------------------------------------------------------------------------------------


def cascades_table(run: RunResult, rows: np.ndarray, labels: Sequence[str]) -> pd.DataFrame:
    """Cascades of some messages, in the order in which these were made."""
    size, depth, virality = cascade_shapes(run.messages, run.sends, rows)
    chosen = run.messages[rows]
    names = [brand.name for brand in run.scenario.brands]
    series = [one.name for brand in run.scenario.brands if not brand.silent for one in brand.series]
    return pd.DataFrame(
        {
            "message": chosen["key"],
            "kind": [Kind(int(kind)).name.lower() for kind in chosen["kind"]],
            "series": [series[number] if number >= 0 else "" for number in chosen["series"]],
            "author": [
                labels[author] if author >= 0 else names[brand] if brand >= 0 else ""
                for author, brand in zip(chosen["author"], chosen["brand"], strict=True)
            ],
            "day": chosen["time"] / 24.0 + 1.0,
            "size": size,
            "depth": depth,
            "virality": virality,
            "impressions": chosen["impressions"],
            "likes": chosen["likes"],
            "shares": chosen["shares"],
        }
    )


def tree_table(run: RunResult, message: int, labels: Sequence[str]) -> pd.DataFrame:
    """Cascade of one message, by its row: every send, after the one that it came from."""
    rows = np.flatnonzero(run.sends["message"] == message)
    sends = run.sends[rows]
    place = {int(row): number for number, row in enumerate(rows)}
    parents = np.array([place.get(int(parent), -1) for parent in sends["parent"]], np.int64)
    below = np.zeros(rows.size, np.int64)
    for number in range(rows.size - 1, -1, -1):  # a share comes after its parent
        if parents[number] >= 0:
            below[parents[number]] += below[number] + 1
    return pd.DataFrame(
        {
            "send": np.arange(rows.size),
            "parent": parents,
            "person": [labels[sender] if sender >= 0 else _sender(int(sender)) for sender in sends["sender"]],
            "day": sends["time"] / 24.0 + 1.0,
            "generation": generations(run.sends)[rows],
            "rewarded": sends["rewarded"] != 0,
            "caused": np.bincount(parents[parents >= 0], minlength=rows.size),
            "below": below,
        }
    )


def _sender(sender: int) -> str:
    return "the brand" if sender == -1 else "paid reach"


def people_table(run: RunResult, silence: RunResult, network: Network, labels: Sequence[str]) -> pd.DataFrame:
    """What each person is and did, with items by or about the focal brand."""
    pairs = run.pairs[:, 0]
    about = run.messages["brand"][run.sends["message"]] == 0
    shared = np.flatnonzero(about & (run.sends["sender"] >= 0) & (run.sends["parent"] >= 0))
    below = np.zeros(run.sends.size, np.int64)
    parents = run.sends["parent"]
    for row in np.flatnonzero(about)[::-1].tolist():
        if parents[row] >= 0:
            below[parents[row]] += below[row] + 1
    people = network.people
    bought_before = run.first_follows[:, 0] != 0
    acted = [one.pairs["acts"][:, 0] != 0 for one in (run, silence)]
    return pd.DataFrame(
        {
            "person": list(labels),
            "community": communities(network),
            "role": np.select(
                [bought_before, pairs["has_bought"] != 0, run.follows[:, 0] != 0],
                ["followed at the start", "bought", "began to follow"],
                "nobody yet",
            ),
            "followers": network.audience,
            "reached": pairs["first_contact"] != Contact.NONE,
            "backlash": acted[0].astype(np.int64) - acted[1].astype(np.int64),
            "shares": np.bincount(run.sends["sender"][shared], minlength=people),
            "brought": np.bincount(run.sends["sender"][shared], below[shared], minlength=people).astype(
                np.int64
            ),
        }
    )


def communities(network: Network) -> np.ndarray:
    """Community of each person, shape (people,): 1 is the largest; 0 for people without any tie.

    Ties count in both directions. By modularity: Traag, Waltman & van Eck 2019 (Leiden), from graspologic.
    """
    sources = np.repeat(np.arange(network.people), np.diff(network.indptr))
    pairs = np.unique(
        np.stack([np.minimum(sources, network.followers), np.maximum(sources, network.followers)], axis=1),
        axis=0,
    )
    found = np.zeros(network.people, np.int64)
    if not len(pairs):
        return found
    edges = [(str(one), str(other), 1.0) for one, other in pairs.tolist()]
    _, of = graspologic_native.leiden(edges, seed=LEIDEN_SEED)
    members = np.full(network.people, -1, np.int64)
    members[[int(person) for person in of]] = list(of.values())
    numbers, first, sizes = np.unique(members[members >= 0], return_index=True, return_counts=True)
    # by size, then by the first member, whatever numbers the search gave
    order = sorted(range(numbers.size), key=lambda place: (-sizes[place], first[place]))
    rank = {int(numbers[place]): number for number, place in enumerate(order, 1)}
    return np.array([rank.get(int(member), 0) for member in members])


def where_table(people: pd.DataFrame) -> pd.DataFrame:
    """Where reach, backlash and shares sit: people by role, by number of followers and by community."""
    community = people["community"].clip(upper=MOST_COMMUNITIES + 1)
    ranks = people["followers"].rank(method="first", pct=True).to_numpy()
    part = np.minimum((ranks * FOLLOWER_PARTS - 1e-9).astype(int), FOLLOWER_PARTS - 1)
    groups = {
        "role": people["role"],
        "followers": pd.Series(part).map(lambda number: _part_label(people["followers"][part == number])),
        "community": community.map(
            lambda number: (
                "smaller ones" if number > MOST_COMMUNITIES else f"{number}" if number else "no ties"
            )
        ),
    }
    orders = {"followers": pd.Series(part), "community": community.replace(0, MOST_COMMUNITIES + 2)}
    tables = []
    for grouping, group in groups.items():
        order = orders.get(grouping, -people.groupby(group)["person"].transform("size"))
        found = (
            people.assign(grouping=grouping, group=group.to_numpy(), order=order.to_numpy())
            .groupby(["grouping", "order", "group"], sort=True)
            .agg(
                people=("person", "size"),
                reached=("reached", "sum"),
                backlash=("backlash", "sum"),
                shares=("shares", "sum"),
            )
            .reset_index()
            .drop(columns="order")
        )
        tables.append(found)
    return pd.concat(tables, ignore_index=True)


def _part_label(followers: pd.Series) -> str:
    low, high = int(followers.min()), int(followers.max())
    return f"{low:,} to {high:,}" if low < high else f"{low:,}"


# ---- graphs -------------------------------------------------------------------------------------------------------


def tree_graph(tree: pd.DataFrame) -> "networkx.DiGraph[int]":
    """Cascade as a graph, from who was seen to who passed it on."""
    graph: networkx.DiGraph[int] = networkx.DiGraph()
    for row in tree.to_dict("records"):
        graph.add_node(row["send"], **{key: _plain(row[key]) for key in row if key not in ("send", "parent")})
        if row["parent"] >= 0:
            graph.add_edge(row["parent"], row["send"])
    return graph


def people_graph(people: pd.DataFrame, network: Network) -> "networkx.DiGraph[str]":
    """Everybody with what they are and did; a tie leads from who is heard to who hears."""
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    for row in people.to_dict("records"):
        graph.add_node(row["person"], **{key: _plain(row[key]) for key in row if key != "person"})
    labels = people["person"].tolist()
    sources = np.repeat(np.arange(network.people), np.diff(network.indptr))
    graph.add_edges_from(
        (labels[one], labels[other])
        for one, other in zip(sources.tolist(), network.followers.tolist(), strict=True)
    )
    return graph


def graphml(graph: "networkx.DiGraph[Any]") -> bytes:
    """Text of a graph in GraphML."""
    return ("\n".join(networkx.generate_graphml(graph)) + "\n").encode()


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


# ---- words --------------------------------------------------------------------------------------------------------


def cascade_sentence(cascade: pd.Series) -> str:
    """How one message spread, from its row of the table of cascades."""
    what = (
        f"{cascade['kind'].replace('_', ' ')} post '{cascade['series']}'"
        if cascade["series"]
        else cascade["kind"]
    )
    head = f"The {what} of day {int(cascade['day'])} was seen {int(cascade['impressions']):,} times"
    shares, depth = int(cascade["shares"]), int(cascade["depth"])
    if not shares:
        return f"{head}, and nobody passed it on."
    virality = float(cascade["virality"])
    passed = f"passed on {shares:,} {'time' if shares == 1 else 'times'}"
    return (
        f"{head} and {passed}, at most {depth} {'person' if depth == 1 else 'people'} away from where it began; two of its "
        f"sends are {shown(virality, decimals_for(virality))} steps apart on average (structural virality)."
    )


def sharers_sentence(people: pd.DataFrame) -> str:
    """How few people shares come from, from the table of people."""
    shares = np.sort(people["shares"].to_numpy())[::-1]
    total, sharing = int(shares.sum()), int(np.count_nonzero(shares))
    if not total:
        return "Nobody passed on anything by or about the brand."
    half = int(np.searchsorted(np.cumsum(shares), total / 2.0) + 1)
    return (
        f"{sharing:,} of {len(people):,} people passed something on, {total:,} times in all; half of that came from "
        f"{half:,} of them."
    )


def where_sentence(where: pd.DataFrame) -> str:
    """Among whom reach and backlash are most frequent, from the table of groups."""
    roles = where[where["grouping"] == "role"]
    reached, backlash = int(roles["reached"].sum()), int(roles["backlash"].sum())
    parts = where[where["grouping"] == "followers"]
    share = parts["reached"] / parts["people"]
    words = (
        f"{reached:,} people were reached: {100 * share.iloc[-1]:.0f} % of the quarter with most followers, "
        f"{100 * share.iloc[0]:.0f} % of the quarter with fewest"
    )
    if backlash <= 0:
        return f"{words}. No more people are in backlash than with a silent brand."
    most = roles.loc[roles["backlash"].idxmax()]
    who = "person is" if backlash == 1 else "people are"
    among = "" if backlash == 1 else f"{int(most['backlash']):,} of them "
    return (
        f"{words}. {backlash:,} more {who} in backlash than with a silent brand, {among}among those who "
        f"{_role_words(str(most['group']))}."
    )


def _role_words(role: str) -> str:
    return "neither buy nor follow" if role == "nobody yet" else role


def spread_document(spread: Spread, command: str) -> dict[str, Any]:
    """Everything that `spread` has to say, as plain values."""

    def records(table: pd.DataFrame) -> list[dict[str, Any]]:
        return [{key: _plain(value) for key, value in row.items()} for row in table.to_dict("records")]

    return {
        "command": command,
        "scenario": spread.scenario,
        "seed": spread.seed,
        "world": spread.world,
        "message": spread.message,
        "sentences": list(spread.sentences),
        "cascade": records(spread.tree),
        "cascades": records(spread.cascades),
        "top_sharers": records(spread.top_sharers),
        "where": records(spread.where),
        "provenance": provenance(),
    }
