"""Columns that the model takes from its sources, against the columns that these are known to have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.known_columns import known_columns
from decom_nb.finding import Finding, between, not_applicable, not_known
from decom_nb.phases.modeling.data.model_column import is_calendar
from decom_nb.phases.modeling.dimensional_model import Dimension, DimensionalModel, FactTable
from decom_nb.rule import rule
from decom_nb.wording import counted, listed

_NAMED = 3
_NAME = re.compile(r"(?:\w+\.)*\w+")
"""A column, with or without its table; expressions are not taken apart here."""
Columns = Mapping[str, set[str]]
Told = list[tuple[bool | None, dict[str, Any]]]


@rule
def columns_stand_in_their_sources(dimensional_model: DimensionalModel, dbt: Dbt | None, tables: Any | None) -> Finding:
    """Every column that the model takes stands in its source, or in one source that is joined to it."""
    return _judged(looked_up(dimensional_model, known_columns(dbt, tables, all_of_them=True)))


def looked_up(model: DimensionalModel, known: Columns) -> Told:
    """Tell of each column that the model takes whether it stands in its source (None: not known), with the row that shows it.

    `known` are the columns of tables by the tables' names without schema, all in small letters.
    """
    told: Told = []
    made: tuple[FactTable | Dimension, ...] = (*model.fact_tables, *model.dimensions)
    for table in made:
        if not table.source:
            continue
        joined = table.joined_sources if isinstance(table, FactTable) else ()
        names = [table.source, *(each.table for each in joined)]
        taken = dict.fromkeys(_taken(table, model))
        for column, of in taken:
            holds, because = _stands(of, names, known)
            told.append((holds, {"table": table.name, "column": column, "source": of, "because": because}))
        for each in joined:
            for column in each.by:
                for name in (table.source, each.table):
                    holds, because = _stands(f"{_last(name)}.{column}", [name], known)
                    row = {"table": table.name, "column": column, "source": name, "because": because}
                    told.append((holds, row))
    return told


def _taken(table: FactTable | Dimension, model: DimensionalModel) -> Iterator[tuple[str, str]]:
    """Give each column with what it is taken from, where that is a column."""
    dimensions = {each.name: each for each in model.dimensions}
    said: list[tuple[str, str]] = []
    for key in table.foreign_keys:
        there = dimensions.get(key.dimension)
        natural = there.natural_key if there and not is_calendar(there) and not key.level else (key.column,)
        of = [key.source] if "(" in key.source else [each.strip() for each in key.source.split(",") if each.strip()]
        said += [(key.column, each) for each in of or natural]
    if isinstance(table, FactTable):
        said += [(each.name, each.source or each.name) for each in table.degenerate_dimensions]
        said += [(each.name, each.source or each.name) for each in table.measures]
        done = {name for name, _ in said}
        said += [(each, each) for each in table.grain_columns if each not in done]
    else:
        own = {each.name: each.source or each.name for each in table.attributes if each.name != table.surrogate_key}
        said += [(name, of) for name, of in ({each: each for each in table.natural_key} | own).items()]
    return ((column, of) for column, of in said if _NAME.fullmatch(of) and not of[0].isdigit())


def _stands(of: str, names: list[str], known: Columns) -> tuple[bool | None, str]:
    """Tell whether a column stands in the tables it may be of, and if not, why; nothing where these are not known."""
    head, _, column = of.casefold().rpartition(".")
    if head:
        names = [each for each in names if _last(each) == head.rpartition(".")[2]]
    has = {each: known.get(_last(each)) for each in names}
    if not names or any(columns is None for columns in has.values()):
        return None, ""
    having = [name for name in names if column in (has[name] or ())]
    if not having:
        return False, f"{listed(names)} {'has' if len(names) == 1 else 'have'} no such column."
    if names[0] not in having and len(having) > 1:
        return False, f"{listed(having)} have it, and nothing says of which it is."
    return True, ""


def _last(table: str) -> str:
    return table.rpartition(".")[2].casefold()


def _judged(told: Told) -> Finding:
    if not told:
        return not_applicable("The model takes no column from a source.")
    wrong = [row for holds, row in told if holds is False]
    unknown = sum(holds is None for holds, _ in told)
    total = counted(len(told), "column")
    if unknown == len(told):
        return not_known(f"The columns of the sources that {total} of the model are taken from are not known.")
    parts = []
    if wrong:
        names = [f"{row['table']}.{row['column']}" for row in wrong]
        more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
        parts.append(f"{len(wrong)} of {total} are not in their source: {listed([*names[:_NAMED], *more])}.")
    else:
        parts.append(f"{len(told) - unknown} of {total} stand in their source.")
    if unknown:
        parts.append(f"Of {unknown} the source's columns are not known.")
    low = (len(told) - len(wrong) - unknown) / len(told)
    return between(low, low + unknown / len(told), " ".join(parts), rows=wrong)
