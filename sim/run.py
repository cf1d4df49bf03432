"""One run: `simulate` turns a scenario and a replicate into a `RunResult`, and touches nothing else."""

import functools
import platform
from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal, NamedTuple

from worthsharing.sim.draws import world_seed
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST
from worthsharing.sim.measures import DAILY, MEASURES
from worthsharing.sim.network import Network
from worthsharing.sim.scenario import Scenario
from worthsharing.sim.state import Bytes, Floats, Longs, Progress, Records, World
from worthsharing.sim.world import Campaign, build_world, new_campaign

Engine = Literal["bulk", "agents"]
MAX_SEED = 2**63 - 1


class RunId(NamedTuple):
    """What makes a run the same run: the engine is no part of it."""

    scenario: str  # Scenario.key
    rules: str  # RULES_DIGEST
    seed: int
    replicate: int


@dataclass(frozen=True, eq=False)
class RunResult:
    """What came of one run. Shapes: (people, brands) unless said; column 0 is the focal brand."""

    scenario: Scenario
    seed: int
    replicate: int
    people: int
    tally: Longs  # (days, brands + 1, Tally): the last row is of everyday talk
    closings: Records  # (days, brands) of CLOSINGS
    first_follows: Bytes  # follows when the run began
    learned: Longs  # (brands, topics) questions and reactions that a listening brand has counted
    topic_exponents: Floats  # (topics,) see `rules.interest`
    follows: Bytes
    attitude: Floats
    pairs: Records
    messages: Records  # (messages,)
    sends: Records  # (sends,)
    evicted: int  # items pushed out of a full feed

    @property
    def id(self) -> RunId:
        """What makes it the same run; made when it is asked for, since the fingerprint takes longer than most measures."""
        return RunId(self.scenario.key, RULES_DIGEST, self.seed, self.replicate)

    def measures(
        self, silence: "RunResult | None" = None, only: Collection[str] | None = None
    ) -> dict[str, float]:
        """Measures by their id; those that subtract silence are left out when it is not given.

        only: ids of those that are wanted, in this order; all by default
        """
        return {
            id_: MEASURES[id_].value(self, silence)
            for id_ in (MEASURES if only is None else only)
            if silence is not None or not MEASURES[id_].paired
        }

    def daily(self, silence: "RunResult | None" = None) -> dict[str, Floats]:
        """Every daily measure by its id, shape (days,); those that subtract silence need it."""
        values = {}
        for id_, measure in DAILY.items():
            if not measure.paired:
                values[id_] = measure.compute(self)
            elif silence is not None:
                values[id_] = measure.compute(self) - measure.compute(silence)
        return values


def simulate(
    scenario: Scenario,
    replicate: int = 0,
    *,
    seed: int = 1,
    engine: Engine = "bulk",
    built: tuple[World, Network] | None = None,
) -> RunResult:
    """Run one campaign in one world.

    replicate: number of the world, 0 or more; two scenarios with one replicate meet the same people with the same luck
    seed: integer that a person types, 0 to 2^63 − 1
    engine: `bulk` for speed, `agents` for Mesa agents acting one by one; the results are the same bits
    built: the world, if it was built before by `build_world`

    Raises `InputError` for a network or a person that is not there.
    """
    check_seed(seed)
    if engine == "agents":
        # Mesa takes two seconds to import, and the bulk engine makes no agents
        from worthsharing.sim.model import CampaignModel

        model = CampaignModel(scenario, replicate, seed, engine="agents", built=built)
        at_start = model.campaign.state.follows.copy()
        model.run()
        return result_of(model.campaign, seed, replicate, at_start)
    campaign = new_campaign(scenario, world_seed(seed, replicate), built)
    at_start = campaign.state.follows.copy()
    campaign.advance(campaign.steps)
    return result_of(campaign, seed, replicate, at_start)


def check_seed(seed: int) -> None:
    """Raise `InputError` unless a seed can be used."""
    if not 0 <= seed <= MAX_SEED:
        raise InputError("--seed", f"{seed} is out of bounds", f"a whole number from 0 to {MAX_SEED}")


def result_of(campaign: Campaign, seed: int, replicate: int, first_follows: Bytes) -> RunResult:
    """Gather the result of a campaign that has run to its end."""
    state = campaign.state
    return RunResult(
        scenario=campaign.scenario,
        seed=seed,
        replicate=replicate,
        people=campaign.world.people,
        tally=state.tally,
        closings=state.closings,
        first_follows=first_follows,
        learned=state.learned,
        topic_exponents=campaign.world.topic_exponents,
        follows=state.follows,
        attitude=state.attitude,
        pairs=state.pairs,
        messages=campaign.messages[: int(state.progress[Progress.MESSAGES])],
        sends=campaign.sends[: int(state.progress[Progress.SENDS])],
        evicted=int(state.progress[Progress.EVICTED]),
    )


def provenance() -> dict[str, str]:
    """What the numbers of a run depend on besides its scenario and its seed."""
    packages = ("worthsharing", "numba", "numpy", "scipy", "pydantic")
    return {
        "rules": RULES_DIGEST,
        "python": platform.python_version(),
        "machine": platform.machine(),
        **{package: _version(package) for package in packages},
    }


_version = functools.cache(version)  # which reads a file each time


__all__ = ["Engine", "RunId", "RunResult", "build_world", "check_seed", "provenance", "result_of", "simulate"]
