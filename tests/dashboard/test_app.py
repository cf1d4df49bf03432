"""The app is made by a factory: two in one process share nothing, and wrong places are refused in words."""

import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from dash import Dash, html

from worthsharing.dashboard import app as module
from worthsharing.dashboard.app import address_of, create_app, page_at, query_of, serve, server_of
from worthsharing.dashboard.classroom import Classroom
from worthsharing.experiments.page import plotly_js
from worthsharing.sim.errors import InputError


@pytest.fixture
def app(tmp_path: Path) -> Dash:
    return create_app(tmp_path / "cache")


def dependencies(app: Dash) -> list[tuple[str, tuple[str, ...]]]:
    answer = app.server.test_client().get("/_dash-dependencies").get_json()
    return [
        (one["output"], tuple(f"{given['id']}.{given['property']}" for given in one["inputs"]))
        for one in answer
    ]


def test_two_apps_in_one_process_have_the_same_callbacks_each(tmp_path: Path) -> None:
    one = create_app(tmp_path / "one")
    first = dependencies(one)
    two = create_app(tmp_path / "two")
    assert dependencies(two) == dependencies(one) == first
    assert len(first) >= 7
    assert one.server is not two.server


def test_the_page_says_its_language_and_asks_nobody_else(app: Dash) -> None:
    page = app.server.test_client().get("/").get_data(as_text=True)
    assert '<html lang="en">' in page
    assert "Skip to the content" in page
    assert "https://" not in page
    assert "http://" not in page


def test_plotly_is_sent_for_at_once_where_charts_come_first(app: Dash) -> None:
    visitor = app.server.test_client()
    sent_for = f'<link rel="preload" as="script" href="{module.PLOTLY}">'
    assert sent_for in visitor.get("/").get_data(as_text=True)
    assert sent_for not in visitor.get("/watch").get_data(as_text=True)
    assert visitor.get(module.PLOTLY).get_data(as_text=True) == plotly_js()  # from where Dash sends for it


def test_the_app_starts_without_what_takes_seconds_to_import() -> None:
    slow = (
        "mesa",
        "networkx",
        "scipy.stats",
        "scipy.optimize",
        "scipy.interpolate",
        "optuna",
        "SALib",
        "distributed",
    )
    words = f"import sys, worthsharing.dashboard.app; print([name for name in {slow} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_style_and_icons_come_with_the_app(app: Dash) -> None:
    page = app.server.test_client().get("/").get_data(as_text=True)
    assert "assets/style.css" in page
    style = (Path(module.__file__).parent / "assets" / "style.css").read_text(encoding="utf-8")
    assert style.count("url(") == style.count('url("data:image/svg+xml,')


def test_an_unknown_page_leads_back(tmp_path: Path) -> None:
    import diskcache

    found = str(page_at("/nowhere", "", diskcache.Cache(str(tmp_path))))
    assert "There is no such page" in found


@pytest.mark.parametrize(
    ("search", "query"),
    [
        (None, {}),
        ("", {}),
        ("?people=5&people=6", {"people": "6"}),
        ("?a=&b=%20x", {"a": "", "b": " x"}),
        ("?__class__=1&not-a-name=2", {"__class__": "1"}),
        ("?" + "&".join(f"k{number}=1" for number in range(99)), {}),
    ],
)
def test_queries_are_read_without_trust(search: str | None, query: dict[str, str]) -> None:
    assert query_of(search) == query


def test_a_port_in_use_is_refused_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match="cannot listen there") as error:
            serve(port=port, open_browser=False)
    assert str(port) in str(error.value)
    assert "choose another port" in str(error.value)


def test_a_visitor_is_let_in_beside_many_others(app: Dash) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    server = server_of(app, listener)
    threading.Thread(target=server.run, daemon=True).start()
    others = [socket.create_connection(listener.getsockname()) for _ in range(6 * 30)]
    try:
        for one in others:  # each asks for something and stays, as browsers do
            one.sendall(b"GET /_dash-dependencies HTTP/1.1\r\nHost: here\r\n\r\n")
        for one in others:
            one.settimeout(20.0)
            assert one.recv(12) == b"HTTP/1.1 200"
    finally:
        for one in others:
            one.close()
        server.close()


def test_the_terminal_says_in_a_whole_sentence_who_is_let_in() -> None:
    room = Classroom("marketing-2", "key")
    assert module._open_to(room) == "only this machine is let in; start with --host 0.0.0.0 for your students"
    known = Classroom("marketing-2", "key", address="http://192.0.2.7:80/lessons")
    assert module._open_to(known) == "students open http://192.0.2.7:80/lessons"


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.77"])
def test_a_host_that_is_not_here_is_refused_in_words(host: str) -> None:
    with pytest.raises(InputError, match=host):
        serve(host=host, open_browser=False)


def test_a_cache_folder_that_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be used to keep results"):
        create_app(tmp_path / "file")


def test_pages_are_added_by_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registered = []
    page = SimpleNamespace(
        PATH="/moon",
        TITLE="Moon",
        layout=lambda cache, **query: html.Div(f"{type(cache).__name__} {query}"),
        register=lambda app, cache: registered.append((app, cache)),
    )
    monkeypatch.setattr(module, "PAGES", (*module.PAGES, page))
    app = create_app(tmp_path / "cache")
    assert [one for one, _ in registered] == [app]
    shell = str(app.layout())
    assert "'/moon'" in shell
    assert shell.index("'What if'") < shell.index("'Moon'")
    assert str(page_at("/moon/", "?day=3", registered[0][1])) == "Div(\"Keep {'day': '3'}\")"


def test_what_a_page_writes_into_the_address_is_not_taken_for_another_page() -> None:
    assert address_of("/", "?a=b") == "/?a=b"
    assert address_of("/moon/", None) == "/moon" != address_of("/", None) == "/"
