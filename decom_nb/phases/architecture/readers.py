"""What this room reads back of its own deliverables: the decisions that people have recorded."""

from __future__ import annotations

from pathlib import Path

from decom_nb.decision_record import FOLDER, DecisionRecord, read_records


def decision_records(deliverables: Path) -> tuple[DecisionRecord, ...]:
    """Give the records below an engagement's deliverables, in the order of their file names."""
    return read_records(deliverables / FOLDER)


READERS = (decision_records,)
