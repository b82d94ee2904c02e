"""Joins that repeat rows: fan-out along one key, chasms between two facts, measures of a wider grain than their fact's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from decom_nb.finding import Finding
from decom_nb.phases.modeling.dimensional_model import Dimension, DimensionalModel, FactTable, ModelForeignKey
from decom_nb.phases.modeling.review.looked import Row, judged, looked
from decom_nb.rule import rule


@rule
def joins_do_not_repeat_rows(dimensional_model: DimensionalModel) -> Finding:
    """No foreign key leads to several rows for one."""
    facts = {each.name: each for each in dimensional_model.fact_tables}
    dimensions = {each.name: each for each in dimensional_model.dimensions}
    tables: tuple[FactTable | Dimension, ...] = (*dimensional_model.fact_tables, *dimensional_model.dimensions)
    every = [(table, key) for table in tables for key in table.foreign_keys]
    rows = (
        {"table": table.name, "column": key.column, "joins": key.dimension, "trap": trap, "because": because}
        for table, key in every
        for trap, because in _fans_out(table, key, facts, dimensions)
    )
    seen = looked(len(every), rows, ["table", "column"])
    return judged(seen, "foreign key/foreign keys", "each leads to one row", "lead to several rows for one")


def _fans_out(
    table: FactTable | Dimension,
    key: ModelForeignKey,
    facts: dict[str, FactTable],
    dimensions: dict[str, Dimension],
) -> Iterator[tuple[str, str]]:
    if key.dimension in facts:
        yield (
            "fact to fact",
            f"{key.dimension} is a fact table: joined row by row, the measures of one are repeated by the other.",
        )
        return
    dimension = dimensions.get(key.dimension)
    if key.several and not _bridged(key, facts):
        what = f"{key.bridge} is no fact table that points to it" if key.bridge else "no bridge table is named"
        yield "many to many", f"One row belongs to several of {key.dimension}, and {what}."
    if key.level and dimension and key.level not in dimension.natural_key:
        yield (
            "wider level",
            f"The column holds {key.level}, of which {key.dimension} has many rows: each of them repeats the fact.",
        )
    if isinstance(table, Dimension) and dimension and _is_finer(dimension, than=table):
        yield (
            "finer dimension",
            f"A row of {table.name} has many of {key.dimension}, which names its {', '.join(table.natural_key)}.",
        )


def _bridged(key: ModelForeignKey, facts: dict[str, FactTable]) -> bool:
    bridge = facts.get(key.bridge)
    return bridge is not None and any(each.dimension == key.dimension for each in bridge.foreign_keys)


def _is_finer(dimension: Dimension, *, than: Dimension) -> bool:
    """Tell whether rows of a dimension name the row of another that they belong to."""
    names = {each.name for each in dimension.attributes} | {key.column for key in dimension.foreign_keys}
    names |= set(dimension.natural_key)
    keys = [set(than.natural_key), {than.surrogate_key} - {""}]
    mine = set(dimension.natural_key)
    return any(key and key <= names and key != mine for key in keys) or any(
        key.dimension == than.name for key in dimension.foreign_keys
    )


@rule
def measures_have_the_grain_of_their_fact(dimensional_model: DimensionalModel) -> Finding:
    """No additive measure is taken from a table of which one row stands on several rows of the fact."""
    every = [
        (fact, each)
        for fact in dimensional_model.fact_tables
        for each in fact.measures
        if each.type == "additive" and each.source
    ]
    wider = {
        name: set(fact.grain_columns)
        for fact in dimensional_model.fact_tables
        for name in (fact.source, fact.name)
        if name
    }
    rows = (
        {"fact table": fact.name, "measure": measure.name, "source": measure.source, "because": because}
        for fact, measure in every
        if (because := _repeated(fact, measure.source, wider))
    )
    seen = looked(len(every), rows, ["fact table", "measure"])
    return judged(
        seen,
        "additive measure/additive measures",
        "each has the grain of its fact",
        "are repeated on several rows and summed",
    )


def _repeated(fact: FactTable, source: str, wider: dict[str, set[str]]) -> str:
    grain = set(fact.grain_columns)
    named = _tables_in(source)
    if fact.source in named or not grain:
        return ""
    for joined in fact.joined_sources:
        # Where what names a row of the other table is less than what names a row of the fact, several rows share one of it.
        if joined.table in named and set(joined.by) < grain:
            return f"One row of {joined.table} is named by {', '.join(joined.by)} and stands on several rows of {fact.name}."
    for name in named:
        if (other := wider.get(name)) and other < grain:
            return (
                f"{name} has one row for each {', '.join(sorted(other))}, which stands on several rows of {fact.name}."
            )
    return ""


def _tables_in(source: str) -> set[str]:
    """Give the tables that qualify columns in an expression.

    >>> sorted(_tables_in("orders.shipping + tax * lines.quantity")), _tables_in("1.5 * quantity")
    (['lines', 'orders'], set())
    """
    return set(re.findall(r"\b([A-Za-z_]\w*)\s*\.\s*[A-Za-z_]", source))


def meetings(model: DimensionalModel) -> list[Row]:
    """Give every two fact tables of different grain that share dimensions or identifiers, with how they are read together."""
    rows, names = [], {each.name for each in model.fact_tables}
    for one, other in combinations(model.fact_tables, 2):
        dimensions = [key.dimension for key in one.foreign_keys]
        shared = [
            name for name in dict.fromkeys(dimensions) if any(key.dimension == name for key in other.foreign_keys)
        ]
        theirs = {each.name for each in other.degenerate_dimensions}
        identifiers = [each.name for each in one.degenerate_dimensions if each.name in theirs]
        if not (shared or identifiers) or _same_grain(one, other):
            continue
        rows.append(
            {
                "facts": f"{one.name} and {other.name}",
                "shared dimensions": shared,
                "shared identifiers": identifiers,
                "trap": "fan-out" if identifiers else "chasm",
                "read with": " ".join(filter(None, (_told(one, other, names), _told(other, one, names)))),
            }
        )
    return rows


def _told(fact: FactTable, other: FactTable, names: set[str]) -> str:
    """Give what a fact says of how it is read with another: what names facts is of those, what names none is of all."""
    named = names & set(re.findall(r"\w+", fact.read_with))
    return fact.read_with if other.name in named or not named - {fact.name} else ""


def _same_grain(one: FactTable, other: FactTable) -> bool:
    return bool(one.grain_columns) and set(one.grain_columns) == set(other.grain_columns)


@rule
def facts_of_different_grain_say_how_they_meet(dimensional_model: DimensionalModel) -> Finding:
    """Of facts of different grain that share dimensions or identifiers, the model says how they are read together."""
    every = meetings(dimensional_model)
    rows = (
        {
            "facts": row["facts"],
            "trap": row["trap"],
            "they share": ", ".join([*row["shared identifiers"], *row["shared dimensions"]]),
        }
        for row in every
        if not row["read with"]
    )
    seen = looked(len(every), rows, ["facts"])
    return judged(
        seen,
        "pair of facts that meet/pairs of facts that meet",
        "each says how",
        "invite a join that repeats rows, and nothing says how else",
    )
