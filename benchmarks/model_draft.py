"""How long a draft of a dimensional model takes, beside the least that one could do with the same input.

Tables: a star with the shape of TPC-H, made here (a scale of 1 is six million lines); the baseline counts the different values
of every column of every table exactly, one scan a table, as anybody looking for keys does first. DDL: a script, read by
sqlglot statement by statement. Each way runs in a process of its own, in turn, start-up and imports aside. Prints medians of
wall and CPU seconds, peak memory and the ratio.

    python benchmarks/model_draft.py [--scale 0.1] [--ddl schema.sql] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

TABLES = {
    "region": "SELECT i AS r_regionkey, 'region ' || i AS r_name FROM range(5) AS t(i)",
    "nation": "SELECT i AS n_nationkey, 'nation ' || i AS n_name, i % 5 AS n_regionkey FROM range(25) AS t(i)",
    "customer": "SELECT i AS c_custkey, 'customer ' || i AS c_name, hash(i) % 25 AS c_nationkey, "
    "(hash(i + 1) % 999999 / 100)::DECIMAL(15,2) AS c_acctbal, 'segment ' || hash(i + 2) % 5 AS c_mktsegment "
    "FROM range({customers}) AS t(i)",
    "supplier": "SELECT i AS s_suppkey, 'supplier ' || i AS s_name, hash(i) % 25 AS s_nationkey FROM range({suppliers}) AS t(i)",
    "part": "SELECT i AS p_partkey, 'part ' || i AS p_name, 'maker ' || i % 5 AS p_mfgr, 'brand ' || i % 25 AS p_brand, "
    "hash(i) % 50 AS p_size, (900 + hash(i) % 99999 / 100)::DECIMAL(15,2) AS p_retailprice FROM range({parts}) AS t(i)",
    "partsupp": "SELECT i // 4 AS ps_partkey, (i // 4 + i % 4 * ({suppliers} // 4)) % {suppliers} AS ps_suppkey, "
    "hash(i) % 9999 AS ps_availqty, (hash(i + 1) % 99999 / 100)::DECIMAL(15,2) AS ps_supplycost FROM range({parts} * 4) AS t(i)",
    "orders": "SELECT i * 4 AS o_orderkey, hash(i) % {customers} AS o_custkey, 'FOP'[1 + (hash(i + 1) % 3)::INTEGER] AS "
    "o_orderstatus, (hash(i + 2) % 9999999 / 100)::DECIMAL(15,2) AS o_totalprice, "
    "DATE '1992-01-01' + (hash(i + 3) % 2400)::INTEGER AS o_orderdate, "
    "'clerk ' || hash(i + 4) % 1000 AS o_clerk, 'comment ' || hash(i + 5) AS o_comment "
    "FROM range({customers} * 10) AS t(i)",
    "lineitem": "SELECT i // 4 * 4 AS l_orderkey, hash(i) % {parts} AS l_partkey, hash(i + 1) % {suppliers} AS l_suppkey, "
    "i % 4 + 1 AS l_linenumber, (hash(i + 2) % 50 + 1)::DECIMAL(15,2) AS l_quantity, "
    "(hash(i + 3) % 9999999 / 100)::DECIMAL(15,2) AS l_extendedprice, (hash(i + 4) % 11 / 100)::DECIMAL(15,2) AS l_discount, "
    "(hash(i + 5) % 9 / 100)::DECIMAL(15,2) AS l_tax, 'RAN'[1 + (hash(i + 6) % 3)::INTEGER] AS l_returnflag, "
    "'mode ' || hash(i + 7) % 7 AS l_shipmode, DATE '1992-01-05' + (hash(i + 8) % 2400)::INTEGER AS l_shipdate, "
    "DATE '1992-02-01' + (hash(i + 9) % 2400)::INTEGER AS l_commitdate, 'comment ' || hash(i + 10) AS l_comment "
    "FROM range({customers} * 40) AS t(i)",
}
WAYS = (
    "tables: count(DISTINCT) of every column",
    "tables: draft",
    "ddl: sqlglot.parse of every statement",
    "ddl: draft",
)
"""Each baseline stands before what is held against it."""


def make(path: Path, scale: float) -> None:
    """Make the tables."""
    import duckdb

    sizes = {"customers": max(100, int(150_000 * scale)), "parts": max(100, int(200_000 * scale))}
    sizes["suppliers"] = max(20, int(10_000 * scale))
    with duckdb.connect(str(path)) as connection:
        for table, query in TABLES.items():
            connection.execute(f"CREATE TABLE {table} AS {query.format(**sizes)}")


def once(way: str, database: Path, ddl: Path) -> dict[str, float]:
    """Measure one way in this process."""
    import duckdb
    import sqlglot

    from decom_nb.phases.modeling.draft.drafted import drafted
    from decom_nb.phases.modeling.draft.gathered import gathered, of_files
    from decom_nb.sql.ddl_script import statements

    began, used = time.perf_counter(), time.process_time()
    if way.startswith("tables: count"):
        with duckdb.connect(str(database), read_only=True) as connection:
            for table in TABLES:
                columns = [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]
                counted = ", ".join(f"count(DISTINCT {each})" for each in columns)
                connection.execute(f"SELECT {counted} FROM {table}").fetchall()
    elif way.startswith("ddl: sqlglot"):
        for each in statements(ddl.read_text()):
            if each.text.upper().startswith(("CREATE TABLE", "ALTER TABLE")):
                sqlglot.parse_one(each.text, read="postgres")
    else:
        with gathered(of_files([database if way.startswith("tables") else ddl])) as (seen, asking, notes):
            made = drafted(seen, asking, notes=notes)
        if not made.model.fact_tables:
            raise SystemExit("nothing was drafted")
    return {
        "wall": time.perf_counter() - began,
        "cpu": time.process_time() - used,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Measure all ways in turn and print medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.1, help="1 is six million lines")
    parser.add_argument("--ddl", type=Path, help="a script of DDL; a made one of 200 tables if left out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--once", nargs=3, metavar=("WAY", "DATABASE", "DDL"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(once(asked.once[0], Path(asked.once[1]), Path(asked.once[2]))))
        return
    with TemporaryDirectory(prefix="decom-draft-bench-") as folder:
        database, ddl = Path(folder) / "star.duckdb", asked.ddl or Path(folder) / "schema.sql"
        make(database, asked.scale)
        if not asked.ddl:
            ddl.write_text("".join(script(number) for number in range(100)))
        measured: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for _ in range(asked.rounds):
            for way in WAYS:
                command = [sys.executable, __file__, "--once", way, str(database), str(ddl)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                measured[way].append(json.loads(done.stdout))
    median = {
        way: {key: statistics.median(each[key] for each in all_) for key in all_[0]} for way, all_ in measured.items()
    }
    for at, way in enumerate(WAYS):
        ratio = f"{median[way]['wall'] / median[WAYS[at - 1]]['wall']:6.2f} x" if at % 2 else ""
        told = median[way]
        print(f"{way:45} {told['wall']:8.3f} s {told['cpu']:8.3f} s CPU {told['mb']:7.0f} MB {ratio}")


def script(number: int) -> str:
    """Give DDL of a dimension and a fact table that points to it."""
    return (
        f"CREATE TABLE thing{number} (thing{number}_id int PRIMARY KEY, name varchar(80) NOT NULL, city text, country text);\n"
        f"CREATE TABLE sale{number} (sale{number}_id bigint PRIMARY KEY, thing{number}_id int REFERENCES thing{number}, "
        "sold_at timestamp NOT NULL, quantity int, amount numeric(12,2), status varchar(10));\n"
    )


if __name__ == "__main__":
    main()
