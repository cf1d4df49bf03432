"""One self-contained HTML report of some results: question, verdict, pictures, assumptions, and how to repeat it."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from worthsharing.experiments.compare import Comparison
from worthsharing.experiments.execute import Results
from worthsharing.experiments.figures import (
    COSTS_HELP,
    PARTS_HELP,
    SOURCES_HELP,
    backlash_parts_table,
    bars_figure,
    costs_figure,
    costs_sentence,
    costs_table,
    curve_help,
    curve_sentence,
    curve_table,
    curves_figure,
    outcome_rows,
    parts_sentence,
    plain,
    reach_sources_table,
    sampled_days,
    sources_figure,
    sources_sentence,
    split_by_names,
)
from worthsharing.experiments.page import Table, in_both_themes, render_page
from worthsharing.experiments.summary import (
    NOT_AVAILABLE,
    decimals_for,
    family_sentence,
    pairing_gain,
    shown,
    shown_interval,
    summarise,
)
from worthsharing.sim.measures import DAILY
from worthsharing.sim.run import provenance
from worthsharing.sim.scenario import GENERATED_NETWORKS, GRADES, Scenario, parameters

GUESSED = ("X", "D")  # grades of parameters whose size nobody has measured, or nobody has looked up
# which switch turns a section's parameters on; a section that is not here is always in use
SWITCH_OF: Mapping[str, str] = {
    "attention": "visibility",
    "worth": "worth",
    "fatigue": "fatigue",
    "sharing": "sharing",
    "sincerity": "sincerity",
    "attitude": "attitude",
    "leaving": "leaving",
    "experience": "experience",
    "adoption": "adoption",
}
SWITCH_OF_ONE: Mapping[str, str] = {
    "sharing.reward_multiplier": "rewards",
    "sharing.p_forward_for_reward": "rewards",
    "sharing.usual_reward": "rewards",
}
SECTIONS: Mapping[str, str] = {
    "world": "Who there is",
    "brand": "The brand",
    "brand.series.0": "What it posts",
    "attention": "Attention",
    "worth": "What an item is worth",
    "fatigue": "Fatigue",
    "sharing": "Sharing",
    "sincerity": "Sincerity",
    "attitude": "Attitude",
    "leaving": "Leaving and protest",
    "experience": "Experience and recommendation",
    "adoption": "Adoption",
    "costs": "Costs",
}


class Chart(NamedTuple):
    """One chart of the report and of the app, with everything that explains it.

    table: what stands beside it; data: all numbers that it is drawn of
    draw: called with the name of a theme and options of the figure
    """

    id: str
    title: str
    sentence: str
    reading: str
    table: Table
    data: pd.DataFrame
    draw: Callable[..., go.Figure]
    wide: bool = False


class Assumption(NamedTuple):
    """One parameter that is a guess: what it is, what was used, and what else would have been plausible."""

    path: str
    meaning: str
    unit: str
    used: str
    plausible: str
    grade: str
    source: str
    changed: bool  # from its default, by a scenario


def write_report(
    path: str | Path,
    results: Results,
    comparison: Comparison | None,
    command: str,
    manifest: Mapping[str, Any],
) -> Path:
    """Write the report as one HTML file that needs no network.

    comparison: of these results; None for a single scenario
    command: what reproduces these results
    manifest: of these results; its `provenance` is shown
    """
    path = Path(path)
    content = render_report(results, comparison, command, manifest)
    path.write_text(content, encoding="utf-8", newline="\n")
    return path


def render_report(
    results: Results, comparison: Comparison | None, command: str, manifest: Mapping[str, Any]
) -> str:
    """Render the report as HTML; the same results give the same bytes."""
    names = tuple(results.scenarios)
    charts = charts_of(results)
    drawn = {chart.id: in_both_themes(chart.draw(), chart.draw(theme="dark")) for chart in charts}
    scenarios = [
        {"name": name, "plain": plain(name), "place": place, "title": scenario.title, "claim": scenario.claim}
        for place, (name, scenario) in enumerate(results.scenarios.items())
    ]
    first = next(iter(results.scenarios.values()))
    versions = manifest.get("provenance") or provenance()
    return render_page(
        "report.html",
        drawn,
        title=" or ".join(plain(name) for name in names),
        scenarios=scenarios,
        sentences=[
            split_by_names(sentence, names) for sentence in (comparison.sentences if comparison else ())
        ],
        place={name: place for place, name in enumerate(names)},
        comparison=comparison,
        efforts=_efforts(comparison),
        pairs=_pairs(comparison),
        summary=_summary(results) if comparison is None else None,
        charts=charts,
        assumptions=assumptions(results.scenarios),
        grades=[(grade, GRADES[grade]) for grade in GUESSED],
        notes=_notes(results, comparison),
        command=command,
        facts=_facts(results, first),
        versions=sorted((str(key), str(value)) for key, value in versions.items()),
    )


# ---- what stands in the report ------------------------------------------------------------------------------------


def assumptions(scenarios: Mapping[str, Scenario]) -> list[tuple[str, list[Assumption]]]:
    """Parameters of mechanisms that are on whose size is assumed (X) or not checked (D), by section."""
    default = Scenario()
    grouped: dict[str, list[Assumption]] = {}
    for info in parameters():
        users = {name: scenario for name, scenario in scenarios.items() if is_used(info.path, scenario)}
        if info.grade not in GUESSED or not users:
            continue
        values = {name: values_at(scenario, info.path) for name, scenario in users.items()}
        usual = values_at(default, info.path)
        told = {
            name: ", ".join(_plainly(value) for value in found) or "none" for name, found in values.items()
        }
        same = len(set(told.values())) == 1
        used = (
            next(iter(told.values()))
            if same
            else "; ".join(f"{plain(name)}: {text}" for name, text in told.items())
        )
        low_high = info.plausible
        grouped.setdefault(SECTIONS.get(info.section, info.section), []).append(
            Assumption(
                info.path.replace(".0.", "."),
                info.meaning,
                info.unit,
                used,
                f"{_plainly(low_high[0])} to {_plainly(low_high[1])}" if low_high else "–",
                str(info.grade),
                info.source,
                any(found != usual for found in values.values()),
            )
        )
    return list(grouped.items())


def values_at(scenario: Scenario, path: str) -> list[Any]:
    """Values of a parameter in a scenario: one, or for a parameter of series one for each series."""
    places: list[Any] = [scenario]
    for key in path.split("."):
        if key.isdigit():
            places = [inner for place in places for inner in place]
        else:
            places = [getattr(place, key) for place in places]
    return places


def is_used(path: str, scenario: Scenario) -> bool:
    """Whether the mechanism that a parameter belongs to is at work in a scenario."""
    section = path.split(".")[0]
    if section == "world" and scenario.world.network not in GENERATED_NETWORKS:
        return path == "world.strong_ties"
    if path.startswith("brand.series.") and scenario.brand.silent:
        return False
    switch = SWITCH_OF_ONE.get(path) or SWITCH_OF.get(section)
    return switch is None or bool(getattr(scenario.mechanisms, switch))


def charts_of(results: Results) -> list[Chart]:
    """Charts of a comparison, for the report and the app alike."""
    charts = []
    for measure in ("reach", "backlash"):
        table = curve_table(results, measure)
        charts.append(
            Chart(
                measure,
                f"{DAILY[measure].label} over time",
                curve_sentence(table, measure),
                curve_help(results, measure),
                curve_cells(table, measure),
                table,
                partial(curves_figure, table, measure),
            )
        )
    parts = backlash_parts_table(results)
    charts.append(
        Chart(
            "parts",
            "Backlash by its parts",
            parts_sentence(parts),
            PARTS_HELP,
            means_cells(parts, "People"),
            parts,
            partial(bars_figure, parts, "people"),
        )
    )
    sources = reach_sources_table(results)
    cells = means_cells(sources, "People by first contact")
    draw = partial(sources_figure, sources)
    charts.append(
        Chart(
            "sources", "Where reach came from", sources_sentence(sources), SOURCES_HELP, cells, sources, draw
        )
    )
    costs = costs_table(results)
    charts.append(
        Chart(
            "costs",
            "What it costs",
            costs_sentence(costs, results),
            COSTS_HELP,
            means_cells(costs, "Currency over the whole run", interval=False),
            costs,
            partial(costs_figure, costs),
        )
    )
    return charts


def curve_cells(table: pd.DataFrame, measure: str) -> Table:
    """Some days of a curve table, in words and rounded numbers."""
    names = list(dict.fromkeys(table["scenario"]))
    days = int(table["day"].max()) if len(table) else 0
    digits = decimals_for(*table["mean"])
    at = table.set_index(["scenario", "day"])
    last = {name: int(rows["day"].max()) for name, rows in table.groupby("scenario", sort=False)}
    rows = []
    for day in sampled_days(days):
        cells = [f"Day {day}"]
        for name in names:
            if day > last[name]:  # its campaign is over
                cells.append(NOT_AVAILABLE)
                continue
            mean, low, high = (float(at.loc[(name, day), column]) for column in ("mean", "low", "high"))
            cells.append(f"{shown(mean, digits)} ({shown_interval(low, high, digits)})")
        rows.append(tuple(cells))
    caption = f"{DAILY[measure].label} in {DAILY[measure].unit}: mean, and the middle 90 % of worlds"
    return Table(caption, ("After", *(plain(name) for name in names)), tuple(rows))


def means_cells(table: pd.DataFrame, caption: str, *, interval: bool = True) -> Table:
    """Means of a means table, with their intervals if they have any, in words and rounded numbers."""
    names = list(dict.fromkeys(table["scenario"]))
    digits = decimals_for(*table["mean"])
    rows = []
    for label, found in table.groupby("label", sort=False):
        by_name = found.set_index("scenario")
        cells = [str(label)]
        for name in names:
            row = by_name.loc[name]
            low_high = f" ({shown_interval(row['low'], row['high'], digits)})" if interval else ""
            cells.append(f"{shown(row['mean'], digits)}{low_high}")
        rows.append(tuple(cells))
    said = f"{caption}: mean and its 95 % interval" if interval else caption
    return Table(said, ("", *(plain(name) for name in names)), tuple(rows))


def _pairs(comparison: Comparison | None) -> list[dict[str, Any]]:
    if comparison is None:
        return []
    first = comparison.names[0]
    return [
        {
            "a": plain(first),
            "b": plain(other),
            "place": place,
            "rows": [
                (
                    row,
                    split_by_names(row.verdict, (other,)),
                    {"a": "s0", "b": f"s{place}"}.get(row.tone, row.tone),
                )
                for row in outcome_rows(comparison, other)
            ],
            "pairing": pairing_gain(tuple(one for one in comparison.differences if one.b == other)),
            "family": family_sentence(comparison.differences),
        }
        for place, other in enumerate(comparison.names[1:], 1)
    ]


def _efforts(comparison: Comparison | None) -> list[tuple[str, tuple[str, ...]]]:
    if comparison is None:
        return []
    return [
        (
            effort.scenario,
            (
                shown(effort.staff_hours, 1),
                *(shown(value, 0) for value in (effort.staff, effort.rewards, effort.paid, effort.effort)),
            ),
        )
        for effort in comparison.efforts
    ]


def _summary(results: Results) -> Table:
    rows = []
    for one in summarise(results):
        digits = decimals_for(one.mean)
        rows.append((one.label, shown(one.mean, digits), shown_interval(one.low, one.high, digits), one.unit))
    return Table("Every measure", ("Measure", "Mean", "95 % interval", "Unit"), tuple(rows))


def _notes(results: Results, comparison: Comparison | None) -> list[str]:
    notes = [*results.notes, *(comparison.notes if comparison else ())]
    if results.independent:
        notes.append("Each scenario was run in worlds of its own, not on the same ones.")
    if results.replicates < 10:
        notes.append(f"Only {results.replicates} worlds were run: intervals from so few are wide and rough.")
    return list(dict.fromkeys(notes))


def _facts(results: Results, first: Scenario) -> list[tuple[str, str]]:
    people = {scenario.world.people for scenario in results.scenarios.values()}
    networks = {scenario.world.network for scenario in results.scenarios.values()}
    generated = networks <= set(GENERATED_NETWORKS)
    days = {scenario.clock.days for scenario in results.scenarios.values()}
    how_many = (
        " and ".join(f"{number:,}" for number in sorted(people)) if generated else "as many as the file names"
    )
    return [
        ("People", how_many),
        (
            "Network",
            ", ".join(sorted(Path(network).name for network in networks))
            + (" (generated)" if generated else ""),
        ),
        ("Days", " and ".join(f"{number:,}" for number in sorted(days))),
        ("Worlds", f"{results.replicates:,}"),
        ("Seed", str(results.seed)),
    ]


def _plainly(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
