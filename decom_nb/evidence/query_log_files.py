"""Query logs of Snowflake, BigQuery, Redshift, Databricks and Postgres, as CSV, JSON or Parquet, into `query_log.queries`.

Which columns say what, `query_engine.py` knows. Of statements that differ in their literals only, one is parsed; what a log says
itself of the tables (BigQuery does) goes before that. A statement that stands in two exports is read once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decom_nb.evidence import files, query_log_tables
from decom_nb.evidence.export_file import ExportFile, column_names, scratch_in
from decom_nb.evidence.query_engine import ENGINES, QueryEngine, engine_of
from decom_nb.evidence.query_log import QUERIES, TABLES, QueryLog
from decom_nb.evidence.query_log_staging import staging
from decom_nb.evidence.rows import rows_of
from decom_nb.evidence.source import SHOWN_PROBLEMS, Found, Problem, Source, SourceFile, source_of

if TYPE_CHECKING:
    import duckdb

    from decom_nb.evidence.relation import Relation
    from decom_nb.evidence.store import Store

_BY_KIND = {each.kind: each for each in ENGINES}


class QueryLogFiles:
    """The collector."""

    name = "query_log"
    words = "query logs"
    kinds: tuple[str, ...] = tuple(_BY_KIND)
    relations: tuple[Relation, ...] = (QUERIES, TABLES)

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise an engine's log by its columns."""
        found = engine_of(column_names(path, head))
        return found.kind if found else ""

    def load(self, found: Sequence[Found], store: Store) -> tuple[QueryLog | None, tuple[Source, ...]]:
        """Read all files, one after the other; then find out which tables their statements touch."""
        store.create(self.relations)
        query_log_tables.begin(store)
        with scratch_in(store.folder) as scratch:
            read = [_read(each, store, scratch) for each in sorted(found, key=lambda each: each.shown)]
        repeated = _repeated(store)
        unparsed = query_log_tables.find(store)
        tallies = {row["origin"]: row for row in rows_of(store.con.execute(_TALLIES))}
        sources = []
        for kind in dict.fromkeys(each.found.kind for each in read):
            ours = [each for each in read if each.found.kind == kind]
            listed = [each.listed(tallies.get(each.found.shown)) for each in ours]
            here = {each.found.shown for each in ours}
            totals = {
                "statements": sum(each.rows for each in listed),
                "left out": sum(each.left_out for each in ours),
                "repeated": sum(rows for origin, rows in repeated.items() if origin in here),
                "tables not known": sum(rows for origin, rows in unparsed.items() if origin in here),
            }
            problems = [problem for each in ours for problem in each.problems]
            more = sum(each.problems_more for each in ours)
            sources.append(source_of(kind, listed, problems, totals=totals, problems_more=more))
        return (QueryLog(store) if tallies else None), tuple(sources)


QUERY_LOG_FILES: QueryLogFiles = QueryLogFiles()


@dataclass
class _Read:
    """What became of one file."""

    found: Found
    note: str = ""
    left_out: int = 0
    problems: tuple[Problem, ...] = ()
    problems_more: int = 0

    def listed(self, tally: dict[str, Any] | None) -> SourceFile:
        """Give the file with what it held."""
        told = tally or {}
        return SourceFile(
            path=self.found.shown,
            kind=self.found.kind,
            sha256=self.found.sha256,
            bytes=self.found.bytes,
            rows=told.get("rows", 0),
            counts=told.get("counts", {}),
            as_of=told.get("as_of"),
            note=self.note,
        )


def _read(found: Found, store: Store, scratch: Path) -> _Read:
    import duckdb

    engine = _BY_KIND[found.kind]
    try:
        file = ExportFile(found, store.con, scratch)
        if not file.has_any(engine.fields["text"].columns):
            return _not_read(found, f"no column {engine.fields['text'].columns[0]}")
        for columns in engine.columns:
            file.expect(columns)
        file.read(lambda: store.con.execute(staging(file, engine)))
        return _judged(file, engine, store)
    except (duckdb.Error, *files.DAMAGED) as error:
        damaged = isinstance(error, files.DAMAGED)
        return _not_read(found, files.why(error) if damaged else f"DuckDB cannot read it ({type(error).__name__})")


def _not_read(found: Found, why: str) -> _Read:
    return _Read(found, note=f"not read: {why}", problems=(Problem(path=found.shown, what=f"not read: {why}"),))


def _judged(file: ExportFile, engine: QueryEngine, store: Store) -> _Read:
    """Put what was staged where it belongs, and say what could not be read."""
    found, con = file.found, store.con
    columns = ", ".join(column.name for column in QUERIES.columns)
    empty = _count(con, "text IS NULL")
    con.execute(" ".join(("INSERT INTO query_log.queries SELECT", columns, "FROM incoming WHERE text IS NOT NULL")))
    if engine.referenced:
        query_log_tables.note(store)
    remarks = rows_of(con.execute(_REMARKS, {"most": SHOWN_PROBLEMS}))
    with_remark = int(
        con.execute("SELECT count(*) FROM incoming WHERE remark IS NOT NULL AND text IS NOT NULL").fetchall()[0][0]
    )
    cut = _count(con, f"length(text) >= {engine.cut_at or 'NULL'}")
    con.execute("DROP TABLE incoming")
    unfit = file.rejected()
    file.drop_rejects()
    problems = [Problem(path=found.shown, what=f"kept: {row['remark']}" + _times(row["rows"])) for row in remarks]
    problems += [
        Problem(path=found.shown, line=each["row"], what=f"left out: {each['error'].lower()}: {each['text']}")
        for each in unfit[:SHOWN_PROBLEMS]
    ]
    if empty:
        problems.append(Problem(path=found.shown, what=f"left out: {empty} rows without the text of a statement"))
    said = []
    if "started_at" not in engine.fields:
        said.append("it does not say when a statement ran: nothing can be said of when a table was last read")
    if cut:
        said.append(f"{cut} texts were cut by the engine after {engine.cut_at:,} characters, and are not parsed")
    if file.recoded:
        said.append(f"{file.recoded} lines are not UTF-8 and are read as Windows-1252")
    more = max(0, with_remark - len(remarks)) + max(0, len(unfit) - SHOWN_PROBLEMS)
    return _Read(found, "; ".join(said), empty + len(unfit), tuple(problems), more)


def _count(con: duckdb.DuckDBPyConnection, where: str) -> int:
    return int(con.table("incoming").filter(where).count("*").fetchall()[0][0])


def _times(rows: int) -> str:
    return f" ({rows} rows)" if rows > 1 else ""


def _repeated(store: Store) -> dict[str, int]:
    """Take out statements that stand in several exports; give how many, by file."""
    cumulative = [each.engine for each in ENGINES if each.cumulative]
    again = rows_of(store.con.execute(_AGAIN, {"cumulative": cumulative}))
    if again:
        store.con.execute(_DROP_AGAIN, {"cumulative": cumulative})
    return {row["origin"]: row["rows"] for row in again}


_REMARKS = """
SELECT remark, count(*) AS rows FROM incoming WHERE remark IS NOT NULL AND text IS NOT NULL
GROUP BY remark ORDER BY rows DESC, remark LIMIT $most
"""

# Of a statement in several exports the row that says most counts: the one with the most calls, or else with an end.
_RANKED = """
SELECT rowid AS place, row_number() OVER (
    PARTITION BY engine, query_id
    ORDER BY CASE WHEN list_contains($cumulative, engine) THEN calls END DESC NULLS LAST, ended_at DESC NULLS LAST, origin
) AS rank
FROM query_log.queries
"""

_AGAIN = """
SELECT origin, count(*) AS rows FROM query_log.queries JOIN ($ranked) AS ranked ON place = queries.rowid
WHERE rank > 1 GROUP BY origin
""".replace("$ranked", _RANKED)

_DROP_AGAIN = """
DELETE FROM query_log.queries WHERE rowid IN (SELECT place FROM ($ranked) WHERE rank > 1)
""".replace("$ranked", _RANKED)

_TALLIES = """
SELECT origin, sum(rows)::BIGINT AS rows, max(last) AS as_of, map_from_entries(list((status, rows) ORDER BY status)) AS counts
FROM (
    SELECT
        origin, coalesce(status, 'status not known') AS status, count(*) AS rows,
        max(coalesce(ended_at, started_at)) AS last
    FROM query_log.queries GROUP BY ALL
)
GROUP BY origin
"""
