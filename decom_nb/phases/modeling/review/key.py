"""Keys: that what is pointed to is there, that dimensions have the keys they need, and that roles are named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from decom_nb.phases.modeling.dimensional_model import Dimension, DimensionalModel, FactTable, ModelForeignKey
from decom_nb.phases.modeling.review.looked import Looked, Row, looked


def foreign_keys(model: DimensionalModel) -> Iterator[tuple[str, ModelForeignKey]]:
    """Give every foreign key, of fact tables and of dimensions, with its table."""
    tables: tuple[FactTable | Dimension, ...] = (*model.fact_tables, *model.dimensions)
    for table in tables:
        for key in table.foreign_keys:
            yield table.name, key


def dangling(model: DimensionalModel) -> Looked:
    """Give foreign keys to dimensions that the model does not have; those to fact tables are another matter."""
    every = list(foreign_keys(model))
    known = {each.name for each in model.dimensions} | {each.name for each in model.fact_tables}
    rows = (
        {"table": table, "column": key.column, "dimension": key.dimension}
        for table, key in every
        if key.dimension not in known
    )
    return looked(len(every), rows, ["table", "column"])


def unused(model: DimensionalModel) -> Looked:
    """Give dimensions to which nothing points."""
    used = {key.dimension for table, key in foreign_keys(model) if table != key.dimension}
    rows = ({"dimension": each.name} for each in model.dimensions if each.name not in used)
    return looked(len(model.dimensions), rows, ["dimension"])


def missing(model: DimensionalModel, versioned: Collection[int]) -> Looked:
    """Give dimensions without a natural key, and without a surrogate key where `versioned` types give a thing several rows."""
    rows = (row for each in model.dimensions for row in _missing(each, versioned))
    return looked(len(model.dimensions), rows, ["dimension"])


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


def unnamed_roles(model: DimensionalModel) -> Looked:
    """Give foreign keys to a dimension that their table points to twice, without a role or with the same one."""
    rows: list[Row] = []
    total = 0
    tables: tuple[FactTable | Dimension, ...] = (*model.fact_tables, *model.dimensions)
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
    return looked(total, rows, ["table", "column"])


def undated(model: DimensionalModel, time: Collection[str]) -> Looked:
    """Give fact tables that point to no dimension of time."""
    rows = (
        {"fact table": fact.name}
        for fact in model.fact_tables
        if not any(key.dimension in time for key in fact.foreign_keys)
    )
    return looked(len(model.fact_tables), rows, ["fact table"])
