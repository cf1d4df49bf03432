"""The first page in a real Chromium: run, cancel, reload, be refused; no violation, no request to anywhere else."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="install .[browser]")
axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright", reason="install .[browser]")
waitress = pytest.importorskip("waitress")

from worthsharing.dashboard.app import create_app  # noqa: E402
from worthsharing.experiments.compare import compare  # noqa: E402
from worthsharing.experiments.execute import run_scenarios  # noqa: E402
from worthsharing.experiments.report import write_report  # noqa: E402
from worthsharing.sim.scenario import load_scenario  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PICTURES = Path(__file__).parents[2] / "test-output"
SMALL = "?people=150&days=10&replicates=6"
PATIENCE = 90_000  # milliseconds: the rules may have to be compiled first

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    app = create_app(tmp_path_factory.mktemp("cache"))
    server = waitress.create_server(app.server, host="127.0.0.1", port=0, threads=8)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}/"
    server.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    PICTURES.mkdir(exist_ok=True)
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


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

    def open(self, address: str) -> Any:
        self.page.goto(address)
        self.page.wait_for_selector("#run")
        return self.page

    def picture(self, name: str, *, full: bool = False) -> None:
        self.page.wait_for_timeout(500)
        self.page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=full)

    def check(self, address: str) -> None:
        """Nothing was asked of anybody else, nothing broke, nobody is shut out."""
        outside = [url for url in self.requests if not url.startswith((address, "data:", "blob:"))]
        assert outside == []
        assert self.errors == []
        self.check_accessible()

    def check_accessible(self) -> None:
        found = axe_playwright.Axe().run(self.page)
        assert found.violations_count == 0, found.generate_report()


def is_done(page: Any) -> None:
    page.wait_for_function("document.querySelector('#status').innerText.startsWith('Done')")
    page.wait_for_selector("#run:not([disabled])")
    page.wait_for_selector("#outcomes")
    page.wait_for_function("document.querySelectorAll('.plot .main-svg').length >= 8")
    page.wait_for_function("!document.querySelector('#result').innerText.includes('worlds so far')")


def test_run_a_comparison_and_come_back_to_it(address: str, browser: Any) -> None:
    visit = Visit(browser)
    page = visit.open(address)
    assert page.inner_text("#result h2") == "Nothing has been run yet"
    visit.picture("whatif-empty")
    assert not page.is_disabled("#run")
    assert page.is_disabled("#cancel")
    assert not [
        url for url in visit.requests if "cancelJob" in url or "job=" in url
    ]  # no job without a press on Run
    visit.check(address)

    for field, value in (("people", "150"), ("days", "10"), ("replicates", "6")):
        page.fill(f"#{field}", value)
    page.press("#replicates", "Tab")
    page.click("#run")
    is_done(page)
    assert page.url == address + SMALL
    assert "Be worth sharing" in page.inner_text(".sentence")
    assert "6 worlds" in page.inner_text(".verdict")
    assert page.locator("#outcomes tbody tr").count() == 10
    assert page.locator(".plot .main-svg").count() >= 8
    for summary in page.locator("summary").all():
        summary.click()
    assert page.get_by_text("Day 10").first.is_visible()
    assert page.get_by_text("Share chart").count() == 0
    visit.picture("whatif-done", full=True)
    visit.check(address)

    numbers = page.inner_text("#outcomes")
    again = Visit(browser, width=1920, height=1080, scheme="dark")
    page = again.open(address + SMALL)
    page.wait_for_selector("#outcomes")
    page.wait_for_function("document.querySelectorAll('.plot .main-svg').length >= 8")
    assert page.inner_text("#outcomes") == numbers
    assert page.input_value("#people") == "150"
    page.get_by_text("Side by side", exact=True).click()
    again.picture("whatif-dark-1920")
    again.check(address)
    page.click("#scheme")
    page.wait_for_function("document.documentElement.dataset.mantineColorScheme === 'light'")
    again.picture("whatif-switched-1920", full=True)
    again.check(address)


def test_the_address_says_what_is_shown_and_back_goes_back(address: str, browser: Any) -> None:
    visit = Visit(browser)
    page = visit.open(address + SMALL)
    page.wait_for_selector("#run")
    for worlds in ("3", "4"):
        page.fill("#replicates", worlds)
        page.press("#replicates", "Tab")
        page.click("#run")
        page.wait_for_function(
            f"document.querySelector('#status').innerText.startsWith('Done: {worlds} worlds')"
        )
        page.wait_for_function(f"location.search.includes('replicates={worlds}')")
        page.wait_for_selector("#run:not([disabled])")
    page.go_back()
    page.wait_for_function("document.querySelector('#replicates').value === '3'")
    page.wait_for_function("document.querySelector('.verdict').innerText.includes('3 worlds')")
    visit.check(address)


def test_cancel_a_long_run(address: str, browser: Any) -> None:
    visit = Visit(browser)
    page = visit.open(address + "?replicates=1000&seed=77")
    page.click("#run")
    page.wait_for_selector("#cancel:not([disabled])")
    assert page.is_disabled("#run")
    page.wait_for_function(
        "document.activeElement.id === 'cancel'"
    )  # the keyboard is not lost with the disabled button
    page.wait_for_selector(".sentence")
    assert "so far" in page.inner_text(".verdict")
    assert "left" in page.inner_text("#status")
    visit.picture("whatif-running")
    visit.check(address)
    page.click("#cancel")
    page.wait_for_selector("#run:not([disabled])")
    page.wait_for_function("document.querySelector('#status').innerText.startsWith('Cancelled')")
    page.wait_for_timeout(1500)
    assert page.inner_text("#status").startswith("Cancelled")
    visit.picture("whatif-cancelled")
    visit.check(address)


def test_wrong_input_is_explained_in_place(address: str, browser: Any) -> None:
    visit = Visit(browser)
    page = visit.open(address)
    page.fill("#people", "1")
    page.press("#people", "Tab")
    page.click("#run")
    page.wait_for_selector("[role=alert]")
    page.wait_for_selector("#run:not([disabled])")
    assert "People: 1 is out of bounds" in page.inner_text("[role=alert]")
    visit.picture("whatif-error")
    visit.check(address)

    hostile = Visit(browser)
    page = hostile.open(
        address + "?people=%3Cscript%3Ealert(1)%3C/script%3E&a=../../etc/passwd&days=1e9&seed=-1"
    )
    said = page.inner_text("[role=alert]")
    assert "'<script>alert(1)</script>' is not a whole number" in said
    assert "'../../etc/passwd' is not a scenario" in said
    hostile.check(address)


def test_reachable_by_keyboard(address: str, browser: Any) -> None:
    visit = Visit(browser)
    page = visit.open(address)
    reached = []
    for _ in range(24):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.innerText"))
    assert reached[0] == "Skip to the content"
    for wanted in ("scheme", "strategy-a", "strategy-b", "people", "days", "replicates", "seed", "run"):
        assert wanted in reached
    page.locator("[aria-label='About people']").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Number of people").wait_for()
    visit.picture("whatif-help")


def test_the_report_needs_no_network(browser: Any, tmp_path: Path) -> None:
    names = ("customers_as_marketing_department", "be_worth_sharing", "silence")
    settings = ("world.people=150", "clock.days=10")
    scenarios = {name: load_scenario(name, settings=settings).scenario for name in names}
    results = run_scenarios(scenarios, replicates=3, workers=1)
    file = write_report(tmp_path / "report.html", results, compare(results), "worthsharing compare …", {})
    for scheme in ("light", "dark"):
        visit = Visit(browser, scheme=scheme, offline=True)
        visit.page.goto(file.as_uri())
        visit.page.wait_for_function("document.querySelectorAll('.plot .main-svg').length >= 8")
        assert [url for url in visit.requests if not url.startswith(("file:", "data:", "blob:"))] == []
        assert visit.errors == []
        visit.picture(f"report-{scheme}", full=True)
        visit.check_accessible()
        assert visit.page.get_by_text("Share chart").count() == 0
    visit.page.pdf(path=str(PICTURES / "report.pdf"))
