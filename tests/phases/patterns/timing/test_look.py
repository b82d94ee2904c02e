"""Looks at time: lateness counted exactly, clocks told by the hours that a zone skips and repeats, wrong input in one go."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from decom_nb.errors import InputError
from decom_nb.evidence.tables import Tables, TableSource
from decom_nb.evidence.timings import Timing
from decom_nb.phases.patterns.timing.look import look

MINUTES = """
    SELECT
        i AS id, u, u AT TIME ZONE 'Europe/Berlin' AS wall, u AT TIME ZONE 'UTC' AS plain,
        (u AT TIME ZONE 'UTC') + to_seconds(CASE WHEN i % 500 = 0 THEN 90000 ELSE i % 300 END) AS arrived,
        CASE WHEN i % 2 = 0 THEN u AT TIME ZONE 'UTC' END AS half
    FROM (SELECT i, TIMESTAMPTZ '{start} 00:00:00+00' + to_minutes(i) AS u FROM range({rows}) AS t(i))
"""


def looked(folder: Path, start: str = "2026-03-20", rows: int = 20_000, **asked: str) -> Timing:
    with duckdb.connect() as con:
        con.execute(
            f"COPY ({MINUTES.format(start=start, rows=rows)}) TO '{folder / 'events.parquet'}' (FORMAT parquet)"
        )
    with Tables([TableSource(name="events", path="events.parquet")], folder) as tables:
        return look(tables, "events", **asked)


def test_rows_are_counted_by_how_late_they_came(tmp_path: Path) -> None:
    late = looked(tmp_path, event="plain", arrived="arrived").lateness
    assert late is not None
    assert {each.seconds: each.late for each in late.windows if each.late} == dict.fromkeys(
        (60.0, 300.0, 900.0, 3600.0, 21600.0, 86400.0), 40
    ) | {60.0: 40 + sum(i % 300 > 60 and i % 500 != 0 for i in range(20_000))}
    assert (late.compared, late.early, late.proposed_seconds) == (20_000, 0, 172_800.0)


def test_rows_without_one_of_the_times_are_left_out(tmp_path: Path) -> None:
    late = looked(tmp_path, event="half", arrived="arrived").lateness
    assert late is not None
    assert late.compared == 10_000


@pytest.mark.parametrize(("column", "verdict"), [("wall", "local"), ("plain", "not local")])
@pytest.mark.parametrize("start", ["2026-03-20", "2026-10-18"], ids=["spring", "autumn"])
def test_the_hour_that_changes_gives_the_clock_away(tmp_path: Path, start: str, column: str, verdict: str) -> None:
    (clock,) = looked(tmp_path, start, event=column, zone="Europe/Berlin").clocks
    assert clock.verdict == verdict, clock.says


def test_lateness_is_counted_by_the_clock_that_was_seen(tmp_path: Path) -> None:
    timing = looked(tmp_path, event="wall", arrived="arrived", zone="Europe/Berlin")
    assert [each.verdict for each in timing.clocks] == ["local", "not local"]
    assert timing.lateness is not None
    assert timing.lateness.early == 0


@pytest.mark.parametrize(
    "asked", [{"start": "2026-06-01"}, {"rows": 30_000, "start": "2026-03-20", "zone": "Asia/Tokyo"}]
)
def test_without_a_change_nobody_can_tell(tmp_path: Path, asked: dict[str, str]) -> None:
    zone = asked.pop("zone", "Europe/Berlin")
    (clock,) = looked(tmp_path, **asked, event="plain", zone=zone).clocks
    assert clock.verdict == "not known"


def test_a_column_with_a_zone_needs_no_clock(tmp_path: Path) -> None:
    assert looked(tmp_path, event="u", zone="Europe/Berlin").clocks == ()


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        looked(tmp_path, event="id", arrived="arived", zone="Berlin")
    said = {mistake.what: mistake.instead for mistake in caught.value.mistakes}
    assert set(said) == {"id is BIGINT, and no moment", "events has no column arived", "there is no time zone Berlin"}
    assert "arrived" in said["events has no column arived"]
    with pytest.raises(InputError, match="nothing to hold it against"):
        looked(tmp_path, event="plain")
