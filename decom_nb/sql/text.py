"""Names and values as SQL text. Everything that puts a client's string into SQL goes through here."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any


def name(identifier: str) -> str:
    """Give an identifier, quoted whatever it holds.

    >>> name('order "id"; drop')
    '"order ""id""; drop"'
    """
    if "\0" in identifier:
        raise ValueError("a name cannot hold a NUL character")
    return '"' + identifier.replace('"', '""') + '"'


def names(identifiers: Iterable[str]) -> str:
    """Give identifiers, quoted and separated by commas.

    >>> names(["a", "b"])
    '"a", "b"'
    """
    return ", ".join(map(name, identifiers))


def string(text: str) -> str:
    """Give a text as a literal.

    >>> string("it's")
    "'it''s'"
    """
    if "\0" in text:
        raise ValueError("a text in SQL cannot hold a NUL character")
    return "'" + text.replace("'", "''") + "'"


def value(given: Any, type_: str = "") -> str:
    """Give a value as a literal, cast to the type of the column it is compared with where it is text for a date or number.

    >>> value(0.1), value("2026-03-31", "TIMESTAMP"), value("a"), value(None)
    ('0.1', "CAST('2026-03-31' AS TIMESTAMP)", "'a'", 'NULL')
    """
    if given is None:
        return "NULL"
    if isinstance(given, bool):
        return "TRUE" if given else "FALSE"
    if isinstance(given, float):
        return _float(given)
    if isinstance(given, int):
        return str(given)
    if isinstance(given, Decimal):
        return f"{given:f}"
    text = str(given)  # of a date or datetime, this is its ISO form
    quoted = string(text)
    return (
        quoted if not type_ or type_.upper().startswith(("VARCHAR", "ENUM", "CHAR")) else f"CAST({quoted} AS {type_})"
    )


def _float(given: float) -> str:
    """Give a float as a literal that is read back as the same: short ones are decimals, whose division would round others."""
    if not math.isfinite(given):
        return f"CAST('{given}' AS DOUBLE)"
    text = repr(given)
    if "e" in text or len(text.replace(".", "").replace("-", "").lstrip("0")) > 15:
        return text if "e" in text else f"{text}e0"
    return text
