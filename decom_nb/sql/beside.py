"""Which tables a check looks at beside its own. Whoever runs a check or writes it out opens them first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from decom_nb.check import Check, CustomSql, Drift, ForeignKey, Reconciliation, Sample
from decom_nb.errors import InputError
from decom_nb.sql import guard
from decom_nb.sql.undecidable import Undecidable

if TYPE_CHECKING:
    from decom_nb.evidence.tables import Table


def beside(check: Check, table: Table) -> tuple[str, ...]:
    """Give the tables that a check looks at beside its own; raises `Undecidable` for a query that cannot be read."""
    match check:
        case ForeignKey():
            return (check.parent,)
        case Reconciliation() | Sample():
            return (check.against,)
        case Drift():
            return (check.reference,)
        case CustomSql():
            try:
                return guard.select_over(check.sql, table.name).tables
            except InputError as error:
                raise Undecidable("; ".join(str(each) for each in error.mistakes)) from None
    return ()
