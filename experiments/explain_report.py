"""One self-contained HTML page of an explanation, or of what would change a verdict; and pieces of it for other pages."""

from collections.abc import Mapping
from typing import Any

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
from worthsharing.sim.run import provenance
from worthsharing.sim.scenario import GRADES


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
