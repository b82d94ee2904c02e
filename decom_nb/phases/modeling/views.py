"""What the notebook shows of modeling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decom_nb.phases.modeling.naming.names_view import names_view
from decom_nb.view import View, render, view

__all__ = ["names"]


def names(naming_findings: Mapping[str, Any] | None) -> View:
    """Names by convention: how many follow it, and what those that do not would be called."""
    if not naming_findings:
        return view(render(__package__, "note.html", text=_NO_NAMES))
    return names_view(naming_findings)


_NO_NAMES = (
    "No names are known yet: copy a dbt project's manifest.json and catalog.json to evidence/, or fill in the dimensional model. "
    "decom modeling lint DIR --from schema.sql reads DDL and databases."
)
