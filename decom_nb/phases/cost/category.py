"""Which part of the methodology's template a charge belongs to, as one SQL expression: tables/categories.yaml says how."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from decom_nb import knowledge
from decom_nb.knowledge import Row
from decom_nb.sql import text

Category = Literal["compute", "storage", "egress", "other"]
CATEGORIES: tuple[Category, ...] = ("compute", "storage", "egress", "other")

TABLES = Path(__file__).parent / "tables"


class CategoryRow(Row):
    """Patterns that tell a category; all that are given have to fit."""

    category: Category
    service_category: str | None = None
    service_subcategory: str | None = None
    description: str | None = None
    not_description: str | None = Field(None, description="what the description must not hold")
    unit: str | None = Field(None, description="of what was consumed or priced")

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.condition:
            raise ValueError("a row needs at least one pattern")
        return self

    @property
    def condition(self) -> str:
        """Give the row as a condition in SQL over columns of a bill."""
        described = "concat_ws(' ', charge_description, sku_meter, usage_type)"
        asked = (
            (self.service_category, "coalesce(service_category, '')", ""),
            (self.service_subcategory, "coalesce(service_subcategory, '')", ""),
            (self.description, described, ""),
            (self.not_description, described, "NOT "),
        )
        parts = [f"{sign}{_fits(column, pattern)}" for pattern, column, sign in asked if pattern is not None]
        if self.unit is not None:
            units = (_fits(f"coalesce({column}, '')", self.unit) for column in ("consumed_unit", "pricing_unit"))
            parts.append(f"({' OR '.join(units)})")
        return " AND ".join(parts)


class CategoryTable(BaseModel):
    """tables/categories.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: tuple[CategoryRow, ...]


@cache
def category_table() -> CategoryTable:
    """Give the knowledge, read once."""
    return knowledge.load(CategoryTable, TABLES / "categories.yaml", sources=knowledge.citations(TABLES))


@cache
def category_sql() -> str:
    """Give the expression that says of a charge which category it is."""
    cases = " ".join(f"WHEN {row.condition} THEN {text.string(row.category)}" for row in category_table().rows)
    return f"CASE {cases} ELSE 'other' END"


def _fits(column: str, pattern: str) -> str:
    return f"regexp_matches({column}, {text.string(pattern)}, 'i')"
