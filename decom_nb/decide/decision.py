"""A decision and its parts, as audits keep them: options with reasons, flips, open questions."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from decom_nb.condition import Answer

HEAVIEST = 10.0
"""Flips at weights beyond are told to nobody: nobody weighs that way."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(_Frozen):
    """Why an option gains or loses: `contribution` = `weight` × `points` × `degree`; an option's score is their sum."""

    criterion: str
    text: str = Field(description="the because of the knowledge row, as a sentence")
    source: str = Field(description="where the row comes from")
    points: float = Field(description="signed: positive speaks for the option, negative against it")
    degree: float = Field(
        ge=0, le=1, description="how far the answers meet the row's condition; what is unanswered counts as not met"
    )
    degree_high: float = Field(1, ge=0, le=1, description="how far it would be met if what is unanswered met it")
    weight: float = Field(ge=0)
    contribution: float
    rules_out: bool = Field(False, description="where it holds fully it disqualifies; below that it is a caution")
    differs: str = Field("", description="where the row departs from the methodology, and why")
    answers: tuple[str, ...] = Field((), description="names of the answers that the row looks at")


class Option(_Frozen):
    """One option with its place in the ranking."""

    name: str
    rank: int = Field(ge=1, description="1 is best; ties share a rank; disqualified options come last")
    score: float = Field(description="sum of the contributions; what is unanswered counts nothing")
    score_low: float = Field(description="the score if every unanswered row went against the option")
    score_high: float = Field(description="the score if every unanswered row went for the option")
    weight_share: float = Field(
        ge=0, le=1, description="share of all possible weightings under which it comes first (SMAA)"
    )
    aspect: str = Field("", description="what kind of thing it decides; options of different aspects can be combined")
    aspect_share: float = Field(
        0, ge=0, le=1, description="share of all possible weightings under which it comes first among its aspect"
    )
    best_for: str = ""
    avoid_when: str = ""
    disqualified: tuple[str, ...] = Field((), description="what rules it out here, empty if nothing does")
    reasons: tuple[Reason, ...] = Field((), description="what counts; the score is the sum of their contributions")
    open_reasons: tuple[Reason, ...] = Field((), description="what would count if somebody answered; nothing so far")


class Flip(_Frozen):
    """The smallest single change of one weight or one answer under which something else would be recommended."""

    kind: Literal["weight", "answer"]
    name: str = Field(description="the criterion or the answer")
    before: Any
    after: Any
    winner: str = Field(
        description="what would be recommended: one option, or several joined by “+”, or by “or” if they tie"
    )
    size: float = Field(
        0, ge=0, description="how large the change is: relative for weights, logarithm of the ratio for numbers, steps"
    )
    sentence: str


class Effect(_Frozen):
    """What an unanswered question would do if it were answered so."""

    value: Answer
    text: str = Field("", description="the value in words, for a number the stretch it stands for")
    winner: str = Field(
        description="what would be recommended: one option, several joined by “+”, or by “or” if they tie, or “undecided”"
    )
    turns: bool = Field(False, description="whether that is something else than now; a tie with today's first is not")


class Unanswered(_Frozen):
    """A question that nobody has answered, and what its answer would do to this decision."""

    answer: str
    question: str
    fields: tuple[str, ...] = Field((), description="where it can be answered, as paths into documents")
    swing: float = Field(0, description="points by which it can move two contenders apart")
    would_change: tuple[Effect, ...] = ()


class Decision(_Frozen):
    """The ranked options of one question with everything that speaks for and against them."""

    question: str = Field(description="room.table, for example architecture.pattern")
    title: str
    options: tuple[Option, ...]
    winners: tuple[str, ...] = Field(
        description="the options on rank 1; more than one is a tie; none if all are disqualified"
    )
    combination: tuple[str, ...] = Field((), description="options of different aspects that the facts ask for together")
    recommended: tuple[str, ...] = Field(
        (), description="the combination if there is one, else the winners: what all else here is measured against"
    )
    flips: tuple[Flip, ...] = Field(
        (), description="weights first, then answers; the smallest change of each kind first"
    )
    unanswered: tuple[Unanswered, ...] = Field(
        (), description="what can on its own turn what is recommended, the most telling first"
    )
    also_open: tuple[Unanswered, ...] = Field(
        (), description="what turns nothing on its own, but could together with other answers"
    )
    answers: dict[str, Answer] = Field(default_factory=dict, description="the answers that the table looks at")
    weights: dict[str, float] = Field(default_factory=dict)
    tie_margin: float = Field(0, ge=0, description="scores no further apart than this are a tie")

    @property
    def is_open(self) -> bool:
        """Whether nothing tells the options apart yet: all that are not disqualified tie, and there are several."""
        qualified = [option for option in self.options if not option.disqualified]
        return len(qualified) > 1 and len(self.winners) == len(qualified)

    @property
    def tells_nothing(self) -> bool:
        """Whether nothing that is answered counts for or against any option: a ranking would be one of silence."""
        return self.is_open and not any(
            option.score or option.reasons or option.disqualified for option in self.options
        )

    @property
    def told_flips(self) -> tuple[Flip, ...]:
        """Give the flips that a person is told: without weights that nobody would give a criterion."""
        heaviest = max([HEAVIEST, *self.weights.values()])
        return tuple(flip for flip in self.flips if flip.kind != "weight" or flip.after <= heaviest)

    @property
    def said(self) -> str:
        """What is recommended, in words; “nothing” where all options are level or ruled out."""
        if self.is_open or not self.recommended:
            return "nothing"
        return (" + " if self.combination else " or ").join(self.recommended)

    @property
    def share(self) -> float:
        """The share of all weightings that lead here: to one of those level, or to each member in its own aspect."""
        if self.combination:
            return min(self.option(name).aspect_share for name in self.combination)
        return min(sum(self.option(name).weight_share for name in self.winners), 1.0)

    def option(self, name: str) -> Option:
        """Give the option of that name."""
        return next(option for option in self.options if option.name == name)
