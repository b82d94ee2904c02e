"""Suites as plain SQL in the client's dialect: for each check the query that finds its violations, and is parsed back first.

`decom quality sql` prints it. A check that the dialect has no words for is a comment that says so, never a query that
means something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from decom_nb.check import Check, Suite
from decom_nb.errors import InputError, Mistake
from decom_nb.suggest import instead

if TYPE_CHECKING:
    from decom_nb.evidence.tables import Table, Tables

_NAMING = ("parent", "against", "reference")
"""Keys of a check that name another table."""
_NOT_A_LIMIT = ("check", "others", "in_order", "runs")
"""Keys of a check of a whole table that are no limit of a figure."""


@dataclass(frozen=True)
class Written:
    """One check as SQL; `sql` is empty where the dialect cannot say it, and `note` says why."""

    table: str
    check: str
    kind: str
    dimension: str
    severity: str
    because: str
    threshold: str
    sql: str
    note: str = ""


def written(suites: Sequence[Suite], tables: Tables, dialect: str) -> tuple[Written, ...]:
    """Give every check of the suites; raise an `InputError` for a dialect that is not known, or a table that is not there."""
    from decom_nb.sql.dialect import DIALECTS

    if dialect not in DIALECTS:
        raise InputError(Mistake("", 0, "--dialect", f"there is no dialect {dialect}", instead(dialect, DIALECTS)))
    tables.open_all([each.table for each in suites])  # all that are not there are told at once
    opened = {each.table: tables.open(each.table) for each in suites}
    return tuple(_written(check, opened[suite.table], tables, dialect) for suite in suites for check in suite.checks)


def _written(check: Check, table: Table, tables: Tables, dialect: str) -> Written:
    from decom_nb.sql.dialect import NotSayable, as_dialect
    from decom_nb.sql.text import name
    from decom_nb.sql.undecidable import Undecidable
    from decom_nb.sql.violations import violations_sql

    text, note = "", ""
    try:
        others = _others(check, tables)
        sources = {each: name(each) for each in (table.name, *others)}
        text = violations_sql(check, table, sources, others)
        text = as_dialect(text, dialect)
    except NotSayable as error:
        text, note = "", str(error)
    except (Undecidable, InputError) as error:
        note = str(error)
    return Written(
        table.name,
        check.called,
        check.kind,
        check.measured,
        check.severity,
        check.because,
        _threshold(check),
        text,
        note,
    )


def _others(check: Check, tables: Tables) -> dict[str, Table]:
    named = [str(getattr(check, key)) for key in _NAMING if getattr(check, key, "")]
    return {each: tables.open(each) for each in named}


def _threshold(check: Check) -> str:
    """Say how many violations are accepted, in words; of a table as a whole, between which limits its figure lies."""
    if not check.by_row:
        own = [name for name in type(check).model_fields if name not in Check.model_fields and name not in _NOT_A_LIMIT]
        told = [(name, getattr(check, name)) for name in own]
        return ", ".join(f"{name} {value}" for name, value in told if isinstance(value, int | float) and value) or "0"
    limits = [f"{check.fail.count:,}"] if check.fail.count is not None else []
    limits += [f"{100 * check.fail.share:g} % of the rows"] if check.fail.share is not None else []
    return " and ".join(limits) or "any number"


def script(checks: Sequence[Written], dialect: str) -> str:
    """Give the checks as one file of SQL, each under a comment of what it is."""
    return "\n".join(_lines(checks, dialect)) + "\n"


def _lines(checks: Sequence[Written], dialect: str) -> Iterator[str]:
    yield f"-- {len(checks)} checks in the SQL of {dialect}. Each query gives the rows, or the figure, that violates."
    for each in checks:
        yield ""
        yield f"-- {_comment(each.table)}: {_comment(each.check)} ({each.dimension}, {each.severity})"
        if each.because:
            yield f"-- {_comment(each.because)}"
        yield f"-- Accepted: {each.threshold}"
        if each.note:
            yield f"-- Left out: {_comment(each.note)}"
        if each.sql:
            yield f"{each.sql};"


def _comment(text: str) -> str:
    """Give a text that stays on the line of its comment."""
    from decom_nb.escape import visible

    return " ".join(visible(text).split())
