"""Looks at the times in a table: how late its rows are, and by which clock a column is written. All rows, in DuckDB.

with Tables(sources, root) as tables:
    timing = look(tables, "orders", event="ordered_at", arrived="loaded_at", zone="Europe/Berlin")
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from decom_nb.errors import InputError, Mistake
from decom_nb.evidence.timings import Clock, ClockChange, Lateness, Timing, Window
from decom_nb.phases.patterns.timing.clock_change import Change, changes
from decom_nb.phases.patterns.timing.timing_table import timing_table
from decom_nb.sql.column_type import family
from decom_nb.sql.text import name as quoted
from decom_nb.sql.text import string
from decom_nb.suggest import instead
from decom_nb.wording import counted

if TYPE_CHECKING:
    from decom_nb.evidence.tables import Table, Tables

_ZONED = "TIMESTAMP WITH TIME ZONE"


def look(
    tables: Tables, name: str, *, event: str = "", arrived: str = "", zone: str = "", now: datetime | None = None
) -> Timing:
    """Measure the times of one table; `InputError` for a column that is none, or no moment, and for a zone that is none.

    Lateness needs `event` and `arrived`; the clock is held against `zone` for each of the two that has none of its own.
    """
    table = tables.open(name)
    mistakes = [each for each in (_column(table, event, "--event"), _column(table, arrived, "--arrived")) if each]
    wall: ZoneInfo | None = None
    try:
        wall = ZoneInfo(zone) if zone else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        mistakes.append(Mistake("", 0, "--zone", f"there is no time zone {zone}", "write one such as Europe/Berlin"))
    if not event:
        mistakes.append(Mistake("", 0, "--event", "no column is named", "name the column that says when it happened"))
    elif not arrived and not zone:
        what, hint = "there is nothing to hold it against", "name --arrived for lateness, --zone for the clock, or both"
        mistakes.append(Mistake("", 0, "--event", what, hint))
    if mistakes:
        raise InputError(mistakes)
    (rows,) = tables.connection.execute(f"SELECT count(*) FROM {table.source}").fetchone() or (0,)  # noqa: S608 - quoted
    naive = [each for each in (event, arrived) if each and table.types[each] != _ZONED]
    clocks = tuple(_clock(tables, table, each, wall) for each in naive) if wall else ()
    local = {each.column: each.zone for each in clocks if each.verdict == "local"}
    return Timing(
        taken_at=now or datetime.now(UTC),
        table=name,
        rows=rows,
        lateness=_lateness(tables, table, event, arrived, local) if arrived else None,
        clocks=clocks,
    )


def _column(table: Table, column: str, option: str) -> Mistake | None:
    if not column:
        return None
    if column not in table.types:
        return Mistake("", 0, option, f"{table.name} has no column {column}", instead(column, table.types))
    if family(table.types[column]) != "moment":
        fitting = [name for name, type_ in table.types.items() if family(type_) == "moment"]
        what = f"{column} is {table.types[column]}, and no moment"
        return Mistake("", 0, option, what, f"moments here: {', '.join(fitting) or 'none'}")
    return None


def _lateness(tables: Tables, table: Table, event: str, arrived: str, local: Mapping[str, str]) -> Lateness:
    told = timing_table()
    delay = f"epoch({_instant(table, arrived, local)}) - epoch({_instant(table, event, local)})"
    shares = ", ".join(f"{share!r}" for share in told.quantiles.shares)
    late = ", ".join(f"count(*) FILTER (WHERE delay > {window!r})" for window in told.windows.seconds)
    sql = (
        f"SELECT count(*), count(*) FILTER (WHERE delay < 0), quantile_disc(delay, [{shares}]), {late} "  # noqa: S608 - quoted
        f"FROM (SELECT {delay} AS delay FROM {table.source}) WHERE delay IS NOT NULL"
    )
    compared, early, quantiles, *counts = tables.connection.execute(sql).fetchone() or (0, 0, None)
    windows = tuple(Window(seconds=each, late=n) for each, n in zip(told.windows.seconds, counts, strict=True))
    keeping = (each.seconds for each in windows if compared and each.late <= (1 - told.share.value) * compared)
    return Lateness(
        event=event,
        arrived=arrived,
        compared=compared,
        early=early,
        quantiles={f"{share:g}": value for share, value in zip(told.quantiles.shares, quantiles or (), strict=False)},
        windows=windows,
        proposed_seconds=next(keeping, None),
    )


def _instant(table: Table, column: str, local: Mapping[str, str]) -> str:
    """Give a column as an instant: by the zone that it was seen to be written in, else by UTC."""
    if table.types[column] == _ZONED:
        return quoted(column)
    return f"(CAST({quoted(column)} AS TIMESTAMP) AT TIME ZONE {string(local.get(column, 'UTC'))})"


def _clock(tables: Tables, table: Table, column: str, zone: ZoneInfo) -> Clock:
    """Hold a column without a zone against the changes of a zone's clocks.

    By the clock on the wall nothing happens in an hour that is skipped; who writes UTC, or another zone, does not know of it.
    """
    told = timing_table()
    known: dict[str, Any] = {"column": column, "type": table.types[column], "zone": zone.key}
    at = f"CAST({quoted(column)} AS TIMESTAMP)"
    sql = f"SELECT min({at}), max({at}) FROM {table.source} WHERE isfinite({at})"  # noqa: S608 - quoted
    first, last = tables.connection.execute(sql).fetchone() or (None, None)
    if first is None:
        return Clock(**known, changes=(), verdict="not known", says=f"{column} holds no moment.")
    found = tuple(
        _change(tables, table, at, each, int(told.usual_days.value))
        for each in changes(zone, first.date(), last.date())
    )
    busy = [each for each in found if each.usual >= told.usual_rows.value]
    skipped = [each for each in busy if each.kind == "skipped"]
    repeated = [each for each in busy if each.kind == "repeated"]
    told_of = f"{column} {{}} in {{}} that {zone.key} {{}}: it is {{}}written by its clock."
    if inside := [each for each in skipped if each.rows]:
        says = told_of.format(f"has {inside[0].rows:,} rows", f"the hour of {inside[0].day}", "skips", "not ")
        return Clock(**known, changes=found, verdict="not local", says=says)
    if skipped:
        says = told_of.format("is empty", counted(len(skipped), "hour"), "skips, and busy on the days around", "")
        return Clock(**known, changes=found, verdict="local", says=says)
    doubled = [each for each in repeated if each.rows >= told.repeated_share.value * each.usual]
    if repeated and len(doubled) in (0, len(repeated)):
        holds = "holds about twice the usual" if doubled else "holds the usual"
        says = told_of.format(holds, counted(len(repeated), "hour"), "repeats", "" if doubled else "not ")
        return Clock(**known, changes=found, verdict="local" if doubled else "not local", says=says)
    says = f"No change of {zone.key} falls into an hour in which {column} is busy enough to tell."
    return Clock(**known, changes=found, verdict="not known", says=says)


def _change(tables: Tables, table: Table, at: str, change: Change, days: int) -> ClockChange:
    """Count the rows of the hour that changes, and of the same hour on the days around."""
    sql = f"""
        SELECT
            (SELECT count(*) FROM {table.source} WHERE {at} >= $begins AND {at} < $ends),
            (SELECT coalesce(median(n), 0) FROM (
                SELECT d.shift, count(t.at) AS n
                FROM (SELECT unnest(range(-$days, $days + 1)) AS shift) AS d
                LEFT JOIN (SELECT {at} AS at FROM {table.source}
                    WHERE {at} >= $begins - to_days($days) AND {at} < $ends + to_days($days)) AS t
                ON t.at >= $begins + to_days(CAST(d.shift AS INTEGER)) AND t.at < $ends + to_days(CAST(d.shift AS INTEGER))
                WHERE d.shift <> 0 GROUP BY d.shift
            ))
    """  # noqa: S608 - quoted
    given = {"begins": change.begins, "ends": change.ends, "days": days}
    rows, usual = tables.connection.execute(sql, given).fetchone() or (0, 0)
    return ClockChange(day=change.begins.date().isoformat(), kind=change.kind, rows=rows, usual=float(usual))
