"""What other parts of this room and other rooms ask for by name: the bill by months, and what of it is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from decom_nb.phases.cost import activity
from decom_nb.phases.cost import monthly_bill as bills
from decom_nb.phases.cost.allocation import Allocation, allocate
from decom_nb.phases.cost.documents import CostAllocation, CostLevers
from decom_nb.phases.cost.flag import Looked
from decom_nb.phases.cost.lever import Savings, savings
from decom_nb.phases.cost.monthly_bill import MonthlyBill
from decom_nb.phases.cost.outlook import Outlook, outlook
from decom_nb.phases.cost.red_flag import RedFlags

if TYPE_CHECKING:
    from decom_nb.evidence.billing import Billing
    from decom_nb.evidence.dbt import Dbt
    from decom_nb.evidence.object_listing import Objects
    from decom_nb.evidence.query_log import QueryLog
    from decom_nb.history import History
    from decom_nb.phases.cost.activity import Named


def monthly_bill(billing: Billing) -> MonthlyBill:
    """Give the bill with charges of one month that are alike put together, as ``cost.monthly`` in the store."""
    return bills.monthly(billing.store)


def allocation(
    monthly_bill: MonthlyBill,
    cost_allocation: CostAllocation | None,
    service_levels: Named | None,
    history: History | None,
    query_log: QueryLog | None,
) -> Allocation:
    """Give the whole bill as lines: what is whose, and what is nobody's, with the reason."""
    return allocate(monthly_bill, cost_allocation, activity.activity(history), query_log, service_levels)


def red_flags(
    allocation: Allocation | None, query_log: QueryLog | None, objects: Objects | None, dbt: Dbt | None
) -> RedFlags:
    """Give the methodology's red flags, looked for when they are asked for."""
    return RedFlags(Looked(allocation, query_log, objects, dbt))


def spend_outlook(allocation: Allocation, brief: Any | None) -> tuple[Outlook, ...]:
    """Give past and coming months in every currency, the one with the most spend first."""
    budget = brief.constraints.budget_monthly_usd if brief else None
    return tuple(outlook(allocation, budget, currency) for currency in allocation.bill.currencies)


def lever_savings(allocation: Allocation, red_flags: RedFlags, cost_levers: CostLevers | None) -> Savings:
    """Give the ways to save, applied one after the other to what they touch here."""
    del allocation  # asked for, so that there is a bill
    return savings(red_flags, cost_levers)


READERS = (monthly_bill, allocation, red_flags, spend_outlook, lever_savings)
