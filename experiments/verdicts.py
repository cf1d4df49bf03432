"""What a trial found, as plain values: the terminal, the tidy file, the report and the app all read these."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

from worthsharing.experiments.claims import Claim, Part
from worthsharing.sim.scenario import ParameterInfo

Side = Literal["holds", "fails", "cannot tell", "not available"]
Word = Literal["confirmed", "depends", "refuted", "cannot tell"]

ALMOST_NONE = 0.05  # of the settings: so few may clearly contradict what the defaults say
ENOUGH = 0.25  # of the settings: so many must clearly say the same as the defaults; luck alone makes 0.025
MEANINGS: Mapping[Word, str] = {
    "confirmed": f"holds at the defaults and clearly in at least {100 * ENOUGH:.0f} % of the settings, "
    f"and clearly fails in at most {100 * ALMOST_NONE:.0f} %",
    "depends": "defaults and settings clearly disagree, or settings among each other, or some parameter decides",
    "refuted": f"fails at the defaults and clearly in at least {100 * ENOUGH:.0f} % of the settings, "
    f"and clearly holds in at most {100 * ALMOST_NONE:.0f} %",
    "cannot tell": "too little of it is clear, or not all of it was measured",
}


@dataclass(frozen=True)
class Tally:
    """In how many of the sampled settings something is as claimed, against the claim, or neither.

    holds, fails, ties: by the sign of the mean difference over the few worlds of a setting; a tie is no difference at all
    clearly_holds, clearly_fails: of holds and of fails, those whose 95 % interval leaves out zero: Student's, from the
        paired differences of that setting's own worlds. With many worlds that is beyond 2 standard errors, with four
        beyond 3.2, because four worlds say little of how much worlds differ
    unmeasured: settings in which it is not available; they are in none of the other numbers

    A claim (clearly) holds where all its parts do, and (clearly) fails where any of them does. What makes no difference
    at all still has the claimed sign in half of the settings; it clearly holds in 1 of 40, and clearly fails in 1 of 40.
    """

    holds: int = 0
    fails: int = 0
    ties: int = 0
    clearly_holds: int = 0
    clearly_fails: int = 0
    unmeasured: int = 0

    @property
    def settings(self) -> int:
        """Settings in which it was measured."""
        return self.holds + self.fails + self.ties

    @property
    def not_clear(self) -> int:
        """Settings whose few worlds do not tell which way it is."""
        return self.settings - self.clearly_holds - self.clearly_fails

    def share(self, count: int) -> float:
        """Share of the settings; not a number without any."""
        return count / self.settings if self.settings else math.nan


@dataclass(frozen=True)
class PartVerdict:
    """One part of a claim: what the defaults say, and in how many of the sampled settings it is as claimed.

    mean_a, mean_b, difference (b − a, or the interaction) with its interval, at the defaults in the unit of the measure
    """

    part: Part
    unit: str
    replicates: int
    mean_a: float
    mean_b: float
    difference: float
    low: float
    high: float
    side: Side
    settings: Tally


@dataclass(frozen=True)
class Decider:
    """A parameter that decides a claim.

    strength: share of the variance of the margin over the sample that moving this parameter alone explains, 0 to 1
    holds_when: the claim holds more often at `low` or `high` values of it
    share_low, share_high: share of settings with the claimed sign, in its lowest and its highest third
    """

    path: str
    unit: str
    grade: str
    default: float
    low: float
    high: float
    strength: float
    holds_when: Literal["low", "high", "middle or mixed"]
    share_low: float
    share_high: float


@dataclass(frozen=True)
class Setting:
    """One sampled setting: values of the parameters by path, and by how much the claim held or failed there.

    margin: of the part that is nearest to failing, in units of that part's spread over the sample; below 0 it fails
    """

    values: Mapping[str, float]
    margin: float
    part: str


@dataclass(frozen=True)
class ClaimVerdict:
    """Everything that a trial says about one claim.

    side: at the defaults, from the intervals (which hold together over the parts of the claim)
    settings: in how many of the sampled settings all of it is as claimed, and in how many not
    worst: the setting at which it fails most, or comes nearest to failing
    nearest: for a claim that never fails, the parameter at whose edge it comes nearest to failing
    margins: of every sampled setting, in the order of the design
    region: where it fails, in words ("fails where … ")
    more_replicates: how many more worlds would settle what the defaults say; 0 if it is settled, or worlds cannot settle
        it, None if more than `compare.MOST_REPLICATES`
    """

    claim: Claim
    word: Word
    side: Side
    sentence: str
    parts: tuple[PartVerdict, ...]
    equal_effort: bool
    efforts: Mapping[str, float]  # arm → currency
    settings: Tally
    deciders: tuple[Decider, ...]
    worst: Setting | None
    nearest: str | None
    region: str
    margins: tuple[float, ...]
    more_replicates: int | None


@dataclass(frozen=True)
class PairOutcome:
    """One pair of strategies at equal effort in the table of all pairs: B against A in one measure."""

    a: str
    b: str
    measure: str
    label: str
    unit: str
    difference: float
    low: float
    high: float
    side: str  # as in `compare`: better, worse, cannot tell …


@dataclass(frozen=True)
class SampledParameter:
    """One parameter of the sample, as the cards print it."""

    path: str
    meaning: str
    unit: str
    low: float
    high: float
    weighting: Literal["uniform", "log-uniform"]
    grade: str

    @classmethod
    def of(cls, info: ParameterInfo) -> Self:
        """What the schema says of a parameter with a plausible range."""
        assert info.plausible is not None
        low, high = info.plausible
        return cls(
            info.path,
            info.meaning,
            info.unit,
            float(low),
            float(high),
            "log-uniform" if info.scale == "log" else "uniform",
            info.grade or "",
        )

    @property
    def short(self) -> str:
        """What it is, in the first words of its meaning, as they stand in a sentence; its path without a meaning."""
        words = re.split(r"[;:(]|, ", self.meaning, maxsplit=1)[0].strip() or self.path
        return words[0].lower() + words[1:] if words[1:2].islower() or words[:2] == "A " else words


@dataclass(frozen=True)
class Trial:
    """A whole trial."""

    verdicts: tuple[ClaimVerdict, ...]
    pairs: tuple[PairOutcome, ...]
    sample: tuple[SampledParameter, ...]
    points: int
    replicates: int  # worlds at the defaults
    replicates_per_point: int
    seed: int
    people: int
    people_per_point: int
    days: int
    runs: int
    notes: tuple[str, ...]
