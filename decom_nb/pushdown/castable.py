"""Which texts can be read as a type, for engines that read them otherwise than DuckDB does.

Every engine has its own idea of what a date may look like. So texts are parted in three by plain patterns that all engines
know: surely read, surely not, and doubtful. Without a doubtful one the count is exact; with any, the check is not known.
DuckDB itself is asked in the tests whether the patterns are right about it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from decom_nb.pushdown.seen import NotTheSame, kind_of
from decom_nb.sql.quantity import Uncastable
from decom_nb.sql.text import name, string

_BOUNDS = {"TINYINT": 7, "SMALLINT": 15, "INTEGER": 31, "BIGINT": 63, "HUGEINT": 127}
_INTEGER_NAMES = {
    "INT": "INTEGER",
    "INT4": "INTEGER",
    "INT8": "BIGINT",
    "LONG": "BIGINT",
    "INT2": "SMALLINT",
    "INT1": "TINYINT",
}

_NUMBER = r"[+-]?(0[xXbB][0-9a-fA-F_]*|[0-9_]*\.?[0-9_]*([eE][+-]?[0-9_.]*)?)"
_SPACE = r"[ \t\n\r\f\x0b]*"
_SOME_NUMBER = r"[0-9]|[+-][ \t\n\r\f\x0b]"
"""What DuckDB takes for a number has a digit in it, or is a sign and a space, which it takes for 0."""
_MONTH_AND_DAY = (
    "((01|03|05|07|08|10|12)-(0[1-9]|[12][0-9]|3[01])|(04|06|09|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
)
_LEAP = "([1-9][0-9](0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00)-02-29"
_DAY = f"([1-9][0-9][0-9][0-9]-{_MONTH_AND_DAY}|{_LEAP})"
_TIME = r"([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?)?"
_UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_DIRECTIVES = {
    "Y": (4, "[1-9][0-9]{3}"), "m": (2, "[0-9]{2}"), "d": (2, "[0-9]{2}"), "H": (2, "([01][0-9]|2[0-3])"),
    "M": (2, "[0-5][0-9]"), "S": (2, "[0-5][0-9]"),
}  # fmt: skip
"""What a strptime directive takes, when it is written in full: its width and its pattern."""


@dataclass(frozen=True)
class Parted:
    """Conditions in DuckDB's SQL, over rows with a value: surely not of the type, and perhaps not."""

    wrong: str
    doubtful: str = "FALSE"


def parted(question: Uncastable) -> Parted:
    r"""Part the values of the column; raises `NotTheSame` where no pattern is known for the type.

    >>> print(parted(Uncastable("c", "VARCHAR", "BOOLEAN")).wrong)
    NOT regexp_matches("c", '(?i)^(true|false|t|f|1|0|yes|no|y|n)$')
    """
    type_ = question.as_type.upper().replace(" ", "")
    type_ = _INTEGER_NAMES.get(type_, type_)
    source, wanted = kind_of(question.type or "VARCHAR"), kind_of(type_)
    column = name(question.column)
    if question.format:
        if source != "text":
            raise NotTheSame("a format for values that are no text")
        return _formatted(column, question.format)
    if source != "text":
        return _typed(column, source, wanted, type_)
    if wanted == "text":
        return Parted("FALSE")
    rules = {"decimal": _decimal, "whole": _whole}
    if wanted in rules:
        return rules[wanted](column, type_)
    if wanted in ("double", "real"):
        short = r"^-?[0-9]{1,30}(\.[0-9]{1,30})?" + (r"([eE][+-]?[0-9]{1,2})?$" if wanted == "double" else "$")
        words = r"[+-]?(?i:nan|inf|infinity)"
        return _from(column, short, f"^{_SPACE}({_NUMBER}|{words}){_SPACE}$", rf"[0-9]|(?i)^{_SPACE}{words}")
    if wanted in ("date", "moment"):
        return _moment(column, with_time=wanted == "moment")
    if wanted == "boolean":
        return Parted(f"NOT {_matches(column, '(?i)^(true|false|t|f|1|0|yes|no|y|n)$')}")
    if wanted == "uuid":
        return _from(column, f"^{_UUID}$", r"^\{?[0-9a-fA-F-]{32,70}\}?$", "[0-9a-fA-F]")
    raise NotTheSame(f"reading text as {question.as_type} is not known to be the same elsewhere")


def _matches(column: str, pattern: str) -> str:
    return f"regexp_matches({column}, {string(pattern)})"


def _from(column: str, sure: str, perhaps: str, some: str) -> Parted:
    """Part by patterns: what is surely read, what holds everything that DuckDB may read, and what that must contain."""
    wrong = f"NOT {_matches(column, perhaps)} OR NOT {_matches(column, some)}"
    return Parted(wrong, f"NOT ({wrong}) AND NOT {_matches(column, sure)}")


def _whole(column: str, type_: str) -> Parted:
    bits = _BOUNDS.get(type_)
    if bits is None:
        raise NotTheSame(f"reading text as {type_} is not known to be the same elsewhere")
    most, least = str(2**bits - 1), str(-(2**bits))
    short = f"^-?[0-9]{{1,{len(most) - 1}}}$"
    full, long = f"[1-9][0-9]{{{len(most) - 1}}}", f"^-?[1-9][0-9]{{{len(most)},}}$"
    # Digits of one number that are as many as those of the bound compare as texts.
    beyond = (
        f"({_matches(column, f'^{full}$')} AND {column} > {string(most)}) OR "
        f"({_matches(column, f'^-{full}$')} AND {column} > {string(least)})"
    )
    garbage = f"NOT {_matches(column, f'^{_SPACE}{_NUMBER}{_SPACE}$')} OR NOT {_matches(column, _SOME_NUMBER)}"
    wrong = f"{garbage} OR {_matches(column, long)} OR {beyond}"
    sure = f"{_matches(column, short)} OR {_matches(column, f'^-?{full}$')}"
    return Parted(wrong, f"NOT ({wrong}) AND NOT ({sure})")


def _decimal(column: str, type_: str) -> Parted:
    found = re.fullmatch(r"(?:DECIMAL|NUMERIC)(?:\((\d+)(?:,(\d+))?\))?", type_)
    if found is None:
        raise NotTheSame(f"reading text as {type_} is not known to be the same elsewhere")
    width, scale = (int(found[1]), int(found[2] or 0)) if found[1] else (18, 3)
    before = width - scale
    if before < 1:
        raise NotTheSame(f"reading text as {type_} is not known to be the same elsewhere")
    sure = rf"^-?[0-9]{{1,{before}}}" + (rf"(\.[0-9]{{1,{scale}}})?$" if scale else "$")
    if before > 1:  # rounding cannot carry it out of the type
        sure += rf"|^-?[0-9]{{1,{before - 1}}}\.[0-9]{{1,60}}$"
    long = rf"^-?[1-9][0-9]{{{before},}}(\.[0-9]*)?$"
    garbage = f"NOT {_matches(column, f'^{_SPACE}{_NUMBER}{_SPACE}$')} OR NOT {_matches(column, _SOME_NUMBER)}"
    wrong = f"{garbage} OR {_matches(column, long)}"
    return Parted(wrong, f"NOT ({wrong}) AND NOT {_matches(column, sure)}")


def _moment(column: str, *, with_time: bool) -> Parted:
    shape = "^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"
    sure = f"^{_DAY}{_TIME if with_time else ''}$"
    no_day = f"{_matches(column, shape + '([ T]|$)')} AND NOT {_matches(column, f'^{_DAY}([ T]|$)')}"
    # A date begins with digits and one of four separators, or is one of a few words.
    start = rf"^{_SPACE}[-+]?[0-9]+[-/ \\]|(?i)^{_SPACE}[-+]?(epoch|inf)|^{_SPACE}[-+]?[0-9]+{_SPACE}\("
    wrong = f"NOT {_matches(column, start)} OR ({no_day})"
    return Parted(wrong, f"NOT ({wrong}) AND NOT {_matches(column, sure)}")


def _formatted(column: str, pattern: str) -> Parted:
    """Part by a strptime format whose directives all have a width of their own."""
    at, shape, plain, places = 1, "", "", dict[str, int]()
    for directive, literal in re.findall(r"%(.)|([^%])", pattern):
        if literal:
            if not literal.isascii() or literal.isalnum() or (literal.isspace() and literal != " "):
                raise NotTheSame(f"the format {pattern!r} is not known to be read alike elsewhere")
            shape += re.escape(literal)
            plain += re.escape(literal)
            at += 1
            continue
        if directive not in _DIRECTIVES or directive in places:
            raise NotTheSame(f"the format {pattern!r} is not known to be read alike elsewhere")
        width, digits = _DIRECTIVES[directive]
        places[directive] = at
        shape += digits
        at += width
    if not {"Y", "m", "d"} <= set(places):
        raise NotTheSame(f"the format {pattern!r} is not known to be read alike elsewhere")
    year, month, day = (f"substring({column}, {places[each]}, {_DIRECTIVES[each][0]})" for each in "Ymd")
    day_text = f"{year} || '-' || {month} || '-' || {day}"
    whole = _matches(column, f"^{shape}$")
    allowed = rf"^[0-9 \t\n\r\f\x0b+{plain.replace(re.escape('-'), '')}-]*$"
    words = f"|(?i)^{_SPACE}[-+]?(epoch|inf)"  # strptime, too, knows these
    wrong = f"NOT {_matches(column, allowed + words)} OR NOT {_matches(column, '[0-9]' + words)}"
    wrong += f" OR ({whole} AND NOT {_matches(day_text, f'^{_DAY}$')})"
    return Parted(wrong, f"NOT ({wrong}) AND NOT {whole}")


def _typed(column: str, source: str, wanted: str, type_: str) -> Parted:
    if wanted == source and wanted not in ("whole", "decimal"):
        return Parted("FALSE")
    if (
        wanted == "text"
        or (source == "whole" and wanted in ("double", "real"))
        or (source, wanted) == ("date", "moment")
    ):
        return Parted("FALSE")
    if source == wanted == "whole" and type_ in _BOUNDS:
        bits = _BOUNDS[type_]
        return Parted(f"{column} < {-(2**bits)} OR {column} > {2**bits - 1}")
    raise NotTheSame(f"reading a {source} as {type_} is not known to be the same elsewhere")
