"""What is asked of tables on its way to being decided, and the steps of a plan as they are told. `running.py` works on these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from decom_nb.check import Check, Checked, SchemaIs, Suite
from decom_nb.check.checked import Decided
from decom_nb.sql.quantity import Quantity, Rows

if TYPE_CHECKING:
    from decom_nb.evidence.tables import Table


@dataclass(frozen=True)
class Step:
    """One step of a plan: which checks it serves, by which evidence, why that is the cheapest, and with which queries."""

    table: str
    decided_by: Decided
    checks: tuple[str, ...]
    because: str
    sql: tuple[str, ...] = ()
    """Queries that are known before the step is taken; footers take none, and some queries follow from earlier ones."""


@dataclass
class Asked:
    """A check of a suite on its way to being decided."""

    suite: Suite
    check: Check
    quantities: tuple[Quantity, ...] = ()
    others: dict[str, Table] = field(default_factory=dict)
    seconds: float = 0.0
    done: Checked | None = None


@dataclass
class TableWork:
    """A table and what is asked of it."""

    called: str
    asked: list[Asked]
    table: Table | None = None
    note: str = ""
    complete: bool = True
    seconds: float = 0.0
    rows: int | None = None
    fingerprint: str = ""


def own(asked: Asked) -> tuple[Quantity, ...]:
    """Give what a check asks, without the number of rows that it needs for a share."""
    return tuple(each for each in asked.quantities if not isinstance(each, Rows)) or asked.quantities


def without_query(asked: Asked) -> tuple[Decided | None, str]:
    """Give by what a check is decided that needs nothing found out; None if it does."""
    if isinstance(asked.check, SchemaIs):
        return "schema", "the columns are known since the table was opened"
    return (None, "") if asked.done is None else ("query", "")


def has_rows_to_show(asked: Asked) -> bool:
    """Tell whether a check was decided and has failing rows that can be shown."""
    done = asked.done
    if done is None or not asked.quantities or not asked.check.by_row:
        return False
    return bool(done.violations) and done.verdict not in ("error", "not_known")
