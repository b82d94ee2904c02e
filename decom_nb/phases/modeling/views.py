"""What the notebook shows of modeling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decom_nb.phases.modeling.model_view import bus_view, model_view, scd_view
from decom_nb.phases.modeling.naming.names_view import names_view
from decom_nb.view import View, render, view

__all__ = ["bus", "changes", "model", "names", "star"]


def model(model_summary: Mapping[str, Any] | None) -> View:
    """The model in short: what is counted, by what, and how it adds up."""
    if not model_summary or not (model_summary["fact_tables"] or model_summary["dimensions"]):
        return view(render(__package__, "note.html", text=_NO_MODEL))
    return model_view(model_summary)


def bus(bus_matrix: Mapping[str, Any] | None) -> View:
    """The bus matrix: business processes by the dimensions that they share, and how facts are read together."""
    if not bus_matrix or not bus_matrix["rows"]:
        return view(render(__package__, "note.html", text=_NO_MODEL))
    return bus_view(bus_matrix)


def changes(scd_types: Mapping[str, Any] | None) -> View:
    """How changes of each attribute are kept, and how they should be."""
    if not scd_types or not scd_types["total"]:
        return view(render(__package__, "note.html", text=_NO_MODEL))
    return scd_view(scd_types)


def star(dimensional_model: Mapping[str, Any] | None) -> View:
    """The model as a picture: facts, the dimensions that they share, and the keys between them."""
    from decom_nb.phases.modeling.made.star_view import star_view

    if not dimensional_model or not (dimensional_model["fact_tables"] or dimensional_model["dimensions"]):
        return view(render(__package__, "note.html", text=_NO_MODEL))
    return star_view(dimensional_model)


def names(naming_findings: Mapping[str, Any] | None) -> View:
    """Names by convention: how many follow it, and what those that do not would be called."""
    if not naming_findings:
        return view(render(__package__, "note.html", text=_NO_NAMES))
    return names_view(naming_findings)


_NO_MODEL = (
    "No dimensional model is described yet: documents/dimensional_model.yaml. decom modeling draft DIR proposes one."
)
_NO_NAMES = (
    "No names are known yet: copy a dbt project's manifest.json and catalog.json to evidence/, or fill in the dimensional model. "
    "decom modeling lint DIR --from schema.sql reads DDL and databases."
)
