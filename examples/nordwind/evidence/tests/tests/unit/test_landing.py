"""Where files land."""

import pytest
from nordwind_platform.landing import path_of


@pytest.mark.parametrize(
    ("feed", "path"), [("orders", "orders/orders_2026-10-01.csv"), ("payments", "payments/payments_2026-10-01.jsonl")]
)
def test_a_feed_has_its_place(feed, path):
    """Payments come as lines of JSON, orders as CSV."""
    assert path_of(feed, "2026-10-01") == path
