"""Lessons: read a claim, state a forecast, run, compare with the truth and with the class; and a page for who teaches."""

import logging
import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from worthsharing.dashboard.cards import both_themes, chart_card, error_view, failure_view, page_head
from worthsharing.dashboard.classroom import Classroom, forecasts_of, give, is_student
from worthsharing.dashboard.controls import aria
from worthsharing.dashboard.jobs import Job
from worthsharing.dashboard.keep import Keep
from worthsharing.experiments.claims import CLAIMS
from worthsharing.experiments.execute import Results, joined, run_points
from worthsharing.experiments.figures import plain
from worthsharing.experiments.forecasts import (
    CLASS_READING,
    MOST_BARS,
    SCORE_HELP,
    SURE,
    WORLDS_READING,
    Forecast,
    class_figure,
    forecasts_table,
    held_words,
    histogram_of,
    score_words,
    standing_words,
    worlds_figure,
)
from worthsharing.experiments.lessons import (
    Lesson,
    Truth,
    label_of,
    load_lessons,
    scenarios_of,
    truth_of,
)
from worthsharing.experiments.page import Table
from worthsharing.experiments.summary import counted, decimals_for, shown, shown_interval, signed
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST, is_compiled

PATH, TITLE = "/lessons", "Lessons"
WORLDS = 40  # in which the truth is found
WORLDS_A_TURN = 4
POLL, POLL_CLASS = 500, 4000  # milliseconds between two looks at the runs, and at the forecasts of a class
LESSONS = load_lessons()
HEIGHT = 380

log = logging.getLogger("worthsharing")


# ---- layout ---------------------------------------------------------------------------------------------------------


def layout(cache: Keep, **query: str) -> Component:
    """Lay out the list of lessons, one of them, or the lecturer's page."""
    classroom = cache.classroom
    if "lecturer" in query:
        return _lecturer_page(cache, query["lecturer"])
    id_ = query.get("lesson")
    lesson = LESSONS.get(id_) if id_ is not None else None
    if id_ is not None and lesson is None:
        known = InputError("Lesson", f"there is no lesson '{id_[:40]}'", f"one of: {', '.join(LESSONS)}")
        return _page(classroom, [error_view([known], title="There is no such lesson"), _list()])
    if lesson is not None:
        return _page(classroom, _lesson(lesson))
    notes = html.P(html.A("Notes for whoever teaches", href=f"{PATH}?lecturer="), className="lesson-text")
    return _page(classroom, [_list(), *([notes] if classroom.alone else [])])


def _page(classroom: Classroom, content: Sequence[Component]) -> Component:
    lead = "Four claims, four essays: say what will happen, run it, and be surprised."
    badge = dmc.Badge(f"Class {classroom.code}", size="lg", variant="light", color="gray", className="badge")
    head = [page_head("Lessons", lead), *([] if classroom.alone else [badge])]
    return html.Div([html.Div(head, className="lessons-head"), *content], className="page lessons-page")


def _list() -> Component:
    return html.Div(
        [_card(number, lesson) for number, lesson in enumerate(LESSONS.values(), start=1)],
        className="lessons-list",
    )


def _card(number: int, lesson: Lesson) -> Component:
    address, name = f"{PATH}?lesson={lesson.id}", f"Begin lesson {number}: {lesson.title}"
    return html.Section(
        [
            html.P(f"Lesson {number}", className="eyebrow"),
            html.H2(html.A(lesson.title, href=address), className="card-title"),
            html.P(f"From “{lesson.essay_title}”", className="soft"),
            html.P(lesson.claim, className="lesson-claim"),
            html.A("Begin", href=address, className="lesson-begin", **aria(label=name)),
        ],
        className="card lesson-card",
        **aria(label=f"Lesson {number}"),
    )


def _lesson(lesson: Lesson) -> list[Component]:
    return [
        html.Nav(
            [html.A("All lessons", href=PATH), html.Span(" › ", className="soft"), html.Span(lesson.title)],
            className="crumbs",
            **aria(label="Where you are"),
        ),
        html.Section(
            [
                _step(1, "Read"),
                html.H2(lesson.title, className="section-title"),
                html.P(["Essay: “", lesson.essay_title, "”"], className="soft"),
                *[html.P(text, className="lesson-text") for text in lesson.story],
                html.P([html.B("The claim: "), html.I(lesson.claim)], className="lesson-claim"),
            ],
            className="card lesson-step",
            **aria(label="Read the claim"),
        ),
        html.Div(dmc.Skeleton(height=260, radius="md"), id="lessons-rest", className="stack lessons-rest"),
        dcc.Store(id="lessons-me", storage_type="local"),
        dcc.Store(id="lessons-which", data=lesson.id),
        dcc.Store(id="lessons-shown"),
        dcc.Interval(id="lessons-poll", interval=POLL, disabled=True),
    ]


def _step(number: int, words: str) -> Component:
    return html.P(
        [html.Span(str(number), className="step", **aria(hidden="true")), f"Step {number}: {words}"],
        className="eyebrow lesson-eyebrow",
    )


def form_view(
    lesson: Lesson, errors: Sequence[InputError] = (), given: Sequence[object] = ("", "")
) -> list[Component]:
    """Ask for a forecast; nothing on this view comes from a run."""
    bounds = f"between {lesson.low:,.0f} and {lesson.high:,.0f}".replace("-", "−")
    return [
        html.Section(
            [
                _step(2, "Say what you expect"),
                html.P(lesson.ask, className="lesson-ask"),
                html.P(
                    f"Give a range in which you believe the answer lies with a chance of {100 * SURE:.0f} %: of ten such "
                    f"ranges, eight should hold the truth. Below zero means that it goes the other way. "
                    f"In {lesson.unit}, {bounds}.",
                    className="lesson-text",
                ),
                html.Div(
                    [
                        _bound("lessons-low", "From", lesson, given[0]),
                        _bound("lessons-high", "To", lesson, given[1]),
                        dmc.Button("This is my forecast", id="lessons-give", size="lg", n_clicks=0),
                    ],
                    className="lesson-form",
                ),
                html.Div(
                    [error_view(errors, title="This is no forecast yet")] if errors else [],
                    id="lessons-error",
                ),
                html.Details([html.Summary("How it is scored"), html.P(SCORE_HELP)]),
                html.P("It counts once: nobody can forecast what they have seen.", className="soft"),
            ],
            className="card lesson-step",
            **aria(label="Your forecast"),
        ),
        *[_locked(number, words) for number, words in ((3, "Run and compare"), (4, "Think"))],
    ]


def _bound(id_: str, label: str, lesson: Lesson, value: object) -> Component:
    return html.Div(
        [
            html.Label(label, htmlFor=id_, className="control-label"),
            dmc.NumberInput(
                id=id_,
                value=value,
                min=lesson.low,
                max=lesson.high,
                clampBehavior="none",
                hideControls=True,
                size="lg",
                **aria(label=f"{label}, in {lesson.unit}"),
            ),
        ],
        className="control lesson-bound",
    )


def _locked(number: int, words: str) -> Component:
    content = [_step(number, words), html.P("Opens with your forecast.", className="soft")]
    return html.Section(content, className="card lesson-step lesson-locked", **aria(label=words))


def waiting_view(lesson: Lesson, mine: Forecast, words: str, percent: int) -> list[Component]:
    """Hold the place of the truth while it is run."""
    return [
        html.Section(
            [
                _step(2, "You expect"),
                html.P(_range_words(lesson, mine), className="lesson-mine"),
                _step(3, "Run and compare"),
                html.P(words, role="status", className="lesson-status"),
                dmc.ProgressRoot(dmc.ProgressSection(value=percent, **aria(label="Worlds done")), size="md"),
                dmc.Skeleton(height=HEIGHT, radius="md", mt="md"),
            ],
            className="card lesson-step",
            **aria(busy="true", label="The worlds are being run"),
        )
    ]


def result_view(
    lesson: Lesson, mine: Forecast, everybody: Sequence[Forecast], truth: Truth, own: float | None
) -> list[Component]:
    """Compare a forecast with the truth and with the class, and ask three questions."""
    interval = (truth.value, truth.low, truth.high)
    score = score_words(mine, truth.value, lesson.unit)
    standing = standing_words(mine, everybody, truth.value)
    own_words = _own_words(lesson, own, truth)
    table = forecasts_table(everybody, mine, truth.value)
    return [
        html.Section(
            [
                _step(2, "You expected"),
                html.P(_range_words(lesson, mine), className="lesson-mine"),
                _step(3, "Run and compare"),
                html.P(truth_words(lesson, truth), className="sentence"),
                html.P(score, className="lesson-score"),
                html.P(standing, className="lesson-text") if standing else None,
                html.P(own_words, className="lesson-text") if own_words else None,
                html.Details([html.Summary("How it is scored"), html.P(SCORE_HELP)]),
            ],
            className="card lesson-step",
            **aria(label="The truth"),
        ),
        html.Div([_class_card(lesson, table, interval), _worlds_card(lesson, truth, own)], className="pair"),
        html.Section(
            [
                _step(4, "Think"),
                html.Ol([html.Li(question) for question in lesson.questions], className="lesson-questions"),
                html.P(
                    [
                        "Look further: ",
                        html.A("both strategies with all measures", href=f"/?a={lesson.a}&b={lesson.b}"),
                        ", ",
                        html.A("a small world to watch", href=f"/watch?a={lesson.a}&b={lesson.b}"),
                        ", ",
                        html.A("the essay’s claims on trial", href=f"/trial?claims={_claims_of(lesson)}"),
                        ".",
                    ]
                ),
            ],
            className="card lesson-step",
            **aria(label="Three questions"),
        ),
    ]


def _claims_of(lesson: Lesson) -> str:
    return ",".join(claim.id for claim in CLAIMS.values() if claim.essay == lesson.essay)


def truth_words(lesson: Lesson, truth: Truth) -> str:
    """What the runs say, in a sentence."""
    digits = decimals_for(truth.value, truth.low, truth.high)
    ends = decimals_for(truth.mean_a, truth.mean_b)
    return (
        f"{signed(truth.value, digits)} {lesson.unit} ({shown_interval(truth.low, truth.high, digits)}): "
        f"{label_of(lesson).lower()} is {shown(truth.mean_b, ends)} with “{plain(lesson.b)}” and "
        f"{shown(truth.mean_a, ends)} with “{plain(lesson.a)}”, in {len(truth.worlds)} worlds."
    )


def _own_words(lesson: Lesson, own: float | None, truth: Truth) -> str:
    if own is None or not math.isfinite(own):
        return ""
    same = sum((world > 0.0) == (truth.value > 0.0) and world != 0.0 for world in truth.worlds.tolist())
    return (
        f"In the one world that is yours it came out at {signed(own, decimals_for(own, truth.value))}. "
        f"Of the {len(truth.worlds)} worlds, {same} go the way of the truth."
    )


def _range_words(lesson: Lesson, forecast: Forecast) -> str:
    return f"{_plainly(forecast.low)} to {_plainly(forecast.high)} {lesson.unit}"


def _plainly(value: float) -> str:
    return f"{value:,.6g}".replace("-", "−")


def _class_card(lesson: Lesson, table: Any, interval: tuple[float, float, float]) -> Component:
    several = len(table) > 1
    held = int(((table["low"] <= interval[0]) & (interval[0] <= table["high"])).sum())
    rows = tuple(
        (
            f"{place}" + (" (yours)" if row.mine else ""),
            _plainly(row.low),
            _plainly(row.high),
            shown(row.score, 1),
        )
        for place, row in enumerate(table.itertuples(index=False), start=1)
    )
    return chart_card(
        f"forecasts-{lesson.id}",
        "What the class expected" if several else "What you expected",
        f"{held_words(held, len(table))}." if several else "Your range, and the truth.",
        CLASS_READING,
        Table(
            f"Forecasts in {lesson.unit}, in order of their middle", ("Range", "From", "To", "Score"), rows
        ),
        both_themes(
            lambda theme: class_figure(table, unit=lesson.unit, truth=interval, theme=theme, height=HEIGHT)
        ),
        table.drop(columns="mine"),
        height=HEIGHT,
    )


def _worlds_card(lesson: Lesson, truth: Truth, own: float | None) -> Component:
    values = truth.worlds.tolist()
    bars = histogram_of(values, min(values), max(values), MOST_BARS)
    interval = (truth.value, truth.low, truth.high)
    rows = tuple(
        (f"{_plainly(bar.start)} to {_plainly(bar.end)}", f"{bar.count}") for bar in bars.itertuples()
    )
    digits = decimals_for(*values)
    return chart_card(
        f"worlds-{lesson.id}",
        "The truth, world by world",
        f"From {shown(min(values), digits)} to {shown(max(values), digits)}: so much is luck. {lesson.reading}",
        WORLDS_READING,
        Table(f"Worlds by their difference, in {lesson.unit}", ("Difference", "Worlds"), rows),
        both_themes(
            lambda theme: worlds_figure(
                truth.worlds, unit=lesson.unit, truth=interval, mine=own, theme=theme, height=HEIGHT
            )
        ),
        bars,
        height=HEIGHT,
    )


# ---- the lecturer's page --------------------------------------------------------------------------------------------


def _lecturer_page(cache: Keep, key: str) -> Component:
    classroom = cache.classroom
    if not classroom.is_lecturer(key):
        wrong = InputError(
            "Lecturer", "this address does not open it", "use the one printed where the app was started"
        )
        return _page(classroom, [error_view([wrong], title="This page is for whoever teaches"), _list()])
    open_to = (
        ["Your students open ", html.B(classroom.address), "; no accounts, no names."]
        if classroom.address
        else ["Only this machine is let in; start with ", html.Code("--host 0.0.0.0"), " for your students."]
    )
    hand_out = (
        [
            html.P(open_to, className="lesson-text"),
            html.P(
                f"The code {classroom.code} sets the worlds: all share one truth, and each has one world of their own. "
                "Forecasts are kept here under the code; each browser draws a number for itself, so that each "
                "forecast counts once.",
                className="lesson-text",
            ),
        ]
        if not classroom.alone
        else [
            html.P(
                [
                    "Without a class everybody sees only their own forecasts. To teach one, start ",
                    html.Code("worthsharing dashboard --host 0.0.0.0 --class CODE"),
                    " and hand out the address that it prints.",
                ],
                className="lesson-text",
            )
        ]
    )
    return _page(
        classroom,
        [
            html.Section(
                [html.H2("For whoever teaches", className="section-title"), *hand_out],
                className="card lesson-step",
            ),
            html.Div([_notes(cache, lesson) for lesson in LESSONS.values()], className="stack"),
            dcc.Store(id="lessons-key", data=key),
            dcc.Interval(id="lessons-class-poll", interval=POLL_CLASS),
        ],
    )


def _notes(cache: Keep, lesson: Lesson) -> Component:
    buttons = {
        "Run it now": {"type": "lessons-prepare"},
        "Show the forecasts": {"type": "lessons-reveal", "what": "forecasts"},
        "Show the truth": {"type": "lessons-reveal", "what": "truth"},
    }
    return html.Section(
        [
            html.H2(html.A(lesson.title, href=f"{PATH}?lesson={lesson.id}"), className="section-title"),
            html.P(["Claim: ", html.I(lesson.claim), " Asked: ", lesson.ask], className="lesson-text"),
            html.Div(
                [
                    html.B(
                        id={"type": "lessons-count", "lesson": lesson.id},
                        children=_count_words(cache, lesson),
                    ),
                    *[
                        dmc.Button(
                            label,
                            id={**id_, "lesson": lesson.id},
                            variant="default",
                            size="sm",
                            n_clicks=0,
                            disabled=id_["type"] == "lessons-prepare" and is_prepared(cache, lesson),
                        )
                        for label, id_ in buttons.items()
                    ],
                ],
                className="lesson-teach",
            ),
            html.Div(id={"type": "lessons-revealed", "lesson": lesson.id}, role="status"),
            html.Details(
                [
                    html.Summary("Notes and questions"),
                    html.H3("The questions", className="small-title"),
                    html.Ol([html.Li(one) for one in lesson.questions]),
                    html.H3("Notes", className="small-title"),
                    html.Ul([html.Li(one) for one in lesson.notes]),
                ],
                open=True,
            ),
        ],
        className="card",
    )


def _count_words(cache: Keep, lesson: Lesson) -> str:
    count = len(forecasts_of(cache, cache.classroom, lesson.id)) if not cache.classroom.alone else 0
    said = (
        "No forecast yet" if not count else "1 forecast is in" if count == 1 else f"{count} forecasts are in"
    )
    job = cache.jobs.get(truth_key(lesson, cache.classroom))
    ready = _kept(cache, truth_key(lesson, cache.classroom)) is not None
    state = (
        "the runs are made" if ready else job.words if job is not None and not job.is_over else "not run yet"
    )
    return f"{said}; {state}." if not cache.classroom.alone else f"{state[:1].upper()}{state[1:]}."


# ---- the truth ------------------------------------------------------------------------------------------------------


def truth_key(lesson: Lesson, classroom: Classroom) -> str:
    """Name of the runs of a lesson among those kept: everything that they depend on."""
    return _runs_key(lesson, classroom.seed, WORLDS)


def own_key(lesson: Lesson, classroom: Classroom, student: str) -> str:
    """Name of the run of the one world that is a student's own."""
    return _runs_key(lesson, classroom.seed_of(student), 1)


def _runs_key(lesson: Lesson, seed: int, worlds: int) -> str:
    keys = "/".join(scenario.key for scenario in scenarios_of(lesson).values())
    return f"lessons/{RULES_DIGEST}/{lesson.measure}/{keys}/{seed}/{worlds}"


def work(cache: Keep, lesson: Lesson, seed: int, worlds: int, key: str, job: Job) -> Iterator[None]:
    """Run both strategies of a lesson as a job, and keep what was measured."""
    job.words = "Starting …" if is_compiled() else "Compiling the rules, once: about half a minute …"
    yield
    parts: list[Results] = []
    for first in range(0, worlds, WORLDS_A_TURN):
        parts += run_points(
            [scenarios_of(lesson)],
            replicates=min(WORLDS_A_TURN, worlds - first),
            first=first,
            seed=seed,
            measures=[lesson.measure],
            daily=False,
            store=cache.runs,
            should_stop=job.should_stop,
        )
        done = min(worlds, first + WORLDS_A_TURN)
        job.percent, job.words = round(100 * done / worlds), f"{done} of {worlds} worlds"
        yield
    cache.runs.flush()
    truth = truth_of(lesson, joined(parts))
    kept = (truth.mean_a, truth.mean_b, truth.value, truth.low, truth.high, truth.worlds.tolist())
    cache.set(key, kept)


def _kept(cache: Keep, key: str) -> Truth | None:
    kept = cache.get(key)
    if kept is None:
        return None
    mean_a, mean_b, value, low, high, worlds = kept
    return Truth(mean_a, mean_b, value, low, high, np.array(worlds, np.float64))


def prepare(cache: Keep, lesson: Lesson, student: str | None = None) -> None:
    """Start the runs of a lesson, and of a student's own world, unless they were made."""
    classroom = cache.classroom
    wanted = [(truth_key(lesson, classroom), classroom.seed, WORLDS)]
    if student is not None:
        wanted.append((own_key(lesson, classroom, student), classroom.seed_of(student), 1))
    for key, seed, worlds in wanted:
        running = cache.jobs.get(key)
        if _kept(cache, key) is None and (running is None or running.is_over):
            cache.jobs.submit(key, partial(work, cache, lesson, seed, worlds, key), "lessons")


def is_prepared(cache: Keep, lesson: Lesson) -> bool:
    """Whether the runs of a lesson are made or on their way, so that nobody need ask for them."""
    key = truth_key(lesson, cache.classroom)
    job = cache.jobs.get(key)
    return _kept(cache, key) is not None or (job is not None and not job.is_over)


# ---- callbacks ------------------------------------------------------------------------------------------------------


def register(app: Dash, cache: Keep) -> None:
    """Give an app the callbacks of this page."""
    app.clientside_callback(
        ClientsideFunction("lessons", "whoami"),
        Output("lessons-me", "data"),
        Input("lessons-which", "data"),
        State("lessons-me", "data"),
    )

    @app.callback(
        Output("lessons-rest", "children"),
        Output("lessons-poll", "disabled"),
        Output("lessons-shown", "data"),
        Input("lessons-me", "data"),
        Input("lessons-poll", "n_intervals"),
        State("lessons-which", "data"),
        State("lessons-shown", "data"),
    )
    def look(student: object, _: int | None, lesson: str | None, shown_now: str | None) -> tuple[Any, ...]:
        return look_answer(cache, student, lesson, shown_now)

    @app.callback(
        Output("lessons-rest", "children", allow_duplicate=True),
        Output("lessons-poll", "disabled", allow_duplicate=True),
        Output("lessons-shown", "data", allow_duplicate=True),
        Output("lessons-error", "children"),
        Input("lessons-give", "n_clicks"),
        State("lessons-low", "value"),
        State("lessons-high", "value"),
        State("lessons-me", "data"),
        State("lessons-which", "data"),
        prevent_initial_call=True,
    )
    def give_forecast(
        clicks: int, low: object, high: object, student: object, lesson: str | None
    ) -> tuple[Any, ...]:
        return give_answer(cache, low, high, student, lesson) if clicks else (no_update,) * 4

    @app.callback(
        Output({"type": "lessons-count", "lesson": ALL}, "children"),
        Output({"type": "lessons-prepare", "lesson": ALL}, "disabled"),
        Input("lessons-class-poll", "n_intervals"),
        Input({"type": "lessons-prepare", "lesson": ALL}, "n_clicks"),
        State("lessons-key", "data"),
        prevent_initial_call=True,
    )
    def count(_: int | None, clicks: list[int], key: str) -> tuple[list[Any], list[Any]]:
        pressed = ctx.triggered_id
        if not cache.classroom.is_lecturer(key):
            return [no_update] * len(clicks), [no_update] * len(clicks)
        if isinstance(pressed, dict) and any(clicks):
            prepare(cache, LESSONS[pressed["lesson"]])
        lessons = LESSONS.values()
        return [_count_words(cache, one) for one in lessons], [is_prepared(cache, one) for one in lessons]

    @app.callback(
        Output({"type": "lessons-revealed", "lesson": MATCH}, "children"),
        Input({"type": "lessons-reveal", "lesson": MATCH, "what": ALL}, "n_clicks"),
        State("lessons-key", "data"),
        prevent_initial_call=True,
    )
    def reveal(clicks: list[int], key: str) -> Any:
        pressed = ctx.triggered_id
        if not any(clicks) or not cache.classroom.is_lecturer(key):
            return no_update
        return revealed_view(cache, LESSONS[pressed["lesson"]], truth=pressed["what"] == "truth")


def look_answer(
    cache: Keep, student: object, lesson_id: str | None, shown_now: str | None
) -> tuple[Any, Any, Any]:
    """Answer whoever looks at a lesson: what is after the reading, whether to stop looking, and what is then shown."""
    lesson = LESSONS.get(lesson_id or "")
    if lesson is None or not is_student(student):
        return no_update, no_update, no_update
    assert isinstance(student, str)
    mine = forecasts_of(cache, cache.classroom, lesson.id, student).get(student)
    if mine is None:  # nothing of the truth is looked up before
        return (no_update, True, "form") if shown_now == "form" else (form_view(lesson), True, "form")
    return _after(cache, lesson, student, mine, shown_now)


def _after(
    cache: Keep, lesson: Lesson, student: str, mine: Forecast, shown_now: str | None
) -> tuple[Any, Any, Any]:
    classroom = cache.classroom
    truth, own = (
        _kept(cache, key) for key in (truth_key(lesson, classroom), own_key(lesson, classroom, student))
    )
    if truth is not None and own is not None:
        everybody = list(forecasts_of(cache, classroom, lesson.id, student).values())
        value = float(own.worlds[0]) if own.worlds.size else None
        return result_view(lesson, mine, everybody, truth, value), True, "result"
    jobs = [
        cache.jobs.get(key) for key in (truth_key(lesson, classroom), own_key(lesson, classroom, student))
    ]
    broken = next((job for job in jobs if job is not None and job.state in ("failed", "refused")), None)
    if broken is not None:
        reason = broken.reason or "; ".join(map(str, broken.errors))
        return [failure_view(reason)], True, "broken"
    prepare(cache, lesson, student)
    job = cache.jobs.get(truth_key(lesson, classroom))
    words, percent = (
        ("Waiting for other runs …", 0) if job is None or job.state == "waiting" else (job.words, job.percent)
    )
    state = f"{words} {percent}"
    if state == shown_now:
        return no_update, False, no_update
    return waiting_view(lesson, mine, words, percent), False, state


def give_answer(
    cache: Keep, low: object, high: object, student: object, lesson_id: str | None
) -> tuple[Any, ...]:
    """Answer whoever gives a forecast: what to show, whether to stop looking, what is then shown, and what was wrong."""
    lesson = LESSONS.get(lesson_id or "")
    if lesson is None or not is_student(student):
        return (no_update,) * 4
    assert isinstance(student, str)
    forecast, errors = forecast_from(lesson, low, high)
    if forecast is None:
        return no_update, no_update, no_update, error_view(errors, title="This is no forecast yet")
    try:
        mine = give(cache, cache.classroom, lesson.id, student, forecast)
    except InputError as error:
        return no_update, no_update, no_update, error_view([error], title="This cannot be kept")
    return (*_after(cache, lesson, student, mine, None), no_update)


def forecast_from(lesson: Lesson, low: object, high: object) -> tuple[Forecast | None, list[InputError]]:
    """Read a range that somebody typed; None and what was wrong unless it is one."""
    right = f"a number from {_plainly(lesson.low)} to {_plainly(lesson.high)}"
    errors, ends = [], []
    for label, value in (("From", low), ("To", high)):
        text = str(value if value is not None else "").strip().replace(",", "").replace("−", "-")
        try:
            number = float(text) if text.isascii() and len(text) <= 24 else math.nan
        except ValueError:
            number = math.nan
        if not text:
            errors.append(InputError(label, "is empty", right))
        elif not lesson.low <= number <= lesson.high:
            errors.append(InputError(label, f"'{text[:40]}' is no number within the bounds", right))
        ends.append(number)
    if not errors and ends[0] > ends[1]:
        errors.append(InputError("From", "is above To", "the lower end first"))
    return (None, errors) if errors else (Forecast(*ends), [])


def revealed_view(cache: Keep, lesson: Lesson, *, truth: bool) -> Component:
    """Show a class its forecasts, or the truth with them."""
    classroom = cache.classroom
    everybody = list(forecasts_of(cache, classroom, lesson.id).values()) if not classroom.alone else []
    found = _kept(cache, truth_key(lesson, classroom)) if truth else None
    if truth and found is None:
        prepare(cache, lesson)
        return html.P("It is being run: press again in a moment.", className="lesson-status")
    interval = (found.value, found.low, found.high) if found is not None else None
    cards = []
    if everybody:
        table = forecasts_table(everybody, None, found.value if found is not None else None)
        rows = tuple(
            (str(place), _plainly(one.low), _plainly(one.high))
            for place, one in enumerate(table.itertuples(), start=1)
        )
        cards.append(
            chart_card(
                f"class-{lesson.id}",
                "What the class expects",
                f"{counted(len(table), 'forecast')}, without names.",
                CLASS_READING,
                Table(f"Forecasts in {lesson.unit}, in order of their middle", ("Range", "From", "To"), rows),
                both_themes(
                    lambda theme: class_figure(
                        table, unit=lesson.unit, truth=interval, theme=theme, height=HEIGHT
                    )
                ),
                table.drop(columns="mine"),
                height=HEIGHT,
            )
        )
    elif not truth:
        return html.P("Nobody has given a forecast yet.", className="lesson-status")
    if found is not None:
        cards.append(_worlds_card(lesson, found, None))
    words = [html.P(truth_words(lesson, found), className="sentence")] if found is not None else []
    return html.Div([*words, html.Div(cards, className="pair")], className="stack")
