"""Quantities: what has to be known of a table to decide a check, each with the one query that defines it.

`needs.py` says which quantities a check needs, `judge.py` what they amount to. Whoever supplies them is free in how: a
full scan, Parquet footers, one fused pass, the client's engine. All ways must give what `query` gives; that is what the
property tests compare.

Every quantity is about the rows of `table` for which `where` holds (all, if it is empty), and is one value; with `by` it
is one value for each combination of those columns, as a mapping from the tuple of values to the value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from decom_nb.sql.column_type import family
from decom_nb.sql.text import name, names, string, value


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One thing that has to be known of a table."""

    table: str
    where: str = ""
    by: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the columns that it reads, those in `where` and `by` aside; empty where that is not known."""
        return ()

    @property
    def aggregate(self) -> str:
        """Give it as one aggregate expression over the rows looked at; empty where it takes a query of its own."""
        return ""

    def query(self, source: str) -> str:
        """Give the query that defines it; `source` is what stands after FROM."""
        keys = names(self.by)
        select = f"{keys}, {self.aggregate}" if keys else self.aggregate
        return f"SELECT {select} FROM {source}{self.filtered}" + (f" GROUP BY {keys}" if keys else "")

    @property
    def filtered(self) -> str:
        """Give the WHERE clause, with a space before it; empty if all rows are looked at."""
        return f" WHERE {self.where}" if self.where else ""

    def _but(self, *conditions: str) -> str:
        """Give the condition of the rows looked at, and further ones, as one."""
        return " AND ".join([f"({self.where})", *conditions] if self.where else conditions)


@dataclass(frozen=True, kw_only=True)
class Rows(Quantity):
    """How many rows there are."""

    @property
    def aggregate(self) -> str:
        """Give the count."""
        return "count(*)"


@dataclass(frozen=True, kw_only=True)
class Nulls(Quantity):
    """How many rows lack a value in any of the columns."""

    of: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the columns."""
        return self.of

    @property
    def aggregate(self) -> str:
        """Give the count."""
        if len(self.of) == 1:
            return f"count(*) - count({name(self.of[0])})"
        return f"count(*) FILTER (WHERE {' OR '.join(f'{name(each)} IS NULL' for each in self.of)})"


@dataclass(frozen=True, kw_only=True)
class Filled(Quantity):
    """How many rows have a value in the column."""

    of: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the column."""
        return (self.of,)

    @property
    def aggregate(self) -> str:
        """Give the count."""
        return f"count({name(self.of)})"


@dataclass(frozen=True)
class Wrong(ABC):
    """What makes a single row wrong, as a condition that is never true for a row without the value."""

    column: str
    type: str = ""

    @property
    @abstractmethod
    def sql(self) -> str:
        """Give the condition."""

    @property
    def as_text(self) -> str:
        """Give the column as text: cast where it is a number, a date or of an ENUM."""
        text = name(self.column)
        return text if self.type.upper() in ("", "VARCHAR") else f"CAST({text} AS VARCHAR)"


@dataclass(frozen=True)
class OutOfRange(Wrong):
    """The value is below `low` or above `high`; NaN, which is no number, is out of every range.

    The bounds are values of the column's type (`column_type.bound`), so that they compare with its statistics as they are:
    int, Decimal, float, str, date, datetime (naive for TIMESTAMP, in UTC for a zoned one) or time. A bound that excludes
    nothing is None; ``inf`` as `low` or ``-inf`` as `high` excludes everything, for every type of number.
    """

    low: Any = None
    high: Any = None

    @property
    def sql(self) -> str:
        """Give the condition. In DuckDB NaN is greater than every number, so a low bound alone would let it pass."""
        column = self.as_text if family(self.type) == "text" else name(self.column)
        parts = [f"{column} < {value(self.low, self.type)}"] if self.low is not None else []
        parts += [f"{column} > {value(self.high, self.type)}"] if self.high is not None else []
        if self.high is None and self.type.upper() in ("DOUBLE", "FLOAT"):
            parts.append(f"isnan({column})")
        return f"({' OR '.join(parts)})" if parts else "FALSE"


@dataclass(frozen=True)
class NotAmong(Wrong):
    """The value is none of those listed, which are values of the column's type; none listed: every value is wrong."""

    values: tuple[Any, ...] = ()

    @property
    def sql(self) -> str:
        """Give the condition."""
        if not self.values:
            return f"({name(self.column)} IS NOT NULL)"
        column = self.as_text if family(self.type) == "text" else name(self.column)
        return f"({column} NOT IN ({', '.join(value(each, self.type) for each in self.values)}))"


@dataclass(frozen=True)
class Unmatched(Wrong):
    """The text does not match the regular expression anywhere."""

    pattern: str = ""

    @property
    def sql(self) -> str:
        """Give the condition."""
        return f"(NOT regexp_matches({self.as_text}, {string(self.pattern)}))"


@dataclass(frozen=True)
class BadLength(Wrong):
    """The text has too few or too many characters."""

    low: int | None = None
    high: int | None = None

    @property
    def sql(self) -> str:
        """Give the condition."""
        length = f"length({self.as_text})"
        parts = [f"{length} < {self.low}"] if self.low is not None else []
        parts += [f"{length} > {self.high}"] if self.high is not None else []
        return f"({' OR '.join(parts)})"


@dataclass(frozen=True)
class Uncastable(Wrong):
    """The value cannot be read as the type, which was parsed before it came here."""

    as_type: str = ""
    format: str = ""

    @property
    def sql(self) -> str:
        """Give the condition."""
        column = name(self.column)
        read = f"TRY_CAST({column} AS {self.as_type})"
        if self.format:
            read = f"try_strptime({self.as_text}, {string(self.format)})"
        return f"({column} IS NOT NULL AND {read} IS NULL)"


@dataclass(frozen=True)
class Unmet(Wrong):
    """The condition over the row does not hold; `column` is empty, the condition was parsed before it came here."""

    condition: str = ""

    @property
    def sql(self) -> str:
        """Give the condition, turned round: a row for which it is unknown stays right."""
        return f"(NOT ({self.condition}))"


@dataclass(frozen=True, kw_only=True)
class Matching(Quantity):
    """How many rows are wrong."""

    wrong: Wrong

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the column; a condition over several does not say which."""
        return (self.wrong.column,) if self.wrong.column else ()

    @property
    def aggregate(self) -> str:
        """Give the count."""
        return f"count(*) FILTER (WHERE {self.wrong.sql})"


@dataclass(frozen=True, kw_only=True)
class Duplicates(Quantity):
    """How many rows repeat the key of an earlier one: rows with a whole key, less the different keys."""

    of: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the key."""
        return self.of

    def query(self, source: str) -> str:
        """Give the query; -0.0 and 0.0 are one key, NaN equals NaN, as in GROUP BY."""
        condition = self._but(*(f"{name(each)} IS NOT NULL" for each in self.of))
        keys = names(dict.fromkeys((*self.by, *self.of)))
        inner = f"SELECT {keys}, count(*) AS decom_n FROM {source} WHERE {condition} GROUP BY {keys}"
        out = names(self.by)
        if out:
            return f"SELECT {out}, CAST(sum(decom_n - 1) AS BIGINT) FROM ({inner}) AS decom_k GROUP BY {out}"
        return f"SELECT CAST(coalesce(sum(decom_n - 1), 0) AS BIGINT) FROM ({inner}) AS decom_k"


@dataclass(frozen=True, kw_only=True)
class Orphans(Quantity):
    """How many rows refer to a row that the parent table does not have."""

    of: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the referring columns."""
        return self.of

    def query(self, source: str, parent_source: str = "") -> str:
        """Give the query; `parent_source` is what stands after FROM for the parent, its name if left out."""
        whole = " AND ".join(f"decom_c.{name(each)} IS NOT NULL" for each in self.of)
        same = " AND ".join(
            f"decom_p.{name(b)} = decom_c.{name(a)}" for a, b in zip(self.of, self.parent_columns, strict=True)
        )
        child = f"(SELECT * FROM {source}{self.filtered})" if self.where else source
        keys = ", ".join(f"decom_c.{name(each)}" for each in self.by)
        select = f"{keys}, count(*)" if keys else "count(*)"
        return (
            f"SELECT {select} FROM {child} AS decom_c WHERE {whole} AND NOT EXISTS "
            f"(SELECT 1 FROM {parent_source or name(self.parent)} AS decom_p WHERE {same})"
            + (f" GROUP BY {keys}" if keys else "")
        )


@dataclass(frozen=True, kw_only=True)
class Figure(Quantity):
    """A statistic of one column: min, max, mean, sum, stddev, median, distinct; None (distinct: 0) where there is no value.

    The standard deviation is that of a sample; the median of an even number is halfway between the middle two. NaN and the
    infinities have no standard deviation: with one of them, or a number beyond 1e150, it is NaN.
    """

    of: str
    figure: str
    type: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the column."""
        return (self.of,)

    @property
    def aggregate(self) -> str:
        """Give the aggregate."""
        column = name(self.of)
        forms = {
            "mean": f"avg({column})",
            "distinct": f"count(DISTINCT {column})",
            "stddev": f"stddev_samp({column})",
            # A cast, because the median of decimals would be rounded to their digits.
            "median": f"quantile_cont(CAST({column} AS DOUBLE), 0.5)",
        }
        if self.figure == "stddev" and self.type.upper() in ("DOUBLE", "FLOAT", ""):
            tame = f"abs({column}) <= 1e150"
            return (
                f"CASE WHEN count(*) FILTER (WHERE NOT ({tame})) > 0 THEN CAST('nan' AS DOUBLE) "
                f"ELSE stddev_samp({column}) FILTER (WHERE {tame}) END"
            )
        return forms.get(self.figure, f"{self.figure}({column})")


@dataclass(frozen=True, kw_only=True)
class ValueCounts(Quantity):
    """How often each value of the column occurs, missing ones aside: a mapping from value to count.

    With `most`, only so many of the most frequent are needed (of each partition, with `by`); more do no harm. Those that are
    equally frequent come in the order of their values. With `by` it is a mapping from partition to such a mapping, and the
    query gives the partition's columns first.
    """

    of: str
    most: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the column."""
        return (self.of,)

    def query(self, source: str) -> str:
        """Give the query."""
        column = name(self.of)
        keys = names(self.by)
        before = f"{keys}, " if keys else ""
        counts = (
            f"SELECT {before}{column} AS decom_v, count(*) AS decom_n FROM {source} WHERE {self._but(f'{column} IS NOT NULL')} "
            f"GROUP BY {before}{column}"
        )
        if not self.most:
            return counts
        if not keys:
            return f"{counts} ORDER BY decom_n DESC, decom_v LIMIT {self.most}"
        place = f"row_number() OVER (PARTITION BY {keys} ORDER BY decom_n DESC, decom_v) AS decom_place"
        ranked = f"SELECT *, {place} FROM ({counts}) AS decom_c"
        return f"SELECT {keys}, decom_v, decom_n FROM ({ranked}) AS decom_r WHERE decom_place <= {self.most}"


@dataclass(frozen=True, kw_only=True)
class Groups(Quantity):
    """Figures for each group of rows, as reconciliation compares them: a mapping from the group's values to the figures.

    Both are tuples; without `group`, the one key is the empty tuple.
    `group` are expressions that were parsed before they came here, `figures` are aggregate expressions made by us.
    """

    group: tuple[str, ...]
    figures: tuple[str, ...]

    def query(self, source: str) -> str:
        """Give the query: group columns g0, g1 …, then figures f0, f1 …."""
        keys = [f"{each} AS g{at}" for at, each in enumerate(self.group)]
        figures = [f"{each} AS f{at}" for at, each in enumerate(self.figures)]
        # By position: a column of the table may be called g0, and would be meant before the alias.
        grouped = f" GROUP BY {', '.join(str(at + 1) for at in range(len(keys)))}" if keys else ""
        return f"SELECT {', '.join(keys + figures)} FROM {source}{self.filtered}{grouped}"


@dataclass(frozen=True, kw_only=True)
class OwnQuery(Quantity):
    """Something that takes a query of its own, over one or more tables: a row of figures by name.

    The value is a mapping from the name of a result column to its figure; with `by`, a mapping from partition to such a
    mapping, and the query gives the partition's columns first, under their own names. `where` and `by` are in the text.

    `text` holds a placeholder ``{table}``, ``{other}``, ``{other1}`` … (doubled braces stand for braces) for what stands
    after FROM: the table itself and each of `others`. `portable` is the same in SQL that other engines have too, where DuckDB
    has a faster word for it; empty where there is no difference.
    """

    text: str
    others: tuple[str, ...] = ()
    portable: str = ""

    def query(self, source: str, others: Mapping[str, str] | None = None, *, portable: bool = False) -> str:
        """Give the query; `others` is what stands after FROM for each further table, its name if left out."""
        places = [(others or {}).get(each, name(each)) for each in self.others]
        numbered = {f"other{at or ''}": place for at, place in enumerate(places)}
        text = self.portable if portable and self.portable else self.text
        return text.format(table=source, **numbered)
