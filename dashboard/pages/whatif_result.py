"""What a what-if says, laid out: verdict, charts, outcomes, cost, and what can be taken away."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import dash_mantine_components as dmc
import pandas as pd
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from worthsharing.dashboard.cards import (
    CHART_HEIGHT,
    both_themes,
    chart_card,
    menu,
    table_card,
    variant_control,
)
from worthsharing.dashboard.controls import MOST_REPLICATES, aria
from worthsharing.dashboard.question import VERSION, Question, Uploaded, command_of
from worthsharing.experiments.compare import Comparison, Difference, looking_again, with_looks
from worthsharing.experiments.execute import Results
from worthsharing.experiments.figures import OutcomeRow, outcome_rows, plain, split_by_names
from worthsharing.experiments.report import Chart, charts_of
from worthsharing.experiments.summary import family_sentence, looks_sentence, pairing_gain
from worthsharing.experiments.tables import differences_table

GHOSTS = "Side by side, the thin dotted lines are the means of the other strategies."
NETWORK_WORDS = {"friends": "friends", "follows": "followers", "erdos_renyi": "ties at random"}
EXPORTS = {
    "brief": ("Brief to send around", "one HTML page with everything, the same as `compare` writes"),
    "scenarios": ("Scenario files", "TOML, to be run again or changed"),
    "data": ("Data", "CSV and Parquet, with a manifest"),
}


def result_view(
    results: Results, question: Question, *, planned: int | None = None, said: str = "", rules: str = VERSION
) -> Component:
    """Lay out everything that a comparison says.

    planned: worlds in all, while not all have been run
    said: how these numbers came about, if that is to be known; rules: version that they were made with
    """
    comparison = looking_again(with_looks(results, question.looked) if planned is None else results)
    drawn = {chart.id: chart for chart in charts_of(results)}
    return html.Div(
        [
            _verdict(
                comparison, results, question, planned, f"{said} {facts_of(question, results, rules)}".strip()
            ),
            html.Div(
                [
                    html.H2("Over time", className="section-title"),
                    variant_control(
                        "whatif",
                        {"together": "On one chart", "apart": "Side by side"},
                        "How to draw the strategies",
                    ),
                ],
                className="section-head",
            ),
            html.Div([_curves(drawn[measure]) for measure in ("reach", "backlash")], className="pair"),
            _all_outcomes(comparison, results, provisional=planned is not None),
            html.Div([_bars(drawn[id_]) for id_ in ("parts", "sources")], className="pair"),
            html.Div([_bars(drawn["costs"]), _repeat(question)], className="pair"),
        ],
        className="stack",
    )


def _verdict(
    comparison: Comparison, results: Results, question: Question, planned: int | None, said: str
) -> Component:
    worlds = (
        f"{results.replicates:,} worlds"
        if planned is None
        else f"{results.replicates:,} of {planned:,} worlds so far"
    )
    badges = [
        dmc.Badge(worlds, variant="light", color="gray", size="lg", className="badge"),
        dmc.Badge("Equal effort", variant="light", color="gray", size="lg", className="badge")
        if comparison.equal_effort
        else dmc.Badge(
            "At unequal effort", variant="filled", color="yellow.4", c="dark.9", size="lg", className="badge"
        ),
    ]
    eyebrow = "Verdict" if planned is None else "Provisional verdict"
    notes = [*results.notes, *comparison.notes]
    if question.version not in ("", VERSION):
        notes.insert(
            0,
            f"This link was made with version {question.version} of the rules, and here are the rules {VERSION}. "
            "Everything below was run anew with these; the numbers may differ from those that were sent.",
        )
    return html.Section(
        [
            html.Div(
                [
                    html.H2(eyebrow, className="eyebrow"),
                    html.Div([*badges, *([] if planned else [_exports()])], className="badges"),
                ],
                className="verdict-head",
            ),
            *[
                html.P(
                    _in_colours(sentence, comparison.names),
                    className="sentence" if len(comparison.sentences) == 1 else "sentence several",
                )
                for sentence in comparison.sentences
            ],
            html.P(
                f"{said} Numbers in brackets are the intervals of the differences. "
                "It holds at these parameters, not everywhere.",
                className="soft facts",
            ),
            *([html.P(looks_sentence(comparison.looks), className="soft facts")] if comparison.looks else []),
            *[html.P([html.B("Note. "), note], className="note") for note in notes],
        ],
        className="card verdict",
        **aria(label=eyebrow),
    )


def facts_of(question: Question, results: Results, rules: str) -> str:
    """What these numbers depend on, in one line."""
    first = next(iter(results.scenarios.values()))
    network = question.network
    who = (
        f"the people of the file {network.key[:8]}{network.ending}"
        if isinstance(network, Uploaded)
        else f"{question.people:,} people, network of {NETWORK_WORDS[network]}"
    )
    return f"{who[:1].upper()}{who[1:]}, {first.clock.days:,} days, seed {question.seed}, rules {rules}."


def _exports() -> Component:
    return html.Div(
        [
            dmc.Button("Copy link", id="whatif-copy", variant="default", size="sm", n_clicks=0),
            menu(
                dmc.Button("Take away", variant="default", size="sm"),
                [
                    html.Button(
                        [html.B(name), html.Span(what.replace("`", ""), className="soft menu-note")],
                        id={"type": "whatif-export", "what": key},
                        n_clicks=0,
                        className="menu-item",
                    )
                    for key, (name, what) in EXPORTS.items()
                ],
                width=320,
            ),
        ],
        className="exports",
    )


def _in_colours(sentence: str, names: Sequence[str]) -> list[Any]:
    return [
        html.B(text, className=f"s{list(names).index(name)}") if name is not None else text
        for text, name in split_by_names(sentence, names)
    ]


def _curves(chart: Chart) -> Component:
    figures = {panels: both_themes(partial(_drawn, chart, panels=panels)) for panels in ("together", "apart")}
    return _card(chart._replace(reading=f"{chart.reading} {GHOSTS}"), figures)


def _drawn(chart: Chart, theme: str, **options: Any) -> go.Figure:
    return chart.draw(theme=theme, height=CHART_HEIGHT, **options)


def _bars(chart: Chart) -> Component:
    return _card(chart, both_themes(partial(_drawn, chart)))


def _card(chart: Chart, figures: Mapping[str, Any]) -> Component:
    first = figures.get("light") or next(iter(figures.values()))["light"]
    return chart_card(
        chart.id,
        chart.title,
        chart.sentence,
        chart.reading,
        chart.table,
        figures,
        chart.data,
        height=first["layout"]["height"],  # bars of four strategies take more than those of two
    )


# ---- outcomes -------------------------------------------------------------------------------------------------------


def _all_outcomes(comparison: Comparison, results: Results, *, provisional: bool) -> Component:
    """Tables of outcomes, one for each strategy against the first."""
    others = comparison.names[1:]
    tables = [_outcomes(comparison, other, results, provisional=provisional) for other in others]
    if len(tables) == 1:
        return tables[0]
    return dmc.Tabs(
        [
            dmc.TabsList(
                [
                    dmc.TabsTab(f"{plain(other)} against {plain(comparison.names[0])}", value=other)
                    for other in others
                ],
                **aria(label="Which strategies to compare"),
            ),
            *[
                dmc.TabsPanel(table, value=other, pt="md")
                for other, table in zip(others, tables, strict=True)
            ],
        ],
        value=others[0],
        className="outcome-tabs",
    )


def _outcomes(comparison: Comparison, b: str, results: Results, *, provisional: bool) -> Component:
    a, place = comparison.names[0], comparison.names.index(b)
    differences = tuple(one for one in comparison.differences if one.b == b)
    rows = [
        _outcome_row(row, one, b, place, comparison.looks or (results.replicates,), provisional=provisional)
        for row, one in zip(outcome_rows(comparison, b), differences, strict=True)
    ]
    header = [
        "Outcome", plain(a), plain(b), "Difference (interval)", f"Worlds in which {plain(b)} is better (95\u00a0% interval)",
        "Verdict", "Gained by pairing",
    ]  # fmt: skip
    table = html.Table(
        [
            html.Caption(
                f"The difference is {plain(b)} minus {plain(a)}, world by world; "
                "a verdict wears the colour of the better one."
            ),
            html.Thead(html.Tr([html.Th(cell, scope="col") for cell in header])),
            html.Tbody(rows),
        ],
        className="table outcomes",
    )
    reading = (
        "All strategies met the same people with the same luck, so the difference is taken world by world. "
        f"{family_sentence(comparison.differences, comparison.looks)} A verdict is given only when the interval of "
        "the difference leaves out zero; otherwise it says how many more worlds would probably settle it, if the "
        "difference is what it seems to be: with the wider intervals that looking once more costs. "
        f"The share of worlds counts ties as half. {pairing_gain(differences)}"
    )
    several = len(comparison.names) > 2
    title = f"Outcomes: {plain(b)} against {plain(a)}" if several else "Outcomes"
    id_ = f"outcomes-{place}" if several else "outcomes"
    data: pd.DataFrame = differences_table(comparison)
    return table_card(
        id_,
        title,
        outcomes_sentence(differences, b),
        table,
        data[data["b"] == b],
        reading=reading,
        heading=html.H2,
    )


def outcomes_sentence(differences: Sequence[Difference], b: str) -> str:
    """Count the verdicts, and name what cannot be told yet."""
    sides = [one.side for one in differences]
    words = [f"{word} in {sides.count(word)}" for word in ("better", "worse") if word in sides]  # type: ignore[arg-type]
    parts = [f"of {len(sides)} outcomes, {plain(b)} is {' and '.join(words)}"] if words else []
    other = sum(side in ("higher", "lower") for side in sides)
    parts += [f"{other} more differ, and neither is better"] if other else []
    open_ = [one.label.lower() for one in differences if one.side == "cannot tell"]
    parts += [f"cannot tell yet: {', '.join(open_)}"] if open_ else []
    text = "; ".join(parts) or "there is no difference in any of them"
    return f"{text[:1].upper()}{text[1:]}."


def _outcome_row(
    row: OutcomeRow, difference: Difference, b: str, place: int, looks: Sequence[int], *, provisional: bool
) -> Component:
    worlds = looks[-1]
    tone = {"a": "s0", "b": f"s{place}"}.get(row.tone, row.tone)
    verdict = "".join(text for text, _ in split_by_names(row.verdict, (b,)))
    wanted = "" if row.wanted.startswith("neither") else f"; {row.wanted}"
    more = difference.more_replicates
    wants = not provisional and difference.side == "cannot tell" and more
    run_more: Component | None = (
        dmc.Button(
            f"Run {more:,} more",
            id={
                "type": "whatif-more",
                "worlds": worlds + int(more or 0),
                "looked": ",".join(map(str, looks)),
                "row": f"{difference.measure}-{place}",
            },
            size="compact-sm",
            variant="default",
            n_clicks=0,
            **aria(label=f"Run {more:,} more worlds to settle {row.label.lower()}"),
        )
        if wants and worlds + more <= MOST_REPLICATES
        else html.Span(
            f"This page runs up to {MOST_REPLICATES:,} worlds; the command below any number.",
            className="soft",
        )
        if wants
        else None
    )
    return html.Tr(
        [
            html.Th(
                [row.label, html.Span(f"{row.unit}{wanted}", className="soft")],
                scope="row",
                title=row.meaning,
            ),
            html.Td(row.mean_a),
            html.Td(row.mean_b),
            html.Td([row.difference, html.Span(row.interval, className="soft")]),
            html.Td([row.share, html.Span(row.share_interval, className="soft")]),
            html.Td(
                html.Div([html.Span(verdict, className=f"pill {tone}"), run_more], className="verdict-cell")
            ),
            html.Td(row.gain),
        ]
    )


def _repeat(question: Question) -> Component:
    changed = any(
        not isinstance(strategy.source, str) or strategy.changes for strategy in question.strategies.values()
    )
    words = "It prints the same table, and with --out it writes the report and the tables." + (
        " The scenario files are those of “Take away”."
        if changed or isinstance(question.network, Uploaded)
        else ""
    )
    return html.Section(
        [
            html.H3("The same on the command line", className="card-title"),
            html.P(words, className="chart-sentence"),
            html.Pre(html.Code(command_of(question)), className="command", tabIndex=0),
            html.P(
                f"The same seed ({question.seed}) with the same rules ({VERSION}) gives the same numbers to the last digit. "
                "The address of this page holds all of it.",
                className="soft",
            ),
        ],
        className="card",
        **aria(label="The same on the command line"),
    )
