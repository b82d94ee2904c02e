"""Feature stores as the audit keeps them. `measures.py` takes it from here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from decom_nb.phases.patterns.features.feature_document import FeatureStore
from decom_nb.phases.patterns.features.feature_table import period_hours


def feature_stores(feature_store: Sequence[FeatureStore] | None) -> list[dict[str, Any]] | None:
    """Give each feature store with its features: where they come from, how often they are made, how long they live."""
    if not feature_store:
        return None
    return [
        {
            "name": store.instance or store.entity,
            "entity": store.entity,
            "entity_key": store.entity_key,
            "owner": store.owner,
            "online": store.serving.online,
            "offline": store.serving.offline,
            "point_in_time_correct": store.serving.point_in_time_correct,
            "labels": store.labels.table,
            "missing": [what for _, what, _ in store.wrong()],
            "sources": [
                {"name": each.name, "kind": each.kind, "event_time": each.event_time, "available_at": each.available_at}
                for each in store.sources
            ],
            "features": [
                {
                    "name": each.name,
                    "description": each.description,
                    "type": each.type,
                    "source": each.source,
                    "computation": each.computation,
                    "aggregation": each.aggregation,
                    "window_days": each.window_days,
                    "freshness": each.freshness,
                    "every_hours": period_hours(each.freshness) if each.freshness else None,
                    "ttl_hours": each.ttl_hours,
                }
                for each in store.features
            ],
        }
        for store in feature_store
    ]
