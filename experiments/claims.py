"""What is on trial: the claims of the four essays as arms to be run and things to be measured; data, no verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Expected = Literal["more", "less"]

ESSAYS: Mapping[str, str] = {
    "E1": "Your customers are not your marketing department",
    "E2": "Do you like your customers?",
    "E3": "There are no audiences in social media",
    "E4": "It is about them talking with one another",
}


@dataclass(frozen=True)
class Arm:
    """One side of a contrast: a bundled scenario, with settings on top by key path.

    free: whether this side may spend something else than the others of its claim (silence, say)
    """

    name: str
    scenario: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    free: bool = False


@dataclass(frozen=True)
class Part:
    """One thing that a claim says: some measure of arm `b` is more, or less, than that of arm `a`.

    against: for an interaction, the arms (c, d) whose difference d − c is subtracted from b − a
    measure_a: the measure of arm `a`, where it is another one than that of `b` (two ways of talking in one world, say)
    """

    label: str  # what is compared, in a few words for a table
    measure: str
    a: str
    b: str
    expected: Expected
    against: tuple[str, str] | None = None
    measure_a: str | None = None


@dataclass(frozen=True)
class Claim:
    """One claim: who says what, what is run, and what must come out for it to hold (every part of it)."""

    id: str
    title: str  # a few words
    text: str  # what the essay says, in one sentence
    arms: tuple[Arm, ...]
    parts: tuple[Part, ...]
    reading: str  # how to read the chart of the first part
    limits: str = ""  # what of the claim this model cannot measure, if anything

    @property
    def essay(self) -> str:
        """Essay that makes the claim, as a key of `ESSAYS`."""
        return self.id.split(".", maxsplit=1)[0]
