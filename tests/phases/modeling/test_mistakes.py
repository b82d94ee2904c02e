"""What is wrong in a model beyond its shape: what can never be built as it is written."""

from __future__ import annotations

from typing import Any

import pytest

from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.mistakes import mistakes


def told(**model: Any) -> list[tuple[tuple[str | int, ...], str]]:
    return [(each.path, each.what) for each in mistakes(DimensionalModel.model_validate(model))]


@pytest.mark.parametrize(
    ("model", "path", "what"),
    [
        (
            {"dimensions": [{"name": "dim_a"}, {"name": "Dim_A"}]},
            ("dimensions", 1, "name"),
            "Dim_A is declared twice",
        ),
        (
            {"fact_tables": [{"name": "fct_a", "measures": [{"name": "x"}], "degenerate_dimensions": [{"name": "X"}]}]},
            ("fact_tables", 0, "degenerate_dimensions", 0, "name"),
            "X is already a column of fct_a",
        ),
        (
            {"dimensions": [{"name": "dim_a", "natural_key": ["id"], "attributes": [{"name": "id"}, {"name": "id"}]}]},
            ("dimensions", 0, "attributes", 1, "name"),
            "id is already a column of dim_a",
        ),
        (
            {"dimensions": [{"name": "dim_a", "attributes": [{"name": "is_current"}, {"name": "b", "scd_type": 2}]}]},
            ("dimensions", 0, "attributes", 0, "name"),
            "is_current is a column that the history of dim_a brings with it",
        ),
    ],
)
def test_a_mistake_has_its_place(model: dict[str, Any], path: tuple[str | int, ...], what: str) -> None:
    assert told(**model) == [(path, what)]


def test_what_can_be_built_has_none() -> None:
    assert told(dimensions=[{"name": "dim_a", "type": 1, "attributes": [{"name": "is_current"}]}]) == []
    assert told(dimensions=[{"name": "dim_a", "surrogate_key": "k", "natural_key": ["k"]}]) == [], "told by a rule"
    described = [{"name": "dim_a", "natural_key": ["id"], "attributes": [{"name": "id", "data_type": "BIGINT"}]}]
    assert told(dimensions=described) == [], "the key's type is told among the attributes"
