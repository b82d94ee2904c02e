"""Names as a page: each convention with how many follow it, and what the others would be called. `views.py` calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decom_nb.phases.modeling.naming.naming_table import naming_table
from decom_nb.view import View, render, view

SHOWN = 40
"""How many findings the page lists; the others are counted."""


def names_view(found: Mapping[str, Any]) -> View:
    """Show names held to their conventions."""
    rows = {each.object: each for each in naming_table().conventions}
    told = []
    for each in found["by_convention"]:
        row = rows.get(each["convention"])
        title = row.title if row else _OTHER.get(each["convention"], each["convention"].replace("_", " ").capitalize())
        patterns = each["says"].split(" or ")
        told.append({**each, "title": title, "patterns": patterns, "because": row.because if row else ""})
    wrong = sum(each["found"] for each in told)
    return view(
        render(
            "decom_nb.phases.modeling",
            "names.html",
            found=found,
            told=told,
            wrong=wrong,
            rows=found["rows"][:SHOWN],
            titles={each["convention"]: each["title"] for each in told},
            more=max(0, found["total"] - SHOWN),
        )
    )


_OTHER = {"mart_tables": "Tables of marts, kind not told", "case_style": "Case style"}
