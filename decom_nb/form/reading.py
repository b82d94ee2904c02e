"""Reads what was typed into a value, and shows a value as one would type it. No widgets: text in, value out.

Numbers are read as people write them in an interview; what cannot be read comes back as `Unread`, never as a guess.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, get_args

from pydantic import ValidationError

from decom_nb.form.draft import Unfit, Unread
from decom_nb.form.shape import ABSENT, Leaf

_GAPS = re.compile(r"(?<=\d)[\s'’_\u00a0\u202f](?=\d{3}(?!\d))")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_TWO_WAYS = re.compile(r"[+-]?[1-9]\d{0,2}\.000")
_COMMA_POINT = re.compile(r"[+-]?\d+,(\d{1,2}|\d{4,})")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_NOT_A_NUMBER = {"int": "must be a whole number", "float": "must be a number", "decimal": "must be a number"}


def read(leaf: Leaf, text: str) -> Any:
    """Give the value that the text stands for: ``None`` if it is empty and may be, `Unread` if it is no such value."""
    if not text.strip():
        return _empty(leaf, text)
    if leaf.kind in _NOT_A_NUMBER:
        return _number(leaf, text)
    if leaf.kind == "date":
        try:
            return date.fromisoformat(text.strip())
        except ValueError:
            return Unread(text, "must be a date such as 2026-03-31")
    if leaf.kind == "json":
        return _json(leaf, text)
    return _plain(leaf, text.strip()) if leaf.kind == "text" else text


def _plain(leaf: Leaf, text: str) -> Any:
    """Give the number that a text is, where either may be meant; 007 and 1.50 are texts, for their figures say more."""
    kinds = set(get_args(leaf.annotation)) & {int, float}
    if not kinds or len(text) > 400 or not _NUMBER.fullmatch(text):
        return text
    number = int(text) if int in kinds and re.fullmatch(r"[+-]?\d+", text) else float(text)
    return number if math.isfinite(number) and show(leaf, number) == text else text


def show(leaf: Leaf, node: Any) -> str:
    """Give the text for what a draft holds; the opposite of `read`."""
    node = node.typed if isinstance(node, Unfit) else node
    if node is None or node is ABSENT:
        return ""
    if isinstance(node, Unread):
        return str(node.typed)
    if leaf.kind == "json" and not isinstance(node, str):
        return (
            leaf.adapter.dump_json(node, indent=1).decode()
            if not isinstance(node, dict | list)
            else json.dumps(node, indent=1)
        )
    if isinstance(node, float) and node.is_integer() and abs(node) < 1e15:
        return str(int(node))
    return str(node.value if isinstance(node, Enum) else node)


def read_lines(leaf: Leaf, text: str) -> tuple[Any, ...]:
    """Give one value for each line that is not blank."""
    return tuple(read(leaf, line) for line in text.splitlines() if line.strip())


def show_lines(leaf: Leaf, node: Any) -> str:
    """Give one line for each value."""
    node = node.typed if isinstance(node, Unfit) else node
    if isinstance(node, Unread):
        return str(node.typed)
    return "\n".join(show(leaf, each) for each in node) if isinstance(node, tuple) else ""


def read_moment(value: datetime | None, before: Any, leaf: Leaf) -> Any:
    """Give the moment a picker holds; it is in UTC where the moment before it, or the field, has a time zone."""
    if value is None:
        return _empty(leaf, "")
    aware = getattr(before, "tzinfo", None) is not None or _wants_zone(leaf)
    return value.replace(tzinfo=UTC) if aware else value


def show_moment(node: Any) -> datetime | None:
    """Give the moment for a picker, in UTC where it has a time zone."""
    node = node.typed if isinstance(node, Unfit) else node
    if not isinstance(node, datetime):
        return None
    return node.astimezone(UTC).replace(tzinfo=None) if node.tzinfo else node


def _wants_zone(leaf: Leaf) -> bool:
    return getattr(leaf.annotation, "__name__", "") == "AwareDatetime"


def _empty(leaf: Leaf, text: str) -> Any:
    if leaf.optional:
        return None
    return "" if leaf.kind in ("text", "multiline") else Unread(text, "needs an answer")


def _number(leaf: Leaf, text: str) -> Any:
    plain = text.strip().removesuffix(leaf.unit).strip() if leaf.unit else text.strip()
    plain = _GAPS.sub("", plain.replace("−", "-"))
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    elif _COMMA_POINT.fullmatch(plain):
        plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        return Unread(text, _NOT_A_NUMBER[leaf.kind])
    if leaf.kind != "decimal" and _TWO_WAYS.fullmatch(plain):  # a decimal says with its digits how exact it is
        return Unread(text, f"can be read in two ways: write {plain[:-4]} or {plain[:-4]}000")
    if len(plain) > 400:
        return Unread(text, "is too large a number")
    try:
        return _as_number(leaf, plain, text)
    except (ValueError, OverflowError, InvalidOperation):
        return Unread(text, "is too large a number")


def _as_number(leaf: Leaf, plain: str, text: str) -> Any:
    if leaf.kind == "decimal":
        return Decimal(plain)
    if leaf.kind == "int" and re.fullmatch(r"[+-]?\d+", plain):
        return int(plain)
    number = float(plain)
    if not math.isfinite(number):
        return Unread(text, "is too large a number")
    if leaf.kind == "float":
        return number
    return int(number) if number.is_integer() and abs(number) < 1e15 else Unread(text, _NOT_A_NUMBER["int"])


def _json(leaf: Leaf, text: str) -> Any:
    try:
        return leaf.adapter.validate_json(text)
    except ValidationError:
        pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return Unread(text, 'must be written as JSON, for example [1, 2] or {"name": 3}')
