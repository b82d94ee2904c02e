"""The report is one whole page: it says what failed, shows the rest, and tells nothing about the machine."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from markupsafe import Markup

from decom_nb import report
from decom_nb.errors import InputError
from decom_nb.kernel import Kernels, kernels
from decom_nb.notebook import Shown
from decom_nb.report import build, chosen_notebooks
from tests.engagement_with_audit import engagement_with_audit, made_audit, notebook

FIGURE = """from decom_nb.chart import Figure, alt
rows = [{"status": "success", "runs": 7}, {"status": "failed", "runs": 1}]
chart = alt.Chart(alt.Data(values=rows)).mark_bar().encode(x="runs:Q", y="status:N")
Figure(chart, "Runs by status", "7 runs succeeded and 1 failed.", rows)"""


@pytest.fixture(scope="module")
def source() -> Iterator[Kernels]:
    with kernels(warm=sys.platform == "linux") as found:
        yield found


def built(folder: Path, source: Kernels, *notebooks: Path, out: str = "report.html") -> tuple[str, list[str]]:
    engagement, audit = engagement_with_audit(folder / "acme")
    place = folder / out
    failed = build(engagement.path, audit.id, place, notebooks=notebooks, source=source, time_limit=60)
    return place.read_text(encoding="utf-8"), failed


@pytest.mark.slow
def test_notebooks_become_sections_of_one_page(tmp_path: Path, source: Kernels) -> None:
    first = notebook(tmp_path / "nb" / "00_start.ipynb", "## Why", "print(engagement)", title="Where we stand")
    second = notebook(tmp_path / "nb" / "01_runs.ipynb", FIGURE, title="Runs")
    page, failed = built(tmp_path, source, first, second)
    assert failed == []
    assert re.findall(r"<h1>(.*?)</h1>", page) == ["Acme data platform"]
    assert re.findall(r'<h2 id="(.*?)">(.*?)</h2>', page) == [("00-start", "Where we stand"), ("01-runs", "Runs")]
    assert "Acme · 4 March 2026" in page
    assert made_audit().id in page
    assert "with decom_nb 1.2.3" in page
    assert 'aria-label="7 runs succeeded and 1 failed."' in page
    assert len(page) < 700_000


def test_the_same_audit_gives_the_same_page(tmp_path: Path, source: Kernels) -> None:
    path = notebook(tmp_path / "nb" / "01_runs.ipynb", FIGURE)
    assert built(tmp_path / "a", source, path)[0] == built(tmp_path / "b", source, path)[0]


def test_a_failed_notebook_leaves_the_others_whole_and_is_named(tmp_path: Path, source: Kernels) -> None:
    good = notebook(tmp_path / "nb" / "00_start.ipynb", "print('all is well')", title="Fine")
    bad = notebook(
        tmp_path / "nb" / "01_bad.ipynb", "raise ValueError('<b>no</b> ' + engagement + '/x.yaml')", title="Not so fine"
    )
    broken = tmp_path / "nb" / "02_broken.ipynb"
    broken.write_text("{", encoding="utf-8")
    page, failed = built(tmp_path, source, good, bad, broken)
    assert failed == ["01_bad", "02_broken"]
    assert "all is well" in page
    assert "its notebook 01_bad failed" in page
    assert "ValueError: &lt;b&gt;no&lt;/b&gt; x.yaml" in page
    assert "02_broken" in page
    assert 'Incomplete: <a href="#01-bad">Not so fine</a>, <a href="#02-broken">02_broken</a>' in page
    assert str(tmp_path) not in page


def test_nothing_of_the_machine_is_in_the_page(
    tmp_path: Path, source: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_TOKEN", "s3cr3t-s3cr3t")
    path = notebook(
        tmp_path / "nb" / "01_a.ipynb",
        "import os, sys; print(engagement, os.getcwd(), sys.prefix, os.environ['HOME'] + '/x')",
        "print(os.environ['WAREHOUSE_TOKEN'])",
        "print('postgres://ann:hunter2@db/x', __file__ if '__file__' in dir() else '')",
    )
    page, _ = built(tmp_path, source, path)
    for told in (str(tmp_path), sys.prefix, "s3cr3t", "hunter2", str(Path.home()) + "/"):
        assert told not in page


def test_notebooks_are_not_written_to_and_nothing_is_written_beside_them(tmp_path: Path, source: Kernels) -> None:
    path = notebook(tmp_path / "nb" / "01_a.ipynb", "1", "open('beside.txt', 'w').write('x')")
    before = path.read_bytes()
    built(tmp_path, source, path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["01_a.ipynb"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["acme", "nb", "report.html"]
    assert not (tmp_path / "acme" / "beside.txt").exists()


def test_a_module_that_lies_in_an_engagement_is_not_imported(
    tmp_path: Path, source: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    engagement, audit = engagement_with_audit(tmp_path / "acme")
    (engagement.path / "decom_probe.py").write_text("raise SystemExit", encoding="utf-8")
    monkeypatch.chdir(engagement.path)
    path = notebook(
        tmp_path / "nb" / "01_a.ipynb", "import importlib.util; print(importlib.util.find_spec('decom_probe'))"
    )
    assert build(engagement.path, audit.id, tmp_path / "x.html", notebooks=[path], source=source) == []
    assert "<pre>None</pre>" in (tmp_path / "x.html").read_text(encoding="utf-8")


def test_an_engagements_own_notebooks_run_only_when_asked(tmp_path: Path) -> None:
    engagement, _ = engagement_with_audit(tmp_path / "acme")
    own = notebook(engagement.path / "notebooks" / "00_start.ipynb", "1")
    assert own not in chosen_notebooks(engagement.path, own=False)
    assert chosen_notebooks(engagement.path, own=True) == [own]


def test_an_engagement_without_own_notebooks_says_how_to_make_them(tmp_path: Path) -> None:
    engagement, _ = engagement_with_audit(tmp_path / "acme")
    with pytest.raises(InputError, match="decom lab"):
        chosen_notebooks(engagement.path, own=True)


def test_a_report_is_a_page_or_a_pdf(tmp_path: Path) -> None:
    engagement, audit = engagement_with_audit(tmp_path / "acme")
    with pytest.raises(InputError, match="a report is"):
        build(engagement.path, audit.id, tmp_path / "x.docx")


def test_an_audit_that_is_not_there_is_said(tmp_path: Path) -> None:
    engagement, _ = engagement_with_audit(tmp_path / "acme")
    with pytest.raises(InputError, match="no audit here"):
        build(engagement.path, "20200101T000000Z-00000000", tmp_path / "x.html")


def test_a_strangers_names_stay_text() -> None:
    hostile = "<script>alert(1)</script>\u202e'\"; DROP TABLE x; --"
    page = report.page(made_audit(hostile, hostile), [Shown("00_start", hostile, Markup(), hostile)])
    drawn = page.rendered()
    assert "<script>alert" not in drawn
    assert "\u202e" not in drawn


def test_an_unwritable_place_is_said_and_leaves_no_half(tmp_path: Path, source: Kernels) -> None:
    path = notebook(tmp_path / "nb" / "01_a.ipynb", "1")
    engagement, audit = engagement_with_audit(tmp_path / "acme")
    (tmp_path / "x.html").mkdir()
    with pytest.raises(InputError):
        build(engagement.path, audit.id, tmp_path / "x.html", notebooks=[path], source=source)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["acme", "nb", "x.html"]


def test_a_pdf_of_the_same_notebooks(tmp_path: Path, source: Kernels) -> None:
    pytest.importorskip("typst")
    path = notebook(tmp_path / "nb" / "01_runs.ipynb", FIGURE)
    engagement, audit = engagement_with_audit(tmp_path / "acme")
    assert build(engagement.path, audit.id, tmp_path / "x.pdf", notebooks=[path], source=source) == []
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")
