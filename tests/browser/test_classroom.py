"""Watch, Trial and Lessons in a real Chromium: each page's main path, by keyboard alone too; nobody is shut out."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="install .[browser]")
pytest.importorskip("waitress")

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


def day_of(page: Any) -> int:
    return int(page.inner_text("#watch-day"))


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
    assert "there is no person '2000'" in page.inner_text("[role=alert]")
    page.click("#watch-run")
    page.wait_for_function("window.worthsharingWatch && document.querySelector('#watch-day')")
    page.wait_for_function("location.search === '?people=150&days=14'")
    assert day_of(page) == 14
    counts = [int(page.inner_text(f"#watch-count-0-{place}")) for place in range(7)]
    assert sum(counts) == 150
    page.wait_for_timeout(100)
    painted = page.evaluate(
        """() => { const c = document.querySelector("#watch-canvas-0");
        return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some(byte => byte > 0); }"""
    )
    assert painted

    # a click on a person asks that person
    place = page.evaluate(
        """() => { const w = window.worthsharingWatch, box = w.canvases[0].getBoundingClientRect();
        w.place(w.canvases[0]); return [box.left + w.x[7] / w.scaled, box.top + w.y[7] / w.scaled]; }"""
    )
    page.mouse.click(*place)
    page.wait_for_selector("text=Person 7")
    page.wait_for_function("location.search.endsWith('person=7')")
    assert "Person 7" in page.inner_text("#watch-strip")
    here.picture("watch-person", full=True)
    here.check(address)
    stood = page.inner_text(".traits")
    page.reload()
    page.wait_for_selector(".traits")
    assert page.inner_text(".traits") == stood
    assert page.evaluate("window.worthsharingWatch.person") == 7


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
    assert day_of(page) == 13
    page.locator("#watch-scrub").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.querySelector('#watch-day')?.innerText === '12'")  # drawn a little later
    assert "Day 12." in page.inner_text("#watch-told")
    page.locator("#watch-canvas-1").focus()
    page.keyboard.press("Home")
    assert day_of(page) == 0
    page.keyboard.press("Space")
    assert page.inner_text("#watch-play") == "Pause"
    page.wait_for_function("document.querySelector('#watch-day')?.innerText === '14'")
    page.wait_for_function("document.querySelector('#watch-play')?.innerText === 'Play'")
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
    assert "No claim has been tried yet" in page.inner_text("#trial-result")
    assert page.locator(".untried").count() == len(CLAIMS)
    here.check_accessible()
    page.get_by_role("link", name="Choose claim E2.1").click()
    page.wait_for_function("location.search === '?claims=E2.1'")
    page.wait_for_selector("#trial-claims ~ * :text('E2.1'), .trial-claims :text('E2.1')")
    page.locator("#trial-folder").focus()
    page.keyboard.type(str(tmp_path / "nowhere"))
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert "cannot be read" in page.inner_text("[role=alert]")
    page.keyboard.press("Control+a")
    type_into(page, "trial-folder", str(tmp_path))
    page.keyboard.press("Enter")  # on the button beside it
    page.wait_for_function("document.querySelector('#trial-status')?.innerText === 'Opened.'")
    page.wait_for_selector("#claim-E2-1")
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
    assert page.inner_text("#claim-E2-1 > .sentence") == shown


def test_run_a_trial_and_come_back_to_it(address: str, visit: Visits) -> None:
    here = visit(width=1920, height=1080)
    page = here.page
    page.goto(f"{address}trial?claims=E4.5&replicates=2&points=3&people=100")
    page.click("#trial-run")
    page.wait_for_selector("#trial-cancel:not([disabled])")
    page.reload()  # the job goes on
    page.wait_for_selector("#claim-E4-5")
    assert page.inner_text("#trial-report .sentence >> nth=0").endswith(".")
    assert "3 other settings" in page.inner_text(".trial-lead")
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
    assert "marketing-2" in page.inner_text(".lessons-head")
    page.locator("#lessons-low").focus()  # by keyboard alone
    type_into(page, "lessons-low", "30")
    type_into(page, "lessons-high", "20")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert "From: is above To." in page.inner_text("[role=alert]")
    first.check(address)
    fill_in(page, "lessons-low", "-10")
    page.click("#lessons-give")
    page.wait_for_selector(".lesson-score")
    assert "You expected −10 to 20" in page.inner_text(".lesson-score")
    assert page.locator(".lesson-questions li").count() == 3
    said = page.inner_text(".sentence")

    page = second.page
    page.goto(f"{address}lessons?lesson=marketing-department")
    page.wait_for_selector("#lessons-low")
    assert page.locator(".sentence").count() == 0  # nobody is shown what they have not forecast
    fill_in(page, "lessons-low", "0")
    fill_in(page, "lessons-high", "1")
    page.click("#lessons-give")
    page.wait_for_selector(".lesson-score")
    assert page.inner_text(".sentence") == said
    assert "of 2 ranges hold the truth" in page.inner_text("#lessons-rest")
    page.wait_for_function("document.querySelectorAll('.plot .main-svg').length >= 4")
    second.picture("lessons-dark-1920", full=True)
    first.page.reload()
    first.page.wait_for_selector(".lesson-score")
    assert "−10 to 20" in first.page.inner_text(".lesson-score")  # it counted, and is still there

    page = second.page
    page.goto(f"{address}lessons?lecturer=key")
    page.wait_for_selector(".lesson-teach")
    assert "2 forecasts are in; the runs are made." in page.inner_text(".lesson-teach >> nth=0")
    page.click("text=Show the truth >> nth=0")
    page.wait_for_function("document.querySelectorAll('.plot .main-svg').length >= 4")
    second.picture("lessons-lecturer", full=True)
    second.check(address)
