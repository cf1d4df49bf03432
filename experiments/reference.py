"""The documents that follow from the schema: the parameter table and the JSON Schema of scenario files."""

import json
from collections.abc import Iterator
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

from worthsharing.sim.errors import InputError
from worthsharing.sim.scenario import (
    GRADES,
    ParameterInfo,
    Scenario,
    bundled_names,
    load_scenario,
    parameters,
)

TABLE, SCHEMA = "README.md", "scenario.schema.json"
CHOICE = "a choice of this scenario"  # the source of a parameter that has none

_HOW_TO = """\
# Scenarios

*Written by `worthsharing reference` from the code; edit the texts there.*

A scenario is one campaign in one world. Its file is [TOML](https://toml.io) and states **only what differs from
the defaults**; an empty file is the defaults. Start from a bundled one:

```
worthsharing scenarios --out my_scenarios
worthsharing run my_scenarios/be_worth_sharing.toml
```

- The first line, `#:schema ./scenario.schema.json`, lets editors complete names and check values.
- A key such as `brand.quality` is `quality` below `[brand]`. What a brand publishes is a list: each `[[brand.series]]`
  begins another series of posts. Rivals for the same attention are `[[rivals]]`, with all that a brand has.
- `world.network` is `friends`, `follows`, `erdos_renyi`, or the path of a network file, seen from the scenario file.
- `--set brand.quality=0.9` changes a parameter for one command; `--set brand.series.0.reward=5` one of the first series.
- Whatever is unknown, misspelt, of the wrong type or out of bounds is refused, with its place and what would be right.
- Costs are shown beside results: two strategies are compared fairly when they spend the same. `worthsharing compare`
  says when they do not.
"""

_GRADES_INTRODUCTION = """\
**Grade** says how well a default is known. A parameter without a grade is a choice of the scenario or of computing,
not a claim about people. **Plausible** is the range to try before believing a result.
"""


def documents() -> dict[str, str]:
    """Every generated document by its file name in `scenarios/`."""
    return {TABLE: parameter_table(), SCHEMA: json_schema()}


def scenarios_folder() -> Path:
    """Folder of the scenario files of a source checkout; raises `InputError` where there is none."""
    folder = Path(str(files("worthsharing.scenarios")))
    root = Path(__file__).resolve().parent.parent
    if not (root / "pyproject.toml").is_file() or not (root / "scenarios").is_dir():
        right = "run it in a clone installed with `pip install -e .`, or give --out DIR"
        raise InputError(str(folder), "is not a source checkout", right)
    return root / "scenarios"


# ---- the parameter table ------------------------------------------------------------------------------------------


def parameter_table() -> str:
    """Markdown that tells how to write a scenario file and what each parameter means."""
    return "\n".join([_HOW_TO, *_bundled_table(), *_grades_table(), *_sections()]) + "\n"


def _bundled_table() -> Iterator[str]:
    yield "## Bundled scenarios\n"
    yield "| name | what the brand does | claim |\n|---|---|---|"
    for name in bundled_names():
        scenario = load_scenario(name).scenario
        yield f"| [`{name}`]({name}.toml) | {_cell(scenario.title)} | {_cell(scenario.claim)} |"
    yield ""


def _grades_table() -> Iterator[str]:
    yield "## Grades\n"
    yield _GRADES_INTRODUCTION
    yield "| grade | meaning |\n|---|---|"
    for grade, meaning in GRADES.items():
        yield f"| {grade} | {_cell(meaning)} |"
    yield ""


def _sections() -> Iterator[str]:
    yield "## Parameters\n"
    models = dict(_models())
    for section, listed in groupby(parameters(), key=lambda parameter: parameter.section):
        title = _title(section)
        yield f"### `{title}`\n" if section else "### At the top of the file\n"
        about = models.get(section)
        if about:
            yield f"{about}\n"
        yield "| parameter | meaning | unit | default | bounds | plausible | grade | source |"
        yield "|---|---|---|---|---|---|---|---|"
        for parameter in listed:
            yield _row(parameter)
        yield ""


def _row(parameter: ParameterInfo) -> str:
    plausible = f"{parameter.plausible[0]:g} to {parameter.plausible[1]:g}" if parameter.plausible else ""
    name = parameter.path.rpartition(".")[2]
    bounds = parameter.bounds.replace("'", "`")
    cells = (
        f"`{name}`",
        parameter.meaning,
        parameter.unit,
        _default(parameter.default),
        bounds,
        plausible,
        parameter.grade or "",
        parameter.source if parameter.source != CHOICE else "",
    )
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f"`{json.dumps(value, ensure_ascii=False)}`"
    if isinstance(value, float):
        return f"`{value:,g}`".replace(",", "") if value < 1e6 else f"`{value:.0f}`"
    if isinstance(value, tuple):
        return "none"
    return f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _title(section: str) -> str:
    """Heading of a section as a scenario file writes it."""
    if section.endswith(".0"):
        return f"[[{section.removesuffix('.0')}]]"
    return f"[{section}]"


def _models() -> Iterator[tuple[str, str]]:
    """Section and the first line of what its class says of itself."""
    for name, field in Scenario.model_fields.items():
        annotation = field.annotation
        if hasattr(annotation, "model_fields"):
            yield name, _first_line(annotation)
            for inner_name, inner in getattr(annotation, "model_fields", {}).items():
                for argument in getattr(inner.annotation, "__args__", ()):
                    if hasattr(argument, "model_fields"):
                        yield f"{name}.{inner_name}.0", _first_line(argument)


def _first_line(described: Any) -> str:
    return (described.__doc__ or "").strip().splitlines()[0]


# ---- the JSON Schema ----------------------------------------------------------------------------------------------


def json_schema() -> str:
    """JSON Schema of scenario files for editors: names, bounds, units and meanings; unknown keys are errors."""
    schema = _for_editors(Scenario.model_json_schema())
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "worthsharing scenario",
        **{key: value for key, value in schema.items() if key != "title"},
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _for_editors(node: Any) -> Any:
    """Draft-07 form: definitions renamed, and unit, source and grade written where an editor shows them."""
    if isinstance(node, list):
        return [_for_editors(entry) for entry in node]
    if not isinstance(node, dict):
        return node.replace("#/$defs/", "#/definitions/") if isinstance(node, str) else node
    inner = {"definitions" if key == "$defs" else key: _for_editors(value) for key, value in node.items()}
    if "$ref" in inner:
        return {"$ref": inner["$ref"]}  # an editor ignores what stands beside it
    if "unit" in inner:
        inner["description"] = _tooltip(inner)
        inner = {key: value for key, value in inner.items() if key not in ("scale", "title")}
    return inner


def _tooltip(parameter: dict[str, Any]) -> str:
    parts = [f"{parameter['description']} [{parameter['unit']}]"]
    if "plausible" in parameter:
        low, high = parameter["plausible"]
        parts.append(f"plausible: {low:g} to {high:g}")
    if "grade" in parameter:
        parts.append(f"grade {parameter['grade']}: {parameter['source']}")
    return "; ".join(parts)
