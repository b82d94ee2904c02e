"""A script as what is sent to an engine, one thing after the other: statements, and where transactions begin and end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from decom_nb.sql.script import Script

_PARAMETER = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | (\$\w*\$).*?\1 | :: | :(?P<name>[A-Za-z_]\w*)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Operation:
    """One thing that is sent."""

    sql: str
    what: str
    number: int
    """Of the statement, from 1; that of the statement before, where a transaction begins or ends."""
    kind: Literal["statement", "begin", "commit"] = "statement"
    atomic: bool = False
    """It stands in a transaction that is still open after it."""


def operations(script: Script) -> tuple[Operation, ...]:
    """Give what is sent for a script, in order."""
    found: list[Operation] = []
    number = 0
    for block in script.blocks:
        if block.atomic:
            found.append(Operation("BEGIN TRANSACTION", "begin the transaction", number, "begin", atomic=True))
        for step in block.steps:
            number += 1
            found.append(Operation(step.sql, step.what, number, atomic=block.atomic))
        if block.atomic:
            found.append(Operation("COMMIT", "end the transaction", number, "commit"))
    return tuple(found)


def place(made: tuple[Operation, ...], after: int) -> str:
    """Say where a load was killed.

    >>> from decom_nb.sql.script import Block, Script, Step
    >>> made = operations(Script("duckdb", (Block((Step("DELETE FROM t", "empty it"),), atomic=True),)))
    >>> [place(made, each) for each in (0, 2, 3)]
    ['before its first statement', 'after statement 1 of 1 (empty it), its transaction still open', 'after its last statement']
    """
    if after == 0:
        return "before its first statement"
    if after == len(made):
        return "after its last statement"
    done = made[after - 1]
    if done.kind == "commit":
        return f"after the transaction that ends with statement {done.number}"
    open_ = ", its transaction still open" if done.atomic else ""
    return f"after statement {done.number} of {made[-1].number} ({done.what}){open_}"


def bound(sql: str, values: Mapping[str, str]) -> str:
    """Give a statement with literals for its parameters; one that is not known stays.

    >>> bound("SELECT ':a', x::int, :a -- :a", {"a": "1"})
    "SELECT ':a', x::int, 1 -- :a"
    """

    def said(match: re.Match[str]) -> str:
        return values.get(match["name"], match[0]) if match["name"] else match[0]

    return _PARAMETER.sub(said, sql)


def parameters_of(sql: str) -> frozenset[str]:
    """Give the names of the parameters in a text.

    >>> sorted(parameters_of("SELECT :a, ':b', x::int"))
    ['a']
    """
    return frozenset(found["name"] for found in _PARAMETER.finditer(sql) if found["name"])
