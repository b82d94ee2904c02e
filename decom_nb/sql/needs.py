"""What has to be known of a table to decide a check. Engines ask this, supply the quantities, and hand them to `judge`.

Beside what a kind of check needs, every check whose violations are rows needs the number of rows, for their share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from decom_nb.check import (
    AcceptedValues,
    Castable,
    Check,
    CustomSql,
    Drift,
    Expression,
    ForeignKey,
    Freshness,
    FunctionalDependency,
    Length,
    Monotone,
    NotNull,
    Outliers,
    Pair,
    Range,
    Reconciliation,
    Regex,
    RowChange,
    Sample,
    SchemaIs,
    Statistic,
    TopShare,
    Unique,
    Volume,
)
from decom_nb.errors import InputError
from decom_nb.sql import drift, guard, own_query
from decom_nb.sql.column_type import NUMBERS, ORDERED, Family, Unreadable, bound, family, member
from decom_nb.sql.own_query import Looked
from decom_nb.sql.quantity import (
    BadLength,
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
    ValueCounts,
    Wrong,
)
from decom_nb.sql.text import name
from decom_nb.sql.undecidable import Undecidable
from decom_nb.suggest import did_you_mean

if TYPE_CHECKING:
    from decom_nb.evidence.tables import Table

_TEXTLIKE: frozenset[Family] = frozenset({"text", "whole", "decimal", "date", "uuid"})
"""Families whose text is the same in every engine; a double, a truth value or a timestamp is written in many ways."""
_COMPARABLE: frozenset[Family] = frozenset(ORDERED | {"text", "boolean", "uuid"})


def needs(check: Check, table: Table, others: Mapping[str, Table] | None = None) -> tuple[Quantity, ...]:
    """Give the quantities that decide the check on the table; none for a check of the schema.

    With `others`, tables by name, the columns of a parent, a reference or the other side are looked at, too. Raises
    `Undecidable` if a column is missing or of a type for which the question means nothing, or if SQL cannot be let through.
    """
    try:
        return _needs(check, _Seen(check, table, others))
    except InputError as error:
        raise Undecidable("; ".join(str(each) for each in error.mistakes)) from None
    except ValueError as error:  # a name or a text with a NUL character
        raise Undecidable(str(error)) from None


def wrong(check: Check, table: Table) -> Wrong | None:
    """Give what makes a single row wrong, for checks that can tell from one row; None for others."""
    found = [each.wrong for each in needs(check, table) if isinstance(each, Matching)]
    return found[0] if found else None


class _Seen:
    """A check before a table: the parts that most quantities share."""

    def __init__(self, check: Check, table: Table, others: Mapping[str, Table] | None) -> None:
        self.table, self.others = table, others
        self.by = self.columns(dict.fromkeys(check.by))
        where = guard.condition(check.where, table.types, table=table.name) if check.where.strip() else ""
        self.all: dict[str, Any] = {"table": table.name, "where": where, "by": self.by}
        self.looked = Looked(where, self.by)

    @property
    def rows(self) -> Rows:
        return Rows(**self.all)

    def column(self, wanted: str) -> str:
        """Give the column as the table spells it."""
        return _found(wanted, self.table)

    def columns(self, wanted: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.column(each) for each in wanted))

    def typed(self, wanted: str, families: frozenset[Family], purpose: str) -> tuple[str, str]:
        """Give the column and its type, if it is of one of the families."""
        column = self.column(wanted)
        type_ = self.table.types[column]
        if family(type_) not in families:
            raise Undecidable(f"{self.table.name}.{column} is of type {_brief(type_)}, {purpose}")
        return column, type_

    def other(self, called: str) -> Table | None:
        """Give another table if it is known; raise if all are known and it is not among them."""
        if self.others is None:
            return None
        found = self.others.get(called)
        if found is None:
            meant = did_you_mean(called, self.others)
            raise Undecidable(f"there is no table {called}" + (f"; did you mean {meant}?" if meant else ""))
        return found

    def alike(self, ours: Iterable[str], theirs: Iterable[str], other: Table | None) -> tuple[str, ...]:
        """Give their columns as their table spells them; raise where a pair is of types that cannot be compared."""
        if other is None:
            return tuple(theirs)
        spelled = []
        for mine, wanted in zip(ours, theirs, strict=True):
            found = _found(wanted, other)
            a, b = self.table.types[mine], other.types[found]
            if not (
                family(a) == family(b)
                or {family(a), family(b)} <= NUMBERS
                or {family(a), family(b)} <= {"date", "moment"}
            ):
                raise Undecidable(
                    f"{self.table.name}.{mine} is of type {_brief(a)} and {other.name}.{found} of type {_brief(b)}; "
                    "they cannot be compared"
                )
            spelled.append(found)
        return tuple(spelled)


def _brief(type_: str) -> str:
    return type_ if len(type_) <= 40 else type_[:39] + "…"


def _found(wanted: str, table: Table) -> str:
    if wanted in table.types:
        return wanted
    folded = {each.casefold(): each for each in table.types}  # DuckDB tells no capitals apart
    if wanted.casefold() in folded:
        return folded[wanted.casefold()]
    meant = did_you_mean(wanted, table.types)
    raise Undecidable(f"{table.name} has no column {wanted}" + (f"; did you mean {meant}?" if meant else ""))


def _needs(check: Check, seen: _Seen) -> tuple[Quantity, ...]:
    everything = seen.all
    match check:
        case NotNull():
            return Nulls(of=seen.columns(check.columns), **everything), seen.rows
        case Volume():
            return (seen.rows,)
        case RowChange():
            _refuse_by(check, "it compares whole runs")
            return (seen.rows,)
        case Unique():
            of = tuple(seen.typed(each, _COMPARABLE, "whose values cannot be a key")[0] for each in check.columns)
            return Duplicates(of=tuple(dict.fromkeys(of)), **everything), seen.rows
        case AcceptedValues() | Range() | Regex() | Length() | Castable() | Expression():
            return Matching(wrong=_wrong(check, seen), **everything), seen.rows
        case Monotone():
            column = seen.typed(check.column, ORDERED | {"text"}, "which has no order")[0]
            order = seen.typed(check.order_by, ORDERED | {"text"}, "which has no order")[0]
            text = own_query.monotone(column, order, seen.columns(check.within), check.strict, seen.looked)
            return OwnQuery(text=text, **everything), seen.rows
        case FunctionalDependency():
            left = [seen.typed(each, _COMPARABLE, "whose values cannot be compared")[0] for each in check.columns]
            right = [seen.typed(each, _COMPARABLE, "whose values cannot be compared")[0] for each in check.determine]
            return OwnQuery(text=own_query.functional_dependency(left, right, seen.looked), **everything), seen.rows
        case Outliers():
            column, type_ = seen.typed(check.column, NUMBERS, "and only numbers lie far from others")
            text, portable = (
                own_query.outliers(
                    column, check.method, check.factor, family(type_) == "float", seen.looked, portable=each
                )
                for each in (False, True)
            )
            return OwnQuery(text=text, portable="" if portable == text else portable, **everything), seen.rows
        case ForeignKey():
            own = tuple(seen.typed(each, _COMPARABLE, "whose values refer to nothing")[0] for each in check.columns)
            theirs = seen.alike(own, check.parent_columns, seen.other(check.parent))
            return Orphans(of=own, parent=check.parent, parent_columns=theirs, **everything), seen.rows
        case Freshness():
            column, type_ = seen.typed(check.column, frozenset({"date", "moment"}), "which is no date or timestamp")
            return Figure(of=column, figure="max", type=type_, **everything), seen.rows
        case Statistic():
            return _statistic(check, seen)
        case TopShare():
            column = seen.typed(check.column, _COMPARABLE, "whose values cannot be counted")[0]
            # No more values than that can have a larger share.
            most = int(1 / check.max_share) + 1
            return ValueCounts(of=column, most=most, **everything), Filled(of=column, **everything), seen.rows
        case Reconciliation():
            _refuse_by(check, "use `group`")
            return _reconciliation(check, seen)
        case Sample():
            keys, columns = seen.columns(check.keys), seen.columns(check.columns)
            other = seen.other(check.against)
            seen.alike((*keys, *columns), (*keys, *columns), other)
            return (OwnQuery(text=own_query.sample(keys, columns, seen.looked), others=(check.against,), **everything),)
        case Drift():
            return _drift(check, seen)
        case SchemaIs():
            _refuse_by(check, "a schema is that of all rows")
            return ()
        case CustomSql():
            _refuse_by(check, "group in the query itself")
            if check.where.strip():
                raise Undecidable("a query of your own looks at the rows it selects: put `where` into it")
            tables = None if seen.others is None else list(dict.fromkeys([*seen.others, seen.table.name]))
            select = guard.select_over(check.sql, seen.table.name, tables=tables)
            text = f"SELECT count(*) AS violations FROM ({select.text}) AS q"
            return OwnQuery(text=text, others=select.tables, **everything), seen.rows
    raise TypeError(f"no quantities are known for a check of kind {check.kind}")


def _refuse_by(check: Check, why: str) -> None:
    if check.by:
        raise Undecidable(f"{check.kind} cannot be judged by {', '.join(check.by)}: {why}")


def _wrong(check: Check, seen: _Seen) -> Wrong:
    try:
        match check:
            case AcceptedValues():
                column, type_ = seen.typed(check.column, _COMPARABLE, "whose values cannot be listed")
                values = dict.fromkeys(member(each, type_) for each in check.values)
                return NotAmong(column, type_, tuple(each for each in values if each is not None))
            case Range():
                column, type_ = seen.typed(check.column, ORDERED | {"text"}, "which has no order")
                low = None if check.min is None else bound(check.min, type_, low=True)
                high = None if check.max is None else bound(check.max, type_, low=False)
                return OutOfRange(column, type_, low, high)
            case Regex():
                column, type_ = seen.typed(check.column, _TEXTLIKE, "whose text is not the same everywhere")
                return Unmatched(column, type_, guard.pattern(check.pattern))
            case Length():
                column, type_ = seen.typed(check.column, _TEXTLIKE, "whose text is not the same everywhere")
                return BadLength(column, type_, check.min, check.max)
            case Castable():
                column, type_ = seen.typed(check.column, _COMPARABLE, "which cannot be read as another type")
                to = guard.type_name(check.type)
                if check.format and family(guard.canonical_type(to)) not in ("date", "moment", "time"):
                    raise Undecidable(f"a `format` is for dates and times, not for {to}")
                return Uncastable(column, type_, to, guard.time_format(check.format) if check.format else "")
            case Expression():
                condition = guard.condition(check.expression, seen.table.types, table=seen.table.name, key="expression")
                return Unmet("", "", condition)
    except Unreadable as error:
        raise Undecidable(f"{seen.table.name}.{getattr(check, 'column', '')}: {error}") from None
    raise TypeError(f"a check of kind {check.kind} cannot tell from one row")


def _statistic(check: Statistic, seen: _Seen) -> tuple[Quantity, ...]:
    if check.of == "null_share":
        return Nulls(of=(seen.column(check.column),), **seen.all), seen.rows
    families = _COMPARABLE if check.of == "distinct" else NUMBERS
    column, type_ = seen.typed(check.column, families, f"which has no {check.of} to compare with a number")
    return Figure(of=column, figure=check.of, type=type_, **seen.all), seen.rows


def _reconciliation(check: Reconciliation, seen: _Seen) -> tuple[Quantity, ...]:
    other = seen.other(check.against)
    here, there = [], []
    for pair in check.figures:
        here.append(_figure(pair.of, seen.column(pair.column) if pair.column else "", pair))
        called = pair.theirs or pair.column
        column = _found(called, other) if called and other else called
        # A control total is one row per group; should there be more, their sum is what the group came to.
        of = ({"min": "min", "max": "max"}.get(pair.of, "sum")) if pair.stated else pair.of
        there.append(_figure(of, column, pair))
    group = tuple(guard.expression(each, seen.table.types, table=seen.table.name) for each in check.group)
    theirs = check.their_group or check.group
    if other is not None:
        their_group = tuple(guard.expression(each, other.types, table=other.name, key="their_group") for each in theirs)
    else:
        their_group = tuple(guard.unbound_expression(each, key="their_group") for each in theirs)
    return (
        Groups(group=group, figures=tuple(here), **seen.all),
        Groups(table=check.against, group=their_group, figures=tuple(there)),
    )


def _figure(of: str, column: str, pair: Pair) -> str:
    if not column:
        if of == "count":
            return "count(*)"
        raise Undecidable(f"a {pair.of} needs the column it is taken of" + (" over there" if pair.stated else ""))
    return f"count(DISTINCT {name(column)})" if of == "distinct" else f"{of}({name(column)})"


def _drift(check: Drift, seen: _Seen) -> tuple[Quantity, ...]:
    families = ORDERED if check.method == "ks" else _COMPARABLE
    column, type_ = seen.typed(check.column, families, f"which {check.method} cannot compare")
    reference = seen.other(check.reference)
    if reference is not None and reference.name == seen.table.name and not check.where:
        raise Undecidable(f"{check.reference} is compared with itself")
    seen.alike([column], [check.column], reference)
    if check.method == "ks":
        texts = [drift.ks(column, seen.looked)] * 2
    elif check.method == "top_k":
        texts = [drift.top_k(column, seen.looked)] * 2
    else:
        ordered = family(type_) in ORDERED
        texts = [drift.psi(column, seen.looked, ordered=ordered, portable=each) for each in (False, True)]
    portable = texts[1] if texts[1] != texts[0] else ""
    return (OwnQuery(text=texts[0], portable=portable, others=(check.reference,), **seen.all),)
