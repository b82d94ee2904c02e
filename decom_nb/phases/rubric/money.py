"""What the executive page says of money: spend in the newest whole month, and the range that could be saved of it.

Both are measures of the cost room, as the audit kept them; where there is no bill among the evidence, that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ABSENT = "Not known: there is no bill among the evidence. A FOCUS export of one month is enough to begin with."
NO_SAVING = "What could be saved is not known: nothing in the evidence tells what a lever would touch."


@dataclass(frozen=True)
class Amount:
    """One currency's spend and what could be saved of it, in words."""

    spend: str
    of: str
    saving: str


@dataclass(frozen=True)
class Money:
    """What is known of money, an amount per currency, the largest spend first; `absent` says why there is none."""

    amounts: tuple[Amount, ...]
    absent: str = ABSENT


def money(measures: Mapping[str, Any]) -> Money:
    """Give the money page's lines from an audit's measures."""
    costs = measures.get("costs") or {}
    savings = {each["currency"]: each for each in _listed(measures.get("savings"))}
    amounts = []
    for currency in costs.get("currencies", ()):
        months = [each for each in costs.get("months", ()) if each["currency"] == currency]
        whole = [each for each in months if each["complete"]] or months
        if whole:
            newest = max(whole, key=lambda each: each["month"])
            said = "" if newest["complete"] else ", not a whole month"
            of = f"in {newest['month'][:7]}{said}"
            amounts.append(
                (newest["total"], Amount(_written(newest["total"], currency), of, _saving(savings.get(currency))))
            )
    return Money(tuple(amount for _, amount in sorted(amounts, key=lambda each: -each[0])))


def _listed(savings: Any) -> Sequence[Mapping[str, Any]]:
    return [savings] if isinstance(savings, Mapping) else savings or ()


def _saving(savings: Mapping[str, Any] | None) -> str:
    if savings is None or not savings.get("total"):
        return NO_SAVING
    low, _, high = savings["total"]
    if high <= 0:
        return "No lever that is known of applies to it."
    currency = savings["currency"]
    return (
        f"{_written(low, currency)} to {_written(high, currency)} a month could be saved, all levers that apply taken one "
        "after the other."
    )


def _written(amount: float, currency: str) -> str:
    """Write an amount for people: with cents below a thousand, without above."""
    return f"{amount:,.0f} {currency}" if abs(amount) >= 1000 else f"{amount:,.2f} {currency}"
