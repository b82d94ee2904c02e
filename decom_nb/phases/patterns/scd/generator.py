"""From a specification to the load of one engine. `decom patterns scd2` and the page's proofs call it."""

# ruff: noqa: S608 - writing SQL is what this is for; every name goes through sql/text.py

from __future__ import annotations

from decom_nb.phases.patterns.scd import timeline
from decom_nb.phases.patterns.scd.specification import ScdSpecification
from decom_nb.phases.patterns.scd.timeline import DROP, INSTANT, LOADED, NOW, WAS, query, table
from decom_nb.sql.dialect import statement
from decom_nb.sql.history_columns import current, previous
from decom_nb.sql.script import Block, Parameter, Script, Step
from decom_nb.sql.text import name, names, string

DIALECTS = ("duckdb", "postgres", "snowflake", "bigquery", "redshift", "databricks")
"""The engines whose loads are written."""
_BY_STATEMENTS = ("redshift",)
"""Engines whose MERGE takes one action on rows that match, and that therefore get a DELETE, an UPDATE and an INSERT."""
_NO_TRANSACTION = ("databricks",)
"""Engines in which only a statement is atomic: each of ours can be repeated, and the next load goes on where one ended."""
_NO_TABLE_IF_ABSENT = ("redshift",)
"""Engines that make a table from a query, but not only if it is absent."""
LOADED_AT = Parameter("loaded_at", "TIMESTAMP", "the instant of this load; the same again where a load is repeated")


def script(spec: ScdSpecification, dialect: str, *, merge: bool | None = None) -> Script:
    """Give the load of a batch. `merge` says whether it is done by one MERGE; unless told, the engine decides.

    Raises `decom_nb.sql.dialect.NotSayable` where the engine has no word for something.
    """
    by_merge = dialect not in _BY_STATEMENTS if merge is None else merge
    steps = _steps(spec, dialect, by_merge)
    if spec.type_4:
        steps += _steps(spec.history, dialect, by_merge)
    return Script(dialect, (Block(tuple(steps), atomic=dialect not in _NO_TRANSACTION),), (LOADED_AT,))


def left_out(spec: ScdSpecification, dialect: str) -> str:
    """Give the query that lists the rows of a batch that the load leaves out, for lack of a key or of a time."""
    from decom_nb.sql.dialect import as_dialect

    return as_dialect(timeline.left_out(spec), dialect)


def setup(spec: ScdSpecification, dialect: str) -> Script:
    """Give what is to be run once, before the first load: the tables, empty, if they are not there.

    A dimension whose surrogate key is the engine's own column is not made here: `sql/ddl.py` knows each engine's word for it.
    """
    create = "CREATE TABLE" if dialect in _NO_TABLE_IF_ABSENT else "CREATE TABLE IF NOT EXISTS"
    steps = []
    if not spec.surrogate_key or spec.surrogate != "identity":
        steps.append(Step(_said(f"{create} {table(spec.table)} AS {_empty_dimension(spec)}", dialect), "the dimension"))
    if spec.ledger:
        ledger = f"{create} {table(spec.ledger)} AS {_empty_ledger(spec)}"
        steps.append(Step(_said(ledger, dialect), "every change that was seen"))
    if spec.type_4:
        steps += setup(spec.history, dialect).steps
    return Script(dialect, (Block(tuple(steps)),) if steps else ())


def in_duckdb(spec: ScdSpecification, loaded_at: str) -> list[str]:
    """Give what makes ledger and history table and loads a batch on DuckDB, ready to run: a program's own loads need no more."""
    said: list[str] = []
    if spec.ledger:
        said.append(f"CREATE TABLE IF NOT EXISTS {table(spec.ledger)} AS {_empty_ledger(spec)}")
    said += [text for text, _ in _texts(spec, by_merge=True)]
    said = [text.replace(NOW, string(loaded_at)) for text in said]
    if spec.type_4:
        history = f"CREATE TABLE IF NOT EXISTS {table(spec.history.table)} AS {_empty_dimension(spec.history)}"
        said += [history, *in_duckdb(spec.history, loaded_at)]
    return said


def _said(sql: str, dialect: str) -> str:
    return statement(sql, dialect).replace(NOW, f":{LOADED_AT.name}")


def _steps(spec: ScdSpecification, dialect: str, by_merge: bool) -> list[Step]:
    return [Step(_said(text, dialect), what) for text, what in _texts(spec, by_merge)]


def _texts(spec: ScdSpecification, by_merge: bool) -> list[tuple[str, str]]:
    """Give the statements of a load in DuckDB's SQL, each with what it does."""
    columns = timeline.change_columns(spec)
    arrivals = timeline.arrivals(spec)
    texts = []
    if spec.ledger:
        seed = f"SELECT {names([*columns, LOADED])} FROM scd_seed"
        new = query(arrivals, f"SELECT {names(columns)}, {INSTANT} AS {LOADED} FROM scd_new UNION ALL {seed}")
        insert = f"INSERT INTO {table(spec.ledger)} ({names([*columns, LOADED])}) SELECT * FROM ({new}) AS q"
        texts.append((insert, "add the changes that were not known"))
        known: list[tuple[str, str]] = []
        changes = table(spec.ledger)
    else:
        listed = names(columns)
        every = (
            f"SELECT {listed}, {LOADED} FROM scd_known UNION ALL SELECT {listed}, {INSTANT} AS {LOADED} FROM scd_new"
        )
        known, changes = [*arrivals, ("scd_every", every)], "scd_every"
    todo = query([*known, *timeline.wanted(spec, changes), *timeline.todo(spec)], "SELECT * FROM scd_todo")
    if by_merge:
        return [*texts, (_merge(spec, todo), "bring the rows of the touched keys to their timeline")]
    return [*texts, *_statements(spec, todo)]


def _target(spec: ScdSpecification, qualifier: str) -> str:
    """Say which row of the dimension a row of what is to be done is about."""
    at = f" AND {qualifier}.{name(spec.valid_from)} = s.{WAS}" if spec.versions else f" AND s.{WAS} IS NOT NULL"
    return timeline.same_key(spec, qualifier, "s") + at


def _changed(spec: ScdSpecification) -> list[str]:
    return [column for column in timeline.row_columns(spec) if column not in spec.natural_key]


def _inserted(spec: ScdSpecification) -> list[str]:
    made = [spec.surrogate_key] if timeline.surrogate(spec) else []
    return [*made, *timeline.row_columns(spec)]


def _merge(spec: ScdSpecification, todo: str) -> str:
    changed = _changed(spec)
    differs = " OR ".join(f"t.{name(column)} IS DISTINCT FROM s.{name(column)}" for column in changed)
    sets = ", ".join(f"{name(column)} = s.{name(column)}" for column in changed)
    inserted = _inserted(spec)
    update = f" WHEN MATCHED AND ({differs}) THEN UPDATE SET {sets}" if changed else ""
    return (
        f"MERGE INTO {table(spec.table)} AS t USING ({todo}) AS s ON {_target(spec, 't')}"
        f" WHEN MATCHED AND s.{DROP} THEN DELETE{update}"
        f" WHEN NOT MATCHED THEN INSERT ({names(inserted)}) VALUES ({', '.join(f's.{name(c)}' for c in inserted)})"
    )


def _statements(spec: ScdSpecification, todo: str) -> list[tuple[str, str]]:
    """Give the same as one MERGE does, from a table that holds what is to be done."""
    own = spec.table.split(".")[-1]
    work, target = name(f"{own}_todo"), name(own)
    changed, inserted = _changed(spec), _inserted(spec)
    differs = " OR ".join(f"{target}.{name(column)} IS DISTINCT FROM s.{name(column)}" for column in changed)
    sets = ", ".join(f"{name(column)} = s.{name(column)}" for column in changed)
    rows = f"SELECT {', '.join(f's.{name(column)}' for column in inserted)} FROM {work} AS s WHERE s.{WAS} IS NULL"
    texts = [
        (f"DROP TABLE IF EXISTS {work}", "take away what an earlier load may have left"),
        (f"CREATE TEMPORARY TABLE {work} AS {todo}", "work out what is to be done"),
        (
            f"DELETE FROM {table(spec.table)} USING {work} AS s WHERE {_target(spec, target)} AND s.{DROP}",
            "take away versions that are none",
        ),
    ]
    if changed:
        where = f"{_target(spec, target)} AND NOT s.{DROP} AND ({differs})"
        texts.append(
            (f"UPDATE {table(spec.table)} SET {sets} FROM {work} AS s WHERE {where}", "change the versions that differ")
        )
    texts.append((f"INSERT INTO {table(spec.table)} ({names(inserted)}) {rows}", "add the versions that are new"))
    texts.append((f"DROP TABLE {work}", "tidy up"))
    return texts


def _typed(spec: ScdSpecification, column: str) -> str:
    """Give a column of the source, of the type that is told for it, or else its own."""
    of = spec.in_source("s", column)
    return f"CAST({of} AS {spec.types[column]})" if column in spec.types else of


def _empty_dimension(spec: ScdSpecification) -> str:
    columns = []
    if spec.surrogate_key:
        type_ = "VARCHAR" if spec.surrogate == "hash" else "BIGINT"
        columns.append(f"CAST(NULL AS {type_}) AS {name(spec.surrogate_key)}")
    beside = {previous(column): column for column in spec.type_3} | {current(column): column for column in spec.type_6}
    special = {spec.is_deleted: "BOOLEAN"}
    if spec.versions:
        special |= {spec.valid_from: "TIMESTAMP", spec.valid_to: "TIMESTAMP", spec.is_current: "BOOLEAN"}
    for column in timeline.row_columns(spec):
        if column in special and column not in spec.stored:
            columns.append(f"CAST(NULL AS {special[column]}) AS {name(column)}")
        else:
            columns.append(f"{_typed(spec, beside.get(column, column))} AS {name(column)}")
    return f"SELECT {', '.join(columns)} FROM {table(spec.source)} AS s WHERE 1 = 0"


def _empty_ledger(spec: ScdSpecification) -> str:
    columns = [f"d.{name(column)}" for column in spec.stored]
    columns += [f"CAST(NULL AS TIMESTAMP) AS {timeline.AT}", f"CAST(NULL AS BOOLEAN) AS {timeline.GONE}"]
    columns += [f"s.{name(of)} AS {as_}" for of, as_ in zip(spec.order_by, timeline.orders(spec), strict=True)]
    columns.append(f"CAST(NULL AS TIMESTAMP) AS {LOADED}")
    return f"SELECT {', '.join(columns)} FROM {table(spec.table)} AS d CROSS JOIN {table(spec.source)} AS s WHERE 1 = 0"
