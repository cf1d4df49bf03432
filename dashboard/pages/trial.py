"""Trial: the claims of the essays with their verdicts, run here in the background or opened from a folder."""

import hashlib
import json
import logging
import pickle
import secrets
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from worthsharing.dashboard.cards import (
    empty_view,
    error_view,
    failure_view,
    loading_view,
    page_head,
)
from worthsharing.dashboard.controls import (
    SEED,
    Setting,
    aria,
    number_control,
    parameter_setting,
    values_from,
)
from worthsharing.dashboard.jobs import Job
from worthsharing.dashboard.keep import Keep
from worthsharing.experiments.claims import CLAIMS, ESSAYS
from worthsharing.experiments.figures import CONFIG
from worthsharing.experiments.results import read_trial
from worthsharing.experiments.summary import duration
from worthsharing.experiments.trial import QUICK, Plan, plan_of, trial_steps
from worthsharing.experiments.trial_report import piece_of_trial
from worthsharing.experiments.verdicts import Trial
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST, is_compiled
from worthsharing.sim.run import provenance

PATH, TITLE = "/trial", "Trial"
WORLDS = Setting(
    "trial-replicates", "Worlds", None, QUICK["replicates"], 2, 1000, 10,
    "How many worlds the claims are tried in at the defaults", "worlds",
    "a quick trial takes 20, the full one of the command line 100",
)  # fmt: skip
POINTS = Setting(
    "trial-points", "Settings", None, QUICK["points"], 0, 4096, 32,
    "How many other settings of the plausible space the claims are tried in, four worlds each", "settings",
    "a quick trial takes 128, the full one of the command line 1,024; with none, the verdicts are about the defaults alone",
)  # fmt: skip
PEOPLE = parameter_setting(
    "world.people", key="trial-people", label="People", default=Plan().people, step=500
)._replace(high=20_000)
SEED_HERE = SEED._replace(key="trial-seed")
SETTINGS: tuple[Setting, ...] = (WORLDS, POINTS, PEOPLE, SEED_HERE)
CHOICES = ("trial-claims", *(setting.key for setting in SETTINGS))
NAMES_IN_ADDRESS = {"replicates": WORLDS, "points": POINTS, "people": PEOPLE, "seed": SEED_HERE}
POLL = 400  # milliseconds between two looks at a running trial
SECONDS_A_TURN = 0.5
KEPT_DAYS = 365.0

log = logging.getLogger("worthsharing")


# ---- layout ---------------------------------------------------------------------------------------------------------


def layout(cache: Keep, **query: str) -> Component:
    """Lay out the page with the choices of a query; a trial that was run or opened before is shown at once."""
    ids, values, errors = choices_from(query)
    shown: Component
    job, status = None, ""
    if "opened" in query:
        kept = _load(cache, opened_key(query["opened"]))
        shown = result_view(*kept) if kept else _not_opened(query["opened"])
        if kept:
            ids, values = choices_of(kept[0])
    elif errors:
        shown = error_view(errors, title="This cannot be tried")
    else:
        kept = _load(cache, kept_key(plan_from(ids, values)))
        running = cache.jobs.get(kept_key(plan_from(ids, values)))
        if kept is not None:
            shown, status = result_view(*kept), "Shown from an earlier run."
        elif running is not None and not running.is_over:
            shown, status = loading_view("The claims are being tried"), running.words
            job = {"key": running.key, "holder": secrets.token_hex(8)}
            cache.jobs.get(running.key, job["holder"])
        else:
            shown = _empty()
    return html.Div(
        [
            page_head(
                "The claims on trial",
                "What the essays say, tried on people who know nothing of it: at the defaults, and elsewhere.",
            ),
            html.Section(
                [*_controls(ids, values, status, running=job is not None), *_opener(cache)],
                className="card controls-card",
                **aria(label="Choices"),
            ),
            html.Div(shown, id="trial-result", className="result"),
            dcc.Store(id="trial-job", data=job),
            dcc.Store(id="trial-address"),
            dcc.Interval(id="trial-poll", interval=POLL, disabled=job is None),
        ],
        className="page trial-page",
    )


def _controls(
    ids: Sequence[str], values: Mapping[str, int], status: str, *, running: bool
) -> list[Component]:
    groups = [
        {
            "group": title,
            "items": [
                {"value": claim.id, "label": f"{claim.id} {claim.title}"}
                for claim in CLAIMS.values()
                if claim.essay == essay
            ],
        }
        for essay, title in ESSAYS.items()
    ]
    return [
        html.Div(
            [
                html.Div(
                    [
                        html.Div(
                            [html.Label("Claims", htmlFor="trial-claims", className="control-label")],
                            className="control-head",
                        ),
                        dmc.MultiSelect(
                            id="trial-claims",
                            data=groups,
                            value=list(ids),
                            placeholder=_placeholder(ids),
                            clearable=True,
                            searchable=True,
                            size="md",
                            comboboxProps={"shadow": "md"},
                        ),
                    ],
                    className="control trial-claims",
                ),
                html.Div(
                    [number_control(setting, values[setting.key]) for setting in SETTINGS],
                    className="trial-numbers",
                ),
            ],
            className="controls",
        ),
        html.Div(
            [
                html.Div(
                    [
                        dmc.Button("Run", id="trial-run", size="md", className="run", n_clicks=0, disabled=running),
                        dmc.Button(
                            "Cancel", id="trial-cancel", size="md", variant="default", n_clicks=0, disabled=not running
                        ),
                    ],
                    className="buttons",
                ),
                dmc.ProgressRoot(
                    dmc.ProgressSection(id="trial-progress", value=0, **aria(label="Worlds done")),
                    size="sm",
                    className="progress",
                ),
                html.Div(status, id="trial-status", role="status", className="status", **aria(live="polite")),
            ],
            className="run-state",
        ),
    ]  # fmt: skip


def _opener(cache: Keep) -> list[Component]:
    """Where a folder of results is opened; only the machine's own user may, for whom it is their own disk."""
    if not cache.opens_folders:
        return []
    return [
        html.Div(
            [
                html.Label("Or open the results of", htmlFor="trial-folder", className="control-label"),
                html.Code("worthsharing trial --out DIR"),
                dmc.TextInput(id="trial-folder", placeholder="Folder", size="md", className="trial-folder"),
                dmc.Button("Open", id="trial-open", size="md", variant="default", n_clicks=0),
            ],
            className="trial-opener",
        )
    ]


def _empty() -> Component:
    steps = empty_view(
        "No claim has been tried yet",
        (
            ("Choose claims", f"All {len(CLAIMS)} by default; one or two take half a minute, all some minutes."),
            ("Run them", "Each side of a claim meets the same people with the same luck, at the defaults and elsewhere."),
            ("Read the verdicts", "Confirmed, refuted, depends (and on what), or cannot tell; with every number behind it."),
        ),
        "Nothing is lost: runs are kept, so a trial that was cancelled goes on where it stopped.",
    )  # fmt: skip
    return html.Div([steps, *(_untried(essay, title) for essay, title in ESSAYS.items())])


def _untried(essay: str, title: str) -> Component:
    """Say what an essay claims, before anything is known of it."""
    number = essay.removeprefix("E")
    return html.Section(
        [
            html.H2([html.Span(f"Essay {number}", className="eyebrow"), title], className="untried-essay"),
            html.Div(
                [
                    html.Article(
                        [
                            html.P([html.B(claim.id), " not tried yet"], className="untried-id"),
                            html.H3(claim.title),
                            html.P(claim.text),
                            html.A(
                                "Choose it",
                                href=f"{PATH}?claims={claim.id}",
                                **aria(label=f"Choose claim {claim.id}: {claim.title}"),
                            ),
                        ],
                        className="card untried",
                    )
                    for claim in CLAIMS.values()
                    if claim.essay == essay
                ],
                className="untried-list",
            ),
        ],
        **aria(label=f"Claims of essay {number}"),
    )


def result_view(trial: Trial, command: str) -> Component:
    """Hold the cards of a trial, exactly as its report has them."""
    piece = piece_of_trial(trial, command, provenance())
    return html.Div(
        [
            html.P(piece.sentence, className="trial-lead"),
            html.Div(id="trial-report", className="report"),
            # the library that draws comes with the first chart of a page: this one draws nothing
            html.Div(dcc.Graph(figure={}, config=CONFIG), hidden=True),
            dcc.Store(
                id="trial-piece",
                data={
                    "content": piece.content,
                    "style": piece.style,
                    "charts": dict(piece.drawn),
                    "config": CONFIG,
                },
            ),
        ]
    )


# ---- choices --------------------------------------------------------------------------------------------------------


def choices_from(query: Mapping[str, object]) -> tuple[tuple[str, ...], dict[str, int], list[InputError]]:
    """Read claims and numbers from a query; all claims and defaults for the rest, and what was wrong."""
    asked = [one.strip().upper() for one in str(query.get("claims") or "")[:2000].split(",") if one.strip()]
    errors = []
    for one in asked:
        if one not in CLAIMS:
            errors.append(
                InputError("Claims", f"there is no claim '{one[:40]}'", f"one of {', '.join(CLAIMS)}")
            )
            break
    renamed = {
        setting.key: query[name if name in query else setting.key]
        for name, setting in NAMES_IN_ADDRESS.items()
        if name in query or setting.key in query
    }
    values, wrong = values_from(SETTINGS, renamed)
    ids = tuple(one for one in CLAIMS if one in asked)
    return ids, values, errors + wrong


def choices_of(trial: Trial) -> tuple[tuple[str, ...], dict[str, int]]:
    """Claims and numbers that a trial was made with; no claims where they are all."""
    ids = tuple(verdict.claim.id for verdict in trial.verdicts)
    values = {
        WORLDS.key: trial.replicates,
        POINTS.key: trial.points,
        PEOPLE.key: trial.people,
        SEED_HERE.key: trial.seed,
    }
    return () if set(ids) >= set(CLAIMS) else ids, values


def _placeholder(ids: Sequence[str]) -> str:
    return "" if ids else f"All {len(CLAIMS)} claims"


def plan_from(ids: Sequence[str], values: Mapping[str, int]) -> Plan:
    """Plan of a trial of these choices, the same that the command line makes."""
    return plan_of(
        ids,
        seed=values[SEED_HERE.key],
        replicates=values[WORLDS.key],
        points=values[POINTS.key],
        people=values[PEOPLE.key],
    )


def search_of(ids: Sequence[str], values: Mapping[str, int]) -> str:
    """Query of the address: only what differs from the defaults."""
    differs: dict[str, object] = {"claims": ",".join(ids)} if ids else {}
    differs |= {
        name: values[setting.key]
        for name, setting in NAMES_IN_ADDRESS.items()
        if values[setting.key] != setting.default
    }
    return f"?{urllib.parse.urlencode(differs, safe=',')}" if differs else "?"


def command_of(plan: Plan) -> str:
    """Command that gives the same numbers."""
    return " ".join(["worthsharing", "trial", *plan.words])


# ---- running and opening --------------------------------------------------------------------------------------------


def kept_key(plan: Plan) -> str:
    """Name of a trial among those kept: everything that it depends on."""
    return f"trial/{RULES_DIGEST}/{' '.join(plan.words)}"


def opened_key(name: str) -> str:
    """Name of an opened folder among those kept."""
    return f"trial/opened/{name[:64]}"


def _load(cache: Keep, key: str) -> tuple[Trial, str] | None:
    """Find a trial that was run or opened before, with its command."""
    try:
        kept = cache.get(key)
        return pickle.loads(kept) if kept is not None else None
    except Exception as error:  # whatever an older version or a full disk left there: try it anew
        log.warning("a kept trial cannot be read: %s", error)
        return None


def work(cache: Keep, plan: Plan, job: Job) -> Iterator[None]:
    """Run a trial as a job, and keep it; runs are kept as they are made."""
    job.words = (
        "Starting …" if is_compiled() else "Compiling the rules, once per version: about half a minute …"
    )
    yield
    started = time.monotonic()

    def tell(done: int, worlds: int) -> None:
        left = (time.monotonic() - started) / done * (worlds - done)
        job.percent = round(100 * done / worlds)
        job.words = f"{done:,} of {worlds:,} worlds, {duration(left)} left" if done < worlds else "Judging …"

    turn = time.monotonic()
    steps = trial_steps(plan, store=cache.runs, progress=tell, should_stop=job.should_stop)
    try:
        while True:
            try:
                next(steps)
            except StopIteration as ended:
                trial = ended.value
                break
            if time.monotonic() - turn > SECONDS_A_TURN:
                yield
                turn = time.monotonic()
    finally:
        steps.close()
        cache.runs.flush()
    cache.set(kept_key(plan), pickle.dumps((trial, command_of(plan))), expire=86_400 * KEPT_DAYS)
    job.words = f"Done: {trial.runs:,} runs in {duration(time.monotonic() - started)}."


def open_folder(cache: Keep, folder: str) -> str:
    """Read a folder of results and keep what it holds under a name that can stand in an address; raises `InputError`."""
    if not cache.opens_folders:
        raise InputError(
            "Folder",
            "folders are opened only where the app listens on this machine alone",
            "leave --host away",
        )
    if not folder.strip():
        raise InputError("Folder", "is empty", "the folder that was given as --out")
    stored = read_trial(Path(folder.strip()).expanduser())
    command = str(stored.manifest.get("command", ""))
    digest = json.dumps(stored.manifest["files"], sort_keys=True)
    name = hashlib.sha256(digest.encode()).hexdigest()[:16]
    cache.set(opened_key(name), pickle.dumps((stored.trial, command)), expire=86_400 * KEPT_DAYS)
    return name


def _not_opened(name: str) -> Component:
    shown_name = name if len(name) <= 40 else name[:39] + "…"
    error = InputError("Trial", f"no results were opened here as '{shown_name}'", "open their folder again")
    return error_view([error], title="There is nothing to show")


# ---- callbacks ------------------------------------------------------------------------------------------------------


def register(app: Dash, cache: Keep) -> None:
    """Give an app the callbacks of this page."""
    ids = tuple(setting.key for setting in SETTINGS)
    frame = (
        Output("trial-status", "children", allow_duplicate=True),
        Output("trial-progress", "value", allow_duplicate=True),
        Output("trial-result", "children", allow_duplicate=True),
        Output("trial-poll", "disabled", allow_duplicate=True),
        Output("trial-run", "disabled", allow_duplicate=True),
        Output("trial-cancel", "disabled", allow_duplicate=True),
    )

    @app.callback(
        *frame,
        Output("trial-job", "data"),
        Output("trial-address", "data"),
        Input("trial-run", "n_clicks"),
        State("trial-claims", "value"),
        *(State(id_, "value") for id_ in ids),
        prevent_initial_call=True,
    )
    def run(clicks: int, claims: list[str] | None, *given: object) -> tuple[Any, ...]:
        if not clicks:
            return (no_update,) * 8
        return run_answer(cache, {"claims": ",".join(claims or ()), **dict(zip(ids, given, strict=True))})

    @app.callback(
        *frame,
        Input("trial-poll", "n_intervals"),
        State("trial-job", "data"),
        prevent_initial_call=True,
    )
    def poll(_: int, job: Mapping[str, str] | None) -> tuple[Any, ...]:
        return poll_answer(cache, job)

    @app.callback(
        Output("trial-status", "children", allow_duplicate=True),
        Input("trial-cancel", "n_clicks"),
        State("trial-job", "data"),
        prevent_initial_call=True,
    )
    def cancel(clicks: int, job: Mapping[str, str] | None) -> Any:
        if not clicks or not job:
            return no_update
        cache.jobs.cancel(job["key"], job["holder"])
        return "Stopping …"

    @app.callback(
        Output("trial-result", "children", allow_duplicate=True),
        Output("trial-status", "children", allow_duplicate=True),
        Output("trial-address", "data", allow_duplicate=True),
        Output("trial-claims", "value"),
        Output("trial-claims", "placeholder"),
        *(Output(id_, "value") for id_ in ids),
        Input("trial-open", "n_clicks"),
        Input("trial-folder", "n_submit"),
        State("trial-folder", "value"),
        prevent_initial_call=True,
    )
    def open_results(clicks: int, entered: int, folder: str | None) -> tuple[Any, ...]:
        if not clicks and not entered:
            return (no_update,) * (5 + len(ids))
        return open_answer(cache, folder or "")

    @app.callback(
        Output("location", "search", allow_duplicate=True),
        Output("written", "data", allow_duplicate=True),
        Input("trial-address", "data"),
        prevent_initial_call=True,
    )
    def address(search: str | None) -> tuple[Any, Any]:
        return (search, f"{PATH}{search}") if search is not None else (no_update, no_update)

    app.clientside_callback(
        ClientsideFunction("trial", "mount"),
        Output("trial-report", "title"),
        Input("trial-piece", "data"),
    )


def run_answer(cache: Keep, query: Mapping[str, object]) -> tuple[Any, ...]:
    """Answer a press on Run: status, percent, what to show, whether to stop looking, both buttons, the job, the address."""
    ids, values, errors = choices_from(query)
    if errors:
        shown = error_view(errors, title="This cannot be tried")
        return "Nothing was run.", 0, shown, True, False, True, None, no_update
    plan, search = plan_from(ids, values), search_of(ids, values)
    kept = _load(cache, kept_key(plan))
    if kept is not None:
        return "Shown from an earlier run.", 100, result_view(*kept), True, False, True, None, search
    holder = secrets.token_hex(8)
    cache.jobs.submit(kept_key(plan), lambda job: work(cache, plan, job), holder)
    shown = loading_view("The claims are being tried")
    job = {"key": kept_key(plan), "holder": holder}
    return "Starting …", 0, shown, False, True, False, job, search


def poll_answer(cache: Keep, tab_job: Mapping[str, str] | None) -> tuple[Any, ...]:
    """Answer a look at a job: status, percent, what to show, whether to stop looking, and both buttons."""
    job = cache.jobs.get(tab_job["key"]) if tab_job else None
    nothing = (no_update,) * 6
    if job is None or tab_job is None:
        return nothing if tab_job is None else ("Nothing is running.", 0, _empty(), True, False, True)
    over = (True, False, True)  # no more looking, Run can be pressed, Cancel cannot
    if tab_job["holder"] not in job.holders and not job.is_over and not job.should_stop():
        return "Cancelled.", 0, _empty(), *over  # here; somebody else still waits
    if tab_job["holder"] in job.holders:
        cache.jobs.get(job.key, tab_job["holder"])  # still waiting
    if job.state == "waiting":
        ahead = cache.jobs.ahead_of(job)
        words = f"Waiting for {ahead} other {'run' if ahead == 1 else 'runs'}." if ahead else "Starting …"
        return words, 0, no_update, no_update, no_update, no_update
    if job.state == "running":
        words = "Stopping …" if job.should_stop() else job.words
        return words, job.percent, no_update, no_update, no_update, no_update
    if job.state == "done":
        kept = _load(cache, job.key)
        shown = result_view(*kept) if kept else failure_view("What was run could not be kept.")
        return job.words, 100, shown, *over
    if job.state == "refused":
        return "Nothing was run.", 0, error_view(job.errors, title="This cannot be tried"), *over
    if job.state == "failed":
        return "The trial broke off.", 0, failure_view(job.reason, title="The trial broke off"), *over
    return "Cancelled. What was run is kept: press Run to go on.", 0, _empty(), *over


def open_answer(cache: Keep, folder: str) -> tuple[Any, ...]:
    """Answer whoever opens a folder: what to show, the status, the address, and the choices it was made with.

    The choices are the claims, what stands in their place where they are all, and the numbers in order of `SETTINGS`.
    """
    nothing = ("Nothing was opened.", *(no_update,) * (3 + len(SETTINGS)))
    try:
        name = open_folder(cache, folder)
    except InputError as error:
        return error_view([error], title="This cannot be opened"), *nothing
    kept = _load(cache, opened_key(name))
    if kept is None:
        return failure_view("What was opened could not be kept."), *nothing
    ids, values = choices_of(kept[0])
    chosen = (list(ids), _placeholder(ids), *(values[setting.key] for setting in SETTINGS))
    return result_view(*kept), "Opened.", f"?opened={name}", *chosen
