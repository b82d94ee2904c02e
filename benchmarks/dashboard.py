"""Measures how soon a dashboard is there: `decom serve` against stock Voila, the same notebook, in the same run.

    python benchmarks/dashboard.py [ROOT [ENGAGEMENT [NOTEBOOK]]]

For each way of serving: milliseconds to the first byte and to the last one, milliseconds until a browser shows the last
heading and has drawn all charts, requests, and those of them that went to other machines. The median of several visits;
a visit is a new browser that knows nothing. Stock Voila draws no charts here: they need our page's script.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from decom_nb import shipped

VISITS = 5
TOKEN = "a-token-for-the-benchmark"
PAUSE = 3  # seconds between visits, in which both may warm the next kernel up
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")


@dataclass
class Visit:
    """What one visit took, in milliseconds, and asked for."""

    first_byte: float
    last_byte: float
    shown: float
    requests: int
    elsewhere: int


def main() -> None:
    """Measure and print."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "examples").resolve()
    engagement = sys.argv[2] if len(sys.argv) > 2 else "nordwind"
    name = sys.argv[3] if len(sys.argv) > 3 else "12_rubric"
    notebooks = shipped.folder("notebooks")
    last = re.findall(r'"## ([^"\\]+)', (notebooks / f"{name}.ipynb").read_text("utf-8"))[-1]
    audit = max(path.parent.name for path in (root / engagement).glob("audits/*/audit.json"))
    decom = "from pathlib import Path; from decom_nb.serve import serve; "
    decom += f"serve(Path({str(root)!r}), port={{port}}, token={TOKEN!r})"
    voila = ["-m", "voila", str(notebooks), "--no-browser", "--port={port}", "--Voila.ip=127.0.0.1"]
    ours = f"/dashboards/{name}?engagement={engagement}"
    theirs = f"/voila/render/{name}.ipynb?engagement={engagement}"
    ways = {
        "stock Voila": (voila, theirs),
        "stock Voila, preheated": ([*voila, "--preheat_kernel=True"], theirs),
        "decom serve, first visit": (["-c", decom], ours),
        "decom serve, again": (["-c", decom], ours),
    }
    print(f"{'':26}first byte  last byte      shown  requests  elsewhere   (ms, median of {VISITS})")
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        for way, (command, path) in ways.items():
            touch = root / engagement / "documents" / "brief.yaml" if way.endswith("first visit") else None
            with served(command, root, audit) as base:
                made = [visit(browser, base, path, last, touch) for _ in range(VISITS + 1)][1:]
            row = [statistics.median(getattr(each, field) for each in made) for field in Visit.__annotations__]
            print(f"{way:26}{row[0]:10.0f} {row[1]:10.0f} {row[2]:10.0f} {row[3]:9.0f} {row[4]:10.0f}", flush=True)
        browser.close()


@contextlib.contextmanager
def served(command: list[str], root: Path, audit: str) -> Iterator[str]:
    """Run a server and give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = str(Path(__file__).parents[1])
    env = os.environ | {"PYTHONPATH": here, "DECOM_FACE": "dashboard", "DECOM_ROOT": str(root), "DECOM_AUDIT": audit}
    arguments = [part.replace("{port}", str(port)) for part in command]
    with tempfile.TemporaryDirectory() as folder:
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([sys.executable, *arguments], env=env, cwd=folder, **quiet)
        try:
            until = time.monotonic() + 60
            while time.monotonic() < until and process.poll() is None:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.1)
            time.sleep(2 * PAUSE)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def visit(browser: Browser, base: str, path: str, last: str, touch: Path | None) -> Visit:
    """Fetch the page, then open it in a new browser; `touch` a document before each, so that the page is drawn anew."""
    first_byte, last_byte = fetched(base + path, touch)
    time.sleep(PAUSE)
    changed(touch)
    context = browser.new_context(extra_http_headers={"Authorization": f"Bearer {TOKEN}"})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    began = time.perf_counter()
    page.goto(base + path, wait_until="commit", timeout=120_000)
    page.get_by_role("heading", name=last).wait_for(timeout=120_000)
    if "/dashboards/" in path:
        drawn = "[...document.querySelectorAll('figure.decom-chart')].every(each => each.dataset.drawn === 'yes')"
        page.wait_for_function(drawn)
    shown = 1000 * (time.perf_counter() - began)
    context.close()
    time.sleep(PAUSE)
    outside = [url for url in asked if not url.startswith((base, "data:", "blob:"))]
    return Visit(first_byte, last_byte, shown, len([url for url in asked if url.startswith("http")]), len(outside))


def fetched(url: str, touch: Path | None) -> tuple[float, float]:
    """Fetch the page as a program does: milliseconds to its first byte, and to its last."""
    changed(touch)
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=120) as answer:
        answer.read(1)
        first = time.perf_counter()
        answer.read()
    return 1000 * (first - began), 1000 * (time.perf_counter() - began)


def changed(file: Path | None) -> None:
    """Set a file's time to now."""
    if file:
        os.utime(file)


if __name__ == "__main__":
    main()
