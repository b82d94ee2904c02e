"""Which tables a statement reads and writes, in any engine's dialect. `evidence/query_log_files.py` calls it.

A name that a WITH clause gives is no table, where it can be seen; nor is an alias that a later part of FROM unnests.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

Parts = tuple[str, ...]
"""A name by its parts, as far as it is qualified: table, or schema and table, or database, schema and table."""

LONGEST = 100_000
"""A text of more characters is not parsed: engines cut what is longer."""

_WITHOUT_DATA = frozenset(
    {"Analyze", "Attach", "Comment", "Commit", "Declare", "Describe", "Detach", "Grant", "Kill", "Pragma"}
    | {"Revoke", "Rollback", "Set", "Show", "Transaction", "Uncache", "Use"}
)
"""What sqlglot calls the statements that name things, and neither read nor write what a table holds."""

_WITH_DATA = frozenset(
    {"Alter", "Cache", "Copy", "Create", "Delete", "Drop", "Export", "Insert", "LoadData", "Merge", "Refresh"}
    | {"TruncateTable", "Update", "Values"}
)
"""What it calls those that do, besides queries."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What a text of one or more statements touches, each table once, in lower case; `parsed` is false if it is not known.

    `defines` is what a view is made on: to make it reads nothing.
    """

    reads: tuple[Parts, ...] = ()
    writes: tuple[Parts, ...] = ()
    defines: tuple[Parts, ...] = ()
    parsed: bool = True


# What a parser that does not know a statement may leave aside, since it reads and writes no table.
_TOUCHES_NONE = frozenset(
    {
        "BEGIN",
        "COMMIT",
        "DEALLOCATE",
        "DISCARD",
        "LIST",
        "PUT",
        "RESET",
        "ROLLBACK",
        "SAVEPOINT",
        "SET",
        "SHOW",
        "START",
        "USE",
    }
)


def touched(sql: str, dialect: str) -> Touched:
    """Give the tables that a text touches; it is never run.

    >>> touched("INSERT INTO mart.sales WITH o AS (SELECT * FROM raw.orders) SELECT * FROM o", "snowflake")
    Touched(reads=(('raw', 'orders'),), writes=(('mart', 'sales'),), defines=(), parsed=True)
    >>> touched("WITH orders AS (SELECT * FROM orders) SELECT * FROM orders", "postgres").reads
    (('orders',),)
    """
    import sqlglot
    from sqlglot.errors import SqlglotError

    if len(sql) > LONGEST:
        return Touched(parsed=False)
    try:
        with _quietly():
            statements = sqlglot.parse(sql, dialect=dialect)
    except (SqlglotError, RecursionError, ValueError):
        return Touched(parsed=False)
    reads: dict[Parts, None] = {}
    writes: dict[Parts, None] = {}
    defines: dict[Parts, None] = {}
    parsed = True
    for statement in statements:
        if statement is None:
            continue
        if not _is_known(statement):
            parsed = False
            continue
        if type(statement).__name__ in _WITHOUT_DATA:
            continue
        looked_at = defines if _is_view(statement) else reads
        for parts, written in _tables(statement):
            (writes if written else looked_at)[parts] = None
    return Touched(tuple(reads), tuple(writes), tuple(defines), parsed)


def _is_known(statement: exp.Expr) -> bool:
    from sqlglot import exp

    if isinstance(statement, exp.Command):
        return str(statement.this).upper() in _TOUCHES_NONE
    # A misspelt statement is still an expression to the parser: a column, an alias, a call.
    return isinstance(statement, exp.Query) or type(statement).__name__ in _WITH_DATA | _WITHOUT_DATA


def _is_view(statement: exp.Expr) -> bool:
    """Tell whether a statement makes a view; one that is materialized reads what it is made on."""
    from sqlglot import exp

    if not isinstance(statement, exp.Create) or str(statement.args.get("kind")).upper() != "VIEW":
        return False
    return statement.find(exp.MaterializedProperty) is None


def _tables(statement: exp.Expr) -> Iterator[tuple[Parts, bool]]:
    """Give each table that stands in a statement, and whether it is written."""
    from sqlglot import exp

    targets = {id(each) for each in _targets(statement)}
    aliases = {each.alias.lower() for each in statement.find_all(exp.Table) if each.alias}
    for table in statement.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or table.name.startswith("@"):
            continue  # a function that gives a table, or a stage
        parts = tuple(part.name.lower() for part in table.parts if isinstance(part, exp.Identifier))
        if not parts or (len(parts) == 1 and _is_named_in_with(table)) or (len(parts) > 1 and parts[0] in aliases):
            continue
        yield parts, id(table) in targets


def _targets(statement: exp.Expr) -> Iterator[exp.Table]:
    """Give the tables that a statement writes, makes, changes or drops."""
    from sqlglot import exp

    writing = (
        exp.Insert,
        exp.Create,
        exp.Update,
        exp.Delete,
        exp.Merge,
        exp.TruncateTable,
        exp.Drop,
        exp.Alter,
        exp.Copy,
    )
    for each in statement.find_all(*writing):
        if isinstance(each, exp.Copy) and not each.args.get("kind"):
            continue  # COPY … TO reads its table
        if isinstance(each, (exp.TruncateTable, exp.Drop, exp.Alter)):
            yield from each.find_all(exp.Table)
            continue
        target = each.this
        if isinstance(target, exp.Schema):
            target = target.this
        if isinstance(target, exp.Table):
            yield target


def _is_named_in_with(table: exp.Table) -> bool:
    """Tell whether a bare name is one that a WITH clause gives, and that can be seen from where it stands."""
    from sqlglot import exp

    wanted = table.name.lower()
    below: exp.Expr = table
    inside: exp.Expr | None = None
    while (node := below.parent) is not None:
        if isinstance(below, exp.CTE):
            inside = below
        clause = node.args.get("with_")
        if isinstance(node, exp.With):
            for each in node.expressions:
                if each is inside and not node.args.get("recursive"):
                    break  # a query sees the names before its own, and all of them only in a recursive clause
                if each.alias.lower() == wanted:
                    return True
        elif (
            isinstance(clause, exp.With)
            and clause is not below
            and wanted in (e.alias.lower() for e in clause.expressions)
        ):
            return True
        below = node
    return False


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep sqlglot from logging that it does not know a statement: `Touched` says so."""
    logger = logging.getLogger("sqlglot")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
