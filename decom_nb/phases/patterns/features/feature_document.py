"""A feature store as people fill it in: one entity, its features, where their values come from, how they are served."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, JsonValue

from decom_nb.document import Document, Group

Aggregation = Literal["last", "count", "count distinct", "sum", "avg", "min", "max"]

_AGGREGATIONS: dict[str, JsonValue] = {
    "last": "the newest value that was known",
    "count": "how many rows, or values if an expression is given",
    "count distinct": "how many different values",
}
_COMPUTATIONS: dict[str, JsonValue] = {
    "batch": "by a run, at its times",
    "streaming": "with each event",
    "on-demand": "when it is asked for, from other features and the request; never stored",
}


class Feature(Group):
    """One feature."""

    name: str = Field(
        min_length=1,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="what it is called",
        examples=["total_orders_30d"],
    )
    description: str = Field("", description="what it means", examples=["Total orders in the last 30 days"])
    type: str = Field("", description="its type in DuckDB's words", examples=["INT"])
    source: str = Field("", description="table or stream that its values come from", examples=["fct_orders"])
    computation: Literal["batch", "streaming", "on-demand"] | None = Field(
        None, description="when it is computed", json_schema_extra={"labels": _COMPUTATIONS}
    )
    freshness: str = Field(
        "",
        description="how often it is made anew: real-time, hourly, daily, weekly, or such as every 15 minutes",
        examples=["daily"],
    )
    ttl_hours: float | None = Field(
        None, gt=0, description="how long a value may be served", json_schema_extra={"unit": "hours"}
    )
    aggregation: Aggregation | None = Field(
        None, description="how rows of the source become one value", json_schema_extra={"labels": _AGGREGATIONS}
    )
    expression: str = Field(
        "",
        description="what is aggregated: a column of the source, or an expression of its columns in DuckDB's SQL; of an "
        "on-demand feature, an expression of other features and of label_time",
        examples=["order_amount"],
    )
    window_days: float | None = Field(
        None, gt=0, description="how far back rows count; empty: all of them", json_schema_extra={"unit": "days"}
    )


class FeatureSource(Group):
    """Where values come from, and which of its columns say when."""

    name: str = Field(min_length=1, description="the table or stream, as features name it", examples=["fct_orders"])
    kind: Literal["batch", "stream"] | None = Field(
        None,
        description="how it comes",
        json_schema_extra={"labels": {"batch": "a table that runs fill", "stream": "events as they happen"}},
    )
    entity_key: str = Field("", description="its column with the entity's key, if that is called otherwise there")
    event_time: str = Field("", description="column that says when it happened", examples=["ordered_at"])
    available_at: str = Field(
        "",
        description="column that says since when the row could be read, such as its load time",
        examples=["loaded_at"],
    )
    row_key: tuple[str, ...] = Field(
        (),
        description="columns that name one event: a later row with the same ones corrects it",
        examples=[["order_id"]],
    )
    sequence: str = Field("", description="column that decides between rows of one instant", examples=["log_position"])


class Serving(Group):
    """How features are read."""

    online: bool | None = Field(None, description="one entity at a time, with low latency")
    offline: bool | None = Field(None, description="many at once, for training")
    point_in_time_correct: bool | None = Field(
        None, description="training sees only what was known at the time of each label"
    )


class Labels(Group):
    """What a model is trained on: for each entity a time at which it would have been asked, and what came out."""

    table: str = Field("", description="the table", examples=["labels"])
    entity_key: str = Field("", description="its column with the entity's key, if that is called otherwise there")
    label_time: str = Field(
        "", description="column that says when the model would have been asked", examples=["label_time"]
    )
    columns: tuple[str, ...] = Field(
        (), description="what came out, and whatever else goes along", examples=[["churned"]]
    )
    knows_its_instant: bool = Field(
        False, description="what arrives at the very time of the label counts as known, as Feast takes it"
    )


class FeatureStore(Document):
    """The features of one entity: what they mean, how they come about, how long they hold."""

    name: ClassVar[str] = "feature_store"
    many: ClassVar[bool] = True

    entity: str = Field("", description="what the features are about", examples=["customer"])
    entity_key: str = Field("", description="column that names one", examples=["customer_id"])
    owner: str = Field("", description="who answers for the features", examples=["ml-platform@acme.example"])
    features: tuple[Feature, ...] = Field((), description="the features")
    serving: Serving = Field(default_factory=Serving, description="how they are read")
    sources: tuple[FeatureSource, ...] = Field((), description="where values come from")
    labels: Labels = Field(default_factory=Labels, description="what a model is trained on")

    def source(self, name: str) -> FeatureSource | None:
        """Give what is said of a source, None if nothing is."""
        return next((each for each in self.sources if each.name == name), None)

    def key_in(self, source: FeatureSource) -> str:
        """Give the column of a source that holds the entity's key."""
        return source.entity_key or self.entity_key

    @property
    def stored(self) -> tuple[Feature, ...]:
        """The features that have values of their own: all but those computed on demand."""
        return tuple(each for each in self.features if each.computation != "on-demand")

    @property
    def demanded(self) -> tuple[Feature, ...]:
        """The features that are computed on demand, from others."""
        return tuple(each for each in self.features if each.computation == "on-demand")

    def wrong(self) -> list[tuple[tuple[str | int, ...], str, str]]:
        """Give what keeps a training set from being written: place in the document, what is wrong, what to do."""
        from decom_nb.phases.patterns.features.feature_expression import in_order, refused

        found: list[tuple[tuple[str | int, ...], str, str]] = []
        if not self.entity_key:
            found.append((("entity_key",), "no key is named", "name the column, such as customer_id"))
        for key, words in (("table", "the table of labels"), ("label_time", "the time of a label")):
            if not getattr(self.labels, key):
                found.append((("labels", key), f"{words} is not named", "name it"))
        names = [each.name.casefold() for each in self.features]
        own = {
            self.entity_key.casefold(),
            "label_time",
            "entity_key",
            *(each.casefold() for each in self.labels.columns),
        }
        for at, feature in enumerate(self.features):
            if feature.name.casefold() in names[:at] or feature.name.casefold() in own:
                found.append((("features", at, "name"), f"{feature.name} is there twice", "give it another name"))
            demanded = feature.computation == "on-demand"
            if said := refused(feature, {*own, *names} if demanded else None):
                todo = "write an expression of " + (
                    "other features and label_time" if demanded else "the source's columns"
                )
                found.append((("features", at, "expression"), said, todo))
            if not demanded:
                found += self._wrong_source(at, feature)
        if not found:
            try:
                in_order(self.demanded)
            except ValueError as error:
                found.append((("features",), str(error), "let one of them do without the others"))
        return found

    def _wrong_source(self, at: int, feature: Feature) -> list[tuple[tuple[str | int, ...], str, str]]:
        source = self.source(feature.source)
        place: tuple[Any, ...] = ("features", at, "source")
        if source is None:
            return [(place, f"nothing is said of {feature.source or 'its source'}", "describe it under sources")]
        if not source.event_time:
            at_source = [each.name for each in self.sources].index(source.name)
            return [(("sources", at_source, "event_time"), "no time of the event is named", "name its column")]
        return []
