"""What one change in the brief costs the kernel in JupyterLab: save, decide, audit, redraw all that is on the page.

    python benchmarks/live.py

The baseline is the same page drawn anew from the start. Kernel time is the process's CPU time; messages are packed for the
browser but there is none to take them.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).parent.parent / "examples" / "nordwind"
QUESTIONS = ("pattern", "orchestration", "processing", "storage")
CHANGES = 20


def cpu(work: Callable[[], Any]) -> float:
    """Give the milliseconds of CPU time that the work takes."""
    start = time.process_time()
    work()
    return 1000 * (time.process_time() - start)


def page(folder: Path) -> tuple[Any, Any]:
    """Open the book and show everything of the architecture page."""
    from decom_nb import open_book

    book = open_book(folder)
    form = book.form("brief")
    for question in QUESTIONS:
        book.decision(f"architecture.{question}")
    book.show("architecture.growth")
    return book, form


def matrix_and_score(folder: Path) -> tuple[Any, Any]:
    """Open the book and show one decision and the score."""
    from decom_nb import open_book

    book = open_book(folder)
    form = book.form("brief")
    book.decision("architecture.pattern")
    book.show("rubric.executive")
    return book, form


def change(form: Any) -> Callable[[int], float]:
    """Give a function that makes the n-th change and tells what it cost."""
    return lambda at: cpu(lambda: form.put(("constraints", "team_size"), 5 + at % 7))


def main() -> None:
    """Measure, and print the table."""
    os.environ["DECOM_FACE"] = "lab"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(EXAMPLE, Path(temporary) / "nordwind"))
        page(folder)  # once, so that imports and caches are warm for both sides
        print(f"{'what is on the page':<46}{'drawn anew, ms':>16}{'one change, ms':>16}{'ratio':>8}")
        for told, draw in (
            ("one decision, the score, the form", matrix_and_score),
            ("four decisions, growth, the form", page),
        ):
            whole = statistics.median(cpu(lambda draw=draw: draw(folder)) for _ in range(3))
            _, form = draw(folder)
            one = statistics.median(map(change(form), range(CHANGES)))
            print(f"{told:<46}{whole:>16.0f}{one:>16.0f}{one / whole:>8.2f}")


if __name__ == "__main__":
    main()
