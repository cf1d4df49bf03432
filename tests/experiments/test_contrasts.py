"""The model can speak for the essays and against them: each side of each contrast, at a setting inside the ranges."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from worthsharing.experiments.compare import difference_of
from worthsharing.experiments.execute import run_scenarios
from worthsharing.sim.scenario import load_scenario, parameters

FILE = Path(__file__).parents[2] / "experiments" / "designs" / "contrasts.toml"
CONTRASTS: list[dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["contrast"]
WORLDS = 30


@pytest.mark.parametrize("contrast", CONTRASTS, ids=lambda contrast: contrast["id"])
def test_each_side_of_each_contrast_is_produced(contrast: dict[str, Any]) -> None:
    settings = tuple(f"{path}={value}" for path, value in contrast.get("settings", {}).items())
    a, b, measure = contrast["a"], contrast["b"], contrast["measure"]
    scenarios = {
        name: load_scenario(name, settings=(*settings, "attention.background=rate")).scenario
        for name in (a, b)
    }
    results = run_scenarios(scenarios, replicates=WORLDS)
    found = difference_of(measure, a, b, results.values(a, measure), results.values(b, measure), family=1)
    if contrast["expected"] == "more":
        assert found.low > 0.0, found
    else:
        assert found.high < 0.0, found


def test_every_setting_lies_inside_its_plausible_range() -> None:
    known = {info.path: info for info in parameters()}
    for contrast in CONTRASTS:
        for path, value in contrast.get("settings", {}).items():
            plausible = known[path].plausible
            assert plausible is not None, path
            assert plausible[0] <= value <= plausible[1], (path, value)


def test_each_contrast_of_the_evidence_has_both_sides() -> None:
    sides: dict[str, set[str]] = {}
    for contrast in CONTRASTS:
        topic, side = contrast["id"].split(":")[0].split(", ")
        sides.setdefault(topic, set()).add(side)
    assert set(sides) == {"incentive", "engagement", "deleting", "listening", "self-promotion"}
    assert all(both == {"for", "against"} for both in sides.values())
