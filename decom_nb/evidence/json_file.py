"""Reads one JSON document from a file, plain or gzipped, and says in words where it is broken. Collectors call it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from decom_nb.evidence import files

LIMIT = 1 << 29
"""A document of more bytes than this (512 MiB, decompressed) is refused."""


# JSON may hold one half of a character outside the basic plane (a \ud83d that no \ude00 follows).
# Python keeps it, and then nothing that holds it can be written as UTF-8.
_HALF_CHARACTER = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]"
)


class NotReadableError(Exception):
    """The document cannot be read; `line` is 0 where the reason has none."""

    def __init__(self, what: str, line: int = 0) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


class TooLargeError(NotReadableError):
    """The document is larger than somebody wants to read."""


def load(path: Path, limit: int = LIMIT) -> Any:
    """Read the document in a file, or raise `NotReadableError`."""
    try:
        with files.opened(path) as file:
            text = file.read(limit + 1)
    except files.DAMAGED as error:
        raise NotReadableError(files.why(error)) from error
    if len(text) > limit:
        raise TooLargeError(f"more than {limit >> 20} MiB of JSON in one document")
    return parse(text)


def parse(text: bytes) -> Any:
    """Read a document in UTF-8, UTF-16 or UTF-32, with or without a byte order mark, or raise `NotReadableError`."""
    try:
        value = json.loads(text)
        return _mended(value) if _HALF_CHARACTER.search(text) else value
    except json.JSONDecodeError as error:
        raise NotReadableError(f"not JSON: {error.msg} (column {error.colno})", error.lineno) from error
    except UnicodeDecodeError as error:
        raise NotReadableError(
            f"not {error.encoding.upper()}: {error.reason}", text.count(b"\n", 0, error.start) + 1
        ) from error
    except RecursionError as error:
        raise NotReadableError("JSON that is nested too deeply") from error
    except ValueError as error:
        raise NotReadableError("JSON with a number of thousands of digits") from error


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(each) for each in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(each) for key, each in value.items()}
    return value


def mapping(value: Any) -> Mapping[str, Any]:
    """Give the value if it is an object, else an empty one: artifacts leave out and null what does not apply."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """Give the value if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """Give the value as text, with nothing for null and for what is no single value.

    >>> text(["a", "b"]), text(None), text(3)
    ('a, b', '', '3')
    """
    if isinstance(value, list):
        return ", ".join(filter(None, map(text, _leaves(value))))
    if value is None or isinstance(value, dict):
        return ""
    return value.strip() if isinstance(value, str) else str(value)


def _leaves(value: list[Any]) -> Iterator[Any]:
    """Give what lies in a list and in the lists below it, however deep, in order."""
    levels = [iter(value)]
    while levels:
        for each in levels[-1]:
            if isinstance(each, list):
                levels.append(iter(each))
                break
            yield each
        else:
            levels.pop()


def number(value: Any) -> float | None:
    """Give the value if it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def whole(value: Any) -> int | None:
    """Give the value if it is a whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(value: Any) -> datetime | None:
    """Give an ISO 8601 timestamp in UTC; one without a zone is taken as UTC, what is none as nothing.

    >>> moment("2024-05-01T12:00:00+02:00").isoformat()
    '2024-05-01T10:00:00+00:00'
    """
    try:
        read = datetime.fromisoformat(value)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None
