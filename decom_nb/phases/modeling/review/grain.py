"""The grain of fact tables: stated, in columns that the table has, and how it compares with other facts' grain."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from decom_nb.finding import Finding
from decom_nb.phases.modeling.dimensional_model import DimensionalModel, FactTable
from decom_nb.phases.modeling.review.looked import Row, judged, looked
from decom_nb.phases.modeling.review.measure import time_dimensions
from decom_nb.rule import rule

PARTS = {
    "grain": "what one row is",
    "grain_statement": "the grain in a sentence",
    "grain_columns": "the columns that name a row",
}


@rule
def facts_are_of_their_kind(
    dimensional_model: DimensionalModel, *, time_words: tuple[str, ...], milestones: int
) -> Finding:
    """Every fact table is what its kind says."""
    time = time_dimensions(dimensional_model, time_words)
    told = [fact for fact in dimensional_model.fact_tables if fact.kind]
    rows = (
        {"fact table": fact.name, "kind": fact.kind, "because": because}
        for fact in told
        if (because := _unlike(fact, time, milestones))
    )
    seen = looked(len(told), rows, ["fact table"])
    return judged(seen, "fact table of a kind/fact tables of a kind", "each is what it says", "are not what they say")


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


@rule
def facts_state_their_grain(dimensional_model: DimensionalModel) -> Finding:
    """Every fact table says what one row of it is, in words and in columns."""
    rows = (
        {"fact table": fact.name, "missing": what}
        for fact in dimensional_model.fact_tables
        for part, what in PARTS.items()
        if not getattr(fact, part)
    )
    seen = looked(len(dimensional_model.fact_tables), rows, ["fact table"])
    return judged(seen, "fact table/fact tables", "each says what one row is", "do not say what one row is")


@rule
def grain_columns_are_in_their_table(dimensional_model: DimensionalModel) -> Finding:
    """The columns that name a row of a fact table are keys or identifiers in it."""
    stating = [fact for fact in dimensional_model.fact_tables if fact.grain_columns]
    seen = looked(len(stating), (row for fact in stating for row in _strange(fact)), ["fact table"])
    return judged(
        seen,
        "fact table with grain columns/fact tables with grain columns",
        "the table has them",
        "name columns that cannot name a row",
    )


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
