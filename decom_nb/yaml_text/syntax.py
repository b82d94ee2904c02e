"""Says in plain words what is wrong with a line that is not YAML and what to write. `file.py` calls it."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError

from decom_nb.errors import Mistake
from decom_nb.escape import visible

# What the scanner or parser says (in its context or its problem) → what a person needs to hear. The first match counts.
_SAYINGS: tuple[tuple[str, str, str], ...] = (
    (r"found character '\\t'", "there is a tab, which YAML does not allow as white space", "use spaces"),
    (
        r"found character '(.)' that cannot start",
        "a text must not begin with {0}",
        "put quotes around the text",
    ),
    (
        r"mapping values are not allowed",
        "there is a colon where none can be",
        'put quotes around a text with a colon (key: "a: b"), or line the key up with its neighbours',
    ),
    (
        r"sequence entries are not allowed",
        "a list cannot begin on the line of its key",
        "write each item on its own line below, after a dash",
    ),
    (
        r"quoted scalar.*(end of stream|document separator|'\\x00')",
        "the quote that opens here is never closed",
        "close the quote",
    ),
    (r"flow node.*stream end", "the file ends before a bracket is closed", "close it with ] or }"),
    (
        r"flow (sequence|mapping)",
        "the bracket that opens here is never closed, or a comma is missing",
        "close it, or add the comma",
    ),
    (
        r"block collection|block sequence",
        "a list item is expected here",
        "line it up with the items above, and begin it with a dash",
    ),
    (
        r"block mapping.*found '<scalar>'",
        "something stands behind the end of the value",
        "put the whole value in quotes, or remove the rest",
    ),
    (r"found '([\]}])'", "there is a closing {0} without an opening one", "remove it, or put quotes around the text"),
    (
        r"block mapping",
        "this line does not line up with those above it",
        "give it the same indentation as its neighbours",
    ),
    (r"could not find expected ':'", "there is no colon behind the key", "write `key: value`"),
    (r"unknown escape character '(.)'", "\\{0} means nothing within double quotes", "write \\\\, or use single quotes"),
    (r"escape sequence", "the escape is incomplete", "write \\\\ for a backslash, or use single quotes"),
    (
        r"block scalar",
        "a text over several lines is announced (| or >) and does not follow",
        "indent its lines, or put quotes around | or >",
    ),
    (r"document start", "there is something in front of the first key that does not belong there", "remove it"),
    (r"directive", "a line beginning with % is read as an instruction", "put quotes around the text"),
    (r"anchor|alias", "a text must not begin with & or *", "put quotes around the text"),
    (r"tag", "a text must not begin with !", "put quotes around the text"),
)
# Where the place of the mistake is the opening of what was never closed, not the end of the file where it was noticed.
_AT_THE_OPENING = re.compile(r"never closed|no colon")


# A line of a list, or below a key, that is only words; and one that begins with a key.
_WORDS = re.compile(r"(?P<lead> *(?:- +)*)(?P<first>[\w.-]+)(?::(?=\S))?(?P<rest>[^:#\"'\[\]{}]*)")
_KEY = re.compile(r" *[\w.-]+(?: [\w.-]+)*:(?= |$)")


def explain_syntax(error: MarkedYAMLError, text: str, file: str) -> Mistake:
    """Turn a parser's error into a mistake with line and column."""
    if found_above := _no_colon_above(error, text, file):
        return found_above
    said = " ".join(str(part) for part in (error.context, error.problem) if part)
    what, instead = f"this is not YAML: {visible(error.problem)}", "check the syntax of this line"
    for pattern, meaning, advice in _SAYINGS:
        found = re.search(pattern, said)
        if found:
            what, instead = meaning.format(*(visible(group) for group in found.groups())), advice
            break
    opening = error.context_mark if _AT_THE_OPENING.search(what) else None
    mark = opening or error.problem_mark or error.context_mark
    if mark is None:
        return Mistake(file, 0, "", what, instead)
    return Mistake(file, mark.line + 1, "", f"{what} (column {mark.column + 1})", instead)


def _no_colon_above(error: MarkedYAMLError, text: str, file: str) -> Mistake | None:
    """Find the missing colon where a key is one too many because the line above, without its colon, runs on into it."""
    mark = error.problem_mark
    if mark is None or mark.line == 0 or "mapping values are not allowed" not in str(error.problem):
        return None
    lines = text.split("\n")
    here, number = lines[mark.line], mark.line - 1
    while number > 0 and not lines[number].strip():
        number -= 1
    key, above = _KEY.match(here), _WORDS.fullmatch(lines[number].rstrip())
    if not key or key.end() - 1 != mark.column or not above:
        return None
    first, rest = above["first"], above["rest"].strip()
    column = above.start("first") + len(first) + 1
    what = f"there is no colon behind the key (column {column})"
    if above[0][above.end("first") :].startswith(":"):
        return Mistake(
            file, number + 1, "", f"there is no space behind the colon (column {column})", _advice(first, rest)
        )
    return Mistake(file, number + 1, "", what, _advice(first, rest))


def _advice(key: str, value: str) -> str:
    return f"write `{visible(key[:60])}: {visible(value[:60]) or '…'}`"
