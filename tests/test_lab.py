"""`decom lab` opens JupyterLab on the engagement's notebooks, for this computer only, and without the net."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from decom_nb import errors
from decom_nb.lab import lab

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "jupyter_server_config.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')")
    return folder


def test_without_jupyterlab_one_sentence_says_how_to_get_it(engagement: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jupyterlab", None)
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    with pytest.raises(errors.MissingExtra, match=r'pip install "decom_nb\[lab\]"'):
        lab(engagement)
    assert not (engagement / "notebooks").exists()


@pytest.fixture
def running(engagement: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    pytest.importorskip("jupyterlab", reason="needs the extra lab")
    call = f"lab(Path({str(engagement)!r}), open_browser=False, port=0)"
    code = f"from pathlib import Path; from decom_nb.lab import lab; {call}"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", code],
        cwd=engagement,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with process:
        assert process.stdout
        try:
            lines = []
            while "?token=" not in (line := process.stdout.readline()):
                assert line, lines
                lines.append(line)
            address, _, token = line.split(": ")[-1].strip().partition("?token=")
            yield process, address, token
            process.send_signal(signal.SIGINT)
            assert process.wait(15) == 0
        finally:
            process.kill()


def test_it_opens_the_start_notebook_behind_a_token(
    running: tuple[subprocess.Popen[str], str, str], engagement: Path, tmp_path: Path
) -> None:
    _, address, token = running
    base = "/".join(address.split("/")[:3])
    assert base.startswith("http://127.0.0.1:")
    assert address.endswith("/tree/notebooks/00_start.ipynb")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        ask(f"{base}/api/status")
    page = ask(address, token)
    assert '"news": {"disabled": true}' in page
    assert "announcements" in page
    assert json.loads(ask(f"{base}/lab/api/news", token)) == {"news": []}
    assert json.loads(ask(f"{base}/lab/api/update", token)) == {"notification": None}
    specs = json.loads(ask(f"{base}/api/kernelspecs", token))
    assert specs["kernelspecs"]["python3"]["spec"]["argv"][0] == sys.executable
    listed = json.loads(ask(f"{base}/api/contents/notebooks", token))
    assert {each["name"] for each in listed["content"]} >= {"00_start.ipynb"}
    assert (engagement / "notebooks" / "00_start.ipynb").exists()
    assert not (tmp_path / "sprung").exists(), "a configuration in the engagement was run"


def ask(url: str, token: str = "") -> str:
    headers = {"Authorization": f"token {token}"} if token else {}
    for attempt in range(50):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
                read: str = answer.read().decode()
                return read
        except urllib.error.HTTPError as error:
            error.close()
            raise
        except urllib.error.URLError:
            if attempt == 49:
                raise
            time.sleep(0.1)
    raise AssertionError
