"""Small tables and the figures drawn of them: pure functions, for the report and the app alike.

Table first, figure second: every number in a figure stands in the table it was drawn from.
"""

import html
import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from worthsharing.experiments.compare import Comparison, Difference, is_equal_effort
from worthsharing.experiments.execute import Results
from worthsharing.experiments.summary import NOT_AVAILABLE, decimals_for, shown, shown_interval, summarise
from worthsharing.sim.measures import BACKLASH_PARTS, DAILY, MEASURES
from worthsharing.sim.messages import effort_of

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
# the app has a menu of its own for pictures, so that plotly's toolbar would only stand in the way there
IN_APP_CONFIG: dict[str, Any] = {**CONFIG, "displayModeBar": False}
FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
BAND = (0.05, 0.95)  # the middle 90 % of worlds
SOURCES: tuple[tuple[str, str], ...] = (
    ("reach_owned", "Owned"),
    ("reach_paid", "Paid"),
    ("reach_earned", "Earned"),
)
COSTS: tuple[tuple[str, str], ...] = (("staff", "Staff"), ("paid", "Paid reach"), ("rewards", "Rewards"))
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

    A sentence may write them as files do, or as people do. Only the first mention of each name is one; returns pieces of
    text, with the name where a piece is a name.

    >>> split_by_names("Against a_b, c wins.", ["a_b", "c"])
    [('Against ', None), ('A b', 'a_b'), (', ', None), ('C', 'c'), (' wins.', None)]
    >>> split_by_names("A b wins.", ["a_b", "c"])
    [('A b', 'a_b'), (' wins.', None)]
    """
    places = []
    for name in sorted(set(names), key=len, reverse=True):
        found = next(
            (
                match
                for match in re.finditer(
                    rf"(?<!\w)(?:{re.escape(name)}|{re.escape(plain(name))})(?!\w)", text
                )
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
    found = {(summary.scenario, summary.measure): summary for summary in summarise(results, measures)}
    rows = []
    for name in results.scenarios:
        for measure, label in measures.items():
            one = found[name, measure]
            low, high = (one.low, one.high) if math.isfinite(one.low) else (math.nan, math.nan)
            rows.append((name, measure, label, one.mean, low, high))
    return pd.DataFrame(rows, columns=["scenario", "measure", "label", "mean", "low", "high"])


def backlash_parts_table(results: Results) -> pd.DataFrame:
    """People in backlash by what they did, minus those in the same world with a silent brand."""
    return means_table(results, {part: MEASURES[part].label for part in BACKLASH_PARTS})


def reach_sources_table(results: Results) -> pd.DataFrame:
    """People reached by their first contact, with a column `share` of all people reached."""
    return _with_shares(means_table(results, dict(SOURCES)))


def _with_shares(table: pd.DataFrame) -> pd.DataFrame:
    total = table.groupby("scenario", sort=False)["mean"].transform("sum")
    return table.assign(share=np.where(total > 0, table["mean"] / total.where(total > 0, 1.0), np.nan))


def costs_table(results: Results) -> pd.DataFrame:
    """What each scenario spends over the run, in currency: columns as in `means_table`; plans have no interval."""
    rows = []
    for name, scenario in results.scenarios.items():
        spent = effort_of(scenario, scenario.brand)
        rows += [(name, item, label, spent[item], math.nan, math.nan) for item, label in COSTS]
    table = pd.DataFrame(rows, columns=["scenario", "measure", "label", "mean", "low", "high"])
    return _with_shares(table)


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
    digits = difference.digits
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
    return {"better": "b", "worse": "a", "cannot tell": "open"}.get(difference.side, "neutral")  # type: ignore[return-value]  # the values are the literals


# ---- sentences --------------------------------------------------------------------------------------------------------


def shown_band(mean: float, low: float, high: float, digits: int) -> str:
    """Show the middle 90 % of worlds; a few of the others may be so far off that the mean of all lies outside.

    >>> shown_band(2.0, 1.0, 3.0, 1), shown_band(0.025, 0.0, 0.0, 2), shown_band(1.3, 0.0, 1.0, 1)
    ('1.0 to 3.0', '0.00 in most worlds', '0.0 to 1.0, and far more in a few worlds')
    """
    interval = shown_interval(low, high, digits)
    if interval == NOT_AVAILABLE or round(low, digits) <= round(mean, digits) <= round(high, digits):
        return interval
    if shown(low, digits) == shown(high, digits):
        return f"{shown(low, digits)} in most worlds"
    return f"{interval}, and far {'more' if mean > high else 'less'} in a few worlds"


def curve_sentence(table: pd.DataFrame, measure: str) -> str:
    """Say what a curve says at its end, one clause for each scenario."""
    if table.empty:
        return "Nothing was measured."
    last, unit = table[table["day"] == table["day"].max()], DAILY[measure].unit
    digits = decimals_for(*last["mean"])
    parts = [
        f"{plain(row.scenario)} {shown(row.mean, digits)} {unit} ({shown_band(row.mean, row.low, row.high, digits)})"
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


HARDLY = 0.5  # people in a mean world: fewer are hardly anybody


def parts_sentence(table: pd.DataFrame) -> str:
    """Say which kinds of backlash each strategy has for sure: those whose interval leaves out zero."""
    digits = decimals_for(*table["mean"])  # those of the chart and of its table
    parts = [
        f"{plain(str(name))}: {_parts_clause(rows, digits)}"
        for name, rows in table.groupby("scenario", sort=False)
    ]
    return "; ".join(parts) + "." if parts else "Nothing was measured."


def _parts_clause(rows: pd.DataFrame, digits: int) -> str:
    rows = rows[rows["mean"].notna()]
    if not (rows["mean"] != 0.0).any():
        return "none"
    one_world = bool(rows["low"].isna().all())  # has no intervals: what was counted is what was
    clear = rows[rows["mean"] != 0.0] if one_world else rows[rows["low"] * rows["high"] > 0.0]
    more, fewer = clear[clear["mean"] > 0.0], clear[clear["mean"] < 0.0].sort_values("mean")
    words = []
    if len(more):
        most = shown(float(more["mean"].max()), digits)
        top = [row for row in more.to_dict("records") if shown(row["mean"], digits) == most]
        who = " or ".join(row["label"].lower() for row in top)
        surely = "mostly" if shown(float(rows["mean"].max()), digits) == most else "for sure"
        words.append(f"{surely} people who {who} ({most}{' each' if len(top) > 1 else ''})")
    if len(fewer):
        which = ", ".join(
            f"{row['label'].lower()} ({shown(row['mean'], digits)})" for row in fewer.to_dict("records")
        )
        # what stands in brackets is a difference, and is said where the first of them stands
        words.append("fewer " + which.replace(" (", " than with a silent brand (", 1))
    if words:
        return ("in this one world " if one_world else "") + ", and ".join(words)
    hardly = rows["mean"].abs().max() < HARDLY
    return "hardly anybody did, nothing is clear" if hardly else "nothing is clear yet"


PARTS_HELP = (
    "Bars are means over worlds; the thin line on each is the 95 % interval of that mean. They count people, minus those "
    "who do the same in the same world with a silent brand: a bar to the left of zero says that fewer did. One person may "
    "do more than one of these, so they need not add up to the backlash in the outcome table."
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


COSTS_HELP = (
    "What a strategy spends over the whole run, in currency: staff hours at their price, impressions bought, and rewards "
    "bought in advance. It follows from the scenario and does not differ between worlds. Strategies are a fair contest when "
    "their totals are within 1 % of each other. What a person reached costs is the total by the people reached, with the "
    "95 % interval of its mean over worlds."
)


def costs_sentence(table: pd.DataFrame, results: Results) -> str:
    """Say what each strategy spends, and what one person reached costs."""
    found = {one.scenario: one for one in summarise(results, ["cost_per_reached"])}
    totals = table.groupby("scenario", sort=False)["mean"].sum()
    parts = []
    for name, total in totals.items():
        part, one = f"{plain(str(name))} {shown(float(total), 0)}", found.get(str(name))
        if one is not None and not math.isnan(one.mean):
            digits = decimals_for(one.mean)
            interval = shown_interval(one.low, one.high, digits)
            part += f", {shown(one.mean, digits)} for each person reached" + (
                f" ({interval})" if interval != NOT_AVAILABLE else ""
            )
        parts.append(part)
    equal = "at equal effort" if is_equal_effort(list(totals)) else "at unequal effort"
    return f"Spent {equal}: {'; '.join(parts)}."


def _days(days: int) -> str:
    return f"{days:,} day" + ("s" if days != 1 else "")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


# ---- figures --------------------------------------------------------------------------------------------------------
# Each is put together of plain dictionaries and made a figure once: plotly checks, and takes its time, at every change.


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
    rows_of = {name: table[table["scenario"] == name] for name in names}
    apart = panels == "apart" and len(names) > 1
    traces: list[dict[str, Any]] = []
    for place, name in enumerate(names):
        suffix = str(place + 1) if place and apart else ""
        axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
        if apart:
            traces += [_ghost(rows_of[other], colours, axes) for other in names if other != name]
        traces += _band_and_line(rows_of[name], name, place, colours, axes)
    if not apart:  # no band may lie on a line
        traces.sort(key=lambda trace: "fill" not in trace)
    top = float(table["high"].max()) if len(table) else 1.0
    bottom = min(0.0, float(table["low"].min())) if len(table) else 0.0
    span = max(top - bottom, 1e-9)
    limits = [
        bottom - 0.03 * span if bottom < 0 else 0.0,
        top + 0.06 * span if top > bottom else bottom + 1.0,
    ]
    y_axis = {"title": info.unit, "range": limits, "nticks": 6}
    hover: str
    if apart:
        layout, annotations = _panels(names, y_axis, colours)
        margin = {"l": 64, "r": 16, "t": 64, "b": 52, "autoexpand": False}
        slim = _narrow_panels(names, y_axis, colours)
        hover = "closest"
    else:
        x_axis = {"title": "days since the start", "nticks": 7}
        layout = {"xaxis": x_axis, "yaxis": y_axis, "showlegend": False}
        annotations = _line_ends(rows_of, names, colours, limits, height)
        margin = {"l": 64, "r": LINE_ENDS, "t": 20, "b": 52, "autoexpand": False}
        lines = sum(fitted(name, 230).count("<br>") + 1 for name in names)
        # names stand below, where they take nothing from the lines
        slim = Narrow(
            {
                "xaxis": {"nticks": 4, "tickangle": 0},
                "yaxis": y_axis,
                "showlegend": len(names) > 0,
                "legend": {**NARROW_LEGEND, "y": 0, "yref": "container", "yanchor": "bottom"},
            },
            [_below_the_axis("days since the start", colours)],
            {"l": 58, "r": 14, "t": 12, "b": 56 + LEGEND_ROW * lines, "autoexpand": False},
            height + LEGEND_ROW // 2 * lines,
        )
        hover = "x unified"
    return styled(
        traces, layout, annotations, theme, height=height, margin=margin, hovermode=hover, narrow=slim
    )


def _ghost(rows: pd.DataFrame, colours: Theme, axes: Mapping[str, str]) -> dict[str, Any]:
    line = {"color": colours.soft, "width": 1.5, "dash": "dot"}
    return {
        "type": "scatter",
        "x": rows["day"].tolist(),
        "y": rows["mean"].tolist(),
        "mode": "lines",
        "line": line,
        "hoverinfo": "skip",
        "showlegend": False,
        **axes,
    }


def _band_and_line(
    rows: pd.DataFrame, name: str, place: int, colours: Theme, axes: Mapping[str, str]
) -> list[dict[str, Any]]:
    colour, days, shown_name = colours.scenarios[place], rows["day"].tolist(), html.escape(plain(name))
    digits = decimals_for(*rows["mean"].tail(1))
    means, lows, highs = (rows[column].tolist() for column in ("mean", "low", "high"))
    band = {
        "type": "scatter",
        "x": days + days[::-1],
        "y": highs + lows[::-1],
        "fill": "toself",
        "mode": "lines",
        "line": {"width": 0, "color": colour},
        "fillcolor": see_through(colour, 0.20),
        "hoverinfo": "skip",
        "showlegend": False,
        **axes,
    }
    line = {
        "type": "scatter",
        "x": days,
        "y": means,
        "mode": "lines",
        "name": fitted(name, 230),
        "line": {"color": colour, "width": 3, "dash": DASHES[place]},
        "customdata": [
            [shown(mean, digits), shown_band(mean, low, high, digits)]
            for mean, low, high in zip(means, lows, highs, strict=True)
        ],
        "hovertemplate": f"{shown_name}: <b>%{{customdata[0]}}</b> (%{{customdata[1]}})<extra></extra>",
        **axes,
    }
    return [band, line]


def _panels(
    names: Sequence[str], y_axis: Mapping[str, Any], colours: Theme
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Lay out one panel for each scenario, all on the scale of the first."""
    layout: dict[str, Any] = {"showlegend": False}
    annotations = []
    gap = 0.05
    room, size = PANEL_TITLES[len(names)]
    width = (1.0 - gap * (len(names) - 1)) / len(names)
    for place, name in enumerate(names):
        left, suffix = place * (width + gap), str(place + 1) if place else ""
        layout[f"xaxis{suffix}"] = {
            "title": "days",
            "domain": [left, min(left + width, 1.0)],
            "anchor": f"y{suffix}",
            "nticks": 4,
        }
        rest = {} if not place else {"matches": "y", "showticklabels": False, "title": ""}
        layout[f"yaxis{suffix}"] = {**y_axis, "anchor": f"x{suffix}", **rest}
        annotations.append(
            annotation(
                f"<b>{fitted(name, room, size=size, bold=True)}</b>",
                colours.labels[place],
                size=size,
                x=left,
                y=1.02,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="bottom",
                align="left",
            )
        )
    return layout, annotations


def _narrow_panels(names: Sequence[str], y_axis: Mapping[str, Any], colours: Theme) -> "Narrow":
    """Lay out the same panels in rows of two."""
    rows = math.ceil(len(names) / 2)
    titles = [fitted(name, 116, size=12, bold=True) for name in names]
    lines = max(title.count("<br>") + 1 for title in titles)
    height = 52 + rows * (150 + 16 * lines)
    usable = height - 52
    layout: dict[str, Any] = {"showlegend": False}
    annotations = []
    for place, title in enumerate(titles):
        row, column = divmod(place, 2)
        suffix = str(place + 1) if place else ""
        top = 1.0 - row / rows - 16 * lines / usable
        floor = 0.0 if row == rows - 1 else 1.0 - (row + 1) / rows + 24 / usable
        left = 0.53 * column
        layout[f"xaxis{suffix}"] = {
            "domain": [left, left + 0.47],
            "anchor": f"y{suffix}",
            "nticks": 3,
            "tickangle": 0,
        }
        rest: dict[str, Any] = {"matches": "y"} if place else {}
        if column:
            rest |= {"showticklabels": False, "title": ""}
        layout[f"yaxis{suffix}"] = {
            **y_axis,
            "domain": [floor, top],
            "anchor": f"x{suffix}",
            "nticks": 4,
            **rest,
        }
        annotations.append(
            annotation(
                f"<b>{title}</b>",
                colours.labels[place],
                size=12,
                x=left,
                y=top,
                yshift=2,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="bottom",
                align="left",
            )
        )
    annotations.append(_below_the_axis("days", colours))
    return Narrow(layout, annotations, {"l": 58, "r": 14, "t": 4, "b": 48, "autoexpand": False}, height)


def _below_the_axis(words: str, colours: Theme) -> dict[str, Any]:
    """Title of a horizontal axis; plotly would leave its own where it was when a chart grows."""
    place = {"x": 0.5, "y": 0, "yshift": -24, "xref": "paper", "yref": "paper"}
    return annotation(words, colours.soft, xanchor="center", yanchor="top", **place)


def _line_ends(
    rows_of: Mapping[str, pd.DataFrame],
    names: Sequence[str],
    colours: Theme,
    limits: Sequence[float],
    height: int,
) -> list[dict[str, Any]]:
    """Write each name at the end of its line, moved apart where they would overlap."""
    last = {name: float(rows_of[name]["mean"].iloc[-1]) for name in names}
    digits = decimals_for(*last.values())
    texts = {
        name: f"<b>{fitted(name, LINE_ENDS - 14, bold=True)}</b><br>{shown(last[name], digits)}"
        for name in names
    }
    usable = max(height - 72, 100)
    share = [(last[name] - limits[0]) / (limits[1] - limits[0]) for name in names]
    sizes = [18.0 * (texts[name].count("<br>") + 1) / usable for name in names]
    return [
        annotation(
            texts[name],
            colours.labels[place],
            x=1.0,
            xshift=10,
            y=centre,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="middle",
            align="left",
        )
        for place, (name, centre) in enumerate(zip(names, spread_apart(share, sizes), strict=True))
    ]


LINE_ENDS = 168  # pixels to the right of lines, for their names
# pixels that a panel has at least for its title, by the number of panels, and the size of its letters
PANEL_TITLES: Mapping[int, tuple[int, int]] = {1: (380, 14), 2: (200, 14), 3: (130, 13), 4: (100, 12)}


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
    """Draw a means table as grouped bars to both sides of zero, with the 95 % intervals of the means.

    height: at least; many bars make it higher, so that their numbers do not touch
    """
    colours = THEMES[theme]
    names = list(dict.fromkeys(table["scenario"]))[:MOST_SCENARIOS]
    groups = table["label"].nunique()
    digits = decimals_for(*table["mean"])
    lowest = min(0.0, float(np.nanmin([*table["mean"], *table["low"], 0.0])))
    highest = max(0.0, float(np.nanmax([*table["mean"], *table["high"], 0.0])))
    span = (highest - lowest) or 1.0
    legend = LEGEND_ROW * (len(names) if len(names) > 2 else 1)
    height = max(height, round(52 + 24 + legend + groups * len(names) * BAR_PITCH / (1.0 - BAR_GAP)))
    traces: list[dict[str, Any]] = []
    for place in reversed(range(len(names))):  # plotly begins at the bottom: the first scenario stands on top
        rows = table[table["scenario"] == names[place]].iloc[::-1]
        up = (rows["high"] - rows["mean"]).fillna(0.0).tolist()
        down = (rows["mean"] - rows["low"]).fillna(0.0).tolist()
        shown_name = html.escape(plain(names[place]))
        pattern = {
            "shape": PATTERNS[place],
            "fillmode": "overlay",
            "solidity": 0.15,
            "fgcolor": colours.hover,
        }
        traces.append(
            {
                "type": "bar",
                "y": rows["label"].tolist(),
                "x": rows["mean"].tolist(),
                "orientation": "h",
                "offsetgroup": str(place),
                "name": fitted(names[place], 230),
                "legendrank": place,
                "marker": {"color": colours.scenarios[place], "line": {"width": 0}, "pattern": pattern},
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": up,
                    "arrayminus": down,
                    "color": colours.text,
                    "thickness": 1.5,
                    "width": 4,
                },
                "customdata": [
                    [shown(row.mean, digits), _in_brackets(row.low, row.high, digits)]
                    for row in rows.itertuples()
                ],
                "hovertemplate": f"{shown_name}, %{{y}}: <b>%{{customdata[0]}}</b>%{{customdata[1]}}<extra></extra>",
            }
        )
        traces.append(_bar_numbers(rows, place, digits, colours))
    x_axis = {
        "title": unit,
        "range": _with_room(lowest, highest, span, 0.18),
        "nticks": 6,
        "zeroline": True,
        "zerolinecolor": colours.soft,
        "zerolinewidth": 1,
    }
    layout = {
        "barmode": "group",
        "bargap": BAR_GAP,
        "bargroupgap": 0.06,
        "legend": LEGEND,
        "xaxis": x_axis,
        "yaxis": {"showgrid": False, "ticklen": 6},
    }
    margin = {"l": 128, "r": 20, "t": 44, "b": 52}
    lines = sum(fitted(name, 230).count("<br>") + 1 for name in names)
    slim = Narrow(
        {
            "xaxis": {
                **x_axis,
                "range": _with_room(lowest, highest, span, 0.45),
                "nticks": 4,
                "tickangle": 0,
            },
            "legend": {**NARROW_LEGEND, **AT_TOP},
        },
        [],
        {**margin, "l": 114, "r": 8, "t": 16 + LEGEND_ROW * lines, "autoexpand": False},
        height + LEGEND_ROW * (lines - 1),
    )
    return styled(traces, layout, [], theme, height=height, margin=margin, hovermode="closest", narrow=slim)


BAR_PITCH, BAR_GAP = 14, 0.22  # pixels from bar to bar; share of each group that stays empty
LEGEND_ROW = 20  # pixels


def _bar_numbers(rows: pd.DataFrame, place: int, digits: int, colours: Theme) -> dict[str, Any]:
    """Numbers beyond the intervals of bars: text of unseen bars, which the browser puts where the bars are.

    A bar that rounds to nothing and has no interval is seen to be nothing, and has no number.
    """
    means, lows, highs = (rows[column].tolist() for column in ("mean", "low", "high"))
    ends = [
        mean if math.isnan(low) else min(low, mean) if mean < 0.0 else max(high, mean)
        for mean, low, high in zip(means, lows, highs, strict=True)
    ]
    zero = shown(0.0, digits)
    return {
        "type": "bar",
        "y": rows["label"].tolist(),
        "x": ends,
        "orientation": "h",
        "offsetgroup": str(place),
        "marker": {"color": "rgba(0,0,0,0)", "line": {"width": 0}},
        "text": [
            "" if shown(mean, digits) == shown(end, digits) == zero else f" {shown(mean, digits)} "
            for mean, end in zip(means, ends, strict=True)
        ],
        "textposition": "outside",
        "textangle": 0,
        "constraintext": "none",
        "cliponaxis": False,
        "textfont": {"color": colours.text, "size": 13},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _with_room(lowest: float, highest: float, span: float, room: float) -> list[float]:
    """Range of an axis with room for numbers beyond the bars, to the left only where some go left."""
    return [lowest - room * span if lowest < 0.0 else 0.0, highest + room * span]


def sources_figure(table: pd.DataFrame, *, theme: ThemeName = "light", height: int = 340) -> go.Figure:
    """Draw where reach came from: one stacked bar for each scenario."""
    return _stacked_figure(table, SOURCES, "people", "of reach", theme, height)


def costs_figure(table: pd.DataFrame, *, theme: ThemeName = "light", height: int = 340) -> go.Figure:
    """Draw what was spent on what: one stacked bar for each scenario."""
    return _stacked_figure(table, COSTS, "currency", "of the total", theme, height)


def _stacked_figure(
    table: pd.DataFrame,
    parts: Sequence[tuple[str, str]],
    unit: str,
    whole: str,
    theme: ThemeName,
    height: int,
) -> go.Figure:
    colours = THEMES[theme]
    names = list(dict.fromkeys(table["scenario"]))[:MOST_SCENARIOS]
    labels = [fitted(name, 128) for name in names]
    totals = [float(table.loc[table["scenario"] == name, "mean"].sum()) for name in names]
    most = max(totals, default=0.0) or 1.0
    digits = decimals_for(*totals)
    traces = []
    for place, (measure, part) in enumerate(parts):
        rows = table[table["measure"] == measure].set_index("scenario").reindex(names)
        means = rows["mean"].fillna(0.0).tolist()
        traces.append(
            {
                "type": "bar",
                "y": labels,
                "x": means,
                "orientation": "h",
                "name": part,
                "marker": {"color": colours.sources[place], "line": {"width": 0}},
                "text": [shown(mean, digits) if mean / most > 0.09 else "" for mean in means],
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "textfont": {"color": "#111418", "size": 15},
                "customdata": [
                    [shown(row.mean, digits), _in_brackets(row.low, row.high, digits), percent(row.share)]
                    for row in rows.itertuples()
                ],
                "hovertemplate": f"%{{y}}, {part.lower()}: <b>%{{customdata[0]}}</b> {unit}%{{customdata[1]}}, "
                f"%{{customdata[2]}} {whole}<extra></extra>",
            }
        )
    annotations = [
        annotation(f"<b>{shown(total, digits)}</b>", colours.text, x=total, y=label, xanchor="left", xshift=8)
        for total, label in zip(totals, labels, strict=True)
    ]
    layout = {
        "barmode": "stack",
        "bargap": 0.45,
        "legend": LEGEND,
        "xaxis": {"title": unit, "range": [0, most * 1.16], "nticks": 6},
        "yaxis": {"autorange": "reversed", "showgrid": False, "ticklen": 6},
    }
    margin = {"l": 150, "r": 20, "t": 44, "b": 52}
    # each name stands above its bar, where it takes nothing from the bar's length
    above = [
        annotation(
            fitted(name, 280, lines=1),
            colours.text,
            x=0,
            y=place - 0.24,
            xanchor="left",
            yanchor="bottom",
            yshift=1,
        )
        for place, name in enumerate(names)
    ]
    slim = Narrow(
        {
            "bargap": 0.56,
            "xaxis": {"title": unit, "range": [0, most * 1.32], "nticks": 4, "tickangle": 0},
            "yaxis": {
                "range": [len(names) - 0.6, -0.75],
                "autorange": False,
                "showgrid": False,
                "showticklabels": False,
            },
            "legend": {**LEGEND, **AT_TOP},
        },
        [*annotations, *above],
        {**margin, "l": 14, "r": 10, "autoexpand": False},
        height,
    )
    return styled(
        traces, layout, annotations, theme, height=height, margin=margin, hovermode="closest", narrow=slim
    )


LEGEND: Mapping[str, Any] = {
    "orientation": "h",
    "x": 0,
    "xanchor": "left",
    "y": 1.02,
    "yanchor": "bottom",
    "traceorder": "normal",
    "font": {"size": 14},
}


# from the right edge, so that long names may stand below or above what labels the axis
AT_TOP: Mapping[str, Any] = {"y": 1, "yref": "container", "yanchor": "top"}
NARROW_LEGEND: Mapping[str, Any] = {**LEGEND, "x": 1, "xanchor": "right"}
NARROW = 520  # pixels: what is narrower takes the narrow layout; `cards.js` and `report.js` know it from the figure


class Narrow(NamedTuple):
    """What is laid out otherwise where there is little room, on a phone: traces stay the same."""

    layout: Mapping[str, Any]
    annotations: Sequence[Mapping[str, Any]]
    margin: Mapping[str, int]
    height: int


def _in_brackets(low: float, high: float, digits: int) -> str:
    return "" if math.isnan(low) else f" ({shown_interval(low, high, digits)})"


def annotation(text: str, colour: str, **place: Any) -> dict[str, Any]:
    """Words in a figure, without an arrow; of 14 pixels unless `size` says otherwise."""
    size = place.pop("size", 14)
    return {"text": text, "showarrow": False, "font": {"color": colour, "size": size}, **place}


def styled(
    traces: Sequence[Mapping[str, Any]],
    layout: Mapping[str, Any],
    annotations: Sequence[Mapping[str, Any]],
    theme: ThemeName,
    *,
    height: int,
    margin: Mapping[str, int],
    hovermode: str,
    narrow: Narrow | None = None,
) -> go.Figure:
    """Make a figure in the look of this project: paper shows through, few lines, type that a projector can show.

    narrow: what is to be replaced in the layout on narrow screens; it travels in the figure's `meta`
    """
    colours = THEMES[theme]
    styled = _with_axes(layout, colours) | {
        "template": "none",
        "height": height,
        "margin": dict(margin),
        "hovermode": hovermode,
        "annotations": list(annotations),
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": colours.soft, "activecolor": colours.text},
        "separators": ".,",
        "font": {"family": FONT, "size": 14, "color": colours.text},
        "hoverlabel": {"bgcolor": colours.hover, "font": {"family": FONT, "size": 14, "color": colours.text}},
    }
    if narrow is not None:
        styled["meta"] = {
            "below": NARROW,
            "narrow": {
                **_with_axes(narrow.layout, colours),
                "annotations": list(narrow.annotations),
                "margin": dict(narrow.margin),
                "height": narrow.height,
            },
        }
    return go.Figure(data=list(traces), layout=styled)


def _with_axes(layout: Mapping[str, Any], colours: Theme) -> dict[str, Any]:
    axis = {
        "gridcolor": colours.grid,
        "zeroline": False,
        "linecolor": colours.grid,
        "tickfont": {"size": 14},
        "fixedrange": True,
        "separatethousands": True,
    }
    x_axis = {**axis, "showgrid": False, "ticks": "outside", "tickcolor": colours.grid}
    styled = dict(layout)
    for key, value in layout.items():
        if key.startswith(("xaxis", "yaxis")):
            title = {
                "text": value.get("title", ""),
                "standoff": 8,
                "font": {"size": 14, "color": colours.soft},
            }
            styled[key] = {**(x_axis if key.startswith("x") else axis), **value, "title": title}
    return styled


# widths of letters in the widest of the fonts that a reader may have, in sizes of the font; all others are as wide as LETTER
NARROW_LETTERS, WIDE_LETTERS, LETTER, CAPITAL, BOLD = "iljtfrI.,:;!'|()[]- ", "mwMW@%", 0.63, 0.74, 1.12


def text_width(text: str, size: float = 14, *, bold: bool = False) -> float:
    """Pixels that a line of text takes at most, about.

    >>> text_width("iii") < text_width("ooo") < text_width("WWW") < text_width("WWW", bold=True)
    True
    """
    ems = sum(
        0.4
        if letter in NARROW_LETTERS
        else 1.0
        if letter in WIDE_LETTERS or ord(letter) > 0x2E80  # scripts whose letters are squares
        else CAPITAL
        if letter.isupper()
        else LETTER
        for letter in text
    )
    return ems * size * (BOLD if bold else 1.0)


def fitted(name: str, pixels: float, *, size: float = 14, bold: bool = False, lines: int = 4) -> str:
    """Name in lines that fit into some pixels, as `wrapped` has it for letters.

    >>> fitted("two_way_engagement", 110, bold=True), fitted("two_way_engagement", 300)
    ('Two way<br>engagement', 'Two way engagement')
    """

    def fits(line: str) -> bool:
        return text_width(line, size, bold=bold) <= pixels

    def cut(line: str) -> str:
        while len(line) > 1 and not fits(line + "…"):
            line = line[:-1]
        return line.rstrip() + "…"

    found = [""]
    for word in plain(name).split():
        if found[-1] and not fits(f"{found[-1]} {word}"):
            found.append("")
        found[-1] = f"{found[-1]} {word}".strip()
    if len(found) > lines:
        found = [*found[: lines - 1], cut(" ".join(found[lines - 1 :]))]
    return "<br>".join(html.escape(line if fits(line) else cut(line.removesuffix("…"))) for line in found)


def wrapped(name: str, width: int) -> str:
    """Name in lines of at most `width` letters, four lines at most, safe inside plotly's own markup."""
    lines = [""]
    for word in plain(name).split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    lines = [line if len(line) <= width else line[: width - 1] + "…" for line in lines]
    if len(lines) > 4:
        lines = [*lines[:3], lines[3][: width - 1] + "…"]
    return "<br>".join(html.escape(line) for line in lines)


def see_through(colour: str, share: float) -> str:
    """Colour of which only a share covers what lies behind it."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"
