"""One run of suites: tables one after another, each planned, decided, sampled, and seen to be unchanged."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from decom_nb.check import Checked, CheckRun, Reconciliation, RowChange, SchemaIs, Suite, TableRun
from decom_nb.check.checked import Decided
from decom_nb.engine import reads
from decom_nb.engine.answer import shown, value_of
from decom_nb.engine.asked import Asked, Step, TableWork, has_rows_to_show, own, without_query
from decom_nb.engine.limits import Limits, Progress
from decom_nb.engine.opened import Opened
from decom_nb.engine.planner import Plan, Planner
from decom_nb.engine.session import Session, Stopped
from decom_nb.engine.work import ORDER, Facts, Found, Work
from decom_nb.errors import DecomError, InputError
from decom_nb.sql.judge import judge, undecided
from decom_nb.sql.needs import needs
from decom_nb.sql.quantity import Orphans, OwnQuery, Quantity, Rows
from decom_nb.sql.text import name
from decom_nb.sql.undecidable import Undecidable
from decom_nb.sql.violations import samples_sql, violations_sql

if TYPE_CHECKING:
    from decom_nb.evidence.tables import Table, Tables


class Run:
    """A run: made with everything it needs, run once."""

    def __init__(
        self,
        suites: Sequence[Suite],
        tables: Tables,
        *,
        now: datetime,
        plan: Plan,
        samples: int,
        history: Sequence[CheckRun],
        limits: Limits,
        progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool] | None,
        dry: bool = False,
    ) -> None:
        self._tables = tables
        self._now = now
        self._samples = samples
        self._history = history
        self._limits = limits
        self._progress = progress
        self._session = Session(tables.connection, cancelled, limits.memory)
        self._opened = Opened(tables, self._session, dry=dry)
        self._planner = Planner(self._session, self._opened.facts, samples, plan)
        self._found = Found()
        by_table: dict[str, TableWork] = {}
        for suite in suites:
            work = by_table.setdefault(suite.table.casefold(), TableWork(suite.table, []))
            work.asked += [Asked(suite, check) for check in suite.checks]
        self._work = list(by_table.values())
        self._total = sum(len(each.asked) for each in self._work)
        self._done = 0
        self._uses: Counter[str] = Counter()
        self._asking: dict[Quantity, list[Asked]] = {}
        self._fetched: dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]] = {}
        """Samples by the query that gave them: several checks may ask for the same."""

    def __call__(self) -> CheckRun:
        """Run it."""
        complete = True
        with self._session:
            try:
                for each in self._work:
                    self._open(each)
                self._uses = Counter(table.name for each in self._work for table in self._looked_at(each))
                for each in self._work:
                    self._table(each)
                    self._let_go(each)
            except (Stopped, KeyboardInterrupt):
                complete = False
                self._give_up("The run was cancelled before it was decided.")
        return CheckRun(
            taken_at=self._now,
            tables=tuple(map(self._told, self._work)),
            checks=tuple(each.done for work in self._work for each in work.asked if each.done is not None),
            complete=complete and all(each.complete for each in self._work),
        )

    def steps(self) -> list[Step]:
        """Plan it, without taking a step: footers are read, and some rows where a plan depends on them."""
        steps: list[Step] = []
        with self._session:
            for work in self._work:
                self._open(work)
            for work in self._work:
                if work.table is None:
                    continue
                steps += [
                    Step(work.table.name, by, (each.check.called,), each.done.message if each.done else because)
                    for each in work.asked
                    for by, because in [without_query(each)]
                    if by is not None
                ]
                for piece in self._pieces(work):
                    served = tuple(
                        each.check.called
                        for each in work.asked
                        if each.done is None and not set(own(each)).isdisjoint(piece.quantities)
                    )
                    if not served:
                        continue  # the number of rows, which checks need beside what they ask
                    sql = tuple(map(self._tables.hidden, piece.sql))
                    steps.append(Step(piece.table, piece.decided_by, served, piece.because, sql))
        return steps

    # -- opening ----------------------------------------------------------------------------------------------------

    def _open(self, work: TableWork) -> None:
        self._session.check()
        began = time.monotonic()
        try:
            work.table = self._opened.table(work.called)
            work.fingerprint = self._opened.fingerprints[work.table.name]
            self._ask(work, work.asked)
        except InputError as error:
            work.note = self._tables.hidden("; ".join(str(each) for each in error.mistakes))
            work.complete = False
            for each in work.asked:
                self._decided(work, each, undecided(each.check, work.called, work.note))
        work.seconds += time.monotonic() - began

    def _ask(self, work: TableWork, asked: Iterable[Asked]) -> None:
        """Work out what has to be known for the checks, and which columns that takes."""
        table = work.table
        assert table is not None  # noqa: S101 - it was opened
        columns: set[str] = set()
        for each in asked:
            try:
                each.others = self._opened.others(each.check, table)
                each.quantities = needs(each.check, table, each.others)
            except DecomError as error:
                self._decided(work, each, undecided(each.check, table.name, self._tables.hidden(str(error))))
                continue
            except Exception as error:
                self._decided(work, each, undecided(each.check, table.name, self._crashed(error)))
                continue
            for quantity in each.quantities:
                if quantity.table == table.name:
                    columns |= reads.columns_of(quantity, table)
                for other in each.others.values():
                    wanted = reads.columns_of_other(quantity, other)
                    if quantity.table == other.name or quantity.table in each.others:
                        wanted |= reads.columns_of(quantity, other)
                    self._opened.want(other, wanted)
            spelled = {column.casefold(): column for column in table.types}
            keys = (*each.suite.key, *each.check.looks_at)
            columns |= {spelled[key.casefold()] for key in keys if key.casefold() in spelled}
        self._opened.want(table, columns)

    # -- one table --------------------------------------------------------------------------------------------------

    def _table(self, work: TableWork) -> None:
        if work.table is None:
            return
        began = time.monotonic()
        self._tell(work, "")
        try:
            with self._session.within(self._limits.seconds_per_table):
                self._decide(work)
                self._sample(work)
        except Stopped as stop:
            if stop.why == "cancelled":
                raise
            work.complete = False
            limit = self._limits.seconds_per_table
            work.note = f"The limit of {limit:g} seconds for a table was reached before every check was decided."
            for each in work.asked:
                if each.done is None:
                    why = f"The limit of {limit:g} seconds for its table was reached before it was decided."
                    self._decided(work, each, undecided(each.check, work.table.name, why, "not_known"))
        finally:
            work.seconds += time.monotonic() - began
        self._look_again(work)

    def _decide(self, work: TableWork) -> None:
        import duckdb

        assert work.table is not None  # noqa: S101 - the caller looked
        try:
            self._opened.facts(work.table.name)
        except duckdb.Error as error:
            # What no sample had shown: a text whose later rows are of another type than its first.
            if not self._read_again(work, error):
                return
        for each in work.asked:
            if each.done is None and not each.quantities:
                self._judge(work, each)
        for piece in self._pieces(work):
            self._do(work, piece)
        for each in work.asked:
            if each.done is None:
                self._judge(work, each)
        rows = self._found.values.get(Rows(table=work.table.name))
        facts = self._opened.facts(work.table.name)
        work.rows = rows if isinstance(rows, int) else facts.rows

    def _pieces(self, work: TableWork) -> Iterator[Work]:
        """Plan table after table what the checks of one table ask; what cannot be planned fails alone."""
        import duckdb

        by_table: dict[str, list[Quantity]] = {}
        self._asking.clear()
        for each in work.asked:
            if each.done is not None:
                continue
            for quantity in each.quantities:
                by_table.setdefault(quantity.table, []).append(quantity)
                self._asking.setdefault(quantity, []).append(each)
            if isinstance(each.check, Reconciliation):
                rows = self._opened.facts(each.check.against).rows
                if rows is not None:
                    self._planner.expected[each.quantities[0]] = rows
        for called, quantities in by_table.items():
            try:
                works = self._planner.works(called, quantities, self._found)
            except duckdb.Error as error:
                self._fail(quantities, error)
                continue
            yield from works

    def _read_again(self, work: TableWork, error: Exception) -> bool:
        """Open a text by all of its rows after it could not be read; say what is wrong if that does not help."""
        import duckdb

        assert work.table is not None  # noqa: S101 - the caller looked
        try:
            again = self._opened.reread(work.table)
            if again is not work.table:
                work.table = again
                for each in work.asked:
                    each.quantities = ()
                open_ = [each for each in work.asked if each.done is None]
                self._ask(work, open_)
                self._opened.facts(again.name)
                return True
        except duckdb.Error as second:
            error = second
        except InputError as second:
            error = second
        work.complete = False
        work.note = f"It cannot be read: {self._tables.said(error)}"
        for each in work.asked:
            if each.done is None:
                self._decided(work, each, undecided(each.check, work.table.name, work.note))
        return False

    def _do(self, work: TableWork, piece: Work) -> None:
        """Do a piece of work; if it fails, ask for each of its quantities alone."""
        import duckdb

        self._session.check()
        began = time.monotonic()
        try:
            piece.do(self._session, self._found)
        except duckdb.Error as error:
            unheard = isinstance(error, duckdb.NotImplementedException)
            if len(piece.quantities) == 1 and piece.decided_by in ("query", "scan", "shared_pass") and not unheard:
                self._fail(piece.quantities, error)
            else:
                for quantity in piece.quantities:
                    if quantity not in self._found.values:
                        self._ask_alone(quantity)
        took = time.monotonic() - began
        asking = {id(each): each for quantity in piece.quantities for each in self._asking.get(quantity, ())}
        served = [each for each in asking.values() if each.done is None]
        for each in served:
            each.seconds += took / len(served)
            if all(quantity in self._found.values for quantity in each.quantities):
                self._judge(work, each)

    def _ask_alone(self, quantity: Quantity) -> None:
        """Run the query that defines a quantity."""
        import duckdb

        try:
            self._define(quantity, self._opened.facts)
        except duckdb.NotImplementedException:
            # DuckDB 1.5 cannot pass some filters of a join on to files whose columns differ.
            try:
                self._define(quantity, self._opened.stage)
            except duckdb.Error as error:
                self._fail([quantity], error)
        except duckdb.Error as error:
            self._fail([quantity], error)

    def _define(self, quantity: Quantity, facts: Callable[[str], Facts]) -> None:
        source = facts(quantity.table).source
        if isinstance(quantity, OwnQuery):
            sql = quantity.query(source, {each: facts(each).source for each in quantity.others})
        elif isinstance(quantity, Orphans):
            sql = quantity.query(source, facts(quantity.parent).source)
        else:
            sql = quantity.query(source)
        self._found.take({quantity: value_of(quantity, *self._session.table(sql))}, "query")

    def _fail(self, quantities: Iterable[Quantity], error: Exception) -> None:
        """Keep why quantities could not be found out, in the place of their values."""
        said = self._tables.said(error)
        self._found.take({each: DecomError(f"The query failed: {said}") for each in quantities}, "query")

    # -- results ----------------------------------------------------------------------------------------------------

    def _judge(self, work: TableWork, asked: Asked) -> None:
        assert work.table is not None  # noqa: S101 - the caller looked
        try:
            done = judge(
                asked.check, work.table, self._found.values, now=self._now, history=self._history, others=asked.others
            )
            sql = ""
            with contextlib.suppress(DecomError):  # the check says itself why it cannot be decided
                sql = self._tables.hidden(violations_sql(asked.check, work.table, {}, asked.others))
        except Exception as error:  # a check that crashes is an error of its own, and ends no other
            self._decided(work, asked, undecided(asked.check, work.table.name, self._crashed(error)))
            return
        self._decided(
            work, asked, done.model_copy(update={"sql": sql, "decided_by": self._by(asked), "seconds": asked.seconds})
        )

    def _crashed(self, error: Exception) -> str:
        return f"It could not be decided, which is a fault of ours: {type(error).__name__}: {self._tables.said(error)}"

    def _by(self, asked: Asked) -> Decided | None:
        """Give the dearest evidence that was needed."""
        if isinstance(asked.check, SchemaIs):
            return "schema"
        if isinstance(asked.check, RowChange):
            return "history"
        by = [self._found.decided_by[each] for each in own(asked) if each in self._found.decided_by]
        return max(by, key=ORDER.index, default=None)

    def _decided(self, work: TableWork, asked: Asked, done: Checked) -> None:
        asked.done = done
        self._done += 1
        self._tell(work, done.name)

    def _tell(self, work: TableWork, check: str) -> None:
        if self._progress is not None:
            self._progress(Progress(work.called, check, self._done, self._total))

    def _give_up(self, why: str) -> None:
        for work in self._work:
            for each in work.asked:
                if each.done is None:
                    work.complete = False
                    work.note = work.note or "The run was cancelled before every check was decided."
                    called = work.table.name if work.table else work.called
                    each.done = undecided(each.check, called, why, "not_known")

    def _look_again(self, work: TableWork) -> None:
        """See that neither the table nor one that its checks looked at changed while they were run."""
        assert work.table is not None  # noqa: S101 - the caller looked
        changed = {work.table.name: self._opened.changed(work.table)}
        for each in work.asked:
            for other in each.others.values():
                if other.name not in changed:
                    changed[other.name] = self._opened.changed(other)
        if changed[work.table.name]:
            work.complete = False
            work.note = "The table changed while its checks ran; what they found fits neither the old nor the new one."
        for each in work.asked:
            which = [work.table.name, *(other.name for other in each.others.values())]
            moved = [called for called in which if changed[called]]
            if moved and each.done is not None and each.done.verdict not in ("error", "not_known"):
                work.complete = False
                why = f"The table {moved[0]} changed while the check ran."
                each.done = undecided(each.check, work.table.name, why, "not_known")

    def _let_go(self, work: TableWork) -> None:
        """Drop what was read of tables that no later check looks at."""
        for table in self._looked_at(work):
            self._uses[table.name] -= 1
            if not self._uses[table.name]:
                self._opened.forget(table)

    def _looked_at(self, work: TableWork) -> list[Table]:
        """Give the table and those that its checks look at beside it."""
        if work.table is None:
            return []
        found = {work.table.name: work.table}
        for each in work.asked:
            found.update({other.name: other for other in each.others.values()})
        return list(found.values())

    def _told(self, work: TableWork) -> TableRun:
        table = work.table
        if table is None:
            return TableRun(table=work.called, place="", kind="", complete=False, note=work.note, seconds=work.seconds)
        return TableRun(
            table=table.name,
            place=table.shown,
            kind=table.kind,
            rows=work.rows,
            columns=tuple((each.name, each.type) for each in table.columns),
            fingerprint=work.fingerprint,
            seconds=work.seconds,
            complete=work.complete,
            note=" ".join(filter(None, (work.note, *(f"{each[:1].upper()}{each[1:]}." for each in table.notes)))),
        )

    # -- samples ----------------------------------------------------------------------------------------------------

    def _sample(self, work: TableWork) -> None:
        """Fetch the keys of some failing rows of every check that has any."""
        if not self._samples or work.table is None:
            return
        self._fetched.clear()
        failing = [each for each in work.asked if has_rows_to_show(each)]
        placed = [each for each in failing if self._found.places.get(each.quantities[0])]
        if placed:
            self._sample_placed(work.table, placed)
        for each in failing:
            if each not in placed:
                self._session.check()
                began = time.monotonic()
                self._shown(each, self._rows_of(work.table, each), time.monotonic() - began)

    def _shown(self, asked: Asked, rows: Sequence[dict[str, Any]], seconds: float) -> None:
        assert asked.done is not None  # noqa: S101 - it was judged
        asked.done = asked.done.model_copy(update={"samples": tuple(rows), "seconds": asked.done.seconds + seconds})

    def _sample_placed(self, table: Table, placed: Sequence[Asked]) -> None:
        """Fetch rows whose addresses are known: those of all checks that show the same columns in one query."""
        import duckdb

        facts = self._opened.facts(table.name)
        places = [place for each in placed for place in self._found.places[each.quantities[0]]]
        rows = _at(facts.source, facts.address, places)
        by_query: dict[str, list[Asked]] = {}
        for each in placed:
            sql = samples_sql(
                each.check, table, each.suite.key, each.suite.personal, len(places), {}, each.others, rows
            )
            by_query.setdefault(sql, []).append(each)
        for sql, alike in by_query.items():
            self._session.check()
            began = time.monotonic()
            try:
                columns, found = self._session.table(sql.replace("SELECT ", f"SELECT {_ADDRESS}, ", 1))
            except duckdb.Error:
                continue  # the count stands; what cannot be shown is left out
            by_place = {row[0]: dict(zip(columns[1:], map(shown, row[1:]), strict=True)) for row in found}
            took = (time.monotonic() - began) / len(alike)
            for each in alike:
                known = self._found.places[each.quantities[0]]
                self._shown(each, [by_place[place] for place in known if place in by_place], took)

    def _rows_of(self, table: Table, asked: Asked) -> list[dict[str, Any]]:
        """Look for some failing rows of a check, where they are likely to be found soon."""
        import duckdb

        facts = self._opened.facts(table.name)
        source, rows = facts.source, ""
        first = asked.quantities[0]
        suite = asked.suite
        try:
            if first in self._found.finders:
                conditions = self._found.finders[first](self._session)
                rows = " UNION ALL ".join(f"SELECT * FROM {facts.source} WHERE {each}" for each in conditions)
            elif first in self._found.hints:
                source = f"(SELECT * FROM {facts.source} WHERE {self._found.hints[first]})"
            sources = {table.name: source, **self._opened.sources(asked.others)}
            sql = samples_sql(asked.check, table, suite.key, suite.personal, self._samples, sources, asked.others, rows)
            if not sql:
                return []
            if sql not in self._fetched:
                self._fetched[sql] = self._session.table(sql)
            columns, found = self._fetched[sql]
        except (duckdb.Error, Undecidable):
            return []  # the count stands; what cannot be shown is left out
        return [dict(zip(columns, map(shown, row), strict=True)) for row in found]


_ADDRESS = name("decom address")


def _at(source: str, address: str, places: Sequence[int]) -> str:
    """Give the rows at these addresses, and their addresses."""
    listed = ", ".join(map(str, sorted(set(places))))
    select = f"SELECT *, {address} AS {_ADDRESS} FROM {source}"
    if "file_index" not in address:
        return f"{select} WHERE {address} IN ({listed})"
    numbers = ", ".join(str(each) for each in sorted({each % (1 << 40) for each in places}))
    # The row numbers rule row groups out; the whole address tells the files apart.
    return f"{select} WHERE file_row_number IN ({numbers}) AND {address} IN ({listed})"
