"""An audit as SARIF 2.1.0 (Static Analysis Results Interchange Format, an OASIS standard), for code scanning and editors.

A result is a violating row where a rule's rows are violations, else a finding. What is waived is there, suppressed; what is
fine or not known is not: viewers show every result as something to repair. Every result has a place in a file, for code
scanning refuses those without: what its row names, else the first thing that its rule read, else the engagement itself.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from decom_nb.audit import Audit
from decom_nb.finding import Finding, Severity, row_fingerprint

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Final[dict[Severity, str]] = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
RANKS: Final[dict[Severity, float]] = {"critical": 100.0, "high": 75.0, "medium": 50.0, "low": 25.0}
FINGERPRINT: Final = "decomRow/v1"
_PATHS: Final = ("path", "file", "file_path", "current_file_path")
_LINES: Final = ("line", "lineno")
_ENGAGEMENT: Final = "engagement.yaml"


def sarif(audit: Audit) -> bytes:
    """Give the audit as a SARIF log of one run."""
    rules = [_rule(audit, each) for each in audit.findings]
    places = {each.rule: place for place, each in enumerate(audit.findings)}
    shown = [each for each in audit.findings if each.outcome == "false"]
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "decom_nb",
                        "version": audit.versions.get("decom_nb", ""),
                        "shortDescription": {"text": "Assessment of a data platform"},
                        "rules": rules,
                    }
                },
                "automationDetails": {"id": f"decom/{audit.engagement.name}/{audit.id}"},
                "invocations": [_invocation(audit, places)],
                "columnKind": "unicodeCodePoints",
                "results": [result for each in shown for result in _results(each, places[each.rule])],
            }
        ],
    }
    return (json.dumps(log, indent=1, ensure_ascii=False) + "\n").encode()


def _rule(audit: Audit, finding: Finding) -> dict[str, Any]:
    version = audit.rules.get(finding.rule)
    said = [part for part in (version and version.because, version and version.how) if part]
    remedy = f"Remedy: {finding.remedy}" if finding.remedy else ""
    text = "\n\n".join([*said, *([remedy] if remedy else [])]) or finding.title
    made: dict[str, Any] = {
        "id": finding.rule,
        "name": "".join(word.title() for word in finding.rule.replace(".", "_").split("_")),
        "shortDescription": {"text": f"{finding.title}."},
        "fullDescription": {"text": said[0] if said else f"{finding.title}."},
        "help": {"text": text},
        "defaultConfiguration": {"level": LEVELS[finding.severity], "rank": RANKS[finding.severity]},
        "properties": {"tags": [finding.phase], "severity": finding.severity, "effort": finding.effort},
    }
    if version and version.formerly:
        made["deprecatedIds"] = list(version.formerly)
    return made


def _invocation(audit: Audit, places: Mapping[str, int]) -> dict[str, Any]:
    """Say when the run was and which rules crashed: those are no results, they are failures of the tool."""
    crashed = [each for each in audit.findings if each.outcome == "error"]
    return {
        "executionSuccessful": not crashed,
        "endTimeUtc": f"{audit.taken_at:%Y-%m-%dT%H:%M:%SZ}",
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {"text": each.message},
                "associatedRule": {"id": each.rule, "index": places[each.rule]},
            }
            for each in crashed
        ],
    }


def _results(finding: Finding, place: int) -> Iterator[dict[str, Any]]:
    rows = list(finding.evidence) if finding.identified_by else []
    if not rows:
        yield _result(finding, place, finding.message, row_fingerprint({}, ()), {})
        return
    counted: dict[str, int] = {}
    for row in rows:
        print_ = row_fingerprint(row, finding.identified_by)
        counted[print_] = counted.get(print_, 0) + 1
        if counted[print_] == 1:  # what has the same identity is the same violation
            said = ", ".join(f"{name} {row[name]}" for name in finding.identified_by if row.get(name) not in (None, ""))
            yield _result(finding, place, f"{finding.title}: not so for {said or 'a row'}.", print_, row)
    if (cut := finding.rows_total - len(rows)) > 0:
        said = f"{finding.title}: not so for {cut} more rows, which the audit does not keep."
        yield _result(finding, place, said, f"{row_fingerprint({}, ())}:more", {})


def _result(finding: Finding, place: int, message: str, fingerprint: str, row: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": place,
        "kind": "fail",
        "level": LEVELS[finding.severity],
        "rank": RANKS[finding.severity],
        "message": {"text": message},
        "partialFingerprints": {FINGERPRINT: fingerprint},
        "locations": [_location(row, finding)],
    }
    if finding.points:
        made["properties"] = {"dimension": finding.points.dimension, "gain": finding.points.if_fixed}
    if finding.waived:
        made["suppressions"] = [{"kind": "external", "status": "accepted", "justification": finding.waived}]
    return made


def _location(row: Mapping[str, Any], finding: Finding) -> dict[str, Any]:
    """Give where a result points to: the file that a column of its row names, with the line if another does.

    Where none does, it is the first source of the finding, and without any `engagement.yaml`; line 1 stands for a whole file.
    """
    path = next((row[name] for name in _PATHS if isinstance(row.get(name), str) and row[name]), None)
    line = next((row[name] for name in _LINES if isinstance(row.get(name), int) and row[name] > 0), 1) if path else 1
    uri = _uri(path or next(iter(finding.sources), _ENGAGEMENT))
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}}


def _uri(path: str) -> str:
    r"""Give a path as a URI reference: a relative one never begins with what could be taken for a scheme.

    >>> _uri("models/orders & more.sql"), _uri(r"C:\jobs\load.py"), _uri("a:b.sql")
    ('models/orders%20%26%20more.sql', 'file:///C:/jobs/load.py', './a%3Ab.sql')
    """
    forward = path.replace("\\", "/")
    if len(forward) > 2 and forward[1:3] == ":/":
        return f"file:///{forward[0]}:{quote(forward[2:])}"
    if forward.startswith("/"):
        return f"file://{quote(posixpath.normpath(forward).replace('//', '/', 1))}"
    quoted = quote(forward)
    return f"./{quoted}" if "%3A" in quoted.partition("/")[0] else quoted
