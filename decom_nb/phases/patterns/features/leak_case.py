"""Data with known leaks: tables made up for a feature store's document, with one entity for each way to know too much."""

# ruff: noqa: S608 - writing SQL is what this is for; names are quoted, expressions are parsed before

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from decom_nb.phases.patterns.features.feature_document import Feature, FeatureSource, FeatureStore
from decom_nb.phases.patterns.features.feature_expression import columns, parsed
from decom_nb.phases.patterns.features.feature_table import Leak, feature_table
from decom_nb.sql.text import name as quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

START = datetime(2026, 3, 2, 12)
"""When the labels of the planted leaks are; any time would do."""

_ENTITIES, _ROWS, _LABELS = 5, 40, 15
"""How much is made up beside what is planted: entities, rows of each source, labels."""
_GRID = 8
"""Times are drawn from few, so that equal ones are many."""
_FIRST = 1000
"""The key of the first planted entity."""
_PLAIN, _ZONED = "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"
_TYPES = {
    "Int64": "BIGINT", "Float64": "DOUBLE", "Bool": "BOOLEAN", "UnixTimestamp": "TIMESTAMP", "String": "VARCHAR",
}  # fmt: skip


@dataclass
class LeakCase:
    """Tables with their columns' types and rows, and which label shows which leak."""

    types: dict[str, dict[str, str]] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    planted: dict[tuple[int, datetime], Leak] = field(default_factory=dict)
    not_planted: dict[Leak, str] = field(default_factory=dict)
    """Leaks that cannot be shown, and why."""

    def fill(self, connection: DuckDBPyConnection, zoned: Collection[tuple[str, str]] = ()) -> None:
        """Make the tables; `zoned` are columns of times, by table, that get a zone, and hold the same instants in UTC."""
        if zoned:
            connection.execute("SET TimeZone = 'UTC'")  # by which times without a zone are put into columns with one
        for table, plain in self.types.items():
            types = {
                column: _ZONED if (table, column) in zoned and type_ == _PLAIN else type_
                for column, type_ in plain.items()
            }
            *schema, last = table.split(".")
            if schema:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema[0])}")
            written = ".".join(map(quoted, (*schema, last)))
            spelled = ", ".join(f"{quoted(column)} {type_}" for column, type_ in types.items())
            connection.execute(f"CREATE OR REPLACE TABLE {written} ({spelled})")
            if self.rows[table]:
                values = [row.get(column) for row in self.rows[table] for column in types]
                marks = ", ".join([f"({', '.join('?' for _ in types)})"] * len(self.rows[table]))
                connection.execute(f"INSERT INTO {written} VALUES {marks}", values)


def leak_case(store: FeatureStore, types: Mapping[str, Mapping[str, str]] | None = None, seed: int = 7) -> LeakCase:
    """Make up tables for a document; `types` are those of real columns by table, where they are known."""
    case, chance = LeakCase(), random.Random(seed)  # noqa: S311 - data for a proof, no secret
    _columns(store, case, types or {})
    unit = _unit(store)
    for source in store.sources:
        if any(each.source == source.name for each in store.stored):
            _made_up(store, source, case, chance, unit)
    label = store.labels
    key, table = label.entity_key or store.entity_key, label.table
    for _ in range(_LABELS):
        at = START + chance.randint(-_GRID, _GRID) * unit
        case.rows[table].append(
            _filled(case, table, {key: chance.randint(1, _ENTITIES + 1), label.label_time: at}, chance)
        )
    for place, row in enumerate(feature_table().leaks):
        entity = _FIRST + place
        case.planted[(entity, START)] = row.leak
        case.rows[table].append(_filled(case, table, {key: entity, label.label_time: START}, chance))
        for source in store.sources:
            if any(each.source == source.name for each in store.stored):
                _plant(store, source, case, row.leak, entity, chance, unit)
    return case


def _columns(store: FeatureStore, case: LeakCase, known: Mapping[str, Mapping[str, str]]) -> None:
    """Give every column that a query may read its type."""
    label = store.labels
    wanted: dict[str, dict[str, str]] = {}
    for source in store.sources:
        features = [each for each in store.stored if each.source == source.name]
        if not features:
            continue
        told = wanted.setdefault(source.name, {})
        told[store.key_in(source)] = "BIGINT"
        for each in (source.event_time, source.available_at):
            if each:
                told[each] = "TIMESTAMP"
        if source.sequence:
            told.setdefault(source.sequence, "BIGINT")
        for each in source.row_key:
            told.setdefault(each, "BIGINT")
        for feature in features:
            for column in columns(feature.expression) if feature.expression else ():
                real = {name.casefold(): type_ for name, type_ in known.get(source.name, {}).items()}
                told.setdefault(column, real.get(column.casefold()) or _type(column, feature))
    told = wanted.setdefault(label.table, {})
    told.setdefault(label.entity_key or store.entity_key, "BIGINT")
    told.setdefault(label.label_time, "TIMESTAMP")
    for each in label.columns:
        told.setdefault(each, "BIGINT")
    case.types = wanted
    case.rows = {table: [] for table in wanted}


def _type(column: str, feature: Feature) -> str:
    """Guess the type of a column from what an expression does with it."""
    from sqlglot import exp

    tree = parsed(feature.expression)
    if isinstance(tree, exp.Column):
        if feature.aggregation in ("sum", "avg"):
            return "DOUBLE"
        for row in feature_table().feast_types:
            if feature.aggregation in ("last", "min", "max") and feature.type.upper().partition("(")[0] in row.types:
                return _TYPES[row.feast]
        return "VARCHAR"
    for each in tree.find_all(exp.Column):
        parent = each.parent
        if each.name == column and parent is not None:
            if any(isinstance(beside, exp.Literal) and beside.is_string for beside in parent.iter_expressions()):
                return "VARCHAR"
            if isinstance(parent, exp.If | exp.Not | exp.And | exp.Or):
                return "BOOLEAN"
    return "DOUBLE"


def _unit(store: FeatureStore) -> timedelta:
    """Give a length of time that is short against every time to live and window."""
    lengths = [each.ttl_hours for each in store.stored if each.ttl_hours]
    lengths += [each.window_days * 24 for each in store.stored if each.window_days]
    return timedelta(seconds=max(8, round(min([8.0, *lengths]) * 3600 / 8)))


def _made_up(
    store: FeatureStore, source: FeatureSource, case: LeakCase, chance: random.Random, unit: timedelta
) -> None:
    longest = max(
        [8.0, *(each.ttl_hours or 0 for each in store.stored), *((each.window_days or 0) * 24 for each in store.stored)]
    )
    far = timedelta(hours=longest)
    for _ in range(_ROWS):
        back = far if chance.random() < 0.2 else timedelta()
        event = START + chance.randint(-_GRID, _GRID) * unit - back
        arrived: datetime | None = event + chance.choice([0, 0, 1, 3, -1]) * unit
        given: dict[str, Any] = {store.key_in(source): chance.randint(1, _ENTITIES), source.event_time: event}
        if source.available_at:
            given[source.available_at] = None if chance.random() < 0.05 else arrived
        case.rows[source.name].append(_filled(case, source.name, given, chance))
        if source.row_key and chance.random() < 0.3:  # corrected later
            again = dict(case.rows[source.name][-1])
            new = _filled(case, source.name, {}, chance)
            kept = {*source.row_key, store.key_in(source), source.event_time}
            again.update({column: value for column, value in new.items() if column not in kept})
            if source.available_at:
                again[source.available_at] = event + chance.randint(0, 4) * unit
            case.rows[source.name].append(again)


def _plant(
    store: FeatureStore,
    source: FeatureSource,
    case: LeakCase,
    leak: Leak,
    entity: int,
    chance: random.Random,
    unit: timedelta,
) -> None:
    """Plant what shows a leak: a value that was known, and one that was not."""
    if leak == "none":
        return
    if not source.available_at and leak in ("late", "restated", "announced"):
        case.not_planted.setdefault(leak, f"{source.name} names no column that says since when a row could be read")
        return
    lengths = [each.ttl_hours or 0 for each in store.stored if each.source == source.name]
    lengths += [(each.window_days or 0) * 24 for each in store.stored if each.source == source.name]
    ago = START - timedelta(hours=max(lengths)) - 2 * unit
    if leak == "expired":
        _put(store, source, case, entity, ago, ago + unit, chance)
        return
    known = _put(store, source, case, entity, START - 4 * unit, START - 3 * unit, chance)
    if leak == "restated":
        kept = {each: known[each] for each in (*source.row_key, source.event_time)}
        _put(store, source, case, entity, START - 4 * unit, START + unit, chance, kept)
        return
    event, arrived = {
        "future": (START + unit, START + 2 * unit),
        "late": (START - 2 * unit, START + unit),
        "same_instant": (START, START),
        "announced": (START + unit, START - 2 * unit),
    }[leak]
    _put(store, source, case, entity, event, arrived, chance)


def _put(
    store: FeatureStore,
    source: FeatureSource,
    case: LeakCase,
    entity: int,
    event: datetime,
    arrived: datetime,
    chance: random.Random,
    kept: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    given = {store.key_in(source): entity, source.event_time: event, **(kept or {})}
    if source.available_at:
        given[source.available_at] = arrived
    row = _filled(case, source.name, given, chance)
    case.rows[source.name].append(row)
    return row


def _filled(case: LeakCase, table: str, given: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """Give a row with a value in every column; numbers are whole, so that sums do not depend on their order, and differ."""
    serial = len(case.rows[table]) + 1
    row = dict(given)
    for column, type_ in case.types[table].items():
        if column in row:
            continue
        word = type_.upper()
        if "INT" in word or word.startswith(("DOUBLE", "DECIMAL", "FLOAT")):
            row[column] = 10 * serial + chance.randint(1, 9)
        elif word.startswith("BOOL"):
            row[column] = chance.random() < 0.5
        elif word.startswith(("TIMESTAMP", "DATE")):
            row[column] = START - timedelta(hours=chance.randint(1, 500), seconds=serial)
        elif word.startswith("VARCHAR"):
            row[column] = f"value {serial}"
        else:
            row[column] = None
    return row
