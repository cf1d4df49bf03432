"""The first page in a real Chromium: asked, changed, run, cancelled, reloaded, refused, by mouse and by keyboard alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from worthsharing.experiments.compare import compare
from worthsharing.experiments.execute import run_scenarios
from worthsharing.experiments.report import write_report
from worthsharing.sim.scenario import load_scenario

pytest.importorskip("playwright.sync_api", reason="install .[browser]")

from playwright.sync_api import expect

SMALL = "?people=150&days=10&replicates=6"
Visits = Callable[..., Any]


def is_done(page: Any, worlds: int) -> None:
    page.wait_for_function(
        f"document.querySelector('.verdict .badge')?.innerText === '{worlds} worlds'"
        " && !document.querySelector('#run').disabled"
    )
    page.wait_for_function("document.querySelectorAll('.plot .main-svg').length >= 10")


def pressed_run(page: Any, worlds: int) -> None:
    page.click("#run")
    page.wait_for_function(
        f"document.querySelector('#status')?.innerText.startsWith('Done: {worlds} worlds')"
    )
    is_done(page, worlds)


def test_ask_change_run_and_come_back(address: str, visit: Visits) -> None:
    here = visit()
    page = here.page
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    here.open(address)
    is_done(page, 20)  # there is something to look at, and it says what
    expect(page.locator(".facts")).to_contain_text("Computed in advance")
    # the part for this app's charts, and not the whole too
    assert len([one for one in asked_for if "plotly" in one]) == 1
    here.picture("whatif-first")
    here.check(address)

    for field, value in (("people", "150"), ("days", "10"), ("replicates", "6")):
        page.fill(f"#{field}", value)
    page.get_by_role("button", name="Change the first strategy").click()
    page.wait_for_selector(".lever[data-simple=yes]")
    page.get_by_label("Reward: ").fill("2")
    page.wait_for_selector(".lever.changed")
    here.picture("whatif-controls")
    here.check_accessible()
    page.keyboard.press("Escape")
    page.wait_for_selector(".slot-button:has-text('1 changed')")
    expect(page.locator(".stale-note")).to_be_visible()  # the result is of other choices
    pressed_run(page, 6)
    expect(page.locator(".stale-note")).to_be_hidden()
    page.wait_for_function("location.search.includes('a_set=brand.series.0.reward:2')")
    asked = page.evaluate("location.search")
    assert asked.startswith(SMALL)
    expect(page.locator(".sentence")).to_contain_text("(reward 2)")
    expect(page.locator(".outcomes tbody tr")).to_have_count(10)
    for summary in page.locator("#result summary").all():
        summary.click()
    expect(page.get_by_text("Day 10").first).to_be_visible()
    assert page.get_by_text("Share chart").count() == 0
    here.picture("whatif-done", full=True)
    here.check(address)
    for menu, item, ending in (
        ("Download: Reach over time", "Picture (PNG)", "reach.png"),
        ("Download: Outcomes", "Numbers (CSV)", "outcomes.csv"),
        ("Take away", "Brief to send around", "worthsharing-brief.html"),
    ):
        page.get_by_role("button", name=menu, exact=True).click()
        choice = page.get_by_role("button", name=item).locator("visible=true")
        expect(choice).to_have_count(1)  # the menu before this one has faded
        with page.expect_download() as taken:
            choice.click()
        assert taken.value.suggested_filename == ending
        assert Path(taken.value.path()).stat().st_size > 500

    page.fill("#replicates", "5")
    pressed_run(page, 5)
    expect(page.locator("#result details:not([open])")).to_have_count(0)  # what was opened stays so
    page.go_back()
    is_done(page, 6)

    numbers = page.inner_text(".outcomes")
    again = visit(width=1920, height=1080, scheme="dark")  # somebody else opens the link
    page = again.open(address + asked)
    is_done(page, 6)
    expect(page.locator(".facts")).to_contain_text("Found among the runs kept")
    assert page.inner_text(".outcomes") == numbers
    expect(page.locator("#people")).to_have_value("150")
    page.get_by_text("Side by side", exact=True).click()
    again.picture("whatif-dark-1920")
    again.check(address)
    page.click("#scheme")
    page.wait_for_function("document.documentElement.dataset.mantineColorScheme === 'light'")
    again.picture("whatif-switched-1920", full=True)


def test_the_address_says_what_is_shown_and_back_goes_back(address: str, visit: Visits) -> None:
    here = visit(width=390, height=844)
    page = here.open(address + SMALL)  # a small run begins by itself
    is_done(page, 6)
    for worlds in ("3", "4"):
        page.fill("#replicates", worlds)
        pressed_run(page, int(worlds))
        page.wait_for_function(f"location.search.includes('replicates={worlds}')")
    page.go_back()
    page.wait_for_function("document.querySelector('#replicates').value === '3'")
    is_done(page, 3)
    here.picture("whatif-phone", full=True)
    here.check(address)
    here.open(address + SMALL + "&c=give_first&d=two_way_engagement")
    is_done(page, 6)
    here.check(address)


def test_cancel_in_one_tab_leaves_the_other_alone(address: str, visit: Visits) -> None:
    one, other = visit(), visit()
    page = one.open(address + "?replicates=900&seed=77")  # too long to begin by itself
    expect(page.locator("#result h2")).to_have_text("Nothing has been run yet")
    page.click("#run")
    page.wait_for_selector("#cancel:not([disabled])")
    expect(page.locator("#run")).to_be_disabled()
    page.wait_for_function(
        "document.activeElement.id === 'cancel'"
    )  # the keyboard is not lost with the button
    page.wait_for_selector(".sentence")
    page.wait_for_function("document.querySelector('#status')?.innerText.includes('left')")
    expect(page.locator(".verdict")).to_contain_text("so far", ignore_case=True)

    second = other.open(address + SMALL + "&seed=5")  # meanwhile, in another tab
    is_done(second, 6)
    expect(page.locator("#run")).to_be_disabled()
    one.picture("whatif-running")
    one.check(address)
    page.reload()  # a closed tab loses nothing: who comes back finds the run at work
    page.wait_for_selector("#cancel:not([disabled])")
    page.wait_for_selector(".sentence")
    page.click("#cancel")
    page.wait_for_selector("#run:not([disabled])")
    expect(page.locator("#status")).to_contain_text("Cancelled")
    expect(page.locator(".verdict")).to_contain_text("Cancelled after")  # what the worlds so far said stays


def test_wrong_input_is_explained_in_place(address: str, visit: Visits, tmp_path: Path) -> None:
    here = visit()
    page = here.open(address)
    page.fill("#people", "")
    page.type("#people", "many1")  # letters do not enter a field of numbers
    expect(page.locator("#people")).to_have_value("1")
    page.click("#run")
    expect(page.locator("#whatif-said")).to_contain_text("People: 1 is out of bounds")
    expect(page.locator("#result .verdict")).to_be_visible()  # what was there before stays
    (tmp_path / "broken.toml").write_text("[brand\n")
    page.set_input_files("#whatif-drop-b input", str(tmp_path / "broken.toml"))
    page.wait_for_selector("#whatif-said:has-text('broken.toml: not valid TOML')")
    with open(tmp_path / "big.csv", "wb") as file:
        file.truncate(200_000_000)
    page.set_input_files("#whatif-drop-network input", str(tmp_path / "big.csv"))
    page.wait_for_selector("#whatif-said:has-text('big.csv holds 200 MB, and a network file may hold 25 MB')")
    here.picture("whatif-errors")
    here.check(address)

    hostile = visit()
    page = hostile.open(
        address + "?people=%3Cscript%3Ealert(1)%3C/script%3E&a=../../etc/passwd&days=1e9&seed=-1&b=~eJx"
    )
    said = expect(page.locator("#result [role=alert]"))
    said.to_contain_text("'<script>alert(1)</script>' is not a whole number")
    said.to_contain_text("'../../etc/passwd' is not a scenario")
    said.to_contain_text("The scenario file in this address: cannot be read")
    hostile.check(address)


def test_by_keyboard_alone(address: str, visit: Visits) -> None:
    here = visit()
    page = here.open(address + SMALL)
    is_done(page, 6)
    page.locator("body").focus()
    reached: list[str] = []

    def tab_to(name: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            reached.append(
                page.evaluate(
                    "((one) => one.getAttribute('aria-label') || one.id || one.innerText)(document.activeElement)"
                )
            )
            if reached[-1] == name:
                return
        raise AssertionError(f"{name} is not reached: {reached}")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to the content"
    tab_to("strategy-a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#strategy-a")).not_to_have_value("Customers as marketing department")
    chosen = page.input_value("#strategy-a")
    tab_to("Change the first strategy")
    page.keyboard.press("Enter")
    page.wait_for_selector(".lever[data-simple=yes]")
    page.keyboard.press("Escape")
    page.wait_for_function(
        "document.activeElement.getAttribute('aria-label') === 'Change the first strategy'"
    )
    tab_to("About people")
    page.keyboard.press("Enter")
    page.get_by_text("Number of people").wait_for()
    here.picture("whatif-help")
    page.keyboard.press("Escape")
    tab_to("run")
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelector('.sentence')?.innerText.includes({chosen!r})")
    is_done(page, 6)


def test_the_report_needs_no_network(visit: Visits, tmp_path: Path) -> None:
    names = ("customers_as_marketing_department", "be_worth_sharing", "silence")
    settings = ("world.people=150", "clock.days=10")
    scenarios = {name: load_scenario(name, settings=settings).scenario for name in names}
    results = run_scenarios(scenarios, replicates=3, workers=1)
    file = write_report(tmp_path / "report.html", results, compare(results), "worthsharing compare …", {})
    for scheme in ("light", "dark"):
        here = visit(scheme=scheme, offline=True)
        here.page.goto(file.as_uri())
        here.page.wait_for_function("document.querySelectorAll('.plot .main-svg').length >= 10")
        here.picture(f"report-{scheme}", full=True)
        here.check("file:")
        expect(here.page.get_by_text("Share chart")).to_have_count(0)
    here.page.pdf(path=str(Path(__file__).parents[2] / "test-output" / "report.pdf"))
