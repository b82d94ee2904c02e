"""What people fill in for the architecture: the brief."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from decom_nb.document import Document, Group

Latency = Literal["real-time", "near-real-time", "batch"]
UseCase = Literal["analytics", "ML", "operational", "reporting", "reverse-ETL"]
QueryPattern = Literal["ad-hoc", "scheduled", "API", "dashboard"]
SkillLevel = Literal["junior", "mid", "senior", "mixed"]
Compliance = Literal["GDPR", "HIPAA", "SOX", "PCI", "none"]
Cloud = Literal["AWS", "GCP", "Azure", "multi", "on-prem"]
Language = Literal["SQL", "Python", "both", "JVM"]


def _labels(**labels: str) -> dict[str, Any]:
    return {"labels": {name.replace("_", "-"): text for name, text in labels.items()}}


def _unit(unit: str) -> dict[str, Any]:
    return {"unit": unit}


class Consumer(Group):
    """One team or system that uses the data."""

    team: str = Field("", description="who uses the data", examples=["Finance"])
    use_case: UseCase | None = Field(
        None,
        description="what for",
        json_schema_extra=_labels(
            analytics="exploring and dashboards",
            ML="training or serving models",
            operational="running the business",
            reporting="regular figures",
            reverse_ETL="back into business applications",
        ),
    )
    latency_requirement: Latency | None = Field(
        None,
        description="how old the data may be when they use it",
        json_schema_extra=_labels(
            real_time="under 1 second", near_real_time="under 5 minutes", batch="an hour or more"
        ),
    )
    query_pattern: QueryPattern | None = Field(
        None,
        description="how they get at it",
        json_schema_extra=_labels(
            ad_hoc="questions of the moment",
            scheduled="at fixed times",
            API="from a program, one request at a time",
            dashboard="always on a screen",
        ),
    )


class DataVolume(Group):
    """How much data there is and will be."""

    current_gb_per_day: float | None = Field(
        None,
        ge=0,
        description="new data per day, as it arrives",
        json_schema_extra=_unit("GB per day"),
        examples=[12.5],
    )
    growth_rate_percent: float | None = Field(
        None,
        ge=-90,
        le=10_000,
        description="by how much the daily volume grows in a year; 100 doubles it",
        json_schema_extra=_unit("% per year"),
        examples=[40],
    )
    retention_months: float | None = Field(
        None, ge=0, le=1200, description="how long data is kept", json_schema_extra=_unit("months"), examples=[36]
    )


class CurrentState(Group):
    """What is there today."""

    sources: tuple[str, ...] = Field(
        (), description="the systems that data comes from", examples=[["Shop (PostgreSQL)", "Kafka clickstream"]]
    )
    storage: tuple[str, ...] = Field(
        (), description="the systems that keep data at present", examples=[["Snowflake", "S3"]]
    )
    pain_points: tuple[str, ...] = Field(
        (),
        description="what people complain about: late, wrong, fragile, dear",
        examples=[["reports are late on Mondays"]],
    )
    data_volume: DataVolume = Field(default_factory=DataVolume, description="how much data there is")


class Constraints(Group):
    """What cannot be changed, or not soon."""

    budget_monthly_usd: float | None = Field(
        None, ge=0, description="what the platform may cost", json_schema_extra=_unit("USD per month"), examples=[5000]
    )
    team_size: int | None = Field(
        None,
        ge=0,
        le=10_000_000,
        description="people who build and run the data platform",
        json_schema_extra=_unit("people"),
        examples=[4],
    )
    skill_level: SkillLevel | None = Field(
        None,
        description="how experienced they are",
        json_schema_extra=_labels(
            junior="new to data platforms", mid="have run one", senior="have built several", mixed="some of each"
        ),
    )
    compliance: tuple[Compliance, ...] = Field(
        (), description="regulations that apply; none says that somebody checked"
    )
    cloud_provider: Cloud | None = Field(
        None,
        description="where the platform runs",
        json_schema_extra=_labels(multi="more than one of them", on_prem="in own rooms"),
    )

    @model_validator(mode="after")
    def _none_stands_alone(self) -> Self:
        if "none" in self.compliance and len(self.compliance) > 1:
            raise ValueError("compliance names regulations and says none as well: keep one or the other")
        return self


class Signals(Group):
    """What the decision tables ask and the brief above does not say; all of it optional."""

    as_of: date | None = Field(
        None, description="the day on which the volumes above were true; empty: the day of the audit"
    )

    # Events and correctness.
    event_stream: bool | None = Field(
        None, description="events already arrive on a log such as Kafka, Kinesis or Pub/Sub"
    )
    change_capture: bool | None = Field(
        None, description="changes of source databases are captured as they happen (CDC)"
    )
    replayable_stream: bool | None = Field(
        None, description="events can be replayed for as far back as they may have to be processed again"
    )
    batch_corrects_stream: bool | None = Field(
        None, description="complete results computed later have to replace the fast ones"
    )
    exact_results: bool | None = Field(
        None, description="results have to be complete and exact in the end, as for finance or billing"
    )
    late_data: bool | None = Field(None, description="records arrive late and change periods already reported")
    event_time_windows: bool | None = Field(
        None, description="there are windows or sessions over the time at which things happened"
    )
    two_code_paths: bool | None = Field(
        None, description="the same logic is kept in a batch and in a streaming version"
    )

    # Machine learning.
    ml_is_main_consumer: bool | None = Field(None, description="machine learning is the main consumer of the data")
    feature_reuse: bool | None = Field(None, description="several models or teams need the same features")

    # Volume.
    unit_of_work_gb: float | None = Field(
        None,
        ge=0,
        description="data processed in one go; empty: a day's data, or minutes of it where all want it within minutes",
        json_schema_extra=_unit("GB"),
        examples=[20],
    )
    stored_gb: float | None = Field(
        None,
        ge=0,
        description="data stored in all; empty: daily volume over the retention",
        json_schema_extra=_unit("GB"),
    )
    growth_uncertainty_percent: float | None = Field(
        None,
        ge=0,
        le=1000,
        description="by how much the growth rate may be off, either way",
        json_schema_extra=_unit("percentage points per year"),
    )

    # Storage.
    raw_files: bool | None = Field(None, description="raw, semi-structured or unstructured files have to be kept")
    files_as_tables: bool | None = Field(
        None, description="files have to behave like tables: rows change, schemas evolve or several jobs write"
    )
    several_engines: bool | None = Field(None, description="several engines have to read the same tables")
    oltp_need: bool | None = Field(None, description="the same store also serves an application's transactions")
    elastic_load: bool | None = Field(None, description="the query load swings strongly")
    predictable_cost: bool | None = Field(None, description="the bill has to be predictable to the month")
    cost_first: bool | None = Field(None, description="cost is the first constraint")

    # The work.
    tools_in_use: tuple[str, ...] = Field(
        (), description="tools that process data or start pipelines today", examples=[["Airflow", "pandas"]]
    )
    transform_language: Language | None = Field(
        None,
        description="what transformations are written in",
        json_schema_extra=_labels(both="SQL and Python", JVM="Scala, Java or Kotlin"),
    )
    ml_transforms: bool | None = Field(
        None, description="transformations contain machine learning or logic that SQL cannot say"
    )
    binary_data: bool | None = Field(None, description="images, sound, documents or other binary data are processed")
    production: bool | None = Field(None, description="it will run unattended, rather than be a prototype")
    pipelines: int | None = Field(
        None, ge=0, le=10_000_000, description="how many pipelines there are", json_schema_extra=_unit("pipelines")
    )
    tasks_in_largest_pipeline: int | None = Field(
        None,
        ge=0,
        le=10_000_000,
        description="how many tasks the largest pipeline has",
        json_schema_extra=_unit("tasks"),
    )
    dependencies_or_retries: bool | None = Field(
        None, description="pipelines wait for each other, or are retried when a step fails"
    )
    dynamic_workflows: bool | None = Field(None, description="the shape of a run is known only while it runs")
    long_running_workflows: bool | None = Field(
        None, description="workflows wait hours or days for people or services and have to survive restarts"
    )
    data_assets: bool | None = Field(
        None, description="the team wants to declare datasets with types and lineage, rather than tasks"
    )

    # People.
    open_to_change: bool | None = Field(None, description="the team is open to a new way of working")
    engineers: int | None = Field(
        None, ge=0, le=10_000_000, description="engineers in the whole organisation", json_schema_extra=_unit("people")
    )
    domain_teams: int | None = Field(
        None,
        ge=0,
        le=10_000_000,
        description="teams that produce data which others use",
        json_schema_extra=_unit("teams"),
    )
    business_domains: int | None = Field(
        None, ge=0, le=10_000_000, description="distinct business domains", json_schema_extra=_unit("domains")
    )
    sources_change_independently: bool | None = Field(
        None, description="sources change on their own schedule, without asking the data team"
    )
    central_team_bottleneck: bool | None = Field(
        None, description="teams wait for a central data team that lacks their knowledge"
    )
    ownership_unclear: bool | None = Field(None, description="it is unclear who owns data and answers for it")
    early_stage: bool | None = Field(None, description="the company is still at an early stage")
    on_prem_only: bool | None = Field(None, description="everything has to work with no dependency on a cloud")
    managed_preferred: bool | None = Field(None, description="somebody else should run the tools, as a managed service")


class Brief(Document):
    """The architecture brief: who needs which data how soon, what is there today, and what cannot be changed."""

    name: ClassVar[str] = "brief"

    project_name: str = Field("", description="what the project is called", examples=["Data platform 2027"])
    business_context: str = Field(
        "",
        description="what the business does and why data matters to it, in a few sentences",
        json_schema_extra={"multiline": True},
    )
    data_consumers: tuple[Consumer, ...] = Field((), description="everybody who uses the data")
    current_state: CurrentState = Field(default_factory=CurrentState, description="what is there today")
    constraints: Constraints = Field(default_factory=Constraints, description="what cannot be changed, or not soon")
    signals: Signals = Field(
        default_factory=Signals,
        description="what the decisions also ask; answer what you know, the rest may stay empty",
        json_schema_extra={"more": True},
    )


DOCUMENTS = (Brief,)
