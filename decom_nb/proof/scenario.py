"""What is tried with every load: each scenario is a row of `SCENARIOS`, read from left to right.

`prove.py` plays them. A scenario that needs what a load does not claim is not played, and the proof says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from decom_nb.proof.case import LOADS, SEEN, LoadCase
from decom_nb.proof.source import (
    Change,
    Source,
    deleted,
    doubled,
    emptied,
    emptied_values,
    everything,
    filled,
    filled_values,
    inserted,
    late,
    late_changes,
    late_event,
    more,
    newer_beside,
    older_beside,
    returned,
    same_instant,
    several_changes,
    tied_changes,
    too_late,
    updated,
    updated_then_deleted,
)

Act = Change | Literal["load", "again"]
"""A change of the source; a load, after which the target is compared; a load that has nothing new to do."""
Fault = Literal["", "killed", "killed twice", "interleaved"]
"""What is done to the last load, at every place between two statements."""


def always(source: Source) -> str:
    """Say nothing: every load has to stand it."""
    return ""


def needs_updates(source: Source) -> str:
    """Say if the load does not claim to take over changes."""
    return "" if source.case.claims.updates else "the load does not claim to take over changed rows"


def needs_versions(source: Source) -> str:
    """Say if the load does not claim to pick the newest of several versions, or none can be told from another."""
    claims = source.case.claims
    if not (claims.updates and claims.versions):
        return "the load does not claim to pick the newest of several versions"
    return "" if source.version is not None else "no column tells which version of a row is the newest"


def needs_duplicates(source: Source) -> str:
    """Say if the load does not claim to stand copies of a row."""
    return "" if source.case.claims.duplicates else "the load does not claim to stand copies in the source"


def needs_time(source: Source) -> str:
    """Say if no column tells what is new."""
    return "" if source.grows is not None else "nothing in the source tells a late row from another"


def needs_lookback(source: Source) -> str:
    """Say if the load takes no late rows, or nothing in the source tells one."""
    if source.grows is None:
        return needs_time(source)
    lookback = source.case.claims.lookback
    type_ = source.table.columns[source.grows].type.upper()
    if lookback is not None and not lookback:
        return "the load does not claim to take rows that are older than what it loaded"
    whole_days = type_.startswith("DATE") and not type_.startswith("DATETIME")
    if whole_days and isinstance(lookback, timedelta) and lookback < timedelta(days=1):
        return "the load looks back less than a day, and the source tells days"
    return ""


def needs_limit(source: Source) -> str:
    """Say if the load takes late rows however late they are."""
    if source.grows is None:
        return needs_time(source)
    return "" if source.case.claims.lookback is not None else "the load takes late rows however late they are"


def needs_event(source: Source) -> str:
    """Say if no column but the version tells when something happened."""
    if source.event is None or source.version is None or source.event == source.version:
        return "no column beside the version tells when something happened"
    return ""


def needs_deletes(source: Source) -> str:
    """Say if the load says nothing of rows that are gone."""
    return "" if source.case.claims.deletes != "ignored" else "the load does not claim to notice deleted rows"


def needs_one_state(source: Source) -> str:
    """Say if what the target must hold depends on when a load saw a row."""
    return "what the target must hold depends on when a row was seen first" if "seen_at" in source.case.oracle else ""


def reads_history(case: LoadCase) -> bool:
    """Tell whether the oracle asks what earlier loads saw."""
    return any(f"{case.sources[0].name[-1]}{more}" in case.oracle for more in (SEEN, LOADS))


@dataclass(frozen=True)
class Scenario:
    """One thing that happens to loads."""

    name: str
    title: str
    what: str
    """A sentence that says what is done, and what has to be so afterwards."""
    acts: tuple[Act, ...]
    fault: Fault = ""
    between: tuple[Change, ...] = ()
    """What happens to the source after the fault and before the load is run again."""
    asks: tuple[Callable[[Source], str], ...] = field(default=(always,))

    def not_claimed(self, source: Source) -> str:
        """Say why it is not tried with a load; empty if it is."""
        return next((said for ask in self.asks if (said := ask(source))), "")


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("once", "Once", "Loaded into an empty target, it holds what the source says.", ("load",)),
    Scenario("twice", "Twice in a row", "A second run with nothing new changes nothing.", ("load", "again")),
    Scenario(
        "quiet", "A quiet day, then new rows", "After a run that found nothing new, new rows still come in.",
        ("load", "again", inserted, "load", "again"),
    ),
    Scenario(
        "late_row", "A late row", "A row older than the newest one loaded arrives afterwards, within the lookback.",
        ("load", late, "load", "again"), asks=(needs_lookback,),
    ),
    Scenario(
        "too_late_row", "A row later than the lookback", "A row beyond the lookback may be lost; nothing else may be.",
        ("load", too_late, inserted, "load"), asks=(needs_limit,),
    ),
    Scenario(
        "late_event", "An old event, just written", "A new row of days ago goes where that day's rows are.",
        ("load", late_event, "load"), asks=(needs_event,),
    ),
    Scenario(
        "same_instant", "A row as old as the newest", "A row with the newest version that was loaded arrives afterwards.",
        ("load", same_instant, "load"), asks=(needs_time,),
    ),
    Scenario(
        "doubled_first", "Copies before the first load", "The source holds rows twice when it is first loaded.",
        (doubled, "load", "again"), asks=(needs_duplicates,),
    ),
    Scenario(
        "doubled", "Copies in the source", "The source holds a new row twice, and an old one once more.",
        ("load", doubled, "load", "again"), asks=(needs_duplicates,),
    ),
    Scenario(
        "newer_beside", "Two versions, the newer last", "The source holds two versions of a key; the newer counts.",
        ("load", newer_beside, "load"), asks=(needs_versions, needs_duplicates),
    ),
    Scenario(
        "older_beside", "Two versions, the newer first", "The same, and the older version comes behind the newer.",
        ("load", older_beside, "load"), asks=(needs_versions, needs_duplicates),
    ),
    Scenario(
        "update", "Changed rows", "Rows that change in the source change in the target.",
        ("load", updated, "load", updated, "load"), asks=(needs_updates,),
    ),
    Scenario(
        "nulls", "Values that go missing and come back", "A value becomes NULL, then is there again.",
        ("load", emptied_values, "load", filled_values, "load"), asks=(needs_updates,),
    ),
    Scenario(
        "delete", "Deleted rows", "Rows are gone from the source; the others come out right.",
        ("load", deleted, inserted, "load"),
    ),
    Scenario(
        "update_delete", "Changed, then deleted", "A row changes and is gone before the next load.",
        ("load", updated_then_deleted, "load"), asks=(needs_updates,),
    ),
    Scenario(
        "returned", "Deleted, then back", "A row is gone for a load, and comes back with other values.",
        ("load", deleted, "load", returned, "load"), asks=(needs_updates,),
    ),
    Scenario(
        "empty", "An empty source, then rows", "The first load finds nothing, the next one finds rows.",
        (emptied, "load", filled, "load"),
    ),
    Scenario(
        "emptied", "A source that was emptied", "All rows are gone from the source, then there are new ones.",
        ("load", emptied, "load", filled, "load", "again"),
    ),
    Scenario(
        "killed_first", "Killed in the first load", "Killed between any two statements and run again: as if never killed.",
        ("load",), fault="killed",
    ),
    Scenario(
        "killed", "Killed in a later load", "Killed between any two statements of a load that has all kinds of changes to do.",
        ("load", everything, "load"), fault="killed",
    ),
    Scenario(
        "killed_then_new", "Killed, and the source goes on", "New and changed rows come before the load is run again.",
        ("load", everything, "load"), fault="killed", between=(more,),
    ),
    Scenario(
        "killed_twice", "Killed twice", "Killed, run again and killed at the same place and the next, run again.",
        ("load", everything, "load"), fault="killed twice",
    ),
    Scenario(
        "arrives_between", "Rows arrive while it runs", "Rows that arrive between two statements are there after the next load.",
        ("load", inserted, "load"), fault="interleaved", between=(more,), asks=(needs_one_state,),
    ),
)  # fmt: skip
"""All scenarios, in the order in which they are tried and shown."""

IN_TIME: tuple[Scenario, ...] = (
    Scenario(
        "several_changes", "Several changes at once", "A batch holds several changes of a key, also of one that is new.",
        ("load", several_changes, "load", "again"), asks=(needs_versions,),
    ),
    Scenario(
        "late_change", "A late change", "A change arrives that is older than one that was loaded, and finds its place in time.",
        ("load", updated, "load", late_changes, "load", "again"), asks=(needs_versions,),
    ),
    Scenario(
        "tied_changes", "Two changes of one instant", "One of them counts, and it is the same one each time.",
        ("load", tied_changes, "load", "again"), asks=(needs_versions,),
    ),
    Scenario(
        "killed_late_change", "Killed while a late change is loaded", "Killed between any two statements and run again.",
        ("load", updated, "load", late_changes, "load"), fault="killed", asks=(needs_versions,),
    ),
)  # fmt: skip
"""What is tried besides with loads that keep what was true when: a change has its place in time, whenever it arrives."""
