"""A Chromium tab that remembers what went wrong in it, and a Voila that shows one notebook."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

playwright_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOOPBACK = re.compile(r"^(https?|wss?)://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)|^(data|blob|about|file|chrome):")


@dataclass
class Tab:
    """A page, the errors in its console, and the requests that would have left the machine (none does)."""

    page: Any
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    allowed: tuple[str, ...] = ()

    def check(self) -> None:
        """Fail if the page logged an error or asked another machine for anything but what is `allowed`."""
        __tracebackhide__ = True
        asked = [url for url in self.outside if not any(each in url for each in self.allowed)]
        logged = [text for text in self.errors if not any(each in text for each in self.allowed)]
        assert not asked, f"requests to other machines: {asked}"
        assert not logged, f"errors in the console: {logged}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Start Chromium once."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs chromium on the PATH")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_tab(chromium: Any) -> Iterator[Callable[..., Tab]]:
    """Give a function that opens a tab; keywords go to Playwright's `new_context` (viewport, color_scheme, …)."""
    contexts = []

    def opened(**options: Any) -> Tab:
        context = chromium.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        contexts.append(context)
        tab = Tab(context.new_page())

        def guard(route: Any) -> None:
            if LOOPBACK.match(route.request.url):
                route.continue_()
            else:
                tab.outside.append(route.request.url)
                route.abort()

        context.route("**/*", guard)
        tab.page.on("console", lambda message: message.type == "error" and tab.errors.append(_told(message)))
        tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
        return tab

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def tab(open_tab: Callable[..., Tab]) -> Tab:
    """Open one tab of the usual size."""
    return open_tab()


@pytest.fixture
def voila(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Give a function that serves a notebook made of cells in a standalone Voila, and gives its address."""
    pytest.importorskip("voila", reason="needs voila")
    running: list[subprocess.Popen[bytes]] = []

    def served(*cells: str, arguments: tuple[str, ...] = ()) -> str:
        notebook = write_notebook(tmp_path / "page.ipynb", *cells)
        port = free_port()
        command = [
            sys.executable,
            "-m",
            "voila",
            str(notebook),
            "--no-browser",
            "--Voila.ip=127.0.0.1",
            f"--port={port}",
            *arguments,
        ]
        path = os.pathsep.join(each for each in (str(ROOT), os.environ.get("PYTHONPATH", "")) if each)
        with (tmp_path / "voila.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": path}, stdout=log, stderr=log
            )
        running.append(process)
        wait_for(f"http://127.0.0.1:{port}/voila/static/", process, tmp_path / "voila.log")
        return f"http://127.0.0.1:{port}/"

    yield served
    for process in running:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def write_notebook(path: Path, *cells: str) -> Path:
    """Write a notebook with these code cells."""
    code = [
        {
            "cell_type": "code",
            "id": f"cell-{place}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": cell,
        }
        for place, cell in enumerate(cells)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(
        json.dumps({"cells": code, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8"
    )
    return path


def free_port() -> int:
    """Give a port of this machine that nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    """Wait until a server answers, with whatever status."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail(f"the server ended with {process.returncode}:\n{_end_of(log)}")
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"no answer from {url} after {seconds:g} s:\n{_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-3000:]


def _told(message: Any) -> str:
    where = message.location or {}
    return f"{message.text} ({where.get('url', '')}:{where.get('lineNumber', '')})"
