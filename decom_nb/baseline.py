"""A baseline: the findings that are known, so that only new ones fail a build. `gate.py` holds an audit against it.

A finding is known by its rule, and where its rows are violations, row by row: a new violating row under a rule that did not
hold before is new. A baseline is a small file made for git; any audit can stand for one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from decom_nb import atomic, audit
from decom_nb.audit import Audit
from decom_nb.errors import InputError, Mistake
from decom_nb.finding import SHOWN_ROWS, Finding, fingerprints


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Known(_Frozen):
    """What is known of one rule that did not hold."""

    outcome: Literal["false", "error"]
    rows: tuple[str, ...] = Field((), description="fingerprints of the violating rows, in their order then")
    rows_total: int = Field(0, description="how many rows there were, also those that the audit did not keep")


class Baseline(_Frozen):
    """The findings that are known, and the rules that were asked when it was written."""

    baseline_version: Literal[1] = 1
    audit: str
    taken_at: datetime
    rules: tuple[str, ...] = Field(description="all rules that were run")
    findings: dict[str, Known] = Field(description="by rule, those that did not hold or failed to run")


class News(_Frozen):
    """What of one finding is not in the baseline."""

    finding: Finding
    rows: tuple[str, ...] = Field(
        (), description="fingerprints of new violating rows; empty where the finding is new whole"
    )
    more: int = Field(0, description="rows more than before, where neither audit kept them all")
    new_rule: bool = Field(False, description="whether the rule did not exist when the baseline was written")

    @property
    def words(self) -> str:
        """Say in a few words what is new."""
        if self.new_rule:
            return "a rule that the baseline does not know"
        if self.rows:
            return f"{len(self.rows)} new row{'' if len(self.rows) == 1 else 's'}"
        if self.more:
            return f"{self.more} row{'' if self.more == 1 else 's'} more"
        return "new"


def baseline(audit: Audit) -> Baseline:
    """Give the findings of an audit as a baseline."""
    return Baseline(
        audit=audit.id,
        taken_at=audit.taken_at,
        rules=tuple(each.rule for each in audit.findings),
        findings={
            each.rule: Known(
                outcome="error" if each.outcome == "error" else "false",
                rows=fingerprints(each),
                rows_total=each.rows_total,
            )
            for each in audit.findings
            if each.outcome in ("false", "error")
        },
    )


def news(known: Baseline, audit: Audit) -> tuple[News, ...]:
    """Give what is in the audit and not in the baseline, finding by finding, in the order of the audit."""
    found = []
    for each in audit.findings:
        if each.outcome not in ("false", "error"):
            continue
        version = audit.rules.get(each.rule)
        ids = (each.rule, *(version.formerly if version else ()))
        was = next((known.findings[rule] for rule in ids if rule in known.findings), None)
        if was is None or (was.outcome != each.outcome and each.outcome == "error"):
            found.append(News(finding=each, new_rule=not set(ids) & set(known.rules)))
        elif each.outcome == "false":
            found += _more(each, was)
    return tuple(found)


def _more(finding: Finding, was: Known) -> Iterable[News]:
    if not finding.identified_by:
        return
    rows = tuple(each for each in fingerprints(finding) if each not in was.rows)
    cut = max(was.rows_total, finding.rows_total) > SHOWN_ROWS
    if cut:  # a row that is not among those kept then may have been there all the same: then only their number tells
        if (more := finding.rows_total - was.rows_total) > 0:
            yield News(finding=finding, more=more)
    elif rows:
        yield News(finding=finding, rows=rows)


def write(known: Baseline, file: Path) -> None:
    """Write the baseline, whole or not at all."""
    text = json.dumps(known.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(file, text.encode())
    except OSError as error:
        what = f"the baseline cannot be written: {error.strerror or error}"
        raise InputError(Mistake(str(file), 0, "", what, "choose a file that you may write to")) from error


def read(path: Path) -> tuple[Baseline, Audit | None]:
    """Read a baseline, or an audit's file or folder that stands for one; give the audit, too, where it is one."""
    if not path.is_dir():
        try:
            return Baseline.model_validate_json(path.read_bytes()), None
        except FileNotFoundError:
            what = "there is no baseline here"
            raise InputError(
                Mistake(str(path), 0, "", what, f"write one: decom audit DIR --write-baseline {path}")
            ) from None
        except (OSError, ValidationError, ValueError):
            pass  # an audit, or nothing that we know: what reads audits says what is wrong with it
    taken = audit.read(path)
    return baseline(taken), taken
