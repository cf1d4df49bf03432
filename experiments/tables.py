"""Tidy tables of results, and results of such tables: pandas enters here, so that who needs no table need not load it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from worthsharing.experiments.compare import Comparison, Difference
from worthsharing.experiments.execute import Replicate, Results
from worthsharing.experiments.judge import Space
from worthsharing.experiments.ledger import Ledger
from worthsharing.experiments.verdicts import Trial
from worthsharing.sim.scenario import Scenario

if TYPE_CHECKING:
    from worthsharing.experiments.audit import Audit

OUTCOME_COLUMNS = ("scenario", "replicate", "measure", "value")
DAILY_COLUMNS = ("scenario", "replicate", "day", "measure", "value")


def outcomes_table(results: Results) -> pd.DataFrame:
    """One row per scenario, replicate and measure: columns scenario, replicate, measure, value."""
    rows = [
        (name, world.number, measure, value)
        for name in results.scenarios
        for world in results.worlds
        for measure, value in world.measures[name].items()
    ]
    return pd.DataFrame(rows, columns=list(OUTCOME_COLUMNS))


def daily_table(results: Results) -> pd.DataFrame:
    """One row per scenario, replicate, day and measure: columns scenario, replicate, day, measure, value."""
    series = [
        (name, world.number, measure, values)
        for name in results.scenarios
        for world in results.worlds
        for measure, values in world.daily[name].items()
    ]
    sizes = [values.size for *_, values in series]
    columns = {
        "scenario": np.repeat([name for name, *_ in series], sizes),
        "replicate": np.repeat([number for _, number, *_ in series], sizes),
        "day": np.concatenate([np.arange(size) for size in sizes]) if sizes else np.empty(0, np.int64),
        "measure": np.repeat([measure for *_, measure, _ in series], sizes),
        "value": np.concatenate([values for *_, values in series]) if sizes else np.empty(0),
    }
    return pd.DataFrame(columns)


def differences_table(comparison: Comparison) -> pd.DataFrame:
    """One row per outcome and pair."""
    columns = [*Difference.__dataclass_fields__, "verdict"]
    rows = [[getattr(difference, name) for name in columns] for difference in comparison.differences]
    return pd.DataFrame(rows, columns=columns)


def ledger_table(ledger: Ledger) -> pd.DataFrame:
    """One row per outcome and pair: what the settings said of its verdict, and which guess decides most."""
    rows = [
        {
            "a": one.a,
            "b": one.b,
            "measure": one.measure,
            "side": one.side,
            "footing": one.footing,
            **asdict(one.settings),
            "decider": one.deciders[0].path if one.deciders else "",
            "strength": one.deciders[0].strength if one.deciders else np.nan,
            "sentence": one.sentence,
        }
        for one in ledger.entries
    ]
    return pd.DataFrame(rows)


def audit_table(audits: "Sequence[Audit]") -> pd.DataFrame:
    """One row per pair, change and outcome."""
    return pd.DataFrame([{"a": one.a, "b": one.b, **asdict(row)} for one in audits for row in one.rows])


def trial_parts_table(trial: Trial) -> pd.DataFrame:
    """One row per part of a claim: what was found at the defaults, and in how many sampled settings."""
    rows = [
        {
            "claim": verdict.claim.id,
            "title": verdict.claim.title,
            "word": verdict.word,
            "claim_side": verdict.side,
            **{f"claim_{name}": count for name, count in asdict(verdict.settings).items()},
            "part": found.part.label,
            "measure": found.part.measure,
            "measure_a": found.part.measure_a or found.part.measure,
            "a": found.part.a,
            "b": found.part.b,
            "against": " / ".join(found.part.against or ()),
            "expected": found.part.expected,
            "unit": found.unit,
            "replicates": found.replicates,
            "mean_a": found.mean_a,
            "mean_b": found.mean_b,
            "difference": found.difference,
            "low": found.low,
            "high": found.high,
            "side": found.side,
            **asdict(found.settings),
        }
        for verdict in trial.verdicts
        for found in verdict.parts
    ]
    return pd.DataFrame(rows)


def trial_points_table(trial: Trial, space: Space) -> pd.DataFrame:
    """One row per sampled setting: its number, the value of each parameter, and the margin of each claim there."""
    columns: dict[str, np.ndarray] = {"point": np.arange(len(space.values))}
    for column, parameter in enumerate(space.parameters):
        columns[parameter.path] = space.values[:, column]
    for verdict in trial.verdicts:
        columns[f"margin {verdict.claim.id}"] = np.array(verdict.margins, np.float64)
    return pd.DataFrame(columns)


def results_of_tables(
    scenarios: Mapping[str, Scenario],
    seed: int,
    outcomes: pd.DataFrame,
    daily: pd.DataFrame,
    *,
    independent: bool = False,
    notes: tuple[str, ...] = (),
    looks: tuple[int, ...] = (),
) -> Results:
    """Results as they stand in tidy tables: the way back from `outcomes_table` and `daily_table`."""
    measures: dict[int, dict[str, dict[str, float]]] = {}
    for name, number, measure, value in outcomes[list(OUTCOME_COLUMNS)].itertuples(index=False):
        measures.setdefault(int(number), {}).setdefault(name, {})[measure] = float(value)
    curves: dict[int, dict[str, dict[str, np.ndarray]]] = {}
    if len(daily):
        ordered = daily.sort_values("day", kind="stable")
        for (name, number, measure), days in ordered.groupby(
            ["scenario", "replicate", "measure"], sort=False
        ):
            of_world = curves.setdefault(int(str(number)), {})
            of_world.setdefault(str(name), {})[str(measure)] = days["value"].to_numpy()
    order = tuple(dict.fromkeys(daily["measure"])) if len(daily) else ()
    worlds = tuple(
        Replicate(
            number,
            {name: measures[number].get(name, {}) for name in scenarios},
            {name: _in_order(curves.get(number, {}).get(name, {}), order) for name in scenarios},
        )
        for number in sorted(measures)
    )
    return Results(dict(scenarios), seed, worlds, independent, notes, looks=looks)


def _in_order(curves: Mapping[str, np.ndarray], order: tuple[str, ...]) -> dict[str, np.ndarray]:
    return {measure: curves[measure] for measure in order if measure in curves}
