"""Columns of Arrow tables to and from NumPy without pandas, which pyarrow would load: half a second that most commands save.

Arrow's layout is public: a buffer of values, and one bit each that says whether there is a value.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow

KINDS = {"f": pyarrow.float64(), "i": pyarrow.int64(), "b": pyarrow.bool_()}


def column_of(values: np.ndarray, valid: np.ndarray | None = None) -> pyarrow.Array:
    """Column of 64-bit numbers or truth values; not a number stays one, and null is what is not valid.

    values, valid: shape (rows,)
    """
    kind = KINDS[values.dtype.kind]
    if kind == pyarrow.bool_():
        data = np.packbits(values, bitorder="little")
    else:
        data = np.ascontiguousarray(values, np.float64 if values.dtype.kind == "f" else np.int64)
    return pyarrow.Array.from_buffers(kind, len(values), [_bits(valid), pyarrow.py_buffer(data)])


def texts_of(values: Sequence[str | None]) -> pyarrow.Array:
    """Column of texts; None is null."""
    encoded = [b"" if value is None else value.encode() for value in values]
    ends = np.zeros(len(values) + 1, np.int64)
    np.cumsum([len(one) for one in encoded], out=ends[1:])
    valid = np.array([value is not None for value in values], bool)
    kind = pyarrow.string() if ends[-1] < 2**31 else pyarrow.large_string()
    offsets = ends.astype(np.int32) if kind == pyarrow.string() else ends
    buffers = [_bits(valid), pyarrow.py_buffer(offsets), pyarrow.py_buffer(b"".join(encoded))]
    return pyarrow.Array.from_buffers(kind, len(values), buffers)


def numbers_in(column: pyarrow.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Values of a column of 64-bit numbers (any where it is null), and where it is not; both of shape (rows,)."""
    kind = np.dtype(np.float64 if pyarrow.types.is_floating(column.type) else np.int64)
    values = [
        np.frombuffer(chunk.buffers()[1], kind, len(chunk), chunk.offset * kind.itemsize)
        for chunk in column.chunks
        if len(chunk)
    ]
    valid = [np.from_dlpack(chunk.is_valid().cast(pyarrow.uint8())) for chunk in column.chunks]
    if not values:
        return np.empty(0, kind), np.empty(0, bool)
    return np.concatenate(values), np.concatenate(valid).astype(bool)


def _bits(valid: np.ndarray | None) -> pyarrow.Buffer | None:
    if valid is None or valid.all():
        return None
    return pyarrow.py_buffer(np.packbits(valid, bitorder="little"))
