"""A checksum of what in a pipeline's document makes its load: a proof holds as long as that is as it was."""

from __future__ import annotations

import hashlib
import json

from decom_nb.phases.pipelines.pipeline import Pipeline

_PARTS = {"pipeline", "columns", "extract", "transform", "load", "quality_gates"}
"""Who owns it, when it runs and whom it alerts changes nothing of its load."""


def document_sum(pipeline: Pipeline) -> str:
    """Give the checksum of a document's parts that its load is made from."""
    told = pipeline.model_dump(mode="json", include=_PARTS)
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
