from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from decom_nb.errors import InputError
from decom_nb.evidence.tables import Column, Tables, TableSource
from tests.evidence.tables.made import ROWS, database, parquet, put, rows, traces, wrong


def test_importing_tables_imports_no_database() -> None:
    code = "import sys, decom_nb.evidence.tables; sys.exit(not {'duckdb', 'pandas', 'keyring'}.isdisjoint(sys.modules))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_opening_and_listing_does_not_import_pandas(tmp_path: Path) -> None:
    parquet(tmp_path / "orders.parquet")
    database(tmp_path / "shop.duckdb", "CREATE TABLE t (a INTEGER)")
    code = (
        "import sys; from pathlib import Path; from decom_nb.evidence.tables import *\n"
        f"with Tables([TableSource(path='orders.parquet'), TableSource(path='shop.duckdb')], Path({str(tmp_path)!r})) as t:\n"
        "    assert t.names == ('orders', 't'), t.names\n"
        "    t.open('orders'); t.open('t')\n"
        "sys.exit('pandas' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_table_has_its_name_its_place_and_its_columns(tmp_path: Path) -> None:
    path = parquet(tmp_path / "evidence" / "orders.parquet")
    with Tables([TableSource(path="evidence/orders.parquet")], tmp_path) as tables:
        assert tables.names == ("orders",)
        table = tables.open("orders")
        assert (table.name, table.kind, table.shown) == ("orders", "parquet", "evidence/orders.parquet")
        assert table.columns == (Column("id", "BIGINT"), Column("name", "VARCHAR"))
        assert table.files == (str(path),)
        assert rows(tables, table, "count(*), max(id), min(name)") == [(3, 2, "x0")]


def test_names_are_taken_as_sql_takes_them_and_a_table_is_opened_once(tmp_path: Path) -> None:
    parquet(tmp_path / "Orders.parquet")
    with Tables([TableSource(path="Orders.parquet")], tmp_path) as tables:
        assert tables.open("ORDERS") is tables.open("Orders")
        assert tables.open("orders").name == "Orders"


def test_nothing_is_opened_before_it_is_asked_for(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"t{number}.parquet").symlink_to(parquet(tmp_path / "one.parquet") if not number else "one.parquet")
    with Tables([TableSource(path=f"t{number}.parquet") for number in range(200)], tmp_path) as tables:
        assert len(tables.names) == 200
        views = "SELECT count(*) FROM duckdb_views() WHERE NOT internal"
        assert tables.connection.execute(views).fetchall() == [(0,)]
        tables.open("t7")
        assert tables.connection.execute(views).fetchall() == [(1,)]
        assert len(tables.open_all(f"t{number}" for number in range(200))) == 200


def test_all_that_is_wrong_is_said_together(tmp_path: Path) -> None:
    put(tmp_path / "empty.csv", "")
    put(tmp_path / "half.parquet", parquet(tmp_path / "whole.parquet").read_bytes()[:200])
    names = ("empty", "half", "nowhere", "whole")
    with Tables(
        [TableSource(name=each, path=f"{each}.{'csv' if each == 'empty' else 'parquet'}") for each in names], tmp_path
    ) as tables:
        with pytest.raises(InputError) as raised:
            tables.open_all([*names, "whol"])
        assert [(each.file, each.key, each.what) for each in raised.value.mistakes] == [
            ("", "whol", "there is no table 'whol'"),
            ("empty.csv", "empty", "the file is empty"),
            ("half.parquet", "half", "the Parquet file is cut short or damaged: its end is missing"),
            ("nowhere.parquet", "nowhere.path", "there is nothing at this path"),
        ]
        assert raised.value.mistakes[0].instead == "did you mean whole?"
        assert tables.open("whole").columns


def test_two_tables_of_one_name_are_a_mistake_when_that_name_is_asked_for(tmp_path: Path) -> None:
    for each in ("a/orders.parquet", "b/ORDERS.parquet", "c.parquet"):
        parquet(tmp_path / each)
    sources = [TableSource(path=each) for each in ("a/orders.parquet", "b/ORDERS.parquet", "c.parquet")]
    with Tables(sources, tmp_path, frames={"C": pa.table({"x": [1]})}) as tables:
        assert "a/orders.parquet and b/ORDERS.parquet" in wrong(tables, "orders").what
        assert "frame C and c.parquet" in wrong(tables, "c").what
        assert len(tables.mistakes) == 2
    with Tables([sources[0], TableSource(name="other", path="b/ORDERS.parquet")], tmp_path) as tables:
        assert not tables.mistakes
        assert tables.open("other").columns


@pytest.mark.parametrize(
    "frame",
    [
        pa.table({"id": [1, 2], "s": ["a", None]}),
        pd.DataFrame({"id": [1, 2], "s": ["a", None]}),
        pl.DataFrame({"id": [1, 2], "s": ["a", None]}),
        pl.LazyFrame({"id": [1, 2], "s": ["a", None]}),
    ],
    ids=lambda frame: f"{type(frame).__module__.split('.')[0]}-{type(frame).__name__}",
)
def test_frames_are_read_by_name(frame: object) -> None:
    name = 'select; "frame" 😀'
    with Tables(frames={name: frame}) as tables:
        table = tables.open(name)
        assert (table.kind, table.files) == ("frame", ())
        assert [each.name for each in table.columns] == ["id", "s"]
        assert rows(tables, table, "sum(id), count(s)") == [(3, 1)]
        assert tables.fingerprint(table) == ""


def test_a_frame_is_not_copied() -> None:
    numbers = pl.DataFrame({"id": [1, 2, 3]}).to_arrow()
    with Tables(frames={"numbers": numbers}) as tables:
        tables.open("numbers")
        stored = "SELECT count(*) FROM duckdb_tables() WHERE NOT internal"
        assert tables.connection.execute(stored).fetchall() == [(0,)]


def test_what_is_no_frame_is_a_mistake() -> None:
    with Tables(frames={"odd": object()}) as tables:
        assert "a object cannot be read as a table" in wrong(tables, "odd").what


def test_the_session_sees_its_sources_and_nothing_else(tmp_path: Path) -> None:
    parquet(tmp_path / "orders.parquet")
    other = put(tmp_path / "secrets.csv", "a\n1\n")
    home = put(tmp_path / "out" / "x", "")
    with Tables([TableSource(path="orders.parquet")], tmp_path) as tables:
        tables.open("orders")
        for statement in (
            f"FROM read_csv('{other}')",
            f"FROM read_text('{other}')",
            f"FROM glob('{tmp_path}/*')",
            f"COPY (SELECT 1) TO '{home}.csv'",
            f"ATTACH '{home}.db'",
            f"EXPORT DATABASE '{home.parent}/all'",
            "INSTALL spatial",
            "LOAD spatial",
            "SET enable_external_access = true",
            "SET lock_configuration = false",
            "SET allowed_directories = ['/']",
            "SET temp_directory = '.'",
            "CREATE PERSISTENT SECRET s (TYPE s3)",
        ):
            with pytest.raises(duckdb.Error):
                tables.connection.execute(statement)
        tables.connection.execute("SET memory_limit = '500MB'; SET threads = 1")
    assert sorted(each.name for each in home.parent.iterdir()) == ["x"]


def test_limits_are_taken_and_those_that_are_none_are_a_mistake() -> None:
    setting = "SELECT current_setting('memory_limit'), current_setting('threads'), current_setting('TimeZone')"
    with Tables(memory_limit="512MiB", threads=1) as tables:
        assert tables.connection.execute(setting).fetchall() == [("512.0 MiB", 1, "UTC")]
    with pytest.raises(InputError, match="memory limit 'lots'"):
        Tables(memory_limit="lots")


def test_what_spills_lies_in_a_private_folder_that_is_gone_afterwards(tmp_path: Path) -> None:
    with mock.patch.object(tempfile, "tempdir", str(tmp_path)), Tables(memory_limit="60MB", threads=1) as tables:
        (scratch,) = tmp_path.iterdir()
        assert scratch.stat().st_mode & 0o077 == 0
        tables.connection.execute("CREATE TEMP TABLE t AS SELECT range AS a, hash(range) AS b FROM range(5_000_000)")
        assert [each for each in scratch.rglob("*") if each.is_file()]
    assert list(tmp_path.iterdir()) == []


def test_the_fingerprint_changes_with_the_files(tmp_path: Path) -> None:
    path = parquet(tmp_path / "day=1" / "a.parquet")
    source = TableSource(name="days", path=".")
    with Tables([source], tmp_path) as tables:
        table = tables.open("days")
        seen = [tables.fingerprint(table)]
        assert tables.fingerprint(table) == seen[0]
        other = parquet(tmp_path / "day=2" / "b.parquet")
        seen.append(tables.fingerprint(table))
        other.unlink()
        assert tables.fingerprint(table) == seen[0]
        os.utime(path, ns=(1, 1))
        seen.append(tables.fingerprint(table))
        status = path.stat()
        copy = put(tmp_path / "copy", path.read_bytes())
        os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
        copy.replace(path)
        seen.append(tables.fingerprint(table))
        path.unlink()
        seen.append(tables.fingerprint(table))
        assert len(set(seen)) == len(seen)


def test_reading_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    parquet(tmp_path / "p.parquet")
    put(tmp_path / "c.csv", "a;b\n1;caf\xe9\n".encode("latin-1"))
    put(tmp_path / "j.jsonl", '{"a": 1}\n')
    database(tmp_path / "d.duckdb", f"CREATE TABLE t AS {ROWS.format(n=5)}")
    before = traces(tmp_path)
    time.sleep(0.01)
    sources = [TableSource(path=each) for each in ("p.parquet", "j.jsonl", "d.duckdb")]
    with Tables([*sources, TableSource(path="c.csv", encoding="latin-1")], tmp_path) as tables:
        for name in tables.names:
            assert rows(tables, tables.open(name))
    assert traces(tmp_path) == before


def test_views_are_seen_by_other_cursors(tmp_path: Path) -> None:
    parquet(tmp_path / "orders.parquet")
    with Tables([TableSource(path="orders.parquet")], tmp_path) as tables:
        table = tables.open("orders")
        assert tables.connection.cursor().execute(f"SELECT count(*) FROM {table.source}").fetchall() == [(3,)]


def test_a_session_that_nobody_closed_leaves_nothing(tmp_path: Path) -> None:
    code = (
        f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\n"
        "from decom_nb.evidence.tables import Tables\n"
        "tables = Tables(); raise KeyboardInterrupt"
    )
    subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert list(tmp_path.iterdir()) == []
