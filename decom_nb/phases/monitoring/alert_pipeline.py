"""The pipelines that alerts should watch, with all names they go by: those of the service levels and those that ran."""

from __future__ import annotations

from decom_nb.history import History
from decom_nb.phases.monitoring.documents import ServiceLevels


def pipeline_names(service_levels: ServiceLevels | None, history: History | None) -> dict[str, tuple[str, ...]]:
    """Give every pipeline with its own name first, then the others, by name."""
    found: dict[str, list[str]] = {}
    for each in service_levels.pipelines if service_levels else ():
        found.setdefault(each.pipeline, [each.pipeline]).extend(each.also_known_as)
    for ran in history.pipelines if history else ():
        found.setdefault(ran.name, [ran.name])
    for row in history.query("SELECT pipeline, told FROM history.names ORDER BY ALL") if history else ():
        if row["pipeline"] in found:
            found[row["pipeline"]].append(row["told"])
    return {name: tuple(dict.fromkeys(found[name])) for name in sorted(found)}
