"""The app: a factory without process-wide state, its shell, its router over pages, and its server."""

import ipaddress
import logging
import socket
import threading
import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import Any

import dash
import dash_mantine_components as dmc
import diskcache
import flask
import platformdirs
import waitress
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from worthsharing.dashboard import cards
from worthsharing.dashboard.classroom import Classroom
from worthsharing.dashboard.controls import aria
from worthsharing.dashboard.keep import Keep
from worthsharing.dashboard.pages import lessons, sweeps, trial, watch, whatif
from worthsharing.dashboard.question import query_of
from worthsharing.experiments.page import plotly_js
from worthsharing.experiments.store import default_folder
from worthsharing.sim.errors import InputError

# each has PATH, TITLE, layout(cache, **query) and register(app, cache); its ids and its styles begin with a name of its own
PAGES: tuple[Any, ...] = (whatif, watch, sweeps, trial, lessons)
NAME = "worthsharing"
MOST_REQUEST_BYTES = 48_000_000  # a dropped network of 25 MB, as letters, and what comes with it
MOST_CONNECTIONS = 2_000  # of more than three hundred visitors
THEME = {
    "primaryColor": "indigo",
    "primaryShade": 8,
    "fontFamily": "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
    "defaultRadius": "md",
    "cursorType": "pointer",
}
INDEX = """<!doctype html>
<html lang="en">
<head>
{%metas%}
<title>{%title%}</title>
{%favicon%}
{%css%}
</head>
<body>
<a class="skip-link" href="#content">Skip to the content</a>
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""

# where charts come first, plotly.js is sent for at once: Dash sends for it only when it meets a chart. At its address
# stands the part of it that draws this app's charts, which a browser reads in a third of the time
PLOTLY = "/_dash-component-suites/plotly/package_data/plotly.min.js"

log = logging.getLogger("worthsharing")


class _App(Dash):
    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]  # Dash calls it by names alone
        if flask.request.path == whatif.PATH:  # opens with charts
            parts["css"] += f'<link rel="preload" as="script" href="{self.get_relative_path(PLOTLY)}">'
        return str(super().interpolate_index(**parts))


def create_app(
    cache_folder: str | Path | None = None,
    *,
    opens_folders: bool = False,
    classroom: Classroom | None = None,
) -> Dash:
    """Make an app of its own: its callbacks, its background jobs and its results belong to no other.

    cache_folder: where finished results and running jobs are kept; in the user's cache folder by default
    opens_folders: whether visitors may name folders of this machine to be opened
    classroom: the class that is being taught; nobody's by default
    """
    folder = Path(cache_folder) if cache_folder is not None else default_cache_folder()
    runs = default_folder() if cache_folder is None else None
    cache = Keep(folder, runs=runs, opens_folders=opens_folders, classroom=classroom)
    # Flask cannot find the root of a mapped package by its name, and is told where things are
    here = Path(__file__).parent
    server = flask.Flask(
        "worthsharing_app", root_path=str(here), instance_path=str(folder.resolve()), static_folder=None
    )
    server.config["MAX_CONTENT_LENGTH"] = MOST_REQUEST_BYTES
    server.config["KEEP"] = cache
    app = _App(
        "worthsharing_app",
        server=server,  # type: ignore[arg-type]  # Dash takes one, its types do not say so
        assets_folder=str(here / "assets"),
        index_string=INDEX,
        meta_tags=[
            {"name": "viewport", "content": "width=device-width, initial-scale=1"},
            {"name": "description", "content": "An agent-based simulator of social campaigns"},
        ],
        serve_locally=True,
        suppress_callback_exceptions=True,
        title=NAME,
        update_title=None,  # type: ignore[arg-type]  # documented: the title stays
    )
    server.add_url_rule(PLOTLY, "plotly_js", _plotly_js)
    app.layout = _shell
    _register_router(app, cache)
    cards.register(app)
    for page in PAGES:
        page.register(app, cache)
    return app


def _plotly_js() -> flask.Response:
    sent = flask.Response(plotly_js(), mimetype="text/javascript")
    sent.cache_control.max_age = 31_536_000
    return sent


def default_cache_folder() -> Path:
    """Folder in the user's cache folder where the app keeps results and jobs."""
    return Path(platformdirs.user_cache_dir("worthsharing")) / "app"


def serve(
    host: str = "127.0.0.1", port: int | None = None, open_browser: bool = True, class_code: str | None = None
) -> None:
    """Serve the app until it is interrupted.

    port: a free one is chosen if none is given
    class_code: of a class that is taught with it; its lessons share worlds and forecasts

    Raises `InputError` when the port is taken, the host is not one of this machine, or the code is none.
    """
    classroom = Classroom(class_code or "")
    listener = _listen(host, port)
    chosen = listener.getsockname()[1]
    shown = f"[{host}]" if ":" in host else "127.0.0.1" if host in {"0.0.0.0", ""} else host
    address = f"http://{shown}:{chosen}/"
    let_in = not _is_loopback(listener)
    if let_in and not classroom.alone:
        classroom = replace(
            classroom, address=f"http://{_address_of_this_machine(listener)}:{chosen}/lessons"
        )
    app = create_app(opens_folders=not let_in and classroom.alone, classroom=classroom)
    whatif.get_ready()
    print(f"worthsharing is open at {address} (stop it with Ctrl-C)", flush=True)
    if not classroom.alone:
        print(f"class {classroom.code}: {_open_to(classroom)}", flush=True)
        print(f"the lecturer's page: {address}lessons?lecturer={classroom.key}", flush=True)
    if open_browser:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        server_of(app, listener).run()
    finally:
        listener.close()
        app.server.config["KEEP"].jobs.close()  # a run that is at work ends with its world


def server_of(app: Dash, listener: socket.socket) -> Any:
    """Make the web server of an app; `run` serves until it is interrupted.

    A browser keeps six connections open for each visitor: as many as waitress allows if nothing is said, 100, are not
    enough for twenty, and the next visitor would wait for ever.
    """
    return waitress.create_server(
        app.server,
        sockets=[listener],
        threads=8,
        connection_limit=MOST_CONNECTIONS,
        asyncore_use_poll=True,  # `select` knows no more than 1,024 files
    )


def _open_to(classroom: Classroom) -> str:
    if classroom.address:
        return f"students open {classroom.address}"
    return "only this machine is let in; start with --host 0.0.0.0 for your students"


def _address_of_this_machine(listener: socket.socket) -> str:
    """Address at which others find this machine, as far as it can be known."""
    bound = str(listener.getsockname()[0])
    if not ipaddress.ip_address(bound).is_unspecified:
        return f"[{bound}]" if ":" in bound else bound
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.connect(
                ("192.0.2.1", 9)
            )  # an address of nobody; nothing is sent, the system only picks a way out
            return str(asking.getsockname()[0])
    except OSError:
        return socket.gethostname()


def _is_loopback(listener: socket.socket) -> bool:
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def _listen(host: str, port: int | None) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise InputError(
            f"--host {host}", f"is no address: {error.strerror or error}", "for example 127.0.0.1"
        ) from None
    try:
        listener.bind((host, port or 0))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        where = f"--host {host} --port {port or 0}"
        reason = getattr(error, "strerror", None) or str(error)
        right = "choose another port, or leave --port away and a free one is taken"
        raise InputError(where, f"cannot listen there: {reason[:1].lower()}{reason[1:]}", right) from None
    return listener


# ---- the shell ------------------------------------------------------------------------------------------------------


def _shell() -> Component:
    links = [
        dmc.Anchor(page.TITLE, href=page.PATH, className="nav-link", underline="never") for page in PAGES
    ]
    return dmc.MantineProvider(
        [
            dcc.Location(id="location", refresh=False),
            dcc.Store(id="written", storage_type="memory"),  # the address that a page wrote itself
            dcc.Store(id="tab", storage_type="session"),  # the name of this tab, see shell.js
            dcc.Store(id="titles", data={page.PATH: page.TITLE for page in PAGES}),
            dmc.AppShell(
                [
                    dmc.AppShellHeader(
                        html.Div(
                            [
                                dmc.Anchor(
                                    [
                                        html.Span(className="logo", **aria(hidden="true")),
                                        html.Span(NAME, className="brand-name"),
                                    ],
                                    href="/",
                                    className="brand",
                                    underline="never",
                                    **aria(label=f"{NAME}, first page"),
                                ),
                                html.Nav(links, className="nav", **aria(label="Pages")),
                                dmc.ColorSchemeToggle(
                                    id="scheme",
                                    lightIcon=html.Span(className="icon icon-sun", **aria(hidden="true")),
                                    darkIcon=html.Span(className="icon icon-moon", **aria(hidden="true")),
                                    variant="default",
                                    size="lg",
                                    **aria(label="Switch between light and dark"),
                                ),
                            ],
                            className="header",
                        )
                    ),
                    dmc.AppShellMain(html.Div(id="page"), id="content", tabIndex=-1),
                ],
                header={"height": 54},
                padding=0,
            ),
        ],
        theme=THEME,
        defaultColorScheme="auto",
    )


def _register_router(app: Dash, cache: diskcache.Cache) -> None:
    @app.callback(
        Output("page", "children"),
        Output("written", "data", allow_duplicate=True),
        Input("location", "pathname"),
        Input("location", "search"),
        State("written", "data"),
        prevent_initial_call="initial_duplicate",
    )
    def show_page(pathname: str | None, search: str | None, written: str | None) -> tuple[Any, Any]:
        if written is not None and address_of(pathname, search) == written:
            return (
                dash.no_update,
                dash.no_update,
            )  # the page put this into the address itself, and shows it already
        return page_at(pathname, search, cache), None

    app.clientside_callback(
        ClientsideFunction("shell", "tab"),
        Output("tab", "data"),
        Input("location", "pathname"),
        State("tab", "data"),
    )
    # the page that is open: in the title of the window, in the navigation, and from its top on
    app.clientside_callback(
        ClientsideFunction("shell", "arrived"),
        Output("content", "className"),
        Input("location", "pathname"),
        State("titles", "data"),
    )


def address_of(pathname: str | None, search: str | None) -> str:
    """Path and query as one text: what a page keeps in `written` when it writes the query of the address itself."""
    return f"/{(pathname or '/').strip('/')}{search or ''}"


def page_at(pathname: str | None, search: str | None, cache: diskcache.Cache) -> Component:
    """Lay out the page at a path, with what its query says."""
    path = address_of(pathname, "")
    for page in PAGES:
        if path == page.PATH:
            return page.layout(cache, **query_of(search))
    return dmc.Container(
        [
            dmc.Title("There is no such page", order=1, mt="xl"),
            dmc.Text(f"Nothing is at {path[:80]}.", c="dimmed", my="md"),
            dmc.Anchor("Go to the first page", href="/"),
        ],
        size="lg",
    )
