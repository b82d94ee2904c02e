"""What is wrong in suites beyond their shape: SQL, patterns, types and formats that could never be run. `decom check` tells it.

No table is looked into: whether a column exists is told when the suite runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from decom_nb.check import Check, Suite
from decom_nb.errors import InputError
from decom_nb.phase import Wrong

Path = tuple[str | int, ...]


def mistakes(suite: Sequence[Suite]) -> Iterator[Wrong]:
    """Give what the guard refuses in every suite, each with the place it stands at."""
    for each in suite:
        for at, check in enumerate(each.checks):
            for path, read, text in _texts(check):
                try:
                    read(text)
                except InputError as error:
                    for mistake in error.mistakes:
                        yield Wrong("suite", each.instance, ("checks", at, *path), mistake.what, mistake.instead)


def _texts(check: Check) -> Iterator[tuple[Path, Callable[[str], str], str]]:
    """Give every text of a check that is code of some kind: where it stands, who reads it, and the text."""
    from decom_nb.sql import guard

    readers: dict[str, Callable[[str], str]] = {
        "where": guard.unbound_expression,
        "expression": guard.unbound_expression,
        "group": guard.unbound_expression,
        "their_group": guard.unbound_expression,
        "pattern": guard.pattern,
        "type": guard.type_name,
        "format": guard.time_format,
        "sql": guard.one_select,
    }
    for name, read in readers.items():
        value = getattr(check, name, "")
        if isinstance(value, str):
            if value.strip():
                yield (name,), read, value
        else:
            for at, text in enumerate(value):
                yield (name, at), read, text
    for at, column in enumerate(getattr(check, "has", ())):
        if column.type:
            yield ("has", at, "type"), guard.type_name, column.type
