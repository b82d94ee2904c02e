"""A milestone: what an earlier audit came to, in a few numbers, so that a later one can show the way here. Pure.

`book.py` collects them, the audit keeps them, trend charts draw them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

RECENT: Final = 30
"""How many of the newest milestones are kept whatever their date; before them, the last of each month."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MilestoneDimension(_Frozen):
    """A dimension's interval then, in points out of the weight it had then."""

    name: str
    weight: float
    low: float
    high: float


class Milestone(_Frozen):
    """What one audit came to."""

    id: str
    name: str = Field("", description="what somebody called it, as “before Christmas”")
    taken_at: datetime
    scored: bool = Field(True, description="false where there was no score, as without evidence")
    low: float
    high: float
    dimensions: tuple[MilestoneDimension, ...] = Field((), description="those that applied")
    versions: dict[str, str] = Field(default_factory=dict, description="what it was judged by")


def thinned(milestones: Iterable[Milestone]) -> tuple[Milestone, ...]:
    """Give the milestones in the order of time: all with a name, the newest `RECENT`, and before them each month's last.

    Every audit keeps those before it; without this, nightly audits would grow with the square of their number.
    """
    by_id = {each.id: each for each in milestones}
    ordered = sorted(by_id.values(), key=lambda each: (each.taken_at, each.id))
    recent = {each.id for each in ordered[-RECENT:]}
    last_of_month = {(each.taken_at.year, each.taken_at.month): each.id for each in ordered}
    kept = recent | set(last_of_month.values())
    return tuple(each for each in ordered if each.name or each.id in kept)
