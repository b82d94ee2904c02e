"""Conditions on named answers, as the tables in ``tables/*.yaml`` write them, and how far a set of answers meets them.

    {fastest_latency: batch}                      is this
    {skill_level: [mid, senior]}                  is one of these
    {replayable_stream: true}
    {unit_gb: {above: 100}}                       a number, with a soft edge
    {unit_gb: {below: 10, soft: 3}}               the same with an edge of its own
    {unit_gb: {between: [10, 100]}}
    {raw_files: true, sql_analytics: true}        all of them
    {any: [{...}, {...}]}  {all: [...]}  {not: {...}}

A threshold is not a wall: around it the degree rises from 0 to 1 along a straight line on a logarithmic scale,
between the threshold divided by `soft` and the threshold times `soft`; at the threshold itself it is one half. `all`
takes the lowest degree, `any` the highest, `not` what is missing to 1. What nobody answered leaves a degree open
between two bounds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from decom_nb.suggest import instead

Answer = bool | float | int | str | None
Answers = Mapping[str, Answer]


class Degree(NamedTuple):
    """How far a condition is met: `low` and `high` differ only where answers are missing."""

    low: float
    high: float


OPEN = Degree(0.0, 1.0)
MET = Degree(1.0, 1.0)
UNMET = Degree(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Is:
    """The answer is one of the values."""

    answer: str
    values: tuple[Answer, ...]

    def degree(self, answers: Answers) -> Degree:
        """Give how far the answers meet this."""
        given = answers.get(self.answer)
        if given is None:
            return OPEN
        return MET if given in self.values else UNMET


@dataclass(frozen=True, slots=True)
class Ramp:
    """The number lies above the threshold (`rising`) or below it, with a soft edge."""

    answer: str
    threshold: float
    soft: float
    rising: bool

    @property
    def start(self) -> float:
        """Where the edge begins: up to here the number is clearly below the threshold."""
        return self.threshold / self.soft

    @property
    def end(self) -> float:
        """Where the edge ends: from here on the number is clearly above the threshold."""
        return self.threshold * self.soft

    def degree(self, answers: Answers) -> Degree:
        """Give how far the answers meet this."""
        given = answers.get(self.answer)
        if given is None:
            return OPEN
        above = self.above(float(given))
        return Degree(above, above) if self.rising else Degree(1.0 - above, 1.0 - above)

    def above(self, number: float) -> float:
        """Give how far the number lies above the threshold."""
        if number <= self.start:
            return 0.0
        if number >= self.end:
            return 1.0
        return math.log(number / self.start) / (2 * math.log(self.soft))

    def number_at(self, degree: float) -> float:
        """Give the number at which the degree has this value, for a degree between 0 and 1."""
        above = degree if self.rising else 1.0 - degree
        return self.start * float(self.soft ** (2 * above))


@dataclass(frozen=True, slots=True)
class All:
    """Every part is met; the lowest degree counts."""

    parts: tuple[Condition, ...]

    def degree(self, answers: Answers) -> Degree:
        """Give how far the answers meet this."""
        low, high = 1.0, 1.0
        for part in self.parts:
            degree = part.degree(answers)
            low, high = min(low, degree.low), min(high, degree.high)
            if high == 0.0:
                return UNMET
        return Degree(low, high)


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801 - the word is taken by typing.Any
    """At least one part is met; the highest degree counts."""

    parts: tuple[Condition, ...]

    def degree(self, answers: Answers) -> Degree:
        """Give how far the answers meet this."""
        degrees = [part.degree(answers) for part in self.parts]
        return Degree(max(degree.low for degree in degrees), max(degree.high for degree in degrees))


@dataclass(frozen=True, slots=True)
class Not:
    """The part is not met."""

    part: Condition

    def degree(self, answers: Answers) -> Degree:
        """Give how far the answers meet this."""
        degree = self.part.degree(answers)
        return Degree(1.0 - degree.high, 1.0 - degree.low)


Condition = Is | Ramp | All | Any_ | Not


def atoms(condition: Condition) -> Iterator[Is | Ramp]:
    """Give the questions a condition is made of, in order."""
    if isinstance(condition, All | Any_):
        for part in condition.parts:
            yield from atoms(part)
    elif isinstance(condition, Not):
        yield from atoms(condition.part)
    else:
        yield condition


def names(condition: Condition) -> tuple[str, ...]:
    """Give the names of the answers that a condition looks at, each once, in order."""
    return tuple(dict.fromkeys(atom.answer for atom in atoms(condition)))


def bends(condition: Condition, answer: str, answers: Answers) -> set[float]:
    """Give the numbers at which the degree, as a function of one numeric answer, changes its slope.

    Between two neighbouring bends the degree is a straight line on a logarithmic scale: every ramp is, and the
    lowest, the highest and the complement of straight lines change only where two of them (or one and a constant
    degree) meet.
    """
    ramps = [atom for atom in atoms(condition) if isinstance(atom, Ramp) and atom.answer == answer]
    found = {edge for ramp in ramps for edge in (ramp.start, ramp.end)}
    levels: set[float] = set()
    for atom in atoms(condition):
        if atom.answer != answer:
            low, high = atom.degree(answers)
            levels |= {level for given in (low, high) for level in (given, 1.0 - given) if 0.0 < level < 1.0}
    found |= {ramp.number_at(level) for ramp in ramps for level in levels}
    for at, ramp in enumerate(ramps):
        for other in ramps[at + 1 :]:
            found |= _meetings(ramp, other)
    return found


def _meetings(one: Ramp, other: Ramp) -> set[float]:
    """Give where the lines of two ramps, or of one and the complement of the other, have the same height."""
    slope, start = 1 / (2 * math.log(one.soft)), math.log(one.start)
    other_slope, other_start = 1 / (2 * math.log(other.soft)), math.log(other.start)
    met = [(slope * start + other_slope * other_start + 1) / (slope + other_slope)]
    if not math.isclose(slope, other_slope):
        met.append((slope * start - other_slope * other_start) / (slope - other_slope))
    lines_end = math.log(max(one.end, other.end))
    return {math.exp(log) for log in met if log <= lines_end}


def in_words(condition: Condition, units: Mapping[str, str] | None = None) -> str:
    """Say a condition in words, with the answers' names as they are and units where they are known.

    >>> in_words(All((Is("cloud", ("AWS", "GCP")), Ramp("unit_gb", 100, 2, rising=True))), {"unit_gb": "GB"})
    'cloud is AWS or GCP and unit_gb is above about 100 GB'
    """
    if isinstance(condition, All):
        return " and ".join(_bracketed(part, units, Any_) for part in condition.parts)
    if isinstance(condition, Any_):
        return " or ".join(_bracketed(part, units, All) for part in condition.parts)
    if isinstance(condition, Not):
        return f"not ({in_words(condition.part, units)})"
    if isinstance(condition, Is):
        return f"{condition.answer} is {' or '.join(_said(value) for value in condition.values)}"
    unit = (units or {}).get(condition.answer, "")
    side = "above" if condition.rising else "below"
    return f"{condition.answer} is {side} about {condition.threshold:,g} {unit}".rstrip()


def _bracketed(part: Condition, units: Mapping[str, str] | None, other: type) -> str:
    said = in_words(part, units)
    return f"({said})" if isinstance(part, other) else said


def _said(value: Answer) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Known:
    """What a table may ask about one answer; an empty tuple of choices means a number."""

    choices: tuple[Answer, ...] = ()


class Unclear(ValueError):  # noqa: N818 - it says what the condition is
    """A condition cannot be read; the message says why and what to write."""


def parse(raw: Any, known: Mapping[str, Known], soft: float) -> Condition:
    """Read a condition from YAML data; `soft` is the edge of every threshold that names none of its own."""
    if not isinstance(raw, Mapping) or not raw:
        raise Unclear("a condition is a mapping such as {answer: value}, {all: [...]}, {any: [...]} or {not: {...}}")
    parts = [_parse_entry(str(key), value, known, soft) for key, value in raw.items()]
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _parse_entry(key: str, value: Any, known: Mapping[str, Known], soft: float) -> Condition:
    if key in ("all", "any"):
        if not isinstance(value, list) or not value:
            raise Unclear(f"`{key}` takes a list of conditions")
        parts = tuple(parse(each, known, soft) for each in value)
        return All(parts) if key == "all" else Any_(parts)
    if key == "not":
        return Not(parse(value, known, soft))
    if key not in known:
        raise Unclear(f"there is no answer named `{key}`: {instead(key, known)}")
    choices = known[key].choices
    if choices:
        return _parse_choice(key, value, choices)
    if not isinstance(value, Mapping):
        raise Unclear(f"`{key}` is a number: write {{above: 10}}, {{below: 10}} or {{between: [10, 100]}}")
    return _parse_number(key, value, soft)


def _parse_choice(key: str, value: Any, choices: tuple[Answer, ...]) -> Condition:
    values = tuple(value) if isinstance(value, list) else (value,)
    for each in values:
        if not any(each is choice or (type(each) is type(choice) and each == choice) for choice in choices):
            raise Unclear(f"`{key}` is never {each!r}: {instead(str(each), map(str, choices))}")
    if not values:
        raise Unclear(f"`{key}` has an empty list of values")
    return Is(key, values)


_BOUNDS = ("above", "below", "between", "soft")


def _parse_number(key: str, value: Mapping[str, Any], soft: float) -> Condition:
    if unknown := sorted(set(value) - set(_BOUNDS)):
        raise Unclear(f"`{unknown[0]}` is not known here: {instead(str(unknown[0]), _BOUNDS)}")
    if len(set(value) - {"soft"}) != 1:
        raise Unclear(f"`{key}` takes one of above, below and between")
    edge = _positive(key, value.get("soft", soft))
    if edge <= 1:
        raise Unclear(f"`soft` of `{key}` is a factor above 1: a threshold is not a wall")
    if "between" in value:
        bounds = value["between"]
        if not isinstance(bounds, list) or len(bounds) != 2 or not bounds[0] < bounds[1]:
            raise Unclear(f"`between` of `{key}` takes two numbers, the lower one first")
        low, high = (_positive(key, bound) for bound in bounds)
        return All((Ramp(key, low, edge, rising=True), Ramp(key, high, edge, rising=False)))
    if "above" in value:
        return Ramp(key, _positive(key, value["above"]), edge, rising=True)
    return Ramp(key, _positive(key, value["below"]), edge, rising=False)


def _positive(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0 or not math.isfinite(value):
        raise Unclear(f"`{key}` needs a number above zero, not {value!r}")
    return float(value)
