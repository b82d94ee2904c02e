"""Parquet: a file, or many with the same or with differing columns. Opening reads footers and no data."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from decom_nb.evidence.tables.place import Place, partition_values
from decom_nb.evidence.tables.reading import NotReadableError, Reading, literal, paths
from decom_nb.sql.text import name, string

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FAMILIES = (
    ("a number", re.compile(r"^(U?(TINY|SMALL|HUGE|BIG)INT|U?INTEGER|DOUBLE|FLOAT|DECIMAL)")),
    ("text", re.compile(r"^(VARCHAR|JSON|ENUM|UUID)")),
    ("a date or time", re.compile(r"^(DATE|TIMESTAMP)")),
)
_TYPED = (
    ("BIGINT", re.compile(r"-?\d{1,18}")),
    ("DATE", re.compile(r"\d{4}-(0[1-9]|1[0-2])-([0-2]\d)")),
    ("TIMESTAMP", re.compile(r"\d{4}-(0[1-9]|1[0-2])-([0-2]\d) [0-2]\d:[0-5]\d:[0-5]\d(\.\d+)?")),
)
_SHOWN = 5


def read_parquet(place: Place, connection: DuckDBPyConnection) -> Reading:
    """Say how the files are read: as one if their columns agree, else by name, with a note of what some lack."""
    partitions = place.partitions
    if partitions and len(place.paths) == 1:
        return _of_one_file(place, connection)
    options = [f"hive_partitioning = {'true' if partitions else 'false'}"]
    files = place.paths
    notes: tuple[str, ...] = ()
    same = True
    if len(files) > 1:
        notes, same = _differences(place, connection)
        if not same:
            options.append("union_by_name = true")
    sql = f"read_parquet({paths(files)}, {', '.join(options)})"
    return Reading(sql, tuple(map(literal, files)), notes, same, partitions)


def _of_one_file(place: Place, connection: DuckDBPyConnection) -> Reading:
    """Read one file of a partitioned folder, with what its folders say as constants.

    DuckDB 1.5 fails with an internal error on the smallest or largest value of a partition column if only one file is left.
    """
    source = f"read_parquet({paths(place.paths)}, hive_partitioning = false)"
    inside = [row[0] for row in connection.execute(f"DESCRIBE FROM {source}").fetchall()]
    told = partition_values(place.paths[0].removeprefix(place.top).lstrip("/"))
    kept = [name(each) for each in inside if each.casefold() not in {key.casefold() for key in told}]
    constants = [f"{_constant(value)} AS {name(key)}" for key, value in told.items()]
    sql = f"(SELECT {', '.join([*kept, *constants])} FROM {source})"
    return Reading(sql, tuple(map(literal, place.paths)), partitions=tuple(told))


def _constant(text: str) -> str:
    """Give the value of a partition with the type that DuckDB would give it.

    >>> _constant("2026"), _constant("2026-01-31"), _constant("nord"), _constant("__HIVE_DEFAULT_PARTITION__")
    ("CAST('2026' AS BIGINT)", "CAST('2026-01-31' AS DATE)", "'nord'", 'NULL')
    """
    if text == "__HIVE_DEFAULT_PARTITION__":
        return "NULL"
    form = next((type_ for type_, form in _TYPED if form.fullmatch(text)), "")
    return f"CAST({string(text)} AS {form})" if form else string(text)


def _differences(place: Place, connection: DuckDBPyConnection) -> tuple[tuple[str, ...], bool]:
    """Compare the footers: what to note, and whether all files have the same columns in the same order."""
    shapes = _shapes(place, connection)
    if len(set(shapes.values())) <= 1:
        return (), True
    types: dict[str, dict[str, list[str]]] = {}
    for file, shape in shapes.items():
        for column, type_ in shape:
            types.setdefault(column, {}).setdefault(type_, []).append(file)
    notes, conflicts = [], []
    for column, by_type in types.items():
        families = {_family(each) for each in by_type}
        if len(families) > 1:
            said = " and ".join(f"{_family(each)} in {_short(place, by_type[each])}" for each in by_type)
            conflicts.append(f"column {column!r} is {said}")
        elif len(by_type) > 1:
            counts = ", ".join(f"{each} in {len(by_type[each])}" for each in sorted(by_type))
            notes.append(f"column {column!r} has different types ({counts} files); it is read as the widest")
        if lacking := len(shapes) - sum(map(len, by_type.values())):
            notes.append(f"{lacking} of {len(shapes)} files lack column {column!r}; it is empty in their rows")
    if conflicts:
        instead = "name the files that belong together as one source, and the others as another"
        raise NotReadableError(f"the files do not agree: {'; '.join(conflicts[:_SHOWN])}", instead)
    return tuple(notes) or ("the files have their columns in different orders; they are matched by name",), False


def _shapes(place: Place, connection: DuckDBPyConnection) -> dict[str, tuple[tuple[str, str], ...]]:
    """Give the top columns of each file, with their types."""
    rows = connection.execute(
        "SELECT file_name, name, coalesce(num_children, 0), "
        "coalesce(duckdb_type, 'NESTED') "
        f"FROM parquet_schema({paths(place.paths)})"
    ).fetchall()
    shapes: dict[str, list[tuple[str, str]]] = {}
    pending: dict[str, list[int]] = {}
    for file, column, children, type_ in rows:
        if file not in shapes:  # the root comes first, and counts the top columns
            shapes[file], pending[file] = [], [children]
            continue
        open_ = pending[file]
        while open_ and open_[-1] == 0:
            open_.pop()
        if len(open_) == 1:
            shapes[file].append((column, type_))
        elif shapes[file]:
            top, so_far = shapes[file][-1]
            shapes[file][-1] = (top, f"{so_far} ({column} {type_})")
        open_[-1] -= 1
        if children:
            open_.append(children)
    return {file: tuple(shape) for file, shape in shapes.items()}


def _family(type_: str) -> str:
    return next((words for words, form in _FAMILIES if form.match(type_)), type_.lower())


def _short(place: Place, files: list[str]) -> str:
    names = sorted(each.rsplit("/", 1)[-1] for each in files)
    common = Counter(names).most_common(1)[0][1] > 1
    shown = sorted(each.removeprefix(place.top).lstrip("/") for each in files) if common else names
    return ", ".join(shown[:2]) + (" …" if len(shown) > 2 else "")
