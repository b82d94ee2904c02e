"""What every rule is written with: the way into the tree, refusals, and bringing two operands to one kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from decom_nb.pushdown.flavour import Flavour
from decom_nb.pushdown.rewrite.node import MOMENTS, NUMBERS, cast
from decom_nb.pushdown.seen import NotTheSame

if TYPE_CHECKING:
    from sqlglot import exp

    Expr = exp.Expr

    Rules = dict[type, Callable[[Any], tuple[Expr, str]]]


class Base:
    """A rewriter for one engine. A rule takes a node and gives it in the engine's words, with its kind."""

    def __init__(self, flavour: Flavour) -> None:
        self.flavour = flavour
        self.dialect = flavour.dialect
        self.outputs: dict[str, str] = {}
        """The kinds of what the SELECT gives, by name."""
        self.ascii_will_do = False
        """Whether only letters of ASCII make a difference where the rule stands."""
        self.by_type: Rules = self.rules()

    def rules(self) -> Rules:
        """Give the rules by the node they are for; each group of rules adds its own."""
        return {}

    def rewrite(self, node: Any) -> tuple[Expr, str]:
        """Give a node in the engine's words, and what kind it is; raises `NotTheSame`."""
        rule = self.by_type.get(type(node))
        return rule(node) if rule is not None else self.refuse(node)

    def rewrite_all(self, nodes: list[Any]) -> list[tuple[Expr, str]]:
        """Rewrite several nodes."""
        return [self.rewrite(each) for each in nodes]

    def refuse(self, node: Any) -> NoReturn:
        """Raise, naming what has no equal."""
        from sqlglot import exp

        called = node.name if isinstance(node, exp.Anonymous) else node.sql_name() if isinstance(node, exp.Func) else ""
        what = f"the function {called.lower()}" if called else f"`{node.sql(dialect='duckdb')[:60]}`"
        raise NotTheSame(f"{what} is not known to mean the same in {self.flavour.called}")

    def different(self, what: str) -> NotTheSame:
        """Give the refusal of something that both have and understand differently."""
        return NotTheSame(f"{what} differs between DuckDB and {self.flavour.called}")

    def must(self, holds: bool, node: Any) -> None:
        """Refuse the node unless the condition holds."""
        if not holds:
            self.refuse(node)

    def wrapped(self, node: exp.Expr) -> exp.Expr:
        """Put brackets round what could be read apart where it is going to stand."""
        from sqlglot import exp

        return exp.Paren(this=node) if isinstance(node, exp.Binary | exp.Not | exp.Between | exp.Case) else node

    def condition(self, node: exp.Expr) -> exp.Expr:
        """Rewrite what has to be true or false."""
        rewritten, kind = self.rewrite(node)
        if kind not in ("boolean", "null"):
            raise NotTheSame(f"a condition that is a {kind}")
        return rewritten

    def alike(self, left: Expr, one: str, right: Expr, other: str) -> tuple[Expr, Expr, str]:
        """Bring two operands to one kind, as DuckDB does; raises `NotTheSame` where engines do it differently."""
        from sqlglot import exp

        if one == other and one != "other":
            return left, right, one
        if "null" in (one, other):
            return left, right, other if one == "null" else one
        if one in NUMBERS and other in NUMBERS:
            if "double" in (one, other):
                return left, right, "double"
            if "real" in (one, other):
                left = left if one == "real" else cast(left, "FLOAT")
                right = right if other == "real" else cast(right, "FLOAT")
                return left, right, "real"
            return left, right, "decimal"
        for text, kind, of in ((left, one, other), (right, other, one)):
            if kind == "text" and isinstance(text, exp.Literal):
                made = self.read(text.name, of)
                return (made, right, of) if text is left else (left, made, of)
        if one in MOMENTS and other in MOMENTS:
            widest = "zoned" if "zoned" in (one, other) else "moment"
            type_ = "TIMESTAMPTZ" if widest == "zoned" else "TIMESTAMP"
            left = left if one == widest else cast(left, type_)
            right = right if other == widest else cast(right, type_)
            return left, right, widest
        raise NotTheSame(f"comparing a {one} with a {other} is not known to mean the same in {self.flavour.called}")

    def read(self, text: str, kind: str) -> Expr:
        """Give a text from a condition as the kind it is compared with, spelled so that all engines read it alike."""
        from sqlglot import exp

        try:
            if kind == "date":
                return cast(exp.Literal.string(date.fromisoformat(text.strip()).isoformat()), "DATE")
            if kind in ("moment", "zoned"):
                at = datetime.fromisoformat(text.strip())
                if at.tzinfo is not None and kind == "moment":
                    raise ValueError
                return cast(exp.Literal.string(at.isoformat(" ")), "TIMESTAMPTZ" if kind == "zoned" else "TIMESTAMP")
            if kind == "whole" and re.fullmatch(r"-?[0-9]{1,18}", text):
                return exp.Literal.number(text)
            if kind == "boolean" and text in ("true", "false"):
                return exp.Boolean(this=text == "true")
            if kind == "uuid" and re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
                return cast(exp.Literal.string(text.lower()), "UUID")
        except ValueError:
            pass
        raise NotTheSame(f"{text!r} compared with a {kind} is not known to be read alike in {self.flavour.called}")

    def one_kind(self, given: list[tuple[Expr, str]]) -> tuple[list[Expr], str]:
        """Bring several values, of which one is taken, to one kind."""
        kinds = {kind for _, kind in given if kind != "null"}
        if not kinds:
            return [each for each, _ in given], "null"
        if len(kinds) == 1:
            return [each for each, _ in given], kinds.pop()
        if kinds <= {"whole", "decimal"}:
            return [each for each, _ in given], "decimal"
        if kinds <= set(NUMBERS) and "double" in kinds:
            return [each if kind in ("double", "null") else cast(each, "DOUBLE") for each, kind in given], "double"
        raise NotTheSame(f"a choice between values of the kinds {' and '.join(sorted(kinds))}")

    def nan(self, inner: Expr) -> Expr:
        """Give the question whether a number is NaN, as the engine asks it."""
        from sqlglot import exp

        if self.flavour.is_nan == "equals":
            return exp.EQ(this=self.wrapped(inner), expression=cast(exp.Literal.string("NaN"), "DOUBLE"))
        return exp.Anonymous(this=self.flavour.is_nan.upper(), expressions=[inner])

    def collated(self, node: Expr, kind: str) -> Expr:
        """Give what is to be ordered; text in the order of its bytes."""
        from sqlglot import exp

        if kind != "text" or not self.flavour.c_collation:
            return node
        return exp.Collate(this=self.wrapped(node), expression=exp.to_identifier("C", quoted=True))

    def ordered(self, order: exp.Order) -> None:
        """Rewrite what is ordered by, in place."""
        for each in order.expressions:
            inner, kind = self.rewrite(each.this)
            each.set("this", self.collated(inner, kind))

    def compared(self, node: exp.Expr) -> Expr:
        """Rewrite what is told apart by its value, as keys are; of an unknown kind nobody knows what is equal."""
        made, kind = self.rewrite(node)
        self.must(kind != "other", node)
        return made

    @contextmanager
    def letters(self, sides: Iterable[Any], others: Iterable[Any]) -> Iterator[None]:
        """Let `lower` and `upper` stand where only letters of ASCII can make a difference.

        So it is where one of the sides is such a function and all others are literals of ASCII.
        """
        from sqlglot import exp

        def inner(node: Any) -> Any:
            while isinstance(node, exp.Paren | exp.Trim):
                node = node.this
            return node

        functions = [each for each in sides if isinstance(inner(each), exp.Lower | exp.Upper)]
        rest = [each for each in others if each not in functions]
        plain = all(isinstance(each, exp.Literal) and each.is_string and each.name.isascii() for each in rest)
        before = self.ascii_will_do
        self.ascii_will_do = len(functions) == 1 and plain
        try:
            yield
        finally:
            self.ascii_will_do = before
