"""Tables come out as each engine has them; what sqlglot reads back is what was designed, and DuckDB and PostgreSQL make it."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from decom_nb.sql.ddl import ENGINES, create_table, create_tables, in_order, literal
from decom_nb.sql.dialect import NotSayable
from decom_nb.sql.identifier import identifier
from decom_nb.sql.table_definition import ColumnDefinition, ForeignKeyDefinition, TableDefinition
from decom_nb.sql.type_word import type_word

SAID = 'it\'s a \\ in "quotes";\n-- and `more`'
DIMENSION = TableDefinition(
    ("marts", "dim_customers"),
    (
        ColumnDefinition("customer_key", "BIGINT", identity=True),
        ColumnDefinition("customer_id", "INTEGER", nullable=False, description=SAID),
        ColumnDefinition("status", "VARCHAR(20)", default="'new'"),
        ColumnDefinition("valid_from", "TIMESTAMP", nullable=False),
        ColumnDefinition("valid_to", "TIMESTAMP"),
        ColumnDefinition("is_current", "BOOLEAN", nullable=False, default="TRUE"),
        ColumnDefinition("order", "DATE"),
        ColumnDefinition("Größe in m²", "DECIMAL"),
        ColumnDefinition("total", "HUGEINT"),
        ColumnDefinition("raw_event", "JSON"),
        ColumnDefinition("seen_at", "TIMESTAMPTZ"),
    ),
    primary_key=("customer_key",),
    unique=(("customer_id", "valid_from"),),
    description=SAID,
)
FACT = TableDefinition(
    ("marts", "fct_orders"),
    (
        ColumnDefinition("order_id", "BIGINT"),
        ColumnDefinition("customer_key", "BIGINT"),
        ColumnDefinition("net_amount", "DECIMAL(18,2)"),
    ),
    primary_key=("order_id",),
    foreign_keys=(
        ForeignKeyDefinition(("customer_key",), ("marts", "dim_customers"), ("customer_key",)),
        ForeignKeyDefinition(("order_id",), ("shop", "orders"), ("id",)),
    ),
)


def circle() -> tuple[TableDefinition, TableDefinition]:
    def one(name: str, other: str) -> TableDefinition:
        columns = (ColumnDefinition("id", "INTEGER"), ColumnDefinition(f"{other}_id", "INTEGER"))
        return TableDefinition(
            (name,), columns, ("id",), foreign_keys=(ForeignKeyDefinition((f"{other}_id",), (other,), ("id",)),)
        )

    return one("a", "b"), one("b", "a")


def created(text: str, dialect: str) -> dict[str, exp.Create]:
    trees = [each for each in sqlglot.parse(text, read=dialect) if each is not None]
    assert not any(isinstance(each, exp.Command) for each in trees)
    return {each.find(exp.Table).name: each for each in trees if isinstance(each, exp.Create) and each.kind == "TABLE"}


@pytest.mark.parametrize("dialect", ENGINES)
def test_what_is_read_back_is_what_was_designed(dialect: str) -> None:
    text = create_tables([FACT, DIMENSION, *circle()], dialect)
    tables = created(text, dialect)
    assert list(tables)[:2] == ["dim_customers", "fct_orders"]
    columns = [each.name for each in tables["dim_customers"].find_all(exp.ColumnDef)]
    expected = [each.name for each in DIMENSION.columns]
    assert [each.lower() for each in columns] == [each.lower() for each in expected]
    keys = tables["fct_orders"].find_all(exp.ForeignKey)
    assert [[each.name for each in key.expressions] for key in keys] == [["customer_key"]]
    assert "-- (order_id) -> shop.orders (id): that table is not made here" in text
    said = [each.this for each in sqlglot.parse(text, read=dialect) if each for each in each.find_all(exp.Literal)]
    assert said.count(SAID.replace("\n", " ")) + said.count(SAID.replace("\n", " ").replace("\\", "\\\\")) == 2


def test_engines_that_only_write_keys_down_say_so_where_they_must() -> None:
    bigquery = create_tables([FACT, DIMENSION], "bigquery")
    assert "PRIMARY KEY (customer_key) NOT ENFORCED" in bigquery
    assert "REFERENCES marts.dim_customers (customer_key) NOT ENFORCED" in bigquery
    assert "UNIQUE (" not in bigquery + create_tables([DIMENSION], "databricks")
    assert "-- unique: (customer_id, valid_from)" in bigquery
    assert "-- customer_key: BigQuery has no identity columns" in bigquery
    assert "delta.feature.allowColumnDefaults" in create_table(DIMENSION, "databricks")
    assert '"ORDER" DATE' in create_table(DIMENSION, "snowflake")
    assert "VARCHAR(80)" in create_table(DIMENSION, "redshift")  # lengths are bytes there


@pytest.mark.parametrize("dialect", [each for each in ENGINES if each != "duckdb"])
def test_tables_that_point_to_each_other_get_one_key_afterwards(dialect: str) -> None:
    assert "ALTER TABLE b ADD CONSTRAINT b_a_id_fk FOREIGN KEY (a_id) REFERENCES a (id)" in create_tables(
        circle(), dialect
    )
    assert "in a circle" in create_tables(circle(), "duckdb")


@pytest.mark.parametrize(
    ("type_", "dialect", "reason"),
    [
        ("BIGINT[]", "redshift", "SUPER"),
        ("BIGINT[][]", "bigquery", "arrays of arrays"),
        ("STRUCT(a INTEGER)", "postgres", "JSON"),
        ("TIMESTAMP_NS", "postgres", "keeps all"),
        ("INTERVAL", "snowflake", "keeps all"),
        ("money", "duckdb", "money"),
        ("", "duckdb", "no type of DuckDB"),
        ("DECIMAL(50,2)", "postgres", "no decimal"),
        ("INTEGER", "oracle", "no engine"),
    ],
)
def test_what_has_no_word_is_refused(type_: str, dialect: str, reason: str) -> None:
    with pytest.raises(NotSayable, match=reason):
        type_word(type_, dialect)


def test_a_refusal_names_the_column() -> None:
    with pytest.raises(NotSayable, match=r"t\.tags: redshift"):
        create_table(TableDefinition(("t",), (ColumnDefinition("tags", "VARCHAR[]"),)), "redshift")


def test_a_default_cannot_bring_a_statement_along() -> None:
    column = ColumnDefinition("a", "INTEGER", default="1); DROP TABLE t; --")
    with pytest.raises(NotSayable):
        create_table(TableDefinition(("t",), (column,)), "postgres")


def test_duckdb_makes_the_tables_and_keeps_their_keys() -> None:
    con = duckdb.connect()
    con.execute(create_tables([FACT, DIMENSION, *circle()], "duckdb"))
    add = "INSERT INTO marts.dim_customers (customer_id, valid_from) VALUES (7, '2026-01-01') RETURNING customer_key, status"
    assert con.execute(add).fetchall() == [(1, "new")]
    with pytest.raises(duckdb.ConstraintException):
        con.execute(add)
    with pytest.raises(duckdb.ConstraintException):
        con.execute("INSERT INTO marts.fct_orders VALUES (1, 99, 2)")
    comments = con.execute("SELECT comment FROM duckdb_columns() WHERE comment IS NOT NULL").fetchall()
    assert comments == [(SAID.replace("\n", " "),)]


def test_every_word_that_duckdb_keeps_can_be_a_column() -> None:
    con = duckdb.connect()
    words = [row[0] for row in con.execute("SELECT keyword_name FROM duckdb_keywords()").fetchall()]
    words += ['a"b', "a b", "1st", "Ünï", "A"]
    con.execute(create_table(TableDefinition(("select",), _columns(words)), "duckdb"))
    assert [row[0] for row in con.execute('DESCRIBE "select"').fetchall()] == words


def _columns(names: Sequence[str]) -> tuple[ColumnDefinition, ...]:
    return tuple(ColumnDefinition(each, "INTEGER") for each in names)


@pytest.mark.slow
def test_postgres_makes_the_tables_and_keeps_their_keys(postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as con:
        con.execute(create_tables([FACT, DIMENSION, *circle()], "postgres"))
        add = "INSERT INTO marts.dim_customers (customer_id, valid_from) VALUES (7, '2026-01-01') RETURNING customer_key, status"
        assert con.execute(add).fetchall() == [(1, "new")]
        with pytest.raises(psycopg.errors.UniqueViolation):
            con.execute(add)
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            con.execute("INSERT INTO marts.fct_orders VALUES (1, 99, 2)")
        found = con.execute("SELECT col_description('marts.dim_customers'::regclass, 2)").fetchone()
        assert found == (SAID.replace("\n", " "),)
        words = [str(row[0]) for row in con.execute("SELECT word FROM pg_get_keywords()").fetchall()] + [
            'a"b',
            "Ünï",
            "A",
        ]
        con.execute(create_table(TableDefinition(("select",), _columns(words)), "postgres"))
        names = con.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = '\"select\"'::regclass AND attnum > 0 ORDER BY attnum"
        )
        assert [row[0] for row in names.fetchall()] == words
        types = ["BOOLEAN", "TINYINT", "UBIGINT", "HUGEINT", "DECIMAL", "FLOAT", "DOUBLE", "BLOB", "UUID", "JSON", "INTERVAL",
                 "TIME", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMPTZ", "BIGINT[]", "VARCHAR(3)"]  # fmt: skip
        columns = tuple(ColumnDefinition(f"c{at}", type_) for at, type_ in enumerate(types))
        con.execute(create_table(TableDefinition(("types",), columns), "postgres"))


def test_a_long_chain_is_put_in_order() -> None:
    tables = [
        TableDefinition(
            (f"t{at}",),
            _columns(["id"]),
            ("id",),
            foreign_keys=(ForeignKeyDefinition(("id",), (f"t{at + 1}",), ("id",)),),
        )
        for at in range(3000)
    ]
    assert [each.name[0] for each in in_order(tables)][:2] == ["t2999", "t2998"]


def test_a_name_cannot_be_empty() -> None:
    with pytest.raises(ValueError, match="empty"):
        identifier("", "duckdb")


def with_default(default: str) -> TableDefinition:
    return TableDefinition(("t",), (ColumnDefinition("a", "INTEGER", default=default),))


@pytest.mark.parametrize("dialect", ENGINES)
@pytest.mark.parametrize(
    "default",
    [
        "1, b INTEGER",
        "1 AS b",
        "1 FROM t",
        "(SELECT 1)",
        "b",
        "*",
        "1; DROP TABLE t",
        "1) --",
        "",
        "1 WHERE TRUE",
        "DISTINCT 1",
    ],
)
def test_a_default_is_one_expression(dialect: str, default: str) -> None:
    if not default:
        assert "DEFAULT" not in create_table(with_default(default), dialect)
        return
    with pytest.raises(NotSayable, match=r"t\.a"):
        create_table(with_default(default), dialect)


@pytest.mark.parametrize(
    "default", ["1", "'a, b INTEGER'", "CURRENT_DATE", "-1.5", "NULL", "TRUE", "(1 + 2) * 3", "1 -- one"]
)
def test_a_value_is_a_default(default: str) -> None:
    for dialect in ENGINES:
        (made,) = created(create_table(with_default(default), dialect), dialect).values()
        assert len(list(made.find_all(exp.ColumnDef))) == 1
        assert made.find(exp.DefaultColumnConstraint)


@pytest.mark.parametrize("dialect", ENGINES)
def test_columns_that_differ_in_capitals_are_one(dialect: str) -> None:
    table = TableDefinition(("t",), (ColumnDefinition("a", "INTEGER"), ColumnDefinition("A", "INTEGER")))
    with pytest.raises(NotSayable, match="a and A"):
        create_table(table, dialect)


@pytest.mark.parametrize("dialect", ["spark", "trino", "oracle", ""])
def test_an_engine_that_is_not_known_is_refused(dialect: str) -> None:
    for call in (
        lambda: create_tables([], dialect),
        lambda: create_table(FACT, dialect),
        lambda: literal("a", dialect),
    ):
        with pytest.raises(NotSayable, match="no engine"):
            call()


NESTED = {
    'STRUCT(a UBIGINT, "x y" UUID[])': {
        "duckdb": 'STRUCT(a UBIGINT, "x y" UUID[])',
        "snowflake": 'OBJECT(a NUMBER(20,0), "x y" ARRAY(VARCHAR(36)))',
        "bigquery": "STRUCT<a NUMERIC(20,0), `x y` ARRAY<STRING(36)>>",
        "databricks": "STRUCT<a: DECIMAL(20,0), `x y`: ARRAY<STRING>>",
    },
    "MAP(VARCHAR, STRUCT(at TIMESTAMP, n HUGEINT))[]": {
        "duckdb": 'MAP(VARCHAR, STRUCT("at" TIMESTAMP, n HUGEINT))[]',
        "snowflake": 'ARRAY(MAP(VARCHAR, OBJECT("at" TIMESTAMP_NTZ, n NUMBER(38,0))))',
        "databricks": "ARRAY<MAP<STRING, STRUCT<`at`: TIMESTAMP_NTZ, n: DECIMAL(38,0)>>>",
    },
}


@pytest.mark.parametrize("type_", NESTED)
@pytest.mark.parametrize("dialect", ENGINES)
def test_what_is_nested_is_said_in_the_engine_s_words(type_: str, dialect: str) -> None:
    wanted = NESTED[type_].get(dialect)
    if wanted is None:
        with pytest.raises(NotSayable):
            type_word(type_, dialect)
        return
    plain = str.maketrans("", "", '`"')
    assert type_word(type_, dialect).translate(plain).casefold() == wanted.translate(plain).casefold()
    assert created(create_table(TableDefinition(("t",), (ColumnDefinition("a", type_),)), dialect), dialect)


def test_what_is_nested_and_has_no_word_is_refused() -> None:
    for dialect, type_ in (
        ("databricks", "STRUCT(a TIME)"),
        ("bigquery", "STRUCT(a BIT)"),
        ("snowflake", "MAP(VARCHAR, BIT)"),
    ):
        with pytest.raises(NotSayable, match="no type"):
            type_word(type_, dialect)
