"""Dimensions: the same in every star, with history that can be kept and levels of their own, and none that is an identifier."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

from decom_nb.phases.modeling.data.model_column import is_calendar
from decom_nb.phases.modeling.dimensional_model import Dimension, DimensionalModel, FactTable, ModelAttribute
from decom_nb.phases.modeling.review.looked import Looked, Row, looked
from decom_nb.phases.modeling.scd_decision import attributes, said_type


def identifiers(model: DimensionalModel) -> Looked:
    """Give dimensions that are no more than an identifier, or have a row for each row of a fact table."""
    rows = (
        {"dimension": each.name, "because": because}
        for each in model.dimensions
        if (because := _identifier(each, model.fact_tables))
    )
    return looked(len(model.dimensions), rows, ["dimension"])


def _identifier(dimension: Dimension, facts: Collection[FactTable]) -> str:
    key = set(dimension.natural_key)
    if not key:
        return ""
    for fact in facts:
        kept = {each.name for each in fact.degenerate_dimensions}
        pointing = any(each.dimension == dimension.name for each in fact.foreign_keys)
        if key <= kept:
            return f"{', '.join(sorted(key))} stands in {fact.name} as an identifier, and in this dimension as well."
        if pointing and key == set(fact.grain_columns):
            return f"It has a row for each row of {fact.name}: the join costs and tells nothing that the fact could not hold."
    if is_calendar(dimension):  # its attributes are made with it
        return ""
    bare = not dimension.descriptive and not dimension.foreign_keys
    return "It has no attribute but its key: kept in the fact table, the key says the same." if bare else ""


def other_meanings(model: DimensionalModel, generic: Collection[str]) -> Looked:
    """Give attributes of one name in several dimensions that differ in type or description, but for `generic` names."""
    by_name: dict[str, list[tuple[Dimension, ModelAttribute]]] = {}
    for dimension in model.dimensions:
        for each in dimension.attributes:
            by_name.setdefault(each.name.casefold(), []).append((dimension, each))
    shared = {name: found for name, found in by_name.items() if len(found) > 1 and name not in generic}
    rows = (row for found in shared.values() for row in _differing(found))
    return looked(len(shared), rows, ["attribute"])


def _differing(found: list[tuple[Dimension, ModelAttribute]]) -> Iterator[Row]:
    for what, of in (("type", "data_type"), ("description", "description")):
        said = {dimension.name: str(getattr(each, of)).strip() for dimension, each in found}
        values = {value.casefold().rstrip(".") for value in said.values() if value}
        if len(values) > 1:
            told = "; ".join(f"{name}: {value}" for name, value in said.items() if value)
            yield {"attribute": found[0][1].name, "differs in": what, "says": told}


def doubles(model: DimensionalModel) -> Looked:
    """Give pairs of dimensions of one natural key and one source: the same thing twice."""
    rows = (
        {"dimensions": f"{one.name} and {other.name}", "natural key": ", ".join(one.natural_key), "source": one.source}
        for one, other in combinations(model.dimensions, 2)
        if one.natural_key
        and set(one.natural_key) == set(other.natural_key)
        and one.source
        and one.source == other.source
    )
    return looked(len(model.dimensions), rows, ["dimensions"])


def misplaced_types(model: DimensionalModel, kept: Mapping[str, Collection[int]]) -> Looked:
    """Give attributes whose type their dimension's type has no columns for; `kept` are the types each can hold."""
    placed = [
        (each, attribute)
        for each in model.dimensions
        for attribute in each.attributes
        if each.type and attribute.scd_type
    ]
    rows = (
        {
            "dimension": each.name,
            "attribute": attribute.name,
            "its type": attribute.scd_type,
            "its dimension's": each.type,
        }
        for each, attribute in placed
        if attribute.scd_type not in kept[str(each.type)]
    )
    return looked(len(placed), rows, ["dimension", "attribute"])


def undecided(model: DimensionalModel) -> Looked:
    """Give attributes of which neither they nor their dimension say how changes are kept."""
    every = [(each, attribute) for each in model.dimensions for attribute in each.descriptive]
    rows = (
        {"dimension": each.name, "attribute": attribute.name}
        for each, attribute in every
        if said_type(each, attribute) is None
    )
    return looked(len(every), rows, ["dimension", "attribute"])


def other_types(model: DimensionalModel) -> Looked:
    """Give attributes kept otherwise than what is said of them asks for; only those of which something is said."""
    every = [each for each in attributes(model) if each.said is not None and each.recommended.basis == "decided"]
    rows = (
        {
            "dimension": each.dimension.name,
            "attribute": each.attribute.name,
            "said": each.said,
            "recommended": each.recommended.type,
            "because": each.recommended.because,
        }
        for each in every
        if each.said != each.recommended.type
    )
    return looked(len(every), rows, ["dimension", "attribute"])


def levels(model: DimensionalModel) -> Looked:
    """Give hierarchies with a level that their dimension has not, or that stands there twice, or that is the only one."""
    every = [(each, at, hierarchy) for each in model.dimensions for at, hierarchy in enumerate(each.hierarchies)]
    rows = (row for each, at, _ in every for row in _levels(each, at))
    return looked(len(every), rows, ["dimension", "hierarchy"])


def _levels(dimension: Dimension, at: int) -> Iterator[Row]:
    hierarchy = dimension.hierarchies[at]
    said = {"dimension": dimension.name, "hierarchy": hierarchy.name or f"number {at + 1}"}
    there = {each.name for each in dimension.attributes} | set(dimension.natural_key)
    for place, level in enumerate(hierarchy.levels):
        if level not in there:
            yield {**said, "level": level, "what": "is no attribute of the dimension"}
        elif level in hierarchy.levels[:place]:
            yield {**said, "level": level, "what": "stands there twice"}
    if len(hierarchy.levels) == 1:
        yield {**said, "level": hierarchy.levels[0], "what": "is the only level: nothing can be drilled"}


def undescribed(model: DimensionalModel) -> Looked:
    """Give attributes of which nobody says what they mean."""
    every = [(each, attribute) for each in model.dimensions for attribute in each.attributes]
    rows = (
        {"dimension": each.name, "attribute": attribute.name}
        for each, attribute in every
        if not attribute.description.strip()
    )
    return looked(len(every), rows, ["dimension", "attribute"])
