"""The values of a column one by one: which are frequent, what they look like, what they could be read as, which are nothing.

Works on a sample, in which the whole of a small table is. The values are grouped first, so that forms and casts are worked
out once for each different value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from decom_nb.evidence.tables import Column
from decom_nb.profile.column import Basis, Cast, Family, Figure, ShapeCount, ValueCount
from decom_nb.profile.sample import Sample
from decom_nb.profile.shape import shape
from decom_nb.profile.whole import family, figure
from decom_nb.profile.words import words
from decom_nb.sql.text import name, string

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
TRIED = 300
"""Different values on which formats are tried before they are counted over all."""
MOST_SHAPED = 50_000
"""Different values whose shapes are worked out; of more, an even share is."""
MOST_TIMES = 0.5
"""Share of the values tried that must be readable for a type to be counted."""
PERSONAL_SHARE = 0.8
"""Share of the values tried that must look like personal data."""
SENTINEL_ROWS = 3
"""A number that stands for nothing is written more than once or twice."""

_VALUES = name("decom values")

_CASTS: tuple[tuple[str, str], ...] = (
    ("BIGINT", ""),
    ("DOUBLE", ""),
    ("DATE", ""),
    ("TIMESTAMP", ""),
    ("TIME", ""),
    ("UUID", ""),
)


@dataclass
class Values:
    """What the values of one column told; keys as in `ColumnProfile`."""

    found: dict[str, Any] = field(default_factory=dict)
    distinct: int = 0


def quantiles(
    connection: DuckDBPyConnection, sample: Sample, columns: Sequence[Column]
) -> dict[str, dict[str, Figure]]:
    """Give quantiles of numbers and times in the sample, by column, NaN and infinities aside."""
    asked = []
    for each in columns:
        if family(each.type) in ("number", "time"):
            finite = f" FILTER (isfinite({name(each.name)}))" if each.type in ("DOUBLE", "FLOAT") else ""
            found = f"quantile_disc({name(each.name)}, {list(QUANTILES)!r}){finite}"
            asked.append((each.name, f"CAST({found} AS VARCHAR[])" if family(each.type) == "time" else found))
    if not asked:
        return {}
    row = connection.execute(f"SELECT {', '.join(sql for _, sql in asked)} FROM {sample.source}").fetchone() or ()
    return {
        column: {str(share): figure(each) for share, each in zip(QUANTILES, found, strict=True)}
        for (column, _), found in zip(asked, row, strict=True)
        if found is not None
    }


def values(
    connection: DuckDBPyConnection, sample: Sample, column: Column, kind: Family, top: int, named_personal: str = ""
) -> Values:
    """Look at the values of one column. Its name may say that it is personal; then no value of it is kept."""
    what, text = name(column.name), f"CAST({name(column.name)} AS VARCHAR)"
    told = Values()
    basis = Basis(rows=sample.rows, exact=sample.whole)
    grouped = f"SELECT {text} AS v, count(*) AS n FROM {sample.source} WHERE {what} IS NOT NULL GROUP BY 1"
    best = f"max(struct_pack(n := n, v := v), {top})" if top else "NULL"
    if kind != "text":
        nothing = ", ".join(map(string, sentinels(kind, column)))
        picked = (
            f"list(struct_pack(n := n, v := v)) FILTER (v IN ({nothing}) AND n >= {SENTINEL_ROWS})"
            if nothing
            else "NULL"
        )
        row = connection.execute(f"SELECT count(*), {best}, {picked} FROM ({grouped})").fetchone() or (0, None, None)
        told.distinct = row[0]
        told.found = {"top": _ranked(row[1], told.distinct, top), "top_of": basis}
        if row[2]:
            told.found["placeholders"] = _ranked(row[2], 0, len(row[2]))
        return told
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_VALUES} AS {grouped}")
    try:
        _of_text(connection, told, basis, best, top, named_personal)
    finally:
        connection.execute(f"DROP TABLE IF EXISTS temp.main.{_VALUES}")
    return told


def _of_text(
    connection: DuckDBPyConnection, told: Values, basis: Basis, best: str, top: int, named_personal: str
) -> None:
    """Look at the values of a text, which lie in a table by now."""
    known = words()
    nothing = ", ".join(string(each) for each in known.nothing)
    counted = connection.execute(
        f"SELECT count(*), {best}, coalesce(sum(n) FILTER (trim(v) = ''), 0)::BIGINT, "
        f"coalesce(sum(n) FILTER (v <> trim(v) AND trim(v) <> ''), 0)::BIGINT, "
        f"list(struct_pack(n := n, v := v)) FILTER (lower(trim(v)) IN ({nothing})), coalesce(sum(n), 0)::BIGINT FROM {_VALUES}"
    ).fetchone()
    assert counted is not None  # noqa: S101 - an aggregate always gives a row
    distinct, ranked, blanks, padded, empty, filled = counted
    told.distinct = distinct
    placeholders = _ranked(empty, 0, len(empty or ()))
    told.found = {
        "top": _ranked(ranked, distinct, top),
        "top_of": basis,
        "blanks": blanks,
        "padded": padded,
        "placeholders": placeholders,
        "text_of": basis,
    }
    real = filled - blanks - sum(each.count for each in placeholders)
    if real > 0:
        usable = usable_text()
        some = f"(SELECT v, n FROM {_VALUES} WHERE {usable} ORDER BY hash(v), v LIMIT {TRIED})"
        tried = [str(each[0]).strip() for each in connection.execute(f"SELECT v FROM {some}").fetchall()]
        told.found["personal"] = named_personal or looks_personal(tried)
        told.found["casts"] = _casts(connection, some, usable, real, tried)
        told.found |= _shapes(connection, distinct, filled, basis, bool(told.found["personal"]), top)
    else:
        told.found["personal"] = named_personal


def _ranked(found: Sequence[dict[str, Any]] | None, distinct: int, most: int) -> tuple[ValueCount, ...]:
    del distinct
    ranked = sorted(found or (), key=lambda each: (-each["n"], each["v"]))
    return tuple(ValueCount(value=each["v"], count=each["n"]) for each in ranked[:most])


def sentinels(kind: Family, column: Column) -> tuple[str, ...]:
    """Give the numbers or dates for nothing, as this type writes them."""
    known = words()
    if kind == "number":
        numbers = [str(each) for each in known.numbers]
        if column.type in ("DOUBLE", "FLOAT") or column.type.startswith("DECIMAL"):
            numbers += [f"{each}.0" for each in known.numbers] + [f"{each}.00" for each in known.numbers]
        return tuple(numbers)
    if kind == "time":
        return tuple(each for day in known.dates for each in (day, f"{day} 00:00:00"))
    return ()


def _reads(type_: str, form: str) -> str:
    """Give the condition that a value can be read as the type."""
    if form:
        whole_year = "regexp_matches(v, '[0-9]{4}') AND " if "%Y" in form else ""  # or 13 would be a year of antiquity
        return f"{whole_year}try_strptime(v, {string(form)}) IS NOT NULL"
    if type_ == "BIGINT":  # DuckDB would round 1.5
        return "regexp_full_match(trim(v), '[-+]?[0-9]+') AND TRY_CAST(v AS BIGINT) IS NOT NULL"
    return f"TRY_CAST(v AS {type_}) IS NOT NULL"


def _plausible(type_: str, form: str, tried: Sequence[str]) -> bool:
    """Tell whether half of some values have the marks that a type or format needs, so that it is worth trying."""
    if form:
        marks = set(re.sub(r"%[A-Za-z]", "", form))
        if not marks:
            return sum(each.isdecimal() for each in tried) >= MOST_TIMES * len(tried)
        return sum(marks <= set(each) for each in tried) >= MOST_TIMES * len(tried)
    needed = {"DATE": "-", "TIMESTAMP": "-", "TIME": ":", "UUID": ""}.get(type_)
    if type_ == "UUID":
        return sum(len(each) >= 32 for each in tried) >= MOST_TIMES * len(tried)
    if needed:
        return sum(needed in each for each in tried) >= MOST_TIMES * len(tried)
    return sum(each[:1] in "+-.0123456789" for each in tried) >= MOST_TIMES * len(tried)


def _casts(
    connection: DuckDBPyConnection, some: str, usable: str, real: int, values: Sequence[str]
) -> tuple[Cast, ...]:
    """Count what can be read as another type; a wider type that reads no more than a narrower one is left out."""
    digits = sum(any(one.isdecimal() for one in each) for each in values)
    tried = [each for each in (*_CASTS, *words().forms) if _plausible(*each, values)]
    if not tried or digits < MOST_TIMES * len(values):
        return ()
    counts = ", ".join(f"count(*) FILTER ({_reads(*each)})" for each in tried)
    row = connection.execute(f"SELECT count(*), {counts} FROM {some}").fetchone()
    if row is None or not row[0]:
        return ()
    likely = [each for each, n in zip(tried, row[1:], strict=True) if n >= MOST_TIMES * row[0]]
    if not likely:
        return ()
    counts = ", ".join(f"coalesce(sum(n) FILTER ({_reads(*each)}), 0)::BIGINT" for each in likely)
    row = connection.execute(f"SELECT {counts} FROM {_VALUES} WHERE {usable}").fetchone()
    found: list[Cast] = []
    for (type_, form), n in zip(likely, row or (), strict=True):
        if n >= MOST_TIMES * real and not any(n <= each.count and not form for each in found):
            found.append(Cast(type=type_, format=form, count=n, share=min(1.0, n / real)))
    return tuple(sorted(found, key=lambda each: -each.count))


def casts_of(
    connection: DuckDBPyConnection, sample: Sample, column: Column, tried: Sequence[str], real: int
) -> tuple[Cast, ...]:
    """Count what a text column can be read as; `tried` are some of its values, `real` the rows that have any."""
    digits = sum(any(one.isdecimal() for one in each) for each in tried)
    if digits < MOST_TIMES * len(tried) or not any(_plausible(*each, tried) for each in (*_CASTS, *words().forms)):
        return ()
    what = name(column.name)
    grouped = (
        f"SELECT CAST({what} AS VARCHAR) AS v, count(*) AS n FROM {sample.source} WHERE {what} IS NOT NULL GROUP BY 1"
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_VALUES} AS {grouped}")
    try:
        usable = usable_text()
        some = f"(SELECT v, n FROM {_VALUES} WHERE {usable} ORDER BY hash(v), v LIMIT {TRIED})"
        return _casts(connection, some, usable, real, tried)
    finally:
        connection.execute(f"DROP TABLE IF EXISTS temp.main.{_VALUES}")


def usable_text() -> str:
    """Give the condition that a value is neither blank nor a word for nothing."""
    nothing = ", ".join(string(each) for each in words().nothing)
    return f"trim(v) <> '' AND lower(trim(v)) NOT IN ({nothing})"


def _shapes(
    connection: DuckDBPyConnection, distinct: int, filled: int, basis: Basis, personal: bool, top: int
) -> dict[str, Any]:
    every = -(-distinct // MOST_SHAPED)
    some = f" WHERE hash(v) % {every} = 0" if every > 1 else ""
    row = connection.execute(
        f"SELECT count(*), max(struct_pack(n := m, v := s, e := e), {max(top, 1)}), sum(m)::BIGINT FROM "
        f"(SELECT {shape('v')} AS s, sum(n)::BIGINT AS m, min(v) AS e FROM {_VALUES}{some} GROUP BY 1)"
    ).fetchone()
    if row is None or row[1] is None:
        return {}
    ranked = sorted(row[1], key=lambda each: (-each["n"], each["v"]))
    seen = min(row[2] or 0, filled)
    return {
        "shapes": tuple(
            ShapeCount(shape=each["v"], count=each["n"], example="" if personal else each["e"]) for each in ranked
        ),
        "shapes_total": row[0],
        "shapes_of": basis if every == 1 else Basis(rows=seen, exact=False),
    }


def looks_personal(tried: Sequence[str]) -> str:
    """Give the kind of personal data that most of the values look like."""
    for row in words().personal:
        form = re.compile(row.form)
        hits = sum(1 for each in tried if form.match(each) and (not row.luhn or luhn(each)))
        if tried and hits >= PERSONAL_SHARE * len(tried):
            return row.kind
    return ""


def luhn(number: str) -> bool:
    """Tell whether the check digit of a card number agrees (ISO/IEC 7812-1, annex B).

    >>> luhn("4111 1111 1111 1111"), luhn("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(each) for each in number if each.isdecimal()][::-1]
    doubled = (2 * each - 9 if each > 4 else 2 * each for each in digits[1::2])
    return len(digits) > 1 and (sum(digits[::2]) + sum(doubled)) % 10 == 0
