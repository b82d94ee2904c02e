"""From the SQL that defines a question, which is DuckDB's, to an engine's SQL that has the same answer there.

A translation of words is not enough: NaN, collations, division, regular expressions, means of whole numbers differ from
engine to engine. So every node of the tree has a rule here that knows the kinds of its operands and writes what means the
same, and what has no rule is refused with `NotTheSame`: a check is then not known, never counted differently.

    Translator("postgres", {"orders": Seen(...)}).select('SELECT min("name") FROM "orders"')
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from decom_nb.pushdown.flavour import FLAVOURS
from decom_nb.sql.column_type import family
from decom_nb.sql.regex import NotPortable, portable

if TYPE_CHECKING:
    from sqlglot import exp

    Expr = exp.Expr

_SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""What DuckDB's trim takes away: the separators of Unicode's class Zs, and neither tabs nor line ends."""
_TRUNCATED = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
_PARTS = ("year", "quarter", "month", "day", "hour", "minute")
_NUMBERS = ("whole", "decimal", "real", "double")
_MOMENTS = ("date", "moment", "zoned")
_ORDERED = (*_NUMBERS, *_MOMENTS, "time")


class NotTheSame(ValueError):  # noqa: N818 - reads as what it says
    """The engine has no way known here to say this with the same meaning; the message is what a person reads."""


@dataclass(frozen=True)
class Seen:
    """A table as the engine has it."""

    parts: tuple[str, ...]
    """What stands after FROM, from the catalog down to the table."""
    columns: tuple[tuple[str, str], ...]
    """Names as the engine spells them, and types as DuckDB would call them."""
    read_as: Mapping[str, str] = field(default_factory=dict)
    """Columns that have to be cast before they behave as their type does: name to type, in the engine's words."""

    @property
    def spelled(self) -> dict[str, str]:
        """Give the names by their folded form: DuckDB's names are equal without regard to case."""
        return {each.casefold(): each for each, _ in self.columns}


def kind_of(type_: str) -> str:
    """Give the kind of a DuckDB type: its family, floats and moments told apart.

    >>> kind_of("FLOAT"), kind_of("TIMESTAMP WITH TIME ZONE"), kind_of("INTERVAL")
    ('real', 'zoned', 'interval')
    """
    upper = type_.upper()
    if upper in ("FLOAT", "REAL", "FLOAT4"):
        return "real"
    if upper in ("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"):
        return "zoned"
    if upper == "INTERVAL":
        return "interval"
    aliases = {"TEXT": "VARCHAR", "INT": "INTEGER", "BOOL": "BOOLEAN", "STRING": "VARCHAR", "NUMERIC": "DECIMAL"}
    found = family(aliases.get(upper, type_))
    return "double" if found == "float" else str(found)


class Translator:
    """Translates for one dialect, over tables by the names they have in the questions (without regard to case)."""

    def __init__(self, dialect: str, tables: Mapping[str, Seen]) -> None:
        self.flavour = FLAVOURS[dialect]
        self.tables = {each.casefold(): seen for each, seen in tables.items()}
        self._schema: Any = None

    def select(self, query: str) -> exp.Select:
        """Give the tree of a query in the engine's SQL; raises `NotTheSame`."""
        tree = self.tree(query)
        from sqlglot import exp

        if not isinstance(tree, exp.Select):
            raise NotTheSame("the query is no plain SELECT")
        return tree

    def text(self, query: str) -> str:
        """Give a query as text in the engine's SQL; raises `NotTheSame`."""
        return self.render(self.tree(query))

    def render(self, tree: exp.Expr) -> str:
        """Give a translated tree as text."""
        return tree.sql(dialect=self.flavour.dialect, identify=True, comments=False)

    def tree(self, query: str) -> exp.Expr:
        """Give the tree of a query in the engine's SQL; raises `NotTheSame`."""
        import sqlglot
        from sqlglot.optimizer.scope import traverse_scope

        try:
            tree = self._qualified(query)
            scopes = traverse_scope(tree)
        except sqlglot.errors.SqlglotError as error:
            raise NotTheSame(f"the query could not be resolved: {str(error).splitlines()[0]}") from None
        outputs: dict[int, dict[str, str]] = {}
        for scope in scopes:
            for column in scope.columns:
                self._resolve(column, scope, outputs)
            rewriter = _Rewriter(self.flavour)
            rewriter.query(scope.expression)
            outputs[id(scope.expression)] = rewriter.outputs or self._united(scope.expression, outputs)
        for scope in scopes:
            self._place(scope)
        return tree

    def _plain(self, node: exp.Expr) -> exp.Expr:
        """Give what DuckDB spells in a way of its own as what it is."""
        from sqlglot import exp

        if isinstance(node, exp.Anonymous) and node.name.lower() == "count_star":
            return exp.Count(this=exp.Star())
        if (
            isinstance(node, exp.Anonymous)
            and node.name.lower() in ("now", "get_current_timestamp")
            and not node.expressions
        ):
            return exp.CurrentTimestamp()
        if isinstance(node, exp.Column) and not node.table and node.name.lower() == "current_date":
            taken = any("current_date" in seen.spelled for seen in self.tables.values())
            return node if taken else exp.CurrentDate()
        return node

    def _united(self, node: Any, outputs: Mapping[int, dict[str, str]]) -> dict[str, str]:
        """Give the kinds of what a set operation gives: those of both sides, where they agree."""
        from sqlglot import exp

        if not isinstance(node, exp.SetOperation):
            return {}
        left, right = (outputs.get(id(each.unnest()), {}) for each in (node.this, node.expression))
        kinds: dict[str, str] = {}
        for called, one, other in zip(left, left.values(), right.values(), strict=True):
            if one != other and not {one, other} <= {"whole", "decimal", "null"}:
                raise NotTheSame("a UNION of values of two kinds")
            kinds[called] = one if one == other else "decimal" if "decimal" in (one, other) else "whole"
        return kinds

    def _qualified(self, query: str) -> exp.Expr:
        import sqlglot
        from sqlglot import exp
        from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
        from sqlglot.optimizer.qualify_columns import qualify_columns
        from sqlglot.optimizer.qualify_tables import qualify_tables
        from sqlglot.schema import MappingSchema

        tree = sqlglot.parse_one(query, read="duckdb")
        tree = tree.transform(self._plain)
        tree = normalize_identifiers(tree, dialect="duckdb")
        if self._schema is None:  # only which columns there are matters here, not their types
            text = exp.DataType.build("TEXT")
            shapes: dict[str, object] = {
                called: {column.lower(): text for column, _ in seen.columns} for called, seen in self.tables.items()
            }
            self._schema = MappingSchema(shapes, dialect="duckdb", normalize=False)
        for table in tree.find_all(exp.Table):
            if table.db or table.catalog or not isinstance(table.this, exp.Identifier):
                raise NotTheSame(f"{table.sql(dialect='duckdb')} is no table of the suite")
        tree = qualify_tables(tree, dialect="duckdb")
        return qualify_columns(tree, schema=self._schema, expand_alias_refs=True)

    def _resolve(self, column: exp.Column, scope: Any, outputs: Mapping[int, Mapping[str, str]]) -> None:
        """Say what kind a column is, and spell it as the engine does."""
        from sqlglot import exp

        if "kind" in column.meta:
            return
        source, here = None, scope
        while here is not None and source is None:
            source, here = here.sources.get(column.table), here.parent
        if source is None and not column.table:
            column.meta["kind"] = "other"  # the ORDER BY of a set operation
            return
        if isinstance(source, exp.Table):
            seen = self.tables.get(source.name.casefold())
            if seen is None:
                raise NotTheSame(f"there is no table {source.name}")
            actual = seen.spelled.get(column.name.casefold())
            if actual is None:
                raise NotTheSame(f"the table {source.name} has no column {column.name}")
            column.meta["kind"] = kind_of(dict(seen.columns)[actual])
            column.meta["read_as"] = seen.read_as.get(actual, "")
            column.set("this", exp.to_identifier(actual, quoted=True))
        elif source is not None:
            column.meta["kind"] = outputs.get(id(source.expression), {}).get(column.name, "other")
        else:
            raise NotTheSame(f"nothing says where {column.name} comes from")

    def _place(self, scope: Any) -> None:
        """Put the engine's name of each table behind FROM; the name used until here stays as its alias."""
        from sqlglot import exp

        for source in list(scope.sources.values()):
            if not isinstance(source, exp.Table) or "placed" in source.meta:
                continue
            seen = self.tables[source.name.casefold()]
            parts = [exp.to_identifier(part, quoted=True) for part in seen.parts]
            for key, part in zip(("this", "db", "catalog"), reversed(parts), strict=False):
                source.set(key, part)
            source.meta["placed"] = True


class _Rewriter:
    """Rewrites one SELECT, clause by clause; nested queries were done before."""

    def __init__(self, flavour: Any) -> None:
        from sqlglot import exp

        self.flavour = flavour
        self.dialect: str = flavour.dialect
        self.outputs: dict[str, str] = {}
        self.ascii_will_do = False
        self.rules: dict[type, Callable[[Any], tuple[Expr, str]]] = {
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
            exp.RegexpLike: self.regex,
            exp.RegexpFullMatch: self.regex,
            exp.Like: self.like,
            exp.Escape: self.like,
            exp.StartsWith: self.starts_with,
            exp.Length: self.length,
            exp.Lower: self.letter_case,
            exp.Upper: self.letter_case,
            exp.Trim: self.trim,
            exp.Substring: self.substring,
            exp.Left: self.substring,
            exp.DPipe: self.joined,
            exp.Year: self.part,
            exp.Month: self.part,
            exp.Day: self.part,
            exp.Quarter: self.part,
            exp.Extract: self.part,
            exp.TimestampTrunc: self.truncated,
            exp.DateTrunc: self.truncated,
            exp.CurrentDate: lambda node: (node, "date"),
            exp.CurrentTimestamp: lambda node: (node, "zoned"),
            exp.Interval: lambda node: (node, "interval"),
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
            exp.Ln: self.logarithm,
            exp.Window: self.window,
        }
        for each in (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ):
            self.rules[each] = self.comparison

    # -- clauses

    def query(self, node: exp.Expr) -> None:
        """Rewrite the clauses of a SELECT in place, and note the kinds of what it gives."""
        from sqlglot import exp

        if isinstance(node, exp.SetOperation):
            return  # its ORDER BY names what it gives
        if isinstance(node, exp.Subquery):
            return
        if not isinstance(node, exp.Select):
            self.refuse(node)
        known = {
            "expressions", "from_", "joins", "where", "group", "having", "order", "limit", "offset", "with_", "distinct",
            "qualify", "kind", "hint",
        }  # fmt: skip
        for key, found in node.args.items():
            if found and key not in known:
                raise NotTheSame(f"the clause {key.strip('_').upper()} has no equal everywhere")
        if isinstance(node.args.get("distinct"), exp.Distinct) and node.args["distinct"].args.get("on"):
            raise NotTheSame("DISTINCT ON has no equal everywhere")
        selected = []
        for each in node.expressions:
            inner = each.this if isinstance(each, exp.Alias) else each
            rewritten, kind = self.rewrite(inner)
            self.outputs[each.alias_or_name] = kind
            rewritten.meta["kind"] = kind
            selected.append(
                exp.alias_(rewritten, exp.to_identifier(each.alias, quoted=True)) if each.alias else rewritten
            )
        node.set("expressions", selected)
        for join in node.args.get("joins") or ():
            if join.args.get("using") or join.method:
                raise NotTheSame(f"a {join.method or 'USING'} join has no equal everywhere")
            if join.args.get("on"):
                join.set("on", self.condition(join.args["on"]))
        for key in ("where", "having", "qualify"):
            if node.args.get(key):
                node.args[key].set("this", self.condition(node.args[key].this))
        group = node.args.get("group")
        if group:
            if any(value for key, value in group.args.items() if key != "expressions"):
                raise NotTheSame("this form of GROUP BY has no equal everywhere")
            group.set("expressions", [self.key(each) for each in group.expressions])
        if node.args.get("order"):
            self.ordered(node.args["order"])

    def key(self, node: exp.Expr) -> exp.Expr:
        from sqlglot import exp

        if isinstance(node, exp.Literal):
            return node  # the number of a selected expression
        return self.rewrite(node)[0]

    def ordered(self, order: exp.Order) -> None:
        for each in order.expressions:
            inner, kind = self.rewrite(each.this)
            each.set("this", self.collated(inner, kind))

    def condition(self, node: exp.Expr) -> exp.Expr:
        rewritten, kind = self.rewrite(node)
        if kind not in ("boolean", "null"):
            raise NotTheSame(f"a condition that is a {kind}")
        return rewritten

    # -- expressions

    def rewrite(self, node: Any) -> tuple[Expr, str]:
        """Give a node in the engine's words, and what kind it is; raises `NotTheSame`."""
        rule = self.rules.get(type(node))
        return rule(node) if rule is not None else self.refuse(node)

    def refuse(self, node: Any) -> Any:
        from sqlglot import exp

        called = node.name if isinstance(node, exp.Anonymous) else node.sql_name() if isinstance(node, exp.Func) else ""
        what = f"the function {called.lower()}" if called else f"`{node.sql(dialect='duckdb')[:60]}`"
        raise NotTheSame(f"{what} is not known to mean the same in {self.flavour.called}")

    def different(self, what: str) -> NotTheSame:
        return NotTheSame(f"{what} differs between DuckDB and {self.flavour.called}")

    def column(self, node: exp.Column) -> tuple[Expr, str]:
        from sqlglot import exp

        made: Expr = node.copy()
        if node.meta.get("read_as"):
            made = _cast(made, node.meta["read_as"], self.dialect)
        del exp
        return made, node.meta.get("kind", "other")

    def literal(self, node: exp.Literal) -> tuple[Expr, str]:
        if node.is_string:
            return node.copy(), "text"
        if "e" in node.name.lower():
            return _cast(node.copy(), "DOUBLE"), "double"
        return node.copy(), "decimal" if "." in node.name else "whole"

    def paren(self, node: exp.Paren) -> tuple[Expr, str]:
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        return exp.Paren(this=inner), kind

    def logic(self, node: exp.Connector) -> tuple[Expr, str]:
        """Rewrite a chain of AND or OR without recursion along it: hundreds of conditions may be chained."""
        from sqlglot import exp

        kind = type(node)
        parts = [self.wrapped(self.condition(each)) for each in node.flatten(unnest=False)]
        made = parts[0]
        for part in parts[1:]:
            made = kind(this=made, expression=part)
        del exp
        return made, "boolean"

    def wrapped(self, node: exp.Expr) -> exp.Expr:
        from sqlglot import exp

        return exp.Paren(this=node) if isinstance(node, exp.Binary | exp.Not | exp.Between | exp.Case) else node

    def negation(self, node: exp.Not) -> tuple[Expr, str]:
        from sqlglot import exp

        return exp.Not(this=self.wrapped(self.condition(node.this))), "boolean"

    def is_(self, node: exp.Is) -> tuple[Expr, str]:
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        if not isinstance(node.expression, exp.Null) and not (
            isinstance(node.expression, exp.Boolean) and kind == "boolean"
        ):
            self.refuse(node)
        return exp.Is(this=self.wrapped(inner), expression=node.expression.copy()), "boolean"

    def comparison(self, node: exp.Binary) -> tuple[Expr, str]:
        from sqlglot import exp

        with self.letters(node.this, [node.expression]), self.letters(node.expression, [node.this]):
            left, right, kind = self.alike(*self.rewrite(node.this), *self.rewrite(node.expression))
        order = isinstance(node, exp.LT | exp.LTE | exp.GT | exp.GTE)
        if order and kind not in (*_ORDERED, "text", "null"):
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
            if _finite(other):
                if isinstance(node, greater):
                    plain = exp.Paren(this=exp.Or(this=plain, expression=self.nan(one)))
                return plain, "boolean"
        raise self.different("comparing two columns that may hold NaN")

    def letters(self, node: Any, others: list[Any]) -> Any:
        """Let `lower` and `upper` stand where only letters of ASCII can make a difference."""
        from contextlib import contextmanager

        from sqlglot import exp

        inner = node
        while isinstance(inner, exp.Paren | exp.Trim):
            inner = inner.this
        plain = all(isinstance(each, exp.Literal) and each.is_string and each.name.isascii() for each in others)

        @contextmanager
        def allowed() -> Iterator[None]:
            before = self.ascii_will_do
            self.ascii_will_do = before or (plain and isinstance(inner, exp.Lower | exp.Upper))
            try:
                yield
            finally:
                self.ascii_will_do = before

        return allowed()

    def alike(self, left: Expr, one: str, right: Expr, other: str) -> tuple[Expr, Expr, str]:
        """Bring two operands to one kind, as DuckDB does; raises `NotTheSame` where engines do it differently."""
        from sqlglot import exp

        if one == other and one != "other":
            return left, right, one
        if "null" in (one, other):
            return left, right, other if one == "null" else one
        if one in _NUMBERS and other in _NUMBERS:
            if "double" in (one, other):
                return left, right, "double"
            if "real" in (one, other):
                left = left if one == "real" else _cast(left, "FLOAT")
                right = right if other == "real" else _cast(right, "FLOAT")
                return left, right, "real"
            return left, right, "decimal"
        for text, kind, of in ((left, one, other), (right, other, one)):
            if kind == "text" and isinstance(text, exp.Literal):
                made = self.read(text.name, of)
                return (made, right, of) if text is left else (left, made, of)
        if one in _MOMENTS and other in _MOMENTS:
            widest = "zoned" if "zoned" in (one, other) else "moment"
            type_ = "TIMESTAMPTZ" if widest == "zoned" else "TIMESTAMP"
            left = left if one == widest else _cast(left, type_)
            right = right if other == widest else _cast(right, type_)
            return left, right, widest
        raise NotTheSame(f"comparing a {one} with a {other} is not known to mean the same in {self.flavour.called}")

    def read(self, text: str, kind: str) -> Expr:
        """Give a text from a condition as the kind it is compared with, spelled so that all engines read it alike."""
        from sqlglot import exp

        try:
            if kind == "date":
                return _cast(exp.Literal.string(date.fromisoformat(text.strip()).isoformat()), "DATE")
            if kind in ("moment", "zoned"):
                at = datetime.fromisoformat(text.strip())
                if at.tzinfo is not None and kind == "moment":
                    raise ValueError
                return _cast(exp.Literal.string(at.isoformat(" ")), "TIMESTAMPTZ" if kind == "zoned" else "TIMESTAMP")
            if kind == "whole" and re.fullmatch(r"-?[0-9]{1,18}", text):
                return exp.Literal.number(text)
            if kind == "boolean" and text in ("true", "false"):
                return exp.Boolean(this=text == "true")
            if kind == "uuid" and re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
                return _cast(exp.Literal.string(text.lower()), "UUID")
        except ValueError:
            pass
        raise NotTheSame(f"{text!r} compared with a {kind} is not known to be read alike in {self.flavour.called}")

    def in_(self, node: exp.In) -> tuple[Expr, str]:
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
        with self.letters(node.this, node.expressions):
            left, kind = self.rewrite(node.this)
        given, members, common = self.rewrite_all(node.expressions), [], kind
        for member, other in given:
            left, made, common = self.alike(left, common, member, other)
            members.append(made)
        if common in ("real", "double") and kind not in ("real", "double"):
            raise self.different("a list of numbers of several kinds")
        return exp.In(this=left, expressions=members), "boolean"

    def rewrite_all(self, nodes: list[Any]) -> list[tuple[Expr, str]]:
        return [self.rewrite(each) for each in nodes]

    def between(self, node: exp.Between) -> tuple[Expr, str]:
        from sqlglot import exp

        low = exp.GTE(this=node.this.copy(), expression=node.args["low"])
        high = exp.LTE(this=node.this.copy(), expression=node.args["high"])
        for copied, original in zip(
            (*low.find_all(exp.Column), *high.find_all(exp.Column)),
            (*node.this.find_all(exp.Column), *node.args["low"].find_all(exp.Column),
             *node.this.find_all(exp.Column), *node.args["high"].find_all(exp.Column)),
            strict=False,
        ):  # fmt: skip
            copied.meta.setdefault("kind", original.meta.get("kind", "other"))
        return exp.Paren(this=exp.And(this=self.comparison(low)[0], expression=self.comparison(high)[0])), "boolean"

    def subquery(self, node: exp.Subquery) -> tuple[Expr, str]:
        from sqlglot import exp

        select = node.this
        if not isinstance(select, exp.Select) or len(select.expressions) != 1:
            self.refuse(node)
        only = select.expressions[0]
        return node.copy(), (only.this if isinstance(only, exp.Alias) else only).meta.get("kind", "other")

    def one_kind(self, given: list[tuple[Expr, str]]) -> tuple[list[Expr], str]:
        """Bring several values, of which one is taken, to one kind."""
        kinds = {kind for _, kind in given if kind != "null"}
        if not kinds:
            return [each for each, _ in given], "null"
        if len(kinds) == 1:
            return [each for each, _ in given], kinds.pop()
        if kinds <= {"whole", "decimal"}:
            return [each for each, _ in given], "decimal"
        if kinds <= set(_NUMBERS) and "double" in kinds:
            return [each if kind in ("double", "null") else _cast(each, "DOUBLE") for each, kind in given], "double"
        raise NotTheSame(f"a choice between values of the kinds {' and '.join(sorted(kinds))}")

    def case(self, node: exp.Case) -> tuple[Expr, str]:
        from sqlglot import exp

        conditions: list[Expr] = []
        for each in node.args["ifs"]:
            if node.this:
                compared = exp.EQ(this=node.this.copy(), expression=each.this)
                _keep_kinds(node.this, compared.this)
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
        from sqlglot import exp

        return self.case(exp.Case(ifs=[exp.If(this=node.this, true=node.args["true"])], default=node.args.get("false")))

    def coalesce(self, node: exp.Coalesce) -> tuple[Expr, str]:
        from sqlglot import exp

        values, kind = self.one_kind(self.rewrite_all([node.this, *node.expressions]))
        return exp.Coalesce(this=values[0], expressions=values[1:]), kind

    def nullif(self, node: exp.Nullif) -> tuple[Expr, str]:
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
                return _cast(exp.Literal.string(text), type_), wanted
            if wanted == "time":
                return _cast(node.this.copy(), type_), wanted
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
        return _cast(inner, type_), wanted

    def negative(self, node: exp.Neg) -> tuple[Expr, str]:
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        self.must(kind in _NUMBERS, node)
        return exp.Neg(this=self.wrapped(inner)), kind

    def must(self, holds: bool, node: Any) -> None:
        if not holds:
            self.refuse(node)

    def add(self, node: exp.Binary) -> tuple[Expr, str]:
        from sqlglot import exp

        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        if "interval" in (one, other):
            moment, kind, interval = (left, one, right) if other == "interval" else (right, other, left)
            self.must(kind in _MOMENTS and (other == "interval" or isinstance(node, exp.Add)), node)
            moment = _cast(moment, "TIMESTAMP") if kind == "date" else moment
            return type(node)(this=self.wrapped(moment), expression=interval), "moment" if kind == "date" else kind
        if one == "date" and other == "whole":
            self.must(self.dialect in ("postgres", "redshift", "spark", "databricks", "snowflake"), node)
            return type(node)(this=self.wrapped(left), expression=self.wrapped(right)), "date"
        return self.arithmetic(node)

    def sub(self, node: exp.Sub) -> tuple[Expr, str]:
        from sqlglot import exp

        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        if one == other == "date":
            if self.dialect in ("postgres", "redshift", "snowflake"):
                return exp.Paren(this=exp.Sub(this=self.wrapped(left), expression=self.wrapped(right))), "whole"
            return exp.DateDiff(this=left, expression=right, unit=exp.var("DAY")), "whole"
        return self.add(node)

    def arithmetic(self, node: exp.Binary) -> tuple[Expr, str]:
        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        self.must({one, other} <= {*_NUMBERS, "null"}, node)
        left, right, kind = self.alike(left, one, right, other)
        if one == "whole" and other == "whole":
            kind = "whole"
        return type(node)(this=self.wrapped(left), expression=self.wrapped(right)), kind

    def div(self, node: exp.Div) -> tuple[Expr, str]:
        """Division, which in DuckDB is of floats and knows infinity: others end with an error, or with NULL, at a zero."""
        from sqlglot import exp

        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        self.must({one, other} <= set(_NUMBERS), node)
        type_ = "FLOAT" if "real" in (one, other) and "double" not in (one, other) else "DOUBLE"
        wanted = "real" if type_ == "FLOAT" else "double"
        left = left if one == wanted else _cast(left, type_)
        whole = right if other == wanted else _cast(right, type_)
        divided = exp.Div(this=self.wrapped(left), expression=self.wrapped(whole), typed=True, safe=False)
        if _never_zero(node.expression):
            return exp.Paren(this=divided), wanted
        if other in ("real", "double") and self.dialect not in ("postgres", "spark", "databricks"):
            raise self.different("division by a number that may be negative zero")
        zero = exp.Literal.number(0)
        special = {each: _cast(exp.Literal.string(each), type_) for each in ("NaN", "Infinity", "-Infinity")}
        sign: Expr = exp.GT(this=left.copy(), expression=zero.copy())
        if other in ("real", "double"):  # a negative zero turns the sign round
            negative = exp.Like(this=_cast(right.copy(), "TEXT"), expression=exp.Literal.string("-%"))
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
        from sqlglot import exp

        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        self.must(one == other == "whole" and self.dialect in ("postgres", "spark", "databricks", "redshift"), node)
        safe = exp.Nullif(this=right, expression=exp.Literal.number(0))
        if self.dialect in ("spark", "databricks"):
            return exp.Paren(this=exp.IntDiv(this=self.wrapped(left), expression=safe)), "whole"
        return exp.Paren(this=exp.Div(this=self.wrapped(left), expression=safe, typed=True)), "whole"

    def mod(self, node: exp.Mod) -> tuple[Expr, str]:
        from sqlglot import exp

        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        self.must(one == other == "whole", node)
        safe = exp.Nullif(this=right, expression=exp.Literal.number(0))
        return exp.Mod(this=self.wrapped(left), expression=safe), "whole"

    def abs_(self, node: exp.Abs) -> tuple[Expr, str]:
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        self.must(kind in _NUMBERS, node)
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
        self.must(kind in _ORDERED and self.dialect in ("postgres", "spark", "databricks"), node)
        return type(node)(this=values[0], expressions=values[1:], ignore_nulls=True), kind

    def nan(self, inner: Expr) -> Expr:
        from sqlglot import exp

        if self.flavour.is_nan == "equals":
            return exp.EQ(this=self.wrapped(inner), expression=_cast(exp.Literal.string("NaN"), "DOUBLE"))
        return exp.Anonymous(this=self.flavour.is_nan.upper(), expressions=[inner])

    def is_nan(self, node: exp.IsNan) -> tuple[Expr, str]:
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

    # -- text

    def collated(self, node: Expr, kind: str) -> Expr:
        from sqlglot import exp

        if kind != "text" or not self.flavour.c_collation:
            return node
        return exp.Collate(this=self.wrapped(node), expression=exp.to_identifier("C", quoted=True))

    def regex(self, node: Any) -> tuple[Expr, str]:
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        pattern = node.expression
        flags = node.args.get("flag") or node.args.get("options")
        self.must(kind == "text" and isinstance(pattern, exp.Literal) and pattern.is_string, node)
        text = pattern.name
        if flags is not None:
            self.must(isinstance(flags, exp.Literal) and set(flags.name) <= set("is"), node)
            text = f"(?{flags.name}){text}" if flags.name else text
        if isinstance(node, exp.RegexpFullMatch):
            text = rf"\A(?:{text})\z"
        if self.flavour.pattern != "re2":
            try:
                text = portable(text, self.flavour.pattern)
            except NotPortable as reason:
                raise NotTheSame(
                    f"{self.flavour.called} is not known to read the pattern {pattern.name!r} as RE2 does: {reason}"
                ) from None
        written = exp.Literal.string(text)
        if self.flavour.regex == "instr":
            found = exp.Anonymous(this="REGEXP_INSTR", expressions=[inner, written])
            return exp.GT(this=found, expression=exp.Literal.number(0)), "boolean"
        if self.flavour.regex == "like":
            return exp.Anonymous(this="REGEXP_LIKE", expressions=[inner, written]), "boolean"
        return exp.RegexpLike(this=self.wrapped(inner), expression=written), "boolean"

    def like(self, node: Any) -> tuple[Expr, str]:
        from sqlglot import exp

        escape = node.expression.name if isinstance(node, exp.Escape) else ""
        like = node.this if isinstance(node, exp.Escape) else node
        self.must(isinstance(like, exp.Like) and isinstance(like.expression, exp.Literal) and len(escape) <= 1, node)
        with self.letters(like.this, [like.expression]):
            inner, kind = self.rewrite(like.this)
        self.must(kind == "text", node)
        pattern = like.expression.name
        if not escape and self.flavour.like_escapes and "\\" in pattern:
            pattern = pattern.replace("\\", "\\\\")
        made: Expr = exp.Like(this=self.wrapped(inner), expression=exp.Literal.string(pattern))
        if escape:
            made = exp.Escape(this=made, expression=exp.Literal.string(escape))
        return made, "boolean"

    def starts_with(self, node: exp.StartsWith) -> tuple[Expr, str]:
        from sqlglot import exp

        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        self.must(one == other == "text", node)
        return exp.StartsWith(this=left, expression=right), "boolean"

    def length(self, node: exp.Length) -> tuple[Expr, str]:
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        self.must(kind == "text", node)
        return exp.Length(this=inner), "whole"

    def letter_case(self, node: Any) -> tuple[Expr, str]:
        """Lower and upper case of ASCII; beyond it engines follow other tables, or the locale of the database."""
        from sqlglot import exp

        if not self.ascii_will_do:
            raise self.different(f"{node.sql_name().lower()} of letters beyond ASCII")
        inner, kind = self.rewrite(node.this)
        self.must(kind == "text" and self.dialect in ("postgres", "spark", "databricks", "snowflake", "trino"), node)
        capitals, small = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
        # The Kelvin sign and the I with a dot become letters of ASCII in lower case, the I without and the long s in upper.
        before, after = (capitals + "\u212a\u0130", small + "ki")
        if isinstance(node, exp.Upper):
            before, after = (small + "\u0131\u017f", capitals + "IS")
        arguments = [inner, exp.Literal.string(before), exp.Literal.string(after)]
        return exp.Anonymous(this="TRANSLATE", expressions=arguments), "text"

    def trim(self, node: exp.Trim) -> tuple[Expr, str]:
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        given = node.expression
        self.must(kind == "text" and (given is None or isinstance(given, exp.Literal)), node)
        characters = exp.Literal.string(given.name if given is not None else _SPACES)
        position = node.args.get("position") or "BOTH"
        if self.dialect in ("postgres", "redshift", "snowflake"):
            called = {"BOTH": "BTRIM", "LEADING": "LTRIM", "TRAILING": "RTRIM"}[position]
            called = "TRIM" if called == "BTRIM" and self.dialect == "snowflake" else called
            return exp.Anonymous(this=called, expressions=[inner, characters]), "text"
        self.must(self.dialect in ("spark", "databricks"), node)
        return exp.Trim(this=inner, expression=characters, position=position), "text"

    def substring(self, node: Any) -> tuple[Expr, str]:
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        if isinstance(node, exp.Left):
            start, length = exp.Literal.number(1), node.expression
        else:
            start, length = node.args.get("start"), node.args.get("length")
        given = [each for each in (start, length) if each is not None]
        self.must(kind == "text" and all(isinstance(each, exp.Literal) and each.name.isdigit() for each in given), node)
        self.must(int(start.name) > 0, node)
        return exp.Substring(this=inner, start=start.copy(), length=length.copy() if length else None), "text"

    def joined(self, node: exp.DPipe) -> tuple[Expr, str]:
        from sqlglot import exp

        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        self.must(one == other == "text", node)
        return exp.DPipe(this=self.wrapped(left), expression=self.wrapped(right), safe=True), "text"

    # -- dates

    def part(self, node: Any) -> tuple[Expr, str]:
        from sqlglot import exp

        of, name = (node.expression, node.name) if isinstance(node, exp.Extract) else (node.this, node.sql_name())
        inner, kind = self.rewrite(of)
        self.must(kind in _MOMENTS and name.lower() in _PARTS, node)
        inner = _cast(inner, "TIMESTAMP") if kind == "date" else inner
        return _cast(exp.Extract(this=exp.var(name.upper()), expression=inner), "BIGINT"), "whole"

    def truncated(self, node: Any) -> tuple[Expr, str]:
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        unit = (node.args.get("unit").name if node.args.get("unit") is not None else "").lower()
        self.must(kind in _MOMENTS and unit in _TRUNCATED and self.dialect not in ("bigquery",), node)
        inner = _cast(inner, "TIMESTAMP") if kind == "date" else inner
        made: Expr = exp.TimestampTrunc(this=inner, unit=exp.var(unit.upper()))
        return (_cast(made, "DATE"), "date") if kind == "date" else (made, kind)

    # -- aggregates

    def filtered(self, node: exp.Filter) -> tuple[Expr, str]:
        """Take an aggregate over some of the rows as one over values that are there only for those rows."""
        condition = node.expression.this
        return self.rewrite(when(node.this, condition))

    def count(self, node: exp.Count) -> tuple[Expr, str]:
        from sqlglot import exp

        inner = node.this
        if inner is None or isinstance(inner, exp.Star):
            return exp.Count(this=exp.Star()), "whole"
        if isinstance(inner, exp.Distinct):
            self.must(len(inner.expressions) == 1 and not isinstance(inner.expressions[0], exp.Tuple), node)
            value, _ = self.rewrite(inner.expressions[0])
            return exp.Count(this=exp.Distinct(expressions=[value])), "whole"
        return exp.Count(this=self.rewrite(inner)[0]), "whole"

    def sum_(self, node: exp.Sum) -> tuple[Expr, str]:
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        self.must(kind in _NUMBERS, node)
        if kind == "whole" and self.flavour.big_sums:
            inner = _cast(inner, "DECIMAL(20, 0)")
        inner = _cast(inner, "DOUBLE") if kind == "real" else inner
        return exp.Sum(this=inner), "double" if kind == "real" else kind

    def average(self, node: exp.Avg) -> tuple[Expr, str]:
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        self.must(kind in _NUMBERS, node)
        if kind in ("real", "double"):
            return exp.Avg(this=_cast(inner, "DOUBLE") if kind == "real" else inner), "double"
        total = self.sum_(exp.Sum(this=node.this))[0]
        return exp.Paren(this=exp.Div(
            this=_cast(total, "DOUBLE"),
            expression=exp.Nullif(this=exp.Count(this=inner.copy()), expression=exp.Literal.number(0)), typed=True, safe=False,
        )), "double"  # fmt: skip

    def least(self, node: Any) -> tuple[Expr, str]:
        inner, kind = self.rewrite(node.this)
        self.must(kind in (*_ORDERED, "text") and not node.expressions, node)
        if kind in ("real", "double") and not self.flavour.nan_is_largest:
            raise self.different("the least and the greatest of numbers with NaN among them")
        if kind == "real":  # drivers give the shortest decimal of a float of 32 bits, which is another number
            return type(node)(this=_cast(inner, "DOUBLE")), "double"
        return type(node)(this=self.collated(inner, kind)), kind

    def spread(self, node: Any) -> tuple[Expr, str]:
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        self.must(kind in _NUMBERS, node)
        return exp.StddevSamp(this=inner if kind == "double" else _cast(inner, "DOUBLE")), "double"

    def logarithm(self, node: exp.Ln) -> tuple[Expr, str]:
        """Take the logarithm of what is above nothing; of anything else engines say different things."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        self.must(kind in ("double", "decimal"), node)
        double = inner if kind == "double" else _cast(inner, "DOUBLE")
        positive = exp.GT(this=self.wrapped(double.copy()), expression=exp.Literal.number(0))
        return exp.Case(ifs=[exp.If(this=positive, true=exp.Ln(this=double))]), "double"

    def percentile(self, node: Any) -> tuple[Expr, str]:
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        share = node.expression if isinstance(node, exp.PercentileCont) else exp.Literal.number("0.5")
        self.must(kind in _NUMBERS and isinstance(share, exp.Literal), node)
        if not self.flavour.percentile:
            raise NotTheSame(f"{self.flavour.called} has no exact percentile as an aggregate")
        inner = inner if kind == "double" else _cast(inner, "DOUBLE")
        if self.flavour.percentile == "argument":
            return exp.Anonymous(this="PERCENTILE", expressions=[inner, share.copy()]), "double"
        order = exp.Order(expressions=[exp.Ordered(this=inner)])
        return exp.WithinGroup(this=exp.PercentileCont(this=share.copy()), expression=order), "double"

    def window(self, node: exp.Window) -> tuple[Expr, str]:
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
        made.set("partition_by", [self.rewrite(each)[0] for each in node.args.get("partition_by") or ()])
        if node.args.get("order"):
            order = node.args["order"].copy()
            for copied, original in zip(order.expressions, node.args["order"].expressions, strict=True):
                _keep_kinds(original, copied)
            self.ordered(order)
            made.set("order", order)
        if node.args.get("spec") is not None:
            made.set("spec", node.args["spec"].copy())
        return made, kind


def when(aggregate: exp.Expr, condition: exp.Expr) -> exp.Expr:
    """Give an expression of aggregates so that each looks only at rows for which the condition holds."""
    from sqlglot import exp

    def only(inner: exp.Expr) -> exp.Expr:
        test = condition.copy()
        _keep_kinds(condition, test)
        return exp.Case(ifs=[exp.If(this=test, true=inner)])

    made = aggregate.copy()
    _keep_kinds(aggregate, made)
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


def _keep_kinds(original: exp.Expr, copied: exp.Expr) -> None:
    """Take along what was noted of the columns: copies of a tree do not always."""
    from sqlglot import exp

    for one, other in zip(original.find_all(exp.Column), copied.find_all(exp.Column), strict=True):
        other.meta.update(one.meta)


@cache
def _type(type_: str, dialect: str) -> exp.DataType:
    from sqlglot import exp

    return exp.DataType.build(type_, dialect=dialect)


def _cast(node: exp.Expr, type_: str, dialect: str = "duckdb") -> exp.Expr:
    from sqlglot import exp

    return exp.Cast(this=node, to=_type(type_, dialect).copy())


def _never_zero(node: exp.Expr) -> bool:
    """Tell whether a divisor is a number other than 0, or a NULLIF against it."""
    from sqlglot import exp

    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Nullif):
        return isinstance(node.expression, exp.Literal) and node.expression.name == "0"
    return isinstance(node, exp.Literal) and node.is_number and float(node.name) != 0


def _finite(node: exp.Expr) -> bool:
    from sqlglot import exp

    while isinstance(node, exp.Neg | exp.Paren):
        node = node.this
    if isinstance(node, exp.Cast):
        node = node.this
    return isinstance(node, exp.Literal) and node.name.lower().strip("-") not in ("nan", "infinity", "inf")
