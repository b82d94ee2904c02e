"""What a query does about tenants: whether it names one, and whether it joins tenants' tables without their tenant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sqlglot import exp


class TenantUse(NamedTuple):
    """How a query treats tenants' tables."""

    named: bool
    """A condition somewhere in it is on a tenant's column."""
    loose: tuple[tuple[str, str], ...]
    """Pairs of tenants' tables that it joins without comparing their tenants."""


def tenant_use(text: str, dialect: str, tenants: Mapping[str, str]) -> TenantUse | None:
    """Read one statement; `tenants` gives for the lower-case name of a tenants' table its column.

    ``None`` where the statement cannot be read. A pair of tables is loose where no condition of their SELECT compares
    their tenants, directly or through a third table, and no condition holds each of them to one tenant.

    >>> both = {"orders": "tenant_id", "customers": "tenant_id"}
    >>> tenant_use("SELECT * FROM orders o JOIN customers c ON o.cid = c.id WHERE o.tenant_id = 7", "", both)
    TenantUse(named=True, loose=(('customers', 'orders'),))
    >>> tenant_use("SELECT 1 FROM orders o JOIN customers c USING (tenant_id, cid)", "", both)
    TenantUse(named=True, loose=())
    """
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(text, read=dialect or None)
    except (sqlglot.errors.SqlglotError, RecursionError):
        return None
    named, loose = False, []
    for select in tree.find_all(exp.Select):
        aliases = dict(_tables(select, tenants))
        if not aliases:
            continue
        groups = {alias: {alias} for alias in aliases}
        held: set[str] = set()
        for alias, others, fixed in _conditions(select, aliases, tenants):
            named = True
            held |= {alias} if fixed else set()
            for other in others:
                union = groups[alias] | groups[other]
                groups.update(dict.fromkeys(union, union))
        apart = {frozenset(group) for group in groups.values()}
        open_ = [group for group in apart if not group & held]
        if len(apart) > 1 and open_:
            names = sorted(aliases[min(group)] for group in apart)
            loose += [(first, other) for at, first in enumerate(names) for other in names[at + 1 :]]
    return TenantUse(named, tuple(dict.fromkeys(loose)))


def _tables(select: exp.Select, tenants: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give the tenants' tables that a SELECT itself reads: alias and name."""
    from sqlglot import exp

    places = [select.args.get("from_") or select.args.get("from"), *select.args.get("joins", ())]
    for place in filter(None, places):
        table = place.this
        if isinstance(table, exp.Table) and table.name.lower() in tenants:
            yield (table.alias or table.name).lower(), table.name.lower()


def _conditions(
    select: exp.Select, aliases: Mapping[str, str], tenants: Mapping[str, str]
) -> Iterator[tuple[str, list[str], bool]]:
    """Give what its conditions say of tenants: a table, those it is compared with, whether it is held to a value."""
    from sqlglot import exp

    for join in select.args.get("joins", ()):
        using = {each.name.lower() for each in join.args.get("using", ())}
        sharing = [alias for alias, table in aliases.items() if tenants[table] in using]
        if sharing:
            yield sharing[0], sharing[1:], False
    roots = [select.args.get("where"), *(join.args.get("on") for join in select.args.get("joins", ()))]
    for root in filter(None, roots):
        for test in root.find_all(exp.EQ, exp.In, exp.NullSafeEQ):
            if test.find_ancestor(exp.Select) is not select:
                continue
            sides = [_tenant(side, aliases, tenants) for side in (test.this, test.args.get("expression"))]
            found = [side for side in sides if side]
            if found:
                yield found[0], found[1:], len(found) == 1


def _tenant(side: exp.Expr | None, aliases: Mapping[str, str], tenants: Mapping[str, str]) -> str:
    """Give the alias of the table whose tenant a side of a comparison is; empty if it is something else."""
    from sqlglot import exp

    if not isinstance(side, exp.Column):
        return ""
    owner = side.table.lower()
    if owner:
        return owner if owner in aliases and side.name.lower() == tenants[aliases[owner]] else ""
    fitting = [alias for alias, table in aliases.items() if tenants[table] == side.name.lower()]
    return fitting[0] if len(fitting) == 1 else ""
