"""From the SQL that defines a question, which is DuckDB's, to an engine's SQL that has the same answer there.

A translation of words is not enough: NaN, collations, division, regular expressions, means of whole numbers differ from
engine to engine. So every node of the tree has a rule in `rewrite` that knows the kinds of its operands and writes what
means the same, and what has no rule is refused with `NotTheSame`: a check is then not known, never counted differently.

    Translator("postgres", {"orders": Seen(...)}).text('SELECT min("name") FROM "orders"')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from decom_nb.pushdown.flavour import FLAVOURS
from decom_nb.pushdown.rewrite.node import cast
from decom_nb.pushdown.rewrite.rewriter import Rewriter
from decom_nb.pushdown.seen import NotTheSame, Seen, kind_of

if TYPE_CHECKING:
    from sqlglot import exp


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
        from sqlglot import exp
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
            rewriter = Rewriter(self.flavour)
            rewriter.query(scope.expression)
            outputs[id(scope.expression)] = rewriter.outputs or self._united(scope.expression, outputs)
        for scope in scopes:
            self._place(scope)
        for each in tree.expressions if isinstance(tree, exp.Select) else ():
            if isinstance(each, exp.Alias) and outputs[id(tree)].get(each.alias) == "real":
                # Drivers give the shortest decimal of a float of 32 bits, which is another number.
                each.set("this", cast(each.this, "DOUBLE"))
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
