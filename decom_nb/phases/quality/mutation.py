"""The test of the tests: faults are put into a copy of a table one at a time, and the checks are run on each.

What no check notices is told with a check that would have, if one was found: it was tried on the copy, where it holds, and
on the copy with the fault, where it does not. The table itself is only read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from decom_nb.check import (
    AcceptedValues,
    Check,
    Checked,
    CheckRun,
    CustomSql,
    Expression,
    ForeignKey,
    Freshness,
    Length,
    NotNull,
    Range,
    Regex,
    RowChange,
    Statistic,
    Suite,
    Unique,
)
from decom_nb.check.mutated import Mutant, MutatedTable
from decom_nb.engine import run
from decom_nb.errors import InputError, Mistake
from decom_nb.evidence.tables import Table, Tables
from decom_nb.phases.quality.fault import ROW, Copy, Fault, Reference, faults
from decom_nb.sql.text import name

ROWS = 50_000
"""How many rows are copied unless told otherwise; a smaller table is copied whole."""

_REMEDY = "decom remedy"
"""Under names that begin so, checks that might notice run beside the people's own."""

_STEADY = 0.02
"""A table whose number of rows changes by less than this from day to day is rare: a tighter bound would alert every night."""

_FITTED = (Length, Range, Statistic)
"""Kinds whose bounds are taken from the copy, and so fit it more closely than the next load will."""

Report = Callable[[float | None, str], None]
Cancelled = Callable[[], bool]


def mutate(
    suite: Suite,
    tables: Tables,
    *,
    tests: Literal["suite", "dbt", "contract"] = "suite",
    rows: int = ROWS,
    left_out: Sequence[str] = (),
    report: Report = lambda share, at: None,
    cancelled: Cancelled = lambda: False,
) -> MutatedTable | None:
    """Try every fault on a copy of the suite's table; ``None`` if it was cancelled before all were tried.

    Time stands still at the newest moment of the copy, so that a check of freshness holds before a load fails to come.
    `left_out` are checks that could not even be read, each with the reason. Raises `InputError` where the table cannot be
    opened or is empty.
    """
    laboratory = _Laboratory(suite, tables, rows)
    try:
        return laboratory.result(tests, left_out, report, cancelled)
    finally:
        laboratory.clear()


@dataclass(frozen=True)
class _Remedy:
    """A check that might notice a fault."""

    check: Check
    kinds: tuple[str, ...]
    columns: frozenset[str]

    def fits(self, fault: Fault) -> bool:
        """Tell whether it is worth trying on a fault: it looks where the fault is."""
        return fault.kind in self.kinds and (not self.columns or bool(self.columns & set(fault.columns)))


class _Laboratory:
    """A copy of one table in the memory of the session, and of the tables that its checks compare it with."""

    def __init__(self, suite: Suite, tables: Tables, rows: int) -> None:
        self.suite = suite
        self.tables = tables
        self.table = tables.open(suite.table)
        self.connection = tables.connection
        self.made: list[str] = []
        total = _one(self.connection, f"SELECT count(*) FROM {self.table.source}")
        if not total:
            what = "the table is empty: there is nothing to put a fault into"
            raise InputError(Mistake(self.table.shown, 0, suite.table, what, "try a table with rows"))
        self.whole = total <= rows
        sample = "" if self.whole else f" USING SAMPLE reservoir({rows} ROWS) REPEATABLE (7)"
        numbered = f"SELECT row_number() OVER () - 1 AS {name(ROW)}, * FROM (SELECT * FROM {self.table.source}{sample})"
        place = self._take("copy", numbered)
        columns = [(each.name, each.type) for each in self.table.columns]
        self.copy = Copy(self.connection, place, columns)
        self.references = _references(suite)
        self.others = self._others()
        self.day = self._day()
        self.now = self._newest()
        self.history: tuple[CheckRun, ...] = ()

    def clear(self) -> None:
        """Let go of all copies."""
        for place in self.made:
            self.connection.execute(f"DROP TABLE IF EXISTS {place}")

    def result(
        self, tests: Literal["suite", "dbt", "contract"], left_out: Sequence[str], report: Report, cancelled: Cancelled
    ) -> MutatedTable | None:
        """Run the checks on the copy, then on the copy with each fault."""
        plain = ", ".join(map(name, self.copy.types))
        own = list(self.suite.checks)
        remedies = list(self._remedies())
        tried = [each.check for each in remedies]
        intact = f"SELECT {plain} FROM {self.copy.place} ORDER BY {name(ROW)}"
        self.history = (self._run(intact, [*own, *tried], self.now - timedelta(days=1)),)
        before = self._run(intact, [*own, *tried], self.now)
        alive = {
            check.name: check.verdict for check in _of(before, remedies=False) if check.verdict in ("pass", "warn")
        }
        sound = {check.name for check in _of(before, remedies=True) if check.verdict == "pass"}
        useful = [each for each in remedies if each.check.name in sound]
        found = list(faults(self.copy, self._key(), self.references, self.day))
        mutants = []
        for at, fault in enumerate(found):
            if cancelled():
                return None
            report(at / len(found), f"{fault.kind.replace('_', ' ')} in {', '.join(fault.columns) or 'whole rows'}")
            fitting = [each for each in useful if each.fits(fault)]
            after = self._run(
                fault.select,
                [*own, *(each.check for each in fitting)],
                self.now + timedelta(days=fault.days_later),
            )
            noticed = {check.name: check.verdict for check in after.checks if check.verdict in ("warn", "fail")}
            caught = tuple(sorted(each for each in noticed if each in alive and noticed[each] != alive[each]))
            remedy = next((each.check for each in fitting if each.check.name in noticed), None)
            mutants.append(_mutant(fault, caught, remedy))
        asleep = [_why(check, self.whole) for check in _of(before, remedies=False) if check.name not in alive]
        return MutatedTable(
            table=self.suite.table,
            tests=tests,
            rows=self.copy.rows,
            whole=self.whole,
            checks=len(alive),
            left_out=(*left_out, *asleep),
            mutants=tuple(mutants),
        )

    def _take(self, purpose: str, select: str) -> str:
        """Keep what a query gives as a table of the session, under a name that no client's table has, and give it."""
        place = name(f"decom mutation: {purpose}")
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {place} AS {select}")
        self.made.append(place)
        return place

    def _others(self) -> list[Table]:
        """Copy the tables that checks compare this one with; one that cannot be opened is left to its check to tell."""
        named = {
            other
            for check in self.suite.checks
            for field in ("parent", "against", "reference")
            if (other := getattr(check, field, "")) and other != self.suite.table
        }
        copied = []
        for other in sorted(named):
            try:
                opened = self.tables.open(other)
            except InputError:
                continue
            copied.append(_stand_in(opened, self._take(other, f"SELECT * FROM {opened.source}")))
        return copied

    def _run(self, select: str, checks: Sequence[Check], now: datetime) -> CheckRun:
        place = self._take("mutant", select)
        suite = self.suite.model_copy(update={"checks": tuple(checks), "personal": (), "key": ()})
        with self.tables.standing_in([*self.others, _stand_in(self.table, place)]):
            return run([suite], self.tables, now=now, samples=0, history=self.history)

    def _key(self) -> tuple[str, ...]:
        """Give the columns that name a row: the suite's, those of a check of uniqueness, or one that happens to."""
        unique = next((check.columns for check in self.suite.checks if isinstance(check, Unique)), ())
        if self.suite.key or unique:
            return self.suite.key or unique
        single = (each for each, count in self.copy.distinct.items() if count == self.copy.rows)
        return tuple(list(single)[:1])

    def _day(self) -> str:
        """Give the column that says when a row arrived: that of a freshness check, or the last with a time in it."""
        named = next((check.column for check in self.suite.checks if isinstance(check, Freshness)), "")
        moments = [each for each in self.copy.types if self.copy.is_temporal(each) and self.copy.filled[each]]
        return named if named in moments else moments[-1] if moments else ""

    def _newest(self) -> datetime:
        if not self.day:
            return datetime.now(UTC).replace(microsecond=0)
        sql = f"SELECT CAST(max({name(self.day)}) AS TIMESTAMP) FROM {self.copy.place}"
        newest: datetime = self.copy.one(sql)[0]
        return newest.replace(tzinfo=UTC) + timedelta(minutes=1)

    def _remedies(self) -> Iterator[_Remedy]:
        """Give checks that hold on the copy as it is and may notice a fault, the plainest first."""
        for at, (kinds, check) in enumerate(self._candidates()):
            named = check.model_copy(update={"name": f"{_REMEDY} {at}"})
            yield _Remedy(named, kinds, frozenset(check.looks_at) if not isinstance(check, Unique) else frozenset())

    def _candidates(self) -> Iterator[tuple[tuple[str, ...], Check]]:
        copy = self.copy
        if key := self._key():
            yield ("duplicates",), Unique(columns=key)
        for reference in self.references:
            told = {"columns": reference.columns, "parent": reference.parent}
            yield ("orphans",), ForeignKey(**told, parent_columns=reference.parent_columns)
        if self.day:
            yield ("stale_load",), Freshness(column=self.day, max_age_hours=24)
            yield ("dropped_partition",), CustomSql(sql=_gap(self.suite.table, self.day))
            if self.whole and (change := self._change()) >= _STEADY:
                yield ("dropped_partition",), RowChange(max_change=change, runs=1)
        ordered = [each for each in copy.types if copy.is_moment(each)]
        for one in ordered:
            for other in ordered:
                if one != other:
                    expression = f"{name(one)} <= {name(other)}"
                    yield ("shifted_time_zone", "swapped_columns"), Expression(expression=expression)
        for column, type_ in copy.types.items():
            yield from self._of_column(column, type_)

    def _of_column(self, column: str, type_: str) -> Iterator[tuple[tuple[str, ...], Check]]:
        copy = self.copy
        missing = copy.rows - copy.filled[column]
        if not missing:
            yield ("nulls",), NotNull(columns=(column,))
        else:
            most = float(f"{missing / copy.rows + 0.005:.3g}")
            yield ("nulls",), Statistic(column=column, of="null_share", max=most)
        if not copy.filled[column]:
            return
        spoilt = ("category_typo", "swapped_columns", "truncated_strings")
        hidden = column in self.suite.personal  # what people are called or earn is not to stand in a check
        if copy.is_category(column) and not hidden:
            values = copy.connection.execute(
                f"SELECT DISTINCT {name(column)} FROM {copy.place} WHERE {name(column)} IS NOT NULL ORDER BY 1"
            ).fetchall()
            yield spoilt, AcceptedValues(column=column, values=tuple(row[0] for row in values))
        elif copy.is_text(column):
            shape = self._shape(column)
            if shape:
                yield spoilt, Regex(column=column, pattern=shape)
            shortest = copy.one(f"SELECT min(length({name(column)})) FROM {copy.place}")[0]
            if shortest:
                yield spoilt, Length(column=column, min=shortest)
        elif (copy.is_number(column) or copy.is_temporal(column)) and not hidden:
            low, high = copy.one(
                f"SELECT min({name(column)}), max({name(column)}) FROM {copy.place} WHERE {_finite(column, type_)}"
            )
            if low is not None:
                told = {"min": _plain(low), "max": _plain(high)}
                yield ("unit_change", "swapped_columns", "shifted_time_zone"), Range(column=column, **told)
        if copy.is_number(column) and not hidden:
            mean = copy.one(
                f"SELECT avg(CAST({name(column)} AS DOUBLE)) FROM {copy.place} WHERE {_finite(column, type_)}"
            )[0]
            if mean:
                bounds = sorted((float(f"{mean * 0.5:.4g}"), float(f"{mean * 1.5:.4g}")))
                yield ("unit_change",), Statistic(column=column, of="mean", min=bounds[0], max=bounds[1])

    def _shape(self, column: str) -> str:
        """Give the one pattern that all texts of a column follow, empty if they follow none or one that says little."""
        column_ = name(column)
        generalised = f"regexp_replace(regexp_replace({column_}, '[0-9]+', '9', 'g'), '[A-Za-z]+', 'A', 'g')"
        found = self.connection.execute(
            f"SELECT DISTINCT {generalised} FROM {self.copy.place} WHERE {column_} IS NOT NULL LIMIT 2"
        ).fetchall()
        if len(found) != 1 or len(found[0][0]) < 2:
            return ""
        pieces = {"9": "[0-9]+", "A": "[A-Za-z]+"}
        escaped = "".join(
            pieces.get(each) or (each if each.isalnum() or each == " " else f"\\{each}") for each in found[0][0]
        )
        return f"^{escaped}$"

    def _change(self) -> float:
        """Give half of what the middle day is of all rows: less than its loss, more than nothing."""
        days = int(self.copy.one(f"SELECT count(DISTINCT CAST({name(self.day)} AS DATE)) FROM {self.copy.place}")[0])
        return float(f"{1 / (2 * max(1, days)):.2g}")


def _one(connection: Any, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])


def _stand_in(table: Table, place: str) -> Table:
    """Give a copy as the table that it stands for: its name and columns, and nothing of its files."""
    return Table(name=table.name, kind="frame", shown=table.shown, source=place, columns=table.columns)


def _of(run_: CheckRun, *, remedies: bool) -> list[Checked]:
    return [check for check in run_.checks if check.name.startswith(_REMEDY) == remedies]


def _mutant(fault: Fault, caught: tuple[str, ...], remedy: Check | None) -> Mutant:
    told: dict[str, Any] | None = None
    note = ""
    if not caught and remedy is not None:
        told = {
            "check": remedy.kind,
            **remedy.model_dump(mode="json", exclude_defaults=True, exclude={"name", "check"}),
        }
        note = "its bounds are those of the data in hand: give them room" if isinstance(remedy, _FITTED) else ""
    elif not caught:
        note = "no check of this table alone that was tried notices it; a reconciliation with the source would"
    return Mutant(
        fault=fault.kind,
        columns=fault.columns,
        rows_changed=fault.rows_changed,
        caught_by=caught,
        would_catch=told,
        note=note,
    )


def _why(check: Checked, whole: bool) -> str:
    """Say why a check cannot notice anything: it does not hold on the copy as it is."""
    sampled = "" if whole else " (the copy is a sample)"
    return f"{check.name}: {check.verdict.replace('_', ' ')} before any fault{sampled}. {check.message}".strip()


def _references(suite: Suite) -> tuple[Reference, ...]:
    """Give the references that the suite knows of."""
    return tuple(
        Reference(check.columns, check.parent, check.parent_columns)
        for check in suite.checks
        if isinstance(check, ForeignKey)
    )


def _gap(table: str, day: str) -> str:
    """Give the query of the days after which one is missing."""
    days = f"SELECT DISTINCT CAST({name(day)} AS DATE) AS day FROM {name(table)} WHERE {name(day)} IS NOT NULL"
    following = f"SELECT day, lead(day) OVER (ORDER BY day) AS following FROM ({days}) AS days"
    return f"SELECT day FROM ({following}) AS pairs WHERE following - day > 1"


def _finite(column: str, type_: str) -> str:
    return f"isfinite({name(column)})" if type_ in ("DOUBLE", "FLOAT") else f"{name(column)} IS NOT NULL"


def _plain(value: Any) -> Any:
    """Give a bound as a person writes it in YAML."""
    return float(value) if isinstance(value, Decimal) else value if isinstance(value, int | float) else str(value)
