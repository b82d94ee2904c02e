"""Listings of object storage: rules ask for an `Objects` under the name "objects"; `object_files.py` makes it.

What a file holds and how it is packed, its name says: nobody opens it. A Parquet or ORC file is packed inside, mostly by default,
and its name need not say how; a CSV or JSON file without an ending for packing is not packed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from decom_nb.evidence.relation import Relation, columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from decom_nb.evidence.store import Store

OBJECTS: Relation = Relation(
    "objects.objects",
    "An object in a bucket, or a version of one that is kept.",
    columns(
        ("bucket", "VARCHAR", "the bucket or container; NULL where the listing does not say"),
        ("key", "VARCHAR", "the object's path in it"),
        ("bytes", "BIGINT", "its size"),
        (
            "modified_at",
            "TIMESTAMP",
            "when it was written; `aws s3 ls` says so in a zone that it does not name, taken as UTC",
        ),
        ("storage_class", "VARCHAR", "such as STANDARD or GLACIER; NULL where the listing does not say"),
        (
            "format",
            "VARCHAR",
            "by the ending: csv, tsv, json, jsonl, xml, text, parquet, orc, avro; NULL for any other",
        ),
        (
            "compression",
            "VARCHAR",
            "none, gzip, zstd, snappy …; parquet or orc where they pack inside and do not say how",
        ),
        ("is_latest", "BOOLEAN", "false for an older version; NULL where the listing has no versions"),
        ("version_id", "VARCHAR", "the version, where the listing has them"),
        ("origin", "VARCHAR", "the file"),
    ),
)

# Endings, and what they say. DuckDB tries them on the last part of the key, in lower case.
PACKED = {
    "gz": "gzip",
    "gzip": "gzip",
    "zst": "zstd",
    "zstd": "zstd",
    "snappy": "snappy",
    "sz": "snappy",
    "bz2": "bzip2",
    "lz4": "lz4",
    "lzo": "lzo",
    "xz": "xz",
    "br": "brotli",
    "deflate": "deflate",
    "zlib": "zlib",
}
FORMATS = {
    "csv": "csv",
    "tsv": "tsv",
    "tab": "tsv",
    "psv": "csv",
    "json": "json",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "xml": "xml",
    "txt": "text",
    "log": "text",
    "parquet": "parquet",
    "parq": "parquet",
    "pq": "parquet",
    "orc": "orc",
    "avro": "avro",
}
PACKED_INSIDE = ("parquet", "orc")
"""Formats that pack what they hold unless they are told not to. Avro does not unless it is told to: nothing is known of it."""

TEXTS = ("csv", "tsv", "json", "jsonl", "xml", "text")
"""Formats that are not packed unless their name says so."""


@dataclass(frozen=True, slots=True)
class Stock:
    """Objects of one kind, summed; what is not known is empty."""

    format: str
    compression: str
    storage_class: str
    objects: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Folder:
    """What lies below one prefix of a bucket, not packed."""

    bucket: str
    prefix: str
    format: str
    objects: int
    bytes: int
    last_modified: datetime | None


@dataclass(frozen=True, eq=False)
class Objects:
    """Listings of object storage, in `objects.objects` of the store."""

    store: Store = field(repr=False)

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Give the rows of a query; values go in as ``$name``. Its timestamps are in UTC, and say so."""
        return self.store.query(sql, parameters)

    @cached_property
    def bytes(self) -> int:
        """The size of all objects."""
        return int(self.query("SELECT coalesce(sum(bytes), 0) AS bytes FROM objects.objects")[0]["bytes"])

    @cached_property
    def stock(self) -> tuple[Stock, ...]:
        """All objects by format, compression and storage class, the largest first."""
        return tuple(Stock(**row) for row in self.query(_STOCK))

    @cached_property
    def uncompressed(self) -> tuple[Folder, ...]:
        """What is not packed and could be, by its first two folders, the largest first."""
        return tuple(Folder(**row) for row in self.query(_UNCOMPRESSED))


_STOCK = """
SELECT
    coalesce(format, '') AS format, coalesce(compression, '') AS compression,
    coalesce(storage_class, '') AS storage_class,
    count(*) AS objects, CAST(coalesce(sum(bytes), 0) AS BIGINT) AS bytes
FROM objects.objects GROUP BY ALL ORDER BY bytes DESC, format, compression, storage_class
"""

_UNCOMPRESSED = """
SELECT
    coalesce(bucket, '') AS bucket,
    array_to_string(string_split(key, '/')[1:least(2, len(string_split(key, '/')) - 1)], '/') AS prefix,
    format, count(*) AS objects, CAST(coalesce(sum(bytes), 0) AS BIGINT) AS bytes, max(modified_at) AS last_modified
FROM objects.objects WHERE compression = 'none' GROUP BY ALL ORDER BY bytes DESC, bucket, prefix, format
"""
