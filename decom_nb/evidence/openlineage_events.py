"""Reads OpenLineage events into the evidence store: one per line, arrays, single documents or pages of an API; plain or gzipped.

`openlineage.sql` judges the events and makes the relations that `openlineage.py` declares. A line or element that is no event is
counted, shown with the reason, and stops nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from decom_nb.evidence.json_script import ScriptReading
from decom_nb.evidence.openlineage import RELATIONS, STATUSES, OpenLineage
from decom_nb.evidence.relation import Relation
from decom_nb.evidence.source import Found, Source

if TYPE_CHECKING:
    from decom_nb.evidence.store import Store

KIND = "openlineage events"

_TIME = re.compile(rb'"eventTime"\s*:')
_RUN = re.compile(rb'"runId"\s*:')
_SPECIFICATION = re.compile(rb'"schemaURL"\s*:\s*"[^"]{0,200}openlineage', re.IGNORECASE)


_READING = ScriptReading(
    "openlineage.sql",
    RELATIONS,
    {KIND: ("events", "runs", "jobs", *STATUSES, "declarations", "left out", "repeated", "run ids that are no uuid")},
    "event",
    wrappers=("events",),  # under which a page of Marquez's API has them
)


class OpenLineageEvents:
    """The collector."""

    name = "openlineage"
    words = "OpenLineage events"
    kinds: tuple[str, ...] = (KIND,)
    relations: tuple[Relation, ...] = RELATIONS

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise events by their time with a run id, or with the address of the specification."""
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if not text.startswith((b"{", b"[")) or not _TIME.search(text):
            return ""
        return KIND if _RUN.search(text) or _SPECIFICATION.search(text) else ""

    def load(self, found: Sequence[Found], store: Store) -> tuple[OpenLineage | None, tuple[Source, ...]]:
        """Read all files with one script."""
        sources = _READING.read(found, store)
        return OpenLineage(store) if sources[0].rows else None, sources


OPENLINEAGE: OpenLineageEvents = OpenLineageEvents()
