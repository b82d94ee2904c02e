"""A pipeline's load in one engine's SQL: `script` gives it whole, in the order in which a kill anywhere does no harm.

Everything before the write works in tables of the load's own and can be done again. The write, the gates on its result and
the move of the position are one transaction; where the engine has none over several statements, the position moves last, so
that a load that was cut short is simply done again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from decom_nb.phases.pipelines.load import (
    append,
    control,
    dedup,
    gate,
    merge,
    partition_swap,
    reading,
    reload,
    soft_delete,
    upsert,
)
from decom_nb.phases.pipelines.load.plan import Plan, plan
from decom_nb.phases.pipelines.load.staging import cleared
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.sql.script import Block, Parameter, Script, Step

STRATEGIES: Mapping[str, Callable[[Plan], tuple[Step, ...]]] = {
    "append": append.write,
    "upsert": upsert.write,
    "merge": merge.write,
    "truncate-reload": reload.write,
    "partition-swap": partition_swap.write,
    "soft-delete": soft_delete.write,
}
"""How the staged rows are written, by strategy."""

LOADED_AT = Parameter(
    "loaded_at", "TIMESTAMP", "the instant of the load, in UTC; the same for all statements of one load"
)


def script(pipeline: Pipeline, dialect: str, *, landed: bool = False, compare_keys: bool = True) -> Script:
    """Give the load of a pipeline; raises `InputError` with what its document lacks, `NotSayable` where the engine has no word.

    `landed`: its rows were read in another engine and wait in the landing table (`plan.Plan.table`).
    `compare_keys`: an incremental load that removes or marks what vanished reads all keys for it.
    """
    return of_plan(plan(pipeline, dialect, landed=landed, compare_keys=compare_keys))


def of_plan(made: Plan) -> Script:
    """Give the load that a plan says."""
    dialect = made.dialect
    prepared = [
        *control.bounds(made),
        *reading.rows(made),
        *reading.keys(made),
        *(each.step(dialect) for each in gate.structure(made)),
        *dedup.staged(made),
        *(each.step(dialect) for each in gate.before(made)),
    ]
    after = [each.step(dialect) for each in gate.after(made)]
    written = STRATEGIES[made.strategy](made)
    together = (*written, *after, control.advanced(made))
    roles = ("bounds", "read", *(("keys",) if made.compares_keys else ()), "staged")
    last = [cleared(made, role) for role in roles]
    return Script(
        dialect,
        (Block(tuple(prepared)), Block(together, atomic=dialect != "databricks"), Block(tuple(last))),
        (LOADED_AT,),
    )
