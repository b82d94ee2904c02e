"""One run of suites on a client's engine: what has to be known is asked there, the verdicts are made here.

The same quantities and the same judge as on DuckDB; only who counts is another.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from decom_nb.check import (
    Check,
    Checked,
    CheckRun,
    RowChange,
    SchemaIs,
    Suite,
    TableRun,
)
from decom_nb.check.limits import Limits, Progress
from decom_nb.errors import DecomError
from decom_nb.evidence.tables import Column, Table
from decom_nb.pushdown.ask import Asker, Query
from decom_nb.pushdown.seen import NotTheSame, Seen
from decom_nb.pushdown.warehouse import Failed, Stopped, Warehouse, open_warehouse
from decom_nb.sql.beside import beside
from decom_nb.sql.judge import judge, undecided
from decom_nb.sql.needs import needs
from decom_nb.sql.quantity import Quantity, Rows
from decom_nb.sql.undecidable import Undecidable
from decom_nb.sql.violations import samples_sql, violations_sql


def run(
    suites: Sequence[Suite],
    backend: Any,
    *,
    now: datetime,
    tables: Mapping[str, str] | None = None,
    samples: int = 5,
    history: Sequence[CheckRun] = (),
    limits: Limits | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    dialect: str = "",
) -> CheckRun:
    """Run suites on the engine behind a backend of ibis, such as `connect` gives; nothing is written there.

    `tables` gives the names that tables have there (``public.orders``; quotes where a name needs them) for those that suites
    call otherwise. `samples` keys of failing rows are fetched for each check, and no other row. A check that the engine would
    count otherwise than DuckDB is ``not_known``, with the reason. `limits.seconds_per_table` ends a table, `cancelled` ends
    the run; what was decided until then is kept and the rest is marked. Raises `InputError` for an unknown engine.
    """
    work = _Run(suites, open_warehouse(backend, dialect), tables or {}, now, samples, history, limits or Limits())
    work.progress, work.cancelled = progress, cancelled
    return work()


@dataclass
class _Asked:
    suite: Suite
    check: Check
    quantities: tuple[Quantity, ...] = ()
    others: dict[str, Table] = field(default_factory=dict)
    seconds: float = 0.0
    done: Checked | None = None


@dataclass
class _Work:
    called: str
    asked: list[_Asked]
    table: Table | None = None
    note: str = ""
    complete: bool = True
    seconds: float = 0.0
    rows: int | None = None


class _Run:
    def __init__(
        self,
        suites: Sequence[Suite],
        warehouse: Warehouse,
        there: Mapping[str, str],
        now: datetime,
        samples: int,
        history: Sequence[CheckRun],
        limits: Limits,
    ) -> None:
        self.warehouse, self.now, self.samples, self.history, self.limits = warehouse, now, samples, history, limits
        self.there = {called.casefold(): name for called, name in there.items()}
        self.progress: Callable[[Progress], None] | None = None
        self.cancelled: Callable[[], bool] | None = None
        self.tables: dict[str, Table] = {}
        self.seen: dict[str, Seen] = {}
        self.missing: dict[str, str] = {}
        by_table: dict[str, _Work] = {}
        for suite in suites:
            work = by_table.setdefault(suite.table.casefold(), _Work(suite.table, []))
            work.asked += [_Asked(suite, check) for check in suite.checks]
        self.work = list(by_table.values())
        self.total, self.count = sum(len(each.asked) for each in self.work), 0

    def __call__(self) -> CheckRun:
        complete = True
        try:
            for each in self.work:
                self.look_out()
                began = time.monotonic()
                self.tell(each, "")
                try:
                    self.table(each)
                finally:
                    each.seconds += time.monotonic() - began
        except (Stopped, KeyboardInterrupt):
            complete = False
            for work in self.work:
                self.give_up(work, "The run was cancelled before it was decided.")
        return CheckRun(
            taken_at=self.now,
            engine=self.warehouse.dialect,
            tables=tuple(map(self.told, self.work)),
            checks=tuple(each.done for work in self.work for each in work.asked if each.done is not None),
            complete=complete and all(each.complete for each in self.work),
        )

    def look_out(self) -> None:
        if self.cancelled is not None and self.cancelled():
            raise Stopped("it was cancelled")

    # -- one table

    def table(self, work: _Work) -> None:
        limit = self.limits.seconds_per_table
        until = None if limit is None else time.monotonic() + limit
        try:
            with self.warehouse.session(limit):
                work.table = self.open(work.called)
                self.prepare(work)
                self.decide(work, until)
                self.sample(work, until)
        except Failed as failed:
            work.complete, work.note = False, str(failed)
            for each in work.asked:
                if each.done is None:
                    self.decided(work, each, undecided(each.check, work.called, work.note))
        except Stopped:
            self.look_out()
            work.complete = False
            work.note = f"The limit of {limit:g} seconds for a table was reached before every check was decided."
            why = f"The limit of {limit:g} seconds for its table was reached before it was decided."
            for each in work.asked:
                if each.done is None:
                    self.decided(work, each, undecided(each.check, work.called, why, "not_known"))
        except Exception as error:  # the session itself: the connection is gone, or may not do what it must
            if type(error).__module__.partition(".")[0] in ("decom_nb", "builtins"):
                raise
            work.complete, work.note = False, self.warehouse.said(error)
            for each in work.asked:
                if each.done is None:
                    self.decided(work, each, undecided(each.check, work.called, work.note))

    def open(self, called: str) -> Table:
        """Look a table up; raises `Failed`."""
        key = called.casefold()
        if key in self.missing:
            raise Failed(self.missing[key])
        if key not in self.tables:
            there = self.there.get(key, called)
            try:
                seen = self.warehouse.seen(there)
            except Failed as failed:
                self.missing[key] = str(failed)
                raise
            columns = tuple(Column(name, type_) for name, type_ in seen.columns)
            self.tables[key] = Table(called, self.warehouse.dialect, ".".join(seen.parts), called, columns)
            self.seen[called] = seen
        return self.tables[key]

    def prepare(self, work: _Work) -> None:
        """Work out what has to be known for each check."""
        assert work.table is not None  # noqa: S101 - the caller opened it
        for each in work.asked:
            try:
                for other in beside(each.check, work.table):
                    each.others[other] = self.open(other)
                each.quantities = needs(each.check, work.table, each.others)
            except (DecomError, Failed) as error:
                self.decided(work, each, undecided(each.check, work.table.name, str(error)))

    def decide(self, work: _Work, until: float | None) -> None:
        asker = Asker(self.warehouse.dialect, self.seen)
        known: dict[Quantity, Any] = {}
        refused: dict[Quantity, NotTheSame] = {}
        open_ = [each for each in work.asked if each.done is None]
        for each in open_:
            if not each.quantities:
                self.judge(work, each, asker, known, refused)
        asked = asker.ask(quantity for each in open_ for quantity in each.quantities)
        refused.update(asked.refused)
        waiting = list(asked.queries)
        while waiting:
            query = waiting.pop(0)
            self.look_out()
            began = time.monotonic()
            try:
                self.take(query, known, refused, until)
            except Failed as failed:
                if query.shared:  # one of many may have ended it: ask each alone
                    waiting[:0] = asker.ask(query.serves, alone=True).queries
                else:
                    known.update(dict.fromkeys(query.serves, DecomError(f"The query failed: {failed}")))
            served = [each for each in open_ if each.done is None and not set(each.quantities).isdisjoint(query.serves)]
            for each in served:
                each.seconds += (time.monotonic() - began) / len(served)
                if all(quantity in known or quantity in refused for quantity in each.quantities):
                    self.judge(work, each, asker, known, refused)
        for each in open_:
            if each.done is None:
                self.judge(work, each, asker, known, refused)
        assert work.table is not None  # noqa: S101 - the caller opened it
        rows = known.get(Rows(table=work.table.name))
        work.rows = rows if isinstance(rows, int) else None

    def take(
        self, query: Query, known: dict[Quantity, Any], refused: dict[Quantity, NotTheSame], until: float | None
    ) -> None:
        rows = self.warehouse.ask(query.text, until=until, cancelled=self.cancelled)
        for quantity, value in query.read(rows).items():
            if isinstance(value, NotTheSame):
                refused[quantity] = value
            else:
                known[quantity] = value

    # -- what came of it

    def judge(
        self,
        work: _Work,
        asked: _Asked,
        asker: Asker,
        known: Mapping[Quantity, Any],
        refused: Mapping[Quantity, NotTheSame],
    ) -> None:
        table = work.table
        assert table is not None  # noqa: S101 - the caller opened it
        reasons = [refused[each] for each in asked.quantities if each in refused]
        if reasons:
            said = str(reasons[0])
            done = undecided(asked.check, table.name, said[:1].upper() + said[1:], "not_known")
        else:
            done = judge(asked.check, table, known, now=self.now, history=self.history, others=asked.others)
        by = (
            "schema"
            if isinstance(asked.check, SchemaIs)
            else "history"
            if isinstance(asked.check, RowChange)
            else "pushdown"
        )
        sql = ""
        with contextlib.suppress(DecomError, NotTheSame):
            if not isinstance(asked.check, SchemaIs):
                rows = violations_sql(asked.check, table, asker.sources, asked.others)
                sql = asker.text(asker.rows(rows, asked.quantities))
        update = {"sql": sql, "seconds": asked.seconds, "decided_by": None if reasons else by}
        self.decided(work, asked, done.model_copy(update=update))

    def sample(self, work: _Work, until: float | None) -> None:
        """Fetch the keys of some failing rows."""
        assert work.table is not None  # noqa: S101 - the caller opened it
        asker = Asker(self.warehouse.dialect, self.seen)
        for each in work.asked:
            done = each.done
            if not self.samples or done is None or not done.violations or done.verdict in ("error", "not_known"):
                continue
            began = time.monotonic()
            try:
                text = samples_sql(
                    each.check,
                    work.table,
                    each.suite.key,
                    each.suite.personal,
                    self.samples,
                    asker.sources,
                    each.others,
                )
                if not text:
                    continue
                tree = asker.rows(text, each.quantities)
                rows = self.warehouse.ask(asker.text(tree), until=until, cancelled=self.cancelled)
            except (NotTheSame, Failed, Undecidable):
                continue  # the count stands; what cannot be shown is left out
            titles = self.titles(work, [each.alias_or_name for each in tree.expressions])
            shown = tuple({title: _shown(value) for title, value in zip(titles, row, strict=True)} for row in rows)
            took = done.seconds + time.monotonic() - began
            each.done = done.model_copy(update={"samples": shown, "seconds": took})

    def titles(self, work: _Work, folded: list[str]) -> list[str]:
        """Give names of columns as the table spells them."""
        assert work.table is not None  # noqa: S101 - the caller opened it
        spelled = {each.casefold(): each for each in work.table.types}
        return [spelled.get(each.casefold(), each) for each in folded]

    def decided(self, work: _Work, asked: _Asked, done: Checked) -> None:
        asked.done = done
        self.count += 1
        self.tell(work, done.name)

    def tell(self, work: _Work, check: str) -> None:
        if self.progress is not None:
            self.progress(Progress(work.called, check, self.count, self.total))

    def give_up(self, work: _Work, why: str) -> None:
        for each in work.asked:
            if each.done is None:
                work.complete = False
                work.note = work.note or "The run was cancelled before every check was decided."
                each.done = undecided(each.check, work.called, why, "not_known")

    def told(self, work: _Work) -> TableRun:
        table = work.table
        return TableRun(
            table=work.called,
            place=table.shown if table else "",
            kind=self.warehouse.dialect,
            rows=work.rows,
            columns=tuple((each.name, each.type) for each in table.columns) if table else (),
            seconds=work.seconds,
            complete=work.complete,
            note=work.note,
        )


def _shown(value: Any) -> Any:
    """Give a value as JSON can hold it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    return (
        value.isoformat(" ")
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, date)
        else str(value)
    )
