"""The defaults that were fitted are those that say so, and are what the search in experiments/designs found."""

import csv
import re
import tomllib
from pathlib import Path

import pytest

from worthsharing.experiments.facts import FACTS
from worthsharing.sim.scenario import parameters

DESIGNS = Path(__file__).parents[2] / "experiments" / "designs"
DESIGN = tomllib.loads((DESIGNS / "calibration.toml").read_text(encoding="utf-8"))
RESULT = tomllib.loads((DESIGNS / "calibration_result.toml").read_text(encoding="utf-8"))
HARDLY_DETERMINED = 0.75  # of its range, if trials all over so much of it cannot be told from the best
PATHS = [one["path"] for one in DESIGN["parameters"]]


def test_only_calibrated_facts_were_fitted_to() -> None:
    assert {FACTS[name].list for name in DESIGN["facts"]} == {"cal"}
    assert DESIGN["facts"] == RESULT["facts"]


def test_exactly_the_parameters_of_the_design_say_that_they_were_fitted() -> None:
    told = {info.path: info for info in parameters() if re.search(r"\bfitted to F\d", info.source)}
    assert sorted(told) == sorted(PATHS)
    for info in told.values():
        assert re.findall(r"F\d+", info.source) == DESIGN["facts"]
        # what the facts leave open is still a guess, and says so
        (found,) = (one for one in RESULT["parameters"] if one["path"] == info.path)
        hardly = found["share"] > HARDLY_DETERMINED
        assert (info.grade, "hardly determine" in info.source) == (("X", True) if hardly else ("C", False))
    others = [info.path for info in parameters() if re.search(r"\bfitted (to|so)\b", info.source)]
    assert sorted(others) == sorted(PATHS)


def test_shipped_defaults_are_among_what_the_search_cannot_tell_from_its_best() -> None:
    defaults = {info.path: info.default for info in parameters()}
    assert [one["path"] for one in RESULT["parameters"]] == PATHS
    for one in RESULT["parameters"]:
        assert one["shipped"] == defaults[one["path"]]
        assert one["low"] <= defaults[one["path"]] <= one["high"]
    assert not RESULT["better"]


def test_the_result_is_that_of_the_trials_beside_it() -> None:
    with (DESIGNS / "calibration_trials.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == RESULT["trials"] == DESIGN["trials"]
    best = min(rows, key=lambda row: float(row["loss"]))
    assert int(best["trial"]) == RESULT["best_trial"]
    near = [row for row in rows if row["near_best"] == "True"]
    assert len(near) == RESULT["near_best"]
    for one in RESULT["parameters"]:
        assert float(rows[0][one["path"]]) == pytest.approx(one["shipped"])
        values = [float(row[one["path"]]) for row in near]
        assert (min(values), max(values)) == pytest.approx((one["low"], one["high"]))
