"""The statement that reads one query log into a table `incoming`, in the columns of `query_log.queries`.

`query_log_files.py` runs it. What a column of the export means, and in which unit, `query_engine.py` knows.
"""

from __future__ import annotations

from decom_nb.evidence.export_file import ExportFile
from decom_nb.evidence.export_read import Wanted, fields
from decom_nb.evidence.query_engine import STATUSES, QueryEngine, Told
from decom_nb.evidence.query_log import QUERIES
from decom_nb.sql.text import string


def staging(file: ExportFile, engine: QueryEngine) -> str:
    """Give the statement that reads a file into the table `incoming`, with a remark on what could not be read."""
    wanted: list[Wanted] = []
    said = {"engine": string(engine.engine), "origin": string(file.found.shown), "parsed": "false"}
    for column in QUERIES.columns:
        if told := engine.fields.get(column.name):
            parts, said[column.name] = _parts(file, told, column.name, column.type)
            wanted += parts
    more = [Wanted(f"id_{at}", "VARCHAR", there) for at, each in enumerate(engine.also) if (there := file.has(each))]
    referenced = zip(("referenced", "destination"), engine.referenced or ("", ""), strict=True)
    wanted += more + [Wanted(name, "JSON", file.has(column) if column else None) for name, column in referenced]
    known = f"nullif(concat_ws('/', {', '.join([*(each.name for each in more), said.get('query_id', 'NULL')])}), '')"
    otherwise = f"{string(file.found.shown + ' ')} || md5(concat_ws(' ', text, {said.get('started_at', 'NULL')}))"
    said["query_id"] = f"coalesce({known}, {otherwise})"
    said["shape"] = f"left({_shape('text', backslashes=engine.backslashes)}, 500)"
    said["fingerprint"] = f"md5({_shape('text', backslashes=engine.backslashes)})"
    said["calls"] = f"coalesce({said.get('calls', '1')}, 1)"
    said["status"] = _status(said.get("status"), said.get("error") if engine.engine == "bigquery" else None)
    if said.get("seconds", "NULL") == "NULL":
        times = (f"CAST({said.get(name, 'NULL')} AS TIMESTAMP)" for name in ("started_at", "ended_at"))
        said["seconds"] = f"date_diff('microsecond', {', '.join(times)}) / 1e6"
    selected = [
        f"CAST({said.get(column.name, 'NULL')} AS {column.type}) AS {column.name}" for column in QUERIES.columns
    ]
    selected += ["referenced", "destination", "remark"]
    return " ".join(
        ("CREATE OR REPLACE TEMP TABLE incoming AS SELECT", ", ".join(selected), "FROM", fields(file, wanted))
    )


def _parts(file: ExportFile, told: Told, name: str, type_: str) -> tuple[list[Wanted], str]:
    """Give the columns that something is told by, and what it is, as SQL."""
    there = [column for each in told.columns if (column := file.has(each))]
    if not there:
        return [], "NULL"
    used = there if told.sum else there[:1]
    read_as = "DOUBLE" if told.times != 1.0 or type_ == "BIGINT" else type_
    parts = [Wanted(name if at == 0 else f"{name}_{at}", read_as, column) for at, column in enumerate(used)]
    total = " + ".join(part.name for part in parts)
    return parts, f"TRY_CAST(({total}) * {told.times!r} AS {type_})" if read_as == "DOUBLE" else total


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


def _shape(text: str, *, backslashes: bool) -> str:
    """Give a text without comments, with ? for each literal and a blank for each white space, as SQL.

    Comments, literals and quoted names are found in one go, so that a quote in a comment begins no literal.
    """
    inner = r"[^'\\]|\\.|''" if backslashes else r"[^']|''"
    names, literal = r""""[^"]*"|`[^`]*`""", f"'(?:{inner})*'"
    comments = string(rf"({names}|{literal})|--[^\n]*|/\*(?s:.*?)\*/")
    literals = string(rf"({names})|{literal}|\b\d+(?:\.\d+)?\b")
    bare = f"regexp_replace({text}, {comments}, '\\1', 'g')"
    open_ = f"regexp_replace({bare}, {literals}, '\\1?', 'g')"
    return f"trim(regexp_replace(replace(replace({open_}, '\"?', '\"'), '`?', '`'), '\\s+', ' ', 'g'))"
