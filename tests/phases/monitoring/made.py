"""Made evidence on runs: OpenLineage events that tell who reads what, and exports of Airflow."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 1, 1, tzinfo=UTC)
SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json"


def event(job: str, kind: str, run: str, at: datetime, **more: Any) -> dict[str, Any]:
    """Give one event of a run; `run` is any name, out of which a UUID is made."""
    return {
        "eventType": kind,
        "eventTime": at.isoformat(),
        "producer": "https://example.org/made",
        "schemaURL": f"{SCHEMA}#/$defs/RunEvent",
        "run": {"runId": run_id(run), "facets": more.pop("facets", {})},
        "job": {"namespace": more.pop("namespace", "prod"), "name": job},
        "inputs": more.pop("inputs", []),
        "outputs": more.pop("outputs", []),
    }


def run_id(run: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, run))


def parent(job: str, run: str, namespace: str = "prod") -> dict[str, Any]:
    """Give the facet that names the run above."""
    facet = {"run": {"runId": run_id(run)}, "job": {"namespace": namespace, "name": job}}
    return {"parent": {"_producer": "p", "_schemaURL": "s", **facet}}


def dataset(name: str, namespace: str = "postgres://db:5432") -> dict[str, Any]:
    return {"namespace": namespace, "name": name}


def lineage(reads: dict[str, list[str]]) -> str:
    """Write out one old run of each job that reads these datasets."""
    lines = []
    for job, names in reads.items():
        for kind, minutes in (("START", 0), ("COMPLETE", 5)):
            at = START - timedelta(days=30) + timedelta(minutes=minutes)
            lines.append(event(job, kind, job, at, inputs=[dataset(name) for name in names]))
    return "".join(json.dumps(each) + "\n" for each in lines)


def airflow(dags: list[dict[str, Any]]) -> dict[str, Any]:
    """Write out DAG runs given as {dag, times, tries, state, at, minutes, type}, each with one task."""
    runs, tasks = [], []
    for each in dags:
        for day in range(each.get("times", 1)):
            start = START + timedelta(days=day, hours=each.get("at", 0))
            end = start + timedelta(minutes=each.get("minutes", 5))
            state, tries = each.get("state", "success"), each.get("tries", 1)
            run = f"{each.get('type', 'scheduled')}__{start.isoformat()}"
            begun = state != "queued"
            runs.append(
                {
                    "dag_id": each["dag"],
                    "dag_run_id": run,
                    "run_type": each.get("type", "scheduled"),
                    "state": state,
                    "logical_date": start.isoformat(),
                    "queued_at": start.isoformat(),
                    "start_date": start.isoformat() if begun else None,
                    "end_date": end.isoformat() if state in ("success", "failed") else None,
                }
            )
            if begun:
                tasks.append(
                    {
                        "dag_id": each["dag"],
                        "dag_run_id": run,
                        "task_id": "load",
                        "map_index": -1,
                        "try_number": tries,
                        "max_tries": 3,
                        "state": state,
                        "start_date": start.isoformat(),
                        "end_date": end.isoformat(),
                        "duration": 300.0,
                        "operator": "PythonOperator",
                    }
                )
    return {
        "dag_runs.json": {"dag_runs": runs, "total_entries": len(runs)},
        "task_instances.json": {"task_instances": tasks, "total_entries": len(tasks)},
    }
