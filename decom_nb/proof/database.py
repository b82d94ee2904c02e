"""What a database has to do for a proof. `in_duckdb.py` and `in_postgres.py` do it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from decom_nb.proof.place import Places

SECONDS = 10.0
"""How long a statement may take: on a handful of rows, one that takes longer does not end."""


class Failed(Exception):  # noqa: N818 - reads as what it says
    """A statement was refused or stopped; the message is the engine's first line."""


class Session(Protocol):
    """A connection of a process that loads: it may be killed between two statements."""

    def run(self, sql: str) -> None:
        """Run one statement. Raises `Failed`."""

    def kill(self) -> None:
        """End it as a process ends that was killed: its transaction is taken back, its temporary tables are gone."""

    def end(self) -> None:
        """End it in order."""


Mark = Any
"""What a database held at one moment; only the database that gave it reads it."""


Content = Mapping[str, tuple[str, tuple[tuple[Any, ...], ...]]]
"""By table, what it is and its rows in their order: two states that are equal here cannot be told apart by a load."""


class Database(Protocol):
    """Tables of the proof's own, and nothing else."""

    engine: str
    """Its name and version."""
    dialect: str
    places: Places
    apart: set[str]
    """Tables that marks have nothing to do with, as `Places.table` writes them, in small letters: what is in them is filled by
    the proof itself, or makes no difference."""

    def run(self, sql: str) -> None:
        """Run one statement of the proof itself. Raises `Failed`."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Give all rows of a query of the proof itself. Raises `Failed`."""

    def session(self) -> Session:
        """Open a connection for a load."""

    def content(self) -> Content:
        """Give what all tables hold."""

    def mark(self) -> Mark:
        """Keep what all tables hold."""

    def restore(self, mark: Mark) -> None:
        """Bring back what was kept: no other tables, and in those the same rows."""

    def close(self) -> None:
        """Take everything away again."""
