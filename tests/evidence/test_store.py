"""The evidence store: filled, sealed, asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from decom_nb.errors import InputError
from decom_nb.evidence.relation import Relation, columns, page
from decom_nb.evidence.store import Store

THINGS = Relation(
    "made.things", "A row for each thing.", columns(("name", "VARCHAR", "its name"), ("seen_at", "TIMESTAMP", "when"))
)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as made:
        made.create([THINGS])
        made.con.execute("INSERT INTO made.things VALUES ('a', '2026-01-02 03:04:05')")
        made.seal()
        yield made


def test_rows_say_that_they_are_in_utc(store: Store) -> None:
    assert store.query("FROM made.things WHERE name = $name", {"name": "a"}) == [
        {"name": "a", "seen_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}
    ]


def test_a_sealed_store_reaches_no_file_and_can_be_added_to(store: Store, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n")
    with pytest.raises(duckdb.Error):
        store.con.execute(f"FROM read_csv('{outside}')")
    with pytest.raises(duckdb.Error):
        store.con.execute(f"ATTACH '{tmp_path / 'x.db'}'")
    store.con.execute("CREATE SCHEMA more; CREATE TABLE more.made AS FROM made.things")
    assert store.query("SELECT count(*) AS n FROM more.made") == [{"n": 1}]


@pytest.mark.parametrize(
    "sql", ["DELETE FROM made.things", "SELECT 1; SELECT 2", "SELEC 1", "FROM made.thing", "ATTACH 'x'", ""]
)
def test_a_persons_query_is_one_select(store: Store, sql: str) -> None:
    with pytest.raises(InputError):
        store.asked(sql, {})
    assert store.asked("SELECT count(*) AS n FROM made.things", {}) == [{"n": 1}]


def test_a_mistaken_query_is_told_what_there_is(store: Store) -> None:
    with pytest.raises(InputError, match=r"made\.things"):
        store.asked("FROM made.thing", {})


def test_its_files_go_with_it() -> None:
    store = Store()
    folder = store.folder
    assert folder.exists()
    store.close()
    assert not folder.exists()


def test_relations_are_documented() -> None:
    assert "| `name` | `VARCHAR` | its name |" in page([THINGS])
