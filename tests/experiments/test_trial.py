"""A trial from its claims to its files: fair arms, verdicts that come from runs, the same numbers however it is run."""

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from worthsharing.experiments.claims import CLAIMS, ESSAYS, STRATEGIES, Arm, Claim, Part
from worthsharing.experiments.compare import difference_of, is_equal_effort
from worthsharing.experiments.design import moved, sample
from worthsharing.experiments.execute import run_scenarios
from worthsharing.experiments.results import TRIAL_MANIFEST, TRIAL_VERDICTS, read_trial, write_trial
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.trial import (
    WORLDS_A_STEP,
    Plan,
    arms_at,
    estimate,
    plan_of,
    run_trial,
    space_of,
    trial_steps,
)
from worthsharing.experiments.verdicts import Trial
from worthsharing.sim.errors import InputError
from worthsharing.sim.messages import effort_of
from worthsharing.sim.scenario import Scenario, load_scenario

SMALL = Plan(
    (CLAIMS["E1.1"], CLAIMS["E1.3"]),
    replicates=3,
    points=5,
    replicates_per_point=2,
    people=120,
    people_per_point=80,
    days=8,
)


def effort(scenario: Scenario) -> float:
    return effort_of(scenario, scenario.brand)["effort"]


@pytest.fixture(scope="module")
def small() -> Trial:
    return run_trial(SMALL, workers=1)


# --- the claims ---


def test_all_eighteen_claims_are_on_trial() -> None:
    counts = {essay: sum(claim.essay == essay for claim in CLAIMS.values()) for essay in ESSAYS}
    assert counts == {"E1": 5, "E2": 4, "E3": 4, "E4": 5}
    assert all(id_ == claim.id for id_, claim in CLAIMS.items())


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_every_part_compares_arms_that_are_there_and_can_fail(claim: Claim) -> None:
    arms = {arm.name for arm in claim.arms}
    assert len(arms) == len(claim.arms)
    assert claim.parts
    named = {name for part in claim.parts for name in (part.a, part.b, *(part.against or ()))}
    assert named == arms  # no arm is run for nothing
    for part in claim.parts:
        assert part.a != part.b or part.measure_a not in (None, part.measure), part.label
        assert {part.a, part.b} != set(part.against or ())
    assert len({part.label for part in claim.parts}) == len(claim.parts)


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_all_but_free_arms_spend_the_same_everywhere(claim: Claim) -> None:
    arms = arms_at((claim,), {"world.people": 100})
    assert len(arms) == len(claim.arms)
    paying = {f"{claim.id} {arm.name}" for arm in claim.arms if not arm.free}
    for point in ({}, *(point.values for point in sample(16))):
        efforts = [effort(scenario) for name, scenario in arms_at((claim,), point).items() if name in paying]
        assert is_equal_effort(efforts), (claim.id, efforts)


@pytest.mark.parametrize("name", STRATEGIES)
def test_strategies_as_they_stand_in_their_files_spend_the_same(name: str) -> None:
    reference = load_scenario("be_worth_sharing").scenario
    assert is_equal_effort((effort(load_scenario(name).scenario), effort(reference)))


# --- plans ---


def test_plan_of_claims_in_any_case() -> None:
    assert [claim.id for claim in plan_of(["e1.2", "E4.5", "e1.2"]).claims] == ["E1.2", "E4.5"]
    assert len(plan_of().claims) == 18
    quick = plan_of(quick=True)
    assert (quick.replicates, quick.points) == (20, 128)
    assert plan_of(quick=True, points=7).points == 7
    assert quick.replicates_per_point == plan_of().replicates_per_point == 4
    assert plan_of(people=300).people_per_point == 300


@pytest.mark.parametrize(("unknown", "near"), [("E1.9", "E1."), ("e31", "E3.1"), ("liking", "one of: E1.1")])
def test_unknown_claim_is_refused_with_a_hint(unknown: str, near: str) -> None:
    with pytest.raises(InputError, match="there is no such claim") as refused:
        plan_of(["E1.1", unknown])
    assert near in refused.value.right


def test_estimate_counts_the_runs() -> None:
    assert estimate(SMALL, workers=1).runs == run_trial(SMALL, workers=1).runs
    assert estimate(SMALL, workers=1).seconds > 0.0


# --- running ---


def test_defaults_are_what_compare_would_say(small: Trial) -> None:
    part = small.verdicts[1].parts[1]  # value 0.5 against 0.2
    arms = arms_at(SMALL.claims, {"world.people": 120, "clock.days": 8})
    pair = {name: arms[f"E1.3 {name}"] for name in ("value 0.2", "value 0.5")}
    results = run_scenarios(pair, replicates=3, workers=1)
    values = (results.values(name, "reach_earned") for name in pair)
    found = difference_of("reach_earned", *pair, *values, family=4)
    assert (part.difference, part.low, part.high) == (found.difference, found.low, found.high)


def test_trial_does_not_depend_on_workers_or_the_store(small: Trial, tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        assert repr(run_trial(SMALL, workers=2, store=store)) == repr(small)
    again = RunStore(tmp_path)
    assert len(again) > 0
    assert repr(run_trial(SMALL, workers=2, store=again)) == repr(small)


def test_claim_alone_gets_the_verdict_that_it_gets_among_others(small: Trial) -> None:
    alone = run_trial(replace(SMALL, claims=(CLAIMS["E1.3"],)), workers=1)
    assert repr(alone.verdicts[0]) == repr(small.verdicts[1])


def test_progress_ends_with_all_worlds() -> None:
    seen: list[tuple[int, int]] = []
    run_trial(SMALL, workers=2, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 13) for done in range(1, 14)]


def test_claim_whose_scenario_is_not_there_is_noted_and_not_judged() -> None:
    nowhere = replace(
        CLAIMS["E1.1"],
        arms=(Arm("x", "be_worth_sharing"), Arm("y", "nowhere"), Arm("z", "silence", {"brand.no_such": 1})),
        parts=(Part("reach", "reach", "x", "y", "more"), Part("noise", "noise", "x", "z", "more")),
    )
    found = run_trial(replace(SMALL, claims=(nowhere,)), workers=1)
    assert found.verdicts[0].side == "not available"
    assert len(found.notes) == 2
    assert "nowhere" in found.notes[0]
    assert "no_such" in found.notes[1]


def test_free_arm_is_changed_after_it_was_given_its_budget() -> None:
    """The same offers at the same rate, without the reward, whatever the reward's money would have bought."""
    for point in sample(8):
        arms = arms_at((CLAIMS["E1.1"],), point.values)
        off, on = arms["E1.1 offers, no reward"], arms["E1.1 offers, rewarded"]
        put_back = {"brand.series.0.reward": 5.0, "brand.series.0.rewards_per_post": 12}
        assert moved(off, put_back).key == on.key


def test_pairs_are_those_of_the_strategies_that_were_run() -> None:
    found = run_trial(replace(SMALL, claims=(CLAIMS["E1.2"], CLAIMS["E1.4"])), workers=1)
    assert {(pair.a, pair.b) for pair in found.pairs} == {
        ("customers_as_marketing_department", "be_worth_sharing")
    }
    assert [pair.measure for pair in found.pairs] == ["reach", "backlash", "attitude_reached", "adoptions"]


# --- files ---


def test_files_hold_every_part_and_every_setting(small: Trial, tmp_path: Path) -> None:
    files = write_trial(tmp_path, small, space_of(SMALL), "worthsharing trial", csv=True)
    assert {file.name for file in files} == {
        "trial_parts.parquet", "trial_parts.csv", "trial_points.parquet", "trial_points.csv", "trial_verdicts.json",
        "trial.html", "trial.json",
    }  # fmt: skip
    parts = pd.read_parquet(tmp_path / "trial_parts.parquet")
    assert list(parts["claim"]) == ["E1.1"] * 2 + ["E1.3"] * 4
    assert list(parts["difference"]) == [part.difference for one in small.verdicts for part in one.parts]
    points = pd.read_parquet(tmp_path / "trial_points.parquet")
    assert len(points) == 5
    np.testing.assert_array_equal(points["margin E1.3"], small.verdicts[1].margins)
    for number, point in enumerate(sample(5)):
        assert {path: points[path][number] for path in point.values} == point.values
    assert small.verdicts[1].sentence[:20] in (tmp_path / "trial.html").read_text(encoding="utf-8")


def test_a_trial_is_read_as_it_was_written(small: Trial, tmp_path: Path) -> None:
    write_trial(tmp_path, small, space_of(SMALL), "worthsharing trial")
    found = read_trial(tmp_path)
    assert str(found.trial) == str(small)  # NaN is not equal to itself
    assert found.manifest["command"] == "worthsharing trial"
    assert "NaN" not in (tmp_path / TRIAL_VERDICTS).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "damage", ["no folder", "earlier version", "gone", "changed", "not a trial", "not JSON"]
)
def test_a_damaged_trial_is_refused(small: Trial, tmp_path: Path, damage: str) -> None:
    if damage != "no folder":
        write_trial(tmp_path, small, space_of(SMALL), "worthsharing trial")
        manifest = json.loads((tmp_path / TRIAL_MANIFEST).read_text(encoding="utf-8"))
        file = tmp_path / TRIAL_VERDICTS
        if damage == "earlier version":
            del manifest["files"][TRIAL_VERDICTS]
        elif damage == "gone":
            file.unlink()
        elif damage == "changed":
            file.write_text("{}")
        else:
            file.write_text("{}" if damage == "not a trial" else "{")
            manifest["files"][TRIAL_VERDICTS] = hashlib.sha256(file.read_bytes()).hexdigest()
        (tmp_path / TRIAL_MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_trial(tmp_path)
    assert str(tmp_path) in caught.value.where
    assert caught.value.right


def test_steps_come_to_what_a_trial_in_one_piece_says(small: Trial) -> None:
    count, found = 0, None

    def run() -> Iterator[None]:
        nonlocal found
        found = yield from trial_steps(SMALL, workers=2)

    for _ in run():
        count += 1
    assert str(found) == str(small)
    assert count == math.ceil(SMALL.replicates / WORLDS_A_STEP) + SMALL.points
