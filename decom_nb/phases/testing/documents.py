"""What people fill in for testing: what a dbt project is held to, and which history is to be processed again."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from decom_nb.document import Document, Group
from decom_nb.phases.testing.backfill_document import Backfill


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"it is no regular expression: {error}") from error
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]


class DbtLayer(Group):
    """One layer of a dbt project's models."""

    layer: str = Field(min_length=1, description="its name", examples=["staging"])
    folder: str = Field("", description="the folder its models lie in, at any depth", examples=["staging"])
    prefixes: tuple[str, ...] = Field((), description="how the names of its models begin", examples=[["stg_"]])


class DbtException(Group):
    """Findings of one check that are accepted, and why."""

    check: str = Field(
        min_length=1, description="the check as the audit names it; * for all", examples=["multiple_sources_joined"]
    )
    column: str = Field("", description="the column that is looked at; empty: any", examples=["child"])
    value: str = Field(min_length=1, description="what stands there; * stands for anything", examples=["stg_*_unioned"])
    because: str = Field(min_length=1, description="why that is right as it is")


class DbtStandards(Document):
    """What the client's dbt projects are held to, where it is not what dbt-project-evaluator asks by default."""

    name: ClassVar[str] = "dbt_standards"

    models_fanout_threshold: int | None = Field(
        None, ge=1, description="so many final models on one parent are too many", json_schema_extra={"unit": "models"}
    )
    too_many_joins_threshold: int | None = Field(
        None, ge=1, description="so many tables in one model are too many", json_schema_extra={"unit": "tables"}
    )
    chained_views_threshold: int | None = Field(
        None, ge=1, description="a chain of views may be so long", json_schema_extra={"unit": "views"}
    )
    layers: tuple[DbtLayer, ...] = Field((), description="the layers of models; empty: those of dbt-project-evaluator")
    exclude_packages: tuple[str, ...] = Field(
        (), description="packages that are not looked at, or all; empty: all", examples=[["all"]]
    )
    exclude_paths: tuple[Pattern, ...] = Field(
        (),
        description="paths that are not looked at, as regular expressions; of a source path:source.table",
        examples=[["/legacy/"]],
    )
    exceptions: tuple[DbtException, ...] = Field((), description="findings that are accepted")


DOCUMENTS = (DbtStandards, Backfill)
