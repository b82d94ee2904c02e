"""Nordwind's own tests, really run, with their report as evidence; `regenerate.py` calls it.

What depends on the machine and the hour is settled: the report has the time at which the shop's last change was merged.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

MERGED_AT = {"2026-10-22": "2026-10-22T14:05:00+00:00", "2026-10-29": "2026-10-29T15:40:00+00:00"}
"""When the changes were merged before which the tests ran, by day."""

_SETTLED = (
    (re.compile(r'timestamp="[^"]*"'), 'timestamp="{at}"'),
    (re.compile(r' (?:time|hostname)="[^"]*"'), ""),
)


def make(tests: Path, folder: Path) -> None:
    """Run the tests and write a report for each merge."""
    folder.mkdir(parents=True)
    raw = folder / "raw.xml"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        str(tests / "pytest.ini"),
        str(tests),
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([*command, f"--junitxml={raw}"], env=environment, cwd=tests, check=True, capture_output=True)
    report = raw.read_text(encoding="utf-8")
    raw.unlink()
    for day, at in MERGED_AT.items():
        settled = report
        for found, put in _SETTLED:
            settled = found.sub(put.format(at=at), settled)
        (folder / f"{day}.xml").write_text(settled + "\n", encoding="utf-8")
