"""Fills an orchestrator's text with a job. Whatever a client wrote goes in as a Python literal, never as code."""

from __future__ import annotations

import ast
import importlib.resources
import pprint
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from decom_nb.phases.pipelines.orchestrator.job import Job

if TYPE_CHECKING:
    from jinja2 import Environment

Orchestrator = Literal["airflow", "dagster", "prefect"]
ORCHESTRATORS: tuple[str, ...] = get_args(Orchestrator)
FOLDER = "pipelines/orchestrator"
"""Where these files lie among the deliverables, in a folder for each orchestrator."""
DOCUMENTED: Mapping[str, str] = {
    "airflow": "Apache Airflow documentation, Task SDK API reference, airflow.apache.org/docs/task-sdk/stable/api.html",
    "dagster": "Dagster documentation, Ops and jobs, docs.dagster.io/guides/build/ops",
    "prefect": "Prefect documentation, Write and run a workflow, docs.prefect.io/v3/how-to-guides/workflows/write-and-run",
}
"""Where each one's words are documented."""


def skeleton(job: Job, orchestrator: Orchestrator) -> str:
    """Give the Python file that runs the job; raises `SyntaxError` should that ever be none."""
    tags = [f"tier-{job.tier}"] if job.tier else []
    text = (
        _environment().get_template(f"{orchestrator}.py.j2").render(job=job, tags=["decom", *tags], chain=_chain(job))
    )
    ast.parse(text)
    return text


def _chain(job: Job) -> str:
    """Give the parts as calls in each other: what one gives the next waits for.

    ``run_load(run_extract(begin()))``
    """
    calls = "".join(f"run_{part.name}(" for part in reversed(job.parts))
    return f"{calls}begin(){')' * len(job.parts)}"


def place(job: Job, orchestrator: str) -> str:
    """Give where the file lies, below the deliverables."""
    return f"{FOLDER}/{orchestrator}/{job.identifier}.py"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    texts = importlib.resources.files(__package__) / "text"
    made = Environment(
        loader=FileSystemLoader(str(texts)),
        autoescape=False,  # noqa: S701 - what comes out is Python, and each value in it goes through `py`
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["py"] = _literal
    return made


def _literal(value: Any) -> str:
    r"""Write a value as Python, ASCII only, so that no character of a client's reads as something else.

    >>> print(_literal('a"b'), _literal(None), _literal(["#x", "é"]))
    'a"b' None ['#x', '\xe9']
    """
    written = ascii(value)
    if ast.literal_eval(written) != value:
        raise ValueError(f"{pprint.pformat(value)} is no plain value")
    return written
