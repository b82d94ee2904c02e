"""The kinds of check: what may be asked of a table, each as the group of keys with which a person asks it.

    - check: range
      column: order_amount
      min: 0
      severity: P1
      because: A negative amount is a refund, and refunds have a table of their own.

A value that is missing is never out of range, unmatched or an orphan: absence is what `not_null` is for, as in SQL.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, get_args

from pydantic import Field, model_validator

from decom_nb.document import Group

Dimension = Literal["completeness", "uniqueness", "validity", "accuracy", "freshness", "consistency"]
"""The six dimensions of the methodology."""
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

Priority = Literal["P0", "P1", "P2", "P3"]
"""How bad a violation is, by the methodology's definitions; P0 stops the pipeline, P3 waits in the backlog."""
PRIORITIES: tuple[Priority, ...] = get_args(Priority)

Scalar = int | float | str
"""A value in YAML; dates and times are text such as 2026-03-31, read by the type of the column they are compared with."""

ColumnName = Annotated[str, Field(min_length=1)]


_LATER: Any = {"json_schema_extra": {"more": True}}
"""Marks questions that a form asks behind a button: most checks answer none of them."""


class Threshold(Group):
    """How many violations are too many: the verdict turns when either number is exceeded."""

    count: int | None = Field(None, ge=0, description="most violations that are accepted")
    share: float | None = Field(
        None, ge=0, le=1, description="largest share of the rows looked at that may violate", examples=[0.01]
    )

    def exceeded(self, violations: int, share: float | None) -> bool:
        """Tell whether so many violations, which are that share of the rows looked at, are too many."""
        too_many = self.count is not None and violations > self.count
        return too_many or (self.share is not None and share is not None and share > self.share)


class Check(Group):
    """What all checks say, whatever they look at."""

    measures: ClassVar[Dimension]
    """The dimension that this kind of check measures, unless the check itself names another."""
    by_row: ClassVar[bool] = True
    """Whether violations are rows of the table (or groups of rows), so that a share of rows means something."""

    name: str = Field("", description="what results call it; made from kind and columns if left out", **_LATER)
    dimension: Dimension | None = Field(
        None, description="which of the six it measures, if not the kind's own", **_LATER
    )
    severity: Priority = Field("P2", description="how bad a violation is: P0 critical, P1 high, P2 medium, P3 low")
    warn: Threshold | None = Field(None, description="from when on it is worth a warning", **_LATER)
    fail: Threshold = Field(
        default_factory=lambda: Threshold(count=0),
        description="from when on it fails; any violation if left out",
        **_LATER,
    )
    where: str = Field(
        "", description="which rows it looks at, as a condition in SQL", examples=["status <> 'test'"], **_LATER
    )
    by: tuple[ColumnName, ...] = Field(
        (), description="columns by whose values it is judged apart, such as a partition", **_LATER
    )
    owner: str = Field("", description="who acts when it fails", **_LATER)
    because: str = Field("", description="why it must hold, as a sentence for whoever is woken by it")

    @property
    def kind(self) -> str:
        """Give the kind's name, as ``check:`` spells it."""
        return str(getattr(self, "check"))  # noqa: B009 - every kind declares the tag, the base does not

    @property
    def looks_at(self) -> tuple[str, ...]:
        """Give the columns of its own table that it names, `by` aside."""
        one = getattr(self, "column", "")
        return (one,) if one else tuple(getattr(self, "columns", ()))

    @property
    def measured(self) -> Dimension:
        """Give the dimension it measures."""
        return self.dimension or self.measures

    @property
    def called(self) -> str:
        """Give its name, made up from kind and columns where nobody gave one."""
        return self.name or "_".join([self.kind, *self.looks_at])


C = TypeVar("C", bound=Check)


def _in_order(check: C, low: Any, high: Any) -> C:
    """Give the check back; raise a `ValueError` if its bounds are numbers that no value can lie between."""
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        raise ValueError(f"no value lies between {low:g} and {high:g}: the smaller bound comes first")
    return check


class NotNull(Check):
    """No row lacks a value in any of the columns."""

    measures: ClassVar[Dimension] = "completeness"
    check: Literal["not_null"] = "not_null"
    columns: tuple[ColumnName, ...] = Field(min_length=1, description="columns that every row fills")


class Volume(Check):
    """The number of rows lies within the expected range."""

    measures: ClassVar[Dimension] = "completeness"
    by_row: ClassVar[bool] = False
    check: Literal["volume"] = "volume"
    min_rows: int | None = Field(None, ge=0, description="fewest rows expected")
    max_rows: int | None = Field(None, ge=0, description="most rows expected")

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> Self:
        return _in_order(self, self.min_rows, self.max_rows)


class RowChange(Check):
    """The number of rows has not changed by more than a share since earlier runs."""

    measures: ClassVar[Dimension] = "completeness"
    by_row: ClassVar[bool] = False
    check: Literal["row_change"] = "row_change"
    max_change: float = Field(
        gt=0, description="largest change, as a share of the mean of earlier runs", examples=[0.5]
    )
    runs: int = Field(7, ge=1, le=365, description="how many earlier runs that mean is taken over")


class Unique(Check):
    """No two rows share the values of these columns; each row beyond the first of its kind is a violation."""

    measures: ClassVar[Dimension] = "uniqueness"
    check: Literal["unique"] = "unique"
    columns: tuple[ColumnName, ...] = Field(
        min_length=1, description="the key; rows with an empty part are not compared"
    )


class AcceptedValues(Check):
    """Every value is one of those listed."""

    measures: ClassVar[Dimension] = "validity"
    check: Literal["accepted_values"] = "accepted_values"
    column: ColumnName = Field(description="the column looked at")
    values: tuple[Scalar, ...] = Field(min_length=1, description="the values that are right")


class Range(Check):
    """Every value lies between two bounds, both of which are still right."""

    measures: ClassVar[Dimension] = "validity"
    check: Literal["range"] = "range"
    column: ColumnName = Field(description="the column looked at")
    min: Scalar | None = Field(None, description="smallest value that is right")
    max: Scalar | None = Field(None, description="largest value that is right")

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("a range needs a `min`, a `max`, or both")
        return _in_order(self, self.min, self.max)


class Regex(Check):
    """Every value matches a regular expression (RE2)."""

    measures: ClassVar[Dimension] = "validity"
    check: Literal["regex"] = "regex"
    column: ColumnName = Field(description="the column looked at")
    pattern: str = Field(min_length=1, description="the expression; it may match anywhere unless it has anchors")


class Length(Check):
    """Every text has a length in characters between two bounds."""

    measures: ClassVar[Dimension] = "validity"
    check: Literal["length"] = "length"
    column: ColumnName = Field(description="the column looked at")
    min: int | None = Field(None, ge=0, description="fewest characters")
    max: int | None = Field(None, ge=0, description="most characters")

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("a length needs a `min`, a `max`, or both")
        return _in_order(self, self.min, self.max)


class Castable(Check):
    """Every value can be read as a type, such as a date that arrives as text."""

    measures: ClassVar[Dimension] = "validity"
    check: Literal["castable"] = "castable"
    column: ColumnName = Field(description="the column looked at")
    type: str = Field(min_length=1, description="the type, as DuckDB names it", examples=["DATE", "DECIMAL(18,2)"])
    format: str = Field("", description="for dates and times: the strptime format", examples=["%d.%m.%Y"])


class Expression(Check):
    """A condition over the columns of a row holds in every row; a row for which it is unknown does not violate it."""

    measures: ClassVar[Dimension] = "validity"
    check: Literal["expression"] = "expression"
    expression: str = Field(min_length=1, description="condition in SQL", examples=["shipped_at >= ordered_at"])


class Monotone(Check):
    """In the order of one column, another never goes back."""

    measures: ClassVar[Dimension] = "validity"
    check: Literal["monotone"] = "monotone"
    column: ColumnName = Field(description="the column that must not go back")
    order_by: ColumnName = Field(description="the column that gives the order")
    within: tuple[ColumnName, ...] = Field(
        (), description="columns within whose values the order counts, such as a device"
    )
    strict: bool = Field(False, description="whether standing still is wrong too")


class FunctionalDependency(Check):
    """Rows that agree in one set of columns agree in another; rows outside the largest group of equals violate it."""

    measures: ClassVar[Dimension] = "consistency"
    check: Literal["functional_dependency"] = "functional_dependency"
    columns: tuple[ColumnName, ...] = Field(min_length=1, description="the columns that determine", examples=[["zip"]])
    determine: tuple[ColumnName, ...] = Field(
        min_length=1, description="the columns they determine", examples=[["city"]]
    )


class Outliers(Check):
    """No number lies far from the others."""

    measures: ClassVar[Dimension] = "validity"
    check: Literal["outliers"] = "outliers"
    column: ColumnName = Field(description="the column looked at")
    method: Literal["iqr", "zscore", "mad"] = Field(
        "iqr",
        description="what far means",
        json_schema_extra={
            "labels": {
                "iqr": "beyond the quartiles by `factor` times their distance (Tukey)",
                "zscore": "beyond the mean by `factor` standard deviations",
                "mad": "beyond the median by `factor` times the scaled median absolute deviation",
            }
        },
    )
    factor: float = Field(3, gt=0, description="how many of those distances are still right")


class ForeignKey(Check):
    """Every value is found in the table it refers to."""

    measures: ClassVar[Dimension] = "consistency"
    check: Literal["foreign_key"] = "foreign_key"
    columns: tuple[ColumnName, ...] = Field(
        min_length=1, description="the referring columns; an empty part refers to nothing"
    )
    parent: str = Field(min_length=1, description="the table referred to")
    parent_columns: tuple[ColumnName, ...] = Field(min_length=1, description="its columns, in the same order")

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if len(self.columns) != len(self.parent_columns):
            raise ValueError("`columns` and `parent_columns` must be as many")
        return self


class Freshness(Check):
    """The newest row is not older than promised."""

    measures: ClassVar[Dimension] = "freshness"
    by_row: ClassVar[bool] = False
    check: Literal["freshness"] = "freshness"
    column: ColumnName = Field(description="a timestamp that says when the row arrived or changed")
    max_age_hours: float = Field(gt=0, description="how old the newest may be", json_schema_extra={"unit": "hours"})


class Statistic(Check):
    """A statistic of a column lies between two bounds."""

    measures: ClassVar[Dimension] = "validity"
    by_row: ClassVar[bool] = False
    check: Literal["statistic"] = "statistic"
    column: ColumnName = Field(description="the column looked at")
    of: Literal["mean", "sum", "min", "max", "stddev", "median", "distinct", "null_share"] = Field(
        description="which statistic"
    )
    min: float | None = Field(None, description="smallest value that is right")
    max: float | None = Field(None, description="largest value that is right")

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("a statistic needs a `min`, a `max`, or both")
        return _in_order(self, self.min, self.max)


class TopShare(Check):
    """No single value takes more than a share of the rows that have one; each value that does is a violation."""

    measures: ClassVar[Dimension] = "validity"
    by_row: ClassVar[bool] = False
    check: Literal["top_share"] = "top_share"
    column: ColumnName = Field(description="the column looked at")
    max_share: float = Field(gt=0, le=1, description="largest share of one value", examples=[0.6])


class Pair(Group):
    """A figure that two tables must agree on."""

    of: Literal["count", "sum", "min", "max", "distinct"] = Field(
        description="which figure",
        json_schema_extra={"labels": {"count": "rows; with a `theirs`, compared with that column"}},
    )
    column: str = Field("", description="of which column here; empty for count")
    theirs: str = Field("", description="the column over there; the same name if empty")
    stated: bool = Field(False, description="the other table holds the figure itself, as a control total does")


class Reconciliation(Check):
    """Figures agree with those of another table, in all or for each group; each group that differs is a violation."""

    measures: ClassVar[Dimension] = "consistency"
    by_row: ClassVar[bool] = False
    check: Literal["reconciliation"] = "reconciliation"
    against: str = Field(min_length=1, description="the other table")
    figures: tuple[Pair, ...] = Field(min_length=1, description="what must agree")
    group: tuple[str, ...] = Field(
        (), description="expressions here by which to group", examples=[["CAST(ordered_at AS DATE)"]]
    )
    their_group: tuple[str, ...] = Field((), description="the same over there; as here if empty")
    tolerance: float = Field(0, ge=0, description="largest difference that is accepted, in units of the figure")
    tolerance_share: float = Field(
        0, ge=0, description="the same as a share of the other table's figure", examples=[0.01]
    )

    @model_validator(mode="after")
    def _groups_match(self) -> Self:
        if self.their_group and len(self.their_group) != len(self.group):
            raise ValueError("`group` and `their_group` must be as many")
        return self


class Sample(Check):
    """Rows that somebody verified against the world agree with the table, cell by cell."""

    measures: ClassVar[Dimension] = "accuracy"
    check: Literal["sample"] = "sample"
    against: str = Field(min_length=1, description="the table of verified rows")
    keys: tuple[ColumnName, ...] = Field(min_length=1, description="columns by which rows are found in both")
    columns: tuple[ColumnName, ...] = Field(
        min_length=1, description="columns that must agree; a row that is missing violates"
    )


class Drift(Check):
    """The distribution of a column has not moved away from that of a reference table."""

    measures: ClassVar[Dimension] = "consistency"
    by_row: ClassVar[bool] = False
    check: Literal["drift"] = "drift"
    column: ColumnName = Field(description="the column looked at, of the same name in the reference")
    reference: str = Field(min_length=1, description="the table it is compared with")
    method: Literal["psi", "ks", "top_k"] = Field(
        "psi",
        description="how distance is measured",
        json_schema_extra={
            "labels": {
                "psi": "population stability index over ten equal shares of the reference, or over its values",
                "ks": "Kolmogorov–Smirnov: the largest gap between the two distribution functions",
                "top_k": "how much of the ten most frequent values' share has moved (total variation)",
            }
        },
    )
    max_distance: float = Field(gt=0, description="largest distance that is right", examples=[0.2])


class ColumnShape(Group):
    """What a column has to be."""

    name: ColumnName = Field(description="its name, letter by letter")
    type: str = Field("", description="its type, as DuckDB names it; empty: any", examples=["BIGINT"])


class SchemaIs(Check):
    """The table has these columns; each that is missing, unexpected, of another type or out of order is a violation."""

    measures: ClassVar[Dimension] = "validity"
    by_row: ClassVar[bool] = False
    check: Literal["schema"] = "schema"
    has: tuple[ColumnShape, ...] = Field(min_length=1, description="the columns")
    others: bool = Field(False, description="whether further columns are accepted")
    in_order: bool = Field(False, description="whether the order counts")


class CustomSql(Check):
    """A query of your own: one SELECT, read-only; each row it gives is a violation."""

    measures: ClassVar[Dimension] = "validity"
    check: Literal["custom_sql"] = "custom_sql"
    sql: str = Field(min_length=1, description="the query, in DuckDB's SQL; tables by the names they have here")


AnyCheck = Annotated[
    NotNull
    | Volume
    | RowChange
    | Unique
    | AcceptedValues
    | Range
    | Regex
    | Length
    | Castable
    | Expression
    | Monotone
    | FunctionalDependency
    | Outliers
    | ForeignKey
    | Freshness
    | Statistic
    | TopShare
    | Reconciliation
    | Sample
    | Drift
    | SchemaIs
    | CustomSql,
    Field(discriminator="check"),
]
"""One check, told apart by its key ``check``."""

KINDS: dict[str, type[Check]] = {each.model_fields["check"].default: each for each in get_args(get_args(AnyCheck)[0])}
"""The kinds by name, in the order of the methodology's dimensions."""
