"""Change data capture as people plan it: broker, databases, where changes go, how far behind is late."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from decom_nb.document import Document, Group

DatabaseKind = Literal["postgres", "mysql", "sqlserver", "oracle", "mongodb"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def _name(value: str) -> str:
    if value and not _NAME.fullmatch(value):
        raise ValueError("write letters, digits, dots, hyphens and underscores: it becomes part of topics' names")
    return value


TopicName = Annotated[str, AfterValidator(_name)]


class CapturedDatabase(Group):
    """One database whose changes are captured."""

    connector: TopicName = Field(
        "", description="the connector's name, and the first part of its topics", examples=["shop"]
    )
    pipeline: str = Field(
        "",
        description="the pipeline it feeds; tables and keys are taken from its document",
        examples=["load_shop_orders"],
    )
    database: DatabaseKind | None = Field(None, description="what it is")
    host: str = Field(
        "",
        description="host, or for MongoDB its connection string without user and password",
        examples=["shop-db.internal"],
    )
    port: int | None = Field(None, ge=1, le=65535, description="empty: the usual one")
    database_name: str = Field("", description="the database in it; of Oracle the container", examples=["shop"])
    pluggable_database: str = Field("", description="Oracle: the pluggable database", examples=["SHOPPDB"])
    server_id: int | None = Field(
        None, ge=1, le=4_294_967_295, description="MySQL: a number that no other replica has", examples=[5401]
    )
    tables: tuple[str, ...] = Field(
        (), description="tables with their schema or database; empty: the pipeline's", examples=[["public.orders"]]
    )


class CaptureSink(Group):
    """Where changes go."""

    name: TopicName = Field("", description="the sink's name", examples=["lake"])
    kind: Literal["stream processor", "object storage", "search index"] | None = Field(None, description="what it is")
    connector: str = Field("", description="whose changes it takes; empty: of every connector", examples=["shop"])
    target: str = Field(
        "", description="bucket, address of the search engine, or JDBC address of the database", examples=["acme-lake"]
    )


class LagLimits(Group):
    """How far behind is late."""

    messages: int = Field(
        10_000, ge=1, description="messages that a consumer may be behind", json_schema_extra={"unit": "messages"}
    )
    minutes: float = Field(
        5, gt=0, description="for so long before somebody is told", json_schema_extra={"unit": "minutes"}
    )
    source_seconds: float = Field(
        300, gt=0, description="how far a connector may be behind its database", json_schema_extra={"unit": "seconds"}
    )


class Capture(Document):
    """Change data capture: the broker, the databases, the sinks, and what its three decisions ask."""

    name: ClassVar[str] = "capture"

    # What is decided.
    topics: Literal["per table", "single"] | None = Field(None, description="how changes are laid out in topics")
    registry: Literal["Confluent Schema Registry", "AWS Glue", "Apicurio", "none"] | None = Field(
        None, description="where schemas are kept"
    )
    serialization: Literal["Avro", "Protobuf", "JSON Schema", "JSON"] | None = Field(
        None, description="how messages are written"
    )

    # What the decisions ask.
    order_across_tables: bool | None = Field(
        None, description="consumers need changes of several tables in the order in which they were committed"
    )
    tables_have_own_consumers: bool | None = Field(None, description="most consumers read one or a few of the tables")
    on_aws_only: bool | None = Field(None, description="everything that reads and writes runs on AWS")
    grpc_consumers: bool | None = Field(None, description="consumers are services that speak Protobuf already")
    schema_changes_often: bool | None = Field(None, description="tables change their columns several times a year")
    people_read_messages: bool | None = Field(None, description="people look at single messages every day")
    confluent_platform: bool | None = Field(None, description="Confluent's platform or cloud is in use")

    # What is generated.
    bootstrap_servers: str = Field("", description="the broker's addresses", examples=["kafka-1:9092,kafka-2:9092"])
    registry_url: str = Field("", description="the registry's address", examples=["http://registry:8081"])
    databases: tuple[CapturedDatabase, ...] = Field((), description="one connector each")
    sinks: tuple[CaptureSink, ...] = Field((), description="where changes go")
    lag: LagLimits = Field(default_factory=LagLimits, description="how far behind is late")
