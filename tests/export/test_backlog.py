"""The backlog as CSV and XLSX: in the order of what to do, figures as numbers, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv as csv_
import io
import zipfile
from typing import Any

import openpyxl
import pytest

from decom_nb.audit import Audit
from decom_nb.export.backlog import COLUMNS, as_text, csv, rows, xlsx
from tests.audit_of_three_rules import finding, made

EVIL = ['=HYPERLINK("https://x.example","click")', "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1"]


def audit(message: str = "said") -> Audit:
    return made(
        [
            finding("r.a", 0.2, effort="high", message=message, severity="high"),
            finding("r.b", 0.0, effort="low", remedy=message),
            finding("t.a", 0.5, waived="agreed"),
            finding("x.free", 0.0, severity="low"),
            finding("x.crashed", None, outcome="error", severity="critical"),
            finding("x.holds", 1.0),
        ],
        ticked=("r.b",),
    )


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv_.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheet(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).active


def test_what_brings_most_for_its_effort_comes_first_and_what_is_waived_last() -> None:
    told = rows(audit())
    assert [each["rule"] for each in told] == ["r.b", "r.a", "x.crashed", "x.free", "t.a"]
    assert [each["rank"] for each in told] == [1, 2, 3, 4, 5]
    assert [(each["decided"], each["in the way to the next band"]) for each in told[:2]] == [("yes", ""), ("", "yes")]
    assert told[3]["gain"] is None


def test_csv_and_workbook_say_the_same() -> None:
    told, kept = read_csv(csv(audit())), sheet(xlsx(audit()))
    head, *lines = [[cell.value for cell in line] for line in kept.iter_rows()]
    assert head == list(told[0]) == [name for name, _ in COLUMNS]
    for line, row in zip(lines, told, strict=True):
        for value, text in zip(line, row.values(), strict=True):
            assert (float(text) == value) if isinstance(value, int | float) else (value or "") == text


@pytest.mark.parametrize("evil", EVIL)
def test_no_cell_is_run(evil: str) -> None:
    cells = [text for row in read_csv(csv(audit(evil))) for text in row.values()]
    assert as_text(evil).startswith("'")
    assert as_text(evil).replace("\r\n", "\n") in [text.replace("\r\n", "\n") for text in cells]
    for text in cells:
        assert not text.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")), text
    content = xlsx(audit(evil))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert not [
            name for name in parts.namelist() if b"<f>" in parts.read(name) or b"<hyperlink " in parts.read(name)
        ]
    kinds = {cell.data_type for line in sheet(content).iter_rows() for cell in line}
    assert "f" not in kinds


def test_figures_stay_figures() -> None:
    assert as_text(-9.5) == -9.5
    gains = [cell.value for cell in sheet(xlsx(audit()))["I"][1:3]]
    assert gains == [25, 60], "the waived rule took its dimension along"


def test_the_same_audit_gives_the_same_bytes() -> None:
    assert xlsx(audit()) == xlsx(audit())
    assert csv(audit()) == csv(audit())


def test_text_longer_than_a_cell_is_cut() -> None:
    assert len(sheet(xlsx(audit("x" * 40_000)))["D"][2].value) == 32_767
