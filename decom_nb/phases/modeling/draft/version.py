"""Recognises a change log: a row for each state of a thing, told apart by the thing's key and a time.

Its key repeats on purpose. Key and time together name every row, but for few copies, which a load that ran twice leaves. Others
may point to the key, and the draft keeps its history.
"""

from __future__ import annotations

from dataclasses import replace

from decom_nb.phases.modeling.draft.from_tables import Asking
from decom_nb.phases.modeling.draft.grain import Grain, is_own_key
from decom_nb.phases.modeling.draft.seen import Confidence, SeenTable
from decom_nb.phases.modeling.draft.word import first, known, parts_of
from decom_nb.wording import counted

_CHANGED = ("updated", "modified", "changed", "last update", "lastupdate", "valid from", "effective from")
_WRITTEN = ("loaded", "ingested", "inserted", "synced", "extracted", "etl", "dwh", "fivetran", "airbyte")


def with_versions(table: SeenTable, thing: str, asking: Asking | None) -> SeenTable:
    """Give a table with what tells its versions apart, if it is a change log."""
    if asking is None or not table.rows or table.definition.primary_key or table.snapshot:
        return table
    named = first(known().tables, parts_of(table.definition.name[-1]))
    if named and named[0].role == "fact":  # several rows of one order or event are its lines, not its states
        return table
    border = known().number("found")
    key = next((each for each in table.columns if is_own_key(table, thing, each) and table.is_filled(each)), "")
    if not key or asking.distinct(table, (key,)) >= border * table.rows:
        return table
    times = [each for each in table.columns if table.family(each) in ("date", "moment") and table.is_filled(each)]
    if named is None:  # without a name that tells of a thing, only a time that tells of the row does
        times = [each for each in times if first(known().technical, parts_of(each))]
    told = [(_order(each), table.columns.index(each), each) for each in times
            if asking.distinct(table, (key, each)) >= border * table.rows]  # fmt: skip
    return replace(table, versions=(key, min(told)[2])) if told else table


def _order(column: str) -> int:
    """Put times at which a thing changed before others, and those at which a row was loaded last."""
    technical = first(known().technical, parts_of(column))
    word = technical[1] if technical else ""
    return 0 if word in _CHANGED else 2 if word in _WRITTEN else 1


def version_grain(table: SeenTable, asking: Asking | None) -> Grain | None:
    """Give what names a row of a change log; None for any other table."""
    if table.versions is None or asking is None or not table.rows:
        return None
    key, time = table.versions
    copies = table.rows - asking.distinct(table, (key, time))
    things = asking.distinct(table, (key,))
    said = f"{key} repeats: {table.rows:,} rows tell of {things:,} values of it, and {time} tells them apart"
    said += f", but for {counted(copies, 'row')} that are copies." if copies else "."
    sure: Confidence = "medium" if copies or not table.whole else "high"
    return Grain((key, time), said, sure, rows=table.rows, duplicates=copies, keys=((key,),))
