"""Which columns of a dbt project are one and the same, handed down by name. The checklist asks it where a fact about one holds.

A column is taken to come from the one table its model reads that has a column of that name and type. Where two have it, or the
type has changed, it begins anew. No SQL is parsed: a name that stays, with its type, is what people mean to be the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from decom_nb.phases.testing.dbt_column import TypedColumn
from decom_nb.phases.testing.dbt_graph import Node

Place = tuple[str, str]
"""A resource's id and a column's name in small letters."""


class Origins:
    """Where each column of each resource comes from."""

    def __init__(self, nodes: Iterable[Node], columns: Mapping[str, Sequence[TypedColumn]]) -> None:
        self._nodes = {node.id: node for node in nodes}
        self._types = {id_: {column.name.lower(): column.type for column in told} for id_, told in columns.items()}
        self._tops: dict[Place, Place] = {}
        self._family: dict[Place, list[Node]] = {}
        for node in sorted(self._nodes.values(), key=lambda each: (each.name, each.id)):
            for name in self._types.get(node.id, ()):
                self._family.setdefault(self._top(node, name), []).append(node)

    def relatives(self, node: Node, name: str) -> Iterator[Node]:
        """Give the resources that have the column: itself, what it comes from nearest first, then whoever else has it."""
        seen = set()
        place: Place | None = (node.id, name)
        while place and place[0] not in seen:
            seen.add(place[0])
            yield self._nodes[place[0]]
            place = self._above(self._nodes[place[0]], name)
        for other in self._family.get(self._top(node, name), ()):
            if other.id not in seen:
                yield other

    def _above(self, node: Node, name: str) -> Place | None:
        type_ = self._types.get(node.id, {}).get(name)
        having = [parent for parent in node.parents if name in self._types.get(parent.id, {})]
        if len(having) != 1 or self._types[having[0].id][name] != type_:
            return None
        return having[0].id, name

    def _top(self, node: Node, name: str) -> Place:
        way: list[Place] = []
        place: Place = (node.id, name)
        while place not in self._tops and place not in way:
            way.append(place)
            above = self._above(self._nodes[place[0]], name)
            if above is None:
                break
            place = above
        top = self._tops.get(place, place)
        for each in way:
            self._tops[each] = top
        return top
