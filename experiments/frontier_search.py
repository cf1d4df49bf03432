"""Search the settings of strategies for more reach and less backlash: Optuna proposes, our runner runs, our store keeps."""

import warnings
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import optuna

from worthsharing.experiments.execute import Workers
from worthsharing.experiments.frontier import (
    Candidate,
    Frontier,
    Strategy,
    affordable,
    candidate,
    outcomes_of,
    placed_on,
)
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep_design import Value
from worthsharing.sim.errors import InputError

AT_ONCE = (
    8  # proposals between two answers, whatever the workers, so that the same seed makes the same search
)
MOST_PROPOSALS = 20  # for each that is to be run: those over the budget cost nothing


def search_frontier(
    strategies: Sequence[Strategy],
    *,
    settings: int = 64,
    replicates: int = 40,
    seed: int = 1,
    budget: float | None = None,
    workers: Workers = None,
    store: RunStore | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Frontier:
    """Place every strategy as it stands, and so many settings that a multi-objective search has chosen.

    strategies: as `strategies_of(…, searched=True)` reads them; settings: how many are run beside them
    progress: called with worlds done and worlds in all

    Source: multi-objective tree-structured Parzen estimator, Ozaki et al. 2022, by Optuna.
    """
    varied = {one.name: one for one in strategies if one.plan is not None}
    if not varied:
        raise InputError("--search", "there is nothing to vary", "add --vary PATH=LOW:HIGH")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(
            seed=seed % 2**32, n_startup_trials=16, group=True, multivariate=True
        )
    study = optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)
    chosen = [candidate(one, {}) for one in strategies]
    seen = {one.scenario.key for one in chosen}
    values: list[np.ndarray] = []
    total = replicates * (settings + len(chosen))

    def run(batch: list[Candidate]) -> np.ndarray:
        before = replicates * len(values)
        told = None if progress is None else lambda done: progress(before + done * len(batch), total)
        found = outcomes_of(
            batch, replicates=replicates, seed=seed, workers=workers, store=store, progress=told
        )
        values.extend(found)
        return found.mean(axis=1)

    run([one for one in chosen if affordable(one, budget)])
    tried = proposed = 0
    while tried < settings and proposed < MOST_PROPOSALS * settings:
        trials = [study.ask() for _ in range(min(AT_ONCE, settings - tried))]
        proposed += len(trials)
        found = [(trial, _proposed(trial, varied)) for trial in trials]
        fresh: list[tuple[optuna.Trial, Candidate]] = []
        for trial, one in found:
            if one is None or not affordable(one, budget) or one.scenario.key in seen:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                seen.add(one.scenario.key)
                fresh.append((trial, one))
        if fresh:
            for (trial, one), means in zip(fresh, run([one for _, one in fresh]), strict=True):
                study.tell(trial, [float(mean) for mean in means])
                chosen.append(one)
                tried += 1
    return placed_on(
        chosen, np.array(values), replicates=replicates, seed=seed, budget=budget, proposed=proposed
    )


def _proposed(trial: optuna.Trial, varied: Mapping[str, Strategy]) -> Candidate | None:
    """The setting that a trial stands for; None if its values cannot be together."""
    name = trial.suggest_categorical("strategy", list(varied))
    plan = varied[name].plan
    assert plan is not None
    point: dict[str, Value] = {}
    for one in plan.design.parameters:
        info, place = plan.infos[one.path], f"{name} {one.path}"
        low, high = info.plausible or (0.0, 1.0)
        if one.values is not None:
            listed = list(one.values)
            point[one.path] = listed[trial.suggest_categorical(place, range(len(listed)))]
        elif info.type == "int":
            point[one.path] = trial.suggest_int(place, round(low), round(high))
        else:
            point[one.path] = trial.suggest_float(place, low, high, log=info.scale == "log")
    try:
        return candidate(varied[name], point)
    except InputError:
        return None
