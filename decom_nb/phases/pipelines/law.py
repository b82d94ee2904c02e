"""The five laws of loads that can be run again, each as a verdict on one pipeline's design. `rules.py` and the views call it.

Source: METHODOLOGY phase 3, Idempotency Rules. Law 5, running twice, is `proof/`'s to show; here is what its results say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.evidence.load_proofs import LoadProof, LoadProofs
from decom_nb.knowledge import Row
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.phases.pipelines.proof.outdated import outdated
from decom_nb.phases.pipelines.strategy import STRATEGIES
from decom_nb.phases.pipelines.verdict import HOLDS, NOT_ASKED, Verdict, broken, broken_if, untold
from decom_nb.wording import listed

TABLES = Path(__file__).parent / "tables"

MERGES = tuple(each.name for each in STRATEGIES.values() if each.needs_keys)
"""Strategies that find a row by its key."""
DELTAS = ("incremental", "CDC", "log-based")
"""Ways to read that go on where the last run ended."""


class CodeWord(Row):
    """A word that gives away that a position is kept where the code is."""

    word: str


class WatermarkPlaces(BaseModel):
    """Where a position must not be kept: tables/watermark.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    in_the_code: tuple[CodeWord, ...]


@cache
def watermark_places() -> WatermarkPlaces:
    """Read tables/watermark.yaml."""
    return knowledge.load(WatermarkPlaces, TABLES / "watermark.yaml", sources=knowledge.citations(TABLES))


def mutable_is_merged(pipeline: Pipeline) -> Verdict:
    """Law 1: rows that change are written by their key, or replaced as a whole; never inserted blindly."""
    load = pipeline.load
    if load.mutable is False or (load.mutable is None and load.content == "events"):
        return NOT_ASKED
    if load.strategy is None:
        return untold("no load strategy is written down.")
    if STRATEGIES[load.strategy].takes_updates:
        return HOLDS
    if load.mutable is None:
        return untold("nobody says whether its rows change.")
    return broken("its rows change, and append inserts each new version beside the old one.")


def immutable_can_be_repeated(pipeline: Pipeline) -> Verdict:
    """Law 2: what never changes is loaded by whole partitions, or knows its rows again by their key."""
    load = pipeline.load
    if load.mutable is not False:
        return NOT_ASKED
    if load.strategy is None:
        return untold("no load strategy is written down.")
    if not STRATEGIES[load.strategy].keeps_oldest:
        return HOLDS
    return broken_if(
        not pipeline.extract.natural_keys, "it appends, and no natural key tells a repeated row from a new one."
    )


def watermark_is_outside(pipeline: Pipeline) -> Verdict:
    """Law 3: where the next run goes on is kept outside the code."""
    extract = pipeline.extract
    if extract.strategy not in DELTAS:
        return NOT_ASKED if extract.strategy else untold("no extraction strategy is written down.")
    place = extract.watermark_storage.strip()
    if not place:
        if extract.strategy == "incremental":
            return broken("it reads on from a position that no store keeps.")
        return untold("nobody says where its offsets are kept.")
    words = [
        each
        for each in watermark_places().in_the_code
        if re.search(rf"(?<!\w)(?:{each.word})(?!\w)", place, re.IGNORECASE)
    ]
    return broken_if(words, f"its position is kept in “{place}”. {words[0].because if words else ''}")


def records_are_known(pipeline: Pipeline) -> Verdict:
    """Law 4: duplicates are taken out on the way in, by the natural keys of the source."""
    if pipeline.extract.natural_keys or (pipeline.load.strategy in MERGES and pipeline.load.merge_keys):
        return HOLDS
    if pipeline.load.strategy is None and pipeline.extract.strategy is None:
        return untold("neither extraction nor load is written down.")
    return broken("no natural key says which records are the same.")


def repeatable(pipeline: Pipeline) -> Verdict:
    """Tell whether its load may simply be run again, as far as its document tells."""
    load, extract = pipeline.load, pipeline.extract
    if load.strategy is None:
        return untold("no load strategy is written down.")
    way = STRATEGIES[load.strategy]
    if way.needs_keys:
        return broken_if(not (load.merge_keys or extract.natural_keys), "it merges, and no keys are named.")
    if way.keeps_oldest:
        return broken_if(not extract.natural_keys, "it appends what it read, once more each time.")
    if way.needs_partition:
        return broken_if(not load.partition_key, "it swaps partitions, and no partition column is named.")
    return broken_if(
        way.replaces_all and extract.strategy in DELTAS, "it empties the table, and reads only what is new."
    )


LAWS = (
    ("mutable_data_is_merged", mutable_is_merged),
    ("immutable_data_can_be_loaded_again", immutable_can_be_repeated),
    ("watermarks_are_kept_outside_the_code", watermark_is_outside),
    ("records_are_known_by_natural_keys", records_are_known),
)
"""The first four laws, by the names of their rules."""
PROOF = "loads_are_proven_by_running_twice"
"""The fifth, by the name of its rule."""


def proof_of(
    pipeline: Pipeline, load_proofs: LoadProofs | None, edited_loads: Mapping[str, Sequence[str]] | None = None
) -> Verdict:
    """Law 5: the load was run twice, and both times came to the same, on every engine on which it was tried.

    A proof speaks of the text that was run: not of another engine's, and not of what somebody made of the file afterwards.
    """
    names = dict.fromkeys((pipeline.called, pipeline.instance))
    mine = [proof for name in names for proof in (load_proofs.of(name) if load_proofs else ())]
    if not mine:
        return untold("its load was never proven; decom pipelines prove does it.")
    since = {outdated(each, pipeline) for each in mine}
    mine = [each for each in mine if not outdated(each, pipeline)]
    if not mine and "load" in since:
        return untold(
            "an older version of its load was proven, and it is written otherwise now; decom pipelines prove does it again."
        )
    if not mine:
        return untold("its load was proven before its document changed; decom pipelines prove does it again.")
    failed = next((each for each in mine if not each.passed), None)
    if failed is None:
        return _of_its_text(pipeline, mine, (edited_loads or {}).get(pipeline.called, ()))
    says = failed.first_difference.says if failed.first_difference else "a scenario was refuted."
    return broken(f"its load did not pass on {failed.engine}: {says}")


def _of_its_text(pipeline: Pipeline, proofs: Sequence[LoadProof], edited: Sequence[str]) -> Verdict:
    """Tell whether proofs that all passed are of the text that runs."""
    own = [proof for proof in proofs if proof.origin]
    speaks = pipeline.load.dialect or "duckdb"
    if edited and not own:
        return untold(
            f"its load.sql ({listed(edited)}) was edited after it was written, and what was proven is the generated one; "
            "decom pipelines prove --sql proves the file."
        )
    if not own and speaks not in {proof.dialect for proof in proofs}:
        ran = listed(sorted({proof.engine for proof in proofs}))
        return untold(f"it was proven in the words of {ran}, and its load in those of {speaks} was not run.")
    return HOLDS
