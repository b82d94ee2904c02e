"""The columns of tables, as far as dbt's artifacts or tables at hand tell of them. Rules on documents use it."""

from __future__ import annotations

from typing import Any

from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.dbt_keys import columns_by_model


def known_columns(dbt: Dbt | None, tables: Any | None, *, all_of_them: bool = False) -> dict[str, set[str]]:
    """Give the columns of every table that evidence tells of, by the table's name, all in small letters.

    A model that is in no catalog tells the columns that somebody described, which may not be all of them: `all_of_them` leaves
    it out.
    """
    found: dict[str, set[str]] = {}
    if dbt is not None:
        by_model = columns_by_model(dbt)
        catalog = {each.key: [name for name, _ in each.columns] for each in dbt.catalog}
        for model in dbt.models:
            if (columns := by_model.get(model.key)) and (model.key in catalog or not all_of_them):
                found[(model.alias or model.name).casefold()] = {each.casefold() for each in columns}
        for source in dbt.sources:
            if listed_there := catalog.get(source.key):
                found[(source.identifier or source.name).casefold()] = {each.casefold() for each in listed_there}
    for table in getattr(tables, "tables", ()) or ():
        if table.columns:
            found.setdefault(table.name.casefold(), {each.name.casefold() for each in table.columns})
    return found
