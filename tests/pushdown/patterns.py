"""Patterns and texts over which the regular expressions of engines are compared."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = [
    "a", "b", "k", "S", "é", "😀", "0", "_", "-", " ", r"\.", r"\n", r"\t", r"\x41", r"\x{1F600}", "{", "}", ",", "]", "#", "&",
    ".", "^", "$", r"\b", r"\B", r"\A", r"\z", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", "[ab]", "[^a]", "[a-k]", "[]a-]", "[^]]",
    "[[:alpha:]]", r"[^\d\s]", r"[\w.]", "[é-ü]", "[😀-🙏]", r"[\n]", r"[^\n]", "[[:^digit:]]", r"[^\W_]", "[&&a]",
    "[a^]", r"[\-\\]",
]  # fmt: skip
REPEATS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}", "{,2}"]


def patterns() -> st.SearchStrategy[str]:
    """Give patterns, most of which RE2 reads."""
    piece = st.sampled_from(PIECES)
    return st.recursive(
        piece,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=4).map("".join),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: "(" + "|".join(parts) + ")"),
            inner.map(lambda part: f"(?:|{part})"),
            inner.map(lambda part: f"(?i:{part})"),
            inner.map(lambda part: f"(?s){part}"),
            st.tuples(inner, st.sampled_from(REPEATS)).map("".join),
            st.tuples(inner, st.sampled_from(REPEATS)).map(lambda pair: f"(?P<x>{pair[0]}){pair[1]}"),
        ),
        max_leaves=6,
    )


def texts() -> st.SearchStrategy[str]:
    """Give texts that hold what engines read differently."""
    alphabet = "aAbkKsS\u212a\u017féÉ😀0९_-. \n\r\t\v\x85\u2028\xa0{},]#&^\\ß"
    return st.text(st.sampled_from(alphabet), max_size=8)
