-- Reads OpenLineage events out of the view `texts` (`json_texts.py`) and fills the relations that `openlineage.py` declares.
--
-- `openlineage_events.py` runs this script once, after `written.sql`. $numbers and $origins say which file each number is.
-- What a field means stands in the OpenLineage specification 2-0-2 and its facets (https://openlineage.io/spec).

CREATE TEMP TABLE files AS SELECT unnest($numbers) AS file, unnest($origins) AS origin;

-- An event with the fields that are used, by their types; what is missing or of another type is NULL. NULL if it is no JSON.
CREATE TEMP MACRO event(text) AS TRY(json_transform(text, '{
    "eventType": "VARCHAR", "eventTime": "VARCHAR", "producer": "VARCHAR",
    "run": {
        "runId": "VARCHAR",
        "facets": {
            "parent": {"run": {"runId": "VARCHAR"}, "job": {"namespace": "VARCHAR", "name": "VARCHAR"}},
            "parentRun": {"run": {"runId": "VARCHAR"}, "job": {"namespace": "VARCHAR", "name": "VARCHAR"}},
            "nominalTime": {"nominalStartTime": "VARCHAR", "nominalEndTime": "VARCHAR"},
            "errorMessage": {"message": "VARCHAR"},
            "processing_engine": {"name": "VARCHAR"},
            "test": {"tests": [{"name": "VARCHAR", "status": "VARCHAR", "severity": "VARCHAR", "type": "VARCHAR"}]}
        }
    },
    "job": {
        "namespace": "VARCHAR", "name": "VARCHAR",
        "facets": {"jobType": {"processingType": "VARCHAR", "integration": "VARCHAR", "jobType": "VARCHAR"}}
    },
    "dataset": {"namespace": "VARCHAR", "name": "VARCHAR"},
    "inputs": [{
        "namespace": "VARCHAR", "name": "VARCHAR",
        "facets": {
            "dataQualityMetrics": {"rowCount": "VARCHAR", "bytes": "VARCHAR"},
            "dataQualityAssertions": {"assertions": [
                {"assertion": "VARCHAR", "success": "BOOLEAN", "column": "VARCHAR", "severity": "VARCHAR"}
            ]}
        },
        "inputFacets": {
            "inputStatistics": {"rowCount": "VARCHAR", "size": "VARCHAR"},
            "dataQualityMetrics": {"rowCount": "VARCHAR", "bytes": "VARCHAR"},
            "dataQualityAssertions": {"assertions": [
                {"assertion": "VARCHAR", "success": "BOOLEAN", "column": "VARCHAR", "severity": "VARCHAR"}
            ]}
        }
    }],
    "outputs": [{
        "namespace": "VARCHAR", "name": "VARCHAR",
        "facets": {
            "columnLineage": {"fields": "MAP(VARCHAR, STRUCT(inputFields STRUCT(\"namespace\" VARCHAR, \"name\" VARCHAR, field VARCHAR, transformations STRUCT(\"type\" VARCHAR, subtype VARCHAR)[])[], transformationType VARCHAR))"},
            "dataQualityAssertions": {"assertions": [
                {"assertion": "VARCHAR", "success": "BOOLEAN", "column": "VARCHAR", "severity": "VARCHAR"}
            ]}
        },
        "outputFacets": {
            "outputStatistics": {"rowCount": "VARCHAR", "size": "VARCHAR"}
        }
    }]
}'));

CREATE TEMP MACRO is_end(type) AS type IN ('COMPLETE', 'FAIL', 'ABORT');

-- Of events at the same moment, which one came later: an end comes after all others, the worst end last.
CREATE TEMP MACRO later(said_at, type) AS epoch_us(said_at) * 8 + CASE type
    WHEN 'START' THEN 0 WHEN 'OTHER' THEN 1 WHEN 'RUNNING' THEN 2 WHEN 'COMPLETE' THEN 3 WHEN 'ABORT' THEN 4 ELSE 5
END;

-- Every event with what it says, or why it cannot be used. The rows stand in the order of the files and of the events in
-- them, and that place is their rowid.
CREATE TEMP TABLE judged AS
WITH parsed AS (
    SELECT file, too_long, repaired, text IS NULL OR trim(text, E' \t\r') = '' AS blank, text, event(text) AS event
    FROM texts
),

meant AS (
    SELECT
        file, repaired, event,
        CASE
            WHEN event IS NOT NULL AND starts_with(text, '{') THEN NULL
            WHEN too_long THEN 'longer than 8 MiB'
            WHEN blank THEN 'blank'
            WHEN event IS NULL THEN 'not JSON'
            WHEN NOT starts_with(ltrim(text, E' \t\r\n'), '{') THEN 'JSON, but not an object'
        END AS unfit,
        moment(event.eventTime) AS said_at,
        upper(nullif(trim(event.eventType), '')) AS said,
        nullif(trim(event.run.runId), '') AS run_id,
        nullif(trim(event.job.namespace), '') AS job_namespace,
        nullif(trim(event.job.name), '') AS job_name,
        coalesce(event.run.facets.parent, event.run.facets.parentRun) AS parent,
        event.job.facets.jobType AS job_type
    FROM parsed
),

weighed AS (
    SELECT
        *,
        CASE
            WHEN run_id IS NOT NULL THEN 'run'
            WHEN said IS NULL AND job_name IS NOT NULL THEN 'job'
            WHEN said IS NULL AND event.dataset.name IS NOT NULL THEN 'dataset'
        END AS about,
        CASE
            WHEN unfit IS NOT NULL THEN unfit
            ELSE nullif(concat_ws('; ',
                wrong_moment('eventTime', event.eventTime, said_at),
                CASE WHEN about IS NULL AND (said IS NOT NULL OR job_name IS NOT NULL) THEN 'run.runId is missing' END,
                CASE WHEN about IS NULL AND said IS NULL AND job_name IS NULL THEN 'it names no run, no job and no dataset' END,
                CASE WHEN about = 'run' AND job_name IS NULL THEN 'job.name is missing' END
            ), '')
        END AS reason,
        coalesce(said IN ('START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER'), true) AS known
    FROM meant
)

SELECT
    file, about, reason,
    unfit IS NOT DISTINCT FROM 'blank' AS blank,
    nullif(concat_ws('; ',
        CASE WHEN repaired THEN 'not UTF-8, or control characters in it: shown as U+FFFD' END,
        CASE WHEN NOT known THEN 'eventType is ' || quoted(event.eventType) || ', read as OTHER' END
    ), '') AS remark,
    CASE WHEN NOT known OR said IS NULL THEN 'OTHER' ELSE said END AS type,
    said_at, run_id,
    coalesce(job_namespace, '') AS job_namespace,
    job_name,
    nullif(parent.run.runId, '') AS parent_run_id,
    nullif(parent.job.namespace, '') AS parent_namespace,
    nullif(parent.job.name, '') AS parent_job,
    coalesce(
        nullif(job_type.integration, ''),
        upper(nullif(event.run.facets.processing_engine.name, '')),
        upper(nullif(regexp_extract(event.producer, '/integration/([A-Za-z0-9_-]+)', 1), ''))
    ) AS integration,
    nullif(job_type.jobType, '') AS job_type,
    nullif(job_type.processingType, '') AS processing_type,
    moment(event.run.facets.nominalTime.nominalStartTime) AS nominal_start,
    nullif(event.run.facets.errorMessage.message, '') AS error,
    event.run.facets.test.tests AS tests,
    event.inputs AS inputs,
    event.outputs AS outputs
FROM weighed;

-- Where each file's events begin among all events.
CREATE TEMP TABLE starts AS
SELECT file, origin, min(judged.rowid) - 1 AS before
FROM judged JOIN files USING (file) GROUP BY file, origin;

-- A run id is a UUID, and tells one run. Two kinds are looked at more closely: those that several jobs use, and those that are
-- no UUID, as a template that was never filled in ("{{ any(result) }}") stands in every event.
-- One run whose job is named anew on the way, as Spark's are when the table becomes known, stays one.
CREATE TEMP TABLE shared AS
SELECT
    run_id,
    regexp_full_match(run_id, '[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}') AS is_uuid,
    min(job) <> max(job) AS several,
    coalesce(min(job) FILTER (type = 'START') = max(job) FILTER (type = 'START'), true)
        AND coalesce(min(job) FILTER (is_end(type)) = max(job) FILTER (is_end(type)), true) AS renamed,
    arg_max(job_namespace, later(said_at, type)) AS last_namespace,
    arg_max(job_name, later(said_at, type)) AS last_name
FROM (SELECT *, job_namespace || chr(10) || job_name AS job FROM judged WHERE about = 'run' AND reason IS NULL)
GROUP BY run_id
HAVING several OR NOT is_uuid;

-- Under such an id each job has runs of its own, and each START begins another, but for one that repeats the START before it.
CREATE TEMP TABLE sessions AS
WITH ordered AS (
    SELECT
        judged.rowid AS place, run_id, job_namespace, job_name, type, said_at, later(said_at, type) AS turn,
        last_value(CASE WHEN type = 'START' THEN epoch_us(said_at) WHEN is_end(type) THEN -1 END IGNORE NULLS) OVER (
            PARTITION BY run_id, job_namespace, job_name ORDER BY later(said_at, type), judged.rowid
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS before
    FROM judged JOIN shared USING (run_id)
    WHERE about = 'run' AND reason IS NULL AND NOT is_uuid
)

SELECT
    place,
    count(*) FILTER (type = 'START' AND before <> epoch_us(said_at)) OVER (
        PARTITION BY run_id, job_namespace, job_name ORDER BY turn, place ROWS UNBOUNDED PRECEDING
    ) AS session
FROM ordered;

-- Which run each event is of.
CREATE TEMP TABLE placed AS
WITH named AS (
    SELECT
        judged.rowid AS place, judged.run_id, said_at, type,
        CASE WHEN is_uuid AND several AND renamed THEN last_namespace ELSE job_namespace END AS job_namespace,
        CASE WHEN is_uuid AND several AND renamed THEN last_name ELSE job_name END AS job_name,
        coalesce(session, 0) AS session
    FROM judged
    LEFT JOIN shared ON shared.run_id = judged.run_id
    LEFT JOIN sessions ON sessions.place = judged.rowid
    WHERE about = 'run' AND reason IS NULL
),

numbered AS (
    SELECT
        run_id, job_namespace, job_name, session,
        row_number() OVER (ORDER BY min(said_at), job_namespace, job_name, run_id, session) AS run
    FROM named GROUP BY run_id, job_namespace, job_name, session
)

SELECT place, run, named.job_namespace, named.job_name
FROM named JOIN numbered USING (run_id, job_namespace, job_name, session);

-- What each run says of its datasets, the last word on each; then what jobs declare that no run was of.
INSERT INTO openlineage.datasets BY NAME
WITH told AS (
    SELECT
        run, run_id, placed.job_namespace, placed.job_name, said_at, 'reads' AS direction, unnest(inputs) AS dataset,
    FROM judged JOIN placed ON placed.place = judged.rowid
),

reads AS (
    SELECT
        run, run_id, job_namespace, job_name, direction, said_at, dataset.namespace, dataset.name,
        coalesce(
            dataset.inputFacets.inputStatistics.rowCount,
            dataset.inputFacets.dataQualityMetrics.rowCount,
            dataset.facets.dataQualityMetrics.rowCount
        ) AS rows,
        coalesce(
            dataset.inputFacets.inputStatistics.size,
            dataset.inputFacets.dataQualityMetrics.bytes,
            dataset.facets.dataQualityMetrics.bytes
        ) AS bytes
    FROM told
),

writes AS (
    SELECT
        run, run_id, job_namespace, job_name, 'writes' AS direction, said_at, dataset.namespace, dataset.name,
        dataset.outputFacets.outputStatistics.rowCount AS rows,
        dataset.outputFacets.outputStatistics.size AS bytes
    FROM (
        SELECT run, run_id, placed.job_namespace, placed.job_name, said_at, unnest(outputs) AS dataset
        FROM judged JOIN placed ON placed.place = judged.rowid
    )
)

SELECT
    run, any_value(run_id) AS run_id, any_value(job_namespace) AS job_namespace, any_value(job_name) AS job_name,
    coalesce(namespace, '') AS namespace, name, direction,
    arg_max(count_of(rows), said_at) AS rows,
    arg_max(count_of(bytes), said_at) AS bytes,
    max(said_at) AS last_at
FROM (FROM reads UNION ALL FROM writes)
WHERE name IS NOT NULL
GROUP BY run, coalesce(namespace, ''), name, direction;

INSERT INTO openlineage.datasets BY NAME
SELECT DISTINCT job_namespace, job_name, coalesce(dataset.namespace, '') AS namespace, dataset.name, direction
FROM (
    SELECT job_namespace, job_name, 'reads' AS direction,
        unnest(list_transform(inputs, lambda each: {'namespace': each.namespace, 'name': each.name})) AS dataset
    FROM judged WHERE about = 'job' AND reason IS NULL
    UNION ALL
    SELECT job_namespace, job_name, 'writes' AS direction,
        unnest(list_transform(outputs, lambda each: {'namespace': each.namespace, 'name': each.name})) AS dataset
    FROM judged WHERE about = 'job' AND reason IS NULL
)
WHERE dataset.name IS NOT NULL;

-- A run ends as the last of its ends says. One without an end is running if it said so last, else incomplete.
INSERT INTO openlineage.runs BY NAME
WITH summed AS (
    SELECT run, sum(rows)::BIGINT AS rows_written, sum(bytes)::BIGINT AS bytes_written
    FROM openlineage.datasets WHERE direction = 'writes' AND run IS NOT NULL GROUP BY run
),

together AS (
    SELECT
        run,
        any_value(run_id) AS run_id,
        any_value(placed.job_namespace) AS job_namespace,
        any_value(placed.job_name) AS job_name,
        any_value(parent_run_id) AS parent_run_id,
        any_value(parent_namespace) AS parent_namespace,
        any_value(parent_job) AS parent_job,
        any_value(integration) AS integration,
        any_value(job_type) AS job_type,
        any_value(processing_type) AS processing_type,
        arg_max(type, later(said_at, type)) FILTER (is_end(type)) AS ended,
        arg_max(type, later(said_at, type)) AS last_said,
        min(said_at) FILTER (type = 'START') AS started_at,
        max(said_at) FILTER (is_end(type)) AS ended_at,
        min(nominal_start) AS nominal_start,
        arg_max(error, later(said_at, type)) AS error,
        count(*) AS events,
        max(said_at) AS last_at,
        arg_min(file, judged.rowid) AS file
    FROM judged JOIN placed ON placed.place = judged.rowid
    GROUP BY run
)

SELECT
    run, run_id, job_namespace, job_name, parent_run_id, parent_namespace, parent_job, integration, job_type, processing_type,
    CASE
        WHEN ended = 'COMPLETE' THEN 'success'
        WHEN ended = 'FAIL' THEN 'failed'
        WHEN ended = 'ABORT' THEN 'aborted'
        WHEN last_said = 'RUNNING' THEN 'running'
        ELSE 'incomplete'
    END AS status,
    started_at, ended_at,
    CASE WHEN ended_at >= started_at THEN date_diff('microsecond', started_at, ended_at) / 1e6 END AS seconds,
    nominal_start, rows_written, bytes_written, error, events, last_at, origin
FROM together JOIN files USING (file) LEFT JOIN summed USING (run)
ORDER BY run;

-- From which columns each column is made, over all events.
INSERT INTO openlineage.columns BY NAME
WITH outputs AS (
    SELECT said_at, unnest(list_transform(
        list_filter(outputs, lambda each: each.facets.columnLineage.fields IS NOT NULL),
        lambda each: {'namespace': each.namespace, 'name': each.name, 'fields': map_entries(each.facets.columnLineage.fields)}
    )) AS output
    FROM judged WHERE reason IS NULL
),

fields AS (SELECT said_at, output.namespace, output.name, unnest(output.fields) AS field FROM outputs),

pairs AS (
    SELECT said_at, namespace, name, field.key AS field, field.value.transformationType AS described,
        unnest(field.value.inputFields) AS input
    FROM fields
),

told AS (
    SELECT
        coalesce(namespace, '') AS output_namespace, name AS output_name, field AS output_field,
        coalesce(input.namespace, '') AS input_namespace, input.name AS input_name, input.field AS input_field,
        CASE
            WHEN list_contains(list_transform(input.transformations, lambda each: upper(each.type)), 'DIRECT') THEN 'direct'
            WHEN len(input.transformations) > 0 THEN 'indirect'
        END AS kind,
        nullif(coalesce(
            array_to_string(list_sort(list_distinct(list_transform(input.transformations, lambda each: each.subtype))), ', '),
            described
        ), '') AS transformation,
        said_at
    FROM pairs
)

SELECT
    output_namespace, output_name, output_field, input_namespace, input_name, input_field,
    arg_max(kind, said_at) AS kind, arg_max(transformation, said_at) AS transformation, max(said_at) AS last_at
FROM told
WHERE output_name IS NOT NULL AND output_field IS NOT NULL AND input_name IS NOT NULL AND input_field IS NOT NULL
GROUP BY output_namespace, output_name, output_field, input_namespace, input_name, input_field;

-- What runs found when they tested: assertions on datasets, and tests that name none. The last word of a run on each counts.
INSERT INTO openlineage.tests BY NAME
WITH asserted AS (
    SELECT
        judged.rowid AS place,
        unnest(list_concat(
            list_transform(inputs, lambda each: {
                'namespace': each.namespace, 'name': each.name,
                'assertions': list_concat(
                    each.facets.dataQualityAssertions.assertions, each.inputFacets.dataQualityAssertions.assertions
                )
            }),
            list_transform(outputs, lambda each: {
                'namespace': each.namespace, 'name': each.name, 'assertions': each.facets.dataQualityAssertions.assertions
            })
        )) AS dataset
    FROM judged WHERE about = 'run' AND reason IS NULL
),

flat AS (
    SELECT place, dataset.namespace, dataset.name, unnest(dataset.assertions) AS test FROM asserted
),

tested AS (
    SELECT judged.rowid AS place, unnest(tests) AS test
    FROM judged WHERE about = 'run' AND reason IS NULL AND tests IS NOT NULL
),

told AS (
    SELECT place, coalesce(namespace, '') AS namespace, name AS dataset, test.column, test.assertion,
        test.success, test.severity FROM flat
    UNION ALL
    SELECT place, NULL, NULL, NULL, coalesce(test.name, test.type),
        CASE lower(test.status) WHEN 'pass' THEN true WHEN 'fail' THEN false END, test.severity FROM tested
)

SELECT
    run, any_value(run_id) AS run_id, any_value(placed.job_namespace) AS job_namespace,
    any_value(placed.job_name) AS job_name, namespace, dataset, "column", assertion,
    arg_max_null(success, later(said_at, type)) AS success,
    lower(arg_max(severity, later(said_at, type))) AS severity,
    max(said_at) AS "at",
    arg_max(origin, later(said_at, type)) AS origin
FROM told
JOIN placed USING (place)
JOIN judged ON judged.rowid = place
JOIN files USING (file)
WHERE assertion IS NOT NULL
GROUP BY run, namespace, dataset, "column", assertion;

-- What each file held.
CREATE TEMP TABLE tallies AS
SELECT
    file,
    count(*) AS lines,
    count(*) FILTER (blank) AS blank,
    count(*) FILTER (reason IS NOT NULL AND NOT blank) AS left_out,
    max(said_at) FILTER (reason IS NULL) AS as_of
FROM judged GROUP BY file;

CREATE TEMP TABLE kinds AS
SELECT file, CASE about WHEN 'run' THEN type ELSE about END AS kind, count(*) AS events
FROM judged WHERE reason IS NULL GROUP BY ALL;

CREATE TEMP TABLE remarks AS
SELECT
    file, origin, judged.rowid - before AS place,
    CASE WHEN reason IS NULL THEN 'kept: ' ELSE 'left out: ' END || concat_ws('; ', reason, remark) AS what
FROM judged JOIN starts USING (file)
WHERE NOT blank AND (reason IS NOT NULL OR remark IS NOT NULL);

-- What all of them held together.
CREATE TEMP TABLE totals AS
SELECT
    (SELECT count(*) FROM judged WHERE reason IS NULL) AS events,
    (SELECT count(*) FROM openlineage.runs) AS runs,
    (SELECT count(DISTINCT (job_namespace, job_name)) FROM openlineage.runs) AS jobs,
    (SELECT count(*) FROM openlineage.runs WHERE status = 'success') AS success,
    (SELECT count(*) FROM openlineage.runs WHERE status = 'failed') AS failed,
    (SELECT count(*) FROM openlineage.runs WHERE status = 'aborted') AS aborted,
    (SELECT count(*) FROM openlineage.runs WHERE status = 'running') AS running,
    (SELECT count(*) FROM openlineage.runs WHERE status = 'incomplete') AS incomplete,
    (SELECT count(*) FROM judged WHERE about <> 'run' AND reason IS NULL) AS declarations,
    (SELECT count(*) FROM judged WHERE reason IS NOT NULL AND NOT blank) AS left_out,
    (
        SELECT coalesce(sum(times - 1), 0)::BIGINT
        FROM (
            SELECT count(*) AS times FROM judged JOIN placed ON placed.place = judged.rowid GROUP BY run, type, said_at
        )
    ) AS repeated,
    (SELECT count(*) FROM shared WHERE NOT is_uuid) AS run_ids_that_are_no_uuid;

