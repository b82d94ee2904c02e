"""What must hold for the architecture: a brief that can be decided on, decisions that stand, tools that last."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from decom_nb.decide import Decision, counted
from decom_nb.decision_record import TOGETHER, DecisionRecord, moved_facts
from decom_nb.finding import Finding, false, not_applicable, not_known, true
from decom_nb.knowledge import DecisionTable
from decom_nb.phases.architecture import clues
from decom_nb.phases.architecture.documents import Brief
from decom_nb.rule import rule
from decom_nb.wording import listed

_CONSUMER = ("team", "use_case", "latency_requirement", "query_pattern")


@rule
def brief_is_complete(brief: Brief) -> Finding:
    """Every field of the architecture brief is answered."""
    fields = list(_brief_fields(brief))
    missing = [field for field, answered in fields if not answered]
    share = 1 - len(missing) / len(fields)
    if not missing:
        return true(f"All {len(fields)} fields are answered.")
    rows = [{"field": field} for field in missing]
    return false(f"Not answered: {len(missing)} of {counted(len(fields), 'field')}.", met=share, rows=rows)


def _brief_fields(brief: Brief) -> Iterator[tuple[str, bool]]:
    """Give the fields of the methodology's template by their path, and whether each is answered."""
    state, constraints = brief.current_state, brief.constraints
    yield "project_name", bool(brief.project_name)
    yield "business_context", bool(brief.business_context)
    if not brief.data_consumers:
        yield "data_consumers", False
    for at, consumer in enumerate(brief.data_consumers):
        for field in _CONSUMER:
            yield f"data_consumers[{at}].{field}", bool(getattr(consumer, field))
    for field in ("sources", "storage", "pain_points"):
        yield f"current_state.{field}", bool(getattr(state, field))
    yield "current_state.data_volume.current_gb_per_day", bool(state.data_volume.current_gb_per_day)
    yield "current_state.data_volume.growth_rate_percent", state.data_volume.growth_rate_percent is not None
    yield "current_state.data_volume.retention_months", bool(state.data_volume.retention_months)
    for field in ("budget_monthly_usd", "team_size", "skill_level", "compliance", "cloud_provider"):
        yield f"constraints.{field}", bool(getattr(constraints, field))


@rule
def every_consumer_states_its_latency(brief: Brief) -> Finding:
    """Every consumer says how fresh its data has to be."""
    consumers = brief.data_consumers
    if not consumers:
        return not_known("The brief names no consumers.")
    silent = [consumer for consumer in consumers if consumer.latency_requirement is None]
    if not silent:
        return true(f"{counted(len(consumers), 'consumer')}, and each says how fresh its data has to be.")
    rows = [
        {"consumer": each.team or f"number {consumers.index(each) + 1}", "use case": each.use_case} for each in silent
    ]
    message = f"How fresh data has to be is not said for {len(silent)} of {counted(len(consumers), 'consumer')}."
    return false(message, met=1 - len(silent) / len(consumers), rows=rows)


@rule
def budget_is_stated(brief: Brief) -> Finding:
    """Somebody has said what the platform may cost."""
    budget = brief.constraints.budget_monthly_usd
    return true(f"The budget is {budget:,.0f} USD a month.") if budget else false("The brief names no budget.")


@rule
def compliance_is_stated(brief: Brief) -> Finding:
    """Somebody has said which regulations apply, or that none does."""
    compliance = brief.constraints.compliance
    if not compliance:
        return false("The brief says neither which regulations apply nor that none does.")
    said = "no regulation applies" if compliance == ("none",) else f"these apply: {', '.join(compliance)}"
    return true(f"The brief says that {said}.")


@rule
def decisions_rest_on_enough_answers(decisions: Mapping[str, Decision]) -> Finding:
    """No single open question could turn what is recommended."""
    begun = [each for each in decisions.values() if any(value is not None for value in each.answers.values())]
    asked = begun or list(decisions.values())  # what nobody has begun to answer says nothing, unless nothing was begun
    if not asked:
        return not_known("No decision was worked out.")
    rows = [
        {
            "question": decision.title,
            "asked": each.question,
            "could be recommended": listed(
                list(dict.fromkeys(said.winner for said in each.would_change if said.turns))
            ),
            "recommended now": decision.said,
        }
        for decision in asked
        for each in decision.unanswered
    ]
    loose = {row["question"] for row in rows}
    if not loose:
        return true(f"None of the {len(asked)} decisions can be turned by a single open question.")
    message = f"{len(loose)} of {len(asked)} decisions could still be turned by one answer: {listed(sorted(loose))}."
    return false(message, met=1 - len(loose) / len(asked), rows=rows)


@rule
def first_choices_hold_under_most_weightings(decisions: Mapping[str, Decision], *, least_share: float) -> Finding:
    """Every first choice comes first under most weightings of the criteria, not only under ours."""
    decided = [decision for decision in decisions.values() if decision.winners and not decision.is_open]
    if not decided:
        return not_known("Nothing is decided yet: what is answered does not tell the options apart.")
    rows = [
        {"question": each.title, "recommended": each.said, "share of weightings": round(each.share, 3)}
        for each in decided
        if each.share < least_share
    ]
    if not rows:
        return true(f"All {len(decided)} first choices win under at least {least_share:.0%} of all weightings.")
    titles = listed([str(row["question"]) for row in rows])
    message = f"{len(rows)} of {len(decided)} first choices depend on how the criteria are weighted: {titles}."
    return false(message, met=1 - len(rows) / len(decided), rows=rows)


@rule
def tools_in_use_are_not_ruled_out(brief: Brief, decisions: Mapping[str, Decision]) -> Finding:
    """No tool in use is one that the facts rule out."""
    used = [
        (decisions[question], name)
        for question, names in clues.tools_in_use(brief).items()
        if question in decisions
        for name in names
    ]
    if not used:
        return not_known("The brief names no tool that the tables know.")
    rows = [
        {"tool": name, "question": decision.title, "ruled out because": " ".join(decision.option(name).disqualified)}
        for decision, name in used
        if decision.option(name).disqualified
    ]
    if not rows:
        return true(f"Nothing in use is ruled out: {listed([name for _, name in used])}.")
    message = (
        f"{len(rows)} of {len(used)} tools in use are ruled out by the facts: {listed([row['tool'] for row in rows])}."
    )
    return false(message, met=1 - len(rows) / len(used), rows=rows)


@rule
def tools_fit_the_growth(
    growth_limits: Sequence[Mapping[str, Any]], decisions: Mapping[str, Decision], *, months_ahead: int
) -> Finding:
    """Tools in use, and those that are recommended, hold the volume for long enough to be worth it."""
    if not growth_limits:
        return not_known("The brief does not say how much data arrives and how fast that grows.")
    first = {(each.question, name) for each in decisions.values() if not each.is_open for name in each.recommended}
    judged = [row for row in growth_limits if row["in_use"] or (row["question"], row["tool"]) in first]
    if not judged:
        return not_applicable("No tool in use and none that is recommended has a limit that volumes could reach.")
    short = [row for row in judged if row["state"] == "beyond" or _ends_within(row, months_ahead)]
    told = " ".join(_fit(row) for row in (short or judged))
    rows = [dict(row) for row in judged]
    return false(told, met=1 - len(short) / len(judged), rows=rows) if short else true(told, rows=rows)


def _ends_within(row: Mapping[str, Any], months: int) -> bool:
    return row["months_left"] is not None and row["months_left"] < months


def _fit(row: Mapping[str, Any]) -> str:
    """Say in a sentence how long a tool's limit is far enough away.

    >>> row = {"tool": "Pandas", "limit_gb": 5, "state": "fits", "months_left": 17}
    >>> _fit({**row, "fits_until": "2028-03", "earliest": "2027-11", "latest": None})
    'Pandas fits until March 2028 (November 2027 if growth is faster, beyond the horizon if it is slower).'
    """
    limit = f"its limit of about {row['limit_gb']:,.0f} GB"
    if row["state"] == "beyond":
        return f"{row['tool']} is past {limit} by more than its soft edge."
    if row["fits_until"] is None:
        return f"{row['tool']} {'is past' if row['months_left'] == 0 else 'stays below'} {limit}."
    if row["earliest"] == row["fits_until"] == row["latest"]:
        return f"{row['tool']} fits until {_month(row['fits_until'])}, whichever way growth goes."
    fast, slow = (_month(row[end]) or "beyond the horizon" for end in ("earliest", "latest"))
    return f"{row['tool']} fits until {_month(row['fits_until'])} ({fast} if growth is faster, {slow} if it is slower)."


def _month(month: str | None) -> str:
    return f"{calendar.month_name[int(month[5:])]} {month[:4]}" if month else ""


@rule
def accepted_decisions_still_rest_on_their_facts(
    decision_records: Sequence[DecisionRecord] | None,
    decisions: Mapping[str, Decision],
    decision_tables: Mapping[str, DecisionTable],
) -> Finding:
    """Every accepted decision rests on facts that still stand."""
    accepted = [each for each in decision_records or () if each.accepted and each.basis.question in decisions]
    if not accepted:
        return not_applicable("No decision has been accepted in a record yet.")
    rows = [
        row
        for record in accepted
        for row in _shaken(record, decisions[record.basis.question], decision_tables[record.basis.question])
    ]
    shaken = list(dict.fromkeys(row["decision"] for row in rows))
    if not shaken:
        return true(f"{counted(len(accepted), 'accepted decision')}, and all facts behind them still stand.")
    facts = listed([f"{row['fact'].replace('_', ' ')} was {row['then']} and is {row['now']}" for row in rows[:3]])
    those = f"{len(shaken)} of {counted(len(accepted), 'accepted decision')} ({listed(shaken)})"
    return false(f"Look again at {those}: {facts}.", met=max(0.0, 1 - len(shaken) / len(accepted)), rows=rows)


def _shaken(record: DecisionRecord, decision: Decision, table: DecisionTable) -> list[dict[str, Any]]:
    """Give the facts that moved under a decision; where none did and something else is recommended, say that."""
    basis, first = record.basis, decision.said
    moved = [{**row, "recommended now": first} for row in moved_facts(record, decision, table)]
    then, now = basis.recommended or basis.winners, set(decision.recommended)
    overtaken = set(then) != now and not set(basis.chosen.split(TOGETHER)) <= now
    if moved or not overtaken:
        return moved
    row = {"decision": basis.chosen, "fact": "what is recommended", "then": listed(then), "now": first}
    return [{**row, "record": record.file, "recommended now": first}]
