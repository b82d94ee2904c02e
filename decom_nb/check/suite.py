"""A suite: all that people ask of one table, as a document."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from decom_nb.check.kind import DIMENSIONS, AnyCheck, ColumnName, Dimension
from decom_nb.document import Document


class Suite(Document):
    """What must hold for one table. A table has one suite or several; their checks are run together."""

    name: ClassVar[str] = "suite"
    many: ClassVar[bool] = True

    table: str = Field(
        "", description="the table, by the name it has in table_sources or by its file's", examples=["orders"]
    )
    key: tuple[ColumnName, ...] = Field((), description="columns that name a row, as failing rows are shown by them")
    personal: tuple[ColumnName, ...] = Field((), description="columns with personal data: their values are never shown")
    dimensions: tuple[Dimension, ...] = Field(
        DIMENSIONS, description="dimensions that checks of this table have to cover; the gap is reported"
    )
    checks: tuple[AnyCheck, ...] = Field((), description="what must hold")
