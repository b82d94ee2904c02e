from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from decom_nb.evidence import lines
from decom_nb.evidence.files import GZIP_MAGIC
from decom_nb.evidence.lines import REPAIRED, TOO_LONG, Staged, staged
from decom_nb.evidence.source import Found


def found(path: Path) -> Found:
    return Found(path, path.name, "run logs")


def text_of(ready: Staged) -> str:
    data = ready.path.read_bytes()
    return (gzip.decompress(data) if ready.path.suffix == ".gz" else data).decode()


@pytest.mark.parametrize("content", [b"", b"one", b"one\n", b"one\n\ntwo\n\n", "caf\xe9\u2028\n".encode()])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_clean_file_is_linked_and_counted(tmp_path: Path, content: bytes, zipped: bool) -> None:
    path = tmp_path / "it's [1]*?.log"
    path.write_bytes(gzip.compress(content) if zipped else content)
    with staged([found(path)]) as (ready,):
        assert ready.path.is_symlink()
        assert ready.path.name == ("000000.jsonl.gz" if zipped else "000000.jsonl")
        assert text_of(ready) == content.decode()
        assert ready.lines == len(content.splitlines() if b"\xe2" not in content else [content])
        place = ready.path
    assert not place.exists()


@pytest.mark.parametrize(
    ("content", "fit"),
    [
        (b"\xef\xbb\xbfone\r\ntwo \r\n", "one\ntwo\n"),
        (b"a\rb\n", f"a b{REPAIRED}\n"),
        (b"caf\xe9\nplain\n", f"caf\ufffd{REPAIRED}\nplain\n"),
        (b"a\x00\x01b\n", f"a\ufffd\ufffdb{REPAIRED}\n"),
        (b"\x00\x00\x00one\n", f"one{REPAIRED}\n"),
        (b"\x03\n", f"\ufffd{REPAIRED}\n"),
        (f"one{REPAIRED}\n".encode(), "one\n"),
    ],
)
def test_a_file_that_is_not_clean_is_copied_line_by_line(tmp_path: Path, content: bytes, fit: str) -> None:
    path = tmp_path / "log"
    path.write_bytes(content)
    with staged([found(path)]) as (ready,):
        assert not ready.path.is_symlink()
        assert text_of(ready) == fit
        assert ready.lines == fit.count("\n")


@pytest.mark.parametrize("longer", [1, 5000])
def test_a_very_long_line_is_left_out_and_its_neighbours_stay_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, longer: int
) -> None:
    monkeypatch.setattr(lines, "LONGEST", 1000)
    monkeypatch.setattr(lines, "_CHUNK", 600)
    path = tmp_path / "log"
    path.write_bytes(b"first\n" + b"x" * 1000 + b"\n" + b"y" * (1000 + longer) + b"\nlast")
    with staged([found(path)]) as (ready,):
        assert text_of(ready) == "first\n" + "x" * 1000 + "\n" + TOO_LONG + "\nlast\n"


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_very_long_last_line_is_left_out_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: bytes) -> None:
    monkeypatch.setattr(lines, "LONGEST", 10)
    monkeypatch.setattr(lines, "_CHUNK", 8)
    path = tmp_path / "log"
    path.write_bytes(b"one\n" + b"x" * 100 + end)
    with staged([found(path)]) as (ready,):
        assert text_of(ready) == f"one\n{TOO_LONG}\n"
        assert ready.lines == 2


def test_a_damaged_gzip_file_is_read_up_to_the_damage(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    whole = "".join(f"line {number} {hash(str(number))}\n" for number in range(20_000))
    path.write_bytes(gzip.compress(whole.encode())[:-9000])
    with staged([found(path)]) as (ready,):
        assert ready.broken == "the gzip stream is damaged"
        assert ready.lines > 1000
        assert whole.startswith(text_of(ready)[:-1])


def test_a_file_that_is_gone_is_empty_with_the_reason(tmp_path: Path) -> None:
    with staged([found(tmp_path / "gone")]) as (ready,):
        assert (ready.lines, ready.broken) == (0, "cannot be read: no such file or directory")


def test_where_links_are_refused_files_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *arguments: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo")
    with staged([found(path)]) as (ready,):
        assert text_of(ready) == "one\ntwo\n"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    content=st.binary(max_size=60)
    | st.lists(st.sampled_from([b"\n", b"\r", b"a", b"\xc3", b"\xa9", b"\x01", b"\xef\xbb\xbf"])).map(b"".join)
)
def test_no_line_is_lost_or_moved(tmp_path: Path, content: bytes) -> None:
    assume(not content.startswith(GZIP_MAGIC))
    path = tmp_path / "log"
    path.write_bytes(content)
    expected = content.split(b"\n")[: None if content and not content.endswith(b"\n") else -1]
    with staged([found(path)]) as (ready,):
        text = text_of(ready)
    shown = text.split("\n")[: None if text and not text.endswith("\n") else -1]
    assert len(shown) == ready.lines == len(expected)
    for line, original in zip(shown, expected, strict=True):
        if not line.endswith(REPAIRED):
            assert line.encode().rstrip(b" \t") == original.removeprefix(b"\xef\xbb\xbf").rstrip(b" \t\r")
