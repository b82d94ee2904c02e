"""Aggregates that are asked of the same rows are found out in one pass over them: each column is decoded once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from decom_nb.check.checked import Decided
from decom_nb.engine.answer import hashable, value_of
from decom_nb.engine.session import Session
from decom_nb.engine.work import Facts, Found, Work
from decom_nb.sql.column_type import family
from decom_nb.sql.quantity import Figure, Filled, Groups, Matching, Nulls, Quantity, Rows
from decom_nb.sql.text import name, names


def query(
    facts: Facts, quantities: Sequence[Quantity], samples: int, missing: Sequence[Nulls] = ()
) -> tuple[str, list[int], list[int | None]]:
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
    addresses += [place(f"min({facts.address}, {samples}) FILTER (WHERE {_missing(each)})") for each in missing]
    listed = ", ".join([*([names(first.by)] if first.by else []), *places])
    grouped = f" GROUP BY {names(first.by)}" if first.by else ""
    return f"SELECT {listed} FROM {facts.source}{first.filtered}{grouped}", at, addresses


def one_pass(
    facts: Facts,
    quantities: Sequence[Quantity],
    samples: int,
    because: str,
    by: Decided = "shared_pass",
    missing: Sequence[Nulls] = (),
) -> Work:
    """Find out in one pass what is asked of the same rows, and where some rows without a value lie (`missing`)."""
    sql, at, addresses = query(facts, quantities, samples, missing)

    def do(session: Session, found: Found) -> None:
        rows = session.rows(sql)
        width = len(quantities[0].by)
        values: dict[Quantity, Any] = {}
        for each, column, address in zip(quantities, at, addresses, strict=False):
            if width:
                values[each] = {hashable(row[:width]): row[column] for row in rows}
                continue
            values[each] = rows[0][column]
            if address is not None and rows[0][address]:
                found.places[each] = list(rows[0][address])
        for nulls, address in zip(missing, addresses[len(quantities) :], strict=True):
            found.places[nulls] = list(rows[0][address] or ()) if address is not None else []
        found.take(values, by)

    return Work(facts.table.name, by, tuple(quantities), because, (sql,), do)


def only_wrong(
    facts: Facts,
    quantities: Sequence[Matching],
    samples: int,
    because: str,
    by: Decided,
    any_of: str = "",
    missing: Sequence[Nulls] = (),
) -> Work:
    """Count wrong rows by looking for them: row groups that cannot hold one are passed over, other rows are not kept.

    The values are the same as by the defining queries, whose conditions stand in a FILTER. `any_of` is a condition that holds
    for every row that is wrong in one way or another. `missing` are rows without a value in the same column: it is noted
    where some of them lie.
    """
    where = quantities[0].where
    wrong = any_of or " OR ".join(dict.fromkeys(each.wrong.sql for each in quantities))
    conditions = [each.wrong.sql for each in quantities] + [_missing(each) for each in missing]
    if missing and samples and facts.address:
        wrong = f"{wrong} OR {' OR '.join(conditions[len(quantities) :])}"
    alone = len(conditions) == 1
    select = []
    for condition in conditions:
        only = "" if alone else f" FILTER (WHERE {condition})"
        select += [f"count(*){only}", f"min({facts.address}, {samples}){only}" if samples and facts.address else "NULL"]
    sql = f"SELECT {', '.join(select)} FROM {facts.source} WHERE {f'({where}) AND ' if where else ''}({wrong})"

    def do(session: Session, found: Found) -> None:
        row = session.rows(sql)[0]
        for at, each in enumerate((*quantities, *missing)):
            if row[2 * at + 1]:
                found.places[each] = list(row[2 * at + 1])
        found.take({each: row[2 * at] for at, each in enumerate(quantities)}, by)

    return Work(facts.table.name, by, tuple(quantities), because, (sql,), do)


def own(facts: Facts, quantity: Quantity, sql: str, because: str, by: Decided = "query") -> Work:
    """Run the query that defines a quantity."""

    def do(session: Session, found: Found) -> None:
        found.take({quantity: value_of(quantity, *session.table(sql))}, by)

    return Work(facts.table.name, by, (quantity,), because, (sql,), do)


def adds_up(quantity: Quantity, facts: Facts) -> bool:
    """Tell whether the quantity of all rows follows from that of groups of rows, for floats up to rounding."""
    if isinstance(quantity, Figure):
        if family(facts.table.types.get(quantity.of, "")) == "float":
            return quantity.figure in ("sum", "mean")  # not the bounds: NaN is the largest here, and not in Python
        return quantity.figure in ("min", "max") and family(facts.table.types.get(quantity.of, "")) in ("whole", "date")
    return isinstance(quantity, Rows | Filled | Nulls | Matching)


def by_group(
    facts: Facts, groups: Groups, riders: Sequence[Quantity], samples: int, missing: Sequence[Nulls] = ()
) -> Work:
    """Find out figures by group, and in the same pass what adds up to figures of all rows.

    `missing` are rows without a value whose number is known: it is noted where some of them lie.
    """
    width = len(groups.group) + len(groups.figures)
    sql = groups.query(facts.source)
    places: dict[str, int] = {}

    def place(text: str) -> int:
        return places.setdefault(text, width + len(places))

    parts: list[tuple[Quantity, tuple[int, ...]]] = []
    for each in riders:
        if isinstance(each, Figure) and each.figure == "mean":
            at = [place(f"sum({name(each.of)})"), place(f"count({name(each.of)})")]
        else:
            at = [place(each.aggregate)]
        if isinstance(each, Matching) and samples and facts.address:
            at.append(place(f"min({facts.address}) FILTER (WHERE {each.wrong.sql})"))
        parts.append((each, tuple(at)))
    empty = [(each, place(f"min({facts.address}) FILTER (WHERE {_missing(each)})")) for each in missing]
    # The figures of the group come first, and are read as without riders.
    head, _, tail = sql.partition(f" FROM {facts.source}")
    sql = f"{head}, {', '.join(places)} FROM {facts.source}{tail}"

    def do(session: Session, found: Found) -> None:
        columns, rows = session.table(sql)
        values: dict[Quantity, Any] = {groups: value_of(groups, columns[:width], [row[:width] for row in rows])}
        for each, at in parts:
            values[each] = _added(each, at, rows)
            if isinstance(each, Matching) and len(at) > 1:
                found.places[each] = _first(rows, at[1], samples)
        for each, column in empty:
            found.places[each] = _first(rows, column, samples)
        found.take(values, "shared_pass")

    because = (
        f"the rows are grouped for {', '.join(groups.group)} anyway, and {len(riders)} figures add up over the groups"
    )
    return Work(facts.table.name, "shared_pass", (groups, *riders), because, (sql,), do)


def _first(rows: Sequence[Sequence[Any]], column: int, samples: int) -> list[int]:
    return sorted(row[column] for row in rows if row[column] is not None)[:samples]


def _missing(quantity: Nulls) -> str:
    return f"{name(quantity.of[0])} IS NULL"


def _added(quantity: Quantity, at: Sequence[int], rows: Sequence[Sequence[Any]]) -> Any:
    """Add the figures of the groups up."""
    if isinstance(quantity, Figure):
        known = [row[at[0]] for row in rows if row[at[0]] is not None]
        if quantity.figure == "mean":
            count = sum(row[at[1]] for row in rows)
            return sum(known) / count if count else None
        if not known:
            return None
        return sum(known) if quantity.figure == "sum" else min(known) if quantity.figure == "min" else max(known)
    return sum(row[at[0]] for row in rows)


def together(quantities: Iterable[Quantity]) -> list[list[Quantity]]:
    """Put together what is asked of the same rows."""
    found: dict[tuple[str, tuple[str, ...]], list[Quantity]] = {}
    for each in quantities:
        found.setdefault((each.where, each.by), []).append(each)
    return list(found.values())
