"""Proves that a training set knows nothing of later: the query against one that goes row by row, on data with known leaks.

Beside it runs the join that nobody thought about, to show what it would have leaked. Everything runs in a DuckDB in memory
that reaches no file and no network, and whose settings are locked; or on tables that somebody opened read-only.
"""

# ruff: noqa: S608 - writing SQL is what this is for; names are quoted, expressions are parsed before

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from decom_nb.errors import InputError, Mistake
from decom_nb.phases.patterns.features.feature_document import FeatureStore
from decom_nb.phases.patterns.features.feature_expression import of_source
from decom_nb.phases.patterns.features.feature_table import Leak, feature_table
from decom_nb.phases.patterns.features.leak_case import LeakCase, leak_case
from decom_nb.phases.patterns.features.reference import SourceRow, reference
from decom_nb.phases.patterns.features.training_query import naive_sql, training_sql
from decom_nb.sql.text import name as quoted
from decom_nb.sql.utc import utc

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ZONES = ("America/New_York", "Asia/Tokyo")
"""Zones of sessions in which the query has to give the same: one on each side of UTC."""
Asked = tuple[Any, datetime | None]
"""A label: an entity's key and a time."""


@dataclass(frozen=True)
class Difference:
    """A value that is not what it should be."""

    key: Any
    label_time: datetime | None
    feature: str
    query: Any
    reference: Any


@dataclass(frozen=True)
class LeakShown:
    """One planted leak: what was known, and what the naive join gives, for the features on which it shows."""

    leak: Leak
    title: str
    says: str
    features: tuple[tuple[str, Any, Any], ...] = ()
    """Name, right value, naive value."""
    not_planted: str = ""


@dataclass(frozen=True)
class LeakProof:
    """What a proof came to."""

    labels: int
    values: int
    differences: tuple[Difference, ...]
    moved: tuple[Difference, ...]
    """Values that changed although only rows were changed that were not known at their label's time."""
    moves: int
    zoned: tuple[Difference, ...] = ()
    """Values that are others where some times have a zone and the session is elsewhere."""
    zones: int = 0
    """How many such sessions were tried."""
    leaks: tuple[LeakShown, ...] = ()
    naive_wrong: Mapping[str, int] = field(default_factory=dict)
    """For each feature, for how many labels the naive join gives another value."""

    @property
    def holds(self) -> bool:
        """Tell whether the query is what it should be."""
        return not self.differences and not self.moved and not self.zoned

    def row(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {
            "holds": self.holds,
            "labels": self.labels,
            "values": self.values,
            "differences": [vars(each) for each in self.differences[:20]],
            "moves": self.moves,
            "moved": [vars(each) for each in self.moved[:20]],
            "zones": self.zones,
            "zoned": [vars(each) for each in self.zoned[:20]],
            "naive_wrong": dict(self.naive_wrong),
            "leaks": [
                {
                    "leak": each.leak,
                    "title": each.title,
                    "says": each.says,
                    "naive_leaks": [
                        {"feature": name, "known": right, "naive": wrong} for name, right, wrong in each.features
                    ],
                    "not_planted": each.not_planted,
                }
                for each in self.leaks
            ],
        }


def prove(store: FeatureStore, types: Mapping[str, Mapping[str, str]] | None = None, *, seed: int = 7) -> LeakProof:
    """Prove a feature store's query on made-up data with one leak of each kind; `types` are those of real columns."""
    import duckdb

    case = leak_case(store, types, seed)
    with duckdb.connect(config={"enable_external_access": "false", "threads": "1"}) as connection:
        case.fill(connection)
        connection.execute("SET lock_configuration = true")
        sql = training_sql(store, "duckdb")
        labels = _labels(connection, store)
        try:
            got = _values(connection, store, sql)
        except duckdb.Error as error:
            what = f"the query does not run on made-up data: {str(error).splitlines()[0]}"
            raise InputError(
                Mistake("", 0, "features", what, "check the expressions against the sources' types")
            ) from None
        naive = _values(connection, store, naive_sql(store))
        wanted = _wanted(store, read_rows(connection, store), labels)
        differences = compared(got, wanted)
        moved, moves = _moved(connection, store, case, sql, got, wanted)
    zoned, zones = _zoned(store, case, sql, wanted)
    return LeakProof(
        labels=len(labels),
        values=len(labels) * len(store.stored),
        differences=(*_counted(len(got), len(labels)), *differences),
        moved=tuple(moved),
        moves=moves,
        zoned=tuple(zoned),
        zones=zones,
        leaks=_leaks(case, wanted, naive),
        naive_wrong=_naive_wrong(wanted, naive),
    )


def prove_on(connection: DuckDBPyConnection, store: FeatureStore, most: int = 200) -> LeakProof:
    """Hold the query to the reference on real tables that can be read under their names; at most so many labels, spread out."""
    sql = training_sql(store, "duckdb")
    labels = _labels(connection, store)
    step = max(1, math.ceil(len(labels) / most))
    chosen = labels[::step]
    got = _values(connection, store, sql)
    naive = _values(connection, store, naive_sql(store))
    wanted = _wanted(store, read_rows(connection, store), chosen)
    asked = set(wanted)
    return LeakProof(
        labels=len(chosen),
        values=len(chosen) * len(store.stored),
        differences=(*_counted(len(got), len(labels)), *compared([each for each in got if each[0] in asked], wanted)),
        moved=(),
        moves=0,
        naive_wrong=_naive_wrong({key: values for key, values in got if key[1] is not None}, naive),
    )


def read_rows(connection: DuckDBPyConnection, store: FeatureStore) -> dict[str, list[SourceRow]]:
    """Read the sources row by row: keys, times, and what each expression gives for the row alone."""
    found: dict[str, list[SourceRow]] = {}
    for source in store.sources:
        features = [each for each in store.stored if each.source == source.name]
        if not features:
            continue
        valued = [each for each in features if each.expression]
        event = utc(quoted(source.event_time))
        available = utc(quoted(source.available_at or source.event_time))
        sequence = quoted(source.sequence) if source.sequence else "NULL"
        told = [quoted(store.key_in(source)), event, available, sequence, *map(quoted, source.row_key)]
        told += [of_source(each, source) for each in valued]
        table = ".".join(map(quoted, source.name.split(".")))
        rows = connection.execute(f"SELECT {', '.join(told)} FROM {table}").fetchall()
        keys = len(source.row_key)
        found[source.name] = [
            SourceRow(
                row[0],
                row[1],
                row[2],
                row[3],
                row[4 : 4 + keys],
                {each.name: row[4 + keys + at] for at, each in enumerate(valued)},
            )
            for row in rows
        ]
    return found


def compared(
    got: Sequence[tuple[Asked, Mapping[str, Any]]], wanted: Mapping[Asked, Mapping[str, Any]]
) -> list[Difference]:
    """Give every value of a query that the reference gives otherwise."""
    return [
        Difference(key, at, feature, values[feature], right)
        for (key, at), values in got
        for feature, right in wanted[(key, at)].items()
        if not same(values[feature], right)
    ]


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are one, a little rounding of averages aside."""
    if one is None or other is None or isinstance(one, str | bool | datetime):
        return bool(one == other)
    if isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal):
        return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


def _labels(connection: DuckDBPyConnection, store: FeatureStore) -> list[Asked]:
    label = store.labels
    table = ".".join(map(quoted, label.table.split(".")))
    key = quoted(label.entity_key or store.entity_key)
    sql = f"SELECT {key}, {utc(quoted(label.label_time))} FROM {table} ORDER BY ALL"
    return [(row[0], row[1]) for row in connection.execute(sql).fetchall()]


def _values(connection: DuckDBPyConnection, store: FeatureStore, sql: str) -> list[tuple[Asked, dict[str, Any]]]:
    asked = connection.execute(sql)
    names = [each[0] for each in asked.description or ()]
    stored = {each.name for each in store.stored}
    time = names.index("label_time")
    rows = []
    for row in asked.fetchall():
        at = row[time]
        if at is not None and not isinstance(at, datetime):
            at = datetime(at.year, at.month, at.day)
        rows.append(((row[0], at), {name: value for name, value in zip(names, row, strict=True) if name in stored}))
    return rows


def _wanted(
    store: FeatureStore, rows: Mapping[str, Sequence[SourceRow]], labels: Sequence[Asked]
) -> dict[Asked, dict[str, Any]]:
    once = list(dict.fromkeys(labels))
    return dict(zip(once, reference(store, rows, once), strict=True))


def _counted(got: int, labels: int) -> list[Difference]:
    """Every label stays in the training set, once."""
    return [] if got == labels else [Difference(None, None, "rows", got, labels)]


def _moved(
    connection: DuckDBPyConnection,
    store: FeatureStore,
    case: LeakCase,
    sql: str,
    got: Sequence[tuple[Asked, Mapping[str, Any]]],
    wanted: Mapping[Asked, Mapping[str, Any]],
) -> tuple[list[Difference], int]:
    """Take away, for each of a few labels, all rows that arrived at its time or later, and look whether its values change."""
    del wanted
    times = sorted({at for (_, at), _ in got if at is not None})
    chosen = times[:: max(1, len(times) // 4)]
    found: list[Difference] = []
    for at in chosen:
        connection.execute("BEGIN")
        for source in store.sources:
            if source.name in case.types and source.name != store.labels.table:
                table = ".".join(map(quoted, source.name.split(".")))
                column = quoted(source.available_at or source.event_time)
                after = ">" if store.labels.knows_its_instant else ">="
                connection.execute(f"DELETE FROM {table} WHERE {column} {after} ?", [at])
        without = dict(_values(connection, store, sql))
        connection.execute("ROLLBACK")
        for (key, time), values in got:
            if time == at:
                right = without[(key, time)]
                found += [
                    Difference(key, at, name, right[name], value)
                    for name, value in values.items()
                    if not same(right[name], value)
                ]
    return found, len(chosen)


def _zoned(
    store: FeatureStore, case: LeakCase, sql: str, wanted: Mapping[Asked, Mapping[str, Any]]
) -> tuple[list[Difference], int]:
    """Give some times a zone and others none, all of the same instants, and look whether sessions elsewhere see other values."""
    import duckdb

    label = {(store.labels.table, store.labels.label_time)}
    events = {(each.name, each.event_time) for each in store.sources} - label
    arrivals = {(each.name, each.available_at) for each in store.sources if each.available_at} - label - events
    found: list[Difference] = []
    tried = [(zoned, zone) for zoned in (label, events, arrivals) if zoned for zone in ZONES]
    for zoned, zone in tried:
        with duckdb.connect(config={"enable_external_access": "false", "threads": "1"}) as connection:
            case.fill(connection, zoned)
            connection.execute(f"SET TimeZone = '{zone}'")
            got = _values(connection, store, sql)
            found += [Difference(key, at, "label_time", at, None) for (key, at), _ in got if (key, at) not in wanted]
            found += compared([each for each in got if each[0] in wanted], wanted)
    return found, len(tried)


def _leaks(
    case: LeakCase, wanted: Mapping[Asked, Mapping[str, Any]], naive: Sequence[tuple[Asked, Mapping[str, Any]]]
) -> tuple[LeakShown, ...]:
    by_leak = {leak: asked for asked, leak in case.planted.items()}
    shown, without = [], dict(naive)
    for row in feature_table().leaks:
        asked = by_leak[row.leak]
        right, wrong = wanted[asked], without[asked]
        differ = tuple((name, value, wrong[name]) for name, value in right.items() if not same(wrong[name], value))
        shown.append(LeakShown(row.leak, row.title, row.says, differ, case.not_planted.get(row.leak, "")))
    return tuple(shown)


def _naive_wrong(
    wanted: Mapping[Asked, Mapping[str, Any]], naive: Sequence[tuple[Asked, Mapping[str, Any]]]
) -> dict[str, int]:
    wrong: Counter[str] = Counter()
    for asked, values in naive:
        for name, value in values.items():
            if asked in wanted:
                wrong[name] += not same(wanted[asked][name], value)
    return dict(wrong)
