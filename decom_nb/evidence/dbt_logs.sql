-- Reads dbt's JSON logs out of the view `texts` (`json_texts.py`) and fills the relations that `dbt_logs.py` declares.
--
-- `dbt_log_files.py` runs this script once, after `written.sql`. $numbers and $origins say which file each number is; $executing
-- are the commands that run what they report on. Events are told by their codes, which have not changed since dbt 1.0
-- (core/dbt/events/types.py); up to 1.3 what is now under "info" stood beside "data".

CREATE TEMP TABLE files AS SELECT unnest($numbers) AS file, unnest($origins) AS origin;

CREATE TEMP MACRO event(text) AS TRY(json_transform(text, '{
    "info": {"code": "VARCHAR", "invocation_id": "VARCHAR", "ts": "VARCHAR"},
    "code": "VARCHAR", "invocation_id": "VARCHAR", "ts": "VARCHAR",
    "node_info": {
        "unique_id": "VARCHAR", "resource_type": "VARCHAR", "materialized": "VARCHAR", "node_status": "VARCHAR",
        "node_started_at": "VARCHAR", "node_finished_at": "VARCHAR", "node_relation": {"relation_name": "VARCHAR"}
    },
    "data": {
        "node_info": {
            "unique_id": "VARCHAR", "resource_type": "VARCHAR", "materialized": "VARCHAR", "node_status": "VARCHAR",
            "node_started_at": "VARCHAR", "node_finished_at": "VARCHAR", "node_relation": {"relation_name": "VARCHAR"}
        },
        "run_result": {
            "status": "VARCHAR", "message": "VARCHAR", "execution_time": "DOUBLE", "num_failures": "VARCHAR",
            "adapter_response": {"rows_affected": "VARCHAR"}
        },
        "execution_time": "DOUBLE", "num_failures": "VARCHAR",
        "args": {"invocation_command": "VARCHAR", "which": "VARCHAR", "empty": "VARCHAR"},
        "version": "VARCHAR", "v": "VARCHAR",
        "command": "VARCHAR", "success": "BOOLEAN", "completed_at": "VARCHAR", "elapsed": "DOUBLE",
        "stats": {"pass": "BIGINT", "warn": "BIGINT", "error": "BIGINT", "skip": "BIGINT", "total": "BIGINT"}
    }
}'));

CREATE TEMP TABLE judged AS
WITH parsed AS (
    SELECT
        file, repaired, event(text) AS event,
        text IS NULL OR trim(text, E' \t\r') = '' AS blank,
        CASE
            WHEN blank THEN 'blank'
            WHEN too_long THEN 'longer than 8 MiB'
            WHEN event IS NULL THEN 'not JSON'
            WHEN NOT starts_with(ltrim(text, E' \t\r\n'), '{') THEN 'JSON, but not an object'
        END AS unfit
    FROM texts
),

meant AS (
    SELECT
        file, repaired, blank, unfit, event.data AS data,
        coalesce(event.info.code, event.code) AS code,
        nullif(coalesce(event.info.invocation_id, event.invocation_id), '') AS invocation_id,
        coalesce(event.info.ts, event.ts) AS ts,
        coalesce(event.data.node_info, event.node_info) AS node
    FROM parsed
),

timed AS (SELECT *, moment(ts) AS said_at FROM meant)

SELECT
    file, blank, data, code, invocation_id, said_at,
    nullif(node.unique_id, '') AS unique_id,
    nullif(node.resource_type, '') AS resource_type,
    nullif(node.materialized, '') AS materialized,
    nullif(node.node_relation.relation_name, '') AS relation_name,
    CASE WHEN node.node_status NOT IN ('', 'None') THEN node.node_status END AS node_status,
    moment(nullif(node.node_started_at, '')) AS started_at,
    moment(nullif(node.node_finished_at, '')) AS ended_at,
    CASE
        WHEN unfit IS NOT NULL THEN unfit
        ELSE nullif(concat_ws('; ',
            CASE WHEN code IS NULL THEN 'it has no code, so it is no event of dbt' END,
            CASE WHEN invocation_id IS NULL THEN 'invocation_id is missing' END,
            wrong_moment('ts', ts, said_at)
        ), '')
    END AS reason,
    CASE WHEN repaired THEN 'not UTF-8, or control characters in it: shown as U+FFFD' END AS remark
FROM timed;

CREATE TEMP TABLE starts AS
SELECT file, origin, min(judged.rowid) - 1 AS before FROM judged JOIN files USING (file) GROUP BY file, origin;

-- A001 says the version, A002 the arguments, Q039 how the command ended, Z023 how many nodes did.
INSERT INTO dbt_logs.invocations BY NAME
WITH together AS (
    SELECT
        invocation_id,
        any_value(coalesce(data.version, data.v)) FILTER (code = 'A001') AS version,
        any_value(data.args.which) FILTER (code = 'A002') AS which,
        any_value(data.args.invocation_command) FILTER (code = 'A002') AS invocation_command,
        coalesce(bool_or(lower(data.args.empty) = 'true') FILTER (code = 'A002'), false) AS is_empty,
        any_value(data.command) FILTER (code = 'Q039') AS completed,
        any_value(data.success) FILTER (code = 'Q039') AS success,
        max(moment(data.completed_at)) FILTER (code = 'Q039') AS completed_at,
        any_value(data.elapsed) FILTER (code = 'Q039') AS elapsed,
        any_value(data.stats) FILTER (code = 'Z023') AS stats,
        min(said_at) AS started_at,
        max(said_at) AS last_at,
        count(*) AS events,
        arg_min(file, judged.rowid) AS file
    FROM judged WHERE reason IS NULL GROUP BY invocation_id
),

named AS (
    SELECT *, coalesce(
        nullif(which, ''),
        nullif(regexp_extract(completed, '^dbt\s+(.+)$', 1), ''),
        nullif(regexp_extract(
            invocation_command,
            '\s(build|clone|compile|debug|deps|docs generate|init|list|ls|parse|retry|run-operation|run|seed|show|snapshot|source freshness|test)(\s|$)',
            1
        ), '')
    ) AS command
    FROM together
)

SELECT
    invocation_id, command, invocation_command, ltrim(version, '=') AS dbt_version,
    list_contains($executing, command) AND NOT is_empty AS executed,
    started_at, coalesce(completed_at, CASE WHEN stats IS NOT NULL THEN last_at END) AS ended_at,
    coalesce(elapsed, CASE WHEN ended_at >= started_at THEN date_diff('microsecond', started_at, ended_at) / 1e6 END) AS seconds,
    coalesce(success, stats.error = 0) AS success,
    stats.pass AS passed, stats.warn AS warned, stats.error AS failed, stats.skip AS skipped, stats.total AS total,
    events, last_at, origin
FROM named JOIN files USING (file)
ORDER BY started_at, invocation_id;

-- Q024 says that a node starts, Q025 how it ended. Logs of level info have only the line that is printed for it, which also carries
-- the status; Q034 and Z034 say that a node is skipped. One that started and never ended is incomplete.
INSERT INTO dbt_logs.nodes BY NAME
WITH kept AS (
    SELECT
        *,
        CASE
            WHEN code IN ('Q034', 'Z034') THEN 'skipped'
            WHEN ended_at IS NOT NULL OR code = 'Q025' THEN coalesce(data.run_result.status, node_status)
        END AS final,
        code = 'Q025' AS finished
    FROM judged WHERE reason IS NULL AND unique_id IS NOT NULL
),

together AS (
    SELECT
        invocation_id, unique_id,
        any_value(resource_type) AS resource_type,
        any_value(materialized) AS materialized,
        any_value(relation_name) AS relation_name,
        arg_max(final, (finished, said_at)) AS final,
        bool_or(code IN ('Q011', 'Q024') OR started_at IS NOT NULL) AS began,
        min(started_at) AS started_at,
        max(ended_at) AS ended_at,
        arg_max(coalesce(data.run_result.execution_time, data.execution_time), (finished, said_at))
            FILTER (final IS NOT NULL) AS seconds,
        arg_max(count_of(data.run_result.adapter_response.rows_affected), said_at) FILTER (finished) AS rows,
        arg_max(count_of(coalesce(data.run_result.num_failures, data.num_failures)), (finished, said_at))
            FILTER (final IS NOT NULL) AS failures,
        arg_max(nullif(data.run_result.message, ''), said_at) FILTER (finished) AS message,
        arg_min(file, said_at) AS file
    FROM kept GROUP BY invocation_id, unique_id
)

SELECT
    together.invocation_id, unique_id,
    coalesce(resource_type, split_part(unique_id, '.', 1)) AS resource_type, materialized, relation_name,
    coalesce(final, 'incomplete') AS status,
    together.started_at, together.ended_at,
    coalesce(
        together.seconds,
        CASE WHEN together.ended_at >= together.started_at
            THEN date_diff('microsecond', together.started_at, together.ended_at) / 1e6 END
    ) AS seconds,
    rows, failures, message, command, executed, files.origin
FROM together
JOIN files USING (file)
LEFT JOIN dbt_logs.invocations ON invocations.invocation_id = together.invocation_id
WHERE final IS NOT NULL OR began
ORDER BY together.started_at, together.invocation_id, unique_id;

CREATE TEMP TABLE tallies AS
SELECT file, count(*) AS lines, max(said_at) FILTER (reason IS NULL) AS as_of FROM judged GROUP BY file;

CREATE TEMP TABLE kinds AS
SELECT file, status AS kind, count(*) AS events FROM dbt_logs.nodes JOIN files USING (origin) GROUP BY ALL;

CREATE TEMP TABLE remarks AS
SELECT
    file, origin, judged.rowid - before AS place,
    CASE WHEN reason IS NULL THEN 'kept: ' ELSE 'left out: ' END || concat_ws('; ', reason, remark) AS what
FROM judged JOIN starts USING (file)
WHERE NOT blank AND (reason IS NOT NULL OR remark IS NOT NULL);

CREATE TEMP TABLE totals AS
SELECT
    (SELECT count(*) FROM judged) AS lines,
    (SELECT count(*) FROM judged WHERE reason IS NOT NULL AND NOT blank) AS left_out,
    (SELECT count(*) FROM dbt_logs.invocations) AS invocations,
    (SELECT count(*) FROM dbt_logs.invocations WHERE ended_at IS NULL) AS invocations_without_an_end;

