"""How late rows come and by which clock columns are written: the files that ``decom patterns timing --write`` leaves.

Rules and views ask for a `Timings` under the name "timings".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from decom_nb.evidence.own_file import OwnFiles

KIND = "timings"
FORMAT: Literal["decom timing 1"] = "decom timing 1"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Window(_Frozen):
    """What would be too late for one allowed lateness."""

    seconds: float = Field(ge=0)
    late: int = Field(ge=0, description="rows that came later than that")


class Lateness(_Frozen):
    """How long rows of a table took from their event to their arrival."""

    event: str = Field(description="the column that says when it happened")
    arrived: str = Field(description="the column that says when the row was there")
    compared: int = Field(ge=0, description="rows with both times")
    early: int = Field(ge=0, description="rows that arrived before their event: two clocks disagree")
    quantiles: Mapping[str, float] = Field(description="seconds, by share such as 0.99")
    windows: tuple[Window, ...]
    proposed_seconds: float | None = Field(
        None, description="the shortest window that as many rows keep as are asked for"
    )


class ClockChange(_Frozen):
    """One change of the clocks, and the rows of the hours around it."""

    day: str
    kind: Literal["skipped", "repeated"] = Field(description="whether the hour does not exist, or exists twice")
    rows: int = Field(ge=0, description="rows in that hour, by the clock on the wall")
    usual: float = Field(ge=0, description="the median of the same hour on the days around it")


class Clock(_Frozen):
    """By which clock a column without zone is written."""

    column: str
    type: str
    zone: str = Field(description="the zone it was held against")
    changes: tuple[ClockChange, ...]
    verdict: Literal["local", "not local", "not known"]
    says: str


class Timing(_Frozen):
    """What was looked at in one table."""

    format: Literal["decom timing 1"] = FORMAT
    taken_at: datetime
    table: str
    rows: int = Field(ge=0)
    lateness: Lateness | None = None
    clocks: tuple[Clock, ...] = ()


@dataclass(frozen=True)
class Timings:
    """All looks, the oldest first."""

    looks: tuple[Timing, ...]

    @cached_property
    def latest(self) -> Mapping[str, Timing]:
        """The newest look at each table."""
        return dict(sorted({each.table: each for each in self.looks}.items()))


TIMINGS = OwnFiles(
    name="timings",
    words="how late rows come, and by which clock (decom patterns timing --write)",
    kind=KIND,
    format=FORMAT,
    model=Timing,
    value=lambda looks, _: Timings(looks),
    counted=lambda look: {"tables": 1, "clocks": len(look.clocks)} if look.clocks else {"tables": 1},
    noun="looks",
)
