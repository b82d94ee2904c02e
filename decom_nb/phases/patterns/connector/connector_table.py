"""What connectors need, database by database: tables/connectors.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from decom_nb import knowledge

_TABLES = Path(__file__).parent.parent / "tables"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Set(_Frozen):
    """A key that is set, and why."""

    value: str
    because: str = Field(min_length=1)


class Common(_Frozen):
    """What every connector needs."""

    required: tuple[str, ...]
    advised: Mapping[str, str] = Field(default_factory=dict, description="what follows where a key is left out")
    settings: Mapping[str, Set]


class Database(_Frozen):
    """What the connector of one kind of database needs."""

    connector_class: str = Field(alias="class")
    port: int
    qualified: str = Field(description="how tables are named: schema.table")
    history: bool = False
    required: tuple[str, ...]
    advised: Mapping[str, str] = Field(default_factory=dict, description="what follows where a key is left out")
    removed: Mapping[str, Mapping[str, str]] = Field(
        default_factory=dict, description="by key, values that newer versions do not take, and what took their place"
    )
    settings: Mapping[str, Set]


class History(_Frozen):
    """What connectors need that keep the history of the schema."""

    required: tuple[str, ...]
    because: str = Field(min_length=1)


class Converter(_Frozen):
    """How messages are written, and whether that needs a registry."""

    converter_class: str = Field(alias="class")
    registry: bool


class ConnectorTable(_Frozen):
    """The whole table."""

    source: str
    because: str = Field(min_length=1)
    common: Common
    databases: Mapping[str, Database]
    history: History
    renamed: Mapping[str, str]
    converters: Mapping[str, Converter]
    glue_converters: Mapping[str, str]
    apicurio_converters: Mapping[str, str]


@cache
def connector_table() -> ConnectorTable:
    """Give the table."""
    return knowledge.load(ConnectorTable, _TABLES / "connectors.yaml", sources=knowledge.citations(_TABLES))
