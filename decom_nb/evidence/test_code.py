"""What tests exist in repositories, and what reports say of their runs; nothing of it is ever imported or run.

Rules and measures ask for a `TestCode` under the name "test_code". Which layer of a test pyramid a test belongs to is not said
here: that is an opinion, and the testing room has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import ClassVar, Literal

Outcome = Literal["passed", "failed", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class CodeTest:
    """One test function or method.

    `cases` is how many sets of parameters it has at least: 1 where it has none, or where they are computed.
    """

    path: str
    name: str
    line: int
    cases: int = 1
    markers: tuple[str, ...] = ()
    fixtures: tuple[str, ...] = ()
    """What it asks for by argument: fixtures, and names of parameters."""
    golden: tuple[str, ...] = ()
    """Paths of golden data that stand in it as text."""
    skipped: bool = False
    """Whether it is marked to be skipped, whatever happens."""

    @property
    def function(self) -> str:
        """Its name without its class."""
        return self.name.rpartition("::")[2]


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A Python file with tests or fixtures in it."""

    path: str
    framework: Literal["pytest", "unittest"]
    tests: tuple[CodeTest, ...]
    fixtures: tuple[str, ...] = ()
    """The fixtures that it defines."""
    imports: tuple[str, ...] = ()
    """The modules that it imports, by their full names."""


@dataclass(frozen=True, slots=True)
class ReportedCase:
    """One case of a JUnit report, parameters and all."""

    suite: str
    classname: str
    name: str
    file: str
    outcome: Outcome
    seconds: float | None

    @property
    def test(self) -> tuple[str, str]:
        """What tells the test apart from others: its class and its name without the parameters in brackets."""
        return self.classname, self.name.partition("[")[0]


@dataclass(frozen=True, slots=True)
class Report:
    """A JUnit report: one run of some tests. `at` is when its first suite began, in UTC, if it says so."""

    path: str
    at: datetime | None
    cases: tuple[ReportedCase, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many cases there were by outcome."""
        found: dict[str, int] = {}
        for case in self.cases:
            found[case.outcome] = found.get(case.outcome, 0) + 1
        return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class GoldenFile:
    """A file of data that a result is compared with; `of` says whose it is: tests, or dbt unit tests."""

    path: str
    of: Literal["tests", "dbt unit tests"]
    bytes: int


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One measured function in a report of pytest-benchmark; seconds."""

    name: str
    mean: float
    stddev: float | None
    rounds: int | None


@dataclass(frozen=True, slots=True)
class BenchmarkReport:
    """A report of pytest-benchmark: one run of some benchmarks."""

    path: str
    at: datetime | None
    benchmarks: tuple[Benchmark, ...]
    commit: str = ""


@dataclass(frozen=True, slots=True)
class ExpectationFile:
    """A suite of Great Expectations or a checks file of Soda: how many checks it holds, by kind."""

    path: str
    tool: Literal["Great Expectations", "Soda"]
    name: str
    checks: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many checks there are."""
        return sum(self.checks.values())


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts a job: pull_request, push, tag, release, schedule (with its cron line), manual, call or merge_queue."""

    on: str
    cron: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """One line of a job that runs tests: the program that does it, and the words behind it."""

    tool: str
    words: tuple[str, ...]
    line: str


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a CI workflow: when it starts, and which of its lines run tests."""

    name: str
    triggers: tuple[Trigger, ...]
    commands: tuple[Command, ...]
    services: tuple[str, ...] = ()
    """Databases and the like that it starts beside itself."""
    environment: str = ""
    optional: bool = False
    """Whether its failure stops nothing (``continue-on-error``, ``allow_failure``)."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """A CI workflow file."""

    path: str
    system: Literal["GitHub Actions", "GitLab CI"]
    name: str
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class PytestSettings:
    """What a repository tells pytest to do by itself: options that are always added, and markers that it knows."""

    path: str
    addopts: tuple[str, ...]
    testpaths: tuple[str, ...]
    markers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceCode:
    """How much other code lies in one folder tree: number of files, by their endings.

    `whole` tells whether the top of a repository is among them, and not only some folder of it, such as its build.
    """

    path: str
    files: Mapping[str, int]
    whole: bool


@dataclass(frozen=True)
class TestCode:
    """Everything that was found of tests, each kind by path (reports by time)."""

    __test__: ClassVar[bool] = False  # or pytest takes it for a test

    files: tuple[CodeFile, ...] = ()
    reports: tuple[Report, ...] = ()
    golden: tuple[GoldenFile, ...] = ()
    benchmarks: tuple[BenchmarkReport, ...] = ()
    expectations: tuple[ExpectationFile, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    settings: tuple[PytestSettings, ...] = ()
    sources: tuple[SourceCode, ...] = ()

    @cached_property
    def tests(self) -> tuple[CodeTest, ...]:
        """All test functions, by file and line."""
        return tuple(test for file in self.files for test in file.tests)

    @property
    def repository(self) -> bool:
        """Whether some repository was seen: its code, its tests or its workflows, and not only reports of runs."""
        return bool(self.files or self.workflows or self.settings or any(each.whole for each in self.sources))

    @cached_property
    def latest(self) -> Mapping[tuple[str, str], tuple[ReportedCase, datetime | None]]:
        """What each test came to in the newest report that has it, and when; of several parameter sets the worst."""
        found: dict[tuple[str, str], tuple[ReportedCase, datetime | None]] = {}
        for report in self.reports:
            of_this: dict[tuple[str, str], ReportedCase] = {}
            for case in report.cases:
                before = of_this.get(case.test)
                if before is None or _BADNESS[case.outcome] > _BADNESS[before.outcome]:
                    of_this[case.test] = case
            found.update({test: (case, report.at) for test, case in of_this.items()})
        return found


_BADNESS: Mapping[Outcome, int] = {"skipped": 0, "passed": 1, "failed": 2, "error": 3}
