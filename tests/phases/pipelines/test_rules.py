"""Every rule of the pipelines room on the cases in ``cases/``: designs in, an outcome out."""

from __future__ import annotations

from typing import Any

import pytest

from decom_nb.phase import Phase
from decom_nb.phases.monitoring.documents import ServiceLevels
from decom_nb.phases.pipelines.design import extraction_tree
from decom_nb.phases.pipelines.pipeline import Pipeline
from tests.phases import rule_cases

ROOM = Phase("decom_nb.phases.pipelines")


@pytest.mark.parametrize(("rule", "case"), rule_cases.cases(__file__))
def test_rule(rule: str, case: dict[str, Any]) -> None:
    rule_cases.check(case, rule_cases.finding(ROOM, rule, values(case)))


def values(case: dict[str, Any]) -> dict[str, Any]:
    """Make values of a case: `pipelines` {name: document}, `promised` {name: service level}, `load_proofs` as they are."""
    pipelines = tuple(
        Pipeline.model_validate(each or {}).named(name) for name, each in case.get("pipelines", {}).items()
    )
    made: dict[str, Any] = {"pipeline": pipelines}
    if "promised" in case:
        levels = [{"pipeline": name, **each} for name, each in case["promised"].items()]
        made["service_levels"] = ServiceLevels.model_validate({"pipelines": levels})
    if "load_proofs" in case:
        made["load_proofs"] = case["load_proofs"]
    return made


def test_what_is_small_enough_to_be_read_whole_is_the_same_for_the_tree_and_for_its_rule() -> None:
    (size,) = [node for node in extraction_tree().nodes if node.is_number]
    assert ROOM.text.rules["full_reads_are_small"].settings["most_rows"] == size.ways[0].below
