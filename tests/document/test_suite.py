"""Items of several kinds in a document, told apart by one key: the checks of a suite, each kind as people write it."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from decom_nb.check import KINDS, Length, NotNull, Pair, Range, Reconciliation, Suite, Threshold, Unique
from decom_nb.document import DocumentConflict, blank, json_schema, load, read, save
from decom_nb.document.reading import opened
from decom_nb.document.shape import shape_of
from decom_nb.errors import InputError

HEAD = "document: suite\nversion: 1\n\ntable: orders  # the big one\nchecks:\n"

WRITTEN = {
    "not_null": "columns: [order_id]  # both\n",
    "volume": "min_rows: 10\n",
    "row_change": "max_change: 0.5\n",
    "unique": "columns:\n  - order_id\n  # with its line\n  - line\n",
    "accepted_values": "column: status\nvalues: [1, 2.50, new]\n",
    "range": "column: amount\nmin: 0   # never negative\n",
    "regex": "column: email\npattern: '^[^@]+@[^@]+$'\n",
    "length": "column: zip\nmin: 5\nmax: 5\n",
    "castable": "column: day\ntype: DATE\nformat: '%d.%m.%Y'\n",
    "expression": "expression: shipped_at >= ordered_at\n",
    "monotone": "column: reading\norder_by: at\nwithin: [device]\n",
    "functional_dependency": "columns: [zip]\ndetermine: [city]\n",
    "outliers": "column: amount\nmethod: mad\n",
    "foreign_key": "columns: [customer]\nparent: customers\nparent_columns: [id]\n",
    "freshness": "column: at\nmax_age_hours: 24\n",
    "statistic": "column: amount\nof: mean\nmax: 100\n",
    "top_share": "column: status\nmax_share: 0.6\n",
    "reconciliation": "against: ledger\nfigures:\n  - of: sum   # euros\n    column: amount\n  - of: count\n",
    "sample": "against: verified\nkeys: [id]\ncolumns: [name]\n",
    "drift": "column: amount\nreference: last_year\nmax_distance: 0.2\n",
    "schema": "has:\n  - name: id\n    type: BIGINT\n  - name: at\n",
    "custom_sql": "sql: |\n  SELECT * FROM orders\n  WHERE amount < 0\n",
}

by_kind = pytest.mark.parametrize("kind", WRITTEN)


def suite(*items: str) -> str:
    """Give a suite with these items, each written as the lines of its keys."""
    told = (textwrap.indent(item.strip("\n"), "    ").replace("    ", "  - ", 1) for item in items)
    return HEAD + "\n".join(told) + "\n"


def item(kind: str, more: str = "") -> str:
    return f"check: {kind}\n{WRITTEN[kind]}{more}"


def put(folder: Path, text: str) -> Path:
    (folder / "orders.yaml").write_text(text, encoding="utf-8")
    return folder / "orders.yaml"


def mistakes(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        opened(Suite, Path("orders.yaml"), text.encode())
    return [f"{each.line} {each.key}: {each.what} - {each.instead}" for each in caught.value.mistakes]


def line_of(text: str, what: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if what in line)


def test_every_kind_is_tried_here() -> None:
    assert list(WRITTEN) == list(KINDS)


# reading


@by_kind
def test_every_kind_is_read(kind: str, tmp_path: Path) -> None:
    (check,) = load(Suite, put(tmp_path, suite(item(kind)))).checks
    assert type(check) is KINDS[kind]
    assert check.kind == kind


def test_an_instance_is_told_by_its_file(tmp_path: Path) -> None:
    read_back = load(Suite, put(tmp_path, suite(item("range"))))
    assert read_back.instance == "orders"
    assert Suite().instance == ""
    made = Suite(**{name: getattr(read_back, name) for name in Suite.model_fields})
    assert made == read_back
    assert hash(made) == hash(read_back)
    assert read_back.model_copy(update={"table": "x"}).instance == "orders"
    assert "instance" not in read_back.model_dump()
    assert made.named("other").instance == "other"


@by_kind
def test_a_key_that_the_kind_does_not_have_is_told_with_those_it_has(kind: str) -> None:
    text = suite(item("not_null"), item(kind, "bananas: 3\n"))
    (said,) = mistakes(text)
    assert said.startswith(f"{line_of(text, 'bananas')} checks[1].bananas: `check: {kind}` has no such key - ")
    own = [
        name for name in KINDS[kind].model_fields if name not in shape_of(Suite).at(("checks", 0)).shared | {"check"}
    ]
    assert f"{kind} has {', '.join(own)}" in said


@by_kind
def test_a_key_that_lacks_its_answer_is_told(kind: str) -> None:
    needed = sorted(name for name, field in KINDS[kind].model_fields.items() if field.is_required())
    text = suite(f"check: {kind}\n")
    said = [each.split(" - ")[0] for each in mistakes(text)] if needed or kind == "range" else []
    assert said == [f"6 checks[0].{name}: is not answered and has to be" for name in needed]


@by_kind
def test_a_wrong_type_within_a_kind_is_told_at_its_line(kind: str) -> None:
    text = suite(item(kind, "severity: P9\nfail:\n  count: few\n"))
    said = mistakes(text)
    assert [each.split(":")[0] for each in said] == [
        f"{line_of(text, 'P9')} checks[0].severity",
        f"{line_of(text, 'few')} checks[0].fail.count",
    ]
    assert "one of P0 | P1 | P2 | P3" in said[0]


def test_all_mistakes_come_at_once_and_in_plain_words() -> None:
    text = suite(
        "check: nul_check\ncolumns: [a]",
        "columns: [a]",
        "check: not_null\ncolumn: a",
        "check: range\ncolumn: amount",
        "check: freshness\ncolumn: at\nmax_age_hours: soon",
        "check: reconciliation\nagainst: t\nfigures:\n  - of: cont\n    colum: a",
        "check:\ncolumns: [a]",
        "check: rnage\ncolumn: a\nmin: 1",
        "check: not_null\ncolumns: [a]\nmin: 3",
        "check: not_null\ncolumns: [a]\ntable: orders",
        "check: [a]",
        "not_null",
    )
    kinds = " | ".join(KINDS)
    said = dict(each.split(": ", 1) for each in mistakes(text))
    assert {key.split(" ")[1]: what for key, what in said.items()} == {
        "checks[0].check": f"needs one of {kinds}, found the text 'nul_check' - did you mean 'not_null'?",
        "checks[1].check": f"is not answered and has to be - write one of {kinds}: which kind it is, "
        "for example `check: not_null`",
        "checks[2].columns": "is not answered and has to be - write a list: columns that every row fills",
        "checks[2].column": "`check: not_null` has no such key - did you mean `columns`? not_null has columns",
        "checks[3]": "a range needs a `min`, a `max`, or both - ",
        "checks[4].max_age_hours": "needs a number (hours, more than 0), found the text 'soon' - write it in digits, in hours",
        "checks[5].figures[0].of": "needs one of count | sum | min | max | distinct, found the text 'cont' - "
        "did you mean 'count'?",
        "checks[5].figures[0].colum": "`checks[5].figures[0]` has no such key - did you mean `column`?",
        "checks[6].check": f"is not answered and has to be - write one of {kinds}: which kind it is, "
        "for example `check: not_null`",
        "checks[7].check": f"needs one of {kinds}, found the text 'rnage' - did you mean 'range'?",
        "checks[8].min": "`check: not_null` has no such key - it is a key of range, length, statistic; not_null has columns",
        "checks[9].table": "`check: not_null` has no such key - it belongs at `table`: move it there",
        "checks[10].check": f"needs one of {kinds}, found a list - choose one of them",
        "checks[11]": "needs a group of keys that begins with `check: …`, found the text 'not_null' - "
        "write its keys on the lines below, indented by two spaces",
    }
    lines = {key.split(" ")[1]: int(key.split(" ")[0]) for key in said}
    assert lines["checks[0].check"] == line_of(text, "nul_check")
    assert lines["checks[4].max_age_hours"] == line_of(text, "soon")
    assert lines["checks[5].figures[0].of"] == line_of(text, "cont")
    assert lines["checks[8].min"] == line_of(text, "min: 3")


def test_a_kind_whose_name_is_also_one_of_its_keys_is_no_riddle() -> None:
    """Pydantic's place of an error names the kind too: ``expression`` is both, and the key may not be taken for it."""
    said = mistakes(suite("check: expression\nexpression: a > b\nseverity: P7\nby: {}\n"))
    assert [each.split(":")[0] for each in said] == ["8 checks[0].severity", "9 checks[0].by"]


# saving


@by_kind
def test_saving_what_did_not_change_changes_no_byte(kind: str, tmp_path: Path) -> None:
    place = put(tmp_path, text := suite(item(kind)))
    save(read(Suite, place), load(Suite, place))
    assert place.read_text(encoding="utf-8") == text


@by_kind
def test_a_change_leaves_comments_order_and_silence_alone(kind: str, tmp_path: Path) -> None:
    place = put(tmp_path, text := suite(item(kind)))
    start = read(Suite, place)
    (check,) = start.document.checks
    save(start, start.document.model_copy(update={"checks": (check.model_copy(update={"because": "so"}),)}))
    assert place.read_text(encoding="utf-8") == text + "    because: so\n"


@by_kind
def test_a_new_check_is_written_as_people_would(kind: str, tmp_path: Path) -> None:
    """Its kind first, then its own keys, and nothing that nobody answered."""
    place = tmp_path / "new.yaml"
    (check,) = load(Suite, put(tmp_path, suite(item(kind)))).checks
    check = check.model_copy(update={"severity": "P0"})
    save(place, Suite(checks=(check,)))
    (written,) = yaml.safe_load(place.read_text(encoding="utf-8"))["checks"]
    assert written == {**yaml.safe_load(item(kind)), "severity": "P0"}
    assert next(iter(written)) == "check"
    assert list(written)[-1] == "severity"
    assert load(Suite, place).checks == (check,)


def test_a_check_that_becomes_another_kind_keeps_what_both_have(tmp_path: Path) -> None:
    start = read(Suite, put(tmp_path, suite("# money\ncheck: range  # sic\ncolumn: a\nmax: 3\nowner: Ann")))
    saved = save(start, start.document.model_copy(update={"checks": (Length(column="a", max=4, owner="Ann"),)}))
    assert yaml.safe_load(saved.text)["checks"] == [{"check": "length", "column": "a", "max": 4, "owner": "Ann"}]
    assert "# sic" in saved.text


def test_what_two_people_change_comes_together(tmp_path: Path) -> None:
    place = put(tmp_path, suite(item("range"), item("not_null")))
    mine, theirs = read(Suite, place), read(Suite, place)
    amount, filled = mine.document.checks
    save(theirs, theirs.document.model_copy(update={"checks": (amount.model_copy(update={"max": 9}), filled)}))
    both = save(
        mine,
        mine.document.model_copy(
            update={"checks": (amount.model_copy(update={"severity": "P0"}), filled, Unique(columns=("id",)))}
        ),
    )
    assert both.document.checks == (
        amount.model_copy(update={"max": 9, "severity": "P0"}),
        filled,
        Unique(columns=("id",)),
    )
    assert both.document.instance == "orders"
    assert "# never negative" in both.text


def test_changes_that_make_no_check_together_are_a_conflict_and_nothing_is_lost(tmp_path: Path) -> None:
    place = put(tmp_path, suite(item("range")))
    mine, theirs = read(Suite, place), read(Suite, place)
    (amount,) = mine.document.checks
    save(theirs, theirs.document.model_copy(update={"checks": (NotNull(columns=("amount",)),)}))
    with pytest.raises(DocumentConflict) as caught:
        save(mine, mine.document.model_copy(update={"checks": (amount.model_copy(update={"max": 9}),)}))
    assert "check: not_null" in place.read_text(encoding="utf-8")
    assert load(Suite, caught.value.kept).checks == (amount.model_copy(update={"max": 9}),)


# blank and schema


def test_the_blank_lists_the_kinds_with_their_keys() -> None:
    text = blank(Suite)
    assert opened(Suite, Path("suite.yaml"), text.encode()).document == Suite()
    assert max(map(len, text.splitlines())) <= 100
    head, example = text.split("fill them in\n", 1)
    items = yaml.safe_load(head + "\n" + re.sub(r"^  # ", "  ", example, flags=re.MULTILINE))["checks"]
    shared = shape_of(Suite).at(("checks", 0)).shared
    assert [each["check"] for each in items] == list(KINDS)
    for each in items:
        assert set(each) == set(KINDS[each["check"]].model_fields) - shared
    assert text.count(" because:") == 1


@by_kind
def test_the_schema_knows_every_kind(kind: str) -> None:
    check = jsonschema.Draft202012Validator(json_schema(Suite))
    data: Any = yaml.safe_load(suite(item(kind)))
    check.validate(data)
    del data["checks"][0]["check"]
    assert not check.is_valid(data)
    data["checks"][0] |= {"check": kind, "bananas": 1}
    assert not check.is_valid(data)


def test_thresholds_are_written_only_if_somebody_set_them(tmp_path: Path) -> None:
    place = tmp_path / "s.yaml"
    checks = (
        Range(column="a", min=0),
        Range(column="a", min=0, fail=Threshold(count=0)),
        Range(column="a", min=0, fail=Threshold(share=0.1), warn=Threshold(count=1)),
        Reconciliation(against="t", figures=(Pair(of="count"), Pair(of="sum", column="x"))),
    )
    save(place, Suite(checks=checks))
    first, second, third, fourth = yaml.safe_load(place.read_text(encoding="utf-8"))["checks"]
    assert first == second == {"check": "range", "column": "a", "min": 0}
    assert third == {**first, "warn": {"count": 1}, "fail": {"share": 0.1}}
    assert fourth["figures"] == [{"of": "count"}, {"of": "sum", "column": "x"}]
    assert load(Suite, place).checks == checks


@pytest.mark.parametrize(
    "told",
    [
        {"check": "range", "column": "a", "min": 10, "max": 1},
        {"check": "length", "column": "a", "min": 10, "max": 1},
        {"check": "volume", "min_rows": 10, "max_rows": 1},
        {"check": "statistic", "column": "a", "of": "mean", "min": 1.5, "max": 1},
    ],
    ids=lambda told: str(told["check"]),
)
def test_bounds_that_nothing_lies_between_are_a_mistake(told: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no value lies between"):
        Suite.model_validate({"checks": [told]})
