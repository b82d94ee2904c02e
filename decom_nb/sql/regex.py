r"""Regular expressions written for RE2, as text that other engines read alike: PostgreSQL's and Java's.

What differs between engines is spelled out: ``.`` is anything but a newline, ``\d`` the ten digits, ``$`` the very end, ``(?i)``
becomes classes of letters. What has no equal (Unicode categories, multi-line anchors) is refused with a reason, never
translated roughly. Only whether a text matches is kept, not what a group captures or how long a match is.

Syntax: github.com/google/re2/wiki/Syntax; PostgreSQL 9.7.3 "POSIX Regular Expressions"; java.util.regex.Pattern.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Ranges = tuple[tuple[int, int], ...]
"""A set of characters: first and last code points, sorted, apart from each other."""

_LAST = 0x10FFFF
_NEWLINE: Ranges = ((10, 10),)
_DIGIT: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Ranges = ((9, 10), (12, 13), (32, 32))
_SHORT = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_POSIX: dict[str, Ranges] = {
    "alnum": ((48, 57), (65, 90), (97, 122)), "alpha": ((65, 90), (97, 122)), "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)), "cntrl": ((0, 31), (127, 127)), "digit": _DIGIT, "graph": ((33, 126),),
    "lower": ((97, 122),), "print": ((32, 126),), "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)), "upper": ((65, 90),), "word": _WORD, "xdigit": ((48, 57), (65, 70), (97, 102)),
}  # fmt: skip
_CONTROL = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_FOLDED = {ord("k"): 0x212A, ord("s"): 0x17F}
"""The two letters of ASCII that, without regard to case, equal one from beyond: the Kelvin sign and the long s."""
_MOST_REPEATS = 255
"""PostgreSQL's limit; RE2's is 1,000."""


Flavour = Literal["postgres", "java", "plain"]
"""`plain` is for engines that have neither groups without capture nor a way to look around, as Snowflake and Redshift."""


class NotPortable(ValueError):  # noqa: N818 - reads as what it says
    """The expression uses something that engines read differently; the message says what."""


def portable(pattern: str, flavour: Flavour) -> str:
    r"""Give an expression that an engine matches where RE2 matches `pattern`; raises `NotPortable` if there is none.

    >>> portable(r"^\d{4}-(jan|feb)$", "postgres")
    '^[0-9]{4}-(?:jan|feb)$'
    >>> portable(r"(?i)ok.\z", "java")
    '[Oo][Kk\u212a][^\\n]\\z'
    """
    parser = _Parser(pattern, end=r"\z" if flavour == "java" else "$", plain=flavour == "plain")
    text = parser.alternatives(_Flags())
    if parser.at < len(pattern):
        raise NotPortable("an unmatched )")
    if flavour == "plain":
        text = text.replace(_ANYTHING, f"({_ANYTHING[3:]}")
        if "(?" in text:
            raise NotPortable("a class that holds nothing")
    return text


@dataclass(frozen=True)
class _Flags:
    fold: bool = False
    dot_all: bool = False


@dataclass
class _Parser:
    """Reads from left to right and writes at once: nothing has to be known of what comes later."""

    pattern: str
    end: str
    """What matches at the very end: in Java ``$`` also matches before a last newline."""
    plain: bool = False
    at: int = field(default=0)

    @property
    def opened(self) -> str:
        """Give what opens a group."""
        return "(" if self.plain else "(?:"

    def peek(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def take(self, text: str) -> bool:
        if not self.peek(text):
            return False
        self.at += len(text)
        return True

    def next(self) -> str:
        if self.at >= len(self.pattern):
            raise NotPortable("an expression that ends in the middle")
        self.at += 1
        return self.pattern[self.at - 1]

    def alternatives(self, flags: _Flags) -> str:
        """Read up to the end or the closing bracket of the group. A flag set inside holds for what follows it."""
        branches: list[str] = []
        branch = ""
        while self.at < len(self.pattern) and not self.peek(")"):
            if self.take("|"):
                branches.append(branch)
                branch = ""
                continue
            changed = self.flags(flags)
            if changed is not None:
                flags = changed
                continue
            branch += self.repeated(*self.atom(flags))
        return "|".join([*branches, branch])

    def flags(self, flags: _Flags) -> _Flags | None:
        """Read ``(?i)`` or ``(?s)``, which hold up to the end of the group; None if there is none here."""
        if not self.peek("(?"):
            return None
        end = self.pattern.find(")", self.at)
        letters = self.pattern[self.at + 2 : end]
        if end < 0 or not letters or not letters.isalpha():
            return None
        self.at = end + 1
        return _with(flags, letters)

    def atom(self, flags: _Flags) -> tuple[str, bool, bool]:
        """Read one thing that can be repeated: its text, whether it is one character, whether it is an anchor."""
        character = self.next()
        if character == "(":
            return f"{self.opened}{self.group(flags)})", True, False
        if character == "[":
            return self.character_class(flags), True, False
        if character == ".":
            return (_class(((0, _LAST),)) if flags.dot_all else _class(_NEWLINE, negated=True)), True, False
        if character == "^":
            return "^", False, True
        if character == "$":
            return self.end, False, True
        if character in "*+?":
            raise NotPortable(f"a {character} that repeats nothing")
        if character == "\\":
            return self.escape(flags)
        return ("-" if character == "-" else _single(ord(character), flags)), True, False

    def group(self, flags: _Flags) -> str:
        if self.take("?"):
            if self.take("P<") or self.take("<"):
                name, closed, rest = self.pattern[self.at :].partition(">")
                if not closed or not name.isidentifier():
                    raise NotPortable("a lookbehind")
                self.at = len(self.pattern) - len(rest)
            elif not self.take(":"):
                letters, colon, rest = self.pattern[self.at :].partition(":")
                if not colon or not letters.isalpha():
                    raise NotPortable("a group of the form (?" + self.pattern[self.at : self.at + 1])
                flags = _with(flags, letters)
                self.at = len(self.pattern) - len(rest)
        text = self.alternatives(flags)
        if not self.take(")"):
            raise NotPortable("an unmatched (")
        return text

    def escape(self, flags: _Flags) -> tuple[str, bool, bool]:
        character = self.next()
        if character.lower() in _SHORT:
            ranges = _SHORT[
                character.lower()
            ]  # RE2 folds these too: the long s and the Kelvin sign are letters of (?i)\w
            return _class(_folded(list(ranges)) if flags.fold else ranges, negated=character.isupper()), True, False
        if character in "bB":
            if self.plain:
                raise NotPortable(f"\\{character}")
            return (_BOUNDARY if character == "b" else _NO_BOUNDARY), False, True
        if character == "A":
            return "^", False, True
        if character == "z":
            return self.end, False, True
        self.at -= 1
        return _single(self.escaped(), flags), True, False

    def escaped(self) -> int:
        """Read what stands after a backslash and is one character."""
        character = self.next()
        if character in _CONTROL:
            return _CONTROL[character]
        if character == "x":
            if self.take("{"):
                digits, closed, rest = self.pattern[self.at :].partition("}")
                self.at = len(self.pattern) - len(rest)
                if not closed:
                    raise NotPortable("an unfinished \\x{")
            else:
                digits = self.next() + self.next()
            try:
                return int(digits, 16)
            except ValueError:
                raise NotPortable(f"\\x{digits}") from None
        if character.isalnum():
            raise NotPortable(f"\\{character}")
        return ord(character)

    def character_class(self, flags: _Flags) -> str:
        negated = self.take("^")
        parts: list[tuple[int, int]] = []
        first = True
        while first or not self.peek("]"):
            first = False
            if self.peek("[:"):
                parts += self.posix()
                continue
            short = self.pattern[self.at + 1 : self.at + 2] if self.peek("\\") else ""
            if short and short.lower() in _SHORT:
                self.at += 2
                if flags.fold and short == "W":
                    raise NotPortable("(?i) with \\W in a class")
                ranges = _SHORT[short.lower()]
                parts += _complement(ranges) if short.isupper() else ranges
                continue
            low = self.in_class()
            if self.peek("-") and not self.peek("-]"):
                self.at += 1
                if self.peek("[:"):
                    raise NotPortable("a range that ends in a class")
                high = self.in_class()
                if high < low:
                    raise NotPortable("a range whose end comes before its beginning")
                parts.append((low, high))
            else:
                parts.append((low, low))
        self.at += 1
        return _class(_folded(parts) if flags.fold else _merged(parts), negated=negated)

    def posix(self) -> Ranges:
        name, closed, rest = self.pattern[self.at + 2 :].partition(":]")
        negated = name.startswith("^")
        if not closed or name.lstrip("^") not in _POSIX:
            raise NotPortable("a [: that names no class")
        self.at = len(self.pattern) - len(rest)
        ranges = _POSIX[name.lstrip("^")]
        return _complement(ranges) if negated else ranges

    def in_class(self) -> int:
        character = self.next()
        return self.escaped() if character == "\\" else ord(character)

    def repeated(self, atom: str, one: bool, anchor: bool) -> str:
        """Read how often: a lazy or a greedy repeat matches the same texts."""
        for sign in "*+?":
            if self.take(sign):
                break
        else:
            sign = self.braces()
            if not sign:
                return atom
        if anchor:
            raise NotPortable("an anchor that is repeated")
        self.take("?")
        if any(self.peek(each) for each in "*+?") or self.braces(look=True):
            raise NotPortable("a repeat of a repeat")
        return (atom if one else f"{self.opened}{atom})") + sign

    def braces(self, *, look: bool = False) -> str:
        """Read ``{2}``, ``{2,}`` or ``{2,5}``; anything else that opens with a brace is the brace itself, as in RE2."""
        if not self.peek("{"):
            return ""
        inner, closed, _ = self.pattern[self.at + 1 :].partition("}")
        low, comma, high = inner.partition(",")
        digits = all(each.isascii() and each.isdigit() for each in low + high)
        if not closed or not low or not digits or (high and not comma):
            return ""
        if look:
            return "{"
        if int(high or low) > _MOST_REPEATS or int(low) > _MOST_REPEATS:
            raise NotPortable(f"more than {_MOST_REPEATS} repeats")
        if high and int(high) < int(low):
            raise NotPortable("a repeat whose end comes before its beginning")
        self.at += len(inner) + 2
        return "{" + inner + "}"


_ANYTHING = "(?:[a]|[^a])"
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}
_PLAIN = " _/@%=:;,'\"<>~`!"
_BOUNDARY = "(?:(?<=[0-9A-Z_a-z])(?![0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?=[0-9A-Z_a-z]))"
_NO_BOUNDARY = "(?:(?<=[0-9A-Z_a-z])(?=[0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?![0-9A-Z_a-z]))"


def _with(flags: _Flags, letters: str) -> _Flags:
    if set(letters) - set("is"):
        raise NotPortable(f"the flag {', '.join(sorted(set(letters) - set('is')))}")
    return _Flags(fold=flags.fold or "i" in letters, dot_all=flags.dot_all or "s" in letters)


def _merged(parts: list[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(parts):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _complement(ranges: Ranges) -> Ranges:
    edges = [-1, *(edge for pair in ranges for edge in pair), _LAST + 1]
    gaps = ((edges[at] + 1, edges[at + 1] - 1) for at in range(0, len(edges), 2))
    return tuple((low, high) for low, high in gaps if low <= high)


def _folded(parts: list[tuple[int, int]]) -> Ranges:
    """Add the other case of each letter. Beyond ASCII engines know different versions of Unicode."""
    merged = _merged(parts)
    if any(high > 127 and (low, high) != (128, _LAST) for low, high in merged):
        beyond = [code for low, high in merged for code in range(max(low, 128), min(high, low + 5000) + 1)]
        cased = [chr(code) for code in beyond if chr(code).lower() != chr(code) or chr(code).upper() != chr(code)]
        if cased or any(high - low > 5000 for low, high in merged):
            raise NotPortable("(?i) with letters beyond ASCII")
    more = list(merged)
    for code in range(128):
        if any(low <= code <= high for low, high in merged) and chr(code).isalpha():
            more += [(ord(each), ord(each)) for each in (chr(code).lower(), chr(code).upper())]
            more += [(_FOLDED[ord(chr(code).lower())],) * 2] if ord(chr(code).lower()) in _FOLDED else []
    return _merged(more)


def _single(code: int, flags: _Flags) -> str:
    if flags.fold and (chr(code).lower() != chr(code) or chr(code).upper() != chr(code)):
        return _class(_folded([(code, code)]))
    return _spelled(code)


def _class(ranges: Ranges, *, negated: bool = False) -> str:
    """Write a class; the whole of Unicode, and nothing at all, in a form without a hole in the middle."""
    if not ranges:
        ranges, negated = ((0, _LAST),), not negated
    if ranges == ((0, _LAST),):
        return "(?:(?=[a])(?![a]))" if negated else _ANYTHING
    if ranges[-1][1] == _LAST:  # the last characters can only be written as what is left over
        ranges, negated = _complement(ranges), not negated
    parts = [
        _spelled(low) if low == high else _spelled(low) + ("" if high == low + 1 else "-") + _spelled(high)
        for low, high in ((max(low, 1), high) for low, high in ranges)  # no text holds a NUL
        if low <= high
    ]
    return f"[{'^' if negated else ''}{''.join(parts)}]" if parts else _class((), negated=negated)


def _spelled(code: int) -> str:
    """Write a character so that no engine takes it for anything else, in a class or outside."""
    character = chr(code)
    if character in _NAMED:
        return _NAMED[character]
    if code < 32 or 127 <= code < 160 or 0xD800 <= code < 0xE000 or code in (0x2028, 0x2029):
        return f"\\u{code:04x}"
    return character if code > 127 or character.isalnum() or character in _PLAIN else "\\" + character
