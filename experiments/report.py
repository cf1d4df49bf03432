"""One self-contained HTML report of some results: question, verdict, pictures, assumptions, and how to repeat it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from worthsharing.experiments.audit_report import questions_of, trust_box
from worthsharing.experiments.compare import Comparison, Difference
from worthsharing.experiments.execute import Results
from worthsharing.experiments.explain import Explanation
from worthsharing.experiments.explain_report import explanation_sections
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
    shown_band,
    sources_figure,
    sources_sentence,
    split_by_names,
)
from worthsharing.experiments.ledger import (
    FOOTINGS,
    GUESSED,
    POINTS,
    Ledger,
    assumptions,
    hinges,
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
from worthsharing.sim.scenario import GENERATED_NETWORKS, GRADES, Scenario

if TYPE_CHECKING:
    from worthsharing.experiments.audit import Audit


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


def write_report(
    path: str | Path,
    results: Results,
    comparison: Comparison | None,
    command: str,
    manifest: Mapping[str, Any],
    *,
    ledger: Ledger | None = None,
    audits: "Sequence[Audit]" = (),
    explanation: Explanation | None = None,
) -> Path:
    """Write the report as one HTML file that needs no network.

    comparison: of these results; None for a single scenario
    command: what reproduces these results
    manifest: of these results; its `provenance` is shown
    ledger, audits: of this comparison, if they were made; where they were not, the report says so
    explanation: of this comparison, if it was asked for
    """
    path = Path(path)
    content = render_report(
        results, comparison, command, manifest, ledger=ledger, audits=audits, explanation=explanation
    )
    path.write_text(content, encoding="utf-8", newline="\n")
    return path


def render_report(
    results: Results,
    comparison: Comparison | None,
    command: str,
    manifest: Mapping[str, Any],
    *,
    ledger: Ledger | None = None,
    audits: "Sequence[Audit]" = (),
    explanation: Explanation | None = None,
) -> str:
    """Render the report as HTML; the same results give the same bytes."""
    names = tuple(results.scenarios)
    charts = charts_of(results)
    drawn = {chart.id: in_both_themes(chart.draw(), chart.draw(theme="dark")) for chart in charts}
    reasons = explanation_sections(explanation, drawn) if explanation is not None else []
    scenarios = [
        {"name": name, "plain": plain(name), "place": place, "title": scenario.title, "claim": scenario.claim}
        for place, (name, scenario) in enumerate(results.scenarios.items())
    ]
    first = next(iter(results.scenarios.values()))
    versions = manifest.get("provenance") or provenance()
    return render_page(
        "report.html",
        drawn,
        styles=("report.css", "explain.css") if reasons else ("report.css",),
        reasons=reasons,
        title=" or ".join(plain(name) for name in names),
        scenarios=scenarios,
        sentences=[
            split_by_names(sentence, names) for sentence in (comparison.sentences if comparison else ())
        ],
        place={name: place for place, name in enumerate(names)},
        comparison=comparison,
        efforts=_efforts(comparison),
        firmness=[
            split_by_names(sentence, names)
            for other in names[1:]
            for sentence in (ledger.sentences(other) if ledger is not None else ())
        ],
        trust=trust_box(questions_of(comparison, ledger, audits, command), audits, named=plain, names=names),
        ledger=ledger,
        hinges=_hinges(ledger, several=len(names) > 2),
        footings=FOOTINGS,
        examine=f"{command} --ledger {POINTS}",
        pairs=_pairs(comparison, ledger),
        summary=_summary(results) if comparison is None else None,
        charts=charts,
        assumptions=assumptions(results.scenarios, named=plain),
        grades=[(grade, GRADES[grade]) for grade in GUESSED],
        notes=_notes(results, comparison),
        command=command,
        facts=_facts(results, first),
        versions=sorted((str(key), str(value)) for key, value in versions.items()),
    )


# ---- what stands in the report ------------------------------------------------------------------------------------


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
            cells.append(f"{shown(mean, digits)} ({shown_band(mean, low, high, digits)})")
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


def _pairs(comparison: Comparison | None, ledger: Ledger | None) -> list[dict[str, Any]]:
    if comparison is None:
        return []
    first = comparison.names[0]
    found = {(one.b, one.measure): one for one in comparison.differences}

    def verdict_of(difference: Difference, tone: str, place: int) -> tuple[str, str]:
        """A verdict with the colour that it wears; one that guesses decide wears none."""
        words = ledger.verdict_words(difference) if ledger is not None else difference.verdict
        if words != difference.verdict:
            return words, "open"
        return words, {"a": "s0", "b": f"s{place}"}.get(tone, tone)

    return [
        {
            "a": plain(first),
            "b": plain(other),
            "place": place,
            "rows": [
                (row, split_by_names(words, (other,)), tone)
                for row in outcome_rows(comparison, other)
                for words, tone in (verdict_of(found[other, row.measure], row.tone, place),)
            ],
            "pairing": pairing_gain(tuple(one for one in comparison.differences if one.b == other)),
            "family": family_sentence(comparison.differences, comparison.looks),
        }
        for place, other in enumerate(comparison.names[1:], 1)
    ]


def _hinges(ledger: Ledger | None, *, several: bool) -> list[dict[str, Any]]:
    """Guesses that decide, as the report shows them."""
    if ledger is None:
        return []
    shown_ones = []
    for one in hinges(ledger):
        verdicts = [
            {
                "label": verdict["label"] + (f" of {plain(verdict['b'])}" if several else ""),
                "strength": f"{100 * verdict['strength']:.0f} %",
                "turns": verdict["footing"] == "hangs on guesses",
                "lowest": f"{100 * verdict['share_low']:.0f} %",
                "highest": f"{100 * verdict['share_high']:.0f} %",
            }
            for verdict in one["decides"]
        ]
        values = {name: f"{one[name]:g}" for name in ("used", "low", "high")}
        shown_ones.append({**one, **values, "verdicts": verdicts})
    return shown_ones


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
