"""What is worked out from the brief: the volume month by month, and when it outgrows a tool."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from decom_nb.phases.architecture import clues
from decom_nb.phases.architecture.documents import Brief
from decom_nb.phases.architecture.growth import Limit, Step, growth_table, steps


def growth(brief: Brief, today: date) -> list[dict[str, Any]]:
    """Give the volume for each month ahead, expected and as a band; nothing where the brief names no growth."""
    return [_row(step) for step in steps(brief, today)]


def growth_limits(brief: Brief, today: date) -> list[dict[str, Any]]:
    """Give for each tool with a limit whether today's volume fits, and until which month it will.

    `fits_until` is the last month below the limit; `earliest` and `latest` are the same for the band's ends; empty
    where the limit is not reached within the horizon. `state` is `near` between half and double the limit.
    """
    known = list(steps(brief, today))
    used = {(question, option) for question, options in clues.tools_in_use(brief).items() for option in options}
    return [
        _limit_row(limit, known, in_use=(limit.question, limit.tool) in used)
        for limit in growth_table().limits
        if known and getattr(known[0], limit.quantity) is not None
    ]


def _row(step: Step) -> dict[str, Any]:
    unit, stored = step.unit_gb or (None, None, None), step.stored_gb or (None, None, None)
    return {
        "month": step.month,
        "months_ahead": step.months_ahead,
        "unit_gb": _figure(unit[0]),
        "unit_gb_low": _figure(unit[1]),
        "unit_gb_high": _figure(unit[2]),
        "stored_gb": _figure(stored[0]),
        "stored_gb_low": _figure(stored[1]),
        "stored_gb_high": _figure(stored[2]),
    }


def _limit_row(limit: Limit, known: Sequence[Step], *, in_use: bool) -> dict[str, Any]:
    now = getattr(known[0], limit.quantity)[0]
    soft = growth_table().soft.value
    expected, slow, fast = (_fits_until(limit, known, end) for end in (0, 1, 2))
    state = "fits" if now < limit.limit_gb / soft else "near" if now <= limit.limit_gb * soft else "beyond"
    return {
        "tool": limit.tool,
        "question": limit.question,
        "quantity": limit.quantity,
        "limit_gb": limit.limit_gb,
        "now_gb": _figure(now),
        "in_use": in_use,
        "state": state,
        "months_left": _months_left(limit, known),
        "fits_until": expected,
        "earliest": fast,
        "latest": slow,
        "because": limit.because,
        "source": limit.source,
    }


def _fits_until(limit: Limit, known: Sequence[Step], end: int) -> str | None:
    """Give the last month before the limit is passed; empty if it is not, or is passed already."""
    before: str | None = None
    for step in known:
        if getattr(step, limit.quantity)[end] > limit.limit_gb:
            return before
        before = step.month
    return None


def _months_left(limit: Limit, known: Sequence[Step]) -> int | None:
    """Give in how many months the limit is passed, 0 if it is already, empty if not within the horizon."""
    return next((step.months_ahead for step in known if getattr(step, limit.quantity)[0] > limit.limit_gb), None)


def _figure(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


MEASURES = (growth, growth_limits)
