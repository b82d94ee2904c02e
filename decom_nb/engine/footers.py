"""What the footers of Parquet files say of a table: facts that are true without looking at a single value.

Only what the format warrants is used: row counts; null counts where every row group states one; bounds where every row
group that holds a value states them, the column has in each file the very type it has in the table, and that type is a
number, a date or a moment. Bounds of text may be cut off and are never read here. Bounds of floats leave NaN out with most
writers; DuckDB leaves the bounds out instead where there is a NaN, so that only its files are believed.
Source: parquet-format, `Statistics` in parquet.thrift, and its rules for NaN under `ColumnOrder`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from decom_nb.engine.session import Session
from decom_nb.evidence.tables import Table
from decom_nb.sql.column_type import family
from decom_nb.sql.quantity import OutOfRange
from decom_nb.sql.text import name, string

_BELIEVED = re.compile(r"DuckDB version v(\d+)\.(\d+)")
_SINCE = (1, 5)
"""DuckDB's version from which on a column chunk with a NaN is known to have no bounds."""
_BOUNDED = {"whole", "decimal", "float", "date", "moment"}
_MOST = 2_000_000
"""Chunks up to which footers are looked into; there is not that much to be gained from more."""


class Chunk(NamedTuple):
    """What a footer says of one column in one row group."""

    path: str
    file: str
    rows: int
    values: int
    nulls: int | None
    low: str | None
    high: str | None
    dictionary: int | None
    """Bytes of the dictionary, packed."""

    @property
    def empty(self) -> bool:
        """Tell whether it holds no value."""
        return self.nulls == self.rows


@dataclass(frozen=True)
class Chunks:
    """What the footers say of one column."""

    each: tuple[Chunk, ...]
    bounded: bool
    """Whether every row group that holds a value has bounds that can be believed."""

    @property
    def nulls(self) -> int | None:
        """Give how many rows lack a value; None where a row group does not say."""
        counts = [each.nulls for each in self.each]
        return None if None in counts else sum(each or 0 for each in counts)

    @property
    def dictionary(self) -> int | None:
        """Give the bytes of the largest dictionary; None where a row group has none."""
        sizes = [each.dictionary for each in self.each]
        return None if None in sizes else max((each or 0 for each in sizes), default=None)


class Footers:
    """The footers of one table's files. Those of the columns are read when the first is asked for."""

    def __init__(
        self, session: Session, table: Table, columns: Sequence[str], rows: int, groups: int, believed: bool
    ) -> None:
        self.rows = rows
        self.groups = groups
        self.believed = believed
        """Whether bounds of floats can be believed: every file is by a writer that says nothing where there is a NaN."""
        self._session = session
        self._table = table
        # A name with the separator could be the path of a field of a struct; no footer is asked about it.
        self._columns = [each for each in columns if ", " not in each and each not in table.partitions]
        self.types = {each: table.types[each] for each in self._columns}

    @cached_property
    def chunks(self) -> dict[str, Chunks]:
        """Give what is known of the columns that the footers can speak for."""
        if not self.groups:  # files without a row: everything is known
            return dict.fromkeys(self._columns, Chunks((), bounded=False))
        if not self._columns or self.groups * len(self._columns) > _MOST:
            return {}
        by_path: dict[str, list[Chunk]] = {}
        for row in self._session.rows(
            "SELECT path_in_schema, file_name, row_group_num_rows, num_values, stats_null_count, stats_min_value, "
            "stats_max_value, CASE WHEN dictionary_page_offset IS NOT NULL THEN data_page_offset - dictionary_page_offset END "
            f"FROM parquet_metadata({_files(self._table)}) WHERE path_in_schema IN ({', '.join(map(string, self._columns))}) "
            "ORDER BY file_name, row_group_id"
        ):
            by_path.setdefault(row[0], []).append(Chunk(*row))
        made = {}
        for path, found in by_path.items():
            rows = sum(each.rows for each in found)
            if len(found) != self.groups or rows != self.rows or any(each.rows != each.values for each in found):
                continue  # a field of something nested, or a file without the column
            kind = family(self.types[path])
            bounded = kind in _BOUNDED and (kind != "float" or self.believed) and path in self._same_types
            bounded = bounded and all(each.empty or None not in (each.low, each.high) for each in found)
            made[path] = Chunks(tuple(found), bounded)
        return made

    @cached_property
    def _same_types(self) -> set[str]:
        """Give the columns that have in every file the type that they have in the table."""
        types: dict[str, list[str]] = {}
        for path, type_ in self._session.rows(f"SELECT name, duckdb_type FROM parquet_schema({_files(self._table)})"):
            types.setdefault(path, []).append(type_)
        return {each for each in self._columns if types.get(each) == [self.types[each]] * len(self._table.files)}

    def _typed(self, column: str) -> str | None:
        """Give the bounds of a column's row groups, and their rows, as what stands after FROM; None if they are not known."""
        known = self.chunks.get(column)
        if known is None or not known.bounded:
            return None
        found = [each for each in known.each if not each.empty]
        type_ = self.types[column]
        low, high = (
            f"CAST([{', '.join(string(end or '') for end in ends)}] AS {type_}[])"
            for ends in ([each.low for each in found], [each.high for each in found])
        )
        rows = ", ".join(str(each.rows) for each in found)
        return f"(SELECT unnest({low}) AS lo, unnest({high}) AS hi, unnest(CAST([{rows}] AS BIGINT[])) AS rows)"

    def _numbers(self, column: str) -> list[tuple[Any, Any, int]] | None:
        """Give the bounds of a column's row groups, and their rows, as numbers; None if it has none that Python can hold."""
        known, type_ = self.chunks.get(column), self.types.get(column, "").upper()
        read = {"whole": int, "decimal": Decimal}.get(family(type_)) or (float if type_ == "DOUBLE" else None)
        if known is None or not known.bounded or read is None:
            return None
        return [
            (read(each.low), read(each.high), each.rows)
            for each in known.each
            if each.low is not None and each.high is not None
        ]

    def bounds(self, column: str) -> tuple[Any, Any] | None:
        """Give the smallest and the largest value of a column, both None if it holds none; None if that is not known."""
        numbers = self._numbers(column)
        if numbers is not None:
            low, high = (pick((each[at] for each in numbers), default=None) for at, pick in enumerate((min, max)))
            return low, high
        typed = self._typed(column)
        if typed is None:
            return None
        low, high = self._session.rows(f"SELECT min(lo), max(hi) FROM {typed}")[0]
        return low, high

    def undecided(self, column: str, wrong: Sequence[OutOfRange]) -> list[int] | None:
        """Give for each range of one column how many rows lie in row groups that may hold a value out of it.

        A row group whose smallest and largest values are both right holds no wrong one. None if bounds are not known.
        """
        numbers = self._numbers(column)
        if numbers is not None:
            return [
                sum(
                    rows
                    for low, high, rows in numbers
                    if (each.low is not None and low < each.low) or (each.high is not None and high > each.high)
                )
                for each in wrong
            ]
        typed = self._typed(column)
        if typed is None:
            return None
        tests = []
        for each in wrong:
            low, high = (replace(each, column=end).sql for end in ("lo", "hi"))
            tests.append(f"coalesce(sum(rows) FILTER (WHERE {low} OR {high}), 0)")
        return [int(each) for each in self._session.rows(f"SELECT {', '.join(tests)} FROM {typed}")[0]]

    def rows_with_null(self, column: str, enough: int) -> list[str]:
        """Give conditions for rows that lack a value, in as few row groups as lack `enough` of them, by the numbers of rows."""
        spans: list[tuple[int, int, int]] = []
        first, file = 0, ""
        for each in self.chunks[column].each:
            first = first if each.file == file else 0
            spans.append((each.nulls or 0, first, first + each.rows - 1))
            first, file = first + each.rows, each.file
        found, seen = [], 0
        for nulls, begin, end in sorted(spans, key=lambda span: -span[0]):
            if seen < enough and nulls:
                found.append(f"file_row_number BETWEEN {begin} AND {end} AND {name(column)} IS NULL")
            seen += nulls
        return found


def read(session: Session, table: Table, columns: Sequence[str]) -> Footers | None:
    """Read the footers of a table's Parquet files, of those columns; None where they cannot speak for the table."""
    if not table.files or not table.same_columns:
        return None
    files = session.rows(f"SELECT created_by, num_rows, num_row_groups FROM parquet_file_metadata({_files(table)})")
    rows, groups = (sum(each[at] for each in files) for at in (1, 2))
    return Footers(session, table, columns, rows, groups, all(_believable(each[0] or "") for each in files))


def _files(table: Table) -> str:
    return f"[{', '.join(map(string, table.files))}]"


def _believable(writer: str) -> bool:
    found = _BELIEVED.match(writer)
    return bool(found and (int(found[1]), int(found[2])) >= _SINCE)


def source_of(table: Table) -> str:
    """Give what stands after FROM for a table's Parquet files, so that a row can be told by its file and number."""
    return f"read_parquet({_files(table)}, hive_partitioning = false)"


def address_of(table: Table) -> str:
    """Give an expression that says where a row of `source_of` lies, as one number: files have fewer than 2 ** 40 rows."""
    return "file_row_number" if len(table.files) == 1 else "(file_index * 1099511627776 + file_row_number)"


def opaque(source: str, floats: Mapping[str, str], more: str = "") -> str:
    """Give a source whose floats, types by name, DuckDB cannot judge by bounds that leave NaN out.

    DuckDB 1.5 takes such bounds at their word: ``WHERE x > 10`` then misses a NaN, which is greater than 10, and ``max(x)``
    is not NaN. Adding -0.0 changes no float, not even 0.0, and is nothing it looks through. `more` are further columns.
    """
    kept = ", ".join(f"{name(each)} + CAST('-0.0' AS {type_}) AS {name(each)}" for each, type_ in floats.items())
    return f"(SELECT * REPLACE ({kept}){more} FROM {source})"
