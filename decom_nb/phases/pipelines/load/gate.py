"""What stops a load: queries for the rows that should not be, each with a statement that raises where one is found."""

# ruff: noqa: S608 - writing SQL is what this is for; names go through sql/text.py, what people wrote through sql/guard.py

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from decom_nb.phases.pipelines.load.plan import POSITION, Plan
from decom_nb.phases.pipelines.load.words import asked, together
from decom_nb.sql.script import Step
from decom_nb.sql.text import name, names

_RAISES = {"duckdb": "ERROR({})", "bigquery": "ERROR({})", "databricks": "RAISE_ERROR({})"}
"""The engines' functions that end a statement with an error."""
_CAST = "CAST({} AS INTEGER)"
"""Where there is none, a sentence that is read as a number does: the engine's error quotes the sentence."""


@dataclass(frozen=True)
class Gate:
    """What must be so, and the query for the rows that show it is not, in DuckDB's SQL."""

    says: str
    violations: str

    def query(self, dialect: str) -> str:
        """Give the query in an engine's words."""
        return asked(self.violations, dialect)

    def step(self, dialect: str) -> Step:
        """Give the statement that ends the load where there is such a row."""
        from sqlglot import exp

        inner = "\n".join(f"  {line}" for line in self.query(dialect).splitlines())
        text = f"stopped by the gate [{' '.join(self.says.split())}]: rows that break it: "
        said = exp.Literal.string(text).sql(dialect=dialect)
        count = "CAST(COUNT(*) AS STRING)" if dialect in ("bigquery", "databricks") else "CAST(COUNT(*) AS VARCHAR)"
        raised = _RAISES.get(dialect, _CAST).format(f"CONCAT({said}, {count})")
        nothing = "NULL" if dialect in _RAISES else "0"
        sql = f"SELECT\n  CASE WHEN COUNT(*) = 0 THEN {nothing} ELSE {raised} END AS gate\nFROM (\n{inner}\n) AS violations"
        return Step(sql, f"Stop unless: {self.says}")


def structure(plan: Plan) -> Iterator[Gate]:
    """What the load itself needs of the rows it read: without it rows would be lost or doubled in silence."""
    read = plan.table("read")
    if plan.keys:
        missing = together([f"{name(each)} IS NULL" for each in plan.keys], "OR")
        yield Gate(f"no key is missing ({', '.join(plan.keys)})", f"SELECT * FROM {read} WHERE {missing}")
    if plan.incremental and plan.position:
        yield Gate(
            f"the incremental key is never missing ({plan.position.column or plan.position.expression.strip(chr(34))})",
            f"SELECT * FROM {read} WHERE {name(POSITION)} IS NULL",
        )
    if plan.way.needs_partition:
        yield Gate(
            f"the partition is never missing ({plan.partition})",
            f"SELECT * FROM {read} WHERE {name(plan.partition)} IS NULL",
        )
    if removes(plan):
        yield _not_empty(plan)


def removes(plan: Plan) -> bool:
    """Tell whether a row that was not read is taken for gone: an empty source would empty the target."""
    if plan.way.replaces_all:
        return True
    return plan.deletes != "ignore" and (plan.compares_keys or not plan.incremental)


def _not_empty(plan: Plan) -> Gate:
    present = plan.keys_table if plan.compares_keys else plan.table("read")
    there = f" WHERE {name(plan.deleted_column)} IS NULL" if plan.deleted_column else ""
    counted = (
        f'(SELECT COUNT(*) AS "row_count" FROM {present}) AS s CROSS JOIN '
        f'(SELECT COUNT(*) AS "row_count" FROM {plan.target}{there}) AS t'
    )
    return Gate(
        "the source is not empty while the target holds rows",
        f'SELECT t."row_count" AS "rows_at_risk" FROM {counted} WHERE s."row_count" = 0 AND t."row_count" > 0',
    )


def before(plan: Plan) -> Iterator[Gate]:
    """What people ask of every row before it is written. Where nothing can be taken back, what they ask afterwards too."""
    asked_for = plan.pre_load
    if plan.dialect == "databricks" and not plan.deleted_column:
        asked_for = tuple(dict.fromkeys((*plan.pre_load, *plan.post_load)))
    for each in asked_for:
        yield Gate(each.written, f"SELECT * FROM {plan.table('staged')} WHERE NOT ({each.sql})")


def after(plan: Plan) -> Iterator[Gate]:
    """What has to be so of the target afterwards."""
    if plan.keys:
        yield Gate(
            f"no key stands there twice ({', '.join(plan.keys)})",
            f'SELECT {names(plan.keys)}, COUNT(*) AS "row_count" FROM {plan.target}'
            f" GROUP BY {names(plan.keys)} HAVING COUNT(*) > 1",
        )
    for each in plan.post_load:
        yield Gate(each.written, f"SELECT * FROM {plan.target} WHERE NOT ({each.sql})")
