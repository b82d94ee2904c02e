"""What a test of the tests came to: which faults, put into a copy of a table, a suite noticed.

The quality room makes these, `evidence.mutation_runs` reads them back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MUTATION_FORMAT: Literal["decom mutation run 1"] = "decom mutation run 1"
"""The first key of a file of mutants; a collector recognises it by this."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Mutant(_Frozen):
    """One fault, put into one place of the copy."""

    fault: str = Field(description="the kind of fault, such as truncated_strings")
    columns: tuple[str, ...] = Field(description="the columns it was put into; empty where it concerns whole rows")
    rows_changed: int = Field(ge=0, description="rows that differ, are gone or are new; 0 for a load that did not come")
    caught_by: tuple[str, ...] = Field((), description="checks that hold on the copy and no longer with the fault")
    would_catch: dict[str, Any] | None = Field(
        None, description="for one that went unseen: a check that holds on the copy and not with the fault, as tried"
    )
    note: str = Field("", description="why there is no such check, or what else one should know")

    @property
    def caught(self) -> bool:
        """Tell whether any check noticed."""
        return bool(self.caught_by)


class MutatedTable(_Frozen):
    """One table with all faults that were tried on its copy."""

    table: str
    tests: Literal["suite", "dbt", "contract"] = Field(description="whose checks were tried")
    rows: int = Field(ge=0, description="rows of the copy")
    whole: bool = Field(description="whether the copy is the whole table")
    checks: int = Field(ge=0, description="checks that hold on the copy and so can notice something")
    left_out: tuple[str, ...] = Field((), description="checks that cannot notice anything here, each with the reason")
    mutants: tuple[Mutant, ...] = ()

    @property
    def caught_share(self) -> float | None:
        """Give the share of faults that were noticed, ``None`` if none was tried."""
        return sum(each.caught for each in self.mutants) / len(self.mutants) if self.mutants else None


class MutationRun(_Frozen):
    """A test of the tests at one moment: the content of one file."""

    format: Literal["decom mutation run 1"] = MUTATION_FORMAT
    taken_at: datetime
    tables: tuple[MutatedTable, ...]
    complete: bool = True

    @property
    def caught_share(self) -> float | None:
        """Give the share of all faults that were noticed, ``None`` if none was tried."""
        mutants = [mutant for table in self.tables for mutant in table.mutants]
        return sum(each.caught for each in mutants) / len(mutants) if mutants else None
