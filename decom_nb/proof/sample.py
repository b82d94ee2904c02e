"""Rows to try a load with: few, made up by rule and always the same, or taken from a sample of the real table.

`source.py` asks for values here; nothing is drawn by chance, so a proof can be run again and finds what it found.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from decom_nb.sql.table_definition import ColumnDefinition

Row = tuple[Any, ...]
"""Values in the order of the table's columns."""

FIRST_RUN = datetime(2026, 3, 10, 6)
"""When the first load runs; each further one a day later. A Tuesday in the past, so that no clock is behind it."""
_WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "juniper", "knoll")


def run_at(run: int) -> datetime:
    """Give when a load runs, counted from 1."""
    return FIRST_RUN + timedelta(days=run - 1)


def made_up(column: ColumnDefinition, n: int) -> Any:
    """Give the n-th value of a column's type; neighbours differ.

    >>> made_up(ColumnDefinition("amount", "DECIMAL(18,2)"), 3), made_up(ColumnDefinition("status", "VARCHAR"), 3)
    (Decimal('30.25'), 'delta 3')
    """
    type_ = column.type.upper().strip()
    for pattern, make in _BY_TYPE:
        if re.match(pattern, type_):
            return make(n, type_)
    raise ValueError(f"no values are known here for the type {column.type} of {column.name}")


def _text(n: int, type_: str) -> str:
    text = f"{_WORDS[n % len(_WORDS)]} {n}"
    width = re.search(r"\((\d+)\)", type_)
    return text if width is None or len(text) <= int(width[1]) else str(n % 10 ** int(width[1]))


def _decimal(n: int, type_: str) -> Decimal:
    parts = re.search(r"\(\s*(\d+)\s*(?:,\s*(\d+))?", type_)
    width, scale = (int(parts[1]), int(parts[2] or 0)) if parts else (18, 3)
    whole = n * 10 % 10 ** max(width - scale, 1)
    return Decimal(whole) + (Decimal(n % 3 + 1) / 4).quantize(Decimal(1).scaleb(-min(scale, 2))) * (scale > 0)


def _instant(n: int) -> datetime:
    return FIRST_RUN - timedelta(days=30) + timedelta(hours=7 * n, minutes=n)


_BY_TYPE: tuple[tuple[str, Callable[[int, str], Any]], ...] = (
    (r".*\[\d*\]$", lambda n, _: f"[{n}, {n + 1}]" if _.startswith(("INT", "BIGINT")) else f"[{_WORDS[n % 11]}]"),
    (r"U?TINYINT|INT1\b", lambda n, _: n % 100),
    (r"U?(SMALLINT|BIGINT|HUGEINT|INTEGER|INT[248]?|SIGNED|LONG|SHORT|SERIAL|BIGSERIAL)\b", lambda n, _: n * 10),
    (r"DECIMAL|NUMERIC|DEC\b|MONEY", _decimal),
    (r"DOUBLE|REAL|FLOAT", lambda n, _: n * 10 + 0.25),
    (r"BOOL", lambda n, _: n % 2 == 0),
    (r"TIMESTAMP|DATETIME", lambda n, type_: _instant(n).replace(tzinfo=UTC if "Z" in type_ or "WITH T" in type_ else None)),
    (r"DATE", lambda n, _: (FIRST_RUN + timedelta(days=n - 60)).date()),
    (r"TIME\b", lambda n, _: time(n % 24, n % 60)),
    (r"INTERVAL", lambda n, _: f"{n} days"),
    (r"UUID", lambda n, _: str(uuid.UUID(int=n + 2**100))),
    (r"JSON", lambda n, _: json.dumps({"n": n})),
    (r"BLOB|BYTEA|BINARY|VARBINARY", lambda n, _: f"{n:04d}"),
    (r"VARCHAR|TEXT|CHAR|STRING|BPCHAR|NVARCHAR", _text),
)  # fmt: skip
"""How a type's values are made, by what its name begins with."""


class Pool:
    """The values that one column may take."""

    def __init__(self, column: ColumnDefinition, values: Sequence[Any] = ()) -> None:
        self.column = column
        self.values = tuple(values)

    def value(self, n: int) -> Any:
        """Give the n-th value, starting over where there are no more."""
        return self.values[n % len(self.values)] if self.values else made_up(self.column, n)


def pools(
    columns: Sequence[ColumnDefinition], values: Mapping[str, Sequence[Any]], sample: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Pool]:
    """Give the pool of each column: the values that are said, else those of a sample's rows, else made-up ones."""
    found = {}
    for each in columns:
        given = values.get(each.name) or [_plain(row.get(each.name)) for row in sample]
        found[each.name] = Pool(each, given)
    return found


def _plain(value: Any) -> Any:
    """Give a value of a sample as one that can be written as a literal."""
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, default=str)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return value


def as_type(instant: datetime, type_: str) -> Any:
    """Give an instant as a column's type has it: a date, a time with or without zone, or a text."""
    kind = type_.upper()
    if kind.startswith(("TIMESTAMP", "DATETIME")):
        return instant.replace(tzinfo=UTC) if "Z" in kind or "WITH T" in kind else instant
    if kind.startswith("DATE"):
        return instant.date()
    return instant.isoformat(sep=" ")


def is_time(type_: str) -> bool:
    """Tell whether a column's type tells a time, rather than counting up."""
    return not re.match(r"U?(TINY|SMALL|BIG|HUGE)?INT|INT\d?|DECIMAL|NUMERIC|DOUBLE|REAL|FLOAT", type_.upper())


def earlier(value: Any, by: timedelta | int) -> Any:
    """Give a version that is older by so much; dates by whole days."""
    if isinstance(value, datetime):
        return value - (by if isinstance(by, timedelta) else timedelta(seconds=by))
    if isinstance(value, date):
        return value - timedelta(days=by.days if isinstance(by, timedelta) else by)
    if isinstance(value, str):
        moved = datetime.fromisoformat(value) - (by if isinstance(by, timedelta) else timedelta(seconds=by))
        return moved.isoformat(sep=" ")
    return value - (int(by.total_seconds()) if isinstance(by, timedelta) else by)
