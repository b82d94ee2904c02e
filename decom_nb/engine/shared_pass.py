"""Aggregates that are asked of the same rows are found out in one pass over them: each column is decoded once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from decom_nb.check.checked import Decided
from decom_nb.engine.answer import hashable, value_of
from decom_nb.engine.session import Session
from decom_nb.engine.work import Facts, Found, Work
from decom_nb.sql.quantity import Matching, Quantity
from decom_nb.sql.text import names


def query(facts: Facts, quantities: Sequence[Quantity], samples: int) -> tuple[str, list[int], list[int | None]]:
    """Give the query of one pass, and for each quantity the column it ends up in and that of the addresses of wrong rows.

    The quantities are of the same `where` and `by`, and each is one aggregate. The same aggregate is asked once.
    """
    first = quantities[0]
    places: dict[str, int] = {}
    at: list[int] = []
    addresses: list[int | None] = []

    def place(text: str) -> int:
        return places.setdefault(text, len(first.by) + len(places))

    for each in quantities:
        at.append(place(each.aggregate))
        wanted = samples and facts.address and isinstance(each, Matching) and not first.by
        addresses.append(
            place(f"min({facts.address}, {samples}) FILTER (WHERE {each.wrong.sql})")
            if wanted and isinstance(each, Matching)
            else None
        )
    listed = ", ".join([*([names(first.by)] if first.by else []), *places])
    grouped = f" GROUP BY {names(first.by)}" if first.by else ""
    return f"SELECT {listed} FROM {facts.source}{first.filtered}{grouped}", at, addresses


def one_pass(
    facts: Facts, quantities: Sequence[Quantity], samples: int, because: str, by: Decided = "shared_pass"
) -> Work:
    """Find out in one pass what is asked of the same rows."""
    sql, at, addresses = query(facts, quantities, samples)

    def do(session: Session, found: Found) -> None:
        rows = session.rows(sql)
        width = len(quantities[0].by)
        values: dict[Quantity, Any] = {}
        for each, column, address in zip(quantities, at, addresses, strict=True):
            if width:
                values[each] = {hashable(row[:width]): row[column] for row in rows}
                continue
            values[each] = rows[0][column]
            if address is not None and rows[0][address]:
                found.places[each] = list(rows[0][address])
        found.take(values, by)

    return Work(facts.table.name, by, tuple(quantities), because, (sql,), do)


def only_wrong(facts: Facts, quantity: Matching, samples: int, because: str, by: Decided, condition: str = "") -> Work:
    """Count the wrong rows by looking for them: row groups that cannot hold one are passed over, others not kept.

    The value is the same as by the defining query, whose condition stands in a FILTER. `condition` is another way to say
    what is wrong with a row.
    """
    wrong = condition or quantity.wrong.sql
    both = f"({quantity.where}) AND {wrong}" if quantity.where else wrong
    address = f", min({facts.address}, {samples})" if samples and facts.address else ""
    sql = f"SELECT count(*){address} FROM {facts.source} WHERE {both}"

    def do(session: Session, found: Found) -> None:
        row = session.rows(sql)[0]
        if address and row[1]:
            found.places[quantity] = list(row[1])
        found.take({quantity: row[0]}, by)

    return Work(facts.table.name, by, (quantity,), because, (sql,), do)


def own(facts: Facts, quantity: Quantity, sql: str, because: str, by: Decided = "query") -> Work:
    """Run the query that defines a quantity."""

    def do(session: Session, found: Found) -> None:
        found.take({quantity: value_of(quantity, *session.table(sql))}, by)

    return Work(facts.table.name, by, (quantity,), because, (sql,), do)


def together(quantities: Iterable[Quantity]) -> list[list[Quantity]]:
    """Put together what is asked of the same rows."""
    found: dict[tuple[str, tuple[str, ...]], list[Quantity]] = {}
    for each in quantities:
        found.setdefault((each.where, each.by), []).append(each)
    return list(found.values())
