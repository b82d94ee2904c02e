"""Older schemas of ODCS, made of the newest by their differences, are the official ones."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from decom_nb.contract.odcs_schema import OdcsVersion, schema

OFFICIAL = Path(__file__).parents[3] / "shared/data/4_contracts/odcs_schema"
_PROSE = ("description", "examples", "title", "default", "deprecated", "$comment", "$id", "$schema")


@pytest.mark.parametrize(("version", "file"), [("3.1", "3.1.0"), ("3.0", "3.0.2")])
def test_an_older_schema_is_the_official_one(version: OdcsVersion, file: str) -> None:
    path = OFFICIAL / f"odcs-json-schema-v{file}.json"
    if not path.is_file():
        pytest.skip("the official schemas are not beside the checkout")
    assert _meaning(schema(version)) == _meaning(json.loads(path.read_text()))


def test_the_newest_schema_is_left_as_it_is_shipped() -> None:
    assert "map" in schema("3.2")["$defs"]["SchemaBaseProperty"]["properties"]["logicalType"]["enum"]
    assert "vendor" in schema("3.2")["$defs"]["CustomProperty"]["properties"]


def _meaning(found: dict[str, Any]) -> dict[str, Any]:
    """Give a schema without prose and without what can never be reached: kinds of server it does not allow, unused parts."""
    told = copy.deepcopy(_without_prose(found))
    server = told["$defs"]["Server"]
    allowed = server["properties"]["type"]["enum"]
    server["allOf"] = sorted(
        (each for each in server["allOf"] if each["if"]["properties"]["type"]["const"] in allowed), key=json.dumps
    )
    parts = told.pop("$defs")
    # A member of a team was called Team before 3.1.
    todo, used = list(_references(told)), {}
    while todo:
        name = todo.pop()
        if name not in used:
            used[name] = _at(parts, name)
            todo += _references(used[name])
    return _renamed({"top": told, "parts": {name.rsplit("/", 1)[-1]: part for name, part in used.items()}})


def _renamed(told: dict[str, Any]) -> dict[str, Any]:
    if told["top"]["properties"]["team"].get("type") == "array":
        text = json.dumps(told).replace("$defs/TeamMember", "$defs/Team").replace('"TeamMember"', '"Team"')
        return dict(json.loads(text))
    return told


def _without_prose(found: Any, *, names: bool = False) -> Any:
    if isinstance(found, dict):
        return {
            key: _without_prose(value, names=key in ("properties", "$defs", "ServerSource") and not names)
            for key, value in found.items()
            if names or key not in _PROSE
        }
    return [_without_prose(each) for each in found] if isinstance(found, list) else found


def _references(found: Any) -> list[str]:
    if isinstance(found, dict):
        own = [found["$ref"]] if isinstance(found.get("$ref"), str) else []
        return own + [name for value in found.values() for name in _references(value)]
    return [name for each in found for name in _references(each)] if isinstance(found, list) else []


def _at(parts: dict[str, Any], reference: str) -> Any:
    for part in reference.removeprefix("#/$defs/").split("/"):
        parts = parts[part]
    return parts
