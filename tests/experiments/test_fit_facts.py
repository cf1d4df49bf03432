"""Fitting defaults to facts: a known parameter is found again, whoever searches, and only calibrated facts are fitted to."""

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("optuna", reason="needs the optimise extra")

from worthsharing.dashboard import cli
from worthsharing.experiments import fit_facts
from worthsharing.experiments.facts import FACTS, Part, take_samples
from worthsharing.experiments.fit_facts import (
    Fit,
    FitPlan,
    Measured,
    difference,
    distance,
    fit_plan,
    load_fit,
    loss_of,
    run_fit,
    tables_of,
    write_fit,
)
from worthsharing.experiments.store import RunStore
from worthsharing.sim.errors import InputError

TRUTH = 0.06
SMALL: dict[str, Any] = {
    "facts": ["F3"],
    "trials": 14,
    "spread": 6,
    "people": 400,
    "worlds": 2,
    "confirm_worlds": 2,
    "parameters": [{"path": "sharing.p_share_people"}],
}


@pytest.fixture(scope="module")
def plan() -> FitPlan:
    """A search of which the answer is known: the band is what the worlds give at the true value."""
    known = fit_plan(SMALL, "", "small.toml", seed=5)
    samples = take_samples(
        known.facts,
        {"everyday": (400, 2)},
        seed=5,
        workers=1,
        settings={"sharing.p_share_people": TRUTH},
    )
    size = tables_of(known.facts, samples)[0]["F3 size"]
    band = Part("size", "Mean cascade size", "members", size - 0.1, size + 0.1)
    return dataclasses.replace(known, facts=(dataclasses.replace(known.facts[0], parts=(band,)),))


@pytest.fixture(scope="module")
def fit(plan: FitPlan) -> Fit:
    return run_fit(plan, workers=1)


def test_a_known_parameter_is_found_again(fit: Fit) -> None:
    (found,) = fit.determined
    assert found.best == pytest.approx(TRUTH, rel=0.1)
    assert found.low <= TRUTH <= found.high
    assert found.share < 0.6
    assert fit.trials[fit.best].measured.loss < 0.1 < 1.0 < fit.trials[0].measured.loss
    assert fit.trials[0].settings == fit.plan.shipped


def test_the_trials_follow_from_the_seed_alone(plan: FitPlan, fit: Fit) -> None:
    assert run_fit(plan, workers=2) == fit
    other = run_fit(dataclasses.replace(plan, seed=6), workers=2)
    assert [one.settings for one in other.trials] != [one.settings for one in fit.trials]


def test_what_was_measured_is_found_again(
    plan: FitPlan, fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RunStore(tmp_path) as store:
        run_fit(plan, workers=1, store=store)

    def nobody(*_: Any, **__: Any) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(fit_facts, "take_samples", nobody)
    assert run_fit(plan, store=RunStore(tmp_path)) == fit


def test_files_are_the_same_bytes_and_say_what_was_found(fit: Fit, tmp_path: Path) -> None:
    first = [file.read_bytes() for file in write_fit(tmp_path / "a", fit, "command")]
    assert first == [file.read_bytes() for file in write_fit(tmp_path / "b", fit, "command")]
    result = tomllib.loads((tmp_path / "a" / fit_facts.RESULT).read_text(encoding="utf-8"))
    assert result["best_trial"] == fit.best
    assert result["parameters"][0]["path"] == "sharing.p_share_people"
    assert len((tmp_path / "a" / fit_facts.TRIALS).read_text(encoding="utf-8").splitlines()) == 1 + len(
        fit.trials
    )


def test_each_fact_weighs_the_same() -> None:
    facts = (FACTS["F3"], FACTS["F6"])
    centred = {"F3 size": 1.575, "F6 worth": 0.36, "F6 middling": 0.39, "F6 noise": 0.25}
    assert loss_of(facts, centred) == pytest.approx(0.0)
    assert loss_of(facts, {**centred, "F3 size": 2.0}) == pytest.approx(0.5)
    assert loss_of(facts, {**centred, "F6 worth": 0.44}) == pytest.approx(0.5 / 3)
    assert distance(FACTS["F3"].parts[0], float("nan")) == fit_facts.FARTHEST


def test_no_nearness_makes_up_for_a_failed_part() -> None:
    facts = (FACTS["F3"], FACTS["F6"])
    edges = {"F3 size": 1.99, "F6 worth": 0.43, "F6 middling": 0.46, "F6 noise": 0.32}
    failed = {"F3 size": 1.575, "F6 worth": 0.36, "F6 middling": 0.39, "F6 noise": 0.34}
    assert loss_of(facts, edges) < 1.0 < loss_of(facts, failed)


def test_only_a_clear_gain_is_better() -> None:
    one, other = Measured({}, 0.5, (0.4, 0.6, 0.5, 0.5)), Measured({}, 0.3, (0.2, 0.4, 0.3, 0.3))
    assert difference(one, other) == pytest.approx((0.2, 0.0), abs=1e-9)
    noisy = dataclasses.replace(other, left_out=(0.6, 0.0, 0.5, 0.1))
    gain, reach = difference(one, noisy)
    assert reach > gain > 0.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"facts": ["F3", "F5"]}, "nothing may be fitted to F5"),
        ({"facts": ["F8"]}, "which is on the list 'input'"),
        ({"facts": ["F99"]}, "there is no fact 'F99'"),
        ({"parameters": [{"path": "sharing.p_share_peple"}]}, "did you mean 'sharing.p_share_people'"),
        ({"parameters": [{"path": "world.people"}]}, "cannot be searched"),
        ({"parameters": [{"path": "brand.care_hours_per_week"}]}, "has no plausible range"),
        ({"parameters": [{"path": "sharing.p_share_people", "range": [0.5, 1.5]}]}, "out of bounds"),
        (
            {"parameters": [{"path": "sharing.p_share_people", "range": [0.5, 0.1]}]},
            "must be the smaller one",
        ),
        ({"parameters": [{"path": "sharing.p_share_people"}] * 2}, "is given twice"),
        ({"trails": 3}, "did you mean 'trials'"),
        ({"trials": 1}, "will not do"),
    ],
)
def test_a_wrong_design_is_refused_in_words(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as refused:
        fit_plan({**SMALL, **change}, "", "small.toml")
    assert said in str(refused.value)
    assert str(refused.value).startswith("small.toml")


def test_a_design_without_facts_is_refused_and_a_missing_file_too(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="facts: is missing"):
        fit_plan({key: value for key, value in SMALL.items() if key != "facts"}, "", "small.toml")
    with pytest.raises(InputError, match="cannot be read"):
        load_fit(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("= 3", encoding="utf-8")
    with pytest.raises(InputError, match="not valid TOML"):
        load_fit(tmp_path / "bad.toml")


def test_the_command_fits_either_a_page_or_facts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORTHSHARING_CACHE", str(tmp_path / "cache"))
    design = tmp_path / "small.toml"
    design.write_text(
        'facts = ["F3"]\ntrials = 2\npeople = 200\nworlds = 2\nconfirm_worlds = 2\n'
        '[[parameters]]\npath = "sharing.p_share_people"\n',
        encoding="utf-8",
    )
    with pytest.raises(SystemExit) as ended:
        cli.main(["calibrate", "--facts", str(design), "--out", str(tmp_path / "out"), "--workers", "1"])
    said = capsys.readouterr()
    assert not ended.value.code
    assert "sharing.p_share_people" in said.out
    assert (tmp_path / "out" / fit_facts.RESULT).is_file()
    for words in (["calibrate"], ["calibrate", "--facts", str(design), "--posts", "page.csv"]):
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        assert ended.value.code == 2
        assert "either --posts FILE or --facts DESIGN.toml" in capsys.readouterr().err
