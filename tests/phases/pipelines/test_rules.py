"""Every rule of the pipelines room on the cases in ``cases/``: designs in, an outcome out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from decom_nb.evidence.load_proofs import Difference, LoadProof, LoadProofs, ScenarioProof
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
    """Make values: `pipelines` {name: document}, `promised` {name: service level}, `load_proofs` [{pipeline, passed, says}]."""
    pipelines = tuple(
        Pipeline.model_validate(each or {}).named(name) for name, each in case.get("pipelines", {}).items()
    )
    made: dict[str, Any] = {"pipeline": pipelines}
    if "promised" in case:
        levels = [{"pipeline": name, **each} for name, each in case["promised"].items()]
        made["service_levels"] = ServiceLevels.model_validate({"pipelines": levels})
    if "load_proofs" in case:
        made["load_proofs"] = LoadProofs(tuple(proof(**each) for each in case["load_proofs"]))
    if "edited_loads" in case:
        made["edited_loads"] = case["edited_loads"]
    return made


def proof(pipeline: str, passed: bool, says: str = "", engine: str = "DuckDB 1.5.5", origin: str = "") -> LoadProof:
    difference = Difference(says=says, scenario="twice", load=2) if says else None
    outcome = "held" if passed else "refuted"
    return LoadProof(
        taken_at=datetime(2026, 10, 30, tzinfo=UTC),
        pipeline=pipeline,
        origin=origin,
        dialect="duckdb",
        engine=engine,
        script_sha256="0" * 64,
        passed=passed,
        scenarios=(
            ScenarioProof(name="twice", title="Twice in a row", outcome=outcome, loads=2, difference=difference),
        ),
        first_difference=difference,
        seconds=0.1,
    )


def test_what_is_small_enough_to_be_read_whole_is_the_same_for_the_tree_and_for_its_rule() -> None:
    (size,) = [node for node in extraction_tree().nodes if node.is_number]
    assert ROOM.text.rules["full_reads_are_small"].settings["most_rows"] == size.ways[0].below
