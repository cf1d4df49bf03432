"""Small tables and the figures drawn of them: pure functions, for the report and the app alike.

Table first, figure second: every number in a figure stands in the table it was drawn from.
"""

import html
import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from worthsharing.experiments.compare import Comparison, Difference
from worthsharing.experiments.execute import Results
from worthsharing.experiments.summary import NOT_AVAILABLE, decimals_for, shown, shown_interval, summarise
from worthsharing.sim.measures import BACKLASH_PARTS, DAILY, MEASURES

ThemeName = Literal["light", "dark"]
Panels = Literal["together", "apart"]
Tone = Literal["a", "b", "open", "neutral"]

# plotly.js has a button that uploads the chart to its vendor; every graph of this project takes this dictionary
CONFIG: dict[str, Any] = {
    "showSendToCloud": False,
    "displaylogo": False,
    "responsive": True,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "pan2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}
FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
BAND = (0.05, 0.95)  # the middle 90 % of worlds
SOURCES: tuple[tuple[str, str], ...] = (
    ("reach_owned", "Owned"),
    ("reach_paid", "Paid"),
    ("reach_earned", "Earned"),
)
DASHES = ("solid", "dash", "dot", "dashdot")  # colour is never the only difference
PATTERNS = ("", "/", ".", "x")
MOST_SCENARIOS = 4


@dataclass(frozen=True)
class Theme:
    """Colours of one theme: Okabe–Ito for what is compared, with tones of them that can be read as text."""

    text: str
    soft: str
    grid: str
    scenarios: tuple[str, ...]
    labels: tuple[str, ...]
    sources: tuple[str, ...]
    hover: str


THEMES: Mapping[ThemeName, Theme] = {
    "light": Theme(
        text="#1f2328", soft="#57606a", grid="#e3e6ea",
        scenarios=("#D55E00", "#0072B2", "#009E73", "#CC79A7"),
        labels=("#A84A00", "#005F96", "#00694C", "#9A3F71"),
        sources=("#9AA3AD", "#F0E442", "#009E73"),
        hover="#ffffff",
    ),
    "dark": Theme(
        text="#f1f3f5", soft="#b4bac2", grid="#3a3f46",
        scenarios=("#E69F00", "#56B4E9", "#009E73", "#CC79A7"),
        labels=("#F5B93A", "#7CC7F2", "#3CCBA0", "#E3A3C7"),
        sources=("#9AA3AD", "#F0E442", "#00B386"),
        hover="#25282d",
    ),
}  # fmt: skip


# ---- words ----------------------------------------------------------------------------------------------------------


def plain(name: str) -> str:
    """Name of a scenario as people write it: `be_worth_sharing` → `Be worth sharing`."""
    words = name.replace("_", " ").strip() or name
    return words[:1].upper() + words[1:]


def percent(share: float) -> str:
    """Share as a whole percentage."""
    return NOT_AVAILABLE if math.isnan(share) else f"{100 * share:.0f} %"


def split_by_names(text: str, names: Sequence[str]) -> list[tuple[str, str | None]]:
    """Cut a sentence at the names of scenarios, so that each can be shown in its colour.

    Only the first mention of each name is one; returns pieces of text, with the name where a piece is a name.

    >>> split_by_names("Against a_b, c wins.", ["a_b", "c"])
    [('Against ', None), ('A b', 'a_b'), (', ', None), ('C', 'c'), (' wins.', None)]
    """
    places = []
    for name in sorted(set(names), key=len, reverse=True):
        found = next(
            (
                match
                for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text)
                if all(match.end() <= start or match.start() >= end for start, end, _ in places)
            ),
            None,
        )
        if found is not None:
            places.append((found.start(), found.end(), name))
    pieces: list[tuple[str, str | None]] = []
    position = 0
    for start, end, name in sorted(places):
        pieces += [(text[position:start], None), (plain(name), name)]
        position = end
    pieces.append((text[position:], None))
    return [piece for piece in pieces if piece[0]]


# ---- tables ---------------------------------------------------------------------------------------------------------


def curve_table(results: Results, measure: str) -> pd.DataFrame:
    """Mean of a daily measure and the middle 90 % of worlds: columns scenario, day (from 1), mean, low, high."""
    frames = []
    for name in results.scenarios:
        curve = results.curve(name, measure)
        if curve.size == 0:
            continue
        low, high = np.nanquantile(curve, BAND, axis=0)
        days = np.arange(1, curve.shape[1] + 1)
        frames.append(
            pd.DataFrame(
                {"scenario": name, "day": days, "mean": curve.mean(axis=0), "low": low, "high": high}
            )
        )
    columns = ["scenario", "day", "mean", "low", "high"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def sampled_days(days: int, most: int = 7) -> list[int]:
    """Choose some days, evenly spread and round, the last one among them: what a table of a curve shows.

    >>> sampled_days(60), sampled_days(5), sampled_days(31)
    ([10, 20, 30, 40, 50, 60], [1, 2, 3, 4, 5], [5, 10, 15, 20, 25, 31])
    """
    if days < 1:
        return []
    steps = (factor * 10**power for power in range(6) for factor in (1, 2, 5))
    step = next(step for step in steps if days / step <= most)
    # a last round day close to the end says nothing that the end does not
    return [day for day in range(step, days, step) if days - day >= step / 2] + [days]


def means_table(results: Results, measures: Mapping[str, str]) -> pd.DataFrame:
    """Mean of some measures with its 95 % interval: columns scenario, measure, label, mean, low, high.

    measures: labels by the id of the measure; an interval is missing where a single world says it
    """
    found = {(summary.scenario, summary.measure): summary for summary in summarise(results)}
    rows = []
    for name in results.scenarios:
        for measure, label in measures.items():
            one = found[name, measure]
            low, high = (one.low, one.high) if math.isfinite(one.low) else (math.nan, math.nan)
            rows.append((name, measure, label, one.mean, low, high))
    return pd.DataFrame(rows, columns=["scenario", "measure", "label", "mean", "low", "high"])


def backlash_parts_table(results: Results) -> pd.DataFrame:
    """Acts of backlash by their kind, nothing subtracted."""
    return means_table(results, {part: MEASURES[part].label for part in BACKLASH_PARTS})


def reach_sources_table(results: Results) -> pd.DataFrame:
    """People reached by their first contact, with a column `share` of all people reached."""
    table = means_table(results, dict(SOURCES))
    total = table.groupby("scenario")["mean"].transform("sum")
    return table.assign(share=np.where(total > 0, table["mean"] / total.where(total > 0, 1.0), np.nan))


@dataclass(frozen=True)
class OutcomeRow:
    """One line of the outcome table, in words and rounded numbers; `tone` says whose colour the verdict wears."""

    measure: str
    label: str
    unit: str
    wanted: str
    meaning: str
    mean_a: str
    mean_b: str
    difference: str
    interval: str
    share: str
    share_interval: str
    verdict: str
    tone: Tone
    gain: str


def outcome_rows(comparison: Comparison, b: str) -> list[OutcomeRow]:
    """Outcome table of the first scenario against `b`, as the report and the app show it."""
    return [_outcome_row(difference) for difference in comparison.differences if difference.b == b]


def _outcome_row(difference: Difference) -> OutcomeRow:
    digits = decimals_for(difference.mean_a, difference.mean_b)
    known = MEASURES.get(difference.measure)
    wanted = {"more": "more is better", "less": "less is better", "neither": "neither is better"}[
        difference.better
    ]
    some = not math.isnan(difference.difference)
    sign = (
        "+"
        if some and difference.difference > 0 and shown(difference.difference, digits) != shown(0, digits)
        else ""
    )
    ratio = difference.variance_ratio
    return OutcomeRow(
        measure=difference.measure,
        label=difference.label,
        unit=difference.unit,
        wanted=wanted,
        meaning=known.meaning if known else "",
        mean_a=shown(difference.mean_a, digits),
        mean_b=shown(difference.mean_b, digits),
        difference=sign + shown(difference.difference, digits),
        interval=shown_interval(difference.low, difference.high, digits),
        share=percent(difference.p_better),
        share_interval=f"{percent(difference.p_low)} to {percent(difference.p_high)}"
        if some
        else NOT_AVAILABLE,
        verdict=difference.verdict,
        tone=tone_of(difference),
        gain=f"{ratio:.1f} ×" if math.isfinite(ratio) else NOT_AVAILABLE,
    )


def tone_of(difference: Difference) -> Tone:
    """Whose colour a verdict wears: that of the better strategy, or none."""
    return {"better": "b", "worse": "a", "cannot tell": "open"}.get(difference.side, "neutral")  # type: ignore[return-value]


# ---- sentences --------------------------------------------------------------------------------------------------------


def curve_sentence(table: pd.DataFrame, measure: str) -> str:
    """Say what a curve says at its end, one clause for each scenario."""
    if table.empty:
        return "Nothing was measured."
    last, unit = table[table["day"] == table["day"].max()], DAILY[measure].unit
    digits = decimals_for(*last["mean"])
    parts = [
        f"{plain(row.scenario)} {shown(row.mean, digits)} {unit} ({shown_interval(row.low, row.high, digits)})"
        for row in last.itertuples()
    ]
    return f"After {_days(int(table['day'].max()))}: {'; '.join(parts)}."


def curve_help(results: Results, measure: str) -> str:
    """Explain how to read a curve."""
    worlds = f"{results.replicates:,} worlds" if results.replicates != 1 else "one world"
    band = (
        f"The line is the mean of {worlds}; the band holds the middle 90 % of them: 5 of 100 worlds end above "
        "it, 5 below. "
        if results.replicates > 1
        else "This is one world, so there is no band: run more replicates to see what luck does. "
    )
    same = (
        ""
        if results.independent
        else "Bands may overlap and the difference still be sure, because all strategies meet the same people with the same "
        "luck, and the outcome table compares world by world."
    )
    return f"{_sentence(DAILY[measure].meaning)} {band}{same}".strip()


def parts_sentence(table: pd.DataFrame) -> str:
    """Say which kind of backlash is most frequent with each strategy."""
    parts = []
    for name, rows in table.groupby("scenario", sort=False):
        if not rows["mean"].max() > 0:
            parts.append(f"{plain(str(name))}: none")
            continue
        top = rows.loc[rows["mean"].idxmax()]
        parts.append(
            f"{plain(str(name))}: mostly {top['label'].lower()} ({shown(top['mean'], decimals_for(top['mean']))})"
        )
    return "; ".join(parts) + "." if parts else "Nothing was measured."


PARTS_HELP = (
    "Bars are means over worlds; the thin line on each is the 95 % interval of that mean. These are acts, and nothing is "
    "subtracted: one person may act more than once, and some would have left a silent brand too. So they do not add up to "
    "the backlash in the outcome table, which counts people, minus those in the same world with a silent brand."
)
SOURCES_HELP = (
    "Everybody reached is counted once, by how they first met the brand: on its own page (owned), by an impression it paid "
    "for (paid), or through another person (earned). Numbers are means over worlds; the table gives their 95 % intervals."
)


def sources_sentence(table: pd.DataFrame) -> str:
    """Say how much of the reach was earned."""
    parts = []
    for name, rows in table.groupby("scenario", sort=False):
        share = rows.loc[rows["measure"] == "reach_earned", "share"]
        known = len(share) and not math.isnan(float(share.iloc[0]))
        parts.append(f"{plain(str(name))} {percent(float(share.iloc[0])) if known else 'reached nobody'}")
    return f"Reach that came through other people: {'; '.join(parts)}."


def _days(days: int) -> str:
    return f"{days:,} day" + ("s" if days != 1 else "")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


# ---- figures ----------------------------------------------------------------------------------------------------------


def curves_figure(
    table: pd.DataFrame,
    measure: str,
    *,
    theme: ThemeName = "light",
    panels: Panels = "together",
    height: int = 360,
) -> go.Figure:
    """Draw a curve table: mean lines with their bands.

    panels: all scenarios in one panel, or one beside the other on a shared scale with the others in grey
    """
    colours, info = THEMES[theme], DAILY[measure]
    names = list(dict.fromkeys(table["scenario"]))[:MOST_SCENARIOS]
    apart = panels == "apart" and len(names) > 1
    figure = go.Figure()
    for place, name in enumerate(names):
        rows = table[table["scenario"] == name]
        axes = (
            {"xaxis": f"x{place + 1}" if place else "x", "yaxis": f"y{place + 1}" if place else "y"}
            if apart
            else {}
        )
        if apart:
            for other in names:
                if other != name:
                    ghost = table[table["scenario"] == other]
                    figure.add_scatter(
                        x=ghost["day"].tolist(), y=ghost["mean"].tolist(), mode="lines", hoverinfo="skip", **axes,
                        line={"color": colours.soft, "width": 1.5, "dash": "dot"}, showlegend=False,
                    )  # fmt: skip
        _add_band(figure, rows, name, place, colours, axes)
    top = float(table["high"].max()) if len(table) else 1.0
    bottom = min(0.0, float(table["low"].min())) if len(table) else 0.0
    span = max(top - bottom, 1e-9)
    limits = [
        bottom - 0.03 * span if bottom < 0 else 0.0,
        top + 0.06 * span if top > bottom else bottom + 1.0,
    ]
    y_axis = {
        "title": {"text": info.unit, "standoff": 8},
        "range": limits,
        "rangemode": "tozero",
        "nticks": 6,
    }
    x_axis = {"title": {"text": "days since the start", "standoff": 8}, "nticks": 7}
    if apart:
        width = (1.0 - 0.05 * (len(names) - 1)) / len(names)
        for place, name in enumerate(names):
            left = place * (width + 0.05)
            suffix = str(place + 1) if place else ""
            figure.update_layout(
                {
                    f"xaxis{suffix}": {
                        **x_axis, "domain": [left, left + width], "anchor": f"y{suffix}", "nticks": 4,
                        "title": {"text": "days", "standoff": 8},
                    },
                    f"yaxis{suffix}": {
                        **(y_axis if not place else {"range": limits, "nticks": 6, "showticklabels": False}),
                        "anchor": f"x{suffix}", **({"matches": "y"} if place else {}),
                    },
                }
            )  # fmt: skip
            figure.add_annotation(
                text=f"<b>{_wrap(name, 24)}</b>", x=left, y=1.02, xref="paper", yref="paper", xanchor="left",
                yanchor="bottom", showarrow=False, align="left", font={"color": colours.labels[place], "size": 14},
            )  # fmt: skip
        margin = {"l": 64, "r": 16, "t": 64, "b": 52}
    else:
        figure.update_layout(xaxis=x_axis, yaxis=y_axis)
        _label_line_ends(figure, table, names, colours, limits, height)
        margin = {"l": 64, "r": 168, "t": 20, "b": 52}
    return _styled(
        figure, theme, height=height, margin=margin, hovermode="x unified" if not apart else "closest"
    )


def _add_band(
    figure: go.Figure, rows: pd.DataFrame, name: str, place: int, colours: Theme, axes: Mapping[str, str]
) -> None:
    colour, days = colours.scenarios[place], rows["day"].tolist()
    figure.add_scatter(
        x=days + days[::-1], y=rows["high"].tolist() + rows["low"].tolist()[::-1], fill="toself", mode="lines",
        line={"width": 0, "color": colour}, fillcolor=_see_through(colour, 0.20), hoverinfo="skip", showlegend=False, **axes,
    )  # fmt: skip
    digits = decimals_for(*rows["mean"].tail(1))
    figure.add_scatter(
        x=days, y=rows["mean"].tolist(), mode="lines", name=html.escape(plain(name)), showlegend=False,
        line={"color": colour, "width": 3, "dash": DASHES[place]},
        customdata=[
            [shown(row.mean, digits), shown(row.low, digits), shown(row.high, digits)] for row in rows.itertuples()
        ],
        hovertemplate=f"{html.escape(plain(name))}: <b>%{{customdata[0]}}</b> (%{{customdata[1]}} to %{{customdata[2]}})"
        "<extra></extra>", **axes,
    )  # fmt: skip


def _label_line_ends(
    figure: go.Figure,
    table: pd.DataFrame,
    names: Sequence[str],
    colours: Theme,
    limits: Sequence[float],
    height: int,
) -> None:
    """Write each name at the end of its line, moved apart where they would overlap."""
    if table.empty:
        return
    last = {name: float(table.loc[table["scenario"] == name, "mean"].iloc[-1]) for name in names}
    digits = decimals_for(*last.values())
    texts = {name: f"<b>{_wrap(name, 18)}</b><br>{shown(last[name], digits)}" for name in names}
    usable = max(height - 72, 100)
    share = {name: (last[name] - limits[0]) / (limits[1] - limits[0]) for name in names}
    sizes = {name: 18.0 * (texts[name].count("<br>") + 1) / usable for name in names}
    placed = spread_apart([share[name] for name in names], [sizes[name] for name in names])
    for position, name in enumerate(names):
        figure.add_annotation(
            text=texts[name], x=1.0, xshift=10, y=placed[position], xref="paper", yref="paper", xanchor="left",
            yanchor="middle", showarrow=False, align="left", font={"color": colours.labels[position], "size": 14},
        )  # fmt: skip


def spread_apart(centres: Sequence[float], sizes: Sequence[float]) -> list[float]:
    """Move labels up or down so that none overlaps another and all stay between 0 and 1, in the same order.

    >>> [round(centre, 2) for centre in spread_apart([0.5, 0.5], [0.2, 0.2])]
    [0.4, 0.6]
    """
    order = sorted(range(len(centres)), key=lambda label: centres[label])
    placed = [float(centre) for centre in centres]
    for _ in range(200):
        moved = False
        for lower, upper in itertools.pairwise(order):
            overlap = (sizes[lower] + sizes[upper]) / 2.0 - (placed[upper] - placed[lower])
            if overlap > 1e-9:
                placed[lower] -= overlap / 2.0
                placed[upper] += overlap / 2.0
                moved = True
        for label in order:
            half = min(sizes[label] / 2.0, 0.5)
            inside = min(max(placed[label], half), 1.0 - half)
            moved = moved or abs(inside - placed[label]) > 1e-9
            placed[label] = inside
        if not moved:
            break
    return placed


def bars_figure(
    table: pd.DataFrame, unit: str, *, theme: ThemeName = "light", height: int = 340
) -> go.Figure:
    """Draw a means table as grouped bars with the 95 % intervals of the means."""
    colours = THEMES[theme]
    names = list(dict.fromkeys(table["scenario"]))[:MOST_SCENARIOS]
    figure = go.Figure()
    digits = decimals_for(*table["mean"])
    most = float(np.nanmax([*table["mean"], *table["high"], 0.0])) if len(table) else 1.0
    # the first scenario and the first part stand on top
    for place in reversed(range(len(names))):
        rows = table[table["scenario"] == names[place]].iloc[::-1]
        up = (rows["high"] - rows["mean"]).fillna(0.0).tolist()
        figure.add_bar(
            y=rows["label"].tolist(), x=rows["mean"].tolist(), orientation="h", name=html.escape(plain(names[place])),
            marker={
                "color": colours.scenarios[place], "line": {"width": 0},
                "pattern": {
                    "shape": PATTERNS[place], "fillmode": "overlay", "solidity": 0.15, "fgcolor": colours.hover,
                },
            },
            error_x={"type": "data", "array": up, "color": colours.text, "thickness": 1.5, "width": 4},
            customdata=[[shown(row.mean, digits), _interval(row.low, row.high, digits)] for row in rows.itertuples()],
            hovertemplate=f"{html.escape(plain(names[place]))}, %{{y}}: <b>%{{customdata[0]}}</b>%{{customdata[1]}}"
            "<extra></extra>",
            legendrank=place,
        )  # fmt: skip
        for row, extra in zip(rows.itertuples(), up, strict=True):
            figure.add_annotation(
                x=row.mean + extra, y=row.label, text=shown(row.mean, digits), showarrow=False, xanchor="left", xshift=8,
                yshift=_bar_shift(place, len(names), height, table["label"].nunique()),
                font={"size": 14, "color": colours.text},
            )  # fmt: skip
    figure.update_layout(
        barmode="group", bargap=0.28, bargroupgap=0.06,
        xaxis={"title": {"text": unit, "standoff": 8}, "range": [0, most * 1.18 or 1.0], "nticks": 6},
        yaxis={"showgrid": False, "ticklen": 6},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
    )  # fmt: skip
    return _styled(
        figure, theme, height=height, margin={"l": 100, "r": 20, "t": 44, "b": 52}, hovermode="closest"
    )


def _bar_shift(place: int, bars: int, height: int, groups: int) -> float:
    """Distance in pixels of a bar's middle from the middle of its group, first bar on top."""
    group = (height - 44 - 52) / max(groups, 1) * 0.72
    return ((bars - 1) / 2.0 - place) * group / max(bars, 1)


def sources_figure(table: pd.DataFrame, *, theme: ThemeName = "light", height: int = 340) -> go.Figure:
    """Draw where reach came from: one stacked bar for each scenario."""
    colours = THEMES[theme]
    names = list(dict.fromkeys(table["scenario"]))[:MOST_SCENARIOS]
    labels = [_wrap(name, 18) for name in names]
    totals = {name: float(table.loc[table["scenario"] == name, "mean"].sum()) for name in names}
    most = max(totals.values(), default=0.0) or 1.0
    digits = decimals_for(*totals.values())
    figure = go.Figure()
    for place, (measure, source) in enumerate(SOURCES):
        rows = table[table["measure"] == measure].set_index("scenario").reindex(names)
        texts = [
            f"{shown(mean, digits)}" if mean / most > 0.09 else ""
            for mean in rows["mean"].fillna(0.0)
        ]  # fmt: skip
        figure.add_bar(
            y=labels, x=rows["mean"].fillna(0.0).tolist(), orientation="h", name=source,
            marker={"color": colours.sources[place], "line": {"width": 0}},
            text=texts, textposition="inside", insidetextanchor="middle", textangle=0,
            textfont={"color": "#111418", "size": 15},
            customdata=[
                [shown(row.mean, digits), _interval(row.low, row.high, digits), percent(row.share)]
                for row in rows.itertuples()
            ],
            hovertemplate=f"%{{y}}, {source.lower()}: <b>%{{customdata[0]}}</b> people%{{customdata[1]}}, "
            "%{customdata[2]} of reach<extra></extra>",
        )  # fmt: skip
    for name, label in zip(names, labels, strict=True):
        figure.add_annotation(
            x=totals[name], y=label, text=f"<b>{shown(totals[name], digits)}</b>", showarrow=False, xanchor="left", xshift=8,
            font={"size": 15, "color": colours.text},
        )  # fmt: skip
    figure.update_layout(
        barmode="stack", bargap=0.45,
        xaxis={"title": {"text": "people", "standoff": 8}, "range": [0, most * 1.16], "nticks": 6},
        yaxis={"autorange": "reversed", "showgrid": False, "ticklen": 6},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
    )  # fmt: skip
    return _styled(
        figure, theme, height=height, margin={"l": 150, "r": 20, "t": 44, "b": 52}, hovermode="closest"
    )


def _interval(low: float, high: float, digits: int) -> str:
    return "" if math.isnan(low) else f" ({shown(low, digits)} to {shown(high, digits)})"


def _styled(
    figure: go.Figure, theme: ThemeName, *, height: int, margin: Mapping[str, int], hovermode: str
) -> go.Figure:
    """Give a figure the look of this project: paper shows through, few lines, type that a projector can show."""
    colours = THEMES[theme]
    axis = {
        "gridcolor": colours.grid, "zeroline": False, "linecolor": colours.grid, "tickfont": {"size": 14},
        "title": {"font": {"size": 14, "color": colours.soft}}, "fixedrange": True, "automargin": False,
        "separatethousands": True,
    }  # fmt: skip
    figure.update_layout(
        template="none", height=height, margin=dict(margin), hovermode=hovermode,
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", separators=".,",
        font={"family": FONT, "size": 14, "color": colours.text},
        hoverlabel={"bgcolor": colours.hover, "font": {"family": FONT, "size": 14, "color": colours.text}},
    )  # fmt: skip
    figure.update_layout(legend={"font": {"size": 14}})
    figure.update_xaxes(**axis, showgrid=False, ticks="outside", tickcolor=colours.grid)
    figure.update_yaxes(**axis)
    return figure


def _wrap(name: str, width: int) -> str:
    """Name in lines of at most `width` letters, three lines at most, safe inside plotly's own markup."""
    lines = [""]
    for word in plain(name).split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    lines = [line if len(line) <= width else line[: width - 1] + "…" for line in lines]
    if len(lines) > 3:
        lines = [*lines[:2], lines[2][: width - 1] + "…"]
    return "<br>".join(html.escape(line) for line in lines)


def _see_through(colour: str, share: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"
