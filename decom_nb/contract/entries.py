"""A contract as entries by path, so that two versions can be laid side by side. `contract_difference.py` calls it.

Items of a list are told apart by what names them, not by their place: ``schema.orders.properties.order_id.required``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

Path = tuple[str, ...]


class _Container:
    """Stands for a group or a list, whose values are entries of their own."""

    def __repr__(self) -> str:
        return "…"


CONTAINER: Final = _Container()

# What names an item of these lists, by the list's key; the first that an item has is taken.
_NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "schema": ("name", "column"),
    "properties": ("name",),
    "slaProperties": ("property",),
    "customProperties": ("property",),
    "servers": ("server", "environment", "type"),
    "roles": ("role",),
    "support": ("channel",),
    "team": ("username",),
    "members": ("username",),
    "authoritativeDefinitions": ("type", "url"),
    "relationships": ("id", "to"),
    "quality": ("id", "name", "metric", "rule", "type"),
    "enum": ("value",),
    "synonyms": ("synonym",),
    "checks": ("name", "type", "check"),
    "further": ("about",),
    "figures": ("of",),
    "has": ("name",),
}


def entries(data: Mapping[str, Any]) -> dict[Path, Any]:
    """Give every value by its path; a group or a list of groups is `CONTAINER`, a list of single values one value.

    >>> entries({"tags": ["a"], "schema": [{"name": "t", "properties": [{"name": "c", "required": True}]}]})
    {('tags',): ('a',), ('schema',): …, ('schema', 't'): …, ('schema', 't', 'properties'): …, \
('schema', 't', 'properties', 'c'): …, ('schema', 't', 'properties', 'c', 'required'): True}
    """
    found: dict[Path, Any] = {}
    _group(data, (), found)
    return found


def _group(data: Mapping[str, Any], path: Path, found: dict[Path, Any], without: str = "") -> None:
    for key, value in data.items():
        if key != without:
            _value(value, (*path, str(key)), found)


def _value(value: Any, path: Path, found: dict[Path, Any]) -> None:
    if isinstance(value, Mapping):
        found[path] = CONTAINER
        _group(value, path, found)
    elif isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        found[path] = CONTAINER
        met: Counter[str] = Counter()
        for at, item in enumerate(value):
            key = _naming(path[-1], item)
            name = str(item[key]) if key else f"[{at + 1}]"
            if path[-1] == "checks" and key == "check":
                columns = [item["column"]] if item.get("column") else list(item.get("columns", ()))
                name = "_".join([name, *map(str, columns)])
            met[name] += 1
            if met[name] > 1:
                name = f"{name}[{met[name]}]"
            found[*path, name] = CONTAINER
            _group(item, (*path, name), found, without=key)
    else:
        found[path] = tuple(map(_frozen, value)) if isinstance(value, list) else value


def _naming(listed: str, item: Mapping[str, Any]) -> str:
    keys = _NAMED_BY.get(listed, ("id", "name"))
    return next((key for key in keys if isinstance(item.get(key), str | int) and item[key] != ""), "")


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, Mapping):
        return tuple((key, _frozen(each)) for key, each in value.items())
    return value


def differs(one: Any, other: Any) -> bool:
    """Say whether two values differ; true is not 1, and 1.0 is."""
    return isinstance(one, bool) != isinstance(other, bool) or one != other
