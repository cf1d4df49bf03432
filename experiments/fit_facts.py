"""Fit defaults to the calibrated facts: a seeded search over their plausible ranges, and how well it determines them.

A design names the parameters, the facts and the worlds. Every trial simulates the same people with the same luck, and
its loss says how far the facts are from the centres of their bands. Facts of the other lists are refused: an input fact
is a parameter already, and a validation fact that was fitted to would validate nothing.
"""

import csv
import difflib
import hashlib
import io
import itertools
import json
import math
import tomllib
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import numpy as np
import optuna
import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from scipy import special

from worthsharing.experiments.execute import Cancelled
from worthsharing.experiments.facts import (
    FACTS,
    LISTS,
    Fact,
    Part,
    choose_facts,
    estimates_of,
    studies_of,
    take_samples,
)
from worthsharing.experiments.files import check_folder, write_aside
from worthsharing.experiments.store import RunStore, default_folder
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST
from worthsharing.sim.run import RunId, check_seed, provenance
from worthsharing.sim.scenario import ParameterInfo, parameters

FARTHEST = 2.0  # half bands: beyond, farther is no worse, so that one rare count cannot decide alone
FAILED = 1.0  # what a part outside its band costs on top: being nearer elsewhere makes up for no failed fact
WIDE_BAND = 10.0  # a band whose ends are so many times apart is judged on a log scale
CONFIRMED_FROM = 1000  # number of the first world of the confirmation: none of the search is among them
MAX_FILE_BYTES = 1_000_000
DESIGN, TRIALS, RESULT = "calibration.toml", "calibration_trials.csv", "calibration_result.toml"
SOURCES = ("facts.py", "fact_measures.py")  # what measured values depend on, besides the rules


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class FittedParameter(_Part):
    """One parameter of a search; without a range of its own, its plausible range in the schema."""

    path: str = Field(min_length=1, max_length=200)
    range: tuple[float, float] | None = Field(None, strict=False)

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError(f"has the range {list(self.range)}; the first number must be the smaller one")
        return self


class FitDesign(_Part):
    """What a design file states."""

    title: str = Field("", max_length=200)
    facts: tuple[str, ...] = Field(strict=False, min_length=1, max_length=100)
    trials: int = Field(60, ge=2, le=100_000)
    spread: int = Field(
        20, ge=1, le=100_000
    )  # first trials, all over the ranges, before the search narrows down
    people: int = Field(20_000, ge=100, le=1_000_000)
    worlds: int = Field(4, ge=2, le=1000)
    confirm_worlds: int = Field(8, ge=2, le=1000)
    parameters: tuple[FittedParameter, ...] = Field(strict=False, min_length=1, max_length=50)


@dataclass(frozen=True)
class FitPlan:
    """A design that is ready to run; the plausible range of each of `infos` is the range that is searched."""

    design: FitDesign
    text: str  # the file as it stands
    facts: tuple[Fact, ...]
    infos: tuple[ParameterInfo, ...]
    seed: int

    @property
    def shipped(self) -> dict[str, float]:
        """Defaults of the parameters."""
        return {info.path: float(info.default) for info in self.infos}


@dataclass(frozen=True)
class Measured:
    """What some values of the parameters gave.

    values: of each part of each fact, as "F4 gini"
    loss: see `loss_of`
    left_out: the loss with each of the worlds left out in turn
    """

    values: Mapping[str, float]
    loss: float
    left_out: tuple[float, ...]


@dataclass(frozen=True)
class FitTrial:
    """One trial: values of the parameters by path, and what they gave. Trial 0 is the shipped defaults."""

    number: int
    settings: Mapping[str, float]
    measured: Measured
    near: bool  # its loss cannot be told from the best


@dataclass(frozen=True)
class Determined:
    """How well the search determines one parameter.

    low, high: of the trials that cannot be told from the best
    share: of the range that was searched, on its scale, that these cover; 1 says nothing was learnt
    """

    path: str
    shipped: float
    best: float
    low: float
    high: float
    share: float


@dataclass(frozen=True)
class Fit:
    """Everything that a search found.

    best: number of the trial with the smallest loss
    confirmed: the shipped defaults and the best once more, in worlds that the search has not seen
    gain, gain_low, gain_high: by how much the best has the smaller loss there, with its 95 % interval
    """

    plan: FitPlan
    trials: tuple[FitTrial, ...]
    best: int
    determined: tuple[Determined, ...]
    confirmed: Mapping[str, Measured]
    gain: float
    gain_low: float
    gain_high: float

    @property
    def better(self) -> bool:
        """Whether the best is clearly better than the shipped defaults, in worlds that the search has not seen."""
        return self.gain_low > 0.0

    @property
    def sentence(self) -> str:
        """What to do with the shipped defaults."""
        shipped = self.confirmed["shipped"].loss
        worlds = len(self.confirmed["shipped"].left_out)
        numbers = f"loss {shipped:.3f} against {shipped - self.gain:.3f} in {worlds} fresh worlds"
        interval = f"difference {self.gain:+.3f}, {self.gain_low:+.3f} to {self.gain_high:+.3f}".replace(
            "-", "−"
        )
        if self.better:
            return f"The best trial is clearly better than the shipped defaults: {numbers} ({interval})."
        return f"The best trial cannot be told from the shipped defaults: {numbers} ({interval})."


# ---- reading a design ---------------------------------------------------------------------------------------------


def load_fit(source: str | Path, *, seed: int = 1, trials: int | None = None) -> FitPlan:
    """Read a design file; raises `InputError`, with file, key, what is wrong and what would be right.

    trials: instead of what the design says
    """
    path, where = Path(source), str(source)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InputError(where, f"is larger than {MAX_FILE_BYTES:,} bytes", "a design is a page of text")
        text = path.read_bytes().decode("utf-8-sig")
        content = tomllib.loads(text)
    except OSError as error:
        right = "give the path of a design file, e.g. experiments/designs/calibration.toml"
        raise InputError(where, f"cannot be read: {error.strerror}", right) from None
    except UnicodeDecodeError as error:
        raise InputError(where, f"is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        detail = str(error).splitlines()[0]
        raise InputError(where, f"not valid TOML: {detail}", "compare with a bundled design") from None
    if trials is not None:
        content["trials"] = trials
    return fit_plan(content, text, where, seed=seed)


def fit_plan(content: Mapping[str, Any], text: str, where: str, *, seed: int = 1) -> FitPlan:
    """Plan of a design's plain content."""
    check_seed(seed)
    try:
        design = FitDesign.model_validate(content)
    except ValidationError as error:
        raise _explain(error, where) from None
    facts = choose_facts(design.facts, where=f"{where}: facts")
    for fact in facts:
        if fact.list != "cal":
            calibrated = ", ".join(one.id for one in FACTS.values() if one.list == "cal")
            title, meaning = LISTS[fact.list]
            raise InputError(
                f"{where}: facts",
                f"nothing may be fitted to {fact.id}, which is on the list '{title.lower()}' ({meaning})",
                f"calibrated facts are {calibrated}",
            )
    infos = tuple(_info(one, where) for one in design.parameters)
    paths = [info.path for info in infos]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        raise InputError(f"{where}: parameters", f"'{twice}' is given twice", "name each parameter once")
    return FitPlan(design, text, facts, infos, seed)


def _info(one: FittedParameter, where: str) -> ParameterInfo:
    place, known = f"{where}: {one.path}", {info.path: info for info in parameters()}
    if one.path not in known:
        near = difflib.get_close_matches(one.path, known, 1, cutoff=0.5)
        right = f"did you mean '{near[0]}'?" if near else "scenarios/README.md lists all parameters"
        raise InputError(place, "there is no such parameter", right)
    info = known[one.path]
    if info.type != "float":
        raise InputError(place, "cannot be searched", "name a parameter that is a number with decimals")
    limits = one.range or info.plausible
    if limits is None:
        raise InputError(place, "has no plausible range in the schema", f"give a `range`: {info.bounds}")
    outside = (info.low is not None and limits[0] < info.low) or (
        info.high is not None and limits[1] > info.high
    )
    if outside or (info.scale == "log" and limits[0] <= 0.0):
        raise InputError(place, f"{list(limits)} is out of bounds", info.bounds)
    return info._replace(plausible=(float(limits[0]), float(limits[1])))


def _explain(error: ValidationError, where: str) -> InputError:
    """First problem of a validation, in words for the person who wrote the file."""
    problem = error.errors(include_url=False)[0]
    path = ".".join(str(part) for part in problem["loc"])
    place = f"{where}: {path}" if path else where
    if problem["type"] == "extra_forbidden":
        known = (FittedParameter if "parameters" in problem["loc"] else FitDesign).model_fields
        near = difflib.get_close_matches(str(problem["loc"][-1]), list(known), 1, cutoff=0.5)
        right = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(known)}"
        return InputError(place, "there is no such key", right)
    if problem["type"] == "missing":
        return InputError(place, "is missing", "compare with experiments/designs/calibration.toml")
    if problem["type"] == "value_error":
        return InputError(place, str(problem["ctx"]["error"]))
    given = repr(problem.get("input"))
    given = given if len(given) <= 60 else given[:57] + "…"
    return InputError(place, f"{given} will not do: {problem['msg'][0].lower()}{problem['msg'][1:]}")


# ---- the loss -----------------------------------------------------------------------------------------------------


def distance(part: Part, value: float) -> float:
    """How far a value is from the centre of its band, in half bands: 1 at an edge.

    A band whose ends are ten times apart or more is judged on a log scale. A band that ends where its unit does (0 or 1)
    is open to that side: from its centre on, nothing is lost there.

    >>> size, share = Part("size", "", "", 1.0, 2.0), Part("rare", "", "", 1e-5, 1e-3)
    >>> distance(size, 1.5), distance(size, 2.0), distance(size, 1.75)
    (0.0, 1.0, 0.5)
    >>> round(distance(share, 1e-4), 9), round(distance(share, 1e-3), 9), distance(share, 0.0)
    (0.0, 1.0, 2.0)
    >>> most = Part("most", "", "", 0.8, 1.0)
    >>> distance(most, 0.95), round(distance(most, 0.8), 9)
    (0.0, 1.0)
    """
    assert part.low is not None
    assert part.high is not None
    if math.isnan(value):
        return FARTHEST
    low, high = part.low, part.high
    if low > 0.0 and high / low >= WIDE_BAND:
        if value <= 0.0:
            return FARTHEST
        low, high, value = math.log(low), math.log(high), math.log(value)
    away = (value - (low + high) / 2.0) / ((high - low) / 2.0)
    if (part.low == 0.0 and away < 0.0) or (part.high == 1.0 and away > 0.0):
        return 0.0
    return min(abs(away), FARTHEST)


def loss_of(facts: Sequence[Fact], values: Mapping[str, float]) -> float:
    """Mean over facts of the mean over their parts of the squared distance, and 1 more for each part outside its band."""
    away = [[distance(part, values[f"{fact.id} {part.id}"]) for part in fact.parts] for fact in facts]
    failed = sum(one > 1.0 + 1e-9 for parts in away for one in parts)
    return float(np.mean([np.mean(np.square(parts)) for parts in away])) + FAILED * failed


def measured_of(facts: Sequence[Fact], tables: Sequence[Mapping[str, float]]) -> Measured:
    """Losses of measured values: those of all worlds, then those with each world left out in turn."""
    whole, *without = tables
    return Measured(whole, loss_of(facts, whole), tuple(loss_of(facts, values) for values in without))


def tables_of(
    facts: Sequence[Fact], samples: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[dict[str, float]]:
    """Value of each part of some facts, as "F4 gini": from all worlds, then with each world left out in turn.

    samples: of each study, as many worlds of each
    """
    worlds = min(len(one) for one in samples.values())
    tables = []
    for left_out in (None, *range(worlds)):
        some = {
            study: [one for number, one in enumerate(every) if number != left_out]
            for study, every in samples.items()
        }
        tables.append(
            {
                f"{fact.id} {part}": found.value
                for fact in facts
                for part, found in estimates_of(fact, some).items()
            }
        )
    return tables


def difference(one: Measured, other: Measured) -> tuple[float, float]:
    """Loss of one less that of the other on the same worlds, and how far its 95 % interval reaches (jackknife)."""
    without = np.array(one.left_out) - np.array(other.left_out)
    count = without.size
    error = math.sqrt((count - 1) / count * float(((without - without.mean()) ** 2).sum()))
    return one.loss - other.loss, float(special.stdtrit(count - 1, 0.975)) * error


# ---- the search ---------------------------------------------------------------------------------------------------


def run_fit(
    plan: FitPlan,
    *,
    workers: int | None = None,
    store: RunStore | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Fit:
    """Search for values of the parameters that bring the facts to the centres of their bands.

    Optuna's tree-structured Parzen estimator proposes, one trial after the other; the worlds of a trial run at once. So the
    trials follow from the seed alone, and a search that was interrupted finds what it has measured in the store.

    workers: threads; all processors by default. The results do not depend on it
    store: where measured values are looked up and kept
    progress: called with trials done and trials in all, the confirmation counting as two

    Raises `InputError` for wrong input, `Cancelled` when asked to stop.
    """
    study, distributions = _study(plan)
    done, whole = itertools.count(1), plan.design.trials + 2
    found: list[tuple[dict[str, float], Measured]] = []

    def measure(settings: Mapping[str, float], first: int, worlds: int) -> Measured:
        measured = _measured(plan, settings, first, worlds, workers, store)
        if store is not None:
            store.flush_if_due()
        if progress is not None:
            progress(next(done), whole)
        if should_stop is not None and should_stop():
            raise Cancelled
        return measured

    study.enqueue_trial(plan.shipped)
    for _ in range(plan.design.trials):
        trial = study.ask(distributions)
        settings = {path: float(value) for path, value in trial.params.items()}
        measured = measure(settings, 0, plan.design.worlds)
        study.tell(trial, measured.loss)
        found.append((settings, measured))
    best = min(range(len(found)), key=lambda number: found[number][1].loss)
    trials = tuple(
        FitTrial(number, settings, measured, _is_near(measured, found[best][1]))
        for number, (settings, measured) in enumerate(found)
    )
    confirmed = {
        name: measure(settings, CONFIRMED_FROM, plan.design.confirm_worlds)
        for name, settings in (("shipped", plan.shipped), ("best", found[best][0]))
    }
    gain, reach = difference(confirmed["shipped"], confirmed["best"])
    return Fit(
        plan,
        trials,
        best,
        tuple(_determined(info, trials, best) for info in plan.infos),
        confirmed,
        gain,
        gain - reach,
        gain + reach,
    )


def fit_store() -> RunStore:
    """Store of what searches have measured: beside that of runs, since a pooled number belongs to no single run."""
    return RunStore(default_folder().parent / "fits")


def _study(plan: FitPlan) -> tuple[optuna.Study, dict[str, optuna.distributions.BaseDistribution]]:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # of `multivariate`
        sampler = optuna.samplers.TPESampler(
            seed=plan.seed % 2**32, n_startup_trials=plan.design.spread, multivariate=True
        )
    distributions: dict[str, optuna.distributions.BaseDistribution] = {}
    for info in plan.infos:
        assert info.plausible is not None
        low, high = info.plausible
        distributions[info.path] = optuna.distributions.FloatDistribution(low, high, log=info.scale == "log")
    return optuna.create_study(sampler=sampler), distributions


def _is_near(measured: Measured, best: Measured) -> bool:
    more, reach = difference(measured, best)
    return more <= reach


def _determined(info: ParameterInfo, trials: Sequence[FitTrial], best: int) -> Determined:
    assert info.plausible is not None
    near = [trial.settings[info.path] for trial in trials if trial.near]
    low, high = min(near), max(near)
    ends = [low, high, *info.plausible]
    if info.scale == "log":
        ends = [math.log(end) for end in ends]
    share = (ends[1] - ends[0]) / (ends[3] - ends[2])
    return Determined(info.path, float(info.default), trials[best].settings[info.path], low, high, share)


def _measured(
    plan: FitPlan,
    settings: Mapping[str, float],
    first: int,
    worlds: int,
    workers: int | None,
    store: RunStore | None,
) -> Measured:
    """Measure the facts at some values, or find what was measured before."""
    parts = [f"{fact.id} {part.id}" for fact in plan.facts for part in fact.parts]
    suffixes = ["", *(f" without world {number}" for number in range(worlds))]
    content = json.dumps([settings, parts, plan.design.people, worlds, _digest()], sort_keys=True)
    key = RunId(hashlib.sha256(content.encode()).hexdigest()[:16], RULES_DIGEST, plan.seed, first)
    names = [part + suffix for suffix in suffixes for part in parts]
    kept = store.get(key, names) if store is not None else None
    if kept is not None:
        return measured_of(plan.facts, [{part: kept[part + suffix] for part in parts} for suffix in suffixes])
    sizes = dict.fromkeys(studies_of(plan.facts), (plan.design.people, worlds))
    samples = take_samples(plan.facts, sizes, seed=plan.seed, first=first, workers=workers, settings=settings)
    tables = tables_of(plan.facts, samples)
    if store is not None:
        named = zip(suffixes, tables, strict=True)
        store.put(key, {part + suffix: table[part] for suffix, table in named for part in parts})
    return measured_of(plan.facts, tables)


def _digest() -> str:
    """Fingerprint of how facts are measured, which the rules' own does not cover."""
    folder = files("worthsharing.experiments")
    return hashlib.sha256(b"".join(folder.joinpath(name).read_bytes() for name in SOURCES)).hexdigest()[:16]


# ---- what is kept -------------------------------------------------------------------------------------------------


def trial_rows(fit: Fit) -> list[dict[str, Any]]:
    """One row per trial: its parameters, what was measured, the distances from the centres of the bands, the loss."""
    return [
        {
            "trial": trial.number,
            **trial.settings,
            **trial.measured.values,
            **{
                f"{fact.id} {part.id} distance": distance(part, trial.measured.values[f"{fact.id} {part.id}"])
                for fact in fit.plan.facts
                for part in fact.parts
            },
            "loss": trial.measured.loss,
            "near_best": trial.near,
        }
        for trial in fit.trials
    ]


def part_rows(fit: Fit) -> list[dict[str, Any]]:
    """One row per part of a fact: its band, and what the shipped defaults and the best trial give in fresh worlds."""
    return [
        {
            "fact": fact.id,
            "part": part.id,
            "label": part.label,
            "low": part.low,
            "high": part.high,
            **{name: measured.values[f"{fact.id} {part.id}"] for name, measured in fit.confirmed.items()},
        }
        for fact in fit.plan.facts
        for part in fact.parts
    ]


def fit_document(fit: Fit, command: str) -> dict[str, Any]:
    """Everything that a search has to say, as plain values; what is committed with a design is this."""
    design = fit.plan.design
    return {
        "command": command,
        "sentence": fit.sentence,
        "better": fit.better,
        "seed": fit.plan.seed,
        "trials": len(fit.trials),
        "people": design.people,
        "worlds": design.worlds,
        "confirm_worlds": design.confirm_worlds,
        "facts": [fact.id for fact in fit.plan.facts],
        "best_trial": fit.best,
        "near_best": sum(trial.near for trial in fit.trials),
        "loss": {
            "shipped": fit.trials[0].measured.loss,
            "best": fit.trials[fit.best].measured.loss,
            "confirmed_shipped": fit.confirmed["shipped"].loss,
            "confirmed_best": fit.confirmed["best"].loss,
            "gain": fit.gain,
            "gain_low": fit.gain_low,
            "gain_high": fit.gain_high,
        },
        "parameters": [asdict(one) for one in fit.determined],
        "parts": part_rows(fit),
        "provenance": provenance(),
    }


def write_fit(folder: str | Path, fit: Fit, command: str) -> list[Path]:
    """Write every trial as CSV, and what they come to as TOML, into a folder, and return the files.

    The same search writes the same bytes. Raises `InputError` when the folder cannot be written to.
    """
    path = check_folder(folder)
    table = io.StringIO()
    rows = [{name: _rounded(value) for name, value in row.items()} for row in trial_rows(fit)]
    writer = csv.DictWriter(table, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    document = {
        name: value
        for name, value in fit_document(fit, command).items()
        if name not in ("command", "provenance")
    }
    head = (
        f"# What the search of a design found, written by the command below; {TRIALS} beside it has every trial.\n"
        f"# {command}\n"
    )
    body = tomli_w.dumps(_rounded({**document, "rules": RULES_DIGEST, "optuna": optuna.__version__}))
    contents = {DESIGN: fit.plan.text, TRIALS: table.getvalue(), RESULT: head + body}
    for name, content in contents.items():
        write_aside(path / name, partial(Path.write_bytes, data=content.encode()))
    return [path / name for name in contents]


def _rounded(value: Any) -> Any:
    """Seven digits of every number: more would be luck, and tables would differ between machines."""
    if isinstance(value, Mapping):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return float(f"{value:.7g}") if isinstance(value, float) else value
