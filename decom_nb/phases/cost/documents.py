"""What people fill in for cost: what belongs to which pipeline, what it is worth, and which savings are planned."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from decom_nb.document import Document, Group
from decom_nb.phases.cost.lever_table import Lever

Amount = Literal["effective", "billed"]
Split = Literal["none", "run_seconds", "rows", "query_bytes", "query_seconds", "fixed"]
Answer = Literal["not_yet", "planned", "done", "refused"]
ChargeKind = Literal["Usage", "Purchase", "Tax", "Credit", "Adjustment"]

_UNIT = "unit"


def _wide(what: str, *examples: str) -> Any:
    return Field("", description=f"{what}; * stands for anything", examples=list(examples))


class ChargeRule(Group):
    """Charges that belong together: all that is filled in has to hold, and the first rule that holds decides."""

    to_pipeline: str = Field("", description="the pipeline that they are for", examples=["load_orders"])
    to_pool: str = Field("", description="or the shared pool that they belong to", examples=["warehouse"])
    tag_key: str = Field("", description="a tag's key; large and small letters are the same", examples=["team"])
    tag_value: str = _wide("the tag's value", "marketing")
    service: str = _wide("the service's name", "Amazon Simple Storage Service")
    sub_account: str = _wide("the sub-account's id or name", "data-prod")
    resource: str = _wide("the resource's id or name, such as a warehouse", "LOADING_WH")
    description: str = _wide("the charge's description", "*support*")
    charge: ChargeKind | None = Field(None, description="the kind of charge; empty: usage, purchases and credits")
    because: str = Field("", description="why it belongs there, and by whose word")

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if bool(self.to_pipeline) == bool(self.to_pool):
            raise ValueError("a rule sends charges to a pipeline or to a pool: fill in one of to_pipeline and to_pool")
        asked = (self.tag_key, self.service, self.sub_account, self.resource, self.description, self.charge)
        if not any(asked):
            raise ValueError(
                "a rule needs a condition: a tag_key, service, sub_account, resource, description or charge"
            )
        if self.tag_value and not self.tag_key:
            raise ValueError("a tag_value needs the tag_key that it stands under")
        return self


class QueryRule(Group):
    """Queries that a pipeline runs; they say how much of a shared warehouse it uses. The first rule that holds decides."""

    to_pipeline: str = Field(min_length=1, description="the pipeline that runs them", examples=["build_marts"])
    user: str = _wide("the user that runs them", "svc_loader")
    warehouse: str = _wide("the warehouse or compute they run on", "LOADING_WH")
    tag: str = _wide("the query's tag or label", "*build_marts*")
    text: str = _wide("the query's text, for example a comment in it", "*dag_id: build_marts*")

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not any((self.user, self.warehouse, self.tag, self.text)):
            raise ValueError("a rule needs a condition: a user, a warehouse, a tag or a text")
        return self


class Share(Group):
    """How much of a pool one pipeline bears."""

    pipeline: str = Field(min_length=1, description="the pipeline", examples=["load_orders"])
    share: float = Field(gt=0, description="its part, in proportion to the others", examples=[2])


class Pool(Group):
    """Charges that several pipelines cause together."""

    pool: str = Field(min_length=1, description="its name, as the rules spell it", examples=["warehouse"])
    split_by: Split = Field(
        "none",
        description="how its cost is divided among pipelines; none leaves it as a row of its own",
        json_schema_extra={
            "labels": {
                "none": "not divided",
                "run_seconds": "by how long each pipeline's runs took in that month",
                "rows": "by how many rows each pipeline wrote in that month",
                "query_bytes": "by how many bytes each pipeline's queries scanned in that month",
                "query_seconds": "by how long each pipeline's queries took in that month",
                "fixed": "by the shares below",
            }
        },
    )
    among: tuple[str, ...] = Field((), description="the pipelines that share it; empty: all of them")
    warehouses: tuple[str, ...] = Field(
        (),
        description="where split_by is about queries: the warehouses whose queries count; empty: all",
        examples=[["WH"]],
    )
    shares: tuple[Share, ...] = Field((), description="the parts, where split_by is fixed")
    because: str = Field("", description="why it is divided in this way, and who agreed")

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        if (self.split_by == "fixed") != bool(self.shares):
            raise ValueError("shares are listed where split_by is fixed, and only there")
        return self


class Worth(Group):
    """What a pipeline's cost is weighed against."""

    pipeline: str = Field(min_length=1, description="the pipeline", examples=["load_orders"])
    business_value: str = Field(
        "", description="what revenue or decision it enables", examples=["the daily reorder proposal"]
    )
    value_monthly: float | None = Field(
        None,
        ge=0,
        description="what that is worth in a month, if anybody can tell, in the currency of the bill",
        json_schema_extra={_UNIT: "per month"},
    )
    roi_justified: bool | None = Field(None, description="whether the cost is worth it")
    said_by: str = Field("", description="who says so", examples=["head of merchandising"])
    said_on: date | None = Field(None, description="when")


class Rate(Group):
    """What a unit of a currency is worth in US dollars, to hold a bill against a budget in dollars."""

    currency: str = Field(pattern=r"^[A-Z]{3}$", description="the currency", examples=["EUR"])
    usd: float = Field(gt=0, description="US dollars for one unit of it", examples=[1.08])
    as_of: date | None = Field(None, description="when the rate was taken")


class CostAllocation(Document):
    """What of the bill belongs to which pipeline. Rules first, then tags; what neither tells stays a row of its own."""

    name: ClassVar[str] = "cost_allocation"

    amount: Amount = Field(
        "effective",
        description="the amount that is shown and compared; both are allocated, and both add up to the bill",
        json_schema_extra={
            "labels": {
                "effective": "what the use cost, with commitments spread over it",
                "billed": "what was invoiced in that month",
            }
        },
    )
    pipeline_tags: tuple[str, ...] = Field(
        ("pipeline",), description="tags whose value names a pipeline, the strongest first"
    )
    rules: tuple[ChargeRule, ...] = Field((), description="which charges belong where, in order")
    query_rules: tuple[QueryRule, ...] = Field((), description="which queries are whose, in order")
    pools: tuple[Pool, ...] = Field((), description="shared pools, and how each is divided")
    environment_tags: tuple[str, ...] = Field(
        ("environment", "env", "stage"), description="tags whose value names an environment, the strongest first"
    )
    not_production: tuple[str, ...] = Field(
        ("dev", "development", "test", "testing", "qa", "stg", "stage", "staging", "sandbox"),
        description="values of those tags, or words in a sub-account's name, that mean development or staging",
    )
    pipelines: tuple[Worth, ...] = Field((), description="what each pipeline is worth, and whether that is enough")
    rates: tuple[Rate, ...] = Field((), description="exchange rates; without one, currencies are never compared")

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        known = {each.pool for each in self.pools}
        if unknown := sorted({each.to_pool for each in self.rules if each.to_pool} - known):
            raise ValueError(f"a rule sends charges to the pool {unknown[0]}, which pools does not list: add it there")
        for what, given in (("pool", [p.pool for p in self.pools]), ("pipeline", [p.pipeline for p in self.pipelines])):
            if twice := sorted({name for name in given if given.count(name) > 1}):
                raise ValueError(f"the {what} {twice[0]} stands there twice: keep one")
        return self

    def worth(self, pipeline: str) -> Worth | None:
        """Give what somebody said of a pipeline's worth, if anybody did."""
        return next((each for each in self.pipelines if each.pipeline == pipeline), None)

    def usd(self, currency: str) -> Decimal | None:
        """Give the US dollars for a unit of a currency; nothing where nobody gave a rate."""
        if currency == "USD":
            return Decimal(1)
        return next((Decimal(str(each.usd)) for each in self.rates if each.currency == currency), None)

    def pool(self, name: str) -> Pool:
        """Give a pool by name."""
        return next(each for each in self.pools if each.pool == name)


class LeverAnswer(Group):
    """What people say of one way to save."""

    lever: Lever = Field(description="which of the methodology's strategies")
    state: Answer = Field("not_yet", description="whether it is planned, done, or not wanted")
    applies: bool | None = Field(None, description="whether it applies at all; empty: as the evidence shows")
    touches_percent: float | None = Field(
        None,
        ge=0,
        le=100,
        description="how much of compute or storage, whichever it is about, it touches; empty: as the evidence shows",
        json_schema_extra={_UNIT: "%"},
    )
    saves_low_percent: float | None = Field(
        None, ge=0, le=100, description="what it saves at least, of what it touches; empty: the rule of thumb"
    )
    saves_high_percent: float | None = Field(None, ge=0, le=100, description="what it saves at most")
    effort: Literal["low", "medium", "high"] | None = Field(None, description="what it takes here")
    because: str = Field("", description="why, and by whose word")

    @model_validator(mode="after")
    def _range_is_one(self) -> Self:
        low, high = self.saves_low_percent, self.saves_high_percent
        if (low is None) != (high is None) or (low is not None and high is not None and low > high):
            raise ValueError("saves_low_percent and saves_high_percent are given together, the smaller one as low")
        return self


class CostLevers(Document):
    """What is known here of the ways to save that the methodology lists: what they bring, and where they stand."""

    name: ClassVar[str] = "cost_levers"

    levers: tuple[LeverAnswer, ...] = Field((), description="those of which somebody knows more than the rule of thumb")

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        given = [each.lever for each in self.levers]
        if twice := sorted({name for name in given if given.count(name) > 1}):
            raise ValueError(f"{twice[0]} stands there twice: keep one")
        return self

    def of(self, lever: str) -> LeverAnswer | None:
        """Give what people say of a lever."""
        return next((each for each in self.levers if each.lever == lever), None)


DOCUMENTS = (CostAllocation, CostLevers)
