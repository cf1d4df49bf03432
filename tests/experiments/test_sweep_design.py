"""Designs of sweeps: what a file states is what is run, and what is wrong in it is said to whoever wrote it."""

import math
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from worthsharing.experiments.sweep_design import Plan, load_plan, plan_of
from worthsharing.sim.errors import InputError
from worthsharing.sim.measures import MEASURES

BASE: dict[str, Any] = {"scenarios": ["be_worth_sharing"]}
QUALITY = {"path": "brand.quality", "values": [0.2, 0.4, 0.8]}
REST = {"path": "fatigue.half_life", "range": [4, 28], "scale": "log"}
WORDS = {"path": "leaving.complaint_moral_words", "range": [0, 4]}


def plan(*, seed: int = 1, **content: Any) -> Plan:
    return plan_of({**BASE, **content}, b"", "mine.toml", Path(), seed=seed)


def column(made: Plan, path: str) -> list[Any]:
    return [point[path] for point in made.points]


def test_grid_has_every_combination_and_the_first_parameter_changes_slowest() -> None:
    made = plan(parameters=[QUALITY, {**REST, "steps": 3}], replicates=4)
    assert column(made, "brand.quality") == [0.2] * 3 + [0.4] * 3 + [0.8] * 3
    assert column(made, "fatigue.half_life")[:3] == pytest.approx([4.0, (4.0 * 28.0) ** 0.5, 28.0])
    assert made.rows == 9 * 4


def test_grid_ends_where_the_range_ends() -> None:
    made = plan(parameters=[{"path": "brand.quality", "range": [0.1, 0.9], "steps": 7}])
    assert (column(made, "brand.quality")[0], column(made, "brand.quality")[-1]) == (0.1, 0.9)


def test_listed_points_are_those_that_are_listed_however_they_are_written() -> None:
    made = plan(method="listed", listed=[{"brand.quality": 0.5}, {"brand": {"quality": 0.7}}])
    assert column(made, "brand.quality") == [0.5, 0.7]


@pytest.mark.parametrize("method", ["latin", "sobol"])
def test_each_half_of_a_range_has_half_of_the_points(method: str) -> None:
    made = plan(method=method, points=64, parameters=[QUALITY, REST])
    assert np.count_nonzero(np.array(column(made, "fatigue.half_life")) < (4.0 * 28.0) ** 0.5) == 32
    assert set(column(made, "brand.quality")) == {0.2, 0.4, 0.8}


@pytest.mark.parametrize("method", ["latin", "sobol"])
@pytest.mark.parametrize("count", [1, 5, 64, 100])
def test_more_points_begin_with_the_fewer_ones(method: str, count: int) -> None:
    def of(points: int, seed: int) -> Any:
        return plan(method=method, points=points, parameters=[QUALITY, REST], seed=seed).points

    assert of(count, 3) == of(130, 3)[:count]
    assert of(count, 4) != of(130, 3)[:count]


def test_whole_numbers_have_the_same_part_of_a_range_each() -> None:
    values = column(plan(method="latin", points=640, parameters=[WORDS]), WORDS["path"])
    assert all(isinstance(value, int) for value in values)
    # ten hypercubes, each of which may be one off
    assert [values.count(value) for value in range(5)] == pytest.approx([128] * 5, abs=10)


def test_normal_has_its_quantiles_and_stays_in_the_bounds() -> None:
    normal = {"path": "brand.quality", "normal": {"mean": 0.9, "sd": 0.2}}
    values = np.array(column(plan(method="sobol", points=1024, parameters=[normal]), "brand.quality"))
    assert 0.0 <= values.min() < values.max() <= 1.0
    # cut off at 1: of what is left, half is below the median of the normal's lower 69 %
    assert np.median(values) == pytest.approx(0.9 - 0.2 * 0.396, abs=0.005)


def test_parameter_that_says_nothing_takes_its_plausible_range() -> None:
    values = column(plan(method="latin", points=64, parameters=[{"path": "fatigue.half_life"}]), REST["path"])
    assert (min(values), max(values)) == (pytest.approx(4.0, rel=0.1), pytest.approx(28.0, rel=0.1))


def test_switches_and_choices_are_values_too() -> None:
    switch = {"path": "mechanisms.fatigue", "values": [True, False]}
    order = {"path": "attention.ranking", "values": ["chronological", "engagement"]}
    made = plan(parameters=[switch, order])
    assert column(made, "mechanisms.fatigue") == [True, True, False, False]
    assert column(made, "attention.ranking") == ["chronological", "engagement"] * 2


def test_all_measures_are_taken_unless_some_are_asked_for() -> None:
    assert plan(parameters=[QUALITY]).measures == tuple(MEASURES)
    assert plan(parameters=[QUALITY], measures=["noise", "reach"]).measures == ("reach", "noise")


def test_settings_and_files_beside_the_design_make_the_scenarios(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("brand.quality = 0.25\n")
    file = tmp_path / "design.toml"
    file.write_text(
        'scenarios = ["mine.toml", "silence"]\nsettings = ["world.people=77"]\n'
        '[[parameters]]\npath = "fatigue.half_life"\nvalues = [7]\n'
    )
    made = load_plan(file)
    assert list(made.scenarios) == ["mine", "silence"]
    assert made.scenarios["mine"].brand.quality == 0.25
    assert {one.world.people for one in made.scenarios.values()} == {77}
    assert made.text == file.read_bytes()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"replicas": 3}, r"mine\.toml: replicas: there is no such key; did you mean 'replicates'\?"),
        ({"method": "grind"}, r"method: 'grind' is no choice here; .*did you mean 'grid'\?"),
        (
            {"replicates": 0},
            r"replicates: 0 will not do; a whole number from 1 to 1,000,000, e\.g\. replicates = 20",
        ),
        ({"replicates": "3"}, r"replicates: '3' will not do; a whole number"),
        ({"measures": ["reech"]}, r"measures\.0: there is no measure 'reech'; did you mean 'reach'\?"),
        (
            {"scenarios": ["be_worth_sharin"]},
            r"scenarios: be_worth_sharin: .*did you mean 'be_worth_sharing'\?",
        ),
        ({"scenarios": ["silence", "silence"]}, r"scenarios: 'silence' is given twice"),
        ({"scenarios": []}, r"scenarios: is empty; a list of files or names, e\.g\. scenarios = \["),
        ({"scenarios": "silence"}, r'a list of files or names, e\.g\. scenarios = \["silence"\]'),
        ({"settings": "brand.quality=1"}, r'a list of texts, e\.g\. settings = \["brand\.quality=1"\]'),
        ({"settings": [1]}, r"settings\.0: 1 will not do; a list of texts"),
        ({"parameters": 3}, r"parameters: 3 will not do; tables `\[\[parameters\]\]`"),
        ({"parameters": [3]}, r"parameters\.0: 3 will not do; tables"),
        (
            {"parameters": [{"values": [1]}]},
            r'parameters\.0\.path: is missing; for example path = "brand\.quality"',
        ),
        (
            {"settings": ["brand.qualty=1"]},
            r"mine\.toml: .*there is no such parameter; did you mean 'quality'\?",
        ),
        ({"parameters": []}, r"there is nothing to vary"),
        (
            {"parameters": [{"path": "brand.qualty", "values": [1]}]},
            r"mine\.toml: brand\.qualty: .*'brand\.quality'",
        ),
        (
            {"parameters": [{"path": "brand.quality", "valeus": [1]}]},
            r"brand\.quality: valeus: .*did you mean 'values'",
        ),
        (
            {"parameters": [{"path": "brand.quality", "values": [2.0]}]},
            r"brand\.quality: 2\.0 is out of bounds; a number",
        ),
        (
            {"parameters": [{"path": "brand.quality", "range": [0.5, 3], "steps": 2}]},
            r"brand\.quality: 3\.0 is out of",
        ),
        (
            {"parameters": [{"path": "brand.quality", "range": [0.5, 0.1], "steps": 2}]},
            r"brand\.quality: has a range from 0\.5 to 0\.1; the first number must be the smaller one",
        ),
        (
            {"parameters": [{"path": "brand.quality", "values": [[1]]}]},
            r"brand\.quality: values\.0: \[1\] will not do; a list of numbers",
        ),
        (
            {"parameters": [{"path": "brand.quality", "values": [math.nan]}]},
            r"brand\.quality: values\.0: nan will not do; a list of numbers, .*e\.g\. values = \[0\.2",
        ),
        (
            {"parameters": [{"path": "brand.quality", "values": []}]},
            r"brand\.quality: values: is empty; a list",
        ),
        (
            {"parameters": [{"path": "brand.quality", "range": [0.3]}]},
            r"brand\.quality: range: \[0\.3\] will not do; two numbers, e\.g\. range = \[",
        ),
        (
            {"parameters": [{"path": "brand.quality", "range": [0.3, "much"]}]},
            r"brand\.quality: range: \[0\.3, 'much'\] will not do; two numbers",
        ),
        (
            {"parameters": [{"path": "brand.quality", "normal": {"mean": 0.5}}]},
            r"brand\.quality: normal\.sd: is missing; for example normal = \{ mean = 0\.5, sd = 0\.1 \}",
        ),
        (
            {"parameters": [{"path": "brand.quality", "range": [0, 1], "steps": 1}]},
            r"brand\.quality: steps: 1 will not do; a whole number from 2 to",
        ),
        (
            {"parameters": [{"path": "brand.quality", "range": [0, 1], "scale": "lag"}]},
            r"brand\.quality: scale: 'lag' is no choice here; one of 'linear', 'log'; did you mean 'log'",
        ),
        (
            {"parameters": [{"path": "mechanisms.fatigue", "values": [2]}]},
            r"mechanisms\.fatigue: 2 will not do; true or false",
        ),
        (
            {"parameters": [{"path": "brand.quality", "values": [0.3, 0.5, 0.3]}]},
            r"mine\.toml: brand\.quality: has 0\.3 twice; give each value once",
        ),
        ({"parameters": [{"path": "brand.quality", "values": [1, 1.0]}]}, r"has 1\.0 twice"),
        (
            {"parameters": [{"path": "brand.quality", "range": [0, 1]}]},
            r"brand\.quality: says no values for a grid",
        ),
        ({"parameters": [{**REST, "range": [0, 1], "steps": 2}]}, r"log scale"),
        ({"parameters": [QUALITY, QUALITY]}, r"'brand\.quality' is given twice"),
        ({"parameters": [{**QUALITY, "steps": 3}]}, r"gives `values` and something else"),
        ({"parameters": [{"path": "mechanisms.fatigue", "range": [0, 1]}]}, r"is no number and has no range"),
        (
            {"parameters": [{"path": "brand.series.9.reward", "values": [1]}]},
            r"no such parameter in be_worth_sharing",
        ),
        ({"method": "latin", "parameters": [QUALITY]}, r"needs the number of `points`"),
        ({"points": 3, "parameters": [QUALITY]}, r"leave `points` out"),
        ({"method": "listed"}, r"go together"),
        (
            {"method": "listed", "listed": [{"brand.quality": 1}, {"adoption.p_buy": 0.1}]},
            r"listed\.1: does not set what the first point sets",
        ),
        (
            {"replicates": 1_000_000, "parameters": [QUALITY, {**REST, "steps": 99}]},
            r"asks for 297,000,000 runs",
        ),
        (
            {
                "parameters": [
                    {**REST, "steps": 1000},
                    {"path": "brand.quality", "range": [0, 1], "steps": 501},
                ]
            },
            r"has 501,000 points",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(content: dict[str, Any], expected: str) -> None:
    content = {"parameters": [QUALITY], **content} if content.get("method") != "listed" else content
    with pytest.raises(InputError, match=expected) as refused:
        plan(**content)
    assert "nput should" not in str(refused.value)  # the validator's own words


@pytest.mark.parametrize(
    ("text", "expected"),
    [(b"a = ", "not valid TOML"), (b"\xff\xfe", "is not UTF-8"), (b"", "scenarios: is missing")],
)
def test_file_that_cannot_be_read_is_said_so(tmp_path: Path, text: bytes, expected: str) -> None:
    file = tmp_path / "design.toml"
    file.write_bytes(text)
    with pytest.raises(InputError, match=f"design.toml: {expected}"):
        load_plan(file)


def test_folder_and_nothing_are_no_designs(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nothing.toml"):
        with pytest.raises(InputError, match="cannot be read"):
            load_plan(place)


@pytest.mark.parametrize("method", ["sobol", "latin"])
def test_points_of_a_design_are_remembered(method: str, tmp_path: Path) -> None:
    """Going on with a sweep takes no second for scipy.stats, which draws points; they are the same points."""
    content = (
        f'scenarios = ["silence"]\nmethod = "{method}"\npoints = 8\nreplicates = 1\n'
        '[[parameters]]\npath = "brand.quality"\n[[parameters]]\npath = "fatigue.half_life"\n'
    )
    (tmp_path / "design.toml").write_text(content)
    seed = secrets.randbelow(2**62)  # one that no points are kept for
    program = (
        "import sys\nfrom worthsharing.experiments.sweep_design import load_plan\n"
        f"print(load_plan('design.toml', seed={seed}).points)\nprint('scipy.stats' in sys.modules)"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for _ in range(2)
    ]
    assert said[0][0] == said[1][0] == str(load_plan(tmp_path / "design.toml", seed=seed).points)
    assert [lines[1] for lines in said] == ["True", "False"]
