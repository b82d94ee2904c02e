"""What `decom check` tells of cost beyond the shape of its documents."""

from __future__ import annotations

from pathlib import Path

from decom_nb.book import Book
from decom_nb.engagement import Engagement
from decom_nb.phases.cost.documents import CostAllocation
from decom_nb.phases.cost.mistakes import mistakes

WRONG = """\
document: cost_allocation
version: 1
rules:
  - to_pool: shared
    service: Warehouse
  - to_pipeline: b
    service: Warehouse
pools:
  - pool: shared
    split_by: fixed
    shares:
      - pipeline: a
        share: 1
      - pipeline: a
        share: 2
  - pool: idle
rates:
  - currency: EUR
    usd: 1.1
  - currency: EUR
    usd: 1.2
"""


def test_what_stands_twice_or_never_takes_effect_is_told_with_its_line(tmp_path: Path) -> None:
    folder = Engagement.create(tmp_path / "acme", "Acme").path
    (folder / "documents" / "cost_allocation.yaml").write_text(WRONG)
    found = Book.open(folder).mistakes()
    assert [(each.line, each.key) for each in found] == [
        (6, "rules[1]"),
        (14, "pools[0].shares[1].pipeline"),
        (16, "pools[1].pool"),
        (20, "rates[1].currency"),
    ]


def test_a_sound_allocation_has_none() -> None:
    sound = {
        "rules": [{"to_pool": "shared", "service": "A"}, {"to_pipeline": "a", "service": "A", "tag_key": "t"}],
        "pools": [{"pool": "shared", "split_by": "run_seconds", "among": ["a", "b"]}],
    }
    assert list(mistakes(CostAllocation.model_validate(sound))) == []
