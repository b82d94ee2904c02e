"""Dimensions: the same in every star, with history that can be kept and levels of their own, and none that is an identifier."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

from decom_nb.finding import Finding
from decom_nb.phases.modeling.data.model_column import is_calendar
from decom_nb.phases.modeling.dimensional_model import Dimension, DimensionalModel, FactTable, ModelAttribute
from decom_nb.phases.modeling.review.looked import Row, judged, looked
from decom_nb.phases.modeling.scd_decision import attributes, said_type
from decom_nb.rule import rule


@rule
def identifiers_stay_in_their_fact(dimensional_model: DimensionalModel) -> Finding:
    """No dimension is merely an identifier, or as long as a fact table."""
    rows = (
        {"dimension": each.name, "because": because}
        for each in dimensional_model.dimensions
        if (because := _identifier(each, dimensional_model.fact_tables))
    )
    seen = looked(len(dimensional_model.dimensions), rows, ["dimension"])
    return judged(
        seen, "dimension/dimensions", "none is merely an identifier", "are identifiers that belong into a fact table"
    )


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


@rule
def shared_attributes_mean_the_same(dimensional_model: DimensionalModel, *, generic: tuple[str, ...]) -> Finding:
    """Attributes of one name in several dimensions have one type and one meaning."""
    by_name: dict[str, list[tuple[Dimension, ModelAttribute]]] = {}
    for dimension in dimensional_model.dimensions:
        for each in dimension.attributes:
            by_name.setdefault(each.name.casefold(), []).append((dimension, each))
    shared = {name: found for name, found in by_name.items() if len(found) > 1 and name not in generic}
    rows = (row for found in shared.values() for row in _differing(found))
    seen = looked(len(shared), rows, ["attribute"])
    return judged(
        seen,
        "attribute name in several dimensions/attribute names in several dimensions",
        "each means the same",
        "differ from dimension to dimension",
    )


def _differing(found: list[tuple[Dimension, ModelAttribute]]) -> Iterator[Row]:
    for what, of in (("type", "data_type"), ("description", "description")):
        said = {dimension.name: str(getattr(each, of)).strip() for dimension, each in found}
        values = {value.casefold().rstrip(".") for value in said.values() if value}
        if len(values) > 1:
            told = "; ".join(f"{name}: {value}" for name, value in said.items() if value)
            yield {"attribute": found[0][1].name, "differs in": what, "says": told}


@rule
def nothing_has_two_dimensions(dimensional_model: DimensionalModel) -> Finding:
    """No two dimensions have the same natural key and the same source."""
    rows = (
        {"dimensions": f"{one.name} and {other.name}", "natural key": ", ".join(one.natural_key), "source": one.source}
        for one, other in combinations(dimensional_model.dimensions, 2)
        if one.natural_key
        and set(one.natural_key) == set(other.natural_key)
        and one.source
        and one.source == other.source
    )
    seen = looked(len(dimensional_model.dimensions), rows, ["dimensions"])
    return judged(seen, "dimension/dimensions", "each is about another thing", "are the same thing twice")


@rule
def attribute_history_has_a_place(dimensional_model: DimensionalModel, *, kept: Mapping[str, Sequence[int]]) -> Finding:
    """No attribute keeps a history for which its dimension has no columns."""
    placed = [
        (each, attribute)
        for each in dimensional_model.dimensions
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
    seen = looked(len(placed), rows, ["dimension", "attribute"])
    return judged(
        seen,
        "attribute with a type of its own/attributes with a type of their own",
        "each dimension can keep it",
        "have a type that their dimension cannot keep",
    )


@rule
def attributes_say_how_changes_are_kept(dimensional_model: DimensionalModel) -> Finding:
    """Every attribute says how its changes are kept, or its dimension does."""
    every = [(each, attribute) for each in dimensional_model.dimensions for attribute in each.descriptive]
    rows = (
        {"dimension": each.name, "attribute": attribute.name}
        for each, attribute in every
        if said_type(each, attribute) is None
    )
    seen = looked(len(every), rows, ["dimension", "attribute"])
    return judged(seen, "attribute/attributes", "each says how changes are kept", "do not say how changes are kept")


@rule
def changes_are_kept_as_they_are_needed(dimensional_model: DimensionalModel) -> Finding:
    """Changes of each attribute are kept as what is said of it asks for."""
    every = [
        each for each in attributes(dimensional_model) if each.said is not None and each.recommended.basis == "decided"
    ]
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
    seen = looked(len(every), rows, ["dimension", "attribute"])
    return judged(
        seen,
        "attribute of which something is said/attributes of which something is said",
        "each is kept as needed",
        "are kept otherwise than needed",
    )


@rule
def hierarchies_are_of_attributes(dimensional_model: DimensionalModel) -> Finding:
    """The levels of every hierarchy are attributes of its dimension, two or more, each once."""
    every = [
        (each, at, hierarchy) for each in dimensional_model.dimensions for at, hierarchy in enumerate(each.hierarchies)
    ]
    rows = (row for each, at, _ in every for row in _levels(each, at))
    seen = looked(len(every), rows, ["dimension", "hierarchy"])
    return judged(
        seen, "hierarchy/hierarchies", "each has levels of its dimension", "have levels that cannot be drilled along"
    )


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


@rule
def attributes_are_described(dimensional_model: DimensionalModel) -> Finding:
    """Every attribute of a dimension says what it means to those who read it."""
    every = [(each, attribute) for each in dimensional_model.dimensions for attribute in each.attributes]
    rows = (
        {"dimension": each.name, "attribute": attribute.name}
        for each, attribute in every
        if not attribute.description.strip()
    )
    seen = looked(len(every), rows, ["dimension", "attribute"])
    return judged(seen, "attribute/attributes", "each is described", "are not described")
