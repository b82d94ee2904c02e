-- Reads run logs and judges each line, in one query over all files; then makes the tables and views that `Runs` describes.
--
-- A line is left out if it does not say which run it is of, when that began and ended, or how. Where only a lesser field is
-- wrong, the line is kept, the field is NULL, and a remark says so.
--
-- `run_logs.py` runs this script once, after `written.sql`. $files holds the staged files, which are named by their number;
-- $numbers and $origins say which file of the client each number is; $slack_seconds and $slack_share, by how much a logged
-- duration may differ from the time between the timestamps.

CREATE SCHEMA run_logs;

CREATE TEMP TABLE files AS SELECT unnest($numbers) AS file, unnest($origins) AS origin;

CREATE TEMP MACRO status_of(written) AS CASE
    WHEN written IN ('success', 'failed', 'partial') THEN written
    WHEN lower(written) IN ('success', 'failed', 'partial') THEN lower(written)
END;

-- Whether a number is written as a text, or a text as something else; and which fields are. What is read counts all the same.
CREATE TEMP MACRO is_mistyped(text) AS regexp_matches(
    text,
    '"(?:(?:rows_(?:extracted|transformed|loaded|rejected)|quality_checks_(?:passed|failed)|duration_seconds)"\s*:\s*["tf\[{]'
        || '|(?:pipeline_name|run_id|started_at|completed_at|status|stage|error_message|watermark_(?:before|after))"\s*:\s*[^"\sn])'
);

CREATE TEMP MACRO texts_for_numbers(text) AS regexp_extract_all(
    text,
    '"(rows_(?:extracted|transformed|loaded|rejected)|quality_checks_(?:passed|failed)|duration_seconds)"\s*:\s*["tf\[{]',
    1
);

CREATE TEMP MACRO others_for_texts(text) AS regexp_extract_all(
    text,
    '"(pipeline_name|run_id|started_at|completed_at|status|stage|error_message|watermark_(?:before|after))"\s*:\s*[^"\sn]',
    1
);

CREATE TEMP MACRO wrong_count(name, written, meant) AS CASE
    WHEN written IS NULL OR meant IS NOT NULL THEN NULL
    WHEN TRY_CAST(written AS DOUBLE) < 0 THEN name || ' is negative (' || left(written, 40) || ')'
    ELSE name || ' is ' || quoted(written) || ', not a whole number'
END;

-- Every line with what its fields mean, why it cannot be used, and what else is wrong in it. The rows stand in the order of
-- the files and lines, and that place is their rowid.
CREATE TABLE run_logs.judged AS
WITH text AS (
    SELECT
        CAST(left(parse_filename(filename), 6) AS INTEGER) AS file,
        line = chr(3) AS too_long, -- these two are the marks of lines.py
        ends_with(line, chr(9) || chr(32) || chr(9) || chr(32)) AS repaired,
        line AS text
    FROM read_csv(
        $files, columns = {'line': 'VARCHAR'}, auto_detect = false, header = false, filename = true,
        delim = chr(1), quote = '', escape = '', new_line = '\n', max_line_size = 4194304,
        compression = 'auto', hive_partitioning = false
    )
),

parsed AS (
    SELECT
        file, too_long, repaired, text,
        TRY(json_extract_string(text, [
            '$.pipeline_name', '$.run_id', '$.started_at', '$.completed_at', '$.status', '$.stage',
            '$.rows_extracted', '$.rows_transformed', '$.rows_loaded', '$.rows_rejected',
            '$.quality_checks_passed', '$.quality_checks_failed', '$.duration_seconds',
            '$.error_message', '$.watermark_before', '$.watermark_after'
        ])) AS field
    FROM text
),

written AS (
    SELECT
        file, repaired,
        CASE -- first what most lines are, so that the rest is worked out for few
            WHEN field IS NOT NULL AND starts_with(text, '{') THEN NULL
            WHEN too_long THEN 'longer than 1 MiB'
            WHEN text IS NULL OR trim(text, E' \t') = '' THEN 'blank'
            WHEN field IS NULL THEN 'not JSON'
            WHEN NOT starts_with(ltrim(text, E' \t'), '{') THEN 'JSON, but not an object'
        END AS unfit,
        nullif(trim(field[1]), '') AS pipeline_name,
        nullif(trim(field[2]), '') AS run_id,
        nullif(field[3], '') AS started,
        nullif(field[4], '') AS completed,
        nullif(trim(field[5]), '') AS status,
        nullif(trim(field[6]), '') AS stage,
        nullif(field[7], '') AS rows_extracted,
        nullif(field[8], '') AS rows_transformed,
        nullif(field[9], '') AS rows_loaded,
        nullif(field[10], '') AS rows_rejected,
        nullif(field[11], '') AS quality_checks_passed,
        nullif(field[12], '') AS quality_checks_failed,
        nullif(field[13], '') AS duration,
        nullif(field[14], '') AS error_message,
        nullif(field[15], '') AS watermark_before,
        nullif(field[16], '') AS watermark_after,
        CASE
            WHEN field IS NULL OR NOT starts_with(ltrim(text, E' \t'), '{') THEN NULL
            WHEN field[14] IS NULL OR field[15] IS NULL OR field[16] IS NULL THEN concat_ws(',',
                CASE WHEN field[14] IS NULL THEN 'error_message' END,
                CASE WHEN field[15] IS NULL THEN 'watermark_before' END,
                CASE WHEN field[16] IS NULL THEN 'watermark_after' END
            )
        END AS lacks,
        CASE
            WHEN field IS NOT NULL AND is_mistyped(text)
                THEN list_concat(texts_for_numbers(text), others_for_texts(text))
        END AS mistyped
    FROM parsed
),

meant AS (
    SELECT
        *,
        moment(started) AS started_at,
        moment(completed) AS completed_at,
        status_of(status) AS ended,
        TRY_CAST(duration AS DOUBLE) AS duration_seconds,
        count_of(rows_extracted) AS extracted,
        count_of(rows_transformed) AS transformed,
        count_of(rows_loaded) AS loaded,
        count_of(rows_rejected) AS rejected,
        count_of(quality_checks_passed) AS passed,
        count_of(quality_checks_failed) AS failed
    FROM written
),

timed AS (
    SELECT *, date_diff('microsecond', started_at, completed_at) / 1e6 AS seconds FROM meant
),

-- Most lines are as they should be; what is wrong with the others is worked out for them alone.
weighed AS (
    SELECT
        *,
        pipeline_name IS NOT NULL AND run_id IS NOT NULL AND ended IS NOT NULL AND seconds >= 0 AS usable,
        abs(duration_seconds - seconds) <= greatest($slack_seconds, $slack_share * seconds) AS in_time,
        usable AND NOT repaired AND ended = status
            AND (duration IS NULL OR duration_seconds >= 0 AND in_time)
            AND (rows_extracted IS NULL OR extracted IS NOT NULL)
            AND (rows_transformed IS NULL OR transformed IS NOT NULL)
            AND (rows_loaded IS NULL OR loaded IS NOT NULL)
            AND (rows_rejected IS NULL OR rejected IS NOT NULL)
            AND (quality_checks_passed IS NULL OR passed IS NOT NULL)
            AND (quality_checks_failed IS NULL OR failed IS NOT NULL) AS flawless
    FROM timed
)

SELECT
    file, pipeline_name, run_id, started_at, completed_at, ended AS status, stage,
    extracted AS rows_extracted,
    transformed AS rows_transformed,
    loaded AS rows_loaded,
    rejected AS rows_rejected,
    passed AS quality_checks_passed,
    failed AS quality_checks_failed,
    CASE WHEN isfinite(duration_seconds) AND duration_seconds >= 0 THEN duration_seconds END AS duration_seconds,
    error_message, watermark_before, watermark_after,
    unfit IS NOT DISTINCT FROM 'blank' AS blank,
    CASE
        WHEN usable THEN NULL
        WHEN unfit IS NOT NULL THEN unfit
        ELSE concat_ws('; ',
            CASE WHEN pipeline_name IS NULL THEN 'pipeline_name is missing' END,
            CASE WHEN run_id IS NULL THEN 'run_id is missing' END,
            wrong_moment('started_at', started, started_at),
            wrong_moment('completed_at', completed, completed_at),
            CASE
                WHEN status IS NULL THEN 'status is missing'
                WHEN ended IS NULL THEN 'status is ' || quoted(status) || ', not success, failed or partial'
            END,
            CASE WHEN seconds < 0 THEN 'completed_at is before started_at' END
        )
    END AS reason,
    CASE
        WHEN flawless THEN NULL
        ELSE nullif(concat_ws('; ',
            CASE WHEN repaired THEN 'not UTF-8, or control characters in it: shown as U+FFFD' END,
            CASE WHEN ended <> status THEN 'status is written ' || quoted(status) END,
            wrong_count('rows_extracted', rows_extracted, extracted),
            wrong_count('rows_transformed', rows_transformed, transformed),
            wrong_count('rows_loaded', rows_loaded, loaded),
            wrong_count('rows_rejected', rows_rejected, rejected),
            wrong_count('quality_checks_passed', quality_checks_passed, passed),
            wrong_count('quality_checks_failed', quality_checks_failed, failed),
            CASE
                WHEN duration IS NULL THEN NULL
                WHEN duration_seconds IS NULL OR NOT isfinite(duration_seconds)
                    THEN 'duration_seconds is ' || quoted(duration) || ', not a number'
                WHEN duration_seconds < 0 THEN 'duration_seconds is negative (' || left(duration, 40) || ')'
                WHEN seconds >= 0 AND NOT in_time
                    THEN 'duration_seconds is ' || left(duration, 40)
                        || format(', but the timestamps are {:.10g} s apart', seconds)
            END
        ), '')
    END AS remark,
    CAST(NOT has_zone(started) AS INTEGER) + CAST(NOT has_zone(completed) AS INTEGER) AS naive,
    lacks, mistyped -- fields that are not there at all though empty would do; fields of another type than they should be
FROM weighed;

-- Where each file's lines begin among all lines.
CREATE TABLE run_logs.starts AS
SELECT file, origin, min(judged.rowid) - 1 AS before FROM run_logs.judged JOIN files USING (file) GROUP BY file, origin;

-- Lines that share pipeline_name, run_id and stage. One that says all the same as an earlier line is `repeated`; of the
-- others the one that ended last says how the stage ended, and the rest are `superseded`, as by a second attempt. Lines
-- that name no stage supersede nothing.
CREATE TEMP TABLE twins AS
WITH several AS (
    SELECT pipeline_name, run_id, coalesce(stage, '') AS stage
    FROM run_logs.judged WHERE reason IS NULL GROUP BY ALL HAVING count(*) > 1
),

equals AS (
    SELECT
        judged.rowid AS place, completed_at, judged.pipeline_name, judged.run_id, several.stage,
        min(place) OVER (PARTITION BY judged.pipeline_name, judged.run_id, several.stage) AS first_alike,
        min(place) OVER (
            PARTITION BY
                judged.pipeline_name, judged.run_id, several.stage, started_at, completed_at, status,
                rows_extracted, rows_transformed, rows_loaded, rows_rejected,
                quality_checks_passed, quality_checks_failed,
                duration_seconds, error_message, watermark_before, watermark_after
        ) AS first_equal
    FROM run_logs.judged
    JOIN several
        ON judged.pipeline_name = several.pipeline_name AND judged.run_id = several.run_id
        AND coalesce(judged.stage, '') = several.stage
    WHERE reason IS NULL
)

SELECT
    place,
    first_equal < place AS repeated,
    stage <> '' AND first_equal <> first_value(first_equal) OVER (
        PARTITION BY pipeline_name, run_id, stage ORDER BY completed_at DESC, first_equal DESC
    ) AS superseded,
    CASE WHEN first_equal < place THEN first_equal WHEN first_alike < place THEN first_alike END AS earlier
FROM equals;

ALTER TABLE run_logs.judged ADD COLUMN repeated BOOLEAN DEFAULT false;
ALTER TABLE run_logs.judged ADD COLUMN superseded BOOLEAN DEFAULT false;
UPDATE run_logs.judged SET repeated = twins.repeated, superseded = twins.superseded FROM twins WHERE judged.rowid = twins.place;

-- The log: a row for each line that conforms and says something new, times in UTC; `origin` and `line` say where it stands.
CREATE VIEW run_logs.lines AS
SELECT
    pipeline_name, run_id, started_at, completed_at, status, stage,
    rows_extracted, rows_transformed, rows_loaded, rows_rejected, quality_checks_passed, quality_checks_failed,
    duration_seconds, error_message, watermark_before, watermark_after,
    superseded, origin, judged.rowid - before AS line
FROM run_logs.judged JOIN run_logs.starts USING (file)
WHERE reason IS NULL AND NOT repeated;

-- What is wrong in a line, and what became of the line: left out, kept, or a repetition of one that was kept.
CREATE TABLE run_logs.remarks AS
SELECT
    starts.origin, judged.rowid - starts.before AS line,
    CASE WHEN reason IS NOT NULL THEN 'left out' WHEN judged.repeated THEN 'repeated' ELSE 'kept' END AS became,
    concat_ws('; ', reason, remark, CASE
        WHEN judged.repeated THEN 'says the same as ' || earlier_line
        WHEN earlier IS NOT NULL THEN 'has the pipeline_name, run_id and stage of ' || earlier_line
    END) AS what,
    pipeline_name, run_id, status
FROM run_logs.judged
JOIN run_logs.starts USING (file)
LEFT JOIN twins ON twins.place = judged.rowid
LEFT JOIN (
    SELECT judged.rowid AS earlier, 'line ' || (judged.rowid - before) || ' of ' || origin AS earlier_line
    FROM run_logs.judged JOIN run_logs.starts USING (file) WHERE judged.rowid IN (SELECT earlier FROM twins)
) USING (earlier)
WHERE NOT blank AND (reason IS NOT NULL OR remark IS NOT NULL OR earlier IS NOT NULL)
ORDER BY judged.rowid;

-- A run is what shares pipeline_name and run_id: failed if a stage failed, else partial if one is partial; from the first
-- start to the last end.
CREATE TABLE run_logs.whole_runs AS
SELECT
    pipeline_name, run_id,
    CASE
        WHEN bool_or(status = 'failed' AND NOT superseded) THEN 'failed'
        WHEN bool_or(status = 'partial' AND NOT superseded) THEN 'partial'
        ELSE 'success'
    END AS status,
    min(started_at) AS started_at,
    max(completed_at) AS completed_at,
    date_diff('microsecond', min(started_at), max(completed_at)) / 1e6 AS seconds,
    count(*) AS lines,
    count(*) FILTER (superseded) AS superseded,
    string_agg(DISTINCT stage, ', ' ORDER BY stage) FILTER (status = 'failed' AND NOT superseded) AS failed_stages,
    arg_min(error_message, (completed_at, origin, line)) FILTER (status = 'failed' AND NOT superseded) AS error_message
FROM run_logs.lines
GROUP BY pipeline_name, run_id
ORDER BY pipeline_name, started_at, completed_at, run_id;

-- What each file held.
CREATE TEMP TABLE tallies AS
SELECT
    file,
    count(*) AS lines,
    count(*) FILTER (blank) AS blank,
    count(*) FILTER (reason IS NOT NULL AND NOT blank) AS left_out,
    count(*) FILTER (kept) AS rows,
    count(*) FILTER (kept AND status = 'success') AS success,
    count(*) FILTER (kept AND status = 'failed') AS failed,
    count(*) FILTER (kept AND status = 'partial') AS partial,
    max(started_at) FILTER (kept) AS as_of
FROM (SELECT *, reason IS NULL AND NOT repeated AS kept FROM run_logs.judged)
GROUP BY file;

-- What all of them held together.
CREATE TEMP TABLE totals AS
SELECT
    (SELECT count(*) FROM run_logs.whole_runs) AS runs,
    (SELECT count(DISTINCT pipeline_name) FROM run_logs.whole_runs) AS pipelines,
    (SELECT count(*) FROM run_logs.remarks WHERE became = 'kept') AS kept_with_a_remark,
    (SELECT count(*) FROM run_logs.remarks WHERE became = 'repeated') AS repeated,
    (SELECT coalesce(sum(naive), 0) FROM run_logs.judged WHERE reason IS NULL) AS timestamps_without_zone;

-- How many lines lack a field that each should have, and that a run can be counted without.
CREATE TEMP TABLE lacking AS
SELECT
    count(*) - count(stage) AS stage,
    count(*) - count(rows_extracted) AS rows_extracted,
    count(*) - count(rows_transformed) AS rows_transformed,
    count(*) - count(rows_loaded) AS rows_loaded,
    count(*) - count(rows_rejected) AS rows_rejected,
    count(*) - count(quality_checks_passed) AS quality_checks_passed,
    count(*) - count(quality_checks_failed) AS quality_checks_failed,
    count(*) - count(duration_seconds) AS duration_seconds
FROM run_logs.lines;
