"""What is wrong in a dimensional model beyond its shape: names declared twice, or taken by history. `decom check` tells it."""

from __future__ import annotations

from collections.abc import Iterator

from decom_nb.phase import Wrong
from decom_nb.phases.modeling.dimensional_model import Dimension, DimensionalModel, FactTable
from decom_nb.sql.history_columns import RECORDED

Path = tuple[str | int, ...]

_DOCUMENT = "dimensional_model"
_VERSIONED = (2, 4, 6)


def mistakes(dimensional_model: DimensionalModel) -> Iterator[Wrong]:
    """Give names of tables that are declared twice, columns that stand in a table twice, and columns that history takes."""
    places: dict[str, Path] = {}
    for path, table in _tables(dimensional_model):
        name = table.name.casefold()
        if name in places:
            yield Wrong(
                _DOCUMENT, "", (*path, "name"), f"{table.name} is declared twice", "rename one, or join the two"
            )
        places[name] = path
        yield from _columns(path, table)


def _tables(model: DimensionalModel) -> Iterator[tuple[Path, FactTable | Dimension]]:
    for at, fact in enumerate(model.fact_tables):
        yield ("fact_tables", at), fact
    for at, dimension in enumerate(model.dimensions):
        yield ("dimensions", at), dimension


def _columns(path: Path, table: FactTable | Dimension) -> Iterator[Wrong]:
    seen: set[str] = set()
    taken = _taken(table)
    for place, name in _named(table):
        key = name.casefold()
        if key in seen:
            what = f"{name} is already a column of {table.name}"
            yield Wrong(_DOCUMENT, "", (*path, *place), what, "rename one of them, or leave it out")
        elif key in taken:
            what = f"{name} is a column that the history of {table.name} brings with it"
            yield Wrong(
                _DOCUMENT, "", (*path, *place), what, "leave it out: it is made for every dimension with versions"
            )
        seen.add(key)


def _taken(table: FactTable | Dimension) -> frozenset[str]:
    """Give the columns that a table's history brings with it."""
    if not isinstance(table, Dimension):
        return frozenset()
    types = {table.type, *(each.scd_type for each in table.attributes)}
    return frozenset(RECORDED) if types & set(_VERSIONED) else frozenset()


def _named(table: FactTable | Dimension) -> Iterator[tuple[Path, str]]:
    """Give every column with the place at which it is declared."""
    if isinstance(table, FactTable):
        yield from ((("measures", at, "name"), each.name) for at, each in enumerate(table.measures))
        yield from (
            (("degenerate_dimensions", at, "name"), each.name) for at, each in enumerate(table.degenerate_dimensions)
        )
    else:
        if table.surrogate_key and table.surrogate_key not in table.natural_key:
            yield ("surrogate_key",), table.surrogate_key
        yield from ((("natural_key", at), name) for at, name in enumerate(table.natural_key))
        for at, each in enumerate(table.attributes):
            # Once, a column of the natural key may be told of among the attributes: with its type and what it means.
            if each.name not in table.natural_key or each.name in (other.name for other in table.attributes[:at]):
                yield ("attributes", at, "name"), each.name
    yield from ((("foreign_keys", at, "column"), key.column) for at, key in enumerate(table.foreign_keys))
