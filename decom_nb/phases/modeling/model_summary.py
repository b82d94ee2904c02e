"""What is kept of a dimensional model in the audit: its tables in short, the bus matrix, how facts meet, types of attributes."""

from __future__ import annotations

from collections import Counter
from typing import Any

from decom_nb.phases.modeling.dimensional_model import Dimension, DimensionalModel, FactTable
from decom_nb.phases.modeling.review import join
from decom_nb.phases.modeling.scd_decision import Attribute, attributes

Row = dict[str, Any]

MOST_TABLES = 60
"""How many fact tables and how many dimensions the audit keeps a row of; the totals count all."""
MOST_ATTRIBUTES = 300
MOST_MEETINGS = 40


def model_summary(dimensional_model: DimensionalModel) -> Row:
    """Give the model in short: totals, a row for each fact table and each dimension, the most used ones first."""
    used = users(dimensional_model)
    dimensions = sorted(dimensional_model.dimensions, key=lambda each: -len(used.get(each.name, ())))
    return {
        "schema": dimensional_model.database_schema,
        "fact_tables": len(dimensional_model.fact_tables),
        "dimensions": len(dimensional_model.dimensions),
        "shared": sum(len(used.get(each.name, ())) > 1 for each in dimensional_model.dimensions),
        "measures": sum(len(each.measures) for each in dimensional_model.fact_tables),
        "attributes": sum(len(each.descriptive) for each in dimensional_model.dimensions),
        "facts": [_fact(each) for each in dimensional_model.fact_tables[:MOST_TABLES]],
        "about": [_dimension(each, used.get(each.name, ())) for each in dimensions[:MOST_TABLES]],
    }


def bus_matrix(dimensional_model: DimensionalModel) -> Row:
    """Give for each fact table the dimensions that it points to, with their roles; columns are ordered by how shared they are."""
    used = users(dimensional_model)
    order = sorted(used, key=lambda name: (-len(used[name]), name))
    known = {each.name for each in dimensional_model.dimensions}
    facts = dimensional_model.fact_tables
    meetings = join.meetings(dimensional_model)
    return {
        "fact_tables": len(facts),
        "dimensions": [
            {"dimension": name, "facts": len(used[name]), "in_model": name in known} for name in order[:MOST_TABLES]
        ],
        "dimensions_total": len(order),
        "rows": [
            {"fact_table": fact.name, "grain": fact.grain, "dimensions": _roles(fact)} for fact in facts[:MOST_TABLES]
        ],
        "meetings": sorted(meetings, key=lambda row: bool(row["read with"]))[:MOST_MEETINGS],
        "meetings_total": len(meetings),
    }


def scd_types(dimensional_model: DimensionalModel) -> Row:
    """Give for each attribute how its changes are kept and how they should be; those that differ first."""
    every = list(attributes(dimensional_model))
    states = Counter(map(_state, every))
    ordered = sorted(every, key=lambda each: ("differs", "undecided", "open", "fits").index(_state(each)))
    return {
        "total": len(every),
        **{state: states[state] for state in ("differs", "undecided", "open", "fits")},
        "attributes": [
            {
                "dimension": each.dimension.name,
                "attribute": each.attribute.name,
                "said": each.said,
                "recommended": each.recommended.type,
                "basis": each.recommended.basis,
                "state": _state(each),
                "because": each.recommended.because,
            }
            for each in ordered[:MOST_ATTRIBUTES]
        ],
    }


def users(model: DimensionalModel) -> dict[str, tuple[str, ...]]:
    """Give the fact tables that point to each dimension, by dimension; those of no dimension in the model as well."""
    found: dict[str, dict[str, None]] = {}
    facts = {each.name for each in model.fact_tables}
    for fact in model.fact_tables:
        for key in fact.foreign_keys:
            if key.dimension not in facts:
                found.setdefault(key.dimension, {})[fact.name] = None
    return {name: tuple(using) for name, using in found.items()}


def _state(each: Attribute) -> str:
    """Say how what the model says of an attribute stands to what is recommended.

    `open` is where nothing is said that would recommend a type, or two are as good; `undecided` where the model says no type.
    """
    if each.said is None:
        return "undecided"
    if each.recommended.basis != "decided":
        return "open"
    return "fits" if each.said == each.recommended.type else "differs"


def _fact(fact: FactTable) -> Row:
    return {
        "name": fact.name,
        "grain": fact.grain,
        "statement": fact.grain_statement,
        "columns": list(fact.grain_columns),
        "kind": fact.kind,
        "source": fact.source,
        "measures": [
            {"name": each.name, "type": each.type, "aggregation": each.aggregation, "means": each.business_definition}
            for each in fact.measures
        ],
        "identifiers": [each.name for each in fact.degenerate_dimensions],
        "dimensions": list(dict.fromkeys(key.dimension for key in fact.foreign_keys)),
    }


def _dimension(dimension: Dimension, used_by: tuple[str, ...]) -> Row:
    return {
        "name": dimension.name,
        "type": dimension.type,
        "types": sorted({each.scd_type for each in dimension.descriptive if each.scd_type} - {dimension.type}),
        "natural_key": list(dimension.natural_key),
        "surrogate_key": dimension.surrogate_key,
        "source": dimension.source,
        "attributes": len(dimension.descriptive),
        "hierarchies": [" > ".join(each.levels) for each in dimension.hierarchies],
        "used_by": len(used_by),
    }


def _roles(fact: FactTable) -> dict[str, list[str]]:
    roles: dict[str, list[str]] = {}
    for key in fact.foreign_keys:
        roles.setdefault(key.dimension, []).append(key.role)
    return {name: [role for role in said if role] for name, said in roles.items()}
