"""What people say of a data lake: which area is whose, what it is for, who uses it and who may read it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from decom_nb.document import Document, Group


class LakeArea(Group):
    """A part of the lake: everything below one prefix."""

    prefix: str = Field(
        "", description="bucket and path it begins with; the longest that fits counts", examples=["acme-lake/landing/"]
    )
    purpose: Literal["landing", "curated", "archive", "scratch"] | None = Field(
        None,
        description="what it is for",
        json_schema_extra={
            "labels": {
                "landing": "as it came, to be read once by a load",
                "curated": "tables that people and loads query",
                "archive": "kept, hardly ever read",
                "scratch": "may be deleted any day",
            }
        },
    )
    owner: str = Field("", description="the team that answers for it", examples=["data platform team"])
    consumers: tuple[str, ...] = Field((), description="who uses what lies there", examples=[["Finance"]])
    access: Literal["by team", "everybody", "everybody administers"] | None = Field(
        None,
        description="who may read and write",
        json_schema_extra={
            "labels": {
                "by team": "roles by domain or team",
                "everybody": "everybody reads",
                "everybody administers": "everybody may do everything",
            }
        },
    )


class DataLake(Document):
    """The areas of the data lake: whose each is, what it is for, who uses it and who may read it."""

    name: ClassVar[str] = "data_lake"

    areas: tuple[LakeArea, ...] = Field((), description="one for each part that is somebody's")
