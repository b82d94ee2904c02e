from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pytest

from decom_nb.evidence.tables import Table, Tables, TableSource
from tests.evidence.tables.made import put, rows, wrong


def test_values_are_read_as_what_they_are(tmp_path: Path) -> None:
    put(tmp_path / "t.csv", 'id,name,at,on\n1,"a, b",2026-01-31 10:00:00,2026-01-31\n2,,,\n')
    with Tables([TableSource(path="t.csv")], tmp_path) as tables:
        table = tables.open("t")
        assert [each.type for each in table.columns] == ["BIGINT", "VARCHAR", "TIMESTAMP", "DATE"]
        assert rows(tables, table, 'count(name), count(*), max(year("at"))') == [(1, 2, 2026)]


SAME = "a,b\n1,x\n2,y\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", SAME),
        ("t.csv", SAME.replace(",", ";")),
        ("t.csv", SAME.replace(",", "|")),
        ("t.tsv", SAME.replace(",", "\t")),
        ("t.csv", SAME.replace("\n", "\r\n")),
        ("t.csv", SAME.replace("\n", "\r")),
        ("t.csv", "a,b\r\n1,x\n2,y\r\n"),
        ("t.csv", f"\ufeff{SAME}"),
        ("t.csv", SAME.rstrip()),
        ("t.csv", '"a","b"\n"1","x"\n"2","y"\n'),
    ],
)
def test_ways_to_write_the_same(tmp_path: Path, name: str, content: str) -> None:
    put(tmp_path / name, content.encode())
    with Tables([TableSource(path=name)], tmp_path) as tables:
        assert sorted(rows(tables, tables.open("t"), "a, b")) == [(1, "x"), (2, "y")]


def test_packed_files_are_read_whatever_they_are_called(tmp_path: Path) -> None:
    text = "a,b\n1,x\n2,y\n"
    put(tmp_path / "g.csv.gz", gzip.compress(text.encode()))
    put(tmp_path / "plainname.csv", gzip.compress(text.encode()))
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, 'y') TO '{tmp_path}/z.csv.zst' (HEADER)")
    with Tables([TableSource(path=each) for each in ("g.csv.gz", "plainname.csv", "z.csv.zst")], tmp_path) as tables:
        assert tables.names == ("g", "plainname", "z")
        for name in tables.names:
            assert sorted(rows(tables, tables.open(name), "a, b")) == [(1, "x"), (2, "y")]


def test_packed_and_plain_files_are_one_table(tmp_path: Path) -> None:
    put(tmp_path / "t" / "1.csv", "a,b\n1,x\n")
    put(tmp_path / "t" / "2.csv.gz", gzip.compress(b"a,b\n2,y\n"))
    with Tables([TableSource(path="t")], tmp_path) as tables:
        assert sorted(rows(tables, tables.open("t"), "a, b")) == [(1, "x"), (2, "y")]


def test_a_damaged_packing_is_a_mistake(tmp_path: Path) -> None:
    put(tmp_path / "t.csv.gz", gzip.compress(b"a,b\n1,x\n" * 100)[:30])
    with Tables([TableSource(path="t.csv.gz")], tmp_path) as tables:
        assert wrong(tables, "t").what == "the gzip stream is damaged"


@pytest.mark.parametrize(
    "encoding", ["latin-1", "cp1252", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "koi8-r", "shift_jis"]
)
def test_other_encodings_are_read_if_they_are_named(tmp_path: Path, encoding: str) -> None:
    word = {"koi8-r": "дом", "shift_jis": "表"}.get(encoding, "café")
    put(tmp_path / "t.csv", f"a,b\n1,{word}\n2,y\n".encode(encoding))
    with Tables([TableSource(path="t.csv", encoding=encoding)], tmp_path) as tables:
        assert sorted(rows(tables, tables.open("t"), "a, b")) == [(1, word), (2, "y")]


def test_utf16_is_known_by_its_mark(tmp_path: Path) -> None:
    put(tmp_path / "t.csv", "a,b\n1,café\n".encode("utf-16"))
    with Tables([TableSource(path="t.csv")], tmp_path) as tables:
        assert rows(tables, tables.open("t"), "*") == [(1, "café")]


@pytest.mark.parametrize(
    ("content", "line", "instead"),
    [
        ("a,b\n1,x\n2,café\n".encode("latin-1"), 3, "write `encoding`, for instance latin-1 or cp1252"),
        ("a,b\n1,x\n2,y\n".encode("utf-16-le"), 1, "write `encoding`, for instance utf-16-le or utf-16-be"),
    ],
)
def test_an_encoding_that_nobody_named_is_a_mistake_that_says_what_to_write(
    tmp_path: Path, content: bytes, line: int, instead: str
) -> None:
    put(tmp_path / "t.csv", content)
    with Tables([TableSource(path="t.csv")], tmp_path) as tables:
        mistake = wrong(tables, "t")
    assert (mistake.file, mistake.line, mistake.key) == ("t.csv", line, "t.encoding")
    assert (mistake.what, mistake.instead) == ("this is not UTF-8", instead)


def test_a_wrong_encoding_is_a_mistake(tmp_path: Path) -> None:
    put(tmp_path / "t.csv", "a\ncafé\n".encode("latin-1"))
    sources = [TableSource(name=each, path="t.csv", encoding=each) for each in ("klingon", "ascii", "utf-8")]
    with Tables(sources, tmp_path) as tables:
        assert wrong(tables, "klingon").what == "there is no encoding 'klingon'"
        assert wrong(tables, "ascii").what.startswith("this is not ascii")
        assert wrong(tables, "utf-8").what == "this is not UTF-8"


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    put(tmp_path / "t.csv", "id,name\n")
    with Tables([TableSource(path="t.csv")], tmp_path) as tables:
        assert [each.name for each in tables.open("t").columns] == ["id", "name"]
        assert rows(tables, tables.open("t")) == [(0,)]


@pytest.mark.parametrize(
    ("content", "what"), [("", "the file is empty"), ("\n \n\n", "the file holds nothing but blank lines")]
)
def test_nothing_is_a_mistake(tmp_path: Path, content: str, what: str) -> None:
    put(tmp_path / "t.csv", content)
    with Tables([TableSource(path="t.csv")], tmp_path) as tables:
        assert wrong(tables, "t").what == what


def test_without_a_header_columns_are_numbered_and_it_is_noted(tmp_path: Path) -> None:
    put(tmp_path / "t.csv", "1,2\n3,4\n")
    with Tables([TableSource(path="t.csv")], tmp_path) as tables:
        table = tables.open("t")
        assert [each.name for each in table.columns] == ["column0", "column1"]
        assert table.notes == ("there is no header; columns are called column0, column1 …",)


def test_short_rows_are_filled_up_and_it_is_noted(tmp_path: Path) -> None:
    put(tmp_path / "t.csv", "a,b,c\n1,x,3\n2,y\n3,z,4\n")
    with Tables([TableSource(path="t.csv")], tmp_path) as tables:
        table = tables.open("t")
        assert sorted(rows(tables, table, "*"))[1] == (2, "y", None)
        assert table.notes == ("rows with fewer fields than the header are filled up with empty ones",)


def scan(tables: Tables, table: Table) -> list[tuple[object, ...]]:
    return rows(tables, table, "max(a), count(b), count(*)")


@pytest.mark.parametrize(
    ("late", "expected"),
    [("many,x\n", ("many", 30_001, 30_001)), ("7\n", (7, 30_000, 30_001)), ("8,\"q, r\"\n", (8, 30_001, 30_001))],
)  # fmt: skip
def test_what_no_sample_had_shown_is_found_by_reading_again(
    tmp_path: Path, late: str, expected: tuple[object, ...]
) -> None:
    put(tmp_path / "t.csv", "a,b\n" + "1,x\n" * 30_000 + late)
    with Tables([TableSource(path="t.csv")], tmp_path) as tables:
        table = tables.open("t")
        if late.endswith('"\n'):  # a quote that comes late needs no second look
            assert scan(tables, table) == [expected]
            return
        with pytest.raises(duckdb.Error) as raised:
            scan(tables, table)
        assert "30002" in tables.said(raised.value)
        again = tables.reread(table)
        assert scan(tables, again) == [expected]
        assert tables.open("t") is again
        assert tables.reread(again) is again


def test_rows_with_too_many_fields_are_never_dropped(tmp_path: Path) -> None:
    put(tmp_path / "t.csv", "a,b\n" + "1,x\n" * 30_000 + "2,y,z\n")
    with Tables([TableSource(path="t.csv")], tmp_path) as tables:
        table = tables.open("t")
        with pytest.raises(duckdb.Error):
            scan(tables, table)
        again = tables.reread(table)
        assert again.columns == table.columns or scan(tables, again)[0][2] == 30_001
        if again.columns == table.columns:
            with pytest.raises(duckdb.Error, match="30002"):
                scan(tables, again)


def test_files_in_another_order_of_columns_are_matched_by_name(tmp_path: Path) -> None:
    put(tmp_path / "t" / "1.csv", "a,b\n1,2\n")
    put(tmp_path / "t" / "2.csv", "b,a\n4,3\n")
    put(tmp_path / "u" / "1.csv", "a,b\n1,2\n")
    put(tmp_path / "u" / "2.csv", "a,b\n1.5,x\n")
    with Tables([TableSource(path="t"), TableSource(path="u")], tmp_path) as tables:
        assert sorted(rows(tables, tables.open("t"), "a, b")) == [(1, 2), (3, 4)]
        assert not tables.open("t").same_columns
        assert tables.open("u").types == {"a": "DOUBLE", "b": "VARCHAR"}
        assert rows(tables, tables.open("u"), "sum(a), max(b)") == [(2.5, "x")]


@pytest.mark.slow
def test_ten_thousand_columns(tmp_path: Path) -> None:
    put(tmp_path / "t.csv", ",".join(f"c{at}" for at in range(10_000)) + "\n" + (",".join(["7"] * 10_000) + "\n") * 3)
    with Tables([TableSource(path="t.csv")], tmp_path) as tables:
        table = tables.open("t")
        assert len(table.columns) == 10_000
        assert rows(tables, table, "sum(c9999)") == [(21,)]


def test_nul_bytes_stay_values(tmp_path: Path) -> None:
    put(tmp_path / "t.csv", b"a,b\n1,x\0y\n2,\0\n")
    with Tables([TableSource(path="t.csv")], tmp_path) as tables:
        assert sorted(rows(tables, tables.open("t"), "a, length(b)")) == [(1, 3), (2, 1)]


def test_odd_headers_are_names(tmp_path: Path) -> None:
    put(tmp_path / "t.csv", 'a"b,\'; DROP TABLE t; --,😀,select,"two, words",a\'b\n1,2,3,4,5,6\n')
    with Tables([TableSource(path="t.csv")], tmp_path) as tables:
        table = tables.open("t")
        assert len(table.columns) == 6
        assert rows(tables, table, "*") == [(1, 2, 3, 4, 5, 6)]


def test_a_delimiter_that_was_written_down_holds(tmp_path: Path) -> None:
    put(tmp_path / "t.csv", "a,b;c\n1,2;3\n")
    with Tables([TableSource(path="t.csv", delimiter=";")], tmp_path) as tables:
        assert [each.name for each in tables.open("t").columns] == ["a,b", "c"]
