"""Forecasts as ranges: their score by a proper rule, a table of a whole class, and the pictures of it."""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from worthsharing.experiments.figures import THEMES, ThemeName, annotation, see_through, styled
from worthsharing.experiments.summary import counted, decimals_for, shown

SURE = 0.8  # that the truth is in the range: so much is asked for
PENALTY = 2.0 / (1.0 - SURE)  # for each unit by which the range misses
MOST_BARS = 16
SCORE_HELP = (
    f"Your score is the width of your range, plus {PENALTY:.0f} times the distance by which the truth missed it. Lower is "
    f"better. It is the interval score for {100 * SURE:.0f} % (Winkler 1972; Gneiting & Raftery 2007), and it is proper: on "
    "average nobody can do better than by giving the range that they honestly believe in with a chance of one in ten that "
    "the truth is below it, and one in ten that it is above. Whoever is too sure pays for the miss, whoever is too careful "
    "for the width."
)
CLASS_READING = (
    "Bars count forecasts by the middle of their range. Each thin line below is one range, the wide mark is yours. The "
    "black line is the truth: the mean over all worlds; the band is its 95 % interval, which is often too narrow to see."
)
WORLDS_READING = (
    "Each bar counts worlds by their difference: other people, other ties, other luck in each, but in one world the same "
    "for both strategies. The black line is their mean, the truth of this lesson. The arrow is your own world: "
    "what you would have seen if you could try it only once."
)


class Forecast(NamedTuple):
    """A range that is believed to hold the truth, with a chance of `SURE`."""

    low: float
    high: float


def score(forecast: Forecast, truth: float) -> float:
    """Interval score of a forecast, 0 or more, in its unit; lower is better.

    >>> round(score(Forecast(2.0, 6.0), 4.0), 9), round(score(Forecast(2.0, 6.0), 7.0), 9)
    (4.0, 14.0)

    Source: Winkler 1972; Gneiting & Raftery 2007, *Strictly proper scoring rules, prediction, and estimation*, eq. 43.
    """
    missed = max(forecast.low - truth, truth - forecast.high, 0.0)
    return forecast.high - forecast.low + PENALTY * missed


def score_words(forecast: Forecast, truth: float, unit: str) -> str:
    """A score with its terms, in words."""
    width, missed = forecast.high - forecast.low, max(forecast.low - truth, truth - forecast.high, 0.0)
    digits = decimals_for(width, missed, truth)
    total = shown(score(forecast, truth), digits)
    said = f"Score {total}: the width of {shown(width, digits)}"
    if missed:
        return (
            f"{said} plus {PENALTY:.0f} times the {shown(missed, digits)} {unit} by which the range missed."
        )
    return f"{said}, and nothing for missing: the range holds the truth."


def held_words(held: int, ranges: int) -> str:
    """How many ranges hold the truth, as a sentence without its full stop.

    >>> held_words(1, 3), held_words(2, 3)
    ('1 of 3 ranges holds the truth', '2 of 3 ranges hold the truth')
    """
    return f"{held} of {ranges} ranges {'holds' if held == 1 else 'hold'} the truth"


def standing_words(mine: Forecast, others: Sequence[Forecast], truth: float) -> str:
    """How one forecast does in a class; empty for a class of one.

    others: all of the class, this one among them
    """
    if len(others) < 2:
        return ""
    scores = [score(one, truth) for one in others]
    better = sum(one > score(mine, truth) for one in scores)
    held = sum(one.low <= truth <= one.high for one in others)
    digits = decimals_for(*scores)
    return (
        f"Better than {better} of the {counted(len(others) - 1, 'other')}; the median of the class is "
        f"{shown(statistics.median(scores), digits)}. {held_words(held, len(others))}; if all had judged "
        f"their own doubt well, about {SURE * len(others):.0f} would."
    )


def forecasts_table(
    forecasts: Sequence[Forecast], mine: Forecast | None, truth: float | None
) -> pd.DataFrame:
    """One row per forecast, in order of their middles: columns low, high, middle, mine, and score where there is a truth."""
    rows = sorted(forecasts, key=lambda one: (one.low + one.high, one.low))
    place = rows.index(mine) if mine is not None and mine in rows else -1
    table = pd.DataFrame(rows, columns=["low", "high"])
    table["middle"] = (table["low"] + table["high"]) / 2.0
    table["mine"] = [row == place for row in range(len(rows))]
    if truth is not None:
        table["score"] = [score(one, truth) for one in rows]
    return table


def histogram_of(values: Sequence[float], low: float, high: float, most: int = 10) -> pd.DataFrame:
    """Values counted in bars of a round width between two bounds: columns start, end, count; beyond them, in the last bars.

    most: bars, but for one at each end

    >>> histogram_of([1.0, 2.0, 9.0, 50.0], 0.0, 10.0)["count"].tolist()
    [0, 1, 1, 0, 0, 0, 0, 0, 0, 2]
    """
    step = _round_width(high - low or 1.0, most)
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    edges = np.arange(first, last + 1) * step
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return pd.DataFrame({"start": edges[:-1], "end": edges[1:], "count": counts})


def _round_width(span: float, bars: int) -> float:
    power = 10.0 ** math.floor(math.log10(max(span, 1e-9) / bars))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if span / (factor * power) <= bars + 1e-9)


def class_figure(
    table: pd.DataFrame,
    *,
    unit: str,
    truth: tuple[float, float, float] | None,
    theme: ThemeName = "light",
    height: int = 380,
) -> go.Figure:
    """Draw the forecasts of a class: how their middles are spread, every range below, and the truth across.

    table: of `forecasts_table`; truth: its value and interval, None while it is not to be seen
    """
    colours = THEMES[theme]
    ends = [*table["low"], *table["high"], *([truth[0]] if truth else []), 0.0]
    low, high = min(ends), max(ends)
    edge = 0.04 * (high - low or 1.0)
    bars = histogram_of(table["middle"].tolist(), low - edge, high + edge)
    most = max(bars["count"].max(), 1)
    traces: list[Mapping[str, object]] = [
        {
            "type": "bar", "x": ((bars["start"] + bars["end"]) / 2).tolist(), "y": bars["count"].tolist(),
            "width": (0.94 * (bars["end"] - bars["start"])).tolist(), "showlegend": False,
            "marker": {"color": see_through(colours.scenarios[1], 0.55), "line": {"width": 0}},
            "customdata": bars[["start", "end"]].to_numpy().tolist(),
            "hovertemplate": "<b>%{y}</b> with a middle from %{customdata[0]:,} to %{customdata[1]:,}<extra></extra>",
        }
    ]  # fmt: skip
    lane = 0.9 * most / max(len(table), 6)
    for place, row in enumerate(table.itertuples(index=False)):
        mine = bool(row.mine)
        colour, width, size = (colours.scenarios[0], 6, 12) if mine else (colours.soft, 2, 6)
        traces.append(
            {
                "type": "scatter", "x": [row.low, row.high], "y": [-(place + 1) * lane] * 2, "showlegend": False,
                "mode": "lines+markers", "line": {"color": colour, "width": width},
                "marker": {"symbol": "line-ns-open", "size": size, "color": colour},
                "hovertemplate": ("yours: " if mine else "") + f"{row.low:,g} to {row.high:,g}<extra></extra>",
            }
        )  # fmt: skip
    bottom = -(len(table) + 1) * lane
    span = (low - 2 * edge, high + 3 * edge)
    shapes, notes = _truth_marks(truth, theme, span)
    own = table[table["mine"]]
    if len(own):
        start, end, row = (
            float(own["low"].iloc[0]),
            float(own["high"].iloc[0]),
            -(int(own.index[0]) + 1) * lane,
        )
        # beside its upper end; where the picture ends before the word would, beside its lower one, or above it
        beside: dict[str, Any] = {"x": end, "xanchor": "left", "xshift": 8}
        if _anchor(end, span) == "right":
            beside = {"x": start, "xanchor": "right", "xshift": -8}
            if _anchor(start, span) == "left":
                beside = {"x": (start + end) / 2.0, "xanchor": "center", "yanchor": "bottom", "yshift": 4}
        notes.append(annotation("<b>yours</b>", colours.labels[0], y=row, **beside))
    layout = {
        "bargap": 0,
        "xaxis": {"title": unit, "range": list(span), "nticks": 9},
        "yaxis": {
            "title": "forecasts", "range": [bottom, 1.15 * most], "tickvals": _whole_ticks(most), "tickformat": ",d",
        },
        "shapes": shapes,
    }  # fmt: skip
    margin = {"l": 56, "r": 12, "t": 34, "b": 56}
    return styled(traces, layout, notes, theme, height=height, margin=margin, hovermode="closest")


def worlds_figure(
    worlds: np.ndarray,
    *,
    unit: str,
    truth: tuple[float, float, float],
    mine: float | None,
    theme: ThemeName = "light",
    height: int = 380,
) -> go.Figure:
    """Draw the differences of all worlds, their mean, and the world that is the reader's own."""
    colours = THEMES[theme]
    values = [*worlds.tolist(), *([mine] if mine is not None else []), truth[0]]
    low, high = min(values), max(values)
    edge = 0.04 * (high - low or 1.0)
    bars = histogram_of(worlds.tolist(), low - edge, high + edge, MOST_BARS)
    most = max(int(bars["count"].max()), 1)
    traces = [
        {
            "type": "bar", "x": ((bars["start"] + bars["end"]) / 2).tolist(), "y": bars["count"].tolist(),
            "width": (0.94 * (bars["end"] - bars["start"])).tolist(), "showlegend": False,
            "marker": {"color": see_through(colours.scenarios[2], 0.6), "line": {"width": 0}},
            "customdata": bars[["start", "end"]].to_numpy().tolist(),
            "hovertemplate": "<b>%{y}</b> worlds from %{customdata[0]:,} to %{customdata[1]:,}<extra></extra>",
        }
    ]  # fmt: skip
    span = (float(bars["start"].iloc[0]), float(bars["end"].iloc[-1]))
    shapes, notes = _truth_marks(truth, theme, span)
    if mine is not None:
        notes.append(
            {
                **annotation("<b>your world</b>", colours.labels[0], x=mine, y=0.0, xanchor=_anchor(mine, span)),
                "showarrow": True, "arrowhead": 2, "arrowwidth": 2, "arrowcolor": colours.labels[0],
                "ax": 0, "ay": -46, "yanchor": "bottom",
            }
        )  # fmt: skip
    layout = {
        "bargap": 0,
        "xaxis": {
            "title": unit,
            "range": list(span),
            "nticks": 9,
        },
        "yaxis": {
            "title": "worlds",
            "range": [0, 1.2 * most],
            "tickvals": _whole_ticks(most),
            "tickformat": ",d",
        },
        "shapes": shapes,
    }
    margin = {"l": 56, "r": 12, "t": 34, "b": 56}
    return styled(traces, layout, notes, theme, height=height, margin=margin, hovermode="closest")


def _anchor(value: float, span: tuple[float, float]) -> str:
    """Which end of a word stands at a value, so that on the narrowest screen it does not leave the picture."""
    share = (value - span[0]) / ((span[1] - span[0]) or 1.0)
    return "left" if share < 0.25 else "right" if share > 0.75 else "center"


def _truth_marks(
    truth: tuple[float, float, float] | None, theme: ThemeName, span: tuple[float, float]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Line and band of the truth, and zero; and the word above."""
    colours = THEMES[theme]
    zero = {
        "type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": colours.soft, "width": 1, "dash": "dot"}, "layer": "below",
    }  # fmt: skip
    if truth is None:
        return [zero], []
    value, low, high = truth
    shapes = [zero]
    if math.isfinite(low) and math.isfinite(high):
        shapes.append(
            {
                "type": "rect", "x0": low, "x1": high, "yref": "paper", "y0": 0, "y1": 1,
                "fillcolor": see_through(colours.text, 0.14), "line": {"width": 0}, "layer": "below",
            }
        )  # fmt: skip
    shapes.append(
        {
            "type": "line", "x0": value, "x1": value, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": colours.text, "width": 2.5},
        }
    )  # fmt: skip
    words = f"<b>the truth: {shown(value, decimals_for(value, low, high))}</b>"
    place: dict[str, Any] = {
        "x": value,
        "xanchor": _anchor(value, span),
        "yref": "paper",
        "y": 1.0,
        "yanchor": "bottom",
    }
    return shapes, [annotation(words, colours.text, **place, yshift=4)]


def _whole_ticks(most: float) -> list[float]:
    step = max(1.0, _round_width(float(most), 5))
    return np.arange(0.0, most + step / 2, step).tolist()
