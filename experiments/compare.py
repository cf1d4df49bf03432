"""Compare strategies on paired worlds: differences with their intervals, and verdicts that can say "cannot tell yet"."""

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy import special  # not scipy.stats, which takes a second to import

from worthsharing.experiments.execute import Results
from worthsharing.sim.errors import InputError
from worthsharing.sim.measures import MEASURES, Better
from worthsharing.sim.messages import effort_of
from worthsharing.sim.scenario import Brand, Scenario

OUTCOMES: tuple[str, ...] = (
    "reach",
    "reach_earned",
    "backlash",
    "backlash_per_1000",
    "noise",
    "shares",
    "attitude_reached",
    "followers_net",
    "adoptions",
    "cost_per_reached",
)
FAMILY_ERROR = 0.05
EQUAL_EFFORT = 0.01  # CLAIMS: contrasted scenarios spend the same total within 1 %
USUAL_POWER = 0.8  # chance that so many more replicates as a verdict names settle it
EXPECTED_EFFECT = (
    0.5  # in standard deviations between worlds: where looking often costs least, at about fifty worlds
)
MOST_REPLICATES = 10_000  # a difference that needs more is not worth waiting for

Side = Literal["better", "worse", "higher", "lower", "same", "cannot tell", "not available"]


@dataclass(frozen=True)
class Difference:
    """One outcome of B against A on the same worlds.

    mean_a, mean_b, difference (B − A), low and high (its interval, family-wise over the outcomes shown) in `unit`
    p_better: share of worlds in which B is better, ties half (for an outcome that is neither: in which it is higher)
    p_low, p_high: its 95 % interval
    side: what the interval says of B; more_replicates: how many more would settle it, None if more than 10,000
    variance_ratio: how many times as many unpaired replicates the same precision would have taken
    """

    measure: str
    label: str
    unit: str
    better: Better
    a: str
    b: str
    replicates: int
    mean_a: float
    mean_b: float
    difference: float
    low: float
    high: float
    p_better: float
    p_low: float
    p_high: float
    side: Side
    more_replicates: int | None
    variance_ratio: float

    @property
    def digits(self) -> int:
        """Decimals to show it with, the same wherever it is shown: those of the means, more if zero would seem touched."""
        return digits_off_zero(decimals_for(self.mean_a, self.mean_b), self.low, self.high)

    @property
    def verdict(self) -> str:
        """The verdict in words, about B."""
        if self.side == "cannot tell":
            if self.more_replicates is None:
                return f"cannot tell; more than {MOST_REPLICATES:,} more replicates would be needed"
            return f"cannot tell yet; about {self.more_replicates:,} more replicates would"
        if self.side == "same":
            return "exactly the same"
        if self.side == "not available":
            return "not available"
        return f"{self.b} is {self.side}"


@dataclass(frozen=True)
class Effort:
    """What one scenario spends over the run, in currency and staff hours."""

    scenario: str
    staff_hours: float
    staff: float
    rewards: float
    paid: float
    effort: float


@dataclass(frozen=True)
class Comparison:
    """Everything that `compare` has to say, for the terminal, the report and the app alike."""

    names: tuple[str, ...]
    differences: tuple[Difference, ...]
    efforts: tuple[Effort, ...]
    equal_effort: bool
    sentences: tuple[str, ...]
    notes: tuple[str, ...]
    looks: tuple[
        int, ...
    ] = ()  # worlds that there were at each look, if it was looked for until it was clear


def compare(results: Results, *, outcomes: Sequence[str] = OUTCOMES) -> Comparison:
    """Compare the first scenario of some results with each of the others.

    outcomes: ids of measures; the intervals hold together over all of them and all pairs (Bonferroni), and over all
        looks if there was more than one
    """
    names = tuple(results.scenarios)
    first, others = names[0], names[1:]
    family = max(1, len(outcomes) * len(others))
    differences = tuple(
        difference_of(
            measure,
            first,
            other,
            results.values(first, measure),
            results.values(other, measure),
            family=family,
            paired=not results.independent,
            looked_often=bool(results.looks),
        )
        for other in others
        for measure in outcomes
    )
    efforts = tuple(
        Effort(name, **effort_of(scenario, scenario.brand)) for name, scenario in results.scenarios.items()
    )
    totals = [effort.effort for effort in efforts]
    equal = is_equal_effort(totals)
    sentences = tuple(verdict_sentence(differences, first, other, efforts) for other in others)
    return Comparison(
        names, differences, efforts, equal, sentences, notes_on(results.scenarios), results.looks
    )


def check_looks(looked: Sequence[int], worlds: int) -> None:
    """Raise `InputError` unless these can be earlier looks: numbers of worlds in order, each less than there are now."""
    looks = (*looked, worlds)
    if looked and (looks[0] < 2 or any(later <= earlier for earlier, later in pairwise(looks))):
        shown = ", ".join(map(str, looked))
        raise InputError(
            "looked",
            f"{shown} cannot be earlier looks at what is now {worlds} worlds",
            "give numbers of worlds, 2 or more, in order, each less than there are now",
        )


def with_looks(results: Results, looked: Sequence[int]) -> Results:
    """Results that were looked at before they were all there: `compare` of them holds over all looks.

    looked: numbers of worlds at earlier looks, see `check_looks`; with none nothing is changed
    """
    check_looks(looked, results.replicates)
    return replace(results, looks=(*looked, results.replicates)) if looked else results


def looking_again(results: Results) -> Comparison:
    """Compare as `compare` does, and where it cannot tell yet count what settles it at another look, which costs width."""
    first = compare(results)
    again = compare(replace(results, looks=results.looks or (results.replicates,)))
    differences = tuple(
        replace(one, more_replicates=other.more_replicates) if one.side == "cannot tell" else one
        for one, other in zip(first.differences, again.differences, strict=True)
    )
    a, *others = first.names
    sentences = tuple(verdict_sentence(differences, a, other, first.efforts) for other in others)
    return replace(first, differences=differences, sentences=sentences)


def notes_on(scenarios: Mapping[str, Scenario]) -> tuple[str, ...]:
    """What a reader must know before believing a comparison."""
    notes = []
    plain = {"brand": Brand(), "rivals": ()}
    keys = {scenario.model_copy(update=plain).key for scenario in scenarios.values()}
    if len(keys) > 1:
        notes.append(
            "These scenarios differ in more than what the brands do: the people or the rules are not the same."
        )
    firsts = {
        (
            scenario.brand.first_customers,
            scenario.brand.first_customers_by,
            scenario.brand.first_customers_listed,
        )
        for scenario in scenarios.values()
    }
    if len(firsts) > 1:
        notes.append("These scenarios begin with different first customers.")
    if len({scenario.brand.quality for scenario in scenarios.values()}) > 1:
        notes.append("These scenarios sell products of different quality.")
    return tuple(notes)


def difference_of(
    measure: str,
    a: str,
    b: str,
    values_a: np.ndarray,
    values_b: np.ndarray,
    *,
    family: int = 1,
    paired: bool = True,
    looked_often: bool = False,
) -> Difference:
    """Compare two series of values of one measure, world by world.

    values_a, values_b: shape (replicates,); worlds in which either is not available are left out
    family: number of intervals that are to hold together
    paired: whether entry i of both comes from the same world; if not, Welch's interval is used
    looked_often: whether it may depend on earlier differences how many worlds there are; the interval then is that of
        `anytime_quantile`, of the differences as they stand side by side, whether paired or not
    """
    info = MEASURES[measure]
    known = np.isfinite(values_a) & np.isfinite(values_b)
    one, two = np.asarray(values_a, float)[known], np.asarray(values_b, float)[known]
    count = int(one.size)
    nothing = float("nan")
    if count == 0:
        return Difference(
            measure,
            info.label,
            info.unit,
            info.better,
            a,
            b,
            0,
            nothing,
            nothing,
            nothing,
            nothing,
            nothing,
            nothing,
            nothing,
            nothing,
            "not available",
            None,
            nothing,
        )
    delta = two - one
    mean, level = float(delta.mean()), 1.0 - FAMILY_ERROR / family
    if count == 1:
        low, high, error, freedom = -math.inf, math.inf, math.inf, 1.0
    elif paired or looked_often:
        error, freedom = float(delta.std(ddof=1)) / math.sqrt(count), count - 1.0
    else:
        parts = one.var(ddof=1) / count, two.var(ddof=1) / count
        error = math.sqrt(sum(parts))
        freedom = (
            sum(parts) ** 2 / sum(part**2 / (count - 1) for part in parts) if error > 0.0 else count - 1.0
        )
    if count > 1:
        reach = _quantile(count, level, looked_often, freedom) * error
        # a tiny spread between equal numbers is rounding, not a difference
        reach = 0.0 if error <= 1e-12 * max(1.0, abs(mean)) else reach
        low, high = mean - reach, mean + reach
    sign = -1.0 if info.better == "less" else 1.0
    wins = float(np.count_nonzero(sign * delta > 0.0)) + 0.5 * float(np.count_nonzero(delta == 0.0))
    p_low, p_high = share_interval(wins, count)
    side = _side(delta, low, high, info.better)
    spread = float(delta.var(ddof=1)) if count > 1 else nothing
    apart = float(one.var(ddof=1) + two.var(ddof=1)) if count > 1 else nothing
    ratio = apart / spread if spread and spread > 0.0 else nothing
    return Difference(
        measure,
        info.label,
        info.unit,
        info.better,
        a,
        b,
        count,
        float(one.mean()),
        float(two.mean()),
        mean,
        low,
        high,
        wins / count,
        p_low,
        p_high,
        side,
        _more_replicates(mean, error, count, level, looked_often) if side == "cannot tell" else 0,
        ratio,
    )


def decimals_for(*values: float) -> int:
    """Decimals that leave about three digits of the largest of some numbers.

    >>> decimals_for(1079.2, 488.85), decimals_for(9.4, 0.2), decimals_for(0.84), decimals_for(0.0012)
    (0, 2, 3, 5)
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if largest == 0.0 or largest >= 100.0:
        return 0
    return min(6, 2 - math.floor(math.log10(largest)))


def digits_off_zero(digits: int, low: float, high: float) -> int:
    """Decimals of an interval, more than `digits` if it leaves zero out and would seem to touch it; 6 at most.

    >>> digits_off_zero(1, 0.0036, 0.19), digits_off_zero(0, -25.0, -0.3), digits_off_zero(1, -0.01, 0.2)
    (3, 1, 1)
    """
    near = min(abs(low), abs(high)) if low * high > 0.0 else 1.0
    return next((more for more in range(digits, 6) if round(near, more) > 0.0), max(digits, 6))


def anytime_quantile(count: int, level: float) -> float:
    """Standard errors on either side of a mean that hold at all numbers of values at once, however often one looks.

    count: values, 2 or more; level: chance that the mean is inside at every count, 0 to 1; infinite if they are too few

    The sequential t-test whose alternative is a normal distribution of effects around zero (`EXPECTED_EFFECT`), turned
    into an interval: exact for normal values of unknown spread, by Ville's inequality.

    >>> round(anytime_quantile(100, 0.95), 2), round(anytime_quantile(100, 0.995), 2), anytime_quantile(2, 0.995)
    (3.16, 3.92, inf)

    Source: Wang & Ramdas 2025, Anytime-valid t-tests and confidence sequences for Gaussian means with unknown variance,
    Sequential Analysis 44; as a Bayes factor Gönen et al. 2005.
    """
    wider = 1.0 + count * EXPECTED_EFFECT**2
    ratio = (wider / (1.0 - level) ** 2) ** (1.0 / count)
    return math.sqrt((count - 1) * (ratio - 1.0) * wider / (wider - ratio)) if ratio < wider else math.inf


def _quantile(count: int, level: float, looked_often: bool, freedom: float) -> float:
    if looked_often:
        return anytime_quantile(count, level)
    return float(special.stdtrit(freedom, 0.5 + level / 2.0))


def share_interval(wins: float, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; half a win is counted as none for the low end and as one for the high end.

    >>> [round(end, 4) for end in share_interval(8.0, 10)]
    [0.4902, 0.9433]

    Source: Wilson 1927.
    """
    quantile = float(special.ndtri(0.975))

    def end(share: float, sign: float) -> float:
        centre = share + quantile**2 / (2.0 * count)
        width = quantile * math.sqrt(share * (1.0 - share) / count + quantile**2 / (4.0 * count**2))
        return min(1.0, max(0.0, (centre + sign * width) / (1.0 + quantile**2 / count)))

    return end(math.floor(wins) / count, -1.0), end(math.ceil(wins) / count, 1.0)


def _side(delta: np.ndarray, low: float, high: float, better: Better) -> Side:
    if not np.any(delta):
        return "same"
    if low <= 0.0 <= high:
        return "cannot tell"
    up = low > 0.0
    if better == "neither":
        return "higher" if up else "lower"
    return "better" if up == (better == "more") else "worse"


def _more_replicates(mean: float, error: float, count: int, level: float, looked_often: bool) -> int | None:
    """How many more would bring the interval off zero in four cases of five, if the difference is what it seems to be."""
    if count < 2 or not math.isfinite(error):
        return max(0, 20 - count)
    if mean == 0.0:
        return None
    spread = error * math.sqrt(count)
    chance = float(special.ndtri(USUAL_POWER))

    def settles(replicates: int) -> bool:
        quantile = _quantile(replicates, level, looked_often, replicates - 1.0)
        return (quantile + chance) * spread <= abs(mean) * math.sqrt(replicates)

    totals = range(count + 1, count + MOST_REPLICATES + 1)
    place = bisect.bisect_left(totals, True, key=settles)
    return place + 1 if place < len(totals) else None


def is_equal_effort(totals: Sequence[float]) -> bool:
    """Whether totals differ by no more than 1 %."""
    return max(totals) - min(totals) <= EQUAL_EFFORT * max(totals)


def verdict_sentence(differences: Sequence[Difference], a: str, b: str, efforts: Sequence[Effort]) -> str:
    """One sentence on reach and backlash with its numbers filled in, for the reader who reads nothing else."""
    chosen = {difference.measure: difference for difference in differences if difference.b == b}
    parts = []
    if "reach" in chosen:
        parts.append(
            _clause(
                chosen["reach"], "reaches {more} than", "more people", "fewer people", "as many people as"
            )
        )
    if "backlash" in chosen:
        parts.append(
            _clause(
                chosen["backlash"],
                "draws {more} into backlash than",
                "more people",
                "fewer people",
                "as many people",
            )
        )
    same = [difference.side for measure, difference in chosen.items() if measure in ("reach", "backlash")]
    if same == ["same", "same"]:
        parts = ["reaches as many people and draws as many into backlash, in every world"]
    if not parts:
        parts = [f"{difference.label}: {difference.verdict}" for difference in chosen.values()][:2]
    spent = {effort.scenario: effort.effort for effort in efforts}
    if is_equal_effort((spent[a], spent[b])):
        effort = f"at equal effort ({spent[a]:,.0f} against {spent[b]:,.0f})"
    else:
        effort = f"at unequal effort ({spent[a]:,.0f} against {spent[b]:,.0f}), so this is no fair contest"
    return f"Against {a}, {b} {' and '.join(parts)}, {effort}."


def _clause(difference: Difference, pattern: str, more: str, fewer: str, same: str) -> str:
    verb = pattern.split(" {more}")[0]
    tail = pattern.split("{more}")[1].removesuffix(" than")
    if difference.side == "not available":
        return f"{verb} nobody that could be counted"
    if difference.side == "same":
        return f"{verb} {same.removesuffix(' as')}{tail}, in every world"
    if difference.side == "cannot tell":
        needed = difference.more_replicates
        worlds = (
            f"about {needed:,} more worlds would"
            if needed is not None
            else f"nor would {MOST_REPLICATES:,} more worlds"
        )
        return f"cannot yet be told apart in {difference.label.lower()} ({worlds})"
    size, low, high = abs(difference.difference), difference.low, difference.high
    near, far = sorted((abs(low), abs(high)))
    digits = difference.digits  # those of the outcome table
    word = more if difference.difference > 0 else fewer
    return f"{verb} {size:,.{digits}f} {word}{tail} ({near:,.{digits}f} to {far:,.{digits}f})"
