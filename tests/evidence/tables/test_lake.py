from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from decom_nb.evidence.tables import Tables, TableSource
from tests.evidence.tables.made import delta, iceberg, parquet, put, rows, traces, wrong

pytest.importorskip("duckdb_extension_delta")
pytest.importorskip("duckdb_extension_iceberg")


def test_a_delta_table_is_read_as_of_its_newest_version(tmp_path: Path) -> None:
    delta(tmp_path / "orders", ["a.parquet", "b.parquet"])
    with Tables([TableSource(path="orders")], tmp_path) as tables:
        first = tables.open("orders")
        assert rows(tables, first) == [(6,)]
        seen = tables.fingerprint(first)
        remove = {"remove": {"path": "b.parquet", "deletionTimestamp": 2, "dataChange": True}}
        put(tmp_path / "orders" / "_delta_log" / f"{1:020}.json", json.dumps(remove) + "\n")
        assert tables.fingerprint(first) != seen
    before = traces(tmp_path)
    with Tables([TableSource(path="orders")], tmp_path) as tables:
        table = tables.open("orders")
        assert (table.kind, table.shown, table.types) == ("delta", "orders", {"id": "BIGINT", "name": "VARCHAR"})
        assert rows(tables, table, "count(*), max(id)") == [(3, 2)]
    assert traces(tmp_path) == before


@pytest.mark.parametrize("hint", [True, False])
def test_an_iceberg_table_is_read(tmp_path: Path, hint: bool) -> None:
    iceberg(tmp_path / "orders", hint=hint)
    before = traces(tmp_path)
    with Tables([TableSource(path="orders")], tmp_path) as tables:
        table = tables.open("orders")
        assert (table.kind, table.types) == ("iceberg", {"id": "BIGINT", "name": "VARCHAR"})
        assert rows(tables, table, "count(*), max(id)") == [(3, 2)]
        assert bool(table.notes) is not hint
    assert traces(tmp_path) == before


def test_an_iceberg_table_that_was_moved_is_read(tmp_path: Path) -> None:
    iceberg(tmp_path / "there" / "orders")
    shutil.move(tmp_path / "there", tmp_path / "here")
    with Tables([TableSource(path="here/orders")], tmp_path) as tables:
        assert rows(tables, tables.open("orders")) == [(3,)]


@pytest.mark.parametrize("kind", ["delta", "iceberg"])
def test_metadata_that_point_elsewhere_read_nothing(tmp_path: Path, kind: str) -> None:
    other = parquet(tmp_path / "private.parquet", options=", FIELD_IDS {id: 1, name: 2}")
    if kind == "delta":
        delta(tmp_path / "orders", [f"../{other.name}"])
    else:
        iceberg(tmp_path / "orders", other)
    with Tables([TableSource(path="orders", kind=kind)], tmp_path) as tables:
        try:
            table = tables.open("orders")
        except Exception as error:
            assert "x0" not in str(error)  # noqa: PT017 - refused at once or when it is read, either will do
            return
        with pytest.raises(duckdb.Error):
            rows(tables, table, "*")


def test_a_damaged_lake_table_is_a_mistake(tmp_path: Path) -> None:
    put(tmp_path / "d" / "_delta_log" / f"{0:020}.json", "not json\n")
    put(tmp_path / "i" / "metadata" / "v1.metadata.json", "{")
    with Tables([TableSource(path="d"), TableSource(path="i")], tmp_path) as tables:
        assert wrong(tables, "d").file == "d"
        assert wrong(tables, "i").file == "i"
