"""What this room makes ready for its rules and measures, and does not keep in the audit."""

from __future__ import annotations

from collections.abc import Sequence

from decom_nb.phases.pipelines.design import Design, designs
from decom_nb.phases.pipelines.load.written import edited_loads
from decom_nb.phases.pipelines.pipeline import Pipeline


def designed_pipelines(pipeline: Sequence[Pipeline]) -> list[Design]:
    """Give every pipeline with its path through the extraction tree and its load decision."""
    return designs(pipeline)


READERS = (designed_pipelines, edited_loads)
