"""CSV, TSV and other text with a delimiter: how it is written is found out once, when it is opened, and then held to.

A later query never guesses anew. What a sample cannot tell (a number column that holds a word in line 800,000, a row
with a field too few) shows in the first scan; `Tables.reread` then looks at all rows.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decom_nb.evidence import files
from decom_nb.evidence.tables.place import PACKED, Place
from decom_nb.evidence.tables.reading import NotReadableError, Reading, literal, paths
from decom_nb.sql.text import string

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
BOMS = tuple(bom for bom, _ in _BOMS)
"""What a text in a Unicode encoding may begin with."""

_DELIMITERS = ",;\t|"
_CHUNK = 1 << 20
_WIDE = 256
_WIDER = {
    frozenset({"BIGINT", "DOUBLE"}): "DOUBLE",
    frozenset({"DATE", "TIMESTAMP"}): "TIMESTAMP",
}


@dataclass(frozen=True)
class Dialect:
    """How a text is written."""

    delimiter: str
    quote: str
    escape: str
    skip: int
    header: bool
    comment: str
    date_format: str
    timestamp_format: str
    columns: tuple[tuple[str, str], ...]
    padded: bool = False
    lenient: bool = False
    """Whether the lines end in more ways than one, which only the reader that forgives more accepts."""

    def options(self) -> str:
        """Give it as options of ``read_csv``, with nothing left to guess."""
        columns = ", ".join(f"{string(name)}: {string(type_)}" for name, type_ in self.columns)
        said = [
            "auto_detect = false",
            f"header = {str(self.header).lower()}",
            f"delim = {string(self.delimiter)}",
            f"quote = {string(self.quote)}",
            f"escape = {string(self.escape)}",
            f"skip = {self.skip}",
            f"columns = {{{columns}}}",
        ]
        if self.comment:
            said.append(f"comment = {string(self.comment)}")
        if self.date_format:
            said.append(f"dateformat = {string(self.date_format)}")
        if self.timestamp_format:
            said.append(f"timestampformat = {string(self.timestamp_format)}")
        if self.padded:
            said.append("null_padding = true")
        if self.lenient:
            said.append("strict_mode = false")
        return ", ".join(said)


def read_csv(place: Place, connection: DuckDBPyConnection, scratch: Path, *, whole: bool = False) -> Reading:
    """Say how the files are read. `whole` looks at all rows for it; `scratch` takes what has to be recoded first."""
    if place.is_remote:
        texts, packing = list(place.paths), ""  # what is far away is told by its ending, and read by DuckDB alone
    else:
        texts = [str(_as_utf8(each, place, scratch)) for each in place.files]
        packings = {_packing(Path(each)) for each in texts}
        packing = packings.pop() if len(packings) == 1 else ""  # if they differ, each is told by its ending
    dialects = [_dialect(each, place, connection, packing, whole=whole) for each in texts]
    first, notes = dialects[0], []
    if len(dialects) > 1:
        if any([name for name, _ in each.columns] != [name for name, _ in first.columns] for each in dialects):
            return _by_name(place, texts, packing)
        first = replace(first, columns=_widest(dialects), padded=any(each.padded for each in dialects))
        if any(
            (each.delimiter, each.skip, each.header) != (first.delimiter, first.skip, first.header) for each in dialects
        ):
            return _by_name(place, texts, packing)
    if first.padded:
        notes.append("rows with fewer fields than the header are filled up with empty ones")
    if any(each.lenient for each in dialects):
        first = replace(first, lenient=True)
        notes.append("lines end in more than one way; the file is read with more forgiveness than RFC 4180 has")
    if not first.header:
        notes.append("there is no header; columns are called column0, column1 …")
    partitions = place.partitions
    more = [packing, "hive_partitioning = true" if partitions else "hive_partitioning = false"]
    sql = f"read_csv({paths(texts)}, {', '.join([first.options(), *filter(None, more)])})"
    return Reading(sql, notes=tuple(notes), partitions=partitions)


def _by_name(place: Place, texts: list[str], packing: str) -> Reading:
    """Read files that differ by the names of their columns."""
    more = [f"delim = {string(place.source.delimiter)}"] if place.source.delimiter else []
    more += [packing] if packing else []
    partitions = place.partitions
    options = ", ".join(
        ["union_by_name = true", f"hive_partitioning = {str(bool(partitions)).lower()}", *more],
    )
    note = "the files have different columns; they are matched by name, and what a file lacks is empty in its rows"
    return Reading(f"read_csv({paths(texts)}, {options})", notes=(note,), same_columns=False, partitions=partitions)


def _widest(dialects: Iterable[Dialect]) -> tuple[tuple[str, str], ...]:
    """Give the columns with types that hold the values of all files."""
    merged: dict[str, str] = {}
    for dialect in dialects:
        for name, type_ in dialect.columns:
            held = merged.setdefault(name, type_)
            if held != type_:
                merged[name] = _WIDER.get(frozenset({held, type_}), "VARCHAR")
    return tuple(merged.items())


def _dialect(path: str, place: Place, connection: DuckDBPyConnection, packing: str, *, whole: bool) -> Dialect:
    import duckdb

    head = b"" if place.is_remote or "zstd" in packing else _head(Path(path))
    if not head.strip() and not place.is_remote and "zstd" not in packing:
        raise NotReadableError("the file holds nothing but blank lines" if head else "the file is empty")
    options = [packing] if packing else []
    if place.is_remote and place.source.encoding:
        options.append(f"encoding = {string(place.source.encoding)}")
    delimiter = place.source.delimiter or ("\t" if _ending(place, path) in (".tsv", ".tab") else "")
    if delimiter:
        options.append(f"delim = {string(delimiter)}")
    line = _first_line(head)
    widest = delimiter or max(_DELIMITERS, key=line.count)
    if line.count(widest) > _WIDE:  # to try every way to write thousands of columns takes long
        options += [] if delimiter else [f"delim = {string(widest)}"]
        options += ["quote = '\"'", "escape = '\"'"]
    options += ["sample_size = -1"] if whole else []
    try:
        dialect = _sniffed(path, connection, options, head)
    except duckdb.Error as error:
        if _line_ends(head) > 1:
            return replace(_sniffed(path, connection, [*options, "strict_mode = false"], head), lenient=True)
        if not whole:
            raise
        dialect = _ragged(path, connection, options, head, error)
    if len(dialect.columns) == 1 and not delimiter and dialect.delimiter not in _first_line(head):
        # One column by its looks, though the first line holds delimiters: the rows do not agree in their number of fields.
        dialect = _ragged(path, connection, options, head, None) or dialect
    return dialect


def _ragged(
    path: str, connection: DuckDBPyConnection, options: list[str], head: bytes, error: Exception | None
) -> Dialect:
    """Take the delimiter from the first line, and fill short rows up."""
    import duckdb

    line = _first_line(head)
    delimiter = max(_DELIMITERS, key=line.count)
    if delimiter not in line:
        if error:
            raise error
        return _sniffed(path, connection, options, head)
    padded = [each for each in options if not each.startswith("delim")]
    padded += [f"delim = {string(delimiter)}", "null_padding = true", "header = true", "quote = '\"'"]
    try:
        return replace(_sniffed(path, connection, padded, head), padded=True)
    except duckdb.Error:
        if error:
            raise error from None
        raise


def _sniffed(path: str, connection: DuckDBPyConnection, options: list[str], head: bytes) -> Dialect:
    said = ", ".join([string(literal(path)), *options])
    cursor = connection.execute(f"FROM sniff_csv({said})")
    row: Mapping[str, Any] = dict(zip([each[0] for each in cursor.description], cursor.fetchone() or (), strict=True))
    quote, escape = _character(row["Quote"]), _character(row["Escape"])
    if not quote and b'"' not in head:
        quote = '"'  # none was seen in the sample; one that comes later is meant as everybody means it (RFC 4180)
    return Dialect(
        delimiter=_character(row["Delimiter"]),
        quote=quote,
        escape=escape or quote,
        skip=int(row["SkipRows"]),
        header=bool(row["HasHeader"]),
        comment=_character(row["Comment"]),
        date_format=row["DateFormat"] or "",
        timestamp_format=row["TimestampFormat"] or "",
        columns=tuple((each["name"], each["type"]) for each in row["Columns"]),
    )


def _line_ends(head: bytes) -> int:
    both = head.count(b"\r\n")
    return sum(1 for count_ in (both, head.count(b"\n") - both, head.count(b"\r") - both) if count_)


def _character(told: str) -> str:
    return "" if told in ("(empty)", "\0") else told


def _first_line(head: bytes) -> str:
    lines = head.decode("utf-8", "replace").removeprefix("\ufeff").splitlines()
    return next((line for line in lines if line.strip()), "")


def _ending(place: Place, path: str) -> str:
    name = place.files[0].name if len(place.files) == 1 else path.rsplit("/", 1)[-1]
    for each in PACKED:
        name = name.removesuffix(each)
    return Path(name).suffix.lower()


def _packing(path: Path) -> str:
    """Say how a file is packed, by its first bytes; DuckDB goes by the ending alone."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(files.GZIP_MAGIC):
        return "compression = 'gzip'"
    return "compression = 'zstd'" if start.startswith(ZSTD_MAGIC) else "compression = 'none'"


def _head(path: Path) -> bytes:
    """Give the first bytes, unpacked."""
    try:
        return files.head(path)
    except files.DAMAGED as error:
        raise NotReadableError(files.why(error)) from None


def _as_utf8(path: Path, place: Place, scratch: Path) -> Path:
    """Give a file that is UTF-8: itself, or a copy in another encoding's stead, which is gone when the session is."""
    stated = place.source.encoding
    try:
        head = files.head(path)
    except files.DAMAGED as error:
        raise NotReadableError(files.why(error), file=str(path)) from None
    encoding = stated or next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8")
    try:
        wanted = codecs.lookup(encoding).name
    except LookupError:
        instead = "write one that Python knows, such as latin-1, cp1252 or utf-16"
        raise NotReadableError(f"there is no encoding {encoding!r}", instead, key="encoding") from None
    if wanted in ("utf-8", "utf-8-sig"):
        if not head.startswith(ZSTD_MAGIC):
            _must_be_utf8(head)
        return path
    copy = next(each for number in count() if not (each := scratch / f"recoded{number}.csv").exists())
    try:
        with files.opened(path) as packed, copy.open("w", encoding="utf-8", newline="") as out:
            reader = codecs.getreader(wanted)(packed)
            while chunk := reader.read(_CHUNK):
                out.write(chunk.removeprefix("\ufeff") if out.tell() == 0 else chunk)
    except UnicodeError as error:
        why = f"byte {error.start} and on" if isinstance(error, UnicodeDecodeError) else "a part of it"
        raise NotReadableError(
            f"this is not {encoding}: {why} cannot be read", "write another", key="encoding"
        ) from None
    except files.DAMAGED as error:
        raise NotReadableError(files.why(error)) from None
    return copy


def _must_be_utf8(head: bytes) -> None:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
        wrong = None
    except UnicodeDecodeError as error:
        wrong = error
    if wrong is not None or _looks_like_utf16(head):
        line = head[: wrong.start].count(b"\n") + 1 if wrong else 1
        guess = "utf-16-le or utf-16-be" if _looks_like_utf16(head) else "latin-1 or cp1252"
        raise NotReadableError(
            "this is not UTF-8", f"write `encoding`, for instance {guess}", line=line, key="encoding"
        )


def _looks_like_utf16(head: bytes) -> bool:
    return len(head) > 8 and head[:400].count(b"\0") > len(head[:400]) // 3


def csv_line(said: str) -> int:
    """Give the line that an error of the CSV reader is about; 0 if it names none.

    >>> csv_line("CSV Error on Line: 30002 Original Line: 2,y")
    30002
    """
    found = re.search(r"CSV Error on Line: (\d+)", said)
    return int(found[1]) if found else 0
