"""The run store: what was put is found, whoever wrote it, and what is broken is not."""

import logging
import math
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from worthsharing.experiments import execute
from worthsharing.experiments.execute import run_scenarios
from worthsharing.experiments.store import RunStore, default_folder
from worthsharing.experiments.tables import daily_table, outcomes_table
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST
from worthsharing.sim.measures import DAILY
from worthsharing.sim.run import RunId
from worthsharing.sim.scenario import load_scenario


def run(number: int, scenario: str = "0123456789abcdef") -> RunId:
    return RunId(scenario, RULES_DIGEST, 1, number)


def test_what_was_put_is_found_exactly(tmp_path: Path) -> None:
    values = {"reach": 0.1 + 0.2, "noise": math.nan, "effort": -0.0, "shares": 1e300}
    with RunStore(tmp_path) as store:
        store.put(run(0), values)
        assert store.get(run(0), ["reach"]) == {"reach": 0.1 + 0.2}
    found = RunStore(tmp_path).get(run(0), list(values))
    assert found is not None
    assert repr(found) == repr(values)  # to the last bit, not a number included


def test_nothing_else_is_found(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.put(run(0), {"reach": 1.0})
        store.put(run(1), {"noise": 1.0})
    again = RunStore(tmp_path)
    assert again.get(run(2), ["reach"]) is None
    assert again.get(run(0, "another"), ["reach"]) is None
    assert again.get(run(0), ["reach", "noise"]) is None  # a measure that was not taken
    assert len(again) == 2


def test_measures_taken_later_are_found_too(tmp_path: Path) -> None:
    for values in ({"reach": 1.0}, {"reach": 1.0, "noise": 0.5}):
        with RunStore(tmp_path) as store:
            store.put(run(0), values)
    assert RunStore(tmp_path).get(run(0), ["noise", "reach"]) == {"noise": 0.5, "reach": 1.0}


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    one, other = RunStore(tmp_path), RunStore(tmp_path)
    for number in range(60):
        (one if number % 2 else other).put(run(number), {"reach": float(number)})
        one.put(run(1000), {"reach": 7.0})
        other.put(run(1000), {"reach": 7.0})
    writers = [threading.Thread(target=store.flush) for store in (one, other)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = RunStore(tmp_path)
    assert [found.get(run(number), ["reach"]) for number in range(60)] == [
        {"reach": float(number)} for number in range(60)
    ]
    assert len(found) == 61


@pytest.mark.parametrize("damage", [b"", b"no table at all", None])
def test_broken_file_is_a_warning_and_no_result(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: bytes | None
) -> None:
    with RunStore(tmp_path) as store:
        store.put(run(0), {"reach": 1.0})
    with RunStore(tmp_path) as store:
        store.put(run(1), {"reach": 2.0})
    file = sorted(store.folder.glob("*.parquet"))[0]
    file.write_bytes(file.read_bytes()[:-9] if damage is None else damage)
    with caplog.at_level(logging.WARNING):
        again = RunStore(tmp_path)
    assert "made anew" in caplog.text
    assert len(again) == 1


def test_ten_thousand_runs_are_kept_in_few_files_and_found(tmp_path: Path) -> None:
    measures = [f"measure {number}" for number in range(40)]
    with RunStore(tmp_path) as store:
        for number in range(10_000):
            store.put(run(number), dict.fromkeys(measures, float(number)))
    assert len([*tmp_path.rglob("*.parquet")]) <= 3  # opening thousands would take longer than running them
    again = RunStore(tmp_path)
    assert all(again.get(run(number), measures) is not None for number in range(10_000))


def test_place_that_cannot_be_written_is_an_input_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InputError, match="cannot keep runs"):
        RunStore(file)


def test_runs_are_kept_where_the_person_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORTHSHARING_CACHE", str(tmp_path))
    assert default_folder() == tmp_path / "runs"


def test_curves_are_kept_beside_their_measures(tmp_path: Path) -> None:
    curves = {name: np.arange(5) + 0.1 * place for place, name in enumerate(DAILY)}
    with RunStore(tmp_path) as store:
        store.put(run(0), {"reach": 1.0}, daily=curves)
        store.put(run(1), {"reach": 2.0})  # of a sweep, which takes none
        assert store.get_daily(run(0)).keys() == curves.keys()
    for found in (store, RunStore(tmp_path)):
        kept = found.get_daily(run(0))
        assert kept is not None
        assert list(kept) == list(DAILY)
        assert all(np.array_equal(kept[name], curves[name]) for name in DAILY)
        assert found.get_daily(run(1)) is None
        assert found.get(run(0), ["reach"]) == {"reach": 1.0}
        assert found.stored(run(0))[0] == {"reach": 1.0}
    with RunStore(tmp_path) as store:  # taken later
        store.put(run(1), {"reach": 2.0}, daily=curves)
    assert RunStore(tmp_path).get_daily(run(1)) is not None


def test_more_worlds_run_only_what_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ("world.people=80", "clock.days=4")
    scenarios = {
        name: load_scenario(name, settings=settings).scenario for name in ("be_worth_sharing", "silence")
    }
    plain = run_scenarios(scenarios, replicates=5, workers=1)
    with RunStore(tmp_path) as store:
        run_scenarios(scenarios, replicates=3, workers=1, store=store)
    made = []
    real = execute.simulate
    monkeypatch.setattr(
        execute, "simulate", lambda *given, **more: made.append(given[1]) or real(*given, **more)
    )
    with RunStore(tmp_path) as store:
        found = run_scenarios(scenarios, replicates=5, workers=1, store=store)
        assert set(made) == {3, 4}
        made.clear()
        again = run_scenarios(scenarios, replicates=5, workers=1, store=store)
    assert made == []
    for results in (found, again):
        pd.testing.assert_frame_equal(outcomes_table(results), outcomes_table(plain))
        pd.testing.assert_frame_equal(daily_table(results), daily_table(plain))
