"""Which columns determine which, and which pairs of columns are a key: worked out on a sample, on demand.

A functional dependency that errors have broken still shows: in each group of rows with an equal determinant most agree in
the dependent. How much oftener two rows of a group agree than two rows of the table do tells it from chance (the agreement
is the tau of Goodman and Kruskal, Journal of the American Statistical Association 49, 1954, corrected for small groups by
counting pairs of different rows); how rare the values outside the majority are tells errors from several right values.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from decom_nb.evidence.tables import Table
from decom_nb.profile.column import Basis, ColumnProfile, Dependency, KeyCandidate
from decom_nb.profile.sample import Sample
from decom_nb.profile.words import words
from decom_nb.sql.text import name, string

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWS = 30_000
"""Rows looked at for one determinant: whole groups of it, chosen by their hash."""
MOST_COLUMNS = 60
"""Columns tried as determinants and dependents: the first that can be one."""
REPEATED = 0.9
"""Largest share of different values in a determinant: without repetition nothing can be seen."""
LEAST_AGREEMENT = 0.05
"""Weaker dependencies are not told."""
RARE = 3
"""How many times as frequent the majority has to be for a value beside it to look like an error."""
PAIRED = 14
"""Columns tried in pairs as keys."""

_CODES = name("decom codes")


def dependencies(
    connection: DuckDBPyConnection, sample: Sample, columns: Sequence[ColumnProfile]
) -> tuple[Dependency, ...]:
    """Give the dependencies between two columns of the sample, the strongest first."""
    usable = [each for each in columns if _varies(each)][:MOST_COLUMNS]
    if len(usable) < 2:
        return ()
    coded = ", ".join(f"{_code(each)} AS c{at}" for at, each in enumerate(usable))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_CODES} AS SELECT {coded} FROM {sample.source}")
    try:
        found = [
            each
            for at, determinant in enumerate(usable)
            if _repeats(determinant, sample)
            for each in _of(connection, sample, at, usable)
        ]
    finally:
        connection.execute(f"DROP TABLE IF EXISTS temp.main.{_CODES}")
    return tuple(sorted(found, key=lambda each: (-each.agreement, each.determinant, each.dependent)))


def _varies(column: ColumnProfile) -> bool:
    return column.family in ("number", "time", "text", "boolean") and column.distinct > 1


def _repeats(column: ColumnProfile, sample: Sample) -> bool:
    if column.type in ("DOUBLE", "FLOAT"):
        return False
    distinct = min(column.distinct, sample.rows)
    return distinct <= REPEATED * min(column.filled, sample.rows)


def _code(column: ColumnProfile) -> str:
    """Give a column as a number for each value; blanks and words for nothing are nothing."""
    what = name(column.name)
    if column.family != "text":
        return f"CASE WHEN {what} IS NOT NULL THEN hash({what}) END"
    text = f"lower(trim(CAST({what} AS VARCHAR)))"
    nothing = ", ".join(string(each) for each in ("", *words().nothing))
    return f"CASE WHEN {text} NOT IN ({nothing}) THEN hash(CAST({what} AS VARCHAR)) END"


def _of(
    connection: DuckDBPyConnection, sample: Sample, determinant: int, columns: Sequence[ColumnProfile]
) -> list[Dependency]:
    """Give what one column determines."""
    others = [at for at in range(len(columns)) if at != determinant]
    every = -(-sample.rows // ROWS)
    some = f" AND c{determinant} % {every} = 0" if every > 1 else ""
    rows = connection.execute(f"""
        WITH pairs AS (
            SELECT c{determinant} AS x, unnest([{", ".join(f"c{at}" for at in others)}]) AS y, unnest({others!r}) AS col
            FROM {_CODES} WHERE c{determinant} IS NOT NULL{some}
        ), cells AS (
            SELECT col, x, y, count(*) AS n FROM pairs GROUP BY ALL
        ), overall AS (
            SELECT col, sum(n * (n - 1)) / nullif(sum(n) * (sum(n) - 1), 0) AS chance
            FROM (SELECT col, y, sum(n) AS n FROM cells WHERE y IS NOT NULL GROUP BY ALL) GROUP BY col
        ), groups AS (
            SELECT col, x, sum(n) FILTER (y IS NOT NULL) AS total, max(n) FILTER (y IS NOT NULL) AS most,
                sum(n * (n - 1)) FILTER (y IS NOT NULL) AS agree, coalesce(sum(n) FILTER (y IS NULL), 0) AS missing,
                list(n) FILTER (y IS NOT NULL) AS counts
            FROM cells GROUP BY ALL
        )
        SELECT col, sum(total - most) FILTER (total > 1)::BIGINT,
            sum(total) FILTER (total > 1)::BIGINT, count(*) FILTER (total > 1),
            sum(agree) FILTER (total > 1) / sum(total * (total - 1)) FILTER (total > 1), any_value(chance),
            coalesce(sum(list_sum(list_filter(counts, lambda each: each * {RARE} <= most))) FILTER (total > 1), 0)::BIGINT,
            coalesce(sum(missing) FILTER (most > 1), 0)::BIGINT, sum(total)::BIGINT
        FROM groups JOIN overall USING (col) GROUP BY col ORDER BY col
    """).fetchall()
    found = []
    for at, violations, looked_at, groups, agreed, chance, rare, missing, total in rows:
        if not looked_at or chance is None or chance >= 1:
            continue
        agreement = (agreed - chance) / (1 - chance)
        if agreement < LEAST_AGREEMENT:
            continue
        found.append(
            Dependency(
                determinant=(columns[determinant].name,),
                dependent=columns[at].name,
                violations=violations,
                looked_at=looked_at,
                groups=groups,
                agreement=round(agreement, 6),
                dominance=round(rare / violations, 6) if violations else 1.0,
                missing=missing,
                basis=Basis(rows=total, exact=sample.whole and every == 1),
            )
        )
    return found


def pairs_that_are_keys(
    connection: DuckDBPyConnection, sample: Sample, table: Table, columns: Sequence[ColumnProfile], nearly: float = 0.0
) -> tuple[KeyCandidate, ...]:
    """Give pairs of columns whose values together differ in all rows of the sample, but for a share `nearly`."""
    del table
    usable = [
        each for each in columns
        if _varies(each) and each.type not in ("DOUBLE", "FLOAT") and each.null_share <= nearly
    ]  # fmt: skip
    usable = sorted(usable, key=lambda each: -each.distinct)[:PAIRED]
    possible = [
        (a, b) for a, b in combinations(usable, 2)
        if sample.rows and a.distinct * b.distinct >= sample.rows and max(a.distinct, b.distinct) < REPEATED * a.rows
    ]  # fmt: skip
    found = []
    for a, b in possible:
        row = connection.execute(
            f"SELECT count(*) - count(DISTINCT hash({name(a.name)}, {name(b.name)})) FROM {sample.source}"
        ).fetchone()
        if row is not None and row[0] <= nearly * sample.rows:
            found.append(KeyCandidate(columns=(a.name, b.name), duplicates=int(row[0]), exact=sample.whole))
    return tuple(sorted(found, key=lambda each: (each.duplicates, each.columns)))
