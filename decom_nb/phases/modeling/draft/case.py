"""What is known while a draft is put together, and how what is drafted is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from decom_nb.phases.modeling.draft.from_tables import Asking
from decom_nb.phases.modeling.draft.grain import Grain, is_own_key
from decom_nb.phases.modeling.draft.measure import Number
from decom_nb.phases.modeling.draft.reference import Reference
from decom_nb.phases.modeling.draft.role import Role, history_columns
from decom_nb.phases.modeling.draft.seen import SeenTable
from decom_nb.phases.modeling.draft.word import parts_of, singular, snake

_GENERIC = frozenset(
    {
        "id", "key", "code", "no", "number", "name", "type", "kind", "status", "state", "description", "comment", "note",
        "title", "label", "category", "class", "group", "value", "address", "phone", "email", "date", "start", "end", "first",
        "last", "flag", "level", "size", "url",
    }
)  # fmt: skip
"""Names of columns that tell little without the thing they are of."""


@dataclass(frozen=True)
class Case:
    """Everything that was found of all tables."""

    tables: Mapping[str, SeenTable]
    called: Mapping[str, str]
    grains: Mapping[str, Grain]
    references: tuple[Reference, ...]
    """Those that are taken for foreign keys."""
    numbers: Mapping[str, Mapping[str, Number]]
    roles: Mapping[str, Role]
    asking: Asking | None
    dates: list[str] = field(default_factory=list)
    """Columns that point to the date dimension."""
    outriggers: dict[str, set[str]] = field(default_factory=dict)
    """Tables of dimensions that each dimension points to in the draft, so far."""

    def pointing(self, table: SeenTable) -> Mapping[str, Reference]:
        """Give what single columns of a table point to, by column."""
        mine = (each for each in self.references if each.table == table.name and len(each.columns) == 1)
        return {each.columns[0]: each for each in mine}

    def leads(self, start: str, end: str) -> bool:
        """Tell whether dimensions point from one to the other, over whatever lies between; each leads to itself."""
        seen, todo = set[str](), [start]
        while todo:
            at = todo.pop()
            if at == end:
                return True
            if at not in seen:
                seen.add(at)
                todo.extend(self.outriggers.get(at, ()))
        return False

    def thing(self, table: SeenTable) -> str:
        """Give what a table is called for; where two are called the same, with the schema before."""
        return self._things[table.name]

    @cached_property
    def _things(self) -> Mapping[str, str]:
        kinds = {name: (snake(self.called[name]), role.part == "dimension") for name, role in self.roles.items()}
        often = Counter(kinds.values())
        return {name: kind[0] if often[kind] == 1 else snake(name) for name, kind in kinds.items()}

    def _is_dimension(self, table: SeenTable) -> bool:
        return self.roles[table.name].part == "dimension"

    def table_name(self, table: SeenTable) -> str:
        """Give the name that a table has in the draft: ``fct_orders``, ``dim_customers``."""
        return f"{'dim' if self._is_dimension(table) else 'fct'}_{self.thing(table)}"

    def surrogate(self, table: SeenTable) -> str:
        """Give the surrogate key of a dimension: ``customer_key``, or another end where a column has that name."""
        key = f"{singular(self.thing(table))}_key"
        taken = {snake(each) for each in table.columns} | {table.bare(each) for each in table.columns}
        return (
            key if key not in taken or self.table_name(table).casefold() == table.name.casefold() else f"{key[:-4]}_sk"
        )

    def natural(self, table: SeenTable) -> tuple[str, ...]:
        """Give the columns that name what a dimension is about: its grain without what tells its versions apart."""
        history = set(history_columns(table))
        grain = self.grains[table.name].columns
        own = [each for each in table.columns if is_own_key(table, self.called[table.name], each)]
        if history or table.snapshot:
            kept = tuple(each for each in grain if each not in history)
            if len(kept) < len(grain) or not kept:
                return kept or tuple(own[:1])
        if len(grain) == 1 and parts_of(grain[0])[-1:] == (
            "key",
        ):  # a surrogate that was made; the natural key beside it
            ids = [each for each in own if parts_of(each)[-1:] != ("key",)]
            return tuple(ids[:1]) or grain
        return grain

    def column_name(self, table: SeenTable, column: str) -> str:
        """Give the name that a column of a dimension has in the draft: with the thing before it where it tells little alone."""
        bare = table.bare(column)
        one = singular(self.thing(table))
        if bare in _GENERIC:
            return f"{one}_{bare}"
        return bare


def unique_name(name: str, taken: set[str]) -> str:
    """Give a name that is not taken yet, and take it.

    >>> unique_name("a", {"a", "a_2"})
    'a_3'
    """
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    taken.add(found)
    return found
