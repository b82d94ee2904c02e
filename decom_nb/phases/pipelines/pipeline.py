"""A pipeline as people design it: when it runs, how it reads and writes, what is checked, what happens when it fails."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from decom_nb.document import Document, Group

ExtractStrategy = Literal["full", "incremental", "CDC", "log-based"]
LoadStrategy = Literal["append", "upsert", "merge", "truncate-reload", "partition-swap", "soft-delete"]


class PipelineColumn(Group):
    """One column that the pipeline carries."""

    name: str = Field(min_length=1, description="the column", examples=["order_id"])
    data_type: str = Field("VARCHAR", description="its type in DuckDB's words", examples=["BIGINT"])
    source: str = Field("", description="column or expression of the source; empty: the same name")


class Extract(Group):
    """Where data comes from, and what of it is read each time."""

    source_system: str = Field("", description="what it is", examples=["shop database (PostgreSQL)"])
    connection: str = Field("", description="name of the connection, never its secret", examples=["shop_readonly"])
    source_table: str = Field("", description="table that is read, as the source names it", examples=["shop.orders"])
    strategy: ExtractStrategy | None = Field(None, description="how it is read; the tree below proposes one")
    incremental_key: str = Field("", description="column that grows with each change", examples=["updated_at"])
    watermark_storage: str = Field(
        "", description="where the last position read is kept, outside the code", examples=["control.watermarks"]
    )


class Stage(Group):
    """One stage of the transformation."""

    name: str = Field(min_length=1, description="what it is called", examples=["clean"])
    operations: tuple[str, ...] = Field((), description="what it does, in order", examples=[["trim", "cast types"]])


class Transform(Group):
    """What happens between reading and writing."""

    engine: Literal["SQL", "Spark", "Python", "dbt"] | None = Field(None, description="what does it")
    stages: tuple[Stage, ...] = Field((), description="clean, conform, enrich, aggregate, or others, in order")


class Load(Group):
    """Where data goes, and how what is there changes."""

    target_system: str = Field("", description="what it is", examples=["warehouse (Snowflake)"])
    target_table: str = Field("", description="table that is written", examples=["raw.shop_orders"])
    strategy: LoadStrategy | None = Field(None, description="how rows are written")
    merge_keys: tuple[str, ...] = Field((), description="columns that name a row", examples=[["order_id"]])
    partition_key: str = Field("", description="column by which the table is cut", examples=["order_date"])
    clustering_keys: tuple[str, ...] = Field((), description="columns by which rows are laid out")


class QualityGates(Group):
    """Conditions that stop the load; each is SQL over the rows that are about to be, or were, written."""

    pre_load: tuple[str, ...] = Field(
        (), description="true of every row before it is written", examples=[["order_id IS NOT NULL"]]
    )
    post_load: tuple[str, ...] = Field(
        (), description="true of every row of the target afterwards", examples=[["net_amount >= 0"]]
    )


class ErrorHandling(Group):
    """What happens when it fails."""

    strategy: Literal["fail-fast", "dead-letter", "retry", "skip-and-alert"] | None = Field(
        None, description="what is done"
    )
    max_retries: int = Field(3, ge=0, description="how often it is tried again")
    retry_delay_seconds: int = Field(
        300, ge=0, description="how long it waits before", json_schema_extra={"unit": "seconds"}
    )
    alert_channels: tuple[str, ...] = Field((), description="who is told, and where", examples=[["#data-alerts"]])


class Pipeline(Document):
    """One pipeline, one file for each: when it runs, how it reads and writes, what stops it, who is told."""

    name: ClassVar[str] = "pipeline"
    many: ClassVar[bool] = True

    pipeline: str = Field(
        "", description="its name as its runs and service levels spell it; empty: the file's", examples=["load_orders"]
    )
    owner: str = Field("", description="who gets up for it", examples=["data platform team"])
    schedule: str = Field("", description="when it runs, as cron in UTC", examples=["0 2 * * *"])
    sla_minutes: float | None = Field(
        None, gt=0, description="longest runtime that is still acceptable", json_schema_extra={"unit": "minutes"}
    )
    tier: Literal[1, 2, 3] | None = Field(None, description="1 critical, 2 important, 3 nice to have")
    columns: tuple[PipelineColumn, ...] = Field((), description="the columns it carries, of the target table")
    extract: Extract = Field(default_factory=Extract, description="where data comes from")
    transform: Transform = Field(default_factory=Transform, description="what happens to it")
    load: Load = Field(default_factory=Load, description="where it goes")
    quality_gates: QualityGates = Field(default_factory=QualityGates, description="what stops it")
    error_handling: ErrorHandling = Field(default_factory=ErrorHandling, description="what happens when it fails")
