"""Whether what a row refers to exists, by facts about the parent's key that one small scan gives.

A parent that holds every number between its smallest and largest makes the question a range test. One whose keys differ is
joined, and every row that finds its parent is found once: the others are orphans. Any other parent is looked into by the
defining query.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from decom_nb.engine import shared_pass
from decom_nb.engine.session import Session
from decom_nb.engine.work import Facts, Found, Work
from decom_nb.sql.column_type import family
from decom_nb.sql.quantity import Matching, Orphans, OutOfRange
from decom_nb.sql.text import name

_WIDEST = 1_000_000_000
_SPARSE = 64


@dataclass(frozen=True)
class Parent:
    """What is known of the key of a parent table."""

    low: int | None
    high: int | None
    filled: int
    different: int | None
    """How many different keys there are; None where they lie too far apart to be marked."""

    @property
    def dense(self) -> bool:
        """Tell whether every number from `low` to `high` is a key."""
        return self.low is not None and self.high is not None and self.different == self.high - self.low + 1

    @property
    def unique(self) -> bool:
        """Tell whether no key occurs twice."""
        return self.different == self.filled


def parent_facts(session: Session, facts: Facts, column: str) -> Parent:
    """Look at the key of a parent table."""
    key = name(column)
    low, high, filled = session.rows(f"SELECT min({key}), max({key}), count({key}) FROM {facts.source}")[0]
    if low is None:
        return Parent(None, None, 0, 0)
    span = high - low + 1
    if span > _WIDEST or span > max(_SPARSE * filled, 1 << 20) or not -(2**63) <= low <= high < 2**63:
        return Parent(low, high, filled, None)
    as_number = f"CAST({key} AS BIGINT)"
    marks = f"bitstring_agg({as_number}, CAST({low} AS BIGINT), CAST({high} AS BIGINT))"
    return Parent(low, high, filled, session.rows(f"SELECT bit_count({marks}) FROM {facts.source}")[0][0])


def work(
    facts: Facts,
    parent: Facts,
    quantity: Orphans,
    known: Callable[[Session], Parent],
    samples: int,
) -> Work:
    """Find out how many rows refer to nothing."""
    own = [facts.table.types[each] for each in quantity.of]
    theirs = [parent.table.types.get(each, "") for each in quantity.parent_columns]
    defining = quantity.query(facts.source, parent.source)
    if len(own) != 1 or quantity.by or {family(own[0]), family(theirs[0])} != {"whole"}:
        because = (
            "rows without a parent, looked for by the key" if not quantity.by else "rows without a parent, by partition"
        )
        return shared_pass.own(facts, quantity, defining, because, "scan")
    column, key = name(quantity.of[0]), name(quantity.parent_columns[0])
    source = f"(SELECT * FROM {facts.source}{quantity.filtered})" if quantity.where else facts.source
    joined = (
        f"SELECT (SELECT count({column}) FROM {source}) - "
        f"(SELECT count(*) FROM {source} AS c JOIN (SELECT {key} AS k FROM {parent.source}) AS p ON c.{column} = p.k)"
    )

    def do(session: Session, found: Found) -> None:
        seen = known(session)
        if seen.dense:
            wrong = OutOfRange(quantity.of[0], own[0], seen.low, seen.high)
            as_range = Matching(table=quantity.table, where=quantity.where, wrong=wrong)
            if not quantity.where and facts.footers:
                undecided = facts.footers.undecided(quantity.of[0], [wrong])
                if undecided == [0]:
                    found.take({quantity: 0}, "range_test")
                    return
            inner = Found()
            shared_pass.only_wrong(facts, [as_range], samples, "", "range_test").do(session, inner)
            found.take({quantity: inner.values[as_range]}, "range_test")
            if as_range in inner.places:
                found.places[quantity] = inner.places[as_range]
            if not quantity.where:
                found.finders[quantity] = lambda _: [wrong.sql]
        elif seen.unique and seen.filled:
            found.take({quantity: session.rows(joined)[0][0]}, "join_count")
        else:
            found.take({quantity: session.rows(defining)[0][0]}, "scan")

    because = "a range test if the parent's keys leave no gap, a count of joined rows if they differ, else a search"
    return Work(facts.table.name, "range_test", (quantity,), because, (joined,), do)
