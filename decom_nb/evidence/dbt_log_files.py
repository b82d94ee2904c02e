"""Reads dbt's logs as ``--log-format json`` or ``--log-format-file json`` writes them, from dbt 1.0 on.

`dbt_logs.sql` judges the lines and makes the relations that `dbt_logs.py` declares.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from decom_nb.evidence.dbt_logs import RELATIONS, DbtLogs
from decom_nb.evidence.dbt_results import EXECUTING
from decom_nb.evidence.json_script import ScriptReading
from decom_nb.evidence.relation import Relation
from decom_nb.evidence.source import Found, Source

if TYPE_CHECKING:
    from decom_nb.evidence.store import Store

KIND = "dbt logs"

_INVOCATION = re.compile(rb'"invocation_id"\s*:\s*"')
_CODE = re.compile(rb'"code"\s*:\s*"[A-Z]\d{3}"')
_MESSAGE = re.compile(rb'"msg"\s*:')

_READING = ScriptReading(
    "dbt_logs.sql",
    RELATIONS,
    {KIND: ("lines", "left out", "invocations", "invocations without an end")},
    "event",
    values={"executing": sorted(EXECUTING)},
)


class DbtLogFiles:
    """The collector."""

    name = "dbt_logs"
    words = "dbt's JSON logs"
    kinds: tuple[str, ...] = (KIND,)
    relations: tuple[Relation, ...] = RELATIONS

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise a log by the codes and invocation ids of its events."""
        return KIND if all(mark.search(head) for mark in (_CODE, _INVOCATION, _MESSAGE)) else ""

    def load(self, found: Sequence[Found], store: Store) -> tuple[DbtLogs | None, tuple[Source, ...]]:
        """Read all files with one script."""
        sources = _READING.read(found, store)
        return DbtLogs(store) if sources[0].totals.get("invocations") else None, sources


DBT_LOGS: DbtLogFiles = DbtLogFiles()
