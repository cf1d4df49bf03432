"""The generated documents: up to date, complete, and of the same opinion as the schema."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from worthsharing.experiments.reference import documents, json_schema, parameter_table, scenarios_folder
from worthsharing.sim.errors import InputError
from worthsharing.sim.scenario import GRADES, Scenario, bundled_names, load_scenario, parameters, validate

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SCHEMA: dict[str, Any] = json.loads(json_schema())


@pytest.mark.parametrize("name", sorted(documents()))
def test_committed_document_is_up_to_date(name: str) -> None:
    assert scenarios_folder() == SCENARIOS
    assert (SCENARIOS / name).read_text(encoding="utf-8") == documents()[name], "run `worthsharing reference`"


def test_table_has_a_row_for_every_parameter() -> None:
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", parameter_table(), re.MULTILINE)
    assert [name for name, _ in rows] == [parameter.path.rpartition(".")[2] for parameter in parameters()]
    assert {len(re.findall(r"(?<!\\)\|", cells)) for _, cells in rows} == {6}


def test_every_parameter_says_what_it_is() -> None:
    for parameter in parameters():
        assert parameter.meaning, parameter.path
        assert parameter.unit, parameter.path
        assert parameter.source, parameter.path
        if parameter.type in {"int", "float"}:
            assert parameter.low is not None, parameter.path
            assert parameter.high is not None, parameter.path
        if parameter.grade is not None:
            assert parameter.grade in GRADES
        if parameter.plausible is not None and parameter.low is not None and parameter.high is not None:
            low, high = parameter.plausible
            assert parameter.low <= low < high <= parameter.high, parameter.path
            assert low <= parameter.default <= high, parameter.path


def test_every_bundled_scenario_is_in_the_table() -> None:
    for name in bundled_names():
        assert f"[`{name}`]({name}.toml)" in parameter_table()


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    return SCHEMA["definitions"][reference.rpartition("/")[2]] if reference else schema


def problems(content: Any, schema: dict[str, Any], place: str = "") -> list[str]:
    """What an editor would underline: the part of JSON Schema that ours uses."""
    schema = resolved(schema)
    found = []
    if isinstance(content, dict):
        known = schema.get("properties", {})
        assert schema.get("additionalProperties") is False
        for key, value in content.items():
            found += problems(value, known[key], f"{place}.{key}") if key in known else [f"{place}.{key}"]
    elif isinstance(content, list):
        for entry in content:
            found += problems(entry, schema["items"], place)
    else:
        kinds = {"number": (int, float), "integer": int, "string": str, "boolean": bool}
        right = isinstance(content, kinds[schema["type"]]) and content in schema.get("enum", [content])
        if right and not isinstance(content, str):
            right = schema.get("minimum", content) <= content <= schema.get("maximum", content)
        if not right:
            found.append(place)
    return found


@pytest.mark.parametrize("name", bundled_names())
def test_schema_accepts_bundled_scenarios(name: str) -> None:
    assert problems(tomllib.loads((SCENARIOS / f"{name}.toml").read_text()), SCHEMA) == []


@pytest.mark.parametrize(
    "content",
    [
        {"zzz": 1},
        {"brand": {"qualty": 0.9}},
        {"brand": {"quality": 1.5}},
        {"brand": {"series": [{"kind": "advert"}]}},
        {"world": {"people": "many"}},
    ],
)
def test_schema_refuses_what_the_loader_refuses(content: dict[str, Any]) -> None:
    assert problems(content, SCHEMA)
    with pytest.raises(InputError):
        validate(content, "x")


def test_schema_knows_what_the_loader_knows() -> None:
    assert problems(load_scenario("silence").scenario.model_dump(mode="json"), SCHEMA) == []
    assert set(SCHEMA["properties"]) == set(Scenario.model_fields)


def test_schema_tells_unit_and_grade() -> None:
    quality = SCHEMA["definitions"]["Brand"]["properties"]["quality"]
    assert "[probability]" in quality["description"]
    assert "grade X" in quality["description"]
