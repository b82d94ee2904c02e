"""What a modeling methodology is chosen by and the brief does not say: integration, audit, queries, the people who model."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from decom_nb.document import Document

Joins = Literal["none", "a few", "many"]
Definitions = Literal["agreed", "by department", "open"]
Share = Literal["none", "some", "main"]


class ModelingNeeds(Document):
    """What the choice of a modeling methodology needs to know beyond the brief; answer what you know."""

    name: ClassVar[str] = "modeling_needs"

    # What comes in.
    integrated_sources: int | None = Field(
        None,
        ge=0,
        le=10_000_000,
        description="source systems that have to be integrated; empty: as many as the brief names",
        json_schema_extra={"unit": "systems"},
        examples=[4],
    )
    sources_change_often: bool | None = Field(
        None, description="sources change their structure, or new ones are added, several times a year"
    )
    audit_trail: bool | None = Field(
        None, description="somebody has to be shown what was loaded, when and from where, for every value ever loaded"
    )
    agreed_definitions: Definitions | None = Field(
        None,
        description="do departments mean the same by customer, order, revenue",
        json_schema_extra={
            "labels": {
                "agreed": "one meaning for all",
                "by department": "each department its own",
                "open": "nobody has looked into it",
            }
        },
    )

    # Who asks, and how.
    business_processes: int | None = Field(
        None,
        ge=0,
        le=10_000,
        description="business processes to be analysed, such as orders, payments, returns",
        json_schema_extra={"unit": "processes"},
        examples=[3],
    )
    self_service_bi: bool | None = Field(
        None, description="people slice measures by shared dimensions themselves, in a BI tool"
    )
    dashboards: int | None = Field(
        None,
        ge=0,
        le=1_000_000,
        description="dashboards and reports that are to be served",
        json_schema_extra={"unit": "dashboards"},
        examples=[12],
    )
    joins_tolerated: Joins | None = Field(
        None,
        description="joins that those who query can be asked to write",
        json_schema_extra={"labels": {"none": "none: one table each", "a few": "a few, along keys"}},
    )
    event_analytics: Share | None = Field(
        None,
        description="how much is asked about what somebody did after what: funnels, retention, journeys",
        json_schema_extra={"labels": {"main": "most of it"}},
    )
    history_asked: bool | None = Field(
        None, description="reports ask for attributes as they were at the time, such as a customer's status then"
    )

    # Who builds it.
    modelers: int | None = Field(
        None,
        ge=0,
        le=10_000,
        description="people who model and keep the warehouse's tables",
        json_schema_extra={"unit": "people"},
        examples=[2],
    )
    first_result_weeks: float | None = Field(
        None,
        ge=0,
        le=1000,
        description="weeks until somebody has to see a first result",
        json_schema_extra={"unit": "weeks"},
        examples=[8],
    )
    generated_code: bool | None = Field(
        None, description="loads are generated from metadata, as by AutomateDV, or can be"
    )
