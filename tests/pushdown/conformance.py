"""Tables full of what engines treat differently, and suites that ask everything of them; loaded alike into each engine."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow
import yaml

from decom_nb import engine
from decom_nb.check import KINDS, CheckRun, Suite
from decom_nb.evidence.tables import Tables, TableSource

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
SCHEMA = "My Schema"
NAN, INF = float("nan"), float("inf")

COLUMNS: dict[str, str] = {
    "id": "BIGINT",
    "Order Key": "INTEGER",
    'na"me': "VARCHAR",
    "état 😀": "VARCHAR",
    "amount": "DECIMAL(12,2)",
    "ratio": "DOUBLE",
    "single": "FLOAT",
    "small": "SMALLINT",
    "flag": "BOOLEAN",
    "day": "DATE",
    "at": "TIMESTAMP",
    "zoned": "TIMESTAMP WITH TIME ZONE",
    "text_day": "VARCHAR",
    "text_number": "VARCHAR",
    "region": "VARCHAR",
    "parent": "BIGINT",
    "select": "INTEGER",
    "lazy; DROP TABLE x": "VARCHAR",
}
TABLES: dict[str, dict[str, str]] = {
    "Facts é": COLUMNS,
    "empty": COLUMNS,
    "parents": {"key": "BIGINT", "Name": "VARCHAR", "ratio": "DOUBLE"},
    "reference": COLUMNS,
    "verified": {"id": "BIGINT", "amount": "DECIMAL(12,2)", 'na"me': "VARCHAR", "ratio": "DOUBLE"},
    "totals": {"region": "VARCHAR", "rows": "BIGINT", "amount": "DECIMAL(18,2)", "newest": "DATE"},
    "single; row": {"v": "DOUBLE", "t": "VARCHAR"},
}
WORDS = [
    "new", "New", "NEW", "öl", "Öl", "oel", "zoo", "Zebra", "_x", "a\\b", "100%", " new ", "\u00a0new", "straße",
    "STRASSE", "", "ñ", "n\u0303", "😀", "K\u212a", "tab\tx", "line\nend", "end\n", "it's", "a.b@c.de", "A.B@C.DE",
    "x" * 300,
]  # fmt: skip
DAYS = ["2024-01-31", "2024-02-30", "31.12.2024", "n/a", "2023-02-29", "2024-02-29"]
NUMBERS = ["12", "-5", "2147483648", "n/a", "1,5", "abc", "007", "-2147483648", "-2147483649"]


def rows(table: str) -> list[tuple[Any, ...]]:
    """Give the rows of a table: the same ones each time."""
    pick = random.Random(f"conformance of {table}")
    if table == "empty":
        return []
    if table == "parents":
        return [(key, f"name {key}", key / 7) for key in range(0, 40, 2)]
    if table == "single; row":
        return [(NAN, "only")]
    if table == "verified":
        facts = rows("Facts é")
        right = [(row[0], row[4], row[2], row[5]) for row in facts[:30]]
        wrong = [(row[0], (row[4] or Decimal(0)) + 1, row[2], row[5]) for row in facts[30:40]]
        return [*right, *wrong, (10_000, Decimal("1.00"), "missing", 0.0), (None, Decimal("1.00"), "no key", 0.0)]
    if table == "totals":
        facts = rows("Facts é")
        found: dict[Any, list[Any]] = {}
        for row in facts:
            total = found.setdefault(row[14], [0, Decimal(0), None])
            total[0] += 1
            total[1] += row[4] or 0
            total[2] = max(filter(None, (total[2], row[9])), default=None)
        made = [(region, count, amount, newest) for region, (count, amount, newest) in found.items()]
        return [
            *made[:-1],
            ("nowhere", 1, Decimal("5.00"), date(2026, 1, 1)),
            (made[-1][0], made[-1][1] + 1, *made[-1][2:]),
        ]

    def maybe(value: Any, share: float = 0.1) -> Any:
        return None if pick.random() < share else value

    def ratio() -> float:
        special = [NAN, INF, -INF, -0.0, 0.0, 1e-300, 1e300, 0.1, 0.30000000000000004, 100.0]
        return pick.choice(special) if pick.random() < 0.3 else pick.gauss(10, 3)

    count = 500 if table == "Facts é" else 300
    made = []
    for at in range(count):
        number = ratio()
        single = (
            pick.choice([0.1, 0.5, 16777217.0, NAN, INF, -0.0]) if pick.random() < 0.4 else round(pick.gauss(0, 1), 3)
        )
        moment = datetime(2026, 3, 1) + timedelta(
            minutes=pick.randrange(60 * 24 * 29), microseconds=pick.choice([0, 1, 999_999])
        )
        made.append((
            maybe(at if pick.random() < 0.97 else at - 1, 0.02),
            maybe(pick.randrange(-5, 2_000_000_000)),
            maybe(pick.choice(WORDS)),
            maybe(pick.choice(WORDS[:8])),
            maybe(Decimal(pick.randrange(-100_000, 1_000_000)) / 100),
            maybe(number),
            maybe(single),
            maybe(pick.randrange(-32768, 32768)),
            maybe(pick.random() < 0.7),
            maybe(date(2026, 1, 1) + timedelta(days=pick.randrange(80))),
            maybe(moment),
            maybe(moment.replace(tzinfo=UTC) - timedelta(hours=pick.randrange(3))),
            maybe(pick.choice(DAYS)),
            maybe(pick.choice(NUMBERS)),
            pick.choice(["north", "South", "öst", None, "west; --", "'quoted'"]),
            maybe(pick.randrange(0, 44)),
            maybe(pick.randrange(0, 4)),
            maybe(pick.choice(["a", "b"])),
        ))  # fmt: skip
    return made


def checks(*, whole: bool) -> list[dict[str, Any]]:
    """Give every kind of check, with and without `where` and `by`: each check if `whole`, else one of each kind."""
    asked = yaml.safe_load(Path(__file__).with_name("checks.yaml").read_text(encoding="utf-8"))
    made = list(asked["varied"])
    firsts = list({check["check"]: check for check in reversed(asked["varied"])}.values())
    for check in asked["varied"] if whole else firsts:
        called = check.get("name") or "_".join([check["check"], *check.get("columns", [check.get("column", "")])])
        made.append({**check, "name": f"{called} where", "where": "small > 0 AND \"état 😀\" <> 'zoo'"})
        made.append({**check, "name": f"{called} by", "by": ["region", "flag"]})
    return [*made, *asked["alone"]]


ARROW = {"DECIMAL(12,2)": pyarrow.decimal128(12, 2), "DECIMAL(18,2)": pyarrow.decimal128(18, 2)}
"""Types that Arrow does not make of the values themselves."""
KINDS_THAT_FIND = [each for each in KINDS if each not in ("volume", "row_change")]
"""Kinds of check that find something wrong in these tables, so that agreeing means something."""


def suites(*, whole: bool = False) -> list[Suite]:
    """Give the suites: checks of the full table and of the empty one, and some of the table with one row."""
    empty = [each for each in checks(whole=whole) if each["check"] != "custom_sql"]
    empty = empty if whole else list({each["check"]: each for each in reversed(empty)}.values())
    asked = [
        {"table": "Facts é", "key": ["id"], "personal": ['na"me'], "checks": checks(whole=whole)},
        {"table": "empty", "key": ["id"], "checks": empty},
        {"table": "single; row", "checks": [
            {"check": "range", "column": "v", "min": 0}, {"check": "statistic", "column": "v", "of": "mean", "min": 0},
            {"check": "statistic", "column": "v", "of": "stddev", "min": 0}, {"check": "unique", "columns": ["v"]},
            {"check": "outliers", "column": "v"}, {"check": "length", "column": "t", "min": 5},
        ]},
        {"table": "no such table", "checks": [{"check": "volume", "min_rows": 1}]},
    ]  # fmt: skip
    return [Suite.model_validate(each) for each in asked]


def differing(here: CheckRun, there: CheckRun) -> list[str]:
    """Say where two runs differ in what they counted or judged; a check that one leaves open is no difference."""
    found = []
    for one, other in zip(here.checks, there.checks, strict=True):
        assert (one.table, one.name) == (other.table, other.name)
        if other.verdict == "not_known" and one.verdict != "not_known":
            continue
        where = f"{one.table}.{one.name}"
        for key in ("verdict", "violations", "rows", "partitions_total"):
            if getattr(one, key) != getattr(other, key):
                said = f"{one.message} | {other.message}"
                found += [f"{where}: {key} {getattr(one, key)} here, {getattr(other, key)} there: {said}"]
        if not close(one.value, other.value) or not close(one.share, other.share):
            found.append(f"{where}: value {one.value} here, {other.value} there")
        ours = [(each.partition, each.violations, each.rows, each.verdict) for each in one.partitions]
        theirs = [(each.partition, each.violations, each.rows, each.verdict) for each in other.partitions]
        if sorted(ours, key=str) != sorted(theirs, key=str):
            found.append(f"{where}: partitions {ours[:3]} here, {theirs[:3]} there")
    return found


def close(one: float | None, other: float | None) -> bool:
    """Tell whether two figures are the same but for the order in which floats were added."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))


def open_checks(run: CheckRun) -> dict[str, str]:
    """Give the checks that a run left open, and why."""
    return {f"{each.table}.{each.name}": each.message for each in run.checks if each.verdict == "not_known"}


def load_duckdb(path: Path) -> None:
    """Write the tables into a DuckDB file."""
    with duckdb.connect(str(path)) as made:
        for table, columns in TABLES.items():
            made.execute(
                f"CREATE TABLE {quoted(table)} ({', '.join(f'{quoted(name)} {type_}' for name, type_ in columns.items())})"
            )
            given = list(zip(*rows(table), strict=True)) or [()] * len(columns)
            arrays = [pyarrow.array(each, ARROW.get(columns[name])) for name, each in zip(columns, given, strict=True)]
            made.register("given", pyarrow.table(arrays, names=[str(at) for at in range(len(arrays))]))
            made.execute(f"INSERT INTO {quoted(table)} SELECT * FROM given")


def on_duckdb(path: Path, asked: list[Suite]) -> CheckRun:
    """Run suites on the tables in a DuckDB file."""
    sources = [TableSource(name=table, path=str(path), kind="duckdb", table=quoted(table)) for table in TABLES]
    with Tables(sources, path.parent) as tables:
        return engine.run(asked, tables, now=NOW)


def load_postgres(url: str) -> None:
    """Write the tables into PostgreSQL, in a schema of their own with capitals and a space in its name."""
    types = {"DOUBLE": "double precision", "FLOAT": "real", "VARCHAR": "text"}
    with psycopg.connect(url, autocommit=True) as made:
        made.execute(f"DROP SCHEMA IF EXISTS {quoted(SCHEMA)} CASCADE")
        made.execute(f"CREATE SCHEMA {quoted(SCHEMA)}")
        for table, columns in TABLES.items():
            there = f"{quoted(SCHEMA)}.{quoted(table)}"
            shape = ", ".join(f"{quoted(name)} {types.get(type_, type_)}" for name, type_ in columns.items())
            made.execute(f"CREATE TABLE {there} ({shape})")
            with made.cursor() as cursor, cursor.copy(f"COPY {there} FROM STDIN") as copy:
                for row in rows(table):
                    copy.write_row(row)


@contextmanager
def spark(folder: Path) -> Iterator[Any]:
    """Run Spark in this process, over loopback and offline, with the tables as views `t0`, `t1` …."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "1", "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.showConsoleProgress": "false", "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN", "spark.sql.adaptive.enabled": "false",
    }  # fmt: skip
    builder = SparkSession.builder.master("local[2]").appName("decom_nb tests")
    for key, text in settings.items():
        builder = builder.config(key, text)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    try:
        load_duckdb(folder / "source.duckdb")
        with duckdb.connect(str(folder / "source.duckdb"), read_only=True) as source:
            for at, table in enumerate(TABLES):
                file = folder / f"{at}.parquet"
                source.execute(f"COPY {quoted(table)} TO '{file}' (FORMAT parquet)")
                session.read.parquet(str(file)).createOrReplaceTempView(f"t{at}")
        yield session
    finally:
        session.stop()


def there(table: str) -> str:
    """Give the name of a table in PostgreSQL."""
    return f"{quoted(SCHEMA)}.{quoted(table)}"


def quoted(name: str) -> str:
    """Give a name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def assert_few_open(here: CheckRun, there: CheckRun) -> None:
    """See that an engine leaves few checks open, each for a reason that is known."""
    ours = open_checks(here)
    more = {name: why for name, why in open_checks(there).items() if name not in ours}
    wanted = {
        "(?i) with letters beyond ASCII",
        "written in a way that engines read differently",
        "compared with a decimal",
    }
    assert {reason for reason in wanted if any(reason in why for why in more.values())} == wanted
    assert all(any(reason in why for reason in wanted) for why in more.values()), more
    assert len(more) < len(there.checks) / 30
