"""Runs checks on DuckDB: each is sent to the cheapest evidence that still decides it exactly. Rooms call `run`.

with Tables(sources, root) as tables:
    found = run(suites, tables, now=datetime.now(UTC))
    for step in explain(suites, tables):
        print(step.decided_by, step.checks, step.because)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from decom_nb.check import CheckRun, Suite
from decom_nb.engine.asked import Step
from decom_nb.engine.limits import Limits, Progress
from decom_nb.engine.running import Run

if TYPE_CHECKING:
    from decom_nb.evidence.tables import Tables

__all__ = ["Limits", "Progress", "Step", "explain", "run"]


def run(
    suites: Sequence[Suite],
    tables: Tables,
    *,
    now: datetime,
    plan: Literal["cheapest", "scan"] = "cheapest",
    samples: int = 5,
    history: Sequence[CheckRun] = (),
    limits: Limits = Limits(),  # noqa: B008 - frozen
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> CheckRun:
    """Run suites on their tables and give what every check came to.

    Suites of the same table are run together. `now` is the moment by which age is told. ``plan="scan"`` asks everything of
    all rows instead of the cheapest evidence; both give the same. `samples` is for how many failing rows of a check the keys
    are fetched, 0 for none. `history` are earlier runs, for checks that compare with them. `progress` is called after every
    check, `cancelled` is asked several times a second and may answer from another thread; Control-C has the same effect. What
    was decided until then is kept, the rest is not known, and ``complete`` is false. A table that cannot be opened, a query that
    fails, a limit that is reached: each makes its own checks `error` or `not_known`, and the others go on.
    """
    return Run(
        suites,
        tables,
        now=now,
        plan=plan,
        samples=samples,
        history=history,
        limits=limits,
        progress=progress,
        cancelled=cancelled,
    )()


def explain(
    suites: Sequence[Suite], tables: Tables, *, plan: Literal["cheapest", "scan"] = "cheapest", samples: int = 5
) -> list[Step]:
    """Give the plan of a run, step by step, with the reason for each; no step is taken.

    Some steps decide on the way, by what a query before gave: a reference is a range test only if the parent's keys leave no
    gap. Their reasons say so, and ``Checked.decided_by`` says afterwards what it came to.
    """
    return Run(
        suites,
        tables,
        now=datetime.now(UTC),
        plan=plan,
        samples=samples,
        history=(),
        limits=Limits(),
        progress=None,
        cancelled=None,
        dry=True,
    ).steps()
