from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest

from decom_nb.errors import InputError
from decom_nb.evidence.tables import Tables, TableSource
from decom_nb.evidence.tables.postgres import parameters
from decom_nb.evidence.tables.reading import NotReadableError
from tests.evidence.tables.made import database, parquet, rows, wrong

psycopg = pytest.importorskip("psycopg")
pytest.importorskip("duckdb_extension_postgres_scanner")

SECRET = "Zx9!s3cr3t/p@ss'w\\rd"
SPELLINGS = (
    SECRET,
    quote(SECRET, safe=""),
    SECRET.replace("\\", "\\\\").replace("'", "\\'"),
    SECRET.replace("'", "''"),
)


@pytest.fixture(scope="module")
def shop(postgres_url: str) -> Iterator[str]:
    """A database with a user of its own, whose password is like no other text."""
    with psycopg.connect(postgres_url, autocommit=True) as server:
        literal = SECRET.replace("'", "''")
        server.execute(f"CREATE ROLE reader LOGIN PASSWORD E'{literal.replace(chr(92), chr(92) * 2)}'")
        server.execute("CREATE DATABASE shop OWNER reader")
    place = urlsplit(postgres_url)
    url = f"postgresql://reader:{quote(SECRET, safe='')}@{place.hostname}:{place.port}/shop"
    with psycopg.connect(url, autocommit=True) as own:
        own.execute("CREATE TABLE orders AS SELECT g AS id, 'x' || g AS name FROM generate_series(1, 1000) g")
        own.execute(
            'CREATE SCHEMA "s p"; CREATE TABLE "s p"."or""ders; --" (a int); CREATE VIEW small AS SELECT 1 AS one'
        )
        own.execute("CREATE SCHEMA old; CREATE TABLE old.orders (b text)")
    yield url
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("DROP DATABASE shop WITH (FORCE)")
        server.execute("DROP ROLE reader")


@pytest.mark.slow
def test_tables_of_a_server_are_read(shop: str) -> None:
    sources = [TableSource(connection="SHOP"), TableSource(name="o", connection="SHOP", table="public.orders")]
    with Tables(sources, env={"SHOP": shop}) as tables:
        assert set(tables.names) == {"public.orders", "old.orders", 'or"ders; --', "small", "o"}
        table = tables.open("o")
        assert (table.kind, table.shown) == ("postgres", "connection SHOP: public.orders")
        assert table.types == {"id": "INTEGER", "name": "VARCHAR"}
        assert rows(tables, table, "count(*), sum(id)") == [(1000, 500_500)]
        assert rows(tables, tables.open('or"ders; --')) == [(0,)]
        assert tables.open("old.orders").types == {"b": "VARCHAR"}
        assert tables.fingerprint(table) == ""


def test_a_string_as_libpq_takes_it_is_a_connection_too(shop: str) -> None:
    place = urlsplit(shop)
    escaped = SECRET.replace("\\", "\\\\").replace("'", "\\'")
    text = f"host={place.hostname} port={place.port} dbname=shop user=reader password='{escaped}'"
    with Tables([TableSource(name="o", connection="SHOP", table="public.orders")], env={"SHOP": text}) as tables:
        assert rows(tables, tables.open("o")) == [(1000,)]


def test_nothing_can_be_written_there(shop: str) -> None:
    with Tables([TableSource(name="o", connection="SHOP", table="public.orders")], env={"SHOP": shop}) as tables:
        tables.open("o")
        for statement in (
            "CREATE TABLE decom_0.public.x (a INTEGER)",
            "INSERT INTO decom_0.public.orders VALUES (1, 'a')",
            "CALL postgres_execute('decom_0', 'DROP TABLE orders')",
            f"ATTACH '{shop}' AS w (TYPE postgres)",
        ):
            with pytest.raises(Exception, match=r"read-only|read only|disabled"):
                tables.connection.execute(statement)
        assert rows(tables, tables.open("o")) == [(1000,)]


def test_files_and_a_server_are_read_side_by_side_and_the_fence_stands(shop: str, tmp_path: Path) -> None:
    other = parquet(tmp_path / "private.parquet")
    parquet(tmp_path / "in" / "items.parquet")
    database(tmp_path / "in" / "x.duckdb", f"CREATE VIEW sneaky AS FROM '{other}'")
    sources = [TableSource(name="o", connection="SHOP", table="public.orders"), TableSource(path="in/items.parquet"),
               TableSource(path="in/x.duckdb")]  # fmt: skip
    with Tables(sources, tmp_path, env={"SHOP": shop}) as tables:
        joined = f"SELECT count(*) FROM {tables.open('o').source} JOIN {tables.open('items').source} USING (id)"
        assert tables.connection.execute(joined).fetchall() == [(2,)]
        assert wrong(tables, "sneaky").what == "it reads a file that is not its own"


def failing(shop: str) -> dict[str, str]:
    place = urlsplit(shop)
    return {
        "PASSWORD": shop.replace(quote(SECRET, safe=""), quote(SECRET + "x", safe="")),
        "DATABASE": shop.replace("/shop", "/nowhere"),
        "HOST": shop.replace(str(place.hostname), "nowhere.invalid"),
        "PORT": shop.replace(f":{place.port}", ":1"),
        "USER": shop.replace("reader", "nobody"),
        "OPTION": f"{shop}?nonsense=1",
        "JUNK": f"my password is {SECRET}",
        "HALF": f"postgresql://reader:{SECRET}",
        "QUOTE": f"host=127.0.0.1 port=1 password='{SECRET}",
        "NULL": f"host=127.0.0.1 port=1 password={SECRET}\0x",
    }


def test_no_failure_shows_the_secret(shop: str) -> None:
    env = failing(shop)
    with Tables([TableSource(name=each, connection=each, table="orders") for each in env], env=env) as tables:
        for name in env:
            with pytest.raises(InputError) as raised:
                tables.open(name)
            error = raised.value
            assert (error.__cause__, error.__context__) == (None, None)
            whole = "".join(traceback.format_exception(error, chain=True)) + repr(error) + repr(error.mistakes)
            whole += repr(tables) + repr(vars(tables)) + str(tables.mistakes)
            assert not [each for each in SPELLINGS if each in whole], name
        assert {each.key.split(".")[0] for each in tables.mistakes} == set(env)


def test_failures_say_what_is_wrong(shop: str) -> None:
    env = failing(shop)
    with Tables([TableSource(name=each, connection=each, table="orders") for each in env], env=env) as tables:
        said = {name: wrong(tables, name).what for name in env}
    assert "does not accept the password of reader" in said["PASSWORD"]
    assert "has no database 'nowhere'" in said["DATABASE"]
    assert said["HOST"] == "there is no host 'nowhere.invalid'"
    assert "cannot be reached" in said["PORT"]
    assert "does not accept the password of nobody" in said["USER"]
    assert said["JUNK"] == said["QUOTE"] == "its connection string is none that Postgres takes"


def test_what_fails_later_shows_no_secret_either(shop: str) -> None:
    with Tables([TableSource(name="o", connection="SHOP", table="public.orders")], env={"SHOP": shop}) as tables:
        table = tables.open("o")
        with pytest.raises(Exception, match=r".") as raised:
            rows(tables, table, "nothing_like_that")
        assert not [each for each in SPELLINGS if each in str(raised.value) + tables.said(raised.value)]
        listed = tables.connection.execute("FROM duckdb_secrets()").fetchall()
        listed += tables.connection.execute("FROM duckdb_databases()").fetchall()
        assert not [each for each in SPELLINGS if each in str(listed)]


def test_a_connection_that_nobody_keeps_is_a_mistake() -> None:
    with Tables([TableSource(name="o", connection="SHOP", table="orders")], env={}) as tables:
        mistake = wrong(tables, "o")
    assert mistake.what == "neither the environment nor a keyring has a connection 'SHOP'"
    assert mistake.instead == "set the environment variable SHOP, or run: keyring set decom_nb SHOP"


def test_an_address_is_read_as_libpq_does() -> None:
    assert parameters("postgres://u:p%2F@[::1]:5433,other/db?sslmode=require&target_session_attrs=any") == {
        "user": "u", "password": "p/", "host": "::1,other", "port": "5433,", "dbname": "db", "sslmode": "require",
        "target_session_attrs": "any",
    }  # fmt: skip
    assert unquote(parameters("postgresql+psycopg://a%40b@h/d")["user"]) == "a@b"
    for text in ("", "nothing", "host=a b", "host='a"):
        with pytest.raises(NotReadableError):
            parameters(text)
