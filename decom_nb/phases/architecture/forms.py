"""Which optional questions of the brief the form still asks: those that can change a decision, and those answered."""

from __future__ import annotations

from collections.abc import Mapping

from decom_nb import knowledge
from decom_nb.decide import Decision, decide, matters
from decom_nb.phases.architecture.answers import TABLES, readings
from decom_nb.phases.architecture.documents import Brief

_OPTIONAL = "signals."


def hidden(brief: Brief, decisions: Mapping[str, Decision] | None = None) -> set[str]:
    """Give the signals, by their path, that nobody answered and that cannot change any decision.

    What was read from words stays in sight, so that it can be corrected; so does what follows from other fields where
    another answer would put another option first. `decisions` are those on this very brief, made here if not given.
    """
    known = readings(brief)
    given = {name: reading.value for name, reading in known.items()}
    tables = knowledge.decision_tables(TABLES)
    ours = [decisions[table.question] if decisions else decide(table, given) for table in tables]
    asked = matters(ours) | {flip.name for each in ours for flip in each.flips}
    asked |= {name for name, reading in known.items() if reading.how == "read"}
    fields = [
        (field, text.name)
        for text in knowledge.answer_sheet(TABLES).answers
        for field in text.fields
        if field.startswith(_OPTIONAL)
    ]
    needed = {field for field, name in fields if name in asked}
    empty = {f"{_OPTIONAL}{name}" for name, value in brief.signals if value is None}
    return {field for field, _ in fields if field in empty} - needed
