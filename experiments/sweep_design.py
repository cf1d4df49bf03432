"""Designs of sweeps: read from a TOML file, checked against the schema, and turned into points."""

import copy
import difflib
import functools
import itertools
import json
import math
import re
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import scipy
import scipy.special  # scipy.stats takes a second to import: SciPy does it when it is used
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from worthsharing.experiments.design import AS_WRITTEN, Placing, latin_places, placed, sobol_places, value_at
from worthsharing.sim.errors import InputError
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.run import check_seed
from worthsharing.sim.scenario import (
    ParameterInfo,
    Scenario,
    bundled_names,
    describe_bounds,
    load_scenario,
    parameters,
)

MAX_ROWS = 20_000_000  # a table of more runs fits into few memories
MAX_POINTS = 500_000  # more take minutes to look up before anything is run
MAX_FILE_BYTES = 10_000_000
MAX_SHOWN_PATH = 300  # as long as a path may be
Value = bool | int | float | str


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class Normal(_Part):
    """A normal distribution, cut off at the bounds of its parameter."""

    mean: float = Field(description="Middle of the distribution", ge=-1e12, le=1e12)
    sd: float = Field(description="Its standard deviation", gt=0.0, le=1e12)


class SweptParameter(_Part):
    """One parameter and the values that it takes; without any, its plausible range in the schema.

    range: in samples, uniform (`scale = "linear"`) or log-uniform (`"log"`); in a grid, `steps` values evenly on that scale
    """

    path: str = Field(
        description="As in --set, e.g. fatigue.half_life; as SCENARIO:brand.quality, of one scenario alone",
        min_length=1,
        max_length=300,
    )
    values: tuple[Value, ...] | None = Field(None, strict=False, min_length=1, max_length=100_000)
    range: tuple[float, float] | None = Field(None, strict=False)
    scale: Literal["linear", "log"] | None = Field(None)
    steps: int | None = Field(None, ge=2, le=100_000)
    normal: Normal | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.values is not None and (self.range or self.normal or self.steps or self.scale):
            raise ValueError("gives `values` and something else; give one")
        if self.normal is not None and (self.steps or self.scale):
            raise ValueError("gives `normal` with `steps` or `scale`, which belong to a `range`")
        seen: set[tuple[bool, Value]] = set()  # true is no 1 here
        for value in self.values or ():
            if (isinstance(value, bool), value) in seen:
                raise ValueError(f"has {_written(value)} twice; give each value once")
            seen.add((isinstance(value, bool), value))
        if self.range is not None and not self.range[0] < self.range[1]:
            low, high = (f"{end:.10g}" for end in self.range)
            raise ValueError(f"has a range from {low} to {high}; the first number must be the smaller one")
        if self.scale == "log" and self.range is not None and self.range[0] <= 0.0:
            raise ValueError("has a range on a log scale that does not begin above 0")
        return self


class SweepDesign(_Part):
    """What a design file states."""

    title: str = Field("", max_length=200)
    scenarios: tuple[str, ...] = Field(strict=False, min_length=1, max_length=100)
    settings: tuple[str, ...] = Field((), strict=False, max_length=1000)
    method: Literal["grid", "listed", "latin", "sobol"] = "grid"
    points: int | None = Field(None, ge=1, le=MAX_POINTS)
    replicates: int = Field(20, ge=1, le=1_000_000)
    measures: tuple[str, ...] = Field((), strict=False, max_length=1000)
    on_error: Literal["keep", "stop"] = "keep"
    parameters: tuple[SweptParameter, ...] = Field((), strict=False, max_length=1000)
    listed: tuple[dict[str, Any], ...] = Field((), strict=False, max_length=1_000_000)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        sampled = self.method in ("latin", "sobol")
        if sampled and self.points is None:
            raise ValueError(f'method = "{self.method}" needs the number of `points`')
        if not sampled and self.points is not None:
            raise ValueError(f'method = "{self.method}" has its points already; leave `points` out')
        if (self.method == "listed") != bool(self.listed):
            raise ValueError('`[[listed]]` and method = "listed" go together')
        if self.method == "listed" and self.parameters:
            raise ValueError(
                'method = "listed" takes its values from `[[listed]]`; leave `[[parameters]]` out'
            )
        if self.method != "listed" and not self.parameters:
            raise ValueError("there is nothing to vary; add `[[parameters]]`")
        paths = [parameter.path for parameter in self.parameters]
        twice = next((path for path in paths if paths.count(path) > 1), None)
        if twice is not None:
            raise ValueError(f"parameter '{twice}' is given twice")
        return self


@dataclass(frozen=True, eq=False)
class Plan:
    """A design that is ready to run: every scenario loaded, every point known.

    points: values by path, each point with the same paths; infos: what the schema says of each path
    """

    design: SweepDesign
    text: bytes  # the file as it stands
    scenarios: Mapping[str, Scenario]
    infos: Mapping[str, ParameterInfo]
    points: tuple[Mapping[str, Value], ...]
    measures: tuple[str, ...]
    seed: int
    placing: Placing = AS_WRITTEN

    @functools.cached_property
    def scenario_keys(self) -> Mapping[str, str]:
        """Fingerprint of each scenario as it was loaded."""
        return {name: scenario.key for name, scenario in self.scenarios.items()}

    @property
    def rows(self) -> int:
        """Runs that the table has: points × scenarios × replicates."""
        return len(self.points) * len(self.scenarios) * self.design.replicates


def is_design(source: str | Path) -> bool:
    """Whether a file is the design of a sweep, and not a scenario: it names scenarios."""
    try:
        text = Path(source).read_text(encoding="utf-8-sig")
        return Path(source).suffix == ".toml" and "scenarios" in tomllib.loads(text)
    except (OSError, ValueError, RecursionError):
        return False


def load_plan(source: str | Path, *, seed: int = 1) -> Plan:
    """Read a design file; raises `InputError`, with file, key, what is wrong and what would be right.

    seed: all chance follows from it: that of the runs, and that of sampled points
    """
    path, where = Path(source), str(source)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InputError(where, f"is larger than {MAX_FILE_BYTES:,} bytes", "sample instead of listing")
        text = path.read_bytes()
        content = tomllib.loads(text.decode("utf-8-sig"))
    except OSError as error:
        right = "give the path of a design file, e.g. of experiments/designs"
        raise InputError(where, f"cannot be read: {error.strerror}", right) from None
    except UnicodeDecodeError as error:
        raise InputError(where, f"is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        detail = str(error).splitlines()[0]
        raise InputError(where, f"not valid TOML: {detail}", "compare with a bundled design") from None
    return plan_of(content, text, where, path.parent, seed=seed)


def plan_of(content: Mapping[str, Any], text: bytes, where: str, folder: Path, *, seed: int = 1) -> Plan:
    """Plan of a design's plain content; scenario files are looked for in `folder`."""
    try:
        design = SweepDesign.model_validate(content)
    except ValidationError as error:
        raise _explain(error, where, content) from None
    return plan_for(design, _scenarios(design, where, folder), where, text=text, seed=seed)


def plan_for(
    design: SweepDesign,
    scenarios: Mapping[str, Scenario],
    where: str,
    *,
    text: bytes = b"",
    seed: int = 1,
    placing: Placing = AS_WRITTEN,
) -> Plan:
    """Plan of a design for scenarios that are loaded already."""
    check_seed(seed)
    measures = _measures(design, where)
    listed = [dict(_flat(point)) for point in design.listed]
    paths = [one.path for one in design.parameters] or list(listed[0])
    infos = {path: _info(path, f"{where}: {path}", list(scenarios)) for path in paths}
    for number, point in enumerate(listed):
        if point.keys() != infos.keys():
            names = ", ".join(sorted(point.keys() ^ infos.keys()))
            raise InputError(
                f"{where}: listed.{number}",
                f"does not set what the first point sets ({names})",
                "give each point the same parameters",
            )
    counts = _count(design, infos, where)
    rows = counts * len(scenarios) * design.replicates
    if rows > MAX_ROWS:
        raise InputError(where, f"asks for {rows:,} runs", f"at most {MAX_ROWS:,} fit into one sweep")
    if counts > MAX_POINTS:
        raise InputError(where, f"has {counts:,} points", f"at most {MAX_POINTS:,} fit into one sweep")
    _check_values(design, listed, infos, scenarios, where, placing)
    points = tuple(listed) if listed else tuple(_points(design, infos, seed, where))
    return Plan(design, text, scenarios, infos, points, measures, seed, placing)


# ---- points -------------------------------------------------------------------------------------------------------


def _points(
    design: SweepDesign, infos: Mapping[str, ParameterInfo], seed: int, where: str
) -> Iterator[dict[str, Value]]:
    paths = list(infos)
    if design.method == "grid":
        axes = [_steps(one, infos[one.path], where) for one in design.parameters]
        for values in itertools.product(*axes):
            yield dict(zip(paths, values, strict=True))
        return
    assert design.points is not None
    places = latin_places if design.method == "latin" else sobol_places
    for row in places(len(paths), design.points, seed):
        yield point_at(design, infos, row)


def point_at(
    design: SweepDesign, infos: Mapping[str, ParameterInfo], places: Sequence[float] | np.ndarray
) -> dict[str, Value]:
    """Values of all parameters of a design at places from 0 to 1, one for each."""
    return {
        one.path: _value(one, infos[one.path], float(place))
        for one, place in zip(design.parameters, places, strict=True)
    }


def _steps(parameter: SweptParameter, info: ParameterInfo, where: str) -> Sequence[Value]:
    """Values on one axis of a grid."""
    if parameter.values is not None:
        return parameter.values
    if parameter.normal is not None or parameter.steps is None:
        raise InputError(
            f"{where}: {parameter.path}",
            "says no values for a grid",
            "give `values`, or a `range` and `steps`",
        )
    low, high = info.plausible or (0.0, 1.0)
    spaced = np.geomspace if info.scale == "log" else np.linspace
    axis = np.clip(spaced(low, high, parameter.steps), low, high)  # the ends as they were given
    if info.type == "int":
        return [int(value) for value in dict.fromkeys(np.rint(axis))]
    return [float(value) for value in axis]


def _value(parameter: SweptParameter, info: ParameterInfo, place: float) -> Value:
    """Value of a parameter at a place from 0 to 1."""
    if parameter.values is not None:
        return parameter.values[min(int(place * len(parameter.values)), len(parameter.values) - 1)]
    if parameter.normal is None:
        value = value_at(info, place)
    else:
        normal = parameter.normal
        low, high = info.plausible or (-math.inf, math.inf)
        below, under = scipy.special.ndtr([(low - normal.mean) / normal.sd, (high - normal.mean) / normal.sd])
        value = normal.mean + normal.sd * float(scipy.special.ndtri(below + place * (under - below)))
        value = min(max(value, low), high)
    return round(value) if info.type == "int" else value


def _count(design: SweepDesign, infos: dict[str, ParameterInfo], where: str) -> int:
    """Points of a design; on the way, `infos` get the ranges that the design states."""
    for one in design.parameters:
        info = infos[one.path]
        if one.values is not None:
            continue
        if info.type not in ("int", "float"):
            raise InputError(f"{where}: {one.path}", "is no number and has no range", "give `values`")
        limits: tuple[float, float] | None = one.range
        if limits is None and one.normal is not None and info.low is not None and info.high is not None:
            limits = (info.low, info.high)
        limits = limits or info.plausible
        if limits is None:
            raise InputError(
                f"{where}: {one.path}",
                "has no plausible range in the schema",
                f"give `values`, a `range` or a `normal`: {info.bounds}",
            )
        # a range of one's own is linear unless one says so; the schema's has the schema's scale
        scale = one.scale or ("linear" if one.range is not None else info.scale)
        infos[one.path] = info._replace(plausible=limits, scale=scale)
        if scale == "log" and limits[0] <= 0.0 and one.normal is None:
            raise InputError(
                f"{where}: {one.path}", "has a log scale that does not begin above 0", "give a `range`"
            )
    if design.method == "listed":
        return len(design.listed)
    if design.method == "grid":
        return math.prod(len(_steps(one, infos[one.path], where)) for one in design.parameters)
    return design.points or 0


# ---- checks, worded for whoever wrote the file -------------------------------------------------------------------


def _scenarios(design: SweepDesign, where: str, folder: Path) -> dict[str, Scenario]:
    scenarios: dict[str, Scenario] = {}
    for source in design.scenarios:
        near = (folder / source).is_file() and source not in bundled_names()
        try:
            loaded = load_scenario(str(folder / source) if near else source, settings=design.settings)
        except InputError as error:
            place = "settings" if error.where.startswith("--set") else "scenarios"
            wrong = f"{error.where}: {error.wrong}"
            raise InputError(f"{where}: {place}", wrong, error.right) from None
        if loaded.name in scenarios:
            raise InputError(
                f"{where}: scenarios", f"'{loaded.name}' is given twice", "give each another name"
            )
        scenarios[loaded.name] = loaded.scenario
    return scenarios


def _measures(design: SweepDesign, where: str) -> tuple[str, ...]:
    for number, measure in enumerate(design.measures):
        if measure not in MEASURES:
            raise InputError(
                f"{where}: measures.{number}",
                f"there is no measure '{measure}'",
                _near(measure, list(MEASURES)),
            )
    return tuple(one for one in MEASURES if one in design.measures or not design.measures)


def _info(path: str, where: str, scenarios: Sequence[str]) -> ParameterInfo:
    """What the schema says of a path; an entry of a list is like the first, a rival like the brand."""
    known = {info.path: info for info in parameters()}
    owner, _, of_all = path.rpartition(":")
    if owner and owner not in scenarios:
        right = f"one of {', '.join(scenarios)}, or leave '{owner}:' out"
        raise InputError(where, f"there is no scenario '{owner}' here", right)
    plain = re.sub(r"\.\d+\.", ".0.", re.sub(r"^rivals\.\d+\.", "brand.", of_all))
    if plain not in known:
        raise InputError(where, "there is no such parameter", _near(plain, list(known)))
    return known[plain]._replace(path=path)


def _check_values(
    design: SweepDesign,
    listed: Sequence[Mapping[str, Value]],
    infos: Mapping[str, ParameterInfo],
    scenarios: Mapping[str, Scenario],
    where: str,
    placing: Placing,
) -> None:
    """Refuse a value that its parameter never takes; what is wrong only together is a failing run."""
    tried: dict[str, Sequence[Value]] = {
        path: list(dict.fromkeys(point[path] for point in listed)) for path in infos if listed
    }
    for one in design.parameters:
        limits = infos[one.path].plausible
        if one.values is not None:
            tried[one.path] = one.values
        elif one.normal is None and limits is not None:
            tried[one.path] = limits
    for path, values in tried.items():
        for name, scenario in scenarios.items():
            for value in values:
                try:
                    placed(name, scenario, {path: value}, replace(placing, weekly_hours=None))
                except InputError as error:
                    plain = path.rpartition(":")[2]
                    if error.where == plain:
                        wrong, right = (
                            f"there is no such parameter in {name}",
                            "leave it or that scenario out",
                        )
                        raise InputError(f"{where}: {path}", wrong, right) from None
                    if error.where.endswith(f": {plain}"):
                        # what the validator says of it is in other words than what would be right
                        wrong = (
                            re.sub(r"(?<= will not do): .*", "", error.wrong) if error.right else error.wrong
                        )
                        raise InputError(f"{where}: {path}", wrong, error.right) from None


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Values by path: `brand.quality = 1` and `"brand.quality" = 1` mean the same."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _near(unknown: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(unknown, known, 1, cutoff=0.5)
    return (
        f"did you mean '{near[0]}'?" if near else "`worthsharing scenarios` and scenarios/README.md list them"
    )


# what each key takes, with an example, for whoever wrote something else; numbers say their bounds themselves
_TAKES: Mapping[str, tuple[str, str]] = {
    "title": ("a text", 'title = "Quality and rewards"'),
    "scenarios": ("a list of files or names", 'scenarios = ["be_worth_sharing"]'),
    "settings": ("a list of texts", 'settings = ["world.people=500"]'),
    "points": ("", "points = 64"),
    "replicates": ("", "replicates = 20"),
    "measures": ("a list of ids", 'measures = ["reach", "backlash"]'),
    "parameters": ("tables `[[parameters]]`", 'path = "brand.quality"'),
    "listed": ("tables `[[listed]]`", "brand.quality = 0.5"),
    "path": ("a text", 'path = "brand.quality"'),
    "values": ("a list of numbers, of texts, or of true and false", "values = [0.2, 0.5, 0.8]"),
    "range": ("two numbers", "range = [0.2, 0.8]"),
    "steps": ("", "steps = 5"),
    "normal": ("a table of two numbers", "normal = { mean = 0.5, sd = 0.1 }"),
    "mean": ("", "normal = { mean = 0.5, sd = 0.1 }"),
    "sd": ("", "normal = { mean = 0.5, sd = 0.1 }"),
}


def _explain(error: ValidationError, where: str, content: Mapping[str, Any]) -> InputError:
    """First problem of a validation, in words for the person who wrote the file."""
    problem = error.errors(include_url=False)[0]
    # the members of a union are no part of what somebody wrote
    location = [part for part in problem["loc"] if part not in ("bool", "int", "float", "str")]
    kind, given = problem["type"], problem.get("input")
    if "range" in location[:-1]:  # one of its ends: both are said
        location = location[: location.index("range") + 1]
        kind, given = "range", content["parameters"][location[1]]["range"]
    place = _place(location, where, content)
    section: Any = SweepDesign
    for part in location[:-1]:
        section = {"parameters": SweptParameter, "normal": Normal}.get(str(part), section)
    fields = section.model_fields
    key = next((str(part) for part in reversed(location) if isinstance(part, str)), "")
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(key, list(fields), 1, cutoff=0.5)
        right = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(fields)}"
        return InputError(place, "there is no such key", right)
    if kind == "value_error":
        return InputError(place, str(problem["ctx"]["error"]))
    if kind == "literal_error":
        right = _bounds(fields[key])
        near = difflib.get_close_matches(str(given), right.split("'")[1::2], 1)
        right += f"; did you mean '{near[0]}'?" if near else ""
        return InputError(place, f"{_written(given)} is no choice here", right)
    takes, example = _TAKES[key]
    if kind == "missing":
        return InputError(place, "is missing", f"for example {example}")
    if isinstance(given, str) and fields[key].annotation == tuple[str, ...] and location[-1] == key:
        example = f"{key} = [{json.dumps(given)}]"  # it lacks its brackets only
    right = f"{takes or _bounds(fields[key])}, e.g. {example}"
    return InputError(place, "is empty" if given in ([], ()) else f"{_written(given)} will not do", right)


def _place(location: Sequence[str | int], where: str, content: Mapping[str, Any]) -> str:
    """Where something is wrong: a parameter is known by its path, if it has one."""
    names, rest = [where], list(location)
    if len(rest) > 1 and rest[0] == "parameters":
        entry = content["parameters"][rest[1]]
        path = entry.get("path") if isinstance(entry, Mapping) else None
        if path and isinstance(path, str) and len(path) <= MAX_SHOWN_PATH:
            names, rest = [where, path], rest[2:]
    return ": ".join([*names, *([".".join(str(part) for part in rest)] if rest else [])])


def _bounds(field: Any) -> str:
    """What a key takes, which may be one that can be left out."""
    plain = copy.copy(field)
    if types.NoneType in typing.get_args(field.annotation):
        plain.annotation = typing.get_args(field.annotation)[0]
    return describe_bounds(plain)


def _written(given: Any) -> str:
    """What somebody gave, as it stands in a file, cut short."""
    text = str(given).lower() if isinstance(given, bool) else repr(given)
    return text if len(text) <= 60 else text[:57] + "…"
