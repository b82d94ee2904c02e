"""Plays scenarios with one load on one database: fills the source, runs the load, kills it, and looks at the target.

`prove.py` calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from decom_nb.errors import InputError, Mistake
from decom_nb.evidence.load_proofs import Difference, ScenarioProof
from decom_nb.proof import table
from decom_nb.proof.case import LOADS, SEEN, LoadCase
from decom_nb.proof.compare import Differs, Rows, first_difference
from decom_nb.proof.database import Database, Failed, Mark
from decom_nb.proof.operation import Operation, bound, operations, place
from decom_nb.proof.place import arguments_in
from decom_nb.proof.reach import Reach
from decom_nb.proof.sample import Row, made_up, run_at
from decom_nb.proof.scenario import Act, Scenario, reads_history
from decom_nb.proof.source import Change, Source, State
from decom_nb.sql.text import name, value
from decom_nb.sql.type_word import type_word

_SHARED: frozenset[tuple[Act, ...]] = frozenset({("load",), ("load", "again")})
"""Beginnings that many scenarios share; the state after them is kept."""
Held = frozenset[Any]
"""All that tables held at one moment, to be compared only."""
_OTHER_ROWS = 12
"""How many rows sources have that do not change: enough for every key of the first one."""


class Refuted(Exception):  # noqa: N818 - reads as what it says
    """The load is not what it claims to be; carries where that is first seen."""

    def __init__(self, says: str, load: int, killed: str = "", differs: Differs | None = None) -> None:
        super().__init__(says)
        self.says, self.load, self.killed = says, load, killed
        self.differs = differs or Differs({}, "", "", "")


class Play:
    """One load on one database, with what was worked out on the way and is needed again."""

    def __init__(self, case: LoadCase, database: Database, sample: Sequence[Mapping[str, Any]] = ()) -> None:
        self.case, self.database = case, database
        self.source = Source(case, sample)
        places, dialect = database.places, database.dialect
        moved = tuple(
            replace(each, sql=places.moved(each.sql, dialect, each.what)) if each.kind == "statement" else each
            for each in operations(case.script)
        )
        self.operations: tuple[Operation, ...] = moved
        first = case.sources[0]
        self._source = places.table(first.name)
        self._seen = places.table((*first.name[:-1], first.name[-1] + SEEN))
        self._all_loads = places.table((*first.name[:-1], first.name[-1] + LOADS))
        self._target = places.table(case.target.name)
        self._types = tuple(type_word(each.type, dialect) for each in first.columns)
        self._history = reads_history(case)
        self._lists_loads = f"{first.name[-1]}{LOADS}" in case.oracle
        self._columns = case.compared
        self._found = f"SELECT {', '.join(self._fetched(each) for each in self._columns)} FROM {self._target}"
        oracle = places.moved(case.oracle.strip().rstrip(";"), dialect, "oracle")
        cast = ", ".join(self._fetched(each, cast=True) for each in self._columns)
        self._expected = f"SELECT {cast} FROM ({oracle}) AS oracle"
        self._arguments = arguments_in(case.arguments)
        self._scripts: dict[int, tuple[str, ...]] = {}
        self._rows: tuple[Row, ...] | None = None
        """What the source's table holds now."""
        self._seen_rows: tuple[tuple[int, tuple[Row, ...]], ...] = ()
        """The same of the table of what loads saw."""
        self._states: dict[tuple[Act, ...], tuple[State, Mark]] = {}
        self._as_marked: Mark | None = None
        """The mark of what the database holds after acts, where there is one."""
        self._oracle: dict[tuple[Any, ...], Rows] = {}
        """What the target must hold, by what the source holds and what loads saw of it, if that is asked."""
        self._loads = 0
        self._reach = Reach(moved, dialect)
        self._left_by: dict[tuple[Any, ...], Mapping[int, Held]] = {}
        """What is left where a load is killed, by place: by what was there before, the source and the run."""
        self._make()

    def _make(self) -> None:
        """Make sources, target and control tables."""
        database, case = self.database, self.case
        places, dialect = database.places, database.dialect
        first, *others = case.sources
        setup = [places.moved(each, dialect, "setup") for each in case.setup]
        sequences = [each for each in setup if each.lstrip().upper().startswith("CREATE SEQUENCE")]
        tables = [table.create(each, dialect, places, constrained=False) for each in case.sources]
        tables.append(table.create(case.target, dialect, places))
        for each in others:
            rows = [tuple(made_up(column, n) for column in each.columns) for n in range(_OTHER_ROWS)]
            types = [type_word(column.type, dialect) for column in each.columns]
            tables.append(table.insert(places.table(each.name), rows, types))
        if self._history:
            called = (*first.name[:-1], first.name[-1] + SEEN)
            tables.append(table.create(first, dialect, places, constrained=False, called=called))
            for column, type_ in (("seen_in", "INTEGER"), ("seen_at", "TIMESTAMP")):
                tables.append(f"ALTER TABLE {self._seen} ADD COLUMN {column} {type_}")
            tables.append(f"CREATE TABLE {self._all_loads} (seen_in INTEGER, seen_at TIMESTAMP)")
        rest = [each for each in setup if each not in sequences]
        schemas = {places.without, *places.schemas.values()}
        for statement in (
            *(f"CREATE SCHEMA IF NOT EXISTS {name(each)}" for each in sorted(schemas)),
            *sequences,
            *tables,
            *rest,
        ):
            try:
                database.run(statement)
            except Failed as error:
                what = f"cannot be set up: {error}"
                raise InputError(
                    Mistake("", 0, " ".join(statement.split())[:80], what, "mend the case's tables or setup")
                ) from None
        kept = {self._target.casefold(), *(places.table(each.name).casefold() for each in case.sources)}
        anew = (".".join(map(name, each)) for each in ((places.without, *each)[-2:] for each in self._reach.anew))
        database.apart.update(
            {each.casefold() for each in (self._source, self._seen, self._all_loads)},
            (each for each in anew if each not in kept),
        )

    def _fetched(self, column: str, *, cast: bool = False) -> str:
        """Give a column as it is fetched: as the target stores it, and an instant as a text."""
        type_ = type_word(self.case.target.column(column).type, self.database.dialect)
        said = f"CAST({name(column)} AS {type_})" if cast else name(column)
        if "TIMESTAMPTZ" in type_ or "WITH TIME ZONE" in type_ or "JSON" in type_:
            said = f"CAST({said} AS {'VARCHAR' if self.database.dialect == 'duckdb' else 'TEXT'})"
        return f"{said} AS {name(column)}"

    def scenario(self, scenario: Scenario) -> ScenarioProof:
        """Play a scenario, and say what it came to."""
        told: dict[str, Any] = {"name": scenario.name, "title": scenario.title}
        if note := scenario.not_claimed(self.source):
            return ScenarioProof(**told, outcome="not claimed", note=note)
        self._loads = 0
        try:
            if scenario.fault:
                self._faults(scenario)
            else:
                self._acts(scenario.acts)
        except Refuted as refuted:
            key, column, expected, found = refuted.differs
            difference = Difference(
                says=f"{scenario.title}: {refuted.says}", scenario=scenario.name, load=refuted.load,
                killed=refuted.killed, key=key, column=column, expected=expected, found=found,
            )  # fmt: skip
            return ScenarioProof(**told, outcome="refuted", loads=self._loads, difference=difference)
        return ScenarioProof(**told, outcome="held", loads=self._loads)

    def _acts(self, acts: tuple[Act, ...]) -> State:
        """Play acts from the beginning, or from where another scenario came by; what was reached is kept."""
        known = next(at for at in range(len(acts), -1, -1) if acts[:at] in self._states or at == 0)
        if known == 0 and () not in self._states:
            self._states[()] = (self.source.first(), self.database.mark())
        state, mark = self._states[acts[:known]]
        self.database.restore(mark)
        self._as_marked = mark
        self._loads += sum(not callable(each) for each in acts[:known])
        for at, act in enumerate(acts[known:], start=known + 1):
            if callable(act):
                state = act(self.source, state)
                continue
            before = self._look() if act == "again" else None
            self._as_marked = None
            self._load(state)
            self._compare(state, state.run)
            if before is not None:
                self._unchanged(before, state)
            state = state.loaded()
            if acts[:at] in _SHARED:
                self._as_marked = self.database.mark()
                self._states[acts[:at]] = (state, self._as_marked)
        return state

    def _fill(self, state: State) -> None:
        """Write the source as it is now."""
        if self._rows == state.rows:
            return
        self.database.run(f"DELETE FROM {self._source}")
        if state.rows:
            self.database.run(table.insert(self._source, state.rows, self._types))
        self._rows = state.rows

    def _statements(self, run: int) -> tuple[str, ...]:
        """Give what is sent in the run of that number."""
        if run not in self._scripts:
            values = {**self._arguments, **arguments_in({"loaded_at": run_at(run)})}
            self._scripts[run] = tuple(bound(each.sql, values) for each in self.operations)
        return self._scripts[run]

    def _load(self, state: State, killed: str = "", look: Callable[[int], None] | None = None) -> None:
        """Run the whole load, or raise what stopped it; `look` is called after each operation with how many were run."""
        self._fill(state)
        self._loads += 1
        session = self.database.session()
        at = 0
        try:
            for at, sql in enumerate(self._statements(state.run)):
                session.run(sql)
                if look is not None:
                    look(at + 1)
        except Failed as error:
            session.kill()
            if not state.rows and self.case.claims.refuses_empty:
                return
            made = self.operations[at]
            says = f"load {state.run} fails at statement {made.number} ({made.what}): {error}"
            raise Refuted(f"{_after(killed)}{says}", state.run, killed) from None
        session.end()

    def _see(self, seen: tuple[tuple[int, tuple[Row, ...]], ...]) -> None:
        """Write what loads found, for an oracle that asks; what is written already stays."""
        same = 0
        for one, other in zip(seen, self._seen_rows, strict=False):
            if one != other:
                break
            same += 1
        if same < len(self._seen_rows):
            where = f" WHERE seen_in > {seen[same - 1][0]}" if same else ""
            for each in (self._seen, self._all_loads):
                self.database.run(f"DELETE FROM {each}{where}")
        new = seen[same:]
        if new and self._lists_loads:
            types = ("INTEGER", "TIMESTAMP")
            self.database.run(table.insert(self._all_loads, [(run, run_at(run)) for run, _ in new], types))
        for run, found in new:
            if found and found == self._rows:
                at = value(run_at(run), "TIMESTAMP")
                self.database.run(f"INSERT INTO {self._seen} SELECT s.*, {run}, {at} FROM {self._source} AS s")
            elif found:
                rows = [(*row, run, run_at(run)) for row in found]
                self.database.run(table.insert(self._seen, rows, (*self._types, "INTEGER", "TIMESTAMP")))
        self._seen_rows = seen

    def _look(self) -> Rows:
        try:
            return self.database.rows(self._found)
        except Failed as error:
            return [(f"the target cannot be read: {error}",)]

    def _must_hold(self, state: State) -> Rows:
        """Give what the target must hold."""
        seen = (*state.seen, (state.run, state.rows)) if self._history else ()
        if (asked := (state.rows, seen)) in self._oracle:
            return self._oracle[asked]
        self._fill(state)
        if self._history:
            self._see(seen)
        try:
            rows = self.database.rows(self._expected)
        except Failed as error:
            what = f"cannot be asked: {error}"
            raise InputError(Mistake("", 0, "oracle", what, "mend the case's oracle")) from None
        self._oracle[asked] = rows
        return rows

    def _differs(self, state: State) -> Differs | None:
        found = self._look()
        if found and len(found[0]) != len(self._columns):
            return Differs({}, "", "a table", str(found[0][0]))
        return first_difference(self._must_hold(state), found, self._columns, self.case.key, state.unclaimed)

    def _compare(self, state: State, load: int, killed: str = "") -> None:
        """Hold the target against what it must hold. Raises `Refuted`."""
        if not state.rows and self.case.claims.refuses_empty:
            return  # whether it was refused or taken, what comes next has to be right
        differs = self._differs(state)
        if differs is not None:
            raise Refuted(f"{_after(killed)}after load {load}, {_told(differs)}", load, killed, differs)

    def _unchanged(self, before: Rows, state: State) -> None:
        """Hold the target against what it was before a load with nothing to do. Raises `Refuted`."""
        differs = first_difference(before, self._look(), self._columns, self.case.key)
        if differs is not None:
            raise Refuted(f"load {state.run} had nothing to do, and {_told(differs)}", state.run, "", differs)

    def _faults(self, scenario: Scenario) -> None:
        """Play a scenario up to its last load, and then that load with a fault at every place.

        Where two faults leave the same behind, the run after them is the same: it is made once.
        """
        before = self._acts(scenario.acts[:-1])
        self._fill(before)
        mark = self.database.mark() if self._as_marked is None else self._as_marked
        if scenario.fault == "interleaved":
            for at, after in enumerate(self._arrivals()):
                if at:
                    self.database.restore(mark)
                self._interleaved(before, after, scenario)
            return
        left_at = self._left_at(before)
        start = left_at[0]
        # The run that was looked at is what a run is that follows a kill before the first statement.
        tried = {start} if scenario.fault == "killed twice" or not scenario.between else set()
        for after, left in left_at.items():
            if left in tried:
                continue  # the run after it was tried; killed at the next place, it is as if killed there first
            tried.add(left)
            self.database.restore(mark)
            self._fill(before)
            where = self._kill(before, after)
            if scenario.fault == "killed twice":
                where = f"{where}, and again {self._kill(before, min(after + 1, len(self.operations)))}"
            state = self._went_on(before, scenario.between)
            self._load(state, where)
            self._compare(state, state.run, where)

    def _left_at(self, state: State) -> Mapping[int, Held]:
        """Run a load that nothing stops and give, by place, what would be left were it killed there. Raises `Refuted`.

        That is what another connection sees then: what was not committed it does not see, nor temporary tables. Only
        statements that may leave something behind are looked at, and none whose transaction is still open.
        """
        start: Held = frozenset(self.database.content().items())
        key = (start, state.rows, state.run)
        if key not in self._left_by:
            found = {0: start}
            left = start

            def look(after: int) -> None:
                nonlocal left
                done = self.operations[after - 1]
                if not done.atomic and self._reach.leaves(after - 1):
                    left = frozenset(self.database.content().items())
                if done.kind != "begin":
                    found[after] = left

            self._load(state, look=look)
            self._compare(state, state.run)
            self._left_by[key] = found
        return self._left_by[key]

    def _arrivals(self) -> list[int]:
        """Give after how many operations rows may arrive so that it makes a difference: before each that may see the source."""
        first = self.case.sources[0].name
        known = tuple(each.casefold() for each in (self.database.places.schema(tuple(first[:-1])), first[-1]))
        sees = self._reach.looks_at((known, known[-1:]))
        return [*(at for at, each in enumerate(sees) if each), len(sees)]

    def _kill(self, state: State, after: int) -> str:
        """Run the first operations of a load, kill it, and say where that was."""
        self._loads += 1
        session = self.database.session()
        try:
            for sql in self._statements(state.run)[:after]:
                session.run(sql)
        except Failed as error:
            raise Refuted(f"load {state.run} fails: {error}", state.run) from None
        finally:
            session.kill()
        return place(self.operations, after)

    def _went_on(self, state: State, between: tuple[Change, ...]) -> State:
        """Give the source as it went on after a load was killed; what only that load saw was seen if it took effect."""
        if not between:
            return state
        took_effect = self._history and self._differs(state) is None
        state = state.loaded() if took_effect else replace(state, run=state.run + 1)
        for change in between:
            state = change(self.source, state)
        return state

    def _interleaved(self, state: State, after: int, scenario: Scenario) -> None:
        """Let rows arrive between two statements of a load; the next load has to find them."""
        self._fill(state)
        self._loads += 1
        session = self.database.session()
        where = place(self.operations, after)
        later = state
        statements = self._statements(state.run)
        try:
            for at in range(len(statements) + 1):
                if at == after:
                    for change in scenario.between:
                        later = change(self.source, later)
                    self._fill(later)
                if at < len(statements):
                    session.run(statements[at])
        except Failed:
            pass  # it noticed, and stopped: the next load does it all
        finally:
            session.kill()
        later = replace(later, run=state.run + 1)
        arrived = f"rows that arrived {where} of load {state.run} are lost: "
        self._load(later)
        differs = self._differs(later)
        if differs is not None:
            raise Refuted(f"{arrived}after load {later.run}, {_told(differs)}", later.run, where, differs)


def _after(killed: str) -> str:
    return f"killed {killed} and run again: " if killed else ""


def _told(differs: Differs) -> str:
    key = ", ".join(f"{column} {value}" for column, value in differs.key.items())
    if not differs.key:
        return differs.found
    if differs.column:
        return f"{differs.column} of {key} is {differs.found} and must be {differs.expected}"
    are = "are" if differs.found.endswith("rows") else "is"
    return f"there {are} {differs.found} of {key} and must be {differs.expected}"
