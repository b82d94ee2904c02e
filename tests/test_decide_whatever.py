"""Decisions on whatever table: scores agree with ranks, flips flip and nothing smaller does, what is left out changes nothing."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decom_nb.condition import Answer
from decom_nb.decide import Decision, Flip, decide, matters
from decom_nb.knowledge import DecisionTable
from tests.test_decide import FAST, SLOW, table

numbers = {"gb": st.floats(0.5, 5000), "people": st.integers(2, 150)}
atoms = st.one_of(
    st.sampled_from([FAST, SLOW, {"speed": ["fast", "medium"]}, {"stream": True}, {"lake": False}]),
    st.builds(lambda name, side, at: {name: {side: float(at)}}, st.sampled_from(["gb", "people"]),
              st.sampled_from(["above", "below"]), st.integers(3, 300)),
)  # fmt: skip
conditions: st.SearchStrategy[dict[str, Any]] = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=2).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=2, max_size=2).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=3,
)
points = st.integers(-3, 3).filter(bool)
rows = st.lists(st.tuples(st.sampled_from(["fit", "cost", "team"]), conditions, points), min_size=1, max_size=4)
outs = st.lists(st.tuples(st.just("fit"), conditions, st.none()), max_size=1)
options = st.lists(st.tuples(rows, outs).map(lambda both: [*both[0], *both[1]]), min_size=2, max_size=4)
tables = st.builds(
    lambda rows, weights, margin: table(
        {f"Option {at}": each for at, each in enumerate(rows)},
        dict(zip(("fit", "cost", "team"), weights, strict=True)),
        tie_margin=margin,
    ),
    options,
    st.tuples(*(st.sampled_from([0.5, 1.0, 2.0, 3.0]) for _ in range(3))),
    st.sampled_from([0.0, 0.5]),
)
answers = st.fixed_dictionaries(
    {
        "speed": st.sampled_from(["fast", "medium", "slow", None]),
        "stream": st.sampled_from([True, False, None]),
        "lake": st.sampled_from([True, False, None]),
        "gb": st.one_of(st.none(), numbers["gb"]),
        "people": st.one_of(st.none(), numbers["people"]),
    }
)
thorough = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@thorough
@given(tables, answers)
def test_scores_ranks_and_shares_agree(supper: DecisionTable, given_answers: dict[str, Answer]) -> None:
    made = decide(supper, given_answers)
    qualified = [option for option in made.options if not option.disqualified]
    for option in made.options:
        for reason in (*option.reasons, *option.open_reasons):
            assert reason.contribution == pytest.approx(reason.weight * reason.points * reason.degree)
        assert option.score == pytest.approx(sum(reason.contribution for reason in option.reasons))
        assert option.score_low <= option.score + 1e-9
        assert option.score <= option.score_high + 1e-9
        assert bool(option.disqualified) == any(each.rules_out and each.degree == 1 for each in option.reasons)
    for one, other in itertools.combinations(made.options, 2):
        assert one.rank <= other.rank
        if bool(one.disqualified) == bool(other.disqualified):
            assert one.score >= other.score - 1e-9
            if one.rank == other.rank:
                assert one.score - other.score <= made.tie_margin + 1e-6
    assert {option.name for option in qualified if option.rank == 1} == set(made.winners)
    shares = [option.weight_share for option in made.options]
    assert sum(shares) == pytest.approx(1.0 if qualified else 0.0)
    assert all(option.weight_share == 0 for option in made.options if option.disqualified)


def _lead(made: Decision, winners: tuple[str, ...]) -> float:
    """By how much the best option that did not win before is ahead of all that did; minus infinity if there is none."""
    scores = {option.name: option.score for option in made.options if not option.disqualified}
    others = [score for name, score in scores.items() if name not in winners]
    held = [score for name, score in scores.items() if name in winners]
    return max(others, default=-math.inf) - max(held, default=-1e9)


def _again(supper: DecisionTable, made: Decision, kind: str, name: str, value: Any) -> Decision:
    if kind == "weight":
        return decide(supper, made.answers, {**made.weights, name: value})
    return decide(supper, {**made.answers, name: value}, made.weights)


@thorough
@given(tables, answers)
def test_a_flip_flips_and_nothing_smaller_does(supper: DecisionTable, given_answers: dict[str, Answer]) -> None:
    made = decide(supper, given_answers)
    flips: dict[tuple[str, str], Flip] = {(flip.kind, flip.name): flip for flip in made.flips}
    for (kind, name), flip in flips.items():
        then = _again(supper, made, kind, name, flip.after)
        assert flip.winner not in made.winners
        assert flip.winner in then.winners
        assert _lead(then, made.winners) > 0
    for kind, name, value, size in _grid(supper, made):
        known = flips.get((kind, name))
        if known is None or (size < known.size * 0.985 - 1e-9 and not _rounds_to(value, known)):
            assert _lead(_again(supper, made, kind, name, value), made.winners) <= 1e-6, (kind, name, value, known)


aspected = st.builds(
    lambda rows, weights, least: table(
        {f"Option {at}": each for at, each in enumerate(rows)},
        dict(zip(("fit", "cost", "team"), weights, strict=True)),
        aspects={f"Option {at}": "ab"[at % 2] for at in range(len(rows))},
        combine_from=least,
    ),
    options,
    st.tuples(*(st.sampled_from([0.5, 1.0, 2.0, 3.0]) for _ in range(3))),
    st.sampled_from([0.5, 1.3, 2.7]),
)


@thorough
@given(aspected, answers)
def test_of_what_belongs_together_a_flip_turns_the_whole_and_nothing_smaller_does(
    supper: DecisionTable, given_answers: dict[str, Answer]
) -> None:
    made = decide(supper, given_answers)
    assert made.recommended == (made.combination or made.winners)
    flips = {(flip.kind, flip.name): flip for flip in made.flips}
    for (kind, name), flip in flips.items():
        assert set(_again(supper, made, kind, name, flip.after).recommended) != set(made.recommended), flip
    for each in made.unanswered:
        if each.would_change and not made.is_open:
            turning = [effect for effect in each.would_change if effect.turns]
            for effect in turning:
                then = decide(supper, {**made.answers, each.answer: effect.value}, made.weights)
                assert set(then.recommended) != set(made.recommended), effect
    for kind, name, value, size in _grid(supper, made):
        known = flips.get((kind, name))
        if known is None or (size < known.size * 0.985 - 1e-9 and not _rounds_to(value, known)):
            then = _again(supper, made, kind, name, value)
            assert not then.combination or _is_close(then) or set(then.combination) == set(made.recommended), (
                kind, name, value, known,
            )  # fmt: skip


def _is_close(made: Decision) -> bool:
    """Whether two options are level or one is just at what a combination asks for, so that rounding decides."""
    scores = sorted(option.score for option in made.options)
    return any(abs(one - other) < 1e-6 for one, other in itertools.pairwise(scores)) or any(
        abs(score - least) < 1e-6 for score in scores for least in (0.5, 1.3, 2.7)
    )


def _rounds_to(value: Any, flip: Flip) -> bool:
    """Whether a weight is nearer than the flip only because flips of weights have two digits."""
    if flip.kind != "weight" or not flip.after:
        return False
    return abs(value - flip.after) <= 1.0001 * 10 ** (math.floor(math.log10(flip.after)) - 1)


def _grid(supper: DecisionTable, made: Decision) -> list[tuple[str, str, Any, float]]:
    """Changes to try, with their sizes."""
    found: list[tuple[str, str, Any, float]] = []
    for name, weight in made.weights.items():
        found += [
            ("weight", name, weight * part, abs(part - 1)) for part in (0, 0.2, 0.5, 0.8, 0.95, 1.05, 1.3, 2, 5, 20)
        ]
    for text in supper.sheet.answers:
        now = made.answers.get(text.name)
        if now is None:
            continue
        if text.kind == "number":
            low, high = text.range or (1, 1)
            for step in range(30):
                number = low * (high / low) ** (step / 29)
                number = round(number) if text.whole else number
                found.append(("answer", text.name, number, abs(math.log(number / float(now)))))
        else:
            for value in text.values:
                steps = abs(text.values.index(value) - text.values.index(now)) if text.ordered else 1
                found.append(("answer", text.name, value, float(steps)))
    return found


@thorough
@given(tables, answers)
def test_a_question_left_out_could_not_have_changed_what_is_recommended(
    supper: DecisionTable, given_answers: dict[str, Answer]
) -> None:
    made = decide(supper, given_answers)
    missing = [
        text for text in supper.sheet.answers if text.name in supper.by_answer and made.answers[text.name] is None
    ]
    dropped = [text for text in missing if text.name not in matters([made])]
    if not dropped:
        return
    samples = {text.name: text.values or (1, 4, 30, 75, 180) for text in missing}
    winners: dict[tuple[Answer, ...], set[str]] = {}
    for values in itertools.islice(itertools.product(*samples.values()), 400):
        filled = dict(zip(samples, values, strict=True))
        rest = tuple(value for name, value in filled.items() if name not in {text.name for text in dropped})
        now = set(decide(supper, {**made.answers, **filled}).recommended)
        assert winners.setdefault(rest, now) == now


@given(st.sampled_from(["above", "below"]), st.integers(3, 300), points, st.floats(0.5, 5000), st.floats(1, 10))
def test_more_of_what_speaks_for_an_option_never_lowers_it(
    side: str, threshold: int, worth: int, gb: float, more: float
) -> None:
    one = table({"A": [("fit", {"gb": {side: threshold}}, worth)], "B": [("cost", {"stream": True}, 1)]})
    before, after = (decide(one, {"gb": amount}).option("A").score for amount in (gb, gb * more))
    rising = worth if side == "above" else -worth
    assert (after - before) * rising >= -1e-9
