"""A kept sweep, opened again: what came of its points, as a table and a picture over one or two of its parameters."""

import html
import json
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
import pyarrow
import pyarrow.parquet
from scipy import special

from worthsharing.experiments.analysis_figures import value_words
from worthsharing.experiments.deciders import strengths
from worthsharing.experiments.design import Placing, placed
from worthsharing.experiments.figures import THEMES, ThemeName, annotation, plain, styled, wrapped
from worthsharing.experiments.page import Table
from worthsharing.experiments.summary import counted, decimals_for, shown, shown_interval, signed
from worthsharing.experiments.sweep_files import FORMAT, MANIFEST, RUNS
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.scenario import ParameterInfo, Scenario, parameters, validate

MOST_ROWS = 5_000_000  # of a table that is opened
MOST_LEVELS = 24  # values of a parameter up to which it is an axis of cells; beyond, settings are points
DIFFERENCE = "difference"
MEANS_HELP = (
    "Each {mark} is the mean over the worlds of {what}{rest}. The table has the 95 % interval of every mean. Click one to "
    "open its setting as a what-if."
)
DIFFERENCE_HELP = (
    "The colour is that of the scenario that is ahead. {doubt} what cannot be told: the interval holds zero. "
    "A what-if holds ten outcomes together, so that it may not tell yet what one of them alone tells here."
)


class Cell(NamedTuple):
    """Outcome at one value of x (and of y): its mean with the 95 % interval, how many points it has, and one of them."""

    x: float | str
    y: float | str | None
    mean: float
    low: float
    high: float
    points: int
    point: int


@dataclass(frozen=True, eq=False)
class Kept:
    """A sweep that was kept.

    values: shape (points, scenarios, replicates, measures), not a number where a run failed or a measure is not available
    settings: values of the parameters at each point; notes: what its reader must know
    """

    title: str
    command: str
    scenarios: Mapping[str, Scenario]
    parameters: tuple[str, ...]
    measures: tuple[str, ...]
    settings: tuple[Mapping[str, Any], ...]
    values: np.ndarray
    placing: Placing
    seed: int
    failed: int
    notes: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Scenarios, in order."""
        return tuple(self.scenarios)

    def outcome(self, measure: str, of: str) -> np.ndarray:
        """A measure of one scenario, or the difference of the first two, shape (points, replicates)."""
        values = self.values[..., self.measures.index(measure)]
        if of == DIFFERENCE:
            return np.asarray(values[:, 1] - values[:, 0])
        return np.asarray(values[:, self.names.index(of)])

    def scenario_at(self, name: str, setting: Mapping[str, Any]) -> Scenario:
        """One scenario at some setting, as the sweep ran it."""
        return placed(name, self.scenarios[name], setting, self.placing)

    def info(self, path: str) -> ParameterInfo | None:
        """What the schema says of a parameter."""
        plainest = path.rpartition(":")[2]
        return next((one for one in parameters() if one.path == plainest), None)


def open_sweep(folder: str | Path) -> Kept:
    """Open the folder of a sweep; raises `InputError` if it is none, or not one that this version reads."""
    path = Path(folder)
    where = str(path / MANIFEST)
    right = "run the sweep again with --out"
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise InputError(where, "is of a version that this one does not read", right)
        scenarios = {name: validate(one["parameters"], where) for name, one in manifest["scenarios"].items()}
        with pyarrow.parquet.ParquetFile(path / RUNS) as file:
            if file.metadata.num_rows > MOST_ROWS:
                wrong = f"has {file.metadata.num_rows:,} runs, more than a page can show"
                raise InputError(str(path / RUNS), wrong, "open it with pandas: it is a Parquet file")
            table = file.read()
        paths, measures = tuple(manifest["parameters"]), tuple(manifest["measures"])
        shape = manifest["points"], len(scenarios), manifest["replicates"]
        columns = {name: table.column(name).to_pylist() for name in paths}
        values = np.stack(
            [np.asarray(table.column(name).to_numpy(), float).reshape(shape) for name in measures], axis=-1
        )
        each = shape[1] * shape[2]
        settings = tuple({name: columns[name][point * each] for name in paths} for point in range(shape[0]))
        rules = manifest["provenance"]["rules"]
        placing = Placing(**manifest.get("placing", {}))
        title, command, seed = str(manifest["title"]), str(manifest["command"]), int(manifest["seed"])
        failed = int(manifest["failed"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pyarrow.ArrowException) as error:
        if isinstance(error, InputError):
            raise
        # pyarrow's words hold the path of the file, which is nobody's business but the reader's
        reason = f"is not whole ({error!r})"[:160]
        if isinstance(error, OSError):
            reason = f"cannot be read, or {RUNS} beside it cannot"
        raise InputError(where, reason, right) from None
    notes = []
    if rules != RULES_DIGEST:
        notes.append(
            "These runs were made with other rules than this version has: a what-if may say something else."
        )
    if failed:
        notes.append(f"{failed:,} runs failed and are left out.")
    return Kept(
        title, command, scenarios, paths, measures, settings, values, placing, seed, failed, tuple(notes)
    )


def is_cells(kept: Kept, paths: Sequence[str]) -> bool:
    """Whether parameters take so few values that a picture has cells, and not points."""
    return all(len({setting[path] for setting in kept.settings}) <= MOST_LEVELS for path in paths)


def strongest(kept: Kept, measure: str, of: str) -> list[str]:
    """Parameters by how much of the outcome's ranks each alone explains; as the design has them where none is a number."""
    outcome = kept.outcome(measure, of)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that a setting has no outcome at all
        means = np.nanmean(outcome, axis=1)
    known = np.isfinite(means)
    numbers = [
        path for path in kept.parameters if all(isinstance(one[path], int | float) for one in kept.settings)
    ]
    if len(numbers) < len(kept.parameters) or len(numbers) < 3 or known.sum() < 8:
        return list(kept.parameters)
    values = np.array([[float(setting[path]) for path in numbers] for setting in kept.settings])[known]
    places = np.argsort(np.argsort(values, axis=0, kind="stable"), axis=0, kind="stable") / len(values)
    found, _ = strengths(places, means[known])
    return [numbers[column] for column in np.argsort(-found, kind="stable")]


def cells_of(kept: Kept, measure: str, of: str, x: str, y: str | None) -> list[Cell]:
    """Outcome at each value of x (and of y), over all points that have it; at each point where values are too many."""
    outcome = kept.outcome(measure, of)
    paths = [x] if y is None else [x, y]
    groups: dict[Any, list[int]] = {}
    apart = not is_cells(kept, paths)
    for point, setting in enumerate(kept.settings):
        key = (tuple(setting[path] for path in paths), point if apart else 0)
        groups.setdefault(key, []).append(point)
    cells = []
    for (values, _), points in sorted(groups.items(), key=lambda one: [_order(value) for value in one[0][0]]):
        mean, low, high = _mean_of(outcome[points])
        middle = points[len(points) // 2]
        cells.append(
            Cell(values[0], values[1] if y is not None else None, mean, low, high, len(points), middle)
        )
    return cells


def _mean_of(values: np.ndarray) -> tuple[float, float, float]:
    """Mean over points and worlds; its interval is over the worlds, which are the same at all points."""
    with np.errstate(invalid="ignore"):
        known = np.isfinite(values)
        counts = known.sum(axis=0)
        worlds = np.where(known, values, 0.0).sum(axis=0)[counts > 0] / counts[counts > 0]
    if not worlds.size:
        return math.nan, math.nan, math.nan
    mean = float(worlds.mean())
    if worlds.size < 2:
        return mean, math.nan, math.nan
    reach = (
        float(special.stdtrit(worlds.size - 1, 0.975)) * float(worlds.std(ddof=1)) / math.sqrt(worlds.size)
    )
    return mean, mean - reach, mean + reach


def _order(value: Any) -> tuple[int, float, str]:
    return (1, 0.0, value) if isinstance(value, str) else (0, float(value), "")


def cells_sentence(kept: Kept, cells: Sequence[Cell], measure: str, of: str, x: str, y: str | None) -> str:
    """Where the outcome is highest and lowest, or who is ahead in how many settings."""
    known = [cell for cell in cells if math.isfinite(cell.mean)]
    label, unit = MEASURES[measure].label, MEASURES[measure].unit
    if not known:
        return f"{label} is available nowhere here."
    digits = decimals_for(*(cell.mean for cell in known))
    if of == DIFFERENCE:
        a, b = (plain(name) for name in kept.names[:2])
        sign = -1.0 if MEASURES[measure].better == "less" else 1.0
        ahead = [sum(_surely(cell, side * sign) for cell in known) for side in (1.0, -1.0)]
        luck = (
            " Each is judged alone: where nothing differs, 1 in 20 would seem to by luck."
            if any(ahead)
            else ""
        )
        return (
            f"{label}: {b} is better in {ahead[0]} of {counted(len(known), 'place')}, {a} in {ahead[1]}; "
            f"{len(known) - sum(ahead)} cannot be told.{luck}"
        )
    most, least = max(known, key=lambda one: one.mean), min(known, key=lambda one: one.mean)
    return (
        f"{label} of {plain(of)} lies between {shown(least.mean, digits)} (at {_place(least, x, y)}) and "
        f"{shown(most.mean, digits)} {unit} (at {_place(most, x, y)})."
    )


def _surely(cell: Cell, sign: float) -> bool:
    low, high = (
        sorted((sign * cell.low, sign * cell.high)) if math.isfinite(cell.low) else (math.nan, math.nan)
    )
    return low > 0.0 and high > 0.0


def _doubt(cell: Cell, of: str) -> str:
    return "" if _is_told(cell, of) else " ?"


def _is_told(cell: Cell, of: str) -> bool:
    """Whether the sign of a difference can be told; other outcomes have none."""
    return of != DIFFERENCE or _surely(cell, 1.0) or _surely(cell, -1.0)


def _place(cell: Cell, x: str, y: str | None) -> str:
    said = f"{_last(x)} {words_of(cell.x)}"
    return said if y is None else f"{said}, {_last(y)} {words_of(cell.y)}"


def _last(path: str) -> str:
    return path.rpartition(".")[2].replace("_", " ")


def words_of(value: Any) -> str:
    """Value of a parameter, as tables write it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return value_words(float(value)) if isinstance(value, int | float) else str(value)


def cells_table(cells: Sequence[Cell], measure: str, of: str, x: str, y: str | None) -> Table:
    """One row a cell."""
    digits = decimals_for(*(cell.mean for cell in cells))
    say = signed if of == DIFFERENCE else shown
    header = (
        _last(x),
        *([] if y is None else [_last(y)]),
        MEASURES[measure].label,
        "95 % interval",
        "Settings",
    )
    rows = tuple(
        (
            words_of(cell.x),
            *([] if y is None else [words_of(cell.y)]),
            say(cell.mean, digits),
            shown_interval(cell.low, cell.high, digits),
            f"{cell.points:,}",
        )
        for cell in cells
    )
    return Table(f"{MEASURES[measure].label} in {MEASURES[measure].unit}", header, rows)


def cells_figure(
    kept: Kept,
    cells: Sequence[Cell],
    measure: str,
    of: str,
    x: str,
    y: str | None,
    *,
    theme: ThemeName = "light",
    height: int = 480,
) -> go.Figure:
    """Draw the outcome over one parameter (dots with intervals) or two (cells, or points where values are many)."""
    unit = MEASURES[measure].unit
    digits = decimals_for(*(cell.mean for cell in cells))
    told: list[list[Any]] = [
        [
            cell.point,
            shown(cell.mean, digits),
            shown_interval(cell.low, cell.high, digits),
            words_of(cell.x),
            words_of(cell.y),
        ]
        for cell in cells
    ]
    if y is None:
        return _dots(kept, cells, told, unit, of, x, theme, height)
    scale, ends = _colours(cells, measure, of, theme)
    bar = {
        "title": {"text": unit, "side": "right"},
        "thickness": 14,
        "outlinewidth": 0,
        "tickfont": {"size": 13},
    }
    hover = (
        f"{html.escape(_last(x))} %{{customdata[3]}}, {html.escape(_last(y))} %{{customdata[4]}}: <b>%{{customdata[1]}}</b> "
        "(%{customdata[2]})<extra></extra>"
    )
    trace: dict[str, Any]
    annotations: list[dict[str, Any]] = []
    if is_cells(kept, [x, y]):
        xs, ys = ([words_of(value) for value in distinct(cells, place)] for place in (0, 1))
        at = {
            (words_of(cell.x), words_of(cell.y)): (cell, one) for cell, one in zip(cells, told, strict=True)
        }
        rows = [[at.get((one, two)) for one in xs] for two in ys]
        # places and not names: plotly takes a name that is a number for a place
        trace = {
            "type": "heatmap", "x": list(range(len(xs))), "y": list(range(len(ys))), "colorscale": scale,
            "zmin": ends[0], "zmax": ends[1], "colorbar": bar, "hovertemplate": hover, "xgap": 2, "ygap": 2,
            "z": [[_finite(one[0].mean) if one else None for one in row] for row in rows],
            "customdata": [[one[1] if one else None for one in row] for row in rows],
        }  # fmt: skip
        if len(cells) <= 150:
            annotations = [
                annotation(one[1][1] + _doubt(one[0], of), _ink(one[0].mean, ends, of, theme), x=across, y=up)
                for up, row in enumerate(rows)
                for across, one in enumerate(row)
                if one and math.isfinite(one[0].mean)
            ]
        axes = {"xaxis": _axis(kept, x, xs), "yaxis": _axis(kept, y, ys)}
    else:
        trace = {
            "type": "scatter", "mode": "markers", "x": [cell.x for cell in cells], "y": [cell.y for cell in cells],
            "customdata": told, "hovertemplate": hover,
            "marker": {
                "size": 12, "color": [_finite(cell.mean) for cell in cells], "colorscale": scale, "cmin": ends[0],
                "cmax": ends[1], "colorbar": bar,
                # an open mark has its colour in its line
                "symbol": ["circle" if _is_told(cell, of) else "circle-open" for cell in cells],
                "line": {"width": [1 if _is_told(cell, of) else 2 for cell in cells]},
            },
        }  # fmt: skip
        axes = {"xaxis": _axis(kept, x), "yaxis": _axis(kept, y)}
    margin = {"l": 96, "r": 8, "t": 20, "b": 64}
    return styled([trace], axes, annotations, theme, height=height, margin=margin, hovermode="closest")


def _dots(
    kept: Kept,
    cells: Sequence[Cell],
    told: list[list[Any]],
    unit: str,
    of: str,
    x: str,
    theme: ThemeName,
    height: int,
) -> go.Figure:
    colours = THEMES[theme]
    place = 1 if of == DIFFERENCE else kept.names.index(of)
    colour = colours.scenarios[place % len(colours.scenarios)]
    few = is_cells(kept, [x])
    trace = {
        "type": "scatter", "mode": "lines+markers" if few else "markers", "customdata": told,
        "x": [words_of(cell.x) if isinstance(cell.x, str | bool) else cell.x for cell in cells],
        "y": [_finite(cell.mean) for cell in cells],
        "error_y": {
            "type": "data", "array": [_finite(cell.high - cell.mean) for cell in cells], "color": colours.text,
            "thickness": 1.5, "width": 5,
        },
        "line": {"color": colour, "width": 2}, "marker": {"size": 11, "color": colour},
        "hovertemplate": f"{html.escape(_last(x))} %{{customdata[3]}}: <b>%{{customdata[1]}}</b> (%{{customdata[2]}})"
        "<extra></extra>",
    }  # fmt: skip
    layout: dict[str, Any] = {"xaxis": _axis(kept, x), "yaxis": {"title": unit, "nticks": 6}}
    if of == DIFFERENCE:
        zero = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0}
        layout["shapes"] = [zero | {"line": {"color": colours.text, "width": 1.5}, "layer": "below"}]
    margin = {"l": 76, "r": 16, "t": 20, "b": 64}
    return styled([trace], layout, [], theme, height=height, margin=margin, hovermode="closest")


def _colours(
    cells: Sequence[Cell], measure: str, of: str, theme: ThemeName
) -> tuple[Any, tuple[float, float]]:
    """Colours of means with their ends: two-sided around zero for a difference, else one scale from low to high."""
    known = [cell.mean for cell in cells if math.isfinite(cell.mean)] or [0.0]
    colours = THEMES[theme]
    if of != DIFFERENCE:
        return "Cividis", (min(known), max(known) if max(known) > min(known) else min(known) + 1.0)
    most = max(abs(value) for value in known) or 1.0
    below, above = colours.scenarios[0], colours.scenarios[1]
    if MEASURES[measure].better == "less":
        below, above = above, below
    return [[0.0, below], [0.5, colours.hover], [1.0, above]], (-most, most)


def _ink(value: float, ends: tuple[float, float], of: str, theme: ThemeName) -> str:
    """Colour of a number that can be read on its cell."""
    share = (value - ends[0]) / (ends[1] - ends[0])
    if of == DIFFERENCE:
        strong = abs(share - 0.5) > 0.25
        return ("#ffffff" if theme == "light" else "#111418") if strong else THEMES[theme].text
    return "#ffffff" if share < 0.55 else "#111418"


def _axis(kept: Kept, path: str, names: Sequence[str] = ()) -> dict[str, Any]:
    """Axis of a parameter; names: of the cells along it, if it has cells."""
    info = kept.info(path)
    unit = f", {info.unit}" if info is not None and info.unit else ""
    owner = path.rpartition(":")[0]
    title = wrapped(f"{_last(path)}{unit}{f' ({owner})' if owner else ''}", 60)
    if names:
        return {
            "title": title,
            "tickvals": list(range(len(names))),
            "ticktext": list(names),
            "showgrid": False,
        }
    log = info is not None and info.scale == "log"
    return {"title": title, "type": "log" if log else "-", "showgrid": False, "nticks": 7}


def distinct(cells: Sequence[Cell], place: int) -> list[Any]:
    """Values of cells along x (place 0) or y (place 1), in order."""
    return sorted({cell[place] for cell in cells}, key=_order)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
