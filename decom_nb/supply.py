"""Hands functions what their parameters name: documents, evidence, measures. `rule.py` and `book.py` call it.

A rule, a measure or a room's `answers` asks for a thing by the name of its parameter and never opens a file; a test calls
the same function with plain values. A parameter whose annotation allows ``None``, or that has a default, may be absent.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_args

Maker = Callable[..., Any]


class Absent(LookupError):  # noqa: N818 - says what is the matter; often it is no error
    """Something that a function cannot do without is not there; `name` says which parameter."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class CircleError(RuntimeError):
    """Makers ask for each other in a circle: a mistake in the rooms, not in what they read."""


class Failed(RuntimeError):  # noqa: N818 - as `Absent`
    """Something that a function asks for could not be worked out; `name` says which parameter."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__(f"{name} could not be worked out: {type(error).__name__}: {error}")
        self.name = name


@dataclass(frozen=True)
class Asks:
    """What a function asks for: positional parameters by name, which of them may be absent, and its settings."""

    names: tuple[str, ...]
    optional: frozenset[str]
    settings: frozenset[str]


@cache
def asks(function: Maker) -> Asks:
    """Read a function's signature: plain parameters are things to supply, keyword-only ones are settings."""
    names, optional, settings = [], set(), set()
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            settings.add(name)
            continue
        names.append(name)
        if parameter.default is not parameter.empty or _admits_none(parameter.annotation):
            optional.add(name)
    return Asks(tuple(names), frozenset(optional), frozenset(settings))


def _admits_none(annotation: Any) -> bool:
    """Tell whether ``None`` is one of the alternatives of an annotation, given as a string or as a type.

    >>> _admits_none("Brief | None"), _admits_none("Mapping[str, float | None]"), _admits_none(int | None)
    (True, False, True)
    """
    if not isinstance(annotation, str):
        return type(None) in get_args(annotation)

    def alternatives(node: ast.expr) -> Iterator[ast.expr]:
        if isinstance(node, ast.BinOp):
            yield from alternatives(node.left)
            yield from alternatives(node.right)
        else:
            yield node

    found = alternatives(ast.parse(annotation, mode="eval").body)
    return any(isinstance(each, ast.Constant) and each.value is None for each in found) or annotation.startswith(
        "Optional["
    )


class Memory:
    """Remembers the last result of each call, and repeats the call only when an argument is another object than before."""

    def __init__(self) -> None:
        self._last: dict[Any, tuple[tuple[Any, ...], Any]] = {}

    def recall(self, key: Any, arguments: tuple[Any, ...], make: Maker) -> Any:
        """Give what ``make(*arguments)`` gave, or gives now if an argument of the call named `key` has changed."""
        last = self._last.get(key)
        if (
            last is None
            or len(last[0]) != len(arguments)
            or any(a is not b for a, b in zip(last[0], arguments, strict=True))
        ):
            last = self._last[key] = (arguments, make(*arguments))
        return last[1]


@dataclass
class Supply:
    """Known values, and makers for those that are made of others (each made once).

    A maker that raises does not end the audit: what it should have made is in `failures`, and whoever asks for it fails.

    `memory` may be shared between supplies, so that after a change in one document only what depends on it is worked out
    again.
    """

    values: dict[str, Any]
    makers: Mapping[str, Maker] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    failures: dict[str, Failed] = field(default_factory=dict)
    _making: list[str] = field(default_factory=list)

    def get(self, name: str) -> Any:
        """Give the value of that name, made if need be; ``None`` where there is none."""
        if name not in self.values and name in self.makers:
            if name in self._making:
                raise CircleError(f"{' → '.join([*self._making, name])}: these are made of each other")
            self._making.append(name)
            try:
                self.values[name] = self.call(self.makers[name])
            except Absent:
                self.values[name] = None
            except CircleError:
                raise
            except Exception as error:  # one measure of one room must not end the audit of all
                self.failures[name] = error if isinstance(error, Failed) else Failed(name, error)
                self.values[name] = None
            finally:
                self._making.pop()
        return self.values.get(name)

    def call(self, function: Maker, **settings: Any) -> Any:
        """Call the function with what it asks for; raise `Absent` for the first required thing that is not there."""
        key = (function, repr(sorted(settings.items())))
        given = self.given(function)
        return self.memory.recall(key, given, lambda *arguments: function(*arguments, **settings))

    def given(self, function: Maker) -> tuple[Any, ...]:
        """Give what the function asks for, in the order of its parameters; raise as `call` does."""
        wanted = asks(function)
        given = []
        for name in wanted.names:
            value = self.get(name)
            if name in self.failures:
                raise self.failures[name]
            if value is None and name not in wanted.optional:
                raise Absent(name)
            given.append(value)
        return tuple(given)
