"""Puts a draft together: grains, references, roles, then fact tables and dimensions, each proposal with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.draft import draft_dimension, draft_fact
from decom_nb.phases.modeling.draft.case import Case
from decom_nb.phases.modeling.draft.from_tables import Asking
from decom_nb.phases.modeling.draft.grain import Grain, grain, is_own_key
from decom_nb.phases.modeling.draft.measure import numbers
from decom_nb.phases.modeling.draft.reason import Draft, Reason
from decom_nb.phases.modeling.draft.reference import Reference, references
from decom_nb.phases.modeling.draft.role import Role, history_columns, role
from decom_nb.phases.modeling.draft.seen import SeenTable, things
from decom_nb.phases.modeling.draft.version import version_grain, with_versions
from decom_nb.wording import counted, listed


def drafted(
    tables: Sequence[SeenTable],
    asking: Asking | None = None,
    *,
    notes: Sequence[str] = (),
    step: Callable[[float, str], None] | None = None,
) -> Draft:
    """Draft a model of tables; `asking` asks those that are at hand what one look did not show."""

    def at(done: float, what: str) -> None:
        if step:
            step(done, what)

    tables = [each for each in tables if each.columns]
    called = things(tables)
    tables = [with_versions(each, called[each.name], asking) for each in tables]
    grains = {}
    for number, each in enumerate(tables):
        at(0.5 * number / len(tables), f"the grain of {each.name}")
        found_grain = version_grain(each, asking) or grain(each, called[each.name], asking)
        grains[each.name] = _with_own_key(each, called[each.name], found_grain)
    at(0.5, "what points where")
    found = references(tables, called, grains, asking)
    kept = tuple(each for each in found if each.kept)
    by_name = {each.name: each for each in tables}
    keys = {
        each.name: {
            *grains[each.name].columns,
            *(column for to in kept if to.table == each.name for column in to.columns),
        }
        for each in tables
    }
    counted_numbers = {each.name: numbers(each, keys[each.name]) for each in tables}
    roles = {each.name: role(each, grains[each.name], kept, counted_numbers[each.name], by_name) for each in tables}
    case = Case(by_name, called, grains, kept, counted_numbers, roles, asking)
    reasons = [
        reason for each in tables for reason in _of_table(each, grains[each.name], roles[each.name], found, case)
    ]
    dimensions = []
    for number, each in enumerate(tables):
        if roles[each.name].part == "dimension":
            at(0.6 + 0.3 * number / len(tables), f"the levels of {each.name}")
            dimensions.append(draft_dimension.dimension(each, case, reasons))
    facts = [draft_fact.fact(each, case, reasons) for each in tables if roles[each.name].part != "dimension"]
    if case.dates and not any(each.name == draft_fact.DATES for each in dimensions):
        dimensions.append(draft_dimension.dates(case.dates, reasons))
    model = DimensionalModel(fact_tables=tuple(facts), dimensions=tuple(dimensions))
    return Draft(model, tuple(reasons), tuple(_row(each, roles[each.name], case) for each in tables), tuple(notes))


def _with_own_key(table: SeenTable, thing: str, found: Grain) -> Grain:
    """Let others point to the key of a table that keeps history, though it has several rows of each."""
    if not (history_columns(table) or table.snapshot):
        return found
    own = [(each,) for each in table.columns if is_own_key(table, thing, each) and (each,) not in found.keys]
    return replace(found, keys=(*found.keys, *own[:1]))


def _of_table(table: SeenTable, found: Grain, role: Role, references: Sequence[Reference], case: Case) -> list[Reason]:
    """Give what is proposed of a table as such: its part, its grain, what it points to."""
    part = {"fact": "fact table", "dimension": "dimension", "bridge": "factless fact table, a bridge"}[role.part]
    reasons = [Reason(table.name, "table", part, role.because, role.confidence, figures={"points": role.points})]
    figures = {"rows": found.rows, "duplicates": found.duplicates} if found.rows is not None else {}
    because = found.because
    if found.alternatives:
        others = listed((" + ".join(each) for each in found.alternatives), "or")
        because += f" Others that would do: {others}."
    what = "grain" if role.part != "dimension" else "natural key"
    proposed = " + ".join(case.natural(table) if role.part == "dimension" else found.columns) or "none found"
    reasons.append(Reason(table.name, what, proposed, because, found.confidence, bool(found.columns), figures))
    for each in references:
        if each.table != table.name:
            continue
        there = f"{each.parent}.{' + '.join(each.parent_columns)}"
        numbers = {} if each.share is None else {"share": round(each.share, 6), "orphans": each.orphans}
        subject = f"{table.name}.{' + '.join(each.columns)}"
        drafted = each.kept and len(each.columns) == 1
        because = each.because
        if each.kept and not drafted:
            because += " Its columns point to dimensions one by one."
        reasons.append(Reason(subject, "foreign key", there, because, each.confidence, drafted, numbers))
    return reasons


def _row(table: SeenTable, role: Role, case: Case) -> Mapping[str, object]:
    told = {"fact": "fact", "dimension": "dimension", "bridge": "bridge"}[role.part]
    return {
        "table": table.name,
        "part": told,
        "drafted_as": case.table_name(table),
        "rows": table.rows,
        "all_rows": table.whole,
        "columns": len(table.columns),
        "origin": table.origin,
        "place": table.place,
        "confidence": role.confidence,
    }


def summary(draft: Draft) -> str:
    """Say in a sentence what was drafted.

    >>> summary(Draft(DimensionalModel()))
    'Nothing was drafted.'
    """
    facts = counted(len(draft.model.fact_tables), "fact table", "fact tables")
    dimensions = counted(len(draft.model.dimensions), "dimension")
    if not draft.model.fact_tables and not draft.model.dimensions:
        return "Nothing was drafted."
    unsure = counted(sum(each.confidence == "low" and each.drafted for each in draft.reasons), "proposal")
    made = sum(each.name == draft_fact.DATES and not each.source for each in draft.model.dimensions)
    calendar = ""
    if made:
        own = len(draft.model.dimensions) - made
        dimensions = counted(own, "dimension")
        calendar = f", and the calendar {draft_fact.DATES}"
    return f"{facts} and {dimensions} from {counted(len(draft.tables), 'table')}{calendar}; {unsure} of low confidence."
