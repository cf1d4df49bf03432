"""Controls made from the schema: label, unit, bounds and help are written there and nowhere else."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from worthsharing.sim.errors import InputError
from worthsharing.sim.scenario import GRADES, ParameterInfo, parameters

MOST_SEED = 2**53 - 1  # a browser knows no larger whole number exactly
MOST_REPLICATES = 1000


class Setting(NamedTuple):
    """One number that a page asks for.

    key: its name in the URL and in ids; path: of the parameter in the schema, or none for one of the experiment
    """

    key: str
    label: str
    path: str | None
    default: int
    low: int
    high: int
    step: int
    meaning: str
    unit: str
    source: str
    grade: str | None = None
    plausible: tuple[float, float] | None = None
    grouped: bool = True  # in thousands, when shown


def parameter_setting(
    path: str, *, key: str, label: str, default: int | None = None, step: int = 1
) -> Setting:
    """Make a setting of a parameter of the schema that is a whole number with bounds."""
    info = parameter(path)
    if info.type != "int" or info.low is None or info.high is None:
        raise ValueError(f"{path} is no whole number with bounds")
    chosen = int(info.default) if default is None else default
    return Setting(
        key,
        label,
        path,
        chosen,
        int(info.low),
        int(info.high),
        step,
        info.meaning,
        info.unit,
        info.source,
        info.grade,
        info.plausible,
    )


def aria(**names: str) -> dict[str, Any]:
    """Attributes for people who do not see the page: `aria(label="x")` is `aria-label="x"`."""
    return {f"aria-{name}": value for name, value in names.items()}


def parameter(path: str) -> ParameterInfo:
    """Look up what the schema knows of one parameter."""
    return next(info for info in parameters() if info.path == path)


REPLICATES = Setting(
    "replicates", "Worlds", None, 20, 2, MOST_REPLICATES, 5,
    "How many worlds both strategies are run in: other people, other ties, other luck in each", "worlds",
    "more worlds, narrower intervals: four times as many halve them",
)  # fmt: skip
SEED = Setting(
    "seed", "Seed", None, 1, 0, MOST_SEED, 1,
    "Which worlds they are: the same seed gives the same worlds, and the same numbers", "whole number",
    "a choice of this experiment", grouped=False,
)  # fmt: skip


def number_control(setting: Setting, value: int | None = None) -> Component:
    """Build a number field with its unit, its bounds, and a button that explains it."""
    return html.Div(
        [
            html.Div(
                [
                    html.Label(setting.label, htmlFor=setting.key, className="control-label"),
                    help_button(setting),
                ],
                className="control-head",
            ),
            dmc.NumberInput(
                id=setting.key,
                value=setting.default if value is None else value,
                step=setting.step,
                min=setting.low,
                max=setting.high,
                allowDecimal=False,
                clampBehavior="none",
                hideControls=True,
                thousandSeparator="," if setting.grouped else None,
                size="md",
            ),
        ],
        className="control",
    )


def help_button(setting: Setting) -> Component:
    """Build a small button that says what a setting is, what it takes, and where its size comes from."""
    lines = [
        html.P(f"{setting.meaning}."),
        html.P(
            [html.B("Takes: "), f"a whole number from {setting.low:,} to {setting.high:,}, in {setting.unit}"]
        ),
        html.P([html.B("Default: "), f"{setting.default:,}"]),
    ]
    if setting.plausible is not None:
        lines.append(html.P([html.B("Plausible: "), f"{setting.plausible[0]:g} to {setting.plausible[1]:g}"]))
    lines.append(html.P([html.B("Source: "), setting.source]))
    lines.append(html.P([html.B("Grade: "), _grade(setting.grade)]))
    return explanation(f"About {setting.label.lower()}", lines)


def explanation(label: str, content: Sequence[Component]) -> Component:
    """Build a small button that opens an explanation beside it, by mouse or keyboard."""
    return dmc.Popover(
        [
            dmc.PopoverTarget(
                dmc.ActionIcon(
                    html.Span(className="icon icon-help", **aria(hidden="true")),
                    variant="subtle",
                    color="gray",
                    size="sm",
                    **aria(label=label),
                )
            ),
            dmc.PopoverDropdown(html.Div(list(content), className="help-text")),
        ],
        width=320,
        position="bottom-start",
        shadow="md",
        withArrow=True,
        withRoles=False,
    )


def _grade(grade: str | None) -> str:
    if grade is None:
        return "none: a choice, not a claim about people"
    return f"{grade}, {GRADES[grade]}"  # type: ignore[index]  # a grade is one of the keys


def whole_number(setting: Setting, value: object) -> int:
    """Check what a person or a URL gave for a setting; raises `InputError` in plain words."""
    right = f"a whole number from {setting.low:,} to {setting.high:,}"
    text = str(value).strip().replace(",", "") if value is not None else ""
    if not text:
        raise InputError(setting.label, "is empty", right)
    shown = text if len(text) <= 40 else text[:39] + "…"
    # int() would also take what nobody means: "1_000", or digits of other scripts
    if not (text.isascii() and text.removeprefix("-").isdigit()) or len(text) > 20:
        raise InputError(setting.label, f"'{shown}' is not a whole number", right)
    number = int(text)
    if not setting.low <= number <= setting.high:
        raise InputError(setting.label, f"{number:,} is out of bounds", right)
    return number


def values_from(
    settings: tuple[Setting, ...], query: Mapping[str, object]
) -> tuple[dict[str, int], list[InputError]]:
    """Read settings from a query: what is good, defaults for the rest, and what was wrong."""
    values, errors = {}, []
    for setting in settings:
        values[setting.key] = setting.default
        if setting.key in query:
            try:
                values[setting.key] = whole_number(setting, query[setting.key])
            except InputError as error:
                errors.append(error)
    return values, errors
