"""Aggregates and windows: sums that do not overflow, extremes of text, percentiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from decom_nb.pushdown.rewrite.base import Base
from decom_nb.pushdown.rewrite.node import NUMBERS, ORDERED, cast
from decom_nb.pushdown.seen import NotTheSame

if TYPE_CHECKING:
    from sqlglot import exp

    Expr = exp.Expr

    from decom_nb.pushdown.rewrite.base import Rules


class Aggregates(Base):
    """Rules for aggregates and windows."""

    def rules(self) -> Rules:
        """Give the rules by node."""
        from sqlglot import exp

        return super().rules() | {
            exp.Filter: self.filtered,
            exp.Count: self.count,
            exp.Sum: self.sum_,
            exp.Avg: self.average,
            exp.Min: self.least,
            exp.Max: self.least,
            exp.Stddev: self.spread,
            exp.StddevSamp: self.spread,
            exp.Median: self.percentile,
            exp.PercentileCont: self.percentile,
            exp.Window: self.window,
        }

    def filtered(self, node: exp.Filter) -> tuple[Expr, str]:
        """Take an aggregate over some of the rows as one over values that are there only for those rows."""
        condition = node.expression.this
        return self.rewrite(when(node.this, condition))

    def count(self, node: exp.Count) -> tuple[Expr, str]:
        """Count rows, values, or different values of one column."""
        from sqlglot import exp

        inner = node.this
        if inner is None or isinstance(inner, exp.Star):
            return exp.Count(this=exp.Star()), "whole"
        if isinstance(inner, exp.Distinct):
            self.must(len(inner.expressions) == 1 and not isinstance(inner.expressions[0], exp.Tuple), node)
            value = self.compared(inner.expressions[0])
            return exp.Count(this=exp.Distinct(expressions=[value])), "whole"
        return exp.Count(this=self.rewrite(inner)[0]), "whole"

    def sum_(self, node: exp.Sum) -> tuple[Expr, str]:
        """Add up, wide enough not to overflow, and floats of 32 bits as those of 64."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        self.must(kind in NUMBERS, node)
        if kind == "whole" and self.flavour.big_sums:
            inner = cast(inner, "DECIMAL(20, 0)")
        inner = cast(inner, "DOUBLE") if kind == "real" else inner
        return exp.Sum(this=inner), "double" if kind == "real" else kind

    def average(self, node: exp.Avg) -> tuple[Expr, str]:
        """Take the mean; that of exact numbers is an exact sum divided once, as in DuckDB."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        self.must(kind in NUMBERS, node)
        if kind in ("real", "double"):
            return exp.Avg(this=cast(inner, "DOUBLE") if kind == "real" else inner), "double"
        total = self.sum_(exp.Sum(this=node.this))[0]
        return exp.Paren(this=exp.Div(
            this=cast(total, "DOUBLE"),
            expression=exp.Nullif(this=exp.Count(this=inner.copy()), expression=exp.Literal.number(0)), typed=True, safe=False,
        )), "double"  # fmt: skip

    def least(self, node: Any) -> tuple[Expr, str]:
        """Take the least or the greatest; texts go by their bytes."""
        inner, kind = self.rewrite(node.this)
        self.must(kind in (*ORDERED, "text") and not node.expressions, node)
        if kind in ("real", "double") and not self.flavour.nan_is_largest:
            raise self.different("the least and the greatest of numbers with NaN among them")
        if kind == "real":  # drivers give the shortest decimal of a float of 32 bits, which is another number
            return type(node)(this=cast(inner, "DOUBLE")), "double"
        return type(node)(this=self.collated(inner, kind)), kind

    def spread(self, node: Any) -> tuple[Expr, str]:
        """Take the standard deviation of a sample."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        self.must(kind in NUMBERS, node)
        return exp.StddevSamp(this=inner if kind == "double" else cast(inner, "DOUBLE")), "double"

    def percentile(self, node: Any) -> tuple[Expr, str]:
        """Take a percentile, interpolated between neighbours."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        share = node.expression if isinstance(node, exp.PercentileCont) else exp.Literal.number("0.5")
        self.must(kind in NUMBERS and isinstance(share, exp.Literal), node)
        if not self.flavour.percentile:
            raise NotTheSame(f"{self.flavour.called} has no exact percentile as an aggregate")
        inner = inner if kind == "double" else cast(inner, "DOUBLE")
        if self.flavour.percentile == "argument":
            return exp.Anonymous(this="PERCENTILE", expressions=[inner, share.copy()]), "double"
        order = exp.Order(expressions=[exp.Ordered(this=inner)])
        return exp.WithinGroup(this=exp.PercentileCont(this=share.copy()), expression=order), "double"

    def window(self, node: exp.Window) -> tuple[Expr, str]:
        """Take the functions of windows that all engines have."""
        from sqlglot import exp

        made = exp.Window(over=node.args.get("over"))
        function = node.this
        if isinstance(function, exp.RowNumber):
            made.set("this", exp.RowNumber())
            kind = "whole"
        elif isinstance(function, exp.Lag | exp.Lead):
            self.must(function.args.get("default") is None, node)
            inner, kind = self.rewrite(function.this)
            offset = function.args.get("offset")
            self.must(offset is None or isinstance(offset, exp.Literal), node)
            made.set("this", type(function)(this=inner, offset=offset.copy() if offset is not None else None))
        elif isinstance(function, exp.Count | exp.Sum | exp.Min | exp.Max | exp.Avg):
            inner, kind = self.rewrite(function)
            self.must(isinstance(inner, exp.AggFunc), node)
            made.set("this", inner)
        else:
            self.refuse(node)
        made.set("partition_by", [self.compared(each) for each in node.args.get("partition_by") or ()])
        if node.args.get("order"):
            order = node.args["order"].copy()
            self.ordered(order)
            made.set("order", order)
        if node.args.get("spec") is not None:
            made.set("spec", node.args["spec"].copy())
        return made, kind


def when(aggregate: exp.Expr, condition: exp.Expr) -> exp.Expr:
    """Give an expression of aggregates so that each looks only at rows for which the condition holds."""
    from sqlglot import exp

    def only(inner: exp.Expr) -> exp.Expr:
        return exp.Case(ifs=[exp.If(this=condition.copy(), true=inner)])

    made = aggregate.copy()
    for each in list(made.walk()):
        if isinstance(each, exp.Anonymous) and each.name.upper() == "PERCENTILE":
            each.set("expressions", [only(each.expressions[0]), each.expressions[1]])
        if isinstance(each, exp.WithinGroup):
            ordered = each.expression.expressions[0]
            ordered.set("this", only(ordered.this))
        if not isinstance(each, exp.AggFunc) or isinstance(each.parent, exp.WithinGroup):
            continue
        if isinstance(each.this, exp.Star) or each.this is None:
            each.set("this", only(exp.Literal.number(1)))
        elif isinstance(each.this, exp.Distinct):
            each.this.set("expressions", [only(inner) for inner in each.this.expressions])
        else:
            each.set("this", only(each.this))
    return made
