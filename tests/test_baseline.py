"""A baseline knows findings row by row: what is new is new, what is renamed, fixed or merely counted otherwise is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.audit import write as write_audit
from decom_nb.baseline import Baseline, baseline, news, read, write
from decom_nb.errors import InputError
from tests.audit_of_three_rules import finding, made


def bare(*models: str, extra: int = 0, **more: object) -> object:
    rows = tuple({"model": name, "nulls": len(name) + extra} for name in models)
    total = more.pop("total", len(rows))
    return finding("t.a", 0.5, evidence=rows, rows_total=total, identified_by=("model",), **more)


def known(*models: str, **more: object) -> Baseline:
    return baseline(made([finding("r.a", 1.0), bare(*models, **more)]))  # type: ignore[list-item]


def new(was: Baseline, *models: str, **more: object) -> list[str]:
    return [each.words for each in news(was, made([finding("r.a", 1.0), bare(*models, **more)]))]  # type: ignore[list-item]


def test_the_same_rows_are_known_whatever_else_in_them_changed() -> None:
    assert new(known("orders", "stock"), "stock", "orders", extra=7) == []
    assert new(known("orders", "stock"), "stock") == []


def test_a_new_row_under_a_rule_that_did_not_hold_is_new() -> None:
    assert new(known("orders"), "orders", "stock") == ["1 new row"]
    assert new(known("orders"), "a", "b", "c") == ["3 new rows"]


def test_rows_that_only_show_a_rate_are_no_violations() -> None:
    def rate(*pipelines: str) -> object:
        return finding("r.a", 0.5, evidence=tuple({"pipeline": name} for name in pipelines), rows_total=len(pipelines))

    was = baseline(made([rate("a")]))  # type: ignore[list-item]
    assert news(was, made([rate("a", "b")])) == ()  # type: ignore[list-item]


def test_where_not_all_rows_were_kept_their_number_tells() -> None:
    many = [f"m{at}" for at in range(200)]
    was = known(*many, total=250)
    assert new(was, *reversed(many), total=250) == []
    assert new(was, *[f"n{at}" for at in range(200)], total=240) == []
    assert new(was, *many, total=253) == ["3 rows more"]


def test_a_finding_that_held_is_new_and_so_is_one_of_a_rule_nobody_knew() -> None:
    was = baseline(made([finding("r.a", 1.0)]))
    (fallen,) = news(was, made([finding("r.a", 0.0)]))
    assert (fallen.words, fallen.new_rule) == ("new", False)
    (unknown,) = news(was, made([finding("r.a", 1.0), finding("t.a", 0.0)]))
    assert unknown.words == "a rule that the baseline does not know"


def test_a_rule_that_crashes_now_is_new_even_if_it_did_not_hold() -> None:
    was = known("orders")
    crashed = finding("t.a", None, outcome="error", message="The rule failed.")
    assert [each.words for each in news(was, made([finding("r.a", 1.0), crashed]))] == ["new"]


def test_a_renamed_rule_keeps_what_is_known_of_it() -> None:
    was = known("orders")
    renamed = bare("orders").model_copy(update={"rule": "t.b"})  # type: ignore[attr-defined]
    after = made([finding("r.a", 1.0), renamed], formerly={"t.b": ("t.a",)})
    assert news(was, after) == ()


def test_a_file_comes_back_as_it_was_and_an_audit_stands_for_one(tmp_path: Path) -> None:
    audit = made([finding("r.a", 0.5), bare("orders")])  # type: ignore[list-item]
    write(baseline(audit), tmp_path / "deep" / "baseline.json")
    assert read(tmp_path / "deep" / "baseline.json") == (baseline(audit), None)
    file = write_audit(audit, tmp_path / "audits")
    assert read(file) == read(file.parent) == (baseline(audit), audit)


@pytest.mark.parametrize(
    ("content", "said"), [(None, "no baseline here"), ("{}", "not an audit"), ("\0", "not an audit")]
)
def test_what_is_neither_is_refused_in_a_sentence(tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "baseline.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read(file)


def test_a_baseline_that_cannot_be_written_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write(known("orders"), tmp_path / "file" / "baseline.json")
