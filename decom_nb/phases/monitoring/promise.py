"""What each pipeline promises, and where that is written: service levels first, then contracts, then dbt.

A promise about a table is one of the pipeline that writes it, as the history or the service levels tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from decom_nb import knowledge
from decom_nb.contract import Contract
from decom_nb.evidence.contracts import Contracts
from decom_nb.evidence.dbt import Dbt
from decom_nb.history import History, same_dataset
from decom_nb.knowledge import Row
from decom_nb.phases.monitoring.documents import ServiceLevels

FORM = "documents/service_levels.yaml"


class MetaKey(Row):
    """A key under dbt's `meta` that holds a promise."""

    key: str
    promises: Literal["runtime", "freshness"]
    unit: float = Field(gt=0)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    meta: tuple[MetaKey, ...]


@cache
def _meta_keys() -> Mapping[str, MetaKey]:
    table = knowledge.load(_Table, Path(__file__).parent / "tables" / "promises.yaml")
    return {each.key: each for each in table.meta}


@dataclass(frozen=True, slots=True)
class Promise:
    """A number and where it is written."""

    value: float
    written: str


@dataclass(frozen=True)
class Promises:
    """What is promised, by pipeline: the longest runtime in minutes, the greatest age of its data in hours."""

    runtime: Mapping[str, Promise]
    freshness: Mapping[str, Promise]
    unseen: tuple[str, ...] = ()
    """Pipelines that the service levels name and no evidence tells of."""


def promises(
    history: History,
    levels: ServiceLevels | None,
    contract: Sequence[Contract] = (),
    contracts: Contracts | None = None,
    dbt: Dbt | None = None,
) -> Promises:
    """Give what each pipeline of the history promises; the first source that speaks of it counts."""
    levels = levels or ServiceLevels()
    known = [each.name for each in history.pipelines]
    runtime: dict[str, Promise] = {}
    freshness: dict[str, Promise] = {}
    for name in known:
        own = levels.of(name)
        if own and own.sla_minutes:
            runtime[name] = Promise(own.sla_minutes, FORM)
        elif own is None and levels.default_sla_minutes:
            runtime[name] = Promise(levels.default_sla_minutes, f"{FORM}, default")
        if own and own.freshness_hours:
            freshness[name] = Promise(own.freshness_hours, FORM)
    written = _writers(history)
    for promised, into in (
        (list(_of_contracts(known, written, contract, contracts)), freshness),
        (list(_of_meta(written, dbt, "freshness")), freshness),
        (list(_of_sources(written, dbt)), freshness),
        (list(_of_meta(written, dbt, "runtime")), runtime),
    ):
        # Several tables of one pipeline: it keeps its promise if it keeps the shortest.
        for name, promise in sorted(promised, key=lambda each: (each[1].value, each[1].written)):
            into.setdefault(name, promise)
    seen = {*known, *(each for _, each in _spelled(history))}
    unseen = tuple(each.pipeline for each in levels.pipelines if each.pipeline not in seen)
    return Promises(runtime, freshness, unseen)


def _spelled(history: History) -> Iterator[tuple[str, str]]:
    for row in history.query("SELECT source, pipeline FROM history.names ORDER BY ALL"):
        yield row["source"], row["pipeline"]


def _writers(history: History) -> list[tuple[str, str]]:
    rows = history.query(
        "SELECT DISTINCT pipeline, dataset FROM history.datasets WHERE direction = 'writes' ORDER BY ALL"
    )
    counted = {each.name for each in history.pipelines}
    return [(row["pipeline"], row["dataset"]) for row in rows if row["pipeline"] in counted]


def _of_table(table: str, written: Iterable[tuple[str, str]]) -> list[str]:
    return [pipeline for pipeline, dataset in written if same_dataset(table, dataset)]


def _of_contracts(
    known: Sequence[str], written: Sequence[tuple[str, str]], contract: Sequence[Contract], contracts: Contracts | None
) -> Iterator[tuple[str, Promise]]:
    told = [(each, f"documents/contract/{each.instance}.yaml") for each in contract]
    told += [(one, file.path) for file in (contracts.files if contracts else ()) for one in file.verdict.contracts]
    for each, place in told:
        if not each.terms.sla.freshness_hours:
            continue
        named = [each.terms.pipeline] if each.terms.pipeline in known else _of_table(each.table, written)
        for pipeline in named:
            yield pipeline, Promise(each.terms.sla.freshness_hours, place)


def _of_meta(written: Sequence[tuple[str, str]], dbt: Dbt | None, what: str) -> Iterator[tuple[str, Promise]]:
    for each in (*dbt.models, *dbt.snapshots, *dbt.sources) if dbt else ():
        for key, value in each.meta.items():
            row = _meta_keys().get(key)
            if (
                row
                and row.promises == what
                and isinstance(value, int | float)
                and not isinstance(value, bool)
                and value > 0
            ):
                for pipeline in _of_table(_relation(each), written):
                    yield pipeline, Promise(value * row.unit, f"meta.{key} of {each.unique_id} in dbt")


def _of_sources(written: Sequence[tuple[str, str]], dbt: Dbt | None) -> Iterator[tuple[str, Promise]]:
    for each in dbt.sources if dbt else ():
        if seconds := each.error_after or each.warn_after:
            for pipeline in _of_table(_relation(each), written):
                yield pipeline, Promise(seconds / 3600, f"freshness of {each.unique_id} in dbt")


def _relation(resource: Any) -> str:
    identifier = getattr(resource, "identifier", "") or getattr(resource, "alias", "") or resource.name
    return ".".join(part for part in (resource.database, resource.schema, identifier) if part)
