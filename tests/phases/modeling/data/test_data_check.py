"""A written model against its data: what holds, what is broken and by which values, what cannot be told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from decom_nb.engagement import Engagement
from decom_nb.errors import InputError
from decom_nb.evidence.model_checks import Checked
from decom_nb.evidence.tables import Tables, TableSource
from decom_nb.phases.modeling.data.data_check import held_against
from decom_nb.phases.modeling.data.data_round import checked
from decom_nb.phases.modeling.dimensional_model import DimensionalModel

TABLES = """
CREATE TABLE lines AS SELECT i // 3 AS order_id, i % 3 AS line_no, i % 50 AS shop,
  TIMESTAMP '2026-01-01' + i * INTERVAL 1 HOUR AS sold_at FROM range(300) AS t(i);
INSERT INTO lines VALUES (7, 1, 3, NULL), (8, 2, 99, NULL), (NULL, 1, 3, NULL);
CREATE TABLE shops AS SELECT i AS shop_id, 'city ' || i % 10 AS city, 'region ' || i % 5 AS region, 'a' || i || '@b.de' AS email
  FROM range(50) AS t(i);
UPDATE shops SET region = 'region 9' WHERE shop_id = 13;
CREATE TABLE history AS SELECT i // 2 AS shop_id, 'v' || i AS name, CASE WHEN i % 2 = 0 THEN DATE '2026-02-01' END AS valid_to
  FROM range(40) AS t(i);
CREATE TABLE "odd ""one" AS SELECT 'x' AS "a;b", 1 AS "from";
"""
SHOPS: dict[str, Any] = {
    "name": "dim_shops",
    "source": "shops",
    "natural_key": ["shop_id"],
    "attributes": [{"name": "city", "source": "city"}, {"name": "region", "source": "upper(region)"}],
    "hierarchies": [{"name": "place", "levels": ["region", "city"]}],
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("modeled") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    return path


def asked(database: Path, **model: Any) -> list[Checked]:
    with Tables([TableSource(path=str(database))]) as tables:
        return list(held_against(DimensionalModel.model_validate(model), tables))


def fact(**more: Any) -> dict[str, Any]:
    stays = [{"name": "order_no", "source": "order_id"}, {"name": "line", "source": "line_no"}]
    return {"name": "fct_lines", "source": "lines", "degenerate_dimensions": stays, **more}


def test_a_grain_that_repeats_is_shown_with_its_rows(database: Path) -> None:
    (found,) = asked(database, fact_tables=[fact(grain_columns=["order_no", "line"])])
    assert (found.verdict, found.rows, found.violations) == ("broken", 303, 3)
    assert found.says == "order_no and line: 2 rows repeat one of 2 keys and 1 row have no value in it, of 303 rows."
    assert found.samples == (
        {"order_no": "7", "line": "1", "rows": "2"},
        {"order_no": "8", "line": "2", "rows": "2"},
    )


def test_a_date_in_the_grain_is_the_day(database: Path) -> None:
    key = {"column": "sold_date_key", "dimension": "dim_date", "source": "sold_at"}
    found = asked(database, fact_tables=[fact(grain_columns=["sold_date_key"], foreign_keys=[key])])
    assert [each.asked for each in found] == ["grain"]  # the calendar has every day, so nothing is asked of it
    assert found[0].violations == 300 - 13 + 3  # thirteen days, and three rows without one


def test_levels_that_cross_are_shown_with_both(database: Path) -> None:
    key, level = asked(database, dimensions=[SHOPS])
    assert (key.asked, key.verdict) == ("natural key", "holds")
    assert (level.verdict, level.violations, level.columns) == ("broken", 1, ("city", "region"))
    assert level.says == "1 of 10 values of city belong to several of region."
    assert level.samples == ({"city": "city 3", "region": "REGION 3", "region (another)": "REGION 9"},)


def test_values_that_the_dimension_lacks_are_shown(database: Path) -> None:
    key = {"column": "shop_key", "dimension": "dim_shops", "source": "shop"}
    found = next(each for each in asked(database, fact_tables=[fact(foreign_keys=[key])], dimensions=[SHOPS]))
    assert (found.asked, found.verdict, found.rows, found.violations) == ("foreign key", "broken", 303, 1)
    assert found.samples == ({"shop_key": "99", "rows": "1"},)


def test_of_a_history_the_rows_that_hold_now_count(database: Path) -> None:
    dimension = {
        "name": "dim_names",
        "source": "history",
        "natural_key": ["shop_id"],
        "attributes": [{"name": "name", "source": "name"}],
    }
    (found,) = asked(database, dimensions=[dimension])
    assert (found.verdict, found.rows) == ("holds", 20)
    assert "20 rows that hold now" in found.says


def test_a_key_with_two_sets_of_attributes_names_two_things(database: Path) -> None:
    dimension = {"name": "dim_cities", "source": "shops", "natural_key": ["city"], "attributes": [{"name": "region"}]}
    (found,) = asked(database, dimensions=[dimension])
    assert (found.verdict, found.violations) == ("broken", 1)
    assert found.samples == ({"city": "city 3", "versions": "2"},)
    alone = {"name": "dim_cities", "source": "shops", "natural_key": ["city"]}
    assert asked(database, dimensions=[alone])[0].verdict == "holds"  # taken once each, the cities differ


def test_a_join_that_repeats_rows_is_found_and_counted_in_the_grain(database: Path) -> None:
    stays = [{"name": "shop"}, {"name": "region"}]
    keys = [{"column": "shop_key", "dimension": "dim_shops", "source": "shop_id"}]
    once = {
        "name": "f",
        "source": "names",
        "grain_columns": ["name"],
        "degenerate_dimensions": stays,
        "foreign_keys": keys,
    }
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "CREATE OR REPLACE TABLE names AS SELECT DISTINCT ON (shop_id) name AS name, shop_id AS shop_no FROM history"
        )
        connection.execute("CREATE OR REPLACE TABLE moves AS SELECT shop_no, shop_no AS shop_id FROM names")
    joined = {**once, "joined_sources": [{"table": "moves", "by": ["shop_no"]}]}
    grain, one_row, key = asked(database, fact_tables=[joined], dimensions=[SHOPS | {"hierarchies": []}])[:3]
    assert (grain.verdict, grain.rows) == ("holds", 20)
    assert (one_row.asked, one_row.verdict, one_row.columns) == ("joined source", "holds", ("moves.shop_no",))
    assert (key.asked, key.verdict, key.rows) == (
        "foreign key",
        "holds",
        20,
    )  # shop_id stands in the joined source only
    with duckdb.connect(str(database)) as connection:
        connection.execute("INSERT INTO moves VALUES (3, 3), (3, 3), (4, 4)")
    grain, one_row, key = asked(database, fact_tables=[joined], dimensions=[SHOPS | {"hierarchies": []}])[:3]
    assert (grain.verdict, grain.rows, grain.violations) == ("broken", 23, 3)
    assert grain.says.endswith("of 23 rows after the join.")
    assert (one_row.verdict, one_row.violations) == ("broken", 3)
    assert one_row.samples[0] == {"moves.shop_no": "3", "rows": "3"}


def test_personal_values_are_not_kept(database: Path) -> None:
    dimension = {
        "name": "dim_people",
        "source": "shops",
        "natural_key": ["shop_id"],
        "attributes": [{"name": "email"}, {"name": "region"}],
        "hierarchies": [{"levels": ["email", "region"]}],
    }
    level = asked(database, dimensions=[dimension])[1]
    assert level.verdict == "broken"
    assert all("@" not in value for sample in level.samples for value in sample.values())
    assert any(value == "‹personal›" for value in level.samples[0].values())


@pytest.mark.parametrize(
    ("source", "column", "says"),
    [
        ("stg_nowhere", "order_id", "stg_nowhere is not among the tables at hand"),
        ("", "order_id", "does not say which table"),
        ("lines", "shops.city", "comes from shops, which is another table"),
        ("lines", "no_such_column", "has no such column"),
        ("lines", "read_text('/etc/passwd')", "has no such column"),
        ("lines", "(SELECT 1)", "has no such column"),
    ],
)
def test_what_the_tables_do_not_tell_is_not_known(database: Path, source: str, column: str, says: str) -> None:
    stays = [{"name": "number", "source": column}]
    made = {"name": "fct_x", "source": source, "grain_columns": ["number"], "degenerate_dimensions": stays}
    (found,) = asked(database, fact_tables=[made])
    assert (found.verdict, found.violations) == ("not_known", None)
    assert says in found.says


def test_hostile_names_are_names(database: Path) -> None:
    stays = [{"name": "one", "source": "a;b"}, {"name": "two", "source": "from"}]
    made = {"name": "f", "source": 'odd "one', "grain_columns": ["one", "two"], "degenerate_dimensions": stays}
    assert asked(database, fact_tables=[made])[0].verdict == "holds"


def test_without_a_model_and_without_tables_both_are_asked_for(tmp_path: Path) -> None:
    engagement = Engagement.create(tmp_path / "acme", "Acme")
    with pytest.raises(InputError) as raised:
        checked(engagement, None, ())
    assert [each.what for each in raised.value.mistakes] == [
        "no dimensional model is written yet",
        "no table is at hand",
    ]
