"""JUnit XML as build servers read it: the elements, their order, their attributes and the sums, held to the public format.

The format has no schema of its own. This is what the schemas that are around agree on: ``testsuites`` holds ``testsuite``, that
holds ``properties`` first and then ``testcase``, and a case holds at most one of ``skipped``, ``error`` and ``failure``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from decom_nb.audit import Audit
from decom_nb.book import Book
from decom_nb.export.junit import junit
from tests.audit_of_three_rules import finding, made

COUNT = re.compile(r"\d+")
TIME = re.compile(r"\d+(\.\d+)?")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
ANY = re.compile(r".*", re.DOTALL)
COUNTS = {"tests": COUNT, "failures": COUNT, "errors": COUNT}
ATTRIBUTES = {
    "testsuites": ({"name": ANY, "time": TIME, **COUNTS}, {"tests", "failures", "errors"}),
    "testsuite": (
        {"id": COUNT, "name": ANY, "timestamp": STAMP, "time": TIME, "skipped": COUNT, **COUNTS},
        {"name", "tests", "failures", "errors"},
    ),
    "properties": ({}, set()),
    "property": ({"name": ANY, "value": ANY}, {"name", "value"}),
    "testcase": ({"classname": ANY, "name": ANY, "time": TIME}, {"name"}),
    "failure": ({"message": ANY, "type": ANY}, set()),
    "error": ({"message": ANY, "type": ANY}, set()),
    "skipped": ({"message": ANY}, set()),
}
CHILDREN = {"testsuites": {"testsuite"}, "testsuite": {"properties", "testcase"}, "properties": {"property"}}
OUTCOMES = {"skipped", "error", "failure"}


def check(element: ET.Element) -> None:
    allowed, needed = ATTRIBUTES[element.tag]
    assert needed <= element.attrib.keys() <= allowed.keys(), element.tag
    for name, value in element.attrib.items():
        assert allowed[name].fullmatch(value), (element.tag, name, value)
    tags = [child.tag for child in element]
    if element.tag == "testcase":
        assert len(tags) <= 1
        assert set(tags) <= OUTCOMES
    else:
        assert set(tags) <= CHILDREN.get(element.tag, set())
    assert "properties" not in tags[1:]
    for child in element:
        check(child)


def read(audit: Audit) -> ET.Element:
    root = ET.fromstring(junit(audit))
    assert root.tag == "testsuites"
    check(root)
    for suite in root:
        cases = suite.findall("testcase")
        kinds = [case[0].tag if len(case) else "" for case in cases]
        sums = [len(cases), *(kinds.count(kind) for kind in ("failure", "error", "skipped"))]
        assert [int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")] == sums
    for name in COUNTS:
        assert int(root.attrib[name]) == sum(int(suite.attrib[name]) for suite in root)
    return root


@pytest.mark.slow
def test_the_example_keeps_to_the_format(example: Path) -> None:
    taken = Book.open(example).audit(datetime(2026, 11, 1, tzinfo=UTC))
    root = read(taken)
    cases = [f"{case.attrib['classname']}.{case.attrib['name']}" for case in root.iter("testcase")]
    assert cases == [each.rule for each in taken.findings]


def test_every_outcome_is_what_a_build_takes_it_for() -> None:
    rows = ({"model": "a <b> & \x00\x1b[31m ‮"},) * 25
    outcomes = [
        finding("r.holds", 1.0),
        finding("r.fails", 0.5, severity="high", evidence=rows, rows_total=30),
        finding("r.crashed", None, outcome="error"),
        finding("r.unknown", None),
        finding("r.elsewhere", None, outcome="not_applicable"),
        finding("r.waived", 0.5, waived="Left out: agreed."),
        finding("t.crashed_and_waived", None, outcome="error", waived="Left out."),
    ]
    root = read(made(outcomes))
    told = {case.attrib["name"]: case for case in root.iter("testcase")}
    assert [case[0].tag if len(case) else "" for case in told.values()] == [
        "",
        "failure",
        "error",
        "skipped",
        "skipped",
        "skipped",
        "skipped",
    ]
    failure = told["fails"][0]
    assert failure.attrib["type"] == "high"
    assert failure.text is not None
    assert "Remedy: Repair r.fails." in failure.text
    assert "… and 10 more rows" in failure.text
    assert "a <b> & \ufffd" in failure.text, "control characters cannot stand in XML"
    assert failure.text.startswith("Rule r.fails holds: not so.")
    crash = told["crashed"][0]
    assert crash.text is not None
    assert crash.text.startswith("Rule r.crashed holds: could not be judged."), "a crash tells nothing of the platform"
    assert told["waived"][0].attrib["message"] == "Left out: agreed."
    assert [suite.attrib["name"] for suite in root] == ["r", "t"]
