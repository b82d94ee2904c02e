"""Reads what other tools leave behind: reports of pytest-benchmark, suites of Great Expectations and Soda, settings of pytest.

`test_code_files.py` calls it.
"""

from __future__ import annotations

import configparser
import re
import shlex
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from decom_nb.errors import InputError
from decom_nb.evidence.json_file import NotReadableError, mapping, moment, number, sequence, text, whole
from decom_nb.evidence.test_code import Benchmark, BenchmarkReport, ExpectationFile, PytestSettings
from decom_nb.yaml_text.file import parse

_SODA_TABLE = re.compile(r"^(?:checks|automated monitoring) for ", re.IGNORECASE)
_SODA_METRIC = re.compile(r"[a-z_]+")


def benchmark_report(content: Any, path: str) -> BenchmarkReport:
    """Read a report of pytest-benchmark; raises `NotReadableError`."""
    told = mapping(content)
    found = []
    for each in sequence(told.get("benchmarks")):
        stats = mapping(mapping(each).get("stats"))
        mean = number(stats.get("mean"))
        name = text(mapping(each).get("fullname")) or text(mapping(each).get("name"))
        if name and mean is not None:
            found.append(Benchmark(name, mean, number(stats.get("stddev")), whole(stats.get("rounds"))))
    if not found:
        raise NotReadableError("no report of pytest-benchmark: it measures nothing")
    commit = text(mapping(told.get("commit_info")).get("id"))
    return BenchmarkReport(path, moment(told.get("datetime")), tuple(found), commit)


def expectation_suite(content: Any, path: str) -> ExpectationFile:
    """Read a suite of Great Expectations, of any version; raises `NotReadableError`."""
    told = mapping(content)
    kinds = Counter(
        text(mapping(each).get("expectation_type")) or text(mapping(each).get("type"))
        for each in sequence(told.get("expectations"))
    )
    kinds.pop("", None)
    if not kinds:
        raise NotReadableError("a suite without expectations")
    name = text(told.get("expectation_suite_name")) or text(told.get("name")) or PurePosixPath(path).stem
    return ExpectationFile(path, "Great Expectations", name, dict(sorted(kinds.items())))


def soda_checks(data: bytes, path: str) -> ExpectationFile:
    """Read a checks file of Soda; raises `NotReadableError`."""
    try:
        told = mapping(parse(data, path, pass_repeated=True).root.plain())
    except InputError as error:
        raise NotReadableError(
            f"not YAML that can be read here: {error.mistakes[0].what}", error.mistakes[0].line
        ) from None
    kinds: Counter[str] = Counter()
    for key, checks in told.items():
        if _SODA_TABLE.match(str(key)):
            kinds.update(_soda_kind(each) for each in sequence(checks))
    if not kinds:
        raise NotReadableError("a checks file without checks")
    return ExpectationFile(path, "Soda", PurePosixPath(path).stem, dict(sorted(kinds.items())))


def _soda_kind(check: Any) -> str:
    """Give what a check measures: ``missing_count(email) = 0`` is a missing_count."""
    written = next(iter(check), "") if isinstance(check, Mapping) else check
    found = _SODA_METRIC.match(str(written).lower())
    return found[0] if found else "check"


def pytest_settings(data: bytes, path: str) -> PytestSettings | None:
    """Give what pyproject.toml, pytest.ini, tox.ini or setup.cfg say to pytest; nothing if they say nothing."""
    try:
        written = data.decode("utf-8")
    except UnicodeDecodeError:
        raise NotReadableError("not UTF-8 text") from None
    told: Mapping[str, Any] = {}
    if path.endswith(".toml"):
        try:
            tool = mapping(mapping(tomllib.loads(written)).get("tool"))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise NotReadableError(f"not TOML: {error}") from None
        told = mapping(mapping(tool.get("pytest")).get("ini_options")) or mapping(tool.get("pytest"))
    else:
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(written)
        except configparser.Error as error:
            raise NotReadableError(f"not a settings file: {str(error).splitlines()[0]}") from None
        section = next((each for each in ("pytest", "tool:pytest") if parser.has_section(each)), "")
        told = dict(parser.items(section)) if section else {}
    if not told:
        return None
    markers = (each.partition(":")[0].partition("(")[0].strip() for each in _listed(told.get("markers"), lines=True))
    return PytestSettings(path, _words(told.get("addopts")), _listed(told.get("testpaths")), tuple(markers))


def _words(told: Any) -> tuple[str, ...]:
    if isinstance(told, list):
        return tuple(map(str, told))
    try:
        return tuple(shlex.split(text(told), comments=True))
    except ValueError:
        return tuple(text(told).split())


def _listed(told: Any, *, lines: bool = False) -> tuple[str, ...]:
    if isinstance(told, list):
        return tuple(map(str, told))
    return tuple(each.strip() for each in (text(told).splitlines() if lines else text(told).split()) if each.strip())
