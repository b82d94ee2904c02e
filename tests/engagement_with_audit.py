"""A small engagement with an audit that was not taken of anything: for tests of what shows audits."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import nbformat

from decom_nb import audit as audits
from decom_nb.audit import Audit, Who
from decom_nb.engagement import Engagement
from decom_nb.phases.rubric.table import RUBRIC
from decom_nb.score import scorecard

TAKEN_AT = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


def made_audit(name: str = "Acme data platform", client: str = "Acme") -> Audit:
    """An audit that found nothing."""
    made = Audit(
        taken_at=TAKEN_AT,
        versions={"decom_nb": "1.2.3"},
        engagement=Who(name=name, client=client),
        inputs=(),
        sources=(),
        documents={},
        measures={},
        decisions=(),
        findings=(),
        waivers=(),
        claims={},
        rubric=RUBRIC,
        repairs=(),
        scorecard=scorecard(RUBRIC, [], {}, {}),
    )
    return made.model_copy(update={"id": audits.identity(TAKEN_AT, made.digest())})


def engagement_with_audit(
    folder: Path, name: str = "Acme data platform", client: str = "Acme"
) -> tuple[Engagement, Audit]:
    """Make the engagement and write the audit into it."""
    engagement = Engagement.create(folder, name=name, client=client)
    audit = made_audit(name, client)
    audits.write(audit, engagement.audits_path)
    return engagement, audit


def notebook(path: Path, *cells: str, title: str = "") -> Path:
    """Write a notebook: a title, the parameters cell, then a cell each, markdown where it begins with a #."""
    v4 = nbformat.v4
    made = v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    parameters = v4.new_code_cell('engagement = "nowhere"', metadata={"tags": ["parameters"]})
    rest = [v4.new_markdown_cell(each) if each.startswith("#") else v4.new_code_cell(each) for each in cells]
    made.cells = [v4.new_markdown_cell(f"# {title or path.stem}"), parameters, *rest]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(made, path)
    return path
