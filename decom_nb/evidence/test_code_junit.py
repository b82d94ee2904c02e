"""Reads JUnit XML reports, as pytest, Maven, dotnet and most CI systems write them. `test_code_files.py` calls it.

A report that declares entities is refused: none needs any, and expanding them is an attack. Nothing outside the file is read.
"""

from __future__ import annotations

from datetime import datetime
from typing import IO
from xml.parsers import expat

from decom_nb.evidence.json_file import NotReadableError, moment
from decom_nb.evidence.test_code import Outcome, Report, ReportedCase

MAX_CASES = 200_000
"""How many cases of a report are kept."""

_CHUNK = 1 << 20
_OUTCOMES: dict[str, Outcome] = {"failure": "failed", "error": "error", "skipped": "skipped"}


def report(file: IO[bytes], path: str) -> tuple[Report, tuple[str, ...]]:
    """Read a report; with it comes what was odd in it. Raises `NotReadableError`."""
    reading = _Reading()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.EntityDeclHandler = _refuse
    parser.UnparsedEntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    try:
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise NotReadableError(f"not XML: {expat.ErrorString(error.code)}", error.lineno) from None
    except (ValueError, LookupError):
        raise NotReadableError("not XML in an encoding that can be read") from None
    if not reading.suites:
        raise NotReadableError("no JUnit report: it has no testsuite")
    odd = (f"only the first {MAX_CASES:,} cases are read",) if reading.more else ()
    return Report(path, min(reading.times, default=None), tuple(reading.cases)), odd


def _refuse(*_: object) -> int:
    raise NotReadableError("it declares entities, which no report needs, and is not read")


class _Reading:
    """A report on its way in: only attributes and the presence of failures are looked at, never their texts."""

    def __init__(self) -> None:
        self.cases: list[ReportedCase] = []
        self.times: list[datetime] = []
        self.suites = 0
        self.more = False
        self._suite: list[str] = []
        self._case: dict[str, str] | None = None
        self._outcome: Outcome = "passed"

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the beginning of an element."""
        if name == "testsuite":
            self.suites += 1
            self._suite.append(attributes.get("name", ""))
            if at := moment(attributes.get("timestamp")):
                self.times.append(at)
        elif name == "testcase":
            self._case, self._outcome = attributes, "passed"
        elif self._case is not None and name in _OUTCOMES and self._outcome == "passed":
            self._outcome = _OUTCOMES[name]

    def end(self, name: str) -> None:
        """Take in the end of an element."""
        if name == "testsuite" and self._suite:
            self._suite.pop()
        elif name == "testcase" and self._case is not None:
            told, self._case = self._case, None
            if len(self.cases) >= MAX_CASES:
                self.more = True
                return
            self.cases.append(
                ReportedCase(
                    suite=self._suite[-1] if self._suite else "",
                    classname=told.get("classname", told.get("class", "")),
                    name=told.get("name", ""),
                    file=told.get("file", ""),
                    outcome=self._outcome,
                    seconds=_seconds(told.get("time", "")),
                )
            )


def _seconds(text: str) -> float | None:
    """Give a duration; some write thousands with a comma.

    >>> _seconds("1,234.5"), _seconds("soon")
    (1234.5, None)
    """
    try:
        found = float(text.replace(",", ""))
    except ValueError:
        return None
    return found if 0 <= found < float("inf") else None
