"""Types of columns per dialect, and whether a change of type widens or narrows what a column can hold.

`judgement.py` calls it. What the names mean is knowledge, in `tables/types.yaml`; what follows from it is worked out: a type
is widened if every value of the old one is a value of the new one, and not the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from decom_nb.contract.model import Dialect
from decom_nb.contract.odcs_schema import TABLES
from decom_nb.knowledge import Row, citations, load

Direction = Literal["same", "widened", "narrowed", "replaced", "unclear"]
"""What a change of type is."""

Words = Dialect
"""In whose words a type is written."""

DIALECTS: tuple[Dialect, ...] = tuple(each for each in get_args(Dialect) if each != "odcs")
"""The engines."""

_ENDLESS = 10_000
"""Stands for a precision, length or number of bits without limit: more than any dialect has."""


class _TypeRow(Row):
    dialects: tuple[Words, ...]
    names: tuple[str, ...]
    kind: str
    bits: int | None = None
    unsigned: bool = False
    digits: int | None = None
    precision: int | None = None
    scale: int | None = None
    length: int | None = None


class _Conversion(Row):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    dialects: tuple[Words, ...] = ("odcs", *DIALECTS)
    before: str = Field(alias="from")
    after: str = Field(alias="to")
    outcome: Direction = Field(alias="is")


class _TypeTable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    types: tuple[_TypeRow, ...]
    conversions: tuple[_Conversion, ...]


@dataclass(frozen=True)
class ColumnType:
    """A type that is understood: its kind and how much it holds."""

    kind: str
    size: int = _ENDLESS
    """Bits of an integer, significant bits of a float, digits before the point, characters, or decimals of a second."""
    scale: int = _ENDLESS
    unsigned: bool = False
    parts: tuple[tuple[str, ColumnType], ...] = ()
    """What a list, map or group is made of, by name."""


@dataclass(frozen=True)
class TypeChange:
    """What a change of type does to what a column can hold, and why."""

    direction: Direction
    because: str
    source: str = ""


@cache
def _table() -> _TypeTable:
    return load(_TypeTable, TABLES / "types.yaml", sources=citations(TABLES))


@cache
def _names(dialect: Words) -> dict[str, _TypeRow]:
    return {name: row for row in _table().types if dialect in row.dialects for name in row.names}


def understood(written: str, dialect: Words) -> ColumnType | None:
    """Give the type that is written there, None if the dialect has none of that name.

    >>> understood("VARCHAR(20)", "postgres")
    ColumnType(kind='text', size=20, scale=10000, unsigned=False, parts=())
    """
    told = " ".join(written.lower().replace('"', "").split())
    if dialect in ("duckdb", "postgres") and told.endswith("[]"):
        item = understood(told[:-2], dialect)
        return ColumnType("array", parts=(("item", item),)) if item else None
    # timestamp(3) with time zone: the precision stands in the middle of the name
    found = re.fullmatch(r"([a-z_][\w ]*?) ?(?:\((.*?)\)|<(.*)>)?((?: with| without)(?: local)? time zone)?", told)
    if not found:
        found = re.fullmatch(r"([a-z_][\w ]*?) ?(?:\((.*)\)|<(.*)>)()", told)
    if not found:
        return None
    row = _names(dialect).get(found[1].strip() + (found[4] or ""))
    if row is None:
        return None
    if row.kind in ("array", "map", "struct"):
        return _nested(row.kind, found[2] or found[3] or "", dialect)
    figures = [int(each) for each in re.findall(r"\d+", found[2] or "")]
    return _sized(row, figures)


def _sized(row: _TypeRow, figures: list[int]) -> ColumnType:
    if row.kind == "integer":
        return ColumnType("integer", row.bits or _ENDLESS, 0, row.unsigned)
    if row.kind == "float":
        return ColumnType("float", row.digits or _ENDLESS)
    if row.kind == "decimal":
        precision = figures[0] if figures else row.precision
        scale = figures[1] if len(figures) > 1 else 0 if figures else row.scale
        if precision is None:
            return ColumnType("decimal")
        return ColumnType("decimal", precision - (scale or 0), scale or 0)
    if row.kind in ("text", "padded", "binary"):
        return ColumnType(row.kind, figures[0] if figures else row.length or _ENDLESS)
    if row.kind in ("time", "time_zoned", "timestamp", "instant", "instant_offset"):
        return ColumnType(row.kind, figures[0] if figures else row.precision if row.precision is not None else _ENDLESS)
    return ColumnType(row.kind)


def _nested(kind: str, inside: str, dialect: Words) -> ColumnType | None:
    parts: list[tuple[str, ColumnType]] = []
    for at, part in enumerate(_split(inside)):
        name, written = ("", part)
        if kind == "struct":
            name, _, written = part.replace(":", " ", 1).partition(" ")
        elif kind == "map":
            name = ("key", "value")[min(at, 1)]
        else:
            name = "item"
        below = understood(written.strip(), dialect)
        if below is None:
            return None
        parts.append((name, below))
    return ColumnType(kind, parts=tuple(parts))


def _split(inside: str) -> list[str]:
    """Split at the commas that stand in no brackets."""
    found, depth, start = [], 0, 0
    for at, letter in enumerate(inside):
        depth += (letter in "(<") - (letter in ")>")
        if letter == "," and depth == 0:
            found.append(inside[start:at].strip())
            start = at + 1
    last = inside[start:].strip()
    return [*found, last] if last else found


def type_change(before: str, after: str, dialects: Iterable[Words]) -> TypeChange:
    """Say what a change of type is in a dialect; in several, of which one is meant, only what they agree on.

    >>> [type_change(a, b, ["postgres"]).direction for a, b in (("int", "bigint"), ("varchar(9)", "varchar(3)"))]
    ['widened', 'narrowed']
    """
    if _spelled(before) == _spelled(after):
        return TypeChange("same", "It is the same type, spelled differently.")
    found: dict[Direction, TypeChange] = {}
    for dialect in dialects:
        old, new = understood(before, dialect), understood(after, dialect)
        if old and new:
            told = _compared(old, new, dialect)
            found.setdefault(told.direction, told)
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        return TypeChange("unclear", "It depends on the engine, which the contract does not name.")
    return TypeChange("unclear", "One of the types is not known here.")


def _spelled(written: str) -> str:
    return re.sub(r"\s*([(),<>])\s*", r"\1", " ".join(written.lower().split()))


def _compared(old: ColumnType, new: ColumnType, dialect: Words) -> TypeChange:
    there, back = _holds(new, old), _holds(old, new)
    if there and back:
        return TypeChange("same", "Both names stand for the same type.", _source(dialect))
    if there:
        return TypeChange("widened", "Every value of the old type is one of the new type.", _source(dialect))
    if back:
        return TypeChange("narrowed", "Not every value of the old type is one of the new type.", _source(dialect))
    if old.kind == new.kind and old.kind in ("decimal", "integer"):
        gained = "digits behind the point" if new.scale > old.scale else "a wider range"
        return TypeChange("narrowed", f"It gains {gained} and loses others: some values no longer fit.")
    for row in _table().conversions:
        if dialect in row.dialects and row.before in (old.kind, "any") and row.after in (new.kind, "any"):
            return TypeChange(row.outcome, row.because, row.source)
    return TypeChange("replaced", "The values are of another kind: whoever reads them has to be changed.", "")


def _source(dialect: Words) -> str:
    return citations(TABLES).get(f"{dialect}-types", "")


def _holds(wide: ColumnType, narrow: ColumnType) -> bool:
    """Say whether every value of one type is a value of the other, exactly."""
    if wide.parts or narrow.parts:
        return wide.kind == narrow.kind and _holds_parts(wide, narrow)
    if wide.kind == narrow.kind == "integer":
        if narrow.unsigned == wide.unsigned:
            return wide.size >= narrow.size
        return narrow.unsigned and wide.size > narrow.size
    if wide.kind == narrow.kind:
        return wide.size >= narrow.size and wide.scale >= narrow.scale
    if narrow.kind == "integer":
        bits = narrow.size - (not narrow.unsigned)
        if wide.kind == "float":
            return wide.size >= bits
        if wide.kind == "decimal":
            return wide.size == _ENDLESS or (narrow.size < _ENDLESS and int(10**wide.size) > (1 << bits))
    if narrow.kind == "decimal" and narrow.scale == 0 and narrow.size < _ENDLESS:
        if wide.kind == "float":
            return (1 << wide.size) >= int(10**narrow.size)
        if wide.kind == "integer":
            highest = _ENDLESS if wide.size == _ENDLESS else wide.size - 1
            return not wide.unsigned and (1 << highest) >= int(10**narrow.size)
    return False


def _holds_parts(wide: ColumnType, narrow: ColumnType) -> bool:
    if wide.kind != "struct":
        pairs = zip(wide.parts, narrow.parts, strict=False)
        return len(wide.parts) == len(narrow.parts) and all(_holds(each[1], other[1]) for each, other in pairs)
    there = dict(wide.parts)  # fields that come in addition are a wider group
    return all(name in there and _holds(there[name], part) for name, part in narrow.parts)


_LOGICAL = {
    "integer": "integer", "decimal": "number", "float": "number", "text": "string", "padded": "string",
    "binary": "string", "boolean": "boolean", "date": "date", "time": "time", "time_zoned": "time",
    "timestamp": "timestamp", "instant": "timestamp", "instant_offset": "timestamp", "uuid": "string",
    "json": "object", "jsonb": "object", "variant": "object", "struct": "object", "map": "object", "array": "array",
    "interval": "string", "vector": "array",
}  # fmt: skip


def logical_type(written: str, dialect: Dialect) -> str:
    """Give the standard's logical type of a type, empty where it has none or the type is not known."""
    if dialect == "odcs":
        return written.lower() if understood(written, "odcs") else ""
    known = understood(written, dialect)
    if known and known.kind == "decimal" and known.scale == 0:
        return "integer"
    return _LOGICAL.get(known.kind, "") if known else ""


_DUCKDB = {
    "text": "VARCHAR", "padded": "VARCHAR", "binary": "BLOB", "boolean": "BOOLEAN", "date": "DATE", "time": "TIME",
    "time_zoned": "TIMETZ", "instant": "TIMESTAMPTZ", "instant_offset": "TIMESTAMPTZ", "uuid": "UUID", "json": "JSON",
    "jsonb": "JSON", "interval": "INTERVAL",
}  # fmt: skip
_WHOLE = {8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT", 128: "HUGEINT"}
_MOMENT = {0: "TIMESTAMP_S", 3: "TIMESTAMP_MS", 6: "TIMESTAMP", 9: "TIMESTAMP_NS"}


def duckdb_type(written: str, dialect: Dialect) -> str:
    """Give a type as DuckDB names it, empty where the dialect's type leaves that open or is not known.

    >>> duckdb_type("character varying(20)", "postgres"), duckdb_type("NUMERIC", "bigquery"), duckdb_type("integer", "odcs")
    ('VARCHAR', 'DECIMAL(38,9)', '')
    """
    known = understood(written, dialect)
    if dialect == "duckdb":  # enums and nested types are DuckDB's own words, though they are not taken apart here
        return written if known or re.search(r"[\[(]", written) else ""
    if known is None:
        return ""
    if known.kind == "integer":
        name = _WHOLE.get(known.size, "")
        return f"U{name}" if known.unsigned and name else name
    if known.kind == "decimal":
        width = known.size + known.scale
        return f"DECIMAL({width},{known.scale})" if width <= 38 else ""
    if known.kind == "float":
        return {24: "FLOAT", 53: "DOUBLE"}.get(known.size, "")
    if known.kind == "timestamp":
        return _MOMENT.get(known.size, "")
    return _DUCKDB.get(known.kind, "")
