"""The box "Can I trust this?": what an audit says, as values and as a piece of a page."""

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from worthsharing.experiments.page import render_piece
from worthsharing.experiments.summary import decimals_for, shown, shown_interval

if TYPE_CHECKING:
    from worthsharing.experiments.audit import Audit

TONES = {"stands": "good", "flips": "bad", "fades": "open", "emerges": "open", "not audited": "open"}


def trust_values(audit: "Audit") -> dict[str, Any]:
    """What the box shows, in words and rounded numbers."""
    rows = []
    for row in audit.rows:
        digits = decimals_for(row.per_1000, row.low, row.high)
        rows.append(
            {
                "changed": row.changed,
                "label": row.label,
                "difference": shown(row.per_1000, digits),
                "interval": shown_interval(row.low, row.high, digits),
                "verdict": row.verdict,
                "word": row.word,
                "tone": TONES[row.word],
            }
        )
    return {"sentence": audit.sentence, "stands": audit.stands, "rows": rows, "notes": list(audit.notes)}


def trust_box(audit: "Audit") -> Markup:
    """Piece of a page with that in it; it uses the classes of `report.css` and brings none of its own."""
    return render_piece("trust.html", **trust_values(audit))
