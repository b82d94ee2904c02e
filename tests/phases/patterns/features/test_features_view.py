"""Feature stores as a page: each feature, what is missing, and how long values live; a client's words stay text."""

from __future__ import annotations

from decom_nb.phases.patterns.features.features_measure import feature_stores
from decom_nb.phases.patterns.features.features_view import life_chart, life_rows
from decom_nb.phases.patterns.views import features
from tests.phases.patterns.features.feature_case import DOCUMENT, store

EVIL = "<script>alert(1)</script>"


def test_the_page_shows_features_and_what_is_missing() -> None:
    said = [{**DOCUMENT["features"][0], "description": EVIL, "ttl_hours": 24}]
    rows = feature_stores((store(features=said, labels={}),))
    page = features(rows)._repr_html_()
    for text in ("orders_2d", "count of 2 days", "the table of labels is not named", "too short: orders_2d"):
        assert text in page
    assert EVIL not in page


def test_a_value_that_ends_with_its_run_is_drawn_as_too_short() -> None:
    made = [
        {**DOCUMENT["features"][0], "name": name, "freshness": freshness, "ttl_hours": hours}
        for name, freshness, hours in (("a", "daily", 24), ("b", "daily", 25), ("c", "real-time", 1), ("d", "soon", 1))
    ]
    (row,) = feature_stores((store(features=made),)) or []
    drawn = life_rows(row)
    assert [(each["feature"], each["state"]) for each in drawn] == [
        ("a", "expires before the next run"),
        ("b", "lives until the next run"),
        ("c", "lives until the next run"),
    ]
    assert life_chart(drawn).to_dict()["layer"]


def test_without_a_feature_store_the_page_says_what_to_do() -> None:
    assert "documents/feature_store" in features(None)._repr_html_()
