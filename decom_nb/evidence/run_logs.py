"""Run logs in the structured logging standard: JSON lines, plain or gzipped, a line for each stage of each run.

The collector reads any number of them into one `Runs`. A line that does not conform is counted and shown with its
reason: it is left out if it does not say of which run, when or how; a line in which only a lesser field is wrong is
kept without that field. `run_logs.sql` has the rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from decom_nb.evidence import files
from decom_nb.evidence.lines import Staged, staged
from decom_nb.evidence.rows import rows_of
from decom_nb.evidence.runs import Runs
from decom_nb.evidence.source import SHOWN_PROBLEMS, Found, Number, Problem, Source, SourceFile, source_of

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

_ONE_DOCUMENT = "one JSON document; a run log has each object on a line of its own"
_NAMED = re.compile(rb'"(' + "|".join(FIELDS).encode() + rb')"\s*:')
_DOCUMENT = re.compile(rb"\s*(\[|\{\s*\n)")


class RunLogs:
    """The collector."""

    name = "runs"
    words = "run logs"
    kinds: tuple[str, ...] = (KIND,)

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise a run log by the names of the fields."""
        named = set(_NAMED.findall(head))
        return KIND if b"pipeline_name" in named and len(named) >= TELLING else ""

    def read(self, found: Sequence[Found]) -> tuple[Runs | None, tuple[Source, ...]]:
        """Read all files with one query."""
        import duckdb

        logs = sorted(found, key=lambda file: file.shown)
        documents = [file for file in logs if _is_document(file)]
        listed = [_listed(file, note=_ONE_DOCUMENT) for file in documents]
        problems = [Problem(path=file.shown, line=1, what=f"left out: {_ONE_DOCUMENT}") for file in documents]
        if len(documents) == len(logs):
            return None, (source_of(KIND, listed, problems),)
        with staged([file for file in logs if file not in documents]) as ready:
            try:
                read = _Read(ready)
            except duckdb.Error as error:
                why = f"cannot be read: DuckDB says {type(error).__name__}"
                listed += [_listed(each.found, note=why) for each in ready]
                problems += [Problem(path=each.found.shown, what=why) for each in ready]
                return None, (source_of(KIND, listed, problems),)
        listed += read.files()
        problems += read.problems()
        source = source_of(KIND, listed, problems, totals=read.totals(), problems_more=read.remarks_not_given())
        return read.runs() if source.totals["lines"] > source.totals["blank lines"] else None, (source,)


RUN_LOGS = RunLogs()


class _Read:
    """Staged files, read into DuckDB: what each of them held, and what all held together."""

    def __init__(self, ready: Sequence[Staged]) -> None:
        import duckdb

        self._ready = ready
        self._con = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False})
        values = {
            "numbers": list(range(len(ready))),
            "origins": [each.found.shown for each in ready],
            "files": [str(each.path) for each in ready],
            "slack_seconds": SLACK_SECONDS,
            "slack_share": SLACK_SHARE,
        }
        for statement in duckdb.extract_statements(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")):
            self._con.execute(statement, {name: values[name] for name in statement.named_parameters})
        self._tallies = {row["file"]: row for row in rows_of(self._con.execute("FROM tallies"))}

    def runs(self) -> Runs:
        """Give the runs, in a database that has nothing more to do with files."""
        missing = rows_of(self._con.execute("FROM lacking"))[0]
        self._con.execute("SET enable_external_access = false; SET lock_configuration = true")
        return Runs(self._con, {field: lines for field, lines in missing.items() if lines})

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
        total = self._con.execute("SELECT count(*) FROM remarks").fetchall()[0][0]
        return max(0, int(total) - SHOWN_PROBLEMS)


_FIRST_REMARKS = """
SELECT origin, line, became || ': ' || what AS said FROM remarks ORDER BY origin, line LIMIT $shown
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
