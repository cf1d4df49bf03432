"""What analyses of many settings found, as plain values: the terminal, the page and the app all read these."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from worthsharing.sim.errors import InputError

FORMAT = 1  # of the documents; raised when an older reader would misread them
SENSITIVITY, DISCOVERY = "sensitivity.json", "discover.json"
# JSON knows no such thing as not a number
Number = Annotated[float, BeforeValidator(lambda value: math.nan if value is None else value)]
Reading = Literal["always", "never", "boxes", "no box"]


@dataclass(frozen=True)
class Varied:
    """A parameter that varies, as tables print it; default is what it is where it does not, None if scenarios differ."""

    path: str
    short: str
    unit: str
    low: Number
    high: Number
    log: bool
    grade: str
    default: float | None


@dataclass(frozen=True)
class Luck:
    """What the same setting gives in different worlds.

    of_one_world: share of the variance of a single world's outcome that is luck and not the setting, 0 to 1
    of_the_mean: the same of the mean over the worlds, from which indices are computed
    spread: standard deviation of the outcome between worlds at the same setting, in its unit
    """

    of_one_world: Number
    of_the_mean: Number
    spread: Number


@dataclass(frozen=True)
class Convergence:
    """Whether a larger sample would rank the parameters in another way.

    stable: the leaders are the same with half of the sample, and the rankings agree
    narrow: the leaders' intervals are narrow enough to believe the sizes too
    leaders, leaders_at_half: the strongest, with all of the sample and with half of it
    agreement: of both rankings, weighted tau, −1 to 1
    widest: largest half-width of a leader's interval: of effects as a share of the largest one, of shares as it is
    """

    stable: bool
    narrow: bool
    leaders: tuple[str, ...]
    leaders_at_half: tuple[str, ...]
    agreement: float
    widest: float


@dataclass(frozen=True)
class Effect:
    """What one parameter does to the outcome on its way through its whole range, in the unit of the outcome.

    size: mean of the absolute effects (mu*), with its 95 % interval; size_at_half: with half of the trajectories
    signed: mean of the effects (mu), with its 95 % interval: positive if the outcome rises with the parameter
    spread: of the effects (sigma): large where it depends on the others, or is bent
    """

    parameter: Varied
    size: float
    size_low: float
    size_high: float
    size_at_half: float
    signed: float
    signed_low: float
    signed_high: float
    spread: float


@dataclass(frozen=True)
class Screening:
    """Morris's elementary effects, strongest first.

    floor: size of an effect that luck alone would show, in the unit of the outcome
    mean: of the outcome over all settings; trajectories: those of which every setting has an outcome
    """

    effects: tuple[Effect, ...]
    luck: Luck
    convergence: Convergence
    floor: float
    mean: float
    trajectories: int
    left_out: int
    settings: int


@dataclass(frozen=True)
class Share:
    """Share of the variance of the outcome that one parameter accounts for, with 95 % intervals, 0 to 1 up to chance.

    alone: by itself (first order); total: with all that it does together with others; total_at_half: half of the sample
    """

    parameter: Varied
    alone: float
    alone_low: float
    alone_high: float
    total: float
    total_low: float
    total_high: float
    total_at_half: float


@dataclass(frozen=True)
class Decomposition:
    """Sobol's indices, strongest first; base: settings of the base sample; the rest is as in a screening."""

    shares: tuple[Share, ...]
    luck: Luck
    convergence: Convergence
    mean: float
    deviation: float
    base: int
    left_out: int
    settings: int


@dataclass(frozen=True)
class Sensitivity:
    """Everything that a sensitivity analysis says of a question."""

    names: tuple[str, ...]
    measure: str
    label: str
    unit: str
    replicates: int
    seed: int
    equal_effort: bool
    varied: tuple[Varied, ...]
    screening: Screening | None
    decomposition: Decomposition | None
    runs: int
    failed: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Proportion:
    """A share of settings with its 95 % interval (Wilson 1927), 0 to 1, and the counts that it is made of."""

    share: float
    low: float
    high: float
    count: int
    of: int


@dataclass(frozen=True)
class Side:
    """Where a box ends along one parameter; None where it does not."""

    parameter: Varied
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Box:
    """Settings in which the second strategy wins.

    coverage: of the wins, the share that lies in the box; density: of the settings in the box, the share that are wins;
    both in the half of the settings that had no part in finding it
    chance: of holding so many of that half's wins if wins were spread at random
    """

    sides: tuple[Side, ...]
    coverage: Proportion
    density: Proportion
    chance: float


@dataclass(frozen=True)
class Crossing:
    """Where the sides break even at one value of x: values of y with the end of the interval on both sides.

    at: None if they do not within the plane; then `throughout` says who is ahead there, if anybody surely is
    """

    x: float
    at: float | None
    low: float | None
    high: float | None
    throughout: Literal["a", "b", "cannot tell"]


@dataclass(frozen=True)
class Tipping:
    """The difference over the plane of two parameters, everything else as the scenarios have it.

    xs, ys: values along the sides; difference, low, high: rows of y, the second scenario minus the first, in the unit of the
    measure; the interval is a 95 % one at each place
    settings: what was run: x, y, mean difference
    b_better, a_better, cannot_tell: shares of the plane, on the scales of its sides
    left_out: share of the settings that lie within their 95 % interval when the surface is fitted without them
    """

    x: Varied
    y: Varied
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    difference: tuple[tuple[float, ...], ...]
    low: tuple[tuple[float, ...], ...]
    high: tuple[tuple[float, ...], ...]
    settings: tuple[tuple[float, float, float], ...]
    b_better: float
    a_better: float
    cannot_tell: float
    crossings: tuple[Crossing, ...]
    left_out: float
    replicates: int


@dataclass(frozen=True)
class Discovery:
    """Everything that is said of where the second scenario beats the first.

    wins: settings in which its mean over the worlds is better; clear_wins, clear_losses: of all settings, those whose own
    worlds leave no doubt (Student's 95 % interval)
    """

    names: tuple[str, ...]
    measure: str
    label: str
    unit: str
    better: str
    replicates: int
    seed: int
    equal_effort: bool
    varied: tuple[Varied, ...]
    searched: tuple[str, ...]
    settings: int
    left_out: int
    wins: Proportion
    clear_wins: Proportion
    clear_losses: Proportion
    reading: Reading
    boxes: tuple[Box, ...]
    tipping: Tipping | None
    runs: int
    failed: int
    notes: tuple[str, ...]


def read_sensitivity(folder: str | Path) -> Sensitivity:
    """Read what `worthsharing sensitivity --out` wrote; raises `InputError` if that cannot be done."""
    found: Sensitivity = _read(Path(folder) / SENSITIVITY, TypeAdapter(Sensitivity))
    return found


def read_discovery(folder: str | Path) -> Discovery:
    """Read what `worthsharing discover --out` wrote; raises `InputError` if that cannot be done."""
    found: Discovery = _read(Path(folder) / DISCOVERY, TypeAdapter(Discovery))
    return found


def _read(file: Path, adapter: TypeAdapter[Any]) -> Any:
    try:
        document: Any = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            str(file), f"cannot be read: {error.strerror or error}", "name a folder of --out"
        ) from None
    except (ValueError, RecursionError):
        raise InputError(
            str(file), "is not what an analysis writes", "run the command again with --out"
        ) from None
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise InputError(
            str(file), "is of a version that this one does not read", "run the command again with --out"
        )
    try:
        return adapter.validate_python(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            str(file), f"is not whole ({place}: {first['msg']})", "run the command again with --out"
        ) from None
