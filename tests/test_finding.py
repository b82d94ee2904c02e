"""Findings keep the first rows and count all."""

from __future__ import annotations

from decom_nb.finding import SHOWN_ROWS, false, not_applicable, not_known, true


def test_rows_are_cut_and_counted() -> None:
    found = false("many", met=0.5, rows=({"row": at} for at in range(SHOWN_ROWS + 50)))
    assert (len(found.evidence), found.rows_total) == (SHOWN_ROWS, SHOWN_ROWS + 50)


def test_only_what_was_decided_earns() -> None:
    assert [each("m").met for each in (true, false, not_applicable, not_known)] == [1, 0, None, None]
