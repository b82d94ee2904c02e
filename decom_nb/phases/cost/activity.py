"""What pipelines do in a month, from runs and query logs: what shared cost is divided by, and what cost is divided by rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from decom_nb.phases.cost.matching import first_of, like, query_condition

if TYPE_CHECKING:
    from decom_nb.phases.cost.documents import CostAllocation, Pool

NOBODY = ""
"""Stands for queries that no pipeline is known to run."""


class Queried(Protocol):
    """Evidence that lies in the store, such as a history of runs."""

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Give the rows of a query."""


class Named(Protocol):
    """The list of pipelines: every one by each of its names."""

    @property
    def by_name(self) -> Mapping[str, Any]:
        """Give them; each has its own name as `pipeline`."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What one pipeline did in one month. `rows` is ``None`` where no run tells; `silent` finished ones do not."""

    runs: int
    seconds: Fraction
    rows: int | None
    silent: int


@dataclass(frozen=True)
class Activity:
    """What all pipelines did, by month and pipeline."""

    worked: Mapping[tuple[str, str], Worked] = field(default_factory=dict)

    def of(self, month: str, pipeline: str) -> Worked | None:
        """Give what a pipeline did in a month."""
        return self.worked.get((month, pipeline))

    def weights(self, month: str, pool: Pool) -> dict[str, Fraction]:
        """Give what a pool is divided by in a month, as its document says: run seconds or rows, by pipeline."""
        found = {name: each for (at, name), each in self.worked.items() if at == month}
        weights = {
            name: each.seconds if pool.split_by == "run_seconds" else Fraction(each.rows or 0)
            for name, each in found.items()
            if not pool.among or name in pool.among
        }
        return {name: weight for name, weight in weights.items() if weight > 0}


_WORKED = """
SELECT
    strftime(started_at, '%Y-%m') AS month, pipeline, count(*) AS runs,
    coalesce(sum(round(seconds * 1000)::BIGINT), 0)::BIGINT AS milliseconds,
    sum(rows_written)::BIGINT AS rows, count(*) FILTER (rows_written IS NULL AND status IN ('success', 'partial')) AS silent
FROM history.runs WHERE started_at IS NOT NULL
GROUP BY ALL ORDER BY month, pipeline
"""


def activity(history: Queried | None) -> Activity:
    """Give what pipelines did, as the history of runs tells it; nothing where there is none."""
    if history is None:
        return Activity()
    return Activity(
        {
            (row["month"], row["pipeline"]): Worked(
                row["runs"], Fraction(row["milliseconds"], 1000), row["rows"], row["silent"]
            )
            for row in history.query(_WORKED)
        }
    )


def query_weights(
    query_log: Queried, document: CostAllocation, pool: Pool, named: Named | None
) -> dict[str, dict[str, Fraction]]:
    """Give by month what a pool's queries took, by pipeline: bytes or seconds; under `NOBODY` what is nobody's.

    The document's query rules decide, the first that holds; then a tag, user or warehouse that bears a pipeline's name.
    """
    conditions = [query_condition(rule) for rule in document.query_rules]
    of_pool = [f"coalesce({like('warehouse', name)}, false)" for name in pool.warehouses]
    size = "bytes_scanned::HUGEINT" if pool.split_by == "query_bytes" else "round(seconds * 1000)::BIGINT"
    sql = f"""
        SELECT
            strftime(started_at, '%Y-%m') AS month, {first_of(conditions)} AS rule,
            coalesce(tags, '') AS tag, coalesce(user_name, '') AS user_name, coalesce(warehouse, '') AS warehouse,
            coalesce(sum({size}), 0)::HUGEINT AS size
        FROM query_log.queries
        WHERE started_at IS NOT NULL AND ({" OR ".join(of_pool) or "true"})
        GROUP BY ALL ORDER BY ALL
    """  # noqa: S608 - conditions are quoted by matching.py
    found: dict[str, dict[str, Fraction]] = {}
    for row in query_log.query(sql):
        if row["rule"] is not None:
            pipeline = canonical(document.query_rules[row["rule"]].to_pipeline, named)
        else:
            known = (known_as(name, named) for name in (row["tag"], row["user_name"], row["warehouse"]))
            pipeline = next((name for name in known if name), NOBODY)
        if pool.among and pipeline and pipeline not in pool.among:
            pipeline = NOBODY
        if row["size"] > 0:
            month = found.setdefault(row["month"], {})
            month[pipeline] = month.get(pipeline, Fraction(0)) + Fraction(int(row["size"]))
    return found


def known_as(name: str, named: Named | None) -> str:
    """Give the pipeline that goes by a name; empty where nobody has written one down."""
    level = named.by_name.get(name) if named and name else None
    return str(level.pipeline) if level else ""


def canonical(name: str, named: Named | None) -> str:
    """Give a pipeline's own name where one of its names is known, and the name as it is where not."""
    return known_as(name, named) or name


def names_of(pipelines: Iterable[str], named: Named | None) -> tuple[str, ...]:
    """Give pipelines by their own names, each once."""
    return tuple(dict.fromkeys(canonical(each, named) for each in pipelines))
