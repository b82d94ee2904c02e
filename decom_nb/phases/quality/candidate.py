"""A check that may be proposed, and what the rules that find such checks look at. `suggest` counts what each would find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from decom_nb.check import AnyCheck
from decom_nb.phases.quality.proposal import SuggestTable
from decom_nb.profile import ColumnProfile, Sample, TableProfile
from decom_nb.profile.words import words
from decom_nb.sql.text import name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from decom_nb.evidence.tables import Table

MOST_VALUES = 20_000
"""Different values of a text column that are looked at one by one; of more, the most frequent and an even share of the rest."""


@dataclass(frozen=True)
class Candidate:
    """A check that a rule found, with its reason; `blames` are the columns in which a violating row is wrong."""

    check: AnyCheck
    because: str
    blames: tuple[str, ...]
    expected: bool = False
    """Whether the rule expects violations: a check that was to hold and does not is dropped, unless its reason says so."""


@dataclass
class Texts:
    """The values of a text column, blanks and words for nothing aside, the most frequent first."""

    values: list[tuple[str, int]]
    rows: int
    """Rows that these values stand for."""
    complete: bool
    """Whether these are all values of the sample."""


@dataclass
class Case:
    """What rules look at: one table, its profile, a sample of it, and the room's settings."""

    connection: DuckDBPyConnection
    table: Table
    """The table as it is counted: itself or a copy."""
    profile: TableProfile
    sample: Sample
    settings: SuggestTable
    others: Sequence[Table] = ()
    """Other tables that it may refer to."""
    _texts: dict[str, Texts] = field(default_factory=dict)

    def setting(self, key: str) -> float:
        """Give a number of suggest.yaml."""
        return self.settings[key]

    def say(self, key: str, **figures: Any) -> str:
        """Give a reason in the words of suggest.yaml."""
        return self.settings.say(key, **figures)

    def asked(self, query: str) -> list[tuple[Any, ...]]:
        """Give the rows of a query."""
        return self.connection.execute(query).fetchall()

    @cached_property
    def scale(self) -> float:
        """Give how many rows of the table one of the sample stands for."""
        return self.profile.rows / self.sample.rows if self.sample.rows else 1.0

    def about(self, rows: int) -> int:
        """Give how many rows of the table so many of the sample stand for."""
        return round(rows * self.scale)

    def personal(self, column: str) -> bool:
        """Tell whether a column looks personal, so that none of its values may be shown."""
        return bool(self.profile.column(column).personal)

    def examples(self, column: str, values: Sequence[str], most: int = 3) -> str:
        """Give some values to show; of a personal column only that there are some."""
        if self.personal(column):
            return "some that are not shown, as they look personal"
        shown = [each if len(each) <= 40 else each[:39] + "…" for each in values[:most]]
        return ", ".join(f"“{each}”" for each in shown)

    def texts(self, column: ColumnProfile) -> Texts:
        """Give the values of a text column in the sample."""
        if column.name not in self._texts:
            what = f"CAST({name(column.name)} AS VARCHAR)"
            found = self.asked(
                f"SELECT v, n FROM (SELECT {what} AS v, count(*) AS n FROM {self.sample.source} "
                f"WHERE {name(column.name)} IS NOT NULL GROUP BY 1) ORDER BY n DESC, hash(v), v LIMIT {MOST_VALUES + 1}"
            )
            nothing = set(words().nothing)
            values = [(v, int(n)) for v, n in found[:MOST_VALUES] if v.strip() and v.strip().casefold() not in nothing]
            self._texts[column.name] = Texts(values, sum(n for _, n in values), len(found) <= MOST_VALUES)
        return self._texts[column.name]
