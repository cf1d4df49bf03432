"""What an analysis asks: outcomes of pairs, equal effort everywhere, and the same runs as a trial."""

from pathlib import Path

import numpy as np
import pytest

from worthsharing.experiments.claims import CLAIMS
from worthsharing.experiments.design import AS_WRITTEN, latin_places, placed
from worthsharing.experiments.question import ask, ask_of
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep import run_sweep
from worthsharing.experiments.sweep_design import is_design, plan_of
from worthsharing.experiments.trial import arms_at
from worthsharing.sim.errors import InputError
from worthsharing.sim.messages import effort_of
from worthsharing.sim.run import simulate
from worthsharing.sim.scenario import Scenario, load_scenario

A, B = "customers_as_marketing_department", "be_worth_sharing"
REWARD = "brand.series.0.reward"


def pair(*settings: str) -> dict[str, Scenario]:
    return {name: load_scenario(name, settings=settings).scenario for name in (A, B)}


def test_outcome_is_the_difference_in_the_same_world(tmp_path: Path) -> None:
    asked = ask(
        pair("world.people=60", "clock.days=7"), parameters=["brand.quality"], replicates=2, where="test"
    )
    with RunStore(tmp_path) as store:
        sweep = run_sweep(asked.at_places(np.array([[0.2], [0.9]])), store, workers=1)
    outcome = asked.outcome(sweep)
    assert outcome.shape == (2, 2)
    there = {
        name: placed(name, scenario, sweep.plan.points[1], sweep.plan.placing)
        for name, scenario in asked.plan.scenarios.items()
    }
    reach = {name: simulate(scenario, 1, seed=1).measures()["reach"] for name, scenario in there.items()}
    assert outcome[1, 1] == reach[B] - reach[A]
    assert there[A].brand.quality == there[B].brand.quality == sweep.plan.points[1]["brand.quality"]


def test_both_sides_spend_the_same_at_every_setting_unless_each_keeps_its_own() -> None:
    def efforts(effort: str) -> list[tuple[float, ...]]:
        asked = ask(pair(), parameters=["costs.staff_hour"], effort=effort, where="test")  # type: ignore[arg-type]
        plan = asked.at_places(np.array([[0.0], [1.0]]))
        moved = [
            [placed(name, one, point, plan.placing) for name, one in plan.scenarios.items()]
            for point in plan.points
        ]
        return [tuple(effort_of(one, one.brand)["effort"] for one in both) for both in moved]

    assert all(one == pytest.approx(other, rel=0.01) for one, other in efforts("auto"))
    assert [one == pytest.approx(other, rel=0.01) for one, other in efforts("own")] == [False, False]
    asked = ask(pair("costs.staff_hour=60"), parameters=["brand.quality"], where="test")
    assert not asked.equal_effort
    assert "need not be a fair contest" in " ".join(asked.notes)


def test_settings_are_those_of_a_trial_so_that_its_runs_are_found() -> None:
    asked = ask(pair("world.people=2000", "clock.days=56"), unused=True, where="test")
    plan = asked.at_places(latin_places(len(asked.varied), 3, 1))
    for point in plan.points:
        values = {"world.people": 2000, "clock.days": 56, "attention.background": "rate", **point}
        keys = {one.key for claim in CLAIMS.values() for one in arms_at([claim], values).values()}
        assert {placed(name, one, point, plan.placing).key for name, one in plan.scenarios.items()} <= keys


def test_parameter_of_one_side_moves_that_side_alone() -> None:
    asked = ask(pair(), parameters=[f"a:{REWARD}=1..9", "b:brand.quality"], where="test")
    (point,) = asked.at_places(np.array([[0.5, 1.0]])).points
    there = {name: placed(name, one, point, AS_WRITTEN) for name, one in asked.plan.scenarios.items()}
    assert there[A].brand.series[0].reward == 5.0
    assert there[B].brand.series[0].reward == 0.0
    assert there[B].brand.quality == 0.98 != there[A].brand.quality
    assert [
        one.short.endswith(end)
        for one, end in zip(asked.varied, ("(of A alone)", "(of B alone)"), strict=True)
    ]
    assert asked.varied[0].default == 5.0


@pytest.mark.parametrize(
    ("parameters", "wrong"),
    [
        (["brand.qualty"], "did you mean 'brand.quality'"),
        (["brand.name"], "is no number"),
        ([REWARD], "has no plausible range"),
        (["brand.quality=1..0"], "is no range"),
        (["brand.quality=0..7"], "brand.quality"),
        (["nobody:brand.quality"], "there is no scenario 'nobody'"),
        (["events.0.told"], "there is no such parameter in"),
        (["../../etc/passwd"], "there is no such parameter"),
    ],
)
def test_what_cannot_vary_is_refused_in_words(parameters: list[str], wrong: str) -> None:
    with pytest.raises(InputError, match=wrong):
        ask(pair(), parameters=parameters, where="test")


def test_design_gives_its_parameters_and_ranges() -> None:
    plan = plan_of(
        {
            "scenarios": [A, B],
            "replicates": 3,
            "measures": ["backlash"],
            "parameters": [
                {"path": "brand.quality", "values": [0.3, 0.9]},
                {"path": "fatigue.half_life", "normal": {"mean": 10.0, "sd": 2.0}},
                {"path": "b:brand.first_customers".replace("b:", f"{B}:"), "range": [0.1, 0.2], "steps": 2},
            ],
            "method": "latin",
            "points": 4,
        },
        b"",
        "design",
        Path(),
    )
    asked = ask_of(plan, where="design")
    assert (asked.measure, asked.plan.design.replicates) == ("backlash", 3)
    (point,) = asked.at_places(np.array([[0.0, 0.0, 1.0]])).points
    assert point["brand.quality"] == 0.3
    assert 0.0 < point["fatigue.half_life"] < 10.0
    assert point[f"{B}:brand.first_customers"] == 0.2
    assert [one.path for one in ask_of(plan, parameters=["brand.quality"], where="design").varied] == [
        "brand.quality"
    ]
    with pytest.raises(InputError, match="does not vary in design"):
        ask_of(plan, parameters=["world.clustering"], where="design")


def test_design_and_scenario_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "design.toml").write_text('scenarios = ["silence"]')
    (tmp_path / "scenario.toml").write_text('title = "x"')
    assert is_design(tmp_path / "design.toml")
    assert not is_design(tmp_path / "scenario.toml")
    assert not is_design("be_worth_sharing")
    assert not is_design(tmp_path)
