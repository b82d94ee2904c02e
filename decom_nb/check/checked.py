"""What a check came to, and what a run over all tables came to: the file that is evidence afterwards.

`engine` and `pushdown` make these, `evidence.check_runs` reads them back, every face shows them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from decom_nb.check.kind import Dimension, Priority

Verdict = Literal["pass", "warn", "fail", "not_known", "error"]

FORMAT: Literal["decom check run 1"] = "decom check run 1"
"""The first key of a run's file; a collector recognises it by this."""

Decided = Literal[
    "footer", "zone_map", "value_table", "key_bitmap", "key_sort", "range_test", "join_count", "shared_pass", "scan",
    "query", "schema", "history", "pushdown",
]  # fmt: skip
"""By which evidence a check was decided, from the cheapest to the dearest."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PartitionCount(_Frozen):
    """One partition of a check that is judged by partition."""

    partition: tuple[str | None, ...] = Field(description="the values of the check's `by` columns, as text")
    violations: int = Field(ge=0)
    rows: int = Field(ge=0)
    value: float | None = None
    verdict: Verdict = "pass"


class Checked(_Frozen):
    """One check, decided."""

    table: str
    name: str = Field(description="the check's name")
    kind: str = Field(description="the check's kind, such as not_null")
    columns: tuple[str, ...] = ()
    dimension: Dimension
    severity: Priority
    owner: str = ""
    because: str = ""
    verdict: Verdict
    violations: int | None = Field(None, ge=0, description="how many; empty where the check could not be decided")
    rows: int | None = Field(None, ge=0, description="rows looked at: those of `where`")
    share: float | None = Field(
        None, ge=0, description="violations as a share of the rows looked at, where rows violate"
    )
    value: float | None = Field(
        None, description="the figure that was judged, where it is one: a mean, hours, a distance"
    )
    message: str = Field("", description="what was found, or why it could not be decided, in one sentence")
    partitions: tuple[PartitionCount, ...] = Field(
        (), description="the worst partitions, where it is judged by partition"
    )
    partitions_total: int = Field(0, ge=0)
    samples: tuple[dict[str, Any], ...] = Field(
        (), description="keys of some failing rows; personal columns are masked"
    )
    sql: str = Field("", description="the query that finds all violations")
    decided_by: Decided | None = None
    seconds: float = Field(0, ge=0, description="its share of the time, where several were decided together")


class TableRun(_Frozen):
    """What was seen of one table in a run."""

    table: str
    place: str = Field(description="where it lies, without secrets")
    kind: str = Field(description="what it is: parquet, csv, postgres …")
    rows: int | None = Field(None, ge=0)
    columns: tuple[tuple[str, str], ...] = Field((), description="names and types")
    fingerprint: str = Field("", description="equal for an unchanged table; empty where it has none")
    seconds: float = Field(0, ge=0)
    complete: bool = Field(True, description="whether every check of it was decided before a limit or a cancel")
    note: str = Field("", description="why not, or what else one should know: it changed meanwhile, it cannot be read")


class CheckRun(_Frozen):
    """A run of checks at one moment: the content of one file."""

    format: Literal["decom check run 1"] = FORMAT
    taken_at: datetime
    engine: str = Field("duckdb", description="where the checks were run: duckdb, postgres, spark …")
    tables: tuple[TableRun, ...]
    checks: tuple[Checked, ...]
    complete: bool = True
