"""Writes single values as YAML text that readers of YAML 1.1 and 1.2 take for the same. `edit.py` calls it."""

from __future__ import annotations

import json
import re
from typing import Any

from decom_nb.yaml_text.file import whole_characters

# What may stand without quotes: begins with a letter and holds nothing that means something in YAML, in a list either.
_PLAIN = re.compile(r"[^\W\d_](?:[^\W]|[ ./()+%€$<>=-])*", re.UNICODE)
# Words that YAML 1.1, which other tools still read, takes for something else than text.
_NOT_TEXT = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"))
# What double quotes have to name by number: controls, line breaks that only some readers know, what hides or turns text
_NAMED = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)
_SHORT = {"\0": "\\0", "\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def scalar(value: Any, style: str = "") -> str:
    r"""Give a value on one line, text in its former quotes where they can hold it.

    >>> [scalar(value) for value in ("Acme", "a: b", "yes", "pay\u202eload", 2.0, None)]
    ['Acme', '"a: b"', '"yes"', '"pay\\u202Eload"', '2', 'null']
    >>> scalar("it's", "'")
    "'it''s'"
    """
    if isinstance(value, str):
        return _text(whole_characters(value), style)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return "null" if value is None else json.dumps(value)


def _text(text: str, style: str) -> str:
    if style == "'" and text.isprintable() and not _NAMED.search(text):
        return "'" + text.replace("'", "''") + "'"
    bare = _PLAIN.fullmatch(text) and text.isprintable() and not text.endswith(" ") and text.lower() not in _NOT_TEXT
    if bare and style != '"':
        return text
    return '"' + _NAMED.sub(_number, text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _number(found: re.Match[str]) -> str:
    character = found.group()
    code = ord(character)
    return _SHORT.get(character) or (
        f"\\x{code:02X}" if code < 256 else f"\\u{code:04X}" if code < 65536 else f"\\U{code:08X}"
    )


def literal(text: str, indent: int) -> tuple[str, list[str]] | None:
    r"""Give a text of several lines as the header and the lines of a literal block, None where that cannot hold it.

    >>> literal("one\ntwo", 2)
    ('|-', ['  one', '  two'])
    """
    lines = text.removesuffix("\n").split("\n")
    holds = len(lines) > 1 and lines[0] and lines[-1] and lines[0][0] not in " \t"
    if not holds or any(line[:1] == "\t" or (line and not line.strip()) or not _speaks_plainly(line) for line in lines):
        return None
    pad = " " * indent
    return "|" if text.endswith("\n") else "|-", [pad + line if line else "" for line in lines]


def _speaks_plainly(line: str) -> bool:
    return line.isprintable() and not _NAMED.search(line)
