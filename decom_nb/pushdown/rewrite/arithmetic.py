"""Numbers: division as DuckDB divides, remainders, rounding, NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from decom_nb.pushdown.rewrite.base import Base
from decom_nb.pushdown.rewrite.node import MOMENTS, NUMBERS, ORDERED, cast, never_zero

if TYPE_CHECKING:
    from sqlglot import exp

    Expr = exp.Expr

    from decom_nb.pushdown.rewrite.base import Rules


class Arithmetic(Base):
    """Rules for numbers, and for dates that are added to."""

    def rules(self) -> Rules:
        """Give the rules by node."""
        from sqlglot import exp

        return super().rules() | {
            exp.Neg: self.negative,
            exp.Add: self.add,
            exp.Sub: self.sub,
            exp.Mul: self.arithmetic,
            exp.Div: self.div,
            exp.IntDiv: self.int_div,
            exp.Mod: self.mod,
            exp.Abs: self.abs_,
            exp.Floor: self.round_,
            exp.Ceil: self.round_,
            exp.Round: self.round_,
            exp.Greatest: self.extreme,
            exp.Least: self.extreme,
            exp.IsNan: self.is_nan,
            exp.Ln: self.logarithm,
        }

    def negative(self, node: exp.Neg) -> tuple[Expr, str]:
        """Turn the sign of a number round."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        self.must(kind in NUMBERS, node)
        return exp.Neg(this=self.wrapped(inner)), kind

    def add(self, node: exp.Binary) -> tuple[Expr, str]:
        """Add numbers, or an interval or days to a date."""
        from sqlglot import exp

        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        if "interval" in (one, other):
            moment, kind, interval = (left, one, right) if other == "interval" else (right, other, left)
            self.must(kind in MOMENTS and (other == "interval" or isinstance(node, exp.Add)), node)
            moment = cast(moment, "TIMESTAMP") if kind == "date" else moment
            return type(node)(this=self.wrapped(moment), expression=interval), "moment" if kind == "date" else kind
        if one == "date" and other == "whole":
            self.must(self.dialect in ("postgres", "redshift", "spark", "databricks", "snowflake"), node)
            return type(node)(this=self.wrapped(left), expression=self.wrapped(right)), "date"
        return self.arithmetic(node)

    def sub(self, node: exp.Sub) -> tuple[Expr, str]:
        """Subtract numbers, dates, or an interval."""
        from sqlglot import exp

        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        if one == other == "date":
            if self.dialect in ("postgres", "redshift", "snowflake"):
                return exp.Paren(this=exp.Sub(this=self.wrapped(left), expression=self.wrapped(right))), "whole"
            return exp.DateDiff(this=left, expression=right, unit=exp.var("DAY")), "whole"
        return self.add(node)

    def arithmetic(self, node: exp.Binary) -> tuple[Expr, str]:
        """Reckon with numbers of one kind."""
        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        self.must({one, other} <= {*NUMBERS, "null"}, node)
        left, right, kind = self.alike(left, one, right, other)
        if one == "whole" and other == "whole":
            kind = "whole"
        return type(node)(this=self.wrapped(left), expression=self.wrapped(right)), kind

    def div(self, node: exp.Div) -> tuple[Expr, str]:
        """Division, which in DuckDB is of floats and knows infinity: others end with an error, or with NULL, at a zero."""
        from sqlglot import exp

        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        self.must({one, other} <= set(NUMBERS), node)
        type_ = "FLOAT" if "real" in (one, other) and "double" not in (one, other) else "DOUBLE"
        wanted = "real" if type_ == "FLOAT" else "double"
        left = left if one == wanted else cast(left, type_)
        whole = right if other == wanted else cast(right, type_)
        divided = exp.Div(this=self.wrapped(left), expression=self.wrapped(whole), typed=True, safe=False)
        if never_zero(node.expression):
            return exp.Paren(this=divided), wanted
        if other in ("real", "double") and self.dialect not in ("postgres", "spark", "databricks"):
            raise self.different("division by a number that may be negative zero")
        zero = exp.Literal.number(0)
        special = {each: cast(exp.Literal.string(each), type_) for each in ("NaN", "Infinity", "-Infinity")}
        sign: Expr = exp.GT(this=left.copy(), expression=zero.copy())
        if other in ("real", "double"):  # a negative zero turns the sign round
            negative = exp.Like(this=cast(right.copy(), "TEXT"), expression=exp.Literal.string("-%"))
            sign = exp.NEQ(this=exp.Paren(this=sign), expression=exp.Paren(this=negative))
        nothing = exp.Or(this=exp.EQ(this=left.copy(), expression=zero.copy()), expression=self.nan(left.copy()))
        by_zero = exp.Case(
            ifs=[
                exp.If(this=exp.Is(this=left.copy(), expression=exp.Null()), true=exp.Null()),
                exp.If(this=nothing, true=special["NaN"]),
                exp.If(this=sign, true=special["Infinity"]),
            ],
            default=special["-Infinity"],
        )
        at_zero = exp.If(this=exp.EQ(this=self.wrapped(right.copy()), expression=zero), true=by_zero)
        return exp.Case(ifs=[at_zero], default=divided), wanted

    def int_div(self, node: exp.IntDiv) -> tuple[Expr, str]:
        """Divide whole numbers, cutting off; by 0 it is NULL."""
        from sqlglot import exp

        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        self.must(one == other == "whole" and self.dialect in ("postgres", "spark", "databricks", "redshift"), node)
        safe = exp.Nullif(this=right, expression=exp.Literal.number(0))
        if self.dialect in ("spark", "databricks"):
            return exp.Paren(this=exp.IntDiv(this=self.wrapped(left), expression=safe)), "whole"
        return exp.Paren(this=exp.Div(this=self.wrapped(left), expression=safe, typed=True)), "whole"

    def mod(self, node: exp.Mod) -> tuple[Expr, str]:
        """Take the remainder of whole numbers; by 0 it is NULL."""
        from sqlglot import exp

        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        self.must(one == other == "whole", node)
        safe = exp.Nullif(this=right, expression=exp.Literal.number(0))
        return exp.Mod(this=self.wrapped(left), expression=safe), "whole"

    def abs_(self, node: exp.Abs) -> tuple[Expr, str]:
        """Take a number without its sign."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        self.must(kind in NUMBERS, node)
        return exp.Abs(this=inner), kind

    def round_(self, node: Any) -> tuple[Expr, str]:
        """Round exact numbers; how floats are rounded at a half differs."""
        inner, kind = self.rewrite(node.this)
        self.must(kind in ("whole", "decimal"), node)
        made = type(node)(this=inner)
        if node.args.get("decimals") is not None:
            made.set("decimals", self.rewrite(node.args["decimals"])[0])
        return made, kind

    def extreme(self, node: Any) -> tuple[Expr, str]:
        """GREATEST and LEAST, which in DuckDB pass over NULL."""
        values, kind = self.one_kind(self.rewrite_all([node.this, *node.expressions]))
        self.must(kind in ORDERED and self.dialect in ("postgres", "spark", "databricks"), node)
        return type(node)(this=values[0], expressions=values[1:], ignore_nulls=True), kind

    def is_nan(self, node: exp.IsNan) -> tuple[Expr, str]:
        """Ask for NaN; of NULL it is unknown."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        if kind in ("whole", "decimal"):
            return exp.Case(
                ifs=[exp.If(this=exp.Not(this=exp.Is(this=inner, expression=exp.Null())), true=exp.false())]
            ), "boolean"
        self.must(kind in ("real", "double"), node)
        if self.dialect in ("spark", "databricks"):  # isnan(NULL) is false there
            known = exp.Not(this=exp.Is(this=inner.copy(), expression=exp.Null()))
            return exp.Case(ifs=[exp.If(this=known, true=self.nan(inner))]), "boolean"
        return self.nan(inner), "boolean"

    def logarithm(self, node: exp.Ln) -> tuple[Expr, str]:
        """Take the logarithm of what is above nothing; of anything else engines say different things."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        self.must(kind in ("double", "decimal"), node)
        double = inner if kind == "double" else cast(inner, "DOUBLE")
        positive = exp.GT(this=self.wrapped(double.copy()), expression=exp.Literal.number(0))
        return exp.Case(ifs=[exp.If(this=positive, true=exp.Ln(this=double))]), "double"
