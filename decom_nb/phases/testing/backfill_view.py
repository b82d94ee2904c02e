"""Backfills as a page: what is asked for, how far it is, what it touches. `views.py` and `measures.py` call it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from decom_nb.errors import InputError
from decom_nb.evidence.dbt import Dbt
from decom_nb.history import History
from decom_nb.phases.testing import backfill_progress
from decom_nb.phases.testing.backfill_document import Backfill
from decom_nb.phases.testing.backfill_plan import planned
from decom_nb.phases.testing.backfill_table import backfill_table
from decom_nb.phases.testing.deliverables import backfill_folder
from decom_nb.view import View, render, view

Row = dict[str, Any]

MOST = 100
"""How many requests are kept."""
_LISTED = 12
"""How many touched things and parts of each are kept."""

_BADGES = {"done": "good", "running": "warn", "stopped": "bad", "not begun": "unknown", "cannot be planned": "bad"}


def backfill_rows(
    requests: Sequence[Backfill], dbt: Dbt, history: History | None, deliverables: Path | None
) -> list[Row]:
    """Give each request with its plan and how far it is; one that cannot be planned says why."""
    return [_row(each, dbt, history, deliverables) for each in requests[:MOST]]


def _row(request: Backfill, dbt: Dbt, history: History | None, deliverables: Path | None) -> Row:
    try:
        plan = planned(request, dbt, history)
    except InputError as error:
        mistakes = [f"{each.key} {each.what}: {each.instead}" for each in error.mistakes]
        return {"name": request.instance, "reason": request.reason, "state": "cannot be planned", "mistakes": mistakes}
    folder = deliverables / backfill_folder(plan.name) if deliverables else None
    progress = backfill_progress.read(folder) if folder else backfill_progress.Progress(())
    told = plan.row()
    touched = [each for each in plan.impact.touched if each.kind == "dashboard"]
    return {
        **{key: told[key] for key in _KEPT},
        "impact": told["impact"][:_LISTED],
        "dashboards": [each.name for each in touched],
        "first_part": plan.parts[0].name,
        "last_part": plan.parts[-1].name,
        "done": len(progress.parts),
        "tasks": len(plan.tasks),
        "state": progress.state if progress.events else "done" if request.status == "done" else "not begun",
        "anomalies": [*progress.anomalies, *request.anomalies][:_LISTED],
        "stopped": (progress.last("stopped") or {}).get("says", "") if progress.state == "stopped" else "",
        "changed": bool(progress.plan) and progress.plan != plan.digest,
        "mistakes": [],
    }


_KEPT = (
    "name", "reason", "requester", "status", "tables", "first_day", "last_day", "time_zone", "chunk", "parts_total",
    "order", "most_recent_first_refused", "impact_total", "owners", "rebuild", "approved_by", "to_settle",
)  # fmt: skip


def backfills_view(rows: Sequence[Mapping[str, Any]]) -> View:
    """Show the requests one by one, and the protocol they follow."""
    told = [{**row, "badge": _BADGES[row["state"]]} for row in rows]
    return view(render("decom_nb.phases.testing", "backfills.html", requests=told, steps=backfill_table().steps))
