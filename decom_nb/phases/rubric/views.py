"""What the notebooks show of the score: the executive page, dimensions, targets, plan, trend, findings, waivers, sources."""

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
from decom_nb.phases.rubric import charts, way_here
from decom_nb.phases.rubric.money import money
from decom_nb.phases.rubric.reasons import interval, lacks, reasons
from decom_nb.phases.rubric.way_sentence import openings, sentence, short
from decom_nb.plan import Plan
from decom_nb.row_table import row_table
from decom_nb.score import Rubric, Scorecard, shown
from decom_nb.view import View, render, view
from decom_nb.wording import points

__all__ = [
    "claims",
    "deliverables",
    "dimensions",
    "executive",
    "findings",
    "plan",
    "repairs",
    "sources",
    "targets",
    "trend",
    "waivers",
]

MARKED_FROM = 0.5
"""From which share of the weight on a claim is marked on the gauge: less would be stretched too far."""

FILES_SHOWN = 60
"""How many files a page lists."""

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


def executive(audit: Audit) -> View:
    """Where the platform stands and why, what to do first, what it costs and how it went, on one screen."""
    card = audit.scorecard
    band = "" if card.reason else card.band or f"{card.band_low} to {card.band_high}"
    claim = f"claimed {points(card.claimed_points)} of {card.claimable:g} points" if card.claimed is not None else ""
    marked = card.claimed if card.claimed_share >= MARKED_FROM else None
    drawn = gauge(card.low, card.high, marked, band, claim=claim, bounds=[each.start for each in audit.rubric.bands])
    chosen = audits.first(audit.repairs)
    told = {"engagement": audit.engagement, "sentences": reasons(audit), "money": money(audit.measures)}
    told |= {
        "actions": chosen,
        "together": sum(each.gain for each in chosen),
        "way": short(audit.plan) if audit.plan else "",
    }
    told |= {"trend": way_here.drawn(audit), "since": way_here.since(audit)}
    return view(_html("executive.html", card=card, gauge=drawn, **told))


def dimensions(scorecard: Scorecard, rubric: Rubric) -> View:
    """Every dimension as an interval, with the claim beside it and the reasons folded under it."""
    bars = {
        each.name: bar(each.low, each.high, each.claimed, maximum=each.weight, label=each.title, target=each.target)
        for each in scorecard.dimensions
    }
    anchors = {each.name: each.anchors for each in rubric.dimensions}
    claimed = scorecard.claimed is not None
    shown_as = {
        "dimensions": scorecard.dimensions,
        "bars": bars,
        "anchors": anchors,
        "kinds": _KINDS,
        "key": key(claimed, any(each.target is not None for each in scorecard.dimensions)),
    }
    return view(_html("dimensions.html", interval=interval, lacks=lacks, **shown_as))


def claims(scorecard: Scorecard) -> View:
    """What people claim beside what the evidence shows, as a share of each dimension's weight."""
    rows = charts.claim_rows(scorecard)
    if not any(row["claimed"] is not None for row in rows):
        return view(_html("note.html", text="Nobody has made a claim yet: documents/claims.yaml holds them."))
    above = [each.title for each in scorecard.dimensions if each.gap > 0]
    alt = f"Evidence interval and claim for {len(rows)} dimensions; claimed above the evidence: {', '.join(above) or 'none'}."
    return view(Figure(charts.claims_and_evidence(rows), "Claimed and evidenced, by dimension", alt, rows))


def targets(scorecard: Scorecard) -> View:
    """How far each dimension is meant to come, and how much of that is missing."""
    applying = [each for each in scorecard.dimensions if each.basis != "not applicable"]
    bars = {
        each.name: bar(each.low, each.high, maximum=each.weight, label=each.title, target=each.aim) for each in applying
    }
    values = {"dimensions": applying, "bars": bars, "interval": interval, "key": key(claimed=False, target=True)}
    return view(_html("targets.html", **values, lacks=lacks))


def plan(plan: Plan | None, rubric: Rubric, repair_plan: Mapping[str, Any] | None) -> View:
    """The cheapest repairs that reach the next band, and those that reach the targets, from what is decided on."""
    if plan is None:
        return view(_html("note.html", text="This audit was taken before there were plans: take a new one."))
    ways = [way for way in (plan.band, plan.targets) if way is not None]
    decided = (repair_plan or {}).get("repairs", ())
    titles = {each.name: each.title for each in rubric.dimensions}
    values = {
        "plan": plan,
        "ways": ways,
        "sentences": {way.goal: sentence(plan, way) for way in ways},
        "titles": titles,
        "openings": {way.goal: openings(way, titles) for way in ways},
        "owners": {each["rule"]: ", ".join(filter(None, (each["owner"], each["due"]))) for each in decided},
    }
    return view(_html("plan.html", **values))


def deliverables(deliverable_files: Mapping[str, Any] | None) -> View:
    """The files made for use as they are: which command made each and from what, and whether that still holds."""
    if not deliverable_files:
        text = "Nothing has been made for use yet. Verbs with --write put SQL, dbt models and configurations into deliverables/."
        return view(_html("note.html", text=text))
    return view(_html("deliverables.html", told=deliverable_files, shown=FILES_SHOWN))


def trend(audit: Audit) -> View:
    """How the score and each dimension went, audit by audit."""
    rows = way_here.rows(audit)
    if len(rows) < 2:
        return view(_html("note.html", text=way_here.since(audit)))
    first, last = rows[0], rows[-1]
    alt = (
        f"The score over {len(rows)} audits: from {shown(first['low'])} to {shown(first['high'])} "
        f"at first to {shown(last['low'])} to {shown(last['high'])} now."
    )
    bounds = [{"start": each.start, "band": each.name} for each in audit.rubric.bands]
    drawn = Figure(charts.score_trend(rows, bounds), "The score, audit by audit", alt, rows, note=way_here.since(audit))
    steps = way_here.by_dimension(audit)
    when = way_here.steps(audit)[0].taken_at
    changed = sum(row["other_rules"] for row in rows)
    rules = f"Our rules, or what reads the evidence, changed before {changed} of these audits." if changed else ""
    return view(drawn, _html("trend.html", rows=steps, first=f"{when.day} {when:%B %Y}", rules=rules))


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
