"""How far run logs keep to the standard: which fields are missing or wrong, in how many lines of which pipeline, with examples.

The standard is `decom_nb.log`, with its JSON Schema; what is wrong in a line, `evidence/run_logs.sql` has said already. A
field that is empty counts as missing, but for watermarks and for the `error_message` of a run that did not fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from decom_nb.evidence.runs import Runs

NOBODY = "(no pipeline named)"
"""Stands for the pipeline of lines that name none."""
WHOLE_LINE = "(whole line)"
"""Stands for the field where a line cannot be read at all."""

# Every field that a line of a run has to have, with whether it does; and what the remarks say of fields by name.
_CONFORMANCE = """
WITH written AS (
    SELECT
        pipeline_name AS pipeline, origin, line,
        unnest([
            {'field': 'stage', 'there': stage IS NOT NULL},
            {'field': 'rows_extracted', 'there': rows_extracted IS NOT NULL},
            {'field': 'rows_transformed', 'there': rows_transformed IS NOT NULL},
            {'field': 'rows_loaded', 'there': rows_loaded IS NOT NULL},
            {'field': 'rows_rejected', 'there': rows_rejected IS NOT NULL},
            {'field': 'quality_checks_passed', 'there': quality_checks_passed IS NOT NULL},
            {'field': 'quality_checks_failed', 'there': quality_checks_failed IS NOT NULL},
            {'field': 'duration_seconds', 'there': duration_seconds IS NOT NULL},
            {'field': 'error_message', 'there': status <> 'failed' OR error_message IS NOT NULL}
        ], recursive := true)
    FROM lines
    WHERE NOT ( -- most lines are as they should be
        stage IS NOT NULL AND rows_extracted IS NOT NULL AND rows_transformed IS NOT NULL AND rows_loaded IS NOT NULL
        AND rows_rejected IS NOT NULL AND quality_checks_passed IS NOT NULL AND quality_checks_failed IS NOT NULL
        AND duration_seconds IS NOT NULL AND (status <> 'failed' OR error_message IS NOT NULL)
    )
),

said AS (
    SELECT
        coalesce(pipeline_name, $nobody) AS pipeline, origin, line, became,
        unnest(string_split(what, '; ')) AS said
    FROM remarks WHERE became IN ('left out', 'kept')
),

wrong AS (
    SELECT
        pipeline, origin, line,
        CASE
            WHEN regexp_matches(said, '^[a-z_]+ is ') THEN regexp_extract(said, '^[a-z_]+')
            WHEN became = 'left out' OR starts_with(said, 'not UTF-8') THEN $whole_line
        END AS field,
        said
    FROM said WHERE NOT starts_with(said, 'has the pipeline_name')
),

shapes AS (
    SELECT
        coalesce(pipeline_name, $nobody) AS pipeline, starts.origin, judged.rowid - starts.before AS line,
        lacks, mistyped, naive
    FROM judged JOIN starts USING (file)
    WHERE NOT repeated AND (lacks IS NOT NULL OR mistyped IS NOT NULL OR naive > 0)
),

absent AS (
    SELECT pipeline, origin, line, field FROM written WHERE NOT there
    UNION
    SELECT pipeline, origin, line, unnest(string_split(lacks, ',')) FROM shapes WHERE lacks IS NOT NULL
),

flaws AS MATERIALIZED (
    SELECT pipeline, origin, line, field, true AS missing, field || ' is missing' AS said
    FROM absent ANTI JOIN wrong USING (origin, line, field)
    UNION ALL
    SELECT pipeline, origin, line, field, ends_with(said, 'is missing'), said FROM wrong WHERE field IS NOT NULL
    UNION ALL
    SELECT pipeline, origin, line, field, false, field || ' is of another type'
    FROM (SELECT DISTINCT pipeline, origin, line, unnest(mistyped) AS field FROM shapes WHERE mistyped IS NOT NULL)
    ANTI JOIN wrong USING (origin, line, field)
    UNION ALL
    SELECT pipeline, origin, line, 'started_at, completed_at', false, 'a timestamp has no zone' FROM shapes WHERE naive > 0
),

told AS (
    SELECT pipeline_name AS pipeline, origin, line FROM lines
    UNION ALL
    SELECT coalesce(pipeline_name, $nobody), origin, line FROM remarks WHERE became = 'left out'
),

counted AS (
    SELECT pipeline, count(*) AS lines, count(*) FILTER (flawed.line IS NULL) AS conforming
    FROM told LEFT JOIN (SELECT DISTINCT origin, line FROM flaws) AS flawed USING (origin, line)
    GROUP BY pipeline
),

by_field AS (
    SELECT
        pipeline, field,
        count(*) FILTER (missing) AS missing,
        count(*) FILTER (NOT missing) AS wrong,
        arg_min({'origin': origin, 'line': line, 'said': said}, (origin, line)) AS first
    FROM flaws GROUP BY pipeline, field
)

SELECT pipeline, lines, conforming, field, missing, wrong, first.origin AS origin, first.line AS line, first.said AS said
FROM counted LEFT JOIN by_field USING (pipeline)
ORDER BY pipeline, missing + wrong DESC, field
"""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A field that is not as it should be in the lines of one pipeline, with the first line that shows it."""

    field: str
    missing: int
    wrong: int
    origin: str
    line: int
    said: str

    @property
    def example(self) -> str:
        """Say where the first such line stands."""
        return f"{self.origin}:{self.line}"


@dataclass(frozen=True, slots=True)
class Conformance:
    """One producer: its lines, how many of them are as the standard asks, and what is wrong with the rest."""

    pipeline: str
    lines: int
    conforming: int
    flaws: tuple[Flaw, ...]

    @property
    def share(self) -> float:
        """The share of lines that conform."""
        return self.conforming / self.lines if self.lines else 0.0


def conformance(runs: Runs, names: Mapping[str, str] | None = None) -> tuple[Conformance, ...]:
    """Judge all lines, by producer, in the order of their names; lines that repeat others are not counted.

    `names` gives pipelines by what logs call them; what it does not know keeps its name.
    """
    called = names or {}
    found: dict[str, Conformance] = {}
    for row in runs.query(_CONFORMANCE, {"nobody": NOBODY, "whole_line": WHOLE_LINE}):
        name = called.get(row["pipeline"], row["pipeline"])
        before = found.get(row["pipeline"]) or Conformance(name, row["lines"], row["conforming"], ())
        flaws = (Flaw(**{each.name: row[each.name] for each in fields(Flaw)}),) if row["field"] else ()
        found[row["pipeline"]] = replace(before, flaws=before.flaws + flaws)
    return tuple(found.values())
