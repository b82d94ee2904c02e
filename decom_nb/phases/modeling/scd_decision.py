"""How changes of each attribute should be kept: the table `scd_type` asked of every attribute, each set of answers once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple, get_args

from decom_nb import knowledge
from decom_nb.condition import Answer
from decom_nb.decide.recommendation import recommend
from decom_nb.knowledge import DecisionTable
from decom_nb.phases.modeling.answers import TABLES
from decom_nb.phases.modeling.dimensional_model import Dimension, DimensionalModel, ModelAttribute, ScdType

ASKED = ("business_critical", "history", "changes", "seen_both_ways")
"""What is asked of an attribute: fields of `ModelAttribute` and answers of the table by the same names."""

Basis = Literal["decided", "level", "default"]


class Recommended(NamedTuple):
    """What an attribute's answers recommend."""

    type: ScdType
    basis: Basis
    """`decided` by the answers; `level` where two types are as good and the first is given; `default` where nothing is said."""
    because: str


class Attribute(NamedTuple):
    """An attribute with how its changes are kept, and how they should be."""

    dimension: Dimension
    attribute: ModelAttribute
    said: ScdType | None
    """Its own type, or its dimension's."""
    recommended: Recommended


@cache
def table() -> DecisionTable:
    """Give the decision table that is asked of each attribute."""
    return knowledge.decision_table(TABLES / "scd_type.yaml")


def attributes(model: DimensionalModel) -> Iterator[Attribute]:
    """Give every attribute of every dimension, keys left out, with what is said and what is recommended."""
    for dimension in model.dimensions:
        for each in dimension.descriptive:
            answers = tuple(getattr(each, name) for name in ASKED)
            yield Attribute(dimension, each, said_type(dimension, each), recommended(answers))


def said_type(dimension: Dimension, attribute: ModelAttribute) -> ScdType | None:
    """Give the type that the model says for an attribute: its own, else its dimension's; none where neither says."""
    return attribute.scd_type if attribute.scd_type is not None else dimension.type


@cache
def recommended(answers: tuple[Answer, ...]) -> Recommended:
    """Give the type for what is said of an attribute, in the order of `ASKED`.

    Where nothing is said it is type 1, the methodology's default for what is not business-critical, and marked as a default.
    """
    made = recommend(table(), dict(zip(ASKED, answers, strict=True)))
    if made.is_open or not made.because:
        return Recommended(1, "default", "Nothing is said of it: type 1 unless it is business-critical.")
    basis: Basis = "level" if len(made.options) > 1 else "decided"
    return Recommended(_number(made.options[0]), basis, made.because[0])


def _number(option: str) -> ScdType:
    """Give the number in an option's name.

    >>> _number("Type 6")
    6
    """
    number = int(option.rpartition(" ")[2])
    return next(each for each in get_args(ScdType) if each == number)
