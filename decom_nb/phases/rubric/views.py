"""What the notebooks show of the score: the summary, what to do first, dimensions, repairs, findings, waivers, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from decom_nb import audit as audits
from decom_nb.audit import Audit, Input, Repair, Waiver
from decom_nb.chart import Figure
from decom_nb.evidence.source import Source
from decom_nb.finding import SEVERITIES, Finding
from decom_nb.gauge import bar, gauge, key
from decom_nb.phases.rubric import charts
from decom_nb.phases.rubric.reasons import interval, reasons
from decom_nb.row_table import row_table
from decom_nb.score import Rubric, Scorecard, shown
from decom_nb.view import View, render, view
from decom_nb.wording import points

__all__ = ["claims", "dimensions", "findings", "first", "repairs", "service_levels", "sources", "summary", "waivers"]

MARKED_FROM = 0.5
"""From which share of the weight on a claim is marked on the gauge: less would be stretched too far."""

_KINDS = {
    "evidenced": "good",
    "partly evidenced": "good",
    "claimed only": "warn",
    "not known": "unknown",
    "not applicable": "unknown",
}
_GROUPS = (
    ("Does not hold", "bad", ("false",), False),
    ("Could not be run", "bad", ("error",), False),
    ("Not known", "unknown", ("not_known",), True),
    ("Holds", "good", ("true",), True),
    ("Does not apply", "unknown", ("not_applicable",), True),
)


def summary(audit: Audit) -> View:
    """Where the platform stands, and why, on one screen."""
    card = audit.scorecard
    band = "" if card.reason else card.band or f"{card.band_low} to {card.band_high}"
    claim = f"claimed {points(card.claimed_points)} of {card.claimable:g} points" if card.claimed is not None else ""
    marked = card.claimed if card.claimed_share >= MARKED_FROM else None
    drawn = gauge(card.low, card.high, marked, band, claim=claim, bounds=[each.start for each in audit.rubric.bands])
    return view(_html("summary.html", card=card, engagement=audit.engagement, gauge=drawn, sentences=reasons(audit)))


def first(repairs: Sequence[Repair], scorecard: Scorecard, *, most: int = 3) -> View:
    """What to do first: the best gains for their effort, and in any case the largest gain."""
    chosen = audits.first(repairs, most)
    largest = max(repairs, key=lambda each: each.gain, default=None)
    together = sum(each.gain for each in chosen)
    known = scorecard.evidenced_share > 0
    values = {"repairs": chosen, "largest": largest, "total": len(repairs), "known": known}
    return view(_html("first.html", **values, together=together, low=scorecard.low))


def dimensions(scorecard: Scorecard, rubric: Rubric) -> View:
    """Every dimension as an interval, with the claim beside it and the reasons folded under it."""
    bars = {
        each.name: bar(each.low, each.high, each.claimed, maximum=each.weight, label=each.title)
        for each in scorecard.dimensions
    }
    anchors = {each.name: each.anchors for each in rubric.dimensions}
    claimed = scorecard.claimed is not None
    shown_as = {
        "dimensions": scorecard.dimensions,
        "bars": bars,
        "anchors": anchors,
        "kinds": _KINDS,
        "key": key(claimed),
    }
    return view(_html("dimensions.html", interval=interval, **shown_as))


def claims(scorecard: Scorecard) -> View:
    """What people claim beside what the evidence shows, as a share of each dimension's weight."""
    rows = charts.claim_rows(scorecard)
    if not any(row["claimed"] is not None for row in rows):
        return view(_html("note.html", text="Nobody has made a claim yet: documents/claims.yaml holds them."))
    above = [each.title for each in scorecard.dimensions if each.gap > 0]
    alt = f"Evidence interval and claim for {len(rows)} dimensions; claimed above the evidence: {', '.join(above) or 'none'}."
    return view(Figure(charts.claims_and_evidence(rows), "Claimed and evidenced, by dimension", alt, rows))


def service_levels(service_levels: Mapping[str, Any] | None) -> View:
    """What each pipeline promises."""
    levels = service_levels or {}
    return view(
        _html("service_levels.html", pipelines=levels.get("pipelines", ()), default=levels.get("default_sla_minutes"))
    )


def repairs(repairs: Sequence[Repair], scorecard: Scorecard) -> View:
    """What each repair adds to the score, one after the other, the best gain for its effort first."""
    if not repairs:
        return view(_html("note.html", text="No finding that was decided leaves points to gain."))
    rows = charts.repair_rows(repairs, scorecard)
    end = shown(rows[-1]["end"])
    alt = f"{len(repairs)} repairs raise the lower end of the score from {shown(scorecard.low)} to {end}."
    return view(Figure(charts.repairs_waterfall(rows), "Points if fixed, best gain for its effort first", alt, rows))


def findings(findings: Sequence[Finding]) -> View:
    """All findings: what does not hold first, what is fine folded away."""
    ordered = sorted(findings, key=lambda each: (SEVERITIES.index(each.severity), each.rule))
    groups: list[dict[str, Any]] = [
        {
            "title": title,
            "badge": badge,
            "folded": folded,
            "findings": [each for each in ordered if each.outcome in outcomes],
        }
        for title, badge, outcomes, folded in _GROUPS
    ]
    return view(_html("findings.html", findings=ordered, groups=groups, row_table=row_table))


def waivers(waivers: Sequence[Waiver]) -> View:
    """What is left out of the score, on whose word and until when."""
    return view(_html("waivers.html", waivers=waivers))


def sources(sources: Sequence[Source], inputs: Sequence[Input], taken_at: datetime) -> View:
    """Where every figure comes from: sources with their counts, age and problems, and all files with their hashes."""
    return view(_html("sources.html", sources=sources, inputs=inputs, taken_at=taken_at))


def _html(template: str, **values: Any) -> Any:
    return render("decom_nb.phases.rubric", template, **values)
