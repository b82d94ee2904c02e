"""What an orchestrator has to know of a pipeline, read from its document; the texts in ``text/`` are filled with it."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, replace

from decom_nb.errors import InputError, Mistake
from decom_nb.escape import file_name
from decom_nb.phases.pipelines.contradiction import retries
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.schedule import schedule

SQL_FOLDER = "pipelines"
"""Where loads lie among the deliverables: ``pipelines/<pipeline>/<dialect>/*.sql``."""
LOAD, RECONCILE = "load.sql", "reconcile.sql"
"""The load, and the load that compares all keys, as `decom pipelines sql` writes them."""


@dataclass(frozen=True)
class Part:
    """One task: a stretch of a load's file, run on a connection of its own; what it staged lies in tables for the next."""

    name: str
    does: str


READ = Part("extract", "Read what is new into tables of the load's own.")
CHECK = Part("check", "Stop unless the rows that were read pass the gates, and leave one of each key.")
WRITE = Part("load", "Write, check what was written and move the position, in one transaction; then clear up.")


@dataclass(frozen=True)
class Job:
    """One pipeline for an orchestrator."""

    name: str
    identifier: str
    """The name as a Python identifier, of small letters."""
    instance: str
    sql_of: str
    """The name under which its SQL lies."""
    description: str
    owner: str
    cron: str
    """Five fields; empty: it is started by hand, or by something else."""
    retries: int
    retry_delay_seconds: int
    timeout_seconds: int | None
    alert_channels: tuple[str, ...]
    dialect: str
    file: str
    """The load's SQL, below `folder`."""
    parts: tuple[Part, ...]
    tier: int | None

    @property
    def folder(self) -> str:
        """Give where its SQL lies, below the deliverables."""
        return f"{SQL_FOLDER}/{file_name(self.sql_of)}/{self.dialect}"

    def reconciling(self, reconciliation: str) -> Job:
        """Give the job that compares all keys, at times of its own; raises `InputError` where these are none."""
        cron = _cron(reconciliation)
        if cron is None:
            what = f"{reconciliation!r} is no cron line, or names no day that ever comes"
            raise InputError(_mistake(self.instance, "extract.reconciliation", what, "correct it, or leave it empty"))
        return replace(
            self,
            name=f"{self.name} (reconciliation)",
            identifier=f"{self.identifier}_reconcile",
            cron=cron,
            file=RECONCILE,
        )


def job(pipeline: Pipeline, dialect: str) -> Job:
    """Read a pipeline's document. Raises `InputError` where it cannot be scheduled as it says."""
    cron = _cron(pipeline.schedule)
    if cron is None:
        what = f"{pipeline.schedule!r} is no cron line, or names no day that ever comes"
        raise InputError(_mistake(pipeline.instance, "schedule", what, "correct it, or leave it empty"))
    handling = pipeline.error_handling
    source = pipeline.extract.source_system or pipeline.extract.source_table or "its source"
    target = pipeline.load.target_table or pipeline.load.target_system or "its target"
    return Job(
        name=pipeline.called,
        identifier=identifier(pipeline.called),
        instance=pipeline.instance,
        sql_of=pipeline.called,
        description=f"{pipeline.load.strategy or 'load'} from {source} into {target}",
        owner=pipeline.owner,
        cron=cron,
        retries=retries(pipeline) or 0,
        retry_delay_seconds=handling.retry_delay_seconds,
        timeout_seconds=round(pipeline.sla_minutes * 60) if pipeline.sla_minutes else None,
        alert_channels=handling.alert_channels,
        dialect=dialect,
        file=LOAD,
        # Databricks has no transaction over several statements: its file has no mark between gates and write.
        parts=(READ, WRITE) if dialect == "databricks" else (READ, CHECK, WRITE),
        tier=pipeline.tier,
    )


def identifier(text: str) -> str:
    """Give a name that Python, Airflow, Dagster and Prefect take: small letters, digits and underscores.

    >>> identifier("load-orders (EU)"), identifier("1_extract"), identifier("Ünïq"), identifier("class"), identifier("…")
    ('load_orders_eu', 'step_1_extract', 'n_q', 'class_', 'pipeline')
    """
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "pipeline"
    name = f"step_{name}" if name[0].isdigit() else name
    return f"{name}_" if keyword.iskeyword(name) else name


def _cron(text: str) -> str | None:
    """Give the five fields; empty where there is no schedule, nothing where it is none or never begins."""
    if not text.strip():
        return ""
    found = schedule(text)
    return found.cron if found and found.fires else None


def _mistake(instance: str, key: str, what: str, instead: str) -> Mistake:
    return Mistake(f"documents/pipeline/{instance}.yaml", 0, key, what, instead)
