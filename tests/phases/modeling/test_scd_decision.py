"""How changes of an attribute are kept: the methodology's guide and its default, and nothing where nothing is said."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from decom_nb.condition import Answer
from decom_nb.decide import decide
from decom_nb.decide.recommendation import recommend
from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.scd_decision import ASKED, attributes, recommended, table


def said(**answers: Answer) -> tuple[Answer, ...]:
    assert set(answers) <= set(ASKED)
    return tuple(answers.get(name) for name in ASKED)


@pytest.mark.parametrize(
    ("answers", "type_"),
    [
        ({"history": "none"}, 1),
        ({"business_critical": False}, 1),
        ({"business_critical": True}, 2),
        ({"business_critical": True, "changes": "seldom"}, 2),
        ({"history": "full"}, 2),
        ({"history": "previous"}, 3),
        ({"history": "full", "changes": "often"}, 4),
        ({"business_critical": True, "changes": "often"}, 4),
        ({"history": "full", "seen_both_ways": True}, 6),
        ({"business_critical": True, "changes": "corrections"}, 1),
        ({"history": "full", "changes": "never"}, 1),
    ],
)
def test_the_guide(answers: dict[str, Any], type_: int) -> None:
    made = recommended(said(**answers))
    assert (made.type, made.basis) == (type_, "decided")
    assert made.because.endswith(".")


@pytest.mark.parametrize("answers", [{}, {"changes": "seldom"}, {"changes": "often"}])
def test_where_nothing_tells_the_types_apart_the_default_is_called_one(answers: dict[str, Any]) -> None:
    assert recommended(said(**answers))[:2] == (1, "default")


def test_a_recommendation_is_what_a_whole_decision_recommends() -> None:
    for values in itertools.product(
        (None, True), (None, "previous", "full"), (None, "corrections", "often"), (None, True)
    ):
        answers = dict(zip(ASKED, values, strict=True))
        made, whole = recommend(table(), answers), decide(table(), answers)
        assert (set(made.options), made.is_open) == (set(whole.recommended), whole.is_open), answers


def test_an_attribute_follows_its_dimension_until_it_says_otherwise() -> None:
    model = DimensionalModel.model_validate(
        {"dimensions": [{"name": "dim_a", "type": 2, "attributes": [{"name": "b"}, {"name": "c", "scd_type": 1}]}]}
    )
    assert [(each.attribute.name, each.said) for each in attributes(model)] == [("b", 2), ("c", 1)]
