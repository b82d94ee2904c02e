"""Backfills that really run: what they change, what they refuse, and that a kill at any moment makes no difference."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from decom_nb.errors import InputError
from decom_nb.phases.testing import backfill_progress, backfill_run
from decom_nb.phases.testing.backfill_run import Outcome, run
from decom_nb.phases.testing.backfill_text import log_page
from tests.phases.testing.made_backfill import plan, request, rows, warehouse


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return warehouse(tmp_path / "w.duckdb")


def ran(database: Path, folder: Path, **changed: Any) -> Outcome:
    options = {key: changed.pop(key) for key in ("clock", "accept_empty", "any_time") if key in changed}
    return run(plan(**changed), database, folder, **options)


def test_the_range_is_made_anew_and_nothing_else_moves(database: Path, tmp_path: Path) -> None:
    before = rows(database)
    outcome = ran(database, tmp_path)
    assert (outcome.done, outcome.stopped, outcome.wrong) == (6, "", [])
    for old, new in zip(before, rows(database), strict=True):
        inside = date(2026, 3, 27) <= old[1] <= date(2026, 4, 1)
        assert new[:2] == old[:2]
        assert float(new[2]) == pytest.approx(float(old[2]) * (1.19 if inside else 1))
    progress = backfill_progress.read(tmp_path)
    assert [part for part, _ in progress.parts][:2] == ["2026-04-01", "2026-03-31"]
    assert rows(database, "SELECT schema_name FROM duckdb_schemas() WHERE schema_name LIKE 'decom%'") == []


def test_history_processed_twice_equals_once(database: Path, tmp_path: Path) -> None:
    ran(database, tmp_path)
    once = rows(database)
    with pytest.raises(InputError, match="--again"):
        ran(database, tmp_path)
    backfill_progress.put_aside(tmp_path)
    ran(database, tmp_path)
    assert rows(database) == once


KILLED = """
import os, signal, sys
from pathlib import Path
from decom_nb.phases.testing import backfill_progress, backfill_run
from tests.phases.testing.made_backfill import plan

database, folder, where, after = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
seen = 0

def die(*_):
    global seen
    seen += 1
    if seen > after:
        os.kill(os.getpid(), signal.SIGKILL)

if where == "before the swap":
    real = backfill_run._Running._refuse_moved
    backfill_run._Running._refuse_moved = lambda self, *told: (real(self, *told), die())
elif where == "between the commit and the note":
    noted = backfill_progress.append
    backfill_progress.append = lambda *a, **told: (die() if a[2] == "part" else None, noted(*a, **told))
backfill_run.run(plan(), database, folder, told=die if where == "after a part" else lambda _: None)
"""


@pytest.mark.parametrize(
    "where",
    [
        "between the commit and the note",
        pytest.param("before the swap", marks=pytest.mark.slow),
        pytest.param("after a part", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_killed_goes_on_and_comes_to_the_same(tmp_path: Path, where: str) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    for folder in (whole, cut):
        folder.mkdir()
        warehouse(folder / "w.duckdb")
    run(plan(), whole / "w.duckdb", whole)
    command = [sys.executable, "-c", KILLED, str(cut / "w.duckdb"), str(cut), where, "2"]
    killed = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert rows(cut / "w.duckdb") != rows(whole / "w.duckdb")
    outcome = run(plan(), cut / "w.duckdb", cut)
    assert 0 < outcome.skipped < 6
    assert outcome.skipped + outcome.done == 6
    assert not outcome.wrong
    assert rows(cut / "w.duckdb") == rows(whole / "w.duckdb")
    progress = backfill_progress.read(cut)
    assert (progress.state, len(progress.parts)) == ("done", 6)
    assert len([each for each in progress.events if each["event"] == "part"]) == 6


def test_a_part_of_which_nobody_saw_how_long_it_took_is_no_yardstick(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {"limits": {"window_from": "22:00", "window_to": "04:00"}}
    times = iter([datetime(2026, 5, 1, 23, tzinfo=UTC)] * 6 + [datetime(2026, 5, 2, 12, tzinfo=UTC)] * 9)
    assert ran(database, tmp_path, clock=lambda: next(times), **limits).done > 1
    file = tmp_path / backfill_progress.FILE
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    lost = max(place for place, line in enumerate(lines) if json.loads(line)["event"] == "part")
    file.write_text("".join(lines[:lost]), encoding="utf-8")
    held: list[float] = []
    watch = backfill_run._Running._watch

    def watched(self: backfill_run._Running, *told: Any) -> None:
        held[:] = self.seconds
        watch(self, *told)

    monkeypatch.setattr(backfill_run._Running, "_watch", watched)
    assert ran(database, tmp_path, any_time=True, **limits).skipped > 1
    assert len(held) > 1
    assert all(held)


def test_a_line_that_a_crash_cut_off_is_passed_over(tmp_path: Path) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    backfill_progress.append(tmp_path, now, "started", plan="x", figures=[])
    with (tmp_path / "progress.jsonl").open("ab") as file:
        file.write(b'{"at": "2026-01-01", "event": "pa')
    backfill_progress.append(tmp_path, now, "part", part="a", table="t", seconds=1)
    assert [each["event"] for each in backfill_progress.read(tmp_path).events] == ["started", "part"]


EMPTY = "SELECT * FROM (SELECT order_id, order_date, net AS gross FROM raw.orders) WHERE order_id < 0"
TWICE = "SELECT order_id % 5 AS order_id, order_date, net AS gross FROM raw.orders"
MOVED = "SELECT order_id, DATE '2026-03-28' AS order_date, net AS gross FROM raw.orders WHERE order_id = 0"
BROKEN = "SELECT order_id, order_date, CAST('x' AS INTEGER) AS gross FROM raw.orders"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"table": {"query": EMPTY}}, "gives no rows where"),
        ({"table": {"query": TWICE}}, "keys more than once"),
        ({"table": {"query": MOVED}}, "outside the range"),
        ({"limits": {"max_rows_per_part": 10}}, "20 rows, and 10 are the most"),
        ({"table": {"query": BROKEN}}, "Conversion Error"),
    ],
)
def test_a_part_that_looks_wrong_is_taken_back(
    database: Path, tmp_path: Path, changed: dict[str, Any], says: str
) -> None:
    before = rows(database)
    if "2026-03-28" in str(changed):
        changed["last_day"], changed["first_day"] = date(2026, 3, 28), date(2026, 3, 28)
    outcome = ran(database, tmp_path, **changed)
    assert says in outcome.stopped
    assert rows(database) == before
    assert backfill_progress.read(tmp_path).state == "stopped"


def test_a_run_that_was_stopped_goes_on_when_the_cause_is_gone(database: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(database)) as con:
        con.execute("CREATE TABLE raw.kept AS SELECT * FROM raw.orders WHERE order_date = DATE '2026-03-30'")
        con.execute("DELETE FROM raw.orders WHERE order_date = DATE '2026-03-30'")
    stopped = ran(database, tmp_path)
    assert (stopped.done, "2026-03-30" in stopped.stopped) == (2, True)
    with duckdb.connect(str(database)) as con:
        con.execute("INSERT INTO raw.orders FROM raw.kept")
    outcome = ran(database, tmp_path)
    assert (outcome.done, outcome.skipped, outcome.wrong) == (4, 2, [])


def test_parts_begin_within_the_window_only(database: Path, tmp_path: Path) -> None:
    limits = {"limits": {"window_from": "22:00", "window_to": "04:00"}}
    noon, night = (lambda: datetime(2026, 5, 1, 12, tzinfo=UTC)), (lambda: datetime(2026, 5, 1, 23, tzinfo=UTC))
    assert "It is 12:00 UTC" in ran(database, tmp_path, clock=noon, **limits).stopped
    assert ran(database, tmp_path, clock=night, **limits).done == 6


def test_what_was_odd_stands_in_the_record(database: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(database)) as con:
        con.execute("DELETE FROM raw.orders WHERE order_date = DATE '2026-03-30' AND order_id % 3 > 0")
        con.execute("UPDATE raw.orders SET net = 100 WHERE order_date = DATE '2026-03-25'")
    told = plan(table={"source_query": "SELECT order_date, 2 * net AS gross FROM raw.orders"})
    outcome = run(told, database, tmp_path)
    assert "sum(gross)" in outcome.wrong[0].lower()
    progress = backfill_progress.read(tmp_path)
    page = log_page(told, progress, progress.last("done") or {})
    for text in (
        "Tax was left out",
        "approved by Bo",
        "20 rows became 7",
        "| 2026-03-30 | `marts.fct_orders` | 20 | 7 |",
    ):
        assert text in page
    assert page.count("most recent first") == 1


def test_a_database_that_was_restored_meanwhile_is_processed_again(database: Path, tmp_path: Path) -> None:
    saved = database.read_bytes()
    limits = {"limits": {"window_from": "22:00", "window_to": "04:00"}}
    times = iter([datetime(2026, 5, 1, 23, tzinfo=UTC)] * 5 + [datetime(2026, 5, 2, 12, tzinfo=UTC)] * 5)
    assert ran(database, tmp_path, clock=lambda: next(times), **limits).done > 0
    database.write_bytes(saved)
    outcome = ran(database, tmp_path, any_time=True, **limits)
    assert (outcome.done, outcome.wrong) == (6, [])
    assert any("restored" in each for each in backfill_progress.read(tmp_path).anomalies)


def test_a_changed_request_does_not_go_on_with_the_old_run(database: Path, tmp_path: Path) -> None:
    noon = {
        "clock": lambda: datetime(2026, 5, 1, 12, tzinfo=UTC),
        "limits": {"window_from": "22:00", "window_to": "04:00"},
    }
    ran(database, tmp_path, **noon)
    with pytest.raises(InputError, match="changed since"):
        ran(database, tmp_path, chunk="week")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"approval": {}}, "approved first"),
        ({"table": {"query": ""}}, "query"),
        ({"table": {"query": "SELECT order_id, order_date FROM raw.orders"}}, "gross"),
        ({"table": {"key": ["id"]}}, "no column id"),
        ({"table": {"query": "SELECT * FROM raw.nowhere"}}, "nowhere"),
    ],
)
def test_what_cannot_be_run_is_told_before_anything_is_touched(
    database: Path, tmp_path: Path, changed: dict[str, Any], says: str
) -> None:
    before = rows(database)
    with pytest.raises(InputError, match=says):
        ran(database, tmp_path, **changed)
    assert rows(database) == before


def test_a_timestamp_is_cut_at_local_midnights(tmp_path: Path) -> None:
    database = tmp_path / "w.duckdb"
    with duckdb.connect(str(database)) as con:
        hours = "TIMESTAMP '2026-03-27 00:30:00' + i * INTERVAL 1 HOUR"
        con.execute(f"CREATE TABLE src AS SELECT i AS id, {hours} AS seen_at, 1 AS x FROM range(120) t(i)")
        con.execute("CREATE TABLE events AS SELECT id, seen_at, 0 AS x FROM src")
    table = {"table": "events", "partition_column": "seen_at", "partition_kind": "timestamp", "key": ["id"],
             "metrics": ["sum(x)"], "query": "SELECT * FROM src", "source_query": ""}  # fmt: skip
    told = plan(table=table, first_day=date(2026, 3, 28), last_day=date(2026, 3, 30), time_zone="Europe/Berlin")
    outcome = run(told, database, tmp_path)
    # Berlin: midnight is 23:00 UTC before the change of the clocks on the 29th and 22:00 UTC after it.
    assert rows(database, "SELECT min(seen_at), max(seen_at), count(*) FROM events WHERE x = 1")[0] == (
        datetime(2026, 3, 27, 23, 30), datetime(2026, 3, 30, 21, 30), 71,
    )  # fmt: skip
    assert [each["rows_after"] for each in backfill_progress.read(tmp_path).parts.values()] == [24, 23, 24]
    assert not outcome.wrong


def test_the_progress_file_is_lines_of_json(database: Path, tmp_path: Path) -> None:
    ran(database, tmp_path)
    lines = (tmp_path / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["started", *["part"] * 6, "done"]
    assert request().instance == "tax"
