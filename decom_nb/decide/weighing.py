"""The arithmetic under a decision: scores, their bounds, what an answer would change. `decide.py` calls it.

Everything here works on positions of options and criteria in a table; names and words are `decide.py`'s.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from decom_nb import condition
from decom_nb.condition import Answer, Degree
from decom_nb.knowledge import AnswerText, DecisionTable

Floats = npt.NDArray[np.float64]

SAME = 1e-9
"""Scores no further apart than this are equal: the rest is floating point."""
_SAMPLES = 10_000
_SEED = 20140702


_DOUBTFUL = 0.5
"""From this degree of a disqualifier on, an option joins no combination."""


class Standing(NamedTuple):
    """Every option's score under some answers, the options that those answers rule out, and those they nearly do."""

    scores: list[float]
    out: frozenset[int]
    doubtful: frozenset[int]


class Recommended(NamedTuple):
    """What is recommended: options, and whether they are meant together; without that, they are level."""

    options: tuple[int, ...]
    together: bool


class Region(NamedTuple):
    """A stretch of one numeric answer over which the same is recommended; `turned` is what, where it is not as now."""

    start: float
    end: float
    recommended: Recommended
    turned: bool

    def is_like(self, other: Region) -> bool:
        """Whether the same is recommended in both, in whatever order."""
        (mine, together), (theirs, also) = self.recommended, other.recommended
        return (set(mine), together, self.turned) == (set(theirs), also, other.turned)


class Weighing:
    """One table weighed under one set of answers and weights."""

    def __init__(self, table: DecisionTable, answers: Mapping[str, Answer], weights: Sequence[float]) -> None:
        self.table = table
        self.answers = dict(answers)
        self.weights = tuple(weights)
        self.margin = table.tie_margin.value
        self.degrees: list[Degree] = [row.when.degree(self.answers) for row in table.rows]
        self.worth = [row.points * self.weights[row.criterion] for row in table.rows]
        self.standing = self._standing()
        self.now = self.recommended(self.standing)

    def _standing(self) -> Standing:
        parts: list[list[float]] = [[] for _ in self.table.options]
        out: set[int] = set()
        doubtful: set[int] = set()
        for row, worth, degree in zip(self.table.rows, self.worth, self.degrees, strict=True):
            parts[row.option].append(worth * degree.low)
            if row.rules_out and degree.low >= _DOUBTFUL:
                (out if degree.low >= 1.0 else doubtful).add(row.option)
        return Standing([math.fsum(each) for each in parts], frozenset(out), frozenset(doubtful))

    @property
    def profile(self) -> Floats:
        """Points by option and criterion, before weights."""
        points = np.zeros((len(self.table.options), len(self.table.criteria)))
        for row, degree in zip(self.table.rows, self.degrees, strict=True):
            points[row.option, row.criterion] += row.points * degree.low
        return points

    def winners(self, standing: Standing) -> list[int]:
        """Give the options that come first: the best one and those that tie with it."""
        return self._first(standing.scores, [at for at in range(len(standing.scores)) if at not in standing.out])

    def ranks(self) -> list[int]:
        """Give every option's rank: a group of ties shares one, and what is ruled out comes last."""
        scores, out, _ = self.standing
        ranks = [0] * len(scores)
        for group in (set(range(len(scores))) - out, set(out)):
            while group:
                first = self._first(scores, sorted(group))
                rank = 1 + sum(1 for each in ranks if each)
                for at in first:
                    ranks[at] = rank
                group -= set(first)
        return ranks

    def _first(self, scores: Sequence[float], among: Collection[int]) -> list[int]:
        best = max((scores[at] for at in among), default=0.0)
        return [at for at in among if best - scores[at] <= self.margin + SAME]

    def leader(self, scores: Sequence[float], out: Collection[int], favoured: Collection[int]) -> int | None:
        """Give the option with the highest score; of equal ones a favoured one, then the first in the table."""
        among = [at for at in range(len(scores)) if at not in out]
        if not among:
            return None
        best = max(scores[at] for at in among)
        return min((at for at in among if best - scores[at] <= SAME), key=lambda at: (at not in favoured, at))

    def combination(self, standing: Standing, favoured: Collection[int] = ()) -> tuple[int, ...]:
        """Give the options of different aspects that the facts ask for together, the best first; empty if not several.

        The best option of all leads. The best of every other aspect joins it where it scores enough and nothing comes
        near to ruling it out. Of equals a favoured one is taken, else neither: nothing asks for the one rather than the
        other; and where that leaves the lead open, nothing is combined.
        """
        if self.table.combine_from is None:
            return ()
        scores, out, doubtful = standing
        best = max((score for at, score in enumerate(scores) if at not in out), default=0.0)
        chosen: list[int] = []
        for members in self.table.aspects:
            asked = [
                at
                for at in members
                if at not in out
                and scores[at] >= self.table.combine_from.value - SAME
                and (at not in doubtful or best - scores[at] <= SAME)
            ]
            highest = max((scores[at] for at in asked), default=0.0)
            top = [at for at in asked if highest - scores[at] <= SAME]
            if len(top) > 1:
                top = [at for at in top if at in favoured]
                if len(top) != 1 and best - highest <= SAME:
                    return ()
            chosen += top if len(top) == 1 else []
        chosen.sort(key=lambda at: (-scores[at], at))
        return tuple(chosen) if len(chosen) > 1 else ()

    def recommended(self, standing: Standing) -> Recommended:
        """Give what is recommended: the combination, or else the options that come first."""
        if combination := self.combination(standing):
            return Recommended(combination, together=True)
        winners = sorted(self.winners(standing), key=lambda at: (-standing.scores[at], at))
        return Recommended(tuple(winners), together=False)

    def turned(self, standing: Standing) -> Recommended | None:
        """Give what would be recommended instead of what is now; None where that is nothing else.

        A tie with what comes first now turns nothing.
        """
        if combination := self.combination(standing, self.now.options):
            changed = set(combination) != set(self.now.options)
            return Recommended(combination, together=True) if changed else None
        if self.now.together:
            then = self.recommended(standing)
            return then if then.options and set(then.options) != set(self.now.options) else None
        leader = self.leader(standing.scores, standing.out, self.now.options)
        return None if leader is None or leader in self.now.options else Recommended((leader,), together=False)

    def standing_if(self, name: str, value: Answer) -> Standing:
        """Give the standing if one answer were this one."""
        scores, out, doubtful = list(self.standing.scores), set(self.standing.out), set(self.standing.doubtful)
        answers = {**self.answers, name: value}
        questioned = set()
        for at in self.table.by_answer[name]:
            row = self.table.rows[at]
            scores[row.option] += self.worth[at] * (row.when.degree(answers).low - self.degrees[at].low)
            if row.rules_out:
                questioned.add(row.option)
        for option in questioned:
            out.discard(option)
            doubtful.discard(option)
            worst = max(self._degree(at, name, answers) for at in self.table.disqualifiers[option])
            if worst >= _DOUBTFUL:
                (out if worst >= 1.0 else doubtful).add(option)
        return Standing(scores, frozenset(out), frozenset(doubtful))

    def _degree(self, at: int, name: str, answers: Mapping[str, Answer]) -> float:
        row = self.table.rows[at]
        return (row.when.degree(answers) if name in row.answers else self.degrees[at]).low

    def bends(self, text: AnswerText) -> list[float]:
        """Give the ends of a number's plausible range and the points in between where a score changes its slope."""
        low, high = text.range or (1.0, 1.0)
        given = self.answers.get(text.name)
        if given is not None:
            low, high = min(low, max(float(given), low * SAME)), max(high, float(given))
        found = {low, high}
        for at in self.table.by_answer[text.name]:
            row = self.table.rows[at]
            found |= {bend for bend in condition.bends(row.when, text.name, self.answers) if low < bend < high}
        return sorted(found)

    def regions(self, text: AnswerText) -> list[Region]:
        """Give what is recommended along the plausible range of a numeric answer, everything else being as it is.

        Between two bends all scores are straight lines over the logarithm of the answer, and so is how far a
        disqualifier holds: what is recommended changes only where two lines meet, or one meets a threshold, and needs no
        search. Between two such places, one look in the middle is enough.
        """
        bends = self.bends(text)
        standings = [self.standing_if(text.name, bend) for bend in bends]
        rules_out = [at for at in self.table.by_answer[text.name] if self.table.rows[at].rules_out]
        found: list[Region] = []
        for at in range(len(bends) - 1):
            start, end = bends[at], bends[at + 1]
            before, after = standings[at].scores, standings[at + 1].scores
            cuts = self._cuts(before, after) | self._halves(text.name, rules_out, start, end)
            places = [0.0, *sorted(cuts), 1.0]
            flags = self.standing_if(text.name, math.sqrt(start * end)) if rules_out else self.standing
            for here, there in itertools.pairwise(places):
                if there - here <= SAME and len(places) > 2:
                    continue
                middle = (here + there) / 2
                if rules_out and len(places) > 2:
                    flags = self.standing_if(text.name, start * (end / start) ** middle)
                scores = [low + (high - low) * middle for low, high in zip(before, after, strict=True)]
                standing = Standing(scores, flags.out, flags.doubtful)
                turned = self.turned(standing)
                stretch = Region(
                    start * (end / start) ** here,
                    start * (end / start) ** there,
                    turned or self.recommended(standing),
                    bool(turned),
                )
                if found and found[-1].is_like(stretch):
                    found[-1] = found[-1]._replace(end=stretch.end)
                else:
                    found.append(stretch)
        return found

    def _cuts(self, before: Sequence[float], after: Sequence[float]) -> set[float]:
        """Give where between 0 and 1 two of these straight lines meet, or one meets what a combination asks for."""
        least = self.table.combine_from.value if self.table.combine_from else math.inf
        found = set()
        for at, (start, end) in enumerate(zip(before, after, strict=True)):
            if (start < least) != (end < least):
                found.add((least - start) / (end - start))
            for other in range(at):
                here, there = start - before[other], end - after[other]
                # Levels differ by the margin where a tie begins and ends; that makes a difference to what is shown.
                for margin in {0.0, self.margin, -self.margin}:
                    if (here < margin) != (there < margin):
                        found.add((margin - here) / (there - here))
        return {cut for cut in found if SAME < cut < 1.0 - SAME}

    def _halves(self, name: str, rows: Sequence[int], start: float, end: float) -> set[float]:
        """Give where between 0 and 1 a disqualifier begins to keep its option out of combinations."""
        found = set()
        for at in rows if self.table.combine_from else ():
            low, high = (self._degree(at, name, {**self.answers, name: number}) for number in (start, end))
            if (low < _DOUBTFUL) != (high < _DOUBTFUL):
                found.add((_DOUBTFUL - low) / (high - low))
        return {cut for cut in found if SAME < cut < 1.0 - SAME}

    def bounds(self) -> list[tuple[float, float]]:
        """Give each option's score if every open row went against it, and if every one went for it."""
        lows: list[list[float]] = [[] for _ in self.table.options]
        highs: list[list[float]] = [[] for _ in self.table.options]
        for row, worth, degree in zip(self.table.rows, self.worth, self.degrees, strict=True):
            ends = (worth * degree.low, worth * degree.high)
            lows[row.option].append(min(ends))
            highs[row.option].append(max(ends))
        return [(math.fsum(low), math.fsum(high)) for low, high in zip(lows, highs, strict=True)]

    def weight_shares(self, among: Iterable[int]) -> list[float]:
        """Give the share of all weightings under which each of these options comes first among them; ties are split."""
        among = [at for at in among if at not in self.standing.out]
        shares = [0.0] * len(self.table.options)
        if among:
            scores = self.profile[among] @ _weightings(len(self.table.criteria))
            first = scores >= scores.max(axis=0) - SAME
            split = (first / first.sum(axis=0)).mean(axis=1)
            for at, share in zip(among, split, strict=True):
                shares[at] = min(float(share), 1.0)
        return shares


@cache
def _weightings(criteria: int) -> Floats:
    """Give weightings, one a column, spread evenly over all that add up to one; the same ones every time."""
    return np.ascontiguousarray(np.random.default_rng(_SEED).dirichlet(np.ones(criteria), _SAMPLES).T)
