"""A phase of the methodology is a room: one package with one floor plan. This opens a room; `book.py` opens them all.

    phase.yaml       title, purpose, what is said of each rule
    tables/*.yaml    knowledge, one file per table
    documents.py     what people fill in               DOCUMENTS
    answers.py       what the decisions ask             answers(...), and readings(...) if it says how each came about
    measures.py      what is worked out from the rest   MEASURES
    readers.py       what is read back of deliverables  READERS
    mistakes.py      what is wrong beyond a document's shape   mistakes(...)
    rules.py         what must hold                     every `Rule` in it, its own or imported
    actions.py       what a person can start here       ACTIONS
    charts.py views.py deliverables.py commands.py      how it is shown, what it makes, its verbs

A part that a room does not need is absent.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from decom_nb import knowledge
from decom_nb.document import Document
from decom_nb.knowledge import DecisionTable
from decom_nb.rule import Rule, RuleText, Told, misfits

Report = Callable[[float | None, str], None]
"""How an action says how far it is: the share done, from 0 to 1 (None where nobody can tell), and what it is at."""

Cancelled = Callable[[], bool]
"""How an action asks whether the person wants it to stop; one that does gives what it has, or nothing."""


@dataclass(frozen=True)
class Choices:
    """Marks a setting of an action as one (or, in a tuple, several) of what a function gives.

    ``table: Annotated[str, Choices(known_tables)]``, where ``known_tables(table_sources)`` asks for what it needs by name,
    as a rule does, and gives the values, or a mapping of values to what they mean.
    """

    of: Callable[..., Iterable[str]]


class Wrong(NamedTuple):
    """What a room finds wrong in a document whose shape is right; `book.mistakes` finds file and line."""

    document: str
    """The document's name, such as ``suite``."""
    instance: str
    """Which of many; empty where there is one."""
    path: tuple[str | int, ...]
    """The keys and places that lead to it, such as ``("checks", 3, "where")``."""
    what: str
    instead: str = ""


class PhaseText(BaseModel):
    """A room's phase.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    number: int = Field(description="of the phase in the methodology; the rubric, which has none there, is 12")
    purpose: str
    source: str
    questions: tuple[str, ...] = Field(
        (), description="the tables that decide something, in the order in which they are asked"
    )
    questions_of_each: tuple[str, ...] = Field(
        (), description="the tables that are asked of each of many, as of each attribute; the room asks them itself"
    )
    rules: dict[str, RuleText] = Field(default_factory=dict)


class Phase:
    """One room, its parts imported when they are first asked for."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.name = package.rpartition(".")[2]

    def __repr__(self) -> str:
        return f"<phase {self.name}>"

    def part(self, name: str) -> ModuleType | None:
        """Give the module of that name in the room, ``None`` if the room has no such part."""
        full = f"{self.package}.{name}"
        return importlib.import_module(full) if importlib.util.find_spec(full) else None

    @cached_property
    def folder(self) -> Path:
        """Where the room lies."""
        return Path(importlib.import_module(self.package).__path__[0])

    @cached_property
    def text(self) -> PhaseText:
        """What the room says of itself and of its rules."""
        return knowledge.load(PhaseText, self.folder / "phase.yaml")

    @property
    def documents(self) -> tuple[type[Document], ...]:
        """The documents that people fill in here."""
        return tuple(getattr(self.part("documents"), "DOCUMENTS", ()))

    @property
    def measures(self) -> Mapping[str, Callable[..., Any]]:
        """What is worked out here, by the name that others ask for it."""
        return {each.__name__: each for each in getattr(self.part("measures"), "MEASURES", ())}

    @property
    def readers(self) -> Mapping[str, Callable[..., Any]]:
        """What is read back of this room's deliverables, by the name that others ask for it."""
        return {each.__name__: each for each in getattr(self.part("readers"), "READERS", ())}

    @property
    def actions(self) -> Mapping[str, Callable[..., Any]]:
        """What a person can start here with a button, by name."""
        return {each.__name__: each for each in getattr(self.part("actions"), "ACTIONS", ())}

    @property
    def mistakes(self) -> Callable[..., Iterable[Wrong]] | None:
        """The function that finds what is wrong in documents beyond their shape; it names what it needs, like a rule."""
        return getattr(self.part("mistakes"), "mistakes", None)

    @property
    def answers(self) -> Callable[..., Any] | None:
        """The function that gives the answers to this room's questions."""
        return getattr(self.part("answers"), "answers", None)

    @property
    def readings(self) -> Callable[..., Any] | None:
        """The function that says how the answers to this room's questions came about, if the room tells."""
        return getattr(self.part("answers"), "readings", None)

    @cached_property
    def tables(self) -> tuple[DecisionTable, ...]:
        """The decision tables of this room that are asked once, in the order of phase.yaml."""
        found = {table.question: table for table in knowledge.decision_tables(self.folder / "tables")}
        once, each = (
            [f"{self.name}.{question}" for question in questions]
            for questions in (self.text.questions, self.text.questions_of_each)
        )
        if sorted([*once, *each]) != sorted(found):
            raise LookupError(
                f"room {self.name} is out of step: phase.yaml asks {[*once, *each]}, its tables decide {sorted(found)}"
            )
        return tuple(found[question] for question in once)

    @cached_property
    def rules(self) -> tuple[Told, ...]:
        """The rules of this room with what phase.yaml says of each, in the order of phase.yaml."""
        found = [each for each in vars(self.part("rules") or object).values() if isinstance(each, Rule)]
        if wrong := misfits(found, self.text.rules):
            raise LookupError(f"room {self.name} is out of step: {'; '.join(wrong)}")
        by_name = {each.check.__name__: each for each in found}
        return tuple(Told(by_name[name], text) for name, text in self.text.rules.items())
