"""The example's own tests are really run, and their report is the one that lies among its evidence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"
MAKE = """
import sys
from pathlib import Path
from nordwind_platform import suite_evidence

suite_evidence.make(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.slow
def test_the_report_of_the_example_is_what_its_tests_come_to(tmp_path: Path) -> None:
    evidence = EXAMPLES / "nordwind" / "evidence"
    command = [sys.executable, "-c", MAKE, str(evidence / "tests"), str(tmp_path / "made")]
    done = subprocess.run(command, cwd=EXAMPLES, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "made").iterdir()}
    there = {file.name: file.read_text(encoding="utf-8") for file in (evidence / "reports").iterdir()}
    assert made == there
