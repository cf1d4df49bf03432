"""From what was measured to verdicts: nothing here knows what a claim hopes for, but its own words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special  # not scipy.stats, which takes a second to import

from worthsharing.experiments.claims import Claim, Part
from worthsharing.experiments.compare import (
    Difference,
    difference_of,
    is_equal_effort,
)
from worthsharing.experiments.deciders import deciders_of, named_in_words, nearest_edge, region_of
from worthsharing.experiments.summary import decimals_for, in_unit, shown, shown_interval, signed
from worthsharing.experiments.verdicts import (
    ALMOST_NONE,
    ENOUGH,
    ClaimVerdict,
    Decider,
    PartVerdict,
    SampledParameter,
    Setting,
    Side,
    Tally,
    Word,
)
from worthsharing.sim.measures import MEASURES

CLEAR = 0.95  # of the interval at one setting that makes a sign clear
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

    At a sampled setting a part has the sign of its mean difference over the worlds there, and is clear if its interval
    leaves out zero (see `Tally`). Settings at which any part was not available are left out.
    """
    points = len(space.values)
    seen = [at_points(part, observed.sampled, points) for part in claim.parts]
    means, reaches = (np.array(rows) for rows in zip(*seen, strict=True))  # (parts, points)
    known = np.isfinite(means).all(axis=0)
    settings = tally_of(means, reaches)
    scores = np.where(means > 0.0, 1.0, np.where(means < 0.0, 0.0, 0.5)).min(axis=0)[known]
    margins_by_part = np.array([in_spreads(row, known) for row in means])
    margins = np.where(known, margins_by_part.min(axis=0), math.nan)
    found = [
        _part_verdict(part, observed.defaults, len(claim.parts), tally_of(mean[None], reach[None]))
        for part, (mean, reach) in zip(claim.parts, seen, strict=True)
    ]
    parts = tuple(part for part, _ in found)
    side = _side_of(parts)
    places = space.places[known]
    deciders = deciders_of(space.parameters, space.defaults, places, margins[known], scores)
    worst = _worst(claim, space, margins, margins_by_part)
    never = settings.settings > 0 and settings.holds == settings.settings
    nearest = nearest_edge(space.parameters, places, margins[known]) if never else None
    region = region_of(space.parameters, deciders, places, scores)
    word = word_of(side, settings, deciders)
    spending = [
        observed.efforts[arm.name] for arm in claim.arms if not arm.free and arm.name in observed.efforts
    ]
    equal = is_equal_effort(spending) if spending else True
    return ClaimVerdict(
        claim,
        word,
        side,
        sentence_of(word, side, parts, settings, space.parameters, deciders, region, equal),
        parts,
        equal,
        dict(observed.efforts),
        settings,
        deciders,
        worst,
        nearest,
        region,
        tuple(float(margin) for margin in margins),
        _more_replicates(side, [difference for _, difference in found]),
    )


def word_of(side: Side, settings: Tally, deciders: Sequence[Decider]) -> Word:
    """One word on a claim, from what the defaults say and from the settings that are clear: see `MEANINGS`.

    Whatever is clear in more than 5 % of the settings contradicts the opposite; what the defaults say is confirmed, or
    refuted, only if at least a quarter of the settings clearly say so too.

    >>> most, few = Tally(90, 10, clearly_holds=60, clearly_fails=4), Tally(52, 48, clearly_holds=8, clearly_fails=2)
    >>> word_of("holds", most, ()), word_of("fails", most, ()), word_of("holds", few, ()), word_of("fails", few, ())
    ('confirmed', 'depends', 'cannot tell', 'depends')
    >>> word_of("fails", Tally(10, 90, clearly_holds=4, clearly_fails=60), ())
    'refuted'
    """
    if side == "not available" or not settings.settings:
        return "cannot tell"
    holds, fails = settings.share(settings.clearly_holds), settings.share(settings.clearly_fails)
    if side == "holds" and holds >= ENOUGH and fails <= ALMOST_NONE:
        return "confirmed"
    if side == "fails" and fails >= ENOUGH and holds <= ALMOST_NONE:
        return "refuted"
    contradicted = (holds > ALMOST_NONE and side != "holds") or (fails > ALMOST_NONE and side != "fails")
    return "depends" if contradicted or deciders else "cannot tell"


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


def at_points(part: Part, sampled: Values, points: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean difference over the worlds of each point, positive as claimed, and how far its interval reaches to each side.

    Both of shape (points,); the reach is infinite where a single world says it.
    """
    both = sides_of(part, sampled)
    if both is None or points == 0:
        return np.full(points, math.nan), np.full(points, math.inf)
    difference = both[1] - both[0]
    known = np.isfinite(difference)
    counts = known.sum(axis=1)
    sums = np.where(known, difference, 0.0).sum(axis=1)
    means = np.divide(sums, counts, out=np.full(points, math.nan), where=counts > 0)
    squares = (np.where(known, difference - means[:, None], 0.0) ** 2).sum(axis=1)
    freedom = np.maximum(counts - 1, 1)
    errors = np.sqrt(squares / (freedom * np.maximum(counts, 1)))
    # a tiny spread between equal numbers is rounding, not a difference
    errors[errors <= 1e-12 * np.maximum(1.0, np.abs(means))] = 0.0
    reaches = np.where(counts > 1, special.stdtrit(freedom, 0.5 + CLEAR / 2.0) * errors, math.inf)
    return means if part.expected == "more" else -means, reaches


def tally_of(means: np.ndarray, reaches: np.ndarray) -> Tally:
    """Count the settings in which all parts are as claimed, and those in which any is against it.

    means: of the parts, positive as claimed; reaches: how far their intervals reach; shape (parts, points)
    """
    known = np.isfinite(means).all(axis=0)
    means, reaches = means[:, known], reaches[:, known]
    holds, fails = (means > 0.0).all(axis=0), (means < 0.0).any(axis=0)
    return Tally(
        int(holds.sum()),
        int(fails.sum()),
        int((~holds & ~fails).sum()),
        int((means > reaches).all(axis=0).sum()),
        int((means < -reaches).any(axis=0).sum()),
        int((~known).sum()),
    )


def in_spreads(signed: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The same in units of its standard deviation over the sample; the sign alone if it is everywhere the same."""
    values = signed[known]
    spread = float(values.std(ddof=1)) if values.size > 1 else 0.0
    return signed / spread if spread > 0.0 else np.sign(signed)


def _part_verdict(
    part: Part, defaults: Values, family: int, settings: Tally
) -> tuple[PartVerdict, Difference | None]:
    both = sides_of(part, defaults)
    nothing = math.nan
    if both is None or part.measure not in MEASURES:
        unit = MEASURES[part.measure].unit if part.measure in MEASURES else ""
        return PartVerdict(
            part, unit, 0, nothing, nothing, nothing, nothing, nothing, "not available", settings
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
            settings,
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


def _more_replicates(side: Side, differences: Sequence[Difference | None]) -> int | None:
    """The most that any part asks for; 0 if the claim is settled, None if a part would need more than anybody would run."""
    if side != "cannot tell":
        return 0
    asked = [one.more_replicates for one in differences if one is not None and one.side == "cannot tell"]
    return None if None in asked else max((more for more in asked if more is not None), default=0)


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
    settings: Tally,
    space: Sequence[SampledParameter],
    deciders: Sequence[Decider],
    region: str,
    equal_effort: bool,
) -> str:
    """Verdict in short sentences for the reader who reads nothing else: the word, its numbers, where it fails."""
    said = [f"{_OPENINGS[word]}: {_at_defaults(side, parts)}."]
    if side != "not available":
        said.append(f"{_part_words(_telling(side, parts))}.")
    if settings.settings:
        said.append(f"{settings_words(settings)}.")
        if settings.unmeasured:
            one = settings.unmeasured == 1
            said.append(
                f"{settings.unmeasured:,} more {'setting' if one else 'settings'} could not be measured."
            )
        if region:
            said.append(f"It {region}.")
    named = {one.path: named_in_words(one) for one in space}
    others = [named[one.path] for one in deciders if named[one.path] not in region]
    if others:
        also = "It is also decided by" if len(others) < len(deciders) else "What decides it most:"
        said.append(f"{also} {', '.join(others)}.")
    if not equal_effort:
        said.append("This is at unequal effort, so it is no fair contest.")
    return " ".join(said)


def settings_words(settings: Tally) -> str:
    """In how many settings something is clear, as a sentence without its full stop.

    >>> settings_words(Tally(80, 19, 1, 62, 9))
    'In 100 other settings it clearly holds in 62 %, clearly fails in 9 %, and is not clear in 29 %'
    """
    holds, fails, rest = (
        f"{100 * settings.share(count):.0f} %"
        for count in (settings.clearly_holds, settings.clearly_fails, settings.not_clear)
    )
    return (
        f"In {settings.settings:,} other settings it clearly holds in {holds}, clearly fails in {fails}, "
        f"and is not clear in {rest}"
    )


def _at_defaults(side: Side, parts: Sequence[PartVerdict]) -> str:
    if side == "not available":
        missing = "; ".join(part.part.label for part in parts if part.side == "not available")
        return f"not all of it was measured ({missing})"
    whole = {"holds": "it holds", "fails": "it fails"}.get(side, "it can be neither confirmed nor refuted")
    return f"at the defaults {whole}" + (f" ({_counted(parts)})" if len(parts) > 1 else "")


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
    numbers = in_unit(f"{shown(part.mean_b, decimals)} against {shown(part.mean_a, decimals)}", part.unit)
    interval = shown_interval(part.low, part.high, decimals)
    return f"{label}: {numbers}, difference {signed(part.difference, decimals)} ({interval}), {said.expected} expected"
