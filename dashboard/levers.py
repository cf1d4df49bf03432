"""Controls of strategies and of worlds, made from the schema: label, unit, bounds, help, source and grade."""

import re
from typing import Any

import dash_mantine_components as dmc
from dash import MATCH, ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from worthsharing.dashboard.controls import aria
from worthsharing.dashboard.question import ALL, Changes, changeable
from worthsharing.experiments.figures import plain
from worthsharing.experiments.ledger import SECTIONS
from worthsharing.sim.scenario import GRADES, ParameterInfo, Scenario, parameters

# What moves reach or backlash most between the ends of what is plausible, one parameter at a time (DECISIONS, the app):
# eight of a strategy, and eight of what all strategies have in common
SIMPLE: frozenset[str] = frozenset(
    {
        "brand.series.0.per_week",
        "brand.series.0.value",
        "brand.series.0.pressure",
        "brand.series.0.reward",
        "brand.series.0.rewards_per_post",
        "brand.series.0.paid_impressions",
        "brand.first_customers",
        "brand.experience_ease",
        "attention.items_per_visit",
        "attention.items_per_followed_per_day",
        "attention.visits_per_day",
        "attention.ranking",
        "attention.real_degree",
        "experience.per_month",
        "sharing.usual_reward",
        "leaving.p_per_promotion",
    }
)

# words that are found there: what is searched for, by whether all strategies have it in common
SEARCHED = {False: ("reward", "pressure"), True: ("fatigue", "leaving")}


def levers_of(owner: str, scenario: Scenario) -> dict[str, ParameterInfo]:
    """Parameters that can be changed, by path; those of a series once for each series of the scenario.

    owner: a slot, or `ALL` for what all strategies have in common
    """
    known = changeable(owner)
    found: dict[str, ParameterInfo] = {}
    series = [info for info in parameters() if info.path in known and info.path.startswith("brand.series.0.")]
    for number in range(len(scenario.brand.series)):
        for info in series if owner != ALL else ():
            found[f"brand.series.{number}.{info.path.split('.')[-1]}"] = info
    for info in parameters():
        if info.path in known and info not in series:
            found[info.path] = info
    return found


def value_in(scenario: Scenario, path: str) -> Any:
    """Value of a parameter in a scenario."""
    place: Any = scenario
    for key in path.split("."):
        place = place[int(key)] if key.isdigit() else getattr(place, key)
    return place


def drawer_view(owner: str, scenario: Scenario, changes: Changes, store: str) -> Component:
    """Lay out all controls of one strategy, or of the world.

    scenario: as it is before the changes
    store: id of the store that holds changes by owner
    """
    levers = levers_of(owner, scenario)
    base = {path: value_in(scenario, path) for path in levers}
    sections: dict[str, list[Component]] = {}
    for path, info in levers.items():
        control = _lever(owner, path, info, base[path], changes.get(path, base[path]))
        sections.setdefault(_section_of(path, info, scenario), []).append(control)
    simple = len({info.path for info in levers.values()} & SIMPLE)
    return html.Div(
        [
            html.Div(
                [
                    dmc.SegmentedControl(
                        id="levers-mode",
                        data=[
                            {"value": "simple", "label": f"Simple ({simple})"},
                            {"value": "advanced", "label": f"Advanced ({len(levers)})"},
                        ],
                        value="simple",
                        size="sm",
                        **aria(label="How many controls to show"),
                    ),
                    dmc.TextInput(
                        id="levers-search",
                        placeholder=f"Search all of them: {', '.join(SEARCHED[owner == ALL])} …",
                        size="sm",
                        className="levers-search",
                        **aria(label="Search the controls"),
                    ),
                    dmc.Button("Undo all", id="levers-undo", size="sm", variant="default", n_clicks=0),
                ],
                className="levers-head",
            ),
            dcc.Store(id="levers-base", data={"owner": owner, "values": base, "store": store}),
            html.Div(
                [
                    html.Section(
                        [html.H3(title, className="levers-title"), *controls], className="levers-section"
                    )
                    for title, controls in sections.items()
                ]
                + [
                    html.P(
                        "Nothing here has that in its name or its meaning. "
                        + ("Each strategy has" if owner == ALL else "People and rules have")
                        + " controls elsewhere on this page.",
                        className="levers-none soft",
                    )
                ],
                id="levers-list",
                className="levers simple",
            ),
        ],
    )


def _section_of(path: str, info: ParameterInfo, scenario: Scenario) -> str:
    series = re.fullmatch(r"brand\.series\.(\d+)\..*", path)
    if series:
        return f"Posts: {scenario.brand.series[int(series[1])].name}"
    return SECTIONS.get(info.section, plain(info.section))


def _lever(owner: str, path: str, info: ParameterInfo, base: Any, value: Any) -> Component:
    name = {"owner": owner, "path": path}
    label = plain(path.split(".")[-1])
    id_ = {"type": "lever", **name}
    common = {"size": "sm", "className": "lever-input", **aria(label=f"{label}: {info.meaning}")}
    if info.type == "bool":
        control: Component = dmc.SegmentedControl(
            id=id_,
            data=[{"value": "on", "label": "On"}, {"value": "off", "label": "Off"}],
            value="on" if value is True else "off",
            **common,
        )
    elif info.type == "choice":
        control = dmc.Select(
            id=id_,
            data=[{"value": choice, "label": plain(choice)} for choice in info.choices],
            value=value,
            allowDeselect=False,
            comboboxProps={"withinPortal": False},
            **common,
        )
    else:
        control = dmc.NumberInput(
            id=id_,
            value=value,
            allowDecimal=info.type == "float",
            clampBehavior="none",
            hideControls=True,
            thousandSeparator=",",
            **common,
        )
    data: dict[str, Any] = {"data-simple": "yes" if info.path in SIMPLE else "no"}
    data["data-words"] = " ".join((label, path, info.meaning, info.unit, info.section)).lower()
    return html.Div(
        [
            html.Div(
                [
                    html.B(label),
                    html.Span(f" {info.unit}", className="soft")
                    if info.unit not in ("switch", "choice", label.lower())
                    else "",
                    html.Div(f"{info.meaning}.", className="lever-meaning"),
                    _about(info, base),
                ],
                className="lever-words",
            ),
            html.Div(
                [
                    control,
                    html.Div(
                        f"not changed: {_plainly(base)}",
                        id={"type": "lever-said", **name},
                        className="lever-said",
                    ),
                ],
                className="lever-control",
            ),
            dcc.Store(
                id={"type": "lever-base", **name},
                data={
                    "base": base,
                    "shown": _plainly(base),
                    "low": info.low,
                    "high": info.high,
                    "bounds": info.bounds,
                },
            ),
        ],
        id={"type": "lever-box", **name},
        className="lever",
        **data,
    )


def _about(info: ParameterInfo, base: Any) -> Component:
    facts = [("Takes", info.bounds), ("In the file", _plainly(base)), ("Default", _plainly(info.default))]
    if info.plausible is not None:
        facts.append(("Plausible", f"{info.plausible[0]:g} to {info.plausible[1]:g}"))
    facts.append(("Source", info.source))
    grade = (
        "none: a choice, not a claim about people"
        if info.grade is None
        else f"{info.grade}, {GRADES[info.grade]}"
    )
    facts += [("Grade", grade), ("Name", info.path)]
    return html.Details(
        [
            html.Summary("Bounds, source and grade"),
            html.Dl([part for name, text in facts for part in (html.Dt(name), html.Dd(text))]),
        ],
        className="lever-about",
    )


def _plainly(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return (
        f"{value:,g}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else plain(str(value))
    )


def register(app: Dash, changes_id: str) -> None:
    """Give an app what the controls do; all of it in the browser.

    changes_id: of the store that holds changes by owner
    """
    app.clientside_callback(
        ClientsideFunction("levers", "check"),
        Output({"type": "lever-said", "owner": MATCH, "path": MATCH}, "children"),
        Output({"type": "lever-box", "owner": MATCH, "path": MATCH}, "className"),
        Input({"type": "lever", "owner": MATCH, "path": MATCH}, "value"),
        State({"type": "lever-base", "owner": MATCH, "path": MATCH}, "data"),
        State({"type": "lever", "owner": MATCH, "path": MATCH}, "id"),
        State("levers-base", "data"),
        State(changes_id, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("levers", "filter"),
        Output("levers-list", "className"),
        Input("levers-mode", "value"),
        Input("levers-search", "value"),
    )
    app.clientside_callback(
        ClientsideFunction("levers", "undo"),
        Output("levers-undo", "children"),
        Input("levers-undo", "n_clicks"),
        State("levers-base", "data"),
        State(changes_id, "data"),
        prevent_initial_call=True,
    )
