"""What is worked out of the bill and kept in the audit: cost by month, category and pipeline, cut to what a page can hold."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from decom_nb.phases.cost.allocation import Allocation, Costed, Line
from decom_nb.phases.cost.category import CATEGORIES

MOST_MONTHS = 24
"""How many months are kept."""
MOST_PIPELINES = 60
"""How many pipelines of the month looked at are kept one by one."""
MOST_SERIES = 7
"""How many pipelines are kept month by month; the others are one line."""
OTHERS = "all other pipelines"
NOBODYS = "no pipeline"

Row = dict[str, Any]


def costs(allocation: Allocation) -> Row:
    """Give what the platform costs: in months by category and by pipeline, and the methodology's template for the newest."""
    bill = allocation.bill
    return {
        "amount": allocation.document.amount,
        "currencies": list(bill.currencies),
        "notes": list(allocation.notes),
        "months": [row for currency in bill.currencies for row in _months(allocation, currency)],
        "pipelines": [row for currency in bill.currencies for row in _template(allocation, currency)],
        "series": [row for currency in bill.currencies for row in _series(allocation, currency)],
        "shares": [_share(allocation, currency) for currency in bill.currencies],
    }


MEASURES = (costs,)


def _months(allocation: Allocation, currency: str) -> Iterable[Row]:
    for month in [each for each in allocation.bill.months if each.currency == currency][-MOST_MONTHS:]:
        lines = allocation.of(currency, month.month)
        yield {
            "month": month.month,
            "currency": currency,
            **{name: number(allocation.sum(_where(lines, name))) for name in CATEGORIES},
            "total": number(allocation.spent(month)),
            "billed": number(month.billed),
            "effective": number(month.effective),
            "charges": month.charges,
            "complete": month.complete,
        }


def _where(lines: Iterable[Line], category: str) -> Iterable[Line]:
    return (line for line in lines if line.category == category)


def _template(allocation: Allocation, currency: str) -> Iterable[Row]:
    month = allocation.bill.newest(currency)
    rows = allocation.by_pipeline(currency, month.month) if month else ()
    dear = [row for row in rows if row.pipeline][:MOST_PIPELINES]
    return [template_row(row) for row in (*dear, *(row for row in rows if not row.pipeline))]


def template_row(row: Costed) -> Row:
    """Give a row of the methodology's template as data."""
    return {
        "month": row.month,
        "currency": row.currency,
        "pipeline": row.pipeline,
        "reason": row.reason,
        **{name: number(row.parts[name]) for name in CATEGORIES},
        "total": number(row.total),
        "billed": number(row.billed),
        "effective": number(row.effective),
        "rows_processed": row.rows,
        "cost_per_row": None if row.per_row is None else float(row.per_row),
        "business_value": row.business_value,
        "value_monthly": row.value_monthly,
        "roi_justified": row.roi_justified,
        "said_by": row.said_by,
        "how": list(row.how),
    }


def _series(allocation: Allocation, currency: str) -> Iterable[Row]:
    spent: dict[str, dict[str, Decimal]] = {}
    for line in allocation.of(currency):
        own = spent.setdefault(line.pipeline, {})
        own[line.month] = own.get(line.month, Decimal(0)) + allocation.amount(line)
    ranked = sorted((name for name in spent if name), key=lambda name: (-sum(spent[name].values()), name))
    months = sorted({month for own in spent.values() for month in own})[-MOST_MONTHS:]
    told = {name: [name] for name in ranked[:MOST_SERIES]}
    told |= {OTHERS: ranked[MOST_SERIES:]} if ranked[MOST_SERIES:] else {}
    told |= {NOBODYS: [""]} if "" in spent else {}
    for rank, (name, members) in enumerate(told.items()):
        for month in months:
            amount = sum((spent[each].get(month, Decimal(0)) for each in members), Decimal(0))
            yield {"month": month, "currency": currency, "pipeline": name, "rank": rank, "total": number(amount)}


def _share(allocation: Allocation, currency: str) -> Row:
    month = allocation.bill.newest(currency)
    whole, allocated, aside = allocation.shares(currency, month.month if month else None)
    return {
        "currency": currency,
        "month": month.month if month else "",
        "complete": bool(month and month.complete),
        "to_allocate": number(whole),
        "allocated": number(allocated),
        "aside": number(aside),
        "share": float(allocated / whole) if whole > 0 else None,
    }


def number(amount: Decimal) -> float:
    """Give an amount as a number of the audit, to a millionth: what is added up is never taken from there."""
    return float(round(amount, 6))
