"""Watch, Trial and Lessons in a real Chromium: each page's main path, by keyboard alone too; nobody is shut out."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="install .[browser]")
pytest.importorskip("waitress")

from playwright.sync_api import expect

from worthsharing.dashboard.app import create_app, server_of
from worthsharing.dashboard.classroom import Classroom
from worthsharing.dashboard.pages import lessons
from worthsharing.experiments.claims import CLAIMS
from worthsharing.experiments.results import write_trial
from worthsharing.experiments.trial import Plan, run_trial, space_of

Visits = Callable[..., Any]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    app = create_app(
        tmp_path_factory.mktemp("cache"), opens_folders=True, classroom=Classroom("marketing-2", "key")
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = server_of(app, listener)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.close()


def is_day(page: Any, day: int) -> None:
    expect(page.locator("#watch-day")).to_have_text(str(day))


def type_into(page: Any, id_: str, text: str) -> None:
    """Type, go on to what comes next, and wait until the app knows: on a busy machine keys are faster than it is."""
    page.keyboard.type(text)
    page.keyboard.press("Tab")
    wait_for_value(page, id_, text)


def fill_in(page: Any, id_: str, text: str) -> None:
    page.fill(f"#{id_}", text)
    page.locator(f"#{id_}").blur()
    wait_for_value(page, id_, text)


def wait_for_value(page: Any, id_: str, text: str) -> None:
    page.wait_for_function(
        "([id, text]) => String(window.dash_component_api.getLayout(id).props.value) === text",
        arg=[id_, text],
    )


def test_watch_a_world_and_ask_a_person(address: str, visit: Visits) -> None:
    here = visit()
    page = here.page
    page.goto(f"{address}watch?people=150&days=14&person=2000")
    expect(page.locator("[role=alert]")).to_contain_text("there is no person '2000'")
    page.click("#watch-run")
    page.wait_for_function("window.worthsharingWatch && document.querySelector('#watch-day')")
    page.wait_for_function("location.search === '?people=150&days=14'")
    is_day(page, 14)
    counts = [int(page.inner_text(f"#watch-count-0-{place}")) for place in range(7)]
    assert sum(counts) == 150
    page.wait_for_function(
        """() => { const c = document.querySelector("#watch-canvas-0");
        return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some(byte => byte > 0); }"""
    )  # it is painted

    # a click on a person asks that person
    place = page.evaluate(
        """() => { const w = window.worthsharingWatch, box = w.canvases[0].getBoundingClientRect();
        w.place(w.canvases[0]); return [box.left + w.x[7] / w.scaled, box.top + w.y[7] / w.scaled]; }"""
    )
    page.mouse.click(*place)
    page.wait_for_selector("text=Person 7")
    page.wait_for_function("location.search.endsWith('person=7')")
    expect(page.locator("#watch-strip")).to_contain_text("Person 7")
    here.picture("watch-person", full=True)
    here.check(address)
    stood = page.inner_text(".traits")
    page.reload()
    page.wait_for_selector(".traits")
    expect(page.locator(".traits")).to_have_text(stood, use_inner_text=True)
    page.wait_for_function("window.worthsharingWatch?.person === 7")


def test_the_line_about_a_person_follows_the_day_and_goes_with_an_error(address: str, visit: Visits) -> None:
    here = visit()
    page = here.page
    page.goto(f"{address}watch?people=150&days=14&person=7")
    strip = page.locator("#watch-strip")
    page.wait_for_function("window.worthsharingWatch?.person === 7")
    expect(strip).to_contain_text("Person 7, day 14: A ")
    page.locator("#watch-scrub").focus()
    page.keyboard.press("Home")
    expect(strip).to_contain_text("Person 7, day 0: A not reached, B not reached; ")
    fill_in(page, "watch-number", "8")  # another one, on the day that is shown
    expect(strip).to_contain_text("Person 8, day 0: A not reached, B not reached; ")
    fill_in(page, "watch-number", "9999")
    expect(page.locator("[role=alert]")).to_contain_text("there is no person '9999'")
    expect(strip).to_have_text("Click a person to ask why.")
    assert page.evaluate("window.worthsharingWatch.person") is None
    here.check(address)


def test_watch_by_keyboard_alone(address: str, visit: Visits) -> None:
    here = visit(width=1920, height=1080, scheme="dark")
    page = here.page
    page.goto(f"{address}watch?people=160&days=14")  # a world that no other test has left in the store
    # it is run as the page opens; another one at a press on Run
    page.wait_for_function("window.worthsharingWatch?.people === 160 && document.querySelector('#watch-day')")
    page.locator("#watch-people").focus()
    page.keyboard.press("Control+a")
    type_into(page, "watch-people", "170")
    page.locator("#watch-run").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("window.worthsharingWatch?.people === 170 && document.querySelector('#watch-day')")
    page.locator("#watch-play").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # a day back
    is_day(page, 13)
    page.locator("#watch-scrub").focus()
    page.keyboard.press("ArrowLeft")
    is_day(page, 12)
    expect(page.locator("#watch-told")).to_contain_text("Day 12.")
    page.locator("#watch-canvas-1").focus()
    page.keyboard.press("Home")
    is_day(page, 0)
    page.keyboard.press("Space")
    expect(page.locator("#watch-play")).to_have_text("Pause")
    is_day(page, 14)
    expect(page.locator("#watch-play")).to_have_text("Play")
    page.locator("#watch-number").focus()
    page.keyboard.type("5")
    page.wait_for_selector("text=Person 5")
    here.picture("watch-dark-1920")
    here.check(address)


PLAN = Plan(
    (CLAIMS["E1.1"], CLAIMS["E2.1"]),
    replicates=4,
    points=26,
    replicates_per_point=2,
    people=150,
    people_per_point=100,
    days=14,
)


def test_open_a_trial_by_keyboard_and_read_its_cards(address: str, visit: Visits, tmp_path: Path) -> None:
    write_trial(tmp_path, run_trial(PLAN, workers=1), space_of(PLAN), "worthsharing trial E1.1 E2.1")
    here = visit()
    page = here.page
    page.goto(f"{address}trial")
    page.wait_for_selector("#trial-run")
    expect(page.locator("#trial-result")).to_contain_text("No claim has been tried yet")
    expect(page.locator(".untried")).to_have_count(len(CLAIMS))
    here.check_accessible()
    page.get_by_role("link", name="Choose claim E2.1").click()
    page.wait_for_function("location.search === '?claims=E2.1'")
    page.wait_for_selector("#trial-claims ~ * :text('E2.1'), .trial-claims :text('E2.1')")
    page.locator("#trial-folder").focus()
    page.keyboard.type(str(tmp_path / "nowhere"))
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_contain_text("cannot be read")
    page.keyboard.press("Control+a")
    type_into(page, "trial-folder", str(tmp_path))
    page.keyboard.press("Enter")  # on the button beside it
    page.wait_for_function("document.querySelector('#trial-status')?.innerText === 'Opened.'")
    page.wait_for_selector("#claim-E2-1")
    for number, value in {"replicates": 4, "points": 26, "people": 150}.items():  # those of what is shown
        wait_for_value(page, f"trial-{number}", str(value))
    expect(page.locator(".trial-claims")).to_contain_text("E1.1")
    page.locator(".overview a[href='#claim-E2-1']").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#plot-E2-1-1 .main-svg")
    top = page.evaluate("document.querySelector('#claim-E2-1').getBoundingClientRect().top")
    assert 54 <= top < 400  # below the header, and in view
    here.picture("trial-card")
    shown = page.inner_text("#claim-E2-1 > .sentence")
    page.click("#scheme")
    page.wait_for_function("document.querySelector('#plot-E2-1-1').dataset.drawn === 'dark'")
    here.picture("trial-card-dark")
    here.check(address)
    page.reload()
    page.wait_for_selector("#claim-E2-1")
    expect(page.locator("#claim-E2-1 > .sentence")).to_have_text(shown, use_inner_text=True)


def test_run_a_trial_and_come_back_to_it(address: str, visit: Visits) -> None:
    here = visit(width=1920, height=1080)
    page = here.page
    page.goto(f"{address}trial?claims=E4.5&replicates=2&points=3&people=100")
    page.click("#trial-run")
    page.wait_for_selector("#trial-cancel:not([disabled])")
    page.reload()  # the job goes on
    page.wait_for_selector("#claim-E4-5")
    expect(page.locator("#trial-report .sentence").first).to_have_text(re.compile(r"\.$"))
    expect(page.locator(".trial-lead")).to_contain_text("3 other settings")
    page.wait_for_selector("#trial-run:not([disabled])")
    assert here.errors == []


def test_forecast_run_and_compare_with_the_class(
    address: str, visit: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "WORLDS", 4)
    first, second = visit(), visit(width=1920, height=1080, scheme="dark")
    page = first.page
    page.goto(f"{address}lessons")
    page.click("text=Begin >> nth=0")
    page.wait_for_selector("#lessons-low")
    expect(page.locator(".lessons-head")).to_contain_text("marketing-2")
    page.locator("#lessons-low").focus()  # by keyboard alone
    type_into(page, "lessons-low", "30")
    type_into(page, "lessons-high", "20")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_contain_text("From: is above To.")
    first.check(address)
    fill_in(page, "lessons-low", "-10")
    page.click("#lessons-give")
    expect(page.locator(".lesson-mine")).to_contain_text("−10 to 20")
    expect(page.locator(".lesson-eyebrow")).to_contain_text(["Step 1", "Step 2", "Step 3", "Step 4"])
    expect(page.locator(".lesson-questions li")).to_have_count(3)
    said = page.inner_text(".sentence")

    page = second.page
    page.goto(f"{address}lessons?lesson=marketing-department")
    page.wait_for_selector("#lessons-low")
    assert page.locator(".sentence").count() == 0  # nobody is shown what they have not forecast
    fill_in(page, "lessons-low", "0")
    fill_in(page, "lessons-high", "1")
    page.click("#lessons-give")
    expect(page.locator(".sentence")).to_have_text(said, use_inner_text=True)
    expect(page.locator("#lessons-rest")).to_contain_text(re.compile("of 2 ranges holds? the truth"))
    page.wait_for_function("document.querySelectorAll('.plot .main-svg').length >= 4")
    second.picture("lessons-dark-1920", full=True)
    first.page.reload()
    expect(first.page.locator(".lesson-mine")).to_contain_text("−10 to 20")  # it counted, and is still there

    page = second.page
    page.goto(f"{address}lessons?lecturer=key")
    expect(page.locator(".lesson-teach").first).to_contain_text("2 forecasts are in; the runs are made.")
    expect(page.get_by_role("button", name="Run it now").first).to_be_disabled()
    expect(page.locator(".lessons-page")).to_contain_text("Only this machine is let in")
    page.click("text=Show the truth >> nth=0")
    page.wait_for_function("document.querySelectorAll('.plot .main-svg').length >= 4")
    second.picture("lessons-lecturer", full=True)
    second.check(address)
