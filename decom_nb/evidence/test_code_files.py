"""Recognises what belongs to tests in a repository or its reports, and reads it into one `TestCode`.

A repository may be pointed at as a whole: what is not about tests is source code, and is summed up by folder rather than listed.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from decom_nb.evidence import files, json_file, test_code_junit, test_code_python, test_code_suite, test_code_workflow
from decom_nb.evidence.json_file import NotReadableError
from decom_nb.evidence.source import Found, Problem, Source, SourceFile, source_of
from decom_nb.evidence.test_code import (
    BenchmarkReport,
    CodeFile,
    ExpectationFile,
    GoldenFile,
    PytestSettings,
    Report,
    SourceCode,
    TestCode,
    Workflow,
)

TESTS = "test files"
REPORTS = "JUnit reports"
GOLDEN = "golden data"
BENCHMARKS = "benchmark reports"
EXPECTATIONS = "expectation suites"
WORKFLOWS = "CI workflows"
SETTINGS = "pytest settings"
CODE = "source code"

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_MARKS_OF_A_REPOSITORY = (
    ".git", ".github", ".gitlab-ci.yml", "pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "pytest.ini",
    "requirements.txt", "dbt_project.yml", "package.json",
)  # fmt: skip
_CODE_ENDINGS = frozenset(
    {
        ".bash", ".bat", ".c", ".cfg", ".cpp", ".css", ".go", ".gradle", ".h", ".html", ".ini", ".ipynb", ".j2", ".java",
        ".jinja", ".jinja2", ".js", ".jsx", ".kt", ".lock", ".md", ".properties", ".proto", ".ps1", ".pyi", ".r", ".rs",
        ".rst", ".scala", ".sh", ".sql", ".tf", ".tfvars", ".toml", ".ts", ".tsx", ".typed", ".txt", ".yaml", ".yml",
    }
)  # fmt: skip
_CODE_NAMES = frozenset(
    {"CODEOWNERS", "Dockerfile", "Jenkinsfile", "LICENSE", "Makefile", "NOTICE", "Procfile", "justfile"}
)
_GOLDEN_ENDINGS = frozenset(
    {
        ".ambr", ".arrow", ".avro", ".csv", ".gz", ".json", ".jsonl", ".ndjson", ".parquet", ".sql", ".tsv", ".txt",
        ".xml", ".yaml", ".yml",
    }
)  # fmt: skip
_NOT_THEIRS = frozenset({"dbt_packages", "dbt_modules", "site-packages", "node_modules", "vendor"})
"""Folders of what others wrote: its tests are not the client's."""
_HIGHEST = 40
"""How many folders up a repository is looked for."""
_ENGAGEMENT = "engagement.yaml"

_TEST = re.compile(rb"^[ \t]*(?:async[ \t]+)?def[ \t]+test|^[ \t]*class[ \t]+Test|@(?:pytest\.)?fixture", re.MULTILINE)
_JUNIT = re.compile(rb"<testsuites?[\s>/]")
_GITHUB = re.compile(rb"^(?:on|\"on\"|'on')[ \t]*:", re.MULTILINE)
_JOBS = re.compile(rb"^jobs[ \t]*:", re.MULTILINE)
_GITLAB = re.compile(rb"^[ \t]+(?:- )?script[ \t]*:", re.MULTILINE)
_STAGES = re.compile(rb"^(?:stages|include|workflow|default|image)[ \t]*:", re.MULTILINE)
_GREAT_EXPECTATIONS = re.compile(rb"\"(?:expectation_type|type)\"\s*:\s*\"expect_")
_SODA = re.compile(rb"^(?:checks|automated monitoring) for ", re.MULTILINE | re.IGNORECASE)
_PYTEST = re.compile(rb"^\[(?:tool\.pytest(?:\.ini_options)?|tool:pytest|pytest)\]", re.MULTILINE)


class TestCodeFiles:
    """The collector."""

    __test__ = False  # or pytest takes it for a test

    name = "test_code"
    words = "a repository with tests, or reports of their runs (pytest, JUnit, CI workflows)"
    kinds: tuple[str, ...] = (TESTS, REPORTS, GOLDEN, BENCHMARKS, EXPECTATIONS, WORKFLOWS, SETTINGS, CODE)
    rest = CODE
    """What a file is taken as that lies in a folder which somebody gave as this collector's, and is nothing else."""

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise tests and reports by their content, golden data and source code by where they lie and their ending."""
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        ending = path.suffix.lower()
        if ending == ".py":
            return TESTS if _TEST.search(head) and not _NOT_THEIRS & set(path.parts) else CODE
        if ending in (".toml", ".ini", ".cfg"):
            return SETTINGS if _PYTEST.search(head) else _code(path)
        if start.startswith(b"<"):
            return REPORTS if _JUNIT.search(head) else _code(path)
        if _is_golden(path):
            return GOLDEN
        if start.startswith((b"{", b"[")):
            if b'"machine_info"' in head and (b'"commit_info"' in head or b'"benchmarks"' in head):
                return BENCHMARKS
            return EXPECTATIONS if b'"expectations"' in head and _GREAT_EXPECTATIONS.search(head) else _code(path)
        if ending in (".yml", ".yaml"):
            return _workflow(path, head) or (EXPECTATIONS if _SODA.search(head) else _code(path))
        return _code(path)

    def identify(self, path: Path) -> tuple[str, str]:
        """Give the SHA-256: two equal files of a repository are two files, and equal reports are told apart here."""
        return files.sha256(path), ""

    def read(self, found: Sequence[Found]) -> tuple[TestCode | None, tuple[Source, ...]]:
        """Read all files; one that cannot be read is a problem, and the others count."""
        reading = _Reading()
        for file in sorted(found, key=lambda each: each.shown):
            reading.take(file)
        return reading.value(), reading.sources()


TEST_CODE = TestCodeFiles()


class _Reading:
    """Files on their way into a `TestCode`."""

    def __init__(self) -> None:
        self._read: dict[str, list[Any]] = {kind: [] for kind in TestCodeFiles.kinds}
        self._listed: dict[str, list[SourceFile]] = {kind: [] for kind in TestCodeFiles.kinds}
        self._problems: dict[str, list[Problem]] = {kind: [] for kind in TestCodeFiles.kinds}
        self._code: dict[str, list[Found]] = {}
        self._loose: list[Found] = []
        self._seen: dict[tuple[str, str], str] = {}

    def take(self, file: Found) -> None:
        """Read one file, unless one of the same content has been read."""
        if file.kind == CODE:
            self._pile(file)
            return
        told: dict[str, Any] = {"path": file.shown, "kind": file.kind, "sha256": file.sha256, "bytes": file.bytes}
        first = self._seen.setdefault((file.kind, file.sha256), file.shown)
        if first != file.shown and file.kind != GOLDEN:
            self._listed[file.kind].append(SourceFile(**told, note=f"the same content as {first}, read once"))
            return
        try:
            value, rows, counts, at = _READERS[file.kind](self, file)
        except (NotReadableError, *files.DAMAGED) as error:
            what = error.what if isinstance(error, NotReadableError) else files.why(error)
            line = error.line if isinstance(error, NotReadableError) else 0
            self._listed[file.kind].append(SourceFile(**told, note=what))
            self._problems[file.kind].append(Problem(path=file.shown, line=line, what=f"left out: {what}"))
            return
        if value is None:  # it looked like one, and is plain code
            self._pile(file)
            return
        self._read[file.kind].append(value)
        self._listed[file.kind].append(SourceFile(**told, rows=rows, counts=counts, as_of=at))

    def _pile(self, file: Found) -> None:
        """Put code with the rest of its repository; what lies in none is one pile."""
        root = _repository(file.path.parent)
        shown = PurePosixPath(file.shown).parent
        if root is None:
            self._loose.append(file)
            return
        for _ in file.path.parent.relative_to(root).parts:
            shown = shown.parent
        self._code.setdefault(str(shown), []).append(file)

    @cached_property
    def _trees(self) -> list[tuple[str, list[Found]]]:
        """All code that was piled up, by folder."""
        trees = dict(self._code)
        if self._loose:
            folders = [PurePosixPath(file.shown).parent.as_posix() for file in self._loose]
            above = posixpath.commonpath(folders) if len({each.startswith("/") for each in folders}) == 1 else "."
            trees.setdefault(above or ".", []).extend(self._loose)
        return sorted(trees.items())

    def value(self) -> TestCode | None:
        """Give what was read; after this nothing more can be taken."""
        read = TestCode(
            files=tuple(self._read[TESTS]),
            reports=tuple(sorted(self._read[REPORTS], key=lambda each: (each.at or _EARLIEST, each.path))),
            golden=tuple(self._read[GOLDEN]),
            benchmarks=tuple(sorted(self._read[BENCHMARKS], key=lambda each: (each.at or _EARLIEST, each.path))),
            expectations=tuple(self._read[EXPECTATIONS]),
            workflows=test_code_workflow.with_callers(self._read[WORKFLOWS]),
            settings=tuple(self._read[SETTINGS]),
            sources=tuple(
                SourceCode(top, _endings(found), any(file.path.name in _MARKS_OF_A_REPOSITORY for file in found))
                for top, found in self._trees
            ),
        )
        return None if read == TestCode() else read

    def sources(self) -> tuple[Source, ...]:
        """Give a source for each kind that has files; source code is one line for each folder tree."""
        self._listed[CODE] = [_summed(top, found) for top, found in self._trees]
        totals = {CODE: {"files": sum(len(found) for _, found in self._trees)}}
        return tuple(
            source_of(kind, listed, self._problems[kind], totals=totals.get(kind))
            for kind, listed in self._listed.items()
            if listed
        )

    def tests(self, file: Found) -> tuple[CodeFile | None, int, dict[str, int], datetime | None]:
        """Read a Python file."""
        read = test_code_python.code_file(_bytes(file, test_code_python.MAX_BYTES), file.shown)
        count = len(read.tests) if read else 0
        return read, count, {"tests": count, "fixtures": len(read.fixtures)} if read else {}, None

    def report(self, file: Found) -> tuple[Report, int, dict[str, int], datetime | None]:
        """Read a JUnit report."""
        with files.opened(file.path) as opened:
            read, odd = test_code_junit.report(opened, file.shown)
        self._problems[REPORTS].extend(Problem(path=file.shown, what=each) for each in odd)
        return read, len(read.cases), dict(read.counts), read.at

    def golden(self, file: Found) -> tuple[GoldenFile, int, dict[str, int], datetime | None]:
        """Take note of golden data."""
        of_dbt = _repository(file.path.parent, ("dbt_project.yml",)) is not None and "fixtures" in file.path.parts
        return GoldenFile(file.shown, "dbt unit tests" if of_dbt else "tests", file.bytes), 1, {}, None

    def benchmarks(self, file: Found) -> tuple[BenchmarkReport, int, dict[str, int], datetime | None]:
        """Read a report of pytest-benchmark."""
        read = test_code_suite.benchmark_report(json_file.load(file.path), file.shown)
        return read, len(read.benchmarks), {}, read.at

    def expectations(self, file: Found) -> tuple[ExpectationFile, int, dict[str, int], datetime | None]:
        """Read a suite of Great Expectations or Soda."""
        if file.path.suffix.lower() in (".yml", ".yaml"):
            read = test_code_suite.soda_checks(_bytes(file), file.shown)
        else:
            read = test_code_suite.expectation_suite(json_file.load(file.path), file.shown)
        return read, read.total, dict(read.checks), None

    def workflow(self, file: Found) -> tuple[Workflow, int, dict[str, int], datetime | None]:
        """Read a CI workflow."""
        data = _bytes(file)
        at_github = ".github" in file.path.parts or bool(_GITHUB.search(data) and _JOBS.search(data))
        read = (test_code_workflow.github if at_github else test_code_workflow.gitlab)(data, file.shown)
        running = sum(bool(job.commands) for job in read.jobs)
        return read, len(read.jobs), {"jobs": len(read.jobs), "jobs that run tests": running}, None

    def settings(self, file: Found) -> tuple[PytestSettings | None, int, dict[str, int], datetime | None]:
        """Read what pytest is told."""
        return test_code_suite.pytest_settings(_bytes(file), file.shown), 1, {}, None


_Reader = Callable[[_Reading, Found], tuple[Any, int, dict[str, int], datetime | None]]
_READERS: dict[str, _Reader] = {
    TESTS: _Reading.tests,
    REPORTS: _Reading.report,
    GOLDEN: _Reading.golden,
    BENCHMARKS: _Reading.benchmarks,
    EXPECTATIONS: _Reading.expectations,
    WORKFLOWS: _Reading.workflow,
    SETTINGS: _Reading.settings,
}


def _bytes(file: Found, limit: int = 1 << 24) -> bytes:
    with files.opened(file.path) as opened:
        return opened.read(limit + 1)


def _endings(found: Sequence[Found]) -> dict[str, int]:
    return dict(sorted(Counter(PurePosixPath(file.shown).suffix or "other" for file in found).items()))


def _summed(top: str, found: Sequence[Found]) -> SourceFile:
    """Give one line for all code of a folder tree: its hash is that of all paths and hashes."""
    digest = hashlib.sha256()
    for file in found:
        digest.update(f"{file.shown}\0{file.sha256}\n".encode())
    return SourceFile(
        path=top,
        kind=CODE,
        sha256=digest.hexdigest(),
        bytes=sum(file.bytes for file in found),
        rows=len(found),
        counts=_endings(found),
        note="summed up: its hash is that of all its files",
    )


@lru_cache(4096)
def _repository(folder: Path, marks: tuple[str, ...] = _MARKS_OF_A_REPOSITORY) -> Path | None:
    """Give the nearest folder at or above this one that looks like the top of a repository.

    An engagement's folder is never taken for one, nor is what lies above it.
    """
    for each in (folder, *folder.parents)[:_HIGHEST]:
        if (each / _ENGAGEMENT).exists():
            return None
        if any((each / mark).exists() for mark in marks):
            return each
    return None


def _code(path: Path) -> str:
    known = path.suffix.lower() in _CODE_ENDINGS or path.name in _CODE_NAMES
    return CODE if known and _repository(path.parent) is not None else ""


def _is_golden(path: Path) -> bool:
    """Tell golden data by where it lies: a folder of that name, below one of tests unless it is called golden itself."""
    if path.suffix.lower() not in _GOLDEN_ENDINGS:
        return False
    folders = [part.lower() for part in _below_engagement(path.parent)]
    tests = next((at for at, part in enumerate(folders) if part in ("test", "tests", "testing", "unit_tests")), None)
    if any(part in ("golden", "goldens", "golden_data", "golden_files") for part in folders):
        return True
    if tests is None:
        return False
    below = folders[tests + 1 :]
    return any(part in test_code_python.GOLDEN_FOLDERS for part in below) or (
        "fixtures" in below and _repository(path.parent, ("dbt_project.yml",)) is not None
    )


@lru_cache(4096)
def _below_engagement(folder: Path) -> tuple[str, ...]:
    """Give the names of the folders down to this one, from the engagement's where it lies in one."""
    for up, each in enumerate((folder, *folder.parents)[:_HIGHEST]):
        if (each / _ENGAGEMENT).exists():
            return folder.parts[len(folder.parts) - up :] if up else ()
    return folder.parts


def _workflow(path: Path, head: bytes) -> str:
    if path.parent.name == "workflows" and path.parent.parent.name == ".github":
        return WORKFLOWS
    if path.name in (".gitlab-ci.yml", ".gitlab-ci.yaml") or (_GITHUB.search(head) and _JOBS.search(head)):
        return WORKFLOWS
    return WORKFLOWS if _GITLAB.search(head) and _STAGES.search(head) else ""
