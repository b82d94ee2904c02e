"""What the executive page says of money: spend in the newest whole month, and the range that could be saved of it.

Both are measures of the cost room, as the audit kept them; where there is no bill among the evidence, that is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ABSENT = "Not known: there is no bill among the evidence. A FOCUS export of one month is enough to begin with."
NO_SAVING = "What could be saved is not known: nothing in the evidence tells what a lever would touch."


@dataclass(frozen=True)
class Amount:
    """One currency's spend, its budget and what could be saved of it, in words."""

    spend: str
    of: str
    saving: str


@dataclass(frozen=True)
class Money:
    """What is known of money, an amount per currency, the largest spend first; `absent` says why there is none."""

    amounts: tuple[Amount, ...]
    absent: str = ABSENT


def money(measures: Mapping[str, Any]) -> Money:
    """Give the money page's lines from an audit's measures `costs`, `cost_savings` and `cost_outlook`."""
    costs = measures.get("costs") or {}
    savings = measures.get("cost_savings") or {}
    budgets = {each["currency"]: each["budget"] for each in measures.get("cost_outlook") or () if each["budget"]}
    amounts = []
    for currency in costs.get("currencies", ()):
        months = [each for each in costs.get("months", ()) if each["currency"] == currency]
        if whole := [each for each in months if each["complete"]] or months:
            newest = max(whole, key=lambda each: each["month"])
            spend = newest["total"]
            of = f"in {newest['month'][:7]}{'' if newest['complete'] else ', not a whole month'}"
            if currency in budgets:
                of += f", of a budget of {_written(budgets[currency], currency)}"
            saving = _saving(savings) if savings.get("currency") == currency else ""
            amounts.append((spend, Amount(_written(spend, currency), of, saving or NO_SAVING)))
    return Money(tuple(amount for _, amount in sorted(amounts, key=lambda each: -each[0])))


def _saving(savings: Mapping[str, Any]) -> str:
    low, high, currency = savings["low"], savings["high"], savings["currency"]
    if not any(each["standing"] in ("applies", "not_applicable") for each in savings["levers"]):
        return NO_SAVING
    if high <= 0:
        return "No way to save that the evidence tells of applies here."
    cents = 0 if high >= 1000 else 2
    return f"{low:,.{cents}f} to {high:,.{cents}f} {currency} a month could be saved, one lever after the other."


def _written(amount: float, currency: str) -> str:
    """Write an amount for people: with cents below a thousand, without above."""
    return f"{amount:,.0f} {currency}" if abs(amount) >= 1000 else f"{amount:,.2f} {currency}"
