"""What the load strategy asks of a pipeline, answered from its document: said, or following from what was said."""

from __future__ import annotations

from decom_nb.condition import Answer
from decom_nb.phases.pipelines.pipeline import Pipeline


def load_answers(pipeline: Pipeline) -> dict[str, Answer]:
    """Give every answer of the room's answer sheet by name; ``None`` where nobody said."""
    extract, load = pipeline.extract, pipeline.load
    return {
        "content": load.content,
        "mutable": load.mutable,
        "target_rows": load.rows or None,
        "reads_all": None if extract.strategy is None else extract.strategy == "full",
        "whole_partitions": load.whole_partitions,
        "partitioned": _partitioned(pipeline),
        "keyed": _keyed(pipeline),
        "late_rows": _late(pipeline),
        "always_readable": load.always_readable,
        "deletes": load.deletes,
        "deletion_trail": load.deletion_trail,
    }


def _partitioned(pipeline: Pipeline) -> Answer:
    """A design whose load is worked out and names no partition column has none; one that was only begun does not say."""
    if pipeline.load.partition_key:
        return True
    return False if pipeline.load.strategy else None


def _keyed(pipeline: Pipeline) -> Answer:
    if pipeline.load.merge_keys or pipeline.extract.natural_keys:
        return True
    return False if pipeline.load.strategy else None


def _late(pipeline: Pipeline) -> Answer:
    said = (pipeline.load.late_window_hours, pipeline.extract.lookback_minutes)
    return None if all(each is None for each in said) else any(said)
