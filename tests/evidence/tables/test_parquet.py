from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from decom_nb.evidence.tables import Tables, TableSource
from tests.evidence.tables.made import parquet, put, rows, wrong


def test_partitions_become_columns(tmp_path: Path) -> None:
    for year, month in ((2025, 12), (2026, 1)):
        parquet(tmp_path / "orders" / f"year={year}" / f"month={month:02}" / "part.parquet")
    with Tables([TableSource(path="orders")], tmp_path) as tables:
        table = tables.open("orders")
        assert table.partitions == ("year", "month")
        assert table.same_columns
        assert {each.name for each in table.columns} == {"id", "name", "year", "month"}
        assert sorted(rows(tables, table, "DISTINCT year")) == [(2025,), (2026,)]


@pytest.mark.parametrize(
    ("folder", "type_", "value"),
    [
        ("day=7", "BIGINT", 7),
        ("day=2026-01-20", "DATE", date(2026, 1, 20)),
        ("day=x%20y", "VARCHAR", "x y"),
        ("day=", "VARCHAR", ""),
    ],
)
def test_the_partition_of_a_single_file_is_a_column_like_any_other(
    tmp_path: Path, folder: str, type_: str, value: object
) -> None:
    parquet(tmp_path / "t" / folder / "part.parquet", "SELECT 1 AS id, 'other' AS day")
    with Tables([TableSource(path="t")], tmp_path) as tables:
        table = tables.open("t")
        assert table.types == {"id": "INTEGER", "day": type_}
        assert rows(tables, table, "min(day), max(day)") == [(value, value)]


def test_folders_above_the_table_are_no_partitions(tmp_path: Path) -> None:
    parquet(tmp_path / "client=acme" / "orders.parquet")
    with Tables([TableSource(path="orders.parquet")], tmp_path / "client=acme") as tables:
        assert [each.name for each in tables.open("orders").columns] == ["id", "name"]


def test_files_with_the_same_columns_are_one(tmp_path: Path) -> None:
    for number in range(3):
        parquet(tmp_path / "t" / f"{number}.parquet", "SELECT 1 AS a, {'x': 1, 'y': [1]} AS s")
    with Tables([TableSource(path="t")], tmp_path) as tables:
        table = tables.open("t")
        assert (table.same_columns, table.notes, len(table.files)) == (True, (), 3)


@pytest.mark.parametrize(
    ("first", "second", "notes", "read"),
    [
        ("1 AS a, 2 AS b", "3 AS a", ("1 of 2 files lack column 'b'; it is empty in their rows",), [(1, 2), (3, None)]),
        ("1 AS a, 2 AS b", "4 AS b, 3 AS a", ("the files have their columns in different orders; they are matched by name",),
         [(1, 2), (3, 4)]),
        ("1::TINYINT AS a", "300::INTEGER AS a",
         ("column 'a' has different types (INTEGER in 1, TINYINT in 1 files); it is read as the widest",), [(1,), (300,)]),
        ("1::INTEGER AS a", "1.5::DOUBLE AS a",
         ("column 'a' has different types (DOUBLE in 1, INTEGER in 1 files); it is read as the widest",), [(1,), (1.5,)]),
    ],
)  # fmt: skip
def test_files_that_differ_are_matched_by_name(
    tmp_path: Path, first: str, second: str, notes: tuple[str, ...], read: list[tuple[object, ...]]
) -> None:
    for number, select in enumerate((first, second)):
        parquet(tmp_path / "t" / f"{number}.parquet", f"SELECT {select}")
    with Tables([TableSource(path="t")], tmp_path) as tables:
        table = tables.open("t")
        assert (table.notes, table.same_columns) == (notes, False)
        assert sorted(rows(tables, table, "*")) == read


def test_types_that_do_not_go_together_are_a_mistake_that_names_the_files(tmp_path: Path) -> None:
    for number, select in enumerate(("1 AS a", "'x' AS a", "2 AS a")):
        parquet(tmp_path / "t" / f"part-{number}.parquet", f"SELECT {select}")
    with Tables([TableSource(path="t")], tmp_path) as tables:
        mistake = wrong(tables, "t")
    assert mistake.file == "t"
    assert "column 'a' is a number in part-0.parquet, part-2.parquet and text in part-1.parquet" in mistake.what


def test_a_file_cut_short_is_named_even_among_others(tmp_path: Path) -> None:
    parquet(tmp_path / "t" / "good.parquet")
    put(tmp_path / "t" / "half.parquet", parquet(tmp_path / "whole.parquet").read_bytes()[:-100])
    put(tmp_path / "mark.parquet", b"PAR1" + b"\xff" * 40 + b"PAR1")
    with Tables([TableSource(path="t"), TableSource(path="mark.parquet")], tmp_path) as tables:
        mistake = wrong(tables, "t")
        assert (mistake.file, mistake.instead) == ("t/half.parquet", "fetch it anew")
        assert "damaged" in wrong(tables, "mark").what


def test_an_empty_table_has_columns(tmp_path: Path) -> None:
    parquet(tmp_path / "none.parquet", "SELECT 1 AS a WHERE FALSE")
    with Tables([TableSource(path="none.parquet")], tmp_path) as tables:
        assert rows(tables, tables.open("none")) == [(0,)]


def test_odd_names_of_columns_stay_what_they_are(tmp_path: Path) -> None:
    names = ['a"b', "semi;colon", "select", "two words", "😀", "ID", "a.b", "x'y"]
    listed = ", ".join(f'{at} AS "{each.replace(chr(34), chr(34) * 2)}"' for at, each in enumerate(names))
    parquet(tmp_path / "t.parquet", f"SELECT {listed}")
    with Tables([TableSource(path="t.parquet")], tmp_path) as tables:
        assert [each.name for each in tables.open("t").columns] == names
