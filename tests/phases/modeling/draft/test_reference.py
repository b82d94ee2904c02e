"""What points where: by name and inclusion, dirty values, roles, and names that mean something else."""

from __future__ import annotations

from pathlib import Path

from tests.phases.modeling.made_draft import of_ddl, of_tables

CUSTOMERS = "SELECT i AS customer_id, 'c' || i AS name FROM range(200) AS t(i)"
ORDERS = (
    "SELECT i AS order_id, {0} AS customer_id, DATE '2026-01-01' + (i % 30)::INTEGER AS order_date, "
    "i / 7 AS amount FROM range(1000) AS t(i)"
)


def test_values_that_are_all_found_make_a_foreign_key(tmp_path: Path) -> None:
    draft = of_tables(tmp_path, {"customers": CUSTOMERS, "orders": ORDERS.format("i % 200")})
    (found,) = draft.of("orders.customer_id")
    assert (found.proposed, found.confidence, found.drafted) == ("customers.customer_id", "high", True)
    assert found.figures == {"share": 1.0, "orphans": 0}
    assert "All of its 1,000 values" in found.because
    (key,) = (each for each in draft.model.fact_tables[0].foreign_keys if each.dimension != "dim_date")
    assert (key.column, key.dimension, key.source) == ("customer_key", "dim_customers", "customer_id")


def test_a_dirty_foreign_key_is_one_with_its_orphans(tmp_path: Path) -> None:
    draft = of_tables(
        tmp_path, {"customers": CUSTOMERS, "orders": ORDERS.format("CASE WHEN i < 40 THEN 900 + i ELSE i % 200 END")}
    )
    (found,) = draft.of("orders.customer_id")
    assert (found.confidence, found.drafted) == ("medium", True)
    assert found.figures == {"share": 0.96, "orphans": 40}
    assert "40 rows point to nothing" in found.because


def test_a_name_alone_is_not_enough_where_the_data_says_no(tmp_path: Path) -> None:
    draft = of_tables(tmp_path, {"customers": CUSTOMERS, "orders": ORDERS.format("i")})
    (found,) = draft.of("orders.customer_id", "foreign key")
    assert not found.drafted
    assert "only 20 %" in found.because
    assert all(each.dimension == "dim_date" for each in draft.model.fact_tables[0].foreign_keys)


def test_values_alone_are_not_enough_where_the_name_says_nothing(tmp_path: Path) -> None:
    draft = of_tables(
        tmp_path,
        {"customers": CUSTOMERS, "orders": "SELECT i AS order_id, i % 20 AS pieces_id FROM range(1000) AS t(i)"},
    )
    assert draft.of("orders.pieces_id", "foreign key") == ()


def test_case_and_spaces_are_seen_through_and_told(tmp_path: Path) -> None:
    draft = of_tables(
        tmp_path,
        {
            "countries": "SELECT unnest(['DE', 'FR', 'IT', 'PL']) AS country_code, unnest(['a', 'b', 'c', 'd']) AS name",
            "orders": "SELECT i AS order_id, [' de', 'FR ', 'it', 'PL'][i % 4 + 1] AS country_code, "
            "i AS amount FROM range(400) AS t(i)",
        },
    )
    (found,) = draft.of("orders.country_code", "foreign key")
    assert found.drafted
    assert found.confidence == "medium"
    assert "25 % of its values are found there as they are, all once case and spaces" in found.because


def test_text_that_holds_numbers_is_compared_as_text(tmp_path: Path) -> None:
    draft = of_tables(tmp_path, {"customers": CUSTOMERS, "orders": ORDERS.format("(i % 200)::VARCHAR")})
    (found,) = draft.of("orders.customer_id", "foreign key")
    assert found.drafted
    assert found.confidence == "medium"
    assert "Their types differ" in found.because


def test_empty_columns_and_tables_give_no_shares(tmp_path: Path) -> None:
    draft = of_tables(
        tmp_path,
        {"customers": f"{CUSTOMERS} LIMIT 0", "orders": ORDERS.format("NULL::BIGINT")},
    )
    (found,) = draft.of("orders.customer_id", "foreign key")
    assert (found.confidence, found.figures) == ("low", {})


def test_two_keys_to_one_table_play_roles(tmp_path: Path) -> None:
    draft = of_tables(
        tmp_path,
        {
            "airports": "SELECT i AS airport_id, 'a' || i AS name FROM range(50) AS t(i)",
            "flights": "SELECT i AS flight_id, i % 50 AS origin_airport_id, "
            "(i + 1) % 50 AS destination_airport_id, i AS distance, "
            "TIMESTAMP '2026-01-01' + i * INTERVAL 1 HOUR AS departed_at FROM range(500) AS t(i)",
        },
    )
    keys = {each.column: (each.dimension, each.role) for each in draft.model.fact_tables[0].foreign_keys}
    assert keys["origin_airport_key"] == ("dim_airports", "origin")
    assert keys["destination_airport_key"] == ("dim_airports", "destination")
    assert any(
        each.what == "role-playing dimension" and each.proposed == "dim_airports" for each in draft.of("flights")
    )


def test_a_row_that_points_to_its_own_table_is_a_hierarchy_of_any_depth(tmp_path: Path) -> None:
    draft = of_tables(
        tmp_path,
        {
            "employees": "SELECT i AS employee_id, 'e' || i AS name, "
            "CASE WHEN i > 0 THEN i // 5 END AS manager_id FROM range(100) AS t(i)"
        },
    )
    (dimension,) = draft.model.dimensions
    assert [each.levels for each in dimension.hierarchies] == [("manager_id", "employee_id")]
    assert dimension.foreign_keys == ()


def test_dimensions_never_point_in_a_circle() -> None:
    draft = of_ddl(
        "CREATE TABLE concept (concept_id int PRIMARY KEY, vocabulary_id text REFERENCES vocabulary (vocabulary_id));"
        "CREATE TABLE vocabulary (vocabulary_id text PRIMARY KEY, "
        "vocabulary_concept_id int REFERENCES concept (concept_id));"
    )
    pointing = {each.name: [key.dimension for key in each.foreign_keys] for each in draft.model.dimensions}
    assert pointing == {"dim_concept": ["dim_vocabulary"], "dim_vocabulary": []}


def test_keys_of_several_columns_are_told_and_not_drafted_as_one(tmp_path: Path) -> None:
    draft = of_ddl(
        "CREATE TABLE stays (hotel_id int, room_no int, price numeric, PRIMARY KEY (hotel_id, room_no));"
        "CREATE TABLE bookings (booking_id int PRIMARY KEY, hotel_id int, room_no int, booked_at timestamp,"
        " FOREIGN KEY (hotel_id, room_no) REFERENCES stays (hotel_id, room_no));"
    )
    found = draft.of("bookings.hotel_id + room_no")
    assert [(each.proposed, each.drafted) for each in found] == [("stays.hotel_id + room_no", False)]
