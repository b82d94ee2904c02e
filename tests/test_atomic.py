from __future__ import annotations

import multiprocessing
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from decom_nb import atomic
from decom_nb.errors import InputError


def test_a_new_file_gets_the_mode_that_any_new_file_gets(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("x")
    atomic.write(tmp_path / "new", b"data")
    assert (tmp_path / "new").read_bytes() == b"data"
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_an_existing_file_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    file.chmod(0o640)
    atomic.write(file, b"new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "file").write_text("old")
    (tmp_path / "link").symlink_to("far/file")
    atomic.write(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "far" / "file").read_bytes() == b"new"


def test_the_data_is_on_the_disk_before_it_has_its_name_and_the_name_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    sync, rename = os.fsync, Path.replace

    def synced(handle: int) -> None:
        happened.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    def renamed(self: Path, target: Path) -> Path:
        happened.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    atomic.write(tmp_path / "file", b"data")
    assert happened == ["file", "rename", "folder"]


@pytest.mark.parametrize("broken", ["fsync", "fdopen"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    (tmp_path / "file").write_text("old")

    def full(handle: int, *_: object) -> None:
        if broken == "fdopen":
            os.close(handle)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, broken, full)
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        atomic.write(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_read_only_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("old")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InputError, match="is read-only"):
        atomic.write(tmp_path / "file", b"new")


def test_a_folder_that_is_gone_is_an_error_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        atomic.write(tmp_path / "gone" / "file", b"new")
    with pytest.raises(InputError, match="cannot be opened"), atomic.locked(tmp_path / "gone"):
        pass


def test_readers_see_the_old_or_the_new_and_never_a_part(tmp_path: Path) -> None:
    file = tmp_path / "file"
    versions = [bytes([letter]) * 200_000 for letter in b"ab"]
    atomic.write(file, versions[0])
    done = threading.Event()
    seen: list[bool] = []

    def watch() -> None:
        while not done.is_set():
            seen.append(file.read_bytes() in versions)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for number in range(30):
        atomic.write(file, versions[number % 2])
    done.set()
    watcher.join()
    assert seen
    assert all(seen)


def _add(folder: str, times: int) -> None:
    counter = Path(folder) / "counter"
    for _ in range(times):
        with atomic.locked(Path(folder)):
            atomic.write(counter, str(int(counter.read_text()) + 1).encode())


def test_processes_and_threads_wait_for_each_other(tmp_path: Path) -> None:
    (tmp_path / "counter").write_text("0")
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_add, args=(str(tmp_path), 20)) for _ in range(2)]
    threads = [threading.Thread(target=_add, args=(str(tmp_path), 20)) for _ in range(2)]
    both: list[Any] = [*workers, *threads]
    for worker in both:
        worker.start()
    for worker in both:
        worker.join()
    assert (tmp_path / "counter").read_text() == "80"
    assert [path.name for path in tmp_path.iterdir()] == ["counter"]


def test_patience_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "PATIENCE", 0.01)
    with (
        atomic.locked(tmp_path),
        pytest.raises(InputError, match="somebody else has been saving"),
        atomic.locked(tmp_path),
    ):
        pass


def test_the_lock_of_a_process_that_died_is_gone(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    worker = context.Process(target=_die_in, args=(str(tmp_path),))
    worker.start()
    worker.join()
    with atomic.locked(tmp_path):
        pass


def _die_in(folder: str) -> None:
    with atomic.locked(Path(folder)):
        os._exit(1)
