"""Holds what a dimensional model says against its tables, all rows, with the values that are against it.

    with Tables(sources, root) as tables:
        checked = held_against(model, tables)

What comes from a table that is not at hand, or from an expression over several, is not known, and why is said. Nothing is
written; expressions of the model go through `sql/guard.py` before DuckDB sees them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from decom_nb.errors import InputError
from decom_nb.evidence.model_checks import Asked, Checked
from decom_nb.phases.modeling.data.model_column import (
    Columns,
    NotAtHandError,
    columns_of,
    expression,
    is_calendar,
    joined_columns,
)
from decom_nb.phases.modeling.dimensional_model import (
    Dimension,
    DimensionalModel,
    FactTable,
    JoinedSource,
    ModelForeignKey,
)
from decom_nb.profile import SHOWN_OF_PERSONAL, held
from decom_nb.profile.words import words
from decom_nb.sql.text import name
from decom_nb.wording import counted, listed

if TYPE_CHECKING:
    from decom_nb.evidence.tables import Table, Tables

SAMPLES = 3
"""How many values that are against it are kept."""

Step = Callable[[float, str], None]


def held_against(model: DimensionalModel, tables: Tables, step: Step | None = None) -> tuple[Checked, ...]:
    """Check a model against its tables, in the order of the model."""
    with ExitStack() as stack:
        case = _Case(model, tables, stack)
        asked = [*_of_facts(case), *_of_dimensions(case)]
        found = []
        for at, (about, ask) in enumerate(asked):
            if step:
                step(at / len(asked), about.table)
            found.append(_answered(about, ask))
        return tuple(found)


@dataclass(frozen=True)
class _About:
    """What is asked: the parts of a `Checked` that are known before the data is looked at."""

    asked: Asked
    table: str
    columns: tuple[str, ...]
    source: str


_Ask = Callable[[], Checked]


class _Case:
    """A model, the session its tables lie in, and each table once it was opened."""

    def __init__(self, model: DimensionalModel, tables: Tables, stack: ExitStack) -> None:
        self.model, self.tables, self._stack = model, tables, stack
        self.dimensions = {each.name: each for each in model.dimensions}
        self._opened: dict[str, Table] = {}
        self._by_last = {each.rpartition(".")[2].casefold(): each for each in reversed(tables.names)}

    def table(self, source: str) -> Table:
        """Open a table by the name that the model has for it."""
        if not source:
            raise NotAtHandError("the model does not say which table it is made from")
        found = source if source in self.tables.names else self._by_last.get(source.rpartition(".")[2].casefold(), "")
        if not found:
            raise NotAtHandError(f"{source} is not among the tables at hand")
        if found not in self._opened:
            try:
                table = self.tables.open(found)
            except InputError as error:
                raise NotAtHandError(f"{source} cannot be read: {error.mistakes[0].what}") from error
            self._opened[found] = self._stack.enter_context(held(self.tables.connection, table))
        return self._opened[found]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask, and give all rows."""
        return self.tables.connection.execute(sql).fetchall()

    def samples(self, sql: str) -> list[tuple[Any, ...]]:
        """Give some rows as text, for a date of the year 20000 is no date of Python's."""
        return self.rows(f"SELECT COLUMNS(*)::VARCHAR FROM ({sql} LIMIT {SAMPLES})")

    def of_fact(self, fact: FactTable) -> Columns:
        """Give the columns of a fact table as expressions over its source."""
        return columns_of(self.table(fact.source), fact, self.dimensions)

    def holding(self, table: FactTable | Dimension, key: ModelForeignKey) -> Columns:
        """Give the columns of the table that a key comes from: the source itself, or one that is joined to it."""
        if isinstance(table, Dimension):
            return self.of_dimension(table)
        joined = key.source.rpartition(".")[0]
        if joined in {each.table for each in table.joined_sources}:
            return columns_of(self.table(joined), table, self.dimensions)
        own = {each.casefold() for each in self.table(table.source).types}
        return self.of_fact(table) if (key.source or key.column).casefold() in own else self.joined(table)

    def joined(self, fact: FactTable) -> Columns:
        """Give the columns of a fact table over its source with all that is joined to it: a row for each that the join makes."""
        base = self.table(fact.source)
        if not fact.joined_sources:
            return self.of_fact(fact)
        columns, chosen, joins = list(base.columns), ["b.*"], []
        own = {each.name.casefold() for each in columns}
        sources: dict[str, str] = {}
        for at, each in enumerate(fact.joined_sources):
            other = self.table(each.table)
            same = (f"b.{expression(key, base, key)} = j{at}.{expression(key, other, key)}" for key in each.by)
            joins.append(f" LEFT JOIN {other.source} AS j{at} ON {' AND '.join(same)}")
            more = [column for column in other.columns if column.name.casefold() not in own]
            # A column that several have is known by its table only, unless it is the one they are joined by.
            told = {*(column.name.casefold() for column in more), *(key.casefold() for key in each.by)}
            sources |= {
                f"{of}.{column}": column for column in told for of in {each.table.casefold(), _last(each.table)}
            }
            columns += more
            own |= {column.name.casefold() for column in more}
            chosen += [f"j{at}.{name(column.name)}" for column in more]
        source = f"(SELECT {', '.join(chosen)} FROM {base.source} AS b{''.join(joins)})"
        made = columns_of(replace(base, source=source, columns=tuple(columns), files=()), fact, self.dimensions)
        return replace(made, sources={column: sources.get(of.casefold(), of) for column, of in made.sources.items()})

    def of_dimension(self, dimension: Dimension) -> Columns:
        """Give the columns of a dimension as expressions over its source."""
        return columns_of(self.table(dimension.source), dimension, self.dimensions)


def _answered(about: _About, ask: _Ask) -> Checked:
    import duckdb

    try:
        return ask()
    except NotAtHandError as error:
        says = f"Not told: {error.args[0]}."
    except duckdb.Error as error:
        says = f"DuckDB cannot tell: {str(error).splitlines()[0]}"
    return Checked(
        asked=about.asked, table=about.table, columns=about.columns, source=about.source, verdict="not_known", says=says
    )


def _of_facts(case: _Case) -> Iterator[tuple[_About, _Ask]]:
    for fact in case.model.fact_tables:
        if fact.grain_columns:
            about = _About("grain", fact.name, fact.grain_columns, fact.source)
            yield about, lambda a=about, f=fact: _grain(case, a, f)  # type: ignore[misc]  # a lambda's defaults have no types
        for each in fact.joined_sources:
            about = _About("joined source", fact.name, joined_columns(each), each.table)
            yield about, lambda a=about, j=each: _one_row(case, a, j)  # type: ignore[misc]  # as above
        for key in fact.foreign_keys:
            yield from _foreign(case, fact, key)


def _last(table: str) -> str:
    return table.rpartition(".")[2].casefold()


def _one_row(case: _Case, about: _About, joined: JoinedSource) -> Checked:
    """Ask whether the columns by which a source is joined name one row of it."""
    table = case.table(joined.table)
    parts = [expression(each, table, each) for each in joined.by]
    keyed = ", ".join(f"{part} AS k{at}" for at, part in enumerate(parts))
    filled = " AND ".join(f"({each}) IS NOT NULL" for each in parts)
    groups = f"SELECT {keyed}, count(*) AS n FROM {table.source} WHERE {filled} GROUP BY ALL HAVING count(*) > 1"
    rows = case.rows(f"SELECT count(*) FROM {table.source}")[0][0]
    repeats, keys = case.rows(f"SELECT coalesce(sum(n - 1), 0)::BIGINT, count(*) FROM ({groups})")[0]
    told = case.samples(f"SELECT * FROM ({groups}) ORDER BY n DESC, {_listed(len(parts))}") if repeats else []
    names = listed(about.columns)
    good = f"{names}: names one row, of {counted(rows, 'row')}."
    says = f"{names}: {counted(repeats, 'row')} repeat one of {counted(keys, 'key')}: rows of {about.table} with it are doubled."
    heads = (*about.columns, "rows")
    return _checked(
        about, Columns(table, {}), rows, repeats, says if repeats else good, told, heads, look=(*joined.by, "rows")
    )


def _of_dimensions(case: _Case) -> Iterator[tuple[_About, _Ask]]:
    for dimension in case.model.dimensions:
        if is_calendar(dimension):
            continue
        if dimension.natural_key:
            about = _About("natural key", dimension.name, dimension.natural_key, dimension.source)
            yield about, lambda a=about, d=dimension: _natural(case, a, d)  # type: ignore[misc]  # as above
        for hierarchy in dimension.hierarchies:
            for upper, lower in zip(hierarchy.levels, hierarchy.levels[1:], strict=False):
                about = _About("levels", dimension.name, (lower, upper), dimension.source)
                yield about, lambda a=about, d=dimension: _levels(case, a, d)  # type: ignore[misc]  # as above
        for key in dimension.foreign_keys:
            yield from _foreign(case, dimension, key)


def _grain(case: _Case, about: _About, fact: FactTable) -> Checked:
    columns = case.joined(fact)
    parts = [columns.expression(each) for each in about.columns]
    gaps = " OR ".join(f"({each}) IS NULL" for each in parts)
    source = columns.table.source
    rows, empty = case.rows(f"SELECT count(*), count(*) FILTER ({gaps}) FROM {source}")[0]
    keyed = ", ".join(f"{part} AS k{at}" for at, part in enumerate(parts))
    groups = f"SELECT {keyed}, count(*) AS n FROM {source} WHERE NOT ({gaps}) GROUP BY ALL HAVING count(*) > 1"
    repeats, keys = case.rows(f"SELECT coalesce(sum(n - 1), 0)::BIGINT, count(*) FROM ({groups})")[0]
    told = case.samples(f"SELECT * FROM ({groups}) ORDER BY n DESC, {_listed(len(parts))}") if repeats else []
    wrong = []
    if repeats:
        wrong.append(f"{counted(repeats, 'row')} repeat one of {counted(keys, 'key')}")
    if empty:
        wrong.append(f"{counted(empty, 'row')} have no value in it")
    after = " after the join" if fact.joined_sources else ""
    good = f"{listed(about.columns)}: different and filled in all {rows:,} rows{after}."
    says = f"{listed(about.columns)}: {listed(wrong)}, of {counted(rows, 'row')}{after}." if wrong else good
    return _checked(about, columns, rows, repeats + empty, says, told, (*about.columns, "rows"))


def _natural(case: _Case, about: _About, dimension: Dimension) -> Checked:
    """Hold a natural key against the rows that hold now: no key may come with two sets of attributes."""
    columns = case.of_dimension(dimension)
    parts = [columns.expression(each) for each in about.columns]
    others = [each for each in columns.own if each not in about.columns]
    listed_others = "".join(f", {columns.own[each]} AS a{at}" for at, each in enumerate(others))
    keyed = ", ".join(f"{part} AS k{at}" for at, part in enumerate(parts))
    keys = _listed(len(parts))
    filled = " AND ".join(f"({each}) IS NOT NULL" for each in parts)
    source = f"{columns.table.source}{columns.current}"
    rows, gaps = case.rows(f"SELECT count(*), count(*) FILTER (NOT ({filled})) FROM {source}")[0]
    one = f"SELECT DISTINCT {keyed}{listed_others} FROM {source}"
    whole = f"SELECT * FROM ({one}) WHERE {_filled(len(parts))}"
    groups = f"SELECT {keys}, count(*) AS n FROM ({whole}) GROUP BY {keys} HAVING count(*) > 1"
    different = case.rows(f"SELECT count(*) FROM ({groups})")[0][0]
    told = case.samples(f"SELECT * FROM ({groups}) ORDER BY n DESC, {keys}") if different else []
    wrong = []
    if different:
        wrong.append(f"{counted(different, 'value')} come with several sets of attributes")
    if gaps:
        wrong.append(f"{counted(gaps, 'row')} have none")
    of = f"{counted(rows, 'row')}{' that hold now' if columns.current else ''}"
    says = f"{listed(about.columns)}: {listed(wrong)}, of {of}." if wrong else (
        f"{listed(about.columns)}: each value stands for one thing, in {of}."
    )  # fmt: skip
    return _checked(about, columns, rows, different + gaps, says, told, (*about.columns, "versions"))


def _listed(number: int) -> str:
    return ", ".join(f"k{at}" for at in range(number))


def _filled(number: int) -> str:
    return " AND ".join(f"k{at} IS NOT NULL" for at in range(number))


def _levels(case: _Case, about: _About, dimension: Dimension) -> Checked:
    columns = case.of_dimension(dimension)
    lower, upper = (columns.expression(each) for each in about.columns)
    source = f"{columns.table.source}{columns.current}"
    pairs = f"SELECT DISTINCT {lower} AS low, {upper} AS high FROM {source}"
    whole = f"SELECT * FROM ({pairs}) WHERE low IS NOT NULL AND high IS NOT NULL"
    groups = (
        f"SELECT low, count(*) AS n, min(high)::VARCHAR AS one, max(high)::VARCHAR AS other FROM ({whole}) GROUP BY low"
    )
    rows = case.rows(f"SELECT count(*) FROM {source}")[0][0]
    values, broken = case.rows(f"SELECT count(*), count(*) FILTER (n > 1) FROM ({groups})")[0]
    told = case.samples(f"SELECT low, one, other FROM ({groups}) WHERE n > 1 ORDER BY n DESC, low")
    low, high = about.columns
    good = f"Each of {counted(values, 'value')} of {low} belongs to one {high}."
    says = f"{broken:,} of {counted(values, 'value')} of {low} belong to several of {high}." if broken else good
    if not values:
        raise NotAtHandError(f"no row has both {low} and {high}")
    return _checked(about, columns, rows, broken, says, told, (low, high, f"{high} (another)"), look=(low, high, high))


def _foreign(case: _Case, table: FactTable | Dimension, key: ModelForeignKey) -> Iterator[tuple[_About, _Ask]]:
    """Ask whether the values of a key are found in its dimension; of the calendar there is nothing to ask."""
    dimension = case.dimensions.get(key.dimension)
    if dimension is None or is_calendar(dimension) or len(dimension.natural_key) != 1 or dimension.name == table.name:
        return
    about = _About("foreign key", table.name, (key.column,), table.source)
    yield about, lambda: _found(case, about, table, key, dimension)


def _found(
    case: _Case, about: _About, table: FactTable | Dimension, key: ModelForeignKey, dimension: Dimension
) -> Checked:
    columns = case.holding(table, key)
    mine = columns.expression(key.column)
    there = case.of_dimension(dimension)
    theirs = there.expression(dimension.natural_key[0])
    values = f"SELECT {mine} AS k, count(*) AS n FROM {columns.table.source} WHERE ({mine}) IS NOT NULL GROUP BY 1"
    known = f"SELECT DISTINCT {theirs} AS p FROM {there.table.source}"
    lost = f"SELECT k, n FROM ({values}) AS v LEFT JOIN ({known}) AS d ON v.k::VARCHAR = d.p::VARCHAR WHERE d.p IS NULL"
    rows = case.rows(f"SELECT coalesce(sum(n), 0)::BIGINT FROM ({values})")[0][0]
    orphans, different = case.rows(f"SELECT coalesce(sum(n), 0)::BIGINT, count(*) FROM ({lost})")[0]
    told = case.samples(f"SELECT * FROM ({lost}) ORDER BY n DESC, k") if orphans else []
    place = f"{dimension.name} ({there.table.name})"
    good = f"All {rows:,} values of {key.column} are found in {place}."
    says = f"{orphans:,} of {rows:,} rows have one of {counted(different, 'value')} of {key.column} that {place} does not have."
    return _checked(about, columns, rows, orphans, says if orphans else good, told, (key.column, "rows"))


def _checked(
    about: _About,
    columns: Columns,
    rows: int,
    violations: int,
    says: str,
    told: Sequence[tuple[Any, ...]],
    heads: Sequence[str],
    look: Sequence[str] = (),
) -> Checked:
    """Put a result together; values of columns that look personal are not kept."""
    hidden = {each for each in (look or heads) if columns.is_personal(each, words().named_personal)}
    shown = [each in hidden for each in (look or heads)]
    samples = tuple(
        {
            head: SHOWN_OF_PERSONAL if personal else str(value)
            for head, value, personal in zip(heads, row, shown, strict=True)
        }
        for row in told
    )
    return Checked(
        asked=about.asked, table=about.table, columns=about.columns, source=columns.table.name,
        verdict="broken" if violations else "holds", rows=rows, violations=violations, says=says, samples=samples,
    )  # fmt: skip
