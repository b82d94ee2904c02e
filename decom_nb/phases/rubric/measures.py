"""What this room works out and keeps in the audit: the files that were made for use as they are, and how each stands."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from decom_nb.deliverable import STATES
from decom_nb.deliverable import deliverables as listed

KEPT = 200
"""How many files an audit names; all are counted."""


def deliverable_files(deliverables: Path | None) -> dict[str, Any] | None:
    """Files among the deliverables by state, what asks for something first: who made each, from what, what has changed since."""
    if deliverables is None:
        return None
    found = listed(deliverables.parent, deliverables)
    if not found:
        return None
    counted = Counter(each.state for each in found)
    ordered = sorted(found, key=lambda each: (STATES.index(each.state), each.file))
    return {
        "total": len(found),
        "by_state": {state: counted[state] for state in STATES if counted[state]},
        "files": [
            {
                "file": each.file,
                "state": each.state,
                "made_by": each.made_by,
                "made_from": list(each.made_from[:5]),
                "changed": list(each.changed[:5]),
                "offered": each.offered,
            }
            for each in ordered[:KEPT]
        ],
    }


MEASURES = (deliverable_files,)
