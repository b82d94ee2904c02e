"""Quality rules of the standard as checks, and checks as rules. Import, export and enforcement call it.

A rule for which there is no check keeps its words and says why it is not checked; none is dropped.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from decom_nb.check import Check, Dimension, Priority
from decom_nb.contract.model import made
from decom_nb.contract.odcs_schema import TABLES
from decom_nb.knowledge import Row, citations, load

ENGINE = "decom_nb"
"""The engine of a custom rule whose implementation is one of our checks, spelled out."""

OPERATORS: Mapping[str, str] = {
    "mustBe": "=",
    "mustNotBe": "<>",
    "mustBeGreaterThan": ">",
    "mustBeGreaterOrEqualTo": ">=",
    "mustBeGreaterThanOrEqualTo": ">=",  # so called before 3.0
    "mustBeLessThan": "<",
    "mustBeLessOrEqualTo": "<=",
    "mustBeLessThanOrEqualTo": "<=",
    "mustBeBetween": "between",
    "mustNotBeBetween": "not between",
}


class _RuleRow(Row):
    check: str
    names: tuple[str, ...]


class _DimensionRow(Row):
    names: tuple[str, ...]
    dimension: Dimension


class _SeverityRow(Row):
    names: tuple[str, ...]
    severity: Priority


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    rules: tuple[_RuleRow, ...]
    dimensions: tuple[_DimensionRow, ...]
    severities: tuple[_SeverityRow, ...]


@cache
def _table() -> _Rules:
    return load(_Rules, TABLES / "quality_rules.yaml", sources=citations(TABLES))


@dataclass(frozen=True)
class RuleCheck:
    """A rule's check, or why there is none; `says` is the rule in words either way."""

    check: Check | None
    says: str
    unchecked_because: str = ""


class _NotMapped(Exception):  # noqa: N818 - never leaves this module
    pass


def check_of(rule: Mapping[str, Any], table: str, column: str = "") -> RuleCheck:
    """Give the check that stands for a rule of a table, or of a column of it."""
    says = in_words(rule, column)
    try:
        return RuleCheck(_check(rule, table, column), says)
    except _NotMapped as why:
        return RuleCheck(None, says, str(why))
    except ValueError as why:
        return RuleCheck(None, says, f"no check can be made of it: {why}")


def in_words(rule: Mapping[str, Any], column: str = "") -> str:
    """Give a rule in words: its own, or those of its metric and bound."""
    if told := str(rule.get("description") or "").strip():
        return told if rule.get("type") == "text" else " ".join(told.split())
    what = str(
        rule.get("metric") or rule.get("rule") or rule.get("name") or rule.get("query") or rule.get("type") or ""
    )
    if rule.get("implementation") and not rule.get("name"):
        what = f"a rule of {rule.get('engine') or 'another engine'}"
    bounds = [f"{_spaced(key)} {rule[key]}" for key in OPERATORS if rule.get(key) is not None]
    unit = f" {rule['unit']}" if rule.get("unit") else ""
    return " ".join(part for part in (f"{column}:" if column else "", what, ", ".join(bounds)) if part) + unit


def _spaced(key: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: " " + found[1].lower(), key)


def _check(rule: Mapping[str, Any], table: str, column: str) -> Check:
    kind = str(rule.get("type") or "library")
    if kind == "text":
        raise _NotMapped("it is said in words only")
    if kind == "custom":
        return _own(rule)
    if kind == "sql":
        return _sql(rule, table, column)
    metric = str(rule.get("metric") or rule.get("rule") or "")
    row = next((row for row in _table().rules if metric in row.names), None)
    if row is None:
        raise _NotMapped(f"there is no check for `{metric}`" if metric else "it names no metric")
    said = _common(rule)
    arguments = rule.get("arguments") if isinstance(rule.get("arguments"), dict) else {}
    given: Mapping[str, Any] = {**rule, **(arguments or {})}
    if row.check == "volume":
        return made("volume", {**said, **_row_bounds(rule)})
    accepted = _accepted(rule)
    if row.check == "unique":
        columns = given.get("properties") or ([column] if column else [])
        if not columns:
            raise _NotMapped("it does not say which columns must not repeat: write arguments.properties")
        return made("unique", {**said, "columns": list(columns), "fail": accepted})
    if not column:
        raise _NotMapped("it stands at the table and does not say which column it is about")
    if row.check == "not_null":
        return made("not_null", {**said, "columns": [column], "fail": accepted})
    if row.check == "missing":
        return _missing(given, column, said, accepted)
    return _valid(given, column, said, accepted)


def _missing(given: Mapping[str, Any], column: str, said: dict[str, Any], accepted: dict[str, Any]) -> Check:
    listed = given.get("missingValues")
    texts = [each for each in listed if each is not None] if isinstance(listed, list) else []
    if not texts:
        return made("not_null", {**said, "columns": [column], "fail": accepted})
    empty = listed is None or None in listed
    values = ", ".join(literal(str(each)) for each in texts)
    name = identifier(column)
    condition = f"{name} IS NOT NULL AND CAST({name} AS VARCHAR) NOT IN ({values})"
    if not empty:
        condition = f"{name} IS NULL OR CAST({name} AS VARCHAR) NOT IN ({values})"
    return made("expression", {**said, "dimension": "completeness", "expression": condition, "fail": accepted})


def _valid(given: Mapping[str, Any], column: str, said: dict[str, Any], accepted: dict[str, Any]) -> Check:
    listed, pattern = given.get("validValues"), given.get("pattern") or given.get("regex")
    if isinstance(listed, list):
        values = [each for each in listed if each is not None]  # a missing value is never an invalid one
        if not values or any(isinstance(each, bool | list | dict) for each in values):
            raise _NotMapped("the values it lists are neither texts nor numbers")
        return made("accepted_values", {**said, "column": column, "values": values, "fail": accepted})
    if pattern:
        return made("regex", {**said, "column": column, "pattern": str(pattern), "fail": accepted})
    raise _NotMapped("it does not say which values are valid: write arguments.validValues or arguments.pattern")


def _own(rule: Mapping[str, Any]) -> Check:
    engine, told = rule.get("engine"), rule.get("implementation")
    if engine != ENGINE or not isinstance(told, dict) or "check" not in told:
        raise _NotMapped(f"it is written for {engine or 'another engine'}, which does not run here")
    kind = str(told["check"])
    try:
        return made(kind, {key: value for key, value in told.items() if key != "check"})
    except KeyError:
        raise _NotMapped(f"there is no check `{kind}`") from None


_PLACEHOLDER = re.compile(r"\$?\{\s*(?P<what>object|table|model|schema|property|column|field)\s*\}", re.IGNORECASE)


def _sql(rule: Mapping[str, Any], table: str, column: str) -> Check:
    """Turn a query for one figure, and what the figure must be, into a query that gives a row if it is not."""
    query = str(rule.get("query") or "").strip().rstrip(";").strip()
    if not query:
        raise _NotMapped("it has no query")

    def put(found: re.Match[str]) -> str:
        is_column = found["what"].lower() in ("property", "column", "field")
        if is_column and not column:
            raise _NotMapped("its query stands at the table and asks for a column")
        return identifier(column if is_column else table)

    query = _PLACEHOLDER.sub(put, query)
    operators = [key for key in OPERATORS if rule.get(key) is not None]
    if not operators:
        raise _NotMapped("it does not say what the figure must be")
    condition = " AND ".join(_condition(OPERATORS[key], rule[key]) for key in operators)
    # The line feed keeps a comment at the end of the query from taking the bracket along.
    sql = f"SELECT * FROM (\n{query}\n) AS measured(figure) WHERE ({condition}) IS NOT TRUE"  # noqa: S608 - the guard parses it before it runs
    return made("custom_sql", {**_common(rule), "sql": sql})


def _condition(operator: str, bound: Any) -> str:
    if "between" in operator:
        if not isinstance(bound, list) or len(bound) != 2:
            raise _NotMapped("its bounds are not two")
        return f"figure {operator.upper()} {_literal(bound[0])} AND {_literal(bound[1])}"
    return f"figure {operator} {_literal(bound)}"


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float) and math.isfinite(value):
        return repr(value)
    if isinstance(value, str):
        return literal(value)
    raise _NotMapped("its bound is neither a number nor a text")


def _common(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a rule says beside what it measures."""
    said: dict[str, Any] = {}
    if rule.get("name"):
        said["name"] = str(rule["name"])
    if rule.get("description"):
        said["because"] = " ".join(str(rule["description"]).split())
    dimension = str(rule.get("dimension") or "").lower()
    severity = str(rule.get("severity") or "").lower()
    for row in _table().dimensions:
        if dimension in row.names:
            said["dimension"] = row.dimension
    for level in _table().severities:
        if severity in level.names:
            said["severity"] = level.severity
    return said


def _bounds(rule: Mapping[str, Any]) -> list[tuple[str, Any]]:
    told = [(OPERATORS[key], rule[key]) for key in OPERATORS if rule.get(key) is not None]
    if not told:
        raise _NotMapped("it does not say what the figure must be")
    for operator, bound in told:
        figures = bound if isinstance(bound, list) else [bound]
        wanted = 2 if "between" in operator else 1
        numbers = [each for each in figures if isinstance(each, int | float) and not isinstance(each, bool)]
        if len(numbers) != len(figures) or len(figures) != wanted or not all(map(math.isfinite, numbers)):
            raise _NotMapped("its bound is not a number")
    return told


def _row_bounds(rule: Mapping[str, Any]) -> dict[str, int]:
    low, high = 0, None
    for operator, bound in _bounds(rule):
        if operator == "=":
            least, most = bound, bound
        elif operator == "between":
            least, most = bound
        elif operator in (">", ">="):
            least, most = (math.floor(bound) + 1 if operator == ">" else bound), None
        elif operator in ("<", "<="):
            least, most = 0, (math.ceil(bound) - 1 if operator == "<" else bound)
        elif operator == "<>" and bound == 0:
            least, most = 1, None
        else:
            raise _NotMapped("a number of rows that must not be has no check")
        low = max(low, math.ceil(least))
        if most is not None:
            high = math.floor(most) if high is None else min(high, math.floor(most))
    if high is not None and high < 0:
        raise _NotMapped("no number of rows could be right")
    return {"min_rows": low} if high is None else {"min_rows": low, "max_rows": high}


def _accepted(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Give how many violations a rule accepts, as a check's `fail`."""
    percent = str(rule.get("unit") or "").strip().lower() in ("percent", "%", "percentage")
    if not any(rule.get(key) is not None for key in OPERATORS):
        return {"count": 0}
    most: float = math.inf
    for operator, bound in _bounds(rule):
        if operator == "<=" or (operator == "=" and bound == 0):
            limit = float(bound)
        elif operator == "<":
            limit = math.nextafter(float(bound), -math.inf) if percent else math.ceil(bound) - 1
        elif operator == "between" and min(bound) == 0:
            limit = float(max(bound))
        elif operator in (">", ">=") and bound <= 0:
            continue
        else:
            raise _NotMapped("it asks for violations rather than bounding them")
        most = min(most, limit)
    if most == math.inf:
        raise _NotMapped("any number of violations would do")
    if most < 0:
        raise _NotMapped("no number of violations could be right")
    return {"share": min(1.0, most / 100)} if percent else {"count": math.floor(most)}


def identifier(name: str) -> str:
    """Give a name in SQL, quoted whatever it holds."""
    if "\0" in name:
        raise ValueError("a name cannot hold a NUL character")
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Give a text in SQL, quoted whatever it holds."""
    if "\0" in text:
        raise ValueError("a text in SQL cannot hold a NUL character")
    return "'" + text.replace("'", "''") + "'"


def rule_of(check: Check, column: str = "") -> dict[str, Any]:
    """Give a check of a table or column as a rule: of the library where that says all, else spelled out for our engine."""
    given = check.model_dump(mode="json", exclude_defaults=True) | {"check": check.kind}
    plain = set(given) <= {"check", "column", "columns", "values", "pattern"}
    own = plain and column and check.looks_at == (column,)
    if own and check.kind == "not_null":
        return {"type": "library", "metric": "nullValues", "mustBe": 0}
    if own and check.kind == "unique":
        return {"type": "library", "metric": "duplicateValues", "mustBe": 0}
    if plain and check.kind == "unique" and not column:
        arguments = {"properties": list(given["columns"])}
        return {"type": "library", "metric": "duplicateValues", "arguments": arguments, "mustBe": 0}
    if own and check.kind in ("accepted_values", "regex"):
        argument = {"validValues": list(given["values"])} if "values" in given else {"pattern": given["pattern"]}
        return {"type": "library", "metric": "invalidValues", "arguments": argument, "mustBe": 0}
    return {"type": "custom", "engine": ENGINE, "implementation": given}
