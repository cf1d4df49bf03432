"""What these tests share: two campaigns compared bit by bit."""

import hashlib
from collections.abc import Callable

import numpy as np
import pytest

from worthsharing.sim.state import Progress
from worthsharing.sim.world import Campaign

# whom an engine has listed, when they look next, and where it stopped for more room: each does that in its own way
TRANSIENT_TABLES = ("busy", "visit_at", "due", "visit_due", "visits")
TRANSIENT_NUMBERS = (Progress.BUSY, Progress.BUSY_DONE)


def tables_of(campaign: Campaign) -> dict[str, bytes]:
    """Every table of a campaign, byte by byte, up to what is in use: unlike numbers, NaN is NaN and −0 is not 0."""
    progress = campaign.state.progress.copy()
    progress[list(TRANSIENT_NUMBERS)] = 0
    tables = {
        **{name: table for name, table in campaign.state._asdict().items() if name not in TRANSIENT_TABLES},
        "progress": progress,
        "messages": campaign.messages[: progress[Progress.MESSAGES]],
        "sends": campaign.sends[: progress[Progress.SENDS]],
    }
    return {name: bytes_of(table) for name, table in tables.items()}


def bytes_of(table: np.ndarray) -> bytes:
    """Bytes of a table, field by field: the gaps between the fields of a record hold anything."""
    if table.dtype.names is None:
        return table.tobytes()
    return b"".join(table[name].tobytes() for name in table.dtype.names)


def digest(campaign: Campaign) -> str:
    """Fingerprint of all tables; for other processes, which have no fixtures."""
    content = tables_of(campaign)
    return hashlib.sha256(b"".join(name.encode() + content[name] for name in sorted(content))).hexdigest()


def tables_that_differ(one: Campaign, other: Campaign) -> list[str]:
    first, second = tables_of(one), tables_of(other)
    return [name for name in first if first[name] != second[name]]


@pytest.fixture(scope="session")
def digest_of() -> Callable[[Campaign], str]:
    return digest


@pytest.fixture(scope="session")
def differing() -> Callable[[Campaign, Campaign], list[str]]:
    return tables_that_differ
