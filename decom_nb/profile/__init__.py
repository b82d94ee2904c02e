"""A profile of a table: what one look at it tells. Suggestions, contracts, migrations and notebooks start from it.

    with Tables(sources, root) as tables:
        seen = profile(tables, "orders")

All rows are read once, for counts, bounds and means. Details (quantiles, frequent values, forms, what text can be read as)
are counted over all rows of a table of up to 200,000, and over an even sample of a larger one; each figure says which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from decom_nb.errors import DecomError
from decom_nb.evidence.tables import Column, Table
from decom_nb.profile import whole
from decom_nb.profile.column import (
    SHOWN_OF_PERSONAL,
    Basis,
    Cast,
    ColumnProfile,
    Dependency,
    Figure,
    KeyCandidate,
    ShapeCount,
    TableProfile,
    ValueCount,
)
from decom_nb.profile.dependency import dependencies, pairs_that_are_keys
from decom_nb.profile.few import FEW_ROWS, counts, few_values
from decom_nb.profile.sample import Sample, held, sample
from decom_nb.profile.values import Values, quantiles, values
from decom_nb.profile.words import words
from decom_nb.sql.text import name, names

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "SHOWN_OF_PERSONAL",
    "Basis",
    "Cast",
    "ColumnProfile",
    "Dependency",
    "KeyCandidate",
    "Opened",
    "ProfileCancelled",
    "Sample",
    "ShapeCount",
    "TableProfile",
    "ValueCount",
    "dependencies",
    "held",
    "profile",
    "profile_of",
    "sample",
]

SAMPLE_ROWS = 200_000
"""A table of no more rows is looked at whole; of a larger one a hundredth is, from 50,000 rows to this many."""
FEW_VALUES = 200
"""A column with no more different values in the sample is counted over all rows: that is cheap."""
NARROW = 50
"""Columns of one narrow copy of a very wide sample."""
NEARLY_A_KEY = 0.95
"""Share of different values from which a column is worth counting as a key; a sketch is off by some percent."""

SKETCHED_KEY = 0.7
"""The same, where the number of different values is a sketch's."""

Step = Callable[[float, str], None]
"""Is told how far it is, from 0 to 1, and what it is at."""


class ProfileCancelled(DecomError):  # noqa: N818 - somebody's wish, not an error
    """Somebody stopped the profile; nothing of it is kept."""


class Opened(Protocol):
    """What is needed of `evidence.tables.Tables`: a connection, and tables by name."""

    @property
    def connection(self) -> DuckDBPyConnection:
        """Give the open connection."""

    def open(self, name: str) -> Table:
        """Give a table; InputError if there is none of that name."""


def profile(
    tables: Opened,
    table: str,
    *,
    exact: bool = False,
    top: int = 10,
    personal: bool = False,
    pairs: bool = False,
    dependent: bool = False,
    sample_rows: int = SAMPLE_ROWS,
    progress: Step | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> TableProfile:
    """Profile a table by its name.

    `exact` counts different values instead of estimating them; `top` is how many frequent values and forms are kept;
    `personal` shows values of columns that look personal; `pairs` looks for keys of two columns, `dependent` for
    functional dependencies. Raises InputError for a table that is not there, ProfileCancelled once `cancelled` says so.
    """
    return profile_of(
        tables.connection, tables.open(table), exact=exact, top=top, personal=personal, pairs=pairs,
        dependent=dependent, sample_rows=sample_rows, progress=progress, cancelled=cancelled,
    )  # fmt: skip


def profile_of(
    connection: DuckDBPyConnection,
    table: Table,
    *,
    exact: bool = False,
    top: int = 10,
    personal: bool = False,
    pairs: bool = False,
    dependent: bool = False,
    sample_rows: int = SAMPLE_ROWS,
    progress: Step | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> TableProfile:
    """Profile a table that is open in a DuckDB connection; see `profile`."""

    def step(done: float, what: str) -> None:
        if cancelled is not None and cancelled():
            raise ProfileCancelled(f"the profile of {table.name} was stopped")
        if progress is not None:
            progress(done, what)

    step(0, "rows")
    with held(connection, table) as kept, sample(connection, kept, sample_rows, _rows_known(connection, kept)) as drawn:
        step(0.2, "counts, bounds and means")
        rows, figures = drawn.rows, []
        if drawn.whole:
            for at, part, some in _parts(connection, drawn, table.columns):
                step(0.2 + 0.3 * at / len(table.columns), "counts, bounds and means")
                figures += whole.figures(connection, part.source, some, exact=exact)[1]
        else:
            rows, figures = whole.figures(
                connection, kept.source, table.columns, exact=exact,
                step=lambda done: step(0.2 + 0.3 * done / len(table.columns), "counts, bounds and means"),
            )  # fmt: skip
        columns: list[ColumnProfile] = []
        in_sample: dict[str, int] = {}
        for at, part, columns_of_part in _parts(connection, drawn, table.columns):
            shares = quantiles(connection, part, columns_of_part)
            counted = counts(connection, part, columns_of_part) if part.rows <= FEW_ROWS else {}
            for offset, each in enumerate(columns_of_part):
                step(0.5 + 0.4 * (at + offset) / len(table.columns), each.name)
                about = connection, part, each, whole.family(each.type), top, words().named_personal(each.name)
                told = few_values(*about, counted[each.name]) if each.name in counted else values(*about)
                in_sample[each.name] = told.distinct
                seen = figures[at + offset], shares.get(each.name, {})
                columns.append(_column(connection, kept, part, each, rows, told, *seen, exact=exact, top=top))
        keys = _keys(columns, rows, in_sample, drawn)
        if pairs and not any(each.duplicates == 0 for each in keys):
            step(0.9, "keys of two columns")
            keys = (*keys, *pairs_that_are_keys(connection, drawn, table, columns))
        depends: tuple[Dependency, ...] = ()
        if dependent:
            step(0.95, "functional dependencies")
            depends = dependencies(connection, drawn, columns)
    if not personal:
        columns = [_masked(each) for each in columns]
    notes = [] if drawn.whole else [f"details are of a sample of {drawn.rows:,} of {rows:,} rows, in even stretches"]
    return TableProfile(
        table=table.name, kind=table.kind, place=table.shown, rows=rows, sample_rows=drawn.rows, columns=tuple(columns),
        keys=tuple(keys), dependencies=depends, notes=tuple(notes),
    )  # fmt: skip


def _rows_known(connection: DuckDBPyConnection, table: Table) -> int | None:
    """Give the number of rows, where asking costs nothing."""
    if not table.files and table.kind not in ("duckdb", "frame"):
        return None
    row = connection.execute(f"SELECT count(*) FROM {table.source}").fetchone()
    return int(row[0]) if row else None


def _parts(
    connection: DuckDBPyConnection, drawn: Sample, columns: Sequence[Column]
) -> Iterator[tuple[int, Sample, Sequence[Column]]]:
    """Give the sample column by column; of a very wide one narrow copies, as planning over all columns is slow."""
    if len(columns) <= NARROW:
        yield 0, drawn, columns
        return
    made = name("decom narrow sample")
    try:
        for at in range(0, len(columns), NARROW):
            part = columns[at : at + NARROW]
            listed = names(each.name for each in part)
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {made} AS SELECT {listed} FROM {drawn.source}")
            yield at, Sample(f"temp.main.{made}", drawn.rows, drawn.whole), part
    finally:
        connection.execute(f"DROP TABLE IF EXISTS temp.main.{made}")


def _column(
    connection: DuckDBPyConnection,
    table: Table,
    drawn: Sample,
    column: Column,
    rows: int,
    told: Values,
    figures: dict[str, Any],
    shares: dict[str, Figure],
    *,
    exact: bool,
    top: int,
) -> ColumnProfile:
    kind = whole.family(column.type)
    distinct, counted = min(int(figures["distinct"]), int(figures["filled"])), exact and kind != "nested"
    found = told.found
    if drawn.whole:
        distinct, counted = told.distinct, True
    elif told.distinct <= FEW_VALUES and kind != "nested":
        distinct, found = _counted(connection, table, column, top, found)
        counted = True
    note = (
        "the mean or deviation is more than a number can hold" if kind == "number" and "stddev" not in figures else ""
    )
    given = {key: whole.figure(value) for key, value in figures.items() if key not in ("filled", "distinct")}
    for key in ("mean", "stddev", "mean_length"):  # sums of parts come in any order: the last digits are left to chance
        average = given.get(key)
        given[key] = float(f"{average:.12g}") if isinstance(average, int | float) else None
    return ColumnProfile(
        name=column.name, type=column.type, family=kind, rows=rows, nulls=rows - int(figures["filled"]), distinct=distinct,
        distinct_exact=counted, quantiles=shares,
        quantiles_of=Basis(rows=drawn.rows, exact=drawn.whole) if shares else None, note=note, **given, **_checked(found, given),
    )  # fmt: skip


def _checked(found: dict[str, Any], figures: dict[str, Any]) -> dict[str, Any]:
    """Keep a number or date as a placeholder only where it lies at the edge of all values: 999 among others is a value."""
    if "text_of" in found or not found.get("placeholders"):
        return found
    edges = {_plain(figures.get("min")), _plain(figures.get("max"))}
    kept = tuple(each for each in found["placeholders"] if _plain(each.value) in edges)
    return found | {"placeholders": kept}


def _plain(value: Any) -> str:
    text = str(value).removesuffix(" 00:00:00")
    try:
        return repr(float(text))
    except ValueError:
        return text


def _counted(
    connection: DuckDBPyConnection, table: Table, column: Column, top: int, found: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    """Count few values over all rows."""
    what = name(column.name)
    best = f"max(struct_pack(n := n, v := CAST(v AS VARCHAR)), {top})" if top else "NULL"
    row = connection.execute(
        f"SELECT count(*), {best}, sum(n) FROM "
        f"(SELECT {what} AS v, count(*) AS n FROM {table.source} WHERE {what} IS NOT NULL GROUP BY 1)"
    ).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always gives a row
    ranked = sorted(row[1] or (), key=lambda each: (-each["n"], each["v"]))
    exact = Basis(rows=int(row[2] or 0), exact=True)
    return int(row[0]), found | {
        "top": tuple(ValueCount(value=each["v"], count=each["n"]) for each in ranked),
        "top_of": exact,
    }


def _keys(
    columns: Sequence[ColumnProfile], rows: int, in_sample: Mapping[str, int], drawn: Sample
) -> tuple[KeyCandidate, ...]:
    """Give single columns that are a key or nearly one; where that was not counted, those that repeat nothing in the sample.

    The sketch of different values is off by up to a fifth, too much to tell a key by.
    """
    found = []
    for each in columns:
        if rows < 2 or each.nulls or each.family == "nested":
            continue
        if each.distinct_exact and each.distinct >= NEARLY_A_KEY * each.filled:
            found.append(KeyCandidate(columns=(each.name,), duplicates=each.filled - each.distinct, exact=True))
        elif not each.distinct_exact and each.distinct >= SKETCHED_KEY * each.filled:
            repeated = drawn.rows - in_sample[each.name]
            if repeated <= (1 - NEARLY_A_KEY) * drawn.rows:
                found.append(
                    KeyCandidate(columns=(each.name,), duplicates=round(repeated * rows / drawn.rows), exact=False)
                )
    return tuple(sorted(found, key=lambda each: each.duplicates))


def _masked(column: ColumnProfile) -> ColumnProfile:
    """Take the values of a column that looks personal away; how often each occurs stays."""
    if not column.personal:
        return column
    hidden: dict[str, Any] = {
        "top": tuple(ValueCount(value=SHOWN_OF_PERSONAL, count=each.count) for each in column.top),
        "quantiles": {},
        "quantiles_of": None,
    }
    for key in ("min", "max"):
        if getattr(column, key) is not None:
            hidden[key] = SHOWN_OF_PERSONAL
    return column.model_copy(update=hidden)
