"""Decision records: MADR 4.0 for people, front matter for the next audit, and nothing of a client's text that acts."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from decom_nb import knowledge
from decom_nb.decide import Decision, decide
from decom_nb.errors import InputError
from decom_nb.phases.architecture.answers import TABLES, answers
from decom_nb.phases.architecture.decision_record import moved_facts, read_record, read_records
from decom_nb.phases.architecture.deliverables import adr, adr_file_name
from decom_nb.phases.architecture.documents import Brief

TODAY = date(2026, 11, 23)
BRIEF = Brief.model_validate(
    {
        "project_name": "Nordwind 2027",
        "business_context": "sells outdoor gear",
        "data_consumers": [{"team": "Finance", "use_case": "reporting", "latency_requirement": "batch"}],
        "current_state": {
            "storage": ["PostgreSQL"],
            "pain_points": ["late-arriving orders"],
            "data_volume": {"current_gb_per_day": 2, "growth_rate_percent": 40, "retention_months": 24},
        },
        "constraints": {"team_size": 4, "cloud_provider": "AWS"},
    }
)
HEADINGS = [
    "## Context and Problem Statement",
    "## Decision Drivers",
    "## Considered Options",
    "## Decision Outcome",
    "### Consequences",
    "### Confirmation",
    "## Pros and Cons of the Options",
    "## More Information",
]
NASTY = [
    "<script>alert(1)</script>",
    "'); DROP TABLE x; --",
    "pay\u202eload",
    "a\n## Decision Outcome\nb",
    "`x` | [y](z) ---",
]


def decision(question: str = "pattern", brief: Brief = BRIEF) -> Decision:
    table = next(each for each in knowledge.decision_tables(TABLES) if each.question == f"architecture.{question}")
    return decide(table, answers(brief))


def written(question: str = "pattern", brief: Brief = BRIEF, **more: Any) -> str:
    return adr(decision(question, brief), "Assessment", brief, TODAY, 7, **more)


@pytest.mark.parametrize("question", ["pattern", "orchestration", "processing", "storage"])
@pytest.mark.parametrize("brief", [BRIEF, Brief()], ids=["a brief", "an empty one"])
def test_a_record_has_the_sections_of_madr(question: str, brief: Brief) -> None:
    text = written(question, brief)
    places = [text.find(f"\n{heading}\n") for heading in HEADINGS if brief is BRIEF or heading in text]
    assert places == sorted(places)
    assert -1 not in places
    for option in decision(question, brief).options:
        assert f"\n### {option.name}\n" in text
        assert f"\n* {option.name}\n" in text
    assert "\n\n\n" not in text
    for line, following in zip(text.splitlines(), text.splitlines()[1:], strict=False):
        assert not (following.startswith("* ") and line and not line.startswith("* ")), (
            "a list needs an empty line before it"
        )


def test_the_outcome_gives_reasons_and_the_confirmation_names_facts() -> None:
    text = written()
    assert "# 0007 Architecture pattern: Batch ETL" in text
    assert "Chosen option: “Batch ETL”, because nobody needs data sooner than hourly" in text
    assert "* How fresh must data be for the consumer who needs it soonest? **batch**" in text
    assert "(read from “late-arriving orders”)" in text
    assert "has to be answered with near-real-time instead of batch: Micro-batch would be recommended" in text


def test_people_may_choose_otherwise() -> None:
    text = written(chosen="Lakehouse")
    assert "Architecture pattern: Lakehouse" in text
    assert "Batch ETL was recommended; people chose otherwise" in text
    record = read_record(text)
    assert record is not None
    assert (record.basis.chosen, record.basis.winners) == ("Lakehouse", ("Batch ETL",))


def test_an_open_decision_is_not_dressed_up() -> None:
    assert "No option is chosen yet" in written(brief=Brief())


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


@pytest.mark.parametrize("text", NASTY)
def test_a_clients_words_stay_words(text: str) -> None:
    brief = BRIEF.model_copy(update={"business_context": text, "project_name": text})
    brief = brief.model_copy(
        update={"current_state": brief.current_state.model_copy(update={"pain_points": (f"late-arriving {text}",)})}
    )
    made = adr(decision(brief=brief), text, brief, TODAY, 1)
    assert not re.search(r"(?<!\\)<", made)
    assert "\u202e" not in made
    assert made.count("\n## Decision Outcome\n") == 1
    assert "[y](z)" not in made.replace("\\", "§")
    assert read_record(made) is not None


def test_file_names_sort_by_number() -> None:
    assert adr_file_name(decision(), 7) == "0007-architecture-pattern.md"


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
    assert list(moved_facts(record, decision())) == []
    larger = BRIEF.model_copy(update={"constraints": BRIEF.constraints.model_copy(update={"team_size": 30})})
    moved = list(moved_facts(record, decision(brief=larger)))
    assert [(row["fact"], row["then"], row["now"]) for row in moved] == [("team_size", 4, 30)]
    assert list(moved_facts(record, decision(brief=Brief()))) == []
