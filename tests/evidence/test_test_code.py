"""Tests found in a repository, and reports of their runs: recognised by content, read without being run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from decom_nb.evidence.collect import collect
from decom_nb.evidence.source import Evidence, Pointer
from decom_nb.evidence.test_code import TestCode, Trigger

PYTEST = """
import pytest

pytestmark = pytest.mark.integration

raise RuntimeError("whoever imports this sees it")


@pytest.fixture
def warehouse():
    return 1


@pytest.mark.parametrize("a", [1, 2, 3])
@pytest.mark.parametrize("b", ["x", "y"])
def test_pairs(warehouse, a, b):
    assert a


@pytest.mark.parametrize("a", range(9))
@pytest.mark.slow
def test_computed(a):
    assert open("tests/golden/orders.csv")


class TestOrders:
    @pytest.mark.skip(reason="later")
    def test_sum(self, benchmark):
        pass

    def helper(self):
        pass


class TestNot:
    __test__ = False

    def test_nothing(self):
        pass
"""

JUNIT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" tests="4" timestamp="{at}">
<testcase classname="tests.test_orders" name="test_pairs[x-1]" time="0.010"/>
<testcase classname="tests.test_orders" name="test_pairs[x-2]" time="0.5"><failure message="no">text</failure></testcase>
<testcase classname="tests.test_orders" name="test_sum" time="0.0"><skipped/></testcase>
<testcase classname="tests.e2e.test_flow" name="test_flow" time="1,000.5"/>
</testsuite></testsuites>
"""

GITHUB = """
name: tests
on:
  pull_request:
  push: {branches: [main]}
  schedule:
    - cron: "0 3 * * *"
env: {TOKEN: secret}
jobs:
  unit:
    runs-on: ubuntu-latest
    services: {postgres: {image: "postgres:16"}}
    steps:
      - uses: actions/checkout@v4
      - run: pip install pytest dbt-core
      - run: |
          poetry run pytest tests/unit \\
            -m "not slow" && dbt build --target ci
      - run: python -m pytest tests/e2e --password hunter2
        if: github.event_name == 'schedule'
  deploy:
    if: github.event_name != 'pull_request'
    runs-on: ubuntu-latest
    steps: [{run: make deploy}]
  shared:
    uses: ./.github/workflows/shared.yml
"""

SHARED = """
on: workflow_call
jobs:
  check:
    runs-on: ubuntu-latest
    steps: [{run: tox -e py311}]
"""

GITLAB = """
stages: [test]
.base: &base
  before_script: [pip install -r requirements.txt]
unit:
  stage: test
  script: [!reference [.base, before_script], pytest -q]
nightly:
  extends: .base
  script: soda scan -d warehouse checks.yml
  allow_failure: true
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
    - if: $CI_COMMIT_TAG
"""


def read(folder: Path, files: dict[str, str], kind: str = "") -> Evidence:
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8")
    return collect([Pointer(str(folder), kind)], folder)


def code(evidence: Evidence) -> TestCode:
    value: TestCode = evidence.values["test_code"]
    return value


def test_tests_are_found_by_their_syntax_and_never_run(tmp_path: Path) -> None:
    found = code(read(tmp_path, {"test_orders.py": PYTEST}))
    assert [(each.name, each.cases, each.markers) for each in found.tests] == [
        ("test_pairs", 6, ("integration",)),
        ("test_computed", 1, ("integration", "slow")),
        ("TestOrders::test_sum", 1, ("integration", "skip")),
    ]
    assert found.files[0].fixtures == ("warehouse",)
    assert found.tests[1].golden == ("tests/golden/orders.csv",)
    assert found.tests[2].skipped
    assert "benchmark" in found.tests[2].fixtures


@pytest.mark.parametrize(
    ("body", "golden"),
    [
        ('read(HERE / "golden" / "orders.csv")', ("golden",)),
        ('read("data\\\\expected\\\\orders.csv")', ("data\\expected\\orders.csv",)),
        ('minimize(f, method="golden")', ()),
        ('expected = "a/b"', ()),
    ],
)
def test_golden_data_is_a_path_and_not_a_word(tmp_path: Path, body: str, golden: tuple[str, ...]) -> None:
    found = code(read(tmp_path, {"test_a.py": f"def test_a():\n    {body}\n"}))
    assert found.tests[0].golden == golden


def test_test_cases_of_unittest_count_and_plain_code_with_the_word_does_not(tmp_path: Path) -> None:
    unittest = "import unittest\nclass Orders(unittest.TestCase):\n    def test_a(self): pass\n"
    evidence = read(tmp_path, {"orders.py": unittest, "probe.py": "def test_connection(): pass\n"})
    found = code(evidence)
    assert [(file.path, file.framework) for file in found.files] == [("orders.py", "unittest")]
    assert sum(each.rows for each in evidence.sources if each.kind == "source code") == 1


def test_a_junit_report_gives_each_test_its_worst_outcome_and_its_time(tmp_path: Path) -> None:
    found = code(read(tmp_path, {"a.xml": JUNIT.format(at="2026-10-01T06:00:00+02:00")}))
    (report,) = found.reports
    assert report.at is not None
    assert report.at.isoformat() == "2026-10-01T04:00:00+00:00"
    assert report.counts == {"failed": 1, "passed": 2, "skipped": 1}
    assert found.latest["tests.test_orders", "test_pairs"][0].outcome == "failed"
    assert report.cases[3].seconds == 1000.5
    assert not found.repository


def test_the_newest_report_counts_and_an_equal_one_is_read_once(tmp_path: Path) -> None:
    later = JUNIT.format(at="2026-10-02T06:00:00Z").replace('<failure message="no">text</failure>', "")
    evidence = read(
        tmp_path,
        {
            "b.xml": JUNIT.format(at="2026-10-01T06:00:00Z"),
            "c.xml": JUNIT.format(at="2026-10-01T06:00:00Z"),
            "a.xml": later,
        },
    )
    found = code(evidence)
    assert len(found.reports) == 2
    assert found.latest["tests.test_orders", "test_pairs"][0].outcome == "passed"
    (source,) = [each for each in evidence.sources if each.kind == "JUnit reports"]
    assert [file.note for file in source.files] == ["", "", "the same content as b.xml, read once"]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]><testsuite><testcase name="&x;"/></testsuite>', "it declares entities"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite name="&x;"/>', "it declares entities"),
        ("<testsuite><testcase></testsuite>", "not XML: mismatched tag"),
        ("<testsuites></testsuites>", "no JUnit report"),
        ('<?xml version="1.0" encoding="made-up"?><testsuite/>', "not XML"),
    ],
)
def test_a_report_that_cannot_be_trusted_is_a_problem_and_stops_nothing(
    tmp_path: Path, written: str, told: str
) -> None:
    evidence = read(tmp_path, {"bad.xml": written, "good.xml": JUNIT.format(at="2026-10-01T06:00:00Z")})
    (source,) = [each for each in evidence.sources if each.kind == "JUnit reports"]
    assert source.problems_total == 1
    assert told in source.problems[0].what
    assert len(code(evidence).reports) == 1


def test_a_github_workflow_tells_what_runs_when(tmp_path: Path) -> None:
    files = {".github/workflows/ci.yml": GITHUB, ".github/workflows/shared.yml": SHARED, ".github/ISSUE.md": "x"}
    evidence = read(tmp_path, files)
    by_name = {(job.name, len(job.triggers)): job for each in code(evidence).workflows for job in each.jobs}
    daily = Trigger("schedule", "0 3 * * *")
    unit = by_name["unit", 3]
    assert unit.triggers == (Trigger("pull_request"), Trigger("push"), daily)
    assert [(each.tool, each.words) for each in unit.commands] == [
        ("pytest", ("tests/unit", "-m", "not slow")),
        ("dbt", ("build", "--target", "ci")),
    ]
    assert unit.services == ("postgres",)
    (nightly,) = [job for job in by_name.values() if job.name == "unit" and job is not unit]
    assert nightly.triggers == (daily,)
    assert "hunter2" not in nightly.commands[0].line
    assert {each.on for each in by_name["deploy", 2].triggers} == {"push", "schedule"}
    assert not by_name["deploy", 2].commands
    (check,) = [job for job in by_name.values() if job.name == "check"]
    assert daily in check.triggers  # which the workflow that calls it has
    assert not [each for each in evidence.sources if each.kind == "unrecognised"]


def test_a_gitlab_pipeline_is_read_with_what_it_extends(tmp_path: Path) -> None:
    (workflow,) = code(read(tmp_path, {".gitlab-ci.yml": GITLAB})).workflows
    unit, nightly = workflow.jobs
    assert [each.on for each in unit.triggers] == ["push", "tag"]
    assert unit.commands[0].tool == "pytest"
    assert [each.on for each in nightly.triggers] == ["schedule", "tag"]
    assert nightly.commands[0].tool == "soda"
    assert nightly.optional


def test_suites_and_benchmarks_of_other_tools_are_counted(tmp_path: Path) -> None:
    expectations = {
        "expectation_suite_name": "orders",
        "expectations": [{"expectation_type": "expect_column_to_exist"}],
    }
    benchmark = {
        "machine_info": {"node": "x"},
        "commit_info": {"id": "abc"},
        "benchmarks": [{"fullname": "tests/b.py::test_load", "stats": {"mean": 0.5, "stddev": 0.1, "rounds": 5}}],
        "datetime": "2026-10-01T06:00:00+00:00",
    }
    found = code(
        read(
            tmp_path,
            {
                "suite.json": json.dumps(expectations),
                "checks.yml": "checks for orders:\n  - row_count > 0\n  - missing_count(id) = 0:\n      name: no gaps\n",
                "bench.json": json.dumps(benchmark),
            },
        )
    )
    assert {each.tool: dict(each.checks) for each in found.expectations} == {
        "Soda": {"missing_count": 1, "row_count": 1},
        "Great Expectations": {"expect_column_to_exist": 1},
    }
    assert found.benchmarks[0].benchmarks[0].mean == 0.5
    assert found.benchmarks[0].commit == "abc"


def test_a_whole_repository_is_summed_up_and_not_listed(tmp_path: Path) -> None:
    files: dict[str, str] = {
        "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-m \"not slow\"'\nmarkers = ['slow: long']\n",
        "src/__init__.py": "",
        "tests/test_a.py": "def test_a(): pass\n",
        "tests/golden/out.csv": "a\n1\n",
        "node_modules/x/index.js": "x",
        "logo.svg": "<svg/>",
        **{f"src/m{number}.py": f"x = {number}\n" for number in range(300)},
        **{f"src/q{number}.sql": "SELECT 1\n" for number in range(3)},
    }
    evidence = read(tmp_path, files, "test_code")
    assert {each.kind: each.rows for each in evidence.sources} == {
        "test files": 1,
        "golden data": 1,
        "pytest settings": 1,
        "source code": 304,
    }
    (sources,) = [each for each in evidence.sources if each.kind == "source code"]
    assert [file.path for file in sources.files] == ["."]
    found = code(evidence)
    assert found.settings[0].addopts == ("-m", "not slow")
    assert found.settings[0].markers == ("slow",)
    assert found.repository


def test_some_scripts_beside_other_evidence_are_no_repository(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")  # of whatever lies around the engagement
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "engagement.yaml").write_text("", encoding="utf-8")
    evidence = read(
        tmp_path / "acme" / "evidence", {"load.py": "x = 1\n", "notes.txt": "hello\n", "more.sql": "SELECT 1\n"}
    )
    assert not code(evidence).repository
    assert {each.kind: len(each.files) for each in evidence.sources} == {"source code": 1, "unrecognised": 2}


@pytest.mark.parametrize("content", ["def test(:\n", "x = '\\0'\0", "(" * 5000])
def test_broken_python_is_a_problem(tmp_path: Path, content: Any) -> None:
    evidence = read(tmp_path, {"test_bad.py": f"import pytest\ndef test_a(): pass\n{content}"})
    (source,) = evidence.sources
    assert source.problems_total == 1
