"""One self-contained HTML page of an explanation, or of what would change a verdict, and the tables beside it."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from worthsharing.experiments.break_even import BreakEvens, Changes
from worthsharing.experiments.explain import (
    TITLES,
    Answer,
    Explanation,
    Split,
    interaction_sentence,
    promise,
)
from worthsharing.experiments.explain_figures import (
    CURVE_HELP,
    WATERFALL_HELP,
    break_even_cells,
    curve_figure,
    ends_cells,
    interaction_cells,
    split_cells,
    waterfall_figure,
    waterfall_height,
    waterfall_table,
)
from worthsharing.experiments.figures import plain, split_by_names
from worthsharing.experiments.page import in_both_themes, render_page, render_piece
from worthsharing.experiments.results import write_page
from worthsharing.sim.run import provenance
from worthsharing.sim.scenario import GRADES, Scenario


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


def render_explanation(found: Explanation | BreakEvens, command: str) -> str:
    """Render the page; the same explanation gives the same bytes."""
    drawn: dict[str, Any] = {}
    if isinstance(found, BreakEvens):
        sections = [_changes_section(changes, (found.a, found.b), drawn) for changes in found.changes]
        eyebrow, closing = "What would change the verdict", CURVE_HELP
    else:
        sections = [_answer_section(answer, (found.a, found.b), drawn) for answer in found.answers]
        eyebrow, closing = "Why?", WATERFALL_HELP
    names = (found.a, found.b)
    leading = [(section["title"], section["sentences"]) for section in sections]
    return render_page(
        "explain.html",
        drawn,
        styles=("report.css", "explain.css"),
        title=f"{plain(found.b)} against {plain(found.a)}",
        eyebrow=eyebrow,
        names=[plain(name) for name in names],
        place={name: place for place, name in enumerate(names)},
        leading=leading,
        body=Markup("").join(explanation_piece(section) for section in sections),
        reading=closing,
        notes=found.notes,
        grades=list(GRADES.items()),
        command=command,
        versions=sorted((str(key), str(value)) for key, value in provenance().items()),
    )


def explanation_piece(section: Mapping[str, Any]) -> Markup:
    """One question with its charts, to be put into any page."""
    return render_piece("explain_piece.html", **section)


def explanation_sections(explanation: Explanation, drawn: dict[str, Any]) -> list[Markup]:
    """All questions as pieces for another page; their charts are put into `drawn`."""
    names = (explanation.a, explanation.b)
    return [explanation_piece(_answer_section(answer, names, drawn)) for answer in explanation.answers]


def _answer_section(answer: Answer, names: tuple[str, str], drawn: dict[str, Any]) -> dict[str, Any]:
    cards = []
    for split in answer.splits:
        anchor = f"{answer.question}-{split.measure}"
        table = waterfall_table(split)
        drawn[anchor] = in_both_themes(
            waterfall_figure(table, split.unit),
            waterfall_figure(table, split.unit, theme="dark"),
        )
        tables = [split_cells(split, answer.question, names)]
        if split.interactions:
            tables.append(interaction_cells(split))
        cards.append(
            {
                "id": anchor,
                "title": split.label,
                "wide": True,
                "height": waterfall_height(table),
                "sentence": split_by_names(split.sentence, names),
                "words": [interaction_sentence(split)] if split.pairs else [],
                "tables": tables,
                "meanings": _meanings(split),
                "reading": f"{WATERFALL_HELP} {promise(answer, split)}",
            }
        )
    return {
        "id": answer.question,
        "title": TITLES[answer.question],
        "cards": cards,
        "place": {name: place for place, name in enumerate(names)},
        "sentences": [card["sentence"] for card in cards],
        "summary": None,
    }


def _meanings(split: Split) -> list[tuple[str, str]]:
    return [
        (part.player.label, part.player.meaning)
        for part in split.parts
        if part.player.meaning and part.player.meaning != part.player.label
    ]


def _changes_section(changes: Changes, names: tuple[str, str], drawn: dict[str, Any]) -> dict[str, Any]:
    cards = []
    for place, one in enumerate(changes.found):
        anchor = f"break-even-{changes.measure}-{place}"
        drawn[anchor] = in_both_themes(
            curve_figure(one, changes.unit), curve_figure(one, changes.unit, theme="dark")
        )
        cards.append(
            {
                "id": anchor,
                "title": one.parameter.short[:1].upper() + one.parameter.short[1:],
                "wide": False,
                "height": 300,
                "sentence": [(one.sentence, None)],
                "words": [],
                "tables": [],
                "meanings": [],
                "reading": CURVE_HELP,
            }
        )
    return {
        "id": f"changes-{changes.measure}",
        "title": changes.label,
        "cards": cards,
        "place": {name: place for place, name in enumerate(names)},
        "sentences": [split_by_names(changes.sentence, names)],
        "summary": break_even_cells(changes),
        "ends": ends_cells(changes),
    }
