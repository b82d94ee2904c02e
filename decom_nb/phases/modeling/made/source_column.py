"""Which of a fact's sources have a column that says no table, as far as the sources' columns are known."""

from __future__ import annotations

from collections.abc import Mapping

from decom_nb.phases.modeling.dimensional_model import FactTable
from decom_nb.phases.modeling.made.tables import Known


class SourceColumns:
    """The columns of sources, by table; a table of which none is known is not known."""

    def __init__(self, known: Known) -> None:
        self._columns: dict[str, set[str]] = {}
        for table, column in known:
            self._columns.setdefault(table, set()).add(column.casefold())

    def elsewhere(self, fact: FactTable) -> Mapping[str, tuple[str, ...]]:
        """Give the columns that a fact's own source is known not to have, in small letters, with the joined ones that do."""
        own = self._columns.get(fact.source)
        if own is None:
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for each in fact.joined_sources:
            for column in self._columns.get(each.table, set()) - own:
                found[column] = (*found.get(column, ()), each.table)
        return found
