"""Makes files of lines fit for DuckDB, whatever is in them, without losing a line or moving one. `run_logs.py` calls it.

DuckDB's CSV reader is the fastest way to split and number lines, and a strict one: it stops at bytes that are not
UTF-8, at carriage returns, at control characters and at very long lines. `staged` looks through each file once and
puts a link to it, or a clean copy where it needs one, into a private folder under a plain name: no file name of a
client reaches SQL, and none is taken for a pattern. A line that could not stay as it was carries a mark.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from decom_nb.evidence import files
from decom_nb.evidence.source import Found

LONGEST = 1 << 20
"""A line of more bytes than this (1 MiB) is not read."""

REPAIRED = "\t \t "
"""The mark at the end of a line in which U+FFFD replaces what no text holds: white space, which JSON allows there."""

TOO_LONG = "\x03"
"""Stands in place of a line longer than `LONGEST`."""

_CHUNK = 1 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# \x01 is what separates fields to the reader: where it stands in no line, each line is one field.
_UNFIT = (b"\x00", b"\x01", b"\x03", b"\r", REPAIRED.encode(), _BYTE_ORDER_MARK)
_UNFIT_CONTROL = re.compile(rb"[\x00\x01\x03\r]")
_REPLACED: dict[int, int] = {0: 0xFFFD, 1: 0xFFFD, 3: 0xFFFD, ord("\r"): ord(" ")}


@dataclass(frozen=True)
class Staged:
    """A file ready to be read under `path`, with its number of lines; `broken` says why it ends before its end."""

    found: Found
    path: Path
    lines: int
    broken: str = ""


@contextmanager
def staged(
    found: Sequence[Found], numbers: Sequence[int] | None = None, longest: int | None = None
) -> Iterator[tuple[Staged, ...]]:
    """Stage the files in a temporary folder, in their order, until the context ends.

    They are named by their place among `found`, or by the `numbers` given; `longest` is `LONGEST` if it is not given.
    """
    named = range(len(found)) if numbers is None else numbers
    most = LONGEST if longest is None else longest
    with TemporaryDirectory(prefix="decom-lines-") as folder:
        yield tuple(
            _stage(file, Path(folder) / f"{number:06}", most) for number, file in zip(named, found, strict=True)
        )


def _stage(file: Found, place: Path, longest: int) -> Staged:
    try:
        lines = _counted_if_clean(file.path, longest)
        if lines is not None:
            link = place.with_suffix(".jsonl.gz" if files.is_gzip(file.path) else ".jsonl")
            link.symlink_to(file.path.resolve())
            return Staged(file, link, lines)
    except OSError:
        pass  # what cannot be read or linked is copied as far as it goes, and the copying says why it ends
    copy = place.with_suffix(".jsonl")
    lines = 0
    try:
        with files.opened(file.path) as source, copy.open("wb") as target:
            for line in _fit_lines(source, longest):
                target.write(line + b"\n")
                lines += 1
    except files.DAMAGED as error:
        return Staged(file, copy, lines, files.why(error))
    return Staged(file, copy, lines)


def _counted_if_clean(path: Path, longest: int) -> int | None:
    """Count the lines of a file, or give nothing if it holds what DuckDB would stop at."""
    lines, unfinished = 0, 0
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with files.opened(path) as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
                first = chunk.find(b"\n")
                length = unfinished + (first if first >= 0 else len(chunk))
                if length > longest or any(unfit in chunk for unfit in _UNFIT):
                    return None
                lines += chunk.count(b"\n")
                unfinished = length if first < 0 else len(chunk) - chunk.rfind(b"\n") - 1
        decoder.decode(b"", final=True)
    except (UnicodeDecodeError, *files.DAMAGED):
        return None
    return lines + (unfinished > 0)


def _fit_lines(file: IO[bytes], longest: int) -> Iterator[bytes]:
    """Give the lines of a file one by one, fit; where the file is damaged, all that comes before, then the error."""
    read1 = file.read1  # type: ignore[attr-defined]  # plain and gzip files both have it; unlike read, it loses nothing
    before, too_long = b"", False
    try:
        while chunk := read1(_CHUNK):
            *whole, before = (before + chunk).split(b"\n")
            for line in whole:
                yield TOO_LONG.encode() if too_long or len(line) > longest else _fit(line)
                too_long = False
            if len(before) > longest:
                before, too_long = b"", True
    except files.DAMAGED:
        if before or too_long:
            yield TOO_LONG.encode() if too_long else _fit(before)
        raise
    if before or too_long:
        yield TOO_LONG.encode() if too_long else _fit(before)


def _fit(line: bytes) -> bytes:
    r"""Give a line without its white end and byte order mark, marked if anything in it had to be replaced.

    >>> _fit(b"plain\r"), _fit(b"caf\xe9")
    (b'plain', b'caf\xef\xbf\xbd\t \t ')
    """
    line = line.removeprefix(_BYTE_ORDER_MARK).rstrip(b"\r\t ")
    if line.isascii() and not _UNFIT_CONTROL.search(line):
        return line
    text = line.lstrip(b"\x00").decode(
        "utf-8", "replace"
    )  # a crash while a line is written leaves NULs before the next
    fit = text.translate(_REPLACED).encode()
    return fit if fit == line else fit + REPAIRED.encode()
