"""A backfill's plan: the nine steps of the protocol, each with what is known and what is still to be settled.

The most recent part comes first, as the methodology asks, unless rows rest on earlier rows: then that order is refused, the
reason is told, and the oldest comes first.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from decom_nb.errors import InputError, Mistake
from decom_nb.evidence.dbt import Dbt, Model
from decom_nb.history import History
from decom_nb.phases.testing import backfill_part
from decom_nb.phases.testing.backfill_document import Backfill, BackfilledTable
from decom_nb.phases.testing.backfill_impact import Impact, impact, models_named
from decom_nb.phases.testing.backfill_part import Part
from decom_nb.phases.testing.backfill_sql import TableSql, table_sql
from decom_nb.phases.testing.backfill_state import state_of_model, state_of_request, state_of_sql
from decom_nb.phases.testing.backfill_table import backfill_table
from decom_nb.sql.dialect import DIALECTS
from decom_nb.wording import listed

Order = Literal["most recent first", "oldest first"]
Row = dict[str, Any]

SHOWN = 50
"""How many touched things and parts a row of the audit holds."""


@dataclass(frozen=True)
class Plan:
    """Everything that a run needs; `parts` come in the order in which they are processed."""

    name: str
    backfill: Backfill
    parts: tuple[Part, ...]
    order: Order
    refused: tuple[str, ...]
    """Why the most recent part cannot come first; empty if it does."""
    tables: tuple[TableSql, ...]
    columns: tuple[tuple[str, ...], ...]
    """The columns of each table, in its order, where a catalog tells them."""
    row_bytes: tuple[float | None, ...]
    """How many bytes a row of each table has, where a catalog tells."""
    impact: Impact
    dialect: str
    built_whole: tuple[str, ...] = ()
    """Tables that dbt makes anew as a whole each time, so that a backfill lasts until its next run."""

    @cached_property
    def tasks(self) -> tuple[tuple[Part, TableSql], ...]:
        """Part by part, within each the tables in the order of the request."""
        return tuple((part, table) for part in self.parts for table in self.tables)

    @property
    def oldest(self) -> Part:
        """The part that lies furthest back."""
        return min(self.parts, key=lambda part: part.first)

    @property
    def newest(self) -> Part:
        """The part that lies nearest."""
        return max(self.parts, key=lambda part: part.first)

    @cached_property
    def digest(self) -> str:
        """Tell plans apart that would not do the same: a run that was begun by one is not gone on with by another."""
        told: list[Any] = [self.order, [each.name for each in self.parts], self.backfill.time_zone]
        told += [dataclasses.astuple(each) for each in self.tables]
        return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:16]

    @cached_property
    def to_settle(self) -> tuple[str, ...]:
        """What the protocol asks for and the request does not tell yet, in sentences."""
        asked = self.backfill
        open_: list[str] = []
        if not asked.reason:
            open_.append("Say why: the reason is empty.")
        if not asked.requester:
            open_.append("Say who asks for it.")
        if not asked.consumers and self.impact.touched:
            open_.append("Name the consumers who are told; the impact lists what they read.")
        if not asked.isolation.compute:
            open_.append("Name the compute of its own in which it runs.")
        for table in asked.tables:
            if not table.query:
                open_.append(f"{table.table}: give the query that makes its rows anew; without it nothing can be run.")
            if not table.key:
                open_.append(f"{table.table}: give its key; without it duplicates cannot be seen.")
            if not table.metrics:
                open_.append(f"{table.table}: give key metrics; only its rows are compared before and after.")
            if not table.source_query:
                open_.append(f"{table.table}: give the source's query; without it there is no reconciliation.")
        open_ += [
            f"{each} is made anew as a whole by every run of dbt, which overwrites a backfill: mend the model, and build it once."
            for each in self.built_whole
        ]
        if asked.limits.max_gb_per_part and None in self.row_bytes:
            open_.append("No catalog tells how large a row is: the limit by size cannot be watched.")
        if self.impact.unknown:
            open_.append(f"No lineage knows {listed(self.impact.unknown)}: ask who reads it.")
        if self.refused:
            open_.append(
                "Rows after the last day rest on these: let the range reach to the newest day, or rebuild what follows."
            )
        if not asked.approval.by:
            open_.append("Have it approved: it is not run before that.")
        return tuple(open_)

    def row(self) -> Row:
        """Give the plan as data."""
        return {
            "name": self.name,
            "plan": self.digest,
            "reason": self.backfill.reason,
            "requester": self.backfill.requester,
            "status": self.backfill.status,
            "tables": [each.table for each in self.tables],
            "first_day": str(self.backfill.first_day),
            "last_day": str(self.backfill.last_day),
            "time_zone": self.backfill.time_zone,
            "chunk": self.backfill.chunk,
            "parts_total": len(self.parts),
            "parts": [
                {
                    "part": each.name,
                    "from_utc": each.starts_at.isoformat(),
                    "until_utc": each.ends_at.isoformat(),
                    "hours": each.hours,
                    "whole": each.whole,
                }
                for each in self.parts[:SHOWN]
            ],
            "order": self.order,
            "most_recent_first_refused": list(self.refused),
            "impact": [
                {
                    "kind": each.kind,
                    "name": each.name,
                    "owner": each.owner,
                    "distance": each.distance,
                    "through": each.through,
                    "materialized": each.materialized,
                    "rests_on_earlier_rows": each.state,
                }
                for each in self.impact.touched[:SHOWN]
            ],
            "impact_total": len(self.impact.touched),
            "owners": list(self.impact.owners),
            "rebuild": list(self.impact.rebuild[:SHOWN]),
            "approved_by": self.backfill.approval.by,
            "to_settle": list(self.to_settle),
            "dialect": self.dialect,
        }


def planned(backfill: Backfill, dbt: Dbt, history: History | None, dialect: str = "") -> Plan:
    """Plan a backfill; raises `InputError` with everything in the request that does not let itself be planned."""
    name = backfill.instance or "backfill"
    place = f"documents/backfill/{name}.yaml"
    mistakes = list(_missing(backfill, place))
    if mistakes:
        raise InputError(mistakes)
    first, last = backfill.first_day, backfill.last_day
    if first is None or last is None:  # which `_missing` has told
        raise InputError(Mistake(place, 0, "first_day", "is missing", "give both days"))
    tables = []
    for each in backfill.tables:
        try:
            tables.append(table_sql(each, backfill.isolation.staging_schema))
        except InputError as error:
            mistakes += [Mistake(place, 0, one.key, one.what, one.instead) for one in error.mistakes]
    found = impact([each.table for each in backfill.tables], dbt, history)
    refused = (
        *_states(backfill.tables, dbt),
        *(f"{each.name}, downstream: {each.state}" for each in found.touched if each.state),
    )
    if refused and backfill.order == "most recent first":
        what = f"the most recent part cannot come first: {'; '.join(refused)}"
        mistakes.append(Mistake(place, 0, "order", what, "write auto or oldest first"))
    if mistakes:
        raise InputError(mistakes)
    order: Order = "oldest first" if refused or backfill.order == "oldest first" else "most recent first"
    made = backfill_part.parts(first, last, backfill.chunk, backfill.time_zone)
    return Plan(
        name=name,
        backfill=backfill,
        parts=made if order == "oldest first" else made[::-1],
        order=order,
        refused=refused,
        tables=tuple(tables),
        columns=tuple(_columns(each.table, dbt) for each in backfill.tables),
        row_bytes=tuple(_row_bytes(each.table, dbt) for each in backfill.tables),
        impact=found,
        dialect=dialect or dialect_of(dbt),
        built_whole=tuple(each.table for each in backfill.tables if _built_whole(each.table, dbt)),
    )


def dialect_of(dbt: Dbt) -> str:
    """Give the engine that the dbt projects run on, DuckDB where they do not tell."""
    adapters = [each.adapter for each in dbt.current if each.adapter in DIALECTS]
    return adapters[0] if adapters else "duckdb"


def _missing(backfill: Backfill, place: str) -> Sequence[Mistake]:
    found = []
    if not backfill.tables:
        found.append(Mistake(place, 0, "tables", "names no table", "list the tables that are processed again"))
    found += [
        Mistake(place, 0, key, "is missing", "give the range as two dates, both of them included")
        for key in ("first_day", "last_day")
        if getattr(backfill, key) is None
    ]
    most = int(backfill_table().most_parts.value)
    if backfill.first_day and backfill.last_day:
        number = backfill_part.count(backfill.first_day, backfill.last_day, backfill.chunk)
        if number > most:
            what = f"would make about {number:,} parts, and {most:,} are the most"
            found.append(Mistake(place, 0, "chunk", what, "choose larger parts, such as month"))
    names = [each.table for each in backfill.tables]
    found += [
        Mistake(place, 0, "tables", f"{each} stands there twice", "list each table once")
        for each in sorted({name for name in names if names.count(name) > 1})
    ]
    return found


def _states(tables: Sequence[BackfilledTable], dbt: Dbt) -> list[str]:
    """Say of each table why its rows rest on earlier rows, if they do: by the request's word, else by dbt and by the query."""
    found = []
    for each in tables:
        if each.stateful == "no":
            continue
        by_dbt = (state_of_model(model) for model in models_named(dbt, each.table) if isinstance(model, Model))
        reasons = (state_of_request(each.stateful), *by_dbt, state_of_sql(each.query, each.table))
        if reason := next(filter(None, reasons), ""):
            found.append(f"{each.table}: {reason}")
    return found


def _columns(table: str, dbt: Dbt) -> tuple[str, ...]:
    keys = {each.key for each in models_named(dbt, table)}
    return next((tuple(name for name, _ in each.columns) for each in dbt.catalog if each.key in keys), ())


def _built_whole(table: str, dbt: Dbt) -> bool:
    return any(isinstance(each, Model) and each.materialized in ("table", "view") for each in models_named(dbt, table))


def _row_bytes(table: str, dbt: Dbt) -> float | None:
    keys = {each.key for each in models_named(dbt, table)}
    found = (each.bytes / each.rows for each in dbt.catalog if each.key in keys and each.bytes and each.rows)
    return next(found, None)
