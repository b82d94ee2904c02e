"""Reads names: of DDL files, of dbt's manifest and catalog, of tables where they lie, and of the dimensional model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.dbt_manifest import Column, Model
from decom_nb.phases.modeling.dimensional_model import Dimension, DimensionalModel, FactTable
from decom_nb.phases.modeling.naming.named import NamedColumn, NamedTable, family
from decom_nb.phases.modeling.naming.naming_table import Layer
from decom_nb.sql.table_definition import TableDefinition

if TYPE_CHECKING:
    from decom_nb.evidence.tables import Table

Unread = dict[str, Any]
"""What could not be read: file, line, what."""

_DDL = (".sql", ".ddl", ".txt")
"""Endings of files that are read as DDL."""

_LONGEST = 5000
"""Lines that a definition of a table has at most: further on a name is looked for in vain."""


def of_ddl(text: str, file: str, dialect: str = "") -> tuple[tuple[NamedTable, ...], list[Unread]]:
    """Read a script of DDL; what cannot be read of it is told with its line."""
    from decom_nb.sql.ddl_reading import read_ddl

    read = read_ddl(text, dialect)
    lines = text.replace("\r\n", "\n").split("\n")
    tables = [
        _with_lines(of_definition(each), read.lines.get(".".join(each.name), 0), lines, file) for each in read.tables
    ]
    return tuple(tables), [{"file": file, "line": each.line, "what": each.what} for each in read.unread]


def of_definition(table: TableDefinition) -> NamedTable:
    """Give the names of a table as somebody designs it."""
    keys = {*table.primary_key, *(column for key in table.foreign_keys for column in key.columns)}
    columns = tuple(
        NamedColumn(each.name, each.type, family(each.type), 0, each.name in keys) for each in table.columns
    )
    return NamedTable(table.name[-1], columns, table.name[0] if len(table.name) > 1 else "")


def of_dbt(dbt: Dbt) -> tuple[NamedTable, ...]:
    """Read the models, seeds, snapshots and sources of dbt projects; types come from the catalog, else from the YAML."""
    in_catalog = {table.key: table.columns for table in dbt.catalog}
    adapters = {manifest.project: manifest.adapter for manifest in dbt.current}
    systems = {each.key: each.source_name for each in dbt.sources}
    made = []
    for model in (*dbt.models, *dbt.seeds, *dbt.snapshots):
        if not model.own:
            continue
        layer: Layer | None = "snapshot" if model.resource_type == "snapshot" else None
        read = {systems[key] for key in dbt.parents.get(model.key, ()) if key in systems}
        made.append(
            NamedTable(
                name=model.alias or model.name,
                columns=_columns(in_catalog.get(model.key), model.columns, adapters.get(model.project, "")),
                schema=model.schema,
                file=model.path,
                folder=_folder(model),
                layer=layer,
                told_by="dbt says that it is a snapshot" if layer else "",
                system=next(iter(read)) if len(read) == 1 else "",
                origin="dbt",
                judged=model.resource_type != "seed",
            )
        )
    for source in dbt.sources:
        if source.own:
            columns = _columns(in_catalog.get(source.key), source.columns, adapters.get(source.project, ""))
            made.append(
                NamedTable(
                    name=source.identifier or source.name,
                    columns=columns,
                    schema=source.schema,
                    file=source.path,
                    layer="raw",
                    told_by="dbt says that it is a source",
                    system=source.source_name,
                    origin="dbt",
                )
            )
    return tuple(made)


def of_tables(tables: Iterable[Table]) -> tuple[NamedTable, ...]:
    """Read the names of tables where they lie: files and databases, opened through the evidence."""
    made = []
    for table in tables:
        schema, _, name = table.name.rpartition(".")
        columns = tuple(NamedColumn(each.name, each.type, family(each.type), quoted=True) for each in table.columns)
        made.append(NamedTable(name, columns, schema, file=table.shown, origin="database", quoted=True))
    return tuple(made)


def of_model(model: DimensionalModel) -> tuple[NamedTable, ...]:
    """Read the names of the dimensional model; columns whose type is not filled in have none."""
    made = [_of_fact(each, model.database_schema) for each in model.fact_tables]
    return (*made, *(_of_dimension(each, model.database_schema) for each in model.dimensions))


def _of_fact(fact: FactTable, schema: str) -> NamedTable:
    columns = [
        *(NamedColumn(each.column, "", "", 0, True) for each in fact.foreign_keys),
        *(_typed(each.name, each.data_type) for each in fact.degenerate_dimensions),
        *(_typed(each.name, each.data_type) for each in fact.measures),
    ]
    return _modelled(fact.name, columns, schema, "fact", "the model says that it is a fact table")


def _of_dimension(dimension: Dimension, schema: str) -> NamedTable:
    keys = [*dimension.natural_key, *([dimension.surrogate_key] if dimension.surrogate_key else [])]
    typed = [_typed(each.name, each.data_type) for each in dimension.attributes]
    columns = [*(NamedColumn(each, "", "", 0, True) for each in keys), *typed]
    return _modelled(dimension.name, columns, schema, "dimension", "the model says that it is a dimension")


def _modelled(name: str, columns: Iterable[NamedColumn], schema: str, layer: Layer, told_by: str) -> NamedTable:
    once = {each.name.casefold(): each for each in columns}
    return NamedTable(
        name,
        tuple(once.values()),
        schema,
        "documents/dimensional_model.yaml",
        layer=layer,
        told_by=told_by,
        origin="model",
    )


def _typed(name: str, type_: str) -> NamedColumn:
    return NamedColumn(name, type_, family(type_))


def _columns(
    catalog: Iterable[tuple[str, str]] | None, declared: Iterable[Column], adapter: str
) -> tuple[NamedColumn, ...]:
    told = catalog if catalog is not None else [(each.name, each.data_type) for each in declared]
    return tuple(NamedColumn(name, type_, family(type_, adapter or "duckdb")) for name, type_ in told)


def _folder(model: Model) -> str:
    return str(PurePosixPath(model.path.replace("\\", "/")).parent)


def _with_lines(table: NamedTable, line: int, lines: list[str], file: str) -> NamedTable:
    """Give a table with the line of each column: from its table's line on, the first that begins a declaration of its name."""
    at, columns = max(0, line - 1), []
    for column in table.columns:
        declared = re.compile(rf'(?i)(?:^|[\s(,])(["`\[]?){re.escape(column.name)}["`\]]?\s+\S')
        within = range(at, min(len(lines), at + _LONGEST))
        found = next(((number, match) for number in within if (match := declared.search(lines[number]))), None)
        at = found[0] if found else at
        columns.append(replace(column, line=found[0] + 1 if found else line, quoted=bool(found and found[1][1])))
    head = lines[line - 1] if line else ""
    quoted = bool(re.search(rf'["`\[]{re.escape(table.name)}["`\]]', head))
    return replace(table, columns=tuple(columns), file=file, line=line, quoted=quoted)


def read_file(path: Path, shown: str, dialect: str = "") -> tuple[tuple[NamedTable, ...], list[Unread]]:
    """Read the names of a file by its ending: DDL, dbt's manifest or catalog, else a table or database that DuckDB reads.

    Of a folder all scripts of DDL are read, and the artifacts of dbt.
    """
    if path.is_dir():
        return _read_folder(path, shown, dialect)
    if path.suffix.lower() in _DDL:
        return of_ddl(path.read_bytes().decode("utf-8", "replace"), shown, dialect)
    if path.suffix.lower() == ".json":
        return _read_dbt([path], path.parent, shown)
    from decom_nb.evidence.tables import Tables, TableSource

    with Tables([TableSource(path=str(path.resolve()))], path.parent) as tables:
        return of_tables(tables.open_all(tables.names)), [
            {"file": each.file, "line": each.line, "what": each.what} for each in tables.mistakes
        ]


def _read_folder(folder: Path, shown: str, dialect: str) -> tuple[tuple[NamedTable, ...], list[Unread]]:
    found: list[NamedTable] = []
    unread: list[Unread] = []
    for each in sorted(folder.rglob("*")):
        if each.is_file() and each.suffix.lower() in _DDL:
            tables, wrong = read_file(each, f"{shown}/{each.relative_to(folder).as_posix()}", dialect)
            found += tables
            unread += wrong
    artifacts = [each for each in sorted(folder.rglob("*.json")) if each.name in ("manifest.json", "catalog.json")]
    if artifacts:
        found += _read_dbt(artifacts, folder, shown)[0]
    if not found and not unread:
        unread.append({"file": shown, "line": 0, "what": "no DDL and no artifacts of dbt were found in this folder"})
    return tuple(found), unread


def _read_dbt(paths: list[Path], root: Path, shown: str) -> tuple[tuple[NamedTable, ...], list[Unread]]:
    from decom_nb.evidence.collect import collect

    dbt = collect(paths, root).values.get("dbt")
    if not isinstance(dbt, Dbt) or not dbt.current:
        return (), [{"file": shown, "line": 0, "what": "this is no manifest of dbt"}]
    return of_dbt(dbt), []


def first_told(tables: Iterable[NamedTable]) -> tuple[NamedTable, ...]:
    """Give each table once, by its name, as it was told first: what a model designs and dbt builds is one table."""
    found: dict[str, NamedTable] = {}
    for each in tables:
        found.setdefault(each.name.casefold(), each)
    return tuple(found.values())
