"""Random tables for the engine's tests, and suites that ask everything of them; three ways to the same answer."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from decom_nb.check import (
    AcceptedValues,
    Castable,
    Check,
    Checked,
    CheckRun,
    CustomSql,
    Drift,
    Expression,
    ForeignKey,
    Freshness,
    FunctionalDependency,
    Length,
    Monotone,
    NotNull,
    Outliers,
    Pair,
    Range,
    Reconciliation,
    Regex,
    RowChange,
    Sample,
    SchemaIs,
    Statistic,
    Suite,
    TopShare,
    Unique,
    Volume,
)
from decom_nb.check.kind import ColumnShape
from decom_nb.engine import run
from decom_nb.engine.answer import value_of
from decom_nb.engine.session import Session
from decom_nb.errors import DecomError
from decom_nb.evidence.tables import Table, Tables, TableSource
from decom_nb.sql.judge import judge
from decom_nb.sql.needs import needs
from decom_nb.sql.quantity import Orphans, OwnQuery
from decom_nb.sql.text import name

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
LONG = "ü" * 90
"""Longer than the 64 bytes to which some writers cut bounds of text."""

TYPES: Mapping[str, pa.DataType] = {
    "id": pa.int64(),
    "small": pa.int8(),
    "huge": pa.int64(),
    "unsigned": pa.uint64(),
    "parent": pa.int32(),
    "word": pa.string(),
    "text": pa.string(),
    "x": pa.float64(),
    "f": pa.float32(),
    "money": pa.decimal128(12, 2),
    "day": pa.date32(),
    "moment": pa.timestamp("us"),
    "zoned": pa.timestamp("us", tz="UTC"),
    "ms": pa.timestamp("ms"),
    "ok": pa.bool_(),
    'odd "name"': pa.int32(),
}


def column(called: str, rows: int, pick: random.Random, *, nulls: bool, ordered: bool) -> list[Any]:
    """Make the values of one column."""
    makers: Mapping[str, Any] = {
        "id": lambda i: i + (pick.random() < 0.02),
        "small": lambda _: pick.randint(-128, 127),
        "huge": lambda _: pick.choice([-(2**63), 2**63 - 1, pick.randint(-(2**62), 2**62), 0, 1]),
        "unsigned": lambda _: pick.choice([0, 2**64 - 1, 2**63 + pick.randint(0, 9), pick.randint(0, 50)]),
        "parent": lambda _: pick.randint(-1 if pick.random() < 0.05 else 1, 31 if pick.random() < 0.05 else 30),
        "word": lambda _: pick.choice(["new", "paid", "sent", "sent", "sent", "Ünique", "", "typo"]),
        "text": lambda i: pick.choice(
            [f"user{i}@example.com", f"{i}", "", LONG + str(i % 7), "\U0001f600é", "2026-01-0" + str(i % 12)]
        ),
        "x": lambda _: pick.choice(
            [pick.uniform(-10, 110), -0.0, 0.0, 1e300, pick.choice([math.nan, math.inf, -math.inf, 5.0])]
        ),
        "f": lambda _: pick.choice([0.1, -0.0, 1.5, pick.uniform(-1, 1), math.nan if pick.random() < 0.1 else 2.0]),
        "money": lambda _: Decimal(pick.randint(-100_000, 100_000)) / 100,
        "day": lambda i: date(2026, 1, 1) + timedelta(days=(i // 20) if ordered else pick.randint(0, 90)),
        "moment": lambda i: datetime(2026, 1, 1) + timedelta(minutes=(i * 7) if ordered else pick.randint(0, 130_000)),
        "zoned": lambda _: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=pick.randint(0, 3_000_000)),
        "ms": lambda _: datetime(2026, 3, 1) + timedelta(milliseconds=pick.randint(0, 3_000_000)),
        "ok": lambda _: pick.random() < 0.5,
        'odd "name"': lambda i: i % 5,
    }
    missing = pick.choice([0.0, 0.0, 0.1, 1.0 if pick.random() < 0.1 else 0.5]) if nulls else 0.0
    return [None if pick.random() < missing else makers[called](i) for i in range(rows)]


def arrow_table(seed: int, rows: int, *, nulls: bool = True, ordered: bool = False) -> pa.Table:
    """Make a table of every type."""
    pick = random.Random(seed)
    columns = {each: column(each, rows, pick, nulls=nulls, ordered=ordered) for each in TYPES}
    return pa.table({each: pa.array(values, TYPES[each]) for each, values in columns.items()})


def write(table: pa.Table, path: Path, how: str, group: int) -> None:
    """Write a table as one of several writers would; `group` is the number of rows of a row group."""
    if how == "duckdb":
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.register("given", table)
            # DuckDB's smallest row group is 2048 rows.
            connection.execute(f"COPY (FROM given) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
        return
    pq.write_table(
        table,
        path,
        row_group_size=max(group, 1),
        write_statistics=how != "without statistics",
        use_dictionary=how != "without dictionaries",
        compression="zstd",
    )


def parents(path: Path, *, dense: bool, unique: bool = True) -> None:
    """Write the table that others refer to."""
    keys = [*range(1, 31)] if dense else [*range(1, 20), *range(23, 31), 400]
    keys += [] if unique else [3, 3]
    table = pa.table({
        "key": pa.array([*keys, None], pa.int64()),
        "word": pa.array([f"{'new' if each % 2 else 'paid'}" for each in keys] + ["sent"], pa.string()),
    })  # fmt: skip
    pq.write_table(table, path)


def every_kind(reference: str = "reference") -> tuple[Check, ...]:
    """Give checks of every kind, over every type."""
    return (
        NotNull(columns=("id",)),
        NotNull(columns=("x",)),
        NotNull(columns=("word", "money")),
        NotNull(name="filtered", columns=("text",), where="small > 0"),
        NotNull(name="by word", columns=("day",), by=("word",)),
        Volume(min_rows=10, max_rows=100_000),
        Volume(name="volume of word", max_rows=3, where="word = 'typo'"),
        RowChange(max_change=0.5),
        Unique(columns=("id",)),
        Unique(columns=("small",)),
        Unique(columns=("huge",)),
        Unique(columns=("unsigned",)),
        Unique(columns=("text",)),
        Unique(columns=("x",)),
        Unique(columns=("zoned",)),
        Unique(name="composite", columns=("word", "day")),
        Unique(name="unique where", columns=("id",), where="ok"),
        Unique(name="unique by", columns=("small",), by=("ok",)),
        AcceptedValues(column="word", values=("new", "paid", "sent")),
        AcceptedValues(name="accepted small", column="small", values=(1, 2, 3)),
        AcceptedValues(name="accepted x", column="x", values=(0, 5)),
        Range(column="small", min=-100, max=100),
        Range(name="range id", column="id", min=0),
        Range(name="range huge", column="huge", max=2**62),
        Range(name="range unsigned", column="unsigned", max=2**63),
        Range(name="range x low", column="x", min=-5),
        Range(name="range x high", column="x", max=100),
        Range(name="range x nearly all", column="x", min=-1e305, max=1e305),
        Range(name="range f", column="f", min=-0.5, max=0.1),
        Range(name="range f low", column="f", min=-2),
        Range(name="range money", column="money", min=0, max=999.99),
        Range(name="range day", column="day", max="2026-03-15"),
        Range(name="range at", column="moment", min="2026-01-02", max="2026-03-31 12:00:00"),
        Range(name="range zoned", column="zoned", max="2026-03-20T00:00:00Z"),
        Range(name="range ms", column="ms", min="2026-03-01 00:10:00"),
        Range(name="range text", column="text", min="1"),
        Range(name="range where", column="small", min=0, where="word <> 'typo'"),
        Range(name="range by", column="small", min=0, by=("word",)),
        Regex(column="word", pattern="^[a-z]+$"),
        Regex(name="regex text", column="text", pattern="@example"),
        Length(column="word", min=1, max=5),
        Length(name="length text", column="text", max=40),
        Castable(column="text", type="DATE"),
        Castable(name="castable word", column="word", type="INTEGER"),
        Expression(expression="moment <= ms OR small > 0"),
        Expression(name="expression where", expression="small < 100", where="ok"),
        Monotone(column="day", order_by="id"),
        FunctionalDependency(columns=("word",), determine=("ok",)),
        Outliers(column="small"),
        Outliers(name="outliers x", column="x", method="mad"),
        ForeignKey(columns=("parent",), parent="parents", parent_columns=("key",)),
        ForeignKey(name="fk where", columns=("parent",), parent="parents", parent_columns=("key",), where="ok"),
        ForeignKey(name="fk by", columns=("parent",), parent="parents", parent_columns=("key",), by=("ok",)),
        ForeignKey(name="fk word", columns=("word",), parent="parents", parent_columns=("word",)),
        Freshness(column="moment", max_age_hours=24),
        Freshness(name="fresh zoned", column="zoned", max_age_hours=24),
        Freshness(name="fresh day", column="day", max_age_hours=240, where="word = 'new'"),
        *(
            Statistic(name=f"{of} of {of_column}", column=of_column, of=of, min=0, max=50)
            for of_column in ("small", "x", "money")
            for of in ("mean", "sum", "min", "max", "stddev", "median", "distinct", "null_share")
        ),
        Statistic(name="distinct words", column="word", of="distinct", max=5),
        TopShare(column="word", max_share=0.4),
        TopShare(name="top small by", column="small", max_share=0.3, by=("ok",)),
        Reconciliation(
            against=reference,
            group=("CAST(moment AS DATE)",),
            figures=(Pair(of="count"), Pair(of="sum", column="money"), Pair(of="max", column="small")),
        ),
        Reconciliation(name="whole", against=reference, figures=(Pair(of="count"), Pair(of="distinct", column="word"))),
        Sample(against=reference, keys=("id",), columns=("word", "money")),
        Drift(column="word", reference=reference, max_distance=0.1),
        Drift(name="drift ks", column="small", reference=reference, method="ks", max_distance=0.1),
        SchemaIs(has=(ColumnShape(name="id", type="BIGINT"), ColumnShape(name="missing")), others=True),
        CustomSql(sql="SELECT id FROM orders WHERE small > 120"),
        Expression(name="odd", expression='"odd ""name""" < 4'),
        NotNull(name="no such column", columns=("nowhere",)),
    )


def opened(folder: Path, file: str = "orders.parquet", **more: Any) -> Tables:
    """Open the tables that lie in a folder."""
    return Tables(
        [
            TableSource(name="orders", path=file),
            TableSource(name="parents", path="parents.parquet"),
            TableSource(name="reference", path="reference.parquet"),
        ],
        folder,
        **more,
    )


def by_definition(suite: Suite, tables: Tables) -> list[Checked]:
    """Decide each check by the defining queries over plain copies of the tables: no file, no bounds, no plan."""
    copies: dict[str, str] = {}
    with duckdb.connect() as connection, Session(connection) as session:
        connection.execute("SET TimeZone = 'UTC'")
        session.zoned = True

        def copy(called: str) -> str:
            table = tables.open(called)
            if table.name not in copies:
                connection.register("given", tables.connection.sql(f"FROM {table.source}").to_arrow_table())
                connection.execute(f"CREATE TABLE {name(table.name)} AS FROM given")
                connection.unregister("given")
                copies[table.name] = name(table.name)
            return copies[table.name]

        found = []
        for check in suite.checks:
            table = tables.open(suite.table)
            others: dict[str, Table] = {}
            for each in ("parent", "against", "reference"):
                if called := getattr(check, each, ""):
                    others[called] = tables.open(called)
            known: dict[Any, Any] = {}
            try:
                quantities = needs(check, table, others)
            except DecomError:
                quantities = ()
            for quantity in quantities:
                source = copy(quantity.table)
                if isinstance(quantity, OwnQuery):
                    sql = quantity.query(source, {each: copy(each) for each in quantity.others})
                elif isinstance(quantity, Orphans):
                    sql = quantity.query(source, copy(quantity.parent))
                else:
                    sql = quantity.query(source)
                try:
                    known[quantity] = value_of(quantity, *session.table(sql))
                except duckdb.Error as error:
                    known[quantity] = error
            found.append(judge(check, table, known, now=NOW, others=others))
        return found


def said(checked: Checked) -> tuple[Any, ...]:
    """Give what must be equal however a check was decided; figures up to the rounding of sums."""
    value = None if checked.value is None else float(f"{checked.value:.9g}")
    # Partitions that are equally bad come in any order.
    parts = sorted((str(each.partition), each.violations, each.rows, each.verdict) for each in checked.partitions)
    if checked.verdict == "error":
        return checked.name, checked.verdict
    return checked.name, checked.verdict, checked.violations, checked.rows, value, parts


def differing(one: Sequence[Checked], other: Sequence[Checked]) -> list[tuple[Any, ...]]:
    """Give the checks that came out differently, side by side."""
    return [
        (said(a), said(b), a.message, b.message, a.decided_by)
        for a, b in zip(one, other, strict=True)
        if said(a) != said(b)
    ]


def ran(suite: Suite, tables: Tables, **more: Any) -> CheckRun:
    """Run a suite at the moment of these tests."""
    return run([suite], tables, now=NOW, **more)
