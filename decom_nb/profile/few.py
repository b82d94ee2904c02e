"""The values of a small table's columns, looked at here rather than in SQL; gives what `values` gives.

A query costs milliseconds, and a CSV may have ten thousand columns. A test holds the two ways together.
"""

from __future__ import annotations

import heapq
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from decom_nb.evidence.tables import Column
from decom_nb.profile.column import Basis, Family, ShapeCount, ValueCount
from decom_nb.profile.sample import Sample
from decom_nb.profile.shape import LONGEST
from decom_nb.profile.values import (
    SENTINEL_ROWS,
    TRIED,
    Values,
    casts_of,
    looks_personal,
    sentinels,
)
from decom_nb.profile.words import words
from decom_nb.sql.text import name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FEW_ROWS = 5_000
"""Most rows of a table that is looked at here."""

Counts = list[tuple[str, int]]

_LETTERS = {"Ll": "a", "Lo": "a", "Lu": "A", "Lt": "A", "Nd": "9"}


def counts(connection: DuckDBPyConnection, sample: Sample, columns: Sequence[Column]) -> dict[str, Counts]:
    """Give for each column its values as text with their rows, all in one query."""
    if not columns:
        return {}
    cells = ", ".join(f"CAST({name(each.name)} AS VARCHAR)" for each in columns)
    found: dict[str, Counts] = {each.name: [] for each in columns}
    rows = connection.execute(
        f"SELECT i, v, count(*) FROM (SELECT unnest([{cells}]) AS v, unnest(range({len(columns)})) AS i FROM {sample.source}) "
        "WHERE v IS NOT NULL GROUP BY ALL"
    ).fetchall()
    for at, value, n in rows:
        found[columns[at].name].append((value, int(n)))
    return found


@lru_cache(4096)
def _letter(mark: str) -> str:
    return _LETTERS.get(unicodedata.category(mark), mark)


def shape_of(value: str) -> str:
    """Give the shape of a value, as `shape` gives it in SQL.

    >>> shape_of("AA-12 ö")
    'AA-99 a'
    """
    cut = value if len(value) <= LONGEST else value[:LONGEST] + "…"
    return "".join(map(_letter, cut))


def _ranked(found: Counts, most: int) -> tuple[ValueCount, ...]:
    best = heapq.nlargest(most, found, key=lambda each: (each[1], each[0]))
    return tuple(ValueCount(value=v, count=n) for v, n in sorted(best, key=lambda each: (-each[1], each[0])))


def few_values(
    connection: DuckDBPyConnection,
    sample: Sample,
    column: Column,
    kind: Family,
    top: int,
    named_personal: str,
    found: Counts,
) -> Values:
    """Look at the values of one column, which are given with their rows."""
    basis = Basis(rows=sample.rows, exact=sample.whole)
    told = Values({"top": _ranked(found, top), "top_of": basis}, len(found))
    if kind != "text":
        nothing = set(sentinels(kind, column))
        picked = [each for each in found if each[0] in nothing and each[1] >= SENTINEL_ROWS]
        if picked:
            told.found["placeholders"] = _ranked(picked, len(picked))
        return told
    known = set(words().nothing)
    trimmed = [(v, n, v.strip(" ")) for v, n in found]
    empty = [(v, n) for v, n, plain in trimmed if plain.lower() in known]
    real = [(v, n) for v, n, plain in trimmed if plain and plain.lower() not in known]
    told.found |= {
        "blanks": sum(n for _, n, plain in trimmed if not plain),
        "padded": sum(n for v, n, plain in trimmed if plain and plain != v),
        "placeholders": _ranked(empty, len(empty)),
        "text_of": basis,
        "personal": named_personal,
    }
    if real:
        every = -(-len(real) // TRIED)
        tried = [v.strip() for v, _ in sorted(real)[::every]]
        told.found["personal"] = named_personal or looks_personal(tried)
        told.found["casts"] = casts_of(connection, sample, column, tried, sum(n for _, n in real))
        told.found |= _shapes(found, basis, bool(told.found["personal"]), top)
    return told


def _shapes(found: Counts, basis: Basis, personal: bool, top: int) -> dict[str, object]:
    counted: Counter[str] = Counter()
    examples: dict[str, str] = defaultdict(str)
    for value, n in found:
        shaped = shape_of(value)
        counted[shaped] += n
        examples[shaped] = min(examples[shaped], value) if shaped in examples else value
    ranked = _ranked(list(counted.items()), max(top, 1))
    shown = tuple(
        ShapeCount(shape=each.value, count=each.count, example="" if personal else examples[each.value])
        for each in ranked
    )
    return {"shapes": shown, "shapes_total": len(counted), "shapes_of": basis}
