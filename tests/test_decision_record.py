"""Decisions that people took: read back from their records, and held against today's facts."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from decom_nb import knowledge
from decom_nb.adr import Setting, adr
from decom_nb.decide import Decision, decide
from decom_nb.decision_record import moved_facts, read_record, read_records
from decom_nb.errors import InputError
from decom_nb.phases.architecture.answers import TABLES, answers
from decom_nb.phases.architecture.documents import Brief

BRIEF = Brief.model_validate(
    {
        "data_consumers": [{"team": "Finance", "use_case": "reporting", "latency_requirement": "batch"}],
        "current_state": {"data_volume": {"current_gb_per_day": 2, "growth_rate_percent": 40, "retention_months": 24}},
        "constraints": {"team_size": 4, "cloud_provider": "AWS"},
    }
)
TABLE = next(each for each in knowledge.decision_tables(TABLES) if each.question == "architecture.pattern")


def decision(brief: Brief = BRIEF) -> Decision:
    return decide(TABLE, answers(brief))


def written() -> str:
    return adr(decision(), TABLE, Setting("Assessment"), date(2026, 11, 23), 7)


def test_a_record_reads_back_what_it_was_taken_on() -> None:
    text = written()
    record = read_record(text)
    assert record is not None
    assert (record.status, record.date, record.accepted) == ("proposed", "2026-11-23", False)
    assert record.basis.facts == {name: value for name, value in decision().answers.items() if value is not None}
    assert yaml.safe_load(text.split("---")[1])["decom"]["question"] == "architecture.pattern"
    accepted = read_record(text.replace("status: proposed", "status: Accepted"))
    assert accepted is not None
    assert accepted.accepted


def test_what_is_no_record_of_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "0001-pattern.md").write_text(written(), encoding="utf-8")
    (tmp_path / "0002-other.md").write_text("---\nstatus: accepted\n---\n# by hand\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("# Decisions\n", encoding="utf-8")
    (tmp_path / "0003-half.md").write_text("---\nstatus: accepted\n# no end\n", encoding="utf-8")
    assert [record.file for record in read_records(tmp_path)] == [f"{tmp_path.name}/0001-pattern.md"]
    assert read_records(tmp_path / "none") == ()


def test_a_damaged_record_says_where(tmp_path: Path) -> None:
    damaged = written().replace('  question: "architecture.pattern"\n', "")
    (tmp_path / "0001-pattern.md").write_text(damaged, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape("decom.question")):
        read_records(tmp_path)


def test_only_what_counts_has_moved() -> None:
    record = read_record(written())
    assert record is not None
    assert list(moved_facts(record, decision(), TABLE)) == []
    larger = BRIEF.model_copy(update={"constraints": BRIEF.constraints.model_copy(update={"team_size": 30})})
    moved = list(moved_facts(record, decision(larger), TABLE))
    assert [(row["fact"], row["then"], row["now"]) for row in moved] == [("team_size", 4, 30)]
    assert list(moved_facts(record, decision(Brief()), TABLE)) == []
