"""What if: two to four strategies in the same worlds, changed by hand, run in the background and drawn while they run."""

import base64
import binascii
import contextlib
import functools
import io
import logging
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from worthsharing.dashboard import levers
from worthsharing.dashboard.cards import empty_view, error_view, failure_view, loading_view, page_head
from worthsharing.dashboard.controls import aria, explanation, number_control
from worthsharing.dashboard.jobs import GOING, Job, JobState
from worthsharing.dashboard.keep import Keep
from worthsharing.dashboard.pages.whatif_result import result_view
from worthsharing.dashboard.question import (
    ALL as SHARED,
)
from worthsharing.dashboard.question import (
    DEFAULTS,
    FIRST,
    MOST_LINK,
    PEOPLE,
    SETTINGS,
    SLOT_NAMES,
    SLOTS,
    VERSION,
    File,
    Question,
    Strategy,
    Uploaded,
    command_of,
    file_name,
    file_names,
    keep_network,
    network_file,
    query_of,
    question_from,
    scenario_of,
    scenarios_of,
    search_of,
    toml_of,
    written,
)
from worthsharing.experiments.compare import compare, with_looks
from worthsharing.experiments.execute import Cancelled, Results, joined, run_scenarios, runs_in_a_world
from worthsharing.experiments.figures import plain
from worthsharing.experiments.results import Stored, read_results, write_results
from worthsharing.experiments.summary import duration
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST, is_compiled
from worthsharing.sim.run import RunId
from worthsharing.sim.scenario import (
    GENERATED_NETWORKS,
    MAX_FILE_BYTES,
    Scenario,
    bundled_names,
    load_scenario,
)
from worthsharing.sim.world import build_network

PATH, TITLE = "/", "What if"
FIRST_WORLDS = 4  # enough for a first picture with a band
TURN_SECONDS = 1.5  # of work between the first two pictures, and before others have their turn
LONGEST_TURN_SECONDS = 4.0
SOON_SECONDS = 8.0
POLL = 300  # milliseconds between two looks at a job
UNASKED_SECONDS = 20.0  # of work that a link may start by being opened
MOST_SECONDS = 1800.0  # of work that this page takes on; more is for the command line
USUAL_RATE = 1.5e-7  # seconds of one processor per person and step, until one was measured here
MOST_NETWORK_BYTES = 25_000_000
DROPPED = "~"  # value of a choice that is a dropped file
NETWORKS = {
    "friends": "Friends (mutual ties)",
    "follows": "Followers (directed, few have many)",
    "erdos_renyi": "At random (Erdős–Rényi)",
}
STALE = "Choices have changed since this was run: press Run."
SHIPPED = "Computed in advance and shipped with the program: press Run to make it anew."
WARM_UP = "whatif/warm-up"  # name of a job
WARM_UP_AFTER = 0.5  # seconds after a first result was asked for
FIRST_RESULT = Path(__file__).parents[1] / "assets" / "first"

log = logging.getLogger("worthsharing")
drawing_first = threading.Lock()


# ---- layout ---------------------------------------------------------------------------------------------------------


def layout(cache: Keep, **query: str) -> Component:
    """Lay out the page with the what-if of a query; what is known of it is shown, what takes little time is run."""
    question, errors = question_from(query)
    view: Component = empty()
    job_data: dict[str, Any] | None = None
    status = ""
    if errors:
        view = error_view(errors)
    else:
        try:
            view, job_data, status = _opening(cache, question, asked=bool(query))
        except InputError as error:
            view = error_view([error])
    return html.Div(
        [
            page_head(
                "What if?",
                "Strategies meet the same people with the same luck. What changes is what the brand does.",
            ),
            html.Section(
                _controls(cache, question, status, busy=job_data is not None),
                className="card controls-card",
                **aria(label="Choices"),
            ),
            html.Div(id="whatif-said", role="alert", className="said"),
            html.Div(view, id="result", className="result"),
            dcc.Store(id="whatif-job", data=job_data),
            dcc.Store(id="whatif-opened", data=uuid.uuid4().hex),  # each time another
            dcc.Store(id="whatif-news"),  # what a job has to show, when that changes
            dcc.Store(id="whatif-more"),  # worlds that somebody asked for in the table
            dcc.Store(id="whatif-sources", data=_sources(question)),
            dcc.Store(
                id="whatif-changes",
                data={slot: dict(one.changes) for slot, one in question.strategies.items()}
                | {SHARED: dict(question.shared)},
            ),
            dcc.Store(
                id="whatif-files",
                data={
                    slot: one.source.packed
                    for slot, one in question.strategies.items()
                    if isinstance(one.source, File)
                },
            ),
            dcc.Interval(id="whatif-tick", interval=POLL, disabled=job_data is None),
            dcc.Download(id="whatif-download"),
            dmc.Drawer(
                id="whatif-drawer",
                position="right",
                size="min(720px, 100vw)",
                padding="lg",
                withCloseButton=False,  # its header would be a second banner of the page
                children=html.Div(id="whatif-levers"),
            ),
        ],
        className="page whatif",
    )


def _opening(cache: Keep, question: Question, *, asked: bool) -> tuple[Component, dict[str, Any] | None, str]:
    """What to show of a question when the page is opened: its result, a run that is at work, or how to ask."""
    scenarios = scenarios_of(question, folder_of(cache))
    key = key_of(question, scenarios)
    job = cache.jobs.get(key)
    if job is not None and not job.is_over:
        return loading_view("This is being run"), job_of(question, key), "Joined a run that is at work."
    kept = stored(cache, question, scenarios)
    if kept is not None:
        return (
            result_view(kept, question, said="Found among the runs kept on this computer."),
            None,
            "Found in the store.",
        )
    if not asked:
        with drawing_first:  # by whoever comes first: the thread that gets things ready, or a visitor
            shipped = first_view()
        if shipped is not None:
            _warm_up_soon(cache)
            return shipped, None, ""
    if forecast(cache, question, scenarios) <= UNASKED_SECONDS:
        cache.jobs.submit(key, lambda job: _work(cache, question, scenarios, job))
        return loading_view("The first worlds are being run"), job_of(question, key), "Starting …"
    return empty(), None, ""


def _controls(cache: Keep, question: Question, status: str, *, busy: bool) -> list[Component]:
    return [
        html.Div(
            [_slot(slot, question.strategies.get(slot)) for slot in SLOTS],
            className="slots",
            id="whatif-slots",
        ),
        html.Div(
            [
                _network_control(cache, question),
                html.Div(
                    [number_control(setting, getattr(question, setting.key)) for setting in SETTINGS],
                    className="numbers",
                ),
                html.Div(
                    [
                        dmc.Button(
                            "Running" if busy else "Run",
                            id="run",
                            size="md",
                            className="run",
                            n_clicks=0,
                            disabled=busy,
                        ),
                        dmc.Button(
                            "Cancel", id="cancel", size="md", variant="default", disabled=not busy, n_clicks=0
                        ),
                    ],
                    className="buttons",
                ),
            ],
            className="controls",
        ),
        html.Div(
            [
                html.Button(
                    "Add a strategy",
                    id="whatif-add",
                    className="slot-button",
                    n_clicks=0,
                    disabled=len(question.strategies) == len(SLOTS),
                ),
                html.Button(
                    _changed_words("People and rules", question.shared),
                    id={"type": "whatif-change", "owner": SHARED},
                    className="slot-button",
                    n_clicks=0,
                    **aria(label="Change the people and the rules"),
                ),
                dmc.ProgressRoot(
                    dmc.ProgressSection(id="progress", value=0, **aria(label="Worlds done")),
                    size="sm",
                    className="progress",
                ),
                html.Div(
                    [
                        html.Div(
                            status, id="status", role="status", className="status", **aria(live="polite")
                        ),
                        html.Div(STALE, className="stale-note", role="status"),
                    ],
                    id="whatif-said-of-run",
                ),
            ],
            className="run-state",
        ),
    ]


def _slot(slot: str, strategy: Strategy | None) -> Component:
    label = SLOT_NAMES[slot]
    source = None if strategy is None else strategy.source
    file = source if isinstance(source, File) else None
    return html.Div(
        [
            html.Div(
                [
                    html.Span(className=f"dot s{SLOTS.index(slot)}", **aria(hidden="true")),
                    html.Label(label, htmlFor=f"strategy-{slot}", className="control-label"),
                    explanation(
                        f"About the {label.lower()}",
                        [
                            html.P([html.B(f"{plain(name)}: "), load_scenario(name).scenario.title])
                            for name in bundled_names()
                        ],
                    ),
                    html.Button(
                        "remove",
                        id=f"whatif-remove-{slot}",
                        className="remove",
                        n_clicks=0,
                        **aria(label=f"Remove the {label.lower()}"),
                    )
                    if slot not in DEFAULTS
                    else None,
                ],
                className="control-head",
            ),
            dmc.Select(
                id=f"strategy-{slot}",
                data=strategy_choices(file),
                value=DROPPED if file else source,
                placeholder="Choose a strategy",
                allowDeselect=False,
                searchable=True,
                size="md",
                comboboxProps={"shadow": "md"},
            ),
            html.Div(
                [
                    html.Button(
                        _changed_words("Change", strategy.changes if strategy else {}),
                        id={"type": "whatif-change", "owner": slot},
                        className="slot-button",
                        n_clicks=0,
                        **aria(label=f"Change the {label.lower()}"),
                    ),
                    html.Div(
                        dcc.Upload(
                            html.Button(
                                "Drop a TOML file",
                                className="slot-button",
                                **aria(label=f"{label} from a TOML file"),
                            ),
                            id=f"whatif-drop-{slot}",
                            max_size=MAX_FILE_BYTES,
                            className="upload",
                            className_active="upload over",
                        ),
                        className="drop",
                        **{
                            "data-most": str(MAX_FILE_BYTES),
                            "data-said": "whatif-said",
                            "data-what": "a scenario file",
                        },
                    ),
                ],
                className="slot-buttons",
            ),
        ],
        id=f"whatif-slot-{slot}",
        className="control slot" + ("" if strategy else " away"),
    )


def strategy_choices(file: File | None) -> list[dict[str, str]]:
    """What a strategy can be chosen from: bundled ones, and the file that was dropped."""
    choices = [{"value": name, "label": plain(name)} for name in bundled_names()]
    return choices + ([{"value": DROPPED, "label": f"Your file: {file.name}"}] if file else [])


def _network_control(cache: Keep, question: Question) -> Component:
    uploaded = question.network if isinstance(question.network, Uploaded) else None
    words = network_words(cache, uploaded) if uploaded else ""
    return html.Div(
        [
            html.Div(
                [
                    html.Label("Network", htmlFor="whatif-network", className="control-label"),
                    explanation(
                        "About the network",
                        [
                            html.P(
                                [
                                    html.B("Who follows whom. "),
                                    "A generated network is made anew in each world.",
                                ]
                            ),
                            html.P(
                                "Your own: a file of ties, a line for each (CSV, TSV, also .gz; Parquet; GraphML). It stays "
                                "on this computer, and is the same in all worlds. Labels are not sent anywhere."
                            ),
                        ],
                    ),
                    html.Div(
                        dcc.Upload(
                            html.Button(
                                "Drop a file",
                                className="slot-button",
                                **aria(label="Network from a file of ties"),
                            ),
                            id="whatif-drop-network",
                            max_size=MOST_NETWORK_BYTES,
                            className="upload",
                            className_active="upload over",
                        ),
                        className="drop",
                        **{
                            "data-most": str(MOST_NETWORK_BYTES),
                            "data-said": "whatif-said",
                            "data-what": "a network file",
                        },
                    ),
                ],
                className="control-head",
            ),
            dmc.Select(
                id="whatif-network",
                data=network_choices(uploaded, words),
                value=DROPPED if uploaded else question.network,
                allowDeselect=False,
                size="md",
                comboboxProps={"shadow": "md"},
            ),
            dcc.Store(
                id="whatif-network-file", data=f"{uploaded.key}{uploaded.ending}" if uploaded else None
            ),
            html.Div(
                dmc.Select(
                    id="whatif-ties",
                    data=[
                        {"value": "mutual", "label": "a,b: both hear each other"},
                        {"value": "heard_by", "label": "a,b: a is heard by b"},
                        {"value": "follows", "label": "a,b: a follows b"},
                    ],
                    value=question.ties,
                    allowDeselect=False,
                    size="sm",
                    **aria(label="How to read a line of the file"),
                ),
                id="whatif-ties-box",
                className="" if uploaded else "away",
            ),
        ],
        className="control network-control",
    )


def network_choices(uploaded: Uploaded | None, words: str) -> list[dict[str, str]]:
    """What a network can be chosen from: generated ones, and the file that was dropped."""
    choices = [{"value": name, "label": NETWORKS[name]} for name in GENERATED_NETWORKS]
    return choices + ([{"value": DROPPED, "label": f"Your file: {words}"}] if uploaded else [])


def network_words(cache: Keep, network: Uploaded) -> str:
    """Name and size of an uploaded network, as far as they are known."""
    known = cache.get(f"whatif/network/{network.key}")
    return known["words"] if known else f"{network.key[:8]}{network.ending}"


def _changed_words(words: str, changes: Mapping[str, Any]) -> str:
    return f"{words} · {len(changes)} changed" if changes else words


def _sources(question: Question) -> dict[str, str | None]:
    return {
        slot: None
        if slot not in question.strategies
        else one
        if isinstance(one := question.strategies[slot].source, str)
        else f"{DROPPED}{one.packed}"
        for slot in SLOTS
    }


def empty() -> Component:
    """Say what will appear here, and how."""
    return empty_view(
        "Nothing has been run yet",
        (
            (
                "Choose strategies",
                "Two to four: bundled ones, your own TOML files, each changed as you like.",
            ),
            ("Run them in the same worlds", "Same people, same ties, same luck: only the strategy differs."),
            (
                "Read the verdict",
                "Reach, backlash and eight more outcomes, each with its interval, or “cannot tell yet”.",
            ),
        ),
        "Press Run: a first picture appears after a few worlds, and grows surer with each.",
    )


# ---- running --------------------------------------------------------------------------------------------------------


def folder_of(cache: Keep) -> Path:
    """Where dropped files are kept."""
    return Path(cache.directory)


def key_of(question: Question, scenarios: Mapping[str, Scenario]) -> str:
    """Name of a job: everything that its outcome depends on."""
    keys = "/".join(f"{name}={scenario.key}" for name, scenario in scenarios.items())
    looked = "".join(f"/{look}" for look in question.looked)
    return f"whatif/{RULES_DIGEST}/{keys}/{question.seed}/{question.replicates}{looked}"


def job_of(question: Question, key: str) -> dict[str, Any]:
    """What a tab remembers of the job that it waits for."""
    return {"key": key, "search": search_of(question, version=question.version), "run": uuid.uuid4().hex}


def forecast(cache: Keep, question: Question, scenarios: Mapping[str, Scenario]) -> float:
    """Seconds of work that a question takes here, as far as is known from earlier ones."""
    first = next(iter(scenarios.values()))
    people, degree = float(first.world.people), first.world.mean_degree
    if isinstance(question.network, Uploaded):
        known = cache.get(f"whatif/network/{question.network.key}")
        if known:
            people, degree = float(known["people"]), known["ties"] / max(1, known["people"])
    steps = max(one.clock.days * 24.0 / one.clock.step_hours for one in scenarios.values())
    work = people * steps * runs_in_a_world(scenarios) * question.replicates * max(1.0, degree / 20.0)
    return work * float(cache.get("whatif/rate", USUAL_RATE))


def stored(cache: Keep, question: Question, scenarios: Mapping[str, Scenario]) -> Results | None:
    """Results of a question if all of its runs are in the store."""
    runs = cache.runs
    for scenario in scenarios.values():
        for replicate in range(question.replicates):
            key = RunId(scenario.key, RULES_DIGEST, question.seed, replicate)
            if runs.get(key, ("reach",)) is None or runs.get_daily(key) is None:
                return None
    return run_scenarios(scenarios, replicates=question.replicates, seed=question.seed, workers=1, store=runs)


def first_result() -> Stored | None:
    """Results of the first question that come with the program, so that nobody opens an empty page."""
    try:
        return read_results(FIRST_RESULT)
    except InputError as error:
        log.warning("the result that comes with the program cannot be read: %s", error)
        return None


@functools.cache
def first_view() -> Component | None:
    """First result, laid out; the same for everybody, and never changed."""
    shipped = first_result()
    if shipped is None:
        return None
    rules = str(shipped.manifest["provenance"]["rules"])[: len(VERSION)]
    return result_view(shipped.results, FIRST, said=SHIPPED, rules=rules)


def get_ready() -> threading.Thread:
    """Draw what the page opens with while a browser is still on its way."""

    def work() -> None:
        with drawing_first:
            first_view()

    thread = threading.Thread(target=work, name="get-ready", daemon=True)
    thread.start()
    return thread


def _warm_up_soon(cache: Keep) -> None:
    """Warm up once the page is on its way: loading the rules would hold it back."""

    def work() -> None:
        with contextlib.suppress(RuntimeError):  # the app was closed meanwhile
            warm_up(cache)

    if cache.jobs.get(WARM_UP) is None:
        timer = threading.Timer(WARM_UP_AFTER, work)
        timer.daemon = True
        timer.start()


def warm_up(cache: Keep) -> None:
    """Load the rules, or compile them, while somebody looks at a first result."""
    if cache.jobs.get(WARM_UP) is not None:
        return

    def work(job: Job) -> Iterator[None]:
        compile_aside(job)
        yield
        run_scenarios({"small": small_scenario()}, replicates=1, workers=1)

    cache.jobs.submit(WARM_UP, work)


def compile_aside(job: Job) -> None:
    """Compile the rules in a process of its own, because compiling would keep this one from answering anybody.

    If that does not work, they are compiled here, by the first run.
    """
    if is_compiled():
        return
    job.words = "Compiling the rules, once per version: about half a minute …"
    words = "from worthsharing.dashboard.pages.whatif import small_scenario; from worthsharing.sim.run import simulate; "
    with subprocess.Popen([sys.executable, "-c", f"{words}simulate(small_scenario())"]) as process:
        while process.poll() is None:
            time.sleep(0.05)
            if job.should_stop():
                process.terminate()
                raise Cancelled


def small_scenario() -> Scenario:
    """Make a scenario that runs in no time and needs all of the rules."""
    return load_scenario("silence", settings=("world.people=50", "clock.days=1")).scenario


def _work(cache: Keep, question: Question, scenarios: Mapping[str, Scenario], job: Job) -> Iterator[Results]:
    """Run a question in turns, each with something to look at; worlds that were run before are looked up."""
    planned, started = question.replicates, time.monotonic()
    compile_aside(job)
    parts: list[Results] = []
    # a picture on the way takes as long as some seconds of worlds: what is soon done is drawn once
    soon = forecast(cache, question, scenarios) <= SOON_SECONDS
    first, count = 0, planned if soon else min(FIRST_WORLDS, planned)
    while first < planned:

        def progress(done: int, _: int, first: int = first) -> None:
            job.percent = round(100 * (first + done) / planned)
            job.words = progress_words(first + done, planned, time.monotonic() - started)

        turn = time.monotonic()
        parts.append(
            run_scenarios(
                scenarios,
                replicates=count,
                seed=question.seed,
                first=first,
                store=cache.runs,
                progress=progress,
                should_stop=job.should_stop,
            )
        )
        took = max(time.monotonic() - turn, 1e-3)
        first += count
        if first >= planned:
            cache.runs.flush()
        yield joined(parts)
        # pictures take time from the runs: each turn is longer than the one before, and what is soon done is done at once
        aim = min(LONGEST_TURN_SECONDS, TURN_SECONDS * len(parts))
        soon = took / count * (planned - first) <= LONGEST_TURN_SECONDS
        count = planned - first if soon else min(planned - first, max(1, round(count * min(8.0, aim / took))))


def learn_rate(cache: Keep, question: Question, scenarios: Mapping[str, Scenario], seconds: float) -> None:
    """Remember how long work takes here; a question that was looked up says nothing."""
    expected = forecast(cache, question, scenarios)
    rate = float(cache.get("whatif/rate", USUAL_RATE))
    if expected > 1.0 and seconds > 0.2 * expected:
        cache.set("whatif/rate", rate * seconds / expected)


def progress_words(done: int, planned: int, elapsed: float) -> str:
    """Say how far a run is and how long it still takes."""
    if done == planned:
        return f"{done:,} of {planned:,} worlds, drawing …"
    left = elapsed / done * (planned - done) if done else 0.0
    return f"{done:,} of {planned:,} worlds, {duration(left)} left"


# ---- callbacks ------------------------------------------------------------------------------------------------------


def register(app: Dash, cache: Keep) -> None:
    """Give an app the callbacks of this page."""
    levers.register(app, "whatif-changes")
    choices = [
        *(State(f"strategy-{slot}", "value") for slot in SLOTS),
        State("whatif-changes", "data"),
        State("whatif-files", "data"),
        State("whatif-network", "value"),
        State("whatif-network-file", "data"),
        State("whatif-ties", "value"),
        *(State(setting.key, "value") for setting in SETTINGS),
    ]

    @app.callback(
        Output("whatif-job", "data"),
        Output("whatif-said", "children", allow_duplicate=True),
        Output("status", "children", allow_duplicate=True),
        Output("whatif-tick", "disabled", allow_duplicate=True),
        Output("location", "search", allow_duplicate=True),
        Output("written", "data", allow_duplicate=True),
        Input("run", "n_clicks"),
        Input("whatif-more", "data"),
        State("tab", "data"),
        *choices,
        prevent_initial_call=True,
        running=[(Output("run", "disabled"), True, False)],
    )
    def run(clicks: int, more: Mapping[str, Any] | None, tab: str, *given: Any) -> tuple[Any, ...]:
        query = query_from(*given)
        if ctx.triggered_id == "whatif-more" and more:
            query |= {"replicates": more["worlds"], "looked": more["looked"]}
        elif not clicks:
            return (no_update,) * 6
        return start(cache, query, tab)

    @app.callback(
        Output("status", "children", allow_duplicate=True),
        Output("progress", "value", allow_duplicate=True),
        Output("run", "children"),
        Output("run", "disabled", allow_duplicate=True),
        Output("cancel", "disabled"),
        Output("whatif-tick", "disabled", allow_duplicate=True),
        Output("whatif-news", "data"),
        Output("whatif-tick", "interval"),
        Input("whatif-tick", "n_intervals"),
        Input("whatif-job", "data"),
        State("whatif-news", "data"),
        State("tab", "data"),
        prevent_initial_call="initial_duplicate",
    )
    def look(
        _: int | None, job: Mapping[str, Any] | None, news: Mapping[str, Any] | None, tab: str | None
    ) -> tuple[Any, ...]:
        return look_at(cache, job, news, tab or "")

    @app.callback(
        Output("result", "children", allow_duplicate=True),
        Input("whatif-news", "data"),
        prevent_initial_call=True,
    )
    def draw(news: Mapping[str, Any] | None) -> Any:
        view = picture(cache, news)
        return no_update if view is None else view

    @app.callback(
        Output("status", "children", allow_duplicate=True),
        Input("cancel", "n_clicks"),
        State("whatif-job", "data"),
        State("tab", "data"),
        prevent_initial_call=True,
    )
    def cancel(clicks: int, job: Mapping[str, Any] | None, tab: str) -> Any:
        if not clicks or not job:
            return no_update
        cache.jobs.cancel(str(job["key"]), tab)
        return "Stopping after the world that is at work …"

    @app.callback(
        Output("whatif-levers", "children"),
        Output("whatif-drawer", "opened"),
        Input({"type": "whatif-change", "owner": ALL}, "n_clicks"),
        *choices,
        prevent_initial_call=True,
    )
    def open_levers(clicks: Sequence[int], *given: Any) -> tuple[Any, Any]:
        if not ctx.triggered_id or not any(clicks):
            return no_update, no_update
        return levers_view(cache, ctx.triggered_id["owner"], query_from(*given)), True

    for slot in SLOTS:
        _register_slot(app, slot)

    @app.callback(
        Output("whatif-network", "data"),
        Output("whatif-network", "value"),
        Output("whatif-network-file", "data"),
        Output("whatif-said", "children", allow_duplicate=True),
        Input("whatif-drop-network", "contents"),
        State("whatif-drop-network", "filename"),
        State("whatif-ties", "value"),
        prevent_initial_call=True,
    )
    def drop_network(contents: str | None, name: str | None, ties: str) -> tuple[Any, ...]:
        if not contents:
            return (no_update,) * 4
        try:
            uploaded, words = take_network(cache, str(name), contents, ties)
        except InputError as error:
            return no_update, no_update, no_update, error_view([error], title="This network cannot be used")
        return network_choices(uploaded, words), DROPPED, f"{uploaded.key}{uploaded.ending}", None

    @app.callback(
        Output("whatif-download", "data"),
        Output("whatif-said", "children", allow_duplicate=True),
        Input({"type": "whatif-export", "what": ALL}, "n_clicks"),
        State("location", "search"),
        prevent_initial_call=True,
    )
    def export(clicks: Sequence[int], search: str | None) -> tuple[Any, Any]:
        if not ctx.triggered_id or not any(clicks):
            return no_update, no_update
        try:
            name, content = exported(cache, ctx.triggered_id["what"], search)
        except InputError as error:
            return no_update, error_view([error], title="This cannot be taken away")
        return dcc.send_bytes(content, name), None

    _register_in_the_browser(app)


def _register_slot(app: Dash, slot: str) -> None:
    @app.callback(
        Output(f"strategy-{slot}", "data"),
        Output(f"strategy-{slot}", "value", allow_duplicate=True),
        Output("whatif-files", "data", allow_duplicate=True),
        Output("whatif-said", "children", allow_duplicate=True),
        Input(f"whatif-drop-{slot}", "contents"),
        State(f"whatif-drop-{slot}", "filename"),
        State("whatif-files", "data"),
        prevent_initial_call=True,
    )
    def drop(contents: str | None, name: str | None, files: Mapping[str, str] | None) -> tuple[Any, ...]:
        if not contents:
            return (no_update,) * 4
        try:
            file = take_scenario(str(name), contents, SLOT_NAMES[slot])
        except InputError as error:
            said = error_view([error], title="This scenario cannot be used")
            return no_update, no_update, no_update, said
        return strategy_choices(file), DROPPED, {**(files or {}), slot: file.packed}, None


def _register_in_the_browser(app: Dash) -> None:
    slots = [Input(f"strategy-{slot}", "value") for slot in SLOTS]
    app.clientside_callback(
        ClientsideFunction("whatif", "slots"),
        *(Output(f"whatif-slot-{slot}", "className") for slot in SLOTS),
        Output("whatif-add", "disabled"),
        Output("whatif-changes", "data"),
        Output("whatif-sources", "data"),
        *slots,
        Input("whatif-files", "data"),
        State("whatif-sources", "data"),
        State("whatif-changes", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("whatif", "add"),
        *(
            Output(f"strategy-{slot}", "value", allow_duplicate=True)
            for slot in SLOTS
            if slot not in DEFAULTS
        ),
        Input("whatif-add", "n_clicks"),
        *(Input(f"whatif-remove-{slot}", "n_clicks") for slot in SLOTS if slot not in DEFAULTS),
        *(State(f"strategy-{slot}", "value") for slot in SLOTS if slot not in DEFAULTS),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        """(clicks) => (clicks ? false : window.dash_clientside.no_update)""",
        Output("whatif-drawer", "opened", allow_duplicate=True),
        Input("whatif-close", "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("whatif", "counts"),
        Output({"type": "whatif-change", "owner": ALL}, "children"),
        Input("whatif-changes", "data"),
        State({"type": "whatif-change", "owner": ALL}, "id"),
    )
    app.clientside_callback(
        ClientsideFunction("whatif", "network"),
        Output("whatif-ties-box", "className"),
        Output(PEOPLE.key, "disabled"),
        Input("whatif-network", "value"),
    )
    app.clientside_callback(
        ClientsideFunction("whatif", "more"),
        Output("whatif-more", "data"),
        Input({"type": "whatif-more", "worlds": ALL, "looked": ALL, "row": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("whatif", "copy"),
        Output("whatif-copy", "children"),
        Input("whatif-copy", "n_clicks"),
        prevent_initial_call=True,
    )
    # what stands there was run with other choices than those that are made now
    app.clientside_callback(
        ClientsideFunction("whatif", "stale"),
        Output("whatif-said-of-run", "className"),
        Output("result", "className"),
        Input("whatif-opened", "data"),
        Input("whatif-job", "data"),
        Input("whatif-changes", "data"),
        Input("whatif-files", "data"),
        Input("whatif-network", "value"),
        Input("whatif-network-file", "data"),
        Input("whatif-ties", "value"),
        *slots,
        *(Input(setting.key, "value") for setting in SETTINGS),
    )
    # what a run will be drawn with is read while it is at work, and not when it is done
    app.clientside_callback(
        ClientsideFunction("cards", "ready"), Output("status", "title"), Input("whatif-tick", "n_intervals")
    )
    # a button that is disabled loses the focus: hand it to the one that can be pressed
    app.clientside_callback(
        ClientsideFunction("whatif", "focus"),
        Output("whatif-slots", "className"),
        Input("run", "disabled"),
        prevent_initial_call=True,
    )


def query_from(*given: Any) -> dict[str, Any]:
    """Make a query of what the controls hold."""
    sources, (changes, files, network, file, ties, *numbers) = given[: len(SLOTS)], given[len(SLOTS) :]
    query: dict[str, Any] = {}
    for slot, source in zip(SLOTS, sources, strict=True):
        if source:
            query[slot] = f"{DROPPED}{(files or {}).get(slot, '')}" if source == DROPPED else source
            query[f"{slot}_set"] = written((changes or {}).get(slot) or {})
    query["all_set"] = written((changes or {}).get(SHARED) or {})
    query["network"] = file if network == DROPPED else network
    query["ties"] = ties if network == DROPPED else "mutual"
    return query | {setting.key: value for setting, value in zip(SETTINGS, numbers, strict=True)}


def start(cache: Keep, query: Mapping[str, Any], tab: str) -> tuple[Any, ...]:
    """Answer a press on Run: the job, what is wrong, the status, whether to stop looking, and the address.

    What was run before stays in sight beside what is wrong.
    """
    question, errors = question_from(query)
    try:
        if errors:
            raise errors[0]
        scenarios = scenarios_of(question, folder_of(cache))
        check_size(cache, question, scenarios)
    except InputError as error:
        return no_update, error_view(errors or [error]), "Nothing was run.", True, no_update, no_update
    key = key_of(question, scenarios)

    def work(job: Job) -> Iterator[Results]:
        yield from _work(cache, question, scenarios, job)
        learn_rate(cache, question, scenarios, job.seconds)

    cache.jobs.submit(key, work, tab)
    search = search_of(question)
    job = {"key": key, "search": search, "run": uuid.uuid4().hex}
    return job, None, "Starting …", False, search, f"{PATH}{search}"


def check_size(cache: Keep, question: Question, scenarios: Mapping[str, Scenario]) -> None:
    """Raise `InputError` for what would keep this computer busy for hours."""
    seconds = forecast(cache, question, scenarios)
    if seconds <= MOST_SECONDS:
        return
    fits = int(question.replicates * MOST_SECONDS / seconds)
    right = (
        f"take {fits:,} worlds or fewer, or fewer people or days"
        if fits >= 2
        else "take fewer people or days, or a smaller network"
    )
    raise InputError(
        "Size",
        f"this would take about {duration(seconds)} here, and the page takes runs of up to {duration(MOST_SECONDS)}",
        f"{right}; or take the scenario files away and run `{command_of(question)[:160]}`",
    )


def look_at(
    cache: Keep, tab_job: Mapping[str, Any] | None, news: Mapping[str, Any] | None, tab: str = ""
) -> tuple[Any, ...]:
    """Answer a look at a job.

    Returns status, progress, label of Run, whether Run and Cancel rest, whether to stop looking, news, and milliseconds to
    the next look: the more people wait, the longer, since looking takes time from their runs.
    """
    if not tab_job:
        return (no_update,) * 8
    job = cache.jobs.get(str(tab_job["key"]), tab)
    if job is None:  # the app was started again meanwhile
        return "That run is gone; press Run again.", 0, "Run", False, True, True, no_update, POLL
    # read once: it may end while it is looked at, and its end must be told together with the end of looking
    state = job.state
    fresh = {**tab_job, "shows": shown_of(job, state), "version": job.version}
    told = fresh if fresh != news else no_update
    if state not in GOING:
        return status_of(job), 100 if job.state == "done" else 0, "Run", False, True, True, told, POLL
    if tab in job.left and not job.should_stop():
        return "Cancelled here; it goes on for somebody else.", 0, "Run", False, True, True, no_update, POLL
    ahead, others = cache.jobs.ahead_of(job), cache.jobs.others(job)
    if state == "waiting":
        warming = cache.jobs.get(WARM_UP)
        words = f"Waiting: {ahead} run{'s' if ahead != 1 else ''} before yours" if ahead else "Starting …"
        if warming is not None and not warming.is_over:
            words = warming.words or "Starting …"
    else:
        words = job.words or "Starting …"
        words += f", taking turns with {others} other{'s' if others != 1 else ''}" if others else ""
    return words, job.percent, "Running", True, False, False, told, min(2000, POLL * (1 + others // 2))


def shown_of(job: Job, state: JobState) -> str:
    """What there is to show of a job: its worlds stay as they were drawn when it ends after them."""
    if state in ("refused", "failed"):
        return state
    if state == "cancelled":
        return "nothing" if job.value is None else "worlds until cancelled"
    return "nothing yet" if job.value is None else "worlds"


def status_of(job: Job) -> str:
    """Say how a job ended."""
    if job.state == "done":
        return f"Done: {job.value.replicates:,} worlds in {duration(job.seconds)}."
    if job.state == "cancelled":
        return "Cancelled: this is what the worlds so far say." if job.value else "Cancelled."
    return "Nothing was run." if job.state == "refused" else "The run broke off."


def picture(cache: Keep, news: Mapping[str, Any] | None) -> Component | None:
    """Draw what a job has to show; None if there is nothing new."""
    job = cache.jobs.get(str(news["key"])) if news else None
    if news is None or job is None:
        return None
    if news["shows"] == "refused":
        return error_view(job.errors)
    if news["shows"] == "failed":
        return failure_view(job.reason)
    results: Results | None = job.value
    if results is None:
        return empty() if news["shows"] == "nothing" else loading_view("The first worlds are being run")
    question, _ = question_from(query_of(news["search"]))
    if results.replicates >= question.replicates:
        return result_view(results, question)
    if news["shows"] == "worlds until cancelled":
        said = f"Cancelled after {results.replicates:,} of {question.replicates:,} worlds."
        return result_view(results, question, said=said)
    return result_view(results, question, planned=question.replicates)


def levers_view(cache: Keep, owner: str, query: Mapping[str, Any]) -> Component:
    """Answer a press on Change: the controls under their title."""
    question, _ = question_from({key: value for key, value in query.items() if not key.endswith("_set")})
    changed, _ = question_from(query)
    changes: Mapping[str, Any] = changed.shared
    strategy, title = question.strategies["a"], "People and rules, the same for all strategies"
    if owner != SHARED:
        strategy = question.strategies.get(owner, Strategy("silence"))
        title = f"{SLOT_NAMES[owner]}: {plain(strategy.base_name)}"
        changes = changed.strategies[owner].changes if owner in changed.strategies else {}
    try:
        scenario = scenario_of(strategy, {}, folder_of(cache), SLOT_NAMES.get(owner, "People and rules"))
        view = levers.drawer_view(owner, scenario, changes, "whatif-changes")
    except InputError as error:
        view = error_view([error])
    return html.Div(
        [
            html.Div(
                [
                    html.H2(title, className="drawer-title"),
                    dmc.ActionIcon(
                        html.Span(className="icon icon-close", **aria(hidden="true")),
                        id="whatif-close",
                        variant="subtle",
                        color="gray",
                        size="lg",
                        n_clicks=0,
                        **aria(label="Close"),
                    ),
                ],
                className="card-head",
            ),
            view,
        ]
    )


# ---- files ----------------------------------------------------------------------------------------------------------


def content_of(contents: str, name: str, most: int) -> bytes:
    """Bytes of a dropped file; raises `InputError` when it is too large or empty."""
    try:
        content = base64.b64decode(contents.partition(",")[2], validate=True)
    except (ValueError, binascii.Error):
        raise InputError(name, "did not arrive whole", "drop it again") from None
    if not content:
        raise InputError(name, "is empty", "choose another file")
    if len(content) > most:
        raise InputError(name, f"holds {len(content):,} bytes", f"at most {most:,} are taken here")
    return content


def take_scenario(name: str, contents: str, where: str) -> File:
    """Take a dropped scenario file, checked by the schema; raises `InputError` in words of the page."""
    shown = file_name(name)
    content = content_of(contents, shown, MAX_FILE_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(shown, f"is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None
    file = File(shown, text)
    with tempfile.TemporaryDirectory() as folder:
        try:
            scenario_of(Strategy(file), {"world.network": "friends"}, Path(folder), where)
        except InputError as error:
            raise InputError(
                error.where.replace(f"{where} ({plain(shown)})", f"{shown}.toml"), error.wrong, error.right
            ) from None
    if len(file.packed) > MOST_LINK:
        raise InputError(shown, "is too large for the address of this page", "use it with the command line")
    return file


def take_network(cache: Keep, name: str, contents: str, ties: str) -> tuple[Uploaded, str]:
    """Take a dropped network: keep it, read it once, and say how large it is; raises `InputError`."""
    shown = Path(name.replace("\\", "/")).name[:80] or "network"
    content = content_of(contents, shown, MOST_NETWORK_BYTES)
    uploaded = keep_network(shown, content, folder_of(cache))
    file = network_file(uploaded, folder_of(cache))
    settings = (f'world.network="{file}"', f'world.ties="{ties}"')
    try:
        from_file = network_of(load_scenario("silence", settings=settings).scenario)
    except InputError as error:
        file.unlink(missing_ok=True)
        place = error.where.replace(str(file), shown).replace("world.network: ", "")
        raise InputError(place, error.wrong, error.right) from None
    people, count = from_file
    words = f"{shown[:40]}, {people:,} people, {count:,} ties"
    cache.set(
        f"whatif/network/{uploaded.key}", {"people": people, "ties": count, "words": words, "name": shown}
    )
    return uploaded, words


def network_of(scenario: Scenario) -> tuple[int, int]:
    """People and ties of the network of a scenario."""
    network = build_network(scenario, 0)
    return int(network.people), int(network.ties)


def exported(cache: Keep, what: str, search: str | None) -> tuple[str, bytes]:
    """Make what somebody takes away of the what-if of an address: name and content of a file."""
    question, errors = question_from(query_of(search))
    if errors:
        raise errors[0]
    scenarios = scenarios_of(question, folder_of(cache))
    files = file_names(question)
    network = f"network{question.network.ending}" if isinstance(question.network, Uploaded) else ""
    packed: dict[str, bytes] = {
        files[name]: toml_of(scenario, network=network).encode() for name, scenario in scenarios.items()
    }
    if isinstance(question.network, Uploaded):
        packed[network] = network_file(question.network, folder_of(cache)).read_bytes()
    if what == "scenarios":
        packed["README.txt"] = f"{command_of(question)}\n".encode()
        return "worthsharing-scenarios.zip", zipped(packed)
    results = with_looks(answer(cache, question, scenarios), question.looked)
    with tempfile.TemporaryDirectory() as folder:
        made = write_results(folder, results, compare(results), command_of(question), csv=True)
        contents = {file.name: file.read_bytes() for file in made}
    if what == "brief":
        return "worthsharing-brief.html", contents["report.html"]
    return "worthsharing-data.zip", zipped({**packed, **contents})


def answer(cache: Keep, question: Question, scenarios: Mapping[str, Scenario]) -> Results:
    """Find the results of a question, or of its worlds until it was cancelled; raises `InputError` if there are none."""
    job = cache.jobs.get(key_of(question, scenarios))
    if job is not None and job.value is not None and job.state in ("done", "cancelled"):
        return job.value
    found = stored(cache, question, scenarios)
    if found is None and question == FIRST:
        shipped = first_result()
        if shipped is not None and shipped.manifest["provenance"]["rules"] == RULES_DIGEST:
            found = shipped.results
    if found is None:
        raise InputError("This what-if", "has not been run to its end", "press Run, and take it away then")
    return found


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """Pack files; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
