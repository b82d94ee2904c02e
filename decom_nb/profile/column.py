"""What is known of a table after one look at it: frozen models that every face and room reads.

Figures say how they came about: `exact` ones were counted over all rows, the others over a sample or by a sketch.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Family = Literal["number", "time", "text", "boolean", "nested", "other"]
Figure = int | float | str | None
"""A value as JSON can hold it; dates, NaN, infinities and everything else are text."""

SHOWN_OF_PERSONAL = "‹personal›"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Basis(_Frozen):
    """What a figure was counted over."""

    rows: int = Field(ge=0, description="how many rows were looked at")
    exact: bool = Field(description="whether these are all rows of the table, and nothing was estimated")

    def __str__(self) -> str:
        """Say it, as a table's foot would."""
        return "all rows" if self.exact else f"a sample of {self.rows:,} rows"


class ValueCount(_Frozen):
    """A value, as text, and how often it occurs."""

    value: str
    count: int = Field(ge=0)


class ShapeCount(_Frozen):
    """A generalised form: 9 for a digit, A and a for a letter, everything else as it stands; runs are cut at eight."""

    shape: str
    count: int = Field(ge=0)
    example: str = Field("", description="one value of this form; empty where the column looks personal")


class Cast(_Frozen):
    """How much of a text column can be read as another type."""

    type: str = Field(description="the type, as DuckDB names it")
    format: str = Field("", description="for dates and times: the strptime format")
    count: int = Field(ge=0, description="rows that can be read so")
    share: float = Field(ge=0, le=1, description="of the rows that hold anything but blanks and words for nothing")


class ColumnProfile(_Frozen):
    """One column."""

    name: str
    type: str
    family: Family
    rows: int = Field(ge=0)
    nulls: int = Field(ge=0)
    distinct: int = Field(ge=0)
    distinct_exact: bool
    min: Figure = None
    max: Figure = None
    mean: float | None = None
    stddev: float | None = None
    zeros: int | None = None
    negatives: int | None = None
    nans: int | None = None
    infinities: int | None = None
    quantiles: dict[str, Figure] = Field(default_factory=dict, description="by share, such as 0.5 for the median")
    quantiles_of: Basis | None = None
    min_length: int | None = None
    max_length: int | None = None
    mean_length: float | None = None
    blanks: int | None = Field(None, description="texts that are empty or only spaces")
    padded: int | None = Field(None, description="texts that begin or end with a space, blank ones aside")
    text_of: Basis | None = Field(None, description="what blanks, padded, placeholders and casts were counted over")
    top: tuple[ValueCount, ...] = Field((), description="the most frequent values, missing ones aside")
    top_of: Basis | None = None
    shapes: tuple[ShapeCount, ...] = Field((), description="the most frequent forms of a text")
    shapes_of: Basis | None = None
    shapes_total: int = Field(0, ge=0, description="how many different forms there are")
    casts: tuple[Cast, ...] = Field((), description="other types that most of a text column can be read as, best first")
    placeholders: tuple[ValueCount, ...] = Field((), description="words and numbers that stand for nothing")
    personal: str = Field("", description="what personal data it looks like; a hint by name and form, not a judgement")
    note: str = Field("", description="what could not be worked out, and why")

    @property
    def filled(self) -> int:
        """Give how many rows have a value."""
        return self.rows - self.nulls

    @property
    def null_share(self) -> float:
        """Give the share of rows without a value; 0 for an empty table."""
        return self.nulls / self.rows if self.rows else 0.0


class KeyCandidate(_Frozen):
    """Columns whose values differ in (nearly) all rows."""

    columns: tuple[str, ...]
    duplicates: int = Field(ge=0, description="rows that repeat the key of another")
    exact: bool = Field(description="whether that was counted, and not estimated")


class Dependency(_Frozen):
    """Rows that agree in the determinant agree in the dependent, but for some."""

    determinant: tuple[str, ...]
    dependent: str
    violations: int = Field(ge=0, description="rows outside the most frequent value of their group")
    looked_at: int = Field(ge=0, description="rows in groups of two or more with a value in both")
    groups: int = Field(ge=0, description="groups of two or more rows")
    agreement: float = Field(
        description="how much oftener than by chance two rows of a group agree: 1 always, 0 by chance"
    )
    dominance: float = Field(
        ge=0, le=1, description="share of the violations whose value is rare beside its group's majority"
    )
    missing: int = Field(0, ge=0, description="rows without the dependent in groups where others have it")
    basis: Basis

    @property
    def share(self) -> float:
        """Give the share of rows that violate it."""
        return self.violations / self.looked_at if self.looked_at else 0.0


class TableProfile(_Frozen):
    """One table."""

    table: str
    kind: str
    place: str = Field(description="where it lies, without secrets")
    rows: int = Field(ge=0)
    sample_rows: int = Field(
        ge=0, description="rows of the sample that the details were counted over; all for a small table"
    )
    columns: tuple[ColumnProfile, ...]
    keys: tuple[KeyCandidate, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Tell whether the sample is all there is."""
        return self.sample_rows >= self.rows

    def column(self, name: str) -> ColumnProfile:
        """Give a column by its name; KeyError if there is none."""
        for each in self.columns:
            if each.name == name:
                return each
        raise KeyError(name)
