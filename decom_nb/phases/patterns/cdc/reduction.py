"""Reduces changes to the table as it is now, or to its history, in DuckDB; the order in which messages lie does not count.

Messages are read one by one, brought to one shape and written to a file that DuckDB reads, so that a file of any size passes.
"""

# ruff: noqa: S608 - writing SQL is what this is for; every name goes through sql/text.py

from __future__ import annotations

import csv
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from decom_nb.errors import InputError, Mistake
from decom_nb.phases.patterns.cdc.field_value import Field, is_unavailable, type_of, wider
from decom_nb.phases.patterns.cdc.message import Message, Schemas, message
from decom_nb.phases.patterns.cdc.stored_message import stored
from decom_nb.sql.history_columns import IS_CURRENT, VALID_FROM, VALID_TO
from decom_nb.sql.text import name, names, string
from decom_nb.suggest import instead
from decom_nb.wording import counted, listed

if TYPE_CHECKING:
    import duckdb

As = Literal["current", "scd2"]
LISTED = 20
"""How many unreadable messages are named."""


@dataclass
class Counts:
    """What a file held."""

    read: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    out_of_order: int = 0
    unreadable: int = 0
    unreadable_lines: list[tuple[int, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def refuse(self, line: int, why: str) -> None:
        """Count a message that cannot be used; the first ones are named with their line."""
        self.unreadable += 1
        if len(self.unreadable_lines) < LISTED:
            self.unreadable_lines.append((line, why))


@dataclass(frozen=True)
class Reduced:
    """What came of a file, while its database is open."""

    connection: duckdb.DuckDBPyConnection
    table: str
    """Name of the table in it."""
    key: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    """Names and types, the key first."""
    rows: int
    counts: Counts


@contextmanager
def reduced(path: Path, *, key: Sequence[str] = (), table: str = "", as_: As = "current") -> Iterator[Reduced]:
    """Reduce a file of messages; what it gives lasts as long as the context.

    `key` are the columns that name a row, where messages come without a key; `table` is the one to take of a file with several.
    Raises `InputError` where the file cannot be read, holds no change, or leaves open which row a change is about.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="decom-cdc-") as folder:
        reading = _Reading(tuple(key), table)
        changes = Path(folder) / "changes.csv"
        try:
            with changes.open("w", encoding="utf-8", newline="") as file:
                reading.write(path, csv.writer(file))
        except (OSError, EOFError) as error:
            what = f"cannot be read: {getattr(error, 'strerror', None) or error}"
            raise InputError(
                Mistake(str(path), 0, "", what, "give a file of messages, one JSON object a line")
            ) from error
        reading.check(path, as_)
        connection = duckdb.connect(str(Path(folder) / "changes.duckdb"))
        try:
            yield _reduce(connection, changes, reading, as_)
        finally:
            connection.close()


class _Reading:
    """Brings messages to one shape, and remembers what they tell of keys, columns and types."""

    def __init__(self, key: tuple[str, ...], table: str) -> None:
        self.given, self.table = key, table
        self.key: tuple[str, ...] = key
        self.types: dict[str, str] = {}
        self.counts = Counts()
        self.tables: Counter[str] = Counter()
        self.missing: set[str] = set()
        self.without_schema = self.without_position = self.partial = False
        self.tombstones_tell = False
        """Whether rows lie without envelopes and marks, so that only a tombstone says that one was deleted."""

    def write(self, path: Path, out: Any) -> None:
        """Write the changes of a file, one line for each row that is touched."""
        schemas = Schemas()
        for number, each in enumerate(stored(path), start=1):
            self.counts.read += 1
            found = Message("", each.wrong) if each.wrong else message(each.value, schemas, keyed=bool(self.given))
            if found.wrong:
                self.counts.refuse(each.line, found.wrong)
                continue
            if found.table:
                wanted = not self.table or found.table == self.table or found.table.endswith(f".{self.table}")
                self.tables[found.table] += 1
                if not wanted:
                    self.counts.by_kind["of another table"] += 1
                    continue
            self.counts.by_kind[found.kind] += 1
            self.tombstones_tell = self.tombstones_tell or (found.flat and not found.marked)
            try:
                for row in self.rows(found, number):
                    out.writerow(row)
            except _NoKey as error:
                self.counts.by_kind[found.kind] -= 1
                self.counts.refuse(each.line, str(error))

    def rows(self, found: Message, number: int) -> Iterator[Sequence[Any]]:
        """Give what is written of a message: key, what is done, position, times, its place in the file, the row."""
        if found.kind == "tombstone":
            if found.key is not None:  # a deletion only where rows lie without their envelope
                yield self.row(found, "tombstone", self.keys_of(found, found.key), number, None)
            return
        if found.kind == "truncate":
            yield self.row(found, "truncate", "", number, None)
            return
        if found.kind not in ("insert", "update", "delete", "snapshot"):
            return
        self.without_position = self.without_position or not found.position
        if found.kind == "delete":
            yield self.row(found, "delete", self.keys_of(found, found.before), number, None)
            return
        ours = self.keys_of(found, found.after)
        if self.given and found.before and not found.partial:
            theirs = self.keys_of(found, found.before, lenient=True)
            if theirs and theirs != ours:  # a key that is no key of the source may change in an update
                yield self.row(found, "delete", theirs, number, None)
        yield self.row(found, found.kind, ours, number, found.after)

    def keys_of(self, found: Message, row: Mapping[str, Any] | None, *, lenient: bool = False) -> str:
        """Give the values of the key as text; raise `_NoKey` where they are not told."""
        told, fields = (row or {}), found.fields
        if not self.given and found.key is not None:
            if not self.key:
                self.key = tuple(map(str, found.key))
            told, fields = found.key, found.key_fields or found.fields
        elif self.given and found.key is not None and any(each not in told for each in self.given):
            told, fields = {**found.key, **told}, {**found.key_fields, **found.fields}
        if not self.key:
            raise _NoKey("has no key; name its columns with --key")
        absent = [each for each in self.key if each not in told]
        if absent:
            if lenient:
                return ""
            raise _NoKey(f"does not tell {listed(absent)}, of which the key is made")
        values = {each: self.value(each, told[each], fields.get(each)) for each in self.key}
        return json.dumps(values, sort_keys=True)

    def row(self, found: Message, done: str, key: str, number: int, after: Mapping[str, Any] | None) -> Sequence[Any]:
        missing: list[str] = []
        values: dict[str, Any] = {}
        for column, value in (after or {}).items():
            if is_unavailable(value):
                missing.append(column)
                self.types.setdefault(column, "")
            else:
                values[column] = self.value(column, value, found.fields.get(column))
        self.missing.update(missing)
        self.partial = self.partial or found.partial
        order = number if found.offset is None else found.offset
        return (
            key, done, found.position, found.at if found.at is not None else found.told_at, found.order, found.told_at, order,
            number, json.dumps(values) if after is not None else None, json.dumps(missing) if missing else None, found.partial,
        )  # fmt: skip

    def value(self, column: str, value: Any, how: Field | None) -> Any:
        """Give a value in the shape in which DuckDB casts it, and widen its column's type if it has to be."""
        if value is None:
            self.types.setdefault(column, "")
            return None
        if how is None:
            self.without_schema = True
            type_, read = type_of(value), value
        else:
            type_ = how.type
            try:
                read = how.read(value)
            except (ValueError, OverflowError, TypeError, ArithmeticError, KeyError):
                type_, read = "VARCHAR", value
                self.remark(f"{column} holds values that do not fit its type {how.type}; it is given as text")
        self.types[column] = wider(self.types.get(column, ""), type_)
        return read

    def remark(self, text: str) -> None:
        if text not in self.counts.remarks:
            self.counts.remarks.append(text)

    def check(self, path: Path, as_: As) -> None:
        """Raise what stands in the way of one table."""
        mistakes = []
        columns = [*self.types, *((VALID_FROM, VALID_TO, IS_CURRENT) if as_ == "scd2" else ())]
        twice = sorted(each for each, times in Counter(map(str.casefold, columns)).items() if times > 1)
        if twice:
            what = f"the table would have two columns of one name: {listed(twice)}"
            mistakes.append(
                Mistake(str(path), 0, "", what, "rename one of them in the connector, or ask for --as current")
            )
        taken = {
            each for each in self.tables if not self.table or each == self.table or each.endswith(f".{self.table}")
        }
        if len(taken) > 1:
            hint = f"name the one that is meant with --table, such as {sorted(taken)[0]}"
            mistakes.append(
                Mistake(str(path), 0, "--table", f"the file holds changes of {listed(sorted(taken))}", hint)
            )
        elif self.table and self.tables and not taken:
            what = f"the file holds no change of {self.table}"
            mistakes.append(Mistake(str(path), 0, "--table", what, instead(self.table, self.tables)))
        changes = sum(self.counts.by_kind[each] for each in ("insert", "update", "delete", "snapshot", "truncate"))
        if not changes and not mistakes:
            line, why = (self.counts.unreadable_lines or [(0, "")])[0]
            what = "the file holds no change of a row" + (f"; the message on line {line} {why}" if why else "")
            hint = "give messages of one of Debezium's topics; for messages without a key, name its columns with --key"
            mistakes.append(Mistake(str(path), line, "", what, hint))
        if mistakes:
            raise InputError(mistakes)


class _NoKey(Exception):  # noqa: N818 - reads as what it says
    """Nothing tells which row a change is about."""


_SHAPE = {
    "k": "VARCHAR", "done": "VARCHAR", "position": "VARCHAR", "happened": "DOUBLE", "place": "BIGINT", "told": "DOUBLE",
    "lies": "BIGINT", "number": "BIGINT", "content": "VARCHAR", "missing": "VARCHAR", "part": "BOOLEAN",
}  # fmt: skip
_K, _NTH, _HAPPENED, _GONE = (name(f"cdc · {each}") for each in ("key", "nth", "happened", "gone"))
"""What stands beside the columns of a row, in names that no column has."""
_LATEST = name("cdc · latest")
_ORDER = "position, place NULLS FIRST, happened NULLS FIRST, told NULLS FIRST, lies, number"
"""By the source's log; then by its time, and only then by where messages lie."""


def _reduce(connection: duckdb.DuckDBPyConnection, changes: Path, reading: _Reading, as_: As) -> Reduced:
    counts = reading.counts
    shape = ", ".join(f"{string(column)}: {string(type_)}" for column, type_ in _SHAPE.items())
    read = f"read_csv({string(str(changes))}, columns = {{{shape}}}, header = false, nullstr = '', max_line_size = 134217728)"
    tombstones = "" if reading.tombstones_tell else " WHERE done <> 'tombstone'"
    # A tombstone has no position and no time: it comes after what lies before it.
    before = "OVER (PARTITION BY k ORDER BY lies, number ROWS UNBOUNDED PRECEDING)"
    follows = ", ".join(
        f"CASE WHEN done = 'tombstone' THEN last_value({each} IGNORE NULLS) {before} ELSE {each} END AS {each}"
        for each in ("position", "happened", "told")
    )
    placed = f"SELECT * REPLACE ({follows}) FROM {read}{tombstones}"
    connection.execute(f"CREATE TABLE arrived AS SELECT * REPLACE (coalesce(position, '') AS position) FROM ({placed})")
    same = "k, position, place, done, content, missing, CASE WHEN position = '' THEN happened END"
    duplicate = f"row_number() OVER (PARTITION BY {same} ORDER BY lies, number) > 1 AND (position <> '' OR happened IS NOT NULL)"
    connection.execute(f"CREATE TABLE seen AS SELECT *, {duplicate} AS again FROM arrived")
    counts.duplicates = _one(connection, "SELECT count(*) FROM seen WHERE again")
    connection.execute("CREATE TABLE change AS SELECT * EXCLUDE (again) FROM seen WHERE NOT again")
    before = "max(position) OVER (PARTITION BY k ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    counts.out_of_order = _one(
        connection, f"SELECT count(*) FROM (SELECT position < {before} AS late FROM change) WHERE late"
    )
    _remarks(connection, reading)
    columns = _columns(reading)
    _states(connection, reading, columns)
    made = _current if as_ == "current" else _history
    made(connection, reading.key, columns)
    given = [*columns] if as_ == "current" else [
        *columns, (VALID_FROM, "TIMESTAMP"), (VALID_TO, "TIMESTAMP"), (IS_CURRENT, "BOOLEAN"),
    ]  # fmt: skip
    rows = _one(connection, "SELECT count(*) FROM reduced")
    return Reduced(connection, "reduced", reading.key, tuple(given), rows, counts)


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    found = connection.execute(query).fetchone()
    return int(found[0] or 0) if found else 0


def _remarks(connection: duckdb.DuckDBPyConnection, reading: _Reading) -> None:
    if reading.without_schema:
        reading.remark("Without a schema, times and decimals are given as they were written.")
    if reading.without_position:
        bare = _one(connection, "SELECT count(*) FROM change WHERE position = '' AND done <> 'truncate'")
        if bare:
            reading.remark(
                f"{counted(bare, 'change')} without a position in the source's log: ordered by time, then as they lie."
            )
    mixed = _one(connection, "SELECT count(DISTINCT length(position)) FROM change WHERE position <> ''")
    if mixed > 1:
        reading.remark("Positions have several forms; a file should come from one source.")


def _columns(reading: _Reading) -> list[tuple[str, str]]:
    """Give the columns of the table, the key first; one of which no value is known is text."""
    ordered = [*reading.key, *(each for each in reading.types if each not in reading.key)]
    return [(each, reading.types.get(each) or "VARCHAR") for each in ordered]


def _states(connection: duckdb.DuckDBPyConnection, reading: _Reading, columns: Sequence[tuple[str, str]]) -> None:
    """Make the table of what each change made of its row, the deletions that a truncation is among them."""
    key = set(reading.key)
    gone = "done IN ('delete', 'tombstone')"
    read = []
    for column, type_ in columns:
        of = "k" if column in key else "content"
        text = f"json_extract_string({of}, {string('$.' + json.dumps(column, ensure_ascii=False))})"
        value = (
            f"from_base64({text})" if type_ == "BLOB" else text if type_ == "VARCHAR" else f"CAST({text} AS {type_})"
        )
        read.append(f"{value} AS {name(column)}")
        if _may_lack(reading, column):
            absent = f"coalesce(list_contains(CAST(missing AS VARCHAR[]), {string(column)}), false)"
            if reading.partial:
                path = string("$." + json.dumps(column, ensure_ascii=False))
                absent += f" OR (part AND NOT coalesce(json_exists(content, {path}), false))"
            read.append(f"{absent} AS {name(f'cdc · {column} is absent')}")
    emptying = "SELECT DISTINCT position, place, happened, told, lies, number FROM change WHERE done = 'truncate'"
    connection.execute(f"CREATE TABLE truncation AS {emptying}")
    lies = "SELECT k, position, place, happened, told, lies, number, content, missing, part"
    emptied = (
        "SELECT DISTINCT c.k, t.position, t.place, t.happened, t.told, t.lies, t.number, CAST(NULL AS VARCHAR) AS content,"
        " CAST(NULL AS VARCHAR) AS missing, false AS part, true AS gone FROM change AS c JOIN truncation AS t"
        " ON c.done <> 'truncate' AND (c.position, coalesce(c.happened, 0)) <= (t.position, coalesce(t.happened, 0))"
    )
    connection.execute(
        f"CREATE TABLE event AS SELECT *, row_number() OVER (ORDER BY k, {_ORDER}) AS nth FROM ("
        f"{lies}, {gone} AS gone FROM change WHERE done <> 'truncate' UNION ALL {emptied})"
    )
    beside = f"k AS {_K}, nth AS {_NTH}, happened AS {_HAPPENED}, gone AS {_GONE}"
    connection.execute(f"CREATE TABLE said AS SELECT {beside}, {', '.join(read)} FROM event")
    kept = []
    for column, _ in columns:
        if not _may_lack(reading, column) or column in key:
            kept.append(name(column))
            continue
        absent = name(f"cdc · {column} is absent")
        told = f"CASE WHEN NOT {absent} AND NOT {_GONE} THEN {{'v': {name(column)}}} END"
        earlier = f"last_value({told} IGNORE NULLS) OVER (PARTITION BY {_K} ORDER BY {_NTH} ROWS UNBOUNDED PRECEDING)"
        kept.append(f"CASE WHEN {_GONE} OR NOT {absent} THEN {name(column)} ELSE {earlier}['v'] END AS {name(column)}")
        looked = f"SELECT {absent} AND NOT {_GONE} AND {earlier} IS NULL AS unknown FROM said"
        if unknown := _one(connection, f"SELECT count(*) FROM ({looked}) WHERE unknown"):
            text = f"{column}: {counted(unknown, 'change')} left it out, and no earlier value is in the file."
            reading.remark(text)
    connection.execute(f"CREATE TABLE state AS SELECT {_K}, {_NTH}, {_HAPPENED}, {_GONE}, {', '.join(kept)} FROM said")


def _may_lack(reading: _Reading, column: str) -> bool:
    return reading.partial or column in reading.missing


def _current(connection: duckdb.DuckDBPyConnection, key: Sequence[str], columns: Sequence[tuple[str, str]]) -> None:
    last = f"row_number() OVER (PARTITION BY {_K} ORDER BY {_NTH} DESC) = 1"
    rows = f"SELECT *, {last} AS {_LATEST} FROM state"
    every = names(column for column, _ in columns)
    there = f"({rows}) WHERE {_LATEST} AND NOT {_GONE} ORDER BY {names(key)}"
    connection.execute(f"CREATE TABLE reduced AS SELECT {every} FROM {there}")


def _history(connection: duckdb.DuckDBPyConnection, key: Sequence[str], columns: Sequence[tuple[str, str]]) -> None:
    """Make the versions: several changes of one instant are its last, equal neighbours are one, and time never goes back."""
    every = [column for column, _ in columns]
    began, ended, stays = (name(f"cdc · {each}") for each in ("began", "ended", "stays"))
    instant = f"max(coalesce({_HAPPENED}, 0)) OVER (PARTITION BY {_K} ORDER BY {_NTH} ROWS UNBOUNDED PRECEDING)"
    timed = f"SELECT *, make_timestamp(CAST(round({instant} * 1000) AS BIGINT)) AS {began} FROM state"
    last = (
        f"SELECT *, row_number() OVER (PARTITION BY {_K}, {began} ORDER BY {_NTH} DESC) = 1 AS {_LATEST} FROM ({timed})"
    )
    then = f"OVER (PARTITION BY {_K} ORDER BY {_NTH})"
    same = [f"lag({name(column)}) {then} IS NOT DISTINCT FROM {name(column)}" for column in every if column not in key]
    nothing_new = f"lag({_GONE}) {then} = {_GONE} AND ({_GONE} OR ({' AND '.join(['true', *same])}))"
    marked = f"SELECT *, coalesce({nothing_new}, {_GONE}) AS {stays} FROM ({last}) WHERE {_LATEST}"
    ends = f"lead({began}) {then} AS {ended}"
    whole = f"SELECT *, {ends} FROM (SELECT * FROM ({marked}) WHERE NOT {stays})"
    recorded = f"{began} AS {VALID_FROM}, {ended} AS {VALID_TO}, {ended} IS NULL AS {IS_CURRENT}"
    connection.execute(
        f"CREATE TABLE reduced AS SELECT {names(every)}, {recorded} FROM ({whole}) WHERE NOT {_GONE}"
        f" ORDER BY {names(key)}, {VALID_FROM}"
    )
