"""What the notebook shows of testing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.phases.testing.backfill_view import backfills_view
from decom_nb.phases.testing.dbt_view import checklist_view, coverage_view, projects_view
from decom_nb.phases.testing.pyramid_view import pyramid_view
from decom_nb.view import View, render, view

__all__ = ["backfills", "checklist", "coverage", "projects", "pyramid"]


def pyramid(pyramid_of_tests: Sequence[Mapping[str, Any]] | None) -> View:
    """The test pyramid: which layers exist, when they run, what is missing."""
    if not pyramid_of_tests:
        return view(render(__package__, "note.html", text="Nothing was read that tells of tests."))
    return pyramid_view(pyramid_of_tests)


def backfills(backfill_plans: Sequence[Mapping[str, Any]] | None) -> View:
    """What history is to be processed again, how far that is, and what it touches."""
    if not backfill_plans:
        return view(render(__package__, "note.html", text=_NO_BACKFILL))
    return backfills_view(backfill_plans)


def coverage(dbt_findings: Sequence[Mapping[str, Any]] | None) -> View:
    """How many models of each layer have a test, and a description."""
    return coverage_view(dbt_findings) if dbt_findings else view(render(__package__, "note.html", text=_NO_PROJECT))


def projects(dbt_findings: Sequence[Mapping[str, Any]] | None) -> View:
    """What the audit of each dbt project found, theme by theme, with the rows."""
    return projects_view(dbt_findings) if dbt_findings else view(render(__package__, "note.html", text=_NO_PROJECT))


def checklist(dbt_checklist_rows: Mapping[str, Any] | None) -> View:
    """Each model against the testing checklist: what is tested, what can be written, what waits for somebody."""
    if not dbt_checklist_rows or not dbt_checklist_rows["models"]:
        return view(render(__package__, "note.html", text=_NO_PROJECT))
    return checklist_view(dbt_checklist_rows)


_NO_PROJECT = "No dbt project was read: copy its target/manifest.json, catalog.json and run_results.json to evidence/."
_NO_BACKFILL = (
    "No backfill is asked for. A request is a file documents/backfill/NAME.yaml; decom testing backfill plans it."
)
