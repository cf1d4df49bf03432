"""Networks from files: what is read, and that whatever is wrong is named where it stands."""

import csv
import gzip
import itertools
import os
from collections.abc import Callable
from pathlib import Path

import networkx
import numpy as np
import pandas
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from worthsharing.sim import network_files
from worthsharing.sim.draws import key_of_text
from worthsharing.sim.errors import InputError
from worthsharing.sim.network import Network, local_clustering
from worthsharing.sim.network_files import load_network

DATA = Path(os.environ.get("WORTHSHARING_DATA") or Path(__file__).parents[3] / "shared" / "data") / "graphs"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write content to a file and return its path."""

    def _write(content: str | bytes, name: str = "net.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


def ties(network: Network) -> set[tuple[str, str]]:
    """Ties as pairs of labels, source first."""
    assert network.labels is not None
    sources = np.repeat(np.arange(network.people), network.audience)
    pairs = zip(sources.tolist(), network.followers.tolist(), strict=True)
    return {(network.labels[a], network.labels[b]) for a, b in pairs}


def refused(path: Path, **options: object) -> InputError:
    with pytest.raises(InputError) as caught:
        load_network(path, **options)  # type: ignore[arg-type]
    assert caught.value.where.startswith(str(path))
    assert caught.value.right
    return caught.value


# --- what is read ---


@pytest.mark.skipif(
    not DATA.is_dir(), reason="the measured graphs are not on this machine (WORTHSHARING_DATA)"
)
def test_measured_graphs_have_the_published_counts() -> None:
    with open(DATA / "graphs.csv") as table:
        for row in csv.DictReader(table):
            directed = row["directed"] == "1"
            network = load_network(DATA / f"{row['name']}.csv.gz", directed=directed)
            assert network.name == row["name"]
            assert network.people == int(row["nodes"])
            assert network.ties == int(row["edges"]) * (1 if directed else 2)
            assert (network.weights is not None) == (row["weighted"] == "1")
            assert network.self_loops_dropped == network.duplicates_dropped == 0
            assert local_clustering(network) == pytest.approx(float(row["avg_clustering"]), abs=1e-4)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", " ", "   "])
@pytest.mark.parametrize(
    "header", ["", "source{0}target\n", "one{0}two\n", "# a comment, with, commas\n\n", "% x\n"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_header_and_line_ends_do_not_matter(
    write: Write, delimiter: str, header: str, end: str
) -> None:
    text = header.format(delimiter) + f"1{delimiter}2\n2{delimiter}5\n"
    network = load_network(write(text.replace("\n", end)))
    assert network.labels == ("1", "2", "5")
    assert network.keys.tolist() == [1, 2, 5]
    assert ties(network) == {("1", "2"), ("2", "1"), ("2", "5"), ("5", "2")}


def test_direction_says_who_hears_whom(write: Write) -> None:
    path = write("from,to\n1,2\n")
    assert ties(load_network(path, directed=True)) == {("1", "2")}
    assert ties(load_network(path, directed=True, direction="follows")) == {("2", "1")}
    assert load_network(path, directed=True).followees.tolist() == [0, 1]
    assert ties(load_network(path)) == {("1", "2"), ("2", "1")}


def test_unknown_direction_is_refused(write: Write) -> None:
    with pytest.raises(InputError, match="direction"):
        load_network(write("1,2\n"), direction="sideways")  # type: ignore[arg-type]


def test_text_labels_are_sorted_and_keyed_by_name(write: Write) -> None:
    network = load_network(write('user,friend\nzoë,"Smith, Anna"\nzoë,bob\n'))
    assert network.labels == ("Smith, Anna", "bob", "zoë")
    assert network.keys.tolist() == [key_of_text(label) for label in network.labels]
    assert ties(network) == {("zoë", "bob"), ("bob", "zoë"), ("zoë", "Smith, Anna"), ("Smith, Anna", "zoë")}


def test_words_above_words_are_a_tie_not_a_header(write: Write) -> None:
    assert load_network(write("ann,bob\nbob,cleo\n")).people == 3
    assert load_network(write("ann,bob\n")).people == 2


def test_order_of_lines_does_not_matter(write: Write) -> None:
    one, other = load_network(write("5,2\n2,9\n")), load_network(write("9,2\n2,5\n", "other.csv"))
    assert (one.indptr.tolist(), one.followers.tolist()) == (other.indptr.tolist(), other.followers.tolist())


def test_loops_and_repeats_are_dropped_and_counted(write: Write) -> None:
    text = "1,2,0.5\n2,1,0.7\n1,1,0.1\n2,3,1\n1,2,0.9\n"
    mutual, directed = load_network(write(text)), load_network(write(text), directed=True)
    assert (mutual.self_loops_dropped, mutual.duplicates_dropped, mutual.ties) == (1, 2, 4)
    assert (directed.self_loops_dropped, directed.duplicates_dropped, directed.ties) == (1, 1, 3)
    assert mutual.weights is not None
    assert mutual.weights.tolist() == [0.5, 0.5, 1.0, 1.0]  # the first one stays, both ways


def test_columns_are_found_by_name(write: Write) -> None:
    network = load_network(write("id,weight,target,source\n7,0.25,2,1\n8,0.5,3,2\n"), directed=True)
    assert ties(network) == {("1", "2"), ("2", "3")}
    assert network.weights is not None
    assert network.weights.tolist() == [0.25, 0.5]


@pytest.mark.parametrize("labels", [["1", "2", "3"], ["ann", "bob", "cleo"]])
def test_every_format_says_the_same(tmp_path: Path, labels: list[str]) -> None:
    a, b, c = labels
    kind = int if labels[0].isdigit() else str
    table = pandas.DataFrame(
        {"source": [kind(a), kind(b)], "target": [kind(b), kind(c)], "weight": [0.5, 0.25]}
    )
    graph = networkx.DiGraph()
    graph.add_edge(a, b, weight=0.5)
    graph.add_edge(b, c, weight=0.25)
    table.to_csv(tmp_path / "net.csv", index=False)
    table.to_csv(tmp_path / "net.tsv", index=False, sep="\t")
    table.to_csv(tmp_path / "net.csv.gz", index=False)
    table.to_csv(tmp_path / "marked.csv", index=False, encoding="utf-8-sig")
    table.to_parquet(tmp_path / "net.parquet")
    networkx.write_graphml(graph, tmp_path / "net.graphml")
    (tmp_path / "net.graphml.gz").write_bytes(gzip.compress((tmp_path / "net.graphml").read_bytes()))
    for path in tmp_path.iterdir():
        network = load_network(path, directed=True)
        assert ties(network) == {(a, b), (b, c)}, path
        assert network.weights is not None
        assert network.weights.tolist() == [0.5, 0.25], path
        assert network.labels == tuple(labels)
        assert network.name in ("net", "marked")


def test_fast_and_slow_ways_agree(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(1)
    lines = "".join(
        f"{a},{b},{w!r}\n"
        for a, b, w in zip(*draw.integers(0, 90, (2, 500)), draw.random(500).tolist(), strict=True)
    )
    path = write("a,b,c\n" + lines)
    fast = load_network(path, directed=True)
    monkeypatch.setattr(network_files, "_only_numbers", lambda *_: None)
    slow = load_network(path, directed=True)
    for name in ("indptr", "followers", "followees", "keys", "weights"):
        assert np.array_equal(getattr(fast, name), getattr(slow, name))
    assert fast.labels == slow.labels


def test_graphml_knows_its_direction_and_people_without_ties(tmp_path: Path) -> None:
    graph = networkx.Graph([("1", "2")])
    graph.add_node("8")
    networkx.write_graphml(graph, tmp_path / "net.graphml")
    network = load_network(tmp_path / "net.graphml", directed=True)
    assert network.labels == ("1", "2", "8")
    assert ties(network) == {("1", "2"), ("2", "1")}


def test_few_gaps_in_a_long_numbering_are_people_without_ties(write: Write) -> None:
    ring = [number for number in range(1, 201) if number != 50]
    text = "".join(f"{a},{b}\n" for a, b in itertools.pairwise(ring))
    assert load_network(write(text)).people == 200
    assert load_network(write("1,2\n2,4\n")).people == 3


# --- what is refused ---


@pytest.mark.parametrize(
    ("text", "where", "wrong"),
    [
        ("", "", "empty"),
        ("\n \n# only comments\n", "", "no ties"),
        ("source,target\n", "", "header but no tie"),
        ("source,target,weight\n\n", "", "header but no tie"),
        ("1\n2\n", ": line 1", "only one column"),
        ("1,2\n2\n", ": line 2", "1 column, the first row 2"),
        ("1,2\n2,3\n3,4,5\n", ": line 3", "3 columns, the first row 2"),
        ("source,target\n1,2\n\n3,4,5\n", ": line 4", "3 columns"),
        ("1 2\n3\n", ": line 2", "1 column"),
        ("a,b,c,d\n1,2,3\n", ": line 2", "3 columns, the first row 4"),
        ("1,2\n,3\n", ": line 2", "label is missing"),
        ("ann,bob\nbob, \n", ": line 2", "label is missing"),
        ("1,2\n3,NaN\n", ": line 2", "label is missing"),
        ("1,2\n2,3\n3,NA\n", ": line 3", "label is missing"),
        ("source,target\n1,2\n-3,2\n", ": line 3", "negative"),
        ("1,2\n99999999999999999999,2\n", ": line 2", "too large"),
        ("1,2\n9223372036854775807,2\n", ": line 2", "too large"),
        ("1,2," + "9" * 400 + "\n", ": line 1", "weight"),
        ("1,2,0.5\n2,3,heavy\n", ": line 2", "weight 'heavy'"),
        ("1,2,0.5\n2,3,-1\n", ": line 2", "weight '-1'"),
        ("1,2,0.5\n2,3,inf\n", ": line 2", "weight 'inf'"),
        ("1,2,0.5\n2,3,\n", ": line 2", "weight ''"),
        ("1,2,0.5\n2,3,nan\n", ": line 2", "weight 'nan'"),
        ("ann,bob,strong\nbob,cleo,1\n", ": line 1", "weight 'strong'"),
    ],
)
def test_mistakes_in_text_are_named_at_their_line(write: Write, text: str, where: str, wrong: str) -> None:
    path = write(text)
    error = refused(path)
    assert error.where == str(path) + where
    assert wrong in error.wrong


def test_missing_file_folder_and_odd_paths(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none.csv").wrong
    assert "folder" in refused(tmp_path).wrong
    os.mkfifo(tmp_path / "pipe")
    assert "regular" in refused(tmp_path / "pipe").wrong
    with pytest.raises(InputError):
        load_network("zero\0byte.csv")
    with pytest.raises(InputError):
        load_network("x" * 5000)


@pytest.mark.parametrize("name", ["net.csv", "net.csv.gz", "net.graphml", "net.parquet"])
def test_unreadable_file(write: Write, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = write("1,2\n", name)
    monkeypatch.setattr("builtins.open", deny)
    monkeypatch.setattr("pyarrow.parquet.ParquetFile", deny)
    assert "Permission denied" in refused(path).wrong


def test_other_encodings_are_named_by_line(write: Write) -> None:
    assert refused(write("ann,bob\nzoë,bob\n".encode("latin-1"))).where.endswith("line 2")
    assert "zero bytes" in refused(write("ann,bob\n".encode("utf-16"))).wrong
    long = "".join(f"p{number},q\n" for number in range(100)).encode() + b"\xff,q\n"
    assert refused(write(long)).where.endswith("line 101")


@pytest.mark.parametrize("ending", [".csv.gz", ".graphml.gz", ".csv"])
def test_damaged_archives(write: Write, ending: str) -> None:
    whole = gzip.compress(b"1,2\n" * 1000)
    wrongs = [whole[:-9], whole[:30], whole[:12] + b"\0\xff" * 8 + whole[28:], whole[:-8] + b"\0" * 8]
    for number, damaged in enumerate(wrongs):
        assert "damaged" in refused(write(damaged, f"n{number}{ending}")).wrong
    if ending.endswith(".gz"):
        assert "damaged" in refused(write("1,2\n", f"plain{ending}")).wrong
    assert "empty" in refused(write(gzip.compress(b""), "empty.graphml.gz")).wrong
    assert "no ties" in refused(write(gzip.compress(b""), "empty.csv.gz")).wrong


def test_parquet_mistakes(tmp_path: Path, write: Write) -> None:
    def table(**columns: list[object]) -> Path:
        path = tmp_path / "t.parquet"
        pandas.DataFrame(columns).to_parquet(path)
        return path

    whole = table(source=list(range(1000)), target=list(range(1, 1001))).read_bytes()
    for number, damaged in enumerate((whole[:-20], b"PAR1" + b"x" * 50 + b"PAR1", b"1,2\n", whole[300:])):
        assert "Parquet" in refused(write(damaged, f"d{number}.parquet")).wrong
    assert "1 column" in refused(table(source=[1])).wrong
    assert "no rows" in refused(table(source=[], target=[])).wrong
    error = refused(table(source=["a", None], target=["b", "c"]))
    assert error.where.endswith("row 2")
    assert "source is missing" in error.wrong
    assert refused(table(source=[1, 2], target=[2, -3])).where.endswith("row 2")
    assert "missing" in refused(table(source=[1.0, float("nan")], target=[2.0, 3.0])).wrong
    assert "type list" in refused(table(source=[[1]], target=[[2]])).wrong
    assert "weight" in refused(table(source=[1], target=[2], weight=["x"])).wrong
    assert "weight" in refused(table(source=[1], target=[2], weight=[-0.5])).wrong
    assert "weight" in refused(table(source=[1], target=[2], weight=[float("inf")])).wrong
    assert load_network(table(source=[1.0, 2.0], target=[2.0, 3.0])).labels == ("1", "2", "3")


def test_graphml_mistakes(tmp_path: Path, write: Write) -> None:
    graph = networkx.Graph([("a", "b"), ("b", "c")])
    path = tmp_path / "g.graphml"
    networkx.write_graphml(graph, path)
    whole = path.read_bytes()
    for number, damaged in enumerate((whole[:-30], b"1,2\n", b"<graphml/>", b"<html></html>", b"\xff\xfe")):
        assert "GraphML" in refused(write(damaged, f"d{number}.graphml")).wrong
    networkx.write_graphml(networkx.Graph(), path)
    assert "no edges" in refused(path).wrong
    graph.edges["a", "b"]["weight"] = 0.5
    networkx.write_graphml(graph, path)
    assert "no weight" in refused(path).wrong
    graph.edges["b", "c"]["weight"] = -1.0
    networkx.write_graphml(graph, path)
    assert "weight -1.0" in refused(path).wrong


def test_huge_files_are_refused_before_they_fill_the_memory(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, packed = write("1,2\n" * 50), write(gzip.compress(b"1,2\n" * 50), "net.csv.gz")
    parquet = text.parent / "net.parquet"
    pandas.DataFrame({"source": range(50), "target": range(1, 51)}).to_parquet(parquet)
    graphml = text.parent / "net.graphml"
    networkx.write_graphml(networkx.path_graph(50), graphml)
    monkeypatch.setattr(network_files, "MOST_TIES", 40)
    for path in (text, packed, parquet, graphml):
        assert "ties" in refused(path).wrong
    monkeypatch.setattr(network_files, "MOST_BYTES", 100)
    for path in (text, packed, parquet, graphml):
        assert "more than 100 bytes" in refused(path).wrong


def test_labels_with_one_key_are_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_files, "key_of_text", lambda label: len(label))
    assert "'ann' and 'bob'" in refused(write("ann,bob\n")).wrong


def _only_input_errors(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for directed in (False, True):
        try:
            network = load_network(path, directed=directed)
        except InputError:
            continue
        assert network.people >= 1
        assert network.ties == network.indptr[-1]


FUZZ = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
ENDINGS = st.sampled_from([".csv", ".csv.gz", ".parquet", ".graphml", ".graphml.gz", ".xyz"])
CELLS = st.sampled_from(
    ["1", "2", "-3", "7", "a", "b c", '"', "", " ", "nan", "0.5", "1e400", "source", "target", "#", "ë"]
)


@FUZZ
@given(content=st.binary(max_size=200), ending=ENDINGS, packed=st.booleans())
def test_random_bytes_give_a_network_or_an_input_error(
    tmp_path: Path, content: bytes, ending: str, packed: bool
) -> None:
    _only_input_errors(tmp_path / f"fuzz{ending}", gzip.compress(content) if packed else content)


@FUZZ
@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6),
    delimiter=st.sampled_from([",", "\t", ";", " "]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
@example(rows=[["1", "2"], ['"', "3"]], delimiter=",", end="\n")
@example(rows=[["source", "target"], ["1", "2", "3"]], delimiter=",", end="\n")
def test_random_rows_give_a_network_or_an_input_error(
    tmp_path: Path, rows: list[list[str]], delimiter: str, end: str
) -> None:
    _only_input_errors(tmp_path / "fuzz.csv", end.join(delimiter.join(row) for row in rows).encode())


@FUZZ
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255), ending=st.sampled_from(["parquet", "graphml"]))
@example(place=90, byte=128, ending="parquet")
def test_one_wrong_byte_gives_a_network_or_an_input_error(
    tmp_path: Path, place: int, byte: int, ending: str
) -> None:
    whole = tmp_path / f"whole.{ending}"
    if not whole.exists():
        table = pandas.DataFrame({"source": ["a", "b"], "target": ["b", "c"], "weight": [0.5, 1.0]})
        graph = networkx.from_pandas_edgelist(table, edge_attr="weight")
        table.to_parquet(whole) if ending == "parquet" else networkx.write_graphml(graph, whole)
    content = bytearray(whole.read_bytes())
    content[place % len(content)] = byte
    _only_input_errors(tmp_path / f"fuzz.{ending}", bytes(content))
