"""Hierarchies: chains in the data, codes beside labels, constants, chance on few rows, gaps."""

from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.phases.modeling.draft.reason import Draft
from tests.phases.modeling.made_draft import of_tables

STORES = (
    "SELECT i AS store_id, 'store ' || i AS name, 'city ' || i % 60 AS city, 'region ' || i % 12 AS region, "
    "'country ' || i % 4 AS country, 'C' || i % 4 AS country_code, 'EUR' AS currency, "
    "'kind ' || (i * i) % 7 AS kind FROM range(1200) AS t(i)"
)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return of_tables(tmp_path_factory.mktemp("stores"), {"stores": STORES})


def test_levels_go_from_wide_to_narrow(stores: Draft) -> None:
    draft = stores
    (dimension,) = draft.model.dimensions
    assert [each.levels for each in dimension.hierarchies] == [("country", "region", "city")]
    (told,) = draft.of("stores", "hierarchy")
    assert told.confidence == "high"
    assert "country (4) > region (12) > city (60)" in told.because


def test_a_code_beside_its_label_is_no_level_and_neither_is_a_constant(stores: Draft) -> None:
    draft = stores
    (pair,) = (each for each in draft.reasons if each.what == "descriptor")
    assert (pair.subject, pair.proposed, pair.drafted) == ("stores.country_code", "of country", False)
    assert all("currency" not in each.levels for each in draft.model.dimensions[0].hierarchies)


def test_one_row_against_it_ends_a_dependency(tmp_path: Path) -> None:
    broken = f"SELECT * REPLACE (CASE WHEN store_id = 7 THEN 'country 0' ELSE country END AS country) FROM ({STORES})"
    draft = of_tables(tmp_path, {"stores": broken})
    assert all("country" not in each.levels for each in draft.model.dimensions[0].hierarchies)


def test_gaps_are_passed_over(tmp_path: Path) -> None:
    gaps = f"SELECT * REPLACE (CASE WHEN store_id % 50 > 0 THEN region END AS region) FROM ({STORES})"
    draft = of_tables(tmp_path, {"stores": gaps})
    assert [each.levels for each in draft.model.dimensions[0].hierarchies] == [("country", "region", "city")]


def test_what_few_rows_seem_to_show_is_told_and_not_drafted(tmp_path: Path) -> None:
    draft = of_tables(
        tmp_path,
        {
            "stores": "SELECT i AS store_id, 'city ' || i // 2 AS city, "
            "'region ' || i // 8 AS region FROM range(16) AS t(i)"
        },
    )
    (told,) = draft.of("stores", "hierarchy")
    assert (told.confidence, told.drafted) == ("low", False)
    assert draft.model.dimensions[0].hierarchies == ()
