"""How far the distribution of a column has moved from that of a reference table: one query per method, one figure.

Every query gives `distance`, and the values looked at `here` and `there`; the distance is NULL where one side has none. With
`by`, each partition is compared with the whole reference. `where` is about the table, not about the reference.
"""

from __future__ import annotations

from decom_nb.sql.own_query import OTHER, TABLE, Looked, finished
from decom_nb.sql.text import name

BINS = 10
"""Equal shares of the reference, the usual number for the population stability index."""
SMALLEST_SHARE = 0.0001
"""What stands for a smaller share: that of nothing has no logarithm. The value is the usual one of PSI's implementations."""
MOST = 10
"""Values that top_k looks at."""


def psi(column: str, looked: Looked, *, ordered: bool, portable: bool) -> str:
    """Give the population stability index: the sum of (p - q) ln(p / q) over bins, p here and q there.

    Ordered columns have ten bins, whose upper edges are the smallest values of the reference at or below which at least 1/10,
    2/10 … 9/10 of its rows lie; edges that fall together leave a bin empty. Other columns have one bin for each value. A share
    below 0.0001 counts as 0.0001. The sum is that of Yurdakul, Statistical Properties of Population Stability Index (2018).
    """
    if not ordered:
        return _compared(_counts(TABLE, column, looked), _counts(OTHER, column, Looked()), looked, _psi())
    x = name(column)
    if portable:
        places = (
            f"SELECT {x} AS decom_x, row_number() OVER (ORDER BY {x}) AS decom_r, count(*) OVER () AS decom_n "
            f"FROM {OTHER} WHERE {x} IS NOT NULL"
        )
        edges = ", ".join(
            f"min(CASE WHEN decom_r * {BINS} >= decom_n * {at} THEN decom_x END) AS decom_e{at}"
            for at in range(1, BINS)
        )
        edge = f"decom_e AS (SELECT {edges} FROM ({places}) AS decom_p)"
    else:
        edges = ", ".join(f"quantile_disc({x}, {at / BINS!r}) AS decom_e{at}" for at in range(1, BINS))
        edge = f"decom_e AS (SELECT {edges} FROM {OTHER} WHERE {x} IS NOT NULL)"
    cases = " ".join(f"WHEN {x} <= decom_e.decom_e{at} THEN {at}" for at in range(1, BINS))
    bins = f"CASE {cases} ELSE {BINS} END AS decom_x"

    def counted(source: str, of: Looked) -> str:
        rows = f"SELECT {of.keys}{bins} FROM {source} CROSS JOIN decom_e WHERE {of.filled([column])}"
        return f"SELECT {of.keys}decom_x, count(*) AS decom_n FROM ({rows}) AS decom_i GROUP BY {of.keys}decom_x"

    return _compared(counted(TABLE, looked), counted(OTHER, Looked()), looked, _psi(), edge)


def ks(column: str, looked: Looked) -> str:
    """Give the two-sample Kolmogorov-Smirnov statistic: the largest gap between the two distribution functions, exactly."""
    over = looked.over()

    def total(of: str, window: str) -> str:
        return f"sum(CAST({of} AS DOUBLE)) OVER ({window})"

    gaps = (
        f"SELECT {looked.keys}{total('decom_a', over.strip())} AS decom_here, {total('decom_b', over.strip())} AS decom_there, "
        f"abs({total('decom_a', f'{over}ORDER BY decom_x')} / nullif({total('decom_a', over.strip())}, 0) - "
        f"{total('decom_b', f'{over}ORDER BY decom_x')} / nullif({total('decom_b', over.strip())}, 0)) AS decom_d FROM decom_c"
    )
    sides = _sides(_counts(TABLE, column, looked), _counts(OTHER, column, Looked()), looked)
    return finished(
        f"WITH {sides} SELECT {looked.keys}max(decom_d) AS distance, max(decom_here) AS here, max(decom_there) AS there "
        f"FROM ({gaps}) AS decom_g{looked.grouped}"
    )


def top_k(column: str, looked: Looked) -> str:
    """Give the total variation over the ten most frequent values of the reference and one class for all others.

    Half the sum of |p - q|: the share of rows that would have to change their value. Equally frequent ones are taken in order.
    """
    x = name(column)
    top = (
        f"decom_e AS (SELECT {x} AS decom_v FROM {OTHER} WHERE {x} IS NOT NULL GROUP BY {x} "
        f"ORDER BY count(*) DESC, {x} LIMIT {MOST})"
    )

    def counted(source: str, of: Looked) -> str:
        classes = (
            f"SELECT {of.of('decom_i')}decom_e.decom_v AS decom_x, decom_i.decom_n "
            f"FROM ({_counts(source, column, of)}) AS decom_i LEFT JOIN decom_e ON decom_i.decom_x = decom_e.decom_v"
        )
        return f"SELECT {of.keys}decom_x, sum(decom_n) AS decom_n FROM ({classes}) AS decom_j GROUP BY {of.keys}decom_x"

    return _compared(counted(TABLE, looked), counted(OTHER, Looked()), looked, "sum(abs(decom_p - decom_q)) / 2", top)


def _psi() -> str:
    p, q = (f"greatest({each}, {SMALLEST_SHARE})" for each in ("decom_p", "decom_q"))
    return f"sum(({p} - {q}) * ln({p} / {q}))"


def _counts(source: str, column: str, looked: Looked) -> str:
    """Count the rows of each value."""
    rows = f"SELECT {looked.keys}{name(column)} AS decom_x FROM {source} WHERE {looked.filled([column])}"
    return f"SELECT {looked.keys}decom_x, count(*) AS decom_n FROM ({rows}) AS decom_o GROUP BY {looked.keys}decom_x"


def _sides(here: str, there: str, looked: Looked) -> str:
    """Put counts of both sides side by side: decom_c, with decom_a here and decom_b there; every partition has all of there."""
    partitions = f" CROSS JOIN (SELECT DISTINCT {looked.keys[:-2]} FROM decom_h) AS decom_k" if looked.by else ""
    return (
        f"decom_h AS ({here}), decom_r AS ({there}), "
        f"decom_c AS (SELECT {looked.keys}decom_x, sum(decom_a) AS decom_a, sum(decom_b) AS decom_b FROM ("
        f"SELECT {looked.keys}decom_x, decom_n AS decom_a, 0 AS decom_b FROM decom_h UNION ALL "
        f"SELECT {looked.of('decom_k')}decom_r.decom_x, 0 AS decom_a, decom_r.decom_n AS decom_b FROM decom_r{partitions}"
        f") AS decom_u GROUP BY {looked.keys}decom_x)"
    )


def _compared(here: str, there: str, looked: Looked, figure: str, first: str = "") -> str:
    """Give the figure over the shares decom_p here and decom_q there."""
    over = looked.over().strip()

    def share(of: str) -> str:
        return f"CAST({of} AS DOUBLE) / nullif(CAST(sum({of}) OVER ({over}) AS DOUBLE), 0)"

    shares = f"SELECT {looked.keys}decom_a, decom_b, {share('decom_a')} AS decom_p, {share('decom_b')} AS decom_q FROM decom_c"
    return finished(
        f"WITH {first + ', ' if first else ''}{_sides(here, there, looked)} "
        f"SELECT {looked.keys}CASE WHEN sum(decom_a) > 0 AND sum(decom_b) > 0 THEN {figure} END AS distance, "
        f"sum(decom_a) AS here, sum(decom_b) AS there FROM ({shares}) AS decom_s{looked.grouped}"
    )
