"""A decision that people took, read from the front matter of its record and compared with today's facts.

`adr.py` words the records; a person changes their status to accepted, and from then on every audit looks
whether the facts they rest on still stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from decom_nb.condition import Answer
from decom_nb.decide import Decision
from decom_nb.errors import InputError, Mistake
from decom_nb.evidence.files import is_readable, printable
from decom_nb.knowledge import DecisionTable
from decom_nb.yaml_text.file import parse

FOLDER = "decisions"
"""Where records lie below an engagement's deliverables."""
TOGETHER = " + "
"""Stands between options that are chosen together."""
_FENCE = "---"
_SAME_DEGREE = 0.01


class Basis(BaseModel):
    """What a decision was taken on."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    question: str
    chosen: str = Field(description="the option that people chose, or several joined by “ + ”")
    winners: tuple[str, ...] = Field((), description="the options that came first then")
    recommended: tuple[str, ...] = Field((), description="what was recommended then, the winners or a combination")
    weights: dict[str, float] = Field(default_factory=dict)
    facts: dict[str, Answer] = Field(
        default_factory=dict, description="the answers given then, without what nobody knew"
    )


class DecisionRecord(BaseModel):
    """The part of an ADR that a program reads."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: str = ""
    date: str = ""
    basis: Basis = Field(alias="decom")
    file: str = ""

    @property
    def accepted(self) -> bool:
        """Whether people took the decision, and have not taken another one since."""
        return self.status.strip().lower() == "accepted"


def read_record(text: str, file: str = "") -> DecisionRecord | None:
    """Read the record out of an ADR; None where it was not written by this workbook."""
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != _FENCE or _FENCE not in (line.strip() for line in lines[1:]):
        return None
    end = next(at for at, line in enumerate(lines[1:], 1) if line.strip() == _FENCE)
    head = parse(("\n".join(lines[1:end]) + "\n").encode(), file).root.plain()
    if not isinstance(head, dict) or "decom" not in head:
        return None
    try:
        return DecisionRecord.model_validate({**head, "date": str(head.get("date", "")), "file": file})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise InputError(Mistake(file, 1, key, str(first["msg"]), "restore it from the record's history")) from None


def read_records(folder: Path) -> tuple[DecisionRecord, ...]:
    """Read the records in a folder, in the order of their file names; other Markdown is left alone."""
    found: list[DecisionRecord] = []
    mistakes: list[Mistake] = []
    for path in sorted(filter(is_readable, folder.glob("*.md"))):
        try:
            record = read_record(
                path.read_text(encoding="utf-8", errors="replace"), printable(f"{folder.name}/{path.name}")
            )
        except InputError as error:
            mistakes += error.mistakes
            continue
        if record is not None:
            found.append(record)
    if mistakes:
        raise InputError(mistakes)
    return tuple(found)


def chosen_names(decision: Decision, chosen: str | None) -> tuple[str, ...]:
    """Give the options that a record is about: what people chose, or what is recommended; of equals the first."""
    if chosen:
        return tuple(name.strip() for name in chosen.split(TOGETHER))
    return decision.combination or (decision.options[0].name,)


def basis(decision: Decision, chosen: str | None = None) -> Basis:
    """Give what a record of this decision rests on; two records with the same basis say the same."""
    return Basis(
        question=decision.question,
        chosen=TOGETHER.join(chosen_names(decision, chosen)),
        winners=decision.winners,
        recommended=decision.recommended,
        weights=decision.weights,
        facts={name: value for name, value in decision.answers.items() if value is not None},
    )


def moved_facts(record: DecisionRecord, decision: Decision, table: DecisionTable) -> Iterator[dict[str, Any]]:
    """Give the facts of a record that are others today and count for its question.

    A fact has moved where some row of the table is met to another degree by its new value; a number that grew without
    coming near any threshold has not. What is no longer answered cannot be compared and has not moved.
    """
    for name, then in record.basis.facts.items():
        now = decision.answers.get(name)
        if then == now or now is None or name not in table.by_answer:
            continue
        if any(_counts_differently(table, at, record.basis.facts, name, now) for at in table.by_answer[name]):
            yield {"decision": record.basis.chosen, "fact": name, "then": then, "now": now, "record": record.file}


def _counts_differently(table: DecisionTable, at: int, facts: Mapping[str, Answer], name: str, now: Answer) -> bool:
    when = table.rows[at].when
    before, after = when.degree(facts), when.degree({**facts, name: now})
    return abs(before.low - after.low) > _SAME_DEGREE or abs(before.high - after.high) > _SAME_DEGREE
