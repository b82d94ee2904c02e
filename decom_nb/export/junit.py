"""An audit as JUnit XML: a test suite for each room, a test case for each rule, as build servers show them."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Final
from xml.etree import ElementTree as ET

from decom_nb.audit import Audit
from decom_nb.finding import Finding

SHOWN: Final = 20
"""How many rows a failure lists."""

_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(audit: Audit) -> bytes:
    """Give the audit as JUnit XML: what is false fails, a crashed rule is an error, what was not judged is skipped."""
    suites = [(room, list(found)) for room, found in groupby(audit.findings, key=lambda each: each.phase)]
    root = ET.Element("testsuites", {"name": _text(audit.engagement.name), "time": "0", **_counts(audit.findings)})
    del root.attrib["skipped"]  # which the format has for suites only
    for number, (room, found) in enumerate(suites):
        suite = ET.SubElement(
            root,
            "testsuite",
            {
                "id": str(number),
                "name": room,
                "timestamp": f"{audit.taken_at:%Y-%m-%dT%H:%M:%S}",
                "time": "0",
                **_counts(found),
            },
        )
        properties = ET.SubElement(suite, "properties")
        for name, value in (("audit", audit.id), *sorted(audit.versions.items())):
            ET.SubElement(properties, "property", {"name": name, "value": _text(value)})
        for each in found:
            _case(suite, each)
    ET.indent(root, " ")
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _counts(findings: list[Finding] | tuple[Finding, ...]) -> dict[str, str]:
    kinds = [_kind(each) for each in findings]
    return {
        "tests": str(len(kinds)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
    }


def _kind(finding: Finding) -> str:
    """Say what a finding is to a build: nothing where it holds."""
    if finding.waived and finding.outcome in ("false", "error"):
        return "skipped"
    return {"true": "", "false": "failure", "error": "error"}.get(finding.outcome, "skipped")


def _case(suite: ET.Element, finding: Finding) -> None:
    name = finding.rule.partition(".")[2] or finding.rule
    case = ET.SubElement(suite, "testcase", {"classname": finding.phase, "name": name, "time": "0"})
    if not (kind := _kind(finding)):
        return
    attributes = {"message": _text(finding.waived or finding.message)}
    if kind != "skipped":
        attributes["type"] = finding.severity
    told = ET.SubElement(case, kind, attributes)
    if kind != "skipped":
        told.text = _text("\n".join(_lines(finding)))


def _lines(finding: Finding) -> list[str]:
    became = "could not be judged" if finding.outcome == "error" else "not so"
    lines = [f"{finding.title}: {became}.", finding.message]
    if finding.remedy:
        lines.append(f"Remedy: {finding.remedy}")
    lines += [", ".join(f"{name}: {value}" for name, value in row.items()) for row in finding.evidence[:SHOWN]]
    if (more := finding.rows_total - min(SHOWN, len(finding.evidence))) > 0:
        lines.append(f"… and {more} more rows")
    return lines


def _text(value: object) -> str:
    """Give a value as XML can hold it: control characters have no place there, not even escaped."""
    return _FORBIDDEN.sub("\ufffd", str(value))
