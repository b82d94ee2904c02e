"""From the older Data Contract Specification (``dataContractSpecification: 1.x``) to contracts in the template.

It is read by way of the standard that followed it: what the two have in common is laid out as ODCS says it, and the rest is
a note. References to definitions are followed within the file; one that leads out of it is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from decom_nb.contract.model import Dialect
from decom_nb.contract.odcs import KIND, OdcsContract
from decom_nb.contract.odcs_import import Imported, from_odcs
from decom_nb.contract.server import dialect_of
from decom_nb.errors import InputError, Mistake
from decom_nb.yaml_text.file import YamlFile, key_path

Plain = Mapping[str, Any]

_LOGICAL = {
    "string": "string", "text": "string", "varchar": "string", "number": "number", "decimal": "number",
    "numeric": "number", "int": "integer", "integer": "integer", "long": "integer", "bigint": "integer",
    "float": "number", "double": "number", "boolean": "boolean", "timestamp": "timestamp",
    "timestamp_tz": "timestamp", "timestamp_ntz": "timestamp", "date": "date", "time": "time", "array": "array",
    "map": "object", "object": "object", "record": "object", "struct": "object", "bytes": "string",
}  # fmt: skip
"""The specification's types by what the standard calls them; its 1.x documents list them under Data Types."""

_ISO_HOURS = re.compile(r"P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?)?")
_TAKEN_TOP = {"dataContractSpecification", "id", "info", "servers", "models", "definitions", "servicelevels"}
_TAKEN_FIELD = {
    "type", "description", "required", "unique", "primary", "primaryKey", "minLength", "maxLength", "pattern",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "enum", "pii", "classification", "quality",
    "references", "fields", "items", "$ref", "title", "examples", "tags", "format", "precision", "scale",
}  # fmt: skip


def is_dcs(data: Plain) -> bool:
    """Say whether plain data is a contract in the older specification by its own word."""
    return "dataContractSpecification" in data


def from_dcs(source: YamlFile, dialect: Dialect | None = None) -> Imported:
    """Make a contract of each model; raise an `InputError` with all that stops the file from being read."""
    data = source.root.plain()
    if not is_dcs(data):
        what = "is not a contract in the Data Contract Specification"
        raise InputError(Mistake(source.file, 1, "", what, "it begins with `dataContractSpecification: 1.2.0`"))
    reader = _Reader(source, data)
    odcs = reader.odcs()
    if reader.mistakes:
        raise InputError(reader.mistakes)
    told = from_odcs(OdcsContract(odcs), dialect or dialect_of(data))
    notes = [each.replace("the ODCS file", "the file it was read from") for each in told.notes]
    return Imported(told.contracts, tuple(dict.fromkeys([*reader.notes, *notes])))


class _Reader:
    def __init__(self, source: YamlFile, data: Plain) -> None:
        self.source, self.data = source, data
        self.mistakes: list[Mistake] = []
        self.notes: list[str] = []

    def wrong(self, path: tuple[str | int, ...], what: str, instead: str = "") -> None:
        self.mistakes.append(Mistake(self.source.file, self.source.line(path), key_path(path), what, instead))

    def group(self, data: Plain, key: str, path: tuple[str, ...] = ()) -> Plain:
        """Give a group below a key, empty where there is none; anything else is a mistake."""
        value = data.get(key)
        if value is None or isinstance(value, dict):
            return value or {}
        self.wrong((*path, key), "needs a group of keys", "write its keys on the lines below")
        return {}

    def odcs(self) -> dict[str, Any]:
        info = self.group(self.data, "info")
        for key in self.data.keys() - _TAKEN_TOP:
            self.notes.append(f"{key} has no place in the template and stays in the file it was read from")
        models = self.group(self.data, "models")
        contact = self.group(info, "contact", ("info",))
        servers = self.group(self.data, "servers")
        return {
            "apiVersion": "v3.1.0",
            "kind": KIND,
            "id": self.data.get("id"),
            "name": self.data.get("id") or info.get("title"),
            "version": _text(info.get("version")),
            "status": info.get("status") or "active",
            "team": {"name": _text(info.get("owner"))} if info.get("owner") else None,
            "support": [{"channel": str(contact.get("url") or contact.get("name"))}] if contact else None,
            "servers": [
                {"server": name, "type": each.get("type")} for name, each in servers.items() if isinstance(each, dict)
            ],
            "slaProperties": self.levels(),
            "schema": [self.model(name, each) for name, each in models.items()],
        }

    def model(self, name: str, model: Any) -> dict[str, Any]:
        path = ("models", name)
        if not isinstance(model, dict):
            self.wrong(path, "needs a group of keys", "write `fields:` below it")
            return {"name": name}
        fields = self.group(model, "fields", path)
        key = [str(each) for each in _items(model.get("primaryKey"))]
        for each in model.keys() - {"type", "description", "fields", "quality", "primaryKey", "title", "examples"}:
            self.notes.append(
                f"models.{name}.{each} has no place in the template and stays in the file it was read from"
            )
        columns = [self.field(each, value, (*path, "fields", each)) for each, value in fields.items()]
        for column in columns:
            if column["name"] in key:
                column["primaryKey"], column["primaryKeyPosition"] = True, key.index(column["name"]) + 1
        return {
            "name": name,
            "physicalName": name,
            "description": _text(model.get("description")),
            "properties": columns,
            "quality": [each for each in _items(model.get("quality")) if isinstance(each, dict)],
        }

    def field(self, name: str, given: Any, path: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(given, dict):
            self.wrong(path, "needs a group of keys", "write `type:` below it")
            return {"name": name}
        field = self.resolved(given, path)
        for key in field.keys() - _TAKEN_FIELD:
            self.notes.append(f"{'.'.join(path)}.{key} stays in the file it was read from")
        type_ = _text(field.get("type"))
        if type_ in ("decimal", "numeric") and field.get("precision"):
            type_ = f"{type_}({field['precision']},{field.get('scale') or 0})"
        bounds = {
            key: field[key]
            for key in (
                "minimum",
                "maximum",
                "exclusiveMinimum",
                "exclusiveMaximum",
                "minLength",
                "maxLength",
                "pattern",
            )
            if field.get(key) is not None
        }
        if field.get("format"):
            bounds["format"] = field["format"]
        references = _text(field.get("references"))
        nested = self.group(field, "fields", path)
        items = field.get("items")
        return {
            "name": name,
            "logicalType": _LOGICAL.get(type_.lower().split("(")[0]),
            "physicalType": type_,
            "description": _text(field.get("description")),
            "required": field.get("required") if isinstance(field.get("required"), bool) else None,
            "unique": field.get("unique") is True or None,
            "primaryKey": field.get("primaryKey") is True or field.get("primary") is True or None,
            "logicalTypeOptions": bounds or None,
            "enum": [{"value": each} for each in _items(field.get("enum"))],
            "classification": _text(field.get("classification")),
            "relationships": [{"to": references}] if references else None,
            "quality": [each for each in _items(field.get("quality")) if isinstance(each, dict)],
            "properties": [self.field(each, below, (*path, "fields", each)) for each, below in nested.items()] or None,
            "items": self.field("items", items, (*path, "items")) if isinstance(items, dict) else None,
            "customProperties": [{"property": "pii", "value": field["pii"]}]
            if isinstance(field.get("pii"), bool)
            else None,
        }

    def resolved(self, field: Plain, path: tuple[str, ...], depth: int = 0) -> Plain:
        """Put what a definition says below what the field says itself; only references within the file are followed."""
        reference = field.get("$ref")
        if reference is None:
            return field
        name = str(reference).removeprefix("#/definitions/")
        definition = self.group(self.data, "definitions").get(name)
        if not str(reference).startswith("#/definitions/"):
            self.notes.append(f"{'.'.join(path)}: the reference {reference} leads out of the file and is not followed")
            return field
        if not isinstance(definition, dict) or depth > 20:
            self.wrong((*path, "$ref"), f"refers to {name}, which definitions do not have", "check its spelling")
            return field
        return {**self.resolved(definition, path, depth + 1), **field}

    def levels(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        levels = self.group(self.data, "servicelevels")
        for name, level in levels.items():
            if not isinstance(level, dict):
                continue
            element = _text(level.get("timestampField") or level.get("processedTimestampField"))
            if name == "availability":
                value: Any = level.get("percentage")
            elif name in ("freshness", "latency"):
                value = _hours(_text(level.get("threshold")))
            elif name == "support" and str(level.get("time", "")).replace("/", "x").lower() == "24x7":
                value = "24x7"
            else:
                value = "; ".join(f"{key} {each}" for key, each in level.items() if key != "description")
            unit = "h" if name in ("freshness", "latency") and isinstance(value, float) else None
            if name == "latency" and "freshness" in levels:
                value, unit = f"{value:g} h" if isinstance(value, float) else value, None
            told = {"property": name, "value": value, "unit": unit, "element": element}
            found.append({key: each for key, each in told.items() if each not in (None, "")})
        return found


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _hours(threshold: str) -> float | str:
    """Give a threshold such as ``25h``, ``PT2H`` or ``1d`` in hours; as it is if it cannot be read."""
    iso = _ISO_HOURS.fullmatch(threshold)
    if iso and any(iso.groups()):
        days, hours, minutes = (int(iso[part] or 0) for part in ("d", "h", "m"))
        return days * 24 + hours + minutes / 60
    from decom_nb.contract.judgement import amount

    told = amount(threshold, "h")
    return threshold if told is None else told


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()
