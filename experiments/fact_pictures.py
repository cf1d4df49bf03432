"""What the chart of each fact is drawn of: small tidy tables of what was simulated, published, and accepted.

Columns: `role` (simulated, measured, accepted), `series`, `x` or `label`, `y`, `low`, `high`.
"""

import functools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from worthsharing.experiments.fact_measures import (
    BIG_CASCADE,
    BRAND_SIZES,
    FAST_MINUTES,
    FORWARDS_FRESH,
    FORWARDS_WORN,
    FREQUENCIES,
    LATE_MINUTES,
    TAIL_FROM,
    Estimate,
    Samples,
    gains_by_delay,
    gathered,
    monthly_hazard,
)

if TYPE_CHECKING:
    from worthsharing.experiments.facts import Part

COLUMNS = ("role", "series", "x", "label", "y", "low", "high")
POINTS = 40  # of a curve
MIDDLE = (0.05, 0.95)
Rows = list[dict[str, Any]]


@functools.cache
def observed() -> Mapping[str, Any]:
    """Summaries of measured data that the product ships, each with source, licence and recipe."""
    text = files("worthsharing.experiments").joinpath("observed.json").read_text(encoding="utf-8")
    read: Mapping[str, Any] = json.loads(text)
    return read


def picture_of(
    fact: str,
    parts: "Sequence[Part]",
    estimates: Mapping[str, Estimate],
    samples: Mapping[str, Samples],
) -> pd.DataFrame:
    """Table that the chart of a fact is drawn of; for a fact that has none of its own, its numbers and bands."""
    draw = PICTURES.get(fact)
    rows = draw(parts, estimates, samples) if draw is not None else estimates_rows(parts, estimates)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    texts = {name: table[name].astype(object).fillna("").astype(str) for name in ("role", "series", "label")}
    return table.astype(dict.fromkeys(("x", "y", "low", "high"), "float64")).assign(**texts)


# ---- pieces -------------------------------------------------------------------------------------------------------


def _row(role: str, series: str, y: float, **rest: Any) -> dict[str, Any]:
    return {"role": role, "series": series, "y": y, **rest}


def estimates_rows(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], series: str = "Simulated"
) -> Rows:
    """Measured numbers and their bands, by the label of the part; parts that are judged by sign have no band."""
    rows: Rows = []
    for part in parts:
        one = estimates[part.id]
        rows.append(_row("simulated", series, one.value, label=part.label, low=one.low, high=one.high))
        rows += _accepted(part, label=part.label)
    return rows


def _accepted(part: "Part", **place: Any) -> Rows:
    if part.sign:
        return []
    published = math.nan if part.published is None else part.published
    return [_row("accepted", "Accepted", published, low=part.low, high=part.high, **place)]


def share_at_least(values: np.ndarray, smallest: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Share of values that are at least as large, at values evenly spread on a logarithmic scale."""
    largest = float(values.max()) if values.size else smallest
    if largest <= smallest:
        return np.array([smallest]), np.array([float(np.mean(values >= smallest))])
    at = np.unique(np.round(np.geomspace(smallest, largest, POINTS), 0 if smallest >= 1.0 else 3))
    ordered = np.sort(values)
    return at, 1.0 - np.searchsorted(ordered, at, side="left") / ordered.size


def _curve(role: str, series: str, x: np.ndarray, y: np.ndarray) -> Rows:
    return [_row(role, series, float(two), x=float(one)) for one, two in zip(x, y, strict=True) if two > 0.0]


def _quantiles(role: str, series: str, values: np.ndarray) -> Rows:
    """Cumulative distribution: x is the value, y the share of values that are smaller."""
    shares = np.arange(0.02, 0.99, 0.02)
    if not values.size:
        return []
    return [
        _row(role, series, float(share), x=float(value))
        for share, value in zip(shares, np.quantile(values, shares), strict=True)
    ]


def _strips(*entries: tuple[str, str, str]) -> Callable[..., Rows]:
    """Make a picture: of each part its study, and the entries b and a whose difference b − a is judged."""

    def draw(
        parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
    ) -> Rows:
        rows: Rows = []
        for part, (study, b, a) in zip(parts, entries, strict=True):
            rows += strip_rows(
                part.label, gathered(samples[study], b) - gathered(samples[study], a), part.sign
            )
        return rows

    return draw


def strip_rows(label: str, differences: np.ndarray, sign: int) -> Rows:
    """One row a world: its difference in units of the spread over worlds, turned so that above 0 is as published."""
    known = differences[np.isfinite(differences)]
    spread = float(known.std(ddof=1)) if known.size > 1 else 1.0
    spread = spread if spread > 0.0 else 1.0
    rows = [_row("simulated", "One pair of worlds", float(one) * sign / spread, label=label) for one in known]
    if known.size:
        mean = float(known.mean()) * sign / spread
        rows.append(_row("mean", "Mean", mean, label=label))
    return rows


# ---- pictures -----------------------------------------------------------------------------------------------------


def _depths(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
) -> Rows:
    depth = gathered(samples["everyday"], "depth")
    names = ("0 (not shared)", "1", "2", "3", "4", "5 and more")
    counts = np.bincount(np.minimum(depth, 5), minlength=6) / max(depth.size, 1)
    return [
        _row("simulated", "Simulated posts", float(share), label=name)
        for name, share in zip(names, counts, strict=True)
    ]


def _sizes(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
) -> Rows:
    people, brand = gathered(samples["everyday"], "size"), gathered(samples["everyday"], "brand_size")
    return [
        *_curve("simulated", "People's posts", *share_at_least(people)),
        *_curve("simulated", "Brand posts", *share_at_least(brand)),
        *_accepted(parts[0], x=float(BIG_CASCADE)),
    ]


def _mean_sizes(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
) -> Rows:
    rows = [
        _row("simulated", "One world", float(np.mean(sample["size"])), label=parts[0].label)
        for sample in samples["everyday"]
    ]
    return [
        *rows,
        _row("mean", "All worlds", estimates[parts[0].id].value, label=parts[0].label),
        *_accepted(parts[0], label=parts[0].label),
    ]


def _tails(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
) -> Rows:
    size = gathered(samples["everyday"], "size")
    real = observed()["links_2010"]
    tail = size[size >= TAIL_FROM]
    rows = _curve("simulated", "Simulated", *share_at_least(tail, TAIL_FROM)) if tail.size else []
    x, y = np.array(real["members"], float), np.array(real["share_at_least"], float)
    return rows + _curve("measured", real["title"], x, y)


def _reach_by_size(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
) -> Rows:
    rows: Rows = []
    for size in BRAND_SIZES:
        found = gathered(samples["brand_sizes"], f"seen_{size:g}") / np.maximum(
            gathered(samples["brand_sizes"], f"could_{size:g}"), 1.0
        )
        low, high = np.quantile(found, MIDDLE)
        label = f"{100 * size:g} % of people follow"
        rows.append(
            _row(
                "simulated",
                "Simulated (middle 90 % of worlds)",
                float(found.mean()),
                label=label,
                low=low,
                high=high,
            )
        )
        rows += _accepted(parts[0], label=label)
    return rows


def _share_rates(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
) -> Rows:
    real = observed()["posts_2014"]
    measured = [
        _row("measured", f"{real['title']} ({real['posts']} posts)", share, x=value)
        for share, value in zip(real["quantile"], real["shares_per_reached"], strict=True)
    ]
    return [
        *_quantiles("simulated", "Simulated useful posts", gathered(samples["kinds"], "useful")),
        *measured,
    ]


def _share_rates_by_kind(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
) -> Rows:
    real = observed()["posts_2014"]
    rows: Rows = []
    for kind, name in (("useful", "useful posts"), ("product", "product posts"), ("offer", "offers")):
        rows += _quantiles("simulated", f"Simulated {name}", gathered(samples["kinds"], kind))
    rows += [
        _row("measured", f"Offers of {real['title'][0].lower()}{real['title'][1:]}", share, x=value)
        for share, value in zip(real["quantile"], real["shares_per_reached_offers"], strict=True)
    ]
    return rows


def _wearing(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
) -> Rows:
    rows = [_row("simulated", "Simulated", 1.0, x=float(FREQUENCIES[0]), low=1.0, high=1.0)]
    for part in parts:
        one = estimates[part.id]
        rows.append(_row("simulated", "Simulated", one.value, x=float(part.id), low=one.low, high=one.high))
        rows += _accepted(part, x=float(part.id))
    return rows


def _fading(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
) -> Rows:
    rows: Rows = []
    for name, title in (("fatigue", "Fatigue"), ("memory", "Brand memory")):
        curves = np.array([sample[name] for sample in samples["burst"]])
        rows += [
            _row("simulated", title, float(y), x=float(day)) for day, y in enumerate(curves.mean(axis=0), 1)
        ]
    return rows


def _exits(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
) -> Rows:
    rows: Rows = []
    exits, silent = parts
    for sample in samples["everyday"]:
        hazard = monthly_hazard(float(sample["first"]), float(sample["left"]), sample["days"])
        share = sample["silent"] / sample["left"] if sample["left"] else math.nan
        rows += [
            _row("simulated", "One world", value, label=part.label)
            for part, value in ((exits, hazard), (silent, share))
        ]
    for part in parts:
        rows += [
            _row("mean", "All worlds", estimates[part.id].value, label=part.label),
            *_accepted(part, label=part.label),
        ]
    return rows


def _success(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
) -> Rows:
    seen, won = (np.sum([one[name] for one in samples["pairs"]], axis=0) for name in ("seen", "won"))
    bins = {
        f"1 to {FORWARDS_FRESH}": slice(1, FORWARDS_FRESH + 1),
        f"{FORWARDS_FRESH + 1} to {FORWARDS_WORN}": slice(FORWARDS_FRESH + 1, FORWARDS_WORN + 1),
        f"above {FORWARDS_WORN}": slice(FORWARDS_WORN + 1, None),
    }
    first = won[bins[f"1 to {FORWARDS_FRESH}"]].sum() / max(seen[bins[f"1 to {FORWARDS_FRESH}"]].sum(), 1)
    rows: Rows = []
    for name, one in bins.items():
        rate, count = won[one].sum() / max(seen[one].sum(), 1), max(int(seen[one].sum()), 1)
        error = 1.96 * math.sqrt(rate * (1.0 - rate) / count)
        times = first if first > 0.0 else math.nan
        rows.append(
            _row(
                "simulated",
                "Simulated",
                rate / times,
                label=name,
                low=(rate - error) / times,
                high=(rate + error) / times,
            )
        )
    return [*rows, *_accepted(parts[1], label=f"above {FORWARDS_WORN}")]


def _virality(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
) -> Rows:
    times = gathered(samples["complaints"], "times_median")
    return [
        *_curve("simulated", "Negative posts", *share_at_least(times[times > 0], 0.1)),
        *_accepted(parts[0], x=10.0),
    ]


def _gains(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
) -> Rows:
    delay, gain = gathered(samples["answers"], "delay"), gathered(samples["answers"], "gain")
    found = gains_by_delay(delay, gain)
    labels = (
        f"within {FAST_MINUTES:g} minutes",
        f"{FAST_MINUTES:g} to {LATE_MINUTES:g} minutes",
        "after an hour",
    )
    published = (1.0, 9.0 / 20.0, 2.33 / 20.0)  # Huang et al. 2018
    rows: Rows = []
    for place, label in enumerate(labels):
        value = found[place] / found[0] if found[0] > 0.0 else math.nan
        rows.append(_row("simulated", "Simulated", value, label=label))
        rows.append(
            _row("measured", "Airlines on Twitter (Huang et al. 2018)", published[place], label=label)
        )
    # the published ratio is one of the measured marks already
    return [*rows, *({**one, "y": math.nan} for one in _accepted(parts[2], label=labels[2]))]


def _per_1000(
    parts: "Sequence[Part]", estimates: Mapping[str, Estimate], samples: Mapping[str, Samples]
) -> Rows:
    some = samples["rewards"]
    per = {
        name: gathered(some, f"considerations_{name}") / np.maximum(gathered(some, f"forwards_{name}"), 1.0)
        for name in ("sender", "both")
    }
    return strip_rows(parts[0].label, per["both"] - per["sender"], 1)


PICTURES: Mapping[str, Callable[..., Rows]] = {
    "F1": _depths,
    "F2": _sizes,
    "F3": _mean_sizes,
    "F4": _tails,
    "F5": _strips(("attention", "lived_short", "lived_base"), ("attention", "top_long", "top_base")),
    "F7": _reach_by_size,
    "F8": _share_rates,
    "F9": _share_rates_by_kind,
    "F10": _wearing,
    "F11": _fading,
    "F12": _exits,
    "F13": _success,
    "F14": _virality,
    "F15": _gains,
    "F16": _strips(
        ("scandal", "spread_delete", "spread_ignore"),
        ("scandal", "spread_delete", "spread_answer"),
        ("scandal", "trust_delete", "trust_ignore"),
        ("scandal", "trust_delete", "trust_answer"),
        ("scandal", "complaints_answer", "complaints_ignore"),
        ("scandal", "trust_answer", "trust_ignore"),
    ),
    "F17": _strips(("followers", "gained_reply", "gained_broadcast")),
    "F18": _per_1000,
}
