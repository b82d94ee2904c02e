"""Every way of deciding a check gives the same: the plan, the plain scan, and the defining queries over plain copies."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from decom_nb.check import Suite
from tests.engine.made_tables import arrow_table, by_definition, differing, every_kind, opened, parents, ran, write

WRITERS = ("duckdb", "arrow", "without statistics", "without dictionaries")


def agree(folder: Path, file: str = "orders.parquet") -> None:
    suite = Suite(table="orders", key=("id",), checks=every_kind())
    with opened(folder, file) as tables:
        planned = ran(suite, tables)
        scanned = ran(suite, tables, plan="scan")
        defined = by_definition(suite, tables)
    assert not differing(planned.checks, defined)
    assert not differing(scanned.checks, defined)
    assert planned.complete
    assert scanned.complete


TABLES = {
    "seed": st.integers(0, 10**6),
    "rows": st.sampled_from([0, 1, 2, 40, 700, 7000]),
    "writer": st.sampled_from(WRITERS),
    "group": st.sampled_from([1, 7, 100, 1000]),
    "nulls": st.booleans(),
    "ordered": st.booleans(),
    "dense": st.booleans(),
    "unique": st.booleans(),
}
# Every example is a table of its own: there is nothing to make smaller, and trying to takes minutes.
SETTINGS: dict[str, Any] = {"suppress_health_check": [HealthCheck.too_slow], "phases": [Phase.generate]}


@pytest.mark.slow
@settings(max_examples=3, **SETTINGS)
@given(**TABLES)
def test_all_ways_agree(**table: Any) -> None:
    on_parquet(**table)


@pytest.mark.slow
@settings(max_examples=75, **SETTINGS)
@given(**TABLES)
def test_all_ways_agree_on_many_tables(**table: Any) -> None:
    on_parquet(**table)


def on_parquet(
    seed: int, rows: int, writer: str, group: int, nulls: bool, ordered: bool, dense: bool, unique: bool
) -> None:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made = arrow_table(seed, rows, nulls=nulls, ordered=ordered)
        write(made, folder / "orders.parquet", writer, max(group, rows // 50))
        beside(folder, seed, dense=dense, unique=unique)
        agree(folder)


@pytest.mark.parametrize("seed", [1, 2])
def test_all_ways_agree_on_a_text(seed: int, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("given", arrow_table(seed, 900, nulls=seed == 1, ordered=seed == 2))
        connection.execute(f"COPY (FROM given) TO '{tmp_path}/orders.csv'")
    beside(tmp_path, seed, dense=seed == 1, unique=True)
    agree(tmp_path, "orders.csv")


@pytest.mark.slow
def test_all_ways_agree_on_files_that_differ(tmp_path: Path) -> None:
    folder = tmp_path / "orders"
    folder.mkdir()
    first, second, third = (arrow_table(seed, 300) for seed in (5, 6, 7))
    pq.write_table(first, folder / "a.parquet", row_group_size=50)
    pq.write_table(second.select(second.column_names[::-1]), folder / "b.parquet", row_group_size=70)
    narrow = third.set_column(0, "id", third["id"].cast(pa.int32())).drop_columns(["money", "f"])
    pq.write_table(narrow, folder / "c.parquet")
    beside(tmp_path, 8, dense=True, unique=False)
    agree(tmp_path, "orders")


def beside(folder: Path, seed: int, *, dense: bool, unique: bool) -> None:
    """Write the tables that the checks look at beside their own."""
    write(arrow_table(seed + 1, 300), folder / "reference.parquet", "arrow", 100)
    parents(folder / "parents.parquet", dense=dense, unique=unique)
