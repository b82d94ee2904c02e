"""Renames as SQL: tables and columns get their corrected names, in the words of six engines, and in dbt's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from decom_nb.errors import InputError, Mistake
from decom_nb.phases.modeling.naming.lint import Linted
from decom_nb.phases.modeling.naming.named import NamedColumn, NamedTable
from decom_nb.phases.modeling.naming.naming_table import naming_table
from decom_nb.sql.script import Block, Script, Step
from decom_nb.suggest import instead

ENGINES = ("duckdb", "postgres", "snowflake", "bigquery", "redshift", "databricks")
"""The engines whose renames can be written."""

_TRANSACTIONAL = ("duckdb", "postgres", "redshift")
"""Engines in which several renames take effect together or not at all."""
_WHOLE_NAME = ("snowflake", "databricks")
"""Engines that take the new name of a table with its schema; the others refuse it."""
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Rename:
    """A table that gets another name, or whose columns do."""

    table: NamedTable
    to: str
    """Its corrected name; empty where it stays."""
    columns: tuple[tuple[NamedColumn, str], ...]


def renames(linted: Linted) -> tuple[Rename, ...]:
    """Give what is to be renamed: findings for which a name could be proposed, table by table."""
    made = []
    for table in linted.tables:
        of_it = [each for each in linted.findings if each.table is table and each.proposed]
        to = next((each.proposed for each in of_it if each.column is None), "")
        columns = tuple((each.column, each.proposed) for each in of_it if each.column is not None)
        if to or columns:
            made.append(Rename(table, to, columns))
    return tuple(made)


def rename_script(found: Iterable[Rename], dialect: str, *, views: bool = False) -> Script:
    """Give the renames of tables in an engine's SQL, each table's in a block of its own.

    With `views`, a view keeps the old names for those who still read them: under the table's old name where the table itself
    is renamed. A table that keeps its name cannot keep its old columns' names too, so the view is ``<table>_old_names``, and who
    still reads the old columns has to be pointed there. What dbt builds is not altered: its models are, see `dbt_hints`.
    """
    if dialect not in ENGINES:
        raise InputError(
            Mistake("", 0, "--dialect", f"renames cannot be written for {dialect}", instead(dialect, ENGINES))
        )
    blocks = [_block(each, dialect, views) for each in found if each.table.origin != "dbt"]
    return Script(dialect, tuple(blocks))


def dbt_hints(found: Iterable[Rename]) -> list[dict[str, str]]:
    """Give what to write in dbt's models for their columns and names: one row for each rename."""
    rows = []
    for each in found:
        if each.table.origin != "dbt":
            continue
        if each.to:
            what = f"rename the file to {each.to}.sql, or keep it and write {{{{ config(alias='{each.to}') }}}}"
            rows.append({"model": each.table.name, "file": each.table.file, "write": what})
        rows += [
            {"model": each.table.name, "file": each.table.file, "write": f"{column.name} as {new}"}
            for column, new in each.columns
        ]
    return rows


def _block(rename: Rename, dialect: str, views: bool) -> Block:
    table = rename.table
    at = _table(table, table.name, table.quoted, dialect)
    steps: list[Step] = []
    if dialect == "databricks" and rename.columns:
        mapping = f"ALTER TABLE {at} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')"
        steps.append(
            Step(mapping, "Delta renames columns only where they are mapped by name; older readers cannot read it then")
        )
    for column, new in rename.columns:
        before = _written(column.name, column.quoted, dialect)
        sql = f"ALTER TABLE {at} RENAME COLUMN {before} TO {_written(new, column.quoted, dialect)}"
        steps.append(Step(sql, f"{_said(column.name)} becomes {_said(new)}"))
    after = at
    if rename.to:
        after = _table(table, rename.to, table.quoted, dialect)
        new_name = after if dialect in _WHOLE_NAME else _written(rename.to, table.quoted, dialect)
        steps.append(Step(f"ALTER TABLE {at} RENAME TO {new_name}", f"{_said(table.name)} becomes {_said(rename.to)}"))
    if views and table.columns:
        old = at if rename.to else _table(table, f"{table.name}_old_names", table.quoted, dialect)
        said = "keeps the old names for those who still read them"
        if not rename.to:
            said = f"{_said(table.name)} keeps its name and loses its old columns; who reads them has to read this view instead"
        steps.append(Step(_view(rename, old, after, dialect), said))
    return Block(tuple(steps), atomic=dialect in _TRANSACTIONAL)


def _view(rename: Rename, old: str, after: str, dialect: str) -> str:
    new = {column.name: name for column, name in rename.columns}
    columns = []
    for each in rename.table.columns:
        before = _written(each.name, each.quoted, dialect)
        now = _written(new.get(each.name, each.name), each.quoted, dialect)
        columns.append(before if now == before else f"{now} AS {before}")
    return f"CREATE VIEW {old} AS SELECT {', '.join(columns)} FROM {after}"  # noqa: S608 - names are quoted


def _table(table: NamedTable, name: str, quoted: bool, dialect: str) -> str:
    schema = f"{_written(table.schema, table.quoted, dialect)}." if table.schema else ""
    return f"{schema}{_written(name, quoted, dialect)}"


def _written(name: str, quoted: bool, dialect: str) -> str:
    """Write a name as it was declared: bare where it was and can be, so that it folds as the table's own did."""
    plain = bool(_PLAIN.fullmatch(name)) and name.casefold() not in naming_table().reserved.words
    if plain and (not quoted or name == _folded(name, dialect)):
        return name
    return _quoted(name, dialect)


def _folded(name: str, dialect: str) -> str:
    return name.upper() if dialect == "snowflake" else name.lower()


@cache
def _quoted(name: str, dialect: str) -> str:
    from sqlglot import exp

    return exp.to_identifier(name, quoted=True).sql(dialect=dialect)


def _said(name: str) -> str:
    """Give a name for a comment: nothing in it ends the line."""
    return re.sub(r"\s+", " ", name)
