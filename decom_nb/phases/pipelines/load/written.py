"""The loads that were written to the deliverables, read back for the audit and shown statement by statement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from decom_nb.escape import file_name
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.view import View, render, view

FOLDER = "pipelines"
"""Where loads lie among the deliverables, in a folder for each pipeline and engine."""
MOST = 12
"""How many pipelines are kept."""
LONGEST = 4000
"""Characters of a statement that are kept."""
_STEP = re.compile(r"^-- \d+\. (?P<what>.+)\n(?P<sql>(?:(?!^-- \d+\. ).*\n)*?.*;)$", re.MULTILINE)
_TOGETHER = "-- All of the following takes effect, or nothing."


def written_loads(pipeline: Sequence[Pipeline], deliverables: Path | None) -> list[dict[str, Any]]:
    """Give of each pipeline the loads that lie among the deliverables, with their statements; none: not written yet."""
    told = []
    for each in sorted(pipeline, key=lambda one: (one.tier or 9, one.called))[:MOST]:
        folder = deliverables / FOLDER / file_name(each.called) if deliverables else None
        found = sorted(folder.glob("*/load.sql")) if folder and folder.is_dir() else []
        told.append(
            {"pipeline": each.called, "strategy": each.load.strategy or "", "loads": [_load(path) for path in found]}
        )
    return told


def edited_loads(pipeline: Sequence[Pipeline] | None, deliverables: Path | None) -> dict[str, tuple[str, ...]]:
    """Give of each pipeline the engines whose load.sql is not as it was generated; those with none are left out."""
    from decom_nb.generated_file import looked_at

    told = {}
    for each in pipeline or ():
        folder = deliverables / FOLDER / file_name(each.called) if deliverables else None
        found = sorted(folder.glob("*/load.sql")) if folder and folder.is_dir() else []
        looked = [(path.parent.name, *looked_at(path)) for path in found]
        if edited := tuple(dialect for dialect, header, changed in looked if changed or header is None):
            told[each.called] = edited
    return told


def _load(path: Path) -> dict[str, Any]:
    from decom_nb.generated_file import looked_at

    header, edited = looked_at(path)
    text = path.read_bytes().decode("utf-8", "replace")
    start, _, rest = text.partition(_TOGETHER)
    inside, _, last = rest.partition("\nCOMMIT") if rest else ("", "", "")
    steps = [
        {"what": found["what"], "sql": found["sql"][:LONGEST], "together": together}
        for part, together in ((start, False), (inside, True), (last, False))
        for found in _STEP.finditer(part)
    ]
    return {"dialect": path.parent.name, "edited": edited or header is None, "steps": steps}


def loads(written_loads: Sequence[Mapping[str, Any]] | None) -> View:
    """Show the statements of each load that was written, what they do and what takes effect together."""
    return view(render("decom_nb.phases.pipelines", "loads.html", pipelines=written_loads or []))
