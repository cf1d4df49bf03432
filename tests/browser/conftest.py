"""What tests in a real Chromium share: one browser, one app, and visits that record what a page asks and complains of."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PICTURES = Path(__file__).parents[2] / "test-output"
PATIENCE = 90_000  # milliseconds: the rules may have to be compiled first


class Visit:
    """One page with a record of what it asked for and what it complained of."""

    def __init__(
        self,
        browser: Any,
        *,
        width: int = 1280,
        height: int = 800,
        scheme: str = "light",
        offline: bool = False,
    ):
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
            offline=offline,
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console", lambda message: self.errors.append(message.text) if message.type == "error" else None
        )

    def open(self, address: str, wait_for: str = "#run") -> Any:
        self.page.goto(address)
        self.page.wait_for_selector(wait_for)
        return self.page

    def picture(self, name: str, *, full: bool = False) -> None:
        self.page.wait_for_timeout(400)
        self.page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=full)

    def check(self, *addresses: str) -> None:
        """Nothing was asked of anybody else, nothing broke, nobody is shut out, nothing runs out of the window."""
        outside = [url for url in self.requests if not url.startswith((*addresses, "data:", "blob:"))]
        assert outside == []
        assert self.errors == []
        self.check_accessible()
        assert self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

    def check_accessible(self) -> None:
        axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="install .[browser]")
        found = axe.Axe().run(self.page)
        assert found.violations_count == 0, found.generate_report()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="install .[browser]")
    chromium = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
        None,
    )
    if chromium is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    PICTURES.mkdir(exist_ok=True)
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium, args=FLAGS)
        # what is looked for may still be on its way on a busy machine: nothing is judged at first sight
        playwright.expect.set_options(timeout=PATIENCE)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visit]]:
    """Make visits that end with the test."""
    made: list[Visit] = []

    def make(**options: Any) -> Visit:
        made.append(Visit(browser, **options))
        return made[-1]

    yield make
    for one in made:
        one.context.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an app with a cache of its own."""
    pytest.importorskip("waitress")
    from worthsharing.dashboard.app import create_app, server_of

    app = create_app(tmp_path_factory.mktemp("cache"))
    listener = socket.create_server(("127.0.0.1", 0))
    server = server_of(app, listener)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.close()
