"""Exports of a brand's posts: what a page's statistics say of each post, each mistake named with its place.

Facebook Page Insights, Meta Business Suite and X (Twitter) analytics are known by the names of their columns; other
tables are read with `column=field` pairs.
"""

import csv
import difflib
import gzip
import io
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Never, get_args

import numpy as np
import pandas as pd

from worthsharing.sim.errors import InputError
from worthsharing.sim.run import RunResult
from worthsharing.sim.scenario import PostKind

MOST_BYTES = 500_000_000  # of a file, packed or unpacked: a million posts with their texts
MOST_NOTED = 8  # values that a note lists
FIRST_YEAR, LAST_YEAR = 2004, 2100  # Facebook's first year; later than the other is a slip of the pen
HEADER_WITHIN = 20  # lines in which the header is looked for
SIMULATED_FROM = "2024-01-01"  # a Monday: the day 0 of simulated posts

FIELDS: Mapping[str, str] = {
    "date": "when it was posted",
    "type": "what form it has: photo, link, video …",
    "kind": "what it is for: offer, product, useful, entertaining",
    "reach": "people who saw it",
    "reach_organic": "of these, reached without paying",
    "reach_paid": "of these, reached by paying",
    "reach_fans": "of these, followers of the page",
    "impressions": "times that it was seen",
    "followers": "followers of the page on that day",
    "paid": "whether it was paid for (1 or 0, yes or no)",
    "shares": "times that it was passed on",
    "likes": "likes or reactions",
    "comments": "comments or replies",
    "negative": "people who hid it or the page, or reported it",
}
IGNORE = "ignore"
COUNTS = (
    "reach",
    "reach_organic",
    "reach_paid",
    "reach_fans",
    "impressions",
    "followers",
    "shares",
    "likes",
    "comments",
    "negative",
)

# Names of columns in lower case, everything but letters and digits as one blank; the first that is there is taken.
# A name that ends in … stands for all that begin so: their cells are empty where Facebook counted nobody.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "date": (
        "posted", "publish time", "publish date", "published", "time", "posted at", "post date", "post time",
        "time posted", "created at", "created time", "timestamp", "date",
    ),
    "type": ("type", "post type", "media type", "content type", "format"),
    "kind": ("kind", "category", "content category"),
    "reach": (
        "reach", "lifetime post total reach", "post total reach", "total reach", "people reached", "post reach",
        "accounts reached", "lifetime total reach",
    ),
    "reach_organic": ("reach organic", "lifetime post organic reach", "organic reach", "post organic reach"),
    "reach_paid": ("reach paid", "lifetime post paid reach", "paid reach", "post paid reach"),
    "reach_fans": (
        "reach fans", "lifetime post reach by people who like your page", "fan reach",
        "reach by people who like your page", "reach from followers",
    ),
    "impressions": (
        "impressions", "lifetime post total impressions", "post total impressions", "total impressions", "views",
        "post impressions",
    ),
    "followers": ("page likes", "page total likes", "page followers", "lifetime total likes", "followers", "fans"),
    "paid": ("paid", "is paid", "promoted", "funded content status"),
    "shares": (
        "shares", "reposts", "retweets", "lifetime talking about this post by action type share",
        "lifetime post stories by action type share", "post shares", "share", "shares on post",
    ),
    "likes": (
        "likes", "reactions", "lifetime talking about this post by action type like",
        "lifetime post stories by action type like", "post reactions", "like", "likes on post",
    ),
    "comments": (
        "comments", "replies", "lifetime talking about this post by action type comment",
        "lifetime post stories by action type comment", "post comments", "comment", "comments on post",
    ),
    "negative": (
        "negative users", "lifetime negative feedback from users", "negative feedback from users", "negative feedback",
        "lifetime negative feedback", "negative",
    ),
}  # fmt: skip
_EMPTY_IS_NONE = "by action type"  # Facebook leaves these cells empty where nobody did it
_MISSING = {"", "-", "–", "—", "n/a", "na", "nan", "null", "none", "#n/a", "lifetime"}
_TOTALS = {"total", "totals", "grand total", "sum", "average", "mean", "gesamt", "summe"}
_YES, _NO = (
    {"1", "yes", "true", "paid", "promoted", "boosted"},
    {"0", "no", "false", "organic", "unpaid", "none"},
)
_KINDS: Mapping[str, PostKind] = {
    "offer": "offer", "offers": "offer", "voucher": "offer", "contest": "offer", "promotion": "offer",
    "discount": "offer", "deal": "offer", "sale": "offer",
    "product": "product", "products": "product", "advertisement": "product",
    "useful": "useful", "help": "useful", "tip": "useful", "how to": "useful", "information": "useful",
    "entertaining": "entertaining", "entertainment": "entertaining", "inspiration": "entertaining", "fun": "entertaining",
}  # fmt: skip
_MONTH_FIRST = ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y")
_DAY_FIRST = ("%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y")
_ANY_ORDER = (
    "%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%Y-%m-%d", "%a, %b %d, %Y", "%a %b %d, %Y", "%b %d, %Y", "%B %d, %Y",
    "%d %B %Y", "%d %b %Y", "%a %b %d %Y",
)  # fmt: skip
_TIMES = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %I:%M %p",
    " %I:%M:%S %p",
    ", %H:%M",
    ", %H:%M:%S",
    ", %I:%M %p",
    ", %I:%M:%S %p",
)
_A_TABLE = "give a table with a header and one row for each post: date, reach, shares, likes, comments"


@dataclass(frozen=True, eq=False)
class Posts:
    """What a file says of a page's posts.

    table: one row a post; `row` as a spreadsheet counts it, `date` (NaT if unknown), `type` and `kind` as texts
        (`kind` one of the schema's, or empty), `paid` (True, False or NA), and those `COUNTS` that the file has
        (not a number where a cell is empty)
    columns: the column of the file that each field was read from
    notes: what was left out or taken for something, in sentences
    """

    name: str
    table: pd.DataFrame
    columns: Mapping[str, str]
    notes: tuple[str, ...]

    def has(self, field: str) -> bool:
        """Whether the file says anything about a field."""
        return field in self.table and bool(self.table[field].notna().any())


def read_posts(path: str | Path, *, columns: Sequence[str] = (), kinds: Sequence[str] = ()) -> Posts:
    """Read an export of posts: CSV, TSV or semicolons, also gzipped, in UTF-8, UTF-16 or Latin-1.

    columns: `column=field` pairs for columns that are not recognised, field one of `FIELDS` or `ignore`
    kinds: `value=kind` pairs that say what the values of the kind (or type) column are, kind one of the schema's

    Rows of totals, repeated headers and a row of descriptions below the header are left out, and noted. Thousands
    separators and decimal signs are told apart by column, since people come in whole numbers.

    Raises `InputError`, and nothing else, for whatever is wrong with the file.
    """
    where = str(path)
    notes: list[str] = []
    text = _text(where, notes)
    delimiter, lines_above, header = _header(where, text, columns)
    cells = _cells(where, text, delimiter, lines_above, len(header))
    places = _places(where, header, cells, columns, notes)
    cells = _only_posts(where, header, cells, places, notes)
    table = pd.DataFrame({"row": cells.index.to_numpy()})
    for field, place in places.items():
        column, name = cells[place].reset_index(drop=True), header[place]
        if field in COUNTS:
            table[field] = _counts(where, name, column, table["row"])
            if _EMPTY_IS_NONE in _plain(name):
                table[field] = table[field].fillna(0.0)
        elif field == "date":
            table[field] = _dates(where, name, column, table["row"], notes)
        elif field == "paid":
            table[field] = _switches(where, name, column, table["row"])
        else:
            table[field] = column.str.strip()
    table["kind"] = _kinds(where, table, places, header, kinds, notes)
    return Posts(
        name=Path(Path(where).name.removesuffix(".gz")).stem,
        table=table,
        columns={field: header[place] for field, place in places.items()},
        notes=tuple(notes),
    )


def simulated_posts(run: RunResult, *, from_day: float = 0.0) -> pd.DataFrame:
    """Posts of the focal brand in a run, as a page would export them: a table that `read_posts` reads from a file.

    from_day: leave out what was posted before

    Reach is the number of times that somebody saw the post, by whatever way: the model's chances are per sighting.
    Negative feedback is not there, for a run does not note which post made somebody leave.
    """
    messages = run.messages[(run.messages["brand"] == 0) & (run.messages["series"] >= 0)]
    messages = messages[messages["time"] >= 24.0 * from_day]
    days = np.minimum((messages["time"] // 24.0).astype(np.int64), run.closings.shape[0] - 1)
    kinds = [series.kind for series in run.scenario.brand.series]
    return pd.DataFrame(
        {
            "date": pd.Timestamp(SIMULATED_FROM) + pd.to_timedelta(messages["time"], unit="h"),
            "kind": [kinds[number] for number in messages["series"].tolist()],
            "reach": messages["impressions"].astype(np.int64),
            "followers": run.closings["followers"][days, 0].astype(np.int64),
            "shares": messages["shares"].astype(np.int64),
            "likes": messages["likes"].astype(np.int64),
            "comments": (messages["engagements"] - messages["likes"] - messages["shares"]).astype(np.int64),
        }
    )


# ---- text ---------------------------------------------------------------------------------------------------------


def _text(where: str, notes: list[str]) -> str:
    content = _content(where)
    if not content.strip():
        raise InputError(where, "the file is empty", _A_TABLE)
    if content.startswith(b"PK\x03\x04") or content.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(where, "is an Excel workbook", "save the sheet as CSV first (File, Save as)")
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(where, content, "utf-16")
    elif b"\0" in content[:4000]:
        zeros = content[:4000][::2].count(0), content[:4000][1::2].count(0)
        if max(zeros) < 0.3 * len(content[:4000]) / 2:
            raise InputError(where, "is not a text file (it contains zero bytes)", "save the table as CSV")
        return _decoded(where, content, "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        notes.append("The file is not UTF-8; it was read as Latin-1 (Windows-1252).")
        return content.decode("cp1252", errors="replace")


def _decoded(where: str, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            where, f"begins like UTF-16 but is not (byte {error.start})", "save it as UTF-8"
        ) from None


def _content(where: str) -> bytes:
    file = Path(where)
    try:
        if file.is_dir():
            raise InputError(where, "is a folder", "name a file in it")
        if file.exists() and not file.is_file():
            raise InputError(where, "is not a regular file", "copy its content to a file first")
        with open(file, "rb") as packed:
            zipped = packed.read(2) == b"\x1f\x8b" or where.lower().endswith(".gz")
            packed.seek(0)
            if zipped:
                with gzip.GzipFile(fileobj=packed) as unpacked:
                    content = unpacked.read(MOST_BYTES + 1)
            else:
                content = packed.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise InputError(where, "there is no such file", "check the path") from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise InputError(where, f"the gzip archive is damaged ({error})", "copy or pack it again") from None
    except InputError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(where, f"cannot be read: {reason}", "check the path and its permissions") from None
    if len(content) > MOST_BYTES:
        raise InputError(where, f"holds more than {MOST_BYTES:,} bytes", "leave out the texts of the posts")
    return content


def _header(where: str, text: str, columns: Sequence[str]) -> tuple[str, int, list[str]]:
    """Delimiter, lines above the header, and its cells: the first line with two known names, else the first line."""
    known = {name for names in _NAMES.values() for name in names}
    known |= {_plain(pair.rpartition("=")[0]) for pair in columns}
    if not text.strip():
        raise InputError(where, "the file is empty", _A_TABLE)
    head = [line for _, line in zip(range(HEADER_WITHIN), io.StringIO(text, newline=None), strict=False)]
    best: tuple[int, int, str, list[str]] | None = None
    for number in range(len(head)):
        for delimiter in "\t;,|":
            try:
                # a header may be broken into lines within a cell
                cells = next(csv.reader(head[number:], delimiter=delimiter), [])
            except csv.Error:
                continue
            score = len({_plain(cell) for cell in cells} & known)
            if len(cells) > 1 and score >= 2 and (best is None or score > best[0]):
                best = score, number, delimiter, cells
        if best is not None:
            return best[2], best[1], [cell.strip() for cell in best[3]]
    first = next((number for number, line in enumerate(head) if line.strip()), 0)
    if re.fullmatch(r"sep=.\s*", head[first]) and first + 1 < len(head):
        first += 1
    delimiter = max("\t;,|", key=head[first].count)
    try:
        cells = [cell.strip() for cell in next(csv.reader(head[first:], delimiter=delimiter))]
    except (csv.Error, StopIteration) as error:
        raise InputError(where, f"cannot be cut into columns ({error})", _A_TABLE) from None
    return delimiter, first, cells


def _cells(where: str, text: str, delimiter: str, lines_above: int, width: int) -> pd.DataFrame:
    """All cells below the header as texts; the index counts rows as a spreadsheet does."""
    try:
        cells = pd.read_csv(
            io.StringIO(text),
            sep=delimiter,
            header=None,
            names=list(range(width + 1)),  # one more, to see rows that are too long
            skiprows=lines_above,
            dtype=str,
            keep_default_na=False,
            na_filter=False,
            skip_blank_lines=False,
            encoding_errors="replace",
        ).fillna("")
    except (ValueError, OverflowError) as error:  # what pandas raises for malformed rows
        found = re.search(r"Expected \d+ fields in line (\d+), saw (\d+)", str(error))
        if found:
            _too_wide(where, int(found[1]), int(found[2]), width)
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise InputError(where, f"cannot be cut into columns ({reason})", _A_TABLE) from None
    if not isinstance(cells.index, pd.RangeIndex):
        _too_wide(where, lines_above + 1, width + 2, width)
    cells.index = cells.index + lines_above + 1
    longer = cells.index[cells[width].str.strip() != ""]
    if longer.size:
        _too_wide(where, int(longer[0]), width + 1, width)
    return cells.drop(columns=[width]).iloc[1:]


def _too_wide(where: str, row: int, found: int, width: int) -> Never:
    raise InputError(
        f"{where}: row {row}",
        f"has {found} cells, the header {width}",
        "put numbers such as 1,234 and texts with the delimiter into quotes",
    )


# ---- columns ------------------------------------------------------------------------------------------------------


def _plain(name: str) -> str:
    """Name of a column as it is compared: lower case, one blank for whatever is no letter or digit."""
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()


def _places(
    where: str, header: list[str], cells: pd.DataFrame, pairs: Sequence[str], notes: list[str]
) -> dict[str, int]:
    """Column of each field that the file has."""
    if not any(header):
        raise InputError(where, "the header is empty", _A_TABLE)
    given = _given(where, header, pairs)
    free = [place for place in range(len(header)) if place not in given]
    plain = [_plain(name) for name in header]
    places: dict[str, int] = {field: place for place, field in given.items() if field != IGNORE}
    for field, names in _NAMES.items():
        if field in places:
            continue
        for name in names:
            found = [place for place in free if plain[place] == name]
            if found and not (
                field == "date" and cells[found[0]].str.strip().str.casefold().isin(_MISSING).all()
            ):
                _same_twice(where, header, cells, found, notes)
                places[field] = found[0]
                break
    unknown = [header[place] for place in free if place not in places.values() and header[place]]
    if "reach" not in places and "impressions" not in places:
        _lacks_reach(where, unknown, places, notes)
    elif not {"shares", "likes", "comments", "negative"} & places.keys():
        _lacks(
            where, "shares, likes, comments or negative feedback", ("shares", "likes", "comments"), unknown
        )
    return {field: places[field] for field in FIELDS if field in places}


def _given(where: str, header: list[str], pairs: Sequence[str]) -> dict[int, str]:
    """Field of each column that was named by hand."""
    given: dict[int, str] = {}
    for pair in pairs:
        option = f"--map {pair}"
        name, equals, field = pair.rpartition("=")
        name, field = name.strip(), field.strip().casefold()
        if not equals or not name or not field:
            raise InputError(
                option, "is not of the form column=field", "for example --map 'Total reach=reach'"
            )
        if field not in FIELDS and field != IGNORE:
            near = difflib.get_close_matches(field, [*FIELDS, IGNORE], 1)
            right = f"did you mean '{near[0]}'?" if near else f"one of: {', '.join([*FIELDS, IGNORE])}"
            raise InputError(option, f"there is no field '{field}'", right)
        exact = [place for place, one in enumerate(header) if one == name]
        found = exact or [place for place, one in enumerate(header) if _plain(one) == _plain(name)]
        if not found:
            near = difflib.get_close_matches(name, header, 1, cutoff=0.5)
            listed = ", ".join(f"'{one}'" for one in header[:30] if one)
            right = f"did you mean '{near[0]}'?" if near else f"the columns are {listed}"
            raise InputError(option, f"{where} has no column '{name}'", right)
        if field != IGNORE and field in given.values():
            raise InputError(option, f"a column was given for '{field}' already", "give one column a field")
        given[found[0]] = field
    return given


def _same_twice(
    where: str, header: list[str], cells: pd.DataFrame, found: list[int], notes: list[str]
) -> None:
    """Two columns of one name are a mistake unless they say the same."""
    for other in found[1:]:
        if not cells[found[0]].str.strip().equals(cells[other].str.strip()):
            wrong = f"two columns are called '{header[other]}' and differ"
            raise InputError(
                where, wrong, f"rename the one that is not meant (columns {found[0] + 1} and {other + 1})"
            )
        notes.append(f"The column '{header[other]}' is there twice, with the same values.")


def _lacks_reach(where: str, unknown: list[str], places: dict[str, int], notes: list[str]) -> None:
    """Without reach no rate is known; without dates either, nothing is."""
    if "date" not in places or _near("reach", unknown) or _near("impressions", unknown):
        _lacks(where, "reach or impressions", ("reach", "impressions"), unknown)
    notes.append(
        "There is no column of reach or impressions, so no rate per person reached can be known: only how often the "
        "page posts is fitted. If there is such a column, name it with --map COLUMN=reach."
    )


def _lacks(where: str, what: str, fields: Sequence[str], unknown: list[str]) -> Never:
    for field in fields:
        near = _near(field, unknown)
        if near:
            raise InputError(where, f"there is no column of {what}", f"did you mean --map '{near}={field}'?")
    listed = ", ".join(f"'{name}'" for name in unknown[:20]) or "none"
    right = f"name it with --map COLUMN={fields[0]}; columns not recognised: {listed}"
    raise InputError(where, f"there is no column of {what}", right)


def _near(field: str, unknown: list[str]) -> str | None:
    """Column whose name looks like that of a field."""
    plain = {_plain(name): name for name in unknown}
    words = [name for name in _NAMES[field] if " " not in name] + [field]
    for name in plain:
        if any(difflib.get_close_matches(word, words, 1, cutoff=0.75) for word in (name, *name.split())):
            return plain[name]
    return None


# ---- rows ---------------------------------------------------------------------------------------------------------


def _only_posts(
    where: str, header: list[str], cells: pd.DataFrame, places: Mapping[str, int], notes: list[str]
) -> pd.DataFrame:
    """Rows that are posts: no empty ones, totals, repeated headers or descriptions of the columns."""
    cells = cells[(cells != "").any(axis=1)]
    repeated = pd.Series(True, index=cells.index)
    for place, name in enumerate(header):
        repeated &= cells[place].str.strip() == name
    if repeated.any():
        notes.append(f"Left out {_rows(int(repeated.sum()))} that repeat{_s(repeated)} the header.")
        cells = cells[~repeated]
    counted = [place for field, place in places.items() if field in COUNTS]
    if len(cells):
        first = [cells[place].iloc[0].strip() for place in counted]
        if (
            any(first)
            and not any(re.search(r"^\W*\d", cell) for cell in first)
            and all(" " in one for one in first if one)
        ):
            notes.append("Left out the row below the header: it describes the columns.")
            cells = cells.iloc[1:]
    totals = pd.Series(False, index=cells.index)
    for place in range(len(header)):
        if place not in counted:
            totals |= np.array([len(cell) < 20 and _plain(cell) in _TOTALS for cell in cells[place]], bool)
    if totals.any():
        notes.append(f"Left out {_rows(int(totals.sum()))} of totals.")
        cells = cells[~totals]
    if cells.empty:
        raise InputError(where, "there is a header but no post below it", _A_TABLE)
    return cells


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _s(marked: "pd.Series[bool]") -> str:
    return "s" if int(marked.sum()) == 1 else ""


def _place(where: str, row: object, name: str) -> str:
    return f"{where}: row {row}, column '{name}'"


def _counts(where: str, name: str, column: "pd.Series[str]", rows: "pd.Series[int]") -> "pd.Series[float]":
    """Whole numbers of 0 or more, not a number where the cell is empty."""
    plain = column.str.strip()
    if plain.str.fullmatch(r"\d{1,15}").all():
        return plain.astype(np.float64)
    plain = plain.str.replace(r"[\s\u00a0\u202f'’_]", "", regex=True)
    plain = plain.mask(plain.str.casefold().isin(_MISSING), "")
    # a separator stands between thousands if three digits follow it wherever it occurs, and for decimals otherwise
    numbers = plain[plain.str.fullmatch(r"[\d.,]+([eE][+-]?\d+)?")]
    for sign in ".,":
        group = re.escape(sign)
        with_sign = numbers[numbers.str.contains(sign, regex=False)]
        thousands = with_sign.str.fullmatch(rf"[1-9]\d{{0,2}}({group}\d{{3}})+([^\d{group}]\d*)?").all()
        plain = plain.str.replace(sign, "" if thousands else "\0", regex=False)
    plain = plain.str.replace("\0", ".", regex=False).str.replace("−", "-", regex=False)
    values = pd.to_numeric(plain.mask(plain == "", "nan"), errors="coerce").astype(np.float64)
    text = values.isna() & (plain != "")
    if text.any():
        number = int(np.flatnonzero(text)[0])
        cell = column.iloc[number].strip()
        place, shown = _place(where, rows.iloc[number], name), cell if len(cell) <= 40 else cell[:37] + "…"
        if cell.endswith("%"):
            raise InputError(
                place, f"'{shown}' is a percentage, not a count", "give the column of counts with --map"
            )
        raise InputError(place, f"'{shown}' is not a number", "give a whole number of 0 or more, or nothing")
    for wrong, words in (
        (values < 0.0, "is negative"),
        (np.isinf(values) | (values > 1e15), "is too large"),
        ((values % 1.0 != 0.0) & values.notna() & np.isfinite(values), "is not a whole number"),
    ):
        if wrong.any():
            number = int(np.flatnonzero(wrong)[0])
            place, shown = _place(where, rows.iloc[number], name), column.iloc[number].strip()
            raise InputError(place, f"'{shown}' {words}", "give a whole number of 0 or more, or nothing")
    return values


def _dates(
    where: str, name: str, column: "pd.Series[str]", rows: "pd.Series[int]", notes: list[str]
) -> "pd.Series[pd.Timestamp]":
    """Points in time, in the zone of the file."""
    plain = column.str.strip()
    known = ~plain.str.casefold().isin(_MISSING)
    # what follows a time is a zone: a page has one, and weeks are counted in it
    cut = plain.str.replace(r"(?<=\d)\s*(?:Z|UTC|GMT|[+−-]\d{2}:?\d{2})$", "", regex=True)
    has_year = cut.str.contains(r"\d{4}|^\d{1,2}[/.-]\d{1,2}[/.-]\d{2}\b", regex=True)
    cut = cut.where(known & has_year)
    dates = pd.to_datetime(cut, format="ISO8601", errors="coerce")
    if dates[known].isna().any():
        month_first, day_first = (_in_form(cut, forms + _ANY_ORDER) for forms in (_MONTH_FIRST, _DAY_FIRST))
        dates = month_first if month_first.isna().sum() <= day_first.isna().sum() else day_first
        if month_first.isna().sum() == day_first.isna().sum() and not month_first.equals(day_first):
            notes.append(f"Dates such as {plain[known].iloc[0]} were read as month, day, year.")
    outside = dates.notna() & ~dates.dt.year.between(FIRST_YEAR, LAST_YEAR)
    wrong = known & (dates.isna() | outside)
    if wrong.any():
        number = int(np.flatnonzero(wrong)[0])
        place, cell = _place(where, rows.iloc[number], name), plain.iloc[number][:40]
        words = f"is outside {FIRST_YEAR} to {LAST_YEAR}" if outside.iloc[number] else "is not a date"
        raise InputError(place, f"'{cell}' {words}", "give dates such as 2024-03-31 or 2024-03-31 17:05")
    return dates


def _in_form(texts: "pd.Series[str]", forms: Sequence[str]) -> "pd.Series[pd.Timestamp]":
    """Dates in any of these forms with any form of time; not a time from the first text on that has none of them."""
    dates = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[ns]")
    left = texts.dropna()
    while len(left):
        every = (f"{day}{time}" for day in forms for time in _TIMES)
        first = left.iloc[:1]
        form = next(
            (one for one in every if pd.to_datetime(first, format=one, errors="coerce").notna().all()), None
        )
        if form is None:
            return dates
        read = pd.to_datetime(left, format=form, errors="coerce").dropna()
        dates.loc[read.index] = read.astype("datetime64[ns]")
        left = left.drop(read.index)
    return dates


def _switches(where: str, name: str, column: "pd.Series[str]", rows: "pd.Series[int]") -> "pd.Series[bool]":
    plain = column.str.strip().str.casefold().str.removesuffix(".0")
    wrong = ~plain.isin(_YES | _NO | _MISSING)
    if wrong.any():
        number = int(np.flatnonzero(wrong)[0])
        place, cell = _place(where, rows.iloc[number], name), column.iloc[number].strip()[:40]
        raise InputError(
            place, f"'{cell}' is neither yes nor no", "give 1 or 0, or --map the column to ignore"
        )
    switches = plain.isin(_YES).astype("boolean")
    return switches.mask(plain.isin(_MISSING - _NO))


def _kinds(
    where: str,
    table: pd.DataFrame,
    places: Mapping[str, int],
    header: list[str],
    pairs: Sequence[str],
    notes: list[str],
) -> "pd.Series[str]":
    """Kind of each post, as the schema names them; empty where the file does not tell."""
    source = "kind" if "kind" in places else "type"
    if source not in places:
        if pairs:
            raise InputError(
                f"--kind {pairs[0]}", f"{where} has no column of kinds", "give --map COLUMN=kind"
            )
        return pd.Series("", index=table.index)
    values = table[source].map(_plain)
    said: dict[str, str] = dict(_KINDS)
    present = dict(zip(values, table[source], strict=True))
    for pair in pairs:
        value, equals, kind = (part.strip() for part in pair.rpartition("="))
        option, choices = f"--kind {pair}", get_args(PostKind)
        if not equals or not value or kind not in choices:
            near = difflib.get_close_matches(kind, choices, 1)
            right = f"did you mean '{near[0]}'?" if near else f"for example --kind {value or 'contest'}=offer"
            raise InputError(
                option, f"is not of the form value=kind, kind one of {', '.join(choices)}", right
            )
        if _plain(value) not in present:
            near = difflib.get_close_matches(_plain(value), list(present), 1)
            listed = ", ".join(f"'{one}'" for one in list(present.values())[:MOST_NOTED])
            right = f"did you mean '{present[near[0]]}'?" if near else f"its values are {listed}"
            raise InputError(option, f"the column '{header[places[source]]}' has no value '{value}'", right)
        said[_plain(value)] = kind
    kinds = values.map(lambda value: said.get(value, ""))
    untold = [name for value, name in present.items() if value and value not in said]
    if untold:
        listed = ", ".join(f"'{one}'" for one in untold[:MOST_NOTED]) + (
            " …" if len(untold) > MOST_NOTED else ""
        )
        notes.append(
            f"The column '{header[places[source]]}' has values that tell no kind ({listed}): such posts are taken as "
            f"useful ones. Say what they are with --kind, for example --kind '{untold[0]}=offer'."
        )
    return kinds
