"""What a dbt project declares: its manifest, from v2 (dbt 0.20) to v12 and whatever adds fields to that.

`dbt.py` reads manifests with `manifest`. Fields that a version does not have are empty here; fields that we do not
know are passed over. Disabled resources are counted and otherwise left out.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from decom_nb.evidence.dbt_sql import hard_coded
from decom_nb.evidence.json_file import mapping, moment, number, sequence, text

Key = tuple[str, str]
"""Project and unique id: what tells a resource apart when several projects install the same package."""

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_REF_OR_SOURCE = re.compile(r"\b(?:ref|source)\(([^)]*)\)")
_MAY_REST = re.compile(r"\bthis\b|\bover\b", re.IGNORECASE)
_QUOTED = re.compile(r"""['"]([^'"]+)['"]""")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that the project's YAML names."""

    name: str
    description: str = ""
    data_type: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
    constraints: tuple[str, ...] = ()
    """The kinds of its constraints, such as ``not_null``, each as often as it stands there."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What every declared thing has: the project whose manifest declares it, that file, its id, its package."""

    project: str
    origin: str
    unique_id: str
    package: str
    name: str
    path: str
    description: str
    tags: tuple[str, ...]
    meta: Mapping[str, Any]
    depends_on: tuple[str, ...]

    @property
    def key(self) -> Key:
        """Give project and unique id."""
        return self.project, self.unique_id

    @property
    def own(self) -> bool:
        """Tell whether it belongs to the project itself and not to a package that it installs."""
        return self.package == self.project


@dataclass(frozen=True, slots=True)
class Model(Resource):
    """A model, seed or snapshot, as `resource_type` says.

    `hard_coded` are the tables that its SQL reads by name instead of through dbt, `primary_key` the columns that dbt takes
    for its key, `unique_key` those by which an incremental load or a snapshot tells rows apart, `sql` what was written of it
    where that may rest on earlier rows: it reads itself, or has a window.
    """

    resource_type: str
    columns: tuple[Column, ...]
    owner: str
    group: str
    access: str
    contract_enforced: bool
    materialized: str
    language: str
    database: str
    schema: str
    alias: str
    version: str
    time_spine: bool = False
    unique_key: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()
    hard_coded: tuple[str, ...] = ()
    sql: str = ""


@dataclass(frozen=True, slots=True)
class DataTest(Resource):
    """A data test, attached to the `model` (or source) of that id; its `kind` is "singular" if it is plain SQL.

    `macros` are the test macros it calls, such as ``dbt.test_unique``: its own and those that its own calls.
    """

    kind: str
    namespace: str
    generic: bool
    model: str
    column: str
    severity: str
    arguments: Mapping[str, Any]
    macros: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitTest(Resource):
    """A unit test of the model of that id."""

    model: str


@dataclass(frozen=True, slots=True)
class SourceTable(Resource):
    """A table that the project reads and somebody else writes; the freshness it promises in seconds, if it does."""

    source_name: str
    source_description: str
    columns: tuple[Column, ...]
    owner: str
    loader: str
    loaded_at: str
    warn_after: float | None
    error_after: float | None
    database: str
    schema: str
    identifier: str

    @property
    def freshness_declared(self) -> bool:
        """Tell whether it says after how long it counts as stale."""
        return self.warn_after is not None or self.error_after is not None


@dataclass(frozen=True, slots=True)
class Exposure(Resource):
    """A use of the project's models: a dashboard, a notebook, an application."""

    kind: str
    owner: str
    maturity: str
    url: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything one manifest declares and has not disabled."""

    project: str
    origin: str
    version: int
    dbt_version: str
    adapter: str
    invocation_id: str
    generated_at: datetime | None
    models: tuple[Model, ...]
    seeds: tuple[Model, ...]
    snapshots: tuple[Model, ...]
    tests: tuple[DataTest, ...]
    unit_tests: tuple[UnitTest, ...]
    sources: tuple[SourceTable, ...]
    exposures: tuple[Exposure, ...]
    counts: Mapping[str, int]
    disabled: int
    odd: tuple[str, ...]
    packages: frozenset[str] = frozenset()
    """The packages whose resources or macros it has, its own included."""


def manifest(content: Mapping[str, Any], origin: str, version: int) -> Manifest:
    """Read a manifest's content; `odd` of the result names what is not of the shape that it should have."""
    return _Reading(content, origin).manifest(version)


class _Reading:
    """One manifest being read: knows the project, its groups' owners and what was odd so far."""

    def __init__(self, content: Mapping[str, Any], origin: str) -> None:
        self.content = content
        self.origin = origin
        self.metadata = mapping(content.get("metadata"))
        self.project = _project(self.metadata, content)
        self.odd: list[str] = []
        self.disabled = 0
        self.counts: Counter[str] = Counter()
        self.owners = {text(group.get("name")): _owner(group.get("owner")) for group in self._section("groups")}

    def manifest(self, version: int) -> Manifest:
        """Read all sections."""
        relations: dict[str, list[Model]] = {"model": [], "seed": [], "snapshot": []}
        tests: list[DataTest] = []
        for node in self._enabled("nodes"):
            kind = _type(node)
            if kind in relations:
                relations[kind].append(self._model(node, kind))
            elif kind == "test":
                tests.append(self._test(node))
        sources = [self._source(node) for node in self._enabled("sources")]
        exposures = [self._exposure(node) for node in self._enabled("exposures")]
        unit_tests = [self._unit_test(node) for node in self._enabled("unit_tests")]
        for section in ("metrics", "semantic_models", "saved_queries"):
            self._enabled(section)  # counted, and not read any further yet
        return Manifest(
            project=self.project,
            origin=self.origin,
            version=version,
            dbt_version=text(self.metadata.get("dbt_version")),
            adapter=text(self.metadata.get("adapter_type")),
            invocation_id=text(self.metadata.get("invocation_id")),
            generated_at=moment(self.metadata.get("generated_at")),
            models=tuple(relations["model"]),
            seeds=tuple(relations["seed"]),
            snapshots=tuple(relations["snapshot"]),
            tests=tuple(tests),
            unit_tests=tuple(unit_tests),
            sources=tuple(sources),
            exposures=tuple(exposures),
            counts=dict(sorted(self.counts.items())),
            disabled=self.disabled + _disabled(self.content.get("disabled")),
            odd=tuple(self.odd),
            packages=frozenset(
                _second(unique_id)
                for section in ("nodes", "sources", "macros")
                for unique_id in mapping(self.content.get(section))
            ),
        )

    def _section(self, name: str) -> list[Mapping[str, Any]]:
        """Give the resources of a section, in the order of their ids."""
        section = self.content.get(name)
        if section is not None and not isinstance(section, dict):
            self.odd.append(f"{name} is not an object")
        nodes = mapping(section)
        for unique_id in sorted(nodes):
            if not isinstance(nodes[unique_id], dict):
                self.odd.append(f"{name}.{unique_id} is not an object")
        return [
            {"unique_id": unique_id, **nodes[unique_id]}
            for unique_id in sorted(nodes)
            if isinstance(nodes[unique_id], dict)
        ]

    def _enabled(self, section: str) -> list[Mapping[str, Any]]:
        """Give the enabled resources of a section, and count them."""
        enabled = []
        for node in self._section(section):
            if mapping(node.get("config")).get("enabled") is False:
                self.disabled += 1
            else:
                self.counts[_type(node)] += 1
                enabled.append(node)
        return enabled

    def _resource(self, node: Mapping[str, Any]) -> dict[str, Any]:
        """Give what every resource has."""
        config = mapping(node.get("config"))
        return {
            "project": self.project,
            "origin": self.origin,
            "unique_id": text(node.get("unique_id")),
            "package": text(node.get("package_name")) or _second(text(node.get("unique_id"))),
            "name": text(node.get("name")),
            "path": text(node.get("original_file_path")) or text(node.get("path")),
            "description": text(node.get("description")),
            "tags": tuple(dict.fromkeys(text(tag) for tag in (*_some(node.get("tags")), *_some(config.get("tags"))))),
            "meta": {**mapping(config.get("meta")), **mapping(node.get("meta"))},
            "depends_on": tuple(text(each) for each in sequence(mapping(node.get("depends_on")).get("nodes"))),
        }

    def _model(self, node: Mapping[str, Any], kind: str) -> Model:
        config = mapping(node.get("config"))
        contract = mapping(node.get("contract")) or mapping(config.get("contract"))
        resource = self._resource(node)
        group = text(node.get("group")) or text(config.get("group"))
        return Model(
            **resource,
            resource_type=kind,
            columns=_columns(node.get("columns")),
            owner=_owner(resource["meta"].get("owner")) or self.owners.get(group, ""),
            group=group,
            access=text(node.get("access")) or text(config.get("access")),
            contract_enforced=contract.get("enforced") is True,
            materialized=text(config.get("materialized")),
            language=text(node.get("language")) or "sql",
            database=text(node.get("database")),
            schema=text(node.get("schema")),
            alias=text(node.get("alias")) or resource["name"],
            version=text(node.get("version")),
            time_spine=bool(node.get("time_spine")),
            unique_key=_names(config.get("unique_key")),
            primary_key=_names(node.get("primary_key")) or _key_constraint(node),
            hard_coded=hard_coded(_code(node)) if kind == "model" and node.get("language", "sql") == "sql" else (),
            sql=_code(node) if kind == "model" and _MAY_REST.search(_code(node)) else "",
        )

    def _test(self, node: Mapping[str, Any]) -> DataTest:
        told = mapping(node.get("test_metadata"))
        arguments = mapping(told.get("kwargs"))
        resource = self._resource(node)
        return DataTest(
            **resource,
            kind=text(told.get("name")) or "singular",
            namespace=text(told.get("namespace")),
            generic=bool(told),
            model=text(node.get("attached_node")) or _attached(arguments, resource["depends_on"]),
            column=text(node.get("column_name")) or text(arguments.get("column_name")),
            severity=(text(mapping(node.get("config")).get("severity")) or "error").lower(),
            arguments={
                name: value for name, value in sorted(arguments.items()) if name not in ("model", "column_name")
            },
            macros=tuple(
                each.removeprefix("macro.")
                for each in map(text, sequence(mapping(node.get("depends_on")).get("macros")))
                if each.rpartition(".")[2].startswith("test_")
            ),
        )

    def _unit_test(self, node: Mapping[str, Any]) -> UnitTest:
        resource = self._resource(node)
        tested = text(node.get("tested_node_unique_id")) or next(iter(resource["depends_on"]), "")
        return UnitTest(**resource, model=tested)

    def _source(self, node: Mapping[str, Any]) -> SourceTable:
        config = mapping(node.get("config"))
        resource = self._resource(node)
        freshness = next(
            (told for each in (node, config) if any(map(seconds, (told := mapping(each.get("freshness"))).values()))),
            {},
        )
        loaded_at = (node.get("loaded_at_field"), node.get("loaded_at_query"), config.get("loaded_at_field"))
        owner = resource["meta"].get("owner") or mapping(node.get("source_meta")).get("owner")
        return SourceTable(
            **resource,
            source_name=text(node.get("source_name")),
            source_description=text(node.get("source_description")),
            columns=_columns(node.get("columns")),
            owner=_owner(owner),
            loader=text(node.get("loader")),
            loaded_at=next(filter(None, map(text, loaded_at)), ""),
            warn_after=seconds(freshness.get("warn_after")),
            error_after=seconds(freshness.get("error_after")),
            database=text(node.get("database")),
            schema=text(node.get("schema")),
            identifier=text(node.get("identifier")) or resource["name"],
        )

    def _exposure(self, node: Mapping[str, Any]) -> Exposure:
        return Exposure(
            **self._resource(node),
            kind=text(node.get("type")),
            owner=_owner(node.get("owner")),
            maturity=text(node.get("maturity")),
            url=text(node.get("url")),
        )


def seconds(rule: Any) -> float | None:
    """Give a dbt time span in seconds, and nothing if it is not set.

    >>> seconds({"count": 12, "period": "hour"})
    43200.0
    """
    count, unit = number(mapping(rule).get("count")), _SECONDS.get(text(mapping(rule).get("period")))
    return count * unit if count is not None and unit is not None else None


def _project(metadata: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """Give the project's name: older manifests have only its MD5, and one of the packages in it has that."""
    if named := text(metadata.get("project_name")):
        return named
    packages = Counter(
        text(mapping(node).get("package_name")) or _second(unique_id)
        for section in ("nodes", "sources", "exposures")
        for unique_id, node in mapping(content.get(section)).items()
    )
    digest = text(metadata.get("project_id"))
    by_size = sorted(packages, key=lambda name: (-packages[name], name))
    return next((name for name in by_size if _md5(name) == digest), by_size[0] if by_size else "")


def _md5(name: str) -> str:
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def _second(unique_id: str) -> str:
    """Give the package in an id such as ``model.shop.orders``."""
    return unique_id.split(".")[1] if unique_id.count(".") else ""


def _type(node: Mapping[str, Any]) -> str:
    return text(node.get("resource_type")) or text(node.get("unique_id")).split(".")[0]


def _disabled(section: Any) -> int:
    """Count disabled resources: a list up to v3, then lists by id."""
    if isinstance(section, dict):
        return sum(len(each) if isinstance(each, list) else 1 for each in section.values())
    return len(sequence(section))


def _some(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _columns(section: Any) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=text(column.get("name")) or name,
            description=text(column.get("description")),
            data_type=text(column.get("data_type")),
            meta={**mapping(mapping(column.get("config")).get("meta")), **mapping(column.get("meta"))},
            constraints=tuple(text(mapping(each).get("type")) for each in sequence(column.get("constraints"))),
        )
        for name, column in mapping(section).items()
        if isinstance(column, dict)
    )


def _names(value: Any) -> tuple[str, ...]:
    """Give column names, of which dbt takes one, several, or several in one text."""
    told = value if isinstance(value, list) else text(value).split(",")
    return tuple(name for name in map(text, told) if name)


def _key_constraint(node: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the columns of the primary key that the model's or a column's constraints declare."""
    for each in map(mapping, sequence(node.get("constraints"))):
        if text(each.get("type")) == "primary_key":
            return _names(each.get("columns"))
    return tuple(
        text(column.get("name")) or name
        for name, column in mapping(node.get("columns")).items()
        for each in sequence(mapping(column).get("constraints"))
        if text(mapping(each).get("type")) == "primary_key"
    )


def _code(node: Mapping[str, Any]) -> str:
    """Give the SQL as it was written; dbt called it raw_sql before 1.3."""
    return text(node.get("raw_code")) or text(node.get("raw_sql"))


def _owner(value: Any) -> str:
    """Give an owner's name, else the address: plain text in somebody's meta, name and email in groups and exposures."""
    if isinstance(value, dict):
        return text(value.get("name")) or text(value.get("email"))
    return text(value)


def _attached(arguments: Mapping[str, Any], depends_on: tuple[str, ...]) -> str:
    """Find what a test is attached to where the manifest does not say (before v9): what its argument `model` refers to.

    A relationships test depends on two models, so the only dependency is an answer just for the others.
    """
    call = _REF_OR_SOURCE.search(text(arguments.get("model")))
    names = _QUOTED.findall(call[1]) if call else []
    if names:
        named = [
            each for each in depends_on if each.split(".")[2:3] == names[-1:] or each.split(".")[-1:] == names[-1:]
        ]
        if named:
            return named[-1]
    return depends_on[0] if len(depends_on) == 1 else ""
