"""The SQL of a backfill: what is counted before and after, how a part is made and swapped in. Text only; nothing is run here.

All of it is made as DuckDB SQL first, names and values quoted, and then put into the words of the engine. What people wrote
(queries, metrics) has been through `sql.guard`: it reads, and does nothing else.
"""

# ruff: noqa: S608 - writing SQL is what this is for; every name goes through sql/text.py, every query through sql/guard.py

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from decom_nb.errors import InputError, Mistake
from decom_nb.phases.testing.backfill_document import BackfilledTable
from decom_nb.phases.testing.backfill_part import Part
from decom_nb.sql import guard
from decom_nb.sql.dialect import NotSayable, as_dialect, statement
from decom_nb.sql.script_text import transaction
from decom_nb.sql.text import name, string

ROWS = "decom_rows"
_PLAIN = re.compile(r"\w+")
_SYSTEM = ("information_schema", "pg_catalog", "system", "temp")
_BESIDE = ("where", "group", "having", "order", "limit", "joins", "distinct", "qualify")
_REPLACES = ("databricks", "spark")
"""Engines without transactions over statements, in which Delta tables replace what a condition chooses in one."""


@dataclass(frozen=True)
class TableSql:
    """The SQL for one table: its parts in DuckDB's words; `in_words` puts them into an engine's."""

    table: str
    partition: str
    kind: str
    key: tuple[str, ...]
    metrics: tuple[str, ...]
    query: str
    source_query: str
    staging_schema: str

    @property
    def target(self) -> str:
        """The table, quoted."""
        return qualified(self.table)

    @property
    def staging(self) -> str:
        """Where a part of it is made, quoted."""
        flat = self.table.replace('"', "").replace(".", "__")
        return f"{name(self.staging_schema)}.{name(flat)}"

    def within(self, first: Part, last: Part | None = None) -> str:
        """Give the condition for a part, or for all from one part to another: the start is in, the end is not."""
        low, high = self._bounds(first, last or first)
        return f"{name(self.partition)} >= {low} AND {name(self.partition)} < {high}"

    def _bounds(self, first: Part, last: Part) -> tuple[str, str]:
        if self.kind == "date":
            return f"CAST('{first.first}' AS DATE)", f"CAST('{last.until}' AS DATE)"
        if self.kind == "timestamp":
            moments = (each.strftime("%Y-%m-%d %H:%M:%S") for each in (first.starts_at, last.ends_at))
            low, high = (f"CAST('{each}' AS TIMESTAMP)" for each in moments)
            return low, high
        moments = (each.strftime("%Y-%m-%d %H:%M:%S+00:00") for each in (first.starts_at, last.ends_at))
        low, high = (f"CAST('{each}' AS TIMESTAMPTZ)" for each in moments)
        return low, high

    def counted(self, relation: str, condition: str) -> str:
        """Count the rows of a relation and work out the key metrics."""
        metrics = "".join(f", {metric} AS metric_{at}" for at, metric in enumerate(self.metrics, start=1))
        return f"SELECT count(*) AS row_count{metrics} FROM {relation} AS {name(ROWS)} WHERE {condition}"

    def outside(self, range_: str) -> str:
        """Count the table's rows that no part holds."""
        return f"SELECT count(*) AS row_count FROM {self.target} WHERE ({range_}) IS NOT TRUE"

    def duplicated(self, relation: str, condition: str = "") -> str:
        """Count the keys that stand in a relation more than once."""
        columns = ", ".join(map(name, self.key))
        where = f" WHERE {condition}" if condition else ""
        inner = f"SELECT {columns} FROM {relation}{where} GROUP BY {columns} HAVING count(*) > 1"
        return f"SELECT count(*) AS duplicated_keys FROM ({inner}) AS repeated"

    def made(self, part: Part) -> str:
        """Make a part anew, beside the table."""
        rows = f"SELECT * FROM ({self.query}) AS {name(ROWS)} WHERE {self.within(part)}"
        return f"CREATE OR REPLACE TABLE {self.staging} AS {rows}"

    def emptied(self, part: Part) -> str:
        """Take the part's old rows out of the table."""
        return f"DELETE FROM {self.target} WHERE {self.within(part)}"

    def filled(self, columns: Sequence[str] = ()) -> str:
        """Put the new rows in, by the names of the columns where these are known."""
        if columns:
            listed = ", ".join(map(name, columns))
            return f"INSERT INTO {self.target} ({listed}) SELECT {listed} FROM {self.staging}"
        return f"INSERT INTO {self.target} SELECT * FROM {self.staging}"


def table_sql(table: BackfilledTable, staging_schema: str) -> TableSql:
    """Check what people wrote of a table and give its SQL; raises `InputError` with all that is wrong."""
    mistakes: list[Mistake] = []
    metrics: list[str] = []
    for at, metric in enumerate(table.metrics):
        try:
            metrics.append(metric_of(metric))
        except InputError as error:
            mistakes += [_under(each, f"{table.table}.metrics[{at}]") for each in error.mistakes]
    queries = {"query": "", "source_query": ""}
    for key in queries:
        written = getattr(table, key)
        if written.strip():
            try:
                queries[key] = guarded(written)
            except InputError as error:
                mistakes += [_under(each, f"{table.table}.{key}") for each in error.mistakes]
    if mistakes:
        raise InputError(mistakes)
    return TableSql(
        table=table.table,
        partition=table.partition_column,
        kind=table.partition_kind,
        key=table.key,
        metrics=tuple(metrics),
        query=queries["query"],
        source_query=queries["source_query"],
        staging_schema=staging_schema,
    )


def guarded(query: str) -> str:
    """Give a query that only reads, with the tables it names kept with their schemas; raises `InputError`.

    >>> guarded("select id from raw.orders where amount > 0")
    'SELECT id FROM "raw"."orders" AS orders WHERE amount > 0'
    """
    import sqlglot
    from sqlglot import exp

    try:
        trees = sqlglot.parse(query, read="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError):
        return guard.one_select(query, key="query")  # which says what is wrong with it
    places: dict[str, str] = {}
    for tree in trees:
        for table in list(tree.find_all(exp.Table)) if tree is not None else ():
            parts = [each.name for each in table.parts]
            if len(parts) < 2 or not all(_PLAIN.fullmatch(part) for part in parts) or parts[0].lower() in _SYSTEM:
                continue
            if len(parts) > 1 and parts[-2].lower() in _SYSTEM:
                continue
            mark = f"decom_place_{len(places)}"
            places[mark] = ".".join(map(name, parts))
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(parts[-1])))
            for part in ("db", "catalog"):
                table.set(part, None)
            table.set("this", exp.to_identifier(mark))
    text = "; ".join(tree.sql(dialect="duckdb") for tree in trees if tree is not None)
    found = guard.one_select(text, key="query")
    return re.sub(r'"?\b(decom_place_\d+)\b"?', lambda mark: places.get(mark[1], mark[0]), found)


def metric_of(text: str) -> str:
    """Give an aggregate over the rows of a table, and nothing beside it."""
    import sqlglot
    from sqlglot import exp

    checked = guard.one_select(f"SELECT {text} FROM {ROWS}", tables=(ROWS,), key="metrics")
    tree = sqlglot.parse_one(checked, read="duckdb")
    more = [
        each
        for each in ("where", "group", "having", "order", "limit", "joins", "distinct", "qualify")
        if tree.args.get(each)
    ]
    one = tree.expressions[0] if isinstance(tree, exp.Select) and len(tree.expressions) == 1 else None
    if (
        one is None
        or more
        or one.find(exp.AggFunc) is None
        or one.find(exp.Query, exp.Window, exp.Star)
        or isinstance(one, exp.Alias)
    ):
        what = f"{text[:80]!r} is not one aggregate over the table's columns"
        raise InputError(Mistake("", 0, "metrics", what, "write one such as sum(net_amount)"))
    return str(one.sql(dialect="duckdb"))


def _under(mistake: Mistake, key: str) -> Mistake:
    return Mistake("", 0, key, mistake.what, mistake.instead)


def qualified(table: str) -> str:
    """Give a table's name as SQL, each of its parts quoted.

    >>> qualified("marts.fct_orders")
    '"marts"."fct_orders"'
    """
    return ".".join(name(part) for part in table.replace('"', "").split("."))


def swap(sql: TableSql, part: Part, dialect: str, columns: Sequence[str] = ()) -> str:
    """Give the script that makes a part beside the table and swaps it in at once, in an engine's words."""
    made = statement(f"DROP TABLE IF EXISTS {sql.staging}", dialect) + ";\n"
    made += statement(sql.made(part).replace("OR REPLACE ", "", 1), dialect) + ";\n"
    if dialect in _REPLACES:
        condition = as_dialect(f"SELECT 1 FROM decom_t WHERE {sql.within(part)}", dialect)
        rest = re.sub(r"\s+", " ", condition.partition("WHERE")[2]).strip()
        target = re.sub(r"\s+", " ", as_dialect(f"SELECT * FROM {sql.target}", dialect)).partition("FROM ")[2]
        staging = re.sub(r"\s+", " ", as_dialect(f"SELECT * FROM {sql.staging}", dialect))
        return f"{made}INSERT INTO {target} REPLACE WHERE {rest}\n{staging};\n"
    begin, commit = transaction(dialect)
    inside = [statement(sql.emptied(part), dialect), statement(sql.filled(columns), dialect)]
    return made + "".join(f"{each};\n" for each in (begin, *inside, commit))


def check_script(sql: TableSql, first: Part, last: Part, dialect: str) -> str:
    """Give the queries to run before and after, over the whole range: rows, metrics, duplicates, the source's own figures."""
    range_ = sql.within(first, last)
    asked = [("rows and key metrics in the range", sql.counted(sql.target, range_))]
    asked.append(
        (
            "rows outside the range, which must not change",
            f"SELECT count(*) AS row_count FROM {sql.target} WHERE NOT ({range_})",
        )
    )
    if sql.key:
        asked.append(("keys that stand there more than once, in the whole table", sql.duplicated(sql.target)))
    if sql.source_query:
        asked.append(("the same figures by the source", sql.counted(f"({sql.source_query})", range_)))
    lines = []
    for what, query in asked:
        try:
            lines.append(f"-- {what}\n{as_dialect(query, dialect)};")
        except NotSayable as error:
            lines.append(f"-- {what}: {string(str(error))[1:-1]}")
    return "\n\n".join(lines) + "\n"
