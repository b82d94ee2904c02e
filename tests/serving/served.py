"""Engagements, small notebooks, and a server on them in a process of its own, for the tests of serving."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from decom_nb.audit import Audit, Who, identity, write
from decom_nb.score import Band, Rubric, RubricDimension, Scorecard

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-of-more-than-16"
NASTY = "Acme <script>document.title='caught'</script> \" \u202e"

START = """
import os, sys
from IPython.display import HTML
shown = {name: os.environ.get(name) for name in ("DECOM_FACE", "DECOM_ENGAGEMENT", "DECOM_AUDIT", "QUERY_STRING")}
HTML(f"<p>pid={os.getpid()}; {shown}; args={sys.argv[1:]}; token={'TOKEN' in str(os.environ)}</p>")
"""
CHART = """
import altair as alt
from decom_nb.chart import Figure
rows = [{"a": n, "b": n * n} for n in range(5)]
Figure(alt.Chart(alt.Data(values=rows)).mark_bar().encode(x="a:O", y="b:Q"), "Squares", "Squares rise.", rows)
"""
SLOW = """
import os, ipykernel
from IPython.display import HTML, display
display(HTML(f"<p>pid={os.getpid()}; file={ipykernel.get_connection_file()};</p>"))
"""

HELD = """
import time
hold, until = os.path.join(os.environ["DECOM_ROOT"], "hold-" + os.environ["DECOM_ENGAGEMENT"]), time.time() + 30
while os.path.exists(hold) and time.time() < until:
    time.sleep(0.02)
print("over")
"""


@dataclass
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Served:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    root: Path
    log: Path

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET", body: str = ""
    ) -> Answer:
        """Ask for a path exactly as it is written."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            response = self.begin(line, path, headers, method, body)
            return Answer(response.status, response.headers, response.read())
        finally:
            line.close()

    def read(self, path: str, **headers: str) -> Answer:
        """Ask with the token."""
        return self.get(path, {"Authorization": f"Bearer {TOKEN}", **headers})

    @contextmanager
    def drawing(self, name: str) -> Iterator[tuple[Answer, HTTPResponse]]:
        """Begin to read a dashboard: its first cell is there, and its second runs until the end of the block."""
        hold = self.root / f"hold-{name}"
        hold.touch()
        line = HTTPConnection("127.0.0.1", self.port, timeout=30)
        path = f"/dashboards/02_slow?engagement={name}"
        response = self.begin(line, path, {"Authorization": f"Bearer {TOKEN}"})
        read = b""
        while b".json;" not in read:
            more = response.read1(65536)
            assert more, read
            read += more
        try:
            yield Answer(response.status, response.headers, read), response
        finally:
            hold.unlink(missing_ok=True)
            response.close()
            line.close()

    @staticmethod
    def begin(
        line: HTTPConnection, path: str, headers: Mapping[str, str] | None = None, method: str = "GET", body: str = ""
    ) -> HTTPResponse:
        """Send a request and give the answer unread."""
        line.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            line.putheader(name, value)
        if method == "POST":
            line.putheader("Content-Type", "application/x-www-form-urlencoded")
            line.putheader("Content-Length", str(len(body)))
        line.endheaders(body.encode() or None)
        return line.getresponse()


def cell(kind: str, source: str) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
    return made if kind == "markdown" else made | {"execution_count": None, "outputs": []}


def notebook(folder: Path, name: str, *cells: tuple[str, str]) -> None:
    """Write a notebook."""
    made = [cell(kind, source) | {"id": f"c{place}"} for place, (kind, source) in enumerate(cells)]
    content = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / f"{name}.ipynb").write_text(json.dumps(content))


def notebooks(folder: Path) -> Path:
    """Write the notebooks that the tests serve."""
    folder.mkdir()
    text, code = "markdown", "code"
    notebook(
        folder,
        "00_start",
        (text, "# Where we stand\n\nSee [the next](01_next.ipynb). <b id='raw'>raw</b>"),
        (code, START),
        (text, "## A form\n\nNothing comes of it here."),
        (code, "None"),
        (text, "## A chart"),
        (code, CHART),
    )
    notebook(
        folder,
        "01_next",
        (text, "# Broken"),
        (code, "value = 1 / 0  # the secret of this cell"),
        (code, "value + 1"),
        (code, "print('still here')"),
    )
    notebook(folder, "02_slow", (text, "# Slow"), (code, SLOW), (code, HELD))
    notebook(folder, "03_dies", (text, "# Dies"), (code, "import os; os._exit(1)"), (code, "print('never')"))
    return folder


def engagement(folder: Path, name: str, client: str = "", *, low: float | None = None, high: float = 100) -> Path:
    """Make an engagement, audited if it has a score."""
    folder.mkdir(parents=True)
    settings = f"document: engagement\nversion: 1\nname: {json.dumps(name)}\nclient: {json.dumps(client)}\n"
    (folder / "engagement.yaml").write_text(settings, encoding="utf-8")
    if low is not None:
        write(audited(name, low, high), folder / "audits")
    return folder


def audited(name: str, low: float, high: float) -> Audit:
    """Make an audit with next to nothing in it."""
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    every: dict[str, Any] = {
        "title": "All",
        "weight": 100,
        "anchors": (),
        "undecided": "no rules",
        "because": "b",
        "source": "s",
    }
    bands = tuple(Band(name=word, start=start, advice="a", source="s") for word, start in (("Low", 0), ("High", 61)))
    card = Scorecard(
        low=low,
        high=high,
        evidenced_share=0.5,
        reachable=100,
        band=None,
        band_low="Low",
        band_high="High",
        advice="a",
        dimensions=(),
    )
    return Audit(
        id=identity(when, "c0ffee00"),
        taken_at=when,
        versions={},
        engagement=Who(name=name),
        inputs=(),
        sources=(),
        documents={},
        measures={},
        decisions=(),
        findings=(),
        waivers=(),
        claims={},
        rubric=Rubric(dimensions=(RubricDimension(name="all", **every),), bands=bands, efforts={}),
        repairs=(),
        scorecard=card,
    )


@contextmanager
def serving(root: Path, folder: Path, log: Path, **options: Any) -> Iterator[Served]:
    """Run `serve` in a process of its own, started in the first engagement, until the end of the block."""
    options = {"port": 0, "token": TOKEN, "notebooks": folder, **options}
    code = (
        "import pathlib; from pathlib import PosixPath; from decom_nb.serve import serve\n"
        "from decom_nb.serving.pool import Limits\n"
        f"serve(pathlib.Path({str(root)!r}), **{options!r})"
    )
    # A relative name on the path would change its meaning with the folder.
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            cwd=root / "acme",
            env=env,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        yield Served(process, _port(process, log), root, log)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        said = log.read_text("utf-8", "replace")
        if process.poll() is not None:
            raise AssertionError(f"the server ended: {said}")
        if "Ctrl-C" in said:
            return int(said.split("http://127.0.0.1:")[1].split("/")[0])
        time.sleep(0.05)
    raise AssertionError(f"the server does not start: {said}")


def alive(pid: int) -> bool:
    """Tell whether a process runs."""
    try:
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists():
            return stat.read_text().rpartition(")")[2].split()[0] != "Z"
        os.kill(pid, 0)
    except (ProcessLookupError, FileNotFoundError):
        return False
    return True


def gone(pid: int, seconds: float = 10) -> bool:
    """Wait for the end of a process."""
    until = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
