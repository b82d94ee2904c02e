"""Airflow's DAG runs and task instances: rules ask for an `Airflow` under the name "airflow"; `airflow_exports.py` reads it.

States are Airflow's own words: success, failed, running, queued, up_for_retry, upstream_failed, skipped and the like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from decom_nb.evidence.relation import Relation, columns

if TYPE_CHECKING:
    from decom_nb.evidence.store import Store

RELATIONS: tuple[Relation, ...] = (
    Relation(
        "airflow.dag_runs",
        "A run of a DAG, as the newest of the exports knows it.",
        columns(
            ("dag_id", "VARCHAR", "the DAG"),
            ("run_id", "VARCHAR", "the run; ids may repeat between DAGs"),
            (
                "run_type",
                "VARCHAR",
                "scheduled, manual, backfill, dataset_triggered or asset_triggered; from the run id if not told",
            ),
            ("state", "VARCHAR", "queued, running, success or failed; NULL if it has none"),
            ("logical_date", "TIMESTAMP", "the date it is for (execution_date up to Airflow 2)"),
            ("queued_at", "TIMESTAMP", "when it was put in the queue"),
            ("started_at", "TIMESTAMP", "when it started"),
            ("ended_at", "TIMESTAMP", "when it ended"),
            ("seconds", "DOUBLE", "from start to end; as exported where one of the two is missing"),
            ("origin", "VARCHAR", "the file"),
        ),
    ),
    Relation(
        "airflow.task_instances",
        "An attempt at a task in a run of a DAG, as the newest of the exports knows it. Most exports have only the last attempt.",
        columns(
            ("dag_id", "VARCHAR", "the DAG"),
            ("run_id", "VARCHAR", "the run; before Airflow 2.2 its date"),
            ("task_id", "VARCHAR", "the task"),
            ("map_index", "BIGINT", "which of a mapped task's instances; -1 if it is not mapped"),
            ("try_number", "BIGINT", "which attempt, from 1; 0 if it never started"),
            ("max_tries", "BIGINT", "how many retries it is allowed"),
            ("state", "VARCHAR", "as Airflow says; NULL if it has none yet"),
            ("logical_date", "TIMESTAMP", "the date its run is for"),
            ("queued_at", "TIMESTAMP", "when it was put in the queue"),
            ("started_at", "TIMESTAMP", "when it started"),
            ("ended_at", "TIMESTAMP", "when it ended"),
            ("seconds", "DOUBLE", "from start to end; as exported where one of the two is missing"),
            ("operator", "VARCHAR", "the class of the task"),
            ("pool", "VARCHAR", "the pool it takes a slot of"),
            ("queue", "VARCHAR", "the queue of its executor"),
            ("hostname", "VARCHAR", "where it ran"),
            ("origin", "VARCHAR", "the file"),
        ),
    ),
)
"""What the collector leaves in the store."""


@dataclass(frozen=True, eq=False)
class Airflow:
    """Airflow's exports in the evidence store, whose schema `airflow` holds `dag_runs` and `task_instances`."""

    store: Store

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Give the rows of a query on ``airflow.dag_runs`` and ``airflow.task_instances``; values go in as ``$name``."""
        return self.store.query(sql, parameters)

    @cached_property
    def states(self) -> Mapping[str, int]:
        """DAG runs by state, "none" for those without."""
        sql = (
            "SELECT coalesce(state, 'none') AS state, count(*) AS runs FROM airflow.dag_runs GROUP BY ALL ORDER BY ALL"
        )
        return {row["state"]: row["runs"] for row in self.query(sql)}

    @cached_property
    def backfills(self) -> Mapping[str, int]:
        """Backfill runs by state: those queued and running are the queue of backfills."""
        return {row["state"]: row["runs"] for row in self.query(_BACKFILLS)}


_BACKFILLS = """
SELECT coalesce(state, 'none') AS state, count(*) AS runs
FROM airflow.dag_runs WHERE run_type = 'backfill' GROUP BY ALL ORDER BY ALL
"""
