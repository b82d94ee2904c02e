"""JSON lines: an object on each line; its columns are found out once, when it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from decom_nb.evidence.tables.place import Place
from decom_nb.evidence.tables.reading import Reading, paths
from decom_nb.sql.text import string

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def read_json_lines(place: Place, connection: DuckDBPyConnection, *, whole: bool = False) -> Reading:
    """Say how the files are read. `whole` looks at all rows to find the columns and types, else at a sample."""
    partitions = place.partitions
    common = f"format = 'newline_delimited', hive_partitioning = {str(bool(partitions)).lower()}"
    guess = f"read_json({paths(place.paths)}, {common}, sample_size = {-1 if whole else 20480}, union_by_name = true)"
    columns = [row[:2] for row in connection.execute(f"DESCRIBE FROM {guess}").fetchall() if row[0] not in partitions]
    told = ", ".join(f"{string(name)}: {string(type_)}" for name, type_ in columns)
    sql = f"read_json({paths(place.paths)}, {common}, auto_detect = false, columns = {{{told}}})"
    return Reading(sql, partitions=partitions)
