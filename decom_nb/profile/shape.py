"""The shape of a text as SQL: 9 for a digit, A and a for a letter, everything else as it stands."""

from __future__ import annotations

LONGEST = 48
"""Characters of a text that count for its shape; what is longer ends in …."""


def shape(text: str) -> str:
    """Give the expression for the shape of `text`, an SQL expression of type VARCHAR, run lengths kept.

    >>> shape('x').startswith("regexp_replace(")
    True
    """
    cut = f"(CASE WHEN length({text}) > {LONGEST} THEN left({text}, {LONGEST}) || '…' ELSE {text} END)"
    lower = f"regexp_replace({cut}, '\\p{{Ll}}|\\p{{Lo}}', 'a', 'g')"
    upper = f"regexp_replace({lower}, '\\p{{Lu}}|\\p{{Lt}}', 'A', 'g')"
    return f"regexp_replace({upper}, '\\p{{Nd}}', '9', 'g')"


def coarse(shaped: str) -> str:
    """Give the expression for a shape without run lengths: AA-9999 and AAA-12 are both A-9.

    >>> coarse('s')
    "regexp_replace(regexp_replace(regexp_replace(s, 'A+', 'A', 'g'), 'a+', 'a', 'g'), '9+', '9', 'g')"
    """
    once = f"regexp_replace({shaped}, 'A+', 'A', 'g')"
    return f"regexp_replace(regexp_replace({once}, 'a+', 'a', 'g'), '9+', '9', 'g')"
