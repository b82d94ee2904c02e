"""The gate fails on what is shown, never on what is waived."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from decom_nb.audit import Audit
from decom_nb.book import Book
from decom_nb.gate import gate


@pytest.fixture
def audit(example: Path) -> Audit:
    return Book.open(example).audit(datetime(2026, 11, 1, tzinfo=UTC))


def test_the_lower_end_is_what_counts(audit: Audit) -> None:
    assert gate(audit, audit.scorecard.low, None) == []
    assert "below" in gate(audit, audit.scorecard.low + 0.01, None)[0]
    assert gate(audit, audit.scorecard.high - 0.01, None)


def test_severities_from_the_named_one_upwards_fail(audit: Audit) -> None:
    counted = [len(gate(audit, None, severity)) for severity in ("critical", "high", "medium", "low")]
    assert counted == sorted(counted)
    assert counted[-1] == sum(each.outcome in ("false", "error") and not each.waived for each in audit.findings)


def test_no_gate_no_failure(audit: Audit) -> None:
    assert gate(audit, None, None) == []
