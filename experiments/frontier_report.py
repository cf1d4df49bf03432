"""The frontier as a table, a figure, a page and a document: pure functions of what was found."""

import html
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from worthsharing.experiments.figures import (
    DASHES,
    THEMES,
    ThemeName,
    annotation,
    percent,
    plain,
    see_through,
    styled,
)
from worthsharing.experiments.frontier import SURE, Frontier, Placed, Tail
from worthsharing.experiments.page import in_both_themes, render_page
from worthsharing.experiments.summary import NOT_AVAILABLE, decimals_for, shown, shown_interval
from worthsharing.sim.run import provenance

SYMBOLS = ("circle", "square", "diamond", "triangle-up")  # colour is never the only difference
ABOVE: Mapping[str, Any] = {"xanchor": "right", "yanchor": "bottom", "xshift": -6, "yshift": 4}
BELOW: Mapping[str, Any] = {"xanchor": "left", "yanchor": "top", "xshift": 6, "yshift": -4}
MOST_NAMED = 8  # points of the frontier that are named in the figure
READING = (
    "Up is more reach, left is less backlash: the best corner is the upper left one. Filled points are on the frontier: in "
    f"at least {100 * SURE:.0f} % of resampled sets of worlds nobody is at least as good in both. Hollow ones may be: "
    "more worlds would tell. Grey ones are dominated: somebody else reaches as many with as little backlash. Crosses are "
    "95 % intervals of the means; the thin line leads to the worst world of twenty, in both."
)


def frontier_table(frontier: Frontier) -> pd.DataFrame:
    """One row a candidate: its strategy, a column per parameter that was set, effort, outcomes with tails, status."""
    paths = list(dict.fromkeys(path for one in frontier.placed for path in one.candidate.values))
    rows = [
        {
            "candidate": one.candidate.label,
            "strategy": one.candidate.strategy,
            **{path: one.candidate.values.get(path) for path in paths},
            "effort": one.candidate.effort,
            **{f"reach_{name}": value for name, value in asdict(one.reach).items()},
            **{f"backlash_{name}": value for name, value in asdict(one.backlash).items()},
            "p_frontier": one.p_frontier,
            "status": one.status,
            "dominated_by": one.dominated_by,
            "p_dominated": one.p_dominated,
            "key": one.candidate.scenario.key,
        }
        for one in frontier.placed
    ]
    return pd.DataFrame(rows)


def frontier_figure(table: pd.DataFrame, *, theme: ThemeName = "light", height: int = 520) -> go.Figure:
    """Draw reach against backlash, a point a candidate of `frontier_table`; what is dominated is grey."""
    colours = THEMES[theme]
    ran = table[table["status"] != "over budget"]
    strategies = list(dict.fromkeys(table["strategy"]))
    grey = see_through(colours.soft, 0.45)
    traces: list[dict[str, Any]] = []
    best = ran[ran["status"] == "on the frontier"].sort_values("backlash_mean")
    traces.append(
        {
            "type": "scatter", "mode": "lines", "x": best["backlash_mean"].tolist(), "y": best["reach_mean"].tolist(),
            "line": {"color": colours.soft, "width": 1.5, "dash": DASHES[2], "shape": "hv"},
            "hoverinfo": "skip", "showlegend": False,
        }
    )  # fmt: skip
    for status in ("dominated", "cannot tell", "on the frontier"):
        for place, strategy in enumerate(strategies):
            rows = ran[(ran["status"] == status) & (ran["strategy"] == strategy)]
            if rows.empty:
                continue
            lit = status != "dominated"
            colour = colours.scenarios[place % len(colours.scenarios)] if lit else grey
            for row in rows.itertuples() if lit else ():
                traces.append(_tail_line(row, see_through(colour, 0.55)))
            traces.append(_points(rows, status, strategy, place, colour, theme))
    # the legend names strategies, whether or not any setting of them is worth taking
    for place, strategy in enumerate(strategies):
        traces.append(
            {
                "type": "scatter", "mode": "markers", "x": [None], "y": [None], "name": html.escape(plain(strategy)),
                "marker": {"size": 11, "color": colours.scenarios[place % 4], "symbol": SYMBOLS[place % 4]},
            }
        )  # fmt: skip
    if (ran["status"] == "dominated").any():
        traces.append(
            {"type": "scatter", "mode": "markers", "x": [None], "y": [None], "name": "dominated",
             "marker": {"size": 11, "color": grey, "symbol": "circle"}}
        )  # fmt: skip
    numbers = {label: number for number, label in enumerate(numbered(table), 1)}
    annotations = [
        annotation(
            f"<b>{numbers[row.candidate]}</b>", colours.text, x=row.backlash_mean, y=row.reach_mean,
            # one that may be on the frontier is often close to one that is
            **(ABOVE if row.status == "on the frontier" else BELOW),
        )
        for row in ran.itertuples() if row.candidate in numbers
    ]  # fmt: skip
    shown_whole = ran[ran["status"] != "dominated"]
    low = min([0.0, *shown_whole["backlash_mean_low"].dropna()])
    ends = [*ran["backlash_mean_high"].dropna(), *shown_whole["backlash_worst"].dropna()]
    high = max(ends, default=1.0) or 1.0
    layout = {
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 14}},
        "xaxis": {
            "title": "Backlash, people (less is better)",
            "range": [low - 0.05 * high, 1.06 * high],
            "nticks": 7,
        },
        "yaxis": {"title": "Reach, people (more is better)", "rangemode": "tozero", "nticks": 7},
    }
    margin = {"l": 72, "r": 16, "t": 64, "b": 60}
    return styled(traces, layout, annotations, theme, height=height, margin=margin, hovermode="closest")


def numbered(table: pd.DataFrame) -> list[str]:
    """Candidates that the figure names by a number: those that are not dominated, with more reach first."""
    lit = table[table["status"].isin(["on the frontier", "cannot tell"])]
    surest = lit.sort_values(["p_frontier", "reach_mean"], ascending=False).head(MOST_NAMED)
    return surest.sort_values("reach_mean", ascending=False)["candidate"].tolist()


def _points(
    rows: pd.DataFrame, status: str, strategy: str, place: int, colour: str, theme: ThemeName
) -> dict[str, Any]:
    hollow = status == "cannot tell"
    dominated = status == "dominated"
    bars = {
        "type": "data",
        "symmetric": True,
        "thickness": 1,
        "width": 0,
        "color": see_through(THEMES[theme].soft, 0.6),
    }
    symbol = SYMBOLS[place % len(SYMBOLS)]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rows["backlash_mean"].tolist(),
        "y": rows["reach_mean"].tolist(),
        "error_x": {**bars, "array": _half(rows, "backlash"), "visible": not dominated},
        "error_y": {**bars, "array": _half(rows, "reach"), "visible": not dominated},
        "showlegend": False,
        "name": strategy,
        "marker": {
            "size": 8 if dominated else 12,
            "color": colour,
            "symbol": f"{symbol}-open" if hollow else symbol,
            "line": {"width": 2 if hollow else 0, "color": colour},
        },
        "customdata": [
            [
                html.escape(row.candidate), f"{row.effort:,.0f}", shown(row.reach_worst, 0), shown(row.backlash_worst, 1),
                status, percent(row.p_frontier),
            ]
            for row in rows.itertuples()
        ],
        "hovertemplate": "<b>%{customdata[0]}</b><br>reach %{y:,.0f}, in the worst world of twenty %{customdata[2]}"
        "<br>backlash %{x:,.1f}, in the worst %{customdata[3]}<br>effort %{customdata[1]}"
        "<br>%{customdata[4]} (on it in %{customdata[5]} of resampled worlds)<extra></extra>",
    }  # fmt: skip


def _tail_line(row: Any, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False,
        "x": [row.backlash_mean, row.backlash_worst], "y": [row.reach_mean, row.reach_worst],
        "line": {"color": colour, "width": 1},
    }  # fmt: skip


def _half(rows: pd.DataFrame, outcome: str) -> list[float]:
    half = rows[f"{outcome}_mean_high"] - rows[f"{outcome}_mean"]
    return [0.0 if math.isnan(one) else float(one) for one in half]


# ---- words --------------------------------------------------------------------------------------------------------


def sentences_of(frontier: Frontier) -> tuple[str, ...]:
    """What to take, in two or three sentences."""
    best = frontier.best
    if not best:
        return ("Nothing was run: everything costs more than the budget.",)
    most = max(best, key=lambda one: one.reach.mean)
    least = min(best, key=lambda one: (one.backlash.mean, -one.reach.mean))
    under = "" if frontier.budget is None else f"Under a budget of {frontier.budget:,.0f}, "
    said = [_sentence(f"{under}most people are reached by {most.candidate.label}: {_both(most)}.")]
    if least is not most:
        said.append(f"Least backlash has {least.candidate.label}: {_both(least)}.")
    sure = sum(one.status == "on the frontier" for one in best)
    open_ = len(best) - sure
    gone = sum(one.status == "dominated" for one in frontier.placed)
    said.append(
        f"{sure:,} {'is' if sure == 1 else 'are'} surely on the frontier and {gone:,} surely dominated"
        + (f"; more worlds would tell about {open_:,}." if open_ else ".")
    )
    return tuple(said)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _both(one: Placed) -> str:
    return (
        f"{_number(one.reach.mean)} people, {_number(one.reach.worst)} in the worst world of twenty; "
        f"{_number(one.backlash.mean)} in backlash, {_number(one.backlash.worst)} in the worst"
    )


def _number(value: float) -> str:
    return shown(value, 0 if abs(value) >= 10 else 1)


def cells_of(tail: Tail) -> tuple[str, str, str]:
    """Mean with its interval, median and worst world of twenty, as people read them."""
    if math.isnan(tail.mean):
        return (NOT_AVAILABLE,) * 3
    digits = min(1, decimals_for(tail.mean))
    interval = shown_interval(tail.mean_low, tail.mean_high, digits)
    return f"{shown(tail.mean, digits)} ({interval})", shown(tail.median, digits), shown(tail.worst, digits)


def standing_of(one: Placed) -> tuple[str, str]:
    """Status in words, and what is to be known of it: its share of resampled worlds, or who dominates it."""
    if one.status == "over budget":
        return one.status, "not run"
    if one.status == "dominated" and one.dominated_by is not None:
        return one.status, f"mostly by {one.dominated_by}"
    return one.status, f"in {percent(one.p_frontier)} of resampled worlds"


# ---- page and document --------------------------------------------------------------------------------------------


def render_frontier(frontier: Frontier, command: str, versions: Mapping[str, str]) -> str:
    """Render the page; the same frontier gives the same bytes."""
    table = frontier_table(frontier)
    figures = in_both_themes(frontier_figure(table), frontier_figure(table, theme="dark"))
    numbers = {label: number for number, label in enumerate(numbered(table), 1)}
    rows = []
    for one in frontier.placed:
        number = numbers.get(one.candidate.label)
        name = f"{number}. {one.candidate.label}" if number else one.candidate.label
        reach, backlash = cells_of(one.reach), cells_of(one.backlash)
        cells = (f"{one.candidate.effort:,.0f}", *map(_unbroken, (*reach, *backlash)))
        rows.append((one in frontier.best, name, standing_of(one), cells))
    # what a column is of stands in its own heading, for a narrow screen shows no columns
    header = (
        "Strategy and settings", "Standing", "Effort", "Reach (95 %)", "Median reach", "Reach, worst of 20",
        "Backlash (95 %)", "Median backlash", "Backlash, worst of 20",
    )  # fmt: skip
    return render_page(
        "frontier.html",
        {"frontier": figures},
        styles=("report.css", "frontier.css"),
        title="Reach against backlash: what is worth taking",
        sentences=sentences_of(frontier),
        notes=frontier.notes,
        reading=READING,
        header=[_unbroken(cell) for cell in header],
        rows=rows,
        worlds=f"{frontier.replicates:,}",
        seed=frontier.seed,
        searched=frontier.proposed,
        command=command,
        versions=sorted((str(key), str(value)) for key, value in versions.items()),
    )


def _unbroken(text: str) -> str:
    """The same, to be broken before its interval only."""
    mean, bracket, interval = text.partition(" (")
    return mean + bracket + interval.replace(" ", "\N{NO-BREAK SPACE}")


def frontier_document(frontier: Frontier, command: str) -> dict[str, Any]:
    """Everything that `frontier` has to say, as plain values."""
    return {
        "command": command,
        "seed": frontier.seed,
        "replicates": frontier.replicates,
        "budget": frontier.budget,
        "proposed": frontier.proposed,
        "sentences": list(sentences_of(frontier)),
        "candidates": [
            {
                "label": one.candidate.label,
                "strategy": one.candidate.strategy,
                "values": dict(one.candidate.values),
                "effort": one.candidate.effort,
                "reach": asdict(one.reach),
                "backlash": asdict(one.backlash),
                "p_frontier": one.p_frontier,
                "status": one.status,
                "dominated_by": one.dominated_by,
                "p_dominated": one.p_dominated,
                "key": one.candidate.scenario.key,
            }
            for one in frontier.placed
        ],
        "notes": list(frontier.notes),
        "provenance": provenance(),
    }
