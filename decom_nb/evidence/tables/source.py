"""Where a table lies, as people write it down: a group of keys in a document."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from decom_nb.document import Group

TableKind = Literal["parquet", "csv", "jsonl", "duckdb", "sqlite", "postgres", "iceberg", "delta"]


class TableSource(Group):
    """One table, or every table of one database. Secrets never stand here: a connection is named, and kept elsewhere."""

    name: str = Field("", description="what checks call the table; its file's name if left out", examples=["orders"])
    path: str = Field(
        "",
        description="file, folder, pattern or address: relative to the engagement, absolute, or such as s3://bucket/orders/",
        examples=["evidence/orders.parquet", "s3://lake/orders/*.parquet"],
    )
    kind: TableKind | None = Field(None, description="what lies there, if the content does not tell")
    connection: str = Field(
        "",
        description="for a database: the environment variable or keyring entry that holds the connection string",
        examples=["WAREHOUSE_URL"],
    )
    table: str = Field("", description="the table inside a database, with its schema", examples=["public.orders"])
    delimiter: str = Field("", description="of a CSV, if it is to be read in one way only", examples=[";"])
    encoding: str = Field("", description="of a CSV that is not UTF-8", examples=["latin-1"])
