"""One self-contained HTML report of a trial: the sentence of each claim."""

import html
from collections.abc import Mapping

from worthsharing.experiments.verdicts import Trial


def render_trial(trial: Trial, command: str, provenance: Mapping[str, str]) -> str:
    """HTML page of a trial.

    command: what reproduces it; provenance: what its numbers depend on besides
    """
    cards = "".join(
        f"<h2>{html.escape(verdict.claim.id)} {html.escape(verdict.claim.title)}</h2><p>{html.escape(verdict.sentence)}</p>"
        for verdict in trial.verdicts
    )
    made = ", ".join(f"{name} {value}" for name, value in provenance.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Trial</title></head><body><h1>Trial</h1>'
        f"{cards}<p><code>{html.escape(command)}</code></p><p>{html.escape(made)}</p></body></html>\n"
    )
