"""Runs what the methodology's template for type 2 does beside our load, in DuckDB, and gives the rows of both.

The view `scd_template` runs it when it is shown. The template's intent is written here in its smallest form: rows later
than the greatest beginning; close what differs, add what is not there; then add what was closed just now.
"""

# ruff: noqa: S608 - values are literals of sql/text.py; bound ones would make DuckDB import pandas for a handful of rows

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from decom_nb import knowledge
from decom_nb.knowledge import Row
from decom_nb.phases.patterns.scd.generator import in_duckdb
from decom_nb.phases.patterns.scd.specification import ScdSpecification
from decom_nb.sql.text import value

if TYPE_CHECKING:
    import duckdb

TABLES = Path(__file__).parent.parent / "tables"
Change = tuple[int, str | None, int]
"""Key, status, and the day of January on which it became so."""

_OURS = ScdSpecification(
    table="dim", source="batch", natural_key=("customer",), type_2=("status",), effective="changed_at", open_end="far"
)
_APART = 100
"""Customers of one situation have smaller numbers than this."""
_CLOSE_OR_ADD = """
MERGE INTO dim AS d
USING (SELECT * FROM batch WHERE changed_at > (SELECT max(valid_from) FROM dim)) AS b
ON d.customer = b.customer AND d.is_current
WHEN MATCHED AND d.status <> b.status THEN UPDATE SET is_current = false, valid_to = {now}
WHEN NOT MATCHED THEN INSERT VALUES (b.customer, b.status, {now}, {until}, true)
"""
_ADD_WHAT_WAS_CLOSED = """
INSERT INTO dim
SELECT customer, status, {now}, {until}, true FROM batch AS b
WHERE EXISTS (SELECT 1 FROM dim AS d WHERE d.customer = b.customer AND NOT d.is_current AND d.valid_to = {now})
"""


class Situation(Row):
    """A dimension and a batch with which the template goes wrong."""

    name: str
    title: str
    says: str
    there: tuple[Change, ...]
    batch: tuple[Change, ...]
    clock: tuple[int, int]


class Situations(BaseModel):
    """The table of situations."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    until: str = Field(description="the day that stands for an open end")
    situations: tuple[Situation, ...]


@cache
def situations() -> Situations:
    """Give the table of situations."""
    return knowledge.load(Situations, TABLES / "scd_template.yaml", sources=knowledge.citations(TABLES))


@cache
def trial() -> tuple[dict[str, Any], ...]:
    """Give each situation with the rows that were there, those of the batch, and what template and our load make of them."""
    import duckdb

    table = situations()
    told = []
    with duckdb.connect(config={"threads": 1}) as connection:
        ours = _by_ours(connection, table)
        for each in table.situations:
            before = _prepare(connection, [each], table.until)
            template, refused = _by_template(connection, each, table.until)
            told.append(
                {
                    "name": each.name,
                    "title": each.title,
                    "says": each.says,
                    "before": before,
                    "batch": [
                        {"customer": key, "status": status, "changed_at": _day(day)} for key, status, day in each.batch
                    ],
                    "template": template,
                    "refused": refused,
                    "ours": ours[each.name],
                    "differs": refused != "" or template != ours[each.name],
                    "without_current": _without_current(template, each.batch),
                    "current_twice": _current_twice(template),
                }
            )
    return tuple(told)


def _prepare(
    connection: duckdb.DuckDBPyConnection, chosen: Sequence[Situation], until: str, apart: int = 0
) -> list[dict[str, Any]]:
    """Make dimension and batch of situations, the customers of each so far apart from those of the one before."""
    connection.execute(
        "CREATE OR REPLACE TABLE dim"
        " (customer INTEGER, status VARCHAR, valid_from TIMESTAMP, valid_to TIMESTAMP, is_current BOOLEAN)"
    )
    connection.execute("CREATE OR REPLACE TABLE batch (customer INTEGER, status VARCHAR, changed_at TIMESTAMP)")
    for at, situation in enumerate(chosen):
        for key, status, day in situation.there:
            row = f"{key + at * apart}, {value(status)}, {value(_day(day))}, {value(until)}, true"
            connection.execute(f"INSERT INTO dim VALUES ({row})")
        for key, status, day in situation.batch:
            connection.execute(f"INSERT INTO batch VALUES ({key + at * apart}, {value(status)}, {value(_day(day))})")
    return _rows(connection)


def _by_template(
    connection: duckdb.DuckDBPyConnection, situation: Situation, until: str
) -> tuple[list[dict[str, Any]], str]:
    import duckdb

    refused = ""
    for statement, day in zip((_CLOSE_OR_ADD, _ADD_WHAT_WAS_CLOSED), situation.clock, strict=True):
        try:
            connection.execute(statement.format(now=value(_day(day), "TIMESTAMP"), until=value(until, "TIMESTAMP")))
        except duckdb.Error as error:
            refused = str(error).splitlines()[0]
            break
    return _rows(connection), refused


def _by_ours(connection: duckdb.DuckDBPyConnection, table: Situations) -> dict[str, list[dict[str, Any]]]:
    """Load all situations at once, which touch different keys, and give the rows of each."""
    _prepare(connection, table.situations, table.until, _APART)
    for statement in in_duckdb(_OURS, _day(max(day for each in table.situations for day in each.clock))):
        connection.execute(statement)
    rows: dict[str, list[dict[str, Any]]] = {each.name: [] for each in table.situations}
    for row in _rows(connection):
        at, key = divmod(row["customer"], _APART)
        rows[table.situations[at].name].append({**row, "customer": key})
    return rows


def _rows(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    found = connection.execute(
        "SELECT customer, status, strftime(valid_from, '%Y-%m-%d') AS valid_from, strftime(valid_to, '%Y-%m-%d') AS valid_to,"
        " is_current FROM dim ORDER BY customer, dim.valid_from, status"
    )
    names = [each[0] for each in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _day(day: int) -> str:
    return f"2026-01-{day:02d}"


def _without_current(rows: Sequence[dict[str, Any]], batch: Sequence[Change]) -> list[int]:
    current = {row["customer"] for row in rows if row["is_current"]}
    return sorted({key for key, _, _ in batch} - current)


def _current_twice(rows: Sequence[dict[str, Any]]) -> list[int]:
    current = [row["customer"] for row in rows if row["is_current"]]
    return sorted({key for key in current if current.count(key) > 1})
