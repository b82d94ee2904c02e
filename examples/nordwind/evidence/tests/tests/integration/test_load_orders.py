"""Loads, run against a warehouse in memory and files in a landing folder."""

from datetime import UTC, datetime

import duckdb
import pytest
from nordwind_platform.landing import path_of
from nordwind_platform.loads import Counts, Feed, Load

pytestmark = pytest.mark.integration

FEED = Feed(
    name="orders",
    table="orders",
    key="order_id",
    columns={"order_id": "order_id::BIGINT", "amount": "amount::DECIMAL(12,2)"},
    valid="amount >= 0",
)
NOW = datetime(2026, 10, 2, 2, tzinfo=UTC)


@pytest.fixture
def warehouse():
    """Give an empty warehouse."""
    with duckdb.connect() as con:
        FEED.create(con)
        con.execute("CREATE TABLE watermarks (pipeline VARCHAR, batch VARCHAR)")
        con.execute("CREATE TABLE volumes (feed VARCHAR, batch VARCHAR, good DOUBLE)")
        yield con


def delivered(landing, text):
    """Put a file where it is expected."""
    file = landing / path_of("orders", "2026-10-01")
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")


def test_good_rows_are_loaded_and_bad_ones_counted(warehouse, tmp_path):
    """A negative amount is rejected, and the rest arrives."""
    delivered(tmp_path, "order_id,amount\n1,10.50\n2,-1\n3,2\n")
    counts = Counts()
    assert Load("load_shop_orders", (FEED,)).run(warehouse, tmp_path, "2026-10-01", NOW, counts) == "2026-10-01"
    assert (counts.extracted, counts.loaded, counts.rejected) == (3, 2, 1)
    assert warehouse.execute("SELECT sum(amount) FROM orders").fetchall()[0][0] == 12.5


def test_a_file_that_has_not_arrived_stops_the_load(warehouse, tmp_path):
    """Nothing is loaded in place of a file that is not there."""
    with pytest.raises(FileNotFoundError):
        Load("load_shop_orders", (FEED,)).run(warehouse, tmp_path, "2026-10-01", NOW, Counts())


def test_a_key_that_comes_twice_is_refused(warehouse, tmp_path):
    """The warehouse keeps the key, whatever the file says."""
    delivered(tmp_path, "order_id,amount\n1,10.50\n1,2\n")
    with pytest.raises(duckdb.ConstraintException):
        Load("load_shop_orders", (FEED,)).run(warehouse, tmp_path, "2026-10-01", NOW, Counts())
