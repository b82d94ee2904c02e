"""Where a table's data goes: tables matched to a dbt project by name, and what reads them from there on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.dbt_manifest import Exposure, Key, Model, SourceTable


@dataclass(frozen=True)
class Use:
    """What reads a table, directly or through other models, as dbt tells it."""

    resources: tuple[str, ...]
    """The models, seeds, snapshots or sources that the table was taken for."""
    readers: int
    """How many models read it in the end."""
    exposures: tuple[Exposure, ...]

    @property
    def unread(self) -> bool:
        """Tell whether nothing at all reads it, as far as the project says."""
        return not self.readers and not self.exposures


_PART = r"(?:\"[^\"]*\"|`[^`]*`|[\w$-]+)"
_QUALIFIED = re.compile(rf"\s*(?:{_PART}\s*\.\s*)*({_PART})\s*")


def bare(table: str) -> str:
    """Give a table's name without quotes, schema and database, in small letters, as tables are matched by it.

    >>> bare('"Prod"."Marts"."FCT_Orders"')
    'fct_orders'

    What is no qualified name, such as a sentence with a full stop in it, is taken whole.

    >>> bare("Orders, incl. returns")
    'orders, incl. returns'
    """
    last = _QUALIFIED.fullmatch(table)
    return (last[1] if last else table).strip('"`').strip().lower()


def resources(dbt: Dbt) -> Mapping[str, tuple[Model | SourceTable, ...]]:
    """Give what a dbt project keeps under each bare table name."""
    found: dict[str, list[Model | SourceTable]] = {}
    for model in (*dbt.models, *dbt.seeds, *dbt.snapshots):
        for name in dict.fromkeys((bare(model.alias or model.name), bare(model.name))):
            found.setdefault(name, []).append(model)
    for source in dbt.sources:
        for name in dict.fromkeys((bare(source.identifier or source.name), bare(source.name))):
            found.setdefault(name, []).append(source)
    return {name: tuple(each) for name, each in found.items()}


def uses(dbt: Dbt, tables: Iterable[str]) -> dict[str, Use]:
    """Give what reads each table; one that no resource of a project is named after is left out: nothing is known of it."""
    named, readers = resources(dbt), _readers(dbt)
    exposures = {each.key: each for each in dbt.exposures}
    found: dict[str, Use] = {}
    for table in tables:
        if matched := named.get(bare(table), ()):
            reached = set(_reached({each.key for each in matched}, readers)) - {each.key for each in matched}
            found[table] = Use(
                tuple(each.unique_id for each in matched),
                sum(key not in exposures for key in reached),
                tuple(exposures[key] for key in sorted(reached & exposures.keys())),
            )
    return found


def _readers(dbt: Dbt) -> Mapping[Key, tuple[Key, ...]]:
    """Give what reads each resource directly."""
    found: dict[Key, list[Key]] = {}
    for each in (*dbt.models, *dbt.snapshots, *dbt.exposures):
        for needed in each.depends_on:
            found.setdefault((each.project, needed), []).append(each.key)
    return {key: tuple(keys) for key, keys in found.items()}


def _reached(start: set[Key], readers: Mapping[Key, tuple[Key, ...]]) -> Iterator[Key]:
    waiting, seen = list(start), set(start)
    while waiting:
        for reader in readers.get(waiting.pop(), ()):
            if reader not in seen:
                seen.add(reader)
                waiting.append(reader)
                yield reader
