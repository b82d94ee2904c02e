"""Conditions: what YAML can say, how far answers meet it, and where a degree bends."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decom_nb.condition import Answer, Degree, Known, Unclear, bends, in_words, names, parse

KNOWN = {
    "latency": Known(("real-time", "batch")),
    "stream": Known((True, False)),
    "gb": Known(),
    "team": Known(),
}


def degree(raw: Any, **answers: Answer) -> Degree:
    return parse(raw, KNOWN, 2).degree(answers)


@pytest.mark.parametrize(
    ("raw", "answers", "low", "high"),
    [
        ({"latency": "batch"}, {"latency": "batch"}, 1, 1),
        ({"latency": "batch"}, {"latency": "real-time"}, 0, 0),
        ({"latency": ["batch", "real-time"]}, {"latency": "real-time"}, 1, 1),
        ({"latency": "batch"}, {}, 0, 1),
        ({"stream": False}, {"stream": False}, 1, 1),
        ({"gb": {"above": 100}}, {"gb": 50}, 0, 0),
        ({"gb": {"above": 100}}, {"gb": 100}, 0.5, 0.5),
        ({"gb": {"above": 100}}, {"gb": 200}, 1, 1),
        ({"gb": {"below": 100}}, {"gb": 100}, 0.5, 0.5),
        ({"gb": {"below": 100}}, {"gb": 0}, 1, 1),
        ({"gb": {"above": 100, "soft": 4}}, {"gb": 200}, 0.75, 0.75),
        ({"gb": {"between": [10, 1000]}}, {"gb": 100}, 1, 1),
        ({"gb": {"between": [10, 1000]}}, {"gb": 10}, 0.5, 0.5),
        ({"not": {"gb": {"above": 100}}}, {"gb": 200}, 0, 0),
        ({"not": {"stream": True}}, {}, 0, 1),
        ({"latency": "batch", "stream": True}, {"latency": "batch"}, 0, 1),
        ({"latency": "batch", "stream": True}, {"latency": "real-time"}, 0, 0),
        ({"any": [{"latency": "batch"}, {"stream": True}]}, {"latency": "batch"}, 1, 1),
        ({"any": [{"gb": {"above": 100}}, {"stream": True}]}, {"gb": 100}, 0.5, 1),
        ({"all": [{"gb": {"above": 100}}, {"stream": True}]}, {"gb": 100}, 0, 0.5),
    ],
)
def test_degree(raw: Any, answers: dict[str, Answer], low: float, high: float) -> None:
    assert degree(raw, **answers) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({}, "a condition is a mapping"),
        ("latency", "a condition is a mapping"),
        ({"latancy": "batch"}, "did you mean latency?"),
        ({"latency": "batsh"}, "did you mean batch?"),
        ({"latency": []}, "empty list"),
        ({"stream": "yes"}, "is never 'yes'"),
        ({"stream": 1}, "is never 1"),
        ({"gb": 100}, "is a number"),
        ({"gb": {"over": 100}}, "`over` is not known here"),
        ({"gb": {"above": 10, "below": 20}}, "takes one of above, below and between"),
        ({"gb": {"above": -1}}, "above zero"),
        ({"gb": {"above": True}}, "above zero"),
        ({"gb": {"above": 10, "soft": 1}}, "a threshold is not a wall"),
        ({"gb": {"between": [10, 5]}}, "the lower one first"),
        ({"any": {"stream": True}}, "takes a list"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_write(raw: Any, says: str) -> None:
    with pytest.raises(Unclear) as raised:
        parse(raw, KNOWN, 2)
    assert says in str(raised.value)


def test_words_and_names() -> None:
    condition = parse({"any": [{"latency": "batch", "stream": True}, {"gb": {"above": 100}}]}, KNOWN, 2)
    assert names(condition) == ("latency", "stream", "gb")
    assert in_words(condition, {"gb": "GB"}) == "(latency is batch and stream is yes) or gb is above about 100 GB"
    assert in_words(parse({"not": {"stream": True}}, KNOWN, 2)) == "not (stream is yes)"


ramps = st.builds(
    lambda name, side, at, soft: {name: {side: at, "soft": soft}},
    st.sampled_from(["gb", "team"]),
    st.sampled_from(["above", "below"]),
    st.floats(2, 500),
    st.floats(1.2, 5),
)
atoms = st.one_of(ramps, st.sampled_from([{"latency": "batch"}, {"stream": True}]))
conditions: st.SearchStrategy[dict[str, Any]] = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)
some_answers = st.fixed_dictionaries(
    {
        "latency": st.sampled_from(["batch", "real-time", None]),
        "stream": st.sampled_from([True, False, None]),
        "team": st.one_of(st.none(), st.floats(1, 1000)),
    }
)


@given(conditions, some_answers, st.floats(1, 1000))
def test_a_degree_never_leaves_its_bounds_and_answers_only_narrow_it(
    raw: dict[str, Any], answers: dict[str, Answer], gb: float
) -> None:
    condition = parse(raw, KNOWN, 2)
    open_, known = condition.degree(answers), condition.degree({**answers, "gb": gb})
    assert 0 <= open_.low <= known.low <= known.high <= open_.high <= 1


@given(conditions, some_answers)
def test_between_bends_a_degree_is_straight(raw: dict[str, Any], answers: dict[str, Answer]) -> None:
    condition = parse(raw, KNOWN, 2)
    bounds = sorted({0.1, 5000.0, *bends(condition, "gb", answers)})
    for start, end in itertools.pairwise(bounds):
        ends = [condition.degree({**answers, "gb": number}) for number in (start, end)]
        for part in (0.25, 0.5, 0.75):
            between = condition.degree({**answers, "gb": math.exp((1 - part) * math.log(start) + part * math.log(end))})
            for which in (0, 1):
                straight = (1 - part) * ends[0][which] + part * ends[1][which]
                assert between[which] == pytest.approx(straight, abs=1e-6)
