"""Ranks the options of one question: (table, answers, weights) -> Decision. Pure: no files, clock or global state.

`decision` is what comes out, `weighing` the arithmetic, `flip` and `open_question` what could change the result.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from decom_nb.condition import Answer
from decom_nb.decide.decision import Decision, Effect, Flip, Option, Reason, Unanswered
from decom_nb.decide.saying import counted, say_answer, say_number
from decom_nb.errors import InputError, Mistake
from decom_nb.knowledge import AnswerText, DecisionTable
from decom_nb.suggest import instead

if TYPE_CHECKING:  # the arithmetic brings numpy with it: imported when something is decided
    from decom_nb.decide.flip import Change
    from decom_nb.decide.weighing import Recommended, Standing, Weighing

__all__ = [
    "Answer",
    "Decision",
    "Effect",
    "Flip",
    "Option",
    "Reason",
    "Unanswered",
    "counted",
    "decide",
    "matters",
    "say_answer",
    "say_number",
]

_ALL_LEVEL = "undecided"


def decide(table: DecisionTable, answers: Mapping[str, Answer], weights: Mapping[str, float] | None = None) -> Decision:
    """Rank the table's options under the answers; `weights` replaces the weights of the criteria it names.

    Answers that the table does not look at are ignored; values that an answer cannot have are an `InputError`.
    """
    from decom_nb.decide.flip import answer_changes, weight_changes
    from decom_nb.decide.weighing import Weighing

    mine = table.weights | _checked_weights(table, weights or {})
    known = {name: _checked_answer(table, name, answers.get(name)) for name in table.by_answer}
    weighing = Weighing(table, known, list(mine.values()))
    winners = weighing.winners(weighing.standing)
    scores = weighing.standing.scores
    options = _options(weighing)
    places = sorted(range(len(options)), key=lambda at: (options[at].rank, -scores[at], at))
    first = tuple(options[at].name for at in places if at in winners)
    combination = tuple(options[at].name for at in weighing.combination(weighing.standing))
    questions = _questions(weighing)
    return Decision(
        question=table.question,
        title=table.title,
        options=tuple(options[at] for at in places),
        winners=first,
        combination=combination,
        recommended=combination or first,
        flips=tuple(
            Flip(
                kind=kind,
                name=change.name,
                before=change.before,
                after=change.after,
                winner=_said(table, change.turned),
                size=change.size,
                sentence=say(table, change, _alone(weighing, change.turned)),
            )
            for kind, changes, say in (
                ("weight", weight_changes(weighing), _say_weight),
                ("answer", answer_changes(weighing), _say_answer),
            )
            for change in changes
        ),
        unanswered=tuple(each for each in questions if any(effect.turns for effect in each.would_change)),
        also_open=tuple(each for each in questions if not any(effect.turns for effect in each.would_change)),
        answers=known,
        weights=mine,
        tie_margin=table.tie_margin.value,
    )


def matters(decisions: Iterable[Decision]) -> set[str]:
    """Give the names of the unanswered questions that can still change a decision, alone or together with others."""
    return {each.answer for decision in decisions for each in (*decision.unanswered, *decision.also_open)}


def _checked_weights(table: DecisionTable, weights: Mapping[str, float]) -> dict[str, float]:
    mistakes = []
    for name, weight in weights.items():
        key = f"weights.{table.question}.{name}"
        if name not in table.weights:
            mistakes.append(Mistake("", 0, key, f"there is no criterion `{name}`", instead(name, table.weights)))
        elif (
            isinstance(weight, bool)
            or not isinstance(weight, int | float)
            or not (weight == 0 or 1e-6 <= weight <= 1e6)
        ):
            hint = "write 0, or a number from 0.000001 to 1000000"
            mistakes.append(Mistake("", 0, key, f"{weight!r:.40} is not a weight", hint))
    if mistakes:
        raise InputError(mistakes)
    return {name: float(weight) for name, weight in weights.items()}


def _checked_answer(table: DecisionTable, name: str, value: Answer) -> Answer:
    text = table.sheet.by_name[name]
    if value is None:
        return None
    if text.kind == "number":
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf:
            return value
        raise InputError(
            Mistake("", 0, name, f"{value!r} is not a number of 0 or more", f"say it in {text.unit or 'numbers'}")
        )
    if any(type(each) is type(value) and each == value for each in text.values):
        return value
    what = f"{value!r} is not one of its values"
    raise InputError(Mistake("", 0, name, what, instead(str(value), map(str, text.values))))


def _options(weighing: Weighing) -> list[Option]:
    table, bounds, ranks = weighing.table, weighing.bounds(), weighing.ranks()
    shares = weighing.weight_shares(range(len(table.options)))
    alone = shares
    if len(table.aspects) > 1:
        alone = [sum(each) for each in zip(*map(weighing.weight_shares, table.aspects), strict=True)]
    reasons: list[list[Reason]] = [[] for _ in table.options]
    open_reasons: list[list[Reason]] = [[] for _ in table.options]
    ruled_out: list[list[str]] = [[] for _ in table.options]
    for row, worth, degree in zip(table.rows, weighing.worth, weighing.degrees, strict=True):
        if row.rules_out and degree.low >= 1.0:
            ruled_out[row.option].append(row.row.because)
        if degree.high > 0.0:
            (reasons if degree.low > 0.0 else open_reasons)[row.option].append(
                Reason(
                    criterion=table.criteria[row.criterion].name,
                    text=row.row.because,
                    source=row.row.source,
                    points=row.points,
                    degree=degree.low,
                    degree_high=degree.high,
                    weight=weighing.weights[row.criterion],
                    contribution=worth * degree.low,
                    rules_out=row.rules_out,
                    differs=row.row.differs,
                    answers=row.answers,
                )
            )
    return [
        Option(
            name=text.name,
            rank=ranks[at],
            score=weighing.standing.scores[at],
            score_low=bounds[at][0],
            score_high=bounds[at][1],
            weight_share=shares[at],
            aspect=text.aspect,
            aspect_share=alone[at],
            best_for=text.best_for,
            avoid_when=text.avoid_when,
            disqualified=tuple(ruled_out[at]),
            reasons=tuple(reasons[at]),
            open_reasons=tuple(open_reasons[at]),
        )
        for at, text in enumerate(table.options)
    ]


def _questions(weighing: Weighing) -> tuple[Unanswered, ...]:
    from decom_nb.decide.open_question import open_questions

    found = [
        Unanswered(
            answer=question.text.name,
            question=question.text.question,
            fields=question.text.fields,
            swing=question.swing,
            would_change=_effects(weighing, question.text),
        )
        for question in open_questions(weighing)
    ]
    return tuple(sorted(found, key=lambda each: -each.swing))


def _effects(weighing: Weighing, text: AnswerText) -> tuple[Effect, ...]:
    """Give what would be recommended for each value of an unanswered question; for a number, for each stretch of it."""
    if text.kind != "number":
        found = []
        for value in text.values:
            standing = weighing.standing_if(text.name, value)
            said, turns = _outcome(weighing, standing)
            found.append(Effect(value=value, text=say_answer(value), winner=said, turns=turns))
        return tuple(found)
    stretches: list[tuple[float, float, float, str, bool]] = []
    for start, end, value in _stretches(weighing, text):
        said, turns = _outcome(weighing, weighing.standing_if(text.name, value))
        if stretches and stretches[-1][3] == said:
            stretches[-1] = (stretches[-1][0], end, *stretches[-1][2:])
        else:
            stretches.append((start, end, value, said, turns))
    return tuple(
        Effect(
            value=value,
            text=_said_stretch(text, start, end, at == 0, at == len(stretches) - 1),
            winner=said,
            turns=turns,
        )
        for at, (start, end, value, said, turns) in enumerate(stretches)
    )


def _stretches(weighing: Weighing, text: AnswerText) -> Iterator[tuple[float, float, float]]:
    """Give the stretches of a number along which one thing is recommended, each with a value to try.

    Of a count they begin and end at whole numbers; one at the very edge between two is a stretch of its own, for it may
    belong to either side.
    """
    for region in weighing.regions(text):
        start, end = region.start, region.end
        middle = math.sqrt(start * end)
        if not text.whole:
            yield start, end, float(f"{middle:.3g}")
            continue
        near = 1e-9 * max(1.0, end)
        first, last = math.floor(start + near) + 1, math.ceil(end - near) - 1
        if abs(start - round(start)) <= near:
            yield float(round(start)), float(round(start)), float(round(start))
        if first <= last:
            yield float(first), float(last), float(min(max(round(middle), first), last))
        if abs(end - round(end)) <= near:
            yield float(round(end)), float(round(end)), float(round(end))


def _outcome(weighing: Weighing, standing: Standing) -> tuple[str, bool]:
    """Say what is recommended in a standing, and whether that is something else than now."""
    if _is_open(weighing, standing):
        return _ALL_LEVEL, False
    turns = _is_open(weighing, weighing.standing) or weighing.turned(standing) is not None
    return _said(weighing.table, weighing.recommended(standing)), turns


def _is_open(weighing: Weighing, standing: Standing) -> bool:
    qualified = len(standing.scores) - len(standing.out)
    return qualified > 1 and len(weighing.winners(standing)) == qualified


def _said(table: DecisionTable, recommended: Recommended) -> str:
    names = [table.options[at].name for at in recommended.options]
    return (" + " if recommended.together else " or ").join(names)


def _alone(weighing: Weighing, turned: Recommended) -> str:
    """Say what a change turns to; that one option stays of several has to be said."""
    said = _said(weighing.table, turned)
    return f"{said} alone" if weighing.now.together and len(turned.options) == 1 else said


def _said_stretch(text: AnswerText, start: float, end: float, first: bool, last: bool) -> str:
    if first and last:
        return "any"
    if text.whole and start == end and not last:
        return say_number(end, text.unit) if not first else f"up to {say_number(end, text.unit)}"
    if first:
        return f"up to {say_number(end, text.unit)}"
    return f"from {say_number(start, text.unit)}" if last else f"{say_number(start)} to {say_number(end, text.unit)}"


def _say_weight(table: DecisionTable, change: Change, turned: str) -> str:
    title = next(criterion.title for criterion in table.criteria if criterion.name == change.name)
    after, before = say_number(change.after), say_number(change.before)
    return f"If “{title}” counted {after} instead of {before}, {turned} would be recommended."


def _say_answer(table: DecisionTable, change: Change, turned: str) -> str:
    text = table.sheet.by_name[change.name]
    after, before = say_answer(change.after, text.unit), say_answer(change.before, text.unit)
    return f"If “{text.question}” were answered with {after} instead of {before}, {turned} would be recommended."
