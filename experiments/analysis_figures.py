"""Figures of analyses of many settings: what moves an outcome, where a strategy wins, and where both break even.

Every number in a figure stands in the answer it was drawn from; `analysis_report` has the tables beside them.
"""

import html
import math
import textwrap
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from worthsharing.experiments.analyses import Box, Decomposition, Screening, Side, Tipping, Varied
from worthsharing.experiments.figures import (
    LEGEND,
    THEMES,
    ThemeName,
    annotation,
    plain,
    see_through,
    styled,
    wrapped,
)
from worthsharing.experiments.ledger import GUESSED
from worthsharing.experiments.summary import decimals_for, shown, shown_interval, signed

SHOWN = 12  # parameters in a figure; the table has the rest
ROW = 42  # pixels of one parameter
NAME_WIDTH = 36  # letters of a parameter's name in a line
LEFT = 288  # pixels that these take

TORNADO_HELP = (
    "The line in the middle is the mean over all settings. Each bar runs from what the outcome is on average where "
    "the parameter is at the low end of its plausible range (striped) to what it is at the high end (plain), whatever "
    "the others are. The thin line with an end on each side is the 95 % interval of the high end: where it crosses the "
    "line in the middle, it is not sure which way the parameter pushes. The hollow frame is as wide as the change is on "
    "average when its direction is left aside: where it is much wider than the bar, the parameter pushes one way in "
    "some settings and the other way in others. The grey band is as wide as a change that luck alone would show. A "
    "parameter marked as a guess has a size that nobody has measured."
)
SHARES_HELP = (
    "Settings were drawn at random from the plausible ranges, so the outcome varies. The dark bar is the share of its "
    "variance that a parameter makes by itself, the pale bar what it makes together with all others; the line is the "
    "95 % interval of the latter. Pale bars may add up to more than 100 %, because what two parameters do together "
    "counts for both. The grey bar is luck: what is left of it in the mean over the worlds of a setting. A share lies "
    "between 0 and 100 %: where an estimate or the end of an interval lies beyond, it was cut there, here and in the "
    "words; the files have it as it was computed."
)
BOX_HELP = (
    "Each line is the plausible range of one parameter, on its own scale, and the thick part is where the strategy "
    "wins. All limits hold at once; parameters that are not named may have any value. The hollow diamond is the default, "
    "where both scenarios have the same. Limits were found in one half of the settings, and the shares were counted in "
    "the other half."
)
MAP_HELP = (
    "Each place is one value of both parameters, with everything else as it is in the scenarios. The colour is the "
    "difference; the strong line is where both break even. Between the dotted lines, where the colour is pale, the 95 "
    "% interval includes no difference at all. Points are the settings that were run; the diamond is where the "
    "defaults are."
)


def names_of(parameter: Varied) -> str:
    """What a parameter is, in lines, and whether its size is a guess."""
    name, alone, side = parameter.short.partition(" (of ")
    guess = " (guess)" if parameter.grade in GUESSED else ""
    room = NAME_WIDTH - len(guess) - len(alone + side)
    lines = textwrap.wrap(plain(name), NAME_WIDTH, max_lines=2, placeholder=" …") or [""]
    if len(lines[-1]) > room:  # what follows stands in the last line
        lines = textwrap.wrap(plain(name), room, max_lines=2, placeholder=" …") or [""]
    words = "<br>".join(html.escape(line) for line in lines) + html.escape(alone + side)
    return words + guess.replace("(guess)", "<i>(guess)</i>")


def percent(share: float) -> str:
    """Share as a whole percentage, which an estimate may put below 0.

    >>> percent(0.834), percent(-0.14), percent(-0.001)
    ('83 %', '−14 %', '0 %')
    """
    return "–" if math.isnan(share) else f"{shown(100 * share, 0)} %"


def cut(share: float) -> float:
    """Share of a variance that is estimated, cut at 0 and 1.

    >>> cut(-0.07), cut(0.4), cut(1.32)
    (0.0, 0.4, 1.0)
    """
    return share if math.isnan(share) else min(1.0, max(0.0, share))


def cut_interval(low: float, high: float) -> str:
    """Interval of a share of a variance, cut at 0 and 100 %.

    >>> cut_interval(0.57, 1.32), cut_interval(-0.07, 0.26)
    ('57 % to 100 %', '0 % to 26 %')
    """
    return f"{percent(cut(low))} to {percent(cut(high))}"


def value_words(value: float) -> str:
    """Value of a parameter, as a person would type it."""
    if not math.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.3g}".replace("-", "−")


def rows_height(rows: int) -> int:
    """Height of a figure with one row for each of so many parameters."""
    return ROW * max(rows, 3) + 108


# ---- what moves it ------------------------------------------------------------------------------------------------


def tornado_figure(screening: Screening, unit: str, *, paired: bool, theme: ThemeName = "light") -> go.Figure:
    """Draw the strongest effects as a tornado around the mean outcome.

    unit: of the outcome; paired: whether it is a difference, of which zero is the break-even
    """
    colours = THEMES[theme]
    effects = screening.effects[:SHOWN]
    names = [names_of(effect.parameter) for effect in effects]
    digits = decimals_for(*(effect.size for effect in effects))
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "y": list(range(len(effects))),
            "x": [effect.size for effect in effects],
            "base": [screening.mean - effect.size / 2.0 for effect in effects],
            "name": "whichever way",
            "legendrank": 1001,  # behind what the picture is about
            "width": 0.8,
            "marker": {"color": "rgba(0,0,0,0)", "line": {"width": 1.2, "color": colours.soft}},
            "customdata": [
                [
                    html.escape(effect.parameter.short),
                    shown(effect.size, digits),
                    shown_interval(effect.size_low, effect.size_high, digits),
                ]
                for effect in effects
            ],
            "hovertemplate": "%{customdata[0]}: changes by <b>%{customdata[1]}</b> whichever way (%{customdata[2]})"
            "<extra></extra>",
        }
    ]
    for end, sign, colour, pattern in (
        ("at the low end", -1.0, colours.scenarios[0], "/"),
        ("at the high end", 1.0, colours.scenarios[1], ""),
    ):
        halves = [sign * effect.signed / 2.0 for effect in effects]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "y": list(range(len(effects))),
                "x": halves,
                "base": screening.mean,
                "name": end,
                "width": 0.55,
                "marker": {
                    "color": colour,
                    "line": {"width": 0},
                    "pattern": {
                        "shape": pattern,
                        "fillmode": "overlay",
                        "solidity": 0.3,
                        "fgcolor": colours.hover,
                    },
                },
                "customdata": [
                    [
                        html.escape(effect.parameter.short),
                        shown(screening.mean + half, digits),
                        value_words(effect.parameter.low if sign < 0.0 else effect.parameter.high),
                        html.escape(effect.parameter.unit),
                    ]
                    for effect, half in zip(effects, halves, strict=True)
                ],
                "hovertemplate": "%{customdata[0]} at %{customdata[2]} %{customdata[3]}: <b>%{customdata[1]}</b> on average"
                "<extra></extra>",
            }
        )
    # the interval of the effect, at the high end: half of the effect lies on each side of the mean
    intervals = [
        (screening.mean + one.signed_low / 2.0, screening.mean + one.signed_high / 2.0) for one in effects
    ]
    traces.append(
        {
            "type": "scatter",
            "x": [x for low, high in intervals for x in (low, high, None)],
            "y": [y for row in range(len(effects)) for y in (row, row, None)],
            "mode": "lines+markers",
            "name": "95 % interval",
            "line": {"color": colours.text, "width": 1.5},
            "marker": {"symbol": "line-ns-open", "size": 9, "color": colours.text},
            "hoverinfo": "skip",
        }
    )
    lefts = [
        min(low, screening.mean - one.size / 2.0) for one, (low, _) in zip(effects, intervals, strict=True)
    ]
    rights = [
        max(high, screening.mean + one.size / 2.0) for one, (_, high) in zip(effects, intervals, strict=True)
    ]
    left, right = min(lefts, default=screening.mean), max(rights, default=screening.mean)
    span = right - left or 2.0
    left, right = left - 0.04 * span, right + 0.15 * span  # the numbers stand right of it
    if paired and left < 0.25 * (right - left) and right > -0.25 * (right - left):
        left, right = min(left, -0.04 * (right - left)), max(right, 0.04 * (right - left))
    annotations = [
        annotation(
            f"{signed(effect.signed, digits)}",
            colours.text,
            x=end,
            y=row,
            xanchor="left",
            xshift=8,
            bgcolor=see_through(colours.hover, 0.8),  # readable on the line of break-even, too
            borderpad=0,
        )
        for row, (effect, end) in enumerate(zip(effects, rights, strict=True))
    ]
    shapes = [
        _band(screening.mean - screening.floor / 2.0, screening.mean + screening.floor / 2.0, colours.soft)
    ]
    shapes.append(_line(screening.mean, colours.soft, 1.0))
    if paired and left < 0.0 < right:
        shapes.append(_line(0.0, colours.text, 2.0))
        annotations.append(
            annotation(
                "break-even", colours.text, x=0.0, xref="x", y=0, yref="paper", yanchor="top", yshift=-22, xanchor="center"
            )
        )  # fmt: skip
    layout = {
        "barmode": "overlay",
        "legend": LEGEND,
        "xaxis": {"title": unit, "range": [left, right], "nticks": 7},
        "yaxis": _names_axis(names),
        "shapes": shapes,
    }
    margin = {"l": LEFT, "r": 16, "t": 44, "b": 64}
    return styled(
        traces,
        layout,
        annotations,
        theme,
        height=rows_height(len(effects)),
        margin=margin,
        hovermode="closest",
    )


def shares_figure(decomposition: Decomposition, *, theme: ThemeName = "light") -> go.Figure:
    """Draw what share of the variance each parameter accounts for, alone and in all, with luck beneath."""
    colours = THEMES[theme]
    shares = decomposition.shares[:SHOWN]
    luck = decomposition.luck.of_the_mean
    names = [*(names_of(share.parameter) for share in shares), "Luck"]
    rows = list(range(len(shares)))
    blue = colours.scenarios[1]
    told = [
        [
            html.escape(share.parameter.short),
            percent(cut(share.alone)),
            cut_interval(share.alone_low, share.alone_high),
            percent(cut(share.total)),
            cut_interval(share.total_low, share.total_high),
        ]
        for share in shares
    ]
    hover = (
        "%{customdata[0]}: <b>%{customdata[1]}</b> alone (%{customdata[2]}), <b>%{customdata[3]}</b> with all others "
        "(%{customdata[4]})<extra></extra>"
    )
    common = {"type": "bar", "orientation": "h", "y": rows, "customdata": told, "hovertemplate": hover}
    totals = [cut(share.total) for share in shares]
    above = [max(0.0, cut(share.total_high) - total) for share, total in zip(shares, totals, strict=True)]
    below = [max(0.0, total - cut(share.total_low)) for share, total in zip(shares, totals, strict=True)]
    traces: list[dict[str, Any]] = [
        {
            **common,
            "name": "with all others",
            "x": totals,
            "width": 0.62,
            "marker": {"color": see_through(blue, 0.35), "line": {"width": 1, "color": blue}},
        },
        {
            **common,
            "name": "alone",
            "x": [cut(share.alone) for share in shares],
            "width": 0.34,
            "marker": {"color": blue, "line": {"width": 0}},
        },
        {
            # on top of both bars, which would hide its lower half
            "type": "scatter",
            "mode": "markers",
            "y": rows,
            "x": totals,
            "marker": {"size": 1, "color": colours.text},
            "showlegend": False,
            "hoverinfo": "skip",
            "error_x": {
                "type": "data",
                "symmetric": False,
                "array": above,
                "arrayminus": below,
                "color": colours.text,
                "thickness": 1.5,
                "width": 5,
            },
        },
        {
            "type": "bar",
            "orientation": "h",
            "y": [len(shares)],
            "x": [0.0 if math.isnan(luck) else luck],
            "width": 0.5,
            "name": "luck",
            "marker": {
                "color": colours.soft,
                "pattern": {"shape": ".", "fillmode": "overlay", "solidity": 0.3, "fgcolor": colours.hover},
            },
            "hovertemplate": f"luck left in the mean of the worlds: <b>{percent(luck)}</b><extra></extra>",
        },
    ]
    annotations = [
        annotation(
            percent(total),
            colours.text,
            x=max(cut(share.alone), total + extra),
            y=row,
            xanchor="left",
            xshift=8,
        )
        for row, share, total, extra in zip(rows, shares, totals, above, strict=True)
    ]
    annotations.append(
        annotation(
            percent(luck),
            colours.text,
            x=0.0 if math.isnan(luck) else luck,
            y=len(shares),
            xanchor="left",
            xshift=8,
        )
    )
    most = max([cut(share.total_high) for share in shares] + [0.1])
    layout = {
        "barmode": "overlay",
        "legend": LEGEND,
        "xaxis": {
            "title": "share of the variance",
            "range": [0, 1.15 * most],
            "nticks": 6,
            "tickformat": ",.0%",
        },
        "yaxis": _names_axis(names),
    }
    margin = {"l": LEFT, "r": 16, "t": 44, "b": 56}
    return styled(
        traces, layout, annotations, theme, height=rows_height(len(names)), margin=margin, hovermode="closest"
    )


def _names_axis(names: Sequence[str]) -> dict[str, Any]:
    return {
        "tickvals": list(range(len(names))),
        "ticktext": list(names),
        "range": [len(names) - 0.4, -0.6],
        "showgrid": False,
        "ticklen": 6,
        "separatethousands": False,
    }


def _line(x: float, colour: str, width: float) -> dict[str, Any]:
    return {
        "type": "line", "xref": "x", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": colour, "width": width}, "layer": "below",
    }  # fmt: skip


def _band(low: float, high: float, colour: str) -> dict[str, Any]:
    return {
        "type": "rect", "xref": "x", "x0": low, "x1": high, "yref": "paper", "y0": 0, "y1": 1,
        "fillcolor": see_through(colour, 0.22), "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


# ---- where it wins ------------------------------------------------------------------------------------------------


def limit_words(side: Side) -> str:
    """Where a box ends along one parameter, in a few characters."""
    if side.low is None and side.high is None:
        return "any"
    if side.low is None:
        return f"< {value_words(side.high or 0.0)}"
    if side.high is None:
        return f"> {value_words(side.low)}"
    return f"{value_words(side.low)} to {value_words(side.high)}"


def place_on(parameter: Varied, value: float) -> float:
    """Where a value stands in the range of a parameter, 0 to 1, on its own scale."""
    low, high = parameter.low, parameter.high
    if not high > low:
        return 0.5
    if parameter.log:
        return math.log(value / low) / math.log(high / low) if value > 0.0 else 0.0
    return (value - low) / (high - low)


def box_figure(box: Box, *, theme: ThemeName = "light") -> go.Figure:
    """Draw the limits of a box on the plausible ranges of its parameters."""
    colours = THEMES[theme]
    blue = colours.scenarios[1]
    traces: list[dict[str, Any]] = []
    annotations = []
    for row, side in enumerate(box.sides):
        one = side.parameter
        low = 0.0 if side.low is None else place_on(one, side.low)
        high = 1.0 if side.high is None else place_on(one, side.high)
        traces += [
            {
                "type": "scatter", "x": [0, 1], "y": [row, row], "mode": "lines", "showlegend": False,
                "line": {"color": colours.grid, "width": 8}, "hoverinfo": "skip",
            },
            {
                "type": "scatter", "x": [low, high], "y": [row, row], "mode": "lines+markers", "showlegend": False,
                "line": {"color": blue, "width": 14},
                "marker": {"symbol": "line-ns", "size": 20, "line": {"color": blue, "width": 4}},
                "hovertemplate": f"{html.escape(one.short)}: <b>{limit_words(side)}</b> {html.escape(one.unit)}"
                "<extra></extra>",
            },
        ]  # fmt: skip
        if one.default is not None and 0.0 <= place_on(one, one.default) <= 1.0:
            traces.append(
                {
                    "type": "scatter", "x": [place_on(one, one.default)], "y": [row], "mode": "markers",
                    "showlegend": False,
                    "marker": {
                        "symbol": "diamond", "size": 12, "color": colours.hover, "line": {"color": colours.text, "width": 2}
                    },
                    "hovertemplate": f"default: {value_words(one.default)}<extra></extra>",
                }
            )  # fmt: skip
        for x, anchor, value in ((0, "left", one.low), (1, "right", one.high)):
            annotations.append(
                annotation(
                    value_words(value), colours.soft, x=x, y=row, xanchor=anchor, yanchor="top", yshift=-12
                )
            )
        annotations.append(
            annotation(
                f"<b>{limit_words(side)}</b>",
                colours.text,
                x=(low + high) / 2,
                y=row,
                yanchor="bottom",
                yshift=9,
            )
        )
    layout = {
        "xaxis": {"range": [-0.02, 1.02], "showticklabels": False, "ticks": "", "showline": False},
        "yaxis": _names_axis([names_of(side.parameter) for side in box.sides])
        | {"range": [len(box.sides) - 0.35, -0.65]},
    }
    margin = {"l": LEFT, "r": 24, "t": 12, "b": 12}
    return styled(
        traces, layout, annotations, theme, height=box_height(box), margin=margin, hovermode="closest"
    )


def box_height(box: Box) -> int:
    """Height of the figure of a box."""
    return 76 * len(box.sides) + 32


# ---- where both break even ----------------------------------------------------------------------------------------


def map_figure(
    tipping: Tipping,
    names: Sequence[str],
    unit: str,
    better: str,
    *,
    theme: ThemeName = "light",
    height: int = 520,
) -> go.Figure:
    """Draw the difference over a plane with the line of break-even and its interval.

    names: of the first and the second scenario; better: which direction is, as in the measures
    """
    colours = THEMES[theme]
    orange, blue = colours.scenarios[0], colours.scenarios[1]
    most = max(abs(value) for row in tipping.difference for value in row) or 1.0
    digits = decimals_for(most)
    below, above = (blue, orange) if better == "less" else (orange, blue)
    paper = colours.hover
    scale = [[0.0, below], [0.5, paper], [1.0, above]]
    told = [
        [shown_interval(low, high, digits) for low, high in zip(*rows, strict=True)]
        for rows in zip(tipping.low, tipping.high, strict=True)
    ]
    unsure = [
        [1.0 if low <= 0.0 <= high else None for low, high in zip(*rows, strict=True)]
        for rows in zip(tipping.low, tipping.high, strict=True)
    ]
    x, y = list(tipping.xs), list(tipping.ys)
    traces: list[dict[str, Any]] = [
        {
            "type": "heatmap", "x": x, "y": y, "z": [list(row) for row in tipping.difference],
            "zmin": -most, "zmax": most, "colorscale": scale, "customdata": told,
            "colorbar": {
                "title": {"text": unit, "side": "right"}, "thickness": 14, "outlinewidth": 0, "tickfont": {"size": 13}
            },
            "hovertemplate": f"{html.escape(tipping.x.short)} %{{x:.3g}}<br>{html.escape(tipping.y.short)} %{{y:.3g}}<br>"
            f"difference <b>%{{z:,.{digits}f}}</b> (%{{customdata}})<extra></extra>",
        },
        {
            "type": "heatmap", "x": x, "y": y, "z": unsure, "showscale": False, "hoverinfo": "skip",
            "colorscale": [[0.0, see_through(paper, 0.55)], [1.0, see_through(paper, 0.55)]],
        },
    ]  # fmt: skip
    lines = ((tipping.difference, "solid", 3.5), (tipping.low, "dot", 1.8), (tipping.high, "dot", 1.8))
    traces += [
        {
            "type": "contour", "x": x, "y": y, "z": [list(row) for row in table], "showscale": False, "hoverinfo": "skip",
            "contours": {"type": "constraint", "operation": "=", "value": 0.0},
            "line": {"color": colours.text, "width": width, "dash": dash, "smoothing": 0.8}, "showlegend": False,
        }
        for table, dash, width in lines
    ]  # fmt: skip
    traces.append(
        {
            "type": "scatter", "x": [one[0] for one in tipping.settings], "y": [one[1] for one in tipping.settings],
            "mode": "markers", "showlegend": False,
            "marker": {"size": 7, "color": "rgba(0,0,0,0)", "line": {"color": colours.text, "width": 1.2}},
            "customdata": [signed(one[2], digits) for one in tipping.settings],
            "hovertemplate": "run at %{x:.3g}, %{y:.3g}: <b>%{customdata}</b><extra></extra>",
        }
    )  # fmt: skip
    if tipping.x.default is not None and tipping.y.default is not None:
        traces.append(
            {
                "type": "scatter", "x": [tipping.x.default], "y": [tipping.y.default], "mode": "markers",
                "showlegend": False,
                "marker": {"symbol": "diamond", "size": 14, "color": paper, "line": {"color": colours.text, "width": 2.5}},
                "hovertemplate": "the defaults<extra></extra>",
            }
        )  # fmt: skip
    place = {"xref": "paper", "yref": "paper", "y": 1.0, "yanchor": "bottom"}
    annotations = [
        annotation(
            f"<b>■ {wrapped(name, 60)}</b> ahead",
            colours.labels[side],
            x=0,
            xanchor="left",
            **place | {"yshift": shift},
        )
        for side, (name, shift) in enumerate(zip(names, (6, 26), strict=True))
    ]
    layout = {
        "xaxis": _value_axis(tipping.x),
        "yaxis": _value_axis(tipping.y),
    }
    margin = {"l": 76, "r": 8, "t": 64, "b": 60}
    return styled(traces, layout, annotations, theme, height=height, margin=margin, hovermode="closest")


def _value_axis(one: Varied) -> dict[str, Any]:
    ends = [one.low, one.high]
    title = wrapped(f"{one.short}, {one.unit}" if one.unit else one.short, 60)
    if one.log:
        ticks = [factor * 10.0**power for power in range(-6, 7) for factor in (1, 2, 5)]
        return {
            "title": title, "type": "log", "range": [math.log10(end) for end in ends],
            "tickvals": [tick for tick in ticks if ends[0] * 0.999 <= tick <= ends[1] * 1.001],
            "showgrid": False,
        }  # fmt: skip
    return {"title": title, "range": ends, "nticks": 6, "showgrid": False}
