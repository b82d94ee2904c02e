"""SARIF that conforms to the schema of OASIS: rules with help, a result per violating row, places, fingerprints, waivers."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from decom_nb.audit import Audit
from decom_nb.book import Book
from decom_nb.export.sarif import FINGERPRINT, sarif
from tests.audit_of_three_rules import finding, made


@cache
def schema() -> Any:
    packed = (Path(__file__).parent / "sarif-schema-2.1.0.json.gz").read_bytes()
    return jsonschema.Draft4Validator(
        json.loads(gzip.decompress(packed)), format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )


def run(audit: Audit) -> Any:
    log = json.loads(sarif(audit))
    assert [error.message for error in schema().iter_errors(log)] == []
    return log["runs"][0]


ROWS = (
    {"model": "orders & more", "path": "models/orders & more.sql", "line": 3, "nulls": 4},
    {"model": "stock", "path": r"models\stock.sql", "nulls": 1},
    {"model": "stock", "path": r"models\stock.sql", "nulls": 9},
    {"model": "-- none", "path": None, "nulls": 2},
)


def audit(**more: Any) -> Audit:
    return made(
        [
            finding("r.a", 1.0),
            finding("r.b", None, outcome="error", message="The rule failed: KeyError: 'x'", severity="high"),
            finding("t.a", 0.5, severity="critical", evidence=ROWS, rows_total=9, identified_by=("model",), **more),
        ],
        formerly={"t.a": ("old.a",)},
    )


def test_the_schema_is_the_one_that_the_log_names() -> None:
    assert json.loads(sarif(audit()))["$schema"] == schema().schema["id"]
    broken = json.loads(sarif(audit()))
    broken["runs"][0]["results"][0]["level"] = "critical"
    assert not schema().is_valid(broken), "the schema notices what is wrong"


@pytest.mark.slow
def test_the_example_conforms(example: Path) -> None:
    taken = Book.open(example).audit(datetime(2026, 11, 1, tzinfo=UTC))
    told = run(taken)
    assert {each["id"] for each in told["tool"]["driver"]["rules"]} == {each.rule for each in taken.findings}
    assert {each["ruleId"] for each in told["results"]} == {
        each.rule for each in taken.findings if each.outcome == "false"
    }
    for result in told["results"]:
        assert told["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


@pytest.mark.slow
def test_code_scanning_finds_every_result_in_a_file(example: Path) -> None:
    taken = Book.open(example).audit(datetime(2026, 11, 1, tzinfo=UTC))
    results = run(taken)["results"]
    assert len(results) > 50
    for result in results:
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"], result["ruleId"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1
    (result,) = run(made([finding("t.a", 0.5, sources=())]))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "engagement.yaml"


def test_every_rule_says_why_how_and_what_to_do() -> None:
    rule = run(audit())["tool"]["driver"]["rules"][2]
    assert rule["help"]["text"] == "Why t.a matters.\n\nHow t.a is checked.\n\nRemedy: Repair t.a."
    assert rule["defaultConfiguration"]["level"] == "error"
    assert rule["deprecatedIds"] == ["old.a"]


def test_each_violating_row_is_a_result_where_it_is_found() -> None:
    results = run(audit())["results"]
    places = [[each["physicalLocation"] for each in result["locations"]] for result in results]
    assert places == [
        [{"artifactLocation": {"uri": "models/orders%20%26%20more.sql"}, "region": {"startLine": 3}}],
        [{"artifactLocation": {"uri": "models/stock.sql"}, "region": {"startLine": 1}}],
        [{"artifactLocation": {"uri": "evidence/t.a"}, "region": {"startLine": 1}}],
        [{"artifactLocation": {"uri": "evidence/t.a"}, "region": {"startLine": 1}}],
    ], "rows of one identity are one violation, one without a path lies in what was read, and rows not kept are told"
    assert [result["message"]["text"] for result in results][::3] == [
        "Rule t.a holds: not so for model orders & more.",
        "Rule t.a holds: not so for 5 more rows, which the audit does not keep.",
    ]


def test_fingerprints_stay_when_figures_change_and_tell_rows_apart() -> None:
    def prints(audit: Audit) -> list[str]:
        return [result["partialFingerprints"][FINGERPRINT] for result in run(audit)["results"]]

    assert len(set(prints(audit()))) == 4
    other = tuple({**row, "nulls": 77} for row in ROWS)
    assert prints(audit()) == prints(
        made([finding("t.a", 0.1, evidence=other, rows_total=9, identified_by=("model",))])
    )


def test_what_is_waived_is_suppressed_with_the_reason() -> None:
    (suppressed, *_) = run(audit(waived="Left out: agreed."))["results"]
    assert suppressed["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "Left out: agreed."}
    ]
    assert "suppressions" not in run(audit())["results"][0]


def test_a_crashed_rule_is_a_failure_of_the_tool_and_no_result() -> None:
    told = run(audit())
    assert told["invocations"][0]["executionSuccessful"] is False
    (crash,) = told["invocations"][0]["toolExecutionNotifications"]
    assert crash["associatedRule"] == {"id": "r.b", "index": 1}
    assert "r.b" not in {result["ruleId"] for result in told["results"]}


@pytest.mark.parametrize(
    "path", ["a:b.sql", "/srv/x y.sql", "//host/x.sql", r"C:\jobs\load.py", "ä/%41.sql", "../up.sql"]
)
def test_any_path_is_a_uri(path: str) -> None:
    rows = ({"model": "m", "path": path},)
    (result,) = run(made([finding("t.a", 0.5, evidence=rows, rows_total=1, identified_by=("model",))]))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].isascii()
