"""What a statement does about tenants: what names one, what joins across them, and what cannot be judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.phases.patterns.tenancy.tenant_query import tenant_use
from decom_nb.phases.patterns.tenancy.tenant_rule import joins_stay_within_a_tenant, queries_name_their_tenant
from tests.phases.patterns.test_rules import values

TENANTS = {"orders": "tenant_id", "customers": "tenant_id", "payments": "account_id"}
JOINED = "SELECT 1 FROM orders o JOIN customers c ON o.cid = c.id"


@pytest.mark.parametrize(
    ("where", "named"),
    [
        ("tenant_id = 7", True),
        ("'7' = orders.TENANT_ID", True),
        ("(id > 3 AND (tenant_id = 7))", True),
        ("tenant_id IN (7)", True),
        ("tenant_id IN (7, 8)", True),
        ("tenant_id IN (SELECT id FROM allowed)", True),
        ("CAST(tenant_id AS VARCHAR) = current_setting('app.tenant')", True),
        ("tenant_id = ?", True),
        ("tenant_id = 7 OR id = 3", False),
        ("id = 3 OR (tenant_id = 7 AND id = 4)", False),
        ("NOT tenant_id = 7", False),
        ("NOT (tenant_id = 7 AND id = 3)", False),
        ("tenant_id = tenant_id", False),
        ("orders.tenant_id = tenant_id", False),
        ("tenant_id = id", False),
        ("tenant_id = NULL", False),
        ("tenant_id <> 7", False),
        ("tenant_id IS NOT NULL", False),
        ("coalesce(tenant_id, 7) = 7", False),
        ("CASE WHEN tenant_id = 7 THEN true ELSE true END", False),
    ],
)
def test_only_what_every_row_has_to_meet_names_a_tenant(where: str, named: bool) -> None:
    use = tenant_use(f"SELECT id FROM orders WHERE {where}", "", TENANTS)
    assert use is not None
    assert (use.named, use.joins, use.loose, use.unclear) == (named, False, (), False)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (f"{JOINED} AND o.tenant_id = c.tenant_id", False),
        ("SELECT 1 FROM orders o JOIN allowed a ON o.tenant_id = a.id", True),
        ("SELECT 1 FROM orders JOIN allowed USING (tenant_id)", True),
        ("SELECT 1 FROM allowed JOIN orders USING (tenant_id)", True),
        ("SELECT 1 FROM orders o LEFT JOIN allowed a ON o.tenant_id = a.id", False),
        ("SELECT 1 FROM orders o LEFT JOIN allowed a USING (tenant_id)", False),
        ("SELECT 1 FROM orders o LEFT JOIN customers c ON o.cid = c.id AND o.tenant_id = 7", False),
        ("WITH x AS (SELECT tenant_id AS t FROM orders) SELECT 1 FROM x WHERE x.t = 7", True),
        ("WITH x AS (SELECT count(*) AS tenant_id FROM orders) SELECT 1 FROM x WHERE tenant_id = 7", False),
    ],
)
def test_a_join_of_tenants_tables_names_none_and_one_with_others_does(text: str, named: bool) -> None:
    use = tenant_use(text, "", TENANTS)
    assert use is not None
    assert use.named is named


WITHIN = [
    f"{JOINED} AND o.tenant_id = c.tenant_id",
    f"{JOINED} WHERE c.tenant_id = o.tenant_id AND o.id > 3",
    f"{JOINED} WHERE o.tenant_id = 3 AND c.tenant_id = 3",
    f"{JOINED} WHERE o.tenant_id = :t AND c.tenant_id = :t",
    f"{JOINED} AND (o.tenant_id, o.cid) = (c.tenant_id, c.id)",
    "SELECT 1 FROM orders JOIN customers USING (tenant_id, cid)",
    "SELECT 1 FROM orders NATURAL JOIN customers",
    "SELECT 1 FROM Orders O JOIN CUSTOMERS C ON o.Tenant_ID = C.tenant_id",
    "SELECT 1 FROM orders o JOIN map m ON o.tenant_id = m.id JOIN payments p ON p.account_id = m.id",
    "SELECT 1 FROM orders o LEFT JOIN customers c ON o.cid = c.id AND o.tenant_id = c.tenant_id",
    "SELECT 1 FROM (orders o JOIN customers c ON o.tenant_id = c.tenant_id)",
    "WITH X AS (SELECT tenant_id AS t, id FROM orders) SELECT 1 FROM x JOIN payments p ON x.t = p.account_id",
    "WITH x (t, i) AS (SELECT tenant_id, id FROM orders) SELECT 1 FROM x JOIN payments p ON x.t = p.account_id",
    "WITH x AS (SELECT * FROM orders), y AS (SELECT * FROM x) SELECT 1 FROM y JOIN customers c ON y.tenant_id = c.tenant_id",
    "SELECT 1 FROM (SELECT o.*, 1 FROM orders o) o JOIN customers c USING (tenant_id)",
    "SELECT 1 FROM (SELECT tenant_id, max(id) AS id FROM orders GROUP BY 1) o JOIN customers c USING (tenant_id)",
    "SELECT 1 FROM (SELECT max(id) AS id FROM orders WHERE tenant_id = 3) o, customers c WHERE c.tenant_id = 3",
    "SELECT 1 FROM (SELECT tenant_id FROM orders UNION ALL SELECT account_id FROM payments) u JOIN customers c USING (tenant_id)",
    "INSERT INTO t WITH x AS (SELECT * FROM orders) SELECT x.* FROM x JOIN customers c ON x.tenant_id = c.tenant_id",
]
ACROSS = [
    JOINED,
    "SELECT 1 FROM orders, customers",
    f"{JOINED} AND (o.tenant_id = c.tenant_id OR o.cid = c.id)",
    f"{JOINED} AND NOT o.tenant_id = c.tenant_id",
    f"{JOINED} WHERE o.tenant_id = 3",
    f"{JOINED} WHERE o.tenant_id = 3 AND c.tenant_id = 4",
    f"{JOINED} WHERE o.tenant_id IN (3, 4) AND c.tenant_id IN (3, 4)",
    f"{JOINED} AND o.tenant_id = o.tenant_id AND c.tenant_id = c.tenant_id",
    f"{JOINED} AND o.tenant_id = c.id",
    "SELECT 1 FROM orders a JOIN orders b ON a.id = b.parent",
    "SELECT 1 FROM orders o JOIN map m ON o.tenant_id = m.id JOIN customers c ON c.tenant_id = m.other",
    "WITH x AS (SELECT tenant_id, cid FROM orders) SELECT 1 FROM x JOIN customers c ON x.cid = c.id",
    "SELECT 1 FROM (SELECT * FROM orders) o JOIN customers c ON o.cid = c.id",
    "WITH customers AS (SELECT * FROM payments) SELECT 1 FROM orders o JOIN customers c ON o.id = c.id",
    "SELECT 1 FROM other WHERE id IN (SELECT o.id FROM orders o JOIN customers c ON o.cid = c.id)",
    "CREATE TABLE t AS SELECT 1 FROM orders o JOIN customers c USING (cid)",
    "SELECT 1 FROM orders JOIN customers USING (tenant_id) JOIN payments USING (cid)",
]
UNCLEAR = [
    "SELECT 1 FROM orders o JOIN (SELECT cid, count(*) AS n FROM customers GROUP BY cid) c ON o.cid = c.cid",
    "SELECT 1 FROM (SELECT tenant_id, id FROM orders UNION SELECT id, tenant_id FROM customers) u JOIN payments p ON u.id = p.id",
    f"{JOINED} WHERE o.tenant_id = :one AND c.tenant_id = :other",
    f"{JOINED} WHERE o.tenant_id = 3 AND c.tenant_id = :other",
    "SELECT 1 FROM orders o, LATERAL (SELECT * FROM customers c WHERE c.id = o.cid) l",
    "SELECT 1 FROM (SELECT * EXCLUDE (tenant_id) FROM orders) o JOIN customers c ON o.cid = c.id",
    "SELECT 1 FROM (SELECT max(tenant_id) AS tenant_id FROM orders) o JOIN customers c ON o.tenant_id = c.tenant_id",
]


@pytest.mark.parametrize("text", WITHIN)
def test_what_makes_the_tenants_equal_stays_within_one(text: str) -> None:
    use = tenant_use(text, "duckdb", TENANTS)
    assert use is not None
    assert (use.joins, use.loose, use.unclear) == (True, (), False)


@pytest.mark.parametrize("text", ACROSS)
def test_what_does_not_make_them_equal_joins_across(text: str) -> None:
    use = tenant_use(text, "duckdb", TENANTS)
    assert use is not None
    assert use.joins
    assert use.loose


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_does_not_show_its_tenant_is_not_judged(text: str) -> None:
    use = tenant_use(text, "duckdb", TENANTS)
    assert use is not None
    assert (use.joins, use.loose, use.unclear) == (True, (), True)


def test_the_pair_is_that_of_the_tables_behind_the_names() -> None:
    use = tenant_use(
        "WITH customers AS (SELECT * FROM payments) SELECT 1 FROM orders o JOIN customers c USING (id)", "", TENANTS
    )
    assert use is not None
    assert use.loose == (("orders", "payments"),)


@pytest.mark.parametrize(
    "text", ["selec 1 from", "UPDATE orders SET id = 1 WHERE tenant_id = 7", "DELETE FROM orders", "("]
)
def test_what_is_no_query_is_not_read(text: str) -> None:
    assert tenant_use(text, "", TENANTS) is None


def test_a_statement_that_reads_itself_ends() -> None:
    text = (
        "WITH RECURSIVE r AS (SELECT tenant_id, id FROM orders UNION ALL "
        "SELECT o.tenant_id, o.id FROM r JOIN orders o ON o.up = r.id) SELECT * FROM r"
    )
    use = tenant_use(text, "postgres", TENANTS)
    assert use is not None
    assert use.joins
    assert use.loose or use.unclear


def test_statements_that_are_cut_off_are_said(tmp_path: Path) -> None:
    case = {
        "documents": {"tenancy": {"tenant_columns": ["tenant_id"]}},
        "models": {"orders": {"columns": {"id": "", "tenant_id": ""}}},
        "queries": [f"SELECT {name} FROM orders WHERE tenant_id = 7" for name in ("a", "b", "c")],
    }
    told = values(case, tmp_path)
    given = (told["tenancy"], told["dbt"], told["query_log"])
    assert "Only the 2 most frequent of 3 kinds" in queries_name_their_tenant(*given, most=2).message
    assert "Only" not in queries_name_their_tenant(*given, most=3).message
    assert "Only the 2 most frequent of 3 kinds" in joins_stay_within_a_tenant(*given, most=2).message
