"""Keys: that what is pointed to is there, that dimensions have the keys they need, and that roles are named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from decom_nb.finding import Finding
from decom_nb.phases.modeling.dimensional_model import Dimension, DimensionalModel, FactTable, ModelForeignKey
from decom_nb.phases.modeling.review.looked import Row, judged, looked
from decom_nb.phases.modeling.review.measure import time_dimensions
from decom_nb.rule import rule


def foreign_keys(model: DimensionalModel) -> Iterator[tuple[str, ModelForeignKey]]:
    """Give every foreign key, of fact tables and of dimensions, with its table."""
    tables: tuple[FactTable | Dimension, ...] = (*model.fact_tables, *model.dimensions)
    for table in tables:
        for key in table.foreign_keys:
            yield table.name, key


@rule
def foreign_keys_have_their_dimension(dimensional_model: DimensionalModel) -> Finding:
    """Every foreign key points to a dimension of the model."""
    every = list(foreign_keys(dimensional_model))
    known = {each.name for each in dimensional_model.dimensions} | {each.name for each in dimensional_model.fact_tables}
    rows = (
        {"table": table, "column": key.column, "dimension": key.dimension}
        for table, key in every
        if key.dimension not in known
    )
    seen = looked(len(every), rows, ["table", "column"])
    return judged(seen, "foreign key/foreign keys", "each has its dimension", "point to nothing in the model")


@rule
def dimensions_are_used(dimensional_model: DimensionalModel) -> Finding:
    """Every dimension is used by a fact table, or by another dimension."""
    used = {key.dimension for table, key in foreign_keys(dimensional_model) if table != key.dimension}
    rows = ({"dimension": each.name} for each in dimensional_model.dimensions if each.name not in used)
    seen = looked(len(dimensional_model.dimensions), rows, ["dimension"])
    return judged(seen, "dimension/dimensions", "each is used", "are used by nothing")


@rule
def dimensions_have_their_keys(dimensional_model: DimensionalModel, *, versioned: tuple[int, ...]) -> Finding:
    """Every dimension has a natural key, and a surrogate key where one thing has several rows."""
    rows = (row for each in dimensional_model.dimensions for row in _missing(each, versioned))
    seen = looked(len(dimensional_model.dimensions), rows, ["dimension"])
    return judged(seen, "dimension/dimensions", "each has its keys", "lack a key")


def _missing(dimension: Dimension, versioned: Collection[int]) -> Iterator[Row]:
    if not dimension.natural_key:
        because = "Without it nobody can tell which row of the source a row is."
        yield {"dimension": dimension.name, "missing": "natural key", "because": because}
    types = sorted({dimension.type, *(each.scd_type for each in dimension.attributes)} & set(versioned), key=str)
    if types and not dimension.surrogate_key:
        because = f"Type {' and '.join(map(str, types))} gives one natural key several rows, which need a key each."
        yield {"dimension": dimension.name, "missing": "surrogate key", "because": because}
    elif dimension.surrogate_key in dimension.natural_key and dimension.surrogate_key:
        because = "The key that the warehouse makes is said to be the source's as well."
        yield {"dimension": dimension.name, "missing": "a surrogate key of its own", "because": because}


@rule
def roles_are_named(dimensional_model: DimensionalModel) -> Finding:
    """Where a table points to a dimension twice, each key says which role the dimension plays."""
    rows: list[Row] = []
    total = 0
    tables: tuple[FactTable | Dimension, ...] = (*dimensional_model.fact_tables, *dimensional_model.dimensions)
    for table in tables:
        times = Counter(key.dimension for key in table.foreign_keys)
        roles = Counter((key.dimension, key.role) for key in table.foreign_keys)
        playing = [key for key in table.foreign_keys if times[key.dimension] > 1]
        total += len(playing)
        rows += [
            {"table": table.name, "column": key.column, "dimension": key.dimension, "role": key.role}
            for key in playing
            if not key.role or roles[key.dimension, key.role] > 1
        ]
    seen = looked(total, rows, ["table", "column"])
    return judged(
        seen,
        "foreign key to a dimension used twice/foreign keys to a dimension used twice",
        "each names its role",
        "do not say which role they play",
    )


@rule
def facts_have_a_date(dimensional_model: DimensionalModel, *, time_words: tuple[str, ...]) -> Finding:
    """Every fact table points to a dimension of time."""
    time = time_dimensions(dimensional_model, time_words)
    rows = (
        {"fact table": fact.name}
        for fact in dimensional_model.fact_tables
        if not any(key.dimension in time for key in fact.foreign_keys)
    )
    seen = looked(len(dimensional_model.fact_tables), rows, ["fact table"])
    return judged(seen, "fact table/fact tables", "each has a date", "point to no dimension of time")
