"""Columns of a model as expressions over the table that it is made from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from decom_nb.errors import InputError
from decom_nb.evidence.tables import Table
from decom_nb.phases.modeling.dimensional_model import Dimension, FactTable, JoinedSource
from decom_nb.phases.modeling.draft.word import parts_of
from decom_nb.sql import guard
from decom_nb.sql.column_type import family
from decom_nb.sql.text import name

_CALENDAR = {"date", "dates", "calendar", "day", "days"}
_CURRENT = ("is_current", "current_flag", "is_current_row", "dbt_is_current")
_UNTIL = ("valid_to", "dbt_valid_to", "effective_to", "valid_until")


class NotAtHandError(Exception):
    """What was asked cannot be told from the tables at hand; the message says why."""


@dataclass(frozen=True)
class Columns:
    """The columns of one fact table or dimension."""

    table: Table
    sources: Mapping[str, str]
    """Where each column of the model comes from, as the model says."""
    days: frozenset[str] = frozenset()
    """Columns that point to the calendar: of a moment its day."""
    current: str = ""
    """What leaves only the rows that hold now, to stand behind the table; empty where it keeps no history."""
    own: Mapping[str, str] = field(default_factory=dict)
    """Expressions of the attributes that come from the table itself."""

    def expression(self, column: str) -> str:
        """Give a column as SQL over the table. Raises `NotAtHandError`."""
        said = self.sources.get(column) or column
        made = expression(said, self.table, column)
        kind = family(self.table.types[said]) if said in self.table.types else ""
        return f"CAST({made} AS DATE)" if column in self.days and kind in ("moment", "") else made

    def is_personal(self, column: str, named: Callable[[str], str]) -> bool:
        """Tell whether a column is named as one with personal data, here or where it comes from."""
        return bool(named(column) or named(self.sources.get(column, "")))


def columns_of(table: Table, made: FactTable | Dimension, dimensions: Mapping[str, Dimension]) -> Columns:
    """Give the columns of a fact table or dimension over its table."""
    sources = {each.column: each.source for each in made.foreign_keys}
    if isinstance(made, FactTable):
        sources |= {each.name: each.source for each in made.degenerate_dimensions}
        sources |= {each.name: each.source for each in made.measures}
        days = {
            each.column
            for each in made.foreign_keys
            if each.dimension not in dimensions or is_calendar(dimensions[each.dimension])
        }
        return Columns(table, sources, frozenset(each for each in days if _is_day(each, made)))
    sources |= {each.name: each.source for each in made.attributes}
    own = {}
    for each in made.attributes:
        try:
            own[each.name] = expression(each.source or each.name, table, each.name)
        except NotAtHandError:
            continue
    return Columns(table, sources, current=_current(table), own=own)


def expression(said: str, table: Table, column: str) -> str:
    """Give what a model says a column comes from as SQL over its table. Raises `NotAtHandError`."""
    spelled = {each.casefold(): each for each in table.types}
    if said.casefold() in spelled:
        return name(spelled[said.casefold()])
    before, dot, last = said.rpartition(".")
    if dot and re.fullmatch(r"[\w.\"]+", said):
        if before.casefold() != table.name.casefold():
            raise NotAtHandError(f"{column} comes from {before}, which is another table than {table.name}")
        if last.casefold() in spelled:
            return name(spelled[last.casefold()])
    try:
        return f"({guard.expression(said, table.types, table=table.name)})"
    except InputError as error:
        raise NotAtHandError(f"{column} comes from {said!r}, and {table.name} has no such column") from error


def joined_columns(joined: JoinedSource) -> tuple[str, ...]:
    """Give the columns by which a source is joined, each with its table: several may be joined by the same."""
    return tuple(f"{joined.table}.{each}" for each in joined.by)


def is_calendar(dimension: Dimension) -> bool:
    """Tell whether a dimension is the calendar: it is called so, and made from nothing."""
    return not dimension.source and bool(_CALENDAR.intersection(parts_of(dimension.name)))


def _is_day(column: str, fact: FactTable) -> bool:
    key = next(each for each in fact.foreign_keys if each.column == column)
    return bool(_CALENDAR.intersection(parts_of(key.dimension)))


def _current(table: Table) -> str:
    """Give what leaves the rows that hold now, where a table says which they are."""
    spelled = {each.casefold(): each for each in table.types}
    for each in _CURRENT:
        if each in spelled and table.types[spelled[each]] == "BOOLEAN":
            return f" WHERE {name(spelled[each])}"
    until = next((spelled[each] for each in _UNTIL if each in spelled), "")
    if not until:
        return ""
    far = "" if family(table.types[until]) not in ("date", "moment") else f" OR {name(until)} >= DATE '9999-01-01'"
    return f" WHERE {name(until)} IS NULL{far}"
