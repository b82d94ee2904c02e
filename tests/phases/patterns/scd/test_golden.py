"""dbt's own case of a snapshot: the source at two times, and the table that has to come of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from decom_nb.phases.patterns.scd import ScdSpecification
from tests.phases.patterns.scd.scd_engine import instant, load, prepare, rows

WORDS = ("first_name", "last_name", "email", "gender", "ip_address")
COLUMNS = {"id": "INT", **dict.fromkeys(WORDS, "VARCHAR"), "updated_at": "TIMESTAMP"}
SNAPSHOT = ScdSpecification(
    table="dim", source="stage", natural_key=("id",), type_2=(*WORDS, "updated_at", "test_updated_at"),
    columns={"test_updated_at": "updated_at"}, effective="updated_at", valid_from="test_valid_from", valid_to="TEST_VALID_TO",
    is_current="",
)  # fmt: skip
"""What dbt calls the strategy timestamp: a later time is a change by itself, so it is tracked like a column."""


def read(path: Path) -> list[dict[str, Any]]:
    found = duckdb.connect().execute("SELECT * FROM read_csv(?, all_varchar = true)", [str(path)])
    names = [each[0] for each in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def texts(found: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    by_name = [sorted((name.lower(), value) for name, value in row.items()) for row in found]
    return sorted(tuple("" if value is None else str(value) for _, value in row) for row in by_name)


@pytest.mark.parametrize("merge", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_snapshot_by_timestamp_is_dbts(shared_data: Path, merge: bool) -> None:
    connection = duckdb.connect()
    prepare(connection, SNAPSHOT, COLUMNS)
    check(connection, shared_data / "10_scd2", merge=merge)


@pytest.mark.slow
def test_a_snapshot_by_timestamp_is_dbts_on_postgres(shared_data: Path, postgres_url: str) -> None:
    import psycopg

    spec = SNAPSHOT
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        prepare(connection, spec, COLUMNS, "postgres")
        check(connection, shared_data / "10_scd2", dialect="postgres")


def check(connection: Any, folder: Path, **how: Any) -> None:
    for n in (0, 1):
        for _ in range(2):
            load(connection, SNAPSHOT, read(folder / f"t{n}_source.csv"), instant(n), **how)
            found = rows(connection, "dim", "id, test_valid_from")
            assert texts(found) == texts(read(folder / f"t{n}_expected_dim.csv"))
    assert len(found) == 31
    assert sum(row["TEST_VALID_TO"] is None for row in found) == 20


def test_a_snapshot_by_comparison_ends_what_was_deleted() -> None:
    """What dbt calls the strategy check, with hard deletes: the load's time, columns that are kept and not compared."""
    for deletes in ("close", "mark"):
        spec = ScdSpecification(
            table="dim", source="stage", natural_key=("id",), type_2=("email",), kept=("gender",), complete=True,
            deletes=deletes, is_deleted="dbt_is_deleted", valid_from="dbt_valid_from", valid_to="dbt_valid_to", is_current="",
        )  # fmt: skip
        connection = duckdb.connect()
        prepare(connection, spec, COLUMNS)
        one, other = {"id": 1, "email": "a", "gender": "f"}, {"id": 2, "email": None, "gender": "m"}
        load(connection, spec, [one, other], instant(1))
        load(connection, spec, [{**one, "gender": "x"}], instant(2))
        load(connection, spec, [{**one, "gender": "x"}, other], instant(3))
        told = [tuple(row.values()) for row in rows(connection, "dim", "id, dbt_valid_from")]
        marked = [(2, None, "m", instant(2), instant(3), True)] if deletes == "mark" else []
        wanted = [(1, "a", "f", instant(1), None, False), (2, None, "m", instant(1), instant(2), False), *marked,
                  (2, None, "m", instant(3), None, False)]  # fmt: skip
        assert told == (wanted if deletes == "mark" else [row[:-1] for row in wanted])
