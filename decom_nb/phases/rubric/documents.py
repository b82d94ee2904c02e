"""What people fill in for the rubric: claims and waivers."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import Field, create_model

from decom_nb.document import Document, Group
from decom_nb.phases.rubric.table import RUBRIC
from decom_nb.score import Claim, RubricDimension


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


DOCUMENTS = (Claims, Waivers)
