"""The repairs of an audit as a backlog, for a spreadsheet: what to do, what it brings, what it takes, what it is part of.

A cell that a spreadsheet would run is written as text: findings carry names that others chose, and a name may begin with an
equals sign.
"""

from __future__ import annotations

import csv as csv_
import io
from typing import Any, Final

from decom_nb.audit import Audit
from decom_nb.errors import need
from decom_nb.finding import SEVERITIES, Finding

COLUMNS: Final = (
    ("rank", 6),
    ("rule", 34),
    ("what should hold", 40),
    ("found", 60),
    ("remedy", 60),
    ("dimension", 20),
    ("severity", 10),
    ("effort", 8),
    ("gain", 8),
    ("gain per effort", 10),
    ("decided", 9),
    ("in the way to the next band", 12),
    ("in the way to the targets", 12),
    ("rows", 8),
    ("from", 40),
    ("waived", 40),
)
"""The columns, with their widths in a workbook."""

_RUN: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def rows(audit: Audit) -> list[dict[str, Any]]:
    """Give a row for each finding that does not hold or whose rule crashed: best gain for its effort first, waived last."""
    ranked = {each.rule: each for each in audit.repairs}
    steps = {each.rule: each for each in audit.plan.steps} if audit.plan else {}
    band = set(audit.plan.band.steps) if audit.plan and audit.plan.band else set()
    targets = set(audit.plan.targets.steps) if audit.plan else set()
    titles = {each.name: each.title for each in audit.rubric.dimensions}

    def order(each: Finding) -> tuple[Any, ...]:
        gain = ranked[each.rule].gain_per_effort if each.rule in ranked else 0.0
        return bool(each.waived), -gain, SEVERITIES.index(each.severity), each.rule

    found = sorted((each for each in audit.findings if each.outcome in ("false", "error")), key=order)
    return [
        {
            "rank": rank,
            "rule": each.rule,
            "what should hold": each.title,
            "found": each.message,
            "remedy": each.remedy,
            "dimension": titles.get(each.points.dimension, "") if each.points else "",
            "severity": each.severity,
            "effort": each.effort,
            "gain": ranked[each.rule].gain if each.rule in ranked else None,
            "gain per effort": ranked[each.rule].gain_per_effort if each.rule in ranked else None,
            "decided": "yes" if each.rule in steps and steps[each.rule].ticked else "",
            "in the way to the next band": "yes" if each.rule in band else "",
            "in the way to the targets": "yes" if each.rule in targets else "",
            "rows": each.rows_total,
            "from": ", ".join(each.sources),
            "waived": each.waived,
        }
        for rank, each in enumerate(found, 1)
    ]


def as_text(value: Any) -> Any:
    """Give a cell as no spreadsheet runs it: a text that begins like a formula gets an apostrophe before it.

    >>> as_text("=1+1"), as_text("-9.5 points"), as_text(-9.5), as_text("fine")
    ("'=1+1", "'-9.5 points", -9.5, 'fine')
    """
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_RUN) else value


def csv(audit: Audit) -> bytes:
    """Give the backlog as CSV in UTF-8, with the mark by which spreadsheets know it."""
    out = io.StringIO(newline="")
    writer = csv_.DictWriter(out, [name for name, _ in COLUMNS], lineterminator="\r\n")
    writer.writeheader()
    for row in rows(audit):
        writer.writerow({name: as_text(value) for name, value in row.items()})
    return ("\ufeff" + out.getvalue()).encode()


def xlsx(audit: Audit) -> bytes:
    """Give the backlog as a workbook: one sheet with a header that stays and filters, texts as texts."""
    xlsxwriter = need("xlsxwriter", "xlsx", "Writing a workbook")
    out = io.BytesIO()
    texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {"in_memory": True, **texts})
    book.set_properties({"title": f"Backlog of {audit.engagement.name}", "comments": f"Audit {audit.id}"})
    book.set_properties({"created": audit.taken_at.replace(tzinfo=None)})
    sheet = book.add_worksheet("Backlog")
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    number = book.add_format({"num_format": "0.0", "valign": "top"})
    found = rows(audit)
    for column, (name, width) in enumerate(COLUMNS):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, head)
        for line, row in enumerate(found, 1):
            value = row[name]
            if isinstance(value, str):
                sheet.write_string(line, column, value[:32_767], wrapped)  # the longest text that a cell holds
            elif value is not None:
                sheet.write_number(line, column, value, number if isinstance(value, float) else wrapped)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(len(found), 1), len(COLUMNS) - 1)
    book.close()
    return out.getvalue()
