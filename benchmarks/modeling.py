"""Measures what is made of a large dimensional model: DDL of each engine, dbt models, ERD; against sqlglot writing bare tables.

    python benchmarks/modeling.py [TABLES]

Makes a model in memory: four dimensions for each fact table, with history of every type, names and descriptions. The baseline, in
the same run, is sqlglot generating as many CREATE TABLE with the same columns and types and nothing else. Prints CPU seconds and
ratios.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import sqlglot
from sqlglot import exp

from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.made.dbt import files
from decom_nb.phases.modeling.made.erd import dbml, mermaid
from decom_nb.phases.modeling.made.star import star, star_rows
from decom_nb.phases.modeling.made.tables import Made, tables
from decom_nb.sql.ddl import ENGINES, create_tables

BAR = 2.0
"""Seconds that DDL of one engine, dbt models and a diagram of 200 tables may take."""


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    model = large(count)
    made, hashed = tables(model), tables(model, "hash")
    columns = sum(len(each.columns) for each in made.tables)
    print(f"{len(made.tables):,} tables, {columns:,} columns")
    sqlglot.parse_one("SELECT 1", read="postgres")
    bare = timed("sqlglot, bare CREATE TABLE", lambda: baseline(made))
    spent = {"tables of the model": timed("tables of the model", lambda: tables(model), bare)}
    for engine in ENGINES:
        spent[engine] = timed(f"DDL for {engine}", lambda engine=engine: create_tables(made.tables, engine), bare)  # type: ignore[misc]
    spent["dbt"] = timed("dbt models for postgres", lambda: files(model, hashed, "postgres"), bare)
    spent["mermaid"] = timed("Mermaid", lambda: mermaid(made.tables), bare)
    timed("DBML", lambda: dbml(made.tables), bare)
    timed("star", lambda: star(star_rows(model), count), bare)
    total = sum(spent[each] for each in ("tables of the model", "postgres", "dbt", "mermaid"))
    print(
        f"{'DDL for postgres + dbt + ERD':32} {total:8.2f} s {total / bare:8.1f} × the baseline; the bar is {BAR:g} s"
    )


def timed(what: str, run: Callable[[], Any], bare: float = 0.0) -> float:
    """Run something once and print the CPU seconds it took, and how many times the baseline that is."""
    began = time.process_time()
    run()
    took = time.process_time() - began
    print(f"{what:32} {took:8.2f} s {took / bare if bare else 1:8.1f} ×")
    return took


def baseline(made: Made) -> str:
    """Give CREATE TABLE of each table as sqlglot writes a tree of it."""
    texts = []
    for table in made.tables:
        columns = [
            exp.ColumnDef(this=exp.to_identifier(each.name), kind=exp.DataType.build(each.type, dialect="duckdb"))
            for each in table.columns
        ]
        schema = exp.Schema(this=exp.table_(table.name[-1], db=table.name[0]), expressions=columns)
        texts.append(exp.Create(this=schema, kind="TABLE").sql(dialect="postgres"))
    return ";\n".join(texts)


def large(count: int) -> DimensionalModel:
    """Make a model of about so many tables."""
    types = ("VARCHAR", "BIGINT", "DECIMAL(18,2)", "DATE", "TIMESTAMP", "BOOLEAN")
    dimensions = [
        {
            "name": f"dim_thing_{at}",
            "type": (1, 2, 2, 6)[at % 4],
            "natural_key": [f"thing_{at}_id"],
            "surrogate_key": f"thing_{at}_key",
            "source": f"stg_things__thing_{at}",
            "attributes": [{"name": f"thing_{at}_id", "data_type": "BIGINT"}]
            + [
                {
                    "name": f"attribute_{n}",
                    "data_type": types[n % 6],
                    "description": f"What attribute {n} of {at} means",
                }
                for n in range(12)
            ],
        }
        for at in range(count * 4 // 5 - 1)
    ]
    facts = [
        {
            "name": f"fct_process_{at}",
            "grain_columns": ["event_id"],
            "source": f"stg_events__process_{at}",
            "degenerate_dimensions": [{"name": "event_id", "data_type": "BIGINT"}],
            "foreign_keys": [{"column": "event_date_key", "dimension": "dim_date", "source": "happened_at"}]
            + [
                {"column": f"thing_{to}_key", "dimension": f"dim_thing_{to}"}
                for to in ((at * 4 + n) % len(dimensions) for n in range(6))
            ],
            "measures": [
                {"name": f"measure_{n}_amount", "type": "additive", "aggregation": "SUM", "source": f"quantity * price_{n}",
                 "data_type": "DECIMAL(18,2)", "business_definition": f"What measure {n} of {at} means"}
                for n in range(6)
            ],
        }
        for at in range(count // 5)
    ]  # fmt: skip
    return DimensionalModel.model_validate({"dimensions": dimensions, "fact_tables": facts})


if __name__ == "__main__":
    main()
