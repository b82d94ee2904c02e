"""The page of sources says how old evidence was and what else one should know of a file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from decom_nb.audit import Input
from decom_nb.evidence.source import SourceFile, source_of
from decom_nb.view import render

TAKEN_AT = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(days=25, hours=3), "25 days before the audit"),
        (timedelta(days=1), "1 day before the audit"),
        (timedelta(hours=3), "less than a day before the audit"),
        (-timedelta(hours=3), "less than a day before the audit"),
    ],
)
def test_the_age_and_the_remarks_of_evidence_are_shown(age: timedelta, said: str) -> None:
    note = "dbt generate ran no model & no test here"
    file = SourceFile(path="evidence/run_results.json", kind="dbt run results", as_of=TAKEN_AT - age, note=note)
    values = {
        "sources": [source_of("dbt run results", [file], [])],
        "inputs": [Input(path=file.path, kind=file.kind, sha256="0" * 64)],
    }
    page = str(render("decom_nb.phases.rubric", "sources.html", **values, taken_at=TAKEN_AT))
    assert said in page
    assert page.count("ran no model &amp; no test") == 2
    assert "before the audit" not in str(render("decom_nb.phases.rubric", "sources.html", **values))
