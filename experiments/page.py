"""One HTML page that needs no network: its frame, its tables, and charts that follow the reader's theme."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, NamedTuple

import jinja2
import plotly.graph_objects as go
from markupsafe import Markup

from worthsharing.experiments.figures import CONFIG


class Table(NamedTuple):
    """One table of a page: a caption, a header, and rows whose first cell is their heading."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def in_both_themes(light: go.Figure, dark: go.Figure) -> dict[str, Any]:
    """One chart as a page keeps it."""
    return {"light": json.loads(light.to_json()), "dark": json.loads(dark.to_json())}


def render_page(
    template: str, drawn: Mapping[str, Any], *, styles: tuple[str, ...] = ("report.css",), **values: Any
) -> str:
    """Render a template that extends `page.html`; everything the reader's browser needs stands in the page.

    drawn: charts `in_both_themes` by the id of their place, which is `plot-` and that id
    styles: style sheets by the name of their file, later ones on top of earlier ones
    """
    return _ENVIRONMENT.get_template(template).render(
        style=Markup(plain_style(styles)),
        plotly=Markup(plotly_js()),
        figures=Markup(_as_script({"config": CONFIG, "charts": drawn})),
        script=Markup(_source("report.js")),
        **values,
    )


def plotly_js() -> str:
    """The part of plotly.js that draws this project's charts: lines, bars, boxes, maps of cells, all on two axes.

    It is what its makers publish as plotly.js-cartesian-dist-min: a third of the whole, so that a browser reads it in a
    third of the time. Its version is the one that the installed plotly would send.
    """
    return (files("worthsharing.experiments") / "assets" / "plotly-cartesian.min.js").read_text(
        encoding="utf-8"
    )


def render_piece(template: str, **values: Any) -> Markup:
    """Render a piece of a page, to be put into another one."""
    return Markup(_ENVIRONMENT.get_template(template).render(**values))


def plain_style(styles: tuple[str, ...]) -> str:
    """Style sheets one after the other, by the name of their file."""
    return "".join(_source(name) for name in styles)


def nested_style(name: str, styles: tuple[str, ...]) -> str:
    """Style sheets as they stand, but for what is inside an element of the class `name` only."""
    return "".join(f".{name} {{\n{_source(one)}}}\n" for one in styles)


def _source(name: str) -> str:
    return files("worthsharing.experiments").joinpath("templates", name).read_text(encoding="utf-8")


def _as_script(value: Any) -> str:
    """JSON that may stand inside a script element: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return (
        text.replace("&", "\\u0026")
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("\u2028", "\\u2028")
    )


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FunctionLoader(_source),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
