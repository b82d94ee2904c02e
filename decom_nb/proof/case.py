"""What is proven: a load, the tables it reads and writes, what it claims to cope with, and what its target must hold.

Generators of loads make cases, and `prove` runs them. All SQL of a case is in the words of its script's dialect;
types in table definitions are DuckDB's, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from decom_nb.sql.script import Script
from decom_nb.sql.table_definition import TableDefinition

Deletes = Literal["ignored", "kept", "soft", "hard"]
"""What becomes of a row whose source row is gone.

``ignored``: nobody says; rows of such keys are left out of the comparison. Otherwise the oracle says what is there:
``kept``: the row stays as it was last seen; ``soft``: it stays, marked; ``hard``: it goes.
"""

SEEN = "_seen"
"""What is added to a source's name for the table of all that complete loads saw of it; see `LoadCase.oracle`."""
LOADS = "_loads"
"""What is added to a source's name for the table of the complete loads, those that found nothing included."""


@dataclass(frozen=True)
class Claims:
    """What a load says it copes with. What it does not claim is not held against it, and the proof says that it was not tried."""

    updates: bool = True
    """A changed row of the source is taken over; False for facts that never change."""
    deletes: Deletes = "ignored"
    lookback: timedelta | int | None = None
    """How much older than the newest row loaded a row may be that arrives afterwards, and is still taken over: a time,
    or a number where the version is one. None: however old, as where everything is read each time. A row that is exactly as
    old as the newest one has to be taken over always."""
    duplicates: bool = True
    """The source may hold one row several times."""
    versions: bool = True
    """The source may hold several versions of a key at once; the newest counts."""
    refuses_empty: bool = False
    """With an empty source the load may stop with an error, if it leaves the target as it was."""


@dataclass(frozen=True)
class LoadCase:
    """A load and all that is needed to try it."""

    name: str
    """What it is called, such as ``load_orders``."""
    script: Script
    """The load. Its parameter ``loaded_at`` gets the instant of each run, a TIMESTAMP; others get `arguments`."""
    sources: tuple[TableDefinition, ...]
    """What it reads. Rows of the first one come, change and go; others are filled once. They are made without constraints."""
    target: TableDefinition
    """What it writes; made with its primary key, unique and not-null constraints. Foreign keys are left away."""
    key: tuple[str, ...]
    """Columns of the target that name a row: the natural key, whatever the primary key is."""
    oracle: str
    """A SELECT of what the target must hold after a complete load, its columns named as the target's; those left out may lack.

    It may read the sources under their names, as they are now, and the first source's name with ``_seen`` behind it: all
    rows that complete loads found in it, with ``seen_in`` (INTEGER, number of the load, rising) and ``seen_at`` (TIMESTAMP,
    its ``loaded_at``). With ``_loads`` behind it, it is all complete loads, also those that found nothing: their ``seen_in`` and
    ``seen_at``.
    """
    source_key: tuple[str, ...] = ()
    """The same columns in the first source, in the same order; empty where they are named alike."""
    version: str = ""
    """Column of the first source that grows with each change, such as ``updated_at``; empty if there is none."""
    event: str = ""
    """Column of the first source that says when it happened, a date or time, such as one that cuts partitions; or empty."""
    setup: tuple[str, ...] = ()
    """Statements run once, after sources and target were made: control tables with their first rows, sequences."""
    claims: Claims = field(default_factory=Claims)
    left_out: tuple[str, ...] = ()
    """Columns of the target that are not compared, such as ``loaded_at`` or a surrogate key."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Values of the script's parameters, other than ``loaded_at``."""
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Values that a column of the first source may have, at least three, where the load's gates do not pass every value."""

    @property
    def compared(self) -> tuple[str, ...]:
        """The target's columns that are compared, in its order."""
        return tuple(each.name for each in self.target.columns if each.name not in self.left_out)

    @property
    def keys_in_source(self) -> tuple[str, ...]:
        """Columns of the first source that name a row."""
        return self.source_key or self.key
