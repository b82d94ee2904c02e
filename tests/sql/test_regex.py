"""Regular expressions that other engines read as RE2 does: refused where there is none, spelled out where there is."""

from __future__ import annotations

import re

import pytest

from decom_nb.sql.regex import NotPortable, portable


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        (r"\p{L}+", r"\p"),
        (r"\pL", r"\p"),
        (r"(?m)^a$", "flag m"),
        (r"(?<=a)b", "lookbehind"),
        (r"(?=a)b", "group of the form"),
        (r"a{300}", "255"),
        (r"(?i)é", "beyond ASCII"),
        (r"(?i)[а-я]", "beyond ASCII"),
        (r"^*a", "anchor that is repeated"),
        (r"a{2}{3}", "repeat of a repeat"),
        (r"\Qa.b\E", r"\Q"),
        (r"a\1", r"\1"),
        ("(a", "unmatched ("),
        ("a)", "unmatched )"),
        ("[a", "ends in the middle"),
        ("a\\", "ends in the middle"),
        ("*a", "repeats nothing"),
        ("[z-a]", "range"),
        ("[[:nothing:]]", "names no class"),
    ],
)
def test_what_has_no_equal_is_refused_with_a_reason(pattern: str, says: str) -> None:
    with pytest.raises(NotPortable, match=re.escape(says)):
        portable(pattern, "postgres")


@pytest.mark.parametrize(
    ("pattern", "here", "java"),
    [
        (r"^\d+$", "^[0-9]+$", r"^[0-9]+\z"),
        ("a.b", r"a[^\n]b", r"a[^\n]b"),
        ("(?s)a.b", "a(?:[a]|[^a])b", "a(?:[a]|[^a])b"),
        ("(?P<year>[0-9]{4})-(?:x|y)", "(?:[0-9]{4})-(?:x|y)", "(?:[0-9]{4})-(?:x|y)"),
        ("(?i)sk", "[Ss\u017f][Kk\u212a]", "[Ss\u017f][Kk\u212a]"),
        (r"a{,2}\.[^\w]", r"a\{,2\}\.[^0-9A-Z_a-z]", r"a\{,2\}\.[^0-9A-Z_a-z]"),
        ("é+?|😀{2}", "é+|😀{2}", "é+|😀{2}"),
        ("[]a-]", r"[\-\]a]", r"[\-\]a]"),
    ],
)
def test_what_differs_is_spelled_out(pattern: str, here: str, java: str) -> None:
    assert portable(pattern, "postgres") == here
    assert portable(pattern, "java") == java


def test_plain_engines_get_groups_that_capture_and_nothing_that_looks_around() -> None:
    assert portable(r"^(?:ab)+(c|d)\.$", "plain") == r"^(ab)+(c|d)\.$"
    assert portable("(?s)a.b", "plain") == "a([a]|[^a])b"
    for pattern in (r"\bnew\b", r"a\B", r"[^\x00-\x{10FFFF}]"):
        with pytest.raises(NotPortable):
            portable(pattern, "plain")
