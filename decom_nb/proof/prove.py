"""Proves a load: plays every scenario with it on one database, and gives what came of it.

Rooms call `prove` with a case that they made; `sum_of` tells a script that was proven from another.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from decom_nb.evidence.load_proofs import LoadProof
from decom_nb.proof.case import LoadCase
from decom_nb.proof.database import Database
from decom_nb.proof.play import Play
from decom_nb.proof.scenario import SCENARIOS, Scenario
from decom_nb.sql.script import Script


def prove(
    case: LoadCase,
    database: Database,
    *,
    taken_at: datetime,
    scenarios: Sequence[Scenario] = SCENARIOS,
    sample: Sequence[Mapping[str, Any]] = (),
    origin: str = "",
    document_sha256: str = "",
    warnings: tuple[str, ...] = (),
    report: Callable[[float, str], None] | None = None,
) -> LoadProof:
    """Play all scenarios with a load. The database holds nothing else, and is used once; who opened it closes it.

    `sample` are rows of the real first source, by column. Raises `InputError` where the case itself cannot be set up.
    """
    began = time.perf_counter()
    play = Play(case, database, sample)
    played = []
    for at, each in enumerate(scenarios):
        if report is not None:
            report(at / len(scenarios), f"{case.name}: {each.title}")
        played.append(play.scenario(each))
    return LoadProof(
        taken_at=taken_at,
        pipeline=case.name,
        origin=origin,
        dialect=case.script.dialect,
        engine=database.engine,
        script_sha256=sum_of(case.script),
        document_sha256=document_sha256,
        passed=all(each.outcome != "refuted" for each in played),
        scenarios=tuple(played),
        first_difference=next((each.difference for each in played if each.difference), None),
        warnings=warnings,
        seconds=round(time.perf_counter() - began, 3),
    )


def sum_of(script: Script) -> str:
    """Give a checksum of what a script does: its statements, what holds them together, its parameters; not its words."""
    told = asdict(script)
    for block in told["blocks"]:
        block["steps"] = [" ".join(each["sql"].split()) for each in block["steps"]]
    told["parameters"] = [(each["name"], each["type"]) for each in told["parameters"]]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
