"""What this room makes for use as it is: architecture decision records in the form of MADR 4.0."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from decom_nb import knowledge
from decom_nb.decide import Decision, Flip, Option, Reason, counted, say_answer
from decom_nb.escape import file_name, markdown
from decom_nb.knowledge import AnswerSheet
from decom_nb.phases.architecture.answers import TABLES, readings
from decom_nb.phases.architecture.decision_record import Basis, table_of
from decom_nb.phases.architecture.documents import Brief

TOGETHER = " + "
"""Stands between options that are chosen together."""
MOST_FLIPS = 8
"""How many facts a record names under which it should be reopened."""


def adr_file_name(decision: Decision, number: int) -> str:
    """Give the file name of a record.

    MADR asks for four digits and the title.
    """
    return f"{number:04d}-{file_name(decision.title)}.md"


def adr(
    decision: Decision, engagement_name: str, brief: Brief, date: dt.date, number: int, chosen: str | None = None
) -> str:
    """Write a decision down as an architecture decision record, proposed and ready to be accepted by people.

    `chosen` is what they chose where it is not what is recommended. The front matter holds what later audits compare.
    """
    names = chosen_names(decision, chosen)
    options = [decision.option(name) for name in names]
    parts = [
        _front_matter(decision, names, date),
        f"# {number:04d} {decision.title}: {TOGETHER.join(names)}",
        _section("Context and Problem Statement", _context(decision, engagement_name, brief)),
        _section("Decision Drivers", _drivers(decision)),
        _section("Considered Options", (f"* {each.name}" for each in decision.options)),
        _section("Decision Outcome", [_outcome(decision, options)]),
        _section("Consequences", _consequences(options), level=3),
        _section("Confirmation", _confirmation(decision), level=3),
        "## Pros and Cons of the Options",
        *(_section(each.name, _pros_and_cons(each), level=3) for each in decision.options),
        _section("More Information", _more(decision)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def chosen_names(decision: Decision, chosen: str | None) -> tuple[str, ...]:
    """Give the options that a record is about: what people chose, or what is recommended; of equals the first."""
    if chosen:
        return tuple(name.strip() for name in chosen.split(TOGETHER))
    return decision.combination or (decision.options[0].name,)


def basis(decision: Decision, chosen: str | None = None) -> Basis:
    """Give what a record of this decision rests on; two records with the same basis say the same."""
    return Basis(
        question=decision.question,
        chosen=TOGETHER.join(chosen_names(decision, chosen)),
        winners=decision.winners,
        recommended=decision.recommended,
        weights=decision.weights,
        facts={name: value for name, value in decision.answers.items() if value is not None},
    )


def _front_matter(decision: Decision, names: tuple[str, ...], date: dt.date) -> str:
    facts = {name: value for name, value in decision.answers.items() if value is not None}
    lines = [
        "---",
        "status: proposed",
        f"date: {date.isoformat()}",
        "decision-makers: []",
        "# What decom_nb compares in later audits once the status is accepted; leave it as it is.",
        "decom:",
        f"  question: {_scalar(decision.question)}",
        f"  chosen: {_scalar(TOGETHER.join(names))}",
        f"  winners: {_scalar(list(decision.winners))}",
        f"  recommended: {_scalar(list(decision.recommended))}",
        f"  weights: {_scalar(decision.weights)}",
        "  facts:" if facts else "  facts: {}",
        *(f"    {name}: {_scalar(value)}" for name, value in facts.items()),
        "---",
    ]
    return "\n".join(lines)


def _scalar(value: Any) -> str:
    """Give a value as JSON in ASCII, which is YAML as well and hides nothing."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False)


def _section(title: str, lines: Iterator[str] | list[str], level: int = 2) -> str:
    text = "\n".join(lines).strip()
    return f"{'#' * level} {title}\n\n{text}" if text else ""


def _context(decision: Decision, engagement_name: str, brief: Brief) -> Iterator[str]:
    table = table_of(decision.question)
    subject = markdown(brief.project_name or engagement_name)
    yield f"{table.asks if table else decision.title} This record is about {subject}."
    if brief.business_context:
        yield ""
        yield f"Context, as the brief tells it: {markdown(brief.business_context)}"
    facts = [(name, value) for name, value in decision.answers.items() if value is not None]
    how = readings(brief)
    if facts:
        yield "\nThe facts:\n"
    for name, value in facts:
        read = f" (read from “{markdown(how[name].whence)}”)" if name in how and how[name].how == "read" else ""
        yield f"* {_question(name)} **{_said(name, value)}**{read}"


def _drivers(decision: Decision) -> Iterator[str]:
    for name, weight in sorted(decision.weights.items(), key=lambda each: -each[1]):
        title, because = _criterion(decision, name)
        yield f"* {title} (weight {weight:g})" + (f": {because}" if because else "")


def _outcome(decision: Decision, options: Sequence[Option]) -> str:
    names = [option.name for option in options]
    if decision.is_open:
        return (
            "No option is chosen yet: what is known does not tell them apart. "
            f"“{names[0]}” stands in the front matter only because it is the first of the list."
        )
    reasons = _strongest(options[0], speaks_for=True)[:3]
    for option in options[1:]:
        reasons += _strongest(option, speaks_for=True)[:1]
    why = "; ".join(_lowered(reason.text).rstrip(".") for reason in reasons) or "nothing speaks more for any other"
    more = ""
    if decision.combination and set(names) == set(decision.combination):
        more = " The facts ask for these together."
    elif not set(names) <= set(decision.recommended) or decision.combination:
        more = f" By the weighed reasons {decision.said} was recommended; people chose otherwise."
    elif tied := [name for name in decision.recommended if name not in names]:
        more = f" It is level with {' and '.join(tied)} within {decision.tie_margin:g} points."
    said = "Chosen option" if len(names) == 1 else "Chosen options"
    return f"{said}: “{TOGETHER.join(names)}”, because {why}.{more}"


def _consequences(options: Sequence[Option]) -> Iterator[str]:
    """Give the arguments of what was chosen; of several options, each with its name."""
    for option in options:
        for line in _arguments(option):
            yield line if len(options) == 1 else f"* {option.name}: {_lowered(line.removeprefix('* '))}"


def _arguments(option: Option) -> Iterator[str]:
    yield from (f"* Ruled out here: {text}" for text in option.disqualified)
    yield from (f"* Good, because {_lowered(reason.text)}" for reason in _strongest(option, speaks_for=True))
    yield from (f"* Bad, because {_lowered(reason.text)}" for reason in _strongest(option, speaks_for=False))


def _pros_and_cons(option: Option) -> Iterator[str]:
    share = f"{100 * option.weight_share:.0f} % of all possible weightings put it first"
    yield f"Best for: {option.best_for}. To be avoided when {option.avoid_when}."
    yield f"\nScore {option.score:+.1f}; {share}.\n"
    yield from _arguments(option)
    if option.open_reasons:
        further = counted(len(option.open_reasons), "further reason")
        yield f"* Neutral, because {further} would need answers that nobody gave"


def _strongest(option: Option, *, speaks_for: bool) -> list[Reason]:
    found = [reason for reason in option.reasons if (reason.contribution > 0) == speaks_for and reason.contribution]
    return sorted(found, key=lambda reason: -abs(reason.contribution))


def _confirmation(decision: Decision) -> Iterator[str]:
    yield "Once this record is accepted, every audit compares its facts with the brief. Reopen the decision\n"
    flips: list[Flip] = [flip for flip in decision.flips if flip.kind == "answer"]
    for flip in flips[:MOST_FLIPS]:
        after, before = _said(flip.name, flip.after), _said(flip.name, flip.before)
        asked = f"“{_question(flip.name)}” has to be answered with {after} instead of {before}"
        yield f"* when {asked}: {flip.winner} would be recommended"
    telling = [(each, sorted({effect.winner for effect in each.would_change})) for each in decision.unanswered]
    for each, winners in telling[:MOST_FLIPS]:
        yield f"* when somebody answers “{each.question}”, which nobody has: it decides between {', '.join(winners)}"
    if not flips and not telling:
        yield "* when several facts change at once; no single one would turn what is recommended"


def _more(decision: Decision) -> Iterator[str]:
    weights = [flip.sentence for flip in decision.flips if flip.kind == "weight"]
    yield from (f"* {sentence}" for sentence in weights)
    sources = {
        source for option in decision.options for reason in option.reasons for source in reason.source.split("; ")
    }
    yield from (f"* {source}" for source in sorted(sources))


def _criterion(decision: Decision, name: str) -> tuple[str, str]:
    table = table_of(decision.question)
    found = [each for each in table.criteria if each.name == name] if table else []
    return (found[0].title, found[0].because) if found else (name.replace("_", " "), "")


def _question(name: str) -> str:
    text = _sheet().by_name.get(name)
    return text.question if text else name.replace("_", " ")


def _said(name: str, value: Any) -> str:
    text = _sheet().by_name.get(name)
    return markdown(say_answer(value, text.unit if text else ""))


@cache
def _sheet() -> AnswerSheet:
    return knowledge.answer_sheet(TABLES)


@cache
def _names() -> frozenset[str]:
    tables = knowledge.decision_tables(TABLES)
    return frozenset(word for table in tables for option in table.options for word in option.name.split()) | {"Google"}


def _lowered(text: str) -> str:
    """Let a sentence go on from a “because”: its first letter small, unless its first word is a name.

    >>> _lowered("Nobody needs it sooner."), _lowered("SQL and data frames share."), _lowered("Spark is in use.")
    ('nobody needs it sooner.', 'SQL and data frames share.', 'Spark is in use.')
    """
    first = text.split(" ", 1)[0]
    if first.strip(",.;:'s") in _names() or first[1:].lower() != first[1:]:
        return text
    return text[:1].lower() + text[1:]
