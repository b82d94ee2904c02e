"""What a kind of table is turned into: the text that reads it, and what one should know of that. `session.py` uses it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from decom_nb.sql.text import string


@dataclass(frozen=True)
class Reading:
    """How a table is read."""

    sql: str
    """What stands after FROM in the view that is made of it."""
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    same_columns: bool = True
    partitions: tuple[str, ...] = field(default=())


class NotReadableError(Exception):
    """A table cannot be read; `session.py` makes a mistake of it that says which table it was."""

    def __init__(self, what: str, instead: str = "", *, file: str = "", line: int = 0, key: str = "") -> None:
        super().__init__(what)
        self.what, self.instead, self.file, self.line, self.key = what, instead, file, line, key


def literal(path: Path | str) -> str:
    """Give a path as DuckDB has to be told it, so that no character in it is taken for a pattern.

    >>> literal("/data/a[1].parquet")
    '/data/a[[]1].parquet'
    """
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def paths(found: Iterable[Path | str]) -> str:
    """Give paths as a list in SQL."""
    texts = [str(each) for each in found]
    for each in texts:
        if "\\" in each and literal(each) != each:  # a backslash is a character of a name, or escapes one of a pattern
            what = "its path holds both a backslash and one of * ? ["
            raise NotReadableError(what, "rename it, or its folder", file=each)
    return f"[{', '.join(string(literal(each)) for each in texts)}]"
