"""From what was measured to verdicts: nothing here knows what a claim hopes for, but its own words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from worthsharing.experiments.claims import Claim, Part
from worthsharing.experiments.compare import (
    Difference,
    difference_of,
    is_equal_effort,
    share_interval,
)
from worthsharing.experiments.deciders import deciders_of, nearest_edge, region_of
from worthsharing.experiments.summary import decimals_for, shown, shown_interval
from worthsharing.experiments.verdicts import (
    ClaimVerdict,
    Decider,
    PartVerdict,
    SampledParameter,
    Setting,
    Side,
    Word,
)
from worthsharing.sim.measures import MEASURES

ALMOST_ALL = 0.95  # of the settings, so that a claim that holds at the defaults is confirmed
Values = Mapping[tuple[str, str], np.ndarray]  # (arm, measure) → values


@dataclass(frozen=True, eq=False)
class Space:
    """The settings that were sampled: values of the parameters, shape (points, parameters), and what they are."""

    parameters: tuple[SampledParameter, ...]
    defaults: tuple[float, ...]
    values: np.ndarray

    @property
    def places(self) -> np.ndarray:
        """Where each value stands in its range, 0 to 1, by the weighting of the parameter."""
        places = np.empty_like(self.values)
        for column, parameter in enumerate(self.parameters):
            low, high, values = parameter.low, parameter.high, self.values[:, column]
            if parameter.weighting == "log-uniform":
                low, high, values = math.log(low), math.log(high), np.log(values)
            places[:, column] = (values - low) / (high - low)
        return np.clip(places, 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Observed:
    """What was measured for one claim.

    defaults: (arm, measure) → shape (worlds,), at the defaults
    sampled: (arm, measure) → shape (points, worlds), at the sampled settings
    efforts: arm → currency, at the defaults
    """

    defaults: Values
    sampled: Values
    efforts: Mapping[str, float]


def judge(claim: Claim, observed: Observed, space: Space) -> ClaimVerdict:
    """Judge one claim: every part of it must hold for it to hold.

    At a sampled setting a part has a sign, that of its mean difference; a part without any difference counts half, as in
    `compare`, so that neither side of a contrast gains from ties. Settings at which a part was not available are left out.
    """
    points = len(space.values)
    signed = np.array([_signed(part, observed.sampled, points) for part in claim.parts])  # (parts, points)
    known = np.isfinite(signed).all(axis=0)
    scores = np.where(signed > 0.0, 1.0, np.where(signed < 0.0, 0.0, 0.5)).min(axis=0)[known]
    margins_by_part = np.array([_in_spreads(row, known) for row in signed])
    margins = np.where(known, margins_by_part.min(axis=0), math.nan)
    share, share_low, share_high = math.nan, math.nan, math.nan
    if scores.size:
        share = float(scores.mean())
        share_low, share_high = share_interval(float(scores.sum()), scores.size)
    found = [
        _part_verdict(part, observed.defaults, len(claim.parts), row)
        for part, row in zip(claim.parts, signed, strict=True)
    ]
    parts = tuple(part for part, _ in found)
    side = _side_of(parts)
    places = space.places[known]
    deciders = deciders_of(space.parameters, space.defaults, places, margins[known], scores)
    worst = _worst(claim, space, margins, margins_by_part)
    never = bool(scores.size) and bool((scores == 1.0).all())
    nearest = nearest_edge(space.parameters, places, margins[known]) if never else None
    region = region_of(space.parameters, deciders, places, scores)
    word = word_of(side, share, share_low, share_high, deciders)
    spending = [
        observed.efforts[arm.name] for arm in claim.arms if not arm.free and arm.name in observed.efforts
    ]
    equal = is_equal_effort(spending) if spending else True
    return ClaimVerdict(
        claim,
        word,
        side,
        sentence_of(
            word,
            side,
            parts,
            share,
            share_low,
            share_high,
            int(scores.size),
            float((scores == 0.5).mean()) if scores.size else 0.0,
            deciders,
            region,
            equal,
        ),
        parts,
        equal,
        dict(observed.efforts),
        int(scores.size),
        share,
        share_low,
        share_high,
        deciders,
        worst,
        nearest,
        region,
        tuple(float(margin) for margin in margins),
        _more_replicates([difference for _, difference in found]),
    )


def word_of(
    side: Side, share: float, share_low: float, share_high: float, deciders: Sequence[Decider]
) -> Word:
    """One word on a claim.

    Confirmed: it holds at the defaults and in 95 % of the settings. Refuted: it fails at the defaults and in 95 % of
    the settings. Cannot tell: the defaults do not say, and neither does the sample (half of the settings, as luck would
    have it, and no parameter that decides). All else depends.

    >>> word_of("holds", 0.97, 0.95, 0.99, ()), word_of("holds", 0.6, 0.5, 0.7, ()), word_of("fails", 0.02, 0.0, 0.05, ())
    ('confirmed', 'depends', 'refuted')
    >>> word_of("cannot tell", 0.52, 0.4, 0.6, ())
    'cannot tell'
    """
    if side == "not available" or math.isnan(share):
        return "cannot tell"
    if side == "holds" and share >= ALMOST_ALL:
        return "confirmed"
    if side == "fails" and share <= 1.0 - ALMOST_ALL + 1e-12:
        return "refuted"
    if side == "cannot tell" and share_low <= 0.5 <= share_high and not deciders:
        return "cannot tell"
    return "depends"


# ---- one part -----------------------------------------------------------------------------------------------------


def sides_of(part: Part, values: Values) -> tuple[np.ndarray, np.ndarray] | None:
    """What is subtracted, and what it is subtracted from; for an interaction two differences. None if not measured."""
    keys = [(part.a, part.measure_a or part.measure), (part.b, part.measure)]
    if part.against is not None:
        keys += [(arm, part.measure) for arm in part.against]
    if any(key not in values for key in keys):
        return None
    a, b, *others = (values[key] for key in keys)
    return (others[1] - others[0], b - a) if others else (a, b)


def _signed(part: Part, sampled: Values, points: int) -> np.ndarray:
    """Mean difference over the worlds of each point, positive where it has the claimed sign; shape (points,)."""
    both = sides_of(part, sampled)
    if both is None or points == 0:
        return np.full(points, math.nan)
    difference = both[1] - both[0]
    known = np.isfinite(difference)
    counts = known.sum(axis=1)
    sums = np.where(known, difference, 0.0).sum(axis=1)
    means = np.divide(sums, counts, out=np.full(points, math.nan), where=counts > 0)
    return means if part.expected == "more" else -means


def _in_spreads(signed: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The same in units of its standard deviation over the sample; the sign alone if it is everywhere the same."""
    values = signed[known]
    spread = float(values.std(ddof=1)) if values.size > 1 else 0.0
    return signed / spread if spread > 0.0 else np.sign(signed)


def _part_verdict(
    part: Part, defaults: Values, family: int, signed: np.ndarray
) -> tuple[PartVerdict, Difference | None]:
    known = signed[np.isfinite(signed)]
    share = (
        float(np.where(known > 0.0, 1.0, np.where(known < 0.0, 0.0, 0.5)).mean()) if known.size else math.nan
    )
    both = sides_of(part, defaults)
    nothing = math.nan
    if both is None or part.measure not in MEASURES:
        unit = MEASURES[part.measure].unit if part.measure in MEASURES else ""
        return PartVerdict(
            part, unit, 0, nothing, nothing, nothing, nothing, nothing, "not available", share
        ), None
    found = difference_of(part.measure, part.a, part.b, *both, family=family)
    return (
        PartVerdict(
            part,
            found.unit,
            found.replicates,
            found.mean_a,
            found.mean_b,
            found.difference,
            found.low,
            found.high,
            _side(part, found),
            share,
        ),
        found,
    )


def _side(part: Part, found: Difference) -> Side:
    """What the interval says of a part; where nothing ever differs, neither side is right."""
    if found.side == "not available":
        return "not available"
    if found.side in ("same", "cannot tell"):
        return "cannot tell"
    return "holds" if (found.difference > 0.0) == (part.expected == "more") else "fails"


def _side_of(parts: Sequence[PartVerdict]) -> Side:
    sides = [part.side for part in parts]
    if "fails" in sides:
        return "fails"
    if "not available" in sides:
        return "not available"
    return "cannot tell" if "cannot tell" in sides else "holds"


def _more_replicates(differences: Sequence[Difference | None]) -> int | None:
    """The most that any part asks for; None if all are settled, or one will not be."""
    asked = [one.more_replicates for one in differences if one is not None and one.side == "cannot tell"]
    known = [more for more in asked if more is not None]
    return max(known) if known and len(known) == len(asked) else None


def _worst(claim: Claim, space: Space, margins: np.ndarray, by_part: np.ndarray) -> Setting | None:
    if not np.isfinite(margins).any():
        return None
    point = int(np.nanargmin(margins))
    paths = [parameter.path for parameter in space.parameters]
    values = {path: float(value) for path, value in zip(paths, space.values[point], strict=True)}
    return Setting(values, float(margins[point]), claim.parts[int(np.argmin(by_part[:, point]))].label)


# ---- in words -----------------------------------------------------------------------------------------------------

_OPENINGS: Mapping[Word, str] = {
    "confirmed": "Confirmed",
    "depends": "It depends",
    "refuted": "Refuted",
    "cannot tell": "Cannot tell",
}


def sentence_of(
    word: Word,
    side: Side,
    parts: Sequence[PartVerdict],
    share: float,
    share_low: float,
    share_high: float,
    points: int,
    ties: float,
    deciders: Sequence[Decider],
    region: str,
    equal_effort: bool,
) -> str:
    """Verdict as sentences with its numbers filled in, for the reader who reads nothing else."""
    if side == "not available":
        missing = "; ".join(part.part.label for part in parts if part.side == "not available")
        text = f"{_OPENINGS[word]}: not all of it was measured ({missing})."
    else:
        whole = {
            "holds": "it holds",
            "fails": "it fails",
            "cannot tell": "it can be neither confirmed nor refuted",
        }[side]
        text = f"{_OPENINGS[word]}: at the defaults {whole}"
        if len(parts) > 1:
            text += f" ({_counted(parts)})"
        text += f". {_part_words(_telling(side, parts))}."
    if points:
        text += (
            f" It holds in {100 * share:.0f} % of {points:,} settings of the plausible space "
            f"({100 * share_low:.0f} to {100 * share_high:.0f} %"
            f"{f'; the {100 * ties:.0f} % without any difference count half' if ties else ''}) and {region}."
        )
    if deciders:
        text += f" What decides it most: {', '.join(decider.path for decider in deciders)}."
    return text if equal_effort else f"{text} This is at unequal effort, so it is no fair contest."


def _counted(parts: Sequence[PartVerdict]) -> str:
    """How many parts hold, fail, and cannot be told."""
    words: Mapping[Side, tuple[str, str]] = {
        "holds": ("holds", "hold"),
        "fails": ("fails", "fail"),
        "cannot tell": ("cannot be told", "cannot be told"),
        "not available": ("was not measured", "were not measured"),
    }
    counts = {side: sum(part.side == side for part in parts) for side in words}
    told = [
        f"{count} {words[side][0] if count == 1 else words[side][1]}"
        for side, count in counts.items()
        if count
    ]
    return f"of its {len(parts)} parts {', '.join(told)}"


def _telling(side: Side, parts: Sequence[PartVerdict]) -> PartVerdict:
    """The part that the sentence quotes: the first one that makes the verdict what it is."""
    return next((part for part in parts if part.side == side), parts[0])


def _part_words(part: PartVerdict) -> str:
    said = part.part
    label = said.label[:1].upper() + said.label[1:]
    decimals = decimals_for(part.mean_a, part.mean_b, part.difference)
    if part.low == part.high == 0.0:
        return f"{label}: exactly the same in every world"
    unit = f" ({part.unit})" if part.unit else ""
    numbers = f"{shown(part.mean_b, decimals)} against {shown(part.mean_a, decimals)}{unit}"
    interval = shown_interval(part.low, part.high, decimals)
    return (
        f"{label}: {numbers}, a difference of {shown(part.difference, decimals)} [{interval}], "
        f"where the claim expects {said.expected}"
    )
