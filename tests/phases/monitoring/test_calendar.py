"""The calendar of runs: its days are named as they are, in whichever zone it is looked at."""

from __future__ import annotations

import json

from decom_nb.phases.monitoring import charts


def test_days_are_named_in_the_zone_that_they_are_read_in() -> None:
    row = {"pipeline": "a", "order": 0, "state": "no run", "runs": 0, "failed": 0, "partial": 0}
    drawn = charts.calendar([{**row, "day": f"2026-08-0{day}"} for day in range(1, 8)])
    text = json.dumps(drawn.to_dict())
    assert "utcFormat(toDate(datum.value)" in text
    assert " timeFormat(" not in text
    assert '"timeFormat(' not in text
