"""The report of a trial in a real Chromium: opened from the disk, with no network, it works and shuts nobody out."""

from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="install .[browser]")
axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright", reason="install .[browser]")

from worthsharing.experiments.claims import CLAIMS  # noqa: E402
from worthsharing.experiments.results import write_trial  # noqa: E402
from worthsharing.experiments.trial import Plan, run_trial, space_of  # noqa: E402

PICTURES = Path(__file__).parents[2] / "test-output"
PLAN = Plan(
    (CLAIMS["E1.1"], CLAIMS["E2.1"]),
    replicates=4,
    points=26,
    replicates_per_point=2,
    people=150,
    people_per_point=100,
    days=14,
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trial")
    files = write_trial(folder, run_trial(PLAN, workers=1), space_of(PLAN), "worthsharing trial E1.1 E2.1")
    return next(file for file in files if file.suffix == ".html")


@pytest.mark.parametrize(
    ("width", "height", "scheme"),
    [
        (1280, 800, "dark"),
        # both colour schemes and a phone differ in style only
        pytest.param(1280, 800, "light", marks=pytest.mark.slow),
        pytest.param(390, 844, "light", marks=pytest.mark.slow),
    ],
)
def test_the_report_opens_offline_and_shuts_nobody_out(
    report: Path, browser: Any, width: int, height: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        offline=True,
    )
    page = context.new_page()
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(report.as_uri())
    # two charts a claim: the parts at the defaults, and the settings searched
    page.wait_for_function("document.querySelectorAll('.plot .main-svg').length >= 4 * 2")
    assert page.inner_text("h1") == "2 claims on trial"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert "Clearly against" in page.inner_text("#claim-E1-1 table.parts")
    found = axe_playwright.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.screenshot(path=str(PICTURES / f"trial-{width}-{scheme}.png"), full_page=True)
    assert [url for url in requests if not url.startswith((report.as_uri(), "data:", "blob:"))] == []
    assert complaints == []
    context.close()


def test_every_anchor_leads_to_what_it_names(report: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto(report.as_uri())
    page.click(".overview a[href='#claim-E2-1']")
    page.wait_for_function("location.hash === '#claim-E2-1'")
    page.wait_for_function(
        "Math.abs(document.querySelector('#claim-E2-1').getBoundingClientRect().top) < innerHeight / 2"
    )
    page.click("#claim-E2-1 a[href='#settings']")
    page.wait_for_function("location.hash === '#settings'")
    lost = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(one => one.getAttribute('href').slice(1))"
        ".filter(id => !document.getElementById(id))"
    )
    assert lost == []
    page.close()
