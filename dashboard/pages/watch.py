"""Watch: one small world under two strategies side by side, day by day; and any person in it, asked why."""

import base64
import difflib
import hashlib
import logging
import pickle
import threading
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
import diskcache
import numpy as np
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from worthsharing.dashboard.cards import empty_view, error_view, failure_view, page_head, table_of
from worthsharing.dashboard.controls import (
    SEED,
    Setting,
    aria,
    explanation,
    number_control,
    parameter_setting,
    values_from,
)
from worthsharing.experiments import story
from worthsharing.experiments.figures import plain, sampled_days
from worthsharing.experiments.page import Table
from worthsharing.experiments.summary import shown
from worthsharing.experiments.watch import (
    CONDITIONS,
    MOST_PEOPLE,
    PLACE,
    READING,
    Portrait,
    Watched,
    changes_of,
    counts_table,
    examples,
    first_apart,
    places_of,
    portrait,
    ties_of,
    watch,
)
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST, is_compiled
from worthsharing.sim.network import Network
from worthsharing.sim.scenario import Scenario, bundled_names, load_scenario

if TYPE_CHECKING:
    from worthsharing.sim.trace import Decision, Trace  # which loads Mesa

PATH, TITLE = "/watch", "Watch"
SIDES = ("a", "b")
LETTERS = ("A", "B")
DEFAULTS = {"a": "customers_as_marketing_department", "b": "be_worth_sharing"}
PEOPLE = parameter_setting("world.people", key="people", label="People", default=500, step=100)._replace(
    key="watch-people", high=MOST_PEOPLE
)
DAYS = parameter_setting("clock.days", key="watch-days-run", label="Days", step=7)._replace(high=365)
WORLD = Setting(
    "watch-world", "World", None, 0, 0, 1_000_000, 1,
    "Which of the worlds of this seed: other people, other ties, other luck in each", "number of the world",
    "a choice of this experiment", grouped=False,
)  # fmt: skip
SEED_HERE = SEED._replace(key="watch-seed")
SETTINGS: tuple[Setting, ...] = (PEOPLE, DAYS, WORLD, SEED_HERE)
NAMES_IN_ADDRESS = {"people": PEOPLE, "days": DAYS, "world": WORLD, "seed": SEED_HERE}
GRID = 10_000  # places are sent as whole numbers up to it
KEPT_DAYS = 30.0
TRAITS: Mapping[str, tuple[str, str]] = {  # of a person, as people say it: label, unit
    "visits_per_hour": ("Opens the feed", "times a day"),
    "followees": ("Follows", "people"),
    "sensitivity": ("Minds being sold to", "× the pressure felt"),
    "reward_appeal": ("Drawn by rewards", "× the usual person"),
    "talkative": ("Talkative", "× the usual odds of sharing"),
}
EXAMPLES: Mapping[str, str] = {
    "shared": "One who shared",
    "ignored": "One who saw and kept it",
    "turned away": "One who turned away",
    "bought": "One who bought",
}

log = logging.getLogger("worthsharing")


# ---- layout ---------------------------------------------------------------------------------------------------------


def layout(cache: diskcache.Cache, **query: str) -> Component:
    """Lay out the page with the choices of a query.

    A world that was watched before is shown at once; another one is run as the page opens, unless that would mean to
    compile the rules first, which somebody should have asked for.
    """
    chosen, values, person, errors = choices_from(query)
    kept = None if errors else load_kept(cache, chosen, values)
    if errors:
        result: Component = _wrong(errors)
    elif kept is not None:
        result = result_view(cache, kept, person)
    elif is_compiled():
        result = _beginning(chosen, values, person)
    else:
        result = _empty()
    return html.Div(
        [
            page_head("Watch it spread", "One small world, two strategies, day by day. Ask anybody why."),
            html.Section(_controls(chosen, values), className="card controls-card", **aria(label="Choices")),
            html.Div(result, id="watch-result", className="result"),
            dcc.Store(id="watch-address"),
        ],
        className="page watch-page",
    )


def _controls(chosen: Mapping[str, str], values: Mapping[str, int]) -> list[Component]:
    return [
        html.Div(
            [
                html.Div(
                    [
                        _strategy_select("a", "Strategy A", chosen["a"]),
                        html.Span("against", className="watch-against", **aria(hidden="true")),
                        _strategy_select("b", "Strategy B", chosen["b"]),
                    ],
                    className="watch-strategies",
                ),
                html.Div(
                    [number_control(setting, values[setting.key]) for setting in SETTINGS],
                    className="watch-numbers",
                ),
                dmc.Button("Run", id="watch-run", size="md", n_clicks=0),
            ],
            className="controls",
        ),
        html.Div(id="watch-status", role="status", className="hidden-text", **aria(live="polite")),
    ]


def _strategy_select(key: str, label: str, value: str) -> Component:
    names = bundled_names()
    return html.Div(
        [
            html.Div(
                [
                    html.Span(className=f"dot s{SIDES.index(key)}", **aria(hidden="true")),
                    html.Label(label, htmlFor=f"watch-{key}", className="control-label"),
                    explanation(
                        f"About {label}",
                        [
                            html.P([html.B(f"{plain(name)}: "), load_scenario(name).scenario.title])
                            for name in names
                        ],
                    ),
                ],
                className="control-head",
            ),
            dmc.Select(
                id=f"watch-{key}",
                data=[{"value": name, "label": plain(name)} for name in names],
                value=value,
                allowDeselect=False,
                size="md",
                comboboxProps={"shadow": "md"},
            ),
        ],
        className="control",
    )


def _empty() -> Component:
    """Say what will appear here, and how."""
    return empty_view(
        "Nobody has been watched yet",
        (
            ("Run a small world", "The same people with the same ties and the same luck, once under each strategy."),
            ("Press Play", "Watch who sees it, who passes it on, who has enough, who buys."),
            ("Click a person", "Read what they saw, what it was worth to them, and why they did what they did."),
        ),
        "Press Run: it takes a second or two."
        if is_compiled()
        else "Press Run: this first time the rules are compiled, which takes about half a minute.",
    )  # fmt: skip


def _beginning(chosen: Mapping[str, str], values: Mapping[str, int], person: int | None) -> Component:
    """Hold the place of a world, and ask for it."""
    asked = {**chosen, **values, "person": person}
    return html.Div(
        [
            html.Section(
                [
                    html.P("The same people meet both strategies …", className="eyebrow"),
                    dmc.Skeleton(height="min(70vh, 760px)", radius="sm"),
                ],
                className="card",
            ),
            dcc.Store(id="watch-begin", data=asked),
        ]
    )


def _wrong(errors: Sequence[InputError]) -> Component:
    return error_view(errors, title="This cannot be watched")


def result_view(cache: diskcache.Cache, watched: Watched, person: int | None) -> Component:
    """Lay out both pictures with their legends, the person asked, and the table of counts."""
    names = list(watched.scenarios)
    return html.Div(
        [
            html.Section(
                [
                    html.Div(id="watch-bar", className="watch-bar"),
                    html.Div([_stage(watched, name, side) for side, name in enumerate(names)], className="watch-pair"),
                    html.P(asked_words(watched, person), id="watch-strip", className="watch-strip"),
                    html.Div(id="watch-told", role="status", className="hidden-text"),
                    html.Details([html.Summary("How to read this"), html.P(READING), _meanings()]),
                ],
                className="card watch-card",
                **aria(label="Both worlds"),
            ),
            _asker(watched, person),
            html.Div(id="watch-portrait", className="watch-portrait"),
            _counts(watched),
            dcc.Store(id="watch-choices", data=_choices_of(watched)),
            dcc.Store(id="watch-data", data=player_data(cache, watched, person)),
        ],
        className="stack",
    )  # fmt: skip


def _stage(watched: Watched, name: str, side: int) -> Component:
    title = plain(name)
    return html.Div(
        [
            html.H2(
                [
                    html.Span(LETTERS[side], className=f"letter s{side}"),
                    html.Span(title, className="watch-title"),
                ],
                className="card-title watch-name",
            ),
            html.Canvas(
                id=f"watch-canvas-{side}",
                className="watch-canvas",
                role="img",
                tabIndex=0,
                **aria(
                    label=f"{watched.people:,} people and their ties under {title}. Arrow keys go day by day, the space "
                    "bar plays; the numbers stand in the legend and in the table below."
                ),
            ),
            html.Ul(
                [
                    html.Li(
                        [
                            html.Canvas(
                                className="sign", **aria(hidden="true"), **{"data-place": str(place)}
                            ),
                            html.Span(condition.label, title=condition.meaning),
                            html.B(id=f"watch-count-{side}-{place}"),
                        ]
                    )
                    for place, condition in enumerate(CONDITIONS)
                ],
                className="watch-legend",
                **aria(label=f"Legend with counts: {title}"),
            ),
        ],
        className="watch-stage",
    )


def _meanings() -> Component:
    return html.Ul(
        [html.Li([html.B(f"{one.label}: "), f"{one.meaning}."]) for one in CONDITIONS], className="meanings"
    )


def _asker(watched: Watched, person: int | None) -> Component:
    found = examples(watched)
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Ask a person", className="card-title"),
                    html.P("Click anybody in a picture, type a number, or take:", className="soft"),
                ],
                className="ask-head",
            ),
            html.Div(
                [
                    dmc.NumberInput(
                        id="watch-number",
                        value=person if person is not None else "",
                        min=0,
                        max=watched.people - 1,
                        allowDecimal=False,
                        clampBehavior="none",
                        size="md",
                        debounce=300,
                        placeholder="Number",
                        className="ask-number",
                        **aria(label=f"Number of a person, 0 to {watched.people - 1}"),
                    ),
                    *[
                        dmc.Button(
                            label,
                            id={"type": "watch-example", "person": found[which], "which": which},
                            variant="default",
                            size="md",
                            n_clicks=0,
                        )
                        for which, label in EXAMPLES.items()
                        if which in found
                    ],
                ],
                className="ask-choices",
            ),
        ],
        className="card watch-ask",
        **aria(label="Ask a person"),
    )


def _counts(watched: Watched) -> Component:
    table = counts_table(watched)
    blocks = []
    for side, name in enumerate(watched.scenarios):
        rows = table[table["scenario"] == name]
        blocks.append(
            html.Details(
                [
                    html.Summary(f"Table of counts per day: {LETTERS[side]}, {plain(name)}"),
                    html.Div(
                        table_of(
                            Table(
                                f"How many of {watched.people:,} people are what at the end of each day",
                                ("Day", *(condition.label for condition in CONDITIONS)),
                                tuple(
                                    (str(counts[0]), *(f"{int(count):,}" for count in counts[1:]))
                                    for counts in rows[["day", *PLACE]].to_numpy(np.int64).tolist()
                                ),
                            )
                        ),
                        className="scroll tall", role="group", tabIndex=0, **aria(label=f"Table of counts: {plain(name)}"),
                    ),
                ]
            )
        )  # fmt: skip
    return html.Section(
        [html.H2("The same in numbers", className="card-title"), _summary(watched), *blocks],
        className="card",
        **aria(label="The same in numbers"),
    )


def _summary(watched: Watched) -> Component:
    """Counts at some days of both worlds, side by side."""
    counts = {(row["scenario"], row["day"]): row for row in counts_table(watched).to_dict("records")}
    days = [0, *sampled_days(watched.days, 4)]
    sides = list(zip(LETTERS, watched.scenarios, strict=False))
    rows = [
        [
            condition.label,
            *(f"{counts[name, day][condition.id]:,}" for _, name in sides for day in days),
        ]
        for condition in CONDITIONS
    ]
    who = " and ".join(f"{letter}, {plain(name)}" for letter, name in sides)
    header = ["", *(f"{letter}, day {day}" for letter, _ in sides for day in days)]
    return html.Div(
        table_of(
            Table(
                f"What {watched.people:,} people are at the end of some days: {who}",
                tuple(header),
                tuple(map(tuple, rows)),
            )
        ),
        className="scroll",
        role="group",
        tabIndex=0,
        **aria(label="Table of counts at some days"),
    )


# ---- one person -----------------------------------------------------------------------------------------------------


def portrait_view(watched: Watched, seen: Portrait) -> Component:
    """Lay out who a person is, where the two worlds part for them, and everything they decided in each."""
    names = list(watched.scenarios)
    first = next(iter(seen.traces.values()))
    return html.Section(
        [
            html.Div(
                [html.H2(f"Person {first.person}", className="section-title"), _traits(watched, seen, first)],
                className="portrait-head",
            ),
            *[html.P(sentence, className="parting") for sentence in parting_words(watched, seen)],
            html.Div(
                [_side_of_person(watched, seen.traces[name], name, side) for side, name in enumerate(names)],
                className="pair",
            ),
        ],
        className="card",
        **aria(label=f"Person {first.person}"),
    )


def _traits(watched: Watched, seen: Portrait, first: "Trace") -> Component:
    cells = []
    for key, (label, unit) in TRAITS.items():
        value = first.traits[key] * (24.0 if key == "visits_per_hour" else 1.0)
        cells.append((label, f"{shown(value, 0 if key == 'followees' else 2)} {unit}"))
    cells.append(("At the start", "a customer" if watched.customers[seen.person] else "no customer"))
    return html.Dl([html.Div([html.Dt(label), html.Dd(value)]) for label, value in cells], className="traits")


def asked_words(watched: Watched | None, person: int | None, day: int | None = None) -> list[Any]:
    """One line under the pictures: who was asked, and what they are on a day.

    day: the last by default; in the browser watch.js rewrites it as the pictures go from day to day
    """
    if watched is None or person is None:
        return ["Click a person to ask why."]
    day = watched.days if day is None else day
    now = [
        f"{letter} {_label_at(watched, name, day, person)}"
        for letter, name in zip(LETTERS, watched.scenarios, strict=False)
    ]
    first = first_apart(watched, person)
    apart = "the same on every day" if first is None else f"apart from day {first} on"
    return [
        html.B(f"Person {person}"),
        html.Span(f", day {day}: {', '.join(now)}", id="watch-now", **{"data-person": str(person)}),
        html.Span(f"; {apart}. "),
        html.A("Why?", href="#watch-portrait"),
    ]


def parting_words(watched: Watched, seen: Portrait) -> list[str]:
    """Where one person's two worlds part: in what they become, and in what they had to decide."""
    if len(watched.scenarios) < 2:
        return []
    day = first_apart(watched, seen.person)
    said = []
    if day is None:
        last = _label_at(watched, next(iter(watched.scenarios)), watched.days, seen.person)
        said.append(f"In both worlds this person ends as “{last}”, and was the same on every day before.")
    else:
        became = [
            f"in {letter} “{_label_at(watched, name, day, seen.person)}”"
            for letter, name in zip(LETTERS, watched.scenarios, strict=True)
        ]
        said.append(f"From day {day} on they differ in what they are: {' and '.join(became)}.")
    if seen.parting is None:
        said.append("Every decision was the same in both worlds.")
        return said
    said += [seen.parting.deeds, seen.parting.sentence]
    sides = zip(LETTERS, (seen.parting.a, seen.parting.b), seen.traces.values(), strict=True)
    left_out = [letter for letter, one, notes in sides if one is not None and one not in story.chosen(notes)]
    if left_out:
        said[-1] += (
            f" In {' and '.join(left_out)} it is not among the moments below, which are about brands and about what "
            "was noticed."
        )
    return said


def _label_at(watched: Watched, name: str, day: int, person: int) -> str:
    return CONDITIONS[int(watched.conditions[name][day, person])].label.lower()


def _side_of_person(watched: Watched, notes: "Trace", name: str, side: int) -> Component:
    decisions = story.chosen(notes)
    return html.Div(
        [
            html.H3(
                [html.Span(LETTERS[side], className=f"letter s{side}"), html.Span(plain(name))],
                className="card-title",
            ),
            _became(watched, name, notes),
            *_why(decisions, plain(name)),
            html.Details(
                [
                    html.Summary(f"The feed: {len(feed_rows(notes)):,} items that came before them"),
                    html.Div(
                        table_of(
                            Table(
                                "Everything that stood in the feed at a visit; what was not noticed may come again",
                                ("Day", "Item", "Chance / draw", "Noticed"),
                                feed_rows(notes),
                            ),
                            className="table feed",
                        ),
                        className="scroll tall", role="group", tabIndex=0, **aria(label=f"Feed under {plain(name)}"),
                    ),
                ]
            ),
        ],
        className="person-side",
    )  # fmt: skip


def _why(decisions: "Sequence[Decision]", title: str) -> list[Component]:
    """Everything decided, with its terms; it scrolls where it is long."""
    heading = html.H4("Why", className="small-title")
    if not decisions:
        return [heading, html.P("Nothing of any brand came up for a decision.", className="soft")]
    moments = grouped(decisions)
    count = "One moment" if len(moments) == 1 else f"{len(moments)} moments, in order"
    reading = f"{count}. Something is done when the draw (the mark) falls below its chance (the bar)."
    return [
        heading,
        html.P(reading, className="soft small"),
        html.Div(
            html.Ol([_moment(one) for one in moments], className="decisions"),
            className="scroll tall",
            role="group",
            tabIndex=0,
            **aria(label=f"Decisions under {title}"),
        ),
    ]


def _became(watched: Watched, name: str, notes: "Trace") -> Component:
    """What a person became and when, and why where nothing was decided."""
    changes = changes_of(watched, name, notes)
    if not changes:
        return html.P("Nothing by or about the brand reached this person.", className="chart-sentence")
    return html.Ol(
        [
            html.Li([html.B(f"Day {one.day}: "), one.condition.label.lower(), f", {one.cause}" if one.cause else ""])
            for one in changes
        ],
        className="became",
    )  # fmt: skip


def grouped(decisions: "Sequence[Decision]") -> "list[list[Decision]]":
    """Cut decisions, which are in order of time, wherever the moment or what they are about changes."""
    groups: list[list[Decision]] = []
    for one in decisions:
        if groups and _about(groups[-1][-1]) == _about(one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _about(decision: "Decision") -> tuple[object, ...]:
    item = decision.item
    return decision.day, decision.brand, None if item is None else (item.message, item.sender)


def _moment(decisions: "Sequence[Decision]") -> Component:
    """What a person decided about one thing: what it was, what it was worth with its terms, and each chance and draw."""
    first = decisions[0]
    about = story.about_words(first)
    judged = [one.item for one in decisions if one.item is not None and one.item.worth is not None]
    return html.Li(
        [
            html.Div(
                [
                    html.Span(f"Day {int(first.day) + 1}", className="when"),
                    html.B(about[:1].upper() + about[1:]),
                ],
                className="moment-head",
            ),
            html.Div(story.worth_words(judged[0]).capitalize(), className="terms") if judged else None,
            html.Ul([_decision(one) for one in decisions], className="odds"),
        ]
    )


def _decision(decision: "Decision") -> Component:
    """One decision: its outcome, and the chance with the draw that had to be below it."""
    question, done, not_done = story.WORDS.get(decision.what, (decision.what + "?", "did", "did not"))
    gauge = {"--chance": f"{100 * decision.chance:.2f}%", "--draw": f"{100 * decision.draw:.2f}%"}
    return html.Li(
        [
            html.Span(done if decision.done else not_done, className="done" if decision.done else "undone"),
            html.Span(className="gauge", style=gauge, **aria(hidden="true")),
            html.Span(
                f"chance {shown(100 * decision.chance, 2)} %, draw {shown(100 * decision.draw, 2)}",
                className="soft",
                title=question,
            ),
        ]
    )


def feed_rows(notes: "Trace") -> tuple[tuple[str, ...], ...]:
    """Rows of a table of everything that came before a person: day, item, chance against draw, noticed or not."""
    return tuple(
        (
            f"{decision.day + 1:.2f}",
            story.item_words(decision.item) if decision.item is not None else "",
            f"{shown(100 * decision.chance, 1)} % / {shown(100 * decision.draw, 1)}",
            "yes" if decision.done else "no",
        )
        for decision in notes.decisions
        if decision.what == "see"
    )


# ---- choices --------------------------------------------------------------------------------------------------------


def choices_from(
    query: Mapping[str, object],
) -> tuple[dict[str, str], dict[str, int], int | None, list[InputError]]:
    """Read strategies, numbers and a person from a query; defaults for the rest, and what was wrong."""
    errors = []
    chosen = dict(DEFAULTS)
    for key, letter in zip(SIDES, LETTERS, strict=True):
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
                InputError(
                    f"Strategy {letter}", f"'{shown_name}' is not a scenario that comes with the project", right
                )
            )  # fmt: skip
    renamed = {
        setting.key: query[name if name in query else setting.key]
        for name, setting in NAMES_IN_ADDRESS.items()
        if name in query or setting.key in query
    }
    values, wrong = values_from(SETTINGS, renamed)
    person = None
    if query.get("person") not in (None, ""):
        try:
            person = person_number(query["person"], values[PEOPLE.key])
        except InputError as error:
            wrong.append(error)
    return chosen, values, person, errors + wrong


def person_number(value: object, people: int) -> int:
    """Check a number of a person that somebody typed; raises `InputError` in plain words."""
    text = str(value).strip()
    shown_text = text if len(text) <= 40 else text[:39] + "…"
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) >= people:
        right = f"a whole number from 0 to {people - 1:,}"
        raise InputError("Person", f"there is no person '{shown_text}'", right)
    return int(text)


def scenarios_of(chosen: Mapping[str, str], values: Mapping[str, int]) -> dict[str, Scenario]:
    """Load both strategies at the chosen size; the same one twice stands beside itself under a second name."""
    settings = tuple(f"{one.path}={values[one.key]}" for one in SETTINGS if one.path is not None)
    scenarios: dict[str, Scenario] = {}
    for key in SIDES:
        name = chosen[key] if chosen[key] not in scenarios else f"{chosen[key]} again"
        scenarios[name] = load_scenario(chosen[key], settings=settings).scenario
    return scenarios


def search_of(chosen: Mapping[str, str], values: Mapping[str, int], person: int | None = None) -> str:
    """Query of the address: only what differs from the defaults."""
    differs: dict[str, object] = {key: name for key, name in chosen.items() if name != DEFAULTS[key]}
    differs |= {
        name: values[setting.key]
        for name, setting in NAMES_IN_ADDRESS.items()
        if values[setting.key] != setting.default
    }
    if person is not None:
        differs["person"] = person
    return f"?{urllib.parse.urlencode(differs)}" if differs else ""


def _choices_of(watched: Watched) -> dict[str, Any]:
    """The choices that lead to this world, as they stand in the browser."""
    names = [name.removesuffix(" again") for name in watched.scenarios]
    first = next(iter(watched.scenarios.values()))
    return {
        "a": names[0],
        "b": names[-1],
        PEOPLE.key: first.world.people,
        DAYS.key: first.clock.days,
        WORLD.key: watched.replicate,
        SEED_HERE.key: watched.seed,
    }


# ---- running --------------------------------------------------------------------------------------------------------


def kept_key(chosen: Mapping[str, str], values: Mapping[str, int]) -> str:
    """Name of a watched world among those kept: everything that it depends on."""
    keys = "/".join(f"{name}={one.key}" for name, one in scenarios_of(chosen, values).items())
    return f"watch/{RULES_DIGEST}/{keys}/{values[SEED_HERE.key]}/{values[WORLD.key]}"


def load_kept(cache: diskcache.Cache, chosen: Mapping[str, str], values: Mapping[str, int]) -> Watched | None:
    """Find a world of these choices if it was watched before."""
    try:
        kept = cache.get(kept_key(chosen, values))
        return pickle.loads(kept) if kept is not None else None
    except Exception as error:  # whatever an older version or a full disk left there: watch it anew
        log.warning("a kept world cannot be read and is run anew: %s", error)
        return None


def watch_choices(cache: diskcache.Cache, chosen: Mapping[str, str], values: Mapping[str, int]) -> Watched:
    """Watch the world of these choices, or find it if it was watched before."""
    kept = load_kept(cache, chosen, values)
    if kept is not None:
        return kept
    watched = watch(scenarios_of(chosen, values), replicate=values[WORLD.key], seed=values[SEED_HERE.key])
    cache.set(kept_key(chosen, values), pickle.dumps(watched), expire=86_400 * KEPT_DAYS)
    return watched


def player_data(cache: diskcache.Cache, watched: Watched, person: int | None) -> dict[str, Any]:
    """Everything that the browser needs to play both worlds."""
    places = np.round(GRID * _places(cache, watched.network)).astype(int)
    return {
        "names": [plain(name) for name in watched.scenarios],
        "labels": [condition.label for condition in CONDITIONS],
        "people": watched.people,
        "days": watched.days,
        "day": watched.days,
        "person": person,
        "x": places[:, 0].tolist(),
        "y": places[:, 1].tolist(),
        "ties": ties_of(watched.network).ravel().tolist(),
        "customers": _packed(watched.customers),
        "conditions": [_packed(conditions) for conditions in watched.conditions.values()],
        "sharers": [[list(rows) for rows in days] for days in watched.sharers.values()],
    }


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values, np.uint8).tobytes()).decode()


def _places(cache: diskcache.Cache, network: Network) -> np.ndarray:
    """Where people of a network are drawn; computed once per network and kept."""
    digest = hashlib.sha256(network.indptr.tobytes() + network.followers.tobytes()).hexdigest()
    key = f"places/{digest}"
    try:
        kept = cache.get(key)
        if kept is not None:
            return np.frombuffer(kept).reshape(network.people, 2)
    except Exception as error:  # as above: what cannot be read is made again
        log.warning("kept places cannot be read and are found anew: %s", error)
    places = places_of(network)
    cache.set(key, places.tobytes(), expire=86_400 * KEPT_DAYS)
    return places


# ---- callbacks ------------------------------------------------------------------------------------------------------


def register(app: Dash, cache: diskcache.Cache) -> None:
    """Give an app the callbacks of this page."""
    keys = (*SIDES, *(setting.key for setting in SETTINGS))
    ids = (*(f"watch-{key}" for key in SIDES), *(setting.key for setting in SETTINGS))
    one_at_a_time = threading.Lock()  # two tabs compile the rules once

    @app.callback(
        Output("watch-result", "children"),
        Output("watch-status", "children"),
        Output("watch-address", "data"),
        Input("watch-run", "n_clicks"),
        *(State(id_, "value") for id_ in ids),
        running=[
            (Output("watch-run", "disabled"), True, False),
            (Output("watch-run", "children"), "Running …", "Run"),
            (Output("watch-result", "className"), "result busy", "result"),
        ],
        prevent_initial_call=True,
    )
    def run(clicks: int, *given: object) -> tuple[Any, ...]:
        if not clicks:
            return no_update, no_update, no_update
        with one_at_a_time:
            return run_answer(cache, dict(zip(keys, given, strict=True)))

    @app.callback(
        Output("watch-result", "children", allow_duplicate=True),
        Output("watch-status", "children", allow_duplicate=True),
        Input("watch-begin", "data"),
        prevent_initial_call="initial_duplicate",
    )
    def begin(asked: Mapping[str, object] | None) -> tuple[Any, ...]:
        if asked is None:
            return no_update, no_update
        with one_at_a_time:
            return run_answer(cache, asked)[:2]

    @app.callback(
        Output("watch-portrait", "children"),
        Output("watch-strip", "children"),
        Output("watch-address", "data", allow_duplicate=True),
        Input("watch-number", "value"),
        State("watch-choices", "data"),
        prevent_initial_call="initial_duplicate",
    )
    def ask(number: object, choices: Mapping[str, Any] | None) -> tuple[Any, ...]:
        return ask_answer(cache, number, choices)

    @app.callback(
        Output("location", "search", allow_duplicate=True),
        Output("written", "data", allow_duplicate=True),
        Input("watch-address", "data"),
        prevent_initial_call=True,
    )
    def address(search: str | None) -> tuple[Any, Any]:
        return (search, f"{PATH}{search}") if search is not None else (no_update, no_update)

    @app.callback(
        Output("watch-number", "value"),
        Input({"type": "watch-example", "person": ALL, "which": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def example(clicks: list[int | None]) -> Any:
        pressed = ctx.triggered_id
        return pressed["person"] if pressed and any(clicks) else no_update

    app.clientside_callback(
        ClientsideFunction("watch", "mount"),
        Output("watch-status", "title"),
        Input("watch-data", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("watch", "select"),
        Output("watch-told", "title"),
        Input("watch-number", "value"),
    )


def run_answer(cache: diskcache.Cache, query: Mapping[str, object]) -> tuple[Any, ...]:
    """Run two worlds: what to show, the status, and the query for the address."""
    chosen, values, person, errors = choices_from({key: one for key, one in query.items() if one is not None})
    if errors:
        return _wrong(errors), "Nothing was run.", no_update
    try:
        watched = watch_choices(cache, chosen, values)
    except InputError as error:
        return _wrong([error]), "Nothing was run.", no_update
    except Exception as error:  # shown in place; the log keeps the traceback
        log.exception("a run broke off")
        return failure_view(f"{type(error).__name__}: {error}"[:300]), "The run broke off.", no_update
    return result_view(cache, watched, person), "Done. Press Play.", search_of(chosen, values)


def ask_answer(cache: diskcache.Cache, number: object, choices: Mapping[str, Any] | None) -> tuple[Any, ...]:
    """Answer whoever asks a person: everything about them, one line of it, and the query for the address."""
    if choices is None:
        return None, no_update, no_update
    nobody = asked_words(None, None)  # whoever was asked before is no longer shown
    if number in (None, ""):
        return None, nobody, no_update
    chosen, values, _, errors = choices_from({key: one for key, one in choices.items() if key != "person"})
    if errors:
        return _wrong(errors), nobody, no_update
    try:
        person = person_number(number, values[PEOPLE.key])
        watched = watch_choices(cache, chosen, values)
        seen = portrait(watched, person)
    except InputError as error:
        return _wrong([error]), nobody, search_of(chosen, values)
    return portrait_view(watched, seen), asked_words(watched, person), search_of(chosen, values, person)
