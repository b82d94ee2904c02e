"""Faults for the test of the tests: where in a table each kind can be, and the query that gives the table with it.

Pure but for `Copy`, which reads a few facts of the copied table. `mutation.py` puts the faults in and runs the checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from decom_nb import knowledge
from decom_nb.knowledge import Row
from decom_nb.sql.text import name, string

if TYPE_CHECKING:
    import duckdb

ROW = "decom row number"
"""The column by which rows of the copy are told apart; it is not part of the table."""

CATEGORIES = 50
"""Up to how many different texts a column counts as a list of categories."""

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


class FaultText(Row):
    """What is known of one kind of fault."""

    name: str
    title: str = Field(min_length=1, description="what happens, in words")
    share: float = Field(0.01, gt=0, le=1, description="share of the rows that get it")
    days: int = Field(0, ge=0)
    hours: int = Field(0, ge=0)
    factor: int = Field(1, ge=1)


class FaultTable(BaseModel):
    """All kinds of fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    faults: tuple[FaultText, ...]


@cache
def fault_texts() -> Mapping[str, FaultText]:
    """Give the kinds of fault, by name."""
    table = knowledge.load(FaultTable, Path(__file__).parent / "tables" / "faults.yaml")
    return {each.name: each for each in table.faults}


@dataclass(frozen=True)
class Reference:
    """Columns that refer to another table's."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


class Copy:
    """A copied table in a DuckDB connection of its own, under the name `place`, with `ROW` as its first column."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, place: str, columns: Sequence[tuple[str, str]]) -> None:
        self.connection = connection
        self.place = place
        self.types = dict(columns)

    def one(self, sql: str) -> tuple[Any, ...]:
        """Give the one row of a query."""
        row: tuple[Any, ...] | None = self.connection.execute(sql).fetchone()
        return row or ()

    @cached_property
    def rows(self) -> int:
        """Give how many rows there are."""
        return int(self.one(f"SELECT count(*) FROM {self.place}")[0])

    @cached_property
    def filled(self) -> Mapping[str, int]:
        """Give for each column how many rows have a value."""
        counts = self.one(f"SELECT {', '.join(f'count({name(each)})' for each in self.types)} FROM {self.place}")
        return dict(zip(self.types, counts, strict=True))

    @cached_property
    def distinct(self) -> Mapping[str, int]:
        """Give for each column that can be compared how many different values it has."""
        plain = [each for each, type_ in self.types.items() if not type_.endswith(("]", ")")) or "DECIMAL" in type_]
        if not plain:
            return {}
        counts = self.one(f"SELECT {', '.join(f'count(DISTINCT {name(each)})' for each in plain)} FROM {self.place}")
        return dict(zip(plain, counts, strict=True))

    def is_text(self, column: str) -> bool:
        """Tell whether a column holds text."""
        return self.types[column] == "VARCHAR"

    def is_number(self, column: str) -> bool:
        """Tell whether a column holds numbers."""
        return self.types[column] in (*_INTEGERS, "DOUBLE", "FLOAT") or self.types[column].startswith("DECIMAL")

    def is_moment(self, column: str) -> bool:
        """Tell whether a column holds dates with a time of day."""
        return self.types[column].startswith("TIMESTAMP")

    def is_temporal(self, column: str) -> bool:
        """Tell whether a column holds dates, with a time of day or without."""
        return self.is_moment(column) or self.types[column] == "DATE"

    def is_category(self, column: str) -> bool:
        """Tell whether a column holds one of a few texts, each of them many times."""
        different = self.distinct.get(column, 0)
        return self.is_text(column) and 2 <= different <= min(CATEGORIES, self.rows // 10)


@dataclass(frozen=True)
class Fault:
    """One fault in one place: the query of the table with it, and how many rows it changes."""

    kind: str
    columns: tuple[str, ...]
    select: str
    rows_changed: int
    days_later: int = 0
    reference: Reference | None = None


def faults(copy: Copy, key: Sequence[str], references: Sequence[Reference], day: str = "") -> Iterator[Fault]:
    """Give every fault that the copy has a place for, kind by kind.

    `key` are the columns that name a row, `day` is the column whose days count as partitions and whose newest value says
    how fresh the table is.
    """
    texts = fault_texts()
    referring = {column: each for each in references for column in each.columns}
    makers: dict[str, Callable[[FaultText], Iterator[Fault]]] = {
        "nulls": lambda text: (_nulls(copy, text, each) for each in copy.types if copy.filled[each]),
        "duplicates": lambda text: iter((_duplicates(copy, text),)),
        "orphans": lambda text: (_orphans(copy, text, each) for each in references if _can_be_orphaned(copy, each)),
        "stale_load": lambda text: iter((_stale(copy, text, day),) if day else ()),
        "dropped_partition": lambda text: _dropped(copy, day) if day else iter(()),
        "unit_change": lambda text: (
            _unit(copy, text, each)
            for each in copy.types
            if copy.is_number(each) and each not in key and each not in referring and copy.distinct[each] > 2
        ),
        "shifted_time_zone": lambda text: (_shifted(copy, text, each) for each in copy.types if copy.is_moment(each)),
        "category_typo": lambda text: (
            _typo(copy, text, each) for each in copy.types if copy.is_category(each) and each not in key
        ),
        "swapped_columns": lambda text: _swapped(copy, text, {*key, *referring}),
        "truncated_strings": lambda text: (
            _truncated(copy, text, each) for each in copy.types if copy.is_text(each) and each not in key
        ),
    }
    for kind, text in texts.items():
        yield from (fault for fault in makers[kind](text) if fault.rows_changed or fault.days_later)


def _picked(copy: Copy, share: float, eligible: str = "TRUE") -> tuple[str, int]:
    """Give a condition for a share of the eligible rows (at least one), the same ones every time, and how many they are."""
    count = int(copy.one(f"SELECT count(*) FROM {copy.place} WHERE {eligible}")[0])
    wanted = min(count, max(1, round(share * count)))
    chosen = (
        f"SELECT {name(ROW)} FROM {copy.place} WHERE {eligible} ORDER BY hash({name(ROW)}), {name(ROW)} LIMIT {wanted}"
    )
    return f"{name(ROW)} IN ({chosen})", wanted


def _newest(copy: Copy, share: float, eligible: str) -> tuple[str, int]:
    """Give a condition for the last rows: a fault that came with a release is in everything loaded since."""
    first = copy.rows - max(1, round(share * copy.rows))
    condition = f"({name(ROW)} >= {first} AND {eligible})"
    return condition, int(copy.one(f"SELECT count(*) FROM {copy.place} WHERE {condition}")[0])


def _changed(copy: Copy, values: Mapping[str, str]) -> str:
    """Give the query of the table with other values in some columns, of the same types as before."""
    shown = [
        f"CAST({values[each]} AS {type_}) AS {name(each)}" if each in values else name(each)
        for each, type_ in copy.types.items()
    ]
    return f"SELECT {', '.join(shown)} FROM {copy.place} ORDER BY {name(ROW)}"


def _instead(condition: str, value: str, column: str) -> str:
    return f"CASE WHEN {condition} THEN {value} ELSE {name(column)} END"


def _nulls(copy: Copy, text: FaultText, column: str) -> Fault:
    rows, changed = _picked(copy, text.share, f"{name(column)} IS NOT NULL")
    return Fault(text.name, (column,), _changed(copy, {column: _instead(rows, "NULL", column)}), changed)


def _duplicates(copy: Copy, text: FaultText) -> Fault:
    rows, changed = _picked(copy, text.share)
    shown = ", ".join(map(name, copy.types))
    return Fault(
        text.name,
        (),
        f"SELECT {shown} FROM (SELECT * FROM {copy.place} UNION ALL SELECT * FROM {copy.place} WHERE {rows})"
        f" ORDER BY {name(ROW)}",
        changed,
    )


def _can_be_orphaned(copy: Copy, reference: Reference) -> bool:
    last = reference.columns[-1]
    return last in copy.types and (copy.is_text(last) or copy.is_number(last)) and copy.filled[last] > 0


def _orphans(copy: Copy, text: FaultText, reference: Reference) -> Fault:
    column = reference.columns[-1]
    rows, changed = _picked(copy, text.share, f"{name(column)} IS NOT NULL")
    if copy.is_text(column):
        value = f"{name(column)} || {string(' gone')}"
    else:  # below everything that is there: more than the largest need not fit the type
        value = f"coalesce(TRY_CAST(-1 - {name(column)} AS {copy.types[column]}), {name(column)})"
    return Fault(
        text.name,
        reference.columns,
        _changed(copy, {column: _instead(rows, value, column)}),
        changed,
        reference=reference,
    )


def _stale(copy: Copy, text: FaultText, day: str) -> Fault:
    shown = ", ".join(map(name, copy.types))
    select = f"SELECT {shown} FROM {copy.place} ORDER BY {name(ROW)}"
    return Fault(text.name, (day,), select, 0, days_later=text.days)


def _dropped(copy: Copy, day: str) -> Iterator[Fault]:
    """Drop the day in the middle; a table of fewer than three days has no middle."""
    days = copy.connection.execute(
        f"SELECT CAST({name(day)} AS DATE) AS d, count(*) FROM {copy.place} WHERE d IS NOT NULL GROUP BY d ORDER BY d"
    ).fetchall()
    if len(days) < 3:
        return
    middle, gone = days[len(days) // 2]
    shown = ", ".join(map(name, copy.types))
    kept = f"CAST({name(day)} AS DATE) IS DISTINCT FROM DATE {string(str(middle))}"
    select = f"SELECT {shown} FROM {copy.place} WHERE {kept} ORDER BY {name(ROW)}"
    yield Fault("dropped_partition", (day,), select, int(gone))


def _unit(copy: Copy, text: FaultText, column: str) -> Fault:
    rows, changed = _newest(copy, text.share, f"{name(column)} <> 0")
    larger = f"coalesce(TRY_CAST({name(column)} * {text.factor} AS {copy.types[column]}), {name(column)})"
    if copy.types[column] in _INTEGERS:
        larger = larger.replace(name(column) + " *", f"CAST({name(column)} AS HUGEINT) *", 1)
    return Fault(text.name, (column,), _changed(copy, {column: _instead(rows, larger, column)}), changed)


def _shifted(copy: Copy, text: FaultText, column: str) -> Fault:
    rows, changed = _newest(copy, text.share, f"{name(column)} IS NOT NULL")
    later = f"{name(column)} + INTERVAL {text.hours} HOUR"
    return Fault(text.name, (column,), _changed(copy, {column: _instead(rows, later, column)}), changed)


def _typo(copy: Copy, text: FaultText, column: str) -> Fault:
    """Let two letters change places; where that gives a value that exists, or the same, add a letter."""
    rows, changed = _picked(copy, text.share, f"{name(column)} IS NOT NULL")
    value = name(column)
    swapped = f"left({value}, 1) || substr({value}, 3, 1) || substr({value}, 2, 1) || substr({value}, 4)"
    known = f"SELECT {value} FROM {copy.place} WHERE {value} IS NOT NULL"
    wrong = f"CASE WHEN {swapped} IN ({known}) THEN {value} || 'x' ELSE {swapped} END"
    return Fault(text.name, (column,), _changed(copy, {column: _instead(rows, wrong, column)}), changed)


def _swapped(copy: Copy, text: FaultText, leave: set[str]) -> Iterator[Fault]:
    """Swap each column with the next one of its type."""
    free = [each for each in copy.types if each not in leave and each in copy.distinct]
    for at, column in enumerate(free):
        other = next((each for each in free[at + 1 :] if copy.types[each] == copy.types[column]), None)
        if other is None:
            continue
        rows, changed = _picked(copy, text.share, f"{name(column)} IS DISTINCT FROM {name(other)}")
        values = {column: _instead(rows, name(other), column), other: _instead(rows, name(column), other)}
        yield Fault(text.name, (column, other), _changed(copy, values), changed)


def _truncated(copy: Copy, text: FaultText, column: str) -> Fault:
    rows, changed = _picked(copy, text.share, f"length({name(column)}) >= 2")
    cut = f"left({name(column)}, CAST(length({name(column)}) // 2 AS INTEGER))"
    return Fault(text.name, (column,), _changed(copy, {column: _instead(rows, cut, column)}), changed)
