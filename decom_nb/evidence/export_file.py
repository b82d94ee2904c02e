"""Files of rows that some system has exported: CSV, JSON lines, a JSON list, or Parquet, plain or gzipped.

`ColumnNames` tells, without DuckDB, which columns such a file has, so that collectors can recognise it; `ExportFile` says how
DuckDB reads it: every field as text but for Parquet, so that a field that is wrong can be named and does not stop the file.
`billing_files.py`, `query_log_files.py` and `object_files.py` use both.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from decom_nb.evidence import files
from decom_nb.evidence.tables.reading import literal
from decom_nb.sql.text import name, string

if TYPE_CHECKING:
    import duckdb

    from decom_nb.evidence.source import Found

Format = Literal["csv", "jsonl", "json", "parquet"]

NULLS = ("", "NULL", "null")
"""What stands for nothing in a field of text: exports write the word as often as they leave the field empty."""

_PARQUET = b"PAR1"
_LONGEST_FOOTER = 1 << 26
_DELIMITERS = ",;\t|"
_NUMBERS = count()


def plain(column: str) -> str:
    """Give the name of a column as it is compared: without case, underscores and blanks; the custom ones keep theirs.

    >>> plain("BilledCost"), plain("billed_cost"), plain("x_UsageType")
    ('billedcost', 'billedcost', 'x_usagetype')
    """
    lower = column.strip().lower()
    return lower if lower.startswith("x_") else re.sub(r"[_ ]", "", lower)


@dataclass(frozen=True)
class ColumnNames:
    """The names of a file's columns, as far as they can be told without reading it; falsy if it has none."""

    names: tuple[str, ...] = ()
    delimiter: str = ","
    cut: bool = False
    """Whether the first line is longer than what was looked at."""
    _footer: bytes = field(default=b"", repr=False)

    def __bool__(self) -> bool:
        return bool(self.names or self._footer)

    @cached_property
    def _plain(self) -> frozenset[str]:
        return frozenset(map(plain, self.names))

    def among(self, wanted: Collection[str]) -> frozenset[str]:
        """Give those of the wanted names that are there, whatever their case and underscores."""
        if not self._footer:
            return frozenset(each for each in wanted if plain(each) in self._plain)
        return frozenset(each for each in wanted if any(spelling in self._footer for spelling in _spellings(each)))


def _spellings(column: str) -> Iterator[bytes]:
    """Give how a name may stand in a lower-cased Parquet footer: its length, then itself."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column)
    for each in {column.lower(), snake.lower(), plain(column)}:
        yield bytes([len(each)]) + each.encode()


def column_names(path: Path, head: bytes) -> ColumnNames:
    """Give the names of the columns of a file by its first bytes, or by its footer; none if it is no such file."""
    if head.startswith(_PARQUET):
        return ColumnNames(_footer=_footer(path))
    text = _text(head)
    begin = text.lstrip("\ufeff \t\r\n")
    if begin.startswith(("{", "[")):
        return ColumnNames(_keys(begin))
    line, whole = _first_line(begin)
    if not line or "\0" in line:
        return ColumnNames()
    delimiter = max(_DELIMITERS, key=line.count)
    try:
        names = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return ColumnNames()
    if not whole:
        names = names[:-1]
    return ColumnNames(
        tuple(each.strip() for each in names), delimiter, cut=not whole and len(head) >= files.HEAD_BYTES
    )


def _footer(path: Path) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if size < 12:
            return b""
        file.seek(size - 8)
        end = file.read(8)
        length = int.from_bytes(end[:4], "little")
        if end[4:] != _PARQUET or length > min(size - 8, _LONGEST_FOOTER):
            return b""
        file.seek(size - 8 - length)
        return file.read(length).lower()


def _text(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    return head.decode("utf-8", "replace")


def _first_line(text: str) -> tuple[str, bool]:
    """Give the first line, and whether it ended; a line break within quotes ends none."""
    quoted = False
    for at, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character in "\r\n" and not quoted:
            return text[:at], True
    return text, len(text.encode()) < files.HEAD_BYTES


def _keys(text: str) -> tuple[str, ...]:
    """Give the keys of the first object in JSON lines, or in a list of objects."""
    begin = text.lstrip("[ \t\r\n")
    if not begin.startswith("{"):
        return ()
    try:
        first, _ = json.JSONDecoder().raw_decode(begin)
    except (ValueError, RecursionError):
        return tuple(dict.fromkeys(re.findall(r'"(\w+)"\s*:', begin)))
    return tuple(first) if isinstance(first, dict) else ()


@dataclass(frozen=True)
class Column:
    """A column as it lies in a file, with the type in which DuckDB gives it."""

    name: str
    type: str

    @property
    def sql(self) -> str:
        """Its name, quoted."""
        return name(self.name)

    @property
    def text(self) -> str:
        """What stands in it as text, as SQL."""
        if self.type == "JSON":
            return f"json_extract_string({self.sql}, '$')"
        return self.sql if self.type == "VARCHAR" else f"CAST({self.sql} AS VARCHAR)"


class ExportFile:
    """One file, ready to be read by a connection; what has to be recoded for that lies in `scratch`.

    Raises one of `files.DAMAGED` if it is packed and not whole (DuckDB would read it up to there and say nothing), and DuckDB's
    errors where it cannot be read.
    """

    def __init__(self, found: Found, con: duckdb.DuckDBPyConnection, scratch: Path) -> None:
        head = files.head(found.path)
        self.found, self._con, self._scratch = found, con, scratch
        self.names = column_names(found.path, head)
        _unpack_to_nowhere(found.path)
        self.format: Format = "csv"
        if head.startswith(_PARQUET):
            self.format = "parquet"
        elif (begin := _text(head).lstrip("\ufeff \t\r\n")).startswith(("{", "[")):
            self.format = "jsonl" if begin.startswith("{") else "json"
        self.recoded = 0
        """How many lines were not UTF-8, and are read as Windows-1252."""
        self._header = True
        self._number = next(_NUMBERS)
        self._place = found.path
        if self.format != "parquet" and head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self._recode("utf-16")
        self.columns = self._columns()

    @property
    def rejects(self) -> str:
        """The table of rows of a CSV file that do not fit its header, once it was read."""
        return f"rejects_{self._number}"

    def name_columns(self, columns: Sequence[str]) -> None:
        """Say what the columns of a CSV file are that has no header."""
        self._header = False
        self.columns = tuple(Column(each, "VARCHAR") for each in _unlike(columns))

    def read(self, load: Callable[[], object], forget: Callable[[], object] = lambda: None) -> None:
        """Have the file loaded, by statements that use `sql`; if it cannot be as it lies there, from a copy that can.

        In the copy, lines that are not UTF-8 are taken as Windows-1252, and all end alike. `forget` takes back what was
        loaded before.
        """
        import duckdb

        try:
            load()
            if all(each["error"] != "INVALID ENCODING" for each in self.rejected()):
                return
        except duckdb.Error:
            if self.format != "csv":
                raise
        forget()
        self.drop_rejects()
        self._recode("")
        load()

    @property
    def sql(self) -> str:
        """What stands after FROM."""
        path = string(literal(self._place))
        if self.format == "parquet":
            return f"read_parquet({path}, binary_as_string = true)"
        if self.format == "csv":
            types = ", ".join(f"{string(each.name)}: 'VARCHAR'" for each in self.columns)
            nulls = ", ".join(map(string, NULLS))
            packed = "gzip" if files.is_gzip(self._place) else "none"
            said = [
                f"auto_detect = false, header = {str(self._header).lower()}, delim = {string(self.names.delimiter)}",
                f"quote = '\"', escape = '\"', columns = {{{types}}}, nullstr = [{nulls}], compression = '{packed}'",
                f"store_rejects = true, rejects_table = '{self.rejects}', rejects_scan = 'scans_{self._number}'",
            ]
            return f"read_csv({path}, {', '.join(said)})"
        kind = "newline_delimited" if self.format == "jsonl" else "array"
        types = ", ".join(f"{string(each.name)}: 'JSON'" for each in self.columns)
        packed = "gzip" if files.is_gzip(self._place) else "uncompressed"
        lenient = ", ignore_errors = true" if self.format == "jsonl" else ""
        return f"read_json({path}, format = '{kind}', columns = {{{types}}}, compression = '{packed}'{lenient})"

    def has(self, column: str) -> Column | None:
        """Give the column of that name, whatever its case and underscores."""
        return self._by_plain.get(plain(column))

    def has_any(self, columns: Sequence[str]) -> bool:
        """Tell whether it has one of these columns."""
        return any(self.has(each) for each in columns)

    def expect(self, columns: Sequence[str]) -> None:
        """Say that one of these may come later in a file of objects, which leave out what is null in them."""
        if self.format in ("json", "jsonl") and not self.has_any(columns):
            self.columns = (*self.columns, Column(columns[0], "JSON"))
            self.__dict__.pop("_by_plain", None)

    @cached_property
    def _by_plain(self) -> dict[str, Column]:
        found: dict[str, Column] = {}
        for each in self.columns:
            found.setdefault(plain(each.name), each)
        return found

    def rejected(self) -> list[dict[str, Any]]:
        """Give the rows that did not fit the header: row (counted with the header), what is wrong, how it begins."""
        from decom_nb.evidence.rows import rows_of

        if self.format != "csv" or not self._has_rejects():
            return []
        return rows_of(self._con.execute(_REJECTED.replace("$rejects", self.rejects)))

    def drop_rejects(self) -> None:
        """Forget which rows did not fit."""
        for table in (self.rejects, f"scans_{self._number}"):
            self._con.execute(f"DROP TABLE IF EXISTS {table}")

    def _has_rejects(self) -> bool:
        sql = "SELECT count(*) FROM duckdb_tables() WHERE table_name = $name"
        return bool(self._con.execute(sql, {"name": self.rejects}).fetchall()[0][0])

    def _columns(self) -> tuple[Column, ...]:
        if self.format == "parquet":
            described = self._con.execute(f"DESCRIBE FROM {self.sql}").fetchall()
            return tuple(Column(row[0], row[1]) for row in described)
        kind = "VARCHAR" if self.format == "csv" else "JSON"
        names = self._all_keys() if self.format != "csv" else self.names.names
        return tuple(Column(each, kind) for each in _unlike(names))

    def _all_keys(self) -> tuple[str, ...]:
        """Give the keys of the first objects: exports leave out of an object what is null in it."""
        keys: dict[str, None] = dict.fromkeys(self.names.names)
        if self.format == "jsonl":
            for line in _text(files.head(self._place)).splitlines():
                keys.update(dict.fromkeys(_keys(line)))
        else:
            keys.update(dict.fromkeys(re.findall(r'[{,]\s*"(\w+)"\s*:', _text(files.head(self._place)))))
        return tuple(keys)

    def _recode(self, encoding: str) -> None:
        target = self._scratch / f"recoded_{self._number}.txt"
        self.recoded = 0
        with files.opened(self.found.path) as source, target.open("wb") as copy:
            if encoding:
                decode = codecs.getincrementaldecoder(encoding)("replace")
                while chunk := source.read(1 << 20):
                    copy.write(decode.decode(chunk).encode("utf-8", "replace"))
            else:
                for line in source:
                    fit = line.rstrip(b"\r\n") + b"\n"
                    try:
                        fit.decode()
                    except UnicodeDecodeError:
                        fit = fit.decode("cp1252", "replace").encode()
                        self.recoded += 1
                    copy.write(fit)
        self._place = target


_REJECTED = """
SELECT
    line AS row, any_value(error_type ORDER BY column_idx) AS error,
    left(trim(any_value(csv_line), E'\\n\\r'), 60) AS text
FROM $rejects GROUP BY line ORDER BY line
"""


def _unpack_to_nowhere(path: Path) -> None:
    if files.is_gzip(path):
        with files.opened(path) as file:
            while file.read(1 << 20):
                pass


def _unlike(names: Sequence[str]) -> list[str]:
    """Give names of which no two are the same to DuckDB, as it needs them; empty ones are numbered."""
    seen: dict[str, int] = {}
    given = []
    for at, each in enumerate(names):
        wanted = each or f"column{at}"
        number = seen.get(wanted.lower(), 0)
        seen[wanted.lower()] = number + 1
        given.append(f"{wanted}_{number}" if number else wanted)
    return given


@contextmanager
def scratch_in(folder: Path) -> Iterator[Path]:
    """Give a folder for what has to be recoded, until the context ends."""
    import shutil
    import tempfile

    place = Path(tempfile.mkdtemp(prefix="recoded-", dir=folder))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
