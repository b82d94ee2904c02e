"""One SELECT: which columns its conditions make equal, and so which of the tenants' tables it joins are of one tenant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from decom_nb.phases.patterns.tenancy.tenant_relation import NOTHING, Relation

if TYPE_CHECKING:
    from sqlglot import exp

_VALUE, _PARAMETER = "=", "?"
"""How nodes begin that stand for a value: one that is written out, or one that is given when the statement runs."""


class Test(NamedTuple):
    """A condition that every row has to meet, or every row that an outer join finds a partner for."""

    condition: exp.Expr
    always: bool
    """It holds of every row that comes out."""


class Select:
    """A SELECT on relations by alias.

    Columns and values are nodes; a condition ``a = b`` puts two nodes into one group. The tenant of a relation is the node
    that is called like its alias.
    """

    def __init__(self, select: exp.Select, relations: Mapping[str, Relation]) -> None:
        self.select, self.relations = select, relations
        self.ours = {alias: each for alias, each in relations.items() if each.tables}
        self.named = False
        self._parent: dict[str, str] = {}
        if self.ours:
            for alias, each in self.ours.items():
                for value in each.values:
                    self._unite(alias, value)
            self._using()
            for test in self._tests():
                self._read(test)
        self.loose, self.unclear = self._judged()

    def _judged(self) -> tuple[list[tuple[str, str]], bool]:
        """Give the pairs of tables that are not of one tenant, and whether some of what is joined cannot be judged."""
        if len(self.ours) < 2:
            return [], False
        known = [alias for alias, each in self.ours.items() if each.resolved]
        unclear = len(known) < len(self.ours)
        groups: dict[str, str] = {}
        for alias in known:
            groups.setdefault(self._root(alias), alias)
        firsts = sorted(groups.values(), key=lambda alias: (self.ours[alias].tables[0], alias))
        loose = []
        for at, one in enumerate(firsts):
            for other in firsts[at + 1 :]:
                told, also = self._values(one), self._values(other)
                given = any(each.startswith(_PARAMETER) for each in told | also)
                if told and also and given:  # two parameters, or one and a value, may be the same
                    unclear = True
                else:
                    loose.append((self.ours[one].tables[0], self.ours[other].tables[0]))
        return loose, unclear

    def relation(self) -> Relation:
        """Give what it is to a query that reads from it."""
        if not self.ours:
            return NOTHING if (names := self._names()) is None else Relation(names=names)
        tables = tuple(dict.fromkeys(table for each in self.ours.values() for table in each.tables))
        one = len({self._root(alias) for alias in self.ours}) == 1
        values = self._values(next(iter(self.ours))) if one else frozenset()
        return Relation(tables, frozenset(self._passed_on()), values, self._names())

    def _names(self) -> tuple[str, ...] | None:
        if any(each.is_star for each in self.select.expressions):
            return None
        return tuple(each.alias_or_name for each in self.select.expressions)

    def _passed_on(self) -> Iterator[str]:
        """Give the columns that come out and name a tenant."""
        from sqlglot import exp

        for each in self.select.expressions:
            column = each.unalias()
            if each.is_star:
                star = each if isinstance(each, exp.Star) else each.this
                kept_back = {
                    name.name for key in ("except_", "except", "replace", "rename") for name in star.args.get(key) or ()
                }
                owner = each.table if isinstance(each, exp.Column) else ""
                for alias, relation in self.ours.items():
                    if owner in ("", alias):
                        yield from relation.columns - kept_back
            elif isinstance(column, exp.Column) and self._node(column) in self.ours:
                yield each.alias_or_name

    def _joins(self) -> list[exp.Join]:
        from sqlglot import exp

        return [each for each in self.select.find_all(exp.Join, bfs=False) if each.parent_select is self.select]

    def _using(self) -> None:
        """Read USING and NATURAL, each against what was joined before."""
        joins = self._joins()
        joined = {each.this.alias_or_name for each in joins}
        before = [alias for alias in self.relations if alias not in joined]
        for each in joins:
            alias = each.this.alias_or_name
            own = self.ours[alias].columns if alias in self.ours else frozenset[str]()
            shared = {name.name for name in each.args.get("using") or ()}
            if each.args.get("method") == "NATURAL":
                shared |= own
            for column in shared:
                with_it = [other for other in before if other in self.ours and column in self.ours[other].columns]
                if column in own:
                    for other in with_it:
                        self._unite(alias, other)
                others = [other for other in before if other not in self.ours]
                if not with_it and column in own and others and each.args.get("using"):
                    self._unite(alias, f"{others[0]}.{column}")
                    self.named |= not each.side
                elif with_it and alias in self.relations and alias not in self.ours:
                    self._unite(with_it[0], f"{alias}.{column}")
                    self.named |= not each.side
            before.append(alias)

    def _tests(self) -> Iterator[Test]:
        where = self.select.args.get("where")
        places = [(where.this, True)] if where else []
        places += [(each.args["on"], not each.side) for each in self._joins() if each.args.get("on")]
        for condition, always in places:
            for each in _conjuncts(condition):
                yield Test(each, always)

    def _read(self, test: Test) -> None:
        from sqlglot import exp

        found = test.condition
        if isinstance(found, exp.In):
            listed = found.expressions
            if len(listed) == 1 and not isinstance(listed[0], exp.Query):
                self._equal(found.this, listed[0], test.always)
            elif self._side(found.this) in self.ours:
                self.named |= test.always
        elif isinstance(found, exp.EQ | exp.NullSafeEQ):
            left, right = found.this, found.expression
            if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
                for one, other in zip(left.expressions, right.expressions, strict=False):
                    self._equal(one, other, test.always)
            else:
                self._equal(left, right, test.always)

    def _equal(self, left: exp.Expr, right: exp.Expr, always: bool) -> None:
        one, other = self._side(left), self._side(right)
        if not one or not other or one == other:
            return
        self._unite(one, other)
        if always and (one in self.ours or other in self.ours):
            self.named |= self._foreign(other if one in self.ours else one)

    def _foreign(self, node: str) -> bool:
        """Tell whether a node is a value, or a column of what is joined and has no rows of tenants' tables."""
        owner = node.partition(".")[0]
        return node.startswith((_VALUE, _PARAMETER)) or (owner in self.relations and owner not in self.ours)

    def _side(self, side: exp.Expr) -> str:
        """Give the node of one side of a comparison; empty for what is computed from columns, and for NULL."""
        from sqlglot import exp

        while isinstance(side, exp.Paren | exp.Cast | exp.TryCast | exp.Lower | exp.Upper | exp.Trim | exp.Collate):
            side = side.this
        if isinstance(side, exp.Column):
            return self._node(side)
        if isinstance(side, exp.Literal):
            return f"{_VALUE}{side.this}"
        if isinstance(side, exp.Null) or (not isinstance(side, exp.Query) and side.find(exp.Column)):
            return ""
        return f"{_PARAMETER}{side.sql()}"

    def _node(self, column: exp.Column) -> str:
        owner, name = column.table, column.name
        if not owner:
            fitting = [alias for alias, each in self.ours.items() if name in each.columns]
            if fitting:
                return fitting[0] if len({self._root(each) for each in fitting}) == 1 else ""
            owner = next(iter(self.relations)) if len(self.relations) == 1 else ""
        if owner in self.ours and name in self.ours[owner].columns:
            return owner
        return f"{owner}.{name}"

    def _root(self, node: str) -> str:
        while (parent := self._parent.get(node, node)) != node:
            node = parent
        return node

    def _unite(self, one: str, other: str) -> None:
        self._parent[self._root(one)] = self._root(other)

    def _values(self, node: str) -> frozenset[str]:
        """Give the values that a node is made equal to."""
        root = self._root(node)
        values = (each for each in {*self._parent, *self._parent.values()} if each.startswith((_VALUE, _PARAMETER)))
        return frozenset(each for each in values if self._root(each) == root)


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    """Give the conditions that all have to hold, brackets taken off; what stands below OR and NOT stays one."""
    from sqlglot import exp

    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.this)
        yield from _conjuncts(condition.expression)
    elif isinstance(condition, exp.Paren):
        yield from _conjuncts(condition.this)
    else:
        yield condition
