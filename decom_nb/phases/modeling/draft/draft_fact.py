"""Drafts a fact table: what it points to, its dates in their roles, its measures, the identifiers that stay in it."""

from __future__ import annotations

import re

from decom_nb.phases.modeling.dimensional_model import (
    DegenerateDimension,
    FactTable,
    JoinedSource,
    ModelForeignKey,
    ModelMeasure,
)
from decom_nb.phases.modeling.draft.case import Case, unique_name
from decom_nb.phases.modeling.draft.reason import Reason
from decom_nb.phases.modeling.draft.role import event_times
from decom_nb.phases.modeling.draft.seen import Confidence, SeenTable
from decom_nb.phases.modeling.draft.word import first, known, parts_of, singular
from decom_nb.wording import listed

DATES = "dim_date"

_TIME_END = re.compile(r"_?(date_?time|datetime|timestamp|date|time|day|at|on|ts|dt)$")
_PROSE = ("comment", "comments", "note", "notes", "description", "text", "remark", "remarks", "body", "message", "url")
_MILESTONES = 3
"""Dates of one row from which it may be a process that is followed to its end."""


class _Fact:
    """A fact table while it is drafted: names that are taken, and what each column became."""

    def __init__(self, table: SeenTable, case: Case, reasons: list[Reason]) -> None:
        self.table, self.case, self.reasons = table, case, reasons
        self.taken: set[str] = set()
        self.became: dict[str, str] = {}
        self.keys: list[ModelForeignKey] = []
        self.stays: list[DegenerateDimension] = []

    def say(
        self, column: str, what: str, proposed: str, because: str, sure: Confidence, *, drafted: bool = True
    ) -> None:
        self.reasons.append(Reason(f"{self.table.name}.{column}", what, proposed, because, sure, drafted))

    def stay(self, column: str, because: str, sure: Confidence, name: str = "") -> None:
        """Keep a column in the fact table."""
        called = unique_name(name or self.table.bare(column), self.taken)
        self.became.setdefault(column, called)
        told = self.table.column(column).description
        self.stays.append(
            DegenerateDimension(name=called, data_type=self.table.types[column], source=column, description=told)
        )
        self.say(column, "degenerate dimension", called, because, sure)


def fact(table: SeenTable, case: Case, reasons: list[Reason]) -> FactTable:
    """Draft a fact table of a table, and put why to `reasons`."""
    made = _Fact(table, case, reasons)
    _point(made)
    times = _dates(made)
    joined = _head(made)
    measures = _measures(made)
    _rest(made)
    grain = case.grains[table.name].columns
    columns = tuple(made.became[each] for each in grain if each in made.became)
    kind = _kind(made, times)
    thing = _thing(singular(case.thing(table)).split("_"))
    told = f"One row per {thing}" + (f", told apart by {listed(columns)}" if columns else "")
    return FactTable(
        name=case.table_name(table),
        grain=thing,
        grain_statement=told,
        grain_columns=columns if len(columns) == len(grain) else (),
        kind=kind,
        source=table.name,
        joined_sources=joined,
        measures=measures,
        degenerate_dimensions=tuple(made.stays),
        foreign_keys=tuple(made.keys),
    )


_PERIODS = {
    "hourly": "hour",
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "quarterly": "quarter",
    "yearly": "year",
}


def _thing(words: list[str]) -> str:
    """Say what a row is of: of a name that ends with its period, the thing and the period.

    >>> _thing(["stock", "daily"]), _thing(["order", "line"])
    ('stock and day', 'order line')
    """
    if len(words) > 1 and words[-1] in _PERIODS:
        return f"{singular('_'.join(words[:-1])).replace('_', ' ')} and {_PERIODS[words[-1]]}"
    return " ".join(words)


def _point(made: _Fact) -> None:
    """Let columns point to dimensions; those that point to other fact tables stay as identifiers."""
    table, case = made.table, made.case
    seen: dict[str, int] = {}
    for column, to in case.pointing(table).items():
        parent = case.tables[to.parent]
        if case.roles[to.parent].part != "dimension":
            own = " (its own)" if to.parent == table.name else ""
            said = (
                f"It points to {case.table_name(parent)}{own}, a fact table: its number stays, and so do reports by it."
            )
            made.stay(column, said, to.confidence)
            continue
        seen[to.parent] = seen.get(to.parent, 0) + 1
        name = unique_name("_".join(part for part in (to.role, case.surrogate(parent)) if part), made.taken)
        made.became[column] = name
        made.keys.append(ModelForeignKey(column=name, dimension=case.table_name(parent), role=to.role, source=column))
    for parent_name, number in seen.items():
        if number > 1:
            said = f"{number} columns point to it, each in a role of its own."
            dimension = case.table_name(case.tables[parent_name])
            made.reasons.append(Reason(table.name, "role-playing dimension", dimension, said, "high"))


def _dates(made: _Fact) -> dict[str, str]:
    """Let dates point to the date dimension, each in its role; of a date and a moment of one event the date does."""
    table = made.table
    events = event_times(table)
    stems: dict[str, str] = {}
    for column in sorted(events, key=lambda each: table.family(each) != "date"):
        stem = _TIME_END.sub("", table.bare(column)).strip("_")
        same = next((each for each in stems if each.removesuffix("ed") == stem.removesuffix("ed")), None)
        if same is not None and table.family(column) == "moment":
            made.stay(column, f"The moment of {stems[same]}, which points to {DATES}.", "medium")
            continue
        stems[stem] = column
        name = unique_name("_".join(part for part in (stem, "date_key") if part), made.taken)
        if table.family(column) == "date":
            made.became[column] = name
        else:
            said = f"The time of day stays in the fact table; its day points to {DATES}."
            made.stay(column, said, "medium")
        made.keys.append(ModelForeignKey(column=name, dimension=DATES, role=stem, source=column))
        made.case.dates.append(f"{table.name}.{column}")
        made.say(column, "foreign key", DATES, "It says when something happened.", "high" if table.rows else "medium")
    if len(stems) > 1:
        said = f"{len(stems)} dates of a row point to it, each in a role of its own."
        made.reasons.append(Reason(table.name, "role-playing dimension", DATES, said, "high"))
    return stems


def _head(made: _Fact) -> tuple[JoinedSource, ...]:
    """Bring down what the head of a row points to: the customer of an order belongs to each of its lines, too.

    Kimball and Ross, The Data Warehouse Toolkit, 3rd ed., 2013, ch. 6 (header and line fact tables).
    """
    table, case = made.table, made.case
    joined = []
    for column, to in case.pointing(table).items():
        head = case.tables[to.parent]
        if case.roles[to.parent].part != "fact" or to.confidence == "low" or not _is_part_of(made, column, head):
            continue
        there = [(each, case.tables[each.parent]) for each in case.pointing(head).values() if each.parent != head.name]
        brought = [(each.columns[0], parent) for each, parent in there if case.roles[parent.name].part == "dimension"]
        have = {key.dimension for key in made.keys}
        new = [(each, parent) for each, parent in brought if case.table_name(parent) not in have]
        days = event_times(head)[:1] if DATES not in have else ()
        if not new and not days:
            continue
        names = [*(case.table_name(parent) for _, parent in new), *([DATES] if days else [])]
        if column != to.parent_columns[0]:  # a join is written for columns of one name
            said = f"{listed(names)} of {head.name} belong to each of these rows; the key has another name there."
            made.say(column, "head", f"join {head.name}", said, "medium", drafted=False)
            continue
        said = f"{listed(names)} of {head.name} belong to each of these rows: it is joined, one row of it for several of these."
        made.say(column, "head", f"join {head.name}", said, "medium")
        for source, parent in new:
            name = unique_name(case.surrogate(parent), made.taken)
            made.keys.append(
                ModelForeignKey(column=name, dimension=case.table_name(parent), source=f"{head.name}.{source}")
            )
        for source in days:
            stem = _TIME_END.sub("", head.bare(source)).strip("_")
            name = unique_name("_".join(part for part in (stem, "date_key") if part), made.taken)
            made.keys.append(ModelForeignKey(column=name, dimension=DATES, role=stem, source=f"{head.name}.{source}"))
        joined.append(JoinedSource(table=head.name, by=(column,)))
    return tuple(joined)


def _is_part_of(made: _Fact, column: str, head: SeenTable) -> bool:
    """Tell whether a row is a part of the other, as a line is of an order: its key or its name says so, and it always is."""
    table, case = made.table, made.case
    if head.name == table.name or not table.is_filled(column):
        return False
    named = case.thing(table).startswith(f"{singular(case.thing(head))}_")
    return named or (column in case.grains[table.name].columns and len(case.grains[table.name].columns) > 1)


def _measures(made: _Fact) -> tuple[ModelMeasure, ...]:
    found = []
    keyed = any(each.dimension == DATES for each in made.keys)
    for column, number in made.case.numbers[made.table.name].items():
        name = unique_name(made.table.bare(column), made.taken)
        made.became[column] = name
        over = (DATES,) if number.type == "semi-additive" and keyed else ()
        found.append(
            ModelMeasure(
                name=name,
                type=number.type,
                aggregation=number.aggregation,
                business_definition=made.table.column(column).description,
                data_type=made.table.types[column],
                source=column,
                not_additive_over=over,
            )
        )
        made.say(
            column,
            "measure",
            f"{number.type}, {number.aggregation or 'worked out anew'}",
            number.because,
            number.confidence,
        )
    return tuple(found)


def _rest(made: _Fact) -> None:
    """Keep numbers and codes in the fact table; say of everything else why it is not drafted."""
    table, grain = made.table, made.case.grains[made.table.name]
    for column in table.columns:
        if column in made.became:
            continue
        figures, kind = table.figures.get(column), table.family(column)
        parts = parts_of(table.bare(column))
        few = known().number("few_values")
        if figures is not None and table.rows and not figures.filled:
            _leave(made, column, f"It has no value in any of {table.rows:,} rows.")
        elif column in grain.columns:
            made.stay(column, "It is part of what names a row.", "high")
        elif first(known().technical, parts_of(column)) or kind == "other":
            technical = first(known().technical, parts_of(column))
            _leave(made, column, technical[0].because if technical else "Nothing to group by or to sum.")
        elif first(known().keys, parts):
            made.stay(column, "A number or code that people look the event up by.", "medium")
        elif any(each in _PROSE for each in parts) or (figures and figures.length > known().number("long_text")):
            _leave(made, column, "Prose, which nobody groups by.")
        elif figures is not None and figures.distinct > few:
            said = f"About {figures.distinct:,} different values: an attribute of some dimension, or one of its own."
            _leave(made, column, said)
        elif figures is not None and figures.distinct <= 1:
            _leave(made, column, "It says the same in every row.")
        elif figures is not None:
            said = f"{figures.distinct:,} different values: a flag or code to group by; several of them make a junk dimension."
            made.stay(column, said, "medium")
        else:
            made.stay(column, "It may be a code to group by; without data nobody knows how many values it has.", "low")


def _leave(made: _Fact, column: str, because: str) -> None:
    made.say(column, "left out", "not in the fact table", because, "medium", drafted=False)


def _kind(made: _Fact, times: dict[str, str]) -> str:
    """Say what kind of fact table it is, and why."""
    table, case = made.table, made.case
    grain = set(case.grains[table.name].columns)
    numbers = case.numbers[table.name]
    levels = [each.column for each in numbers.values() if each.type == "semi-additive"]
    dated = [each for each in times.values() if each in grain]
    periodic = (each for each in known().tables if each.periodic)
    named = first(periodic, parts_of(table.definition.name[-1]))
    kind, said = "transaction", "A row for each event."
    sure: Confidence = "medium"
    open_ended = [each for each in times.values() if not table.is_filled(each)]
    if dated and (levels or named):
        why = (
            f"{listed(levels)} {'is a level' if len(levels) == 1 else 'are levels'} at a moment"
            if levels
            else "its name says so"
        )
        kind, said, sure = "periodic snapshot", f"{listed(dated)} is part of what names a row, and {why}.", "high"
    elif not numbers:
        kind, said, sure = "factless", "It holds no number: rows are counted.", "medium"
    elif len(times) >= _MILESTONES and open_ended and table.rows is not None:
        kind, sure = "accumulating snapshot", "medium"
        said = f"{len(times)} dates of one process in a row, of which {listed(open_ended)} may still be open."
    made.reasons.append(Reason(table.name, "kind of fact table", kind, said, sure))
    return kind
