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
    check: Check,
    table: Table,
    sources: Mapping[str, str],
    others: Mapping[str, Table] | None = None,
    *,
    portable: bool = False,
) -> str:
    """Give the query that finds all violations, in DuckDB's SQL.

    Rows that violate come with all their columns; rows that repeat a key with how often (`repeats`), a functional dependency's
    without those of the largest group, verified rows as they were verified, groups of a reconciliation with the figures of both
    sides, too frequent values with their share. Where the table as a whole is judged it is the figure. `sources` is what
    stands after FROM for each table by name, the name itself if left out; `portable` keeps to words that `dialect` can say in
    other engines. Raises `Undecidable` as `needs` does.
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
        return _rows(check, quantities, table, source, sources, portable)
    return _query(quantities[0], source, sources, portable)


def samples_sql(
    check: Check,
    table: Table,
    key: Sequence[str],
    personal: Sequence[str],
    limit: int,
    sources: Mapping[str, str],
    others: Mapping[str, Table] | None = None,
    rows: str = "",
) -> str:
    """Give the query for the keys of up to `limit` failing rows; empty for checks that judge the table as a whole.

    `rows` is a query that gives failing rows, from whoever knows where they lie; without it they are looked for. Without a
    key, the columns that the check looks at are given. A value of a personal column is given as ``•••``, whether it is part
    of the key or not; that it is missing is shown. Which rows come first is left open: sorting would cost more than finding
    them. A query of one's own may give a personal column under any name, so where there are such, no row of it is shown.
    """
    if not check.by_row:
        return ""
    needs(check, table, others)
    spelled = {each.casefold(): each for each in table.types}
    masked = {each.casefold() for each in personal}
    found = rows or violations_sql(check, table, sources, others)
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


def _query(quantity: Quantity, source: str, sources: Mapping[str, str], portable: bool = False) -> str:
    if isinstance(quantity, OwnQuery):
        return quantity.query(source, sources, portable=portable)
    return quantity.query(source)


def _inner(quantity: Quantity, source: str, sources: Mapping[str, str]) -> str:
    counted = _query(quantity, source, sources)
    return counted.removeprefix("SELECT count(*) AS violations FROM (").removesuffix(") AS q")


def _rows(
    check: Check,
    quantities: tuple[Quantity, ...],
    table: Table,
    source: str,
    sources: Mapping[str, str],
    portable: bool,
) -> str:
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
        rows = (
            f"SELECT *, lag({name(column)}) OVER ({window}) AS decom_previous FROM {source} "
            f"WHERE {looked.filled([column, order, *within])}"
        )
        return f"SELECT * FROM ({rows}) AS decom_s WHERE {name(column)} {comparison} decom_previous"
    if isinstance(check, FunctionalDependency):
        left = [spelled[each.casefold()] for each in check.columns]
        right = [spelled[each.casefold()] for each in check.determine]
        both = list(dict.fromkeys((*looked.by, *left, *right)))
        same = " AND ".join(f"decom_t.{name(each)} IS NOT DISTINCT FROM decom_d.{name(each)}" for each in both)
        ranked = (
            f"SELECT {names(both)} FROM (SELECT *, row_number() OVER ({looked.over(*left)}ORDER BY decom_n DESC, "
            f"{names(right)}) AS decom_place FROM (SELECT {names(both)}, count(*) AS decom_n FROM {source} "
            f"WHERE {looked.filled([*left, *right])} GROUP BY {names(both)}) AS decom_c) AS decom_r WHERE decom_place > 1"
        )
        rows = f"SELECT * FROM {source} WHERE {looked.filled([*left, *right])}"
        return f"SELECT decom_t.* FROM ({rows}) AS decom_t JOIN ({ranked}) AS decom_d ON {same}"
    if isinstance(check, Outliers):
        column = spelled[check.column.casefold()]
        floating = family(table.types[column]) == "float"
        bounds = outlier_bounds(column, check.method, check.factor, floating, looked, source, portable=portable)
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
    filled = looked.filled([counts.of])
    rows = f"SELECT {keys}{column}, count(*) AS decom_count FROM {source} WHERE {filled} GROUP BY {keys}{column}"
    total = f"sum(decom_count) OVER ({looked.over().strip()})"
    shares = f"SELECT {keys}{column}, decom_count, decom_count * 1.0 / {total} AS decom_share FROM ({rows}) AS decom_c"
    return f"SELECT * FROM ({shares}) AS decom_s WHERE decom_share > {check.max_share!r} ORDER BY decom_count DESC"


def _differing(
    check: Reconciliation, quantities: tuple[Quantity, ...], table: Table, sources: Mapping[str, str]
) -> str:
    """Give the groups that differ, with the figures of both sides."""
    ours, theirs = quantities
    assert isinstance(ours, Groups)  # noqa: S101 - what `needs` gives for this kind, told to mypy
    here = ours.query(sources.get(table.name, table.source))
    there = theirs.query(sources.get(check.against, name(check.against)))
    keys = "".join(f"g{at}, " for at in range(len(check.group)))
    figures = range(len(check.figures))
    ours_too = ", ".join(f"f{at} AS here_{at}, NULL AS there_{at}" for at in figures)
    theirs_too = ", ".join(f"NULL AS here_{at}, f{at} AS there_{at}" for at in figures)
    shown = ", ".join(f"max(here_{at}) AS here_{at}, max(there_{at}) AS there_{at}" for at in figures)
    wrong = ["max(decom_here) = 0", "max(decom_there) = 0"]
    for at, pair in enumerate(check.figures):
        a, b = f"max(here_{at})", f"max(there_{at})"
        if pair.of in ("sum", "count", "distinct"):
            a, b = f"coalesce({a}, 0)", f"coalesce({b}, 0)"
            allowed = f"greatest({check.tolerance!r}, {check.tolerance_share!r} * abs({b}), {NOISE!r} * abs({b}))"
            wrong.append(f"abs({a} - {b}) > {allowed}")
        elif check.tolerance or check.tolerance_share:
            allowed = f"greatest({check.tolerance!r}, {check.tolerance_share!r} * abs({b}))"
            wrong.append(f"(({a} IS NULL) <> ({b} IS NULL) OR abs({a} - {b}) > {allowed})")
        else:
            wrong.append(f"{a} IS DISTINCT FROM {b}")
    return (
        f"SELECT {keys}{shown}, max(decom_here) AS found_here, max(decom_there) AS found_there FROM ("
        f"SELECT {keys}{ours_too}, 1 AS decom_here, 0 AS decom_there FROM ({here}) AS decom_a UNION ALL "
        f"SELECT {keys}{theirs_too}, 0 AS decom_here, 1 AS decom_there FROM ({there}) AS decom_b) AS decom_u"
        f"{' GROUP BY ' + keys[:-2] if keys else ''} HAVING {' OR '.join(wrong)}"
    )
