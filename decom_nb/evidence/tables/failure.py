"""What DuckDB says of a table that it cannot read, in our words where the case is known, and with the file it is about."""

from __future__ import annotations

from pathlib import Path

from decom_nb.errors import Mistake
from decom_nb.evidence import files
from decom_nb.evidence.tables.delimited import csv_line
from decom_nb.evidence.tables.place import Place

_KNOWN = (
    (
        "No magic bytes found at end of file",
        "the Parquet file is cut short or damaged: its end is missing",
        "fetch it anew",
    ),
    ("too small to be a Parquet file", "the Parquet file is cut short or damaged", "fetch it anew"),
    ("Footer length error", "the Parquet file is cut short or damaged: its footer does not fit", "fetch it anew"),
    ("Prefetch registered for bytes outside file", "the Parquet file is damaged: its footer is none", "fetch it anew"),
    (
        "Maximum line size",
        "a line is longer than 2 MB, or a quote is never closed",
        "mend the line; JSON lines may be long",
    ),
    ("This file is not utf-8 encoded", "this is not UTF-8", "write `encoding`, for instance latin-1 or cp1252"),
    (
        "Error when sniffing file",
        "it cannot be told how this text is written",
        "write its `delimiter`, or mend rows that have too many fields",
    ),
    (
        "file system operations are disabled",
        "it reads a file that is not its own",
        "only the files of a source are read",
    ),
    ("HTTP 404", "nothing is stored at this address", "see that the path is right"),
    ("HTTP 403", "the storage denies access", "see that the credentials are those of this bucket"),
    ("Malformed JSON", "a line is not JSON", "see that every line holds one object"),
)
"""What DuckDB says, what is wrong, and what to do."""


def failure(said: str, name: str, place: Place, root: Path) -> Mistake:
    """Make a mistake of what DuckDB says, which holds no secret any more."""
    named = next((each for each in place.files if str(each) in said), None) if len(place.files) > 1 else None
    where = files.shown_path(str(named), named, root) if named else place.shown
    for mark, what, instead in _KNOWN:
        if mark in said:
            return Mistake(where, csv_line(said), name, what, instead)
    for each in place.files:
        said = said.replace(str(each), files.shown_path(str(each), each, root))
    return Mistake(where, csv_line(said), name, f"cannot be read: {said[:300]}")
