"""What `decom check` tells of backfills before they are planned."""

from __future__ import annotations

from pathlib import Path

from decom_nb.book import Book
from decom_nb.engagement import Engagement
from decom_nb.phases.testing.backfill_document import Backfill

WRONG = """\
document: backfill
version: 1
tables:
  - table: marts.fct_orders
    partition_column: order_date
    query: SELECT * FROM staging.orders
    metrics:
      - sum(net_amount)
      - net_amount
  - table: marts.fct_items
    partition_column: order_date
    query: DELETE FROM staging.items
    source_query: SELECT FROM WHERE
"""


def test_what_the_guard_refuses_is_told_with_its_line(tmp_path: Path) -> None:
    folder = Engagement.create(tmp_path / "acme", "Acme").path
    (folder / "documents" / "backfill").mkdir()
    (folder / "documents" / "backfill" / "vat.yaml").write_text(WRONG)
    found = Book.open(folder).mistakes()
    assert [(each.line, each.key) for each in found] == [
        (9, "tables[0].metrics[1]"),
        (12, "tables[1].query"),
        (13, "tables[1].source_query"),
    ]
    assert all(each.file.endswith("vat.yaml") for each in found)


def test_a_range_that_ends_before_it_begins_is_told_with_its_line(tmp_path: Path) -> None:
    engagement = Engagement.create(tmp_path / "acme", "Acme")
    (engagement.path / "documents" / "backfill").mkdir()
    text = "document: backfill\nversion: 1\nfirst_day: 2026-02-01\nlast_day: 2026-01-01\n"
    (engagement.path / "documents" / "backfill" / "vat.yaml").write_text(text)
    (found,) = engagement.check((Backfill,))
    assert (found.line, found.key, found.what) == (4, "last_day", "last_day lies before first_day")
