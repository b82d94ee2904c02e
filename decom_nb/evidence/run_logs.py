"""Run logs in the structured logging standard: JSON lines, plain or gzipped, a line for each stage of each run.

The collector reads any number of them into one `Runs`. A line that does not conform is counted and shown with its
reason: it is left out if it does not say of which run, when or how; a line in which only a lesser field is wrong is
kept without that field. `run_logs.sql` has the rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decom_nb.evidence import files, script
from decom_nb.evidence.lines import Staged, staged
from decom_nb.evidence.relation import Relation, columns
from decom_nb.evidence.rows import rows_of
from decom_nb.evidence.runs import Runs
from decom_nb.evidence.source import SHOWN_PROBLEMS, Found, Number, Problem, Source, SourceFile, source_of

if TYPE_CHECKING:
    import duckdb

    from decom_nb.evidence.store import Store

KIND = "run logs"

FIELDS = (
    "pipeline_name",
    "run_id",
    "started_at",
    "completed_at",
    "status",
    "stage",
    "rows_extracted",
    "rows_transformed",
    "rows_loaded",
    "rows_rejected",
    "quality_checks_passed",
    "quality_checks_failed",
    "duration_seconds",
    "error_message",
    "watermark_before",
    "watermark_after",
)
"""The fields of the standard."""

TELLING = 4
"""How many of the fields a file must name, pipeline_name among them, to be taken for a run log."""

SLACK_SECONDS = 2.0
"""By how much a logged duration may differ from the timestamps: they are often cut to seconds, each on its own."""

SLACK_SHARE = 0.05
"""The same, as a share of the time between the timestamps."""

_RUN = columns(
    ("pipeline_name", "VARCHAR", "the pipeline"),
    ("run_id", "VARCHAR", "the run; ids may repeat between pipelines"),
)
_COUNTS = columns(
    *(
        (field, "BIGINT", f"{field.replace('_', ' ')}; NULL where the line does not say or says no whole number")
        for field in FIELDS[6:12]
    )
)
RELATIONS: tuple[Relation, ...] = (
    Relation(
        "run_logs.lines",
        "A line of a run log that conforms and says something new: a stage of a run.",
        (
            *_RUN,
            *columns(
                ("started_at", "TIMESTAMP", "when the stage started"),
                ("completed_at", "TIMESTAMP", "when it ended"),
                ("status", "VARCHAR", "success, failed or partial"),
                ("stage", "VARCHAR", "extract, load and the like; NULL where the line names none"),
            ),
            *_COUNTS,
            *columns(
                ("duration_seconds", "DOUBLE", "as logged, in seconds"),
                ("error_message", "VARCHAR", "what went wrong"),
                ("watermark_before", "VARCHAR", "up to where data had been loaded before"),
                ("watermark_after", "VARCHAR", "up to where it is loaded now"),
                (
                    "superseded",
                    "BOOLEAN",
                    "another line says how the stage ended in the end, as after a second attempt",
                ),
                ("origin", "VARCHAR", "the file"),
                ("line", "BIGINT", "the line in it, counted from 1"),
            ),
        ),
    ),
    Relation(
        "run_logs.whole_runs",
        "A run: all lines that share pipeline_name and run_id.",
        (
            *_RUN,
            *columns(
                ("status", "VARCHAR", "failed if a stage failed, else partial if one is partial, else success"),
                ("started_at", "TIMESTAMP", "the first start of a stage"),
                ("completed_at", "TIMESTAMP", "the last end of a stage"),
                ("seconds", "DOUBLE", "between these two"),
                ("lines", "BIGINT", "how many lines tell of it"),
                ("superseded", "BIGINT", "how many of them are superseded"),
                ("failed_stages", "VARCHAR", "the stages that failed, with commas between"),
                ("error_message", "VARCHAR", "of the stage that failed first"),
            ),
        ),
    ),
    Relation(
        "run_logs.remarks",
        "What is wrong in a line of a run log.",
        columns(
            ("origin", "VARCHAR", "the file"),
            ("line", "BIGINT", "the line in it, counted from 1"),
            ("became", "VARCHAR", "what became of the line: left out, kept or repeated"),
            ("what", "VARCHAR", "what is wrong, in words"),
            ("pipeline_name", "VARCHAR", "the pipeline, if the line says"),
            ("run_id", "VARCHAR", "the run, if the line says"),
            ("status", "VARCHAR", "the status, if the line says"),
        ),
    ),
)
"""What the collector leaves in the store; the first is a view."""

_ONE_DOCUMENT = "one JSON document; a run log has each object on a line of its own"
_NAMED = re.compile(rb'"(' + "|".join(FIELDS).encode() + rb')"\s*:')
_DOCUMENT = re.compile(rb"\s*(\[|\{\s*\n)")


class RunLogs:
    """The collector."""

    name = "runs"
    words = "run logs"
    kinds: tuple[str, ...] = (KIND,)
    relations: tuple[Relation, ...] = RELATIONS

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise a run log by the names of the fields."""
        named = set(_NAMED.findall(head))
        return KIND if b"pipeline_name" in named and len(named) >= TELLING else ""

    def load(self, found: Sequence[Found], store: Store) -> tuple[Runs | None, tuple[Source, ...]]:
        """Read all files with one query."""
        import duckdb

        logs = sorted(found, key=lambda file: file.shown)
        documents = [file for file in logs if _is_document(file)]
        listed = [_listed(file, note=_ONE_DOCUMENT) for file in documents]
        problems = [Problem(path=file.shown, line=1, what=f"left out: {_ONE_DOCUMENT}") for file in documents]
        if len(documents) == len(logs):
            store.create(RELATIONS)
            return None, (source_of(KIND, listed, problems),)
        with staged([file for file in logs if file not in documents]) as ready, store.ordered() as con:
            try:
                read = _Read(ready, con)
            except duckdb.Error as error:
                why = f"cannot be read: DuckDB says {type(error).__name__}"
                listed += [_listed(each.found, note=why) for each in ready]
                problems += [Problem(path=each.found.shown, what=why) for each in ready]
                con.execute("DROP SCHEMA IF EXISTS run_logs CASCADE")
                store.create(RELATIONS)
                return None, (source_of(KIND, listed, problems),)
            store.declare(RELATIONS)
            listed += read.files()
            problems += read.problems()
            totals, missing = read.totals(), read.missing()
            source = source_of(KIND, listed, problems, totals=totals, problems_more=read.remarks_not_given())
        return Runs(store, missing) if totals["lines"] > totals["blank lines"] else None, (source,)


RUN_LOGS = RunLogs()


class _Read:
    """Staged files, read into DuckDB: what each of them held, and what all held together."""

    def __init__(self, ready: Sequence[Staged], con: duckdb.DuckDBPyConnection) -> None:
        self._ready = ready
        self._con = con
        values = {
            "numbers": list(range(len(ready))),
            "origins": [each.found.shown for each in ready],
            "files": [str(each.path) for each in ready],
            "slack_seconds": SLACK_SECONDS,
            "slack_share": SLACK_SHARE,
        }
        script.run(con, script.WRITTEN)
        script.run(con, "run_logs.sql", values)
        self._tallies = {row["file"]: row for row in rows_of(con.execute("FROM tallies"))}

    def missing(self) -> Mapping[str, int]:
        """Count the lines in which a field is missing that each should have, by field."""
        lacking = rows_of(self._con.execute("FROM lacking"))[0]
        return {field: lines for field, lines in lacking.items() if lines}

    def files(self) -> list[SourceFile]:
        """Give each file with what it held."""
        return [_listed(each.found, self._tallies.get(number), each.broken) for number, each in enumerate(self._ready)]

    def problems(self) -> list[Problem]:
        """Give what is wrong with files as a whole, and the first lines with remarks."""
        problems = []
        for number, each in enumerate(self._ready):
            lines = self._tallies[number]["lines"] if number in self._tallies else 0
            if each.broken:
                problems.append(Problem(path=each.found.shown, line=lines, what=f"read up to here: {each.broken}"))
            if lines != each.lines:
                problems.append(Problem(path=each.found.shown, what="changed while it was being read; read it again"))
        remarks = rows_of(self._con.execute(_FIRST_REMARKS, {"shown": SHOWN_PROBLEMS}))
        return problems + [Problem(path=row["origin"], line=row["line"], what=row["said"]) for row in remarks]

    def totals(self) -> dict[str, Number]:
        """Give the sums over all files."""
        sums = {name: sum(row[name] for row in self._tallies.values()) for name in ("lines", "blank", "left_out")}
        more = rows_of(self._con.execute("FROM totals"))[0]
        return {
            "lines": sums["lines"],
            "runs": more["runs"],
            "pipelines": more["pipelines"],
            "left out": sums["left_out"],
            "kept with a remark": more["kept_with_a_remark"],
            "repeated": more["repeated"],
            "blank lines": sums["blank"],
            "timestamps without zone": int(more["timestamps_without_zone"]),
        }

    def remarks_not_given(self) -> int:
        """Say how many remarks `problems` does not give."""
        total = self._con.execute("SELECT count(*) FROM run_logs.remarks").fetchall()[0][0]
        return max(0, int(total) - SHOWN_PROBLEMS)


_FIRST_REMARKS = """
SELECT origin, line, became || ': ' || what AS said FROM run_logs.remarks ORDER BY origin, line LIMIT $shown
"""


def _is_document(file: Found) -> bool:
    try:
        return bool(_DOCUMENT.match(files.head(file.path)))
    except files.DAMAGED:
        return False


def _listed(file: Found, tally: Mapping[str, Any] | None = None, note: str = "") -> SourceFile:
    told = tally or {}
    return SourceFile(
        path=file.shown,
        kind=KIND,
        sha256=file.sha256,
        bytes=file.bytes,
        rows=told.get("rows", 0),
        counts={status: told[status] for status in ("failed", "partial", "success") if told.get(status)},
        as_of=told.get("as_of"),
        note=note,
    )
