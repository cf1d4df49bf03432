"""The Sweeps page in a real Chromium: empty, opened, refused, clicked; in light and dark, with no violation."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="install .[browser]")

from playwright.sync_api import expect

from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep import run_sweep
from worthsharing.experiments.sweep_design import plan_of
from worthsharing.experiments.sweep_files import write_sweep

DESIGN = {
    "title": "Better products, more patience",
    "scenarios": ["customers_as_marketing_department", "be_worth_sharing"],
    "settings": ["world.people=60", "clock.days=5"],
    "measures": ["reach", "backlash"],
    "replicates": 3,
    "parameters": [
        {"path": "brand.quality", "values": [0.2, 0.5, 0.8]},
        {"path": "fatigue.half_life", "values": [4.0, 12.0, 28.0]},
    ],
}


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app was started above the results of a sweep."""
    with RunStore(tmp_path / "store") as store:
        write_sweep(tmp_path / "grid", run_sweep(plan_of(DESIGN, b"", "test", Path()), store), "a command")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("results")
@pytest.mark.parametrize(
    ("scheme", "width", "height"),
    [
        ("light", 1280, 800),
        pytest.param("dark", 1920, 1080, marks=pytest.mark.slow),  # differs in style only
    ],
)
def test_folder_is_opened_looked_at_and_clicked(
    visit: Callable[..., Any], address: str, scheme: str, width: int, height: int
) -> None:
    seen = visit(width=width, height=height, scheme=scheme)
    page = seen.open(f"{address}sweeps", ".empty")
    seen.check(address)
    page.fill("#sweeps-path", "../outside")
    page.click("#sweeps-open")
    expect(page.locator(".alert")).to_contain_text("lies outside")
    seen.check(address)
    page.fill("#sweeps-path", "grid")
    page.press("#sweeps-path", "Enter")
    page.wait_for_selector("#sweeps-heat .main-svg")
    expect(page.locator("#sweeps-result")).to_contain_text("Better products, more patience")
    seen.picture(f"sweeps-{scheme}", full=True)
    seen.check(address)
    area = page.locator("#sweeps-heat .nsewdrag").first
    size = area.bounding_box()
    area.click(position={"x": 0.85 * size["width"], "y": 0.15 * size["height"]})
    page.wait_for_selector("text=Open it as a what-if")
    expect(page.locator(".sweeps-values")).to_contain_text("brand.quality 0.8")
    expect(page.locator("text=Open it as a what-if")).to_have_attribute(
        "href", re.compile("brand.quality:0.8")
    )
    seen.check(address)
