"""A proposed suite: checks with their reasons, and what each would have found on the data in hand. `suggest` makes it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from decom_nb import knowledge
from decom_nb.check import AnyCheck, Suite
from decom_nb.knowledge import Setting
from decom_nb.wording import percent

_TABLES = Path(__file__).parent / "tables"


class SuggestTable(BaseModel):
    """From when on a check is proposed, and the words of its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: Mapping[str, Setting]
    wording: Mapping[str, str]

    def __getitem__(self, key: str) -> float:
        """Give a setting's number."""
        return self.settings[key].value

    def say(self, key: str, **figures: Any) -> str:
        """Give a reason in words: whole numbers with separators, shares as percentages.

        >>> suggest_table().say("volume", rows=1200, history="")
        'The table has 1,200 rows today; half more or less is worth a look.'
        """
        said = {
            name: f"{value:,}" if isinstance(value, int) else percent(value) if isinstance(value, float) else value
            for name, value in figures.items()
        }
        return self.wording[key].format(**said)


@cache
def suggest_table() -> SuggestTable:
    """Give the room's knowledge of what to propose."""
    return knowledge.load(SuggestTable, _TABLES / "suggest.yaml", sources=knowledge.citations(_TABLES))


class Proposed(BaseModel):
    """One check that is proposed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: AnyCheck
    because: str = Field(description="why, with figures; also the check's own `because`")
    blames: tuple[str, ...] = Field(description="the columns in which a violating row is wrong")
    violations: int | None = Field(None, ge=0, description="what it finds in the data in hand; empty if not known")
    rows: int | None = Field(None, ge=0, description="rows looked at")
    share: float | None = Field(None, ge=0)
    holds: bool = Field(description="whether the data in hand passes it")
    samples: tuple[dict[str, Any], ...] = Field((), description="keys of some violating rows; personal values masked")


class Proposal(BaseModel):
    """What is proposed for one table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    rows: int
    suite: Suite
    checks: tuple[Proposed, ...]
    notes: tuple[str, ...] = ()

    @property
    def failing(self) -> tuple[Proposed, ...]:
        """Give the checks that the data in hand does not pass."""
        return tuple(each for each in self.checks if not each.holds)
