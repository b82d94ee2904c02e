"""A decision written down as a record in the form of MADR 4.0. `adr_verb.py` calls it; pure: a decision in, text out."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from decom_nb.decide import Decision, Flip, Option, Reason, counted, say_answer
from decom_nb.decide.reading import Reading
from decom_nb.decision_record import TOGETHER, chosen_names
from decom_nb.escape import file_name, markdown
from decom_nb.knowledge import DecisionTable

MOST_FLIPS = 8
"""How many facts a record names under which it should be reopened."""


class Setting(NamedTuple):
    """What a record tells beside the decision itself."""

    subject: str
    """What it is decided for: the project, or the engagement."""
    context: str = ""
    """What the business does, as the brief tells it."""
    readings: Mapping[str, Reading] = {}
    """How the answers came about, by name, where their room says so."""
    names: frozenset[str] = frozenset()
    """Words that keep their capital in the middle of a sentence; see `proper_names`."""


def proper_names(options: Iterable[str]) -> frozenset[str]:
    """Give what options are called where a sentence begins with one.

    >>> sorted(proper_names(["SQL (warehouse)", "Delta Lake/Iceberg", "Data Vault 2.0", "Cron + scripts"]))
    ['Cron', 'Data Vault', 'Delta Lake', 'Iceberg', 'SQL']
    """
    parts = (part.strip() for option in options for part in re.split(r"[/(+]|\d", option))
    return frozenset(part for part in parts if part[:1].isupper())


def adr_file_name(decision: Decision, number: int) -> str:
    """Give the file name of a record.

    MADR asks for four digits and the title.
    """
    return f"{number:04d}-{file_name(decision.title)}.md"


def adr(
    decision: Decision,
    table: DecisionTable,
    setting: Setting,
    date: dt.date,
    number: int,
    chosen: str | None = None,
) -> str:
    """Write a decision down as a record, proposed and ready to be accepted by people.

    `table` is the one it was decided by. `chosen` is what people chose where it is not what is recommended. The front
    matter holds what later audits compare.
    """
    return _Record(decision, table, setting, bool(chosen)).text(date, number, chosen_names(decision, chosen))


@dataclass(frozen=True)
class _Record:
    decision: Decision
    table: DecisionTable
    setting: Setting
    chosen: bool = False
    """Whether people chose, or what is recommended is taken."""

    def text(self, date: dt.date, number: int, names: tuple[str, ...]) -> str:
        decision, options = self.decision, [self.decision.option(name) for name in names]
        parts = [
            _front_matter(decision, names, date),
            f"# {number:04d} {decision.title}: {TOGETHER.join(names)}",
            _section("Context and Problem Statement", self._context()),
            _section("Decision Drivers", self._drivers()),
            _section("Considered Options", (f"* {each.name}" for each in decision.options)),
            _section("Decision Outcome", [self._outcome(options)]),
            _section("Consequences", self._consequences(options), level=3),
            _section("Confirmation", self._confirmation(), level=3),
            "## Pros and Cons of the Options",
            *(_section(each.name, self._pros_and_cons(each), level=3) for each in decision.options),
            _section("More Information", _more(decision)),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _context(self) -> Iterator[str]:
        yield f"{self.table.asks} This record is about {markdown(self.setting.subject)}."
        if self.setting.context:
            yield ""
            yield f"Context, as the brief tells it: {markdown(self.setting.context)}"
        facts = [(name, value) for name, value in self.decision.answers.items() if value is not None]
        how = self.setting.readings
        if facts:
            yield "\nThe facts:\n"
        for name, value in facts:
            read = f" (read from “{markdown(how[name].whence)}”)" if name in how and how[name].how == "read" else ""
            yield f"* {self._question(name)} **{self._said(name, value)}**{read}"

    def _drivers(self) -> Iterator[str]:
        criteria = {each.name: each for each in self.table.criteria}
        for name, weight in sorted(self.decision.weights.items(), key=lambda each: -each[1]):
            yield f"* {criteria[name].title} (weight {weight:g}): {criteria[name].because}"

    def _outcome(self, options: Sequence[Option]) -> str:
        names = [option.name for option in options]
        if self.decision.is_open and self.chosen:
            return (
                f"Chosen: “{TOGETHER.join(names)}”, by people; what is answered does not tell the options apart, "
                "and recommends none."
            )
        if self.decision.is_open:
            return (
                "No option is chosen yet: what is known does not tell them apart. "
                f"“{names[0]}” stands in the front matter only because it is the first of the list."
            )
        reasons = _strongest(options[0], speaks_for=True)[:3]
        for option in options[1:]:
            reasons += _strongest(option, speaks_for=True)[:1]
        why = (
            "; ".join(self._lowered(reason.text).rstrip(".") for reason in reasons)
            or "nothing speaks more for any other"
        )
        more = ""
        if self.decision.combination and set(names) == set(self.decision.combination):
            more = " The facts ask for these together."
        elif not set(names) <= set(self.decision.recommended) or self.decision.combination:
            more = f" By the weighed reasons {self.decision.said} was recommended; people chose otherwise."
        elif tied := [name for name in self.decision.recommended if name not in names]:
            more = f" It is level with {' and '.join(tied)} within {self.decision.tie_margin:g} points."
        said = "Chosen option" if len(names) == 1 else "Chosen options"
        return f"{said}: “{TOGETHER.join(names)}”, because {why}.{more}"

    def _consequences(self, options: Sequence[Option]) -> Iterator[str]:
        """Give the arguments of what was chosen; of several options, each with its name."""
        for option in options:
            for line in self._arguments(option):
                yield line if len(options) == 1 else f"* {option.name}: {self._lowered(line.removeprefix('* '))}"

    def _arguments(self, option: Option) -> Iterator[str]:
        yield from (f"* Ruled out here: {text}" for text in option.disqualified)
        yield from (f"* Good, because {self._lowered(reason.text)}" for reason in _strongest(option, speaks_for=True))
        yield from (f"* Bad, because {self._lowered(reason.text)}" for reason in _strongest(option, speaks_for=False))

    def _pros_and_cons(self, option: Option) -> Iterator[str]:
        share = f"{100 * option.weight_share:.0f} % of all possible weightings put it first"
        yield f"Best for: {option.best_for}. To be avoided when {option.avoid_when}."
        yield f"\nScore {option.score:+.1f}; {share}.\n"
        yield from self._arguments(option)
        if option.open_reasons:
            further = counted(len(option.open_reasons), "further reason")
            yield f"* Neutral, because {further} would need answers that nobody gave"

    def _confirmation(self) -> Iterator[str]:
        yield "Once this record is accepted, every audit compares its facts with what documents say. Reopen the decision\n"
        flips: list[Flip] = [flip for flip in self.decision.flips if flip.kind == "answer"]
        for flip in flips[:MOST_FLIPS]:
            after, before = self._said(flip.name, flip.after), self._said(flip.name, flip.before)
            asked = f"“{self._question(flip.name)}” has to be answered with {after} instead of {before}"
            yield f"* when {asked}: {flip.winner} would be recommended"
        telling = [(each, sorted({effect.winner for effect in each.would_change})) for each in self.decision.unanswered]
        for each, winners in telling[:MOST_FLIPS]:
            yield f"* when somebody answers “{each.question}”, which nobody has: it decides between {', '.join(winners)}"
        if not flips and not telling:
            yield "* when several facts change at once; no single one would turn what is recommended"

    def _question(self, name: str) -> str:
        return self.table.sheet.by_name[name].question

    def _said(self, name: str, value: Any) -> str:
        return markdown(say_answer(value, self.table.sheet.by_name[name].unit))

    def _lowered(self, text: str) -> str:
        """Let a sentence go on from a “because”: its first letter small, unless it begins with a name."""
        begins = any(re.match(rf"{re.escape(name)}(?!\w)", text) for name in self.setting.names)
        first = text.split(" ", 1)[0]
        return text if begins or first[1:].lower() != first[1:] else text[:1].lower() + text[1:]


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


def _strongest(option: Option, *, speaks_for: bool) -> list[Reason]:
    found = [reason for reason in option.reasons if (reason.contribution > 0) == speaks_for and reason.contribution]
    return sorted(found, key=lambda reason: -abs(reason.contribution))


def _more(decision: Decision) -> Iterator[str]:
    weights = [flip.sentence for flip in decision.told_flips if flip.kind == "weight"]
    yield from (f"* {sentence}" for sentence in weights)
    sources = {
        source for option in decision.options for reason in option.reasons for source in reason.source.split("; ")
    }
    yield from (f"* {source}" for source in sorted(sources))
