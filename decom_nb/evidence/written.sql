-- What was written as text, and what it means. Scripts that read evidence begin with these macros (`script.py`).

CREATE TEMP MACRO any_moment(written) AS CASE
    WHEN regexp_full_match(written, '\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})? ?(Z|UTC|[+-]\d\d(:?\d\d)?)?')
        THEN CAST(TRY_CAST(written AS TIMESTAMPTZ) AS TIMESTAMP)
    WHEN regexp_full_match(written, '\d{4}-\d\d-\d\d[T ]\d\d:\d\d ?(Z|UTC|[+-]\d\d(:?\d\d)?)?') -- needs seconds to be cast
        THEN CAST(TRY_CAST(left(written, 16) || ':00' || substr(written, 17) AS TIMESTAMPTZ) AS TIMESTAMP)
END;

-- A timestamp in ISO 8601 with date and time, in UTC; one without a zone is taken as UTC. NULL if it is none, or so far off
-- that not every place that counts time can hold it.
CREATE TEMP MACRO moment(written) AS CASE WHEN written >= '0002' AND written < '9999' THEN any_moment(written) END;

CREATE TEMP MACRO has_zone(written) AS CASE
    WHEN ends_with(written, 'Z') THEN true
    ELSE regexp_matches(written, '(UTC|[+-]\d\d(:?\d\d)?)$')
END;

-- A whole number from 0 on. NULL if it is none.
CREATE TEMP MACRO count_of(written) AS CASE
    WHEN TRY_CAST(written AS DOUBLE) BETWEEN 0 AND 9e15
        AND TRY_CAST(written AS DOUBLE) = floor(TRY_CAST(written AS DOUBLE))
        THEN CAST(TRY_CAST(written AS DOUBLE) AS BIGINT)
END;

-- What was written, short enough for a sentence.
CREATE TEMP MACRO quoted(written) AS '"' || left(written, 40) || CASE WHEN length(written) > 40 THEN '…"' ELSE '"' END;

CREATE TEMP MACRO wrong_moment(name, written, meant) AS CASE
    WHEN written IS NULL THEN name || ' is missing'
    WHEN meant IS NULL THEN name || ' is ' || quoted(written) || ', not an ISO 8601 timestamp'
END;
