"""Sends every quantity to the cheapest evidence that decides it exactly. The order of the steps is the order of their cost.

footers       row counts, null counts, bounds: no value is looked at
zone maps     ranges that few row groups can violate: the others are passed over
value tables  columns of few values: counted once, all questions asked of the values
keys          repeats and orphans: bitmaps, sorted hashes, facts about the parent
shared pass   all other aggregates over the same rows, together
own queries   what no aggregate tells
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from decom_nb.engine import keys, reads, references, shared_pass, value_table
from decom_nb.engine.session import Session
from decom_nb.engine.work import Facts, Found, Work
from decom_nb.sql.column_type import family
from decom_nb.sql.quantity import (
    Duplicates,
    Figure,
    Filled,
    Groups,
    Matching,
    NotAmong,
    Nulls,
    Orphans,
    OutOfRange,
    OwnQuery,
    Quantity,
    Rows,
    Uncastable,
    Unmatched,
    Unmet,
)
from decom_nb.sql.text import name, value

Plan = Literal["cheapest", "scan"]

_UNDECIDED = 0.5
"""Rows that row groups leave undecided, for all ranges of a column together, as a share of its rows."""
_GROUPS = 100_000
"""Groups up to which further figures of each cost less than another pass over the rows."""
_FIGURES = 32
"""Figures of one pass, unless more of them read the same columns."""
_RIDERS = 6
"""Figures that ride along with a grouping at most: each is kept for every group, while a pass of its own decodes again."""
_APART = 3
"""Ranges of one column that are looked for one by one: DuckDB is quicker at a single comparison."""
_COUNTED = 5
"""Questions about a column of numbers from which on counting its values is cheaper than asking each."""


@dataclass
class Planner:
    """Makes the pieces of work for one table after another."""

    session: Session
    facts: Callable[[str], Facts]
    """Gives what is known of a table, which is opened for it."""
    samples: int = 5
    plan: Plan = "cheapest"
    expected: dict[Quantity, int] = field(default_factory=dict)
    """How many groups a quantity by groups will have at most, where that is known."""

    def __post_init__(self) -> None:
        """Begin with no parents known."""
        self._parents: dict[tuple[str, str], references.Parent] = {}
        self._missing: list[Nulls] = []

    def works(self, table: str, quantities: Iterable[Quantity], found: Found) -> list[Work]:
        """Plan how to find out the quantities of one table. What footers tell is found out at once."""
        facts = self.facts(table)
        self._missing = []
        left = [each for each in dict.fromkeys(quantities) if each not in found.values]
        if self.plan == "scan":
            return self._scan(facts, left)
        works: list[Work] = []
        for step in (self._footers, self._zone_maps, self._value_tables, self._keys, self._references):
            made, left = step(facts, left)
            works += made
        return works + self._rest(facts, left)

    # -- without a plan ---------------------------------------------------------------------------------------------

    def _scan(self, facts: Facts, quantities: Sequence[Quantity]) -> list[Work]:
        """Ask all aggregates of the same rows in one scan, and everything else by its defining query."""
        aggregates = shared_pass.together(each for each in quantities if each.aggregate)
        because = "asked for: one scan of all rows"
        works = [shared_pass.one_pass(facts, alike, self.samples, because, "scan") for alike in aggregates]
        because = "asked for: the query that defines it"
        return works + [self._own(facts, each, because) for each in quantities if not each.aggregate]

    def _own(self, facts: Facts, quantity: Quantity, because: str) -> Work:
        if isinstance(quantity, OwnQuery):
            sources = {each: self.facts(each).source for each in quantity.others}
            sql = quantity.query(facts.source, sources)
        elif isinstance(quantity, Orphans):
            sql = quantity.query(facts.source, self.facts(quantity.parent).source)
        else:
            sql = quantity.query(facts.source)
        return shared_pass.own(facts, quantity, sql, because)

    # -- footers ----------------------------------------------------------------------------------------------------

    def _footers(self, facts: Facts, quantities: Sequence[Quantity]) -> tuple[list[Work], list[Quantity]]:
        footers = facts.footers
        if footers is None:
            return [], list(quantities)
        known: dict[Quantity, object] = {}
        for each in quantities:
            if each.where or each.by:
                continue
            if isinstance(each, Rows):
                known[each] = footers.rows
            elif isinstance(each, Filled) and (chunks := footers.chunks.get(each.of)) and chunks.nulls is not None:
                known[each] = footers.rows - chunks.nulls
            elif isinstance(each, Nulls):
                nulls = _nulls(facts, each)
                if nulls is not None:
                    known[each] = nulls
            elif isinstance(each, Figure) and each.figure in ("min", "max"):
                bounds = footers.bounds(each.of)
                if bounds is not None:
                    known[each] = bounds[each.figure == "max"]
        left = [each for each in quantities if each not in known]
        self._missing = [
            each for each, value in known.items() if isinstance(each, Nulls) and len(each.of) == 1 and value
        ]
        return [_told(facts, each, value, self.samples) for each, value in known.items()], left

    def _missing_in(self, facts: Facts, quantities: Iterable[Quantity]) -> list[Nulls]:
        """Give the rows without a value, known by their number, of which a pass for the quantities sees where they lie."""
        if not (self.samples and facts.address):
            return []
        read: set[str] = set()
        for each in quantities:
            read |= reads.columns_of(each, facts.table)
        seen = [each for each in self._missing if each.of[0] in read]
        self._missing = [each for each in self._missing if each not in seen]
        return seen

    # -- zone maps --------------------------------------------------------------------------------------------------

    def _zone_maps(self, facts: Facts, quantities: Sequence[Quantity]) -> tuple[list[Work], list[Quantity]]:
        footers = facts.footers
        if footers is None:
            return [], list(quantities)
        by_column: dict[str, list[Matching]] = {}
        for each in quantities:
            if isinstance(each, Matching) and isinstance(each.wrong, OutOfRange) and not each.where and not each.by:
                by_column.setdefault(each.wrong.column, []).append(each)
        works: list[Work] = []
        for column, ranges in by_column.items():
            undecided = footers.undecided(column, [_range(each) for each in ranges])
            if undecided is None:
                continue
            open_: list[tuple[Matching, int]] = []
            for each, rows in zip(ranges, undecided, strict=True):
                if rows:
                    open_.append((each, rows))
                else:
                    works.append(_told(facts, each, 0, self.samples, "the bounds of every row group lie in the range"))
            near = [each for each, rows in open_ if rows <= _UNDECIDED * footers.rows]
            most = max((rows for each, rows in open_ if each in near), default=0)
            because = (
                f"bounds leave at most {most:,} of {footers.rows:,} rows undecided; other row groups are passed over"
            )
            works += [
                shared_pass.only_wrong(facts, some, self.samples, because, "zone_map", _out_of_any(some))
                for some in ([near] if len(near) > _APART else [[each] for each in near])
            ]
        done = {each for work in works for each in work.quantities}
        return works, [each for each in quantities if each not in done]

    # -- value tables -----------------------------------------------------------------------------------------------

    def _value_tables(self, facts: Facts, quantities: Sequence[Quantity]) -> tuple[list[Work], list[Quantity]]:
        types = facts.table.types
        by_column: dict[str, list[Quantity]] = {}
        for each in quantities:
            if len(each.columns) == 1 and value_table.fits(each, each.columns[0], types[each.columns[0]]):
                by_column.setdefault(each.columns[0], []).append(each)
        wanted = [column for column, asked in by_column.items() if _worth_counting(asked, types[column])]
        few = value_table.probe(self.session, facts, wanted)
        works = []
        for column in wanted:
            if column in few:
                because = f"{column} has few different values: they are counted once, and judged instead of the rows"
                works.append(value_table.work(facts, column, by_column[column], because))
        done = {each for work in works for each in work.quantities}
        return works, [each for each in quantities if each not in done]

    # -- keys -------------------------------------------------------------------------------------------------------

    def _keys(self, facts: Facts, quantities: Sequence[Quantity]) -> tuple[list[Work], list[Quantity]]:
        works, left = [], []
        for each in quantities:
            work = keys.work(facts, each) if isinstance(each, Duplicates) else None
            if work is None:
                left.append(each)
            else:
                works.append(work)
        return works, left

    def _references(self, facts: Facts, quantities: Sequence[Quantity]) -> tuple[list[Work], list[Quantity]]:
        works, left = [], []
        for each in quantities:
            if not isinstance(each, Orphans):
                left.append(each)
                continue
            parent = self.facts(each.parent)
            known = self._known_parent(parent, each.parent_columns[0])
            works.append(references.work(facts, parent, each, known, self.samples))
        return works, left

    def _known_parent(self, parent: Facts, column: str) -> Callable[[Session], references.Parent]:
        def known(session: Session) -> references.Parent:
            key = (parent.table.name, column)
            if key not in self._parents:
                self._parents[key] = references.parent_facts(session, parent, column)
            return self._parents[key]

        return known

    # -- what is left -----------------------------------------------------------------------------------------------

    def _rest(self, facts: Facts, quantities: Sequence[Quantity]) -> list[Work]:
        works: list[Work] = []
        aggregates = []
        for each in quantities:
            if isinstance(each, Figure) and each.figure in ("distinct", "median"):
                works.append(self._own(facts, each, "it holds many values at once, and is asked alone"))
            elif each.aggregate:
                aggregates.append(each)
        for alike in shared_pass.together(aggregates):
            alike, ridden = self._ride(facts, alike, quantities)
            works += ridden
            alone = [each for each in alike if isinstance(each, Matching) and _dear(each) and _only_one(each, alike)]
            for one in alone:
                because = f"each value of {one.wrong.column} has to be looked at, and nothing else is asked of it"
                missing = self._missing_in(facts, [one])
                works.append(shared_pass.only_wrong(facts, [one], self.samples, because, "scan", missing=missing))
            for others in self._portions(facts, [each for each in alike if each not in alone]):
                because = f"{len(others)} figures over the same rows, found out in one pass"
                missing = [] if others[0].where or others[0].by else self._missing_in(facts, others)
                works.append(shared_pass.one_pass(facts, others, self.samples, because, missing=missing))
        done = {each for work in works for each in work.quantities}
        works += [self._own(facts, each, _why(each)) for each in quantities if not each.aggregate and each not in done]
        return works

    def _portions(self, facts: Facts, quantities: Sequence[Quantity]) -> list[list[Quantity]]:
        """Split what is asked of the same rows into passes of not too many figures, such that no column is decoded twice.

        DuckDB takes longer for each figure of a query the more it has.
        """
        if len(quantities) <= _FIGURES:
            return [list(quantities)] if quantities else []
        of_columns: list[tuple[set[str], list[Quantity]]] = []
        for each in quantities:
            read = reads.columns_of(each, facts.table)
            touched = [part for part in of_columns if not part[0].isdisjoint(read)]
            of_columns = [part for part in of_columns if part[0].isdisjoint(read)]
            of_columns.append(
                (read.union(*(part[0] for part in touched)), [*(q for part in touched for q in part[1]), each])
            )
        portions: list[list[Quantity]] = [[]]
        for _, some in of_columns:
            if portions[-1] and len(portions[-1]) + len(some) > _FIGURES:
                portions.append([])
            portions[-1] += some
        return [each for each in portions if each]

    def _ride(
        self, facts: Facts, alike: list[Quantity], quantities: Sequence[Quantity]
    ) -> tuple[list[Quantity], list[Work]]:
        """Let figures over the same rows ride in a pass that groups them anyway, if they read some of its columns."""
        left, works = alike, []
        for each in quantities:
            if not isinstance(each, Groups) or each.where != alike[0].where or alike[0].by:
                continue
            if self.expected.get(each, _GROUPS + 1) > _GROUPS:
                continue
            read = reads.columns_of(each, facts.table)
            riders = [
                other
                for other in left
                if shared_pass.adds_up(other, facts) and not read.isdisjoint(reads.columns_of(other, facts.table))
            ]
            if riders and len(riders) <= _RIDERS:
                missing = [] if each.where else self._missing_in(facts, [each, *riders])
                works.append(shared_pass.by_group(facts, each, riders, self.samples, missing))
                left = [other for other in left if other not in riders]
        return left, works


def _why(quantity: Quantity) -> str:
    """Say why a quantity takes a query of its own."""
    if isinstance(quantity, Groups):
        return "figures by group" if quantity.group else "the figures of this table"
    if isinstance(quantity, Duplicates):
        return "the key is grouped by: there are few rows, or its type or partitions leave no better way"
    return "it follows from rows together, not from each alone, and takes a query of its own"


def _told(facts: Facts, quantity: Quantity, value: object, samples: int, because: str = "the footers say so") -> Work:
    def do(session: Session, found: Found) -> None:
        found.take({quantity: value}, "footer")
        footers = facts.footers
        if footers and facts.address and isinstance(quantity, Nulls) and len(quantity.of) == 1:
            found.finders[quantity] = lambda _: footers.rows_with_null(quantity.of[0], samples)

    return Work(facts.table.name, "footer", (quantity,), because, (), do)


def _nulls(facts: Facts, quantity: Nulls) -> int | None:
    """Give the rows without a value in any of the columns, if at most one of them has such rows."""
    assert facts.footers is not None  # noqa: S101 - the caller asked
    found = [facts.footers.chunks.get(each) for each in dict.fromkeys(quantity.of)]
    counts = [None if each is None else each.nulls for each in found]
    if any(each is None for each in counts):
        return None
    with_nulls = [each for each in counts if each]
    return (with_nulls or [0])[0] if len(with_nulls) <= 1 else None


def _range(quantity: Matching) -> OutOfRange:
    assert isinstance(quantity.wrong, OutOfRange)  # noqa: S101 - the caller asked
    return quantity.wrong


def _out_of_any(quantities: Sequence[Matching]) -> str:
    """Give a condition that holds for every value that is out of one of the ranges of a column with bounds.

    Such a column holds no NaN (`footers`), and asking for one would keep DuckDB from using the bounds.
    """
    ranges = [_range(each) for each in quantities]
    column, type_ = name(ranges[0].column), ranges[0].type
    lows = [each.low for each in ranges if each.low is not None]
    highs = [each.high for each in ranges if each.high is not None]
    parts = [f"{column} < {value(max(lows), type_)}"] if lows else []
    return " OR ".join(parts + ([f"{column} > {value(min(highs), type_)}"] if highs else []))


def _worth_counting(quantities: Sequence[Quantity], type_: str) -> bool:
    """Tell whether it is cheaper to count a column's values than to ask of each row."""
    if family(type_) == "text" or any(not each.aggregate for each in quantities):
        return any(not isinstance(each, Filled | Nulls) for each in quantities)
    return sum(isinstance(each, Matching) for each in quantities) >= _COUNTED or any(
        isinstance(each, Matching) and isinstance(each.wrong, Uncastable | Unmatched | NotAmong) for each in quantities
    )


def _dear(quantity: Matching) -> bool:
    return isinstance(quantity.wrong, Unmatched | Uncastable)


def _only_one(quantity: Quantity, among: Sequence[Quantity]) -> bool:
    """Tell whether no other quantity reads the column, so that a query of its own decodes nothing twice."""
    if quantity.where or quantity.by:
        return False
    column = quantity.columns[0]
    for other in among:
        if other is quantity:
            continue
        if column in other.columns:
            return False
        if isinstance(other, Matching) and isinstance(other.wrong, Unmet) and _mentions(other.wrong.condition, column):
            return False
    return True


def _mentions(text: str, column: str) -> bool:
    return column in reads.quoted(text, [column])
