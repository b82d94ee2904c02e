"""A dimensional model as people fill it in: fact tables, the dimensions they share, keys, measures, hierarchies."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from decom_nb.document import Document, Group

ScdType = Literal[1, 2, 3, 4, 6]
MeasureType = Literal["additive", "semi-additive", "non-additive"]
Aggregation = Literal["SUM", "AVG", "COUNT", "MIN", "MAX", "COUNT DISTINCT"]


class ModelMeasure(Group):
    """One number of a fact table."""

    name: str = Field(min_length=1, description="the column", examples=["net_amount"])
    type: MeasureType | None = Field(
        None,
        description="over what it may be summed",
        json_schema_extra={
            "labels": {
                "additive": "over every dimension",
                "semi-additive": "over every dimension but some, mostly time",
                "non-additive": "over none, such as a rate or a price",
            }
        },
    )
    aggregation: Aggregation | None = Field(None, description="how it is added up")
    business_definition: str = Field("", description="what it means to those who read it")
    data_type: str = Field("", description="its type in DuckDB's words", examples=["DECIMAL(18,2)"])
    source: str = Field("", description="column or expression it comes from", examples=["orders.net"])
    not_additive_over: tuple[str, ...] = Field(
        (), description="dimensions over which a semi-additive measure is not summed", examples=[["dim_date"]]
    )


class ModelForeignKey(Group):
    """A column that points to a dimension."""

    column: str = Field(min_length=1, description="the column in this table", examples=["customer_key"])
    dimension: str = Field(min_length=1, description="the dimension it points to", examples=["dim_customers"])
    role: str = Field("", description="what it plays, where a dimension is used twice", examples=["shipped"])
    source: str = Field("", description="column of the source that holds the natural key", examples=["customer_id"])
    level: str = Field(
        "",
        description="attribute of the dimension that the column holds, where that is wider than its natural key",
        examples=["month"],
    )
    several: bool | None = Field(
        None, description="one row belongs to several of these, such as an order to several promotions"
    )
    bridge: str = Field(
        "", description="table between, where one row belongs to several", examples=["bridge_order_promotions"]
    )


class DegenerateDimension(Group):
    """An identifier, or a word such as a status, that stays in the fact table."""

    name: str = Field(min_length=1, description="the column", examples=["order_number"])
    data_type: str = Field("", description="its type in DuckDB's words", examples=["VARCHAR"])
    source: str = Field("", description="column or expression it comes from")
    description: str = Field("", description="what it means to those who read it")


class JoinedSource(Group):
    """A further table that a fact table is made from, one row of it for each row of the fact's source or for several."""

    table: str = Field(min_length=1, description="the table or dbt model", examples=["stg_shop__orders"])
    by: tuple[str, ...] = Field(
        min_length=1, description="columns of the same name in both that name one row of it", examples=[["order_id"]]
    )


class FactTable(Group):
    """One business process."""

    name: str = Field(min_length=1, description="the table", examples=["fct_orders"])
    grain: str = Field("", description="one row is one what", examples=["order line"])
    grain_statement: str = Field("", description="the grain in a sentence", examples=["One row per order line and day"])
    grain_columns: tuple[str, ...] = Field(
        (), description="columns of the table that together name a row", examples=[["order_id", "line_number"]]
    )
    kind: Literal["transaction", "periodic snapshot", "accumulating snapshot", "factless"] | None = Field(
        None, description="what kind of fact table it is"
    )
    source: str = Field("", description="table or dbt model it is made from", examples=["stg_shop__order_lines"])
    joined_sources: tuple[JoinedSource, ...] = Field(
        (), description="further tables that keys and measures come from, joined to the source"
    )
    read_with: str = Field(
        "",
        description="how it is read together with facts of another grain; by their names, if not all alike",
        examples=["each is summed by customer and month first, then joined"],
    )
    measures: tuple[ModelMeasure, ...] = Field((), description="its numbers")
    degenerate_dimensions: tuple[DegenerateDimension, ...] = Field((), description="identifiers kept in it")
    foreign_keys: tuple[ModelForeignKey, ...] = Field((), description="what points to dimensions")


class ModelAttribute(Group):
    """One column of a dimension."""

    name: str = Field(min_length=1, description="the column", examples=["customer_status"])
    source: str = Field("", description="column or expression it comes from", examples=["customers.status"])
    scd_type: ScdType | None = Field(None, description="how its changes are kept; empty: as the dimension's type says")
    data_type: str = Field("", description="its type in DuckDB's words", examples=["VARCHAR"])
    description: str = Field("", description="what it means to those who read it")
    business_critical: bool | None = Field(
        None, description="money or a decision hangs on its value at the time, as on a price or a status"
    )
    history: Literal["none", "previous", "full"] | None = Field(
        None,
        description="which earlier values somebody asks for",
        json_schema_extra={"labels": {"previous": "only the one before", "full": "every one, with its time"}},
    )
    changes: Literal["never", "corrections", "seldom", "often"] | None = Field(
        None,
        description="how its value changes",
        json_schema_extra={
            "labels": {"corrections": "only because it was wrong", "often": "for many rows, every few days or hours"}
        },
    )
    seen_both_ways: bool | None = Field(
        None, description="old facts are asked about by its value then, and by its value now"
    )


class Hierarchy(Group):
    """Levels of a dimension, the widest first; each value of a level belongs to one of the level above."""

    name: str = Field("", description="what it is called", examples=["geography"])
    levels: tuple[str, ...] = Field(
        (), description="attributes, the widest first", examples=[["country", "region", "city"]]
    )


class Dimension(Group):
    """What facts are about; several fact tables may share it."""

    name: str = Field(min_length=1, description="the table", examples=["dim_customers"])
    type: ScdType | None = Field(None, description="how changes are kept where an attribute does not say otherwise")
    natural_key: tuple[str, ...] = Field(
        (), description="columns that name it in the source", examples=[["customer_id"]]
    )
    surrogate_key: str = Field("", description="the key that the warehouse makes", examples=["customer_key"])
    source: str = Field("", description="table or dbt model it is made from", examples=["stg_shop__customers"])
    attributes: tuple[ModelAttribute, ...] = Field(
        (), description="its other columns; a column of the natural key may stand here too, with its type and meaning"
    )
    hierarchies: tuple[Hierarchy, ...] = Field((), description="levels along which it is drilled")
    foreign_keys: tuple[ModelForeignKey, ...] = Field((), description="what points to further dimensions")

    @property
    def descriptive(self) -> tuple[ModelAttribute, ...]:
        """Its attributes without those that describe its own keys: what can change while the thing stays the same."""
        return tuple(each for each in self.attributes if each.name not in (*self.natural_key, self.surrogate_key))


class DimensionalModel(Document):
    """The facts and dimensions of a platform: what is counted, by what, and how its history is kept."""

    name: ClassVar[str] = "dimensional_model"

    database_schema: str = Field("marts", description="schema in which the tables lie", examples=["marts"])
    fact_tables: tuple[FactTable, ...] = Field((), description="one for each business process")
    dimensions: tuple[Dimension, ...] = Field((), description="what facts are about")
