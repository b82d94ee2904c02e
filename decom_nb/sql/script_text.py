"""A script as a file that an engine's own client runs: what each statement does before it, transactions written out.

Rooms that hand loads, renames and set-ups to somebody write them through here. The files for orchestrators cut a load at what
stands here: at the remarks of its gates, and at the statement that begins its transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from decom_nb.sql.script import Script

_TRANSACTIONS = {
    "bigquery": ("BEGIN TRANSACTION", "COMMIT TRANSACTION"),
    "trino": ("START TRANSACTION", "COMMIT"),
}
_SIGNS = {"bigquery": "@", "duckdb": "$"}
"""How an engine's own tools write a parameter, where it is not by a colon."""
_PARAMETER = re.compile(r":([a-z_]\w*)")
_NOT_BEFORE = re.compile(r"[\w:\])}'\"`]")
"""What stands before a colon that belongs to a cast, a slice or a path into a document: no parameter begins there."""


def script_text(script: Script, head: Iterable[str] = ()) -> str:
    """Give a script as a file; `head` are lines of words above it.

    >>> from decom_nb.sql.script import Block, Step
    >>> print(script_text(Script("duckdb", (Block((Step("DELETE FROM t", "Empty it"),), atomic=True),)), ["A load."]))
    -- A load.
    <BLANKLINE>
    -- All of the following takes effect, or nothing.
    BEGIN;
    <BLANKLINE>
    -- 1. Empty it
    DELETE FROM t;
    <BLANKLINE>
    COMMIT;
    <BLANKLINE>
    """
    lines = [remark(line) for line in head]
    begin, commit = transaction(script.dialect)
    at = 0
    for block in script.blocks:
        if block.atomic:
            lines += ["", remark("All of the following takes effect, or nothing."), f"{begin};"]
        for step in block.steps:
            at += 1
            lines += ["", remark(f"{at}. {step.what}"), f"{native(step.sql, script.dialect)};"]
        if block.atomic:
            lines += ["", f"{commit};"]
    return "\n".join(lines).lstrip("\n") + "\n"


def transaction(dialect: str) -> tuple[str, str]:
    """Give the statements that begin and end a transaction."""
    return _TRANSACTIONS.get(dialect, ("BEGIN", "COMMIT"))


def remark(words: str) -> str:
    r"""Give words as a comment that stays within its line, whoever wrote them.

    >>> remark("a\nb"), remark("")
    ('-- a b', '--')
    """
    return f"-- {one_line(words)}".rstrip()


def one_line(words: str) -> str:
    """Give words without line ends and with single spaces."""
    return " ".join(words.split())


def native(sql: str, dialect: str) -> str:
    r"""Give a statement with its parameters as the engine's own tools want them; literals, names and remarks stay as they are.

    >>> native("SELECT CAST(:loaded_at AS DATETIME), a::int, 'it\\'s :b', `c :d` -- :e", "bigquery")
    "SELECT CAST(@loaded_at AS DATETIME), a::int, 'it\\'s :b', `c :d` -- :e"
    """
    sign = _SIGNS.get(dialect)
    if sign is None or ":" not in sql:
        return sql
    text, done = [], 0
    for start in _colons(sql, dialect):
        found = _PARAMETER.match(sql, start)
        if found is None or (start and _NOT_BEFORE.match(sql[start - 1])):
            continue
        text += [sql[done:start], f"{sign}{found[1]}"]
        done = found.end()
    return "".join([*text, sql[done:]])


def _colons(sql: str, dialect: str) -> list[int]:
    """Give where a colon stands on its own, as the engine's grammar reads the text: in no literal, name or remark."""
    import sqlglot
    from sqlglot import TokenType

    return [each.start for each in sqlglot.tokenize(sql, read=dialect) if each.token_type == TokenType.COLON]
