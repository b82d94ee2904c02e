"""What is proposed, for what reason, and what it finds: on tables whose errors are known, on clean ones, on hostile ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from benchmarks.dirty_data import Score, nulls_as_expected, score
from decom_nb.check import (
    Castable,
    CheckRun,
    ForeignKey,
    Freshness,
    FunctionalDependency,
    Suite,
    TableRun,
    Unique,
    Volume,
)
from decom_nb.evidence.tables import Column, Table
from decom_nb.phases.quality.proposal import Proposal, suggest_table
from decom_nb.phases.quality.suggest import propose
from decom_nb.phases.quality.written_form import form, meant
from tests.phases.quality.dirty_tables import TABLES, made, write

duckdb = pytest.importorskip("duckdb")

NOW = datetime(2026, 1, 3, tzinfo=UTC)
PUBLISHED = Path(__file__).parents[4] / "shared/data/2_dirty_data"


@pytest.fixture
def connection() -> Iterator[Any]:
    with duckdb.connect() as opened:
        yield opened


def opened(connection: Any, name: str = "t") -> Table:
    described = connection.execute(f'DESCRIBE "{name}"').fetchall()
    return Table(name, "duckdb", name, f'"{name}"', tuple(Column(row[0], row[1]) for row in described))


def proposed(connection: Any, sql: str, **options: Any) -> Proposal:
    connection.execute(f"CREATE OR REPLACE TABLE t AS {sql}")
    return propose(connection, opened(connection), now=NOW, **options)


def named(proposal: Proposal, name: str) -> Any:
    found = [each for each in proposal.checks if each.check.called == name]
    assert found, f"{name} is not among {[each.check.called for each in proposal.checks]}"
    return found[0]


# ── tables whose errors are known ──


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made_in = tmp_path_factory.mktemp("dirty")
    for table in TABLES:
        (made_in / table).mkdir()
        clean, dirty = made(table)
        write(clean, made_in / table / "clean.csv")
        write(dirty, made_in / table / "dirty.csv")
    return made_in


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
def test_planted_errors_are_found_and_right_cells_left_alone(table: str, folder: Path) -> None:
    found = score(folder / table)
    assert found.recall >= 0.95
    assert found.precision >= 0.95


@pytest.mark.parametrize("table", TABLES)
def test_clean_tables_raise_next_to_nothing(table: str, folder: Path) -> None:
    assert score(folder / table, clean=True, as_text=False).false_alarms <= 0.001


@cache
def published(table: str, *, clean: bool = False) -> Score:
    if not (PUBLISHED / table / "dirty.csv").is_file():
        pytest.skip(f"{PUBLISHED} is not there")
    return score(PUBLISHED / table, clean=clean)


@pytest.mark.slow
@pytest.mark.parametrize(("table", "precision", "recall"), [("beers", 0.97, 0.99), ("flights", 0.88, 0.8)])
def test_published_tables_keep_their_scores(table: str, precision: float, recall: float) -> None:
    found = published(table)
    assert found.precision >= precision
    assert found.recall >= recall
    assert nulls_as_expected(PUBLISHED / table)


@pytest.mark.parametrize("table", ["beers", "flights"])
def test_published_clean_tables_raise_next_to_nothing(table: str) -> None:
    assert published(table, clean=True).false_alarms <= 0.01


# ── single proposals ──


def test_a_check_that_fails_says_so_in_the_suite(connection: Any) -> None:
    found = proposed(connection, "SELECT i AS id, CASE WHEN i > 1 THEN i % 7 END AS n FROM range(100) r(i)")
    gap = named(found, "not_null_n")
    assert (gap.violations, gap.rows, gap.share, gap.holds) == (2, 100, 0.02, False)
    assert [each["id"] for each in gap.samples] == ["0", "1"]
    assert "Does not hold today: 2 violations" in gap.check.because
    assert gap.check in found.suite.checks
    assert all("not hold" in each.check.because for each in found.failing)
    assert not any("not hold" in each.check.because for each in found.checks if each.holds)
    assert isinstance(found.suite, Suite)
    assert found.suite.key == ("id",)


def test_the_same_table_gives_the_same_proposal(connection: Any) -> None:
    sql = "SELECT i AS id, 'v' || (i % 9) AS v, hash(i) % 100 / 7 AS x FROM range(3000) r(i)"
    assert proposed(connection, sql) == proposed(connection, sql)


def test_units_and_thousands_that_are_mixed_are_numbers(connection: Any) -> None:
    units = "CASE i % 4 WHEN 0 THEN i || ' oz' WHEN 1 THEN i || ' OZ.' ELSE i || ' oz.' END"
    mixed = f"SELECT {units} AS size FROM range(1, 200) r(i)"
    found = named(proposed(connection, mixed), "one_notation_size")
    assert isinstance(found.check, Castable)
    assert found.violations == 199
    same = proposed(connection, "SELECT (1 + i % 9) || ',' || lpad(i::VARCHAR, 3, '0') AS n FROM range(1, 200) r(i)")
    assert all(each.holds for each in same.checks)  # separators throughout are one notation


def test_states_that_slid_into_the_city_are_found(connection: Any) -> None:
    found = named(
        proposed(
            connection,
            """SELECT i AS id, CASE WHEN i % 40 = 0 THEN c || ' ' || s ELSE c END AS city,
            CASE WHEN i % 40 <> 0 THEN s END AS state FROM (SELECT i, ['Bend', 'Gary', 'Troy', 'Lodi'][1 + i % 4] AS c,
            ['OR', 'IN', 'MI', 'CA'][1 + i % 4] AS s FROM range(400) r(i))""",
        ),
        "state_not_in_city",
    )
    assert (found.violations, found.blames) == (10, ("state", "city"))


def test_what_most_sources_tell_is_expected_of_all(connection: Any) -> None:
    found = proposed(
        connection,
        """SELECT i AS id, 'source ' || chr(97 + (i % 12)::INTEGER) AS src, 'F-' || (i // 12) AS flight,
        hour || ':' || CASE WHEN hash(i) % 20 = 0 THEN noise ELSE '05' END AS planned,
        hour || ':' || CASE WHEN hash(i * 7) % 10 < 4 THEN noise ELSE '07' END AS actual
        FROM (SELECT i, lpad((6 + (i // 12) % 15)::VARCHAR, 2, '0') AS hour, (10 + hash(i) % 49)::VARCHAR AS noise
        FROM range(1200) r(i))""",
    )
    told = named(found, "flight_determines_actual")
    assert isinstance(told.check, FunctionalDependency)
    assert "most tell" in told.because
    assert 380 <= told.violations <= 520


def test_a_panel_is_not_several_sources(connection: Any) -> None:
    """Prices of products over days differ, and are not reports on one thing."""
    found = proposed(
        connection,
        """SELECT DATE '2026-01-01' + (i % 30)::INTEGER AS day, 'P' || (i // 30) AS product, 'name ' || (i // 30) AS called,
        10 + (i // 30) + CASE WHEN i % 30 > 20 THEN 1 ELSE 0 END AS price FROM range(1500) r(i)""",
    )
    assert not [each.check.called for each in found.failing if each.check.by_row]


def test_two_right_values_are_no_violation(connection: Any) -> None:
    """A city of one name in two states is no error: the second state is frequent as well."""
    found = proposed(
        connection,
        """SELECT i AS id, 'city' || (i % 20) AS city,
        CASE WHEN i % 20 = 3 AND i % 3 = 0 THEN 'ME' ELSE 'S' || (i % 5) END AS state FROM range(2000) r(i)""",
    )
    assert "city_determines_state" not in [each.check.called for each in found.checks]


def test_keys_are_unique_and_nearly_unique_ones_say_what_repeats(connection: Any) -> None:
    found = proposed(
        connection, "SELECT CASE WHEN i = 50 THEN 49 ELSE i END AS order_id, i / 3.0 AS x FROM range(1000) r(i)"
    )
    key = named(found, "unique_order_id")
    assert isinstance(key.check, Unique)
    assert (key.violations, key.holds, key.check.severity) == (1, False, "P1")
    pair = proposed(connection, "SELECT i // 40 AS shop, i % 40 AS day, hash(i) % 5 AS n FROM range(2000) r(i)")
    assert [each.check.looks_at for each in pair.checks if isinstance(each.check, Unique)] == [("shop", "day")]


def test_a_large_table_is_judged_by_a_sample_and_counted_whole(connection: Any) -> None:
    found = proposed(
        connection,
        """SELECT CASE WHEN i = 250001 THEN 250000 ELSE i END AS order_id, CASE WHEN i = 260000 THEN NULL ELSE i % 7 END AS n,
        CASE WHEN i = 270000 THEN 'odd' ELSE 'usual ' || (i % 3) END AS state FROM range(300000) r(i)""",
    )
    assert found.notes == ("Found in a sample of 51,200 rows, counted over all.",)
    key = named(found, "unique_order_id")
    assert (key.violations, key.samples[0]["order_id"]) == (1, "250000")
    assert key.because.startswith("Judging by 51,200 rows: Its ")
    assert (named(found, "not_null_n").violations, named(found, "accepted_values_state").violations) == (1, 1)


def test_references_are_proposed_between_tables_given(connection: Any) -> None:
    connection.execute("CREATE TABLE customers AS SELECT i AS id, 'n' || i AS name FROM range(100) r(i)")
    sql = "SELECT i AS order_id, CASE WHEN i = 5 THEN 777 ELSE i % 100 END AS customer_id FROM range(1000) r(i)"
    found = proposed(connection, sql, others=[opened(connection, "customers")])
    key = named(found, "foreign_key_customer_id")
    assert isinstance(key.check, ForeignKey)
    assert (key.violations, key.check.parent_columns) == (1, ("id",))
    assert not any(isinstance(each.check, ForeignKey) for each in proposed(connection, sql).checks)


def test_volume_knows_earlier_runs_and_freshness_the_clock(connection: Any) -> None:
    run = CheckRun(taken_at=NOW, tables=(TableRun(table="t", place="t", kind="csv", rows=100),), checks=())
    sql = "SELECT i AS id, TIMESTAMP '2025-12-01' + INTERVAL 1 DAY * (i % 30) AS loaded_at FROM range(300) r(i)"
    found = proposed(connection, sql, history=[run])
    volume, freshness = named(found, "volume"), named(found, "freshness_loaded_at")
    assert isinstance(volume.check, Volume)
    assert (volume.check.min_rows, volume.check.max_rows) == (50, 451)
    assert isinstance(freshness.check, Freshness)
    assert (freshness.check.max_age_hours, freshness.holds) == (
        48,
        False,
    )  # 30 December, and it is the third of January
    later = propose(connection, opened(connection), now=datetime(2025, 12, 31, tzinfo=UTC))
    assert named(later, "freshness_loaded_at").holds


def test_orders_between_dates_are_proposed_with_their_exceptions(connection: Any) -> None:
    found = proposed(
        connection,
        """SELECT i AS id, TIMESTAMP '2026-01-01' + INTERVAL 1 HOUR * i AS ordered_at,
        TIMESTAMP '2026-01-01' + INTERVAL 1 HOUR * (i + CASE WHEN i = 9 THEN -5 ELSE 30 END) AS shipped_at
        FROM range(500) r(i)""",
    )
    order = named(found, "ordered_at_before_shipped_at")
    assert (order.violations, [each["id"] for each in order.samples]) == (1, ["9"])


def test_personal_values_are_never_shown(connection: Any) -> None:
    found = proposed(
        connection,
        """SELECT i AS id, CASE WHEN i = 7 THEN 'SECRET' ELSE 'u' || i || '@example.org' END AS email,
        CASE WHEN i = 7 THEN 'SECRET' ELSE '555-01' || (10 + i % 80) END AS phone FROM range(300) r(i)""",
    )
    assert found.suite.personal == ("email", "phone")
    assert found.failing
    assert "SECRET" not in found.model_dump_json(exclude={"suite": {"checks"}, "checks": {"__all__": {"check"}}})


def test_hostile_names_values_and_empty_tables_are_proposed_for(connection: Any) -> None:
    found = proposed(
        connection,
        """SELECT i AS "a"" ; DROP TABLE t; --", CASE WHEN i % 50 = 0 THEN 'it''s'' OR 1=1 --' ELSE 'usual' END AS "select",
        CASE WHEN i = 3 THEN 'N/A' ELSE 'x' || (i % 3) END AS "🐛 {0} %s", [i] AS l, {'a': i} AS s FROM range(400) r(i)""",
    )
    assert named(found, "no_placeholder_🐛 {0} %s").violations == 1
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (400,)
    assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchone() == (0,)
    assert proposed(connection, "SELECT 1 AS a, 'x' AS b WHERE FALSE").checks == ()
    assert proposed(connection, "SELECT NULL::INTEGER AS a, NULL::VARCHAR AS b FROM range(10)").rows == 10


def test_infinities_and_numbers_for_nothing_are_told(connection: Any) -> None:
    found = proposed(
        connection,
        """SELECT i AS id, CASE WHEN i % 100 = 0 THEN -999.0 WHEN i = 5 THEN 'nan'::DOUBLE WHEN i = 6 THEN 'inf'::DOUBLE
        ELSE sin(i) * 20 END AS t FROM range(1000) r(i)""",
    )
    assert named(found, "no_number_for_nothing_t").violations == 10
    assert named(found, "finite_t").violations == 2


def test_amounts_in_another_unit_lie_beyond_a_gap(connection: Any) -> None:
    cents = "SELECT i AS id, CASE WHEN i % 40 = 0 THEN 100 ELSE 1 END * (100 + (i * 7919) % 900) AS amount FROM range(2000) r(i)"
    found = named(proposed(connection, cents), "range_amount")
    assert found.violations == 50
    assert "another unit" in found.because
    tail = "SELECT i AS id, exp(1.5 * sin(i) + 1.5 * cos(i * i)) AS amount FROM range(2000) r(i)"
    assert named(proposed(connection, tail), "range_amount").holds


def test_forms_that_were_meant_are_told_from_slips() -> None:
    values = [(f"AB-{at}", 1) for at in range(100, 190)] + [("ab 12", 1), ("AB-1x", 1)]
    found = meant(values, dominant=0.9, own=0.05, most=4)
    assert found is not None
    assert found.pattern == "^(?:AB-[0-9]{3})$"
    words = [(f"{'w' * (at % 9 + 2)} {'v' * (at % 5 + 2)} {'u' * (at % 7 + 1)}", 1) for at in range(90)]
    assert meant(words, dominant=0.9, own=0.05, most=4) is None
    assert form("Straße 12") == "W 9"


def test_every_setting_says_why_and_every_wording_is_used() -> None:
    table = suggest_table()
    assert all(each.because and each.source for each in table.settings.values())
    code = "".join(path.read_text("utf-8") for path in Path(propose.__code__.co_filename).parent.glob("*.py"))
    assert not [key for key in (*table.settings, *table.wording) if f'"{key}"' not in code]
