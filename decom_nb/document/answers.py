"""What of the values in a file counts as answered, and as which type. `reading.py` hands the result to the model.

An empty value is no answer, and a group in which nothing is answered is none either: the model's defaults stand for
them. A number where text is asked for is that text, character by character: ``1.10`` stays ``1.10``.

``60.000`` where a number is asked for is 60 to YAML and sixty thousand to half of Europe: it is handed on as the text it
is, so that the model refuses it and `mistakes.py` asks which is meant.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from decom_nb.document.shape import Shape
from decom_nb.yaml_text.alignment import same
from decom_nb.yaml_text.file import KeyPath, Node, resolve

TWO_WAYS = re.compile(r"[-+]?[1-9]\d{0,2}(?:\.000)+")
"""A number that means one thing with a decimal point and another with points between its thousands."""

Unknown = Callable[[KeyPath, Shape], None]


def answers(value: Any, shape: Shape, node: Node | None, unknown: Unknown, path: KeyPath = ()) -> Any:
    """Give the answered values below `value`; keys that the shape does not know are handed to `unknown`."""
    if isinstance(value, dict):
        return _group(value, shape, node, unknown, path)
    if isinstance(value, list):
        item = shape.item
        if item is None:
            return value
        return [
            answers(below, item, node.child(index) if node else None, unknown, (*path, index))
            for index, below in enumerate(value)
        ]
    return _single(value, shape, node)


def _group(value: dict[str, Any], shape: Shape, node: Node | None, unknown: Unknown, path: KeyPath) -> dict[str, Any]:
    result = {}
    kind = shape.chosen(value)
    if shape.by and kind is shape:  # nobody can say which keys it may have
        return {key: below for key, below in value.items() if key != shape.by or below is not None}
    shape = kind
    for key, below in value.items():
        asked = shape.child(key)
        if asked is None:
            if shape.closed:
                unknown((*path, key), shape)
            else:
                result[key] = below
            continue
        told = answers(below, asked, node.child(key) if node else None, unknown, (*path, key))
        if key not in shape.properties or key in shape.required or not _unanswered(told, below, asked):
            result[key] = told
    return result


def _unanswered(told: Any, written_there: Any, asked: Shape) -> bool:
    """Say whether a value is empty, or a group in which nothing is; ``{}``, written out, is a group on purpose."""
    asked = asked.chosen(told)
    if isinstance(told, dict) and asked.properties:
        return bool(written_there) and all(
            same(value, asked.properties[key].default) for key, value in told.items() if key in asked.properties
        )
    return told is None or told == "" or (told in ([], {}) and told == asked.default)


def _single(value: Any, shape: Shape, node: Node | None) -> Any:
    kinds = shape.kinds
    if not kinds & {"string", "any"} and TWO_WAYS.fullmatch(as_written := written(value, node)):
        return as_written.strip()
    if isinstance(value, str):
        return value if kinds & {"string", "any"} else _unquoted(value, kinds)
    if value is None:
        return None
    if isinstance(value, bool):
        fits = "boolean" in kinds
    elif isinstance(value, int):
        fits = bool(kinds & {"integer", "number"})
    else:
        fits = "number" in kinds and math.isfinite(value)
        if not fits and "integer" in kinds and value.is_integer():
            return int(value)
    # Infinity and not-a-number are numbers to YAML, and neither to JSON nor to anybody who plans with them.
    return value if fits or ("string" not in kinds and _tellable(value)) else written(value, node)


def _unquoted(value: str, kinds: frozenset[str]) -> Any:
    """Take the 10 in "10" for a number where no text can be meant."""
    bare = resolve(value.strip())
    if isinstance(bare, bool):
        return bare if "boolean" in kinds else value
    if isinstance(bare, int):
        return bare if kinds & {"integer", "number"} else value
    return bare if isinstance(bare, float) and "number" in kinds and math.isfinite(bare) else value


def _tellable(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def written(value: Any, node: Node | None) -> str:
    """Give a value as it is written in the file."""
    node = node.target or node if node else None
    if node is not None and node.kind == "scalar" and node.value is value:
        return node.raw
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
