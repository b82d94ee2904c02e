"""What a draft looks at: a table as data, DDL or dbt tells it, in one shape; and how names of tables and columns are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from decom_nb.phases.modeling.draft.word import first, known, parts_of, singular
from decom_nb.phases.modeling.made.assumed_type import assumed_type
from decom_nb.sql import column_type
from decom_nb.sql.table_definition import ColumnDefinition, TableDefinition

Confidence = Literal["high", "medium", "low"]
Origin = Literal["data", "ddl", "dbt"]


@dataclass(frozen=True)
class Figures:
    """What was counted of a column."""

    filled: int
    distinct: int
    exact: bool
    """Whether `distinct` was counted, and not estimated."""
    low: Any = None
    high: Any = None
    fractions: int = 0
    """Numbers that are not whole."""
    length: float = 0.0
    """Mean length of a text."""


@dataclass(frozen=True)
class SeenTable:
    """A table that a model may be drafted from."""

    definition: TableDefinition
    origin: Origin
    place: str = ""
    """Where it lies, as it may be shown."""
    rows: int | None = None
    """How many rows were looked at; None where no data is at hand."""
    whole: bool = True
    """Whether these are all rows of the table."""
    figures: Mapping[str, Figures] = field(default_factory=dict)
    declared: Mapping[str, str] = field(default_factory=dict)
    """In words, where the primary key and each foreign key are declared, by columns joined with commas: a DDL, a dbt test."""
    snapshot: bool = False
    """Whether it keeps history, as a dbt snapshot does."""
    source: str = ""
    """What stands after FROM in an open session; empty without data."""
    versions: tuple[str, str] | None = None
    """The key and the time that tell its rows apart, where it holds a row for each change of a thing."""
    schema: str = ""
    """Where dbt keeps it, as its manifest says."""

    @property
    def name(self) -> str:
        """Give its name, with its schema where it has one."""
        return ".".join(self.definition.name)

    @cached_property
    def types(self) -> Mapping[str, str]:
        """Give the type of each column, by name."""
        return {each.name: each.type for each in self.definition.columns}

    @cached_property
    def prefix(self) -> str:
        """Give the first part that the names of all columns share, as the ``l`` of ``l_orderkey``; empty if they do not."""
        names = [parts_of(each.name) for each in self.definition.columns]
        firsts = {each[0] for each in names if each}
        if len(names) < 3 or len(firsts) != 1 or any(len(each) < 2 for each in names):
            return ""
        return firsts.pop()

    def bare(self, column: str) -> str:
        """Give a column's name in small parts, without the prefix of the table."""
        parts = parts_of(column)
        return "_".join(parts[1:] if self.prefix and len(parts) > 1 else parts) or column

    def family(self, column: str) -> column_type.Family:
        """Give what may be asked of a column; where nobody says its type, its name is gone by."""
        return column_type.family(self.types.get(column) or assumed_type(column))

    def is_filled(self, column: str) -> bool:
        """Tell whether a column has a value in every row, as data shows or else as is declared."""
        if self.rows is not None:
            return column in self.figures and self.figures[column].filled == self.rows
        return not self.column(column).nullable or column in self.definition.primary_key

    def distinct(self, column: str) -> int | None:
        """Give how many different values a column has; None where nobody counted."""
        return self.figures[column].distinct if column in self.figures else None

    def column(self, name: str) -> ColumnDefinition:
        """Give a column by its name."""
        return self.definition.column(name)

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the names of its columns."""
        return tuple(each.name for each in self.definition.columns)


def merged(tables: Iterable[SeenTable]) -> tuple[SeenTable, ...]:
    """Put what data, DDL and dbt tell of a table of one name together: figures of the data, keys of what is declared."""
    by_name: dict[str, SeenTable] = {}
    for each in tables:
        key = each.definition.name[-1].casefold()
        old = by_name.get(key)
        if old is None:
            by_name[key] = each
        elif (old.rows is None) != (each.rows is None):
            data, told = (old, each) if old.rows is not None else (each, old)
            by_name[key] = _with_declared(data, told)
        else:
            by_name[each.name.casefold()] = each
    return tuple(by_name.values())


def _with_declared(data: SeenTable, told: SeenTable) -> SeenTable:
    """Give a table at hand with the keys that are declared of it elsewhere, as far as it has their columns."""
    spelled = {each.casefold(): each for each in data.columns}
    own = {each.name.casefold(): each for each in told.definition.columns}

    def here(columns: Sequence[str]) -> tuple[str, ...]:
        return tuple(spelled[each.casefold()] for each in columns if each.casefold() in spelled)

    key = here(told.definition.primary_key)
    definition = replace(
        data.definition,
        columns=tuple(
            replace(each, description=own[each.name.casefold()].description) if each.name.casefold() in own else each
            for each in data.definition.columns
        ),
        primary_key=key if len(key) == len(told.definition.primary_key) else (),
        unique=tuple(here(each) for each in told.definition.unique if len(here(each)) == len(each)),
        foreign_keys=tuple(
            replace(each, columns=here(each.columns))
            for each in told.definition.foreign_keys
            if len(here(each.columns)) == len(each.columns)
        ),
        description=told.definition.description,
    )
    declared = {",".join(here(columns.split(","))): said for columns, said in told.declared.items()}
    return replace(data, definition=definition, declared=declared, snapshot=data.snapshot or told.snapshot)


def things(tables: Sequence[SeenTable]) -> Mapping[str, str]:
    """Give what each table is called without layer, source and role, by its name: ``raw_shop_orders`` is orders.

    The word behind ``raw_`` is a source where several tables have it, or most have one there, and no table is called for it:
    of raw_orders and raw_order_items the latter is order_items.
    """
    cut = {each.name: _without_layer(each.definition.name[-1]) for each in tables}
    layered = [parts for parts, has_layer in cut.values() if has_layer]
    heads = Counter(parts[0] for parts in layered if len(parts) > 1)
    mostly = sum(len(parts) > 1 for parts in layered) > len(layered) / 2
    whole = {singular("_".join(parts)) for parts, _ in cut.values()}
    found = {}
    for name, (parts, has_layer) in cut.items():
        head = parts[0]
        may_be = has_layer and len(parts) > 1 and head not in whole and singular(head) == head
        found[name] = "_".join(parts[1:] if may_be and (heads[head] > 1 or mostly) else parts)
    return found


def _without_layer(name: str) -> tuple[tuple[str, ...], bool]:
    """Give the parts of a table's name without what names its layer and role, and whether there was a layer."""
    parts = parts_of(
        name.split("__", 1)[-1] if name.count("__") == 1 and first(known().layers, parts_of(name)[:1]) else name
    )
    layered = False
    if parts and "__" in name:
        return parts, False
    if len(parts) > 1 and first(known().layers, parts[:1]):
        parts, layered = parts[1:], True
    while len(parts) > 1 and parts[0] in ("fct", "fact", "dim", "snp", "bridge", "mrt"):
        parts, layered = parts[1:], False
    return parts or (name,), layered
