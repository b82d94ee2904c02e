"""Decision records: MADR 4.0 for people, front matter for the next audit, and nothing of a client's text that acts."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from decom_nb import knowledge
from decom_nb.adr import Setting, adr, adr_file_name, proper_names
from decom_nb.book import Book
from decom_nb.decide import Decision, decide
from decom_nb.decision_record import read_record
from decom_nb.knowledge import DecisionTable
from decom_nb.phases.architecture.answers import TABLES, answers, readings
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


def table(question: str = "pattern") -> DecisionTable:
    return next(each for each in knowledge.decision_tables(TABLES) if each.question == f"architecture.{question}")


def decision(question: str = "pattern", brief: Brief = BRIEF) -> Decision:
    return decide(table(question), answers(brief))


def setting(brief: Brief = BRIEF) -> Setting:
    names = proper_names(option.name for each in knowledge.decision_tables(TABLES) for option in each.options)
    return Setting(brief.project_name or "Assessment", brief.business_context, readings(brief), names)


def written(question: str = "pattern", brief: Brief = BRIEF, **more: Any) -> str:
    return adr(decision(question, brief), table(question), setting(brief), TODAY, 7, **more)


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


@pytest.mark.parametrize("text", NASTY)
def test_a_clients_words_stay_words(text: str) -> None:
    brief = BRIEF.model_copy(update={"business_context": text, "project_name": text})
    brief = brief.model_copy(
        update={"current_state": brief.current_state.model_copy(update={"pain_points": (f"late-arriving {text}",)})}
    )
    made = adr(decision(brief=brief), table(), setting(brief), TODAY, 1)
    assert not re.search(r"(?<!\\)<", made)
    assert "\u202e" not in made
    assert made.count("\n## Decision Outcome\n") == 1
    assert "[y](z)" not in made.replace("\\", "§")
    assert read_record(made) is not None


def test_file_names_sort_by_number() -> None:
    assert adr_file_name(decision(), 7) == "0007-architecture-pattern.md"


def test_a_sentence_that_begins_with_a_name_keeps_its_capital() -> None:
    used = BRIEF.model_copy(update={"signals": BRIEF.signals.model_copy(update={"tools_in_use": ("spark",)})})
    text = written("storage", used)
    assert "because Spark is in use" in text
    assert not re.search("because (It|The|An|A) ", text)


def test_every_rooms_question_has_its_record(example: Path) -> None:
    book = Book.open(example)
    for question, made in book.supply(TODAY).values["decisions"].items():
        text = adr(made, book.table(question), setting(), TODAY, 1)
        record = read_record(text)
        assert record is not None
        assert record.basis.question == question
