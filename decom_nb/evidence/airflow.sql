-- Reads Airflow's DAG runs and task instances out of the view `texts` (`json_texts.py`) and fills what `airflow.py` declares.
--
-- `airflow_exports.py` runs this script once, after `written.sql`. $numbers, $origins and $kinds tell of each file what it is.
-- Fields are those of the REST API of Airflow 2 and 3, and the columns of the metadata tables.

CREATE TEMP TABLE files AS
SELECT unnest($numbers) AS file, unnest($origins) AS origin, unnest($kinds) = 'airflow task instances' AS tasks;

CREATE TEMP MACRO entry(text) AS TRY(json_transform(text, '{
    "dag_id": "VARCHAR", "dag_run_id": "VARCHAR", "run_id": "VARCHAR", "run_type": "VARCHAR", "state": "VARCHAR",
    "logical_date": "VARCHAR", "execution_date": "VARCHAR", "queued_at": "VARCHAR", "queued_when": "VARCHAR",
    "queued_dttm": "VARCHAR", "start_date": "VARCHAR", "end_date": "VARCHAR", "duration": "VARCHAR",
    "external_trigger": "VARCHAR",
    "task_id": "VARCHAR", "map_index": "VARCHAR", "try_number": "VARCHAR", "max_tries": "VARCHAR", "operator": "VARCHAR",
    "pool": "VARCHAR", "queue": "VARCHAR", "hostname": "VARCHAR"
}'));

-- Nothing is written in many ways: by a null, an empty field, or the words of databases and of Python.
CREATE TEMP MACRO told(written) AS
    CASE WHEN trim(written) NOT IN ('', 'None', 'NULL', 'null', '\N', 'NaT') THEN trim(written) END;

-- Why a moment that is told is none.
CREATE TEMP MACRO no_moment(name, written, meant) AS
    CASE WHEN written IS NOT NULL AND meant IS NULL THEN wrong_moment(name, written, meant) END;

CREATE TEMP MACRO whole(written) AS TRY_CAST(TRY_CAST(told(written) AS DOUBLE) AS BIGINT);

-- Every entry with what it says, or why it cannot be used, in the order of the files and of the entries in them.
CREATE TEMP TABLE judged AS
WITH parsed AS (
    SELECT
        file, tasks, repaired, entry(text) AS entry,
        text IS NULL OR trim(text, E' \t\r') = '' AS blank,
        CASE
            WHEN blank THEN 'blank'
            WHEN too_long THEN 'longer than 8 MiB'
            WHEN entry IS NULL THEN 'not JSON'
            WHEN NOT starts_with(ltrim(text, E' \t\r\n'), '{') THEN 'JSON, but not an object'
        END AS unfit
    FROM texts JOIN files USING (file)
),

meant AS (
    SELECT
        file, tasks, blank, repaired, unfit, entry,
        told(entry.dag_id) AS dag_id,
        coalesce(told(entry.dag_run_id), told(entry.run_id)) AS told_run_id,
        coalesce(told(entry.logical_date), told(entry.execution_date)) AS due,
        told(entry.task_id) AS task_id,
        lower(told(entry.state)) AS state,
        coalesce(told(entry.queued_at), told(entry.queued_when), told(entry.queued_dttm)) AS queued,
        told(entry.start_date) AS started,
        told(entry.end_date) AS ended
    FROM parsed
),

timed AS (
    SELECT
        *, moment(due) AS logical_date, moment(queued) AS queued_at, moment(started) AS started_at, moment(ended) AS ended_at
    FROM meant
)

SELECT
    file, tasks, blank, dag_id, task_id, state,
    coalesce(told_run_id, due) AS run_id, -- before 2.2 a task instance knows its run by the date alone
    logical_date, queued_at, started_at, ended_at,
    TRY_CAST(told(entry.duration) AS DOUBLE) AS duration,
    coalesce(
        lower(told(entry.run_type)),
        nullif(regexp_extract(told_run_id, '^(scheduled|manual|backfill|dataset_triggered|asset_triggered)__', 1), ''),
        CASE lower(told(entry.external_trigger)) WHEN 'true' THEN 'manual' WHEN 't' THEN 'manual' WHEN '1' THEN 'manual' END
    ) AS run_type,
    coalesce(whole(entry.map_index), -1) AS map_index,
    whole(entry.try_number) AS try_number,
    whole(entry.max_tries) AS max_tries,
    told(entry.operator) AS operator,
    told(entry.pool) AS pool,
    told(entry.queue) AS queue,
    told(entry.hostname) AS hostname,
    CASE
        WHEN unfit IS NOT NULL THEN unfit
        ELSE nullif(concat_ws('; ',
            CASE WHEN dag_id IS NULL THEN 'dag_id is missing' END,
            CASE WHEN coalesce(told_run_id, due) IS NULL THEN 'dag_run_id is missing' END,
            CASE WHEN tasks AND task_id IS NULL THEN 'task_id is missing' END
        ), '')
    END AS reason,
    nullif(concat_ws('; ',
        CASE WHEN repaired THEN 'not UTF-8, or control characters in it: shown as U+FFFD' END,
        no_moment('logical_date', due, logical_date),
        no_moment('start_date', started, started_at),
        no_moment('end_date', ended, ended_at),
        CASE WHEN ended_at < started_at THEN 'end_date is before start_date' END
    ), '') AS remark
FROM timed;

CREATE TEMP TABLE starts AS
SELECT file, origin, min(judged.rowid) - 1 AS before FROM judged JOIN files USING (file) GROUP BY file, origin;

-- Of an entry that comes again, as in the next export, the one that knows most counts: an end beats none, a later one an earlier.
INSERT INTO airflow.dag_runs BY NAME
WITH kept AS (SELECT *, judged.rowid AS place FROM judged WHERE reason IS NULL AND NOT tasks)

SELECT
    dag_id, run_id, run_type, state, logical_date, queued_at, started_at, ended_at,
    CASE WHEN ended_at >= started_at THEN date_diff('microsecond', started_at, ended_at) / 1e6 ELSE duration END AS seconds,
    origin
FROM kept JOIN files USING (file)
QUALIFY row_number() OVER (PARTITION BY dag_id, run_id ORDER BY
    ended_at IS NOT NULL DESC, coalesce(ended_at, started_at, queued_at) DESC NULLS LAST, state IS NOT NULL DESC, place DESC
) = 1
ORDER BY dag_id, coalesce(started_at, queued_at, logical_date), run_id;

INSERT INTO airflow.task_instances BY NAME
WITH kept AS (SELECT *, judged.rowid AS place FROM judged WHERE reason IS NULL AND tasks)

SELECT
    dag_id, run_id, task_id, map_index, try_number, max_tries, state, logical_date, queued_at, started_at, ended_at,
    CASE WHEN ended_at >= started_at THEN date_diff('microsecond', started_at, ended_at) / 1e6 ELSE duration END AS seconds,
    operator, pool, queue, hostname, origin
FROM kept JOIN files USING (file)
QUALIFY row_number() OVER (PARTITION BY dag_id, run_id, task_id, map_index, try_number ORDER BY
    ended_at IS NOT NULL DESC, coalesce(ended_at, started_at, queued_at) DESC NULLS LAST, state IS NOT NULL DESC, place DESC
) = 1
ORDER BY dag_id, coalesce(started_at, queued_at, logical_date), run_id, task_id, map_index, try_number;

CREATE TEMP TABLE tallies AS
SELECT
    file, count(*) AS lines,
    max(coalesce(ended_at, started_at, queued_at, logical_date)) FILTER (reason IS NULL) AS as_of
FROM judged GROUP BY file;

CREATE TEMP TABLE kinds AS
SELECT file, coalesce(state, 'none') AS kind, count(*) AS events FROM judged WHERE reason IS NULL GROUP BY ALL;

CREATE TEMP TABLE remarks AS
SELECT
    file, origin, judged.rowid - before AS place,
    CASE WHEN reason IS NULL THEN 'kept: ' ELSE 'left out: ' END || concat_ws('; ', reason, remark) AS what
FROM judged JOIN starts USING (file)
WHERE NOT blank AND (reason IS NOT NULL OR remark IS NOT NULL);

CREATE TEMP TABLE totals AS
SELECT
    (SELECT count(*) FROM airflow.dag_runs) AS dag_runs,
    (SELECT count(DISTINCT dag_id) FROM airflow.dag_runs) AS dags,
    (SELECT count(*) FROM airflow.dag_runs WHERE run_type = 'backfill' AND state IN ('queued', 'running'))
        AS backfills_that_wait_or_run,
    (SELECT count(*) FROM airflow.task_instances) AS task_instances,
    (SELECT count(DISTINCT (dag_id, task_id)) FROM airflow.task_instances) AS tasks,
    (SELECT count(*) FROM judged WHERE reason IS NULL AND NOT tasks)
        - (SELECT count(*) FROM airflow.dag_runs) AS repeated_dag_runs,
    (SELECT count(*) FROM judged WHERE reason IS NULL AND tasks)
        - (SELECT count(*) FROM airflow.task_instances) AS repeated_task_instances;

