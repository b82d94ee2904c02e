"""What can be joined: a table, or a query that stands for the tables it reads; and whether it shows their tenant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Relation:
    """Rows of tenants' tables, or of none."""

    tables: tuple[str, ...] = ()
    """The tenants' tables whose rows it has; empty where it has none of theirs."""
    columns: frozenset[str] = frozenset()
    """Its columns that name the tenant."""
    values: frozenset[str] = frozenset()
    """Values to which it is held already, as nodes of a `Select`."""
    names: tuple[str, ...] | None = None
    """All its columns in order; ``None`` where they are not written out."""

    @property
    def resolved(self) -> bool:
        """Tell whether its tenant can be compared, or is given."""
        return bool(self.columns or self.values)

    def called(self, names: Sequence[str]) -> Relation:
        """Give the same rows with their columns called otherwise, as ``AS x (a, b)`` does."""
        if not names:
            return self
        if self.names is None:
            return replace(self, columns=frozenset(), names=tuple(names))
        new = (*names, *self.names[len(names) :])
        pairs = zip(self.names, new, strict=False)
        return replace(self, columns=frozenset(b for a, b in pairs if a in self.columns), names=new)

    def with_rows_of(self, other: Relation) -> Relation:
        """Give the rows of both, as UNION does: by position, and by this one's names."""
        tables = tuple(dict.fromkeys((*self.tables, *other.tables)))
        if not self.tables or not other.tables:
            some = self if self.tables else other
            columns = some.columns if self.names is None and other.names is None else _by_position(self, other, some)
            return Relation(tables, columns, frozenset(), self.names)
        values = self.values & other.values
        if self.names is None and other.names is None:
            return Relation(tables, self.columns & other.columns, values)
        shared = _by_position(self, other, self) & _by_position(self, other, other)
        return Relation(tables, shared, values, self.names)


def _by_position(first: Relation, other: Relation, some: Relation) -> frozenset[str]:
    """Give the columns of one of two that name its tenant, by the first one's names; none where names are not written out."""
    if first.names is None or other.names is None or some.names is None:
        return frozenset()
    return frozenset(name for name, own in zip(first.names, some.names, strict=False) if own in some.columns)


NOTHING = Relation()
"""What has no rows of tenants' tables."""
