"""What is wrong in the documents of cost beyond their shape: what names two things or never takes effect. For `decom check`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from decom_nb.phase import Wrong
from decom_nb.phases.cost.documents import CostAllocation

_DOCUMENT = CostAllocation.name
Path = tuple[str | int, ...]


def mistakes(cost_allocation: CostAllocation) -> Iterator[Wrong]:
    """Give pipelines that a pool lists twice, pools that nothing reaches, rules that never decide, and rates given twice."""
    reached = {rule.to_pool for rule in cost_allocation.rules}
    for at, pool in enumerate(cost_allocation.pools):
        here: Path = ("pools", at)
        if pool.pool not in reached:
            what = f"no rule sends charges to the pool {pool.pool}"
            yield Wrong(_DOCUMENT, "", (*here, "pool"), what, "name it as to_pool of a rule, or take it out")
        parts = [(each.pipeline, (*here, "shares", place, "pipeline")) for place, each in enumerate(pool.shares)]
        yield from _twice(parts, f"in the shares of the pool {pool.pool}", "add its shares up in one entry")
        among = [(name, (*here, "among", place)) for place, name in enumerate(pool.among)]
        yield from _twice(among, f"among those that share the pool {pool.pool}", "keep one")
    rates = [(each.currency, ("rates", at, "currency")) for at, each in enumerate(cost_allocation.rates)]
    yield from _twice(rates, "among the rates", "keep the one that holds")
    charges = [each.model_dump(exclude={"to_pipeline", "to_pool", "because"}) for each in cost_allocation.rules]
    queries = [each.model_dump(exclude={"to_pipeline"}) for each in cost_allocation.query_rules]
    for key, conditions in (("rules", charges), ("query_rules", queries)):
        for at, condition in enumerate(conditions):
            if (first := conditions.index(condition)) < at:
                what = f"it asks the same as {key}[{first}], which decides first: this rule never does"
                yield Wrong(_DOCUMENT, "", (key, at), what, "keep one of them, or tell them apart by a condition")


def _twice(named: Iterable[tuple[str, Path]], where: str, instead: str) -> Iterator[Wrong]:
    seen: set[str] = set()
    for name, path in named:
        if name in seen:
            yield Wrong(_DOCUMENT, "", path, f"{name} stands twice {where}", instead)
        seen.add(name)
