"""The queries of checks that take one of their own, as text with placeholders: order, dependency, distance, sample.

Each gives a row of figures by name, `violations` among them, per partition where there are `by` columns. `needs` puts
them into an `OwnQuery`. Names and conditions come here quoted and parsed, their braces doubled by `braced`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from decom_nb.sql.text import name, names

TABLE, OTHER = "\0table\0", "\0other\0"
"""Where the tables stand in a query that is being put together; no name or text of a client can hold a NUL."""


_TAME = "1e150"
"""Squares of larger numbers leave the range of a double."""
_NORMAL = 1.4826
"""By which the median absolute deviation of normal data is smaller than its standard deviation (1 / 0.6745)."""


class Looked(NamedTuple):
    """Which rows are looked at, and by which columns they are judged apart."""

    where: str = ""
    by: tuple[str, ...] = ()

    def filled(self, columns: Sequence[str]) -> str:
        """Give the rows that have a value in every one of the columns."""
        parts = [f"({self.where})"] if self.where else []
        return " AND ".join([*parts, *(f"{name(each)} IS NOT NULL" for each in columns)])

    @property
    def keys(self) -> str:
        """Give the columns of `by` before others: quoted, with a comma after each."""
        return "".join(f"{name(each)}, " for each in self.by)

    @property
    def grouped(self) -> str:
        """Give the GROUP BY over the columns of `by`, with a space before it."""
        return f" GROUP BY {names(self.by)}" if self.by else ""

    def of(self, table: str) -> str:
        """Give the columns of `by` of one table, before others."""
        return "".join(f"{table}.{name(each)}, " for each in self.by)

    def same(self, a: str, b: str) -> str:
        """Give the condition that two tables are in the same partition, for a join."""
        return " AND ".join(f"{a}.{name(each)} IS NOT DISTINCT FROM {b}.{name(each)}" for each in self.by) or "TRUE"

    def over(self, *more: str) -> str:
        """Give the PARTITION BY of a window over the columns of `by` and more."""
        columns = names(dict.fromkeys((*self.by, *more)))
        return f"PARTITION BY {columns} " if columns else ""


def braced(text: str) -> str:
    """Double the braces of a text, for a template with placeholders.

    >>> braced('"a{b"')
    '"a{{b"'
    """
    return text.replace("{", "{{").replace("}", "}}")


def monotone(column: str, order_by: str, within: Sequence[str], strict: bool, looked: Looked) -> str:
    """Count the rows whose value is less than that of the row before (`strict`: not more).

    Rows without value, or without a place in the order, are not looked at. Rows at the same place stand in the order of
    their values, so that one answer is right in every engine and a tie alone is no step back.
    """
    comparison = "<=" if strict else "<"
    back = f"SELECT {looked.keys}{before(column, order_by, within, looked, TABLE)}"
    return finished(
        f"SELECT {looked.keys}count(*) FILTER (WHERE decom_v {comparison} decom_previous) AS violations "
        f"FROM ({back}) AS decom_s{looked.grouped}"
    )


def before(column: str, order_by: str, within: Sequence[str], looked: Looked, source: str) -> str:
    """Give the value and that of the row before, as what stands after SELECT."""
    window = f"{looked.over(*within)}ORDER BY {name(order_by)}, {name(column)}"
    return (
        f"{name(column)} AS decom_v, lag({name(column)}) OVER ({window}) AS decom_previous "
        f"FROM {source} WHERE {looked.filled([column, order_by, *within])}"
    )


def finished(text: str) -> str:
    """Make a template out of a text with the marks `TABLE` and `OTHER`: placeholders for them, all other braces doubled."""
    return braced(text).replace(TABLE, "{table}").replace(OTHER, "{other}")


def functional_dependency(columns: Sequence[str], determine: Sequence[str], looked: Looked) -> str:
    """Count, in each group of equal `columns`, the rows outside the most frequent combination of `determine`.

    Rows without a value in any of the columns are not looked at.
    """
    left = names(dict.fromkeys((*looked.by, *columns)))
    both = names(dict.fromkeys((*looked.by, *columns, *determine)))
    return finished(
        f"SELECT {looked.keys}CAST(coalesce(sum(decom_n - decom_most), 0) AS BIGINT) AS violations FROM ("
        f"SELECT {left}, sum(decom_n) AS decom_n, max(decom_n) AS decom_most FROM ("
        f"SELECT {both}, count(*) AS decom_n FROM {TABLE} WHERE {looked.filled([*columns, *determine])} GROUP BY {both}"
        f") AS decom_c GROUP BY {left}) AS decom_d{looked.grouped}"
    )


def outliers(column: str, method: str, factor: float, floating: bool, looked: Looked, *, portable: bool) -> str:
    """Count the numbers that lie far from the others: `violations`, and the bounds `low` and `high` that are still right.

    Figures are taken over numbers up to 1e150; larger ones, NaN and the infinities (`floating` columns have them) are
    always far. Quartiles and medians are interpolated between neighbours at the place (n - 1) p: Hyndman and Fan's definition
    7, that of percentile_cont. The standard deviation is that of a sample; the median absolute deviation is scaled by 1.4826
    to match it for normal data. Where the distance is nothing, because most values are equal, every other value is far.
    """
    of = "".join(f"decom_v.{name(each)}, " for each in looked.by)
    group = f" GROUP BY {of[:-2]}" if looked.by else ""
    return finished(
        f"WITH {outlier_bounds(column, method, factor, floating, looked, TABLE, portable=portable)} "
        f"SELECT {of}count(*) FILTER (WHERE {far('decom_v.decom_x', floating)}) AS violations, "
        f"min(decom_b.decom_low) AS low, max(decom_b.decom_high) AS high "
        f"FROM decom_v LEFT JOIN decom_b ON {looked.same('decom_v', 'decom_b')}{group}"
    )


def far(x: str, floating: bool) -> str:
    """Give the condition that x lies outside the bounds of `outlier_bounds`."""
    beyond = f"{x} < decom_b.decom_low OR {x} > decom_b.decom_high"
    return beyond + (f" OR NOT (abs({x}) <= {_TAME})" if floating else "")


def outlier_bounds(
    column: str, method: str, factor: float, floating: bool, looked: Looked, source: str, *, portable: bool
) -> str:
    """Give what stands after WITH: the numbers decom_v.decom_x, and decom_b with the bounds of each partition."""
    keys, by = looked.keys, looked.grouped
    rows = f"SELECT {keys}CAST({name(column)} AS DOUBLE) AS decom_x FROM {source} WHERE {looked.filled([column])}"
    tame = f" WHERE abs(decom_x) <= {_TAME}" if floating else ""
    steps = [f"decom_v AS ({rows})", f"decom_t AS (SELECT {keys}decom_x FROM decom_v{tame})"]
    if method == "zscore":
        away = f"{factor!r} * coalesce(stddev_samp(decom_x), 0)"
        bounds = f"avg(decom_x) - {away} AS decom_low, avg(decom_x) + {away} AS decom_high"
        steps.append(f"decom_b AS (SELECT {keys}{bounds} FROM decom_t{by})")
    elif method == "iqr":
        quartiles = quantiles("decom_t", looked, {"decom_q1": 0.25, "decom_q3": 0.75}, portable=portable)
        away = f"{factor!r} * (decom_q3 - decom_q1)"
        bounds = f"decom_q1 - {away} AS decom_low, decom_q3 + {away} AS decom_high"
        steps += [f"decom_q AS ({quartiles})", f"decom_b AS (SELECT {keys}{bounds} FROM decom_q)"]
    else:
        away = f"{factor * _NORMAL!r} * decom_s.decom_mad"
        middle = "decom_m.decom_middle"
        steps += [
            f"decom_m AS ({quantiles('decom_t', looked, {'decom_middle': 0.5}, portable=portable)})",
            f"decom_d AS (SELECT {looked.of('decom_t')}abs(decom_t.decom_x - {middle}) AS decom_x FROM decom_t "
            f"JOIN decom_m ON {looked.same('decom_t', 'decom_m')})",
            f"decom_s AS ({quantiles('decom_d', looked, {'decom_mad': 0.5}, portable=portable)})",
            f"decom_b AS (SELECT {looked.of('decom_m')}{middle} - {away} AS decom_low, {middle} + {away} AS decom_high "
            f"FROM decom_m JOIN decom_s ON {looked.same('decom_m', 'decom_s')})",
        ]
    return ", ".join(steps)


def quantiles(source: str, looked: Looked, wanted: dict[str, float], *, portable: bool) -> str:
    """Give quantiles of decom_x as a SELECT; portable: from places in the order, which every engine counts alike."""
    if not portable:
        figures = ", ".join(f"quantile_cont(decom_x, {p!r}) AS {called}" for called, p in wanted.items())
        return f"SELECT {looked.keys}{figures} FROM {source}{looked.grouped}"
    over = looked.over()
    places = (
        f"SELECT {looked.keys}decom_x, row_number() OVER ({over}ORDER BY decom_x) - 1 AS decom_r, "
        f"count(*) OVER ({over.strip()}) - 1 AS decom_n FROM {source}"
    )

    def at(place: str) -> str:
        return f"max(CASE WHEN decom_r = {place} THEN decom_x END)"

    figures = ", ".join(
        f"{at(f'floor(decom_n * {p!r})')} + (max(decom_n) * {p!r} - floor(max(decom_n) * {p!r})) * "
        f"({at(f'ceil(decom_n * {p!r})')} - {at(f'floor(decom_n * {p!r})')}) AS {called}"
        for called, p in wanted.items()
    )
    return f"SELECT {looked.keys}{figures} FROM ({places}) AS decom_p{looked.grouped}"


def sample(keys: Sequence[str], columns: Sequence[str], looked: Looked) -> str:
    """Count the verified rows (`{other}`) that no row of the table agrees with in every cell, as `violations`, of `rows`.

    A verified row whose row in the table lies outside `where` is not looked at, nor is one without a whole key.
    """
    same = " AND ".join(f"decom_t.{name(each)} = decom_v.{name(each)}" for each in keys)
    agrees = " AND ".join(f"decom_t.{name(each)} IS NOT DISTINCT FROM decom_v.{name(each)}" for each in columns)
    whole = " AND ".join(f"{name(each)} IS NOT NULL" for each in keys)
    both = names(dict.fromkeys((*keys, *columns)))
    wide = names(dict.fromkeys((*keys, *columns, *looked.by)))
    outside = looked.where or "TRUE"
    by = "".join(f"min(decom_t.{name(each)}) AS {name(each)}, " for each in looked.by)
    return finished(
        f"WITH decom_v AS (SELECT {both}, row_number() OVER (ORDER BY {names(keys)}) AS decom_row FROM {OTHER} WHERE {whole}), "
        f"decom_t AS (SELECT {wide}, CASE WHEN {outside} THEN 1 ELSE 0 END AS decom_inside FROM {TABLE}), "
        f"decom_j AS (SELECT {by}count(decom_t.decom_inside) AS decom_found, max(decom_t.decom_inside) AS decom_inside, "
        f"max(CASE WHEN decom_t.decom_inside = 1 AND {agrees} THEN 1 ELSE 0 END) AS decom_agrees "
        f"FROM decom_v LEFT JOIN decom_t ON {same} GROUP BY decom_v.decom_row) "
        f"SELECT {looked.keys}count(*) AS rows, count(*) FILTER (WHERE decom_agrees = 0) AS violations, "
        f"count(*) FILTER (WHERE decom_found = 0) AS missing FROM decom_j "
        f"WHERE decom_found = 0 OR decom_inside = 1{looked.grouped}"
    )
