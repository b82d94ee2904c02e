"""What must hold of feature stores: each rule judges all of them. `rules.py` takes the rules from here.

A feature is named as ``customer.total_orders_30d``. What a document leaves out is not known, and never held against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.known_columns import known_columns
from decom_nb.finding import Finding, between, not_applicable, not_known, true
from decom_nb.phases.patterns.features.feature_document import Feature, FeatureSource, FeatureStore
from decom_nb.phases.patterns.features.feature_table import period_hours
from decom_nb.rule import rule
from decom_nb.wording import counted, listed

Stores = Sequence[FeatureStore]
Verdict = tuple[bool | None, dict[str, Any]]
"""Whether it holds (None: not known), and the row that shows it."""

_NAMED = 3
"""How many names a message gives; the rows have them all."""


@rule
def features_live_until_the_next_run(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Every stored feature lives longer than the time to its next run."""

    def judged(store: FeatureStore, feature: Feature) -> Iterator[Verdict]:
        period = period_hours(feature.freshness)
        if feature.computation in ("on-demand", "streaming") or feature.ttl_hours is None:
            return
        row = {"freshness": feature.freshness, "every_hours": period, "ttl_hours": feature.ttl_hours}
        yield (None if period is None else feature.ttl_hours > period), row

    return _features(feature_store, judged, "expire before the next run", "live until the next run")


@rule
def streaming_features_read_streams(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Every streaming feature reads a stream."""

    def judged(store: FeatureStore, feature: Feature) -> Iterator[Verdict]:
        if feature.computation == "streaming":
            source = store.source(feature.source)
            kind = source.kind if source else None
            yield (None if kind is None else kind == "stream"), {"source": feature.source, "kind": kind}

    return _features(feature_store, judged, "are computed as a stream from a table that runs fill", "read a stream")


@rule
def on_demand_features_are_not_stored(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """No on-demand feature is stored."""

    def judged(store: FeatureStore, feature: Feature) -> Iterator[Verdict]:
        if feature.computation == "on-demand":
            stored = feature.ttl_hours is not None or feature.window_days is not None
            yield not stored, {"ttl_hours": feature.ttl_hours, "window_days": feature.window_days}

    return _features(
        feature_store,
        judged,
        "are on demand and have a time to live or a window",
        "are computed when asked for, and not kept",
    )


@rule
def online_features_expire(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Every feature that is served online has a time to live."""

    def judged(store: FeatureStore, feature: Feature) -> Iterator[Verdict]:
        if store.serving.online and feature.computation != "on-demand":
            yield feature.ttl_hours is not None, {"freshness": feature.freshness}

    return _features(
        feature_store, judged, "are served online without a time to live", "expire where they are served online"
    )


@rule
def real_time_features_are_not_batch(feature_store: tuple[FeatureStore, ...], *, batch_hours: float) -> Finding:
    """No feature that promises real time is computed in batch."""

    def judged(store: FeatureStore, feature: Feature) -> Iterator[Verdict]:
        if feature.computation == "batch":
            period = period_hours(feature.freshness)
            yield (
                (None if period is None else period >= batch_hours),
                {"freshness": feature.freshness, "every_hours": period},
            )

    return _features(feature_store, judged, "promise more freshness than runs can give", "promise what runs can keep")


@rule
def point_in_time_features_know_their_time(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Every source of training data that is to be correct in time names the time of its events."""
    return _sources(
        [each for each in feature_store if each.serving.point_in_time_correct],
        lambda source: bool(source.event_time),
        "name no time of the event, and training is to be correct in time",
        "say when each row happened",
    )


@rule
def point_in_time_features_know_their_arrival(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Every source of training data that is to be correct in time says since when a row could be read."""
    return _sources(
        [each for each in feature_store if each.serving.point_in_time_correct],
        lambda source: bool(source.available_at),
        "do not say since when a row could be read, so late rows leak into training",
        "say since when each row could be read",
    )


@rule
def training_data_is_point_in_time_correct(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Features that are read for training are correct in time."""
    told: list[Verdict] = [
        (store.serving.point_in_time_correct, {"feature_store": _name(store)})
        for store in feature_store
        if store.serving.offline
    ]
    return _judged(
        told, "feature store", "are read for training without being correct in time", "are correct in time for training"
    )


@rule
def feature_names_are_unique(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Every feature has a name of its own among those of its entity."""
    counts = Counter(
        (store.entity.casefold(), each.name.casefold()) for store in feature_store for each in store.features
    )

    def judged(store: FeatureStore, feature: Feature) -> Iterator[Verdict]:
        times = counts[(store.entity.casefold(), feature.name.casefold())]
        yield times == 1, {"times": times}

    return _features(feature_store, judged, "have a name that another one has", "have a name of their own")


@rule
def feature_keys_stand_in_their_sources(
    feature_store: tuple[FeatureStore, ...], dbt: Dbt | None, tables: Any | None
) -> Finding:
    """Every source of features has the columns that the feature store names."""
    known = known_columns(dbt, tables)
    told: list[Verdict] = []
    for store in feature_store:
        read = {each.source for each in store.stored}
        for source in store.sources:
            if source.name not in read:
                continue
            columns = known.get(source.name.rpartition(".")[2].casefold())
            wanted = [store.key_in(source), source.event_time, source.available_at, source.sequence, *source.row_key]
            missing = [each for each in wanted if each and each.casefold() not in (columns or ())]
            row = {"source": source.name, "feature_store": _name(store), "missing": missing if columns else []}
            told.append(((not missing) if columns else None, row))
    return _judged(
        told, "source", "lack a column that the feature store names", "have the key and the times that are named"
    )


@rule
def features_are_described_and_owned(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Every feature is described and has an owner."""

    def judged(store: FeatureStore, feature: Feature) -> Iterator[Verdict]:
        lacks = [*([] if feature.description else ["description"]), *([] if store.owner else ["owner"])]
        yield not lacks, {"lacks": lacks}

    return _features(feature_store, judged, "have no description or no owner", "are described and owned")


def _features(
    stores: Stores, judge: Callable[[FeatureStore, Feature], Iterable[Verdict]], fault: str, good: str
) -> Finding:
    told: list[Verdict] = []
    for store in stores:
        for feature in store.features:
            told += [
                (holds, {"feature": f"{_name(store)}.{feature.name}", **row}) for holds, row in judge(store, feature)
            ]
    return _judged(told, "feature", fault, good)


def _sources(stores: Stores, holds: Callable[[FeatureSource], bool], fault: str, good: str) -> Finding:
    told: list[Verdict] = []
    for store in stores:
        described = {each.name: each for each in store.sources}
        for name in dict.fromkeys(each.source for each in store.stored if each.source):
            source = described.get(name)
            told.append((source is not None and holds(source), {"source": name, "feature_store": _name(store)}))
    return _judged(told, "source", fault, good)


def _judged(told: Sequence[Verdict], noun: str, fault: str, good: str) -> Finding:
    """Judge by the share that holds; what is not known bounds it."""
    if not told:
        return not_applicable(f"There is no {noun} that this asks of.")
    wrong = [row for holds, row in told if holds is False]
    unknown = sum(holds is None for holds, _ in told)
    if not wrong and not unknown:
        return true(f"Of {counted(len(told), noun)}, all {good}.")
    if unknown == len(told):
        return not_known(f"Of {counted(len(told), noun)} the documents and the evidence do not tell.")
    open_ = f" Of {counted(unknown, noun)} it is not known." if unknown else ""
    names = [str(next(iter(row.values()))) for row in wrong]
    more = [f"{len(names) - _NAMED:,} more"] if len(names) > _NAMED else []
    said = f"{len(wrong):,} of {counted(len(told), noun)} {fault}: {listed([*names[:_NAMED], *more])}." if wrong else ""
    low = 1 - (len(wrong) + unknown) / len(told)
    return between(low, 1 - len(wrong) / len(told), f"{said}{open_}".strip(), rows=wrong)


def _name(store: FeatureStore) -> str:
    return store.instance or store.entity or "feature_store"
