"""The ways to write rows, one row each: what a way keeps, needs and cannot do. Laws, loads, proofs and dbt read it here.

Nothing asks for a way by its name: what differs between them is said here, for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from decom_nb.phases.pipelines.pipeline import Deletes, LoadStrategy

DbtWay = Literal["table", "append", "merge", "partitions"]
"""How dbt holds a load: a table that is made anew, or an incremental model that adds, merges or exchanges partitions."""


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """One way to write rows."""

    name: LoadStrategy
    does: str
    """What a load does, in words behind “The load”."""
    decided_as: str
    """How the decision table of load strategies calls it."""
    keeps_oldest: bool
    """Of several rows of a key, the first one that came stays: nothing that is there ever changes."""
    takes_updates: bool
    """A changed row of the source is taken over."""
    needs_keys: bool
    """It finds rows by a key."""
    needs_partition: bool
    """It exchanges partitions, and has to know by which column they are cut."""
    replaces_all: bool
    """It puts what was read in the place of the whole table."""
    deletes: tuple[Deletes, ...]
    """What a document may say of rows that are gone; what is implied where it says nothing comes first."""
    dbt: DbtWay


STRATEGIES: Final[Mapping[LoadStrategy, Strategy]] = MappingProxyType(
    {
        each.name: each
        for each in (
            Strategy(
                name="append",
                does="adds rows whose key is not there yet, and changes none",
                decided_as="Append",
                keeps_oldest=True,
                takes_updates=False,
                needs_keys=False,
                needs_partition=False,
                replaces_all=False,
                deletes=("ignore",),
                dbt="append",
            ),
            Strategy(
                name="upsert",
                does="writes rows over those with the same key",
                decided_as="Upsert/Merge",
                keeps_oldest=False,
                takes_updates=True,
                needs_keys=True,
                needs_partition=False,
                replaces_all=False,
                deletes=("ignore", "soft", "hard"),
                dbt="merge",
            ),
            Strategy(
                name="merge",
                does="changes rows that differ and adds those that are new",
                decided_as="Upsert/Merge",
                keeps_oldest=False,
                takes_updates=True,
                needs_keys=True,
                needs_partition=False,
                replaces_all=False,
                deletes=("ignore", "soft", "hard"),
                dbt="merge",
            ),
            Strategy(
                name="truncate-reload",
                does="exchanges the whole table",
                decided_as="Truncate-Reload",
                keeps_oldest=False,
                takes_updates=True,
                needs_keys=False,
                needs_partition=False,
                replaces_all=True,
                deletes=("ignore", "hard"),
                dbt="table",
            ),
            Strategy(
                name="partition-swap",
                does="exchanges the partitions in which something changed",
                decided_as="Partition Swap",
                keeps_oldest=False,
                takes_updates=True,
                needs_keys=False,
                needs_partition=True,
                replaces_all=False,
                deletes=("ignore", "hard"),
                dbt="partitions",
            ),
            Strategy(
                name="soft-delete",
                does="changes rows that differ, adds those that are new, and marks those that are gone",
                decided_as="Soft Delete",
                keeps_oldest=False,
                takes_updates=True,
                needs_keys=True,
                needs_partition=False,
                replaces_all=False,
                deletes=("soft",),
                dbt="merge",
            ),
        )
    }
)
"""All of them, by the names that documents use."""
