"""What people fill in for pipelines: one document for each."""

from __future__ import annotations

from decom_nb.phases.pipelines.pipeline import Pipeline

DOCUMENTS = (Pipeline,)
