"""A proposed suite on its way into the engagement: written where there is none, merged into the one that is there.

The command and the notebook's button call it. What people wrote is never changed: checks are added below theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from decom_nb.check import Check, CheckRun, Suite
from decom_nb.document import read, save
from decom_nb.engagement import Engagement
from decom_nb.errors import InputError
from decom_nb.phases.quality.lineage import bare

if TYPE_CHECKING:
    from decom_nb.evidence.dbt import Dbt
    from decom_nb.evidence.tables import Tables
    from decom_nb.phases.quality.proposal import Proposal

MOST_OTHERS = 40
"""How many other tables are looked at as possible parents."""


@dataclass(frozen=True)
class Merged:
    """What became of a proposal: the file it went into, and how many of its checks were new there."""

    file: Path
    added: int
    there: int
    """Checks that the suite had before."""


def proposed(
    tables: Tables,
    table: str,
    *,
    dbt: Dbt | None = None,
    history: Sequence[CheckRun] = (),
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Proposal:
    """Propose a suite for a table, with the other tables as what it may refer to."""
    from decom_nb.phases.quality.suggest import suggest

    names = tables.names
    others = [each for each in names if each != table and _opens(tables, each)] if len(names) <= MOST_OTHERS else []
    return suggest(tables, table, others=others, dbt=dbt, history=history, progress=progress, cancelled=cancelled)


def _opens(tables: Tables, name: str) -> bool:
    """Tell whether a table can be read; one that cannot is no parent of anything, and no reason to propose nothing."""
    try:
        tables.open(name)
    except InputError:
        return False
    return True


def merge(engagement: Engagement, suite: Suite) -> Merged:
    """Put the checks of a proposal that are not there yet into the table's suite, which is made if there is none."""
    place = next(
        (
            path
            for path in engagement.instance_paths(Suite)
            if bare(read(Suite, path).document.table) == bare(suite.table)
        ),
        None,
    )
    if place is None:
        file = _free(engagement.document_path(Suite), suite.table)
        save(file, suite)
        return Merged(file, len(suite.checks), 0)
    opened = read(Suite, place)
    before = opened.document
    asked = {_asks(each) for each in before.checks}
    filled = {
        (column.casefold(), each.where.strip())
        for each in before.checks
        if each.kind == "not_null"
        for column in each.looks_at
    }
    new = tuple(each for each in suite.checks if _asks(each) not in asked and not _is_filled(each, filled))
    changed = before.model_copy(
        update={
            "checks": (*before.checks, *new),
            "key": before.key or suite.key,
            "personal": tuple(dict.fromkeys((*before.personal, *suite.personal))),
        }
    )
    save(opened, changed)
    return Merged(place, len(new), len(before.checks))


def _asks(check: Check) -> tuple[str, tuple[str, ...], str]:
    """Give what makes two checks the same question: its kind, its columns, its rows; a person's own limits stay."""
    return check.kind, tuple(each.casefold() for each in check.looks_at), check.where.strip()


def _is_filled(check: Check, filled: Collection[tuple[str, str]]) -> bool:
    """Tell whether the check asks for values in columns for which that is asked already."""
    return check.kind == "not_null" and all((each.casefold(), check.where.strip()) in filled for each in check.looks_at)


def _free(folder: Path, table: str) -> Path:
    """Give a file name made of the table's that no suite has yet.

    >>> _free(Path("nowhere"), 'Shop."Orders"').name
    'shop_orders.yaml'
    """
    stem = re.sub(r"[^a-z0-9]+", "_", table.lower()).strip("_")[:80] or "suite"
    names = (f"{stem}{f'_{at}' if at else ''}.yaml" for at in range(10_000))
    return next(folder / name for name in names if not (folder / name).exists())
