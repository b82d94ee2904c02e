"""Clues: what phrases match and what they leave alone; tools named in a brief."""

from __future__ import annotations

import pytest

from decom_nb.phases.architecture.clues import pattern, tools_in_use
from decom_nb.phases.architecture.documents import Brief


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (["two code*"], "we keep two codebases", True),
        (["two code*"], "two old codebases", False),
        (["two ... codebases"], "two old, separate codebases", True),
        (["lambda architecture"], "Lambda-Architecture", True),
        (["s3"], "S3 bucket", True),
        (["s3"], "ps3 console", False),
        (["delta"], "delta-lake", True),
        (["central* ... bottleneck*"], "The central data team is a bottleneck", True),
        (["central* ... bottleneck*"], "central " + "very " * 9 + "bottleneck", False),
        (["pub/sub"], "Google Pub/Sub", True),
        (["cost"], "costume", False),
    ],
)
def test_phrases(words: list[str], text: str, found: bool) -> None:
    assert bool(pattern(words).search(text)) is found


def test_tools_in_use_by_question() -> None:
    brief = Brief.model_validate(
        {
            "current_state": {"storage": ["PostgreSQL 16", "Iceberg on S3"], "pain_points": ["pandas is slow"]},
            "signals": {"tools_in_use": ["Airflow", "dbt"]},
        }
    )
    assert tools_in_use(brief) == {
        "architecture.storage": ("PostgreSQL", "S3/GCS/ADLS", "Delta Lake/Iceberg"),
        "architecture.processing": ("Pandas",),
        "architecture.orchestration": ("Airflow", "dbt"),
    }
