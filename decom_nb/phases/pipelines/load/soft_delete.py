"""Soft delete: as merge, and what is gone from the source is marked with the instant of the load that missed it first."""

from __future__ import annotations

from decom_nb.phases.pipelines.load import merge
from decom_nb.phases.pipelines.load.plan import Plan
from decom_nb.sql.script import Step


def write(plan: Plan) -> tuple[Step, ...]:
    """Merge the staged rows, mark what vanished, and take the mark from what is back."""
    return merge.write(plan)
