"""Small tables of what an explanation found, and the figures drawn of them: waterfalls, and where a verdict changes.

Table first, figure second: every number in a figure stands in the table it was drawn from.
"""

import html
import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import plotly.graph_objects as go

from worthsharing.experiments.break_even import BreakEven, Changes, break_even_words
from worthsharing.experiments.explain import NONE, Amount, Question, Split
from worthsharing.experiments.figures import (
    THEMES,
    ThemeName,
    annotation,
    plain,
    see_through,
    styled,
    wrapped,
)
from worthsharing.experiments.page import Table
from worthsharing.experiments.summary import NOT_AVAILABLE, decimals_for, shown, shown_interval, signed

ROW = 38  # pixels
WRAP = 16  # letters in a line

WATERFALL_HELP = (
    "Read from top to bottom: each bar begins where the one above it ends, so together they lead to the difference at the "
    "bottom. The thin line on a bar is its interval. Blue bars move the outcome in favour of the second scenario, "
    "striped orange ones in favour of the first; a pale bar cannot be told from nothing."
)
CURVE_HELP = (
    "The line is the difference between the two scenarios when this one parameter is moved, in both at once; the band is "
    "its 95 % interval. Where the line crosses zero the verdict changes; the mark with its bar is that value and its "
    "interval. The dotted line is the value used, and the axis is the plausible range."
)

Tone = Literal["a", "b", "neutral"]


class Bar(NamedTuple):
    """One bar of a waterfall: from where to where it leads, in the unit of the outcome.

    tone: whose advantage it is; whole: whether it is the difference itself
    """

    label: str
    begins: float
    ends: float
    amount: Amount
    share: Amount
    tone: Tone
    whole: bool


def waterfall_table(split: Split) -> tuple[Bar, ...]:
    """Bars of a split: what is there without any of the parts, the parts from the largest on, and the whole."""
    ordered = sorted(split.parts, key=lambda part: part.player.id != NONE)
    bars, level = [], 0.0
    for part in ordered:
        after = level + part.amount.mean
        tone = _tone(split, part.amount)
        bars.append(Bar(part.player.label, level, after, part.amount, part.share, tone, False))
        level = after
    share = Amount(1.0, 1.0, 1.0) if split.whole.is_clear else Amount(math.nan, math.nan, math.nan)
    bars.append(Bar("difference", 0.0, split.whole.mean, split.whole, share, _tone(split, split.whole), True))
    return tuple(bars)


def _tone(split: Split, amount: Amount) -> Tone:
    if split.better == "neither" or amount.mean == 0.0:
        return "neutral"
    return "b" if (amount.mean > 0.0) == (split.better == "more") else "a"


def waterfall_height(table: Sequence[Bar]) -> int:
    """Height of the figure in pixels."""
    return ROW * len(table) + 96


def waterfall_figure(
    table: Sequence[Bar],
    unit: str,
    *,
    theme: ThemeName = "light",
    height: int | None = None,
) -> go.Figure:
    """Draw a waterfall of parts, first on top."""
    colours = THEMES[theme]
    colour_of = {"a": colours.scenarios[0], "b": colours.scenarios[1], "neutral": colours.soft}
    digits = decimals_for(*(bar.amount.mean for bar in table))
    traces: list[dict[str, Any]] = []
    annotations = []
    reach = [0.0]
    for row, bar in enumerate(table):
        low, high = (
            bar.begins + end if math.isfinite(end) else bar.ends for end in (bar.amount.low, bar.amount.high)
        )
        reach += [bar.begins, bar.ends, low, high]
        colour = colour_of[bar.tone]
        pale = not bar.amount.is_clear
        striped = {"shape": "/", "fillmode": "overlay", "solidity": 0.25, "fgcolor": colours.hover}
        traces.append(
            {
                "type": "bar", "orientation": "h", "y": [row], "x": [bar.ends - bar.begins], "base": [bar.begins],
                "width": 0.78 if bar.whole else 0.6, "showlegend": False,
                "marker": {
                    "color": see_through(colour, 0.35) if pale else colour,
                    "line": {"color": colour, "width": 1},
                    "pattern": striped if bar.tone == "a" else {},
                },
                "error_x": {
                    "type": "data", "symmetric": False, "array": [high - bar.ends], "arrayminus": [bar.ends - low],
                    "color": colours.text, "thickness": 1.5, "width": 4,
                },
                "customdata": [[html.escape(bar.label), said(bar.amount, digits), percent_said(bar.share)]],
                "hovertemplate": "%{customdata[0]}: <b>%{customdata[1]}</b> %{customdata[2]}<extra></extra>",
            }
        )  # fmt: skip
        if row + 1 < len(table):
            level = bar.ends
            traces.append(
                {
                    "type": "scatter", "mode": "lines", "x": [level, level], "y": [row, row + 1], "hoverinfo": "skip",
                    "line": {"color": colours.soft, "width": 1, "dash": "dot"}, "showlegend": False,
                }
            )  # fmt: skip
        annotations.append(
            annotation(
                f"<b>{signed(bar.amount.mean, digits)}</b>" if bar.whole else signed(bar.amount.mean, digits),
                colours.text, x=1.0, xref="paper", xanchor="left", xshift=6, y=row,
            )
        )  # fmt: skip
    span = max(reach) - min(reach) or 1.0
    layout = {
        "xaxis": {
            "title": html.escape(f"difference in {unit}" if " to " not in unit else f"difference, {unit}"),
            "range": [min(reach) - 0.03 * span, max(reach) + 0.03 * span],
            "zeroline": True,
            "zerolinecolor": colours.soft,
            "nticks": 6,
        },
        "yaxis": {
            "range": [len(table) - 0.5, -0.5],
            "showgrid": False,
            "tickvals": list(range(len(table))),
            "ticktext": [
                f"<b>{wrapped(bar.label, WRAP)}</b>" if bar.whole else wrapped(bar.label, WRAP)
                for bar in table
            ],
            "ticklen": 6,
        },
        "barmode": "overlay",
    }
    height = waterfall_height(table) if height is None else height
    margin = {"l": 132, "r": 68, "t": 16, "b": 60}
    return styled(traces, layout, annotations, theme, height=height, margin=margin, hovermode="closest")


def said(amount: Amount, digits: int) -> str:
    """Amount with its interval: `−351 (−382 to −319)`."""
    interval = shown_interval(amount.low, amount.high, digits)
    return signed(amount.mean, digits) + (f" ({interval})" if interval != NOT_AVAILABLE else "")


def percent_said(share: Amount) -> str:
    """Share with its interval: `62 % (57 to 67)`; empty where there is none."""
    if math.isnan(share.mean):
        return ""
    interval = shown_interval(100.0 * share.low, 100.0 * share.high, 0)
    return f"{shown(100.0 * share.mean, 0)} % ({interval})"


def split_cells(split: Split, question: Question, names: tuple[str, str]) -> Table:
    """Split as the cells of a table: parts with their intervals and shares, in each scenario too where it was measured."""
    digits = split.decimals
    first, second = (plain(name) for name in names)
    sides = question == "mechanisms"
    rows = []
    for part in split.parts:
        cells = [part.player.label, said(part.amount, digits), percent_said(part.share) or NOT_AVAILABLE]
        if sides:
            cells += [said(one, digits) if one else NOT_AVAILABLE for one in (part.in_a, part.in_b)]
        else:
            cells.append(part.player.change)
        rows.append(tuple(cells))
    rows.append(
        (
            "difference",
            said(split.whole, digits),
            "100 %" if split.whole.is_clear else NOT_AVAILABLE,
            *(["", ""] if sides else [""]),
        )
    )
    head = ["Mechanism" if sides else "Setting", "Moves the difference by", "Share of it"]
    head += [f"Moves {first} by", f"Moves {second} by"] if sides else [f"{first} → {second}"]
    return Table(f"{split.label}: {second} minus {first}, {split.unit}", tuple(head), tuple(rows))


def interaction_cells(split: Split) -> Table:
    """The largest interactions as the cells of a table."""
    digits = decimals_for(*(one.amount.mean for one in split.interactions))
    rows = [
        (f"{one.one.label} and {one.other.label}", said(one.amount, digits)) for one in split.interactions
    ]
    caption = (
        f"The three largest of {split.pairs} pairs, {split.unit}; the intervals allow for having chosen them"
    )
    return Table(caption, ("Together", "More or less than apart"), tuple(rows))


# ---- where the verdict changes --------------------------------------------------------------------------------------


def curve_figure(found: BreakEven, unit: str, *, theme: ThemeName = "light", height: int = 300) -> go.Figure:
    """Draw the difference along one parameter, and where it is zero."""
    colours = THEMES[theme]
    parameter = found.parameter
    steps = [(value, amount) for value, amount in found.steps if math.isfinite(amount.mean)]
    values = [value for value, _ in steps]
    colour = colours.scenarios[1]
    digits = decimals_for(*(amount.mean for _, amount in steps))
    places = decimals_for(parameter.low, parameter.high)
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "fill": "toself", "fillcolor": see_through(colour, 0.2),
            "x": values + values[::-1], "line": {"width": 0, "color": colour}, "hoverinfo": "skip", "showlegend": False,
            "y": [amount.high for _, amount in steps] + [amount.low for _, amount in reversed(steps)],
        },
        {
            "type": "scatter", "mode": "lines+markers", "x": values, "y": [amount.mean for _, amount in steps],
            "line": {"color": colour, "width": 3}, "marker": {"size": 7, "color": colour}, "showlegend": False,
            "customdata": [[shown(value, places), said(amount, digits)] for value, amount in steps],
            "hovertemplate": "%{customdata[0]}: <b>%{customdata[1]}</b><extra></extra>",
        },
    ]  # fmt: skip
    if found.word == "changes it":
        mark = colours.scenarios[0]
        traces += [
            {
                "type": "scatter", "mode": "lines", "x": [found.low, found.high], "y": [0, 0], "hoverinfo": "skip",
                "line": {"color": mark, "width": 7}, "opacity": 0.5, "showlegend": False,
            },
            {
                "type": "scatter", "mode": "markers", "x": [found.value], "y": [0], "showlegend": False,
                "marker": {"symbol": "diamond", "size": 14, "color": mark, "line": {"color": colours.hover, "width": 1}},
                "hovertemplate": f"break-even at <b>{shown(found.value, places)}</b><extra></extra>",
            },
        ]  # fmt: skip
    ends = [end for _, amount in steps for end in (amount.low, amount.high) if math.isfinite(end)]
    bottom, top = min([0.0, *ends]), max([0.0, *ends])
    span = top - bottom or 1.0
    low, high = parameter.low, parameter.high
    is_log = parameter.weighting == "log-uniform"
    axis = [math.log10(low), math.log10(high)] if is_log else [low, high]
    pad = 0.03 * (axis[1] - axis[0])
    here = math.log10(found.here) if is_log and found.here > 0.0 else found.here
    layout = {
        "xaxis": {
            "title": html.escape(f"{parameter.path}, {parameter.unit}"),
            "type": "log" if is_log else "linear",
            "range": [axis[0] - pad, axis[1] + pad],
            **({"tickvals": _round_values(low, high), "tickformat": "~g"} if is_log else {"nticks": 6}),
        },
        "yaxis": {
            "title": html.escape(unit),
            "range": [bottom - 0.06 * span, top + 0.12 * span],
            "zeroline": True,
            "zerolinecolor": colours.text,
            "zerolinewidth": 1.5,
            "nticks": 5,
        },
        "shapes": [
            {
                "type": "line", "x0": found.here, "x1": found.here, "y0": 0, "y1": 1, "yref": "paper",
                "line": {"color": colours.soft, "width": 1.5, "dash": "dot"},
            }
        ],
    }  # fmt: skip
    annotations = [annotation("used", colours.soft, x=here, y=1.0, yref="paper", yanchor="bottom")]
    margin = {"l": 70, "r": 16, "t": 30, "b": 56}
    return styled(traces, layout, annotations, theme, height=height, margin=margin, hovermode="closest")


def _round_values(low: float, high: float) -> list[float]:
    """Round values within a range of a logarithmic axis, few enough to be read.

    >>> _round_values(4, 28), _round_values(0.005, 0.08)
    ([5, 10, 20], [0.005, 0.01, 0.02, 0.05])
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [round(factor * 10.0**power, 12) for power in powers for factor in (1, 2, 5)]
    values = [int(value) if value == int(value) else value for value in values]
    within = [value for value in values if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
    return within if len(within) <= 7 else within[:: math.ceil(len(within) / 7)]


def ends_cells(changes: Changes, most: int = 12) -> Table:
    """Parameters that move the difference nearest to the other sign, at both ends of their ranges, as a table's cells."""
    digits = decimals_for(*(end for one in changes.ends[:most] for end in (one.at_low, one.at_high)))
    rows = [
        (
            one.parameter.short,
            f"{_plain_number(one.parameter.low)} to {_plain_number(one.parameter.high)}",
            one.parameter.grade,
            signed(one.at_low, digits),
            signed(one.at_high, digits),
        )
        for one in changes.ends[:most]
    ]
    caption = (
        f"{changes.label}, difference in {changes.unit} with one parameter at either end; means of few worlds"
    )
    return Table(
        caption, ("Parameter", "Plausible", "Grade", "At the low end", "At the high end"), tuple(rows)
    )


def _plain_number(value: float) -> str:
    return f"{value:g}"


def break_even_cells(changes: Changes) -> Table:
    """What the parameters looked at closely do to the verdict, as a table's cells."""
    rows = [
        (
            one.parameter.short,
            break_even_words(one),
            _plain_number(float(f"{one.here:.3g}")),
            f"{_plain_number(one.parameter.low)} to {_plain_number(one.parameter.high)}",
            signed(one.least, decimals_for(one.least, changes.at.mean)),
            f"{100.0 * one.other:.0f} %" if math.isfinite(one.other) else NOT_AVAILABLE,
            f"{one.parameter.grade}, a guess" if one.is_guess else one.parameter.grade,
        )
        for one in changes.found
    ]
    header = ("Parameter", "Break-even", "Used", "Plausible", "Least", "Other side", "Grade")
    caption = (
        f"{changes.label}: where neither scenario is ahead, the difference where it is least (in {changes.unit}), and the "
        "share of the plausible range in which the other scenario is ahead"
    )
    return Table(caption, header, tuple(rows))
