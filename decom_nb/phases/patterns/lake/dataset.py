"""The datasets of a lake, found in its listing: folders that hold data files, their partitions and table formats taken off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from decom_nb.evidence.object_listing import Objects
from decom_nb.phases.patterns.lake.lake_document import DataLake, LakeArea

TEXT = ("csv", "tsv", "json", "jsonl", "xml", "text")
TABLES = ("parquet", "orc", "avro", *TEXT)
"""Formats of data files."""


@dataclass(frozen=True)
class Dataset:
    """The files of one table, or of what could be one."""

    place: str
    """Bucket and path."""
    table_format: str
    """Delta Lake, Apache Iceberg or Apache Hudi; empty where no such table lies there."""
    formats: tuple[str, ...]
    files: int
    bytes: int
    small: int
    """Files below the size asked for."""
    small_bytes: int
    median: float
    folders: int
    """Folders that hold its files: one, or one for each partition."""
    modified_at: datetime | None

    def area(self, lake: DataLake | None) -> LakeArea | None:
        """Give the area it lies in: the one with the longest prefix that fits."""
        fitting = [each for each in (lake.areas if lake else ()) if each.prefix and _below(self.place, each.prefix)]
        return max(fitting, key=lambda each: len(each.prefix), default=None)


@dataclass(frozen=True)
class LakeListing:
    """What the object listing holds of a lake."""

    datasets: tuple[Dataset, ...]
    """Those with the most small files first."""
    small_mb: float
    """Files below this many MB are called small."""


def _below(place: str, prefix: str) -> bool:
    """Tell whether a place lies in an area.

    >>> _below("lake/raw/orders", "lake/raw/"), _below("lake/rawer", "lake/raw/"), _below("lake/raw", "s3://lake/raw/")
    (True, False, True)
    """
    plain = prefix.partition("://")[2] if "://" in prefix else prefix
    return f"{place}/".startswith(plain if plain.endswith("/") else f"{plain}/")


def datasets(objects: Objects, small_bytes: int) -> Sequence[Dataset]:
    """Give the datasets of a listing, those with the most small files first; older versions of objects are left out.

    A table of Delta Lake, Iceberg or Hudi is one dataset with all that lies in it, known by the folder it keeps its log in.
    Elsewhere a dataset is the folder that holds data files, without the trailing parts of its path that are partitions:
    ``name=value``, years, months, days and dates.
    """
    return [_dataset(row) for row in objects.query(_DATASETS, {"small": small_bytes, "formats": list(TABLES)})]


def _dataset(row: dict[str, Any]) -> Dataset:
    return Dataset(**{**row, "formats": tuple(sorted(row["formats"]))})


_DATASETS = r"""
WITH listed AS (
    SELECT concat_ws('/', nullif(bucket, ''), ltrim(key, '/')) AS path, bytes, modified_at, format
    FROM objects.objects WHERE is_latest IS DISTINCT FROM false AND NOT key LIKE '%/' AND key IS NOT NULL
),
logs AS (
    SELECT path, regexp_extract(path, '^(.*)/(_delta_log|metadata|\.hoodie)/[^/]+$', ['root', 'log']) AS found
    FROM listed
    WHERE regexp_matches(path, '/(_delta_log/[^/]+\.json|metadata/[^/]*\.metadata\.json(\.gz)?|\.hoodie/hoodie\.properties)$')
),
tables AS (
    SELECT
        found.root AS root,
        min(CASE found.log WHEN '_delta_log' THEN 'Delta Lake' WHEN '.hoodie' THEN 'Apache Hudi' ELSE 'Apache Iceberg' END)
            AS table_format
    FROM logs GROUP BY found.root
),
folders AS (
    SELECT DISTINCT regexp_extract(path, '^(.*)/[^/]*$', 1) AS folder FROM listed
),
placed AS (
    -- The outermost table that a folder lies in; what lies in its log is none of its data.
    SELECT f.folder, min_by(t.root, length(t.root)) AS root, min_by(t.table_format, length(t.root)) AS table_format
    FROM folders AS f JOIN tables AS t ON f.folder = t.root OR starts_with(f.folder, t.root || '/')
    GROUP BY f.folder
),
files AS (
    SELECT
        l.*, regexp_extract(path, '^(.*)/[^/]*$', 1) AS folder, regexp_extract(path, '([^/]*)$', 1) AS name
    FROM listed AS l WHERE list_contains($formats, format)
),
data AS (
    SELECT
        coalesce(
            p.root,
            regexp_replace(f.folder, '(/([^/=]+=[^/]*|(19|20)\d\d([-_]?\d\d([-_]?\d\d)?)?|[01]?\d|[0-3]\d|[0-2]?\dh?))+$', '')
        ) AS place,
        coalesce(p.table_format, '') AS table_format, f.format, f.bytes, f.folder, f.modified_at
    FROM files AS f LEFT JOIN placed AS p ON p.folder = f.folder
    -- Names that begin with a dot or an underscore are engines' own: markers, logs, checksums.
    WHERE NOT regexp_matches(f.path, '(^|/)[._][^/]*(/|$)')
      AND NOT (p.root IS NOT NULL AND starts_with(f.path, p.root || '/metadata/'))
)
SELECT
    place, any_value(table_format) AS table_format, list(DISTINCT format) AS formats, count(*) AS files,
    CAST(coalesce(sum(bytes), 0) AS BIGINT) AS bytes, count(*) FILTER (WHERE bytes < $small) AS small,
    CAST(coalesce(sum(bytes) FILTER (WHERE bytes < $small), 0) AS BIGINT) AS small_bytes,
    coalesce(median(bytes), 0) AS median, count(DISTINCT folder) AS folders, max(modified_at) AS modified_at
FROM data WHERE place <> '' GROUP BY place ORDER BY small DESC, bytes DESC, place
"""
