"""What `decom check` tells of suites before they are run."""

from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.book import Book
from decom_nb.check import Castable, CustomSql, Expression, NotNull, Reconciliation, Regex, SchemaIs, Suite
from decom_nb.check.kind import ColumnShape, Pair
from decom_nb.engagement import Engagement
from decom_nb.phases.quality.mistakes import mistakes


@pytest.mark.parametrize(
    ("check", "path"),
    [
        (NotNull(columns=("a",), where="a >"), ("where",)),
        (NotNull(columns=("a",), where="a = (SELECT 1)"), ("where",)),
        (Expression(expression="a > 0; DROP TABLE x"), ("expression",)),
        (Regex(column="a", pattern="(unclosed"), ("pattern",)),
        (Castable(column="a", type="DAET"), ("type",)),
        (CustomSql(sql="DELETE FROM orders"), ("sql",)),
        (Reconciliation(against="b", figures=(Pair(of="count"),), group=("a", "a +")), ("group", 1)),
        (SchemaIs(has=(ColumnShape(name="a", type="BIGNIT"),)), ("has", 0, "type")),
    ],
)
def test_what_can_never_run_is_told_with_its_place(check: object, path: tuple[str | int, ...]) -> None:
    suite = Suite(table="orders", checks=(NotNull(columns=("b",)), check)).named("orders")  # type: ignore[arg-type]
    found = list(mistakes([suite]))
    assert [(each.document, each.instance, each.path) for each in found] == [("suite", "orders", ("checks", 1, *path))]


def test_a_sound_suite_has_none() -> None:
    checks = (
        NotNull(columns=("a",), where="status <> 'test' AND a IS NOT NULL"),
        Regex(column="a", pattern="^[a-z]+$"),
        Castable(column="a", type="DATE", format="%d.%m.%Y"),
        CustomSql(sql="SELECT o.id FROM orders o JOIN customers c USING (id) WHERE c.id IS NULL"),
    )
    assert not list(mistakes([Suite(table="orders", checks=checks).named("orders")]))


def test_the_book_finds_file_and_line(tmp_path: Path) -> None:
    Engagement.create(tmp_path / "acme", "Acme")
    file = tmp_path / "acme/documents/suite/orders.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        "document: suite\nversion: 1\ntable: orders\nchecks:\n  - check: regex\n    column: a\n    pattern: '('\n"
    )
    (mistake,) = Book.open(tmp_path / "acme").mistakes()
    assert (mistake.file, mistake.line, mistake.key) == (str(file), 7, "checks[0].pattern")
