"""Where in its source's log a change lies, as a text that sorts as the log does. Each database tells it in words of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_WIDTH = 24
"""Digits of a number in a position; logs have at most 20."""


def position(source: Mapping[str, Any]) -> str:
    """Give the position that a message's `source` tells; empty if it tells none.

    >>> position({"file": "mysql-bin.000009", "pos": 4}) < position({"file": "mysql-bin.000010", "pos": 3})
    True
    """
    for needed, parts in _WAYS:
        if all(source.get(each) is not None for each in needed):
            told = parts(source)
            return "" if None in told else ".".join(str(each) for each in told)
    return ""


def _number(value: Any) -> str | None:
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip()
    if "/" in text:  # PostgreSQL's own way to write one: two hexadecimal halves
        halves = text.split("/")
        try:
            return f"{(int(halves[0], 16) << 32) + int(halves[1], 16):0{_WIDTH}d}"
        except (ValueError, IndexError):
            return None
    return text.zfill(_WIDTH) if text.isdigit() else None


def _or_first(value: Any) -> str:
    return _number(value) or "0" * _WIDTH


def _mysql(source: Mapping[str, Any]) -> list[str | None]:
    suffix = re.search(r"(\d+)$", str(source["file"]))  # mysql-bin.1000000 comes after mysql-bin.999999
    return [_number(suffix[1]) if suffix else None, _number(source["pos"]), _or_first(source.get("row"))]


def _lsn(value: Any) -> str | None:
    """Give SQL Server's hexadecimal number in three parts, or Db2's and Informix' plain one."""
    if value is None:
        return "0" * _WIDTH  # a snapshot has no change of its own, and comes before those of its commit
    try:
        return "-".join(f"{int(part, 16):0{_WIDTH}d}" for part in str(value).split(":"))
    except ValueError:
        return None


def _sql_server(source: Mapping[str, Any]) -> list[str | None]:
    return [_lsn(source["commit_lsn"]), _lsn(source.get("change_lsn")), _or_first(source.get("event_serial_no"))]


def _oracle(source: Mapping[str, Any]) -> list[str | None]:
    return [_number(source["scn"]), str(source.get("rs_id") or "").strip().lower(), _or_first(source.get("ssn"))]


_WAYS: tuple[tuple[tuple[str, ...], Callable[[Mapping[str, Any]], list[str | None]]], ...] = (
    (("file", "pos"), _mysql),
    (("commit_lsn",), _sql_server),
    (("scn",), _oracle),
    (("lsn",), lambda source: [_number(source["lsn"])]),
    (("ord", "ts_ms"), lambda source: [_number(source["ts_ms"]), _number(source["ord"])]),
)
"""What each kind of source tells, and how it is ordered; the first that fits counts."""
