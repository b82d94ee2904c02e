# ruff: noqa: S608 - the texts come from backfill_sql.py, which quotes every name
"""Runs a backfill's plan on a DuckDB database: part by part, each in a transaction of its own.

What a part does is one transaction: its rows are made beside the table, looked at, swapped in, and the part is noted in the
database itself. A run that is killed at any moment goes on with the first part that is not noted there, and comes to the same.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decom_nb.errors import InputError, Mistake
from decom_nb.phases.testing import backfill_progress
from decom_nb.phases.testing.backfill_part import Part
from decom_nb.phases.testing.backfill_plan import Plan
from decom_nb.phases.testing.backfill_progress import Progress
from decom_nb.phases.testing.backfill_sql import TableSql
from decom_nb.phases.testing.backfill_table import backfill_table
from decom_nb.sql.text import name
from decom_nb.suggest import instead

if TYPE_CHECKING:
    import duckdb

LEDGER = "decom_backfill_ledger"
"""The table, in the staging schema, that knows which parts are done while a run is not over."""

_GB = 1e9

Clock = Callable[[], datetime]
Told = Callable[[str], None]


class Stopped(Exception):  # noqa: N818 - the run ended on purpose, and can go on
    """The run stopped before its end; the message is the reason, in a sentence."""


@dataclass
class Outcome:
    """What a run came to."""

    done: int
    skipped: int
    stopped: str = ""
    before: list[dict[str, Any]] = field(default_factory=list)
    after: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What the verification at the end found."""


def run(
    plan: Plan,
    database: Path,
    folder: Path,
    *,
    clock: Clock = lambda: datetime.now(UTC),
    told: Told = lambda _: None,
    accept_empty: bool = False,
    any_time: bool = False,
) -> Outcome:
    """Process all parts that are not done yet; raises `InputError` where the plan cannot be run as it is.

    `folder` is where progress is kept. A part that looks wrong is rolled back, and the run stops there.
    """
    _refuse_unready(plan, database)
    progress = backfill_progress.read(folder)
    if progress.plan and progress.plan != plan.digest:
        what = f"was begun by another plan ({progress.plan}): the request was changed since"
        raise InputError(Mistake(str(folder), 0, "", what, "undo the change, or begin anew with --again"))
    if progress.state == "done":
        what = "is done"
        raise InputError(Mistake(str(folder), 0, "", what, "to process the same history once more, add --again"))
    con = _opened(plan, database)
    try:
        running = _Running(plan, con, folder, progress, clock, told, accept_empty, any_time)
        return running.all()
    finally:
        con.close()


def _refuse_unready(plan: Plan, database: Path) -> None:
    place = f"documents/backfill/{plan.name}.yaml"
    mistakes = [
        Mistake(place, 0, f"{table.table}.query", "is empty", "give the SELECT that makes its rows anew")
        for table in plan.tables
        if not table.query
    ]
    if not plan.backfill.approval.by:
        mistakes.append(Mistake(place, 0, "approval.by", "is empty", "have the backfill approved first"))
    if not database.is_file():
        mistakes.append(Mistake(str(database), 0, "--database", "is not a file", "give the DuckDB database"))
    if mistakes:
        raise InputError(mistakes)


def _opened(plan: Plan, database: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    limits = plan.backfill.limits
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limits.memory,
        "threads": limits.max_parallel,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    try:
        con = duckdb.connect(str(database), config=config)
        con.execute("SET TimeZone = 'UTC'; SET enable_external_access = false; SET lock_configuration = true")
    except duckdb.Error as error:
        what = f"cannot be opened: {str(error).splitlines()[0]}"
        raise InputError(Mistake(str(database), 0, "--database", what, "close whatever else has it open")) from None
    return con


class _Running:
    """One run on an open database."""

    def __init__(
        self,
        plan: Plan,
        con: duckdb.DuckDBPyConnection,
        folder: Path,
        progress: Progress,
        clock: Clock,
        told: Told,
        accept_empty: bool,
        any_time: bool,
    ) -> None:
        self.plan, self.con, self.folder, self.progress = plan, con, folder, progress
        self.clock, self.told, self.accept_empty, self.any_time = clock, told, accept_empty, any_time
        self.schema = name(plan.backfill.isolation.staging_schema)
        self.ledger = f"{self.schema}.{name(LEDGER)}"
        self.seconds = [float(each["seconds"]) for each in progress.parts.values() if not each.get("made_up")]
        self.columns = {table.table: self._columns(table) for table in plan.tables}

    def all(self) -> Outcome:
        """Process what is left, then verify."""
        self.con.execute(f"CREATE SCHEMA IF NOT EXISTS {self.schema}")
        self.con.execute(
            f"CREATE TABLE IF NOT EXISTS {self.ledger} "
            "(backfill VARCHAR, plan VARCHAR, part VARCHAR, table_name VARCHAR, rows_before BIGINT, rows_after BIGINT, "
            "PRIMARY KEY (backfill, plan, part, table_name))"
        )
        started = self.progress.last("started")
        if started is None:
            self.con.execute(f"DELETE FROM {self.ledger} WHERE backfill = ?", [self.plan.name])
            before = self._figures()
            self._note("started", plan=self.plan.digest, parts=len(self.plan.tasks), figures=before)
        else:
            before = list(started["figures"])
            self._note("resumed", plan=self.plan.digest)
        done = self._done()
        outcome = Outcome(0, 0, before=before)
        for part, table in self.plan.tasks:
            if (part.name, table.table) in done:
                self._make_up(part, table, done[part.name, table.table])
                outcome.skipped += 1
                continue
            try:
                self._in_window()
                self._process(part, table)
            except Stopped as stopped:
                outcome.stopped = str(stopped)
                self._note("stopped", says=outcome.stopped)
                self.told(outcome.stopped)
                return outcome
            outcome.done += 1
        outcome.after = self._figures()
        outcome.wrong = _compared(self.plan, before, outcome.after)
        for says in outcome.wrong:
            self._anomaly(says)
        self._note("done", plan=self.plan.digest, figures=outcome.after, wrong=outcome.wrong)
        self._tidy()
        return outcome

    def _process(self, part: Part, table: TableSql) -> None:
        import duckdb

        began = time.monotonic()
        self.con.execute("BEGIN")
        try:
            before, after = self._swap(part, table)
            self.con.execute("COMMIT")
        except duckdb.Error as error:
            self._roll_back()
            raise Stopped(f"{table.table}, {part.name}: {str(error).splitlines()[0]}") from None
        except BaseException:
            self._roll_back()
            raise
        seconds = time.monotonic() - began
        self._note(
            "part", part=part.name, table=table.table, rows_before=before, rows_after=after, seconds=round(seconds, 3)
        )
        self._watch(part, table, before, after, seconds)
        self.told(f"{table.table}, {part.name}: {before:,} rows before, {after:,} after, {seconds:.1f} s")

    def _roll_back(self) -> None:
        import contextlib

        import duckdb

        with contextlib.suppress(duckdb.Error):  # some errors have ended the transaction already
            self.con.execute("ROLLBACK")

    def _swap(self, part: Part, table: TableSql) -> tuple[int, int]:
        """Make the part's rows, look at them, swap them in and note it; nothing stays of it if this raises."""
        self.con.execute(table.made(part))
        before = self._number(f"SELECT count(*) FROM {table.target} WHERE {table.within(part)}")
        after = self._number(f"SELECT count(*) FROM {table.staging}")
        most = self.plan.backfill.limits.max_rows_per_part
        where = f"{table.table}, {part.name}"
        self._refuse_large(where, table, after)
        if most is not None and after > most:
            raise Stopped(f"{where}: it would hold {after:,} rows, and {most:,} are the most. Choose smaller parts.")
        if before and not after and not self.accept_empty:
            raise Stopped(
                f"{where}: the query gives no rows where {before:,} stand. Its source may not reach back so far; "
                "--accept-empty goes on."
            )
        if table.key:
            if twice := self._number(table.duplicated(table.staging)):
                raise Stopped(f"{where}: the query gives {twice:,} keys more than once.")
            self._refuse_moved(where, table)
        self.con.execute(table.emptied(part))
        self.con.execute(table.filled(self.columns[table.table]))
        self.con.execute(f"DROP TABLE {table.staging}")
        self.con.execute(
            f"INSERT INTO {self.ledger} VALUES (?, ?, ?, ?, ?, ?)",
            [self.plan.name, self.plan.digest, part.name, table.table, before, after],
        )
        return before, after

    def _refuse_large(self, where: str, table: TableSql, rows: int) -> None:
        most, per_row = self.plan.backfill.limits.max_gb_per_part, self.plan.row_bytes[self.plan.tables.index(table)]
        if most is not None and per_row is not None and rows * per_row > most * _GB:
            size = rows * per_row / _GB
            raise Stopped(
                f"{where}: it would hold about {size:,.1f} GB, and {most:g} are the most. Choose smaller parts."
            )

    def _refuse_moved(self, where: str, table: TableSql) -> None:
        """Refuse rows whose key stands outside the whole range: the old row would stay, and be there twice."""
        columns = ", ".join(map(name, table.key))
        outside = f"({table.within(self.plan.oldest, self.plan.newest)}) IS NOT TRUE"
        old = f"SELECT {columns} FROM {table.target} WHERE {outside}"
        if moved := self._number(
            f"SELECT count(*) FROM (SELECT {columns} FROM {table.staging}) SEMI JOIN ({old}) USING ({columns})"
        ):
            raise Stopped(
                f"{where}: {moved:,} of its keys stand in the table outside the range too, where their old rows would stay. "
                "Let the range reach to them."
            )

    def _watch(self, part: Part, table: TableSql, before: int, after: int, seconds: float | None) -> None:
        known = backfill_table()
        if before and abs(after - before) / before > known.rows_differ.value:
            self._anomaly(f"{table.table}, {part.name}: {before:,} rows became {after:,}.")
        if seconds is None:  # nobody was there to see how long it took
            return
        if len(self.seconds) >= known.parts_needed.value:
            usual = statistics.median(self.seconds)
            if seconds > 1 and seconds > known.duration_factor.value * usual:
                self._anomaly(f"{table.table}, {part.name}: it took {seconds:.1f} s, where {usual:.1f} s is usual.")
        self.seconds.append(seconds)

    def _make_up(self, part: Part, table: TableSql, rows: tuple[int, int]) -> None:
        """Write the line of a part that was done when the run was killed before it could write it."""
        if (part.name, table.table) not in self.progress.parts:
            before, after = rows
            self._note(
                "part",
                part=part.name,
                table=table.table,
                rows_before=before,
                rows_after=after,
                seconds=0.0,
                made_up=True,
            )
            self._watch(part, table, before, after, None)

    def _done(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Give the parts that are done by the word of the database: it holds what was done, whatever a file says."""
        query = f"SELECT part, table_name, rows_before, rows_after FROM {self.ledger} WHERE backfill = ? AND plan = ?"
        rows = self.con.execute(query, [self.plan.name, self.plan.digest]).fetchall()
        done = {(part, table): (before, after) for part, table, before, after in rows}
        if lost := self.progress.parts.keys() - done.keys():
            self._anomaly(
                f"{len(lost):,} parts were done and are not in the database any more: it was restored, they are done again."
            )
        return done

    def _figures(self) -> list[dict[str, Any]]:
        """Count each table over the whole range: rows and metrics, rows outside, duplicates, and what the source says."""
        found = []
        for table in self.plan.tables:
            range_ = table.within(self.plan.oldest, self.plan.newest)
            row = self._row(table.counted(table.target, range_))
            row["outside"] = self._number(table.outside(range_))
            row["duplicated_keys"] = self._number(table.duplicated(table.target)) if table.key else None
            row["source"] = self._row(table.counted(f"({table.source_query})", range_)) if table.source_query else None
            found.append({"table": table.table, **row})
        return found

    def _row(self, query: str) -> dict[str, Any]:
        answer = self.con.execute(query)
        names = [each[0] for each in answer.description or ()]
        (values,) = answer.fetchall()
        return {
            key: value if isinstance(value, int | float | None) else str(value)
            for key, value in zip(names, values, strict=True)
        }

    def _number(self, query: str) -> int:
        return int(self.con.execute(query).fetchall()[0][0])

    def _columns(self, table: TableSql) -> tuple[str, ...]:
        """Give the table's columns, which the query has to have as well."""
        import duckdb

        place = f"documents/backfill/{self.plan.name}.yaml"
        try:
            there = [str(row[0]) for row in self.con.execute(f"DESCRIBE SELECT * FROM {table.target}").fetchall()]
            made = [str(row[0]) for row in self.con.execute(f"DESCRIBE {table.query}").fetchall()]
        except duckdb.Error as error:
            what = f"{table.table}: {str(error).splitlines()[0]}"
            raise InputError(Mistake(place, 0, table.table, what, "mend the name or the query")) from None
        mistakes = [
            Mistake(place, 0, table.table, f"the table has no column {each}", instead(each, there))
            for each in (table.partition, *table.key)
            if each.casefold() not in {one.casefold() for one in there}
        ]
        if {each.casefold() for each in made} != {each.casefold() for each in there}:
            odd = sorted({*made} ^ {*there})
            what = f"the query's columns are not the table's: {', '.join(odd)}"
            mistakes.append(
                Mistake(place, 0, f"{table.table}.query", what, "let it give the very columns of the table")
            )
        if mistakes:
            raise InputError(mistakes)
        return tuple(there)

    def _in_window(self) -> None:
        limits = self.plan.backfill.limits
        if self.any_time or not limits.window_from:
            return
        now = self.clock().astimezone(UTC).strftime("%H:%M")
        low, high = limits.window_from, limits.window_to
        inside = low <= now < high if low <= high else now >= low or now < high
        if not inside:
            raise Stopped(
                f"It is {now} UTC, and parts begin between {low} and {high} only. Run it again then; it goes on."
            )

    def _note(self, event: str, **told: Any) -> None:
        backfill_progress.append(self.folder, self.clock(), event, **told)

    def _anomaly(self, says: str) -> None:
        self._note("anomaly", says=says)
        self.told(f"odd: {says}")

    def _tidy(self) -> None:
        """Take the ledger away, and the schema if nothing else lies in it: the progress file has it all."""
        import contextlib

        import duckdb

        self.con.execute(f"DELETE FROM {self.ledger} WHERE backfill = ?", [self.plan.name])
        if not self._number(f"SELECT count(*) FROM {self.ledger}"):
            self.con.execute(f"DROP TABLE {self.ledger}")
            with contextlib.suppress(duckdb.Error):  # there is more in it, of somebody else
                self.con.execute(f"DROP SCHEMA {self.schema}")


def _compared(plan: Plan, before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> list[str]:
    """Say what the figures after a run show that should not be."""
    wrong = []
    for old, new in zip(before, after, strict=True):
        table = new["table"]
        if old["outside"] != new["outside"]:
            wrong.append(
                f"{table}: outside the range {old['outside']:,} rows became {new['outside']:,}; something else has written to it."
            )
        if new["duplicated_keys"] and new["duplicated_keys"] > (old["duplicated_keys"] or 0):
            repeated, before_ = new["duplicated_keys"], old["duplicated_keys"] or 0
            wrong.append(f"{table}: {repeated:,} keys stand there more than once, {before_:,} did before.")
        source = new["source"]
        for key, value in (source or {}).items():
            if not _equal(value, new[key]):
                what = "rows" if key == "row_count" else plan_metric(plan, table, key)
                wrong.append(f"{table}: {what} is {new[key]} here and {value} at the source.")
    return wrong


def plan_metric(plan: Plan, table: str, key: str) -> str:
    """Give the metric behind a column such as ``metric_1``."""
    metrics = next(each.metrics for each in plan.tables if each.table == table)
    return metrics[int(key.rpartition("_")[2]) - 1]


def _equal(one: Any, other: Any) -> bool:
    """Tell whether two figures are the same; floats may differ in their last digits, as sums in another order do."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9 * max(abs(one), abs(other), 1)
    return bool(one == other)
