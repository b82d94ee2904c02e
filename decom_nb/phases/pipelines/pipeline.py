"""A pipeline as people design it: when it runs, how it reads and writes, what is checked, what happens when it fails.

What decides between ways to read and to write stands in `Source` and in the second half of `Load`; all of it is optional, and
what nobody said stays unknown.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from decom_nb.document import Document, Group

SourceKind = Literal["database", "API", "files", "stream"]
ExtractStrategy = Literal["full", "incremental", "CDC", "log-based"]
LoadStrategy = Literal["append", "upsert", "merge", "truncate-reload", "partition-swap", "soft-delete"]
TargetDialect = Literal["duckdb", "postgres", "snowflake", "bigquery", "redshift", "databricks"]
Deletes = Literal["ignore", "soft", "hard"]
Content = Literal["events", "facts", "dimension", "reference"]


def _labels(**labels: str) -> dict[str, Any]:
    return {"labels": {name.replace("_", "-"): text for name, text in labels.items()}}


class PipelineColumn(Group):
    """One column that the pipeline carries."""

    name: str = Field(min_length=1, description="the column", examples=["order_id"])
    data_type: str = Field("VARCHAR", description="its type in DuckDB's words", examples=["BIGINT"])
    source: str = Field("", description="column or expression of the source; empty: the same name")


class Source(Group):
    """What the source is able to do; the extraction tree asks it, a question at a time."""

    kind: SourceKind | None = Field(
        None,
        description="what data is read from",
        json_schema_extra=_labels(
            database="tables of a database",
            API="an interface, request by request",
            files="files that somebody puts somewhere: object storage, SFTP, mail",
            stream="a log of events, such as Kafka, Kinesis or Pub/Sub",
        ),
    )
    supports_cdc: bool | None = Field(
        None, description="its changes can be captured from its log: the log is on, and reading it is allowed"
    )
    reliable_change_column: bool | None = Field(
        None, description="a column such as updated_at moves with every change of a row, whoever makes it"
    )
    rows: float | None = Field(
        None, ge=0, description="how many rows the source table has", json_schema_extra={"unit": "rows"}
    )
    hard_deletes: bool | None = Field(None, description="rows vanish from it, rather than being marked")
    webhooks: bool | None = Field(None, description="the interface calls when something happens")
    cursor: bool | None = Field(None, description="the interface gives pages that a cursor or a marker leads through")
    rate_limited: bool | None = Field(None, description="the interface refuses those who ask too often")
    announced: bool | None = Field(
        None, description="a new file announces itself: a notification of the storage, or a watcher of the folder"
    )
    effect_once: bool | None = Field(
        None, description="no event may take effect twice, and writing again by its key is not possible"
    )


class Extract(Group):
    """Where data comes from, and what of it is read each time."""

    source_system: str = Field("", description="what it is", examples=["shop database (PostgreSQL)"])
    connection: str = Field("", description="name of the connection, never its secret", examples=["shop_readonly"])
    source_table: str = Field("", description="table that is read, as the source names it", examples=["shop.orders"])
    source: Source = Field(default_factory=Source, description="what the source is able to do")
    strategy: ExtractStrategy | None = Field(None, description="how it is read; the extraction tree proposes one")
    incremental_key: str = Field("", description="column that grows with each change", examples=["updated_at"])
    incremental_type: str = Field(
        "",
        description="its type in DuckDB's words, where no column carries it as it is",
        examples=["TIMESTAMP"],
    )
    watermark_storage: str = Field(
        "", description="where the last position read is kept, outside the code", examples=["control.watermarks"]
    )
    lookback_minutes: float | None = Field(
        None,
        ge=0,
        description="how far before the last position it reads again, for what was written late",
        json_schema_extra={"unit": "minutes"},
        examples=[60],
    )
    natural_keys: tuple[str, ...] = Field(
        (), description="columns by which the source tells one record from another", examples=[["order_id"]]
    )
    reconciliation: str = Field(
        "",
        description="when all keys are compared, to find what vanished, as cron in UTC; empty: never",
        examples=["0 4 * * 0"],
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
    dialect: TargetDialect | None = Field(None, description="the SQL that it speaks; the files are written in it")
    target_table: str = Field("", description="table that is written", examples=["raw.shop_orders"])
    strategy: LoadStrategy | None = Field(None, description="how rows are written")
    merge_keys: tuple[str, ...] = Field((), description="columns that name a row", examples=[["order_id"]])
    partition_key: str = Field("", description="column by which the table is cut", examples=["order_date"])
    clustering_keys: tuple[str, ...] = Field((), description="columns by which rows are laid out")
    deletes: Deletes | None = Field(
        None,
        description="what becomes of a row that is gone from the source",
        json_schema_extra=_labels(ignore="it stays as it was", soft="it is marked", hard="it is removed"),
    )
    deleted_column: str = Field("", description="column that marks a row as deleted; empty: deleted_at")
    late_window_hours: float | None = Field(
        None,
        ge=0,
        description="how late a row may come and still be put where it belongs",
        json_schema_extra={"unit": "hours"},
        examples=[48],
    )
    content: Content | None = Field(
        None,
        description="what the table holds",
        json_schema_extra=_labels(
            events="things that happened, as they were told",
            facts="what is measured: orders, payments, stock",
            dimension="what facts are about: customers, products",
            reference="short lists that seldom change",
        ),
    )
    mutable: bool | None = Field(None, description="a row that was loaded can change in the source")
    rows: float | None = Field(
        None, ge=0, description="how many rows the target has", json_schema_extra={"unit": "rows"}
    )
    whole_partitions: bool | None = Field(
        None, description="each load brings whole partitions, such as all rows of a day"
    )
    always_readable: bool | None = Field(None, description="it is read while it is loaded, and must never be empty")
    deletion_trail: bool | None = Field(None, description="somebody has to be able to see what was deleted, and when")


class QualityGates(Group):
    """Conditions that stop the load; each is SQL over the rows that are about to be, or were, written."""

    pre_load: tuple[str, ...] = Field(
        (), description="not false of any row before it is written (NULL passes)", examples=[["order_id IS NOT NULL"]]
    )
    post_load: tuple[str, ...] = Field(
        (), description="not false of any row of the target afterwards (NULL passes)", examples=[["net_amount >= 0"]]
    )


class ErrorHandling(Group):
    """What happens when it fails."""

    strategy: Literal["fail-fast", "dead-letter", "retry", "skip-and-alert"] | None = Field(
        None,
        description="what is done",
        json_schema_extra=_labels(
            fail_fast="it stops at once",
            dead_letter="bad rows are put aside, the others are loaded",
            retry="it is tried again",
            skip_and_alert="it is left out this time, and somebody is told",
        ),
    )
    max_retries: int = Field(3, ge=0, description="how often it is tried again")
    retry_delay_seconds: int = Field(
        300, ge=0, description="how long it waits before", json_schema_extra={"unit": "seconds"}
    )
    dead_letter_table: str = Field("", description="where bad rows are put aside", examples=["quarantine.shop_orders"])
    dead_letter_limit_percent: float | None = Field(
        None,
        ge=0,
        le=100,
        description="share of bad rows from which it stops all the same",
        json_schema_extra={"unit": "%"},
        examples=[1],
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

    @property
    def called(self) -> str:
        """Give its name as runs and service levels spell it; the file's where none is written down."""
        return self.pipeline or self.instance

    @property
    def column_names(self) -> tuple[str, ...]:
        """Give the columns of the target table, in order; empty where nobody wrote them down."""
        return tuple(column.name for column in self.columns)
