"""A name as words: cut apart in any case style, put together in one, and in the singular. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

CaseStyle = Literal["snake", "camel", "pascal"]
"""How words are put together: ``order_date``, ``orderDate``, ``OrderDate``."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def words(name: str, kept: Iterable[str] = ()) -> list[str]:
    """Cut a name into words, as they are spelled; `kept` are abbreviations that stay whole.

    >>> words("customerID"), words("HTTPStatus"), words("ORDER_DATE"), words("OAuthToken", ["OAuth"])
    (['customer', 'ID'], ['HTTP', 'Status'], ['ORDER', 'DATE'], ['OAuth', 'Token'])
    """
    whole = sorted((re.escape(each) for each in kept), key=len, reverse=True)
    found: list[str] = []
    for part in re.split(r"[\W_]+", name):
        if not part:
            continue
        pieces = re.split(f"({'|'.join(whole)})", part) if whole and part != part.lower() else [part]
        for at, piece in enumerate(pieces):
            if piece:
                found += [piece] if whole and at % 2 else _HUMP.split(piece)
    return found


def joined(parts: Sequence[str], style: CaseStyle) -> str:
    """Put words together; in camel and Pascal case abbreviations keep their capitals.

    >>> joined(["order", "Date"], "snake"), joined(["order", "date"], "pascal"), joined(["is", "SKU"], "camel")
    ('order_date', 'OrderDate', 'isSKU')
    """
    if style == "snake":
        return "_".join(part.lower() for part in parts)
    humps = [part if part.isupper() and len(part) > 1 else part[:1].upper() + part[1:].lower() for part in parts]
    if style == "camel" and humps:
        humps[0] = humps[0].lower()
    return "".join(humps)


def singular(word: str) -> str:
    """Give the singular of an English plural, as far as names of tables need it.

    >>> [singular(each) for each in ("orders", "categories", "addresses", "status", "boxes", "movies", "news")]
    ['order', 'category', 'address', 'status', 'box', 'movie', 'news']
    """
    low = word.lower()
    if low.endswith("ies") and len(low) > 4:
        return word[:-1] if low in ("movies", "series", "cookies") and low != "series" else f"{word[:-3]}y"
    if low.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if low.endswith("s") and not low.endswith(("ss", "us", "is", "news")):
        return word[:-1]
    return word
