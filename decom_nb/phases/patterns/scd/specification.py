"""What has to be said of a dimension so that its load can be written. A YAML file holds it, or a dimensional model tells it.

table: marts.dim_customers
source: staging.customers
natural_key: [customer_id]
type_2: [status, tier]
type_1: [email]
effective: updated_at
deleted: is_removed
deletes: close
"""

from __future__ import annotations

import re
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from decom_nb.document import Document
from decom_nb.errors import InputError
from decom_nb.sql import history_columns, text
from decom_nb.sql.history_columns import OpenEnd

Names = tuple[str, ...]
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_ ]*(\(\s*\d+\s*(,\s*\d+\s*)?\))?")

_OURS = "scd_"
"""What the names of a load's own columns and named queries begin with, which a client's names would hide."""


class ScdSpecification(Document):
    """A dimension whose rows change: where they come from, what names a row, and how each column's changes are kept."""

    name: ClassVar[str] = "scd_specification"

    table: str = Field(min_length=1, description="the dimension", examples=["marts.dim_customers"])
    source: str = Field(min_length=1, description="table with the batch to load", examples=["staging.customers"])
    natural_key: Names = Field((), description="columns that name a thing", examples=[["customer_id"]])
    type_1: Names = Field((), description="columns that hold the newest value, in every version", examples=[["email"]])
    type_2: Names = Field((), description="columns of which each change opens a version", examples=[["status"]])
    type_3: Names = Field((), description="columns with the value before in a column beside", examples=[["segment"]])
    type_4: Names = Field((), description="columns whose history lies in a table of its own", examples=[["score"]])
    type_6: Names = Field((), description="as type 2, and the newest value in each version beside", examples=[["tier"]])
    kept: Names = Field((), description="columns kept as they were when a version opened, and never compared")
    columns: dict[str, str] = Field(
        {}, description="columns that the source calls otherwise", examples=[{"status": "customer_status"}]
    )
    expressions: dict[str, str] = Field(
        {},
        description="columns that are worked out of the source, in DuckDB's SQL",
        examples=[{"is_web": "channel = 'web'"}],
    )
    surrogate_key: str = Field("", description="the key that the load makes; empty for none", examples=["customer_key"])
    surrogate: Literal["number", "hash", "identity"] = Field(
        "number",
        description="how that key is made",
        json_schema_extra={
            "labels": {
                "number": "one more than the greatest",
                "hash": "of the natural key and the instant, as text",
                "identity": "by the engine, whose column it is",
            }
        },
    )
    effective: str = Field(
        "", description="column of the source with the time of the change; empty: the load's", examples=["updated_at"]
    )
    order_by: Names = Field((), description="columns of the source that order changes of one instant, the last wins")
    deleted: str = Field("", description="true-or-false column of the source that says a row was deleted")
    complete: bool = Field(
        False, description="whether the source holds everything, so that what is missing was deleted"
    )
    deletes: Literal["keep", "close", "mark"] = Field(
        "keep",
        description="what becomes of a deleted key",
        json_schema_extra={
            "labels": {
                "keep": "nothing, its version stays open",
                "close": "its version ends",
                "mark": "a version that says so opens",
            }
        },
    )
    valid_from: str = Field(history_columns.VALID_FROM, min_length=1, description="column with a version's beginning")
    valid_to: str = Field(history_columns.VALID_TO, min_length=1, description="column with its end, exclusive")
    is_current: str = Field(history_columns.IS_CURRENT, description="column that says it still holds; empty for none")
    is_deleted: str = Field("is_deleted", min_length=1, description="column that marks a deleted key")
    open_end: OpenEnd = Field(history_columns.DEFAULT_OPEN_END, description="how the end of an open version is written")
    changes: str | None = Field(
        None,
        description="table that keeps every change seen, so that late ones find their place; empty text for none",
        examples=["marts.dim_customers_changes"],
    )
    types: dict[str, str] = Field({}, description="types of columns, in DuckDB's words", examples=[{"tier": "VARCHAR"}])

    @model_validator(mode="after")
    def _columns_are_told_once(self) -> ScdSpecification:
        told = [*self.stored, *([self.surrogate_key] if self.surrogate_key else [])]
        told += [column for column, on in zip(self.recorded, (True, True, bool(self.is_current)), strict=True) if on]
        told += [*map(history_columns.previous, self.type_3), *map(history_columns.current, self.type_6)]
        told += [self.is_deleted] if self.deletes == "mark" else []
        folded = [each.casefold() for each in told]  # engines take status and Status for one column
        twice = sorted({each for each in told if folded.count(each.casefold()) > 1})
        if not self.natural_key:
            raise ValueError("natural_key names no column: nothing tells which rows are about the same thing")
        if twice:
            raise ValueError(f"named more than once: {', '.join(twice)}")
        ours = sorted({each for each in (*told, self.table, self.source, self.ledger) if _is_ours(each)})
        if ours:
            raise ValueError(f"names that begin with {_OURS} are those of the load itself: {', '.join(ours)}")
        unknown = sorted(set(self.columns) - set(self.stored))
        if unknown:
            raise ValueError(f"columns renames what is none of the dimension's columns: {', '.join(unknown)}")
        unknown = sorted(set(self.expressions) - set(self.attributes))
        if unknown:
            raise ValueError(f"expressions works out what is none of the dimension's attributes: {', '.join(unknown)}")
        for column, written in self.expressions.items():
            self._worked_out(column, written)
        odd = sorted(type_ for type_ in self.types.values() if not _TYPE.fullmatch(type_))
        if odd:
            raise ValueError(f"types holds what is no type: {', '.join(odd)}")
        if self.deletes == "close" and not self.versions and not self.type_4:
            raise ValueError("without a column of type 2, 4 or 6 there is no version to close: deletes is keep or mark")
        if self.deletes != "keep" and not self.complete and not self.deleted:
            raise ValueError("nothing tells what was deleted: name a column in deleted, or set complete")
        return self

    @staticmethod
    def _worked_out(column: str, written: str) -> str:
        from decom_nb.sql.guard import unbound_expression

        try:
            return unbound_expression(written, key=f"expressions.{column}")
        except InputError as error:
            raise ValueError("; ".join(f"{each.key}: {each.what}" for each in error.mistakes)) from None

    def in_source(self, alias: str, column: str) -> str:
        """Give what a column is in the source, which goes by an alias, as DuckDB's SQL."""
        if column in self.expressions:
            return f"({self._worked_out(column, self.expressions[column])})"
        return f"{alias}.{text.name(self.columns.get(column, column))}"

    @property
    def versions(self) -> bool:
        """Whether the dimension itself holds more than one row of a key."""
        return bool(self.type_2 or self.type_6)

    @property
    def stored(self) -> Names:
        """The columns that come from the source, the natural key first."""
        return (*self.natural_key, *self.attributes)

    @property
    def attributes(self) -> Names:
        """The columns that come from the source and are no part of the key."""
        return (*self.type_2, *self.type_6, *self.kept, *self.type_1, *self.type_3, *self.type_4)

    @property
    def tracked(self) -> Names:
        """The columns of which each change opens a version."""
        return (*self.type_2, *self.type_6)

    @property
    def overwritten(self) -> Names:
        """The columns that hold the newest value in every version."""
        return (*self.type_1, *self.type_3, *self.type_4)

    @property
    def recorded(self) -> tuple[str, str, str]:
        """The columns that keep the history, if the dimension has versions."""
        return self.valid_from, self.valid_to, self.is_current

    @property
    def ledger(self) -> str:
        """The table that keeps every change seen; empty for none."""
        if self.changes is not None:
            return self.changes
        return f"{self.table}_changes" if self.versions or self.effective else ""

    @property
    def history(self) -> ScdSpecification:
        """The specification of type 4's history table, which is of type 2."""
        return self.model_copy(
            update={
                "table": history_columns.history_table(self.table),
                "type_1": (), "type_2": self.type_4, "type_3": (), "type_4": (), "type_6": (), "kept": (),
                "surrogate_key": "", "changes": None if self.changes is None else self.changes and f"{self.changes}_history",
                "columns": {to: of for to, of in self.columns.items() if to in (*self.natural_key, *self.type_4)},
                "expressions": {to: of for to, of in self.expressions.items() if to in self.type_4},
            }
        )  # fmt: skip


def _is_ours(written: str) -> bool:
    return written.casefold().startswith(_OURS)
