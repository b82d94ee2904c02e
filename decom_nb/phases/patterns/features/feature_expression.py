"""Expressions of features: what they may hold. They are a client's text, so they go through the guard, and are written anew."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from decom_nb.errors import InputError
from decom_nb.sql.text import name as quoted
from decom_nb.sql.utc import utc

if TYPE_CHECKING:
    from sqlglot import exp

    from decom_nb.phases.patterns.features.feature_document import Feature, FeatureSource

LABEL_TIME = "label_time"
"""What an on-demand expression calls the time at which it is asked."""

_PRESENT = frozenset(
    {
        "now", "today", "current_date", "current_time", "current_timestamp", "current_localtime", "current_localtimestamp",
        "get_current_time", "get_current_timestamp", "transaction_timestamp", "localtime", "localtimestamp",
    }
)  # fmt: skip
"""Functions of the guard that read the clock, and its words for it: no row of the past knew what they give."""
_PRESENT_AS_TEXT = frozenset({"now", "today", "tomorrow", "yesterday"})
"""Texts that PostgreSQL reads as a time of the present."""


def parsed(expression: str) -> exp.Expr:
    """Parse an expression in DuckDB's SQL; raises `ValueError` that says what is wrong with it."""
    import sqlglot

    return sqlglot.parse_one(written(expression), read="duckdb")


@lru_cache(1024)
def written(expression: str) -> str:
    """Give an expression as the guard writes it, without comments; raises `ValueError` that says what is wrong with it.

    >>> written("unit_price * quantity -- gross")
    '"unit_price" * "quantity"'
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    from decom_nb.sql.guard import unbound_expression

    try:
        tree = sqlglot.parse_one(unbound_expression(expression, key="expression"), read="duckdb")
    except InputError as error:
        raise ValueError("; ".join(each.what for each in error.mistakes)) from None
    except SqlglotError as error:
        raise ValueError(f"it cannot be read: {str(error).splitlines()[0]}") from None
    for each in tree.walk():
        if isinstance(each, exp.Column) and each.table:
            raise ValueError("its columns are named without a table")
        if _is_of_now(each):
            raise ValueError("it asks for the present time, which no row knew")
    return tree.sql(dialect="duckdb", comments=False)


def _is_of_now(node: exp.Expr) -> bool:
    from sqlglot import exp

    if isinstance(node, exp.Column):
        return node.name.casefold() in _PRESENT
    if isinstance(node, exp.Cast):
        return node.this.is_string and str(node.this.this).strip().casefold() in _PRESENT_AS_TEXT
    if isinstance(node, exp.Anonymous):
        called = str(node.this).casefold()
        return called in _PRESENT or (called == "age" and len(node.expressions) == 1)
    clocks = (
        exp.CurrentDate,
        exp.CurrentTimestamp,
        exp.CurrentTime,
        exp.CurrentDatetime,
        exp.Localtime,
        exp.Localtimestamp,
    )
    return isinstance(node, clocks)


def columns(expression: str) -> tuple[str, ...]:
    """Give the columns that an expression reads, in order; raises `ValueError` as `parsed` does.

    >>> columns("unit_price * quantity")
    ('unit_price', 'quantity')
    """
    from sqlglot import exp

    return tuple(dict.fromkeys(each.name for each in parsed(expression).find_all(exp.Column)))


def of_source(feature: Feature, source: FeatureSource) -> str:
    """Give a feature's value for one row of its source, in DuckDB's SQL: the row's times, and times it gives, are in UTC."""
    from sqlglot import exp

    tree = parsed(feature.expression)
    times = {source.event_time.casefold(), source.available_at.casefold()} - {""}
    if isinstance(tree, exp.Column) and tree.name.casefold() in times:
        return utc(quoted(tree.name))
    for each in list(tree.find_all(exp.Column)):
        if each.name.casefold() in times:
            each.replace(exp.maybe_parse(utc(quoted(each.name)), dialect="duckdb"))
    sql = tree.sql(dialect="duckdb")
    return utc(sql) if is_time(feature) else sql


def is_time(feature: Feature) -> bool:
    """Tell whether a feature's values are times, by the type that the document names and how rows become one value."""
    timed = feature.type.strip().upper().startswith(("TIMESTAMP", "DATETIME"))
    return timed and feature.aggregation in ("last", "min", "max")


def in_order(features: Sequence[Feature]) -> list[list[Feature]]:
    """Give on-demand features in steps, each of which needs only those before it; raises `ValueError` where none comes first."""
    left, steps = list(features), []
    while left:
        waiting = {each.name.casefold() for each in left}
        ready = [each for each in left if not waiting & {column.casefold() for column in columns(each.expression)}]
        if not ready:
            raise ValueError(f"each needs another of them first: {', '.join(each.name for each in left)}")
        steps.append(ready)
        left = [each for each in left if each not in ready]
    return steps


def refused(feature: Feature, known: Collection[str] | None = None) -> str:
    """Say why a feature's expression cannot be used; empty if it can. `known` are the names that it may read, if not any."""
    if not feature.expression:
        if feature.computation == "on-demand":
            return "an on-demand feature says how it is computed"
        return "" if feature.aggregation == "count" else "nothing says what its value is"
    try:
        read = columns(feature.expression)
    except ValueError as error:
        return str(error)
    if feature.computation != "on-demand" and feature.aggregation is None:
        return "nothing says how rows become one value: last, count, sum …"
    if known is not None:
        folded = {each.casefold() for each in known}
        strange = [each for each in read if each.casefold() not in folded]
        if strange:
            return f"it reads what is no feature, nor label_time: {', '.join(strange)}"
    return ""
