"""How much a run of checks may take, and how far it has got: `engine.run` and `pushdown.run` take and give these."""

from __future__ import annotations

import re
from dataclasses import dataclass

from decom_nb.errors import InputError, Mistake

_MEMORY = re.compile(r"\s*\d+(?:\.\d+)?\s*(?:[kmgt]i?b)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    """What a run may take of the machine.

    `seconds_per_table` stops the checks of a table that take longer; those decided until then are kept. `memory`, such as
    ``400MB``, bounds what DuckDB holds at once: what does not fit is spilled to its folder for temporary files. Where the
    checks run on a client's engine, that engine's own settings bound its memory.
    """

    seconds_per_table: float | None = None
    memory: str | None = None

    def __post_init__(self) -> None:
        """Refuse what means nothing; raises `InputError`."""
        if self.memory is not None and not _MEMORY.fullmatch(self.memory):
            raise InputError([Mistake("", 0, "memory", f"{self.memory!r} is not a size", "write such as 400MB")])
        if self.seconds_per_table is not None and not self.seconds_per_table > 0:
            what = f"{self.seconds_per_table} seconds are no limit"
            raise InputError([Mistake("", 0, "seconds_per_table", what, "give a number above 0, or leave it out")])


@dataclass(frozen=True)
class Progress:
    """How far a run has got: the checks of all its tables that are decided, of those there are."""

    table: str
    check: str
    """What was just decided; empty when a table is begun."""
    done: int
    total: int

    @property
    def fraction(self) -> float:
        """Give the share of checks that are decided, 0 to 1."""
        return self.done / self.total if self.total else 1.0
