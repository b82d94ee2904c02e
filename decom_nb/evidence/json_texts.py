"""Puts files of JSON before DuckDB as rows of text, whatever their layout: lines, one array, one document, or a CSV table.

Collectors of many small JSON objects (`openlineage_events.py`, `dbt_log_files.py`, `airflow_exports.py`) read their rows from
the view ``texts`` that `Texts.view` makes; nothing passes through Python. The rows of a file come in its order,
so that the place of a row says which line or element it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from decom_nb.evidence import files, json_file
from decom_nb.evidence.export_file import ExportFile
from decom_nb.evidence.json_file import NotReadableError, TooLargeError
from decom_nb.evidence.lines import Staged, staged
from decom_nb.evidence.source import Found, Problem
from decom_nb.sql.text import string

if TYPE_CHECKING:
    import duckdb

LONGEST = 1 << 23
"""A line of more bytes than this (8 MiB) is not read: query plans that some producers send along are this long."""

LARGEST_DOCUMENT = 1 << 26
"""A document of more bytes than this (64 MiB, decompressed) is not read; lines and arrays may be of any length."""

_LOOKED_AT = 1 << 26  # a broken document is parsed up to this size, to say where it is broken
_ARRAY = re.compile(rb"(\xef\xbb\xbf)?\s*\[")
_WRAPPED = rb'(\xef\xbb\xbf)?\s*\{\s*("total\w*"\s*:\s*\d+\s*,\s*)?"(%b)"\s*:'
_SPREAD = re.compile(rb"(\xef\xbb\xbf)?\s*\{\s*\n")
_FILE = "CAST(left(parse_filename(filename), 6) AS INTEGER) AS file"


@dataclass(frozen=True)
class Texts:
    """Files ready to be read: those of lines, those that are one array, one document or one table, by their number."""

    found: tuple[Found, ...]
    lines: tuple[Staged, ...]
    arrays: tuple[Path, ...]
    documents: tuple[Path, ...]
    tables: tuple[int, ...]
    wrappers: tuple[str, ...]
    scratch: Path
    exports: dict[int, ExportFile] = field(default_factory=dict)
    """The tables as they were opened last."""

    def view(self, con: duckdb.DuckDBPyConnection, without: Sequence[int] = ()) -> None:
        """Create the temporary view ``texts`` of (file, too_long, repaired, text), and leave out the files of some numbers.

        `file` is the number of the file, `text` an object or what stands in its place; NULL on a blank line.
        """
        parts = [self._of_lines(), *self._of_documents(without), *self._of_tables(con, without)]
        nothing = "SELECT 0 AS file, false AS too_long, false AS repaired, '' AS text WHERE false"
        con.execute(f"CREATE OR REPLACE TEMP VIEW texts AS {' UNION ALL '.join(filter(None, parts)) or nothing}")

    def rejected(self) -> Iterator[Problem]:
        """Give the rows of tables that did not fit their header, once the view was read."""
        for export in self.exports.values():
            for row in export.rejected():
                yield Problem(
                    path=export.found.shown, line=row["row"], what=f"left out: {row['error'].lower()}: {row['text']}"
                )

    def broken(self, con: duckdb.DuckDBPyConnection) -> dict[int, Problem]:
        """Find the arrays, documents and tables that cannot be parsed, by their number."""
        import duckdb

        wrong = {}
        for number in self.tables:
            try:
                export = ExportFile(self.found[number], con, self.scratch)
                con.execute(f"SELECT count(*) FROM {export.sql}").fetchall()  # noqa: S608 - see export_file.py
            except (duckdb.Error, NotReadableError, *files.DAMAGED) as error:
                wrong[number] = Problem(
                    path=self.found[number].shown,
                    what=f"left out: it cannot be read as a table: {type(error).__name__}",
                )
        for path in (*self.arrays, *self.documents):
            layout = "array" if path in self.arrays else "unstructured"
            try:
                con.execute(f"SELECT count(json) FROM {_objects([path], layout)}").fetchall()  # noqa: S608 - a link of ours
            except duckdb.Error as error:
                file = self.found[_number(path)]
                wrong[_number(path)] = _why(file, error)
        return wrong

    def _of_lines(self) -> str:
        if not self.lines:
            return ""
        return f"""
            SELECT
                {_FILE}, line = chr(3) AS too_long, -- this and the next are the marks of lines.py
                ends_with(line, chr(9) || chr(32) || chr(9) || chr(32)) AS repaired, line AS text
            FROM read_csv(
                {_listed([each.path for each in self.lines])}, columns = {{'line': 'VARCHAR'}}, auto_detect = false,
                header = false, filename = true, delim = chr(1), quote = '', escape = '', new_line = '\\n',
                max_line_size = {2 * LONGEST}, compression = 'auto', hive_partitioning = false
            )"""  # noqa: S608 - the paths are those of links that we name

    def _of_tables(self, con: duckdb.DuckDBPyConnection, without: Sequence[int]) -> Iterator[str]:
        for number in self.tables:
            if number not in without:
                export = self.exports[number] = ExportFile(self.found[number], con, self.scratch)
                yield (
                    f"SELECT {number} AS file, false AS too_long, false AS repaired, CAST(to_json(each) AS VARCHAR) AS text "  # noqa: S608
                    f"FROM (FROM {export.sql}) AS each"
                )

    def _of_documents(self, without: Sequence[int]) -> Iterator[str]:
        unmarked = f"SELECT {_FILE}, false AS too_long, false AS repaired,"
        arrays = [path for path in self.arrays if _number(path) not in without]
        documents = [path for path in self.documents if _number(path) not in without]
        if arrays:
            yield f"{unmarked} CAST(json AS VARCHAR) AS text FROM {_objects(arrays, 'array')}"
        if documents:
            inside = " ".join(
                f"WHEN json_type(json, {string('$.' + name)}) = 'ARRAY' THEN json_extract(json, {string(f'$.{name}[*]')})"
                for name in self.wrappers
            )
            elements = f"CASE {inside} ELSE [json] END" if inside else "[json]"
            yield f"{unmarked} CAST(unnest({elements}) AS VARCHAR) AS text FROM {_objects(documents, 'unstructured')}"


@contextmanager
def texts(found: Sequence[Found], wrappers: tuple[str, ...] = (), tables: bool = False) -> Iterator[Texts]:
    """Make files ready to be read until the context ends.

    `wrappers` are the keys of a document under which a list of objects may stand, as the pages of an API have it; `tables` says
    that a file which is no JSON is a CSV table, of which each row becomes an object.
    """
    keys = "|".join(map(re.escape, wrappers)).encode()
    wrapped = re.compile(_WRAPPED % keys) if keys else None
    layouts: dict[str, list[int]] = {"lines": [], "array": [], "document": [], "table": []}
    for number, file in enumerate(found):
        layouts[_layout(file, wrapped, tables)].append(number)
    with (
        TemporaryDirectory(prefix="decom-json-") as folder,
        staged([found[number] for number in layouts["lines"]], numbers=layouts["lines"], longest=LONGEST) as lines,
    ):
        links = {
            number: _link(found[number], Path(folder), number)
            for name in ("array", "document")
            for number in layouts[name]
        }
        yield Texts(
            tuple(found),
            lines,
            tuple(links[number] for number in layouts["array"]),
            tuple(links[number] for number in layouts["document"]),
            tuple(layouts["table"]),
            wrappers,
            Path(folder),
        )


def _layout(file: Found, wrapped: re.Pattern[bytes] | None, tables: bool) -> str:
    try:
        head = files.head(file.path)
    except files.DAMAGED:
        return "lines"  # which says what is wrong, and reads it as far as it goes
    if _ARRAY.match(head):
        return "array"
    if tables and not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return "table"
    return "document" if _SPREAD.match(head) or (wrapped and wrapped.match(head)) else "lines"


def _link(file: Found, folder: Path, number: int) -> Path:
    place = folder / f"{number:06}{'.json.gz' if files.is_gzip(file.path) else '.json'}"
    place.symlink_to(file.path.resolve())
    return place


def _number(path: Path) -> int:
    return int(path.name[:6])


def _size(path: Path) -> int:
    """Give the bytes of a document, decompressed, as far as one is read: DuckDB makes room for all of them at once."""
    if not files.is_gzip(path):
        return min(path.stat().st_size, LARGEST_DOCUMENT)
    size = 0
    try:
        with files.opened(path) as file:
            while size < LARGEST_DOCUMENT and (chunk := file.read(1 << 20)):
                size += len(chunk)
    except files.DAMAGED:
        pass  # which reading it will say
    return size


def _listed(paths: Sequence[Path]) -> str:
    return f"[{', '.join(string(str(path)) for path in paths)}]"


def _objects(paths: Sequence[Path], layout: str) -> str:
    return (
        f"read_json_objects({_listed(paths)}, format = '{layout}', filename = true, "
        f"maximum_object_size = {LONGEST if layout == 'array' else max(map(_size, paths), default=0) + LONGEST}, "
        "hive_partitioning = false)"
    )


def _why(file: Found, error: Exception) -> Problem:
    """Say why a document cannot be read, with the line if Python can tell it."""
    try:
        json_file.load(file.path, _LOOKED_AT)
    except TooLargeError:
        pass
    except NotReadableError as reason:
        return Problem(path=file.shown, line=reason.line, what=f"left out: {reason.what}")
    return Problem(path=file.shown, what=f"left out: DuckDB says {type(error).__name__}")
