"""Tables of a dbt project: columns of the catalog or of its YAML, keys as its tests show them, relationships as it tests them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from decom_nb.evidence.dbt import CatalogTable, DataTest, Dbt, Model, SourceTable
from decom_nb.evidence.dbt_keys import key_tested_by
from decom_nb.evidence.dbt_manifest import Key
from decom_nb.phases.modeling.draft.seen import SeenTable
from decom_nb.phases.modeling.draft.word import first, known, parts_of
from decom_nb.sql.ddl_reading import type_in_duckdb
from decom_nb.sql.table_definition import ColumnDefinition, ForeignKeyDefinition, TableDefinition

_QUOTED = re.compile(r"""['"]([^'"]+)['"]""")


def from_dbt(dbt: Dbt, *, everything: bool = False) -> tuple[SeenTable, ...]:
    """Give the tables that reports are made of: marts, else what they are made from.

    With `everything` all models, seeds, snapshots and sources, so that what is declared of a table at hand is found.
    """
    catalog = {each.key: each for each in dbt.catalog}
    models = [each for each in dbt.models if each.own and not each.time_spine]
    stored: list[Model] = [*models, *(each for each in (*dbt.seeds, *dbt.snapshots) if each.own)]
    if everything:
        sources = (_of_source(each, dbt, catalog) for each in dbt.sources)
        return tuple(each for each in (*(_of_model(model, dbt, catalog) for model in stored), *sources) if each.columns)
    marts = [each for each in models if first(known().layers, parts_of(each.name)[:1]) is None]
    chosen = marts or models
    if not chosen:
        return tuple(each for each in (_of_source(source, dbt, catalog) for source in dbt.sources) if each.columns)
    snapshots = [each for each in dbt.snapshots if each.own]
    seen = [_of_model(each, dbt, catalog) for each in (*chosen, *snapshots)]
    return tuple(each for each in seen if each.columns)


def _of_model(model: Model, dbt: Dbt, catalog: Mapping[Key, CatalogTable]) -> SeenTable:
    told = {each.name.casefold(): each for each in model.columns}
    stored = catalog.get(model.key)
    names = [(name, type_) for name, type_ in stored.columns] if stored else [
        (each.name, each.data_type) for each in model.columns
    ]  # fmt: skip
    spelled = {name.casefold(): name for name, _ in names}
    tests = dbt.tests_of.get(model.key, ())
    tested = key_tested_by(tests, model.columns)
    key, where = _key(tested or model.primary_key or model.unique_key, spelled)
    if key:
        how = "tested as unique and not null in dbt" if tested else "the key that dbt is told of"
        where[",".join(key)] = how
    missing = {each.column.casefold() for each in tests if each.kind == "not_null"}
    columns = tuple(
        ColumnDefinition(
            name,
            type_in_duckdb(type_),
            nullable=name.casefold() not in missing and "not_null" not in _constraints(told, name),
            description=told[name.casefold()].description if name.casefold() in told else "",
        )
        for name, type_ in names
    )
    foreign = []
    for each in _relationships(tests, spelled):
        foreign.append(each)
        where[",".join(each.columns)] = "tested as a relationship in dbt"
    definition = TableDefinition(
        (model.alias or model.name,), columns, key, foreign_keys=tuple(foreign), description=model.description
    )
    return SeenTable(
        definition, "dbt", f"dbt {model.resource_type} {model.name}", declared=where,
        snapshot=model.resource_type == "snapshot", schema=model.schema,
    )  # fmt: skip


def _constraints(told: Mapping[str, object], name: str) -> tuple[str, ...]:
    column = told.get(name.casefold())
    return tuple(getattr(column, "constraints", ()))


def _of_source(source: SourceTable, dbt: Dbt, catalog: Mapping[Key, CatalogTable]) -> SeenTable:
    stored = catalog.get(source.key)
    names = list(stored.columns) if stored else [(each.name, each.data_type) for each in source.columns]
    spelled = {name.casefold(): name for name, _ in names}
    tests = dbt.tests_of.get(source.key, ())
    key, where = _key(key_tested_by(tests, source.columns), spelled)
    if key:
        where[",".join(key)] = "tested as unique and not null in dbt"
    foreign = tuple(_relationships(tests, spelled))
    where.update({",".join(each.columns): "tested as a relationship in dbt" for each in foreign})
    columns = tuple(ColumnDefinition(name, type_in_duckdb(type_)) for name, type_ in names)
    definition = TableDefinition(
        (source.identifier or source.name,), columns, key, foreign_keys=foreign, description=source.description
    )
    return SeenTable(definition, "dbt", f"dbt source {source.name}", declared=where, schema=source.schema)


def _key(tested: tuple[str, ...], spelled: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Give a key as its columns are spelled; none if one of them is no column."""
    found = tuple(spelled[each.casefold()] for each in tested if each.casefold() in spelled)
    return (found if len(found) == len(tested) else ()), {}


def _relationships(tests: tuple[DataTest, ...], spelled: Mapping[str, str]) -> Iterator[ForeignKeyDefinition]:
    """Give what relationship tests say points where: ``to: ref('customers'), field: customer_id``."""
    for each in tests:
        column = spelled.get(each.column.casefold())
        to, field = str(each.arguments.get("to") or ""), str(each.arguments.get("field") or "")
        named = _QUOTED.findall(to)
        if "relationships" in each.kind and column and named and field:
            yield ForeignKeyDefinition((column,), (named[-1],), (field.strip("\"'`"),))
