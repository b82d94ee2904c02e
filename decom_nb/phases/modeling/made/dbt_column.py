"""Columns and expressions of a model's sources as SQL of dbt models: each column says which of the joined tables it is of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from decom_nb.errors import InputError, Mistake
from decom_nb.escape import jinja_safe
from decom_nb.sql.dialect import NotSayable
from decom_nb.sql.identifier import identifier
from decom_nb.sql.type_word import type_word
from decom_nb.wording import listed

if TYPE_CHECKING:
    from sqlglot import exp

FILE = "documents/dimensional_model.yaml"


def expression(
    written: str,
    base: str,
    aliases: Mapping[str, str],
    dialect: str,
    where: str,
    elsewhere: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> str:
    """Give a column or expression of the model with every column under its alias: what names no table is of the base.

    `aliases` gives the alias of each table by its name. `elsewhere` gives, by their names in small letters, columns that the base
    is known not to have, with the aliases of the tables that have them. Raises `InputError` where it is no expression, and where
    several have a column and nobody says of which it is.

    >>> expression("quantity * orders.price", "lines", {"orders": "orders"}, "duckdb", "f.amount")
    'lines.quantity * orders.price'
    >>> expression("quantity * price", "lines", {}, "duckdb", "f.amount", {"price": ("orders",)})
    'lines.quantity * orders.price'
    """
    return _said(written, base, tuple(sorted(aliases.items())), dialect, where, tuple(sorted(elsewhere.items())))


@lru_cache(maxsize=100_000)
def _said(
    written: str,
    base: str,
    aliases: tuple[tuple[str, str], ...],
    dialect: str,
    where: str,
    elsewhere: tuple[tuple[str, tuple[str, ...]], ...],
) -> str:
    import sqlglot
    from sqlglot import exp

    known, others = dict(aliases), dict(elsewhere)
    if written.isidentifier() and written.isascii() and written == written.lower():
        return f"{_home(written, base, others, where)}.{jinja_safe(identifier(written, dialect))}"
    try:
        tree = sqlglot.parse_one(f"SELECT {written}", read=dialect)
    except sqlglot.errors.SqlglotError:
        tree = None
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1 or _has_more(tree) or _is_of_several_rows(tree):
        what, hint = (
            f"“{written}” is no expression that {dialect} could read",
            "write a column, or SQL such as quantity * price",
        )
        raise InputError(Mistake(FILE, 0, where, what, hint))
    column = tree.expressions[0]
    for each in list(column.find_all(exp.Column)):
        alias = known.get(each.table, base) if each.table else _home(each.name, base, others, where)
        each.replace(exp.column(each.this.copy(), table=exp.to_identifier(alias)))
    column = tree.expressions[0]
    for each in list(column.find_all(exp.Identifier)):
        name = identifier(each.name, dialect)
        each.set("quoted", name != each.name)
        if name != each.name and dialect == "snowflake":
            each.set("this", name.strip('"'))
    return jinja_safe(column.sql(dialect=dialect))


def _home(column: str, base: str, elsewhere: Mapping[str, tuple[str, ...]], where: str) -> str:
    """Give the alias of the table that a column is of, where nobody says which."""
    having = elsewhere.get(column.casefold(), (base,))
    if len(having) > 1:
        what = f"“{column}” is a column of {listed(having)}, and not of {base}"
        raise InputError(Mistake(FILE, 0, where, what, f"say of which, as {having[0]}.{column}"))
    return having[0]


def _has_more(tree: exp.Expr) -> bool:
    """Tell whether a statement holds more than what it selects."""
    return any(value for name, value in tree.args.items() if name != "expressions")


def _is_of_several_rows(tree: exp.Expr) -> bool:
    """Tell whether an expression needs more than the row it stands in: an aggregate, a window or a query."""
    from sqlglot import exp

    return tree.expressions[0].find(exp.AggFunc, exp.Window, exp.Query) is not None


def cast(sql: str, type_: str, dialect: str, where: str) -> str:
    """Give an expression of a type; what the engine has no word for is a mistake."""
    try:
        return f"cast({sql} as {type_word(type_, dialect)})"
    except NotSayable as error:
        raise InputError(Mistake(FILE, 0, where, str(error), "say another data_type")) from None
