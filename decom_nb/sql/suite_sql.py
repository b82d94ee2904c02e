"""A whole suite as plain SQL with comments, for people who run checks with tools of their own.

Each check is one query in the form of the methodology's templates: Completeness, Uniqueness, Freshness, Volume, Referential,
Distribution, Cross-system reconciliation, and the like for what the templates do not name. What an engine cannot be asked is
said in a comment, with the query in DuckDB's words beside it, and never left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from decom_nb.check import (
    Check,
    Drift,
    ForeignKey,
    Freshness,
    NotNull,
    Outliers,
    Range,
    Reconciliation,
    RowChange,
    Sample,
    SchemaIs,
    Statistic,
    Suite,
    TopShare,
    Unique,
    Volume,
)
from decom_nb.sql.dialect import DIALECTS, NotSayable, as_dialect
from decom_nb.sql.needs import needs
from decom_nb.sql.own_query import Looked, quantiles
from decom_nb.sql.quantity import Duplicates, Figure, Matching, Orphans, OutOfRange, OwnQuery, Quantity, ValueCounts
from decom_nb.sql.text import name, names, string
from decom_nb.sql.undecidable import Undecidable
from decom_nb.sql.violations import violations_sql
from decom_nb.suggest import instead

if TYPE_CHECKING:
    from decom_nb.evidence.tables import Table

_TEMPLATES = {
    "not_null": "Completeness: required fields not null",
    "volume": "Volume: row count within expected range",
    "row_change": "Volume: row count as in earlier runs",
    "unique": "Uniqueness: no duplicate keys",
    "accepted_values": "Validity: values out of a list",
    "range": "Validity: values within a range",
    "regex": "Validity: texts of a form",
    "length": "Validity: texts of a length",
    "castable": "Validity: texts that can be read as a type",
    "expression": "Validity: a condition over the columns of a row",
    "monotone": "Validity: values that never go back",
    "functional_dependency": "Consistency: columns that determine others",
    "outliers": "Validity: no number far from the others",
    "foreign_key": "Referential: foreign key integrity",
    "freshness": "Freshness: data arrived within SLA",
    "statistic": "Validity: a statistic within bounds",
    "top_share": "Distribution: no unexpected skew",
    "reconciliation": "Cross-system reconciliation",
    "sample": "Accuracy: rows that somebody verified",
    "drift": "Distribution: no drift away from a reference",
    "schema": "Validity: columns as promised",
    "custom_sql": "Validity: a query of one's own",
}
_NO_PERCENTILE = ("bigquery", "databricks", "spark", "redshift", "trino")
"""Engines for which quartiles are taken from places in the order."""
_NAN_IS_NO_NUMBER = ("bigquery", "trino")
"""Engines in which NaN is not greater than a bound, as IEEE 754 has it."""


def suite_sql(suite: Suite, tables: Mapping[str, Table], dialect: str) -> str:
    """Give the suite as SQL of a dialect (`dialect.DIALECTS`). `tables` are those that its checks name, by name.

    A check that cannot be said, because of the engine, the table or the check itself, is a comment that says why. Raises
    `NotSayable` for an unknown dialect, `Undecidable` if the suite's own table is not among `tables`.
    """
    if dialect not in DIALECTS:
        raise NotSayable(f"{dialect} is no dialect that is known here; {instead(dialect, DIALECTS)}")
    if suite.table not in tables:
        raise Undecidable(f"there is no table {suite.table}; {instead(suite.table, tables)}")
    table = tables[suite.table]
    head = [
        f"Checks of {suite.table}, as SQL for {dialect}.",
        "Moments without a zone are taken as UTC: run this in a session whose time zone is UTC.",
    ]
    if dialect == "snowflake":
        head.append("Names in small letters stand without quotes, so that they mean tables created without quotes.")
    parts = ["\n".join(_comment(each) for each in head)]
    parts += [_one(check, table, tables, dialect) for check in suite.checks]
    return "\n\n".join(parts) + "\n"


def _comment(text: str) -> str:
    """Give a text as one comment line; no line break in it can end the comment."""
    return "-- " + " ".join(text.replace("\0", "").split())


def _one(check: Check, table: Table, tables: Mapping[str, Table], dialect: str) -> str:
    lines = [_comment(f"{_TEMPLATES[check.kind]} ({check.called}, {check.severity})")]
    if check.because:
        lines.append(_comment(check.because))
    try:
        statement = _statement(check, table, tables, dialect)
        notes = _notes(check, dialect)
        query = statement if isinstance(check, SchemaIs) else as_dialect(statement, dialect)
    except Undecidable as error:
        return "\n".join([*lines, _comment(f"Cannot be decided: {error}")])
    except NotSayable as error:
        sentence = str(error)
        lines.append(_comment(f"Cannot be said in this engine: {sentence}. In DuckDB it is:"))
        return "\n".join([*lines, *(f"-- {each}" for each in as_dialect(statement, "duckdb").splitlines())])
    return "\n".join([*lines, *(_comment(each) for each in notes), f"{query};", _comment(_threshold(check))])


def _statement(check: Check, table: Table, tables: Mapping[str, Table], dialect: str) -> str:
    """Give the query of the template, in DuckDB's words."""
    quantities = needs(check, table, tables)
    source = name(table.name)
    portable = dialect in _NO_PERCENTILE
    if isinstance(check, SchemaIs):
        return _columns(table, dialect)
    first = quantities[0]
    looked = Looked(first.where, first.by)
    keys = "".join(f"{name(each)}, " for each in first.by)
    match check:
        case NotNull():
            missing = " OR ".join(f"{name(each)} IS NULL" for each in first.columns)
            return _count(first, source, missing, "null_violations")
        case Unique() if isinstance(first, Duplicates):
            of = names(dict.fromkeys((*first.by, *first.of)))
            rows = f"SELECT {of}, count(*) AS dupe_count FROM {source} WHERE {looked.filled(first.of)}"
            return f"{rows} GROUP BY {of} HAVING count(*) > 1"
        case Volume():
            return _judged(first, source, "count(*)", "row_count", check.min_rows, check.max_rows, "volume_check")
        case RowChange():
            return f"SELECT count(*) AS row_count FROM {source}{first.filtered}"
        case Freshness() if isinstance(first, Figure):
            whole = float(check.max_age_hours).is_integer()
            age = f"'{check.max_age_hours:g}' HOUR" if whole else f"'{round(check.max_age_hours * 3600)}' SECOND"
            newest = f"max({name(first.of)})"
            fresh = f"CAST({newest} AS TIMESTAMPTZ) >= current_timestamp - INTERVAL {age}"
            passed = f"CASE WHEN {fresh} THEN 'PASS' ELSE 'FAIL' END AS freshness_check"
            return f"SELECT {keys}{newest} AS newest, {passed} FROM {source}{first.filtered}{looked.grouped}"
        case Statistic():
            if check.of == "null_share":
                figure = f"(count(*) - count({name(first.columns[0])})) * 1.0 / nullif(count(*), 0)"
                return _judged(first, source, figure, "null_share", check.min, check.max, "statistic_check")
            if check.of == "median" and dialect in ("bigquery", "trino"):
                return _median(check, first, source, looked)
            return _judged(first, source, first.aggregate, check.of, check.min, check.max, "statistic_check")
        case TopShare() if isinstance(first, ValueCounts):
            return violations_sql(check, table, {table.name: source}, tables, portable=True)
        case ForeignKey() if isinstance(first, Orphans):
            counted = first.query(source, name(first.parent))
            return counted.replace("count(*) FROM", "count(*) AS orphan_count FROM", 1)
        case Reconciliation():
            return violations_sql(check, table, {table.name: source}, tables, portable=True)
    if isinstance(first, Matching):
        wrong = first.wrong.sql
        nan = isinstance(check, Range) and isinstance(first.wrong, OutOfRange) and first.wrong.high is not None
        if nan and dialect in _NAN_IS_NO_NUMBER and table.types[first.wrong.column].upper() in ("DOUBLE", "FLOAT"):
            wrong = f"({wrong} OR isnan({name(first.wrong.column)}))"
        return _count(first, source, wrong, "violations")
    if isinstance(first, OwnQuery):
        return first.query(source, {each: name(each) for each in first.others}, portable=portable)
    raise TypeError(f"no template is known for a check of kind {check.kind}")


def _count(quantity: Quantity, source: str, wrong: str, called: str) -> str:
    looked = Looked(quantity.where, quantity.by)
    only = f"({quantity.where}) AND " if quantity.where else ""
    return f"SELECT {looked.keys}count(*) AS {called} FROM {source} WHERE {only}({wrong}){looked.grouped}"


def _judged(
    quantity: Quantity, source: str, figure: str, called: str, low: float | None, high: float | None, verdict: str
) -> str:
    """Give a figure and whether it lies within its bounds."""
    looked = Looked(quantity.where, quantity.by)
    return (
        f"SELECT {looked.keys}{figure} AS {name(called)}, {_within(figure, low, high)} AS {verdict} "
        f"FROM {source}{quantity.filtered}{looked.grouped}"
    )


def _within(figure: str, low: float | None, high: float | None) -> str:
    bounds = [f"{figure} >= {low!r}"] if low is not None else []
    bounds += [f"{figure} <= {high!r}"] if high is not None else []
    return f"CASE WHEN {' AND '.join(bounds) or 'TRUE'} THEN 'PASS' ELSE 'FAIL' END"


def _median(check: Statistic, quantity: Quantity, source: str, looked: Looked) -> str:
    column = quantity.columns[0]
    rows = (
        f"SELECT {looked.keys}CAST({name(column)} AS DOUBLE) AS decom_x FROM {source} WHERE {looked.filled([column])}"
    )
    found = quantiles("decom_v", looked, {"median": 0.5}, portable=True)
    return (
        f"WITH decom_v AS ({rows}) SELECT {looked.keys}median, {_within('median', check.min, check.max)} AS statistic_check "
        f"FROM ({found}) AS decom_m"
    )


def _columns(table: Table, dialect: str) -> str:
    """Ask an engine for the columns of a table, in its own words."""
    if dialect in ("spark", "databricks"):
        return f"DESCRIBE TABLE `{table.name.replace('`', '``')}`"
    catalog = "INFORMATION_SCHEMA.COLUMNS" if dialect in ("bigquery", "snowflake") else "information_schema.columns"
    wanted = string(table.name)
    if dialect == "bigquery":
        wanted = "'" + table.name.replace("\\", "\\\\").replace("'", "\\'") + "'"
    called = f"upper(table_name) = upper({wanted})" if dialect == "snowflake" else f"table_name = {wanted}"
    return f"SELECT column_name, data_type\nFROM {catalog}\nWHERE {called}\nORDER BY ordinal_position"


def _notes(check: Check, dialect: str) -> list[str]:
    """Give what a reader has to know about the query in this engine."""
    notes: list[str] = []
    if check.kind == "castable" and dialect != "duckdb":
        notes.append("Engines differ in which texts they read as a type; the verdict is that of this engine.")
    if check.kind == "castable" and dialect == "postgres":
        notes.append("Needs PostgreSQL 16.")
    if isinstance(check, SchemaIs):
        wanted = ", ".join(f"{each.name} {each.type}".strip() for each in check.has)
        notes.append(
            f"Expected{' in this order' if check.in_order else ''}: {wanted}{', and others' if check.others else ''}."
        )
    if isinstance(check, RowChange):
        notes.append("Compare it with the row counts of earlier runs, which no table holds.")
    if isinstance(check, Reconciliation) and dialect == "bigquery" and check.group:
        notes.append("Each row is a group that differs.")
    if check.where.strip() and isinstance(check, Drift | Reconciliation):
        notes.append("The condition is about this table, not about the other one.")
    return notes


def _threshold(check: Check) -> str:
    """Say in words from when on it fails."""
    match check:
        case RowChange():
            return (
                f"Threshold: changes by at most {100 * check.max_change:g} % of the mean of the last {check.runs} runs"
            )
        case TopShare():
            return f"Alert if any single value takes more than {100 * check.max_share:g} % (each row is one)"
        case Drift():
            return f"Threshold: distance at most {check.max_distance:g}"
        case Reconciliation():
            allowed = f"{check.tolerance:g} or {100 * check.tolerance_share:g} % of the other table's figure"
            return f"Threshold: no row; a difference of {allowed} is accepted"
        case Volume() | Freshness() | Statistic():
            return "Threshold: PASS"
        case SchemaIs():
            return "Threshold: no difference"
    noun = "rows, each a key that repeats" if isinstance(check, Unique) else "violations"
    if isinstance(check, Outliers | Sample):
        noun = "violations"
    parts = []
    for word, limit in (("warn", check.warn), ("fail", check.fail)):
        if limit is None:
            continue
        limits = [f"more than {limit.count:,} {noun}"] if limit.count is not None else []
        limits += [f"more than {100 * limit.share:g} % of the rows"] if limit.share is not None else []
        parts.append(f"{word} at {' or '.join(limits)}" if limits else "")
    said = "; ".join(each for each in parts if each)
    simple = check.warn is None and check.fail.count == 0 and check.fail.share is None
    return "Threshold: 0" if simple else f"Threshold: {said or 'none'}"
