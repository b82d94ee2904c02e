"""Reads messages of a file one by one: JSON lines, one JSON array, or objects after each other; packed by gzip or not.

`reduction.py` calls it. A file is never held as a whole.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_CHUNK = 1 << 16
_BLANK = " \t\r\n"
_LARGEST = 64 * 1024 * 1024
"""Characters of one message beyond which a file is taken for no file of messages."""


@dataclass(frozen=True)
class Stored:
    """What lies at one place of a file."""

    line: int
    value: Any = None
    """What the JSON says; of a line with a key and a value, an object with both."""
    wrong: str = ""
    """Why it cannot be read; empty if it can."""


def stored(path: Path) -> Iterator[Stored]:
    """Give what a file holds, in order, the unreadable too. Raises `OSError` where the file itself cannot be read."""
    with _opened(path) as file:
        first = _first_line(file)
    whole_lines = not first.startswith("[") and (not first.startswith("{") or _parsed(first) is not None)
    with _opened(path) as file:
        yield from _lines(file) if whole_lines else _stream(file)


def _opened(path: Path) -> IO[str]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    opener: Any = gzip.open if packed else open
    file_: IO[str] = opener(path, "rt", encoding="utf-8-sig", errors="replace", newline=None)
    return file_


def _first_line(file: IO[str]) -> str:
    while text := file.readline(_LARGEST):
        if text.strip():
            return text.strip()
    return ""


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    before, tab, after = text.partition("\t")
    if not tab:
        return None
    try:  # as consumers print a key and a value
        return {"key": json.loads(before), "value": json.loads(after)}
    except (ValueError, RecursionError):
        return None


def _lines(file: IO[str]) -> Iterator[Stored]:
    for number, text in enumerate(file, start=1):
        bare = text.strip()
        if not bare:
            continue
        found = _parsed(bare)
        if found is None and bare != "null":
            yield Stored(number, wrong="is no JSON")
        else:
            yield Stored(number, found)


def _stream(file: IO[str]) -> Iterator[Stored]:
    """Give the values of an array, or values after each other, whatever lines they stand on."""
    decoder = json.JSONDecoder()
    text, at, line, ended = "", 0, 1, False
    while True:
        while at < len(text) and text[at] in _BLANK + ",[":
            line += text[at] == "\n"
            at += 1
        if at < len(text) and text[at] == "]":
            return
        if at < len(text):
            try:
                value, end = decoder.raw_decode(text, at)
            except (ValueError, RecursionError) as error:
                if ended or len(text) - at > _LARGEST:
                    what = getattr(error, "msg", "too deep")
                    yield Stored(line, wrong=f"is no JSON ({what}); what follows in the file was not read")
                    return
            else:
                if end < len(text) or ended:
                    yield Stored(line, value)
                    line += text.count("\n", at, end)
                    text, at = text[end:] if end > _CHUNK else text, 0 if end > _CHUNK else end
                    continue
        elif ended:
            return
        more = file.read(_CHUNK)
        ended = not more
        text, at = text[at:] + more, 0
