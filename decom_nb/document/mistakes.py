"""Says what is wrong with a value in a document and what to write instead. `reading.py` calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core.core_schema import ErrorType

from decom_nb.document.answers import TWO_WAYS, written
from decom_nb.document.shape import Shape
from decom_nb.errors import Mistake
from decom_nb.escape import visible
from decom_nb.suggest import did_you_mean
from decom_nb.yaml_text.file import KeyPath, Node, YamlFile, key_path, resolve

_OWN = frozenset(get_args(ErrorType))
"""The kinds of error that pydantic words itself; any other kind was worded by the author of the model."""

_YES = frozenset(("yes", "y", "on", "ja", "oui", "si"))
_NO = frozenset(("no", "n", "off", "nein", "non"))
_FIGURE = re.compile(r"[-+]?\d(?:[\d.,_'’ \u00a0\u202f]*\d)?")
_DECIMAL_COMMA = re.compile(
    r"[-+]?(?:\d+,(?:\d{1,2}|\d{4,})|(?:0|\d{4,}|\d{1,3}(?:\.\d{3})+),\d+)",
)
"""A number with a comma before its decimals, points between its thousands allowed."""
_COMMA_OR_THOUSAND = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
_UNTOLD = {"union_tag_invalid", "union_tag_not_found"}
_COUNTED = {"too_short", "too_long", "string_too_short", "string_too_long"}


def unknown_key(source: YamlFile, whole: Shape, shape: Shape, path: KeyPath) -> Mistake:
    """Say that there is no such key here, and which one may have been meant."""
    key = str(path[-1])
    if shape.family is not None:
        return _unknown_to_kind(source, whole, shape, shape.family, path)
    group = f"`{key_path(path[:-1])}`" if len(path) > 1 else "this document"
    meant = did_you_mean(key, shape.properties)
    elsewhere = [key_path(found) for found in whole.named(key)]
    if elsewhere:
        instead = f"it belongs at `{elsewhere[0]}`: move it there"
    elif meant:
        instead = f"did you mean `{meant}`?"
    else:
        instead = f"keys that {group} knows: {_list(shape.properties)}"
    return Mistake(source.file, source.line(path), key_path(path), f"{group} has no such key", instead)


def _unknown_to_kind(source: YamlFile, whole: Shape, kind: Shape, family: Shape, path: KeyPath) -> Mistake:
    """Say that this kind of a group has no such key, and which it has, or where else the key belongs."""
    key = str(path[-1])
    own = [name for name in kind.properties if name not in family.shared and name != family.by]
    among = tuple(part for part in path[:-1] if isinstance(part, str))
    elsewhere = [key_path(found) for found in whole.named(key) if found[: len(among)] != among]
    others = [tag for tag, other in family.variants.items() if key in other.properties]
    has = f"{kind.tag} has {_list(own)}" if own else f"{kind.tag} has no keys of its own"
    if meant := did_you_mean(key, [*own, *family.shared]):
        instead = f"did you mean `{meant}`? {has}"
    elif elsewhere:
        instead = f"it belongs at `{elsewhere[0]}`: move it there"
    elif others:
        instead = f"it is a key of {_list(others)}; {has}"
    else:
        instead = f"{has}, and as all kinds {_list(key for key in kind.properties if key in family.shared)}"
    what = f"`{family.by}: {kind.tag}` has no such key"
    return Mistake(source.file, source.line(path), key_path(path), what, instead)


def explain(error: ValidationError, data: Any, shape: Shape, source: YamlFile) -> list[Mistake]:
    """Turn pydantic's errors about `data` into mistakes, one for each place."""
    places: dict[KeyPath, list[Any]] = {}
    for detail in error.errors(include_url=False):
        path = _path(detail["loc"], data, shape, missing=detail["type"] == "missing")
        if detail["type"] in _UNTOLD and (untold := shape.at(path)) and untold.by:
            path = (*path, untold.by)  # what is wrong is the key that should say which kind it is
        places.setdefault(path, []).append(detail)
    lists = [path for path, details in places.items() if details[0]["type"] == "too_short"]
    for path in lists:  # an item that does not fit is not counted, though it is there
        if any(other[: len(path)] == path for other in places if other != path):
            del places[path]
    return [_mistake(path, details, shape, source, data) for path, details in places.items()]


def _path(location: Iterable[str | int], data: Any, whole: Shape, *, missing: bool) -> KeyPath:
    """Give the key path of pydantic's location, which also names the branches of unions."""
    path: list[str | int] = []
    shape: Shape | None = whole
    parts = list(location)
    for number, part in enumerate(parts):
        if shape is not None and shape.by and shape.tag == "" and (kind := shape.chosen(data)).tag == part:
            shape = kind
            continue
        there = part in data if isinstance(data, dict) else isinstance(data, list) and part in range(len(data))
        if there:
            data = data[part]
            shape = shape.child(part) if shape else None
        elif not (missing and number == len(parts) - 1):
            continue
        path.append(part)
    return tuple(path)


def _mistake(path: KeyPath, details: list[Any], whole: Shape, source: YamlFile, data: Any) -> Mistake:
    node: Node | None = source.root
    for part in path:
        node = node.child(part) if node else None
    group = whole.at(path[:-1], data) if path else None
    required = group is not None and path[-1] in group.required
    what, instead = _said(details, whole.at(path, data), node, path, required=required)
    return Mistake(source.file, source.line(path) if path else 0, key_path(path), what, instead)


def _said(
    details: list[Any], shape: Shape | None, node: Node | None, path: KeyPath, *, required: bool
) -> tuple[str, str]:
    detail = details[0]
    kind = detail["type"]
    if kind in ("value_error", "assertion_error"):
        return _one_line(detail["ctx"]["error"]), ""
    if kind not in _OWN:
        return _one_line(detail["msg"]), ""
    value = node.plain() if kind == "union_tag_invalid" and node is not None else detail["input"]
    if len(details) > 1 and node is not None:  # the branches of a union disagree each in its own way
        value = node.plain()
    words = shape.words if shape else "another value"
    if kind in ("missing", "union_tag_not_found") and not (kind == "union_tag_not_found" and shape and shape.by):
        return _missing(shape, words, path)
    if shape is None:
        return f"needs another value, found {_found(value, node)}", ""
    if kind == "string_too_short" and not value.strip():
        return _missing(shape, words, path)
    if kind in _COUNTED:
        return _counted(kind, detail)
    if shape.kinds & {"integer", "number"} and isinstance(value, str) and (ways := _two_ways(value, shape)):
        return ways
    if kind == "string_pattern_mismatch":
        example = (
            f"for example {visible(shape.example)}" if shape.example else f"it has to match {detail['ctx']['pattern']}"
        )
        return f"{_found(value, node)} does not have the right form", example
    return f"needs {words}, found {_found(value, node)}", (
        _write(shape, path) if required and value in (None, "") else _instead(value, shape, node)
    )


def _missing(shape: Shape | None, words: str, path: KeyPath) -> tuple[str, str]:
    return "is not answered and has to be", _write(shape, path, words)


def _write(shape: Shape | None, path: KeyPath, words: str = "it") -> str:
    """Say what a place that cannot stay empty asks for, from its description and its example."""
    example = shape.example if shape and shape.example is not None else None
    if example is None and shape and shape.choices:
        example = shape.choices[0]
    about = f": {visible(shape.description.rstrip('.'))}" if shape and shape.description else ""
    hint = f", for example `{path[-1]}: {visible(example)}`" if example is not None and path else ""
    return f"write {words}{about}{hint}"


def _two_ways(value: str, shape: Shape) -> tuple[str, str] | None:
    """Ask which number is meant where people of different countries read different ones; None if it is clear."""
    found = _figure_in(value)
    if TWO_WAYS.fullmatch(found):
        sign, said = "point", found
    elif _COMMA_OR_THOUSAND.fullmatch(found) and "number" in shape.kinds:
        sign, said = "comma", found.replace(",", ".")
    else:
        return None
    if said.count(".") > 1:  # only thousands can be meant
        return f"{found} has points between its digits", f"write {int(said.replace('.', ''))}"
    small = f"{float(said):g}" if sign == "point" else f"{float(said)}"
    large = int(said.replace(".", ""))
    ask = f"{small} or {large}?" if sign == "point" else f"{large} or {small}?"
    return f"{found} can be read in two ways", f"which is meant, {ask} Write it without the {sign}"


def _counted(kind: str, detail: Any) -> tuple[str, str]:
    context = detail["ctx"]
    text = kind.startswith("string")
    least = context.get("min_length")
    bound = f"at least {least}" if least is not None else f"at most {context['max_length']}"
    unit = "character" if text else "item"
    there = context.get("actual_length") or len(detail["input"])
    plural = "" if bound.endswith(" 1") else "s"
    return f"needs {bound} {unit}{plural}, found {there}", ("write more" if least is not None else "shorten it")


def _found(value: Any, node: Node | None) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    told = visible(written(value, node))
    told = told if len(told) <= 60 else told[:57] + "…"
    number = not isinstance(value, str) or (node is not None and isinstance(node.value, (int, float)))
    return f"the number {told}" if number else f"the text '{told}'"


def _instead(value: Any, shape: Shape, node: Node | None) -> str:
    kinds = shape.kinds
    if isinstance(value, str) and "boolean" in kinds and value.lower() in _YES | _NO:
        return f"write {str(value.lower() in _YES).lower()} ('yes' and 'no' are texts in YAML 1.2)"
    if shape.choices and shape.only_choices:
        meant = _meant(str(value), tuple(map(str, shape.choices))) if isinstance(value, (str, int, float)) else None
        return f"did you mean '{meant}'?" if meant else "choose one of them"
    if isinstance(value, dict) and "array" in kinds:
        return "begin each item of the list with a dash (- ), on a line of its own"
    if isinstance(value, list) and "object" in kinds:
        return "write its keys on the lines below, indented by two spaces and without a dash"
    if isinstance(value, (dict, list)):
        return "write a single value behind the colon" if not kinds & {"array", "object"} else ""
    if kinds & {"integer", "number"} and isinstance(value, str):
        return _bare_number(value, shape)
    if "array" in kinds and value is not None:
        told = visible(written(value, node))[:40]
        return f"write [{told}], or each item on its own line after a dash"
    if shape.properties:
        return "write its keys on the lines below, indented by two spaces"
    if value is None:
        return "write one, or remove the line"
    if kinds & {"integer", "number"} and isinstance(value, (int, float)) and not isinstance(value, bool):
        return "round it" if isinstance(value, float) and "number" not in kinds else _within(shape)
    if "boolean" in kinds:
        return "write true or false"
    if "a date" in shape.words:
        return "write year, month and day in this order"
    return f"for example {visible(shape.example)}" if shape.example is not None else ""


def _meant(value: str, choices: tuple[str, ...]) -> str | None:
    """Give the choice that may have been meant: one that is spelled alike, or the only one that shares a word's beginning."""
    words = [word for word in re.split(r"[\W_]+", value.casefold()) if len(word) > 2]
    sharing = [
        choice
        for choice in choices
        if any(part.startswith(word) for word in words for part in re.split(r"[\W_]+", choice.casefold()))
    ]
    return did_you_mean(value, choices) or (sharing[0] if len(sharing) == 1 else None)


def _within(shape: Shape) -> str:
    """Say which numbers are allowed."""
    number = "a number" if "number" in shape.kinds else "a whole number"
    link = " " if shape.bounds.startswith("from") else ", "
    return f"write {number}{link}{shape.bounds}" if shape.bounds else ""


def _figure_in(value: str) -> str:
    """Give the first number in a text as it is written, without the gaps between its thousands."""
    found = _FIGURE.search(value)
    return re.sub(r"[^\d.,+-]", "", found.group()) if found else ""


def _bare_number(value: str, shape: Shape) -> str:
    figure = _figure_in(value)
    if _DECIMAL_COMMA.fullmatch(figure):
        told = figure.replace(".", "").replace(",", ".")
        whole = "number" not in shape.kinds
        return "write a whole number, without a comma" if whole else f"write {told} (a point, not a comma)"
    bare = resolve(re.sub(r",(?=\d{3}(?!\d))", "", figure)) if figure else None
    if not isinstance(bare, (int, float)) or isinstance(bare, bool):
        return "write it in digits" + (f", in {shape.unit}" if shape.unit else "")
    unit = f"; it is in {shape.unit} anyway" if shape.unit and re.search(r"[^\W\d_]|%", value) else ""
    return f"write {bare} without anything around it{unit}"


def _one_line(said: object) -> str:
    return visible(" ".join(str(said).split()))


def _list(names: Iterable[str]) -> str:
    told = list(names)
    return ", ".join(told[:12]) + (", …" if len(told) > 12 else "")
