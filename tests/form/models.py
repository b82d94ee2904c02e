"""Models that the tests and the benchmark of the forms fill in: every kind of field, and an interview sheet."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tier(Enum):
    GOLD = "gold"
    SILVER = "silver"


class Mail(Frozen):
    kind: Literal["mail"] = "mail"
    address: str = Field("", description="who gets it", examples=["data@acme.example"])


class Pager(Frozen):
    kind: Literal["pager"] = "pager"
    number: str = ""
    urgent: bool = False


class Step(Frozen):
    title: str = Field(min_length=1, description="what is done")
    minutes: int | None = Field(None, ge=0, le=1440, json_schema_extra={"unit": "minutes"})
    parts: tuple[Step, ...] = Field((), description="steps of the step")


class Window(Frozen):
    start: int | None = Field(None, ge=0, le=23)
    end: int | None = Field(None, ge=0, le=23)

    @model_validator(mode="after")
    def _in_order(self) -> Window:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("must end after it starts.")
        return self


class Everything(Frozen):
    """Every kind of field that a form knows."""

    code: str = Field(
        min_length=1, max_length=8, pattern=r"[A-Z]+-\d+", description="number of the job", examples=["JOB-12"]
    )
    line: str | None = Field(None, description="one line of text")
    story: str = Field("", description="as long as you like", json_schema_extra={"multiline": True})
    region: str = Field("", json_schema_extra={"suggestions": ["eu-central-1", "us-east-1"]})
    count: int | None = Field(
        None, ge=0, le=100, description="how many", examples=[7], json_schema_extra={"unit": "tables"}
    )
    needed_count: int = Field(3, gt=0)
    share: float | None = Field(None, ge=0, le=1)
    price: Decimal | None = Field(None, decimal_places=2, json_schema_extra={"unit": "EUR"})
    plain_flag: bool = False
    open_flag: bool | None = Field(
        None, title="Is it replayable?", description="can the stream be read again from its start"
    )
    day: date | None = Field(None, ge=date(2000, 1, 1))
    moment: datetime | None = None
    size: Literal["small", "medium", "large"] | None = None
    cloud: Literal["AWS", "GCP", "Azure", "multi", "on-prem", "none of these so far"] | None = None
    tier: Tier = Tier.SILVER
    level: Literal[1, 2, 3] | None = None
    pains: tuple[str, ...] = Field(
        (), description="what is slow, broken or missing", examples=[["late reports", "double counting"]]
    )
    stores: tuple[str, ...] = Field((), json_schema_extra={"suggestions": ["PostgreSQL", "Snowflake", "S3"]})
    ports: list[int] = Field(default_factory=list)
    rules: tuple[Literal["GDPR", "HIPAA", "SOX", "PCI"], ...] = ()
    weights: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict, description="how much each counts")
    window: Window = Field(default_factory=Window, description="when it may run")
    fallback: Window | None = Field(None, description="only if there is a second one")
    steps: tuple[Step, ...] = Field((), max_length=2_000, description="what happens, in order")
    notify: Annotated[Mail | Pager, Field(discriminator="kind")] = Field(default_factory=Mail)
    anything: dict[str, Any] = Field(default_factory=dict)
    remark: str | None = Field(None, json_schema_extra={"more": True})
    hidden_reason: str | None = Field(None, json_schema_extra={"more": True})


class Consumer(Frozen):
    team: str = Field("", description="who uses the data", examples=["Marketing analytics"])
    use_case: Literal["analytics", "ML", "operational", "reporting", "reverse-ETL"] | None = None
    latency: Literal["real-time", "near-real-time", "batch"] | None = Field(
        None, description="how old the data may be when it is used: under 1 s, under 5 min, an hour or more"
    )
    query_pattern: Literal["ad-hoc", "scheduled", "API", "dashboard"] | None = Field(
        None, description="how they ask for it"
    )


class Volume(Frozen):
    current_gb_per_day: float | None = Field(
        None,
        ge=0,
        title="Arriving now",
        description="everything that is new on an average day",
        json_schema_extra={"unit": "GB per day"},
    )
    growth_rate_percent: float | None = Field(None, ge=-100, title="Growth", json_schema_extra={"unit": "% per year"})
    retention_months: int | None = Field(None, ge=0, title="Kept for", json_schema_extra={"unit": "months"})


class State(Frozen):
    sources: tuple[str, ...] = Field(
        (),
        description="every system that produces data, one per line",
        json_schema_extra={"suggestions": ["PostgreSQL", "Salesforce", "Kafka", "SAP", "Stripe", "Google Analytics"]},
    )
    storage: tuple[str, ...] = Field((), description="where data lies today", examples=[["S3", "a shared drive"]])
    pain_points: tuple[str, ...] = Field((), description="what is broken, slow or not trusted")
    data_volume: Volume = Field(default_factory=Volume)


class Constraints(Frozen):
    budget_monthly_usd: float | None = Field(
        None,
        ge=0,
        title="Monthly budget",
        description="for running it, without salaries",
        json_schema_extra={"unit": "USD"},
    )
    team_size: int | None = Field(
        None, ge=0, le=10_000, description="people who build and run pipelines", json_schema_extra={"unit": "people"}
    )
    skill_level: Literal["junior", "mid", "senior", "mixed"] | None = None
    compliance: tuple[Literal["GDPR", "HIPAA", "SOX", "PCI"], ...] = Field(
        (), description="rules that the data falls under"
    )
    cloud_provider: Literal["AWS", "GCP", "Azure", "multi", "on-prem"] | None = None


class Brief(Frozen):
    project_name: str = Field("", description="what everybody here calls it", examples=["Customer 360"])
    business_context: str = Field(
        "",
        description="what the business wants from its data, in a few sentences",
        json_schema_extra={"multiline": True},
    )
    data_consumers: tuple[Consumer, ...] = Field((), description="every team that uses the data, with what it needs")
    current_state: State = Field(default_factory=State)
    constraints: Constraints = Field(default_factory=Constraints)
    stream_replayable: bool | None = Field(
        None,
        title="Can the stream be replayed?",
        description="events can be read again from the start",
        json_schema_extra={"more": True},
    )
    owning_teams: int | None = Field(
        None,
        ge=0,
        title="Teams that own data",
        description="teams that would publish data of their own",
        json_schema_extra={"more": True},
    )
    ml_is_main_consumer: bool | None = Field(None, title="Is ML the main consumer?", json_schema_extra={"more": True})


BRIEF = Brief(
    project_name="Order insight",
    business_context="Sales wants to see yesterday's orders at seven.\nFinance closes the month from the same figures.",
    data_consumers=(
        Consumer(team="BI", use_case="reporting", latency="batch", query_pattern="dashboard"),
        Consumer(team="Fraud desk", use_case="operational", latency="real-time"),
    ),
    current_state=State(
        sources=("PostgreSQL", "Stripe"),
        pain_points=("loads are late on Mondays",),
        data_volume=Volume(current_gb_per_day=12.5, growth_rate_percent=40, retention_months=36),
    ),
    constraints=Constraints(team_size=4, skill_level="mid", compliance=("GDPR",), cloud_provider="AWS"),
)


def sixty_fields() -> type[BaseModel]:
    """Make a model with sixty fields of the usual kinds."""
    kinds: list[tuple[Any, Any]] = [
        (str | None, None),
        (int | None, None),
        (float | None, None),
        (bool | None, None),
        (Literal["one", "two", "three"] | None, None),
        (tuple[str, ...], ()),
    ]
    fields: dict[str, Any] = {
        f"field_{place}": (
            kinds[place % len(kinds)][0],
            Field(kinds[place % len(kinds)][1], description=f"what field {place} means"),
        )
        for place in range(60)
    }
    return create_model("Sixty", __base__=Frozen, **fields)


class Long(Frozen):
    """A list long enough to hurt."""

    consumers: tuple[Consumer, ...] = ()
