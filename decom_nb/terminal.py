"""What the commands print: for people with rich, for programs as one JSON value. `cli.py` calls it.

Every command imports this, so what only some of them print is imported where it is printed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, NoReturn

import typer

from decom_nb.errors import DecomError, InputError
from decom_nb.escape import visible

if TYPE_CHECKING:
    from rich.console import Console

    from decom_nb.audit import Audit
    from decom_nb.batch import Done
    from decom_nb.decide import Decision
    from decom_nb.difference import Difference
    from decom_nb.evidence.source import Source, SourceFile
    from decom_nb.finding import Finding
    from decom_nb.phase import Phase

Dir = Annotated[Path, typer.Argument(metavar="DIR", help="the engagement's folder", show_default=False)]
"""The first argument of most commands."""
Json = Annotated[bool, typer.Option("--json", help="print data instead of text")]
"""The option of every command that tells something."""

_STYLES = {"true": "green", "false": "red", "error": "bold red", "not_known": "yellow", "not_applicable": "dim"}
_PROSE: Final = 20
"""Columns that a column of prose keeps, however narrow the terminal is."""
_WIDE: Final = 200
"""Columns of a table that goes to a file or another program."""
_LISTED: Final = 5


class ReaderGone(Exception):  # noqa: N818 - no failure: whoever read our output has seen enough
    """What we print is read no more, as with ``| head``."""


@cache
def _console_class() -> type[Console]:
    from rich.console import Console

    class ReadConsole(Console):
        def on_broken_pipe(self) -> NoReturn:
            raise ReaderGone  # rich itself would exit with 1, which here is a failed gate

    return ReadConsole


class Out:
    """Where a command's words go: `data` prints with ``--json`` only, all else without it only."""

    has_data: ClassVar[bool] = False
    """Whether data was printed: a program gets one JSON value, never two."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    @cached_property
    def console(self) -> Console:
        """Standard output, as rich writes to it."""
        return _console_class()(highlight=False, quiet=self.as_json, soft_wrap=False)

    def data(self, value: Any) -> None:
        """Print the value as JSON, if data was asked for."""
        if not self.as_json:
            return
        Out.has_data = True
        try:
            sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=True, default=str) + "\n")
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise ReaderGone from error  # typer would exit with 1, which here is a failed gate

    def line(self, text: object = "", style: str = "") -> None:
        """Print one line of text; nothing in it is read as markup."""
        if self.as_json:
            return
        from rich.text import Text

        self.console.print(Text(visible(text), style=style), soft_wrap=True)

    def table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[object]],
        right: Sequence[str] = (),
        whole: Sequence[str] = (),
    ) -> None:
        """Print a table; the columns named in `right` are numbers, those in `whole` are to be copied and never wrap."""
        if self.as_json:
            return
        from rich.cells import cell_len
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        listed = [[cell if isinstance(cell, Text) else Text(visible(cell)) for cell in row] for row in rows]
        needed = 0
        for at, column in enumerate(columns):
            widest = max(cell_len(column), *(cell_len(row[at].plain) for row in listed), 0)
            kept = widest if column in whole or column in right else min(widest, _PROSE)
            needed += kept + 2
            table.add_column(
                column,
                justify="right" if column in right else "left",
                overflow="fold",
                no_wrap=column in whole,
                min_width=kept,
            )
        for row in listed:
            table.add_row(*row)
        known = self.console.is_terminal or "COLUMNS" in os.environ
        # A line that is longer than the terminal is wrapped there, and is still one line when it is copied.
        self.console.print(
            table,
            width=max(needed, self.console.width if known else _WIDE),
            crop=False,
            no_wrap=True,
            overflow="ignore",
        )

    def error(self, error: DecomError) -> None:
        """Say what went wrong: on standard error for people, as data on standard output for programs."""
        mistakes = error.mistakes if isinstance(error, InputError) else ()
        if self.as_json and not isinstance(error, DecomError | InputError):
            return
        if self.as_json:
            if Out.has_data:
                return  # what is wrong is told in it, and by the exit code
            if mistakes or error.exit_code != 1:  # a failed gate is part of the data that has been printed already
                kind = type(error).__name__
                self.data(
                    {"ok": False, "error": kind, "message": str(error), "mistakes": [vars(each) for each in mistakes]}
                )
            return
        from rich.text import Text

        console = _console_class()(stderr=True, highlight=False)
        if not mistakes:
            console.print(Text(visible(error), style="bold red" if error.exit_code == 1 else ""), soft_wrap=True)
        for mistake in mistakes:
            place = ":".join(str(part) for part in (mistake.file, mistake.line or "") if part)
            head = Text(visible(place), style="bold")
            if mistake.key:
                head.append(f"{'  ' if place else ''}{visible(mistake.key)}", style="cyan")
            if head:
                console.print(head, soft_wrap=True)
            console.print(Text(f"  {visible(mistake.what)}", style="red"), soft_wrap=True)
            if mistake.instead:
                console.print(Text(f"  → {visible(mistake.instead)}"), soft_wrap=True)
        if len(mistakes) > 1:
            console.print(Text(f"{len(mistakes)} mistakes.", style="bold"))

    def summary(self, audit: Audit) -> dict[str, Any]:
        """Give the part of an audit that the commands print, as data."""
        return {
            "id": audit.id,
            "scorecard": audit.scorecard.model_dump(mode="json"),
            "repairs": [each.model_dump(mode="json") for each in audit.repairs],
            "recommended": {each.question: list(each.recommended) for each in audit.decisions},
        }

    def audit(self, audit: Audit) -> None:
        """Print the score with its dimensions, what to do first, what was decided, and what was found too."""
        self._score(audit)
        self.line()
        self._dimensions(audit)
        self._actions(audit)
        self._decisions(audit)
        if unpaid := _unpaid(audit):
            self.line()
            self._found_too(unpaid)
        self._failures(audit)
        self.line()

    def reported(self, audit: Audit) -> None:
        """Print what an audit came to beside its report, which holds the rest: the score and what to do first come last."""
        from decom_nb.wording import counted

        self._dimensions(audit)
        self._decisions(audit)
        self._failures(audit)
        if unpaid := _unpaid(audit):
            self.line()
            self.line(f"{counted(len(unpaid), 'finding')} without points too: the report and decom audit list them.")
        self.line()
        self._score(audit)
        self._actions(audit)
        self.line()

    def _score(self, audit: Audit) -> None:
        from decom_nb.score import shown
        from decom_nb.wording import points

        card = audit.scorecard
        if card.reason:
            self.line(f"No score yet. {card.reason}", "bold")
        else:
            bands = card.band or f"{card.band_low} to {card.band_high}"
            self.line(f"Score {shown(card.low)} to {shown(card.high)} of 100 · {bands}", "bold")
            self.line(f"{shown(100 * card.evidenced_share)} % of the points are evidenced. {card.advice}")
        if card.claimed is not None:
            self.line(
                f"Claimed: {points(card.claimed_points)} of the {card.claimable:g} points that somebody spoke for."
            )

    def _dimensions(self, audit: Audit) -> None:
        from decom_nb.wording import points

        numbers = ("weight", "low", "high", "claimed")
        rows = [
            (each.title, f"{each.weight:g}", points(each.low), points(each.high), _number(each.claimed), each.basis)
            for each in audit.scorecard.dimensions
        ]
        self.table(("dimension", *numbers, "basis"), rows, right=numbers)

    def _actions(self, audit: Audit) -> None:
        from decom_nb.audit import first
        from decom_nb.wording import points

        if audit.repairs:
            self.line()
            rows = [(each.remedy, f"+{points(each.gain)}", each.effort) for each in first(audit.repairs)]
            self.table(("do first", "brings", "effort"), rows, right=("brings",))

    def _decisions(self, audit: Audit) -> None:
        if audit.decisions:
            self.line()
            rows = [(each.title, _first(each), each.question) for each in audit.decisions]
            more = "more: decom decide DIR …"
            self.table(("question", "recommended", more), rows, whole=(more,))

    def _found_too(self, unpaid: Sequence[Finding]) -> None:
        """Print findings, the rule under what it says: beside it, little room would be left for words."""
        from rich.text import Text

        rows = [
            (each.severity, Text(visible(each.message)).append(f"\n{visible(each.rule)}", style="dim"))
            for each in unpaid
        ]
        self.table(("severity", "found too, without points"), rows, whole=("severity",))

    def _failures(self, audit: Audit) -> None:
        for failure in audit.failures:
            self.line(failure, "red")

    def decision(self, decision: Decision) -> None:
        """Print the ranking with reasons, what is unanswered, and what would flip it."""
        from rich.text import Text

        self.line(decision.title, "bold")
        if decision.combination:
            self.line(f"The facts ask for these together: {' + '.join(decision.combination)}.")
        self.line()
        if decision.tells_nothing:
            self._not_yet(decision)
            return
        if decision.is_open:
            self.line("Cannot be told yet: what is answered leaves all options level.", "yellow")
        self.table(
            ("", "option", "score", "wins", "why"),
            [
                (
                    Text(
                        "out" if option.disqualified else str(option.rank), style="red" if option.disqualified else ""
                    ),
                    option.name,
                    f"{option.score:+.1f}",
                    f"{option.weight_share:.0%}",
                    _why(option),
                )
                for option in decision.options
            ],
            right=("", "score", "wins"),
        )
        self.line("wins: the share of all possible weightings under which the option comes first.", "dim")
        for heading, lines in (
            ("What would change it", [flip.sentence for flip in decision.told_flips]),
            ("Not answered yet, and it matters", [_open(each) for each in decision.unanswered]),
        ):
            if lines:
                self.line()
                self.line(heading, "bold")
                for text in lines:
                    self.line(f"- {text}")

    def _not_yet(self, decision: Decision) -> None:
        """Say what there is to choose from and what to answer, and no number: all would be of silence."""
        self.line("Cannot be told yet: nothing is answered that speaks for an option or against it.", "yellow")
        self.line(f"To choose from: {'; '.join(option.name for option in decision.options)}.")
        self.line()
        self.line("To answer first, the most telling at the top", "bold")
        for each in (*decision.unanswered, *decision.also_open):
            self.line(f"- {each.question} ({', '.join(each.fields) or each.answer})")

    def source(self, source: Source) -> dict[str, Any]:
        """Give a source as data, with its age in days."""
        age = _age(source)
        return {**source.model_dump(mode="json"), "age_days": None if age is None else round(age, 2)}

    def sources(self, sources: Sequence[Source]) -> None:
        """Print what was read, a line a source, then the problems met on the way."""
        from decom_nb.evidence.source import UNRECOGNISED
        from decom_nb.wording import days_old, tallied

        now = datetime.now(UTC)
        if not sources:
            self.line(
                "No evidence yet: copy dbt artifacts or run logs to evidence/, or point to them in engagement.yaml."
            )
            return
        self.table(
            ("kind", "files", "rows", "counts", "as of", "age", "problems"),
            [
                (
                    source.kind,
                    len(source.files),
                    f"{source.rows:,}",
                    tallied(source.counts),
                    f"{source.as_of:%Y-%m-%d}" if source.as_of else "not known",
                    f"{days_old(source.as_of, now)} d" if source.as_of else "",
                    source.problems_total or "",
                )
                for source in sources
            ],
            right=("files", "rows", "age", "problems"),
            whole=("kind",),
        )
        for source in sources:
            # What became of a file that was refused stands among the problems as well: once is enough.
            told = {(problem.path, problem.what) for problem in source.problems}
            noted = [file for file in source.files if file.note or source.kind == UNRECOGNISED]
            noted = [file for file in noted if (file.path, file.note) not in told]
            for file in noted[:_LISTED]:
                self.line(f"{file.path}: {_note(file)}", "yellow")
            if len(noted) > _LISTED:
                self.line(f"… and {len(noted) - _LISTED} more files of {source.kind}; all with --json", "yellow")
            for problem in source.problems[:_LISTED]:
                self.line(f"{problem.path}{f':{problem.line}' if problem.line else ''}: {problem.what}", "yellow")
            if source.problems_total > _LISTED:
                self.line(f"… and {source.problems_total - _LISTED} more in {source.kind}; all with --json", "yellow")

    def batch(self, rows: Sequence[Done]) -> None:
        """Print a line for each engagement of a batch; what went wrong is told after the table, by `error`."""
        self.table(
            ("engagement", "score", "band", "seconds", "report"),
            [
                (
                    row.engagement,
                    (row.error and "failed") or row.score,
                    row.band,
                    f"{row.seconds:.1f}",
                    row.report,
                )
                for row in rows
            ],
            right=("seconds",),
            whole=("engagement", "report"),
        )

    def room(self, room: Phase) -> dict[str, Any]:
        """Give what a room knows, as data."""
        return {
            "room": room.name,
            "title": room.text.title,
            "purpose": room.text.purpose,
            "documents": [document.name for document in room.documents],
            "questions": [table.question for table in room.tables],
            "rules": [
                {"rule": told.rule.id, "title": told.rule.title, **told.text.model_dump()} for told in room.rules
            ],
        }

    def catalogue(self, rooms: Sequence[Phase]) -> None:
        """Print every room with its documents, questions and rules."""
        for room in rooms:
            self.line(f"{room.text.title} ({room.name})", "bold")
            self.line(f"  documents: {', '.join(each.name for each in room.documents)}")
            if room.tables:
                self.line(f"  questions: {', '.join(each.question for each in room.tables)}")
            self.table(
                ("  rule", "severity", "says"),
                [(f"  {told.rule.id}", told.text.severity, told.rule.title) for told in room.rules],
                whole=("  rule", "severity"),
            )
            self.line()

    def difference(self, found: Difference) -> None:
        """Print what changed between two audits, and who moved the score."""
        from decom_nb.score import shown
        from decom_nb.wording import points

        score = found.score
        self.line(f"{found.before} → {found.after}", "bold")
        self.table(
            ("", "before", "after", "you", "our rules", "either"),
            [
                (
                    each.name,
                    f"{said(each.low_before)}–{said(each.high_before)}",
                    f"{said(each.low_after)}–{said(each.high_after)}",
                    *map(_shift, (each.you, each.rules, each.either)),
                )
                for said, each in ((shown, score), *((points, moved) for moved in found.dimensions))
            ],
        )
        self.line(
            "you: what the platform, its evidence or the time moved the lower and the upper end by; either: both did.",
            "dim",
        )
        for turned in found.findings:
            by = {"you": "", "rules": " (our rules)", "either": " (rule and inputs changed)"}[turned.cause]
            silent = ", no longer shown" if (turned.before, turned.after) == ("true", "not_known") else ""
            self.line(
                f"{turned.rule}: {turned.before or 'new'} → {turned.after or 'gone'}{silent}{by}. {turned.message}",
                _STYLES.get(turned.after, ""),
            )
        for decided in found.decisions:
            self.line(f"{decided.question}: {', '.join(decided.before)} → {', '.join(decided.after)}")
        for what in dict.fromkeys(each.what for each in found.rules_changed):
            rules = [
                f"{each.rule} (was {each.formerly})" if each.formerly else each.rule
                for each in found.rules_changed
                if each.what == what
            ]
            self.line(f"Rules, {what}: {', '.join(rules)}", "yellow")
        if found.inputs_changed:
            self.line(f"Inputs that differ: {', '.join(found.inputs_changed)}")
        if found.other_versions:
            self.line(f"Judged by another version of {', '.join(found.other_versions)}.", "yellow")


def _shift(ends: tuple[float, float]) -> str:
    low, high = (f"{end:+.1f}" if abs(end) >= 0.05 else "±0" for end in ends)
    return "" if low == high == "±0" else low if low == high else f"{low} / {high}"


def _unpaid(audit: Audit) -> list[Finding]:
    """Give what does not hold and costs no points, the worst first."""
    from decom_nb.finding import SEVERITIES

    found = [
        each for each in audit.findings if each.outcome in ("false", "error") and not each.points and not each.waived
    ]
    return sorted(found, key=lambda each: SEVERITIES.index(each.severity))


def _note(file: SourceFile) -> str:
    return file.note or "no collector knows what this is"


def _first(decision: Decision) -> str:
    if decision.is_open:
        return "not yet: the brief does not tell the options apart"
    return decision.said if decision.recommended else "none: every option is ruled out"


def _number(points: float | None) -> str:
    return "" if points is None else f"{points:g}"


def _why(option: Any) -> str:
    if option.disqualified:
        return " ".join(option.disqualified)
    weighty = sorted((each for each in option.reasons if each.contribution), key=lambda each: -abs(each.contribution))
    return " ".join(f"({each.contribution:+.1f}) {each.text}" for each in weighty[:2])


def _open(question: Any) -> str:
    effects = "; ".join(f"{effect.text or _value(effect.value)} → {effect.winner}" for effect in question.would_change)
    return f"{question.question} {f'({effects})' if effects else ''}"


def _value(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _age(source: Source) -> float | None:
    if source.as_of is None:
        return None
    return max(0.0, (datetime.now(UTC) - source.as_of).total_seconds() / 86400)
