"""Drafts a dimension: keys, attributes, history, and the levels along which it is drilled."""

from __future__ import annotations

from collections.abc import Sequence

from decom_nb.phases.modeling.dimensional_model import Dimension, Hierarchy, ModelAttribute, ModelForeignKey
from decom_nb.phases.modeling.draft.case import Case, unique_name
from decom_nb.phases.modeling.draft.draft_fact import DATES
from decom_nb.phases.modeling.draft.level import levels
from decom_nb.phases.modeling.draft.reason import Reason
from decom_nb.phases.modeling.draft.role import history_columns
from decom_nb.phases.modeling.draft.seen import SeenTable
from decom_nb.phases.modeling.draft.word import first, known, parts_of
from decom_nb.wording import counted, listed

_LABELS = ("name", "title", "label")


def dimension(table: SeenTable, case: Case, reasons: list[Reason]) -> Dimension:
    """Draft a dimension of a table, and put why to `reasons`."""
    natural = case.natural(table)
    history = history_columns(table)
    surrogate = case.surrogate(table)
    taken = {surrogate, *natural}
    named = {each: each for each in natural}
    attributes = []
    for column in table.definition.columns:
        if column.name in history and table.versions and column.name == table.versions[1]:
            said = "It tells when a version begins; in the dimension the columns of SCD type 2 do."
            reasons.append(Reason(f"{table.name}.{column.name}", "left out", "no attribute", said, "medium", False))
        if column.name in history or (table.bare(column.name) == surrogate and column.name not in natural):
            continue
        if why := _left_out(table, column.name):
            reasons.append(Reason(f"{table.name}.{column.name}", "left out", "no attribute", why, "medium", False))
            continue
        if column.name not in natural:  # a key keeps the name that it has in the source
            named[column.name] = unique_name(case.column_name(table, column.name), taken)
        attributes.append(
            ModelAttribute(
                name=named[column.name],
                source=column.name,
                data_type=column.type,
                description=column.description,
            )
        )
    keeps = bool(history) or table.snapshot
    if keeps:
        said = (
            f"Its rows say from when until when they hold ({listed(history)})." if history else "It is a dbt snapshot."
        )
        if table.versions:
            said = f"It holds a row for each change of {table.versions[0]}: a change log, which a dimension of type 2 keeps."
        reasons.append(Reason(table.name, "SCD type", "2", said, "high" if history else "medium"))
    return Dimension(
        name=case.table_name(table),
        type=2 if keeps else None,
        natural_key=natural,
        surrogate_key=surrogate,
        source=table.name,
        attributes=tuple(attributes),
        hierarchies=_hierarchies(table, case, named, natural, reasons),
        foreign_keys=_foreign_keys(table, case, taken),
    )


def _foreign_keys(table: SeenTable, case: Case, taken: set[str]) -> tuple[ModelForeignKey, ...]:
    """Let a dimension point to others, but never in a circle: nothing could be loaded first."""
    found = []
    for column, to in case.pointing(table).items():
        if case.roles[to.parent].part != "dimension" or case.leads(to.parent, table.name):
            continue
        case.outriggers.setdefault(table.name, set()).add(to.parent)
        parent = case.tables[to.parent]
        name = unique_name("_".join(part for part in (to.role, case.surrogate(parent)) if part), taken)
        found.append(ModelForeignKey(column=name, dimension=case.table_name(parent), role=to.role, source=column))
    return tuple(found)


def _left_out(table: SeenTable, column: str) -> str:
    """Say why a column is no attribute; empty where it is one."""
    figures = table.figures.get(column)
    if figures is not None and table.rows and not figures.filled:
        return f"It has no value in any of {table.rows:,} rows."
    if table.types.get(column, "").upper() == "BLOB":
        return "Bytes are nothing to group by."
    technical = first(known().technical, parts_of(column))
    if technical and technical[1] in (
        "loaded",
        "ingested",
        "inserted",
        "synced",
        "extracted",
        "etl",
        "dwh",
        "row hash",
    ):
        return f"It is about the row and not about the thing. {technical[0].because}"
    return ""


def _hierarchies(
    table: SeenTable, case: Case, named: dict[str, str], natural: tuple[str, ...], reasons: list[Reason]
) -> tuple[Hierarchy, ...]:
    found: list[Hierarchy] = []
    if case.asking and table.rows:
        seen = levels(table, natural, case.asking)
        for label, code in seen.pairs:
            said = f"{code} and {label} are one to one: one describes the other, and neither is a level above."
            reasons.append(Reason(f"{table.name}.{code}", "descriptor", f"of {label}", said, "high", False))
        for chain in seen.chains:
            kept = chain.kept and all(each in named for each in chain.columns)
            proposed = " > ".join(named.get(each, each) for each in chain.columns)
            figures = {"rows": table.rows, "levels": len(chain.columns)}
            reasons.append(Reason(table.name, "hierarchy", proposed, chain.because, chain.confidence, kept, figures))
            if kept:
                levels_named = tuple(named[each] for each in chain.columns)
                found.append(Hierarchy(name=_called(levels_named, case.thing(table)), levels=levels_named))
    return (*found, *_by_reference(table, case, named, natural, reasons))


def _by_reference(
    table: SeenTable, case: Case, named: dict[str, str], natural: tuple[str, ...], reasons: list[Reason]
) -> list[Hierarchy]:
    """Draft a level above for what a row points to: a nation to its region, an employee to whom she reports."""
    found = []
    labels = (each for each in table.columns if table.bare(each) in _LABELS and each in named)
    label = next((each for each in labels if (each,) in case.grains[table.name].keys), "")
    for column, to in case.pointing(table).items():
        if column not in named or len(natural) != 1 or case.roles[to.parent].part != "dimension":
            continue
        low = natural[0] if to.parent == table.name or not label else label
        if low == column:
            continue
        pair = named[column], named[low]
        if to.parent == table.name:
            said = f"{column} points to another row of the same table: levels of any depth, to be walked or flattened."
            name = f"{named[column]}"
        else:
            level = first(known().above, parts_of(case.thing(case.tables[to.parent])))
            if level is None:  # whom a row points to is no level above it: a customer is not a level of employees
                continue
            said = (
                f"{to.because} Each row belongs to one of {case.table_name(case.tables[to.parent])}. {level[0].because}"
            )
            name = (
                case.thing(case.tables[to.parent]) if not to.role else f"{to.role}_{case.thing(case.tables[to.parent])}"
            )
        sure = to.confidence if table.rows or to.parent == table.name else "low"
        reasons.append(Reason(table.name, "hierarchy", " > ".join(pair), said, sure))
        found.append(Hierarchy(name=name, levels=pair))
    return found


def _called(levels: Sequence[str], thing: str) -> str:
    """Give a name to a hierarchy, by its widest level."""
    return f"{thing}_by_{levels[0]}"


def dates(columns: Sequence[str], reasons: list[Reason]) -> Dimension:
    """Draft the date dimension that dates of fact tables point to."""
    shown = ", ".join(columns[:6]) + (" …" if len(columns) > 6 else "")
    said = f"One date dimension for {counted(len(columns), 'date')} of fact tables, in a role each: {shown}."
    reasons.append(Reason(DATES, "table", "dimension", said, "high", figures={"dates": len(columns)}))
    return Dimension(name=DATES, type=1, natural_key=("full_date",), surrogate_key="date_key")
