"""From dbt to contracts: its YAML (models, seeds, snapshots, sources), or what a manifest says of a table.

Column names, types, descriptions, constraints and data tests are taken over; a test without a check here becomes a clause in
words. Nothing is compiled: what stands in ``{{ }}`` is text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from decom_nb.contract.model import Contract, Dialect, made
from decom_nb.contract.odcs_import import Imported, contract_of
from decom_nb.contract.odcs_schema import TABLES
from decom_nb.contract.quality_rule import identifier
from decom_nb.contract.types import DIALECTS
from decom_nb.errors import InputError, Mistake
from decom_nb.knowledge import Row, citations, load
from decom_nb.yaml_text.file import YamlFile

Plain = Mapping[str, Any]

SECTIONS = ("models", "seeds", "snapshots", "sources")

_HOURS = {"minute": 1 / 60, "hour": 1, "day": 24}


class _TestRow(Row):
    names: tuple[str, ...]
    check: str


class _Tests(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    tests: tuple[_TestRow, ...]


@cache
def _tests() -> Mapping[str, str]:
    table = load(_Tests, TABLES / "dbt_tests.yaml", sources=citations(TABLES))
    return {name: row.check for row in table.tests for name in row.names}


class ManifestTest(Protocol):
    """What is looked at of a data test (`evidence.dbt_manifest.DataTest`)."""

    kind: str
    column: str
    severity: str
    name: str
    arguments: Plain


class ManifestTable(Protocol):
    """What models, seeds, snapshots and sources of a manifest have in common."""

    name: str
    description: str
    owner: str
    columns: tuple[Any, ...]


def is_dbt_yaml(data: Plain) -> bool:
    """Say whether plain data is a properties file of dbt: a list of named models, seeds, snapshots or sources."""
    return any(isinstance(data.get(key), list) and any(_named(each) for each in data[key]) for key in SECTIONS)


def _named(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str)


def from_dbt_yaml(source: YamlFile, dialect: Dialect = "duckdb") -> Imported:
    """Make a contract of each model, seed, snapshot and source table in a properties file of dbt."""
    data = source.root.plain()
    if not is_dbt_yaml(data):
        what = "names no models, seeds, snapshots or sources"
        raise InputError(Mistake(source.file, 1, "", what, "name a properties file of dbt, such as schema.yml"))
    notes: list[str] = []
    made_: list[Contract] = []
    for section in SECTIONS:
        for each in _items(data.get(section)):
            if not _named(each):
                continue
            tables = _items(each.get("tables")) if section == "sources" else [each]
            for table in tables:
                if _named(table):
                    above = each if section == "sources" else {}
                    made_.append(_contract(table, above, dialect, source.file, notes))
    return Imported(tuple(made_), tuple(dict.fromkeys(notes)))


def from_manifest(
    table: ManifestTable, tests: Iterable[ManifestTest], adapter: str = "", *, enforced: bool = False
) -> Imported:
    """Make a contract of a table that a manifest declares and the tests attached to it; `adapter` names the engine."""
    dialect: Dialect = next((each for each in DIALECTS if each == adapter), "duckdb")
    columns: dict[str, dict[str, Any]] = {
        each.name: {
            "name": each.name,
            "data_type": each.data_type,
            "description": each.description,
            "meta": dict(each.meta),
        }
        for each in table.columns
    }
    whole: list[Any] = []
    for test in tests:
        told = {
            test.kind if test.kind != "singular" else test.name: {
                **{key: value for key, value in test.arguments.items() if key not in ("column_name", "model")},
                "config": {"severity": test.severity},
            }
        }
        if test.column:
            columns.setdefault(test.column, {"name": test.column}).setdefault("data_tests", []).append(told)
        else:
            whole.append(told)
    data = {
        "name": table.name,
        "description": table.description,
        "meta": {"owner": table.owner},
        "columns": list(columns.values()),
        "data_tests": whole,
        "config": {"contract": {"enforced": enforced}},
    }
    notes: list[str] = []
    contract = _contract(data, {}, dialect, "", notes)
    return Imported((contract,), tuple(dict.fromkeys(notes)))


def _contract(table: Plain, above: Plain, dialect: Dialect, file: str, notes: list[str]) -> Contract:
    reader = _Table(table, above, notes)
    config = _group(table.get("config"))
    enforced = _group(config.get("contract") or table.get("contract")).get("enforced") is True
    meta = {**_group(table.get("meta")), **_group(config.get("meta"))}
    freshness = reader.freshness()
    name = str(table.get("identifier") or table.get("alias") or config.get("alias") or table["name"])
    if name.startswith(("{{", "{%")):
        name = str(table["name"])
    reader.constraints()
    columns = [reader.column(each) for each in _items(table.get("columns")) if _named(each)]
    reader.tests()
    terms = {
        "name": str(table["name"]),
        "version": str(table.get("latest_version") or ""),
        "owner": str(meta.get("owner") or _above_owner(above)),
        "sla": {"freshness_hours": freshness},
        "schema": columns,
        "table": name,
        "key": reader.key,
        "freshness_column": reader.freshness_column,
        "dialect": dialect,
        # dbt holds a table with an enforced contract to just the columns that it names.
        "closed": enforced,
        "description": str(table.get("description") or ""),
        "checks": reader.checks,
        "further": reader.further,
    }
    return contract_of(terms, file)


def _above_owner(source: Plain) -> str:
    """Give the owner of a source, as its meta tells it."""
    meta = {**_group(source.get("meta")), **_group(_group(source.get("config")).get("meta"))}
    return str(meta.get("owner") or "")


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _group(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


class _Table:
    """One table of dbt: what becomes its columns' checks, its own checks, and words."""

    def __init__(self, data: Plain, above: Plain, notes: list[str]) -> None:
        self.data, self.above, self.notes = data, above, notes
        self.name = str(data["name"])
        self.key: list[str] = []
        self.checks: list[dict[str, Any]] = []
        self.further: list[dict[str, str]] = []
        self.freshness_column = ""

    def column(self, column: Plain) -> dict[str, Any]:
        name = str(column["name"])
        config = _group(column.get("config"))
        meta = {**_group(column.get("meta")), **_group(config.get("meta"))}
        pii = next((meta[key] for key in ("pii", "contains_pii", "personal") if isinstance(meta.get(key), bool)), None)
        told: dict[str, Any] = {"column": name, "type": str(column.get("data_type") or "")}
        checks: list[dict[str, Any]] = []
        for each in _items(column.get("constraints")):
            self.constraint(_group(each), [name], told)
        for check in self.tested(column, name):
            kind = check["check"]
            extra = {key: value for key, value in check.items() if key not in ("check", "column", "columns")}
            if kind == "not_null" and not extra:
                told["nullable"] = False
            elif kind in ("not_null", "unique", "range", "accepted_values", "regex", "length") and (
                check.get("columns") in (None, [name])
            ):
                type_ = "enum" if kind == "accepted_values" else kind
                checks.append({"type": type_, **({"params": extra} if extra else {})})
            elif kind == "expression":
                checks.append({"type": "custom", "params": extra})
            else:
                self.checks.append(check)
        if self.key == [name] and {"type": "unique"} in checks:
            checks.remove({"type": "unique"})
        return told | {
            "description": str(column.get("description") or ""),
            "pii": pii,
            "unit": str(meta.get("unit") or ""),
            "business_definition": str(meta.get("business_definition") or ""),
            "classification": str(meta.get("classification") or ""),
            "checks": [*told.get("checks", []), *checks],
        }

    def constraints(self) -> None:
        """Take over the constraints that stand at the table itself; its key has to be known before its columns."""
        for each in _items(self.data.get("constraints")):
            constraint = _group(each)
            self.constraint(constraint, [str(name) for name in _items(constraint.get("columns"))], {})

    def tests(self) -> None:
        """Take over the tests that stand at the table itself."""
        self.checks += list(self.tested(self.data, ""))

    def constraint(self, constraint: Plain, columns: list[str], told: dict[str, Any]) -> None:
        kind, expression = str(constraint.get("type") or ""), str(constraint.get("expression") or "")
        if kind == "not_null":
            if told:
                told["nullable"] = False
            elif columns:
                self.checks.append({"check": "not_null", "columns": columns})
        elif kind == "primary_key" and columns:
            self.key = columns
        elif kind == "unique" and columns:
            if told:
                told.setdefault("checks", []).append({"type": "unique"})
            else:
                self.checks.append({"check": "unique", "columns": columns})
        elif kind == "check" and expression:
            self.checks.append({"check": "expression", "expression": expression})
        elif kind == "foreign_key" and (constraint.get("to") or expression):
            parent = _parent(str(constraint.get("to") or ""))
            theirs = [str(each) for each in _items(constraint.get("to_columns"))]
            if not parent:
                found = re.fullmatch(r"(?:references\s+)?([\w.\"]+)\s*\(([^)]*)\)", expression.strip(), re.IGNORECASE)
                parent, theirs = (found[1], [each.strip() for each in found[2].split(",")]) if found else ("", [])
            if parent and len(theirs) == len(columns):
                self.checks.append(
                    {"check": "foreign_key", "columns": columns, "parent": parent, "parent_columns": theirs}
                )
            else:
                self.say(columns, f"foreign key {expression or constraint.get('to')}", "what it refers to is not clear")
        else:
            self.say(columns, f"constraint {kind} {expression}".strip(), f"there is no check for `{kind}`")

    def say(self, columns: list[str], what: str, why: str) -> None:
        about = f"schema.{columns[0]}" if len(columns) == 1 else f"table {self.name}"
        self.further.append({"about": about, "says": what, "unchecked_because": why})

    def tested(self, data: Plain, column: str) -> Iterator[dict[str, Any]]:
        """Give the checks that stand for tests; the others become words."""
        for test in [*_items(data.get("tests")), *_items(data.get("data_tests"))]:
            name, given = _test(test)
            if not name:
                continue
            arguments = {**given, **_group(given.get("arguments"))}
            try:
                check = _check(name, arguments, column)
            except ValueError as why:
                said = " ".join(
                    [name, *(f"{key}={_short(value)}" for key, value in arguments.items() if key != "config")]
                )
                self.say([column] if column else [], f"dbt test {said}", str(why))
                continue
            yield check

    def freshness(self) -> float | None:
        """Give after how many hours the table counts as stale, and keep by which column."""
        config, above = _group(self.data.get("config")), _group(self.above.get("config"))
        told = [
            self.data.get("freshness"), config.get("freshness"), self.above.get("freshness"), above.get("freshness"),
        ]  # fmt: skip
        freshness = next((each for each in told if isinstance(each, dict)), {})
        loaded = [
            self.data.get("loaded_at_field"), config.get("loaded_at_field"), self.above.get("loaded_at_field"),
            above.get("loaded_at_field"),
        ]  # fmt: skip
        column = next((str(each) for each in loaded if each), "")
        named = [str(each["name"]) for each in _items(self.data.get("columns")) if _named(each)]
        if column and (not named or column in named):
            self.freshness_column = column
        elif column:
            self.notes.append(f"{self.name}: loaded_at_field {column} is not among its columns")
        limit = _group(freshness.get("error_after")) or _group(freshness.get("warn_after"))
        count, period = limit.get("count"), _HOURS.get(str(limit.get("period")))
        return float(count) * period if isinstance(count, int | float) and period else None


def _test(test: Any) -> tuple[str, dict[str, Any]]:
    """Give a test's name without its package, and its arguments."""
    if isinstance(test, str):
        return test.rsplit(".", 1)[-1], {}
    if not isinstance(test, dict) or not test:
        return "", {}
    if isinstance(test.get("test_name"), str):  # the long form names the test in a key
        return str(test["test_name"]).rsplit(".", 1)[-1], {k: v for k, v in test.items() if k != "test_name"}
    name, given = next(iter(test.items()))
    beside = {key: value for key, value in test.items() if key != name}
    return str(name).rsplit(".", 1)[-1], {**_group(given), **beside}


def _check(name: str, given: Plain, column: str) -> dict[str, Any]:
    kind = _tests().get(name)
    if kind is None:
        raise ValueError("there is no check for this test: it runs in dbt only")
    config = _group(given.get("config"))
    said: dict[str, Any] = {}
    where = given.get("where") or config.get("where") or given.get("row_condition")
    if where:
        said["where"] = str(where)
    if "{{" in json.dumps(said, default=str):
        raise ValueError("its condition is a template, which only dbt can fill")
    if str(given.get("severity") or config.get("severity") or "").lower() == "warn":
        said |= {"warn": {"count": 0}, "fail": {"share": 1.0}}  # in dbt, it never fails the build
    told = {"check": _MAKERS[kind][0], **_MAKERS[kind][1](given, column), **said}
    made(told["check"], {key: value for key, value in told.items() if key != "check"})  # refuses what is no such check
    return told


def _columns(given: Plain, column: str) -> dict[str, Any]:
    del given
    if not column:
        raise ValueError("it names no column")
    return {"columns": [column]}


def _values(given: Plain, column: str) -> dict[str, Any]:
    values = [each for each in _items(given.get("values") or given.get("value_set")) if each is not None]
    if not values:
        raise ValueError("it lists no values")
    return {"column": column, "values": [str(each).lower() if isinstance(each, bool) else each for each in values]}


def _relation(given: Plain, column: str) -> dict[str, Any]:
    parent, theirs = _parent(str(given.get("to") or "")), str(given.get("field") or "")
    if not parent or not theirs:
        raise ValueError("what it refers to is not a ref or a source")
    return {"columns": [column], "parent": parent, "parent_columns": [theirs]}


def _parent(to: str) -> str:
    """Give the table in ``ref('x')`` or ``source('s', 'x')``.

    >>> _parent("ref('orders')"), _parent("{{ source('shop', 'orders') }}")
    ('orders', 'orders')
    """
    names = re.findall(r"['\"]([^'\"]+)['\"]", to)
    return names[-1] if re.search(r"\b(ref|source)\s*\(", to) and names else ""


def _together(given: Plain, column: str) -> dict[str, Any]:
    del column
    return {"columns": [str(each) for each in _items(given.get("combination_of_columns") or given.get("column_list"))]}


def _range(given: Plain, column: str) -> dict[str, Any]:
    if given.get("inclusive") is False or given.get("strictly") is True:
        raise ValueError("its bounds themselves are not allowed, which a range here cannot say")
    bounds = {key: given.get(f"{key}_value") for key in ("min", "max")}
    if any(isinstance(each, str) and not re.fullmatch(r"'?[\d:. -]+'?", each) for each in bounds.values()):
        raise ValueError("its bounds are expressions, not values")
    told = {key: each.strip("'") if isinstance(each, str) else each for key, each in bounds.items() if each is not None}
    return {"column": column, **told}


def _expression(given: Plain, column: str) -> dict[str, Any]:
    expression = str(given.get("expression") or "")
    if "{{" in expression:
        raise ValueError("its expression is a template, which only dbt can fill")
    # dbt-utils puts the column in front of the expression of a test that stands at a column.
    return {"expression": f"{identifier(column)} {expression}" if column else expression}


def _bounds(given: Plain, column: str) -> dict[str, Any]:
    told = {key: given[f"{key}_value"] for key in ("min", "max") if given.get(f"{key}_value") is not None}
    return {"column": column, **told}


def _rows(given: Plain, column: str) -> dict[str, Any]:
    del column
    return {f"{key}_rows": given[f"{key}_value"] for key in ("min", "max") if given.get(f"{key}_value") is not None}


_MAKERS: Mapping[str, tuple[str, Any]] = {
    "not_null": ("not_null", _columns),
    "unique": ("unique", _columns),
    "accepted_values": ("accepted_values", _values),
    "foreign_key": ("foreign_key", _relation),
    "unique_together": ("unique", _together),
    "range": ("range", _range),
    "expression": ("expression", _expression),
    "not_empty": ("length", lambda given, column: {"column": column, "min": 1}),
    "regex": ("regex", lambda given, column: {"column": column, "pattern": str(given.get("regex") or "")}),
    "length": ("length", _bounds),
    "volume": ("volume", _rows),
}


def _short(value: Any) -> str:
    told = json.dumps(value, ensure_ascii=False, default=str)
    return told if len(told) <= 120 else told[:119] + "…"
