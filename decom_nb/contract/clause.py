"""A contract taken apart into clauses, each with the check that holds it, or why there is none; and the suite of them all.

suite = suite_of(contract)                       run it with the engine, like any other
results = enforced(contract, run, runs)          one result for each clause
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from decom_nb.check import Check, ColumnShape, Freshness, NotNull, Priority, SchemaIs, Suite, Unique
from decom_nb.contract.model import Column, Contract
from decom_nb.contract.odcs_schema import TABLES
from decom_nb.contract.types import duckdb_type
from decom_nb.knowledge import Row, citations, load

HeldBy = Literal["check", "runs", "nobody"]


class ClauseRow(Row):
    """One kind of clause."""

    clause: str
    says: str
    severity: Priority


class _Clauses(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    clauses: tuple[ClauseRow, ...]


@cache
def _rows() -> dict[str, ClauseRow]:
    return {row.clause: row for row in load(_Clauses, TABLES / "clauses.yaml", sources=citations(TABLES)).clauses}


@dataclass(frozen=True)
class Clause:
    """One thing that is promised."""

    path: str
    """Where it stands in the contract, such as ``schema.email.nullable``; no two clauses share one."""
    says: str
    severity: Priority
    held_by: HeldBy
    """What shows whether it is kept: a check of the table, run logs, or nothing that is looked at here."""
    check: Check | None = None
    unchecked_because: str = ""

    @property
    def checked(self) -> bool:
        """Whether anything shows if it is kept."""
        return self.held_by != "nobody"


def clauses(contract: Contract) -> tuple[Clause, ...]:
    """Give every clause of a contract, in its order: columns, key, table, service levels, and what is said in words."""
    met: Counter[str] = Counter()
    found: list[Clause] = []
    for each in _clauses(contract):
        met[each.path] += 1
        path = each.path if met[each.path] == 1 else f"{each.path}[{met[each.path]}]"
        check = each.check.model_copy(update={"name": path}) if each.check else None
        found.append(Clause(path, each.says, each.severity, each.held_by, check, each.unchecked_because))
    return tuple(found)


def suite_of(contract: Contract) -> Suite:
    """Give the checks of all clauses as a suite; the name of a check is the path of its clause."""
    checks = tuple(each.check for each in clauses(contract) if each.check)
    return Suite.model_validate(
        {"table": contract.table, "key": contract.terms.key, "personal": contract.personal, "checks": checks}
    )


def _clauses(contract: Contract) -> Iterator[Clause]:
    for column in contract.columns:
        yield from _of_column(column, contract)
    yield from _of_table(contract)
    yield from _of_levels(contract)
    for each in contract.terms.further:
        why = each.unchecked_because or "it is agreed in words"
        yield Clause(each.about or "further", each.says, _rows()["further"].severity, "nobody", None, why)


def _of_column(column: Column, contract: Contract) -> Iterator[Clause]:
    name, path = column.column, f"schema.{column.column}"
    type_ = duckdb_type(column.type, contract.terms.dialect) if column.type else ""
    here = SchemaIs(has=(ColumnShape(name=name, type=type_),), others=True)
    if type_:
        yield _made(contract, "type", f"{path}.type", here, column=name, type=column.type)
    else:
        yield _made(contract, "column", path, here, column=name)
    if column.type and not type_:
        yield _unchecked("type_open", f"{path}.type", column=name, type=column.type)
    if column.nullable is False and name not in contract.terms.key:
        yield _made(contract, "nullable", f"{path}.nullable", NotNull(columns=(name,)), column=name)
    for each in column.checks:
        check = each.check_of(name)
        if check is None or (check.kind == "not_null" and column.nullable is False and not each.params):
            continue
        yield _made(contract, "check", f"{path}.checks.{each.type}", check, column=name, check=said(check))


def _of_table(contract: Contract) -> Iterator[Clause]:
    terms = contract.terms
    if terms.closed and contract.columns:
        shapes = tuple(ColumnShape(name=each.column) for each in contract.columns)
        yield _made(contract, "closed", "closed", SchemaIs(has=shapes, others=False))
    if terms.key:
        told = ", ".join(terms.key)
        yield _made(contract, "key_filled", "key.filled", NotNull(columns=terms.key), columns=told)
        yield _made(contract, "key", "key", Unique(columns=terms.key), columns=told)
    for check in terms.checks:
        yield _made(contract, "table_check", f"checks.{check.called}", check, check=said(check))


def _of_levels(contract: Contract) -> Iterator[Clause]:
    terms, sla = contract.terms, contract.terms.sla
    if sla.freshness_hours:
        hours = f"{sla.freshness_hours:g}"
        if terms.freshness_column:
            check = Freshness(column=terms.freshness_column, max_age_hours=sla.freshness_hours)
            yield _made(contract, "freshness", "sla.freshness_hours", check, hours=hours, column=terms.freshness_column)
        else:
            yield _by_runs("freshness_by_runs", "sla.freshness_hours", hours=hours)
    if sla.availability_percent:
        yield _by_runs("availability", "sla.availability_percent", percent=f"{sla.availability_percent:g}")
    if sla.support_hours:
        yield _unchecked("support", "sla.support_hours", hours=sla.support_hours)


def _made(contract: Contract, kind: str, path: str, held: Check, /, **words: str) -> Clause:
    row = _rows()[kind]
    # What the contract's author said of a check stands; the rest is filled in from the kind of clause.
    told: dict[str, Any] = {}
    if "severity" not in held.model_fields_set:
        told["severity"] = row.severity
    if not held.owner:
        told["owner"] = contract.terms.owner
    if not held.because:
        told["because"] = row.because
    done = held.model_copy(update=told)
    return Clause(path, _filled(row.says, words), done.severity, "check", done)


def _unchecked(kind: str, path: str, **words: str) -> Clause:
    row = _rows()[kind]
    return Clause(path, _filled(row.says, words), row.severity, "nobody", None, _filled(row.because, words))


def _by_runs(kind: str, path: str, **words: str) -> Clause:
    row = _rows()[kind]
    return Clause(path, _filled(row.says, words), row.severity, "runs")


def _filled(text: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    return text


def said(check: Check) -> str:
    """Give a check in words: its kind and what it was told, on one line."""
    given = check.model_dump(mode="json", exclude_defaults=True)
    beside = {"check", "name", "severity", "owner", "because", "dimension"}
    told = [f"{key} {_words(value)}" for key, value in given.items() if key not in beside]
    text = " ".join([check.kind.replace("_", " "), ", ".join(told)]).strip()
    return text if len(text) <= 200 else text[:199] + "…"


def _words(value: Any) -> str:
    if isinstance(value, list):
        return "/".join(map(_words, value))
    if isinstance(value, dict):
        return " ".join(f"{key} {_words(each)}" for key, each in value.items())
    return " ".join(str(value).split())
