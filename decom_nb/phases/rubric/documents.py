"""What people fill in for the rubric: claims, targets, what is decided to be repaired, and waivers."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import Field, create_model

from decom_nb.document import Document, Group
from decom_nb.phases.rubric.table import RUBRIC
from decom_nb.score import Claim, RubricDimension, Target


class _ClaimsBase(Document):
    """How the people who run the platform see it, dimension by dimension; set beside what the evidence shows."""

    name: ClassVar[str] = "claims"

    def by_dimension(self) -> dict[str, Claim]:
        """Give the claims that were made, by dimension."""
        made = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            name: Claim(points=each.points, note=each.note) for name, each in made.items() if each.points is not None
        }


def _claim(dimension: RubricDimension) -> tuple[Any, Any]:
    """Give the field for the claim on one dimension: points up to its weight, and a note."""
    anchors = "; ".join(f"{anchor.points:g}: {anchor.text}" for anchor in dimension.anchors)
    item = create_model(
        f"{dimension.name.title().replace('_', '')}Claim",
        __base__=Group,
        __doc__=f"What somebody says {dimension.title.lower()} is worth, and why.",
        points=(
            float | None,
            Field(
                None,
                ge=0,
                le=dimension.weight,
                description=anchors,
                json_schema_extra={"unit": f"of {dimension.weight:g} points"},
            ),
        ),
        note=(str, Field("", description="what the claim rests on, in the words of the interview")),
    )
    return item, Field(default_factory=item, title=dimension.title, description=dimension.because)


def _claims() -> dict[str, Any]:
    return {dimension.name: _claim(dimension) for dimension in RUBRIC.dimensions}


Claims = create_model(
    "Claims",
    __base__=_ClaimsBase,
    __doc__=_ClaimsBase.__doc__,
    __module__=__name__,
    **_claims(),
)
"""The claims document: one field for each dimension of the rubric table, so that the two cannot part."""


class _TargetsBase(Document):
    """How far each dimension is meant to come here. Not everybody needs full points in everything; empty means full."""

    name: ClassVar[str] = "targets"

    def by_dimension(self) -> dict[str, Target]:
        """Give the targets that were set, by dimension."""
        made = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            name: Target(points=each.points, because=each.because)
            for name, each in made.items()
            if each.points is not None
        }


def _target(dimension: RubricDimension) -> tuple[Any, Any]:
    """Give the field for the target of one dimension: points up to its weight, and why."""
    anchors = "; ".join(f"{anchor.points:g}: {anchor.text}" for anchor in dimension.anchors)
    item = create_model(
        f"{dimension.name.title().replace('_', '')}Target",
        __base__=Group,
        __doc__=f"What {dimension.title.lower()} is meant to be worth here, and why.",
        points=(
            float | None,
            Field(
                None,
                ge=0,
                le=dimension.weight,
                description=f"{anchors}. Empty: full points",
                json_schema_extra={"unit": f"of {dimension.weight:g} points"},
            ),
        ),
        because=(str, Field("", description="why this is enough here, or why it must be this much")),
    )
    return item, Field(default_factory=item, title=dimension.title, description=dimension.because)


def _targets() -> dict[str, Any]:
    return {dimension.name: _target(dimension) for dimension in RUBRIC.dimensions}


Targets = create_model(
    "Targets",
    __base__=_TargetsBase,
    __doc__=_TargetsBase.__doc__,
    __module__=__name__,
    **_targets(),
)
"""The targets document: one field for each dimension of the rubric table."""


class DecidedRepair(Group):
    """One repair that is decided on: it counts as made wherever the plan looks ahead, never in the score."""

    rule: str = Field(
        min_length=1,
        description="the rule whose repair it is; ticking a repair of the plan writes it here",
        examples=["rubric.models_are_described"],
    )
    owner: str = Field("", description="who sees to it")
    due: date | None = Field(None, description="by when")
    note: str = Field("", description="what was agreed")


class RepairPlan(Document):
    """Which repairs are decided on. The plan looks ahead from there; the score changes only when the evidence does."""

    name: ClassVar[str] = "repair_plan"

    repairs: tuple[DecidedRepair, ...] = Field((), description="one entry for each repair that is decided on")

    @property
    def ticked(self) -> tuple[str, ...]:
        """Give the rules whose repair is decided on, each once."""
        return tuple(dict.fromkeys(each.rule for each in self.repairs))


class WaiverEntry(Group):
    """One rule or dimension that is to be left out of the score, by whose word and until when."""

    target: str = Field(
        min_length=1,
        description="a rule such as rubric.models_are_described, or a dimension such as cost_efficiency",
        examples=["testing.unit_tests_exist"],
    )
    reason: Literal["out of scope", "business priority", "architecture constraint", "other"] = Field(
        description="which kind of reason it is"
    )
    because: str = Field(
        min_length=1, description="the reason in a sentence that will still make sense when it expires"
    )
    owner: str = Field(min_length=1, description="who answers for leaving it out")
    expires: date = Field(description="last day on which the waiver counts")


class Waivers(Document):
    """What is left out of the score on purpose. It leaves its dimension: it earns nothing and costs nothing."""

    name: ClassVar[str] = "waivers"

    waivers: tuple[WaiverEntry, ...] = Field((), description="one entry for each rule or dimension that is left out")


DOCUMENTS = (Claims, Targets, RepairPlan, Waivers)
