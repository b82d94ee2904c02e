"""What must hold of pipelines' designs. What is judged of one stands in `law.py` and `contradiction.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.evidence.load_proofs import LoadProofs
from decom_nb.finding import Finding
from decom_nb.phases.pipelines import contradiction, law
from decom_nb.phases.pipelines.design import Design
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.phases.pipelines.verdict import Verdict, broken_if, judged, untold
from decom_nb.rule import rule
from decom_nb.wording import listed

Pipelines = Sequence[Pipeline]


@rule
def mutable_data_is_merged(pipeline: Pipelines) -> Finding:
    """Data that changes is written by its key, never inserted blindly."""
    return judged(pipeline, law.mutable_is_merged, "data that may change")


@rule
def immutable_data_can_be_loaded_again(pipeline: Pipelines) -> Finding:
    """Data that never changes is loaded by whole partitions, or known again by its key."""
    return judged(pipeline, law.immutable_can_be_repeated, "data that never changes")


@rule
def watermarks_are_kept_outside_the_code(pipeline: Pipelines) -> Finding:
    """The last position read is kept in a store, not in the code."""
    return judged(pipeline, law.watermark_is_outside, "a position to go on from")


@rule
def records_are_known_by_natural_keys(pipeline: Pipelines) -> Finding:
    """Duplicates are taken out on the way in, by the natural keys of the source."""
    return judged(pipeline, law.records_are_known, "records to be told apart")


@rule
def loads_are_proven_by_running_twice(
    pipeline: Pipelines, load_proofs: LoadProofs | None, edited_loads: Mapping[str, Sequence[str]] | None
) -> Finding:
    """Every load was run twice in a row, and came to the same both times."""
    return judged(pipeline, lambda each: law.proof_of(each, load_proofs, edited_loads), "a load to be proven")


@rule
def extraction_follows_the_tree(pipeline: Pipelines, designed_pipelines: Sequence[Design]) -> Finding:
    """Data is read in the way that the source allows and the extraction tree recommends."""
    found = _by_instance(designed_pipelines)

    def judge(each: Pipeline) -> Verdict:
        design = found[each.instance]
        if each.extract.strategy is None:
            return untold("no extraction strategy is written down.")
        if design.path.leaf is None:
            asked = design.path.open.question if design.path.open else ""
            return untold(f"nobody answered “{asked}”.")
        leaf = design.path.leaf
        return broken_if(
            not design.extraction_agrees, f"it says {each.extract.strategy}; the tree ends with “{leaf.recommends}”."
        )

    return judged(pipeline, judge, "a source to read from")


@rule
def load_strategies_follow_their_reasons(pipeline: Pipelines, designed_pipelines: Sequence[Design]) -> Finding:
    """Rows are written in the way that has most reasons for it."""
    found = _by_instance(designed_pipelines)

    def judge(each: Pipeline) -> Verdict:
        design = found[each.instance]
        if design.said is None:
            return untold("no load strategy is written down.")
        if design.said.disqualified:
            return broken_if(True, f"{each.load.strategy} is ruled out: {design.said.disqualified[0]}")
        if design.load_agrees is None:
            return untold("too little is said of its target for any strategy to stand out.")
        better = listed(design.recommended, "or")
        return broken_if(not design.load_agrees, f"it says {each.load.strategy}; more speaks for {better}.")

    return judged(pipeline, judge, "a target to write into")


@rule
def appends_name_no_merge_keys(pipeline: Pipelines) -> Finding:
    """A load that appends names no keys to merge by."""
    return judged(pipeline, contradiction.append_without_keys, "an append")


@rule
def merges_name_their_keys(pipeline: Pipelines) -> Finding:
    """A load that merges names the keys by which it finds rows."""
    return judged(pipeline, contradiction.merge_with_keys, "a merge")


@rule
def incremental_reads_name_key_and_store(pipeline: Pipelines) -> Finding:
    """Incremental reading names the column that tells what is new, and the store of the last position."""
    return judged(pipeline, contradiction.incremental_with_key, "incremental reading")


@rule
def swaps_name_their_partition(pipeline: Pipelines) -> Finding:
    """A partition swap names the column by which the table is cut."""
    return judged(pipeline, contradiction.swap_has_partition, "a partition swap")


@rule
def full_reads_are_small(pipeline: Pipelines, *, most_rows: float) -> Finding:
    """Only small tables are read whole each time."""
    return judged(pipeline, lambda each: contradiction.full_is_small(each, most_rows), "full reading")


@rule
def changes_are_captured_where_they_can_be(pipeline: Pipelines) -> Finding:
    """Changes are captured from sources that let their log be read."""
    return judged(pipeline, contradiction.capture_is_possible, "change capture")


@rule
def vanished_rows_are_found(pipeline: Pipelines) -> Finding:
    """Where rows may vanish from the source, something finds them out."""
    return judged(pipeline, contradiction.deletions_are_seen, "rows that may vanish unseen")


@rule
def keys_are_among_the_columns(pipeline: Pipelines) -> Finding:
    """Keys, partition and clustering are columns that the pipeline carries."""
    return judged(pipeline, contradiction.keys_are_columns, "keys that are columns")


@rule
def schedules_begin_some_day(pipeline: Pipelines) -> Finding:
    """Every schedule names days that are in the calendar."""
    return judged(pipeline, contradiction.begins_some_day, "a schedule")


@rule
def runs_fit_between_their_beginnings(pipeline: Pipelines) -> Finding:
    """A run may take no longer than until the next one begins."""
    return judged(pipeline, contradiction.sla_within_schedule, "a schedule and a longest runtime")


@rule
def retries_fit_into_the_runtime(pipeline: Pipelines) -> Finding:
    """Waiting between retries leaves time for the work within the longest acceptable runtime."""
    return judged(pipeline, contradiction.retries_within_sla, "retries and a longest runtime")


@rule
def retried_loads_can_be_repeated(pipeline: Pipelines) -> Finding:
    """What is tried again after a failure can be run again without harm."""
    return judged(pipeline, contradiction.retry_is_harmless, "retries")


@rule
def fail_fast_is_not_retried(pipeline: Pipelines) -> Finding:
    """A pipeline that stops at once is not tried again."""
    return judged(pipeline, contradiction.fail_fast_fails, "fail-fast")


@rule
def dead_letters_have_a_place_and_a_limit(pipeline: Pipelines) -> Finding:
    """Rows that are put aside have a place, and a share from which the load stops all the same."""
    return judged(pipeline, contradiction.dead_letters_are_bounded, "dead letters")


@rule
def critical_pipelines_tell_somebody(pipeline: Pipelines) -> Finding:
    """Somebody is told when a critical pipeline fails."""
    return judged(pipeline, contradiction.critical_tells, "tier 1")


@rule
def critical_pipelines_have_gates(pipeline: Pipelines) -> Finding:
    """A critical pipeline checks its rows before and after it writes them."""
    return judged(pipeline, contradiction.critical_has_gates, "tier 1")


@rule
def designs_agree_with_service_levels(pipeline: Pipelines, service_levels: Any) -> Finding:
    """What a design says of runtime, tier, owner and schedule is what the service levels promise."""
    return judged(pipeline, lambda each: contradiction.promises_agree(each, service_levels), "a promise")


def _by_instance(designed: Sequence[Design]) -> dict[str, Design]:
    return {each.pipeline.instance: each for each in designed}
