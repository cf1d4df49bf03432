"""The stylised facts that one set of defaults must show: their bands, whether they are met, and the files that say so.

Three lists, never added up: of an input fact the number, or one that implies it, is a parameter, so that passing shows
only that the code does what it says; calibrated facts were fitted; validation facts were left alone.
"""

import difflib
import itertools
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import joblib
import numpy as np
import pandas as pd

from worthsharing.experiments.fact_measures import (
    BIG_CASCADE,
    BRAND_SIZES,
    FREQUENCIES,
    STUDIES,
    TAIL_FROM,
    Estimate,
    Sample,
    Samples,
    gains_by_delay,
    gathered,
    gini,
    monthly_hazard,
    pooled,
    ratio_of_sums,
    signed,
    tail_exponent,
    top_share,
    worn_success,
)
from worthsharing.experiments.fact_pictures import picture_of
from worthsharing.sim.errors import InputError
from worthsharing.sim.run import check_seed, provenance

FactList = Literal["input", "cal", "val"]
LISTS: Mapping[FactList, tuple[str, str]] = {
    "input": ("Input", "the number, or one that implies it, is a parameter: passing shows that the code does what it says"),
    "cal": ("Calibrated", "some defaults were fitted to these; see MODEL.md"),
    "val": ("Validation", "nothing was fitted to these"),
}  # fmt: skip
SIGN_SHARE = 0.95  # of the paired runs must have the published sign
ENOUGH_PAIRS = 60
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Part:
    """One number of a fact, and what it takes to pass.

    low, high: band of the value; for a sign, None
    sign: 1 or −1 where only the direction is judged, 0 where a band is
    published: the number in the source, None where it has none
    """

    id: str
    label: str
    unit: str
    low: float | None = None
    high: float | None = None
    sign: int = 0
    published: float | None = None


@dataclass(frozen=True)
class Fact:
    """One published regularity: the statement, its parts, and how it is measured.

    measure: from the samples of its study to an estimate for each part, by the part's id
    grade: of the source, as in the parameter table
    """

    id: str
    list: FactList
    statement: str
    study: str
    parts: tuple[Part, ...]
    how: str
    source: str
    grade: str
    measure: Callable[[Samples], Mapping[str, Estimate]]


@dataclass(frozen=True)
class Reading:
    """One part of a fact as measured."""

    part: Part
    estimate: Estimate
    passed: bool
    edge: bool  # the interval reaches over the edge of the band, so that other worlds could say otherwise


@dataclass(frozen=True)
class FactResult:
    """One fact as measured; `picture` is the small table that its chart is drawn of."""

    fact: Fact
    readings: tuple[Reading, ...]
    people: int
    worlds: int
    picture: pd.DataFrame

    @property
    def passed(self) -> bool:
        """Whether every part passed."""
        return all(reading.passed for reading in self.readings)


@dataclass(frozen=True)
class Validation:
    """All facts that were measured, in the order of their numbers."""

    results: tuple[FactResult, ...]
    seed: int
    quick: bool

    @property
    def passed(self) -> bool:
        """Whether every fact passed; it says less than the three lists do."""
        return all(result.passed for result in self.results)

    def of_list(self, name: FactList) -> tuple[FactResult, ...]:
        """Results of one list."""
        return tuple(result for result in self.results if result.fact.list == name)


# ---- the facts ----------------------------------------------------------------------------------------------------


def _one(part: str, statistic: Callable[[Samples], float]) -> Callable[[Samples], Mapping[str, Estimate]]:
    return lambda samples: {part: pooled(samples, statistic)}


def _differences(*parts: tuple[str, str, str, int]) -> Callable[[Samples], Mapping[str, Estimate]]:
    """Signs of paired differences: of each part its id, the entries b and a of b − a, and the published sign."""
    return lambda samples: {
        part: signed(gathered(samples, b) - gathered(samples, a), sign) for part, b, a, sign in parts
    }


def _tail(samples: Samples) -> Mapping[str, Estimate]:
    def reshares(some: Samples) -> np.ndarray:
        return gathered(some, "size") - 1

    return {
        "top": pooled(samples, lambda some: top_share(reshares(some), 0.01)),
        "gini": pooled(samples, lambda some: gini(reshares(some))),
        "exponent": pooled(samples, lambda some: tail_exponent(gathered(some, "size"), TAIL_FROM)),
    }


def _received(samples: Samples) -> Mapping[str, Estimate]:
    return {name: pooled(samples, ratio_of_sums(name, "items")) for name in ("worth", "middling", "noise")}


def _organic(samples: Samples) -> Mapping[str, Estimate]:
    small, base, large = (f"{size:g}" for size in BRAND_SIZES)
    shares = {
        size: gathered(samples, f"seen_{size}") / np.maximum(gathered(samples, f"could_{size}"), 1.0)
        for size in (small, large)
    }
    return {
        "seen": pooled(samples, ratio_of_sums(f"seen_{base}", f"could_{base}")),
        "larger": signed(shares[large] - shares[small], -1),
    }


def _kinds_ratio(kind: str) -> Callable[[Samples], float]:
    def ratio(samples: Samples) -> float:
        useful = gathered(samples, "useful")
        return float(gathered(samples, kind).mean() / useful.mean()) if useful.sum() else math.nan

    return ratio


def _response(frequency: int) -> Callable[[Samples], float]:
    def against_one(samples: Samples) -> float:
        once = ratio_of_sums("responses_1", "exposures_1")(samples)
        often = ratio_of_sums(f"responses_{frequency}", f"exposures_{frequency}")(samples)
        return often / once if once > 0.0 else math.nan

    return against_one


def _rest(samples: Samples) -> Mapping[str, Estimate]:
    fatigue, memory = gathered(samples, "fatigue_left"), gathered(samples, "memory_left")
    return {
        "fatigue": pooled(samples, lambda some: float(np.mean(gathered(some, "fatigue_left")))),
        "memory": signed(memory - 2.0 * fatigue, 1),
    }


def _leaving(samples: Samples) -> Mapping[str, Estimate]:
    def hazard(some: Samples) -> float:
        first, left = (float(sum(sample[name] for sample in some)) for name in ("first", "left"))
        return monthly_hazard(first, left, some[0]["days"])

    return {"exits": pooled(samples, hazard), "silent": pooled(samples, ratio_of_sums("silent", "left"))}


def _delays(samples: Samples) -> Mapping[str, Estimate]:
    by_world = np.array([gains_by_delay(sample["delay"], sample["gain"]) for sample in samples])

    def late_to_fast(some: Samples) -> float:
        fast, _, late = gains_by_delay(gathered(some, "delay"), gathered(some, "gain"))
        return late / fast if fast > 0.0 else math.nan

    return {
        "fast": signed(by_world[:, 1] - by_world[:, 0], -1),
        "late": signed(by_world[:, 2] - by_world[:, 1], -1),
        "ratio": pooled(samples, late_to_fast),
    }


def _both_sides(samples: Samples) -> Mapping[str, Estimate]:
    per_1000 = {
        name: 1000.0
        * gathered(samples, f"considerations_{name}")
        / np.maximum(gathered(samples, f"forwards_{name}"), 1.0)
        for name in ("sender", "both")
    }
    return {"both": signed(per_1000["both"] - per_1000["sender"], 1)}


_FACTS = (
    Fact(
        "F1", "cal", "Most cascades die at once", "everyday",
        (Part("depth", "Own posts whose cascade has depth 1 or less", "share", 0.95, 1.0, published=0.99),),
        "Everyday and experience posts of people; depth is the longest chain of shares.",
        "Goel et al. 2016, 2012", "B",
        _one("depth", lambda samples: float(np.mean(gathered(samples, "depth") <= 1))),
    ),
    Fact(
        "F2", "cal", "Big cascades are rare", "everyday",
        (
            Part("people", f"People's posts with {BIG_CASCADE} members or more", "share", 2e-5, 2e-3, published=2.5e-4),
            Part("brands", "Brand posts of that size", "share", 0.0, 2e-2),
        ),
        "Size counts the post itself and every share of it.",
        "Goel et al. 2016", "B",
        lambda samples: {
            "people": pooled(samples, lambda some: float(np.mean(gathered(some, "size") >= BIG_CASCADE))),
            "brands": pooled(samples, lambda some: float(np.mean(gathered(some, "brand_size") >= BIG_CASCADE))),
        },
    ),
    Fact(
        "F3", "cal", "Cascades are sub-critical on average", "everyday",
        (Part("size", "Mean cascade size", "members", 1.15, 2.0, published=1.36),),
        "Mean over all own posts of people, those that nobody shared included.",
        "Goel et al. 2016", "B",
        _one("size", lambda samples: float(np.mean(gathered(samples, "size")))),
    ),
    Fact(
        "F4", "cal", "Reshares have a heavy tail", "everyday",
        (
            Part("top", "Share of all reshares that falls to the top 1 % of posts", "share", 0.30, 0.65),
            Part("gini", "Gini coefficient of reshares", "0 to 1", 0.80, 1.0),
            Part("exponent", f"Exponent of sizes of {TAIL_FROM} and more", "exponent", 1.8, 2.6),
        ),
        f"Posts that nobody shared are included; the exponent is the maximum-likelihood one of a discrete power law from {TAIL_FROM} on.",
        "SimSoM's published tweets (Truong et al. 2024)", "C", _tail,
    ),
    Fact(
        "F5", "val", "The attention limit shapes the tail", "attention",
        (
            Part("short", "Window × 0.1: fewer long-lived messages", "share of posts", sign=-1),
            Part("long", "Window × 5: lower top popularity", "shares", sign=-1),
        ),
        "Long-lived is a post still shared seven days after it was written; top popularity is the mean number of shares "
        "of the most shared 0.1 % of posts. The same people and posts with another attention window.",
        "Weng et al. 2012", "A",
        _differences(("short", "lived_short", "lived_base", -1), ("long", "top_long", "top_base", -1)),
    ),
    Fact(
        "F6", "cal", "People's verdict on what they receive", "everyday",
        (
            Part("worth", "Worth reading", "share of items", 0.28, 0.44, published=0.36),
            Part("middling", "Middling", "share of items", 0.31, 0.47, published=0.39),
            Part("noise", "Not worth reading", "share of items", 0.17, 0.33, published=0.25),
        ),
        "Every item that anybody saw; not worth is worth below 0, worth reading is above worth.worth_reading.",
        "André et al. 2012 (43,738 ratings)", "B", _received,
    ),
    Fact(
        "F7", "input", "Organic reach of a post is a few per cent", "brand_sizes",
        (
            Part("seen", "Followers who see one brand post", "share", 0.02, 0.16, published=0.06),
            Part("larger", "Larger brand (30 % of people against 3 %): smaller share", "share", sign=-1),
        ),
        "Times that followers saw a post on the brand's own page, over posts × followers of that day.",
        "Social@Ogilvy 2014", "A", _organic,
    ),
    Fact(
        "F8", "input", "About half a per cent of those reached share", "kinds",
        (Part("rate", "Shares per person reached, median over useful posts", "share", 0.001, 0.008, published=0.005),),
        "Shares of each post over the people who saw it, by whatever way.",
        "Data of Moro et al. 2016", "C",
        _one("rate", lambda samples: float(np.median(gathered(samples, "useful")))),
    ),
    Fact(
        "F9", "input", "Offers and contests are shared less", "kinds",
        (
            Part("offer", "Shares per person reached, offers ÷ useful posts", "ratio", 0.2, 0.6, published=0.33),
            Part("product", "The same, product posts ÷ useful posts", "ratio", 0.6, 1.1, published=0.9),
        ),
        "The same brand on the same worlds posts one kind or the other, at the same intrinsic value.",
        "Data of Moro et al. 2016; Lee et al. 2018", "C",
        lambda samples: {kind: pooled(samples, _kinds_ratio(kind)) for kind in ("offer", "product")},
    ),
    Fact(
        "F10", "input", "Repetition wears the response out", "repetition",
        tuple(
            Part(str(frequency), f"Response at frequency {frequency} against 1", "ratio", round(published - 0.07, 2), round(published + 0.07, 2), published=published)
            for frequency, published in ((2, 0.89), (4, 0.75), (9, 0.53))
        ),
        "Likes and shares per exposure of readers who were shown so many posts of the brand in thirty days.",
        "Analytics at Meta 2023", "B",
        lambda samples: {str(one): pooled(samples, _response(one)) for one in FREQUENCIES[1:]},
    ),
    Fact(
        "F11", "input", "Fatigue passes, memory stays", "burst",
        (
            Part("fatigue", "Fatigue four weeks after the burst ÷ peak", "ratio", 0.0, 0.35),
            Part("memory", "Memory left, less twice the fatigue left", "ratio", sign=1),
        ),
        "Two weeks at six posts a day, then rest; sums over all people reached, at the end of each day.",
        "Kronrod & Huber 2019", "X", _rest,
    ),
    Fact(
        "F12", "cal", "Leaving is rare, and mostly silent", "everyday",
        (
            Part("exits", "Exits per brand tie and month", "1/month", 0.007, 0.074, published=0.014),
            Part("silent", "Silent share of exits", "share", 0.5, 0.75, published=0.60),
        ),
        "First followers who unfollowed or hid the brand; silent is who did so without hiding, telling close friends or complaining.",
        "BuzzStream 2015; Kwak et al. 2011", "A", _leaving,
    ),
    Fact(
        "F13", "input", "Rewarded forwards rarely convert, and wear the pair out", "rewards",
        (
            Part("conversion", "Conversions per rewarded forward seen", "share", 0.004, 0.016, published=0.010),
            Part("worn", "Success of a forward beyond the tenth of one sender ÷ first three", "ratio", 0.35, 0.65, published=0.5),
        ),
        "Purchases after a friend's forward. Wear: forwards to people who could still be won, over half a year, by how many of "
        "the same sender they had seen before.",
        "Leskovec et al. 2007", "A",
        lambda samples: {
            "conversion": pooled(samples, ratio_of_sums("conversions_sender", "forwards_sender")),
        },
    ),
    Fact(
        "F14", "val", "Firestorms are rare", "complaints",
        (Part("viral", "Negative posts that go viral", "share", 0.01, 0.06, published=0.033),),
        "Seen ten times as often as the campaign's median negative post, and at least fifty times.",
        "Herhausen et al. 2019", "B", _one("viral", ratio_of_sums("viral", "negative")),
    ),
    Fact(
        "F15", "input", "Fast answers pay, late ones hardly", "answers",
        (
            Part("fast", "Trust gained: 5 to 60 minutes against within 5", "attitude", sign=-1),
            Part("late", "Trust gained: after an hour against 5 to 60 minutes", "attitude", sign=-1),
            Part("ratio", "Trust gained: after an hour ÷ within 5 minutes", "ratio", 0.05, 0.35, published=0.1165),
        ),
        "Attitude of the asker after the step in which the answer was read, minus before.",
        "Huang et al. 2018", "A", _delays,
    ),
    Fact(
        "F16", "val", "Answering beats deleting, and invites more complaints", "scandal",
        (
            Part("spread_ignore", "Spread of complaints: deleted − ignored", "items seen", sign=1),
            Part("spread_answer", "Spread of complaints: deleted − answered", "items seen", sign=1),
            Part("trust_ignore", "Trust: deleted − ignored", "attitude", sign=-1),
            Part("trust_answer", "Trust: deleted − answered", "attitude", sign=-1),
            Part("complaints", "Complaints: answered − ignored", "complaints", sign=1),
            Part("attitude", "Trust: answered − ignored", "attitude", sign=1),
        ),
        "Spread is how often complaints were seen, trust the mean attitude of all people at the end. Every deletion is noticed here.",
        "Liao et al. 2024; Ma et al. 2015", "X",
        _differences(
            ("spread_ignore", "spread_delete", "spread_ignore", 1),
            ("spread_answer", "spread_delete", "spread_answer", 1),
            ("trust_ignore", "trust_delete", "trust_ignore", -1),
            ("trust_answer", "trust_delete", "trust_answer", -1),
            ("complaints", "complaints_answer", "complaints_ignore", 1),
            ("attitude", "trust_answer", "trust_ignore", 1),
        ),
    ),
    Fact(
        "F17", "val", "Broadcasters stagnate, repliers grow", "followers",
        (Part("gained", "Followers gained: listening and answering − broadcasting", "people", sign=1),),
        "At the same staff hours over eight weeks.",
        "Hutto, Yardi & Gilbert 2013", "B",
        _differences(("gained", "gained_reply", "gained_broadcast", 1)),
    ),
    Fact(
        "F18", "input", "Rewarding both sides removes the penalty", "rewards",
        (Part("both", "Considerations per 1,000 rewarded forwards seen: both − sender alone", "per 1,000", sign=1),),
        "The same offers on the same worlds; whether the receiver is rewarded too is all that differs.",
        "Verlegh et al. 2013", "X", _both_sides,
    ),
)  # fmt: skip

FACTS: Mapping[str, Fact] = {fact.id: fact for fact in _FACTS}
# a fact of two studies: what its second one adds
ALSO: Mapping[str, tuple[str, Callable[[Samples], Mapping[str, Estimate]]]] = {
    "F13": ("pairs", _one("worn", worn_success)),
}


# ---- measuring ----------------------------------------------------------------------------------------------------


def choose_facts(ids: Sequence[str], *, where: str = "validate") -> tuple[Fact, ...]:
    """Facts by their ids, in the order of their numbers; all of them if none is named. Raises `InputError`."""
    known = {name.upper() for name in ids}
    for name in ids:
        if name.upper() not in FACTS:
            near = difflib.get_close_matches(name.upper(), FACTS, 1, cutoff=0.3)
            right = f"did you mean '{near[0]}'?" if near else f"facts are numbered F1 to F{len(FACTS)}"
            raise InputError(where, f"there is no fact '{name}'", right)
    return tuple(fact for fact in FACTS.values() if not ids or fact.id in known)


def studies_of(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Studies that some facts need, each once."""
    wanted: dict[str, None] = {}
    for fact in facts:
        wanted[fact.study] = None
        if fact.id in ALSO:
            wanted[ALSO[fact.id][0]] = None
    return tuple(wanted)


def seconds_needed(facts: Iterable[Fact], *, quick: bool = False, workers: int | None = None) -> float:
    """Rough time that measuring some facts takes."""
    total = 0.0
    for name in studies_of(facts):
        study = STUDIES[name]
        if quick:
            total += study.quick_worlds * study.seconds * study.quick_people / study.people
        else:
            total += study.worlds * study.seconds
    return total / max(1, workers or os.cpu_count() or 1)


def measure_facts(
    facts: Sequence[Fact],
    *,
    seed: int = 1,
    quick: bool = False,
    workers: int | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Validation:
    """Measure facts at the shipped defaults.

    quick: fewer and smaller worlds; not the verdict
    workers: threads; all processors by default. The results do not depend on it
    settings: by key path, on top of the defaults, to see how a fact moves with a parameter; the verdict has none
    progress: called with worlds done and worlds in all
    """
    sizes = {
        name: (study.quick_people, study.quick_worlds) if quick else (study.people, study.worlds)
        for name, study in STUDIES.items()
    }
    samples = take_samples(facts, sizes, seed=seed, workers=workers, settings=settings, progress=progress)
    return Validation(tuple(judged(fact, samples, quick=quick) for fact in facts), seed, quick)


def take_samples(
    facts: Sequence[Fact],
    sizes: Mapping[str, tuple[int, int]],
    *,
    seed: int = 1,
    first: int = 0,
    workers: int | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> dict[str, list[Sample]]:
    """Run the studies of some facts, and return their samples by the name of the study, in order of the worlds.

    sizes: people and worlds of each study
    first: number of the first world
    """
    check_seed(seed)
    jobs = [(name, first + number) for name in studies_of(facts) for number in range(sizes[name][1])]

    def one(name: str, number: int) -> Sample:
        return STUDIES[name].sample(seed, number, sizes[name][0], settings or {})

    workers = max(1, min(workers or os.cpu_count() or 1, len(jobs)))
    # the first world alone: if anything is to be compiled, one thread does it for all
    rest: Iterable[Sample] = (one(*job) for job in jobs[1:])
    if workers > 1:
        parallel = joblib.Parallel(
            n_jobs=workers, backend="threading", return_as="generator", pre_dispatch="2*n_jobs"
        )
        rest = parallel(joblib.delayed(one)(*job) for job in jobs[1:])
    samples: dict[str, list[Sample]] = {}
    for done, ((name, _), sample) in enumerate(
        zip(jobs, itertools.chain([one(*jobs[0])], rest), strict=True), 1
    ):
        samples.setdefault(name, []).append(sample)
        if progress is not None:
            progress(done, len(jobs))
    return samples


def judged(fact: Fact, samples: Mapping[str, Samples], *, quick: bool = False) -> FactResult:
    """Hold what was measured against the bands of a fact.

    samples: of each study by its name
    quick: a sign needs no sixty pairs
    """
    estimates = estimates_of(fact, samples)
    readings = tuple(judge(part, estimates[part.id], quick=quick) for part in fact.parts)
    study = STUDIES[fact.study]
    return FactResult(
        fact,
        readings,
        study.quick_people if quick else study.people,
        len(samples[fact.study]),
        picture_of(fact.id, fact.parts, estimates, samples),
    )


def estimates_of(fact: Fact, samples: Mapping[str, Samples]) -> dict[str, Estimate]:
    """What samples say of each part of a fact, by the part's id."""
    estimates = dict(fact.measure(samples[fact.study]))
    if fact.id in ALSO:
        second, measure = ALSO[fact.id]
        estimates |= measure(samples[second])
    return estimates


def judge(part: Part, estimate: Estimate, *, quick: bool = False) -> Reading:
    """Say whether one measured number passes; one that is not available does not.

    >>> band = Part("size", "Mean size", "members", 1.15, 2.0)
    >>> judge(band, Estimate(1.4, 1.3, 1.5, 8)).passed, judge(band, Estimate(2.1, 1.9, 2.3, 8)).passed
    (True, False)
    >>> judge(Part("more", "More", "", sign=1), Estimate(0.2, 0.1, 0.3, 60, share=0.94)).passed
    False
    """
    if part.sign == 0:
        assert part.low is not None
        assert part.high is not None
        passed = part.low <= estimate.value <= part.high
        edge = any(estimate.low < limit < estimate.high for limit in (part.low, part.high))
        return Reading(part, estimate, passed, edge)
    clear = estimate.low > 0.0 if part.sign > 0 else estimate.high < 0.0
    enough = quick or estimate.worlds >= ENOUGH_PAIRS
    return Reading(part, estimate, bool(clear and estimate.share >= SIGN_SHARE and enough), False)


def lists_of(validation: Validation) -> list[tuple[FactList, int, int]]:
    """Of each list: its name, how many facts passed, and how many were measured. They are never added up."""
    return [
        (name, sum(result.passed for result in validation.of_list(name)), len(validation.of_list(name)))
        for name in LISTS
    ]


# ---- files --------------------------------------------------------------------------------------------------------


def facts_table(validation: Validation) -> pd.DataFrame:
    """One row for each part of each fact."""
    rows = [
        {
            "fact": result.fact.id,
            "list": result.fact.list,
            "part": reading.part.id,
            "statement": result.fact.statement,
            "label": reading.part.label,
            "unit": reading.part.unit,
            "kind": "sign" if reading.part.sign else "band",
            "value": reading.estimate.value,
            "low": reading.estimate.low,
            "high": reading.estimate.high,
            "band_low": reading.part.low,
            "band_high": reading.part.high,
            "expected_sign": reading.part.sign,
            "share_of_worlds": reading.estimate.share,
            "published": reading.part.published,
            "worlds": reading.estimate.worlds,
            "passed": reading.passed,
            "fact_passed": result.passed,
            "source": result.fact.source,
            "grade": result.fact.grade,
        }
        for result in validation.results
        for reading in result.readings
    ]
    numbers = ("value", "low", "high", "band_low", "band_high", "share_of_worlds", "published")
    return pd.DataFrame(rows).astype(dict.fromkeys(numbers, "float64"))


def pictures_table(validation: Validation) -> pd.DataFrame:
    """What the charts are drawn of, one row a point."""
    frames = [result.picture.assign(fact=result.fact.id) for result in validation.results]
    table = pd.concat(frames, ignore_index=True)
    return table[["fact", *(column for column in table.columns if column != "fact")]]


def facts_document(validation: Validation, command: str) -> dict[str, Any]:
    """Everything that `validate` has to say, as plain values; the lists stand apart."""
    return {
        "command": command,
        "seed": validation.seed,
        "quick": validation.quick,
        "provenance": provenance(),
        "lists": {
            name: {
                "meaning": LISTS[name][1],
                "passed": passed,
                "measured": measured,
                "facts": [_fact_document(result) for result in validation.of_list(name)],
            }
            for name, passed, measured in lists_of(validation)
        },
    }


def _fact_document(result: FactResult) -> dict[str, Any]:
    fact = result.fact
    return {
        "id": fact.id,
        "statement": fact.statement,
        "passed": result.passed,
        "people": result.people,
        "worlds": result.worlds,
        "how": fact.how,
        "source": fact.source,
        "grade": fact.grade,
        "parts": [
            {
                **asdict(reading.part),
                **reading.estimate._asdict(),
                "band": band_words(reading.part),
                "passed": reading.passed,
            }
            | {"low": reading.estimate.low, "high": reading.estimate.high}
            | {"band_low": reading.part.low, "band_high": reading.part.high}
            for reading in result.readings
        ],
    }


def band_words(part: Part) -> str:
    """What it takes to pass, in words.

    >>> band_words(Part("a", "A", "share", 2e-5, 2e-3)), band_words(Part("b", "B", "", sign=-1))
    ('2e-05 to 0.002', 'below 0')
    """
    if part.sign:
        return "above 0" if part.sign > 0 else "below 0"
    return f"{part.low:g} to {part.high:g}"
