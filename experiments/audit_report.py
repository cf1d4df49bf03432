"""The box "Can I trust this?": what was examined of a result, what came of it, and what would examine the rest."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from markupsafe import Markup

from worthsharing.experiments.compare import Comparison
from worthsharing.experiments.ledger import POINTS, Ledger
from worthsharing.experiments.page import render_piece
from worthsharing.experiments.summary import decimals_for, shown, shown_interval

if TYPE_CHECKING:
    from worthsharing.experiments.audit import Audit

TONES = {"stands": "good", "flips": "bad", "fades": "open", "emerges": "open", "not audited": "open"}
NOT_EXAMINED = "not examined"
VALIDATE = "worthsharing validate"


class Question(NamedTuple):
    """One question that a reader should ask: the answer in a word and in sentences, and what would answer it."""

    question: str
    word: str
    tone: Literal["good", "bad", "open"]
    sentences: tuple[str, ...]
    command: str


def questions_of(
    comparison: Comparison | None, ledger: Ledger | None, audits: Sequence["Audit"], command: str
) -> tuple[Question, ...]:
    """What to ask of a result, in the order in which it falls; what was not examined says so.

    comparison: None for a single campaign, of which there is no verdict to examine
    command: what reproduces the result; with one option more it examines what it has not
    """
    asked = []
    if comparison is not None:
        asked += [_worlds(comparison), _guesses(comparison, ledger, command)]
        asked.append(_artefacts(audits, f"{command} --audit"))
    else:
        asked.append(_artefacts(audits, command.replace("worthsharing run ", "worthsharing audit ", 1)))
    asked.append(
        Question(
            "Is the model right about people?",
            NOT_EXAMINED,
            "open",
            (
                "Not examined here: this holds the shipped defaults against published facts, and says which fail.",
            ),
            VALIDATE,
        )
    )
    return tuple(asked)


def _worlds(comparison: Comparison) -> Question:
    """Whether luck is left: outcomes that the worlds run could not tell."""
    known = [one for one in comparison.differences if one.side != "not available"]
    open_ones = [one for one in known if one.side == "cannot tell"]
    question = "Were there enough worlds?"
    if not open_ones:
        return Question(question, "enough", "good", (f"All {len(known)} outcomes are told apart.",), "")
    of = {b: [one.label.lower() for one in open_ones if one.b == b] for b in comparison.names[1:]}
    several = len(of) > 1
    named = "; ".join(
        (f"of {b} " if several else "") + ", ".join(labels) for b, labels in of.items() if labels
    )
    told = f"{len(known) - len(open_ones)} of {len(known)} outcomes are told apart; not yet {named}."
    return Question(question, "not for all", "open", (told,), "")


def _guesses(comparison: Comparison, ledger: Ledger | None, command: str) -> Question:
    question = "Do guesses decide it?"
    if ledger is None:
        return Question(
            question,
            NOT_EXAMINED,
            "open",
            ("Not examined: whether these verdicts hold where the guesses have other plausible values.",),
            f"{command} --ledger {POINTS}",
        )
    decided = [one for one in ledger.entries if one.footing != "no verdict"]
    sentences = tuple(sentence for b in comparison.names[1:] for sentence in ledger.sentences(b)[-1:])
    if not decided:
        return Question(
            question, "no verdict", "open", ("There is no verdict that guesses could decide.",), ""
        )
    if any(one.footing == "hangs on guesses" for one in decided):
        every = all(one.footing == "hangs on guesses" for one in decided)
        return Question(question, "they do" if every else "some verdicts", "bad", sentences, "")
    if all(one.footing == "firm" for one in decided):
        return Question(question, "firm", "good", sentences, "")
    return Question(question, "not firm everywhere", "open", sentences, "")


def _artefacts(audits: Sequence["Audit"], command: str) -> Question:
    question = "Does anything decide it that must not matter?"
    if not audits:
        told = (
            "Not examined: half the step, twice the people, another network of ties or another order of acting must not "
            "change a verdict."
        )
        return Question(question, NOT_EXAMINED, "open", (told,), command)
    sentences = tuple(audit.sentence for audit in audits)
    decided = any(audit.decided for audit in audits)
    if not all(audit.stands for audit in audits):
        return Question(question, "the verdict does not stand", "bad", sentences, "")
    return Question(
        question,
        "the verdict stands" if decided else "no verdict",
        "good" if decided else "open",
        sentences,
        "",
    )


def audit_values(audit: "Audit", *, named: Callable[[str], str] = str) -> dict[str, Any]:
    """What the table of an audit shows, in words and rounded numbers; `named` says how scenarios are written."""
    rows = []
    for row in audit.rows:
        digits = decimals_for(row.per_1000, row.low, row.high)
        rows.append(
            {
                "changed": row.changed,
                "label": row.label,
                "difference": shown(row.per_1000, digits),
                "interval": shown_interval(row.low, row.high, digits),
                "verdict": row.verdict.replace(audit.b, named(audit.b), 1),
                "word": row.word,
                "tone": TONES[row.word],
            }
        )
    return {
        "a": named(audit.a),
        "b": named(audit.b),
        "sentence": audit.sentence,
        "stands": audit.stands,
        "rows": rows,
        "notes": list(audit.notes),
    }


def trust_box(
    questions: Sequence[Question],
    audits: Sequence["Audit"] = (),
    *,
    named: Callable[[str], str] = str,
    names: Sequence[str] = (),
) -> Markup:
    """Piece of a page with the questions and the tables of audits in it; it uses the classes of `report.css`.

    names: of the scenarios, and `named` how each is written
    """
    asked = []
    for one in questions:
        sentences = list(one.sentences)
        for name in sorted(names, key=len, reverse=True):
            sentences = [sentence.replace(name, named(name)) for sentence in sentences]
        asked.append(one._replace(sentences=tuple(sentences)))
    shown_audits = [audit_values(audit, named=named) for audit in audits]
    return render_piece("trust.html", questions=asked, audits=shown_audits)
