"""What a backfill touches downstream: models, dashboards, pipelines, and whose they are. `backfill_plan.py` calls it.

Two lineages are followed: that which dbt declares, and that which runs of pipelines show.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from decom_nb.evidence.dbt import Dbt, Exposure, Model, SourceTable
from decom_nb.history import History
from decom_nb.phases.testing.backfill_state import state_of_model


@dataclass(frozen=True, slots=True)
class Touched:
    """Something downstream: what it is, whose, how far away, through what, and why it rests on earlier rows if it does."""

    kind: Literal["model", "snapshot", "dashboard", "pipeline"]
    name: str
    owner: str
    distance: int
    through: str
    materialized: str = ""
    state: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Impact:
    """All that is touched, the nearest first; `unknown` are tables that neither lineage knows."""

    touched: tuple[Touched, ...]
    unknown: tuple[str, ...]
    rebuild: tuple[str, ...]
    """The dbt models downstream, in an order in which each comes after what it reads."""

    @property
    def owners(self) -> tuple[str, ...]:
        """Whose the touched things are, each once."""
        return tuple(sorted({each.owner for each in self.touched if each.owner}))


def bare(table: str) -> str:
    """Give a table's own name, without schema and quotes, in lower case.

    >>> bare('"Marts"."Fct_Orders"')
    'fct_orders'
    """
    return table.replace('"', "").replace("`", "").rpartition(".")[2].casefold()


def models_named(dbt: Dbt, table: str) -> tuple[Model | SourceTable, ...]:
    """Give the models, snapshots, seeds and sources that a table's name stands for."""
    name = bare(table)
    schema = table.replace('"', "").rpartition(".")[0].rpartition(".")[2].casefold()
    found: list[Model | SourceTable] = [
        each
        for each in (*dbt.models, *dbt.snapshots, *dbt.seeds)
        if name in (each.alias.casefold(), each.name.casefold())
    ]
    found += [each for each in dbt.sources if each.identifier.casefold() == name]
    exact = [each for each in found if each.schema.casefold() == schema]
    return tuple(exact or found)


def impact(tables: Sequence[str], dbt: Dbt, history: History | None) -> Impact:
    """Follow both lineages from the tables."""
    touched: dict[tuple[str, str], Touched] = {}
    unknown = []
    read_by_dbt = _readers(dbt)
    starts: dict[tuple[str, str], str] = {}
    pipelines = _pipelines(history)
    for table in tables:
        named = models_named(dbt, table)
        starts |= {each.key: table for each in named}
        if not named and not any(
            _same(table, dataset) for reads, writes in pipelines.values() for dataset in reads | writes
        ):
            unknown.append(table)
    order = _walk_dbt(dbt, read_by_dbt, starts, touched)
    written = [each.alias for each in (*dbt.models, *dbt.snapshots) if each.key in order]
    _walk_pipelines([*tables, *written], pipelines, touched)
    listed = sorted(touched.values(), key=lambda each: (each.distance, each.kind, each.name))
    return Impact(tuple(listed), tuple(unknown), _topological(dbt, order))


_Node = Model | Exposure


def _readers(dbt: Dbt) -> Mapping[tuple[str, str], list[_Node]]:
    found: dict[tuple[str, str], list[_Node]] = {}
    nodes: Iterable[_Node] = (*dbt.models, *dbt.snapshots, *dbt.exposures)
    for each in nodes:
        for parent in each.depends_on:
            found.setdefault((each.project, parent), []).append(each)
    return found


def _walk_dbt(
    dbt: Dbt,
    readers: Mapping[tuple[str, str], list[_Node]],
    starts: Mapping[tuple[str, str], str],
    touched: dict[tuple[str, str], Touched],
) -> set[tuple[str, str]]:
    waiting = deque((key, name, 0) for key, name in starts.items())
    seen = set(starts)
    order: set[tuple[str, str]] = set()
    while waiting:
        key, through, distance = waiting.popleft()
        for each in readers.get(key, ()):
            if each.key in seen:
                continue
            seen.add(each.key)
            if isinstance(each, Exposure):
                touched[each.key] = Touched(
                    "dashboard", each.name, each.owner, distance + 1, through, detail=each.url or each.kind
                )
                continue
            order.add(each.key)
            touched[each.key] = Touched(
                "snapshot" if each.resource_type == "snapshot" else "model",
                each.name,
                each.owner or each.group,
                distance + 1,
                through,
                each.materialized,
                # A table or view that is built whole each time is right after the next build, in whatever order.
                state_of_model(each)
                if each.materialized in ("incremental", "snapshot") or each.resource_type == "snapshot"
                else "",
            )
            waiting.append((each.key, each.name, distance + 1))
    return order


def _topological(dbt: Dbt, chosen: set[tuple[str, str]]) -> tuple[str, ...]:
    """Order the chosen models so that each comes after those it reads."""
    nodes = {each.key: each for each in (*dbt.models, *dbt.snapshots) if each.key in chosen}
    waiting = {
        key: {
            (each.project, parent)
            for parent in each.depends_on
            if (each.project, parent) in nodes and (each.project, parent) != key
        }
        for key, each in nodes.items()
    }
    done: list[str] = []
    while waiting:
        free = sorted(key for key, parents in waiting.items() if not parents) or sorted(waiting)[:1]
        for key in free:
            done.append(nodes[key].name)
            del waiting[key]
        for parents in waiting.values():
            parents.difference_update(free)
    return tuple(done)


def _pipelines(history: History | None) -> Mapping[str, tuple[set[str], set[str]]]:
    """Give what each pipeline reads and writes, as its runs show it."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    if history is None:
        return found
    rows: list[dict[str, Any]] = history.query(
        "SELECT DISTINCT pipeline, dataset, direction FROM history.datasets ORDER BY ALL"
    )
    for row in rows:
        reads, writes = found.setdefault(row["pipeline"], (set(), set()))
        (reads if row["direction"] == "reads" else writes).add(row["dataset"])
    return found


def _walk_pipelines(
    tables: Sequence[str], pipelines: Mapping[str, tuple[set[str], set[str]]], touched: dict[tuple[str, str], Touched]
) -> None:
    waiting = deque((table, 0) for table in dict.fromkeys(tables))
    seen = {bare(table) for table in tables}
    while waiting:
        table, distance = waiting.popleft()
        for name, (reads, writes) in sorted(pipelines.items()):
            if ("pipeline", name) in touched or not any(_same(table, each) for each in reads):
                continue
            touched["pipeline", name] = Touched("pipeline", name, "", distance + 1, table)
            for each in sorted(writes):
                if bare(each) not in seen:
                    seen.add(bare(each))
                    waiting.append((each, distance + 1))


def _same(table: str, dataset: str) -> bool:
    """Tell whether a dataset of the history is this table: the same name, and the same schema where both tell one."""
    given, there = table.replace('"', "").casefold().split("."), dataset.replace("/", ".").casefold().split(".")
    common = min(len(given), len(there), 2)
    return given[-common:] == there[-common:]
