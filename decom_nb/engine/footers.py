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
from functools import cached_property
from typing import Any

from decom_nb.engine.session import Session
from decom_nb.evidence.tables import Table
from decom_nb.sql.column_type import family
from decom_nb.sql.quantity import OutOfRange
from decom_nb.sql.text import name, string

_BELIEVED = re.compile(r"DuckDB version v(\d+)\.(\d+)")
_SINCE = (1, 5)
"""DuckDB's version from which on a column chunk with a NaN is known to have no bounds."""
_BOUNDED = {"whole", "decimal", "float", "date", "moment"}


@dataclass(frozen=True)
class Chunks:
    """What the footers say of one column."""

    nulls: int | None
    """How many rows lack a value; None where a row group does not say."""
    bounded: bool
    """Whether every row group that holds a value has bounds that can be believed."""
    dictionary: int | None
    """Bytes of the largest dictionary, packed; None where a row group has none."""
    distinct: int | None
    """The sum of the numbers of distinct values that the row groups state; None where one does not."""


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
    def content(self) -> str:
        """Give the name of a temporary table with a row for each chunk of the columns."""
        listed = ", ".join(map(string, self._columns)) or "''"
        return self._session.temporary(
            "SELECT path_in_schema AS path, file_name AS file, row_group_id AS row_group, row_group_num_rows AS rows, "
            "num_values, stats_null_count AS nulls, stats_min_value AS low, stats_max_value AS high, "
            "stats_distinct_count AS different, CASE WHEN dictionary_page_offset IS NOT NULL THEN data_page_offset - "
            "dictionary_page_offset END AS dictionary "
            f"FROM parquet_metadata({_files(self._table)}) WHERE path_in_schema IN ({listed})"
        )

    @cached_property
    def chunks(self) -> dict[str, Chunks]:
        """Give what is known of the columns that the footers can speak for."""
        if not self.groups:  # files without a row: everything is known
            return dict.fromkeys(self._columns, Chunks(nulls=0, bounded=False, dictionary=None, distinct=0))
        found = self._session.rows(
            "SELECT path, count(*), sum(rows)::BIGINT, bool_and(num_values = rows), "
            "CASE WHEN count(nulls) = count(*) THEN sum(nulls)::BIGINT END, "
            "bool_and(coalesce(nulls = rows, false) OR (low IS NOT NULL AND high IS NOT NULL)), "
            "CASE WHEN count(dictionary) = count(*) THEN max(dictionary)::BIGINT END, "
            "CASE WHEN count(different) = count(*) THEN sum(different)::BIGINT END "
            f"FROM {self.content} GROUP BY path"
        )
        same = _same_types(self._session, self._table, self._columns)
        made = {}
        for path, number, covered, flat, nulls, bounded, dictionary, distinct in found:
            if number != self.groups or covered != self.rows or not flat:
                continue  # a field of something nested, or a file without the column
            kind = family(self.types[path])
            bounded = bounded and path in same and kind in _BOUNDED and (kind != "float" or self.believed)
            made[path] = Chunks(nulls, bounded, dictionary, distinct)
        return made

    def drop(self) -> None:
        """Drop the temporary table."""
        if "content" in self.__dict__:
            self._session.drop(self.content)

    def bounds(self, column: str) -> tuple[Any, Any] | None:
        """Give the smallest and the largest value of a column, both None if it holds none; None if that is not known."""
        found = self.chunks.get(column)
        if found is None or not found.bounded:
            return None
        type_ = self.types[column]
        low, high = self._session.rows(
            f"SELECT min(CAST(low AS {type_})), max(CAST(high AS {type_})) FROM {self.content} WHERE path = {string(column)}"
        )[0]
        return low, high

    def undecided(self, column: str, wrong: Sequence[OutOfRange]) -> list[int] | None:
        """Give for each range of one column how many rows lie in row groups that may hold a value out of it.

        A row group whose smallest and largest values are both right holds no wrong one. None if bounds are not known.
        """
        found = self.chunks.get(column)
        if found is None or not found.bounded:
            return None
        tests = []
        for each in wrong:
            low, high = (replace(each, column=end).sql for end in ("lo", "hi"))
            tests.append(f"coalesce(sum(rows) FILTER (WHERE {low} OR {high}), 0)")
        type_ = self.types[column]
        return list(
            self._session.rows(
                f"SELECT {', '.join(tests)} FROM (SELECT rows, CAST(low AS {type_}) AS lo, CAST(high AS {type_}) AS hi "
                f"FROM {self.content} WHERE path = {string(column)} AND low IS NOT NULL)"
            )[0]
        )

    def rows_with_null(self, column: str, enough: int) -> list[str]:
        """Give conditions, by row numbers, for as few row groups as lack `enough` values of a column."""
        found = self._session.rows(
            "SELECT first_row, first_row + rows - 1, nulls FROM (SELECT rows, nulls, coalesce(sum(rows) OVER (PARTITION BY file "
            "ORDER BY row_group ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS first_row "
            f"FROM {self.content} WHERE path = {string(column)}) WHERE nulls > 0 ORDER BY nulls DESC, first_row LIMIT {enough}"
        )
        spans, seen = [], 0
        for first, last, nulls in found:
            if seen < enough:
                spans.append(f"file_row_number BETWEEN {first} AND {last}")
            seen += nulls
        return spans


def read(session: Session, table: Table, columns: Sequence[str]) -> Footers | None:
    """Read the footers of a table's Parquet files, of those columns; None where they cannot speak for the table."""
    if not table.files or not table.same_columns:
        return None
    writers, rows, groups = session.rows(
        "SELECT list(DISTINCT coalesce(created_by, '')), coalesce(sum(num_rows), 0)::BIGINT, "
        f"coalesce(sum(num_row_groups), 0)::BIGINT FROM parquet_file_metadata({_files(table)})"
    )[0]
    return Footers(session, table, columns, rows, groups, all(map(_believable, writers)))


def _files(table: Table) -> str:
    return f"[{', '.join(map(string, table.files))}]"


def _believable(writer: str) -> bool:
    found = _BELIEVED.match(writer)
    return bool(found and (int(found[1]), int(found[2])) >= _SINCE)


def _same_types(session: Session, table: Table, columns: Sequence[str]) -> set[str]:
    """Give the columns that have in every file the type that they have in the table."""
    rows = session.rows(
        f"SELECT name, list(DISTINCT duckdb_type), count(*) FROM parquet_schema({_files(table)}) GROUP BY name"
    )
    types = {each: (kinds, number) for each, kinds, number in rows}
    return {each for each in columns if each in types and types[each] == ([table.types[each]], len(table.files))}


def source_of(table: Table) -> str:
    """Give what stands after FROM for a table's Parquet files, so that a row can be told by its file and number."""
    return f"read_parquet({_files(table)}, hive_partitioning = false)"


def address_of(table: Table) -> str:
    """Give an expression that says where a row of `source_of` lies, as one number: files have fewer than 2 ** 40 rows."""
    return "file_row_number" if len(table.files) == 1 else "(file_index * 1099511627776 + file_row_number)"


def opaque(source: str, floats: Mapping[str, str]) -> str:
    """Give a source whose floats, types by name, DuckDB cannot judge by bounds that leave NaN out.

    DuckDB 1.5 takes such bounds at their word: ``WHERE x > 10`` then misses a NaN, which is greater than 10, and ``max(x)``
    is not NaN. Adding -0.0 changes no float, not even 0.0, and is nothing it looks through.
    """
    kept = ", ".join(f"{name(each)} + CAST('-0.0' AS {type_}) AS {name(each)}" for each, type_ in floats.items())
    return f"(SELECT * REPLACE ({kept}) FROM {source})"
