"""Measures what pushing a suite down as one query per table saves against a query per check, on one PostgreSQL server.

    python benchmarks/pushdown.py [ROWS]

Both ways ask the same questions in the same words, in turn, on the same server, which is started for the purpose; the median
of several rounds. What is compared is the waiting for the server: a warehouse that is paid by what it reads is paid by it, too.
"""

from __future__ import annotations

import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import yaml

sys.path.insert(0, str(Path(__file__).parent.parent))

from decom_nb import pushdown
from decom_nb.check import Suite
from decom_nb.evidence.tables import Column, Table
from decom_nb.pushdown.ask import Asker
from decom_nb.pushdown.warehouse import open_warehouse
from decom_nb.sql.needs import needs
from tests import postgres

ROUNDS = 5
NOW = datetime(2026, 3, 31, tzinfo=UTC)
TABLES = """
CREATE TABLE customers AS SELECT n AS id FROM generate_series(1, {customers}) n;
CREATE TABLE orders AS SELECT
  n AS id, 1 + (n * 7919) % {customers} AS customer_id, round((10 + random() * 500)::numeric, 2) AS amount,
  CASE n % 50 WHEN 0 THEN NULL ELSE 1 + n % 9 END AS quantity, (ARRAY['new', 'paid', 'shipped', 'returned'])[1 + n % 4] AS status,
  'SKU-' || lpad((n % 5000)::text, 6, '0') AS sku, 'user' || n % 90000 || '@example.com' AS email,
  timestamp '2026-03-01' + n * interval '1 second' AS ordered_at, random() * 100 AS discount, 'DE' || n % 16 AS region
FROM generate_series(1, {rows}::bigint) n;
ANALYZE;
"""
SUITE = """
- {check: volume, min_rows: 1}
- {check: not_null, columns: [id]}
- {check: not_null, columns: [customer_id]}
- {check: not_null, columns: [quantity]}
- {check: not_null, columns: [amount, status]}
- {check: range, column: amount, min: 0, max: 500}
- {check: range, column: quantity, min: 1, max: 8}
- {check: range, column: discount, max: 99.9}
- {check: range, column: ordered_at, min: '2026-03-01'}
- {check: accepted_values, column: status, values: [new, paid, shipped]}
- {check: accepted_values, column: region, values: [DE1, DE2, DE3]}
- {check: regex, column: email, pattern: '^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$'}
- {check: regex, column: sku, pattern: '^SKU-\\d{6}$'}
- {check: length, column: sku, min: 10, max: 10}
- {check: expression, expression: amount >= quantity}
- {check: expression, expression: "status <> 'returned' OR discount < 50", name: returned}
- {check: freshness, column: ordered_at, max_age_hours: 24}
- {check: statistic, column: amount, of: mean, min: 0}
- {check: statistic, column: discount, of: stddev, max: 100}
- {check: statistic, column: quantity, of: null_share, max: 0.1}
- {check: unique, columns: [id]}
- {check: foreign_key, columns: [customer_id], parent: customers, parent_columns: [id]}
- {check: top_share, column: status, max_share: 0.5}
- {check: functional_dependency, columns: [sku], determine: [region]}
"""


def main() -> None:
    """Measure and print."""
    rows = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000
    suite = Suite.model_validate({"table": "orders", "key": ["id"], "checks": yaml.safe_load(SUITE)})
    if reason := postgres.missing():
        raise SystemExit(reason)
    with postgres.server() as url:
        with psycopg.connect(url, autocommit=True) as made:
            made.execute(TABLES.format(rows=rows, customers=max(1, rows // 20)))
        backend = pushdown.connect(url)
        together, apart = [], []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            found = pushdown.run([suite], backend, now=NOW, samples=0)
            together.append(time.perf_counter() - began)
            began = time.perf_counter()
            queries = one_by_one(backend, suite)
            apart.append(time.perf_counter() - began)
        backend.disconnect()
    open_ = [each.name for each in found.checks if each.verdict in ("error", "not_known")]
    ours, theirs = statistics.median(together), statistics.median(apart)
    print(f"{rows:,} rows, {len(suite.checks)} checks, {len(open_)} left open; median of {ROUNDS} rounds in turn")
    print(f"one query per table, and one for each that takes its own: {ours:.2f} s, judged and explained")
    print(f"a query per check ({queries} queries): {theirs:.2f} s")
    print(f"ratio: {theirs / ours:.1f}")


def one_by_one(backend: object, suite: Suite) -> int:
    """Ask the server the same of each check apart; gives how many queries that took."""
    warehouse = open_warehouse(backend)
    with warehouse.session(None):
        seen = {called: warehouse.seen(called) for called in ("orders", "customers")}
        tables = {
            called: Table(called, "postgres", called, called, tuple(Column(*each) for each in one.columns))
            for called, one in seen.items()
        }
        asker = Asker("postgres", seen)
        for check in suite.checks:
            for query in asker.ask(needs(check, tables["orders"], tables)).queries:
                query.read(warehouse.ask(query.text))
    return warehouse.queries


if __name__ == "__main__":
    main()
