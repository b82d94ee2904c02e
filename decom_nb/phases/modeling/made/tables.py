"""A dimensional model as tables: facts with keys to dimensions, dimensions with their history, bridges, the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from decom_nb.phases.modeling.dimensional_model import (
    Dimension,
    DimensionalModel,
    FactTable,
    ModelAttribute,
    ModelForeignKey,
    ScdType,
)
from decom_nb.phases.modeling.made.assumed_type import Role, assumed_type
from decom_nb.sql import history_columns as history
from decom_nb.sql.date_dimension import DAY, KEY, NAMES, date_dimension, unknown
from decom_nb.sql.history_columns import OpenEnd
from decom_nb.sql.table_definition import ColumnDefinition, ForeignKeyDefinition, TableDefinition
from decom_nb.wording import listed

Keys = Literal["number", "hash"]
"""How surrogate keys are made: the engine numbers them, or they are a hash of the natural key, as dbt models make them."""
KEY_TYPES: dict[Keys, str] = {"number": "BIGINT", "hash": "VARCHAR"}

Known = Mapping[tuple[str, str], str]
"""Types that are known from the sources, in DuckDB's words, by table and column."""


@dataclass(frozen=True)
class Made:
    """What a model comes to."""

    tables: tuple[TableDefinition, ...]
    """Dimensions, then bridges, then facts, each as the model orders them."""
    assumed: tuple[tuple[str, str, str], ...]
    """Table, column and type of what nobody gave a type."""
    notes: tuple[str, ...]
    """What the model does not say and a table would need, in sentences."""

    def table(self, name: str) -> TableDefinition:
        """Give a table by its name without schema; `KeyError` if there is none."""
        for each in self.tables:
            if each.name[-1] == name:
                return each
        raise KeyError(name)

    def is_assumed(self, table: str) -> bool:
        """Tell whether any type in a table was assumed."""
        return any(name == table for name, _, _ in self.assumed)


def tables(
    model: DimensionalModel,
    keys: Keys = "number",
    open_end: OpenEnd = history.DEFAULT_OPEN_END,
    known: Known | None = None,
) -> Made:
    """Give the tables of a model."""
    return _Maker(model, keys, open_end, known or {}).made()


def scd_type(dimension: Dimension, attribute: ModelAttribute) -> ScdType:
    """Give how an attribute's changes are kept: as it says, as its dimension says, else overwritten."""
    return attribute.scd_type or dimension.type or 1


def attributes(dimension: Dimension, *types: ScdType) -> tuple[ModelAttribute, ...]:
    """Give the attributes of a dimension that are kept in one of these ways; its keys are none."""
    keys = {*dimension.natural_key, dimension.surrogate_key}
    return tuple(each for each in dimension.attributes if each.name not in keys and scd_type(dimension, each) in types)


def has_versions(dimension: Dimension) -> bool:
    """Tell whether a dimension holds several rows of a natural key."""
    return bool(attributes(dimension, 2, 6))


def is_date_dimension(name: str, dimension: Dimension | None) -> bool:
    """Tell whether a dimension is the calendar: it is called so, and nothing is said of where it comes from."""
    return name in NAMES and (dimension is None or not dimension.source)


class _Maker:
    """Makes the tables of one model."""

    def __init__(self, model: DimensionalModel, keys: Keys, open_end: OpenEnd, known: Known) -> None:
        self.model, self.keys, self.open_end, self.known = model, keys, open_end, known
        self.dimensions = {each.name: each for each in model.dimensions}
        self.elsewhere = _said_once(model)
        self.assumed: list[tuple[str, str, str]] = []
        self.notes: list[str] = []

    def made(self) -> Made:
        """Give all tables; one that is named twice is made once."""
        told: list[TableDefinition] = []
        pointed = [key.dimension for fact in self.model.fact_tables for key in fact.foreign_keys]
        calendars = [
            each for each in dict.fromkeys(pointed) if each not in self.dimensions and is_date_dimension(each, None)
        ]
        told += [date_dimension(self.name(each)) for each in calendars]
        for dimension in self.model.dimensions:
            if is_date_dimension(dimension.name, dimension):
                told.append(self.calendar(dimension))
                continue
            told.append(self.dimension(dimension))
            if attributes(dimension, 4):
                told.append(self.history(dimension))
        for fact in self.model.fact_tables:
            made = self.fact(fact)
            told += [self.bridge(fact, made, key) for key in fact.foreign_keys if key.several and key.bridge]
            told.append(made)
        return Made(tuple({each.name: each for each in told}.values()), tuple(self.assumed), tuple(self.notes))

    def name(self, table: str) -> tuple[str, ...]:
        schema = self.model.database_schema
        return (*schema.split("."), table) if schema else (table,)

    def type(self, table: str, source: str, column: str, said: str, of: str = "", role: Role = "column") -> str:
        """Give the type of a column: as it is said, as the source has it, as the model says of its namesakes, or as assumed."""
        table_of, _, column_of = (of or column).rpartition(".")
        found = said or self.known.get((table_of or source, column_of), "") or self.elsewhere.get(column, "")
        if found:
            return found
        assumed = assumed_type(column, role)
        self.assumed.append((table, column, assumed))
        return assumed

    def calendar(self, dimension: Dimension) -> TableDefinition:
        day = dimension.natural_key[0] if len(dimension.natural_key) == 1 else DAY
        key = dimension.surrogate_key or KEY
        declared = [
            ColumnDefinition(
                each.name, self.type(dimension.name, "", each.name, each.data_type), description=each.description
            )
            for each in dimension.attributes
        ]
        made = date_dimension(self.name(dimension.name), key, DAY if day == key else day, declared)
        for column in unknown(made):
            self.notes.append(
                f"{dimension.name}.{column} is no column that a calendar is known to have: it stays empty."
            )
        return made

    def dimension(self, dimension: Dimension) -> TableDefinition:
        columns: list[ColumnDefinition] = []
        if dimension.surrogate_key:
            columns.append(
                ColumnDefinition(
                    dimension.surrogate_key,
                    KEY_TYPES[self.keys],
                    nullable=False,
                    description="Key that the warehouse makes, one for each version"
                    if has_versions(dimension)
                    else "Key that the warehouse makes",
                    identity=self.keys == "number",
                )
            )
        columns += self.natural_key(dimension)
        columns += self.foreign_key_columns(dimension.name, dimension.source, dimension.foreign_keys)
        for each in dimension.attributes:
            if each.name in dimension.natural_key or each.name == dimension.surrogate_key:
                continue
            columns += self.attribute(dimension, each)
        versions = has_versions(dimension)
        if versions:
            columns += self.recorded()
        unique = (*dimension.natural_key, history.VALID_FROM) if versions else dimension.natural_key
        if dimension.surrogate_key:
            primary: tuple[str, ...] = (dimension.surrogate_key,)
            others = (unique,) if dimension.natural_key else ()
        else:
            primary, others = (unique if dimension.natural_key else ()), ()
        if not dimension.natural_key:
            self.notes.append(
                f"{dimension.name} has no natural key: nothing tells which rows are about the same thing."
            )
        if versions and not dimension.surrogate_key:
            self.notes.append(f"{dimension.name} keeps versions and has no surrogate key for facts to point to.")
        return TableDefinition(
            self.name(dimension.name),
            _once(columns),
            primary,
            others,
            self.foreign_keys(dimension.name, dimension.foreign_keys),
            _kept(dimension),
        )

    def natural_key(self, dimension: Dimension) -> list[ColumnDefinition]:
        told = {each.name: each for each in dimension.attributes}
        columns = []
        for name in dimension.natural_key:
            said = told.get(name)
            type_ = self.type(
                dimension.name, dimension.source, name, said.data_type if said else "", said.source if said else ""
            )
            columns.append(
                ColumnDefinition(name, type_, False, (said.description if said else "") or "Names it in the source")
            )
        return columns

    def attribute(self, dimension: Dimension, attribute: ModelAttribute) -> list[ColumnDefinition]:
        """Give the column of an attribute, and what its way to keep changes adds."""
        type_ = self.type(dimension.name, dimension.source, attribute.name, attribute.data_type, attribute.source)
        columns = [ColumnDefinition(attribute.name, type_, description=attribute.description)]
        kept = scd_type(dimension, attribute)
        if kept == 3:
            said = f"{attribute.name} before its last change"
            columns.append(ColumnDefinition(history.previous(attribute.name), type_, description=said))
        if kept == 6:
            said = f"{attribute.name} as it is now, in every version"
            columns.append(ColumnDefinition(history.current(attribute.name), type_, description=said))
        return columns

    def recorded(self) -> list[ColumnDefinition]:
        open_ = "missing" if self.open_end == "null" else history.FAR_END
        return [
            ColumnDefinition(
                history.VALID_FROM, history.INSTANT, False, "Instant from which the version holds, inclusive"
            ),
            ColumnDefinition(
                history.VALID_TO,
                history.INSTANT,
                self.open_end == "null",
                f"Instant at which it ended, exclusive; {open_} while it holds",
            ),
            ColumnDefinition(history.IS_CURRENT, "BOOLEAN", False, "Whether it is the version that holds now"),
        ]

    def history(self, dimension: Dimension) -> TableDefinition:
        """Give the history table of type 4: the natural key, what changes often, and from when to when it held."""
        kept = attributes(dimension, 4)
        before = len(self.assumed)
        columns = self.natural_key(dimension)
        for each in kept:
            type_ = self.type(dimension.name, dimension.source, each.name, each.data_type, each.source)
            columns.append(ColumnDefinition(each.name, type_, description=each.description))
        name = history.history_table(dimension.name)
        self.assumed[before:] = [(name, column, type_) for _, column, type_ in self.assumed[before:]]
        return TableDefinition(
            self.name(name),
            _once([*columns, *self.recorded()]),
            (*dimension.natural_key, history.VALID_FROM) if dimension.natural_key else (),
            description=f"Versions of what changes often in {dimension.name}, which itself holds what is current",
        )

    def fact(self, fact: FactTable) -> TableDefinition:
        columns = self.foreign_key_columns(
            fact.name, fact.source, [each for each in fact.foreign_keys if not _in_bridge(each)]
        )
        for each in fact.degenerate_dimensions:
            type_ = self.type(fact.name, fact.source, each.name, each.data_type, each.source)
            columns.append(ColumnDefinition(each.name, type_, description=each.description))
        measures = {each.name: each for each in fact.measures}
        known = {each.name for each in columns} | set(measures)
        for name in fact.grain_columns:
            if name not in known:
                columns.append(
                    ColumnDefinition(name, self.type(fact.name, fact.source, name, ""), description="Part of the grain")
                )
        for measure in fact.measures:
            role: Role = "count" if measure.aggregation in ("COUNT", "COUNT DISTINCT") else "measure"
            type_ = self.type(fact.name, fact.source, measure.name, measure.data_type, measure.source, role)
            said = ", ".join(filter(None, (measure.business_definition.rstrip("."), measure.type or "")))
            columns.append(ColumnDefinition(measure.name, type_, description=said))
        if not fact.grain_columns:
            self.notes.append(f"{fact.name} names no columns of its grain, so it gets no primary key.")
        grain = set(fact.grain_columns)
        made = [each if each.name not in grain else _filled(each) for each in columns]
        said = (fact.grain_statement or (f"One row per {fact.grain}" if fact.grain else "")).strip()
        keys = self.foreign_keys(fact.name, [each for each in fact.foreign_keys if not _in_bridge(each)])
        return TableDefinition(self.name(fact.name), _once(made), tuple(fact.grain_columns), (), keys, said)

    def bridge(self, fact: FactTable, made: TableDefinition, key: ModelForeignKey) -> TableDefinition:
        """Give the table between a fact and a dimension of which one row belongs to several."""
        grain = [each for each in made.columns if each.name in fact.grain_columns]
        other = [_filled(each) for each in self.foreign_key_columns(key.bridge, fact.source, [key])]
        columns = _once([*grain, *other])
        to_fact = (
            (ForeignKeyDefinition(tuple(fact.grain_columns), made.name, tuple(fact.grain_columns)),) if grain else ()
        )
        return TableDefinition(
            self.name(key.bridge),
            columns,
            tuple(each.name for each in columns),
            foreign_keys=(*to_fact, *self.foreign_keys(key.bridge, [key])),
            description=f"Which of {key.dimension} a row of {fact.name} belongs to",
        )

    def foreign_key_columns(
        self, table: str, source: str, keys: list[ModelForeignKey] | tuple[ModelForeignKey, ...]
    ) -> list[ColumnDefinition]:
        columns = []
        for key in keys:
            said = f"Points to {key.dimension}" + (f", {key.role}" if key.role else "")
            columns.append(ColumnDefinition(key.column, self.pointing_type(table, source, key), description=said))
        return columns

    def pointing_type(self, table: str, source: str, key: ModelForeignKey) -> str:
        """Give the type of a column that points to a dimension: that of the key there."""
        dimension = self.dimensions.get(key.dimension)
        if is_date_dimension(key.dimension, dimension) and not key.level:
            return "INTEGER"
        if dimension is None:
            self.notes.append(f"{table}.{key.column} points to {key.dimension}, which is not in the model.")
            return self.type(table, source, key.column, "", key.source)
        if key.level:
            told = next((each for each in dimension.attributes if each.name == key.level), None)
            return self.type(table, source, key.column, told.data_type if told else "", key.source)
        if dimension.surrogate_key:
            return KEY_TYPES[self.keys]
        told = next((each for each in dimension.attributes if each.name in dimension.natural_key[:1]), None)
        return self.type(table, source, key.column, told.data_type if told else "", key.source)

    def foreign_keys(
        self, table: str, keys: list[ModelForeignKey] | tuple[ModelForeignKey, ...]
    ) -> tuple[ForeignKeyDefinition, ...]:
        """Give the keys that can be kept: to a dimension that is made, and to the key that names one of its rows."""
        made = []
        for key in keys:
            dimension = self.dimensions.get(key.dimension)
            if key.level or (dimension is None and not is_date_dimension(key.dimension, None)):
                continue
            if dimension is None or is_date_dimension(key.dimension, dimension):
                to = (dimension.surrogate_key if dimension else "") or KEY
            elif dimension.surrogate_key:
                to = dimension.surrogate_key
            elif len(dimension.natural_key) == 1 and not has_versions(dimension):
                to = dimension.natural_key[0]
            else:
                continue
            made.append(ForeignKeyDefinition((key.column,), self.name(key.dimension), (to,)))
        return tuple(dict.fromkeys(made))


def _said_once(model: DimensionalModel) -> dict[str, str]:
    """Give the types of columns that have the same one wherever the model says it."""
    said: dict[str, set[str]] = {}
    typed = [(each.name, each.data_type) for fact in model.fact_tables for each in fact.degenerate_dimensions]
    typed += [(each.name, each.data_type) for fact in model.fact_tables for each in fact.measures]
    typed += [(each.name, each.data_type) for dimension in model.dimensions for each in dimension.attributes]
    for name, type_ in typed:
        if type_:
            said.setdefault(name, set()).add(type_)
    return {name: next(iter(types)) for name, types in said.items() if len(types) == 1}


def _in_bridge(key: ModelForeignKey) -> bool:
    return bool(key.several and key.bridge)


def _kept(dimension: Dimension) -> str:
    """Say how the changes of a dimension are kept."""
    thing = ", ".join(dimension.natural_key) or "thing"
    row = "One row per " + ("version" if has_versions(dimension) else thing)
    types = sorted(
        {scd_type(dimension, each) for each in dimension.attributes if each.name not in dimension.natural_key}
    )
    return f"{row}; changes are kept by type {listed(types)}" if types else row


def _filled(column: ColumnDefinition) -> ColumnDefinition:
    return ColumnDefinition(column.name, column.type, False, column.description, column.default, column.identity)


def _once(columns: list[ColumnDefinition]) -> tuple[ColumnDefinition, ...]:
    """Give each column once: what is a key and a measure too stands where it comes first."""
    made: dict[str, ColumnDefinition] = {}
    for each in columns:
        made.setdefault(each.name, each)
    return tuple(made.values())
