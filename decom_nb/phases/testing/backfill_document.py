"""A backfill as people ask for it: what, why, in which parts, by whose leave. `documents.py` lists it."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from decom_nb.document import Document, Group

_CHUNK = re.compile(r"day|week|month|[1-9]\d{0,3} days")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_SCHEMA = re.compile(r"[A-Za-z_]\w{0,62}")


def _chunk(value: str) -> str:
    if not _CHUNK.fullmatch(value):
        raise ValueError("write day, week, month or a number of days such as 10 days")
    return value


def _clock(value: str) -> str:
    if value and not _CLOCK.fullmatch(value):
        raise ValueError("write a time of day such as 22:00")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # of no such zone, of a path, of a folder of zones
        raise ValueError("write a time zone such as Europe/Berlin or UTC") from None
    return value


def _schema(value: str) -> str:
    if not _SCHEMA.fullmatch(value):
        raise ValueError("write a plain name of letters, digits and underscores")
    return value


class BackfilledTable(Group):
    """One table whose history is processed again."""

    table: str = Field(min_length=1, description="the table as the database names it", examples=["marts.fct_orders"])
    partition_column: str = Field(
        min_length=1, description="the column by which its rows belong to a day", examples=["order_date"]
    )
    partition_kind: Literal["date", "timestamp", "timestamp with time zone"] = Field(
        "date", description="the type of that column; a timestamp without zone is taken as UTC"
    )
    key: tuple[str, ...] = Field(
        (), description="columns that name a row: duplicates are counted by it", examples=[["order_id"]]
    )
    metrics: tuple[str, ...] = Field(
        (), description="figures to compare before and after, as aggregates in SQL", examples=[["sum(net_amount)"]]
    )
    query: str = Field(
        "",
        description="a SELECT that gives its rows anew, with the same columns, for any day (DuckDB's SQL)",
        examples=["SELECT * FROM staging.orders"],
    )
    source_query: str = Field(
        "",
        description="a SELECT of what must have arrived, to reconcile with: partition column and what the metrics read",
        examples=["SELECT order_date, net_amount FROM raw.orders"],
    )
    stateful: Literal["no", "scd2", "snapshot", "running_total"] | None = Field(
        None,
        description="whether a row rests on earlier rows; empty: found out from dbt's models and from the query",
        json_schema_extra={
            "labels": {
                "no": "no, each day stands for itself",
                "scd2": "it keeps versions of rows (SCD 2)",
                "snapshot": "it is a snapshot",
                "running_total": "it carries a total or a state forward",
            }
        },
    )


class BackfillLimits(Group):
    """What the backfill may take."""

    max_parallel: int = Field(1, ge=1, le=64, description="parts that may run at once, where the engine allows it")
    max_rows_per_part: int | None = Field(
        None, ge=1, description="a part that would hold more rows is refused", json_schema_extra={"unit": "rows"}
    )
    max_gb_per_part: float | None = Field(
        None, gt=0, description="the same by size, where the catalog tells it", json_schema_extra={"unit": "GB"}
    )
    memory: str = Field("2GB", pattern=r"^\d+(\.\d+)?(MB|GB)$", description="memory that DuckDB may use")
    window_from: Annotated[str, AfterValidator(_clock)] = Field(
        "", description="time of day in UTC from which it may run; empty: any time", examples=["22:00"]
    )
    window_to: Annotated[str, AfterValidator(_clock)] = Field(
        "", description="time of day in UTC by which no part begins any more", examples=["04:00"]
    )

    @model_validator(mode="after")
    def _both(self) -> BackfillLimits:
        if bool(self.window_from) != bool(self.window_to):
            raise ValueError("a window has a beginning and an end: give window_from and window_to, or neither")
        return self


class BackfillIsolation(Group):
    """Where it runs, so that the daily loads do not feel it."""

    staging_schema: Annotated[str, AfterValidator(_schema)] = Field(
        "decom_backfill", description="schema in which each part is made before it is swapped in"
    )
    compute: str = Field(
        "", description="the warehouse, cluster or pool of its own", examples=["warehouse BACKFILL_WH"]
    )


class BackfillConsumer(Group):
    """Somebody who has to be told."""

    who: str = Field(min_length=1, description="a person or a team", examples=["Finance"])
    channel: str = Field("", description="how they are reached", examples=["#finance-data"])
    owes: str = Field("", description="what they use the data for", examples=["monthly closing"])


class BackfillApproval(Group):
    """By whose leave it runs."""

    by: str = Field("", description="who has approved it")
    on: date | None = Field(None, description="when")


class Backfill(Document):
    """A request to process history again, one file for each: what, why, in which parts, who is told, by whose leave."""

    name: ClassVar[str] = "backfill"
    many: ClassVar[bool] = True

    reason: str = Field(
        "", description="why, in a sentence that will still make sense in a year", examples=["VAT was booked twice"]
    )
    requester: str = Field("", description="who asks for it")
    requested_on: date | None = Field(None, description="when it was asked for")
    tables: tuple[BackfilledTable, ...] = Field((), description="the tables, those that others read first")
    first_day: date | None = Field(None, description="first day that is processed again")
    last_day: date | None = Field(None, description="last day that is processed again; it is included")
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(
        "UTC", description="where the days begin and end", examples=["Europe/Berlin"]
    )
    chunk: Annotated[str, AfterValidator(_chunk)] = Field(
        "day", description="size of a part: day, week, month, or a number of days", examples=["10 days"]
    )
    order: Literal["auto", "most recent first", "oldest first"] = Field(
        "auto", description="auto: the most recent first, and the oldest first where rows rest on earlier rows"
    )
    limits: BackfillLimits = Field(default_factory=BackfillLimits, description="what it may take")
    isolation: BackfillIsolation = Field(default_factory=BackfillIsolation, description="where it runs")
    consumers: tuple[BackfillConsumer, ...] = Field((), description="who is told before and after")
    approval: BackfillApproval = Field(default_factory=BackfillApproval, description="by whose leave")
    status: Literal["pending", "running", "done"] = Field("pending", description="how far it is")
    anomalies: tuple[str, ...] = Field((), description="what was odd, by the word of those who watched")

    @field_validator("last_day")  # of the field, not of the whole, so that the mistake has a line
    @classmethod
    def _in_order(cls, value: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("first_day")
        if first and value and value < first:
            raise ValueError("last_day lies before first_day")
        return value
