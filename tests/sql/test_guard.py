from __future__ import annotations

import pytest

from decom_nb.errors import InputError
from decom_nb.sql import guard, tree

COLUMNS = {
    "amount": "DOUBLE", "status": "VARCHAR", "ordered_at": "TIMESTAMP", "s": "STRUCT(x INTEGER)",
    "{weird} \"name\"; --": "INTEGER",
    "ok": "BOOLEAN",
}  # fmt: skip

HONEST = {
    "amount > 0": '"amount" > 0',
    "AMOUNT > 0": '"amount" > 0',
    "orders.amount > 0": '"amount" > 0',
    "amount > 0 -- not free": '"amount" > 0',
    "amount > 0 /* not free */ and ok": '"amount" > 0 AND "ok"',
    "ok and (amount > 0 or not ok)": '"ok" AND ("amount" > 0 OR NOT "ok")',
    "status in ('new', 'it''s')": "\"status\" IN ('new', 'it''s')",
    "status not in ('new') or status is null": '"status" NOT IN (\'new\') OR "status" IS NULL',
    "status like 'a!%%' escape '!'": "\"status\" LIKE 'a!%%' ESCAPE '!'",
    "status not ilike 'a%'": "\"status\" NOT ILIKE 'a%'",
    "ordered_at <= now()": '"ordered_at" <= now()',
    "ordered_at <= current_date": '"ordered_at" <= current_date',
    "ordered_at > now() - interval 2 hours": '"ordered_at" > now() - INTERVAL 2 HOURS',
    "ordered_at::date = date '2026-03-31'": "CAST(\"ordered_at\" AS DATE) = CAST('2026-03-31' AS DATE)",
    "case when ok then amount > 1 else true end": 'CASE WHEN "ok" THEN "amount" > 1 ELSE TRUE END',
    "regexp_matches(status, '^a')": "regexp_matches(\"status\", '^a')",
    "status ~ 'a'": "regexp_full_match(\"status\", 'a')",  # in DuckDB the whole text has to match
    "s.x = 1": '"s"."x" = 1',
    "amount between 1 and 2": '"amount" BETWEEN 1 AND 2',
    "amount not between -1 and 2.50": 'NOT "amount" BETWEEN -1 AND 2.50',
    "amount is distinct from 3": '"amount" IS DISTINCT FROM 3',
    "ok is not true": '"ok" IS NOT TRUE',
    "try_cast(status as int) > 3": 'TRY_CAST("status" AS INTEGER) > 3',
    "extract(year from ordered_at) = 2026": 'EXTRACT(year FROM "ordered_at") = 2026',
    "amount * 2 + 1e3 > 99999999999999999999 or -amount < .5": (
        '("amount" * 2) + 1000.0e0 > 99999999999999999999 OR -"amount" < .5'
    ),
    "status || '!' = upper(status)": '"status" || \'!\' = upper("status")',
    '"{weird} ""name""; --" = 1': '"{weird} ""name""; --" = 1',
    "status = $$it's$$": "\"status\" = 'it''s'",
    "coalesce(ok, false)": 'COALESCE("ok", FALSE)',
    "ordered_at at time zone 'UTC' > now()": "\"ordered_at\" AT TIME ZONE 'UTC' > now()",
}

ATTACKS = [
    "",
    "amount > 0; DROP TABLE orders",
    ";",
    "1=1) UNION SELECT (1",
    "1=1 UNION SELECT 1",
    "1=1) OR (1=1",
    "amount > 0 /* and",
    "amount > (SELECT 1)",
    "amount IN (SELECT 1)",
    "EXISTS (SELECT 1)",
    "status = (FROM read_text('/etc/passwd') SELECT content)",
    "read_text('/etc/passwd') IS NULL",
    "status IN (read_csv('x'))",
    "getenv('HOME') = 'x'",
    "main.getenv('HOME') = 'x'",
    "system.main.getenv('HOME') = 'x'",
    "current_setting('secret_directory') = 'x'",
    "getvariable('x') = 1",
    "query('select 1') = 1",
    "nextval('s') > 1",
    "pg_sleep(100) is null",
    "random() > 0.5",
    "json_execute_serialized_sql('x') = 1",
    "current_database() = 'x'",
    "version() = 'x'",
    "sum(amount) > 1",
    "row_number() OVER () = 1",
    "amount = ?",
    "amount = $1",
    "amount = $name",
    "amount = @@x",
    "amount = 1 AS x",
    "amount > 0, 1",
    "*",
    "COLUMNS('a') > 1",
    "amount > 0 FROM orders",
    "amount > 0 INTO x",
    "amount > 0 LIMIT 1",
    "list_filter([1], x -> x > 1) = [1]",
    "list_transform([1], lambda x: x) = [1]",
    "\u2018x\u2019 = status",
    "status = \u02bcx\u02bc",
    "amount = 'x' 'y'; SELECT 1",
    "DROP TABLE x",
    "COPY orders TO 'x'",
    "ATTACH 'x'",
    "PRAGMA version",
    "CALL x()",
    "SET x = 1",
    "INSTALL httpfs",
    "LOAD httpfs",
    "status = \0",
    "unnest([1]) = 1",
    "grouping(amount) = 1",
]


@pytest.mark.parametrize(("text", "expected"), HONEST.items())
def test_an_honest_condition_is_written_anew(text: str, expected: str) -> None:
    assert guard.condition(text, COLUMNS, table="orders") == expected


@pytest.mark.parametrize(("text", "expected"), HONEST.items())
def test_what_was_written_anew_stays_as_it_is(text: str, expected: str) -> None:
    assert guard.condition(expected, COLUMNS) == expected


@pytest.mark.parametrize("text", ATTACKS)
def test_an_attack_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(InputError) as caught:
        guard.condition(text, COLUMNS, table="orders")
    assert caught.value.mistakes[0].key == "where"
    assert caught.value.mistakes[0].what


@pytest.mark.parametrize("text", ATTACKS)
def test_an_attack_is_no_expression_either(text: str) -> None:
    with pytest.raises(InputError):
        guard.expression(text, COLUMNS, table="orders")


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(InputError, match="did you mean amount"):
        guard.condition("amout > 0", COLUMNS)
    with pytest.raises(InputError, match="single quotes"):
        guard.condition('status = "new"', COLUMNS)


def test_a_condition_has_to_be_true_or_false() -> None:
    with pytest.raises(InputError, match="is a DOUBLE"):
        guard.condition("amount + 1", COLUMNS)
    assert guard.expression("amount + 1", COLUMNS) == '"amount" + 1'


def test_types_that_do_not_fit_are_found_before_anything_runs() -> None:
    with pytest.raises(InputError, match="does not fit"):
        guard.condition("date_trunc('day', ok) is null", COLUMNS)


QUERIES = {
    "select * from orders": ("SELECT * FROM {table} AS orders", ()),
    "SELECT o.id FROM ORDERS o JOIN customers c USING (id)": (
        "SELECT o.id FROM {table} AS o INNER JOIN {other} AS c USING (id)", ("customers",),
    ),
    "with x as (select * from orders) select * from x join b on true join c on true": (
        "WITH x AS (SELECT * FROM {table} AS orders) SELECT * FROM x INNER JOIN {other} AS b ON TRUE "
        "INNER JOIN {other1} AS c ON TRUE", ("b", "c"),
    ),
    "select '{table}' as x from orders": ("SELECT '{{table}}' AS x FROM {table} AS orders", ()),
    "select * from a union all select * from orders": (
        "(SELECT * FROM {other} AS a) UNION ALL (SELECT * FROM {table} AS orders)", ("a",),
    ),
    "select x, count(*) from orders group by x having count(*) > 1": (
        "SELECT x, COUNT(*) FROM {table} AS orders GROUP BY x HAVING COUNT(*) > 1", (),
    ),
    "select * from orders where id in (select id from gone) qualify row_number() over (order by id) > 1": (
        "SELECT * FROM {table} AS orders WHERE id = ANY (SELECT id FROM {other} AS gone) "
        "QUALIFY ROW_NUMBER() OVER (ORDER BY id) > 1", ("gone",),
    ),
    "select * from orders where status ~ 'a'": (
        "SELECT * FROM {table} AS orders WHERE REGEXP_FULL_MATCH(status, 'a')", (),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), QUERIES.items())
def test_a_query_gets_a_place_for_each_table(text: str, expected: tuple[str, tuple[str, ...]]) -> None:
    found = guard.select_over(text, "orders")
    assert (found.text, found.tables) == expected
    again = found.text.format(table="orders", other="a", other1="b")
    assert tree.statements(guard.one_select(again))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "select 1; select 2",
        "select * from 'x.csv'",
        'select * from "x.parquet"',
        "select * from 's3://x/y'",
        "select * from read_csv('x')",
        "select * from read_text('/etc/passwd')",
        "select * from parquet_scan('x')",
        "select * from glob('*')",
        "select * from query('select 1')",
        "select * from query_table('x')",
        "select * from sniff_csv('x')",
        "select * from duckdb_secrets()",
        "select * from duckdb_settings()",
        "select * from pragma_database_list",
        "select * from information_schema.tables",
        "select * from sqlite_master",
        "select * from other_database.main.x",
        "select getenv('x') from orders",
        "select current_setting('x') from orders",
        "select nextval('s')",
        "select * from orders where x = (select content from read_text('y'))",
        'with "a.csv" as (select * from "a.csv") select 1',
        "with x as materialized (delete from orders returning *) select * from x",
        "select * into y from orders",
        "select * from orders for update",
        "insert into orders values (1)",
        "create table x as select 1",
        "copy orders to 'x'",
        "copy (select 1) to 'x'",
        "attach 'x'",
        "export database 'x'",
        "install httpfs",
        "load httpfs",
        "call x()",
        "pragma version",
        "set x = 1",
        "reset x",
        "explain select 1",
        "explain analyze select 1",
        "describe orders",
        "show tables",
        "select * from (show tables)",
        "from (describe orders)",
        "prepare x as select 1",
        "execute x",
        "create macro f() as 1",
        "vacuum",
        "checkpoint",
        "use x",
        "begin",
        "select $1",
        "select ?",
        "delete from orders",
        "update orders set x = 1",
        "select * from read_blob('x'), orders",
        "select json_execute_serialized_sql('x')",
        "select * from json_execute_serialized_sql('x')",
    ],
)
def test_a_query_that_reaches_further_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        guard.select_over(text, "orders")


def test_a_query_may_read_known_tables_only() -> None:
    assert guard.select_over('select * from "my.file"', "orders", tables=["my.file"]).tables == ("my.file",)
    with pytest.raises(InputError, match="did you mean customers"):
        guard.select_over("select * from customer", "orders", tables=["orders", "customers"])


@pytest.mark.parametrize(
    "text", ["INT", "decimal(18, 2)", "TIMESTAMPTZ", "VARCHAR[]", "STRUCT(a INT)", "date", "UBIGINT", "ENUM('a')"]
)
def test_a_type_is_let_through(text: str) -> None:
    assert guard.type_name(text)


@pytest.mark.parametrize(
    "text", ["", "nonsense", "INT) FROM x --", "INT), (1", "INT; DROP TABLE x", "INT) AS x, getenv('x'", "(SELECT 1)"]
)
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        guard.type_name(text)


def test_patterns_and_formats_are_tried_out() -> None:
    assert guard.pattern(r"^it's \d{2}$") == r"^it's \d{2}$"
    with pytest.raises(InputError, match="RE2"):
        guard.pattern("(a")
    with pytest.raises(InputError, match="RE2"):
        guard.pattern("a(?=b)")
    assert guard.time_format("%d.%m.%Y") == "%d.%m.%Y"
    with pytest.raises(InputError):
        guard.time_format("%Q")
