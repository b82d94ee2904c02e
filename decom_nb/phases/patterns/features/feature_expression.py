"""Expressions of features: what they may hold. They are a client's text, so they are parsed, and refused if they do more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

    from decom_nb.phases.patterns.features.feature_document import Feature

LABEL_TIME = "label_time"
"""What an on-demand expression calls the time at which it is asked."""


def parsed(expression: str) -> exp.Expr:
    """Parse an expression in DuckDB's SQL; raises `ValueError` that says what is wrong with it."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        trees = sqlglot.parse(f"SELECT {expression}", read="duckdb")
    except SqlglotError as error:
        raise ValueError(f"it cannot be read: {str(error).splitlines()[0]}") from None
    if len(trees) != 1 or trees[0] is None:
        raise ValueError("it is more than one statement")
    tree = trees[0]
    used = {key for key, value in tree.args.items() if value}
    if not isinstance(tree, sqlglot.exp.Select) or used - {"expressions", "kind"} or len(tree.expressions) != 1:
        raise ValueError("it is more than one expression")
    return _plain(tree.expressions[0])


def _plain(node: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    now = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.CurrentDatetime, exp.Rand)
    for each in node.walk():
        if isinstance(each, exp.Query | exp.Subquery | exp.Star | exp.Placeholder | exp.Parameter):
            raise ValueError("it asks another query, or for all columns")
        if isinstance(each, exp.AggFunc | exp.Window):
            raise ValueError("it aggregates; say so under aggregation")
        if isinstance(each, now) or (isinstance(each, exp.Anonymous) and str(each.this).lower() in _OF_NOW):
            raise ValueError("it asks for the present time or for chance, which no row knew")
        if isinstance(each, exp.Alias):
            raise ValueError("it has a name of its own; the feature's is enough")
        if isinstance(each, exp.Column) and each.table:
            raise ValueError("its columns are named without a table")
    return node


_OF_NOW = frozenset(
    {"now", "today", "random", "uuid", "gen_random_uuid", "transaction_timestamp", "get_current_timestamp"}
)


def columns(expression: str) -> tuple[str, ...]:
    """Give the columns that an expression reads, in order; raises `ValueError` as `parsed` does.

    >>> columns("unit_price * quantity")
    ('unit_price', 'quantity')
    """
    from sqlglot import exp

    return tuple(dict.fromkeys(each.name for each in parsed(expression).find_all(exp.Column)))


def refused(feature: Feature) -> str:
    """Say why a feature's expression cannot be used; empty if it can."""
    if not feature.expression:
        if feature.computation == "on-demand":
            return "an on-demand feature says how it is computed"
        return "" if feature.aggregation == "count" else "nothing says what its value is"
    try:
        parsed(feature.expression)
    except ValueError as error:
        return str(error)
    if feature.computation != "on-demand" and feature.aggregation is None:
        return "nothing says how rows become one value: last, count, sum …"
    return ""
