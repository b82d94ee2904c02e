"""Dates and moments: their parts, and how they are cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from decom_nb.pushdown.rewrite.base import Base
from decom_nb.pushdown.rewrite.node import MOMENTS, cast

if TYPE_CHECKING:
    from sqlglot import exp

    Expr = exp.Expr

    from decom_nb.pushdown.rewrite.base import Rules

_TRUNCATED = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
_PARTS = ("year", "quarter", "month", "day", "hour", "minute")


class Moments(Base):
    """Rules for dates and moments; sessions are in UTC."""

    def rules(self) -> Rules:
        """Give the rules by node."""
        from sqlglot import exp

        return super().rules() | {
            exp.Year: self.part,
            exp.Month: self.part,
            exp.Day: self.part,
            exp.Quarter: self.part,
            exp.Extract: self.part,
            exp.TimestampTrunc: self.truncated,
            exp.DateTrunc: self.truncated,
            exp.CurrentDate: lambda node: (node, "date"),
            exp.CurrentTimestamp: lambda node: (node, "zoned"),
            exp.Interval: self.interval,
        }

    def interval(self, node: exp.Interval) -> tuple[Expr, str]:
        """Keep an interval of so many whole units."""
        from sqlglot import exp

        unit = (node.args["unit"].name if node.args.get("unit") is not None else "").lower().removesuffix("s")
        self.must(isinstance(node.this, exp.Literal) and node.this.name.isdigit() and unit in _TRUNCATED, node)
        self.must(unit != "quarter", node)
        return exp.Interval(this=exp.Literal.string(node.this.name), unit=exp.var(unit.upper())), "interval"

    def part(self, node: Any) -> tuple[Expr, str]:
        """Take a part of a date that engines number alike."""
        from sqlglot import exp

        of, name = (node.expression, node.name) if isinstance(node, exp.Extract) else (node.this, node.sql_name())
        inner, kind = self.rewrite(of)
        self.must(kind in MOMENTS and name.lower() in _PARTS, node)
        inner = cast(inner, "TIMESTAMP") if kind == "date" else inner
        return cast(exp.Extract(this=exp.var(name.upper()), expression=inner), "BIGINT"), "whole"

    def truncated(self, node: Any) -> tuple[Expr, str]:
        """Cut off a moment; weeks begin on Mondays everywhere."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        unit = (node.args.get("unit").name if node.args.get("unit") is not None else "").lower()
        self.must(kind in MOMENTS and unit in _TRUNCATED and self.dialect not in ("bigquery",), node)
        inner = cast(inner, "TIMESTAMP") if kind == "date" else inner
        made: Expr = exp.TimestampTrunc(this=inner, unit=exp.var(unit.upper()))
        return (cast(made, "DATE"), "date") if kind == "date" else (made, kind)
