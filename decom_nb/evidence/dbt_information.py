"""dbt's Information Schema v1: rules ask for a `DbtInformation` under the name "dbt_information".

dbt 2 writes it as Parquet files, one per table, to ``target/info_schema/v1`` when it is told ``--generate-info-schema``
(https://docs.getdbt.com/reference/info-schema); `dbt_information_files.py` reads them. Of each project the newest set of files
says what it declares; results, source freshness and invocations of all sets are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from decom_nb.evidence.relation import Relation, columns

if TYPE_CHECKING:
    from decom_nb.evidence.store import Store

_WHERE = (("project", "VARCHAR", "the project"), ("origin", "VARCHAR", "the file"))

RELATIONS: tuple[Relation, ...] = (
    Relation(
        "dbt_information.projects",
        "A project, as the newest of its sets of files tells of it.",
        columns(
            _WHERE[0],
            ("schema_version", "BIGINT", "of the Information Schema"),
            ("dbt_version", "VARCHAR", "of dbt"),
            ("adapter_type", "VARCHAR", "snowflake, duckdb and the like"),
            ("git_branch", "VARCHAR", "what was checked out"),
            ("last_full_parse_at", "TIMESTAMP", "when dbt last read all files"),
            ("ingested_at", "TIMESTAMP", "when the set was written"),
            _WHERE[1],
        ),
    ),
    Relation(
        "dbt_information.nodes",
        "A model, seed, snapshot, source, analysis, function, hook or check.",
        columns(
            _WHERE[0],
            ("unique_id", "VARCHAR", "dbt's id"),
            ("resource_type", "VARCHAR", "model, source and the like"),
            ("name", "VARCHAR", "its name"),
            ("package_name", "VARCHAR", "the project or package it comes from"),
            ("original_file_path", "VARCHAR", "its file in the project"),
            ("description", "VARCHAR", "what its YAML says it is"),
            ("database_name", "VARCHAR", "where it lies"),
            ("schema_name", "VARCHAR", "where it lies"),
            ("identifier", "VARCHAR", "the name of the table"),
            ("relation_name", "VARCHAR", "all three, quoted"),
            ("enabled", "BOOLEAN", "whether it is in use"),
            ("materialized", "VARCHAR", "table, view, incremental and the like"),
            ("incremental_strategy", "VARCHAR", "how an incremental model adds rows"),
            ("access", "VARCHAR", "public, protected or private"),
            ("group", "VARCHAR", "who owns it"),
            ("contract_enforced", "BOOLEAN", "whether dbt holds it to its contract"),
            ("primary_key", "VARCHAR[]", "the columns that are its key, by constraints or tests"),
            ("grain", "VARCHAR[]", "the columns of which each combination is one row"),
            ("layer_inferred", "VARCHAR", "the layer that dbt takes it for"),
            ("source_name", "VARCHAR", "of a source: the group of tables it stands in"),
            ("tags", "VARCHAR[]", "its tags"),
            ("meta", "VARCHAR", "what people added, as JSON"),
            _WHERE[1],
        ),
    ),
    Relation(
        "dbt_information.data_tests",
        "A data test.",
        columns(
            _WHERE[0],
            ("unique_id", "VARCHAR", "dbt's id"),
            ("name", "VARCHAR", "its name"),
            ("package_name", "VARCHAR", "the project or package it comes from"),
            ("node_unique_id", "VARCHAR", "what it tests"),
            ("column_name", "VARCHAR", "the column, if it tests one"),
            ("test_name", "VARCHAR", "unique, not_null and the like; NULL if it is plain SQL"),
            ("test_definition_package", "VARCHAR", "the package of the generic test"),
            ("arguments", "VARCHAR", "as JSON"),
            ("severity", "VARCHAR", "error or warn"),
            ("enabled", "BOOLEAN", "whether it is in use"),
            _WHERE[1],
        ),
    ),
    Relation(
        "dbt_information.unit_tests",
        "A unit test.",
        columns(
            _WHERE[0],
            ("unique_id", "VARCHAR", "dbt's id"),
            ("name", "VARCHAR", "its name"),
            ("model", "VARCHAR", "what it tests"),
            ("package_name", "VARCHAR", "the project or package it comes from"),
            ("description", "VARCHAR", "what its YAML says"),
            _WHERE[1],
        ),
    ),
    Relation(
        "dbt_information.exposures",
        "A use of the project's models.",
        columns(
            _WHERE[0],
            ("unique_id", "VARCHAR", "dbt's id"),
            ("name", "VARCHAR", "its name"),
            ("exposure_type", "VARCHAR", "dashboard, notebook and the like"),
            ("owner_name", "VARCHAR", "who owns it"),
            ("owner_email", "VARCHAR", "the owner's address"),
            ("url", "VARCHAR", "where it is"),
            ("maturity", "VARCHAR", "low, medium or high"),
            ("description", "VARCHAR", "what its YAML says it is"),
            ("package_name", "VARCHAR", "the project or package it comes from"),
            _WHERE[1],
        ),
    ),
    Relation(
        "dbt_information.edges",
        "A dependency between two nodes.",
        columns(
            _WHERE[0],
            ("parent_unique_id", "VARCHAR", "what is read"),
            ("child_unique_id", "VARCHAR", "what reads it"),
            _WHERE[1],
        ),
    ),
    Relation(
        "dbt_information.node_columns",
        "A column of a node.",
        columns(
            _WHERE[0],
            ("node_unique_id", "VARCHAR", "the node"),
            ("column_name", "VARCHAR", "the column"),
            ("column_index", "BIGINT", "its place, from 0"),
            ("data_type_declared", "VARCHAR", "its type in the project's YAML"),
            ("data_type_inferred", "VARCHAR", "its type by the SQL; needs static analysis"),
            ("data_type_actual", "VARCHAR", "its type in the warehouse"),
            ("data_type", "VARCHAR", "the best known of these"),
            ("description", "VARCHAR", "what the project's YAML says it is"),
            ("tags", "VARCHAR[]", "its tags"),
            ("meta", "VARCHAR", "what people added, as JSON"),
            _WHERE[1],
        ),
    ),
    Relation(
        "dbt_information.column_lineage",
        "A column that another one is made from; needs ``--static-analysis strict``.",
        columns(
            _WHERE[0],
            ("parent_node_unique_id", "VARCHAR", "the node that is read"),
            ("parent_column_name", "VARCHAR", "its column"),
            ("child_node_unique_id", "VARCHAR", "the node that reads it"),
            ("child_column_name", "VARCHAR", "its column"),
            ("evolution", "VARCHAR", "copy if the value is kept, mod if it is changed, scan if it is only looked at"),
            _WHERE[1],
        ),
    ),
    Relation(
        "dbt_information.relations",
        "What the warehouse said of a node's table.",
        columns(
            _WHERE[0],
            ("unique_id", "VARCHAR", "the node"),
            ("table_type", "VARCHAR", "table, view and the like"),
            ("row_count", "BIGINT", "its rows"),
            ("bytes", "BIGINT", "its size"),
            ("last_modified", "VARCHAR", "as the warehouse writes it"),
            ("ingested_at", "TIMESTAMP", "when it was asked"),
            _WHERE[1],
        ),
    ),
    Relation(
        "dbt_information.invocations",
        "A dbt command that was run.",
        columns(
            _WHERE[0],
            ("invocation_id", "VARCHAR", "dbt's id of it"),
            ("command", "VARCHAR", "build, run and the like"),
            ("dbt_version", "VARCHAR", "of dbt"),
            ("generated_at", "TIMESTAMP", "when it was done"),
            ("elapsed_time", "DOUBLE", "how many seconds it took"),
            ("node_count", "BIGINT", "how many nodes it was about"),
            ("target_name", "VARCHAR", "the target of the profile"),
            _WHERE[1],
        ),
    ),
    Relation(
        "dbt_information.run_results",
        "What an invocation did with a node.",
        columns(
            _WHERE[0],
            ("unique_id", "VARCHAR", "the node"),
            ("invocation_id", "VARCHAR", "the invocation"),
            ("status", "VARCHAR", "success, error, skipped; of tests pass, warn, fail, error"),
            ("execution_time", "DOUBLE", "seconds"),
            ("message", "VARCHAR", "what the database or dbt said at the end"),
            ("failures", "BIGINT", "rows that a test found"),
            ("rows_affected", "BIGINT", "rows the database says it touched"),
            ("relation_name", "VARCHAR", "the table, quoted"),
            ("created_at", "TIMESTAMP", "when it was done"),
            _WHERE[1],
        ),
    ),
    Relation(
        "dbt_information.freshness",
        "What a check of freshness found.",
        columns(
            _WHERE[0],
            ("unique_id", "VARCHAR", "the source or model"),
            ("invocation_id", "VARCHAR", "the invocation"),
            ("status", "VARCHAR", "pass, warn, error"),
            ("max_loaded_at", "TIMESTAMP", "the newest row"),
            ("snapshotted_at", "TIMESTAMP", "when it was looked at"),
            ("max_loaded_at_time_ago", "DOUBLE", "seconds between the two"),
            ("error", "VARCHAR", "why it could not be told"),
            _WHERE[1],
        ),
    ),
    Relation(
        "dbt_information.adapter_queries",
        "A query that dbt sent to the warehouse.",
        columns(
            _WHERE[0],
            ("unique_id", "VARCHAR", "the node it was for"),
            ("invocation_id", "VARCHAR", "the invocation"),
            ("query_index", "BIGINT", "which of the node's queries"),
            ("query_id", "VARCHAR", "the warehouse's id of it"),
            ("rows_affected", "BIGINT", "rows the database says it touched"),
            ("bytes_scanned", "BIGINT", "bytes it read"),
            ("error_message", "VARCHAR", "what went wrong"),
            ("started_at", "TIMESTAMP", "when it started"),
            ("completed_at", "TIMESTAMP", "when it ended"),
            _WHERE[1],
        ),
    ),
)
"""What the collector leaves in the store, with the columns' names of v1; further columns of the files are not read."""

NODES: tuple[str, ...] = ("models", "seeds", "snapshots", "sources", "analyses", "functions", "hooks", "checks")
"""The tables of v1 that stand together in ``dbt_information.nodes``."""

RUNTIME: dict[str, tuple[str, ...]] = {
    "invocations": ("invocation_id",),
    "run_results": ("unique_id", "invocation_id"),
    "freshness": ("unique_id", "invocation_id", "snapshotted_at"),
    "adapter_queries": ("unique_id", "invocation_id", "query_index"),
}
"""The tables that tell what happened, kept of all sets of files, with what makes a row of them the same as another."""


@dataclass(frozen=True, eq=False)
class DbtInformation:
    """dbt's Information Schema in the evidence store, in the schema `dbt_information`."""

    store: Store

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Give the rows of a query on ``dbt_information.nodes`` and the others; values go in as ``$name``."""
        return self.store.query(sql, parameters)

    @cached_property
    def statuses(self) -> Mapping[str, int]:
        """Results of all invocations by status."""
        sql = "SELECT status, count(*) AS results FROM dbt_information.run_results GROUP BY status ORDER BY status"
        return {row["status"]: row["results"] for row in self.query(sql)}
