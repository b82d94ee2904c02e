"""Conditions and choices: comparisons, AND and OR, IN, CASE, casts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from decom_nb.pushdown.rewrite.base import Base
from decom_nb.pushdown.rewrite.node import ORDERED, cast, finite
from decom_nb.pushdown.seen import NotTheSame, kind_of

if TYPE_CHECKING:
    from sqlglot import exp

    Expr = exp.Expr

    from decom_nb.pushdown.rewrite.base import Rules


class Logic(Base):
    """Rules for conditions and for values that are chosen."""

    def rules(self) -> Rules:
        """Give the rules by node."""
        from sqlglot import exp

        compared = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ)
        return (
            super().rules()
            | dict.fromkeys(compared, self.comparison)
            | {
                exp.Column: self.column,
                exp.Literal: self.literal,
                exp.Boolean: lambda node: (node, "boolean"),
                exp.Null: lambda node: (node, "null"),
                exp.Paren: self.paren,
                exp.And: self.logic,
                exp.Or: self.logic,
                exp.Not: self.negation,
                exp.Is: self.is_,
                exp.In: self.in_,
                exp.Between: self.between,
                exp.Exists: lambda node: (node, "boolean"),
                exp.Subquery: self.subquery,
                exp.Case: self.case,
                exp.If: self.if_,
                exp.Coalesce: self.coalesce,
                exp.Nullif: self.nullif,
                exp.Cast: self.cast,
                exp.TryCast: self.cast,
            }
        )

    def column(self, node: exp.Column) -> tuple[Expr, str]:
        """Give a column, cast where the engine has it in a type that behaves otherwise."""
        made: Expr = node.copy()
        if node.meta.get("read_as"):
            made = cast(made, node.meta["read_as"], self.dialect)
        return made, node.meta.get("kind", "other")

    def literal(self, node: exp.Literal) -> tuple[Expr, str]:
        """Give a literal; a number with an exponent is a double in DuckDB."""
        if node.is_string:
            return node.copy(), "text"
        if "e" in node.name.lower():
            return cast(node.copy(), "DOUBLE"), "double"
        return node.copy(), "decimal" if "." in node.name else "whole"

    def paren(self, node: exp.Paren) -> tuple[Expr, str]:
        """Keep brackets."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        return exp.Paren(this=inner), kind

    def logic(self, node: exp.Connector) -> tuple[Expr, str]:
        """Rewrite a chain of AND or OR without recursion along it: hundreds of conditions may be chained."""
        kind = type(node)
        parts = [self.wrapped(self.condition(each)) for each in node.flatten(unnest=False)]
        made = parts[0]
        for part in parts[1:]:
            made = kind(this=made, expression=part)
        return made, "boolean"

    def negation(self, node: exp.Not) -> tuple[Expr, str]:
        """Turn a condition round."""
        from sqlglot import exp

        return exp.Not(this=self.wrapped(self.condition(node.this))), "boolean"

    def is_(self, node: exp.Is) -> tuple[Expr, str]:
        """Ask for NULL, or for true and false."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        if not isinstance(node.expression, exp.Null) and not (
            isinstance(node.expression, exp.Boolean) and kind == "boolean"
        ):
            self.refuse(node)
        return exp.Is(this=self.wrapped(inner), expression=node.expression.copy()), "boolean"

    def comparison(self, node: exp.Binary) -> tuple[Expr, str]:
        """Compare two values, brought to one kind."""
        from sqlglot import exp

        sides = (node.this, node.expression)
        with self.letters(sides, sides):
            left, right, kind = self.alike(*self.rewrite(node.this), *self.rewrite(node.expression))
        order = isinstance(node, exp.LT | exp.LTE | exp.GT | exp.GTE)
        if order and kind not in (*ORDERED, "text", "null"):
            raise NotTheSame(
                f"the order of values of the kind {kind} is not known to be the same in {self.flavour.called}"
            )
        if kind in ("real", "double") and not self.flavour.nan_is_largest:
            return self.ieee(node, left, right)
        if order and kind == "text":
            left = self.collated(left, kind)
        return type(node)(this=self.wrapped(left), expression=self.wrapped(right)), "boolean"

    def ieee(self, node: exp.Binary, left: Expr, right: Expr) -> tuple[Expr, str]:
        """Write a comparison so that NaN is greater than every number where the engine has it unequal to all."""
        from sqlglot import exp

        plain: Expr = type(node)(this=self.wrapped(left), expression=self.wrapped(right))
        for one, other, greater in ((left, right, (exp.GT, exp.GTE)), (right, left, (exp.LT, exp.LTE))):
            if finite(other):
                if isinstance(node, greater):
                    plain = exp.Paren(this=exp.Or(this=plain, expression=self.nan(one)))
                return plain, "boolean"
        raise self.different("comparing two columns that may hold NaN")

    def in_(self, node: exp.In) -> tuple[Expr, str]:
        """Compare with a list, or with what a query gives."""
        from sqlglot import exp

        if node.args.get("query") is not None:
            left, kind = self.rewrite(node.this)
            query = node.args["query"]
            select = query.this if isinstance(query, exp.Subquery) else query
            kinds = {each.this.meta.get("kind") or each.meta.get("kind") for each in select.expressions}
            if kinds != {kind} or kind == "other":
                raise NotTheSame("IN compares values of two kinds")
            return exp.In(this=left, query=query.copy()), "boolean"
        if node.args.get("unnest") or node.args.get("field"):
            self.refuse(node)
        with self.letters([node.this], node.expressions):
            left, kind = self.rewrite(node.this)
        given, members, common = self.rewrite_all(node.expressions), [], kind
        for member, other in given:
            left, made, common = self.alike(left, common, member, other)
            members.append(made)
        if common in ("real", "double") and kind not in ("real", "double"):
            raise self.different("a list of numbers of several kinds")
        return exp.In(this=left, expressions=members), "boolean"

    def between(self, node: exp.Between) -> tuple[Expr, str]:
        """Compare with both bounds."""
        from sqlglot import exp

        low = exp.GTE(this=node.this.copy(), expression=node.args["low"].copy())
        high = exp.LTE(this=node.this.copy(), expression=node.args["high"].copy())
        return exp.Paren(this=exp.And(this=self.comparison(low)[0], expression=self.comparison(high)[0])), "boolean"

    def subquery(self, node: exp.Subquery) -> tuple[Expr, str]:
        """Take the one value that a query gives."""
        from sqlglot import exp

        select = node.this
        if not isinstance(select, exp.Select) or len(select.expressions) != 1:
            self.refuse(node)
        only = select.expressions[0]
        return node.copy(), (only.this if isinstance(only, exp.Alias) else only).meta.get("kind", "other")

    def case(self, node: exp.Case) -> tuple[Expr, str]:
        """Choose between values of one kind."""
        from sqlglot import exp

        conditions: list[Expr] = []
        for each in node.args["ifs"]:
            if node.this:
                compared = exp.EQ(this=node.this.copy(), expression=each.this.copy())
                conditions.append(self.comparison(compared)[0])
            else:
                conditions.append(self.condition(each.this))
        given = self.rewrite_all([each.args["true"] for each in node.args["ifs"]])
        default = node.args.get("default")
        values, kind = self.one_kind([*given, *([self.rewrite(default)] if default else [])])
        made = exp.Case(
            ifs=[exp.If(this=one, true=value) for one, value in zip(conditions, values, strict=False)],
            default=values[-1] if default else None,
        )
        return made, kind

    def if_(self, node: exp.If) -> tuple[Expr, str]:
        """Choose between two values."""
        from sqlglot import exp

        return self.case(exp.Case(ifs=[exp.If(this=node.this, true=node.args["true"])], default=node.args.get("false")))

    def coalesce(self, node: exp.Coalesce) -> tuple[Expr, str]:
        """Take the first value that is there."""
        from sqlglot import exp

        values, kind = self.one_kind(self.rewrite_all([node.this, *node.expressions]))
        return exp.Coalesce(this=values[0], expressions=values[1:]), kind

    def nullif(self, node: exp.Nullif) -> tuple[Expr, str]:
        """Make a value NULL."""
        from sqlglot import exp

        left, kind = self.rewrite(node.this)
        one, other, common = self.alike(left, kind, *self.rewrite(node.expression))
        if common != kind:
            raise NotTheSame("NULLIF over values of two kinds")
        return exp.Nullif(this=one, expression=other), kind

    def cast(self, node: exp.Cast) -> tuple[Expr, str]:
        """Casts whose outcome is the same everywhere; how text is read as something else is not."""
        from sqlglot import exp

        to = node.args["to"]
        type_ = to.sql(dialect="duckdb")
        wanted = kind_of(type_)
        if isinstance(node.this, exp.Literal) and node.this.is_string and wanted != "text":
            if wanted in ("double", "real") and node.this.name.lower() in (
                "nan",
                "inf",
                "-inf",
                "infinity",
                "-infinity",
            ):
                spelled = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
                text = spelled.get(node.this.name.lower(), node.this.name.title())
                return cast(exp.Literal.string(text), type_), wanted
            if wanted == "time":
                return cast(node.this.copy(), type_), wanted
            return self.read(node.this.name, wanted), wanted
        inner, kind = self.rewrite(node.this)
        same = {
            "whole": ("whole", "decimal", "double", "real", "text"), "decimal": ("decimal", "double", "real", "text"),
            "real": ("real", "double"), "double": ("double",), "text": ("text",), "boolean": ("boolean",),
            "uuid": ("uuid", "text"), "date": ("date", "moment", "zoned", "text"), "moment": ("date", "moment", "zoned"),
            "zoned": ("date", "moment", "zoned"),
            "null": (wanted,), "time": ("time",),
        }  # fmt: skip
        if kind == "decimal" and wanted == "whole":
            inner, kind = exp.Round(this=inner), "whole"
        if wanted not in same.get(kind, ()) or wanted == "other":
            raise NotTheSame(f"reading a {kind} as {type_} is not known to be the same in {self.flavour.called}")
        if kind == wanted and kind not in ("whole", "decimal"):
            return inner, wanted
        if type_.upper() in ("HUGEINT", "INT128", "UBIGINT", "UHUGEINT"):
            type_ = "DECIMAL(38, 0)"
        return cast(inner, type_), wanted
