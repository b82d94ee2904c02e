"""What the planner hands to the runner: pieces of work, each of which finds some quantities out, and what they found.

A piece that fails does not take others with it: its quantities are then asked one by one, by their defining queries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from decom_nb.check.checked import Decided
from decom_nb.engine.footers import Footers
from decom_nb.engine.session import Session
from decom_nb.evidence.tables import Table
from decom_nb.sql.quantity import Quantity

ORDER: tuple[Decided, ...] = get_args(Decided)
"""The kinds of evidence, from the cheapest to the dearest."""


@dataclass
class Facts:
    """A table as the planner sees it."""

    table: Table
    source: str
    """What stands after FROM: the files, a view, or the temporary table that it was read into."""
    address: str = ""
    """An expression that says where a row lies, as one number; empty where rows have none."""
    footers: Footers | None = None
    staged: bool = False
    """Whether `source` is a temporary table of ours."""

    counted: int | None = None
    """How many rows were read into it."""

    @property
    def rows(self) -> int | None:
        """Give the number of rows, if it is known without counting."""
        return self.footers.rows if self.footers else self.counted


@dataclass
class Found:
    """What a run has found out so far."""

    values: dict[Quantity, Any] = field(default_factory=dict)
    decided_by: dict[Quantity, Decided] = field(default_factory=dict)
    wrong: dict[Quantity, str] = field(default_factory=dict)
    """Why a quantity could not be found out, as a sentence."""
    seconds: dict[Quantity, float] = field(default_factory=dict)
    places: dict[Quantity, list[int]] = field(default_factory=dict)
    """Addresses of some of the rows that are wrong."""
    finders: dict[Quantity, Callable[[Session], Sequence[str]]] = field(default_factory=dict)
    """How to get conditions, no two of which hold for one row, that hold for wrong rows only and are cheap to look for."""
    hints: dict[Quantity, str] = field(default_factory=dict)
    """A condition that holds for some rows, all those that repeat a key of theirs among them."""

    def take(self, values: Mapping[Quantity, Any], decided_by: Decided) -> None:
        """Keep what was found out, and by what."""
        self.values.update(values)
        self.decided_by.update(dict.fromkeys(values, decided_by))


@dataclass(frozen=True)
class Work:
    """One piece of work: it finds the values of some quantities of one table."""

    table: str
    decided_by: Decided
    quantities: tuple[Quantity, ...]
    because: str
    """Why this is the cheapest evidence that decides them, in words."""
    sql: tuple[str, ...]
    """The queries it runs; those that depend on what earlier ones gave may be missing."""
    do: Callable[[Session, Found], None]
