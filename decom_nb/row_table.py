"""Rows as an HTML table: words left, numbers right and aligned. Figures show their data with it; views may too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from decom_nb.escape import html

SHOWN: Final = 500
"""How many rows a table shows before it says how many more there are."""


def row_table(
    rows: Sequence[Mapping[str, Any]],
    *,
    caption: str = "",
    headings: Mapping[str, str] | None = None,
    shown: int = SHOWN,
) -> Markup:
    """Give the rows as a table; a column's heading is its key in words, unless `headings` says otherwise."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    names = {key: (headings or {}).get(key, in_words(key)) for key in keys}
    numeric = {key: _is_numeric([row.get(key) for row in rows]) for key in keys}
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(_kind(numeric[key]), html(names[key])) for key in keys
    )
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(
                Markup("<td{}>{}</td>").format(_kind(numeric[key]), html(in_short(row.get(key)))) for key in keys
            )
        )
        for row in rows[:shown]
    )
    hidden = Markup('<caption class="decom-hidden">{}</caption>').format(html(caption)) if caption else Markup()
    rest = Markup('<p class="decom-note">{} further rows are not shown.</p>').format(f"{len(rows) - shown:,}")
    return Markup(
        '<div class="decom-scroll" tabindex="0" role="region" aria-label="{}"><table class="decom-table">{}'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>{}"
    ).format(html(caption or "Table"), hidden, head, body, rest if len(rows) > shown else Markup())


def in_words(key: str) -> str:
    """Give a column's name in words.

    >>> in_words("total_gb")
    'Total gb'
    """
    words = str(key).replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def in_short(value: object) -> str:
    """Give a value as a person writes it; nothing stays an empty cell.

    >>> [in_short(value) for value in (None, True, 12345, 0.123456, 1234.5, 2.0, "as it is")]
    ['', 'yes', '12,345', '0.1235', '1,234.5', '2', 'as it is']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        text = f"{value:,.1f}" if abs(value) >= 100 else f"{value:.4g}"
        return text.removesuffix(".0")
    if isinstance(value, list | tuple):
        return ", ".join(in_short(each) for each in value)
    return str(value)


def _is_numeric(values: Sequence[object]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)


def _kind(numeric: bool) -> Markup:
    return Markup(' class="decom-number"') if numeric else Markup()
