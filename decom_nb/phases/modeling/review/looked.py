"""What a look at a model gives: how many things were looked at, and a row for each that is not as it should be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from decom_nb.finding import Finding, false, not_applicable, true
from decom_nb.wording import counted, listed

NAMED = 3
"""How many things a message names; the rows have them all."""

Row = dict[str, Any]


class Looked(NamedTuple):
    """How many things were looked at, and the rows of those at fault; a thing may have several rows."""

    total: int
    rows: tuple[Row, ...]
    named: tuple[str, ...]
    """The things at fault, each once."""


def looked(total: int, rows: Iterable[Row], by: Iterable[str]) -> Looked:
    """Put together what was found; `by` are the columns that name a thing at fault."""
    kept, columns = tuple(rows), tuple(by)
    names = (".".join(str(row[column]) for column in columns if row[column]) for row in kept)
    return Looked(total, kept, tuple(dict.fromkeys(names)))


def judged(seen: Looked, nouns: str, good: str, fault: str, extra: Iterable[Row] = ()) -> Finding:
    """Make a finding: `nouns` are what was looked at, as ``key/keys``; `good` holds of all, `fault` of some.

    `extra` are rows shown besides where all is well.
    """
    one, _, several = nouns.partition("/")
    if not seen.total:
        return not_applicable(f"The model has no {several}.")
    if not seen.rows:
        return true(f"{counted(seen.total, one, several)}: {good}.", rows=extra)
    more = [f"{len(seen.named) - NAMED} more"] if len(seen.named) > NAMED else []
    message = (
        f"{len(seen.named)} of {counted(seen.total, one, several)} {fault}: {listed([*seen.named[:NAMED], *more])}."
    )
    return false(message, met=max(0.0, 1 - len(seen.named) / seen.total), rows=seen.rows)
