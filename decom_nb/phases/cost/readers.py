"""What other parts of this room and other rooms ask for by name: the bill by months, and what of it is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from decom_nb.phases.cost import activity
from decom_nb.phases.cost import monthly_bill as bills
from decom_nb.phases.cost.allocation import Allocation, allocate
from decom_nb.phases.cost.documents import CostAllocation
from decom_nb.phases.cost.monthly_bill import MonthlyBill

if TYPE_CHECKING:
    from decom_nb.evidence.store import Store
    from decom_nb.phases.cost.activity import Named


def monthly_bill(billing: Any, store: Store) -> MonthlyBill:
    """Give the bill with charges of one month that are alike put together, as ``cost.monthly`` in the store."""
    del billing  # asked for, so that there is nothing where there is no bill
    return bills.monthly(store)


def allocation(
    monthly_bill: MonthlyBill,
    cost_allocation: CostAllocation | None,
    service_levels: Named | None,
    history: Any | None,
    query_log: Any | None,
) -> Allocation:
    """Give the whole bill as lines: what is whose, and what is nobody's, with the reason."""
    worked = activity.activity(monthly_bill.store if history is not None else None)
    queries = monthly_bill.store if query_log is not None else None
    return allocate(monthly_bill, cost_allocation, worked, queries, service_levels)


READERS = (monthly_bill, allocation)
