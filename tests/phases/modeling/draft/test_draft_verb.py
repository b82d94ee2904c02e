"""``decom modeling draft``: of the engagement, of files that are named; as text and data; what is written, and never over."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from decom_nb.cli import app
from decom_nb.engagement import Engagement
from decom_nb.errors import InputError
from decom_nb.phases.modeling.actions import check_model_on_data, draft_model
from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.draft.draft_file import keep
from decom_nb.view import View

RUNNER = CliRunner()
DDL = (
    "CREATE TABLE customers (customer_id int PRIMARY KEY, name text);\n"
    "CREATE TABLE orders (order_id int PRIMARY KEY, customer_id int REFERENCES customers, ordered_at timestamp,"
    " amount numeric);\n"
    "CREATE TABLE broken (a int, , b intt (;\n"
)


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    return Engagement.create(tmp_path / "acme", "Acme")


def drafted(*arguments: str) -> Any:
    done = RUNNER.invoke(app, ["modeling", "draft", *arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_ddl_in_the_evidence_is_found_and_what_cannot_be_read_is_told(engagement: Engagement) -> None:
    engagement.evidence_path.mkdir(exist_ok=True)
    (engagement.evidence_path / "schema.sql").write_text(DDL, encoding="utf-8")
    (engagement.evidence_path / "query.sql").write_text("SELECT 1", encoding="utf-8")
    told = drafted(str(engagement.path))
    assert [(each["table"], each["drafted_as"]) for each in told["tables"]] == [
        ("customers", "dim_customers"),
        ("orders", "fct_orders"),
    ]
    assert [each.partition(":")[0] for each in told["notes"]] == ["schema.sql"]
    assert told["notes"][0].startswith("schema.sql:3:")
    assert not engagement.document_path(DimensionalModel).exists()


def test_a_draft_becomes_the_model_once_and_lies_beside_it_afterwards(engagement: Engagement, tmp_path: Path) -> None:
    schema = tmp_path / "schema.sql"
    schema.write_text(DDL, encoding="utf-8")
    first = drafted(str(engagement.path), "--from", str(schema), "--write")
    path = engagement.document_path(DimensionalModel)
    assert first["written"] == {"file": str(path), "outcome": "written", "is_the_model": True}
    written = engagement.document(DimensionalModel)
    assert written is not None
    assert [each.name for each in written.fact_tables] == ["fct_orders"]
    path.write_text(path.read_text().replace("grain: order\n", "grain: order line  # we said so\n"), encoding="utf-8")
    theirs = path.read_bytes()
    second = drafted(str(engagement.path), "--from", str(schema), "--write")
    beside = engagement.deliverables_path / "modeling" / "dimensional_model.draft.yaml"
    assert second["written"] == {"file": str(beside), "outcome": "written", "is_the_model": False}
    assert path.read_bytes() == theirs
    assert "fct_orders" in beside.read_text()
    assert drafted(str(engagement.path), "--from", str(schema), "--write")["written"]["outcome"] == "unchanged"


def test_a_blank_document_takes_the_draft_and_keeps_what_it_says_besides(engagement: Engagement) -> None:
    path = engagement.document_path(DimensionalModel)
    path.write_text("document: dimensional_model\nversion: 1\ndatabase_schema: gold  # ours\n", encoding="utf-8")
    model = DimensionalModel.model_validate({"fact_tables": [{"name": "fct_orders"}]})
    assert keep(engagement, model).is_document
    assert "database_schema: gold  # ours" in path.read_text()
    assert "fct_orders" in path.read_text()


def test_text_tells_each_table_with_its_reasons(engagement: Engagement, tmp_path: Path) -> None:
    schema = tmp_path / "schema.sql"
    schema.write_text(DDL, encoding="utf-8")
    done = RUNNER.invoke(
        app, ["modeling", "draft", str(engagement.path), "--from", str(schema)], catch_exceptions=False
    )
    assert "orders → fct_orders" in done.output
    assert "foreign key: customer_id → customers.customer_id [high]" in done.output
    assert (
        "1 fact table and 1 dimension from 2 tables, and the calendar dim_date; 0 proposals of low confidence."
        in done.output
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--from", "nowhere.sql"], "there is nothing at this path"),
        ([], "neither tables nor DDL nor a dbt manifest"),
        (["--dialect", "klingon"], "klingon is not known"),
    ],
)
def test_what_cannot_be_drafted_from_is_said(engagement: Engagement, arguments: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        RUNNER.invoke(app, ["modeling", "draft", str(engagement.path), *arguments], catch_exceptions=False)


def quiet(share: float | None, what: str) -> None:
    del share, what


def test_the_button_shows_the_draft_with_names_as_text_and_stops_when_asked(engagement: Engagement) -> None:
    engagement.evidence_path.mkdir(exist_ok=True)
    hostile = 'CREATE TABLE "<b>x</b>" (id int PRIMARY KEY, "<script>" text);'
    (engagement.evidence_path / "schema.sql").write_text(hostile, encoding="utf-8")
    shown = draft_model(None, None, None, engagement, quiet, lambda: False)
    assert isinstance(shown, View)
    assert "&lt;b&gt;x&lt;/b&gt;" in shown._repr_html_()
    assert "<script>" not in shown._repr_html_()
    assert draft_model(None, None, None, engagement, quiet, lambda: True, write=True) == "Stopped; nothing was kept."
    assert not engagement.document_path(DimensionalModel).exists()


@pytest.mark.slow
def test_the_button_that_looks_at_the_data_keeps_evidence(example: Path) -> None:
    from decom_nb.book import Book

    shutil.rmtree(example / "evidence" / "models")
    book = Book.open(example)
    model, sources = book.documents["dimensional_model"], book.documents["table_sources"]
    said = check_model_on_data(model, sources, None, book.engagement, quiet, lambda: False)
    assert "of the model were asked of the data" in said
    (kept,) = (book.engagement.evidence_path / "models").glob("*.json")
    assert kept.name in said
    assert check_model_on_data(model, sources, None, book.engagement, quiet, lambda: True).startswith("Stopped")
