"""What if: two strategies in the same worlds, run in the background, and drawn while they run."""

import difflib
import logging
import pickle
import time
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import diskcache
import pandas as pd
from dash import ALL, MATCH, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from worthsharing.dashboard.controls import (
    REPLICATES,
    SEED,
    Setting,
    aria,
    explanation,
    number_control,
    parameter_setting,
    values_from,
)
from worthsharing.experiments.compare import Comparison, compare
from worthsharing.experiments.execute import Results, joined, run_scenarios
from worthsharing.experiments.figures import (
    CONFIG,
    PARTS_HELP,
    SOURCES_HELP,
    backlash_parts_table,
    bars_figure,
    curve_help,
    curve_sentence,
    curve_table,
    curves_figure,
    outcome_rows,
    parts_sentence,
    plain,
    reach_sources_table,
    sampled_days,
    sources_figure,
    sources_sentence,
    split_by_names,
)
from worthsharing.experiments.summary import (
    decimals_for,
    duration,
    family_sentence,
    pairing_gain,
    shown,
    shown_interval,
)
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST, is_compiled
from worthsharing.sim.measures import DAILY
from worthsharing.sim.scenario import Scenario, bundled_names, load_scenario

PATH, TITLE = "/", "What if"
STRATEGIES = ("a", "b")
DEFAULTS = {"a": "customers_as_marketing_department", "b": "be_worth_sharing"}
PEOPLE = parameter_setting("world.people", key="people", label="People", step=500)
DAYS = parameter_setting("clock.days", key="days", label="Days", step=10)
SETTINGS: tuple[Setting, ...] = (PEOPLE, DAYS, REPLICATES, SEED)
FIRST_WORLDS = 4  # enough for a first picture with a band
WORLDS_A_PICTURE = 10
CHART_HEIGHT = 340
GHOSTS = "Side by side, the thin dotted line is the mean of the other strategy."

log = logging.getLogger("worthsharing")


# ---- layout ---------------------------------------------------------------------------------------------------------


def layout(cache: diskcache.Cache, **query: str) -> Component:
    """Lay out the page with the choices of a query; a result that was computed before is shown at once."""
    chosen, values, errors = choices_from(query)
    kept = None if errors else load_kept(cache, chosen, values)
    if errors:
        result: Component = error_view(errors)
    elif kept is not None:
        result = result_view(kept, command_of(chosen, values))
    else:
        result = empty_view()
    status = "Shown from an earlier run." if kept is not None else ""
    return html.Div(
        [
            html.Div(
                [
                    html.H1("What if?", className="page-title"),
                    html.P(
                        "Two strategies, the same people, the same luck. What changes is what the brand does.",
                        className="page-lead",
                    ),
                ],
                className="page-head",
            ),
            html.Section(
                _controls(chosen, values, status), className="card controls-card", **aria(label="Choices")
            ),
            html.Div(result, id="result", className="result"),
            dcc.Store(id="so-far"),  # what a run has to show on its way
            dcc.Store(id="news"),  # the same, when it changes
            dcc.Store(id="picture"),  # what it has to show at its end
            dcc.Store(id="drawn"),  # what is shown
        ],
        className="page",
    )


def _controls(chosen: Mapping[str, str], values: Mapping[str, int], status: str) -> list[Component]:
    return [
        html.Div(
            [
                html.Div(
                    [
                        _strategy_select("a", "First strategy", chosen["a"]),
                        html.Span("against", className="against", **aria(hidden="true")),
                        _strategy_select("b", "Second strategy", chosen["b"]),
                    ],
                    className="strategies",
                ),
                html.Div(
                    [number_control(setting, values[setting.key]) for setting in SETTINGS],
                    className="numbers",
                ),
            ],
            className="controls",
        ),
        html.Div(
            [
                html.Div(
                    [
                        dmc.Button("Run", id="run", size="md", className="run", n_clicks=0),
                        dmc.Button(
                            "Cancel", id="cancel", size="md", variant="default", disabled=True, n_clicks=0
                        ),
                    ],
                    className="buttons",
                ),
                dmc.ProgressRoot(
                    dmc.ProgressSection(id="progress", value=0, **aria(label="Worlds done")),
                    size="sm",
                    className="progress",
                ),
                html.Div(status, id="status", role="status", className="status", **aria(live="polite")),
            ],
            className="run-state",
        ),
    ]


def _strategy_select(key: str, label: str, value: str) -> Component:
    names = bundled_names()
    return html.Div(
        [
            html.Div(
                [
                    html.Span(className=f"dot s{STRATEGIES.index(key)}", **aria(hidden="true")),
                    html.Label(label, htmlFor=f"strategy-{key}", className="control-label"),
                    explanation(
                        f"About the {label.lower()}",
                        [
                            html.P([html.B(f"{plain(name)}: "), load_scenario(name).scenario.title])
                            for name in names
                        ],
                    ),
                ],
                className="control-head",
            ),
            dmc.Select(
                id=f"strategy-{key}",
                data=[{"value": name, "label": plain(name)} for name in names],
                value=value,
                allowDeselect=False,
                size="md",
                comboboxProps={"shadow": "md"},
            ),
        ],
        className="control",
    )


def empty_view() -> Component:
    """Say what will appear here, and how."""
    steps = (
        (
            "1",
            "Choose two strategies",
            "They are TOML files that come with the project; each says what the brand does.",
        ),
        ("2", "Run them in the same worlds", "Same people, same ties, same luck: only the strategy differs."),
        (
            "3",
            "Read the verdict",
            "Reach, backlash and eight more outcomes, each with its interval, or “cannot tell yet”.",
        ),
    )
    return html.Section(
        [
            html.H2("Nothing has been run yet", className="card-title"),
            html.Ol(
                [
                    html.Li(
                        [
                            html.Span(number, className="step", **aria(hidden="true")),
                            html.Div([html.B(title), html.Span(text)]),
                        ]
                    )
                    for number, title, text in steps
                ],
                className="steps",
            ),
            html.P(
                "Press Run: a first picture appears after a few worlds, and grows surer with each.",
                className="soft",
            ),
        ],
        className="card empty",
        **aria(label="Nothing has been run yet"),
    )


def loading_view() -> Component:
    """Hold the places of what is coming."""
    bars = [dmc.Skeleton(height=26, width=width, radius="sm") for width in ("92%", "64%")]
    return html.Div(
        [
            html.Section(
                [
                    html.P("The first worlds are being run", className="eyebrow"),
                    html.Div(bars, className="stack"),
                ],
                className="card verdict",
            ),
            html.Div(
                [
                    html.Section(dmc.Skeleton(height=CHART_HEIGHT + 90, radius="sm"), className="card")
                    for _ in range(2)
                ],
                className="pair",
            ),
        ],
        className="stack",
        **aria(busy="true"),
    )


def error_view(errors: Sequence[InputError]) -> Component:
    """Say what was wrong and what would be right."""
    return dmc.Alert(
        [
            html.Div(
                [
                    html.B(f"{error.where}: "),
                    f"{error.wrong}." + (f" It takes {error.right}." if error.right else ""),
                ]
            )
            for error in errors
        ],
        title="This cannot be run",
        color="red",
        variant="light",
        className="alert",
    )


def failure_view(reason: str) -> Component:
    """Say that something broke here, in one line; the log has the rest."""
    return dmc.Alert(
        [html.Div(reason), html.Div("This is a mistake of the program, not yours; its log says more.")],
        title="The run broke off",
        color="red",
        variant="light",
        className="alert",
    )


def result_view(results: Results, command: str, *, planned: int | None = None) -> Component:
    """Lay out everything that a comparison says.

    planned: worlds in all, while not all have been run
    """
    comparison = compare(results)
    names = list(results.scenarios)
    reach, backlash = curve_table(results, "reach"), curve_table(results, "backlash")
    parts, sources = backlash_parts_table(results), reach_sources_table(results)
    return html.Div(
        [
            _verdict(comparison, results, planned),
            html.Div(
                [
                    html.H2("Over time", className="section-title"),
                    dmc.SegmentedControl(
                        id={"type": "panels", "page": "whatif"},
                        data=[{"value": "together", "label": "On one chart"}, {"value": "apart", "label": "Side by side"}],
                        value="together",
                        size="sm",
                        persistence=True,
                        **aria(label="How to draw the strategies"),
                    ),
                ],
                className="section-head",
            ),
            html.Div(
                [
                    _chart(
                        measure, DAILY[measure].label, curve_sentence(table, measure),
                        f"{curve_help(results, measure)} {GHOSTS}", _curve_rows(table, measure), _curves(table, measure),
                    )
                    for measure, table in (("reach", reach), ("backlash", backlash))
                ],
                className="pair",
            ),
            _outcomes(comparison),
            html.Div(
                [
                    _chart(
                        "parts", "Backlash by its parts", parts_sentence(parts), PARTS_HELP, _means_rows(parts, names),
                        _both_themes(lambda theme: bars_figure(parts, "people", theme=theme, height=CHART_HEIGHT)),
                    ),
                    _chart(
                        "sources", "Where reach came from", sources_sentence(sources), SOURCES_HELP,
                        _means_rows(sources, names),
                        _both_themes(lambda theme: sources_figure(sources, theme=theme, height=CHART_HEIGHT)),
                    ),
                ],
                className="pair",
            ),
            html.Div([_efforts(comparison), _repeat(command)], className="pair"),
        ],
        className="stack",
    )  # fmt: skip


def _verdict(comparison: Comparison, results: Results, planned: int | None) -> Component:
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
    return html.Section(
        [
            html.Div(
                [html.H2(eyebrow, className="eyebrow"), html.Div(badges, className="badges")],
                className="verdict-head",
            ),
            *[
                html.P(_in_colours(sentence, comparison.names), className="sentence")
                for sentence in comparison.sentences
            ],
            html.P(
                "Numbers in brackets are the intervals of the differences. It holds at these parameters, not everywhere.",
                className="soft",
            ),
            *[
                html.P([html.B("Note. "), note], className="note")
                for note in (*results.notes, *comparison.notes)
            ],
        ],
        className="card verdict",
        **aria(label=eyebrow),
    )


def _in_colours(sentence: str, names: Sequence[str]) -> list[Any]:
    return [
        html.B(text, className=f"s{list(names).index(name)}") if name is not None else text
        for text, name in split_by_names(sentence, names)
    ]


def _chart(
    id_: str,
    title: str,
    sentence: str,
    reading: str,
    table: Component,
    figures: Mapping[str, Mapping[str, Any]],
) -> Component:
    return html.Section(
        [
            html.H3(title, className="card-title"),
            html.P(sentence, className="chart-sentence"),
            html.Div(
                dcc.Graph(
                    id={"type": "graph", "chart": id_},
                    config=CONFIG,
                    style={"height": f"{CHART_HEIGHT}px"},
                    responsive=True,
                ),
                role="group",
                className="plot",
                **aria(label=f"Chart: {title}. The same numbers are in the table below it."),
            ),
            dcc.Store(id={"type": "figures", "chart": id_}, data=figures),
            html.Div(
                [
                    html.Details([html.Summary("How to read this"), html.P(reading)]),
                    html.Details(
                        [
                            html.Summary("Table"),
                            html.Div(
                                table, className="scroll", role="group", tabIndex=0, **aria(label="Table")
                            ),
                        ]
                    ),
                ],
                className="details",
            ),
        ],
        className="card chart",
        **aria(label=title),
    )


def _curves(table: pd.DataFrame, measure: str) -> dict[str, dict[str, Any]]:
    return {
        panels: _both_themes(
            lambda theme, panels=panels: curves_figure(table, measure, theme=theme, panels=panels, height=CHART_HEIGHT)
        )
        for panels in ("together", "apart")
    }  # fmt: skip


def _both_themes(draw: Callable[..., Any]) -> dict[str, Any]:
    return {theme: draw(theme).to_plotly_json() for theme in ("light", "dark")}


def _table(caption: str, header: Sequence[str], rows: Sequence[Sequence[Any]], **options: Any) -> Component:
    return html.Table(
        [
            html.Caption(caption),
            html.Thead(html.Tr([html.Th(cell, scope="col") if cell else html.Td() for cell in header])),
            html.Tbody(
                [
                    html.Tr([html.Th(row[0], scope="row"), *[html.Td(cell) for cell in row[1:]]])
                    for row in rows
                ]
            ),
        ],
        **{"className": "table", **options},
    )


def _curve_rows(table: pd.DataFrame, measure: str) -> Component:
    names = list(dict.fromkeys(table["scenario"]))
    digits = decimals_for(*table["mean"])
    at = table.set_index(["scenario", "day"])
    rows = []
    for day in sampled_days(int(table["day"].max()) if len(table) else 0):
        found = [at.loc[(name, day)] for name in names]
        rows.append(
            [f"Day {day}"]
            + [
                f"{shown(row['mean'], digits)} ({shown_interval(row['low'], row['high'], digits)})"
                for row in found
            ]
        )
    caption = f"{DAILY[measure].label} in {DAILY[measure].unit}: mean, and the middle 90 % of worlds"
    return _table(caption, ["After", *(plain(name) for name in names)], rows)


def _means_rows(table: pd.DataFrame, names: Sequence[str]) -> Component:
    digits = decimals_for(*table["mean"])
    rows = []
    for label, found in table.groupby("label", sort=False):
        by_name = found.set_index("scenario")
        rows.append(
            [
                str(label),
                *(
                    f"{shown(by_name.loc[name]['mean'], digits)} "
                    f"({shown_interval(by_name.loc[name]['low'], by_name.loc[name]['high'], digits)})"
                    for name in names
                ),
            ]
        )
    return _table("Mean and its 95 % interval", ["", *(plain(name) for name in names)], rows)


def _outcomes(comparison: Comparison) -> Component:
    a, b = comparison.names[0], comparison.names[-1]
    rows = []
    for row in outcome_rows(comparison, b):
        tone = {"a": "s0", "b": "s1"}.get(row.tone, row.tone)
        verdict = "".join(text for text, _ in split_by_names(row.verdict, (b,)))
        wanted = "" if row.wanted.startswith("neither") else f"; {row.wanted}"
        rows.append(
            [
                [row.label, html.Span(f"{row.unit}{wanted}", className="soft")],
                row.mean_a,
                row.mean_b,
                [row.difference, html.Span(row.interval, className="soft")],
                [row.share, html.Span(row.share_interval, className="soft")],
                html.Span(verdict, className=f"pill {tone}"),
                row.gain,
            ]
        )
    header = [
        "Outcome", plain(a), plain(b), "Difference (interval)", f"Worlds in which {plain(b)} is better (95\u00a0% interval)",
        "Verdict", "Gained by pairing",
    ]  # fmt: skip
    reading = (
        f"Both strategies met the same people with the same luck, so the difference is taken world by world. "
        f"{family_sentence(comparison.differences)} A verdict is given only when the interval of the difference leaves out "
        "zero; otherwise it says how many more worlds would probably settle it, if the difference is what it seems to be. "
        f"The share of worlds counts ties as half. {pairing_gain(comparison.differences)}"
    )
    return html.Section(
        [
            html.H2("Outcomes", className="section-title"),
            html.Div(
                _table(
                    f"The difference is {plain(b)} minus {plain(a)}, world by world; "
                    "a verdict wears the colour of the better one.", header, rows,
                    className="table outcomes", id="outcomes",
                ),
                className="scroll", role="group", tabIndex=0, **aria(label="Table")),
            html.Div(html.Details([html.Summary("How to read this"), html.P(reading)]), className="details"),
        ],
        className="card",
        **aria(label="Outcomes"),
    )  # fmt: skip


def _efforts(comparison: Comparison) -> Component:
    rows = [
        [
            html.B(plain(effort.scenario), className=f"s{place}"),
            shown(effort.staff_hours, 1),
            *(shown(value, 0) for value in (effort.staff, effort.rewards, effort.paid)),
            html.B(shown(effort.effort, 0)),
        ]
        for place, effort in enumerate(comparison.efforts)
    ]
    words = (
        "Equal effort: within 1 % of each other."
        if comparison.equal_effort
        else "At unequal effort: whichever does better may do so because it spends more."
    )
    header = ["Strategy", "Staff hours", "Staff", "Rewards", "Paid reach", "Total"]
    return html.Section(
        [
            html.H2("Effort of both sides", className="card-title"),
            html.P(words, className="chart-sentence"),
            html.Div(
                _table("Over the whole run, in currency but for the hours", header, rows),
                className="scroll",
                role="group",
                tabIndex=0,
                **aria(label="Table"),
            ),
        ],
        className="card",
        **aria(label="Effort of both sides"),
    )


def _repeat(command: str) -> Component:
    return html.Section(
        [
            html.H2("The same on the command line", className="card-title"),
            html.P(
                "It prints the same table, and with --out it writes a report to send around.",
                className="chart-sentence",
            ),
            html.Pre(html.Code(command), className="command", tabIndex=0),
        ],
        className="card",
        **aria(label="The same on the command line"),
    )


# ---- choices --------------------------------------------------------------------------------------------------------


def choices_from(query: Mapping[str, object]) -> tuple[dict[str, str], dict[str, int], list[InputError]]:
    """Read strategies and numbers from a query or the controls; defaults for the rest, and what was wrong."""
    errors = []
    chosen = dict(DEFAULTS)
    for key, label in zip(STRATEGIES, ("First strategy", "Second strategy"), strict=True):
        if key not in query:
            continue
        name = str(query[key])
        if name in bundled_names():  # never a path: a page must not open files
            chosen[key] = name
        else:
            shown_name = name if len(name) <= 60 else name[:59] + "…"
            near = difflib.get_close_matches(shown_name, bundled_names(), 3)
            right = f"did you mean {' or '.join(near)}?" if near else "choose one from the list"
            errors.append(
                InputError(label, f"'{shown_name}' is not a scenario that comes with the project", right)
            )
    values, wrong = values_from(SETTINGS, query)
    return chosen, values, errors + wrong


def scenarios_of(chosen: Mapping[str, str], values: Mapping[str, int]) -> dict[str, Scenario]:
    """Load both strategies at the chosen size; the same one twice stands beside itself under a second name."""
    settings = tuple(
        f"{setting.path}={values[setting.key]}" for setting in SETTINGS if setting.path is not None
    )
    scenarios: dict[str, Scenario] = {}
    for key in STRATEGIES:
        name = chosen[key] if chosen[key] not in scenarios else f"{chosen[key]} again"
        scenarios[name] = load_scenario(chosen[key], settings=settings).scenario
    return scenarios


def search_of(chosen: Mapping[str, str], values: Mapping[str, int]) -> str:
    """Query of the address: only what differs from the defaults."""
    differs: dict[str, object] = {key: name for key, name in chosen.items() if name != DEFAULTS[key]}
    differs |= {
        setting.key: values[setting.key] for setting in SETTINGS if values[setting.key] != setting.default
    }
    return f"?{urllib.parse.urlencode(differs)}" if differs else ""


def command_of(chosen: Mapping[str, str], values: Mapping[str, int]) -> str:
    """Command that prints the same numbers."""
    options = " ".join(f"--{setting.key} {values[setting.key]}" for setting in SETTINGS)
    return f"worthsharing compare {chosen['a']} {chosen['b']} {options}"


# ---- running --------------------------------------------------------------------------------------------------------


def kept_key(chosen: Mapping[str, str], values: Mapping[str, int]) -> str:
    """Name of a result among those kept: everything that it depends on."""
    scenarios = scenarios_of(chosen, values)
    keys = "/".join(f"{name}={scenario.key}" for name, scenario in scenarios.items())
    return f"whatif/{RULES_DIGEST}/{keys}/{values['seed']}/{values['replicates']}"


def load_kept(
    cache: diskcache.Cache, chosen: Mapping[str, str], values: Mapping[str, int], *, partial: bool = False
) -> Results | None:
    """Find the results of these choices if they were computed before; or of the worlds run so far."""
    key = kept_key(chosen, values)
    try:
        kept = cache.get(f"{key}/partial" if partial else key)
        return pickle.loads(kept) if kept is not None else None
    except Exception as error:  # whatever an older version or a full disk left there: compute it anew
        log.warning("a kept result cannot be read and is computed anew: %s", error)
        return None


def run_choices(
    cache: diskcache.Cache,
    chosen: Mapping[str, str],
    values: Mapping[str, int],
    tell: Callable[[int, str, int], None],
) -> Results:
    """Run both strategies in all worlds and keep the results, and those of the worlds so far beside them.

    tell: called with percent done, words, and the number of worlds of which there are results to be drawn
    """
    kept = load_kept(cache, chosen, values)
    if kept is not None:
        return kept
    scenarios, planned, key = scenarios_of(chosen, values), values["replicates"], kept_key(chosen, values)
    tell(
        0,
        "Starting …" if is_compiled() else "Compiling the rules, once per version: about 20 seconds …",
        0,
    )
    started = time.monotonic()
    parts: list[Results] = []
    for first, count in batches(planned):

        def progress(done: int, _: int, first: int = first) -> None:
            words = progress_words(first + done, planned, time.monotonic() - started)
            tell(round(100 * (first + done) / planned), words, first)

        parts.append(
            run_scenarios(scenarios, replicates=count, seed=values["seed"], first=first, progress=progress)
        )
        cache.set(f"{key}/partial", pickle.dumps(joined(parts)), expire=86_400)
    results = joined(parts)
    cache.set(key, pickle.dumps(results))
    return results


def batches(planned: int) -> list[tuple[int, int]]:
    """Cut the worlds into batches, a picture after each: first world and how many.

    >>> batches(20)
    [(0, 4), (4, 10), (14, 6)]
    """
    starts = [0, *range(FIRST_WORLDS, planned, WORLDS_A_PICTURE)]
    return [(start, end - start) for start, end in zip(starts, [*starts[1:], planned], strict=True)]


def progress_words(done: int, planned: int, elapsed: float) -> str:
    """Say how far a run is and how long it still takes."""
    if done == planned:
        return f"{done:,} of {planned:,} worlds, drawing …"
    left = elapsed / done * (planned - done) if done else 0.0
    return f"{done:,} of {planned:,} worlds, {duration(left)} left"


# ---- callbacks ------------------------------------------------------------------------------------------------------


def register(app: Dash, cache: diskcache.Cache) -> None:
    """Give an app the callbacks of this page."""
    keys = (*STRATEGIES, *(setting.key for setting in SETTINGS))
    ids = (*(f"strategy-{key}" for key in STRATEGIES), *(setting.key for setting in SETTINGS))

    @app.callback(
        # outputs of this page only: with one of the shell, Dash would start a job whenever the page is laid out
        Output("picture", "data"),
        Output("status", "children"),
        Input("run", "n_clicks"),
        *(State(id_, "value") for id_ in ids),
        background=True,
        running=[
            (Output("run", "disabled"), True, False),
            (Output("cancel", "disabled"), False, True),
            (Output("run", "children"), "Running …", "Run"),
            *((Output(id_, "disabled"), True, False) for id_ in ids),
        ],
        cancel=[Input("cancel", "n_clicks")],
        progress=[
            Output("progress", "value"),
            Output("status", "children", allow_duplicate=True),
            Output("so-far", "data"),
        ],
        interval=200,
        prevent_initial_call=True,
    )
    def run(set_progress: Callable[[tuple[Any, ...]], None], clicks: int, *given: object) -> tuple[Any, ...]:
        if not clicks:
            return no_update, no_update
        return run_answer(cache, dict(zip(keys, given, strict=True)), set_progress)

    @app.callback(
        Output("location", "search"),
        Output("written", "data"),
        Input("picture", "data"),
        prevent_initial_call=True,
    )
    def address(picture: Mapping[str, Any] | None) -> tuple[Any, Any]:
        search = (picture or {}).get("search")
        return (search, search) if search is not None else (no_update, no_update)

    # Dash holds back whatever depends on an output of a running callback, so pictures on the way have a store of their
    # own; and progress repeats itself, so only news pass on
    app.clientside_callback(
        """(soFar, news) => JSON.stringify(soFar) === JSON.stringify(news) ? window.dash_clientside.no_update : soFar""",
        Output("news", "data"),
        Input("so-far", "data"),
        State("news", "data"),
        prevent_initial_call=True,
    )
    for store in ("news", "picture"):
        app.callback(
            Output("result", "children", allow_duplicate=True),
            Output("drawn", "data", allow_duplicate=True),
            Input(store, "data"),
            State("drawn", "data"),
            prevent_initial_call=True,
        )(lambda picture, drawn: show_picture(cache, picture, drawn))

    @app.callback(
        Output("status", "children", allow_duplicate=True),
        Output("progress", "value", allow_duplicate=True),
        Output("result", "children", allow_duplicate=True),
        Output("drawn", "data", allow_duplicate=True),
        Input("cancel", "n_clicks"),
        State("drawn", "data"),
        prevent_initial_call=True,
    )
    def cancelled(clicks: int, drawn: Mapping[str, Any] | None) -> tuple[Any, ...]:
        if not clicks:
            return no_update, no_update, no_update, no_update
        after = {**(drawn or {}), "state": "cancelled"}
        if drawn and drawn.get("state") == "partial":
            return "Cancelled: this is what the worlds so far say.", 0, no_update, after
        return "Cancelled.", 0, empty_view(), after

    # a button that is disabled loses the focus: hand it to the one that can be pressed
    app.clientside_callback(
        """(busy) => {
            const button = document.getElementById("run");
            if (busy) { button.dataset.was = "busy"; }
            if (button.dataset.was !== "busy") { return window.dash_clientside.no_update; }  // nothing was run yet
            setTimeout(() => {
                if (document.activeElement && document.activeElement !== document.body) { return; }
                const next = document.getElementById(busy ? "cancel" : "run");
                if (next) { next.focus({ preventScroll: true }); }
            }, 100);
            return window.dash_clientside.no_update;
        }""",
        Output("news", "data", allow_duplicate=True),
        Input("run", "disabled"),
        prevent_initial_call=True,
    )

    # the browser holds all ways to draw a chart, so that a switch of theme needs no server
    app.clientside_callback(
        """(figures, scheme, panels) => {
            if (!figures) { return window.dash_clientside.no_update; }
            // the page knows its theme before the switch does
            const now = document.documentElement.dataset.mantineColorScheme || scheme;
            const theme = now === "dark" ? "dark" : "light";
            const chosen = figures.light ? figures : figures[(panels && panels[0]) || "together"];
            return chosen[theme];
        }""",
        Output({"type": "graph", "chart": MATCH}, "figure"),
        Input({"type": "figures", "chart": MATCH}, "data"),
        Input("scheme", "computedColorScheme"),
        Input({"type": "panels", "page": ALL}, "value"),
    )


def run_answer(
    cache: diskcache.Cache, query: Mapping[str, object], set_progress: Callable[[tuple[Any, ...]], None]
) -> tuple[Any, ...]:
    """Answer a press on Run: what to draw, with the query for the address, and the status."""
    run_number = time.time_ns()  # two runs of the same choices are two pictures
    chosen, values, errors = choices_from(query)

    def picture(state: str, **more: Any) -> dict[str, Any]:
        return {"run": str(run_number), "state": state, "query": dict(query), **more}

    def wrong(state: str, status: str, **more: Any) -> tuple[Any, ...]:
        set_progress((0, status, None))
        return picture(state, **more), status

    if errors:
        return wrong("refused", "Nothing was run.")

    def tell(percent: int, words: str, worlds: int) -> None:
        set_progress((percent, words, picture("partial", worlds=worlds) if worlds else picture("starting")))

    started = time.monotonic()
    try:
        results = run_choices(cache, chosen, values, tell)
    except InputError as error:
        return wrong("refused", "Nothing was run.", errors=[[error.where, error.wrong, error.right]])
    except Exception as error:  # shown in place; the log keeps the traceback
        log.exception("a run broke off")
        return wrong("failed", "The run broke off.", reason=f"{type(error).__name__}: {error}"[:300])
    words = f"Done: {results.replicates:,} worlds in {duration(time.monotonic() - started)}."
    set_progress((100, words, None))
    return picture("done", search=search_of(chosen, values)), words


def show_picture(
    cache: diskcache.Cache, picture: Mapping[str, Any] | None, drawn: Mapping[str, Any] | None
) -> tuple[Any, Any]:
    """Answer news of a run: what to show, and what is then shown."""
    late = drawn and picture and picture.get("state") != "done" and drawn.get("run") == picture.get("run")
    if not picture or picture == drawn or (late and drawn.get("state") in {"done", "cancelled"}):
        return no_update, no_update  # progress repeats itself, and may come late
    view = picture_view(cache, picture)
    return (view, picture) if view is not None else (no_update, no_update)


def picture_view(cache: diskcache.Cache, picture: Mapping[str, Any]) -> Component | None:
    """Draw what a run has to show at this moment; None if there is nothing new."""
    chosen, values, errors = choices_from(picture.get("query") or {})
    state = picture.get("state")
    if errors or state == "refused":
        return error_view(errors or [InputError(*map(str, parts)) for parts in picture.get("errors", [])])
    if state == "failed":
        return failure_view(str(picture.get("reason", "")))
    if state == "starting":
        return loading_view()
    results = load_kept(cache, chosen, values, partial=state == "partial")
    if results is None:
        return None
    planned = values["replicates"] if state == "partial" else None
    return result_view(results, command_of(chosen, values), planned=planned)
