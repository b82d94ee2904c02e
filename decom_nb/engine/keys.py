"""Whether a key repeats, without a hash table of all keys.

Whole numbers between bounds that lie not too far apart are marked in a bitmap: rows less marks are the repeats. Other keys
are hashed and the hashes sorted: equal keys have equal hashes, so that keys whose hash occurs once differ from all others;
the few others are compared themselves.
"""

from __future__ import annotations

from typing import Any

from decom_nb.engine.session import Session
from decom_nb.engine.work import Facts, Found, Work
from decom_nb.sql.column_type import family
from decom_nb.sql.quantity import Duplicates
from decom_nb.sql.text import name, names

_WIDEST = 1_000_000_000
"""Numbers between the bounds, up to which a bitmap of them (125 MB) is made."""
_SPARSE = 64
"""Numbers between the bounds for each row, up to which marking them is cheaper than sorting."""
_BUCKET = 1 << 16
"""Numbers that a bucket holds at least; one that holds repeats is looked into again for a sample."""
_BUCKETS = 64
_SORTED = 25_000_000
"""Hashes that are sorted at once; a table with more rows is read several times, to hold no more in memory."""
_SMALL = 100_000
"""Rows up to which a plain GROUP BY is as good as a sort."""
_TINY = 5_000
"""Rows up to which it is as good as a bitmap."""
_FEW = 100_000
"""Candidates up to which the rows with their hashes are looked at alone."""
_OFTEN = 0.02
"""Share of repeats in the first rows from which on grouping is cheaper than sorting first."""
_HASHED = {"whole", "decimal", "float", "text", "boolean", "date", "moment", "time", "uuid"}


def bounds(session: Session, facts: Facts, column: str) -> tuple[Any, Any]:
    """Give the smallest and largest value, from the footers or by asking for them; None for none."""
    known = facts.footers.bounds(column) if facts.footers else None
    if known is None:
        known = session.rows(f"SELECT min({name(column)}), max({name(column)}) FROM {facts.source}")[0]
    return known


def work(facts: Facts, quantity: Duplicates) -> Work | None:
    """Find out how many keys repeat, if there is a better way than to group by them."""
    types = [facts.table.types[each] for each in quantity.of]
    if quantity.by or not all(family(each) in _HASHED for each in types):
        return None
    whole = len(types) == 1 and family(types[0]) == "whole"
    if facts.rows is not None and facts.rows <= (_TINY if whole else _SMALL):
        return None
    because = (
        "a bitmap of the numbers between its bounds, or a sort of its values" if whole else "hashes of the key, sorted"
    )
    sql = bitmap(facts, quantity, 0, _BUCKET - 1)[0] if whole else _hashes(facts, quantity, "")

    def do(session: Session, found: Found) -> None:
        if whole and _marked(session, facts, quantity, found):
            return
        _sorted(session, facts, quantity, found)

    return Work(facts.table.name, "key_bitmap" if whole else "key_sort", (quantity,), because, (sql,), do)


def bitmap(facts: Facts, quantity: Duplicates, low: int, high: int) -> tuple[str, str, int]:
    """Give the query that marks numbers bucket by bucket, the number as it is marked, and the width of a bucket."""
    column, type_ = name(quantity.of[0]), facts.table.types[quantity.of[0]].upper()
    # The difference is taken in a type that holds it: 127 - (-128) is no TINYINT.
    wide = type_ in ("HUGEINT", "UHUGEINT", "UBIGINT")
    moved = f"CAST({column} - CAST({low} AS {type_}) AS BIGINT)" if wide else f"(CAST({column} AS BIGINT) - ({low}))"
    width = _BUCKET
    while (high - low) // width >= _BUCKETS:
        width *= 2
    condition = " AND ".join(([f"({quantity.where})"] if quantity.where else []) + [f"{column} IS NOT NULL"])
    marks = f"bitstring_agg({moved} & {width - 1}, CAST(0 AS BIGINT), CAST({width - 1} AS BIGINT))"
    shift = width.bit_length() - 1
    sql = (
        f"SELECT b, n - d FROM (SELECT {moved} >> {shift} AS b, count(*) AS n, bit_count({marks}) AS d "
        f"FROM {facts.source} WHERE {condition} GROUP BY 1) WHERE n > d ORDER BY b"
    )
    return sql, moved, width


def _marked(session: Session, facts: Facts, quantity: Duplicates, found: Found) -> bool:
    low, high = bounds(session, facts, quantity.of[0])
    if low is None:
        found.take({quantity: 0}, "footer" if facts.footers else "key_bitmap")
        return True
    span = high - low + 1
    rows = facts.rows
    if rows is None:
        rows = session.rows(f"SELECT count(*) FROM {facts.source}")[0][0]
    if span > _WIDEST or span > max(_SPARSE * rows, 1 << 20):
        return False
    sql, _, width = bitmap(facts, quantity, low, high)
    buckets = session.rows(sql)
    found.take({quantity: sum(each[1] for each in buckets)}, "key_bitmap")
    if buckets:
        column = name(quantity.of[0])
        first = low + buckets[0][0] * width
        found.hints[quantity] = f"{column} BETWEEN {first} AND {first + width - 1}"
    return True


def _hashes(facts: Facts, quantity: Duplicates, part: str) -> str:
    condition = " AND ".join(
        ([f"({quantity.where})"] if quantity.where else []) + [f"{name(each)} IS NOT NULL" for each in quantity.of]
    )
    return f"SELECT hash({names(quantity.of)}) AS h FROM {facts.source} WHERE {condition}{part}"


def _sorted(session: Session, facts: Facts, quantity: Duplicates, found: Found) -> None:
    import numpy as np

    rows = facts.rows
    if rows is None:
        rows = session.rows(f"SELECT count(*) FROM {facts.source}{quantity.filtered}")[0][0]
    if rows <= _SMALL or _repeats_often(session, facts, quantity):
        found.take({quantity: session.rows(quantity.query(facts.source))[0][0]}, "scan")
        return
    parts = -(-rows // _SORTED)
    candidates: list[Any] = []
    for part in range(parts):
        text = f" AND hash({names(quantity.of)}) % {parts} = {part}" if parts > 1 else ""
        hashes = session.numbers(_hashes(facts, quantity, text))
        hashes.sort()
        again = hashes[1:][hashes[1:] == hashes[:-1]]
        candidates.append(np.unique(again))
        del hashes, again
    number = sum(len(each) for each in candidates)
    if not number:
        found.take({quantity: 0}, "key_sort")
        return
    if number > _FEW:
        found.take({quantity: session.rows(quantity.query(facts.source))[0][0]}, "scan")
        return
    listed = ", ".join(str(each) for some in candidates for each in some.tolist())
    table = session.temporary(f"SELECT unnest(CAST([{listed}] AS UBIGINT[])) AS h")
    own = f"(SELECT {names(dict.fromkeys(quantity.of))} FROM {facts.source} WHERE "
    own += (
        f"({quantity.where}) AND " if quantity.where else ""
    ) + f"hash({names(quantity.of)}) IN (SELECT h FROM {table}))"
    alone = Duplicates(table=quantity.table, of=quantity.of)
    found.take({quantity: session.rows(alone.query(own))[0][0]}, "key_sort")
    first = f"hash({names(quantity.of)}) IN ({', '.join(listed.split(', ')[:100])})"
    found.hints[quantity] = first


def _repeats_often(session: Session, facts: Facts, quantity: Duplicates) -> bool:
    filled, different = session.rows(
        f"SELECT count(*), count(DISTINCT h) FROM ({_hashes(facts, quantity, f' LIMIT {_SMALL}')})"
    )[0]
    return bool(filled - different > _OFTEN * filled)
