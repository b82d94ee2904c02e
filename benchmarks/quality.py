"""How long checks take beside the least one could do: ratios in one run, each contestant in a process of its own.

Baselines: `floor` decodes the columns that the suite reads, once, and does nothing with them; `fused` is a scan written by
hand, everything in one SELECT; `query per check` runs the query that defines each quantity, one after another. With
``--peer PYTHON``, an interpreter that has pandera[polars], pandera answers the same 24 checks.

    python benchmarks/quality.py [CASE ...] [--rounds 3] [--folder DIR] [--peer PYTHON]

Contestants take turns, so that a busy machine is busy for all; medians of the ratios of a round are printed. "engine" is the
time from opening the tables to the last result, "whole" that of the process with its start-up. Data is made on first use.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

NOW = "2025-07-02"
STATUS = ("placed", "paid", "shipped", "delivered", "cancelled", "returned")
CURRENCY = ("USD", "EUR", "GBP", "CAD", "JPY")
COUNTRIES = "US GB DE FR CA JP AU IT ES NL SE NO DK FI PL BR MX IN CN SG"
COUNTRY = tuple(COUNTRIES.split())
EMAIL = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$"
PARENTS = 1_000_000


@dataclass(frozen=True)
class Case:
    """One table and what is asked of it."""

    name: str
    rows: int
    format: str = "parquet"
    suite: str = "orders"
    contestants: tuple[str, ...] = ("engine", "floor", "fused")
    bar: str = ""


CASES = {
    each.name: each
    for each in (
        Case("2m", 2_000_000, contestants=("engine", "floor", "fused", "query per check", "peer")),
        Case("2m csv", 2_000_000, "csv", contestants=("engine", "fused", "query per check", "peer")),
        Case("20m", 20_000_000, contestants=("engine", "floor", "fused", "peer")),
        Case("20m scan", 20_000_000, contestants=("scan", "fused")),
        Case("240 checks", 2_000_000, suite="orders ten times"),
        Case("24 checks, no regex", 2_000_000, suite="orders without regex"),
        Case("200 tables", 1_000, suite="small tables", contestants=("engine",)),
        Case("uuid keys", 5_000_000, suite="uuid"),
        Case("sparse keys", 5_000_000, suite="sparse"),
        Case("no statistics", 2_000_000, suite="no statistics"),
        Case("300 columns", 100_000, suite="wide"),
    )
}


# -- data ---------------------------------------------------------------------------------------------------------------


def orders_sql(rows: int) -> str:
    """Give orders with a known number of planted faults, the same for every number of rows."""

    def at(count: int, offset: int) -> str:
        return "(" + ",".join(str(offset + step * (rows // (count + 1))) for step in range(1, count + 1)) + ")"

    def h(salt: int) -> str:
        return f"hash(i * 1000003 + {42000 + salt})"

    def one_of(values: Sequence[str], salt: int) -> str:
        return f"[{', '.join(map(repr, values))}][1 + ({h(salt)} % {len(values)})::INT]"

    again = "(i - 100) * 3 + 1 + hash((i - 100) * 1000003 + 42001) % 3"
    return f"""
    SELECT CASE WHEN i IN {at(3, 101)} THEN {again} ELSE i * 3 + 1 + {h(1)} % 3 END::BIGINT AS order_id,
      CASE WHEN i IN {at(5, 202)} THEN {PARENTS} + 1 + i % 7 ELSE 1 + {h(2)} % {PARENTS} END::BIGINT AS customer_id,
      CASE WHEN i IN {at(7, 303)} THEN 'unknwon' ELSE {one_of(STATUS, 3)} END AS order_status,
      CASE WHEN i IN {at(11, 404)} THEN NULL WHEN i IN {at(4, 505)} THEN -5.25 WHEN i IN {at(3, 515)} THEN 250000.0
        ELSE (({h(4)} % 20000) + 1) / 100.0 END::DOUBLE AS order_amount,
      CASE WHEN {h(5)} % 100 < 70 THEN 'USD' ELSE {one_of(CURRENCY[1:], 6)} END AS currency,
      CASE WHEN i IN {at(13, 606)} THEN NULL WHEN i IN {at(6, 616)} THEN 'user' || i || '.example.com'
        ELSE 'user' || ({h(2)} % {PARENTS}) || '@' || {one_of(("example.com", "mail.example.org", "corp.example.net"), 7)}
        END AS email,
      CASE WHEN i IN {at(9, 707)} THEN NULL WHEN i IN {at(2, 717)} THEN 'ZZ' ELSE {one_of(COUNTRY, 8)} END AS country,
      CASE WHEN i IN {at(2, 808)} THEN 9999 ELSE 1 + {h(9)} % 20 END::INTEGER AS quantity,
      t + CASE WHEN i IN {at(1, 909)} THEN INTERVAL 3650 DAY ELSE INTERVAL 0 DAY END AS ordered_at,
      t + CASE WHEN i IN {at(8, 1010)} THEN -INTERVAL 1 HOUR ELSE to_seconds(({h(10)} % 86400)::BIGINT) END AS updated_at
    FROM (SELECT i, TIMESTAMP '2023-06-30' + to_seconds((i * {730 * 86400} // {rows} + hash(i + 7) % 600)::BIGINT) AS t
          FROM range({rows}) r(i))"""


def make(case: Case, folder: Path) -> None:
    """Make the data of a case, if it is not there."""
    import duckdb

    connection = duckdb.connect()

    def copy(query: str, file: str, options: str = "FORMAT parquet, COMPRESSION zstd") -> str:
        path = folder / file
        if not path.exists():
            connection.execute(f"COPY ({query}) TO '{path}.part' ({options})")
            Path(f"{path}.part").replace(path)
        return str(path)

    def group(rows: int) -> str:
        return f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {100_000 if rows < 10_000_000 else 500_000}"

    rows = case.rows
    parent = copy(
        f"SELECT i AS customer_id, 'Customer ' || i AS name FROM range(1, {PARENTS + 1}) r(i)", "customers.parquet"
    )
    if case.suite.startswith("orders") or case.suite == "no statistics":
        orders = copy(orders_sql(rows), f"orders_{rows}.parquet", group(rows))
        daily = copy(
            "SELECT day, n + (day = DATE '2024-02-29')::INT AS n, "
            "round(amount + 12.5 * (day = DATE '2024-11-05')::INT, 2) AS amount "
            f"FROM (SELECT ordered_at::DATE AS day, count(*) AS n, sum(order_amount) AS amount FROM '{orders}' GROUP BY 1)",
            f"daily_{rows}.parquet",
        )
        if case.format == "csv":
            copy(f"FROM '{orders}'", f"orders_{rows}.csv", "HEADER")
            copy(f"FROM '{daily}'", f"daily_{rows}.csv", "HEADER")
            copy(f"FROM '{parent}'", "customers.csv", "HEADER")
        if case.suite == "no statistics":
            without_statistics(orders, folder / f"bare_{rows}.parquet")
    elif case.suite == "uuid":
        key = " || '-' || ".join(
            f"substr(m, {start}, {length})" for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        )
        copy(
            f"SELECT {key} AS id, hash(j) % 100 AS quantity FROM (SELECT j, md5(j::VARCHAR) AS m FROM (SELECT CASE WHEN i IN "
            f"(1000001, 2000001) THEN i - 900000 ELSE i END AS j FROM range({rows}) r(i)))",
            f"uuid_{rows}.parquet",
            group(rows),
        )
    elif case.suite == "sparse":
        copy(
            f"SELECT (hash(j) >> 1)::BIGINT AS id, hash(j) % 100 AS quantity FROM (SELECT CASE WHEN i IN (1000001, 2000001) "
            f"THEN i - 900000 ELSE i END AS j FROM range({rows}) r(i))",
            f"sparse_{rows}.parquet",
            group(rows),
        )
    elif case.suite == "wide":
        columns = ", ".join(f"hash(i + {at}) % {97 + at} AS c{at}" for at in range(300))
        copy(f"SELECT {columns} FROM range({rows}) r(i)", f"wide_{rows}.parquet", group(rows))
    elif case.suite == "small tables":
        for at in range(200):
            copy(
                f"SELECT i AS id, 'name ' || i AS name, hash(i + {at}) % 50 AS quantity, TIMESTAMP '2025-07-01' AS at "
                f"FROM range({rows}) r(i)",
                f"small_{at}.parquet",
            )
    connection.close()


def without_statistics(path: str, to: Path) -> None:
    """Write a table anew as a writer would that leaves statistics out."""
    if to.exists():
        return
    import pyarrow.parquet as pq

    whole = pq.read_table(path)
    pq.write_table(whole, f"{to}.part", row_group_size=200_000, compression="zstd", write_statistics=False)
    Path(f"{to}.part").replace(to)


# -- suites -------------------------------------------------------------------------------------------------------------


def orders_checks(rows: int) -> tuple[Any, ...]:
    """Give the 24 checks."""
    from decom_nb import check as c

    def filled(column: str) -> Any:
        return c.NotNull(columns=(column,))

    return (
        filled("order_id"), c.Unique(columns=("order_id",)), filled("customer_id"),
        c.ForeignKey(columns=("customer_id",), parent="customers", parent_columns=("customer_id",)),
        filled("order_status"), c.AcceptedValues(column="order_status", values=STATUS), filled("order_amount"),
        c.Range(column="order_amount", min=0), c.Range(name="amount_max", column="order_amount", max=10000),
        c.Statistic(column="order_amount", of="mean", min=80, max=120),
        c.AcceptedValues(column="currency", values=CURRENCY), c.Regex(column="currency", pattern="^[A-Z]{3}$"),
        c.TopShare(column="currency", max_share=0.6), filled("email"), c.Regex(column="email", pattern=EMAIL),
        filled("country"), c.AcceptedValues(column="country", values=COUNTRY), c.Range(column="quantity", min=1, max=100),
        filled("ordered_at"), c.Range(column="ordered_at", max="2025-07-02 00:00:00"),
        c.Expression(expression="updated_at >= ordered_at"), c.Freshness(column="updated_at", max_age_hours=24),
        c.Volume(min_rows=int(rows * 0.95), max_rows=int(rows * 1.05)),
        c.Reconciliation(
            against="daily", group=("CAST(ordered_at AS DATE)",), their_group=("day",), tolerance=0.05,
            figures=(
                c.Pair(of="count", theirs="n", stated=True),
                c.Pair(of="sum", column="order_amount", theirs="amount", stated=True),
            ),
        ),
    )  # fmt: skip


EXPECTED = (0, 3, 0, 5, 0, 7, 11, 4, 3, 0, 0, 0, 1, 13, 6, 9, 2, 2, 0, 1, 9, 1, 0, 2)
"""The violations that were planted, check by check."""


def ten_times(rows: int) -> tuple[Any, ...]:
    """Give 240 checks on the same columns, regular expressions aside, no two of which ask quite the same."""
    from decom_nb import check as c

    made: list[Any] = []
    for at in range(10):
        for each in orders_checks(rows):
            match each:
                case c.Range():
                    bounds = (
                        {"max": f"2025-07-0{at % 9 + 1} 00:00:00"}
                        if each.column == "ordered_at"
                        else {
                            "min": None if each.min is None else each.min - at / 4,
                            "max": None if each.max is None else each.max + at * 3,
                        }
                    )
                    each = each.model_copy(update=bounds)
                case c.AcceptedValues():
                    each = each.model_copy(update={"values": (*each.values, f"more {at}")})
                case c.Regex():
                    each = c.Length(column=each.column, max=60 + at)
                case c.Expression():
                    each = c.Expression(expression=f"updated_at >= ordered_at OR quantity < {at}")
                case c.Statistic():
                    each = each.model_copy(
                        update={"of": ("mean", "min", "max", "sum", "stddev")[at % 5], "min": None, "max": 1e12}
                    )
            made.append(each.model_copy(update={"name": f"{each.called} {at}"}))
    return tuple(made)


def suites(case: Case) -> list[Any]:
    """Give the suites of a case."""
    from decom_nb import check as c

    if case.suite == "small tables":
        checks = (
            c.NotNull(columns=("id", "name")), c.Unique(columns=("id",)), c.Range(column="quantity", min=0, max=100),
            c.Regex(column="name", pattern="^name "), c.Freshness(column="at", max_age_hours=48), c.Volume(min_rows=1),
        )  # fmt: skip
        return [c.Suite(table=f"small_{at}", key=("id",), checks=checks) for at in range(200)]
    if case.suite in ("uuid", "sparse"):
        checks = (
            c.NotNull(columns=("id",)), c.Unique(columns=("id",)), c.Range(column="quantity", min=0, max=100),
            c.Statistic(column="quantity", of="mean", min=0, max=100),
        )  # fmt: skip
        return [c.Suite(table="orders", key=("id",), checks=checks)]
    if case.suite == "wide":
        checks = tuple(
            each
            for at in range(300)
            for each in (
                c.NotNull(columns=(f"c{at}",)),
                c.Range(column=f"c{at}", min=0, max=90 + at),
                c.Statistic(column=f"c{at}", of="mean", min=0, max=500),
            )
        )
        return [c.Suite(table="orders", key=("c0",), checks=checks)]
    checks = ten_times(case.rows) if case.suite == "orders ten times" else orders_checks(case.rows)
    if case.suite == "orders without regex":
        checks = tuple(c.Length(column=each.column, max=60) if isinstance(each, c.Regex) else each for each in checks)
    return [c.Suite(table="orders", key=("order_id",), checks=checks)]


def sources(case: Case) -> Mapping[str, str]:
    """Give the files of a case by the names of their tables."""
    rows, end = case.rows, case.format
    if case.suite == "small tables":
        return {f"small_{at}": f"small_{at}.parquet" for at in range(200)}
    if case.suite in ("uuid", "sparse", "wide"):
        return {"orders": f"{case.suite}_{rows}.parquet"}
    orders = f"bare_{rows}" if case.suite == "no statistics" else f"orders_{rows}"
    return {"orders": f"{orders}.{end}", "customers": f"customers.{end}", "daily": f"daily_{rows}.{end}"}


# -- contestants --------------------------------------------------------------------------------------------------------


def engine(case: Case, folder: Path, plan: Any) -> None:
    """Run the suites."""
    from decom_nb.engine import run
    from decom_nb.evidence.tables import Tables, TableSource

    with Tables([TableSource(name=name, path=path) for name, path in sources(case).items()], folder) as tables:
        found = run(suites(case), tables, now=datetime.fromisoformat(NOW), plan=plan)
    wrong = [each.message for each in found.checks if each.verdict in ("error", "not_known")]
    if case.suite == "orders":
        wrong += [
            f"{each.name}: {each.violations}, not {expected}"
            for each, expected in zip(found.checks, EXPECTED, strict=True)
            if each.violations != expected
        ]
    if wrong:
        raise SystemExit("\n".join(wrong))


def quantities(case: Case, tables: Any) -> list[Any]:
    """Give what has to be known, each once."""
    from decom_nb.sql.needs import needs

    found: dict[Any, None] = {}
    for suite in suites(case):
        for check in suite.checks:
            found.update(dict.fromkeys(needs(check, tables.open(suite.table))))
    return list(found)


def baseline(case: Case, folder: Path, kind: str) -> None:
    """Do by hand what the baseline does."""
    from decom_nb.evidence.tables import Tables, TableSource
    from decom_nb.sql.quantity import Duplicates, Orphans
    from decom_nb.sql.text import name

    with Tables([TableSource(name=name_, path=path) for name_, path in sources(case).items()], folder) as tables:
        asked = [each for each in quantities(case, tables) if each.table == "orders"]
        connection, table = tables.connection, tables.open("orders")
        for each in sources(case):
            tables.open(each)  # makes the views by which the queries call the others
        if kind == "query per check":
            for each in asked:
                connection.execute(each.query(table.source)).fetchall()
            return
        if kind == "floor":
            columns = {each: table.types[each] for one in asked for each in one.columns} | (
                {"ordered_at": "TIMESTAMP", "updated_at": "TIMESTAMP"} if case.suite.startswith("orders") else {}
            )
            sums = [
                f"sum(strlen({name(each)}))" if type_ == "VARCHAR" else f"max(hash({name(each)}))"
                if not type_.startswith("TIMESTAMP") else f"sum(epoch_us({name(each)}))"
                for each, type_ in columns.items()
            ]  # fmt: skip
            connection.execute(f"SELECT {', '.join(sums)} FROM {table.source}").fetchall()
            return
        source = table.source
        if case.format == "csv":
            connection.execute(f"CREATE TEMP TABLE staged AS FROM {source}")
            source = "staged"
        select, own = [], []
        for each in asked:
            if each.aggregate:
                select.append(each.aggregate)
            elif isinstance(each, Duplicates):
                key = name(each.of[0])
                low, high = connection.execute(f"SELECT min({key}), max({key}) FROM {source}").fetchall()[0]
                marked = isinstance(low, int) and high - low < max(64 * case.rows, 1 << 20)
                marks = f"bit_count(bitstring_agg({key}, {low}::BIGINT, {high}::BIGINT))"
                select.append(f"count({key}) - {marks if marked else f'count(DISTINCT {key})'}")
            elif isinstance(each, Orphans):
                low, high = connection.execute("SELECT min(customer_id), max(customer_id) FROM customers").fetchall()[0]
                select.append(f"count(*) FILTER (WHERE customer_id NOT BETWEEN {low} AND {high})")
            else:
                own.append(each.query(source))
        connection.execute(f"SELECT {', '.join(dict.fromkeys(select))} FROM {source}").fetchall()
        for query in own:
            connection.execute(query).fetchall()


PANDERA = """
import sys, time
rows, folder, end = int(sys.argv[1]), sys.argv[2], sys.argv[3]
STATUS, CURRENCY, COUNTRY, EMAIL = %r, %r, %r, %r
began = time.perf_counter(), time.process_time()
from datetime import datetime
import polars as pl, pandera.polars as pa
scan = pl.scan_parquet if end == "parquet" else (lambda p: pl.scan_csv(p, try_parse_dates=True))
parents = scan(f"{folder}/customers.{end}").select("customer_id").collect().to_series()
daily, now = scan(f"{folder}/daily_{rows}.{end}"), datetime(2025, 7, 2)
C, K = pa.Column, pa.Check
def totals(d):
    grouped = d.lazyframe.group_by(pl.col("ordered_at").dt.date().alias("day"))
    ours = grouped.agg(pl.len().alias("k"), pl.col("order_amount").sum().alias("s"))
    both = ours.join(daily, on="day", how="full")
    return both.select(((pl.col("k") == pl.col("n")) & ((pl.col("s") - pl.col("amount")).abs() < 0.05)).fill_null(False).all())
mean = lambda d: d.lazyframe.select(pl.col(d.key).mean().is_between(80, 120))
share = lambda d: d.lazyframe.group_by(d.key).len().select(pl.col("len").max() / pl.col("len").sum() <= 0.6)
schema = pa.DataFrameSchema({
    "order_id": C(pl.Int64, unique=True, nullable=False),
    "customer_id": C(pl.Int64, K(lambda d: d.lazyframe.select(pl.col(d.key).is_in(parents.implode()))), nullable=False),
    "order_status": C(pl.String, K.isin(STATUS), nullable=False),
    "order_amount": C(pl.Float64, [K.ge(0), K.le(10000), K(mean)]),
    "currency": C(pl.String, [K.isin(CURRENCY), K.str_matches("^[A-Z]{3}$"), K(share)], nullable=True),
    "email": C(pl.String, K.str_matches(EMAIL), nullable=False), "country": C(pl.String, K.isin(COUNTRY), nullable=False),
    "quantity": C(None, K.in_range(1, 100), nullable=True), "ordered_at": C(pl.Datetime("us"), K.le(now), nullable=False),
    "updated_at": C(pl.Datetime("us"), K(lambda d: d.lazyframe.select(pl.col(d.key).max() >= now.replace(day=1))), nullable=True),
}, checks=[K(lambda d: d.lazyframe.select(pl.col("updated_at") >= pl.col("ordered_at"))),
           K(lambda d: d.lazyframe.select(pl.len().is_between(int(rows * .95), int(rows * 1.05)))), K(totals)])
try:
    schema.validate(scan(f"{folder}/orders_{rows}.{end}").collect(), lazy=True)
except pa.errors.SchemaErrors as error:
    assert len(error.schema_errors) >= 12, len(error.schema_errors)
import json
print(json.dumps({"engine wall": time.perf_counter() - began[0], "engine cpu": time.process_time() - began[1]}))
""" % (STATUS, CURRENCY, COUNTRY, EMAIL)  # noqa: UP031 - the text is full of braces


def one(case: Case, contestant: str, folder: Path) -> None:
    """Be one contestant, and print how long its engine took: what is imported before counts as start-up."""
    import duckdb  # noqa: F401

    import decom_nb.check
    import decom_nb.engine
    import decom_nb.evidence.tables  # noqa: F401

    wall, cpu = time.perf_counter(), time.process_time()
    if contestant in ("engine", "scan"):
        engine(case, folder, "cheapest" if contestant == "engine" else "scan")
    else:
        baseline(case, folder, contestant)
    took = {"engine wall": time.perf_counter() - wall, "engine cpu": time.process_time() - cpu}
    print(json.dumps(took))


def measured(case: Case, contestant: str, folder: Path, peer: str) -> dict[str, float]:
    """Run one contestant in a process of its own."""
    command = [sys.executable, __file__, "--one", case.name, contestant, "--folder", str(folder)]
    if contestant == "peer":
        command = [peer, "-W", "ignore", "-c", PANDERA, str(case.rows), str(folder), case.format]
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        if process.returncode:
            raise SystemExit(f"{case.name}: {contestant} failed")
        out.seek(0)
        inner = json.loads(out.read().decode().splitlines()[-1])
    return {**inner, "whole wall": wall, "whole cpu": usage.ru_utime + usage.ru_stime, "MB": usage.ru_maxrss / 1024}


def compare(case: Case, folder: Path, rounds: int, peer: str) -> None:
    """Let the contestants of a case take turns, and print their medians and ratios to the first."""
    contestants = [each for each in case.contestants if each != "peer" or peer]
    figures: dict[str, list[dict[str, float]]] = {each: [] for each in contestants}
    for _ in range(rounds):
        for each in contestants:
            figures[each].append(measured(case, each, folder, peer))
    first = figures[contestants[0]]
    print(f"\n{case.name}: {case.rows:,} rows, {case.format}")
    print(f"{'':18}{'engine s':>9}{'CPU s':>8}{'whole s':>9}{'CPU s':>8}{'MB':>6}   times: engine CPU, whole CPU")
    for each, found in figures.items():
        shown = [
            statistics.median(run[key] for run in found)
            for key in ("engine wall", "engine cpu", "whole wall", "whole cpu", "MB")
        ]
        ratios = [
            statistics.median(a[key] / b[key] for a, b in zip(first, found, strict=True))
            for key in ("engine cpu", "whole cpu")
        ]
        print(
            f"{each:18}{shown[0]:9.2f}{shown[1]:8.2f}{shown[2]:9.2f}{shown[3]:8.2f}{shown[4]:6.0f}   "
            f"{ratios[0]:.2f} {ratios[1]:.2f}",
            flush=True,
        )


def main() -> None:
    """Measure the cases asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "cases",
        nargs="*",
        metavar="CASE",
        help=f"one of {', '.join(CASES)}; all but those of 20 million rows if left out",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where data is made and kept; a temporary folder if left out")
    parser.add_argument("--peer", default="", help="a Python that has pandera[polars]")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one and arguments.one[1] == "make":
        make(CASES[arguments.one[0]], arguments.folder)
        return
    if arguments.one:
        one(CASES[arguments.one[0]], arguments.one[1], arguments.folder)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = (arguments.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for case in [CASES[each] for each in arguments.cases or [each for each in CASES if "20m" not in each]]:
            # In a process of its own: what one takes at its peak is counted for those it starts.
            subprocess.run([sys.executable, __file__, "--one", case.name, "make", "--folder", str(folder)], check=True)
            compare(case, folder, arguments.rounds, arguments.peer)


if __name__ == "__main__":
    main()
