from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb

from decom_nb.evidence.tables import Tables, TableSource
from tests.evidence.tables.made import database, parquet, put, rows, traces, wrong

SHOP = (
    "CREATE TABLE orders AS SELECT range AS id FROM range(1000)",
    "CREATE SCHEMA audit",
    "CREATE TABLE audit.log (a INTEGER)",
    "CREATE VIEW big AS FROM orders WHERE id > 990",
)


def elsewhere(path: Path, statement: str) -> str:
    """What comes of a statement in a process of its own; the error's first line if it fails."""
    code = f"import duckdb; print(duckdb.connect({str(path)!r}).execute({statement!r}).fetchall())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_every_table_and_view_is_offered_by_its_name(tmp_path: Path) -> None:
    database(tmp_path / "shop.duckdb", *SHOP)
    with Tables([TableSource(path="shop.duckdb")], tmp_path) as tables:
        assert set(tables.names) == {"orders", "log", "big"}
        assert rows(tables, tables.open("big")) == [(9,)]
        assert tables.open("orders").shown == "shop.duckdb"
        assert tables.open("orders").files == ()


def test_a_table_of_two_schemas_is_offered_with_its_schema(tmp_path: Path) -> None:
    database(tmp_path / "shop.duckdb", *SHOP, "CREATE TABLE audit.orders (b VARCHAR)")
    sources = [TableSource(path="shop.duckdb"), TableSource(name="both", path="shop.duckdb", table="orders"),
               TableSource(name="one", path="shop.duckdb", table="audit.orders"),
               TableSource(name="typo", path="shop.duckdb", table="odrers")]  # fmt: skip
    with Tables(sources, tmp_path) as tables:
        assert {"main.orders", "audit.orders", "log", "big"} < set(tables.names)
        assert tables.open("audit.orders").types == {"b": "VARCHAR"}
        assert tables.open("both").types == {"id": "BIGINT"}
        assert tables.open("one").types == {"b": "VARCHAR"}
        assert tables.open("one").shown == "shop.duckdb: audit.orders"
        assert wrong(tables, "typo").key == "typo.table"


def test_a_name_for_a_database_goes_before_its_tables(tmp_path: Path) -> None:
    database(tmp_path / "shop.duckdb", *SHOP)
    database(tmp_path / "other.duckdb", "CREATE TABLE orders (a INTEGER)")
    with Tables([TableSource(path="shop.duckdb"), TableSource(path="other.duckdb")], tmp_path) as tables:
        assert "shop.duckdb and other.duckdb" in wrong(tables, "orders").what
        assert rows(tables, tables.open("big")) == [(9,)]
    with Tables([TableSource(path="shop.duckdb"), TableSource(name="o", path="other.duckdb")], tmp_path) as tables:
        assert set(tables.names) == {"orders", "log", "big", "o"}
        assert tables.open("o").types == {"a": "INTEGER"}
    with Tables([TableSource(name="s", path="shop.duckdb")], tmp_path) as tables:
        assert set(tables.names) == {"s.orders", "s.log", "s.big"}


def test_odd_names_in_a_database_are_names(tmp_path: Path) -> None:
    odd = 'or"ders; DROP TABLE x; -- 😀 select'
    quoted = odd.replace('"', '""')
    database(tmp_path / "x.duckdb", f'CREATE SCHEMA "s.p"; CREATE TABLE "s.p"."{quoted}" AS SELECT 1 AS "a b"')
    sources = [TableSource(path="x.duckdb"), TableSource(name="t", path="x.duckdb", table=f's.p.{odd}'),
               TableSource(name="q", path="x.duckdb", table=f'"s.p"."{quoted}"')]  # fmt: skip
    with Tables(sources, tmp_path) as tables:
        for name in (odd, "t", "q"):
            assert rows(tables, tables.open(name), '"a b"') == [(1,)]


def test_a_file_that_is_read_can_be_written_to_by_its_owner(tmp_path: Path) -> None:
    path = database(tmp_path / "shop.duckdb", *SHOP)
    before = traces(tmp_path)
    with Tables([TableSource(path="shop.duckdb")], tmp_path) as tables:
        table = tables.open("orders")
        assert rows(tables, table) == [(1000,)]
        assert traces(tmp_path) == before
        seen = tables.fingerprint(table)
        assert elsewhere(path, "INSERT INTO orders SELECT 1 RETURNING 'written'") == "[('written',)]"
        assert tables.fingerprint(table) != seen


def test_a_file_that_another_process_writes_to_is_one_clear_mistake(tmp_path: Path) -> None:
    path = database(tmp_path / "shop.duckdb", *SHOP)
    code = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        with Tables([TableSource(path="shop.duckdb")], tmp_path) as tables:
            mistake = wrong(tables, "orders")
        assert mistake.what == f"another process (PID {writer.pid}) has this database open for writing"
        assert writer.stdin is not None
        writer.stdin.close()
    with Tables([TableSource(path="shop.duckdb")], tmp_path) as tables:
        assert rows(tables, tables.open("orders")) == [(1000,)]


def test_a_writer_in_this_process_keeps_its_lock(tmp_path: Path) -> None:
    path = database(tmp_path / "shop.duckdb", *SHOP)
    with duckdb.connect(path) as writer, Tables([TableSource(path="shop.duckdb")], tmp_path) as tables:
        assert wrong(tables, "orders").what == "this process itself has the database open for writing"
        writer.execute("INSERT INTO orders VALUES (1)")


def test_a_view_that_reads_other_files_reads_nothing(tmp_path: Path) -> None:
    other = parquet(tmp_path / "private.parquet")
    database(tmp_path / "client" / "x.duckdb", f"CREATE VIEW sneaky AS FROM '{other}'", "CREATE TABLE t (a INTEGER)")
    with Tables([TableSource(path="client/x.duckdb")], tmp_path) as tables:
        assert wrong(tables, "sneaky").what == "it reads a file that is not its own"
        assert rows(tables, tables.open("t")) == [(0,)]


def test_what_was_committed_and_not_yet_written_back_is_read(tmp_path: Path) -> None:
    path = database(tmp_path / "made.duckdb", "CREATE TABLE t AS SELECT 1 AS a")
    code = (
        f"import duckdb, os; c = duckdb.connect({str(path)!r}); c.execute(\"SET checkpoint_threshold = '1GB'\")\n"
        "c.execute('INSERT INTO t VALUES (2)'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (tmp_path / "made.duckdb.wal").exists()
    before = traces(tmp_path)
    with Tables([TableSource(path="made.duckdb")], tmp_path) as tables:
        assert rows(tables, tables.open("t"), "sum(a)") == [(3,)]
    assert traces(tmp_path) == before


def test_two_sessions_read_one_file(tmp_path: Path) -> None:
    database(tmp_path / "shop.duckdb", *SHOP)
    source = TableSource(path="shop.duckdb")
    with Tables([source], tmp_path) as one, Tables([source], tmp_path) as other:
        assert rows(one, one.open("orders")) == rows(other, other.open("orders")) == [(1000,)]


def test_a_damaged_database_is_a_mistake(tmp_path: Path) -> None:
    whole = database(tmp_path / "whole.duckdb", *SHOP).read_bytes()
    put(tmp_path / "half.duckdb", whole[: len(whole) // 3])
    put(tmp_path / "mark.duckdb", b"\0" * 8 + b"DUCK" + b"\xff" * 40)
    with Tables([TableSource(name=each, path=f"{each}.duckdb") for each in ("half", "mark")], tmp_path) as tables:
        assert tables.names == ()
        assert [each.file for each in tables.mistakes] == ["half.duckdb", "mark.duckdb"]
