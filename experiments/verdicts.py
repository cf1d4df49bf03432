"""What a trial found, as plain values: the terminal, the tidy file, the report and the app all read these."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from worthsharing.experiments.claims import Claim, Part

Side = Literal["holds", "fails", "cannot tell", "not available"]
Word = Literal["confirmed", "depends", "refuted", "cannot tell"]


@dataclass(frozen=True)
class PartVerdict:
    """One part of a claim at the defaults.

    mean_a, mean_b, difference (b − a, or the interaction) with its interval, in the unit of the measure
    share: of the sampled settings in which the sign is the claimed one (NaN without a sample)
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
    share: float


@dataclass(frozen=True)
class Decider:
    """A parameter that decides a claim.

    strength: share of the variance of the margin over the sample that moving this parameter alone explains, 0 to 1
    holds_when: the claim holds more often at `low` or `high` values of it
    share_low, share_high: share of settings that hold, in its lowest and its highest third
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
    share, share_low, share_high: of the sampled settings in which every part has the claimed sign, with its interval
    worst: the setting at which it fails most, or comes nearest to failing
    nearest: for a claim that never fails, the parameter at whose edge it comes nearest to failing
    margins: of every sampled setting, in the order of the design
    region: where it fails, in words ("fails where … ")
    more_replicates: how many more worlds would settle the defaults, if they are not settled
    """

    claim: Claim
    word: Word
    side: Side
    sentence: str
    parts: tuple[PartVerdict, ...]
    equal_effort: bool
    efforts: Mapping[str, float]  # arm → currency
    points: int
    share: float
    share_low: float
    share_high: float
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
