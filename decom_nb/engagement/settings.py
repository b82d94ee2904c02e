"""The settings of an engagement, `engagement.yaml`: what it is called, for whom it is, where more evidence lies."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from decom_nb.document import Document, Group


class _Name:
    """Give the document's name on the class, as for every document; on the settings, what the assessment is called."""

    def __get__(self, settings: Settings | None, owner: type[Settings]) -> str:
        return "engagement" if settings is None else settings.title


class Pointer(Group):
    """Evidence that lies outside the engagement's evidence folder."""

    path: str = Field(
        min_length=1, description="file or folder, from this file's folder or absolute", examples=["../dbt/target"]
    )
    kind: str = Field("", description="what it is, if its content does not tell", examples=["dbt"])


class Settings(Document):
    """What the assessment is about, and where to look for evidence."""

    name: ClassVar[Any] = _Name()

    title: str = Field("", alias="name", description="what the assessment is called", examples=["Orders platform"])
    client: str = Field("", description="for whom it is made")
    currency: str = Field("USD", description="in which currency amounts of money are given", examples=["EUR"])
    evidence: tuple[Pointer, ...] = Field((), description="evidence that lies elsewhere than in evidence/")
    weights: dict[str, dict[str, float]] = Field(
        default_factory=dict,
        description="how much the criteria of a decision count, where 1 is normal",
        examples=[{"architecture.pattern": {"latency": 2}}],
    )
