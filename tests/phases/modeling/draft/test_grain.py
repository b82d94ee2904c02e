"""What names a row: keys in the data, coincidences, gaps, and sets of columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.phases.modeling.draft.reason import Draft, Reason
from tests.phases.modeling.made_draft import of_tables


def grain(draft: Draft, table: str) -> Reason:
    return next(each for each in draft.of(table) if each.what in ("grain", "natural key"))


def one(tmp_path: Path, query: str, called: str = "readings", declared: str = "") -> Reason:
    return grain(of_tables(tmp_path, {called: query}, declared), called)


def test_a_key_by_name_is_preferred_to_numbers_that_happen_to_differ(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        "SELECT i * 1.5 AS amount, now()::TIMESTAMP + i * INTERVAL 1 SECOND AS read_at, "
        "i AS reading_id FROM range(500) AS t(i)",
    )
    assert (found.proposed, found.confidence) == ("reading_id", "high")
    assert "all 500 rows" in found.because
    assert found.figures == {"rows": 500, "duplicates": 0}


def test_a_measure_that_is_unique_by_chance_is_no_grain_where_keys_name_the_row(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        "SELECT i // 20 AS station_id, i % 20 AS sensor_no, i + 0.25 AS temperature FROM range(400) AS t(i)",
    )
    assert found.proposed == "station_id + sensor_no"
    assert "temperature" in found.because  # told as one that would do


def test_a_measure_alone_is_proposed_with_doubt(tmp_path: Path) -> None:
    found = one(tmp_path, "SELECT i AS amount, 'x' || i % 3 AS kind FROM range(100) AS t(i)")
    assert (found.proposed, found.confidence) == ("amount", "low")
    assert "chance" in found.because


def test_three_columns_are_found_and_no_set_with_one_too_many(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        "SELECT i // 100 AS store_id, i // 10 % 10 AS product_id, DATE '2026-01-01' + (i % 10)::INTEGER AS day, "
        "7 AS country_id, 'note ' || i % 3 AS remark FROM range(1000) AS t(i)",
    )
    assert found.proposed == "store_id + product_id + day"


def test_the_product_of_few_values_saves_the_search_and_no_key_is_told(tmp_path: Path) -> None:
    found = one(tmp_path, "SELECT i % 2 AS a_id, i % 3 AS b_id, 5 AS c_id FROM range(100) AS t(i)")
    assert (found.proposed, found.confidence, found.drafted) == ("none found", "low", False)
    assert "94 rows repeat another in every column" in found.because


def test_a_key_with_gaps_or_repeats_is_told_as_dirty(tmp_path: Path) -> None:
    gaps = one(tmp_path, "SELECT CASE WHEN i > 1 THEN i END AS reading_id, i % 7 AS kind_id FROM range(300) AS t(i)")
    assert (gaps.proposed, gaps.confidence) == ("reading_id", "low")
    assert "2 rows have none" in gaps.because
    repeats = one(tmp_path, "SELECT greatest(i, 4) AS reading_id, i % 7 AS kind_id FROM range(300) AS t(i)")
    assert "4 rows repeat another" in repeats.because


def test_a_declared_key_is_held_against_the_data(tmp_path: Path) -> None:
    ddl = "CREATE TABLE readings (code int PRIMARY KEY);"
    holds = one(tmp_path, "SELECT i AS code, i AS reading_id FROM range(100) AS t(i)", declared=ddl)
    assert (holds.proposed, holds.confidence) == ("code", "high")
    assert holds.because.startswith("code: declared as the primary key, and different in all 100 rows.")
    broken = one(tmp_path, "SELECT i // 2 AS code, i AS reading_id FROM range(100) AS t(i)", declared=ddl)
    assert (broken.proposed, broken.confidence) == ("code", "low")
    assert "50 rows repeat another" in broken.because


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 AS reading_id, 2.5 AS amount LIMIT 0",
        "SELECT NULL::INTEGER AS reading_id, NULL::VARCHAR AS label FROM range(50)",
        "SELECT 1 AS reading_id, 'x' AS label FROM range(50)",
        "SELECT [1, 2] AS many, {'a': 1} AS one_thing FROM range(50)",
    ],
)
def test_tables_that_say_nothing_end_well(tmp_path: Path, query: str) -> None:
    found = one(tmp_path, query)
    assert found.confidence == "low"


def test_a_sample_is_said_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from decom_nb.phases.modeling.draft import word

    known = word.known()
    few = {name: known.settings[name].model_copy(update={"value": value}) for name, value in
           (("all_rows", 1_000), ("sample_rows", 50_000))}  # fmt: skip
    changed = known.model_copy(update={"settings": {**known.settings, **few}})
    monkeypatch.setattr("decom_nb.phases.modeling.draft.from_tables.known", lambda: changed)
    draft = of_tables(tmp_path, {"readings": "SELECT i AS reading_id FROM range(120000) AS t(i)"})
    found = grain(draft, "readings")
    assert "a sample of" in found.because
    assert found.confidence == "medium"
    assert draft.tables[0]["all_rows"] is False
