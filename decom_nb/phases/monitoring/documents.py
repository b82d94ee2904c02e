"""What people fill in for monitoring: the service levels, which are the list of pipelines that every room reads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, Literal

from pydantic import Field

from decom_nb.document import Document, Group

Impact = Literal["revenue", "compliance", "executive", "internal", "none"]


class ServiceLevel(Group):
    """What one pipeline promises, whose it is, and what hangs on it."""

    pipeline: str = Field(
        min_length=1, description="the pipeline's name as its runs spell it", examples=["load_orders"]
    )
    sla_minutes: float | None = Field(
        None, gt=0, description="longest runtime that is still acceptable", json_schema_extra={"unit": "minutes"}
    )
    tier: Literal[1, 2, 3] | None = Field(None, description="1 critical, 2 important, 3 nice to have")
    freshness_hours: float | None = Field(
        None,
        gt=0,
        description="how old its data may become before somebody misses it",
        json_schema_extra={"unit": "hours"},
    )
    schedule: str = Field("", description="when it runs, as cron in UTC or in words", examples=["0 2 * * *"])
    owner: str = Field("", description="who gets up for it", examples=["data platform team"])
    impact: Impact | None = Field(
        None,
        description="what a failure touches",
        json_schema_extra={
            "labels": {
                "revenue": "money that is earned or paid",
                "compliance": "what the law or an auditor asks for",
                "executive": "what is decided by, such as a board's dashboard",
                "internal": "work inside the company",
                "none": "nobody notices for days",
            }
        },
    )
    also_known_as: tuple[str, ...] = Field(
        (),
        description="its names elsewhere: the DAG, the job in lineage, the dbt project",
        examples=[["airflow.load_orders_daily"]],
    )
    writes: tuple[str, ...] = Field((), description="tables that it writes", examples=[["raw.shop.orders"]])
    budget_monthly_usd: float | None = Field(
        None, ge=0, description="what it may cost in a month", json_schema_extra={"unit": "USD per month"}
    )


class ServiceLevels(Document):
    """The pipelines and what each promises; without it no run can be said to be late."""

    name: ClassVar[str] = "service_levels"

    default_sla_minutes: float | None = Field(
        None, gt=0, description="for every pipeline not listed; empty: none", json_schema_extra={"unit": "minutes"}
    )
    pipelines: tuple[ServiceLevel, ...] = Field((), description="pipelines with a promise of their own")

    def sla_minutes(self, pipeline: str) -> float | None:
        """Give the pipeline's longest acceptable runtime in minutes, or ``None`` where nobody promised one."""
        own = {each.pipeline: each.sla_minutes for each in self.pipelines}
        return own.get(pipeline, self.default_sla_minutes)

    def of(self, pipeline: str) -> ServiceLevel | None:
        """Give what is written down of a pipeline, by any of its names."""
        return self.by_name.get(pipeline)

    @cached_property
    def by_name(self) -> Mapping[str, ServiceLevel]:
        """Give every pipeline by every name it goes by; its own name comes before another's second one."""
        found = {name: each for each in reversed(self.pipelines) for name in each.also_known_as}
        return found | {each.pipeline: each for each in reversed(self.pipelines)}


DOCUMENTS = (ServiceLevels,)
