"""A data contract as a document, in the shape of the methodology's template: one table, and what is promised of it.

    document: contract
    version: 1
    contract:
      name: orders
      version: 1.2.0
      owner: Checkout
      sla:
        freshness_hours: 6
      schema:
        - column: order_id
          type: BIGINT
          nullable: false
          checks:
            - type: unique

What the template has no key for, such as which table is meant and what its key is, follows below the template's own keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, ValidationError, model_validator

from decom_nb.check import KINDS, AnyCheck, Check
from decom_nb.document import Document, Group
from decom_nb.suggest import did_you_mean

Policy = Literal["notify-30-days", "version-bump", "never-break"]
"""What the producer does before a change that breaks consumers."""

Dialect = Literal["duckdb", "postgres", "snowflake", "bigquery", "databricks", "redshift", "trino", "odcs"]
"""In whose words types are written; `odcs` are the logical types of the Open Data Contract Standard."""

ColumnCheckKind = Literal["not_null", "unique", "range", "enum", "regex", "length", "castable", "custom"]

KIND_OF: dict[str, str] = {
    "not_null": "not_null",
    "unique": "unique",
    "range": "range",
    "enum": "accepted_values",
    "regex": "regex",
    "length": "length",
    "castable": "castable",
}
"""The kind of check behind each type of the template."""


def _labels(**labels: str) -> dict[str, Any]:
    return {"labels": {name.replace("_", "-"): text for name, text in labels.items()}}


class Sla(Group):
    """What is promised of the data's delivery."""

    freshness_hours: float | None = Field(
        None,
        ge=0,
        description="how old the newest row may be; 0, as in the blank template, promises nothing",
        json_schema_extra={"unit": "hours"},
        examples=[6],
    )
    availability_percent: float | None = Field(
        None,
        ge=0,
        le=100,
        description="share of time in which the data is there and as fresh as promised",
        json_schema_extra={"unit": "%"},
        examples=[99.9],
    )
    support_hours: Literal["business-hours", "24x7"] | None = Field(
        None, description="when somebody answers for it", json_schema_extra=_labels(business_hours="on working days")
    )


class ColumnCheck(Group):
    """What every value of a column has to be."""

    type: ColumnCheckKind | None = Field(
        None,
        description="which kind of check",
        json_schema_extra=_labels(
            not_null="no row lacks a value",
            unique="no value twice; params: with, further columns of the key",
            range="between two bounds that are right themselves; params: min, max",
            enum="one of a list; params: values",
            regex="matches a regular expression; params: pattern",
            length="characters; params: min, max",
            castable="can be read as a type; params: type, format",
            custom="params: expression, a condition in SQL; or sql, a query that gives the violations",
        ),
    )
    params: dict[str, Any] = Field(
        default_factory=dict,
        description="what the kind of check needs; severity, because, where, warn and fail are understood too",
        examples=[{"min": 0}],
    )

    @model_validator(mode="after")
    def _makes_a_check(self) -> Self:
        self.check_of("column")
        return self

    def check_of(self, column: str) -> Check | None:
        """Give the check of a column that this stands for, None for one that is not filled in; raise `ValueError`."""
        if self.type is None:
            if self.params:
                raise ValueError("`params` are those of a `type`: write one")
            return None
        given = dict(self.params)
        kind = KIND_OF.get(self.type, "")
        if self.type == "custom":
            if ("expression" in given) == ("sql" in given):
                raise ValueError("a custom check needs either `expression` or `sql` among its params")
            kind = "expression" if "expression" in given else "custom_sql"
        elif kind in ("not_null", "unique"):
            further = given.pop("with", [])
            given["columns"] = [column, *further] if isinstance(further, list) else [column, further]
        else:
            given["column"] = column
        return made(kind, given)


def made(kind: str, given: Mapping[str, Any]) -> Check:
    """Make a check of plain data; raise a `ValueError` that says all that is wrong with it in one sentence."""
    model = KINDS[kind]
    try:
        return model.model_validate_json(json.dumps({"check": kind, **given}), strict=True)
    except ValidationError as error:
        raise ValueError("; ".join(dict.fromkeys(_said(each, model) for each in error.errors()))) from None
    except TypeError:
        raise ValueError("params hold something that is neither text nor number nor a list of them") from None


def _said(error: Any, model: type[Check]) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "missing":
        return f"`{name}` is missing among its params"
    if error["type"] == "extra_forbidden":
        meant = did_you_mean(name, model.model_fields)
        return f"it has no `{name}`" + (f": did you mean `{meant}`?" if meant else "")
    told = str(error["msg"]).removeprefix("Value error, ")
    return f"`{name}`: {told[:1].lower()}{told[1:]}" if name else told


class Column(Group):
    """One column and what is promised of it."""

    column: str = Field("", description="its name, letter by letter", examples=["order_id"])
    type: str = Field("", description="its type, in the words of `dialect`", examples=["BIGINT"])
    nullable: bool | None = Field(None, description="whether a row may lack a value")
    description: str = Field("", description="what stands in it, technically")
    business_definition: str = Field("", description="what it means to the business")
    pii: bool | None = Field(None, description="whether it is about a person; its values are never shown then")
    checks: tuple[ColumnCheck, ...] = Field((), description="what else must hold of its values")
    unit: str = Field("", description="of a figure: its unit", examples=["EUR"])
    classification: str = Field("", description="how confidential it is, in the words of the house")
    stable_id: str = Field("", description="an id that stays when the column is renamed")


class FurtherClause(Group):
    """Something else that is agreed, and that no check here can decide."""

    about: str = Field("", description="what it is about: a path such as schema.amount or sla.retention")
    says: str = Field("", description="what is agreed, in words")
    unchecked_because: str = Field("", description="why it is not checked")


class Terms(Group):
    """The contract itself, in the template's order."""

    name: str = Field("", description="what the contract is called", examples=["orders"])
    version: str = Field("", description="major.minor.patch: major goes up when consumers break", examples=["1.0.0"])
    owner: str = Field("", description="the team that produces the data", examples=["Checkout"])
    consumers: tuple[str, ...] = Field((), description="the teams that use it", examples=[["Finance"]])
    sla: Sla = Field(default_factory=Sla, description="what is promised of delivery")
    columns: tuple[Column, ...] = Field((), alias="schema", description="the columns")
    breaking_change_policy: Policy | None = Field(
        None,
        description="what happens before a change that breaks consumers",
        json_schema_extra=_labels(
            notify_30_days="consumers are told 30 days ahead",
            version_bump="it comes as a new major version",
            never_break="there is none",
        ),
    )
    notification_channel: str = Field("", description="where changes and breaches are told", examples=["#data-orders"])

    table: str = Field("", description="the table, by the name it has here; the contract's name if empty")
    key: tuple[str, ...] = Field((), description="its primary key", examples=[["order_id"]])
    freshness_column: str = Field("", description="the timestamp by which freshness is told", examples=["loaded_at"])
    pipeline: str = Field("", description="the pipeline that loads it, by its name in run logs; the table's if empty")
    dialect: Dialect = Field("duckdb", description="in whose words types are written")
    closed: bool = Field(False, description="whether the table has these columns and no others")
    description: str = Field("", description="what a row is, and what the table is for")
    checks: tuple[AnyCheck, ...] = Field((), description="what must hold of the table as a whole, as in a suite")
    further: tuple[FurtherClause, ...] = Field((), description="what else is agreed and cannot be checked here")
    contract_id: str = Field("", description="an id that stays when the contract is renamed")

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        wrong = list(self._misfits())
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _misfits(self) -> Iterator[str]:
        named = [each.column for each in self.columns if each.column]
        for twice in sorted({name for name in named if named.count(name) > 1}):
            yield f"the column `{twice}` stands in `schema` twice"
        if not named:
            return
        asked = [("key", name) for name in self.key]
        asked += [("freshness_column", self.freshness_column)] if self.freshness_column else []
        for key, name in asked:
            if name not in named:
                meant = did_you_mean(name, named)
                yield f"`{key}` names the column `{name}`, which `schema` does not have" + (
                    f": did you mean `{meant}`?" if meant else ""
                )


class Contract(Document):
    """What a producer promises the consumers of one table."""

    name: ClassVar[str] = "contract"
    many: ClassVar[bool] = True

    terms: Terms = Field(default_factory=Terms, alias="contract", description="the contract, as in the template")

    @property
    def table(self) -> str:
        """Give the table it is about, by the name it has here."""
        return self.terms.table or self.terms.name

    @property
    def columns(self) -> tuple[Column, ...]:
        """Give the columns that are filled in."""
        return tuple(each for each in self.terms.columns if each.column)

    def column(self, name: str) -> Column | None:
        """Give a column by its name."""
        return next((each for each in self.columns if each.column == name), None)

    @property
    def personal(self) -> tuple[str, ...]:
        """Give the columns about persons."""
        return tuple(each.column for each in self.columns if each.pii)
