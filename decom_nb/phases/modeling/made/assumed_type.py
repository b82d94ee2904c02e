"""The type of a column that nobody gave one, by tables/assumed_type.yaml; what was assumed is always told."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.knowledge import Row

FILE = Path(__file__).parents[1] / "tables" / "assumed_type.yaml"

Role = Literal["count", "measure", "column"]


class AssumedType(Row):
    """One row."""

    type: str
    begins: str = ""
    ends: str = ""
    role: Role | None = None


class AssumedTypes(BaseModel):
    """The table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    assumed: tuple[AssumedType, ...]


@cache
def table() -> AssumedTypes:
    """Give it, read once."""
    return knowledge.load(AssumedTypes, FILE, sources={})


def assumed_type(name: str, role: Role = "column") -> str:
    """Give the type, in DuckDB's words, of a column by its name.

    >>> assumed_type("shipped_at"), assumed_type("net_amount"), assumed_type("orders", "count"), assumed_type("city")
    ('TIMESTAMP', 'DECIMAL(18,2)', 'BIGINT', 'VARCHAR')
    """
    word = name.casefold()
    for row in table().assumed:
        if row.role in (None, role) and word.startswith(row.begins) and word.endswith(row.ends):
            return row.type
    return "VARCHAR"
