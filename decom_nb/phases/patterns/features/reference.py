"""The training set as one works it out by hand, label by label and row by row. The proof holds the query to it.

It shares nothing with the query but the values of the expressions, and is as slow as it is plain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from decom_nb.phases.patterns.features.feature_document import Feature, FeatureSource, FeatureStore


@dataclass(frozen=True)
class SourceRow:
    """One row of a source: its key, its times, what decides between equals, and the values of the features' expressions."""

    key: Any
    event_time: datetime | None
    available_at: datetime | None
    sequence: Any
    row_key: tuple[Any, ...]
    values: Mapping[str, Any]


def reference(
    store: FeatureStore, rows: Mapping[str, Sequence[SourceRow]], labels: Iterable[tuple[Any, datetime | None]]
) -> list[dict[str, Any]]:
    """Give the values of all stored features for each label, in the order of the labels."""
    made = []
    near = {source: _Near(source_rows) for source, source_rows in rows.items()}
    for key, at in labels:
        found: dict[str, Any] = {}
        for feature in store.stored:
            source = store.source(feature.source)
            if key is None or at is None or source is None:
                found[feature.name] = None
            else:
                found[feature.name] = value(store, feature, source, near[source.name].of(key), key, at)
        made.append(found)
    return made


class _Near:
    """The rows that can matter for an entity: its own, and all versions of events of which one was its own."""

    def __init__(self, rows: Sequence[SourceRow]) -> None:
        self._events: dict[Any, dict[tuple[Any, ...], None]] = {}
        self._versions: dict[tuple[Any, ...], list[SourceRow]] = {}
        self._found: dict[Any, list[SourceRow]] = {}
        for row in rows:
            self._events.setdefault(row.key, {})[row.row_key] = None
            self._versions.setdefault(row.row_key, []).append(row)

    def of(self, key: Any) -> Sequence[SourceRow]:
        """Give the rows for one entity."""
        if key not in self._found:
            events = self._events.get(key, {})
            self._found[key] = [
                row for event in events for row in self._versions[event] if row.row_key or row.key == key
            ]
        return self._found[key]


def value(
    store: FeatureStore, feature: Feature, source: FeatureSource, rows: Sequence[SourceRow], key: Any, at: datetime
) -> Any:
    """Give one feature of one entity as it was known at a time."""

    def known(moment: datetime | None) -> bool:
        if moment is None:
            return False
        return moment <= at if store.labels.knows_its_instant else moment < at

    there = [row for row in rows if known(row.available_at)]
    if source.row_key:  # of each event the version that came last
        versions: dict[tuple[Any, ...], SourceRow] = {}
        for row in sorted(there, key=_arrival):
            versions[row.row_key] = row
        there = list(versions.values())
    there = [row for row in there if row.key == key and known(row.event_time)]
    if feature.aggregation == "last":
        if not there:
            return None
        newest = max(there, key=_recency)
        if feature.ttl_hours is not None and _time(newest) < at - timedelta(seconds=round(feature.ttl_hours * 3600)):
            return None
        return newest.values[feature.name]
    if feature.window_days is not None:
        there = [
            row for row in there if _time(row) >= at - timedelta(seconds=round((feature.window_days or 0) * 86400))
        ]
    return _aggregated(feature, there)


def _aggregated(feature: Feature, rows: Sequence[SourceRow]) -> Any:
    if not feature.expression:
        return len(rows)
    values = [row.values[feature.name] for row in rows if row.values[feature.name] is not None]
    match feature.aggregation:
        case "count":
            return len(values)
        case "count distinct":
            return len(set(values))
        case _ if not values:
            return None
        case "sum":
            return sum(values)
        case "avg":
            return float(sum(values)) / len(values)
        case "min":
            return min(values)
        case "max":
            return max(values)
    raise ValueError(f"nothing is known of {feature.aggregation}")


def _time(row: SourceRow) -> datetime:
    assert row.event_time is not None  # noqa: S101 - rows without a time were left out, told to mypy
    return row.event_time


def _ordered(value: Any) -> tuple[bool, Any]:
    """Give what sorts a value that may be missing: what is missing comes first."""
    return (value is not None, value if value is not None else 0)


def _arrival(row: SourceRow) -> tuple[Any, ...]:
    last = tuple(_ordered(each) for each in row.values.values())
    return (_ordered(row.available_at), _ordered(row.sequence), _ordered(row.event_time), _ordered(row.key), *last)


def _recency(row: SourceRow) -> tuple[Any, ...]:
    last = tuple(_ordered(each) for each in row.values.values())
    return (_ordered(row.event_time), _ordered(row.available_at), _ordered(row.sequence), *last)
