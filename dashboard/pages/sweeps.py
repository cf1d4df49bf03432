"""Sweeps: a folder of results opened again, in pictures; a click on a point of them makes a what-if of it."""

import json
import logging
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
import diskcache
import pandas as pd
import pyarrow
from dash import ALL, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from worthsharing.dashboard.cards import (
    both_themes,
    chart_card,
    empty_view,
    error_view,
    failure_view,
    loading_view,
    page_head,
    table_of,
)
from worthsharing.dashboard.controls import aria
from worthsharing.dashboard.question import (
    ALL as SHARED,
)
from worthsharing.dashboard.question import (
    MOST_LINK,
    SLOTS,
    File,
    Question,
    Strategy,
    changeable,
    search_of,
    toml_of,
)
from worthsharing.experiments.analyses import (
    DISCOVERY,
    SENSITIVITY,
    Discovery,
    Sensitivity,
    read_discovery,
    read_sensitivity,
)
from worthsharing.experiments.analysis_report import (
    Chart,
    discovery_charts,
    discovery_sentences,
    sensitivity_charts,
    sensitivity_sentences,
)
from worthsharing.experiments.design import moved
from worthsharing.experiments.figures import plain, split_by_names
from worthsharing.experiments.frontier_report import READING as FRONTIER_READING
from worthsharing.experiments.frontier_report import frontier_figure
from worthsharing.experiments.results import FORMAT as RESULTS_FORMAT
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.summary import counted
from worthsharing.experiments.sweep_files import MANIFEST
from worthsharing.experiments.sweep_view import (
    DIFFERENCE,
    DIFFERENCE_HELP,
    MEANS_HELP,
    Cell,
    Kept,
    cells_figure,
    cells_of,
    cells_sentence,
    cells_table,
    distinct,
    is_cells,
    open_sweep,
    strongest,
    words_of,
)
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST
from worthsharing.sim.measures import MEASURES
from worthsharing.sim.scenario import GENERATED_NETWORKS, Scenario, bundled_names, load_scenario, parameters

PATH, TITLE = "/sweeps", "Sweeps"
WHAT_IF = "/"
DEEPEST = 4  # folders below the one in which the app was started
MOST_FOLDERS = 60  # that are offered
MOST_LOOKED_AT = 4000
MOST_LETTERS = 400  # of the path of a folder
HEAT_HEIGHT = 500
FRONTIER, FRONTIER_HEIGHT = "frontier.json", 540
PLACE = re.compile(r"\.\d+\.")
NONE = "none"
Look = Callable[[Path], list[Component]]
Clicked = Callable[[Kept, Mapping[str, Any] | None, Sequence[str | None]], dict[str, Any] | None]

log = logging.getLogger("worthsharing")


# ---- layout ---------------------------------------------------------------------------------------------------------


def layout(cache: diskcache.Cache, **query: str) -> Component:
    """Lay out the page with the folder of a query; it is opened once the page is there."""
    wanted = query.get("folder", "").strip()
    found = folders()
    return html.Div(
        [
            page_head(
                "Sweeps",
                "Many settings at once: where a strategy wins, what moves the outcome, and where both break even.",
            ),
            html.Section(_controls(found, wanted), className="card controls-card", **aria(label="Folder")),
            html.Div(
                loading_view("Opening the folder", charts=1) if wanted else _empty(found),
                id="sweeps-result",
                className="result",
            ),
            dcc.Store(id="sweeps-folder", data=wanted),
        ],
        className="page sweeps",
    )


def _controls(found: Sequence[str], wanted: str) -> list[Component]:
    choice = wanted if wanted in found else None
    return [
        html.Div(
            [
                html.Div(
                    [
                        html.Label(
                            "Results found here",
                            htmlFor="sweeps-choice",
                            className="control-label control-head",
                        ),
                        dmc.Select(
                            id="sweeps-choice",
                            data=list(found),
                            value=choice,
                            placeholder="Choose a folder" if found else "No results below this folder",
                            searchable=True,
                            nothingFoundMessage="No such folder",
                            disabled=not found,
                            size="md",
                            comboboxProps={"shadow": "md"},
                        ),
                    ],
                    className="control sweeps-wide",
                ),
                html.Div(
                    [
                        html.Label(
                            "Or its path", htmlFor="sweeps-path", className="control-label control-head"
                        ),
                        dmc.TextInput(
                            id="sweeps-path",
                            value="" if choice else wanted,
                            placeholder="results",
                            size="md",
                            debounce=False,
                            n_submit=0,
                        ),
                    ],
                    className="control sweeps-wide",
                ),
                dmc.Button("Open", id="sweeps-open", size="md", n_clicks=0),
            ],
            className="controls",
        ),
    ]


def _empty(found: Sequence[str]) -> Component:
    are = "is" if len(found) == 1 else "are"
    folders = f"{counted(len(found), 'folder')} of results {are} below the one in which the app was started."
    here = folders if found else ""
    return empty_view(
        "No folder is open",
        (
            (
                "Run many settings",
                (
                    "worthsharing sweep DESIGN.toml, worthsharing sensitivity A B, or worthsharing discover A B, each with "
                    "--out DIR."
                ),
            ),
            ("Open the folder", "Start worthsharing dashboard in the folder above it, and choose it here."),
            ("Look, and click", "Every point of a picture opens as a what-if, with its curves."),
        ),
        here,
    )


# ---- folders --------------------------------------------------------------------------------------------------------


def root() -> Path:
    """Folder in which the app was started: nothing outside of it is opened."""
    return Path.cwd().resolve()


def folders() -> list[str]:
    """Folders of results below the one in which the app was started, those of analyses without the samples inside them."""
    found: list[str] = []
    for looked_at, (folder, inner, files) in enumerate(os.walk(root())):
        depth = len(Path(folder).relative_to(root()).parts)
        if looked_at > MOST_LOOKED_AT or len(found) >= MOST_FOLDERS:
            break
        known = {SENSITIVITY, DISCOVERY, FRONTIER, MANIFEST} & set(files)
        if known:
            found.append(str(Path(folder).relative_to(root())))
        hidden = known - {MANIFEST} or depth >= DEEPEST
        inner[:] = [] if hidden else sorted(name for name in inner if not name.startswith((".", "_")))
    return sorted(found)


def folder_of(wanted: str) -> Path:
    """Folder that a person named; raises `InputError` unless it is one below the folder in which the app was started."""
    shown_name = "".join(letter if letter.isprintable() else "�" for letter in wanted)[:80]
    where = f"Folder {shown_name}"
    right = "name a folder below the one in which the app was started"
    if len(wanted) > MOST_LETTERS:
        raise InputError(where, "is too long a path", right)
    try:
        path = (root() / wanted).resolve()
        inside = path.is_relative_to(root())
        there = inside and path.is_dir()
    except (OSError, ValueError, RuntimeError):  # a null byte, a loop of links
        raise InputError(where, "is no path", right) from None
    if not inside:
        raise InputError(where, "lies outside the folder in which the app was started", right)
    if not there:
        raise InputError(where, "is not there, or is no folder", right)
    return path


def result_view(wanted: str) -> Component:
    """Everything that a folder has to show, or what is wrong with it."""
    try:
        folder = folder_of(wanted)
        looks: tuple[tuple[str, Look], ...] = (
            (SENSITIVITY, _sensitivity_view),
            (DISCOVERY, _discovery_view),
            (FRONTIER, _frontier_view),
            (MANIFEST, _sweep_view),
        )
        parts = [part for name, look in looks if (folder / name).is_file() for part in look(folder)]
        if not parts:
            raise _nothing_in(folder, wanted)
    except InputError as error:
        return error_view([_relative(error)], title="This folder cannot be opened")
    except Exception as error:  # shown in place; the log keeps the traceback
        log.exception("a folder of results could not be shown")
        return failure_view(f"{type(error).__name__}: {error}"[:300], title="The folder could not be shown")
    return html.Div(parts, className="stack")


def _nothing_in(folder: Path, wanted: str) -> InputError:
    """Say what a folder is, if not one of results."""
    where = f"Folder {wanted[:80]}"
    again = "run the sweep again with --out DIR, and open that: what was run is found"
    if any(folder.glob(f"{RULES_DIGEST}-*/*.parquet")):
        runs = len(RunStore(folder))
        return InputError(where, f"is a store of {runs:,} runs, which knows no design", again)
    if any(folder.glob("*-*/*.parquet")):
        return InputError(where, "is a store of another version, whose runs have other rules", again)
    return InputError(
        where,
        "holds no sweep, sensitivity analysis, discovery or frontier",
        "open what was written with --out",
    )


def _relative(error: InputError) -> InputError:
    """The same without the path of the folder in which the app was started, which is nobody's business."""
    return InputError(error.where.replace(f"{root()}{os.sep}", ""), error.wrong, error.right)


# ---- analyses -------------------------------------------------------------------------------------------------------


def _sensitivity_view(folder: Path) -> list[Component]:
    found = read_sensitivity(folder)
    title = f"What moves {found.label[:1].lower() + found.label[1:]}"
    return [
        _answer(title, found, sensitivity_sentences(found), folder),
        *(_picture(chart) for chart in sensitivity_charts(found)),
    ]


def _discovery_view(folder: Path) -> list[Component]:
    found = read_discovery(folder)
    title = f"Where {plain(found.names[1])} beats {plain(found.names[0])}"
    charts = [_picture(chart) for chart in discovery_charts(found)]
    pick = (
        []
        if found.tipping is None
        else [_picked("map", folder, "Click the map to open a place of it as a what-if.")]
    )
    return [_answer(title, found, discovery_sentences(found), folder), *charts, *pick]


def _answer(title: str, found: Sensitivity | Discovery, sentences: Sequence[str], folder: Path) -> Component:
    effort = "Equal effort" if found.equal_effort else "Effort as written"
    badges = [f"{found.runs:,} runs", f"{found.replicates} worlds a setting", effort]
    samples = [
        name for name in ("morris", "sobol", "settings", "plane") if (folder / name / MANIFEST).is_file()
    ]
    inside = folder.relative_to(root())
    links = [
        dmc.Anchor(name, href=f"{PATH}?folder={inside / name}", inherit=True, underline="always")
        for name in samples
    ]
    return html.Section(
        [
            html.Div(
                [
                    html.H2(title, className="eyebrow"),
                    html.Div(
                        [
                            dmc.Badge(text, variant="light", color="gray", size="lg", className="badge")
                            for text in badges
                        ],
                        className="badges",
                    ),
                ],
                className="verdict-head",
            ),
            *(
                html.P(
                    _in_colours(sentence, found.names),
                    className="sentence" if not place else "sweeps-further",
                )
                for place, sentence in enumerate(sentences)
            ),
            *(html.P([html.B("Note. "), note], className="note") for note in found.notes),
            html.P(
                ["The runs behind it: ", *(part for link in links for part in (link, " "))], className="soft"
            )
            if links
            else None,
        ],
        className="card verdict",
        **aria(label=title),
    )


def _in_colours(sentence: str, names: Sequence[str]) -> list[Any]:
    return [
        html.B(text, className=f"s{list(names).index(name)}") if name is not None else text
        for text, name in split_by_names(sentence, names)
    ]


def _picture(chart: Chart) -> Component:
    data = pd.DataFrame(chart.table.rows, columns=chart.table.header)
    return chart_card(
        f"sweeps-{chart.id}",
        chart.title,
        chart.sentence,
        chart.reading,
        chart.table,
        chart.figures,
        data,
        height=chart.height,
        heading=html.H2,
    )


# ---- a frontier -----------------------------------------------------------------------------------------------------


def _frontier_view(folder: Path) -> list[Component]:
    where, right = str(folder / FRONTIER), "run worthsharing frontier again with --out"
    try:
        manifest = json.loads((folder / FRONTIER).read_text(encoding="utf-8"))
        if manifest["format"] != RESULTS_FORMAT:
            raise InputError(where, "is of a version that this one does not read", right)
        table = pd.read_parquet(folder / "frontier.parquet")
        seed, worlds, notes = int(manifest["seed"]), int(manifest["replicates"]), list(manifest["notes"])
        figures = both_themes(lambda theme: frontier_figure(table, theme=theme, height=FRONTIER_HEIGHT))
        rows = [_frontier_row(row, seed, worlds) for row in table.to_dict("records")]
        best = table[table["status"] == "on the frontier"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pyarrow.ArrowException) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            where, f"is not whole, or the table beside it is not ({type(error).__name__})", right
        ) from None
    header = ["Strategy and settings", "Effort", "Reach", "Backlash", "Standing", "What if"]
    sentence = (
        f"{len(best)} of {len(table)} strategies and settings are on the frontier for sure: nobody reaches as many with as "
        f"little backlash. {worlds:,} worlds, seed {seed}."
    )
    listing = html.Table(
        [
            html.Caption("Means over the worlds; a what-if is offered for what a link can say"),
            html.Thead(html.Tr([html.Th(cell, scope="col") for cell in header])),
            html.Tbody(rows),
        ],
        className="table",
    )
    return [
        *(html.P([html.B("Note. "), str(note)], className="note") for note in notes),
        chart_card(
            "sweeps-frontier",
            "Reach against backlash: what is worth taking",
            sentence,
            FRONTIER_READING,
            listing,
            figures,
            table,
            height=FRONTIER_HEIGHT,
            heading=html.H2,
        ),
    ]


def _frontier_row(row: Mapping[str, Any], seed: int, worlds: int) -> Component:
    cells = [
        f"{row['effort']:,.0f}",
        f"{row['reach_mean']:,.0f}",
        f"{row['backlash_mean']:,.1f}",
        str(row["status"]),
    ]
    return html.Tr(
        [
            html.Th(str(row["candidate"]), scope="row"),
            *(html.Td(cell) for cell in cells),
            html.Td(_frontier_link(row, seed, worlds)),
        ]
    )


def _frontier_link(row: Mapping[str, Any], seed: int, worlds: int) -> Component:
    """The what-if of a candidate: only if the bundled scenario with its values is what was run."""
    known = {info.path for info in parameters()}
    values = {
        path: value.item() if hasattr(value, "item") else value
        for path, value in row.items()
        if PLACE.sub(".0.", path) in known and value is not None and value == value
    }
    try:
        name = str(row["strategy"])
        if name not in bundled_names() or moved(load_scenario(name).scenario, values).key != row["key"]:
            raise InputError(name, "is a file, or was changed with --set")
        question = Question({"a": Strategy(name, values)}, replicates=max(2, worlds), seed=seed)
        return dmc.Anchor("open", href=f"{WHAT_IF}{search_of(question)}", inherit=True, underline="always")
    except InputError as error:
        return html.Span(f"none: {error.wrong}", className="soft")


# ---- one sweep ------------------------------------------------------------------------------------------------------


def _sweep_view(folder: Path) -> list[Component]:
    kept = open_sweep(folder)
    if not kept.parameters or not kept.settings:
        raise InputError(
            str(folder / MANIFEST), "has no point or no parameter", "run the sweep again with --out"
        )
    title = kept.title or "A sweep"
    facts = (
        f"{counted(len(kept.settings), 'setting')} of {counted(len(kept.parameters), 'parameter')}, "
        f"{counted(kept.values.shape[2], 'world')} each, {counted(len(kept.names), 'scenario')}, seed {kept.seed}."
    )
    pair = len(kept.names) > 1
    of = (
        [{"value": DIFFERENCE, "label": f"{plain(kept.names[1])} minus {plain(kept.names[0])}"}]
        if pair
        else []
    )
    of += [{"value": name, "label": plain(name)} for name in kept.names]
    paths = [{"value": path, "label": path} for path in kept.parameters]
    measure = "reach" if "reach" in kept.measures else kept.measures[0]
    first, second = [*strongest(kept, measure, str(of[0]["value"])), NONE][:2]
    choices = [
        (
            "measure",
            "Outcome",
            [{"value": one, "label": MEASURES[one].label} for one in kept.measures],
            measure,
        ),
        ("of", "Of", of, of[0]["value"]),
        ("x", "Across", paths, first),
        ("y", "Upwards", [{"value": NONE, "label": "nothing"}, *paths], second),
    ]
    return [
        html.Section(
            [
                html.H2(title, className="card-title"),
                html.P(facts, className="chart-sentence"),
                *(html.P([html.B("Note. "), note], className="note") for note in kept.notes),
                html.Div(
                    [
                        html.Div(
                            [
                                html.Label(
                                    label, htmlFor=f"sweeps-{key}", className="control-label control-head"
                                ),
                                dmc.Select(
                                    id={"type": "sweeps-view", "key": key},
                                    data=data,
                                    value=value,
                                    allowDeselect=False,
                                    searchable=len(data) > 8,
                                    size="md",
                                    comboboxProps={"shadow": "md"},
                                    **aria(label=label),
                                ),
                            ],
                            className="control sweeps-wide",
                        )
                        for key, label, data, value in choices
                    ],
                    className="controls",
                ),
            ],
            className="card",
            **aria(label=title),
        ),
        html.Div(heat_view(kept, measure, str(of[0]["value"]), first, second), id="sweeps-heat"),
        _picked("heat", folder, "Click a cell or a point to open its setting as a what-if."),
    ]


def heat_view(kept: Kept, measure: str, of: str, x: str, y: str) -> Component:
    """Draw a sweep over one or two of its parameters."""
    up = None if y in (NONE, x) else y
    cells = cells_of(kept, measure, of, x, up)
    others = len(kept.parameters) - (1 if up is None else 2)
    mark = "dot" if up is None else "cell" if is_cells(kept, [x, up]) else "point"
    what = "the difference, world by world" if of == DIFFERENCE else plain(of)
    marked = {"cell": "A question mark is beside", "point": "Open rings are", "dot": "A line across zero is"}[
        mark
    ]
    doubt = [DIFFERENCE_HELP.format(doubt=marked)] if of == DIFFERENCE else []
    rest = (
        ""
        if mark == "point" or not others
        else ", and over all values of the other parameter"
        if others == 1
        else f", and over all values of the other {others} parameters"
    )
    named = MEASURES[measure].label if of == DIFFERENCE else f"{MEASURES[measure].label} of {plain(of)}"
    return chart_card(
        "sweeps-heat",
        f"{named} over {x}" + (f" and {up}" if up else ""),
        cells_sentence(kept, cells, measure, of, x, up),
        " ".join([MEANS_HELP.format(mark=mark, what=what, rest=rest), *doubt]),
        _linked_table(kept, cells, measure, of, x, up),
        both_themes(
            lambda theme: cells_figure(kept, cells, measure, of, x, up, theme=theme, height=HEAT_HEIGHT)
        ),
        _data_of(cells, measure, x, up),
        height=HEAT_HEIGHT,
        heading=html.H2,
    )


def _linked_table(
    kept: Kept, cells: Sequence[Cell], measure: str, of: str, x: str, y: str | None
) -> Component:
    """The table of cells with a what-if for each, for those who do not click pictures."""
    table = cells_table(cells, measure, of, x, y)
    component = table_of(table)
    head, body = component.children[1], component.children[2]
    head.children.children.append(html.Th("What if", scope="col"))
    for cell, row in zip(cells[:200], body.children, strict=False):
        row.children.append(html.Td(_link(kept, kept.settings[cell.point], "open")))
    for row in body.children[200:]:
        row.children.append(html.Td())
    return component


def _data_of(cells: Sequence[Cell], measure: str, x: str, y: str | None) -> pd.DataFrame:
    table = pd.DataFrame(cells).rename(columns={"x": x, "y": y or "y", "mean": measure})
    return table.drop(columns=[*([] if y else ["y"]), "point"])


# ---- what-ifs -------------------------------------------------------------------------------------------------------


def _picked(kind: str, folder: Path, words: str) -> Component:
    """Where the setting that was clicked is shown."""
    return html.Section(
        [
            html.Div(
                html.P(words, className="soft"),
                id={"type": "sweeps-picked", "of": kind},
                **aria(live="polite"),
            ),
            dcc.Store(id={"type": "sweeps-source", "of": kind}, data=str(folder.relative_to(root()))),
        ],
        className="card",
        **aria(label="The setting that was clicked"),
    )


def picked_view(kept: Kept, setting: Mapping[str, Any]) -> Component:
    """One setting with what came of it if it was run, and its what-if."""
    values = [html.Li([html.Code(path), f" {words_of(value)}"]) for path, value in list(setting.items())[:12]]
    more = len(setting) - 12
    return html.Div(
        [
            html.H2("This setting", className="card-title"),
            html.Ul(
                [*values, *([html.Li(f"and {more} more")] if more > 0 else [])], className="sweeps-values"
            ),
            html.P(_link(kept, setting, "Open it as a what-if", button=True)),
        ]
    )


def _link(kept: Kept, setting: Mapping[str, Any], words: str, *, button: bool = False) -> Component:
    try:
        href = f"{WHAT_IF}{search_of(question_at(kept, setting))}"
    except InputError as error:
        return html.Span(f"No what-if: {error.where}: {error.wrong}", className="soft")
    return dmc.Anchor(
        words, href=href, className="sweeps-open" if button else "", inherit=True, underline="always"
    )


def question_at(kept: Kept, setting: Mapping[str, Any]) -> Question:
    """The what-if of a setting: changes of bundled scenarios where these say it, else whole scenario files.

    Raises `InputError` for what a what-if cannot show.
    """
    made = {name: kept.scenario_at(name, setting) for name in kept.names[: len(SLOTS)]}
    first = next(iter(made.values()))
    if first.world.network not in GENERATED_NETWORKS:
        raise InputError(
            "world.network", "this sweep has a network file", "drop the file on the what-if page"
        )
    changes = {name: _changes(name, scenario) for name, scenario in made.items()}
    shared = [_others(one) for one in changes.values() if one is not None]
    plain_enough = len(shared) == len(made) and all(one == shared[0] for one in shared)
    strategies: dict[str, Strategy] = {}
    for slot, (name, scenario) in zip(SLOTS, made.items(), strict=False):
        own = changes[name]
        if plain_enough and own is not None:
            strategies[slot] = Strategy(
                name, {path: one for path, one in own.items() if path.startswith("brand.")}
            )
            continue
        file = File(plain(name)[:60], toml_of(scenario))
        if len(file.packed) > MOST_LINK:
            raise InputError(name, "is too large for an address", "run it from the command line")
        strategies[slot] = Strategy(file)
    return Question(
        strategies,
        people=first.world.people,
        days=first.clock.days,
        replicates=max(2, kept.values.shape[2]),
        seed=kept.seed,
        network=first.world.network,
        shared=shared[0] if plain_enough else {},
    )


def _others(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {path: value for path, value in changes.items() if not path.startswith("brand.")}


def _changes(name: str, scenario: Scenario) -> dict[str, Any] | None:
    """What differs from the bundled scenario of that name, in words of the what-if page; None if that cannot be said."""
    if name not in bundled_names():
        return None
    settings = (f"world.people={scenario.world.people}", f"clock.days={scenario.clock.days}")
    base = dict(_flat(load_scenario(name, settings=settings).scenario.model_dump(mode="json")))
    now = dict(_flat(scenario.model_dump(mode="json")))
    differs = {path: value for path, value in now.items() if path not in base or base[path] != value}
    differs.pop("world.network", None)
    known = changeable(SHARED) | changeable("")
    sayable = all(
        path in base
        and (path in known or ".".join("0" if part.isdigit() else part for part in path.split(".")) in known)
        for path in differs
    )
    return differs if sayable and base.keys() == now.keys() else None


def _flat(content: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    entries = enumerate(content) if isinstance(content, list) else content.items()
    for key, value in entries:
        if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def setting_clicked(
    kept: Kept, click: Mapping[str, Any] | None, chosen: Sequence[str | None] = ()
) -> dict[str, Any] | None:
    """Setting of a click: a point knows which one it is, a cell only its places along the axes that were chosen."""
    try:
        point = (click or {})["points"][0]
        if point.get("customdata"):
            number = int(point["customdata"][0])
        else:
            measure, of, x, y = _view_of(kept, chosen)
            cells = cells_of(kept, measure, of, x, y)
            across, up = ([words_of(value) for value in distinct(cells, place)] for place in (0, 1))
            wanted = across[int(point["x"])], up[int(point["y"])]
            number = next(one.point for one in cells if (words_of(one.x), words_of(one.y)) == wanted)
        return dict(kept.settings[number]) if 0 <= number < len(kept.settings) else None
    except (KeyError, IndexError, TypeError, ValueError, StopIteration):
        return None


def place_clicked(
    kept: Kept, click: Mapping[str, Any] | None, chosen: Sequence[str | None] = ()
) -> dict[str, Any] | None:
    """Setting of a click on the tipping map: any place within the ranges of both parameters."""
    try:
        point = (click or {})["points"][0]
        values = [float(point["x"]), float(point["y"])]
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    if len(kept.parameters) != 2 or not all(math.isfinite(value) for value in values):
        return None
    return {path: float(f"{value:.4g}") for path, value in zip(kept.parameters, values, strict=True)}


# ---- callbacks ------------------------------------------------------------------------------------------------------


def register(app: Dash, cache: diskcache.Cache) -> None:
    """Give an app the callbacks of this page."""

    @app.callback(Output("sweeps-result", "children"), Input("sweeps-folder", "data"))
    def opened(wanted: str | None) -> Any:
        return result_view(wanted) if wanted else no_update

    # the address says which folder is open; the page is laid out anew, and says that it is opening it
    app.clientside_callback(
        """(choice, clicks, entered, path) => {
            const pressed = window.dash_clientside.callback_context.triggered_id;
            const wanted = pressed === "sweeps-choice" ? choice : path;
            return wanted ? `?folder=${encodeURIComponent(wanted)}` : window.dash_clientside.no_update;
        }""",
        Output("location", "search", allow_duplicate=True),
        Input("sweeps-choice", "value"),
        Input("sweeps-open", "n_clicks"),
        Input("sweeps-path", "n_submit"),
        State("sweeps-path", "value"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("sweeps-heat", "children"),
        Input({"type": "sweeps-view", "key": ALL}, "value"),
        State({"type": "sweeps-source", "of": "heat"}, "data"),
        prevent_initial_call=True,
    )
    def looked_at(chosen: Sequence[str | None], wanted: str | None) -> Any:
        return _in_words(lambda: _heat_of(chosen, wanted))

    for kind, sample, setting_of in (("heat", "", setting_clicked), ("map", "plane", place_clicked)):

        def picked(
            click: Mapping[str, Any] | None,
            wanted: str | None,
            chosen: Sequence[str | None],
            sample: str = sample,
            setting_of: Clicked = setting_of,
        ) -> Any:
            return _in_words(lambda: _picked_of(click, wanted, sample, setting_of, chosen))

        app.callback(
            Output({"type": "sweeps-picked", "of": kind}, "children"),
            Input({"type": "graph", "chart": f"sweeps-{kind}"}, "clickData"),
            State({"type": "sweeps-source", "of": kind}, "data"),
            State({"type": "sweeps-view", "key": ALL}, "value"),
            prevent_initial_call=True,
        )(picked)


def _heat_of(chosen: Sequence[str | None], wanted: str | None) -> Any:
    kept = open_sweep(folder_of(str(wanted)))
    try:
        measure, of, x, y = _view_of(kept, chosen)
    except ValueError:
        return no_update
    return heat_view(kept, measure, of, x, y or NONE)


def _view_of(kept: Kept, chosen: Sequence[str | None]) -> tuple[str, str, str, str | None]:
    """Measure, of what, across and upwards, as they were chosen; raises `ValueError` for what this sweep does not have."""
    measure, of, x, y = (str(one) for one in chosen)
    paths = {*kept.parameters, NONE}
    if measure not in kept.measures or of not in {*kept.names, DIFFERENCE} or x not in paths - {NONE}:
        raise ValueError(chosen)
    return measure, of, x, y if y in paths - {NONE, x} else None


def _picked_of(
    click: Mapping[str, Any] | None,
    wanted: str | None,
    sample: str,
    setting_of: Clicked,
    chosen: Sequence[str | None],
) -> Any:
    kept = open_sweep(folder_of(str(wanted)) / sample)
    setting = setting_of(kept, click, chosen)
    return no_update if setting is None else picked_view(kept, setting)


def _in_words(answer: Callable[[], Any]) -> Any:
    """Whatever goes wrong with a folder that was there a moment ago, in words."""
    try:
        return answer()
    except InputError as error:
        return error_view([_relative(error)], title="This folder cannot be opened")
