"""Which unanswered questions can still change a decision. `decide.py` calls it.

The test is one of bounds, so it errs on the side of asking: a question that it drops cannot change what is
recommended, however the others are answered. Each open row that waits for one answer only is worked out for every value that
answer can have; rows that wait for several count with their whole span.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from decom_nb.decide.weighing import SAME, Floats, Weighing
from decom_nb.knowledge import AnswerText


class OpenQuestion(NamedTuple):
    """A question that can still change what is recommended, and by how many points it can move two contenders apart."""

    text: AnswerText
    swing: float


def open_questions(weighing: Weighing) -> list[OpenQuestion]:
    """Give the unanswered questions that can still change what is recommended, in the order of the answer sheet."""
    table = weighing.table
    missing = [
        text for text in table.sheet.answers if text.name in table.by_answer and weighing.answers.get(text.name) is None
    ]
    if not missing:
        return []
    names = {text.name for text in missing}
    open_rows = [at for at, degree in enumerate(weighing.degrees) if degree.low < degree.high]
    waits_for = {at: [name for name in table.rows[at].answers if name in names] for at in open_rows}
    effects = {
        text.name: _effects(weighing, text, [at for at in open_rows if waits_for[at] == [text.name]])
        for text in missing
    }
    shared = [at for at in open_rows if len(waits_for[at]) > 1]

    lead = _widest_leads(weighing, effects, shared)
    contenders = _contenders(weighing, lead)
    undecided = (lead > weighing.margin + SAME) & (-weighing.margin - SAME <= lead.T)
    undecided |= undecided.T
    undecided &= np.outer(contenders, contenders)
    np.fill_diagonal(undecided, False)

    joining = _joining(weighing)

    found = []
    for text in missing:
        moves = _spread(effects[text.name])
        for at in shared:
            if text.name in waits_for[at]:
                span = abs(weighing.worth[at]) * (weighing.degrees[at].high - weighing.degrees[at].low)
                moves[table.rows[at].option, :] += span
                moves[:, table.rows[at].option] += span
        swing = float(np.where(undecided, moves, 0.0).max())
        rules_out = any(
            table.rows[at].rules_out and weighing.degrees[at].high >= 1.0 and contenders[table.rows[at].option]
            for at in open_rows
            if text.name in waits_for[at]
        )
        joins = any(
            table.rows[at].option in joining and (abs(weighing.worth[at]) > SAME or table.rows[at].rules_out)
            for at in open_rows
            if text.name in waits_for[at]
        )
        if swing > SAME or joins or (rules_out and contenders.sum() > 0 and len(table.options) > 1):
            found.append(OpenQuestion(text, swing))
    return found


def _joining(weighing: Weighing) -> set[int]:
    """Give the options that can score enough to be part of a combination."""
    least = weighing.table.combine_from
    if least is None:
        return set()
    return {
        at
        for at, (_, high) in enumerate(weighing.bounds())
        if at not in weighing.standing.out and high >= least.value - SAME
    }


def _effects(weighing: Weighing, text: AnswerText, rows: list[int]) -> Floats:
    """Give what the rows that wait for this answer alone bring each option, by value; numbers at their bends."""
    values = text.values or tuple(weighing.bends(text))
    found = np.zeros((len(values), len(weighing.table.options)))
    for which, value in enumerate(values):
        answers = {**weighing.answers, text.name: value}
        for at in rows:
            row = weighing.table.rows[at]
            found[which, row.option] += weighing.worth[at] * row.when.degree(answers).low
    return found


def _spread(effects: Floats) -> Floats:
    """Give for each pair of options by how much the answer can move one against the other."""
    between: Floats = effects[:, :, None] - effects[:, None, :]
    spread: Floats = between.max(axis=0) - between.min(axis=0)
    return spread


def _widest_leads(weighing: Weighing, effects: dict[str, Floats], shared: list[int]) -> Floats:
    """Give for each pair of options the most that the first can be ahead of the second."""
    size = len(weighing.table.options)
    settled, low, high = np.zeros(size), np.zeros(size), np.zeros(size)
    for at, degree in enumerate(weighing.degrees):
        row, worth = weighing.table.rows[at], weighing.worth[at]
        if degree.low == degree.high:
            settled[row.option] += worth * degree.low
        elif at in shared:
            low[row.option] += min(worth * degree.low, worth * degree.high)
            high[row.option] += max(worth * degree.low, worth * degree.high)
    lead: Floats = (settled + high)[:, None] - (settled + low)[None, :]
    for effect in effects.values():
        lead += (effect[:, :, None] - effect[:, None, :]).max(axis=0)
    return lead


def _contenders(weighing: Weighing, lead: Floats) -> np.typing.NDArray[np.bool_]:
    """Give which options can still come first: not ruled out, and not surely behind one that nothing can rule out."""
    size = len(weighing.table.options)
    out, safe = np.zeros(size, dtype=bool), np.ones(size, dtype=bool)
    for row, degree in zip(weighing.table.rows, weighing.degrees, strict=True):
        if row.rules_out and degree.high >= 1.0:
            safe[row.option] = False
            out[row.option] |= degree.low >= 1.0
    behind = ((lead < -weighing.margin - SAME) & safe[None, :]).any(axis=1)
    contenders: np.typing.NDArray[np.bool_] = ~out & ~behind
    return contenders
