"""Figures of how messages spread, drawn of the tables of `spread`: one cascade, the whole network, and groups of people."""

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import rustworkx

from worthsharing.experiments.figures import THEMES, ThemeName, annotation, see_through, styled, wrapped
from worthsharing.experiments.page import Table
from worthsharing.experiments.spread import GROUPINGS, Spread
from worthsharing.experiments.summary import NOT_AVAILABLE, shown
from worthsharing.sim.network import Network

MOST_DRAWN = 5_000  # people in the picture of the whole network
NAMED = 6  # people of a cascade who are named in its picture
LAYOUT_SEED = 1

TREE_HELP = (
    "Each mark is somebody who sent the message on, at the time when they did; a line leads back to whose send they had "
    "seen. Left is where it began. Diamonds were promised a reward; the larger a mark, the more sends came of it."
)
MAP_HELP = (
    "Each dot is a person, near to those they are tied to. Filled dots were reached by anything by or about the brand, "
    "crosses are in backlash and would not be with a silent brand; lines are the cascade of the message above."
)
WHERE_HELP = (
    "Bars are shares of a group who were reached; the numbers behind them are people reached, and how many more are in "
    "backlash than in the same world with a silent brand. This is one world: another has other luck."
)


def tree_places(tree: pd.DataFrame) -> np.ndarray:
    """Height of each send of a cascade, shape (sends,): its ends one apart, others in the middle of what they caused.

    >>> tree_places(pd.DataFrame({"send": [0, 1, 2], "parent": [-1, 0, 0]})).tolist()
    [0.5, 0.0, 1.0]
    """
    children: dict[int, list[int]] = {}
    for send, parent in zip(tree["send"].tolist(), tree["parent"].tolist(), strict=True):
        children.setdefault(parent, []).append(send)
    places = np.full(len(tree), np.nan)
    free = 0
    waiting = [(root, False) for root in reversed(children.get(-1, []))]
    while waiting:
        send, seen = waiting.pop()
        below = children.get(send, [])
        if not below:
            places[send] = free
            free += 1
        elif seen:
            places[send] = (places[below[0]] + places[below[-1]]) / 2.0
        else:
            waiting.append((send, True))
            waiting += [(child, False) for child in reversed(below)]
    return places


def tree_height(tree: pd.DataFrame) -> int:
    """Height of the picture of a cascade in pixels."""
    return int(min(900, max(320, 26 * (len(tree) - tree["caused"].gt(0).sum()) + 110)))


def tree_figure(tree: pd.DataFrame, *, theme: ThemeName = "light", height: int | None = None) -> go.Figure:
    """Draw a cascade: time from left to right, a line from each send to the one that it came from."""
    colours = THEMES[theme]
    places, days = tree_places(tree), tree["day"].to_numpy()
    x: list[float | None] = []
    y: list[float | None] = []
    for send, parent in zip(tree["send"].tolist(), tree["parent"].tolist(), strict=True):
        if parent >= 0:  # along the time of the parent, then across: lines of one parent share a stem
            x += [days[parent], days[parent], days[send], None]
            y += [places[parent], places[send], places[send], None]
    colour_of = {0: colours.text, 1: colours.scenarios[0], 2: colours.scenarios[1], 3: colours.scenarios[2]}
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip", "showlegend": False,
            "line": {"color": colours.soft, "width": 1.5},
        }
    ]  # fmt: skip
    generation = np.minimum(tree["generation"].to_numpy(), 4)
    names = ("where it began", "1 step away", "2 steps away", "3 steps away", "4 steps and more")
    for step in sorted(set(generation.tolist())):
        rows = tree[generation == step]
        traces.append(
            {
                "type": "scatter", "mode": "markers", "name": names[step],
                "x": rows["day"].tolist(), "y": places[rows["send"].to_numpy()].tolist(),
                "marker": {
                    "color": colour_of.get(step, colours.scenarios[3]),
                    "size": (10.0 + 5.0 * np.sqrt(rows["below"].to_numpy())).clip(max=34).tolist(),
                    "symbol": ["diamond" if rewarded else "circle" for rewarded in rows["rewarded"]],
                    "opacity": 1.0,
                    "line": {"color": colours.hover, "width": 1},
                },
                "customdata": [
                    [html.escape(str(row.person)), f"{row.day:.2f}", row.caused, row.below] for row in rows.itertuples()
                ],
                "hovertemplate": "<b>%{customdata[0]}</b>, day %{customdata[1]}: %{customdata[2]} passed it on from here, "
                "%{customdata[3]} sends in all came of it<extra></extra>",
            }
        )  # fmt: skip
    named = tree.sort_values("below", ascending=False, kind="stable").head(NAMED)
    named = named[(named["below"] > 0) | (named["generation"] == 0)]
    annotations = [
        annotation(
            f"<b>{wrapped(str(row.person), 18)}</b>" if row.generation == 0 else html.escape(str(row.person)),
            colours.text, x=row.day, y=float(places[row.send]), xanchor="right" if row.generation == 0 else "left",
            yanchor="bottom", xshift=-8 if row.generation == 0 else 6, yshift=6,
        )
        for row in named.itertuples()
    ]  # fmt: skip
    first, last = float(days.min()), float(days.max())
    span = max(last - first, 0.05)
    layout = {
        "xaxis": {"title": "day", "range": [first - 0.16 * span, last + 0.08 * span], "nticks": 7},
        "yaxis": {"showticklabels": False, "showgrid": False, "range": [np.nanmax(places) + 1.0, -1.0]},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 14}},
    }
    margin = {"l": 12, "r": 12, "t": 48, "b": 52}
    height = tree_height(tree) if height is None else height
    return styled(traces, layout, annotations, theme, height=height, margin=margin, hovermode="closest")


def network_places(network: Network) -> np.ndarray:
    """Places of people in a picture, shape (people, 2): near to those they are tied to (rustworkx, spring layout)."""
    graph = rustworkx.PyGraph()
    graph.add_nodes_from(range(network.people))
    sources = np.repeat(np.arange(network.people), np.diff(network.indptr))
    graph.add_edges_from_no_data(list(zip(sources.tolist(), network.followers.tolist(), strict=True)))
    places = rustworkx.spring_layout(graph, seed=LAYOUT_SEED)
    return np.array([places[person] for person in range(network.people)])


def network_figure(
    spread: Spread, places: np.ndarray, *, theme: ThemeName = "light", height: int = 620
) -> go.Figure:
    """Draw everybody, whom the brand reached, who is in backlash, and the cascade of the chosen message.

    places: as `network_places` gives them
    """
    colours = THEMES[theme]
    people = spread.people
    reached, backlash = people["reached"].to_numpy(), people["backlash"].to_numpy() > 0
    row_of = {label: row for row, label in enumerate(people["person"])}
    size = 4.0 + 1.1 * np.sqrt(people["followers"].to_numpy())
    groups = (
        ("not reached", ~reached & ~backlash, see_through(colours.soft, 0.45), "circle-open"),
        ("reached", reached & ~backlash, see_through(colours.scenarios[1], 0.75), "circle"),
        ("in backlash", backlash, colours.scenarios[0], "x"),
    )
    x: list[float | None] = []
    y: list[float | None] = []
    by_send = dict(zip(spread.tree["send"], spread.tree["person"], strict=True))
    for parent, person in zip(spread.tree["parent"].tolist(), spread.tree["person"].tolist(), strict=True):
        ends = [row_of.get(by_send.get(parent)), row_of.get(person)]
        if None not in ends:
            x += [places[ends[0], 0], places[ends[1], 0], None]
            y += [places[ends[0], 1], places[ends[1], 1], None]
    traces: list[dict[str, Any]] = []
    for name, inside, colour, symbol in groups:
        traces.append(
            {
                "type": "scatter", "mode": "markers",
                "name": f"{name} ({int(inside.sum()):,})",
                "x": places[inside, 0].tolist(), "y": places[inside, 1].tolist(),
                "marker": {
                    "color": colour, "symbol": symbol,
                    "size": (size[inside] + (5.0 if symbol == "x" else 0.0)).tolist(),
                    "line": {"width": 0.8 if symbol == "circle-open" else 0, "color": colour},
                },
                "customdata": people.loc[inside, ["person", "role", "followers", "shares"]].astype(str).to_numpy().tolist(),
                "hovertemplate": "<b>%{customdata[0]}</b>, %{customdata[1]}, %{customdata[2]} followers, "
                "%{customdata[3]} shares<extra></extra>",
            }
        )  # fmt: skip
    senders = sorted({row_of[person] for person in spread.tree["person"] if person in row_of})
    traces += [
        {
            "type": "scatter", "mode": "lines", "x": x, "y": y, "name": "the cascade", "hoverinfo": "skip",
            "line": {"color": colours.text, "width": 2},
        },
        {
            "type": "scatter", "mode": "markers", "x": places[senders, 0].tolist(), "y": places[senders, 1].tolist(),
            "marker": {"color": colours.scenarios[2], "size": 13, "line": {"color": colours.text, "width": 1.5}},
            "name": "passed it on", "hoverinfo": "skip",
        },
    ]  # fmt: skip
    # the few who stand far outside would make everybody else small
    low, high = np.quantile(places, (0.005, 0.995), axis=0)
    pad = 0.04 * (high - low)
    nothing = {"showticklabels": False, "showgrid": False, "ticks": "", "showline": False}
    layout = {
        axis: {**nothing, "range": [low[side] - pad[side], high[side] + pad[side]]}
        for side, axis in enumerate(("xaxis", "yaxis"))
    } | {
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 14}},
    }
    margin = {"l": 4, "r": 4, "t": 56, "b": 4}
    return styled(traces, layout, [], theme, height=height, margin=margin, hovermode="closest")


def where_figure(where: pd.DataFrame, grouping: str, *, theme: ThemeName = "light") -> go.Figure:
    """Draw what share of each group was reached, with how many are in backlash."""
    colours = THEMES[theme]
    rows = where[where["grouping"] == grouping]
    share = (rows["reached"] / rows["people"]).tolist()
    labels = [str(group) for group in rows["group"]]
    colour = colours.scenarios[1]
    trace = {
        "type": "bar", "orientation": "h", "x": share, "y": list(range(len(rows))), "showlegend": False,
        "marker": {"color": colour}, "width": 0.66,
        "customdata": rows[["group", "reached", "people", "backlash", "shares"]].astype(str).to_numpy().tolist(),
        "hovertemplate": "%{customdata[0]}: <b>%{customdata[1]}</b> of %{customdata[2]} reached, %{customdata[3]} more in "
        "backlash, %{customdata[4]} shares<extra></extra>",
    }  # fmt: skip
    annotations = [
        annotation(
            f"{int(row.reached):,}" + (f", <b>{int(row.backlash):+,} in backlash</b>" if row.backlash else ""),
            colours.text, x=part, y=place, xanchor="left", xshift=8,
        )
        for place, (row, part) in enumerate(zip(rows.itertuples(), share, strict=True))
    ]  # fmt: skip
    layout = {
        "xaxis": {
            "title": "share reached",
            "range": [0, max(1e-9, 1.45 * max(share, default=1.0))],
            "tickformat": ",.0%",
            "nticks": 5,
        },
        "yaxis": {
            "tickvals": list(range(len(rows))),
            "ticktext": [html.escape(label) for label in labels],
            "range": [len(rows) - 0.4, -0.6],
            "showgrid": False,
        },
    }
    margin = {"l": 150 if grouping == "role" else 110, "r": 12, "t": 12, "b": 56}
    height = 34 * len(rows) + 84
    return styled([trace], layout, annotations, theme, height=height, margin=margin, hovermode="closest")


# ---- cells of tables ----------------------------------------------------------------------------------------------


def tree_cells(tree: pd.DataFrame, most: int = 40) -> Table:
    """Cascade as the cells of a table, in the order of time."""
    person_of = dict(zip(tree["send"], tree["person"], strict=True))
    rows = [
        (
            str(row.person),
            f"{row.day:.2f}",
            str(person_of.get(row.parent, NOT_AVAILABLE)),
            str(row.generation),
            "yes" if row.rewarded else "no",
            str(row.below),
        )
        for row in tree.sort_values("day", kind="stable").head(most).itertuples()
    ]
    more = f"; the first {most} of {len(tree):,}" if len(tree) > most else ""
    header = ("Sent by", "Day", "Seen from", "Steps away", "Rewarded", "Came of it")
    return Table(f"Who sent it, and from whom they had it{more}", header, tuple(rows))


def sharers_cells(sharers: pd.DataFrame) -> Table:
    """People of whose shares most came, as the cells of a table."""
    rows = [
        (
            str(row.person),
            f"{row.shares:,}",
            f"{row.brought:,}",
            f"{row.followers:,}",
            str(row.role),
            str(row.community),
        )
        for row in sharers.itertuples()
    ]
    header = ("Person", "Shares", "Came of them", "Followers", "Role", "Community")
    return Table("Top sharers, of everything by or about the brand", header, tuple(rows))


def cascades_cells(cascades: pd.DataFrame, most: int = 10) -> Table:
    """The largest cascades as the cells of a table."""
    chosen = cascades.sort_values(["size", "impressions"], ascending=False, kind="stable").head(most)
    rows = [
        (
            str(row.message),
            str(row.series or row.kind),
            f"{int(row.day)}",
            f"{row.size_:,}",
            str(row.depth),
            shown(row.virality, 2),
            f"{row.impressions:,}",
        )
        for row in chosen.rename(columns={"size": "size_"}).itertuples()
    ]
    header = ("Message", "What", "Day", "Sends", "Depth", "Virality", "Seen")
    return Table(f"The largest of {len(cascades):,} cascades", header, tuple(rows))


def where_cells(where: pd.DataFrame, grouping: str) -> Table:
    """Groups of people as the cells of a table."""
    rows = [
        (
            str(row.group),
            f"{row.people:,}",
            f"{row.reached:,} ({100 * row.reached / row.people:.0f} %)",
            f"{row.backlash:,}".replace("-", "−"),
            f"{row.shares:,}",
        )
        for row in where[where["grouping"] == grouping].itertuples()
    ]
    header = (
        GROUPINGS[grouping].removeprefix("By ").capitalize(),
        "People",
        "Reached",
        "In backlash",
        "Shares",
    )
    return Table(GROUPINGS[grouping], header, tuple(rows))


def groupings_of(where: pd.DataFrame) -> Sequence[str]:
    """Groupings that a table has, in their usual order."""
    return [grouping for grouping in GROUPINGS if (where["grouping"] == grouping).any()]
