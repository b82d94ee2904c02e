"""From contracts in the methodology's template to one in the Open Data Contract Standard 3.1, so that nothing is lost.

What the standard has no key for stands among its customProperties, a check that its library cannot say as a custom rule for
our engine: importing the file again gives the same contracts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from decom_nb.check import Check
from decom_nb.contract.contract_difference import POLICY_PROPERTY
from decom_nb.contract.model import Column, Contract
from decom_nb.contract.odcs import KIND, OdcsContract
from decom_nb.contract.quality_rule import rule_of
from decom_nb.contract.types import logical_type
from decom_nb.errors import InputError, Mistake

API_VERSION = "v3.1.0"

_NEWER = {"map": "object", "vector": "array"}
"""Logical types that came with 3.2, as 3.1 says them."""

_STABLE_ID = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Exported:
    """A contract in another form, and what of it that form does not say."""

    contract: OdcsContract
    notes: tuple[str, ...] = ()


def to_odcs(*contracts: Contract) -> Exported:
    """Put contracts that share name, version and owner, one for each table, into one ODCS contract."""
    if not contracts:
        raise InputError(Mistake("", 0, "", "there is no contract to export", "name at least one"))
    notes: list[str] = []
    first = contracts[0].terms
    shared = [_shared(each) for each in contracts]
    for each, other in zip(contracts, shared, strict=True):
        if different := [key for key, value in other.items() if value != shared[0][key]]:
            what = f"{each.terms.name} and {first.name} differ in {', '.join(different)}"
            raise InputError(Mistake("", 0, different[0], what, "export them into files of their own"))
    if not first.version:
        notes.append("the contract has no version: 0.1.0 stands for it")
    notes.append("the contract does not say how far it is: status active stands for it")
    data: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "id": first.contract_id or first.name or contracts[0].table,
        "name": first.name,
        "version": first.version or "0.1.0",
        "status": "active",
        "schema": [_table(each) for each in contracts],
        "slaProperties": [level for each in contracts for level in _levels(each, several=len(contracts) > 1)],
        "team": {"name": first.owner} if first.owner else None,
        "support": [{"channel": first.notification_channel}] if first.notification_channel else None,
        "customProperties": _custom(
            consumers=list(first.consumers),
            supportHours=first.sla.support_hours,
            **{POLICY_PROPERTY: first.breaking_change_policy},
        ),
    }
    return Exported(OdcsContract(_filled(data)), tuple(notes))


def _shared(contract: Contract) -> Mapping[str, Any]:
    """Give what stands once in an ODCS contract, whatever the number of its tables."""
    terms = contract.terms
    return {
        "version": terms.version,
        "owner": terms.owner,
        "consumers": terms.consumers,
        "sla.support_hours": terms.sla.support_hours,
        "breaking_change_policy": terms.breaking_change_policy,
        "notification_channel": terms.notification_channel,
        "contract_id": terms.contract_id,
    }


def _custom(**said: Any) -> list[dict[str, Any]]:
    return [{"property": name, "value": value} for name, value in said.items() if value not in (None, "", [], False)]


def _table(contract: Contract) -> dict[str, Any]:
    terms = contract.terms
    return {
        "name": contract.table,
        "physicalName": contract.table,
        "logicalType": "object",
        "physicalType": "table",
        "description": terms.description,
        "properties": [_column(each, contract) for each in contract.columns],
        "quality": [*map(rule_of, terms.checks), *_said(contract)],
        "customProperties": _custom(
            contractName=terms.name, dialect=terms.dialect, pipeline=terms.pipeline, closed=terms.closed
        ),
    }


def _said(contract: Contract) -> list[dict[str, Any]]:
    return [
        {
            "type": "text",
            "description": each.says or "something is agreed",
            "customProperties": _custom(about=each.about, uncheckedBecause=each.unchecked_because),
        }
        for each in contract.terms.further
    ]


def _column(column: Column, contract: Contract) -> dict[str, Any]:
    terms = contract.terms
    told = logical_type(column.type, terms.dialect)
    logical = _NEWER.get(told, told)
    untold = column.type if terms.dialect == "odcs" and logical != column.type else ""
    key = list(terms.key).index(column.column) + 1 if column.column in terms.key else None
    stable = _STABLE_ID.fullmatch(column.stable_id)
    checks: list[Check] = [check for each in column.checks if (check := each.check_of(column.column))]
    return {
        "id": column.stable_id if stable else None,
        "name": column.column,
        "primaryKey": True if key else None,
        "primaryKeyPosition": key,
        "logicalType": logical or None,
        "physicalType": column.type if terms.dialect != "odcs" else None,
        "description": column.description,
        "required": None if column.nullable is None else not column.nullable,
        "classification": column.classification,
        "quality": [rule_of(each, column.column) for each in checks],
        "customProperties": _custom(businessDefinition=column.business_definition, unit=column.unit, type=untold)
        + ([] if column.pii is None else [{"property": "pii", "value": column.pii}])
        + ([] if stable else _custom(stableId=column.stable_id)),
    }


def _levels(contract: Contract, *, several: bool) -> list[dict[str, Any]]:
    terms, found = contract.terms, []
    table = contract.table
    element = f"{table}.{terms.freshness_column}" if terms.freshness_column else f"{table}.*" if several else None
    if terms.sla.freshness_hours is not None:
        found.append({"property": "freshness", "value": terms.sla.freshness_hours, "unit": "h", "element": element})
    if terms.sla.availability_percent is not None:
        found.append(
            {
                "property": "availability",
                "value": terms.sla.availability_percent,
                "unit": "%",
                "element": f"{table}.*" if several else None,
            }
        )
    return found


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        told = {key: each if key == "value" else _filled(each) for key, each in value.items()}
        return {key: each for key, each in told.items() if each not in (None, "") and each != [] and each != {}}
    return [_filled(each) for each in value] if isinstance(value, list) else value
