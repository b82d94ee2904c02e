"""The live face: a change in a form is saved, and every view on the page follows; what did not change is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from decom_nb.book import Book, document_classes, rooms
from decom_nb.cells import open_book
from decom_nb.chart_view import ChartView
from decom_nb.check import NotNull, Suite
from decom_nb.document import Shelf
from decom_nb.engagement import Engagement
from decom_nb.errors import InputError
from decom_nb.phase import Cancelled, Phase, Report
from decom_nb.phases.architecture.documents import Brief
from decom_nb.view import View, view

pytestmark = pytest.mark.slow


@pytest.fixture
def book(example: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DECOM_FACE", "lab")
    return open_book(example)


def html(box: Any) -> str:
    return "".join(child.value for child in box.children if not isinstance(child, ChartView))


def test_a_change_reaches_file_decision_and_views(book: Any, example: Path) -> None:
    form, shown = book.form("brief"), book.decision("architecture.pattern")
    before = html(shown)
    form.put(("constraints", "team_size"), 40)
    assert "team_size: 40" in (example / "documents" / "brief.yaml").read_text(encoding="utf-8")
    assert book.audit.decision("architecture.pattern").answers["team_size"] == 40
    assert html(shown) != before
    form.undo()
    assert html(shown) == before


def test_a_claim_moves_the_score_and_leaves_decisions_alone(book: Any) -> None:
    form, score, decision = book.form("claims"), book.show("rubric.dimensions"), book.decision("architecture.storage")
    before, untouched = html(score), list(decision.children)
    form.put(("testing", "points"), 2)
    assert html(score) != before
    assert list(decision.children) == untouched


def test_a_chart_is_redrawn_in_its_place(book: Any) -> None:
    form, shown = book.form("brief"), book.decision("architecture.processing")
    charts = [child for child in shown.children if isinstance(child, ChartView)]
    specs = [dict(chart.spec) for chart in charts]
    form.put(("signals", "unit_of_work_gb"), 400.0)
    assert next(child for child in shown.children if isinstance(child, ChartView)) is charts[0]
    assert charts[0].spec != specs[0]


def test_weights_are_kept_and_move_the_decision(book: Any, example: Path) -> None:
    shown = book.decision("architecture.pattern")
    before = html(shown)
    sliders = book.weights("architecture.pattern").children
    sliders[0].value = 0.0
    assert html(shown) != before
    assert Book.open(example).weights["architecture.pattern"]
    assert 0.0 in Book.open(example).weights["architecture.pattern"].values()


def test_other_peoples_changes_come_in_with_the_next_save(book: Any, example: Path) -> None:
    form = book.form("brief")
    file = example / "documents" / "brief.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("team_size: 4", "team_size: 9"), encoding="utf-8")
    form.put(("constraints", "budget_monthly_usd"), 9000.0)
    text = file.read_text(encoding="utf-8")
    assert "team_size: 9" in text
    assert "budget_monthly_usd: 9000" in text
    assert form.value.constraints.team_size == 9


def test_a_document_that_is_gone_is_begun_anew(book: Any, example: Path) -> None:
    (example / "documents" / "claims.yaml").unlink()
    book.form("claims").put(("testing", "points"), 1)
    assert Book.open(example).documents["claims"].testing.points == 1


def test_showing_a_view_again_replaces_the_old_one(book: Any) -> None:
    book.show("rubric.executive")
    book.show("rubric.executive")
    assert len(book.followers) == 1


def hire(brief: Brief, engagement: Engagement, report: Report, cancelled: Cancelled, *, people: int = 3) -> View:
    """Hire people."""
    report(0.5, "asking around")
    file = engagement.document_path(Brief)
    before = f"team_size: {brief.constraints.team_size}"
    file.write_text(file.read_text(encoding="utf-8").replace(before, f"team_size: {people}"), encoding="utf-8")
    (engagement.evidence_path / "said.txt").write_text("hired", encoding="utf-8")
    return view(Markup("<p>stopped</p>") if cancelled() else Markup("<p>hired</p>"))


def survey(runs: None, absent_thing: str) -> str:
    """Ask for what nothing gives."""
    return "never"


@pytest.fixture
def with_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the first room two actions, as its actions.py would."""
    first = rooms()[0].name
    monkeypatch.setattr(
        Phase, "actions", property(lambda room: {"hire": hire, "survey": survey} if room.name == first else {})
    )


@pytest.mark.usefixtures("with_actions")
def test_an_action_gets_what_it_names_and_the_page_follows(book: Any) -> None:
    form, shown = book.form("brief"), book.decision("architecture.pattern")
    before, evidence = html(shown), book.book.evidence
    made = book.action("architecture.hire", people=40)
    panel = next(iter(book.actions.values()))
    assert made is panel.widget
    panel.press()
    panel.wait()
    assert "hired" in panel.output.children[0].value
    assert form.value.constraints.team_size == 40
    assert book.audit.decision("architecture.pattern").answers["team_size"] == 40
    assert html(shown) != before
    assert book.book.evidence is not evidence
    form.put(("constraints", "team_size"), 41)
    assert book.book.documents["brief"].constraints.team_size == 41


@pytest.mark.usefixtures("with_actions")
def test_a_document_that_cannot_be_read_any_more_does_not_take_the_outcome_away(book: Any, example: Path) -> None:
    book.action("architecture.hire")
    panel = next(iter(book.actions.values()))
    (example / "documents" / "claims.yaml").write_text("document: claims\nversion: x\n", encoding="utf-8")
    panel.press()
    panel.wait()
    said = "".join(child.value for child in panel.output.children)
    assert "claims.yaml" in said
    assert "hired" in said
    assert "claims" in book.book.documents


@pytest.mark.usefixtures("with_actions")
def test_an_action_that_lacks_something_says_what(book: Any) -> None:
    book.action("architecture.survey")
    panel = next(iter(book.actions.values()))
    panel.press()
    panel.wait()
    assert "this cannot be done without" in panel.line.value


@pytest.mark.usefixtures("with_actions")
def test_an_action_shown_again_is_the_same_and_an_unknown_one_is_refused(book: Any) -> None:
    assert book.action("architecture.hire") is book.action("architecture.hire")
    with pytest.raises(InputError, match=r"did you mean architecture\.hire"):
        book.action("architecture.hired")
    with pytest.raises(InputError, match="did you mean people"):
        book.action("architecture.hire", peoples=2)


def test_where_nobody_can_press_it_an_action_is_nothing(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Book.open(example).take_audit()
    monkeypatch.setenv("DECOM_FACE", "report")
    assert open_book(example).action("architecture.hire") is None


def test_a_document_of_which_there_are_many_is_filled_in_one_at_a_time_and_the_book_follows(
    book: Any, example: Path
) -> None:
    if "suite" not in document_classes():
        pytest.skip("no room has suites")
    form = book.form("suite")
    before = book.book.documents["suite"]
    form.begin("aa_orders")
    form.form.put(("checks",), ({"check": "not_null", "columns": ("id",)},))
    first, *others = book.book.documents["suite"]
    assert (first.instance, first.checks) == ("aa_orders", (NotNull(columns=("id",)),))
    assert others == list(before)
    assert book.audit.documents["suite"][0]["instance"] == "aa_orders"
    assert Book.open(example).documents["suite"] == book.book.documents["suite"]
    assert [each.instance for each in Book.open(example).documents["suite"]] == list(form.menu.options)
    form.remove()
    assert book.book.documents["suite"] == before
    Shelf(Suite, example / "documents" / "suite").begin("zz_late")
    book._came_to(("", book.book.evidence))
    assert book.form("suite").menu.options[-1] == "zz_late"


def test_evidence_can_be_queried_in_a_cell(book: Any) -> None:
    there = book.relations()
    assert "run_logs.whole_runs" in set(there["relation"])
    counted = book.query("SELECT count(*) AS runs FROM run_logs.whole_runs WHERE status = $status", status="failed")
    assert counted["runs"][0] == sum(each.failed for each in book.book.evidence.values["runs"].pipelines)
    with pytest.raises(InputError, match="not one SELECT"):
        book.query("DROP TABLE run_logs.whole_runs")


@pytest.mark.slow
def test_a_tree_is_walked_and_its_answers_reach_document_form_and_views(book: Any, example: Path) -> None:
    form, walked, shown = book.form("pipeline"), book.tree("pipelines.extraction"), book.show("pipelines.extraction")
    walked.menu.value = "load_orders"
    assert walked.path.at == "whole_table"
    before = html(shown)
    walked.back("change_column")
    walked.answer(True)
    file = example / "documents" / "pipeline" / "load_orders.yaml"
    (line,) = [each for each in file.read_text(encoding="utf-8").splitlines() if "reliable_change_column" in each]
    assert line.split() == ["reliable_change_column:", "true", *line.split()[2:]]
    assert "# ordered_at stays as it is" in line
    assert walked.path.at == "by_change_column"
    assert html(shown) != before
    assert form.forms["load_orders"].value.extract.source.reliable_change_column is True
    with pytest.raises(InputError, match="no room has this decision tree"):
        book.tree("pipelines.extracting")
