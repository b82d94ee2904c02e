"""The documents that these tests fill in: one of every kind of field."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from decom_nb.document import Document, Group

HEAD = "document: brief\nversion: 1\n"


class Consumer(Group):
    """A team that uses the data."""

    team: str = Field("", description="who uses the data", examples=["finance"])
    use_case: Literal["analytics", "ML", "reverse-ETL"] | None = Field(None, description="what for")
    latency: Literal["real-time", "near-real-time", "batch"] | None = Field(
        None,
        description="how fresh the data has to be",
        json_schema_extra={
            "labels": {"real-time": "under 1 s", "near-real-time": "under 5 min", "batch": "hourly or slower"}
        },
    )


class Volume(Group):
    """How much data there is."""

    gb_per_day: float | None = Field(None, ge=0, description="new data", json_schema_extra={"unit": "GB per day"})
    growth: float | None = Field(None, gt=-100, le=1_000_000, json_schema_extra={"unit": "% per year"})


class State(Group):
    """What there is."""

    sources: tuple[str, ...] = Field((), description="every system that produces data", examples=[["shop", "web"]])
    volume: Volume = Field(Volume(), description="how much there is")


class Constraints(Group):
    """What cannot be changed."""

    team_size: int | None = Field(
        None, ge=0, le=500, description="people who run it", json_schema_extra={"unit": "people"}
    )
    compliance: tuple[Literal["GDPR", "HIPAA", "none"], ...] = Field((), max_length=2)
    replay: bool | None = Field(None, description="can the stream be read again")
    since: date | None = Field(None, description="in use since")
    limit: int | Literal["none"] | None = None
    code: str = Field("", max_length=5, pattern="^[a-z]*$", examples=["abc"])


class Brief(Document):
    """What a platform is for. And more."""

    name: ClassVar[str] = "brief"

    project_name: str = Field("", description="what it is called")
    context: str = Field(
        "", description="what the business does with its data, and why something has to change by next year"
    )
    consumers: tuple[Consumer, ...] = Field((), description="the teams that use the data")
    state: State = Field(State(), description="what there is today")
    constraints: Constraints | None = Field(None, description="what cannot be changed")
    weights: dict[str, dict[str, float]] = Field(default_factory=dict, description="how much criteria count")
    answers: dict[str, bool | float | str | None] = Field(default_factory=dict)
    tier: int = Field(3, ge=1, le=3)

    @model_validator(mode="after")
    def _a_team_for_consumers(self) -> Brief:
        if self.consumers and self.constraints and self.constraints.team_size == 0:
            raise ValueError("a platform with consumers needs a team")
        return self


class Waiver(Group):
    """An entry with answers that it cannot do without."""

    target: str = Field(min_length=1, examples=["cost"])
    reason: Literal["out of scope", "other"]
    expires: date


class Waivers(Document):
    """What is left out."""

    name: ClassVar[str] = "waivers"

    waivers: tuple[Waiver, ...] = Field((), min_length=0)


class Note(Document):
    """A document of which there are many, in its third version."""

    name: ClassVar[str] = "note"
    many: ClassVar[bool] = True
    document_version: ClassVar[int] = 3

    title: str = Field("", alias="name", description="what it is about")
    hours: float | None = None

    @classmethod
    def migrate(cls, data: dict[str, Any], version: int) -> dict[str, Any]:
        """Version 1 called the name a heading, version 2 counted minutes."""
        if version == 1:
            return {("name" if key == "heading" else key): value for key, value in data.items()}
        return {
            ("hours" if key == "minutes" else key): value / 60 if key == "minutes" else value
            for key, value in data.items()
        }
