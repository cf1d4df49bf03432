"""Cards that pages are made of: a chart or a table with its sentence, how to read it, its numbers, and what to take away.

Also what every page has to say now and then: that something is wrong, that something broke, that something is coming.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import pandas as pd
import plotly.graph_objects as go
from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from worthsharing.dashboard.controls import aria
from worthsharing.experiments.figures import IN_APP_CONFIG, THEMES
from worthsharing.experiments.page import Table
from worthsharing.sim.errors import InputError

CHART_HEIGHT = 340
Figures = Mapping[str, Any]  # {"light": figure, "dark": figure}, or such a dictionary for each variant


# ---- charts -----------------------------------------------------------------------------------------------------------


def both_themes(draw: Callable[[Any], go.Figure]) -> dict[str, Any]:
    """Draw one chart for light and for dark; the browser takes the one that its reader sees.

    draw: called with the name of a theme, such as `lambda theme: bars_figure(table, "people", theme=theme)`
    """
    return {theme: json.loads(draw(theme).to_json()) for theme in THEMES}


def chart_card(
    id_: str,
    title: str,
    sentence: str,
    reading: str,
    table: Table | Component,
    figures: Figures,
    data: pd.DataFrame,
    *,
    height: int = CHART_HEIGHT,
    heading: Callable[..., Component] = html.H3,
) -> Component:
    """Build a card around a chart.

    id_: unique among the charts of the page; also the name of downloaded files
    sentence: what the chart says, computed; reading: how it is to be read
    table: the numbers as a reader wants them; data: as a spreadsheet wants them, all of them
    figures: `both_themes(…)`, or `{variant: both_themes(…)}` to be chosen with `variant_control`
    """
    name = {"chart": id_}
    return html.Section(
        [
            html.Div(
                [heading(title, className="card-title"), _downloads(title, name, ("png", "svg", "csv"))],
                className="card-head",
            ),
            html.P(sentence, className="chart-sentence"),
            html.Div(
                dcc.Graph(
                    id={"type": "graph", **name},
                    config=IN_APP_CONFIG,  # type: ignore[arg-type]  # plotly knows more than Dash has types for
                    style={"height": f"{height}px"},
                    responsive=True,
                ),
                role="group",
                className="plot",
                style={"minHeight": f"{height}px"},
                **aria(label=f"Chart: {title}. The same numbers are in the table below it."),
            ),
            dcc.Store(id={"type": "figures", **name}, data=dict(figures)),
            _card_store(name, id_, title, sentence, data),
            html.Div([reading_view(reading), table_view(table)], className="details"),
        ],
        className="card chart",
        **aria(label=title),
    )


def variant_control(page: str, variants: Mapping[str, str], label: str) -> Component:
    """Build a switch between the variants of all charts of a page that have them.

    variants: label by the key that `figures` of `chart_card` has
    """
    return dmc.SegmentedControl(
        id={"type": "variant", "page": page},
        data=[{"value": key, "label": text} for key, text in variants.items()],
        value=next(iter(variants)),
        size="sm",
        persistence=True,
        **aria(label=label),
    )


def table_card(
    id_: str,
    title: str,
    sentence: str,
    table: Table | Component,
    data: pd.DataFrame,
    *,
    reading: str = "",
    heading: Callable[..., Component] = html.H3,
    more: Sequence[Component] = (),
) -> Component:
    """Build a card around a table that stands open; the arguments are those of `chart_card`."""
    name = {"table": id_}
    return html.Section(
        [
            html.Div(
                [heading(title, className="card-title"), _downloads(title, name, ("csv",))],
                className="card-head",
            ),
            html.P(sentence, className="chart-sentence"),
            _scrolling(table),
            _card_store(name, id_, title, sentence, data),
            *more,
            *([html.Div(reading_view(reading), className="details")] if reading else []),
        ],
        className="card",
        **aria(label=title),
    )


def reading_view(reading: str) -> Component:
    """Fold away how something is to be read."""
    return html.Details([html.Summary("How to read this"), html.P(reading)])


def table_view(table: Table | Component) -> Component:
    """Fold away the table beside a chart."""
    return html.Details([html.Summary("Table"), _scrolling(table)])


def table_of(table: Table, **options: Any) -> Component:
    """Lay out a table; the first cell of each row is its heading."""
    return html.Table(
        [
            html.Caption(table.caption),
            html.Thead(html.Tr([html.Th(cell, scope="col") if cell else html.Td() for cell in table.header])),
            html.Tbody(
                [
                    html.Tr([html.Th(row[0], scope="row"), *[html.Td(cell) for cell in row[1:]]])
                    for row in table.rows
                ]
            ),
        ],
        **{"className": "table", **options},
    )


def _scrolling(table: Table | Component) -> Component:
    return html.Div(
        table_of(table) if isinstance(table, Table) else table,
        className="scroll",
        role="group",
        tabIndex=0,
        **aria(label="Table"),
    )


def menu(target: Component, items: Sequence[Component], *, width: int = 200) -> Component:
    """Build a small menu that a button opens, by mouse or keyboard; it closes when something is chosen.

    items: buttons of the class `menu-item`
    """
    return dmc.Popover(
        [
            dmc.PopoverTarget(target),
            dmc.PopoverDropdown(html.Div(list(items), className="menu")),
        ],
        width=width,
        position="bottom-end",
        shadow="md",
        trapFocus=True,
        returnFocus=True,
        keepMounted=True,
        withRoles=False,  # they would stand on a wrapper of the button, where they mean nothing
    )


def _downloads(title: str, name: Mapping[str, str], kinds: Sequence[str]) -> Component:
    said = {"png": "Picture (PNG)", "svg": "Picture (SVG)", "csv": "Numbers (CSV)"}
    button = dmc.ActionIcon(
        html.Span(className="icon icon-download", **aria(hidden="true")),
        variant="subtle",
        color="gray",
        size="lg",
        **aria(label=f"Download: {title}"),
    )
    items = [
        html.Button(said[kind], id={"type": "take", **name, "as": kind}, n_clicks=0, className="menu-item")
        for kind in kinds
    ]
    return menu(button, items)


def _card_store(
    name: Mapping[str, str], id_: str, title: str, sentence: str, data: pd.DataFrame
) -> Component:
    card = {"file": id_, "title": title, "sentence": sentence, "csv": csv_of(data)}
    return dcc.Store(id={"type": "card", **name}, data=card)


def csv_of(data: pd.DataFrame) -> str:
    r"""Numbers of a card as a spreadsheet wants them: without the noise of the last digits that a computer keeps.

    >>> csv_of(pd.DataFrame({"mean": [65.44999999999997, 1234567.25]}))
    'mean\n65.45\n1234567.25\n'
    """
    return data.to_csv(index=False, float_format=_rounded)


def _rounded(value: Any) -> str:
    """Number with six decimals, more where it is so small that these say little."""
    return f"{value:.6g}" if abs(value) < 1.0 else f"{round(value, 6):.15g}"


def register(app: Dash) -> None:
    """Give an app what all cards do, on whatever page they are; called once by the app."""
    app.clientside_callback(
        ClientsideFunction("cards", "draw"),
        Output({"type": "graph", "chart": MATCH}, "figure"),
        Input({"type": "figures", "chart": MATCH}, "data"),
        Input("scheme", "computedColorScheme"),
        Input({"type": "variant", "page": ALL}, "value"),
    )
    app.clientside_callback(
        ClientsideFunction("cards", "take"),
        Output({"type": "graph", "chart": MATCH}, "className"),
        *(Input({"type": "take", "chart": MATCH, "as": kind}, "n_clicks") for kind in ("png", "svg", "csv")),
        State({"type": "figures", "chart": MATCH}, "data"),
        State({"type": "card", "chart": MATCH}, "data"),
        State({"type": "variant", "page": ALL}, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("cards", "take_table"),
        Output({"type": "card", "table": MATCH}, "modified_timestamp"),
        Input({"type": "take", "table": MATCH, "as": "csv"}, "n_clicks"),
        State({"type": "card", "table": MATCH}, "data"),
        prevent_initial_call=True,
    )


# ---- what every page has to say now and then ----------------------------------------------------------------------------


def page_head(title: str, lead: str) -> Component:
    """Head of a page: its only h1, and one sentence."""
    return html.Div(
        [html.H1(title, className="page-title"), html.P(lead, className="page-lead")], className="page-head"
    )


def error_view(errors: Sequence[InputError], *, title: str = "This cannot be run") -> Component:
    """Say what was wrong and what would be right."""
    return dmc.Alert(
        [
            html.Div(
                [
                    html.B(f"{error.where}: "),
                    f"{error.wrong}." + (f" {_right(error.right)}" if error.right else ""),
                ]
            )
            for error in errors
        ],
        title=title,
        color="red",
        variant="light",
        className="alert",
    )


def _right(right: str) -> str:
    """What would be right, as a sentence: a value follows `It takes`, an advice stands for itself."""
    if right.startswith(("a ", "an ", "one of ", "true or ")):
        right = f"It takes {right}"
    text = right[:1].upper() + right[1:]
    return text if text.endswith((".", "?")) else f"{text}."


def failure_view(reason: str, *, title: str = "The run broke off") -> Component:
    """Say that something broke here, in one line; the log has the rest."""
    return dmc.Alert(
        [html.Div(reason), html.Div("This is a mistake of the program, not yours; its log says more.")],
        title=title,
        color="red",
        variant="light",
        className="alert",
    )


def loading_view(words: str, *, charts: int = 2, height: int = CHART_HEIGHT) -> Component:
    """Hold the places of a verdict and some charts that are coming."""
    bars = [dmc.Skeleton(height=26, width=width, radius="sm") for width in ("92%", "64%")]
    return html.Div(
        [
            html.Section(
                [html.P(words, className="eyebrow"), html.Div(bars, className="stack")],
                className="card verdict",
            ),
            html.Div(
                [
                    html.Section(dmc.Skeleton(height=height + 90, radius="sm"), className="card")
                    for _ in range(charts)
                ],
                className="pair",
            ),
        ],
        className="stack",
        **aria(busy="true"),
    )


def empty_view(title: str, steps: Sequence[tuple[str, str]], last: str = "") -> Component:
    """Say what will appear here, and how.

    steps: what to do, each with a sentence
    """
    return html.Section(
        [
            html.H2(title, className="card-title"),
            html.Ol(
                [
                    html.Li(
                        [
                            html.Span(str(number), className="step", **aria(hidden="true")),
                            html.Div([html.B(name), html.Span(text)]),
                        ]
                    )
                    for number, (name, text) in enumerate(steps, start=1)
                ],
                className="steps",
            ),
            html.P(last, className="soft") if last else None,
        ],
        className="card empty",
        **aria(label=title),
    )
