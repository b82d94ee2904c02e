"""The run logs as they lie about: a file per month, the oldest packed, and six lines that something else has spoilt."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from nordwind_platform.runner import Record

Spoil = Callable[[Record], str]


def _line(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False)


SPOILT: dict[str, Spoil] = {
    # the run whose line it is, and what became of the line
    "load_web_events/2026-08-13T16:15Z/1": lambda run: _line(run)[:171],  # the disk was full
    "load_shop_orders/2026-09-01T02:00Z/1": lambda run: "-- log rotated --\n" + _line(run),
    "load_ad_spend/2026-09-10T05:00Z/1": lambda run: _line({**run, "status": "done"}),  # another team's wrapper
    "load_erp_products/2026-09-22T01:30Z/1": lambda run: _line({**run, "rows_loaded": "n/a"}),
    "load_payments/2026-10-02T02:30Z/1": lambda run: str(run),  # somebody printed the dictionary
    "load_web_events/2026-10-12T08:15Z/1": lambda run: _line({**run, "pipeline_name": ""}),
}


def write(folder: Path, records: Iterable[Record]) -> None:
    """Write the runs into one file per month, in the order they ended."""
    folder.mkdir(parents=True, exist_ok=True)
    by_month: dict[str, list[str]] = {}
    for record in sorted(records, key=lambda run: (str(run["completed_at"]), str(run["run_id"]))):
        line = SPOILT.get(str(record["run_id"]), _line)(record)
        by_month.setdefault(str(record["started_at"])[:7], []).append(line)
    for month, lines in by_month.items():
        content = ("\n".join(lines) + "\n").encode()
        if month == min(by_month):
            (folder / f"{month}.jsonl.gz").write_bytes(gzip.compress(content, mtime=0))
        else:
            (folder / f"{month}.jsonl").write_bytes(content)
