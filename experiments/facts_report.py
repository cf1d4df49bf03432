"""One self-contained HTML page of the stylised facts: for each its picture, its numbers, its bands and whether it passed."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go

from worthsharing.experiments.fact_measures import STUDIES
from worthsharing.experiments.fact_pictures import observed
from worthsharing.experiments.facts import (
    ALSO,
    ENOUGH_PAIRS,
    LISTS,
    SIGN_SHARE,
    FactResult,
    Part,
    Reading,
    Validation,
    band_words,
    lists_of,
)
from worthsharing.experiments.figures import THEMES, ThemeName, annotation, see_through, styled
from worthsharing.experiments.page import in_both_themes, render_page
from worthsharing.experiments.summary import NOT_AVAILABLE, decimals_for, shown, shown_interval
from worthsharing.sim.scenario import GRADES, Grade

Style = Literal["curve", "columns", "strip"]
HEIGHT = 360
ROW = 104  # pixels of one row of a strip: its words and its dots
SYMBOLS = ("circle", "square", "triangle-up", "cross")
DASHES = ("solid", "dash", "dot", "dashdot")


@dataclass(frozen=True)
class Look:
    """How the picture of a fact is drawn, and how it is read."""

    style: Style
    reading: str
    x: str = ""
    y: str = ""
    log_x: bool = False
    log_y: bool = False
    percent_x: bool = False
    percent_y: bool = False
    range_y: tuple[float, float] | None = None


_STRIP = Look(
    "strip",
    "Each dot is one pair of worlds with the same people and the same luck. Right of the line is the published direction; "
    "the bar is the mean. Distances are in units of the spread over pairs.",
    x="Difference, in units of its spread; right is as published",
)
LOOKS: Mapping[str, Look] = {
    "F1": Look("columns", "Share of people's own posts by the longest chain of their shares; the axis is logarithmic.", y="Share of posts", log_y=True),
    "F2": Look("curve", "Share of posts whose cascade has at least so many members. The bar at 100 is the accepted band, the diamond the published value.", x="Members of the cascade", y="Share of posts with as many", log_x=True, log_y=True),
    "F3": Look("columns", "Each dot is one world, the large mark all of them together; the bar is the accepted band, the diamond the published value.", y="Members"),
    "F4": Look("curve", "Of cascades with 20 members and more, the share that has at least so many: only the slope is compared. Links posted by several people count as one cascade in the measured data.", x="Members of the cascade", y="Share of these cascades", log_x=True, log_y=True),
    "F5": _STRIP,
    "F6": Look("columns", "Share of all items that people saw; bars are the accepted bands, diamonds the published values.", y="Share of items", percent_y=True),
    "F7": Look("columns", "Share of followers who see one post, by the size of the brand; bars are the accepted band, diamonds the published value, which falls with the size of the page.", y="Share of followers", percent_y=True),
    "F8": Look("curve", "Share of posts that were shared by fewer of those they reached. The two curves should run together.", x="Shares per person reached", y="Share of posts below", percent_x=True, percent_y=True),
    "F9": Look("curve", "Share of posts that were shared by fewer of those they reached: offers stand to the left.", x="Shares per person reached", y="Share of posts below", percent_x=True, percent_y=True),
    "F10": Look("curve", "Mean response per exposure of readers who were shown so many posts, against readers who were shown one; bars are the accepted bands, diamonds the published values.", x="Posts shown in thirty days", y="Response against one post", range_y=(0.0, 1.1)),
    "F11": Look("curve", "Sums over all people reached, as a share of their peak. The brand posts for two weeks and then keeps silent for four.", x="Day", y="Share of the peak", percent_y=True, range_y=(0.0, 1.05)),
    "F12": Look("columns", "Each dot is one world, the large mark all of them together; bars are the accepted bands, diamonds the published values. The axis is logarithmic.", y="Share", log_y=True),
    "F13": Look("columns", "Success of a forward by how many of the same sender the receiver had seen, against the first three; the bar is the accepted band, the diamond the published value.", y="Against the first three", range_y=(0.0, 1.25)),
    "F14": Look("curve", "Share of negative posts that were seen at least so many times as often as the median one. The bar at ten is the accepted band, the diamond the published value; a post must have been seen fifty times too.", x="Times the median", y="Share of negative posts", log_x=True, log_y=True),
    "F15": Look("columns", "Trust that an answer gains, against an answer within five minutes; the bar is the accepted band.", y="Against an answer at once", range_y=(0.0, 1.15)),
    "F16": _STRIP,
    "F17": _STRIP,
    "F18": _STRIP,
}  # fmt: skip
PLAIN = Look(
    "columns",
    "Marks are what was measured with its 95 % interval, bars the accepted bands, diamonds published values.",
)
DATA_OF: Mapping[str, str] = {"F4": "links_2010", "F8": "posts_2014", "F9": "posts_2014"}


def render_facts(validation: Validation, command: str, provenance: Mapping[str, str]) -> str:
    """Render the page; the same validation gives the same bytes.

    command: what reproduces it
    provenance: versions and fingerprints to show
    """
    drawn = {
        result.fact.id: in_both_themes(fact_figure(result), fact_figure(result, theme="dark"))
        for result in validation.results
    }
    counts = {name: (passed, measured) for name, passed, measured in lists_of(validation)}
    lists = [
        {
            "id": name,
            "title": title,
            "meaning": meaning,
            "passed": counts[name][0],
            "measured": counts[name][1],
            "cards": [_card(result) for result in validation.of_list(name)],
        }
        for name, (title, meaning) in LISTS.items()
        if counts[name][1]
    ]
    return render_page(
        "facts.html",
        drawn,
        styles=("report.css", "facts.css"),
        title="What the model gets right about people, and what not",
        lists=lists,
        quick=validation.quick,
        command=command,
        seed=validation.seed,
        sign_share=f"{100 * SIGN_SHARE:.0f}",
        pairs=ENOUGH_PAIRS,
        versions=sorted((str(key), str(value)) for key, value in provenance.items()),
        grades=list(GRADES.items()),
    )


def _card(result: FactResult) -> dict[str, Any]:
    fact = result.fact
    look = LOOKS.get(fact.id, PLAIN)
    study = STUDIES.get(fact.study)
    credit = observed().get(DATA_OF.get(fact.id, ""))
    whats = [study.what] if study else []
    if fact.id in ALSO:
        whats.append(STUDIES[ALSO[fact.id][0]].what)
    grade: Grade = fact.grade  # type: ignore[assignment]  # one of them
    return {
        "id": fact.id,
        "statement": fact.statement,
        "passed": result.passed,
        "parts": _parts_words(result),
        "published": any(reading.part.published is not None for reading in result.readings),
        "source": fact.source,
        "grade": fact.grade,
        "grade_meaning": GRADES.get(grade, "not graded"),
        "whats": whats,
        "how": fact.how,
        "people": f"{result.people:,}",
        "worlds": f"{result.worlds:,}",
        "reading": look.reading,
        "height": _height(result.picture, look),
        "rows": [_cells(reading) for reading in result.readings],
        "credit": credit,
    }


def _parts_words(result: FactResult) -> str:
    """How many parts of a failed fact pass; a fact of one part says it by itself.

    A fact fails with any of its parts: that most of them pass is worth knowing, and no pass.
    """
    count, right = len(result.readings), sum(reading.passed for reading in result.readings)
    return "" if result.passed or count == 1 else f"{right} of {count} parts pass"


def _cells(reading: Reading) -> dict[str, Any]:
    part, one = reading.part, reading.estimate
    note = ""
    if part.sign and one.worlds:
        note = f"so in {100 * one.share:.0f} % of {one.worlds} pairs"
    elif reading.edge:
        note = "the interval reaches over the edge of the band"
    return {
        "label": part.label,
        "unit": part.unit,
        "value": value_words(one.value),
        "interval": interval_words(one.low, one.high),
        "published": NOT_AVAILABLE if part.published is None else limit_words(part.published),
        "band": band_said(part) + (f", in {100 * SIGN_SHARE:.0f} % of pairs" if part.sign else ""),
        "passed": reading.passed,
        "note": note,
    }


# ---- numbers as people read them --------------------------------------------------------------------------------------


def value_words(value: float) -> str:
    """Show a number with about three digits; very small ones in powers of ten.

    >>> value_words(0.95512), value_words(0.00025), value_words(12345.6), value_words(float("nan"))
    ('0.955', '2.5×10⁻⁴', '12,346', '–')
    """
    if 0.0 < abs(value) < 0.001:
        digits, power = f"{value:.1e}".split("e")
        raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{digits.replace('-', '−')}×10{raised}"
    return shown(value, decimals_for(value))


def interval_words(low: float, high: float) -> str:
    """Show an interval; a dash where there is none."""
    if low == low and high == high and abs(low) < float("inf") and abs(high) < float("inf"):
        digits = decimals_for(low, high)
        small = max(abs(low), abs(high)) < 0.001
        return f"{value_words(low)} to {value_words(high)}" if small else shown_interval(low, high, digits)
    return NOT_AVAILABLE


def band_said(part: Part) -> str:
    """What it takes to pass, for the page."""
    if part.sign:
        return band_words(part)
    assert part.low is not None
    assert part.high is not None
    if part.high == 1.0 and part.low > 0.0 and part.unit in ("share", "0 to 1"):
        return f"{limit_words(part.low)} or more"
    if part.low == 0.0:
        return f"up to {limit_words(part.high)}"
    return f"{limit_words(part.low)} to {limit_words(part.high)}"


def limit_words(value: float) -> str:
    """Show a number that somebody wrote down, with no digits that were not there.

    >>> limit_words(0.02), limit_words(2e-5), limit_words(1.15)
    ('0.02', '2×10⁻⁵', '1.15')
    """
    if 0.0 < value < 0.001:
        return value_words(value).replace(".0×", "×")
    return f"{value:.4g}"


# ---- figures --------------------------------------------------------------------------------------------------------


def fact_figure(result: FactResult, *, theme: ThemeName = "light") -> go.Figure:
    """Draw the picture of a fact: what was simulated in blue, what was measured elsewhere in orange, bands in grey."""
    look = LOOKS.get(result.fact.id, PLAIN)
    draw = {"curve": _curves, "columns": _columns, "strip": _strip}[look.style]
    return draw(result.picture, look, theme)


def _height(table: pd.DataFrame, look: Look) -> int:
    if look.style != "strip":
        return HEIGHT
    return 110 + ROW * max(1, table["label"].nunique())


def _series(table: pd.DataFrame, role: str) -> list[tuple[str, pd.DataFrame]]:
    chosen = table[table["role"] == role]
    return [(str(name), rows) for name, rows in chosen.groupby("series", sort=False)]


def _colour(role: str, place: int, theme: ThemeName) -> str:
    blue, orange, green, pink = (THEMES[theme].scenarios[one] for one in (1, 0, 2, 3))
    if role == "measured":
        return orange
    return (blue, green, pink)[place % 3]


def _accepted_traces(
    table: pd.DataFrame, theme: ThemeName, where: Sequence[Any], width: int = 16
) -> list[dict[str, Any]]:
    """Bands as wide grey bars, and published values as diamonds, at places along the first axis."""
    colours, traces = THEMES[theme], []
    rows = table[table["role"] == "accepted"]
    for number, (place, low, high) in enumerate(zip(where, rows["low"], rows["high"], strict=True)):
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [place, place],
                "y": [low, high],
                "name": "Accepted",
                "legendgroup": "accepted",
                "showlegend": number == 0,
                "hovertemplate": f"accepted: {low:g} to {high:g}<extra></extra>",
                "line": {"color": see_through(colours.soft, 0.38), "width": width},
            }
        )
    known = [(place, y) for place, y in zip(where, rows["y"], strict=True) if y == y]
    if known:
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [x for x, _ in known],
                "y": [y for _, y in known],
                "name": "Published",
                "marker": {
                    "symbol": "diamond",
                    "size": 12,
                    "color": colours.scenarios[0],
                    "line": {"color": colours.text, "width": 1.2},
                },
                "hovertemplate": "published: %{y:.3g}<extra></extra>",
            }
        )
    return traces


def _axis(title: str, log: bool, percent: bool) -> dict[str, Any]:
    axis: dict[str, Any] = {"title": title}
    if log:
        axis |= {"type": "log", "dtick": 1, "exponentformat": "power"}
    if percent:
        axis["tickformat"] = ".1~%"
    return axis


def _finished(
    traces: list[dict[str, Any]],
    layout: dict[str, Any],
    theme: ThemeName,
    height: int,
    notes: Sequence[dict[str, Any]] = (),
    top: int = 44,
    left: int = 64,
) -> go.Figure:
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 14}}
    modebar = {"bgcolor": "rgba(0,0,0,0)", "color": THEMES[theme].soft}
    return styled(
        traces,
        {"legend": legend, "showlegend": True, "modebar": modebar, **layout},
        notes,
        theme,
        height=height,
        margin={"l": left, "r": 24, "t": top, "b": 60},
        hovermode="closest",
    )


def _curves(table: pd.DataFrame, look: Look, theme: ThemeName) -> go.Figure:
    accepted = table[table["role"] == "accepted"]
    traces = _accepted_traces(table, theme, list(accepted["x"]))
    for role in ("measured", "simulated"):
        for place, (name, rows) in enumerate(_series(table, role)):
            few = len(rows) <= 6
            trace: dict[str, Any] = {
                "type": "scatter",
                "mode": "lines+markers" if few else "lines",
                "name": html.escape(name),
                "x": rows["x"].tolist(),
                "y": rows["y"].tolist(),
                "line": {
                    "color": _colour(role, place, theme),
                    "width": 3,
                    "dash": "dash" if role == "measured" else DASHES[(0, 2, 3)[place % 3]],
                },
                "marker": {"size": 10, "color": _colour(role, place, theme)},
                "hovertemplate": f"{html.escape(name)}: %{{y:.3g}} at %{{x:,.4g}}<extra></extra>",
            }
            if few and rows["low"].notna().any():
                trace["error_y"] = {
                    "type": "data",
                    "symmetric": False,
                    "thickness": 2,
                    "width": 5,
                    "color": _colour(role, place, theme),
                    "array": (rows["high"] - rows["y"]).tolist(),
                    "arrayminus": (rows["y"] - rows["low"]).tolist(),
                }
            traces.append(trace)
    y = _axis(look.y, look.log_y, look.percent_y)
    if look.range_y:
        y["range"] = list(look.range_y)
    lines = sum(trace.get("showlegend", True) for trace in traces)
    return _finished(
        traces,
        {"xaxis": _axis(look.x, look.log_x, look.percent_x), "yaxis": y},
        theme,
        HEIGHT,
        top=74 if lines > 3 else 52,
    )


def _columns(table: pd.DataFrame, look: Look, theme: ThemeName) -> go.Figure:
    labels = list(dict.fromkeys(table["label"]))
    place_of = {label: float(place) for place, label in enumerate(labels)}
    accepted = table[table["role"] == "accepted"]
    traces = _accepted_traces(table, theme, [place_of[label] for label in accepted["label"]], width=30)
    many = any(len(rows) > len(labels) for _, rows in _series(table, "simulated"))
    for role in ("simulated", "mean", "measured"):
        for number, (name, rows) in enumerate(_series(table, role)):
            colour = _colour("measured" if role == "measured" else "simulated", number, theme)
            spread = (
                [((7 * one) % 9 - 4) * 0.018 for one in range(len(rows))]
                if many and role == "simulated"
                else [0.0] * len(rows)
            )
            shift = 0.12 if role == "measured" else 0.0
            trace: dict[str, Any] = {
                "type": "scatter",
                "mode": "markers",
                "name": html.escape(name),
                "x": [
                    place_of[label] + one + shift for label, one in zip(rows["label"], spread, strict=True)
                ],
                "y": rows["y"].tolist(),
                "text": [html.escape(label) for label in rows["label"]],
                "marker": {
                    "size": 7 if many and role == "simulated" else 14,
                    "color": see_through(colour, 0.55) if many and role == "simulated" else colour,
                    "symbol": "diamond" if role == "measured" else "circle",
                    "line": {
                        "color": THEMES[theme].text,
                        "width": 1 if role != "simulated" or not many else 0,
                    },
                },
                "hovertemplate": "%{text}: %{y:.3g}<extra></extra>",
            }
            if role == "simulated" and rows["low"].notna().any():
                trace["error_y"] = {
                    "type": "data",
                    "symmetric": False,
                    "thickness": 2.4,
                    "width": 6,
                    "color": colour,
                    "array": (rows["high"] - rows["y"]).tolist(),
                    "arrayminus": (rows["y"] - rows["low"]).tolist(),
                }
            traces.append(trace)
    y = _axis(look.y, look.log_y, look.percent_y)
    if look.range_y:
        y["range"] = list(look.range_y)
    elif not look.log_y:
        y["rangemode"] = "tozero"
    x = {
        "title": look.x,
        "tickvals": list(place_of.values()),
        "ticktext": [
            _lines(label, 60 if len(labels) == 1 else 20 if len(labels) == 2 else 15) for label in labels
        ],
        "range": [-0.6, len(labels) - 0.4],
        "ticks": "",
        "tickangle": 0,
    }
    return _finished(traces, {"xaxis": x, "yaxis": y}, theme, HEIGHT, top=52)


def _strip(table: pd.DataFrame, look: Look, theme: ThemeName) -> go.Figure:
    labels = list(dict.fromkeys(table["label"]))
    colours = THEMES[theme]
    dots, means = table[table["role"] == "simulated"], table[table["role"] == "mean"]
    row_of = {label: float(len(labels) - 1 - place) for place, label in enumerate(labels)}
    jitter = [((7 * one) % 11 - 5) * 0.03 for one in range(len(dots))]
    right = dots["y"] > 0.0
    traces: list[dict[str, Any]] = []
    for name, chosen, colour, symbol in (
        ("As published", right, colours.scenarios[1], "circle"),
        ("Not so", ~right, colours.scenarios[0], "x"),
    ):
        rows = dots[chosen]
        moved = [one for one, taken in zip(jitter, chosen, strict=True) if taken]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": rows["y"].tolist(),
                "y": [row_of[label] + one for label, one in zip(rows["label"], moved, strict=True)],
                "marker": {"size": 8, "symbol": symbol, "color": see_through(colour, 0.75)},
                "hovertemplate": "%{x:.2f}<extra></extra>",
            }
        )
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "name": "Mean",
            "x": means["y"].tolist(),
            "y": [row_of[label] for label in means["label"]],
            "hovertemplate": "mean: %{x:.2f}<extra></extra>",
            "marker": {"symbol": "line-ns", "size": 26, "line": {"width": 4, "color": colours.text}},
        }
    )
    notes = [
        annotation(
            _lines(label, 58),
            colours.text,
            x=0,
            xref="paper",
            xanchor="left",
            align="left",
            y=row_of[label] + 0.27,
            yanchor="bottom",
        )
        for label in labels
    ]
    largest = max(1.0, float(dots["y"].abs().max()) if len(dots) else 1.0)
    x = {"title": look.x, "zeroline": False, "range": [-1.1 * largest, 1.1 * largest]}
    y = {"visible": False, "range": [-0.5, len(labels) - 0.3]}
    # the line of no difference stands behind the dots of each row, and not behind its words
    zero = [
        {
            "type": "line",
            "layer": "below",
            "x0": 0,
            "x1": 0,
            "y0": row_of[label] - 0.24,
            "y1": row_of[label] + 0.24,
            "line": {"color": colours.soft, "width": 2},
        }
        for label in labels
    ]
    layout = {"xaxis": x, "yaxis": y, "shapes": zero}
    return _finished(traces, layout, theme, _height(table, look), notes, left=24)


def _lines(text: str, width: int) -> str:
    """Text in lines of at most so many letters, safe inside plotly's own markup."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(html.escape(line) for line in lines)
