"""What must hold of time; `rules.py` takes the rules from here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.timings import Timings
from decom_nb.finding import Finding, false, not_known, of_all, true
from decom_nb.phases.patterns.timing.timing_table import timing_table
from decom_nb.rule import rule
from decom_nb.wording import counted, listed

_HOUR, _MINUTE = 3600.0, 60.0


@rule
def late_rows_fit_into_their_window(timings: Timings, pipeline: Sequence[Any]) -> Finding:
    """Pipelines wait for late rows as long as those take.

    `pipeline` are the documents.
    """
    measured = {
        name: each.lateness for name, each in timings.latest.items() if each.lateness and each.lateness.compared
    }
    known = [(each, found) for each in pipeline if (found := _measured_of(each, measured))]
    if not known:
        return not_known("No table whose lateness was measured is one that a pipeline document reads or writes.")
    rows = []
    for each, (table, lateness) in known:
        window = _window(each)
        asked = lateness.proposed_seconds
        if asked is None or window is None or window < asked:
            late = next((step.late for step in lateness.windows if step.seconds >= (window or 0.0)), None)
            rows.append(
                {
                    "pipeline": each.pipeline or each.instance,
                    "table": table,
                    "window": said(window) if window is not None else "none is said",
                    "asks for": said(asked) if asked is not None else "more than any window tried",
                    "late rows": late,
                    "of": lateness.compared,
                }
            )
    if not rows:
        return true(f"{counted(len(known), 'pipeline')}, and each waits long enough for what comes late.")
    message = f"{len(rows)} of {counted(len(known), 'pipeline')} wait less than their rows take."
    return false(message, met=1 - len(rows) / len(known), rows=rows)


def _measured_of(pipeline: Any, measured: Mapping[str, Any]) -> tuple[str, Any] | None:
    """Give the measured table that a pipeline writes or else reads, by its name or by the last part of it."""
    by_last = {name.rpartition(".")[2].lower(): name for name in measured}
    for told in (pipeline.load.target_table, pipeline.extract.source_table):
        if told and (name := by_last.get(told.rpartition(".")[2].lower())):
            return name, measured[name]
    return None


def _window(pipeline: Any) -> float | None:
    """Give the longest of what a pipeline says it still takes in, in seconds; ``None`` where it says nothing."""
    hours, minutes = pipeline.load.late_window_hours, pipeline.extract.lookback_minutes
    told = [value * unit for value, unit in ((hours, _HOUR), (minutes, _MINUTE)) if value is not None]
    return max(told, default=None)


def said(seconds: float) -> str:
    """Give a stretch of time in words.

    >>> said(300), said(86400), said(5400), said(604800)
    ('5 minutes', '1 day', '90 minutes', '7 days')
    """
    for unit, size in (("day", 24 * _HOUR), ("hour", _HOUR), ("minute", _MINUTE)):
        if seconds >= size and seconds % size == 0:
            return counted(round(seconds / size), unit)
    return counted(round(seconds), "second")


@rule
def timestamps_carry_their_zone(dbt: Dbt) -> Finding:
    """Columns that hold moments are of a type that carries a zone."""
    table = timing_table()
    adapters = {each.project: each.adapter.lower() for each in dbt.manifests}
    silent = sorted({adapter for adapter in adapters.values() if adapter not in table.naive_types})
    found = list(_moments(dbt, adapters))
    if not found:
        if silent and dbt.catalog:
            return not_known(f"Which types of {listed(silent)} carry a zone is not in the table.")
        return not_known("No catalog of dbt tells the types of columns.")
    rows = [row for naive, row in found if naive]
    if not rows:
        return true(f"{counted(len(found), 'timestamp')}, and each carries its zone.")
    types = listed(sorted({row["type"] for row in rows}))
    message = f"{len(rows)} of {counted(len(found), 'timestamp')} carry no zone: {types}."
    return false(message, met=1 - len(rows) / len(found), rows=rows)


def _moments(dbt: Dbt, adapters: Mapping[str, str]) -> Iterator[tuple[bool, dict[str, Any]]]:
    """Give the columns of the catalog that hold moments, and whether without a zone."""
    table = timing_table()
    for each in dbt.catalog:
        adapter = adapters.get(each.project, "")
        naive, zoned = (types.get(adapter, ()) for types in (table.naive_types, table.zoned_types))
        for column, type_ in each.columns:
            plain = _without_precision(type_)
            if plain in naive or plain in zoned:
                yield plain in naive, {"table": each.unique_id.rpartition(".")[2], "column": column, "type": plain}


def _without_precision(type_: str) -> str:
    """Give a type without the digits in its middle.

    >>> _without_precision("TIMESTAMP(6) WITHOUT TIME ZONE")
    'timestamp without time zone'
    """
    head, _, rest = type_.lower().partition("(")
    return f"{head.strip()} {rest.partition(')')[2].strip()}".strip()


@rule
def columns_without_zone_are_in_utc(timings: Timings) -> Finding:
    """No column without a zone is written by a clock that is put forward and back."""
    looked = [(table, clock) for table, each in timings.latest.items() for clock in each.clocks]
    if not looked:
        return not_known("Nobody held a column without zone against the changes of a zone's clocks.")
    open_ = [clock for _, clock in looked if clock.verdict == "not known"]
    if len(open_) == len(looked):
        return not_known(open_[0].says)
    rows = [
        {"table": table, "column": clock.column, "zone": clock.zone, "what": clock.says}
        for table, clock in looked
        if clock.verdict == "local"
    ]
    columns = f"{counted(len(looked), 'column')} without zone"
    silence = f" Of {counted(len(open_), 'column')} it cannot be told: {open_[0].says}" if open_ else ""
    zones = listed(sorted({clock.zone for _, clock in looked if clock.verdict != "not known"}))
    message = f"{columns}, and none follows the clock of {zones}."
    if rows:
        message = f"{len(rows)} of {columns} are written by a local clock."
    elif open_:
        message = f"{len(looked) - len(open_)} of {columns} do not follow the clock of {zones}."
    return of_all(len(looked), len(rows), f"{message}{silence}", unknown=len(open_), rows=rows)
