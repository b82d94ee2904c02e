"""dbt's JSON logs, as invocations and nodes: rules ask for a `DbtLogs` under the name "dbt_logs"; `dbt_log_files.py` reads it.

They tell what run results tell, and more: each invocation keeps its own log, where the next one writes over run_results.json.
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
        "dbt_logs.invocations",
        "A dbt command that was run.",
        columns(
            ("invocation_id", "VARCHAR", "dbt's id of it"),
            ("command", "VARCHAR", "build, run, test and the like; NULL if the log does not say"),
            ("invocation_command", "VARCHAR", "the command as it was typed"),
            ("dbt_version", "VARCHAR", "of dbt"),
            ("executed", "BOOLEAN", "whether the command runs what it reports on; NULL if it is not known"),
            ("started_at", "TIMESTAMP", "of its first event"),
            ("ended_at", "TIMESTAMP", "when it ended; NULL if the log stops before"),
            ("seconds", "DOUBLE", "how long it took"),
            ("success", "BOOLEAN", "whether it succeeded; NULL if the log stops before"),
            ("passed", "BIGINT", "nodes that passed or succeeded, as dbt counts them at the end"),
            ("warned", "BIGINT", "nodes that warned"),
            ("failed", "BIGINT", "nodes that failed"),
            ("skipped", "BIGINT", "nodes that were skipped"),
            ("total", "BIGINT", "all nodes"),
            ("events", "BIGINT", "how many lines tell of it"),
            ("last_at", "TIMESTAMP", "of its last event"),
            ("origin", "VARCHAR", "the file of its first event"),
        ),
    ),
    Relation(
        "dbt_logs.nodes",
        "What an invocation did with a node: a model, test, seed, snapshot and the like.",
        columns(
            ("invocation_id", "VARCHAR", "dbt's id of the invocation"),
            ("unique_id", "VARCHAR", "dbt's id of the node"),
            ("resource_type", "VARCHAR", "model, test and the like"),
            ("materialized", "VARCHAR", "table, view, incremental, test and the like"),
            ("relation_name", "VARCHAR", "the table it makes, quoted as the database wants it"),
            (
                "status",
                "VARCHAR",
                "success, error, skipped; of tests pass, warn, fail, error; incomplete if it never ended",
            ),
            ("started_at", "TIMESTAMP", "when it started"),
            ("ended_at", "TIMESTAMP", "when it ended"),
            ("seconds", "DOUBLE", "how long it took, as dbt says"),
            ("rows", "BIGINT", "rows the database says it touched; NULL if it does not say"),
            ("failures", "BIGINT", "rows that a test found"),
            ("message", "VARCHAR", "what the database or dbt said at the end"),
            ("command", "VARCHAR", "of the invocation"),
            ("executed", "BOOLEAN", "of the invocation: a compiled node was not run"),
            ("origin", "VARCHAR", "the file"),
        ),
    ),
)
"""What the collector leaves in the store."""


@dataclass(frozen=True, eq=False)
class DbtLogs:
    """dbt's logs in the evidence store, whose schema `dbt_logs` holds `invocations` and `nodes`."""

    store: Store

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Give the rows of a query on ``dbt_logs.invocations`` and ``dbt_logs.nodes``; values go in as ``$name``."""
        return self.store.query(sql, parameters)

    @cached_property
    def statuses(self) -> Mapping[str, int]:
        """Nodes of all invocations by status."""
        rows = self.query("SELECT status, count(*) AS nodes FROM dbt_logs.nodes GROUP BY status ORDER BY status")
        return {row["status"]: row["nodes"] for row in rows}
