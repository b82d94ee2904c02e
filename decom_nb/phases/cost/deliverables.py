"""What this room makes for use as it is: the methodology's cost tracking as YAML, and the backlog as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from decom_nb.export.backlog import as_text
from decom_nb.phases.cost.allocation import Allocation, Costed
from decom_nb.phases.cost.backlog import Item
from decom_nb.phases.cost.category import CATEGORIES
from decom_nb.phases.cost.monthly_bill import Month
from decom_nb.yaml_text.scalar import scalar

TRACKING = "cost_tracking.yaml"
BACKLOG = "cost_backlog.csv"
COLUMNS = (
    "priority",
    "what",
    "description",
    "effort",
    "saves low",
    "saves middle",
    "saves high",
    "at stake",
    "currency",
    "per",
    "state",
    "why",
    "rests on",
)


def cost_tracking(allocation: Allocation, month: Month, items: Sequence[Item]) -> str:
    """Write the methodology's cost tracking of one month: cost by pipeline, and what could be saved."""
    currency = month.currency
    rate = allocation.document.usd(currency)
    unit = "usd" if rate else currency.lower() or "unknown"
    factor = rate or Decimal(1)
    rows = allocation.by_pipeline(currency, month.month)
    head = [
        f"# {month.month}, {allocation.document.amount} cost{'' if month.complete else '; the month is not complete'}.",
    ]
    if rate and currency != "USD":
        head.append(f"# Billed in {currency}, at {rate} USD for one.")
    lines = [
        *head,
        "cost_tracking:",
        "  by_pipeline:" if rows else "  by_pipeline: []",
        *(line for row in rows for line in _pipeline(row, unit, factor)),
        "",
        "  # Savings are the methodology's rules of thumb, applied one after the other to what each touches here.",
        "  optimization_opportunities:" if items else "  optimization_opportunities: []",
        *(line for item in items for line in _opportunity(item, unit, factor)),
    ]
    return "\n".join(lines) + "\n"


def _pipeline(row: Costed, unit: str, factor: Decimal) -> Iterator[str]:
    amounts = {name: row.parts[name] * factor for name in CATEGORIES}
    yield f"    - pipeline: {scalar(row.pipeline)}" if row.pipeline else f"    - pipeline: null  # {_said(row.reason)}"
    for name in CATEGORIES:
        yield f"      {name}_monthly_{unit}: {_amount(amounts[name])}"
    yield f"      total: {_amount(row.total * factor)}"
    per_row = row.per_row
    yield f"      cost_per_row: {'null' if per_row is None else f'{per_row * factor:.3g}'}"
    yield f"      business_value: {scalar(row.business_value)}"
    yield f"      roi_justified: {scalar(row.roi_justified)}"


def _opportunity(item: Item, unit: str, factor: Decimal) -> Iterator[str]:
    yield f"    - description: {scalar(item.description)}"
    if item.saves is None:
        yield f"      estimated_savings_{unit}: null"
    else:
        low, middle, high = (Decimal(repr(each)) * factor for each in item.saves)
        left = item.lever.left_said(lambda amount: _amount(Decimal(repr(amount)) * factor)) if item.lever else ""
        said = ", ".join(filter(None, (f"{_amount(low)} to {_amount(high)} with a chance of 9 in 10", left)))
        yield f"      estimated_savings_{unit}: {_amount(middle)}  # {_said(said)}"
    yield f"      effort: {item.effort}"
    yield f"      priority: {item.priority}"


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _said(text: str) -> str:
    return " ".join(text.split())


def backlog_csv(items: Sequence[Item], currency: str) -> bytes:
    """Write the backlog as CSV in UTF-8 with the mark by which spreadsheets know it; no cell is run as a formula."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in backlog_rows(items, currency):
        writer.writerow({name: as_text(value) for name, value in row.items()})
    return ("\ufeff" + out.getvalue()).encode()


def backlog_rows(items: Sequence[Item], currency: str) -> list[dict[str, Any]]:
    """Give the backlog as rows."""
    return [
        {
            "priority": item.priority,
            "what": item.what,
            "description": item.description,
            "effort": item.effort,
            "saves low": None if item.saves is None else round(item.saves[0], 2),
            "saves middle": None if item.saves is None else round(item.saves[1], 2),
            "saves high": None if item.saves is None else round(item.saves[2], 2),
            "at stake": None if item.at_stake is None else round(float(item.at_stake), 2),
            "currency": currency,
            "per": "month",
            "state": item.state.replace("_", " "),
            "why": item.why,
            "rests on": "the methodology's rule of thumb" if item.saves else "a red flag",
        }
        for item in items
    ]
