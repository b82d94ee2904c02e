"""What changed between two audits is told, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from decom_nb.audit import Audit
from decom_nb.book import Book
from decom_nb.difference import difference

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_an_audit_does_not_differ_from_itself(example: Path) -> None:
    audit = Book.open(example).audit(NOON)
    told = difference(audit, audit)
    assert (told.dimensions, told.findings, told.decisions, told.inputs_changed, told.other_versions) == (
        (),
        (),
        (),
        (),
        (),
    )


def test_inputs_versions_findings_and_decisions_are_told(example: Path) -> None:
    before = Book.open(example).audit(NOON)
    brief = example / "documents" / "brief.yaml"
    brief.write_text(
        brief.read_text(encoding="utf-8")
        .replace("cloud_provider: AWS", "cloud_provider: GCP")
        .replace("budget_monthly_usd: 7500", "budget_monthly_usd:"),
        encoding="utf-8",
    )
    after = Book.open(example).audit(NOON)
    told = difference(before, after.model_copy(update={"versions": {**after.versions, "knowledge": "other"}}))
    assert told.inputs_changed == ("documents/brief.yaml",)
    assert told.other_versions == ("knowledge",)
    assert "architecture.budget_is_stated" in {turned.rule for turned in told.findings}
    assert "architecture.storage" in {decided.question for decided in told.decisions}


def test_a_new_and_a_gone_rule_are_told(example: Path) -> None:
    audit = Book.open(example).audit(NOON)
    less: Audit = audit.model_copy(update={"findings": audit.findings[1:]})
    (new,) = difference(less, audit).findings
    (gone,) = difference(audit, less).findings
    assert (new.before, gone.after) == ("", "")
