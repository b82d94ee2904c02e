"""Where a draft goes: into documents/dimensional_model.yaml while nobody has written there, else beside, never over it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from decom_nb import generated_file
from decom_nb.document import read, save
from decom_nb.engagement import Engagement
from decom_nb.generated_file import Origin
from decom_nb.phases.modeling.dimensional_model import DimensionalModel

BESIDE = "modeling/dimensional_model.draft.yaml"
"""Where, under deliverables, a draft lies that came after a model was written."""
MADE_BY = "decom modeling draft DIR --write"


@dataclass(frozen=True)
class Kept:
    """Where a draft was written."""

    path: Path
    outcome: str
    is_document: bool
    """Whether it is the engagement's model now; if not, it lies beside it, for a person to take from."""


def keep(engagement: Engagement, model: DimensionalModel) -> Kept:
    """Write a draft. A blank or missing document takes it; one with a table in it is somebody's, and stays as it is."""
    path = engagement.document_path(DimensionalModel)
    if not path.exists():
        save(path, model)
        return Kept(path, "written", True)
    opened = read(DimensionalModel, path)
    there = opened.document
    if not there.fact_tables and not there.dimensions:
        taken = {"fact_tables": model.fact_tables, "dimensions": model.dimensions}
        save(opened, there.model_copy(update=taken))
        return Kept(path, "written", True)
    root = engagement.deliverables_path
    outcome, place = generated_file.put(root / BESIDE, text(model), made=Origin(made_by=MADE_BY), within=root)
    return Kept(place, outcome, False)


def text(model: DimensionalModel) -> str:
    """Give a model as the YAML that its document would be."""
    with TemporaryDirectory(prefix="decom-draft-") as folder:
        path = Path(folder) / f"{DimensionalModel.name}.yaml"
        save(path, model)
        return path.read_text(encoding="utf-8")
