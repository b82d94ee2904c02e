"""What is worked out of the bill and kept in the audit: cost by month, category and pipeline, cut to what a page can hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from decom_nb.phases.cost.allocation import Allocation, Costed, Line
from decom_nb.phases.cost.backlog import backlog
from decom_nb.phases.cost.category import CATEGORIES
from decom_nb.phases.cost.deliverables import backlog_rows
from decom_nb.phases.cost.lever import Savings
from decom_nb.phases.cost.money import written
from decom_nb.phases.cost.outlook import Outlook
from decom_nb.phases.cost.red_flag import WASTE, RedFlags, rule_texts

MOST_MONTHS = 24
"""How many months are kept."""
MOST_PIPELINES = 60
"""How many pipelines of the month looked at are kept one by one."""
MOST_SERIES = 7
"""How many pipelines are kept month by month; the others are one line."""
MOST_ROWS = 30
"""How many rows of a red flag are kept."""
FLAG_TITLES = {
    "no_pipeline_dominates": ("A single pipeline bears an outsized part of the spend", "one pipeline bears most"),
    "unit_cost_is_stable": ("Cost per row rises month over month", "a row gets dearer"),
    "tables_are_read": ("Tables that nobody queried for 30 days", "unread tables"),
    "dev_is_off_at_night": ("Development and staging run around the clock", "development at night"),
    "large_tables_are_pruned": ("Full scans of tables above 1 TB", "full scans"),
    "storage_is_compressed": ("Uncompressed data in object storage", "uncompressed storage"),
    "data_stays_in_region": ("Data is moved from one region to another", "transfer between regions"),
}
"""What each flag is called where it flies, and in short."""
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


def cost_flags(red_flags: RedFlags, allocation: Allocation | None) -> Row | None:
    """Give the red flags as they stand, with what they cost in a month; nothing where nothing could be looked at."""
    looked = red_flags.looked
    if allocation is None and looked.query_log is None and looked.objects is None:
        return None
    low, high = red_flags.waste
    return {
        "currency": looked.currency,
        "month": looked.month.month if looked.month else "",
        "spend": number(looked.whole),
        "waste_low": number(low),
        "waste_high": number(high),
        "flags": [
            {
                "flag": name,
                "outcome": flag.outcome,
                "message": flag.message,
                "money": None if flag.money is None else number(flag.money),
                "may_hide": None if flag.at_most is None else number(flag.at_most),
                "rows": [dict(row) for row in flag.rows[:MOST_ROWS]],
                "rows_total": len(flag.rows),
                "waste": name in WASTE,
                "remedy": text.remedy,
                "effort": text.effort,
                "title": FLAG_TITLES[name][0],
                "short": FLAG_TITLES[name][1],
            }
            for name, flag in red_flags.all.items()
            for text in (rule_texts()[name],)
        ],
    }


def cost_savings(lever_savings: Savings, red_flags: RedFlags) -> Row:
    """Give the ways to save, in the order in which they are applied, and the backlog that follows."""
    return {
        **savings_rows(lever_savings),
        "backlog": backlog_rows(backlog(lever_savings, red_flags), lever_savings.currency),
    }


def cost_outlook(spend_outlook: Sequence[Outlook]) -> list[Row]:
    """Give past and coming months in every currency, with the budget where it can be compared."""
    return [outlook_row(each) for each in spend_outlook]


MEASURES = (costs, cost_flags, cost_savings, cost_outlook)


def savings_rows(savings: Savings) -> Row:
    """Give the ways to save as data."""
    low, middle, high = savings.total
    return {
        "currency": savings.currency,
        "month": savings.month,
        "spend": number(savings.spend),
        "low": round(low, 6),
        "middle": round(middle, 6),
        "high": round(high, 6),
        "levers": [
            {
                "lever": each.text.lever,
                "title": each.text.title,
                "standing": each.standing,
                "state": each.state,
                "of": each.text.of,
                "what_it_touches": each.text.touches,
                "touches": number(each.touches),
                "measured": each.measured,
                "percent_low": each.percent[0],
                "percent_high": each.percent[1],
                "saves_low": None if each.saves is None else round(each.saves[0], 6),
                "saves_middle": None if each.saves is None else round(each.saves[1], 6),
                "saves_high": None if each.saves is None else round(each.saves[2], 6),
                "alone_middle": None if each.alone is None else round(each.alone, 6),
                "left_low": None if each.left is None else round(each.left[0], 6),
                "left_high": None if each.left is None else round(each.left[1], 6),
                "left_said": each.left_said(lambda amount: written(amount, savings.currency)),
                "effort": each.effort,
                "why": each.why,
                "order_because": each.text.order_because,
                "source": each.text.source,
            }
            for each in savings.levers
        ],
    }


def outlook_row(outlook: Outlook) -> Row:
    """Give an outlook as data."""
    return {
        "currency": outlook.currency,
        "budget": None if outlook.budget is None else number(outlook.budget),
        "budget_why_not": outlook.budget_why_not,
        "made_of": outlook.made_of if outlook.ahead else "",
        "why_not": outlook.why_not,
        "left_aside": outlook.left_aside,
        "past": [
            {"month": month.month, "spend": number(amount), "complete": month.complete}
            for month, amount in list(zip(outlook.past, outlook.spent, strict=True))[-MOST_MONTHS:]
        ],
        "ahead": [
            {
                "month": each.month,
                "low": round(each.low, 4),
                "middle": round(each.middle, 4),
                "high": round(each.high, 4),
                "chance_above_budget": each.chance_above_budget,
            }
            for each in outlook.ahead
        ],
    }


def _months(allocation: Allocation, currency: str) -> Iterable[Row]:
    own = [each for each in allocation.bill.months if each.currency == currency and (each.tells or not each.month)]
    for month in own[-MOST_MONTHS:]:
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
    silent = {
        each.month for each in allocation.bill.months if each.currency == currency and each.month and not each.tells
    }
    months = sorted({month for own in spent.values() for month in own} - silent)[-MOST_MONTHS:]
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
