"""Boxes in which something is so, found by PRIM: one door to the two interfaces of ema-workbench (2.5 and 3)."""

import inspect
import logging
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that evaluators are missing which nobody asked for
    from ema_workbench.analysis import prim

MOST_LIMITS = 4  # limits of a box: more of them nobody remembers
WORTH_A_LIMIT = (
    0.03  # by how much a limit must improve a box (share of wins held minus share of the rest held)
)
SMALLEST = 0.05  # share of the settings that a box has at least
IS_SO = 0.5  # what was found is 0 or 1

log = logging.getLogger("worthsharing")


@dataclass(frozen=True)
class Limit:
    """Where a box ends along one parameter; infinite where it does not."""

    column: int
    low: float
    high: float


def find_box(values: np.ndarray, wins: np.ndarray, free: np.ndarray | None = None) -> tuple[Limit, ...]:
    """Limits of the box that tells wins from the rest best; none if no box does.

    values: of the parameters, shape (settings, parameters); wins: bool, shape (settings,)
    free: settings that no earlier box has taken, bool, shape (settings,)

    Of all boxes on PRIM's way inwards (Friedman & Fisher 1999) the one of the best quality is taken; limits that hardly
    matter for it are taken away again.
    """
    free = np.ones(wins.size, bool) if free is None else free
    values, wins = values[free], wins[free]
    if wins.all() or not wins.any():
        return ()
    candidates = [box for box in _peeled(values, wins) if box]
    candidates = [_pruned(_one_sided(box), values, wins) for box in candidates]
    best = max(candidates, key=lambda box: (quality(box, values, wins), -len(box)), default=())
    return _joined(best) if quality(best, values, wins) > quality((), values, wins) + WORTH_A_LIMIT else ()


def inside(box: Sequence[Limit], values: np.ndarray) -> np.ndarray:
    """Which settings lie in a box, bool, shape (settings,)."""
    held = np.ones(len(values), bool)
    for limit in box:
        column = values[:, limit.column]
        held &= (column >= limit.low) & (column <= limit.high)
    return held


def quality(box: Sequence[Limit], values: np.ndarray, wins: np.ndarray) -> float:
    """Harmonic mean of coverage (share of the wins inside) and density (share of the inside that are wins).

    0 to 1; neither alone makes a box: everywhere covers all wins, and one win is right every time (van Rijsbergen 1979).
    """
    held = inside(box, values)
    return 2.0 * float((held & wins).sum()) / float(held.sum() + wins.sum())


def _one_sided(box: Sequence[Limit]) -> tuple[Limit, ...]:
    """A limit for each end, so that one of them can go without the other."""
    ends = [(one.column, low, high) for one in box for low, high in ((one.low, np.inf), (-np.inf, one.high))]
    return tuple(Limit(*end) for end in ends if np.isfinite(end[1]) or np.isfinite(end[2]))


def _joined(box: Sequence[Limit]) -> tuple[Limit, ...]:
    """Both ends along a parameter as one limit again, in the order of the parameters."""
    return tuple(
        Limit(
            column,
            max(one.low for one in box if one.column == column),
            min(one.high for one in box if one.column == column),
        )
        for column in sorted({one.column for one in box})
    )


def _pruned(box: tuple[Limit, ...], values: np.ndarray, wins: np.ndarray) -> tuple[Limit, ...]:
    """Take limits away, the least useful first, as long as one hardly matters or there are too many."""
    while len(box) > 1:
        fewer = max(
            (tuple(one for one in box if one is not left_out) for left_out in box),
            key=lambda one: quality(one, values, wins),
        )
        loss = quality(box, values, wins) - quality(fewer, values, wins)
        if loss >= WORTH_A_LIMIT and len(box) <= MOST_LIMITS:
            break
        box = fewer
    return box


def _peeled(values: np.ndarray, wins: np.ndarray) -> Iterator[tuple[Limit, ...]]:
    """Every box on PRIM's way."""
    table = pd.DataFrame(values, columns=[str(column) for column in range(values.shape[1])], dtype=float)
    options: dict[str, float] = {"mass_min": SMALLEST}
    if "threshold" in inspect.signature(prim.Prim).parameters:  # 2.5; in 3 what is found is 0 or 1 anyway
        options["threshold"] = IS_SO
        found = prim.Prim(table, wins.astype(int), **options).find_box()
    else:
        found = prim.Prim(table, wins.astype(bool), **options).find_box()
    for limits in found.box_lims if found is not None else ():
        yield tuple(
            Limit(column, low, high)
            for column in range(values.shape[1])
            for low, high in [_ends(values[:, column], *(float(end) for end in limits[str(column)]))]
            if np.isfinite(low) or np.isfinite(high)
        )


def _ends(column: np.ndarray, low: float, high: float) -> tuple[float, float]:
    """Ends of a box along one parameter, infinite where it ends with the sample."""
    return (
        low if low > column.min() else -np.inf,
        high if high < column.max() else np.inf,
    )
