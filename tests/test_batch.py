"""A batch does every engagement, one failure stops no other, and what is done stays done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from decom_nb import batch as batches
from decom_nb import shipped
from decom_nb.audit import Audit
from decom_nb.batch import Done, batch
from decom_nb.engagement import Engagement
from decom_nb.errors import InputError
from decom_nb.kernel import Kernels, kernels
from tests.engagement_with_audit import made_audit, notebook

TOP = Path(__file__).parent.parent


SOURCES: list[Kernels] = []


@pytest.fixture(scope="module", autouse=True)
def source() -> Iterator[None]:
    """One source of kernels for all of these tests."""
    with kernels(warm=sys.platform == "linux") as found:
        SOURCES.append(found)
        yield
    SOURCES.clear()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three engagements, one of them in a folder of its own, and one small notebook in place of the book's."""
    for name in ("acme", "group/borealis", "corner"):
        Engagement.create(tmp_path / "clients" / name, name=name.title())
    book = tmp_path / "book"
    notebook(book / "00_start.ipynb", "print(engagement.rpartition('/')[2])")
    monkeypatch.setattr(shipped, "folder", lambda _: book)
    return tmp_path / "clients"


def take(folder: Path) -> Audit:
    """An audit of what the settings say, and a failure where they ask for one."""
    if (folder / "broken").exists():
        raise ValueError("this one is broken")
    if (folder / "invalid").exists():
        Engagement.open(folder / "nowhere")
    return made_audit(Engagement.open(folder).name)


def run(root: Path, **settings: Any) -> dict[str, Done]:
    with ThreadPoolExecutor(2) as executor:
        rows = batch(root, executor=executor, take=take, progress=False, source=SOURCES[0], **settings)
    return {row.engagement: row for row in rows}


@pytest.mark.slow
def test_every_engagement_gets_its_audit_and_its_report(root: Path) -> None:
    rows = run(root)
    assert list(rows) == ["acme", "corner", "group/borealis"]
    for name, row in rows.items():
        assert row.error == ""
        assert not row.unchanged
        assert (root / name / "audits" / row.audit / "audit.json").is_file()
        page = Path(row.report).read_text(encoding="utf-8")
        assert f"<pre>{Path(name).name}</pre>" in page
        assert row.name == name.title()
        assert row.seconds > 0


def test_one_failure_stops_no_other(root: Path) -> None:
    (root / "acme" / "broken").touch()
    (root / "corner" / "invalid").touch()
    rows = run(root)
    assert rows["acme"].error == "ValueError: this one is broken"
    assert "does not exist" in rows["corner"].error
    assert rows["group/borealis"].error == ""


def test_what_is_done_stays_done(root: Path) -> None:
    first = run(root)
    reports = {name: Path(row.report).stat().st_mtime_ns for name, row in first.items()}
    second = run(root)
    assert all(row.unchanged for row in second.values())
    assert {name: row.audit for name, row in second.items()} == {name: row.audit for name, row in first.items()}
    assert {name: Path(row.report).stat().st_mtime_ns for name, row in second.items()} == reports
    assert [row.score for row in second.values()] == [row.score for row in first.values()]


def test_a_touched_file_is_looked_at_and_an_equal_audit_is_not_taken_twice(root: Path) -> None:
    run(root)
    os.utime(root / "acme" / "engagement.yaml", (1, 1))
    assert run(root)["acme"].unchanged


@pytest.mark.slow
@pytest.mark.parametrize("change", ["settings", "evidence", "report", "day", "version", "failed"])
def test_what_has_changed_is_done_again(root: Path, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = run(root)["acme"]
    acme = root / "acme"
    stamp = acme / "deliverables" / ".report.json"
    if change == "settings":
        settings = acme / "engagement.yaml"
        settings.write_text(settings.read_text(encoding="utf-8").replace("Acme", "Acme & Co"), encoding="utf-8")
    elif change == "evidence":
        (acme / "evidence" / "new.jsonl").write_text("{}", encoding="utf-8")
    elif change == "report":
        Path(before.report).unlink()
    elif change == "day":
        monkeypatch.setattr(batches, "_today", lambda: "2099-01-01")
    else:
        written = json.loads(stamp.read_text(encoding="utf-8")) | {"made_with": ""}
        stamp.write_text(json.dumps(written), encoding="utf-8")
    after = run(root)
    # A new file and a new day make another look necessary; the audit itself turns out the same.
    assert after["acme"].unchanged == (change in ("evidence", "day"))
    assert after["corner"].unchanged
    assert Path(after["acme"].report).is_file()


def test_again_does_all_again(root: Path) -> None:
    run(root)
    assert not any(row.unchanged for row in run(root, again=True).values())


def test_gates_are_told_in_the_row(root: Path) -> None:
    assert all(row.gate for row in run(root, fail_under=60).values())
    assert not any(row.gate for row in run(root).values())


@pytest.mark.slow
def test_a_failed_notebook_is_told_and_tried_again(root: Path, tmp_path: Path) -> None:
    notebook(tmp_path / "book" / "00_start.ipynb", "1 / 0")
    assert "00_start" in run(root)["acme"].error
    batches._made_with.cache_clear()
    assert "00_start" in run(root)["acme"].error


def test_where_there_is_nothing_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no engagement below"):
        batch(tmp_path, progress=False)


def test_an_executor_that_loses_a_job_loses_one_engagement(root: Path) -> None:
    class Losing(Executor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            if args[0].shown == "acme":
                future.set_exception(ConnectionError("the worker is gone"))
            else:
                future.set_result(fn(*args, **kwargs))
            return future

    rows = {row.engagement: row for row in batch(root, executor=Losing(), take=take, progress=False, source=SOURCES[0])}
    assert rows["acme"].error == "ConnectionError: the worker is gone"
    assert rows["corner"].error == ""


def dies_at_once(folder: Path) -> Audit:
    """An audit that ends its process, where the engagement asks for it."""
    if (folder / "deadly").exists():
        os.kill(os.getpid(), signal.SIGKILL)
    return take(folder)


@pytest.mark.slow
def test_a_killed_process_costs_one_engagement(root: Path) -> None:
    (root / "acme" / "deadly").touch()
    rows = {row.engagement: row for row in batch(root, workers=2, take=dies_at_once, progress=False, source=SOURCES[0])}
    assert "killed" in rows["acme"].error
    assert not any("killed" in rows[name].error for name in ("corner", "group/borealis"))


SCRIPT = """
import sys, time
from pathlib import Path
from decom_nb.batch import batch
from tests.test_batch import slowly
if __name__ == "__main__":
    batch(Path(sys.argv[1]), workers=2, take=slowly, progress=False)
"""


def slowly(folder: Path) -> Audit:
    """The first is done at once, the others take for ever."""
    if folder.name != "acme":
        time.sleep(600)
    return take(folder)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_an_interrupted_batch_leaves_what_is_finished_and_no_process(root: Path, tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(SCRIPT, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(TOP), "DECOM_TEST_MARK": str(tmp_path)}
    with subprocess.Popen([sys.executable, str(script), str(root)], env=env, stderr=subprocess.PIPE) as running:
        report = root / "acme" / "deliverables" / ".report.json"
        end = time.monotonic() + 60
        while not report.exists():
            assert running.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        assert len(_marked(tmp_path)) > 1
        running.send_signal(signal.SIGINT)
        assert running.wait(20) != 0
    end = time.monotonic() + 10
    while left := _marked(tmp_path):
        assert time.monotonic() < end, left
        time.sleep(0.05)
    assert (root / "acme" / "deliverables" / "report.html").is_file()
    assert not list(root.rglob("*.tmp"))


def _marked(mark: Path) -> list[int]:
    """The processes that have this test's mark in their environment."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if f"DECOM_TEST_MARK={mark}".encode() in (process / "environ").read_bytes():
                    found.append(int(process.name))
            except OSError:
                continue
    return found
