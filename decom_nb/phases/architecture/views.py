"""What the notebooks show of the architecture: the brief, each decision with its reasons, all decisions at a glance, growth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from decom_nb.chart import Figure
from decom_nb.decide import Decision
from decom_nb.phases.architecture import charts
from decom_nb.phases.architecture.decision_record import table_of
from decom_nb.phases.architecture.documents import Brief
from decom_nb.view import View, render, view
from decom_nb.wording import answer, listed

__all__ = ["brief", "decided", "decision", "growth"]

_QUANTITIES = {
    "stored_gb": ("Stored volume", "what is kept after its retention"),
    "unit_gb": ("Volume processed in one go", "the largest unit of work"),
}


def brief(documents: Mapping[str, Any]) -> View:
    """What was answered in the brief, and what was not."""
    answered, missing = [], []
    for label, value in _leaves(documents.get("brief") or {}, Brief.model_fields):
        if value in (None, "", [], ()):
            missing.append(label)
        else:
            answered.append((label, value))
    return view(_html("brief.html", facts=answered, unanswered=missing))


def decided(decisions: Sequence[Decision]) -> View:
    """What is recommended for every question, with its strongest reason and what would flip it."""
    told = [
        {
            "title": each.title,
            "decided": bool(each.winners) and not each.is_open,
            "recommended": each.recommended,
            "together": bool(each.combination),
            "reason": _strongest_reason(each),
            "flip": each.flips[0].sentence if each.flips else "",
        }
        for each in decisions
    ]
    return view(_html("decided.html", decisions=told))


def decision(decision: Decision, *, question: str) -> View:
    """One decision: who comes first, the matrix, the reasons, what would change it."""
    settled = bool(decision.winners) and not decision.is_open
    titles = _titles(question)
    lead = _html("decision.html", decision=decision, decided=settled, share=_share(decision))
    reasons = _html("reasons.html", decision=decision, decided=settled, titles=titles)
    flips = _html("flips.html", decision=decision, decided=settled)
    if not settled:  # options that are all level have nothing to be read beside one another
        told = any(option.score or option.disqualified for option in decision.options)
        return view(lead, reasons if told else None, flips)
    return view(lead, _matrix(decision, titles), reasons, flips, _shares(decision), _weight_flips(decision, titles))


def growth(measures: Mapping[str, Any]) -> View:
    """The volume month by month with its band, and the months in which tools' usual limits are crossed."""
    months, limits = measures.get("growth") or [], measures.get("growth_limits") or []
    figures = [_growth(months, limits, quantity) for quantity in _QUANTITIES]
    return view(*figures, _html("growth.html", limits=limits, drawn=any(figures)))


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


def _growth(months: Sequence[Mapping[str, Any]], limits: Sequence[Mapping[str, Any]], quantity: str) -> Figure | None:
    rows = charts.growth_rows(months, quantity)
    if not rows:
        return None
    title, what = _QUANTITIES[quantity]
    lines = charts.limit_rows(limits, months, quantity)
    first, last = ((row["gb"], row["month"][:7]) for row in (rows[0], rows[-1]))
    alt = f"{title} ({what}) from {first[0]:,.0f} GB in {first[1]} to about {last[0]:,.0f} GB in {last[1]}."
    note = "The scale is logarithmic. The band is the growth rate, more and less; tools' limits are rules of thumb."
    return Figure(charts.growth_with_limits(rows, lines), title, alt, rows, note)


def _titles(question: str) -> dict[str, str]:
    table = table_of(question)
    return {each.name: each.title for each in table.criteria} if table else {}


def _share(decision: Decision) -> str:
    return f"{decision.share:.0%}"


def _strongest_reason(decision: Decision) -> str:
    if not decision.winners or decision.is_open:
        return ""
    reasons = decision.option(decision.recommended[0]).reasons
    best = max(reasons, key=lambda each: each.contribution, default=None)
    return best.text if best and best.contribution > 0 else ""


def _leaves(data: Mapping[str, Any], fields: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Give every leaf of the brief with a label and its value in words; consumers are one line each."""
    for name, field in fields.items():
        value = data.get(name)
        if name == "data_consumers":
            for each in value or []:
                said = ", ".join(
                    str(each[key]) for key in ("use_case", "latency_requirement", "query_pattern") if each.get(key)
                )
                yield f"Consumer: {each.get('team') or 'not named'}", said
            if not value:
                yield "Consumers", ""
        elif hasattr(field.annotation, "model_fields"):
            yield from _leaves(value or {}, field.annotation.model_fields, name)
        else:
            unit = (field.json_schema_extra or {}).get("unit", "") if isinstance(field.json_schema_extra, dict) else ""
            yield _label(name), _said(value, unit)


def _label(name: str) -> str:
    words = name.replace("_gb", "").replace("_percent", "").replace("_usd", "").replace("_", " ")
    return words[:1].upper() + words[1:]


def _said(value: Any, unit: str) -> str:
    if value is None or value in ("", [], ()):
        return ""
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return f"{answer(value)} {unit}".strip()


def _html(template: str, **values: Any) -> Any:
    return render("decom_nb.phases.architecture", template, **values)
