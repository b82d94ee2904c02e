"""What is out of the ordinary in made runs: stretches with and without a reason, levels, retries."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from decom_nb.phases.monitoring.irregular import Flaky, Irregular
from tests.phases.monitoring.test_health import supply


def irregular(folder: Path, runs: list[dict[str, Any]]) -> Irregular:
    found = supply(folder, runs)
    told = found.get("irregular")
    assert not found.failures
    assert isinstance(told, Irregular)
    return told


def test_days_in_a_row_are_one_stretch_and_more_rows_explain_more_time(tmp_path: Path) -> None:
    runs = [
        {"times": 40, "rows": 100, "minutes": 10},
        {"times": 3, "at": 960, "rows": 400, "minutes": 30},
        {"times": 20, "at": 1032, "rows": 100, "minutes": 10},
    ]
    found = irregular(tmp_path, runs)
    volume, duration = found.stretches
    assert (volume.what, volume.first, volume.last) == ("volume", date(2026, 2, 10), date(2026, 2, 12))
    assert (volume.peak.value, round(volume.peak.expected), volume.explained) == (400, 100, False)
    assert (duration.what, duration.with_volume, duration.explained) == ("duration", True, True)
    assert found.shifts == ()


def test_what_comes_after_a_failed_day_is_explained(tmp_path: Path) -> None:
    runs = [
        {"times": 40, "rows": 100},
        {"at": 960, "status": "failed"},
        {"at": 984, "rows": 200},
        {"times": 20, "at": 1008, "rows": 100},
    ]
    (stretch,) = irregular(tmp_path, runs).stretches
    assert stretch.first == date(2026, 2, 11)
    assert stretch.beside_failure


def test_a_lasting_change_is_a_level_and_no_unusual_day(tmp_path: Path) -> None:
    found = irregular(tmp_path, [{"times": 40, "minutes": 10}, {"times": 30, "at": 960, "minutes": 15}])
    (shift,) = found.shifts
    assert (shift.what, shift.found.day, shift.found.before, shift.found.after) == (
        "duration",
        date(2026, 2, 10),
        600,
        900,
    )
    assert found.stretches == ()
    assert found.climbs() == {("load_orders", "duration"): (shift,)}


def test_short_series_are_not_looked_at_and_told(tmp_path: Path) -> None:
    found = irregular(tmp_path, [{"times": 40}, {"times": 10, "pipeline": "new"}])
    assert found.series("duration") == ("load_orders",)
    assert found.too_short == ("new",)


def test_flaky_counts_what_passed_within_the_hour(tmp_path: Path) -> None:
    runs = [
        {"times": 40},
        {"times": 3, "at": 960, "status": "failed"},
        {"times": 3, "at": 960.5},
        {"at": 1200, "status": "failed"},
        {"at": 1224},
    ]
    found = supply(tmp_path, runs).get("flaky")
    assert found == (Flaky("load_orders", 48, 0, 3, "connection reset"),)
