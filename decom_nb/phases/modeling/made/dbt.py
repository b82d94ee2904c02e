"""A dimensional model as files of a dbt project: models, snapshots, sources, tests, contracts where every type is known.

Sources that the project's manifest knows are read as it names them. Of others, what is called as dbt models are (stg_, int_, …)
is taken for a model, and the rest for tables that `modeling_sources.yml` declares. Wants dbt 1.10.5 or later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from decom_nb.escape import jinja_safe
from decom_nb.evidence.dbt import Dbt
from decom_nb.phases.modeling.dimensional_model import DimensionalModel, FactTable
from decom_nb.phases.modeling.made.dbt_model import DbtModels, is_written, prepared_name, snapshot_name
from decom_nb.phases.modeling.made.tables import Known, Made, attributes, has_versions, is_date_dimension
from decom_nb.sql import history_columns as history
from decom_nb.sql.table_definition import TableDefinition
from decom_nb.sql.type_word import type_word
from decom_nb.yaml_text.scalar import scalar

MODEL_PREFIXES = ("stg_", "base_", "int_", "dim_", "fct_", "mrt_", "snp_")
"""How dbt models are called by the methodology's naming conventions."""
RAW = "raw"
"""The source that tables belong to of which no schema is told."""
UNIQUE = """{% test decom_unique_together(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
"""


@dataclass
class _Relations:
    """Knows how dbt reads the tables that a model names, and keeps those that have to be declared."""

    dbt: Dbt | None
    declared: dict[str, list[str]] = field(default_factory=dict)

    def __call__(self, table: str) -> str:
        schema, _, name = table.rpartition(".")
        if self.dbt is not None:
            if any(each.name == name for each in self.dbt.models) and not schema:
                return _call("ref", name)
            for each in self.dbt.sources:
                if each.name == name and schema in ("", each.source_name, each.schema):
                    return _call("source", each.source_name, name)
        if not schema and name.startswith(MODEL_PREFIXES):
            return _call("ref", name)
        tables = self.declared.setdefault(schema or RAW, [])
        if name not in tables:
            tables.append(name)
        return _call("source", schema or RAW, name)


def files(
    model: DimensionalModel,
    made: Made,
    dialect: str,
    dbt: Dbt | None = None,
    years: tuple[int, int] = (2015, 2035),
    fiscal_start: int = 1,
    known: Known | None = None,
) -> dict[str, str]:
    """Give the files by their path in a dbt project. `made` are the model's tables with hashes for keys.

    `known` are the columns of sources that are at hand: they tell of which of a fact's sources a column is.
    """
    relations = _Relations(dbt)
    writer = DbtModels(model, made, relations, dialect, known)
    declared = {each.name: each for each in model.dimensions}
    told: dict[str, str] = {}
    snapshots: list[dict[str, Any]] = []
    described: list[TableDefinition] = []
    for table in made.tables:
        name = table.name[-1]
        if is_date_dimension(name, declared.get(name)):
            told[f"models/{name}.sql"] = writer.calendar(name, *years, fiscal_start)
            described.append(table)
    for dimension in model.dimensions:
        if is_date_dimension(dimension.name, dimension) or not is_written(dimension):
            continue
        told[f"models/{prepared_name(dimension)}.sql"] = writer.prepared(dimension)
        told[f"models/{dimension.name}.sql"] = writer.dimension(dimension)
        described.append(made.table(dimension.name))
        for what, types in (("versions", (2, 6)), ("previous", (3,)), ("history", (4,))):
            if watched := [each.name for each in attributes(dimension, *types)]:
                snapshots.append(
                    _snapshot(snapshot_name(dimension, what), prepared_name(dimension), dimension.natural_key, watched)
                )
        if attributes(dimension, 4):
            kept = history.history_table(dimension.name)
            told[f"models/{kept}.sql"] = writer.history(dimension)
            described.append(made.table(kept))
    for fact in model.fact_tables:
        if not is_written(fact):
            continue
        told[f"models/{fact.name}.sql"] = writer.fact(fact)
        described.append(made.table(fact.name))
        for key in fact.foreign_keys:
            if key.several and key.bridge:
                told[f"models/{key.bridge}.sql"] = writer.bridge(fact, key)
                described.append(made.table(key.bridge))
    standing = {each.name[-1] for each in described}
    versioned = {each.name for each in model.dimensions if has_versions(each)}
    facts = {each.name: each for each in model.fact_tables}
    models = [_described(each, made, dialect, standing, versioned, facts.get(each.name[-1])) for each in described]
    told["models/modeling.yml"] = _yaml({"models": models})
    if relations.declared:
        told["models/modeling_sources.yml"] = _yaml({"sources": list(_sources(relations.declared))})
    if snapshots:
        told["snapshots/modeling_snapshots.yml"] = _yaml({"snapshots": snapshots})
    if any("decom_unique_together" in each for each in told.values()):
        told["tests/generic/decom_unique_together.sql"] = UNIQUE
    return told


def left_out(model: DimensionalModel) -> tuple[str, ...]:
    """Give the tables of which no model is written: nothing says what they are made from, or what names a row."""
    dimensions = [each for each in model.dimensions if not is_date_dimension(each.name, each)]
    names = [each.name for each in dimensions if not is_written(each)]
    return (*names, *(each.name for each in model.fact_tables if not is_written(each)))


def _described(
    table: TableDefinition, made: Made, dialect: str, standing: set[str], versioned: set[str], fact: FactTable | None
) -> dict[str, Any]:
    """Give the description of one model: columns with tests, and the contract where every type was said."""
    name = table.name[-1]
    known = not made.is_assumed(name)
    pointing = {
        key.columns[0]: key for key in table.foreign_keys if len(key.columns) == 1 and key.table[-1] in standing
    }
    single = {each[0] for each in (table.primary_key, *table.unique) if len(each) == 1}
    columns = []
    for column in table.columns:
        told: dict[str, Any] = {"name": column.name}
        if column.description:
            told["description"] = jinja_safe(column.description)
        if known:
            told["data_type"] = type_word(column.type, dialect)
        tests: list[Any] = []
        if column.name in single:
            tests.append("unique")
        if not column.nullable or column.name in table.primary_key:
            tests.append("not_null")
        if key := pointing.get(column.name):
            tests.append(
                {"relationships": {"arguments": {"to": f"ref('{key.table[-1]}')", "field": key.references[0]}}}
            )
        if tests:
            told["data_tests"] = tests
        columns.append(told)
    model: dict[str, Any] = {"name": name}
    if table.description:
        model["description"] = jinja_safe(table.description)
    model["config"] = {"materialized": "table"} | ({"contract": {"enforced": True}} if known else {})
    together = [list(each) for each in (table.primary_key, *table.unique) if len(each) > 1]
    if together:
        model["data_tests"] = [{"decom_unique_together": {"arguments": {"columns": each}}} for each in together]
    model["columns"] = columns
    return model


def _snapshot(name: str, prepared: str, natural_key: tuple[str, ...], watched: list[str]) -> dict[str, Any]:
    key: str | list[str] = natural_key[0] if len(natural_key) == 1 else list(natural_key)
    config = {"unique_key": key, "strategy": "check", "check_cols": watched}
    return {"name": name, "relation": f"ref('{prepared}')", "config": config}


def _sources(declared: Mapping[str, list[str]]) -> Iterable[dict[str, Any]]:
    for schema, tables in declared.items():
        at = "{{ var('raw_schema', target.schema) }}" if schema == RAW else schema
        yield {"name": schema.replace(".", "_"), "schema": at, "tables": [{"name": each} for each in tables]}


def _call(what: str, *names: str) -> str:
    quoted = ", ".join("'" + each.replace("\\", "\\\\").replace("'", "\\'") + "'" for each in names)
    return f"{{{{ {what}({quoted}) }}}}"


def _yaml(data: Mapping[str, Any]) -> str:
    """Give data as YAML in blocks, as dbt projects are written; a hundred tables are no matter of seconds.

    >>> print(_yaml({"models": [{"name": "a", "tests": ["unique", {"x": {"z": 1}}]}]}))
    models:
      - name: a
        tests:
          - unique
          - x:
              z: 1
    <BLANKLINE>
    """
    return "\n".join(_lines(data, "")) + "\n"


def _lines(data: Any, indent: str) -> Iterable[str]:
    pairs: Iterable[tuple[str, Any]] = (
        ((f"{_said(key)}:", value) for key, value in data.items())
        if isinstance(data, Mapping)
        else (("-", each) for each in data)
    )
    for head, value in pairs:
        if not isinstance(value, Mapping | list):
            yield f"{indent}{head} {_said(value)}"
        elif head != "-":
            yield f"{indent}{head}"
            yield from _lines(value, f"{indent}  ")
        else:
            first, *rest = _lines(value, f"{indent}  ")
            yield f"{indent}- {first.lstrip(' ')}"
            yield from rest


@lru_cache(maxsize=100_000)
def _said(value: str | bool | int) -> str:
    return scalar(value)
