from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest

from decom_nb.errors import MissingExtra
from decom_nb.evidence.tables import Tables, TableSource, extension
from tests.evidence.tables.made import put, rows, traces, wrong

pytest.importorskip("duckdb_extension_sqlite_scanner")


def made(path: Path, *statements: str) -> Path:
    """A SQLite file in which the statements ran."""
    with closing(sqlite3.connect(path)) as database:
        for each in statements:
            database.execute(each)
        database.commit()
    return path


ORDERS = ("CREATE TABLE orders (id INTEGER, name TEXT)", "INSERT INTO orders VALUES (1, 'a'), (2, NULL)")


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_database_is_read_and_left_as_it_was(tmp_path: Path, journal: str) -> None:
    made(tmp_path / "shop.db", f"PRAGMA journal_mode = {journal}", *ORDERS)
    before = traces(tmp_path)
    with Tables([TableSource(path="shop.db")], tmp_path) as tables:
        assert tables.names == ("orders",)
        table = tables.open("orders")
        assert (table.kind, table.types) == ("sqlite", {"id": "BIGINT", "name": "VARCHAR"})
        assert rows(tables, table, "sum(id), count(name)") == [(3, 1)]
        assert traces(tmp_path) == before
    assert traces(tmp_path) == before


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_its_owner_writes_to_it_meanwhile(tmp_path: Path, journal: str) -> None:
    path = made(tmp_path / "shop.db", f"PRAGMA journal_mode = {journal}", *ORDERS)
    with Tables([TableSource(path="shop.db")], tmp_path) as tables:
        table = tables.open("orders")
        seen = tables.fingerprint(table)
        assert rows(tables, table) == [(2,)]
        code = (
            f"import sqlite3; c = sqlite3.connect({str(path)!r}, timeout=1)\n"
            "c.execute('INSERT INTO orders VALUES (3, 4)'); c.commit()"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
        assert tables.fingerprint(table) != seen


def test_what_an_open_writer_has_committed_is_read(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as writer:
        writer.execute("PRAGMA journal_mode = wal")
        for each in ORDERS:
            writer.execute(each)
        writer.commit()
        before = traces(tmp_path)
        with Tables([TableSource(path="shop.db")], tmp_path) as tables:
            assert rows(tables, tables.open("orders")) == [(2,)]
        assert traces(tmp_path) == before


def test_a_damaged_file_is_a_mistake(tmp_path: Path) -> None:
    put(tmp_path / "x.db", b"SQLite format 3\0" + b"\xff" * 100)
    with Tables([TableSource(name="x", path="x.db", table="t")], tmp_path) as tables:
        assert "damaged" in wrong(tables, "x").what


def test_a_missing_extra_is_one_sentence_and_only_for_who_needs_it(tmp_path: Path) -> None:
    made(tmp_path / "shop.db", *ORDERS)
    put(tmp_path / "t.csv", "a\n1\n")
    sources = [TableSource(name="shop", path="shop.db", table="orders"), TableSource(path="t.csv")]
    with (
        mock.patch.object(extension.importlib.util, "find_spec", return_value=None),
        Tables(sources, tmp_path) as tables,
    ):
        assert rows(tables, tables.open("t")) == [(1,)]
        with pytest.raises(
            MissingExtra,
            match=r'reading SQLite needs duckdb-extension-sqlite-scanner==\S+: pip install "decom_nb\[tables\]"',
        ):
            tables.open("shop")
