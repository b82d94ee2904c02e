"""What a person starts in the notebook: a profile, a proposal, a run; each can be stopped and leaves whole files only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from decom_nb.check import Suite
from decom_nb.document import load
from decom_nb.engagement import Engagement
from decom_nb.errors import InputError
from decom_nb.evidence.collect import collect
from decom_nb.phases.quality.actions import ALL, pointed_to, profile_table, run_checks, suggest_suite, with_a_suite
from decom_nb.phases.quality.documents import TableSources
from decom_nb.view import View

SOURCES = TableSources.model_validate({"sources": [{"path": "data/orders.csv"}, {"path": "data/parts/*.csv"}]})
SUITE = Suite.model_validate({"table": "orders", "key": ["id"], "checks": [{"check": "unique", "columns": ["id"]}]})


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    made = Engagement.create(tmp_path / "acme", "Acme", documents=(Suite,))
    (made.path / "data").mkdir()
    (made.path / "data" / "orders.csv").write_text("id,note\n1,<b>\n2,x\n2,y\n")
    return made


def html(view: object) -> str:
    assert isinstance(view, View)
    return view._repr_html_()


def quiet(share: float | None, what: str) -> None:
    del share, what


def test_what_can_be_chosen_is_what_is_there() -> None:
    assert pointed_to(SOURCES, None, (SUITE, Suite(table="sales")), None) == ["orders", "parts", "sales"]
    assert pointed_to(None, None, (SUITE,), None) == []
    assert with_a_suite((SUITE, Suite(table="empty")), (), None) == [ALL, "orders"]
    assert with_a_suite((), (), None) == []


def test_a_run_reports_and_becomes_evidence(engagement: Engagement) -> None:
    told: list[tuple[float | None, str]] = []
    done = run_checks(
        (SUITE,), (), None, SOURCES, None, None, engagement, lambda *each: told.append(each), lambda: False
    )
    assert "1 checks of 1 tables: 1 fail" in done
    assert told[-1][0] == 1
    (run,) = collect([engagement.evidence_path], engagement.path).values["check_runs"].runs
    assert [(each.name, each.violations) for each in run.checks] == [("unique_id", 1)]


def test_a_run_that_is_stopped_leaves_no_trace(engagement: Engagement) -> None:
    done = run_checks((SUITE,), (), None, SOURCES, None, None, engagement, quiet, lambda: True)
    assert done == "Stopped; nothing was kept."
    assert not (engagement.evidence_path / "checks").exists()


def test_a_profile_is_shown_and_a_clients_text_in_it_stays_text(engagement: Engagement) -> None:
    shown = html(profile_table(SOURCES, None, engagement, quiet, lambda: False, table="orders"))
    assert "3 rows, 2 columns" in shown
    assert "<b>" not in shown
    assert not any(engagement.evidence_path.iterdir())


def test_a_proposal_is_written_when_asked(engagement: Engagement) -> None:
    arguments: Any = (SOURCES, None, None, None, engagement, quiet, lambda: False)
    assert "Nothing is written yet" in html(suggest_suite(*arguments, table="orders"))
    assert "written to <code>orders.yaml</code>" in html(suggest_suite(*arguments, table="orders", write=True))
    assert load(Suite, engagement.document_path(Suite) / "orders.yaml").table == "orders"


def test_a_table_that_is_not_there_is_said(engagement: Engagement) -> None:
    with pytest.raises(InputError, match="did you mean orders"):
        profile_table(SOURCES, None, engagement, quiet, lambda: False, table="ordes")
