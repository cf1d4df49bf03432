"""Explanations on disk: tables, page and manifest of why one scenario does better, or of what would change that."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from worthsharing.experiments.break_even import BreakEvens
from worthsharing.experiments.explain import Explanation
from worthsharing.experiments.explain_report import render_explanation
from worthsharing.experiments.results import write_page
from worthsharing.sim.scenario import Scenario


def write_explanation(
    folder: str | Path,
    found: Explanation | BreakEvens,
    scenarios: Mapping[str, Scenario],
    command: str,
    *,
    csv: bool = False,
) -> list[Path]:
    """Write tables, page and manifest into a folder, and return the files.

    command: what reproduces it, for its reader

    Raises `InputError` when the folder cannot be written to.
    """
    about = {
        "command": command,
        "seed": found.seed,
        "scenarios": {
            name: {"key": one.key, "parameters": one.model_dump(mode="json")}
            for name, one in scenarios.items()
        },
        "notes": list(found.notes),
    }
    page = render_explanation(found, command)
    if isinstance(found, BreakEvens):
        return write_page(folder, "break_even", {"break_even": break_even_table(found)}, page, about, csv=csv)
    tables = {"explain_parts": parts_table(found), "explain_interactions": interactions_table(found)}
    return write_page(folder, "explain", tables, page, about, csv=csv)


def parts_table(explanation: Explanation) -> pd.DataFrame:
    """One row per question, outcome and part; the last row of each outcome is the difference itself."""
    rows = []
    for answer in explanation.answers:
        for split in answer.splits:
            head = {"question": answer.question, "measure": split.measure, "unit": split.unit}
            for part in split.parts:
                sides = {"in_a": part.in_a, "in_b": part.in_b}
                rows.append(
                    {
                        **head,
                        "part": part.player.id,
                        "change": part.player.change,
                        **_columns("amount", asdict(part.amount)),
                        **_columns("share", asdict(part.share)),
                        **{
                            column: value
                            for side, amount in sides.items()
                            for column, value in _columns(
                                side,
                                asdict(amount)
                                if amount
                                else dict.fromkeys(("mean", "low", "high"), math.nan),
                            ).items()
                        },
                        "worlds": split.worlds,
                    }
                )
            rows.append(
                {
                    **head,
                    "part": "difference",
                    "change": "",
                    **_columns("amount", asdict(split.whole)),
                    "worlds": split.worlds,
                }
            )
    return pd.DataFrame(rows)


def interactions_table(explanation: Explanation) -> pd.DataFrame:
    """One row per question, outcome and shown interaction."""
    columns = ["question", "measure", "one", "other", "mean", "low", "high"]
    rows = [
        (answer.question, split.measure, one.one.id, one.other.id, *asdict(one.amount).values())
        for answer in explanation.answers
        for split in answer.splits
        for one in split.interactions
    ]
    return pd.DataFrame(rows, columns=columns)


def break_even_table(found: BreakEvens) -> pd.DataFrame:
    """One row per outcome, parameter and value that was run."""
    rows = [
        {
            "measure": changes.measure,
            "parameter": one.parameter.path,
            "grade": one.parameter.grade,
            "used": one.here,
            "plausible_low": one.parameter.low,
            "plausible_high": one.parameter.high,
            "word": one.word,
            "break_even": one.value,
            "break_even_low": one.low,
            "break_even_high": one.high,
            "other_side": one.other,
            "value": value,
            **_columns("difference", asdict(amount)),
        }
        for changes in found.changes
        for one in changes.found
        for value, amount in one.steps
    ]
    return pd.DataFrame(rows)


def _columns(name: str, amount: Mapping[str, Any]) -> dict[str, Any]:
    return {name if key == "mean" else f"{name}_{key}": value for key, value in amount.items()}
