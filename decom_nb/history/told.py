"""What each source tells of runs, in one shape and with its own names: ``history.told_runs``, ``told_steps``, ``told_datasets``.

`history.py` then says which source counts and gives the pipelines their names. What ran several times within one run, as after a
retry, is one step with so many attempts; how its last attempt ended is how it ended. A job of OpenLineage is told as its
namespace and its name with `naming.BETWEEN` between them, which is chr(31).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from decom_nb.evidence.dbt_status import ending, ending_sql
from decom_nb.history.relations import DATASETS, RUNS, STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from decom_nb.evidence.dbt import Dbt
    from decom_nb.evidence.store import Store

SOURCES = ("run_logs", "airflow", "openlineage", "dbt")
"""Of several sources that tell of one pipeline the first counts: the nearer to the work, the more it knows of it."""

WORDS = {"run_logs": "run logs", "airflow": "Airflow", "openlineage": "OpenLineage events", "dbt": "dbt results"}

_NEEDS = {
    "run_logs": ("run_logs.lines", "run_logs.whole_runs"),
    "airflow": ("airflow.dag_runs", "airflow.task_instances"),
    "openlineage": ("openlineage.runs", "openlineage.datasets", "openlineage.tests"),
    "dbt_logs": ("dbt_logs.invocations", "dbt_logs.nodes"),
}


def tell(con: duckdb.DuckDBPyConnection, store: Store, dbt: Dbt | None) -> None:
    """Fill ``history.told_*`` anew from every source that there is."""
    con.execute("CREATE SCHEMA IF NOT EXISTS history")
    for relation in (RUNS, STEPS, DATASETS):
        told = replace(relation, name=relation.name.replace("history.", "history.told_"))
        con.execute(f"DROP TABLE IF EXISTS {told.name}")
        con.execute(told.ddl())
    if dbt:
        _tell_dbt(con, dbt)  # before its logs, which tell of invocations that left no artifacts
    there = {each.name for each in store.relations}
    for source, needed in _NEEDS.items():
        if there.issuperset(needed):
            for statement in _SQL[source]:
                con.execute(statement)


_RUN_LOGS = (
    # Counts that every stage of a run repeats are one count; those that differ are of different tables, and add up.
    """
CREATE OR REPLACE TEMP MACRO together(numbers) AS CASE
    WHEN len(list_distinct(list_filter(numbers, lambda n: n > 0))) <= 1 THEN list_max(numbers) ELSE list_sum(numbers)
END
""",
    """
INSERT INTO history.told_runs BY NAME
WITH counted AS (
    SELECT
        pipeline_name, run_id,
        together(list(rows_extracted) FILTER (NOT superseded)) AS rows_read,
        together(list(rows_loaded) FILTER (NOT superseded)) AS rows_written,
        sum(quality_checks_passed) FILTER (NOT superseded) AS checks_passed,
        sum(quality_checks_failed) FILTER (NOT superseded) AS checks_failed,
        min(origin) AS origin
    FROM run_logs.lines GROUP BY pipeline_name, run_id
)

SELECT
    'run_logs' AS source, pipeline_name AS pipeline, run_id, status,
    started_at, completed_at AS ended_at, seconds,
    1 + superseded AS attempts,
    CASE WHEN superseded > 0 THEN true END AS retried,
    rows_read, rows_written, checks_passed, checks_failed,
    coalesce(error_message, '') AS error, '' AS kind, origin
FROM run_logs.whole_runs JOIN counted USING (pipeline_name, run_id)
""",
    """
INSERT INTO history.told_steps BY NAME
SELECT
    'run_logs' AS source, pipeline_name AS pipeline, run_id, stage AS step,
    arg_max(status, completed_at) AS status, min(started_at) AS started_at, max(completed_at) AS ended_at,
    date_diff('microsecond', min(started_at), max(completed_at)) / 1e6 AS seconds,
    count(*) AS attempts,
    sum(rows_loaded) FILTER (NOT superseded) AS rows_written,
    coalesce(arg_max(error_message, completed_at), '') AS error, min(origin) AS origin
FROM run_logs.lines WHERE stage IS NOT NULL
GROUP BY pipeline_name, run_id, stage
""",
)

_AIRFLOW = (
    """
INSERT INTO history.told_steps BY NAME
SELECT
    'airflow' AS source, dag_id AS pipeline, run_id,
    CASE WHEN coalesce(map_index, -1) >= 0 THEN format('{}[{}]', task_id, map_index) ELSE task_id END AS step,
    CASE
        WHEN arg_max(state, try_number) = 'success' THEN 'success'
        WHEN arg_max(state, try_number) IN ('failed', 'upstream_failed') THEN 'failed'
        WHEN arg_max(state, try_number) IN ('skipped', 'removed') THEN 'skipped'
        ELSE 'running'
    END AS status,
    min(started_at) AS started_at, arg_max(ended_at, try_number) AS ended_at,
    date_diff('microsecond', min(started_at), arg_max(ended_at, try_number)) / 1e6 AS seconds,
    greatest(1, max(try_number)) AS attempts,
    '' AS error, min(origin) AS origin
FROM airflow.task_instances
GROUP BY ALL
""",
    # A queued run has not begun: it is no run yet.
    """
INSERT INTO history.told_runs BY NAME
WITH tried AS (
    SELECT
        pipeline, run_id, max(attempts) AS attempts,
        string_agg(step, ', ' ORDER BY started_at, step) FILTER (status = 'failed') AS failed
    FROM history.told_steps WHERE source = 'airflow' GROUP BY pipeline, run_id
)

SELECT
    'airflow' AS source, dag_id AS pipeline, dag_runs.run_id,
    CASE WHEN state IN ('success', 'failed') THEN state ELSE 'running' END AS status,
    logical_date AS scheduled_at, started_at,
    CASE WHEN state IN ('success', 'failed') THEN ended_at END AS ended_at,
    CASE WHEN state IN ('success', 'failed') THEN seconds END AS seconds,
    coalesce(attempts, 1) AS attempts, attempts > 1 AS retried,
    coalesce('failed: ' || failed, '') AS error,
    CASE
        WHEN run_type IN ('manual', 'operator_triggered') THEN 'manual'
        WHEN run_type LIKE 'backfill%' THEN 'backfill'
        WHEN run_type IS NULL THEN ''
        ELSE 'scheduled'
    END AS kind,
    origin
FROM airflow.dag_runs LEFT JOIN tried ON tried.pipeline = dag_id AND tried.run_id = dag_runs.run_id
WHERE started_at IS NOT NULL
""",
)

# A run with a parent is a step of it. Where the parent itself never spoke (only its name and id are known), it is put together of
# its steps. What names no parent is a pipeline. `top` is the run that a run belongs to: itself, or `parent` in words where that
# one never spoke; a parent's parent counts where it is known, so that what Airflow starts in dbt is a step of the DAG.
_OPENLINEAGE = (
    """
CREATE OR REPLACE TEMP TABLE above AS
WITH timed AS (
    SELECT run, run_id, job_name, parent_run_id, parent_job, coalesce(started_at, ended_at, last_at) AS moment
    FROM openlineage.runs
),

-- Where one id stands for several runs of the parent, it is the one that had begun last.
spoken AS (
    SELECT child.run, parent.run AS parent
    FROM timed AS child
    ASOF JOIN timed AS parent
        ON parent.run_id = child.parent_run_id AND parent.job_name = child.parent_job AND child.moment >= parent.moment
),

alone AS (SELECT run_id, min(run) AS parent FROM timed GROUP BY run_id)

SELECT timed.run, coalesce(spoken.parent, alone.parent) AS parent
FROM timed
LEFT JOIN spoken ON spoken.run = timed.run
LEFT JOIN alone ON alone.run_id = timed.parent_run_id
WHERE coalesce(spoken.parent, alone.parent) <> timed.run
""",
    """
CREATE OR REPLACE TEMP TABLE topped AS
WITH up AS (
    SELECT one.run, coalesce(two.parent, one.parent, one.run) AS highest
    FROM (SELECT runs.run, above.parent FROM openlineage.runs LEFT JOIN above USING (run)) AS one
    LEFT JOIN above AS two ON two.run = one.parent AND two.parent <> one.run
)

SELECT
    up.run,
    coalesce(high.parent_run_id, '') <> '' AND coalesce(high.parent_job, '') <> '' AND above.run IS NULL AS unspoken,
    CASE WHEN unspoken THEN high.parent_run_id ELSE CAST(up.highest AS VARCHAR) END AS top,
    up.highest = up.run AND NOT unspoken AS own,
    CASE WHEN unspoken THEN coalesce(high.parent_namespace, '') || chr(31) || high.parent_job
        ELSE coalesce(high.job_namespace, '') || chr(31) || high.job_name END AS pipeline
FROM up
JOIN openlineage.runs AS high ON high.run = up.highest
LEFT JOIN above ON above.run = up.highest
""",
    """
CREATE OR REPLACE TEMP TABLE ids AS
SELECT
    pipeline, top,
    CASE WHEN count(*) OVER (PARTITION BY pipeline, run_id) > 1 THEN run_id || '#' || top ELSE run_id END AS run_id
FROM (
    SELECT pipeline, top, coalesce(any_value(runs.run_id) FILTER (own), top) AS run_id
    FROM topped JOIN openlineage.runs USING (run) GROUP BY pipeline, top
)
""",
    """
INSERT INTO history.told_steps BY NAME
SELECT
    'openlineage' AS source, pipeline, ids.run_id, job_name AS step,
    arg_max(CASE status WHEN 'aborted' THEN 'failed' ELSE status END, moment) AS status,
    min(started_at) AS started_at,
    arg_max(ended_at, moment) AS ended_at,
    date_diff('microsecond', min(started_at), arg_max(ended_at, moment)) / 1e6 AS seconds,
    count(*) AS attempts,
    arg_max(rows_written, moment) AS rows_written,
    coalesce(arg_max(error, moment), '') AS error,
    min(origin) AS origin
FROM (SELECT *, coalesce(started_at, ended_at, last_at) AS moment FROM openlineage.runs)
JOIN topped USING (run) JOIN ids USING (pipeline, top)
WHERE NOT own
GROUP BY pipeline, ids.run_id, job_name
""",
    """
INSERT INTO history.told_runs BY NAME
WITH steps AS (
    SELECT
        pipeline, run_id,
        max(attempts) AS attempts, sum(rows_written) AS rows_written,
        min(started_at) AS started_at, max(ended_at) AS ended_at,
        CASE
            WHEN bool_or(status = 'failed') THEN 'failed'
            WHEN bool_or(status IN ('running', 'incomplete')) THEN 'incomplete'
            ELSE 'success'
        END AS status,
        coalesce(min(error) FILTER (status = 'failed' AND error <> ''), '') AS error,
        min(origin) AS origin
    FROM history.told_steps WHERE source = 'openlineage' GROUP BY pipeline, run_id
),

tested AS (
    SELECT
        pipeline, ids.run_id,
        count(*) FILTER (success OR severity = 'warn') AS checks_passed,
        count(*) FILTER (NOT success AND severity IS DISTINCT FROM 'warn') AS checks_failed
    FROM openlineage.tests JOIN topped USING (run) JOIN ids USING (pipeline, top)
    WHERE success IS NOT NULL
    GROUP BY pipeline, ids.run_id
),

spoken AS (
    SELECT runs.* EXCLUDE (run_id), pipeline, ids.run_id
    FROM openlineage.runs JOIN topped USING (run) JOIN ids USING (pipeline, top) WHERE own
)

SELECT
    'openlineage' AS source, pipeline, run_id,
    CASE coalesce(spoken.status, steps.status) WHEN 'aborted' THEN 'failed' ELSE coalesce(spoken.status, steps.status) END
        AS status,
    nominal_start AS scheduled_at,
    coalesce(spoken.started_at, steps.started_at, spoken.ended_at) AS started_at,
    CASE
        WHEN spoken.status IS NOT NULL THEN spoken.ended_at
        WHEN steps.status <> 'incomplete' THEN steps.ended_at
    END AS ended_at,
    CASE
        WHEN spoken.status IS NOT NULL THEN spoken.seconds
        WHEN steps.status <> 'incomplete' THEN date_diff('microsecond', steps.started_at, steps.ended_at) / 1e6
    END AS seconds,
    coalesce(steps.attempts, 1) AS attempts,
    steps.attempts > 1 AS retried,
    CAST(coalesce(spoken.rows_written, steps.rows_written) AS HUGEINT) AS rows_written,
    bytes_written,
    checks_passed, checks_failed,
    CASE WHEN coalesce(spoken.status, steps.status) = 'success' THEN ''
        ELSE coalesce(nullif(spoken.error, ''), steps.error, '') END AS error,
    '' AS kind, coalesce(spoken.origin, steps.origin) AS origin
FROM spoken FULL JOIN steps USING (pipeline, run_id) LEFT JOIN tested USING (pipeline, run_id)
WHERE coalesce(spoken.started_at, steps.started_at, spoken.ended_at, steps.ended_at) IS NOT NULL
""",
    # What a job declares without a run (JobEvent) is of the job itself, unless a run says whose step the job is.
    """
INSERT INTO history.told_datasets BY NAME
WITH whose AS (
    SELECT job_namespace, job_name, min(pipeline) AS pipeline
    FROM openlineage.runs JOIN topped USING (run) GROUP BY job_namespace, job_name
)

SELECT
    'openlineage' AS source,
    coalesce(topped.pipeline, whose.pipeline, coalesce(datasets.job_namespace, '') || chr(31) || datasets.job_name) AS pipeline,
    CASE WHEN coalesce(namespace, '') = '' THEN name ELSE namespace || '/' || name END AS dataset, direction,
    max(last_at) AS last_at
FROM openlineage.datasets
LEFT JOIN topped USING (run)
LEFT JOIN whose
    ON whose.job_namespace IS NOT DISTINCT FROM datasets.job_namespace AND whose.job_name = datasets.job_name
GROUP BY ALL
""",
    "DROP TABLE topped; DROP TABLE above; DROP TABLE ids",
)

_DBT_LOGS = (
    f"CREATE OR REPLACE TEMP MACRO ended(word) AS {ending_sql('word')}",
    # The project is the second part of the ids of its nodes; what packages bring is in the minority.
    """
CREATE OR REPLACE TEMP TABLE logged AS
SELECT invocations.*, project
FROM dbt_logs.invocations
JOIN (
    SELECT invocation_id, mode(split_part(unique_id, '.', 2)) AS project FROM dbt_logs.nodes GROUP BY invocation_id
) USING (invocation_id)
WHERE executed IS DISTINCT FROM false AND invocation_id NOT IN (SELECT run_id FROM history.told_runs WHERE source = 'dbt')
""",
    """
INSERT INTO history.told_steps BY NAME
SELECT
    'dbt' AS source, project AS pipeline, invocation_id AS run_id, unique_id AS step,
    ended(status) AS status,
    nodes.started_at, nodes.ended_at, nodes.seconds, 1 AS attempts, rows AS rows_written,
    CASE WHEN ended(status) IN ('failed', 'partial') THEN coalesce(message, '') ELSE '' END AS error, nodes.origin
FROM dbt_logs.nodes JOIN logged USING (invocation_id)
""",
    """
INSERT INTO history.told_runs BY NAME
WITH did AS (
    SELECT
        invocation_id, sum(rows) FILTER (resource_type NOT IN ('test', 'unit_test')) AS rows_written,
        count(*) FILTER (resource_type IN ('test', 'unit_test')) AS tests,
        count(*) FILTER (resource_type IN ('test', 'unit_test') AND ended(status) = 'success') AS passed,
        count(*) FILTER (resource_type IN ('test', 'unit_test') AND ended(status) = 'failed') AS failed,
        coalesce(
            min(message) FILTER (ended(status) = 'failed'), min(message) FILTER (ended(status) = 'partial'), ''
        ) AS error,
        -- To dbt an invocation of which a part succeeded has failed; here it was partial.
        bool_or(ended(status) = 'partial') AND NOT bool_or(ended(status) = 'failed') AS in_part
    FROM dbt_logs.nodes GROUP BY invocation_id
)

SELECT
    'dbt' AS source, project AS pipeline, invocation_id AS run_id,
    CASE
        WHEN success IS NULL THEN 'incomplete' WHEN in_part THEN 'partial' WHEN success THEN 'success' ELSE 'failed'
    END AS status,
    started_at, ended_at, seconds, 1 AS attempts, CAST(rows_written AS HUGEINT) AS rows_written,
    CASE WHEN tests > 0 THEN did.passed END AS checks_passed, CASE WHEN tests > 0 THEN did.failed END AS checks_failed,
    CASE WHEN success AND NOT in_part THEN '' ELSE error END AS error, '' AS kind, origin
FROM logged JOIN did USING (invocation_id)
WHERE started_at IS NOT NULL
""",
    """
INSERT INTO history.told_datasets BY NAME
SELECT
    'dbt' AS source, project AS pipeline, lower(replace(relation_name, '"', '')) AS dataset, 'writes' AS direction,
    max(nodes.ended_at) AS last_at
FROM dbt_logs.nodes JOIN logged USING (invocation_id)
WHERE relation_name <> '' AND resource_type IN ('model', 'seed', 'snapshot')
GROUP BY ALL
""",
    "DROP TABLE logged",
)

_SQL = {"run_logs": _RUN_LOGS, "airflow": _AIRFLOW, "openlineage": _OPENLINEAGE, "dbt_logs": _DBT_LOGS}

_BAD = ("failed", "partial")


def _tell_dbt(con: duckdb.DuckDBPyConnection, dbt: Dbt) -> None:
    """Tell of each dbt invocation that executed something as a run of its project."""
    runs, steps = [], []
    for number, each in enumerate(dbt.ran):
        if each.generated_at is None:  # nobody knows when it ran
            continue
        run_id = each.invocation_id or f"{each.origin}#{number}"
        endings = [ending(one.status) for one in each.results]
        status = next((worst for worst in ("failed", "partial", "incomplete") if worst in endings), "success")
        bad = [one for one, ended in zip(each.results, endings, strict=True) if ended == status and ended in _BAD]
        tests = [one for one in each.results if one.resource_type in ("test", "unit_test")]
        passed = sum(ending(one.status) == "success" for one in tests)
        failed = sum(ending(one.status) == "failed" for one in tests)
        error = next((one.message for one in bad if one.message), bad[0].unique_id if bad else "")
        told = (passed, failed) if tests else (None, None)
        runs.append((each.project, run_id, status, each.generated_at, each.elapsed, *told, error, each.origin))
        for one, ended in zip(each.results, endings, strict=True):
            said = one.message if ended in _BAD else ""  # where all went well it tells what the database answered
            steps.append((each.project, run_id, one.unique_id, ended, one.at, one.execution_time, said, each.origin))
    _insert(con, _DBT_RUNS, runs)
    _insert(con, _DBT_STEPS, steps)
    read = [(each.project, _relation(each, each.identifier), "reads", _declared_at(dbt, each)) for each in dbt.sources]
    made = [
        (each.project, _relation(each, each.alias), "writes", _declared_at(dbt, each))
        for each in (*dbt.models, *dbt.seeds, *dbt.snapshots)
        if getattr(each, "materialized", "") != "ephemeral"
    ]
    _insert(con, _DBT_DATASETS, read + made)


def _relation(resource: Any, identifier: str) -> str:
    parts = (resource.database, resource.schema, identifier or resource.name)
    return ".".join(part for part in parts if part).lower()


def _declared_at(dbt: Dbt, resource: Any) -> Any:
    return next((each.generated_at for each in dbt.current if each.project == resource.project), None)


_DBT_RUNS = """
INSERT INTO history.told_runs BY NAME
SELECT
    'dbt' AS source, c0 AS pipeline, c1 AS run_id, c2 AS status,
    c3 - to_microseconds(CAST(c4 * 1e6 AS BIGINT)) AS started_at, c3 AS ended_at, c4 AS seconds, 1 AS attempts,
    c5 AS checks_passed, c6 AS checks_failed, c7 AS error, '' AS kind, c8 AS origin
FROM given
"""
_DBT_STEPS = """
INSERT INTO history.told_steps BY NAME
SELECT
    'dbt' AS source, c0 AS pipeline, c1 AS run_id, c2 AS step, c3 AS status,
    c4 - to_microseconds(CAST(c5 * 1e6 AS BIGINT)) AS started_at, c4 AS ended_at, c5 AS seconds, 1 AS attempts,
    c6 AS error, c7 AS origin
FROM given
"""
_DBT_DATASETS = """
INSERT INTO history.told_datasets BY NAME
SELECT 'dbt' AS source, c0 AS pipeline, c1 AS dataset, c2 AS direction, c3 AS last_at FROM given
"""


def _insert(con: duckdb.DuckDBPyConnection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run `sql` over the rows, which it sees as ``given`` with the columns c0, c1 …."""
    if rows:
        columns = {f"c{number}": _in_utc(values) for number, values in enumerate(zip(*rows, strict=True))}
        given = ", ".join(f"unnest(${name}) AS {name}" for name in columns)
        head, _, rest = sql.partition("SELECT")
        con.execute(f"{head}WITH given AS (SELECT {given}) SELECT{rest}", columns)


def _in_utc(values: Iterable[Any]) -> list[Any]:
    from datetime import UTC, datetime

    return [
        value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value
        for value in values
    ]
