"""Columns made without pandas are those that pyarrow would have made with it, and come back as they went in."""

import subprocess
import sys

import numpy as np
import pyarrow
import pytest

from worthsharing.experiments.arrow import column_of, numbers_in, texts_of

MASK = np.array([True, False, True, True, False, True, True, True, False, True, True])
COLUMNS = [
    np.arange(11),
    np.append(np.linspace(-1.0, 1.0, 10), np.nan),
    np.arange(11) % 3 == 0,
    np.empty(0),
    np.arange(22)[::2],
]


@pytest.mark.parametrize("values", COLUMNS)
@pytest.mark.parametrize("masked", [False, True])
def test_columns_are_those_of_pyarrow(values: np.ndarray, masked: bool) -> None:
    valid = MASK[: len(values)] if masked else None
    ours = column_of(values, valid)
    ours.validate(full=True)
    expected = pyarrow.array(values, mask=None if valid is None else ~valid, from_pandas=False)
    # not a number is not equal to itself
    assert (ours.type, repr(ours.to_pylist())) == (expected.type, repr(expected.to_pylist()))


@pytest.mark.parametrize("texts", [["a", None, "", "bé\u2028", "a"], [], [None], ["x"] * 9])
def test_texts_are_those_of_pyarrow(texts: list[str | None]) -> None:
    ours = texts_of(texts)
    ours.validate(full=True)
    assert ours.equals(pyarrow.array(texts, pyarrow.string()))


def test_numbers_come_back_from_whole_and_cut_columns() -> None:
    whole = pyarrow.chunked_array([column_of(COLUMNS[0], MASK), column_of(COLUMNS[0] + 11)])
    for column in (whole, whole.slice(3, 12)):
        values, valid = numbers_in(column)
        assert [
            int(v) if there else None for v, there in zip(values, valid, strict=True)
        ] == column.to_pylist()
    values, valid = numbers_in(pyarrow.chunked_array([], pyarrow.float64()))
    assert (values.size, valid.size) == (0, 0)


def test_store_and_table_load_no_pandas() -> None:
    program = """
import sys, tempfile
from pathlib import Path
import worthsharing.experiments.sweep_files as files
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep import forecast, run_sweep
from worthsharing.experiments.sweep_design import plan_of
content = {"scenarios": ["silence"], "settings": ["world.people=20", "clock.days=1"], "replicates": 1,
           "parameters": [{"path": "brand.quality", "values": [0.2, 0.8]}]}
plan, folder = plan_of(content, b"", "tiny", Path()), tempfile.mkdtemp()
for _ in range(2):
    with RunStore(folder) as store:
        found = forecast(plan, store).sweep or run_sweep(plan, store)
files.write_sweep(folder + "/out", found, "a command")
heavy = {"pandas", "scipy.stats", "plotly", "mesa"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
