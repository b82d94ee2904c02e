"""A load as a dbt incremental model: the same reading, one row a key, and write, in the strategy that the engine's adapter has.

dbt keeps no control table: the position is the newest one in the model itself, so it moves together with the rows. That takes
the incremental key among the columns; a load without it is refused here.
"""

# ruff: noqa: S608 - writing SQL is what this is for; names go through sql/text.py, what people wrote through sql/guard.py

from __future__ import annotations

import re
from typing import Any

from decom_nb.errors import InputError, Mistake
from decom_nb.escape import jinja_safe
from decom_nb.phases.pipelines.load.changed import same_key
from decom_nb.phases.pipelines.load.dedup import order
from decom_nb.phases.pipelines.load.plan import POSITION, Plan, plan
from decom_nb.phases.pipelines.load.words import asked, cast, said
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.sql.text import name, names

_THIS, _SOURCE = "decom_this", "decom_source"
_MOMENT = 'CAST(\'{{ var("loaded_at", run_started_at.strftime("%Y-%m-%d %H:%M:%S")) }}\' AS TIMESTAMP)'
_OVERWRITES = ("bigquery", "databricks")
"""Adapters with insert_overwrite, which exchanges the partitions that the new rows are in."""


def dbt_files(pipeline: Pipeline, dialect: str) -> dict[str, str]:
    """Give the model, its YAML and its tests, by path below a dbt project; raises `InputError` where dbt cannot hold the load."""
    made = plan(pipeline, dialect)
    position = made.position
    if made.incremental and position and not position.column:
        what = "dbt reads the position from the model itself, and no column holds the incremental key as it is"
        file = f"documents/pipeline/{pipeline.instance}.yaml" if pipeline.instance else ""
        raise InputError(Mistake(file, 0, "columns", what, "add it to the columns"))
    called = _called(made.target)
    gates = {*made.pre_load, *made.post_load}
    told = {
        f"models/{called}.sql": _model(made),
        f"models/{called}.yml": _yaml(made, called),
    }
    if len(made.keys) > 1:
        query = f"SELECT {names(made.keys)} FROM {_THIS} GROUP BY {names(made.keys)} HAVING COUNT(*) > 1"
        told[f"tests/{called}_key_is_unique.sql"] = _tested(query, dialect, called)
    for at, each in enumerate(sorted(gates, key=lambda gate: gate.sql), start=1):
        query = f"SELECT * FROM {_THIS} WHERE NOT ({each.sql})"
        told[f"tests/{called}_gate_{at}.sql"] = _tested(query, dialect, called)
    return told


def _called(table: str) -> str:
    return re.sub(r"\W+", "_", table.rpartition(".")[2].strip('"'))


def _tested(query: str, dialect: str, called: str) -> str:
    return jinja_safe(asked(query, dialect)).replace(_THIS, f"{{{{ ref('{called}') }}}}") + "\n"


def _config(made: Plan) -> dict[str, Any]:
    """Give the model's configuration."""
    told: dict[str, Any] = {"materialized": "incremental", "on_schema_change": "append_new_columns"}
    merged = told | {"incremental_strategy": "merge", "unique_key": list(made.keys or made.names)}
    match made.way.dbt:
        case "table":
            return {"materialized": "table"}
        case "partitions" if made.dialect in _OVERWRITES:
            return told | {"incremental_strategy": "insert_overwrite", "partition_by": _partition(made)}
        case "partitions":
            return told | {"incremental_strategy": "delete+insert", "unique_key": made.partition}
        case "append" if made.dialect != "bigquery":  # whose adapter has no append
            return told | {"incremental_strategy": "append"}
        case "append" | "merge":
            return merged


def _partition(made: Plan) -> Any:
    type_ = next(each.type for each in made.columns if each.name == made.partition)
    if made.dialect != "bigquery":
        return [made.partition]
    kind = {"DATE": "date", "TIMESTAMP": "datetime"}.get(type_.upper(), "date")
    return {"field": made.partition, "data_type": kind}


def _model(made: Plan) -> str:
    dialect = made.dialect
    source = _source_call(made)
    listed = ", ".join(f"{cast(each.expression, each.type, dialect)} AS {name(each.name)}" for each in made.columns)
    if made.position:
        listed += f", CAST({made.position.expression} AS {made.position.type}) AS {name(POSITION)}"
    read = jinja_safe(asked(f"SELECT {listed} FROM {_SOURCE}", dialect)).replace(_SOURCE, source)
    if made.keys:
        ranked = f"ROW_NUMBER() OVER (PARTITION BY {names(made.keys)} ORDER BY {order(made)})"
        one = asked(f'SELECT {names(made.names)}, {ranked} AS "load_rank" FROM "rows_read"', dialect)
        last = asked(f'SELECT {names(made.names)} FROM "ranked" WHERE "load_rank" = 1', dialect)
    else:
        one = asked(f'SELECT DISTINCT {names(made.names)} FROM "rows_read"', dialect)
        last = asked(f'SELECT {names(made.names)} FROM "ranked"', dialect)
    parts = [f"{{{{ config(\n{_arguments(made)}\n) }}}}\n", "WITH rows_read AS ("]
    parts.append(_indented(read))
    if (where := _where(made)) and made.incremental:
        parts += ["  {% if is_incremental() %}", _indented(f"WHERE {_filled(where, made)}"), "  {% endif %}"]
    parts += ["), ranked AS (", _indented(one), "), newest AS (", _indented(last), ")", _final(made)]
    return "\n".join(parts) + "\n"


def _where(made: Plan) -> str:
    """Give which rows an incremental run reads, in DuckDB's SQL."""
    position = made.position
    if position is None or not made.incremental:
        return ""
    last = f"SELECT MAX(t.{name(position.column)}) FROM {_THIS} AS t"
    if position.lookback_seconds:
        last = f"SELECT MAX(t.{name(position.column)}) - INTERVAL {position.lookback_seconds} SECOND FROM {_THIS} AS t"
    # An empty target has no last position, and a row without a time of change has none to compare: both are read.
    low = f"({position.expression} >= ({last}) OR {position.expression} IS NULL OR ({last}) IS NULL)"
    if not made.way.needs_partition:
        return low
    cut = next(cast(each.expression, each.type, made.dialect) for each in made.columns if each.name == made.partition)
    changed = f"{cut} IN (SELECT {cut} FROM {_SOURCE} WHERE {low})"
    if not made.keys:
        return changed
    listed = ", ".join([*_keys(made), f"{position.expression} AS {name(POSITION)}"])
    moved = (
        f"SELECT t.{name(made.partition)} FROM {_THIS} AS t WHERE EXISTS (SELECT 1 FROM (SELECT {listed} FROM {_SOURCE}) AS c "
        f"WHERE {same_key(made, 'c', 't')} AND c.{name(POSITION)} >= ({last}))"
    )
    return f"{changed} OR {cut} IN ({moved})"


def _keys(made: Plan) -> list[str]:
    """Give the keys as the source gives them, each under its name."""
    keys = [each for each in made.columns if each.name in made.keys]
    return [f"{cast(each.expression, each.type, made.dialect)} AS {name(each.name)}" for each in keys]


def _filled(condition: str, made: Plan) -> str:
    query = jinja_safe(asked(f'SELECT 1 AS "x" FROM {_SOURCE} WHERE {condition}', made.dialect))
    rest = query.partition("WHERE")[2].strip()
    rest = "\n".join(line.removeprefix("  ") for line in rest.splitlines())
    return rest.replace(_THIS, "{{ this }}").replace(_SOURCE, _source_call(made))


def _final(made: Plan) -> str:
    own = ", ".join(f"n.{name(each)}" for each in made.names)
    if made.way.keeps_oldest:
        there = same_key(made, "t", "n") if made.keys else _same_row(made)
        everything = asked(f'SELECT {own} FROM "newest" AS n', made.dialect)
        new = f"NOT EXISTS (SELECT 1 FROM {_THIS} AS t WHERE {there})"
        return f"{everything}\n{{% if is_incremental() %}}\nWHERE {_filled_of(new, made)}\n{{% endif %}}"
    if not made.deleted_column:
        return asked(f'SELECT {own} FROM "newest" AS n', made.dialect)
    mark = name(made.deleted_column)
    newest = asked(f'SELECT {own}, CAST(NULL AS TIMESTAMP) AS {mark} FROM "newest" AS n', made.dialect)
    kept = ", ".join(f"t.{name(each)}" for each in made.names)
    keys = ", ".join(_keys(made))
    gone = f"NOT EXISTS (SELECT 1 FROM (SELECT {keys} FROM {_SOURCE}) AS k WHERE {same_key(made, 'k', 't')})"
    marked = asked(
        f"SELECT {kept}, CAST('decom_moment' AS TIMESTAMP) AS {mark} FROM {_THIS} AS t WHERE t.{mark} IS NULL AND {gone}",
        made.dialect,
    )
    marked = jinja_safe(marked).replace(_THIS, "{{ this }}").replace(_SOURCE, _source_call(made))
    marked = marked.replace("'decom_moment'", _MOMENT.removeprefix("CAST(").removesuffix(" AS TIMESTAMP)"))
    return f"{newest}\n{{% if is_incremental() %}}\nUNION ALL\n{marked}\n{{% endif %}}"


def _same_row(made: Plan) -> str:
    return " AND ".join(f"t.{name(each)} IS NOT DISTINCT FROM n.{name(each)}" for each in made.names)


def _filled_of(condition: str, made: Plan) -> str:
    query = jinja_safe(asked(f'SELECT 1 AS "x" FROM "newest" AS n WHERE {condition}', made.dialect))
    return query.partition("WHERE")[2].strip().replace(_THIS, "{{ this }}")


def _arguments(made: Plan) -> str:
    config = dict(_config(made))
    if made.deletes == "hard" and not made.way.replaces_all:
        config["post_hook"] = _hook(made)
    return ",\n".join(f"    {key}={_literal(value)}" for key, value in config.items())


def _hook(made: Plan) -> str:
    """Give the statement that removes what vanished, unless the source is empty altogether."""
    keys = ", ".join(_keys(made))
    gone = f"NOT EXISTS (SELECT 1 FROM (SELECT {keys} FROM {_SOURCE}) AS k WHERE {same_key(made, 'k', _THIS)})"
    sql = said(f"DELETE FROM {_THIS} WHERE {gone} AND EXISTS (SELECT 1 FROM {_SOURCE})", made.dialect)
    text = " ".join(jinja_safe(sql).split())
    text = re.sub(rf"(?<=FROM ){_THIS}\b", "{{ this }}", text, count=1).replace(f"{_THIS}.", "{{ this.identifier }}.")
    return text.replace(_SOURCE, _source_call(made))


def _literal(value: Any) -> str:
    """Give a value as Jinja writes it."""
    import json

    return json.dumps(value, ensure_ascii=False)


def _source_call(made: Plan) -> str:
    parts = [part.strip('"') for part in made.source.split('"."')]
    schema = parts[-2] if len(parts) > 1 else "landing"
    return f"{{{{ source({_single(schema)}, {_single(parts[-1])}) }}}}"


def _single(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _yaml(made: Plan, called: str) -> str:
    """Give the YAML that tells dbt of the source, the model and its columns' tests."""
    import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own

    text: str = yaml.safe_dump(_described(made, called), sort_keys=False, allow_unicode=True, width=120)
    return text


def _described(made: Plan, called: str) -> dict[str, Any]:
    parts = [part.strip('"') for part in made.source.split('"."')]
    single = made.keys[0] if len(made.keys) == 1 else ""
    columns: list[dict[str, Any]] = []
    for each in made.columns:
        tests = ["unique"] if each.name == single else []
        tests += ["not_null"] if each.name in made.keys else []
        columns.append({"name": each.name, **({"data_tests": tests} if tests else {})})
    schema = {} if len(parts) > 1 else {"schema": "{{ target.schema }}"}
    source = {"name": parts[-2] if len(parts) > 1 else "landing", **schema, "tables": [{"name": parts[-1]}]}
    says = jinja_safe(f"Loaded by {' '.join(made.pipeline.split())}: {made.strategy}.")
    return {
        "version": 2,
        "sources": [source],
        "models": [{"name": called, "description": says, "columns": columns}],
    }
