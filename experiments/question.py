"""What an analysis of many settings asks: one outcome, of one scenario or of two in the same worlds, and what may vary."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from pydantic import ValidationError

from worthsharing.experiments.analyses import Varied
from worthsharing.experiments.compare import OUTCOMES, is_equal_effort
from worthsharing.experiments.design import (
    Placing,
    for_all_entries,
    repaired,
    sampled_parameters,
    values_for,
)
from worthsharing.experiments.ledger import is_used, values_at
from worthsharing.experiments.sweep import Sweep
from worthsharing.experiments.sweep_design import Plan, SweepDesign, SweptParameter, plan_for, point_at
from worthsharing.experiments.verdicts import SampledParameter
from worthsharing.sim.errors import InputError
from worthsharing.sim.measures import MEASURES, Better
from worthsharing.sim.messages import effort_of
from worthsharing.sim.scenario import Scenario

INSIDE = 0.005  # how far from its ends a normal distribution is cut, where a design asks for the end itself


@dataclass(frozen=True, eq=False)
class Question:
    """An outcome over the settings that parameters span.

    plan: scenarios, parameters with their ranges, replicates and seed; its points are replaced by those of a method
    measure: id; of the only scenario, or of the second minus the first in the same worlds
    notes: what the reader of an answer must know
    """

    plan: Plan
    measure: str
    varied: tuple[Varied, ...]
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The one or two scenarios."""
        return tuple(self.plan.scenarios)

    @property
    def paired(self) -> bool:
        """Whether it is about a difference."""
        return len(self.names) == 2

    @property
    def label(self) -> str:
        """What is measured, in words."""
        return MEASURES[self.measure].label

    @property
    def unit(self) -> str:
        """Unit of the outcome."""
        return MEASURES[self.measure].unit

    @property
    def better(self) -> Better:
        """Which direction is better."""
        return MEASURES[self.measure].better

    @property
    def equal_effort(self) -> bool:
        """Whether both sides spend the same at every setting."""
        return self.plan.placing.weekly_hours is not None

    def about(self, paths: Sequence[str]) -> "Question":
        """The same question about some of its parameters; the others stay as the scenarios have them."""
        chosen = tuple(one for one in self.plan.design.parameters if one.path in paths)
        design = self.plan.design.model_copy(update={"parameters": chosen})
        infos = {path: info for path, info in self.plan.infos.items() if path in paths}
        plan = replace(self.plan, design=design, infos=infos)
        return replace(self, plan=plan, varied=tuple(one for one in self.varied if one.path in paths))

    def at_places(self, places: np.ndarray, *, replicates: int | None = None) -> Plan:
        """Plan of the settings at places in the unit cube, shape (settings, parameters)."""
        plan = self.plan
        normal = np.array([one.normal is not None for one in plan.design.parameters], bool)
        inside = np.where(normal, np.clip(places, INSIDE, 1.0 - INSIDE), places)
        points = tuple(repaired(point_at(plan.design, plan.infos, row)) for row in inside)  # type: ignore[arg-type]
        changes = {"points": max(1, len(points)), "replicates": replicates or plan.design.replicates}
        return replace(plan, design=plan.design.model_copy(update=changes), points=points, text=b"")

    def outcome(self, sweep: Sweep) -> np.ndarray:
        """The outcome in every world of every setting, shape (settings, replicates); not a number where not available."""
        values = sweep.values[..., sweep.plan.measures.index(self.measure)]
        return values[:, 1] - values[:, 0] if self.paired else values[:, 0]

    def towards(self, outcome: np.ndarray) -> np.ndarray:
        """The same, turned so that above 0 is in favour of the second scenario."""
        return -outcome if self.better == "less" else outcome


def ask(
    scenarios: Mapping[str, Scenario],
    *,
    measure: str = "reach",
    parameters: Sequence[str] = (),
    replicates: int = 4,
    seed: int = 1,
    effort: Literal["auto", "equal", "own"] = "auto",
    unused: bool = False,
    pair: bool = False,
    where: str,
) -> Question:
    """Ask about scenarios that are loaded, over the plausible ranges of parameters.

    parameters: paths, as `--set` has them; `NAME:path` is of that scenario alone, and `a:` and `b:` stand for the first and
        the second; `path=LOW..HIGH` gives a range of one's own. All claims about people, products and costs by default, as
        a trial samples them
    effort: equal keeps every scenario at the staff hours that the first one spends; own leaves each what it spends;
        auto is equal if they spend the same as they are written, within 1 %
    unused: keep parameters that move no scenario, by default left out; a trial keeps them
    pair: it is about two scenarios, not about one

    Raises `InputError` for what cannot be asked.
    """
    if measure not in MEASURES:
        raise InputError("--measure", f"there is no measure '{measure}'", f"one of: {', '.join(MEASURES)}")
    if not 1 + pair <= len(scenarios) <= 2:
        given = f"{len(scenarios)} scenario{'' if len(scenarios) == 1 else 's'} given"
        raise InputError(where, given, "give the two to contrast" if pair else "give one, or two to contrast")
    scenarios = {name: _cheaper(scenario) for name, scenario in scenarios.items()}
    names, notes = list(scenarios), list[str]()
    ranges = dict(_range_of(text, names) for text in parameters)
    paths = list(ranges)
    if not paths:
        paths = [info.path for info in sampled_parameters() if unused or _moves(info.path, scenarios)]
        missing = sum(not _moves(info.path, scenarios) for info in sampled_parameters())
        if missing and not unused:
            which = "1 parameter is" if missing == 1 else f"{missing} parameters are"
            notes.append(f"{which} left out because nothing in these scenarios uses it.")
    hours = _hours(scenarios, effort, notes)
    swept = [_swept(path, ranges.get(path)) for path in paths]
    design = SweepDesign.model_validate(
        {
            "scenarios": names,
            "method": "latin",
            "points": 1,
            "replicates": replicates,
            "measures": list(dict.fromkeys([*OUTCOMES, measure])),
            "parameters": [one.model_dump(exclude_none=True) for one in swept],
        }
    )
    plan = plan_for(design, scenarios, where, seed=seed, placing=Placing(True, hours))
    for path in paths if parameters else ():
        owner, _, plain = path.rpartition(":")
        holders = {name: one for name, one in scenarios.items() if owner in ("", name)}
        if (
            ".0." in plain
            and holders
            and not any(for_all_entries(one, {plain: 0}) for one in holders.values())
        ):
            raise InputError(path, f"there is no such parameter in {', '.join(holders)}", "leave it out")
    return Question(plan, measure, _varied(plan), tuple(notes))


def ask_of(
    plan: Plan,
    *,
    measure: str | None = None,
    parameters: Sequence[str] = (),
    replicates: int | None = None,
    pair: bool = False,
    where: str,
) -> Question:
    """Ask about the scenarios and parameters of a design, all or some; how it would sample them does not matter.

    pair: it is about two scenarios, not about one

    Raises `InputError` for a design that lists its points, has more than two scenarios, or a parameter that is no number.
    """
    if plan.design.method == "listed":
        raise InputError(where, "lists its points", "give it `[[parameters]]` with ranges")
    if not 1 + pair <= len(plan.scenarios) <= 2:
        wrong = f"has {len(plan.scenarios)} scenario{'' if len(plan.scenarios) == 1 else 's'}"
        right = "give it the two to contrast" if pair else "keep one, or two to contrast"
        raise InputError(where, wrong, right)
    for path, info in plan.infos.items():
        if info.type not in ("int", "float"):
            raise InputError(f"{where}: {path}", "is no number", "leave it out, or set it in `settings`")
    chosen = measure or plan.measures[0]
    if chosen not in MEASURES:
        raise InputError("--measure", f"there is no measure '{chosen}'", f"one of: {', '.join(MEASURES)}")
    measures = tuple(one for one in MEASURES if one in (*plan.measures, chosen))
    design = plan.design.model_copy(update={"replicates": replicates or plan.design.replicates})
    notes: list[str] = []
    _hours(plan.scenarios, "own", notes)
    asked = Question(replace(plan, design=design, measures=measures), chosen, _varied(plan), tuple(notes))
    paths = [_of_side(path, list(plan.scenarios)) for path in parameters]
    for path in paths:
        if path not in plan.infos:
            raise InputError(path, f"does not vary in {where}", f"one of: {', '.join(plan.infos)}")
    return asked.about(paths) if paths else asked


def _cheaper(scenario: Scenario) -> Scenario:
    """Everyday posts as an inflow, which takes a third of the time, unless somebody chose otherwise; as in a trial."""
    if scenario.attention.background != "auto":
        return scenario
    attention = scenario.attention.model_copy(update={"background": "rate"})
    return scenario.model_copy(update={"attention": attention})


def _range_of(text: str, names: Sequence[str]) -> tuple[str, tuple[float, float] | None]:
    """Read `path` or `path=LOW..HIGH`."""
    path, given, limits = text.partition("=")
    path = _of_side(path.strip(), names)
    if not given:
        return path, None
    low, dots, high = limits.partition("..")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = math.nan, math.nan
    if not dots or not ends[0] < ends[1] or not all(math.isfinite(end) for end in ends):
        raise InputError(f"--parameters {path}", f"'{limits}' is no range", f"LOW..HIGH, e.g. {path}=1..10")
    return path, ends


def _swept(path: str, limits: tuple[float, float] | None) -> SweptParameter:
    try:
        return SweptParameter.model_validate({"path": path, "range": limits})
    except ValidationError:
        raise InputError(
            f"--parameters {path[:60]}", "is no path of a parameter", "scenarios/README.md lists them"
        ) from None


def _of_side(path: str, names: Sequence[str]) -> str:
    """`a:path` is of the first scenario, `b:path` of the second, unless scenarios have these names."""
    side, colon, rest = path.partition(":")
    if colon and side not in names and side.lower() in ("a", "b")[: len(names)]:
        return f"{names['ab'.index(side.lower())]}:{rest}"
    return path


def _moves(path: str, scenarios: Mapping[str, Scenario]) -> bool:
    """Whether any scenario uses a parameter."""
    return any(
        is_used(path, scenario) and bool(for_all_entries(scenario, {path: 0}))
        for scenario in scenarios.values()
    )


def _hours(
    scenarios: Mapping[str, Scenario], effort: Literal["auto", "equal", "own"], notes: list[str]
) -> float | None:
    """Staff hours a week that every scenario is to spend; None to leave each what it spends."""
    spent = [effort_of(scenario, scenario.brand)["effort"] for scenario in scenarios.values()]
    same = len(spent) == 2 and is_equal_effort(spent)
    if effort == "own" or len(spent) < 2 or (effort == "auto" and not same):
        if len(spent) == 2:
            words = " against ".join(f"{one:,.0f}" for one in spent)
            notes.append(
                f"Each side spends what it spends ({words} as written), so this need not be a fair contest."
            )
        return None
    first = next(iter(scenarios.values()))
    if spent[0] <= 0.0 or first.costs.staff_hour <= 0.0:
        raise InputError(
            "--effort equal", "the first scenario spends nothing, or its hours cost nothing", "--effort own"
        )
    return spent[0] / first.costs.staff_hour * 7.0 / first.clock.days


def _varied(plan: Plan) -> tuple[Varied, ...]:
    made = []
    for one in plan.design.parameters:
        info = plan.infos[one.path]
        low, high = info.plausible or (math.nan, math.nan)
        if one.values is not None:
            numbers = [float(value) for value in one.values if not isinstance(value, str)]
            low, high = (min(numbers), max(numbers)) if numbers else (math.nan, math.nan)
        owner, _, path = one.path.rpartition(":")
        found = {
            float(value)
            for name, scenario in plan.scenarios.items()
            if values_for(name, {one.path: 0})
            for value in values_at(scenario, path)
            if isinstance(value, int | float)
        }
        words = SampledParameter(path, info.meaning, info.unit, low, high, "uniform", "").short
        made.append(
            Varied(
                one.path,
                f"{words} (of {'AB'[list(plan.scenarios).index(owner)]} alone)" if owner else words,
                info.unit,
                float(low),
                float(high),
                info.scale == "log" and one.values is None and one.normal is None,
                str(info.grade or ""),
                found.pop() if len(found) == 1 else None,
            )
        )
    return tuple(made)
