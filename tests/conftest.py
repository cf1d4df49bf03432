"""What all tests share: the option --slow, where the shared data are, and code that is compiled once."""

import os
import sys
from pathlib import Path

import diskcache
import pytest
from hypothesis import settings

from worthsharing.sim.run import simulate
from worthsharing.sim.scenario import validate

REPOSITORY = Path(__file__).parents[1]

# a first example may have to compile what it calls, and no test looks at a clock
settings.register_profile("without a clock", parent=settings(), deadline=None)
settings.load_profile("without a clock")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests that take minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow"):
        return
    skip = pytest.mark.skip(reason="takes minutes; run with --slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = Path(os.environ.get("WORTHSHARING_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}; set WORTHSHARING_DATA")
    return folder


@pytest.fixture(scope="session", autouse=True)
def compiled_once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of workers that begin together one compiles, and the others wait, instead of each doing the same work."""
    if not hasattr(request.config, "workerinput"):
        return
    with (
        diskcache.Cache(tmp_path_factory.getbasetemp().parent / "compiling") as shared,
        diskcache.Lock(shared, "kernel", expire=300.0),  # a worker that died keeps nobody
    ):
        simulate(validate({"world": {"people": 50}, "clock": {"days": 1}}, "the first run"), seed=1)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Each test makes its own worlds, whatever the one before it has left in memory."""
    execute = sys.modules.get("worthsharing.experiments.execute")
    if execute is not None:
        execute.forget_worlds()
