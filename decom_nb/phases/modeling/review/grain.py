"""The grain of fact tables: stated, in columns that the table has, and how it compares with other facts' grain."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from decom_nb.phases.modeling.dimensional_model import DimensionalModel, FactTable
from decom_nb.phases.modeling.review.looked import Looked, Row, looked

PARTS = {
    "grain": "what one row is",
    "grain_statement": "the grain in a sentence",
    "grain_columns": "the columns that name a row",
}


def unlike_their_kind(model: DimensionalModel, time: Collection[str], milestones: int) -> Looked:
    """Give fact tables that are not what their kind says: events with numbers, processes without dates of their steps."""
    told = [fact for fact in model.fact_tables if fact.kind]
    rows = (
        {"fact table": fact.name, "kind": fact.kind, "because": because}
        for fact in told
        if (because := _unlike(fact, time, milestones))
    )
    return looked(len(told), rows, ["fact table"])


def _unlike(fact: FactTable, time: Collection[str], milestones: int) -> str:
    dates = sum(key.dimension in time for key in fact.foreign_keys)
    if fact.kind == "factless" and fact.measures:
        return f"It has measures: {', '.join(each.name for each in fact.measures)}."
    if fact.kind == "transaction" and not fact.measures:
        return "It has no measure: rows that only say that something happened are a factless fact table."
    if fact.kind == "accumulating snapshot" and dates < milestones:
        return f"It has {dates} keys to dates; a process has a date for each of its steps, and {milestones} at least."
    if fact.kind == "periodic snapshot" and not dates:
        return "It has no key to a date, so nothing says of which period a row is."
    return ""


def columns(fact: FactTable) -> tuple[str, ...]:
    """Give the names of a fact table's columns, as often as they are declared."""
    return (
        *(each.column for each in fact.foreign_keys),
        *(each.name for each in fact.degenerate_dimensions),
        *(each.name for each in fact.measures),
    )


def stated(model: DimensionalModel) -> Looked:
    """Give what fact tables do not say of their grain."""
    rows = (
        {"fact table": fact.name, "missing": what}
        for fact in model.fact_tables
        for part, what in PARTS.items()
        if not getattr(fact, part)
    )
    return looked(len(model.fact_tables), rows, ["fact table"])


def of_columns(model: DimensionalModel) -> Looked:
    """Give grain columns that no fact table has, and measures that are said to name a row."""
    stating = [fact for fact in model.fact_tables if fact.grain_columns]
    return looked(len(stating), (row for fact in stating for row in _strange(fact)), ["fact table"])


def _strange(fact: FactTable) -> Iterator[Row]:
    there, measures = set(columns(fact)), {each.name for each in fact.measures}
    for column in fact.grain_columns:
        if column not in there:
            yield {
                "fact table": fact.name,
                "column": column,
                "what": "no foreign key, identifier or measure is named so",
            }
        elif column in measures:
            yield {
                "fact table": fact.name,
                "column": column,
                "what": "is a measure; what is measured does not name a row",
            }
