"""The dbt testing checklist, model by model: what each should have tested, what it has, and what can be offered for the rest.

Keys and references follow from what dbt, contracts and suites say, then from names. Values and bounds are never guessed: an item
whose values nobody has told is asked for, and offered without them. Measures, rules and the verb ask for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from decom_nb.evidence.dbt import DataTest, Dbt, Manifest, Model, SourceTable
from decom_nb.evidence.dbt_keys import key_tested_by
from decom_nb.phases.testing.dbt_audit import DbtAudit, ProjectAudit
from decom_nb.phases.testing.dbt_column import ItemName, TypedColumn, checklist_table, kind_of, moment_column, names_of
from decom_nb.phases.testing.dbt_fact import (
    Fact,
    Facts,
    Place,
    bare,
    range_tested,
    reference_tested,
    values_tested,
)
from decom_nb.phases.testing.dbt_graph import DbtGraph, Node
from decom_nb.phases.testing.dbt_origin import Origins

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a model should have tested.

    `columns` are what it is about; none where nobody can tell. `arguments` are those of the test that is offered: complete if
    `open` is empty, which else says what people have to fill in. `because` says what it rests on.
    """

    item: ItemName
    columns: tuple[str, ...]
    has: bool
    because: str
    arguments: Mapping[str, Any]
    open: str = ""
    lacks: tuple[str, ...] = ()
    """Of a key: which of its tests are missing."""


@dataclass(frozen=True)
class ModelChecklist:
    """One model and its items."""

    node: Node
    columns: tuple[TypedColumn, ...]
    items: tuple[Item, ...]

    @property
    def lacking(self) -> tuple[Item, ...]:
        """What it has not."""
        return tuple(item for item in self.items if not item.has)


@dataclass(frozen=True)
class ProjectChecklist:
    """One project's models with their items."""

    manifest: Manifest
    models: tuple[ModelChecklist, ...]


@dataclass(frozen=True)
class Checklist:
    """The checklists of all projects."""

    projects: tuple[ProjectChecklist, ...]

    @cached_property
    def models(self) -> tuple[ModelChecklist, ...]:
        """All models."""
        return tuple(model for project in self.projects for model in project.models)

    @cached_property
    def counts(self) -> Mapping[ItemName, tuple[int, int]]:
        """How many of each item there are, and how many the checklist asks for."""
        told = [item for model in self.models for item in model.items]
        names: list[ItemName] = [text.item for text in checklist_table().items]
        return {name: (sum(i.has for i in told if i.item == name), sum(i.item == name for i in told)) for name in names}


def checklists(audit: DbtAudit, dbt: Dbt, facts: Facts) -> Checklist:
    """Go through every model of every project."""
    types = {table.key: {name.lower(): type_ for name, type_ in table.columns} for table in dbt.catalog}
    named = {table.key: tuple(name for name, _ in table.columns) for table in dbt.catalog}
    return Checklist(tuple(_Project(each, facts, types, named).checklist() for each in audit.projects))


class _Project:
    """One project on its way through the checklist: knows every model's columns and key."""

    def __init__(
        self,
        audit: ProjectAudit,
        facts: Facts,
        types: Mapping[tuple[str, str], Mapping[str, str]],
        named: Mapping[tuple[str, str], Sequence[str]],
    ) -> None:
        self.graph: DbtGraph = audit.graph
        self.facts = facts
        self._types, self._named = types, named
        self.nodes = [
            node for node in self.graph.nodes.values() if node.kind in ("model", "snapshot", "seed", "source")
        ]
        self.columns = {node.id: self._columns(node) for node in self.nodes}
        self.origins = Origins(self.nodes, self.columns)
        self.keys = {node.id: self._key(node) for node in self.nodes}
        self.keyed: dict[str, list[Node]] = {}
        for node in self.nodes:
            if (key := self.keys[node.id]) and len(key.value) == 1:
                self.keyed.setdefault(key.value[0].lower(), []).append(node)

    def checklist(self) -> ProjectChecklist:
        """Give the checklists of the models that are looked at."""
        models = (
            ModelChecklist(node, self.columns[node.id], tuple(self._items(node))) for node in self.graph.of("model")
        )
        return ProjectChecklist(self.graph.manifest, tuple(models))

    def _columns(self, node: Node) -> tuple[TypedColumn, ...]:
        told = node.resource
        declared = (
            {} if not isinstance(told, Model | SourceTable) else {c.name.lower(): c.data_type for c in told.columns}
        )
        names = self._named.get(told.key) or tuple(
            column.name for column in (told.columns if isinstance(told, Model | SourceTable) else ())
        )
        types = self._types.get(told.key, {})
        adapter = self.graph.manifest.adapter
        found = []
        for name in names:
            type_ = types.get(name.lower()) or declared.get(name.lower(), "")
            found.append(TypedColumn(name, type_, kind_of(type_, adapter)))
        return tuple(found)

    def _tests(self, node: Node) -> Sequence[DataTest]:
        return self.graph.tests.get(node.id, ())

    def _key(self, node: Node) -> Fact[tuple[str, ...]] | None:
        """Give the columns that are a model's key, by the strongest word there is for it."""
        told = node.resource
        names = {column.name.lower(): column.name for column in self.columns[node.id]}
        columns = told.columns if isinstance(told, Model | SourceTable) else ()
        if tested := key_tested_by(self._tests(node), columns):
            return Fact(tuple(names.get(each, each) for each in tested), "dbt tests it")
        if isinstance(told, Model):
            if told.primary_key:
                return Fact(told.primary_key, "dbt knows it as the primary key")
            if told.unique_key and node.materialized != "snapshot" and node.kind == "model":
                return Fact(told.unique_key, "it is the unique_key of the incremental load")
        written = self.facts.keys.get(_table(node))
        if written and (not names or all(each.lower() in names for each in written.value)):
            return written
        for test in self._tests(node):
            if test.kind == "unique" and test.column:
                return Fact((names.get(test.column.lower(), test.column),), "dbt tests that it is unique")
        for name in _likely_keys(node):
            if name in names:
                return Fact((names[name],), "its name is that of the model")
        return None

    def _items(self, node: Node) -> Iterator[Item]:
        columns, tests = self.columns[node.id], self._tests(node)
        key = self.keys[node.id]
        yield self._key_item(node, key)
        in_key = {name.lower() for name in key.value} if key else set()
        alone = len(in_key) == 1
        # The days of a calendar are no events, and a dimension need not grow.
        spine = isinstance(node.resource, Model) and node.resource.time_spine
        moment = None if spine else moment_column(columns, dimension=node.name.startswith("dim_"))
        for column in columns:
            if column.names_a_thing and not (alone and column.name.lower() in in_key):
                if item := self._reference(node, column):
                    yield item
            elif column.is_quantity:
                yield self._range(node, column)
            elif column.is_category:
                yield self._values(node, column)
        if moment or _has(tests, "recency"):
            yield self._recency(node, moment)

    def _key_item(self, node: Node, key: Fact[tuple[str, ...]] | None) -> Item:
        tests = self._tests(node)
        told = node.resource.columns if isinstance(node.resource, Model) else ()
        if key is None:
            known = "neither dbt nor a name tells" if self.columns[node.id] else "no column of it is known"
            what = f"which columns make a row unique: {known}"
            return Item("key", (), False, "", {}, what, ("unique", "not_null"))
        if key_tested_by(tests, told):
            return Item("key", key.value, True, key.whence, {})
        column = key.value[0].lower()
        lacks = [kind for kind in ("unique", "not_null") if not _has_kind(tests, kind, column)]
        if len(key.value) > 1:
            lacks = ["combination", *(name for name in key.value if not _has_kind(tests, "not_null", name.lower()))]
        return Item("key", key.value, False, key.whence, {"columns": list(key.value)}, "", tuple(lacks))

    def _reference(self, node: Node, column: TypedColumn) -> Item | None:
        """Give the item of a column that names another thing; none where nothing here has it as its key."""
        tests, name = self._tests(node), column.name.lower()
        if _has(tests, "reference", name):
            return Item("reference", (column.name,), True, "dbt tests it", {})
        if own := self.facts.references.get((_table(node), name)):
            return self._referring(column, own)
        found = self._targets(node, name)
        if len(found) == 1:
            to = found[0]
            because = f"it is the key of {to.name}"
            return Item("reference", (column.name,), False, because, {"to": _ref(to), "field": self._key_of(to)})
        for relative in self.origins.relatives(node, name):
            if fact := next(reference_tested(self._tests(relative), name), None):
                to_, field = fact.value
                because = f"as in {relative.name}: {fact.whence}"
                return Item("reference", (column.name,), False, because, {"to": to_, "field": field})
            if written := self.facts.references.get((_table(relative), name)):
                return self._referring(column, Fact(written.value, f"as in {relative.name}: {written.whence}"))
        if found:
            what = f"which of {', '.join(sorted(each.name for each in found))} it refers to"
            return Item("reference", (column.name,), False, "several have it as their key", {}, what)
        return None

    def _referring(self, column: TypedColumn, fact: Fact[tuple[str, str]]) -> Item:
        """Give the item of a reference that is written down: to a resource of dbt where the table is one."""
        table, field = fact.value
        if to := self._named_node(table):
            return Item("reference", (column.name,), False, fact.whence, {"to": _ref(to), "field": field})
        what = f"by which name dbt knows the table {table}"
        return Item("reference", (column.name,), False, fact.whence, {}, what)

    def _targets(self, node: Node, name: str) -> list[Node]:
        """Give what a column may refer to: the nearest in lineage and layer of all that have it as their key."""
        below = _descendants(node)
        every = [
            each for each in self.keyed.get(name, ()) if each is not node and each.id not in below and not each.excluded
        ]
        models = [each for each in every if each.kind == "model"]
        same_layer = [each for each in models if each.layer == node.layer]
        dimensions = [each for each in same_layer if each.name.startswith("dim_")]
        for group in (dimensions, [each for each in same_layer if each in node.parents], same_layer):
            if len(group) == 1:
                return group
        parents = [each for each in models if each in node.parents]
        return parents if len(parents) == 1 else same_layer or parents or models

    def _key_of(self, node: Node) -> str:
        key = self.keys[node.id]
        return key.value[0] if key else ""

    def _range(self, node: Node, column: TypedColumn) -> Item:
        if _has(self._tests(node), "range", column.name.lower()):
            return Item("range", (column.name,), True, "dbt tests it", {})
        if fact := self._known(self.facts.ranges, range_tested, node, column):
            return Item("range", (column.name,), False, fact.whence, dict(fact.value))
        return Item("range", (column.name,), False, "", {}, "between which bounds it has to lie")

    def _values(self, node: Node, column: TypedColumn) -> Item:
        if _has(self._tests(node), "values", column.name.lower()):
            return Item("values", (column.name,), True, "dbt tests it", {})
        if fact := self._known(self.facts.values, values_tested, node, column):
            return Item("values", (column.name,), False, fact.whence, {"values": list(fact.value)})
        return Item("values", (column.name,), False, "", {}, "which values it may have")

    def _recency(self, node: Node, column: TypedColumn | None) -> Item:
        columns = (column.name,) if column else ()
        if _has(self._tests(node), "recency"):
            return Item("recency", columns, True, "dbt tests it", {})
        hours = self.facts.hours.get(_table(node)) or self._hours_of_sources(node)
        if column is None or hours is None:
            return Item("recency", columns, False, "", {}, "how old its newest row may be")
        if column.kind == "date":
            # A day is dated by its beginning: at its end it is 24 hours old.
            arguments = {"datepart": "day", "interval": math.ceil(hours.value / 24) + 1}
        else:
            arguments = {"datepart": "hour", "interval": math.ceil(hours.value)}
        return Item("recency", columns, False, hours.whence, arguments)

    def _hours_of_sources(self, node: Node) -> Fact[float] | None:
        """Give how old the sources of a model may be, the slowest of them counting."""
        seen, waiting, slowest, name = {node.id}, list(node.parents), 0.0, ""
        while waiting:
            above = waiting.pop()
            if above.id in seen:
                continue
            seen.add(above.id)
            waiting += above.parents
            if isinstance(source := above.resource, SourceTable):
                limit = source.error_after or source.warn_after or 0.0
                if limit > slowest:
                    slowest, name = limit, above.name
        return Fact(slowest / 3600, f"the freshness that the source {name} promises") if name else None

    def _known(
        self, facts: Mapping[Place, Fact[V]], tested: Callable[..., Iterator[Fact[V]]], node: Node, column: TypedColumn
    ) -> Fact[V] | None:
        """Give what is known of a column's values: of itself, or of the nearest that it shares them with."""
        name = column.name.lower()
        for relative in self.origins.relatives(node, name):
            told = facts.get((_table(relative), name)) or next(tested(self._tests(relative), name), None)
            if told:
                return told if relative is node else Fact(told.value, f"as in {relative.name}: {told.whence}")
        return None

    def _named_node(self, table: str) -> Node | None:
        """Give the one model, seed or source of that bare name."""
        found = [node for node in self.nodes if _table(node) == table or node.name.lower() == table]
        return found[0] if len(found) == 1 else None


def _table(node: Node) -> str:
    """Give the bare name of the table that a resource is in the warehouse."""
    told = node.resource
    if isinstance(told, SourceTable):
        return bare(told.identifier)
    return bare(told.alias if isinstance(told, Model) else told.name)


def _ref(node: Node) -> str:
    if isinstance(source := node.resource, SourceTable):
        return f"source('{source.source_name}', '{source.name}')"
    told = node.resource
    if isinstance(told, Model) and told.version:
        return f"ref('{told.name}', v={told.version})"
    return f"ref('{told.name}')"


def _likely_keys(node: Node) -> list[str]:
    """Give the names that a key of the model may have by the model's own name, the likeliest first."""
    name = node.resource.name.lower()
    if node.kind != "source" and "_" in name:
        name = name.partition("_")[2]
    words = [word for word in name.rpartition("__")[2].split("_") if word]
    found = [each for cut in range(len(words), 0, -1) for each in names_of(words[:cut])]
    if node.kind == "source" and len(words) > 1:  # raw_shop_orders: what comes before is no part of the thing
        found += [each for cut in range(1, len(words)) for each in names_of(words[cut:])]
    return [*found, "id"] if words else []


def _descendants(node: Node) -> set[str]:
    seen: set[str] = set()
    waiting = list(node.children)
    while waiting:
        below = waiting.pop()
        if below.id not in seen:
            seen.add(below.id)
            waiting += below.children
    return seen


def _has_kind(tests: Iterable[DataTest], kind: str, column: str) -> bool:
    return any(
        test.column.lower() == column and (test.kind == kind or any(m.endswith(f".test_{kind}") for m in test.macros))
        for test in tests
    )


def _has(tests: Iterable[DataTest], item: ItemName, column: str = "") -> bool:
    """Tell whether one of the tests answers an item, for a column or for the table."""
    kinds = checklist_table().item(item).tests
    return any(test.kind in kinds and (not column or test.column.lower() == column) for test in tests)
