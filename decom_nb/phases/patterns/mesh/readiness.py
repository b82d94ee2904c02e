"""How ready a platform is for a data mesh: each of the four principles as a share from … to, open statements widening it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from decom_nb import knowledge
from decom_nb.knowledge import Row
from decom_nb.phases.patterns.mesh.mesh_document import DataMesh

TABLES = Path(__file__).parent.parent / "tables"
LEVELS = ("missing", "started", "in place")


class Statement(Row):
    """One statement of a principle; its wording is the field's description in the document."""

    name: str
    remedy: str = Field(min_length=1)


class Principle(Row):
    """One of the four principles."""

    name: str
    title: str
    says: str
    statements: tuple[Statement, ...]


class Principles(BaseModel):
    """The table of principles."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    worth: Mapping[str, float] = Field(description="what an answer counts, by the answer")
    worth_because: str = Field(min_length=1)
    in_place_from: float = Field(gt=0, le=1, description="share from which a principle is in place")
    started_from: float = Field(gt=0, le=1, description="share from which it is started")
    levels_because: str = Field(min_length=1)
    missing_from: int = Field(ge=1, description="so many principles that are missing make the whole missing")
    missing_because: str = Field(min_length=1)
    source: str
    principles: tuple[Principle, ...]


@cache
def principles() -> Principles:
    """Give the table of principles."""
    return knowledge.load(Principles, TABLES / "mesh_principles.yaml", sources=knowledge.citations(TABLES))


def readiness(data_mesh: DataMesh | None) -> list[dict[str, Any]]:
    """Give a row for each principle: its share as an interval, its level if that is sure, and its statements.

    What nobody answered counts as no at the low end and as yes at the high end.
    """
    return [_row(each, getattr(data_mesh, each.name, None)) for each in principles().principles]


def overall(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Give the level of all principles together; ``None`` while an open statement could still change it."""
    levels = [row["level"] for row in rows]
    if levels.count(LEVELS[0]) >= principles().missing_from:
        return LEVELS[0]
    if None in levels:
        return None
    return LEVELS[2] if set(levels) == {LEVELS[2]} else LEVELS[1]


def _row(principle: Principle, said: Any) -> dict[str, Any]:
    table = principles()
    statements = [
        {
            "name": each.name,
            "statement": _wording(principle, each),
            "said": getattr(said, each.name, None),
            "remedy": each.remedy,
            "because": each.because,
        }
        for each in principle.statements
    ]
    known = [table.worth[each["said"]] for each in statements if each["said"] is not None]
    low = sum(known) / len(statements)
    high = (sum(known) + len(statements) - len(known)) / len(statements)
    level = _level(low)
    return {
        "principle": principle.name,
        "title": principle.title,
        "says": principle.says,
        "low": low,
        "high": high,
        "level": level if level == _level(high) else None,
        "statements": statements,
    }


def _wording(principle: Principle, statement: Statement) -> str:
    group = DataMesh.model_fields[principle.name].annotation
    fields: Mapping[str, Any] = getattr(group, "model_fields", {})
    return fields[statement.name].description or ""


def _level(share: float) -> str:
    """Give the level of a share.

    >>> _level(0.39), _level(0.4), _level(0.75)
    ('missing', 'started', 'in place')
    """
    table = principles()
    return LEVELS[(share >= table.started_from) + (share >= table.in_place_from)]
