"""Cuts a file of SQL into statements, so that only those that define tables have to be parsed. `ddl_reading.py` calls it.

What clients call DDL is a dump as often as not: commands of psql, data after COPY, thousands of INSERTs, procedures between
DELIMITERs, names of schemas that a deployment fills in. One pass of a regular expression steps over all of it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<quoted>'(?:[^']|'')*(?:'|\Z)|"(?:[^"]|"")*(?:"|\Z)|`(?:[^`]|``)*(?:`|\Z))
  | (?P<dollar>\$(?P<tag>[A-Za-z_]*)\$.*?(?:\$(?P=tag)\$|\Z))
  | (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
  | (?P<meta>^[ \t]*\\[^\n]*$)
  | (?P<delimiter>^[ \t]*DELIMITER[ \t]+(?!;)\S+.*?(?:^[ \t]*DELIMITER[ \t]+;|\Z))
  | (?P<go>^[ \t]*GO[ \t]*$)
  | (?P<schema>@\w+\.|\$\{\w+\}\.|\$\(\w+\)\.|\{\{[^{}\n]*\}\}\.|(?<![\w:]):\w+\.)
  | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
"""What has to be stepped over, and what ends a statement; `schema` is a name that is filled in elsewhere."""

_MYSQL_TOKEN = re.compile(
    _TOKEN.pattern.replace(r"'(?:[^']|'')*(?:'|\Z)", r"'(?:[^'\\]|\\.|'')*(?:'|\Z)", 1).replace(
        r"--[^\n]*", r"(?:--|\#)[^\n]*", 1
    ),
    _TOKEN.flags,
)
"""The same for MySQL, whose texts know backslashes and whose comments may begin with #."""

_COPY = re.compile(r"\s*COPY\b.*\bFROM\s+STDIN\b", re.IGNORECASE | re.DOTALL)
_COPIED = re.compile(r"^\\\.[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """One statement without its comments."""

    line: int
    """Where it begins, from 1."""
    text: str


def statements(text: str, dialect: str = "") -> tuple[Statement, ...]:
    r"""Give the statements of a script; names of schemas that are filled in elsewhere are left out.

    >>> statements("\\c shop;\n-- a; b\nCREATE TABLE @cdm.a (b text DEFAULT ';');\nSELECT 1")
    (Statement(line=3, text="CREATE TABLE a (b text DEFAULT ';')"), Statement(line=4, text='SELECT 1'))
    """
    text = text.removeprefix("﻿").replace("\r\n", "\n")
    token = _MYSQL_TOKEN if dialect == "mysql" else _TOKEN
    lines = [found.start() for found in re.finditer("\n", text)]
    found: list[Statement] = []
    parts: list[str] = []
    began = -1

    def take(piece: str, at: int) -> None:
        nonlocal began
        if began < 0 and (bare := piece.lstrip()):
            began = at + len(piece) - len(bare)
        parts.append(piece)

    def close() -> None:
        nonlocal began
        said = "".join(parts).strip()
        if said:
            found.append(Statement(bisect_right(lines, began - 1) + 1, said))
        parts.clear()
        began = -1

    at = 0
    while match := token.search(text, at):
        if match.start() > at:
            take(text[at : match.start()], at)
        at = match.end()
        if match["quoted"] is not None or match["dollar"] is not None:
            take(match[0], match.start())
        elif match["end"] or match["go"]:
            copying = bool(parts and _COPY.match("".join(parts)))
            close()
            if copying and (end := _COPIED.search(text, at)):
                at = end.end()
        elif match["comment"]:
            take(" ", match.start())
        if match.end() == match.start():  # nothing was stepped over: go on behind it
            at += 1
    take(text[at:], at)
    close()
    return tuple(found)
