"""The source that a load reads, as it changes in a proof: rows come late, twice, change, go. Pure: rows in, rows out.

`scenario.py` puts these changes in order, `prove.py` writes the rows to a database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from decom_nb.proof.case import LoadCase
from decom_nb.proof.sample import Row, as_type, earlier, is_time, made_up, pools, run_at

FIRST_ROWS = 8
"""How many rows there are before the first load: enough that some are left alone by all changes."""
_JUST_BEFORE = timedelta(seconds=1)
"""How much older the newest row is than the load that reads it: no lookback is eaten up by the wait."""
_CHANGES = 200
"""More than any scenario makes."""
_LONG_AGO = timedelta(days=40)
_FAR_BELOW = 100


@dataclass(frozen=True)
class State:
    """The source at one moment."""

    rows: tuple[Row, ...]
    run: int = 1
    """The number of the next load, from 1."""
    made: int = FIRST_ROWS
    """How many values were made up so far: the next one is new."""
    unclaimed: frozenset[tuple[str, ...]] = frozenset()
    """Keys, as texts, of which the load claims nothing: they are left out of the comparison."""
    gone: tuple[Row, ...] = ()
    """Rows that were deleted, the latest last."""
    seen: tuple[tuple[int, tuple[Row, ...]], ...] = ()
    """What complete loads found in the source, with their numbers, for an oracle that asks."""

    def loaded(self) -> State:
        """Give the source after a complete load: the same rows, and one more load that saw them."""
        return replace(self, run=self.run + 1, seen=(*self.seen, (self.run, self.rows)))


def _ticks(n: int) -> timedelta:
    """Give how long before a load the n-th change of a proof is written: later ones later."""
    return timedelta(seconds=max(_CHANGES - n, 0))


Change = Callable[["Source", State], State]
"""What happens to a source between two loads."""


class Source:
    """The first source of a case: which columns play which part, and how its rows are made."""

    def __init__(self, case: LoadCase, sample: Sequence[Mapping[str, Any]] = ()) -> None:
        self.case = case
        self.table = case.sources[0]
        self.names = tuple(each.name for each in self.table.columns)
        self.keys = tuple(self.names.index(each) for each in case.keys_in_source)
        self.version = self.names.index(case.version) if case.version else None
        self.event = self.names.index(case.event) if case.event else None
        self.grows = self.event if self.version is None else self.version
        """The column by which a load knows what is new, if there is one."""
        self.pools = pools(self.table.columns, case.values, sample)
        roles = {*self.keys, self.version, self.event}
        self.free = tuple(at for at in range(len(self.names)) if at not in roles)
        """Columns that are neither key nor time."""
        self.may_miss = tuple(
            at for at in self.free if self.table.columns[at].nullable and not case.values.get(self.names[at])
        )
        """Those of them that may be NULL."""

    def key(self, row: Row) -> tuple[str, ...]:
        """Give a row's key, as texts."""
        return tuple(str(row[at]) for at in self.keys)

    def first(self) -> State:
        """Give the source before the first load: its newest two rows are equally old."""
        rows = []
        for n in range(1, FIRST_ROWS + 1):
            behind = max(FIRST_ROWS - 1 - n, 0)
            rows.append(self._row(n, self._time(1, behind * timedelta(hours=9)), behind))
        return State(tuple(rows))

    def _row(self, n: int, at: datetime, count_behind: int = 0, run: int = 1) -> Row:
        """Make the n-th row, written at an instant."""
        row = [self.pools[name].value(n) for name in self.names]
        for place, column in enumerate(self.keys):
            last = place == len(self.keys) - 1
            row[column] = self._key_value(column, n if last else (n + 1) // 2)
        for time in (self.version, self.event):
            if time is not None:
                row[time] = self._grown(time, at, run, n - count_behind)
        return tuple(row)

    def _key_value(self, column: int, n: int) -> Any:
        """Give the n-th value of a key's column: those of a sample first, then made-up ones, which never come again."""
        pool = self.pools[self.names[column]]
        return pool.values[n - 1] if n <= len(pool.values) else made_up(pool.column, n + 1000 * bool(pool.values))

    def _grown(self, column: int, at: datetime, run: int, n: int) -> Any:
        type_ = self.table.columns[column].type
        return as_type(at, type_) if is_time(type_) else run * 1000 + n

    def _time(self, run: int, before: timedelta = timedelta()) -> datetime:
        return run_at(run) - _JUST_BEFORE - before

    def new_row(self, state: State) -> tuple[Row, State]:
        """Make a row that was written just before the next load."""
        n = state.made + 1
        row = self._row(n, self._time(state.run, _ticks(n)), run=state.run)
        return row, replace(state, made=n)

    def changed_row(self, old: Row, state: State, only: tuple[int, ...] | None = None) -> tuple[Row, State]:
        """Make the next version of a row: other values, written just before the next load; its event stays when it was.

        With `only`, no other columns change, but the version.
        """
        n = state.made + 1
        row = list(old)
        free = self.free if only is None else only
        # Values of one number belong together, as those of a sample's row do.
        fits = (n + more for more in range(8) if any(self._value(at, n + more) != old[at] for at in free))
        chosen = next(fits, n)
        for at in free:
            row[at] = self._value(at, chosen)
        if self.version is not None:
            row[self.version] = self._grown(self.version, self._time(state.run, _ticks(n)), state.run, n)
        return tuple(row), replace(state, made=n)

    def without_values(self, row: Row) -> Row:
        """Give a row with NULL wherever its column allows it, other than in its key and times."""
        return tuple(None if at in self.may_miss else each for at, each in enumerate(row))

    def _value(self, at: int, n: int) -> Any:
        return self.pools[self.names[at]].value(n)

    def newest(self, state: State) -> Any:
        """Give the newest version in the source."""
        return max(row[self.grows] for row in state.rows) if self.grows is not None else None

    def as_old_as(self, row: Row, grown: Any) -> Row:
        """Give a row that was written when `grown` says, and happened no later."""
        new = list(row)
        if self.grows is not None:
            new[self.grows] = grown
        if self.event is not None and self.event != self.grows:
            new[self.event] = self._event_of(grown, row[self.event])
        return tuple(new)

    def _event_of(self, version: Any, event: Any) -> Any:
        """Give when it happened, for a row with that version: not after it was written."""
        if isinstance(version, datetime) and isinstance(event, datetime):
            return min(event, version.replace(tzinfo=event.tzinfo))
        if isinstance(version, datetime) and isinstance(event, date):
            return min(event, version.date())
        return event

    def within_lookback(self, state: State) -> Any:
        """Give a version that is older than the newest, and not too old for the load; None if none is."""
        lookback = self.case.claims.lookback
        newest = self.newest(state)
        by: timedelta | int
        if lookback is None:
            by = _LONG_AGO if isinstance(newest, date | str) else _FAR_BELOW
        elif isinstance(lookback, timedelta):
            by = lookback / 2
            if isinstance(newest, date) and not isinstance(newest, datetime):
                by = timedelta(days=(lookback.days + 1) // 2)
        else:
            by = (lookback + 1) // 2
        old = earlier(newest, by)
        return old if old < newest else None

    def beyond_lookback(self, state: State) -> Any:
        """Give a version that is older than the load looks back."""
        lookback = self.case.claims.lookback or 0
        newest = self.newest(state)
        more: timedelta | int = _LONG_AGO if isinstance(lookback, timedelta) else _FAR_BELOW
        return earlier(earlier(newest, lookback), more)


def inserted(source: Source, state: State) -> State:
    """Add two new rows, the second one with nothing where nothing may be."""
    one, state = source.new_row(state)
    two, state = source.new_row(state)
    return replace(state, rows=(*state.rows, one, source.without_values(two)))


def late(source: Source, state: State) -> State:
    """Add a row that is older than what was loaded, within what the load claims to look back."""
    row, state = source.new_row(state)
    old = source.within_lookback(state)
    return replace(state, rows=(*state.rows, source.as_old_as(row, old))) if old is not None else state


def too_late(source: Source, state: State) -> State:
    """Add a row that is older than the load looks back: it may be taken or left."""
    row, state = source.new_row(state)
    row = source.as_old_as(row, source.beyond_lookback(state))
    return replace(state, rows=(*state.rows, row), unclaimed=state.unclaimed | {source.key(row)})


def late_event(source: Source, state: State) -> State:
    """Add a row, just written, of something that happened days ago."""
    row, state = source.new_row(state)
    happened = row[source.event] if source.event is not None else None
    old = earlier(happened, timedelta(days=3) if isinstance(happened, date | str) else 3)
    return replace(state, rows=(*state.rows, tuple(old if at == source.event else v for at, v in enumerate(row))))


def same_instant(source: Source, state: State) -> State:
    """Add a row with the version of the newest one that was loaded: both were written in one tick."""
    row, state = source.new_row(state)
    return replace(state, rows=(*state.rows, source.as_old_as(row, source.newest(state))))


def doubled(source: Source, state: State) -> State:
    """Add a new row twice, and one that was there once more."""
    row, state = source.new_row(state)
    return replace(state, rows=(*state.rows, row, row, state.rows[1]))


def newer_beside(source: Source, state: State) -> State:
    """Add a row, and behind it a newer version of it; the same of one that was there."""
    old, state = source.new_row(state)
    new, state = source.changed_row(old, state)
    again, state = source.changed_row(state.rows[2], state)
    return replace(state, rows=(*state.rows, old, new, again))


def older_beside(source: Source, state: State) -> State:
    """Add a row in two versions, the newer one first; the same of one that was there."""
    old, state = source.new_row(state)
    new, state = source.changed_row(old, state)
    again, state = source.changed_row(state.rows[2], state)
    return replace(state, rows=(again, *state.rows, new, old))


def several_changes(source: Source, state: State) -> State:
    """Add three versions of a key that was there, and three of a new one; one that was there changes and changes back."""
    new, state = source.new_row(state)
    rows = [new]
    for old in (state.rows[0], new):
        for _ in range(2):
            old, state = source.changed_row(old, state)
            rows.append(old)
    was = state.rows[1]
    other, state = source.changed_row(was, state)
    later, state = source.changed_row(other, state)
    back = tuple(later[at] if at == source.version else each for at, each in enumerate(was))
    return replace(state, rows=(*state.rows, *rows, other, back))


def late_changes(source: Source, state: State) -> State:
    """Add versions that are older than what was loaded: one between two of a key, one before all of another."""
    if source.version is None:
        return state
    newest, oldest = state.rows[0], state.rows[1]
    rows = []
    for old in (newest, oldest):
        row, state = source.changed_row(old, state)
        by: timedelta | int = timedelta(days=1) if is_time(source.table.columns[source.version].type) else 1
        at = earlier(old[source.version], by)
        rows.append(tuple(at if column == source.version else each for column, each in enumerate(row)))
    return replace(state, rows=(*state.rows, *rows))


def tied_changes(source: Source, state: State) -> State:
    """Add two versions of a key that was there, of one instant and with other values; of a new key as well."""
    new, state = source.new_row(state)
    rows = [new]
    for old in (state.rows[0], new):
        one, state = source.changed_row(old, state)
        two, state = source.changed_row(one, state)
        rows += [one, tuple(one[at] if at == source.version else each for at, each in enumerate(two))]
    return replace(state, rows=(*state.rows, *rows))


def updated(source: Source, state: State) -> State:
    """Change the first row and the last one in all their columns, and some in one column each; others stay as they are."""
    keys = list(dict.fromkeys(source.key(row) for row in state.rows))
    parts: dict[tuple[str, ...], tuple[int, ...] | None] = dict.fromkeys((keys[0], keys[-1]))
    parts.update(zip(keys[2:-2], _shared_out(source.free, len(keys[2:-2])), strict=False))
    for key, only in parts.items():
        state = _changed(source, state, key, only)
    return state


def _shared_out(columns: tuple[int, ...], among: int) -> list[tuple[int, ...]]:
    """Deal columns out among so many rows, so that a load which forgets one of them is found out by a row."""
    return [columns[at::among] for at in range(min(among, len(columns)))]


def emptied_values(source: Source, state: State) -> State:
    """Take values away from some rows, of each those of other columns: nothing else of them changes but the version."""
    for key, part in _values_that_may_miss(source, state):
        state = _changed(source, state, key, part, missing=True)
    return state


def filled_values(source: Source, state: State) -> State:
    """Give the same rows values again, and change nothing else of them but the version."""
    for key, part in _values_that_may_miss(source, state):
        state = _changed(source, state, key, part)
    return state


def _values_that_may_miss(source: Source, state: State) -> list[tuple[tuple[str, ...], tuple[int, ...]]]:
    rows = state.rows[:-2]
    return [(source.key(row), part) for row, part in zip(rows, _shared_out(source.may_miss, len(rows)), strict=False)]


def _changed(
    source: Source, state: State, key: tuple[str, ...], only: tuple[int, ...] | None, *, missing: bool = False
) -> State:
    """Change the row of a key, of which the source holds one version then; in some of its columns only, if those are said."""
    of_key = [row for row in state.rows if source.key(row) == key]
    new, state = source.changed_row(of_key[-1], state, only)
    if missing:
        new = tuple(None if only and at in only else each for at, each in enumerate(new))
    at = state.rows.index(of_key[0])
    rest = tuple(row for row in state.rows[at:] if source.key(row) != key)
    before = tuple(row for row in state.rows[:at] if source.key(row) != key)
    return replace(state, rows=(*before, new, *rest))


def deleted(source: Source, state: State) -> State:
    """Take away an old row and the newest one."""
    gone = (state.rows[0], state.rows[-1])
    return _without(source, state, gone)


def returned(source: Source, state: State) -> State:
    """Put the row that was deleted first back, with other values."""
    row, state = source.changed_row(state.gone[0], state)
    return replace(state, rows=(*state.rows, row), unclaimed=state.unclaimed - {source.key(row)})


def emptied(source: Source, state: State) -> State:
    """Take all rows away."""
    return _without(source, state, state.rows)


def filled(source: Source, state: State) -> State:
    """Add several rows."""
    return inserted(source, inserted(source, state))


def updated_then_deleted(source: Source, state: State) -> State:
    """Change two rows, and take one of them away before a load sees it."""
    state = updated(source, state)
    return _without(source, state, state.rows[:1])


def everything(source: Source, state: State) -> State:
    """Do all that the load claims at once: a late row, new ones, changed ones, copies, and one that is gone."""
    claims = source.case.claims
    if source.grows is not None:
        state = late(source, state)
    state = inserted(source, state)
    if claims.updates:
        state = updated(source, state)
    if claims.deletes != "ignored":
        state = _without(source, state, state.rows[1:2])
    return doubled(source, state) if claims.duplicates else state


def more(source: Source, state: State) -> State:
    """Add rows, and change some if the load claims to take those over."""
    state = inserted(source, state)
    return updated(source, state) if source.case.claims.updates else state


def _without(source: Source, state: State, gone: Sequence[Row]) -> State:
    """Take rows away, all versions of their keys; if the load ignores deletes, nothing is said of those keys any more."""
    keys = {source.key(row) for row in gone}
    left = tuple(row for row in state.rows if source.key(row) not in keys)
    ignored = frozenset(keys) if source.case.claims.deletes == "ignored" else frozenset()
    return replace(state, rows=left, gone=(*state.gone, *gone), unclaimed=state.unclaimed | ignored)
