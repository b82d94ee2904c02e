"""Whether a proof is of the load as it is now: neither the document nor what is generated from it has changed since."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from decom_nb.errors import DecomError
from decom_nb.evidence.load_proofs import LoadProof
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.phases.pipelines.proof.document_sum import document_sum

Outdated = Literal["", "document", "load"]
"""What has changed since a load was proven: nothing, its pipeline's document, or only the load that is made of it."""


@dataclass(frozen=True)
class _Document:
    sum: str
    called: str
    """By its name and its file: tables of its own are called so."""
    pipeline: Pipeline = field(compare=False)


def outdated(proof: LoadProof, pipeline: Pipeline | None) -> Outdated:
    """Give what has changed since a proof.

    The load is written again to be compared, once for each document and engine, and only where the document is as it was. A
    client's own load lies elsewhere: of that, only the document is compared. A proof that names no document is taken as it is.
    """
    if pipeline is None or not proof.document_sha256:
        return ""
    now = document_sum(pipeline)
    if now != proof.document_sha256:
        return "document"
    if proof.origin:
        return ""
    document = _Document(now, f"{pipeline.called} {pipeline.instance}", pipeline)
    return "" if _script_sum(document, proof.dialect) == proof.script_sha256 else "load"


@lru_cache(512)
def _script_sum(document: _Document, dialect: str) -> str:
    """Give the checksum of the load as it is generated now; empty where it can no longer be written."""
    from decom_nb.phases.pipelines.load.script import script
    from decom_nb.proof.prove import sum_of
    from decom_nb.sql.dialect import NotSayable

    try:
        return sum_of(script(document.pipeline, dialect))
    except (DecomError, NotSayable):
        return ""
