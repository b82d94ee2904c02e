"""The audit keeps which deliverables there are and how each stands; the page names them, and the report links them."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from decom_nb.generated_file import origin, put
from decom_nb.notebook import Shown
from decom_nb.phases.rubric.measures import deliverable_files
from decom_nb.phases.rubric.views import deliverables
from decom_nb.report import _linked

EVIL = '<img src=x onerror="1">.sql'


def made(engagement: Path) -> Path:
    folder, document = engagement / "deliverables", engagement / "documents" / "model.yaml"
    document.parent.mkdir(parents=True)
    document.write_text("a: 1\n", encoding="utf-8")
    by = origin("decom modeling ddl DIR", engagement, [document])
    put(folder / "modeling" / "old one.sql", "select 1\n", made=by)
    document.write_text("a: 2\n", encoding="utf-8")
    put(folder / "modeling" / EVIL, "select 1\n", made=origin("decom modeling ddl DIR", engagement, [document]))
    (folder / "decisions").mkdir()
    (folder / "decisions" / "001.md").write_text("# Ours\n", encoding="utf-8")
    return folder


def test_each_file_is_told_what_asks_for_something_first(tmp_path: Path) -> None:
    told = deliverable_files(made(tmp_path))
    assert told is not None
    assert (told["total"], told["by_state"]) == (3, {"outdated": 1, "as generated": 1, "not ours": 1})
    assert told["files"][0] == {
        "file": "modeling/old one.sql",
        "state": "outdated",
        "made_by": "decom modeling ddl DIR",
        "made_from": ["documents/model.yaml"],
        "changed": ["documents/model.yaml"],
        "offered": "",
    }
    assert deliverable_files(tmp_path / "nowhere") is None


def test_the_page_names_them_and_their_names_stay_text(tmp_path: Path) -> None:
    page = deliverables(deliverable_files(made(tmp_path)))._repr_html_()
    assert "3 files made for use" in page
    assert "changed since: <code>documents/model.yaml</code>" in page
    assert "<img" not in page
    assert "Nothing has been made" in deliverables(None)._repr_html_()


def test_a_report_among_the_deliverables_links_them_and_no_other_does(tmp_path: Path) -> None:
    folder = made(tmp_path)
    shown = Shown("12_rubric", "Rubric", Markup(deliverables(deliverable_files(folder))._repr_html_()))
    linked = _linked(shown, tmp_path, folder / "report.html").body
    assert '<a href="./modeling/old%20one.sql"><code' in linked
    assert '<a href="./modeling/%3Cimg%20src%3Dx%20onerror%3D%221%22%3E.sql">' in linked
    assert '<a href="./../modeling/old%20one.sql">' in _linked(shown, tmp_path, folder / "reports" / "r.html").body
    assert _linked(shown, tmp_path, tmp_path.parent / "report.html") == shown
    assert _linked(shown, tmp_path, folder / "report.pdf") == shown
