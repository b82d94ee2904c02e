"""What a pipeline is called: by its own name where people wrote down the others, else as its source spells it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

Told = tuple[str, str]
"""A source and the name that a pipeline has there; a job of OpenLineage has its namespace before it."""

BETWEEN = "\x1f"
"""What stands between a namespace and a job: both may have slashes and dots in them."""


_DBT_JOB = "dbt-run-"
"""How the OpenLineage integration of dbt begins the name of a job; the project's name follows."""


def named(told: Iterable[Told], known: Mapping[str, str]) -> dict[Told, str]:
    r"""Give every told name the pipeline that it is of; `known` gives pipelines by their other names.

    A namespace is left out where only one job goes by the name. Small and capital letters are told apart only where that matters.
    The integration of dbt calls its job after the project, so that the two are one.

    >>> list(named([("openlineage", "prod\x1fload"), ("run_logs", "Load"), ("airflow", "l2")], {"l2": "load"}).values())
    ['load', 'load', 'load']
    """
    told = list(told)
    own = {pipeline: pipeline for pipeline in known.values()}
    exact = {**own, **{name: pipeline for name, pipeline in known.items() if name not in own}}
    loose = {name.casefold(): pipeline for name, pipeline in reversed(exact.items())}
    projects = {name for source, name in told if source == "dbt"}
    jobs = Counter(_job(name) for source, name in told if source == "openlineage")
    found = {}
    for source, name in told:
        spellings = _spellings(source, name)
        shown = _job(name) if source == "openlineage" and jobs[_job(name)] == 1 else name
        project = _job(name).removeprefix(_DBT_JOB)
        if source == "openlineage" and _job(name) != project and project in projects:
            spellings, shown = (*spellings, project), project
        hit = next((exact[each] for each in spellings if each in exact), None)
        hit = hit or next((loose[each.casefold()] for each in spellings if each.casefold() in loose), None)
        found[source, name] = hit or readable(shown)
    return found


def readable(name: str) -> str:
    r"""Give a name as a person reads it: a namespace and a job with a slash between them.

    >>> readable("prod\x1fload"), readable("\x1fload"), readable("load")
    ('prod/load', 'load', 'load')
    """
    return name.replace(BETWEEN, "/").removeprefix("/")


def _job(name: str) -> str:
    return name.rpartition(BETWEEN)[2]


def _spellings(source: str, name: str) -> tuple[str, ...]:
    """Give what a job may be called, with its namespace first."""
    if source != "openlineage":
        return (name,)
    return readable(name), name.replace(BETWEEN, "."), _job(name)
