"""Small things that the rules share: casts, and what can be told of a node by looking at it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

NUMBERS = ("whole", "decimal", "real", "double")
MOMENTS = ("date", "moment", "zoned")
ORDERED = (*NUMBERS, *MOMENTS, "time")
"""Kinds whose order is the same in every engine; that of text depends on a collation."""


@cache
def _type(type_: str, dialect: str) -> exp.DataType:
    from sqlglot import exp

    return exp.DataType.build(type_, dialect=dialect)


def cast(node: exp.Expr, type_: str, dialect: str = "duckdb") -> exp.Expr:
    """Cast a node; the type is written as `dialect` has it."""
    from sqlglot import exp

    return exp.Cast(this=node, to=_type(type_, dialect).copy())


def never_zero(node: exp.Expr) -> bool:
    """Tell whether a divisor is a number other than 0, or a NULLIF against it."""
    from sqlglot import exp

    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Nullif):
        return isinstance(node.expression, exp.Literal) and node.expression.name == "0"
    return isinstance(node, exp.Literal) and node.is_number and float(node.name) != 0


def finite(node: exp.Expr) -> bool:
    """Tell whether a node is a number other than NaN and the infinities."""
    from sqlglot import exp

    while isinstance(node, exp.Neg | exp.Paren):
        node = node.this
    if isinstance(node, exp.Cast):
        node = node.this
    return isinstance(node, exp.Literal) and node.name.lower().strip("-") not in ("nan", "infinity", "inf")
