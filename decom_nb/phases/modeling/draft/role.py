"""Which tables are facts, which are dimensions, which only join others: clues with points, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from decom_nb.phases.modeling.draft.grain import Grain
from decom_nb.phases.modeling.draft.measure import Number
from decom_nb.phases.modeling.draft.reference import Reference
from decom_nb.phases.modeling.draft.seen import Confidence, SeenTable
from decom_nb.phases.modeling.draft.word import first, is_key_word, known, parts_of

Part = Literal["fact", "dimension", "bridge"]

_TELLING = ("keeps_history", "named_dimension", "pointed_to_often", "pointed_to_once")
"""Clues of a dimension that were found, where the others are what was not found."""


@dataclass(frozen=True)
class Role:
    """What part a table plays."""

    part: Part
    because: str
    confidence: Confidence
    points: int = 0


def event_times(table: SeenTable) -> tuple[str, ...]:
    """Give the columns that say when something happened; when a row was written or somebody born is no event."""
    found = []
    for each in table.columns:
        if table.family(each) not in ("date", "moment"):
            continue
        if first(known().technical, parts_of(each)) is None:
            found.append(each)
    return tuple(found)


def history_columns(table: SeenTable) -> tuple[str, ...]:
    """Give the columns that say from when until when a row holds."""
    found = ((each, first(known().technical, parts_of(each))) for each in table.columns)
    told = tuple(each for each, technical in found if technical and technical[0].history)
    return (*told, table.versions[1]) if table.versions and table.versions[1] not in told else told


def role(
    table: SeenTable,
    grain: Grain,
    references: Sequence[Reference],
    numbers: Mapping[str, Number],
    tables: Mapping[str, SeenTable],
) -> Role:
    """Say what part a table plays; `references` are all that were kept, of all tables."""
    out = [each for each in references if each.table == table.name and each.parent != table.name]
    into = {each.table for each in references if each.parent == table.name and each.table != table.name}
    named = first(known().tables, parts_of(table.definition.name[-1]))
    if table.snapshot:
        return Role("dimension", "A dbt snapshot: it tells of a thing and keeps its earlier states.", "high")
    if named and named[0].sure:
        return Role("fact" if named[0].role == "fact" else "dimension", named[0].because, "high")
    if bridge := _bridge(table, grain, out, numbers):
        return bridge
    clues = list(_clues(table, grain, out, into, numbers, tables))
    if named:
        clues.append(f"named_{named[0].role}")
    told = [known().clue(each) for each in clues]
    points = sum(each.points for each in told)
    border, sure = known().number("fact_points"), known().number("sure_points")
    part: Part = "fact" if points >= border else "dimension"
    apart = points - border if part == "fact" else border - 1 - points
    confidence: Confidence = "high" if apart >= sure else "medium" if apart >= sure / 2 else "low"
    mine = [each for each in told if (each.points > 0) == (part == "fact")]
    others = [each for each in told if each not in mine]
    if part == "dimension" and (others or not any(each.clue in _TELLING for each in mine)):
        # That nothing was found of a table is no evidence, and clues against it are.
        silent = not any(each.clue in _TELLING for each in mine) or "named_fact" in clues
        confidence = "low" if silent else "medium" if confidence == "high" else confidence
    said = " ".join(each.because for each in mine) or "Little speaks for a fact table."
    if others:
        said += " Against that: " + " ".join(each.because for each in others)
    return Role(part, said, confidence, points)


def _bridge(table: SeenTable, grain: Grain, out: Sequence[Reference], numbers: Mapping[str, Number]) -> Role | None:
    """Take a table whose key is keys of others, and which says nothing else, for one that joins many to many."""
    pointing = {column for each in out for column in each.columns}
    rest = [each for each in table.columns if each not in pointing]
    if len(out) < 2 or len(grain.columns) < 2 or not set(grain.columns) <= pointing or numbers:
        return None
    if any(first(known().technical, parts_of(each)) is None and not is_key_word(each) for each in rest):
        return None
    said = "Its key consists of keys of other tables, and it holds nothing else: it joins many to many."
    return Role("bridge", said, "high" if grain.confidence != "low" else "medium")


def _clues(
    table: SeenTable,
    grain: Grain,
    out: Sequence[Reference],
    into: set[str],
    numbers: Mapping[str, Number],
    tables: Mapping[str, SeenTable],
) -> Iterable[str]:
    if not out:
        yield "points_to_nothing" if into else "alone"
    if len({each.parent for each in out}) > 1:
        yield "points_to_several"
    if out and not into:
        yield "nothing_points_to_it"
    if into:
        yield "pointed_to_often" if len(into) > 1 else "pointed_to_once"
    if history_columns(table):
        yield "keeps_history"
    if event_times(table):
        yield "has_event_time"
    types = {each.type for each in numbers.values()}
    if "additive" in types:
        yield "has_sums"
    elif types:
        yield "has_other_measures"
    pointing = {column for each in out for column in each.columns}
    if len(grain.columns) > 1 and len(pointing.intersection(grain.columns)) > 1:
        yield "key_of_keys"
    parents = [tables[each.parent].rows for each in out]
    if parents and table.rows and all(each is not None and table.rows > each for each in parents):
        yield "longer_than_others"
