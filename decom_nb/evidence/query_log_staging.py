"""The statement that reads one query log into a table `incoming`, in the columns of `query_log.queries`.

`query_log_files.py` runs it. What a column of the export means, and in which unit, `query_engine.py` knows.
"""

from __future__ import annotations

from decom_nb.evidence.export_field import meaning
from decom_nb.evidence.export_file import ExportFile
from decom_nb.evidence.query_engine import STATUSES, QueryEngine, Told
from decom_nb.evidence.query_log import QUERIES
from decom_nb.sql.text import string


def staging(file: ExportFile, engine: QueryEngine) -> str:
    """Give the statement that reads a file into the table `incoming`, with a remark on what could not be read."""
    meant: dict[str, str] = {"engine": string(engine.engine), "origin": string(file.found.shown)}
    doubts: list[str] = []
    for column in QUERIES.columns:
        if told := engine.fields.get(column.name):
            meant[column.name], said = _meant(file, told, column.name, column.type)
            doubts += said
    text = meant["text"]
    shape = _shape(text, backslashes=engine.backslashes)
    known = f"nullif(concat_ws('/', {', '.join(_ids(file, engine, meant))}), '')"
    meant["query_id"] = (
        f"coalesce({known}, {string(file.found.shown + ' ')} || md5(concat_ws(' ', {text}, {meant.get('started_at', 'NULL')})))"
    )
    meant["fingerprint"] = f"md5({shape})"
    meant["shape"] = f"left({shape}, 500)"
    meant["calls"] = f"coalesce({meant.get('calls', '1')}, 1)"
    meant["status"] = _status(meant.get("status"), meant.get("error") if engine.engine == "bigquery" else None)
    meant["parsed"] = "false"
    if "seconds" not in meant or meant["seconds"] == "NULL":
        times = meant.get("started_at", "NULL"), meant.get("ended_at", "NULL")
        meant["seconds"] = (
            f"date_diff('microsecond', CAST({times[0]} AS TIMESTAMP), CAST({times[1]} AS TIMESTAMP)) / 1e6"
        )
    selected = [f"{meant.get(column.name, 'NULL')}::{column.type} AS {column.name}" for column in QUERIES.columns]
    for name, named in zip(("referenced", "destination"), engine.referenced or ("", ""), strict=True):
        there = file.has(named) if named else None
        selected.append(f"{_json(there.sql, there.type) if there else 'NULL'}::JSON AS {name}")
    selected.append(f"nullif(concat_ws('; ', {', '.join(doubts) or 'NULL'}), '') AS remark")
    return " ".join(("CREATE OR REPLACE TEMP TABLE incoming AS SELECT", ", ".join(selected), "FROM", file.sql))


def _meant(file: ExportFile, told: Told, name: str, wanted: str) -> tuple[str, list[str]]:
    """Give what a column of the relation is, as SQL, and the doubts about it."""
    there = [column for each in told.columns if (column := file.has(each))]
    if not there:
        return "NULL", []
    parts, doubts = [], []
    for column in there if told.sum else there[:1]:
        scaled = told.times != 1.0 or wanted == "BIGINT"
        meant, doubt = meaning(column, "DOUBLE" if scaled else wanted)
        if doubt:
            written = f"'\"' || left({column.text}, 40) || '\"'"
            doubts.append(f"CASE WHEN {doubt} THEN {string(name + ' is ')} || {written} END")
        parts.append(f"({meant})" if told.times == 1.0 else f"({meant}) * {told.times!r}")
    total = " + ".join(parts)
    return f"TRY_CAST({total} AS {wanted})", doubts


def _ids(file: ExportFile, engine: QueryEngine, meant: dict[str, str]) -> list[str]:
    more = [column.text for each in engine.also if (column := file.has(each))]
    return [*more, meant.get("query_id", "NULL")]


def _status(written: str | None, error: str | None) -> str:
    if written is None or written == "NULL":
        return "NULL"
    cases = " ".join(f"WHEN {string(word)} THEN {string(means)}" for word, means in STATUSES.items())
    known = f"CASE lower(trim(CAST({written} AS VARCHAR))) {cases} ELSE lower(CAST({written} AS VARCHAR)) END"
    return (
        f"CASE WHEN {error} IS NOT NULL AND {error} NOT IN ('null', '{{}}') THEN 'failed' ELSE {known} END"
        if error
        else known
    )


def _json(column: str, kind: str) -> str:
    if kind in ("VARCHAR", "JSON"):
        return f"CASE WHEN json_valid(CAST({column} AS VARCHAR)) THEN CAST({column} AS JSON) END"
    return f"to_json({column})"


def _shape(text: str, *, backslashes: bool) -> str:
    """Give a text without comments, with ? for each literal and a blank for each white space, as SQL.

    Comments, literals and quoted names are found in one go, so that a quote in a comment begins no literal.
    """
    inner = r"[^'\\]|\\.|''" if backslashes else r"[^']|''"
    names, literal = r""""[^"]*"|`[^`]*`""", f"'(?:{inner})*'"
    comments = string(rf"({names}|{literal})|--[^\n]*|/\*(?s:.*?)\*/")
    literals = string(rf"({names})|{literal}|\b\d+(?:\.\d+)?\b")
    bare = f"regexp_replace({text}, {comments}, '\\1 ', 'g')"
    open_ = f"regexp_replace({bare}, {literals}, '\\1?', 'g')"
    return f"trim(regexp_replace(replace(replace({open_}, '\"?', '\"'), '`?', '`'), '\\s+', ' ', 'g'))"
