"""Names of pipelines in documents/cost_allocation.yaml that nothing else knows: told, and not refused.

A pipeline may be known by the bill and by people alone. A misspelt one looks just the same, and would quietly become a pipeline
of its own; so both are told, with the name that was probably meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from decom_nb.phases.cost.matching import tag
from decom_nb.suggest import did_you_mean

if TYPE_CHECKING:
    from decom_nb.phases.cost.activity import Activity, Named
    from decom_nb.phases.cost.documents import CostAllocation
    from decom_nb.phases.cost.monthly_bill import MonthlyBill


def unknown_pipelines(
    bill: MonthlyBill, document: CostAllocation, worked: Activity, named: Named | None
) -> tuple[str, ...]:
    """Say which names no run, service level or tag knows, where each stands, and what was probably meant.

    Where nothing knows any pipeline there is nothing to hold the names against, and nothing is said.
    """
    written: dict[str, list[str]] = {}
    for name, place in _written(document):
        written.setdefault(name, []).append(place)
    if not written:
        return ()
    known = _known(bill, document, worked, named)
    if not known:
        return ()
    notes = []
    for name in sorted(set(written) - known):
        meant = did_you_mean(name, sorted(known))
        hint = f"did you mean {meant}?" if meant else "it stays a pipeline of its own."
        notes.append(
            f"No run, service level or tag knows {name} (documents/cost_allocation.yaml, {written[name][0]}); {hint}"
        )
    return tuple(notes)


def _written(document: CostAllocation) -> Iterator[tuple[str, str]]:
    """Give every pipeline that the document names, with its place as `decom check` writes places."""
    for at, rule in enumerate(document.rules):
        if rule.to_pipeline:
            yield rule.to_pipeline, f"rules[{at}].to_pipeline"
    for at, asked in enumerate(document.query_rules):
        yield asked.to_pipeline, f"query_rules[{at}].to_pipeline"
    for at, pool in enumerate(document.pools):
        for place, name in enumerate(pool.among):
            yield name, f"pools[{at}].among[{place}]"
        for place, share in enumerate(pool.shares):
            yield share.pipeline, f"pools[{at}].shares[{place}].pipeline"
    for at, worth in enumerate(document.pipelines):
        yield worth.pipeline, f"pipelines[{at}].pipeline"


def _known(bill: MonthlyBill, document: CostAllocation, worked: Activity, named: Named | None) -> set[str]:
    value = tag(document.pipeline_tags, bill.tag_keys)
    tagged = bill.query(f"SELECT DISTINCT {value} AS name FROM cost.monthly")  # noqa: S608 - quoted by matching.py
    return {
        *(row["name"] for row in tagged if row["name"]),
        *(pipeline for _, pipeline in worked.worked),
        *(named.by_name if named else ()),
    }
