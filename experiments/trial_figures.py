"""Small tables of what a trial found, and the figures drawn of them; in all of them right and blue is as claimed.

Table first, figure second: every number in a figure stands in the table it was drawn from.
"""

import html
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import plotly.graph_objects as go

from worthsharing.experiments.figures import THEMES, ThemeName, annotation, see_through, styled, wrapped
from worthsharing.experiments.summary import (
    NOT_AVAILABLE,
    decimals_for,
    in_unit,
    shown,
    shown_interval,
    signed,
)
from worthsharing.experiments.verdicts import ClaimVerdict, PairOutcome, PartVerdict, Side, Tally

SIDE_WORDS: Mapping[Side, str] = {
    "holds": "as claimed",
    "fails": "against the claim",
    "cannot tell": "cannot tell",
    "not available": "not available",
}
SYMBOLS: Mapping[Side, str] = {  # colour is never the only difference
    "holds": "circle",
    "fails": "x",
    "cannot tell": "diamond-open",
    "not available": "line-ns-open",
}
WRAP = 36  # letters in a line, so that a phone shows it
LINE = 18  # pixels
BAND = 30  # pixels of the band in which an interval lies
BIN = 0.25  # width of a bar of margins, the same on every card, so that cards can be compared
FURTHEST = 4.0  # margins beyond it are counted in the last bar
MOST_RELATIVE = (
    2.0  # axis of differences: of two numbers of one sign, none differs by more than twice the larger
)

EFFECTS_HELP = (
    "Each row is one thing that the claim says. The mark is the difference between its two sides in the same "
    "worlds, turned so that right is what was claimed, as a percentage of the larger of the two means; the line is "
    "its interval, and the intervals of one claim hold together. A hollow diamond whose line crosses zero cannot be "
    "told yet; a cross is a difference against the claim."
)
MARGINS_HELP = (
    "Every sampled setting is counted once, at the part of the claim that is nearest to failing there. Bars right of "
    "zero are settings in which the whole claim holds, striped bars left of it settings in which it does not; the "
    "further from zero, the clearer. A thin grey bar at zero counts settings in which the sides do not differ. One unit "
    "is the spread of that part over all settings. The outermost bars also count "
    f"what lies beyond {FURTHEST:g}."
)


class Effect(NamedTuple):
    """One part of a claim at the defaults, as a row of the chart.

    towards, towards_low, towards_high: the difference and its interval as a share of the larger side's mean,
    above 0 as claimed
    """

    label: str
    said: str
    side: Side
    towards: float
    towards_low: float
    towards_high: float


class Margins(NamedTuple):
    """One bar of the chart of margins: settings from `low` to `high`, of which the end nearer to zero is left out.

    Where both are zero it counts the ties: settings in which the two sides do not differ at all.
    """

    low: float
    high: float
    settings: int


class Held(NamedTuple):
    """How many sampled settings are for a claim, against it, and neither."""

    holds: int
    fails: int
    ties: int


class Meeting(NamedTuple):
    """One strategy against another in one measure, from the point of view of the first."""

    side: str
    difference: float
    low: float
    high: float
    unit: str


class Standing(NamedTuple):
    """How one strategy does against all others in one measure."""

    name: str
    beats: int
    loses: int
    rest: int


# ---- numbers as people read them --------------------------------------------------------------------------------------


def with_interval(part: PartVerdict | PairOutcome) -> str:
    """Difference with its interval, in the unit of the measure."""
    digits = decimals_for(part.difference, part.low, part.high)
    interval = shown_interval(part.low, part.high, digits)
    brackets = "" if interval == NOT_AVAILABLE else f" ({interval})"
    return f"{signed(part.difference, digits)}{brackets}"


# ---- parts of a claim at the defaults ---------------------------------------------------------------------------------


def effects_table(verdict: ClaimVerdict) -> tuple[Effect, ...]:
    """Parts of a claim at the defaults, turned so that above zero is as claimed."""
    return tuple(_effect(part) for part in verdict.parts)


def _effect(part: PartVerdict) -> Effect:
    sign = 1.0 if part.part.expected == "more" else -1.0
    scale = _scale(part)
    ends = sorted((sign * part.low / scale, sign * part.high / scale))
    some = part.side != "not available"
    said = in_unit(with_interval(part), part.unit) if some else SIDE_WORDS[part.side]
    return Effect(part.part.label, said, part.side, sign * part.difference / scale, ends[0], ends[1])


def _scale(part: PartVerdict) -> float:
    """Larger of the two means; of numbers that are all zero or missing, what keeps the difference within the axis."""
    for numbers in ((part.mean_a, part.mean_b), (part.difference, part.low, part.high)):
        largest = max((abs(number) for number in numbers if math.isfinite(number)), default=0.0)
        if largest > 0.0:
            return largest
    return 1.0


def effects_sentence(table: Sequence[Effect]) -> str:
    """How many parts came out as claimed, at the defaults."""
    if not table:
        return "Nothing was measured at the defaults."
    if len(table) == 1:
        return f"Its one part: {SIDE_WORDS[table[0].side]}."
    counts = Counter(effect.side for effect in table)
    found = [f"{counts[side]} {SIDE_WORDS[side]}" for side in SIDE_WORDS if counts[side]]
    return f"Of its {len(table)} parts, {', '.join(found)}."


def effects_said(table: Sequence[Effect]) -> str:
    """Say the chart in words, for those who do not see it."""
    rows = "; ".join(f"{effect.label}: {effect.said}, {SIDE_WORDS[effect.side]}" for effect in table)
    return f"{effects_sentence(table)} {rows}." if rows else effects_sentence(table)


def effects_height(table: Sequence[Effect]) -> int:
    """Height of the chart in pixels."""
    return max(250, _row_height(table) * len(table) + 100)


def _row_height(table: Sequence[Effect]) -> int:
    """Pixels for one part: its words, one line for its numbers, its interval."""
    lines = max((wrapped(effect.label, WRAP).count("<br>") + 1 for effect in table), default=1)
    return BAND + LINE * (lines + 1) + 6


def effects_figure(
    table: Sequence[Effect], *, theme: ThemeName = "light", height: int | None = None
) -> go.Figure:
    """Draw the parts of a claim: one row each, its words above its interval."""
    colours = THEMES[theme]
    colour_of = {"holds": colours.scenarios[1], "fails": colours.scenarios[0]}
    reach = [
        min(abs(end), MOST_RELATIVE)
        for effect in table
        for end in (effect.towards, effect.towards_low, effect.towards_high)
        if math.isfinite(end)
    ]
    furthest = 1.12 * max([*reach, 0.05])
    height = effects_height(table) if height is None else height
    margin = {"l": 8, "r": 8, "t": 36, "b": 56}
    # as many rows as fit, so that words keep their distance; those of the table in the middle
    row_height = _row_height(table)
    spare = max(0.0, (height - margin["t"] - margin["b"]) / row_height - len(table)) / 2.0
    lane, below = BAND / 2.0 / row_height, (BAND / 2.0 + 3.0) / row_height
    traces, annotations = [], _corners("◀ against the claim", "as claimed ▶", theme)
    for place, effect in enumerate(table):
        row = len(table) - place
        colour = colour_of.get(effect.side, colours.soft)
        words = f"<b>{wrapped(effect.label, WRAP)}</b><br>{html.escape(effect.said)}"
        annotations.append(
            annotation(
                words, colours.text, x=0, xref="paper", xanchor="left", y=row, yanchor="bottom",
                yshift=BAND / 2.0, align="left",
            )
        )  # fmt: skip
        if not math.isfinite(effect.towards):
            continue
        ends = [effect.towards_low, effect.towards_high]
        if all(math.isfinite(end) for end in ends):
            traces.append(
                {
                    "type": "scatter", "x": ends, "y": [row, row], "mode": "lines", "hoverinfo": "skip",
                    "line": {"color": colour, "width": 5}, "opacity": 0.45, "showlegend": False,
                }
            )  # fmt: skip
        traces.append(
            {
                "type": "scatter", "x": [effect.towards], "y": [row], "mode": "markers", "showlegend": False,
                "marker": {
                    "color": colour, "size": 13, "symbol": SYMBOLS[effect.side],
                    "line": {"color": colour, "width": 2 if effect.side == "cannot tell" else 0},
                },
                "customdata": [[html.escape(text) for text in (effect.label, effect.said, SIDE_WORDS[effect.side])]],
                "hovertemplate": "%{customdata[0]}<br><b>%{customdata[1]}</b>, %{customdata[2]}<extra></extra>",
            }
        )  # fmt: skip
    layout = {
        "xaxis": {
            "title": "difference in % of the larger side",
            "range": [-furthest, furthest],
            "nticks": 5,
            "tickformat": ",.0%",
        },
        "yaxis": {
            "range": [1.0 - below - spare, len(table) + 1.0 - below + spare],
            "showticklabels": False,
            "showgrid": False,
            "ticklen": 0,
        },
        "shapes": [
            shape
            for row in range(1, len(table) + 1)
            for shape in _sides(-furthest, furthest, theme, lane=(row - lane, row + lane))
        ],
    }
    return styled(traces, layout, annotations, theme, height=height, margin=margin, hovermode="closest")


# ---- the settings searched --------------------------------------------------------------------------------------------


def margins_table(verdict: ClaimVerdict) -> tuple[Margins, ...]:
    """Sampled settings counted by their margin, without gaps, in bars of which none lies on both sides of zero."""
    known = [margin for margin in verdict.margins if not math.isnan(margin)]
    if not known:
        return ()
    last = round(FURTHEST / BIN)
    counts = Counter(
        min(math.ceil(min(abs(margin), FURTHEST) / BIN), last) * _sign(margin) for margin in known
    )
    first, end = min(*counts, -4), max(*counts, 4)
    return tuple(
        Margins((place - (place > 0)) * BIN, (place + (place < 0)) * BIN, counts[place])
        for place in range(first, end + 1)
        if place or counts[0]
    )


def _sign(value: float) -> int:
    return (value > 0.0) - (value < 0.0)


def side_of(bar: Margins) -> Literal["holds", "fails", "tie"]:
    """What the settings of a bar say of the claim."""
    return "holds" if bar.high > 0.0 else "fails" if bar.low < 0.0 else "tie"


def held(table: Sequence[Margins]) -> Held:
    """In how many settings a claim holds, in how many it fails, and in how many neither."""
    counts: Counter[str] = Counter()
    for bar in table:
        counts[side_of(bar)] += bar.settings
    return Held(counts["holds"], counts["fails"], counts["tie"])


def settings_sentence(settings: Tally) -> str:
    """In how many of the sampled settings something is clearly as claimed, and in how many its sign is.

    >>> settings_sentence(Tally(80, 20, 0, 62, 9))
    'Of 100 settings, 62 are clearly as claimed, 9 clearly against, 29 not clear. By sign alone, 80 hold and 20 fail.'
    """
    if not settings.settings:
        return "Nothing is known about other settings."
    tied = f"; in {settings.ties:,} the sides do not differ" if settings.ties else ""
    missing = f"; {settings.unmeasured:,} more could not be measured" if settings.unmeasured else ""
    return (
        f"Of {settings.settings:,} settings, {settings.clearly_holds:,} are clearly as claimed, "
        f"{settings.clearly_fails:,} clearly against, {settings.not_clear:,} not clear. "
        f"By sign alone, {settings.holds:,} hold and {settings.fails:,} fail{tied}{missing}."
    )


def margins_figure(
    table: Sequence[Margins], *, worst: float | None = None, theme: ThemeName = "light", height: int = 300
) -> go.Figure:
    """Draw the margins of all sampled settings, those that hold right of zero, those that fail striped and left of it.

    worst: margin of the setting to point at
    """
    colours = THEMES[theme]
    holds, fails, _ = held(table)
    left = min((bar.low for bar in table), default=-1.0) - BIN / 2
    right = max((bar.high for bar in table), default=1.0) + BIN / 2
    most = max((bar.settings for bar in table), default=1) or 1
    traces: list[dict[str, Any]] = []
    for side, colour, shape in (
        ("fails", colours.scenarios[0], "/"),
        ("holds", colours.scenarios[1], ""),
        ("tie", colours.soft, ""),
    ):
        bars = [bar for bar in table if side_of(bar) == side]
        traces.append(
            {
                "type": "bar", "x": [(bar.low + bar.high) / 2 for bar in bars], "y": [bar.settings for bar in bars],
                "width": BIN * (0.3 if side == "tie" else 0.9), "showlegend": False,
                "marker": {
                    "color": colour, "line": {"width": 0},
                    "pattern": {"shape": shape, "fillmode": "overlay", "solidity": 0.3, "fgcolor": colours.hover},
                },
                "customdata": [[side, shown(bar.low, 2), shown(bar.high, 2)] for bar in bars],
                "hovertemplate": "<b>%{y}</b> settings, %{customdata[0]}<br>margin %{customdata[1]} to %{customdata[2]}"
                "<extra></extra>",
            }
        )  # fmt: skip
    annotations = _corners(f"◀ fails in {fails:,}", f"holds in {holds:,} ▶", theme)
    if worst is not None and math.isfinite(worst):
        reach = (
            FURTHEST - BIN / 2
        )  # the middle of the last bar, which holds whatever lies beyond: not on the axis
        within = min(max(worst, -reach), reach)
        at = max((bar.settings for bar in table if bar.low <= within <= bar.high), default=0)
        side = "left" if within < (left + right) / 2 else "right"
        annotations.append(
            {
                **annotation(f"worst {shown(worst, 2)}", colours.text, x=within, y=at, xanchor=side),
                "showarrow": True, "arrowhead": 2, "arrowwidth": 1.5, "arrowcolor": colours.text,
                "ax": 0, "ay": -26, "yanchor": "bottom",
            }
        )  # fmt: skip
    layout = {
        "bargap": 0,
        "xaxis": {"title": "margin, in spreads over the settings", "range": [left, right], "nticks": 8},
        "yaxis": {"title": "settings", "range": [0, most * 1.3], "nticks": 5, "tickformat": ",d"},
        "shapes": _sides(left, right, theme),
    }
    margin = {"l": 52, "r": 8, "t": 36, "b": 56}
    return styled(traces, layout, annotations, theme, height=height, margin=margin, hovermode="closest")


def _sides(
    left: float, right: float, theme: ThemeName, *, lane: tuple[float, float] | None = None
) -> list[dict[str, Any]]:
    """Tint what is against a claim and what is for it, with a line between them.

    lane: its lower and upper end on the axis; None for the whole height
    """
    colours = THEMES[theme]
    height = {"yref": "paper", "y0": 0, "y1": 1} if lane is None else {"y0": lane[0], "y1": lane[1]}
    tints = [
        {
            "type": "rect", "xref": "x", "x0": start, "x1": end, **height,
            "fillcolor": see_through(colour, 0.10), "line": {"width": 0}, "layer": "below",
        }
        for start, end, colour in ((left, 0.0, colours.scenarios[0]), (0.0, right, colours.scenarios[1]))
    ]  # fmt: skip
    zero = {
        "type": "line", "xref": "x", "x0": 0, "x1": 0, **height,
        "line": {"color": colours.text, "width": 1.5}, "layer": "below",
    }  # fmt: skip
    return [*tints, zero]


def _corners(left: str, right: str, theme: ThemeName) -> list[dict[str, Any]]:
    """Name both sides of zero above a figure."""
    colours = THEMES[theme]
    place: dict[str, Any] = {"xref": "paper", "yref": "paper", "y": 1.0, "yanchor": "bottom", "yshift": 4}
    return [
        annotation(f"<b>{left}</b>", colours.labels[0], x=0, xanchor="left", **place),
        annotation(f"<b>{right}</b>", colours.labels[1], x=1, xanchor="right", **place),
    ]


# ---- all pairs of strategies ------------------------------------------------------------------------------------------

MIRRORED: Mapping[str, str] = {"better": "worse", "worse": "better", "higher": "lower", "lower": "higher"}


def meetings(pairs: Sequence[PairOutcome], measure: str) -> dict[tuple[str, str], Meeting]:
    """Every strategy against every other in one measure, both ways round, by their names."""
    found: dict[tuple[str, str], Meeting] = {}
    for pair in pairs:
        if pair.measure != measure:
            continue
        found[pair.b, pair.a] = Meeting(pair.side, pair.difference, pair.low, pair.high, pair.unit)
        found[pair.a, pair.b] = Meeting(
            MIRRORED.get(pair.side, pair.side), -pair.difference, -pair.high, -pair.low, pair.unit
        )
    return found


def standings(pairs: Sequence[PairOutcome], measure: str) -> tuple[Standing, ...]:
    """Strategies in the order of how many others they beat, less those that beat them; of equals, by name."""
    met = meetings(pairs, measure)
    rows = []
    for name in {one for one, _ in met}:
        sides = Counter(meeting.side for (one, _), meeting in met.items() if one == name)
        beats, loses = sides["better"] + sides["higher"], sides["worse"] + sides["lower"]
        rows.append(Standing(name, beats, loses, sides.total() - beats - loses))
    return tuple(sorted(rows, key=lambda row: (row.loses - row.beats, row.name)))
