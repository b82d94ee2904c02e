"""What the statements of a load reach: which tables cannot matter to a run that begins anew, and which statements see the source.

A staging table that a load makes anew before it looks at it is the same after any earlier run, killed or not. `play.py` so knows
when two states are one, and need not be tried twice. What is not understood is taken to matter.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from decom_nb.proof.operation import Operation
from decom_nb.proof.place import parsed

if TYPE_CHECKING:
    from sqlglot import exp

Table = tuple[str, ...]


class Reach:
    """What a load's statements reach, by the names that the database knows tables by."""

    def __init__(self, made: Sequence[Operation], dialect: str) -> None:
        self._trees = [parsed(each.sql, dialect) if each.kind == "statement" else () for each in made]
        self._kinds = [each.kind for each in made]
        self._named = [[_tables(tree) for tree in trees] for trees in self._trees]

    @cached_property
    def anew(self) -> frozenset[Table]:
        """Tables that a run makes anew before it reads them."""
        found: set[Table] = set()
        seen: set[Table] = set()
        for trees, named in zip(self._trees, self._named, strict=True):
            for tree, tables in zip(trees, named, strict=True):
                if (made := _made_anew(tree, tables)) and made not in seen:
                    found.add(made)
                seen.update(tables)
        return frozenset(found)

    def looks_at(self, called: Collection[Table]) -> tuple[bool, ...]:
        """Tell of each operation whether it may see a table, by any of its names.

        One that begins a transaction in which another does so may fix what that sees.
        """
        found = [any(name in each for each in named for name in called) for named in self._named]
        for at, kind in enumerate(self._kinds):
            if kind == "begin":
                end = next((more for more in range(at, len(found)) if self._kinds[more] == "commit"), len(found))
                found[at] = any(found[at:end])
        return tuple(found)

    def leaves(self, at: int) -> bool:
        """Tell whether an operation may leave something behind that matters to a run that begins anew."""
        from sqlglot import exp

        if self._kinds[at] != "statement":
            return True
        anew = self.anew
        return any(
            not isinstance(tree, exp.Query) and not anew.issuperset(tables)
            for tree, tables in zip(self._trees[at], self._named[at], strict=True)
        )


def _tables(tree: exp.Expr) -> list[Table]:
    from sqlglot import exp

    return [_called(each) for each in tree.find_all(exp.Table)]


def _called(table: exp.Table) -> Table:
    return tuple(each.casefold() for each in (table.catalog, table.db, table.name) if each)


def _made_anew(tree: exp.Expr, tables: list[Table]) -> Table | None:
    """Give the table that a statement makes anew whatever it was, without reading it."""
    from sqlglot import exp

    if isinstance(tree, exp.Create) and str(tree.args.get("kind", "")).upper() == "TABLE":
        temporary = any(isinstance(each, exp.TemporaryProperty) for each in tree.find_all(exp.TemporaryProperty))
        if not (tree.args.get("replace") or temporary):
            return None
    elif not (
        isinstance(tree, exp.Drop) and tree.args.get("exists") and str(tree.args.get("kind", "")).upper() == "TABLE"
    ):
        return None
    place = tree.find(exp.Table)
    if place is None:
        return None
    made = _called(place)
    return made if tables.count(made) == 1 else None
