"""Two processes compile together what any campaign needs, and nobody depends on the second one."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numba
import pytest

from worthsharing.sim import compiling
from worthsharing.sim.draws import world_seed
from worthsharing.sim.jit import CACHE_DIR, JIT
from worthsharing.sim.scenario import Scenario, validate
from worthsharing.sim.world import Campaign, build_world, new_campaign

pytestmark = pytest.mark.skipif(not JIT, reason="nothing is compiled")


def campaign_of(**settings: object) -> Campaign:
    return new_campaign(scenario_of(**settings), world_seed(1, 0))


def scenario_of(**settings: object) -> Scenario:
    return validate({"world": {"people": 60}, "clock": {"days": 2}, **settings}, "test")


@pytest.fixture(autouse=True)
def first_time() -> Iterator[None]:
    compiling.call_for_help.cache_clear()
    yield
    compiling.take_over()
    compiling.call_for_help.cache_clear()


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "is_compiled", lambda: False)
    monkeypatch.setattr(compiling.os, "cpu_count", lambda: 2)


def test_what_is_compiled_ahead_is_what_campaigns_are_made_of(tmp_path: Path) -> None:
    ties = tmp_path / "ties.csv"
    ties.write_text("source,target,weight\na,b,0.5\nb,c,0.2\n")
    for campaign in (
        campaign_of(),
        campaign_of(mechanisms={"visibility": False}),
        campaign_of(attention={"background": "rate"}, rivals=[{"name": "another"}]),
        campaign_of(world={"network": str(ties)}),
    ):
        tables = (
            campaign.world,
            campaign.plan,
            campaign.record,
            campaign.state,
            campaign.messages,
            campaign.sends,
            campaign.drafts,
        )
        assert compiling.kernel_types() == tuple(map(numba.typeof, tables))


@pytest.mark.skipif(CACHE_DIR is None, reason="compiled code cannot be kept")
def test_parts_have_the_types_that_the_whole_asks_for() -> None:
    campaign = campaign_of()
    campaign.advance(campaign.steps)
    compiling.compile_parts()
    # what was compiled with other types would stand beside it; a folder for each place the sources were run from
    for folder in {path.parent for path in Path(str(CACHE_DIR)).rglob("kernel.advance-*.nbc")}:
        for part in ("act", "own_acts", "begin", "publish", "deliver", "close_step"):
            assert len(list(folder.glob(f"kernel.{part}-*.nbc"))) == 1, part


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("executable", ["/bin/false", "/no/such/program"])
def test_nothing_depends_on_the_helper(executable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    world = build_world(scenario_of(), world_seed(1, 0))
    assert len(compiling._helpers) == (executable == "/bin/false")
    campaign = new_campaign(scenario_of(), world_seed(1, 0), world)
    assert compiling._helpers == []
    campaign.advance(campaign.steps)
    other = campaign_of()
    other.advance(other.steps)
    assert (campaign.state.tally == other.state.tally).all()


@pytest.mark.usefixtures("uncompiled")
def test_a_helper_that_does_not_end_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(compiling, "PATIENCE_SECONDS", 0.2)
    world = build_world(scenario_of(), world_seed(1, 0))
    helper = compiling._helpers[0]
    new_campaign(scenario_of(), world_seed(1, 0), world)
    assert helper.poll() not in (None, 0)


def test_nobody_helps_when_nothing_is_to_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "is_compiled", lambda: True)
    build_world(scenario_of(), world_seed(1, 0))
    assert compiling._helpers == []
