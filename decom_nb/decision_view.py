"""What notebooks show of decisions, whichever room asks: each with its reasons, all at a glance. `cells.py` calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb import decision_chart as charts
from decom_nb.chart import Figure
from decom_nb.decide import Decision
from decom_nb.view import View, render, view
from decom_nb.wording import listed


def decided(decisions: Sequence[Decision]) -> View:
    """Show what is recommended for every question, with its strongest reason and what would flip it."""
    told = [
        {
            "title": each.title,
            "decided": bool(each.winners) and not each.is_open,
            "recommended": each.recommended,
            "together": bool(each.combination),
            "reason": _strongest_reason(each),
            "flip": each.told_flips[0].sentence if each.told_flips else "",
        }
        for each in decisions
    ]
    return view(_html("decided.html", decisions=told))


def decision(decision: Decision, titles: Mapping[str, str]) -> View:
    """Show one decision: who comes first, the matrix, the reasons, what would change it; `titles` are the criteria's."""
    settled = bool(decision.winners) and not decision.is_open
    lead = _html("decision.html", decision=decision, decided=settled, share=_share(decision))
    reasons = _html("reasons.html", decision=decision, decided=settled, titles=titles)
    flips = _html("flips.html", decision=decision, decided=settled)
    if not settled:  # options that are all level have nothing to be read beside one another
        told = any(option.score or option.disqualified for option in decision.options)
        return view(lead, reasons if told else None, flips)
    return view(lead, _matrix(decision, titles), reasons, flips, _shares(decision), _weight_flips(decision, titles))


def _matrix(decision: Decision, titles: Mapping[str, str]) -> Figure:
    rows = charts.matrix_rows(decision, titles)
    out = [option.name for option in decision.options if option.disqualified]
    alt = f"{len(decision.options)} options by {len(decision.weights)} criteria; recommended: {decision.said}."
    alt += f" Ruled out: {listed(out)}." if out else ""
    return Figure(charts.decision_matrix(rows), "What speaks for and against each option", alt, rows)


def _shares(decision: Decision) -> Figure | None:
    rows = charts.share_rows(decision)
    best = max(rows, key=lambda row: row["share"], default=None)
    if best is None:
        return None
    alt = f"{best['option']} comes first under {best['share']:.0%} of all weightings."
    note = "Drawn from 10,000 or more weightings, all equally likely (SMAA)."
    return Figure(
        charts.weight_shares(rows), "How often each option would win if the criteria counted otherwise", alt, rows, note
    )


def _weight_flips(decision: Decision, titles: Mapping[str, str]) -> Figure | None:
    rows = charts.flip_rows(decision, titles)
    flipping = [row for row in rows if row["flips_at"] is not None]
    if not flipping:
        return None
    alt = f"{len(flipping)} of {len(rows)} weights could turn what is recommended: " + " ".join(
        row["sentence"] for row in flipping
    )
    return Figure(charts.weight_flips(rows), "The weight at which something else would be recommended", alt, rows)


def _share(decision: Decision) -> str:
    return f"{decision.share:.0%}"


def _strongest_reason(decision: Decision) -> str:
    if not decision.winners or decision.is_open:
        return ""
    reasons = decision.option(decision.recommended[0]).reasons
    best = max(reasons, key=lambda each: each.contribution, default=None)
    return best.text if best and best.contribution > 0 else ""


def _html(template: str, **values: Any) -> Any:
    return render("decom_nb", template, **values)
