"""What the runs of the last thirty days tell a lineage server: OpenLineage events, kept as it got them, one to a line.

A pipeline of several feeds also reports each of them, once all are in. Their durations share that of the pipeline by the rows
they brought, as `clock.py` makes that one of the rows of the whole run.
"""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from nordwind_platform import marts
from nordwind_platform.loads import LOADS
from nordwind_platform.runner import Done, Start

SINCE = date(2026, 9, 30)
NAMESPACE = "nordwind"
PRODUCER = "https://nordwind.example/platform/7"
SPECIFICATION = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
FACETS = "https://openlineage.io/spec/facets"
WAREHOUSE = "duckdb://warehouse.nordwind.example"
LANDING = "file://landing.nordwind.example"
FEEDS = {load.name: load.feeds for load in LOADS}

LOST = {
    # the run whose end never arrived: the server was being moved to another machine
    "load_web_events/2026-10-21T16:15Z/1",
}


def write(folder: Path, done: Sequence[Done]) -> None:
    """Write the events of all runs since `SINCE` in the order in which they arrived."""
    folder.mkdir(parents=True, exist_ok=True)
    events = [event for each in done if each.start.planned.date() >= SINCE for event in _of(each)]
    events.sort(key=lambda event: (event["eventTime"], event["run"]["runId"], event["eventType"] != "START"))
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
    (folder / "lineage.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))


def _of(done: Done) -> Iterator[dict[str, Any]]:
    """Give the events of a run: its start, the steps of it that are done, its end."""
    start, record = done.start, done.record
    began, ended = (_time(str(record[name])) for name in ("started_at", "completed_at"))
    planned = {"nominalTime": _facet("NominalTimeRunFacet", nominalStartTime=_stamp(start.planned))}
    inputs, outputs = _inputs(start.pipeline), _outputs(start.pipeline, {})
    told: dict[str, Any] = {"run_id": start.run_id, "job": start.pipeline, "kind": "PIPELINE", "inputs": inputs}
    yield _event("START", began, **told, outputs=outputs, facets=planned)
    if start.run_id in LOST:
        return
    if record["status"] == "failed":
        message = _facet("ErrorMessageRunFacet", message=record["error_message"], programmingLanguage="PYTHON")
        yield _event("FAIL", ended, **told, outputs=outputs, facets={**planned, "errorMessage": message})
        return
    yield from _steps(start, done.written, began, ended)
    yield _event("COMPLETE", ended, **told, outputs=_outputs(start.pipeline, done.written), facets=planned)


def _steps(start: Start, written: Mapping[str, int], began: datetime, ended: datetime) -> Iterator[dict[str, Any]]:
    feeds = FEEDS.get(start.pipeline, ())
    if len(feeds) < 2:
        return
    above = {"namespace": NAMESPACE, "name": start.pipeline}
    parent = _facet("ParentRunFacet", run={"runId": _uuid(start.run_id)}, job=above)
    rows, begins = sum(written.values()), began
    for feed in feeds:
        ends = begins + (ended - began) * (written[feed.table] / rows if rows else 1 / len(feeds))
        ends = ends.replace(microsecond=ends.microsecond // 1000 * 1000)
        for said, at in (("START", begins), ("COMPLETE", ends)):
            yield _event(
                said,
                at,
                run_id=f"{start.run_id}/{feed.name}",
                job=f"{start.pipeline}.{feed.name}",
                kind="FEED",
                inputs=[{"namespace": LANDING, "name": f"/{feed.name}"}],
                outputs=[_table(feed.table, written if said == "COMPLETE" else {})],
                facets={"parent": parent},
            )
        begins = ends + timedelta(milliseconds=1)


def _inputs(pipeline: str) -> list[dict[str, Any]]:
    if pipeline == marts.NAME:
        return [_table(table, {}) for table in marts.READ]
    return [{"namespace": LANDING, "name": f"/{feed.name}"} for feed in FEEDS[pipeline]]


def _outputs(pipeline: str, written: Mapping[str, int]) -> list[dict[str, Any]]:
    tables = marts.MADE if pipeline == marts.NAME else [feed.table for feed in FEEDS[pipeline]]
    return [_table(table, written) for table in tables]


def _table(table: str, written: Mapping[str, int]) -> dict[str, Any]:
    """Give a table of the warehouse, with the rows that went into it and where the columns of a mart come from."""
    told: dict[str, Any] = {"namespace": WAREHOUSE, "name": f"main.{table}"}
    if table in written:
        told["outputFacets"] = {
            "outputStatistics": _facet("OutputStatisticsOutputDatasetFacet", rowCount=written[table])
        }
        if table in marts.MADE:
            told["facets"] = {"columnLineage": _facet("ColumnLineageDatasetFacet", fields=_fields(table))}
    return told


def _fields(mart: str) -> dict[str, Any]:
    return {
        column: {
            "inputFields": [
                {"namespace": WAREHOUSE, "name": f"main.{source.partition('.')[0]}", "field": source.partition(".")[2]}
                for source in sources
            ]
        }
        for column, sources in marts.MADE[mart].items()
    }


def _event(
    event_type: str,
    at: datetime,
    *,
    run_id: str,
    job: str,
    kind: str,
    inputs: list[dict[str, Any]],
    outputs: list[dict[str, Any]],
    facets: Mapping[str, Any],
) -> dict[str, Any]:
    job_type = _facet("JobTypeJobFacet", processingType="BATCH", integration="NORDWIND", jobType=kind)
    return {
        "eventType": event_type,
        "eventTime": _stamp(at),
        "run": {"runId": _uuid(run_id), "facets": facets},
        "job": {"namespace": NAMESPACE, "name": job, "facets": {"jobType": job_type}},
        "inputs": inputs,
        "outputs": outputs,
        "producer": PRODUCER,
        "schemaURL": SPECIFICATION,
    }


def _facet(name: str, **told: Any) -> dict[str, Any]:
    return {"_producer": PRODUCER, "_schemaURL": f"{FACETS}/1-0-0/{name}.json", **told}


def _uuid(run_id: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{PRODUCER}/{run_id}"))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
