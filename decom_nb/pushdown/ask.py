"""From quantities to the queries that an engine is sent, and from its rows back to their values.

All aggregates of a table travel in one query, whatever their `where`; those judged by partition in one for each pair of `by`
and `where`. What takes a query of its own has one. The texts are DuckDB's, translated so that they mean the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from decom_nb.pushdown.castable import parted
from decom_nb.pushdown.rewrite.aggregates import when
from decom_nb.pushdown.seen import NotTheSame, Seen
from decom_nb.pushdown.translate import Translator
from decom_nb.sql.quantity import Groups, Matching, Orphans, OwnQuery, Quantity, Uncastable, ValueCounts
from decom_nb.sql.text import name, names

if TYPE_CHECKING:
    from sqlglot import exp

MOST_GROUPS = 100_000
"""Partitions, groups of a reconciliation, or values that are fetched of one query; they are counts and not rows."""
_WIDEST = 400
"""Aggregates in one query: PostgreSQL gives 1,664 columns at most, and Spark compiles what it is sent."""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Query:
    """One query, and how the values of quantities are read from its rows."""

    text: str
    serves: tuple[Quantity, ...]
    read: Callable[[Sequence[Row]], dict[Quantity, Any]]
    shared: bool = False
    """Whether several quantities travel in it, so that each can still be asked alone if it fails."""


@dataclass
class Asked:
    """What is to be sent for some quantities, and what cannot be asked, with the reason."""

    queries: list[Query] = field(default_factory=list)
    refused: dict[Quantity, NotTheSame] = field(default_factory=dict)


@dataclass(frozen=True)
class Aggregate:
    """One quantity as translated expressions over the rows of its table."""

    quantity: Quantity
    expressions: tuple[exp.Expr, ...]
    select: exp.Select


class Asker:
    """Makes queries for one engine, over tables by the names that checks use."""

    def __init__(self, dialect: str, tables: Mapping[str, Seen]) -> None:
        # Names of our own: a table may be called like one of the steps of a query.
        self._inner = {called: f"decom_table_{at}" for at, called in enumerate(tables)}
        self.translator = Translator(dialect, {self._inner[called]: seen for called, seen in tables.items()})

    def source(self, called: str) -> str:
        """Give what stands after FROM for a table in the text that is translated."""
        return name(self._inner[called])

    @property
    def sources(self) -> dict[str, str]:
        """Give what stands after FROM, for every table."""
        return {called: name(inner) for called, inner in self._inner.items()}

    def rows(self, query: str, quantities: Iterable[Quantity]) -> exp.Select:
        """Translate a query for the rows behind quantities, over the `sources`; raises `NotTheSame`.

        What cannot be read as a type is found by the same patterns that counted it.
        """
        for each in quantities:
            if isinstance(each, Matching) and isinstance(each.wrong, Uncastable):
                query = query.replace(each.wrong.sql, f"({_there(each.wrong)} AND ({parted(each.wrong).wrong}))")
        return self.translator.select(query)

    def text(self, tree: exp.Select) -> str:
        """Give a translated query as text."""
        return self.translator.render(tree)

    def ask(self, quantities: Iterable[Quantity], *, alone: bool = False) -> Asked:
        """Give the queries for quantities; `alone`: none shares a query with another."""
        asked = Asked()
        together: dict[tuple[Any, ...], list[Aggregate]] = {}
        for each in dict.fromkeys(quantities):
            try:
                if each.aggregate:
                    key = (each.table, each.by, each.where if each.by else "", each if alone else None)
                    together.setdefault(key, []).append(self._aggregate(each))
                else:
                    asked.queries.append(self._own(each))
            except NotTheSame as reason:
                asked.refused[each] = reason
        shared = []
        for found in together.values():
            shared += [self._shared(found[at : at + _WIDEST]) for at in range(0, len(found), _WIDEST)]
        asked.queries = shared + asked.queries
        return asked

    # -- aggregates

    def _aggregate(self, quantity: Quantity) -> Aggregate:
        source = self.source(quantity.table)
        expressions = [quantity.aggregate]
        if isinstance(quantity, Matching) and isinstance(quantity.wrong, Uncastable):
            found = parted(quantity.wrong)
            there = _there(quantity.wrong)
            expressions = [f"count(*) FILTER (WHERE {there} AND ({each}))" for each in (found.wrong, found.doubtful)]
        where = f" WHERE {quantity.where}" if quantity.where else ""
        keys = names(quantity.by)
        before, after = (f"{keys}, ", f" GROUP BY {keys}") if keys else ("", "")
        select = self.translator.select(f"SELECT {before}{', '.join(expressions)} FROM {source}{where}{after}")
        made = tuple(each.unalias() for each in select.expressions[len(quantity.by) :])
        return Aggregate(quantity, made, select)

    def _shared(self, aggregates: list[Aggregate]) -> Query:
        """Put aggregates of one table into one SELECT; without partitions, each brings its own condition along."""
        from sqlglot import exp

        first = aggregates[0]
        by = first.quantity.by
        select = first.select.copy()
        keys = list(select.expressions[: len(by)])
        together = len({each.quantity.where for each in aggregates}) > 1
        if together:
            select.set("where", None)
        columns: list[exp.Expr] = []
        places: dict[Quantity, tuple[int, ...]] = {}
        texts: dict[str, int] = {}
        for each in aggregates:
            where = each.select.args.get("where")
            at = []
            for expression in each.expressions:
                made = when(expression, where.this) if together and where is not None else expression.copy()
                text = self.translator.render(made)
                if text not in texts:
                    texts[text] = len(columns)
                    columns.append(made)
                at.append(texts[text])
            places[each.quantity] = tuple(at)
        aliased = [exp.alias_(made, f"a{at}", quoted=True) for at, made in enumerate(columns)]
        select.set("expressions", [*keys, *aliased])
        if by:
            select = select.limit(MOST_GROUPS + 1)

        def read(rows: Sequence[Row]) -> dict[Quantity, Any]:
            found: dict[Quantity, Any] = {}
            for quantity, at in places.items():
                if by:
                    found[quantity] = _few(rows) or {
                        row[: len(by)]: _value(quantity, [row[len(by) + each] for each in at]) for row in rows
                    }
                    doubts = (
                        [value for value in found[quantity].values() if isinstance(value, NotTheSame)]
                        if (isinstance(found[quantity], dict))
                        else []
                    )
                    if doubts:
                        found[quantity] = doubts[0]
                else:
                    found[quantity] = _value(quantity, [rows[0][each] for each in at])
            return found

        return Query(self.translator.render(select), tuple(places), read, shared=len(places) > 1)

    # -- queries of their own

    def _own(self, quantity: Quantity) -> Query:
        source = self.source(quantity.table)
        by = len(quantity.by)
        if isinstance(quantity, OwnQuery):
            others = {each: self.source(each) for each in quantity.others}
            tree = self._figures(quantity, source, others)
            titles = [each.alias_or_name for each in tree.expressions][by:]

            def figures(row: Row) -> Any:
                return dict(zip(titles, row[by:], strict=True))
        elif isinstance(quantity, Orphans):
            tree = self.translator.select(quantity.query(source, self.source(quantity.parent)))

            def figures(row: Row) -> Any:
                return row[by]
        elif isinstance(quantity, ValueCounts):
            tree = self.translator.select(quantity.query(source))
            text = self.translator.render(tree if by and quantity.most else _limited(tree))
            return Query(text, (quantity,), lambda rows: {quantity: _few(rows) or _counts(rows, by)})
        elif isinstance(quantity, Groups):
            tree = self.translator.select(quantity.query(source))
            keys = len(quantity.group)
            text = self.translator.render(_limited(tree))
            return Query(
                text, (quantity,), lambda rows: {quantity: _few(rows) or {row[:keys]: row[keys:] for row in rows}}
            )
        else:
            tree = self.translator.select(quantity.query(source))

            def figures(row: Row) -> Any:
                return row[by]

        def read(rows: Sequence[Row]) -> dict[Quantity, Any]:
            if by:
                return {quantity: _few(rows) or {row[:by]: figures(row) for row in rows}}
            return {quantity: figures(rows[0])}

        return Query(self.translator.render(_limited(tree) if by else tree), (quantity,), read)

    def _figures(self, quantity: OwnQuery, source: str, others: Mapping[str, str]) -> exp.Select:
        """Translate the shorter text if the engine has its words, else the one that all engines have."""
        if not self.translator.flavour.portable:
            try:
                return self.translator.select(quantity.query(source, others))
            except NotTheSame:
                if not quantity.portable:
                    raise
        return self.translator.select(quantity.query(source, others, portable=True))


def _there(question: Uncastable) -> str:
    return f"{name(question.column)} IS NOT NULL"


def _limited(tree: exp.Select) -> exp.Select:
    return tree if tree.args.get("limit") else tree.limit(MOST_GROUPS + 1)


def _few(rows: Sequence[Row]) -> NotTheSame | None:
    """Refuse what would pull a table through the wire by its partitions."""
    if len(rows) <= MOST_GROUPS:
        return None
    return NotTheSame(f"there are more than {MOST_GROUPS:,} groups, and so many are not fetched from the engine")


def _counts(rows: Sequence[Row], by: int) -> Mapping[Any, Any]:
    if not by:
        return dict(rows)
    found: dict[Any, dict[Any, Any]] = {}
    for row in rows:
        found.setdefault(row[:by], {})[row[by]] = row[by + 1]
    return found


def _value(quantity: Quantity, values: list[Any]) -> Any:
    """Give the value of an aggregate; of one that was parted, only if nothing was in doubt."""
    if len(values) == 1:
        return values[0]
    wrong, doubtful = values
    if doubtful:
        assert isinstance(quantity, Matching)  # noqa: S101 - the only one that is parted, told to mypy
        of = f"{doubtful:,} values are" if doubtful > 1 else "1 value is"
        return NotTheSame(f"{of} written in a way that engines read differently")
    return wrong
