"""A column with few different values is counted once by value; what is asked of its values is then asked of those few."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from decom_nb.engine.answer import value_of
from decom_nb.engine.session import Session
from decom_nb.engine.work import Facts, Found, Work
from decom_nb.sql.column_type import family
from decom_nb.sql.quantity import Figure, Filled, Matching, NotAmong, Nulls, OutOfRange, Quantity, Unmet, ValueCounts
from decom_nb.sql.text import name, string

_DICTIONARY = 1 << 16
"""Bytes of a row group's dictionary, packed, up to which its column counts as one of few values."""
_PROBED = 20_000
"""Rows that are looked at where no footer tells whether values are few."""
_FEW = 500
"""Different values among those rows that are few."""


def fits(quantity: Quantity, column: str, type_: str) -> bool:
    """Tell whether the quantity follows from how often each value of the column occurs."""
    if quantity.where or quantity.by:
        return False
    if isinstance(quantity, Matching):
        wrong = quantity.wrong
        if wrong.column != column or isinstance(wrong, Unmet):
            return False
        # 0.0 and -0.0 are one value that is written in two ways.
        return family(type_) != "float" or isinstance(wrong, OutOfRange | NotAmong)
    if isinstance(quantity, Nulls):
        return quantity.of == (column,)
    if isinstance(quantity, Figure):
        return quantity.of == column and quantity.figure in ("min", "max", "distinct") and family(type_) != "float"
    return isinstance(quantity, Filled | ValueCounts) and quantity.of == column


def probe(session: Session, facts: Facts, columns: Sequence[str]) -> set[str]:
    """Give those of the columns that seem to have few different values: by the footers, else by some of the rows."""
    if facts.footers is not None:
        known = {each: facts.footers.chunks.get(each) for each in columns}
        return {
            each
            for each, found in known.items()
            if found is not None and found.dictionary is not None and found.dictionary <= _DICTIONARY
        }
    if not columns:
        return set()
    counts = ", ".join(f"count(DISTINCT c{at})" for at in range(len(columns)))
    listed = ", ".join(f"{name(each)} AS c{at}" for at, each in enumerate(columns))
    sql = f"SELECT {counts} FROM (SELECT {listed} FROM {facts.source} LIMIT {_PROBED})"
    return {each for each, number in zip(columns, session.rows(sql)[0], strict=True) if number <= _FEW}


def work(facts: Facts, column: str, quantities: Sequence[Quantity], because: str) -> Work:
    """Count the column by value, and find out from that what is asked of it."""
    count = name("n" if column != "n" else "m")
    counted = f"SELECT {name(column)}, count(*) AS {count} FROM {facts.source} GROUP BY ALL"
    type_ = facts.table.types[column]

    def do(session: Session, found: Found) -> None:
        few = session.temporary(counted)
        single = [each for each in quantities if not isinstance(each, ValueCounts)]
        if single:
            forms = ", ".join(_form(each, column, count) for each in single)
            row = session.rows(f"SELECT {forms} FROM {few}")[0]
            found.take(dict(zip(single, row, strict=True)), "value_table")
            for each in single:
                if isinstance(each, Matching):
                    found.finders[each] = partial(_hint, few=few, column=column, type_=type_, quantity=each)
        for each in quantities:
            if isinstance(each, ValueCounts):
                # The same query as over the table itself, counts added up.
                sql = each.query(few).replace("count(*)", f"CAST(sum({count}) AS BIGINT)", 1)
                found.take({each: value_of(each, *session.table(sql))}, "value_table")

    return Work(facts.table.name, "value_table", tuple(quantities), because, (counted,), do)


def _form(quantity: Quantity, column: str, count: str) -> str:
    """Give a quantity as an aggregate over the values and their counts."""
    if isinstance(quantity, Figure):
        return f"count({name(column)})" if quantity.figure == "distinct" else f"{quantity.figure}({name(column)})"
    condition = f"{name(column)} IS NOT NULL"
    if isinstance(quantity, Matching):
        condition = quantity.wrong.sql
    elif isinstance(quantity, Nulls):
        condition = f"{name(column)} IS NULL"
    return f"CAST(coalesce(sum({count}) FILTER (WHERE {condition}), 0) AS BIGINT)"


def _hint(session: Session, few: str, column: str, type_: str, quantity: Matching) -> list[str]:
    """Give a condition for rows with one of the wrong values, which bounds of row groups can rule out."""
    rows = session.rows(
        f"SELECT CAST({name(column)} AS VARCHAR) FROM {few} WHERE {quantity.wrong.sql} ORDER BY 1 LIMIT 5"
    )
    values = ", ".join(f"CAST({string(row[0])} AS {type_})" for row in rows)
    return [f"{name(column)} IN ({values})"] if values else []
