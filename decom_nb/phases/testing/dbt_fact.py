"""What evidence and documents say of a column's values, so that a generated test guesses nothing: bounds, lists, references, age.

Facts come from checks that people wrote (suites, contracts), from service levels, and from dbt's own tests and freshness; each
says where it is from. `dbt_checklist.py` asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from decom_nb.check import AcceptedValues, Check, ForeignKey, Freshness, NotNull, Range, Suite, Unique
from decom_nb.contract import Contract
from decom_nb.evidence.dbt import DataTest

V = TypeVar("V")

Place = tuple[str, str]
"""A table and a column, both bare and in small letters."""

TESTED = "dbt tests it there"
"""Where a fact is from that dbt's own tests tell."""


@dataclass(frozen=True, slots=True)
class Fact(Generic[V]):
    """Something that is known, and where it stands."""

    value: V
    whence: str


@dataclass
class Facts:
    """All that is known of columns, by table and column; of a column the first that is told holds."""

    values: dict[Place, Fact[tuple[Any, ...]]] = field(default_factory=dict)
    ranges: dict[Place, Fact[dict[str, Any]]] = field(default_factory=dict)
    references: dict[Place, Fact[tuple[str, str]]] = field(default_factory=dict)
    hours: dict[str, Fact[float]] = field(default_factory=dict)
    keys: dict[str, Fact[tuple[str, ...]]] = field(default_factory=dict)


def facts_of(suites: Iterable[Suite], contracts: Iterable[Contract], service_levels: Any | None) -> Facts:
    """Gather what people have written down."""
    facts = Facts()
    for suite in suites:
        _take_suite(facts, suite)
    for contract in contracts:
        _take_contract(facts, contract)
    for level in getattr(service_levels, "pipelines", ()):
        if level.freshness_hours:
            for table in level.writes:
                facts.hours.setdefault(bare(table), Fact(level.freshness_hours, f"service level of {level.pipeline}"))
    return facts


def _take_suite(facts: Facts, suite: Suite) -> None:
    table, whence = bare(suite.table), f"suite {suite.instance or suite.table}"
    for check in suite.checks:
        _take(facts, table, check, whence)
    filled = {name for check in suite.checks if isinstance(check, NotNull) for name in check.columns}
    checked = [
        check.columns for check in suite.checks if isinstance(check, Unique) and filled.issuperset(check.columns)
    ]
    if key := next(iter(checked), suite.key):
        facts.keys.setdefault(table, Fact(tuple(key), whence))


def _take_contract(facts: Facts, contract: Contract) -> None:
    table, terms = bare(contract.table), contract.terms
    whence = f"contract {terms.name or contract.table}"
    if not table:
        return
    for column in contract.columns:
        for told in column.checks:
            if check := told.check_of(column.column):
                _take(facts, table, check, whence)
    for check in terms.checks:
        _take(facts, table, check, whence)
    if terms.key:
        facts.keys.setdefault(table, Fact(tuple(terms.key), whence))
    if terms.sla.freshness_hours:
        facts.hours.setdefault(table, Fact(terms.sla.freshness_hours, whence))


def _take(facts: Facts, table: str, check: Check, whence: str) -> None:
    if check.where:  # what holds of some rows only is no fact about the column
        return
    if isinstance(check, AcceptedValues):
        facts.values.setdefault((table, check.column.lower()), Fact(tuple(check.values), whence))
    elif isinstance(check, Range):
        bounds = {"min_value": check.min, "max_value": check.max}
        told = {name: bound for name, bound in bounds.items() if isinstance(bound, int | float)}
        if told:
            facts.ranges.setdefault((table, check.column.lower()), Fact(told, whence))
    elif isinstance(check, ForeignKey) and len(check.columns) == 1:
        facts.references.setdefault(
            (table, check.columns[0].lower()), Fact((bare(check.parent), check.parent_columns[0]), whence)
        )
    elif isinstance(check, Freshness):
        facts.hours.setdefault(table, Fact(check.max_age_hours, whence))


def values_tested(tests: Sequence[DataTest], column: str) -> Iterator[Fact[tuple[Any, ...]]]:
    """Give the values that dbt's tests of a table accept in a column."""
    for test in tests:
        told = test.arguments.get("values") or test.arguments.get("value_set")
        if test.kind in ("accepted_values", "expect_column_values_to_be_in_set") and _about(test, column) and told:
            yield Fact(tuple(told), TESTED)


def range_tested(tests: Sequence[DataTest], column: str) -> Iterator[Fact[dict[str, Any]]]:
    """Give the bounds within which dbt's tests of a table accept a column."""
    for test in tests:
        if test.kind in ("accepted_range", "decom_accepted_range", "expect_column_values_to_be_between") and _about(
            test, column
        ):
            bounds = {name: test.arguments.get(name) for name in ("min_value", "max_value")}
            told = {name: bound for name, bound in bounds.items() if isinstance(bound, int | float)}
            if told and test.arguments.get("inclusive", True) and not test.arguments.get("strictly"):
                yield Fact(told, TESTED)


def reference_tested(tests: Sequence[DataTest], column: str) -> Iterator[Fact[tuple[str, str]]]:
    """Give what dbt's tests of a table say a column refers to: ``to`` as it is written, and the field."""
    for test in tests:
        to, of = test.arguments.get("to"), test.arguments.get("field")
        if test.kind == "relationships" and _about(test, column) and isinstance(to, str) and isinstance(of, str):
            yield Fact((to, of), TESTED)


def bare(table: str) -> str:
    """Give a table's name without database and schema, in small letters.

    >>> bare('lake."Raw".Orders')
    'orders'
    """
    return table.replace('"', "").rpartition(".")[2].lower()


def _about(test: DataTest, column: str) -> bool:
    return test.column.lower() == column.lower()
