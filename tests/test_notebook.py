"""A notebook shows its prose and what its cells show; when it fails it says why, and shows what came before."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from decom_nb.kernel import Kernels, kernels
from decom_nb.notebook import Shown, prose
from decom_nb.notebook import run as run_notebook
from tests.engagement_with_audit import notebook


@pytest.fixture(scope="module")
def source() -> Iterator[Kernels]:
    with kernels(warm=sys.platform == "linux") as found:
        yield found


def run(source: Kernels, path: Path, time_limit: float = 60) -> Shown:
    return run_notebook(path, {"engagement": "/somewhere"}, {"DECOM_FACE": "report"}, source, time_limit=time_limit)


@pytest.mark.slow
def test_prose_and_results_are_shown_and_code_is_not(tmp_path: Path, source: Kernels) -> None:
    path = notebook(
        tmp_path / "01_a.ipynb",
        "## Part",
        "from IPython.display import HTML, Markdown, display\nsecret_name = 1",
        "HTML('<p class=\"x\">a view</p>')",
        "print('<told>')",
        "import sys; print('quiet', file=sys.stderr)",
        "display(Markdown('**loud**'))",
        "import os; (engagement, os.environ['DECOM_FACE'])",
        title="Where we *stand*",
    )
    before = path.read_bytes()
    shown = run(source, path)
    assert shown.failed == ""
    assert shown.title == "Where we *stand*"
    assert '<p class="x">a view</p>' in shown.body
    assert "<pre>&lt;told&gt;</pre>" in shown.body
    assert "<strong>loud</strong>" in shown.body
    assert "(&#39;/somewhere&#39;, &#39;report&#39;)" in shown.body
    assert "secret_name" not in shown.body
    assert "quiet" not in shown.body
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["01_a.ipynb"]


def test_a_failing_cell_ends_the_page_and_is_told_without_its_traceback(tmp_path: Path, source: Kernels) -> None:
    path = notebook(tmp_path / "01_a.ipynb", "print('before')", "1 / 0", "## After", "print('after')")
    shown = run(source, path)
    assert shown.failed == "ZeroDivisionError: division by zero"
    assert "before" in shown.body
    assert "After" not in shown.body
    assert "after" not in shown.body
    assert "Traceback" not in shown.body
    assert "papermill" not in shown.body


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("def broken(:", "SyntaxError"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "died"),
        ("import os; os._exit(3)", "died"),
        ("import time; time.sleep(600)", "longer than 2 seconds"),
        ("import sys; sys.exit('enough')", "SystemExit: enough"),
    ],
)
def test_every_way_to_fail_is_one_sentence(tmp_path: Path, source: Kernels, cell: str, told: str) -> None:
    shown = run(source, notebook(tmp_path / "01_a.ipynb", "print('before')", cell), time_limit=2)
    assert told in shown.failed
    assert "before" in shown.body


def test_what_is_not_a_notebook_fails_as_one(tmp_path: Path, source: Kernels) -> None:
    for content in ("", "{", '{"cells": 1}', "[]", "\x00"):
        path = tmp_path / "01_a.ipynb"
        path.write_text(content, encoding="utf-8")
        shown = run(source, path)
        assert shown.failed
        assert "\n" not in shown.failed


def test_html_in_prose_stays_text_and_links_between_notebooks_lead_to_sections() -> None:
    assert "<script" not in prose("<script>alert(1)</script>")
    assert "\u202e" not in prose("a\u202eb")
    assert 'href="#01-architecture"' in prose("[next](01_architecture.ipynb)")
    assert 'href="https://example.com/x.ipynb"' in prose("[there](https://example.com/x.ipynb)")
    assert "javascript" not in prose("[x](javascript:alert(1))").partition("href")[2]


def test_a_picture_is_shown_as_data(tmp_path: Path, source: Kernels) -> None:
    path = notebook(
        tmp_path / "01_a.ipynb",
        "from IPython.display import SVG, Image",
        "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>')",
        "Image(b'\\x89PNG\\r\\n\\x1a\\n' + b'0' * 30)",
    )
    shown = run(source, path)
    assert shown.failed == ""
    assert 'src="data:image/svg+xml' in shown.body
    assert 'src="data:image/png;base64,' in shown.body
    assert "<script" not in shown.body
