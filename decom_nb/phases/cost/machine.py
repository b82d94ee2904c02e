"""What is known of machines and storage, by which is measured what levers touch: tables/lever_bases.yaml, as conditions too."""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.knowledge import Row, Setting
from decom_nb.phases.cost.category import TABLES
from decom_nb.sql import text


class Words(Row):
    """Patterns, regular expressions, by which something is known."""

    pattern: str


class BaseTable(BaseModel):
    """tables/lever_bases.yaml: limits and words by which is measured what levers touch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cold_after_days: Setting
    query_days: Setting
    hot_classes: Words
    hourly_units: Words
    machines: Words


@cache
def base_table() -> BaseTable:
    """Give the knowledge, read once."""
    return knowledge.load(BaseTable, TABLES / "lever_bases.yaml", sources=knowledge.citations(TABLES))


def on_demand_sql() -> str:
    """Give the condition for what is used on demand: at standard prices, and under no commitment."""
    return "lower(coalesce(pricing_category, 'standard')) = 'standard'"


def by_time_sql() -> str:
    """Give the condition for what is billed by time."""
    pattern = text.string(base_table().hourly_units.pattern)
    return f"regexp_matches(concat_ws(' ', consumed_unit, pricing_unit), {pattern}, 'i')"


def machine_sql() -> str:
    """Give the condition for virtual machines and clusters of them."""
    pattern = text.string(base_table().machines.pattern)
    return f"regexp_matches(concat_ws(' ', service_name, service_subcategory, resource_type), {pattern}, 'i')"


def spot_sql() -> str:
    """Give the condition for machines that could be had at a spot price: those on demand, but for databases."""
    return f"({on_demand_sql()} AND {machine_sql()} AND coalesce(service_category, '') <> 'Databases')"
