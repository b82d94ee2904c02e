"""What an engagement agrees on names: which of the conventions hold, which patterns are theirs, what is excepted and why."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from decom_nb.document import Document, Group
from decom_nb.phases.modeling.naming.naming_table import Layer, naming_table
from decom_nb.phases.modeling.naming.pattern import Pattern
from decom_nb.phases.modeling.naming.word import CaseStyle
from decom_nb.suggest import instead

ColumnType = Literal["boolean", "timestamp", "date", "time", "whole", "decimal", "float", "text", "other"]

_STYLES: dict[str, JsonValue] = {"snake": "order_date", "camel": "orderDate", "pascal": "OrderDate"}


class OwnConvention(Group):
    """A convention that is changed, switched off, or the engagement's own."""

    object: str = Field(
        min_length=1,
        pattern=r"^[a-z][a-z0-9_]*$",
        description="one of the conventions, such as boolean_columns, or a name of your own",
        examples=["boolean_columns"],
    )
    off: bool = Field(False, description="the convention does not hold here")
    patterns: tuple[str, ...] = Field(
        (),
        description="patterns of which a name has one; the first is the one that is proposed",
        examples=[["is_[state]", "has_[thing]", "can_[action]"]],
    )
    kind: Literal["table", "column"] | None = Field(None, description="what a convention of your own is about")
    layer: Layer | None = Field(None, description="tables of which layer, for a convention of your own")
    types: tuple[ColumnType, ...] = Field((), description="columns of which types, for a convention of your own")
    ends: tuple[str, ...] = Field(
        (),
        description="columns whose name ends in one of these words, for a convention of your own",
        examples=[["pct"]],
    )
    because: str = Field("", description="why it is so here")

    @field_validator("patterns")
    @classmethod
    def _can_be_read(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for each in patterns:
            if wrong := Pattern(each).wrong():
                raise ValueError(f"`{each}`: {wrong}, as in [event]_at")
        return patterns

    @model_validator(mode="after")
    def _is_known_or_says_what_it_is(self) -> Self:
        known = [each.object for each in naming_table().conventions]
        if self.object not in known and not self.patterns:
            raise ValueError(
                f"there is no convention {self.object}, and it has no patterns: {instead(self.object, known)}"
            )
        return self


class CaseStyleOf(Group):
    """Tables whose names are put together in another way, such as those of a source system."""

    tables: str = Field(min_length=1, description="a table's name, * stands for anything", examples=["raw_erp_*"])
    case: CaseStyle = Field(description="how words are put together", json_schema_extra={"labels": _STYLES})
    because: str = Field("", description="why")


class LayerOf(Group):
    """Tables whose layer neither name nor place tells."""

    tables: str = Field(min_length=1, description="a table's name, * stands for anything", examples=["ledger_*"])
    layer: Layer | Literal["none"] = Field(
        description="which layer they are of",
        json_schema_extra={"labels": {"mart": "a fact, dimension or metric", "none": "no layer: any name will do"}},
    )
    because: str = Field("", description="why")


class NamingException(Group):
    """Names that are accepted as they are."""

    convention: str = Field("*", description="the convention they depart from, * for any", examples=["id_columns"])
    name: str = Field(
        min_length=1, description="a table or table.column, * stands for anything", examples=["raw_erp_*.id"]
    )
    because: str = Field("", description="why they stay")


class Naming(Document):
    """How tables and columns are named here; where nothing is written, the methodology's conventions hold."""

    name: ClassVar[str] = "naming"

    case: CaseStyle | None = Field(
        None,
        description="how words are put together; if it is said, every name is held to it",
        json_schema_extra={"labels": _STYLES},
    )
    conventions: tuple[OwnConvention, ...] = Field((), description="conventions that are changed, off, or your own")
    case_styles: tuple[CaseStyleOf, ...] = Field((), description="tables that are written otherwise")
    layers: tuple[LayerOf, ...] = Field((), description="which layer a table is of, where nothing else tells")
    abbreviations: tuple[str, ...] = Field(
        (), description="abbreviations that are one word, as they are written", examples=[["SKU", "OAuth"]]
    )
    exceptions: tuple[NamingException, ...] = Field((), description="names that stay as they are")

    @model_validator(mode="after")
    def _exceptions_are_of_conventions(self) -> Self:
        known = {"*", "mart_tables", "case_style", *(each.object for each in naming_table().conventions)}
        known |= {each.object for each in self.conventions}
        for each in self.exceptions:
            if each.convention not in known:
                raise ValueError(
                    f"there is no convention {each.convention} to depart from: {instead(each.convention, known)}"
                )
        return self
