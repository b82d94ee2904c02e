"""What must hold of change data capture; `rules.py` takes the rules from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.decide import Decision
from decom_nb.finding import Finding, false, not_applicable, not_known, true
from decom_nb.phases.patterns.connector.capture_document import Capture
from decom_nb.phases.patterns.connector.connector_check import gaps
from decom_nb.phases.patterns.connector.connector_file import connector
from decom_nb.rule import rule
from decom_nb.wording import counted, listed

_DECIDED = {"topics": "cdc_topics", "registry": "cdc_registry", "serialization": "cdc_serialization"}
_OPTIONS = {"per table": "Topic per table", "single": "Single topic"}


@rule
def connectors_have_what_they_need(capture: Capture, pipeline: Sequence[Any] | None) -> Finding:
    """Every planned connector has what it needs to start, and no secret in the clear."""
    if not capture.databases:
        return not_applicable("No database is captured.")
    named = [each for each in capture.databases if each.database]
    rows = [
        {"connector": each.connector, "key": key, "what": what, "remedy": hint}
        for each in named
        for key, what, hint in gaps(connector(capture, each, pipeline or ())["config"])
    ]
    rows += [
        {
            "connector": each.connector,
            "key": "database",
            "what": "it is not said which database it is",
            "remedy": "name it",
        }
        for each in capture.databases
        if not each.database
    ]
    lacking = {row["connector"] for row in rows}
    if not rows:
        return true(f"{counted(len(capture.databases), 'connector')}, and each has what it needs to start.")
    message = f"{len(lacking)} of {counted(len(capture.databases), 'connector')} would not start or are not safe."
    return false(message, met=1 - len(lacking) / len(capture.databases), rows=rows)


@rule
def message_schemas_are_registered(capture: Capture) -> Finding:
    """Captured changes are written with a schema that a registry checks."""
    if capture.registry is None or capture.serialization is None:
        return not_known("Nobody said where schemas are kept, or in which format messages are written.")
    if capture.registry == "none":
        return false(f"Messages are written as {capture.serialization}, and no registry keeps their schemas.")
    if capture.serialization == "JSON":
        return false(f"{capture.registry} is there, and messages are JSON without a schema in it.")
    return true(f"Messages are {capture.serialization}, with schemas in {capture.registry}.")


@rule
def capture_follows_its_decisions(capture: Capture, decisions: Mapping[str, Decision]) -> Finding:
    """Topics, registry and serialization are planned as the circumstances ask for."""
    said = {name: getattr(capture, name) for name in _DECIDED if getattr(capture, name)}
    decided = {name: decisions[f"patterns.{question}"] for name, question in _DECIDED.items()}
    judged = {name: each for name, each in said.items() if not decided[name].is_open and decided[name].winners}
    if not judged:
        return not_known("Nothing is planned yet, or the circumstances do not tell the options apart.")
    rows = [
        {"choice": name, "planned": each, "recommended": decided[name].said}
        for name, each in judged.items()
        if _OPTIONS.get(each, each) not in decided[name].recommended
    ]
    if not rows:
        return true(f"{listed(judged)} are planned as the circumstances ask for.")
    told = listed([row["choice"] for row in rows])
    message = f"{len(rows)} of {counted(len(judged), 'choice')} differ from what is recommended: {told}."
    return false(message, met=1 - len(rows) / len(judged), rows=rows)
