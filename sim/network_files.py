"""Networks from files: edge lists (text, Parquet) and GraphML, each mistake named with its place.

Apart from `network.py` because the libraries that parse cost start-up time: nobody pays it who loads no file.
"""

import csv
import gzip
import io
import itertools
import math
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Never

import networkx
import numpy as np
import pandas
import pyarrow
import pyarrow.parquet
from numpy.typing import NDArray

from worthsharing.sim.draws import NOBODY, key_of_text
from worthsharing.sim.errors import InputError
from worthsharing.sim.network import MOST_PEOPLE, Network, from_edges

MOST_BYTES = 4 * 1024**3  # of a file, packed or unpacked
MOST_TIES = 200_000_000  # lines of a file
# An edge list cannot say who has no tie. Where at least so many people are numbered with at most this share
# of gaps, the gaps are taken for them: of 1,005 people in `email-eu-core`, 19 wrote only to themselves
MOST_GAPS, GAPS_FROM = 0.05, 100

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_GZIP_MAGIC = b"\x1f\x8b"
_SOURCE_NAMES = {"source", "from", "src", "node1", "node_1", "user", "user1", "user_1", "follower"}
_TARGET_NAMES = {"target", "to", "dst", "node2", "node_2", "friend", "user2", "user_2", "followee"}
_WEIGHT_NAMES = {"weight", "weights", "w", "strength", "probability"}
_MISSING = {"", "nan"}  # always a missing label
_MISSING_AMONG_NUMBERS = {"na", "n/a", "null", "none"}  # might be somebody's name elsewhere
_EDGE_LIST = "give a line for each tie: source, target and, if there is one, a weight"


@dataclass(frozen=True, eq=False)
class _Ties:
    """What a file says, before people get rows: whole numbers or texts, never both."""

    source: NDArray[np.int64]  # (lines,) a number as in the file, or a place in `texts`
    target: NDArray[np.int64]  # (lines,) likewise
    weights: NDArray[np.float64] | None  # (lines,)
    texts: list[str] | None = None  # (people,) labels in any order; None where labels are numbers
    listed: NDArray[np.int64] | None = None  # all numbers, of a file that lists its people


def load_network(
    path: str | os.PathLike[str],
    *,
    directed: bool = False,
    direction: Literal["heard_by", "follows"] = "heard_by",
) -> Network:
    """Read a network from an edge list or a GraphML file.

    path: `.parquet` (`.pq`), `.graphml`, or text with any other ending; text and GraphML may be gzipped
    directed: whether a line is one tie, source to target, or a mutual one. A GraphML file says so itself
    direction: of a directed tie: `heard_by` if the target sees what the source shares, `follows` if the
        source follows the target, so that the source sees what the target shares

    Text is UTF-8, a tie a line, columns apart by tab, semicolon, comma or blanks (the one that occurs in most
    lines, in this order); lines at the top that begin with # or % are comments. The first row is a header if
    its first two cells are words commonly used there (source, target, from, to, node1, user, ...), or if
    neither is a number while all labels below are whole numbers. Columns called source, target and weight are
    taken wherever they stand; otherwise the first two are the labels and a third is the weight.

    If all labels are whole numbers, they are the keys, and people are sorted by number; a few numbers left
    out of a long range are people without ties (`MOST_GAPS`). Otherwise keys are made from the labels
    (`key_of_text`), and people are sorted by label. Ties to oneself are dropped, repeated ones merged.

    Raises `InputError`, and nothing else, for whatever is wrong with the file.
    """
    if direction not in ("heard_by", "follows"):
        raise InputError("direction", f"unknown direction {direction!r}", "use 'heard_by' or 'follows'")
    where = os.fspath(path)
    file = _checked(where)
    ending = _ending(file)
    if ending in (".parquet", ".pq"):
        ties = _from_parquet(where)
    elif ending == ".graphml":
        ties, directed = _from_graphml(where)
    else:
        ties = _from_text(where, _content(where))
    source, target, keys, labels = _rows(where, ties)
    if directed and direction == "follows":
        source, target = target, source
    try:
        return from_edges(
            source,
            target,
            keys.size,
            directed=directed,
            keys=keys,
            labels=labels,
            weights=ties.weights,
            name=Path(file.name.removesuffix(".gz")).stem,
        )
    except InputError as error:
        raise InputError(where, error.wrong, error.right) from error


def _ending(file: Path) -> str:
    return Path(file.name.lower().removesuffix(".gz")).suffix


def _checked(where: str) -> Path:
    """Path of a readable file of bearable size."""
    file = Path(where)
    try:
        if not file.exists():
            raise InputError(where, "there is no such file", "check the path")
        if file.is_dir():
            raise InputError(where, "is a folder", "name a file in it")
        if not file.is_file():
            raise InputError(where, "is not a regular file", "copy its content to a file first")
        size = file.stat().st_size
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(where, f"cannot be read ({error})", "check the path and the permissions") from error
    if size == 0:
        raise InputError(where, "the file is empty", _EDGE_LIST)
    if size > MOST_BYTES:
        _too_large(where)
    return file


def _too_large(where: str) -> Never:
    raise InputError(where, f"holds more than {MOST_BYTES:,} bytes", "take a sample of the network")


def _too_many(where: str, ties: int) -> Never:
    raise InputError(where, f"holds {ties:,} ties", f"take a sample of at most {MOST_TIES:,}")


def _content(where: str) -> bytes:
    """Bytes of a file, unpacked if it is gzipped (whatever its name), without a byte order mark."""
    try:
        with open(where, "rb") as packed:
            zipped = packed.read(2) == _GZIP_MAGIC or where.lower().endswith(".gz")
            packed.seek(0)
            if zipped:
                with gzip.GzipFile(fileobj=packed) as unpacked:
                    content = unpacked.read(MOST_BYTES + 1)
            else:
                content = packed.read(MOST_BYTES + 1)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise InputError(where, f"the gzip archive is damaged ({error})", "copy or pack it again") from error
    except (OSError, ValueError) as error:
        raise InputError(where, f"cannot be read ({error})", "check the path and the permissions") from error
    if len(content) > MOST_BYTES:
        _too_large(where)
    return content.removeprefix(_BYTE_ORDER_MARK)


# --- text ---


@dataclass(frozen=True)
class _Layout:
    """How the lines of a text are cut, and which of its columns hold what."""

    delimiter: str | None  # None: blanks
    skipped: int  # lines above the first row: comments and empty lines
    first: list[str]  # cells of the first row
    columns: tuple[int, int, int | None]  # of source, target and weight
    named: bool  # the first row is a header by its words
    wordy: bool  # neither label of the first row is a number: a header if all labels below are


def _from_text(where: str, content: bytes) -> _Ties:
    if b"\0" in content:
        raise InputError(where, "is not a text file (it contains zero bytes)", "save it as UTF-8 text")
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = content.count(b"\n")
    if lines > MOST_TIES:
        _too_many(where, lines)
    layout = _layout(where, content)
    numbers = _only_numbers(content, layout)
    return _row_by_row(where, content, layout) if numbers is None else numbers


def _layout(where: str, content: bytes) -> _Layout:
    skipped = 0
    sample: list[str] = []
    try:
        for line in io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="\n"):
            if not sample and (not line.strip() or line.lstrip().startswith(("#", "%"))):
                skipped += 1
            elif line.strip():
                sample.append(line.removesuffix("\n"))
            if len(sample) == 20:
                break
    except UnicodeDecodeError as error:
        _not_text(where, content, error)
    if not sample:
        raise InputError(where, "the file holds no ties", _EDGE_LIST)
    lines_with = {mark: sum(mark in line for line in sample) for mark in "\t;," if mark in sample[0]}
    delimiter = max(lines_with, key=lambda mark: lines_with[mark]) if lines_with else None
    place = f"{where}: line {skipped + 1}"
    try:
        first = next(_cut([sample[0]], delimiter))[1]
    except (csv.Error, StopIteration) as error:
        raise InputError(place, f"cannot be cut into columns ({error})", _EDGE_LIST) from error
    if len(first) < 2:
        raise InputError(place, "there is only one column", _EDGE_LIST)
    names = [cell.casefold() for cell in first]
    usual = names[0] in _SOURCE_NAMES and names[1] in _TARGET_NAMES
    named = usual or {"source", "target"} <= set(names)
    return _Layout(
        delimiter=delimiter,
        skipped=skipped,
        first=first,
        columns=_columns(names) if named else (0, 1, 2 if len(first) > 2 else None),
        named=named,
        wordy=not (_is_number(first[0]) or _is_number(first[1])),
    )


def _columns(names: list[str]) -> tuple[int, int, int | None]:
    """Places of source, target and weight by the names of columns, else the first three."""
    lowered = [name.casefold() for name in names]
    by_name = "source" in lowered and "target" in lowered
    source, target = (lowered.index("source"), lowered.index("target")) if by_name else (0, 1)
    for place, name in enumerate(lowered):
        if name in _WEIGHT_NAMES and place not in (source, target):
            return source, target, place
    return source, target, 2 if len(names) > 2 and {source, target} == {0, 1} else None


def _cut(lines: Iterable[str], delimiter: str | None) -> Iterator[tuple[int, list[str]]]:
    """Cells of each row and the number of its (last) line, from 1; empty lines are no rows."""
    if delimiter is None:
        for number, line in enumerate(lines, 1):
            cells = line.split()
            if cells:
                yield number, cells
    else:
        reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
        for row in reader:
            if len(row) > 1 or any(cell.strip() for cell in row):
                yield reader.line_num, [cell.strip() for cell in row]


def _not_text(where: str, content: bytes, error: UnicodeDecodeError) -> Never:
    line = 1
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as exact:
        line += content.count(b"\n", 0, exact.start)
    raise InputError(f"{where}: line {line}", "is not UTF-8 text", "save the file as UTF-8") from error


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_whole(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").removeprefix("+").isdigit()


def _only_numbers(content: bytes, layout: _Layout) -> _Ties | None:
    """Parse the common case at full speed; None if anything is unusual, which the slow way then names."""
    width = len(layout.first)
    if width > 3:
        return None  # rows that are too short would pass unseen
    begin = 0
    for _ in range(layout.skipped + (1 if layout.named or layout.wordy else 0)):
        begin = content.find(b"\n", begin) + 1
        if begin == 0:
            return None
    try:
        table = pandas.read_csv(
            io.BytesIO(content[begin:]),
            sep=r"\s+" if layout.delimiter is None else layout.delimiter,
            header=None,
            names=list(range(width)),
            keep_default_na=False,
            skipinitialspace=True,
            low_memory=False,
            encoding="utf-8",
        )
    except (ValueError, OverflowError):  # what pandas raises for malformed rows and text
        return None
    source, target, weight = layout.columns
    if len(table) == 0 or not isinstance(table.index, pandas.RangeIndex):
        return None
    ends = table[[source, target]]
    if any(kind != np.int64 for kind in ends.dtypes) or ends.to_numpy().min() < 0:
        return None
    if ends.to_numpy().max() >= NOBODY:
        return None
    weights = None
    if weight is not None:
        if table[weight].dtype not in (np.int64, np.float64):
            return None
        weights = table[weight].to_numpy(np.float64)
        if not np.isfinite(weights).all() or weights.min() < 0.0:
            return None
    return _Ties(table[source].to_numpy(), table[target].to_numpy(), weights)


def _row_by_row(where: str, content: bytes, layout: _Layout) -> _Ties:
    """Parse row by row, so that each mistake is named where it stands."""
    source, target, weight = layout.columns
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="\n")
    rows = _cut(itertools.islice(lines, layout.skipped, None), layout.delimiter)
    labels = _Labels(where)
    weights: list[float] = []
    ends: list[int] = []
    line = layout.skipped
    first: tuple[int, list[str]] | None = None

    def take(line: int, cells: list[str]) -> None:
        if weight is not None:
            weights.append(_weight(f"{where}: line {line}", cells[weight]))
        ends.extend(labels.place(f"line {line}", cells[column]) for column in (source, target))

    try:
        for number, cells in rows:
            line = layout.skipped + number
            if len(cells) != len(layout.first):
                has = "1 column" if len(cells) == 1 else f"{len(cells)} columns"
                wrong = f"has {has}, the first row {len(layout.first)}"
                raise InputError(f"{where}: line {line}", wrong, "give each row as many")
            if first is None:
                first = line, cells
                if layout.named or layout.wordy:
                    continue
            take(line, cells)
    except UnicodeDecodeError as error:
        _not_text(where, content, error)
    except csv.Error as error:
        place = f"{where}: line {line + 1}"
        raise InputError(place, f"cannot be cut into columns ({error})", _EDGE_LIST) from error
    if first is not None and layout.wordy and not layout.named and not labels.only_numbers():
        take(*first)
    if not ends:
        raise InputError(where, "there is a header but no tie below it", _EDGE_LIST)
    return replace(labels.ties(ends, weights if weight is not None else None), listed=None)


def _weight(place: str, text: object) -> float:
    """Weight of a tie, finite and 0 or more."""
    try:
        weight = float(text)  # type: ignore[arg-type]  # whatever it is, it is a number or an error
    except (TypeError, ValueError, OverflowError):
        weight = math.nan
    if not (math.isfinite(weight) and weight >= 0.0):
        raise InputError(place, f"the weight {text!r} is wrong", "give a finite number of 0 or more")
    return weight


class _Labels:
    """Labels in the order in which they occur, and where each did so first."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.places: dict[str, int] = {}
        self.seen_in: list[str] = []

    def place(self, line: str, label: str) -> int:
        """Place of a label in this order."""
        place = self.places.get(label)
        if place is None:
            if label.casefold() in _MISSING:
                raise InputError(
                    f"{self.where}: {line}", "a label is missing", "name a source and a target for each tie"
                )
            place = self.places[label] = len(self.places)
            self.seen_in.append(line)
        return place

    def only_numbers(self) -> bool:
        """Whether there are labels and all of them are whole numbers (negative or missing ones included)."""
        others = [label for label in self.places if label.casefold() not in _MISSING_AMONG_NUMBERS]
        return bool(others) and all(map(_is_whole, others))

    def ties(self, ends: list[int], weights: list[float] | None) -> _Ties:
        """Ties between the labels at these places, sources and targets in turn."""
        pairs = np.array(ends, np.int64).reshape(-1, 2)
        given = None if weights is None else np.array(weights, np.float64)
        if not self.only_numbers():
            return _Ties(pairs[:, 0], pairs[:, 1], given, texts=list(self.places))
        numbers = np.empty(len(self.places), np.int64)
        for place, label in enumerate(self.places):
            line = f"{self.where}: {self.seen_in[place]}"
            if not _is_whole(label):
                raise InputError(
                    line, f"{label!r} among numbers: a label is missing", "name two people for each tie"
                )
            # many digits take Python long to read
            number = int(label) if len(label) < 40 else NOBODY
            if number < 0:
                raise InputError(line, f"the number {number} is negative", "number people from 0")
            if number >= NOBODY:
                raise InputError(line, f"the number {label[:40]} is too large", f"stay below {NOBODY}")
            numbers[place] = number
        return _Ties(numbers[pairs[:, 0]], numbers[pairs[:, 1]], given, listed=numbers)


# --- Parquet ---


def _from_parquet(where: str) -> _Ties:
    wish = "write a table with columns source, target and, if there is one, weight"
    try:
        with pyarrow.parquet.ParquetFile(where) as file:
            lines, names = file.metadata.num_rows, file.schema_arrow.names
            if len(names) < 2:
                raise InputError(where, f"has {len(names)} column{'' if len(names) == 1 else 's'}", wish)
            if lines == 0:
                raise InputError(where, "the table has no rows", wish)
            if lines > MOST_TIES:
                _too_many(where, lines)
            groups = map(file.metadata.row_group, range(file.num_row_groups))
            if sum(group.total_byte_size for group in groups) > MOST_BYTES:
                _too_large(where)
            places = _columns(names)
            table = file.read(columns=[names[place] for place in places if place is not None])
            table.validate(full=True)  # damaged text is not UTF-8, which would show only where it is used
            columns = [None if place is None else table.column(names[place]) for place in places]
    except InputError:
        raise
    except Exception as error:  # damaged files raise from a dozen classes of pyarrow, and plain ones
        raise InputError(where, f"cannot be read as Parquet ({_brief(error)})", wish) from error
    source, target, weight = columns
    assert source is not None
    assert target is not None
    for name, column in (("source", source), ("target", target)):
        if column.null_count:
            row = column.is_null().index(True).as_py() + 1
            raise InputError(f"{where}: row {row}", f"the {name} is missing", "name two people for each tie")
    if weight is not None:
        kind = weight.type
        if not (pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind)):
            raise InputError(where, f"the weight column holds {kind}", "give finite numbers of 0 or more")
        if weight.null_count:
            row = weight.is_null().index(True).as_py() + 1
            raise InputError(f"{where}: row {row}", "the weight is missing", "give each tie one or none")
    weights = None if weight is None else weight.to_numpy().astype(np.float64)
    if weights is not None:
        wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0.0)))
        if wrong.size:
            _weight(f"{where}: row {wrong[0] + 1}", float(weights[wrong[0]]))
    if pyarrow.types.is_integer(source.type) and pyarrow.types.is_integer(target.type):
        ends = [column.to_numpy() for column in (source, target)]
        for values in ends:
            wrong = np.flatnonzero((values < 0) | (values >= NOBODY))
            if wrong.size:
                row, number = wrong[0] + 1, values[wrong[0]]
                raise InputError(
                    f"{where}: row {row}", f"the number {number} is out of range", "number from 0"
                )
        return _Ties(ends[0].astype(np.int64), ends[1].astype(np.int64), weights)
    labels = _Labels(where)
    places_of = [
        [
            labels.place(f"row {row}", _label_text(where, value))
            for row, value in enumerate(column.to_pylist(), 1)
        ]
        for column in (source, target)
    ]
    ties = labels.ties(list(itertools.chain.from_iterable(zip(*places_of, strict=True))), None)
    return replace(ties, weights=weights, listed=None)


def _label_text(where: str, value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return str(value).strip()
    kind = type(value).__name__
    raise InputError(where, f"labels are of type {kind}", "give whole numbers or text")


def _brief(error: Exception) -> str:
    """First line of an error's message, not too long."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


# --- GraphML ---


def _from_graphml(where: str) -> tuple[_Ties, bool]:
    wish = "write it again with the program that made it"
    content = _content(where)
    if not content:
        raise InputError(where, "the file is empty", wish)
    try:
        graph = networkx.read_graphml(io.BytesIO(content))
        directed = graph.is_directed()
        nodes = [str(node).strip() for node in graph.nodes]
        edges = [
            (str(a).strip(), str(b).strip(), data.get("weight")) for a, b, data in graph.edges(data=True)
        ]
    except Exception as error:  # networkx raises whatever its reading meets, from KeyError to AttributeError
        raise InputError(where, f"cannot be read as GraphML ({_brief(error)})", wish) from error
    if not edges:
        raise InputError(where, "the graph has no edges", "give at least one tie")
    if len(edges) > MOST_TIES:
        _too_many(where, len(edges))
    labels = _Labels(where)
    for node in nodes:
        labels.place("a node", node)
    weighted = [weight is not None for _, _, weight in edges]
    weights = None
    if any(weighted):
        if not all(weighted):
            a, b, _ = edges[weighted.index(False)]
            raise InputError(
                f"{where}: edge {a} to {b}", "has no weight, others have one", "weight all or none"
            )
        weights = [_weight(f"{where}: edge {a} to {b}", weight) for a, b, weight in edges]
    ends = [labels.place("an edge", label) for a, b, _ in edges for label in (a, b)]
    return labels.ties(ends, weights), directed


# --- people ---


def _rows(
    where: str, ties: _Ties
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], tuple[str, ...]]:
    """Rows of sources and targets, keys and labels; people sorted by number, or else by label."""
    if ties.texts is not None:
        order = sorted(range(len(ties.texts)), key=ties.texts.__getitem__)
        labels = tuple(ties.texts[place] for place in order)
        row_of = np.empty(len(order), np.int64)
        row_of[order] = np.arange(len(order))
        return row_of[ties.source], row_of[ties.target], _keys(where, labels), labels
    listed = () if ties.listed is None else (ties.listed,)
    keys, rows = np.unique(np.concatenate((ties.source, ties.target, *listed)), return_inverse=True)
    if keys.size > MOST_PEOPLE:
        raise InputError(where, f"holds {keys.size:,} people", f"take a sample of at most {MOST_PEOPLE:,}")
    span = int(keys[-1]) - int(keys[0]) + 1
    if ties.listed is None and keys.size >= GAPS_FROM and span - keys.size <= MOST_GAPS * span:
        rows = keys[rows] - keys[0]
        keys = np.arange(keys[0], keys[0] + span)
    lines = ties.source.size
    return rows[:lines], rows[lines : 2 * lines], keys, tuple(map(str, keys.tolist()))


def _keys(where: str, labels: tuple[str, ...]) -> NDArray[np.int64]:
    owners: dict[int, str] = {}
    for label in labels:
        other = owners.setdefault(key_of_text(label), label)
        if other != label:
            raise InputError(
                where, f"the labels {other!r} and {label!r} get the same key", "rename one of them"
            )
    return np.fromiter(owners, np.int64, len(owners))
