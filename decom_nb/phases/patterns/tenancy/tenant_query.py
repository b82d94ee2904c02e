"""What a query does about tenants: whether it names one, and whether it joins tenants' tables without their tenant."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from decom_nb.phases.patterns.tenancy.tenant_relation import NOTHING, Relation
from decom_nb.phases.patterns.tenancy.tenant_select import Select


class TenantUse(NamedTuple):
    """How a query treats tenants' tables."""

    named: bool
    """A condition that every row has to meet holds a tenant's column to something that is not of tenants' tables."""
    loose: tuple[tuple[str, str], ...]
    """Pairs of tenants' tables that it joins without comparing their tenants."""
    joins: bool = False
    """It joins at least two tenants' tables, or one to itself."""
    unclear: bool = False
    """A part of what it joins does not show its tenant, or by parameters that may be the same: not judged."""


def tenant_use(text: str, dialect: str, tenants: Mapping[str, str]) -> TenantUse | None:
    """Read one statement; `tenants` gives for the lower-case name of a tenants' table its column.

    ``None`` where the statement cannot be read, or is no query nor filled by one. A pair of tables is loose where the
    conditions that every joined row has to meet do not make their tenants equal: directly, through a third column, or by
    one value for both. Common table expressions and subqueries in FROM stand for the tables that they read if they pass
    the tenant on; other subqueries are judged one by one.

    >>> both = {"orders": "tenant_id", "customers": "tenant_id"}
    >>> tenant_use("SELECT * FROM orders o JOIN customers c ON o.cid = c.id WHERE o.tenant_id = 7", "", both)
    TenantUse(named=True, loose=(('customers', 'orders'),), joins=True, unclear=False)
    >>> tenant_use("SELECT 1 FROM orders o JOIN customers c USING (tenant_id, cid)", "", both)
    TenantUse(named=False, loose=(), joins=True, unclear=False)
    """
    return _use(text, dialect, tuple(sorted(tenants.items())))


@lru_cache(maxsize=4096)
def _use(text: str, dialect: str, told: tuple[tuple[str, str], ...]) -> TenantUse | None:
    """Read a statement once for all rules that ask of it."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    try:
        tree = sqlglot.parse_one(text, read=dialect or None)
        if not isinstance(tree, exp.Query | exp.Insert | exp.Create):
            return None
        for each in tree.find_all(exp.Identifier):  # names are the same in whatever letters, as `tenants` has them
            each.set("this", each.name.lower())
        scopes = traverse_scope(tree)
    except (sqlglot.errors.SqlglotError, RecursionError):
        return None
    if not scopes:
        return None
    tenants, read = dict(told), dict[int, Relation]()
    named = joins = unclear = False
    loose: list[tuple[str, str]] = []
    for scope in scopes:  # the inner ones come first
        expression = scope.expression
        if isinstance(expression, exp.Select):
            select = Select(expression, _relations(scope.selected_sources, tenants, read))
            named |= select.named
            joins |= len(select.ours) > 1
            unclear |= select.unclear
            loose += select.loose
            relation = select.relation()
        elif isinstance(expression, exp.SetOperation):
            sides = (expression.this.unnest(), expression.expression.unnest())
            left, right = (read.get(id(each), _unread(each, tenants)) for each in sides)
            relation = left.with_rows_of(right)
        else:
            relation = _unread(expression, tenants)
        read[id(expression)] = relation.called(scope.outer_columns)
    return TenantUse(named, tuple(dict.fromkeys(loose)), joins, unclear)


def _relations(
    sources: Mapping[str, tuple[object, object]], tenants: Mapping[str, str], read: Mapping[int, Relation]
) -> dict[str, Relation]:
    """Give what a SELECT reads, by alias, in the order in which it stands there."""
    from sqlglot import exp

    found: dict[str, Relation] = {}
    for alias, (_, source) in sources.items():
        if isinstance(source, exp.Table):
            column = tenants.get(source.name)
            found[alias] = Relation((source.name,), frozenset({column})) if column else NOTHING
        else:
            expression = getattr(source, "expression", None)
            inner = read.get(id(expression))
            found[alias] = inner if inner is not None else _unread(expression, tenants)
    return found


def _unread(expression: object, tenants: Mapping[str, str]) -> Relation:
    """Give what stands for a part that is not resolved, such as one that reads itself: its tables without their tenant."""
    from sqlglot import exp

    if not isinstance(expression, exp.Expression):
        return NOTHING
    names = (each.name for each in expression.find_all(exp.Table))
    return Relation(tuple(dict.fromkeys(each for each in names if each in tenants)))
