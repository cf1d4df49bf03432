"""Exports of posts: what is read, and that whatever is wrong is named where it stands."""

import gzip
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worthsharing.experiments.posts_file import Posts, read_posts, simulated_posts
from worthsharing.sim.errors import InputError
from worthsharing.sim.run import simulate
from worthsharing.sim.scenario import validate

Write = Callable[..., Path]
TABLE = "date,reach,shares\n2024-01-31,1000,5\n2024-02-03,2000,7\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write content to a file and return its path."""

    def _write(content: str | bytes, name: str = "page.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


def listed(posts: Posts, field: str) -> list[object]:
    return [None if value is pd.NA or value != value else value for value in posts.table[field].tolist()]


def refused(path: Path, **options: list[str]) -> InputError:
    with pytest.raises(InputError) as caught:
        read_posts(path, **options)
    assert caught.value.right
    return caught.value


def same(posts: Posts) -> None:
    assert listed(posts, "reach") == [1000.0, 2000.0]
    assert listed(posts, "shares") == [5.0, 7.0]
    assert posts.table["date"].dt.strftime("%Y-%m-%d").tolist() == ["2024-01-31", "2024-02-03"]


# --- what is read ---


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_encoding_and_line_ends_do_not_matter(
    write: Write, delimiter: str, encoding: str, end: str
) -> None:
    same(read_posts(write(TABLE.replace(",", delimiter).replace("\n", end).encode(encoding))))


def test_latin_1_is_read_and_said(write: Write) -> None:
    posts = read_posts(write("type,reach,shares\ncafé,1000,5\n".encode("latin-1")))
    assert listed(posts, "type") == ["café"]
    assert any("Latin-1" in note for note in posts.notes)


def test_packed_files_are_unpacked_whatever_their_name(write: Write) -> None:
    for name in ("page.csv.gz", "page.csv"):
        posts = read_posts(write(gzip.compress(TABLE.encode()), name))
        same(posts)
        assert posts.name == "page"


@pytest.mark.parametrize("above", ["sep=,\n", "My page\n\n", "Statistics of my page, 2024\n\nall posts\n"])
def test_lines_above_the_header_do_not_matter(write: Write, above: str) -> None:
    posts = read_posts(write(above + TABLE))
    same(posts)
    assert listed(posts, "row") == [above.count("\n") + 2, above.count("\n") + 3]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1,234", "5"], [1234, 5]),
        (["1.234", "1.234.567"], [1234, 1234567]),
        (["1 234", "1\u202f234"], [1234, 1234]),
        (["1'234", "12"], [1234, 12]),
        (["12.0", "1000.0"], [12, 1000]),
        (["12,0", "1.234,0"], [12, 1234]),
        (["1,234.00", "7"], [1234, 7]),
        (["1.2e3", "7"], [1200, 7]),
        (["", "-"], [None, None]),
        (["n/a", "0"], [None, 0]),
    ],
)
def test_counts_are_read_as_people_write_them(
    write: Write, cells: list[str], numbers: list[int | None]
) -> None:
    text = "date;reach;shares\n" + "".join(f"2024-01-31;1000;{cell}\n" for cell in cells)
    assert listed(read_posts(write(text)), "shares") == numbers


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    numbers=st.lists(st.integers(0, 10**12), min_size=1, max_size=20),
    style=st.sampled_from(["{:d}", "{:,d}", "{:_d}", "{:,.1f}", " {:d} ", "{:.2f}"]),
    swap=st.booleans(),
)
def test_a_number_is_the_same_in_every_style(
    write: Write, numbers: list[int], style: str, swap: bool
) -> None:
    cells = [style.format(number) for number in numbers]
    if swap:
        cells = [cell.translate(str.maketrans(",.", ".,")) for cell in cells]
    text = "date;reach;shares\n" + "".join(f"2024-01-31;1000;{cell}\n" for cell in cells)
    assert listed(read_posts(write(text)), "shares") == numbers


@pytest.mark.parametrize(
    "cell",
    [
        "2024-02-13", "2024-02-13T16:05", "2024-02-13 16:05 +0000", "2024-02-13T16:05:00Z", "02/13/2024 04:05:00 PM",
        "2/13/24", "13/02/2024 16:05", "13.02.2024", "Tue, Feb 13, 2024", "February 13, 2024", "13 Feb 2024",
    ],
)  # fmt: skip
def test_dates_are_read_as_people_write_them(write: Write, cell: str) -> None:
    posts = read_posts(write(f"date;reach;shares\n{cell};1000;5\n"))
    assert posts.table["date"].iloc[0].date().isoformat() == "2024-02-13"


def test_one_date_settles_how_the_others_are_meant(write: Write) -> None:
    posts = read_posts(write("date,reach,shares\n03/02/2024,1000,5\n31/01/2024,1000,5\n"))
    assert posts.table["date"].dt.day.tolist() == [3, 31]
    doubtful = read_posts(write("date,reach,shares\n03/02/2024,1000,5\n04/01/2024,1000,5\n"))
    assert doubtful.table["date"].dt.day.tolist() == [2, 1]
    assert any("month, day, year" in note for note in doubtful.notes)


def test_page_insights_with_its_row_of_descriptions(write: Write) -> None:
    header = (
        "Post ID,Type,Posted,Lifetime Post Total Reach,Lifetime Post organic reach,Lifetime Post Paid Reach,"
        "Lifetime Negative Feedback from Users,Lifetime Talking About This (Post) by action type - share,"
        "Lifetime Talking About This (Post) by action type - like"
    )
    described = ",,,Lifetime: The people,Lifetime: People organic,Lifetime: People paid,Lifetime: People who gave it,,"
    rows = "1_2,Photo,01/15/2018 09:30:00 AM,12810,12810,0,12,,77\n1_3,Link,01/16/2018 09:30:00 AM,3434,3434,0,2,2,17\n"
    posts = read_posts(write(f"{header}\n{described}\n{rows}"))
    assert listed(posts, "reach") == [12810, 3434]
    assert listed(posts, "shares") == [0, 2]  # an empty cell of these columns is nobody
    assert listed(posts, "negative") == [12, 2]
    assert listed(posts, "row") == [3, 4]


def test_business_suite_and_x(write: Write) -> None:
    suite = (
        "Post ID,Publish time,Post type,Date,Reach,Reactions,Comments,Shares\n"
        '1,07/31/2023 05:03,Photos,Lifetime,"1,500",9,1,2\n'
    )
    posts = read_posts(write(suite))
    assert posts.columns["date"] == "Publish time"
    assert listed(posts, "likes") == [9]
    x = 'Post id,Date,Post text,Impressions,Likes,Share,Replies,Reposts\n1,"Sun, Feb 07, 2021",hello,1500,9,8,1,2\n'
    posts = read_posts(write(x))
    assert posts.columns["shares"] == "Reposts"
    assert listed(posts, "impressions") == [1500]


def test_totals_repeated_headers_and_empty_rows_are_no_posts(write: Write) -> None:
    posts = read_posts(write(TABLE + "\ndate,reach,shares\n2024-02-04,10,\nTotal,3010,12\n"))
    assert listed(posts, "reach") == [1000, 2000, 10]
    assert listed(posts, "row") == [2, 3, 6]
    assert len(posts.notes) == 2


def test_columns_and_kinds_are_named_by_hand(write: Write) -> None:
    path = write("when,Seen by,passed on,sort,likes\n2024-01-31,1000,5,Raffle,3\n2024-02-01,900,5,Tip,3\n")
    pairs = ["when=date", "seen by=reach", "passed on=shares", "sort=kind", "likes=ignore"]
    posts = read_posts(path, columns=pairs, kinds=["raffle=offer"])
    assert listed(posts, "kind") == ["offer", "useful"]
    assert "likes" not in posts.table


def test_the_same_column_twice(write: Write) -> None:
    posts = read_posts(write("date,reach,shares,shares\n2024-01-31,1000,5,5\n"))
    assert listed(posts, "shares") == [5]
    error = refused(write("date,reach,shares,shares\n2024-01-31,1000,5,6\n"))
    assert "two columns are called 'shares'" in error.wrong


def test_a_hundred_thousand_posts_are_read_in_seconds(write: Write) -> None:
    rows = 100_000
    table = pd.DataFrame(
        {
            "Posted": pd.date_range("2010-01-01", periods=rows, freq="50min").strftime(
                "%m/%d/%Y %I:%M:%S %p"
            ),
            "Post Message": [f'he said "no", {number}\nand left' for number in range(rows)],
            "Reach": [f"{number:,}" for number in range(1000, rows + 1000)],
            "Shares": np.arange(rows) % 50,
        }
    )
    path = write("")
    table.to_csv(path, index=False)
    posts = read_posts(path)
    assert posts.table["reach"].sum() == sum(range(1000, rows + 1000))


def test_a_simulated_page_comes_back_as_it_was(write: Write) -> None:
    content = {
        "world": {"people": 500},
        "clock": {"days": 14},
        "brand": {"first_customers": 0.5, "series": [{"kind": "useful", "per_week": 7.0}]},
        "sharing": {"p_comment": 0.2},
    }
    run = simulate(validate(content, "the page"))
    table = simulated_posts(run)
    assert len(table) == 14
    assert table["reach"].sum() > 0
    assert table["comments"].sum() > 0
    assert len(simulated_posts(run, from_day=7.0)) == 7
    path = write("")
    table.to_csv(path, index=False)
    posts = read_posts(path)
    for field in ("reach", "followers", "shares", "likes", "comments"):
        assert listed(posts, field) == table[field].tolist()
    assert listed(posts, "kind") == ["useful"] * 14


# --- what is refused ---


@pytest.mark.parametrize(
    ("text", "place", "wrong"),
    [
        ("", "", "empty"),
        ("   \n", "", "empty"),
        ("date,reach,shares\n", "", "no post below"),
        ("date,reach,shares\nTotal,5,5\n", "", "no post below"),
        ("date,rech,shares\n2024-01-31,1,1\n", "", "no column of reach"),
        ("shares,likes\n1,1\n", "", "no column of reach"),
        ("date,reach,clicks\n2024-01-31,1,1\n", "", "no column of shares, likes"),
        ("date,reach,shares\n2024-01-31,1000,-5\n", "row 2, column 'shares'", "'-5' is negative"),
        ("date,reach,shares\n2024-01-31,1000,−5\n", "row 2, column 'shares'", "'−5' is negative"),
        ("date,reach,shares\n2024-01-31,1000,many\n", "row 2, column 'shares'", "'many' is not a number"),
        ("date,reach,shares\n2024-01-31,1000,1\n2024-01-31,1000,2.5\n", "row 3, column 'shares'", "whole number"),
        ("date,reach,shares\n2024-01-31,1000,0.5 %\n", "row 2, column 'shares'", "percentage"),
        ("date,reach,shares\n2024-01-31,inf,1\n", "row 2, column 'reach'", "too large"),
        ("date,reach,shares\nyesterday,1000,1\n", "row 2, column 'date'", "'yesterday' is not a date"),
        ("date,reach,shares\n2024-02-30,1000,1\n", "row 2, column 'date'", "is not a date"),
        ("date,reach,shares\n45322,1000,1\n", "row 2, column 'date'", "is not a date"),
        ("date,reach,shares\n1924-01-31,1000,1\n", "row 2, column 'date'", "outside"),
        ("date,reach,shares\n2024-01-31,1,234,1\n", "row 2", "has 4 cells, the header 3"),
        ("date,reach,shares\n2024-01-31,1,2,3,4,5\n", "row 2", "has 6 cells, the header 3"),
        ("date,reach,shares,paid\n2024-01-31,1,2,perhaps\n", "row 2, column 'paid'", "neither yes nor no"),
        (b"PK\x03\x04 and so on", "", "Excel workbook"),
        (b"\x1f\x8bdamaged", "", "damaged"),
        (bytes(range(256)) * 20, "", "not a text file"),
        ("just a text", "", "no column of reach"),
    ],
)  # fmt: skip
def test_mistakes_are_named_where_they_stand(write: Write, text: str | bytes, place: str, wrong: str) -> None:
    path = write(text)
    error = refused(path)
    assert error.where == (f"{path}: {place}" if place else str(path))
    assert wrong in error.wrong


@pytest.mark.parametrize(
    ("option", "pair", "words"),
    [
        ("columns", "reach", "not of the form column=field"),
        ("columns", "=reach", "not of the form column=field"),
        ("columns", "reach=rech", "did you mean 'reach'?"),
        ("columns", "shrs=shares", "did you mean 'shares'?"),
        ("kinds", "tip=usful", "did you mean 'useful'?"),
        ("kinds", "tipp=useful", "did you mean 'tip'?"),
    ],
)
def test_wrong_options_are_named(write: Write, option: str, pair: str, words: str) -> None:
    path = write("date,reach,shares,kind\n2024-01-31,1000,5,tip\n")
    assert words in str(refused(path, **{option: [pair]}))


def test_near_misses_are_suggested(write: Write) -> None:
    assert "--map 'Rech=reach'" in refused(write("date,Rech,shares\n2024-01-31,1,1\n")).right
    assert "--map 'Sharess=shares'" in refused(write("date,reach,Sharess\n2024-01-31,1,1\n")).right


def test_no_file_and_no_file_at_all(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none.csv").wrong
    assert "folder" in refused(tmp_path).wrong


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(lambda text: f"date,reach,shares\n{text}".encode()),
        st.lists(
            st.sampled_from([*',;\t"\n', "reach", "shares", "date", "5", "-", "é", "%"]), max_size=40
        ).map(lambda parts: "".join(parts).encode()),
    )
)
def test_whatever_a_file_holds_is_read_or_refused_in_words(write: Write, content: bytes) -> None:
    with suppress(InputError):
        assert len(read_posts(write(content)).table) > 0
