"""What in a pipeline's document contradicts itself, each as a verdict on one pipeline. `rules.py` calls it.

Numbers that have to be judged against come from the rules' settings in phase.yaml.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from decom_nb.phases.pipelines.law import MERGES, repeatable
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.phases.pipelines.strategy import STRATEGIES
from decom_nb.phases.pipelines.verdict import HOLDS, NOT_ASKED, Verdict, broken, broken_if, untold
from decom_nb.schedule import schedule
from decom_nb.wording import counted, listed


@cache
def _gaps(cron: str) -> tuple[float, float] | None:
    found = schedule(cron)
    return found.gaps() if found else None


def append_without_keys(pipeline: Pipeline) -> Verdict:
    """An append looks no row up, so keys to merge by have no part in it."""
    load = pipeline.load
    if load.strategy is None or not STRATEGIES[load.strategy].keeps_oldest:
        return NOT_ASKED
    return broken_if(
        load.merge_keys,
        f"it appends, and names {listed(load.merge_keys)} to merge by: let it merge, or call them natural keys.",
    )


def merge_with_keys(pipeline: Pipeline) -> Verdict:
    """A merge finds rows by a key, so it names one."""
    if pipeline.load.strategy not in MERGES:
        return NOT_ASKED
    return broken_if(not pipeline.load.merge_keys, f"it says {pipeline.load.strategy}, and no keys to find rows by.")


def incremental_with_key(pipeline: Pipeline) -> Verdict:
    """Who reads only what is new says by which column, and where the last position is kept."""
    extract = pipeline.extract
    if extract.strategy != "incremental":
        return NOT_ASKED
    lacks = [
        what
        for what, there in (
            ("the column that says what is new", extract.incremental_key),
            ("the place where the last position is kept", extract.watermark_storage),
        )
        if not there
    ]
    return broken_if(lacks, f"it reads incrementally, and does not name {listed(lacks)}.")


def sla_within_schedule(pipeline: Pipeline) -> Verdict:
    """A run is allowed no longer than until the next one begins."""
    if pipeline.sla_minutes is None or not pipeline.schedule:
        return NOT_ASKED
    gaps = _gaps(pipeline.schedule)
    if gaps is None:
        return untold("its schedule cannot be read, or never begins.")
    return broken_if(
        pipeline.sla_minutes > gaps[0],
        f"it may take {pipeline.sla_minutes:g} minutes, and begins again after {gaps[0]:g}.",
    )


def critical_tells(pipeline: Pipeline) -> Verdict:
    """Somebody hears of it when a critical pipeline fails."""
    if pipeline.tier != 1:
        return NOT_ASKED
    return broken_if(not pipeline.error_handling.alert_channels, "it is critical, and tells nobody when it fails.")


def critical_has_gates(pipeline: Pipeline) -> Verdict:
    """A critical pipeline checks what it writes, before and after."""
    if pipeline.tier != 1:
        return NOT_ASKED
    lacks = [
        when
        for when, gates in (
            ("before it writes", pipeline.quality_gates.pre_load),
            ("after it wrote", pipeline.quality_gates.post_load),
        )
        if not any(gate.strip() for gate in gates)
    ]
    return broken_if(lacks, f"it is critical, and nothing is checked {listed(lacks)}.")


def retries(pipeline: Pipeline) -> int | None:
    """Give how often it is tried again; nothing where nobody said what happens when it fails."""
    handling = pipeline.error_handling
    if handling.strategy is None:
        return None
    return handling.max_retries if handling.strategy in ("retry", "dead-letter") else 0


def retry_is_harmless(pipeline: Pipeline) -> Verdict:
    """What is tried again can be run again without harm."""
    if not retries(pipeline):
        return NOT_ASKED
    found = repeatable(pipeline)
    return broken(f"it is tried again when it fails; {found.says}") if found.how == "broken" else found


def retries_within_sla(pipeline: Pipeline) -> Verdict:
    """Waiting between tries leaves time for the work itself."""
    tries = retries(pipeline)
    if not tries or pipeline.sla_minutes is None:
        return NOT_ASKED
    waits = tries * pipeline.error_handling.retry_delay_seconds / 60
    return broken_if(
        waits >= pipeline.sla_minutes,
        f"waiting alone takes {waits:g} minutes ({counted(tries, 'retry', 'retries')}, "
        f"{pipeline.error_handling.retry_delay_seconds:,} seconds each); it may take {pipeline.sla_minutes:g}.",
    )


def fail_fast_fails(pipeline: Pipeline) -> Verdict:
    """What stops at once is not tried again."""
    handling = pipeline.error_handling
    if handling.strategy != "fail-fast":
        return NOT_ASKED
    wrong = "max_retries" in handling.model_fields_set and handling.max_retries
    return broken_if(wrong, f"it stops at once, and is tried {counted(handling.max_retries, 'time')} again.")


def dead_letters_are_bounded(pipeline: Pipeline) -> Verdict:
    """Rows that are put aside have a place, and a share from which the load stops all the same."""
    handling = pipeline.error_handling
    if handling.strategy != "dead-letter":
        return NOT_ASKED
    lacks = [
        what
        for what, there in (
            ("where bad rows are put", handling.dead_letter_table),
            ("from which share of bad rows it stops", handling.dead_letter_limit_percent is not None),
        )
        if not there
    ]
    return broken_if(lacks, f"it puts bad rows aside, and does not say {listed(lacks)}.")


def begins_some_day(pipeline: Pipeline) -> Verdict:
    """A schedule names days that are in the calendar."""
    if not pipeline.schedule.strip():
        return NOT_ASKED
    found = schedule(pipeline.schedule)
    if found is None:
        return untold(f"“{pipeline.schedule}” is no cron line that can be read.")
    return broken_if(_gaps(pipeline.schedule) is None, f"“{pipeline.schedule}” names no day that ever comes.")


def swap_has_partition(pipeline: Pipeline) -> Verdict:
    """A partition swap says by which column the table is cut."""
    said = pipeline.load.strategy
    if said is None or not STRATEGIES[said].needs_partition:
        return NOT_ASKED
    return broken_if(not pipeline.load.partition_key, "it swaps partitions, and does not say by which column.")


def full_is_small(pipeline: Pipeline, limit: float) -> Verdict:
    """Only small tables are read whole each time."""
    if pipeline.extract.strategy != "full":
        return NOT_ASKED
    rows = pipeline.extract.source.rows
    if rows is None:
        return untold("nobody says how many rows the source has.")
    return broken_if(rows >= limit, f"it reads {rows:,.0f} rows each time; above {limit:,.0f} that is too many.")


def capture_is_possible(pipeline: Pipeline) -> Verdict:
    """Changes are captured where the source lets them be."""
    source = pipeline.extract.source
    if pipeline.extract.strategy not in ("CDC", "log-based") or source.kind == "stream":
        return NOT_ASKED
    if source.kind in ("files", "API") and pipeline.extract.strategy == "CDC":
        return broken(f"it captures changes of a database's log, and the source is {source.kind}.")
    if source.supports_cdc is None:
        return untold("nobody says whether the source's log can be read.")
    return broken_if(not source.supports_cdc, "it captures changes, and the source does not let its log be read.")


def deletions_are_seen(pipeline: Pipeline) -> Verdict:
    """Where rows vanish from the source, something finds that out."""
    extract = pipeline.extract
    if extract.source.hard_deletes is False or extract.strategy in ("full", "CDC", "log-based"):
        return NOT_ASKED
    if extract.strategy is None:
        return untold("no extraction strategy is written down.")
    if extract.reconciliation:
        return HOLDS
    if pipeline.load.deletes in ("soft", "hard"):
        return broken(
            f"deleted rows shall be {'marked' if pipeline.load.deletes == 'soft' else 'removed'}, and reading only what is "
            "new never sees one: compare all keys from time to time."
        )
    if extract.source.hard_deletes is None:
        return untold("nobody says whether rows vanish from the source.")
    return broken("rows vanish from the source, reading only what is new never sees it, and nothing compares all keys.")


def keys_are_columns(pipeline: Pipeline) -> Verdict:
    """Columns that the design names are among those that it carries."""
    there = {each.casefold() for each in pipeline.column_names}
    if not there:
        return untold("its columns are not written down.") if _keys(pipeline) else NOT_ASKED
    lost = [f"{each} ({what})" for each, what in _keys(pipeline) if each.casefold() not in there]
    return broken_if(lost, f"it has no column {listed(lost, 'or')}.")


def _keys(pipeline: Pipeline) -> list[tuple[str, str]]:
    """Give the columns that the load names, with what for; keys of the source may be called otherwise there."""
    load = pipeline.load
    named: Iterable[tuple[str, str]] = (
        *((each, "merge key") for each in load.merge_keys),
        *((each, "partition") for each in (load.partition_key,) if each.isidentifier()),
        *((each, "clustering") for each in load.clustering_keys if each.isidentifier()),
    )
    return list(named)


def promises_agree(pipeline: Pipeline, service_levels: Any) -> Verdict:
    """What is promised of a pipeline is the same in its design and among the service levels."""
    level = service_levels.of(pipeline.called) if service_levels else None
    if level is None:
        return untold("the service levels do not name it.")
    differs = [
        f"{what} {ours} here and {theirs} there"
        for what, ours, theirs in (
            ("SLA", pipeline.sla_minutes, level.sla_minutes),
            ("tier", pipeline.tier, level.tier),
            ("owner", pipeline.owner, level.owner),
            ("schedule", _cron(pipeline.schedule), _cron(level.schedule)),
        )
        if ours not in (None, "") and theirs not in (None, "") and ours != theirs
    ]
    return broken_if(differs, f"design and service levels differ: {listed(differs)}.")


def _cron(text: str) -> str:
    found = schedule(text)
    return found.cron if found else text.strip()
