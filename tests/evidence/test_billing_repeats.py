"""Exports overlap: what stands in two files counts once, or is warned of."""

from __future__ import annotations

from pathlib import Path

from decom_nb.evidence.billing_files import KIND
from tests.evidence.made import put, read, said, source
from tests.evidence.made_bill import bill, charge


def test_the_same_export_twice_does_not_double_the_bill(tmp_path: Path) -> None:
    rows = [charge(BilledCost=str(number)) for number in range(1, 5)]
    put(tmp_path, "a.csv", bill(*rows))
    put(tmp_path, "b.csv", bill(*reversed(rows)))  # not the same file, but the same charges
    put(tmp_path, "c.csv", bill(*rows))  # the same file
    evidence = read(tmp_path)
    bills = evidence.values["billing"]
    assert [total.billed for total in bills.totals] == [10]
    (repeat,) = bills.repeats
    assert (repeat.first, repeat.second, repeat.charges, repeat.left_out) == ("a.csv", "b.csv", 4, True)
    only = source(evidence, KIND)
    assert said(only) == ["b.csv: 4 charges of account 123 in 2026-08 (10.00 EUR) are in a.csv as well: left out here"]
    assert [file.note for file in only.files if file.path == "c.csv"] == ["the same content as a.csv, read once"]


def test_a_later_export_of_one_month_holds_the_earlier(tmp_path: Path) -> None:
    rows = [charge(BilledCost=str(number)) for number in range(1, 5)]
    put(tmp_path, "1-until-10th.csv", bill(*rows[:2]))
    put(tmp_path, "2-whole.csv", bill(*rows))
    evidence = read(tmp_path)
    assert [total.billed for total in evidence.values["billing"].totals] == [10]
    assert [repeat.second for repeat in evidence.values["billing"].repeats] == ["1-until-10th.csv"]


def test_exports_that_overlap_in_part_are_warned_of(tmp_path: Path) -> None:
    rows = [charge(BilledCost=str(number)) for number in range(1, 5)]
    put(tmp_path, "a.csv", bill(*rows[:3]))
    put(tmp_path, "b.csv", bill(*rows[2:]))
    evidence = read(tmp_path)
    assert [total.billed for total in evidence.values["billing"].totals] == [13]
    (problem,) = said(source(evidence, KIND))
    assert problem.startswith(
        "b.csv: 1 charges of account 123 in 2026-08 (3.00 EUR) are in a.csv as well: counted twice: "
    )


def test_parts_of_one_export_are_no_overlap(tmp_path: Path) -> None:
    put(tmp_path, "part-1.csv", bill(charge(BilledCost="1"), charge(BilledCost="1")))
    put(tmp_path, "part-2.csv", bill(charge(BilledCost="2"), charge(BilledCost="2")))
    evidence = read(tmp_path)
    assert [total.billed for total in evidence.values["billing"].totals] == [
        6
    ]  # equal rows in one file are two charges
    assert evidence.values["billing"].repeats == ()
