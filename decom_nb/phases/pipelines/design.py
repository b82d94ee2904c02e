"""A pipeline's design beside what its own answers recommend: the way through the extraction tree, and the load strategy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path as File
from typing import Any

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.decide import Decision, Option, decide
from decom_nb.decision_tree import Path, Tree, answers_of, decision_tree, walk
from decom_nb.evidence.load_proofs import LoadProofs
from decom_nb.knowledge import DecisionTable, Setting
from decom_nb.phases.pipelines.law import LAWS, PROOF, proof_of, repeatable
from decom_nb.phases.pipelines.load_answer import load_answers
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.phases.pipelines.strategy import STRATEGIES

TABLES = File(__file__).parent / "tables"

REASONS = 3
"""How many reasons for and against an option are kept of each pipeline."""


class Limits(BaseModel):
    """The room's numbers: tables/limits.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pipelines_kept: Setting
    paths_drawn: Setting


@cache
def limits() -> Limits:
    """Read tables/limits.yaml."""
    return knowledge.load(Limits, TABLES / "limits.yaml", sources=knowledge.citations(TABLES))


def extraction_tree() -> Tree:
    """Read the extraction tree."""
    return decision_tree(TABLES / "extraction.yaml")


@cache
def strategy_table() -> DecisionTable:
    """Read the decision table of the load strategy."""
    return knowledge.decision_table(TABLES / "load_strategy.yaml")


@dataclass(frozen=True, slots=True)
class Design:
    """One pipeline with what its answers come to."""

    pipeline: Pipeline
    path: Path
    decision: Decision

    @property
    def extraction_agrees(self) -> bool | None:
        """Tell whether the way it reads follows the tree's end; nothing where either is not there."""
        said = self.pipeline.extract.strategy
        return None if said is None or self.path.leaf is None else said in self.path.leaf.fits

    @property
    def recommended(self) -> tuple[str, ...]:
        """Give the load strategy that is recommended; empty where too little was said for any to stand out."""
        found = self.decision.recommended
        return found if len(found) < len(self.decision.options) and self._best > 0 else ()

    @property
    def _best(self) -> float:
        return max(each.score for each in self.decision.options)

    @property
    def said(self) -> Option | None:
        """Give the option that the document says."""
        said = self.pipeline.load.strategy
        name = STRATEGIES[said].decided_as if said else ""
        return next((each for each in self.decision.options if each.name == name), None)

    @property
    def load_agrees(self) -> bool | None:
        """Tell whether the strategy that is written down is among the recommended; nothing where either is not there.

        One that is ruled out never is, whatever else may be said.
        """
        if self.said is not None and self.said.disqualified:
            return False
        if self.said is None or not self.recommended:
            return None
        return self.said.name in self.recommended


def designs(pipelines: Sequence[Pipeline]) -> list[Design]:
    """Work out every pipeline's path and load decision; those with the same answers share one decision."""
    decided: dict[tuple[Any, ...], Decision] = {}
    found = []
    for each in pipelines:
        answers = load_answers(each)
        key = tuple(answers.values())
        if key not in decided:
            decided[key] = decide(strategy_table(), answers)
        tree = extraction_tree()
        found.append(Design(each, walk(tree, answers_of(tree, each)), decided[key]))
    return found


def design_row(
    design: Design, load_proofs: LoadProofs | None = None, edited_loads: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """Give what the audit keeps of one design: small, and enough for every face to draw it."""
    pipeline, path = design.pipeline, design.path
    laws = {name: judge(pipeline) for name, judge in LAWS} | {PROOF: proof_of(pipeline, load_proofs, edited_loads)}
    again = repeatable(pipeline)
    return {
        "pipeline": pipeline.called,
        "instance": pipeline.instance,
        "owner": pipeline.owner,
        "schedule": pipeline.schedule,
        "sla_minutes": pipeline.sla_minutes,
        "tier": pipeline.tier,
        "source": pipeline.extract.source_system,
        "target": pipeline.load.target_table,
        "extraction_said": pipeline.extract.strategy,
        "extraction": {
            "steps": [
                {
                    "node": step.node.name,
                    "question": step.node.question,
                    "answer": _words(step.answer),
                    "way": step.way.says,
                }
                for step in path.steps
            ],
            "leaf": path.leaf.name if path.leaf else None,
            "recommends": path.leaf.recommends if path.leaf else None,
            "open": path.open.question if path.open else None,
            "route": list(path.route),
        },
        "extraction_agrees": design.extraction_agrees,
        "load_said": pipeline.load.strategy,
        "load_recommended": list(design.recommended),
        "load_ruled_out": list(design.said.disqualified) if design.said else [],
        "load_together": bool(design.decision.combination),
        "load_agrees": design.load_agrees,
        "load_options": [_option(each) for each in design.decision.options],
        "load_unanswered": [each.question for each in design.decision.unanswered if each.would_change][:REASONS],
        "laws": {name: {"how": verdict.how, "says": verdict.says} for name, verdict in laws.items()},
        "repeatable": {"how": again.how, "says": again.says},
    }


def _option(option: Option) -> dict[str, Any]:
    weighed = sorted(option.reasons, key=lambda each: -abs(each.contribution))
    return {
        "name": option.name,
        "score": option.score,
        "disqualified": list(option.disqualified),
        "for": [each.text for each in weighed if each.contribution > 0][:REASONS],
        "against": [each.text for each in weighed if each.contribution < 0 and not each.rules_out][:REASONS],
    }


def _words(answer: object) -> str:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return f"{answer:,.0f}" if isinstance(answer, int | float) else str(answer)
