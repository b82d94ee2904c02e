"""What evidence says of the claims in `data_mesh`: descriptions, promises and owners can be counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from decom_nb.contract.model import Contract
from decom_nb.evidence.dbt import Dbt
from decom_nb.phases.patterns.mesh.mesh_document import DataMesh


def claims(data_mesh: DataMesh, dbt: Dbt | None, contract: Sequence[Contract]) -> Iterator[dict[str, Any]]:
    """Give a row for each claim that evidence can be held against: what was said, and how many of how many bear it out.

    Models count without those of installed packages. Nothing is given for a claim that nobody made.
    """
    products, ownership = data_mesh.data_products, data_mesh.domain_ownership
    models = [each for each in dbt.models if each.own] if dbt else []
    described = sum(bool(each.description.strip()) for each in models)
    promised = [each for each in models if each.access == "public"]
    kept = sum(each.contract_enforced for each in promised)
    owned = sum(bool(each.terms.owner.strip()) for each in contract)
    counts = (
        ("described", products.described, "dbt models with a description", described, len(models)),
        ("promises_published", products.promises_published, "public dbt models with a contract", kept, len(promised)),
        ("owners_named", ownership.owners_named, "data contracts with an owner", owned, len(contract)),
    )
    for name, said, what, good, of in counts:
        if said is not None and of:
            yield {"claim": name, "said": said, "evidence": what, "found": good, "of": of}
