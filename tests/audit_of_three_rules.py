"""A small audit made of plain values, for tests of what is made of audits: two dimensions, three rules, no engagement."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from decom_nb.audit import Audit, Input, Who, identity, repairs
from decom_nb.finding import Finding
from decom_nb.milestone import Milestone
from decom_nb.plan import plan
from decom_nb.rule_version import RuleVersion
from decom_nb.score import Anchor, Band, Part, Rubric, RubricDimension, Target, scorecard, with_points

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
BANDS = tuple(
    Band(name=name, start=start, advice="a", source="s")
    for name, start in (("poor", 0), ("fragile", 41), ("solid", 61), ("good", 81))
)


def dimension(name: str, weight: float, parts: dict[str, float]) -> RubricDimension:
    return RubricDimension(
        name=name,
        title=name.title(),
        weight=weight,
        anchors=(Anchor(points=0, text="nothing"), Anchor(points=weight, text="all")),
        parts=tuple(Part(rule=rule, points=points, because="b") for rule, points in parts.items()),
        undecided="" if sum(parts.values()) == weight else "nobody can see the rest",
        because="b",
        source="s",
    )


RUBRIC = Rubric(
    dimensions=(dimension("runs", 60, {"r.a": 45, "r.b": 15}), dimension("tests", 40, {"t.a": 40})),
    bands=BANDS,
    efforts={"low": 1, "medium": 3, "high": 8},
)


def finding(rule: str, met: float | None, **more: Any) -> Finding:
    outcome = "not_known" if met is None else "true" if met == 1 else "false"
    phase = rule.partition(".")[0]
    said = {
        "outcome": outcome,
        "title": f"Rule {rule} holds",
        "message": f"{rule}: {met}.",
        "remedy": f"Repair {rule}.",
    }
    return Finding(**{"rule": rule, "phase": phase, "met": met, "sources": (f"evidence/{rule}",), **said, **more})


def made(
    findings: list[Finding],
    *,
    rubric: Rubric = RUBRIC,
    inputs: dict[str, str] | None = None,
    judges: dict[str, str] | None = None,
    formerly: dict[str, tuple[str, ...]] | None = None,
    code: str = "1",
    days: int = 0,
    targets: dict[str, Target] | None = None,
    milestones: tuple[Milestone, ...] = (),
    ticked: tuple[str, ...] = (),
) -> Audit:
    """Make an audit of findings; `inputs` are digests by path, `judges` digests by rule."""
    filled = with_points(rubric, findings)
    card = scorecard(rubric, filled, targets=targets)
    taken_at = NOON + timedelta(days=days)
    read = inputs or {f"evidence/{each.rule}": "1" for each in findings}
    audit = Audit(
        taken_at=taken_at,
        milestones=milestones,
        versions={"decom_nb": "1", "code": code, "knowledge": "1"},
        rules={
            each.rule: RuleVersion(
                judges=(judges or {}).get(each.rule, "1"),
                because=f"Why {each.rule} matters.",
                how=f"How {each.rule} is checked.",
                formerly=(formerly or {}).get(each.rule, ()),
            )
            for each in findings
        },
        engagement=Who(name="Acme <platform>", client="Acme"),
        inputs=tuple(Input(path=path, kind="made", sha256=digest) for path, digest in read.items()),
        sources=(),
        documents={},
        measures={},
        decisions=(),
        findings=tuple(filled),
        waivers=(),
        claims={},
        targets=targets or {},
        rubric=rubric,
        repairs=repairs(rubric, tuple(filled)),
        plan=plan(rubric, filled, card, ticked),
        scorecard=card,
    )
    return audit.model_copy(update={"id": identity(taken_at, audit.digest())})
