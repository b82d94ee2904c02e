"""The one query that finds all violations of a check, and the one that gives a few of them by their keys.

What is shown to people beside a count, and what they run to see every row. Engines call this after a check failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from decom_nb.check import (
    Check,
    CustomSql,
    ForeignKey,
    FunctionalDependency,
    Monotone,
    NotNull,
    Outliers,
    Reconciliation,
    Sample,
    SchemaIs,
    TopShare,
    Unique,
)
from decom_nb.sql.column_type import family
from decom_nb.sql.needs import needs
from decom_nb.sql.own_query import Looked, far, outlier_bounds
from decom_nb.sql.quantity import Duplicates, Groups, Matching, Orphans, OwnQuery, Quantity, ValueCounts
from decom_nb.sql.reconcile import NOISE
from decom_nb.sql.text import name, names, string

if TYPE_CHECKING:
    from decom_nb.evidence.tables import Table

MASK = "•••"
"""What stands for a value of a personal column: neither its length nor its hash, both of which can be guessed back."""


def violations_sql(
    check: Check, table: Table, sources: Mapping[str, str], others: Mapping[str, Table] | None = None
) -> str:
    """Give the query that finds all violations, in DuckDB's SQL.

    Rows that violate come with all their columns; rows that repeat a key with how often (`repeats`), a functional dependency's
    without those of the largest group, verified rows as they were verified, groups of a reconciliation with the figures of both
    sides, too frequent values with their share. Where the table as a whole is judged it is the figure. `sources` is what
    stands after FROM for each table by name, the name itself if left out. Raises `Undecidable` as `needs` does.
    """
    quantities = needs(check, table, others)
    source = sources.get(table.name, table.source)
    if isinstance(check, SchemaIs):
        return f"DESCRIBE SELECT * FROM {source}"
    if isinstance(check, Reconciliation):
        return _differing(check, quantities, table, sources)
    if isinstance(check, CustomSql):
        return _inner(quantities[0], source, sources)
    if isinstance(check, TopShare) and isinstance(quantities[0], ValueCounts):
        return _frequent(check, quantities[0], source)
    if check.by_row:
        return _rows(check, quantities, table, source, sources)
    return _query(quantities[0], source, sources)


def samples_sql(
    check: Check,
    table: Table,
    key: Sequence[str],
    personal: Sequence[str],
    limit: int,
    sources: Mapping[str, str],
    others: Mapping[str, Table] | None = None,
) -> str:
    """Give the query for the keys of up to `limit` failing rows; empty for checks that judge the table as a whole.

    Without a key, the columns that the check looks at are given. A value of a personal column is given as ``•••``, whether it
    is part of the key or not; that it is missing is shown. Which rows come first is left open: sorting would cost more than
    finding them. A query of one's own may give a personal column under any name, so where there are such, no row of it is shown.
    """
    if not check.by_row:
        return ""
    needs(check, table, others)
    spelled = {each.casefold(): each for each in table.types}
    masked = {each.casefold() for each in personal}
    found = violations_sql(check, table, sources, others)
    if isinstance(check, CustomSql):
        return "" if personal else f"SELECT * FROM ({found}) AS v LIMIT {int(limit)}"
    wanted = [spelled[each.casefold()] for each in key if each.casefold() in spelled]
    if isinstance(check, Sample):
        wanted = list(check.keys)
    elif isinstance(check, Unique) or not wanted:
        looked = check.looks_at or tuple(table.types)[:1]
        wanted = [*wanted, *(spelled.get(each.casefold(), each) for each in looked)]
    columns = [
        f"CASE WHEN {name(each)} IS NULL THEN NULL ELSE {string(MASK)} END AS {name(each)}"
        if each.casefold() in masked
        else name(each)
        for each in dict.fromkeys(wanted)
    ]
    return f"SELECT {', '.join(columns)} FROM ({found}) AS v LIMIT {int(limit)}"


def _query(quantity: Quantity, source: str, sources: Mapping[str, str]) -> str:
    if isinstance(quantity, OwnQuery):
        return quantity.query(source, sources)
    return quantity.query(source)


def _inner(quantity: Quantity, source: str, sources: Mapping[str, str]) -> str:
    counted = _query(quantity, source, sources)
    return counted.removeprefix("SELECT count(*) AS violations FROM (").removesuffix(") AS q")


def _rows(check: Check, quantities: tuple[Quantity, ...], table: Table, source: str, sources: Mapping[str, str]) -> str:
    """Give the rows that violate, whole."""
    first = quantities[0]
    looked = Looked(first.where, first.by)
    only = f"({first.where}) AND " if first.where else ""
    if isinstance(check, NotNull):
        missing = " OR ".join(f"{name(each)} IS NULL" for each in first.columns)
        return f"SELECT * FROM {source} WHERE {only}({missing})"
    if isinstance(first, Matching):
        return f"SELECT * FROM {source} WHERE {only}{first.wrong.sql}"
    if isinstance(first, Duplicates):
        keys = tuple(dict.fromkeys((*first.by, *first.of)))
        same = " AND ".join(f"decom_t.{name(each)} IS NOT DISTINCT FROM decom_d.{name(each)}" for each in keys)
        return (
            f"SELECT decom_t.*, decom_d.repeats FROM (SELECT * FROM {source} WHERE {looked.filled(first.of)}) AS decom_t JOIN "
            f"(SELECT {names(keys)}, count(*) AS repeats FROM {source} WHERE {looked.filled(first.of)} "
            f"GROUP BY {names(keys)} HAVING count(*) > 1) AS decom_d ON {same}"
        )
    if isinstance(first, Orphans) and isinstance(check, ForeignKey):
        pairs = zip(first.of, first.parent_columns, strict=True)
        same = " AND ".join(f"decom_p.{name(b)} = decom_c.{name(a)}" for a, b in pairs)
        parent = sources.get(first.parent, name(first.parent))
        return (
            f"SELECT decom_c.* FROM (SELECT * FROM {source} WHERE {looked.filled(first.of)}) AS decom_c "
            f"WHERE NOT EXISTS (SELECT 1 FROM {parent} AS decom_p WHERE {same})"
        )
    spelled = {each.casefold(): each for each in table.types}
    if isinstance(check, Monotone):
        column, order, *within = (spelled[each.casefold()] for each in (check.column, check.order_by, *check.within))
        window = f"{looked.over(*within)}ORDER BY {name(order)}, {name(column)}"
        comparison = "<=" if check.strict else "<"
        return (
            f"SELECT * FROM {source} WHERE {looked.filled([column, order, *within])} "
            f"QUALIFY {name(column)} {comparison} lag({name(column)}) OVER ({window})"
        )
    if isinstance(check, FunctionalDependency):
        left = [spelled[each.casefold()] for each in check.columns]
        right = [spelled[each.casefold()] for each in check.determine]
        both = list(dict.fromkeys((*looked.by, *left, *right)))
        same = " AND ".join(f"decom_t.{name(each)} IS NOT DISTINCT FROM decom_d.{name(each)}" for each in both)
        ranked = (
            f"SELECT {names(both)} FROM {source} WHERE {looked.filled([*left, *right])} GROUP BY {names(both)} "
            f"QUALIFY row_number() OVER ({looked.over(*left)}ORDER BY count(*) DESC, {names(right)}) > 1"
        )
        rows = f"SELECT * FROM {source} WHERE {looked.filled([*left, *right])}"
        return f"SELECT decom_t.* FROM ({rows}) AS decom_t JOIN ({ranked}) AS decom_d ON {same}"
    if isinstance(check, Outliers):
        column = spelled[check.column.casefold()]
        floating = family(table.types[column]) == "float"
        bounds = outlier_bounds(column, check.method, check.factor, floating, looked, source, portable=False)
        return (
            f"WITH {bounds} SELECT decom_r.* FROM (SELECT * FROM {source} WHERE {looked.filled([column])}) AS decom_r "
            f"LEFT JOIN decom_b ON {looked.same('decom_r', 'decom_b')} "
            f"WHERE {far(f'CAST(decom_r.{name(column)} AS DOUBLE)', floating)}"
        )
    if isinstance(check, Sample):
        return _unverified(check, looked, table, source, sources.get(check.against, name(check.against)))
    raise TypeError(f"no query is known that finds the rows of a check of kind {check.kind}")


def _unverified(check: Sample, looked: Looked, table: Table, source: str, other: str) -> str:
    """Give the verified rows that the table does not agree with."""
    same = " AND ".join(f"decom_t.{name(each)} = decom_v.{name(each)}" for each in check.keys)
    agrees = " AND ".join(f"decom_t.{name(each)} IS NOT DISTINCT FROM decom_v.{name(each)}" for each in check.columns)
    whole = " AND ".join(f"decom_v.{name(each)} IS NOT NULL" for each in check.keys)
    inside = f"(SELECT * FROM {source} WHERE {looked.where})" if looked.where else source
    rows = (
        f"SELECT decom_v.* FROM {other} AS decom_v WHERE {whole} "
        f"AND NOT EXISTS (SELECT 1 FROM {inside} AS decom_t WHERE {same} AND {agrees})"
    )
    if not looked.where:
        return rows
    return (
        f"{rows} AND (EXISTS (SELECT 1 FROM {inside} AS decom_t WHERE {same}) "
        f"OR NOT EXISTS (SELECT 1 FROM {source} AS decom_t WHERE {same}))"
    )


def _frequent(check: TopShare, counts: ValueCounts, source: str) -> str:
    """Give the values that take too large a share."""
    column, keys = name(counts.of), "".join(f"{name(each)}, " for each in counts.by)
    looked = Looked(counts.where, counts.by)
    total = f"sum(count(*)) OVER ({looked.over().strip()})"
    return (
        f"SELECT {keys}{column}, count(*) AS rows, count(*) / {total} AS share FROM {source} "
        f"WHERE {looked.filled([counts.of])} GROUP BY {keys}{column} QUALIFY count(*) / {total} > {check.max_share!r} "
        f"ORDER BY rows DESC"
    )


def _differing(
    check: Reconciliation, quantities: tuple[Quantity, ...], table: Table, sources: Mapping[str, str]
) -> str:
    """Give the groups that differ, with the figures of both sides."""
    ours, theirs = quantities
    assert isinstance(ours, Groups)  # noqa: S101 - what `needs` gives for this kind, told to mypy
    here = ours.query(sources.get(table.name, table.source))
    there = theirs.query(sources.get(check.against, name(check.against)))
    keys = range(len(check.group))
    same = " AND ".join(f"a.g{at} IS NOT DISTINCT FROM b.g{at}" for at in keys) or "TRUE"
    wrong = ["a.here IS NULL", "b.there IS NULL"]
    shown = [f"coalesce(a.g{at}, b.g{at}) AS g{at}" for at in keys]
    for at, pair in enumerate(check.figures):
        a, b = f"a.f{at}", f"b.f{at}"
        shown.append(f"{a} AS here_{at}, {b} AS there_{at}")
        if pair.of in ("sum", "count", "distinct"):
            a, b = f"coalesce({a}, 0)", f"coalesce({b}, 0)"
            allowed = f"greatest({check.tolerance!r}, {check.tolerance_share!r} * abs({b}), {NOISE!r} * abs({b}))"
            wrong.append(f"abs({a} - {b}) > {allowed}")
        else:
            wrong.append(f"{a} IS DISTINCT FROM {b}")
    return (
        f"SELECT {', '.join(shown)} FROM (SELECT *, 1 AS here FROM ({here}) AS x) AS a "
        f"FULL JOIN (SELECT *, 1 AS there FROM ({there}) AS y) AS b ON {same} WHERE {' OR '.join(wrong)}"
    )
